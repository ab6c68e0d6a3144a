"""What an author begins with: it builds, theory's advice is in it, and nothing that was there is written over."""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from click.testing import CliRunner, Result

from generator.cli import main
from generator.project import Project
from generator.resources import resource
from generator.scenario.reading import load
from generator.version import __version__


def typed(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


def done(*arguments: str | Path) -> str:
    result = typed(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: str | Path) -> str:
    result = typed(*arguments)
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), "no traceback"
    assert "help: " in result.output
    return result.output


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


@pytest.fixture
def course(tmp_path: Path) -> Path:
    done("new", "course", tmp_path / "course")
    return tmp_path / "course"


# --- A course ------------------------------------------------------------------------------------------------


def test_a_new_course_holds_what_is_its_authors_and_is_in_order(course: Path) -> None:
    assert {*contents(course)} == {
        "mkdocs.yml", ".gitignore", "docs/en/index.md", "docs/en/lessons/first.md", "docs/en/scenarios/index.md",
        "docs/scenarios/first-run.toml", "docs/assets/stylesheets/colours.css",
    }  # fmt: skip
    settings = yaml.safe_load((course / "mkdocs.yml").read_text())
    assert settings["site_name"] == "Course"
    assert settings["extra"]["frame_by_frame"] == f">={__version__}"
    assert "1 scenarios and 3 pages are in order" in done("--project", course, "check")


HOSTILE = "\"]: {x: !!python/name:os.system '} # <script>alert(1)</script> [a](javascript:1) [= 1/0 =]"


def test_a_name_is_text_whatever_is_in_it(tmp_path: Path) -> None:
    course = tmp_path / "course"
    done("new", "course", course, "--name", HOSTILE)
    assert yaml.safe_load((course / "mkdocs.yml").read_text())["site_name"] == HOSTILE
    assert "<script" not in (course / "docs/en/index.md").read_text()
    done("--project", course, "check")


def test_a_course_in_another_language_has_its_words_to_be_translated(tmp_path: Path) -> None:
    course = tmp_path / "kurs"
    said = done("new", "course", course, "--lang", "de")
    assert f"it begins in English: translate {course}/docs/de and {course}/templates/de;" in said
    (edition,) = Project.at(course).editions()
    assert (edition.language, edition.is_root) == ("de", True)
    ours = resource("templates") / "en"
    for name, content in contents(course / "templates/de").items():
        assert content == (ours / name).read_bytes()
    assert tomllib.loads((course / "docs/scenarios/first-run.toml").read_text())["title"].keys() == {"en", "de"}


def test_check_names_the_pages_that_are_english_still_and_no_other(tmp_path: Path) -> None:
    course = tmp_path / "kurs"
    done("new", "course", course, "--lang", "de", "--name", "Gefälle & Co")
    of_pages = f"note: not translated yet, de: {course}/docs/de/index.md, {course}/docs/de/lessons/first.md, "
    assert of_pages in done("--project", course, "check")
    for name, text in contents(course / "docs/de").items():
        (course / "docs/de" / name).write_bytes(text + b"\nDeutsch.\n")
    said = done("--project", course, "check")
    assert f"note: not translated yet, de: {course}/templates/de/words.toml, " in said
    assert "docs/de" not in said


def test_a_lesson_that_begins_in_english_says_so_and_whose_it_can_begin_with(tmp_path: Path) -> None:
    course = tmp_path / "kurs"
    done("new", "course", course, "--lang", "de")
    own = course / "templates/de/start/lesson.md"
    assert f"note: it begins in English; a {own} of yours" in done("--project", course, "new", "lesson", "zweite")
    own.parent.mkdir()
    own.write_text("# [= title =]\n\nVon [= id =].\n")
    assert "English" not in done("--project", course, "new", "lesson", "dritte")
    assert (course / "docs/de/lessons/dritte.md").read_text() == "# Dritte\n\nVon first-run.\n"


@pytest.mark.parametrize(("language", "remedy"), [("deutsch", "en, de or pt-BR"), ("xx", " da, de, el, en, ")])
def test_no_course_is_begun_in_a_language_that_no_build_would_take(tmp_path: Path, language: str, remedy: str) -> None:
    assert remedy in refused("new", "course", tmp_path / "course", "--lang", language)
    assert not (tmp_path / "course").exists()


def test_a_language_is_spelt_as_the_theme_spells_it(tmp_path: Path) -> None:
    done("new", "course", tmp_path / "curso", "--lang", "pt-br")
    (edition,) = Project.at(tmp_path / "curso").editions()
    assert (edition.language, edition.pages) == ("pt-BR", tmp_path / "curso/docs/pt-BR")


