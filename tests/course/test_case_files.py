"""What lesson 11, the case files, claims, executed.

Each test is named after its sentence. The oracles are loops of torch and NumPy written here, not the site's own theory.
"""

from __future__ import annotations

import bisect
import re
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from generator.faults import Faults
from generator.scenario.reading import load
from tests.course.there import page, speaks_of
from tests.course.there import record as shipped
from tests.tiny import SCENARIO

PAGE = "lessons/case-files.md"
pytestmark = speaks_of(pages=[PAGE])
Array = NDArray[Any]


def curvatures(x: Array) -> Array:
    """Eigenvalues, ascending, of (2/n) AᵀA with A = [x, 1]."""
    a = np.stack([x, np.ones_like(x)], axis=1).astype(np.float64)
    found: Array = np.linalg.eigvalsh(2 * a.T @ a / len(a))
    return found


def losses_of(x: Array, y: Array, rate: float, epochs: int, reduce: str = "mean", dtype: Any = torch.float64) -> Array:
    """Plain descent from (0, 0) by autograd: the loss that each epoch starts from."""
    xs, ys = torch.tensor(x, dtype=dtype), torch.tensor(y, dtype=dtype)
    params = torch.zeros(2, dtype=dtype, requires_grad=True)
    losses = []
    for _ in range(epochs):
        loss = getattr((params[0] * xs + params[1] - ys) ** 2, reduce)()
        (gradient,) = torch.autograd.grad(loss, params)
        losses.append(float(loss.detach()))
        with torch.no_grad():
            params -= rate * gradient
    return np.array(losses)


# --- The table ---------------------------------------------------------------------------------------------------


def test_each_row_of_the_table_leads_to_its_case() -> None:
    text = page(PAGE)
    rows = re.findall(r"^\| \[.*?\]\(#(\w+)\) \|", text, re.MULTILINE)
    cases = re.findall(r"^## \d+\. .* \{ #(\w+) \}$", text, re.MULTILINE)
    assert rows == cases
    assert len(rows) == 11
    assert "| [Loss is nan" in text


# --- 1 to 2: the rate, the sum -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("centre", [0.0, 1.0, 40.0])
def test_below_1_every_start_is_safe_and_above_2_it_explodes(scale: float, centre: float) -> None:
    x = centre + scale * np.random.default_rng(3).standard_normal(30)
    y = 3 * x + 1
    for printed, shrinks in ((0.99, True), (2.01, False)):
        losses = losses_of(x, y, printed / (x**2 + 1).mean(), 4000)
        assert (losses[-1] < losses[0]) == shrinks
        assert shrinks or losses[-1] > 1e6 * losses[0] or not np.isfinite(losses[-1])


def test_half_the_rate_of_the_hundred_points_lies_between_and_is_past_the_limit() -> None:
    record = shipped("case-hundred-points")
    x = record.x.astype(np.float64)
    assert 1 < record.learning_rate / 2 * (x**2 + 1).mean() < 2
    assert losses_of(x, record.y, record.learning_rate / 2, 200)[-1] > 1e9


def test_what_is_inf_at_an_epoch_is_inf_in_the_state_before() -> None:
    record = shipped("case-hundred-points")
    assert record.first_infinite_loss is not None
    assert np.flatnonzero(np.isinf(record.losses))[0] == record.first_infinite_loss - 1


def test_of_the_code_one_thing_was_needed_that_the_loss_is_a_mean() -> None:
    record = shipped("case-hundred-points")
    rates = np.geomspace(1e-7, 1e-2, 400)

    def explodes(rate: float) -> bool:  # and so does every larger one
        return not losses_of(record.x, record.y, rate, 300)[-1] <= 1e6  # nan, too

    limits = [rates[bisect.bisect_left(rates, True, key=lambda rate: explodes(rate * k))] for k in (1.0, 100.0)]
    assert limits[0] / limits[1] == pytest.approx(100, rel=0.1)


def test_the_summed_program_bears_some_three_times_its_points() -> None:
    few, many = shipped("case-summed-few"), shipped("case-summed-many")
    bears = 11 * (2 / (11 * curvatures(few.x)[1])) / few.learning_rate
    for count, explodes in ((int(0.8 * bears), False), (int(1.3 * bears), True)):
        last = losses_of(many.x[:count], many.y[:count], few.learning_rate, 400, "sum")[-1]
        assert (last > 1e6) == explodes


