"""What is made once for all processes of one run of the suite, and kept until its end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

FOLDER = "FOLDER_OF_THIS_RUN_OF_THE_TESTS"


def begin() -> None:
    """Makes the folder, whose name every process that is started from now on inherits."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="shared-by-tests-")


def end() -> None:
    shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)


def once(name: str, make: Callable[[Path], object]) -> Path:
    """The path of that name. Whoever comes first makes it, the others wait; nobody may change it afterwards."""
    path = Path(os.environ[FOLDER]) / name
    made = path.with_name(f"{name}.made")
    with FileLock(path.with_name(f"{name}.lock")):
        if not made.exists():
            make(path)
            made.touch()
    return path
