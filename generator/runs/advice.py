"""What an author should know of a scenario: what its dtype does to its points, and what would make it do as expected.

Plain numbers, and lines of TOML: who shows them says the words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from generator.faults import Fault, lines_of
from generator.runs import theory
from generator.runs.prediction import predict
from generator.runs.record import Array
from generator.runs.update_rule import UpdateRule
from generator.scenario.schema import MAX_EPOCHS, Scenario, Verdict

NoteKind = Literal["one_x", "one_y", "merged", "moved", "indistinct", "coarse_y"]
Cure = Literal["center", "standardize", "center_y", "float64"]

NOTICEABLE = 1e-4  # of the spread of y: a hundredth of its standard deviation
ILL_CONDITIONED = 100.0


@dataclass(frozen=True)
class Note:
    """Something about the points that makes a run say less than it seems to.

    ``one_x``: x does not vary, so no run can learn a slope. ``one_y``: y, which was to be standardised,
    does not vary, and was centred alone. ``merged``: different x became equal in the run's dtype. ``moved``: rounding
    to the dtype moved the least-squares line noticeably. ``indistinct``: in the dtype, rounding of the residuals is as
    large as what would tell a good line from a bad one. ``coarse_y``: y is so far from 0 that rounding moved it.
    """

    kind: NoteKind
    given: int  # how many different x there were as given …
    kept: int  # … and as trained on
    moved: float  # how far the line (of ``coarse_y``: y) moved, root mean square, in standard deviations of y
    cures: tuple[Cure, ...]


def notes(
    scenario: Scenario, x: Array, y: Array, shift: float, factor: float, target_shift: float, target_factor: float
) -> list[Note]:
    """What is to be said of the points: x and y (n,) as trained on, x as (x as given − shift) · factor, y likewise."""
    dtype, loss = scenario.training.dtype, scenario.training.loss
    trained = theory.bowl(x, y, loss)
    given = [np.array(column, dtype=np.float64) for column in scenario.given_points]
    kept = len(np.unique(x))
    count, moved, coarse = kept, 0.0, 0.0
    if len(given[0]):
        count = len(np.unique(given[0]))
        exact = theory.bowl((given[0] - shift) * factor, (given[1] - target_shift) * target_factor, loss)
        moved = math.sqrt(float(exact.excess(trained.least_squares)) / exact.spread) if exact.spread > 0 else 0.0
        coarse = _coarseness((given[1] - target_shift) * target_factor, y)

    found: list[NoteKind] = []
    if kept == 1:
        found.append("one_x")
    if scenario.target.standardize and np.ptp(y) == 0:
        found.append("one_y")
    if kept < count:
        found.append("merged")
    elif moved**2 > NOTICEABLE:
        found.append("moved")
    if 4 * trained.rounding(dtype) > 1e-2 * trained.spread > 0:
        found.append("indistinct")
    if coarse**2 > NOTICEABLE:
        found.append("coarse_y")
    cures = _cures(scenario)
    by_kind: dict[NoteKind, tuple[Cure, ...]] = {
        "one_x": (), "one_y": (), "coarse_y": ("center_y", *(cure for cure in cures if cure == "float64")),
    }  # fmt: skip
    return [
        Note(kind, count, kept, coarse if kind == "coarse_y" else moved, by_kind.get(kind, cures)) for kind in found
    ]


def _coarseness(exact: theory.Vector, rounded: Array) -> float:
    """How far rounding moved y, root mean square, in its standard deviations."""
    deviation = float(np.std(exact))
    return float(np.sqrt(np.mean((rounded - exact) ** 2))) / deviation if deviation > 0 else 0.0


def _cures(scenario: Scenario) -> tuple[Cure, ...]:
    centred = scenario.input.center or scenario.input.standardize
    cures: list[Cure] = [] if centred else ["standardize"] if scenario.input.scale is None else ["center"]
    return (*cures, "float64") if scenario.training.dtype == "float32" else tuple(cures)


@dataclass(frozen=True)
class _Change:
    """Lines for a scenario's file, and what its run would have with them."""

    lines: list[str]
    bowl: theory.Bowl
    rule: UpdateRule
    epochs: int


