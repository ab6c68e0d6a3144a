"""What an author is told before anything is trained: what the dtype does to the points, and a cure that works."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.descent.forecast import forecast
from generator.making.forecasts import forecasts, predictions, remarks, unexpected
from generator.making.workshop import unexpected_end
from generator.runs import advice, theory
from generator.runs.analysis import Run
from generator.scenario.schema import Scenario
from tests.runs import make, trained

EPOCH_SECONDS = [1.7e9 + 30 * i for i in range(11)]
MILLISECONDS = [1.7e12, 1.7e12 + 1, 1.7e12 + 3]
SPREADSHEET_DAYS = [45292.01 + i / 1440 for i in range(9)]
YEARS = [1990.0 + i for i in range(20)]


def line_in_fractions(x: list[float], y: list[float]) -> tuple[Fraction, Fraction]:
    """The least-squares slope and intercept, exactly."""
    xs, ys = [Fraction(value) for value in x], [Fraction(value) for value in y]
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    across = sum((a - x_mean) ** 2 for a in xs)
    slope = sum((a - x_mean) * (b - y_mean) for a, b in zip(xs, ys, strict=True)) / across
    return slope, y_mean - slope * x_mean


def tolerances(x: list[float], y: list[float], slope: Fraction, slope_error: float) -> tuple[float, float]:
    """By how much a line of float64 may miss: a share of the data's own scale, not of an intercept far outside it."""
    x_mean, y_mean = math.fsum(x) / len(x), math.fsum(y) / len(y)
    of_slope = 1e-12 * float(np.std(np.array(y) - y_mean) / np.std(np.array(x) - x_mean))
    of_intercept = 1e-12 * (abs(y_mean) + abs(float(slope) * x_mean)) + abs(x_mean) * slope_error
    return of_slope, of_intercept


@given(
    st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=30, unique=True),
    st.integers(-6, 6), st.integers(-6, 6), st.floats(-1e12, 1e12), st.floats(-1e9, 1e9), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_the_best_line_and_the_curvatures_are_those_of_exact_arithmetic(
    steps: list[int], x_power: int, y_power: int, x_offset: float, y_offset: float, seed: int
) -> None:
    """Over scale and offset; points that float64 itself merges are other points, and so is their line."""
    x = [x_offset + step * 10.0**x_power for step in steps]
    noise = np.random.default_rng(seed).normal(size=len(x))
    y = (y_offset + 10.0**y_power * noise).tolist()
    if len(set(x)) < 2 or len(set(y)) < 2:
        return
    bowl = theory.bowl(x, y)
    slope, intercept = line_in_fractions(x, y)
    off = abs(float(Fraction(bowl.least_squares[0]) - slope))
    of_slope, of_intercept = tolerances(x, y, slope, off)
    assert off <= of_slope
    assert abs(float(Fraction(bowl.least_squares[1]) - intercept)) <= of_intercept
    # λ₋λ₊ = 4σ² and λ₋ + λ₊ = 2(m₂ + 1)
    xs = [Fraction(value) for value in x]
    mean = sum(xs) / len(xs)
    variance = sum((value - mean) ** 2 for value in xs) / len(xs)
    moment = sum(value**2 for value in xs) / len(xs)
    slow, fast = bowl.eigenvalues.tolist()
    assert slow * fast == pytest.approx(4 * float(variance), rel=1e-10)
    assert slow + fast == pytest.approx(2 * (float(moment) + 1), rel=1e-10)


def test_neighbouring_whole_numbers_beyond_float32_keep_their_line_in_float64() -> None:
    made = trained(
        make([16777216, 16777217, 16777218], [0, 1, 2], 0.1, 200, dtype="float64", input={"standardize": True})
    )
    slope, _ = made.in_original_units((made.bowl.least_squares[0], made.bowl.least_squares[1]))
    assert slope == pytest.approx(1, rel=1e-12)
    assert made.bowl.floor < 1e-30
    assert made.verdict == "converges"
    assert made.notes == []


@pytest.mark.parametrize("x", [EPOCH_SECONDS, MILLISECONDS, SPREADSHEET_DAYS, YEARS])
@pytest.mark.parametrize(("dtype", "off"), [("float64", 1e-12), ("float32", 1e-6)])
def test_dates_keep_their_line_when_they_are_standardised(x: list[float], dtype: str, off: float) -> None:
    y = [2.0 * i + 1 for i in range(len(x))]
    made = trained(make(x, y, 0.2, 100, dtype=dtype, input={"standardize": True}))
    slope, _ = made.in_original_units((made.bowl.least_squares[0], made.bowl.least_squares[1]))
    exact, _ = line_in_fractions(x, y)
    assert slope == pytest.approx(float(exact), rel=off)
    assert [note.kind for note in made.notes] == []