@pytest.mark.parametrize("x", [np.arange(100.0), np.arange(20000.0, 20031.0), np.array([-3.0, 0.1, 0.2, 5.0])])
def test_the_limit_lies_between_one_and_two_over_the_mean_square_and_one(x: Array) -> None:
    limit = 2 / curvatures(x)[1]
    lowest = 1 / ((x**2).mean() + 1)
    assert lowest * (1 - 1e-9) <= limit <= 2 * lowest


def test_the_two_curvatures_add_up_to_twice_the_mean_square_and_one() -> None:
    x = shipped("case-hundred-points").x.astype(np.float64)
    assert curvatures(x).sum() == pytest.approx(2 * ((x**2).mean() + 1))


def test_the_limit_of_the_hundred_points_is_three_ten_thousandths() -> None:
    x, y = np.arange(100.0), 2 * np.arange(100.0) + 50
    assert 2 / curvatures(x)[1] == pytest.approx(3.0e-4, rel=0.02)
    assert losses_of(x, y, 3.0e-4, 200)[-1] < 1e4
    assert losses_of(x, y, 3.1e-4, 200)[-1] > 1e6
    np.testing.assert_array_equal(shipped("case-hundred-points").x, x)
    np.testing.assert_array_equal(shipped("case-hundred-points").y, y)


def test_the_loss_of_the_hundred_points_begins_as_a_number_and_grows_by_a_constant_factor() -> None:
    record = shipped("case-hundred-points")
    losses = losses_of(record.x, record.y, record.learning_rate, 20)
    assert np.isfinite(record.loss_at(1))
    np.testing.assert_allclose(losses[6:] / losses[5:-1], losses[10] / losses[9], rtol=1e-6)
    assert record.loss_at(11) / record.loss_at(10) == pytest.approx(losses[10] / losses[9], rel=1e-4)


def test_a_smaller_rate_cures_the_nan_and_leaves_the_height_of_the_line_wrong() -> None:
    record = shipped("case-hundred-points-slower")
    weight, bias = np.polyfit(record.x.astype(float), record.y.astype(float), 1)
    assert (weight, bias) == (pytest.approx(2), pytest.approx(50))
    w, b = record.final_parameters
    assert abs(w - weight) < 0.5 * weight
    assert b < 0.2 * bias
    assert np.isfinite(record.losses).all()


def test_with_a_tenth_of_the_rate_the_line_is_soon_too_steep_and_at_zero_too_low_and_hardly_moves() -> None:
    params = shipped("case-hundred-points-slower").params
    assert (params[5:, 0] > 2.5).all()
    assert (params[5:, 1] < 5).all()
    assert abs(np.diff(params[5:], axis=0)).max() < 0.02


def test_from_the_second_epoch_on_the_summed_loss_grows_by_the_same_factor() -> None:
    many = shipped("case-summed-many")
    losses = losses_of(many.x, many.y, many.learning_rate, 20, "sum")
    np.testing.assert_allclose(losses[3:] / losses[2:-1], losses[-1] / losses[-2], rtol=1e-3)
    np.testing.assert_allclose(many.losses[2:20] / many.losses[1:19], losses[-1] / losses[-2], rtol=1e-3)


def test_standardised_points_have_equal_curvatures_and_a_limit_of_one() -> None:
    for id in ("case-hundred-points-standardised", "case-target-in-euros", "one-step"):
        np.testing.assert_allclose(curvatures(shipped(id).x), [2, 2], rtol=1e-6)


def test_the_standardised_hundred_points_give_back_the_line_in_the_original_units() -> None:
    record = shipped("case-hundred-points-standardised")
    assert record.in_original_units(record.final_parameters) == (
        pytest.approx(2, rel=1e-6),
        pytest.approx(50, rel=1e-6),
    )


def test_a_rate_on_a_sum_is_n_times_that_rate_on_the_mean() -> None:
    few = shipped("case-summed-few")
    n = len(few.x)
    summed = losses_of(few.x, few.y, 0.01, 50, "sum")
    averaged = losses_of(few.x, few.y, 0.01 * n, 50, "mean")
    np.testing.assert_allclose(summed, n * averaged, rtol=1e-9)


def test_ten_times_the_points_make_a_summed_loss_explode_and_an_averaged_one_not() -> None:
    many = shipped("case-summed-many")
    assert len(many.x) == 10 * len(shipped("case-summed-few").x)
    assert losses_of(many.x, many.y, many.learning_rate, 20, "sum")[-1] > 1e20
    few_rate = many.learning_rate * len(shipped("case-summed-few").x)
    assert losses_of(many.x, many.y, few_rate, 200, "mean")[-1] < 2
    assert shipped("case-averaged-many").learning_rate == pytest.approx(few_rate)
    np.testing.assert_array_equal(many.x, shipped("case-averaged-many").x)


