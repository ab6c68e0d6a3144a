"""The tool that makes a beginning of our course: it takes nothing that git could not give back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import tiny

TOOL = tiny.REPOSITORY / "tools" / "trim_course.py"


def trimmed(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), "--in", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A tiny course of three runs and a lesson, in a repository."""
    project = tiny.make(tmp_path / "a course")
    for id in ("second", "third"):
        (project / f"docs/scenarios/{id}.toml").write_text(tiny.scenario())
    (project / "docs/en/lessons").mkdir()
    (project / "docs/en/lessons/old.md").write_text("# Old\n\n[= figure('third') =]\n")
    (project / "docs/en/glossary.md").write_text("# Words\n")
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "All of it")
    return project


def test_what_is_left_is_a_course_that_checks(course: Path) -> None:
    done = trimmed(course, "--keep", "tiny", "second")
    assert done.returncode == 0, done.stderr
    assert {path.stem for path in (course / "docs/scenarios").glob("*.toml")} == {"tiny", "second", "my-own-run"}
    pages = {path.relative_to(course / "docs/en").as_posix() for path in (course / "docs/en").rglob("*.md")}
    assert pages == {"index.md", "lessons/first.md", "scenarios/index.md"}
    checked = tiny.generator(course, "check")
    assert checked.returncode == 0, checked.stderr
    git(course, "reset", "-q", "--hard")
    assert (course / "docs/en/glossary.md").exists(), "git has what went"


def test_what_git_does_not_have_stops_it_before_anything_goes(course: Path) -> None:
    (course / "docs/en/my notes.md").write_text("years of work")
    done = trimmed(course, "--keep", "tiny", "second")
    assert done.returncode == 1
    assert "my notes.md" in done.stderr
    assert "help: commit it" in done.stderr
    assert (course / "docs/en/lessons/old.md").exists()


@pytest.mark.parametrize(
    ("arguments", "fault", "remedy"),
    [
        (["--keep", "tiny", "tinny"], "there is no scenario 'tinny'", "there are: second, third, tiny"),
        (["--in", "/nowhere"], "is no clone of the course", "name that folder with --in"),
    ],
)
def test_a_mistake_is_refused_with_a_remedy(course: Path, arguments: list[str], fault: str, remedy: str) -> None:
    done = trimmed(course, *arguments)
    assert done.returncode == 1
    assert fault in done.stderr
    assert remedy in done.stderr
    assert (course / "docs/en/lessons/old.md").exists()


def test_a_folder_without_git_is_refused(tmp_path: Path) -> None:
    project = tiny.make(tmp_path / "no repository")
    (project / "docs/en/lessons").mkdir()
    done = trimmed(project)
    assert done.returncode == 1
    assert "git says" in done.stderr
