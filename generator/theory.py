"""What the mathematics says before any training: the bowl, its limits, and where descent will be.

For a straight line the mean squared error is a quadratic in (w, b), so gradient descent has an exact closed
form. Everything here is float64, and pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from generator.scenario import LossConvention, Verdict

Regime = Literal["glides", "alternates", "bounces", "explodes"]
Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bowl:
    """The loss as a function of p = (w, b): floor + ½ (p − p*)ᵀ H (p − p*)."""

    least_squares: Vector  # (2,)    p*; of the many, the shortest one where x does not vary
    floor: float  #                  the loss at p*
    hessian: Vector  # (2, 2)        H, constant
    eigenvalues: Vector  # (2,)      λ₋ ≤ λ₊
    eigenvectors: Vector  # (2, 2)   columns, in the order of the eigenvalues

    @property
    def critical_learning_rate(self) -> float:
        """2/λ₊: below it descent converges from every start."""
        return float(2 / self.eigenvalues[1])

    @property
    def best_learning_rate(self) -> float:
        """2/(λ₋ + λ₊), the fastest constant rate for the worst start; 1/λ₊ where λ₋ is 0."""
        slow, fast = self.eigenvalues
        return float(2 / (slow + fast)) if slow > 0 else float(1 / fast)

    @property
    def condition_number(self) -> float:
        """κ = λ₊/λ₋; inf where one direction is flat."""
        slow, fast = self.eigenvalues
        return float(fast / slow) if slow > 0 else math.inf

    def excess(self, params: ArrayLike) -> Vector:
        """How far above the floor: ½ (p − p*)ᵀ H (p − p*), for params (..., 2) -> (...)."""
        with np.errstate(over="ignore", invalid="ignore"):
            modes = self.modes(params)
            return np.asarray(0.5 * (self.eigenvalues * modes**2).sum(axis=-1))

    def modes(self, params: ArrayLike) -> Vector:
        """The error p − p* in the eigenbasis, slow then fast: (..., 2) -> (..., 2)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return (np.asarray(params, dtype=np.float64) - self.least_squares) @ self.eigenvectors

    def after(self, start: ArrayLike, learning_rate: float, epochs: ArrayLike) -> Vector:
        """The parameters after so many epochs, without iterating: epochs (...) -> (..., 2).

        Each error component obeys e(k) = (1 − ηλ)ᵏ e(0).
        """
        k = np.asarray(epochs, dtype=np.float64)[..., None]
        error = self.modes(start)
        with np.errstate(over="ignore", invalid="ignore"):
            powers = (1 - learning_rate * self.eigenvalues) ** k
            # 0 · inf: a component that starts at nothing stays nothing.
            modes = np.where(error == 0, 0.0, powers * error)
            return self.least_squares + modes @ self.eigenvectors.T


def bowl(x: ArrayLike, y: ArrayLike, loss: LossConvention = "mean") -> Bowl:
    """The bowl that the points make: x (n,), y (n,).

    H = k · 2 [[m₂, x̄], [x̄, 1]] with m₂ = mean(x²) and k = 1 (mean), n (sum) or ½ (half);
    λ₊ = k (m₂ + 1 + √((m₂ + 1)² − 4σ²)), and λ₋ = 4k²σ²/λ₊, because the difference of two nearly equal
    numbers would lose it.
    """
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    factor = {"mean": 1.0, "sum": float(len(xs)), "half": 0.5}[loss]
    x_mean, y_mean = xs.mean(), ys.mean()
    # Equal numbers can have a mean that differs from them in the last bit; their variance is 0 all the same.
    deviation = np.zeros_like(xs) if np.ptp(xs) == 0 else xs - x_mean
    variance = float((deviation**2).mean())
    if variance > 0:
        weight = float((deviation * (ys - y_mean)).mean()) / variance
        least_squares = np.array([weight, y_mean - weight * x_mean])
    else:
        least_squares = y_mean / (x_mean**2 + 1) * np.array([x_mean, 1.0])
    residuals = least_squares[0] * xs + least_squares[1] - ys

    second_moment = float((xs**2).mean())
    hessian = factor * 2 * np.array([[second_moment, x_mean], [x_mean, 1.0]])
    trace = second_moment + 1
    fast = factor * (trace + math.sqrt(max(trace**2 - 4 * variance, 0.0)))
    slow = 4 * factor**2 * variance / fast
    return Bowl(
        least_squares=least_squares,
        floor=factor * float((residuals**2).mean()),
        hessian=hessian,
        eigenvalues=np.array([slow, fast]),
        eigenvectors=np.linalg.eigh(hessian).eigenvectors,
    )


def half_lives(bowl: Bowl, learning_rate: float) -> tuple[float, float]:
    """Epochs in which the error halves, in the slow and the fast direction: ln ½ / ln |1 − ηλ|.

    0 where one step lands, inf where the error never shrinks.
    """

    def half_life(eigenvalue: float) -> float:
        contraction = abs(1 - learning_rate * eigenvalue)
        if contraction == 0:
            return 0.0
        return math.log(0.5) / math.log(contraction) if contraction < 1 else math.inf

    slow, fast = bowl.eigenvalues
    return half_life(slow), half_life(fast)


def regime(bowl: Bowl, learning_rate: float) -> Regime:
    """What the rate does for ever, by ηλ₊: ≤ 1 glides, below 2 alternates, 2 bounces, above 2 explodes."""
    product = learning_rate * float(bowl.eigenvalues[1])
    if math.isclose(product, 2, rel_tol=1e-12):
        return "bounces"
    if product > 2:
        return "explodes"
    return "alternates" if product > 1 else "glides"


CONVERGED = 1e-3  # of the first excess


def verdict(start_excess: float, end_excess: float, regime: Regime) -> Verdict:
    """What this run does in these epochs, by the share of the excess loss that is left at its end."""
    if not math.isfinite(end_excess) or end_excess > start_excess:
        return "diverges"
    if end_excess <= CONVERGED * start_excess:
        return "converges"
    return "bounces" if regime == "bounces" else "crawls"
