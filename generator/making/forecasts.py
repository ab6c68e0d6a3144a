"""What theory says of scenarios, as a table for the terminal. Nothing is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from generator.numerals import epochs
from generator.runs.theory import Prediction
from generator.scenario.schema import Scenario


def predictions(scenarios: Iterable[Scenario]) -> list[dict[str, str]]:
    """A row a scenario, from column heading to cell; empty cells where there is no closed form."""
    from generator.descent.forecast import forecast

    return [_row(scenario, forecast(scenario)) for scenario in scenarios]


def _row(scenario: Scenario, said: Prediction | None) -> dict[str, str]:
    row = {"scenario": scenario.id, "rate": f"{scenario.training.learning_rate:g}"}
    if said is None:
        return row | dict.fromkeys(COLUMNS, "") | {"verdict": "no closed form"}
    return row | {heading: cell(said) for heading, cell in COLUMNS.items()}


COLUMNS: dict[str, Callable[[Prediction], str]] = {
    "λ₋": lambda said: f"{said.slow_eigenvalue:.4g}",
    "λ₊": lambda said: f"{said.fast_eigenvalue:.4g}",
    "limit": lambda said: f"{said.critical_learning_rate:.4g}",
    "of limit": lambda said: f"{100 * said.share_of_limit:.3g} %",
    "for ever": lambda said: said.regime,
    "epochs": lambda said: epochs(said.epochs),
    "verdict": lambda said: said.verdict,
    "growth": lambda said: f"{said.growth_factor:.4g}" if said.regime == "explodes" else "",
    "half-lives": lambda said: f"{epochs(said.slow_half_life)}, {epochs(said.fast_half_life)}",
    "converged at": lambda said: epochs(said.epochs_to_converge),
    "loss inf at": lambda said: epochs(said.overflow_epoch),
    "last loss": lambda said: f"{said.expected[-1].loss:.4g} ({said.expected[-1].epoch})",
}
