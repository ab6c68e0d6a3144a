"""The fit: points, the line as it moves, its equation, and the loss table as it fills up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from generator.figures import named, pacing, units, viewport
from generator.figures.animation import Animation
from generator.figures.canvas import EDGE, Part, Size, canvas, make_room, place, plot, say_how_many
from generator.figures.catalogue import KINDS
from generator.figures.pacing import Timeline
from generator.figures.render import render
from generator.figures.style import LINES, POINT, colour
from generator.figures.text import font, page_size, shift, width, write
from generator.numerals import number
from generator.runs.analysis import Run
from generator.runs.theory import Vector

MOST_POINTS = 2000  # drawn; more would be a blot


@dataclass(frozen=True)
class FitLayout:
    """Where things stand, in CSS pixels."""

    top: float  # of the axes
    right: float
    below: float  # how far they end above the foot of the page
    baselines: tuple[float, float]
    loss: float  # where it begins


WIDE = FitLayout(top=74, right=390, below=43, baselines=(26, 47), loss=80)
NARROW = FitLayout(top=78, right=322, below=46, baselines=(26, 49), loss=110)


def draw(records: Sequence[Run], narrow: Size | None = None) -> Animation:
    return render(*picture(records[0], narrow), timeline(records))


def picture(record: Run, narrow: Size | None = None) -> tuple[Figure, list[Part]]:
    """For a telephone without the table, which stands on its page."""
    figure, layout = canvas(KINDS["fit"], narrow), NARROW if narrow else WIDE
    _, page_height = page_size(figure)
    said = units.say(figure, record, RIGHT, 47, "right", of_line=True)
    height = page_height - layout.below - said - layout.top
    axes = plot(figure, 0, layout.top, layout.right, height)
    parts = [panel(axes, [record]), readouts(figure, record, layout)]
    if not narrow:
        parts.append(table(figure, record))
    make_room(axes)
    return figure, parts


def timeline(records: Sequence[Run]) -> Timeline:
    record = records[0]
    return pacing.timeline(record, viewport.window(record), wanted=record.table_epochs)


def moments(records: Sequence[Run], count: int) -> tuple[int, ...]:
    """The states for a filmstrip, where only the line is seen."""
    return pacing.moments(records[0], viewport.window(records[0]), count)


# --- The points and the line -------------------------------------------------------------------------------


def panel(axes: Axes, records: Sequence[Run]) -> Part:
    """Points, the least-squares line dashed, and the moving line, in x as trained; with names, ticks are as given."""
    record = records[0]
    window = viewport.window(record)
    axes.set(xlim=window[:2], ylim=window[2:])
    if named.has_names(record):
        named.say(axes, record, as_trained=True)
    else:
        horizontal, vertical = units.names(record)
        axes.set_xlabel(horizontal, loc="right", labelpad=1)
        axes.set_ylabel(vertical, rotation=0, ha="right", va="bottom")
        axes.yaxis.set_label_coords(-0.01, 1.01)

    best = viewport.segment(viewport.lines_in_window(record.bowl.least_squares, window), window)
    axes.plot(*_ends(best), color=colour("quiet"), linewidth=LINES["thin"], dashes=(4, 3), zorder=1)
    drawn = viewport.thinned(len(record.x), MOST_POINTS)
    axes.plot(
        record.x[drawn], record.y[drawn], "o",
        color=colour("ink"), markersize=POINT, markeredgewidth=0, alpha=1.0 if len(drawn) <= 200 else 0.4,
    )  # fmt: skip
    say_how_many(axes, len(drawn), len(record.x))

    (line,) = axes.plot([], [], color=colour("line"), linewidth=LINES["bold"], solid_capstyle="butt")
    lines = viewport.lines_in_window(record.params, window)

    def show(t: int) -> None:
        line.set_data(*_ends(viewport.segment(lines[t], window)))

    return Part([line], show)


def _ends(segment: Vector | None) -> Vector:
    """x and y of a segment's ends, of nothing where there is none."""
    return np.empty((2, 0)) if segment is None else segment.T


# --- What the line is called -------------------------------------------------------------------------------


