"""What the squares show, looked up in the drawing."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from numpy.testing import assert_allclose

from generator.figures import canvas
from generator.figures.catalogue import KINDS
from generator.figures.gif import encode
from generator.figures.kinds import squares, squares_still
from generator.numerals import number
from generator.runs.analysis import Run
from tests import flashes, runs

GLIDING = runs.descended(rate=0.001, epochs=3000)
ALTERNATING = runs.descended(rate=0.0069, epochs=60)
EXPLODING = runs.descended(rate=0.02, epochs=200)


def drawn(record: Run, t: int) -> tuple[Axes, canvas.Part]:
    axes = canvas.plot(canvas.canvas(KINDS["squares"]), left=44, top=62, width=440, height=306)
    part = squares.panel(axes, [record])
    part.show(t)
    return axes, part


def outlines(part: canvas.Part) -> np.ndarray:
    """The squares' corners (n, 4, 2)."""
    return np.array([path.vertices[:4] for path in part.movers[1].get_paths()])


@pytest.mark.parametrize("t", [0, 1, 40])
def test_each_residual_is_a_side_of_its_square(t: int) -> None:
    _, part = drawn(ALTERNATING, t)
    w, b = ALTERNATING.params[t].astype(float)
    corners = outlines(part)
    assert_allclose(corners[:, 0], np.column_stack([runs.X, runs.Y]))
    assert_allclose(corners[:, 1], np.column_stack([runs.X, w * np.array(runs.X) + b]), rtol=1e-5)
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2)
    assert_allclose(sides, np.repeat(np.abs(w * np.array(runs.X) + b - runs.Y)[:, None], 4, axis=1), rtol=1e-4)


def test_squares_are_squares_on_the_page() -> None:
    axes, _ = drawn(GLIDING, 0)
    box = axes.get_window_extent()
    assert_allclose(np.diff(axes.get_xlim()) / box.width, np.diff(axes.get_ylim()) / box.height)


def test_no_square_is_cut_by_a_line_that_rises_like_the_best() -> None:
    _, part = drawn(GLIDING, 3000)
    w, b = GLIDING.params[-1].astype(float)
    for corners in outlines(part):
        heights = corners[:, 1] - (w * corners[:, 0] + b)
        heights[np.abs(heights) < 1e-6] = 0
        assert (heights >= 0).all() or (heights <= 0).all()


def test_the_lone_square_has_the_average_area_on_the_same_scale() -> None:
    figure = canvas.canvas(KINDS["squares"])
    parts = squares.column(figure, GLIDING, squares.view([(GLIDING, 0)]), left=44, across=662)
    for part in parts:
        part.show(0)
    many, lone = figure.axes
    (square,) = lone.patches
    areas = [(y - x) ** 2 for x, y in zip(runs.X, runs.Y, strict=True)]  # from the line y = 1 x + 0
    assert_allclose(square.get_width() ** 2, np.mean(areas), rtol=1e-6)
    assert_allclose(square.get_height() ** 2, np.mean(areas), rtol=1e-6)
    scales = [np.ptp(axes.get_xlim()) / axes.get_window_extent().width for axes in (many, lone)]
    assert_allclose(*scales)
    assert f"= {np.mean(areas):.3f}" in [text.get_text() for text in figure.texts]


@pytest.mark.parametrize(("loss", "name"), [("sum", "L/ n "), ("half", "2L"), ("half_sum", "2L/ n ")])
def test_the_square_is_the_average_whatever_the_loss(loss: str, name: str) -> None:
    record = runs.of_points(runs.X, runs.Y, rate=1e-4, epochs=3, loss=loss)
    figure = canvas.canvas(KINDS["squares"])
    for part in squares.column(figure, record, squares.view([(record, 0)]), left=44, across=662):
        part.show(0)
    average = np.mean((np.array(runs.X) - runs.Y) ** 2)
    assert_allclose(figure.axes[1].patches[0].get_width() ** 2, average, rtol=1e-6)
    assert name + f"= {average:.3f}" in "".join(text.get_text() for text in figure.texts)


def test_scaled_x_is_drawn_as_it_was_given() -> None:
    plain, scaled = runs.record("rate-too-small"), runs.record("scaled-input")
    _, part = drawn(scaled, 1000)
    assert_allclose(outlines(part)[:, 0], np.column_stack([plain.x, plain.y]), rtol=1e-6)
    slope, height = np.polyfit(plain.x.astype(float), plain.y.astype(float), 1)
    (x0, x1), (y0, y1) = part.movers[2].get_data()
    assert_allclose([(y1 - y0) / (x1 - x0), y0 - (y1 - y0) / (x1 - x0) * x0], [slope, height], rtol=2e-3)


