"""What lessons 5 to 8 claim, executed: each test is named after its sentence.

The oracle is a plain loop in torch or NumPy and the textbook's least squares and eigenvalues: nothing of ours but the
eleven points.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from generator.runs import theory
from tests.course.there import record

Floats = NDArray[np.floating]


@cache
def seed_points() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(2024)
    x = torch.randint(-5, 30, (11,), generator=generator).float()
    return x, 0.5 * x + 30 + torch.randn(11, generator=generator)


def wide_points() -> tuple[Floats, Floats]:
    x, y = (tensor.double().numpy() for tensor in seed_points())
    return x, y


def descend(
    rate: float, epochs: int, w: float = 1.0, b: float = 0.0, dtype: torch.dtype = torch.float32
) -> tuple[Floats, Floats]:
    """Losses (epochs + 1,) and parameters (epochs + 1, 2) of a loop that anybody would write."""
    x, y = (tensor.to(dtype) for tensor in seed_points())
    weight, bias = torch.tensor(w, dtype=dtype), torch.tensor(b, dtype=dtype)
    losses, params = [], []
    for _ in range(epochs + 1):
        residuals = weight * x + bias - y
        losses.append((residuals**2).mean().item())
        params.append((weight.item(), bias.item()))
        weight, bias = weight - rate * (2 * residuals / 11 * x).sum(), bias - rate * (2 * residuals / 11).sum()
    return np.array(losses), np.array(params)


def hessian(x: Floats) -> Floats:
    design = np.stack([x, np.ones_like(x)])
    return 2 / len(x) * design @ design.T


def excess(x: Floats, y: Floats, params: Floats) -> Floats:
    """Loss above the best line's, for params (..., 2)."""
    best = np.polyfit(x, y, 1)
    design = np.stack([x, np.ones_like(x)])
    return np.mean(((params - best) @ design) ** 2, axis=-1)


def epochs_to(x: Floats, y: Floats, rate: float, share: float, start: tuple[float, float] = (1.0, 0.0)) -> int | None:
    """Epochs in float64 until the excess is that share of the first; None if 20,000 are too few."""
    best, H = np.polyfit(x, y, 1), hessian(x)
    error = np.array(start) - best
    goal = share * error @ H @ error
    for epoch in range(20_000):
        if error @ H @ error <= goal:
            return epoch
        if abs(error).max() > 1e100:
            return None
        error = error - rate * (H @ error)
    return None


def first_inf(losses: Floats) -> int:
    """In the convention of the table: the epoch that started from the loss."""
    return int(np.flatnonzero(np.isinf(losses))[0]) + 1


X, Y = wide_points()
SLOW, FAST = np.linalg.eigvalsh(hessian(X)).tolist()
LIMIT = 2 / FAST
BEST = 2 / (SLOW + FAST)


# --- lessons/step-too-far.md ---------------------------------------------------------------------------------


def test_after_the_first_few_steps_the_loss_is_multiplied_by_the_same_number_every_time() -> None:
    losses, _ = descend(0.02, 20)
    assert_allclose(losses[5:] / losses[4:-1], (1 - 0.02 * FAST) ** 2, rtol=1e-4)


def test_the_first_steps_grow_less_than_that() -> None:
    losses, _ = descend(0.02, 2)
    assert losses[0] < losses[1] < (1 - 0.02 * FAST) ** 2 * losses[0]


@pytest.mark.parametrize(("share", "arrives"), [(0.5, True), (0.999, True), (1.001, False), (4.0, False)])
def test_descent_converges_exactly_below_two_over_the_larger_curvature(share: float, arrives: bool) -> None:
    for start in [(1.0, 0.0), (-40.0, 7.0), (0.0, 100.0)]:
        assert (epochs_to(X, Y, share * LIMIT, 1e-3, start) is not None) == arrives


def test_the_hessian_is_the_same_at_every_w_and_b() -> None:
    x, y = torch.tensor(X), torch.tensor(Y)

    def loss(params: torch.Tensor) -> torch.Tensor:
        return ((params[0] * x + params[1] - y) ** 2).mean()

    for place in ([1.0, 0.0], [-300.0, 5.0]):
        second = torch.autograd.functional.hessian(loss, torch.tensor(place, dtype=torch.float64))
        assert_allclose(second, hessian(X), rtol=1e-12)


