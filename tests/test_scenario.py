"""Scenario files: what they mean, and that every mistake is named with its place, its fault and a remedy."""

from __future__ import annotations

import pickle
import tomllib
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from generator.faults import SHOWN, Fault, Faults
from generator.scenario import unoffered
from generator.scenario.mistakes import explain_all
from generator.scenario.reading import load, load_all
from generator.scenario.schema import (
    Csv,
    Dtype,
    FigureSettings,
    Input,
    LossConvention,
    Points,
    Scenario,
    Spec,
    Stop,
    Synthetic,
    Target,
    Training,
    Verdict,
)
from tests.runs import make, trained

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


UNIFORM = SYNTHETIC.replace("low = -5\nhigh = 30", 'x = "uniform"\nlow = -0.5\nhigh = 0.75')


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


def test_what_is_done_to_y_is_said_as_what_is_done_to_x(tmp_path: Path) -> None:
    both = SYNTHETIC.replace("[training]", "[target]\ncenter = true\nscale = 0.5\n\n[training]")
    scenario = load(written(tmp_path, both))
    assert scenario.target.model_dump() == {"scale": 0.5, "center": True, "standardize": False}
    assert scenario.input.model_dump() == {"scale": 0.1, "center": False, "standardize": False}


def test_a_start_is_written_or_drawn(tmp_path: Path) -> None:
    assert load(written(tmp_path, SYNTHETIC)).training.start.given == (1, 0)
    start = load(written(tmp_path, SYNTHETIC.replace("{ w = 1.0, b = 0.0 }", "{ seed = 7 }"))).training.start
    assert (start.seed, start.given) == (7, None)


def test_the_ends_of_what_is_drawn_are_whole_or_not_as_they_are_written(tmp_path: Path) -> None:
    whole, uniform = load(written(tmp_path, SYNTHETIC)).data, load(written(tmp_path, UNIFORM)).data
    assert isinstance(whole, Synthetic)
    assert isinstance(uniform, Synthetic)
    assert (repr(whole.low), repr(whole.high), repr(uniform.low), repr(uniform.high)) == ("-5", "30", "-0.5", "0.75")


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
        ("{ w = 1.0, b = 0.0 }", "{ seed = 7 }"),
        ("{ w = 1.0, b = 0.0 }", "{ seed = 8 }"),
        ("[training]", "[target]\ncenter = true\n[training]"),
        ("epochs = 500", 'epochs = 500\nloss = "half_sum"'),
        ("epochs = 500", "epochs = 500\nbatch_size = 2"),
        ("epochs = 500", 'epochs = 500\nmistake = "broadcast"'),
        ("epochs = 500", 'epochs = 500\nmistake = "flipped-sign"'),
        ("epochs = 500", 'epochs = 500\nbatch_size = 2\nbatch_order = "given"'),
        ("low = -5", 'low = -5\nx = "uniform"'),
    ]:
        assert inputs(SYNTHETIC.replace(old, new)) != inputs(SYNTHETIC)


# --- What can be wrong ---------------------------------------------------------------------------------------

