"""The content-addressed cache: what was made once from the same inputs is not made again.

An entry is one file named by its key: a zip of the product's files, uncompressed, and of a manifest with the key and
the sha256 of each. One file, so that renaming it into place is all there is to a change: whoever reads meanwhile sees
the old entry or the new one, whole. Only successes are stored. Deleting any of it, at any time, is harmless.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

from generator.files import contents

log = logging.getLogger(__name__)

MANIFEST = "manifest.json"
MOST = 2**32  # bytes of an entry
UNFINISHED = ".new-"  # how the name of a file begins that is being written
LEFTOVER = re.compile(rf"{re.escape(UNFINISHED)}[0-9a-f]{{32}}")
ENTRY = re.compile(r"[0-9a-f]+\.zip")
BOUND = 2**31  # bytes that a build leaves, unless it has itself used more


class Store:
    """Entries below a folder; every method is safe while other processes use the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._unwritten: dict[str, dict[str, bytes]] = {}  # where the disk would not take them

    def entry(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key[2:]}.zip"

    def has(self, key: str) -> bool:
        """Whether there is an intact entry."""
        return self.get(key) is not None

    def get(self, key: str) -> dict[str, bytes] | None:
        """The files of an entry, each verified; None where there is none, or a damaged one (with a warning)."""
        if key in self._unwritten:
            return dict(self._unwritten[key])
        entry = self.entry(key)
        try:
            files = _unpacked(key, contents(entry, MOST))
            with contextlib.suppress(OSError):  # of a disk that cannot be written
                os.utime(entry)  # used now, which `forget` asks
            return files
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, _Damaged) as problem:
            log.warning("the cache entry %s is damaged (%s); it is made again", key[:12], problem)
            return None

    def put(self, key: str, files: Mapping[str, bytes]) -> None:
        """Store an entry: written to a temporary name, synced, renamed over an older one.

        A full or read-only disk costs a warning, and the entry is kept in memory.
        """
        target = self.entry(key)
        temporary = target.with_name(f"{UNFINISHED}{uuid.uuid4().hex}")
        try:
            if target.parent.is_symlink():
                target.parent.unlink()  # nothing is written where a link leads
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with temporary.open("xb") as file:
                    file.write(_packed(key, files))
                    file.flush()
                    os.fsync(file.fileno())
                if target.is_dir() and not target.is_symlink():  # no entry of ours, and nothing can be renamed over it
                    shutil.rmtree(target)
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as problem:
            if not self._unwritten:
                log.warning("nothing more is cached: %s", problem)
            self._unwritten[key] = dict(files)

    def sweep(self) -> None:
        """Remove what killed writes have left. Nobody may be writing; a disk that cannot be written keeps it."""
        for leftover in self._files(LEFTOVER):
            with contextlib.suppress(OSError):
                leftover.unlink()

    def forget(self, before: float, keep: int = 0) -> tuple[int, int]:
        """Remove entries that nobody has used since ``before``, in seconds of the epoch, those unused longest first.

        It ends where all that is left takes ``keep`` bytes or less. Returns how many are removed, and their bytes.
        """
        entries = sorted((status.st_mtime, status.st_size, path) for path, status in self._entries())
        left = sum(size for _, size, _ in entries)
        removed = freed = 0
        for used, size, path in entries:
            if used >= before or left <= keep:
                break
            with contextlib.suppress(OSError):  # of a disk that cannot be written; or somebody else was first
                path.unlink()
                removed, freed = removed + 1, freed + size
                left -= size
        return removed, freed

    def _entries(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self._files(ENTRY):
            with contextlib.suppress(OSError):  # gone meanwhile
                yield path, path.stat()

    def _files(self, name: re.Pattern[str]) -> Iterator[Path]:
        """Those of ours that are called so, wherever a link leads not."""
        for folder in self.folder.glob("[0-9a-f][0-9a-f]"):
            for path in folder.iterdir() if folder.is_dir() and not folder.is_symlink() else ():
                if name.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                    yield path


class _Damaged(Exception):
    """An entry is not what was once stored under its key."""


def _packed(key: str, files: Mapping[str, bytes]) -> bytes:
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:  # uncompressed: pictures and numbers are compressed already
        manifest = json.dumps({"key": key, "sha256": digests}).encode()
        for name, content in {MANIFEST: manifest, **files}.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # of no date: that of a wrong clock may be before 1980
    return packed.getvalue()


def _unpacked(key: str, packed: bytes) -> dict[str, bytes]:
    """The files of an entry. Raises `_Damaged` unless they are those that were stored under this very key."""
    try:
        with zipfile.ZipFile(BytesIO(packed)) as archive:
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
                raise _Damaged("a member is compressed, and none was")
            manifest = json.loads(archive.read(MANIFEST))
            files = {name: archive.read(name) for name in manifest["sha256"]}
            digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
            intact = manifest == {"key": key, "sha256": digests}
    # A damaged zip can fail in any of these ways, by what of it is damaged.
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as problem:
        raise _Damaged(str(problem)) from None
    if not intact:
        raise _Damaged("its files are not those of this key")
    return files