def test_the_loss_is_inf_at_22_w_at_43_and_both_are_nan_at_44_and_b_is_never_infinite() -> None:
    losses, params = descend(0.02, 50)
    assert first_inf(losses) == 22
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


def test_it_went_on_for_about_as_long_again() -> None:
    _, params = descend(0.02, 50)
    losses, _ = descend(0.02, 50)
    infinite_w = int(np.flatnonzero(np.isinf(params[:, 0]))[0])
    assert infinite_w / first_inf(losses) == pytest.approx(2, abs=0.1)


def test_the_diverging_line_stands_near_minus_b_over_w() -> None:
    steep = np.linalg.eigh(hessian(X))[1][:, 1]
    _, params = descend(0.02, 40)
    for w, b in params[10:]:
        assert -b / w == pytest.approx(-steep[1] / steep[0], rel=1e-3)


def test_the_curvatures_have_the_diagonal_for_their_sum_and_the_determinant_for_their_product() -> None:
    H = hessian(X)
    assert_allclose(np.roots([1, -(H[0, 0] + H[1, 1]), H[0, 0] * H[1, 1] - H[0, 1] ** 2]), [FAST, SLOW])


def test_a_loss_that_grows_steadily_at_a_thousandth_of_the_rate_has_a_wrong_sign_in_its_update() -> None:
    wrong, _ = descend(-0.02, 12)  # the sign in front of the gradient
    assert_allclose(wrong[5:] / wrong[4:-1], (1 + 0.02 * FAST) ** 2, rtol=1e-4)  # as steady as a rate too large
    assert (np.diff(descend(-0.02 / 1000, 50)[0]) > 0).all()
    assert (np.diff(descend(0.02 / 1000, 50)[0]) < 0).all()


@pytest.mark.parametrize("distance", [-20.0, 5.0, 30.0])
def test_past_the_limit_a_start_on_the_flat_direction_explodes_by_rounding(distance: float) -> None:
    flat = np.linalg.eigh(hessian(X))[1][:, 0]
    w, b = np.polyfit(X, Y, 1) + distance * flat
    losses, _ = descend(0.005, 600, w=w, b=b)
    assert losses[20] < losses[0]
    assert np.isinf(losses).any()


def test_the_loss_falls_for_sixty_epochs_and_then_explodes() -> None:
    losses, _ = descend(0.005, 500, w=1.883)
    assert (np.diff(losses[:61]) < 0).all()
    assert losses.argmin() == 61
    assert (np.diff(losses[61:300]) > 0).all()
    assert abs(first_inf(losses) - 404) <= 1


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


# --- lessons/step-too-small.md -------------------------------------------------------------------------------


def test_a_quarter_of_the_excess_is_left_after_5000_epochs() -> None:
    _, params = descend(1e-4, 5000)
    assert excess(X, Y, params[-1]) / excess(X, Y, params[0]) == pytest.approx(0.25, abs=0.01)


def test_the_error_halves_in_16_epochs_in_the_fast_direction_and_6453_in_the_slow_one() -> None:
    directions = np.linalg.eigh(hessian(X))[1]
    error = np.array([1.0, 0.0]) - np.polyfit(X, Y, 1)
    first = error @ directions
    halved: list[int] = [0, 0]
    for epoch in range(1, 7000):
        error = error - 1e-4 * hessian(X) @ error
        for i in (0, 1):
            if not halved[i] and abs(error @ directions[:, i]) <= abs(first[i]) / 2:
                halved[i] = epoch
    assert halved == [6453, 16]


def test_each_part_of_the_excess_halves_twice_as_fast_as_its_error() -> None:
    for curvature, epochs in ((FAST, 15.914), (SLOW, 6452.86)):
        assert (1 - 1e-4 * curvature) ** epochs == pytest.approx(0.5, rel=1e-3)
        assert ((1 - 1e-4 * curvature) ** 2) ** (epochs / 2) == pytest.approx(0.5, rel=1e-3)


