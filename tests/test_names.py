"""What x and y are called, in which units, and where points come from: said wherever they are, in the right units."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from generator.faults import Fault, Faults
from generator.figures import drawing, labelling, named, units
from generator.figures.canvas import make_room
from generator.figures.catalogue import KINDS, Request
from generator.figures.kinds import filmstrip, fit, squares
from generator.figures.text import width
from generator.making import products, takehome
from generator.making.forecasts import remarks
from generator.pages import standalone
from generator.pages.measured import Measured
from generator.project import Project
from generator.runs import published
from generator.runs.analysis import Run
from generator.scenario.naming import LONGEST, WORDS, Name, names, of_column, told_apart
from generator.scenario.reading import load
from generator.scenario.schema import Points, Scenario
from tests import rendered, tiny
from tests.runs import alt_text, make, trained, trained_once
from tests.test_takehome import TEMPLATE, in_this_process

# Made by hand: 12 flats. The file has names of people in it, and is written as in Europe.
SIZES = [28.5, 34.0, 41.2, 55.0, 58.7, 63.0, 72.4, 80.0, 91.5, 104.25, 118.75, 140.85]
PRICES = [95100.5, 118400.0, 121900.25, 149000.0, 171200.0, 166800.75, 199500.0, 204300.0, 241000.0, 258700.5, 291000.0,
          345250.0]  # fmt: skip
FLATS = """
expect = "converges"

[title]
en = "Flats"

[data]
source = "csv"
file = "flats.csv"
x = "größe"
y = "preis"
separator = ";"
decimal = ","
{words}
[input]
standardize = true

[training]
learning_rate = 0.25
epochs = 30
start = {{ w = 0.0, b = 0.0 }}
"""
WORDS_OF_FLATS = """\
x_label = { en = "size", de = "Größe" }
y_label = { en = "price", de = "Preis" }
x_unit = "m²"
y_unit = "€"
description = "Twelve flats."
origin = "Own walks, 2024"
"""


def comma(number: float) -> str:
    return str(number).replace(".", ",")


def flats(folder: Path, words: str = WORDS_OF_FLATS, also: tuple[str, str] = ("", "")) -> Scenario:
    """The scenario, with its file beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"Frau Geheim {i};{comma(x)};{comma(y)};3" for i, (x, y) in enumerate(zip(SIZES, PRICES, strict=True))]
    (folder / "flats.csv").write_text("\n".join(["mieterin;größe;preis;note", *rows]) + "\n", encoding="utf-8")
    path = folder / "flats.toml"
    path.write_text(FLATS.format(words=words).replace(*also), encoding="utf-8")
    return load(path)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained_once(flats(tmp_path_factory.mktemp("flats")))


def best_line() -> tuple[float, float]:
    """Least squares on the file's own numbers."""
    design = np.column_stack([SIZES, np.ones(len(SIZES))])
    w, b = np.linalg.lstsq(design, np.array(PRICES))[0]
    return float(w), float(b)


# --- What a file may say -----------------------------------------------------------------------------------


def points(**words: Any) -> Points:
    return Points.model_validate({"source": "points", "x": [1.0], "y": [2.0], **words})


def test_a_word_is_in_all_languages_alike_or_in_each_its_own() -> None:
    data = points(x_label={"en": "size", "de": "Größe"}, x_unit="m²")
    assert [names(data, language).x.full for language in ("en", "de", "fr")] == ["size [m²]", "Größe [m²]", "size [m²]"]
    assert not names(data, "en").y.is_given
    assert names(data, "en").y.full == "y"


def test_a_column_is_called_by_its_name_where_nobody_says_otherwise(tmp_path: Path) -> None:
    said = flats(tmp_path, "").names_in("en")
    assert (said.x.full, said.y.full) == ("größe", "preis")
    unit = flats(tmp_path, 'x_unit = "m²"', ('"größe"', '"größe"')).names_in("de")
    assert (unit.x.full, unit.y.full) == ("größe [m²]", "preis")


def test_the_name_of_a_column_says_no_unit_twice_and_is_not_longer_than_a_label() -> None:
    assert of_column("size [m²]", "m²") == "size"
    assert of_column("size (m²)", "m²") == "size"
    assert of_column("size [ft]", "m²") == "size [ft]"
    assert of_column("[m²]", "m²") == "[m²]"
    assert of_column(3) == of_column("\u202ea") == of_column("a\x00") == ""
    assert len(of_column("a" * 200)) == LONGEST["x_label"]


