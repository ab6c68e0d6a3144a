"""The eleven points and plain descent on them, as anybody would write it: an oracle that uses nothing of ours."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@cache
def seed_points() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(2024)
    x = torch.randint(-5, 30, (11,), generator=generator).float()
    return x, 0.5 * x + 30 + torch.randn(11, generator=generator)


def descend(
    rate: float, epochs: int, w: float = 1.0, b: float = 0.0, dtype: torch.dtype = torch.float32
) -> tuple[Floats, Floats]:
    """Losses (epochs + 1,) and parameters (epochs + 1, 2), on the points as they are."""
    x, y = (tensor.to(dtype) for tensor in seed_points())
    weight, bias = torch.tensor(w, dtype=dtype), torch.tensor(b, dtype=dtype)
    losses, params = [], []
    for _ in range(epochs + 1):
        residuals = weight * x + bias - y
        losses.append((residuals**2).mean().item())
        params.append((weight.item(), bias.item()))
        weight, bias = weight - rate * (2 * residuals / 11 * x).sum(), bias - rate * (2 * residuals / 11).sum()
    return np.array(losses), np.array(params)


def mse(x: Floats, y: Floats, w: float, b: float) -> float:
    return float(np.mean((w * x + b - y) ** 2))


def gradient(x: Floats, y: Floats, w: float, b: float) -> Floats:
    errors = w * x + b - y
    return np.array([2 * np.mean(errors * x), 2 * np.mean(errors)])


def hessian(x: Floats) -> Floats:
    design = np.stack([x, np.ones_like(x)])
    return 2 / len(x) * design @ design.T


def excess(x: Floats, y: Floats, params: Floats) -> Floats:
    """Loss above the best line's, for params (..., 2)."""
    best = np.polyfit(x, y, 1)
    design = np.stack([x, np.ones_like(x)])
    above: Floats = np.mean(((params - best) @ design) ** 2, axis=-1)
    return above


def epochs_to(x: Floats, y: Floats, rate: float, share: float, start: tuple[float, float] = (1.0, 0.0)) -> int | None:
    """Epochs in float64 until the excess is that share of the first; None if 20,000 are too few."""
    best, H = np.polyfit(x, y, 1), hessian(x)
    error = np.array(start) - best
    goal = share * error @ H @ error
    for epoch in range(20_000):
        if error @ H @ error <= goal:
            return epoch
        if abs(error).max() > 1e100:
            return None
        error = error - rate * (H @ error)
    return None


def first_inf(losses: Floats) -> int:
    """In the convention of the table: the epoch that started from the loss."""
    return int(np.flatnonzero(np.isinf(losses))[0]) + 1


X, Y = (tensor.double().numpy() for tensor in seed_points())
SLOW, FAST = np.linalg.eigvalsh(hessian(X)).tolist()
LIMIT = 2 / FAST
BEST = 2 / (SLOW + FAST)
