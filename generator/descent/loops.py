"""Gradient descent: one loop that follows the slope down and keeps everything it passes through.

`descend` is the loop of the lessons. `descend_together` makes the same steps for many runs at once, and
`descend_otherwise` makes other steps: with momentum, a decaying rate, minibatches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generator.descent.regression import grad_fn, loss_fn, model
from generator.runs.record import StoppedBy


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


def drawn_start(seed: int) -> Tensor:
    """Where descent starts that starts anywhere: w and then b from N(0, 1), in float32: (2,)."""
    # A generator of its own draws what follows torch.manual_seed(seed), and leaves the global state alone.
    generator = torch.Generator().manual_seed(seed)
    return torch.cat([torch.randn(1, generator=generator), torch.randn(1, generator=generator)])


@dataclass(frozen=True)
class StoppingRules:
    """When to end a run early: a gradient shorter, or a loss change smaller, than so much.

    Nothing is smaller than nan, and inf is not small, so a run that overflows satisfies no rule.
    """

    gradient_norm: float | None = None
    loss_change: float | None = None

    def met(self, gradient: Tensor, loss: Tensor, previous_loss: Tensor | None) -> StoppedBy | None:
        if self.gradient_norm is not None and gradient.norm() < self.gradient_norm:
            return "gradient_norm"
        if self.loss_change is None or previous_loss is None:
            return None
        change = (loss.double() - previous_loss.double()).abs()
        return "loss_change" if change < self.loss_change else None


NEVER = StoppingRules()


def descend(
    x: Tensor,
    y: Tensor,
    start: Tensor,
    learning_rate: float,
    epochs: int,
    *,
    loss_factor: float = 1.0,
    stop: StoppingRules = NEVER,
) -> Trajectory:
    """Follow the gradient downhill from ``start`` (2,) with a constant learning rate, in the dtype of x.

    Ends at the first state that meets a stopping rule; ``epochs`` is the last resort. Numbers that overflow
    are recorded like any other: inf and nan never raise. ``loss_factor`` makes other conventions of the mean
    squared error: n for the sum, ½ for the half mean.
    """
    params, previous_loss = start, None
    rows = torch.empty(epochs + 1, 5, dtype=x.dtype)
    for state in range(epochs + 1):
        w, b = params[0:1], params[1:2]
        predictions = model(x, w, b)
        loss = loss_factor * loss_fn(predictions, y)
        gradient = loss_factor * grad_fn(x, y, predictions, w, b)
        rows[state, 0:2], rows[state, 2:4], rows[state, 4] = params, gradient, loss
        if stopped_by := stop.met(gradient, loss, previous_loss):
            break
        params, previous_loss = params - learning_rate * gradient, loss
    return _trajectory(rows[: state + 1], stopped_by)


def descend_otherwise(
    x: Tensor,
    y: Tensor,
    start: Tensor,
    learning_rate: float,
    epochs: int,
    *,
    momentum: float = 0.0,
    decay: float = 0.0,
    batch_size: int | None = None,
    shuffle: torch.Generator | None = None,
    loss_factor: float = 1.0,
    stop: StoppingRules = NEVER,
) -> Trajectory:
    """Descent that remembers, slows down, or looks at a few points at a time; otherwise as `descend`.

    An epoch is one pass over the points: without ``batch_size`` one step, with it a step for each batch of
    that many points, drawn afresh without replacement from ``shuffle`` (the last batch may be smaller); without
    ``shuffle`` the batches are the points in their order, the same in every epoch.
    The states are those between epochs, with the loss and gradient of *all* points.

    A step is v ← momentum · v + g, p ← p − rate · v, as `torch.optim.SGD` makes it (after Polyak, 1964), with
    rate = learning_rate / (1 + decay · t) in the epoch that starts from state t. A batch's g is its mean gradient
    times ``loss_factor``: an estimate of the gradient of all points, in every convention of the loss.
    """
    params, previous_loss = start, None
    velocity = torch.zeros_like(params)
    rows = torch.empty(epochs + 1, 5, dtype=x.dtype)
    for state in range(epochs + 1):
        loss, gradient = _loss_and_gradient(x, y, params, loss_factor)
        rows[state, 0:2], rows[state, 2:4], rows[state, 4] = params, gradient, loss
        if stopped_by := stop.met(gradient, loss, previous_loss):
            break
        rate = learning_rate / (1 + decay * state)
        for batch in _batches(len(x), batch_size, shuffle):
            _, gradient = _loss_and_gradient(x[batch], y[batch], params, loss_factor)
            velocity = momentum * velocity + gradient
            params = params - rate * velocity
        previous_loss = loss
    return _trajectory(rows[: state + 1], stopped_by)


def _batches(count: int, size: int | None, shuffle: torch.Generator | None) -> Sequence[Tensor]:
    if size is None or shuffle is None:
        return torch.split(torch.arange(count), size or count)
    return torch.split(torch.randperm(count, generator=shuffle), size)


def _loss_and_gradient(x: Tensor, y: Tensor, params: Tensor, loss_factor: float) -> tuple[Tensor, Tensor]:
    w, b = params[..., 0:1], params[..., 1:2]
    predictions = model(x, w, b)
    return loss_factor * loss_fn(predictions, y), loss_factor * grad_fn(x, y, predictions, w, b)


def _trajectory(rows: Tensor, stopped_by: StoppedBy | None) -> Trajectory:
    return Trajectory(params=rows[:, 0:2], gradients=rows[:, 2:4], losses=rows[:, 4], stopped_by=stopped_by or "epochs")


# --- Many runs at once ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class States:
    """One state of every run."""

    params: Tensor  # (runs, 2)
    gradients: Tensor  # (runs, 2)
    losses: Tensor  # (runs,)


def descend_together(
    x: Tensor,
    y: Tensor,
    starts: Tensor,
    learning_rates: Tensor,
    epochs: int,
    *,
    loss_factor: float = 1.0,
) -> Iterator[States]:
    """State 0, 1, … ``epochs`` of many runs: starts (runs, 2) or (2,), learning rates (runs,) or ().

    The very steps of `descend`, to the bit: the same functions, with runs as one more axis. Nothing is kept;
    what is to be remembered, the caller takes from each state as it passes.
    """
    rates = learning_rates.to(x.dtype).reshape(-1, 1)
    params = starts.expand(max(starts.numel() // 2, len(rates)), 2)
    # A row of points for every run, written out: a sum over a row then adds in the order in which `descend` adds
    # (the faster layout, neighbouring runs side by side in memory, adds in another), and only the two products
    # with w and b are left to broadcasting, which is slow on rows as short as these.
    x_of_runs, y_of_runs = (points.expand(len(params), -1).contiguous() for points in (x, y))
    for epoch in range(epochs + 1):
        losses, gradients = _loss_and_gradient(x_of_runs, y_of_runs, params, loss_factor)
        yield States(params, gradients, losses)
        if epoch < epochs:
            params = params - rates * gradients
