"""The folder of ours beside a site: the site that is being built, and the one before.

One may have come along with a project, or lie where others may write. So it is believed by what it is, and not by what
it is called; and what somebody has put into the site before is taken over only where that was put aside here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from generator.faults import Fault
from generator.files import BESIDE, contents, write
from generator.project import Project
from generator.site import mark

NEW = "new"  # what is being built
PREVIOUS = "previous"  # the site before this one
OLDER = re.compile(r"older-[0-9]+")  # what was either, when a build was killed or the next one began
KEPT = "kept"  # of the previous site, what is somebody's and in this one too
LOCK = "lock"  # whoever holds it publishes at this place


def place_of(project: Project, site: Path) -> Path:
    """Beside the site, since only there a swap is one step; with the project's own things where that may not be."""
    folder = site.parent if os.access(site.parent, os.W_OK) else project.build.resolve()
    return folder / f".{site.name}{mark.NAME}"


@contextmanager
def opened(project: Project, site: Path, say: Callable[[str], None]) -> Iterator[Path]:
    """The folder, for one build at a time, with nothing unfinished in it, before and after.

    Raises `Fault` where a folder of its name is none of ours.
    """
    folder = place_of(project, site)
    lock = _locked(folder, say)
    try:
        _begin(folder, say)
        yield folder
    except BaseException:
        remove(folder / NEW)
        raise
    finally:
        if not trees(folder):
            with suppress(OSError):  # another build is waiting, and makes a file of its own
                for name in (KEPT, mark.NAME, LOCK):  # without the mark, what is left would be nobody's
                    (folder / name).unlink(missing_ok=True)
                folder.rmdir()
        lock.release()


def _locked(folder: Path, say: Callable[[str], None]) -> FileLock:
    while True:
        try:
            before = _seen(folder)
            may_be_used = not before or is_ours(folder)
        except FileNotFoundError:  # whoever was at work has taken the folder away, or something in it
            continue
        if not may_be_used:
            if _seen(folder) != before:
                continue  # somebody is at work in it
            raise Fault(
                "a build needs a folder of this name for itself, and no build has made this one",
                file=folder,
                help="move it away",
            )
        folder.mkdir(exist_ok=True)
        lock = FileLock(folder / LOCK)
        with suppress(FileNotFoundError):  # as above
            try:
                lock.acquire(timeout=0)
            except Timeout:
                say("another build publishes at this place; waiting for it to end")
                lock.acquire()
            return lock


def _seen(folder: Path) -> tuple[object, ...]:
    """What can be told apart of a folder, or of what lies in its place; nothing where there is none."""
    if not os.path.lexists(folder):
        return ()
    status = folder.lstat()
    can_be_read = mark.is_folder(folder) and os.access(folder, os.R_OK)
    names = sorted(path.name for path in folder.iterdir()) if can_be_read else []
    return status.st_ino, status.st_mtime_ns, *names


def _begin(folder: Path, say: Callable[[str], None]) -> None:
    """What a killed build has left is put aside; what has come along with a copy is nobody's, or refused."""
    if not _was_made_here(folder):
        for tree in trees(folder):
            if names := late(tree, folder):
                raise Fault(
                    f"this folder was not made here, and no build has made what lies in it: {min(names)}",
                    file=tree,
                    help="move it away; what is your own there goes into the site itself",
                )
            if not remove(tree):
                raise Fault(
                    "this folder was not made here, and not all of it can be removed",
                    file=tree,
                    help="delete it yourself",
                )
        (folder / KEPT).unlink(missing_ok=True)
        said = {"made by": "frame-by-frame", "place": identity(folder)}
        write(folder / mark.NAME, json.dumps(said).encode())
    for path in folder.iterdir():
        if BESIDE.fullmatch(path.name):
            path.unlink()
    if (folder / NEW).exists():
        (folder / NEW).rename(free(folder))
    for tree in trees(folder):
        if mark.read(tree) is None:  # it was never a site of ours
            remove_or_say(tree, say)


def remove(tree: Path) -> bool:
    """Whether all of it is gone. Its mark goes last: what cannot be removed is still known for a site of ours."""
    for folder, _, _ in os.walk(tree):  # each before what is in it
        with suppress(OSError):  # it is somebody else's
            Path(folder).chmod(stat.S_IRWXU)
    for path in tree.iterdir() if mark.is_folder(tree) else ():
        if mark.is_folder(path):
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != mark.NAME:
            with suppress(OSError):
                path.unlink()
    if mark.names_in(tree) == set():
        shutil.rmtree(tree, ignore_errors=True)
    return not os.path.lexists(tree)


def remove_or_say(tree: Path, say: Callable[[str], None]) -> None:
    if not remove(tree):
        say(f"{tree.resolve()} cannot be removed: it is of no use any more, and may be deleted")


def free(folder: Path) -> Path:
    """A name for what was the site, which may hold what is somebody's: it stays until that is in the site, too."""
    names = [PREVIOUS, *(f"older-{number}" for number in range(len(trees(folder)) + 1))]
    return next(folder / name for name in names if not (folder / name).exists())


def name_previous(tree: Path) -> None:
    """The only one that is left has the first of the names."""
    if tree.exists() and not (tree.parent / PREVIOUS).exists():
        with suppress(OSError):
            tree.rename(tree.parent / PREVIOUS)


def trees(folder: Path) -> list[Path]:
    """All that was a site, or was to be one: the newest first, as far as that is known."""
    older = sorted(path for path in folder.iterdir() if OLDER.fullmatch(path.name))
    return [path for path in (folder / PREVIOUS, folder / NEW) if path.exists()] + older


def late(tree: Path, folder: Path) -> set[str]:
    """What somebody has put into a tree since a build was done with it."""
    return set() if mark.read(tree) is None else mark.others_in(tree, mark.read(folder, KEPT) or set())


# --- Whose it is -------------------------------------------------------------------------------------------


def is_ours(folder: Path) -> bool:
    """Whether a build may have made a folder for itself: nobody else's, no link, and in it what builds put there."""
    if not (folder.name.endswith(mark.NAME) and mark.is_folder(folder) and _is_owned(folder)):
        return False
    names = {path.name for path in folder.iterdir() if not BESIDE.fullmatch(path.name)}
    are_as_they_should = all(map(_is_as_it_should, folder.iterdir()))
    return are_as_they_should and (mark.NAME in names or names <= {LOCK})  # a killed build may not have come further


def _is_as_it_should(path: Path) -> bool:
    if path.name in (NEW, PREVIOUS) or OLDER.fullmatch(path.name):
        return mark.is_folder(path)
    is_named = path.name in (KEPT, LOCK, mark.NAME) or BESIDE.fullmatch(path.name)
    is_file = path.is_file() and not path.is_symlink()
    return bool(is_named) and is_file and (path.name != LOCK or path.stat().st_size == 0)


def _is_owned(folder: Path) -> bool:
    """By whoever builds; or by whoever owns what it lies in, and could put anything in its place."""
    return not hasattr(os, "geteuid") or _owner(folder) in (os.geteuid(), _owner(folder.parent))


def _owner(folder: Path) -> int:
    return folder.lstat().st_uid


def _was_made_here(folder: Path) -> bool:
    try:
        return bool(json.loads(contents(folder / mark.NAME, 2**16))["place"] == identity(folder))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def identity(folder: Path) -> list[int]:
    """Which folder it is, whatever it is called: no copy of it is the same one."""
    found = folder.lstat()
    return [found.st_dev, found.st_ino]
