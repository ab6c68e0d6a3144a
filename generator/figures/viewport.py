"""What a picture shows of a plane: limits that never jump, and lines of any slope as seen through them. Pure."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from generator.runs.record import Record
from generator.runs.theory import Vector

Window = tuple[float, float, float, float]  # left, right, bottom, top: in the units of the data


# --- Limits, and lines as seen through them ----------------------------------------------------------------


def span(values: ArrayLike, margin: float = 0.06) -> tuple[float, float]:
    """Limits around all finite values, with a margin on both sides: safe for equal, huge and no values."""
    finite = np.asarray(values, dtype=np.float64).ravel()
    finite = finite[np.isfinite(finite)]
    if len(finite) == 0:
        return (-1.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    equal = high - low <= 1e-9 * max(abs(low), abs(high))
    room = (0.5 * abs(low) or 1.0) if equal else margin * (high - low)
    return (low - room, high + room)


def window(record: Record) -> Window:
    """What the picture of the fit shows: the points, and the line it starts with unless that is far away."""
    left, right = span(record.x)
    bottom, top = span(record.y)
    w, b = record.start
    start = np.array([w * left + b, w * right + b])
    low, high = span(np.concatenate([[bottom, top], start]), margin=0.0)
    if high - low <= 4 * (top - bottom):
        bottom, top = span([low, high], margin=0.03)
    return (left, right, bottom, top)


def widened(window: Window, ratio: float) -> Window:
    """The window, made wider or higher about its middle until width / height is this ratio."""
    left, right, bottom, top = window
    wider = max(1.0, ratio * (top - bottom) / (right - left))
    higher = max(1.0, (right - left) / (top - bottom) / ratio)
    across, up = (wider - 1) * (right - left) / 2, (higher - 1) * (top - bottom) / 2
    return (left - across, right + across, bottom - up, top + up)


def lines_in_window(params: ArrayLike, window: Window) -> Vector:
    """Lines y = w·x + b as A·u + C·v + D = 0 in window coordinates (u, v run from 0 to 1), A² + C² = 1.

    params (..., 2) -> (..., 3). An upright line has C = 0 and is as good as any other; w and b of any size give
    finite numbers. Where w or b is not finite there is no line: nan.
    """
    p = np.asarray(params, dtype=np.float64)
    left, right, bottom, top = window
    with np.errstate(all="ignore"):
        scale = np.maximum(np.abs(p).max(axis=-1), 1.0)
        w, one, b = p[..., 0] / scale, 1.0 / scale, p[..., 1] / scale
        sides = np.stack([w * (right - left), -one * (top - bottom), w * left + b - one * bottom], axis=-1)
        return np.asarray(sides / np.hypot(sides[..., 0], sides[..., 1])[..., None])


def line_motion(lines: Vector, apart: int = 1) -> Vector:
    """How far the picture of each line is from the next but so many, about 0…1.5 windows: (n, 3) -> (n − apart,).

    Lines are compared as undirected: one that stands upright has not moved when w changes its sign. Towards a line
    that is no more, or away from it, is one window.
    """
    # About the middle of the window; far outside it, distances no longer matter.
    middle = 0.5 * (lines[:, 0] + lines[:, 1]) + lines[:, 2]
    features = np.column_stack([lines[:, :2], np.clip(middle, -1.0, 1.0)])
    before, after = features[:-apart], features[apart:]
    distance = np.minimum(np.linalg.norm(after - before, axis=1), np.linalg.norm(after + before, axis=1))
    there = np.isfinite(lines.sum(axis=1))
    return np.where(there[apart:] != there[:-apart], 1.0, np.nan_to_num(distance, nan=0.0))


def thinned(count: int, most: int) -> NDArray[np.intp]:
    """Which of so many points are drawn: all, or ``most`` of them at even intervals."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))


def segment(line: ArrayLike, window: Window) -> Vector | None:
    """The part of a line of `lines_in_window` that lies in the window: its two ends (2, 2), or None."""
    A, C, D = np.asarray(line, dtype=np.float64)
    if not np.isfinite([A, C, D]).all():
        return None
    nearest, direction = -D * np.array([A, C]), np.array([-C, A])
    enters, leaves = -math.inf, math.inf
    for start, step in zip(nearest, direction, strict=True):
        if abs(step) < 1e-15:  # along this side, to all that can be seen
            if not 0 <= start <= 1:
                return None
            continue
        first, second = sorted((float(-start / step), float((1 - start) / step)))
        enters, leaves = max(enters, first), min(leaves, second)
    if enters >= leaves:
        return None
    ends = nearest + np.outer([enters, leaves], direction)
    left, right, bottom, top = window
    return np.asarray([left, bottom] + ends * [right - left, top - bottom])
