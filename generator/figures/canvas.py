"""The drawing engine: from a picture's parts and the states it shows to indexed frames in two themes.

A kind of figure is a module with a *panel* and a *draw*. The panel draws on axes what never moves, and hands back
a `Part`: the artists that move, and a function that puts them where state t has them. All else is shared::

    def panel(axes: Axes, records: Sequence[Run]) -> Part:
        record = records[0]
        left, right, bottom, top = viewport.window(record)
        axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="x", ylabel="y")
        axes.plot(record.x, record.y, "o", color=colour("ink"), markersize=POINT)        # still: drawn once
        (line,) = axes.plot([], [], color=colour("line"), linewidth=LINES["bold"])       # moves

        def show(t: int) -> None:
            w, b = record.params[t]
            line.set_data((left, right), (w * left + b, w * right + b))

        return Part(movers=[line], show=show)

    def timeline(records: Sequence[Run]) -> Timeline:
        return pacing.timeline(records[0], viewport.window(records[0]))

    def draw(records: Sequence[Run]) -> Animation:
        figure = canvas(KINDS["name"])
        axes = plot(figure, left=48, top=64, width=380, height=300)                       # CSS pixels
        return render(figure, [panel(axes, records)], timeline(records))

A still picture draws everything and ends with ``render(figure, [], STILL)``. `filmstrip` calls ``panel`` six times
on small axes and shows a different state in each, so a panel sets no sizes and needs nothing outside its axes.

Rules that keep it fast and the themes right: movers are drawn over all that is still, in their order; artists that
come to stay (the rows of a table) go to `Part.arrivals` and are drawn once. Colours are roles: `colour("line")`, with
``alpha`` where they shine through; the dark twin is unmixed from what was drawn in light, so any other colour
comes out wrong there. Text is symbols and numbers; text that moves is plain (`Text`, no ``$``: parsing is slow).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FuncFormatter

from generator.figures.catalogue import NARROW, Kind
from generator.figures.style import LINES, TYPE, colour
from generator.figures.text import family, font, page_size, width
from generator.numerals import tick

SCALE = 2  # device pixels a CSS pixel: crisp on a dense screen
EDGE = 2  # where what is written begins, in CSS pixels: at the edge of the text, and nothing of it is cut off
TICK = 4  # its length, and the gap to its number, in CSS pixels
Box = tuple[float, float, float, float]  # left, bottom, width, height as shares of the page
Size = tuple[int, int]  # width and height in CSS pixels


# --- What a kind draws with --------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Part:
    """Something that moves in a picture."""

    movers: Sequence[Artist]  # drawn in every frame, in this order
    show: Callable[[int], None]  # puts the movers where state t has them
    arrivals: Mapping[int, Sequence[Artist]] = field(default_factory=dict)  # come with state t, and stay


def canvas(kind: Kind, narrow: Size | None = None) -> Figure:
    """An empty page of the kind's size, or a narrow one; a length of 1 on it (font size, line width) is a CSS pixel."""
    width, height = narrow or (kind.width, kind.height)
    figure = Figure(figsize=(width / 72, height / 72), dpi=72 * SCALE, facecolor=colour("background"))
    FigureCanvasAgg(figure)
    return figure


def place(figure: Figure, left: float, top: float, width: float, height: float) -> Box:
    """A box in CSS pixels from the top left corner, as Matplotlib wants it."""
    page_width, page_height = page_size(figure)
    return (left / page_width, 1 - (top + height) / page_height, width / page_width, height / page_height)


def plot(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes in the house style in a box of CSS pixels: two spines, few ticks, no grid."""
    axes = figure.add_axes(place(figure, left, top, width, height), facecolor="none")
    axes.spines[["top", "right"]].set_visible(False)
    for spine in axes.spines.values():
        spine.set(color=colour("quiet"), linewidth=LINES["hair"])
    axes.tick_params(color=colour("quiet"), labelcolor=colour("ink"), width=LINES["hair"], length=TICK, pad=TICK)
    axes.locator_params(nbins=6)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_tick_params(labelfontfamily=[family()])
        axis.set_tick_params(labelsize=TYPE["small"])
        axis.label.set(fontproperties=font("text", "italic"), color=colour("ink"))
        axis.set_major_formatter(tick)
    return axes


def make_room(axes: Axes, edge: float = EDGE) -> None:
    """Fit axes, whose limits are set, to their numbers: those beside y begin at an edge, those along x become fewer.

    ``edge`` is in CSS pixels from the left of the page; without a word, it is that of the page.
    """
    begin_at(axes, edge + room_for_numbers(axes))
    page_width, _ = page_size(axes.figure)
    box = axes.get_position()
    label = max(width(_numbers(axes.xaxis)(x), "small") for x in axes.get_xticks())
    axes.locator_params(axis="x", nbins=int(np.clip(box.width * page_width / (1.6 * label + 8), 1, 6)))


def begin_at(axes: Axes, left: float) -> None:
    """Move the left edge of axes to so many CSS pixels from that of the page; their right one stays."""
    box = axes.get_position()
    x0 = left / page_size(axes.figure)[0]
    axes.set_position((x0, box.y0, box.x1 - x0, box.height))


def room_for_numbers(axes: Axes) -> float:
    """How far the numbers beside y, and the ticks between, reach out from axes whose limits are set, in CSS pixels."""
    bottom, top = sorted(axes.get_ylim())
    if isinstance(axes.yaxis.get_major_formatter(), FixedFormatter):
        numbers = [text.get_text() for text in axes.yaxis.get_majorticklabels()]
    else:
        written = _numbers(axes.yaxis)
        numbers = [written(y) for y in axes.get_yticks() if bottom <= y <= top]
    return max((width(number, "small") for number in numbers), default=0) + 2 * TICK


def name_above(axes: Axes) -> None:
    """What y is called, over the end of its axis rather than beside its numbers, which it would push in."""
    axes.yaxis.label.set(ha="right", va="bottom")
    axes.yaxis.set_label_coords(-0.01, 1.01)


def _numbers(axis: Axis) -> Callable[[float], str]:
    """How the numbers of an axis are written."""
    written = axis.get_major_formatter()
    return written if isinstance(written, FuncFormatter) else tick


def is_narrow(figure: Any) -> bool:
    """Whether it is a page for a telephone."""
    return page_size(figure)[0] <= NARROW


def extent(axes: Axes) -> tuple[float, float]:
    """Width and height of axes, in CSS pixels."""
    box = axes.get_window_extent()
    return float(box.width / SCALE), float(box.height / SCALE)


def say_how_many(axes: Axes, drawn: int, points: int) -> None:
    """In a corner, where not all points are drawn."""
    if drawn < points:
        axes.annotate(
            f"n = {drawn} / {points}", (1, 0), (-2, 4), "axes fraction", "offset points",
            ha="right", fontproperties=font("small"), color=colour("quiet"),
        )  # fmt: skip
