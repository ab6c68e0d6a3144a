"""Everything flows one way: a rule a folder."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from generator.making.keys import SOURCE

MODULES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix("__init__").rstrip("."): path
    for path in SOURCE.rglob("*.py")
}

# What each room may import of the others, at a module's top or inside a function. "tools" are the modules at the root
# that know nothing but each other; the root's own `build` and `cli` conduct, and may import all.
TOOLS = {
    "bounds", "configuration", "faults", "files", "git", "inert", "limits", "memory", "numerals", "templating",
    "project", "resources", "version", "yaml_text",
}  # fmt: skip
ROOMS = {
    "tools": set(),
    "scenario": {"tools"},
    "runs": {"tools", "scenario"},
    "descent": {"tools", "scenario", "runs"},
    "figures": {"tools", "scenario", "runs"},
    "making": {"tools", "scenario", "runs", "descent", "figures"},
    "pages": {"tools", "scenario", "runs", "figures", "making"},
    "site": {"tools", "scenario", "runs", "figures", "making", "pages"},
    "serving": {"tools", "making", "site"},
    "starting": {"tools", "scenario", "runs", "making", "pages", "site"},
    "conductor": {"tools", "scenario", "runs", "figures", "making", "pages", "site", "serving", "starting"},
}
CONDUCTOR = {"", "__main__", "cli", "build"}
# Of a room that may not load it, what it takes from one that does: tables and names without a library behind them.
PLAIN_OF_FIGURES = {"figures", "figures.catalogue", "figures.formats", "figures.loading", "figures.style"}
WITHOUT_TORCH_OR_MATPLOTLIB = ["", "scenario", "runs", "making", "pages", "site", "serving", "starting"]
LIBRARIES = {"torch": "descent", "matplotlib": "figures", "PIL": "figures", "imageio": "figures"}


def room(module: str) -> str:
    first = module.partition(".")[0]
    return "tools" if first in TOOLS else "conductor" if first in CONDUCTOR else first


def imported(path: Path, *, at_the_top: bool) -> Iterator[tuple[str, bool]]:
    """The modules that a module imports, of ours by their names below the generator, and whether they are ours."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if at_the_top else ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(origin)):
                ours = origin.partition(".")[0] == "generator"
                name = origin.partition(".")[2] if ours else origin
                members = [f"{name}.{alias.name}".lstrip(".") for alias in node.names] if ours else []
                yield from ((member, True) for member in members if member in MODULES)
                if not all(member in MODULES for member in members) or not ours:
                    yield name, ours
            case ast.Import():
                yield from ((alias.name, False) for alias in node.names)


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {name: {n for n, ours in imported(path, at_the_top=True) if ours} for name, path in MODULES.items()}
    assert graph["site.publish"], "the graph has edges"
    TopologicalSorter(graph).prepare()  # raises CycleError with the cycle


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_imports_from_those_before_it_alone(name: str) -> None:
    wrong = [
        f"{module} imports {other}"
        for module, path in MODULES.items()
        if room(module) == name
        for other, ours in imported(path, at_the_top=False)
        if ours and room(other) not in {name, *ROOMS[name]}
    ]
    assert not wrong


def test_every_folder_is_a_room_and_every_room_a_folder() -> None:
    folders = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()}
    assert folders == ROOMS.keys() - {"tools", "conductor"}
    assert {path.stem for path in SOURCE.glob("*.py")} == {*TOOLS, "__init__", "__main__", "cli", "build"}


@pytest.mark.parametrize("name", ["pages", "site", "conductor"])
def test_pages_and_site_know_of_pictures_what_is_plain(name: str) -> None:
    taken = {
        other
        for module, path in MODULES.items()
        if room(module) == name
        for other, ours in imported(path, at_the_top=False)
        if ours and room(other) == "figures"
    }
    assert taken <= PLAIN_OF_FIGURES


# What is run, or read by another program; and what loads everything in a process of its own, and is imported by none.
NO_MODULES_OF_A_ROOM = ("__main__", "site.hook", "serving.warm")


def test_no_module_imports_what_is_to_be_loaded_in_a_process_of_its_own() -> None:
    for module, path in MODULES.items():
        assert "serving.warm" not in {other for other, _ in imported(path, at_the_top=False)}, module


@pytest.mark.parametrize("name", WITHOUT_TORCH_OR_MATPLOTLIB)
def test_a_plain_room_loads_neither_torch_nor_matplotlib(name: str) -> None:
    modules = [m for m in MODULES if m not in NO_MODULES_OF_A_ROOM and (m == name or m.startswith(f"{name}."))]
    modules += [module for module in TOOLS | {"cli", "build"} if not name]
    program = (
        f"import sys, importlib; [importlib.import_module(f'generator.{{m}}'.rstrip('.')) for m in {modules!r}]\n"
        "sys.exit(', '.join({'torch', 'matplotlib', 'imageio', 'PIL'} & {*sys.modules}) or 0)"
    )
    assert modules
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_imported_in_one_room_alone(library: str) -> None:
    rooms = {
        room(module)
        for module, path in MODULES.items()
        for other, ours in imported(path, at_the_top=False)
        if not ours and other.partition(".")[0] == library
    }
    # The one exception sets the number of threads for a worker that is about to train.
    assert rooms - ({"making"} if library == "torch" else set()) == {LIBRARIES[library]}


def test_no_picture_leaves_but_through_imageio() -> None:
    """Pillow compresses in the two modules behind our plugin, and Matplotlib saves nothing."""
    users = {
        m for m, path in MODULES.items() for other, _ in imported(path, at_the_top=False) if other.startswith("PIL")
    }
    assert users == {"figures.blocks", "figures.indexed"}
    doors = {m for m, path in MODULES.items() if ".savefig(" in path.read_text(encoding="utf-8")}
    assert not doors


def test_no_two_classes_have_one_name() -> None:
    places = defaultdict(list)
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(module)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_a_package_holds_no_code() -> None:
    for path in SOURCE.rglob("__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert len(body) == 1, f"{path}: a docstring, and nothing that everybody loads who wants one module of it"
        assert ast.get_docstring(ast.Module(body, []))


def test_the_table_of_rooms_has_every_module_and_no_other() -> None:
    text = (SOURCE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set()
    for row in text[text.index("| room |") : text.index("`tests/test_architecture.py`")].splitlines()[2:]:
        if row.startswith("|"):
            _, folder, modules, _ = row.split("|")
            place = folder.strip(" `/").replace("generator", "")
            named |= {f"{place}.{name}".lstrip(".") for name in re.findall(r"`([a-z_]+)`", modules)}
    there = {name for name, path in MODULES.items() if path.name != "__init__.py"} - {"__main__"}
    kinds = {name for name in there if name.startswith("figures.kinds.")}
    assert named == there - kinds | {"figures.kinds"}
