"""The race: several runs in step, each on its own landscape, with one count of epochs for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from generator.figures import pacing, units
from generator.figures.animation import Animation
from generator.figures.canvas import EDGE, Part, Size, canvas, make_room, name_above, plot
from generator.figures.catalogue import KINDS
from generator.figures.kinds import bowl_geometry, landscape
from generator.figures.pacing import Timeline
from generator.figures.render import render
from generator.figures.style import colour
from generator.figures.text import font, formula, readout, write
from generator.numerals import number, tick
from generator.runs.analysis import Run

ARRIVED = 1e-6  # of the first excess loss: all but there


@dataclass(frozen=True)
class RaceLayout:
    """Where things stand, in CSS pixels."""

    right: float  # of the landscapes
    gap: float
    columns: int  # at most, beside each other
    row: float  # from one row of them to the next
    top: float
    height: float
    epoch: float  # baseline
    above: float  # how far the last line of it is over the landscape


WIDE = RaceLayout(950, 30, columns=4, row=0, top=104, height=194, epoch=32, above=22)
# Of two, one above the other; of more, two and two.
NARROW_TWO = RaceLayout(326, 0, columns=1, row=226, top=94, height=126, epoch=24, above=22)
NARROW_MORE = RaceLayout(332, 26, columns=2, row=264, top=132, height=120, epoch=24, above=22)
LINE = 16  # from baseline to baseline


def draw(records: Sequence[Run], equal: bool | None = None, narrow: Size | None = None) -> Animation:
    """``equal``: a unit of w as long as one of b; without a word, where the runs differ in what was done to x or y."""
    figure, layout = canvas(KINDS["race"], narrow), WIDE
    if narrow:
        layout = NARROW_TWO if len(records) == 2 else NARROW_MORE
    equal = _equal(records, equal)
    epoch = readout(figure, EDGE, layout.epoch, "t")
    parts = [Part([epoch], lambda t: epoch.set_text(f"= {t}"))]
    columns = min(len(records), layout.columns)
    across = (layout.right - EDGE + layout.gap) / columns - layout.gap
    for place, record in enumerate(records):
        row, column = divmod(place, columns)
        left, top = EDGE + column * (across + layout.gap), layout.top + row * layout.row
        axes = plot(figure, left, top, across, layout.height)
        axes.locator_params(nbins=4)
        landscape.set_window(axes, record, equal)
        make_room(axes, left)
        edges, last = (left, left + across), top - layout.above
        parts += [lane(axes, record, equal), readouts(figure, record, *edges, last, stacked=layout is NARROW_MORE)]
        name_above(axes)
    return render(figure, parts, timeline(records, equal))


def panel(axes: Axes, records: Sequence[Run], equal: bool | None = None) -> Part:
    """All landscapes as small ones on the same axes, without numbers."""
    axes.set_axis_off()
    columns = 2 if len(records) > 2 else 1
    parts = []
    for place, record in enumerate(records):
        row, column = divmod(place, columns)
        small = axes.inset_axes((column * 0.52, 0.52 * (1 - row), 1 if columns == 1 else 0.48, 0.48))
        parts.append(lane(small, record, _equal(records, equal)))
        small.set(xticks=[], yticks=[], xlabel="", ylabel="", facecolor="none")
        for spine in small.spines.values():
            spine.set(color=colour("quiet"), linewidth=0.5)

    def show(t: int) -> None:
        for part in parts:
            part.show(t)

    return Part([mover for part in parts for mover in part.movers], show)


def timeline(records: Sequence[Run], equal: bool | None = None) -> Timeline:
    """Frames follow whatever moves most; the fast runs' few epochs and the states of arrival are among them."""
    last = max(record.epochs_run for record in records)
    early = {round(1.25**power) for power in range(1, 1 + int(np.log(max(last, 2)) / np.log(1.25)))}
    arrivals = {t for record in records if (t := arrival(record)) is not None}
    changes = np.zeros(last)
    for record in records:
        changes[: record.epochs_run] = np.maximum(changes[: record.epochs_run], bowl_geometry.changes(record))
    wanted = {*range(min(pacing.LOOKS, last) + 1), *arrivals, *(t for t in early if t <= last)}
    shown = pacing.dense_where_it_changes(changes, most=20, wanted=wanted)
    # Every run has its own pace, so the count of epochs keeps time.
    looks, rest = (pacing.LOOK_MS,) * min(pacing.LOOKS, len(shown) - 2), len(shown) - 2 - pacing.LOOKS
    room = pacing.PASS_MS - pacing.START_MS - pacing.HOLD_MS - sum(looks)
    beat = min(pacing.LONGEST_MS, room // max(rest, 1) // 10 * 10)
    return Timeline(shown, (pacing.START_MS, *looks, *(beat,) * rest, pacing.HOLD_MS))


def arrival(record: Run) -> int | None:
    """The first state with no more than a millionth of the first excess loss; None if there is none."""
    return record.reached(ARRIVED)


def moments(records: Sequence[Run], count: int, equal: bool | None = None) -> tuple[int, ...]:
    """So many states for a filmstrip: the start, the arrivals, the end, and what else tells most."""
    shown = timeline(records, equal).shown
    states = {shown[0], shown[-1], *(t for record in records if (t := arrival(record)) is not None)}
    others = [t for t in (1, *shown[:: max(1, len(shown) // count)]) if t in shown and t not in states]
    return tuple(sorted([*states, *others[: max(0, count - len(states))]]))


def lane(axes: Axes, record: Run, equal: bool) -> Part:
    """A landscape whose run, once over, rests in its last state."""
    part = landscape.panel(axes, [record], equal=equal)
    return Part(part.movers, lambda t: part.show(min(t, record.epochs_run)))


def _equal(records: Sequence[Run], equal: bool | None) -> bool:
    units = {(record.shift, record.factor, record.target_shift, record.target_factor) for record in records}
    return len(units) > 1 if equal is None else equal


# --- In figures --------------------------------------------------------------------------------------------


def readouts(figure: Figure, record: Run, left: float, right: float, last: float, stacked: bool = False) -> Part:
    """Over a landscape: what was trained on, the learning rate, the loss; and, once it is there, when it arrived.

    ``last`` is the lowest baseline; ``stacked``: each on a line of its own.
    """
    trained_on, rate, told = [last - LINE * up for up in (3, 2, 1)] if stacked else (last - 20, last - 20, last)
    formula(figure, left, trained_on, units.of_x(record))
    if record.is_target_transformed:
        formula(figure, left, trained_on - LINE, units.of_y(record))
    edge, side = (left, "left") if stacked else (right, "right")
    formula(figure, edge, rate, f"η = {tick(float(f'{record.learning_rate:.3g}'))}", side)
    write(figure, left, told, "L", fontproperties=font("text", "italic"))
    loss = write(figure, left + 10, told, "")
    state = arrival(record)
    done = {} if state is None else {state: formula(figure, edge, last, f"● t = {state}", side, role="line")}

    def show(t: int) -> None:
        loss.set_text(f"= {number(float(record.losses[min(t, record.epochs_run)]))}")

    return Part([loss], show, done)
