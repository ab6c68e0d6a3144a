"""Axes of epochs and of powers of ten, and labels in mixed type: what the kinds that draw curves share.

On a log axis here a position *is* a logarithm. Matplotlib's own log axes cannot place epoch 0, and their ticks fail
near the largest float64.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from generator.figures.canvas import SCALE
from generator.figures.style import LINES, colour
from generator.figures.text import font, page_size, width
from generator.numerals import power_at, tick
from generator.runs.theory import Vector

ZERO_AT = -0.45  # of epoch 0 on a log axis, in decades: left of epoch 1, past a gap in the axis
MOST_STATES = 20_000  # of a curve; far more than it has pixels


BESIDE = 84  # CSS pixels right of the axes that a label may reach into
STEPS = (1, 2, 5, 10, 20, 50, 100, 200)  # decades from tick to tick; float64 has 632 in all


# --- Powers of ten -----------------------------------------------------------------------------------------


def logs(values: ArrayLike) -> Vector:
    """log₁₀, and nan where there is none: of 0, of what is negative, infinite or nan."""
    numbers = np.asarray(values, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log10(numbers)
    return np.where(np.isfinite(found), found, np.nan)


def power_ticks(axis: Axis, low: float, high: float, most: int = 6) -> None:
    """Ticks between 10^low and 10^high: whole decades, or 1, 2, 5 where there are few of those."""
    decades = np.arange(math.ceil(low), math.floor(high) + 1)
    if len(decades) > 2:
        step = next(step for step in STEPS if (len(decades) - 1) / step <= most - 1)
        positions = decades[decades % step == 0].astype(float)
    else:
        mantissas = [1, 2, 5] if high - low > 0.6 else [1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]
        all_of_them = [math.log10(m) + k for k in range(math.floor(low), math.ceil(high)) for m in mantissas]
        positions = np.array([p for p in all_of_them if low <= p <= high])
    plain = all(-4 < p < 5 for p in positions)
    axis.set_ticks(positions.tolist(), [tick(float(f"{10**p:.3g}")) if plain else power_at(p) for p in positions])


# --- Epochs ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Epochs:
    """A horizontal axis of states 0…last; with ``log`` of their logarithms, and state 0 apart, at `ZERO_AT`."""

    last: float
    log: bool = False

    def at(self, states: ArrayLike) -> Vector:
        """Where states stand on the axis."""
        numbers = np.asarray(states, dtype=np.float64)
        return np.where(numbers > 0, logs(np.maximum(numbers, 1e-9)), ZERO_AT) if self.log else numbers

    def states(self, end: int) -> np.ndarray[Any, np.dtype[np.intp]]:
        """The states 0…end that a curve goes through: all of them, unless that is far more than can be seen."""
        if end < MOST_STATES:
            return np.arange(end + 1)
        even = np.linspace(0, end, MOST_STATES)
        dense_at_first = np.geomspace(1, end, MOST_STATES) if self.log else np.empty(0)
        return np.unique(np.concatenate([even, dense_at_first]).round().astype(np.intp))

    def mark(self, axes: Axes, dates: Iterable[int] = ()) -> None:
        """Limits, ticks and name; ``dates`` get a tick of their own, and other ticks make room for them."""
        dates = sorted(dates)
        if self.log:
            end = max(float(logs(self.last)), 0.5)
            axes.set_xlim(ZERO_AT - 0.03 * (end - ZERO_AT), end)
            decades = range(math.floor(end) + 1)
            axes.set_xticks([ZERO_AT, *decades], ["0", *(tick(10**k) for k in decades)])
            # Between 0 and 1 the axis is broken: logarithms never get to 0.
            left, right = axes.transData.transform([(ZERO_AT, 0), (0, 0)])[:, 0]
            middle = axes.transAxes.inverted().transform(((left + right) / 2, 0))[0]
            axes.plot(
                [middle - 0.012, middle + 0.012], [0, 0], transform=axes.transAxes, clip_on=False, zorder=3,
                color=colour("background"), linewidth=3 * LINES["thin"], solid_capstyle="butt",
            )  # fmt: skip
        else:
            end = max(self.last, 1)
            axes.set_xlim(-0.015 * end, end)
            regular = MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]).tick_values(0, end)
            kept = [t for t in regular if 0 <= t <= end and all(abs(t - date) > 0.13 * end for date in dates)]
            axes.set_xticks(sorted([*kept, *dates]))
        axes.set_xlabel("t", loc="right", labelpad=1)


# --- Labels ------------------------------------------------------------------------------------------------


def label(
    axes: Axes, text: str, at: tuple[float, float], offset: tuple[float, float] = (0, 0), *, role: str = "ink",
    size: str = "text", ha: str = "left", va: str = "baseline", coordinates: Any = "data", opaque: bool = False,
) -> None:  # fmt: skip
    """A label that stays, so many CSS pixels from a place. What stands between underscores is italic: ``_L_ = 3``.

    An ``opaque`` one hides the rules that run behind it.
    """
    behind = {"facecolor": colour("background"), "edgecolor": "none", "pad": 0} if opaque else None
    pieces = [(piece, "italic" if i % 2 else "regular") for i, piece in enumerate(text.split("_"))]
    widths = [width(piece, size, face) for piece, face in pieces]
    left, up = offset
    left -= sum(widths) * {"left": 0.0, "center": 0.5, "right": 1.0}[ha]
    for (piece, face), across in zip(pieces, widths, strict=True):
        if piece:
            axes.annotate(
                piece, at, (left, up), coordinates, "offset points",
                fontproperties=font(size, face), color=colour(role), va=va, bbox=behind, annotation_clip=False,
            )  # fmt: skip
        left += across


def name(axes: Axes, text: str) -> None:
    """What the vertical axis measures, above its end."""
    label(axes, text, (0, 1), (-14, 10), coordinates="axes fraction")


class Labels:
    """Labels beside points of curves, each where it covers no curve and no other label."""

    GAPS = (9, 20, 36, 56, 80)  # CSS pixels from the point to the label
    LINE = 17  # from baseline to baseline

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self.taken = np.empty((0, 2))  # places in CSS pixels that a label must leave free

    def curve(self, x: ArrayLike, y: ArrayLike, **style: Any) -> None:
        """Draw a curve, and keep labels off it. Limits must be set."""
        (drawn,) = self.axes.plot(x, y, **style)
        path = self._pixels(np.asarray(drawn.get_xydata()))
        path = path[np.isfinite(path).all(axis=1)]
        # A point every few pixels, however far apart the states stand.
        length = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(path, axis=0)).sum(axis=1))])
        if len(path):
            every = np.linspace(0, length[-1], int(min(length[-1] / 3, 4000)) + 1)
            dense = np.stack([np.interp(every, length, column) for column in path.T], axis=1)
            self.taken = np.concatenate([self.taken, dense])

    def beside(self, at: tuple[float, float], lines: Sequence[str], role: str = "ink") -> None:
        """Write these lines near a place in data coordinates: as near, and as free, as can be."""
        across = max(width(line.replace("_", "")) for line in lines)
        tall = self.LINE * len(lines)
        place = self._pixels(np.array([at]))[0]
        (left, bottom), (right, top) = self.axes.get_window_extent().get_points() / SCALE
        right = min(right + BESIDE, page_size(self.axes.figure)[0] - 4)
        candidates = []
        for gap in self.GAPS:
            for dx, dy in itertools.product((gap, -gap - across), (gap / 2, -gap / 2 - tall)):
                low = place + np.array([dx, dy])
                high = low + np.array([across, tall])
                covered = ((self.taken > low - 4) & (self.taken < high + 4)).all(axis=1).sum()
                outside = low[0] < left + 4 or low[1] < bottom + 2 or high[1] > top + 12 or high[0] > right
                candidates.append((10_000 * outside + covered, dx, dy))
        _, dx, dy = min(candidates, key=lambda candidate: candidate[0])
        for row, line in enumerate(reversed(lines)):
            label(self.axes, line, at, (dx, dy + 4 + row * self.LINE), role=role)
        corner = place + np.array([dx, dy])
        box = np.stack(np.meshgrid(np.linspace(0, across, 12), np.linspace(0, tall, 5)), axis=-1).reshape(-1, 2)
        self.taken = np.concatenate([self.taken, corner + box])

    def _pixels(self, points: Vector) -> Vector:
        return np.asarray(self.axes.transData.transform(points)) / SCALE


def apart(places: ArrayLike, least: float) -> Vector:
    """Places moved as little as need be so that neighbours are ``least`` apart: for labels at the ends of lines."""
    wanted = np.asarray(places, dtype=np.float64)
    order = np.argsort(wanted, kind="stable")
    moved = wanted[order]
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + least)
    found = np.empty_like(moved)
    found[order] = moved
    return found
