"""In which units a picture is, in symbols: what was done to x and y before training, and of which y the loss is."""

from __future__ import annotations

from matplotlib.figure import Figure

from generator import numerals
from generator.figures.text import formula
from generator.runs.analysis import Run
from generator.runs.rate_sweep import RateSweep
from generator.scenario.schema import LossConvention, Transform

SHARES: dict[LossConvention, str] = {"mean": " / n", "sum": "", "half": " / 2n", "half_sum": " / 2"}


def of_x(record: Run) -> str:
    """What was done to x: ``x``, ``0.1 x``, ``x − 9.91``, ``(x − 9.91) / 10.5``."""
    return _transformed("x", record.scenario.input, record.shift, record.factor)


def of_y(record: Run | RateSweep) -> str:
    """What was done to y, likewise."""
    return _transformed("y", record.scenario.target, record.target_shift, record.target_factor)


def _transformed(name: str, asked: Transform, shift: float, factor: float) -> str:
    scaled = factor != 1
    if shift:
        name = f"{name} {'−' if shift > 0 else '+'} {numerals.brief(abs(shift))}"
        name = f"({name})" if scaled else name
    if not scaled:
        return name
    if asked.standardize:
        return f"{name} / {numerals.brief(1 / factor)}"
    return f"{numerals.brief(factor)} {name}"


def names(record: Run) -> tuple[str, str]:
    """What x and y are called: where y was transformed, all that was has a prime."""
    if not record.is_target_transformed:
        return "x", "y"
    return "x′" if record.is_input_transformed else "x", "y′"


def legend(record: Run | RateSweep) -> str:
    """Of a transformed y, which loss L is, and what the names with primes stand for; of others nothing."""
    if not record.is_target_transformed:
        return ""
    said = [f"L = ∑ (ŷ′ − y′)²{SHARES[record.scenario.training.loss]}"]
    if isinstance(record, Run) and record.is_input_transformed:
        said.append(f"x′ = {of_x(record)}")
    return ",   ".join([*said, f"y′ = {of_y(record)}"])


def say(figure: Figure, record: Run | RateSweep, edge: float, baseline: float, side: str = "left") -> None:
    """The legend, small, its baseline at a place in CSS pixels from the top left corner."""
    formula(figure, edge, baseline, legend(record), side, role="quiet", size="small")