def test_a_unit_along_a_direction_moves_the_heights_by_the_root_of_half_its_curvature() -> None:
    curvatures, directions = np.linalg.eigh(hessian(X))
    for curvature, (w, b) in zip(curvatures, directions.T, strict=True):
        assert np.sqrt(np.mean((w * X + b) ** 2)) == pytest.approx(np.sqrt(curvature / 2))


def test_the_flat_direction_keeps_its_place_among_the_points_on_the_right() -> None:
    flat, steep = np.linalg.eigh(hessian(X))[1].T
    assert np.sort(X)[-5] < -flat[1] / flat[0] < X.max()
    assert abs(steep[1] / steep[0]) < 0.1


def test_a_loss_that_changes_by_less_than_a_tenth_stops_the_run_far_from_done() -> None:
    losses, _ = descend(1e-4, 300)
    stopped = int(np.flatnonzero(np.abs(np.diff(losses)) < 0.1)[0]) + 1
    stop = record("rate-too-small").stop("loss_change", 0.1)
    assert stop is not None
    assert stop.state == stopped
    assert losses[stopped] > 400


def test_twice_the_rate_is_about_half_the_half_life() -> None:
    def half_life(product: float) -> float:
        return math.log(0.5) / math.log(1 - product)

    assert half_life(2e-4 * SLOW) == pytest.approx(half_life(1e-4 * SLOW) / 2, rel=1e-3)
    assert half_life(2e-4 * FAST) < half_life(1e-4 * FAST) / 2


@pytest.mark.parametrize("rate", [1e-4, 2e-4, 1e-3])
def test_the_half_life_is_ln_2_over_minus_the_logarithm_of_the_factor(rate: float) -> None:
    slow, fast = theory.half_lives(record("rate-too-small").bowl, rate)
    for curvature, epochs in ((SLOW, slow), (FAST, fast)):
        assert epochs == pytest.approx(math.log(2) / -math.log(1 - rate * curvature))
    assert slow == pytest.approx(math.log(2) / (rate * SLOW), rel=1e-3)


def test_no_constant_rate_comes_to_a_thousandth_in_far_fewer_epochs_than_the_best_for_the_worst_start() -> None:
    needed = {share: epochs_to(X, Y, share / 1000 * LIMIT, 1e-3) for share in range(900, 1000)}
    least = min(epochs for epochs in needed.values() if epochs is not None)
    assert least == 658 == needed[995] == needed[996]
    assert epochs_to(X, Y, BEST, 1e-3) == 686 == record("best-rate").reached(1e-3)


# --- lessons/change-the-units.md -----------------------------------------------------------------------------

PREPARED = {
    "best-rate": X,
    "centred": X - X.mean(),
    "scaled-best-rate": X * 0.1,
    "centred-and-scaled": (X - X.mean()) * 0.1,
    "one-step": (X - X.mean()) / X.std(),
}
EPOCHS = {"best-rate": 1371, "centred": 396, "scaled-best-rate": 22, "centred-and-scaled": 3, "one-step": 1}


@pytest.mark.parametrize("id", PREPARED)
def test_each_run_of_the_race_goes_at_its_own_best_rate(id: str) -> None:
    assert record(id).learning_rate == pytest.approx(2 / np.trace(hessian(PREPARED[id])), rel=1e-4)


@pytest.mark.parametrize("id", PREPARED)
def test_epochs_to_a_millionth_of_the_first_excess(id: str) -> None:
    assert epochs_to(PREPARED[id], Y, record(id).learning_rate, 1e-6) == EPOCHS[id] == record(id).reached(1e-6)


@pytest.mark.parametrize("id", PREPARED)
def test_started_from_the_same_line_they_need_the_same_epochs(id: str) -> None:
    slope = (X[1] - X[0]) / (PREPARED[id][1] - PREPARED[id][0])  # of y = x, in the units of this run
    height = X[0] - slope * PREPARED[id][0]
    assert epochs_to(PREPARED[id], Y, record(id).learning_rate, 1e-6, (slope, height)) == EPOCHS[id]


def test_standardised_data_with_rate_one_half_land_in_one_step() -> None:
    x = PREPARED["one-step"]
    for start in ([1.0, 0.0], [-70.0, 300.0]):
        residuals = start[0] * x + start[1] - Y
        step = 0.5 * 2 / len(x) * np.array([residuals @ x, residuals.sum()])
        assert_allclose(start - step, np.polyfit(x, Y, 1), rtol=1e-12)


