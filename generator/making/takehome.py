"""What a reader takes home of a run: a script and a notebook that make its numbers again, with PyTorch and Matplotlib.

Both come from one template a language, a script whose comments mark its cells ("# %%", as editors know them), and both
hold the source of the very functions that ran.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
import secrets
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypedDict, cast

import jinja2

from generator.faults import Fault, lines_of
from generator.inert import in_notebook, in_python
from generator.making import source
from generator.runs.analysis import Run
from generator.scenario.schema import Mistake, Scenario, Synthetic
from generator.templating import environment, render

NUMBERS_A_LINE = 8
MAGIC = re.compile(r"(?m)^([ \t]*)(?:%%[^\0]*|[%!].*)")  # a notebook's own commands, such as %pip, which are no Python
PYTHON_HELP = (
    "the template is a script in Python whose comments `# %%` begin cells; templates/en/ of the generator has one"
)
HELP = "what it is given stands in generator/making/takehome.py, as Holes"

MISTAKES_IN = "descent.mistaken"
DRAWS = {"whole": "synthetic", "uniform": "synthetic_uniform"}  # functions of `descent.points`

# Imports that only the figure at the end needs, by whether it is drawn in a notebook.
PLOT_IMPORTS = {
    False: [("", "matplotlib.pyplot as plt"), ("", "torch")],
    True: [("", "matplotlib.pyplot as plt"), ("", "torch"), ("", "time"), ("IPython.display", "display")],
}


class Holes(TypedDict):
    """What a language's template is given to fill in. Text that is Python is called code."""

    notebook: bool  # or a script
    title: str  # of the scenario: in a notebook Markdown, in a script code, a string
    count: int  # of the points
    imports: str  # code, as the four that follow
    points_source: str
    regression_source: str
    descent_source: str
    draw: str  # the function that draws the points, and …
    drawn: str  # … its arguments, or nothing: they are given, as …
    xs: str  # … rows of numbers; of points that are withheld, nothing
    ys: str
    withheld: bool  # the reader has to have them, as points.csv
    x_name: str  # code, strings: what x and y are called; or nothing, where they have no names …
    y_name: str
    origin: str  # … and where they come from, or nothing
    mistake: str  # that is in it on purpose, or nothing
    dtype: str
    transformed: str  # the arguments of the transformation of x, or nothing
    target_transformed: str  # and of that of y
    descend: str  # the function's name
    start: list[float]  # w, b, or nothing: they are drawn, from …
    start_seed: int | None
    learning_rate: float
    epochs: int
    options: list[tuple[str, str]]  # further arguments: name and code
    table_epochs: Sequence[int]


def files(record: Run, template: str, language: str) -> dict[str, bytes]:
    """``train.py`` and ``train.ipynb``, from the text of a language's template."""
    return {
        "train.py": script(record, template, language).encode(),
        "train.ipynb": notebook(record, template, language).encode(),
    }


def script(record: Run, template: str, language: str = "en") -> str:
    """A program that prints the page's loss table, and then shows the line as it moves."""
    return _of_run(record, template, language, notebook=False)


