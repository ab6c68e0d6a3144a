"""The landscape: contours of the bowl over (w, b), its two directions, and the path of descent as it grows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from generator.figures import pacing, units, viewport
from generator.figures.animation import Animation
from generator.figures.canvas import SCALE, Part, canvas, make_room, plot
from generator.figures.catalogue import KINDS
from generator.figures.kinds.bowl_geometry import (
    Trail,
    bottom_of,
    changes,
    clipped,
    from_window,
    in_window,
    levels,
    ring,
    semi_axes,
    trail_of,
    view,
)
from generator.figures.pacing import Timeline, paced
from generator.figures.render import render
from generator.figures.style import LINES, colour
from generator.figures.text import font, readout, width
from generator.figures.viewport import Window
from generator.numerals import brief, number, tick
from generator.runs.analysis import Run
from generator.runs.theory import Vector


def draw(records: Sequence[Run], equal: bool = False) -> Animation:
    """``equal``: a unit of w is as long as a unit of b, so that right angles are right and circles round."""
    figure = canvas(KINDS["landscape"])
    axes = plot(figure, left=56, top=62, width=646, height=324)
    _set_window(axes, records[0], equal)
    make_room(axes)
    return render(
        figure, [panel(axes, records, equal=equal), readouts(figure, records[0])], timeline(records, equal=equal)
    )


def timeline(records: Sequence[Run], equal: bool = False) -> Timeline:
    record = records[0]
    every = record.scenario.figure.every
    if every is not None:
        shown = pacing.evenly(record.epochs_run, every, record)
        return Timeline(shown, pacing.spread(np.ones(len(shown) - 1)))
    return paced(changes(record))


# --- The picture -------------------------------------------------------------------------------------------


def panel(axes: Axes, records: Sequence[Run], equal: bool = False) -> Part:
    """Contours with their losses, the two directions with their eigenvalues, and the growing path.

    On small axes contours and directions go without their numbers.
    """
    record = records[0]
    window = _set_window(axes, record, equal)
    trail = trail_of(record, window)
    labelled = bool(axes.get_window_extent().width >= 300 * SCALE)
    steps = trail.ends[viewport.thinned(len(trail.ends), 150)]
    along = (steps[:, :1] + np.linspace(0, 1, 9)[:, None] * (steps[:, 1:] - steps[:, :1])).reshape(-1, 2)
    taken = [in_window([bottom_of(record)], window), trail.places[:1], along]
    taken += directions(axes, record, window, labelled)
    contours(axes, record, window, taken if labelled else None)
    return walker(axes, record, window, trail)


def _set_window(axes: Axes, record: Run, equal: bool) -> Window:
    box = axes.get_window_extent()
    window = viewport.widened(view(record), box.width / box.height) if equal else view(record)
    axes.set(xlim=window[:2], ylim=window[2:])
    axes.set_xlabel("w", loc="right", labelpad=1)
    axes.set_ylabel("b", loc="top", rotation=0, labelpad=1)
    return window


def contours(axes: Axes, record: Run, window: Window, taken: Sequence[Vector] | None) -> None:
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
        if labelled:
            label(axes, tip + 0.012 * np.sign(step) * [across, not across], name, "prediction", **side)
        places.append(heart + np.linspace(0, 1.25, 12)[:, None] * step)
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


def readouts(figure: Figure, record: Run) -> Part:
    """t, how many epochs led here; the loss here; and where here is."""
    tellers = [
        readout(figure, 56, 34, "t"), readout(figure, 176, 34, "L"),
        readout(figure, 370, 34, "w", "line"), readout(figure, 548, 34, "b", "line"),
    ]  # fmt: skip
    units.say(figure, record, 56, 430)

    def show(t: int) -> None:
        w, b = record.params[t].tolist()
        for text, value in zip(tellers, (str(t), number(float(record.losses[t])), number(w), number(b)), strict=True):
            text.set_text(f"= {value}")

    return Part(tellers, show)
