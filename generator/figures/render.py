"""From parts that move and the states to show, to indexed frames: what stands still is drawn once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from generator.figures.animation import Animation, Patch
from generator.figures.canvas import Part, is_narrow
from generator.figures.pacing import Timeline, ends
from generator.figures.palette import COLOURS, FEW_COLOURS, channels, dark_twin, packed, palette
from generator.figures.style import Theme, colour

SHORT_GAP = 16  # pixels
Colours = NDArray[np.uint32]  # a pixel: red, green, blue in the three low bytes


# --- Frames ------------------------------------------------------------------------------------------------


def render(figure: Figure, parts: Sequence[Part], timeline: Timeline, *, loop: bool = False) -> Animation:
    """The picture as frames: the still part drawn once, then in each frame only what moves.

    A frame costs the drawing of its movers, a copy of the page and a comparison with the frame before; colours are
    looked up for the pixels that changed, with one palette for all frames. A narrow page gives stills alone: its first
    state and its last, in few colours.
    """
    colours = COLOURS
    if is_narrow(figure):
        colours, timeline = FEW_COLOURS, ends(timeline)
    movers = [mover for part in parts for mover in part.movers]
    arrivals = sorted(
        ((state, artist) for part in parts for state, group in part.arrivals.items() for artist in group),
        key=lambda arrival: arrival[0],
    )
    for artist in (*movers, *(artist for _, artist in arrivals)):
        artist.set_animated(True)  # Figure.draw passes over it
    agg: Any = figure.canvas  # FigureCanvasAgg, which has no types
    agg.draw()
    renderer = agg.get_renderer()
    page = np.asarray(agg.buffer_rgba()).view(np.uint32)[..., 0]
    still, before = page.copy(), np.full_like(page, packed(colour("background")))

    changes: list[tuple[NDArray[np.intp], Colours]] = []
    for t in timeline.shown:
        page[...] = still
        if arrivals and arrivals[0][0] <= t:
            while arrivals and arrivals[0][0] <= t:
                arrivals.pop(0)[1].draw(renderer)
            still[...] = page
        for part in parts:
            part.show(t)
        for mover in movers:
            mover.draw(renderer)
        places = _without_short_gaps(np.flatnonzero(page != before))
        drawn = page.ravel()[places]
        before.ravel()[places] = drawn
        changes.append((places, drawn))
    return _indexed(page.shape, changes, timeline, loop, colours)


def _indexed(
    shape: tuple[int, ...],
    changes: Sequence[tuple[NDArray[np.intp], Colours]],
    timeline: Timeline,
    loop: bool,
    colours: int,
) -> Animation:
    """Frames as indices, from what each one changes; before the first, the page is background."""
    background = np.array([packed(colour("background"))], np.uint32)
    pixels = np.concatenate([background, *(drawn for _, drawn in changes)]) & 0xFFFFFF
    # Tables over all 2²⁴ colours find the distinct ones faster than sorting; untouched pages of them cost nothing.
    occurs = np.zeros(1 << 24, dtype=np.bool_)
    occurs[pixels] = True
    distinct = np.flatnonzero(occurs)
    rank_of = np.zeros(1 << 24, dtype=np.uint32)
    rank_of[distinct] = np.arange(len(distinct))
    ranks = rank_of[pixels]
    light, nearest = palette(channels(distinct), np.bincount(ranks), colours)
    indices = nearest[ranks]

    first = np.full(shape, indices[0])
    ends = np.cumsum([1, *(len(places) for places, _ in changes)])
    first.ravel()[changes[0][0]] = indices[1 : ends[1]]
    patches = [
        _patch(places, indices[start:end], shape[1], unchanged=len(light))
        for (places, _), start, end in zip(changes[1:], ends[1:-1], ends[2:], strict=True)
    ]
    palettes: dict[Theme, NDArray[np.uint8]] = {"light": light, "dark": dark_twin(light)}
    return Animation(first, tuple(patches), palettes, timeline.delays_ms, timeline.shown, loop)


def _without_short_gaps(places: NDArray[np.intp]) -> NDArray[np.intp]:
    """The places, and those between two of them that are near each other.

    Few unchanged pixels amid changed ones cost a GIF more as "unchanged" than as what they are: without such gaps
    it is smaller by a sixth.
    """
    if len(places) == 0:
        return places
    steps = np.diff(places)
    lengths = np.append(np.where(steps < SHORT_GAP, steps, 1), 1)
    starts = np.cumsum(lengths) - lengths
    return np.repeat(places - starts, lengths) + np.arange(lengths.sum())


def _patch(places: NDArray[np.intp], indices: NDArray[np.uint8], width: int, unchanged: int) -> Patch:
    """The smallest rectangle around the pixels that changed; a frame that changes nothing still is one."""
    rows, columns = np.divmod(places, width) if len(places) else (np.zeros(1, int), np.zeros(1, int))
    top, left = int(rows.min()), int(columns.min())
    rectangle = np.full((int(rows.max()) - top + 1, int(columns.max()) - left + 1), unchanged, dtype=np.uint8)
    if len(places):
        rectangle[rows - top, columns - left] = indices
    return Patch(left, top, rectangle)