def notebook(record: Run, template: str, language: str = "en") -> str:
    """The script's cells as a notebook, format 4.5, not yet run."""
    cells = _cells(_of_run(record, template, language, notebook=True))
    content = {
        "cells": [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells, start=1)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _cells(script: str) -> Iterator[dict[str, Any]]:
    for part in re.split("^# %%", script, flags=re.MULTILINE)[1:]:
        kind, _, text = part.partition("\n")
        lines = text.strip("\n").splitlines(keepends=True)
        if kind.strip() == "[markdown]":
            yield {"cell_type": "markdown", "metadata": {}, "source": [line[1:].removeprefix(" ") for line in lines]}
        else:
            yield {"cell_type": "code", "metadata": {}, "source": lines, "execution_count": None, "outputs": []}


def _of_run(record: Run, template: str, language: str, notebook: bool) -> str:
    holes = _holes(record.scenario, record.table_epochs, language, notebook)
    return _filled(holes, template, Path(f"templates/{language}/train.py"))


def cells_with_holes(template: str, language: str, title: str) -> dict[str, Any]:
    """``train.py`` for runs that nobody has made yet: the lab of a page fills it in, as `lab-state.js` does.

    Every cell stands once among ``cells``, as text, the name of what fills a hole, text, and so on; ``kinds`` has for
    each kind of run, such as "01001", which of them follow each other. The figures say: momentum; x transformed;
    another loss than the mean; float64; one point alone.
    """
    token = secrets.token_hex(8)  # no author's text looks like a hole
    hole = re.compile(rf"⟦{token} (\w+)⟧")
    file = Path(f"templates/{language}/train.py")
    cells: dict[str, int] = {}
    kinds = {}
    for kind in itertools.product((False, True), repeat=5):
        text = _rendered(_with_holes(title, token, *kind), template, file)
        parts = re.split(r"^(?=# %%)", text, flags=re.MULTILINE)
        kinds["".join(str(int(each)) for each in kind)] = [cells.setdefault(part, len(cells)) for part in parts]
    return {"cells": [hole.split(cell) for cell in cells], "kinds": kinds}


def _with_holes(
    title: str, token: str, momentum: bool, transformed: bool, other_loss: bool, double: bool, one: bool
) -> Holes:
    def hole(name: str) -> str:
        return f"⟦{token} {name}⟧"

    training: dict[str, Any] = {"learning_rate": 1.0, "epochs": 1, "start": {"w": 0.0, "b": 0.0}}
    training |= {"momentum": 0.5} if momentum else {}
    training |= {"loss": "sum"} if other_loss else {}
    training |= {"dtype": "float64"} if double else {}
    scenario = Scenario.model_validate({
        "id": "lab", "path": Path(), "text": "", "expect": "converges", "title": {"en": title},
        "data": {"source": "points", "x": [0.0], "y": [0.0]},
        "input": {"center": transformed}, "training": training,
    })  # fmt: skip
    given = _holes(scenario, [1], "en", notebook=False)
    holes: dict[str, Any] = {
        "count": 1 if one else hole("count"),
        "transformed": hole("transformed") if transformed else "",
        "options": [(name, hole(name)) for name, _ in given["options"]],
        "learning_rate": hole("rate"),
    }
    holes |= {name: hole(name) for name in ("xs", "ys", "start", "epochs", "table_epochs")}
    return cast(Holes, {**given, **holes})


def _holes(scenario: Scenario, table_epochs: Sequence[int], language: str, notebook: bool) -> Holes:
    training, made = scenario.training, scenario.data
    drawn = isinstance(made, Synthetic)
    transformed, target_transformed = (
        table.model_dump(exclude_defaults=True) for table in (scenario.input, scenario.target)
    )
    draw = DRAWS[made.x] if isinstance(made, Synthetic) else ""
    descend, loops = _way_to_descend(scenario)

    points = [("descent.points", draw)] * drawn
    points += [("descent.points", "transform")] * bool(transformed or target_transformed)
    start = training.start.given
    loops += [("descent.loops", "drawn_start")] * (start is None)
    code = source.needed(*points, *loops)
    xs, ys = ((), ()) if scenario.withholds else scenario.given_points
    said = scenario.names_in(language)
    imported = PLOT_IMPORTS[notebook] + [("", "csv")] * scenario.withholds
    return Holes(
        notebook=notebook,
        title=(in_notebook if notebook else in_python)(scenario.title_in(language)),
        count=scenario.count,
        imports="\n".join(source.imports(code, *imported)),
        points_source=_text(code, "descent.points"),
        regression_source=_text(code, "descent.regression"),
        descent_source=_text(code, "runs.record", "descent.loops", MISTAKES_IN),
        draw=draw,
        drawn=_arguments(made.drawn_with) if isinstance(made, Synthetic) else "",
        xs=_wrapped(xs),
        ys=_wrapped(ys),
        withheld=scenario.withholds,
        x_name=in_python(said.x.on_axis) if said.are_given else "",
        y_name=in_python(said.y.on_axis) if said.are_given else "",
        origin=in_python(said.origin) if said.origin else "",
        mistake=training.mistake or "",
        dtype=training.dtype,
        transformed=_arguments(transformed),
        target_transformed=_arguments(target_transformed),
        descend=descend,
        start=list(start or ()),
        start_seed=training.start.seed,
        learning_rate=training.learning_rate,
        epochs=training.epochs,
        options=list(_options(scenario)),
        table_epochs=table_epochs,
    )


def _way_to_descend(scenario: Scenario) -> tuple[str, list[tuple[str, str]]]:
    """The function that descends, and all that is needed for it, as (module, name)."""
    training = scenario.training
    if training.mistake is not None:
        wanted = [(MISTAKES_IN, "descend_mistaken"), (MISTAKES_IN, loop_of(training.mistake))]
        return "descend_mistaken", [*wanted, ("descent.regression", "model")]  # which draws the line
    descend = "descend" if training.is_plain else "descend_otherwise"
    return descend, [("descent.loops", descend)]


def loop_of(mistake: Mistake) -> str:
    """The function of `descent.mistaken` that makes it."""
    return mistake.replace("-", "_")


def mistake_shown(mistake: Mistake) -> str:
    """The loop as it is meant and as it ran, line by line."""
    return source.difference("as_meant", loop_of(mistake), MISTAKES_IN)


def _rendered(holes: Holes, template: str, file: Path) -> str:
    return render(_environment(template, str(file)), "train.py", file, holes, HELP)


def _filled(holes: Holes, template: str, file: Path) -> str:
    """What the template comes to. Raises `Fault` where that would not run: not one line of it is read as Python."""
    text = _rendered(holes, template, file)
    # A million points are no less Python than one, and take a minute to read.
    short = text
    for rows in filter(None, (holes["xs"], holes["ys"])):
        short = short.replace(rows, rows.partition("\n")[0])
    parts = [short]
    if holes["notebook"]:
        parts = ["".join(cell["source"]) for cell in _cells(short) if cell["cell_type"] == "code"]
    if not any(_says_something(part, template, file) for part in parts):
        what = "notebook has no cell of code" if holes["notebook"] else "script has no line of code"
        raise Fault(f"the {what}", file=file, help=PYTHON_HELP)
    return text


def _says_something(code: str, template: str, file: Path) -> bool:
    """Whether there is a statement in it. Raises `Fault` where it is no Python."""
    try:
        with warnings.catch_warnings(action="ignore"):
            try:
                tree = compile(code, str(file), "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
            except SyntaxError:
                tree = compile(MAGIC.sub(r"\1pass", code), str(file), "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        line = _line_in(template, code, getattr(problem, "lineno", None) or 1)
        fault = f"what this comes to is no Python: {getattr(problem, 'msg', problem)}"
        raise Fault.at_line(fault, file=file, text=template, line=line, help=PYTHON_HELP) from None
    return isinstance(tree, ast.Module) and bool(tree.body)


def _line_in(template: str, text: str, line: int) -> int | None:
    """Where in the template a line of the text stands; or else the next one above that stands there as it is."""
    places = {there: number for number, there in enumerate(lines_of(template), start=1) if there.strip()}
    above = reversed(lines_of(text)[:line])
    return next((places[there] for there in above if there in places), None)


def wrong_template(template: str, file: Path) -> Fault | None:
    """What is wrong with a template whatever run it is filled in for, as far as two made-up ones can tell."""
    for holes in _made_up():
        try:
            _filled(holes, template, file)
        except Fault as fault:
            return fault
    return None


def _made_up() -> Iterator[Holes]:
    code = source.needed(("descent.points", "synthetic"), ("descent.points", "transform"), ("descent.loops", "descend"))
    for drawn, notebook in itertools.product((False, True), repeat=2):
        yield Holes(
            notebook=notebook,
            title="A title" if notebook else in_python("A title"),
            count=2,
            imports="\n".join(source.imports(code, *PLOT_IMPORTS[notebook])),
            points_source=_text(code, "descent.points") if drawn else "",
            regression_source=_text(code, "descent.regression"),
            descent_source=_text(code, "runs.record", "descent.loops"),
            draw="synthetic" if drawn else "",
            drawn="seed=1, count=2" if drawn else "",
            xs="" if drawn else _wrapped([1.0, 2.0]),
            ys="" if drawn else _wrapped([1.0, 2.0]),
            withheld=False,
            x_name=in_python("hours") if drawn else "",
            y_name=in_python("marks") if drawn else "",
            origin=in_python("a survey") if drawn else "",
            mistake="flipped-sign" if drawn else "",
            dtype="float64" if drawn else "float32",
            transformed="center=True" if drawn else "",
            target_transformed="center=True" if drawn else "",
            descend="descend_otherwise" if drawn else "descend",
            start=[] if drawn else [0.0, 0.0],
            start_seed=1 if drawn else None,
            learning_rate=0.1,
            epochs=2,
            options=[("momentum", "0.9")] if drawn else [],
            table_epochs=[1, 2],
        )


def _options(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """The settings of descent that are not the usual ones, as arguments: name and code."""
    training = scenario.training
    if training.mistake is not None:
        yield "loop", loop_of(training.mistake)
    if training.loss != "mean":
        yield "loss_factor", {"sum": "float(len(x))", "half": "0.5", "half_sum": "0.5 * len(x)"}[training.loss]
    for name in ("momentum", "decay", "batch_size"):
        if (value := getattr(training, name)) is not None:
            yield name, repr(value)
    if training.batch_size is not None and training.batch_order == "shuffled":
        yield "shuffle", f"torch.Generator().manual_seed({scenario.batch_seed})"
    if rules := scenario.stop.model_dump(exclude_none=True):
        yield "stop", f"StoppingRules({_arguments(rules)})"


def _arguments(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items())


def _wrapped(numbers: Sequence[float]) -> str:
    rows = (numbers[first : first + NUMBERS_A_LINE] for first in range(0, len(numbers), NUMBERS_A_LINE))
    return "\n".join(f"    {', '.join(map(repr, row))}," for row in rows)


def _text(code: tuple[source.Definition, ...], *modules: str) -> str:
    return "\n\n\n".join(definition.text for definition in code if definition.module in modules)


@cache
def _environment(text: str, file: str) -> jinja2.Environment:
    """Of one template, the script, with this text."""
    return environment(jinja2.FunctionLoader(lambda name: (text, file, None)))
