"""The theory of the pages, against the generator's: the same numbers, the same words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.descent.train import prepare
from generator.runs import theory
from generator.runs.analysis import Run
from generator.runs.prediction import Prediction, predict
from generator.runs.theory import Bowl
from generator.runs.update_rule import UpdateRule
from generator.scenario import reading
from generator.scenario.schema import Dtype, LossConvention, Scenario
from tests import v8
from tests.runs import make, trained

FOLDERS = [Path(__file__).parent / "scenarios", Path(__file__).parents[1] / "docs/scenarios"]
SHIPPED = {f"{folder.parent.name}/{path.stem}": path for folder in FOLDERS for path in sorted(folder.glob("*.toml"))}


@pytest.fixture(scope="module")
def js() -> Iterator[v8.Scripts]:
    with v8.loaded("descent.js", "theory.js") as scripts:
        yield scripts


def near(made: Any, said: Any, scale: float = 0.0) -> bool:
    """To 1e-12, of what it is or of what cancelled in it."""
    made, said = np.array(made, dtype=float), np.array(said, dtype=float)
    return bool(np.allclose(made, said, rtol=1e-12, atol=1e-12 * scale, equal_nan=True))


def assert_same_bowl(made: dict[str, Any], bowl: Bowl) -> None:
    for name in ("eigenvalues", "magnitude", "sum_share", "spread", "condition_number"):
        assert near(made[name], getattr(bowl, name)), name
    for name in ("critical_learning_rate", "best_learning_rate"):
        assert near(made[name], getattr(bowl, name)), name
    assert near(made["one_step_learning_rate"], 1 / bowl.eigenvalues[1])
    assert near(np.transpose(made["eigenvectors"]), bowl.eigenvectors, 1)
    assert near(made["least_squares"], bowl.least_squares)
    assert near(made["floor"], bowl.floor)


def same_epoch(made: int | None, said: int | None) -> bool:
    """Billions of epochs hang on the last bits of the rate."""
    return made == said or (None not in (made, said) and min(made, said) > 10_000 and abs(made / said - 1) < 1e-6)


def left_by_an_epoch(half_life: float) -> float:
    return 0.5 ** (1 / half_life) if half_life else 0.0


ASKED = """((bowl, rule) => ({
    bowl, regime: theory.regime(bowl, rule), ...theory.predict(bowl, start, rule, epochs),
    epochs_to_arrival: theory.epochs_to_arrival(bowl, start, rule, epochs),
    overflow_epoch: theory.overflow_epoch(bowl, start, rule, epochs),
    loss: theory.loss_after(bowl, start, rule, epochs),
    tolerances: theory.tolerances(bowl, theory.excesses(bowl, start), rule.dtype),
    best_pair: theory.best_pair(bowl), excess: theory.excess(bowl, start),
}))(theory.bowl(x, y, loss), theory.update_rule(training))"""


def assert_same_words(js: v8.Scripts, scenario: Scenario, epochs: int | None = None) -> Prediction:
    problem, training = prepare(scenario), scenario.training
    bowl = theory.bowl(problem.x, problem.y, training.loss)
    start, rule, epochs = problem.start.tolist(), UpdateRule.of(training), epochs or training.epochs
    said = predict(bowl, start, rule, epochs)
    made = js.value(
        ASKED, x=problem.x.tolist(), y=problem.y.tolist(), loss=training.loss, start=start, epochs=epochs,
        training=training.model_dump(exclude={"start"}),
    )  # fmt: skip
    assert_same_bowl(made["bowl"], bowl)
    for name in ("regime", "verdict", "possible", "epochs_past_limit"):
        assert made[name] == (list(said.possible) if name == "possible" else getattr(said, name)), name
    assert made["arrived"] == list(said.arrived)
    assert same_epoch(made["overflow_epoch"], said.overflow_epoch)
    assert same_epoch(made["epochs_to_arrival"], rule.epochs_to_arrival(bowl, start, epochs))
    for name in ("critical_learning_rate", "best_learning_rate"):
        assert near(made[name], getattr(said, name)), name
    # Of what an epoch leaves of the error, 1 is the size: where one step lands, it is a difference of equals.
    assert near(made["growth_factor"] ** 0.5, said.growth_factor**0.5, 1)
    lives = [said.slow_half_life, said.fast_half_life]
    assert (made["half_lives"] is None) == (None in lives)
    if made["half_lives"] is not None:
        assert near([*map(left_by_an_epoch, made["half_lives"])], [*map(left_by_an_epoch, lives)], 1)
    assert near(made["best_pair"], bowl.best_pair, 1)
    assert near(made["tolerances"], bowl.tolerances(bowl.excesses(start), training.dtype))
    assert near(made["excess"], float(bowl.excess(start)), bowl.magnitude)
    return said


@pytest.mark.parametrize("name", SHIPPED)
def test_of_a_run_the_browser_says_what_the_generator_says(js: v8.Scripts, name: str) -> None:
    scenario = reading.load(SHIPPED[name])
    if scenario.is_foretold:
        assert_same_words(js, scenario)


def measured(js: v8.Scripts, run: Run) -> str:
    """What the browser says of a run, descended there too: where PyTorch adds in another order, of a near one."""
    training = run.scenario.training.model_dump(exclude={"start"})
    points = {"x": run.x.tolist(), "y": run.y.tolist()}
    made = {**points, "start": run.params[0].tolist(), "seed": run.scenario.batch_seed % 2**32}
    return js.value(
        "theory.measured(theory.bowl(x, y, training.loss), theory.update_rule(training), descent.descend(run), whole)",
        **points, training=training, whole=run.scenario.is_full_batch,
        run={**made, **training, **run.scenario.stop.model_dump()},
    )  # fmt: skip


@pytest.mark.parametrize("name", SHIPPED)
def test_of_a_run_that_was_made_the_verdict_is_the_generators(js: v8.Scripts, name: str) -> None:
    scenario = reading.load(SHIPPED[name])
    if scenario.training.mistake is not None:
        pytest.skip("no browser computes a program with a mistake in it")
    run = trained(scenario)
    assert measured(js, run) == run.verdict


@pytest.mark.parametrize("y", [[2.0, 3.0, 5.5], [2e38, 3e38, 3.3e38]])
@pytest.mark.parametrize("start", [(3e38, 0.0), (0.0, -3.4e38), (1e30, -1e30), (0.0, 0.0)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_of_a_start_at_the_end_of_the_numbers_it_says_the_same(
    js: v8.Scripts, y: list[float], start: tuple[float, float], dtype: str
) -> None:
    assert_same_words(js, make([1.0, 2.0, 4.0], y, 0.1, 50, start, dtype=dtype))


# --- Any points, any start, any rule ---------------------------------------------------------------------------

coordinates = st.integers(-300, 300).map(lambda tenths: tenths / 10)
points = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=300)
starts = st.tuples(coordinates, coordinates)
steps = st.fixed_dictionaries({}, optional={"momentum": st.floats(0.01, 0.99), "decay": st.floats(1e-4, 3)})
shares = st.one_of(st.floats(1e-4, 0.97), st.floats(1.03, 6), st.sampled_from([0.5, 1.0]))


def scenario_of(
    pairs: list[tuple[float, float]], start: tuple[float, float], share: float, steps: dict[str, float], epochs: int,
    loss: LossConvention, dtype: Dtype, **others: Any,
) -> Scenario:  # fmt: skip
    x, y = np.array(pairs, dtype=float).T
    limit = (1 + steps.get("momentum", 0)) * theory.bowl(x, y, loss).critical_learning_rate
    return make(x.tolist(), y.tolist(), share * limit, epochs, start, loss=loss, dtype=dtype, **steps, **others)


@settings(max_examples=200)
@given(
    points, starts, shares, st.integers(1, 300), st.sampled_from(get_args(LossConvention)),
    st.sampled_from(get_args(Dtype)),
)  # fmt: skip
def test_of_any_plain_run_the_browser_says_what_the_generator_says(
    js: v8.Scripts, pairs: list[tuple[float, float]], start: tuple[float, float], share: float, epochs: int,
    loss: LossConvention, dtype: Dtype,
) -> None:  # fmt: skip
    assert_same_words(js, scenario_of(pairs, start, share, {}, epochs, loss, dtype))


# What arrives late or never is looked for a million epochs long: no ravines here, and rates that do not fade at once.
@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(-2, 2), coordinates), min_size=1, max_size=40), starts,
    st.one_of(st.floats(0.03, 0.97), st.floats(1.03, 6)),
    st.one_of(
        st.fixed_dictionaries({"momentum": st.floats(0.01, 0.97)}, optional={"decay": st.floats(1e-4, 0.02)}),
        st.fixed_dictionaries({"decay": st.floats(1e-4, 0.05)}),
    ),
    st.integers(1, 300), st.sampled_from(get_args(LossConvention)), st.sampled_from(get_args(Dtype)),
)  # fmt: skip
def test_of_any_other_run_of_all_points_too(
    js: v8.Scripts, pairs: list[tuple[float, float]], start: tuple[float, float], share: float,
    steps: dict[str, float], epochs: int, loss: LossConvention, dtype: Dtype,
) -> None:  # fmt: skip
    assert_same_words(js, scenario_of(pairs, start, share, steps, epochs, loss, dtype))


@settings(max_examples=60)
@given(points, starts, shares, steps, st.integers(1, 60), st.sampled_from(get_args(Dtype)))
def test_of_any_run_that_was_made_the_verdict_is_the_generators(
    js: v8.Scripts, pairs: list[tuple[float, float]], start: tuple[float, float], share: float,
    steps: dict[str, float], epochs: int, dtype: Dtype,
) -> None:  # fmt: skip
    run = trained(scenario_of(pairs, start, share, steps, epochs, "mean", dtype))
    assert measured(js, run) == run.verdict
