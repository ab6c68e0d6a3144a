"""Which epochs of a very long run are published: all at the start, then every so many, and those that a page names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from generator.runs.analysis import Run
from generator.scenario.schema import Training

# Of a trajectory.csv, about 1.4 MB: what a spreadsheet opens at once, and more than a plot can show. A run that has no
# more epochs is published whole.
MOST_ROWS = 10_000
# Of those at the start every epoch: there most happens, and a reader follows by hand.
FIRST_ROWS = 1_000
# At most so many more that the run's page names: those of two short tables, and some dates.
NAMED_ROWS = 50

BYTES_A_ROW = 140  # of a trajectory.csv, about: seven numbers of up to 22 characters, and the epoch
NUMBERS_A_STATE = 5  # of a record: w, b, two of the gradient, the loss


@dataclass(frozen=True, eq=False)
class Thinning:
    """What is published of a run that is longer than `MOST_ROWS`."""

    first: int  # every epoch up to this one, …
    every: int  # … then those that this number divides, the last one, and those that the run's page names
    epochs: NDArray[np.int64]  # all of them, rising

    @property
    def rows(self) -> int:
        return len(self.epochs)


def stride(epochs: int) -> int | None:
    """Every how many epochs a run of so many is published after its start; None where it is published whole."""
    if epochs <= MOST_ROWS:
        return None
    room = MOST_ROWS - FIRST_ROWS - NAMED_ROWS
    return next(every for every in _round_numbers() if (epochs - FIRST_ROWS) // every < room)


def of(run: Run) -> Thinning | None:
    """How a run is thinned; None where it is published whole."""
    every = stride(run.epochs_run)
    if every is None:
        return None
    last = run.epochs_run
    named = [epoch for epoch in _named(run) if 1 <= epoch <= last]
    # Whole multiples, and not whole strides from the start: 2000 is an epoch that people look for, 2001 is none.
    strides = np.arange(every, last + 1, every)
    epochs = np.unique(np.concatenate([np.arange(1, FIRST_ROWS + 1), strides, named])).astype(np.int64)
    return Thinning(FIRST_ROWS, every, epochs)


def _round_numbers() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50 and so on: a reader sees at once which epochs such a number divides."""
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


def _named(run: Run) -> Iterator[int]:
    """The epochs that the run's page names: the last, those of its tables, and when its numbers gave out or arrive."""
    yield run.epochs_run
    yield from run.table_epochs
    yield run.outcome.compared_epoch
    for column in (run.road.loss, run.road.gradient_w, run.road.gradient_b, run.road.w, run.road.b):
        yield from (epoch for epoch in astuple(column) if epoch is not None)
    if run.prediction:
        yield from (expected.epoch for expected in run.prediction.expected)
        yield from (run.prediction.epochs_to_converge or 0, run.prediction.overflow_epoch or 0)


# --- Before it is run ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Estimate:
    """About what a very long run will leave, if no rule ends it early."""

    kept_bytes: int  # in the cache
    published_bytes: int  # of its trajectory.csv, …
    rows: int  # … which has so many,
    first: int  # as in `Thinning`
    every: int


def estimate(training: Training) -> Estimate | None:
    """None of a run that is published whole."""
    every = stride(training.epochs)
    if every is None:
        return None
    rows = FIRST_ROWS + (training.epochs - FIRST_ROWS) // every
    return Estimate(
        kept_bytes=training.epochs * NUMBERS_A_STATE * np.dtype(training.dtype).itemsize,
        published_bytes=rows * BYTES_A_ROW,
        rows=rows,
        first=FIRST_ROWS,
        every=every,
    )
