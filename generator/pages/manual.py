"""What a page can call, told from the calls themselves: names, what they take, and what their docstrings say."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from textwrap import dedent
from types import FunctionType, ModuleType
from typing import Any

from generator.faults import Fault
from generator.pages.measured import Measured
from generator.runs import theory, worked
from generator.runs.analysis import Run
from generator.runs.update_rule import UpdateRule

# What is no function: its docstring would be that of a table or a text.
VALUES = {
    "scenarios": "Every scenario by its id, as its file has it: `scenarios[\"marks\"].training.learning_rate`.",
    "kinds": "Every kind of figure by its name, with its size, how many runs it shows, and its options.",
    "words": "The tables of this language's `words.toml`.",
    "language": "The language of the edition, such as `en`.",
    "page": "Where this page lies in the folder of its language, such as `lessons/descend.md`.",
}  # fmt: skip
GROUPS: Mapping[str, Sequence[str]] = {
    "Pictures and tables": ("figure", "loss_table", "verdict", "how_it_ended", "listing", "mistake_shown"),
    "For readers to do": ("quiz", "touch", "again", "four_rates", "lab", "lab_link"),
    "Runs and theory": ("run", "named", "sweep", "ladder", "theory", "update_rule", "worked", "thinning"),
    "The project": (
        "scenarios", "gallery", "kinds", "scenario_file", "what_to_call", "minutes", "link", "page", "language",
        "words",
    ),
}  # fmt: skip
# What those in "Runs and theory" hand over, by what a page writes for it.
HANDED_OVER: Mapping[str, Any] = {
    'run("…")': Run,
    'named("…")': Measured,
    'run("…").bowl': theory.Bowl,
    "update_rule(…)": UpdateRule,
    "theory": theory,
    "worked": worked,
}
COMMENT = re.compile(r"#\s+(\S.*)")


@dataclass(frozen=True)
class Entry:
    """Something that a page may write: as it is written, and what it is or does, in Markdown."""

    name: str
    written: str
    meaning: str

    @property
    def in_short(self) -> str:
        """The first paragraph, on one line."""
        return " ".join(self.meaning.split("\n\n")[0].split())


@dataclass(frozen=True)
class Group:
    heading: str
    entries: tuple[Entry, ...]


def groups(called: Mapping[str, Any]) -> list[Group]:
    """What a page can call, from all that it is given; nothing of it in two groups.

    Raises `Fault` where something would be told in none.
    """
    named = [name for names in GROUPS.values() for name in names]
    if untold := sorted(called.keys() - {*named}):
        raise Fault(f"no group has {', '.join(untold)}", help="name it in GROUPS of generator/pages/manual.py")
    return [Group(heading, tuple(_entry(name, called[name]) for name in names)) for heading, names in GROUPS.items()]


def handed_over() -> list[Group]:
    """What is at hand in a run, its bowl, a rule of steps, and the two modules of mathematics."""
    return [Group(written, tuple(_members(of))) for written, of in HANDED_OVER.items()]


def filters(named: Mapping[str, Callable[..., Any]]) -> Group:
    """Those that are ours: each is applied to what stands before it."""
    entries = []
    for name, apply in named.items():
        takes = _takes(inspect.signature(apply), first=1)
        entries.append(Entry(name, f"| {name}" + (f"({takes})" if takes else ""), _told(apply)))
    return Group("Filters", tuple(entries))


def _entry(name: str, value: Any) -> Entry:
    if name in VALUES:
        return Entry(name, name, VALUES[name])
    if isinstance(value, ModuleType):
        return Entry(name, name, _told(value))
    return Entry(name, f"{name}({_takes(inspect.signature(value))})", _told(value))


def _members(of: Any) -> Iterator[Entry]:
    """The public ones that a page can use, in the order in which they are written."""
    if isinstance(of, ModuleType):
        for name, value in vars(of).items():
            if isinstance(value, FunctionType) and value.__module__ == of.__name__ and not name.startswith("_"):
                yield Entry(name, f"{name}({_takes(inspect.signature(value))})", _told(value))
        return
    for cls in reversed(of.__mro__[:-1]):
        commented = _fields(cls)
        yield from (Entry(name, name, meaning) for name, meaning in commented.items())
        for name, value in vars(cls).items():
            if name.startswith("_") or name in commented:
                continue
            if isinstance(value, property | cached_property):
                yield Entry(name, name, _told(value))
            elif isinstance(value, FunctionType) and "IO" not in str(inspect.signature(value)):
                yield Entry(name, f"{name}({_takes(inspect.signature(value), first=1)})", _told(value))


def _fields(cls: type) -> dict[str, str]:
    """Of a dataclass its fields, each with the comment beside it."""
    source = dedent(inspect.getsource(cls))
    lines = source.splitlines()
    found = {}
    for node in ast.parse(source).body[0].body:  # type: ignore[attr-defined]  # the class, and what is in it
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            comment = COMMENT.search(lines[node.lineno - 1], node.end_col_offset or 0)
            found[node.target.id] = comment[1].strip() if comment else ""
    return found


def _takes(signature: inspect.Signature, first: int = 0) -> str:
    """What stands between the brackets: names and defaults, as one writes them in a page."""
    written = []
    for parameter in [*signature.parameters.values()][first:]:
        stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
        stars = "**" if parameter.kind is parameter.VAR_KEYWORD else stars
        has_default = parameter.default is not parameter.empty
        written.append(f"{stars}{parameter.name}" + (f"={_as_written(parameter.default)}" if has_default else ""))
    return ", ".join(written)


def _as_written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _told(value: Any) -> str:
    """Its docstring without examples, which are for those who read the code."""
    text = inspect.getdoc(value) or ""
    paragraphs = [part for part in text.split("\n\n") if not part.lstrip().startswith(">>>")]
    return "\n\n".join(paragraphs).replace("``", "`")
