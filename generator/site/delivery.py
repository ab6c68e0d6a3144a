"""Files handed over into a folder of somebody's, which may hold others: none of theirs is lost."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.faults import Fault, Faults
from generator.files import contents

LIST = ".frame-by-frame.render"  # what was handed over into this folder, and the sha256 of each
MOST = 2**26  # bytes of the list
HELP = "move it away, or name another folder with --out"


def deliver(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files there, over those of before.

    Raises `Faults`, and writes none, where one of somebody's is in the way; one that was handed over and has been
    changed since is somebody's, too.
    """
    before = _handed_over(folder)
    faults = [
        Fault("no render has left this file as it is, and one of its name is to come", file=folder / name, help=HELP)
        for name, content in files.items()
        if os.path.lexists(folder / name) and _digest_of(folder / name) not in (before.get(name), _digest(content))
    ]
    if faults:
        raise Faults(faults)
    handed_over = before | {name: _digest(content) for name, content in files.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {LIST: json.dumps(handed_over, indent=0).encode(), **files}.items():
        _write(folder / name, content)


def _handed_over(folder: Path) -> dict[str, Any]:
    try:
        said = json.loads(contents(folder / LIST, MOST))
    except (OSError, ValueError, RecursionError):  # nothing was, or what the list says is of no use
        return {}
    return said if isinstance(said, dict) else {}


def _write(path: Path, content: bytes) -> None:
    """In one move: a link is replaced, and not what it leads to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".frame-by-frame-{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _digest_of(path: Path) -> str:
    """Of a file; of what is none, a word that is no digest."""
    return "none" if path.is_symlink() or not path.is_file() else _digest(path.read_bytes())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
