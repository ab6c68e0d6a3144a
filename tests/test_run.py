"""From a scenario to its record: the data, to the bit, what is done to it, and sweeps."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from generator.descent import forecast, sweeping, train
from generator.descent.three_ways import climb
from generator.faults import Fault
from generator.making.forecasts import forecasts, predictions
from generator.runs import theory
from generator.runs.published import summary
from generator.runs.rate_sweep import RateSweep
from generator.runs.worked import worked_step
from generator.scenario.reading import load, load_all
from generator.scenario.schema import Scenario, Synthetic
from tests import tiny
from tests.runs import SCENARIOS, make, record, trained
from tests.tiny import REPOSITORY

SYNTHETIC = [id for id, scenario in SCENARIOS.items() if scenario.data.source == "synthetic"]


def drawn_after_manual_seed(scenario: Scenario) -> tuple[Tensor, Tensor]:
    made = scenario.data
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(made.seed)
        x = torch.randint(made.low, made.high, (made.count,)).float()
        return x, made.weight * x + made.bias + made.noise * torch.randn(made.count)


@pytest.mark.parametrize("id", SYNTHETIC)
def test_synthetic_points_are_the_draws_that_follow_manual_seed(id: str) -> None:
    for drawn, expected in zip(train.data(SCENARIOS[id]), drawn_after_manual_seed(SCENARIOS[id]), strict=True):
        assert_array_equal(drawn, expected, strict=True)


def test_drawing_leaves_the_global_random_state_alone() -> None:
    before = torch.random.get_rng_state()
    trained(SCENARIOS["one-step"])
    trained(make([1, 2, 3], [1, 2, 3], 0.01, 2, batch_size=2))
    assert torch.equal(torch.random.get_rng_state(), before)


PRINT_DATA = """
import json, sys, torch
from pathlib import Path
from generator.descent import train
from generator.scenario.reading import load_all
from generator.scenario.schema import Scenario
data = [[points.tolist() for points in train.data(scenario)] for scenario in load_all(Path(sys.argv[1])).values()]
print(json.dumps([torch.backends.cpu.get_cpu_capability(), data]))
"""


def assert_data_do_not_depend_on_vectors(scenarios: Path) -> None:
    """To the bit below 16 normal numbers; longer draws take another path through the vector unit, and round there."""

    def printed(capability: str) -> tuple[str, list[list[list[float]]]]:
        environment = {**os.environ, "ATEN_CPU_CAPABILITY": capability}
        command = [sys.executable, "-c", PRINT_DATA, str(scenarios)]
        done = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        used, data = json.loads(done.stdout)
        return used, data

    used, plain = printed("default")
    assert "AVX" not in used.removeprefix("NO AVX")
    for vectors in ("avx2", "avx512"):  # where the processor has them; elsewhere the same as default
        _, data = printed(vectors)
        for scenario, points, expected in zip(load_all(scenarios).values(), data, plain, strict=True):
            if scenario.count < 16:
                assert points == expected, scenario.id
            else:
                assert_allclose(points, expected, rtol=1e-6, err_msg=scenario.id)


def test_drawn_data_do_not_depend_on_the_processors_vectors() -> None:
    assert {scenario.count < 16 for scenario in SCENARIOS.values()} == {True, False}
    assert_data_do_not_depend_on_vectors(REPOSITORY / "tests" / "scenarios")


# --- Any numbers instead of whole ones -----------------------------------------------------------------------


def uniform(seed: int, count: int, low: float, high: float, noise: float = 1.0) -> Scenario:
    made = SCENARIOS["rate-too-large"].data
    drawn = {"x": "uniform", "seed": seed, "count": count, "low": low, "high": high, "noise": noise}
    data = Synthetic.model_validate(made.model_dump() | drawn)
    return SCENARIOS["rate-too-large"].model_copy(update={"data": data})


@pytest.mark.parametrize(("low", "high"), [(-5, 30), (0.0, 1.0), (-0.5, 2.25)])
def test_uniform_points_are_the_draws_that_follow_manual_seed(low: float, high: float) -> None:
    x, y = train.data(uniform(2024, 40, low, high))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2024)
        expected = torch.rand(40) * (high - low) + low
        noise = torch.randn(40)
    assert_array_equal(x, expected, strict=True)
    assert_array_equal(y, 0.5 * expected + 30.0 + 1.0 * noise, strict=True)
    assert len(set((x % 1).tolist())) > 30


@given(
    st.floats(-1e6, 1e6), st.floats(1e-3, 1e3), st.integers(0, 2**32),
)  # fmt: skip
def test_uniform_points_lie_from_low_up_to_high_and_never_at_it(low: float, across: float, seed: int) -> None:
    high = low + across
    assume(np.float32(low) < np.float32(high))
    x, _ = train.data(uniform(seed, 200, low, high))
    assert x.min() >= np.float32(low)
    assert x.double().max() < high


def test_rounding_lifts_no_uniform_point_to_high() -> None:
    """Between these two float32 has one number more, and half of the draws round to the upper end."""
    low, high = 1e7, 1e7 + 2
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        assert (torch.rand(50) * (high - low) + low == high).any()
    x, _ = train.data(uniform(1, 50, low, high))
    assert set(x.tolist()) == {1e7, 1e7 + 1}


# --- Where it starts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_run_starts_from_what_its_seed_draws(dtype: str) -> None:
    scenario = make([1, 2, 4], [2, 3, 5.5], 0.01, 20, {"seed": 7}, dtype=dtype)
    done = trained(scenario)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        drawn = [torch.randn(1).item(), torch.randn(1).item()]
    assert list(done.start) == drawn
    assert done.params.dtype == dtype
    assert summary(done)["start"] == {"weight": drawn[0], "bias": drawn[1]}
    assert forecast.forecast(scenario).prediction == done.prediction
    again = trained(make([1, 2, 4], [2, 3, 5.5], 0.01, 20, (drawn[0], drawn[1]), dtype=dtype))
    assert_array_equal(again.params, done.params)
    assert "start" not in summary(again)


def test_a_sweep_and_the_ladder_start_from_what_the_seed_draws() -> None:
    drawn = make([1, 2, 4], [2, 3, 5.5], 0.01, 20, {"seed": 7})
    start = trained(drawn).start
    given = make([1, 2, 4], [2, 3, 5.5], 0.01, 20, start)
    one, other = (sweeping.sweep(scenario, [0.001, 0.05, 1.0], 30) for scenario in (drawn, given))
    assert_array_equal(one.final_params, other.final_params)
    assert one.verdicts == other.verdicts
    assert_array_equal(climb(drawn).with_modules, climb(given).with_modules)


# --- In the order of the points ------------------------------------------------------------------------------


def test_a_run_that_comes_back_to_where_each_epoch_began_goes_round_and_does_not_stand_still() -> None:
    x, y = [1.0, 2.0, 4.0], [2.0, 3.0, 5.5]
    done = trained(make(x, y, 0.05, 2000, batch_size=1, batch_order="given"))
    assert done.goes_round
    assert not done.stands_still
    w, b = done.final_parameters
    steps = []
    for one_x, one_y in zip(x, y, strict=True):
        error = w * one_x + b - one_y
        steps.append((-0.05 * 2 * error * one_x, -0.05 * 2 * error))
        w, b = w + steps[-1][0], b + steps[-1][1]
    assert min(abs(dw) for dw, _ in steps) > 1e-4, "far above rounding"
    assert (w, b) == pytest.approx(done.final_parameters, rel=1e-5)


def test_batches_in_the_order_of_the_points_are_those_of_a_loader_that_does_not_shuffle() -> None:
    x, y = [1.0, 2.0, 4.0, 7.0, 8.0], [2.0, 3.0, 5.5, 7.0, 8.0]
    done = trained(make(x, y, 0.003, 15, dtype="float64", batch_size=2, batch_order="given"))
    points = TensorDataset(torch.tensor(x, dtype=torch.float64), torch.tensor(y, dtype=torch.float64))
    params = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([params], lr=0.003)
    for epoch in range(1, 16):
        for some_x, some_y in DataLoader(points, batch_size=2, shuffle=False):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(params[0] * some_x + params[1], some_y).backward()
            optimizer.step()
        assert done.params_after(epoch) == pytest.approx(tuple(params.tolist()), rel=1e-12)
    shuffled = trained(make(x, y, 0.003, 15, dtype="float64", batch_size=2))
    assert not np.array_equal(shuffled.params, done.params)


# --- What is done to y ---------------------------------------------------------------------------------------

TRANSFORMS: list[dict[str, Any]] = [
    {}, {"scale": 0.1}, {"center": True}, {"center": True, "scale": 3.0}, {"standardize": True},
]  # fmt: skip


@pytest.mark.parametrize("target", TRANSFORMS)
def test_y_is_scaled_centred_or_standardised_as_x_is(target: dict[str, Any]) -> None:
    y = [-5.0, 3, 8, 29]
    done = trained(make([1, 2, 3, 4], y, 1e-3, 1, target=target, dtype="float64"))
    as_x = trained(make(y, [1, 2, 3, 4], 1e-3, 1, input=target, dtype="float64"))
    assert_array_equal(done.y, as_x.x)
    assert (done.target_shift, done.target_factor) == (as_x.shift, as_x.factor)
    assert (done.shift, done.factor) == (0, 1)
    mean, deviation = np.mean(y), np.std(y)
    if "standardize" in target:
        assert_allclose(done.y, (np.array(y) - mean) / deviation, rtol=1e-14)


def test_y_stays_a_float64_until_it_is_transformed_and_is_rounded_once() -> None:
    seconds = [1.7e9, 1.7e9 + 1, 1.7e9 + 3]
    done = trained(make([0, 1, 2], seconds, 0.1, 5, target={"center": True}))
    assert done.y.dtype == np.float32
    assert np.diff(done.y).tolist() == pytest.approx([1, 2], rel=1e-6)
    assert np.diff(trained(make([0, 1, 2], seconds, 0.1, 5)).y).tolist() == [0, 0]


@pytest.mark.parametrize("target", TRANSFORMS)
@pytest.mark.parametrize("input", TRANSFORMS)
def test_a_line_learned_for_a_transformed_target_is_taken_back(input: dict[str, Any], target: dict[str, Any]) -> None:
    x, y = [-5.0, 3, 8, 29], [100.0, 180, 260, 610]
    trained_on = trained(make(x, y, 1e-9, 1, input=input, dtype="float64")).x
    hessian = 2 * np.array([[np.mean(trained_on**2), trained_on.mean()], [trained_on.mean(), 1]])
    rate = 1.9 / float(np.linalg.eigvalsh(hessian)[1])
    done = trained(make(x, y, rate, 20_000, input=input, target=target, dtype="float64"))
    assert done.verdict == "converges"
    assert done.in_original_units(done.final_parameters) == pytest.approx(np.polyfit(x, y, 1), rel=1e-9)


@given(st.floats(0.01, 100), st.floats(-50, 50), st.floats(-50, 50))
def test_a_scaled_target_scales_the_whole_run(scale: float, w: float, b: float) -> None:
    x, y = [1.0, 2, 4], [2.0, 3, 5.5]
    plain = trained(make(x, y, 0.01, 20, (w, b), dtype="float64"))
    scaled = trained(make(x, y, 0.01, 20, (w * scale, b * scale), target={"scale": scale}, dtype="float64"))
    assert_allclose(scaled.params, plain.params * scale, rtol=1e-9, atol=1e-9)
    assert_allclose(scaled.losses, plain.losses * scale**2, rtol=1e-9, atol=1e-9)
    assert scaled.average_square(3) == pytest.approx(plain.average_square(3), rel=1e-9, abs=1e-9)


def test_of_a_transformed_target_the_summary_has_the_way_back_and_of_others_nothing() -> None:
    x, y = [1.0, 2, 4], [2.0, 3, 5.5]
    done = trained(make(x, y, 0.5, 30, input={"standardize": True}, target={"standardize": True}))
    told = summary(done)
    assert told["input"] == {"shift": pytest.approx(np.mean(x)), "factor": pytest.approx(1 / np.std(x))}
    assert told["target"] == {"shift": pytest.approx(np.mean(y)), "factor": pytest.approx(1 / np.std(y))}
    slope, height = np.polyfit(x, y, 1)
    assert told["original_units"] == {
        "weight": pytest.approx(slope, rel=1e-5), "bias": pytest.approx(height, rel=1e-5),
    }  # fmt: skip
    assert (
        not {"input", "target", "original_units"} & summary(trained(make(x, y, 0.01, 3, input={"scale": 0.1}))).keys()
    )


# --- What is done to x ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("input", "mean", "deviation"),
    [
        ({}, 8.75, 158.1875**0.5),
        ({"scale": 0.1}, 0.875, 0.1 * 158.1875**0.5),
        ({"center": True}, 0, 158.1875**0.5),
        ({"center": True, "scale": 0.1}, 0, 0.1 * 158.1875**0.5),
        ({"standardize": True}, 0, 1),
    ],
)
def test_x_is_scaled_centred_or_standardised(input: dict[str, object], mean: float, deviation: float) -> None:
    done = trained(make([-5, 3, 8, 29], [1, 2, 3, 4], 1e-3, 1, input=input))
    assert_allclose(done.x.mean(), mean, atol=1e-6)
    assert_allclose(done.x.std(), deviation, rtol=1e-6)
    assert_allclose(done.x, (np.array([-5, 3, 8, 29]) - done.shift) * done.factor, rtol=1e-6)


def test_points_that_do_not_vary_are_only_centred() -> None:
    done = trained(make([3, 3, 3], [1, 2, 3], 0.1, 100, input={"standardize": True}))
    assert done.x.tolist() == [0, 0, 0]
    assert done.in_original_units(done.final_parameters) == pytest.approx((0, 2))


def test_standardised_points_reach_least_squares_in_one_step() -> None:
    done = trained(make([-5, 3, 8, 29], [1, 2, 3, 4], 0.5, 1, (7, 7), input={"standardize": True}))
    assert_allclose(done.final_parameters, done.bowl.least_squares, rtol=1e-6)


@pytest.mark.parametrize(("convention", "factor"), [("mean", 1.0), ("sum", 3.0), ("half", 0.5), ("half_sum", 1.5)])
def test_the_loss_is_a_mean_a_sum_or_half_of_either(convention: str, factor: float) -> None:
    done = trained(make([1, 2, 4], [2, 3, 5.5], 0.01, 1, loss=convention))
    assert done.initial_loss == pytest.approx(factor * (4 + 9 + 30.25) / 3)
    assert done.bowl.loss_after((0, 0), 0.01, 0) == pytest.approx(done.initial_loss)
    step = worked_step(done, 1)
    assert (step.loss, *step.gradient) == pytest.approx((done.initial_loss, *done.gradient_at(1)))
    assert step.arrived == pytest.approx(done.params_after(1))
    assert_allclose(done.gradients[0], [factor * -2 / 3 * (2 + 6 + 22), factor * -2 / 3 * 10.5], rtol=1e-6)


@pytest.mark.parametrize(
    ("x", "y", "input", "name"),
    [
        ([1e38, 2e38], [1, 2], {"scale": 100.0}, "x"),
        ([3e38, -3e38], [1, 2], {"center": True, "scale": 2.0}, "x"),
    ],
)
def test_points_that_do_not_fit_are_a_fault_of_the_scenario(
    x: list[float], y: list[float], input: dict[str, object], name: str
) -> None:
    with pytest.raises(Fault, match=f"{name} grows beyond float32") as caught:
        trained(make(x, y, 0.1, 3, input=input))
    assert str(caught.value.file) == "made-up.toml"
    assert "smaller" in caught.value.help


def test_a_target_that_does_not_fit_is_a_fault_too() -> None:
    with pytest.raises(Fault, match="y grows beyond float32") as caught:
        trained(make([1, 2], [1e38, 2e38], 0.1, 3, target={"scale": 100.0}))
    assert caught.value.help == "use smaller numbers in [data], or a smaller target.scale"


@pytest.mark.parametrize(
    ("y", "target", "dtype"),
    [
        ([2.0, 3.0], {"scale": 1e-20}, "float32"),
        ([2.0, 3.0], {"scale": 1e-300}, "float32"),
        ([2.0, 3.0], {"scale": 1e-160}, "float64"),
        ([1e-200, 2e-200], {"standardize": True}, "float64"),
        ([1e-30, 2e-30], {"center": True}, "float32"),
    ],
)
def test_a_target_whose_every_loss_would_be_0_is_refused(y: list[float], target: dict[str, Any], dtype: str) -> None:
    with pytest.raises(Fault, match=f"y shrinks before training starts until its squares are 0 in {dtype}") as caught:
        trained(make([1, 2], y, 0.1, 3, target=target, dtype=dtype))
    assert caught.value.help == "use larger numbers in [data], or a larger target.scale"


@pytest.mark.parametrize("level", [3.0, 0.1, -1e30, 0.0])
@pytest.mark.parametrize("target", [{"center": True}, {"standardize": True}, {"center": True, "scale": 7.0}])
def test_a_level_target_is_brought_to_0_exactly_and_back(level: float, target: dict[str, Any]) -> None:
    """Three times 0.1 has a mean that is not 0.1."""
    done = trained(make([1, 2, 4], [level] * 3, 0.1, 3, target=target))
    assert done.y.tolist() == [0, 0, 0]
    assert done.verdict == "converges"
    assert done.in_original_units(done.final_parameters) == (0, level)
    assert [note.kind for note in done.notes] == (["one_y"] if "standardize" in target else [])


def test_a_fault_of_a_scale_stands_at_the_scale(tmp_path: Path) -> None:
    text = tiny.scenario().replace("[training]", "[target]\nscale = 1e-30\n\n[training]")
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(Fault) as caught:
        train.prepare(load(tmp_path / "own.toml"))
    assert caught.value.excerpt == "scale = 1e-30"
    assert caught.value.line == text[: text.index("scale = 1e-30")].count("\n") + 1


def test_synthetic_points_that_do_not_fit_are_a_fault_too() -> None:
    scenario = SCENARIOS["rate-too-large"]
    huge = scenario.model_copy(update={"data": scenario.data.model_copy(update={"weight": 3e38})})
    with pytest.raises(Fault, match="y grows beyond float32"):
        trained(huge)


@pytest.mark.parametrize(("x", "y"), [([1e19, -1e19], [1, 2]), ([1, 2], [1e20, -1e20]), ([3e38, 1], [0, 0])])
def test_enormous_points_make_a_record_and_no_exception(x: list[float], y: list[float]) -> None:
    done = trained(make(x, y, 0.1, 30, (1, 0)))
    assert done.epochs_run == 30
    assert summary(done)["verdict"] in ("converges", "crawls", "bounces", "diverges")
    assert done.first_infinite_loss in (1, 2)


# --- Other steps ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("training", [{"momentum": 0.9}, {"batch_size": 2}, {"decay": 0.5}])
def test_a_scenario_asks_for_other_steps(training: dict[str, float]) -> None:
    plain = trained(make([1, 2, 4], [2, 3, 5.5], 0.02, 5))
    other = trained(make([1, 2, 4], [2, 3, 5.5], 0.02, 5, **training))
    assert not np.array_equal(other.params, plain.params)
    assert_array_equal(trained(other.scenario).params, other.params)


# --- Without training ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", [id for id, scenario in SCENARIOS.items() if scenario.is_foretold])
def test_what_is_predicted_beforehand_is_what_the_record_says_afterwards(id: str) -> None:
    beforehand = forecast.forecast(SCENARIOS[id]).prediction
    assert beforehand is not None
    if record(id).stopped_by == "epochs":
        assert beforehand == record(id).prediction
    assert beforehand.regime == record(id).regime


def test_the_table_of_predictions_has_a_row_a_scenario() -> None:
    rows = predictions(forecasts([*SCENARIOS.values(), make([1, 2], [1, 2], 0.1, 5, batch_size=1)]))
    assert [row["scenario"] for row in rows] == [*SCENARIOS, "made-up"]
    assert all(list(row) == list(rows[0]) for row in rows)
    too_large = rows[list(SCENARIOS).index("rate-too-large")]
    assert (too_large["verdict"], too_large["for ever"], too_large["loss inf at"]) == ("diverges", "explodes", "22")
    assert too_large["of limit"] == "426 %"
    assert (rows[-1]["for ever"], rows[-1]["verdict"]) == ("no prediction", "")
    # λ₊ of x = 1, 2 is 2.5 + 1 + √(1.5² + 9), and the rate is 0.1
    assert rows[-1]["of limit"] == f"{100 * 0.1 / (2 / (3.5 + 11.25**0.5)):.3g} %"


# --- Sweeps --------------------------------------------------------------------------------------------------


BLOCK = sweeping.NUMBERS_A_BLOCK // 11


@pytest.fixture(scope="module")
def swept() -> RateSweep:
    # More rates than one block holds, so that blocks meet.
    rates = np.linspace(0.01, 0.42, 2 * BLOCK + 7)
    return sweeping.sweep(SCENARIOS["scaled-input"], rates, 60)


@pytest.mark.parametrize("row", [0, BLOCK // 2, BLOCK - 1, BLOCK, BLOCK + 999, 2 * BLOCK - 1, 2 * BLOCK, -1])
def test_a_row_of_a_sweep_is_the_single_run(swept: RateSweep, row: int) -> None:
    rate = float(swept.learning_rates[row])
    scenario = SCENARIOS["scaled-input"]
    one = trained(
        scenario.model_copy(
            update={"training": scenario.training.model_copy(update={"learning_rate": rate, "epochs": 60})}
        )
    )
    assert_array_equal(swept.final_params[row], one.params[-1])
    assert_array_equal(swept.final_losses[row], one.losses[-1])
    reached = one.reached(swept.tolerance)
    assert_array_equal(swept.epochs_to_tolerance[row], np.nan if reached is None else reached)
    assert swept.verdicts[row] == one.verdict


def test_the_fastest_rate_is_near_the_best_one_for_the_worst_start(swept: RateSweep) -> None:
    fastest = swept.fastest_learning_rate
    assert fastest is not None
    assert 0.26 < fastest < 0.31
    assert np.nanmin(swept.epochs_to_tolerance) == 21
    past_the_limit = swept.learning_rates > swept.bowl.critical_learning_rate
    assert np.isnan(swept.epochs_to_tolerance[past_the_limit]).all()
    verdicts = np.array(swept.verdicts)
    assert set(verdicts[past_the_limit]) == {"crawls", "diverges"}  # just past it, 60 epochs are few
    assert set(verdicts[swept.learning_rates > 1.05 * swept.bowl.critical_learning_rate]) == {"diverges"}
    assert set(verdicts[~past_the_limit]) == {"crawls", "converges"}


def test_predicted_and_swept_epochs_agree(swept: RateSweep) -> None:
    start = train.prepare(SCENARIOS["scaled-input"]).start.numpy()
    goal = swept.tolerance * float(swept.bowl.excess(start))
    for row in range(0, len(swept.learning_rates), 777):
        predicted = theory.epochs_to_excess(swept.bowl, start, float(swept.learning_rates[row]), goal)
        measured = swept.epochs_to_tolerance[row]
        if predicted is None or predicted > 60:
            assert np.isnan(measured)
        else:
            assert abs(measured - predicted) <= 1


def test_a_sweep_in_which_nothing_arrives_has_no_fastest_rate() -> None:
    assert sweeping.sweep(SCENARIOS["rate-too-small"], [1e-6, 1e-5], 3).fastest_learning_rate is None


def test_a_sweep_reads_back_as_it_was_saved(swept: RateSweep) -> None:
    file = io.BytesIO()
    swept.save(file)
    file.seek(0)
    again = RateSweep.read(file, swept.scenario)
    assert (again.epochs, again.tolerance) == (swept.epochs, swept.tolerance)
    assert again.verdicts == swept.verdicts
    for name in ("x", "y", "learning_rates", "epochs_to_tolerance", "final_params", "final_losses"):
        assert_array_equal(getattr(again, name), getattr(swept, name), strict=True)
