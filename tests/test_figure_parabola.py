"""What the parabola shows, looked up in the drawing."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from numpy.testing import assert_allclose

from generator.figures import canvas, pacing
from generator.figures.catalogue import KINDS
from generator.figures.gif import encode
from generator.figures.kinds import parabola
from generator.runs.analysis import Run
from tests import flashes, runs

GLIDING = runs.descended(rate=0.001, epochs=3000)
ALTERNATING = runs.descended(rate=0.0069, epochs=60)
EXPLODING = runs.descended(rate=0.02, epochs=200)
CRAWLING = runs.descended(rate=1e-5, epochs=3000)


def loss(w: np.ndarray, b: np.ndarray) -> np.ndarray:
    w, b = np.broadcast_arrays(np.asarray(w, float), np.asarray(b, float))
    return np.mean((np.multiply.outer(w, runs.X) + b[..., None] - runs.Y) ** 2, axis=-1)


def drawn(record: Run, axis: str, t: int) -> tuple[Axes, dict[str, np.ndarray]]:
    """What each mover shows at state t, (n, 2)."""
    axes = canvas.plot(canvas.canvas(KINDS["parabola"]), left=64, top=62, width=640, height=300)
    part = parabola.panel(axes, [record], axis)
    part.show(t)
    names = ("curve", "trail", "tangent", "drop", "step", "head", "here", "gone")
    return axes, {name: np.array(mover.get_data(), float).T for name, mover in zip(names, part.movers, strict=True)}


@pytest.mark.parametrize("t", [0, 3])
@pytest.mark.parametrize("axis", ["w", "b"])
def test_the_curve_is_the_loss_along_one_parameter_while_the_other_stays(axis: str, t: int) -> None:
    _, shown = drawn(ALTERNATING, axis, t)
    places, losses = shown["curve"].T
    w, b = ALTERNATING.params[t].astype(float)
    assert_allclose(losses, loss(places, b) if axis == "w" else loss(w, places), rtol=1e-6)


@pytest.mark.parametrize("t", [0, 3])
@pytest.mark.parametrize("axis", ["w", "b"])
def test_the_tangent_touches_it_with_the_slope_of_finite_differences(axis: str, t: int) -> None:
    _, shown = drawn(ALTERNATING, axis, t)
    w, b = ALTERNATING.params[t].astype(float)
    small = np.array([-1e-4, 1e-4])
    heights = loss(w + small, b) if axis == "w" else loss(w, b + small)
    (x0, y0), (x1, y1) = shown["tangent"]
    assert_allclose((y1 - y0) / (x1 - x0), np.diff(heights)[0] / 2e-4, rtol=1e-4)
    assert_allclose(shown["here"], [[(w, b)["wb".index(axis)], loss(w, b)]], rtol=1e-5)
    assert_allclose(shown["tangent"].mean(axis=0), shown["here"][0], rtol=1e-5)


@pytest.mark.parametrize("axis", ["w", "b"])
def test_the_step_leads_to_the_next_state_and_is_minus_the_rate_times_the_slope(axis: str) -> None:
    axes, shown = drawn(ALTERNATING, axis, 2)
    index = "wb".index(axis)
    (x0, y0), (x1, y1) = shown["step"]
    assert_allclose([x0, x1], ALTERNATING.params[2:4, index], rtol=1e-6)
    assert y0 == y1 == axes.get_ylim()[0]
    (a, low), (c, high) = shown["tangent"]
    assert_allclose(x1 - x0, -0.0069 * (high - low) / (c - a), rtol=1e-4)


def test_where_it_has_been_stays_on_the_axis() -> None:
    _, shown = drawn(ALTERNATING, "w", 5)
    assert_allclose(shown["trail"][:, 0], ALTERNATING.params[:5, 0])


@pytest.mark.parametrize("record", [GLIDING, ALTERNATING])
@pytest.mark.parametrize("axis", ["w", "b"])
def test_all_that_is_shown_of_a_run_that_stays_is_in_the_window(record: Run, axis: str) -> None:
    shown = parabola.timeline([record], axis).shown
    axes, _ = drawn(record, axis, 0)
    places, losses = record.params[list(shown), "wb".index(axis)], record.losses[list(shown)]
    assert axes.get_xlim()[0] < places.min() <= places.max() < axes.get_xlim()[1]
    assert axes.get_ylim()[0] < losses.min() <= losses.max() < axes.get_ylim()[1]


def test_the_first_eight_steps_are_shown_one_by_one() -> None:
    assert parabola.timeline([ALTERNATING]).shown == tuple(range(9))
    assert parabola.timeline([GLIDING]).shown == tuple(range(9))


def test_of_a_crawl_the_whole_way_is_shown_because_its_steps_are_too_short_to_see() -> None:
    shown = parabola.timeline([CRAWLING], "b").shown
    assert 3 <= len(shown) <= 9
    assert shown[-1] == 3000


def test_an_explosion_is_followed_until_it_is_out_of_sight() -> None:
    shown = parabola.timeline([EXPLODING]).shown
    _, last = drawn(EXPLODING, "w", shown[-1])
    assert not len(last["here"])
    assert len(last["gone"]) == 1
    _, before = drawn(EXPLODING, "w", shown[-2])
    assert len(before["here"]) == 1


@pytest.mark.parametrize("axis", ["w", "b"])
@pytest.mark.parametrize("record", [GLIDING, ALTERNATING, EXPLODING])
def test_a_pass_is_short_enough_and_does_not_flash(record: Run, axis: str) -> None:
    picture = parabola.draw([record], axis)
    kind = KINDS["parabola"]
    assert picture.first.shape == (kind.height * canvas.SCALE, kind.width * canvas.SCALE)
    assert sum(picture.delays_ms) <= 5000
    assert picture.delays_ms[-1] == pacing.HOLD_MS
    assert flashes.most_in_a_second(picture) <= 3
    assert len(encode(picture)[".gif"]) < 400_000


@pytest.mark.parametrize("axis", ["w", "b"])
@pytest.mark.parametrize(
    "record",
    [
        pytest.param(runs.descended(0.02, 800, dtype="float64"), id="up to the largest float64"),
        pytest.param(runs.descended(0.1, 5, x=[2.0, 2.0, 2.0], y=[1.0, 2.0, 3.0]), id="all x equal"),
        pytest.param(runs.descended(0.1, 5, x=[0.0, 0.0], y=[1.0, 2.0]), id="no slope to be had"),
        pytest.param(runs.descended(0.1, 5, x=[2.0], y=[1.0]), id="one point"),
        pytest.param(runs.descended(0.1, 5, x=[0.0, 1.0], y=[0.0, 0.0], start=(0.0, 0.0)), id="starts at the bottom"),
        pytest.param(runs.descended(0.1, 5, start=(1e38, 0.0)), id="a first loss of inf"),
        pytest.param(runs.descended(1e30, 5), id="one leap out of sight"),
        pytest.param(runs.descended(0.1, 5, x=[1e-30, 2e-30], y=[1e-30, 1e-30], start=(0.0, 0.0)), id="tiny"),
        pytest.param(runs.descended(0.003, 1), id="one epoch"),
    ],
)
def test_extreme_runs_are_drawn(record: Run, axis: str) -> None:
    picture = parabola.draw([record], axis)
    assert len(np.unique(picture.first)) > 3, "the page is not empty"
    assert runs.alt_text("parabola", [record], axis=axis).endswith(".")


def test_the_alt_text_says_what_the_first_step_does() -> None:
    gliding, exploding = (runs.alt_text("parabola", [record]) for record in (GLIDING, EXPLODING))
    assert f"leads to w = {GLIDING.params[1, 0]:.2f}" in gliding
    assert "other branch" not in gliding
    assert "steeper, so it turns back" in exploding
