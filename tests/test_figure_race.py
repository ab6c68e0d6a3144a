"""What the race shows, looked up in the drawing."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

from generator.figures import canvas, units
from generator.figures.catalogue import KINDS
from generator.figures.gif import encode
from generator.figures.kinds import filmstrip, race
from generator.runs.analysis import Run
from tests import flashes, runs

UNITS = ["best-rate", "centred", "scaled-best-rate", "one-step"]
RATES = [runs.descended(rate, epochs) for rate, epochs in ((0.001, 3000), (0.0069, 400), (0.02, 200))]


def records() -> list[Run]:
    return [runs.record(id) for id in UNITS]


def texts(figure: Figure) -> str:
    return "".join(text.get_text() for text in figure.texts)


def drawn(racers: list[Run], t: int, monkeypatch: pytest.MonkeyPatch) -> tuple[Figure, list[canvas.Part]]:
    """The picture at one moment."""
    kept: list[tuple[Figure, list[canvas.Part]]] = []
    monkeypatch.setattr(race, "render", lambda figure, parts, timeline: kept.append((figure, parts)))
    race.draw(racers)
    for part in kept[0][1]:
        part.show(t)
    return kept[0]


def test_all_runs_are_shown_in_the_same_state_and_one_that_is_over_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    racers = records()
    figure, parts = drawn(racers, 40, monkeypatch)
    assert "t= 40" in texts(figure)
    for record, axes, part in zip(racers, figure.axes, parts[1::2], strict=True):
        here = np.array(part.movers[2].get_data()).T
        place = axes.transData.inverted().transform(axes.transAxes.transform(here))
        assert_allclose(place, record.params[[min(40, record.epochs_run)]], rtol=1e-4, atol=1e-4)


def test_a_run_has_arrived_at_a_millionth_of_its_first_excess() -> None:
    for record in records():
        state = race.arrival(record)
        assert state is not None
        x, y = record.x.astype(float), record.y.astype(float)
        best = np.polyfit(x, y, 1)
        excess = [
            np.mean((w * x + b - y) ** 2) - np.mean((best[0] * x + best[1] - y) ** 2)
            for w, b in record.params[[0, state - 1, state]].astype(float)
        ]
        assert excess[2] <= 1.0001e-6 * excess[0] < excess[1] * 1.0001


def test_the_date_of_an_arrival_comes_with_it_and_is_written_over_its_landscape(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    racers = records()
    _, parts = drawn(racers, 0, monkeypatch)
    for record, part in zip(racers, parts[2::2], strict=True):
        ((state, artists),) = part.arrivals.items()
        assert state in race.timeline(racers).shown
        assert "".join(artist.get_text() for artist in artists) == f"● t = {race.arrival(record)}"


def test_what_was_done_to_x_is_written_in_symbols() -> None:
    x, y = [1.0, 2.0, 6.0], [1.0, 2.0, 3.0]
    spread = np.std(x)
    for done, symbols in [
        ({}, "x"),
        ({"scale": 0.1}, "0.1 x"),
        ({"center": True}, "x − 3"),
        ({"center": True, "scale": 0.5}, "0.5 (x − 3)"),
        ({"standardize": True}, f"(x − 3) / {spread:.2f}"),
    ]:
        assert units.of_x(runs.of_points(x, y, input=done)) == symbols


def test_circles_are_round_where_x_was_transformed_and_rates_alone_keep_their_own_axes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def scales(figure: Figure) -> list[float]:
        sides = [(axes.get_window_extent(), axes.get_xlim(), axes.get_ylim()) for axes in figure.axes]
        return [float((np.ptp(x) / box.width) / (np.ptp(y) / box.height)) for box, x, y in sides]

    assert_allclose(scales(drawn(records(), 0, monkeypatch)[0]), 1)
    assert max(scales(drawn(RATES, 0, monkeypatch)[0])) < 0.5


@pytest.mark.parametrize("count", [2, 3])
def test_a_pass_is_short_enough_and_does_not_flash(count: int) -> None:
    racers = RATES[-count:]
    picture = race.draw(racers)
    kind = KINDS["race"]
    assert picture.first.shape == (kind.height * canvas.SCALE, kind.width * canvas.SCALE)
    assert picture.shown[0] == 0
    assert picture.shown[-1] == max(record.epochs_run for record in racers)
    assert sum(picture.delays_ms) <= 5000
    assert picture.delays_ms[-1] == max(picture.delays_ms)
    assert flashes.most_in_a_second(picture) <= 3
    assert len(encode(picture)[".gif"]) < 400_000


def test_the_filmstrip_of_a_race_shows_start_arrivals_and_end() -> None:
    racers = records()
    states = race.moments(racers, 6)
    assert len(states) == 6
    assert {0, 1, 22, 396, 1371, 1500} == set(states)
    assert len(np.unique(filmstrip.draw(RATES[::-1], of="race").first)) > 3


@pytest.mark.parametrize(
    "racers",
    [
        pytest.param([runs.descended(0.1, 5, x=[2.0], y=[1.0]), RATES[0]], id="one point"),
        pytest.param([runs.descended(0.1, 5, start=(1e38, 0.0)), RATES[2]], id="huge"),
        pytest.param([runs.descended(0.003, 1)] * 4, id="one epoch"),
        pytest.param([runs.descended(0.1, 5, x=[0.0, 1.0], y=[0.0, 0.0], start=(0.0, 0.0))] * 2, id="at the bottom"),
    ],
)
def test_extreme_runs_are_drawn(racers: list[Run]) -> None:
    assert len(np.unique(race.draw(racers).first)) > 3, "the page is not empty"
    assert runs.alt_text("race", racers).endswith(".")


def test_the_alt_text_says_who_ends_where() -> None:
    alt = runs.alt_text("race", RATES)
    assert (alt.count("arrives"), alt.count("is still on its way")) == (1, 1)
    assert "leaves the picture after 200 epochs" in alt
