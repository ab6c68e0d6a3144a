"""How a step is made of the gradient of all points, and what becomes of the error in each direction of the bowl.

In the epoch that starts from state t

    v ← βv + g,   p ← p − ηₜv,   ηₜ = η / (1 + d·t),

from v = 0: plain descent where the momentum β and the decay d are 0, the heavy ball of Polyak (1964) with β, as
`torch.optim.SGD` makes it. In the eigenbasis g is λe, so that each direction goes its own way,

    v ← βv + λe,   e ← e − ηₜv,

and the error of a state is a *factor* of the first one. Plain descent has it in closed form (`theory`), so for any
number of epochs at once. The others are iterated, up to as many epochs as a scenario can ask for: their excess may
rise and fall many times, so neither arrival nor overflow can be found by bisection.

Sources: those of `theory`; B. T. Polyak, "Some methods of speeding up the convergence of iteration methods",
*USSR Computational Mathematics and Mathematical Physics* 4(5), 1964; G. Goh, "The Dynamics of Momentum".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from generator.runs import theory
from generator.runs.theory import Bowl, Regime, Vector
from generator.scenario.schema import MAX_EPOCHS, Dtype, Training

# Epochs; more than any run has.
NEVER = 10**15


@dataclass(frozen=True)
class UpdateRule:
    """η, β and d, as they are written down; `rate`, `beta` and `rates` are what a run in the dtype makes of them."""

    learning_rate: float  #       η, of the first epoch
    momentum: float = 0.0  #      β, the share of the last step that comes with the next one
    decay: float = 0.0  #         d: the epoch that starts from state t has the rate η/(1 + d·t)
    dtype: Dtype = "float64"  #   of the run: a rate is rounded to it

    @classmethod
    def of(cls, training: Training) -> UpdateRule:
        return cls(training.learning_rate, training.momentum or 0.0, training.decay or 0.0, training.dtype)

    @property
    def is_plain(self) -> bool:
        """Whether its rate is constant and it remembers nothing."""
        return self.momentum == 0 and self.decay == 0

    @property
    def rate(self) -> float:
        """The first epoch's rate, as a run in the dtype really has it."""
        return theory.stored(self.learning_rate, self.dtype)

    @property
    def beta(self) -> float:
        """The momentum that a run in the dtype really has."""
        return theory.stored(self.momentum, self.dtype)

    def rates(self, epochs: int) -> Vector:
        """The rate of each epoch (epochs,): worked out in float64, and rounded before PyTorch multiplies with it."""
        rates = self.learning_rate / (1 + self.decay * np.arange(epochs))
        return rates.astype(self.dtype).astype(np.float64)

    def last_rate(self, epochs: int) -> float:
        """The rate of the last of so many epochs."""
        return theory.stored(self.learning_rate / (1 + self.decay * (epochs - 1)), self.dtype)

    # --- For ever ------------------------------------------------------------------------------------------

    def critical_learning_rate(self, bowl: Bowl) -> float:
        """2(1 + β)/λ₊: below it a constant rate converges from every start. Goh, "The Dynamics of Momentum"."""
        return (1 + self.beta) * bowl.critical_learning_rate

    def best_learning_rate(self, bowl: Bowl) -> float:
        """2(1 + β)/(λ₋ + λ₊): no constant rate is faster with this β, in the long run and for the worst start.

        There both directions have roots of the same size, since their 1 + β − ηλ differ in sign alone. Where β is
        large they are √β, which other rates reach as well; see `Bowl.best_pair`.
        """
        return (1 + self.beta) * bowl.best_learning_rate

    def regime(self, bowl: Bowl) -> Regime:
        """What the rule does for ever in the fast direction.

        With momentum the roots of z² − (1 + β − ηλ₊)z + β decide: real and positive, it glides; complex, it swings;
        negative, it alternates; −1, it bounces; beyond, it explodes. A rate that decays is judged as it begins: past
        the limit it comes within it one day, so the error grows at first and `settles` in the end.
        """
        if self.is_plain:
            return theory.regime(bowl, self.rate, self.dtype)
        product, root = self.rate * float(bowl.eigenvalues[1]), math.sqrt(self.beta)
        share = product / (2 * (1 + self.beta))
        if abs(share - 1) <= 4 * float(np.finfo(self.dtype).eps):
            return "alternates" if self.decay else "bounces"
        if share > 1:
            return "settles" if self.decay else "explodes"
        if product <= (1 - root) ** 2:
            return "glides"
        return "swings" if product < (1 + root) ** 2 else "alternates"

    def epochs_past_limit(self, bowl: Bowl) -> int:
        """In how many epochs, the first ones, a decaying rate is past the limit: those with t < (η/limit − 1)/d."""
        if not self.decay:
            return 0
        past = max(0.0, self.rate / self.critical_learning_rate(bowl) - 1) / self.decay
        return math.ceil(min(past, NEVER))

    def radii(self, bowl: Bowl) -> Vector:
        """What an epoch leaves of the error in the long run, slow then fast (2,): the larger |z|; decay apart."""
        if not self.momentum:
            return np.abs(theory.contraction(bowl, self.rate))
        middle = 1 + self.beta - self.rate * bowl.eigenvalues
        square = middle**2 - 4 * self.beta
        real = (np.abs(middle) + np.sqrt(np.maximum(square, 0))) / 2
        return np.where(square < 0, math.sqrt(self.beta), real)

    def left_of_the_mean(self, bowl: Bowl, epochs: int, steps: int) -> Vector:
        """What so many epochs, of so many steps each, leave of the error in the long run, slow then fast: (2,).

        Where each step follows a few points drawn at random this is of the mean over all that could be drawn: on
        average their gradient is that of all points.
        """
        middle = 1 + self.beta - np.outer(self.rates(epochs), bowl.eigenvalues)
        square = middle**2 - 4 * self.beta
        radii = np.where(
            square < 0, math.sqrt(self.beta), (np.abs(middle) + np.sqrt(np.maximum(square, 0))) / 2
        )  # fmt: skip
        with np.errstate(divide="ignore", over="ignore"):
            return np.asarray(np.exp(steps * np.log(radii).sum(axis=0)))

    def growth_factor(self, bowl: Bowl) -> float:
        """What an epoch multiplies the fast direction's excess loss by in the long run, and at the first rate."""
        return theory.growth_factor(bowl, self.rate) if not self.momentum else float(self.radii(bowl)[1] ** 2)

    def half_lives(self, bowl: Bowl) -> tuple[float, float] | None:
        """As `theory.half_lives`; with momentum, of what bounds the error in the long run. None where it decays."""
        if self.decay:
            return None
        if self.is_plain:
            slow, fast = theory.half_lives(bowl, self.rate)
        else:
            slow, fast = map(self._half_life, bowl.eigenvalues.tolist())
        if self.regime(bowl) == "bounces":  # whatever the last bit of the rate says
            fast, slow = math.inf, math.inf if bowl.condition_number == 1 else slow
        return slow, fast

    def _half_life(self, eigenvalue: float) -> float:
        larger, smaller = self._roots(eigenvalue)
        if isinstance(larger, complex) or isinstance(smaller, complex):
            return 2 * math.log(0.5) / math.log(self.beta)
        if larger <= 0:
            return math.inf if larger <= -1 else math.log(0.5) / math.log(-larger)
        # Near 1 the root keeps few digits of the gap: (1 − z₁)(1 − z₂) = ηλ.
        gap = self.rate * eigenvalue / (1 - smaller) if smaller < 1 else 0.0
        if gap == 0:
            return math.inf
        return math.log(0.5) / (math.log1p(-gap) if gap < 0.5 else math.log(larger))

    def _roots(self, eigenvalue: float, rate: float | None = None) -> tuple[complex, complex] | tuple[float, float]:
        """The roots of z² − (1 + β − ηλ)z + β, the larger one first: complex, or real."""
        middle = 1 + self.beta - (self.rate if rate is None else rate) * eigenvalue
        square = middle**2 - 4 * self.beta
        if square < 0:
            root = complex(middle, math.sqrt(-square)) / 2
            return root, root.conjugate()
        larger = (middle + math.copysign(math.sqrt(square), middle)) / 2
        return larger, self.beta / larger if larger else 0.0

    # --- State by state --------------------------------------------------------------------------------------

    def factors(self, bowl: Bowl, epochs: int) -> Vector:
        """What state t has of the first error, slow then fast: (epochs + 1, 2); inf where it has outgrown float64."""
        if self.is_plain:
            states = np.arange(epochs + 1, dtype=np.float64)[:, None]
            with np.errstate(over="ignore"):
                return np.asarray(theory.contraction(bowl, self.rate) ** states)
        return _iterated(tuple(bowl.eigenvalues.tolist()), self, epochs)

    def gains(self, bowl: Bowl, epochs: int) -> tuple[Vector, Vector]:
        """What the excess in each direction is multiplied by, (2,): at its highest on the way, and in the end."""
        if self.is_plain:
            with np.errstate(over="ignore"):
                last = np.abs(theory.contraction(bowl, self.rate)) ** (2.0 * epochs)
            return np.maximum(1.0, last), last
        factors = np.abs(self.factors(bowl, epochs))
        with np.errstate(over="ignore"):
            return factors.max(axis=0) ** 2, factors[-1] ** 2

    def excesses_after(self, bowl: Bowl, start: ArrayLike, epochs: ArrayLike) -> Vector:
        """The excess in each direction after so many epochs: epochs (...) -> (..., 2)."""
        if self.is_plain:
            return bowl.excesses_after(start, self.rate, epochs)
        epochs = np.asarray(epochs)
        return _grown(bowl.excesses(start), self.factors(bowl, int(epochs.max(initial=0)))[epochs])

    def loss_after(self, bowl: Bowl, start: ArrayLike, epochs: ArrayLike) -> Vector:
        """The loss after so many epochs: epochs (...) -> (...)."""
        return np.asarray(bowl.floor + self.excesses_after(bowl, start, epochs).sum(axis=-1))

    def epochs_to_share(self, bowl: Bowl, start: ArrayLike, share: float) -> int | None:
        """The first state whose excess is at most this share of the first one; None if there is none within reach."""
        first = float(bowl.excess(start))
        if self.is_plain:
            return theory.epochs_to_excess(bowl, start, self.rate, share * first)
        for horizon in _horizons(100):
            found = np.flatnonzero(
                self.excesses_after(bowl, start, np.arange(horizon + 1)).sum(axis=-1) <= share * first
            )
            if len(found):
                return int(found[0])
        return None

    def epochs_to_arrival(self, bowl: Bowl, start: ArrayLike, epochs: int) -> int | None:
        """How many epochs until both directions have arrived, by `Bowl.tolerances`, and stay; None if they never do.

        An error that swings passes 0 on its way, which is no arrival: see `stays`. Beyond ``epochs`` it is looked for
        as far as a scenario can ask for, and only where the rule converges.
        """
        if self.is_plain:
            return theory.epochs_to_arrival(bowl, start, self.rate, self.dtype)
        tolerances = bowl.tolerances(bowl.excesses(start), self.dtype)
        goes_on = self.regime(bowl) in (*theory.CONVERGING, "settles")
        for horizon in _horizons(epochs) if goes_on else [epochs]:
            away = np.any(self.excesses_after(bowl, start, np.arange(horizon + 1)) > tolerances, axis=1)
            if not away[-1] and self.stays_after(bowl, start, horizon).all():
                last = np.flatnonzero(away)
                return int(last[-1]) + 1 if len(last) else 0
        return None

    def stays_after(self, bowl: Bowl, start: ArrayLike, epochs: int) -> NDArray[np.bool_]:
        """`stays`, of the state after at least one epoch."""
        if not self.momentum:
            return np.array([True, True])
        errors = bowl.modes(start) * self.factors(bowl, epochs)[epochs - 1 :]
        return self.stays(bowl, errors, bowl.tolerances(bowl.excesses(start), self.dtype), epochs)

    def stays(self, bowl: Bowl, errors: Vector, tolerances: Vector, epochs: int) -> NDArray[np.bool_]:
        """Whether each direction's excess stays within its tolerance (2,), were the rate to stay as it is now.

        ``errors`` (2, 2) are those of the last two of the states that so many epochs left, slow then fast. Without
        momentum what has arrived stays. A memory may carry the error past 0 and out again, as far as
        |e| + |z₂|/(1 − |z₂|) · |e − z₁e₋₁| at most, with e₋₁ the state before: of eₖ = z₁ᵏe + z₂hₖ(e − z₁e₋₁), where
        hₖ is the sum of z₁ⁱz₂ʲ, i + j = k − 1. On the limit and past it nothing stays, and nothing is asked.
        """
        rate = self.last_rate(epochs)
        if not self.momentum or rate >= self.critical_learning_rate(bowl) or self.regime(bowl) == "bounces":
            return np.array([True, True])
        each = zip(bowl.eigenvalues.tolist(), errors.T.tolist(), tolerances.tolist(), strict=True)
        return np.array([self._stays(rate, *direction) for direction in each])

    def _stays(self, rate: float, eigenvalue: float, errors: Sequence[float], tolerance: float) -> bool:
        if eigenvalue == 0:
            return True
        before, now = errors
        largest = math.sqrt(2 * tolerance / eigenvalue)
        root, other = self._roots(eigenvalue, rate)
        carries = abs(other) / max(1 - abs(other), float(np.finfo(float).eps))
        for _ in range(MAX_EPOCHS):
            if not abs(now) <= largest:
                return False
            if abs(now) + carries * abs(now - root * before) <= largest:
                return True
            before, now = now, now - rate * eigenvalue * now + self.beta * (now - before)
        return False

    def overflow_epoch(self, bowl: Bowl, start: ArrayLike, epochs: int) -> int | None:
        """As `theory.overflow_epoch`; of other rules beyond ``epochs`` as far as a scenario can ask for."""
        if self.is_plain:
            return theory.overflow_epoch(bowl, start, self.rate, self.dtype)
        largest = float(np.finfo(self.dtype).max) * bowl.sum_share
        for horizon in _horizons(epochs) if self.regime(bowl) == "explodes" else [epochs]:
            found = np.flatnonzero(self.loss_after(bowl, start, np.arange(horizon + 1)) > largest)
            if len(found):
                return int(found[0]) + 1
        return None

    def breaks(self, bowl: Bowl, start: ArrayLike, epochs: int) -> bool:
        """Whether a parameter or a sum in the gradient overflows at once, or before a falling rate is within the limit.

        At a constant rate only the first step can do that to a run that would not explode anyway. A loss of inf alone
        does no harm to what follows.
        """
        if self.is_plain:
            epochs = min(epochs, 1)
        with np.errstate(over="ignore", invalid="ignore"):
            first = bowl.modes(start)
            modes = np.where(first == 0, 0.0, first * self.factors(bowl, epochs))
            params = bowl.least_squares + modes @ bowl.eigenvectors.T
            sums = (modes * bowl.eigenvalues) @ bowl.eigenvectors.T / (2 * bowl.sum_share)
            largest = float(np.finfo(self.dtype).max)
            return bool(~(np.abs(np.concatenate([params, sums])) <= largest).all())


