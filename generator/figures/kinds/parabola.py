"""The parabola: the loss along w alone, or along b alone, with its slope and the step that descent takes from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from generator.figures import pacing, units, viewport
from generator.figures.animation import Animation
from generator.figures.canvas import EDGE, SCALE, Part, Size, canvas, make_room, name_above, plot
from generator.figures.catalogue import KINDS
from generator.figures.pacing import Timeline
from generator.figures.render import render
from generator.figures.style import LINES, colour
from generator.figures.text import font, page_size, readout, width, write
from generator.figures.viewport import Window
from generator.numerals import number
from generator.runs.analysis import Run
from generator.runs.theory import Vector

AXES = ("w", "b")
STEPS = 8
STEP_MS = 400
WITHIN = 10.0  # the window follows the run as far as so many of its first distance from the vertex
FAR_ENOUGH = 0.2  # of that distance: first steps that get no farther are too short to be seen one by one
SETTLED = 0.02  # of that distance: from here on there is nothing to see


Place = tuple[float, float]


@dataclass(frozen=True)
class ParabolaLayout:
    """Where things stand, in CSS pixels."""

    top: float  # of the axes
    right: float
    below: float  # how far they end above the foot of the page
    epoch: Place  # edges and baselines
    place: Place
    loss: Place
    slope: Place
    step: Place


WIDE = ParabolaLayout(62, 704, 48, epoch=(EDGE, 34), place=(92, 34), loss=(276, 34), slope=(484, 26), step=(484, 46))
NARROW = ParabolaLayout(
    98, 322, 46, epoch=(EDGE, 26), place=(EDGE, 50), loss=(162, 26), slope=(EDGE, 73), step=(162, 73)
)


def draw(records: Sequence[Run], axis: str = "w", narrow: Size | None = None) -> Animation:
    figure, layout = canvas(KINDS["parabola"], narrow), NARROW if narrow else WIDE
    _, page_height = page_size(figure)
    height = page_height - layout.below - units.say(figure, records[0], EDGE, 402) - layout.top
    axes = plot(figure, 0, layout.top, layout.right, height)
    left, right, bottom, top = Slice.of(records[0], axis).window()
    axes.set(xlim=(left, right), ylim=(bottom, top))
    make_room(axes)
    parts = [panel(axes, records, axis), readouts(figure, records[0], axis, layout)]
    name_above(axes)
    return render(figure, parts, timeline(records, axis))


def timeline(records: Sequence[Run], axis: str = "w") -> Timeline:
    """The telling steps, slow enough to look at slope and step in each."""
    shown = Slice.of(records[0], axis).states()
    return Timeline(shown, (STEP_MS,) * (len(shown) - 1) + (pacing.HOLD_MS,))


# --- The slice ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Slice:
    """The loss of a run along one parameter while the other stays: a parabola through each state."""

    record: Run
    index: int

    @classmethod
    def of(cls, record: Run, axis: str) -> Slice:
        return cls(record, AXES.index(axis))

    @property
    def places(self) -> Vector:
        """Of each state, along the axis: (epochs + 1,)."""
        return np.asarray(self.record.params[:, self.index], dtype=np.float64)

    @property
    def curvature(self) -> float:
        return float(self.record.bowl.hessian[self.index, self.index])

    def slope(self, t: int) -> float:
        return float(self.record.gradients[t, self.index])

    def vertices(self) -> Vector:
        """Where the loss is least along the axis, for each state: (epochs + 1,); the place itself where it is flat."""
        if self.curvature == 0:
            return self.places
        bowl, other = self.record.bowl, 1 - self.index
        with np.errstate(over="ignore", invalid="ignore"):
            away = self.record.params[:, other].astype(np.float64) - bowl.least_squares[other]
            vertex = bowl.least_squares[self.index] - bowl.hessian[self.index, other] / self.curvature * away
        return np.asarray(vertex)

    def loss(self, t: int, places: ArrayLike) -> Vector:
        """The loss along the axis, through state t: places (n,) -> (n,)."""
        params = np.repeat(self.record.params[[t]].astype(np.float64), len(np.atleast_1d(places)), axis=0)
        params[:, self.index] = places
        return np.asarray(self.record.bowl.floor + self.record.bowl.excess(params))

    def away(self) -> Vector:
        """How far from the vertex, in units of the first such distance: (epochs + 1,)."""
        with np.errstate(invalid="ignore", over="ignore"):
            distances = np.abs(self.places - self.vertices())
        first = distances[0] or np.max(distances[: STEPS + 1], initial=0.0, where=np.isfinite(distances[: STEPS + 1]))
        return np.asarray(distances / (first or 1.0))

    def states(self) -> tuple[int, ...]:
        """The first steps one by one, until out of sight; if they are too short to be seen, some on the whole way."""
        away, last = self.away(), self.record.epochs_run
        lost = ~(away <= WITHIN)
        first = min(STEPS, int(lost.argmax()) if lost.any() else last)
        with np.errstate(invalid="ignore", over="ignore"):
            moved = np.abs(self.places - self.places[0])[: first + 1].max() / (
                np.abs(self.places[0] - self.vertices()[0]) or 1.0
            )
        if first < STEPS or not moved < FAR_ENOUGH:
            return tuple(range(first + 1))
        settled = (away < SETTLED) | lost
        last = int(settled.argmax()) if settled.any() else last
        return pacing.dense_where_it_changes(np.abs(np.diff(away[: last + 1])) / SETTLED, most=STEPS + 1)

    def window(self) -> Window:
        """Around what is shown: places, vertices, and the parabola's other branch."""
        shown = [t for t in self.states() if self.away()[t] <= WITHIN]
        places, vertices = self.places[shown], self.vertices()[shown]
        reach = np.abs(places - vertices).max() or 0.1 * abs(float(places[0])) or 1.0
        # In float64, where what the run counted as inf still has a height.
        losses = [float(self.loss(t, [place])[0]) for t, place in zip(shown, places, strict=True)]
        lowest = [float(self.loss(t, [vertex])[0]) for t, vertex in zip(shown, vertices, strict=True)]
        across = viewport.span([*places, *(vertices - 0.7 * reach), *(vertices + 0.7 * reach)])
        return (*across, *viewport.span([*losses, *lowest], margin=0.1))


