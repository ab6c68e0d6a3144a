"""Everything flows one way."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from generator.keys import SOURCE

MODULES = {
    ".".join(("generator", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in SOURCE.rglob("*.py")
}
PLAIN = ["scenario", "theory", "record", "words", "words.en", "pages", "publish", "staging", "style", "figures", "cli"]


def imports(path: Path) -> set[str]:
    """What of the generator is imported with the module: nothing for type checkers, nothing inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("generator"):
            found.update(name for a in node.names if (name := f"{node.module}.{a.name}") in MODULES)
            if any(f"{node.module}.{a.name}" not in MODULES for a in node.names):
                found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(a.name for a in node.names if a.name in MODULES)
    return found


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {name: imports(path) for name, path in MODULES.items()}
    assert graph["generator.staging"], "the graph has edges"
    TopologicalSorter(graph).prepare()  # raises CycleError with the cycle


@pytest.mark.parametrize("module", PLAIN)
def test_plain_modules_import_neither_torch_nor_matplotlib(module: str) -> None:
    program = f"import sys, generator.{module}; sys.exit(', '.join({{'torch', 'matplotlib'}} & {{*sys.modules}}) or 0)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_table_of_modules_has_every_module_and_no_other() -> None:
    text = (SOURCE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = text[text.index("| module of") : text.index("`tests/test_architecture.py`")]
    named = {
        name for row in rows.splitlines() for name in re.findall(r"`([a-z_]+)/?`", row.split("|")[1] if row else "")
    }
    there = {name.split(".")[1] for name in MODULES if "." in name} - {"__main__"}
    assert named == there | {"generator"}


@pytest.mark.parametrize(("library", "room"), [("matplotlib", "figures/"), ("PIL", "gif.py")])
def test_a_library_is_imported_in_one_room_alone(library: str, room: str) -> None:
    importing = {
        path.relative_to(SOURCE).as_posix()
        for path in MODULES.values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(a.name.split(".")[0] == library for a in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == library)
    }
    assert importing
    assert all(name.startswith(room) for name in importing)