def cure(scenario: Scenario, bowl: theory.Bowl, start: ArrayLike, expected: Verdict) -> list[str]:
    """Lines for the scenario's file with which, says theory, it does as expected; none where none is known."""
    if not scenario.is_foretold:
        return []
    for change in _changes(scenario, bowl, start, expected):
        if predict(change.bowl, start, change.rule, change.epochs).possible == (expected,):
            return change.lines
    return []


def _changes(scenario: Scenario, bowl: theory.Bowl, start: ArrayLike, expected: Verdict) -> Iterator[_Change]:
    """What could help, the smallest change first."""
    epochs, rule = scenario.training.epochs, UpdateRule.of(scenario.training)

    def with_rate(rate: float) -> _Change:
        return _Change([f"learning_rate = {rate!r}"], bowl, replace(rule, learning_rate=rate), epochs)

    limit = rule.critical_learning_rate(bowl)
    match expected:
        case "bounces":
            yield with_rate(limit)
        case "diverges":
            yield from (with_rate(to_two_digits(times * limit, up=True)) for times in (1.1, 1.5, 2, 4, 10, 100))
        case "crawls":
            yield from (with_rate(to_two_digits(rule.learning_rate / 10**power, up=False)) for power in range(1, 13))
        case "converges":
            yield from _longer(_Change([], bowl, rule, epochs), start, most=min(MAX_EPOCHS, 20 * epochs))
            if bowl.condition_number > ILL_CONDITIONED and bowl.eigenvalues[0] > 0 and not scenario.input.standardize:
                round_bowl = _standardised(bowl)
                # Half of the rate that, without momentum, lands in one step.
                rate = to_two_digits(0.5 / float(round_bowl.eigenvalues[0]), up=False)
                lines = ["[input] standardize = true", f"learning_rate = {rate!r}"]
                standardised = _Change(lines, round_bowl, replace(rule, learning_rate=rate), epochs)
                yield standardised
                yield from _longer(standardised, start)
            best = with_rate(to_two_digits(rule.best_learning_rate(bowl), up=False))
            yield best
            yield from _longer(best, start)


def _longer(change: _Change, start: ArrayLike, most: int = MAX_EPOCHS) -> Iterator[_Change]:
    """The same, with as many epochs as it needs, if that is no more than ``most``."""
    needed = change.rule.epochs_to_arrival(change.bowl, start, change.epochs)
    if needed is not None and change.epochs < needed <= most:
        epochs = min(MAX_EPOCHS, math.ceil(to_two_digits(needed, up=True)))
        yield replace(change, lines=[*change.lines, f"epochs = {epochs}"], epochs=epochs)


def _standardised(bowl: theory.Bowl) -> theory.Bowl:
    """The bowl of the same points with their x standardised: a round one, with its bottom elsewhere."""
    both = float(bowl.hessian[1, 1])  # 2k: curvature along b, whatever x is
    mean = float(bowl.hessian[0, 1]) / both
    deviation = math.sqrt(float(bowl.eigenvalues[0] * bowl.eigenvalues[1])) / both
    weight, bias = bowl.least_squares.tolist()
    return replace(
        bowl,
        least_squares=np.array([weight * deviation, bias + weight * mean]),
        hessian=both * np.eye(2),
        eigenvalues=np.array([both, both]),
        eigenvectors=np.eye(2),
    )


def to_two_digits(number: float, *, up: bool) -> float:
    """The next number of two digits, up or down, of one above 0."""
    power = math.floor(math.log10(number)) - 1
    digits = (math.ceil if up else math.floor)(round(number / 10.0**power, 9))
    return float(f"{digits}e{power}")


