"""A run and what theory says of it: the bowl, what was predicted, what happened, where it gave out or would stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from generator.runs import theory
from generator.runs.advice import Note, notes
from generator.runs.prediction import MinibatchRate, MistakenEnd, Prediction, minibatch_rate, mistaken_end, predict
from generator.runs.record import Array, Record
from generator.runs.update_rule import UpdateRule
from generator.scenario.schema import Verdict


@dataclass(frozen=True)
class Breakdown:
    """The first epoch at which a number was infinite, and at which it was nan; None: never."""

    infinite: int | None
    nan: int | None


@dataclass(frozen=True)
class Road:
    """The dated road of a run whose numbers give out, in the epochs of the lesson's table."""

    loss: Breakdown
    gradient_w: Breakdown
    gradient_b: Breakdown
    w: Breakdown
    b: Breakdown
    # Of the first infinite loss, None where there is none: did its true value still fit in the dtype, so that
    # only the sum inside the mean did not? And did any one square, by itself, not fit?
    true_loss_fits: bool | None
    a_square_overflows: bool | None


@dataclass(frozen=True)
class Outcome:
    """What happened in a run, and how well theory had said so."""

    verdict: Verdict
    as_predicted: bool | None  # None where theory had nothing to say
    final_loss: float
    compared_epoch: int  # the last epoch that started from a finite loss (1 if there is none), …
    prediction_error: float | None  # … and the relative error of its predicted loss; None as above
    road: Road


Manner = Literal["on its way", "trembles", "both", "goes round", "stands still"]


@dataclass(frozen=True)
class Lag:
    """What a run that has not arrived still lacks, and what it is doing there.

    *On its way*: more epochs would bring it there. *Trembles*: it follows a few points at a time, and what they
    disagree on keeps it off, however long it runs. *Both*: one in each direction. *Goes round*: the same, but its
    batches are the same in every epoch. *Stands still*: its steps are below rounding.
    """

    share_above_floor: float | None  # of its last loss, as a share of the floor; None where the floor is 0
    manner: Manner
    # In which it is not there; None: in neither. Of one that does both, the direction in which it is on its way.
    direction: Literal["slow", "fast"] | None


@dataclass(frozen=True)
class StoppingPoint:
    """Where a stopping rule ends a run: at the first state that satisfies it."""

    rule: str
    threshold: float
    state: int  # = the epochs trained
    loss: float
    excess: float  # still to go, in float64


def _changes(values: Array) -> Array:
    """By how much each state differs from the one before; the first has none before it, so nan."""
    with np.errstate(invalid="ignore"):
        return np.concatenate([[np.nan], np.abs(np.diff(values.astype(np.float64)))])


# What each rule of `StoppingRules` compares with its threshold, a number a state. No nan is below anything.
STOPPING_MEASURES: Mapping[str, Callable[[Run], Array]] = {
    "gradient_norm": lambda run: np.hypot(*run.gradients.astype(np.float64).T),
    "loss_change": lambda run: _changes(run.losses),
}


