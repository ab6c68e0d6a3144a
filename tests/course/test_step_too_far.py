"""What lesson 6 claims, executed: each test is named after its sentence.

The oracle is a plain loop in torch or NumPy and the textbook's least squares and eigenvalues: nothing of ours but the
points.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from generator.runs import theory
from tests.course.by_hand import FAST, LIMIT, SLOW, X, Y, descend, epochs_to, first_inf, hessian, mse, seed_points
from tests.course.there import page, record
from tests.runs import make, trained

STEEP = np.linalg.eigh(hessian(X))[1][:, 1]
BEST_LINE = np.polyfit(X, Y, 1)


# --- lessons/step-too-far.md ---------------------------------------------------------------------------------


def test_the_loss_grows_and_is_not_infinite_in_the_first_twenty_epochs() -> None:
    losses, _ = descend(0.02, 20)
    assert (np.diff(losses) > 0).all()
    assert np.isfinite(losses[:20]).all()


def test_two_swings_and_then_the_line_looks_upright() -> None:
    _, params = descend(0.02, 40)
    slopes = params[:, 0]
    assert abs(slopes[1]) < 10 < abs(slopes[2]) < 100 < abs(slopes[3:]).min()
    for w, b in params[10:]:
        assert -b / w == pytest.approx(-STEEP[1] / STEEP[0], rel=1e-3)


def test_the_sign_of_the_error_in_the_steep_direction_changes_every_time() -> None:
    _, params = descend(0.02, 40)
    errors = (params - BEST_LINE) @ STEEP
    assert (errors[1:] * errors[:-1] < 0).all()
    assert_allclose(errors[1:7] / errors[:6], 1 - 0.02 * FAST, rtol=1e-4)


def test_after_the_first_few_steps_the_loss_is_multiplied_by_the_same_number_every_time() -> None:
    losses, _ = descend(0.02, 20)
    assert_allclose(losses[5:] / losses[4:-1], (1 - 0.02 * FAST) ** 2, rtol=1e-4)


def test_in_the_first_step_the_whole_loss_grows_less_than_that() -> None:
    losses, _ = descend(0.02, 2)
    assert losses[0] < losses[1] < (1 - 0.02 * FAST) ** 2 * losses[0] / 3


@pytest.mark.parametrize("product", [0.3, 0.9, 1.1, 1.9, 2.0, 2.1])
def test_what_a_step_leaves_by_the_product_of_rate_and_curvature(product: float) -> None:
    """On L = ½λe², from e = 3: the side, and whether it is nearer, by the slope that a difference quotient finds."""
    curvature, e, h = 7.0, 3.0, 1e-4
    slope = (curvature * (e + h) ** 2 - curvature * (e - h) ** 2) / (4 * h)
    left = e - product / curvature * slope
    assert (left > 0) == (product < 1)
    assert left == pytest.approx(-e) if product == 2 else (abs(left) < e) == (product < 2)


def test_at_three_halves_it_converges_and_crosses_the_bottom_each_time() -> None:
    """λ₊ = 50 and η = 0.03, with a flatter direction beside it."""
    errors = [np.array([1.0, 1.0])]
    for _ in range(60):
        errors.append(errors[-1] - 0.03 * np.array([7.0, 50.0]) * errors[-1])
    steep = np.array(errors)[:, 1]
    assert abs(steep[-1]) < 1e-9
    assert (steep[1:] * steep[:-1] < 0).all()


@pytest.mark.parametrize(("share", "arrives"), [(0.5, True), (0.999, True), (1.001, False), (4.0, False)])
def test_descent_converges_exactly_below_two_over_the_larger_curvature(share: float, arrives: bool) -> None:
    for start in [(1.0, 0.0), (-40.0, 7.0), (0.0, 100.0)]:
        assert (epochs_to(X, Y, share * LIMIT, 1e-3, start) is not None) == arrives


def test_the_curvatures_are_the_same_at_every_w_and_b() -> None:
    x, y = torch.tensor(X), torch.tensor(Y)

    def loss(params: torch.Tensor) -> torch.Tensor:
        return ((params[0] * x + params[1] - y) ** 2).mean()

    for place in ([1.0, 0.0], [-300.0, 5.0]):
        second = torch.autograd.functional.hessian(loss, torch.tensor(place, dtype=torch.float64))
        assert_allclose(second, hessian(X), rtol=1e-12)


@pytest.mark.parametrize("x", [X, np.array([0.0, 2.0, 4.0]), 0.1 * X])
def test_the_curvatures_have_twice_the_mean_square_plus_2_for_their_sum_and_four_variances_for_their_product(
    x: np.ndarray,
) -> None:
    total, product = 2 * np.mean(x**2) + 2, 4 * x.var()
    assert_allclose(np.sort(np.roots([1, -total, product])), np.linalg.eigvalsh(hessian(x)))


def test_the_three_points_by_hand_as_the_page_prints_them() -> None:
    x = [Fraction(0), Fraction(2), Fraction(4)]
    mean, square = sum(x) / 3, sum(xi * xi for xi in x) / 3
    total, product = 2 * square + 2, 4 * (square - mean**2)
    assert (round(float(total), 2), round(float(product), 2)) == (15.33, 10.67)
    steepest = (15.33 + math.sqrt(15.33**2 - 4 * 10.67)) / 2  # by what is printed, not by more digits
    assert steepest == pytest.approx(14.60, abs=5e-3)
    assert round(2 / 14.60, 3) == 0.137
    bowl = record("three-points").bowl
    assert_allclose(bowl.eigenvalues[1], steepest, rtol=1e-3)
    assert_allclose(bowl.critical_learning_rate, 0.137, rtol=1e-3)


def test_with_0_15_the_loss_of_the_three_points_grows_1_42_times_an_epoch() -> None:
    x, y = np.array([0.0, 2.0, 4.0]), np.array([3.0, 5.5, 5.0])
    w, b, losses = 2.0, 0.0, []
    for _ in range(60):
        errors = w * x + b - y
        losses.append(mse(x, y, w, b))
        w, b = w - 0.15 * 2 * np.mean(errors * x), b - 0.15 * 2 * np.mean(errors)
    assert losses[-1] / losses[-2] == pytest.approx(1.42, abs=0.005)
    assert math.sqrt(losses[-1] / losses[-2]) == pytest.approx(1.19, abs=0.005)


def test_the_numbers_of_the_eleven_points_give_their_limit() -> None:
    total, product = 427.27, 457.79  # as printed
    assert 2 * np.mean(X**2) + 2 == pytest.approx(total, abs=5e-3)
    assert 4 * X.var() == pytest.approx(product, abs=5e-3)
    larger, smaller = np.roots([1, -total, product])
    assert larger == pytest.approx(426.2, abs=5e-2)
    assert smaller == pytest.approx(1.07, abs=5e-3)
    assert 0.02 / (2 / larger) == pytest.approx(4.26, abs=5e-3)


@pytest.mark.parametrize(("product", "what"), [(0.99, "glides"), (1.01, "crosses"), (1.99, "crosses")])
def test_at_one_over_the_steep_curvature_the_path_begins_to_cross_the_valley(product: float, what: str) -> None:
    _, params = descend(product / FAST, 20, dtype=torch.float64)
    errors = (params - BEST_LINE) @ STEEP
    assert (errors[1] * errors[0] > 0) == (what == "glides")


def test_the_loss_is_inf_at_22_w_at_43_and_both_are_nan_at_44_and_b_is_never_infinite() -> None:
    losses, params = descend(0.02, 50)
    assert first_inf(losses) == 22
    assert np.isfinite(losses[20])
    assert np.isinf(losses[21])  # t = 21, where epoch 22 starts
    assert np.isfinite(params[42]).all()  # after epoch 42
    assert np.isinf(params[43, 0])
    assert np.isnan(losses[:44]).sum() == 1
    assert np.isnan(losses[43])  # what epoch 44 started from
    assert not np.isinf(params[:, 1]).any()
    assert np.isnan(params[44]).all()


def test_a_single_squared_residual_no_longer_fits_when_the_loss_is_first_inf() -> None:
    _, params = descend(0.02, 21)
    largest = float(np.finfo(np.float32).max)
    assert ((params[21] @ np.stack([X, np.ones(11)]) - Y) ** 2).max() > largest
    assert ((params[20] @ np.stack([X, np.ones(11)]) - Y) ** 2).max() < largest


def test_infinity_times_the_x_that_is_0_makes_the_nan() -> None:
    x, _ = seed_points()
    heights = torch.tensor(math.inf) * x
    assert (x == 0).sum() == 2
    assert torch.equal(heights.isnan(), x == 0)


def test_w_needed_about_as_long_again() -> None:
    losses, params = descend(0.02, 50)
    infinite_w = int(np.flatnonzero(np.isinf(params[:, 0]))[0])
    assert infinite_w / first_inf(losses) == pytest.approx(2, abs=0.1)


def test_in_a_tensor_a_square_that_does_not_fit_is_inf_and_in_plain_python_it_raises() -> None:
    for dtype in (torch.float32, torch.float64):
        assert torch.isinf(torch.tensor(1e200, dtype=torch.float64).to(dtype) ** 2)
    with pytest.raises(OverflowError):
        _ = 1e200**2


def test_the_plain_loop_with_the_eleven_points_and_this_rate_ends_in_an_overflow_error_in_epoch_176() -> None:
    found = re.search(r"^```python\n(x, y = .*?)^```$", page("lessons/descend.md"), re.DOTALL | re.MULTILINE)
    assert found
    _, rest = found[1].split("\nfor epoch", maxsplit=1)
    told = {"x": X.tolist(), "y": Y.tolist(), "w": 1.0, "b": 0.0, "learning_rate": 0.02, "print": lambda *_: None}
    with pytest.raises(OverflowError):
        exec("\nfor epoch" + rest, told)
    assert told["epoch"] == 176
    wide = record("double-precision").first_infinite_loss
    assert wide is not None
    assert told["epoch"] == wide + 1


def test_the_loss_of_epoch_1_owes_nothing_to_the_rate() -> None:
    assert len({descend(rate, 0)[0][0] for rate in (1e-6, 0.02, 1e30)}) == 1


@pytest.mark.parametrize("share", [0.999, 0.5, 1e-3, 1e-6])
def test_below_the_limit_the_loss_falls_in_every_epoch_and_with_a_wrong_sign_it_grows_at_any_rate(share: float) -> None:
    rate = share * 2 / FAST
    assert (np.diff(descend(rate, 50, dtype=torch.float64)[0]) < 0).all()
    assert (np.diff(descend(-rate, 50, dtype=torch.float64)[0]) > 0).all()


@pytest.mark.parametrize(("share", "safe"), [(0.99, True), (1.01, False)])
def test_with_nothing_in_the_steep_direction_a_start_is_safe_on_paper_up_to_two_over_the_flat_curvature(
    share: float, safe: bool
) -> None:
    """Points whose two directions are the axes, so that paper has no rounding: x = −1 and 1, times 3."""
    x, y = [Fraction(-3), Fraction(3)], [Fraction(1), Fraction(4)]
    curvatures = (2 * Fraction(9), Fraction(2))  # along w and along b
    w, b, rate = Fraction(1, 2), Fraction(1), Fraction(share) * 2 / curvatures[1]  # w is the best one
    assert rate > 2 / curvatures[0]
    first = b - Fraction(5, 2)
    for _ in range(100):
        errors = [w * xi + b - yi for xi, yi in zip(x, y, strict=True)]
        w, b = w - rate * sum(e * xi for e, xi in zip(errors, x, strict=True)), b - rate * sum(errors)
    assert w == Fraction(1, 2)
    assert (abs(b - Fraction(5, 2)) < abs(first)) is safe


def test_the_loss_falls_for_sixty_epochs_and_then_grows_without_end() -> None:
    losses, _ = descend(0.005, 500, w=1.883)
    assert (np.diff(losses[:61]) < 0).all()
    assert losses.argmin() == 61
    assert losses[71] < 2 * losses[61]  # and is nowhere near infinity within ten epochs
    assert (np.diff(losses[61:300]) > 0).all()
    assert abs(first_inf(losses) - 404) <= 1


def test_along_the_flat_direction_the_error_shrinks_and_along_the_steep_one_it_grows() -> None:
    _, params = descend(0.005, 60, w=1.883, dtype=torch.float64)
    errors = abs((params - BEST_LINE) @ np.linalg.eigh(hessian(X))[1])
    assert_allclose(errors[1:] / errors[:-1], np.tile([1 - 0.005 * SLOW, 0.005 * FAST - 1], (60, 1)), rtol=1e-4)
    assert errors[0, 0] > 1e5 * errors[0, 1]


@pytest.mark.parametrize("distance", [-20.0, 5.0, 30.0])
def test_past_the_limit_a_start_on_the_flat_direction_explodes_by_rounding(distance: float) -> None:
    flat = np.linalg.eigh(hessian(X))[1][:, 0]
    w, b = np.polyfit(X, Y, 1) + distance * flat
    losses, _ = descend(0.005, 600, w=w, b=b)
    assert losses[20] < losses[0]
    assert np.isinf(losses).any()


def test_where_the_gradient_is_exactly_0_a_start_stays_put_even_at_10() -> None:
    run = trained(make([0.0, 2.0, 4.0], [3.0, 5.5, 5.0], 10.0, 300, (0.5, 3.5)))
    assert (run.gradients == 0).all()
    assert (run.params == [0.5, 3.5]).all()
    assert_allclose(record("three-points").bowl.least_squares, [0.5, 3.5])


def test_after_epoch_11_the_sign_of_w_has_flipped_and_its_size_grown_by_the_factor() -> None:
    _, params = descend(0.02, 11)
    assert params[10, 0] < 0 < params[11, 0]
    assert params[11, 0] / params[10, 0] == pytest.approx(1 - 0.02 * FAST, rel=1e-5)


def test_double_precision_moves_the_wall_to_epoch_175_and_nan_to_351() -> None:
    losses, _ = descend(0.02, 360, dtype=torch.float64)
    assert first_inf(losses) == 175
    assert int(np.flatnonzero(np.isnan(losses))[0]) + 1 == 351


def test_one_per_cent_above_the_limit_is_inf_when_theory_says() -> None:
    losses, _ = descend(1.01 * LIMIT, 2200)
    big = record("rate-too-large")
    assert theory.overflow_epoch(big.bowl, big.start, 1.01 * LIMIT, "float32") == pytest.approx(
        first_inf(losses), abs=1
    )
