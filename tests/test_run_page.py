"""What a run's own page says of it, before it and after, in words."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.pages.rendering import Pages
from generator.project import Project
from generator.runs.analysis import Run
from generator.scenario.reading import load_all
from tests import tiny
from tests.runs import alt_text, make, trained

# λ₊ of the tiny points, x = 1, 2, 4: of 2 · the mean of (x, 1)(x, 1)ᵀ.
SLOW, FAST = np.linalg.eigvalsh(2 * np.array([[7, 7 / 3], [7 / 3, 1]]))
LIMIT = 2 / FAST


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.at(tiny.make(tmp_path))


def page(project: Project, text: str) -> str:
    """The page of the tiny scenario, changed, up to what can be taken home, in one line."""
    (project.scenarios / "tiny.toml").write_text(text, encoding="utf-8")
    scenarios = load_all(project.scenarios)

    def result_of(kind: str, id: str) -> Run:
        assert kind == "run"
        return trained(scenarios[id])

    made = Pages(project, project.editions()[0], scenarios, result_of).scenario_page("tiny")
    return " ".join(re.sub("<[^>]*>", "", made.split("## Take it")[0]).split())


def with_training(rate: float, epochs: int, **training: object) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in training.items())
    return tiny.scenario(rate=rate, epochs=epochs).replace("[training]\n", f"[training]\n{lines}")


def test_a_run_with_momentum_is_foretold_by_its_own_limit(project: Project) -> None:
    said = page(project, with_training(0.1, 300, momentum=0.5))
    assert "In the long run it swings: it runs past the valley's floor and comes back, less far each time." in said
    assert (
        f"Limit $2(1 + \\beta)/\\lambda_+$ = {3 / FAST:.4g}; this rate is {100 * 0.1 / (3 / FAST):.1f}% of it" in said
    )
    assert "on average and in the long run" in said
    assert "converges, as predicted." in said
    assert "Theory's loss for epoch 300 was" in said


def test_momentum_past_its_limit_is_foretold_with_the_epoch_of_the_first_inf(project: Project) -> None:
    said = page(project, with_training(0.3, 400, momentum=0.5))
    assert "In the long run it explodes" in said
    growth = max(abs(np.roots([1, -(1.5 - 0.3 * FAST), 0.5]))) ** 2
    assert f"the excess loss grows {growth:.3g}-fold an epoch, in the long run" in said
    assert "In float32 the loss is `inf` from epoch" in said
    assert "diverges, as predicted." in said


def test_a_rate_that_decays_from_past_the_limit_is_said_to_be_so_in_its_first_epochs(project: Project) -> None:
    said = page(project, with_training(2.5 * LIMIT, 300, decay=0.2))
    assert "In the long run it settles: it explodes while the rate is past the limit" in said
    assert "the first rate is 250% of it" in said
    assert "The rate is past the limit in the first 8 epochs, and within it from then on" in said  # (2.5 − 1)/0.2 = 7.5
    assert "halves" not in said.split("The run then did")[0]


def test_a_page_says_that_a_run_is_lost_and_not_when_it_would_arrive(project: Project) -> None:
    text = with_training(12 * LIMIT, 60, decay=0.03).replace('"converges"', '"diverges"')
    said = page(project, text)
    assert "In float32 its numbers overflow before the rate has come within the limit, and are lost" in said
    assert "would arrive" not in said


def test_a_page_says_where_rounding_decides(project: Project) -> None:
    said = page(project, with_training(0.6, 300, decay=0.1))
    assert "Rounding in float32 decides: as well possible is" in said
    assert "Rounding" not in page(project, with_training(0.1, 300))


def test_a_run_that_momentum_carries_past_the_bottom_is_said_to_be_carried_on(project: Project) -> None:
    text = with_training(0.01, 12, momentum=0.95).replace("x = [1.0, 2.0, 4.0]", "x = [-1.0, 1.0, 0.0]")
    text = text.replace("[training]", "[input]\nstandardize = true\n\n[training]").replace('"converges"', '"crawls"')
    assert "Where it has arrived it does not stay: its momentum carries it on" in page(project, text)


def test_a_rate_that_decays_within_the_limit_never_is_past_it(project: Project) -> None:
    said = page(project, with_training(0.9 * LIMIT, 300, decay=0.01))
    assert "If its rate stayed as it is at first, in the long run it alternates" in said
    assert "past the limit" not in said


def test_of_minibatches_a_page_says_how_large_the_steps_are_and_not_where_they_lead(project: Project) -> None:
    said = page(project, with_training(0.2, 20, batch_size=1))
    assert "Not where this run ends" in said
    assert f"is $2/\\lambda_+$ = {LIMIT:.4g}; this rate is {100 * 0.2 / LIMIT:.0f}% of it" in said
    # 1 − 2 · 0.2 · (4² + 1) = −5.8
    assert "multiplies that point's residual by −5.80 where $x$ is farthest from 0, at 4.00" in said
    assert "as predicted" not in said
    assert "by theory" not in said
    assert "and with them chance" in said
    assert "chance" not in page(project, with_training(0.2, 20, batch_size=1, batch_order='"given"'))


@pytest.mark.parametrize(
    ("rate", "start", "lacking"),
    [
        (LIMIT / 2, "both away", "slow direction"),
        (LIMIT / 5000, "both away", "two directions"),
        (LIMIT * 0.9999, "slow there", "fast direction"),
    ],
)
def test_a_run_that_crawls_lacks_the_directions_that_are_named(
    project: Project, rate: float, start: str, lacking: str
) -> None:
    x, y = np.array([1.0, 2.0, 4.0]), np.array([2.0, 3.0, 5.5])
    weight, bias = np.polyfit(x, y, 1)
    w, b = 0.0, 0.0
    if start == "slow there":  # away from the best line in the fast direction alone
        fast = np.linalg.eigh(2 * np.array([[7, 7 / 3], [7 / 3, 1]]))[1][:, 1]
        w, b = (weight, bias) + 3 * fast
    text = with_training(float(rate), 20, dtype='"float64"').replace(
        "w = 0.0, b = 0.0", f"w = {float(w)}, b = {float(b)}"
    )
    said = page(project, text.replace('"converges"', '"crawls"'))
    assert f"It has not arrived in the {lacking}: w is" in said
    assert f"where least squares has {weight:#.3g} and {bias:#.3g}" in said
    alt = runs_alt(x, y, float(rate), (float(w), float(b)))
    assert ("in the slow direction" in alt, "in the fast direction" in alt) == (
        lacking == "slow direction", lacking == "fast direction",
    )  # fmt: skip
    assert f"least squares has w = {weight:#.3g}, b = {bias:#.3g}" in alt


def runs_alt(x: NDArray[np.float64], y: NDArray[np.float64], rate: float, start: tuple[float, float]) -> str:
    return alt_text("fit", [trained(make(x.tolist(), y.tolist(), rate, 20, start, dtype="float64"))])
