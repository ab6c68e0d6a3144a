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

from generator.figures import pacing, units, viewport
from generator.figures.animation import Animation
from generator.figures.canvas import EDGE, SCALE, Part, Size, canvas, extent, is_narrow, make_room, name_above, plot
from generator.figures.catalogue import KINDS
from generator.figures.kinds.bowl_geometry import (
    Trail,
    bottom_of,
    changes,
    clipped,
    from_window,
    in_window,
    levels,
    levels_through,
    ring,
    semi_axes,
    trail_of,
    view,
)
from generator.figures.pacing import Timeline, paced
from generator.figures.render import render
from generator.figures.style import LINES, colour
from generator.figures.text import font, page_size, readout, width
from generator.figures.viewport import Window
from generator.numerals import brief, number, tick
from generator.runs.analysis import Run
from generator.runs.theory import Vector


@dataclass(frozen=True)
class LandscapeLayout:
    """Where things stand, in CSS pixels."""

    top: float  # of the axes
    right: float
    below: float  # how far they end above the foot of the page
    readouts: tuple[tuple[float, float], ...]  # edge and baseline: of t, L, w, b


WIDE = LandscapeLayout(62, 702, below=54, readouts=((EDGE, 34), (130, 34), (332, 34), (524, 34)))
NARROW = LandscapeLayout(84, 324, below=46, readouts=((EDGE, 26), (162, 26), (EDGE, 52), (162, 52)))
ROOM_FOR_NUMBERS = 55_000  # CSS pixels, squared: on smaller axes contours and directions go without


def draw(records: Sequence[Run], equal: bool = False, through: int = 0, narrow: Size | None = None) -> Animation:
    """``equal``: a unit of w is as long as a unit of b, so that right angles are right and circles round.

    ``through``: contours are those on which so many states lie, the first ones, in place of round losses.
    """
    figure, layout = canvas(KINDS["landscape"], narrow), NARROW if narrow else WIDE
    tellers = readouts(figure, records[0], layout)
    _, page_height = page_size(figure)
    height = page_height - layout.below - units.say(figure, records[0], EDGE, 430) - layout.top
    axes = plot(figure, 0, layout.top, layout.right, height)
    set_window(axes, records[0], equal)
    make_room(axes)
    parts = [panel(axes, records, equal=equal, through=through), tellers]
    name_above(axes)
    return render(figure, parts, timeline(records, equal=equal))


def timeline(records: Sequence[Run], equal: bool = False, through: int = 0) -> Timeline:
    record = records[0]
    every = record.scenario.figure.every
    if every is not None:
        shown = pacing.evenly(record.epochs_run, every, record)
        return Timeline(shown, pacing.spread(np.ones(len(shown) - 1)))
    return paced(changes(record))


# --- The picture -------------------------------------------------------------------------------------------


def panel(axes: Axes, records: Sequence[Run], equal: bool = False, through: int = 0) -> Part:
    """Contours with their losses, the two directions with their eigenvalues, and the growing path.

    On small axes contours and directions go without their numbers.
    """
    record = records[0]
    window = set_window(axes, record, equal)
    trail = trail_of(record, window)
    labelled = math.prod(extent(axes)) >= ROOM_FOR_NUMBERS
    steps = trail.ends[viewport.thinned(len(trail.ends), 150)]
    along = (steps[:, :1] + np.linspace(0, 1, 9)[:, None] * (steps[:, 1:] - steps[:, :1])).reshape(-1, 2)
    taken = [in_window([bottom_of(record)], window), trail.places[:1], along]
    taken += directions(axes, record, window, labelled)
    losses, digits = (levels_through(record, through), 3) if through else (levels(record, window), 6)
    contours(axes, record, window, losses, taken if labelled else None, digits)
    return walker(axes, record, window, trail)


def set_window(axes: Axes, record: Run, equal: bool) -> Window:
    box = axes.get_window_extent()
    window = viewport.widened(view(record), box.width / box.height) if equal else view(record)
    axes.set(xlim=window[:2], ylim=window[2:])
    axes.set_xlabel("w", loc="right", labelpad=1)
    axes.set_ylabel("b", loc="top", rotation=0, labelpad=1)
    return window