# (base, what is written, what is written instead, fault, the line that is shown, a part of the remedy)
MISTAKES: list[tuple[str, str, str, str, str, str]] = [
    (SYNTHETIC, "learning_rate = 0.02", "learning_rte = 0.02",
     "unknown key training.learning_rte", "learning_rte = 0.02", "did you mean learning_rate?"),
    (SYNTHETIC, "learning_rate = 0.02\n", "",
     "training.learning_rate is missing", "[training]", "learning_rate = 0.01"),
    (SYNTHETIC, "learning_rate = 0.02", "learning_rate = nan",
     "training.learning_rate must be a finite number above 0", "learning_rate = nan", "such as 0.01"),
    (SYNTHETIC, "learning_rate = 0.02", "learning_rate = 0",
     "training.learning_rate must be a finite number above 0", "learning_rate = 0", "nothing ever moves"),
    (SYNTHETIC, "learning_rate = 0.02", "learning_rate = 1e39",
     "training.learning_rate must fit in float32, where 3.4e38 is the largest number", "learning_rate = 1e39", "1.0"),
    (SYNTHETIC, "learning_rate = 0.02", 'learning_rate = "0.02"',
     "training.learning_rate must be a number, not text", 'learning_rate = "0.02"', "without quotes: learning_rate"),
    (SYNTHETIC, "learning_rate = 0.02", "learning_rate = true",
     "training.learning_rate must be a number, not true or false", "learning_rate = true", "0.01, for one"),
    (SYNTHETIC, "epochs = 500", "epochs = 0", "training.epochs must be at least 1", "epochs = 0", "1 to 1000000"),
    (SYNTHETIC, "epochs = 500", "epochs = 1000001",
     "training.epochs must be at most 1000000", "epochs = 1000001", "1 to 1000000"),
    (SYNTHETIC, "epochs = 500", "epochs = 1.5", "training.epochs must be a whole number", "epochs = 1.5", "whole"),
    (SYNTHETIC, ", b = 0.0 }", " }", "training.start.b is missing", "start = { w = 1.0 }", "{ w = 1.0, b = 0.0 }"),
    (SYNTHETIC, "w = 1.0", "w = inf", "training.start.w must be a finite number", "start = { w = inf,", "w ="),
    (SYNTHETIC, "{ w = 1.0, b = 0.0 }", "3", "training.start must be a table", "start = 3", "{ w = 1.0, b = 0.0 }"),
    (SYNTHETIC, "epochs = 500", 'epochs = 500\nloss = "mse"',
     "training.loss must be 'mean', 'sum', 'half' or 'half_sum'", 'loss = "mse"', "leave it out"),
    (SYNTHETIC, "epochs = 500", 'epochs = 500\ndtype = "float16"',
     "training.dtype: another number type than float32 and float64 is not offered here", 'dtype = "float16"', "tried"),
    (SYNTHETIC, "epochs = 500", "epochs = 500\nmomentum = 1.0",
     "training.momentum must be below 1.0", "momentum = 1.0", "0.9 is usual"),
    (SYNTHETIC, "epochs = 500", "epochs = 500\nmomentum = 0.0",
     "training.momentum must be above 0.0", "momentum = 0.0", "leave it out"),
    (SYNTHETIC, "epochs = 500", "epochs = 500\ndecay = -1.0",
     "training.decay must be a finite number above 0", "decay = -1.0", "leave it out"),
    (SYNTHETIC, "epochs = 500", 'epochs = 500\nmistake = "sign"',
     "training.mistake must be 'flipped-sign', 'broadcast' or 'no-zero-grad'", 'mistake = "sign"',
     'write mistake = "flipped-sign"; leave it out for the right program'),
    (SYNTHETIC, "epochs = 500", 'epochs = 500\nmistake = "broadcast"\nmomentum = 0.9',
     "training.mistake cannot go with momentum", 'mistake = "broadcast"', "leave momentum out"),
    (SYNTHETIC, "epochs = 500", 'epochs = 500\nmistake = "broadcast"\ndecay = 0.9',
     "training.mistake cannot go with decay", 'mistake = "broadcast"', "leave decay out"),
    (SYNTHETIC, "epochs = 500", 'epochs = 500\nmistake = "broadcast"\nbatch_size = 2',
     "training.mistake cannot go with batch_size", 'mistake = "broadcast"', "leave batch_size out"),
    (SYNTHETIC, "epochs = 500", 'epochs = 500\nmistake = "broadcast"\nloss = "sum"',
     "training.mistake cannot go with loss", 'mistake = "broadcast"', "leave loss out"),
    (SYNTHETIC.replace("count = 11", "count = 1001"), "epochs = 500", 'epochs = 500\nmistake = "broadcast"',
     "training.mistake is for at most 1000 points, and these are 1001", 'mistake = "broadcast"', "fewer of them"),
    (SYNTHETIC.replace("epochs = 500", 'epochs = 500\nmistake = "broadcast"'), '"diverges"', '"bounces"',
     "expect cannot be bounces of a run with a mistake in it", 'expect = "bounces"',
     'write "diverges" where the loss grows, and else "crawls"'),
    (SYNTHETIC, "epochs = 500", "epochs = 500\nbatch_size = 0",
     "training.batch_size must be at least 1", "batch_size = 0", "leave it out"),
    (SYNTHETIC, "epochs = 500", "epochs = 500\nbatch_size = 11",
     "training.batch_size must be below the number of points, 11", "batch_size = 11", "leave batch_size out"),
    (SYNTHETIC, "epochs = 500", 'epochs = 500\nbatch_order = "given"',
     "training.batch_order orders the batches, and there are none without batch_size", 'batch_order = "given"',
     'batch_size = 1 and batch_order = "given" take one point after the other, in their order'),
    (SYNTHETIC, "epochs = 500", 'epochs = 500\nbatch_size = 1\nbatch_order = "sorted"',
     "training.batch_order must be 'shuffled' or 'given'", 'batch_order = "sorted"', "leave it out to shuffle"),
    (SYNTHETIC, "b = 0.0 }", "b = 0.0, seed = 7 }",
     "training.start says where to begin and has a seed to draw it from", "start = { w = 1.0, b = 0.0, seed = 7 }",
     "keep either: start = { w = 1.0, b = 0.0 } begins there, start = { seed = 7 } draws w and b"),
    (SYNTHETIC, "{ w = 1.0, b = 0.0 }", "{ b = 0.0, seed = 7 }",
     "training.start says where to begin and has a seed to draw it from", "start = { b", "keep either"),
    (SYNTHETIC, "{ w = 1.0, b = 0.0 }", "{}",
     "training.start.w is missing", "start = {}", "start = { w = 1.0, b = 0.0 }, or start = { seed = 7 } to draw both"),
    (SYNTHETIC, "{ w = 1.0, b = 0.0 }", "{ seed = -1 }",
     "training.start.seed must be at least 0", "start = { seed = -1 }", "start = { seed = 7 }"),
    (SYNTHETIC, "[training]", "[target]\nstandardize = true\nscale = 2.0\n\n[training]",
     "target.standardize already centres and scales", "standardize = true",
     "leave target.scale and target.center out"),
    (SYNTHETIC, "[training]", "[target]\nscale = -2.0\n\n[training]",
     "target.scale must be a finite number above 0", "scale = -2.0", "center = true"),
    (SYNTHETIC, "seed = 2024", 'seed = 2024\nx = "normal"',
     "data.x: another way to draw x is not offered here", 'x = "normal"', 'x = "uniform" draws any number from low up'),
    (SYNTHETIC, "seed = 2024", "seed = 2024\nx = [1.0, 2.0]",
     "data.x must be 'whole' or 'uniform'", "x = [1.0, 2.0]", 'x and y that you write down go with source = "points"'),
    (UNIFORM, "high = 0.75", "high = -1.5", "data.low must be below data.high, and -0.5 is not below -1.5",
     "low = -0.5", 'without high itself: whole numbers, or with x = "uniform" any'),
    (UNIFORM, "high = 0.75", f"high = 1{'0' * 400}",
     "data.high must fit in float32, where 3.4e38 is the largest number", "high = 1000", "x is drawn from low up to"),
    (SYNTHETIC, "{ w = 1.0, b = 0.0 }", "{ seed = 9223372036854775808 }",
     "training.start.seed must be at most 9223372036854775807", "start = { seed", "any whole number from 0"),
    (SYNTHETIC, "{ w = 1.0, b = 0.0 }", '{ seed = "7" }',
     "training.start.seed must be a whole number, not text", 'start = { seed = "7" }', "without quotes: seed = 7"),
    (SYNTHETIC, "{ w = 1.0, b = 0.0 }", "{ seed = true }",
     "training.start.seed must be a whole number, not true or false", "start = {", "true and false are no numbers"),
    (SYNTHETIC, "{ w = 1.0, b = 0.0 }", "{ std = 0.1, seed = 7 }",
     "unknown key training.start.std", "start = { std", "known here: b, seed, w"),
    (SYNTHETIC, "[training]", "[target]\nscale = 1e300\n\n[training]",
     "target.scale must fit in float32, where 3.4e38 is the largest number", "scale = 1e300", "scale = 0.1"),
    (SYNTHETIC, "[training]", "[target]\nstd = 2.0\n\n[training]",
     "unknown key target.std", "std = 2.0", "known here: center, scale, standardize"),
    (SYNTHETIC, "low = -5", "low = -5.5",
     "data.low must be a whole number, since x is drawn from those", "low = -5.5",
     'write it without a point, or let x = "uniform" draw any number from low up to high'),
    (UNIFORM, "high = 0.75", "high = -0.5", "data.low must be below data.high, and -0.5 is not below -0.5",
     "low = -0.5", "drawn"),
    (UNIFORM, "low = -0.5\nhigh = 0.75", "low = 1e9\nhigh = 1000000001",
     "data.low and data.high are one number in float32, in which points are drawn", "low = 1e9",
     "take them farther apart, or nearer to 0"),
    (UNIFORM, "low = -0.5\nhigh = 0.75", "low = -3e38\nhigh = 3e38",
     "data.low and data.high are too far apart: what lies between them does not fit in float32", "low = -3e38",
     "bring them nearer together"),
    (UNIFORM, "low = -0.5", "low = nan", "data.low must be a finite number", "low = nan", "drawn from"),
    (SYNTHETIC, 'expect = "diverges"\n', "", "expect is missing", "", 'expect = "converges"'),
    (SYNTHETIC, '"diverges"', '"explodes"',
     "expect must be 'converges', 'crawls', 'bounces' or 'diverges'", 'expect = "explodes"', "what the run"),
    (SYNTHETIC, 'en = "A step too far"', '', "title.en is missing", "[title]", "in some language"),
    (SYNTHETIC, '"A step too far"', '""', "title.en must not be empty", 'en = ""', "a few words"),
    (SYNTHETIC, '"A step too far"', '"' + "x" * 121 + '"',
     "title.en must have at most 120 characters", "en = ", "a few"),
    (SYNTHETIC, '[title]\nen = "A step', 'title = "A step', "title must be a table, not text", 'title = "A', "en ="),
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
    (SYNTHETIC, "[training]", "[[training]]", "training must be a table, not a list", "[[training]]", "are needed"),
    (SYNTHETIC, "[data]", "[data",
     "not valid TOML: Expected ']' at the end of a table declaration", "[data", "brackets"),
    (SYNTHETIC, "seed = 2024", "seed = 2024\nseed = 1", "not valid TOML: Cannot overwrite a value", "seed = 1", "once"),
    (POINTS, "y = [3.0, 5.0]", "y = [3.0]", "data.x has 2 numbers and data.y has 1", "x = [1.0, 2.0]", "in pairs"),
    (POINTS, "x = [1.0, 2.0]\ny = [3.0, 5.0]", "x = []\ny = []", "data.x is empty", "x = []", "at least one point"),
    (POINTS, "[3.0, 5.0]", "[3.0, nan]", "entry 2 of data.y must be a finite number", "y = [3.0, nan]", "finite"),
    (POINTS, "[3.0, 5.0]", '[3.0, "5"]',
     "entry 2 of data.y must be a number, not text", 'y = [3.0, "5"]', "without quotes: 5"),
    (POINTS, "[3.0, 5.0]", "[  # first, second\n  3.0,\n  inf,\n]",
     "entry 2 of data.y must be a finite number", "inf,", "y"),
    (POINTS, "y = [3.0, 5.0]", "y = [3.0, 5.0]\ncount = 2", "unknown key data.count", "count = 2",
     "source, x, x_label, x_unit, y"),
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


# --- What is not offered -------------------------------------------------------------------------------------

TWO_PARAMETERS = (
    "a line without an intercept is not offered here",
    "both parameters, w and b, are what the landscapes show and what the two directions of the bowl are made of; "
    "with center = true under [input] and under [target] and a start at b = 0.0, b stays there but for rounding",
)
FEATURES = (
    "more than one feature is not offered here",
    "a line has two parameters, w for one feature and b, and its loss is a bowl that can be drawn over both; "
    'name one, as in x = "hours"; a scenario for each feature shows them side by side',
)
TARGETS = (
    "more than one target is not offered here",
    "a line has one height at each x, and the loss compares it with one y; "
    'name one, as in y = "marks"; a scenario for each target shows them side by side',
)
RATES = (
    "more than one rate in a run is not offered here",
    "the limit 2/λ₊ and all else that theory says here is about one rate for both; "
    "scale = s under [input] makes the rate of w s² times that of b; to compare rates write a scenario for each",
)
LOSSES = (
    "another loss than squared errors is not offered here",
    "squared errors alone make the bowl on which theory tells every step beforehand; "
    'loss = "mean", "sum", "half" or "half_sum"; leave it out for "mean"',
)
OPTIMISERS = (
    "another optimiser than gradient descent is not offered here",
    "descent with one rate is what this course explains, and what its theory can tell beforehand; "
    "momentum = 0.9, decay = 0.01 and batch_size, under [training], are the other steps that a run can make",
)
MOMENTA = (
    "Nesterov's or a dampened momentum is not offered here",
    "the lessons explain one momentum, v ← momentum · v + gradient, as torch.optim.SGD has it by itself; "
    "momentum = 0.9, under [training]",
)
PENALTIES = (
    "a penalty on the parameters is not offered here",
    "it moves the bottom of the bowl away from least squares, with which every page compares its run; "
    "leave it out; nothing that is offered comes near it",
)
SCHEDULES = (
    "another schedule of the rate is not offered here",
    "the lessons explain one, learning_rate / (1 + decay · epochs gone); "
    "decay = 0.01, under [training], halves the rate in the first 100 epochs",
)

RATE, EPOCHS, START = "learning_rate = 0.02", "epochs = 500", "{ w = 1.0, b = 0.0 }"

# (base, what is written, what is written instead, where, fault and remedy)
NOT_OFFERED: list[tuple[str, str, str, str, tuple[str, str]]] = [
    (SYNTHETIC, EPOCHS, f"{EPOCHS}\nintercept = false", "training.intercept", TWO_PARAMETERS),
    (SYNTHETIC, EPOCHS, f"{EPOCHS}\nfit_intercept = false", "training.fit_intercept", TWO_PARAMETERS),
    (SYNTHETIC, EPOCHS, f"{EPOCHS}\nbias = false", "training.bias", TWO_PARAMETERS),
    (SYNTHETIC, START, "{ w = 1.0, bias = false }", "training.start.bias", TWO_PARAMETERS),
    (SYNTHETIC, "bias = 30.0", "bias = false", "data.bias", TWO_PARAMETERS),
    (POINTS, "y = [3.0, 5.0]", "y = [3.0, 5.0]\nno_intercept = true", "data.no_intercept", TWO_PARAMETERS),
    (SYNTHETIC, "[stop]", "[model]\nfit_intercept = false\n\n[stop]", "model.fit_intercept", TWO_PARAMETERS),
    (POINTS, "x = [1.0, 2.0]", "x = [[1.0, 2.0], [3.0, 4.0]]", "data.x", FEATURES),
    (CSV, 'x = "hours"', 'x = ["hours", "age"]', "data.x", FEATURES),
    (CSV, 'y = "marks"', 'y = "marks"\nfeatures = ["hours"]', "data.features", FEATURES),
    (CSV, 'y = "marks"', 'y = "marks"\ndegree = 2', "data.degree", FEATURES),
    (POINTS, "y = [3.0, 5.0]", "y = [[3.0, 5.0], [3.0, 5.0]]", "data.y", TARGETS),
    (CSV, 'y = "marks"', 'y = ["marks", "hours"]', "data.y", TARGETS),
    (SYNTHETIC, RATE, "learning_rate = [0.02, 0.1]", "training.learning_rate", RATES),
    (SYNTHETIC, RATE, "learning_rate = { w = 0.02, b = 0.1 }", "training.learning_rate", RATES),
    (SYNTHETIC, RATE, "learning_rate = { w = 0.02 }", "training.learning_rate", RATES),
    (SYNTHETIC, EPOCHS, f"{EPOCHS}\nfit_intercept = 0", "training.fit_intercept", TWO_PARAMETERS),
    (SYNTHETIC, RATE, f"{RATE}\nlearning_rate_b = 0.1", "training.learning_rate_b", RATES),
    *((SYNTHETIC, EPOCHS, f'{EPOCHS}\nloss = "{loss}"', "training.loss", LOSSES)
      for loss in ("mae", "l1", "L1Loss", "huber", "smooth_l1", "cross_entropy", "BCE", "hinge", "logcosh", "rmse")),
    *((SYNTHETIC, EPOCHS, f'{EPOCHS}\noptimizer = "{name}"', "training.optimizer", OPTIMISERS)
      for name in ("adam", "RMSprop", "lbfgs")),
    (SYNTHETIC, "[stop]", '[optimizer]\nname = "adam"\n\n[stop]', "optimizer", OPTIMISERS),
    (SYNTHETIC, EPOCHS, f"{EPOCHS}\nbetas = [0.9, 0.999]", "training.betas", OPTIMISERS),
    (SYNTHETIC, EPOCHS, f"{EPOCHS}\nnesterov = true", "training.nesterov", MOMENTA),
    *((SYNTHETIC, EPOCHS, f"{EPOCHS}\n{key} = 0.1", f"training.{key}", PENALTIES)
      for key in ("weight_decay", "l2", "L1", "regularization", "ridge", "lambda")),
    (SYNTHETIC, EPOCHS, f"{EPOCHS}\nlr_decay = 0.9", "training.lr_decay", SCHEDULES),
    *((SYNTHETIC, EPOCHS, f'{EPOCHS}\n{key} = "cosine"', f"training.{key}", SCHEDULES)
      for key in ("schedule", "scheduler", "lr-scheduler")),
]  # fmt: skip


@pytest.mark.parametrize(("base", "old", "new", "where", "said"), NOT_OFFERED)
def test_what_is_not_offered_is_refused_with_its_reason_and_with_what_comes_nearest(
    tmp_path: Path, base: str, old: str, new: str, where: str, said: tuple[str, str]
) -> None:
    assert base.count(old) == 1
    text = base.replace(old, new)
    path = written(tmp_path, text)
    (tmp_path / "own.csv").write_text("hours,marks,age\n1,2,3\n2,3,4\n")
    (found,) = faults_of(path)
    line = text[: text.index(new) + new.index(where.rpartition(".")[2])].count("\n") + 1
    assert str(found).splitlines() == [
        f"error: {where}: {said[0]}",
        f"  --> {path}:{line}",
        f"   |  {text.splitlines()[line - 1]}",
        f"help: {said[1]}",
    ]


def test_a_line_through_the_mean_of_centred_points_keeps_its_intercept_at_nothing() -> None:
    """What is offered instead of a line without an intercept."""
    done = trained(make([1, 2, 4], [2, 3, 5.5], 0.1, 200, input={"center": True}, target={"center": True}))
    assert np.abs(done.params[:, 1]).max() < 1e-6
    assert done.verdict == "converges"


def test_a_scale_makes_the_rate_of_w_its_square_times_that_of_b() -> None:
    """What is offered instead of a rate for each parameter."""
    x, y, scale = np.array([1.0, 2, 4]), np.array([2.0, 3, 5.5]), 0.5
    done = trained(make(x, y, 0.1, 50, input={"scale": scale}, dtype="float64"))
    w = b = 0.0
    for _ in range(50):
        residuals = w * x + b - y
        w, b = w - scale**2 * 0.1 * 2 * (residuals * x).mean(), b - 0.1 * 2 * residuals.mean()
    assert done.in_original_units(done.final_parameters) == pytest.approx((w, b), rel=1e-12)


@pytest.mark.parametrize(
    "line",
    [
        'optimizer = "SGD"', "nesterov = false", "weight_decay = 0", "weight_decay = 0.0", "l2 = false",
        'scheduler = "none"', "fit_intercept = true", "fit_intercept = 1", "bias = true",
        'model = "linear"', 'device = "cpu"',
    ],
)  # fmt: skip
def test_a_key_that_asks_for_what_every_run_does_can_be_left_out(tmp_path: Path, line: str) -> None:
    (found,) = faults_of(written(tmp_path, SYNTHETIC.replace(EPOCHS, f"{EPOCHS}\n{line}")))
    assert found.fault == f"unknown key training.{line.split()[0]}"
    assert found.excerpt == line
    assert found.help == "leave it out; that is what every run here does"


@pytest.mark.parametrize("name", unoffered.REFUSED)
def test_every_name_of_what_is_not_offered_is_refused_with_a_reason(tmp_path: Path, name: str) -> None:
    refusal = unoffered.REFUSED[name]
    value = "false" if refusal is unoffered.INTERCEPT else '"what-nobody-has"'
    (found,) = faults_of(written(tmp_path, SYNTHETIC.replace(EPOCHS, f"{EPOCHS}\n{name} = {value}")))
    assert found.fault == f"training.{name}: {refusal.what} is not offered here"
    assert found.help == f"{refusal.why}; {refusal.instead}"
    assert found.excerpt.startswith(name)


# --- Other names of what is ----------------------------------------------------------------------------------

# (what is written, what is written instead, the unknown key, what is meant by it)
OTHER_NAMES = [
    *((RATE, f"{name} = 0.02", f"training.{name}", "did you mean learning_rate?")
      for name in ("lr", "rate", "alpha", "eta", "step_size", "learning-rate", "LearningRate")),
    *((EPOCHS, f"{name} = 500", f"training.{name}", "did you mean epochs?")
      for name in ("iterations", "steps", "n_epochs", "num_epochs", "max_iter", "epoch")),
    *((EPOCHS, f"{EPOCHS}\n{name} = 5", f"training.{name}", "did you mean batch_size?")
      for name in ("batchsize", "batch", "minibatch_size")),
    (EPOCHS, f"{EPOCHS}\nshuffle = false", "training.shuffle",
     'did you mean batch_order? leave it out to shuffle; "given" takes the points in their order, with batch_size'),
    *((EPOCHS, f"{EPOCHS}\n{name} = true", f"training.{name}", "did you mean standardize, under [input]?")
      for name in ("normalize", "zscore", "standardise", "standardize")),
    ("scale = 0.1", "normalise = true", "input.normalise", "did you mean standardize?"),
    ("scale = 0.1", "centre = true", "input.centre", "did you mean center?"),
    (EPOCHS, f"{EPOCHS}\ntol = 1e-6", "training.tol", "did you mean loss_change, under [stop]?"),
    (EPOCHS, f"{EPOCHS}\nseed = 7", "training.seed", "did you mean start = { seed = … }, under [training]?"),
    (EPOCHS, f"{EPOCHS}\nbias = 7.0", "training.bias", "did you mean start = { b = … }, under [training]?"),
    (EPOCHS, f"{EPOCHS}\nnoise = 7.0", "training.noise", "did you mean noise, under [data]?"),
    ("count = 11", 'count = 11\ndistribution = "uniform"', "data.distribution",
     'did you mean x? x = "uniform" draws any number from low up to high;'),
    ("count = 11", "n_samples = 11", "data.n_samples", "did you mean count?"),
    ("seed = 2024", "random_state = 2024", "data.random_state", "did you mean seed?"),
    ("bias = 30.0", "intercept = 30.0", "data.intercept", "did you mean bias?"),
    ("expect =", "epochs = 500\nexpect =", "epochs", "did you mean epochs, under [training]?"),
    ("[stop]", "[stopping]", "stopping", "did you mean stop?"),
    ('expect = "d', 'expected = "d', "expected", "did you mean expect?"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "meant"), OTHER_NAMES)
def test_who_calls_a_key_by_another_name_is_told_ours(tmp_path: Path, old: str, new: str, key: str, meant: str) -> None:
    assert SYNTHETIC.count(old) == 1
    (found,) = faults_of(written(tmp_path, SYNTHETIC.replace(old, new)))
    assert found.fault == f"unknown key {key}"
    assert found.help.startswith(meant)
    assert key.rpartition(".")[2] in found.excerpt


@pytest.mark.parametrize(
    ("old", "new", "remedy"),
    [
        (EPOCHS, f'{EPOCHS}\nloss = "mse"', 'write loss = "mean"; leave it out for "mean"'),
        (EPOCHS, f'{EPOCHS}\nloss = "MSE"', 'write loss = "mean"; leave it out for "mean"'),
        (EPOCHS, f'{EPOCHS}\nloss = "sse"', 'write loss = "sum"; leave it out for "mean"'),
        (EPOCHS, f'{EPOCHS}\nloss = "halfsum"', 'write loss = "half_sum"; leave it out for "mean"'),
        (EPOCHS, f'{EPOCHS}\ndtype = "double"',
         'write dtype = "float64"; leave it out for "float32", in which the loss overflows at 3.4e38'),
        ('"diverges"', '"explodes"', 'write expect = "diverges"; what the run is meant to show: expect = "converges", '
         '"crawls", "bounces" or "diverges"'),
        ('source = "synthetic"', 'source = "random"', 'write source = "synthetic"; source is "synthetic", "points" or '
         '"csv"; docs/scenarios has an example of each key; where points come from stands under origin'),
        ("seed = 2024", 'seed = 2024\nx = "integers"',
         'write x = "whole"; x = "uniform" draws any number from low up to high; leave it out for whole numbers; '
         'x and y that you write down go with source = "points"'),
    ],
)  # fmt: skip
def test_who_calls_a_value_by_another_name_is_told_ours(tmp_path: Path, old: str, new: str, remedy: str) -> None:
    assert SYNTHETIC.count(old) == 1
    (found,) = faults_of(written(tmp_path, SYNTHETIC.replace(old, new)))
    assert found.help == remedy
    assert new.splitlines()[-1] in found.excerpt


def test_every_other_name_stands_for_something_that_there_is() -> None:
    homes = {"input": Input, "target": Target, "training": Training, "stop": Stop, "figure": FigureSettings, "": Spec}
    places = {f"{home}.{name}".lstrip(".") for home, model in homes.items() for name in model.model_fields}
    places |= {f"data.{name}" for model in (Synthetic, Points, Csv) for name in model.model_fields}
    places |= {f"training.start.{name}" for name in ("w", "b", "seed")}
    assert {*unoffered.CALLED.values()} <= places
    for key, meant in unoffered.MEANT.items():
        assert ".".join(key) in places
        assert not {*meant} & {*meant.values()}, "what is ours needs no other name"
    loss, dtype = get_args(LossConvention), get_args(Dtype)
    assert {*unoffered.MEANT["training", "loss"].values()} == {*loss}
    assert {*unoffered.MEANT["training", "dtype"].values()} == {*dtype}
    assert {*unoffered.MEANT["expect",].values()} == {*get_args(Verdict)}
    assert not unoffered.CALLED.keys() & unoffered.REFUSED.keys()
    assert all(unoffered.plainly(name) == name for name in (*unoffered.CALLED, *unoffered.REFUSED))


# --- What is no number ---------------------------------------------------------------------------------------

ANY_RATE = "learning_rate = 0.01, for one: a finite number above 0"
NO_RATE, FINITE = "training.learning_rate must be a number", "training.learning_rate must be a finite number above 0"
WHOLE, ANY_EPOCHS = "training.epochs must be a whole number", "a whole number of epochs from 1 to 1000000"
NOT_WHOLE = "a whole number has neither a point nor an exponent: "

# (key, what is written behind it, fault, remedy)
WRITTEN_WRONG: list[tuple[str, str, str, str]] = [
    (RATE, '"0.1"', f"{NO_RATE}, not text", "without quotes: learning_rate = 0.1"),
    (RATE, '" 1e-3 "', f"{NO_RATE}, not text", "without quotes: learning_rate = 1e-3"),
    (RATE, '".5"', f"{NO_RATE}, not text", "without quotes: learning_rate = 0.5"),
    (RATE, '"0,1"', f"{NO_RATE}, not text", "with a decimal point and without quotes: learning_rate = 0.1"),
    (RATE, '"1/3"', f"{NO_RATE}, not text",
     "as a decimal fraction and without quotes: learning_rate = 0.3333333333333333"),
    (RATE, '"1/0"', f"{NO_RATE}, not text", f"a number stands without quotes; {ANY_RATE}"),
    (RATE, '"10 %"', f"{NO_RATE}, not text", "as a share of 1 and without quotes: learning_rate = 0.1"),
    (RATE, '"auto"', f"{NO_RATE}, not text", f"a number stands without quotes; {ANY_RATE}"),
    (RATE, '"inf"', f"{NO_RATE}, not text", f"a number stands without quotes; {ANY_RATE}"),
    (RATE, "[0.1]", f"{NO_RATE}, not a list", "without brackets: learning_rate = 0.1"),
    (RATE, "[]", f"{NO_RATE}, not a list", f"one number, without brackets; {ANY_RATE}"),
    (RATE, "true", f"{NO_RATE}, not true or false", f"true and false are no numbers; {ANY_RATE}"),
    (RATE, "2024-05-01", f"{NO_RATE}, not a date", ANY_RATE),
    (RATE, "-0.02", FINITE, "a step goes against the gradient already, so the rate has no sign: write 0.02"),
    (RATE, '"-0,02"', f"{NO_RATE}, not text",
     "a step goes against the gradient already, so the rate has no sign: write 0.02"),
    (RATE, "[-0.02]", f"{NO_RATE}, not a list",
     "a step goes against the gradient already, so the rate has no sign: write 0.02"),
    (RATE, '"0"', f"{NO_RATE}, not text", "at 0 nothing ever moves: 1e-6 is a rate at which a line hardly does"),
    (RATE, f"1{'0' * 400}", "training.learning_rate must fit in float32, where 3.4e38 is the largest number",
     "write a smaller number; 1.0 is far past the limit of most points"),
    (RATE, "-inf", FINITE, "a step goes against the gradient already, so the rate has no sign"),
    (RATE, "0.0", FINITE, "at 0 nothing ever moves: 1e-6 is a rate at which a line hardly does"),
    (RATE, "nan", FINITE, "nan is no number: write one, such as 0.01"),
    (RATE, "inf", FINITE, "no step is infinitely long: write a number; 1.0 is far past the limit of most points"),
    (RATE, "1e39", "training.learning_rate must fit in float32, where 3.4e38 is the largest number",
     "write a smaller number; 1.0 is far past the limit of most points"),
    (EPOCHS, "500.0", WHOLE, f"{NOT_WHOLE}epochs = 500"),
    (EPOCHS, "1e3", WHOLE, f"{NOT_WHOLE}epochs = 1000"),
    (EPOCHS, "1.5", WHOLE, ANY_EPOCHS),
    (EPOCHS, '"1,000"', f"{WHOLE}, not text", "without quotes and without marks between thousands: epochs = 1000"),
    (EPOCHS, '"many"', f"{WHOLE}, not text", f"a number stands without quotes; {ANY_EPOCHS}"),
    (EPOCHS, "[500]", f"{WHOLE}, not a list", "without brackets: epochs = 500"),
    ("scale = 0.1", "'0,1'", "input.scale must be a number, not text",
     "with a decimal point and without quotes: scale = 0.1"),
    ("noise = 1.0", "[1.0]", "data.noise must be a number, not a list", "without brackets: noise = 1.0"),
    ("noise = 1.0", "nan", "data.noise must be a finite number",
     "nan is no number; how far the points scatter around their line: 0 for not at all"),
    ("low = -5", '"−5"', "data.low must be a number, not text", "without quotes: low = -5"),
    ("count = 11", "true", "data.count must be a whole number, not true or false",
     "true and false are no numbers; a whole number of points from 1 to 1000000"),
    ("gradient_norm = 1e-3", '"1e-3"', "stop.gradient_norm must be a number, not text",
     "without quotes: gradient_norm = 1e-3"),
    ("table_epochs = [1, 10, 500]", "10", "figure.table_epochs must be a list in [brackets]",
     "in brackets: table_epochs = [10]; table_epochs = [1, 10, 100]: up to 12 epochs of the run, rising; every = 100: "
     "epochs a frame"),
    ("table_epochs = [1, 10, 500]", '["1", "10"]',
     "entry 1 of figure.table_epochs must be a whole number, not text (1 more like it)", "without quotes: 1"),
    ('en = "A step too far"', "5", "title.en must be text in quotes", 'in quotes: en = "5"'),
    ("start = { w = 1.0, b = 0.0 }", "[1.0, 0.0]", "training.start must be a table, not a list",
     "start = { w = 1.0, b = 0.0 }"),
    ("start = { w = 1.0, b = 0.0 }", '"random"', "training.start must be a table, not text",
     "start = { seed = 7 } draws w and b; start = { w = 1.0, b = 0.0 } begins there"),
    ("start = { w = 1.0, b = 0.0 }", '{ w = "1,5", b = 0.0 }', "training.start.w must be a number, not text",
     "with a decimal point and without quotes: w = 1.5"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "value", "fault", "remedy"), WRITTEN_WRONG)
def test_the_remedy_fits_what_was_written(tmp_path: Path, line: str, value: str, fault: str, remedy: str) -> None:
    assert SYNTHETIC.count(line) == 1
    key = line.split(" = ")[0]
    path = written(tmp_path, SYNTHETIC.replace(line, f"{key} = {value}"))
    (found,) = faults_of(path)
    number = SYNTHETIC[: SYNTHETIC.index(line)].count("\n") + 1
    excerpt = f"{key} = {value}"
    assert str(found).splitlines() == [
        f"error: {fault}",
        f"  --> {path}:{number}",
        f"   |  {excerpt if len(excerpt) <= SHOWN else excerpt[: SHOWN - 1] + '…'}",
        f"help: {remedy}",
    ]


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        ("0,1", "a number has a decimal point: 0.1"),
        (".1", "a digit stands before the point: 0.1"),
        ("-.5e-3  # small", "a digit stands before the point: -0.5e-3"),
        ("1.", "a digit stands behind the point: 1.0"),
        ("1/3", "TOML does not divide: write the decimal fraction"),
        ("10^-3", "TOML does not compute: a power of ten is written like 1e-3"),
        ("10**-3", "TOML does not compute: a power of ten is written like 1e-3"),
        ("5%", "TOML knows no per cent: write a share of 1"),
        ("−0.1", "the minus sign is the hyphen, -"),
        ("True", "in small letters: true"),
        ("None", "leave the line out"),
        ("“0.1”", 'text goes in straight quotes: "…"'),
        ("(0.1, 0.2)", "a list goes in [brackets]"),
        ("fast", 'text goes in quotes: "fast"'),
        ("", "a value stands behind the =; or leave the line out"),
        ("0.1 0.2", "text goes in quotes, a table's name in [brackets], and each key stands once"),
    ],
)
def test_what_toml_cannot_read_has_a_remedy_that_fits(tmp_path: Path, value: str, remedy: str) -> None:
    (found,) = faults_of(written(tmp_path, SYNTHETIC.replace(RATE, f"learning_rate = {value}")))
    assert found.fault.startswith("not valid TOML: ")
    assert (found.line, found.excerpt) == (20, f"learning_rate = {value}")
    assert found.help == remedy


