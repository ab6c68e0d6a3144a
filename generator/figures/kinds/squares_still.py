"""The squares of one line, or of two side by side on one scale: what a point that lies far out does to the average."""

from __future__ import annotations

from collections.abc import Sequence

from generator.figures.animation import Animation
from generator.figures.canvas import EDGE, Size, canvas
from generator.figures.catalogue import KINDS
from generator.figures.kinds.squares import NARROW, WIDE, column, view
from generator.figures.pacing import STILL
from generator.figures.render import render
from generator.runs.analysis import Run


def draw(records: Sequence[Run], state: int | None = None, narrow: Size | None = None) -> Animation:
    """The lines at this state, or where they ended."""
    figure = canvas(KINDS["squares_still"], narrow)
    lines = [(record, record.epochs_run if state is None else state) for record in records]
    window = view(lines)
    for place, (record, t) in enumerate(lines):
        if narrow:  # one above the other
            down = place * narrow[1] / len(lines)
            parts = column(figure, record, window, EDGE, NARROW.right - EDGE, NARROW, down)
        else:
            across = (WIDE.right - EDGE + WIDE.apart) / len(lines) - WIDE.apart
            parts = column(figure, record, window, EDGE + place * (across + WIDE.apart), across)
        for part in parts:
            part.show(t)
    return render(figure, [], STILL)
