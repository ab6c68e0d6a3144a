"""What a run leaves behind: the source's own digits, the dates of its end, and what is published of it."""

from __future__ import annotations

import csv
import io
import json
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from generator.runs.analysis import Breakdown, Run
from generator.runs.published import summary, trajectory_csv
from tests.runs import HAS_AVX, PRINTED, SCENARIOS, make, of_points, record, trained

# What the source program printed at 0.02: epoch, loss, parameters after the update, gradient before it.
PRINTED_TABLE = [
    (10, 9.902059470433812e17, (-5.1232e08, -2.3935e07), (2.9021e10, 1.3558e09)),
    (20, 3.3471030602793666e35, (-2.9786e17, -1.3916e16), (1.6873e19, 7.8827e17)),
    (30, math.inf, (-1.7318e26, -8.0907e24), (9.8097e27, 4.5830e26)),
    (40, math.inf, (-1.0068e35, -4.7039e33), (5.7033e36, 2.6645e35)),
    (50, math.nan, (math.nan, math.nan), (math.nan, math.nan)),
]


@pytest.mark.parametrize(("epoch", "loss", "params", "gradient"), PRINTED_TABLE)
def test_the_run_prints_what_the_source_printed(
    epoch: int, loss: float, params: tuple[float, float], gradient: tuple[float, float]
) -> None:
    exploded = record("rate-too-large")
    assert_allclose(exploded.loss_at(epoch), loss, rtol=PRINTED)
    assert [f"{number:.4e}" for number in exploded.params_after(epoch)] == [f"{number:.4e}" for number in params]
    assert [f"{number:.4e}" for number in exploded.gradient_at(epoch)] == [f"{number:.4e}" for number in gradient]


@pytest.mark.parametrize(
    ("id", "loss", "weight", "bias"),
    [("rate-too-small", 165, 1.30, 12.5), ("scaled-input", 0.518, 4.829, 29.97)],
)
def test_the_other_two_runs_end_where_the_source_did(id: str, loss: float, weight: float, bias: float) -> None:
    done = record(id)
    assert done.final_loss == pytest.approx(loss, rel=3e-3)
    assert_allclose(done.final_parameters, [weight, bias], rtol=4e-3)


def test_the_table_of_epochs_pairs_the_loss_before_with_the_parameters_after() -> None:
    small = trained(make([1, 2], [2, 3], 0.1, 3))
    assert small.params_after(0) == small.start == (0, 0)
    for epoch in (1, 2, 3):
        w, b = small.params_after(epoch - 1)
        assert small.loss_at(epoch) == pytest.approx(((w + b - 2) ** 2 + (2 * w + b - 3) ** 2) / 2)
        dw, db = small.gradient_at(epoch)
        assert small.params_after(epoch) == pytest.approx((w - 0.1 * dw, b - 0.1 * db))
    for epoch in (0, 4):
        with pytest.raises(IndexError, match="epochs 1 to 3, and no epoch"):
            small.loss_at(epoch)


# --- The end of a run ----------------------------------------------------------------------------------------


def test_the_road_to_nan_is_dated() -> None:
    """The loss is inf at epoch 22; w at 43; loss and gradient nan at 44, of inf · 0; b is never inf."""
    road = record("rate-too-large").road
    assert road.loss == Breakdown(22, 44)
    assert road.gradient_w == Breakdown(43, 44)
    assert road.gradient_b == Breakdown(None, 44)
    assert road.w == Breakdown(43, 44)
    assert road.b == Breakdown(None, 44)


def test_in_double_precision_the_same_road_is_longer() -> None:
    road = record("double-precision").road
    assert road.loss == Breakdown(175, 351)
    assert road.true_loss_fits is not None


def test_a_run_that_arrives_has_no_such_road() -> None:
    road = record("scaled-input").road
    assert {road.loss, road.gradient_w, road.gradient_b, road.w, road.b} == {Breakdown(None, None)}
    assert road.true_loss_fits is None
    assert road.a_square_overflows is None


@pytest.mark.parametrize(
    ("residual", "count", "fits", "square"),
    [
        (1.5e19, 4, True, False),  # squares of 2.25e38: each fits, and their mean, but not their sum
        (2e19, 1, False, True),  # 4e38
        (1e19, 1, None, None),  # 1e38: nothing overflows
    ],
)
def test_what_overflows_in_the_first_infinite_loss(
    residual: float, count: int, fits: bool | None, square: bool | None
) -> None:
    road = trained(make(range(count), [residual] * count, 1e-9, 2)).road
    assert (road.true_loss_fits, road.a_square_overflows) == (fits, square)


