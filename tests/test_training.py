"""Descent, against its closed form, PyTorch's optimiser, and itself done many at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from generator.descent.loops import StoppingRules, Trajectory, descend, descend_otherwise, descend_together, drawn_start
from generator.descent.three_ways import climb
from generator.faults import Fault
from generator.runs import theory
from tests.runs import SCENARIOS, make, record

START = torch.tensor([1.0, 0.0])


def some_points(count: int = 11, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(count)
    x = torch.randint(-5, 30, (count,), generator=generator).to(dtype)
    return x, 0.5 * x + 30 + torch.randn(count, generator=generator)


def by_sgd(
    x: Tensor,
    y: Tensor,
    epochs: int,
    schedule: Callable[[int], float] = lambda epoch: 1.0,
    **options: float,
) -> Tensor:
    """The parameters after each epoch of `torch.optim.SGD` on autograd's gradient: (epochs + 1, 2)."""
    w, b = START[0].to(x.dtype).requires_grad_(), START[1].to(x.dtype).requires_grad_()
    optimizer = torch.optim.SGD([w, b], **options)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)
    states = [torch.stack([w, b]).detach()]
    for _ in range(epochs):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(w * x + b, y).backward()
        optimizer.step()
        scheduler.step()
        states.append(torch.stack([w, b]).detach())
    return torch.stack(states)


def equal(left: Tensor, right: Tensor) -> None:
    """To the bit; nan equals nan."""
    assert_array_equal(left.numpy(), right.numpy(), strict=True)


# --- One run -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.02, 0.5, 0.999, 1.0, 1.01, 3.0])
@pytest.mark.parametrize(("convention", "factor"), [("mean", 1.0), ("sum", 11.0), ("half", 0.5), ("half_sum", 5.5)])
def test_descent_follows_the_closed_form(share: float, convention: theory.LossConvention, factor: float) -> None:
    x, y = some_points(dtype=torch.float64)
    bowl = theory.bowl(x, y, convention)
    rate = share * bowl.critical_learning_rate
    run = descend(x, y, START.double(), rate, 150, loss_factor=factor)
    epochs = np.arange(151)
    expected = bowl.after(START, rate, epochs)
    # A growing error carries its rounding along: what counts is how large it has become.
    scale = np.abs(expected).max(axis=1, keepdims=True)
    assert_allclose(run.params.numpy() / scale, expected / scale, atol=1e-11)
    assert_allclose(run.losses, bowl.loss_after(START, rate, epochs), rtol=1e-9)
    assert_allclose(run.gradients, (expected - bowl.least_squares) @ bowl.hessian, rtol=1e-7, atol=1e-8 * scale.max())


@pytest.mark.parametrize("rate", [1e-4, 4e-3, 0.02])
def test_descent_is_what_pytorchs_optimiser_does(rate: float) -> None:
    x, y = some_points(dtype=torch.float64)
    torch.testing.assert_close(
        descend(x, y, START.double(), rate, 200).params, by_sgd(x, y, 200, lr=rate), rtol=1e-9, atol=0
    )


def test_every_state_has_the_loss_and_gradient_at_its_own_parameters() -> None:
    x, y = some_points()
    run = descend(x, y, START, 1e-3, 20)
    assert run.epochs_run == 20
    assert (run.params.shape, run.gradients.shape, run.losses.shape) == ((21, 2), (21, 2), (21,))
    equal(run.params[0], START)
    for (w, b), loss in zip(run.params, run.losses, strict=True):
        torch.testing.assert_close(loss, torch.nn.functional.mse_loss(w * x + b, y))
    equal(run.params[1:], run.params[:-1] - 1e-3 * run.gradients[:-1])


def test_numbers_that_overflow_are_recorded_and_stop_nothing() -> None:
    x, y = some_points()
    run = descend(x, y, START, 1.0, 60, stop=StoppingRules(gradient_norm=1e30, loss_change=1e-3))
    assert run.stopped_by == "gradient_norm"  # at once: any gradient is below 1e30
    run = descend(x, y, START, 1.0, 60, stop=StoppingRules(gradient_norm=1e-3, loss_change=1e-3))
    assert (run.stopped_by, run.epochs_run) == ("epochs", 60)
    assert run.losses.isinf().any()
    assert run.losses[-1].isnan()
    assert run.params[-1].isnan().all()


