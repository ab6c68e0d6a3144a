"""What lesson 2 claims, executed: each test is named after its sentence, and brings its own arithmetic."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import torch
from numpy.testing import assert_allclose

from tests.course.there import page, record


def points(id: str) -> tuple[np.ndarray, np.ndarray]:
    return record(id).x.astype(np.float64), record(id).y.astype(np.float64)


def mse(x: np.ndarray, y: np.ndarray, w: float, b: float) -> float:
    return float(np.mean((w * x + b - y) ** 2))


def best_line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    w, b = np.polyfit(x, y, 1)
    return float(w), float(b)


# --- lessons/how-wrong.md ------------------------------------------------------------------------------------


def test_the_errors_of_the_level_line_cancel_and_it_is_wrong_all_the_same() -> None:
    x, y = points("eleven-points")
    assert_allclose(np.sum(y.mean() - y), 0, atol=1e-10)
    assert mse(x, y, 0.0, float(y.mean())) > 50 * mse(x, y, *best_line(x, y))


def test_the_loss_of_the_run_is_the_average_area_of_the_squares() -> None:
    it = record("eleven-points")
    x, y = points("eleven-points")
    for state in (0, 10, it.epochs_run):
        w, b = it.params[state].astype(np.float64)
        assert_allclose(it.losses[state], np.mean(np.square(w * x + b - y)), rtol=1e-5)


def test_the_line_with_the_least_squares_is_the_one_that_makes_the_points_most_likely() -> None:
    x, y = points("eleven-points")
    best = best_line(x, y)

    def log_likelihood(w: float, b: float) -> float:
        heights = torch.as_tensor(w * x + b)
        return float(torch.distributions.Normal(heights, 1.0).log_prob(torch.as_tensor(y)).sum())

    steps = [(0.001, 0), (-0.001, 0), (0, 0.01), (0, -0.01), (0.001, -0.01), (-0.001, 0.01)]
    assert all(log_likelihood(best[0] + dw, best[1] + db) < log_likelihood(*best) for dw, db in steps)


def test_one_wrong_point_in_eleven_turns_a_rising_line_into_one_that_falls_a_little() -> None:
    clean_x, clean_y = points("eleven-points")
    wrong_x, wrong_y = points("outlier")
    assert np.array_equal(clean_x, wrong_x)
    assert np.flatnonzero(clean_y != wrong_y).tolist() == [1]
    assert (f"{clean_y[1]:.1f}", f"{wrong_y[1]:.1f}") == ("27.5", "72.5")
    assert best_line(clean_x, clean_y)[0] > 0 > best_line(wrong_x, wrong_y)[0] > -0.1
    assert record("eleven-points").final_parameters[0] > 0 > record("outlier").final_parameters[0]


def test_the_two_runs_differ_in_that_one_point_alone() -> None:
    clean, wrong = (record(id).scenario for id in ("eleven-points", "outlier"))
    assert (clean.training, clean.input, clean.target, clean.stop) == (
        wrong.training, wrong.input, wrong.target, wrong.stop,
    )  # fmt: skip


def test_the_pictures_of_the_slip_and_the_table_name_the_same_line_to_two_decimals() -> None:
    x, y = points("outlier")
    best, (w, b) = best_line(x, y), record("outlier").final_parameters
    assert [f"{each:.2f}" for each in (w, b)] == [f"{each:.2f}" for each in best]
    assert f"{best[0]:.2f}" == "-0.05"


def test_the_wrong_points_square_shrinks_at_the_cost_of_ten_that_grow() -> None:
    (x, clean), (_, wrong) = points("eleven-points"), points("outlier")
    old = (np.polyval(np.polyfit(x, clean, 1), x) - wrong) ** 2
    new = (np.polyval(np.polyfit(x, wrong, 1), x) - wrong) ** 2
    assert np.flatnonzero(new < old).tolist() == [1]
    assert old[1] > 100 * np.delete(old, 1).sum()


def test_with_and_without_the_slip_the_line_first_tilts_far_up_and_then_sinks_slowly_back() -> None:
    for id in ("eleven-points", "outlier"):
        slopes = record(id).params[:, 0]
        assert slopes[0] == 1
        assert slopes[:4].max() > 1.5
        assert np.argmax(slopes) < 5
        assert (np.diff(slopes[5:3000]) < 0).all()
    assert record("outlier").params[-1, 0] < 0


def test_the_line_still_passes_far_below_the_wrong_point() -> None:
    x, y = points("outlier")
    assert 30 < y[1] - np.polyval(np.polyfit(x, y, 1), x[1]) < 40


def test_the_slope_moves_by_the_lever_times_the_slip_over_n_variances() -> None:
    (x, before), (_, after) = points("eleven-points"), points("outlier")
    slip = after[1] - before[1]
    tilt = best_line(x, after)[0] - best_line(x, before)[0]
    assert_allclose(tilt, (x[1] - x.mean()) * slip / (len(x) * x.var()), rtol=1e-9)
    rise = np.polyval(np.polyfit(x, after, 1), x.mean()) - np.polyval(np.polyfit(x, before, 1), x.mean())
    assert_allclose(rise, slip / len(x), rtol=1e-9)


def test_a_slip_at_the_mean_of_x_does_not_tilt_the_line() -> None:
    x, y = np.array([-3.0, 0.0, 1.0, 2.0]), np.array([1.0, 2.0, 4.0, 3.0])
    slipped = y + np.array([0, 45, 0, 0])
    assert_allclose(np.polyfit(x, slipped, 1) - np.polyfit(x, y, 1), [0, 45 / 4], atol=1e-12)


def test_y_in_centimetres_multiplies_the_loss_by_ten_thousand() -> None:
    x, y = points("eleven-points")
    assert_allclose(mse(x, 100 * y, *best_line(x, 100 * y)), 100**2 * mse(x, y, *best_line(x, y)), rtol=1e-9)


def test_the_plain_loop_of_the_lesson_computes_the_loss() -> None:
    (code,) = re.findall(r"```python\n(total = .*?)```", page("lessons/how-wrong.md"), flags=re.DOTALL)
    x, y = points("eleven-points")
    names: dict[str, Any] = {"x": x.tolist(), "y": y.tolist(), "w": 1.0, "b": 0.0}
    exec(code, names)
    assert_allclose(names["loss"], mse(x, y, 1.0, 0.0), rtol=1e-12)
    assert_allclose(names["loss"], record("eleven-points").initial_loss, rtol=1e-6)


def test_one_miss_of_four_costs_more_than_eleven_of_one() -> None:
    assert np.mean(np.square([0] * 10 + [4])) > np.mean(np.square([1] * 11))


def test_twice_the_errors_are_four_times_the_loss_and_twice_its_root() -> None:
    x, y = points("eleven-points")
    line = 0.4 * x + 31
    loss, doubled = (np.mean((line - (line + k * (y - line))) ** 2) for k in (1, 2))
    assert_allclose([doubled, doubled**0.5], [4 * loss, 2 * loss**0.5])


def test_the_square_has_a_slope_that_shrinks_with_the_error_and_the_absolute_value_a_kink() -> None:
    for power, right, left in ((2, 2e-3, -2e-3), (1, 1, -1)):
        e = torch.tensor([1e-3, -1e-3], requires_grad=True)
        (slopes,) = torch.autograd.grad((e.abs() ** power).sum(), e)
        assert_allclose(slopes, [right, left], rtol=1e-5)


def test_the_best_line_is_level_when_the_slip_has_gone_most_of_its_way() -> None:
    x, clean = points("eleven-points")
    _, wrong = points("outlier")

    def slope_at(height: float) -> float:
        return best_line(x, np.where(np.arange(11) == 1, height, clean))[0]

    low, high = clean[1], wrong[1]
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if slope_at(middle) > 0 else (low, middle)
    assert_allclose(low, 68.2, atol=0.05)
    assert_allclose((low - clean[1]) / (wrong[1] - clean[1]), 0.91, atol=0.005)
    assert slope_at(float(clean.mean())) > 0
    assert slope_at(float(2 * clean.mean() - clean[1])) > 0
    assert_allclose(slope_at((clean[1] + wrong[1]) / 2), 0.22, atol=0.005)


def test_a_slip_at_minus_5_tilts_the_line_most_and_one_at_6_least_whatever_the_heights() -> None:
    x, clean = points("eleven-points")
    for y in (clean, np.random.default_rng(1).normal(size=11)):
        tilts = [abs(best_line(x, y + 10 * (np.arange(11) == k))[0] - best_line(x, y)[0]) for k in range(11)]
        assert (x[np.argmax(tilts)], x[np.argmin(tilts)]) == (-5, 6)


def test_the_middle_of_the_three_points_raised_by_3_raises_the_line_by_1_everywhere() -> None:
    x, y = np.array([0.0, 2.0, 4.0]), np.array([3.0, 5.5, 5.0])
    assert_allclose(np.polyfit(x, y + np.array([0, 3, 0]), 1) - np.polyfit(x, y, 1), [0, 1], atol=1e-12)


def test_the_line_2x_has_a_loss_of_6_75_on_the_three_points() -> None:
    x, y = points("three-points")
    assert (2 * x - y).tolist() == [-3, -1.5, 3]
    assert mse(x, y, 2, 0) == 6.75
