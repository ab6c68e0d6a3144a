"""What lesson 1 claims, executed: each test is named after its sentence, and brings its own arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from generator.figures.kinds import fit
from generator.runs import worked
from tests.course.there import record


def points(id: str) -> tuple[np.ndarray, np.ndarray]:
    return record(id).x.astype(np.float64), record(id).y.astype(np.float64)


def mse(x: np.ndarray, y: np.ndarray, w: float, b: float) -> float:
    return float(np.mean((w * x + b - y) ** 2))


def best_line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    w, b = np.polyfit(x, y, 1)
    return float(w), float(b)


# --- lessons/eleven-points.md --------------------------------------------------------------------------------


def test_the_line_that_made_the_data_is_not_the_line_that_fits_it_best() -> None:
    x, y = points("eleven-points")
    assert mse(x, y, *best_line(x, y)) < 0.9 * mse(x, y, 0.5, 30.0)


def test_the_run_ends_at_the_best_line_and_not_at_the_line_that_made_the_points() -> None:
    x, y = points("eleven-points")
    end = np.array(record("eleven-points").final_parameters)
    to_best, to_maker = (np.hypot(*(end - line)) for line in (best_line(x, y), (0.5, 30.0)))
    assert to_best < to_maker / 4


def test_two_points_have_x_0_and_different_y() -> None:
    x, y = points("eleven-points")
    low, high = sorted(y[x == 0])
    assert low < high


def test_the_noise_is_what_the_recipe_drew() -> None:
    generator = torch.Generator().manual_seed(2024)
    torch.randint(-5, 30, (11,), generator=generator)
    noise = torch.randn(11, generator=generator)
    shown = [-point.error for point in worked.points_at(record("eleven-points"), 0.5, 30.0)]
    assert_allclose(shown, noise, atol=4e-6)  # y is near 40 in float32


def test_the_best_line_rises_and_tilts_with_the_average_of_the_noise_and_not_with_most_of_it() -> None:
    """Two of three points are lifted, and the line sinks: the third is lowered by more."""
    x, noise = np.array([-1.0, 0.0, 1.0]), np.array([1.0, -5.0, 1.0])
    tilt, rise = np.polyfit(x, noise, 1)  # x has the mean 0, so b is the height there
    assert_allclose([tilt, rise], [0, noise.mean()], atol=1e-12)
    assert rise < 0


def test_the_errors_of_the_best_line_add_up_to_zero_also_when_each_is_multiplied_by_its_x() -> None:
    x, y = points("eleven-points")
    errors, makers = (worked.points_at(record("eleven-points"), *line) for line in (best_line(x, y), (0.5, 30.0)))
    assert_allclose([sum(e.error for e in errors), sum(e.error * e.x for e in errors)], 0, atol=1e-10)
    assert abs(sum(e.error for e in makers)) > 1
    assert abs(sum(e.error * e.x for e in makers)) > 1


def test_on_average_the_best_line_has_n_minus_2_nths_of_the_noise() -> None:
    x, _ = points("eleven-points")
    draws = 0.5 * x + 30 + np.random.default_rng(1).standard_normal((20_000, len(x)))
    fitted = np.polyfit(x, draws.T, 1)
    best = np.mean((np.outer(fitted[0], x) + fitted[1][:, None] - draws) ** 2)
    makers = np.mean((0.5 * x + 30 - draws) ** 2)
    assert_allclose([best, makers], [9 / 11, 1], rtol=0.01)


def test_on_new_points_the_line_that_made_them_wins() -> None:
    old_x, old_y = points("eleven-points")
    random = np.random.default_rng(1)
    x = random.integers(-5, 30, 1_000_000).astype(float)
    y = 0.5 * x + 30 + random.standard_normal(len(x))
    assert mse(x, y, 0.5, 30.0) < mse(x, y, *best_line(old_x, old_y))


def test_the_errors_of_the_line_that_made_the_points_are_the_noise_with_its_sign_turned() -> None:
    """At x = 10 the recipe goes to 35; noise that lifts the point to 35.6 leaves the line 0.6 below it."""
    generator = torch.Generator().manual_seed(2024)
    torch.randint(-5, 30, (11,), generator=generator)
    noise = torch.randn(11, generator=generator)
    x, y = points("eleven-points")
    assert_allclose(0.5 * x + 30 - y, -noise, atol=4e-6)
    assert_allclose(0.5 * 10 + 30 - 35.6, -0.6)


def test_the_animation_is_close_where_much_changes_and_skips_hundreds_of_epochs_where_little_does() -> None:
    shown = fit.timeline([record("eleven-points")]).shown
    assert shown[:3] == (0, 1, 2)
    assert np.diff(shown).max() > 100


def test_the_best_of_all_moves_up_or_down_is_the_one_after_which_errors_add_up_to_zero() -> None:
    errors = np.array([2.0, -1.0, 2.0])
    moves = np.linspace(-4, 4, 801)
    sums = [np.sum((errors + move) ** 2) for move in moves]
    assert_allclose(moves[np.argmin(sums)], -1)
    assert_allclose([min(sums), np.sum(errors**2), np.sum((errors - 3) ** 2)], [6, 9, 18])
    assert_allclose(np.sum(errors - 1), 0)


def test_a_line_whose_errors_do_not_add_up_to_zero_can_be_moved_or_tilted_and_be_less_wrong() -> None:
    x, y = points("eleven-points")
    errors = 0.5 * x + 30 - y
    lower, tilted = 30 - errors.mean(), 0.5 - np.mean(errors * x) / np.mean(x**2)
    assert mse(x, y, 0.5, lower) < mse(x, y, 0.5, 30)
    assert mse(x, y, tilted, 30) < mse(x, y, 0.5, 30)


def test_at_slope_1_the_errors_add_up_to_zero_at_the_height_that_is_least_wrong() -> None:
    x, y = points("eleven-points")
    height = y.mean() - x.mean()
    assert_allclose(np.sum(x + height - y), 0, atol=1e-9)
    heights = height + np.linspace(-1, 1, 201)
    assert_allclose(heights[np.argmin([mse(x, y, 1, b) for b in heights])], height)
    assert mse(x, y, 0.9, y.mean() - 0.9 * x.mean()) < mse(x, y, 1, height)


def test_on_the_held_out_points_the_line_that_made_them_wins_and_on_its_own_the_best_line() -> None:
    (x, y), (new_x, new_y) = points("eleven-points"), points("new-points")
    best = best_line(x, y)
    assert mse(x, y, *best) < mse(x, y, 0.5, 30)
    assert mse(new_x, new_y, 0.5, 30) < mse(new_x, new_y, *best)


def test_the_new_points_are_of_the_same_recipe_and_of_another_seed() -> None:
    old, new = record("eleven-points").scenario, record("new-points").scenario
    assert old.data.model_copy(update={"seed": 2025, "count": 1100}) == new.data
    assert old.training == new.training


def test_of_a_hundred_hands_of_eleven_new_points_the_line_that_made_them_wins_most_and_not_all() -> None:
    best = best_line(*points("eleven-points"))
    x, y = (values.reshape(100, 11) for values in points("new-points"))
    makers, bests = (((w * x + b - y) ** 2).mean(axis=1) for w, b in ((0.5, 30.0), best))
    assert (makers < bests).sum() == 62
    assert (makers > bests).sum() == 38


def test_the_best_line_of_very_many_points_is_nearer_to_the_recipes_in_slope_and_at_the_right_end() -> None:
    few, many = (best_line(*points(id)) for id in ("eleven-points", "new-points"))
    assert abs(many[0] - 0.5) < abs(few[0] - 0.5) / 10
    assert_allclose([abs(w * 29 + b - 44.5) for w, b in (many, few)], [0.01, 0.53], atol=0.005)


def test_without_noise_the_best_line_is_the_line_that_made_the_points() -> None:
    x, _ = points("eleven-points")
    assert_allclose(best_line(x, 0.5 * x + 30), [0.5, 30])


@pytest.mark.parametrize("seed", range(5))
def test_through_two_points_the_best_line_has_no_error_and_is_not_the_recipes(seed: int) -> None:
    x = np.array([1.0, 7.0])
    y = 0.5 * x + 30 + np.random.default_rng(seed).standard_normal(2)
    best = best_line(x, y)
    assert_allclose(mse(x, y, *best), 0, atol=1e-20)
    assert np.hypot(best[0] - 0.5, best[1] - 30) > 1e-3
