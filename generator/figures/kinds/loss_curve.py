"""The loss against the epochs, on a linear and on a log axis, down to its floor or up to where numbers end."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from generator.figures import units
from generator.figures.animation import Animation
from generator.figures.canvas import EDGE, Size, begin_at, canvas, extent, plot, room_for_numbers
from generator.figures.catalogue import KINDS
from generator.figures.kinds.scales import Epochs, apart, label, logs, name, power_ticks
from generator.figures.pacing import STILL
from generator.figures.render import render
from generator.figures.style import LINES, POINT, colour
from generator.numerals import number, scientific, tick
from generator.runs import theory
from generator.runs.analysis import Run

Place = tuple[float, float, float, float]  # left, top, width, height of the axes, in CSS pixels
BOXES: dict[str, dict[str, Place]] = {
    "both": {"linear": (52, 58, 230, 232), "log": (416, 58, 230, 232)},
    "linear": {"linear": (52, 58, 590, 232)},
    "log": {"log": (52, 58, 590, 232)},
}
NARROW: dict[str, dict[str, Place]] = {
    "both": {"linear": (46, 42, 204, 134), "log": (46, 254, 204, 134)},
    "linear": {"linear": (46, 42, 204, 166)},
    "log": {"log": (46, 42, 204, 166)},
}
SHELF = 14  # above the axes, in CSS pixels: where a loss is that no axis has room for
LEAST_GAP = 16  # between the baselines of two labels


def draw(records: Sequence[Run], scale: str = "both", narrow: Size | None = None) -> Animation:
    figure = canvas(KINDS["loss_curve"], narrow)
    boxes = (NARROW if narrow else BOXES)[scale]
    less = units.say(figure, records[0], EDGE, 22) / len(boxes)  # each panel gives way to the legend
    drawn = []
    for row, (panel, (left, top, width, height)) in enumerate(boxes.items()):
        drawn.append(plot(figure, left, top - row * less, width, height - less))
        PANELS[panel](drawn[-1], records[0])
    stacked = drawn if narrow else drawn[:1]
    room = EDGE + max(map(room_for_numbers, stacked))
    for axes in stacked:
        begin_at(axes, room)
    return render(figure, [], STILL)


def linear(axes: Axes, record: Run) -> None:
    """The loss from 0 up, in units of a power of ten where its numbers are long."""
    losses = record.losses.astype(np.float64)
    largest = max(losses[np.isfinite(losses)], default=0.0)
    power = math.floor(math.log10(largest)) if largest >= 1e5 else 0
    epochs = _epochs(record, log=False)
    axes.set_ylim(0, 1.06 * largest / 10.0**power or 1.0)
    _curve(axes, record, epochs, losses / 10.0**power)
    _end_labels(axes, record, record.bowl.floor / 10.0**power, losses[-1] / 10.0**power)
    unit = scientific(10.0**power, 0).removeprefix("1×")
    name(axes, f"_L_ / {unit}" if power else "_L_")


def log(axes: Axes, record: Run) -> None:
    """The loss by its powers of ten: a shrinking or growing by the same factor an epoch is a straight line."""
    heights = logs(record.losses)
    positive = heights[np.isfinite(heights)]
    low, high = (float(positive.min()), float(positive.max())) if len(positive) else (0.0, 1.0)
    floor = float(logs(record.bowl.floor))
    # A floor of rounding errors is no height to measure by.
    has_floor = floor > low - 3
    low, high = (min(low, floor), max(high, floor)) if has_floor else (low, high)
    limit = float(logs(np.finfo(record.losses.dtype).max))
    overflows = _first(np.isinf(record.losses)) is not None
    high = limit if overflows else high
    room = max(0.05 * (high - low), 0.5 * (1 - (high - low)), 0.02)
    axes.set_ylim(low - room, high + room)
    power_ticks(axes.yaxis, low - room, high + room)
    name(axes, "_L_")

    epochs = _epochs(record, log=record.verdict == "crawls")
    if overflows:
        axes.axhline(limit, color=colour("quiet"), linewidth=LINES["hair"], zorder=1)
        end = scientific(float(np.finfo(record.losses.dtype).max), 1)
        label(axes, end, (1, limit), (4, -4), role="quiet", size="small", coordinates=axes.get_yaxis_transform())
    if record.regime == "explodes" and record.update_rule and record.update_rule.is_plain:
        _curve(axes, record, epochs, heights, behind=True)
        _predicted_slope(axes, record, epochs)
    else:
        _curve(axes, record, epochs, heights)
    _end_labels(axes, record, floor if has_floor else None, heights[-1])


PANELS = {"linear": linear, "log": log}


def _epochs(record: Run, log: bool) -> Epochs:
    """All states; of a run whose numbers give out, those up to a little after the last event."""
    dates = _dates(record).values()
    return Epochs(min(record.epochs_run, math.ceil(1.15 * max(dates)) + 1) if dates else record.epochs_run, log)


def _dates(record: Run) -> dict[str, int]:
    """The first state whose loss is inf, and the first whose loss is nan, where there are such."""
    found = {"inf": _first(np.isinf(record.losses)), "nan": _first(np.isnan(record.losses))}
    return {event: state for event, state in found.items() if state is not None}


def _first(holds: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int | None:
    states = np.flatnonzero(holds)
    return int(states[0]) if len(states) else None


def _curve(
    axes: Axes, record: Run, epochs: Epochs, heights: np.ndarray[tuple[int], np.dtype[np.float64]],
    behind: bool = False,
) -> None:  # fmt: skip
    """The run, and above the axes the epochs in which its loss was no number any more.

    ``behind`` a prediction it is a pale band.
    """
    style: dict[str, float] = {"linewidth": LINES["band"], "alpha": 0.5} if behind else {"linewidth": LINES["bold"]}
    states = epochs.states(int(epochs.last))
    drawn = np.where(np.isfinite(heights), heights, np.nan)
    (line,) = axes.plot(epochs.at(states), drawn[states], color=colour("line"), zorder=3)
    line.set(**style)
    seen = np.flatnonzero(np.isfinite(drawn))
    if len(seen):
        end = int(seen[-1])
        axes.plot(
            epochs.at([end]), drawn[[end]], "o",
            color=colour("line"), markersize=POINT, markeredgewidth=0, zorder=3, clip_on=False,
        )  # fmt: skip

    dates = _dates(record)
    epochs.mark(axes, dates.values())
    shelf = 1 + SHELF / extent(axes)[1]
    beyond = axes.get_xaxis_transform()
    for event, state in dates.items():
        start = float(epochs.at(state))
        axes.plot(
            [start, start], [0, shelf], transform=beyond, clip_on=False,
            color=colour("quiet"), linewidth=LINES["hair"], zorder=1,
        )  # fmt: skip
        if event == "inf":
            stop = float(epochs.at(dates.get("nan", epochs.last)))
            axes.plot(
                [start, stop], [shelf, shelf], transform=beyond, clip_on=False,
                color=colour("line"), linewidth=LINES["bold"], solid_capstyle="butt",
            )  # fmt: skip
        label(axes, event, (start, shelf), (2, 6), role="line", coordinates=beyond)


def _predicted_slope(axes: Axes, record: Run, epochs: Epochs) -> None:
    """Where the loss is heading: the fast direction's share alone, ½λ₊e₊² · (1 − ηλ₊)²ᵗ."""
    bowl = record.bowl
    error = float(bowl.modes(record.params[0])[1])
    if error == 0:
        return
    first = float(logs(0.5 * bowl.eigenvalues[1] * error**2))
    growth = theory.growth_factor(bowl, record.learning_rate)
    slope = math.log10(growth)
    low, high = axes.get_ylim()
    ends = np.clip((np.array([low, high]) - first) / slope, 0, epochs.last)
    if ends[0] == ends[1]:  # from its first state on it is out of sight
        return
    axes.plot(ends, first + slope * ends, color=colour("prediction"), linewidth=LINES["bold"], dashes=(3, 3), zorder=4)
    middle = float(ends.mean())
    label(
        axes, f"(1 − _ηλ_₊)² = {tick(float(f'{growth:.3g}'))}", (middle, first + slope * middle), (14, -10),
        role="prediction", opaque=True,
    )  # fmt: skip


def _end_labels(axes: Axes, record: Run, floor: float | None, end: float) -> None:
    """Beside the ends of the lines their numbers: the last loss, and the floor, dashed."""
    labels = [("quiet", floor, record.bowl.floor), ("line", end, record.final_loss)]
    bottom, top = axes.get_ylim()
    shown = [(role, place, loss) for role, place, loss in labels if place is not None and bottom <= place <= top]
    _, height = extent(axes)
    if floor is not None and math.isfinite(floor):
        axes.axhline(floor, color=colour("quiet"), linewidth=LINES["thin"], dashes=(4, 3), zorder=2)
    wanted = [(place - bottom) / (top - bottom) * height for _, place, _ in shown]
    for (role, _, loss), place in zip(shown, apart(wanted, LEAST_GAP), strict=True):
        label(axes, number(loss), (1, place / height), (8, -4), role=role, coordinates="axes fraction")