@pytest.mark.parametrize(
    ("column", "parts"),
    [
        ("size [m²]", ("size", "m²")), ("Preis (€)", ("Preis", "€")), ("hours", ("hours", "")), ("[m²]", ("[m²]", "")),
        ("a [b] c", ("a [b] c", "")), ("a [b] [c]", ("a [b]", "c")), ("", ("", "")), ("size []", ("size []", "")),
    ],
)  # fmt: skip
def test_a_unit_stands_in_brackets_behind_the_name_of_a_column(column: str, parts: tuple[str, str]) -> None:
    assert told_apart(column) == parts


UNFIT = {
    'x_label = ""': ("data.x_label must not be empty", "x_label ="),
    "x_label = 3": ("data.x_label must be text in quotes, or a table", "x_label ="),
    'x_label = ["a"]': ("data.x_label must be text in quotes, or a table", "x_label ="),
    'x_unit = { de = "Jahre" }': ("data.x_unit.en is missing", "x_unit ="),
    'x_unit = { en = "a", klingon = "b" }': ("names 'klingon', which is no language", "x_unit ="),
    'y_unit = { en = 3 }': ("data.y_unit.en must be text in quotes", "y_unit ="),
    f'y_unit = "{"m" * 21}"': ("data.y_unit must have at most 20 characters", "y_unit ="),
    f'y_label = "{"m" * 61}"': ("data.y_label must have at most 60 characters", "y_label ="),
    f'origin = "{"m" * 301}"': ("data.origin must have at most 300 characters", "origin ="),
    'x_label = "a\\nb"': ("data.x_label must stand on one line", "x_label ="),
    'x_label = "a\\u2028b"': ("data.x_label must stand on one line", "x_label ="),
    'x_label = "a\\u0000b"': ("data.x_label must be text, and U+0000", "x_label ="),
    'x_label = "\\u202eb"': ("data.x_label must end with U+202C", "x_label ="),
    'x_label = "\\u200b "': ("data.x_label must have something to be seen", "x_label ="),
    'origin = "a\\u001bb"': ("data.origin must be text, and U+001B", "origin ="),
}  # fmt: skip


@pytest.mark.parametrize("line", UNFIT)
def test_a_word_that_cannot_be_shown_is_refused_with_its_line(line: str, tmp_path: Path) -> None:
    with pytest.raises(Faults) as refused:
        flats(tmp_path, line)
    (fault,) = refused.value.faults
    said, key = UNFIT[line]
    assert said in fault.fault
    assert fault.help
    lines = (tmp_path / "flats.toml").read_text(encoding="utf-8").split("\n")
    assert lines[(fault.line or 0) - 1].startswith(key)


@pytest.mark.parametrize(
    ("key", "meant"),
    [("xlabel", "x_label"), ("units_y", "y_unit"), ("credit", "origin"), ("descripton", "description"),
     ("public", "publish"), ("yunit", "y_unit")],
)  # fmt: skip
def test_who_calls_a_word_by_another_name_is_told_ours(key: str, meant: str, tmp_path: Path) -> None:
    with pytest.raises(Faults) as refused:
        flats(tmp_path, f'{key} = "a"')
    assert f"did you mean {meant}" in refused.value.faults[0].help


def test_who_writes_where_points_come_from_as_their_source_is_told_of_origin(tmp_path: Path) -> None:
    with pytest.raises(Faults) as refused:
        flats(tmp_path, also=('source = "csv"', 'source = "A survey, 2024"'))
    assert "stands under origin" in refused.value.faults[0].help


def test_words_change_no_run(tmp_path: Path) -> None:
    plain = flats(tmp_path, "")
    assert flats(tmp_path).run_inputs() == plain.run_inputs()
    assert flats(tmp_path, "publish = false").run_inputs() == plain.run_inputs()
    without = make([1, 2], [3, 4], 0.1, 3)
    assert not {*json.loads(without.run_inputs())["data"]} & WORDS


# --- In numbers --------------------------------------------------------------------------------------------


def test_a_line_is_told_in_the_units_of_the_file(run: Run) -> None:
    w, b = best_line()
    said = Measured(run, run.scenario.names_in("en"))
    assert said.best_line == f"price [€] = {w:,.1f} × size [m²] + {b:,.0f}"
    assert said.line == said.best_line, "after thirty halvings the run is there, to five digits"
    assert Measured(run, run.scenario.names_in("de")).line == said.line.replace("price", "Preis").replace(
        "size", "Größe"
    )


