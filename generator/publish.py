"""Run the engine over what was staged, check what it made, and put it in place of the old site in one swap."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from pathlib import Path

from generator.faults import Fault, Faults
from generator.keys import code_of, key
from generator.links import broken_links
from generator.project import Edition, Project
from generator.store import Store


def publish(project: Project, site: Path) -> None:
    """Build every edition into a folder beside ``site``, check it, swap. The old site stays until then.

    Raises `Fault` when the engine fails or warns, `Faults` for broken links.
    """
    site = site.resolve()
    fresh, old = site.with_name(site.name + ".new"), site.with_name(site.name + ".old")
    _refuse_what_is_no_site(site)
    if old.exists() and not site.exists():
        old.rename(site)  # an earlier swap was interrupted halfway
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)

    # The engine empties the folder it builds into, so the edition at the top of the site comes first.
    for edition in project.editions():
        run_engine(project, edition, fresh if edition.is_root else fresh / edition.language)
    _check_links(fresh, Store(project.cache))

    if site.exists():
        site.rename(old)
    fresh.rename(site)
    shutil.rmtree(old, ignore_errors=True)


def _check_links(site: Path, store: Store) -> None:
    """Raises `Faults` for links that lead nowhere. A site that was found in order is not searched again."""
    digest = hashlib.sha256()
    for path in sorted(site.rglob("*")):
        digest.update(path.relative_to(site).as_posix().encode() + b"\0")
        if path.suffix == ".html":
            digest.update(path.read_bytes() + b"\0")
    in_order = key(product="links", site=digest.hexdigest(), code=code_of("links"))
    if store.has(in_order):
        return
    faults = broken_links(site)
    if faults:
        raise Faults(faults)
    store.put(in_order, {})


def run_engine(project: Project, edition: Edition, target: Path) -> None:
    """MkDocs, strictly: a warning is a failure. In this process, which has imported most of what MkDocs needs."""
    # Material prints an advertisement of its successor into the output otherwise.
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import MkDocsException

    said = _Warnings()
    log = logging.getLogger("mkdocs")
    log.addHandler(said)
    log.propagate = False
    try:
        config = load_config(str(project.staged_config(edition)), site_dir=str(target), strict=True)
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
        config.plugins.on_shutdown()
    except MkDocsException as problem:
        told = said.messages or [str(problem)]
        raise Fault(
            f"the engine refused the pages of the edition {edition.language!r}:\n  " + "\n  ".join(told),
            file=project.staged_config(edition),
            help=f"the staged pages are in {project.staged(edition)}/, made from {edition.pages}/",
        ) from None
    finally:
        log.removeHandler(said)
        log.propagate = True


class _Warnings(logging.Handler):
    """Keeps what the engine warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _refuse_what_is_no_site(site: Path) -> None:
    """The folder is replaced as a whole, so it must not hold anything else."""
    if site.exists() and any(site.iterdir()) and not (site / "sitemap.xml").exists():
        raise Fault(
            f"{site} is not empty and holds no site that was built here; it would be replaced",
            help="name another --site-dir, or empty this one yourself",
        )
