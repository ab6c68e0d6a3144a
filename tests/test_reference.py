"""What editors and people are told of a scenario file and of a page is what the generator takes."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import jsonschema
import markdown
import pytest
from click.testing import CliRunner
from pydantic import BaseModel, ValidationError

from generator.cli import main
from generator.faults import Fault
from generator.figures.catalogue import KINDS
from generator.pages import manual
from generator.pages.measured import Measured
from generator.project import Project
from generator.runs import theory, worked
from generator.scenario import reference
from generator.scenario.naming import Named
from generator.scenario.reading import load
from generator.scenario.schema import Csv, FigureSettings, Input, Points, Spec, Start, Stop, Synthetic, Target, Training
from generator.templating import FILTERS
from tests import rendered, tiny
from tests.runs import make, trained

FOLDER = tiny.REPOSITORY / "docs/scenarios"
SHIPPED = sorted(FOLDER.glob("*.toml"))
WHOLE = """
expect = "converges"
[title]
en = "A"
[data]
source = "points"
x = [1.0, 2.0]
y = [1.0, 3.0]
[training]
learning_rate = 0.1
epochs = 10
start = { w = 0.0, b = 0.0 }
"""


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return reference.json_schema()


def takes(schema: dict[str, Any], table: dict[str, Any]) -> bool:
    return bool(jsonschema.Draft202012Validator(schema).is_valid(table))


def generator_takes(table: dict[str, Any]) -> bool:
    try:
        Spec.model_validate(table)
    except ValidationError:
        return False
    return True


# --- For editors -------------------------------------------------------------------------------------------


def test_the_file_beside_the_scenarios_is_what_the_generator_prints() -> None:
    assert CliRunner().invoke(main, ["schema"]).output == (FOLDER / reference.FILE).read_text(encoding="utf-8")


def test_it_is_a_schema_by_the_rules_of_schemas(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scenario_names_it_and_is_in_order_by_it(schema: dict[str, Any], path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"#:schema {reference.FILE}\n")
    jsonschema.Draft202012Validator(schema).validate(tomllib.loads(text))


def test_the_line_for_editors_is_published_nowhere() -> None:
    scenario = load(FOLDER / "rate-too-large.toml")
    first, rest = scenario.text.split("\n", 1)
    assert first.startswith("#:schema")
    assert scenario.published == rest


@pytest.mark.parametrize("text", ["# a\n#:schema x\n", "x = 1\n", "", "#: schema\n"])
def test_no_other_line_is_taken_for_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.toml").write_text("# mine\n" + text.replace("x = 1\n", "") + WHOLE)
    assert load(tmp_path / "mine.toml").published == (tmp_path / "mine.toml").read_text()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("epochs", "epoch"), ("[title]", "[titel]"), ("[training]", "[training]\nmomentum = 1.0"),
        ("0.1", "0.0"), ("= 10", "= 0"), ("= 10", "= 10.5"), ('"points"', '"excel"'), ('"converges"', '"arrives"'),
        ("0.1", '"0.1"'), ("[1.0, 2.0]", '[1.0, "2"]'), ("[data]", "[input]\nscale = 0\n[data]"),
        ("[data]", "[figure]\nevery = 0\n[data]"),
        ("[training]", "[training]\nbatch_size = 0"), ("[training]", '[training]\nloss = "huber"'),
        ("[training]", '[training]\nmistake = "typo"'), ("[data]", "[stop]\ngradient = 1.0\n[data]"),
        ("w = 0.0", "slope = 0.0"), ("[training]", '[training]\ndtype = "float16"'),
    ],
)  # fmt: skip
def test_an_editor_marks_what_the_generator_refuses(schema: dict[str, Any], old: str, new: str) -> None:
    assert takes(schema, tomllib.loads(WHOLE))
    table = tomllib.loads(WHOLE.replace(old, new, 1))
    assert not generator_takes(table)
    assert not takes(schema, table)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.1", "1"), ("[1.0, 2.0]", "[1, 2]"), ("[training]", "[training]\nmomentum = 0.5\ndecay = 0.1"),
        ("{ w = 0.0, b = 0.0 }", "{ seed = 7 }"), ("[data]", "[input]\nstandardize = true\n[data]"),
        ("[data]", "[figure]\ntable_epochs = [1, 5]\n[data]"), ("[title]", '[title]\nde = "B"'),
    ],
)  # fmt: skip
def test_an_editor_takes_what_the_generator_takes(schema: dict[str, Any], old: str, new: str) -> None:
    table = tomllib.loads(WHOLE.replace(old, new, 1))
    assert generator_takes(table)
    assert takes(schema, table)


# --- For people --------------------------------------------------------------------------------------------

MODELS: dict[str, tuple[type[BaseModel], ...]] = {
    "data": (Synthetic, Points, Csv), "input": (Input,), "target": (Target,), "training": (Training,),
    "training.start": (Start,), "stop": (Stop,), "figure": (FigureSettings,),
}  # fmt: skip


def keys() -> Iterator[tuple[str, str, reference.Key]]:
    for table in reference.tables():
        for key in table.keys:
            yield table.name, table.case, key


def test_every_key_is_told_of_once_in_the_order_of_the_models() -> None:
    told = [(table.name, [key.name for key in table.keys]) for table in reference.tables()]
    expected = [("", ["expect", "title"])] + [
        (name, sorted((f.alias or key for key, f in model.model_fields.items()), key=Named.model_fields.__contains__))
        for name, models in MODELS.items()
        for model in models
    ]
    assert told == expected, "the words of the points stand behind the points"


@pytest.mark.parametrize("told", [*keys()], ids=lambda told: " ".join(filter(None, [*told[:2], told[2].name])))
def test_of_every_key_it_is_said_what_it_means_and_takes(told: tuple[str, str, reference.Key]) -> None:
    key = told[2]
    assert re.fullmatch(r"\S.*\S\.", key.meaning), "a sentence"
    assert key.takes
    assert not (key.is_required and key.default)


def test_a_default_is_the_one_that_the_generator_takes() -> None:
    given = {
        (name, field.alias or key): field.default
        for name, models in MODELS.items()
        for model in models
        for key, field in model.model_fields.items()
        if isinstance(field.default, str | int | float)
    }
    said = {(name, key.name): json.loads(key.default) for name, _, key in keys() if key.default}
    assert said == given


def test_the_page_shows_every_key_in_a_row_of_its_own(tmp_path: Path) -> None:
    project = Project(tiny.make(tmp_path / "project"))
    text = (tiny.REPOSITORY / "docs/en/scenario-file.md").read_text(encoding="utf-8")
    page = rendered.authored(project, text.replace('scenarios["rate-too-large"]', 'scenarios["tiny"]'))
    html = markdown.markdown(rendered.pages(project).render("page.md", page), extensions=["tables", "meta"])
    rows = [
        [unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", row)]
        for row in re.findall(r"<tr>.*?</tr>", html, re.S)
    ]
    shown = [[re.sub(r"</?\w+>", "", cell) for cell in row] for row in rows if row]
    meant = [[key.name, key.takes, key.default, key.meaning.replace("`", "")] for _, _, key in keys()]
    assert shown == meant


# --- For authors of pages ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All that a page is given."""
    project = Project(tiny.make(tmp_path_factory.mktemp("called") / "project"))
    calls = rendered.pages(project).calls
    return calls.everywhere() | calls.on("index.md")


