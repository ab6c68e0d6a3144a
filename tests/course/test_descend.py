"""What lesson 5 claims, executed: each test is named after its sentence, and brings its own arithmetic."""

from __future__ import annotations

import contextlib
import io
import math
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.course import by_hand
from tests.course.by_hand import gradient, hessian, mse
from tests.course.there import page, record
from tests.runs import make, trained


def points(id: str) -> tuple[np.ndarray, np.ndarray]:
    return record(id).x.astype(np.float64), record(id).y.astype(np.float64)


def excess(id: str, state: int) -> float:
    return float(by_hand.excess(*points(id), record(id).params[state].astype(np.float64)))


def curvatures(id: str) -> tuple[float, float]:
    slow, fast = np.linalg.eigvalsh(hessian(points(id)[0])).tolist()
    return slow, fast


def lengths(id: str) -> np.ndarray:
    found: np.ndarray = np.linalg.norm(record(id).gradients.astype(np.float64), axis=1)
    return found


def first_state_below(values: np.ndarray, threshold: float) -> int:
    return next(state for state, value in enumerate(values) if value < threshold)


def programs() -> list[str]:
    """The Python of the page that is typed in, not listed: the loop, and the loop with a rule."""
    found = re.findall(r"^( *)```python\n(\s*x, y = .*?)^ *```$", page("lessons/descend.md"), re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]


def printed_by(program: str) -> np.ndarray:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program, {})
    return np.loadtxt(io.StringIO(printed.getvalue()), ndmin=2)


# --- lessons/descend.md --------------------------------------------------------------------------------------


def test_the_plain_loop_of_ten_lines_makes_the_run() -> None:
    loop, _ = programs()
    assert len(loop.splitlines()) == 10
    rows, it = printed_by(loop), record("three-points")
    assert len(rows) == it.epochs_run
    for epoch, loss, *numbers in rows[:50]:
        epoch = int(epoch)
        assert_allclose(loss, it.loss_at(epoch), rtol=1e-5)
        assert_allclose(numbers, [*it.params_after(epoch), *it.gradient_at(epoch)], rtol=1e-4, atol=1e-5)


def test_a_row_holds_the_loss_and_gradient_it_started_from_beside_the_w_and_b_at_which_it_arrived() -> None:
    rows = printed_by(programs()[0])
    x, y = np.array([0, 2, 4]), np.array([3, 5.5, 5])
    params = np.vstack([[2.0, 0.0], rows[:, 2:4]])  # t = 0, 1, …
    for epoch in (1, 2, 3, 50):
        assert_allclose(rows[epoch - 1, 1], mse(x, y, *params[epoch - 1]))
        assert_allclose(rows[epoch - 1, 4:], gradient(x, y, *params[epoch - 1]), atol=1e-12)


def test_whoever_updates_w_first_and_then_computes_the_errors_anew_does_something_else() -> None:
    both_at_once, _ = programs()
    one_by_one = both_at_once.replace(
        "    w, b = w - learning_rate * dw, b - learning_rate * db\n",
        "    w = w - learning_rate * dw\n"
        "    errors = [w * xi + b - yi for xi, yi in zip(x, y)]\n"
        "    db = sum(2 * error / len(x) for error in errors)\n"
        "    b = b - learning_rate * db\n",
    )
    assert abs(printed_by(one_by_one)[0] - printed_by(both_at_once)[0]).max() > 0.1


def test_with_its_rule_the_loop_stops_where_the_page_says() -> None:
    _, with_a_rule = programs()
    ((epoch, loss, w, b),) = printed_by(with_a_rule)
    it = record("three-points")
    stop = it.stop("loss_change", 1e-3)
    assert stop is not None
    assert epoch == stop.state
    assert_allclose([loss, w, b], [stop.loss, *it.params_after(stop.state)], rtol=1e-5)


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
    stop = it.stop("gradient_norm", 1e-2)
    assert stop is not None
    assert stop.state == first_state_below(lengths("scaled-input"), 1e-2) == 896
    assert_allclose(stop.excess, excess("scaled-input", stop.state), rtol=1e-3)


def test_the_rules_are_read_off_one_run_because_a_rule_does_not_change_the_path() -> None:
    whole = record("scaled-input")
    x, y = whole.x.tolist(), whole.y.tolist()
    for rule, threshold, state in (("loss_change", 1e-3, 491), ("gradient_norm", 1e-2, 896)):
        stopped = trained(make(x, y, 1e-2, 1000, (1.0, 0.0), stop={rule: threshold}))
        assert (stopped.epochs_run, stopped.stopped_by) == (state, rule)
        assert np.array_equal(stopped.params, whole.params[: state + 1])