def test_a_line_below_0_at_0_has_a_minus_and_a_lost_one_is_none() -> None:
    scenario = make([0, 1, 2], [-5, -2, 1], 0.1, 3)
    lone = trained(scenario)
    said = Measured(lone, scenario.names_in("en"))
    assert said.equation((3.0, -5.0)) == "y = 3.0000 × x − 5.0000"
    assert said.equation((math.nan, 1.0)) == said.equation((1.0, math.inf)) == ""


@pytest.mark.parametrize("loss", ["mean", "sum", "half", "half_sum"])
@pytest.mark.parametrize("target", [{}, {"standardize": True}, {"scale": 1e-3, "center": True}])
def test_the_root_of_the_mean_square_is_in_the_unit_of_y(loss: str, target: dict[str, Any]) -> None:
    run = trained(make(SIZES, PRICES, 1e-3, 4, input={"standardize": True}, target=target, loss=loss, dtype="float64"))
    said = Measured(run, run.scenario.names_in("en"))
    for epoch in (1, 4):
        weight, bias = run.in_original_units(run.params_after(epoch - 1))
        errors = weight * np.array(SIZES) + bias - PRICES
        root = math.sqrt((errors**2).mean())
        assert float(said.root_before(epoch).replace(",", "")) == pytest.approx(root, rel=1e-3)


def test_what_was_done_to_x_is_told_with_its_unit(run: Run) -> None:
    said = Measured(run, run.scenario.names_in("en"))
    assert said.x_shift == f"{np.mean(SIZES):.3f} m²"
    assert said.x_spread == f"{np.std(SIZES):.3f} m²"
    assert said.x_factor is None


# --- On axes -----------------------------------------------------------------------------------------------


def on_axes(figure: Figure) -> tuple[str, str]:
    axes: Axes = figure.axes[0]
    return axes.get_xlabel(), axes.get_ylabel()


def shown_ticks(axis: Any) -> list[tuple[float, str]]:
    low, high = sorted(axis.get_view_interval())
    return [(place, axis.get_major_formatter()(place)) for place in axis.get_majorticklocs() if low <= place <= high]


@pytest.mark.parametrize("narrow", [None, (340, 338)])
def test_axes_say_the_names_and_their_ticks_are_peoples_own_numbers(run: Run, narrow: tuple[int, int] | None) -> None:
    figure, _ = fit.picture(run, narrow)
    assert on_axes(figure) == ("size [m²]", "price [€]")
    axes = figure.axes[0]
    x = shown_ticks(axes.xaxis)
    assert len(x) >= 2
    for place, text in x:  # places are of x as it was trained on
        assert float(text) == pytest.approx(place * np.std(SIZES) + np.mean(SIZES), rel=1e-6)
        assert float(text) % 5 == 0, "round in square metres"
    y = shown_ticks(axes.yaxis)
    assert "200,000" in [text for _, text in y]
    assert all(float(text.replace(",", "")) == pytest.approx(place) for place, text in y)


def test_a_picture_says_of_which_x_its_equation_is(run: Run) -> None:
    assert units.names(run) == ("x′", "y")
    texts = [text.get_text() for text in fit.picture(run)[0].texts]
    assert "".join(texts).count("x′") >= 1 or "′" in texts
    plain = dataclasses.replace(run, scenario=make(SIZES, PRICES, 0.25, 30, input={"standardize": True}))
    assert units.names(plain) == ("x", "y"), "without names all is as it was"


def test_an_axis_in_units_as_given_has_ticks_of_those(run: Run) -> None:
    figure = Figure(figsize=(6, 4))
    axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
    squares.panel(axes, [run])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("size [m²]", "price [€]")
    assert all(
        float(text.replace(",", "").replace("−", "-")) == pytest.approx(at) for at, text in shown_ticks(axes.xaxis)
    )


def test_small_pictures_in_a_row_say_x_and_y(run: Run) -> None:
    moments: list[Axes] = []
    figure = Figure(figsize=(13, 3.4))
    axes = figure.add_axes((0.05, 0.1, 126 / 936, 0.8))
    fit.panel(axes, [run])
    moments.append(axes)
    assert [(axes.get_xlabel(), axes.get_ylabel()) for axes in moments] == [("x", "y")]
    assert filmstrip.draw([run]).delays_ms


