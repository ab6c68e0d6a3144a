"""A scenario with values that theory advises: standardised where the bowl is long, half the best rate, enough epochs.

What is written is checked as any file is, and theory is asked again of that.
"""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from generator.faults import Fault, Faults, did_you_mean
from generator.making.forecasts import forecasts
from generator.project import Project
from generator.runs.advice import ILL_CONDITIONED, to_two_digits
from generator.runs.update_rule import UpdateRule
from generator.scenario.csv_cells import number
from generator.scenario.csv_rows import composed
from generator.scenario.csv_text import lines_of
from generator.scenario.csv_ways import columns_of, keys_that_read
from generator.scenario.naming import Named, told_apart
from generator.scenario.reading import ID, made_of
from generator.scenario.schema import MAX_EPOCHS, Csv, Scenario
from generator.starting.writing import begun_with, title_of, write_new

SCHEMA = "scenario.schema.json"
TITLES = re.compile(r"^\[title\][^\n]*\n(?:[ \t]*[A-Za-z][^\n]*\n)+", re.MULTILINE)


@dataclass(frozen=True)
class _Advice:
    """What goes into the file, as far as it is known."""

    standardize: bool = False
    condition_number: float | None = None  # where that is the reason
    center_y: bool = False
    double: bool = False
    rate: float | None = None
    best: float | None = None
    limit: float | None = None
    epochs: int = 100
    arrives: int | None = None
    expect: str = "converges"


def new_points(project: Project, id: str) -> Scenario:
    """Of four points, to be changed. Nothing is written."""
    return _advised(project, id, project.scenarios, None)


def new_of_csv(project: Project, id: str, file: Path, x: str | None, y: str | None) -> tuple[Scenario, bytes]:
    """Of two columns of a CSV file, however it is written, and what is in that file. Nothing is written.

    Raises `Fault`, or `Faults`, where its numbers cannot be read.
    """
    if not file.is_file():
        raise Fault("there is no such file", file=file, help="name a CSV file")
    lines = lines_of(file)
    names = columns_of(Csv(source="csv", file=file.name, x="x", y="y"), lines, file)
    if names and (x is None or y is None):
        if len(names) != 2:
            shown = ", ".join(map(repr, names[:30]))
            raise Fault("which two columns?", file=file, help=f"name them with --x and --y; there are: {shown}")
        first, second = ("1", "2") if all(map(_is_number, names)) else names
        x, y = first if x is None else x, second if y is None else y
    of_x, of_y = (_column(name or "x", names, file) for name in (x, y))
    csv = keys_that_read(Csv(source="csv", file=file.name, x=of_x, y=of_y), lines, file)
    try:
        return _advised(project, id, file.parent, csv), file.read_bytes()
    except (Fault, Faults) as problem:
        try:
            return _advised(project, id, file.parent, csv.model_copy(update={"drop_empty": True})), file.read_bytes()
        except (Fault, Faults):
            raise problem from None


def _column(name: str, names: list[str], file: Path) -> str | int:
    """By its name, or by its number where no line names the columns. Raises `Fault` where there is none."""
    if name.isdecimal() and 0 < int(name) <= len(names) and (name not in names or _is_number(names[int(name) - 1])):
        return int(name)
    if names and composed(name) not in names:
        raise Fault(f"there is no column {name!r}", file=file, help=did_you_mean(name, names))
    return name


def _is_number(cell: str) -> bool:
    return any(number(cell, decimal) is not None for decimal in ".,")


def new_like(project: Project, id: str, other: Scenario) -> Scenario:
    """The same as another, under a title of its own where that can be told apart. Nothing is written."""
    titles = [f'{language} = "{title_of(id)}"\n' for language in _languages(project)]
    text = TITLES.sub(lambda _: "[title]\n" + "".join(titles), other.text, count=1)
    try:
        return _read(project.scenarios, id, text)
    except (Fault, Faults):  # the title is written in a way that is not looked for
        return _read(project.scenarios, id, other.text)


def write_scenario(project: Project, scenario: Scenario, data: bytes | None = None) -> list[Path]:
    """Write it, and its data beside it unless they are there already; the new files. Raises `Fault` or `Faults`."""
    files: dict[Path, str | bytes] = {project.scenarios / f"{scenario.id}.toml": scenario.text}
    if data is not None and isinstance(scenario.data, Csv):
        beside = project.scenarios / scenario.data.file
        if not (beside.is_file() and not beside.is_symlink() and beside.read_bytes() == data):
            files[beside] = data
    write_new(project.root, files)
    return [*files]


def _advised(project: Project, id: str, folder: Path, csv: Csv | None) -> Scenario:
    """With the data in this folder."""
    title = title_of(id) or id

    def with_(advice: _Advice) -> Scenario:
        text = begun_with(
            project, "scenario.toml", title=title, csv=csv, words=_words_of(csv), languages=_languages(project),
            schema=(project.scenarios / SCHEMA).is_file(), **vars(advice),
        )  # fmt: skip
        return _read(folder, id, text)

    advice = _Advice()
    for _ in range(4):  # what helps against one thing may show another
        ((_, known),) = forecasts([with_(advice)])
        cures = {cure for note in known.notes for cure in note.cures}
        if not advice.standardize and (known.bowl.condition_number > ILL_CONDITIONED or "standardize" in cures):
            advice = replace(advice, standardize=True, condition_number=_finite(known.bowl.condition_number))
        elif not advice.center_y and "center_y" in cures:
            advice = replace(advice, center_y=True)
        elif not advice.double and "float64" in cures:
            advice = replace(advice, double=True)
        else:
            break
    scenario = with_(advice)
    ((_, known),) = forecasts([scenario])
    rule = UpdateRule.of(scenario.training)
    best, limit = rule.best_learning_rate(known.bowl), rule.critical_learning_rate(known.bowl)
    advice = replace(advice, rate=float(f"{best / 2:.2g}"), best=best, limit=limit)
    rule = UpdateRule.of(with_(advice).training)
    arrives = rule.epochs_to_arrival(known.bowl, known.start, MAX_EPOCHS)
    if arrives is not None and arrives <= MAX_EPOCHS:
        arrives = max(arrives, 1)
        epochs = math.ceil(to_two_digits(2 * arrives, up=True))  # so that it is seen to stay there
        advice = replace(advice, arrives=arrives, epochs=min(MAX_EPOCHS, epochs))
    ((_, known),) = forecasts([with_(advice)])
    if known.prediction is not None and advice.expect not in known.prediction.possible:
        advice = replace(advice, expect=known.prediction.verdict)
    return with_(advice)


def _words_of(csv: Csv | None) -> dict[str, str]:
    """What the names of the columns say of x and y where they end with a unit, as in "size [m²]", by key."""
    words: dict[str, str] = {}
    for axis in ("x", "y"):
        column = csv.column(axis) if csv else None
        if isinstance(column, str) and (parts := told_apart(column))[1]:
            words |= {f"{axis}_label": parts[0], f"{axis}_unit": parts[1]}
    try:
        Named.model_validate(words)
    except ValidationError:
        return {}
    return words


def _finite(number: float) -> float | None:
    return number if number < 1e6 else None


def _languages(project: Project) -> list[str]:
    return [*dict.fromkeys(("en", project.language))]


def _read(folder: Path, id: str, text: str) -> Scenario:
    """The scenario that a file of this text would be there."""
    if not ID.fullmatch(id):
        help = "name it with a-z, 0-9 and '-' (not at an end), at most 64 characters"
        raise Fault(f"{id!r} cannot be a scenario's id", help=help)
    return made_of(folder / f"{id}.toml", text, tomllib.loads(text), [folder])