def test_from_the_second_hundred_on_every_hundred_steps_leave_the_same_share_of_the_excess() -> None:
    slow, _ = curvatures("scaled-input")
    left = [excess("scaled-input", t) for t in range(0, 701, 100)]
    shares = np.array(left[2:]) / left[1:-1]
    assert_allclose(shares, (1 - 1e-2 * slow) ** 200, rtol=1e-3)
    assert left[1] / left[0] < shares[0] / 4  # the first hundred have the steep direction too


def test_the_excess_is_the_sum_over_the_two_directions() -> None:
    x, y = points("scaled-input")
    lambdas, directions = np.linalg.eigh(hessian(x))
    for state in (0, 3, 40):
        e = (record("scaled-input").params[state] - np.polyfit(x, y, 1)) @ directions
        assert_allclose(excess("scaled-input", state), (lambdas * e**2 / 2).sum(), rtol=1e-9)


def test_after_a_hundred_epochs_or_two_only_the_flat_direction_has_anything_left_to_say() -> None:
    x, y = points("scaled-input")
    lambdas, directions = np.linalg.eigh(hessian(x))
    e = (record("scaled-input").params[[0, 100, 200]] - np.polyfit(x, y, 1)) @ directions
    slow, steep = (lambdas * e**2 / 2).T
    assert steep[0] > slow[0]
    assert steep[1] < 1e-3 * slow[1]
    assert steep[2] < 1e-6 * slow[2]


def test_what_is_left_is_the_change_over_twice_rate_and_slow_curvature() -> None:
    slow, _ = curvatures("scaled-input")
    losses = record("scaled-input").losses.astype(np.float64)
    for state in (400, 491, 600):
        change = losses[state - 1] - losses[state]
        assert_allclose(excess("scaled-input", state), change / (2 * 1e-2 * slow), rtol=0.03)


def test_the_formula_gives_0_0590_and_without_the_approximation_0_0583_is_left() -> None:
    slow, _ = curvatures("scaled-input")
    assert 1e-3 / (2 * 1e-2 * slow) == pytest.approx(0.0590, abs=5e-5)
    before = 1e-3 / (1 - (1 - 1e-2 * slow) ** 2)  # of which one epoch takes 0.001
    assert before - 1e-3 == pytest.approx(0.0583, abs=5e-5)


def test_a_threshold_ten_times_smaller_costs_about_136_epochs_more() -> None:
    slow, _ = curvatures("scaled-input")
    factor, epochs = 1.0, 0
    while factor > 0.1:
        factor, epochs = factor * (1 - 1e-2 * slow) ** 2, epochs + 1
    states = [first_state_below(np.abs(np.diff(record("scaled-input").losses, prepend=9e9)), t) for t in (1e-3, 1e-4)]
    assert states == [491, 627]
    assert 10 * states[0] == 4910, "the epochs of who takes ten times as many"
    assert abs(epochs - (states[1] - states[0])) <= 1


def test_pythagoras_gives_the_gradients_length() -> None:
    x, y = points("scaled-input")
    lambdas, directions = np.linalg.eigh(hessian(x))
    for w, b in [(1.0, 0.0), (-7.0, 40.0), (4.0, 29.0)]:
        e = (np.array([w, b]) - np.polyfit(x, y, 1)) @ directions
        assert_allclose(gradient(x, y, w, b) @ gradient(x, y, w, b), (lambdas**2 * e**2).sum())


def test_the_gradients_length_bounds_what_is_left() -> None:
    slow, _ = curvatures("scaled-input")
    for state in range(0, 600, 10):
        bound = lengths("scaled-input")[state] ** 2 / (2 * slow)
        assert excess("scaled-input", state) <= bound * (1 + 1e-3)
    # Only the slow direction is left.
    assert excess("scaled-input", 590) > 0.99 * lengths("scaled-input")[590] ** 2 / (2 * slow)


@pytest.mark.parametrize("id", ["scaled-input", "eleven-points", "three-points"])
@pytest.mark.parametrize("wanted", [1.0, 1e-1, 1e-3])
def test_a_gradient_below_the_root_of_twice_slow_curvature_and_excess_leaves_no_more_than_that(
    id: str, wanted: float
) -> None:
    slow, _ = curvatures(id)
    state = first_state_below(lengths(id), math.sqrt(2 * slow * wanted))
    assert excess(id, state) <= wanted * (1 + 1e-3)


