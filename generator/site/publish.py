"""Run the engine over what was staged, check what it made, and put it in place of the old site in one swap."""

from __future__ import annotations

import shutil
from pathlib import Path

from generator.faults import Fault, Faults
from generator.making.keys import code_of, digest_of_files, key
from generator.making.store import Store
from generator.project import Project
from generator.site.engine import run_engine
from generator.site.links import broken_links


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
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*"))
    pages = digest_of_files(site, (site / name for name in names if name.endswith(".html")))
    in_order = key(product="links", names="\n".join(names), pages=pages, code=code_of("site.links"))
    if store.has(in_order):
        return
    faults = broken_links(site)
    if faults:
        raise Faults(faults)
    store.put(in_order, {})


def _refuse_what_is_no_site(site: Path) -> None:
    """The folder is replaced as a whole, so it must not hold anything else."""
    if site.exists() and any(site.iterdir()) and not (site / "sitemap.xml").exists():
        raise Fault(
            f"{site} is not empty and holds no site that was built here; it would be replaced",
            help="name another --site-dir, or empty this one yourself",
        )
