"""What lessons 1 to 4 claim, executed: each test is named after its sentence, and brings its own arithmetic."""

from __future__ import annotations

import contextlib
import io
import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from generator.figures import viewport
from generator.figures.kinds import bowl_geometry
from generator.runs import worked
from tests.course.there import page, record
from tests.runs import make, trained

SEED_RUNS = ("rate-too-large", "rate-too-small", "scaled-input")


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


def test_one_wrong_point_in_eleven_turns_a_rising_line_into_a_falling_one() -> None:
    clean_x, clean_y = points("scaled-input")
    wrong_x, wrong_y = points("outlier")
    assert np.array_equal(clean_x, wrong_x)
    assert np.flatnonzero(clean_y != wrong_y).tolist() == [1]
    assert (f"{clean_y[1]:.1f}", f"{wrong_y[1]:.1f}") == ("27.5", "72.5")
    assert best_line(clean_x, clean_y)[0] > 0 > best_line(wrong_x, wrong_y)[0]
    assert record("scaled-input").final_parameters[0] > 0 > record("outlier").final_parameters[0]


def test_the_wrong_points_square_shrinks_at_the_cost_of_ten_that_grow() -> None:
    (x, clean), (_, wrong) = points("eleven-points"), points("outlier")
    old = (np.polyval(np.polyfit(x, clean, 1), x) - wrong) ** 2
    new = (np.polyval(np.polyfit(x, wrong, 1), x) - wrong) ** 2
    assert np.flatnonzero(new < old).tolist() == [1]
    assert old[1] > 100 * np.delete(old, 1).sum()


def test_with_the_slip_the_line_first_tilts_up_past_the_ten_points_and_then_turns_over() -> None:
    it = record("outlier")
    x, y = points("outlier")
    of_the_ten = best_line(np.delete(x, 1), np.delete(y, 1))[0]
    slopes = it.params[:, 0]
    assert slopes[0] < of_the_ten < slopes[:100].max()
    assert slopes[-1] < 0


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


def test_a_wrong_y_moves_the_bowl_and_does_not_change_its_shape() -> None:
    clean, wrong = record("scaled-input").bowl, record("outlier").bowl
    assert_allclose(wrong.hessian, clean.hessian, rtol=1e-12)
    assert wrong.floor > 100 * clean.floor


def test_the_loss_is_a_parabola_in_w_and_a_parabola_in_b_curved_as_the_lesson_says() -> None:
    x, y = points("eleven-points")
    steps = np.linspace(-3, 3, 7)
    in_w = np.polyfit(steps, [mse(x, y, w, 20.0) for w in steps], 3)
    in_b = np.polyfit(steps, [mse(x, y, 0.3, b) for b in steps], 3)
    assert_allclose(in_w[:2], [0, np.mean(x**2)], atol=1e-8)
    assert_allclose(in_b[:2], [0, 1], atol=1e-8)


def test_each_contour_is_longer_than_wide_by_the_root_of_the_condition_number() -> None:
    x, y = points("eleven-points")
    best = np.array(best_line(x, y))
    curvatures, directions = np.linalg.eigh(hessian(x))
    slow, fast = (best + length * d for length, d in zip((20 / curvatures) ** 0.5, directions.T, strict=True))
    assert_allclose(mse(x, y, *slow), mse(x, y, *fast), rtol=1e-9)
    ratio = np.hypot(*(slow - best)) / np.hypot(*(fast - best))
    assert_allclose(ratio, record("eleven-points").bowl.condition_number ** 0.5, rtol=1e-9)


def test_contours_crowd_where_it_is_steep_on_the_map_of_lesson_2_and_not_on_that_of_lesson_3() -> None:
    eleven, three = record("eleven-points"), record("three-points")
    even = bowl_geometry.levels(eleven, bowl_geometry.view(eleven))
    assert len(even) > 3
    assert_allclose(np.diff(even), even[1] - even[0])
    wide = viewport.widened(bowl_geometry.view(three), 2.0)
    uneven = bowl_geometry.levels(three, wide)
    assert len(uneven) > 3
    assert set(np.round(uneven[1:] / uneven[:-1], 6)) == {2.0, 2.5}


