"""The filmstrip: six telling moments of an animated kind, in two rows, for paper and for who prefers no motion."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from generator.figures import units
from generator.figures.animation import Animation
from generator.figures.canvas import Part, canvas, plot
from generator.figures.catalogue import KINDS
from generator.figures.kinds import fit, landscape, parabola, race, squares
from generator.figures.pacing import STILL
from generator.figures.render import render
from generator.figures.text import font, write
from generator.numerals import number
from generator.runs.analysis import Run

# Whose motion a strip can show: each has a `panel` and a `timeline`, and perhaps `moments` of its own choice.
MOVING: dict[str, ModuleType] = {
    "fit": fit, "landscape": landscape, "squares": squares, "parabola": parabola, "race": race,
}  # fmt: skip
MOMENTS, COLUMNS = 6, 3
# Of a moment, in CSS pixels: its axes, below what is said of it. Of the 720 that a sheet is wide, 12 are 7 points high.
LEFT, TOP, WIDTH, HEIGHT = 50, 42, 190, 150
ACROSS, DOWN = 226, 210  # from one moment to the next, and to the one below
READOUT, LEGEND = 18, 457  # baselines: of a moment above its axes, and on the page


def draw(records: Sequence[Run], of: str = "fit", **options: Any) -> Animation:
    kind = MOVING[of]
    figure = canvas(KINDS["filmstrip"])
    choose = getattr(kind, "moments", None) or partial(evenly, kind)
    moments = choose(records, MOMENTS, **options)
    for place, t in enumerate(moments):
        row, column = divmod(place, COLUMNS)
        left, top = LEFT + column * ACROSS, row * DOWN
        axes = plot(figure, left=left, top=top + TOP, width=WIDTH, height=HEIGHT)
        axes.locator_params(nbins=3)
        part: Part = kind.panel(axes, records, **options)
        part.show(t)
        for state, artists in part.arrivals.items():
            for artist in artists:
                artist.set_visible(state <= t)
        axes.yaxis.label.set(rotation=0, ha="right", va="bottom")
        axes.yaxis.set_label_coords(-0.01, 1.01)  # beside long numbers there is no room for it
        if column > 0:  # all have the same limits
            axes.set_ylabel("")
            axes.tick_params(labelleft=False)
        if place + COLUMNS < len(moments):
            axes.set_xlabel("")
            axes.tick_params(labelbottom=False)
        values = {"t": str(t)}
        if len(records) == 1 and not (of == "squares" and records[0].target_factor != 1):
            # Several have a loss each; and the squares of y as it was given are no loss of y that was scaled.
            values["L"] = number(float(records[0].losses[t]))
        for (name, value), start in zip(values.items(), (left, left + 84), strict=False):
            write(figure, start, top + READOUT, name, fontproperties=font("small", "italic"))
            write(figure, start + 10, top + READOUT, f"= {value}", fontproperties=font("small"))
    if len(records) == 1 and of != "squares":
        units.say(figure, records[0], LEFT, LEGEND, of_line=of == "fit")
    return render(figure, [], STILL)


def evenly(kind: ModuleType, records: Sequence[Run], count: int, **options: Any) -> tuple[int, ...]:
    """Moments of a kind that does not choose its own: evenly among the frames of its animation, first and last."""
    shown = kind.timeline(records, **options).shown
    picked = np.linspace(0, len(shown) - 1, min(count, len(shown))).round().astype(int)
    return tuple(shown[place] for place in picked)
