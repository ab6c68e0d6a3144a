"""The squares of one line, or of two side by side on one scale: what a point that lies far out does to the average."""

from __future__ import annotations

from collections.abc import Sequence

from generator.figures import KINDS
from generator.figures.engine import STILL, canvas, render
from generator.figures.squares import column, view
from generator.gif import Animation
from generator.record import Record


def draw(records: Sequence[Record], state: int | None = None) -> Animation:
    """The lines at this state, or where they ended."""
    figure = canvas(KINDS["squares_still"])
    lines = [(record, record.epochs_run if state is None else state) for record in records]
    window = view(lines)
    across = (706 - 44 * len(lines)) / len(lines)
    for place, (record, t) in enumerate(lines):
        for part in column(figure, record, window, left=44 + place * (across + 44), across=across):
            part.show(t)
    return render(figure, [], STILL)
