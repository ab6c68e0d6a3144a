"""What theory says of scenarios, as a table for the terminal. Nothing is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from generator.faults import Fault, Faults
from generator.figures import labelling
from generator.inert import one_line
from generator.numerals import epochs
from generator.runs import advice
from generator.runs.advice import Cure, Note
from generator.runs.prediction import MinibatchRate, Prediction
from generator.runs.thinning import estimate
from generator.scenario.schema import Dtype, Scenario, Target

if TYPE_CHECKING:
    from generator.descent.forecast import Forecast
    from generator.runs.analysis import Run


def forecasts(scenarios: Iterable[Scenario]) -> list[tuple[Scenario, Forecast]]:
    """Each with what is known of it beforehand. Raises `Faults` for those whose points do not fit in their dtype."""
    from generator.descent.forecast import forecast

    made, faults = [], []
    for scenario in scenarios:
        try:
            made.append((scenario, forecast(scenario)))
        except Fault as fault:
            faults.append(fault)
    if faults:
        raise Faults(faults)
    return made


def predictions(made: Iterable[tuple[Scenario, Forecast]]) -> list[dict[str, str]]:
    """A row a scenario, from column heading to cell; empty cells where theory has nothing to say."""
    return [_row(scenario, forecast) for scenario, forecast in made]


def unexpected(made: Iterable[tuple[Scenario, Forecast]]) -> list[Fault]:
    """A fault for each scenario whose end theory sees otherwise than its file does; none where rounding decides."""
    return [
        fault
        for scenario, forecast in made
        if (said := forecast.prediction) and scenario.expect not in said.possible
        if (fault := advice.unexpected(scenario, forecast.bowl, forecast.start, said.verdict))
    ]


# A cure as it is written in a scenario's file.
CURES: dict[Cure, str] = {
    "center": "[input] center = true",
    "standardize": "[input] standardize = true",
    "center_y": "[target] center = true",
    "float64": '[training] dtype = "float64"',
}


def remarks(scenario: Scenario, known: Forecast | Run) -> list[str]:
    """What is to be known of a scenario's points, of minibatches and of a mistake, a line each, for the terminal."""
    lines = []
    for note in known.notes:
        cures = " or ".join(CURES[cure] for cure in note.cures)
        lines.append(_remark(note, scenario.training.dtype) + (f"; what helps: {cures}" if cures else ""))
    if known.minibatch_rate:
        lines += _rate_remarks(known.minibatch_rate, decays=scenario.training.decay is not None)
    lines += _name_remarks(scenario)
    if known.mistaken_end:
        lines.append(f"it has a mistake in it, {known.mistaken_end.mistake}; what theory says is of the right program")
    return [f"note: {scenario.path}: {line}" for line in lines]


def _name_remarks(scenario: Scenario) -> list[str]:
    """Which names no picture carries, by language, and that points which are not published can be seen all the same."""
    lines: dict[str, None] = {}
    for language in scenario.languages:
        names = scenario.names_in(language)
        for name in (names.x, names.y):
            if why := labelling.why_beside(name):
                shown = one_line(name.on_axis)
                lines[f"pictures say {name.symbol}, and {shown!r} stands beside them: {why}"] = None
    if scenario.withholds:
        lines["its points are not published; pictures show where they lie, and tables what came of them"] = None
    return [*lines]


def about_length(scenario: Scenario) -> list[str]:
    """That a run is very long, and what it will leave: a line for the terminal, or none."""
    foreseen = estimate(scenario.training)
    if foreseen is None:
        return []
    every = f"{foreseen.every}{'nd' if foreseen.every == 2 else 'th'}"
    may_end = ", unless a rule of [stop] ends it early" if scenario.stop.model_dump(exclude_none=True) else ""
    return [
        f"note: {scenario.path}: {scenario.training.epochs:,} epochs are a long run{may_end}; build/cache/ keeps about "
        f"{_megabytes(foreseen.kept_bytes)} of it, and trajectory.csv has about {round(foreseen.rows, -2):,} of its "
        f"epochs ({_megabytes(foreseen.published_bytes)}): the first {foreseen.first:,}, then every {every}, the last, "
        "and those that its page names"
    ]


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.2g} MB"


