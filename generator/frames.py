"""Which states of a run are shown, for how long, and within which limits. Pure: numbers in, numbers out."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from generator.faults import Fault
from generator.record import Record

Vector = NDArray[np.float64]
Window = tuple[float, float, float, float]  # left, right, bottom, top: in the units of the data

PASS_MS = 5000  # the longest a pass may take, with
HOLD_MS = 1300  # the rest on its last frame, and
START_MS = 400  # the look at its first
SHORTEST_MS = 20  # browsers slow anything shorter down to 100 ms
LONGEST_MS = 240  # no step lingers longer, or the motion would fall apart into pictures
FRAMES = 56  # as many as a run of many small steps gets
MOST_FRAMES = (PASS_MS - HOLD_MS - START_MS) // SHORTEST_MS + 2


@dataclass(frozen=True)
class Timeline:
    """The states shown, in order, and how long each stays, in milliseconds (multiples of 10)."""

    shown: tuple[int, ...]
    delays_ms: tuple[int, ...]


def timeline(record: Record, window: Window, *, wanted: Iterable[int] = ()) -> Timeline:
    """The frames of a run whose line is seen through the window; ``wanted`` states are among them.

    With `scenario.figure.every` a frame every so many states. Without it, frames follow what an eye can see
    change: the line on the screen and the digits of the loss. First and last states are always shown.
    """
    last = record.epochs_run
    every = record.scenario.figure.every
    if every is not None:
        shown = evenly(last, every, record)
        return Timeline(shown, spread(np.ones(len(shown) - 1)))
    changes = visible_changes(record, window)
    wanted = {t for t in (*wanted, *turning_points(record)) if t <= last}
    shown = dense_where_it_changes(changes, most=FRAMES - len(wanted), wanted=wanted)
    travelled = np.concatenate([[0.0], np.cumsum(changes)])
    return Timeline(shown, spread(np.diff(travelled[list(shown)])))


def evenly(last: int, every: int, record: Record) -> tuple[int, ...]:
    """States 0, every, 2·every … and the last. Raises `Fault` where those are more than a pass can show."""
    shown = (*range(0, last, every), last)
    if len(shown) > MOST_FRAMES:
        least = math.ceil(last / (MOST_FRAMES - 2))
        raise Fault(
            f"figure.every = {every} asks for {len(shown)} frames, and a pass of {PASS_MS / 1000:.0f} s has room "
            f"for {MOST_FRAMES}",
            file=record.scenario.path,
            excerpt=f"every = {every}",
            help=f"every = {least} or more, or leave it out: frames are then dense where things change",
        )
    return shown


def turning_points(record: Record) -> list[int]:
    """The states where the loss, and then the line, stops being a finite number."""
    broken = [~np.isfinite(record.losses), ~np.isfinite(record.params.sum(axis=1))]
    return [int(states.argmax()) for states in broken if states.any()]


def moments(record: Record, window: Window, count: int) -> tuple[int, ...]:
    """At most so many states (five or more) that tell the story of the line, first and last among them.

    The same motion lies between neighbours, where a leap counts no more than two good steps. A run that overflows also
    shows where its loss did, and where its line was seen for the last time; one that alternates, its first steps.
    """
    lines = lines_in_window(record.params, window)
    there: NDArray[np.bool_] = np.isfinite(lines.sum(axis=1))
    motion = np.where(there[1:], np.minimum(line_motion(lines), 0.16), 0.0)
    wanted = set(range(min(2, opening(lines)) + 1))
    if not there.all():
        wanted |= {turning_points(record)[0], max(int(there.argmin()) - 1, 0)}
    fewer = (dense_where_it_changes(motion / VISIBLE_MOTION, most=most, wanted=wanted) for most in range(count, 1, -1))
    return next((states for states in fewer if len(states) <= count), (0, record.epochs_run))


# An eye sees the line turn by this share of the picture, and reads digits change by this much of a decade.
VISIBLE_MOTION = 0.006
VISIBLE_DECADES = 0.05


def visible_changes(record: Record, window: Window) -> Vector:
    """How much changes from state t to state t + 1, in just visible steps: (epochs,).

    A line that swings to and fro counts with what is left of two swings: frames further apart than one epoch cannot
    show swings, whatever their number.
    """
    lines = lines_in_window(record.params, window)
    drift = line_motion(lines, 2) / 2
    motion = np.append(drift, line_motion(lines[-2:])) / VISIBLE_MOTION
    losses = np.asarray(record.losses, dtype=np.float64)
    # A loss that has shrunk to a millionth of the first shows the same digits ever after.
    floor = 1e-6 * losses[0] if 0 < losses[0] < math.inf else float(np.finfo(np.float32).tiny)
    with np.errstate(over="ignore", invalid="ignore"):
        digits = np.abs(np.diff(np.log10(np.maximum(losses, floor)))) / VISIBLE_DECADES
    # From inf to inf, or past it, no digit changes.
    return motion + np.nan_to_num(digits, nan=0.0, posinf=0.0)


FIRST_STEPS = 20


def opening(lines: Vector) -> int:
    """How many epochs at the start the line visibly swings to and fro, at most `FIRST_STEPS`: each of them is shown."""
    steps, drift = line_motion(lines[: FIRST_STEPS + 2]), line_motion(lines[: FIRST_STEPS + 2], 2)
    swings = (steps[:-1] > VISIBLE_MOTION) & (steps[:-1] > drift)
    return int(np.argmin(np.append(swings, False)))


def dense_where_it_changes(changes: ArrayLike, *, most: int = FRAMES, wanted: Iterable[int] = ()) -> tuple[int, ...]:
    """States 0…n with about the same change between neighbours: changes (n,), in just visible steps.

    The first, the last and the ``wanted`` states are always among them. Never more than ``most`` besides the
    wanted, and never so many that two neighbours look the same.
    """
    travelled = np.concatenate([[0.0], np.cumsum(np.asarray(changes, dtype=np.float64))])
    last = len(travelled) - 1
    count = int(np.clip(math.ceil(travelled[-1]) + 1, 2, most))
    milestones = np.linspace(0.0, travelled[-1], count)
    nearest = np.searchsorted(travelled, milestones * (1 - 1e-12))
    return tuple(sorted({0, last, *nearest.tolist(), *wanted}))


def spread(changes: ArrayLike) -> tuple[int, ...]:
    """Delays for frames with these changes between neighbours, (frames − 1,) -> frames delays.

    The first frame is looked at, the last one held; between them time goes to where more happens, and the pass
    never takes longer than `PASS_MS`.
    """
    steps = np.asarray(changes, dtype=np.float64)
    if len(steps) == 0:
        return (HOLD_MS,)
    moving = len(steps) - 1  # delays between the first and the last
    if moving == 0:
        return (START_MS, HOLD_MS)
    typical = float(np.median(steps)) or 1.0
    weights = np.clip(steps[1:] / typical, 0.75, 2.0)
    room = PASS_MS - HOLD_MS - START_MS
    share = np.minimum(room * weights / weights.sum(), LONGEST_MS * weights / 2.0)
    delays = np.maximum(SHORTEST_MS, np.floor(share / 10) * 10).astype(int)
    return (START_MS, *delays.tolist(), HOLD_MS)


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
