"""Theory for every full-batch run: momentum and decaying rates, direction by direction, against runs and other ways."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from generator.descent.forecast import forecast
from generator.making.forecasts import forecasts, predictions, remarks
from generator.runs import theory
from generator.runs.analysis import Run
from generator.runs.prediction import predict
from generator.runs.published import summary
from generator.runs.update_rule import UpdateRule
from generator.scenario.schema import MAX_EPOCHS, Dtype
from tests.runs import X, Y, make, trained

BOWL = theory.bowl(X, Y)

betas = st.sampled_from([0.1, 0.5, 0.8, 0.9, 0.99])
decays = st.sampled_from([1e-3, 0.05, 1.0])
steps = st.one_of(
    st.fixed_dictionaries({"momentum": betas}),
    st.fixed_dictionaries({"decay": decays}),
    st.fixed_dictionaries({"momentum": betas, "decay": decays}),
)
points = st.lists(
    st.tuples(st.integers(-20, 30), st.integers(-50, 50)), min_size=2, max_size=12, unique_by=lambda point: point[0]
)


def descended_by_torch(rate: float, epochs: int, momentum: float, decay: float) -> np.ndarray[Any, Any]:
    """The states (epochs + 1, 2) that PyTorch's own optimiser and schedule pass through, in float64."""
    x, y = torch.tensor(X, dtype=torch.float64), torch.tensor(Y, dtype=torch.float64)
    params = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([params], lr=rate, momentum=momentum)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + decay * epoch))
    states = [params.detach().numpy().copy()]
    for _ in range(epochs):
        optimizer.zero_grad()
        ((params[0] * x + params[1] - y) ** 2).mean().backward()
        optimizer.step()
        schedule.step()
        states.append(params.detach().numpy().copy())
    return np.array(states)


# --- State by state ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
@pytest.mark.parametrize(("momentum", "decay"), [(0.8, 0.0), (0.99, 0.0), (0.0, 0.1), (0.9, 0.01)])
def test_every_state_of_pytorchs_own_optimiser_is_foretold(share: float, momentum: float, decay: float) -> None:
    rate = share * (1 + momentum) * BOWL.critical_learning_rate
    states = descended_by_torch(rate, 300, momentum, decay)
    rule = UpdateRule(rate, momentum, decay)
    foretold = BOWL.modes(states[0]) * rule.factors(BOWL, 300)
    assert_allclose(foretold, BOWL.modes(states), rtol=1e-9, atol=1e-9)
    assert_allclose(rule.loss_after(BOWL, states[0], range(301)), BOWL.floor + BOWL.excess(states), rtol=1e-9)


def test_a_decaying_rate_leaves_the_product_of_what_its_steps_leave() -> None:
    """In fractions: e(T) = e(0) · Π(1 − ηλ/(1 + dt))."""
    rule = UpdateRule(0.25, decay=0.5)
    bowl = theory.bowl([-1, 1], [0, 2])  # λ = 2 twice
    left = Fraction(1)
    for epoch in range(6):
        left *= 1 - Fraction(1, 4) * 2 / (1 + Fraction(1, 2) * epoch)
    assert_allclose(rule.factors(bowl, 6)[-1], [float(left)] * 2, rtol=1e-14)


def test_without_momentum_and_decay_it_is_plain_descent() -> None:
    rule = UpdateRule(0.004)
    assert rule.is_plain
    assert_allclose(rule.factors(BOWL, 50)[:, 1], (1 - 0.004 * BOWL.eigenvalues[1]) ** np.arange(51))
    assert rule.regime(BOWL) == theory.regime(BOWL, 0.004)
    assert rule.half_lives(BOWL) == theory.half_lives(BOWL, 0.004)


