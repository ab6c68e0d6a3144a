"""The bowl over (w, b) as geometry: the window, rings of equal loss, the trail of a run through the window. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from generator.figures import pacing, viewport
from generator.figures.pacing import LEAP
from generator.figures.viewport import Window
from generator.runs.analysis import Run
from generator.runs.theory import Bowl, Vector

REACH = 3.0  # the window follows the path as far as so many of the start's contour, …
FIRST_REACH = 12.0  # … its first step farther, so that an explosion is seen to begin
RINGS = 7  # about so many reach the middle of the window's edge, …
MOST_RINGS = 18  # … and so many its farthest corner


def changes(record: Run) -> Vector:
    """How much of the picture changes from state to state, in just visible steps: (epochs,)."""
    # A point outside is a mark on the edge; a leap is one thing to see, and leaves time for the small steps.
    places = np.clip(np.nan_to_num(in_window(record.params, view(record)), posinf=2, neginf=-1), -0.02, 1.02)
    motion = np.linalg.norm(np.diff(places, axis=0), axis=1) / pacing.VISIBLE_MOTION
    excess = np.nan_to_num(record.excess, nan=math.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        decades = np.diff(np.log10(np.maximum(excess, 1e-6 * excess[0])))
    digits = np.nan_to_num(np.abs(decades) / pacing.VISIBLE_DECADES, nan=0.0, posinf=0.0)
    return np.asarray(np.minimum(motion, LEAP) + np.minimum(digits, LEAP))


# --- The window --------------------------------------------------------------------------------------------


def bottom_of(record: Run) -> Vector:
    """The least-squares parameters (2,); where there are many, those that descent from this start leads to."""
    bowl, start = record.bowl, np.asarray(record.params[0], dtype=np.float64)
    flat = np.where(bowl.eigenvalues == 0, bowl.modes(start), 0.0)
    return np.asarray(bowl.least_squares + bowl.eigenvectors @ flat)


def semi_axes(record: Run) -> Vector:
    """Of the contour through the start, along the slow and the fast direction: (2,).

    A trough has no end: its contour is cut where nothing happens any more.
    """
    start = np.asarray(record.params[0], dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slow, fast = np.sqrt(2 * record.bowl.excess(start) / record.bowl.eigenvalues)
    gone = np.abs(record.bowl.eigenvectors.T @ (start - bottom_of(record)))
    return np.array([np.fmin(slow, 4 * max(float(gone[0]), float(fast))), fast])


def view(record: Run) -> Window:
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
    return (*viewport.span(seen[:, 0]), *viewport.span(seen[:, 1]))


def in_window(params: ArrayLike, window: Window) -> Vector:
    """Parameters in coordinates that run from 0 to 1 across the window: (..., 2) -> (..., 2)."""
    left, right, bottom, top = window
    with np.errstate(over="ignore", invalid="ignore"):
        places = (np.asarray(params, dtype=np.float64) - [left, bottom]) / [right - left, top - bottom]
    return np.asarray(places)


def from_window(places: ArrayLike, window: Window) -> Vector:
    left, right, bottom, top = window
    return np.asarray([left, bottom] + np.asarray(places) * [right - left, top - bottom])


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


def levels(record: Run, window: Window) -> Vector:
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


def levels_through(record: Run, states: int) -> Vector:
    """The losses of so many states, the first ones, each once; none that is not finite."""
    losses = record.bowl.floor + record.excess[:states]
    return np.unique(losses[np.isfinite(losses)])


def _round_up(size: float) -> float:
    """The next of 1, 2, 5, 10 … times a power of ten."""
    power = 10.0 ** math.floor(math.log10(size))
    return power * next(m for m in (1, 2, 5, 10) if m * power >= 0.999 * size)


# --- The path ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Trail:
    """What can be seen of a path, in window coordinates; each thing with the state from which on it is there."""

    ends: Vector  # (m, 2, 2)         the steps' visible parts, each once however often it is walked
    arrived: NDArray[np.intp]  # (m,)
    places: Vector  # (k, 2)          the states inside
    visited: NDArray[np.intp]  # (k,)


CELLS = 1200  # a window is so many places wide; states in one place look the same
LINES_WIDE = 400  # and so many lines
FAR = 1e6  # windows away, from where on all directions look the same


def trail_of(record: Run, window: Window) -> Trail:
    """The steps as they cross the window: (w, b) may be of any size, and the path ends where they are not finite."""
    places = in_window(record.params, window)
    finite = np.isfinite(places).all(axis=1)
    places = places[: int(finite.argmin()) if not finite.all() else len(places)]
    cells = np.rint(np.clip(places, -FAR, FAR) * CELLS).astype(np.int64)
    moved = np.flatnonzero(np.concatenate([[True], (cells[1:] != cells[:-1]).any(axis=1)]))[: len(places)]
    # Two steps are one line, where both begin and both end within a line's width.
    pairs = np.concatenate([cells[moved[:-1]], cells[moved[1:]]], axis=1) // (CELLS // LINES_WIDE)
    first = np.sort(np.unique(pairs, axis=0, return_index=True)[1])
    ends = clipped(places[moved[first]], places[moved[first + 1]])
    crosses = np.isfinite(ends).all(axis=(1, 2))

    inside = moved[((places[moved] >= 0) & (places[moved] <= 1)).all(axis=1)]
    visited = inside[np.sort(np.unique(cells[inside], axis=0, return_index=True)[1])]
    return Trail(ends[crosses], moved[first + 1][crosses], places[visited], visited)


def clipped(start: Vector, end: Vector) -> Vector:
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