@pytest.mark.parametrize(("rule", "threshold"), [("gradient_norm", 1e-2), ("loss_change", 1e-3)])
def test_a_rule_ends_the_run_at_the_first_state_that_satisfies_it(rule: str, threshold: float) -> None:
    whole = record("scaled-input")
    x, y = torch.from_numpy(whole.x), torch.from_numpy(whole.y)
    stopped = descend(x, y, START, 1e-2, 1000, stop=StoppingRules(**{rule: threshold}))
    assert stopped.stopped_by == rule
    measures = {
        "gradient_norm": np.linalg.norm(whole.gradients, axis=1),
        "loss_change": np.abs(np.diff(whole.losses.astype(np.float64), prepend=np.nan)),
    }
    assert stopped.epochs_run == np.flatnonzero(measures[rule] < threshold)[0]
    equal(stopped.params, torch.from_numpy(whole.params[: stopped.epochs_run + 1]))


# --- Other steps ---------------------------------------------------------------------------------------------


def test_without_momentum_decay_and_batches_it_is_the_plain_descent() -> None:
    x, y = some_points()
    plain, other = descend(x, y, START, 4e-3, 100), descend_otherwise(x, y, START, 4e-3, 100)
    equal(other.params, plain.params)
    equal(other.losses, plain.losses)


def test_momentum_is_that_of_pytorchs_optimiser() -> None:
    x, y = some_points(dtype=torch.float64)
    run = descend_otherwise(x, y, START.double(), 1e-3, 200, momentum=0.9)
    torch.testing.assert_close(run.params, by_sgd(x, y, 200, lr=1e-3, momentum=0.9), rtol=1e-9, atol=1e-12)


def test_the_rate_decays_with_the_inverse_of_time() -> None:
    x, y = some_points(dtype=torch.float64)
    run = descend_otherwise(x, y, START.double(), 4e-3, 200, decay=0.01)
    expected = by_sgd(x, y, 200, lambda epoch: 1 / (1 + 0.01 * epoch), lr=4e-3)
    torch.testing.assert_close(run.params, expected, rtol=1e-9, atol=1e-12)


def in_batches(batch_size: int, seed: int, epochs: int = 30) -> Trajectory:
    x, y = some_points()
    shuffle = torch.Generator().manual_seed(seed)
    return descend_otherwise(x, y, START, 1e-3, epochs, batch_size=batch_size, shuffle=shuffle)


def test_an_epoch_of_minibatches_sees_every_point_once() -> None:
    x, y = some_points()
    order = torch.randperm(11, generator=torch.Generator().manual_seed(5)).tolist()
    params = START
    for batch in (order[:4], order[4:8], order[8:]):
        run = descend(x[batch], y[batch], params, 1e-3, 1)
        params = run.params[1]
    made = in_batches(4, seed=5, epochs=1)
    equal(made.params[1], params)
    torch.testing.assert_close(made.losses[1], torch.nn.functional.mse_loss(params[0] * x + params[1], y))


def test_minibatches_depend_on_their_seed_alone() -> None:
    equal(in_batches(4, seed=5).params, in_batches(4, seed=5).params)
    assert not torch.equal(in_batches(4, seed=5).params, in_batches(4, seed=6).params)