@pytest.mark.parametrize("label", ["cost [$] per $x^2$", r"\frac{1}{2} $\alpha$", "a_b^c $", "$$", "{}{0}%s"])
def test_no_name_is_read_as_a_formula(label: str, run: Run) -> None:
    scenario = make(SIZES, PRICES, 0.25, 30)
    scenario = scenario.model_copy(
        update={"data": scenario.data.model_copy(update={"x_label": label, "y_label": label})}
    )
    figure, _ = fit.picture(dataclasses.replace(run, scenario=scenario))
    axes = figure.axes[0]
    for text in (axes.xaxis.label, axes.yaxis.label):
        assert text.get_text() == label
        assert isinstance(text, Text)
        assert text.get_parse_math() is False
    figure.canvas.draw()  # a formula of no sense would raise


def called(label: str, unit: str = "") -> Name:
    return names(points(x_label=label, x_unit=unit or None), "en").x


@pytest.mark.parametrize("label", ["größe", "price [€]", "naïve café", "η·λ", "Łódź", "₹ per kg", "x²"])
def test_a_name_in_the_letters_of_the_typeface_stands_on_the_axis(label: str) -> None:
    assert labelling.on_axis(called(label)) == label
    assert labelling.why_beside(called(label)) == ""


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ("价格", "no '价', U+4EF7"), ("מחיר", "U+05DE"), ("цена", "U+0446"), ("🏠", "U+1F3E0"), ("a\u200db", "U+200D"),
        ("a\u0301\u0302", "U+0302"), ("m" * 60, "pixels long"),
    ],
)  # fmt: skip
def test_another_stands_beside_the_picture_and_its_author_is_told_why(label: str, why: str, tmp_path: Path) -> None:
    assert labelling.on_axis(called(label)) == ""
    assert why in labelling.why_beside(called(label))
    scenario = flats(tmp_path, f'x_label = "{label}"\ny_label = "price"')
    (line,) = remarks(scenario, trained_once(scenario))
    assert why in line
    assert "pictures say x" in line
    assert line.startswith(f"note: {scenario.path}: ")


def test_a_name_is_as_long_as_freetype_sets_it() -> None:
    for label in ("größe [m²]", "W" * 20, "ily"):
        assert labelling.width(label) == pytest.approx(width(label), rel=1e-4)


def test_long_numbers_of_a_named_axis_are_not_cut_off(run: Run) -> None:
    figure, _ = fit.picture(run)
    figure.canvas.draw()
    bottom, top = figure.axes[0].get_ylim()
    shown = [text for text in figure.axes[0].yaxis.get_ticklabels() if bottom <= text.get_position()[1] <= top]
    assert len(shown) > 1
    for text in shown:
        assert text.get_window_extent().x0 >= 0
    make_room(figure.axes[0])


def test_a_picture_is_drawn_anew_for_a_language_alone_where_its_names_differ(run: Run) -> None:
    scenario = run.scenario
    assert (scenario.drawn_in("de"), scenario.drawn_in("fr")) == ("de", "en")
    keys = {
        products.picture_key(Request("fit", ("flats",), (), language), {"flats": scenario}, ["0"])
        for language in ("en", "de", "fr")
    }
    assert len(keys) == 2
    spoken = scenario.spoken("de")
    assert spoken.names_in("en").x.full == "Größe [m²]"
    figure, _ = fit.picture(dataclasses.replace(run, scenario=spoken))
    assert on_axes(figure) == ("Größe [m²]", "Preis [€]")
    assert Request("fit", ("flats",), (), "de").path == Request("fit", ("flats",)).path
    english, german = (drawing.draw(Request("fit", ("flats",), (), each), [run]).first for each in ("en", "de"))
    assert not np.array_equal(english, german)


def test_axes_of_points_without_names_are_as_they_were() -> None:
    run = trained(make(SIZES, PRICES, 1e-5, 5))
    assert not named.has_names(run)
    assert on_axes(fit.picture(run)[0]) == ("x", "y")


# --- On a page ---------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tiny.make(tmp_path / "project")
    flats(root / "docs/scenarios")
    return Project(root)


def page_of(project: Project) -> str:
    return rendered.pages(project).scenario_page("flats")


def escaped(text: str) -> str:
    return text.replace("[", "&#91;").replace("]", "&#93;").replace("+", "&#43;")