def test_every_straight_cut_is_a_parabola_that_opens_upwards_so_there_is_one_bottom() -> None:
    x, y = points("eleven-points")
    random = np.random.default_rng(3)
    t = np.linspace(0, 1, 5)
    for p, q in random.normal(scale=10, size=(50, 2, 2)):
        losses = [mse(x, y, *(p + share * (q - p))) for share in t]
        cubic = np.polyfit(t, losses, 3)
        rise = (q - p)[0] * x + (q - p)[1]
        assert_allclose(cubic[1], np.mean(rise**2), rtol=1e-6)
        assert abs(cubic[0]) < 1e-6 * cubic[1]
        assert cubic[1] > 0


def test_descent_ends_in_the_same_place_from_everywhere() -> None:
    x, y = points("scaled-input")
    best = best_line(x, y)
    for start in np.random.default_rng(4).normal(scale=100, size=(10, 2)):
        w, b = start
        for _ in range(2000):
            errors = w * x + b - y
            w, b = w - 0.1 * 2 * np.mean(errors * x), b - 0.1 * 2 * np.mean(errors)
        assert_allclose([w, b], best, rtol=1e-9)


def test_y_in_centimetres_multiplies_the_loss_by_ten_thousand() -> None:
    x, y = points("eleven-points")
    assert_allclose(mse(x, 100 * y, *best_line(x, 100 * y)), 100**2 * mse(x, y, *best_line(x, y)), rtol=1e-9)


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


def test_a_point_at_x_0_has_no_say_about_the_slope() -> None:
    step = worked.worked_step(record("three-points"), 1)
    assert step.points[0].x == 0
    assert step.points[0].error != 0
    assert step.points[0].dw == 0


# --- lessons/descend.md --------------------------------------------------------------------------------------


def first_state_below(values: np.ndarray, threshold: float) -> int:
    return next(state for state, value in enumerate(values) if value < threshold)


def excess(id: str, state: int) -> float:
    x, y = points(id)
    return mse(x, y, *record(id).params[state].astype(np.float64).tolist()) - mse(x, y, *best_line(x, y))


def test_a_loss_that_changes_less_than_a_thousandth_is_not_within_a_thousandth_of_the_floor() -> None:
    it = record("scaled-input")
    changes = np.abs(np.diff(it.losses.astype(np.float64), prepend=np.inf))
    state = first_state_below(changes, 1e-3)
    stop = it.stop("loss_change", 1e-3)
    assert stop is not None
    assert (stop.state, state) == (491, 491)
    assert_allclose(stop.excess, excess("scaled-input", state), rtol=1e-6)
    assert stop.excess > 50 * 1e-3


def test_the_gradients_rule_stops_later_and_nearer() -> None:
    it = record("scaled-input")
    lengths = np.linalg.norm(it.gradients.astype(np.float64), axis=1)
    stop = it.stop("gradient_norm", 1e-2)
    assert stop is not None
    assert stop.state == first_state_below(lengths, 1e-2) == 896
    assert_allclose(stop.excess, excess("scaled-input", stop.state), rtol=1e-3)


def test_the_rules_are_read_off_one_run_because_a_rule_does_not_change_the_path() -> None:
    whole = record("scaled-input")
    x, y = whole.x.tolist(), whole.y.tolist()
    for rule, threshold, state in (("loss_change", 1e-3, 491), ("gradient_norm", 1e-2, 896)):
        stopped = trained(make(x, y, 1e-2, 1000, (1.0, 0.0), stop={rule: threshold}))
        assert (stopped.epochs_run, stopped.stopped_by) == (state, rule)
        assert np.array_equal(stopped.params, whole.params[: state + 1])


def test_what_is_left_is_the_change_over_twice_rate_and_slow_curvature() -> None:
    x, _ = points("scaled-input")
    slow = np.linalg.eigvalsh(hessian(x))[0]
    losses = record("scaled-input").losses.astype(np.float64)
    for state in (400, 491, 600):
        change = losses[state - 1] - losses[state]
        assert_allclose(excess("scaled-input", state), change / (2 * 1e-2 * slow), rtol=0.03)


def test_the_gradients_length_bounds_what_is_left() -> None:
    x, _ = points("scaled-input")
    slow = np.linalg.eigvalsh(hessian(x))[0]
    lengths = np.linalg.norm(record("scaled-input").gradients.astype(np.float64), axis=1)
    for state in range(0, 600, 10):
        bound = lengths[state] ** 2 / (2 * slow)
        assert excess("scaled-input", state) <= bound * (1 + 1e-3)
    assert excess("scaled-input", 590) > 0.99 * lengths[590] ** 2 / (2 * slow)  # only the slow direction is left