def contours(
    axes: Axes, record: Run, window: Window, losses: Vector, taken: Sequence[Vector] | None, digits: int
) -> None:
    """Rings of these losses; every other one with its loss, clear of the places taken; or none, where that is None."""
    bowl, bottom = record.bowl, bottom_of(record)
    avoid = [places for places in taken or () if len(places)]
    across, high = extent(axes)
    shape = np.array([across, high]) / max(across, high)
    crowd = _crowd(axes)  # labels are as large as on wide axes, and so farther apart
    labelled = 0
    for index, loss in enumerate(losses):
        curve = ring(bowl, bottom, float(loss) - bowl.floor, window)
        if curve is None or (crowd > 1 and index % 2):
            continue
        axes.plot(*curve.T, color=colour("quiet"), alpha=0.55, linewidth=LINES["hair"], zorder=0.6)
        said = tick(float(f"{loss:.{digits}g}"))
        text = said if labelled else f"L = {said}"
        margin = np.array([max(0.06, (width(text) / 2 - 4) / across) if crowd > 1 else 0.06, 0.06])
        places = in_window(curve, window)
        with np.errstate(invalid="ignore"):
            inside = places[((places > margin) & (places < 1 - margin)).all(axis=1)]
        if taken is None or index % 2 or labelled == 4 or not len(inside):
            continue
        apart = np.min([np.linalg.norm((inside[:, None] - other) * shape, axis=-1).min(axis=1) for other in avoid], 0)
        if apart.max() < 0.06 * crowd**2:
            continue
        # Any place with room enough will do; of those, the one nearest the upper right.
        roomy = inside[apart >= min(float(apart.max()), 0.14 * crowd**2)]
        place = roomy[roomy.sum(axis=1).argmax()]
        label(axes, place, text, "quiet")
        avoid.append(place[None])
        if crowd > 1:
            avoid.append(place + np.linspace(-0.5, 0.5, 7)[:, None] * [width(text) / across, 0])
        labelled += 1


def _crowd(axes: Axes) -> float:
    """How much closer things lie than on a wide page, which is 1."""
    return max(1.0, 450 / extent(axes)[0]) if is_narrow(axes.figure) else 1.0


def directions(axes: Axes, record: Run, window: Window, labelled: bool) -> list[Vector]:
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
        places.append(heart + np.linspace(0, 1.25, 12)[:, None] * step)
        place = tip + 0.012 * np.sign(step) * [across, not across]
        if labelled and _crowd(axes) > 1:  # it stays on the axes, or away
            half = width(name) / extent(axes)[0] / 2
            middle = float(place[0] + np.sign(step[0]) * half) if across else float(place[0])
            inside = min(max(middle, half), 1 - half)
            if across and middle != inside:
                continue
            place = place + np.array([inside - middle, 0.0])
            places.append(np.column_stack([np.linspace(inside - half, inside + half, 9), np.full(9, place[1])]))
        if labelled:
            label(axes, place, name, "prediction", **side)
    return places


def label(axes: Axes, place: Vector, text: str, role: str, **style: Any) -> Text:
    """Text in the picture, at a place in the window, with a rim that keeps lines off it."""
    x, y = place.tolist()
    settings: dict[str, Any] = {"fontproperties": font(), "color": colour(role), "ha": "center", "va": "center"} | style
    rim = withStroke(linewidth=3, foreground=colour("background"))
    return axes.text(x, y, text, transform=axes.transAxes, path_effects=[rim], **settings)


def walker(axes: Axes, record: Run, window: Window, trail: Trail) -> Part:
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
        left_at = clipped(np.array([places[t - 1], heart]), np.array([place, place]))[:, 1]
        edge = left_at[0 if np.isfinite(left_at[0]).all() else 1]
        way = (place - edge) / np.abs(place - edge).max() * size
        inset = 7 * SCALE * way / np.linalg.norm(way) / size
        outside.set_data(*(edge - inset)[:, None])
        triangle: Any = (3, 0, math.degrees(math.atan2(way[1], way[0])) - 90)
        outside.set_marker(triangle)

    return Part([line, dots, here, outside], show)


# --- In figures --------------------------------------------------------------------------------------------


def readouts(figure: Figure, record: Run, layout: LandscapeLayout) -> Part:
    """t, how many epochs led here; the loss here; and where here is."""
    named = zip(layout.readouts, ("t", "L", "w", "b"), ("ink", "ink", "line", "line"), strict=True)
    tellers = [readout(figure, *place, symbol, role) for place, symbol, role in named]

    def show(t: int) -> None:
        w, b = record.params[t].tolist()
        for text, value in zip(tellers, (str(t), number(float(record.losses[t])), number(w), number(b)), strict=True):
            text.set_text(f"= {value}")

    return Part(tellers, show)
