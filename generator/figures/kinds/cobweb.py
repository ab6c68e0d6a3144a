"""Descent in one dimension, on the parabola L = ½λe²: a ball for each ηλ, and the cobweb of e → (1 − ηλ)e below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from generator.figures.animation import Animation
from generator.figures.canvas import EDGE, Part, Size, canvas, plot
from generator.figures.catalogue import COBWEB_PRODUCTS, KINDS
from generator.figures.kinds.scales import label
from generator.figures.pacing import HOLD_MS, START_MS, Timeline
from generator.figures.render import render
from generator.figures.style import LINES, POINT, colour
from generator.figures.text import font, write
from generator.numerals import number, tick
from generator.runs.analysis import Run
from generator.runs.theory import Vector

STEPS = 10
STEP_MS = 300  # time to see where the ball goes before it goes on
REACH = 1.8  # of the window, in units of the start's error
FAR = 1e3  # beyond it a coordinate is as good as this one: no picture reaches so far


@dataclass(frozen=True)
class CobwebLayout:
    """Where things stand, in CSS pixels."""

    left: float  # of the columns
    right: float
    gap: float
    columns: int  # at most, beside each other
    row: float  # from one row of them to the next
    steps: float  # baseline of the count
    hill: tuple[float, float]  # top and height of the parabolas, …
    web: tuple[float, float]  # … and of the cobwebs
    value: float  # baseline


WIDE = CobwebLayout(20, 708, 22, columns=6, row=0, steps=26, hill=(74, 112), web=(214, 118), value=372)
NARROW = CobwebLayout(20, 334, 20, columns=3, row=276, steps=22, hill=(62, 72), web=(158, 88), value=282)


def draw(records: Sequence[Run], products: Sequence[float] = COBWEB_PRODUCTS, narrow: Size | None = None) -> Animation:
    """``products``: the values of ηλ, a column each. It shows no run, so ``records`` is empty."""
    figure, layout = canvas(KINDS["cobweb"], narrow), NARROW if narrow else WIDE
    columns = min(len(products), layout.columns)
    if columns < len(products) <= 4:
        columns = 2
    across = min((layout.right - layout.left - layout.gap * (columns - 1)) / columns, 200)
    write(figure, EDGE, layout.steps, "t", fontproperties=font("text", "italic"))
    step = write(figure, EDGE + 9, layout.steps, "")
    parts = [Part([step], lambda t: step.set_text(f"= {t}"))]
    for place, product in enumerate(products):
        row, column = divmod(place, columns)
        left, down = layout.left + column * (across + layout.gap), row * layout.row
        hill = plot(figure, left, layout.hill[0] + down, across, layout.hill[1])
        web = plot(figure, left, layout.web[0] + down, across, layout.web[1])
        label(
            hill, f"_ηλ_ = {tick(product)}", (0.5, 1), (0, 14), size="large", ha="center", coordinates="axes fraction"
        )
        errors = path(product)
        parts += [
            parabola(hill, errors),
            cobweb(web, errors, product),
            value(figure, left, layout.value + down, errors),
        ]
        if column == 0:
            label(hill, "_L_", (0, 1), (-6, 6), ha="right", coordinates="axes fraction")
            label(web, "_e_′", (0, 1), (-6, 0), ha="right", coordinates="axes fraction")
    return render(figure, parts, timeline(records))


def timeline(records: Sequence[Run]) -> Timeline:
    return Timeline(tuple(range(STEPS + 1)), (START_MS, *[STEP_MS] * (STEPS - 1), HOLD_MS))


def path(product: float) -> Vector:
    """The error in units of the first, step by step: (STEPS + 1,)."""
    with np.errstate(over="ignore"):
        return np.asarray((1 - product) ** np.arange(STEPS + 1, dtype=np.float64))


def parabola(axes: Axes, errors: Vector) -> Part:
    """The ball on L = ½λe², with every step it took; L in units of λ."""
    axes.set(xlim=(-REACH, REACH), ylim=(-0.06 * REACH**2, 0.5 * REACH**2))
    _bare(axes)
    e = np.linspace(-REACH, REACH, 121)
    axes.plot(e, 0.5 * e**2, color=colour("quiet"), linewidth=LINES["thin"], zorder=1)
    x = np.clip(errors, -FAR, FAR)
    y = 0.5 * x**2
    (steps,) = axes.plot([], [], color=colour("gradient"), linewidth=LINES["thin"])
    (past,) = axes.plot([], [], "o", color=colour("line"), alpha=0.4, markersize=POINT - 1, markeredgewidth=0)
    (ball,) = axes.plot([], [], "o", color=colour("line"), markersize=POINT + 3, markeredgewidth=0)

    def show(t: int) -> None:
        steps.set_data(x[: t + 1], y[: t + 1])
        past.set_data(x[:t], y[:t])
        ball.set_data(x[[t]], y[[t]])

    return Part([steps, past, ball], show)


def cobweb(axes: Axes, errors: Vector, product: float) -> Part:
    """Up or down to the rule e′ = (1 − ηλ)e, across to e′ = e, and again."""
    axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH))
    _bare(axes)
    ends = np.array([-REACH, REACH])
    axes.plot(ends, ends, color=colour("quiet"), linewidth=LINES["hair"], zorder=1)
    axes.plot(ends, (1 - product) * ends, color=colour("prediction"), linewidth=LINES["thin"], dashes=(4, 3), zorder=1)
    e = np.clip(errors, -FAR, FAR)
    x, y = np.repeat(e, 2)[:-1], np.repeat(e, 2)[1:]  # (e, e), (e, e′), (e′, e′), (e′, e″) …
    (web,) = axes.plot([], [], color=colour("line"), linewidth=LINES["thin"])
    (here,) = axes.plot([], [], "o", color=colour("line"), markersize=POINT + 1, markeredgewidth=0)

    def show(t: int) -> None:
        web.set_data(x[: 2 * t + 1], y[: 2 * t + 1])
        here.set_data(x[[2 * t]], y[[2 * t]])

    return Part([web, here], show)


def value(figure: Figure, left: float, baseline: float, errors: Vector) -> Part:
    """Below a column its error, in digits."""
    write(figure, left + 14, baseline, "e", fontproperties=font("text", "italic"), color=colour("line"))
    digits = write(figure, left + 25, baseline, "", color=colour("line"))
    return Part([digits], lambda t: digits.set_text(f"= {number(float(errors[t]))}"))


def _bare(axes: Axes) -> None:
    axes.set_xticks([0])
    axes.set_yticks([])
