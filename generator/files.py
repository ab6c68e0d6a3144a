"""Which files of an author are taken: regular ones inside the project, not too large, with a name for all systems.

All of it is told by what the disk says of a file: nothing is opened. What editors and file managers keep for themselves
is no file of an author.
"""

from __future__ import annotations

import errno
import fnmatch
import os
import re
import stat
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from generator.faults import Fault, what_helps

MAX_BYTES = {".toml": 2**20, ".md": 2**21, ".txt": 2**20, ".yml": 2**20}  # of text that a person writes
MAX_BYTES_ELSE = 2**28  # of data and assets
MAX_DEPTH = 64  # of folders inside one another
WRITTEN = {".toml", ".md", ".csv"}  # endings of what can be no folder

PASSING = (
    ".#*", "#*#", "*~", ".*.sw?", "._*", ".DS_Store", "Thumbs.db", "desktop.ini",
    ".git", ".hg", ".svn", "__pycache__", ".ipynb_checkpoints",
)  # fmt: skip

# Windows takes these for devices, whatever their ending.
DEVICES = re.compile(r"(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\..*)?", re.IGNORECASE)
NO_NAME = re.compile(r'[<>:"|?*\\]|[. ]$')
NO_FILE = {
    stat.S_IFIFO: "a named pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
}  # fmt: skip


def below(folder: Path) -> list[Path]:
    """All that an author put there, at any depth, in order; links to folders are not followed."""
    return [path for path in _entries(folder) if not _is_folder(path)]


def listed(folder: Path, ending: str) -> list[Path]:
    """What an author put into the folder itself, with names that end so."""
    return sorted(path for path in folder.glob(f"*{ending}") if not is_passing(path))


def is_passing(path: Path) -> bool:
    return any(fnmatch.fnmatchcase(path.name, pattern) for pattern in PASSING)


def unfit(folder: Path, trees: Collection[Path]) -> Iterator[Fault]:
    """A fault for all that lies there and cannot be taken. Links may lead into one of the trees."""
    told: set[Path] = set()
    for path in [folder, *_entries(folder)]:
        if _is_too_deep(path, folder):
            top = folder.joinpath(*path.relative_to(folder).parts[:4])  # the whole path may be longer than a screen
            if top not in told:
                told.add(top)
                yield Fault(
                    f"more than {MAX_DEPTH} folders inside one another", file=top,
                    help="move what is in them nearer to the top, or delete them",
                )  # fmt: skip
            continue
        is_as_it_should = _is_folder(path) and path.suffix not in WRITTEN
        if fault := misnamed(path) if is_as_it_should else refusal(path, trees):
            yield fault


def refusal(path: Path, trees: Collection[Path]) -> Fault | None:
    """Why this file is not taken. Of what is not there at all there is nothing to say."""
    try:
        found = path.stat()
        if path.is_symlink():
            target = path.resolve()
            if not any(target.is_relative_to(tree.resolve()) for tree in trees):
                return Fault("a link that leads out of what is published", file=path, help="put a copy in its place")
    except FileNotFoundError:
        if path.is_symlink():
            return Fault("a link to nothing", file=path, help="delete it, or put the file in its place")
        return None
    except OSError as problem:  # such as a link to itself
        return Fault(f"the file cannot be read: {problem.strerror}", file=path, help=what_helps(problem))
    except (RuntimeError, ValueError) as problem:  # a link to itself, of older Python; a name that is none
        return Fault(
            f"the file cannot be read: {problem}", file=path, help="see to its name, and to links that lead on"
        )
    if stat.S_ISDIR(found.st_mode) and path.is_symlink():
        return Fault(
            "a link to a folder, and no file", file=path, help="put the folder itself in its place; no link is followed"
        )
    if what := NO_FILE.get(stat.S_IFMT(found.st_mode)):
        return Fault(f"{what}, and no file", file=path, help="delete it, or give it another place")
    most = MAX_BYTES.get(path.suffix, MAX_BYTES_ELSE)
    if found.st_size > most:
        return Fault(
            f"{found.st_size:,} bytes, and at most {most:,} are read of such a file", file=path,
            help="divide it; many points go into a CSV file beside their scenario",
        )  # fmt: skip
    return misnamed(path)


def misnamed(path: Path) -> Fault | None:
    """Why a file or folder of this name would not be taken, on whatever system."""
    if DEVICES.fullmatch(path.name) or NO_NAME.search(path.name) or not path.name.isprintable():
        shown = path.name if path.name.isprintable() else path.name.encode("unicode_escape").decode()
        fault = f"{shown} is a name that Windows, or an address, cannot have"
        return Fault(fault, file=path.with_name(shown), help="rename it")
    return None


def _entries(folder: Path) -> Iterator[Path]:
    """All that lies below, each folder before what is in it; of a folder that is too deep, nothing that is in it."""
    left = [*reversed(_inside(folder))]
    while left:
        path = left.pop()
        yield path
        if _is_folder(path) and not _is_too_deep(path, folder):
            left += reversed(_inside(path))


def _inside(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not is_passing(path)) if folder.is_dir() else []


def _is_too_deep(path: Path, folder: Path) -> bool:
    return len(path.parts) - len(folder.parts) > MAX_DEPTH


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


# --- What the generator has left itself ----------------------------------------------------------------------


def contents(path: Path, most: int) -> bytes:
    """Of a file of our own, which may be anything by now. Raises `OSError` for a link, a pipe, too many bytes."""
    # Opening a pipe would wait for somebody to write into it.
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(opened, "rb") as file:
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode) or found.st_size > most:
            raise OSError(errno.EINVAL, "no file of the generator's", str(path))
        # No more is asked for than there is: memory is taken for as much as might come.
        content = file.read(found.st_size + 1)
    if len(content) > found.st_size:
        raise OSError(errno.EINVAL, "a file that grows, and none of the generator's", str(path))
    return content


BESIDE = re.compile(r"(.*/)?\.frame-by-frame-[0-9a-f]{32}")  # written, and not yet renamed to what it will be


def write(path: Path, content: bytes) -> None:
    """In one move: of a link, the link itself is replaced, and not what it leads to."""
    try:
        beside = lay(path.parent, content)
        try:
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as problem:
        if problem.filename is None:  # the disk, and no name is to blame
            raise
        raise OSError(problem.errno, problem.strerror, str(path)) from None


def lay(folder: Path, content: bytes) -> Path:
    """A new file there of a name that nobody can know beforehand. Where it cannot be written, none is left."""
    beside = _name_beside(folder)
    with beside.open("xb") as file:  # x: neither over a file nor through a link
        try:
            file.write(content)
            file.flush()
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    return beside


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """As `write`, for more than memory may hold: a file that takes the place of another once the block is done."""
    beside = _name_beside(path.parent)
    with beside.open("xb+") as file:
        try:
            yield file
            file.flush()
        except BaseException:
            file.close()
            beside.unlink(missing_ok=True)
            raise
    try:
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _name_beside(folder: Path) -> Path:
    return folder / f".frame-by-frame-{uuid.uuid4().hex}"
