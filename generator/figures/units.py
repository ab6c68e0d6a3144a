"""In which units a picture is, in symbols: what was done to x and y before training, and of which y the loss is."""

from __future__ import annotations

from matplotlib.figure import Figure

from generator import numerals
from generator.figures.canvas import is_narrow
from generator.figures.named import has_names
from generator.figures.text import formula, page_size, width
from generator.runs.analysis import Run
from generator.runs.rate_sweep import RateSweep
from generator.scenario.schema import LossConvention, Transform

BETWEEN = ",   "
MARGIN, LINE = 2, 16  # of a narrow page; from baseline to baseline
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
    """What x and y are called: where y was transformed, or the points have names, all that was has a prime."""
    x = "x′" if record.is_input_transformed and (record.is_target_transformed or has_names(record)) else "x"
    return x, "y′" if record.is_target_transformed else "y"


def legend(record: Run | RateSweep, *, of_line: bool = False) -> list[str]:
    """Of a transformed y, which loss L is, and what the names with primes stand for; of others nothing.

    ``of_line``: where a line has x′ in it, of an x that has a name, that is said as well.
    """
    if not record.is_target_transformed:
        is_primed = of_line and isinstance(record, Run) and names(record)[0] != "x"
        return [f"x′ = {of_x(record)}"] if is_primed and isinstance(record, Run) else []
    said = [f"L = ∑ (ŷ′ − y′)²{SHARES[record.scenario.training.loss]}"]
    if isinstance(record, Run) and record.is_input_transformed:
        said.append(f"x′ = {of_x(record)}")
    return [*said, f"y′ = {of_y(record)}"]


def say(
    figure: Figure, record: Run | RateSweep, edge: float, baseline: float, side: str = "left", *, of_line: bool = False
) -> float:  # fmt: skip
    """The legend, small, its baseline at a place in CSS pixels from the top left corner; of a narrow page at the foot.

    Returns how much of that foot it takes.
    """
    if is_narrow(figure):
        return _say_below(figure, legend(record, of_line=of_line))
    formula(figure, edge, baseline, BETWEEN.join(legend(record, of_line=of_line)), side, role="quiet", size="small")
    return 0


def _say_below(figure: Figure, all_said: list[str]) -> float:
    """On as many lines as it takes."""
    page_width, page_height = page_size(figure)
    lines: list[str] = []
    for said in all_said:
        longer = f"{lines[-1]}{BETWEEN}{said}" if lines else said
        if lines and width(longer, "small", "italic") <= page_width - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(said)
    for row, line in enumerate(reversed(lines)):
        formula(figure, MARGIN, page_height - 8 - LINE * row, line, role="quiet", size="small")
    return LINE * len(lines)
