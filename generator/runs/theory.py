"""What the mathematics says before any training: the bowl, its limits, and where plain descent will be.

For a straight line the mean squared error is a quadratic in (w, b), so gradient descent has an exact closed
form. Everything here is float64, and pure. Errors are e = p − p*, in the eigenbasis of the Hessian, slow
direction first; η is the learning rate and λ₋ ≤ λ₊ the eigenvalues.

Sources, named by author below:

- S. Boyd, L. Vandenberghe, *Convex Optimization*, Cambridge University Press, 2004.
- G. Goh, "Why Momentum Really Works", *Distill*, 2017, doi:10.23915/distill.00006.
- G. H. Golub, C. F. Van Loan, *Matrix Computations*, 4th ed., Johns Hopkins University Press, 2013.
- N. J. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., SIAM, 2002.
- J. Nocedal, S. J. Wright, *Numerical Optimization*, 2nd ed., Springer, 2006.
- B. T. Polyak, *Introduction to Optimization*, Optimization Software, 1987.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from generator.scenario.schema import Dtype, LossConvention, Verdict, loss_factor

# `swings` is of momentum alone, `settles` of a rate that decays from past the limit to within it: see `update_rule`.
Regime = Literal["glides", "swings", "alternates", "bounces", "settles", "explodes"]
CONVERGING: tuple[Regime, ...] = ("glides", "swings", "alternates")
Vector = NDArray[np.float64]

# No question asked here is about more epochs: beyond it whole numbers are not exact in float64.
FOR_EVER = 2**53


@dataclass(frozen=True, eq=False)
class Bowl:
    """The loss as a function of p = (w, b): floor + ½ (p − p*)ᵀ H (p − p*). Boyd & Vandenberghe, §9.1.1."""

    least_squares: Vector  # (2,)    the best w and b, p*; of the many, the shortest one where x does not vary
    floor: float  #                  the loss at p*
    hessian: Vector  # (2, 2)        all second derivatives, H: the same everywhere
    eigenvalues: Vector  # (2,)      the curvatures of the two directions, λ₋ ≤ λ₊
    eigenvectors: Vector  # (2, 2)   columns, in the order of the eigenvalues
    magnitude: float  #              the loss if every residual were as large as the terms |wx| + |b| + |y| in it
    sum_share: float  #              loss = sum of squares · sum_share: 1/n (mean), 1 (sum), 1/2n (half), ½ (half_sum)
    spread: float  #                 the loss of the best level line, at least a millionth of that of y = 0

    @property
    def critical_learning_rate(self) -> float:
        """2/λ₊: below it descent converges from every start. Polyak, §1.4; Goh, "Choosing a Step-size"."""
        return float(2 / self.eigenvalues[1])

    @property
    def best_learning_rate(self) -> float:
        """2/(λ₋ + λ₊), the fastest constant rate for the worst start; 1/λ₊ where λ₋ is 0. Polyak, §1.4."""
        slow, fast = self.eigenvalues
        return float(2 / (slow + fast)) if slow > 0 else float(1 / fast)

    @property
    def best_pair(self) -> tuple[float, float]:
        """The rate and the momentum that are fastest together: 4/(√λ₊ + √λ₋)² and ((√κ − 1)/(√κ + 1))².

        Then an epoch leaves, in the long run, (√κ − 1)/(√κ + 1) of the error, where plain descent at its best leaves
        (κ − 1)/(κ + 1). Polyak, §3.2; Goh, "Optimal parameters". With a flat direction there is no such pair: β is 1.
        """
        slow, fast = np.sqrt(self.eigenvalues).tolist()
        return 4 / (slow + fast) ** 2, ((fast - slow) / (fast + slow)) ** 2

    @property
    def condition_number(self) -> float:
        """κ = λ₊/λ₋; inf where one direction is flat. Golub & Van Loan, §2.6."""
        slow, fast = self.eigenvalues
        return float(fast / slow) if slow > 0 else math.inf

    def modes(self, params: ArrayLike) -> Vector:
        """The error p − p* in the eigenbasis, slow then fast: (..., 2) -> (..., 2)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return (np.asarray(params, dtype=np.float64) - self.least_squares) @ self.eigenvectors

    def excess(self, params: ArrayLike) -> Vector:
        """How far above the floor: ½ (p − p*)ᵀ H (p − p*), for params (..., 2) -> (...)."""
        return self._excess_of(self.modes(params))

    def excesses(self, params: ArrayLike) -> Vector:
        """The excess in each direction, slow then fast: ½λᵢeᵢ², for params (..., 2) -> (..., 2)."""
        return self._excesses_of(self.modes(params))

    def degrees_off(self, params: ArrayLike) -> float:
        """The angle between the negative gradient and the way to p*: 0 everywhere only where λ₋ = λ₊.

        In the eigenbasis the error e is taken to (λ₋e₋, λ₊e₊), so the angle is that between these two.
        """
        slow, fast = self.modes(params)
        downhill = self.eigenvalues * (slow, fast)
        return abs(math.degrees(math.atan2(slow * downhill[1] - fast * downhill[0], downhill @ (slow, fast))))

    def modes_after(self, start: ArrayLike, learning_rate: float, epochs: ArrayLike) -> Vector:
        """The error after so many epochs, epochs (...) -> (..., 2): e(k) = (1 − ηλ)ᵏ e(0).

        Goh, "First Steps"; Nocedal & Wright, §3.3, for the same loss with an exact line search.
        """
        k = np.asarray(epochs, dtype=np.float64)[..., None]
        error = self.modes(start)
        with np.errstate(over="ignore", invalid="ignore"):
            # 0 · inf: a component that starts at nothing stays nothing.
            return np.where(error == 0, 0.0, contraction(self, learning_rate) ** k * error)

    def after(self, start: ArrayLike, learning_rate: float, epochs: ArrayLike) -> Vector:
        """The parameters after so many epochs, without iterating: epochs (...) -> (..., 2)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self.least_squares + self.modes_after(start, learning_rate, epochs) @ self.eigenvectors.T

    def excess_after(self, start: ArrayLike, learning_rate: float, epochs: ArrayLike) -> Vector:
        """The excess loss after so many epochs: ½ Σ λᵢ (1 − ηλᵢ)²ᵏ eᵢ(0)². Goh, "Decomposing the Error"."""
        return self._excess_of(self.modes_after(start, learning_rate, epochs))

    def excesses_after(self, start: ArrayLike, learning_rate: float, epochs: ArrayLike) -> Vector:
        """The excess in each direction after so many epochs: epochs (...) -> (..., 2)."""
        return self._excesses_of(self.modes_after(start, learning_rate, epochs))

    def loss_after(self, start: ArrayLike, learning_rate: float, epochs: ArrayLike) -> Vector:
        """The loss after so many epochs: epochs (...) -> (...)."""
        return self.floor + self.excess_after(start, learning_rate, epochs)

    def _excess_of(self, modes: Vector) -> Vector:
        slow, fast = np.moveaxis(self._excesses_of(modes), -1, 0)
        return np.asarray(fast + slow)

    def _excesses_of(self, modes: Vector) -> Vector:
        with np.errstate(over="ignore", invalid="ignore"):
            # A flat direction costs nothing, however far one goes: 0 · inf is 0 here.
            return np.where(self.eigenvalues > 0, self.eigenvalues * 0.5 * modes**2, 0.0)

    def rounding(self, dtype: Dtype) -> float:
        """An excess that the dtype cannot tell from nothing.

        Every residual w·x + b − y is off by about eps times its terms (Higham, §3.1); this is the loss of
        residuals of that size.
        """
        return self.magnitude * float(np.finfo(dtype).eps) ** 2

    def tolerances(self, first: ArrayLike, dtype: Dtype) -> Vector:
        """The excess in each direction at which it counts as arrived, from what it was at first: (2,) -> (2,).

        A thousandth of the first; but of a start so far away that this is much, no more than a hundredth of the
        spread of y; never less than what is too little to see beside the floor, or than rounding.
        """
        wanted = np.maximum(1e-3 * np.asarray(first, dtype=np.float64), 4 * self.rounding(dtype))
        return np.maximum(1e-6 * self.floor, np.minimum(1e-2 * self.spread, wanted))


def bowl(x: ArrayLike, y: ArrayLike, loss: LossConvention = "mean") -> Bowl:
    """The bowl that the points make: x (n,), y (n,), at least one point.

    H = k · 2 [[m₂, x̄], [x̄, 1]] with m₂ = mean(x²) and k = 1 (mean), n (sum), ½ (half) or n/2 (half_sum). Its
    eigenvalues are k (m₂ + 1 ± √((m₂ − 1)² + 4x̄²)). For λ₋ that is the difference of two nearly equal numbers, so it
    comes from their product 4k²σ² instead (Higham, §1.8), with the variance σ² in two passes (Higham, §1.9).
    The fast direction stands at the angle ½ atan2(2x̄, m₂ − 1) (Golub & Van Loan, §8.5). Weight and bias
    solve the normal equations (Boyd & Vandenberghe, §1.2.1), in deviations from the means.

    Degenerate points have a bowl too. Where all x are equal, or there is one point, λ₋ is 0: the bowl is a
    trough, every line through (x̄, ȳ) is a least-squares line, and `least_squares` is the one nearest 0.
    """
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    factor = loss_factor(loss, len(xs))
    # Equal numbers can have a mean that differs from them in the last bit; their variance is 0 all the same.
    x_mean = xs[0] if np.ptp(xs) == 0 else xs.mean()
    y_mean = ys.mean()
    # The mean of large numbers is itself rounded, by more than neighbouring points may differ.
    x_off, y_off = xs - x_mean, ys - y_mean
    x_off, y_off = x_off - x_off.mean(), y_off - y_off.mean()
    variance = float((x_off**2).mean())
    if variance > 0:
        weight = float((x_off * y_off).mean()) / variance
        least_squares = np.array([weight, y_mean - weight * x_mean])
        residuals = weight * x_off - y_off
    else:
        least_squares = y_mean / (x_mean**2 + 1) * np.array([x_mean, 1.0])
        residuals = -y_off
    terms = np.abs(least_squares[0] * xs) + np.abs(least_squares[1]) + np.abs(ys)

    second_moment = float((xs**2).mean())
    fast = factor * (second_moment + 1 + math.hypot(second_moment - 1, 2 * x_mean))
    slow = 4 * factor**2 * variance / fast
    angle = 0.5 * math.atan2(2 * x_mean, second_moment - 1)
    across, along = math.sin(angle), math.cos(angle)
    return Bowl(
        least_squares=least_squares,
        floor=factor * float((residuals**2).mean()),
        hessian=factor * 2 * np.array([[second_moment, x_mean], [x_mean, 1.0]]),
        eigenvalues=np.array([slow, fast]),
        eigenvectors=np.array([[-across, along], [along, across]]),
        magnitude=factor * float((terms**2).mean()),
        sum_share=factor / len(xs),
        spread=factor * max(float((y_off**2).mean()), 1e-6 * float((ys**2).mean())),
    )


# --- How each direction moves ---------------------------------------------------------------------------


def contraction(bowl: Bowl, learning_rate: float) -> Vector:
    """What an epoch multiplies the error by, slow then fast (2,): 1 − ηλ. Goh, "First Steps"."""
    return 1 - learning_rate * bowl.eigenvalues


def growth_factor(bowl: Bowl, learning_rate: float) -> float:
    """What an epoch multiplies the fast direction's excess loss by: (1 − ηλ₊)², its contraction squared.

    Past the limit that direction is soon all there is, and the loss itself grows by this factor.
    """
    return float(contraction(bowl, learning_rate)[1] ** 2)


def half_lives(bowl: Bowl, learning_rate: float) -> tuple[float, float]:
    """Epochs in which the error halves, in the slow and the fast direction: the k of |1 − ηλ|ᵏ = ½.

    0 where one step lands, inf where the error never shrinks. Of the excess loss, a square, it is half that.
    """

    def half_life(factor: float) -> float:
        if factor == 0:
            return 0.0
        return math.log(0.5) / math.log(factor) if factor < 1 else math.inf

    def of(product: float) -> float:
        # Of a tiny product 1 − ηλ keeps few digits, or none.
        return math.log(0.5) / math.log1p(-product) if 0 < product < 0.5 else half_life(abs(1 - product))

    slow, fast = (learning_rate * bowl.eigenvalues).tolist()
    return of(slow), of(fast)


def stored(learning_rate: float, dtype: Dtype) -> float:
    """The rate that a run in this dtype really has: PyTorch rounds it before it multiplies."""
    return float(np.dtype(dtype).type(learning_rate))


def regime(bowl: Bowl, learning_rate: float, dtype: Dtype = "float64") -> Regime:
    """What the rate does for ever, by ηλ₊: ≤ 1 glides, below 2 alternates, 2 bounces, above 2 explodes.

    The cases are the signs and sizes of 1 − ηλ₊. Goh, "Choosing a Step-size". A rate typed in decimals cannot be
    2/λ₊ to the last bit, so within 4 eps of the dtype it is.
    """
    product = learning_rate * float(bowl.eigenvalues[1])
    if abs(product / 2 - 1) <= 4 * float(np.finfo(dtype).eps):
        return "bounces"
    if product > 2:
        return "explodes"
    # Nor are points that were scaled in float32 such that one step lands: there is nothing left to alternate.
    return "glides" if product <= 1 + 1e-6 else "alternates"


def verdict(
    bowl: Bowl, first: Vector, last: Vector, regime: Regime | None, dtype: Dtype, stays: bool = True
) -> Verdict:
    """What a run does in its epochs, by the excess in each direction at its start and at its end: (2,), (2,).

    One rule for theory and for the run. Only a run that has arrived in *both* directions converges: the steep one is
    done long before the flat one has begun; and with momentum only one that ``stays`` there, as `UpdateRule.stays`
    has it. On the limit the excess cannot grow for ever but by rounding, so it bounces; within it what grows, with
    momentum, is on its way all the same. Minibatches have no regime.
    """
    before, after = float(first.sum()), float(last.sum())
    if not math.isfinite(after):
        return "diverges"
    if stays and (last <= bowl.tolerances(first, dtype)).all():
        return "converges"
    if regime == "bounces":
        return "bounces"
    return "diverges" if regime not in CONVERGING and after > 1.001 * before else "crawls"


# --- When -----------------------------------------------------------------------------------------------


def epochs_to_excess(bowl: Bowl, start: ArrayLike, learning_rate: float, excess: float) -> int | None:
    """How many epochs until the excess loss is at most ``excess``; None if it never is.

    The excess is a sum of exponentials, so a convex function of the epochs: it falls (perhaps for no epoch
    at all), then rises for ever.
    """

    def excess_after(epochs: int) -> float:
        return float(bowl.excess_after(start, learning_rate, epochs))

    bottom = _first(lambda k: not excess_after(k + 1) < excess_after(k))
    return _first(lambda k: excess_after(k) <= excess, until=FOR_EVER if bottom is None else bottom)


def epochs_to_arrival(bowl: Bowl, start: ArrayLike, learning_rate: float, dtype: Dtype) -> int | None:
    """How many epochs until both directions have arrived, by `Bowl.tolerances`; None if they never have."""
    tolerances = bowl.tolerances(bowl.excesses(start), dtype)

    def arrived(epochs: int) -> list[bool]:
        there: list[bool] = (bowl.excesses_after(start, learning_rate, epochs) <= tolerances).tolist()
        return there

    # In one direction the excess shrinks, and stays there; or it grows or bounces, and is there at once or never.
    slow = _first(lambda epochs: arrived(epochs)[0])
    fast = _first(lambda epochs: arrived(epochs)[1]) if regime(bowl, learning_rate, dtype) in CONVERGING else 0
    if slow is None or fast is None:
        return None
    epochs = max(slow, fast)
    return epochs if all(arrived(epochs)) else None


def overflow_epoch(bowl: Bowl, start: ArrayLike, learning_rate: float, dtype: Dtype) -> int | None:
    """The first epoch that starts from a loss of inf in this dtype; None if there is none.

    The loss is inf as soon as the *sum* of squares does not fit, though its mean may. Rounding moves the
    date: it changes ρ = 1 − ηλ₊ by about eps·(1 + ηλ₊), which in k epochs adds up to k·eps·(1 + ηλ₊)/ln|ρ|
    epochs of growth. So this may be off by one epoch and that many more, which is one epoch in practice, and
    several only within a thousandth of the limit. Rounding also ends a balance: where the start has (almost)
    no error in the fast direction, the run explodes earlier than said here.
    """
    largest = float(np.finfo(dtype).max) * bowl.sum_share

    if bowl.loss_after(start, learning_rate, 0) > largest:
        return 1
    # Convex, and below the bound at first: past it once, past it for ever.
    state = _first(lambda k: bool(bowl.loss_after(start, learning_rate, k) > largest))
    return None if state is None else state + 1


def _first(holds: Callable[[int], bool], until: int = FOR_EVER) -> int | None:
    """The first whole number up to ``until`` for which a condition holds that, once true, stays true."""
    high = 1
    while high < until and not holds(high):
        high *= 2
    low, high = 0, min(high, until)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low if holds(low) else None
