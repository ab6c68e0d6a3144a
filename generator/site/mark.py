"""Which files of a published folder are ours: a mark in it lists them, and everything else is somebody's own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from generator.files import BESIDE, contents

MOST = 2**26  # bytes of a mark
NAME = ".frame-by-frame"  # of the mark in a site, and of the one in a scratch folder


def text(names: Iterable[str]) -> str:
    """The mark of a folder in which these files are ours."""
    return json.dumps({"made by": "frame-by-frame", "files": sorted(names)}, indent=0) + "\n"


def read(folder: Path, name: str = NAME) -> set[str] | None:
    """The names of the files that are ours; None for a folder that has no mark, or none that can be read."""
    try:
        names = json.loads(contents(folder / name, MOST))["files"]
        return {name for name in names if not PurePosixPath(name).is_absolute() and ".." not in name.split("/")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def names_in(folder: Path) -> set[str]:
    """All that lies below a folder but its mark: files, links (not followed), and folders with nothing in them.

    A folder that may not be looked into is one of them.
    """
    closed: list[OSError] = []
    leaves: set[str] = set()
    for parent, folders, files in os.walk(folder, onerror=closed.append):
        here = Path(parent).relative_to(folder).as_posix()
        below = "" if here == "." else f"{here}/"
        leaves |= {below + name for name in files}
        leaves |= {below + name for name in folders if Path(parent, name).is_symlink()}
        if not (folders or files):
            leaves.add(here)
    leaves |= {Path(problem.filename).relative_to(folder).as_posix() for problem in closed}
    return leaves - {NAME, "."}


def others_in(folder: Path, known: Iterable[str] = ()) -> set[str]:
    """All that lies below a folder and is not ours, nor one of those that are known."""
    listed = (read(folder) or set()).union(known)
    folders = folders_of(listed)  # one of ours that nothing is in any more is no folder of theirs
    return {
        name
        for name in names_in(folder) - listed
        if not BESIDE.fullmatch(name) and not (name in folders and is_folder(folder / name))
    }


def folders_of(names: Iterable[str]) -> set[str]:
    """Every folder that these files lie in, at whatever depth."""
    nearest = {name.rpartition("/")[0] or "." for name in names}  # many files have the same
    return nearest | {parent.as_posix() for folder in nearest for parent in PurePosixPath(folder).parents}


def in_the_way(site: Path, theirs: Iterable[str], new: Path, ours: set[str]) -> list[str]:
    """Which of their files in a site stand where one of ours is to stand, and are not the same."""
    folders = folders_of(ours) if theirs else set()
    return sorted(
        name
        for name in theirs
        if (name in ours and not _same(site / name, new / name))
        or (name in folders and not is_folder(site / name))
        or folders_of([name]) & ours
    )


def _same(one: Path, other: Path) -> bool:
    return not one.is_symlink() and one.is_file() and one.read_bytes() == other.read_bytes()


def is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
