"""What lesson 4 claims, executed: each test is named after its sentence, and brings its own arithmetic."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from generator.figures import canvas
from generator.figures.catalogue import KINDS
from generator.figures.kinds import landscape
from generator.figures.style import ROLES
from generator.runs import worked
from tests.course.there import page, record

SEED_RUNS = ("rate-too-large", "rate-too-small", "scaled-input")
X, Y = np.array([0.0, 2.0, 4.0]), np.array([3.0, 5.5, 5.0])


def points(id: str) -> tuple[np.ndarray, np.ndarray]:
    return record(id).x.astype(np.float64), record(id).y.astype(np.float64)


def mse(x: np.ndarray, y: np.ndarray, w: float, b: float) -> float:
    return float(np.mean((w * x + b - y) ** 2))


def slopes(x: np.ndarray, y: np.ndarray, w: float, b: float) -> np.ndarray:
    errors = w * x + b - y
    return 2 * np.array([np.mean(errors * x), np.mean(errors)])


def hessian(x: np.ndarray) -> np.ndarray:
    design = np.stack([x, np.ones_like(x)])
    return 2 / len(x) * design @ design.T


# --- lessons/which-way-down.md -------------------------------------------------------------------------------


def test_every_product_of_the_worked_step() -> None:
    """Done in the head: the three points are (0, 3), (2, 5.5), (4, 5), and the line is 2x."""
    step = worked.worked_step(record("three-points"), 1)
    assert [p.prediction for p in step.points] == [0, 4, 8]
    assert [p.error for p in step.points] == [-3, -1.5, 3]
    assert [p.square for p in step.points] == [9, 2.25, 9]
    assert [p.dloss for p in step.points] == [-2, -1, 2]
    assert [p.dw for p in step.points] == [0, -2, 8]
    assert [p.db for p in step.points] == [-2, -1, 2]
    assert (step.loss, step.gradient) == (6.75, (6, -1))
    assert_allclose(step.arrived, [1.7, 0.05], rtol=1e-15)


def test_the_run_does_what_the_worked_steps_do() -> None:
    it = record("three-points")
    for epoch in range(1, 51):
        step = worked.worked_step(it, epoch)
        assert_allclose(it.loss_at(epoch), step.loss, rtol=1e-6)
        assert_allclose(it.gradient_at(epoch), step.gradient, atol=1e-5)
        assert_allclose(it.params_after(epoch), step.arrived, rtol=1e-6)


@pytest.mark.parametrize("id", ["three-points", *SEED_RUNS])
def test_hand_and_autograd_differ_by_less_than_a_millionth_of_the_products(id: str) -> None:
    it = record(id)
    x, y = torch.tensor(it.x), torch.tensor(it.y)
    compared = 0
    for params, by_hand in zip(torch.tensor(it.params), torch.tensor(it.gradients), strict=True):
        if not (params.isfinite().all() and by_hand.isfinite().all()):
            break
        params.requires_grad_()
        errors = params[0] * x + params[1] - y
        loss = errors.square().mean()
        if not loss.isfinite():
            break
        (by_autograd,) = torch.autograd.grad(loss, params)
        products = 2 * errors.detach() / len(x) * torch.stack([x, torch.ones_like(x)])
        assert ((by_hand - by_autograd).abs() <= 1e-6 * products.abs().sum(dim=-1)).all()
        compared += 1
    assert compared == (21 if id == "rate-too-large" else it.epochs_run + 1)


@pytest.mark.parametrize("id", ["three-points", *SEED_RUNS])
def test_hand_and_finite_differences_agree(id: str) -> None:
    it = record(id)
    for epoch in (1, 2, 5, 10):
        w, b = it.params_after(epoch - 1)
        sizes = np.abs(it.gradient_at(epoch))
        # A tenth of each number, so that the difference is not lost in the rounding of a huge loss.
        h = max(0.1, abs(w) / 10, abs(b) / 10)
        assert_allclose(worked.central_difference(it, w, b, h), it.gradient_at(epoch), atol=1e-5 * sizes.max())


@pytest.mark.parametrize("h", [1e-3, 0.1, 1.0, 50.0])
def test_for_a_parabola_the_look_either_way_is_exact_whatever_h(h: float) -> None:
    assert_allclose(worked.central_difference(record("three-points"), 2.0, 0.0, h), [6, -1], rtol=1e-9)


@pytest.mark.parametrize("h", [1e-3, 0.1, 1.0])
def test_the_look_ahead_alone_is_off_by_h_times_half_the_curvature(h: float) -> None:
    off = np.array(worked.forward_difference(record("three-points"), 2.0, 0.0, h)) - [6, -1]
    assert_allclose(off, h / 2 * np.diag(hessian(np.array([0.0, 2.0, 4.0]))), rtol=1e-8)


def test_a_step_lowers_the_loss_by_the_slanted_plane_less_the_bend() -> None:
    it = record("three-points")
    gradient = np.array([6.0, -1.0])
    plane = 0.05 * gradient @ gradient
    bend = 0.05**2 / 2 * gradient @ hessian(np.array([0.0, 2.0, 4.0])) @ gradient
    assert_allclose(it.loss_at(1) - it.loss_at(2), plane - bend, rtol=1e-6)


def test_the_bend_is_the_average_of_the_squares_by_which_the_step_moves_the_line() -> None:
    it = record("three-points")
    step = worked.worked_step(it, 1)
    moved = zip(step.points, worked.points_at(it, *step.arrived), strict=True)
    raised = [new.prediction - old.prediction for old, new in moved]
    assert_allclose(raised, [0.05, -0.55, -1.15], rtol=1e-9)
    assert_allclose(0.05 * (6**2 + 1) - (it.loss_at(1) - it.loss_at(2)), np.mean(np.square(raised)), rtol=1e-5)


def test_two_losses_a_long_step_apart_tell_the_sign_and_the_size_of_the_slope() -> None:
    x, y = points("three-points")
    assert_allclose((mse(x, y, 3, 0) - mse(x, y, 1, 0)) / 2, 6, rtol=1e-12)


def test_the_plain_step_makes_the_first_step_of_the_run() -> None:
    (program,) = re.findall(r"```python\n(x, y = .*?)```", page("lessons/which-way-down.md"), flags=re.DOTALL)
    made: dict[str, float] = {}
    exec(program, made)
    it = record("three-points")
    assert [made["x"], made["y"]] == [it.x.tolist(), it.y.tolist()]
    assert_allclose([made["dw"], made["db"]], it.gradient_at(1), rtol=1e-6)
    assert_allclose([made["w"], made["b"]], it.params_after(1), rtol=1e-6)


def test_a_point_at_x_0_has_no_term_in_the_slope_of_w_and_a_say_about_the_best_slope() -> None:
    step = worked.worked_step(record("three-points"), 1)
    assert step.points[0].x == 0
    assert step.points[0].error != 0
    assert step.points[0].dw == 0
    best = [np.polyfit(X, [height, 5.5, 5.0], 1)[0] for height in (3, 6)]
    assert_allclose(best, [0.5, -0.25], rtol=1e-12)


def test_where_a_loss_is_smooth_the_look_either_way_is_off_by_something_that_shrinks_with_h_squared() -> None:
    def loss(w: float) -> float:
        return float(np.mean(np.log(np.cosh(w * X + 1 - Y))))

    exact = float(np.mean(np.tanh(1.3 * X + 1 - Y) * X))
    off = [(loss(1.3 + h) - loss(1.3 - h)) / (2 * h) - exact for h in (0.02, 0.01, 0.005)]
    assert_allclose(np.divide(off[:-1], off[1:]), 4, rtol=0.01)


def test_at_a_kink_the_look_either_way_says_0_whatever_h_and_there_is_no_slope_to_find() -> None:
    def absolute_error(b: float) -> float:
        return abs(0.5 * 2 + b - 3)  # of the point (2, 3), which the line hits at b = 2

    for h in (1.0, 0.125, 2.0**-20):
        left, here, right = (absolute_error(b) for b in (2 - h, 2, 2 + h))
        assert (right - left) / (2 * h) == 0
        assert ((here - left) / h, (right - here) / h) == (-1, 1)


def test_a_small_enough_rate_lowers_the_loss_and_with_a_large_one_the_bend_can_win() -> None:
    random = np.random.default_rng(7)
    x, y = points("eleven-points")
    for w, b in random.normal(scale=20, size=(50, 2)):
        g = slopes(x, y, w, b)
        assert mse(x, y, w - 1e-5 * g[0], b - 1e-5 * g[1]) < mse(x, y, w, b)
        assert mse(x, y, w - 1.0 * g[0], b - 1.0 * g[1]) > mse(x, y, w, b)
    assert_allclose(slopes(X, Y, 0.5, 3.5), 0, atol=1e-12)  # unless the gradient is zero


def test_half_the_rate_lowers_the_loss_by_more_than_half() -> None:
    g = np.array([6.0, -1.0])
    whole, half = (mse(X, Y, 2, 0) - mse(X, Y, *(np.array([2.0, 0.0]) - rate * g)) for rate in (0.05, 0.025))
    assert_allclose([whole, half], [1.3075, 0.789375], rtol=1e-9)
    # As much as before, or more, only where the longer step goes past the lowest place of its cut.
    along = g @ hessian(X) @ g
    assert 0.05 * along / (g @ g) < 1


def test_a_step_leaves_its_contour_at_a_right_angle_in_the_picture_too() -> None:
    """The contours drawn pass through the first four places; there each is level along the step's right angle."""
    it = record("scaled-best-rate")
    x, y = points("scaled-best-rate")
    axes = canvas.plot(canvas.canvas(KINDS["landscape"]), left=56, top=62, width=646, height=324)
    landscape.panel(axes, [it], equal=True, through=4)
    rings = [np.column_stack(line.get_data()) for line in axes.lines if line.get_color() == ROLES["quiet"].light]
    assert len(rings) == 4
    for state in range(4):
        here, after = it.params[[state, state + 1]].astype(np.float64)
        ring = min(rings, key=lambda ring: np.nanmin(np.hypot(*(ring - here).T)))
        assert_allclose([mse(x, y, *place) for place in ring[~np.isnan(ring[:, 0])]], mse(x, y, *here), rtol=1e-4)
        nearest = int(np.nanargmin(np.hypot(*(ring - here).T)))
        along = ring[nearest + 1] - ring[nearest - 1]
        step = after - here
        assert abs(along @ step) < 0.03 * np.hypot(*along) * np.hypot(*step)


