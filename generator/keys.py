"""What a product depends on, as one key: its inputs, the code that makes it, and what that code runs on."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

SOURCE = Path(__file__).parent


# What can change a product or a page.
PACKAGES = ("torch", "numpy", "matplotlib", "pillow", "jinja2", "markupsafe", "pydantic", "pyyaml")


def key(**parts: str | dict[str, str]) -> str:
    """The sha256 of everything that can change a product; the names keep equal parts apart."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@cache
def code_of(*names: str) -> str:
    """A digest of these modules of the generator and of all of it that they import."""
    return _digest(files_of(*names))


@cache
def file_code(name: str) -> str:
    """A digest of one file of the generator, without what it imports."""
    return _digest([SOURCE / name])


def all_code() -> str:
    """A digest of every file of the generator, as it is now."""
    return _digest(_below(SOURCE))


@cache
def versions_of(*packages: str) -> dict[str, str]:
    """The installed versions, read without importing the packages, and the kind of machine they run on.

    PyTorch chooses its arithmetic by the processor; a choice that the user makes instead is part of the kind.
    """
    machine = [platform.system(), platform.machine(), os.environ.get("ATEN_CPU_CAPABILITY", "")]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {
        "machine": " ".join(machine).strip(),
        "python": python,
        **{name: metadata.version(name) for name in packages},
    }


def identity() -> dict[str, str]:
    """This generator and what it runs on: where that differs, products may differ."""
    code = LOADED[:12] if all_code() == LOADED else "edited since it was loaded"
    return {"generator": code, **versions_of(*PACKAGES)}


# --- The generator's own files --------------------------------------------------------------------------------
# A module is named as it stands below the generator: `run` is run.py; `figures` is a folder, always taken whole,
# because the modules in it are loaded by name.


def files_of(*names: str) -> list[Path]:
    """The files of these modules, and of all modules that they import, directly or by way of others."""
    reached: set[str] = set()
    found = set(names)
    while found:
        reached |= found
        found = {imported for name in found for imported in _imported_by(name)} - reached
    return [path for name in sorted(reached) for path in _files(name)]


@cache
def _imported_by(name: str) -> frozenset[str]:
    """The modules of the generator that a module imports: at its top, in its functions, for type checkers."""
    return frozenset(
        imported
        for path in _files(name)
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_bytes()))
        for imported in _modules_in(node)
    )


def _modules_in(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.ImportFrom(module="generator"):
            yield from (alias.name for alias in node.names)
        case ast.ImportFrom(module=str(origin)) if origin.startswith("generator."):
            yield origin.split(".")[1]
        case ast.Import():
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("generator."))


@cache
def _files(name: str) -> tuple[Path, ...]:
    folder = SOURCE / name
    return tuple(_below(folder)) if folder.is_dir() else (folder.with_suffix(".py"),)


def _below(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not _is_passing(path))


def _is_passing(path: Path) -> bool:
    """Whether it is a file that Python, an editor or a file manager keeps for itself."""
    return "__pycache__" in path.parts or path.name.startswith(".") or path.name.endswith("~")


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(SOURCE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


LOADED = all_code()  # what this process runs, whatever is edited since
