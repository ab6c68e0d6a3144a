"""A folder as one zip: the same to the byte whenever it is made of the same files; and whether a zip is one of ours.

Ours says so itself: its comment holds a digest of all that comes before. So one that somebody has changed is theirs.
"""

from __future__ import annotations

import hashlib
import stat
import time
import zipfile
from pathlib import Path
from typing import BinaryIO

from generator.files import written

MAKER = b"made by frame-by-frame, sha256 "
COMMENT_BYTES = len(MAKER) + 64
FIRST_SECOND, LAST_SECOND = 315_532_800, 4_354_819_199  # of 1980 and of 2107: no other can be written in a zip
FILE = stat.S_IFREG | 0o644
UNIX = 3


def names_in(folder: Path) -> list[str]:
    """Of the files at any depth, in order."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def pack(folder: Path, target: Path, top: str, seconds: int) -> None:
    """Everything in the folder, below a folder of the name ``top``, as a zip in the place of ``target``, in one move.

    ``seconds`` since 1970 is when each file is said to be of, in UTC. Raises `OSError` when the disk fails.
    """
    moment = time.gmtime(min(max(seconds, FIRST_SECOND), LAST_SECOND))[:6]
    with written(target) as file:
        with zipfile.ZipFile(file, "w") as archive:
            for name in names_in(folder):
                entry = zipfile.ZipInfo(f"{top}/{name}", moment)
                entry.create_system, entry.external_attr = UNIX, FILE << 16
                archive.writestr(entry, (folder / name).read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)
            archive.comment = bytes(COMMENT_BYTES)  # it has its place, and is not known yet
        end = file.tell() - COMMENT_BYTES
        file.seek(end)
        file.write(MAKER + _digest(file, end))


def is_ours(path: Path) -> bool:
    """Whether this is a zip as `pack` has left it. Raises `OSError` where it cannot be read."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        end = file.seek(0, 2) - COMMENT_BYTES
        if end < 0:
            return False
        file.seek(end)
        comment = file.read()
        return comment.startswith(MAKER) and comment == MAKER + _digest(file, end)


def _digest(file: BinaryIO, end: int) -> bytes:
    """Of the first bytes of a file; it stands behind them afterwards."""
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(min(2**20, end - file.tell())):
        digest.update(block)
    return digest.hexdigest().encode()
