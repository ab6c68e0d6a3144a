"""What the picture of the two error components shows, looked up in the drawing."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.testing import assert_allclose

from generator.figures import canvas, gif
from generator.figures.catalogue import KINDS
from generator.figures.kinds import modes
from generator.figures.style import ROLES
from generator.numerals import significant
from generator.runs.analysis import Run
from tests import runs

CRAWLING = runs.descended(rate=1e-4, epochs=3000)
CONVERGING = runs.descended(rate=0.003, epochs=3000, dtype="float64")
EXPLODING = runs.descended(rate=0.02, epochs=200)


def panel(record: Run) -> Axes:
    axes = canvas.plot(canvas.canvas(KINDS["modes"]), 52, 44, 580, 262)
    modes.panel(axes, record)
    return axes


def curves(axes: Axes, role: str) -> list[Any]:
    return [line for line in axes.lines if line.get_color() == ROLES[role].light and len(line.get_xdata()) > 2]


def oracle(record: Run) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Eigenvalues, and |e(t) / e(0)| in the eigenbasis, by NumPy's solver alone."""
    x, y = record.x.astype(float), record.y.astype(float)
    hessian = 2 * np.array([[(x**2).mean(), x.mean()], [x.mean(), 1.0]])
    eigenvalues, vectors = np.linalg.eigh(hessian)
    with np.errstate(invalid="ignore"):
        errors = (record.params.astype(float) - np.polyfit(x, y, 1)) @ vectors
    return eigenvalues, np.abs(errors / errors[0])


def test_measured_is_the_share_of_each_component_that_is_left() -> None:
    _, shares = oracle(CRAWLING)
    slow, fast = curves(panel(CRAWLING), "line")
    assert_allclose(slow.get_ydata(), shares[:, 0], atol=1e-6)
    assert_allclose(fast.get_ydata(), shares[:, 1], atol=1e-6)
    assert_allclose(10 ** slow.get_xdata()[1:], np.arange(1, 3001))


def test_predicted_is_the_contraction_to_the_power_of_the_epochs() -> None:
    eigenvalues, _ = oracle(CONVERGING)
    for eigenvalue, line in zip(eigenvalues, curves(panel(CONVERGING), "prediction"), strict=True):
        t = 10 ** line.get_xdata()[1:]
        assert_allclose(line.get_ydata()[1:], np.abs(1 - 0.003 * eigenvalue) ** t, rtol=1e-6, atol=1e-12)


def test_measured_and_predicted_lie_on_each_other() -> None:
    axes = panel(CONVERGING)
    for measured, predicted in zip(curves(axes, "line"), curves(axes, "prediction"), strict=True):
        assert_allclose(measured.get_ydata(), predicted.get_ydata()[: len(measured.get_ydata())], atol=1e-9)


def test_a_half_life_is_marked_where_half_is_left_even_beyond_the_run() -> None:
    eigenvalues, _ = oracle(CRAWLING)
    dots = [line for line in panel(CRAWLING).lines if line.get_marker() == "o"]
    expected = np.log(0.5) / np.log(np.abs(1 - 1e-4 * eigenvalues))
    assert expected[0] > CRAWLING.epochs_run
    assert_allclose([10 ** dot.get_xdata()[0] for dot in dots], expected, rtol=1e-6)
    assert_allclose([dot.get_ydata()[0] for dot in dots], 0.5)


def test_a_component_that_grows_is_shown_by_powers_of_ten() -> None:
    eigenvalues, shares = oracle(EXPLODING)
    axes = panel(EXPLODING)
    fast = curves(axes, "prediction")[1]
    (slope,) = np.unique((np.diff(fast.get_ydata()) / np.diff(fast.get_xdata())).round(6))
    assert_allclose(10**slope, abs(1 - 0.02 * eigenvalues[1]), rtol=1e-5)
    measured = curves(axes, "line")[1]
    assert_allclose(10 ** measured.get_ydata(), shares[: len(measured.get_ydata()), 1], rtol=1e-6)


