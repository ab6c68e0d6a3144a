"""What a lesson does by hand, against linear algebra and the losses themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from generator.runs import worked
from generator.runs.analysis import Run
from tests.runs import make, trained

numbers = st.integers(-60, 60).map(lambda halves: halves / 2)
unequal = st.lists(numbers, min_size=2, max_size=8).filter(lambda x: len(set(x)) > 1)


def a_run(x: list[float]) -> Run:
    return trained(make(x, [2 * each - 1 + (-1) ** i for i, each in enumerate(x)], 1e-4, 1))


def hessian(x: list[float]) -> np.ndarray:
    design = np.stack([x, np.ones(len(x))])
    return 2 / len(x) * design @ design.T


@given(unequal)
def test_the_two_directions_by_the_quadratic_formula_are_those_of_linear_algebra(x: list[float]) -> None:
    found = worked.directions(a_run(x))
    expected = np.linalg.eigvalsh(hessian(x))
    assert_allclose([found.flattest.curvature, found.steepest.curvature], expected, rtol=1e-7)
    for way in (found.flattest, found.steepest):
        assert_allclose(hessian(x) @ way.unit, way.curvature * np.array(way.unit), atol=1e-7 * expected[1])
        assert_allclose(np.hypot(*way.unit), 1)
        assert_allclose(np.array(way.arrow) / way.length, way.unit)
    assert_allclose(np.dot(found.flattest.unit, found.steepest.unit), 0, atol=1e-6)


@pytest.mark.parametrize("x", [[-2.0, 0.0, 2.0], [-0.5, 0.0, 0.5], [-1.0, 1.0]])
def test_where_the_mean_of_x_is_0_both_directions_are_axes(x: list[float]) -> None:
    found = worked.directions(a_run(x))
    assert {found.flattest.unit, found.steepest.unit} == {(1.0, 0.0), (0.0, 1.0)}
    assert_allclose(sorted([found.a, found.c]), [found.flattest.curvature, found.steepest.curvature])


def test_trace_and_determinant_are_the_sum_and_the_product_of_the_curvatures() -> None:
    found = worked.directions(a_run([1.0, 2.0, 5.0, 7.0]))
    curvatures = np.linalg.eigvalsh(hessian([1.0, 2.0, 5.0, 7.0]))
    assert_allclose([found.trace, found.determinant], [curvatures.sum(), curvatures.prod()])
    assert_allclose(found.discriminant, (curvatures[1] - curvatures[0]) ** 2)


def test_an_error_along_a_direction_is_that_of_the_bowl() -> None:
    it = a_run([1.0, 2.0, 5.0, 7.0])
    found, place = worked.directions(it), np.array([3.0, -4.0])
    away = tuple((place - it.bowl.least_squares).tolist())
    assert_allclose([found.flattest.error(away), found.steepest.error(away)], it.bowl.modes(place))


@given(unequal, numbers, numbers)
def test_a_cut_has_the_curvature_of_the_losses_along_it(x: list[float], u: float, v: float) -> None:
    it = a_run(x)
    left, middle, right = (worked.mean_squared_error(it, 0.5 + t * u, 3.0 + t * v) for t in (-1, 0, 1))
    found = worked.cut(it, u, v)
    assert_allclose(found.curvature, left - 2 * middle + right, atol=1e-9 * (1 + left + right))
    assert_allclose(found.mean_square, np.mean(np.square(found.rises)))