@pytest.mark.parametrize("id", ["scaled-input", "eleven-points"])
def test_up_to_one_over_the_steep_curvature_a_smaller_rate_changes_the_loss_by_less(id: str) -> None:
    (x, y), (_, fast) = points(id), curvatures(id)
    for start in [(1.0, 0.0), (-3.0, 50.0), (8.0, 29.0)]:
        down = gradient(x, y, *start)
        rates = np.linspace(0, 1 / fast, 50)
        changes = [mse(x, y, *start) - mse(x, y, *(start - rate * down)) for rate in rates]
        assert (np.diff(changes) > 0).all()


def test_beyond_that_a_longer_step_may_change_the_loss_less() -> None:
    x, y = points("eleven-points")
    steep = np.linalg.eigh(hessian(x))[1][:, 1]
    start = np.polyfit(x, y, 1) + steep
    changes = [
        mse(x, y, *start) - mse(x, y, *(start - rate * gradient(x, y, *start))) for rate in (0.004, 0.003, 0.00235)
    ]
    assert_allclose(changes, [107, 197, 213], atol=0.5)


def test_a_rate_small_enough_meets_the_rule_at_once() -> None:
    clean = record("scaled-input")
    for rate in (1e-8, 1e-9):
        stopped = trained(make(clean.x.tolist(), clean.y.tolist(), rate, 50, (1.0, 0.0), stop={"loss_change": 1e-3}))
        assert stopped.epochs_run == 1


def test_in_a_run_that_converges_the_gradient_is_shorter_after_every_epoch_down_to_rounding() -> None:
    for id in ("scaled-input", "eleven-points", "best-rate"):
        x, y = points(id)
        params, rate = np.array(record(id).start), record(id).learning_rate
        found = []
        for _ in range(1000):
            down = gradient(x, y, *params)
            found.append(np.hypot(*down))
            params = params - rate * down
        assert (np.diff(found) < 0).all()


def test_a_run_that_has_exploded_meets_neither_of_the_first_two_rules() -> None:
    clean = record("rate-too-large")
    for stop in ({"loss_change": 1e-3}, {"gradient_norm": 1e-2}):
        from_start = trained(make(clean.x.tolist(), clean.y.tolist(), 0.02, 500, (1.0, 0.0), stop=stop))
        assert np.isnan(from_start.final_loss)
        assert (from_start.epochs_run, from_start.stopped_by) == (500, "epochs")


def test_the_step_too_small_changes_by_less_than_a_tenth_while_hundreds_are_left() -> None:
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


def test_a_run_that_starts_at_the_bottom_is_stopped_at_once_by_the_gradient_and_one_epoch_later_by_the_change() -> None:
    x, y = [0.0, 2.0, 4.0], [3.0, 5.5, 5.0]
    w, b = np.polyfit(x, y, 1).round(12)
    for rule, state in (("gradient_norm", 0), ("loss_change", 1)):
        assert trained(make(x, y, 0.05, 200, (float(w), float(b)), stop={rule: 1e-3})).epochs_run == state


def left_at_the_first_change_below_a_thousandth(rate: float) -> float:
    x, y = points("scaled-input")
    w, b, previous = 1.0, 0.0, np.inf
    while True:
        errors = w * x + b - y
        loss = float(np.mean(errors**2))
        if abs(previous - loss) < 1e-3:
            return loss - mse(x, y, *np.polyfit(x, y, 1))
        w, b, previous = w - rate * 2 * np.mean(errors * x), b - rate * 2 * np.mean(errors), loss


def test_at_the_same_change_a_tenth_of_the_rate_has_ten_times_as_much_left() -> None:
    left, left_at_a_tenth = (left_at_the_first_change_below_a_thousandth(rate) for rate in (1e-2, 1e-3))
    assert_allclose(left_at_a_tenth / left, 10, rtol=0.05)
    assert 200 < left_at_a_tenth / 1e-3 < 1000  # hundreds of times the threshold


def test_the_larger_of_two_rates_ends_nearer_if_it_glides_and_need_not_if_it_crosses_the_valley() -> None:
    _, fast = curvatures("scaled-input")
    for product in (0.1, 0.5, 0.99):
        rate = product / fast
        left = left_at_the_first_change_below_a_thousandth(rate)
        assert left < left_at_the_first_change_below_a_thousandth(rate / 10)
    rate = 1.995 / fast
    left = left_at_the_first_change_below_a_thousandth(rate)
    assert left > left_at_the_first_change_below_a_thousandth(rate / 10)