@pytest.mark.parametrize(("batch_size", "momentum"), [(1, 0.0), (4, 0.0), (1, 0.5), (11, 0.0)])
def test_without_a_shuffle_the_batches_are_those_of_a_loader_that_does_not_shuffle(
    batch_size: int, momentum: float
) -> None:
    x, y = some_points(dtype=torch.float64)
    run = descend_otherwise(x, y, START.double(), 1e-4, 20, batch_size=batch_size, momentum=momentum)
    points = DataLoader(TensorDataset(x, y), batch_size=batch_size, shuffle=False)
    params = START.double().requires_grad_()
    optimizer = torch.optim.SGD([params], lr=1e-4, momentum=momentum)
    for epoch in range(1, 21):
        for some_x, some_y in points:
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(params[0] * some_x + params[1], some_y).backward()
            optimizer.step()
        torch.testing.assert_close(run.params[epoch], params.detach(), rtol=1e-10, atol=1e-12)


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=2, max_size=9))
def test_one_point_after_the_other_is_the_loop_that_people_write(points: list[tuple[int, int]]) -> None:
    w, b = 1.0, 0.0
    for _ in range(5):
        for some_x, some_y in points:
            error = w * some_x + b - some_y
            w, b = w - 0.002 * (2 * error * some_x), b - 0.002 * (2 * error)
    x, y = (torch.tensor(column, dtype=torch.float64) for column in zip(*points, strict=True))
    run = descend_otherwise(x, y, START.double(), 0.002, 5, batch_size=1)
    assert run.params[-1].tolist() == pytest.approx([w, b], rel=1e-12, abs=1e-12)


# --- Where it starts -----------------------------------------------------------------------------------------


@given(st.integers(0, 2**63 - 1))
def test_a_drawn_start_is_two_draws_after_manual_seed(seed: int) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        w, b = torch.randn(1), torch.randn(1)
    before = torch.random.get_rng_state()
    start = drawn_start(seed)
    assert start.dtype == torch.float32
    assert start.tolist() == [w.item(), b.item()]
    equal(torch.random.get_rng_state(), before)


# --- Many at once --------------------------------------------------------------------------------------------


def together(x: Tensor, y: Tensor, starts: Tensor, rates: Tensor, epochs: int, factor: float = 1.0) -> Trajectory:
    """All states of all runs, runs first."""
    states = list(descend_together(x, y, starts, rates, epochs, loss_factor=factor))
    return Trajectory(
        *(torch.stack([getattr(state, name) for state in states], dim=1) for name in ("params", "gradients", "losses")),
        "epochs",
    )


@pytest.mark.parametrize("count", [1, 2, 11, 16, 33, 1000])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_many_rates_at_once_are_the_single_runs_to_the_bit(count: int, dtype: torch.dtype, factor: float) -> None:
    x, y = some_points(count, dtype)
    rates = torch.logspace(-5, 0, 12, dtype=torch.float64)
    many = together(x, y.to(dtype), START.to(dtype), rates, 60, factor)
    for i, rate in enumerate(rates.tolist()):
        one = descend(x, y.to(dtype), START.to(dtype), rate, 60, loss_factor=factor)
        equal(many.params[i], one.params)
        equal(many.gradients[i], one.gradients)
        equal(many.losses[i], one.losses)


def test_many_starts_at_once_are_the_single_runs_to_the_bit() -> None:
    x, y = some_points()
    starts = torch.tensor([[1.0, 0.0], [-3.0, 40.0], [0.0, 0.0], [1e20, 1.0]])
    many = together(x, y, starts, torch.tensor(4e-3, dtype=torch.float64), 60)
    for i, start in enumerate(starts):
        equal(many.params[i], descend(x, y, start, 4e-3, 60).params)


# --- The ladder ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "id", ["rate-too-large", "scaled-input", "one-step", "double-precision", "falls-then-explodes"]
)
def test_three_ways_up_the_ladder_meet(id: str) -> None:
    ladder = climb(SCENARIOS[id])
    # Past the limit, rounding grows along with the error it adds to: by more, where the error starts in balance.
    assert 0 < ladder.largest_relative_difference < (1e-2 if id == "falls-then-explodes" else 1e-5)


def test_the_ladder_by_hand_is_the_run_itself() -> None:
    x, y = some_points()
    scenario = make(x.tolist(), y.tolist(), 4e-3, 50, (1, 0))
    equal(torch.from_numpy(climb(scenario).by_hand), descend(x, y, START, 4e-3, 50).params)


def test_the_ladder_leaves_the_global_random_state_alone() -> None:
    before = torch.random.get_rng_state()
    climb(make([1, 2], [2, 3], 0.1, 2))
    equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("training", [{"momentum": 0.9}, {"loss": "sum"}])
def test_the_ladder_refuses_what_it_cannot_climb(training: dict[str, object]) -> None:
    with pytest.raises(Fault, match="plain descent"):
        climb(make([1, 2], [2, 3], 0.1, 2, **training))
