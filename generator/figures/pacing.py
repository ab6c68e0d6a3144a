"""Which states of a run are shown, for how long, and within which limits. Pure: numbers in, numbers out."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from generator.faults import Fault
from generator.figures.viewport import Window, line_motion, lines_in_window
from generator.runs.record import Record
from generator.runs.theory import Vector

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


STILL = Timeline((0,), (0,))


def ends(timeline: Timeline) -> Timeline:
    """The first state and the last, of what moves."""
    shown = timeline.shown[:1] + timeline.shown[1:][-1:]
    return Timeline(shown, (0,) * len(shown))


LEAP = 4.0  # just visible steps: more at once counts as no more
LOOKS = 3  # so many first steps are looked at one by one, …
LOOK_MS = 250  # … each so long


def paced(changes: Vector) -> Timeline:
    """Frames that are dense where things change, (epochs,), after a look at each of the first steps."""
    looks = range(min(LOOKS, len(changes)) + 1)
    shown = dense_where_it_changes(changes, most=FRAMES - len(looks), wanted=looks)
    travelled = np.concatenate([[0.0], np.cumsum(changes)])
    first, *middle, last = spread(np.diff(travelled[list(shown)]))
    room = PASS_MS - first - last - LOOKS * LOOK_MS
    hurry = min(1.0, room / max(sum(middle[LOOKS:]), 1))
    hurried = [max(SHORTEST_MS, int(delay * hurry) // 10 * 10) for delay in middle[LOOKS:]]
    return Timeline(shown, (first, *[LOOK_MS] * len(middle[:LOOKS]), *hurried, last))