def test_the_page_tells_the_line_the_error_and_where_the_points_come_from(project: Project) -> None:
    text = page_of(project)
    w, b = best_line()
    assert f"**{escaped(f'price [€] = {w:,.1f} × size [m²] + {b:,.0f}')}**" in text
    assert "Twelve flats&#46;" in text
    assert "Where the points come from: Own walks, 2024" in text
    errors = w * np.array(SIZES) + b - PRICES
    assert f"a root of the mean square of {math.sqrt((errors**2).mean()):,.0f} €" in text
    caption = text.partition("<figcaption")[2].partition("</figcaption>")[0]
    assert escaped("x is size [m²], y is price [€]") in caption
    assert f"the mean of x, {np.mean(SIZES):.3f} m², was taken off" in caption
    assert f"its standard deviation, {np.std(SIZES):.3f} m²" in caption
    assert "x′ is what came of it" in caption


def test_the_table_has_the_root_beside_the_loss_and_pairs_that_can_be_told_apart(project: Project) -> None:
    run = trained_once(load(project.scenarios / "flats.toml"))
    rows = [line for line in page_of(project).splitlines() if line.startswith("| 1 |") and ";" in line]
    _, _, loss, root, params, gradient, _ = rows[0].split("|")
    w, b = run.params_after(1)
    assert params.strip() == f"{float(f'{w:.5g}'):,.0f}; {float(f'{b:.5g}'):,.0f}"
    assert gradient.count(";") == 1
    assert float(root.replace(",", "")) == pytest.approx(math.sqrt(run.loss_at(1)), rel=1e-3)
    assert "10¹⁰" in loss
    without = rendered.pages(project).calls.loss_table("tiny")
    assert "root" not in without


def test_an_alternative_text_says_the_names_the_line_and_its_error(run: Run) -> None:
    w, b = best_line()
    said = alt_text("fit", [run])
    assert "size [m²] is x, price [€] is y" in said
    assert f"In those units: price [€] = {w:,.1f} × size [m²] + {b:,.0f}." in said
    assert " €" in said.partition("its root")[2]
    for kind in ("squares", "squares_still", "filmstrip"):
        assert "size [m²]" in alt_text(kind, [run])
    plain = dataclasses.replace(run, scenario=make(SIZES, PRICES, 0.25, 30, input={"standardize": True}))
    for kind in KINDS:
        if KINDS[kind].of == "run" and 1 in KINDS[kind].runs:
            assert "size" not in alt_text(kind, [plain])


def test_several_runs_share_a_line_under_their_picture(project: Project) -> None:
    calls = rendered.pages(project).calls.on("index.md")
    both = calls["figure"]("flats", "flats", kind="race")
    assert both.count("x is ") == 1
    squares_of_it = calls["figure"]("flats", kind="squares", caption="*Mine*")
    assert '<figcaption markdown="span"><span class="gd-number">Figure 2.</span> *Mine*<br>x is' in squares_of_it
    assert "here it is taken back" in squares_of_it
    assert "figcaption" not in calls["figure"]("tiny")


def test_a_reader_takes_hold_of_points_under_their_names(project: Project) -> None:
    calls = rendered.pages(project).calls.on("index.md")
    held = calls["touch"]("line", "flats")
    assert "ŷ = {w} x′ + {b}" in held
    assert escaped("x is size [m²]") in held
    assert "ŷ = {w} x + {b}" in calls["touch"]("line", "tiny")


def test_a_german_edition_speaks_german_names(project: Project) -> None:
    done = tiny.typed(project.root, "new", "language", "de")
    assert done.returncode == 0, done.stderr
    german = rendered.pages(Project(project.root), edition=1)
    assert german.edition.language == "de"
    text = german.scenario_page("flats")
    assert escaped("Preis [€] = ") in text
    assert {request.language for request in german.calls.alts} == {"de"}


# --- What is published -------------------------------------------------------------------------------------


def test_of_a_file_two_columns_are_published_and_the_scenario_reads_them(run: Run, tmp_path: Path) -> None:
    files = products.plain_files(run, TEMPLATE)
    text = files["points.csv"].decode()
    rows = [*csv.reader(io.StringIO(text), delimiter=";")]
    assert {len(row) for row in rows} == {2}
    assert rows[0] == ["größe", "preis"]
    assert [float(x.replace(",", ".")) for x, _ in rows[1:]] == SIZES
    assert [float(y.replace(",", ".")) for _, y in rows[1:]] == PRICES
    (tmp_path / "flats.toml").write_bytes(files["scenario.toml"])
    (tmp_path / "flats.csv").write_bytes(files["points.csv"])
    assert load(tmp_path / "flats.toml").csv_points == run.scenario.csv_points
    for name, content in files.items():
        assert b"Geheim" not in content, name
        assert b"mieterin" not in content, name


