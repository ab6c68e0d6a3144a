"""What a person types and what the terminal says: a mistake is a fault with a remedy, and never a traceback."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner, Result

from generator.cli import main
from generator.site import uptodate
from tests import tiny


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.make_warm(tmp_path_factory.mktemp("project") / "warm")


def typed(project: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["--project", str(project), *map(str, arguments)])


def test_render_writes_the_products_of_one_scenario(project: Path, tmp_path: Path) -> None:
    done = typed(project, "render", project / "docs/scenarios/tiny.toml", "--out", tmp_path / "new")
    assert done.exit_code == 0, done.output
    written = {path.name for path in (tmp_path / "new").iterdir()}
    assert {"fit.gif", "fit.png", "run.json", "trajectory.csv", "train.py", "scenario.toml"} <= written


@pytest.mark.parametrize(
    ("arguments", "fault", "remedy"),
    [
        (["predict", "tinny"], "there is no scenario 'tinny'", "did you mean 'tiny'?"),
        (["stage", "--only", "tinny"], "there is no scenario 'tinny'", "did you mean 'tiny'?"),
        (["render", "{scenarios}/tinny.toml", "--out", "{out}"], "no such scenario file", "did you mean tiny.toml?"),
        (["render", "{scenarios}/tiny.toml", "--out", "{out}", "--kind", "fitt"], "no kind of figure", "'fit'"),
        (["render", "{scenarios}/tiny.toml", "--out", "{out}", "--kind", "race"], "2 to 4 scenarios, not 1", "another"),
        (["render", "{scenarios}/tiny.toml", "--out", "{file}/x"], "Not a directory", "see that it is there"),
    ],
)
def test_a_mistake_is_a_fault_with_a_remedy(
    project: Path, tmp_path: Path, arguments: list[str], fault: str, remedy: str
) -> None:
    (tmp_path / "file").touch()
    places = {"scenarios": project / "docs/scenarios", "out": tmp_path / "out", "file": tmp_path / "file"}
    done = typed(project, *(argument.format(**places) for argument in arguments))
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), "no traceback"
    assert fault in done.output.splitlines()[0]
    assert remedy in done.output
    assert not (tmp_path / "out").exists()


def test_a_scenario_that_is_not_there_cannot_be_made_alone_even_where_nothing_is_to_be_done(project: Path) -> None:
    assert typed(project, "stage", "--jobs", "1").exit_code == 0
    assert typed(project, "stage", "--jobs", "1", "--only", "tiny").exit_code == 0
    assert "there is no scenario 'tinny'" in typed(project, "stage", "--only", "tinny").output


def test_what_a_killed_build_left_in_the_cache_is_swept_by_the_next(project: Path) -> None:
    leftover = next((project / "build/cache").iterdir()) / ".new-0123456789abcdef"
    leftover.write_bytes(b"half of an entry")
    assert typed(project, "stage", "--jobs", "1").exit_code == 0
    assert not leftover.exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_disk_that_fails_without_a_name_is_a_fault(
    project: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A write that finds no room raises without saying of which file."""
    monkeypatch.setattr(uptodate, "remember", mock.Mock(side_effect=OSError(number, os.strerror(number))))
    done = typed(project, "stage", "--jobs", "1", "--force")
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), "no traceback"
    assert f"error: {os.strerror(number)}" in done.output
    assert "make room on the disk" in done.output


@pytest.mark.parametrize("arguments", [["stage", "--jobs", "0"], ["frobnicate"], ["render"]])
def test_a_wrong_command_line_ends_with_2(project: Path, arguments: list[str]) -> None:
    assert typed(project, *arguments).exit_code == 2


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    done = typed(tmp_path, "check")
    assert done.exit_code == 1
    assert "there is no mkdocs.yml here" in done.output
    assert "--project" in done.output


def test_a_project_without_templates_is_refused(tmp_path: Path) -> None:
    project = tiny.make(tmp_path)
    (project / "templates").rename(project / "elsewhere")
    done = typed(project, "check")
    assert done.exit_code == 1
    assert "there is no templates here" in done.output


def test_a_page_in_another_encoding_is_a_fault(tmp_path: Path) -> None:
    project = tiny.make(tmp_path)
    page = project / "docs/en/index.md"
    page.write_bytes(page.read_bytes() + "é".encode("latin-1"))
    done = typed(project, "check")
    assert done.exit_code == 1
    assert f"--> {page}" in done.output
    assert "UTF-8" in done.output


@pytest.mark.parametrize("config", [b"nav: [", b"just words", b"- a\n- b\n", b"site_name: \xe9\n", b"a: \x01\n", b""])
def test_a_broken_configuration_of_the_engine_is_a_fault(tmp_path: Path, config: bytes) -> None:
    project = tiny.make(tmp_path)
    (project / "mkdocs.yml").write_bytes(config)
    done = typed(project, "stage", "--jobs", "1")
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), "no traceback"
    assert f"--> {project / 'mkdocs.yml'}" in done.output
    assert "help: " in done.output
