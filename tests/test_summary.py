"""What a build says of its time: on the terminal, and in build/timings.json."""

from __future__ import annotations

import io
import itertools
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from generator.cli import progress
from tests import shared, tiny


def build(project: Path) -> None:
    tiny.copy_of_built(project)
    (project / "docs/scenarios/new.toml").write_text(tiny.scenario("diverges", rate=0.3, epochs=20))
    (project / "docs/scenarios/slow.toml").write_text(tiny.scenario("crawls", rate=0.06, epochs=20))
    (project / "docs/scenarios/one.toml").write_text(
        tiny.scenario("crawls", rate=0.2, epochs=2).replace("[training]", "[training]\nbatch_size = 1")
    )
    page = project / "docs/en/index.md"
    page.write_text(page.read_text() + '\n[= figure("tiny", "new", kind="race") =]\n')
    done = tiny.generator(project, "build", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    (project / "said").write_text(done.stdout)


@pytest.fixture(scope="module")
def built() -> tuple[Path, str]:
    """A project with scenarios built before, another one new, and a comparison; and what building said."""
    project = shared.once("site with a new scenario", build)
    return project, (project / "said").read_text()


def timings(project: Path) -> dict[str, Any]:
    return dict(json.loads((project / "build/timings.json").read_text()))


def test_the_parts_add_up_to_the_whole(built: tuple[Path, str]) -> None:
    told = timings(built[0])
    work = sum(task["seconds"] for task in told["tasks"])
    assert told["work"] == pytest.approx(work, abs=0.01)
    by_scenario = sum(seconds for stages in told["scenarios"].values() for seconds in stages.values())
    assert by_scenario + told["comparisons"] == pytest.approx(work, abs=0.01)
    assert sum(told["stages"].values()) <= told["wall"]
    assert set(told["stages"]) == {"check", "train", "pages", "draw", "stage", "engine and links"}


def test_what_came_from_the_cache_is_told_from_what_was_made(built: tuple[Path, str]) -> None:
    told = timings(built[0])
    assert told["cached"] == ["dropped-in", "tiny"]
    assert told["scenarios"]["new"]["train"] > 0
    assert told["scenarios"]["new"]["draw"] > 0
    assert {task["name"] for task in told["tasks"] if task["stage"] == "draw"} == {
        "race of tiny, new",
        *(f"{product} of {id}" for product in ("fit", "filmstrip", "files") for id in ("new", "slow", "one")),
    }
    assert told["comparisons"] == next(t["seconds"] for t in told["tasks"] if t["name"] == "race of tiny, new")


def test_the_terminal_has_a_line_a_scenario_and_the_seconds_of_each_stage(built: tuple[Path, str]) -> None:
    _, said = built
    lines = {line.split()[0]: line.split() for line in said.splitlines()}
    assert lines["tiny"][1:4] == ["converges", "300", "18"]
    assert lines["tiny"][-2:] == ["cached", "cached"]
    assert lines["new"][1] == "diverges"
    assert lines["slow"][1:4] == ["crawls", "slow", "20"]  # the direction in which it has not arrived
    seconds = re.sub(r"\d+\.\d s", "… s", said.splitlines()[-2])
    parts = "check … s, train … s, pages … s, draw … s, stage … s, engine and links … s"
    assert seconds == f"13 tasks, … s of work in … s: {parts}"


def test_what_is_to_be_known_of_a_run_stands_under_the_table(built: tuple[Path, str]) -> None:
    project, said = built
    notes = [line for line in said.splitlines() if line.startswith("note: ")]
    place = f"note: {project / 'docs/scenarios/one.toml'}: "
    assert len(notes) == 2
    assert all(note.startswith(place) for note in notes)
    assert "times the largest with which plain descent converges here" in notes[0]
    assert "a step on the point at x = 4 alone multiplies its residual by -5.8" in notes[1]  # 1 − 2 · 0.2 · (4² + 1)
    assert said.index("slow") < said.index(notes[0]) < said.index("tasks,")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_which_of_how_many_and_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that goes two seconds a look, so that there is time to be told of on any machine."""
    terminal, clock = Terminal(), itertools.count(0.0, 2.0)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(time, "time", lambda: next(clock))
    with progress() as report:
        report(0, 6, "")
        for number in range(1, 7):
            report(number, 6, f"number-{number}")
    states = re.split(r"[\r\n]", terminal.getvalue())
    assert any("0/6" in state for state in states), "from the first moment on"
    assert any(re.search(r"2/6 .*\d\d:\d\d:\d\d.*number-2", state) for state in states), states
    assert any(re.search(r"6/6 .*number-6", state) for state in states), states


def test_what_is_no_terminal_is_told_each_tenth_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    with progress() as report:
        report(0, 20, "")
        for number in range(1, 21):
            report(number, 20, f"number-{number}")
    assert told.getvalue().split("\n") == [*(f"{n}/20 number-{n}" for n in range(2, 21, 2)), ""]


def test_a_build_in_a_real_terminal_counts_from_nothing_to_all(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="a terminal needs Unix")
    project = tiny.make(tmp_path)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "generator", "--project", str(project), "stage", "--jobs", "1"]
    stage = subprocess.Popen(command, cwd=tiny.REPOSITORY, stderr=theirs, stdout=theirs)
    os.close(theirs)
    shown = ""
    while True:
        try:
            shown += os.read(ours, 1 << 16).decode()
        except OSError:  # Linux says so at the end
            break
    assert stage.wait() == 0, shown
    os.close(ours)
    states = re.split(r"[\r\n]", shown)
    assert any("0/1" in state for state in states), "from the first moment on"
    assert any(re.search(r"3/3 .*files of tiny", state) for state in states), states
