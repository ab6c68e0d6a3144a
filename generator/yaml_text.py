"""YAML that a person wrote: read, or refused with its line, whatever stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from generator.faults import Fault
from generator.inert import UNSEEN

MAX_CHARACTERS = 2**17
MAX_VALUES = 20_000  # with each that is repeated by an alias counted each time
HELP = "a setting a line, as in `title: A few words`; lists indented by spaces; text with : or [ in quotes"


def read_yaml(text: str, file: Path, first_line: int = 1, loader: Any = yaml.SafeLoader) -> Any:
    """What it says. Raises `Fault`; the text begins at this line of the file."""
    if len(text) > MAX_CHARACTERS:
        raise Fault(
            f"{len(text):,} characters of settings, and at most {MAX_CHARACTERS:,} are read", file=file, help=HELP
        )
    try:
        node = _node(text, loader)
        if node is not None and _values(node, {}) > MAX_VALUES:
            fault = f"its aliases repeat more than {MAX_VALUES:,} values"
            raise Fault(fault, file=file, line=first_line, help="write out what is meant, without & and *")
        for below, character in _unseen(node, set()):
            fault = f"a character that cannot be seen, U+{ord(character):04X}"
            raise Fault(fault, file=file, line=first_line + below, help="leave it out, and its escape")
        for below, name in _twice(node, set()):
            fault = f"{name} stands twice, and only the last would count"
            raise Fault(fault, file=file, line=first_line + below, help="delete one of them")
        return None if node is None else loader("").construct_document(node)
    except RecursionError:
        raise Fault("nested too deep, or in itself", file=file, line=first_line, help=HELP) from None
    # Besides its own errors it raises those of what it makes of a text: an impossible date, a number of 5000 digits.
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as problem:
        mark = getattr(problem, "problem_mark", None)
        said = getattr(problem, "problem", None) or re.split(r"[;\n]", str(problem))[0]
        line = first_line + mark.line if mark else None
        raise Fault(f"not valid YAML: {said}", file=file, line=line, help=HELP) from None


@lru_cache(maxsize=16)  # one configuration is asked for many things
def _node(text: str, loader: Any) -> yaml.Node | None:
    node: yaml.Node | None = loader(text).get_single_node()
    return node


def _values(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node comes to when each alias is written out."""
    if id(node) not in known:
        known[id(node)] = 1 + sum(_values(part, known) for part in _parts(node))
    return known[id(node)]


def _unseen(node: yaml.Node | None, known: set[int]) -> Iterator[tuple[int, str]]:
    """The characters in texts that nobody could see, with their lines: an escape is one, though the file has none."""
    if node is None or id(node) in known:
        return
    known.add(id(node))
    if isinstance(node.value, str) and (found := UNSEEN.search(node.value)):
        yield node.start_mark.line, found[0]
    for part in _parts(node):
        yield from _unseen(part, known)


def _twice(node: yaml.Node | None, known: set[int]) -> Iterator[tuple[int, str]]:
    """The names that a table has already, with the line where each stands once more."""
    if node is None or id(node) in known:
        return
    known.add(id(node))
    if isinstance(node, yaml.MappingNode):
        names: set[str] = set()
        for name, _ in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value != "<<":
                if name.value in names:
                    yield name.start_mark.line, name.value
                names.add(name.value)
    for part in _parts(node):
        yield from _twice(part, known)


def _parts(node: yaml.Node) -> list[yaml.Node]:
    parts = node.value if isinstance(node.value, list) else []
    return [part for entry in parts for part in (entry if isinstance(entry, tuple) else (entry,))]
