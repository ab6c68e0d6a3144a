"""The kinds of figures, and how a page asks for one. Plain: only `draw` loads Matplotlib.

A page needs a picture's size and file name before the picture exists; they depend on the request alone.
"""

from __future__ import annotations

import hashlib
import json
import reprlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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


Shape = Literal["dot", "line", "dashed", "band", "square", "arrow", "ring", "cross"]


@dataclass(frozen=True)
class Mark:
    """What something in a picture is: a shape in the colour of a role, and its name in ``[legend]`` of words."""

    shape: Shape
    role: str  # one of style.ROLES
    word: str
    where: str = ""  # a fact of the kind, of `pages.alt_facts`: only where it holds is there such a mark


@dataclass(frozen=True)
class Symbol:
    """What a letter in a picture stands for, likewise."""

    letter: str
    word: str
    index: str = ""
    on_wide: bool = False  # a narrow picture does without it


POINTS = Mark("dot", "ink", "points")
LINE = Mark("line", "line", "line")
BEST = Mark("dashed", "quiet", "best_line")
FLOOR = Mark("dashed", "quiet", "floor", where="floor")
SQUARES = Mark("square", "residual", "squares")
PREDICTED = Mark("dashed", "prediction", "predicted")
CONTOURS = Mark("ring", "quiet", "contours")
BOWL = (
    CONTOURS,
    Mark("line", "line", "path"),
    Mark("cross", "prediction", "bottom"),
    Mark("arrow", "prediction", "directions", where="slow"),  # in a trough there is no flattest one
)
EPOCHS = Symbol("t", "epochs")
LOSS = Symbol("L", "loss")
CURVATURES = Symbol("λ₋, λ₊", "curvatures")
Legend = tuple[Mark | Symbol, ...]

# Of what steps through a run in a picture's place: panel by panel. That of the loss says by itself what is what.
STEPPED: dict[str, Legend] = {
    "line": (POINTS, LINE, BEST),
    "squares": (SQUARES,),
    "bowl": (CONTOURS, Mark("line", "gradient", "path"), Mark("cross", "quiet", "bottom")),
    "swings": (Mark("line", "gradient", "swings"),),  # what explodes fits into no bowl
    "numbers": (EPOCHS, LOSS),
}


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
    legend: Legend = ()


def _always(height: int) -> Callable[[Request], int]:
    return lambda asked: height


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in [
        Kind(
            "fit", 720, 405, animated=True, steps=True, narrow=_always(338),
            legend=(POINTS, LINE, BEST, EPOCHS, LOSS, Symbol("L", "loss_before", "t−1", on_wide=True)),
        ),
        Kind(
            "loss_curve", 720, 330, animated=False, steps=True, options={"scale": _one_of("both", "linear", "log")},
            narrow=lambda asked: 430 if asked.option("scale", "both") == "both" else 250,
            legend=(Mark("line", "line", "run"), FLOOR, replace(PREDICTED, where="growth_factor"), EPOCHS, LOSS),
        ),
        Kind(
            "modes", 720, 346, animated=False, narrow=_always(300),
            legend=(
                Mark("band", "line", "measured"), replace(PREDICTED, where="is_predicted"), Symbol("e", "error"),
                CURVATURES, EPOCHS,
            ),
        ),
        Kind(
            "sweep", 720, 490, animated=False, of="sweep", narrow=_always(440),
            legend=(
                Mark("line", "line", "each_rate"), Mark("dashed", "prediction", "marks"), FLOOR, Symbol("η", "rate"),
                Symbol("t", "until"),
            ),
        ),
        Kind(
            "cobweb", 720, 388, animated=True, runs=range(0, 1), options={
                "products": Option(f"1 to {MOST_PRODUCTS} finite values above 0, such as [0.2, 1.8]", _are_products),
            },
            narrow=lambda asked: 300 if len(asked.option("products", COBWEB_PRODUCTS)) <= 3 else 574,
            legend=(
                Mark("dot", "line", "here"), Mark("line", "gradient", "steps"), Mark("dashed", "prediction", "rule"),
                Symbol("e", "error_now"), Symbol("e′", "error_next"),
            ),
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
            narrow=_always(376), legend=(*BOWL, CURVATURES, EPOCHS, LOSS),
        ),
        Kind(
            "squares", 720, 410, animated=True, steps=True, narrow=_always(354),
            legend=(POINTS, LINE, SQUARES, Mark("square", "residual", "mean_square"), EPOCHS),
        ),
        Kind(
            "parabola", 720, 410, animated=True, options={"axis": _one_of("w", "b")}, narrow=_always(366),
            legend=(
                Mark("line", "quiet", "cut"), Mark("dot", "line", "here"), Mark("line", "gradient", "slope"),
                Mark("arrow", "gradient", "step"), EPOCHS, LOSS,
            ),
        ),
        Kind(
            "race", 960, 334, animated=True, runs=range(2, 5), options={"equal": _one_of(None, False, True)},
            narrow=lambda asked: 492 if len(asked.ids) == 2 else 562, legend=(*BOWL, EPOCHS, LOSS, Symbol("η", "rate")),
        ),
        Kind(
            "squares_still", 720, 410, animated=False, runs=range(1, 3), options={
                "state": Option("a whole number from 0", lambda state: type(state) is int and state >= 0),
            },
            narrow=lambda asked: 354 * len(asked.ids),
            legend=(POINTS, LINE, SQUARES, Mark("square", "residual", "mean_square")),
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


def legend_of(request: Request) -> Legend:
    """What is in a picture; of a strip of moments, what is in each of them."""
    shown = request.option("of", "fit") if request.kind == "filmstrip" else request.kind
    return KINDS[shown].legend


def panels_stepped(kind: str, deep: bool, is_wild: bool) -> tuple[str, ...]:
    """Which of `STEPPED` a reader has before them: of a run's own page all, in a lesson what the figure shows."""
    squares = ["squares"] if kind == "squares" else []
    bowl = ["swings" if is_wild else "bowl"] if deep or kind == "landscape" else []
    return ("line", *squares, *bowl, "numbers")


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