def test_a_single_square_overflows_while_the_mean_still_fits() -> None:
    road = trained(make(range(4), [2e19, 0, 0, 0], 1e-9, 2)).road
    assert (road.true_loss_fits, road.a_square_overflows) == (True, True)


def assert_as_expected_and_as_predicted(done: Run) -> None:
    assert done.verdict == done.scenario.expect
    if not done.scenario.is_foretold:
        assert done.prediction is None
        return
    assert done.predicted_verdict == done.verdict
    assert done.outcome.as_predicted
    assert done.prediction is not None
    assert done.outcome.prediction_error is not None
    overflow = done.prediction.overflow_epoch
    assert done.first_infinite_loss == (overflow if overflow and overflow <= done.epochs_run else None)
    assert done.outcome.prediction_error < (0.01 if done.regime in ("explodes", "bounces") else 1e-5)


@pytest.mark.parametrize("id", SCENARIOS)
def test_a_run_is_as_expected_and_as_predicted(id: str) -> None:
    assert_as_expected_and_as_predicted(record(id))


def test_the_outcome_compares_the_last_finite_loss() -> None:
    done = record("rate-too-large")
    outcome = done.outcome
    assert outcome.compared_epoch == 21
    predicted = done.bowl.loss_after(done.start, float(np.float32(0.02)), 20)
    assert outcome.prediction_error == pytest.approx(abs(done.loss_at(21) / predicted - 1), rel=1e-3)
    assert 0 < outcome.prediction_error < 1e-5
    assert math.isnan(outcome.final_loss)


def test_a_perfect_fit_is_no_error_of_the_prediction() -> None:
    done = trained(make([1, 2, 4], [4, 7, 13], 0.1, 300, (3, 1)))
    assert done.final_loss == 0
    assert done.outcome.prediction_error == 0


@pytest.mark.parametrize("training", [{}, {"momentum": 0.9}, {"decay": 0.01}])
def test_of_minibatches_nothing_is_predicted(training: dict[str, float]) -> None:
    done = trained(make([1, 2, 4], [2, 3, 5.5], 0.03, 20, batch_size=2, **training))
    assert done.prediction is None
    assert done.regime is None
    assert done.predicted_verdict is None
    assert done.outcome.as_predicted is None
    assert done.outcome.prediction_error is None
    assert summary(done)["half_lives"] is None
    assert summary(done)["half_lives"] is None


# --- When one might have stopped -----------------------------------------------------------------------------


def test_flat_is_not_converged() -> None:
    """Stopping rules on one run, the first first, each with what it leaves undone."""
    change, gradient, end = record("scaled-input").stops(gradient_norm=1e-2, loss_change=1e-3)
    assert (change.rule, change.state) == ("loss_change", 491)
    assert change.excess == pytest.approx(0.058, abs=5e-4)
    assert (gradient.rule, gradient.state) == ("gradient_norm", 896)
    assert (end.rule, end.state, end.threshold) == ("epochs", 1000, 1000)
    for stop in (change, gradient, end):
        assert stop.loss == record("scaled-input").losses[stop.state]
        assert stop.excess == pytest.approx(stop.loss - record("scaled-input").bowl.floor, abs=1e-5)


@pytest.mark.parametrize(("rule", "threshold"), [("gradient_norm", 1e-2), ("loss_change", 1e-3)])
def test_a_rule_that_had_been_set_would_have_stopped_there(rule: str, threshold: float) -> None:
    whole = record("scaled-input")
    asked = SCENARIOS["scaled-input"].model_copy(update={"stop": type(whole.scenario.stop)(**{rule: threshold})})
    stopped = trained(asked)
    stop = whole.stop(rule, threshold)
    assert stop is not None
    assert (stopped.stopped_by, stopped.epochs_run) == (rule, stop.state)


def test_a_run_that_explodes_meets_no_rule() -> None:
    stops = record("rate-too-large").stops(gradient_norm=1e-2, loss_change=1e-3)
    assert [(stop.rule, stop.state) for stop in stops] == [("epochs", 500)]


# --- Stored, published ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "done",
    [
        pytest.param(record("scaled-input"), id="of a scaled input"),
        pytest.param(of_points([1, 2, 4], [7, 3, 5], target={"standardize": True}), id="of a standardised target"),
    ],
)
def test_a_record_reads_back_as_it_was_saved(done: Run) -> None:
    file = io.BytesIO()
    done.save(file)
    file.seek(0)
    again = Run.read(file, done.scenario)
    for name in ("x", "y", "params", "gradients", "losses"):
        assert_array_equal(getattr(again, name), getattr(done, name), strict=True)
    assert (again.shift, again.factor, again.stopped_by) == (done.shift, done.factor, done.stopped_by)
    assert (again.target_shift, again.target_factor) == (done.target_shift, done.target_factor)
    assert summary(again) == summary(done)


