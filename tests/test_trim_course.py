"""The tool that makes a beginning of our course: it takes nothing that git could not give back."""

from __future__ import annotations

import shutil
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


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-qm", "All of it")


def assert_in_order(root: Path) -> None:
    checked = tiny.typed(root, "check")
    assert checked.returncode == 0, checked.stderr


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A tiny course of three runs and a lesson, in a repository."""
    project = tiny.make(tmp_path / "a course")
    for id in ("second", "third"):
        (project / f"docs/scenarios/{id}.toml").write_text(tiny.scenario())
    (project / "docs/scenarios/broken.toml").write_text("[data]\nfile = tiny.csv\n")  # as one that goes may be
    (project / "docs/en/lessons").mkdir()
    (project / "docs/en/lessons/old.md").write_text("# Old\n\n[= figure('third') =]\n")
    (project / "docs/en/glossary.md").write_text("# Words\n")
    git(project, "init", "-q")
    commit(project)
    return project


def test_what_is_left_is_a_course_that_checks(course: Path) -> None:
    done = trimmed(course, "--keep", "tiny", "second")
    assert done.returncode == 0, done.stderr
    assert {path.stem for path in (course / "docs/scenarios").glob("*.toml")} == {"tiny", "second", "my-own-run"}
    pages = {path.relative_to(course / "docs/en").as_posix() for path in (course / "docs/en").rglob("*.md")}
    assert pages == {"index.md", "lessons/first.md", "scenarios/index.md"}
    assert_in_order(course)
    git(course, "reset", "-q", "--hard")
    assert (course / "docs/en/glossary.md").exists(), "git has what went"


def test_the_data_of_a_run_that_stays_stays_whatever_it_is_called(course: Path) -> None:
    scenarios = course / "docs/scenarios"
    tiny.drop_in(course)  # reads own.csv
    for data in ("measured by us.txt", "other.csv", "other.txt"):
        shutil.copy(scenarios / "own.csv", scenarios / data)
    (scenarios / "second.toml").write_text(tiny.DROPPED_IN.replace("own.csv", "measured by us.txt"))
    (scenarios / "third.toml").write_text(tiny.DROPPED_IN.replace("own.csv", "other.txt"))
    commit(course)
    done = trimmed(course, "--keep", "dropped-in", "second")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in scenarios.iterdir()} == {
        "dropped-in.toml", "own.csv", "second.toml", "measured by us.txt", "my-own-run.toml",
    }  # fmt: skip
    assert_in_order(course)


def test_other_editions_go_with_their_pages_and_what_the_generator_says_in_them_stays(course: Path) -> None:
    shutil.copytree(course / "docs/en", course / "docs/xx")
    (course / "docs/xx/own.svg").write_text("<svg/>")
    shutil.copytree(course / "templates/en", course / "templates/xx")
    (course / "mkdocs.xx.yml").write_text("INHERIT: mkdocs.yml\nsite_name: Xx\nedit_uri: edit/main/docs/xx/\n")
    commit(course)
    done = trimmed(course, "--keep", "tiny", "second")
    assert done.returncode == 0, done.stderr
    assert not (course / "mkdocs.xx.yml").exists()
    assert not (course / "docs/xx").exists()
    assert (course / "templates/xx/words.toml").exists(), "as for whoever writes an edition of their own"
    assert_in_order(course)


def test_what_git_ignores_is_left_alone(course: Path) -> None:
    (course / ".git/info/exclude").write_text("draft.md\nraw.csv\n")
    drafts = [course / "docs/en/lessons/draft.md", course / "docs/scenarios/raw.csv"]
    for draft in drafts:
        draft.write_text("years of work")
    done = trimmed(course, "--keep", "tiny", "second")
    assert done.returncode == 0, done.stderr
    assert all(draft.exists() for draft in drafts)


def test_what_git_does_not_have_stops_it_before_anything_goes(course: Path) -> None:
    (course / "docs/en/my notes.md").write_text("years of work")
    done = trimmed(course, "--keep", "tiny", "second")
    assert done.returncode == 1
    assert "my notes.md" in done.stderr
    assert "help: commit it" in done.stderr
    assert (course / "docs/en/lessons/old.md").exists()


def everything_in(course: Path) -> dict[str, bytes]:
    paths = [path for path in course.rglob("*") if ".git" not in path.relative_to(course).parts]
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in paths}


def assert_refused(course: Path, *said: str) -> None:
    """And nothing is another."""
    before = everything_in(course)
    done = trimmed(course, "--keep", "tiny", "second")
    assert done.returncode == 1, done.stdout
    assert all(word in done.stderr for word in said), done.stderr
    assert everything_in(course) == before


@pytest.mark.parametrize("name", ["docs/en/lessons/first.md", "docs/scenarios/my-own-run.toml"])
@pytest.mark.parametrize("how", ["ignored", "not shown"])
def test_a_file_that_git_does_not_have_is_in_the_way_of_one_to_come(course: Path, name: str, how: str) -> None:
    if how == "ignored":
        (course / ".git/info/exclude").write_text("first.md\nmy-own-run.toml\n")
    else:
        git(course, "config", "status.showUntrackedFiles", "no")
    (course / name).write_text("years of work")
    assert_refused(course, name, "put it elsewhere")


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
@pytest.mark.parametrize("name", ["docs/en/index.md", "mkdocs.yml", "docs/en/glossary.md"])
def test_a_file_that_git_is_told_not_to_look_at_is_not_touched(course: Path, flag: str, name: str) -> None:
    git(course, "update-index", flag, name)
    with (course / name).open("a") as file:
        file.write("\n# mine\n")
    assert_refused(course, name, "update-index")


def test_nothing_is_written_through_a_link(course: Path, tmp_path: Path) -> None:
    (tmp_path / "precious.md").write_text("years of work")
    (course / "docs/en/index.md").unlink()
    (course / "docs/en/index.md").symlink_to(tmp_path / "precious.md")
    commit(course)
    assert trimmed(course, "--keep", "tiny", "second").returncode == 0
    assert (tmp_path / "precious.md").read_text() == "years of work"
    assert not (course / "docs/en/index.md").is_symlink()


def test_a_folder_that_is_a_link_is_no_place_for_a_lesson(course: Path, tmp_path: Path) -> None:
    shutil.move(course / "docs/en/lessons", tmp_path / "elsewhere")
    (course / "docs/en/lessons").symlink_to(tmp_path / "elsewhere")
    commit(course)
    assert_refused(course, "docs/en/lessons", "a link")
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["old.md"]


@pytest.mark.parametrize(
    ("arguments", "fault", "remedy"),
    [
        (["--keep", "tiny", "tinny"], "there is no scenario 'tinny'", "there are: broken, second, third, tiny"),
        (["--keep", "tiny", "broken"], "broken.toml is not valid TOML", "mend it, or keep another"),
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
