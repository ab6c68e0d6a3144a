"""What lesson 9 claims, executed: a test is named after its sentence, and its oracle is the textbook's arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from tests.course.by_hand import BEST, FAST, LIMIT, SLOW, X, Y, descend, epochs_to, first_inf, hessian
from tests.course.there import record

SCALED = 0.1 * X
SCALED_LIMIT = 2 / np.linalg.eigvalsh(hessian(SCALED))[1]

# --- lessons/choosing-a-rate.md ------------------------------------------------------------------------------


def test_half_the_limit_lands_the_steep_direction_in_one_step() -> None:
    steep = np.linalg.eigh(hessian(X))[1][:, 1]
    best = np.polyfit(X, Y, 1)
    error = np.array([1.0, 0.0]) - best
    assert abs((error - hessian(X) @ error / FAST) @ steep) < 1e-12


@pytest.mark.parametrize("product", [0.2, 1.0, 1.8, 2.0, 2.2])
def test_one_product_decides(product: float) -> None:
    """Descent on ½λe² with λ = 3: the slope is λe."""
    errors = [1.0]
    for _ in range(50):
        errors.append(errors[-1] - product / 3 * (3 * errors[-1]))
    assert_allclose(errors, (1 - product) ** np.arange(51.0), atol=1e-9)
    assert (abs(errors[-1]) < 1e-4) == (product < 2)


def test_the_fewest_epochs_lie_near_the_best_rate_and_not_exactly_on_it() -> None:
    x = 0.1 * X
    slow, fast = np.linalg.eigvalsh(hessian(x))
    best = 2 / (slow + fast)
    at_best = epochs_to(x, Y, best, 1e-6)
    near = epochs_to(x, Y, 0.97 * best, 1e-6)
    assert (near, at_best) == (21, 22)
    assert epochs_to(x, Y, 0.5 * best, 1e-6) > 30  # type: ignore[operator]
    assert epochs_to(x, Y, 0.99 * 2 / fast, 1e-6) > 300  # type: ignore[operator]


def test_the_fewest_epochs_are_21_from_0_299_to_0_317() -> None:
    slow, fast = np.linalg.eigvalsh(hessian(0.1 * X))
    fewest = [rate for rate in np.arange(1, 1000) / 1000 * 2 / fast if epochs_to(0.1 * X, Y, rate, 1e-6) == 21]
    assert (fewest[0], fewest[-1]) == pytest.approx((0.299, 0.317), abs=5e-4)
    assert fewest[-1] < 2 / (slow + fast)


def test_the_best_rate_makes_both_directions_equally_bad_and_is_kappa_over_kappa_plus_one_of_the_limit() -> None:
    kappa = FAST / SLOW
    assert_allclose([1 - BEST * SLOW, -(1 - BEST * FAST)], (kappa - 1) / (kappa + 1))
    assert_allclose(BEST / LIMIT, kappa / (kappa + 1))


def test_with_curvatures_1_and_9_the_best_rate_leaves_four_fifths_and_is_nine_tenths_of_the_limit() -> None:
    rates = np.linspace(0.001, 2 / 9, 100_000)
    worst = np.maximum(abs(1 - rates), abs(1 - 9 * rates))
    best = rates[worst.argmin()]
    assert best == pytest.approx(0.2, abs=1e-5)
    assert worst.min() == pytest.approx(0.8, abs=1e-4)
    assert best / (2 / 9) == pytest.approx(0.9, abs=1e-4)


def test_the_loss_falls_at_every_step_while_w_turns_round_at_every_step() -> None:
    losses, params = descend(record("best-rate").learning_rate, 1500)
    assert (np.diff(losses) < 0).all()
    moves = np.diff(params[:, 0])
    assert (moves[1:] * moves[:-1] < 0).all()
    assert_allclose(losses, record("best-rate").losses, rtol=1e-5)


def test_on_the_limit_the_loss_stays_at_the_best_plus_what_was_in_the_steep_direction() -> None:
    losses, _ = descend(LIMIT, 3000, dtype=torch.float64)
    steep = np.linalg.eigh(hessian(X))[1][:, 1]
    kick = (np.array([1.0, 0.0]) - np.polyfit(X, Y, 1)) @ steep
    floor = np.mean((np.polyval(np.polyfit(X, Y, 1), X) - Y) ** 2)
    assert losses[-1] == pytest.approx(floor + FAST / 2 * kick**2, rel=1e-6)
    assert losses[-1] == pytest.approx(record("on-the-limit").final_loss, rel=1e-3)


def test_a_sum_divides_the_limit_by_the_number_of_points_and_a_half_doubles_it() -> None:
    x, y = torch.tensor(X), torch.tensor(Y)

    def limit(factor: float) -> float:
        def loss(p: torch.Tensor) -> torch.Tensor:
            return factor * ((p[0] * x + p[1] - y) ** 2).sum()

        second = torch.autograd.functional.hessian(loss, torch.zeros(2, dtype=torch.float64))
        return 2 / torch.linalg.eigvalsh(second)[-1].item()

    assert limit(1.0) == pytest.approx(limit(1 / 11) / 11)
    assert limit(1 / 22) == pytest.approx(limit(1 / 11) * 2)


def test_a_failed_run_tells_the_limit() -> None:
    losses, _ = descend(0.02, 11)
    growth = losses[10] / losses[9]
    assert 2 * 0.02 / (1 + math.sqrt(growth)) == pytest.approx(LIMIT, rel=1e-5)


def test_one_per_cent_above_the_best_rate_explodes_and_one_per_cent_below_does_no_harm() -> None:
    losses, _ = descend(1.01 * BEST, 3000)
    assert 2500 < first_inf(losses) < 3000
    slower = epochs_to(X, Y, 0.99 * BEST, 1e-6)
    assert slower is not None
    assert slower <= epochs_to(X, Y, BEST, 1e-6)  # type: ignore[operator]


@pytest.mark.parametrize("kappa", [1.01, 2.0, 6.4, 400.0])
def test_from_the_worst_start_half_the_limit_takes_at_most_about_twice_the_epochs_of_the_best_rate(
    kappa: float,
) -> None:
    at_half, at_best = math.log(1 - 1 / kappa), math.log((kappa - 1) / (kappa + 1))
    assert at_best / at_half <= 2


def test_at_99_per_cent_of_the_limit_it_takes_many_more_epochs_than_at_half_of_it() -> None:
    assert epochs_to(SCALED, Y, 0.5 * SCALED_LIMIT, 1e-6) == 36
    assert epochs_to(SCALED, Y, 0.99 * SCALED_LIMIT, 1e-6) == 337


def test_ten_times_a_small_rate_takes_about_a_tenth_of_the_epochs() -> None:
    slow, ten_times = (epochs_to(SCALED, Y, share * SCALED_LIMIT, 1e-6) for share in (0.01, 0.1))
    assert slow / ten_times == pytest.approx(10, rel=0.03)  # type: ignore[operator]


def test_of_four_products_the_one_that_halves_and_changes_the_sign_leaves_least_after_four_steps() -> None:
    left = {}
    for product in (0.4, 1.5, 1.8, 2.4):
        error = 1.0
        for _ in range(4):
            error = error - product * error
        left[product] = abs(error)
    assert min(left, key=lambda product: left[product]) == 1.5
    assert left == {0.4: pytest.approx(0.6**4), 1.5: 0.0625, 1.8: pytest.approx(0.8**4), 2.4: pytest.approx(1.4**4)}


def test_a_flipped_sign_grows_steadily_at_any_rate_and_the_formula_finds_a_limit_that_is_none() -> None:
    curvature = np.linalg.eigvalsh(hessian(SCALED))[1]
    error = np.array([1.0, 0.0]) - np.polyfit(SCALED, Y, 1)
    excesses = []
    for _ in range(300):
        excesses.append(0.5 * error @ hessian(SCALED) @ error)
        error = error + 0.01 * hessian(SCALED) @ error
    growth = excesses[-1] / excesses[-2]
    assert growth == pytest.approx((1 + 0.01 * curvature) ** 2)
    assert growth == pytest.approx(1.111, abs=5e-4)
    assert 2 * 0.01 / (1 + math.sqrt(growth)) == pytest.approx(0.00974, abs=5e-6)
    assert pytest.approx(0.370, abs=5e-4) == SCALED_LIMIT


DAYS = np.arange(20_000.0, 20_031.0)  # since 1970


@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize("x", [X, SCALED, DAYS, DAYS - DAYS.mean(), np.array([5.0, 5.0, 5.1])])
def test_a_rate_times_the_mean_of_x_squared_plus_1_below_1_tells_a_wrong_sign_from_a_right_one(
    x: np.ndarray, reduce: str
) -> None:
    """With a summed loss, times their sum. By autograd, at rates that are tried with either sign."""
    xs, ys = torch.tensor(x), torch.tensor(3 * x + np.cos(np.arange(len(x))))
    curvatures = np.linalg.eigvalsh(hessian(x)) * (len(x) if reduce == "sum" else 1)

    def loss(params: torch.Tensor) -> torch.Tensor:
        squares: torch.Tensor = getattr((params[0] * xs + params[1] - ys) ** 2, reduce)()
        return squares

    params = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(loss(params), params)
    for share in (0.999, 0.5, 0.01):
        rate = share / float(getattr(xs**2 + 1, reduce)())
        assert rate < 2 / curvatures[1]
        assert curvatures[1] <= curvatures.sum() * (1 + 1e-12)
        assert loss(params - rate * slope) < loss(params) < loss(params + rate * slope)


def test_a_thousandth_of_a_usual_rate_and_once_more_may_still_be_past_the_limit() -> None:
    assert 2 / np.linalg.eigvalsh(hessian(DAYS))[1] < 0.01 / 1000 / 1000


@pytest.mark.parametrize("rate", [1e-8, 1e-5, 0.01, 1.0])
def test_with_the_wrong_sign_the_first_step_raises_the_loss_at_every_rate_and_else_lowers_it_at_a_small_one(
    rate: float,
) -> None:
    start = np.array([1.0, 0.0])
    slope = hessian(X) @ (start - np.polyfit(X, Y, 1))

    def loss(params: np.ndarray) -> float:
        return float(np.mean((params @ np.stack([X, np.ones(11)]) - Y) ** 2))

    assert loss(start + rate * slope) > loss(start)
    assert (loss(start - rate * slope) < loss(start)) == (rate < 2 / FAST)


def test_a_growth_of_4_an_epoch_at_three_hundredths_says_a_limit_of_two_hundredths() -> None:
    curvature = 2 / 0.02
    errors = [1.0]
    for _ in range(3):
        errors.append(errors[-1] - 0.03 * curvature * errors[-1])
    assert_allclose(np.divide(errors[1:], errors[:-1]) ** 2, 4)
    assert 2 * 0.03 / (1 + math.sqrt(4)) == pytest.approx(0.02)


def test_the_loss_of_epoch_1_is_that_of_the_start_and_of_epoch_e_the_one_after_e_minus_1_steps() -> None:
    it = record("best-rate")
    losses, params = descend(it.learning_rate, 6)
    assert_allclose([it.loss_at(epoch) for epoch in range(1, 7)], losses[:6], rtol=1e-5)
    assert_allclose(it.params_after(5), params[5], rtol=1e-4)


def test_in_batches_the_mean_loss_of_epoch_1_can_be_nan_by_the_rate_alone() -> None:
    """x = 0 … 99 at a rate that explodes: a point at a time, a hundred steps before anything is printed."""
    x = torch.arange(100.0)
    y = 2 * x + 50
    printed = []
    for size in (100, 1):
        w, b, losses = torch.tensor(0.0), torch.tensor(0.0), []
        for xs, ys in zip(x.split(size), y.split(size), strict=True):
            errors = w * xs + b - ys
            losses.append((errors**2).mean())
            w, b = w - 0.01 * (2 * errors * xs).mean(), b - 0.01 * (2 * errors).mean()
        printed.append(float(torch.stack(losses).mean()))
    assert math.isfinite(printed[0])
    assert not math.isfinite(printed[1])


def test_tripling_can_land_at_99_per_cent_of_the_limit_and_half_the_limit_is_far_better() -> None:
    rates = [0.99 * SCALED_LIMIT / 3**power for power in (3, 2, 1, 0)]
    assert rates[0] == pytest.approx(0.0136, abs=5e-5)
    assert [epochs_to(SCALED, Y, rate, 1e-6) for rate in rates] == [531, 175, 57, 337]
    assert epochs_to(SCALED, Y, 3 * rates[-1], 1e-6) is None


def test_an_error_that_goes_from_8_to_minus_6_is_at_seven_eighths_of_the_limit() -> None:
    curvature = 5.0
    rate = 0.875 * 2 / curvature
    assert 8 - rate * curvature * 8 == pytest.approx(-6)


def test_a_tenfold_file_leaves_the_limit_of_the_mean_and_divides_that_of_the_sum_by_ten() -> None:
    tenfold = np.tile(X, 10)
    assert np.linalg.eigvalsh(hessian(tenfold))[1] == pytest.approx(FAST)
    summed, tenfold_summed = (np.linalg.eigvalsh(len(x) * hessian(x))[1] for x in (X, tenfold))
    assert tenfold_summed == pytest.approx(10 * summed)
