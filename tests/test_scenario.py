"""Scenario files: what they mean, and that every mistake is named with its place, its fault and a remedy."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from generator.faults import Fault, Faults
from generator.scenario.reading import load, load_all
from generator.scenario.schema import Csv, Scenario

SYNTHETIC = """\
expect = "diverges"

[title]
en = "A step too far"

[data]
source = "synthetic"
seed = 2024
count = 11
weight = 0.5
bias = 30.0
noise = 1.0
low = -5
high = 30

[input]
scale = 0.1

[training]
learning_rate = 0.02
epochs = 500
start = { w = 1.0, b = 0.0 }

[stop]
gradient_norm = 1e-3

[figure]
table_epochs = [1, 10, 500]
"""

DATA = SYNTHETIC[SYNTHETIC.index("[data]") : SYNTHETIC.index("[input]")]
POINTS = SYNTHETIC.replace(DATA, '[data]\nsource = "points"\nx = [1.0, 2.0]\ny = [3.0, 5.0]\n\n')
CSV = SYNTHETIC.replace(DATA, '[data]\nsource = "csv"\nfile = "own.csv"\nx = "hours"\ny = "marks"\n\n')


def written(folder: Path, text: str | bytes, name: str = "own.toml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def faults_of(path: Path) -> list[Fault]:
    """The faults that loading the file raises."""
    with pytest.raises((Fault, Faults)) as caught:
        load(path)
    return [caught.value] if isinstance(caught.value, Fault) else caught.value.faults


# --- What a file means ---------------------------------------------------------------------------------------


def test_a_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    scenario = load(written(tmp_path, SYNTHETIC))
    assert (scenario.id, scenario.expect, scenario.count) == ("own", "diverges", 11)
    assert (scenario.training.start.weight, scenario.training.start.bias) == (1, 0)
    assert (scenario.training.loss, scenario.training.dtype) == ("mean", "float32")
    assert scenario.training.is_plain
    assert scenario.text == SYNTHETIC


@pytest.mark.parametrize("line", ["momentum = 0.9", "decay = 0.01", "batch_size = 4"])
def test_other_steps_can_be_asked_for(tmp_path: Path, line: str) -> None:
    scenario = load(written(tmp_path, SYNTHETIC.replace("epochs = 500", f"epochs = 500\n{line}")))
    assert not scenario.training.is_plain


def test_minibatches_are_drawn_from_the_seed_of_the_data(tmp_path: Path) -> None:
    assert load(written(tmp_path, SYNTHETIC)).batch_seed == 2024
    assert load(written(tmp_path, POINTS)).batch_seed == 0


def test_a_title_falls_back_to_english(tmp_path: Path) -> None:
    scenario = load(written(tmp_path, SYNTHETIC.replace("[data]", 'zh = "学习率过大"\n\n[data]', 1)))
    assert [scenario.title_in(language) for language in ("en", "zh", "fr")] == [
        "A step too far", "学习率过大", "A step too far",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "csv",
    [
        b"hours,marks\n1,2\n2.5,-3e1\n",
        b"\xef\xbb\xbfhours,marks\r\n1,2\r\n2.5,-3e1\r\n",  # as spreadsheets save it
        b'name,marks, hours\n"a, b",2, 1\n\nc,-30, 2.5\n',  # other columns, blanks, an empty line
    ],
)
def test_columns_of_a_csv_file_are_points(tmp_path: Path, csv: bytes) -> None:
    (tmp_path / "own.csv").write_bytes(csv)
    scenario = load(written(tmp_path, CSV))
    assert isinstance(scenario.data, Csv)
    assert scenario.csv_points == ((1, 2.5), (2, -30))
    assert scenario.count == 2


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path) -> None:
    assert load(written(tmp_path, b"\xef\xbb\xbf" + SYNTHETIC.encode())).text == SYNTHETIC


def test_runs_differ_where_their_inputs_do_and_nowhere_else(tmp_path: Path) -> None:
    def inputs(text: str, name: str = "own.toml") -> str:
        return load(written(tmp_path, text, name)).run_inputs()

    same = SYNTHETIC.replace("A step too far", "Too far").replace("[1, 10, 500]", "[1]") + "# a comment\n"
    assert inputs(same) == inputs(SYNTHETIC) == inputs(SYNTHETIC, "other.toml")
    for old, new in [
        ("0.02", "0.03"),
        ("seed = 2024", "seed = 2025"),
        ("scale = 0.1", "scale = 0.2"),
        ("1e-3", "1e-4"),
    ]:
        assert inputs(SYNTHETIC.replace(old, new)) != inputs(SYNTHETIC)


# --- What can be wrong ---------------------------------------------------------------------------------------

# (base, what is written, what is written instead, fault, the line that is shown, a part of the remedy)
MISTAKES: list[tuple[str, str, str, str, str, str]] = [
    (SYNTHETIC, "learning_rate = 0.02", "learning_rte = 0.02",
     "unknown key training.learning_rte", "learning_rte = 0.02", "did you mean learning_rate?"),
    (SYNTHETIC, "learning_rate = 0.02\n", "",
     "training.learning_rate is missing", "[training]", "large finite rate"),
    (SYNTHETIC, "learning_rate = 0.02", "learning_rate = nan",
     "training.learning_rate must be a finite number above 0", "learning_rate = nan", "such as 1.0"),
    (SYNTHETIC, "learning_rate = 0.02", "learning_rate = 0",
     "training.learning_rate must be a finite number above 0", "learning_rate = 0", "such as 1.0"),
    (SYNTHETIC, "learning_rate = 0.02", "learning_rate = 1e39",
     "training.learning_rate must fit in float32, where 3.4e38 is the largest number", "learning_rate = 1e39", "1.0"),
    (SYNTHETIC, "learning_rate = 0.02", 'learning_rate = "0.02"',
     "training.learning_rate must be a number", 'learning_rate = "0.02"', "such as 1.0"),
    (SYNTHETIC, "learning_rate = 0.02", "learning_rate = true",
     "training.learning_rate must be a number", "learning_rate = true", "such as 1.0"),
    (SYNTHETIC, "epochs = 500", "epochs = 0", "training.epochs must be at least 1", "epochs = 0", "1 to 1000000"),
    (SYNTHETIC, "epochs = 500", "epochs = 1000001",
     "training.epochs must be at most 1000000", "epochs = 1000001", "1 to 1000000"),
    (SYNTHETIC, "epochs = 500", "epochs = 1.5", "training.epochs must be a whole number", "epochs = 1.5", "whole"),
    (SYNTHETIC, ", b = 0.0 }", " }", "training.start.b is missing", "start = { w = 1.0 }", "{ w = 1.0, b = 0.0 }"),
    (SYNTHETIC, "w = 1.0", "w = inf", "training.start.w must be a finite number", "start = { w = inf,", "w ="),
    (SYNTHETIC, "{ w = 1.0, b = 0.0 }", "3", "training.start must be a table", "start = 3", "{ w = 1.0, b = 0.0 }"),
    (SYNTHETIC, "epochs = 500", 'epochs = 500\nloss = "mse"',
     "training.loss must be 'mean', 'sum' or 'half'", 'loss = "mse"', "leave it out"),
    (SYNTHETIC, "epochs = 500", 'epochs = 500\ndtype = "float16"',
     "training.dtype must be 'float32' or 'float64'", 'dtype = "float16"', "float32"),
    (SYNTHETIC, "epochs = 500", "epochs = 500\nmomentum = 1.0",
     "training.momentum must be below 1.0", "momentum = 1.0", "0.9 is usual"),
    (SYNTHETIC, "epochs = 500", "epochs = 500\nmomentum = 0.0",
     "training.momentum must be above 0.0", "momentum = 0.0", "leave it out"),
    (SYNTHETIC, "epochs = 500", "epochs = 500\ndecay = -1.0",
     "training.decay must be a finite number above 0", "decay = -1.0", "leave it out"),
    (SYNTHETIC, "epochs = 500", "epochs = 500\nbatch_size = 0",
     "training.batch_size must be at least 1", "batch_size = 0", "leave it out"),
    (SYNTHETIC, "epochs = 500", "epochs = 500\nbatch_size = 11",
     "training.batch_size must be below the number of points, 11", "batch_size = 11", "leave batch_size out"),
    (SYNTHETIC, 'expect = "diverges"\n', "", "expect is missing", "", 'expect = "converges"'),
    (SYNTHETIC, '"diverges"', '"explodes"',
     "expect must be 'converges', 'crawls', 'bounces' or 'diverges'", 'expect = "explodes"', "what the run"),
    (SYNTHETIC, 'en = "A step too far"', 'zh = "学习率过大"', "title.en is missing", "[title]", "English title"),
    (SYNTHETIC, '"A step too far"', '""', "title.en must not be empty", 'en = ""', "a few words"),
    (SYNTHETIC, '"A step too far"', '"' + "x" * 121 + '"',
     "title.en must have at most 120 characters", "en = ", "a few"),
    (SYNTHETIC, '[title]\nen = "A step', 'title = "A step', "title must be a table", 'title = "A', "en ="),
    (SYNTHETIC, DATA, "", "data is missing", "", "docs/scenarios"),
    (SYNTHETIC, '"synthetic"', '"synthetc"',
     "data.source cannot be 'synthetc'", 'source = "synthetc"', '"synthetic", "points" or "csv"'),
    (SYNTHETIC, 'source = "synthetic"\n', "", "data.source is missing", "[data]", "synthetic"),
    (SYNTHETIC, "count = 11", "count = 0", "data.count must be at least 1", "count = 0", "number of points"),
    (SYNTHETIC, "seed = 2024", "seed = -1", "data.seed must be at least 0", "seed = -1", "any whole number"),
    (SYNTHETIC, "noise = 1.0", "noise = -1.0", "data.noise must be at least 0.0", "noise = -1.0", "0 for not at all"),
    (SYNTHETIC, "low = -5", "low = 30",
     "data.low must be below data.high, and 30 is not below 30", "low = 30", "drawn from"),
    (SYNTHETIC, "low = -5", "low = -99999999", "data.low must be at least -16777216", "low = -99999999", "drawn from"),
    (SYNTHETIC, "weight = 0.5", "weight = -1e39",
     "data.weight must fit in float32, where 3.4e38 is the largest number", "weight = -1e39", "slope"),
    (SYNTHETIC, "[figure]", "[traning]\nx = 1\n\n[figure]", "unknown key traning", "[traning]", "mean training?"),
    (SYNTHETIC, "scale = 0.1", "standardize = true\ncenter = true",
     "input.standardize already centres and scales", "standardize = true", "leave input.scale and input.center out"),
    (SYNTHETIC, "scale = 0.1", "scale = 0.0", "input.scale must be a finite number above 0", "scale = 0.0", "0.1"),
    (SYNTHETIC, "scale = 0.1", "center = 1", "input.center must be true or false", "center = 1", "center = true"),
    (SYNTHETIC, "gradient_norm = 1e-3", "gradient_norm = -1.0",
     "stop.gradient_norm must be a finite number above 0", "gradient_norm = -1.0", "leave it out"),
    (SYNTHETIC, "500]", "501]",
     "figure.table_epochs names epoch 501, and the run ends at 500", "table_epochs = [1, 10, 501]", "of the run"),
    (SYNTHETIC, "[1, 10, 500]", "[10, 1]",
     "figure.table_epochs must rise, each epoch once", "table_epochs = [10, 1]", "rising"),
    (SYNTHETIC, "[1, 10, 500]", "[]", "figure.table_epochs must not be empty", "table_epochs = []", "up to 12"),
    (SYNTHETIC, "[1, 10, 500]", str(list(range(1, 14))),
     "figure.table_epochs must have at most 12 entries", "table_epochs = [1, 2,", "up to 12"),
    (SYNTHETIC, "[training]", "[[training]]", "training must be a table", "[[training]]", "are needed"),
    (SYNTHETIC, "[data]", "[data",
     "not valid TOML: Expected ']' at the end of a table declaration", "[data", "brackets"),
    (SYNTHETIC, "seed = 2024", "seed = 2024\nseed = 1", "not valid TOML: Cannot overwrite a value", "seed = 1", "once"),
    (POINTS, "y = [3.0, 5.0]", "y = [3.0]", "data.x has 2 numbers and data.y has 1", "x = [1.0, 2.0]", "in pairs"),
    (POINTS, "x = [1.0, 2.0]\ny = [3.0, 5.0]", "x = []\ny = []", "data.x is empty", "x = []", "at least one point"),
    (POINTS, "[3.0, 5.0]", "[3.0, nan]", "entry 2 of data.y must be a finite number", "y = [3.0, nan]", "finite"),
    (POINTS, "[3.0, 5.0]", '[3.0, "5"]', "entry 2 of data.y must be a number", 'y = [3.0, "5"]', "finite numbers"),
    (POINTS, "[3.0, 5.0]", "[  # first, second\n  3.0,\n  inf,\n]",
     "entry 2 of data.y must be a finite number", "inf,", "y"),
    (POINTS, "y = [3.0, 5.0]", "y = [3.0, 5.0]\ncount = 2", "unknown key data.count", "count = 2", "source, x, y"),
    (CSV, "own.csv", "owm.csv", "there is no file owm.csv", 'file = "owm.csv"', "did you mean own.csv?"),
    (CSV, "own.csv", "../own.csv", "data.file must be a plain file name", 'file = "../own.csv"', "beside own.toml"),
    (CSV, '"hours"', '"hour"', "own.csv has no column 'hour'", 'x = "hour"', "did you mean 'hours'?"),
    (CSV, '"hours"', '"zzz"', "own.csv has no column 'zzz'", 'x = "zzz"', "its columns are: 'hours', 'marks'"),
    (CSV, "epochs = 500", "epochs = 500\nbatch_size = 2",
     "training.batch_size must be below the number of points, 2", "batch_size = 2", "leave batch_size out"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "old", "new", "fault", "shown", "remedy"), MISTAKES)
def test_a_mistake_is_named_with_its_place_and_its_remedy(
    tmp_path: Path, base: str, old: str, new: str, fault: str, shown: str, remedy: str
) -> None:
    assert base.count(old) == 1
    text = base.replace(old, new)
    path = written(tmp_path, text)
    (tmp_path / "own.csv").write_text("hours,marks\n1,2\n2,3\n")
    (found,) = faults_of(path)
    assert found.fault.split(" (at line")[0] == fault
    assert found.file == path
    assert found.excerpt.strip().startswith(shown)
    if shown:
        assert found.line is not None
        assert text.splitlines()[found.line - 1] == found.excerpt
    else:
        assert found.line is None
    assert remedy in found.help


@pytest.mark.parametrize(
    ("csv", "fault", "line", "remedy"),
    [
        (b"hours,marks\n1,2\n,3\n", "1 row has no number in 'hours': line 3", 3, "drop_empty = true"),
        (
            b"hours,marks\n1,2\n3\n",
            "1 row has more or fewer cells than the header, 2: 1 in line 3",
            3,
            "a cell for each",
        ),
        (b"hours,marks\n1,2\n3,four\n4,5\n", "column 'marks' has text in 1 row", 3, "numbers like 12.5"),
        (b"hours,marks\n1,2\n\n3,inf\n", "column 'marks' has an infinite number in 1 row", 4, "leave the row out"),
        (b"hours,marks\n1,1e39\n", "column 'marks' has a number beyond float32 in 1 row", 2, "a larger unit"),
        (b'hours,marks\n1,"2,5"\n', "column 'marks' has a comma in 1 row", 2, 'write decimal = ","'),
        (b"hours;marks\n1,5;2\n", "the columns are separated by ';'", 1, 'separator = ";" and decimal = ","'),
        (b"hours\tmarks\n1\t2\n", "the columns are separated by '\\t'", 1, 'separator = "tab"'),
        (b"hours,marks\n", "no row below the header", None, "at least one point"),
        (b"", "the file is empty", None, "names the columns: hours,marks"),
        (b"hours,marks,hours\n1,2,3\n", "2 columns are called 'hours'", 1, "a name of its own"),
        ("hours,marks\n1,é\n".encode("latin-1"), "not a CSV file in UTF-8", 2, "save it as UTF-8"),
    ],
)
def test_a_mistake_in_a_csv_file_is_named_with_its_line(
    tmp_path: Path, csv: bytes, fault: str, line: int | None, remedy: str
) -> None:
    (tmp_path / "own.csv").write_bytes(csv)
    (found,) = faults_of(written(tmp_path, CSV))
    assert found.fault.startswith(fault)
    assert (found.file, found.line) == (tmp_path / "own.csv", line)
    assert remedy in found.help


@pytest.mark.parametrize(
    "name", ["Upper.toml", "under_score.toml", "-start.toml", "end-.toml", f"{'a' * 65}.toml", ".toml"]
)
def test_a_file_name_that_cannot_be_an_id_is_a_fault(tmp_path: Path, name: str) -> None:
    (found,) = faults_of(written(tmp_path, SYNTHETIC, name))
    assert "cannot be a scenario's id" in found.fault
    assert "a-z, 0-9 and '-'" in found.help


@pytest.mark.parametrize("name", ["a.toml", "0.toml", f"{'a' * 64}.toml", "too-far-2.toml"])
def test_other_file_names_are_ids(tmp_path: Path, name: str) -> None:
    assert f"{load(written(tmp_path, SYNTHETIC, name)).id}.toml" == name


def test_a_file_that_is_not_there_is_a_fault_that_knows_its_neighbours(tmp_path: Path) -> None:
    written(tmp_path, SYNTHETIC, "too-far.toml")
    (found,) = faults_of(tmp_path / "to-far.toml")
    assert (found.fault, found.help) == ("there is no such scenario file", "did you mean too-far.toml?")


def test_a_file_in_another_encoding_is_a_fault(tmp_path: Path) -> None:
    (found,) = faults_of(written(tmp_path, SYNTHETIC.encode() + "# é".encode("latin-1")))
    assert found.fault.startswith("the file cannot be read")
    assert found.help == "save it as UTF-8 text"


def test_all_mistakes_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    written(tmp_path, SYNTHETIC.replace("epochs = 500", "epochs = 0").replace("count = 11", "count = 0"), "a.toml")
    written(tmp_path, SYNTHETIC, "b.toml")
    written(tmp_path, SYNTHETIC.replace("[data]", "[data"), "c.toml")
    with pytest.raises(Faults) as caught:
        load_all(tmp_path)
    places = [(Path(str(fault.file)).name, fault.line) for fault in caught.value.faults]
    assert places == [("a.toml", 9), ("a.toml", 21), ("c.toml", 6)]


def test_a_fault_reads_like_a_compilers(tmp_path: Path) -> None:
    path = written(tmp_path, SYNTHETIC.replace("0.02", "nan"))
    (found,) = faults_of(path)
    assert str(found).splitlines() == [
        "error: training.learning_rate must be a finite number above 0",
        f"  --> {path}:20",
        "   |  learning_rate = nan",
        "help: to show divergence use a large finite rate, such as 1.0",
    ]


def test_a_fault_and_a_scenario_survive_the_way_to_another_process(tmp_path: Path) -> None:
    (found,) = faults_of(written(tmp_path, SYNTHETIC.replace("0.02", "nan")))
    assert str(pickle.loads(pickle.dumps(found))) == str(found)
    scenario = load(written(tmp_path, SYNTHETIC))
    again = pickle.loads(pickle.dumps(scenario))
    assert isinstance(again, Scenario)
    assert again == scenario