def test_a_colon_between_key_and_value_is_told_from_other_mistakes(tmp_path: Path) -> None:
    (found,) = faults_of(written(tmp_path, SYNTHETIC.replace(RATE, "learning_rate: 0.02")))
    assert found.help == "a key and its value have = between them"


SCALARS = st.one_of(
    st.booleans(), st.integers(), st.integers(-(10**400), 10**400), st.floats(),
    st.dates(), st.times(), st.datetimes(), st.text(max_size=8),
    st.sampled_from(["0,1", "1/3", "1.2.3/4", "..%", "1_000", "١٢", "random", "mae", "²"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip
PLACES = st.sampled_from(
    [
        "expect", "title", "title.en", "data", "data.source", "data.x", "data.y", "data.low", "data.seed", "data.bias",
        "data.file", "data.skip", "data.drop_empty", "input", "input.scale", "input.center", "target.standardize",
        "training", "training.learning_rate", "training.epochs", "training.start", "training.start.w",
        "training.start.seed", "training.loss", "training.dtype", "training.batch_size", "training.batch_order",
        "training.mistake",
        "stop.loss_change", "figure.every", "figure.table_epochs", "optimizer", "training.lr", "training.intercept",
    ]
)  # fmt: skip


@given(st.sampled_from([SYNTHETIC, UNIFORM, POINTS, CSV]), PLACES, VALUES)
def test_whatever_stands_behind_a_key_is_a_scenario_or_a_fault_with_a_remedy(base: str, place: str, value: Any) -> None:
    table = tomllib.loads(base)
    *path, key = place.split(".")
    inside = table
    for name in path:
        inside = inside.setdefault(name, {})
    inside[key] = value
    try:
        Spec.model_validate(table)
    except ValidationError as problem:
        for fault in explain_all(Path("own.toml"), base, table, problem.errors()):
            assert fault.help, str(fault)
            assert "be valid" not in fault.fault, str(fault)


def test_a_momentum_that_float32_rounds_to_1_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, SYNTHETIC.replace(EPOCHS, f"{EPOCHS}\nmomentum = 0.99999999"))
    (found,) = faults_of(path)
    assert found.fault == "training.momentum is 1 in float32, and at 1 a run swings for ever"
    assert found.help == 'write 0.9999999 or less, or dtype = "float64"'
    load(written(tmp_path, SYNTHETIC.replace(EPOCHS, f"{EPOCHS}\nmomentum = 0.9999999")))


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
        "help: nan is no number: write one, such as 0.01",
    ]


def test_a_fault_and_a_scenario_survive_the_way_to_another_process(tmp_path: Path) -> None:
    (found,) = faults_of(written(tmp_path, SYNTHETIC.replace("0.02", "nan")))
    assert str(pickle.loads(pickle.dumps(found))) == str(found)
    scenario = load(written(tmp_path, SYNTHETIC))
    again = pickle.loads(pickle.dumps(scenario))
    assert isinstance(again, Scenario)
    assert again == scenario
