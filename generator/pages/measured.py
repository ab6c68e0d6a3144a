"""A run in the names and units of its points: its line, its error, what was done to x and y, in one language."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import jinja2

from generator.figures.catalogue import Request
from generator.inert import Foreign
from generator.numerals import significant
from generator.runs.analysis import Run
from generator.scenario.naming import Name, Names

DIGITS = 5  # of the numbers of a line
DRAWN_AS_GIVEN = ("squares", "squares_still")  # kinds of figures whose x, y, w and b are of the points as given


@dataclass(frozen=True, eq=False)
class Measured:
    """A run as those speak of it who measured its points. All that it says is written where it goes, and does nothing.

    `named("…").line` is `price [€] = 2,196.5 × size [m²] + 33,409`.
    """

    record: Run  # the run itself
    names: Names  # of x and y, their units, what the points are and where they come from

    @property
    def is_given(self) -> bool:
        """Whether x or y has a name or a unit."""
        return self.names.are_given

    @property
    def x(self) -> Name:
        """What x is called: `plain`, and `full` with its unit."""
        return self.names.x

    @property
    def y(self) -> Name:
        """What y is called, likewise."""
        return self.names.y

    @property
    def line(self) -> Foreign:
        """The line that the run ended with, for x and y as they were given; nothing where there is none."""
        return self.equation(self.record.final_parameters)

    @property
    def best_line(self) -> Foreign:
        """That of least squares, likewise."""
        w, b = self.record.bowl.least_squares.tolist()
        return self.equation((w, b))

    def equation(self, params: tuple[float, float]) -> Foreign:
        """The line of w and b as they were trained, likewise."""
        weight, bias = self.record.in_original_units(params)
        if not (math.isfinite(weight) and math.isfinite(bias)):
            return Foreign("")
        sign = "−" if bias < 0 else "+"
        x, y = self.names.x.full, self.names.y.full
        return Foreign(f"{y} = {significant(weight, DIGITS)} × {x} {sign} {significant(abs(bias), DIGITS)}")

    def root_before(self, epoch: int) -> str:
        """The root of the mean squared error that epoch starts from, in the unit of y as it was given."""
        return significant(self._root(epoch - 1), 4)

    @property
    def last_root(self) -> Foreign:
        """That of the last line, with the unit: 5,210 €."""
        return self.names.y.amount(significant(self._root(self.record.epochs_run), 4))

    def _root(self, state: int) -> float:
        square = self.record.average_square(state)
        return math.sqrt(square) if square >= 0 else math.nan

    # --- What was done before training ---------------------------------------------------------------------

    @property
    def x_shift(self) -> Foreign:
        """The mean of x, which was taken off, with its unit; nothing where nothing was taken off."""
        return self._amount("x", self.record.shift) if self.record.shift else Foreign("")

    @property
    def x_spread(self) -> Foreign:
        """The standard deviation of x, by which it was divided, likewise."""
        is_divided = self.record.scenario.input.standardize and self.record.factor != 1
        return self._amount("x", 1 / self.record.factor) if is_divided else Foreign("")

    @property
    def x_factor(self) -> float | None:
        """What x was multiplied by, where that is no standard deviation; None of the others."""
        return None if self.record.scenario.input.standardize or self.record.factor == 1 else self.record.factor

    def _amount(self, axis: str, number: float) -> Foreign:
        name = self.names.x if axis == "x" else self.names.y
        return name.amount(significant(number, DIGITS))


def of(run: Run, language: str) -> Measured:
    return Measured(run, run.scenario.names_in(language))


def lines_under(template: jinja2.Template, asked: Request, runs: Iterable[Run], language: str) -> list[str]:
    """Under a picture, and of points that have names: which, and what was done to x; in Markdown. Runs may share one.

    ``template`` is ``named.md`` of the language.
    """
    return [*dict.fromkeys(line for run in runs if (line := line_of(template, run, language, asked.kind)))]


def line_of(template: jinja2.Template, run: Run, language: str, kind: str = "") -> str:
    """That of one run, in a picture of this kind, or beside something else; nothing of a run without names."""
    said = of(run, language)
    if not said.is_given:
        return ""
    return " ".join(template.render(said=said, record=run, as_given=kind in DRAWN_AS_GIVEN).split())


def for_browser(run: Run, language: str) -> dict[str, Any]:
    """What goes with the data of a run that has names: for x and y the name, the shift and the factor."""
    said = of(run, language)
    if not said.is_given:
        return {}
    x, y = (run.shift, run.factor), (run.target_shift, run.target_factor)
    return {"named": {"x": [said.x.full, *x], "y": [said.y.full, *y]}}


def facts(results: object, language: str) -> dict[str, object] | None:
    """What an alternative text is told of a run with names, as plain text; None of others, and of several."""
    if not (isinstance(results, list | tuple) and len(results) == 1 and isinstance(results[0], Run)):
        return None
    run = results[0]
    said = of(run, language)
    if not said.is_given:
        return None
    has_unit = bool(said.y.unit) and math.isfinite(said._root(run.epochs_run))
    return {
        "x": str(said.x.full),
        "y": str(said.y.full),
        "line": str(said.line),
        "root": str(said.last_root) if has_unit else "",
        "new_x": run.is_input_transformed,
    }
