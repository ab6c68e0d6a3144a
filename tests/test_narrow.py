"""Pictures for telephones: every kind on 340 CSS pixels, type large enough, nothing cut off or on top of another."""

from __future__ import annotations

import importlib
import io
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from PIL import Image

from generator.descent.sweeping import sweep
from generator.figures import gif
from generator.figures.animation import Animation
from generator.figures.canvas import SCALE, Part
from generator.figures.catalogue import KINDS, NARROW, Request
from generator.figures.drawing import DRAWN_BY, draw, draw_narrow
from generator.figures.pacing import Timeline
from generator.figures.render import render
from generator.figures.style import TYPE
from generator.figures.text import font
from generator.making import products
from generator.making.products import FRAMES_FILE
from tests import runs

LEAST_TYPE, LEAST_INDEX = 11, 9  # CSS pixels; indices are characters of their own in a label
PICTURE_AT_390 = 358  # CSS pixels: the width of the page, less its margins
MOST_BYTES = 15_000
MOST_BYTES_OF = {"cobweb": 21_000, "race": 22_000}  # of many panels

STANDARDISED: dict[str, Any] = {"input": {"standardize": True}, "target": {"standardize": True}}
RUNS = {
    "arrives": lambda: runs.record("scaled-input"),
    "crawls": lambda: runs.record("rate-too-small"),
    "overflows": lambda: runs.record("rate-too-large"),
    "explodes late": lambda: runs.record("falls-then-explodes"),
    "momentum": lambda: runs.record("momentum"),
    "huge numbers": lambda: runs.of_points([1e38, 2e38, 3e38], [-3e38, 1e38, 3e38]),
    "huge numbers in double": lambda: runs.of_points(
        [-3e38, 3e38], [3e38, -3e38], rate=3e38, epochs=50, start=(3e38, -3e38), dtype="float64"
    ),
    "long equation": lambda: runs.of_points([0, 1, 2], [1, 2, 2], start=(-1.25e30, -8.88e30), rate=1e-30, epochs=3),
    "standardised": lambda: runs.of_points(
        [3, 8, 14, 21], [1e5, 2.2e5, 3.9e5, 4.1e5], rate=0.1, epochs=60, **STANDARDISED
    ),
}
OF_ONE: dict[str, list[dict[str, Any]]] = {
    "fit": [{}],
    "landscape": [{}, {"equal": True}],
    "loss_curve": [{}, {"scale": "log"}],
    "modes": [{}],
    "parabola": [{"axis": "w"}, {"axis": "b"}],
    "squares": [{}],
    "squares_still": [{}],
}
OF_SEVERAL = [
    ("race", ["arrives", "momentum"]),
    ("race", ["arrives", "standardised", "overflows"]),
    ("race", ["arrives", "crawls", "momentum", "standardised"]),
    ("squares_still", ["arrives", "overflows"]),
]
PRODUCTS = [(), (0.2, 1.8), (1.0,), (0.2, 1.8, 1e300, 1.23456), (0.2, 1.0, 1.8, 1.99, 2.0, 2.2)]
CASES = [
    *(
        (kind, [name], options)
        for kind, several in OF_ONE.items()
        for options in several
        for name in RUNS
        if kind != "modes"
    ),
    *(("modes", [name], {}) for name in RUNS if name != "long equation"),  # there nothing moves
    *((kind, names, {}) for kind, names in OF_SEVERAL),
    *(("cobweb", [], {"products": products} if products else {}) for products in PRODUCTS),
    ("sweep", ["a sweep"], {}),
]


def request(kind: str, names: Sequence[str], options: dict[str, Any]) -> Request:
    return Request(kind, tuple(name.replace(" ", "-") for name in names), tuple(sorted(options.items())))


def results(kind: str, names: Sequence[str]) -> list[Any]:
    if kind == "sweep":
        return [sweep(runs.SCENARIOS["scaled-best-rate"])]
    return [RUNS[name]() for name in names]


