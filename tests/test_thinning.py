"""What is published of a very long run: how many epochs and which, and that file, JSON, page and `check` say so."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from generator.cli import main
from generator.runs import thinning
from generator.runs.analysis import Run
from generator.runs.published import summary, trajectory_csv
from generator.runs.thinning import FIRST_ROWS, MOST_ROWS, NAMED_ROWS, stride
from generator.scenario.schema import MAX_EPOCHS
from tests import shared, tiny
from tests.runs import X, Y, descended, foretold, make, trained

COLUMNS = ["epoch", "w", "b", "loss", "grad_w", "grad_b", "w_next", "b_next"]
LIMIT = 2 / float(np.linalg.eigvalsh([[2 * np.mean(np.square(X)), 2 * np.mean(X)], [2 * np.mean(X), 2]])[1])


def table(run: Run) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(trajectory_csv(run))))


def epochs_of(rows: Iterable[dict[str, str]]) -> list[int]:
    return [int(row["epoch"]) for row in rows]


def assert_rows_are_the_runs(run: Run, rows: list[dict[str, str]]) -> None:
    """To the last digit, in the convention of the lesson's table; and what is left out is counted."""
    wanted = [run.params[:-1], run.losses[:-1, None], run.gradients[:-1], run.params[1:]]
    states = np.concatenate(wanted, axis=1).astype(np.float64)
    epochs = np.array(epochs_of(rows))
    numbers = np.array([[float(row[name]) for name in COLUMNS[1:]] for row in rows])
    np.testing.assert_array_equal(numbers, states[epochs - 1])
    left_out = np.array([int(row["epochs_left_out"]) for row in rows])
    np.testing.assert_array_equal(epochs, np.cumsum(left_out + 1))
    assert left_out.min() == 0
    assert left_out.sum() + len(rows) == run.epochs_run, "the last epoch is there, and no other is forgotten"


# --- Which -------------------------------------------------------------------------------------------------


def test_a_run_of_ten_thousand_epochs_is_published_whole() -> None:
    run = foretold(1e-4, 10_000)
    assert thinning.of(run) is None
    rows = table(run)
    assert list(rows[0]) == COLUMNS
    assert epochs_of(rows) == [*range(1, 10_001)]
    assert "trajectory" not in summary(run)


def test_of_one_epoch_more_every_second_one_is_published_after_the_first_thousand() -> None:
    run = foretold(1e-4, 10_001)
    rows = table(run)
    assert list(rows[0]) == [*COLUMNS, "epochs_left_out"]
    # 10 001 is the last; theory names the epoch by which the run would have arrived, if that is among them.
    assert run.prediction is not None
    arrives = {run.prediction.epochs_to_converge} & {*range(10_002)}
    assert epochs_of(rows) == sorted({*range(1, 1001), *range(1000, 10_001, 2), 10_001, *arrives})
    assert summary(run)["trajectory"] == {"rows": len(rows), "every_epoch_until": 1000, "then_every": 2}
    assert_rows_are_the_runs(run, rows)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_million_epochs_come_to_six_thousand_rows_and_less_than_a_megabyte(dtype: str) -> None:
    run = foretold(1e-7, 1_000_000, dtype=dtype)
    rows = table(run)
    # 1000 at first and 4995 multiples of 200 after them; the page names 2000, 5000 …, which are among them.
    assert len(rows) == 5995
    assert epochs_of(rows) == sorted({*range(1, 1001), *range(200, 1_000_001, 200)})
    assert len(trajectory_csv(run)) < 1e6
    assert_rows_are_the_runs(run, rows)


@given(epochs=st.integers(MOST_ROWS + 1, MAX_EPOCHS))
def test_there_are_never_more_rows_than_promised_and_never_needlessly_few(epochs: int) -> None:
    every = stride(epochs)
    assert every is not None
    rows = FIRST_ROWS + epochs // every - FIRST_ROWS // every + NAMED_ROWS
    assert rows <= MOST_ROWS
    assert rows > 0.4 * MOST_ROWS, "the next rounder number is at most two and a half times as much"
    assert str(every).rstrip("0") in ("1", "2", "5", ""), "a number that one divides by in one's head"


