"""The filmstrip: six telling moments of an animated kind side by side, for print and for who prefers no motion."""

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
MOMENTS = 6
LEFT, TOP, WIDTH, HEIGHT, GAP = 50, 58, 126, 142, 24  # of a moment, in CSS pixels


def draw(records: Sequence[Run], of: str = "fit", **options: Any) -> Animation:
    kind = MOVING[of]
    figure = canvas(KINDS["filmstrip"])
    choose = getattr(kind, "moments", None) or partial(evenly, kind)
    for place, t in enumerate(choose(records, MOMENTS, **options)):
        left = LEFT + place * (WIDTH + GAP)
        axes = plot(figure, left=left, top=TOP, width=WIDTH, height=HEIGHT)
        axes.locator_params(nbins=3)
        part: Part = kind.panel(axes, records, **options)
        part.show(t)
        for state, artists in part.arrivals.items():
            for artist in artists:
                artist.set_visible(state <= t)
        if place > 0:
            axes.set_ylabel("")
            axes.tick_params(labelleft=False)
        values = {"t": str(t)}
        if len(records) == 1 and not (of == "squares" and records[0].target_factor != 1):
            # Several have a loss each; and the squares of y as it was given are no loss of y that was scaled.
            values["L"] = number(float(records[0].losses[t]))
        for baseline, (name, value) in zip((20, 37), values.items(), strict=False):
            write(figure, left + 8, baseline, name, fontproperties=font("small", "italic"))
            write(figure, left + 17, baseline, f"= {value}", fontproperties=font("small"))
    if len(records) == 1 and of != "squares":
        units.say(figure, records[0], LEFT + 8, 53, of_line=of == "fit")
    return render(figure, [], STILL)


def evenly(kind: ModuleType, records: Sequence[Run], count: int, **options: Any) -> tuple[int, ...]:
    """Moments of a kind that does not choose its own: evenly among the frames of its animation, first and last."""
    shown = kind.timeline(records, **options).shown
    picked = np.linspace(0, len(shown) - 1, min(count, len(shown))).round().astype(int)
    return tuple(shown[place] for place in picked)
