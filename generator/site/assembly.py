"""All editions in one folder: the engine runs over what was staged, and no link of what it made leads nowhere."""

from __future__ import annotations

from pathlib import Path

from generator.faults import Faults
from generator.making.keys import code_of, digest_of_files, key
from generator.making.store import Store
from generator.memory import NOTHING, Memory
from generator.project import Project
from generator.site.engine import run_engine
from generator.site.links import broken_links
from generator.site.zensical import run_zensical

ENGINES = {"mkdocs": run_engine, "zensical": run_zensical}
MOVE_HTML = {"zensical"}  # those that move addresses in HTML with those in Markdown


def assemble(project: Project, folder: Path, memory: Memory = NOTHING, engine: str = "mkdocs") -> None:
    """The whole site, in a folder that may be emptied, of what was staged for this engine.

    ``memory`` has what an earlier run has worked out. Raises `Fault` or `Faults` when the
    engine fails or warns, `Faults` for broken links, and `OSError` when the disk fails.
    """
    # The engine empties the folder it builds into, so the edition at the top of the site comes first.
    for edition in project.editions():
        ENGINES[engine](project, edition, folder if edition.is_root else folder / edition.language, memory)
    _check_links(folder, Store(project.cache), memory)


def _check_links(site: Path, store: Store, memory: Memory) -> None:
    """Raises `Faults` for links that lead nowhere. A site that was found in order is not searched again."""
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*"))
    pages = digest_of_files(site, (site / name for name in names if name.endswith(".html") and (site / name).is_file()))
    in_order = key(product="links", names="\n".join(names), pages=pages, code=code_of("site.links"))
    if store.has(in_order):
        return
    faults = broken_links(site, memory)
    if faults:
        raise Faults(faults)
    store.put(in_order, {})