def _remark(note: Note, dtype: Dtype) -> str:
    match note.kind:
        case "one_x":
            return "x does not vary, so no slope can be learned from it"
        case "one_y":
            return "y does not vary, so standardising only centres it"
        case "merged":
            return f"in {dtype} the {note.given} different x are only {note.kept}"
        case "moved":
            return f"rounding to {dtype} moves the best line by {note.moved:.2g} standard deviations of y"
        case "indistinct":
            return f"in {dtype} rounding hides which line is the better one"
        case "coarse_y":
            return f"rounding to {dtype} moves y by {note.moved:.2g} of its standard deviations"


def lacking(arrived: tuple[bool, bool]) -> str:
    """The directions in which a run has not arrived, from whether it has in the slow and in the fast one."""
    return ", ".join(name for name, there in zip(("slow", "fast"), arrived, strict=True) if not there)


def _rate_remarks(rate: MinibatchRate, decays: bool) -> list[str]:
    """Theory here does not say where minibatches end; it does say what a step does to a point."""
    lines = []
    first, at_first = ("first ", ", at first,") if decays else ("", "")
    if rate.share_of_limit > 1:
        lines.append(
            f"its {first}rate is {rate.share_of_limit:.3g} times the largest with which plain descent converges here"
        )
    if rate.residual_factor is not None and abs(rate.residual_factor) > 1:
        lines.append(
            f"a step{at_first} on the point at x = {rate.farthest_x:.4g} alone multiplies its residual by "
            f"{rate.residual_factor:.3g}; what helps: a learning_rate below {rate.largest_for_one_point:.2g}"
        )
    return lines


def _row(scenario: Scenario, forecast: Forecast) -> dict[str, str]:
    row = {"scenario": scenario.id, "expect": scenario.expect, "rate": f"{scenario.training.learning_rate:g}"}
    if forecast.prediction:
        cells = {heading: cell(forecast.prediction) for heading, cell in COLUMNS.items()}
        if scenario.target != Target():  # the loss is one of y as it was made
            cells["last loss"] += " of y′"
        return row | cells
    # Else theory knows the points, and how the rate compares with that of all of them at once and no mistake.
    slow, fast = forecast.bowl.eigenvalues.tolist()
    rate = forecast.minibatch_rate or forecast.mistaken_end
    assert rate is not None
    known = {
        "λ₋": f"{slow:.4g}",
        "λ₊": f"{fast:.4g}",
        "limit": f"{forecast.bowl.critical_learning_rate:.4g}",
        "of limit": f"{100 * rate.share_of_limit:.3g} %",
        "for ever": "no prediction" if forecast.minibatch_rate else scenario.training.mistake or "",
    }
    return row | dict.fromkeys(COLUMNS, "") | known


COLUMNS: dict[str, Callable[[Prediction], str]] = {
    "λ₋": lambda said: f"{said.slow_eigenvalue:.4g}",
    "λ₊": lambda said: f"{said.fast_eigenvalue:.4g}",
    "limit": lambda said: f"{said.critical_learning_rate:.4g}",
    "of limit": lambda said: f"{100 * said.share_of_limit:.3g} %",
    "for ever": lambda said: said.regime,
    "epochs": lambda said: epochs(said.epochs),
    "verdict": lambda said: said.verdict,
    "not arrived": lambda said: lacking(said.arrived) if said.verdict == "crawls" else "",
    "growth": lambda said: f"{said.growth_factor:.4g}" if said.regime in ("explodes", "settles") else "",
    "half-lives": lambda said: (
        ""
        if said.slow_half_life is None or said.fast_half_life is None
        else f"{epochs(said.slow_half_life)}, {epochs(said.fast_half_life)}"
    ),
    "converged at": lambda said: epochs(said.epochs_to_converge),
    "loss inf at": lambda said: epochs(said.overflow_epoch),
    "last loss": lambda said: f"{said.expected[-1].loss:.4g} ({said.expected[-1].epoch})",
}
