"""The generator's own source, read as text: what the lessons print, and what a reader takes home.

Nothing is imported, so a page can show the mathematics without loading PyTorch.
"""

from __future__ import annotations

import ast
import difflib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from generator.faults import Fault, did_you_mean
from generator.making.keys import SOURCE


@dataclass(frozen=True)
class Definition:
    """A function, class or constant at the top level of a module."""

    module: str
    name: str
    line: int
    text: str
    uses: frozenset[str]  # every name in it, whatever it means


@dataclass(frozen=True)
class Module:
    """What a module defines, and what it imports, by the name under which it does."""

    definitions: dict[str, Definition]
    siblings: dict[str, tuple[str, str]]  # name -> (module of the generator, its name there)
    imports: dict[str, tuple[str, str]]  # name -> (module, or nothing, and what follows "import")


@cache
def read(name: str) -> Module:
    """A module by its name below the generator, such as ``descent.loops``. Raises `Fault` where there is none."""
    path = SOURCE / f"{name.replace('.', '/')}.py"
    if not (path.is_file() and path.is_relative_to(SOURCE)):
        raise Fault(f"the generator has no module {name!r}", help="such as descent.regression or descent.loops")
    lines = path.read_text(encoding="utf-8").splitlines()
    found = Module({}, {}, {})
    for node in ast.parse("\n".join(lines)).body:
        match node:
            case ast.ImportFrom(module=str(origin)) if origin.startswith("generator."):
                for alias in node.names:
                    found.siblings[alias.asname or alias.name] = (origin.removeprefix("generator."), alias.name)
            case ast.Import() | ast.ImportFrom():
                origin = node.module or "" if isinstance(node, ast.ImportFrom) else ""
                for alias in node.names:
                    found.imports[alias.asname or alias.name] = (origin, ast.unparse(alias))
            case ast.FunctionDef() | ast.ClassDef():
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                found.definitions[node.name] = _definition(name, node.name, node, first, lines)
            case ast.Assign(targets=[ast.Name(id=constant)]) | ast.AnnAssign(target=ast.Name(id=constant)):
                found.definitions[constant] = _definition(name, constant, node, node.lineno, lines)
    return found


def _definition(module: str, name: str, node: ast.stmt, first: int, lines: list[str]) -> Definition:
    uses = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)} - {name}
    return Definition(module, name, first, "\n".join(lines[first - 1 : node.end_lineno]), frozenset(uses))


@cache
def listing(*names: str, module: str = "descent.regression") -> str:
    """The source of definitions of a module, exactly as they run."""
    found = read(module).definitions
    for name in names:
        if name not in found:
            raise Fault(f"generator.{module} has no {name!r}", help=did_you_mean(name, found))
    return "\n\n\n".join(found[name].text for name in names)


@cache
def difference(right: str, wrong: str, module: str) -> str:
    """What two functions do, without their headings: after − what the first alone has, after + what the second has."""
    ours, theirs = (_body(listing(name, module=module)) for name in (right, wrong))
    lines = difflib.ndiff(ours, theirs, linejunk=None, charjunk=None)
    return "\n".join(line.rstrip() for line in lines if not line.startswith("?"))


def _body(function: str) -> list[str]:
    (definition,) = ast.parse(function).body
    assert isinstance(definition, ast.FunctionDef)
    first = definition.body[1 if ast.get_docstring(definition) else 0]
    return function.splitlines()[first.lineno - 1 :]


@cache
def needed(*wanted: tuple[str, str]) -> tuple[Definition, ...]:
    """Definitions, given as (module, name), and all of the generator that they use; each after what it uses."""
    found: set[Definition] = set()

    def visit(where: str, name: str) -> None:
        inside = read(where)
        if name in inside.siblings:
            visit(*inside.siblings[name])
        definition = inside.definitions.get(name)
        if definition is not None and definition not in found:
            found.add(definition)
            for used in definition.uses:
                visit(where, used)

    for where, name in wanted:
        visit(where, name)
    return tuple(sorted(found, key=lambda definition: (_rank(definition.module), definition.line)))


@cache
def _rank(name: str) -> int:
    """Higher than that of every module it imports from."""
    return 1 + max((_rank(origin) for origin, _ in read(name).siblings.values()), default=0)


def imports(definitions: tuple[Definition, ...], *more: tuple[str, str]) -> list[str]:
    """The import statements that definitions need, and ``more``, given as (module or nothing, what it imports).

    The standard library comes first, and an empty line after it.
    """
    named: dict[str, list[str]] = {}
    for origin, name in sorted({*more, *_imported_by(definitions)}):
        named.setdefault(origin, []).append(name)
    plain = [f"import {name}" for name in named.pop("", [])]
    statements = [*plain, *(f"from {origin} import {', '.join(names)}" for origin, names in named.items())]

    def is_standard(statement: str) -> bool:
        return statement.split()[1].split(".")[0] in sys.stdlib_module_names

    standard = [statement for statement in statements if is_standard(statement)]
    others = [statement for statement in statements if not is_standard(statement)]
    return [*standard, "", *others] if standard else others


def _imported_by(definitions: tuple[Definition, ...]) -> Iterator[tuple[str, str]]:
    for definition in definitions:
        known = read(definition.module).imports
        yield from (known[name] for name in definition.uses if name in known)