def readouts(figure: Figure, record: Run, layout: FitLayout) -> Part:
    """The equation of the line on the screen; below it t, how many epochs led there, and the loss of that line."""
    large = {"fontproperties": font("large"), "color": colour("line")}
    slanted = large | {"fontproperties": font("large", "italic")}
    horizontal, vertical = units.names(record)
    primes = [width(name[1:], "large", "italic") for name in (horizontal, vertical)]
    first, second = layout.baselines
    write(figure, EDGE, first, f"ŷ{vertical[1:]}", **slanted)
    equals = write(figure, EDGE + 15 + primes[1], first, "", **large)
    x = write(figure, 0, first, horizontal, **slanted)
    bias = write(figure, 0, first, "", **large)

    write(figure, EDGE, second, "t", fontproperties=font("text", "italic"))
    write(figure, layout.loss, second, "L", fontproperties=font("text", "italic"))
    epoch, loss = write(figure, EDGE + 8, second, ""), write(figure, layout.loss + 11, second, "")

    def show(t: int) -> None:
        w, b = record.params[t].tolist()
        equals.set_text(f"= {number(w)}")
        bias.set_text(f"{'−' if b < 0 else '+'} {number(abs(b))}")
        after = EDGE + 20 + primes[1] + width(equals.get_text(), "large")
        shift(x, after)
        shift(bias, after + 16 + primes[0])
        epoch.set_text(f"= {t}")
        loss.set_text(f"= {number(float(record.losses[t]))}")

    return Part([equals, x, bias, epoch, loss], show)


# --- The table ---------------------------------------------------------------------------------------------


LEFT, RIGHT, TOP, ROW = 418, 708, 74, 23  # in CSS pixels


def table(figure: Figure, record: Run) -> Part:
    """A row an epoch: the loss it started from, beside the parameters it arrived at. Decimal points stand in line."""
    epochs = record.table_epochs
    params = [record.params_after(epoch) for epoch in epochs]
    columns = {
        ("t", ""): [str(epoch) for epoch in epochs],
        ("L", "t−1"): column([record.loss_at(epoch) for epoch in epochs]),
        ("w", "t"): column([w for w, _ in params]),
        ("b", "t"): column([b for _, b in params]),
    }
    halves = {name: [_split(text) for text in texts] for name, texts in columns.items()}
    widths = [[max(map(width, half), default=0) for half in zip(*cells, strict=True)] for cells in halves.values()]
    gap = (RIGHT - LEFT - sum(map(sum, widths))) / (len(columns) - 1)

    head = TOP + 8
    cells: list[list[Text]] = [[] for _ in epochs]
    edge: float = LEFT
    for (heading, texts), (before, after) in zip(halves.items(), widths, strict=True):
        point = edge + before
        _heading(figure, point, head, *heading)
        for row, (whole, rest) in enumerate(texts):
            baseline = head + 30 + row * ROW
            if whole:
                cells[row].append(write(figure, point, baseline, whole, ha="right"))
            if rest:
                cells[row].append(write(figure, point, baseline, rest))
        edge = point + after + gap
    _rule(figure, LEFT, RIGHT, head + 9)
    return Part([], lambda t: None, dict(zip(epochs, cells, strict=True)))


def column(values: Sequence[float]) -> list[str]:
    """A column's numbers: plain decimals, unless some are too long for that."""
    finite = [abs(value) for value in values if abs(value) < float("inf")]
    if max(finite, default=0) < 1e5:
        return [number(value) for value in values]
    return [number(value, decimals=2, plain_below=100) for value in values]


def _split(text: str) -> tuple[str, str]:
    """What stands before the place of the decimal point, and what begins there: of nan and inf, all."""
    whole, point, rest = text.partition(".")
    return (whole, point + rest) if text[-1].isdigit() or point else ("", text)


def _heading(figure: Figure, point: float, baseline: float, name: str, index: str) -> None:
    """A column's symbol with its index, the symbol just before the decimal point."""
    write(figure, point, baseline, name, fontproperties=font("text", "italic"), ha="right")
    write(figure, point + 1, baseline + 3, index, fontproperties=font("tiny", "italic"))


def _rule(figure: Figure, left: float, right: float, top: float) -> None:
    x, y, across, _ = place(figure, left, top, right - left, 0)
    figure.add_artist(Line2D([x, x + across], [y, y], color=colour("quiet"), linewidth=LINES["hair"]))
