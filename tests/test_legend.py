"""What is said beside a figure of its marks and letters: all that is drawn in a role's colour, and nothing else."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text

from generator.descent.sweeping import sweep
from generator.figures.canvas import Part
from generator.figures.catalogue import KINDS, Mark, Request, Symbol
from generator.figures.drawing import DRAWN_BY
from generator.figures.pacing import Timeline
from generator.figures.render import render
from generator.figures.style import ROLES
from generator.pages.legends import legends, words_named
from tests import runs, tiny

CASES: dict[str, tuple[str, list[str], dict[str, Any]]] = {
    "fit": ("fit", ["scaled-input"], {}),
    "squares": ("squares", ["scaled-input"], {}),
    "two of squares": ("squares_still", ["scaled-input", "rate-too-small"], {}),
    "a loss that falls": ("loss_curve", ["rate-too-small"], {}),
    "a loss that explodes": ("loss_curve", ["rate-too-large"], {}),
    "landscape": ("landscape", ["scaled-input"], {}),
    "parabola": ("parabola", ["scaled-input"], {}),
    "modes": ("modes", ["rate-too-small"], {}),
    "cobweb": ("cobweb", [], {}),
    "race": ("race", ["scaled-input", "momentum"], {}),
    "sweep": ("sweep", ["scaled-best-rate"], {}),
}
NAMES = {role.light: name for name, role in ROLES.items()}
# What each mark may be drawn as.
SHAPES = {
    "dot": "points", "line": "a line", "dashed": "a dashed line", "band": "a line", "ring": "a line", "cross": "points",
}  # fmt: skip


def request(kind: str, ids: Sequence[str], options: dict[str, Any]) -> Request:
    return Request(kind, tuple(ids), tuple(sorted(options.items())))


def results(kind: str, ids: Sequence[str]) -> list[Any]:
    return [sweep(runs.SCENARIOS[id]) if kind == "sweep" else runs.record(id) for id in ids]


def shown(figure: Figure, parts: Sequence[Part], states: Sequence[int]) -> set[tuple[str, str]]:
    """Role and shape of all that is on the axes in one of these states, but the axes themselves."""
    found: set[tuple[str, str]] = set()
    for t in states:
        for part in parts:
            part.show(t)
        for axes in figure.axes:
            seen = [artist for artist in axes.get_children() if artist.get_visible() and artist is not axes.patch]
            found |= {(NAMES[to_hex(colour)], shape) for artist in seen for colour, shape in shapes(artist)}
    return found


def shapes(artist: Artist) -> Iterator[tuple[Any, str]]:
    """The colour of an artist, and what it is."""
    if isinstance(artist, Line2D):
        if not np.isfinite(np.asarray(artist.get_xdata(), dtype=float)).any():
            return
        if artist.get_linestyle() != "None":
            yield artist.get_color(), "a dashed line" if artist.is_dashed() else "a line"
        if artist.get_marker() not in ("None", None, ""):
            yield artist.get_color(), "points"
    elif isinstance(artist, PolyCollection | Rectangle):
        yield from ((colour, "squares") for colour in np.atleast_2d(artist.get_edgecolor()) if len(colour))
    elif isinstance(artist, Annotation) and artist.arrow_patch and (artist.arrowprops or {}).get("arrowstyle") != "-":
        yield artist.arrow_patch.get_edgecolor(), "an arrow"


@pytest.fixture(params=CASES)
def drawn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Figure, set[tuple[str, str]]]:
    """The legend of a figure, the figure as it was rendered, and what was in it."""
    kind, ids, options = CASES[request.param]
    seen: list[Any] = []

    def look(figure: Figure, parts: Sequence[Part], timeline: Timeline) -> Any:
        seen.append((figure, shown(figure, parts, timeline.shown)))
        return render(figure, parts, timeline)

    module = importlib.import_module(DRAWN_BY[kind].__module__)
    monkeypatch.setattr(module, "render", look)
    of = results(kind, ids)
    DRAWN_BY[kind](of, **options)
    ((figure, marks),) = seen
    return legends(Request(kind, tuple(ids), tuple(options.items())), of).picture, figure, marks


def test_each_mark_that_is_named_is_drawn_in_that_colour_and_shape(drawn: Any) -> None:
    legend, _, marks = drawn
    for key in (entry for entry in legend if isinstance(entry, Mark)):
        if key.shape == "arrow":  # the head of the step is a marker, whose direction changes
            assert {(key.role, "an arrow"), (key.role, "points")} & marks, key
        else:
            assert (key.role, SHAPES.get(key.shape, "squares")) in marks, key


def test_whatever_is_drawn_in_the_colour_of_a_role_is_named(drawn: Any) -> None:
    legend, _, marks = drawn
    named = {entry.role for entry in legend if isinstance(entry, Mark)}
    roles = {role for role, _ in marks} - {"background", "grid"}
    # Thin grey guides need no name: a diagonal, a drop to the axis, where numbers end.
    assert roles - {"quiet"} <= named


def test_each_letter_that_is_explained_stands_in_the_picture(drawn: Any) -> None:
    legend, figure, _ = drawn
    written = "".join(text.get_text() for text in figure.findobj(Text))
    for symbol in (entry for entry in legend if isinstance(entry, Symbol)):
        for letter in symbol.letter.split(", "):
            assert letter in written, symbol
        assert symbol.index in written


def test_every_kind_has_a_legend_but_the_strip_that_has_that_of_its_moments() -> None:
    assert {name for name, kind in KINDS.items() if not kind.legend} == {"filmstrip"}
    moments = legends(request("filmstrip", ["scaled-input"], {"of": "landscape"}), results("", ["scaled-input"]))
    assert moments.picture == KINDS["landscape"].legend


def test_no_prediction_is_named_where_theory_says_nothing_in_the_picture() -> None:
    def words(id: str) -> set[str]:
        return {entry.word for entry in legends(request("loss_curve", [id], {}), [runs.record(id)]).picture}

    assert words("rate-too-large") - words("rate-too-small") == {"predicted"}


def test_beside_a_stepper_stands_what_its_panels_show() -> None:
    def words(kind: str, id: str, *, deep: bool = False) -> set[str]:
        found = legends(request(kind, [id], {}), [runs.record(id)], step=True, deep=deep)
        return {entry.word for entry in found.stepper}

    assert legends(request("fit", ["scaled-input"], {}), [runs.record("scaled-input")]).stepper == ()
    assert words("fit", "scaled-input") == {"points", "line", "best_line", "epochs", "loss"}
    assert words("squares", "scaled-input") - words("fit", "scaled-input") == {"squares"}
    in_bowl = {"contours", "path", "bottom"}
    assert words("landscape", "scaled-input") - words("fit", "scaled-input") == in_bowl
    assert words("fit", "scaled-input", deep=True) - words("fit", "scaled-input") == in_bowl
    assert words("fit", "rate-too-large", deep=True) - words("fit", "scaled-input") == {"swings"}


def test_english_has_a_word_for_each_and_no_other() -> None:
    table = tomllib.loads((tiny.REPOSITORY / "templates/en/words.toml").read_text(encoding="utf-8"))["legend"]
    assert set(table) == words_named()
