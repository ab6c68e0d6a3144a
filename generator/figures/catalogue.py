"""The kinds of figures, and how a page asks for one. Plain: only `draw` loads Matplotlib.

A page needs a picture's size and file name before the picture exists; they depend on the request alone.
"""

from __future__ import annotations

import hashlib
import json
import reprlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from generator.faults import Fault, did_you_mean

# Of a value that cannot be: enough to see which it is, however deep or long.
SHOWN = reprlib.Repr()
SHOWN.maxlist = SHOWN.maxtuple = 12
SHOWN.maxstring = SHOWN.maxlong = SHOWN.maxother = 80


@dataclass(frozen=True)
class Option:
    """What a page may choose of a kind: `draw` and the alt text take it under the same name."""

    wanted: str  # for people
    fits: Callable[[Any], bool]


def _one_of(*values: object) -> Option:
    return Option(" or ".join(map(repr, values)), values.__contains__)


NARROW = 340  # CSS pixels: the picture for a telephone is so wide
COBWEB_PRODUCTS = (0.2, 1.0, 1.8, 2.0, 2.2)  # of ηλ, a column each
MOST_PRODUCTS = 6
MOST_PRODUCT = sys.float_info.max  # a whole number may be larger


def _are_products(values: Any) -> bool:
    return (
        isinstance(values, Sequence)
        and 1 <= len(values) <= MOST_PRODUCTS
        and all(isinstance(value, int | float) and 0 < value <= MOST_PRODUCT for value in values)
    )


@dataclass(frozen=True)
class Kind:
    """One kind of figure; `figures.drawing` knows who draws it."""

    name: str
    width: int  # CSS pixels; drawn at twice that
    height: int
    animated: bool
    runs: range = range(1, 2)  # how many it shows
    of: Literal["run", "sweep"] = "run"  # what is handed to `draw` for each id: its record, or a sweep of its rates
    options: Mapping[str, Option] = field(default_factory=dict)
    steps: bool = False  # whether a reader's browser can show the same of every epoch
    narrow: Callable[[Request], int] | None = None  # the height for a telephone, in CSS pixels; None: it is for paper


def _always(height: int) -> Callable[[Request], int]:
    return lambda asked: height


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in [
        Kind("fit", 720, 405, animated=True, steps=True, narrow=_always(338)),
        Kind(
            "loss_curve", 720, 330, animated=False, steps=True, options={"scale": _one_of("both", "linear", "log")},
            narrow=lambda asked: 430 if asked.option("scale", "both") == "both" else 250,
        ),
        Kind("modes", 720, 346, animated=False, narrow=_always(300)),
        Kind("sweep", 720, 490, animated=False, of="sweep", narrow=_always(440)),
        Kind(
            "cobweb", 720, 388, animated=True, runs=range(0, 1), options={
                "products": Option(f"1 to {MOST_PRODUCTS} finite values above 0, such as [0.2, 1.8]", _are_products),
            },
            narrow=lambda asked: 300 if len(asked.option("products", COBWEB_PRODUCTS)) <= 3 else 574,
        ),
        Kind(
            "filmstrip", 720, 464, animated=False, options={
                "of": Option("a kind that moves and shows one run", lambda name: str(name) in _moving()),
            },
        ),
        Kind(
            "landscape", 720, 440, animated=True, steps=True, options={
                "equal": _one_of(False, True),
                "through": Option("a whole number from 0 to 9", lambda n: type(n) is int and 0 <= n <= 9),
            },
            narrow=_always(376),
        ),
        Kind("squares", 720, 410, animated=True, steps=True, narrow=_always(354)),
        Kind("parabola", 720, 410, animated=True, options={"axis": _one_of("w", "b")}, narrow=_always(366)),
        Kind(
            "race", 960, 334, animated=True, runs=range(2, 5), options={"equal": _one_of(None, False, True)},
            narrow=lambda asked: 492 if len(asked.ids) == 2 else 562,
        ),
        Kind(
            "squares_still", 720, 410, animated=False, runs=range(1, 3), options={
                "state": Option("a whole number from 0", lambda state: type(state) is int and state >= 0),
            },
            narrow=lambda asked: 354 * len(asked.ids),
        ),
    ]
}  # fmt: skip


@dataclass(frozen=True)
class Request:
    """A picture that a page asks for: a kind, the runs it shows, and options of that kind."""

    kind: str
    ids: tuple[str, ...]
    options: tuple[tuple[str, Any], ...] = ()  # sorted by name; JSON values
    language: str = "en"  # of the names in it; English where those are the same in that language

    def option(self, name: str, otherwise: Any = None) -> Any:
        return dict(self.options).get(name, otherwise)

    @property
    def narrow(self) -> tuple[int, int] | None:
        """Width and height for a telephone, in CSS pixels, where there is such a picture."""
        height = KINDS[self.kind].narrow
        return height and (NARROW, height(self))

    @property
    def stem(self) -> str:
        """The file name without its ending: ``fit``, or with a hash where options or several runs tell it apart."""
        if len(self.ids) == 1 and not self.options:
            return self.kind
        told_apart = json.dumps([self.ids, self.options]).encode()
        return f"{self.kind}-{hashlib.sha256(told_apart).hexdigest()[:8]}"

    @property
    def path(self) -> str:
        """The picture's files in the site, without their endings."""
        return f"{self.folder}/{self.stem}"

    @property
    def folder(self) -> str:
        """Where in the site the picture lies: beside its run, or among the comparisons."""
        return f"scenarios/{self.ids[0]}" if len(self.ids) == 1 else "comparisons"


def _moving() -> dict[str, Kind]:
    return {name: kind for name, kind in KINDS.items() if kind.animated and 1 in kind.runs}


def kind_of(request: Request) -> Kind:
    """The kind that is asked for. Raises `Fault` where there is none, or it does not show what is asked of it."""
    kind = KINDS.get(str(request.kind))
    if kind is None:
        raise Fault(f"there is no kind of figure {request.kind!r}", help=did_you_mean(str(request.kind), KINDS))
    if len(request.ids) not in kind.runs:
        wanted = " to ".join(dict.fromkeys([str(kind.runs[0]), str(kind.runs[-1])]))
        raise Fault(
            f"a figure of the kind {kind.name!r} shows {wanted} scenario{'' if wanted == '1' else 's'}, "
            f"not {len(request.ids)}",
            help=f"name {wanted}, or choose another kind",
        )
    options = dict(request.options)
    known = dict(kind.options)
    if "of" in known:  # a filmstrip takes the options of what it shows as well
        known |= _moving().get(str(options.get("of", "fit")), kind).options
    for name, value in options.items():
        if name not in known:
            raise Fault(
                f"a figure of the kind {kind.name!r} has no option {name!r}",
                help=did_you_mean(name, known) if known else "it has none",
            )
        if not known[name].fits(value):
            raise Fault(
                f"{name} = {SHOWN.repr(value)} is nothing that {kind.name!r} can show",
                help=f"{name} is {known[name].wanted}",
            )
    return kind


def refuse_unless_it_steps(request: Request) -> None:
    """Raises `Fault` where nothing steps through what is asked for."""
    kind = kind_of(request)
    if not kind.steps:
        those = ", ".join(name for name, kind in KINDS.items() if kind.steps)
        raise Fault(f"nothing steps through a figure of the kind {kind.name!r}", help=f"step=True is for {those}")
