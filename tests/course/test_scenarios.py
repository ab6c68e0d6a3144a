"""Every run of the course: as expected and as predicted, published in full, and taken home with the same numbers."""

from __future__ import annotations

import json

import pytest
import torch
from numpy.testing import assert_array_equal

from generator.descent import forecast, train
from generator.making import takehome
from generator.making.forecasts import forecasts, predictions
from generator.runs.published import summary
from tests.course.there import PROJECT, SCENARIOS, record, scenario
from tests.test_record import assert_as_expected_and_as_predicted
from tests.test_run import assert_data_do_not_depend_on_vectors, drawn_after_manual_seed
from tests.test_takehome import (
    TEMPLATE,
    assert_imports_pytorch_and_matplotlib_and_nothing_else,
    assert_same_table,
    in_this_process,
)

# The runs that the lessons were written about. Whoever drops in another gives it the titles that they need.
OURS = [
    "best-rate", "case-averaged-many", "case-broadcast", "case-flipped-sign", "case-hundred-points",
    "case-hundred-points-slower", "case-hundred-points-standardised", "case-intercept", "case-intercept-standardised",
    "case-no-zero-grad", "case-summed-few", "case-summed-many", "case-target-in-euros", "case-target-in-thousands",
    "case-years", "centred", "centred-and-scaled", "double-precision", "eleven-points", "falls-then-explodes",
    "minibatches", "minibatches-decaying", "momentum", "new-points", "on-the-limit", "one-step", "outlier",
    "rate-too-large", "rate-too-small", "scaled-best-rate", "scaled-input", "three-points",
]  # fmt: skip


@pytest.mark.parametrize("id", OURS)
def test_our_scenarios_have_titles_in_both_languages(id: str) -> None:
    assert {"en", "zh"} <= set(scenario(id).title)


@pytest.mark.parametrize("id", SCENARIOS)
def test_every_run_is_as_expected_and_as_predicted(id: str) -> None:
    assert_as_expected_and_as_predicted(record(id))


@pytest.mark.parametrize("id", [id for id, scenario in SCENARIOS.items() if scenario.is_foretold])
def test_what_is_predicted_beforehand_is_what_the_record_says_afterwards(id: str) -> None:
    beforehand = forecast.forecast(SCENARIOS[id]).prediction
    assert beforehand is not None
    if record(id).stopped_by == "epochs":
        assert beforehand == record(id).prediction
    assert beforehand.regime == record(id).regime


def test_the_table_of_predictions_has_a_row_for_every_run() -> None:
    rows = predictions(forecasts(SCENARIOS.values()))
    assert [row["scenario"] for row in rows] == [*SCENARIOS]
    assert all(list(row) == list(rows[0]) for row in rows)


@pytest.mark.parametrize("id", [id for id, scenario in SCENARIOS.items() if scenario.data.source == "synthetic"])
def test_synthetic_points_are_the_draws_that_follow_manual_seed(id: str) -> None:
    for drawn, expected in zip(train.data(SCENARIOS[id]), drawn_after_manual_seed(SCENARIOS[id]), strict=True):
        assert_array_equal(drawn, expected, strict=True)


def test_no_run_leaves_a_trace_in_the_global_random_state() -> None:
    before = torch.random.get_rng_state()
    for loaded in SCENARIOS.values():
        train.data(loaded)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_data_do_not_depend_on_the_processors_vectors() -> None:
    assert_data_do_not_depend_on_vectors(PROJECT.scenarios)


@pytest.mark.parametrize("id", SCENARIOS)
def test_the_summary_is_strict_json(id: str) -> None:
    told = json.loads(json.dumps(summary(record(id)), allow_nan=False))
    assert told["scenario"] == id
    assert told["verdict"] == record(id).verdict
    assert told["predicted_verdict"] == record(id).predicted_verdict


@pytest.mark.parametrize("id", SCENARIOS)
def test_every_script_prints_its_pages_numbers(id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script = takehome.script(record(id), TEMPLATE)
    assert_imports_pytorch_and_matplotlib_and_nothing_else(script)
    assert_same_table(in_this_process(script, monkeypatch), record(id))
