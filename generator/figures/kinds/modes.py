"""The two components of the error, slow and fast, each against the epochs: as measured, and as predicted."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from generator.figures.animation import Animation
from generator.figures.canvas import Size, canvas, make_room, plot
from generator.figures.catalogue import KINDS
from generator.figures.kinds.scales import Epochs, Labels, logs, name, power_ticks
from generator.figures.pacing import STILL
from generator.figures.render import render
from generator.figures.style import LINES, POINT, colour
from generator.numerals import three_digits
from generator.runs import theory
from generator.runs.analysis import Run
from generator.runs.theory import Vector

SHORT = 20  # epochs: a run of no more needs no log axis of them
GROWS = 1.5  # a component that was ever so many times the first is shown by its powers of ten
BEYOND = 20  # the axis goes on to a half-life that the run did not reach, up to so many runs away


@dataclass(frozen=True, eq=False)
class Mode:
    """The error along one direction of the bowl, as a share of what it was at the start."""

    symbol: str
    eigenvalue: float
    shares: Vector  # (epochs + 1,)   |e(t) / e(0)|, nan where that is no number
    predicted: Callable[[ArrayLike], Vector] | None  # the share that theory leaves, at states (...) -> (...)
    factor: float | None  #           |1 − ηλ|, what every epoch of plain descent multiplies it by; None of others
    half_life: float  #               in epochs, of plain descent; inf where it never halves, or of others


BOX, NARROW = (0, 44, 632, 262), (0, 40, 306, 218)  # left, top, width and height of the axes, in CSS pixels


def draw(records: Sequence[Run], narrow: Size | None = None) -> Animation:
    figure = canvas(KINDS["modes"], narrow)
    panel(plot(figure, *(NARROW if narrow else BOX)), records[0])
    return render(figure, [], STILL)


def components(record: Run) -> list[Mode]:
    """Slow, then fast; without one that the start has no error in, for then there is nothing to take a share of."""
    bowl = record.bowl
    errors = np.abs(bowl.modes(record.params))
    rounding = float(np.finfo(record.params.dtype).eps) * np.abs([*record.start, *bowl.least_squares]).max()
    rule = record.update_rule
    factors, half_lives = [None, None], (math.inf, math.inf)
    predicted: list[Callable[[ArrayLike], Vector] | None] = [None, None]
    if rule and rule.is_plain:
        factors = np.abs(theory.contraction(bowl, record.learning_rate)).tolist()
        half_lives = theory.half_lives(bowl, record.learning_rate)
        predicted = [partial(_power, factor) for factor in factors]
    elif rule:
        shares = np.abs(rule.factors(bowl, record.epochs_run))
        predicted = [partial(_looked_up, shares[:, 0]), partial(_looked_up, shares[:, 1])]
    found = []
    for i, symbol in enumerate(("λ₋", "λ₊")):
        if errors[0, i] > rounding:
            with np.errstate(over="ignore", invalid="ignore"):
                shares = errors[:, i] / errors[0, i]
            shares[~np.isfinite(shares)] = np.nan
            found.append(Mode(symbol, float(bowl.eigenvalues[i]), shares, predicted[i], factors[i], half_lives[i]))
    return found


def _power(factor: float, states: ArrayLike) -> Vector:
    with np.errstate(over="ignore"):
        return np.asarray(factor ** np.asarray(states, dtype=np.float64))


def _looked_up(shares: Vector, states: ArrayLike) -> Vector:
    return np.asarray(shares[np.asarray(states, dtype=np.int64)])


def panel(axes: Axes, record: Run) -> None:
    """From 1 down to 0, against the logarithm of the epochs; where one grows, by powers of ten against the epochs."""
    modes = components(record)
    largest = max((float(np.nanmax(mode.shares)) for mode in modes), default=1.0)
    grows = largest > GROWS
    epochs = _epochs(record, modes, grows)
    epochs.mark(axes)
    name(axes, "|_e_ / _e_₀|")
    if grows:
        low = min(float(np.nanmin(logs(mode.shares))) for mode in modes)
        high = math.log10(largest)
        axes.set_ylim(low - 0.2 * (high - low), high + 0.04 * (high - low))
        power_ticks(axes.yaxis, *axes.get_ylim())
    else:
        axes.set_ylim(0, 1.06)
        axes.set_yticks([0, 0.5, 1], ["0", "1/2", "1"])
        axes.axhline(0.5, color=colour("grid"), linewidth=LINES["thin"], zorder=0)

    make_room(axes)
    labels = Labels(axes)
    states = epochs.states(min(record.epochs_run, math.floor(epochs.last)))
    foreseen = epochs.states(math.floor(epochs.last))
    for mode in modes:
        shares = mode.shares[states]
        labels.curve(
            epochs.at(states), logs(shares) if grows else shares,
            color=colour("line"), alpha=0.5, linewidth=LINES["band"], zorder=2,
        )  # fmt: skip
        if mode.predicted:
            shares = mode.predicted(foreseen)
            labels.curve(
                epochs.at(foreseen), logs(shares) if grows else shares,
                color=colour("prediction"), linewidth=LINES["bold"], dashes=(3, 2), zorder=3,
            )  # fmt: skip
    for mode in modes:
        _name(axes, labels, mode, epochs, grows)


def _epochs(record: Run, modes: Sequence[Mode], grows: bool) -> Epochs:
    """All states, and on to the half-lives; of a run whose numbers give out, those before."""
    last = record.epochs_run
    if grows:
        return Epochs(max(int(np.flatnonzero(np.isfinite(mode.shares))[-1]) for mode in modes))
    ahead = [1.6 * mode.half_life for mode in modes if mode.half_life < BEYOND * last]
    return Epochs(max([last, *ahead]), log=last > SHORT)


def _name(axes: Axes, labels: Labels, mode: Mode, epochs: Epochs, grows: bool) -> None:
    """The mode's eigenvalue and half-life beside the point where it has halved; what it grows by beside the middle."""
    lines = [f"{mode.symbol} = {three_digits(mode.eigenvalue)}"]
    if mode.factor is None or mode.predicted is None:
        middle = int(epochs.last) // 4
        place, share = float(middle), float(mode.shares[middle])
    elif mode.factor > 1:
        lines.append(f"|1 − _η_{mode.symbol}| = {three_digits(mode.factor)}")
        place = 0.5 * epochs.last
        share = float(mode.predicted(place))
    else:
        lines.append(f"_t_ = {three_digits(mode.half_life)}" if mode.half_life >= 1 else "_t_ < 1")
        place = max(mode.half_life, 1.0) if mode.half_life < 0.95 * epochs.last else 0.7 * epochs.last
        share = float(mode.predicted(place))
        if place == mode.half_life:
            at = epochs.at([place]), logs([share]) if grows else [share]
            axes.plot(*at, "o", color=colour("prediction"), markersize=POINT + 2, markeredgewidth=0, zorder=5)
    labels.beside((float(epochs.at(place)), float(logs(share)) if grows else share), lines)
