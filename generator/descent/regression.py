"""Straight-line regression: predictions, mean squared error, and their derivatives by the chain rule.

The lessons print this source. Every function works on one run, where w and b have shape (1,), and on many
runs at once, where they have shape (runs, 1); x and y are (n,), and sums and means go over the last axis.
"""

from __future__ import annotations

import torch
from torch import Tensor


def model(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    """Height of the line at each x: w·x + b."""
    return w * x + b


def loss_fn(predictions: Tensor, y: Tensor) -> Tensor:
    """Mean squared error, in the square of y's unit: (1/n) Σ (ŷ − y)²."""
    squared_errors = (predictions - y) ** 2
    return squared_errors.mean(dim=-1)


def dloss_fn(predictions: Tensor, y: Tensor) -> Tensor:
    """How the loss changes with each prediction: dL/dŷ = 2(ŷ − y)/n."""
    return 2 * (predictions - y) / y.size(-1)


def dmodel_dw(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    """How each prediction changes with the slope: dŷ/dw = x."""
    return x


def dmodel_db(x: Tensor, w: Tensor, b: Tensor) -> float:
    """How each prediction changes with the height: dŷ/db = 1."""
    return 1.0


def grad_fn(x: Tensor, y: Tensor, predictions: Tensor, w: Tensor, b: Tensor) -> Tensor:
    """The gradient of the loss, (∂L/∂w, ∂L/∂b) in the last axis: chain rule, then the sum over the points."""
    dloss = dloss_fn(predictions, y)
    dloss_dw = dloss * dmodel_dw(x, w, b)
    dloss_db = dloss * dmodel_db(x, w, b)
    return torch.stack([dloss_dw.sum(dim=-1), dloss_db.sum(dim=-1)], dim=-1)
