"""What lessons 9 to 11, the front page and the page for teachers claim, executed.

Each test is named after its sentence. The oracles are loops of torch and NumPy written here, not the site's own theory.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from generator.descent.three_ways import climb
from generator.making import source, takehome
from generator.pages.rendering import Pages
from generator.runs.update_rule import UpdateRule
from generator.scenario.reading import load
from tests.course.there import EDITION, PROJECT, SCENARIOS, page, scenario
from tests.course.there import record as shipped
from tests.runs import trained
from tests.test_takehome import in_this_process
from tests.tiny import REPOSITORY

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


# --- lessons/in-pytorch.md -----------------------------------------------------------------------------------


def test_the_three_rungs_agree_to_several_digits_all_the_way_and_not_to_the_bit() -> None:
    rungs = climb(scenario("scaled-input"))
    three = np.stack([rungs.by_hand, rungs.with_autograd, rungs.with_modules]).astype(np.float64)
    spread = np.ptp(three, axis=0).max(axis=-1) / np.abs(three).max(axis=(0, 2))
    assert 0 < spread.max() < 1e-6
    assert spread.max() == pytest.approx(rungs.largest_relative_difference, rel=0.5)


def test_the_first_rung_is_the_very_run_of_this_site() -> None:
    np.testing.assert_array_equal(climb(scenario("scaled-input")).by_hand, shipped("scaled-input").params)


def test_in_an_explosion_the_three_agree_for_as_long_as_there_are_numbers() -> None:
    rungs = climb(scenario("rate-too-large"))
    finite = np.isfinite(rungs.by_hand).all(axis=1)
    assert 30 < finite.sum() < 60
    hand, graph = rungs.by_hand[finite].astype(np.float64), rungs.with_autograd[finite].astype(np.float64)
    assert (np.abs(hand - graph).max(axis=1) / np.abs(hand).max(axis=1)).max() < 1e-5


def test_every_call_that_the_lesson_explains_stands_in_a_program_that_it_prints() -> None:
    text = page("lessons/in-pytorch.md")
    printed = source.listing("by_hand", "with_autograd", "with_modules", module="descent.three_ways")
    explained = text[text.index("Two calls are new") : text.index("Mind the shapes")]
    calls = re.findall(r"`(\w[\w.]*\.?\w+)\(", explained)
    assert len(calls) >= 6
    assert [call for call in calls if call not in printed] == []


def test_backward_adds_to_what_is_there() -> None:
    w = torch.tensor(3.0, requires_grad=True)
    for _ in range(2):
        (w**2).backward()  # type: ignore[no-untyped-call]
    assert w.grad is not None
    assert float(w.grad) == 2 * 6


def test_without_forgetting_gradients_a_run_is_momentum_of_one_and_does_not_come_to_rest() -> None:
    record = shipped("scaled-input")
    x, y = torch.tensor(record.x).double(), torch.tensor(record.y).double()

    def gradient_of(params: Tensor) -> Tensor:
        error = params[0] * x + params[1] - y
        return torch.stack([2 * (error * x).mean(), 2 * error.mean()])

    forgetful = torch.tensor(record.start, dtype=torch.float64, requires_grad=True)
    heavy = forgetful.detach().clone()
    optimizer = torch.optim.SGD([heavy.requires_grad_()], lr=record.learning_rate, momentum=1.0)
    losses = []
    for _ in range(3000):
        loss = ((forgetful[0] * x + forgetful[1] - y) ** 2).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():
            assert forgetful.grad is not None
            forgetful -= record.learning_rate * forgetful.grad
        heavy.grad = gradient_of(heavy.detach())
        optimizer.step()
        losses.append(float(loss.detach()))
    torch.testing.assert_close(forgetful.detach(), heavy.detach(), rtol=1e-8, atol=1e-8)
    assert max(losses[-200:]) > 0.3 * losses[0], "as lively as at the beginning"
    assert min(losses[-200:]) < 0.1 * losses[0], "it rolls through the bottom"


def test_a_column_beside_a_row_compares_every_prediction_with_every_target_and_pytorch_warns() -> None:
    predictions, targets = torch.arange(11.0)[:, None], torch.arange(11.0)[None, :]
    with pytest.warns(UserWarning, match="size"):
        loss = nn.MSELoss()(predictions, targets)
    pairs = [(p - t) ** 2 for p in range(11) for t in range(11)]
    assert float(loss) == pytest.approx(np.mean(pairs))
    assert len(pairs) == 121


def test_numbers_between_one_and_two_lie_two_to_the_minus_23_apart_in_32_bits() -> None:
    assert float(np.nextafter(np.float32(1), np.float32(2))) - 1 == 2.0**-23
    assert 2 - float(np.nextafter(np.float32(2), np.float32(1))) == 2.0**-23


def test_autograd_in_the_place_of_grad_fn_in_the_script_prints_the_same_first_digits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = takehome.script(
        shipped("scaled-input"), (REPOSITORY / "templates" / "en" / "train.py").read_text(encoding="utf-8")
    )
    by_hand, changed = script, script
    for old, new in (
        ("        w, b = params[0:1], params[1:2]\n", "        params = params.detach().requires_grad_()\n"),
        ("model(x, w, b)\n        loss =", "model(x, params[0:1], params[1:2])\n        loss ="),
        (
            "gradient = loss_factor * grad_fn(x, y, predictions, w, b)",
            "(gradient,) = torch.autograd.grad(loss, params)",
        ),
        ("= params, gradient, loss\n", "= params.detach(), gradient, loss.detach()\n"),
    ):
        assert changed.count(old) == 1, old
        changed = changed.replace(old, new)
    hand, graph = (
        [float(number) for number in re.findall(r"-?\d+\.\d+", in_this_process(text, monkeypatch))]
        for text in (by_hand, changed)
    )
    assert len(hand) > 50
    assert hand != graph
    assert graph == pytest.approx(hand, rel=1e-4)


# --- lessons/case-files.md -----------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [np.arange(100.0), np.arange(20000.0, 20031.0), np.array([-3.0, 0.1, 0.2, 5.0])])
def test_the_limit_lies_between_one_and_two_over_the_mean_square_and_one(x: Array) -> None:
    limit = 2 / curvatures(x)[1]
    lowest = 1 / ((x**2).mean() + 1)
    assert lowest * (1 - 1e-9) <= limit <= 2 * lowest


def test_the_two_curvatures_add_up_to_twice_the_mean_square_and_one() -> None:
    x = shipped("case-hundred-points").x.astype(np.float64)
    assert curvatures(x).sum() == pytest.approx(2 * ((x**2).mean() + 1))


def test_the_limit_of_the_hundred_points_is_three_ten_thousandths() -> None:
    x, y = np.arange(100.0), 2 * np.arange(100.0) + 50
    assert 2 / curvatures(x)[1] == pytest.approx(3.0e-4, rel=0.02)
    assert losses_of(x, y, 3.0e-4, 200)[-1] < 1e4
    assert losses_of(x, y, 3.1e-4, 200)[-1] > 1e6
    np.testing.assert_array_equal(shipped("case-hundred-points").x, x)
    np.testing.assert_array_equal(shipped("case-hundred-points").y, y)


def test_the_loss_of_the_hundred_points_begins_as_a_number_and_grows_by_a_constant_factor() -> None:
    record = shipped("case-hundred-points")
    losses = losses_of(record.x, record.y, record.learning_rate, 20)
    assert np.isfinite(record.loss_at(1))
    np.testing.assert_allclose(losses[6:] / losses[5:-1], losses[10] / losses[9], rtol=1e-6)
    assert record.loss_at(11) / record.loss_at(10) == pytest.approx(losses[10] / losses[9], rel=1e-4)


def test_64_bits_hold_out_longer_and_overflow_all_the_same() -> None:
    record = shipped("case-hundred-points")
    losses = losses_of(record.x, record.y, record.learning_rate, 400)
    overflow = int(np.flatnonzero(~np.isfinite(losses))[0]) + 1
    assert record.first_infinite_loss is not None
    assert overflow > 5 * record.first_infinite_loss


def test_a_smaller_rate_cures_the_nan_and_leaves_the_height_of_the_line_wrong() -> None:
    record = shipped("case-hundred-points-slower")
    weight, bias = np.polyfit(record.x.astype(float), record.y.astype(float), 1)
    assert (weight, bias) == (pytest.approx(2), pytest.approx(50))
    w, b = record.final_parameters
    assert abs(w - weight) < 0.5 * weight
    assert b < 0.2 * bias
    assert np.isfinite(record.losses).all()


def test_with_a_tenth_of_the_rate_the_line_is_soon_too_steep_and_at_zero_too_low_and_hardly_moves() -> None:
    params = shipped("case-hundred-points-slower").params
    assert (params[5:, 0] > 2.5).all()
    assert (params[5:, 1] < 5).all()
    assert abs(np.diff(params[5:], axis=0)).max() < 0.02


def test_from_the_second_epoch_on_the_summed_loss_grows_by_the_same_factor() -> None:
    many = shipped("case-summed-many")
    losses = losses_of(many.x, many.y, many.learning_rate, 20, "sum")
    np.testing.assert_allclose(losses[3:] / losses[2:-1], losses[-1] / losses[-2], rtol=1e-3)
    np.testing.assert_allclose(many.losses[2:20] / many.losses[1:19], losses[-1] / losses[-2], rtol=1e-3)


def test_standardised_points_have_equal_curvatures_and_a_limit_of_one() -> None:
    for id in ("case-hundred-points-standardised", "case-target-in-euros", "one-step"):
        np.testing.assert_allclose(curvatures(shipped(id).x), [2, 2], rtol=1e-6)


def test_the_standardised_hundred_points_give_back_the_line_in_the_original_units() -> None:
    record = shipped("case-hundred-points-standardised")
    assert record.in_original_units(record.final_parameters) == (
        pytest.approx(2, rel=1e-6),
        pytest.approx(50, rel=1e-6),
    )


def test_a_rate_on_a_sum_is_n_times_that_rate_on_the_mean() -> None:
    few = shipped("case-summed-few")
    n = len(few.x)
    summed = losses_of(few.x, few.y, 0.01, 50, "sum")
    averaged = losses_of(few.x, few.y, 0.01 * n, 50, "mean")
    np.testing.assert_allclose(summed, n * averaged, rtol=1e-9)


def test_ten_times_the_points_make_a_summed_loss_explode_and_an_averaged_one_not() -> None:
    many = shipped("case-summed-many")
    assert len(many.x) == 10 * len(shipped("case-summed-few").x)
    assert losses_of(many.x, many.y, many.learning_rate, 20, "sum")[-1] > 1e20
    few_rate = many.learning_rate * len(shipped("case-summed-few").x)
    assert losses_of(many.x, many.y, few_rate, 200, "mean")[-1] < 2
    assert shipped("case-averaged-many").learning_rate == pytest.approx(few_rate)
    np.testing.assert_array_equal(many.x, shipped("case-averaged-many").x)


def test_noise_has_no_part_in_the_limit() -> None:
    x, rng = np.linspace(-1, 2, 20), np.random.default_rng(0)
    limit = 2 / curvatures(x)[1]
    for noise in (0.0, 10.0):
        y = x + noise * rng.standard_normal(20)
        assert losses_of(x, y, 0.95 * limit, 400)[-1] < losses_of(x, y, 0.95 * limit, 1)[0]
        assert losses_of(x, y, 1.05 * limit, 400)[-1] > losses_of(x, y, 1.05 * limit, 1)[0]


def test_the_rents_in_euros_and_in_thousands_are_one_run_with_losses_a_million_apart() -> None:
    euros, thousands = shipped("case-target-in-euros"), shipped("case-target-in-thousands")
    np.testing.assert_allclose(euros.y, 1000 * thousands.y.astype(float), rtol=1e-6)
    np.testing.assert_allclose(euros.losses / thousands.losses.astype(float), 1e6, rtol=1e-4)
    np.testing.assert_allclose(euros.params, 1000 * thousands.params.astype(float), rtol=1e-3, atol=1e-3)


def test_no_line_does_better_on_these_flats() -> None:
    record = shipped("case-target-in-euros")
    residuals = np.polyfit(record.x.astype(float), record.y.astype(float), 1, full=True)[1]
    assert record.final_loss == pytest.approx(float(residuals[0]) / len(record.x), rel=1e-5)


def test_days_since_1970_have_a_limit_of_some_billionths() -> None:
    days = np.arange(20000.0, 20031.0)
    assert 2 / curvatures(days)[1] == pytest.approx(1 / 20000**2, rel=0.01)


def test_years_have_a_limit_of_less_than_a_millionth() -> None:
    assert 1e-8 < 2 / curvatures(np.arange(1990.0, 2021.0))[1] < 1e-6


# --- lessons/where-next.md -----------------------------------------------------------------------------------


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
    assert (np.diff(record.losses) > 1e-6 * record.losses[:-1]).sum() > 0
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


def test_a_gradient_that_stays_the_same_makes_steps_grow_to_one_over_one_minus_beta() -> None:
    velocity = 0.0
    for _ in range(200):
        velocity = 0.8 * velocity + 1.0
    assert velocity == pytest.approx(1 / (1 - 0.8))


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


# --- index.md ------------------------------------------------------------------------------------------------


def test_theory_foretells_the_ending_of_every_run_that_it_speaks_of() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for id in SCENARIOS:
            record = shipped(id)
            if not record.scenario.is_full_batch:
                assert record.prediction is None
                continue
            share = record.learning_rate * curvatures(record.x)[1] / (1 + (record.scenario.training.momentum or 0))
            share *= {"mean": 1, "sum": len(record.x), "half": 0.5}[record.scenario.training.loss]
            too_short_to_show_it = record.scenario.expect == "crawls"
            assert (record.verdict == "diverges") == (share > 2 * (1 + 1e-9) and not too_short_to_show_it), id
            assert record.outcome.as_predicted, id


def test_what_is_said_to_glide_stays_on_its_side_of_the_valley_with_ever_shorter_steps() -> None:
    gliding = [record for record in map(shipped, SCENARIOS) if record.regime == "glides"]
    if not gliding:
        pytest.skip("no run of this course glides")
    for record in gliding:
        x, y = record.x.astype(float), record.y.astype(float)
        h = (
            2
            * np.array([[(x**2).mean(), x.mean()], [x.mean(), 1]])
            * {"sum": len(x)}.get(record.scenario.training.loss, 1)
        )
        steep = np.linalg.eigh(h)[1][:, 1]
        error = np.array(record.start) - np.polyfit(x, y, 1)
        for _ in range(20):
            step = -record.learning_rate * h @ error
            after = error + step
            assert np.sign(after @ steep) in (np.sign(error @ steep), 0) or abs(after @ steep) < 1e-5, record.id
            assert np.linalg.norm(record.learning_rate * h @ after) <= np.linalg.norm(step), record.id
            error = after


@pytest.mark.parametrize("id", ["one-step", "on-the-limit", "case-summed-many", "best-rate"])
def test_a_runs_page_speaks_of_half_lives_and_last_lines_in_words_that_a_reader_expects(id: str) -> None:
    scenario(id)
    pages = Pages(PROJECT, EDITION, SCENARIOS, lambda kind, id: shipped(id))
    said = pages.scenario_page(id).split("## Take it")[0]
    assert re.findall(r"\b1 epochs|every (?:inf|0\.?\d*) |w = nan", said) == []


# --- teach.md ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "ending"), [("0.03", "diverges"), ("0.001", "crawls")])
def test_of_the_two_rates_to_try_one_keeps_the_promise_and_one_breaks_it(
    rate: str, ending: str, tmp_path: Path
) -> None:
    told = page("teach.md")
    text = scenario("rate-too-large").text
    assert f"`{rate}`" in told
    path = tmp_path / "rate-too-large.toml"
    path.write_text(text.replace("learning_rate = 0.02", f"learning_rate = {rate}"), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert trained(load(path)).verdict == ending
