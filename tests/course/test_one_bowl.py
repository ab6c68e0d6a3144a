"""What lesson 3 claims, executed: each test is named after its sentence, and brings its own arithmetic."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose

from generator.figures import viewport
from generator.figures.kinds import bowl_geometry
from generator.runs import worked
from tests.course.there import record

# --- lessons/one-bowl.md -------------------------------------------------------------------------------------

X, Y = np.array([0.0, 2.0, 4.0]), np.array([3.0, 5.5, 5.0])
BEST = (0.5, 3.5)


def points(id: str) -> tuple[np.ndarray, np.ndarray]:
    return record(id).x.astype(np.float64), record(id).y.astype(np.float64)


def mse(x: np.ndarray, y: np.ndarray, w: float, b: float) -> float:
    return float(np.mean((w * x + b - y) ** 2))


def best_line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    w, b = np.polyfit(x, y, 1)
    return float(w), float(b)


def hessian(x: np.ndarray) -> np.ndarray:
    design = np.stack([x, np.ones_like(x)])
    return 2 / len(x) * design @ design.T


def around(count: int = 100_000) -> np.ndarray:
    """Directions of length 1, (count, 2)."""
    angle = np.linspace(0, np.pi, count, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def curvatures(x: np.ndarray, directions: np.ndarray) -> np.ndarray:
    return 2 * np.mean((np.outer(directions[:, 0], x) + directions[:, 1:]) ** 2, axis=1)


def test_the_three_points_are_those_that_these_tests_work_with() -> None:
    assert [each.tolist() for each in points("three-points")] == [X.tolist(), Y.tolist()]
    assert_allclose(best_line(X, Y), BEST, rtol=1e-12)


def test_a_slope_1_too_large_adds_the_mean_of_the_squared_x_and_a_height_1_too_large_adds_1() -> None:
    too_steep, too_high = mse(X, Y, 1.5, 3.5) - mse(X, Y, *BEST), mse(X, Y, 0.5, 4.5) - mse(X, Y, *BEST)
    assert_allclose([too_steep, too_high], [(0 + 4 + 16) / 3, 1], rtol=1e-12)


def test_along_a_cut_the_slope_changes_by_twice_what_stands_before_the_square() -> None:
    def slope(w: float) -> float:
        return float(2 * np.mean((w * X - Y) * X))

    assert_allclose([slope(w + 1) - slope(w) for w in range(-2, 5)], 2 * 20 / 3, rtol=1e-12)
    it = record("three-points")
    assert_allclose([worked.central_difference(it, w, 0, 1)[0] for w in (1, 2, 3, 4)], [slope(w) for w in (1, 2, 3, 4)])


def test_the_loss_is_a_parabola_in_w_and_a_parabola_in_b_curved_as_the_lesson_says() -> None:
    x, y = points("eleven-points")
    steps = np.linspace(-3, 3, 7)
    in_w = np.polyfit(steps, [mse(x, y, w, 20.0) for w in steps], 3)
    in_b = np.polyfit(steps, [mse(x, y, 0.3, b) for b in steps], 3)
    assert_allclose(in_w[:2], [0, np.mean(x**2)], atol=1e-8)
    assert_allclose(in_b[:2], [0, 1], atol=1e-8)


@pytest.mark.parametrize("id", ["three-points", "eleven-points"])
def test_every_straight_cut_is_a_parabola_that_opens_upwards_so_there_is_one_bottom(id: str) -> None:
    x, y = points(id)
    random = np.random.default_rng(3)
    way = np.linspace(0, 1, 5)
    for p, q in random.normal(scale=10, size=(50, 2, 2)):
        losses = [mse(x, y, *(p + share * (q - p))) for share in way]
        cubic = np.polyfit(way, losses, 3)
        rise = (q - p)[0] * x + (q - p)[1]
        assert_allclose(cubic[1], np.mean(rise**2), rtol=1e-6)
        assert abs(cubic[0]) < 1e-6 * cubic[1]
        assert cubic[1] > 0


def test_the_four_cuts_of_the_table() -> None:
    it = record("three-points")
    cuts = [worked.cut(it, u, v) for u, v in ((1, 0), (0, 1), (0.6, 0.8), (0.6, -0.8))]
    assert_allclose([cut.rises for cut in cuts], [(0, 2, 4), (1, 1, 1), (0.8, 2, 3.2), (-0.8, 0.4, 1.6)], atol=1e-12)
    assert_allclose([cut.curvature for cut in cuts], [40 / 3, 2, 9.92, 2.24])


def test_a_wrong_y_moves_the_landscape_and_does_not_change_its_shape() -> None:
    clean, wrong = record("eleven-points").bowl, record("outlier").bowl
    assert_allclose(wrong.hessian, clean.hessian, rtol=1e-12)
    assert wrong.floor > 100 * clean.floor


def test_a_landscape_that_opens_upwards_along_both_axes_can_have_a_saddle() -> None:
    def height(w: float, b: float, mixed: float = 3) -> float:
        return w**2 + b**2 + mixed * w * b

    assert all(height(t, 0) > 0 and height(0, t) > 0 for t in (-2, -1, 1, 2))
    assert height(1, -1) == -1 < height(0, 0)
    assert {height(t, -t, mixed=2) for t in (-2, -1, 0, 1, 2)} == {0}  # the trough of a wrong choice


def test_the_curvature_is_zero_in_some_direction_only_if_all_x_are_equal() -> None:
    assert curvatures(X, around()).min() > 0.7
    assert curvatures(np.array([0.0, 1e-2]), around()).min() > 0
    same = np.array([3.0, 3.0, 3.0])
    along = np.array([[1.0, -3.0]]) / np.sqrt(10)
    assert_allclose(curvatures(same, along), 0, atol=1e-12)
    lines = [(t, 7 / 3 - 3 * t) for t in (-2.0, 0.0, 5.0)]  # through (3, the mean): a trough, none worse
    assert_allclose([mse(same, np.array([1.0, 2.0, 4.0]), *line) for line in lines], 14 / 9)


def test_descent_ends_in_the_same_place_from_everywhere() -> None:
    x, y = points("scaled-input")
    best = best_line(x, y)
    for start in np.random.default_rng(4).normal(scale=100, size=(10, 2)):
        w, b = start
        for _ in range(2000):
            errors = w * x + b - y
            w, b = w - 0.1 * 2 * np.mean(errors * x), b - 0.1 * 2 * np.mean(errors)
        assert_allclose([w, b], best, rtol=1e-9)


def test_from_the_bottom_the_loss_rises_by_the_mean_of_the_squared_rises_and_nothing_else() -> None:
    for u, v in np.random.default_rng(5).normal(size=(20, 2)):
        rise = mse(X, Y, 0.5 + u, 3.5 + v) - mse(X, Y, *BEST)
        assert_allclose(rise, np.mean((u * X + v) ** 2), rtol=1e-9)
        assert_allclose(rise, 20 / 3 * u**2 + 4 * u * v + v**2, rtol=1e-9)
        errors = (0.5 + u) * X + 3.5 + v - Y
        slopes = 2 * np.mean(errors * X), 2 * np.mean(errors)
        assert_allclose(slopes, (40 / 3 * u + 4 * v, 4 * u + 2 * v), rtol=1e-9)
        assert_allclose(rise, (u * slopes[0] + v * slopes[1]) / 2, rtol=1e-9)


def test_the_quadratic_equation_of_the_three_points() -> None:
    a, c, k = Fraction(2 * 20, 3), Fraction(2), Fraction(2 * 6, 3)
    assert (3 * (a + c), 3 * (a * c - k * k)) == (46, 32)
    found = worked.directions(record("three-points"))
    assert (f"{found.trace:.2f}", f"{found.determinant:.2f}") == ("15.33", "10.67")
    low, high = sorted(np.roots([3, -46, 32]))
    assert_allclose([found.flattest.curvature, found.steepest.curvature], [low, high], rtol=1e-12)
    assert_allclose((9 * found.discriminant) ** 0.5, 1732**0.5, rtol=1e-12)


def test_the_two_arrows_are_where_a_circle_around_the_bottom_is_highest_and_lowest() -> None:
    found = worked.directions(record("three-points"))
    ways = around()
    heights = curvatures(X, ways)
    for way, place in ((found.steepest, heights.argmax()), (found.flattest, heights.argmin())):
        assert_allclose(np.abs(ways[place] @ way.unit), 1, atol=1e-8)
        assert_allclose(heights[place], way.curvature, rtol=1e-8)
        assert_allclose(way.arrow, (way.curvature - 2, 4), rtol=1e-12)
    assert_allclose(np.dot(found.steepest.unit, found.flattest.unit), 0, atol=1e-12)


def test_what_it_costs_to_be_off_is_half_curvature_times_square_in_each_of_both_directions() -> None:
    found = worked.directions(record("three-points"))
    for w, b in [(2.0, 0.0), (1.7, 0.05), *np.random.default_rng(6).normal(scale=5, size=(20, 2)).tolist()]:
        away = (w - 0.5, b - 3.5)
        cost = sum(way.curvature * way.error(away) ** 2 / 2 for way in (found.flattest, found.steepest))
        assert_allclose(cost, mse(X, Y, w, b) - 0.5, rtol=1e-9)


def test_a_reader_comes_to_the_same_with_the_digits_that_are_printed() -> None:
    root = round(1732**0.5, 4)
    assert (f"{(46 + root) / 6:.5g}", f"{(46 - root) / 6:.5g}") == ("14.603", "0.73045")
    steep, flat = np.round(np.array([12.6029, 4]) / 13.2224, 5), np.round(np.array([-1.26955, 4]) / 4.19664, 5)
    found = worked.directions(record("three-points"))
    assert_allclose([steep, flat], np.round([found.steepest.unit, found.flattest.unit], 5), atol=2e-5)
    for away, errors, costs in (
        ((1.5, -3.5), ("0.3709", "-3.7898"), ("1.004", "5.246")),
        ((1.2, -3.45), ("0.1001", "-3.6514"), ("0.073", "4.869")),
    ):
        units = np.round([found.steepest.unit, found.flattest.unit], 5)
        assert_allclose(units @ away, [float(error) for error in errors], atol=6e-5)
        by_reader = [lam * float(error) ** 2 / 2 for lam, error in zip((14.603, 0.73045), errors, strict=True)]
        assert tuple(f"{cost:.3f}" for cost in by_reader) == costs


def test_the_loss_of_the_run_is_the_floor_and_the_two_costs() -> None:
    it = record("three-points")
    low, high = np.linalg.eigh(hessian(X))[1].T
    for state in (0, 1, 10):
        away = it.params[state].astype(np.float64) - BEST
        cost = sum(
            lam * (away @ way) ** 2 / 2 for lam, way in zip(np.roots([3, -46, 32])[::-1], (low, high), strict=True)
        )
        assert_allclose(it.losses[state], 0.5 + cost, rtol=1e-6)


def test_each_contour_is_longer_than_wide_by_the_root_of_the_condition_number() -> None:
    for id in ("three-points", "eleven-points"):
        x, y = points(id)
        best = np.array(best_line(x, y))
        values, directions = np.linalg.eigh(hessian(x))
        slow, fast = (best + length * d for length, d in zip((20 / values) ** 0.5, directions.T, strict=True))
        assert_allclose(mse(x, y, *slow), mse(x, y, *fast), rtol=1e-9)
        ratio = np.hypot(*(slow - best)) / np.hypot(*(fast - best))
        assert_allclose(ratio, record(id).bowl.condition_number ** 0.5, rtol=1e-9)


def test_contours_crowd_where_it_is_steep_on_the_map_of_the_eleven_points_and_not_on_that_of_the_three() -> None:
    eleven, three = record("eleven-points"), record("three-points")
    even = bowl_geometry.levels(eleven, bowl_geometry.view(eleven))
    assert len(even) > 3
    assert_allclose(np.diff(even), even[1] - even[0])
    wide = viewport.widened(bowl_geometry.view(three), 2.0)
    uneven = bowl_geometry.levels(three, wide)
    assert len(uneven) > 3
    assert set(np.round(uneven[1:] / uneven[:-1], 6)) == {2.0, 2.5}


def test_a_line_that_is_too_low_is_helped_by_more_height_or_by_more_slope() -> None:
    x, y = points("eleven-points")
    assert np.count_nonzero(x > 0) > len(x) / 2
    w, b = best_line(x, y)
    assert mse(x, y, w, b - 2 + 0.5) < mse(x, y, w, b - 2) > mse(x, y, w + 0.05, b - 2)


@pytest.mark.parametrize("x", [X, np.array([-3.0, 1.0, 1.5, 8.0]), np.array([2.0, 2.0])])
def test_in_general_the_slopes_are_made_of_the_mean_of_x_squared_and_that_of_x(x: np.ndarray) -> None:
    """Of the mean of (ux + v)², by looking either way."""
    for u, v in ((1.0, 0.0), (0.3, -2.0), (-1.5, 0.7)):
        h = 0.5
        along_w = (np.mean(((u + h) * x + v) ** 2) - np.mean(((u - h) * x + v) ** 2)) / (2 * h)
        along_b = (np.mean((u * x + v + h) ** 2) - np.mean((u * x + v - h) ** 2)) / (2 * h)
        assert along_w == pytest.approx(2 * np.mean(x**2) * u + 2 * x.mean() * v)
        assert along_b == pytest.approx(2 * x.mean() * u + 2 * v)
    assert (2 * np.mean(X**2), 2 * X.mean()) == (pytest.approx(40 / 3), 4)


def test_213_along_the_axes_and_397_between_steepest_and_flattest_because_the_axes_are_not_the_two_directions() -> None:
    x, _ = points("eleven-points")
    along_w, along_b = curvatures(x, np.eye(2))
    ways = around(1_000_000)
    heights = curvatures(x, ways)
    assert (round(along_w / along_b), round(heights.max() / heights.min())) == (213, 397)
    assert along_w < heights.max() < 1.003 * along_w  # hardly more than along w, …
    assert heights.min() < 0.54 * along_b  # … and little more than half of what it is along b
    w, b = ways[heights.argmin()]
    assert w * b < 0  # more height, less slope


def test_the_formula_for_the_best_line() -> None:
    for id in ("three-points", "eleven-points"):
        x, y = points(id)
        w = np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2)
        b = y.mean() - w * x.mean()
        assert_allclose([w, b], best_line(x, y), rtol=1e-9)
        errors = w * x + b - y
        assert_allclose([np.sum(errors), np.sum(errors * x)], 0, atol=1e-9)
    assert (np.sum((X - 2) * (Y - 4.5)), np.sum((X - 2) ** 2)) == (4, 8)


def test_with_the_mean_subtracted_the_axes_are_the_two_directions() -> None:
    values, vectors = np.linalg.eigh(hessian(X - 2))
    assert_allclose(np.abs(vectors), [[0, 1], [1, 0]])
    assert_allclose(values, [2, 16 / 3])


def test_the_steepest_of_two_points_at_0_and_2() -> None:
    assert_allclose(np.linalg.eigvalsh(hessian(np.array([0.0, 2.0]))), [3 - 5**0.5, 3 + 5**0.5])


@pytest.mark.xdist_group("course")  # which is rendered once
def test_another_line_costs_by_its_two_errors_what_its_three_errors_cost(course: dict[str, str]) -> None:
    said = re.search(
        r"so the loss is ([\d.]+)\. The three errors squared, added and\s+divided by 3: ([\d.]+)\.",
        course["lessons/one-bowl.md"],
    )
    assert said is not None
    errors = [Fraction(0) * x + 4 - Fraction(y) for x, y in ((0, "3"), (2, "5.5"), (4, "5"))]
    assert float(said[1]) == float(said[2]) == pytest.approx(float(sum(e * e for e in errors) / 3), abs=5e-4)