@dataclass(frozen=True, eq=False)
class End:
    """How a run ended."""

    params: ArrayLike  # (2,)  w, b
    arrived: tuple[bool, bool]  # in the slow and in the fast direction
    swings_on: bool  # it is where it would arrive, and its momentum carries it out again
    held_off: tuple[bool, bool] = (False, False)  # by what its batches disagree on, in each direction


def unexpected(
    scenario: Scenario, bowl: theory.Bowl, start: ArrayLike, verdict: Verdict, ended: End | None = None
) -> Fault | None:
    """A fault where the verdict, of the run or predicted of it, is not what the scenario expects: why, and a cure.

    ``start`` (2,) is where it begins; ``ended`` is None of a run that is to come.
    """
    if verdict == scenario.expect:
        return None
    epochs = scenario.training.epochs
    lines = lines_of(scenario.text)
    line = next((n for n, text in enumerate(lines, start=1) if text.lstrip().startswith("expect")), None)
    what = f"and in {epochs} epochs it {verdict}"
    if ended is not None:
        what = f"and its run {verdict}{_remaining(bowl, start, verdict, ended)}"
    cures = cure(scenario, bowl, start, scenario.expect)
    change = f"write {' and '.join(cures)}, or" if cures else f"{_other_cure(scenario, verdict, ended)}, or write"
    return Fault.at_line(
        f"{scenario.id} is expected to be one that {scenario.expect}, {what}",
        file=scenario.path,
        text=scenario.text,
        line=line,
        help=f'its rate is {_of_limit(scenario, bowl)}; {change} expect = "{verdict}"',
    )


def _other_cure(scenario: Scenario, verdict: Verdict, ended: End | None) -> str:
    """What may help where no line of the file is known that does."""
    if scenario.is_full_batch or scenario.expect != "converges" or ended is None:
        return "change the rate or the epochs"
    calmer = "a smaller rate, larger batches or a rate that decays"
    if verdict == "diverges":
        return "take a smaller rate or larger batches"
    if any(ended.held_off):
        lacks_epochs = any(not (there or held) for there, held in zip(ended.arrived, ended.held_off, strict=True))
        return "take larger batches or a rate that decays, and more epochs" if lacks_epochs else f"take {calmer}"
    return "change the rate or the epochs"


def _remaining(bowl: theory.Bowl, start: ArrayLike, verdict: Verdict, ended: End) -> str:
    """What a run has left of the excess that it began with, where that is to the point."""
    first, last = bowl.excesses(start), bowl.excesses(ended.params)
    if not np.isfinite(last).all():
        return ": it overflowed"
    if verdict != "crawls":
        whole = float(first.sum())
        return f": {float(last.sum()) / whole:.2g} of the first excess loss is left" if whole else ""
    each = [
        (name, f"{now:.2g} (at first {before:.2g})")
        for name, is_there, before, now in zip(("slow", "fast"), ended.arrived, first, last, strict=True)
        if not is_there
    ]
    names, shares = " and the ".join(name for name, _ in each), " and ".join(share for _, share in each)
    swings = ", and its momentum carries it on" if ended.swings_on else ""
    held = [name for name, is_held in zip(("slow", "fast"), ended.held_off, strict=True) if is_held]
    trembles = f"; in the {' and the '.join(held)} one its batches pull it to and fro" if held else ""
    return f": it has not arrived in the {names} direction, where the excess loss is {shares}{swings}{trembles}"


def _of_limit(scenario: Scenario, bowl: theory.Bowl) -> str:
    """The rate in units of the critical one: ``4.3 times the largest that converges``."""
    rule = UpdateRule.of(scenario.training)
    plain = not scenario.is_full_batch
    share = rule.learning_rate / (bowl.critical_learning_rate if plain else rule.critical_learning_rate(bowl))
    times = f"{share:.2g} of" if share <= 1 else f"{share:.0f} times" if 10 <= share < 1e6 else f"{share:.2g} times"
    return f"{times} the largest that converges{' on all points at once' if plain else ''}"
