"""A sweep of learning rates: how many epochs each one needs, and the loss it ends with, beside the rates of theory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import OffsetFrom

from generator.figures import units
from generator.figures.animation import Animation
from generator.figures.canvas import EDGE, Size, canvas, extent, plot, room_for_numbers
from generator.figures.catalogue import KINDS
from generator.figures.kinds.scales import Labels, label, logs, name, power_ticks
from generator.figures.pacing import STILL
from generator.figures.render import render
from generator.figures.style import LINES, POINT, colour
from generator.figures.text import page_size, width
from generator.numerals import decimal_rate, number, power
from generator.runs.rate_sweep import RateSweep


@dataclass(frozen=True)
class SweepLayout:
    """Where things stand, in CSS pixels."""

    right: float  # of both panels
    epochs: tuple[float, float]  # top and height
    loss: tuple[float, float]


WIDE = SweepLayout(right=646, epochs=(92, 170), loss=(318, 130))
NARROW = SweepLayout(right=268, epochs=(86, 148), loss=(288, 112))
SHELF = 12  # above the axes: where a loss is that no axis has room for
FEW = 60  # rates that are drawn as points as well
MARK_GAP = 14  # between the names of two marks
ROOM = 10.0  # the losses shown go up to so many times the largest one of a run that did not diverge


def draw(records: Sequence[RateSweep], narrow: Size | None = None) -> Animation:
    record = records[0]
    figure, layout = canvas(KINDS["sweep"], narrow), NARROW if narrow else WIDE
    less = units.say(figure, record, EDGE, 484) / 2  # each panel gives way to the legend
    # First to see how long the numbers beside them are.
    left = EDGE + max(map(room_for_numbers, _panels(canvas(KINDS["sweep"], narrow), record, layout, 0, less)))
    above, below = _panels(figure, record, layout, left, less)
    above.tick_params(labelbottom=False)
    below.set_xlabel("η", loc="right", labelpad=1)
    name_marks(above, record)
    return render(figure, [], STILL)


def _panels(figure: Figure, record: RateSweep, layout: SweepLayout, left: float, less: float) -> tuple[Axes, Axes]:
    """Epochs and loss, one above the other, each lower by ``less``."""
    (top, high), (beneath, low) = layout.epochs, layout.loss
    above = plot(figure, left, top, layout.right - left, high - less)
    below = plot(figure, left, beneath - less, layout.right - left, low - less)
    epochs_to_tolerance(above, record)
    final_loss(below, record)
    return above, below


def marks(record: RateSweep) -> list[tuple[str, float]]:
    """The rates that theory names, in order, as far as the sweep goes."""
    slow, fast = record.bowl.eigenvalues.tolist()
    named = [("1/λ₊", 1 / fast), ("2/(λ₋ + λ₊)", record.bowl.best_learning_rate), ("2/λ₊", 2 / fast)]
    # Without a slow direction there is no compromise between two.
    return [(name, rate) for name, rate in named if rate <= _last(record) and (slow > 0 or "λ₋" not in name)]


def _last(record: RateSweep) -> float:
    return float(record.learning_rates.max())


def _rates(axes: Axes, record: RateSweep) -> None:
    """The axis that both panels share, and the marks across them."""
    axes.set_xlim(0, _last(record))
    for _, rate in marks(record):
        axes.axvline(rate, color=colour("prediction"), linewidth=LINES["thin"], dashes=(4, 3), zorder=1)


def _style(record: RateSweep) -> dict[str, Any]:
    dots = {"marker": "o", "markersize": POINT - 1, "markeredgewidth": 0} if len(record.learning_rates) <= FEW else {}
    return {"color": colour("line"), "linewidth": LINES["bold"], "zorder": 3, **dots}


def epochs_to_tolerance(axes: Axes, record: RateSweep) -> None:
    """Epochs until so small a share of the first excess is left; no line where that did not come in time."""
    _rates(axes, record)
    heights = logs(np.maximum(record.epochs_to_tolerance, 1))
    low, high = math.floor(float(np.nanmin(heights, initial=math.log10(record.epochs)))), math.log10(record.epochs)
    axes.set_ylim(low - 0.05 * (high - low + 0.1), high + 0.05 * (high - low + 0.1))
    power_ticks(axes.yaxis, *axes.get_ylim())
    name(axes, f"_t_ ({power(record.tolerance)})")
    labels = Labels(axes)
    labels.curve(record.learning_rates, heights, **_style(record))
    fastest = record.fastest_learning_rate
    if fastest is not None:
        place = int(np.flatnonzero(record.learning_rates == fastest)[0])
        axes.plot([fastest], [heights[place]], "o", color=colour("line"), markersize=POINT + 2, zorder=4)
        lines = [f"_η_ = {decimal_rate(fastest)}", f"_t_ = {record.epochs_to_tolerance[place]:.0f}"]
        labels.beside((fastest, float(heights[place])), lines, role="line")


def final_loss(axes: Axes, record: RateSweep) -> None:
    """The loss after all epochs, by its powers of ten; above the axes, the rates whose loss is no number any more."""
    _rates(axes, record)
    finite = np.isfinite(record.final_losses)
    stayed = finite & np.array([verdict != "diverges" for verdict in record.verdicts])
    floor = float(logs(record.bowl.floor))
    heights = logs(record.final_losses)
    shown = heights[stayed & np.isfinite(heights)]
    low, high = (float(shown.min()), float(shown.max())) if len(shown) else (floor, floor)
    low, high = (low, high) if math.isfinite(low) else (0.0, 1.0)
    has_floor = math.isfinite(floor) and floor > low - 3
    low = min(low, floor) if has_floor else low
    high += math.log10(ROOM)
    axes.set_ylim(low - 0.08 * (high - low), high)
    power_ticks(axes.yaxis, *axes.get_ylim(), most=4)
    name(axes, f"_L_ (_t_ = {record.epochs})")
    if has_floor:
        axes.axhline(floor, color=colour("quiet"), linewidth=LINES["thin"], dashes=(4, 3), zorder=2)
        label(
            axes, number(record.bowl.floor), (1, floor), (8, -4), role="quiet", coordinates=axes.get_yaxis_transform()
        )
    axes.plot(record.learning_rates, heights, **_style(record))
    if not finite.all():
        lost = record.learning_rates[~finite]
        shelf = 1 + SHELF / extent(axes)[1]
        axes.plot(
            [lost.min(), max(lost.max(), _last(record))], [shelf, shelf], transform=axes.get_xaxis_transform(),
            clip_on=False, color=colour("line"), linewidth=LINES["bold"], solid_capstyle="butt",
        )  # fmt: skip
        names = "/".join(sorted({str(float(loss)) for loss in np.abs(record.final_losses[~finite])}))
        label(axes, names, (1, shelf), (8, -4), role="line", coordinates="axes fraction")


def name_marks(axes: Axes, record: RateSweep) -> None:
    """The marks' names and numbers in a row above the axes, each led to its line."""
    across, _ = extent(axes)
    start = axes.get_position().x0 * page_size(axes.figure)[0]
    named = [(symbol, decimal_rate(rate), rate / _last(record) * across) for symbol, rate in marks(record)]
    halves = [max(width(symbol), width(value)) / 2 + MARK_GAP / 2 for symbol, value, _ in named]
    # Pushed off each other to the left, and where that leaves the page, back to the right.
    centres, right, left = [0.0] * len(named), across + 60.0, -start + 4.0
    for i in reversed(range(len(named))):
        centres[i] = min(named[i][2], right - halves[i])
        right = centres[i] - halves[i]
    for i, half in enumerate(halves):
        centres[i] = max(centres[i], left + half)
        left = centres[i] + half
    for (symbol, value, place), centre in zip(named, centres, strict=True):
        for text, up in ((symbol, 52), (value, 35)):
            label(axes, text, (0, 1), (centre, up), role="prediction", ha="center", coordinates="axes fraction")
        axes.annotate(
            "", (place, 2), (centre, 30), xycoords=_above(axes), textcoords=_above(axes), annotation_clip=False,
            arrowprops=dict.fromkeys(("shrinkA", "shrinkB"), 0)
            | {"arrowstyle": "-", "color": colour("prediction"), "linewidth": LINES["hair"]},
        )  # fmt: skip


def _above(axes: Axes) -> OffsetFrom:
    """CSS pixels from the upper left corner of the axes."""
    return OffsetFrom(axes.patch, (0, 1), "points")
