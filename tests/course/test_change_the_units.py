"""What lesson 8 claims, executed: a test is named after its sentence, and its oracle is the textbook's arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from generator.runs import theory
from tests.course.by_hand import FAST, SLOW, X, Y, epochs_to, excess, hessian
from tests.course.there import record

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


def test_multiplied_by_0_x_has_the_smallest_steep_curvature_and_no_flat_one() -> None:
    curvatures = [np.linalg.eigvalsh(hessian(scale * X)) for scale in (0.0, 0.01, 0.1, 1.0)]
    assert_allclose(curvatures[0], [0, 2])
    assert (np.diff([steep for _, steep in curvatures]) > 0).all()


def test_the_excess_is_the_mean_square_of_what_the_line_is_off_at_each_point() -> None:
    best, off = np.polyfit(X, Y, 1), np.array([0.7, -3.0])
    multiplied_out = np.mean(X**2) * off[0] ** 2 + 2 * X.mean() * off[0] * off[1] + off[1] ** 2
    assert excess(X, Y, best + off) == pytest.approx(np.mean((off[0] * X + off[1]) ** 2))
    assert excess(X, Y, best + off) == pytest.approx(multiplied_out)


@pytest.mark.parametrize("id", PREPARED)
def test_the_curvatures_have_the_sum_and_the_product_of_the_quadratic_equation(id: str) -> None:
    x = PREPARED[id]
    slow, fast = np.linalg.eigvalsh(hessian(x))
    assert slow + fast == pytest.approx(2 * (np.mean(x**2) + 1))
    assert slow * fast == pytest.approx(4 * x.var())
    assert_allclose(record(id).bowl.eigenvalues, [slow, fast], rtol=1e-5)


@pytest.mark.parametrize("id", PREPARED)
def test_at_the_best_rate_the_error_shrinks_in_the_worst_case_by_kappa_minus_1_over_kappa_plus_1(id: str) -> None:
    curvatures = np.linalg.eigvalsh(hessian(PREPARED[id]))
    kappa = curvatures[1] / curvatures[0]
    assert abs(1 - 2 / curvatures.sum() * curvatures).max() == pytest.approx((kappa - 1) / (kappa + 1))


def test_after_so_many_epochs_the_loss_is_at_the_finish_and_a_table_prints_it_one_row_later() -> None:
    it = record("scaled-best-rate")
    state = it.reached(1e-6)
    assert state is not None
    assert float(it.losses[state]) == it.loss_at(state + 1)


def test_each_rate_is_large_or_small_only_beside_the_limit_of_its_own_data() -> None:
    limits = {id: 2 / np.linalg.eigvalsh(hessian(PREPARED[id]))[1] for id in ("best-rate", "scaled-best-rate")}
    assert record("best-rate").learning_rate < 0.02 * limits["scaled-best-rate"]
    assert record("scaled-best-rate").learning_rate > limits["best-rate"]
    assert epochs_to(X, Y, record("scaled-best-rate").learning_rate, 1e-6) is None
    assert epochs_to(0.1 * X, Y, record("best-rate").learning_rate, 1e-6) > 1000  # type: ignore[operator]


@pytest.mark.parametrize("scale", [1 / 23, 1 / math.sqrt(212.6), 1 / math.sqrt(114.4)])
def test_the_scales_that_the_question_offers_are_those_of_the_points_and_none_makes_a_round_bowl(scale: float) -> None:
    offered = {1 / X.max(), np.mean(X**2) ** -0.5, X.var() ** -0.5}
    assert min(abs(scale / each - 1) for each in offered) < 1e-3
    kappas = {each: np.linalg.cond(hessian(each * X)) for each in offered}
    assert min(kappas, key=lambda each: kappas[each]) == np.mean(X**2) ** -0.5
    assert min(kappas.values()) == pytest.approx(5.24, abs=0.005)


def test_torch_divides_by_one_less_than_the_points_and_numpy_by_all_of_them() -> None:
    x = torch.tensor(X)
    assert float(x.std()) == pytest.approx(X.std(ddof=1))
    assert float(x.std(correction=0)) == pytest.approx(X.std())
    assert X.std() == pytest.approx(math.sqrt(np.mean((X - X.mean()) ** 2)))


def test_divided_by_the_other_deviation_the_bowl_is_not_quite_round_and_takes_three_epochs_or_by_luck_two() -> None:
    x = (X - X.mean()) / X.std(ddof=1)
    slow, fast = np.linalg.eigvalsh(hessian(x))
    assert (slow, fast) == (pytest.approx(2 * 10 / 11), pytest.approx(2))
    assert 2 / (slow + fast) == pytest.approx(0.5238, abs=5e-5)
    assert epochs_to(x, Y, 2 / (slow + fast), 1e-6) == 3
    assert epochs_to(x, Y, 0.5, 1e-6) == 2
    assert {epochs_to(x, Y, 0.5, 1e-6, (w, 0.0)) for w in (1.0, -30.0, 500.0)} == {2, 3}  # by luck


def test_at_rate_one_half_x_times_0_is_done_in_one_step_on_the_mean_of_y_with_its_variance_for_a_loss() -> None:
    w, b = 1.0, 0.0
    errors = w * 0 * X + b - Y
    w, b = w - 0.5 * np.mean(2 * errors * 0 * X), b - 0.5 * np.mean(2 * errors)
    assert (w, b) == (1.0, pytest.approx(Y.mean()))
    assert np.mean((b - Y) ** 2) == pytest.approx(Y.var()) == pytest.approx(27.15, abs=0.01)
    flat = theory.bowl(0 * X, Y)
    assert flat.floor == pytest.approx(Y.var())
    assert flat.eigenvalues[0] == 0


def test_centred_x_with_a_variance_of_4_leaves_three_fifths_an_epoch() -> None:
    x = np.array([-2.0, 2.0, 2.0, -2.0])
    rates = np.linspace(0.001, 0.25, 10_000)
    worst = abs(1 - np.outer(rates, np.linalg.eigvalsh(hessian(x)))).max(axis=1)
    assert x.var() == 4
    assert worst.min() == pytest.approx(0.6, abs=1e-3)
    error = np.array([1.0, 0.0, 0.0, 1.0])[:2] @ np.linalg.eigh(hessian(x))[1]  # in one direction alone
    rate = 2 / np.linalg.eigvalsh(hessian(x)).sum()
    after = error * (1 - rate * np.linalg.eigvalsh(hessian(x)))
    losses = [float(np.linalg.eigvalsh(hessian(x)) / 2 @ each**2) for each in (error, after)]
    assert losses[1] / losses[0] == pytest.approx(0.36), "of the excess loss"


def test_a_model_trained_on_changed_x_predicts_from_changed_x() -> None:
    x = np.array([12.0, 20.0, 26.0])
    heights = 3 * ((x - 20) * 0.5) + 7
    slope, height = np.polyfit(x, heights, 1)
    assert (slope, height) == (pytest.approx(1.5), pytest.approx(-23))
    assert slope * 24 + height == pytest.approx(13)
    assert 3 * 24 + 7 == 79  # asked with x as it is
