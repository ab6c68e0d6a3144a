"""Matplotlib as it comes: no settings of this machine, in a file or in the environment, change a picture."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def load_matplotlib() -> None:
    """To be called before anything else loads it: it reads its settings once."""
    if "matplotlib" in sys.modules:
        return
    found = importlib.util.find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        # It looks into the working folder first, and then for its user's own.
        with _working_in(Path(found.origin).parent / "mpl-data"):
            import matplotlib  # noqa: F401
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before = os.open(".", os.O_RDONLY) if hasattr(os, "fchdir") else Path.cwd()  # the folder, though it be gone
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        if isinstance(before, int):
            os.close(before)