@pytest.mark.parametrize("training", [{"momentum": 0.9}, {"decay": 0.01}, {"momentum": 0.5, "decay": 0.1}])
def test_rate_and_momentum_are_foretold_as_the_run_rounds_them(training: dict[str, float]) -> None:
    """A float32 run multiplies with float32 numbers; what is foretold with others drifts from it where it explodes."""
    made = trained(make(X, Y, 0.03, 25, (1, 0), **training))
    rule = made.update_rule
    assert rule is not None
    foretold = rule.loss_after(made.bowl, made.start, range(16))
    assert np.isfinite(made.losses[:16]).all()
    assert_allclose(foretold, made.losses[:16], rtol=2e-6)
    rounded = np.float32(training.get("momentum", 0)), np.float32(0.03)
    assert (rule.beta, rule.rate) == tuple(map(float, rounded))


# --- For ever ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", [0.1, 0.5, 0.9])
def test_the_regimes_change_where_the_roots_do(beta: float) -> None:
    """The roots of z² − (1 + β − ηλ₊) z + β, found by NumPy."""
    root, fast = math.sqrt(beta), float(BOWL.eigenvalues[1])

    def at(product: float) -> tuple[str, Any]:
        return UpdateRule(product / fast, beta).regime(BOWL), np.roots([1, -(1 + beta - product), beta])

    for product, regime in [
        ((1 - root) ** 2 * 0.99, "glides"),
        ((1 - root) ** 2 * 1.01, "swings"),
        ((1 + root) ** 2 * 0.99, "swings"),
        (((1 + root) ** 2 + 2 * (1 + beta)) / 2, "alternates"),
        (2 * (1 + beta) * 0.9999, "alternates"),
        (2 * (1 + beta), "bounces"),
        (2 * (1 + beta) * 1.001, "explodes"),
    ]:
        said, roots = at(product)
        assert said == regime
        assert np.iscomplexobj(roots) == (regime == "swings")
        if regime != "swings":
            assert (roots > 0).all() == (regime == "glides")
        assert (np.abs(roots).max() < 1 - 1e-9) == (regime in theory.CONVERGING)


@given(betas, st.floats(1e-6, 3.0))
def test_what_an_epoch_leaves_in_the_long_run_is_the_larger_root(beta: float, product: float) -> None:
    rule = UpdateRule(product / float(BOWL.eigenvalues[1]), beta)
    for radius, curvature in zip(rule.radii(BOWL), BOWL.eigenvalues, strict=True):
        roots = np.roots([1, -(1 + beta - rule.rate * curvature), beta])
        assert radius == pytest.approx(np.abs(roots).max(), rel=1e-6)


@pytest.mark.parametrize(("rate", "beta"), [(1e-9, 0.9), (1e-3, 0.5), (0.005, 0.9)])
def test_a_half_life_is_the_long_run_of_iterating(rate: float, beta: float) -> None:
    """By 50-digit arithmetic where the step is so short that float64 sees no difference from one."""
    slow = float(BOWL.eigenvalues[0])
    half_lives = UpdateRule(rate, beta).half_lives(BOWL)
    assert half_lives is not None
    s = 1 + Fraction(beta) - Fraction(rate) * Fraction(slow)
    gap = Fraction(1, 2)
    if s**2 > 4 * Fraction(beta):
        z = Fraction(1)
        for _ in range(60):  # Newton on z² − sz + β, from above the larger root
            z = (z - (z * z - s * z + Fraction(beta)) / (2 * z - s)).limit_denominator(10**50)
        gap = 1 - z
        assert half_lives[0] == pytest.approx(math.log(0.5) / math.log1p(-float(gap)), rel=1e-9)
    else:
        assert half_lives[0] == pytest.approx(math.log(0.5) / math.log(math.sqrt(beta)))


