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
from generator.starting.writing import begun_with, no_name, title_of, write_new

EMPTY = "the file is empty"
GALLERY = "index"
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
        fault = "this is a folder" if file.is_dir() else "there is no such file"
        raise Fault(fault, file=file, help="name a CSV file")
    if file.suffix == ".toml":
        raise Fault(
            "beside the scenarios it would be taken for one", file=file, help="rename it, so that it ends in .csv"
        )
    lines = lines_of(file)
    names = columns_of(Csv(source="csv", file=file.name, x="x", y="y"), lines, file)
    if x is None or y is None:
        if len(names) < 2:
            help = "it needs two columns of numbers with one separator between them, and may name them in a line above"
            fault = "there are no columns to be told apart in this file" if any(map(str.strip, lines)) else EMPTY
            raise Fault(fault, file=file, help=help)
        if len(names) != 2:
            shown = ", ".join(map(repr, names[:30]))
            raise Fault("which two columns?", file=file, help=f"name them with --x and --y; there are: {shown}")
        first, second = ("1", "2") if all(map(_is_number, names)) else names
        x, y = first if x is None else x, second if y is None else y
    of_x, of_y = (_column(name, names, file) for name in (x, y))
    if isinstance(of_x, str) != isinstance(of_y, str):  # one is a name, so that is what the first line has
        of_x, of_y = (names[of - 1] if isinstance(of, int) else of for of in (of_x, of_y))
    csv = keys_that_read(Csv(source="csv", file=file.name, x=of_x, y=of_y), lines, file)
    try:
        return _advised(project, id, file.parent, csv), file.read_bytes()
    except (Fault, Faults) as problem:
        try:
            return _advised(project, id, file.parent, csv.model_copy(update={"drop_empty": True})), file.read_bytes()
        except (Fault, Faults):
            raise _of_the_file(problem, file) from None


def _of_the_file(problem: Fault | Faults, file: Path) -> Fault | Faults:
    """The same without the scenario's lines, which nobody has written yet."""
    if isinstance(problem, Faults):
        return Faults([_of_one(fault, file) for fault in problem.faults])
    return _of_one(problem, file)


def _of_one(fault: Fault, file: Path) -> Fault:
    return fault if fault.file == file else Fault(fault.fault, file=file, help=fault.help)


def _column(name: str, names: list[str], file: Path) -> str | int:
    """By its name, with its unit or without, or by its number. Raises `Fault` where there is none.

    A number stays one where no line names the columns.
    """
    if name.isdecimal() and 0 < int(name) <= len(names) and (name not in names or _is_number(names[int(name) - 1])):
        named = names[int(name) - 1]
        if any(map(_is_number, names)):
            return int(name)
        name = named
    if (count := names.count(composed(name))) > 1:
        raise Fault(f"{count} columns are called {name!r}", file=file, help="give each column a name of its own")
    if not names or count:
        return name
    without_unit = [each for each in names if told_apart(each)[0] == composed(name)]
    if len(without_unit) != 1:
        raise Fault(f"there is no column {name!r}", file=file, help=did_you_mean(name, names))
    return without_unit[0]


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
        raise no_name(f"{id!r} cannot be a scenario's id", id)
    if id == GALLERY:
        help = "give the run another; index is the page that shows them all"
        raise Fault(f"{id!r} cannot be a scenario's id", help=help)
    return made_of(folder / f"{id}.toml", text, tomllib.loads(text), [folder])
