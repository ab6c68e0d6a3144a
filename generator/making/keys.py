"""What a product depends on, as one key: its inputs, the code that makes it, and what that code runs on."""

from __future__ import annotations

import ast
import hashlib
import json
import platform
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

SOURCE = Path(__file__).parents[1]
NO_CODE = ("templates", "assets")  # in an installed package; in a clone they lie beside it


# What can change a product or a page.
PACKAGES = ("torch", "numpy", "matplotlib", "pillow", "imageio", "jinja2", "markupsafe", "pydantic", "pyyaml")


def key(**parts: str | dict[str, str]) -> str:
    """The sha256 of everything that can change a product; the names keep equal parts apart."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@cache
def code_of(*names: str) -> str:
    """A digest of these modules of the generator (``runs.record``) and of all of it that they import."""
    return digest_of_files(SOURCE, files_of(*names))


@cache
def module_code(name: str) -> str:
    """A digest of one module of the generator, without what it imports."""
    return digest_of_files(SOURCE, [_file(name)])


def all_code() -> str:
    """A digest of every file of the generator, as it is now."""
    return digest_of_files(SOURCE, _below(SOURCE))


def digest_of_files(root: Path, files: Iterable[Path]) -> str:
    """The sha256 of these files, names below the root and contents, in this order; of one elsewhere, its whole name."""
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        name = file.relative_to(root) if file.is_relative_to(root) else file.absolute()
        digest.update(f"{name.as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


@cache
def versions_of(*packages: str) -> dict[str, str]:
    """The installed versions, read without importing the packages, and the kind of machine they run on."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {
        "machine": f"{platform.system()} {platform.machine()}",
        "python": python,
        **{name: metadata.version(name) for name in packages},
    }


def identity(arithmetic: str) -> dict[str, str]:
    """This generator and what it runs on: where that differs, products may differ. ``arithmetic`` is PyTorch's."""
    code = LOADED[:12] if all_code() == LOADED else "edited since it was loaded"
    return {"generator": code, **versions_of(*PACKAGES), "arithmetic": arithmetic}


# --- The generator's own files --------------------------------------------------------------------------------
# A module is named as it stands below the generator: `runs.record` is runs/record.py, `runs` is runs/__init__.py.


def files_of(*names: str) -> list[Path]:
    """The files of these modules and of all modules that they import, directly or by way of others.

    With a module go the packages it lies in, which Python loads first, and the data files that lie beside it.
    """
    reached: set[str] = set()
    found = set(names)
    while found:
        reached |= found
        found = {imported for name in found for imported in _imported_by(name)} - reached
    modules = {_file(name) for name in reached}
    return sorted(modules | {data for folder in {file.parent for file in modules} for data in _data_in(folder)})


@cache
def _imported_by(name: str) -> frozenset[str]:
    """The modules of the generator that a module imports: at its top, in its functions, for type checkers."""
    nodes = _statements(ast.parse(_file(name).read_bytes()))
    return frozenset({*_packages_of(name), *(imported for node in nodes for imported in _modules_in(node))})


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Those in a module, class, function or block, at any depth; `ast.walk` looks at every name and number too."""
    for part in ("body", "orelse", "handlers", "finalbody", "cases"):
        for inner in getattr(node, part, ()):
            yield inner
            yield from _statements(inner)


def _modules_in(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.ImportFrom(module=str(origin)) if _is_ours(origin):
            package = _below_generator(origin)
            yield package
            members = (f"{package}.{alias.name}".lstrip(".") for alias in node.names)
            yield from (member for member in members if _is_module(member))
        case ast.Import():
            yield from (_below_generator(alias.name) for alias in node.names if _is_ours(alias.name))


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "generator"


def _below_generator(module: str) -> str:
    return module.partition(".")[2]


def _packages_of(name: str) -> Iterator[str]:
    while name:
        name = name.rpartition(".")[0]
        yield name


def _is_module(name: str) -> bool:
    return _file(name).is_file()


def _file(name: str) -> Path:
    place = SOURCE.joinpath(*name.split(".")) if name else SOURCE
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


@cache
def _data_in(folder: Path) -> tuple[Path, ...]:
    """What a package of ours keeps that is no code; the generator itself keeps none."""
    if folder == SOURCE:
        return ()
    return tuple(path for path in _below(folder) if path.suffix != ".py")


def _below(folder: Path) -> list[Path]:
    files = (path for path in folder.rglob("*") if path.is_file() and not _is_passing(path))
    return sorted(file for file in files if file.relative_to(SOURCE).parts[0] not in NO_CODE)


def _is_passing(path: Path) -> bool:
    """Whether it is a file that Python, an editor or a file manager keeps for itself."""
    return "__pycache__" in path.parts or path.name.startswith(".") or path.name.endswith("~")


LOADED = all_code()  # what this process runs, whatever is edited since