def test_in_a_run_that_converges_the_gradient_is_shorter_after_every_epoch_down_to_rounding() -> None:
    for id in ("scaled-input", "eleven-points", "best-rate"):
        x, y = points(id)
        w, b = record(id).start
        rate = record(id).learning_rate
        lengths = []
        for _ in range(1000):
            errors = w * x + b - y
            dw, db = 2 * np.mean(errors * x), 2 * np.mean(errors)
            lengths.append(np.hypot(dw, db))
            w, b = w - rate * dw, b - rate * db
        assert (np.diff(lengths) < 0).all()


def test_a_run_that_has_exploded_meets_neither_of_the_first_two_rules() -> None:
    clean = record("rate-too-large")
    for stop in ({"loss_change": 1e-3}, {"gradient_norm": 1e-2}):
        from_start = trained(make(clean.x.tolist(), clean.y.tolist(), 0.02, 500, (1.0, 0.0), stop=stop))
        assert np.isnan(from_start.final_loss)
        assert (from_start.epochs_run, from_start.stopped_by) == (500, "epochs")


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


def test_the_smaller_the_rate_the_earlier_a_change_is_too_small() -> None:
    stop = record("rate-too-small").stop("loss_change", 0.1)
    assert stop is not None
    assert stop.state < 200
    assert excess("rate-too-small", stop.state) > 400


def test_two_neighbouring_losses_are_the_same_number_and_the_line_still_moves() -> None:
    it = record("scaled-input")
    assert it.losses[907] == it.losses[908]
    assert (it.losses[1:908] != it.losses[:907]).all()
    assert (it.params[907] != it.params[908]).all()
    assert excess("scaled-input", 908) > 4 * excess("scaled-input", 1000)


def left_at_the_first_change_below_a_thousandth(rate: float) -> float:
    x, y = points("scaled-input")
    w, b, previous = 1.0, 0.0, np.inf
    while True:
        errors = w * x + b - y
        loss = float(np.mean(errors**2))
        if abs(previous - loss) < 1e-3:
            return loss - mse(x, y, *best_line(x, y))
        w, b, previous = w - rate * 2 * np.mean(errors * x), b - rate * 2 * np.mean(errors), loss


def test_at_the_same_change_a_tenth_of_the_rate_has_ten_times_as_much_left() -> None:
    left, left_at_a_tenth = (left_at_the_first_change_below_a_thousandth(rate) for rate in (1e-2, 1e-3))
    assert_allclose(left_at_a_tenth / left, 10, rtol=0.05)


def test_the_larger_of_two_rates_ends_nearer_if_it_glides_and_need_not_if_it_crosses_the_valley() -> None:
    x, _ = points("scaled-input")
    fast = np.linalg.eigvalsh(hessian(x))[1]
    for product in (0.1, 0.5, 0.99):
        rate = float(product / fast)
        left = left_at_the_first_change_below_a_thousandth(rate)
        assert left < left_at_the_first_change_below_a_thousandth(rate / 10)
    rate = float(1.995 / fast)
    left = left_at_the_first_change_below_a_thousandth(rate)
    assert left > left_at_the_first_change_below_a_thousandth(rate / 10)


def test_after_its_first_fall_the_loss_of_the_step_too_small_hardly_changes_from_one_epoch_to_the_next() -> None:
    losses = record("rate-too-small").losses.astype(np.float64)
    falls = -np.diff(losses)
    assert falls[0] > 10
    assert (falls[100:] < 1e-3 * losses[100:-1]).all()
    assert losses[-1] > 100 * record("rate-too-small").bowl.floor


def test_the_plain_loop_of_the_exercise_makes_the_run() -> None:
    text = page("lessons/descend.md")
    (program,) = re.findall(r"( {4}```python\n +x, y = .*?) {4}```", text, flags=re.DOTALL)
    code = "\n".join(line.removeprefix("    ") for line in program.splitlines()[1:])
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    rows = np.loadtxt(io.StringIO(printed.getvalue()))
    it = record("three-points")
    assert len(rows) == it.epochs_run
    for epoch, loss, *numbers in rows[:50]:
        epoch = int(epoch)
        assert_allclose(loss, it.loss_at(epoch), rtol=1e-5)
        assert_allclose(numbers, [*it.params_after(epoch), *it.gradient_at(epoch)], rtol=1e-4, atol=1e-5)