def test_the_trajectory_has_every_epoch_to_the_last_digit() -> None:
    done = record("rate-too-large")
    rows = list(csv.DictReader(io.StringIO(trajectory_csv(done))))
    assert list(rows[0]) == ["epoch", "w", "b", "loss", "grad_w", "grad_b", "w_next", "b_next"]
    assert [int(row["epoch"]) for row in rows] == list(range(1, 501))
    for row in rows[:21]:
        epoch = int(row["epoch"])
        assert np.float32(row["loss"]) == done.losses[epoch - 1]
        assert repr(float(row["loss"])) == row["loss"]
        assert (float(row["w_next"]), float(row["b_next"])) == done.params_after(epoch)
        assert (float(row["grad_w"]), float(row["grad_b"])) == done.gradient_at(epoch)
    assert [rows[epoch - 1]["loss"] for epoch in (30, 50)] == ["inf", "nan"]
    printed = ["9.902059470433812e+17", "3.3471030602793666e+35"]
    losses = [rows[epoch - 1]["loss"] for epoch in (10, 20)]
    assert losses == printed if HAS_AVX else [*map(float, losses)] == pytest.approx([*map(float, printed)], rel=1e-5)


@pytest.mark.parametrize("id", SCENARIOS)
def test_the_summary_is_strict_json(id: str) -> None:
    told = json.loads(json.dumps(summary(record(id)), allow_nan=False))
    assert told["scenario"] == id
    assert told["verdict"] == record(id).verdict
    assert told["predicted_verdict"] == record(id).predicted_verdict


def test_the_summary_says_inf_and_nan_in_words_and_never_as_null() -> None:
    told = summary(record("rate-too-large"))
    assert told["final_loss"] == "nan"
    assert told["half_lives"]["fast"] == "inf"
    assert (told["first_infinite_loss"], told["first_nan_loss"]) == (22, 44)
    assert summary(record("scaled-input"))["first_nan_loss"] is None


@pytest.mark.parametrize(
    "input", [{"scale": 0.1}, {"center": True}, {"standardize": True}, {"center": True, "scale": 3.0}]
)
def test_the_line_in_original_units_is_the_same_line(input: dict[str, object]) -> None:
    x = np.array([-5.0, 3, 8, 29])
    done = trained(make(x, [1, 2, 3, 4], 0.01, 40, input=input))
    assert done.is_transformed
    w, b = done.final_parameters
    weight, bias = done.in_original_units((w, b))
    assert_allclose(weight * x + bias, w * done.x + b, rtol=1e-5)


# --- The rows of its table -----------------------------------------------------------------------------------


def test_epochs_that_a_stop_rule_spared_have_no_row() -> None:
    record = of_points(
        [0, 1], [0, 1], rate=0.5, epochs=1000, start=(0, 0), stop={"loss_change": 1e-3},
        figure={"table_epochs": [1, 2, 900]},
    )  # fmt: skip
    assert record.epochs_run < 900
    assert record.table_epochs == [1, 2]


def test_without_a_choice_the_table_has_up_to_ten_round_epochs_and_the_last() -> None:
    assert of_points([0, 1], [0, 2], epochs=40).table_epochs == [1, 2, 5, 10, 20, 40]
    long = of_points([0, 1], [0, 2], rate=1e-3, epochs=3000).table_epochs
    assert len(long) == 10
    assert long[-1] == 3000


def test_what_is_left_in_each_direction_is_a_share_of_the_whole_first_excess() -> None:
    """Not of what that direction had of it, by which a run is judged."""
    run = record("rate-too-small")
    x, y = run.x.astype(float), run.y.astype(float)
    curvatures, directions = np.linalg.eigh(2 * np.array([[(x**2).mean(), x.mean()], [x.mean(), 1]]))
    errors = (run.params[[0, -1]].astype(float) - np.polyfit(x, y, 1)) @ directions
    first, last = curvatures / 2 * errors**2
    assert summary(run)["left"]["slow"] == pytest.approx(last[0] / first.sum(), rel=1e-4)
    assert summary(run)["left"]["slow"] < 0.8 * last[0] / first[0]
    assert sum(summary(run)["left"].values()) == pytest.approx(run.excess[-1] / run.excess[0])
