"""The theory, against published values, linear algebra, autograd, brute force and the runs themselves."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal, localcontext

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from generator.descent.regression import loss_fn, model
from generator.runs import theory
from tests.runs import make, record, trained

# NIST Statistical Reference Datasets, linear regression, "Norris" (certified values, lower level of difficulty).
# https://www.itl.nist.gov/div898/strd/lls/data/Norris.shtml
NORRIS = np.array([
    (0.1, 0.2), (338.8, 337.4), (118.1, 118.2), (888.0, 884.6), (9.2, 10.1), (228.1, 226.5), (668.5, 666.3),
    (998.5, 996.3), (449.1, 448.6), (778.9, 777.0), (559.2, 558.2), (0.3, 0.4), (0.1, 0.6), (778.1, 775.5),
    (668.8, 666.9), (339.3, 338.0), (448.9, 447.5), (10.8, 11.6), (557.7, 556.0), (228.3, 228.1), (998.0, 995.8),
    (888.8, 887.6), (119.6, 120.2), (0.3, 0.3), (0.6, 0.3), (557.6, 556.8), (339.3, 339.1), (888.0, 887.2),
    (998.5, 999.0), (778.9, 779.0), (10.2, 11.1), (117.6, 118.3), (228.9, 229.2), (668.4, 669.1), (449.2, 448.9),
    (0.2, 0.5),
])  # fmt: skip  # y, x

# F. J. Anscombe, "Graphs in Statistical Analysis", The American Statistician 27 (1973): four sets of eleven points
# with the same line, y = 3.00 + 0.500 x, and the same residual sum of squares, 13.75.
ANSCOMBE_X = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
ANSCOMBE = [
    (ANSCOMBE_X, [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]),
    (ANSCOMBE_X, [9.14, 8.14, 8.74, 8.77, 9.26, 8.10, 6.13, 3.10, 9.13, 7.26, 4.74]),
    (ANSCOMBE_X, [7.46, 6.77, 12.74, 7.11, 7.81, 8.84, 6.08, 5.39, 8.15, 6.42, 5.73]),
    ([8, 8, 8, 8, 8, 8, 8, 19, 8, 8, 8], [6.58, 5.76, 7.71, 8.84, 8.47, 7.04, 5.25, 12.50, 5.56, 7.91, 6.89]),
]

FACTORS = {"mean": 1.0, "sum": 7.0, "half": 0.5, "half_sum": 3.5}  # for seven points

coordinates = st.integers(-300, 300).map(lambda tenths: tenths / 10)
point_sets = st.lists(st.tuples(coordinates, coordinates), min_size=2, max_size=20)
starts = st.tuples(coordinates, coordinates)


def some_points(seed: int = 0, count: int = 7) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.uniform(-3, 8, count)
    return x, 2 * x - 1 + random.normal(size=count)


# --- The bowl ------------------------------------------------------------------------------------------------


def test_least_squares_are_those_that_nist_certifies() -> None:
    y, x = NORRIS.T
    bowl = theory.bowl(x, y, "sum")
    assert_allclose(bowl.least_squares, [1.00211681802045, -0.262323073774029], rtol=1e-12)
    assert_allclose(bowl.floor, 26.6173985294224, rtol=1e-12)


@pytest.mark.parametrize(("x", "y"), ANSCOMBE)
def test_least_squares_are_those_that_anscombe_printed(x: list[float], y: list[float]) -> None:
    bowl = theory.bowl(x, y, "sum")
    assert_allclose(bowl.least_squares, [0.500, 3.00], atol=0.003)
    assert_allclose(bowl.floor, 13.75, atol=0.04)


@given(point_sets)
def test_least_squares_are_those_of_linear_algebra(points: list[tuple[float, float]]) -> None:
    x, y = np.array(points).T
    design = np.stack([x, np.ones_like(x)], axis=1)
    expected, *_ = np.linalg.lstsq(design, y)
    bowl = theory.bowl(x, y)
    assert_allclose(bowl.least_squares, expected, rtol=1e-6, atol=1e-9)  # the minimum norm where x does not vary
    assert_allclose(bowl.floor, np.mean((design @ expected - y) ** 2), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("convention", FACTORS)
def test_the_hessian_is_what_autograd_finds(convention: str) -> None:
    x, y = map(torch.tensor, some_points())

    def loss(params: torch.Tensor) -> torch.Tensor:
        return FACTORS[convention] * loss_fn(model(x, params[0], params[1]), y)

    expected = torch.autograd.functional.hessian(loss, torch.tensor([3.0, -2.0], dtype=torch.float64))
    assert_allclose(theory.bowl(x, y, convention).hessian, expected, rtol=1e-12)


@given(point_sets)
def test_eigenvalues_and_eigenvectors_are_those_of_linear_algebra(points: list[tuple[float, float]]) -> None:
    bowl = theory.bowl(*np.array(points).T)
    expected = torch.linalg.eigvalsh(torch.tensor(bowl.hessian))
    assert_allclose(bowl.eigenvalues, expected, rtol=1e-9, atol=1e-12 * float(expected[1]))
    assert_allclose(bowl.eigenvectors.T @ bowl.eigenvectors, np.eye(2), atol=1e-14)
    assert_allclose(
        bowl.eigenvectors @ np.diag(bowl.eigenvalues) @ bowl.eigenvectors.T,
        bowl.hessian,
        atol=1e-13 * bowl.eigenvalues[1],
    )


def test_the_slow_eigenvalue_survives_large_x() -> None:
    """Days since 1970: the difference of two nearly equal numbers would be 0, or noise."""
    days = [20_000 + day for day in range(30)]
    with localcontext(prec=60):
        mean = sum(map(Decimal, days)) / 30
        trace = sum(Decimal(day) ** 2 for day in days) / 30 + 1
        variance = sum((day - mean) ** 2 for day in days) / 30
        slow = trace - (trace**2 - 4 * variance).sqrt()
    assert_allclose(theory.bowl(days, days).eigenvalues[0], float(slow), rtol=1e-14)


@given(point_sets, starts)
def test_excess_is_the_loss_above_the_floor(points: list[tuple[float, float]], params: tuple[float, float]) -> None:
    x, y = np.array(points).T
    bowl = theory.bowl(x, y)
    loss = np.mean((params[0] * x + params[1] - y) ** 2)
    assert_allclose(bowl.floor + bowl.excess(params), loss, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("scale", [0.1, 3.0])
def test_scaling_x_scales_the_weight_and_leaves_the_floor(scale: float) -> None:
    x, y = some_points()
    bowl, scaled = theory.bowl(x, y), theory.bowl(scale * x, y)
    assert_allclose(scaled.least_squares, bowl.least_squares / [scale, 1])
    assert_allclose(scaled.floor, bowl.floor)


def test_centring_separates_weight_and_bias() -> None:
    x, y = some_points()
    bowl = theory.bowl(x - x.mean(), y)
    assert_allclose(bowl.hessian, np.diag([2 * x.var(), 2]), atol=1e-12)
    assert_allclose(bowl.least_squares[1], y.mean())


@given(point_sets)
def test_standardised_points_make_a_round_bowl(points: list[tuple[float, float]]) -> None:
    x, y = np.array(points).T
    assume(np.ptp(x) > 0)
    bowl = theory.bowl((x - x.mean()) / x.std(), y)
    assert_allclose(bowl.eigenvalues, [2, 2], rtol=1e-13)
    assert_allclose([bowl.condition_number, bowl.critical_learning_rate, bowl.best_learning_rate], [1, 1, 0.5])


@pytest.mark.parametrize(
    ("id", "slow", "fast", "limit", "condition"),
    [("rate-too-large", 1.0741, 426.1986, 0.00469, 396.8), ("scaled-input", 0.8468, 5.4059, 0.3700, 6.38)],
)
def test_the_lessons_own_bowls(id: str, slow: float, fast: float, limit: float, condition: float) -> None:
    bowl = record(id).bowl
    assert_allclose(bowl.eigenvalues, [slow, fast], rtol=1e-4)
    assert bowl.critical_learning_rate == pytest.approx(limit, rel=1e-3)
    assert bowl.condition_number == pytest.approx(condition, rel=1e-3)


def test_a_sum_multiplies_every_eigenvalue_and_a_half_divides_it() -> None:
    x, y = some_points()
    mean = theory.bowl(x, y)
    for convention, factor in FACTORS.items():
        bowl = theory.bowl(x, y, convention)
        assert_allclose(bowl.eigenvalues, factor * mean.eigenvalues)
        assert_allclose(bowl.critical_learning_rate, mean.critical_learning_rate / factor)
        assert_allclose(bowl.floor, factor * mean.floor)


def test_the_best_rate_is_the_one_whose_slower_direction_is_fastest() -> None:
    bowl = theory.bowl(*some_points())
    rates = np.linspace(0, bowl.critical_learning_rate, 100_001)
    slowest = np.abs(1 - rates[:, None] * bowl.eigenvalues).max(axis=1)
    assert bowl.best_learning_rate == pytest.approx(rates[slowest.argmin()], rel=1e-4)
    κ = bowl.condition_number
    assert slowest.min() == pytest.approx((κ - 1) / (κ + 1), rel=1e-4)


# --- The closed form -----------------------------------------------------------------------------------------


@given(starts, st.floats(0.01, 3), st.integers(0, 60))
def test_the_closed_form_is_the_matrix_power(start: tuple[float, float], share: float, epochs: int) -> None:
    bowl = theory.bowl(*some_points())
    rate = share * bowl.critical_learning_rate
    step = np.linalg.matrix_power(np.eye(2) - rate * bowl.hessian, epochs)
    expected = bowl.least_squares + step @ (np.array(start) - bowl.least_squares)
    scale = np.abs(expected).max()
    assert_allclose(bowl.after(start, rate, epochs), expected, rtol=1e-9, atol=1e-11 * scale)
    assert_allclose(bowl.excess_after(start, rate, epochs), bowl.excess(expected), rtol=1e-7, atol=1e-12 * scale**2)


def test_half_lives_are_the_epochs_in_which_the_error_halves() -> None:
    bowl = theory.bowl(*some_points())
    rate = 0.3 * bowl.critical_learning_rate
    start = bowl.least_squares + bowl.eigenvectors @ [1.0, 1.0]
    for mode, half_life in enumerate(theory.half_lives(bowl, rate)):
        # Between whole epochs the closed form has a meaning too, as long as no direction alternates.
        assert bowl.modes_after(start, rate, half_life)[mode] == pytest.approx(0.5)
    assert theory.half_lives(bowl, 1 / bowl.eigenvalues[1])[1] == 0
    assert theory.half_lives(bowl, 1.1 * bowl.critical_learning_rate)[1] == math.inf


def test_the_growth_factor_is_that_of_the_printed_table() -> None:
    printed = (3.3471030602793666e35 / 9.902059470433812e17) ** (1 / 10)  # epochs 10 and 20 of the source
    assert theory.growth_factor(record("rate-too-large").bowl, 0.02) == pytest.approx(printed, rel=1e-6)


@pytest.mark.parametrize(
    ("product", "regime"),
    [(0.5, "glides"), (1.0, "glides"), (1.2, "alternates"), (2.0, "bounces"), (2.1, "explodes")],
)
def test_the_regime_is_what_the_error_in_the_fast_direction_does(product: float, regime: str) -> None:
    bowl = theory.bowl(*some_points())
    rate = product / bowl.eigenvalues[1]
    assert theory.regime(bowl, rate) == regime
    start = bowl.least_squares + bowl.eigenvectors[:, 1]
    errors = bowl.modes(bowl.after(start, rate, range(8)))[:, 1]
    shrinks, alternates = abs(errors[-1]) < 0.9, errors[1] < -1e-9
    assert (shrinks, alternates) == {
        "glides": (True, False), "alternates": (True, True), "bounces": (False, True), "explodes": (False, True)
    }[regime]  # fmt: skip
    assert (abs(errors[-1]) > 1.1) == (regime == "explodes")


def a_bowl(floor: float = 0.0, spread: float = 1e9) -> theory.Bowl:
    """Some bowl with this floor and this spread of y, whose rounding in float64 is about 1e-30."""
    return replace(theory.bowl(*some_points()), floor=floor, spread=spread, magnitude=1.0)


@pytest.mark.parametrize(
    ("first", "last", "regime", "verdict"),
    [
        ((1.0, 1.0), (1e-3, 1e-3), "glides", "converges"),
        ((1.0, 1.0), (1.1e-3, 0.0), "glides", "crawls"),  # one direction is not enough, …
        ((1.0, 1e6), (0.9, 0.0), "glides", "crawls"),  # … however little of the whole it is
        ((1.0, 1.0), (0.0, 0.9), "explodes", "crawls"),  # just past the limit, and short
        ((1.0, 1.0), (0.0, 2.1), "explodes", "diverges"),
        ((1.0, 1.0), (1.0, 1.0005), "explodes", "crawls"),  # it has grown by no more than rounding may
        ((1.0, 1.0), (0.0, math.inf), "explodes", "diverges"),
        ((1.0, 1.0), (0.0, math.nan), "explodes", "diverges"),
        ((0.0, 1.0), (0.0, 0.9), "bounces", "bounces"),
        ((0.0, 1.0), (0.0, 1.1), "bounces", "bounces"),  # rounding
        ((1.0, 0.0), (1e-4, 0.0), "bounces", "converges"),  # a start without error in the fast direction
        ((0.0, 0.0), (0.0, 0.0), "glides", "converges"),
        ((1e-40, 0.0), (2e-40, 0.0), "glides", "converges"),  # at the bottom, within rounding
        ((1.0, 1.0), (0.5, 0.5), None, "crawls"),
        ((1.0, 1.0), (1.5, 1.5), None, "diverges"),
    ],
)
def test_the_verdict_goes_by_what_is_left_in_each_direction(
    first: tuple[float, float], last: tuple[float, float], regime: theory.Regime | None, verdict: str
) -> None:
    assert theory.verdict(a_bowl(), np.array(first), np.array(last), regime, "float64") == verdict


def test_from_far_away_a_thousandth_of_the_start_is_not_near() -> None:
    first, last = np.array([1e6, 1e6]), np.array([100.0, 0.0])
    assert theory.verdict(a_bowl(spread=1e9), first, last, "glides", "float64") == "converges"
    assert theory.verdict(a_bowl(spread=4.0), first, last, "glides", "float64") == "crawls"


def test_what_cannot_be_seen_beside_the_floor_has_arrived() -> None:
    first, last = np.array([1e-5, 0.0]), np.array([9e-7, 0.0])
    assert theory.verdict(a_bowl(floor=0.0), first, last, "glides", "float64") == "crawls"
    assert theory.verdict(a_bowl(floor=1.0), first, last, "glides", "float64") == "converges"


# --- When ----------------------------------------------------------------------------------------------------


@given(starts, st.floats(0.02, 1.2), st.floats(1e-6, 0.9))
def test_epochs_to_an_excess_are_the_first_that_iteration_finds(
    start: tuple[float, float], share: float, left: float
) -> None:
    bowl = theory.bowl(*some_points())
    rate = share * bowl.critical_learning_rate
    excess = bowl.excess_after(start, rate, np.arange(5000))
    found = np.flatnonzero(excess <= left * excess[0])
    predicted = theory.epochs_to_excess(bowl, start, rate, left * excess[0])
    if len(found):
        assert predicted == found[0]
    else:
        assert predicted is None or predicted >= len(excess)


def test_rates_that_never_arrive_never_arrive() -> None:
    bowl = theory.bowl(*some_points())
    limit = bowl.critical_learning_rate
    assert theory.epochs_to_excess(bowl, (5, 5), 1.5 * limit, 1e-3) is None
    assert theory.overflow_epoch(bowl, (5, 5), 0.9 * limit, "float32") is None
    assert theory.overflow_epoch(bowl, (5, 5), limit, "float32") is None


@pytest.mark.parametrize(("id", "epoch"), [("rate-too-large", 22), ("double-precision", 175)])
def test_the_loss_overflows_at_the_predicted_epoch(id: str, epoch: int) -> None:
    prediction = record(id).prediction
    assert prediction is not None
    assert prediction.overflow_epoch == record(id).first_infinite_loss == epoch


@settings(max_examples=60)
@given(point_sets, starts, st.floats(1.005, 30), st.sampled_from([*FACTORS]))
def test_the_predicted_overflow_is_as_close_as_it_says(
    points: list[tuple[float, float]], start: tuple[float, float], share: float, convention: str
) -> None:
    x, y = np.array(points).T
    bowl = theory.bowl(x.astype(np.float32), y.astype(np.float32), convention)
    rate = share * bowl.critical_learning_rate
    fast = abs(bowl.modes(np.float32(start))[1])
    assume(fast > 1e-2 * np.abs([*start, *bowl.least_squares]).max() and fast > 1e-3)  # not (almost) in balance
    epoch = theory.overflow_epoch(bowl, np.float32(start), rate, "float32")
    assert epoch is not None
    ρ = 2 * share - 1
    bound = 1 + epoch * np.finfo(np.float32).eps * (1 + ρ + 1) / math.log(ρ)
    made = trained(make(x, y, rate, math.ceil(epoch + bound + 1), start, loss=convention))
    assert made.first_infinite_loss is not None
    assert abs(made.first_infinite_loss - epoch) <= bound


def test_the_sum_overflows_before_the_mean_it_is_divided_for() -> None:
    """At 0.019 the true mean would still fit into float32, and the loss is inf all the same."""
    wide = record("rate-too-large")
    x, y = wide.x.tolist(), wide.y.tolist()
    made = trained(make(x, y, 0.019, 50, (1, 0)))
    assert made.prediction is not None
    assert made.prediction.overflow_epoch == made.first_infinite_loss == 22
    assert made.bowl.loss_after(made.start, 0.019, 21) == pytest.approx(9.3e37, rel=0.01)
    assert made.road.true_loss_fits
    assert wide.road.true_loss_fits is False
    assert wide.road.a_square_overflows


# --- Before the run and after it -----------------------------------------------------------------------------


@settings(max_examples=150)
@given(
    point_sets,
    starts,
    st.one_of(st.floats(0.01, 0.97), st.floats(1.03, 6)),
    st.integers(1, 250),
    st.sampled_from([*FACTORS]),
    st.sampled_from(["float32", "float64"]),
)
def test_the_measured_verdict_is_the_predicted_one(
    points: list[tuple[float, float]],
    start: tuple[float, float],
    share: float,
    epochs: int,
    convention: str,
    dtype: str,
) -> None:
    """On both sides of the limit; where rounding decides, theory says so beforehand and names the verdicts."""
    x, y = np.array(points).T
    rate = share * theory.bowl(x, y, convention).critical_learning_rate
    made = trained(make(x, y, rate, epochs, start, loss=convention, dtype=dtype))
    assert made.prediction is not None
    assert made.verdict in made.prediction.possible


def test_of_natural_starts_the_measured_verdict_is_the_predicted_one_without_exception() -> None:
    """Starts as people choose them, on points as they have them: nothing is within rounding of anything."""
    random = np.random.default_rng(0)
    for _ in range(200):
        count = int(random.integers(2, 25))
        x = random.choice([random.normal(0, 3, count), random.uniform(25, 70, count), random.integers(-9, 30, count)])
        y = random.normal() * x + 10 * random.normal() + random.choice([0.1, 1, 5]) * random.normal(size=count)
        start = [(0.0, 0.0), tuple(random.normal(size=2).tolist())][int(random.integers(2))]
        dtype = str(random.choice(["float32", "float64"]))
        rate = 10 ** random.uniform(-3, 0.3) * theory.bowl(x, y).critical_learning_rate
        made = trained(make(x, y, rate, int(random.choice([1, 5, 50, 250])), start, dtype=dtype))
        assert made.verdict == made.predicted_verdict, made.scenario


@pytest.mark.parametrize(("x", "rate"), [(range(25, 70), 1e-4), (range(100), 1e-4)])
def test_a_slope_that_is_there_and_an_intercept_that_has_not_begun_is_a_crawl(x: range, rate: float) -> None:
    y = [0.5 * value + 8 + math.sin(7 * value) for value in x]
    made = trained(make(x, y, rate, 1000))
    assert made.verdict == made.predicted_verdict == "crawls"
    assert made.arrived == (False, True)
    (w, b), (best_w, best_b) = made.final_parameters, made.bowl.least_squares
    assert abs(w / best_w - 1) < 0.35
    assert b < 0.1 * best_b
    assert made.left[0] == pytest.approx(made.excess[-1] / made.excess[0], rel=1e-3)
    # What is left of the whole, which was the rule once, would have called it arrived.
    assert made.excess[-1] < 0.02 * made.excess[0]


def test_arrival_in_both_directions_is_the_first_that_iteration_finds() -> None:
    bowl = theory.bowl(*some_points())
    for start, share in [((1.0, 0.0), 0.1), ((1.0, 0.0), 0.9), ((-50.0, 400.0), 0.4), ((0.0, 30.0), 0.99)]:
        rate = share * bowl.critical_learning_rate
        excesses = bowl.excesses_after(start, rate, np.arange(200_000))
        there = (excesses <= bowl.tolerances(excesses[0], "float32")).all(axis=1)
        assert theory.epochs_to_arrival(bowl, start, rate, "float32") == int(np.flatnonzero(there)[0])


@pytest.mark.parametrize("share", [1.0, 1.5])
def test_at_the_limit_and_past_it_a_run_never_arrives(share: float) -> None:
    bowl = theory.bowl(*some_points())
    assert theory.epochs_to_arrival(bowl, (1, 0), share * bowl.critical_learning_rate, "float32") is None


def test_the_half_life_of_a_tiny_rate_is_long_and_not_infinite() -> None:
    bowl = theory.bowl(*some_points())
    slow, _ = theory.half_lives(bowl, 1e-18)
    assert slow == pytest.approx(math.log(2) / (1e-18 * bowl.eigenvalues[0]), rel=1e-9)


def test_where_a_step_is_below_rounding_float32_stands_still_short_of_the_line() -> None:
    """The slow direction stops where |e| is about ulp(b) / (2ηλ₋), Higham §2.1; float64 goes on."""
    x, y = [float(v) for v in range(0, 40)], [0.5 * v + 30 for v in range(0, 40)]
    start = (0.5, 29.9)
    made = {dtype: trained(make(x, y, 1e-5, 2000, start, dtype=dtype)) for dtype in ("float32", "float64")}
    assert made["float32"].stands_still
    assert not made["float64"].stands_still
    assert made["float32"].verdict == "crawls"
    assert made["float32"].prediction is not None
    assert "crawls" in made["float32"].prediction.possible


def test_what_is_predicted_is_plain_and_complete() -> None:
    prediction = record("rate-too-large").prediction
    assert prediction is not None
    assert prediction.share_of_limit == pytest.approx(4.26, rel=1e-3)
    assert (prediction.regime, prediction.verdict) == ("explodes", "diverges")
    assert prediction.epochs_to_converge is None
    assert [expected.epoch for expected in prediction.expected] == [1, 10, 21, 22]
    assert prediction.expected[1].loss == pytest.approx(9.902059470433812e17, rel=1e-6)


@pytest.mark.parametrize("x", [[3.0], [3.0, 3.0, 3.0], [0.1, 0.1, 0.1], [0.0, 0.0]])
def test_points_that_do_not_vary_have_a_trough_and_a_run(x: list[float]) -> None:
    y = [float(10 + i) for i in range(len(x))]
    made = trained(make(x, y, 0.04, 400, (1, 0)))
    assert made.bowl.eigenvalues[0] == 0
    assert made.bowl.condition_number == math.inf
    assert_allclose(made.bowl.least_squares, np.linalg.lstsq(np.c_[x, np.ones(len(x))], y)[0], atol=1e-6)
    assert made.verdict == made.predicted_verdict == "converges"
    assert made.final_loss == pytest.approx(made.bowl.floor, abs=1e-6)
    # Along the trough nothing moves.
    assert_allclose(made.bowl.modes(made.params)[:, 0], made.bowl.modes(made.start)[0], atol=1e-5)
    assert theory.half_lives(made.bowl, 0.04)[0] == math.inf


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_start_at_the_optimum_has_converged(dtype: str) -> None:
    made = trained(make([1, 2, 4], [4, 7, 13], 0.1, 50, (3, 1), dtype=dtype))
    assert made.verdict == made.predicted_verdict == "converges"


def test_a_loss_that_is_infinite_at_the_start_is_recorded_and_the_line_still_judged() -> None:
    made = trained(make([-1.0, 0.0, 1.0], [1e20, 2e20, 3e20], 0.1, 100))
    assert made.initial_loss == math.inf
    assert made.first_infinite_loss == 1
    assert made.prediction is not None
    assert made.prediction.overflow_epoch == 1
    assert made.verdict == made.predicted_verdict == "converges"
    assert made.outcome.prediction_error is not None
