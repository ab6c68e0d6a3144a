"""A site, made and checked, in place of the old one in one swap."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from generator.faults import Fault, what_helps
from generator.files import write
from generator.making.keys import SOURCE
from generator.memory import NOTHING, Memory
from generator.project import Project
from generator.site import mark, scratch, swap
from generator.site.assembly import assemble
from generator.site.sources import is_within, refuse_among, sources

# What may stand in a folder that no build has published into yet, beside what is hidden: neither is a site.
HARMLESS = {"CNAME", "lost+found"}
WRONG_KIND = (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ENOTEMPTY)
WRONG_KIND_HELP = "no build has made it so: delete it, and build again"
TAKEN_HELP = "give it another name; exclude_docs: in mkdocs.yml, or a plugin, has put it there"


def publish(
    project: Project, site: Path, say: Callable[[str], None], memory: Memory = NOTHING, engine: str = "mkdocs"
) -> None:
    """Build every edition into a scratch folder, check it, swap. The old site stays until then.

    The site that was there before stays in the scratch folder until the next swap: whoever has it open finds its files.
    Raises `Fault` when the engine fails or warns, when a file of somebody's own is in the way, and when the disk fails;
    `Faults` for broken links.
    """
    refuse(project, site)
    site = site.resolve()
    at_work = Project(project.root.resolve())  # the working folder may be the site, and moves with it
    try:
        site.parent.mkdir(parents=True, exist_ok=True)
        with scratch.opened(project, site, say) as folder:
            new = folder / scratch.NEW
            assemble(project, new, memory, engine)
            if os.path.lexists(new / mark.NAME):
                raise Fault(
                    "the site would have a file of the name of the generator's own list",
                    file=mark.NAME,
                    help=TAKEN_HELP,
                )
            write(new / mark.NAME, mark.text(mark.names_in(new)).encode())
            with _working_folder_kept():
                put_in_place(at_work, site, folder, say)
    except OSError as problem:
        remedy = WRONG_KIND_HELP if problem.errno in WRONG_KIND else what_helps(problem)
        raise Fault(
            f"the site could not be published: {problem.strerror or problem}",
            file=_place_of(problem, site),
            help=f"{remedy}; the old site is as it was",
        ) from None


def _place_of(problem: OSError, site: Path) -> Path:
    """What it speaks of; the site where it names that by a part of its path, as what walks through a tree does."""
    named = Path(os.fsdecode(problem.filename)) if isinstance(problem.filename, str | bytes) else site
    return named if named.is_absolute() else site


@contextmanager
def _working_folder_kept() -> Iterator[None]:
    """Whoever works in the site works in the new one afterwards: the folder is another then, of the same name."""
    try:
        place = Path.cwd()
    except FileNotFoundError:  # it was removed: nothing is named from there
        yield
        return
    try:
        yield
    finally:
        if not place.is_dir():  # a page's folder that is gone
            place = next(folder for folder in place.parents if folder.is_dir())
        os.chdir(place)


def put_in_place(project: Project, site: Path, folder: Path, say: Callable[[str], None]) -> None:
    """What is new in the scratch folder becomes the site, and what is not ours in the old site stays in it."""
    new, before = folder / scratch.NEW, [tree for tree in scratch.trees(folder) if tree.name != scratch.NEW]
    theirs = _theirs(site, new)
    late = {tree: _late(tree, folder, site, theirs, new) for tree in before if site.exists()}
    why = "something is mounted there"
    if not swap.is_mounted(site):
        try:
            if site.exists():
                shutil.copymode(site, new)
                write(folder / scratch.KEPT, mark.text(theirs | _still_kept(folder, before)).encode())
                swap.keep(theirs, site, new)
            _rescue(late, new)
            aside = scratch.free(folder)
            swap.put(new, site, aside, project.journal)
            _remove(before, say)
            scratch.name_previous(aside)
            return
        except OSError as problem:
            if problem.errno not in swap.IMMOVABLE or not site.exists():
                raise
            why = str(problem.strerror)
    say(
        f"{site} cannot be replaced in one step ({why}), so its files are, one by one: for a moment a reader may meet "
        "pages of both builds, and if the build is killed in that moment, until the next one"
    )
    swap.replace_file_by_file(new, site)
    _rescue(late, site)
    _remove([new, *before], say)


def _theirs(site: Path, new: Path) -> set[str]:
    """What in the site is not ours. Raises `Fault` where that is in the way of what is."""
    if not site.exists():
        return set()
    theirs = mark.others_in(site)
    _refuse_in_the_way(site, mark.in_the_way(site, theirs, new, mark.read(new) or set()))
    return theirs


def _refuse_in_the_way(tree: Path, blocking: list[str]) -> None:
    if blocking:
        raise Fault(
            "no build has made these, and the new site has others in their place: "
            + ", ".join(blocking[:5])
            + (f" and {len(blocking) - 5} more" if len(blocking) > 5 else ""),
            file=tree,
            help="move them away, or put them into docs/ in place of what makes the others",
        )


# --- What somebody has put into the site before ---------------------------------------------------------------


def _late(tree: Path, folder: Path, site: Path, theirs: set[str], new: Path) -> set[str]:
    """What was put there since, and is to be in the site too, unless that has its like. Raises `Fault` as `_theirs`."""
    names = {name for name in scratch.late(tree, folder) if not os.path.lexists(site / name)}
    names = {name for name in names if _may_be_published(tree / name, (tree, site))}
    blocking = mark.in_the_way(tree, names, new, mark.read(new) or set()) + mark.in_the_way(tree, names, site, theirs)
    _refuse_in_the_way(tree, blocking)
    return names


def _may_be_published(path: Path, trees: tuple[Path, ...]) -> bool:
    """What is no file at all, or a link that leads out, has no business in a site unless it is put there itself."""
    if path.is_symlink():
        return any(is_within(path, tree) for tree in trees)
    return path.is_file() or path.is_dir()


def _rescue(late: Mapping[Path, set[str]], site: Path) -> None:
    for tree, names in late.items():
        swap.keep(names, tree, site)


def _still_kept(folder: Path, before: Iterable[Path]) -> set[str]:
    """What a build before this one has kept of trees that are still there: nothing of that comes back from them."""
    there = {name for tree in before for name in mark.names_in(tree)}
    return there & (mark.read(folder, scratch.KEPT) or set())


def _remove(trees: Iterable[Path], say: Callable[[str], None]) -> None:
    """The new site is there: nothing that is left to do may fail any more."""
    for tree in trees:
        with suppress(OSError):
            scratch.remove_or_say(tree, say)


# --- Where it may lie ---------------------------------------------------------------------------------------


def refuse(project: Project, site: Path) -> None:
    """Raises `Fault` for a place where something would be lost that no build has made."""
    help = "name a folder for the site alone with --site-dir"
    try:
        scratch.place_of(project, site).lstat()
    except FileNotFoundError:
        pass
    except OSError as problem:  # such as a name that is too long, a file in the place of a folder
        raise Fault(f"no site can lie here: {problem.strerror}", file=site, help=what_helps(problem)) from None
    if site.is_symlink():
        raise Fault("this is a link to another place", file=site, help=f"name that place: --site-dir {site.resolve()}")
    if site.exists() and not site.is_dir():
        raise Fault("this is a file, and a site is a folder", file=site, help=help)
    for what, folder in {**sources(project), "the project": project.root, "your home": _home()}.items():
        if is_within(folder, site):
            raise Fault(f"the site would replace this folder, and {what} would go with it", file=site, help=help)
    refuse_among(project, site, "the site", help)
    if not site.exists() and not os.access(next(place for place in site.absolute().parents if place.exists()), os.W_OK):
        raise Fault(
            "there is no such folder, and none can be made there",
            file=site,
            help="make it, or name another with --site-dir",
        )
    if not site.is_dir() or mark.read(site) is not None:
        return
    others = [path.name for path in site.iterdir() if not path.name.startswith(".") and path.name not in HARMLESS]
    if "sitemap.xml" in others and "404.html" in others:
        raise Fault(
            "an older version or another program has built this site: nothing in it says which files were built, and "
            "which are your own",
            file=site,
            help="move it away, build, and put back what is your own; from then on it stays there",
        )
    if others:
        raise Fault(
            f"this folder is not empty and holds no site that was built here; {min(others)} would be replaced",
            file=site,
            help="name another --site-dir, or empty this one yourself",
        )


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # a user without one, as containers have them
        return SOURCE