class Run(Record):
    """A record, read with the theory at hand: what pages and pictures are given.

    Everything here follows from the record's arrays, so a change of it trains nothing again.
    """

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls(**{field.name: getattr(record, field.name) for field in fields(Record)})

    def average_square(self, t: int) -> float:
        """The mean of the squared residuals at state t, whatever the loss is, as the run had it, in y² as given."""
        if self.scenario.training.mistake is not None:  # a loss that is wrong need not be that mean
            with np.errstate(over="ignore", invalid="ignore"):
                w, b = self.params[t].astype(np.float64)
                residuals = (w * self.x.astype(np.float64) + b - self.y) / self.target_factor
                return float((residuals**2).mean())
        return float(self.losses[t]) / (self.bowl.sum_share * len(self.x)) / self.target_factor / self.target_factor

    # --- When numbers gave out -----------------------------------------------------------------------------

    @property
    def first_infinite_loss(self) -> int | None:
        """The first epoch whose loss is inf, or None."""
        return _first_epoch(np.isinf(self.losses), self.epochs_run)

    @property
    def first_nan_loss(self) -> int | None:
        """The first epoch whose loss is nan, or None."""
        return _first_epoch(np.isnan(self.losses), self.epochs_run)

    @cached_property
    def road(self) -> Road:
        """When each number gave out, in the epochs of the lesson's table."""

        def breakdown(column: Array) -> Breakdown:
            return Breakdown(
                _first_epoch(np.isinf(column), self.epochs_run), _first_epoch(np.isnan(column), self.epochs_run)
            )

        squares = self._first_infinite_squares()
        # Epoch e starts from the loss and the gradient of state e − 1, and arrives at the parameters of state e.
        return Road(
            loss=breakdown(self.losses),
            gradient_w=breakdown(self.gradients[:, 0]),
            gradient_b=breakdown(self.gradients[:, 1]),
            w=breakdown(self.params[1:, 0]),
            b=breakdown(self.params[1:, 1]),
            true_loss_fits=None if squares is None else bool(squares.sum() * self.bowl.sum_share <= 1),
            a_square_overflows=None if squares is None else bool(squares.max() > 1),
        )

    def _first_infinite_squares(self) -> Array | None:
        """The squared residuals of the first infinite loss, in units of the dtype's largest number: (n,)."""
        epoch = self.first_infinite_loss
        if epoch is None:
            return None
        # Divided before they are squared, so that float64 can judge float64 too.
        root = math.sqrt(np.finfo(self.losses.dtype).max)
        w, b = self.params[epoch - 1].astype(np.float64) / root
        squares: Array = (w * self.x.astype(np.float64) + b - self.y / root) ** 2
        return squares

    # --- Theory, and whether it was right ------------------------------------------------------------------

    @cached_property
    def bowl(self) -> theory.Bowl:
        """The bowl that its points make, as they were trained on."""
        return theory.bowl(self.x, self.y, self.scenario.training.loss)

    @cached_property
    def excess(self) -> theory.Vector:
        """How far above the floor each state is, in float64: (epochs + 1,)."""
        return self.bowl.excess(self.params)

    @cached_property
    def update_rule(self) -> UpdateRule | None:
        """How it made its steps; None of minibatches, and of a mistake."""
        return UpdateRule.of(self.scenario.training) if self.scenario.is_foretold else None

    @cached_property
    def prediction(self) -> Prediction | None:
        """What theory said beforehand; None of minibatches, and of a mistake."""
        # A run that a rule stopped is judged, and so predicted, over the epochs that it had.
        return predict(self.bowl, self.params[0], self.update_rule, self.epochs_run) if self.update_rule else None

    @property
    def minibatch_rate(self) -> MinibatchRate | None:
        """What theory can say of minibatches; None of any other run."""
        return None if self.scenario.is_full_batch else minibatch_rate(self.bowl, self.x, self.scenario.training)

    @property
    def mistaken_end(self) -> MistakenEnd | None:
        """What theory can say of a run with a mistake in it; None of any other."""
        training = self.scenario.training
        return mistaken_end(self.bowl, self.params[0], self.y, training) if training.mistake is not None else None

    @property
    def regime(self) -> theory.Regime | None:
        """What its rule of steps does for ever in the steep direction; None of minibatches, and of a mistake."""
        return self.update_rule.regime(self.bowl) if self.update_rule else None

    @property
    def predicted_verdict(self) -> Verdict | None:
        """Theory's verdict, before the run; None of minibatches, and of a mistake."""
        return self.prediction.verdict if self.prediction else None

    @cached_property
    def verdict(self) -> Verdict:
        """Measured: by the same rule, from the parameters that the run ended with."""
        first, last = self.bowl.excesses(self.params[[0, -1]])
        return theory.verdict(self.bowl, first, last, self.regime, self.scenario.training.dtype, all(self._stays))

    @property
    def lag(self) -> Lag | None:
        """How far a run that crawls is from its floor; None of any other."""
        if self.verdict != "crawls":
            return None
        floor = self.bowl.floor
        above = (
            float(self.bowl.excess(self.params[-1])) / floor
            if floor > self.bowl.rounding(self.scenario.training.dtype)
            else None
        )
        on_its_way = [not (there or held) for there, held in zip(self.arrived, self.held_off, strict=True)]
        lacking = on_its_way if any(on_its_way) else [not there for there in self.arrived]
        return Lag(
            share_above_floor=above,
            manner=self._manner(any(on_its_way)),
            direction=None if all(lacking) else "slow" if lacking[0] else "fast",
        )

    def _manner(self, is_on_its_way: bool) -> Manner:
        if self.stands_still:
            return "stands still"
        if self.goes_round or (not is_on_its_way and self.scenario.training.batch_order == "given"):
            return "goes round"
        return "both" if is_on_its_way and any(self.held_off) else "on its way" if is_on_its_way else "trembles"

    @cached_property
    def held_off(self) -> tuple[bool, bool]:
        """Whether the slow and the fast direction have not arrived, and what batches disagree on is all that is left.

        It is where a run that made as many steps, and the mean of its batches in each, would be well within the
        tolerance. Where a line meets all points no batch disagrees with another.
        """
        training = self.scenario.training
        if self.scenario.is_full_batch or training.batch_size is None or training.mistake is not None:
            return False, False
        if self.bowl.floor <= self.bowl.rounding(training.dtype):
            return False, False
        first = self.bowl.excesses(self.params[0])
        steps = math.ceil(len(self.x) / training.batch_size)
        mean = first * UpdateRule.of(training).left_of_the_mean(self.bowl, self.epochs_run, steps) ** 2
        slow, fast = (mean <= 0.1 * self.bowl.tolerances(first, training.dtype)) & ~np.array(self.arrived)
        return bool(slow), bool(fast)

    @property
    def stands_still(self) -> bool:
        """Whether the last step changed nothing though the slope is not 0: it is below rounding."""
        return self._ends_as_it_began and self.scenario.training.batch_size is None

    @property
    def goes_round(self) -> bool:
        """Whether the last epoch came back to where it began, by steps for one batch that those for others undo."""
        return self._ends_as_it_began and self.scenario.training.batch_size is not None

    @property
    def _ends_as_it_began(self) -> bool:
        params = self.params[-2:]
        return len(params) == 2 and bool((params[0] == params[1]).all() and self.gradients[-1].any())

    @cached_property
    def notes(self) -> list[Note]:
        """What is to be known of its points."""
        return notes(
            self.scenario, self.x, self.y, self.shift, self.factor, self.target_shift, self.target_factor
        )  # fmt: skip

    @property
    def left(self) -> theory.Vector:
        """What is left at the end in the slow and in the fast direction: (2,).

        Each is a share of the whole excess loss that the run began with, and not of what its direction had of that.
        """
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.asarray(self.bowl.excesses(self.params[-1]) / self.excess[0])

    @property
    def arrived(self) -> tuple[bool, bool]:
        """Whether the slow and the fast direction have arrived, each by itself."""
        first, last = self.bowl.excesses(self.params[[0, -1]])
        slow, fast = (last <= self.bowl.tolerances(first, self.scenario.training.dtype)) & self._stays
        return bool(slow), bool(fast)

    @property
    def swings_on(self) -> bool:
        """Whether it is where it would arrive, and its momentum carries it out again."""
        first, last = self.bowl.excesses(self.params[[0, -1]])
        return bool(((last <= self.bowl.tolerances(first, self.scenario.training.dtype)) & ~self._stays).any())

    @cached_property
    def _stays(self) -> NDArray[np.bool_]:
        """Of each direction (2,) that has arrived, whether it stays."""
        errors = self.bowl.modes(self.params[-2:])
        if not self.update_rule or len(errors) < 2 or not np.isfinite(errors).all():
            return np.array([True, True])
        tolerances = self.bowl.tolerances(self.bowl.excesses(self.params[0]), self.scenario.training.dtype)
        return self.update_rule.stays(self.bowl, errors, tolerances, self.epochs_run)

    @cached_property
    def outcome(self) -> Outcome:
        """What happened, beside what was predicted.

        The prediction's error is that of the loss, relative to the larger of both. Losses that differ by no more
        than rounding are equal: of a line that fits perfectly there is nothing else left.
        """
        finite = np.flatnonzero(np.isfinite(self.losses[: self.epochs_run]))
        epoch = int(finite[-1]) + 1 if len(finite) else 1
        error = None
        if self.update_rule:
            measured = self.loss_at(epoch)
            predicted = float(self.update_rule.loss_after(self.bowl, self.params[0], epoch - 1))
            difference = abs(measured - predicted)
            rounding = self.bowl.rounding(self.scenario.training.dtype)
            error = difference / max(measured, predicted) if difference > rounding else 0.0
        return Outcome(
            verdict=self.verdict,
            as_predicted=self.verdict in self.prediction.possible if self.prediction else None,
            final_loss=self.final_loss,
            compared_epoch=epoch,
            prediction_error=error,
            road=self.road,
        )

    def stop(self, rule: str, threshold: float) -> StoppingPoint | None:
        """Where one of `STOPPING_MEASURES` would have ended this run; None if it would not.

        The states that a run passes through do not depend on what ends it, so nothing is trained again.
        """
        met = np.flatnonzero(STOPPING_MEASURES[rule](self) < threshold)
        return self._stop(rule, threshold, int(met[0])) if len(met) else None

    def stops(self, **thresholds: float) -> list[StoppingPoint]:
        """Where each rule would have ended this run, the first first; the run's own end is last."""
        found = [stop for rule, threshold in thresholds.items() if (stop := self.stop(rule, threshold))]
        end = self._stop("epochs", self.scenario.training.epochs, self.epochs_run)
        return [*sorted(found, key=lambda stop: stop.state), end]

    def _stop(self, rule: str, threshold: float, state: int) -> StoppingPoint:
        return StoppingPoint(rule, threshold, state, float(self.losses[state]), float(self.excess[state]))

    def reached(self, share: float) -> int | None:
        """The first state, = epochs trained, whose excess is at most this share of the first one; None: none."""
        found = np.flatnonzero(self.excess <= share * self.excess[0])
        return int(found[0]) if len(found) else None


def _first_epoch(states: NDArray[np.bool_], epochs_run: int) -> int | None:
    """State t is what epoch t + 1 starts from; the last state was never trained on."""
    found = np.flatnonzero(states[:epochs_run])
    return int(found[0]) + 1 if len(found) else None
