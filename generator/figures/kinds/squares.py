"""The squares: on each residual a square, and beside them one as large as their average. It moves with the line.

Lengths are the same along x and y, so that squares are squares; x and y are as they were given, not as trained on:
scaling x changes no residual, and scaling y all of them alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from generator.figures import named, pacing, viewport
from generator.figures.animation import Animation
from generator.figures.canvas import EDGE, Part, Size, canvas, make_room, name_above, plot, say_how_many
from generator.figures.catalogue import KINDS
from generator.figures.pacing import Timeline
from generator.figures.render import render
from generator.figures.style import LINES, POINT, colour
from generator.figures.text import font, readout, shift, width, write
from generator.figures.viewport import Window
from generator.numerals import number
from generator.runs.analysis import Run
from generator.runs.theory import Vector

MOST_SQUARES = 150  # more would be a blot
FRAMES = 24  # translucent areas make large files
SLOW_MS = 180  # of a frame whose squares jump: areas that change sides faster than this would flash


@dataclass(frozen=True)
class SquaresLayout:
    """Where things stand, in CSS pixels."""

    right: float  # to where the columns go
    apart: float  # between two of them
    top: float
    high: float
    gap: float  # before the average square
    epoch: tuple[float, float]  # edge and baseline
    equation: float  # baselines
    area: float
    formula: float


WIDE = SquaresLayout(706, 44, 62, 306, gap=26, epoch=(336, 34), equation=34, area=34, formula=24)
NARROW = SquaresLayout(330, 0, 78, 226, gap=14, epoch=(EDGE, 52), equation=26, area=52, formula=40)


def draw(records: Sequence[Run], narrow: Size | None = None) -> Animation:
    record = records[0]
    figure, layout = canvas(KINDS["squares"], narrow), NARROW if narrow else WIDE
    window = _moving(record)
    parts = column(figure, record, window, EDGE, layout.right - EDGE, layout)
    epoch = readout(figure, *layout.epoch, "t")
    count = Part([epoch], lambda t: epoch.set_text(f"= {t}"))
    return render(figure, [*parts, count], timeline(records))


def timeline(records: Sequence[Run]) -> Timeline:
    """Frames that follow the line; fewer and slower where it swings from one side of the points to the other."""
    record = records[0]
    every = record.scenario.figure.every
    window = _moving(record)
    if every is not None:
        return pacing.timeline(record, window)
    motion = viewport.line_motion(viewport.lines_in_window(Given(record).params, window))
    wanted = {*range(min(3, record.epochs_run) + 1), *pacing.turning_points(record)}
    swings = record.regime != "glides"
    room = (pacing.PASS_MS - pacing.HOLD_MS - pacing.START_MS) // SLOW_MS
    most = room - len(wanted) if swings else FRAMES
    shown = pacing.dense_where_it_changes(motion / pacing.VISIBLE_MOTION, most=most, wanted=wanted)
    travelled = np.concatenate([[0.0], np.cumsum(motion)])
    delays = pacing.spread(np.diff(travelled[list(shown)]))
    if swings and len(delays) > 2:
        delays = (delays[0], *[SLOW_MS] * (len(delays) - 2), delays[-1])
    return Timeline(shown, delays)


# --- What is seen ------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Given:
    """A run with x and y as they were given."""

    record: Run

    @property
    def x(self) -> Vector:
        return np.asarray(self.record.x.astype(np.float64) / self.record.factor + self.record.shift)

    @property
    def y(self) -> Vector:
        return np.asarray(self.record.y.astype(np.float64) / self.record.target_factor + self.record.target_shift)

    @property
    def params(self) -> Vector:
        """(epochs + 1, 2)"""
        with np.errstate(over="ignore", invalid="ignore"):
            w, b = (self.record.params.astype(np.float64) / self.record.target_factor).T
            height = b - w * self.record.factor * self.record.shift + self.record.target_shift
            return np.column_stack([w * self.record.factor, height])

    def residuals(self, t: int) -> Vector:
        """ŷ − y (n,)"""
        with np.errstate(over="ignore", invalid="ignore"):
            w, b = self.record.params[t].astype(np.float64)
            return np.asarray((w * self.record.x + b - self.record.y) / self.record.target_factor)


def view(lines: Iterable[tuple[Run, int]]) -> Window:
    """Around the points and the squares of these runs at these states, except squares that dwarf the points."""
    xs: list[float] = []
    ys: list[float] = []
    for record, t in lines:
        given = Given(record)
        largest = 1.5 * max(np.ptp(given.x), np.ptp(given.y)) or 1.0
        corners = squares(given, t)
        seen = corners[np.ptp(corners[..., 1], axis=1) <= largest].reshape(-1, 2)
        xs += [given.x.min(), given.x.max(), *seen[:, 0].tolist()]
        ys += [given.y.min(), given.y.max(), *seen[:, 1].tolist()]
    return (*viewport.span(xs, 0.04), *viewport.span(ys, 0.04))


def _moving(record: Run) -> Window:
    return view([(record, 0), (record, min(1, record.epochs_run)), (record, record.epochs_run)])


def squares(given: Given, t: int, chosen: NDArray[np.intp] | None = None) -> Vector:
    """The squares' corners (n, 4, 2), from the point to the line and around; only finite ones.

    They lie on the side of the residual where a line that rises like the best one does not cut them.
    """
    x, y, residuals = given.x, given.y, given.residuals(t)
    if chosen is not None:
        x, y, residuals = x[chosen], y[chosen], residuals[chosen]
    outward = residuals if given.record.bowl.least_squares[0] * given.record.factor >= 0 else -residuals
    there = np.isfinite(residuals)
    x, y, side, outward = (values[there] for values in (x, y, residuals, outward))
    corners = [(x, y), (x, y + side), (x + outward, y + side), (x + outward, y)]
    return np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1)


# --- The picture -------------------------------------------------------------------------------------------


def column(
    figure: Figure,
    record: Run,
    window: Window,
    left: float,
    across: float,
    layout: SquaresLayout = WIDE,
    down: float = 0,
) -> list[Part]:
    """Points, line and squares; right of them their average, on the same scale; above, the numbers of both.

    It begins at ``left``, and ``down`` from the top of the page.
    """
    top, high, gap = layout.top + down, layout.high, layout.gap
    beside = 0.29 * across - gap
    axes = plot(figure, left, top, across - beside - gap, high)
    if named.has_names(record):
        named.say(axes, record)  # the room depends on how the numbers are written
    for _ in range(2):  # which numbers there are depends on the shape of the axes, and that on the room for numbers
        box = axes.get_window_extent()
        seen = viewport.widened(window, box.width / box.height)
        axes.set(xlim=seen[:2], ylim=seen[2:])
        make_room(axes, left)
    part = panel(axes, [record], window=window)
    if not named.has_names(record):
        name_above(axes)
    scale = np.ptp(axes.get_ylim()) / high  # units a CSS pixel
    lone = plot(figure, left + across - beside, top, beside, high)
    lone.set_axis_off()
    # Its lower edge lies on the axis; half a line's width more shows all of it.
    lone.set(xlim=(-scale, (beside - 1) * scale), ylim=(-scale, (high - 1) * scale))
    decimals = 3 if across > 400 else 2
    formula = {"color": colour("residual"), "fontproperties": font("text", "italic"), "ha": "right"}
    write(figure, left + across, top + high + layout.formula, "∑ (ŷ − y)² / n", **formula)
    return [
        part,
        average(lone, record),
        equation(figure, record, left, layout.equation + down, decimals),
        area(figure, record, left + across, layout.area + down, decimals),
    ]


def panel(axes: Axes, records: Sequence[Run], window: Window | None = None) -> Part:
    """Points, the line, and the squares on its residuals: large ones as outlines, because they would flood the page."""
    record = records[0]
    given = Given(record)
    box = axes.get_window_extent()
    window = viewport.widened(window or _moving(record), box.width / box.height)
    axes.set(xlim=window[:2], ylim=window[2:])
    if named.has_names(record):
        named.say(axes, record)
    else:
        axes.set_xlabel("x", loc="right", labelpad=1)
        axes.set_ylabel("y", loc="top", rotation=0, labelpad=1)
    drawn = viewport.thinned(len(record.x), MOST_SQUARES)
    axes.plot(
        given.x[drawn], given.y[drawn], "o", color=colour("ink"), markersize=POINT, markeredgewidth=0, zorder=3,
    )  # fmt: skip
    say_how_many(axes, len(drawn), len(record.x))
    areas = PolyCollection([], facecolor=colour("residual"), alpha=0.14, linewidth=0)
    edges = PolyCollection([], facecolor="none", edgecolor=colour("residual"), linewidth=LINES["thin"], alpha=0.8)
    axes.add_collection(areas, autolim=False)
    axes.add_collection(edges, autolim=False)
    (line,) = axes.plot([], [], color=colour("line"), linewidth=LINES["bold"], solid_capstyle="butt")
    (points,) = axes.plot(
        given.x[drawn], given.y[drawn], "o", color=colour("ink"), markersize=POINT, markeredgewidth=0
    )  # once more, over the squares
    lines = viewport.lines_in_window(given.params, window)
    size = window[3] - window[2]

    def show(t: int) -> None:
        corners = squares(given, t, drawn)
        sides = np.abs(corners[:, 1, 1] - corners[:, 0, 1])
        # Drawing stumbles over huge numbers, and beyond the window one is as good as another.
        shown = np.clip(corners, corners[:, :1] - 3 * size, corners[:, :1] + 3 * size)
        areas.set_verts(list(shown[sides < size]))
        edges.set_verts(list(shown))
        segment = viewport.segment(lines[t], window)
        line.set_data(*(np.empty((2, 0)) if segment is None else segment.T))

    return Part([areas, edges, line, points], show)


def average(axes: Axes, record: Run) -> Part:
    """One square as large as all are on average, in the units of the axes; one too large goes over their edge."""
    square = Rectangle(
        (0, 0), 0, 0, facecolor=(colour("residual"), 0.3), edgecolor=colour("residual"), linewidth=LINES["thin"] * 1.5
    )
    axes.add_patch(square)
    limit = 2 * max(axes.get_xlim()[1], axes.get_ylim()[1])

    def show(t: int) -> None:
        area = record.average_square(t)
        side = min(np.sqrt(area), limit) if area == area else 0.0
        square.set_width(side)
        square.set_height(side)
        square.set_visible(bool(side))

    return Part([square], show)


# --- In figures --------------------------------------------------------------------------------------------

# What the average area is called: the loss, where the loss is the mean.
AREA = {"mean": ("L", ""), "sum": ("L", "/ n "), "half": ("2L", ""), "half_sum": ("2L", "/ n ")}


def equation(figure: Figure, record: Run, left: float, baseline: float, decimals: int) -> Part:
    """ŷ = w x + b, for x and y as they were given."""
    params = Given(record).params
    style = {"color": colour("line")}
    upright, slanted = style | {"fontproperties": font("large")}, style | {"fontproperties": font("large", "italic")}
    write(figure, left, baseline, "ŷ", **slanted)
    x = write(figure, left, baseline, "x", **slanted)
    equals, plus = write(figure, left + 15, baseline, "", **upright), write(figure, left, baseline, "", **upright)

    def show(t: int) -> None:
        w, b = params[t].tolist()
        equals.set_text(f"= {number(w, decimals)}")
        plus.set_text(f"{'−' if b < 0 else '+'} {number(abs(b), decimals)}")
        after = left + 20 + width(equals.get_text(), "large")
        shift(x, after)
        shift(plus, after + 16)

    return Part([equals, x, plus], show)


def area(figure: Figure, record: Run, right: float, baseline: float, decimals: int) -> Part:
    """The average area in figures."""
    name, over = AREA[record.scenario.training.loss]
    is_loss = record.target_factor == 1  # of y that was scaled the loss is another number
    named = f"{over}= " if is_loss else ""
    style = {"color": colour("residual"), "ha": "right"}
    symbol = write(figure, right, baseline, name if is_loss else "", fontproperties=font("large", "italic"), **style)
    value = write(figure, right, baseline, "", fontproperties=font("large"), **style)

    def show(t: int) -> None:
        value.set_text(f"{named}{number(record.average_square(t), decimals)}")
        shift(symbol, right - width(value.get_text(), "large") - 5)

    return Part([symbol, value], show)
