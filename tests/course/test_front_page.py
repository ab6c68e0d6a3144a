"""What the front page claims of the runs, executed."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.pages.rendering import Pages
from tests.course.there import EDITION, PROJECT, SCENARIOS, scenario
from tests.course.there import record as shipped

Array = NDArray[Any]


def curvatures(x: Array) -> Array:
    """Eigenvalues, ascending, of (2/n) AᵀA with A = [x, 1]."""
    a = np.stack([x, np.ones_like(x)], axis=1).astype(np.float64)
    found: Array = np.linalg.eigvalsh(2 * a.T @ a / len(a))
    return found


# --- index.md -------------------------------------------------------------------------------------------------


def test_theory_foretells_the_ending_of_every_run_that_it_speaks_of() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for id in SCENARIOS:
            record = shipped(id)
            if not record.scenario.is_full_batch or record.scenario.training.mistake:
                assert record.outcome.as_predicted is None, id
                continue
            share = record.learning_rate * curvatures(record.x)[1] / (1 + (record.scenario.training.momentum or 0))
            share *= {"mean": 1, "sum": len(record.x), "half": 0.5}[record.scenario.training.loss]
            too_short_to_show_it = record.scenario.expect == "crawls"
            assert (record.verdict == "diverges") == (share > 2 * (1 + 1e-9) and not too_short_to_show_it), id
            assert record.outcome.as_predicted, id


def test_what_is_said_to_glide_stays_on_its_side_of_the_valley_with_ever_shorter_steps() -> None:
    gliding = [record for record in map(shipped, SCENARIOS) if record.regime == "glides"]
    if not gliding:
        pytest.skip("no run of this course glides")
    for record in gliding:
        x, y = record.x.astype(float), record.y.astype(float)
        h = (
            2
            * np.array([[(x**2).mean(), x.mean()], [x.mean(), 1]])
            * {"sum": len(x)}.get(record.scenario.training.loss, 1)
        )
        steep = np.linalg.eigh(h)[1][:, 1]
        error = np.array(record.start) - np.polyfit(x, y, 1)
        for _ in range(20):
            step = -record.learning_rate * h @ error
            after = error + step
            assert np.sign(after @ steep) in (np.sign(error @ steep), 0) or abs(after @ steep) < 1e-5, record.id
            assert np.linalg.norm(record.learning_rate * h @ after) <= np.linalg.norm(step), record.id
            error = after


@pytest.mark.parametrize("id", ["one-step", "on-the-limit", "case-summed-many", "best-rate"])
def test_a_runs_page_speaks_of_half_lives_and_last_lines_in_words_that_a_reader_expects(id: str) -> None:
    scenario(id)
    pages = Pages(PROJECT, EDITION, SCENARIOS, lambda kind, id: shipped(id))
    said = pages.scenario_page(id).split("## Take it")[0]
    assert re.findall(r"\b1 epochs|every (?:inf|0\.?\d*) |w = nan", said) == []


# --- lessons/eleven-points.md: where the first button leads -------------------------------------------------------


def test_the_first_button_says_which_lesson_it_starts_and_how_long_that_takes(course: dict[str, str]) -> None:
    (button,) = re.findall(r"\[([^\]]*)\]\(([^)]*)\)\{ \.md-button \.md-button--primary \}", course["index.md"])
    first, minutes = re.findall(r"\]\((lessons/[\w-]+\.md)\) <small>(\d+) min</small>", course["index.md"])[0]
    assert button == (f"Start with lesson 1 · {minutes} minutes", first)
    assert course[first].split("# ")[1].startswith("1. ")