@pytest.mark.parametrize(
    ("x", "dtype", "input", "kinds", "cures"),
    [
        (EPOCH_SECONDS, "float32", {}, ["merged", "indistinct"], ("standardize", "float64")),
        (MILLISECONDS, "float32", {}, ["one_x", "merged"], ("standardize", "float64")),
        (SPREADSHEET_DAYS, "float32", {}, ["merged", "indistinct"], ("standardize", "float64")),
        (EPOCH_SECONDS, "float32", {"standardize": True}, [], ()),
        (YEARS, "float32", {}, [], ()),
        ([3.0, 3.0, 3.0], "float32", {}, ["one_x"], ()),
        ([7.0], "float64", {}, ["one_x"], ()),
        ([1.0, 2.0, 4.0], "float32", {}, [], ()),
    ],
)
def test_what_a_dtype_does_to_the_points_is_noted_with_its_cures(
    x: list[float], dtype: str, input: dict[str, bool], kinds: list[str], cures: tuple[str, ...]
) -> None:
    y = [2.0 * i + 1 for i in range(len(x))]
    scenario = make(x, y, 1e-30, 1, dtype=dtype, input=input)
    known = forecast(scenario)
    noted = known.notes
    assert [note.kind for note in noted if note.kind != "moved"] == kinds
    assert all(note.cures == cures for note in noted if note.kind != "one_x")
    assert [note.kind for note in trained(scenario).notes] == [note.kind for note in noted], "before and after the run"
    assert len(remarks(scenario, known)) == len(noted)


@pytest.mark.parametrize("y", [[1.7e9, 1.7e9 + 1, 1.7e9 + 3, 1.7e9 + 4], [1e7, 1e7 + 0.3, 1e7 + 0.5, 1e7 + 0.9]])
def test_of_y_far_from_zero_what_helps_is_to_centre_y_and_it_does(y: list[float]) -> None:
    x = [0.0, 1.0, 2.0, 4.0]
    known = forecast(make(x, y, 0.01, 1))
    (note,) = known.notes
    moved = np.sqrt(np.mean((np.float32(y).astype(float) - y) ** 2)) / np.std(y)
    assert (note.kind, note.moved, note.cures) == ("coarse_y", pytest.approx(moved), ("center_y", "float64"))
    assert remarks(make(x, y, 0.01, 1), known)[0].endswith('[target] center = true or [training] dtype = "float64"')
    assert not forecast(make(x, y, 0.01, 1, target={"center": True})).notes
    assert forecast(make(x, y, 0.01, 1, input={"standardize": True})).notes, "what is done to x helps nothing"


def test_y_that_was_to_be_standardised_and_does_not_vary_is_noted() -> None:
    scenario = make([1, 2, 4], [3, 3, 3], 0.1, 5, target={"standardize": True})
    known = forecast(scenario)
    (note,) = known.notes
    assert (note.kind, note.cures) == ("one_y", ())
    assert remarks(scenario, known)[0].endswith("y does not vary, so standardising only centres it")
    assert not forecast(make([1, 2, 4], [3, 3, 3], 0.1, 5, target={"center": True})).notes


def test_a_forecast_says_where_its_loss_is_one_of_another_y() -> None:
    rows = predictions(forecasts([make([1, 2], [3, 5], 0.1, 5, target={"scale": 0.5}), make([1, 2], [3, 5], 0.1, 5)]))
    assert [row["last loss"].endswith(" of y′") for row in rows] == [True, False]


def test_points_far_from_zero_that_float32_moves_are_noted() -> None:
    noted = forecast(make([100_000, 100_000.01, 100_000.02], [0, 1, 2], 1e-12, 1)).notes
    assert noted[0].kind == "moved"
    assert 0.01 < noted[0].moved < 0.5
    assert noted[0].cures == ("standardize", "float64")


# --- A cure works ------------------------------------------------------------------------------------------------


def cured(scenario: Scenario, lines: list[str]) -> Scenario:
    """The scenario with these lines in its file."""
    training, input = scenario.training, scenario.input
    for line in lines:
        key, _, value = line.removeprefix("[input] ").partition(" = ")
        if key == "standardize":
            input = input.model_copy(update={"standardize": True, "scale": None, "center": False})
        else:
            training = training.model_copy(update={key: int(value) if key == "epochs" else float(value)})
    return scenario.model_copy(update={"training": training, "input": input})


