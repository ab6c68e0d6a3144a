"""Descent as many programs write it, and the same with a mistake in it, on purpose: one line, and all else is right.

`as_meant` makes the steps of `loops.descend`, but for rounding. A run may ask for one of the others by its name, such
as "flipped-sign" for `flipped_sign`; its page shows in which line that differs from `as_meant`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from generator.descent.loops import NEVER, StoppingRules, Trajectory

# Of one state after another: w and b (2,), the gradient that the program holds (2,), and the loss that it prints ().
Passing = Iterator[tuple[Tensor, Any, Tensor]]


def as_meant(x: Tensor, y: Tensor, start: Tensor, learning_rate: float) -> Passing:
    """Compute the loss, let PyTorch find its gradient, take a step against it, begin again."""
    params = start.clone().requires_grad_()
    while True:
        w, b = params
        predictions = w * x + b
        loss = ((predictions - y) ** 2).mean()
        params.grad = None  # or the gradients would add up
        loss.backward()
        yield params.detach(), params.grad, loss.detach()
        with torch.no_grad():
            params -= learning_rate * params.grad


def flipped_sign(x: Tensor, y: Tensor, start: Tensor, learning_rate: float) -> Passing:
    """As meant, but for one line."""
    params = start.clone().requires_grad_()
    while True:
        w, b = params
        predictions = w * x + b
        loss = ((predictions - y) ** 2).mean()
        params.grad = None  # or the gradients would add up
        loss.backward()
        yield params.detach(), params.grad, loss.detach()
        with torch.no_grad():
            params += learning_rate * params.grad  # the mistake: it goes uphill


def broadcast(x: Tensor, y: Tensor, start: Tensor, learning_rate: float) -> Passing:
    """As meant, but for one line."""
    params = start.clone().requires_grad_()
    while True:
        w, b = params
        predictions = w * x[:, None] + b  # the mistake: a column (n, 1), and y is (n,)
        loss = ((predictions - y) ** 2).mean()
        params.grad = None  # or the gradients would add up
        loss.backward()
        yield params.detach(), params.grad, loss.detach()
        with torch.no_grad():
            params -= learning_rate * params.grad


def no_zero_grad(x: Tensor, y: Tensor, start: Tensor, learning_rate: float) -> Passing:
    """As meant, but for one line."""
    params = start.clone().requires_grad_()
    while True:
        w, b = params
        predictions = w * x + b
        loss = ((predictions - y) ** 2).mean()
        # the mistake: params.grad is not emptied
        loss.backward()
        yield params.detach(), params.grad, loss.detach()
        with torch.no_grad():
            params -= learning_rate * params.grad


def descend_mistaken(
    x: Tensor,
    y: Tensor,
    start: Tensor,
    learning_rate: float,
    epochs: int,
    *,
    loop: Callable[[Tensor, Tensor, Tensor, float], Passing],
    stop: StoppingRules = NEVER,
) -> Trajectory:
    """Follow a loop of this module from ``start`` (2,), and keep the loss and the gradient that it has itself."""
    previous_loss, stopped_by = None, None
    rows = torch.empty(epochs + 1, 5, dtype=x.dtype)
    passing = loop(x, y, start, learning_rate)
    for state, (params, gradient, loss) in zip(range(epochs + 1), passing, strict=False):
        rows[state, 0:2], rows[state, 2:4], rows[state, 4] = params, gradient, loss
        if stopped_by := stop.met(rows[state, 2:4], loss, previous_loss):
            break
        previous_loss = loss
    rows = rows[: state + 1]
    return Trajectory(
        params=rows[:, 0:2], gradients=rows[:, 2:4], losses=rows[:, 4], stopped_by=stopped_by or "epochs"
    )  # fmt: skip
