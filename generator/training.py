"""Gradient descent: one loop that follows the slope down and keeps everything it passes through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from generator.regression import grad_fn, loss_fn, model

StoppedBy = Literal["epochs", "gradient_norm", "loss_change"]


@dataclass(frozen=True, eq=False)
class Trajectory:
    """All states that descent passed through; state 0 is the start, epoch e leads from e − 1 to e.

    The last state too has its loss and gradient, so n epochs leave n + 1 rows.
    """

    params: Tensor  # (epochs + 1, 2)  w, b
    gradients: Tensor  # (epochs + 1, 2)  dL/dw, dL/db
    losses: Tensor  # (epochs + 1,)    mean squared error times `loss_factor`, in y²
    stopped_by: StoppedBy

    @property
    def epochs_run(self) -> int:
        return len(self.losses) - 1


def descend(
    x: Tensor,
    y: Tensor,
    start: Tensor,
    learning_rate: float,
    epochs: int,
    *,
    loss_factor: float = 1.0,
    gradient_norm: float | None = None,
    loss_change: float | None = None,
) -> Trajectory:
    """Follow the gradient downhill from ``start`` (2,) with a constant learning rate, in the dtype of x.

    Stops at the first state whose gradient is shorter than ``gradient_norm``, or whose loss differs from the
    state before by less than ``loss_change``; ``epochs`` is the last resort. Numbers that overflow are
    recorded like any other: inf and nan never raise, and never satisfy a rule.

    ``loss_factor`` makes other conventions of the mean squared error: n for the sum, ½ for the half mean.
    """
    rows = torch.empty(epochs + 1, 5, dtype=x.dtype)
    params = start.to(x.dtype)
    previous_loss = float("nan")
    stopped_by: StoppedBy = "epochs"
    for state in range(epochs + 1):
        w, b = params[0:1], params[1:2]
        predictions = model(x, w, b)
        loss = loss_factor * loss_fn(predictions, y)
        gradient = loss_factor * grad_fn(x, y, predictions, w, b)
        row = rows[state]
        row[0:2], row[2:4], row[4] = params, gradient, loss

        if gradient_norm is not None and float(gradient.norm()) < gradient_norm:
            stopped_by = "gradient_norm"
            break
        if loss_change is not None:
            if abs(float(loss) - previous_loss) < loss_change:
                stopped_by = "loss_change"
                break
            previous_loss = float(loss)
        params = params - learning_rate * gradient

    rows = rows[: state + 1]
    return Trajectory(params=rows[:, 0:2], gradients=rows[:, 2:4], losses=rows[:, 4], stopped_by=stopped_by)