def test_the_rents_in_euros_and_in_thousands_are_one_run_with_losses_a_million_apart() -> None:
    euros, thousands = shipped("case-target-in-euros"), shipped("case-target-in-thousands")
    np.testing.assert_allclose(euros.y, 1000 * thousands.y.astype(float), rtol=1e-6)
    np.testing.assert_allclose(euros.losses / thousands.losses.astype(float), 1e6, rtol=1e-4)
    np.testing.assert_allclose(euros.params, 1000 * thousands.params.astype(float), rtol=1e-3, atol=1e-3)


def test_no_line_does_better_on_these_flats() -> None:
    record = shipped("case-target-in-euros")
    residuals = np.polyfit(record.x.astype(float), record.y.astype(float), 1, full=True)[1]
    assert record.final_loss == pytest.approx(float(residuals[0]) / len(record.x), rel=1e-5)


def test_days_since_1970_have_a_limit_of_some_billionths() -> None:
    days = np.arange(20000.0, 20031.0)
    assert 2 / curvatures(days)[1] == pytest.approx(1 / 20000**2, rel=0.01)


def test_kelvins_around_315_have_a_limit_of_about_a_hundred_thousandth() -> None:
    kelvins = np.arange(300.0, 331.0)
    limit, mean_square = 2 / curvatures(kelvins)[1], (kelvins**2).mean()
    assert limit == pytest.approx(1e-5, rel=0.05)
    assert 1 / (mean_square + 1) <= limit <= 2 / (mean_square + 1)
    assert mean_square == pytest.approx(1e5, rel=0.05)


# --- 3 to 5: wrong programs, written here once more ------------------------------------------------------------------


def wrong_program(wrong: str, epochs: int) -> tuple[Tensor, list[float]]:
    """As a reader would write it, in PyTorch."""
    points = shipped("scaled-input")
    x, y = torch.tensor(points.x), torch.tensor(points.y)
    optimizer = torch.optim.SGD(
        [params := torch.tensor([1.0, 0.0], requires_grad=True)], lr=0.01, maximize=wrong == "sign"
    )
    losses = []
    for _ in range(epochs):
        predictions = params[0] * (x.reshape(-1, 1) if wrong == "shapes" else x) + params[1]
        loss = torch.mean((predictions - y) ** 2)
        if wrong != "adding":
            optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(loss.detach()))
    return params.detach(), losses


@pytest.mark.parametrize(
    ("wrong", "id"), [("shapes", "case-broadcast"), ("adding", "case-no-zero-grad"), ("sign", "case-flipped-sign")]
)
def test_the_wrong_programs_really_ran(wrong: str, id: str) -> None:
    record = shipped(id)
    params, losses = wrong_program(wrong, record.epochs_run)
    np.testing.assert_allclose(record.losses[:-1], losses, rtol=1e-3)
    np.testing.assert_allclose(record.final_parameters, params.tolist(), rtol=1e-3, atol=1e-3)


def test_the_mean_over_all_pairs_is_two_variances_and_a_squared_difference_of_means() -> None:
    rng = np.random.default_rng(1)
    guesses, y = rng.standard_normal(9), 5 + 2 * rng.standard_normal(9)
    pairs = np.mean([(g - t) ** 2 for g in guesses for t in y])
    assert pairs == pytest.approx(guesses.var() + y.var() + (guesses.mean() - y.mean()) ** 2)


def test_the_flat_line_lies_at_the_mean_of_y_with_its_variance_as_the_loss() -> None:
    record = shipped("case-broadcast")
    y = record.y.astype(np.float64)
    assert record.final_parameters == (pytest.approx(0, abs=1e-3), pytest.approx(y.mean(), rel=1e-4))
    assert record.final_loss == pytest.approx(y.var(), rel=1e-4)


def test_three_y_of_2_4_and_9_leave_their_variance() -> None:
    x, y = torch.tensor([0.0, 1.0, 3.0]), torch.tensor([2.0, 4.0, 9.0])
    params = torch.zeros(2, requires_grad=True)
    for _ in range(3000):
        loss = ((params[0] * x[:, None] + params[1] - y) ** 2).mean()
        (gradient,) = torch.autograd.grad(loss, params)
        with torch.no_grad():
            params -= 0.05 * gradient
    assert float(loss.detach()) == pytest.approx(26 / 3, rel=1e-4)
    assert params.tolist() == pytest.approx([0, 5], abs=1e-3)


