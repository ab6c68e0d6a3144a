"""What the picture of a sweep shows, looked up in the drawing."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from numpy.testing import assert_allclose

from generator.figures import canvas, gif
from generator.figures.catalogue import KINDS
from generator.figures.kinds import sweep
from generator.figures.style import ROLES
from generator.numerals import significant
from generator.runs import theory
from generator.runs.rate_sweep import RateSweep
from tests import runs

TOLERANCE = 1e-4
EPOCHS = 400


def swept(rates: list[float], x: list[float] = runs.X, y: list[float] = runs.Y, epochs: int = EPOCHS) -> RateSweep:
    """Runs one by one, and when each first has a share of `TOLERANCE` of its first excess over least squares."""
    trained = [runs.descended(rate, epochs, x, y, dtype="float64") for rate in rates]
    xs, ys = trained[0].x, trained[0].y
    lowest = np.linalg.lstsq(np.stack([xs, np.ones_like(xs)], axis=1), ys, rcond=None)[0]
    floor = float(((xs * lowest[0] + lowest[1] - ys) ** 2).mean())
    reached = []
    for run in trained:
        there = np.flatnonzero(run.losses - floor <= TOLERANCE * (run.losses[0] - floor))
        reached.append(float(there[0]) if len(there) else np.nan)
    return RateSweep(
        scenario=trained[0].scenario, x=xs, y=ys, start=trained[0].params[0],
        learning_rates=np.array(rates), epochs=epochs, tolerance=TOLERANCE,
        epochs_to_tolerance=np.array(reached),
        final_params=np.array([run.params[-1] for run in trained]),
        final_losses=np.array([run.losses[-1] for run in trained]),
    )  # fmt: skip


X, Y = [-0.5, 0.0, 1.0, 2.0, 2.5], [27.0, 30.0, 35.5, 39.0, 43.0]
LIMIT = 2 / np.linalg.eigvalsh(2 * np.array([[np.mean(np.square(X)), np.mean(X)], [np.mean(X), 1.0]]))[1]
U = swept((LIMIT * np.array([0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1.0, 1.05, 3.0])).tolist(), X, Y)


def drawn(panel: Any, record: RateSweep = U) -> Axes:
    axes = canvas.plot(canvas.canvas(KINDS["sweep"]), 56, 90, sweep.WIDE.right - 56, 170)
    panel(axes, record)
    return axes


def curve(axes: Axes) -> Any:
    of_that_colour = [line for line in axes.lines if line.get_color() == ROLES["line"].light]
    return max(of_that_colour, key=lambda line: len(line.get_xdata()))


def test_epochs_to_tolerance_are_shown_for_every_rate_that_came_there() -> None:
    line = curve(drawn(sweep.epochs_to_tolerance))
    assert np.isnan(U.epochs_to_tolerance).any(), "some rate never comes there"
    assert_allclose(line.get_xdata(), U.learning_rates)
    assert_allclose(10 ** line.get_ydata(), U.epochs_to_tolerance)


def test_the_rate_that_needs_fewest_epochs_is_marked_with_both_numbers() -> None:
    axes = drawn(sweep.epochs_to_tolerance)
    best = int(np.nanargmin(U.epochs_to_tolerance))
    dots = [line for line in axes.lines if line.get_marker() == "o" and len(line.get_xdata()) == 1]
    assert [dot.get_xdata()[0] for dot in dots] == [U.learning_rates[best]]
    assert f" = {U.epochs_to_tolerance[best]:.0f}" in [text.get_text() for text in axes.texts]


def test_final_losses_are_shown_by_their_powers_of_ten_and_lost_ones_above_the_axes() -> None:
    line = curve(drawn(sweep.final_loss))
    finite = np.isfinite(U.final_losses)
    assert not finite.all(), "some rate ends without a number"
    assert_allclose(10 ** line.get_ydata()[finite], U.final_losses[finite])
    assert np.isnan(line.get_ydata()[~finite]).all()
    shelf = [other for other in drawn(sweep.final_loss).lines if other.get_ydata()[0] == other.get_ydata()[-1] > 1]
    assert any(other.get_xdata()[0] == U.learning_rates[~finite].min() for other in shelf)


@pytest.mark.parametrize("panel", [sweep.epochs_to_tolerance, sweep.final_loss])
def test_the_three_rates_of_theory_are_marked(panel: Any) -> None:
    eigenvalues = np.linalg.eigvalsh(2 * np.array([[np.mean(np.square(X)), np.mean(X)], [np.mean(X), 1.0]]))
    green = [line.get_xdata()[0] for line in drawn(panel).lines if line.get_color() == ROLES["prediction"].light]
    assert_allclose(green, [1 / eigenvalues[1], 2 / eigenvalues.sum(), 2 / eigenvalues[1]])


@pytest.mark.parametrize("past", [1.05, 3.0, 1000.0])
@pytest.mark.parametrize("x", [X, [-1.0, 0.0, 0.5, 1.0, 1.5], [-20.0, 0.0, 10.0, 20.0, 30.0]])
def test_the_names_of_the_marks_stand_apart_and_on_the_page(x: list[float], past: float) -> None:
    record = swept([1e-5, past * theory.bowl(x, Y).critical_learning_rate], x, Y)
    axes = drawn(sweep.epochs_to_tolerance, record)
    sweep.name_marks(axes, record)
    axes.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in axes.texts if "λ₊" in text.get_text()]
    assert len(boxes) == 3
    assert all(box.x0 >= 0 and box.x1 <= axes.figure.bbox.x1 for box in boxes)
    for one, other in itertools.combinations(boxes, 2):
        assert one.x1 < other.x0 or other.x1 < one.x0


def test_the_picture_has_the_size_that_pages_are_told() -> None:
    kind = KINDS["sweep"]
    picture = sweep.draw([U])
    assert kind.of == "sweep"
    assert picture.first.shape == (kind.height * canvas.SCALE, kind.width * canvas.SCALE)
    assert all(gif.encode(picture).values())


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(swept([0.1]), id="one rate, and it explodes"),
        pytest.param(swept([1e-9, 1e-8]), id="no rate arrives"),
        pytest.param(swept([0.01, 0.2], [3.0, 3.0], [1.0, 2.0]), id="all x equal"),
        pytest.param(swept([0.01, 0.2], [3.0], [1.0]), id="one point"),
        pytest.param(swept([0.1, 0.2, 0.9], [0.0, 1.0], [0.0, 1.0]), id="a floor of 0"),
        pytest.param(swept([0.1, 1e10, 1e38]), id="absurd rates"),
        pytest.param(swept([0.001, 0.003], epochs=1), id="one epoch"),
    ],
)
def test_extreme_sweeps_are_drawn(record: RateSweep) -> None:
    picture = sweep.draw([record])
    assert len(np.unique(picture.first)) > 3, "the page is not empty"
    assert runs.alt_text("sweep", [record]).endswith(".")


def test_the_alt_text_names_the_fastest_rate_and_the_limit() -> None:
    alt = runs.alt_text("sweep", [U])
    best = int(np.nanargmin(U.epochs_to_tolerance))
    assert f"fewest, {U.epochs_to_tolerance[best]:.0f}, at {significant(U.learning_rates[best])}" in alt
    assert significant(LIMIT) in alt
    assert "no rate gets there" in runs.alt_text("sweep", [swept([1e-9])])