@pytest.mark.parametrize("folder", ["my course", "größe #1", "a'b;c"])
def test_what_is_to_be_typed_next_can_be_typed_whatever_the_folder_is_called(tmp_path: Path, folder: str) -> None:
    *_, last = done("new", "course", tmp_path / folder).splitlines()
    command, option, place, serve = shlex.split(last.removeprefix("now: "))
    assert (command, option, serve) == ("frame-by-frame", "--project", "serve")
    assert "are in order" in done(option, place, "check")


@pytest.mark.parametrize("there", ["mkdocs.yml", "docs/notes.txt", "templates/en/words.toml"])
def test_no_course_is_begun_where_there_may_be_one(tmp_path: Path, there: str) -> None:
    path = tmp_path / there
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    assert "nothing is written over" in refused("new", "course", tmp_path)
    assert contents(tmp_path) == {there: b"mine"}


def test_a_folder_with_other_things_takes_a_course_and_keeps_them(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine")
    (tmp_path / "README.md").write_text("mine")
    done("new", "course", tmp_path)
    assert contents(tmp_path)[".gitignore"] == contents(tmp_path)["README.md"] == b"mine"
    done("--project", tmp_path, "check")


# --- Nothing is written over ---------------------------------------------------------------------------------

AGAIN = {
    "course": ["new", "course", "{course}"],
    "scenario": ["--project", "{course}", "new", "scenario", "first-run"],
    "scenario of a file": ["--project", "{course}", "new", "scenario", "first-run", "--from-csv", "{csv}"],
    "data of a scenario": ["--project", "{course}", "new", "scenario", "other", "--from-csv", "{csv}"],
    "lesson": ["--project", "{course}", "new", "lesson", "first"],
    "scenario that is a link": ["--project", "{course}", "new", "scenario", "link"],
    "lesson in a link": ["--project", "{course}", "new", "lesson", "second"],
}


@pytest.mark.parametrize("what", AGAIN)
def test_nothing_is_ever_written_over(course: Path, tmp_path: Path, what: str) -> None:
    csv = tmp_path / "points.csv"
    csv.write_text("a,b\n1,2\n2,3\n")
    (course / "docs/scenarios/points.csv").write_text("a,b\n7,7\n8,9\n")
    (course / "docs/scenarios/link.toml").symlink_to(tmp_path / "nowhere.toml")
    if what == "lesson in a link":
        (course / "docs/en/lessons").rename(tmp_path / "elsewhere")
        (course / "docs/en/lessons").symlink_to(tmp_path / "elsewhere")
    before = contents(tmp_path)
    said = refused(*(word.format(course=course, csv=csv) for word in AGAIN[what]))
    assert "nothing is written over" in said or "a link, or no folder" in said
    assert contents(tmp_path) == before


def test_what_fails_halfway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open
    count = iter(range(100))

    def full(path: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if "x" in mode and next(count) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return opened(path, mode, *arguments, **options)

    monkeypatch.setattr(Path, "open", full)
    assert "make room" in refused("new", "course", tmp_path / "course")
    assert contents(tmp_path) == {}


# --- A scenario ----------------------------------------------------------------------------------------------

HOUSES = "Stadt;Fläche;Preis\nA;50,5;149,9\nB;61;165,25\nC;72,5;190\nD;80;209,75\nE;95,5;250,5\nF;120;301\n"
X, Y = [50.5, 61, 72.5, 80, 95.5, 120], [149.9, 165.25, 190, 209.75, 250.5, 301]


def of_csv(course: Path, text: str, *arguments: str, name: str = "own.csv") -> str:
    (course.parent / name).write_bytes(text.encode())
    return done("--project", course, "new", "scenario", "own", "--from-csv", course.parent / name, *arguments)


def test_an_export_of_european_software_becomes_a_run_that_arrives(course: Path) -> None:
    said = of_csv(course, HOUSES, "--x", "Fläche", "--y", "Preis")
    assert "own.csv: 6 points; the first is x = 50.5, y = 149.9" in said
    assert re.search(r"own +converges +0\.25 ", said), "its prediction"
    scenario = load(course / "docs/scenarios/own.toml")
    assert scenario.given_points == (tuple(X), tuple(Y))
    assert scenario.data.model_dump(include={"separator", "decimal"}) == {"separator": ";", "decimal": ","}
    assert (course / "docs/scenarios/own.csv").read_bytes() == HOUSES.encode()
    assert "2 scenarios and 3 pages are in order" in done("--project", course, "check")


# (x, y, whether theory advises to standardise): κ of the loss decides, computed here from the points alone.
POINTS = {
    "marks": ([1, 2, 3, 5, 8], [2, 3, 3, 6, 9]),
    "houses": (X, Y),
    "around 0": ([-2, -1, 0, 1, 2], [1, 0, 2, 3, 3]),
    "years": ([1990, 1995, 2000, 2010, 2020], [3.1, 3.5, 3.6, 4.0, 4.4]),
    "small": ([1e-4, 2e-4, 4e-4], [1, 2, 3]),
    "far up": ([1, 2, 3, 4], [1e9 + 1, 1e9 + 3, 1e9 + 2, 1e9 + 5]),
}


def hessian(x: np.ndarray) -> np.ndarray:
    return 2 * np.array([[np.mean(x * x), np.mean(x)], [np.mean(x), 1]])


@pytest.mark.parametrize("name", POINTS)
def test_the_advice_is_standardised_where_the_bowl_is_long_half_the_best_rate_and_epochs_that_arrive(
    course: Path, name: str
) -> None:
    x, y = (np.array(column, dtype=float) for column in POINTS[name])
    of_csv(course, "a,b\n" + "".join(f"{u!r},{v!r}\n" for u, v in zip(x.tolist(), y.tolist(), strict=True)))
    scenario = load(course / "docs/scenarios/own.toml")
    assert scenario.input.standardize == (np.linalg.cond(hessian(x)) > 100)
    assert scenario.target.center == (name == "far up"), "float32 knows numbers near 1e9 to 64"
    x = (x - x.mean()) / x.std() if scenario.input.standardize else x
    y = y - y.mean() if scenario.target.center else y
    slow, fast = np.linalg.eigvalsh(hessian(x))
    rate = scenario.training.learning_rate
    assert rate == pytest.approx(1 / (slow + fast), rel=0.05)
    assert scenario.expect == "converges"
    w = b = 0.0
    first, least = np.mean(y * y), np.mean((np.polyval(np.polyfit(x, y, 1), x) - y) ** 2)
    for _ in range(scenario.training.epochs):
        error = w * x + b - y
        w, b = w - rate * 2 * np.mean(error * x), b - rate * 2 * np.mean(error)
    assert np.mean((w * x + b - y) ** 2) - least < 2e-3 * (first - least)


WAYS = {
    "two columns need no names": ("hours,marks\n1,2\n2,3\n4,5.5\n", [], {"x": "hours", "y": "marks"}),
    "tabs": ("hours\tmarks\n1\t2\n2\t3\n4\t5.5\n", [], {"separator": "tab"}),
    "no header": ("1,2\n2,3\n4,5.5\n", [], {"x": 1, "y": 2}),
    "no header, decimal commas": ("A;1;2\nB;2;3\nC;4;5,5\n", ["--x", "2", "--y", "3"], {"x": 2, "decimal": ","}),
    "years for names": ("c,2019,2020\nA,1,2\nB,2,3\nC,4,5.5\n", ["--x", "2019", "--y", "2020"], {"x": "2019"}),
    "lines above": (
        "Export of 2024\n\nhours;marks\n1;2\n2;3\n4;5,5\n", ["--x", "hours", "--y", "marks"], {"decimal": ","},
    ),
    "gaps": ("hours,marks\n1,2\n2,3\n3,\n4,5.5\n", [], {"drop_empty": True}),
    "names that are anything": (
        f'"hours ""=]",{json.dumps("m]")}\n1,2\n2,3\n4,5.5\n', ["--x", 'hours "=]', "--y", "m]"], {"x": 'hours "=]'},
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_how_a_file_is_written_is_recognised(course: Path, way: str) -> None:
    text, arguments, keys = WAYS[way]
    said = of_csv(course, text, *arguments)
    scenario = load(course / "docs/scenarios/own.toml")
    assert scenario.given_points == ((1, 2, 4), (2, 3, 5.5))
    assert {key: getattr(scenario.data, key) for key in keys} == keys
    assert ("1 rows without a number left out" in said) == (way == "gaps")


@pytest.mark.parametrize(
    ("text", "arguments", "fault", "remedy"),
    [
        (HOUSES, [], "which two columns?", "'Stadt', 'Fläche', 'Preis'"),
        (HOUSES, ["--x", "Flache", "--y", "Preis"], "no column 'Flache'", "Fläche"),
        (HOUSES, ["--x", "Stadt", "--y", "Preis"], "own.csv:2", "help: "),
        ("a,b\n1,2\n2,3 %\n", [], "own.csv:3", "help: "),
        ("", [], "empty", "help: "),
        ("Dear\nNothing\n", [], "no columns to be told apart", "two columns of numbers"),
        ("Dear\nNothing\n", ["--x", "a", "--y", "b"], "there is no column 'a'", "Dear"),
        ("a;a;b\n1;2;3\n", ["--x", "1", "--y", "3"], "2 columns are called 'a'", "a name of its own"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_at_its_line_and_nothing_is_written(
    course: Path, text: str, arguments: list[str], fault: str, remedy: str
) -> None:
    before, file = contents(course), course.parent / "own.csv"
    file.write_text(text, encoding="utf-8")
    said = refused("--project", course, "new", "scenario", "own", "--from-csv", file, *arguments)
    assert fault in said
    assert remedy in said
    assert "own.toml" not in said, "which nobody has written"
    assert contents(course) == before


@pytest.mark.parametrize("kind", ["scenario", "lesson"])
@pytest.mark.parametrize("name", ["con", "lpt1"])
def test_a_name_that_some_system_cannot_have_is_refused_before_anything_is_written(
    course: Path, kind: str, name: str
) -> None:
    before = contents(course)
    assert f"{name}." in refused("--project", course, "new", kind, name)
    assert contents(course) == before


def test_no_scenario_takes_the_place_of_the_gallery(course: Path) -> None:
    before = contents(course)
    assert "index is the page that shows them all" in refused("--project", course, "new", "scenario", "index")
    assert contents(course) == before


def test_points_are_in_no_file_that_would_be_taken_for_a_scenario(course: Path) -> None:
    before, file = contents(course), course.parent / "own.toml"
    file.write_text(HOUSES)
    assert "ends in .csv" in refused("--project", course, "new", "scenario", "own", "--from-csv", file)
    assert contents(course) == before


def test_a_folder_is_no_csv_file(course: Path) -> None:
    assert "this is a folder" in refused("--project", course, "new", "scenario", "own", "--from-csv", course / "docs")


UNITS = "Ort;Größe [m²];Preis (€)\nA;50,5;149,9\nB;61;165,25\nC;72,5;190\n"


@pytest.mark.parametrize(("x", "y"), [("Größe [m²]", "Preis (€)"), ("Größe", "Preis"), ("2", "3"), ("2", "Preis")])
def test_a_column_is_named_with_its_unit_without_it_or_by_its_number(course: Path, x: str, y: str) -> None:
    of_csv(course, UNITS, "--x", x, "--y", y)
    data = load(course / "docs/scenarios/own.toml").data
    assert data.model_dump(include={"x", "y", "x_label", "x_unit", "y_unit"}) == {
        "x": "Größe [m²]", "y": "Preis (€)", "x_label": "Größe", "x_unit": "m²", "y_unit": "€",
    }  # fmt: skip


def test_without_its_unit_a_column_may_not_be_one_of_two(course: Path) -> None:
    file = course.parent / "own.csv"
    file.write_text("a [m],a [s],b\n1,2,3\n2,3,4\n")
    said = refused("--project", course, "new", "scenario", "own", "--from-csv", file, "--x", "a", "--y", "b")
    assert "there is no column 'a'" in said
    assert "'a [m]', 'a [s]'" in said or "a [m], a [s], b" in said


def test_a_scenario_like_another_is_that_under_a_title_of_its_own(course: Path) -> None:
    done("--project", course, "new", "scenario", "my-second", "--like", "first-run")
    first, second = (load(course / f"docs/scenarios/{id}.toml") for id in ("first-run", "my-second"))
    assert second.title == {"en": "My second"}
    assert second.run_inputs() == first.run_inputs()
    assert next(line for line in first.text.splitlines() if line.startswith("#")) in second.text, "comments too"


def test_a_scenario_names_its_schema_where_there_is_one(course: Path) -> None:
    (course / "docs/scenarios/scenario.schema.json").write_text("{}")
    done("--project", course, "new", "scenario", "own")
    assert (course / "docs/scenarios/own.toml").read_text().startswith("#:schema scenario.schema.json\n")


@pytest.mark.parametrize("id", ["Own", "own run", "../own", "-", "x" * 65, "own.toml"])
def test_what_can_be_no_id_is_refused_before_anything_is_written(course: Path, id: str) -> None:
    before = contents(course.parent)
    assert "cannot be a scenario's id" in refused("--project", course, "new", "scenario", "--", id)
    assert contents(course.parent) == before


@pytest.mark.parametrize(
    ("name", "near"),
    [("Mein Lauf", "mein-lauf"), ("größe", "groesse"), ("../Été #2.toml", "ete-2"), ("x" * 65, "x" * 64), ("学", "")],
)
def test_a_name_that_is_none_is_answered_with_the_nearest_that_is_one(course: Path, name: str, near: str) -> None:
    for kind in ("scenario", "lesson"):
        said = refused("--project", course, "new", kind, "--", name)
        assert (f", such as {near};" if near else "characters;") in said
        if near:
            done("--project", course, "new", kind, near)


@pytest.mark.parametrize("arguments", [["--from-csv", "a.csv", "--like", "first-run"], ["--x", "a"]])
def test_options_that_say_two_things_are_a_wrong_command_line(course: Path, arguments: list[str]) -> None:
    assert typed("--project", course, "new", "scenario", "own", *arguments).exit_code == 2


# --- A lesson ------------------------------------------------------------------------------------------------


def test_a_new_lesson_asks_shows_and_is_in_order(course: Path) -> None:
    done("--project", course, "new", "scenario", "own")
    said = done("--project", course, "new", "lesson", "my-own-lesson", "--scenario", "own")
    page = (course / "docs/en/lessons/my-own-lesson.md").read_text()
    assert "# My own lesson" in page
    assert '[= quiz("' in page
    assert '[= figure("own", step=True' in page
    assert "nav:" not in said
    done("--project", course, "check")


def test_a_lesson_that_a_navigation_has_to_name_says_so_and_check_is_of_one_mind(course: Path) -> None:
    with (course / "mkdocs.yml").open("a") as file:
        file.write("nav: [index.md, lessons/first.md, scenarios/index.md]\n")
    assert f"under nav: in {course}/mkdocs.yml, as in `- lessons/second.md`" in done(
        "--project", course, "new", "lesson", "second"
    )
    assert "the page lessons/second.md is in no navigation" in refused("--project", course, "check")


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["Second"], "no name for a page"),
        (["../x"], "no name for a page"),
        (["a", "--scenario", "x"], "no scenario 'x'"),
    ],
)
def test_a_lesson_that_cannot_be_is_refused(course: Path, arguments: list[str], fault: str) -> None:
    before = contents(course.parent)
    assert fault in refused("--project", course, "new", "lesson", *arguments)
    assert contents(course.parent) == before


# --- A language ----------------------------------------------------------------------------------------------


def test_a_new_language_is_every_page_template_and_word_to_be_translated_and_is_in_order(course: Path) -> None:
    before = contents(course)
    done("--project", course, "new", "language", "de")
    after = contents(course)
    assert before.items() <= after.items()
    assert {name.removeprefix("docs/de/") for name in after if name.startswith("docs/de/")} == {
        name.removeprefix("docs/en/") for name in before if name.startswith("docs/en/")
    }
    assert "1 scenarios and 6 pages are in order" in done("--project", course, "check")


def test_a_language_has_all_words_and_those_that_the_course_has_otherwise_too(course: Path) -> None:
    own = course / "templates/en/words.toml"
    own.parent.mkdir(parents=True)
    own.write_text('[verdicts]\nconverges = "arrives \\"there\\""\n')
    done("--project", course, "new", "language", "fr")
    ours = tomllib.loads((resource("templates") / "en/words.toml").read_text())
    ours["verdicts"]["converges"] = 'arrives "there"'
    assert tomllib.loads((course / "templates/fr/words.toml").read_text()) == ours
    assert f"not translated yet, fr: {course}/templates/fr/words.toml, " in done("--project", course, "check")


def test_what_a_language_has_is_left_and_what_it_lacks_is_written(course: Path) -> None:
    done("--project", course, "new", "language", "de")
    index, card = course / "docs/de/index.md", course / "templates/de/card.md"
    index.write_text("# Zuhause\n")
    card.unlink()
    assert "card.md" in refused("--project", course, "check")
    assert done("--project", course, "new", "language", "de").split() == [str(card)]
    assert index.read_text() == "# Zuhause\n"
    done("--project", course, "check")


@pytest.mark.parametrize("language", ["en", "de_DE", "german", "../x", "x"])
def test_what_is_no_other_language_is_refused(course: Path, language: str) -> None:
    before = contents(course.parent)
    assert "is no other language" in refused("--project", course, "new", "language", language)
    assert contents(course.parent) == before


def test_outside_a_course_a_command_says_how_to_begin_one(tmp_path: Path) -> None:
    for arguments in (["scenario", "own"], ["lesson", "own"], ["language", "de"]):
        assert "new course" in refused("--project", tmp_path, "new", *arguments)
    assert contents(tmp_path) == {}
