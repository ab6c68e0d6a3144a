"""What the landscape shows, looked up in the drawing."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from numpy.testing import assert_allclose

from generator.figures import canvas, pacing
from generator.figures.animation import Animation
from generator.figures.catalogue import KINDS
from generator.figures.gif import encode
from generator.figures.kinds import landscape
from generator.figures.style import ROLES
from generator.runs.analysis import Run
from tests import flashes, runs

GLIDING = runs.descended(rate=0.001, epochs=3000)
ALTERNATING = runs.descended(rate=0.007, epochs=60)
EXPLODING = runs.descended(rate=0.02, epochs=200)


def loss(w: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.mean((np.multiply.outer(w, runs.X) + b[..., None] - runs.Y) ** 2, axis=-1)


def drawn(record: Run, equal: bool = False) -> tuple[Axes, canvas.Part]:
    axes = canvas.plot(canvas.canvas(KINDS["landscape"]), left=56, top=62, width=646, height=324)
    return axes, landscape.panel(axes, [record], equal=equal)


def in_units_of_w_and_b(axes: Axes, artist: object) -> np.ndarray:
    """What a mover shows, drawn in shares of the window, in the units of the axes: (n, 2)."""
    return axes.transData.inverted().transform(axes.transAxes.transform(np.array(artist.get_data()).T))


def rings(axes: Axes) -> list[np.ndarray]:
    """The contours' points within the window."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    found = []
    for line in axes.lines:
        if line.get_color() == ROLES["quiet"].light:
            w, b = line.get_data()
            seen = (w > left) & (w < right) & (b > bottom) & (b < top)
            found.append(np.column_stack([w[seen], b[seen]]))
    return [ring for ring in found if len(ring)]


@pytest.mark.parametrize("record", [GLIDING, ALTERNATING, EXPLODING])
def test_each_contour_has_one_loss_and_it_is_round(record: Run) -> None:
    axes, _ = drawn(record)
    losses = [loss(*ring.T) for ring in rings(axes)]
    assert len(losses) >= 5
    for values in losses:
        assert_allclose(values, values[0], rtol=1e-6)
        digits, _ = f"{values[0]:.6e}".split("e")
        assert_allclose(float(digits) * 10, round(float(digits) * 10), atol=1e-4)


def test_the_numbers_on_contours_are_their_losses() -> None:
    axes, _ = drawn(GLIDING)
    numbers = [text for text in axes.texts if text.get_color() == ROLES["quiet"].light]
    assert numbers[0].get_text().startswith("L = ")
    for text in numbers:
        place = axes.transData.inverted().transform(axes.transAxes.transform(text.get_position()))
        assert_allclose(loss(*place[:, None]), float(text.get_text().removeprefix("L = ")), rtol=1e-6)


def test_the_arrows_at_the_bottom_are_eigenvectors_with_their_eigenvalues() -> None:
    axes, _ = drawn(GLIDING)
    hessian = 2 * np.cov(np.array([runs.X, np.ones(len(runs.X))]), bias=True)
    hessian += 2 * np.outer([np.mean(runs.X), 1], [np.mean(runs.X), 1])
    bottom = np.polyfit(runs.X, runs.Y, 1)
    arrows = [text for text in axes.texts if getattr(text, "arrow_patch", None) is not None]
    values = [float(t.get_text().split(" = ")[1]) for t in axes.texts if t.get_text().startswith("λ")]
    assert len(arrows) == len(values) == 2
    for arrow, value in zip(arrows, values, strict=True):
        along = np.array(arrow.xy) - bottom
        assert_allclose(hessian @ along, value * along, rtol=5e-3)
    assert values[0] < values[1]


def test_the_path_is_the_run() -> None:
    axes, part = drawn(ALTERNATING)
    part.show(7)
    steps, dots, here, outside = part.movers
    path = in_units_of_w_and_b(axes, steps)
    assert_allclose(path[0::3], ALTERNATING.params[:7], rtol=1e-5)
    assert_allclose(path[1::3], ALTERNATING.params[1:8], rtol=1e-5)
    assert_allclose(in_units_of_w_and_b(axes, dots), ALTERNATING.params[:8], rtol=1e-5)
    assert_allclose(in_units_of_w_and_b(axes, here), ALTERNATING.params[[7]], rtol=1e-5)
    assert not len(outside.get_xdata())


def test_start_bottom_and_a_path_that_stays_near_are_in_the_window() -> None:
    for record in (GLIDING, ALTERNATING):
        axes, _ = drawn(record)
        seen = np.concatenate([record.params, [np.polyfit(runs.X, runs.Y, 1)]])
        assert axes.get_xlim()[0] < seen[:, 0].min() <= seen[:, 0].max() < axes.get_xlim()[1]
        assert axes.get_ylim()[0] < seen[:, 1].min() <= seen[:, 1].max() < axes.get_ylim()[1]


def test_a_path_that_leaves_the_window_is_cut_at_its_edge_and_an_arrow_head_says_where_it_went() -> None:
    _, part = drawn(EXPLODING)
    steps, dots, here, outside = part.movers
    sides = []
    for t in (3, 4, 5, 6):
        part.show(t)
        assert not len(here.get_xdata())
        sides.append(outside.get_xdata()[0] > 0.5)
        assert np.sign(EXPLODING.params[t, 0]) == (1 if sides[-1] else -1)
        places = np.array([*steps.get_data(), *dots.get_data()], dtype=object)
        for values in places:
            finite = np.asarray(values, dtype=float)[np.isfinite(np.asarray(values, dtype=float))]
            assert -1e-6 <= finite.min() <= finite.max() <= 1 + 1e-6
    assert sides in ([True, False] * 2, [False, True] * 2)


