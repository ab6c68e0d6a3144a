"""The squares of one line, or of two side by side on one scale: what a point that lies far out does to the average."""

from __future__ import annotations

from collections.abc import Sequence

from generator.figures.animation import Animation
from generator.figures.canvas import canvas
from generator.figures.catalogue import KINDS
from generator.figures.kinds.squares import column, view
from generator.figures.pacing import STILL
from generator.figures.render import render
from generator.runs.analysis import Run


def draw(records: Sequence[Run], state: int | None = None) -> Animation:
    """The lines at this state, or where they ended."""
    figure = canvas(KINDS["squares_still"])
    lines = [(record, record.epochs_run if state is None else state) for record in records]
    window = view(lines)
    across = (706 - 44 * len(lines)) / len(lines)
    for place, (record, t) in enumerate(lines):
        for part in column(figure, record, window, left=44 + place * (across + 44), across=across):
            part.show(t)
    return render(figure, [], STILL)