# --- The picture -------------------------------------------------------------------------------------------


def panel(axes: Axes, records: Sequence[Run], axis: str = "w") -> Part:
    """The parabola through the current state, the tangent there, and the step along the axis to the next state."""
    cut = Slice.of(records[0], axis)
    record, places = cut.record, cut.places
    left, right, bottom, top = window = cut.window()
    axes.set(xlim=window[:2], ylim=window[2:])
    axes.set_xlabel(axis, loc="right", labelpad=1)
    axes.set_ylabel("L", loc="top", rotation=0, labelpad=1)
    grid = np.linspace(left, right, 241)
    purple: dict[str, Any] = {"color": colour("gradient")}
    (curve,) = axes.plot([], [], color=colour("quiet"), linewidth=LINES["thin"] * 1.6)
    (trail,) = axes.plot([], [], "o", color=colour("line"), markersize=6, markeredgewidth=0, alpha=0.5, clip_on=False)
    (tangent,) = axes.plot([], [], linewidth=LINES["thin"] * 1.6, **purple)
    (drop,) = axes.plot([], [], color=colour("line"), linewidth=LINES["hair"], dashes=(2, 3))
    (step,) = axes.plot([], [], linewidth=LINES["bold"], solid_capstyle="butt", clip_on=False, **purple)
    (head,) = axes.plot([], [], linestyle="none", markersize=11, markeredgewidth=0, clip_on=False, **purple)
    (here,) = axes.plot(
        [], [], "o", color=colour("line"), markersize=10, markeredgewidth=1.5, markeredgecolor=colour("background"),
        clip_on=False,
    )  # fmt: skip
    (gone,) = axes.plot([], [], linestyle="none", markersize=13, color=colour("line"), markeredgewidth=0, clip_on=False)
    movers = [curve, trail, tangent, drop, step, head, here, gone]
    reach = 0.14 * (right - left)
    box = axes.get_window_extent()
    steepness = (top - bottom) / (right - left) * box.width / box.height  # of a slope that looks like 45°

    def show(t: int) -> None:
        for mover in movers:
            mover.set_data([], [])
        place, slope = places[t], cut.slope(t)
        loss = float(cut.loss(t, [place])[0])
        # Drawing stumbles over huge numbers.
        curve.set_data(grid, np.clip(cut.loss(t, grid), bottom - 9 * (top - bottom), top + 9 * (top - bottom)))
        seen = places[:t][(places[:t] > left) & (places[:t] < right)]
        trail.set_data(seen, np.full(len(seen), bottom))
        if not (left <= place <= right and loss <= top):
            if np.isfinite(place):
                gone.set_marker(">" if place > right else "<" if place < left else "^")
                gone.set_data([np.clip(place, left + 0.01 * (right - left), right)], [top - 0.03 * (top - bottom)])
            return
        here.set_data([place], [loss])
        if np.isfinite(slope):
            along = reach / np.hypot(1, slope / steepness)
            tangent.set_data([place - along, place + along], [loss - slope * along, loss + slope * along])
        if t == record.epochs_run or not np.isfinite(places[t + 1]):
            return
        after = float(np.clip(places[t + 1], left, right))
        drop.set_data([place, place], [bottom, loss])
        step.set_data([place, after], [bottom, bottom])
        pixels = abs(after - place) / (right - left) * box.width / SCALE
        size = float(np.clip(pixels, 1, 11))
        head.set_markersize(size)
        head.set_marker(">" if after > place else "<")
        tip = np.copysign(0.5 * size * SCALE / box.width * (right - left), after - place)
        head.set_data([after - tip], [bottom])

    return Part(movers, show)


# --- In figures --------------------------------------------------------------------------------------------


def readouts(figure: Figure, record: Run, axis: str, layout: ParabolaLayout) -> Part:
    """t, w and L; in purple the slope there and the step −η times as long that leads to the next state."""
    cut = Slice.of(record, axis)
    epoch = readout(figure, *layout.epoch, "t")
    place = readout(figure, *layout.place, axis, "line")
    loss = readout(figure, *layout.loss, "L")
    style = {"color": colour("gradient")}
    names = [f"∂L/∂{axis}", f"−η ∂L/∂{axis}"]
    rooms = [width(name, "text", "italic") + 6 for name in names]
    if layout.slope[0] == layout.step[0]:  # one above the other
        rooms = [max(rooms)] * 2
    places = (layout.slope, layout.step)
    for name, (edge, baseline) in zip(names, places, strict=True):
        write(figure, edge, baseline, name, fontproperties=font("text", "italic"), **style)
    slope, step = (
        write(figure, edge + room, baseline, "", **style) for (edge, baseline), room in zip(places, rooms, strict=True)
    )

    def show(t: int) -> None:
        epoch.set_text(f"= {t}")
        place.set_text(f"= {number(float(cut.places[t]))}")
        loss.set_text(f"= {number(float(record.losses[t]))}")
        slope.set_text(f"= {number(cut.slope(t))}")
        step.set_text(f"= {number(-record.learning_rate * cut.slope(t), 4)}")

    return Part([epoch, place, loss, slope, step], show)