WRITTEN = {
    "no header": ('x = 1\ny = 2', "1;2\n3;4,5\n-1e-7;5\n"),
    "lines above": ('x = "b"\ny = "a"\nskip = 2', "# note\nnote\na;b\n1;2\n3;4,5\n"),
    "a name that begins like a comment": ('x = "#b"\ny = "a"', 'a;"#b"\n1;2\n3;4,5\n'),
    "names with quotes": ('x = "b; \\"c\\""\ny = "a"', 'a;"b; ""c"""\n1;2\n3;4,5\n'),
    "gaps": ('x = "b"\ny = "a"\ndrop_empty = true', "a;b;c\n1;2;3\n;4;5\n3;4,5;6\n"),
}  # fmt: skip


@pytest.mark.parametrize("how", WRITTEN)
def test_the_published_points_are_read_by_the_published_scenario(how: str, tmp_path: Path) -> None:
    keys, content = WRITTEN[how]
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
    (first / "flats.csv").write_text(content, encoding="utf-8")
    text = FLATS.format(words="").replace('x = "größe"\ny = "preis"', keys)
    (first / "flats.toml").write_text(text, encoding="utf-8")
    scenario = load(first / "flats.toml")
    (second / "flats.toml").write_text(scenario.published, encoding="utf-8")
    (second / "flats.csv").write_text(published.points_csv(scenario) or "", encoding="utf-8")
    assert load(second / "flats.toml").csv_points == scenario.csv_points
    assert not load(second / "flats.toml").dropped_rows


def test_a_published_name_that_a_spreadsheet_would_compute_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "flats.csv").write_text("=cmd|calc!A0; @SUM(1)\n1;2\n3;4\n", encoding="utf-8")
    text = FLATS.format(words="").replace('x = "größe"\ny = "preis"', 'x = "=cmd|calc!A0"\ny = "@SUM(1)"')
    (tmp_path / "flats.toml").write_text(text, encoding="utf-8")
    assert published.points_csv(load(tmp_path / "flats.toml")) == "x;y\n1,0;2,0\n3,0;4,0\n"


def test_other_points_have_no_file() -> None:
    assert published.points_csv(make(SIZES, PRICES, 0.1, 2)) is None
    assert "data" not in published.summary(trained(make(SIZES, PRICES, 1e-6, 2)))


def test_the_summary_has_words_and_the_line_in_the_units_of_the_data(run: Run) -> None:
    summary = published.summary(run, "de")
    assert summary["data"] == {
        "x": {"label": "Größe", "unit": "m²"}, "y": {"label": "Preis", "unit": "€"},
        "description": "Twelve flats.", "origin": "Own walks, 2024",
    }  # fmt: skip
    w, b = best_line()
    assert summary["original_units"]["weight"] == pytest.approx(w, rel=1e-5)
    assert summary["original_units"]["bias"] == pytest.approx(b, rel=1e-4)