@lru_cache(maxsize=4)
def _iterated(eigenvalues: Sequence[float], rule: UpdateRule, epochs: int) -> Vector:
    """`UpdateRule.factors`, for the eigenvalues slow then fast; not to be written to."""
    factors = np.ones((epochs + 1, 2))
    if rule.beta:
        for direction, curvature in enumerate(eigenvalues):
            factors[:, direction] = np.fromiter(_errors(curvature, rule.beta, rule.rates(epochs)), float, epochs + 1)
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            np.cumprod(1 - np.outer(rule.rates(epochs), eigenvalues), axis=0, out=factors[1:])
    factors[np.isnan(factors)] = math.inf  # inf − inf: both have outgrown float64
    factors.setflags(write=False)
    return factors


def _errors(curvature: float, beta: float, rates: Vector) -> Iterator[float]:
    error, velocity = 1.0, 0.0
    yield error
    for rate in rates.tolist():
        velocity = beta * velocity + curvature * error
        error -= rate * velocity
        yield error


def _grown(first: Vector, factors: Vector) -> Vector:
    """The excesses (..., 2), from those of the start (2,); what starts at nothing stays nothing."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(first == 0, 0.0, (np.sqrt(first) * factors) ** 2)  # the square of a factor may overflow before


def _horizons(epochs: int) -> Iterator[int]:
    """So many epochs, and ever more, up to as many as a scenario can ask for."""
    while epochs < MAX_EPOCHS:
        yield epochs
        epochs *= 8
    yield MAX_EPOCHS
