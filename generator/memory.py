"""What a build has worked out and the next would again, while a site is served: values by what they follow from."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from generator.files import write


class Memory:
    """It lies in a folder of this user's alone, because what is read from there is run; without one it is empty.

    Nothing that is remembered changes a byte of what is made.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def part(self, name: str) -> Memory:
        """That of one kind of values."""
        return Memory(None if self.folder is None else self.folder / name)

    def get(self, key: str) -> Any:
        """None where nothing is remembered, or nothing that can be read."""
        if self.folder is not None:
            with suppress(Exception):  # of which it is worked out again, whatever is the matter with it
                return pickle.loads(self._file(self.folder, key).read_bytes())
        return None

    def put(self, key: str, value: Any) -> None:
        """A disk that takes no more, or a value that cannot be written, is one that is worked out again."""
        if self.folder is not None:
            with suppress(Exception):
                file = self._file(self.folder, key)
                file.parent.mkdir(parents=True, exist_ok=True)
                write(file, pickle.dumps(value))

    def compiled(self) -> Any:
        """For Jinja's ``bytecode_cache``: its templates, compiled once."""
        if self.folder is None:
            return None
        from jinja2 import FileSystemBytecodeCache

        self.folder.mkdir(parents=True, exist_ok=True)
        return FileSystemBytecodeCache(str(self.folder))

    @staticmethod
    def _file(folder: Path, key: str) -> Path:
        return folder / key[:2] / key[2:]


NOTHING = Memory()


def digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