def test_the_best_rate_and_the_best_pair_leave_the_least_in_the_worse_direction() -> None:
    """Against a search over pairs; and the pair's own rate is √κ's, where plain descent has κ's."""

    def left(rate: float, beta: float) -> float:
        return float(UpdateRule(rate, beta).radii(BOWL).max())

    rate, beta = BOWL.best_pair
    root = math.sqrt(BOWL.condition_number)
    assert left(rate, beta) == pytest.approx((root - 1) / (root + 1), rel=1e-6)
    assert left(BOWL.best_learning_rate, 0.0) == pytest.approx(
        (BOWL.condition_number - 1) / (BOWL.condition_number + 1)
    )
    assert UpdateRule(1.0, beta).best_learning_rate(BOWL) == pytest.approx(rate)
    random = np.random.default_rng(1)
    for _ in range(3000):
        other = float(random.uniform(0, 1))
        tried = float(random.uniform(0, 2 * (1 + other))) / float(BOWL.eigenvalues[1])
        assert left(tried, other) > left(rate, beta) * (1 - 1e-9)
        assert left(tried, other) > left(UpdateRule(1.0, other).best_learning_rate(BOWL), other) * (1 - 1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_half_life_is_that_of_the_larger_root_for_every_momentum(dtype: Dtype) -> None:
    """Against numpy's roots; where they are complex it is the momentum's alone, whatever rounding makes of its root."""
    bowl = theory.bowl([-1.0, 1.0], [0.0, 1.0])  # λ = 2 in both directions
    for hundredths in range(1, 100):
        for product in (0.003, 0.02, 0.12, 0.5, 1.3):
            rule = UpdateRule(product / 2, hundredths / 100, dtype=dtype)
            size = abs(np.roots([1, -(1 + rule.beta - rule.rate * 2), rule.beta])).max()
            half_lives = rule.half_lives(bowl)
            assert half_lives is not None
            # A double root is known to the root of rounding only.
            assert half_lives == pytest.approx([math.log(0.5) / math.log(size)] * 2, rel=1e-4)


@pytest.mark.parametrize("momentum", [0.1, 0.5, 0.7, 0.9, 0.95, 0.98, 0.999, 1 - 2**-53])
@pytest.mark.parametrize("x", [[3.0, 3.0], [5.0]])
def test_where_x_does_not_vary_the_slow_direction_never_halves(x: list[float], momentum: float) -> None:
    bowl = theory.bowl(x, [1.0, 2.0][: len(x)])
    half_lives = UpdateRule(0.01, momentum).half_lives(bowl)
    assert half_lives is not None
    assert half_lives[0] == math.inf
    said = predict(bowl, (0.0, 0.0), UpdateRule(0.01, momentum), 50)
    assert said.slow_half_life == math.inf


def test_a_run_that_passes_the_bottom_with_momentum_has_not_arrived() -> None:
    """With x standardised both directions pass it in the same epoch."""
    x, y = [-1.0, 1.0, -1.0, 1.0], [1.0, 2.0, 3.0, 5.0]
    run = trained(make(x, y, 0.01, 12, momentum=0.95))
    assert run.excess[-1] < 1e-3 * run.excess[0]
    assert (run.verdict, run.arrived, run.swings_on) == ("crawls", (False, False), True)
    said = run.prediction
    assert said is not None
    assert (said.verdict, said.arrived) == ("crawls", (False, False))
    assert said.epochs_to_converge is not None
    later = trained(make(x, y, 0.01, 1000, momentum=0.95))
    share = later.bowl.excesses(later.params) / later.bowl.excesses(later.params[0])
    away = np.flatnonzero((share > 1e-3).any(axis=1))
    assert said.epochs_to_converge == away[-1] + 1 > 100
    assert later.verdict == "converges"
    assert not later.swings_on


@given(
    st.floats(0.001, 0.995), st.floats(0.01, 0.999), st.lists(st.floats(-3, 3), min_size=2, max_size=2),
    st.floats(1e-6, 0.5), st.integers(1, 300),
)  # fmt: skip
def test_what_stays_stays_and_what_does_not_goes(
    momentum: float, share: float, start: list[float], tolerance: float, epochs: int
) -> None:
    """Against a loop of a few thousand more epochs."""
    rule = UpdateRule(share * 2 * (1 + momentum) / float(BOWL.eigenvalues[1]), momentum)
    before = BOWL.least_squares + np.array(start)
    errors = BOWL.modes(before) * rule.factors(BOWL, epochs + 4000)[epochs - 1 :]
    excesses = BOWL.eigenvalues / 2 * errors**2
    tolerances = tolerance * BOWL.excesses(before) + 1e-12
    told = rule.stays(BOWL, errors[:2], tolerances, epochs)
    inside = (excesses[1:] <= tolerances * (1 - 1e-6)).all(axis=0)
    outside = (excesses[1:] > tolerances * (1 + 1e-6)).any(axis=0)
    assert told[inside].all()
    assert not told[outside].any()


def test_past_the_limit_a_rate_that_decays_grows_until_it_has_come_within() -> None:
    rule = UpdateRule(3 * BOWL.critical_learning_rate, decay=0.1)
    assert rule.regime(BOWL) == "settles"
    assert rule.epochs_past_limit(BOWL) == 20  # (3 − 1) / 0.1
    fast = np.abs(rule.factors(BOWL, 400)[:, 1])
    assert (np.diff(fast[:20]) > 0).all()
    assert (np.diff(fast[21:45]) < 0).all()
    assert rule.half_lives(BOWL) is None


def test_the_square_of_a_factor_may_overflow_where_the_loss_does_not() -> None:
    x, y = [-1.0, 1.0, 2.0], [0.0, 2e-15, 3e-15]
    run = trained(make(x, y, 1.2, 400, momentum=0.5, dtype="float64"))
    assert run.prediction is not None
    assert run.first_infinite_loss is not None
    assert run.prediction.overflow_epoch == pytest.approx(run.first_infinite_loss, abs=1)


def test_a_run_whose_numbers_are_lost_before_its_rate_has_shrunk_never_arrives() -> None:
    run = trained(make([-1.0, 1.0, -1.0, 1.0], [1.0, 2.0, 3.0, 5.0], 7.0, 50, decay=0.03))
    said = run.prediction
    assert said is not None
    assert (said.regime, said.breaks, said.epochs_to_converge) == ("settles", True, None)
    assert run.first_nan_loss is not None


def test_where_rounding_may_make_it_arrive_or_diverge_it_may_do_anything_between() -> None:
    run = trained(make([0.0, 1.0], [1.0, 3.0], 4.202, 300, decay=0.1))
    assert run.prediction is not None
    assert {*run.prediction.possible} == {"converges", "crawls", "diverges"}
    assert run.verdict in run.prediction.possible


@pytest.mark.parametrize("decay", [1e-308, 5e-324])
def test_a_rate_that_hardly_decays_is_past_the_limit_for_longer_than_any_run(decay: float) -> None:
    assert UpdateRule(3 * BOWL.critical_learning_rate, decay=decay).epochs_past_limit(BOWL) > MAX_EPOCHS
    assert UpdateRule(BOWL.critical_learning_rate / 2, decay=decay).epochs_past_limit(BOWL) == 0


# --- When ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("momentum", "decay"), [(0.9, 0.0), (0.5, 0.0), (0.0, 1e-5), (0.9, 1e-4)])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.9])
def test_arrival_is_when_a_longer_run_is_there_for_good(momentum: float, decay: float, share: float) -> None:
    rate = share * (1 + momentum) * BOWL.critical_learning_rate
    rule = UpdateRule(rate, momentum, decay)
    said = rule.epochs_to_arrival(BOWL, (1.0, 0.0), 10)
    assert said is not None
    states = descended_by_torch(rate, 2 * said + 100, momentum, decay)
    there = (BOWL.excesses(states) <= BOWL.tolerances(BOWL.excesses(states[0]), "float64")).all(axis=1)
    assert there[said:].all()
    assert said == 0 or not there[said - 1]


def test_an_error_that_swings_through_nothing_has_not_arrived() -> None:
    rule = UpdateRule(0.02 * BOWL.critical_learning_rate, 0.99)
    tolerances = BOWL.tolerances(BOWL.excesses((1.0, 0.0)), "float64")
    there = (rule.excesses_after(BOWL, (1.0, 0.0), np.arange(3000)) <= tolerances).all(axis=1)
    first = int(np.flatnonzero(there)[0])
    assert not there[first:].all()
    said = rule.epochs_to_arrival(BOWL, (1.0, 0.0), 10)
    assert said is not None
    assert said > first


@pytest.mark.parametrize("share", [1.0, 1.5])
def test_at_its_limit_and_past_it_momentum_never_arrives(share: float) -> None:
    rule = UpdateRule(share * 1.9 * BOWL.critical_learning_rate, 0.9)
    assert rule.epochs_to_arrival(BOWL, (1.0, 0.0), 50) is None


def test_on_its_limit_the_excess_settles_at_one_plus_beta_over_one_minus_beta_squared() -> None:
    bowl = theory.bowl([-1, 1], [0, 2])
    factors = UpdateRule(1.5, 0.5).factors(bowl, 200)  # 2(1 + β)/λ₊ with λ₊ = 2
    assert factors[-1, 1] ** 2 == pytest.approx(9.0)  # (1.5 / 0.5)²


@settings(max_examples=25)
@given(points, betas, st.floats(1.05, 5), st.sampled_from(["mean", "sum", "half"]))
def test_momentum_overflows_at_the_predicted_epoch(
    pairs: list[tuple[int, int]], beta: float, share: float, convention: str
) -> None:
    x, y = np.array(pairs, dtype=float).T
    bowl = theory.bowl(x, y, convention)  # type: ignore[arg-type]
    assume(abs(bowl.modes((1.0, 0.5))[1]) > 1e-2)
    rate = share * (1 + beta) * bowl.critical_learning_rate
    said = UpdateRule(rate, beta, dtype="float32").overflow_epoch(bowl, (1.0, 0.5), 10)
    assert said is not None
    made = trained(make(x.tolist(), y.tolist(), rate, said + 20, (1.0, 0.5), momentum=beta, loss=convention))
    assert made.first_infinite_loss is not None
    # As for plain descent: rounding adds up to so many epochs of growth.
    radius = float(UpdateRule(rate, beta).radii(bowl)[1])
    bound = 1 + said * 2**-23 * (2 + radius) / (1 - beta) / math.log(radius)
    assert abs(made.first_infinite_loss - said) <= bound


def test_what_never_arrives_is_looked_for_no_longer_than_a_scenario_can_ask_for() -> None:
    rule = UpdateRule(1e-9, decay=1.0)
    assert rule.epochs_to_arrival(BOWL, (1.0, 0.0), MAX_EPOCHS) is None
    assert rule.epochs_to_share(BOWL, (1.0, 0.0), 0.5) is None


# --- Before the run and after it -----------------------------------------------------------------------------


def natural(random: np.random.Generator, steps: dict[str, float]) -> Run:
    """A run as people set one up: points of some scale, a start at (0, 0) or drawn, a rate around its limit."""
    count = int(random.integers(2, 25))
    x = random.choice([random.normal(0, 3, count), random.uniform(25, 70, count), random.integers(-9, 30, count)])
    y = random.normal() * x + 10 * random.normal() + random.choice([0.1, 1, 5]) * random.normal(size=count)
    start = [(0.0, 0.0), tuple(random.normal(size=2).tolist())][int(random.integers(2))]
    limit = (1 + steps.get("momentum", 0)) * theory.bowl(x, y).critical_learning_rate
    rate = 10 ** random.uniform(-3, 0.3) * limit
    epochs = int(random.choice([1, 5, 50, 250]))
    dtype = str(random.choice(["float32", "float64"]))
    return trained(make(x.tolist(), y.tolist(), rate, epochs, start, dtype=dtype, **steps))


@pytest.mark.parametrize("seed", range(3))
def test_of_natural_starts_the_measured_verdict_is_the_predicted_one_without_exception(seed: int) -> None:
    """With momentum or a decaying rate; what grew past the limit and shrank again may leave its rounding: said."""
    random = np.random.default_rng(seed)
    for _ in range(40):
        momentum = {"momentum": float(random.choice([0.1, 0.5, 0.8, 0.9, 0.95, 0.99]))}
        decay = {"decay": float(10 ** random.uniform(-4, 0.5))}
        steps = [momentum, decay, momentum | decay][int(random.integers(3))]
        made = natural(random, steps)
        assert made.prediction is not None
        if made.regime == "settles":
            assert made.verdict in made.prediction.possible, made.scenario
        else:
            assert made.verdict == made.predicted_verdict, made.scenario


@settings(max_examples=80)
@given(
    points, st.tuples(st.integers(-30, 30), st.integers(-30, 30)), steps,
    st.one_of(st.floats(0.01, 0.97), st.floats(1.03, 6)), st.integers(1, 250),
    st.sampled_from(["mean", "sum", "half"]), st.sampled_from(["float32", "float64"]),
)  # fmt: skip
def test_the_measured_verdict_is_among_those_that_theory_names(
    pairs: list[tuple[int, int]], start: tuple[int, int], steps: dict[str, float], share: float, epochs: int,
    convention: str, dtype: str,
) -> None:  # fmt: skip
    x, y = np.array(pairs, dtype=float).T
    limit = (1 + steps.get("momentum", 0)) * theory.bowl(x, y, convention).critical_learning_rate  # type: ignore[arg-type]
    made = trained(make(x.tolist(), y.tolist(), share * limit, epochs, start, loss=convention, dtype=dtype, **steps))
    assert made.prediction is not None
    assert made.verdict in made.prediction.possible


def test_a_run_that_rises_on_the_way_crawls_as_long_as_it_is_within_its_limit() -> None:
    """With momentum the excess may rise many times over before it falls for good."""
    bowl = theory.bowl([-1, 1], [0, 2])
    rate = 0.999 * 2 * 1.9 / 2
    made = trained(make([-1, 1], [0, 2], rate, 20, dtype="float64", momentum=0.9))
    assert made.excess[-1] > 10 * made.excess[0]
    assert made.verdict == made.predicted_verdict == "crawls"
    assert bowl.eigenvalues.tolist() == [2, 2]


def test_where_the_rate_comes_within_the_limit_too_late_the_run_is_lost_and_theory_says_so() -> None:
    lost = trained(make(X, Y, 200 * BOWL.critical_learning_rate, 3000, decay=0.1))
    assert lost.verdict == lost.predicted_verdict == "diverges"
    assert not np.isfinite(lost.params[-1]).all()
    saved = trained(make(X, Y, 3 * BOWL.critical_learning_rate, 3000, decay=0.1))
    assert saved.prediction is not None
    assert saved.verdict in saved.prediction.possible
    assert np.isfinite(saved.params[-1]).all()
    assert saved.losses.max() > 1e4 * saved.losses[0]


def test_a_loss_of_inf_on_the_way_is_no_end_where_the_gradient_still_fits() -> None:
    made = trained(make(X, Y, 6 * BOWL.critical_learning_rate, 4000, dtype="float32", decay=0.1))
    assert made.first_infinite_loss is not None
    assert made.prediction is not None
    assert made.prediction.overflow_epoch == made.first_infinite_loss
    assert np.isfinite(made.losses[-1])
    assert made.verdict in made.prediction.possible


@pytest.mark.parametrize("training", [{"momentum": 0.9}, {"decay": 0.05}])
def test_the_whole_prediction_is_published_and_compared(training: dict[str, float]) -> None:
    made = trained(make(X, Y, 0.002, 200, **training))
    told = summary(made)
    assert told["predicted_verdict"] == told["verdict"] == made.verdict
    assert told["regime"] == made.regime
    limit = (1 + training.get("momentum", 0)) * BOWL.critical_learning_rate
    assert told["critical_learning_rate"] == pytest.approx(limit)
    assert (told["half_lives"] is None) == ("decay" in training)
    assert made.outcome.as_predicted
    assert made.outcome.prediction_error is not None
    assert made.outcome.prediction_error < 1e-5
    assert forecast(made.scenario).prediction == made.prediction
    (row,) = predictions(forecasts([made.scenario]))
    assert row["verdict"] == made.verdict


def test_a_batch_of_all_points_is_foretold_like_the_whole() -> None:
    made = trained(make(X, Y, 0.004, 300, batch_size=len(X)))
    assert made.prediction is not None
    assert made.verdict == made.predicted_verdict
    assert made.outcome.prediction_error is not None
    assert made.outcome.prediction_error < 1e-5


# --- Minibatches ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("convention", "k"), [("mean", 1.0), ("sum", 7.0), ("half", 0.5), ("half_sum", 3.5)])
def test_a_step_on_one_point_multiplies_its_residual_by_what_is_said(convention: str, k: float) -> None:
    rate = 0.01
    made = trained(make(X, Y, rate, 1, batch_size=1, loss=convention, dtype="float64"))
    said = made.minibatch_rate
    assert said is not None
    assert said.farthest_x == 23
    # One step by hand, on that point alone.
    x, y, w, b = 23.0, 42.0, 0.3, -2.0
    before = w * x + b - y
    w, b = w - rate * 2 * k * before * x, b - rate * 2 * k * before
    assert said.residual_factor == pytest.approx((w * x + b - y) / before)
    assert said.share_of_limit == pytest.approx(rate / theory.bowl(X, Y, convention).critical_learning_rate)  # type: ignore[arg-type]
    # At the rate that is named, what is left is as far on the other side.
    assert 1 - 2 * k * said.largest_for_one_point * (23**2 + 1) == pytest.approx(-1)


@pytest.mark.parametrize(("momentum", "decay"), [(0.0, 0.0), (0.0, 0.1), (0.6, 0.0)])
def test_what_batches_leave_of_the_error_on_average_is_what_as_many_steps_of_all_points_leave(
    momentum: float, decay: float
) -> None:
    """Three steps an epoch, each at the epoch's rate; with momentum in the long run, from epoch to epoch."""
    rate, steps, epochs = 0.3 * BOWL.critical_learning_rate, 3, 400
    rule = UpdateRule(rate, momentum, decay)
    errors, velocity, each = np.ones(2), np.zeros(2), []
    for epoch in range(epochs):
        for _ in range(steps):
            velocity = momentum * velocity + BOWL.eigenvalues * errors
            errors = errors - rate / (1 + decay * epoch) * velocity
        each.append(abs(errors[0]))  # of the slow direction, whose larger root is real
    said = [rule.left_of_the_mean(BOWL, count, steps)[0] for count in (epochs, epochs // 2)]
    assert said[0] / said[1] == pytest.approx(each[-1] / each[epochs // 2 - 1], rel=1e-6)
    if not momentum:
        assert rule.left_of_the_mean(BOWL, epochs, steps) == pytest.approx(abs(errors), rel=1e-6, abs=1e-300)


def test_of_larger_batches_and_of_steps_that_remember_no_single_points_residual_is_said() -> None:
    for training in ({"batch_size": 2}, {"batch_size": 1, "momentum": 0.5}):
        said = trained(make(X, Y, 0.001, 1, **training)).minibatch_rate
        assert said is not None
        assert said.residual_factor is None


def test_a_rate_far_past_what_single_points_allow_is_remarked_before_the_run() -> None:
    scenario = make([20.0, 45.0, 90.0], [1.0, 2.0, 3.0], 0.1, 3, batch_size=1)
    told = remarks(scenario, forecast(scenario))
    assert len(told) == 2
    assert "times the largest with which plain descent converges" in told[0]
    assert f"multiplies its residual by {1 - 0.2 * 8101:.3g}" in told[1]
    assert f"a learning_rate below {1 / 8101:.2g}" in told[1]
    calm = make([0.1, 0.2, 0.3], [1.0, 2.0, 3.0], 0.1, 3, batch_size=1)
    assert remarks(calm, forecast(calm)) == []