def test_gradients_that_add_up_swing_and_never_fade() -> None:
    losses = shipped("case-no-zero-grad").losses
    assert losses[250:].max() > 0.9 * losses[:250].max()
    assert losses[250:].min() < 0.05 * losses[0]


def test_a_flipped_sign_grows_from_the_first_step_and_a_smaller_rate_only_slows_it() -> None:
    record = shipped("case-flipped-sign")
    x, y = record.x.astype(np.float64), record.y.astype(np.float64)
    assert (np.diff(record.losses) > 0).all()
    for rate in (0.01, 1e-5):
        assert (np.diff(losses_of(x, y, -rate, 50)) > 0).all()
        assert (np.diff(losses_of(x, y, 1e-5, 50)) < 0).all()
    growth = (1 + record.learning_rate * curvatures(x)[1]) ** 2
    assert record.loss_at(400) / record.loss_at(399) == pytest.approx(growth, rel=1e-4)


@pytest.mark.parametrize("id", ["case-hundred-points", "case-years", "case-flipped-sign"])
def test_where_the_first_line_prints_less_than_1_the_right_sign_lowers_the_loss_and_the_wrong_one_raises_it(
    id: str,
) -> None:
    record = shipped(id)
    x, y = record.x.astype(np.float64), record.y.astype(np.float64)
    for printed in (0.99, 0.5, 1e-3):
        rate = printed / (x**2 + 1).mean()
        assert losses_of(x, y, rate, 2)[1] < losses_of(x, y, rate, 2)[0] < losses_of(x, y, -rate, 2)[1]


def test_a_thousandth_of_the_rate_may_still_be_too_much() -> None:
    """Of the usual 0.01, where x are the seconds of a day."""
    x = np.arange(0, 86_400.0, 3600)
    losses = losses_of(x, 0.5 * x + 1, 0.01 / 1000, 3)
    assert losses[0] < losses[1] < losses[2]


def test_a_flipped_sign_climbs_on_one_side() -> None:
    record = shipped("case-flipped-sign")
    steps = np.diff(record.params.astype(np.float64), axis=0)
    assert (np.sign(steps[50:]) == np.sign(steps[50])).all()


# --- 6 to 7: raw x, missing numbers ----------------------------------------------------------------------------------


def test_asked_with_raw_x_the_scaled_line_is_far_off_and_with_scaled_x_it_is_right() -> None:
    record = shipped("scaled-input")
    w, b = record.final_parameters
    x = record.x.astype(np.float64) * 10
    assert w * 20 + b > 100
    assert w * 2 + b == pytest.approx(np.polyval(np.polyfit(x, record.y.astype(float), 1), 20), rel=1e-3)
    near = record.y[abs(x - 20) < 4]
    assert len(near) == 0 or abs(near - 40).max() < 4


def test_one_nan_in_y_makes_all_of_it_nan_for_ever() -> None:
    x, y = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([2.0, float("nan"), 5.5])
    params = torch.zeros(2, requires_grad=True)
    loss = ((params[0] * x + params[1] - y) ** 2).mean()
    assert loss.isnan()
    (gradient,) = torch.autograd.grad(loss, params)
    assert gradient.isnan().all()
    assert int(y.isnan().sum()) == 1


def in_minibatches(x: Array, y: Array, rate: float) -> list[float]:
    """One epoch, a point a step: the loss of each step, before it."""
    params, losses = np.zeros(2, dtype=np.float32), []
    with np.errstate(all="ignore"):
        for a, target in zip(x.astype(np.float32), y.astype(np.float32), strict=True):
            error = params[0] * a + params[1] - target
            losses.append(float(error**2))
            params = params - np.float32(2 * rate) * error * np.array([a, 1], dtype=np.float32)
    return losses


def test_with_minibatches_the_first_steps_look_well_until_the_batch_that_holds_it() -> None:
    x, y = np.arange(10.0) / 10, np.arange(10.0)
    y[6] = np.nan
    losses = in_minibatches(x, y, 0.01)
    assert np.isfinite(losses[:6]).all()
    assert np.isnan(losses[6:]).all()


