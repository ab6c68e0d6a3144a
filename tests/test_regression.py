"""The gradient by the chain rule, against autograd and finite differences."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from generator.descent.regression import dloss_fn, dmodel_db, dmodel_dw, grad_fn, loss_fn, model

coordinates = st.floats(-100, 100)
point_sets = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=30)


def tensors(points: list[tuple[float, float]]) -> Tensor:
    return torch.tensor(points, dtype=torch.float64).T


def gradient(x: Tensor, y: Tensor, params: Tensor) -> Tensor:
    w, b = params[0:1], params[1:2]
    return grad_fn(x, y, model(x, w, b), w, b)


def loss(x: Tensor, y: Tensor, params: Tensor) -> Tensor:
    return loss_fn(model(x, params[0:1], params[1:2]), y)


@given(point_sets, coordinates, coordinates)
def test_the_gradient_is_what_autograd_finds(points: list[tuple[float, float]], w: float, b: float) -> None:
    x, y = tensors(points)
    params = torch.tensor([w, b], dtype=torch.float64, requires_grad=True)
    (expected,) = torch.autograd.grad(loss(x, y, params), params)
    torch.testing.assert_close(gradient(x, y, params.detach()), expected, rtol=1e-9, atol=1e-9)


@given(point_sets, coordinates, coordinates)
def test_the_gradient_is_what_finite_differences_find(points: list[tuple[float, float]], w: float, b: float) -> None:
    x, y = tensors(points)
    params = torch.tensor([w, b], dtype=torch.float64)
    # Central differences of a quadratic are exact but for rounding, whatever the step.
    steps = torch.eye(2, dtype=torch.float64)
    expected = torch.stack([(loss(x, y, params + step) - loss(x, y, params - step)) / 2 for step in steps])
    torch.testing.assert_close(gradient(x, y, params), expected, rtol=1e-6, atol=1e-6)


@given(point_sets, coordinates, coordinates)
def test_the_loss_is_the_one_pytorch_computes(points: list[tuple[float, float]], w: float, b: float) -> None:
    x, y = tensors(points)
    predictions = model(x, torch.tensor([w], dtype=torch.float64), torch.tensor([b], dtype=torch.float64))
    torch.testing.assert_close(loss_fn(predictions, y), torch.nn.functional.mse_loss(predictions, y))


def test_one_step_of_the_chain_rule_by_hand() -> None:
    """Points (1, 2), (2, 3), (4, 5.5) and the line 0·x + 1: residuals −1, −2, −4.5."""
    x, y = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([2.0, 3.0, 5.5])
    w, b = torch.tensor([0.0]), torch.tensor([1.0])
    predictions = model(x, w, b)
    assert dloss_fn(predictions, y).tolist() == pytest.approx([-2 / 3, -4 / 3, -3])
    assert dmodel_dw(x, w, b).tolist() == [1, 2, 4]
    assert dmodel_db(x, w, b) == 1
    assert loss_fn(predictions, y).item() == pytest.approx((1 + 4 + 20.25) / 3)
    assert grad_fn(x, y, predictions, w, b).tolist() == pytest.approx([-2 / 3 - 8 / 3 - 12, -2 / 3 - 4 / 3 - 3])