def test_the_epochs_of_its_table_are_there_however_odd_they_are() -> None:
    odd = [1, 1001, 1003, 3333, 7777, 9999, 11_111, 11_113, 11_117, 11_119, 11_999, 12_001]
    run = foretold(1e-4, 12_345)
    run = dataclasses.replace(
        run, scenario=make(X, Y, 1e-4, 12_345, (1.0, 0.0), figure={"table_epochs": odd})
    )  # fmt: skip
    rows = table(run)
    assert {*odd, 12_345} <= {*epochs_of(rows)}
    assert_rows_are_the_runs(run, rows)


def test_of_a_run_that_explodes_the_dates_at_which_its_numbers_gave_out_are_there() -> None:
    # A loss that grows by 2.4 % an epoch: from 10³ it is at 10³⁸ some 3400 epochs later.
    run = descended(1.006 * LIMIT, 12_000)
    road = run.road
    dates = {road.loss.infinite, road.gradient_w.infinite, road.w.infinite, road.loss.nan, road.w.nan}
    rows = {int(row["epoch"]): row for row in table(run)}
    assert dates <= rows.keys()
    assert min(date or 0 for date in dates) > 1000
    assert road.loss.infinite is not None
    assert road.loss.nan is not None
    assert road.loss.infinite - 1 in rows, "its last finite loss"
    assert rows[road.loss.infinite]["loss"] == "inf"
    assert rows[road.loss.nan]["loss"] == "nan"
    assert_rows_are_the_runs(run, [*rows.values()])
    assert json.dumps(summary(run), allow_nan=False)


# --- However it was trained ----------------------------------------------------------------------------------


def test_a_run_that_a_rule_ends_early_is_thinned_by_the_epochs_that_it_had() -> None:
    whole = trained(make([0, 1, 3], [1, 2, 2], 0.01, MAX_EPOCHS, stop={"loss_change": 1e-4}))
    assert whole.stopped_by == "loss_change"
    assert epochs_of(table(whole)) == [*range(1, whole.epochs_run + 1)]
    assert "trajectory" not in summary(whole)

    thinned = trained(make([0, 1, 3], [1, 2, 2], 3e-5, MAX_EPOCHS, stop={"gradient_norm": 0.6}))
    assert thinned.stopped_by == "gradient_norm"
    assert MOST_ROWS < thinned.epochs_run < 30_000
    rows = table(thinned)
    assert epochs_of(rows)[-1] == thinned.epochs_run
    assert summary(thinned)["trajectory"]["rows"] == len(rows)
    assert_rows_are_the_runs(thinned, rows)


@pytest.mark.parametrize("how", [{"momentum": 0.5}, {"batch_size": 2}, {"decay": 0.001}])
def test_a_run_without_a_closed_form_is_thinned_all_the_same(how: dict[str, float]) -> None:
    run = trained(make([0, 1, 3], [1, 2, 2], 1e-4, 10_001, **how))
    rows = table(run)
    assert {*range(1, 1001), *range(1000, 10_001, 2), 10_001} <= {*epochs_of(rows)}
    assert len(rows) <= 5501 + NAMED_ROWS
    assert_rows_are_the_runs(run, rows)


# --- And it is said ------------------------------------------------------------------------------------------

EPOCHS = 20_001


def stage(project: Path) -> None:
    tiny.make_warm(project)
    (project / "docs/scenarios/long.toml").write_text(tiny.scenario("crawls", rate=1e-5, epochs=EPOCHS))
    done = tiny.typed(project, "stage", "--jobs", "1")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def project() -> Path:
    """One with a run of so many epochs, staged."""
    return shared.once("staged with a long run", stage)


@pytest.fixture(scope="module")
def published(project: Path) -> Path:
    return project / "build/docs/en/scenarios/long"