@pytest.mark.parametrize(
    ("input", "target"),
    [({}, {}), ({"standardize": True}, {}), ({}, {"center": True}), ({"scale": 0.01}, {"standardize": True})],
)
def test_the_script_takes_the_line_back_and_says_where_the_points_come_from(
    input: dict[str, Any], target: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {"x_label": "size", "y_label": "price", "x_unit": "m²", "y_unit": "€", "origin": "Own walks"}
    scenario = make(SIZES, PRICES, 1e-5, 20, input=input, target=target, dtype="float64")
    data = scenario.data.model_dump(exclude_none=True) | words
    scenario = scenario.model_copy(update={"data": Points.model_validate(data)})
    run = trained(scenario)
    printed = in_this_process(takehome.script(run, TEMPLATE), monkeypatch).splitlines()
    assert printed[0] == "The points: Own walks"
    # By hand: y = (w (x − shift) factor + b) / target_factor + target_shift.
    x, y = np.array(SIZES), np.array(PRICES)
    shift, factor = (x.mean(), 1 / x.std()) if input.get("standardize") else (0.0, input.get("scale", 1.0))
    up, by = (y.mean(), 1 / y.std()) if target.get("standardize") else (y.mean() if target else 0.0, 1.0)
    w, b = run.final_parameters
    weight, bias = w * factor / by, (b - w * factor * shift) / by + up
    name, _, rest = printed[-1].partition(" = ")
    slope, _, rest = rest.partition(" × size [m²] ")
    assert name == "price [€]"
    assert float(slope) == pytest.approx(weight, rel=1e-9)
    assert float(rest.replace(" ", "")) == pytest.approx(bias, rel=1e-9)


def test_a_picture_without_a_site_has_the_names_and_no_points_that_are_withheld(tmp_path: Path) -> None:
    for words, is_open in ((WORDS_OF_FLATS, True), (WORDS_OF_FLATS + "publish = false", False)):
        scenario = flats(tmp_path / str(is_open), words)
        files, _ = standalone.delivered(standalone.Order([scenario], language="en"), tiny.REPOSITORY / "templates")
        page, text = (files[f"fragment.{ending}"].decode() for ending in ("html", "md"))
        for each in (page, text):
            assert escaped("x is size [m²], y is price [€].") in each
            assert escaped("root mean square [€]") in each or "root mean square [€]" in each
        assert ("gd-stepper></gd-stepper" in page) is is_open
        assert ("points.csv" in files) is is_open
        assert ("118400" in page) is is_open
        for name, content in files.items():
            assert b"Geheim" not in content, name


# --- Withheld ----------------------------------------------------------------------------------------------


def secret(project: Project) -> None:
    path = project.scenarios / "flats.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[input]", "publish = false\n[input]"), encoding="utf-8")


def test_points_that_are_not_published_stand_in_no_file_of_the_site(project: Project) -> None:
    secret(project)
    done = tiny.typed(project.root, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "its points are not published" in done.stdout
    site = project.root / "site"
    folder = site / "scenarios/flats"
    assert not (folder / "points.csv").exists()
    forms = {
        form
        for number in (*SIZES, *PRICES)
        for form in (repr(number), comma(number), f"{number:,}", str(np.float32(number)))
        if len(form) > 5
    }
    standardized = ((np.array(SIZES) - np.mean(SIZES)) / np.std(SIZES)).astype(np.float32)
    forms |= {str(number) for number in standardized} | {"Geheim", "mieterin"}
    texts = [
        path for path in site.rglob("*") if path.is_file() and path.suffix not in (".png", ".gif", ".woff2", ".gz")
    ]
    assert folder / "index.html" in texts
    leaks = {
        (path.relative_to(site).as_posix(), form)
        for path in texts
        for form in forms
        if form in path.read_text(encoding="utf-8", errors="replace")
    }
    assert not leaks
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "The points themselves are not published here" in page
    for offered in ("<gd-stepper", "gd-again", 'data-run="flats"', "points.csv", "in the lab"):
        assert offered not in page


def test_the_script_of_withheld_points_runs_once_its_reader_has_them(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_run = trained_once(load(project.scenarios / "flats.toml"))
    secret(project)
    run = trained_once(load(project.scenarios / "flats.toml"))
    script = takehome.script(run, TEMPLATE)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"points\.csv"):
        in_this_process(script, monkeypatch)
    rows = "".join(f"{x},{y}\n" for x, y in zip(SIZES, PRICES, strict=True))
    (tmp_path / "points.csv").write_text(f"size,price\n{rows}", encoding="utf-8")
    printed = in_this_process(script, monkeypatch)
    assert printed == in_this_process(takehome.script(open_run, TEMPLATE), monkeypatch)


@pytest.mark.parametrize("call", ['lab("flats")', 'four_rates("flats")', 'touch("line", "flats")'])
def test_nothing_that_needs_withheld_points_is_offered(call: str, project: Project) -> None:
    secret(project)
    rendered.authored(project, f"# A\n\n[= {call} =]\n")
    faults = rendered.pages(project).check()
    assert [fault.fault.partition(" are not")[0] for fault in faults] == ["the points of 'flats'"]
    assert isinstance(faults[0], Fault)
    assert "publish = false" in faults[0].help


def test_a_page_may_still_ask_for_what_needs_them_quietly(project: Project) -> None:
    secret(project)
    calls = rendered.pages(project).calls.on("index.md")
    assert calls["again"]("flats") == ""
    assert calls["lab_link"]("flats") is None
    assert "gd-stepper" not in calls["figure"]("flats", step=True)
