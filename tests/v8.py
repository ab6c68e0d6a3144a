"""What the pages' scripts compute, computed by V8 without a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

FOLDER = Path(__file__).parents[1] / "docs/assets/javascripts"


# Whoever imports this is left out as a whole, in one line.
racer = pytest.importorskip(
    "py_mini_racer", reason="mini-racer is not installed: nothing runs the scripts of pages here"
)


class Scripts:
    """Scripts that are loaded, in their order, as a browser loads them."""

    def __init__(self, engine: Any, names: tuple[str, ...]) -> None:
        self._engine = engine
        for name in names:
            engine.eval((FOLDER / name).read_text(encoding="utf-8"))

    def numbers(self, expression: str, **given: Any) -> NDArray[np.float64]:
        """The expression, an array of numbers, to the bit; names in it stand for what is given."""
        # As text, of which a double is the same again: memory that V8 lends may be taken back while it is read.
        written = f'Array.from({expression}, (v) => (Object.is(v, -0) ? "-0" : String(v))).join()'
        return np.array(self._evaluated(written, given).split(","), dtype=np.float64)

    def value(self, expression: str, **given: Any) -> Any:
        """The expression, made of what JSON can say and of inf and nan."""
        # JSON has neither; where one is, this stands for it.
        said = f'JSON.stringify({expression}, (_, v) => (typeof v === "number" && !isFinite(v) ? `is ${{v}}` : v))'
        return _numbers_again(json.loads(self._evaluated(said, given)))

    def _evaluated(self, expression: str, given: dict[str, Any]) -> Any:
        # A number is written such that it is read as the same; a name that is not given keeps its default.
        names = "".join(f"const {name} = {json.dumps(value)};" for name, value in given.items())
        return self._engine.eval(f"(() => {{ {names} return {expression}; }})()")


def _numbers_again(value: Any) -> Any:
    match value:
        case dict():
            return {name: _numbers_again(each) for name, each in value.items()}
        case list():
            return [*map(_numbers_again, value)]
        case "is Infinity" | "is -Infinity" | "is NaN":
            return float(value.removeprefix("is "))
    return value


@contextmanager
def loaded(*names: str) -> Iterator[Scripts]:
    """With these scripts; without an engine to run them the tests that ask are left out, and say so."""
    # Closed in time: an engine that is left to the end of the process may wait for ever.
    with racer.MiniRacer() as engine:
        yield Scripts(engine, names)
