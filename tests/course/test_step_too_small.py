"""What lesson 7 claims, executed: each test is named after its sentence.

The oracle is a plain loop in torch or NumPy and the textbook's least squares and eigenvalues: nothing of ours but the
eleven points.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from generator.figures.kinds import fit
from generator.runs import theory
from tests.course.by_hand import BEST, FAST, LIMIT, SLOW, X, Y, descend, epochs_to, excess, hessian
from tests.course.there import record

DIRECTIONS = np.linalg.eigh(hessian(X))[1]  # columns: flat, steep; each up to its sign


# --- lessons/step-too-small.md -------------------------------------------------------------------------------


def test_the_first_half_of_the_animation_shows_fewer_than_a_hundred_epochs_and_the_second_half_the_others() -> None:
    film = fit.draw([record("rate-too-small")])
    begins = np.cumsum([0, *film.delays_ms[:-1]])
    halfway = film.shown[int(np.flatnonzero(begins >= begins[-1] / 2)[0])]
    assert halfway < 100
    assert film.shown[-1] == 5000


def test_the_parts_of_the_loss_and_the_pivots_can_be_recomputed_from_what_the_page_prints() -> None:
    """The oracle for the printed numbers is NumPy; then only they are used."""
    steep, flat = (0.9989, 0.0467), (-0.0467, 0.9989)
    off = (0.5176, -29.981)
    assert_allclose(off, np.array([1.0, 0.0]) - np.polyfit(X, Y, 1), atol=5e-4)
    assert_allclose(np.abs(DIRECTIONS), np.abs(np.array([flat, steep]).T), atol=5e-5)
    for (w, b), curvature, part in ((steep, 426.2, 166), (flat, 1.074, 482)):
        e = w * off[0] + b * off[1]
        assert curvature * e**2 / 2 == pytest.approx(part, abs=0.75)
    assert -steep[1] / steep[0] == pytest.approx(-0.047, abs=5e-4)
    assert -flat[1] / flat[0] == pytest.approx(21.4, abs=0.05)
    bowl = record("rate-too-small").bowl
    assert_allclose(bowl.eigenvectors.T, [flat, steep], atol=5e-5)
    assert_allclose(bowl.excesses([1.0, 0.0]), [482, 166], atol=0.5)


def test_at_its_pivot_a_move_along_a_direction_leaves_the_line_as_high_as_it_was() -> None:
    for w, b in DIRECTIONS.T:
        assert w * (-b / w) + b == pytest.approx(0)


def test_after_a_hundred_epochs_or_so_the_steep_error_and_its_part_of_the_loss_are_gone() -> None:
    _, params = descend(1e-4, 120, dtype=torch.float64)
    e = (params - np.polyfit(X, Y, 1)) @ DIRECTIONS
    assert abs(e[100, 1]) < 0.02 * abs(e[0, 1])
    assert FAST * e[100, 1] ** 2 / 2 < 0.1
    assert abs(e[100, 0]) > 0.98 * abs(e[0, 0])


def test_the_slow_half_life_is_not_over_in_5000_epochs() -> None:
    _, params = descend(1e-4, 5000)
    e = (params - np.polyfit(X, Y, 1)) @ DIRECTIONS
    assert abs(e[-1, 0]) > abs(e[0, 0]) / 2


def test_the_slow_part_of_the_excess_comes_to_a_thousandth_in_about_32_thousand_epochs() -> None:
    factor, epochs = 1.0, 0
    while factor > 2**-10:
        factor, epochs = factor * (1 - 1e-4 * SLOW) ** 2, epochs + 1
    assert round(epochs / 1000) == 32


def test_a_hundredth_and_0_2_halve_the_excess_in_about_173_epochs() -> None:
    left = [(1 - 0.01 * 0.2) ** k for k in range(400)]
    assert next(k for k, e in enumerate(left) if e**2 <= 0.5) == pytest.approx(173, abs=1)
    assert next(k for k, e in enumerate(left) if e <= 0.5) == pytest.approx(347, abs=1)
    assert left[347] ** 2 == pytest.approx(0.25, rel=0.01)


def test_a_quarter_of_the_slow_curvature_takes_four_times_as_long() -> None:
    long, short = (math.log(0.5) / math.log1p(-1e-4 * curvature) for curvature in (SLOW / 4, SLOW))
    assert long / short == pytest.approx(4, rel=1e-3)


def test_after_its_first_fall_this_loss_hardly_changes_from_one_epoch_to_the_next() -> None:
    losses = record("rate-too-small").losses.astype(np.float64)
    falls = -np.diff(losses)
    assert falls[0] > 10
    assert (falls[100:] < 1e-3 * losses[100:-1]).all()
    assert losses[-1] > 100 * record("rate-too-small").bowl.floor


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


@pytest.mark.parametrize("product", [0.2, 0.9, 1.5, 1.9])
def test_what_halves_is_the_size_of_the_error_whose_sign_changes_between_1_and_2(product: float) -> None:
    half = math.log(2) / -math.log(abs(1 - product))
    errors = [1.0]
    for _ in range(400):
        errors.append(errors[-1] - product * errors[-1])
    assert (np.sign(errors[1]) < 0) == (product > 1)
    epochs = math.ceil(half)
    assert abs(errors[epochs]) <= 0.5 < abs(errors[epochs - 1])
    curvature = record("rate-too-small").bowl.eigenvalues[1]
    assert theory.half_lives(record("rate-too-small").bowl, product / curvature)[1] == pytest.approx(half, rel=1e-6)


def test_at_1_nothing_is_left_after_one_step_and_from_2_on_nothing_halves() -> None:
    assert 3 - 1 * 3 == 0
    for product in (2.0, 2.5):
        error = 1.0
        for _ in range(50):
            error -= product * error
            assert abs(error) >= 1


def test_no_constant_rate_comes_to_a_thousandth_in_far_fewer_epochs_than_the_best_for_the_worst_start() -> None:
    needed = {share: epochs_to(X, Y, share / 1000 * LIMIT, 1e-3) for share in range(900, 1000)}
    least = min(epochs for epochs in needed.values() if epochs is not None)
    assert least == 658 == needed[995] == needed[996]
    assert epochs_to(X, Y, BEST, 1e-3) == 686 == record("best-rate").reached(1e-3)