def test_every_call_is_told_of_once(called: dict[str, Any]) -> None:
    told = [entry.name for group in manual.groups(called) for entry in group.entries]
    assert sorted(told) == sorted(called)


def test_a_call_that_is_told_of_nowhere_is_a_fault(called: dict[str, Any]) -> None:
    with pytest.raises(Fault, match="no group has forgotten"):
        manual.groups(called | {"forgotten": lambda id: id})


def test_of_everything_that_a_page_may_write_it_is_said_what_it_is(called: dict[str, Any]) -> None:
    groups = [*manual.groups(called), *manual.handed_over(), manual.filters(FILTERS)]
    for group in groups:
        for entry in group.entries:
            assert len(entry.in_short) > 3, (group.heading, entry.name)
            assert ">>>" not in entry.meaning


def test_a_call_is_shown_as_one_writes_it(called: dict[str, Any]) -> None:
    shown = {entry.name: entry.written for group in manual.groups(called) for entry in group.entries}
    assert shown["loss_table"] == "loss_table(id, epochs=None, exact=False)"
    assert shown["figure"].startswith('figure(*ids, kind="fit", caption="", wide=False')
    assert shown["kinds"] == "kinds"


def test_what_a_run_is_said_to_have_it_has() -> None:
    run = trained(make([0.0, 2.0, 4.0], [3.0, 5.5, 5.0], 0.05, 20))
    things = {
        'run("…")': run, 'named("…")': Measured(run, run.scenario.names_in("en")), 'run("…").bowl': run.bowl,
        "update_rule(…)": run.update_rule, "theory": theory, "worked": worked,
    }  # fmt: skip
    for group in manual.handed_over():
        for entry in group.entries:
            assert hasattr(things[group.heading], entry.name)
    told = {entry.name for entry in manual.handed_over()[0].entries}
    assert {name for name in dir(run) if not name.startswith("_")} - told == {"of", "read", "save"}


def test_the_page_tells_every_call_and_every_option_of_a_figure(tmp_path: Path, called: dict[str, Any]) -> None:
    project = Project(tiny.make(tmp_path / "project"))
    page = rendered.authored(project, (tiny.REPOSITORY / "docs/en/page-calls.md").read_text(encoding="utf-8"))
    text = rendered.pages(project).render("page.md", page)
    for name in called:
        assert f"### {name} {{ #" in text
    for kind in KINDS.values():
        assert f"[`{kind.name}`](figures.md#{kind.name})" in text
        for option in kind.options:
            assert f"`{option}`:" in text
