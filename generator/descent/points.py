"""The points of a run: drawn around a line, and transformed before training."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def synthetic(
    *, seed: int, count: int, weight: float, bias: float, noise: float, low: int, high: int
) -> tuple[Tensor, Tensor]:
    """Points scattered around y = weight · x + bias, in float32, with x whole numbers in [low, high): (n,), (n,)."""
    # A generator of its own draws what follows torch.manual_seed(seed), and leaves the global state alone.
    generator = torch.Generator().manual_seed(seed)
    x = torch.randint(low, high, (count,), generator=generator).float()
    return x, weight * x + bias + noise * torch.randn(count, generator=generator)


def synthetic_uniform(
    *, seed: int, count: int, weight: float, bias: float, noise: float, low: float, high: float
) -> tuple[Tensor, Tensor]:
    """As `synthetic`, with x any number from low up to high, never high itself: (n,), (n,)."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(count, generator=generator) * (high - low) + low
    # Rounding may lift the largest of them to high.
    x = x.minimum(torch.nextafter(torch.tensor(float(high)), torch.tensor(float(low))))
    return x, weight * x + bias + noise * torch.randn(count, generator=generator)


def transform(
    x: Tensor, *, scale: float | None = None, center: bool = False, standardize: bool = False
) -> tuple[Tensor, float, float]:
    """x to train on, with the shift and the factor that made it: (x − shift) · factor.

    Where x is shifted that is float64, so that close points far from 0 stay apart; a scale alone is a product in the
    dtype of x. Mean and (population) standard deviation are taken in float64. Points that do not vary cannot be
    brought to unit variance, so standardising only centres them.
    """
    wide = x.double()
    shift, factor = 0.0, 1.0
    if center or standardize:
        # Equal numbers can have a mean that differs from them in the last bit.
        shift = float(wide[0] if (wide == wide[0]).all() else wide.mean())
    if standardize:
        deviations = wide - shift
        deviations = deviations - deviations.mean()  # the mean of large numbers is itself rounded
        deviation = math.sqrt(float((deviations**2).mean()))
        factor = 1 / deviation if deviation > 0 else 1.0
    if scale is not None:
        factor = scale
    return ((wide - shift) * factor if shift else x * factor), shift, factor
