"""A new tree in the place of a published one: in one step where that can be, else file by file.

Whatever the moment at which the process is killed, the old tree or the new one is there, whole; where two renames had
to do, once `repair` has run. Only a tree that is replaced file by file can be both for a moment.
"""

from __future__ import annotations

import ctypes
import errno
import filecmp
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from generator.files import BESIDE, contents, lay, write
from generator.project import Project
from generator.site import mark
from generator.site.scratch import identity, is_ours

# The answers of a system that cannot exchange two folders, or is not allowed to.
NO_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}
# The answers where a folder cannot be moved, or what is in it not linked: its files may still be written.
IMMOVABLE = {*NO_EXCHANGE, errno.EBUSY, errno.EXDEV, errno.EACCES, errno.EMLINK}


def exchange(one: Path, other: Path) -> None:
    """The two change places in one system call. Raises `OSError`: ENOSYS where there is no such call."""
    try:
        if sys.platform == "darwin":
            call, arguments = "renamex_np", (os.fsencode(one), os.fsencode(other), 2)
        else:  # -100: paths from the working folder; 2: exchange
            call, arguments = "renameat2", (-100, os.fsencode(one), -100, os.fsencode(other), 2)
        failed = getattr(ctypes.CDLL(None, use_errno=True), call)(*arguments)
    except (AttributeError, TypeError):  # no such function; no libc at all
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), str(one)) from None
    if failed:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(one), None, str(other))


def put(new: Path, site: Path, previous: Path, journal: Path) -> None:
    """``new`` becomes the site, and the site ``previous``, which is not there yet. Raises `OSError`; nothing moved."""
    if not site.exists():
        new.rename(site)
        return
    try:
        exchange(new, site)
    except OSError as problem:
        if problem.errno not in NO_EXCHANGE:
            raise
        _in_two_renames(new, site, previous, journal)
    else:
        with suppress(OSError):  # the new site is there: nothing that is left to do may fail any more
            new.rename(previous)


def _in_two_renames(new: Path, site: Path, previous: Path, journal: Path) -> None:
    try:
        write(journal, json.dumps({"site": str(site), "previous": str(previous), "was": identity(site)}).encode())
        site.rename(previous)
        new.rename(site)
    finally:
        settle(journal)


def repair(project: Project) -> None:
    """Put the old site back where a swap in two renames was cut short. A build that is at work does so itself.

    In a folder that no swap has written to, nothing is touched, whatever it is.
    """
    if project.build.is_symlink() or project.lock.is_symlink() or _said(project.journal) is None:
        return
    with suppress(Timeout), FileLock(project.lock, timeout=0):
        settle(project.journal)


def settle(journal: Path) -> None:
    """As `repair`, for whoever holds the lock."""
    if (said := _said(journal)) is None:
        return
    site, previous, was = said
    if _is_cut_short(site, previous, was):
        with suppress(FileNotFoundError):  # whoever took the folders away wants no site there
            previous.rename(site)
    journal.unlink()


def _said(journal: Path) -> tuple[Path, Path, list[int]] | None:
    """The site's place, where the old one lies, and which folder that is; None for what no swap wrote."""
    try:
        match json.loads(contents(journal, 2**16)):
            case {"site": str(site), "previous": str(previous), "was": [int(), int()] as was, **rest} if not rest:
                return Path(site), Path(previous), was
    except (OSError, ValueError, RecursionError):
        pass
    return None


def _is_cut_short(site: Path, previous: Path, was: list[int]) -> bool:
    """Whether the old site was moved there, and none has come after it.

    A journal may have come with a folder: it speaks of nothing but the very tree that was moved on this disk.
    """
    try:
        is_of_it = is_ours(previous.parent) and previous.parent.name == f".{site.name}{mark.NAME}"
        return is_of_it and not os.path.lexists(site) and was == identity(previous)
    except (OSError, ValueError):  # neither is there any more; no path at all
        return False


# --- What is not ours --------------------------------------------------------------------------------------


def keep(names: Iterable[str], old: Path, new: Path) -> None:
    """These files and empty folders of the old tree are in the new one too, as links to the same; none is overwritten.

    Raises `OSError` where the system has no such links, or the two trees are not on one file system.
    """
    for name in sorted(names):
        source, target = old / name, new / name
        if os.path.lexists(target):
            continue
        _folder_like(source.parent, target.parent)
        if source.is_symlink():
            target.symlink_to(source.readlink())
        elif source.is_dir():
            if any(source.iterdir()):  # no name of what is in it was known, and now there is something, or it is closed
                raise OSError(errno.EACCES, "it is not known what is in it", str(source))
            _folder_like(source, target)
        else:
            os.link(source, target)


def _folder_like(source: Path, target: Path) -> None:
    if not mark.is_folder(target):  # a link to one is in the way
        _folder_like(source.parent, target.parent)
        target.mkdir()
        shutil.copymode(source, target)


# --- File by file ------------------------------------------------------------------------------------------


def is_mounted(site: Path) -> bool:
    """Whether something is mounted on the folder or below it, which a swap would take along."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return any(os.path.ismount(folder) for folder, _, _ in os.walk(site))
    points = (re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), line.split()[4]) for line in mounts)
    return any(Path(point).is_relative_to(site) for point in points)


def replace_file_by_file(new: Path, site: Path) -> None:
    """The files of the new tree's mark take the place of those of the site's mark; the front page comes last.

    All are written beside those that they replace before the first is renamed, so a full disk leaves the old site.
    """
    ours, before = mark.read(new) or set(), mark.read(site) or set()
    there = mark.names_in(site)
    # What a killed build left: files that were not renamed yet, folders that nothing was in yet.
    folders = before | mark.folders_of(before)
    left = {name for name in there if BESIDE.fullmatch(name) or (name in folders and mark.is_folder(site / name))}
    _remove(left, site)
    gone = (before & there) - ours - left
    folders = mark.folders_of(ours)
    blocking = {name for name in gone if name in folders or mark.folders_of([name]) & ours}

    laid: list[tuple[Path, Path]] = []

    def lay_for(target: Path, content: bytes) -> None:
        place = target.parent
        while not place.is_dir():  # where a file of the old site is still in the way of a folder
            place = place.parent
        laid.append((lay(place, content), target))

    try:
        lay_for(site / mark.NAME, mark.text(ours | before).encode())  # killed halfway, the files of both are ours
        for name in sorted(ours, key=lambda name: (name == "index.html", name.endswith("index.html"), name)):
            target = site / name
            if target.is_symlink() or not target.is_file() or not filecmp.cmp(new / name, target, shallow=False):
                lay_for(target, (new / name).read_bytes())
        lay_for(site / mark.NAME, mark.text(ours).encode())
    except BaseException:
        for beside, _ in laid:
            beside.unlink(missing_ok=True)
        raise

    (both_marked, _), *files, (marked, _) = laid
    both_marked.replace(site / mark.NAME)
    _remove(blocking, site)
    for beside, target in files:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.replace(target)
    _remove(gone - blocking, site)
    marked.replace(site / mark.NAME)


def _remove(names: Iterable[str], site: Path) -> None:
    """Remove files and empty folders, and the folders that nothing is left in then."""
    for name in names:
        if mark.is_folder(site / name):
            (site / name).rmdir()
        else:
            (site / name).unlink()
        for folder in (site / name).parents:
            if folder == site or any(folder.iterdir()):
                break
            folder.rmdir()