@pytest.mark.parametrize(
    ("x", "rate", "epochs", "steps"),
    [
        ([-5, 0, 4, 19, 23], 0.02, 500, {}),  # explodes
        ([-5, 0, 4, 19, 23], 1e-3, 300, {}),  # a few more epochs are enough
        (list(range(25, 70)), 1e-4, 1000, {}),  # badly conditioned
        ([1990 + i for i in range(20)], 1e-2, 100, {}),
        ([1, 2, 4], 1e-5, 100, {}),
        ([-5, 0, 4, 19, 23], 0.05, 500, {"momentum": 0.9}),
        ([-5, 0, 4, 19, 23], 1e-4, 300, {"momentum": 0.9}),
        (list(range(25, 70)), 1e-5, 300, {"momentum": 0.9}),
        ([-5, 0, 4, 19, 23], 0.02, 500, {"decay": 1e-5}),
        ([-5, 0, 4, 19, 23], 1e-3, 300, {"decay": 1e-3}),
        (list(range(25, 70)), 1e-4, 1000, {"decay": 0.01}),
        ([1990 + i for i in range(20)], 1e-2, 100, {"momentum": 0.5, "decay": 1e-3}),
    ],
)
def test_with_the_lines_to_paste_a_run_that_did_not_converges(
    x: list[float], rate: float, epochs: int, steps: dict[str, float]
) -> None:
    y = [0.5 * value + 8 + math.sin(7 * value) for value in x]
    scenario = make(x, y, rate, epochs, **steps)
    (fault,) = unexpected(forecasts([scenario]))
    told = fault.help.partition("; write ")[2].partition(", or expect")[0]
    again = cured(scenario, told.split(" and "))
    assert trained(again).verdict == "converges", told


@pytest.mark.parametrize(("expected", "rate"), [("diverges", 1e-3), ("crawls", 1e-2), ("bounces", 1e-3)])
def test_an_end_that_was_not_expected_is_told_before_anything_is_trained(expected: str, rate: float) -> None:
    x, y = [-5, 0, 4, 19, 23], [27, 30, 32, 40, 41]
    scenario = make(x, y, rate, 1000 if expected != "diverges" else 5000).model_copy(update={"expect": expected})
    (fault,) = unexpected(forecasts([scenario]))
    assert f"expected to be one that {expected}" in fault.fault
    told = fault.help.partition("; write ")[2].partition(", or expect")[0]
    again = cured(scenario, told.split(" and "))
    assert trained(again).verdict == expected, told


@pytest.mark.parametrize(
    ("rate", "epochs", "said"),
    [
        (1e-3, 1000, "its run crawls: it has not arrived in the slow direction, where the excess loss is "),
        (1e-6, 10, "its run crawls: it has not arrived in the slow and the fast direction, where the excess loss is "),
        (1e-2, 30, " of the first excess loss is left"),
        (1e-2, 5000, "its run diverges: it overflowed"),
    ],
)
def test_of_an_end_that_was_not_expected_is_told_where_the_run_has_not_arrived(
    rate: float, epochs: int, said: str
) -> None:
    x, y = [-5, 0, 4, 19, 23], [27, 30, 32, 40, 41]
    run = trained(make(x, y, rate, epochs, dtype="float64"))
    fault = advice.unexpected(
        run.scenario, run.bowl, run.start, run.verdict, advice.End(run.params[-1], run.arrived, run.swings_on)
    )
    assert fault is not None
    assert said in fault.fault
    slopes = 2 * np.array([[np.square(x).mean(), np.mean(x)], [np.mean(x), 1]])
    curvatures, directions = np.linalg.eigh(slopes)
    errors = (run.params[[0, -1]].astype(float) - np.polyfit(x, y, 1)) @ directions
    first, last = curvatures / 2 * errors**2
    if "not arrived" in said:
        assert f"{last[0]:.2g} (at first {first[0]:.2g})" in fault.fault
        assert (f"{last[1]:.2g} (at first {first[1]:.2g})" in fault.fault) == ("fast" in said)
    elif "left" in said:
        assert f"diverges: {last.sum() / first.sum():.2g} of the first" in fault.fault


@pytest.mark.parametrize(
    ("share", "epochs", "training", "said"),
    [
        (0.5, 300, {"batch_size": 2}, "take a smaller rate, larger batches or a rate that decays, or write"),
        (0.95, 60, {"batch_size": 1}, "take a smaller rate or larger batches, or write"),
        (1e-3, 40, {"batch_size": 2}, "change the rate or the epochs, or write"),
    ],
)
def test_of_minibatches_is_told_what_helps_and_it_does(
    share: float, epochs: int, training: dict[str, int], said: str
) -> None:
    x, y = [-0.5, 0.0, 0.4, 1.9, 2.3], [27.0, 31.0, 30.5, 40.0, 40.5]
    limit = 2 / np.linalg.eigvalsh(2 * np.array([[np.square(x).mean(), np.mean(x)], [np.mean(x), 1]]))[1]

    def run(share: float, epochs: int, **training: float) -> Run:
        return trained(make(x, y, share * limit, epochs, **training))

    fault = unexpected_end(run(share, epochs, **training))
    assert fault is not None
    assert said in fault.help
    helps = run(10 * share, 10 * epochs, **training) if "epochs" in said else run(share / 10, 2 * epochs, **training)
    assert helps.verdict == "converges"
    assert unexpected_end(helps) is None
