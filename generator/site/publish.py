"""Run the engine over what was staged, check what it made, and put it in place of the old site in one swap."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from generator.faults import Fault, Faults
from generator.making.keys import SOURCE, code_of, digest_of_files, key
from generator.making.store import Store
from generator.project import Project
from generator.site import mark, swap
from generator.site.engine import run_engine
from generator.site.links import broken_links

# What may stand in a folder that no build has published into yet, beside what is hidden: neither is a site.
HARMLESS = {"CNAME", "lost+found"}
WRONG_KIND = (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ENOTEMPTY)
WRONG_KIND_HELP = "no build has made it so: delete it, and build again; the old site is as it was"
DISK_HELP = "see that the disk has room and that you may write there; the old site is as it was"


def publish(project: Project, site: Path, say: Callable[[str], None]) -> None:
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
        with _scratch(project, site) as scratch:
            new = scratch / "new"
            # The engine empties the folder it builds into, so the edition at the top of the site comes first.
            for edition in project.editions():
                run_engine(project, edition, new if edition.is_root else new / edition.language)
            _check_links(new, Store(project.cache))
            (new / mark.NAME).write_text(mark.text(mark.names_in(new)))
            with _working_folder_kept():
                put_in_place(at_work, site, scratch, say)
    except OSError as problem:
        raise Fault(
            f"the site could not be published: {problem.strerror or problem}",
            file=problem.filename or site,
            help=WRONG_KIND_HELP if problem.errno in WRONG_KIND else DISK_HELP,
        ) from None


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


def put_in_place(project: Project, site: Path, scratch: Path, say: Callable[[str], None]) -> None:
    """What is in ``new`` of the scratch folder becomes the site, and what is not ours in the old site stays in it."""
    new, previous = scratch / "new", scratch / "previous"
    _rescue(previous, site, scratch)
    theirs = _theirs(site, new)
    if previous.exists():
        shutil.rmtree(previous)
    why = "something is mounted there"
    if not swap.is_mounted(site):
        try:
            if site.exists():
                shutil.copymode(site, new)
                (scratch / "kept").write_text(mark.text(theirs))
                swap.keep(theirs, site, new)
            swap.put(new, site, previous, project.journal)
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
    shutil.rmtree(new)


def _theirs(site: Path, new: Path) -> set[str]:
    """What in the site is not ours. Raises `Fault` where that is in the way of what is."""
    if not site.exists():
        return set()
    listed = mark.read(site) or set()
    folders = mark.folders_of(listed)  # one of ours that nothing is in any more is no folder of theirs
    theirs = {
        name
        for name in mark.names_in(site) - listed
        if not swap.LAID_BESIDE.fullmatch(name) and not (name in folders and mark.is_folder(site / name))
    }
    if blocking := mark.in_the_way(site, theirs, new, mark.read(new) or set()):
        raise Fault(
            "no build has made these, and the new site has others in their place: "
            + ", ".join(blocking[:5])
            + (f" and {len(blocking) - 5} more" if len(blocking) > 5 else ""),
            file=site,
            help="move them away, or put them into docs/ in place of what makes the others",
        )
    return theirs


# --- The scratch folder ------------------------------------------------------------------------------------


@contextmanager
def _scratch(project: Project, site: Path) -> Iterator[Path]:
    """A folder of ours beside the site, with nothing unfinished in it, before and after."""
    scratch = scratch_of(project, site)
    if os.path.lexists(scratch) and not swap.is_scratch(scratch) and not _is_empty(scratch):
        raise Fault(
            "a build needs a folder of this name for itself, and no build has made this one",
            file=scratch,
            help="move it away",
        )
    scratch.mkdir(exist_ok=True)
    (scratch / mark.NAME).touch()
    try:
        if (scratch / "new").exists():  # a build was killed, and it may be the old site
            _rescue(scratch / "new", site, scratch)
            shutil.rmtree(scratch / "new")
        yield scratch
    except BaseException:
        shutil.rmtree(scratch / "new", ignore_errors=True)
        raise
    finally:
        if not ((scratch / "new").exists() or (scratch / "previous").exists()):
            for name in ("kept", mark.NAME):  # the mark goes last: without it, what is left would be nobody's
                (scratch / name).unlink(missing_ok=True)
            scratch.rmdir()


def scratch_of(project: Project, site: Path) -> Path:
    """Beside the site, since only there a swap is one step; with the project's own things where that may not be."""
    folder = site.parent if os.access(site.parent, os.W_OK) else project.build.resolve()
    return folder / f".{site.name}{mark.NAME}"


def _rescue(tree: Path, site: Path, scratch: Path) -> None:
    """What somebody has put into a tree since it was published last is in the site too, unless that has its like."""
    ours = mark.read(tree)
    if ours is not None and site.exists():
        swap.keep(mark.names_in(tree) - ours - (mark.read(scratch, "kept") or set()), tree, site)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir())


# --- What is checked ---------------------------------------------------------------------------------------


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


def refuse(project: Project, site: Path) -> None:
    """Raises `Fault` for a place where something would be lost that no build has made."""
    help = "name a folder for the site alone with --site-dir"
    if site.is_symlink():
        raise Fault("this is a link to another place", file=site, help=f"name that place: --site-dir {site.resolve()}")
    if site.exists() and not site.is_dir():
        raise Fault("this is a file, and a site is a folder", file=site, help=help)
    sources = {
        "the project's pages and scenarios": project.root / "docs",
        "the project's templates": project.templates,
        "what builds leave for the next": project.build,
        "the project's history": project.root / ".git",
        "the generator": SOURCE,
    }
    for what, folder in {**sources, "the project": project.root, "your home": _home()}.items():
        if _is_within(folder, site):
            raise Fault(f"the site would replace this folder, and {what} would go with it", file=site, help=help)
    for what, folder in sources.items():
        if _is_within(site, folder):
            raise Fault(f"the site would lie among {what}", file=site, help=help)
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


def _is_within(path: Path, folder: Path) -> bool:
    """Whether a path is a folder or lies in it, whatever links and spellings lead to either."""
    path, folder = Path(os.path.realpath(path)), Path(os.path.realpath(folder))  # a link may lead to itself
    places = (path, *path.parents)
    return folder in places or (folder.exists() and any(place.exists() and place.samefile(folder) for place in places))
