"""Axes of points that have names: what stands at their ends, and ticks in the units of the data as they were given."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, MaxNLocator

from generator.figures import labelling
from generator.figures.canvas import extent
from generator.figures.text import font
from generator.numerals import grouped_tick, tick
from generator.runs.analysis import Run
from generator.scenario.naming import Name

FEW = 200  # CSS pixels: on an axis that is shorter there are three ticks
STEPS = [1, 2, 2.5, 5, 10]  # as Matplotlib's own


def has_names(record: Run) -> bool:
    return record.scenario.names_in("en").are_given  # whatever language they are in: a picture is handed one alone


def say(axes: Axes, record: Run, *, as_trained: bool = False) -> None:
    """Names and ticks of axes along x and y. ``as_trained``: places on them are of x and y as they were trained on."""
    named = record.scenario.names_in("en")
    across, _ = extent(axes)
    x, y = (_called(name, across) for name in (named.x, named.y))
    axes.set_xlabel(x or "x", loc="right", labelpad=1)
    axes.set_ylabel(y or "y", rotation=0, ha="left" if y else "right", va="bottom")
    axes.yaxis.set_label_coords(0 if y else -0.01, 1.01)
    for axis, text, shift, factor in (
        (axes.xaxis, x, record.shift, record.factor),
        (axes.yaxis, y, record.target_shift, record.target_factor),
    ):
        # "[$]" is a unit
        axis.label.set(fontproperties=font("text", "regular" if text else "italic"), parse_math=False)
        _number(axis, *((shift, factor) if as_trained else (0.0, 1.0)), few=across < FEW)


def _called(name: Name, across: float) -> str:
    """What an axis in a row of small ones is called is a symbol alone, or they would run into one another."""
    return labelling.on_axis(name, across) if across >= FEW else ""


def _number(axis: Axis, shift: float, factor: float, *, few: bool) -> None:
    """Ticks at round numbers as they were given; where the axis has them, they are (given − shift) · factor."""
    if (shift, factor) != (0.0, 1.0):
        axis.set_major_locator(_Given(shift, factor, nbins=3 if few else 6, steps=STEPS))
    written = tick if few else grouped_tick  # in a row of small pictures there is no room for long numbers
    axis.set_major_formatter(FuncFormatter(lambda place, _=None: written(float(f"{place / factor + shift:.10g}"))))


class _Given(MaxNLocator):
    """Round numbers of what an axis shows transformed."""

    def __init__(self, shift: float, factor: float, **settings: Any) -> None:
        super().__init__(**settings)
        self.shift, self.factor = shift, factor

    def tick_values(self, vmin: float, vmax: float) -> Any:
        ends = (vmin / self.factor + self.shift, vmax / self.factor + self.shift)
        return (np.asarray(super().tick_values(*ends)) - self.shift) * self.factor