def test_straight_downhill_is_not_the_direction_of_the_bottom() -> None:
    for id, degrees in (("scaled-best-rate", 41), ("three-points", 57)):
        x, y = points(id)
        start = np.array(record(id).start, dtype=np.float64)
        down, way = -slopes(x, y, *start), np.polyfit(x, y, 1) - start
        assert round(np.degrees(np.arccos(down @ way / np.hypot(*down) / np.hypot(*way)))) == degrees


def test_the_gradient_is_zero_at_the_best_line_and_at_no_other() -> None:
    assert_allclose(slopes(X, Y, *np.polyfit(X, Y, 1)), 0, atol=1e-12)
    assert np.linalg.matrix_rank(hessian(X)) == 2


def test_the_slope_in_w_of_the_line_that_a_question_is_about() -> None:
    errors = 0.5 * X + 2 - Y
    assert errors.tolist() == [-1, -2.5, -1]
    assert_allclose(slopes(X, Y, 0.5, 2), [-6, -3])
    assert_allclose([2 / 3 * X.sum() * errors.sum(), (errors * X).sum()], [-18, -9])  # the mistakes


def test_where_every_error_and_every_x_is_positive_both_numbers_shrink() -> None:
    random = np.random.default_rng(8)
    for _ in range(20):
        x, errors = random.uniform(0.1, 5, size=(2, 6))
        assert (slopes(x, 2 * x - errors, 2, 0) > 0).all()


def test_a_step_leaves_its_contour_at_a_right_angle() -> None:
    """Along the direction at right angles to the step, the loss does not change to first order."""
    it = record("three-points")
    x, y = points("three-points")
    for state in (0, 1, 10):
        w, b = it.params[state].astype(np.float64)
        step = it.params[state + 1].astype(np.float64) - (w, b)
        along = np.array([-step[1], step[0]]) / np.hypot(*step) * 1e-4
        change = mse(x, y, w + along[0], b + along[1]) - mse(x, y, w - along[0], b - along[1])
        assert abs(change) < 1e-4 * abs(mse(x, y, *((w, b) + step * 1e-4 / np.hypot(*step))) - mse(x, y, w, b))