@pytest.mark.parametrize("target", [{"scale": 0.1}, {"center": True}, {"standardize": True}])
def test_a_transformed_target_is_drawn_as_it_was_given(target: dict[str, object]) -> None:
    record = runs.of_points(runs.X, runs.Y, rate=1e-4, epochs=3, start=(0, 0), target=target)
    _, part = drawn(record, 3)
    assert_allclose(outlines(part)[:, 0], np.column_stack([runs.X, runs.Y]), rtol=1e-6)
    weight, bias = record.in_original_units(record.final_parameters)
    (x0, x1), (y0, y1) = part.movers[2].get_data()
    assert_allclose([y0, y1], [weight * x0 + bias, weight * x1 + bias], rtol=1e-5)

    figure = canvas.canvas(KINDS["squares"])
    for part in squares.column(figure, record, squares.view([(record, 0)]), left=44, across=662):
        part.show(0)
    start = record.in_original_units((0, 0))
    average = np.mean((start[0] * np.array(runs.X) + start[1] - runs.Y) ** 2)
    assert_allclose(figure.axes[1].patches[0].get_width() ** 2, average, rtol=1e-5)
    named = "L= " if target == {"center": True} else ""
    assert named + number(average) in "".join(text.get_text() for text in figure.texts)
    assert ("L" in [text.get_text() for text in figure.texts]) == bool(named)


def test_a_square_larger_than_the_picture_is_an_outline_alone() -> None:
    axes, part = drawn(EXPLODING, 3)
    sides = np.ptp(outlines(part)[..., 1], axis=1)
    large = sides > np.ptp(axes.get_ylim())
    assert large.any()
    assert len(part.movers[0].get_paths()) == (~large).sum()


def test_a_line_that_is_no_more_has_no_squares() -> None:
    _, part = drawn(EXPLODING, 200)
    assert len(part.movers[1].get_paths()) == 0
    assert len(part.movers[2].get_xdata()) == 0


def test_one_in_many_points_is_drawn_and_the_picture_says_so() -> None:
    generator = np.random.default_rng(1)
    x = generator.uniform(0, 10, 100_000)
    record = runs.descended(0.01, 3, x=x.tolist(), y=(2 * x + generator.normal(size=len(x))).tolist())
    axes, part = drawn(record, 0)
    assert len(outlines(part)) == 150
    assert "n = 150 / 100000" in [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("record", [GLIDING, ALTERNATING, EXPLODING])
def test_a_pass_is_short_enough_and_does_not_flash(record: Run) -> None:
    picture = squares.draw([record])
    kind = KINDS["squares"]
    assert picture.first.shape == (kind.height * canvas.SCALE, kind.width * canvas.SCALE)
    assert picture.shown[:4] == (0, 1, 2, 3)
    assert picture.shown[-1] == record.epochs_run
    assert sum(picture.delays_ms) <= 5000
    assert picture.delays_ms[-1] == max(picture.delays_ms)
    assert flashes.most_in_a_second(picture) <= 3
    assert len(encode(picture)[".gif"]) < 400_000


def test_two_stills_share_one_scale() -> None:
    other = runs.descended(rate=0.001, epochs=3000, y=[*runs.Y[:-1], 90.0])
    figure = canvas.canvas(KINDS["squares_still"])
    window = squares.view([(GLIDING, 3000), (other, 3000)])
    for place, record in enumerate((GLIDING, other)):
        squares.column(figure, record, window, left=44 + 353 * place, across=309)
    spans = [np.ptp(axes.get_ylim()) for axes in figure.axes]
    assert_allclose(spans, spans[0])
    assert window[3] > 90
    picture = squares_still.draw([GLIDING, other])
    assert not picture.patches
    assert len(runs.alt_text("squares_still", [GLIDING, other]).split("average area")) == 3


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(runs.descended(0.02, 800, dtype="float64"), id="up to the largest float64"),
        pytest.param(runs.descended(0.1, 5, x=[2.0, 2.0, 2.0], y=[1.0, 2.0, 3.0]), id="all x equal"),
        pytest.param(runs.descended(0.1, 5, x=[2.0, 2.0], y=[3.0, 3.0]), id="all points equal"),
        pytest.param(runs.descended(0.1, 5, x=[2.0], y=[1.0]), id="one point"),
        pytest.param(runs.descended(0.1, 5, x=[0.0, 1.0], y=[0.0, 0.0], start=(0.0, 0.0)), id="a perfect fit"),
        pytest.param(runs.descended(0.1, 5, start=(1e38, 0.0)), id="a line far outside"),
        pytest.param(runs.descended(0.1, 5, x=[1e-30, 2e-30], y=[1e-30, 1e-30], start=(0.0, 0.0)), id="tiny"),
        pytest.param(runs.descended(0.003, 1), id="one epoch"),
    ],
)
def test_extreme_runs_are_drawn(record: Run) -> None:
    for name, picture in (("squares", squares.draw([record])), ("squares_still", squares_still.draw([record]))):
        assert len(np.unique(picture.first)) > 3, "the page is not empty"
        assert runs.alt_text(name, [record]).endswith(".")


def test_the_alt_text_says_what_the_squares_do() -> None:
    assert f"from {GLIDING.losses[0]:.0f} to" in runs.alt_text("squares", [GLIDING])
    assert "outgrow the picture" in runs.alt_text("squares", [EXPLODING])