def test_with_minibatches_the_rate_alone_can_make_epoch_1_nan() -> None:
    record = shipped("case-hundred-points")
    assert not np.isfinite(np.mean(in_minibatches(record.x, record.y, record.learning_rate)))


def test_this_site_refuses_such_data_before_it_trains(tmp_path: Any) -> None:
    path = tmp_path / "own.toml"
    path.write_text(SCENARIO.format(expect="converges", title="x", rate=0.1, epochs=3).replace("5.5]", "nan]"))
    with pytest.raises(Faults, match="finite"):
        load(path)


# --- 8 to 11: ravines and units ------------------------------------------------------------------------------------


def test_the_gain_is_right_after_ten_epochs_and_the_offset_takes_tens_of_thousands() -> None:
    record = shipped("case-intercept")
    x, y = record.x.astype(np.float64), record.y.astype(np.float64)
    gain, offset = np.polyfit(x, y, 1)
    w, b = record.params_after(10)
    assert w == pytest.approx(gain, rel=1e-3)
    assert b < 0.001 * offset
    half = np.log(0.5) / np.log(1 - record.learning_rate * 2)  # the curvature along b is 2
    assert half == pytest.approx(86643, rel=1e-3)
    assert (offset - record.final_parameters[1]) / offset == pytest.approx(0.5 ** (record.epochs_run / half), rel=1e-3)
    assert record.loss_at(11) > 500 * ((gain * x + offset - y) ** 2).mean()


def test_the_mean_of_the_voltages_is_0_so_the_height_is_a_direction_of_its_own_with_the_curvature_2() -> None:
    x = shipped("case-intercept").x.astype(np.float64)
    assert x.mean() == 0
    assert curvatures(x)[0] == pytest.approx(2)
    assert curvatures(x + 300)[0] < 1.6, "with another mean it is none: the flat direction is flatter"


def test_standardised_gain_and_offset_arrive_together() -> None:
    record = shipped("case-intercept-standardised")
    x = np.array(record.scenario.given_points[0])
    expected = np.polyfit(x, record.y.astype(np.float64), 1)
    assert record.in_original_units(record.final_parameters) == pytest.approx(tuple(expected), rel=1e-5)
    assert 1 - record.learning_rate * 2 == 0.5


def test_years_as_they_are_are_inf_at_once_and_with_their_mean_taken_off_they_bear_a_usual_rate() -> None:
    record = shipped("case-years")
    years, y = np.array(record.scenario.given_points[0]), record.y.astype(np.float64)
    losses = losses_of(years, y, record.learning_rate, 8, dtype=torch.float32)
    assert np.flatnonzero(np.isinf(losses))[0] + 1 == record.first_infinite_loss
    assert losses_of(years - years.mean(), y, record.learning_rate, 400)[-1] < 0.01 * losses[0]
    assert 2 / curvatures(years - years.mean())[1] == pytest.approx(0.1, rel=0.01)


def test_in_float32_seconds_since_1970_lie_128_apart() -> None:
    assert np.spacing(np.float32(1.75e9)) == 128


def test_in_float16_the_rents_in_euros_are_inf_before_any_step_and_in_thousands_they_are_not() -> None:
    euros, thousands = shipped("case-target-in-euros"), shipped("case-target-in-thousands")
    squares = torch.tensor(euros.y).half() ** 2
    assert squares.isinf().all()
    assert torch.finfo(torch.float16).max == (2 - 2**-10) * 2**15
    half = float((torch.tensor(thousands.y).half() ** 2).mean())
    assert half == pytest.approx(thousands.initial_loss, rel=1e-3)
    assert float((thousands.y.astype("float16") ** 2).mean()) == pytest.approx(half, rel=1e-3)


def test_standardising_x_leaves_the_loss_in_the_square_of_y() -> None:
    record = shipped("case-target-in-euros")
    y = record.y.astype(np.float64)
    loss = ((record.final_parameters[0] * record.x + record.final_parameters[1] - y) ** 2).mean()
    assert record.final_loss == pytest.approx(loss, rel=1e-4)
    thousands = ((record.final_parameters[0] * record.x + record.final_parameters[1] - y) / 1000) ** 2
    assert record.final_loss / 1e6 == pytest.approx(thousands.mean(), rel=1e-4)


def test_where_the_script_of_case_4_ends_when_it_is_mended() -> None:
    params, _ = wrong_program("none", 1000)
    record = shipped("scaled-input")
    assert params.tolist() == pytest.approx(np.polyfit(record.x.astype(float), record.y.astype(float), 1), rel=1e-3)