def test_the_page_says_which_epochs_the_file_has_that_it_links_to(published: Path) -> None:
    rows = list(csv.DictReader((published / "trajectory.csv").read_text().splitlines()))
    page = (published / "index.md").read_text()
    (said,) = re.findall(r"^- \[`trajectory.csv`\]\(trajectory.csv\): (.*?)(?=^- )", page, re.MULTILINE | re.DOTALL)
    said = " ".join(said.split())
    assert said == (
        f"{len(rows):,} of this run's 20,001 epochs, with all the digits: the first 1,000, then every 5th, the last, "
        "and those that this page names. Its column `epochs_left_out` says how many are missing above each row"
    )
    epochs = epochs_of(rows)
    assert {*range(1, 1001), *range(1000, 20_001, 5), 20_001} <= {*epochs}
    assert sum(int(row["epochs_left_out"]) for row in rows) + len(rows) == EPOCHS


def test_every_epoch_that_the_page_has_a_row_for_is_in_the_file(published: Path) -> None:
    epochs = epochs_of(csv.DictReader((published / "trajectory.csv").read_text().splitlines()))
    cells = re.findall(r"^\| *([\d,]+) *\|", (published / "index.md").read_text(), re.MULTILINE)
    named = [int(cell.replace(",", "")) for cell in cells]
    assert EPOCHS in named
    assert len(named) > 10, "two tables"
    assert {*named} <= {*epochs}


def test_the_json_says_it_too(published: Path) -> None:
    rows = (published / "trajectory.csv").read_text().splitlines()[1:]
    told = json.loads((published / "run.json").read_text())
    assert told["trajectory"] == {"rows": len(rows), "every_epoch_until": 1000, "then_every": 5}
    assert told["epochs_run"] == EPOCHS


def test_of_a_short_run_nothing_of_it_is_said(project: Path, published: Path) -> None:
    short = published.parent / "tiny"
    assert "[`trajectory.csv`](trajectory.csv): every epoch of this run" in (short / "index.md").read_text()
    assert "trajectory" not in json.loads((short / "run.json").read_text())
    assert (short / "trajectory.csv").read_text().splitlines()[0] == ",".join(COLUMNS)


def test_check_says_beforehand_that_a_run_is_long_and_about_what_it_will_leave(project: Path, published: Path) -> None:
    (line,) = remarks(project, "check")
    said = re.fullmatch(
        r"note: (.+): 20,001 epochs are a long run; build/cache/ keeps about (\S+) MB of it, and trajectory.csv has "
        r"about ([\d,]+) of its epochs \((\S+) MB\): the first 1,000, then every 5th, the last, and those that its "
        r"page names",
        line,
    )
    assert said is not None, line
    path, kept, rows, size = said.groups()
    assert path == str(project / "docs/scenarios/long.toml")
    content = (published / "trajectory.csv").read_bytes()
    assert int(rows.replace(",", "")) == pytest.approx(content.count(b"\n"), rel=0.05)
    assert float(size) == pytest.approx(len(content) / 1e6, rel=0.15)
    largest = max(path.stat().st_size for path in (project / "build/cache").rglob("*.zip") if is_run(path))
    assert float(kept) == pytest.approx(largest / 1e6, rel=0.1)


def is_run(entry: Path) -> bool:
    return b"result.npz" in entry.read_bytes()


def remarks(project: Path, *arguments: str) -> list[str]:
    """What the terminal shows beside the answer."""
    done = CliRunner().invoke(main, ["--project", str(project), *arguments])
    assert done.exit_code == 0, done.output
    return done.stderr.splitlines()


def test_check_names_the_rule_that_may_end_a_long_run_early(tmp_path: Path) -> None:
    path = tmp_path / "stopped.toml"
    path.write_text(tiny.scenario("crawls", rate=1e-5, epochs=20_001) + "\n[stop]\ngradient_norm = 1e-9\n")
    (line,) = remarks(tmp_path, "predict", str(path))
    assert "20,001 epochs are a long run, unless a rule of [stop] ends it early; " in line


def test_of_ten_thousand_epochs_check_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "whole.toml"
    path.write_text(tiny.scenario("crawls", rate=1e-5, epochs=10_000))
    assert remarks(tmp_path, "predict", str(path)) == []
    path.write_text(tiny.scenario("crawls", rate=1e-5, epochs=10_001))
    (line,) = remarks(tmp_path, "predict", str(path))
    assert "10,001 epochs are a long run; " in line
