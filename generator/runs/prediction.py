"""What theory says of one run before it is trained, all in one place; a little of minibatches, and of mistakes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from generator.runs import theory
from generator.runs.theory import Bowl, Regime, Vector
from generator.runs.update_rule import UpdateRule
from generator.scenario.schema import Mistake, Training, Verdict


@dataclass(frozen=True)
class Expected:
    """The loss that an epoch starts from, by theory."""

    epoch: int
    loss: float


@dataclass(frozen=True)
class Prediction:
    """What theory says of a run before it is trained. Half-lives are in epochs, and of the error."""

    learning_rate: float
    epochs: int
    slow_eigenvalue: float
    fast_eigenvalue: float
    critical_learning_rate: float  # with this momentum, and a constant rate
    best_learning_rate: float  # likewise
    regime: Regime
    verdict: Verdict
    possible: tuple[Verdict, ...]  # this one, and others where rounding decides
    growth_factor: float  # of the fast direction's excess loss, an epoch, at the first rate
    slow_half_life: float | None  # None where the rate decays: there is no such number
    fast_half_life: float | None
    epochs_past_limit: int  # so many epochs of a rate that decays; 0 of a constant one
    arrived: tuple[bool, bool]  # after so many epochs, in the slow and in the fast direction
    breaks: bool  # w, b or their gradient overflow: at once, or before a decaying rate has come within its limit
    epochs_to_converge: int | None  # until it has arrived in both directions; None: never. May exceed `epochs`
    overflow_epoch: int | None  # the first whose loss is inf in the run's dtype; None: never. May exceed `epochs`
    expected: tuple[Expected, ...]  # at a few telling epochs of this run, in order

    @property
    def share_of_limit(self) -> float:
        """The learning rate, the first one, in units of the critical one."""
        return self.learning_rate / self.critical_learning_rate


def predict(bowl: Bowl, start: ArrayLike, rule: UpdateRule, epochs: int) -> Prediction:
    """What descent by this rule will do from ``start`` (2,) in so many epochs."""
    regime = rule.regime(bowl)
    overflow = rule.overflow_epoch(bowl, start, epochs)
    possible = tuple(dict.fromkeys(_verdicts(bowl, start, rule, epochs)))
    if {"converges", "diverges"} <= {*possible}:
        possible = tuple(dict.fromkeys((*possible, "crawls")))  # what lies between
    slow, fast = rule.half_lives(bowl) or (None, None)
    there = rule.excesses_after(bowl, start, epochs) <= bowl.tolerances(bowl.excesses(start), rule.dtype)
    there &= rule.stays_after(bowl, start, epochs)
    arrival = rule.epochs_to_arrival(bowl, start, epochs)
    breaks = rule.breaks(bowl, start, max(epochs, arrival or 0))
    telling = _telling_epochs(epochs, overflow)
    losses = rule.loss_after(bowl, start, np.array(telling) - 1)
    return Prediction(
        learning_rate=rule.learning_rate,
        epochs=epochs,
        slow_eigenvalue=float(bowl.eigenvalues[0]),
        fast_eigenvalue=float(bowl.eigenvalues[1]),
        critical_learning_rate=rule.critical_learning_rate(bowl),
        best_learning_rate=rule.best_learning_rate(bowl),
        regime=regime,
        verdict=possible[0],
        possible=possible,
        growth_factor=rule.growth_factor(bowl),
        slow_half_life=slow,
        fast_half_life=fast,
        epochs_past_limit=rule.epochs_past_limit(bowl),
        arrived=(bool(there[0]), bool(there[1])),
        breaks=breaks,
        epochs_to_converge=None if breaks else arrival,
        overflow_epoch=overflow,
        expected=tuple(map(Expected, telling, losses.tolist())),
    )


def _verdicts(bowl: Bowl, start: ArrayLike, rule: UpdateRule, epochs: int) -> Iterator[Verdict]:
    """The verdict of this start; then of those that the dtype cannot tell from it, and of a run that stands still.

    An excess is known to about four times its rounding, and what it grew to on the way leaves its own rounding in both
    directions. A direction stops where its step is below half a unit in the last place of the parameter that it
    moves most (Higham, §2.1): there the error stays.
    """
    regime, first = rule.regime(bowl), bowl.excesses(start)
    stays = bool(rule.stays_after(bowl, start, epochs).all())

    def verdict(begun: Vector, ended: Vector) -> Verdict:
        return theory.verdict(bowl, begun, ended, regime, rule.dtype, stays)

    if rule.breaks(bowl, start, epochs):
        yield "diverges"
        return
    yield verdict(first, rule.excesses_after(bowl, start, epochs))
    if regime == "settles" and rule.overflow_epoch(bowl, start, epochs):
        yield "diverges"  # no sum in the gradient overflows by itself, but a part of one may

    eps = float(np.finfo(rule.dtype).eps)
    unsure = 4 * (bowl.rounding(rule.dtype) + eps**2 * float(first.sum()))
    highest, last = rule.gains(bowl, epochs)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        parameters = np.maximum(np.abs(np.asarray(start, dtype=np.float64)), np.abs(bowl.least_squares))
        most = np.abs(bowl.eigenvectors).argmax(axis=0)  # of each direction, the parameter that it moves most
        step = rule.last_rate(epochs) / (1 - rule.beta) * bowl.eigenvalues * np.abs(bowl.eigenvectors[most, [0, 1]])
        place = np.spacing(parameters[most].astype(rule.dtype)).astype(np.float64)
        standstill = bowl.eigenvalues / 2 * (place / np.where(step > 0, step, 1)) ** 2
        for moves in itertools.product((-unsure, 0.0, unsure), repeat=2):
            begun = np.maximum(first + moves, 0.0)
            ended = np.where(begun == 0, 0.0, begun * last)
            for leak in (0.0, 4 * eps**2 * float(np.where(begun == 0, 0.0, begun * highest).sum())):
                yield verdict(begun, ended + leak)
                yield verdict(begun, np.maximum(ended + leak, np.minimum(standstill, begun)))


def _telling_epochs(epochs: int, overflow: int | None) -> list[int]:
    """1, 10, 100, … and the last epoch, or the two on either side of the overflow and none after it."""
    last = {epochs} if overflow is None or overflow > epochs else {overflow - 1, overflow} - {0}
    return sorted(last | {10**power for power in range(7) if 10**power < max(last)})


# --- Minibatches -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MinibatchRate:
    """What can be said of the rate of minibatches: how it compares with plain descent's limit, and with one point's."""

    learning_rate: float  # the first one
    critical_learning_rate: float  # of plain descent on all points
    # What a step on one point multiplies that point's residual by, for the x farthest from 0, and that x. None where
    # a batch has more points, or steps remember.
    residual_factor: float | None
    farthest_x: float

    @property
    def share_of_limit(self) -> float:
        return self.learning_rate / self.critical_learning_rate

    @property
    def largest_for_one_point(self) -> float:
        """The rate above which a step on the farthest point leaves it farther off than it was."""
        return 2 * self.learning_rate / (1 - self.residual_factor) if self.residual_factor is not None else math.nan


def minibatch_rate(bowl: Bowl, x: ArrayLike, training: Training) -> MinibatchRate:
    """For x (n,) as trained on. A step on the point (x, y) takes its residual r to r − η(∂L/∂w · x + ∂L/∂b).

    That is (1 − 2kη(x² + 1)) r, with k = the loss as a multiple of the mean squared error.
    """
    xs = np.asarray(x, dtype=np.float64)
    rate, farthest = theory.stored(training.learning_rate, training.dtype), float(xs[np.abs(xs).argmax()])
    alone = training.batch_size == 1 and training.momentum is None
    factor = 1 - 2 * bowl.sum_share * len(xs) * rate * (farthest**2 + 1)
    return MinibatchRate(
        learning_rate=training.learning_rate,
        critical_learning_rate=bowl.critical_learning_rate,
        residual_factor=factor if alone else None,
        farthest_x=farthest,
    )


# --- A mistake -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MistakenEnd:
    """What can be said of a run with a mistake in it: where that has a closed form of its own, what it says."""

    mistake: Mistake
    learning_rate: float
    critical_learning_rate: float  # of the right program
    growth_factor: float | None = None  # of the fast direction's excess, an epoch
    overflow_epoch: int | None = None  # the first whose loss is inf
    swings: tuple[float, float] | None = None  # epochs of one swing to and fro, in the slow and the fast direction
    settles_at: tuple[float, float] | None = None  # w, b
    loss_there: float | None = None  # that the program prints in the end

    @property
    def share_of_limit(self) -> float:
        return self.learning_rate / self.critical_learning_rate


def mistaken_end(bowl: Bowl, start: ArrayLike, y: ArrayLike, training: Training) -> MistakenEnd:
    """For y (n,) as trained on.

    *A flipped sign* is a rate of −η: every step leaves 1 + ηλ of an error. *No zero_grad* makes the gradient the sum of
    all so far, which is a momentum of 1: e ← (2 − ηλ)e − e₋₁ has roots of size 1 where ηλ < 4, so it swings with
    cos φ = 1 − ηλ/2 and never comes to rest. *Broadcast* has the loss var(ŷ) + var(y) + (mean ŷ − ȳ)²: a bowl with the
    same curvatures, and with its bottom at w = 0, b = ȳ, where the loss is var(y).
    """
    assert training.mistake is not None
    rate = theory.stored(training.learning_rate, training.dtype)
    said = MistakenEnd(training.mistake, rate, bowl.critical_learning_rate)
    products = rate * bowl.eigenvalues
    match training.mistake:
        case "flipped-sign":
            overflow = theory.overflow_epoch(bowl, start, -rate, training.dtype)
            return replace(said, growth_factor=float((1 + products[1]) ** 2), overflow_epoch=overflow)
        case "no-zero-grad" if products[1] < 4:
            with np.errstate(divide="ignore"):
                slow, fast = (2 * np.pi / np.arccos(1 - products / 2)).tolist()
            return replace(said, swings=(slow, fast))
        case "broadcast" if products[1] < 2:
            ys = np.asarray(y, dtype=np.float64)
            return replace(said, settles_at=(0.0, float(ys.mean())), loss_there=float(ys.var()))
    return said
