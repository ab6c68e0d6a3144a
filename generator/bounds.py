"""How much an expression of a template may make: sizes are foretold from what is given, before anything is made."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from numbers import Integral  # NumPy's too
from typing import Any

import numpy as np
from jinja2.exceptions import SecurityError

MAX_SIZE = 10_000_000  # characters of a text, entries of a list and of all lists in it, numbers of an array
MAX_BITS = 100_000  # of a whole number
MAX_WIDTH = 9_999  # of a formatted value

SIZED = (str, bytes, list, tuple, set, frozenset, dict)
WIDTH = re.compile(r"\d{5}")
PLACEHOLDER = re.compile(r"\{[^{}]*|%[^a-zA-Z%]*")
COMPUTED_WIDTH = re.compile(r"\{[^{}]*:[^{}]*\{|%[^a-zA-Z%]*\*")

# Filters, and methods of text, whose result is as large as what they are given times a width or another text.
MULTIPLY = frozenset({
    "batch", "center", "expandtabs", "indent", "ljust", "pprint", "rjust", "round", "slice", "to_bytes", "tojson",
    "truncate", "urlize", "wordwrap", "zfill",
})  # fmt: skip


def weigh(value: object) -> int:
    """How much of `MAX_SIZE` a value takes, written out in full: what stands in it twice counts twice."""
    return _weigh(value, {})


def _weigh(value: object, known: dict[int, int]) -> int:
    match value:
        case str() | bytes() | range():
            return len(value)
        case np.ndarray():
            return int(value.size)
        case list() | tuple() | set() | frozenset() | dict():
            if id(value) not in known:  # a list that doubles itself sixty times is soon weighed
                entries = [*value.keys(), *value.values()] if isinstance(value, dict) else value
                inner = sum(_weigh(entry, known) for entry in entries if isinstance(entry, SIZED))
                known[id(value)] = len(value) + inner
            return known[id(value)]
    return 1


def bound(size: int, what: str) -> None:
    """Raises `SecurityError` where that much is more than an expression may make."""
    if size > MAX_SIZE:
        raise SecurityError(f"{what} would come to {size:,} characters or entries, and at most {MAX_SIZE:,} are made")


def joined(parts: Iterable[str]) -> str:
    """The parts as one text: all that a template says, or what it puts together with ``~``, a block or a macro."""
    texts, size = [], 0
    for text in parts:
        size += len(text)
        bound(size, "the text")
        texts.append(text)
    return "".join(texts)


def made(value: Any) -> Any:
    """A list, a table or another value that an expression writes out; it may have itself in it many times."""
    bound(weigh(value), "the value")
    return value


def check_operation(operator: str, left: Any, right: Any) -> None:
    """Raises `SecurityError` where the operation would make too much."""
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        bound(np.broadcast(left, right).size, f"an array by {operator!r}")
    elif isinstance(left, Integral) and isinstance(right, Integral):
        bits, more = int(left).bit_length(), int(right)
        bits = {"*": bits + more.bit_length(), "**": bits * max(more, 0)}.get(operator, 0)
        if bits > MAX_BITS:
            raise SecurityError(f"a whole number by {operator!r} would have {bits:,} bits, and at most {MAX_BITS:,}")
    elif operator == "*":
        for many, times in ((left, right), (right, left)):
            if isinstance(many, Sequence) and isinstance(times, Integral):
                bound(weigh(many) * max(int(times), 0), "the product")
    elif operator == "+" and isinstance(left, str | list | tuple):
        bound(weigh(left) + weigh(right), "the sum")
    elif operator == "%" and isinstance(left, str | bytes):
        _check_format("%", left, right if isinstance(right, tuple) else (right,))


def check_call(name: str, value: object, arguments: Sequence[object]) -> None:
    """Raises `SecurityError` where a method or filter of this name, of this value, would make too much."""
    if name in ("format", "format_map"):
        _check_format(name, value, arguments)
    elif name in MULTIPLY:
        factors = [abs(int(given)) if isinstance(given, Integral) else weigh(given) for given in arguments]
        bound(max(weigh(value), 1) * max(factors, default=1), f"{name!r}")
    elif name == "replace" and len(arguments) >= 2:
        old, new = str(arguments[0]), str(arguments[1])
        bound(weigh(value) + str(value).count(old) * len(new), "'replace'")
    elif name == "join":
        parts, separator = (arguments[:1], value) if isinstance(value, str) and arguments else ([value], "")
        entries = parts[0] if parts and isinstance(parts[0], list | tuple) else ()
        separators = [len(text) for text in (separator, *arguments) if isinstance(text, str)]
        bound(weigh(entries) + len(entries) * max(separators, default=0), "'join'")
    elif name == "translate":
        bound(weigh(value) * weigh(arguments), "'translate'")
    elif name == "sum" and any(isinstance(given, list | tuple) for given in arguments):
        raise SecurityError("'sum' adds numbers up")


def check_steps(name: str, arguments: Iterable[object]) -> None:
    """Raises `SecurityError` where a function of ours is asked for more steps, or points, than there can be."""
    for given in arguments:
        if isinstance(given, Integral):
            bound(abs(int(given)), f"the {given:,} that {name!r} is asked for")


def bounded_filter(name: str, apply: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that makes no more than may be made."""
    given_first = 1 if hasattr(apply, "jinja_pass_arg") else 0  # the context, or the environment

    @functools.wraps(apply)
    def bounded(*arguments: Any, **options: Any) -> Any:
        passed, (value, *others) = arguments[:given_first], arguments[given_first:]
        if isinstance(value, Iterator):
            value = _counted(value, name)
        check_call(name, value, [*others, *options.values()])
        result = apply(*passed, value, *others, **options)
        bound(weigh(result), f"{name!r}")
        return result

    return bounded


def _counted(values: Iterator[Any], name: str) -> Iterator[Any]:
    """The same values, as long as they are not too many."""
    size = 0
    for value in values:
        size += 1 + weigh(value)
        bound(size, f"what {name!r} is given")
        yield value


def _check_format(name: str, text: Any, values: Sequence[Any]) -> None:
    text = text.decode("latin-1") if isinstance(text, bytes) else str(text)
    places, heaviest = len(PLACEHOLDER.findall(text)), max(map(weigh, _inner(values)), default=0)
    bound(weigh(text) + places * heaviest, f"{name!r}")
    written = any(WIDTH.search(place[0]) for place in PLACEHOLDER.finditer(text))
    computed = COMPUTED_WIDTH.search(text) and any(
        isinstance(v, Integral) and abs(int(v)) > MAX_WIDTH for v in _inner(values)
    )
    if written or computed:
        raise SecurityError(f"a width in {name!r} is above {MAX_WIDTH:,}")


def _inner(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        yield from value.values() if isinstance(value, Mapping) else (value,)