def test_a_place_that_is_no_number_is_not_shown() -> None:
    _, part = drawn(EXPLODING)
    part.show(200)
    assert np.isnan(EXPLODING.params[200]).all()
    assert [len(mover.get_xdata()) for mover in part.movers[2:]] == [0, 0]


def test_equal_axes_make_the_gradient_stand_upright_on_the_contours() -> None:
    axes, _ = drawn(GLIDING, equal=True)
    box = axes.get_window_extent()
    assert_allclose(np.diff(axes.get_xlim()) / box.width, np.diff(axes.get_ylim()) / box.height)


@pytest.mark.parametrize("record", [GLIDING, ALTERNATING, EXPLODING])
def test_a_pass_shows_the_first_steps_one_by_one_and_rests_on_the_last(record: Run) -> None:
    times = landscape.timeline([record])
    assert times.shown[:4] == (0, 1, 2, 3)
    assert times.shown[-1] == record.epochs_run
    assert min(times.delays_ms[:4]) >= 250
    assert times.delays_ms[-1] == pacing.HOLD_MS
    assert sum(times.delays_ms) <= 5000


@pytest.fixture(scope="module", params=[GLIDING, EXPLODING], ids=["gliding", "exploding"])
def picture(request: pytest.FixtureRequest) -> Animation:
    return landscape.draw([request.param])


def test_the_picture_has_its_size_and_does_not_flash(picture: Animation) -> None:
    kind = KINDS["landscape"]
    assert picture.first.shape == (kind.height * canvas.SCALE, kind.width * canvas.SCALE)
    assert flashes.most_in_a_second(picture) <= 3
    assert len(encode(picture)[".gif"]) < 400_000


@pytest.mark.parametrize("equal", [False, True])
@pytest.mark.parametrize(
    "record",
    [
        pytest.param(runs.descended(0.02, 800, dtype="float64"), id="up to the largest float64"),
        pytest.param(runs.descended(0.1, 5, x=[2.0, 2.0, 2.0], y=[1.0, 2.0, 3.0]), id="all x equal"),
        pytest.param(runs.descended(0.1, 5, x=[2.0, 2.0], y=[3.0, 3.0]), id="all points equal"),
        pytest.param(runs.descended(0.1, 5, x=[2.0], y=[1.0]), id="one point"),
        pytest.param(runs.descended(0.1, 5, x=[0.0, 1.0], y=[0.0, 0.0], start=(0.0, 0.0)), id="starts at the bottom"),
        pytest.param(runs.descended(0.1, 5, start=(1e38, 0.0)), id="a first loss of inf"),
        pytest.param(runs.descended(1e30, 5), id="one leap out of sight"),
        pytest.param(runs.descended(0.1, 5, x=[1e-30, 2e-30], y=[1e-30, 1e-30], start=(0.0, 0.0)), id="tiny"),
        pytest.param(runs.descended(1e-10, 5, x=[20000.0, 20001.0, 20002.0], y=[1.0, 2.0, 3.0]), id="days since 1970"),
        pytest.param(runs.descended(0.003, 1), id="one epoch"),
        pytest.param(runs.descended(0.0078, 40_000), id="a long zigzag"),
    ],
)
def test_extreme_runs_are_drawn(record: Run, equal: bool) -> None:
    picture = landscape.draw([record], equal=equal)
    assert len(np.unique(picture.first)) > 3, "the page is not empty"
    assert runs.alt_text("landscape", [record], equal=equal).endswith(".")


def test_a_trough_without_an_end_has_parallel_contours() -> None:
    record = runs.descended(0.05, 30, x=[2.0, 2.0, 2.0], y=[1.0, 2.0, 3.0], start=(3.0, 0.0))
    axes, part = drawn(record)
    found = rings(axes)
    assert len(found) >= 3
    for ring in found:
        residuals = np.abs(2 * ring[:, 0] + ring[:, 1] - 2)
        assert_allclose(residuals, residuals[0], rtol=1e-6)
    part.show(30)
    assert_allclose(in_units_of_w_and_b(axes, part.movers[2]), record.params[[30]], rtol=1e-5)


def test_the_alt_text_says_how_the_path_goes_and_ends() -> None:
    gliding, exploding = (runs.alt_text("landscape", [record]) for record in (GLIDING, EXPLODING))
    assert "bends into the valley" in gliding
    assert f"w = {GLIDING.params[-1, 0]:.2f}"[:-1] in gliding
    assert "each crossing longer" in exploding
    assert "leaves the picture" in exploding


@pytest.mark.parametrize("record", [GLIDING, ALTERNATING])
def test_contours_can_be_those_on_which_the_first_states_lie(record: Run) -> None:
    axes = canvas.plot(canvas.canvas(KINDS["landscape"]), left=56, top=62, width=646, height=324)
    landscape.panel(axes, [record], equal=True, through=3)
    losses = sorted(float(loss(*ring[:1].T)[0]) for ring in rings(axes))
    assert_allclose(losses, sorted(loss(*record.params[:3].T.astype(np.float64))), rtol=1e-5)
    assert "through the first 3 states" in runs.alt_text("landscape", [record], equal=True, through=3)
    assert "through" not in runs.alt_text("landscape", [record])
