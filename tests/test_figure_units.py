"""Pictures of a run whose y was transformed: of which y they are, and of which its loss, stands in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from generator.descent.sweeping import sweep
from generator.figures import units
from generator.figures.kinds import filmstrip, fit, landscape, loss_curve, parabola, squares
from generator.figures.kinds import sweep as sweep_picture
from generator.numerals import brief
from tests import runs

X, Y = [1.0, 2.0, 6.0], [10.0, 30.0, 20.0]
KINDS = [fit, landscape, parabola, loss_curve, filmstrip]


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that are drawn, while they are drawn to no frames."""
    made: list[Figure] = []

    def keep(figure: Figure, *_: Any, **__: Any) -> None:
        made.append(figure)

    for module in (*KINDS, sweep_picture, squares):
        monkeypatch.setattr(module, "render", keep)
    return made


def written(figure: Figure) -> str:
    """All text outside the axes, letter by letter as it was written."""
    return "".join(text.get_text() for text in figure.texts)


@pytest.mark.parametrize(
    ("target", "symbols"),
    [
        ({}, "y"),
        ({"scale": 0.1}, "0.1 y"),
        ({"center": True}, "y − 20"),
        ({"center": True, "scale": 0.5}, "0.5 (y − 20)"),
        ({"standardize": True}, f"(y − 20) / {brief(float(np.std(Y)))}"),
    ],
)
def test_what_was_done_to_y_is_written_in_symbols(target: dict[str, Any], symbols: str) -> None:
    assert units.of_y(runs.of_points(X, Y, target=target)) == symbols


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        ("mean", "L = ∑ (ŷ′ − y′)² / n"), ("sum", "L = ∑ (ŷ′ − y′)²"),
        ("half", "L = ∑ (ŷ′ − y′)² / 2n"), ("half_sum", "L = ∑ (ŷ′ − y′)² / 2"),
    ],
)  # fmt: skip
def test_the_loss_that_is_written_down_is_the_one_that_was_computed(loss: str, said: str) -> None:
    run = runs.of_points(X, Y, rate=1e-3, epochs=2, target={"scale": 0.1}, loss=loss)
    assert units.legend(run)[0] == said
    w, b = run.start
    squares = sum((w * x + b - 0.1 * y) ** 2 for x, y in zip(X, Y, strict=True))
    share = {" / n": 1 / 3, "": 1.0, " / 2n": 1 / 6, " / 2": 1 / 2}[said.removeprefix("L = ∑ (ŷ′ − y′)²")]
    assert run.initial_loss == pytest.approx(squares * share, rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_says_of_which_y_it_is_and_keeps_silent_where_y_is_as_it_was(
    kind: Any, figures: list[Figure]
) -> None:
    for parts in ({"target": {"scale": 0.1}}, {"target": {"scale": 0.1}, "input": {"center": True}}, {}):
        kind.draw([runs.of_points(X, Y, epochs=4, **parts)])
    scaled, both, plain = map(written, figures)
    assert "L = ∑ (ŷ′ − y′)² / n,   y′ = 0.1 y" in scaled
    assert "L = ∑ (ŷ′ − y′)² / n,   x′ = x − 3,   y′ = 0.1 y" in both
    assert "′" not in plain


def test_the_fit_calls_what_was_transformed_by_another_name(figures: list[Figure]) -> None:
    for parts in (
        {"target": {"scale": 0.1}}, {"target": {"scale": 0.1}, "input": {"scale": 0.5}}, {"input": {"scale": 0.5}}
    ):  # fmt: skip
        fit.draw([runs.of_points(X, Y, epochs=4, **parts)])
    axes = [figure.axes[0] for figure in figures]
    assert [(a.get_xlabel(), a.get_ylabel()) for a in axes] == [("x", "y′"), ("x′", "y′"), ("x", "y")]


def test_the_line_is_called_y_hat_and_y_is_what_was_measured(figures: list[Figure]) -> None:
    for kind in (fit, squares):
        kind.draw([runs.of_points(X, Y, epochs=4)])
    fit.draw([runs.of_points(X, Y, epochs=4, target={"scale": 0.1})])
    texts = [[text.get_text() for text in figure.texts] for figure in figures]
    called = [[text for text in each if text in ("y", "y′", "ŷ", "ŷ′")] for each in texts]
    assert called[:2] == [["ŷ"], ["ŷ"]]
    assert "ŷ′" in called[2]


def test_a_sweep_says_of_which_y_its_losses_are(figures: list[Figure]) -> None:
    for target in ({"standardize": True}, {}):
        sweep_picture.draw([sweep(runs.make(X, Y, 0.01, 5, target=target), [0.01, 0.02], 5)])
    standardised, plain = map(written, figures)
    assert f"y′ = (y − 20) / {brief(float(np.std(Y)))}" in standardised
    assert "′" not in plain


def test_squares_of_y_as_it_was_given_stand_beside_no_loss_of_another_y(figures: list[Figure]) -> None:
    for target in ({"scale": 0.1}, {"center": True}):
        filmstrip.draw([runs.of_points(X, Y, epochs=4, target=target)], of="squares")
    scaled, centred = map(written, figures)
    assert "L" not in scaled
    assert "L" in centred


@pytest.mark.parametrize("kind", [fit, landscape, parabola, loss_curve])
def test_the_longest_legend_covers_nothing_and_stays_on_the_page(kind: Any, figures: list[Figure]) -> None:
    x = [value * 1.2345e6 for value in X]
    y = [-123456.0 + value * 1.2345e7 for value in Y]
    both = {"standardize": True}
    kind.draw([runs.of_points(x, y, rate=0.1, epochs=30, input=both, target=both)])
    (figure,) = figures
    page = figure.bbox
    legend = next(text for text in figure.texts if text.get_text() == "∑")
    row = [text for text in figure.texts if text.get_position()[1] == legend.get_position()[1]]
    boxes = [text.get_window_extent() for text in row if text.get_text().strip()]
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 for box in boxes)
    labels = [text for a in figure.axes for text in (a.xaxis.label, *a.get_xticklabels())]
    for label in labels:
        assert not any(box.overlaps(label.get_window_extent()) for box in boxes if label.get_text())
