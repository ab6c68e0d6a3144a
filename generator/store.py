"""The content-addressed cache: what was made once from the same inputs is not made again.

An entry is a folder named by its key, with the files and a manifest of their sha256. Only successes are stored.
Deleting any of it, at any time, is harmless.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

log = logging.getLogger(__name__)

MANIFEST = "manifest.json"
SOURCE = Path(__file__).parent


class Store:
    """Entries below a folder; every method is safe while other processes use the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._unwritten: dict[str, dict[str, bytes]] = {}  # where the disk would not take them

    def entry(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]

    def has(self, key: str) -> bool:
        """Whether there is an intact entry."""
        return self.get(key) is not None

    def get(self, key: str) -> dict[str, bytes] | None:
        """The files of an entry, each verified; None where there is none, or a damaged one (with a warning)."""
        if key in self._unwritten:
            return self._unwritten[key]
        folder = self.entry(key)
        try:
            manifest = json.loads((folder / MANIFEST).read_bytes())
            files = {name: (folder / name).read_bytes() for name in manifest}
            intact = all(hashlib.sha256(files[name]).hexdigest() == digest for name, digest in manifest.items())
        except FileNotFoundError:
            if not folder.exists():
                return None
            intact = False
        except (OSError, ValueError, AttributeError, TypeError):
            intact = False
        if intact:
            return files
        log.warning("the cache entry %s is damaged; it is made again", key[:12])
        shutil.rmtree(folder, ignore_errors=True)
        return None

    def put(self, key: str, files: Mapping[str, bytes]) -> None:
        """Store an entry: written to a temporary name, synced, renamed; an older one gives way.

        A full or read-only disk costs a warning, and the entry is kept in memory.
        """
        target = self.entry(key)
        manifest = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
            try:
                for name, content in {**files, MANIFEST: json.dumps(manifest).encode()}.items():
                    with (temporary / name).open("wb") as handle:
                        handle.write(content)
                        handle.flush()
                        os.fsync(handle.fileno())
                shutil.rmtree(target, ignore_errors=True)
                try:
                    temporary.rename(target)
                except OSError:
                    # Another process made the same entry in the meantime; it holds the same files.
                    if not target.is_dir():
                        raise
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
        except OSError as problem:
            if not self._unwritten:
                log.warning("nothing more is cached: %s", problem)
            self._unwritten[key] = dict(files)


def key(**parts: str) -> str:
    """The sha256 of everything that can change a product; the names keep equal parts apart."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@cache
def source_of(*names: str) -> str:
    """A digest of the generator's own files, by their paths inside the package; a folder means all below it."""
    digest = hashlib.sha256()
    for name in names:
        for path in _files(SOURCE / name):
            digest.update(str(path.relative_to(SOURCE)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(path: Path) -> Iterable[Path]:
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return [path]


@cache
def versions_of(*packages: str) -> str:
    """The installed versions, read without importing the packages, and the kind of machine."""
    return ", ".join([platform.machine(), *(f"{name} {metadata.version(name)}" for name in packages)])