def test_centring_separates_slope_from_height() -> None:
    assert_allclose(hessian(PREPARED["centred"]), [[2 * X.var(), 0], [0, 2]], atol=1e-12)


def test_scaling_hardly_touches_the_flat_curvature_and_raises_the_limit_about_79_times() -> None:
    slow, fast = np.linalg.eigvalsh(hessian(0.1 * X))
    assert 0.5 < slow / SLOW < 1
    assert FAST / fast == pytest.approx(79, abs=0.5)


def test_y_does_not_change_the_shape_of_the_bowl() -> None:
    x = torch.tensor(X)
    curvatures = [
        torch.autograd.functional.hessian(
            lambda p, y=y: ((p[0] * x + p[1] - y) ** 2).mean(), torch.zeros(2, dtype=torch.float64)
        )
        for y in (torch.tensor(Y), torch.tensor(1000 * Y[::-1].copy()))
    ]
    assert torch.equal(*curvatures)


@pytest.mark.parametrize(("id", "degrees"), [("best-rate", 83), ("centred", 59), ("scaled-best-rate", 41)])
def test_the_negative_gradient_misses_the_minimum(id: str, degrees: int) -> None:
    x = PREPARED[id]
    residuals = x - Y  # of the line w = 1, b = 0
    downhill = -np.array([residuals @ x, residuals.sum()])
    way = np.polyfit(x, Y, 1) - (1, 0)
    angle = math.degrees(math.acos(downhill @ way / np.linalg.norm(downhill) / np.linalg.norm(way)))
    assert angle == pytest.approx(degrees, abs=0.5)
    assert record(id).bowl.degrees_off(record(id).start) == pytest.approx(angle, abs=1e-3)


def test_only_in_a_round_bowl_does_the_arrow_point_at_the_minimum_from_every_start() -> None:
    starts = np.random.default_rng(1).normal(scale=50, size=(200, 2))
    assert max(record("one-step").bowl.degrees_off(start) for start in starts) < 1e-5
    assert max(record("centred-and-scaled").bowl.degrees_off(start) for start in starts) > 1


@pytest.mark.parametrize("id", PREPARED)
def test_the_way_back_is_the_same_line_and_scaling_does_not_change_the_best_fit(id: str) -> None:
    x = PREPARED[id]
    w, b = np.polyfit(x, Y, 1)
    assert np.mean((w * x + b - Y) ** 2) == pytest.approx(np.mean((np.polyval(np.polyfit(X, Y, 1), X) - Y) ** 2))
    weight, bias = record(id).in_original_units((w, b))
    assert_allclose([weight, bias], np.polyfit(X, Y, 1), rtol=1e-6)


def test_without_centring_the_roundest_bowl_is_at_one_over_the_root_of_the_mean_square() -> None:
    def condition(scale: float) -> float:
        return float(np.linalg.cond(hessian(scale * X)))

    scale = float(np.mean(X**2) ** -0.5)
    assert condition(scale) < min(condition(0.97 * scale), condition(1.03 * scale), condition(0.1))
    assert condition(scale) > 5


def test_the_way_back_from_x_minus_10_over_10() -> None:
    heights = 5 * ((X - 10) * 0.1) + 40
    assert_allclose(np.polyfit(X, heights, 1), [0.5, 35])


def test_multiplied_by_0_x_has_the_smallest_steep_curvature_and_no_flat_one() -> None:
    curvatures = [np.linalg.eigvalsh(hessian(scale * X)) for scale in (0.0, 0.01, 0.1, 1.0)]
    assert_allclose(curvatures[0], [0, 2])
    assert (np.diff([steep for _, steep in curvatures]) > 0).all()


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
    assert slower <= EPOCHS["best-rate"]


@pytest.mark.parametrize("kappa", [1.01, 2.0, 6.4, 400.0])
def test_from_the_worst_start_half_the_limit_takes_at_most_about_twice_the_epochs_of_the_best_rate(
    kappa: float,
) -> None:
    at_half, at_best = math.log(1 - 1 / kappa), math.log((kappa - 1) / (kappa + 1))
    assert at_best / at_half <= 2
