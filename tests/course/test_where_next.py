"""What lesson 12 claims, executed: each test is named after its sentence; the oracles are loops of torch and NumPy."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from generator.runs import theory
from generator.runs.update_rule import UpdateRule
from tests.course.there import record as shipped

Array = NDArray[Any]


def curvatures(x: Array) -> Array:
    """Eigenvalues, ascending, of (2/n) AᵀA with A = [x, 1]."""
    a = np.stack([x, np.ones_like(x)], axis=1).astype(np.float64)
    found: Array = np.linalg.eigvalsh(2 * a.T @ a / len(a))
    return found


def losses_of(x: Array, y: Array, rate: float, epochs: int, reduce: str = "mean", dtype: Any = torch.float64) -> Array:
    """Plain descent from (0, 0) by autograd: the loss that each epoch starts from."""
    xs, ys = torch.tensor(x, dtype=dtype), torch.tensor(y, dtype=dtype)
    params = torch.zeros(2, dtype=dtype, requires_grad=True)
    losses = []
    for _ in range(epochs):
        loss = getattr((params[0] * xs + params[1] - ys) ** 2, reduce)()
        (gradient,) = torch.autograd.grad(loss, params)
        losses.append(float(loss.detach()))
        with torch.no_grad():
            params -= rate * gradient
    return np.array(losses)


# --- lessons/where-next.md ------------------------------------------------------------------------------------


def test_momentum_reaches_a_millionth_in_about_a_tenth_of_the_epochs_of_the_best_constant_rate() -> None:
    heavy, plain = shipped("momentum"), shipped("best-rate")
    x, y = torch.tensor(heavy.x).double(), torch.tensor(heavy.y).double()
    weight, bias = np.polyfit(heavy.x.astype(float), heavy.y.astype(float), 1)
    floor = float(((weight * x + bias - y) ** 2).mean())

    def epochs(rate: float, momentum: float) -> int:
        params = torch.tensor(heavy.start, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([params], lr=rate, momentum=momentum)
        first = None
        for epoch in range(2000):
            optimizer.zero_grad()
            loss = ((params[0] * x + params[1] - y) ** 2).mean()
            first = first or float(loss.detach()) - floor
            if float(loss.detach()) - floor <= 1e-6 * first:
                return epoch
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        raise AssertionError("never")

    momentum = heavy.scenario.training.momentum
    assert momentum is not None
    ours, plainly = epochs(heavy.learning_rate, momentum), epochs(plain.learning_rate, 0.0)
    assert heavy.reached(1e-6) == pytest.approx(ours, abs=2)
    assert plain.reached(1e-6) == pytest.approx(plainly, abs=2)
    assert 0.05 < ours / plainly < 0.2


def test_with_momentum_the_limit_moves_to_two_times_one_plus_beta_over_the_larger_curvature() -> None:
    fast, beta = curvatures(shipped("momentum").x)[1], 0.8

    def growth(rate: float) -> float:
        """Largest growth an epoch of (error, velocity) in the steep direction."""
        step = np.array([[1 - rate * fast, -rate * beta], [fast, beta]])
        return float(np.abs(np.linalg.eigvals(step)).max())

    limit = 2 * (1 + beta) / fast
    assert growth(0.999 * limit) < 1 < growth(1.001 * limit)
    assert 2 / fast < shipped("momentum").learning_rate < limit


def test_with_momentum_the_loss_may_rise_and_all_is_well() -> None:
    record = shipped("momentum")
    assert (np.diff(record.losses) > 1e-4 * record.losses[:-1]).sum() > 0
    assert record.verdict == "converges"


def test_both_runs_cross_the_valley_again_and_again_and_plain_descent_does_so_at_every_epoch() -> None:
    for id, least in (("best-rate", 1.0), ("momentum", 0.8)):
        record = shipped(id)
        x, (weight, bias) = record.x.astype(float), np.polyfit(record.x.astype(float), record.y.astype(float), 1)
        steep = np.linalg.eigh(np.array([[(x**2).mean(), x.mean()], [x.mean(), 1]]))[1][:, 1]
        error = (record.params[:125].astype(float) - [weight, bias]) @ steep
        assert (error[1:] * error[:-1] < 0).mean() >= least, id


def test_the_loss_of_the_momentum_run_rises_in_so_many_epochs_and_only_at_first() -> None:
    record = shipped("momentum")
    x, y = torch.tensor(record.x).double(), torch.tensor(record.y).double()
    params = torch.tensor(record.start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([params], lr=record.learning_rate, momentum=0.8)
    losses = []
    for _ in range(record.epochs_run + 1):
        optimizer.zero_grad()
        loss = ((params[0] * x + params[1] - y) ** 2).mean()
        losses.append(float(loss.detach()))
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    rises = np.flatnonzero(np.diff(losses) > 0)
    np.testing.assert_array_equal(rises, np.flatnonzero(np.diff(record.losses) > 1e-4 * record.losses[:-1]))
    assert max(rises) < 20


def test_the_best_pair_for_the_bowl_needs_a_few_epochs_less_than_our_run() -> None:
    heavy = shipped("momentum")
    x, y = heavy.x.astype(float), heavy.y.astype(float)
    slow, fast = curvatures(x)
    best = np.polyfit(x, y, 1)
    hessian = 2 * np.array([[(x**2).mean(), x.mean()], [x.mean(), 1]])

    def epochs(rate: float, beta: float) -> int:
        error, velocity = np.array(heavy.start, dtype=float) - best, np.zeros(2)
        first = error @ hessian @ error
        for epoch in range(5000):
            if error @ hessian @ error <= 1e-6 * first:
                return epoch
            velocity = beta * velocity + hessian @ error
            error = error - rate * velocity
        raise AssertionError("never")

    root = (fast / slow) ** 0.5
    rate, beta = 4 / (fast**0.5 + slow**0.5) ** 2, ((root - 1) / (root + 1)) ** 2
    momentum = heavy.scenario.training.momentum
    assert momentum is not None
    pair, ours = epochs(rate, beta), epochs(heavy.learning_rate, momentum)
    assert UpdateRule(*heavy.bowl.best_pair).epochs_to_share(heavy.bowl, heavy.start, 1e-6) == pair
    assert heavy.reached(1e-6) == ours
    assert pair < ours < 1.1 * pair
    # What an epoch leaves in the long run is the larger |eigenvalue| of (error, velocity) → (error, velocity).
    steps = [np.array([[1 - rate * each, -rate * beta], [each, beta]]) for each in (slow, fast)]
    for step in steps:  # both at once; a double root is known to the root of rounding only
        assert abs(np.linalg.eigvals(step)).max() == pytest.approx((root - 1) / (root + 1), rel=1e-6)


def test_a_decaying_rate_from_past_the_limit_makes_the_error_larger_in_its_first_epochs_and_smaller_ever_after() -> (
    None
):
    bowl, fast = shipped("momentum").bowl, curvatures(shipped("momentum").x)[1]
    error, sizes = 1.0, [1.0]
    for t in range(200):
        error -= 2.5 * (2 / fast) / (1 + 0.2 * t) * fast * error
        sizes.append(abs(error))
    grows = np.diff(sizes) > 0
    assert grows[:8].all()
    assert not grows[8:].any()
    assert UpdateRule(2.5 * bowl.critical_learning_rate, decay=0.2).epochs_past_limit(bowl) == 8


def test_without_momentum_the_rate_of_the_momentum_run_explodes() -> None:
    record = shipped("momentum")
    assert losses_of(record.x, record.y, record.learning_rate, 100)[-1] > 1e10


def test_a_batch_is_right_on_average_even_the_last_and_smaller_one() -> None:
    record = shipped("minibatches")
    x, y, (w, b) = record.x.astype(float), record.y.astype(float), record.start
    slopes = 2 * (w * x + b - y) * x
    shuffle = torch.Generator().manual_seed(0)
    drawn = [torch.randperm(11, generator=shuffle).split(4) for _ in range(20000)]
    for position, size in enumerate((4, 4, 3)):
        batches = torch.stack([batches[position] for batches in drawn]).numpy()
        assert batches.shape[1] == size
        means = slopes[batches].mean(axis=1)
        assert means.mean() == pytest.approx(slopes.mean(), abs=5 * means.std() / len(means) ** 0.5)


def test_minibatches_are_quick_at_first_and_do_not_arrive() -> None:
    shaky = shipped("minibatches")
    x, y = shaky.x.astype(float), shaky.y.astype(float)
    weight, bias = np.polyfit(x, y, 1)
    floor = float(((weight * x + bias - y) ** 2).mean())
    slower = losses_of(x, y, shaky.learning_rate, 400)  # from another start, and as far away
    assert shaky.losses[10] - floor < 0.5 * (slower[10] - floor)
    late = shaky.losses[-100:].astype(float) - floor
    assert late.mean() > 1e-3
    assert late.std() > 0.1 * late.mean(), "it trembles"
    assert slower[-1] - floor < 1e-9


def test_at_the_best_line_the_gradient_of_a_few_points_is_not_zero() -> None:
    record = shipped("minibatches")
    x, y = record.x.astype(float), record.y.astype(float)
    weight, bias = np.polyfit(x, y, 1)
    slopes = 2 * (weight * x + bias - y) * x
    assert abs(slopes.mean()) < 1e-9
    assert min(abs(slopes[first : first + 4].mean()) for first in range(8)) > 1e-3


def test_points_exactly_on_a_line_bring_minibatches_to_rest() -> None:
    x, shuffle = torch.linspace(-0.5, 2.9, 11, dtype=torch.float64), torch.Generator().manual_seed(1)
    y, params = 5 * x + 30, torch.zeros(2, dtype=torch.float64)
    for _ in range(1000):
        for batch in torch.randperm(11, generator=shuffle).split(4):
            error = params[0] * x[batch] + params[1] - y[batch]
            params = params - 0.1 * torch.stack([2 * (error * x[batch]).mean(), 2 * error.mean()])
    torch.testing.assert_close(params, torch.tensor([5.0, 30.0], dtype=torch.float64), rtol=0, atol=1e-10)


def test_a_decaying_rate_brings_the_same_batches_far_closer() -> None:
    shaky, calm = shipped("minibatches"), shipped("minibatches-decaying")
    np.testing.assert_array_equal(shaky.params[1], calm.params[1])  # the same batches, the same first epoch
    assert calm.excess[-100:].mean() < shaky.excess[-100:].mean() / 100


def test_shorter_steps_tremble_less() -> None:
    x, y = (torch.tensor(numbers).double() for numbers in (shipped("minibatches").x, shipped("minibatches").y))
    weight, bias = np.polyfit(x.numpy(), y.numpy(), 1)

    def trembling(rate: float) -> float:
        shuffle, params = torch.Generator().manual_seed(2), torch.tensor([weight, bias])
        losses = []
        for _ in range(1500):
            for batch in torch.randperm(11, generator=shuffle).split(4):
                error = params[0] * x[batch] + params[1] - y[batch]
                params = params - rate * torch.stack([2 * (error * x[batch]).mean(), 2 * error.mean()])
            losses.append(float(((params[0] * x + params[1] - y) ** 2).mean()))
        return float(np.mean(losses[500:])) - float(((weight * x + bias - y) ** 2).mean())

    assert trembling(0.02) < trembling(0.05) < trembling(0.1)


def shaken(x: Array, y: Array, rate: float, size: int, epochs: int, seed: int) -> float:
    """How far from 0 the line is after so many epochs of batches, drawn anew each time; inf where it explodes."""
    rng, params = np.random.default_rng(seed), np.array([1.0, 0.0])
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for first in range(0, len(x), size):
            batch = order[first : first + size]
            errors = params[0] * x[batch] + params[1] - y[batch]
            params = params - rate * 2 * np.array([(errors * x[batch]).mean(), errors.mean()])
        if abs(params).max() > 1e9:
            return np.inf
    return float(abs(params).max())


@pytest.mark.parametrize("seed", range(5))
def test_in_batches_a_run_may_explode_within_the_limit(seed: int) -> None:
    x, y = shipped("minibatches").x.astype(float), shipped("minibatches").y.astype(float)
    rate = 0.65 * 2 / curvatures(x)[1]
    assert losses_of(x, y, rate, 500)[-1] < 1, "with all points in a step it converges"
    assert np.isinf(shaken(x, y, rate, 1, 500, seed))


@pytest.mark.parametrize(("x", "rate"), [(2.3, 0.1), (2.3, 0.2), (-0.5, 0.7), (0.0, 0.4)])
def test_a_step_on_one_point_alone_multiplies_its_error_by_1_minus_2_eta_times_x_squared_plus_1(
    x: float, rate: float
) -> None:
    params = torch.tensor([1.5, -2.0], dtype=torch.float64, requires_grad=True)
    error = params[0] * x + params[1] - 7
    (error**2).backward()  # type: ignore[no-untyped-call]
    w, b = (params - rate * params.grad).tolist()  # type: ignore[operator]
    left = (w * x + b - 7) / error.item()
    assert left == pytest.approx(1 - 2 * rate * (x**2 + 1))
    assert (abs(left) > 1) == (rate > 1 / (x**2 + 1))


def test_the_farthest_point_is_left_farther_off_from_less_than_half_the_limit_on() -> None:
    x = shipped("minibatches").x.astype(float)
    own = 1 / (abs(x).max() ** 2 + 1)
    assert own == pytest.approx(0.159, abs=5e-4)
    assert own / (2 / curvatures(x)[1]) == pytest.approx(0.43, abs=5e-3)


def test_the_badge_asks_in_each_direction_for_a_thousandth_of_what_that_direction_had_at_first() -> None:
    """And from a far start for a hundredth of the variance of y."""
    bowl = shipped("scaled-input").bowl
    first = np.array([0.5, 50.0])
    tolerances = bowl.tolerances(first, "float32")
    assert tolerances == pytest.approx([0.0005, 0.05])
    far = bowl.tolerances(np.array([1e6, 1e7]), "float32")
    assert far == pytest.approx([0.01 * shipped("scaled-input").y.astype(float).var()] * 2, rel=1e-5)


def test_the_other_rises_are_rounding_once_the_run_has_all_but_arrived() -> None:
    record = shipped("momentum")
    rises = np.diff(record.losses.astype(float)) / record.losses[:-1]
    small = np.flatnonzero((rises > 0) & (rises <= 1e-4))
    assert len(small) > 0
    assert small.min() > 124, "after the epoch at which a millionth is left"
    assert rises[small].max() < 32 * np.finfo(np.float32).eps


def test_a_direction_follows_the_quadratic_equation_whose_solutions_multiply_to_beta() -> None:
    curvature, rate, beta = 3.0, 0.2, 0.8
    error, velocity, errors = 1.0, 0.0, [1.0]
    for _ in range(60):
        velocity = beta * velocity + curvature * error
        error -= rate * velocity
        errors.append(error)
    roots = np.roots([1, -(1 + beta - rate * curvature), beta])
    assert np.prod(roots) == pytest.approx(beta)
    assert np.abs(roots) == pytest.approx([beta**0.5] * 2), "they are not real here"
    parts = np.linalg.solve(np.array([[1, 1], roots]), np.array(errors[:2], dtype=complex))
    np.testing.assert_allclose(errors, [(parts @ roots**t).real for t in range(61)], atol=1e-12)
    for before, now, after in zip(errors, errors[1:], errors[2:], strict=False):
        assert after == pytest.approx(now - rate * curvature * now + beta * (now - before))


def counted(rate: float, beta: float) -> tuple[int, int]:
    """Epochs until a millionth of the first excess is left: for the first time, and for good."""
    x, y = (shipped("momentum").x.astype(float), shipped("momentum").y.astype(float))
    hessian = 2 * np.array([[(x**2).mean(), x.mean()], [x.mean(), 1]])
    error, velocity, excesses = np.array([1.0, 0.0]) - np.polyfit(x, y, 1), np.zeros(2), []
    for _ in range(2000):
        excesses.append(error @ hessian @ error)
        velocity = beta * velocity + hessian @ error
        error = error - rate * velocity
    there = np.array(excesses) <= 1e-6 * excesses[0]
    return int(np.flatnonzero(there)[0]), int(np.flatnonzero(~there)[-1]) + 1


@pytest.mark.parametrize("beta", [0.0, 0.3, 0.9])
def test_the_limit_is_where_minus_1_solves_the_equation(beta: float) -> None:
    product = 2 * (1 + beta)
    assert min(abs(np.roots([1, -(1 + beta - product), beta]) + 1)) < 1e-9
    assert abs(np.roots([1, -(1 + beta - 0.99 * product), beta])).max() < 1
    assert abs(np.roots([1, -(1 + beta - 1.01 * product), beta])).max() > 1


def test_at_the_best_pair_both_solutions_are_equal_in_either_direction() -> None:
    bowl = shipped("momentum").bowl
    rate, beta = bowl.best_pair
    for curvature in bowl.eigenvalues.tolist():
        one, other = np.roots([1, -(1 + beta - rate * curvature), beta])
        assert abs(one - other) < 1e-6


def test_at_plain_descents_best_rate_more_and_more_memory_saves_epochs_and_then_costs_some() -> None:
    rate = shipped("best-rate").learning_rate
    none, half, much, most = (counted(rate, beta)[0] for beta in (0, 0.5, 0.85, 0.95))
    assert none > half > much < most
    assert (none, much, most) == (1371, 154, 168)


def test_with_beta_nine_tenths_it_is_there_by_luck_and_goes_out_again() -> None:
    assert counted(shipped("best-rate").learning_rate, 0.9) == (47, 138)


@pytest.mark.parametrize("kappa", [400.0, 1e4, 1e6])
def test_the_best_pair_takes_about_as_many_epochs_divided_by_the_root_of_kappa(kappa: float) -> None:
    plain = 1 / -np.log((kappa - 1) / (kappa + 1))
    pair = 1 / -np.log((kappa**0.5 - 1) / (kappa**0.5 + 1))
    assert pair == pytest.approx(plain / kappa**0.5, rel=2e-3)


def smallest_network(rate: float, u: float, v: float, steps: int = 300) -> tuple[float, float, list[float]]:
    """Descent on (uv − 1)², by autograd."""
    params, losses = torch.tensor([u, v], dtype=torch.float64, requires_grad=True), []
    for _ in range(steps):
        loss = (params.prod() - 1) ** 2
        losses.append(float(loss.detach()))
        (gradient,) = torch.autograd.grad(loss, params)
        with torch.no_grad():
            params -= rate * gradient
    return float(params[0].detach()), float(params[1].detach()), losses


def sharpness(u: float, v: float) -> float:
    found = torch.autograd.functional.hessian(  # type: ignore[no-untyped-call]
        lambda params: (params.prod() - 1) ** 2, torch.tensor([u, v], dtype=torch.float64)
    )
    return float(torch.linalg.eigvalsh(found)[-1])


@pytest.mark.parametrize("u", [1.0, 3.0, 5.0])
def test_the_sharpness_of_a_bottom_is_twice_the_sum_of_the_squares(u: float) -> None:
    assert sharpness(u, 1 / u) == pytest.approx(2 * (u**2 + 1 / u**2))


def test_in_the_middle_lies_a_saddle() -> None:
    found = torch.autograd.functional.hessian(  # type: ignore[no-untyped-call]
        lambda params: (params.prod() - 1) ** 2, torch.zeros(2, dtype=torch.float64)
    )
    low, high = torch.linalg.eigvalsh(found).tolist()
    assert low < 0 < high


def test_one_rate_rests_beside_its_start_and_the_other_is_thrown_to_where_the_valley_is_flatter() -> None:
    u, v, losses = smallest_network(0.1, 3, 0.34)
    assert (u, v) == pytest.approx((3, 1 / 3), abs=2e-3)
    assert max(losses) == losses[0]
    assert sharpness(u, v) < 2 / 0.1
    u, v, losses = smallest_network(0.12, 3, 0.34)
    assert sharpness(3, 1 / 3) > 2 / 0.12 > sharpness(u, v)
    assert max(losses) > 500 * losses[0]
    assert losses[-1] < 1e-20


@pytest.mark.parametrize(("rate", "rests"), [(0.01, True), (0.03, True), (0.07, False), (0.3, False)])
def test_of_four_rates_two_come_to_rest_beside_the_bottom_at_five(rate: float, rests: bool) -> None:
    u, v, _ = smallest_network(rate, 5, 0.2 + 1e-4, steps=2000)
    assert (abs(u - 5) < 0.01 and abs(v - 0.2) < 0.01) == rests


@pytest.mark.parametrize("rate", [0.12, 0.2])
def test_at_a_bottom_that_is_sharper_than_the_edge_it_does_not_rest_unless_it_lands_there_exactly(rate: float) -> None:
    assert sharpness(3, 1 / 3) > 2 / rate
    losses = smallest_network(rate, 3, 1 / 3 + 1e-9, steps=200)[2]
    assert max(losses) > 1e6 * losses[0]
    assert sharpness(4, 0.25) > 2 / rate
    assert smallest_network(rate, 4, 0.25)[:2] == (4, 0.25)


def test_where_the_first_states_are_sharper_than_later_ones_a_warm_up_helps() -> None:
    rate = 0.45
    assert sharpness(1, 1) < 2 / rate < sharpness(2, 2)
    assert not smallest_network(rate, 2, 2)[2][-1] < 1, "without it the run explodes"
    u, v, _ = smallest_network(0.05, 2, 2, steps=20)
    assert sharpness(u, v) < 2 / rate
    u, v, losses = smallest_network(rate, u, v)
    assert losses[-1] < 1e-20


def test_a_rate_that_was_safe_may_be_too_large_later() -> None:
    rate, start = 0.6, 0.1
    assert sharpness(start, start) < 2 / rate < sharpness(1, 1)
    _, _, losses = smallest_network(rate, start, start)
    assert (np.diff(losses[:4]) < 0).all(), "it goes well at first"
    assert min(losses[100:]) > 1e-3, "and comes to no rest"


def test_where_a_run_rests_depends_on_its_start_and_on_its_rate() -> None:
    by_start = [smallest_network(0.1, u, 0.34)[:2] for u in (1.0, 2.0, 3.0)]
    by_rate = [smallest_network(rate, 3, 0.34)[:2] for rate in (0.1, 0.12)]
    for ends in (by_start, by_rate):
        assert [u * v for u, v in ends] == pytest.approx([1] * len(ends))
        assert min(abs(one[0] - other[0]) for one, other in itertools.combinations(ends, 2)) > 0.1


def test_a_steady_gradient_makes_steps_twenty_times_as_long_with_beta_nineteen_twentieths() -> None:
    velocity = 0.0
    for _ in range(1000):
        velocity = 0.95 * velocity + 1.0
    assert velocity == pytest.approx(20)


def test_so_the_whole_run_can_be_foretold() -> None:
    record, beta = shipped("momentum"), 0.8
    x, y = record.x.astype(float), record.y.astype(float)
    best = np.polyfit(x, y, 1)
    values, vectors = np.linalg.eigh(2 * np.array([[(x**2).mean(), x.mean()], [x.mean(), 1]]))
    before = now = vectors.T @ (np.array(record.start) - best)
    floor = float(((best[0] * x + best[1] - y) ** 2).mean())
    by_equation = []
    for _ in range(50):
        by_equation.append(floor + 0.5 * float(values @ now**2))
        before, now = now, now - record.learning_rate * values * now + beta * (now - before)
    ours = UpdateRule(record.learning_rate, beta)
    for epoch in (2, 3, 5, 10, 50):
        assert ours.loss_after(record.bowl, record.start, epoch - 1) == pytest.approx(by_equation[epoch - 1], rel=1e-9)
        assert record.loss_at(epoch) == pytest.approx(by_equation[epoch - 1], rel=1e-4)


def test_no_other_constant_pair_leaves_less_from_the_worst_start() -> None:
    slow, fast = curvatures(shipped("momentum").x)
    root = (fast / slow) ** 0.5

    def left(rate: float, beta: float) -> float:
        return float(max(abs(np.roots([1, -(1 + beta - rate * each), beta])).max() for each in (slow, fast)))

    rate, beta = 4 / (fast**0.5 + slow**0.5) ** 2, ((root - 1) / (root + 1)) ** 2
    least = (root - 1) / (root + 1)
    assert left(rate, beta) == pytest.approx(least, rel=1e-6)
    others = [left(r, b) for r in np.linspace(0.05, 2, 80) * rate for b in np.linspace(0, 0.999, 80)]
    others += [left(r, b) for r in np.linspace(0.97, 1.03, 31) * rate for b in np.linspace(0.97, 1.03, 31) * beta]
    assert min(others) > least * (1 - 1e-6)


@pytest.mark.parametrize("kappa", [2.0, 6.4, 400.0])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0, 1.05, 1.2])
def test_at_any_beta_one_rate_is_best_for_the_worst_start_and_above_the_best_beta_others_leave_as_little(
    kappa: float, share: float
) -> None:
    """The rate 2(1 + β)/(λ₋ + λ₊), against all that are tried; ``share`` is of the best β."""
    root = kappa**0.5
    best_beta = ((root - 1) / (root + 1)) ** 2
    beta = min(share * best_beta, 0.5 + best_beta / 2)

    def left(rates: Array) -> Array:
        """The larger solution of z² − (1 + β − ηλ)z + β = 0, in the worse direction, at each rate."""
        middle = 1 + beta - np.outer(rates, [1.0, kappa])
        square = (middle**2 - 4 * beta).astype(complex) ** 0.5
        return np.max(np.maximum(abs(middle + square), abs(middle - square)) / 2, axis=1)

    rate = 2 * (1 + beta) / (1 + kappa)
    others = np.concatenate([np.linspace(0.001, 3, 3001), np.linspace(0.99, 1.01, 401)]) * rate
    least, all_others = float(left(np.array([rate]))[0]), left(others)
    assert (all_others >= least - 1e-9).all()
    as_good = others[all_others <= least + 1e-9]
    if share < 1:
        assert as_good == pytest.approx(rate, rel=1e-6), "no other"
        assert least > beta**0.5 + 1e-6
    if share > 1:
        assert least == pytest.approx(beta**0.5)
        assert np.ptp(as_good) > 1e-3 * rate
    if share == 1:
        assert rate == pytest.approx(4 / (root + 1) ** 2), "that of the best pair"


def test_plain_descent_at_its_best_leaves_the_same_of_kappa_itself() -> None:
    slow, fast = curvatures(shipped("best-rate").x)
    kappa, rate = fast / slow, 2 / (slow + fast)
    assert max(abs(1 - rate * slow), abs(1 - rate * fast)) == pytest.approx((kappa - 1) / (kappa + 1))
    assert shipped("best-rate").learning_rate == pytest.approx(rate, rel=1e-3)


def test_like_the_best_rate_the_best_pair_stands_close_to_its_limit() -> None:
    slow, fast = curvatures(shipped("momentum").x)
    rate, beta = shipped("momentum").bowl.best_pair
    assert 0.95 < rate / (2 * (1 + beta) / fast) < 1
    assert 0.95 < (2 / (slow + fast)) / (2 / fast) < 1


def test_what_small_batches_have_after_ten_epochs_plain_descent_has_much_later() -> None:
    shaky = shipped("minibatches")
    x, y = shaky.x.astype(float), shaky.y.astype(float)
    best, hessian = np.polyfit(x, y, 1), 2 * np.array([[(x**2).mean(), x.mean()], [x.mean(), 1]])
    floor = float(((best[0] * x + best[1] - y) ** 2).mean())
    goal, error, epochs = float(shaky.losses[10]) - floor, np.array(shaky.start) - best, 0
    while 0.5 * error @ hessian @ error > goal:
        error, epochs = error - shaky.learning_rate * hessian @ error, epochs + 1
    assert epochs > 10
    assert epochs == pytest.approx(theory.epochs_to_excess(shaky.bowl, shaky.start, shaky.learning_rate, goal), abs=1)
