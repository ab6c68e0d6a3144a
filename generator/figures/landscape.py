"""The landscape: contours of the bowl over (w, b), its two directions, and the path of descent as it grows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from numpy.typing import ArrayLike, NDArray

from generator import frames
from generator.figures import KINDS
from generator.figures.engine import (
    SCALE,
    Part,
    canvas,
    colour,
    font,
    make_room,
    number,
    plot,
    readout,
    render,
    scientific,
    tick,
    width,
)
from generator.frames import Timeline, Vector, Window
from generator.gif import Animation
from generator.record import Record
from generator.style import LINES
from generator.theory import Bowl

REACH = 3.0  # the window follows the path as far as so many of the start's contour, …
FIRST_REACH = 12.0  # … its first step farther, so that an explosion is seen to begin
RINGS = 7  # about so many reach the middle of the window's edge, …
MOST_RINGS = 18  # … and so many its farthest corner
LEAP = 4.0  # just visible steps: more at once counts as no more
LOOKS = 3  # so many first steps are looked at one by one, …
LOOK_MS = 250  # … each so long


def draw(records: Sequence[Record], equal: bool = False) -> Animation:
    """``equal``: a unit of w is as long as a unit of b, so that right angles are right and circles round."""
    figure = canvas(KINDS["landscape"])
    axes = plot(figure, left=56, top=62, width=646, height=324)
    _set_window(axes, records[0], equal)
    make_room(axes)
    return render(
        figure, [panel(axes, records, equal=equal), readouts(figure, records[0])], timeline(records, equal=equal)
    )


def timeline(records: Sequence[Record], equal: bool = False) -> Timeline:
    record = records[0]
    every = record.scenario.figure.every
    if every is not None:
        shown = frames.evenly(record.epochs_run, every, record)
        return Timeline(shown, frames.spread(np.ones(len(shown) - 1)))
    return paced(changes(record))


def paced(changes: Vector) -> Timeline:
    """Frames that are dense where things change, (epochs,), after a look at each of the first steps."""
    looks = range(min(LOOKS, len(changes)) + 1)
    shown = frames.dense_where_it_changes(changes, most=frames.FRAMES - len(looks), wanted=looks)
    travelled = np.concatenate([[0.0], np.cumsum(changes)])
    first, *middle, last = frames.spread(np.diff(travelled[list(shown)]))
    room = frames.PASS_MS - first - last - LOOKS * LOOK_MS
    hurry = min(1.0, room / max(sum(middle[LOOKS:]), 1))
    hurried = [max(frames.SHORTEST_MS, int(delay * hurry) // 10 * 10) for delay in middle[LOOKS:]]
    return Timeline(shown, (first, *[LOOK_MS] * len(middle[:LOOKS]), *hurried, last))


def changes(record: Record) -> Vector:
    """How much of the picture changes from state to state, in just visible steps: (epochs,)."""
    # A point outside is a mark on the edge; a leap is one thing to see, and leaves time for the small steps.
    places = np.clip(np.nan_to_num(in_window(record.params, view(record)), posinf=2, neginf=-1), -0.02, 1.02)
    motion = np.linalg.norm(np.diff(places, axis=0), axis=1) / frames.VISIBLE_MOTION
    excess = np.nan_to_num(record.excess, nan=math.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        decades = np.diff(np.log10(np.maximum(excess, 1e-6 * excess[0])))
    digits = np.nan_to_num(np.abs(decades) / frames.VISIBLE_DECADES, nan=0.0, posinf=0.0)
    return np.asarray(np.minimum(motion, LEAP) + np.minimum(digits, LEAP))


# --- The window --------------------------------------------------------------------------------------------


def bottom_of(record: Record) -> Vector:
    """The least-squares parameters (2,); where there are many, those that descent from this start leads to."""
    bowl, start = record.bowl, np.asarray(record.params[0], dtype=np.float64)
    flat = np.where(bowl.eigenvalues == 0, bowl.modes(start), 0.0)
    return np.asarray(bowl.least_squares + bowl.eigenvectors @ flat)


def semi_axes(record: Record) -> Vector:
    """Of the contour through the start, along the slow and the fast direction: (2,).

    A trough has no end: its contour is cut where nothing happens any more.
    """
    start = np.asarray(record.params[0], dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slow, fast = np.sqrt(2 * record.bowl.excess(start) / record.bowl.eigenvalues)
    gone = np.abs(record.bowl.eigenvectors.T @ (start - bottom_of(record)))
    return np.array([np.fmin(slow, 4 * max(float(gone[0]), float(fast))), fast])


def view(record: Record) -> Window:
    """What is seen of the parameters: the start, the bottom, and the path as far as it stays near them."""
    bottom = bottom_of(record)
    reach = np.linalg.norm(record.bowl.eigenvectors * semi_axes(record), axis=1)
    reach = np.where(reach > 1e-9 * np.abs(bottom), reach, 0.1 * np.abs(bottom) + 0.1)
    away = (np.abs(record.params.astype(np.float64) - bottom) / reach).max(axis=1)
    outside = np.flatnonzero(~(away <= REACH))
    states = int(outside[0]) if len(outside) else len(away)
    if states == 1 and len(away) > 1 and away[1] <= FIRST_REACH:
        states = 2
    seen = np.concatenate([record.params[: max(states, 1)], [bottom - 0.4 * reach, bottom + 0.4 * reach]])
    return (*frames.span(seen[:, 0]), *frames.span(seen[:, 1]))


def in_window(params: ArrayLike, window: Window) -> Vector:
    """Parameters in coordinates that run from 0 to 1 across the window: (..., 2) -> (..., 2)."""
    left, right, bottom, top = window
    with np.errstate(over="ignore", invalid="ignore"):
        places = (np.asarray(params, dtype=np.float64) - [left, bottom]) / [right - left, top - bottom]
    return np.asarray(places)


def from_window(places: ArrayLike, window: Window) -> Vector:
    left, right, bottom, top = window
    return np.asarray([left, bottom] + np.asarray(places) * [right - left, top - bottom])


# --- The picture -------------------------------------------------------------------------------------------


def panel(axes: Axes, records: Sequence[Record], equal: bool = False) -> Part:
    """Contours with their losses, the two directions with their eigenvalues, and the growing path.

    On small axes contours and directions go without their numbers.
    """
    record = records[0]
    window = _set_window(axes, record, equal)
    trail = path(record, window)
    labelled = bool(axes.get_window_extent().width >= 300 * SCALE)
    steps = trail.ends[frames.thinned(len(trail.ends), 150)]
    along = (steps[:, :1] + np.linspace(0, 1, 9)[:, None] * (steps[:, 1:] - steps[:, :1])).reshape(-1, 2)
    taken = [in_window([bottom_of(record)], window), trail.places[:1], along]
    taken += directions(axes, record, window, labelled)
    contours(axes, record, window, taken if labelled else None)
    return walker(axes, record, window, trail)


def _set_window(axes: Axes, record: Record, equal: bool) -> Window:
    box = axes.get_window_extent()
    window = frames.widened(view(record), box.width / box.height) if equal else view(record)
    axes.set(xlim=window[:2], ylim=window[2:])
    axes.set_xlabel("w", loc="right", labelpad=1)
    axes.set_ylabel("b", loc="top", rotation=0, labelpad=1)
    return window


def ring(bowl: Bowl, bottom: Vector, excess: float, window: Window) -> Vector | None:
    """The contour of this excess loss where it passes the window: points (n, 2), nan where it is cut; or None.

    It is drawn from its equation, slow coordinate s and fast one f with λ₋s² + λ₊f² = 2 excess, because a grid
    would miss a ravine that is narrower than its cells.
    """
    corners = from_window([[0, 0], [0, 1], [1, 0], [1, 1]], window)
    along = (corners - bottom) @ bowl.eigenvectors
    with np.errstate(divide="ignore"):
        slow, fast = np.sqrt(2 * excess / bowl.eigenvalues)
    low, high = np.clip([along[:, 0].min(), along[:, 0].max()], -slow, slow)
    if low >= high:
        return None
    # Even steps of the angle crowd towards the tips, where the curve bends.
    start, end = np.arcsin(np.clip([low / slow, high / slow], -1, 1)).tolist()
    angle = np.linspace(start, end, 181)
    s = slow * np.sin(angle) if math.isfinite(slow) else np.linspace(low, high, 181)
    f = fast * np.sqrt(np.maximum(1 - (s / slow) ** 2, 0))
    cut = np.full((1, 2), np.nan)
    around = np.concatenate([np.column_stack([s, f]), cut, np.column_stack([s, -f])[::-1]])
    return np.asarray(bottom + around @ bowl.eigenvectors.T)


def levels(record: Record, window: Window) -> Vector:
    """Round losses: in even steps, so that close rings are a steep slope, if such steps show what is below the start.

    Where the path climbs far above its start, 1, 2, 5, 10 … times what makes rings below it.
    """
    bowl = record.bowl
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    edge = np.concatenate([corners, (corners + np.roll(corners, 1, axis=0)) / 2])
    heights = np.sort(bowl.excess(from_window(edge, window)))
    highest, start = bowl.floor + float(heights[-1]), float(record.excess[0])
    size = max(float(heights[4]) / RINGS, float(heights[-1]) / MOST_RINGS)
    if not (math.isfinite(highest) and size > 0):
        return np.empty(0)
    step = _round_up(size)
    if 0 < start < step and bowl.floor < step:
        lowest = math.floor(math.log10(start / 4))
        series = [m * 10.0**power for power in range(lowest, math.ceil(math.log10(highest))) for m in (1, 2, 5)]
        return np.array([loss for loss in series if max(start / 4, bowl.floor) < loss <= highest])
    return np.arange(math.floor(bowl.floor / step) + 1, math.floor(highest / step) + 1, dtype=np.float64) * step


def _round_up(size: float) -> float:
    """The next of 1, 2, 5, 10 … times a power of ten."""
    power = 10.0 ** math.floor(math.log10(size))
    return power * next(m for m in (1, 2, 5, 10) if m * power >= 0.999 * size)


def contours(axes: Axes, record: Record, window: Window, taken: Sequence[Vector] | None) -> None:
    """Rings of equal loss; every other one with its loss, clear of the places taken; or none, where that is None."""
    bowl, bottom = record.bowl, bottom_of(record)
    avoid = [places for places in taken or () if len(places)]
    box = axes.get_window_extent()
    shape = np.array([box.width, box.height]) / max(box.width, box.height)
    labelled = 0
    for index, loss in enumerate(levels(record, window)):
        curve = ring(bowl, bottom, float(loss) - bowl.floor, window)
        if curve is None:
            continue
        axes.plot(*curve.T, color=colour("quiet"), alpha=0.55, linewidth=LINES["hair"], zorder=0.6)
        places = in_window(curve, window)
        with np.errstate(invalid="ignore"):
            inside = places[((places > 0.06) & (places < 0.94)).all(axis=1)]
        if taken is None or index % 2 or labelled == 4 or not len(inside):
            continue
        apart = np.min([np.linalg.norm((inside[:, None] - other) * shape, axis=-1).min(axis=1) for other in avoid], 0)
        if apart.max() < 0.06:
            continue
        # Any place with room enough will do; of those, the one nearest the upper right.
        roomy = inside[apart >= min(float(apart.max()), 0.14)]
        place = roomy[roomy.sum(axis=1).argmax()]
        label(axes, place, tick(float(loss)) if labelled else f"L = {tick(float(loss))}", "quiet")
        avoid.append(place[None])
        labelled += 1


def directions(axes: Axes, record: Record, window: Window, labelled: bool) -> list[Vector]:
    """The eigenvectors as arrows from the bottom to one contour, with their eigenvalues; the places they take."""
    bowl, bottom = record.bowl, bottom_of(record)
    axes.plot(*bottom, "+", color=colour("prediction"), markersize=12, markeredgewidth=LINES["thin"])
    arms = bowl.eigenvectors * semi_axes(record)  # columns
    gone = bowl.eigenvectors.T @ (np.asarray(record.params[0], dtype=np.float64) - bottom)
    arms = np.where(gone > 0, -arms, arms)  # away from where the path comes from
    heart = in_window(bottom, window)
    steps = (in_window((bottom[:, None] + arms).T, window) - heart).T
    if not np.isfinite(steps).all() or not steps.any(axis=0).all():
        return []
    names = [f"{name} = {brief(value)}" for name, value in zip(("λ₋", "λ₊"), bowl.eigenvalues.tolist(), strict=True)]
    # As long as fits with the label at the tip.
    ends = np.array([max(map(width, names)) + 14, 26.0]) if labelled else np.array([6.0, 6.0])
    ends *= SCALE / np.array(axes.get_window_extent().size)
    margin = np.where(np.abs(steps) > np.abs(steps[::-1]), ends[:, None], 0.04)
    room = np.where(steps > 0, 1 - heart[:, None] - margin, heart[:, None] - margin) / np.maximum(np.abs(steps), 1e-12)
    size = float(np.clip(room.min(), 0.05, 1.0))
    places = []
    for step, name in zip(steps.T * size, names, strict=True):
        tip = heart + step
        axes.annotate(
            "", tuple(from_window(tip, window)), tuple(from_window(heart, window)),
            arrowprops={
                "arrowstyle": "-|>,head_length=5,head_width=2.5", "shrinkA": 0, "shrinkB": 0, "mutation_scale": 1,
                "color": colour("prediction"), "linewidth": LINES["thin"] * 1.3, "linestyle": (0, (4, 2.5)),
            },
        )  # fmt: skip
        across = abs(step[0]) > abs(step[1])
        side = {"ha": "left" if step[0] > 0 else "right"} if across else {"va": "bottom" if step[1] > 0 else "top"}
        if labelled:
            label(axes, tip + 0.012 * np.sign(step) * [across, not across], name, "prediction", **side)
        places.append(heart + np.linspace(0, 1.25, 12)[:, None] * step)
    return places


def brief(value: float) -> str:
    """Three digits: ``1.07``, ``426``, ``1.2×10⁻⁷``."""
    return scientific(value, 1) if not 1e-3 <= value < 1e5 and value else tick(float(f"{value:.3g}"))


def label(axes: Axes, place: Vector, text: str, role: str, **style: Any) -> Text:
    """Text in the picture, at a place in the window, with a rim that keeps lines off it."""
    x, y = place.tolist()
    settings: dict[str, Any] = {"fontproperties": font(), "color": colour(role), "ha": "center", "va": "center"} | style
    rim = withStroke(linewidth=3, foreground=colour("background"))
    return axes.text(x, y, text, transform=axes.transAxes, path_effects=[rim], **settings)


# --- The path ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Path:
    """What can be seen of a path, in window coordinates; each thing with the state from which on it is there."""

    ends: Vector  # (m, 2, 2)         the steps' visible parts, each once however often it is walked
    arrived: NDArray[np.intp]  # (m,)
    places: Vector  # (k, 2)          the states inside
    visited: NDArray[np.intp]  # (k,)


CELLS = 1200  # a window is so many places wide; states in one place look the same
LINES_WIDE = 400  # and so many lines
FAR = 1e6  # windows away, from where on all directions look the same


def path(record: Record, window: Window) -> Path:
    """The steps as they cross the window: (w, b) may be of any size, and the path ends where they are not finite."""
    places = in_window(record.params, window)
    finite = np.isfinite(places).all(axis=1)
    places = places[: int(finite.argmin()) if not finite.all() else len(places)]
    cells = np.rint(np.clip(places, -FAR, FAR) * CELLS).astype(np.int64)
    moved = np.flatnonzero(np.concatenate([[True], (cells[1:] != cells[:-1]).any(axis=1)]))[: len(places)]
    # Two steps are one line, where both begin and both end within a line's width.
    pairs = np.concatenate([cells[moved[:-1]], cells[moved[1:]]], axis=1) // (CELLS // LINES_WIDE)
    first = np.sort(np.unique(pairs, axis=0, return_index=True)[1])
    ends = _clipped(places[moved[first]], places[moved[first + 1]])
    crosses = np.isfinite(ends).all(axis=(1, 2))

    inside = moved[((places[moved] >= 0) & (places[moved] <= 1)).all(axis=1)]
    visited = inside[np.sort(np.unique(cells[inside], axis=0, return_index=True)[1])]
    return Path(ends[crosses], moved[first + 1][crosses], places[visited], visited)


def _clipped(start: Vector, end: Vector) -> Vector:
    """The parts of segments inside the unit square: (m, 2), (m, 2) -> (m, 2, 2), nan where there is none."""
    step = end - start
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        bounds = np.sort(np.stack([-start / step, (1 - start) / step]), axis=0)
        still = step == 0
        within = ((start >= 0) & (start <= 1)) | ~still
        enters = np.maximum(np.where(still, -np.inf, bounds[0]).max(axis=1), 0)
        leaves = np.minimum(np.where(still, np.inf, bounds[1]).min(axis=1), 1)
        ends = np.stack([start + enters[:, None] * step, start + leaves[:, None] * step], axis=1)
    # Of a step between two far places, rounding leaves nothing of what it crosses.
    near = np.minimum(np.abs(start).max(axis=1), np.abs(end).max(axis=1)) < FAR
    ends[~(within.all(axis=1) & near & (enters < leaves))] = np.nan
    return ends


def walker(axes: Axes, record: Record, window: Window, trail: Path) -> Part:
    """The path up to a state, a dot for each state on it, and a large one for the last: outside, an arrow head."""
    blue: dict[str, Any] = {"color": colour("line"), "transform": axes.transAxes}
    # Translucent: a zigzag of a thousand steps is an area, and its dots are the edges.
    (line,) = axes.plot([], [], linewidth=LINES["thin"] * 1.3, solid_capstyle="round", alpha=0.5, **blue)
    (dots,) = axes.plot([], [], "o", markersize=4, markeredgewidth=0, **blue)
    (here,) = axes.plot([], [], "o", markersize=9, markeredgewidth=1.5, markeredgecolor=colour("background"), **blue)
    (outside,) = axes.plot([], [], linestyle="none", markersize=14, markeredgewidth=0, **blue)
    here.set_clip_on(False)
    outside.set_clip_on(False)
    broken = np.concatenate([trail.ends, np.full((len(trail.ends), 1, 2), np.nan)], axis=1)  # between two steps
    places = in_window(record.params, window)
    heart = in_window(bottom_of(record), window)
    size = np.array(axes.get_window_extent().size)

    def show(t: int) -> None:
        line.set_data(*broken[: np.searchsorted(trail.arrived, t, side="right")].reshape(-1, 2).T)
        dots.set_data(*trail.places[: np.searchsorted(trail.visited, t, side="right")].T)
        place = places[t]
        inside = bool(((place >= 0) & (place <= 1)).all())
        here.set_data(*(place[:, None] if inside else np.empty((2, 0))))
        if inside or not np.isfinite(place).all():
            outside.set_data([], [])
            return
        # Where its last step left the window, or where one sees it from the bottom.
        left_at = _clipped(np.array([places[t - 1], heart]), np.array([place, place]))[:, 1]
        edge = left_at[0 if np.isfinite(left_at[0]).all() else 1]
        way = (place - edge) / np.abs(place - edge).max() * size
        inset = 7 * SCALE * way / np.linalg.norm(way) / size
        outside.set_data(*(edge - inset)[:, None])
        triangle: Any = (3, 0, math.degrees(math.atan2(way[1], way[0])) - 90)
        outside.set_marker(triangle)

    return Part([line, dots, here, outside], show)


# --- In figures --------------------------------------------------------------------------------------------


def readouts(figure: Figure, record: Record) -> Part:
    """t, how many epochs led here; the loss here; and where here is."""
    tellers = [
        readout(figure, 56, 34, "t"), readout(figure, 176, 34, "L"),
        readout(figure, 370, 34, "w", "line"), readout(figure, 548, 34, "b", "line"),
    ]  # fmt: skip

    def show(t: int) -> None:
        w, b = record.params[t].tolist()
        for text, value in zip(tellers, (str(t), number(float(record.losses[t])), number(w), number(b)), strict=True):
            text.set_text(f"= {value}")

    return Part(tellers, show)
