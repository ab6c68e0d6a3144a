"""What the loss curves show, looked up in the drawing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

from generator import numerals
from generator.figures import canvas, gif
from generator.figures.catalogue import KINDS
from generator.figures.kinds import loss_curve
from generator.figures.style import ROLES
from generator.runs.analysis import Run
from tests import runs

EXPLODING = runs.descended(rate=0.02, epochs=200)
CRAWLING = runs.descended(rate=1e-4, epochs=3000)
CONVERGING = runs.descended(rate=0.004, epochs=3000)


def panel(record: Run, scale: str) -> Axes:
    axes = canvas.plot(Figure(), 50, 50, 230, 230)
    loss_curve.PANELS[scale](axes, record)
    return axes


def lines(axes: Axes, role: str) -> list[Any]:
    return [line for line in axes.lines if line.get_color() == ROLES[role].light]


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_the_linear_panel_shows_every_loss() -> None:
    curve = lines(panel(CONVERGING, "linear"), "line")[0]
    assert_allclose(curve.get_xdata(), np.arange(3001))
    assert_allclose(curve.get_ydata(), CONVERGING.losses)


def test_the_log_panel_shows_the_powers_of_ten_of_every_loss() -> None:
    curve = lines(panel(CONVERGING, "log"), "line")[0]
    assert_allclose(10 ** curve.get_ydata(), CONVERGING.losses, rtol=1e-6)


def test_a_crawl_is_shown_on_a_log_axis_of_epochs_that_still_has_its_start() -> None:
    axes = panel(CRAWLING, "log")
    curve = lines(axes, "line")[0]
    assert_allclose(10 ** curve.get_xdata()[1:], np.arange(1, 3001))
    assert curve.get_xdata()[0] == axes.get_xticks()[0]
    assert axes.get_xticklabels()[0].get_text() == "0"


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_floor_is_the_loss_of_least_squares(scale: str) -> None:
    slope, height = np.polyfit(runs.X, runs.Y, 1)
    floor = float(((slope * np.array(runs.X) + height - runs.Y) ** 2).mean())
    dashed = [line for line in lines(panel(CONVERGING, scale), "quiet") if line.is_dashed()]
    drawn = dashed[0].get_ydata()[0]
    assert_allclose(drawn if scale == "linear" else 10**drawn, floor, rtol=1e-9)


def test_the_predicted_slope_is_the_growth_that_the_run_takes_on() -> None:
    axes = panel(EXPLODING, "log")
    (slope,) = lines(axes, "prediction")
    (t0, t1), (h0, h1) = slope.get_data()
    late = EXPLODING.losses[10:20].astype(float)
    assert_allclose((h1 - h0) / (t1 - t0), np.log10(late[1:] / late[:-1]).mean(), rtol=1e-5)
    assert_allclose(h0 + (h1 - h0) / (t1 - t0) * (15 - t0), math.log10(EXPLODING.losses[15]), rtol=1e-5)


def test_a_run_below_the_limit_gets_no_slope() -> None:
    assert lines(panel(CRAWLING, "log"), "prediction") == []


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_first_inf_and_the_first_nan_are_dated_at_the_axis(scale: str) -> None:
    losses = EXPLODING.losses.tolist()
    infinite = losses.index(math.inf)
    nan = next(t for t, loss in enumerate(losses) if math.isnan(loss))
    axes = panel(EXPLODING, scale)
    assert {infinite, nan} <= set(axes.get_xticks())
    placed = {text.get_text(): text.xy[0] for text in axes.texts if text.get_text() in ("inf", "nan")}
    assert placed == {"inf": infinite, "nan": nan}
    assert nan < axes.get_xlim()[1] < 2 * nan, "the dead epochs after nan take no room"


def test_ticks_keep_clear_of_each_other() -> None:
    axes = panel(EXPLODING, "log")
    assert np.diff(axes.get_xticks()).min() > 0.1 * axes.get_xlim()[1]


def test_long_losses_are_counted_in_a_power_of_ten() -> None:
    axes = panel(EXPLODING, "linear")
    power = math.floor(math.log10(EXPLODING.losses[np.isfinite(EXPLODING.losses)].max()))
    assert axes.get_ylim()[1] < 11
    assert f" / {numerals.scientific(10.0**power, 0).removeprefix('1×')}" in texts(axes)


@pytest.mark.parametrize("scale", ["both", "linear", "log"])
def test_pictures_have_the_size_that_pages_are_told(scale: str) -> None:
    kind = KINDS["loss_curve"]
    picture = loss_curve.draw([EXPLODING], scale=scale)
    assert picture.first.shape == (kind.height * canvas.SCALE, kind.width * canvas.SCALE)
    assert not picture.patches
    assert all(gif.encode(picture).values())


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(runs.descended(0.02, 800, dtype="float64"), id="up to the largest float64"),
        pytest.param(runs.descended(0.1, 5, x=[2.0, 2.0, 2.0], y=[1.0, 2.0, 3.0]), id="all x equal"),
        pytest.param(runs.descended(0.1, 5, x=[2.0], y=[1.0]), id="one point"),
        pytest.param(runs.descended(0.1, 5, x=[0.0, 1.0], y=[0.0, 0.0], start=(0.0, 0.0)), id="a loss of 0 throughout"),
        pytest.param(runs.descended(0.1, 400, x=[0.0, 1.0], y=[0.0, 1.0]), id="a loss that comes to 0"),
        pytest.param(runs.descended(0.1, 5, start=(1e30, 0.0)), id="a first loss of inf"),
        pytest.param(runs.descended(0.1, 5, x=[1e-30, 2e-30], y=[1e-30, 1e-30], start=(0.0, 0.0)), id="tiny"),
        pytest.param(runs.descended(0.003, 1), id="one epoch"),
        pytest.param(runs.descended(0.003, 40_000), id="more epochs than pixels"),
    ],
)
def test_extreme_runs_are_drawn(record: Run) -> None:
    picture = loss_curve.draw([record])
    assert len(np.unique(picture.first)) > 3, "the page is not empty"
    assert runs.alt_text("loss_curve", [record]).endswith(".")


def test_the_alt_text_says_how_it_goes_and_ends() -> None:
    exploding = runs.alt_text("loss_curve", [EXPLODING])
    assert f"inf after {EXPLODING.losses.tolist().index(math.inf)} epochs" in exploding
    assert "times an epoch" in exploding
    crawling = runs.alt_text("loss_curve", [CRAWLING])
    assert f"falls from {CRAWLING.losses[0]:.0f} to {CRAWLING.losses[-1]:.0f}" in crawling
