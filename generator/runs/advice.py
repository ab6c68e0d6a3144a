"""What an author should know of a scenario: what its dtype does to its points, and what would make it do as expected.

Plain numbers, and lines of TOML: who shows them says the words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from generator.faults import Fault
from generator.runs import theory
from generator.runs.record import Array
from generator.scenario.schema import MAX_EPOCHS, Scenario, Verdict

NoteKind = Literal["one_x", "merged", "moved", "indistinct"]
Cure = Literal["center", "standardize", "float64"]

NOTICEABLE = 1e-4  # of the spread of y: a hundredth of its standard deviation
ILL_CONDITIONED = 100.0


@dataclass(frozen=True)
class Note:
    """Something about the points that makes a run say less than it seems to.

    ``one_x``: x does not vary, so no run can learn a slope. ``merged``: different x became equal in the run's dtype.
    ``moved``: rounding to the dtype moved the least-squares line noticeably. ``indistinct``: in the dtype, rounding of
    the residuals is as large as what would tell a good line from a bad one.
    """

    kind: NoteKind
    given: int  # how many different x there were as given …
    kept: int  # … and as trained on
    moved: float  # how far the line moved on the given points, root mean square, in standard deviations of y
    cures: tuple[Cure, ...]


def notes(scenario: Scenario, x: Array, y: Array, shift: float, factor: float) -> list[Note]:
    """What is to be said of the points: x and y (n,) as trained on, x as (x as given − shift) · factor."""
    dtype, loss = scenario.training.dtype, scenario.training.loss
    trained = theory.bowl(x, y, loss)
    given = [np.array(column, dtype=np.float64) for column in scenario.given_points]
    kept = len(np.unique(x))
    count, moved = kept, 0.0
    if len(given[0]):
        count = len(np.unique(given[0]))
        exact = theory.bowl((given[0] - shift) * factor, given[1], loss)
        moved = math.sqrt(float(exact.excess(trained.least_squares)) / exact.spread) if exact.spread > 0 else 0.0

    found: list[NoteKind] = []
    if kept == 1:
        found.append("one_x")
    if kept < count:
        found.append("merged")
    elif moved**2 > NOTICEABLE:
        found.append("moved")
    if 4 * trained.rounding(dtype) > 1e-2 * trained.spread > 0:
        found.append("indistinct")
    cures = _cures(scenario)
    return [Note(kind, count, kept, moved, () if kind == "one_x" else cures) for kind in found]


def _cures(scenario: Scenario) -> tuple[Cure, ...]:
    centred = scenario.input.center or scenario.input.standardize
    cures: list[Cure] = [] if centred else ["standardize"] if scenario.input.scale is None else ["center"]
    return (*cures, "float64") if scenario.training.dtype == "float32" else tuple(cures)


def cure(scenario: Scenario, bowl: theory.Bowl, prediction: theory.Prediction, expected: Verdict) -> list[str]:
    """Lines for the scenario's file with which it would do as expected; none where no one change is sure to."""
    limit, slow = bowl.critical_learning_rate, bowl.eigenvalues[0]
    if expected == "bounces":
        return [f"learning_rate = {limit!r}"]
    if expected == "diverges":
        return [f"learning_rate = {_round(1.1 * limit, up=True):g}"]
    if expected == "crawls":
        return [f"learning_rate = {_round(prediction.learning_rate / 10, up=False):g}"]
    needed = prediction.epochs_to_converge
    if (
        prediction.regime in theory.CONVERGING
        and needed is not None
        and needed <= min(MAX_EPOCHS, 20 * prediction.epochs)
    ):
        return [f"epochs = {min(MAX_EPOCHS, math.ceil(_round(needed, up=True)))}"]
    if bowl.condition_number > ILL_CONDITIONED and slow > 0 and not scenario.input.standardize:
        # Then both eigenvalues are 2 in the mean: a quarter is half the rate that lands in one step.
        share = bowl.sum_share * scenario.count
        return ["[input] standardize = true", f"learning_rate = {_round(0.25 / share, up=False):g}"]
    return [f"learning_rate = {_round(bowl.best_learning_rate, up=False):g}"]


def _round(number: float, *, up: bool) -> float:
    """To two digits, up or down."""
    power = 10.0 ** (math.floor(math.log10(number)) - 1)
    return (math.ceil if up else math.floor)(round(number / power, 9)) * power


def unexpected(
    scenario: Scenario,
    bowl: theory.Bowl,
    verdict: Verdict,
    prediction: theory.Prediction | None,
    left: theory.Vector | None = None,
) -> Fault | None:
    """A fault where the verdict, of the run or predicted of it, is not what the scenario expects: why, and a cure.

    ``left`` are the shares of the first excess that a run left in the slow and the fast direction (2,).
    """
    if verdict == scenario.expect:
        return None
    rate, epochs = scenario.training.learning_rate, scenario.training.epochs
    lines = scenario.text.splitlines()
    line = next((n for n, text in enumerate(lines, start=1) if text.lstrip().startswith("expect")), None)
    what = f"and in {epochs} epochs it {verdict}"
    if left is not None:
        # Of what has overflowed no share is left to be told.
        shares = (
            " and ".join(f"{share:.2g} of it" for share in left.tolist()) if np.isfinite(left).all() else "no number"
        )
        what = f"and its run {verdict}: of the first excess {shares} is left in the slow and the fast direction"
    cures = cure(scenario, bowl, prediction, scenario.expect) if prediction else []
    change = f"write {' and '.join(cures)}, or" if cures else "change the rate or the epochs, or write"
    return Fault.at_line(
        f"{scenario.id} is expected to be one that {scenario.expect}, {what}",
        file=scenario.path,
        text=scenario.text,
        line=line,
        help=f'its rate is {theory.of_limit(rate, bowl)} the largest that converges; {change} expect = "{verdict}"',
    )