@pytest.mark.parametrize("steps", [{"momentum": 0.8}, {"decay": 0.1}])
def test_with_momentum_or_a_decaying_rate_what_is_dashed_is_what_iterating_foretells(steps: dict[str, float]) -> None:
    record = runs.of_points(runs.X, runs.Y, rate=0.003, epochs=60, **steps)
    axes = panel(record)
    velocity, share = np.zeros(2), np.ones(2)
    foretold = [share]
    for epoch in range(60):
        velocity = steps.get("momentum", 0) * velocity + record.bowl.eigenvalues * share
        share = share - 0.003 / (1 + steps.get("decay", 0) * epoch) * velocity
        foretold.append(share)
    for line, expected in zip(curves(axes, "prediction"), np.abs(np.array(foretold)).T, strict=True):
        states = np.round(10 ** line.get_xdata()).astype(int) * (np.arange(len(line.get_xdata())) > 0)
        assert_allclose(line.get_ydata(), expected[states], atol=1e-6)
    assert "as measured and, dashed, as predicted." in runs.alt_text("modes", [record])


def test_of_minibatches_nothing_is_predicted() -> None:
    training = CRAWLING.scenario.training.model_copy(update={"batch_size": 2})
    scenario = CRAWLING.scenario.model_copy(update={"training": training})
    record = dataclasses.replace(CRAWLING, scenario=scenario)
    axes = panel(record)
    assert curves(axes, "prediction") == []
    assert len(curves(axes, "line")) == 2
    assert "predicted" not in runs.alt_text("modes", [record])


@pytest.mark.parametrize("record", [CRAWLING, CONVERGING, EXPLODING])
def test_labels_stand_apart_and_on_the_page(record: Run) -> None:
    axes = panel(record)
    canvas: Any = axes.get_figure().canvas  # type: ignore[union-attr]
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    boxes = [text.get_window_extent() for text in axes.texts]
    page = axes.get_figure().bbox  # type: ignore[union-attr]
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 for box in boxes)
    for one, other in itertools.combinations(boxes, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        down = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert across < 3 or down < 3


def test_the_picture_has_the_size_that_pages_are_told() -> None:
    kind = KINDS["modes"]
    picture = modes.draw([EXPLODING])
    assert picture.first.shape == (kind.height * canvas.SCALE, kind.width * canvas.SCALE)
    assert all(gif.encode(picture).values())


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(runs.descended(0.02, 800, dtype="float64"), id="up to the largest float64"),
        pytest.param(runs.descended(0.1, 50, x=[2.0, 2.0, 2.0], y=[1.0, 2.0, 3.0]), id="all x equal"),
        pytest.param(runs.descended(0.1, 5, x=[2.0], y=[1.0]), id="one point"),
        pytest.param(runs.descended(0.1, 5, x=[0.0, 1.0], y=[0.0, 0.0], start=(0.0, 0.0)), id="a start without error"),
        pytest.param(runs.descended(0.5, 5, x=[-1.0, 1.0], y=[0.0, 1.0]), id="landing in one step"),
        pytest.param(runs.descended(1.0, 500, x=[-1.0, 1.0], y=[0.0, 1.0]), id="bouncing for ever"),
        pytest.param(runs.descended(0.1, 50, start=(1e30, 0.0)), id="a first loss of inf"),
        pytest.param(runs.descended(0.003, 1), id="one epoch"),
        pytest.param(runs.descended(0.003, 40_000), id="more epochs than pixels"),
        pytest.param(runs.descended(1e-12, 100), id="half-lives out of sight"),
    ],
)
def test_extreme_runs_are_drawn(record: Run) -> None:
    picture = modes.draw([record])
    assert len(np.unique(picture.first)) > 3, "the page is not empty"
    assert runs.alt_text("modes", [record]).endswith(".")


def test_the_alt_text_says_how_fast_each_component_goes() -> None:
    eigenvalues, _ = oracle(CRAWLING)
    alt = runs.alt_text("modes", [CRAWLING])
    for eigenvalue in eigenvalues:
        half = math.log(0.5) / math.log(1 - 1e-4 * eigenvalue)
        assert f"halves every {significant(half)} epochs" in alt
    assert "times an epoch" in runs.alt_text("modes", [EXPLODING])


def test_the_alt_text_says_when_rounding_drowns_the_slow_component() -> None:
    eigenvalues, shares = oracle(EXPLODING)
    said = np.abs(1 - 0.02 * eigenvalues[0]) ** np.arange(len(shares))
    drowned = int(np.flatnonzero(shares[:, 0] > 2 * said)[0])
    assert f"After {drowned} epochs" in runs.alt_text("modes", [EXPLODING])
    assert "rounding" not in runs.alt_text("modes", [CRAWLING])
