"""Which states are shown, for how long, within which limits, and where a line is seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from generator.faults import Fault
from generator.figures import pacing, viewport
from tests import runs

UNIT = (0.0, 1.0, 0.0, 1.0)
FITTED = ["rate-too-large", "rate-too-small", "scaled-input"]
finite = st.floats(allow_nan=False, allow_infinity=False)


def of_fit(id: str, **options: object) -> pacing.Timeline:
    record = runs.record(id)
    return pacing.timeline(record, viewport.window(record), **options)


# --- States ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", FITTED)
def test_first_and_last_states_are_shown_in_a_pass_of_at_most_five_seconds(id: str) -> None:
    timeline = of_fit(id)
    assert timeline.shown[0] == 0
    assert timeline.shown[-1] == runs.record(id).epochs_run
    assert sorted(set(timeline.shown)) == list(timeline.shown)
    assert sum(timeline.delays_ms) <= 5000
    assert timeline.delays_ms[-1] >= 1200
    assert all(delay >= 20 and delay % 10 == 0 for delay in timeline.delays_ms)


def test_a_diverging_run_lives_in_its_first_ten_epochs_and_has_few_frames_after_nan() -> None:
    shown = of_fit("rate-too-large").shown
    assert shown[:11] == tuple(range(11))
    assert [t for t in shown if t > 44] == [500]


def test_frames_are_dense_where_the_line_moves() -> None:
    """Half the frames of a run of 5000 epochs lie in its first 100: its fast direction is done by then."""
    shown = np.array(of_fit("rate-too-small").shown)
    assert (shown <= 100).sum() >= 0.4 * len(shown)
    assert np.diff(shown)[-3:].min() > 100


def test_the_states_where_numbers_give_out_are_shown() -> None:
    """In epoch 22 the loss is inf, so at state 21; w is inf after epoch 43."""
    assert {21, 43} <= set(of_fit("rate-too-large").shown)


def test_wanted_states_are_shown_unless_they_were_never_reached() -> None:
    shown = of_fit("scaled-input", wanted=[777, 10**6]).shown
    assert 777 in shown
    assert 10**6 not in shown


def test_a_run_that_stands_still_has_no_more_frames_than_needed() -> None:
    shown = pacing.timeline(still := runs.of_points([0, 1], [0, 1], start=(1, 0)), viewport.window(still)).shown
    assert shown == (0, 40)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.integers(2, 60))
def test_never_more_frames_than_allowed_whatever_changes(changes: list[float], most: int) -> None:
    shown = pacing.dense_where_it_changes(changes, most=most)
    assert shown[0] == 0
    assert shown[-1] == len(changes)
    assert len(shown) <= most + 1
    assert list(shown) == sorted(set(shown))


@given(st.lists(st.floats(0, 1e6), max_size=pacing.MOST_FRAMES - 1))
def test_every_pass_fits_into_five_seconds(changes: list[float]) -> None:
    delays = pacing.spread(changes)
    assert len(delays) == len(changes) + 1
    assert sum(delays) <= pacing.PASS_MS
    assert min(delays) >= pacing.SHORTEST_MS


def test_every_is_honoured() -> None:
    record = runs.of_points([0, 1], [0, 2], figure={"every": 7})
    assert pacing.timeline(record, viewport.window(record)).shown == (0, 7, 14, 21, 28, 35, 40)


def test_an_absurd_number_of_frames_is_refused_with_the_estimate_and_a_way_out() -> None:
    record = runs.of_points([0, 1], [0, 2], epochs=5000, figure={"every": 1})
    with pytest.raises(Fault, match="asks for 5001 frames") as refusal:
        pacing.timeline(record, viewport.window(record))
    least = int(refusal.value.help.split()[2])
    record = runs.of_points([0, 1], [0, 2], epochs=5000, figure={"every": least})
    assert sum(pacing.timeline(record, viewport.window(record)).delays_ms) <= 5000


def test_a_line_that_swings_shows_each_of_its_first_swings() -> None:
    """One direction alone, ηλ = 1.9: w − w* changes its sign in every epoch."""
    record = runs.of_points([-1, 1], [-1, 1], rate=0.95, epochs=500, start=(2, 0))
    shown = pacing.timeline(record, viewport.window(record)).shown
    assert set(range(10)) <= set(shown)


def test_a_filmstrip_of_a_diverging_run_shows_the_line_tip_over_and_vanish() -> None:
    record = runs.record("rate-too-large")
    moments = pacing.moments(record, viewport.window(record), 6)
    assert moments == (0, 1, 2, 21, 42, 500)


@pytest.mark.parametrize("id", FITTED)
def test_a_filmstrip_has_six_moments(id: str) -> None:
    record = runs.record(id)
    assert len(pacing.moments(record, viewport.window(record), 6)) == 6


# --- Limits ------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-3.4e38, 3.4e38), max_size=20))
def test_limits_enclose_the_values_and_have_room_between_them(values: list[float]) -> None:
    low, high = viewport.span(values)
    assert np.isfinite([low, high]).all()
    assert low < high
    assert all(low <= value <= high for value in values)


def test_limits_ignore_what_is_not_finite() -> None:
    assert viewport.span([1.0, np.nan, 2.0, np.inf], margin=0.1) == pytest.approx((0.9, 2.1))


def test_the_window_shows_the_starting_line_unless_it_is_far_away() -> None:
    near = viewport.window(runs.of_points([0, 10], [5, 8], start=(0.5, 0)))
    assert near[2] < 0
    far = viewport.window(runs.of_points([0, 10], [5, 8], start=(1e6, 0)))
    assert far[2:] == pytest.approx(viewport.span([5, 8]))


# --- Lines -------------------------------------------------------------------------------------------------


def seen(w: float, b: float, window: viewport.Window = UNIT) -> np.ndarray | None:
    return viewport.segment(viewport.lines_in_window([w, b], window), window)


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_the_visible_part_of_a_line_lies_on_it_and_in_the_window(w: float, b: float) -> None:
    window = (-5.0, 29.0, -8.0, 44.0)
    ends = seen(w, b, window)
    if ends is None:
        x = np.linspace(-5, 29, 1001)
        assert not ((w * x + b > -8 + 1e-6) & (w * x + b < 44 - 1e-6)).any()
    else:
        assert_allclose(ends[:, 1], w * ends[:, 0] + b, atol=1e-6)
        assert (ends[:, 0] >= -5 - 1e-9).all()
        assert (ends[:, 0] <= 29 + 1e-9).all()


@pytest.mark.parametrize("size", [1e5, 1e20, 1e38, 1e300])
def test_a_diverging_line_stands_upright_at_minus_b_over_w(size: float) -> None:
    ends = seen(size, -0.25 * size)
    assert ends is not None
    assert_allclose(ends[:, 0], 0.25, atol=2 / size)
    assert_allclose(sorted(ends[:, 1]), [0, 1], atol=1e-9)


@pytest.mark.parametrize("line", [(np.inf, 0), (np.nan, 1), (1, -np.inf), (np.nan, np.nan)])
def test_a_line_whose_numbers_gave_out_has_no_position(line: tuple[float, float]) -> None:
    assert seen(*line) is None


@given(finite, finite)
def test_no_line_however_large_leaves_the_window(w: float, b: float) -> None:
    ends = seen(w, b)
    assert ends is None or ((ends >= -1e-9) & (ends <= 1 + 1e-9)).all()


def test_an_upright_line_has_not_moved_when_its_slope_changes_sign() -> None:
    lines = viewport.lines_in_window([[1e20, 0.5e20], [-3e30, -1.5e30]], (-1.0, 1.0, -1.0, 1.0))
    assert viewport.line_motion(lines) == pytest.approx([0.0], abs=1e-12)


def test_thinning_keeps_the_ends_and_never_exceeds_the_most() -> None:
    kept = viewport.thinned(100_000, 2000)
    assert (len(kept), kept[0], kept[-1]) == (2000, 0, 99_999)
    assert viewport.thinned(3, 2000).tolist() == [0, 1, 2]