@pytest.fixture(params=CASES, ids=lambda case: "-".join([case[0], *case[1], *map(str, case[2].values())]))
def case(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def drawn(case: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Animation, Figure, list[Part]]:
    """A narrow picture, and what it was rendered from."""
    kind, names, options = case
    seen: list[Any] = []

    def look(figure: Figure, parts: Sequence[Part], timeline: Timeline) -> Animation:
        seen.extend([figure, [*parts]])
        return render(figure, parts, timeline)

    monkeypatch.setattr(importlib.import_module(DRAWN_BY[kind].__module__), "render", look)
    animation = draw_narrow(request(kind, names, options), results(kind, names))
    assert animation
    return animation, *seen


def texts(figure: Figure, parts: Sequence[Part], t: int) -> list[Text]:
    """Those that can be read at state t."""
    later = {artist for part in parts for state, group in part.arrivals.items() if state > t for artist in group}
    found: list[Any] = [*figure.texts]
    for axes in figure.axes:
        found += axes.texts
        if axes.axison:
            for axis in (axes.xaxis, axes.yaxis):
                found += [axis.label, *(tick.label1 for tick in axis._update_ticks() if tick.label1.get_visible())]
    return [text for text in found if text.get_text().strip() and text not in later]


@pytest.mark.filterwarnings("error")
def test_type_is_large_enough_stays_on_the_page_and_off_other_type(case: Any, drawn: Any) -> None:
    kind, names, options = case
    animation, figure, parts = drawn
    width, height = request(kind, names, options).narrow or (0, 0)
    assert animation.first.shape == (SCALE * height, SCALE * width) == (SCALE * height, SCALE * NARROW)
    for t in animation.shown:
        for part in parts:
            part.show(t)
        read = texts(figure, parts, t)
        assert min(text.get_fontsize() for text in read) >= LEAST_TYPE
        boxes = [(text.get_text(), text.get_window_extent()) for text in read]
        for said, box in boxes:
            assert box.x0 >= 0, said
            assert box.x1 <= SCALE * width, said
            assert box.y0 >= 0, said
            assert box.y1 <= SCALE * height, said
        for (one, box), (other, next_to) in itertools.combinations(boxes, 2):
            across = min(box.x1, next_to.x1) - max(box.x0, next_to.x0)
            assert across < 4 or min(box.y1, next_to.y1) - max(box.y0, next_to.y0) < 6, (one, other)


@pytest.mark.parametrize("face", ["regular", "italic", "semibold"])
@pytest.mark.parametrize("index", "⁰³⁸₀")
def test_indices_can_be_read_on_a_telephone(face: str, index: str) -> None:
    """In the smallest type of a narrow picture, on a page of 390 CSS pixels: no less high than digits of 9 pixels."""
    index_height, digit_height = (
        np.ptp(TextPath((0, 0), character, prop=font("small", face)).vertices[:, 1]) for character in (index, "0")
    )
    assert TYPE["small"] * index_height / digit_height * PICTURE_AT_390 / NARROW >= LEAST_INDEX


def test_nothing_is_cut_off_at_the_edge_of_the_page(drawn: Any) -> None:
    animation, *_ = drawn
    for frame in (animation.first, animation.last):
        edge = np.concatenate([frame[0], frame[-1], frame[:, 0], frame[:, -1]])
        assert (edge == frame[0, 0]).all()


def test_files_are_small(case: Any, drawn: Any) -> None:
    kind, *_ = case
    files = gif.stills(drawn[0], ".narrow")
    moves = KINDS[kind].animated
    assert {*files} == {
        f"{first}.narrow{theme}.png" for first in ("", ".first")[: 1 + moves] for theme in ("", ".dark")
    }
    assert max(map(len, files.values())) <= MOST_BYTES_OF.get(kind, MOST_BYTES)


def test_every_kind_but_that_for_paper_has_a_narrow_picture() -> None:
    assert {kind for kind, *_ in CASES} == KINDS.keys() - {"filmstrip"}
    assert draw_narrow(Request("filmstrip", ("arrives",)), [RUNS["arrives"]()]) is None


def test_the_stills_are_of_the_first_state_and_the_last() -> None:
    """As on the wide page: in both themes, and the same to the byte each time."""
    asked, shown = Request("parabola", ("arrives",), (("axis", "w"),)), [RUNS["arrives"]()]
    files = products.draw(asked, shown)
    assert files == products.draw(asked, shown)
    narrow = draw_narrow(asked, shown)
    assert narrow
    assert (narrow.shown[0], narrow.shown[-1]) == (0, draw(asked, shown).shown[-1])
    for name, frame in (("", narrow.last), (".first", narrow.first)):
        for theme, end in gif.SUFFIXES.items():
            with Image.open(io.BytesIO(files[f"{name}.narrow{end}.png"])) as picture:
                assert picture.size == (SCALE * NARROW, SCALE * 366)
                np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), narrow.palettes[theme][frame])
    assert FRAMES_FILE in files


def test_panels_stand_above_each_other_where_a_wide_picture_has_them_side_by_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def places(kind: str, names: Sequence[str]) -> list[tuple[float, float]]:
        figures: list[Figure] = []
        module = importlib.import_module(DRAWN_BY[kind].__module__)
        monkeypatch.setattr(module, "render", lambda figure, *rest: figures.append(figure) or render(figure, *rest))
        draw_narrow(request(kind, names, {}), results(kind, names))
        shown: list[Axes] = [axes for axes in figures[0].axes if axes.axison]
        return [(round(axes.get_position().x0, 1), round(axes.get_position().y0, 2)) for axes in shown]

    two = places("race", ["arrives", "momentum"])
    assert two[0][0] == two[1][0]
    assert two[0][1] > two[1][1]
    four = places("race", ["arrives", "crawls", "momentum", "overflows"])
    assert four[0][1] == four[1][1] > four[2][1] == four[3][1]
    assert four[0][0] == four[2][0] < four[1][0] == four[3][0]
    linear, log = places("loss_curve", ["arrives"])
    assert linear[0] == log[0]
    assert linear[1] > log[1]
