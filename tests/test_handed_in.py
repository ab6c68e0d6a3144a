"""A folder that somebody else has handed in: what lies in it besides its pages and scenarios is not believed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator import git as git_of
from generator.cli import main
from generator.faults import Faults
from generator.making.store import Store
from generator.project import Project
from generator.site import mark, swap, uptodate
from generator.site.delivery import LIST, deliver
from tests import tiny

needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
needs_zero = pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
NO_FILES = [pytest.param("pipe", marks=needs_pipes), pytest.param("zero", marks=needs_zero)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """As it lies where it was built; the tests make of it what comes with a folder."""
    root = tiny.copy_of_built(tmp_path / "handed in")
    done = tiny.generator(root, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def built(root: Path, *options: str, timeout: float = 120) -> str:
    done = tiny.generator(root, "build", "--jobs", "1", *options, timeout=timeout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


# --- The journal of a swap -----------------------------------------------------------------------------------


def scratch(root: Path, name: str = ".x.frame-by-frame") -> Path:
    folder = root / name
    (folder / "previous").mkdir(parents=True)
    (folder / "previous/key.txt").write_text("theirs")
    (folder / mark.NAME).write_text(mark.text([]))
    (folder / "previous" / mark.NAME).write_text(mark.text(["key.txt"]))
    return folder / "previous"


@pytest.mark.parametrize("was", [None, [0, 0], "right", ["a", "b"]])
def test_a_journal_that_came_along_moves_nothing(tmp_path: Path, was: object) -> None:
    root = tiny.make(tmp_path / "project")
    (root / "build").mkdir()
    previous, target = scratch(root), tmp_path / "home of somebody"
    said = {"site": str(target), "previous": str(previous), "was": was}
    if was == "right":  # even where the folder is the very one: it is the old site of no such place
        said["was"] = [previous.lstat().st_dev, previous.lstat().st_ino]
    (root / "build/swap.json").write_text(json.dumps(said))
    done = CliRunner().invoke(main, ["--project", str(root), "predict", "tiny"])
    assert done.exit_code == 0, done.output
    assert not target.exists()
    assert (previous / "key.txt").exists()
    assert not (root / "build/swap.json").exists()


def test_a_journal_that_came_along_with_a_copy_is_of_another_folder(tmp_path: Path) -> None:
    root = tiny.make(tmp_path / "project")
    (root / "build").mkdir()
    previous = scratch(root, ".site.frame-by-frame")
    identity = [previous.lstat().st_dev, previous.lstat().st_ino]
    said = {"site": str(tmp_path / "copy/site"), "previous": str(tmp_path / "copy/.site.frame-by-frame/previous")}
    (root / "build/swap.json").write_text(json.dumps(said | {"was": identity}))
    copy = Path(shutil.copytree(root, tmp_path / "copy"))
    swap.repair(Project(copy))
    assert not (copy / "site").exists()


NONSENSE = ["[" * 100_000, "null", '{"site": 1, "previous": 2, "was": 3}', "\x00", '{"site": "a"}']


@pytest.mark.parametrize("text", NONSENSE)
def test_a_journal_of_no_sense_is_taken_away_once(tmp_path: Path, text: str) -> None:
    root = tiny.make(tmp_path / "project")
    (root / "build").mkdir()
    (root / "build/swap.json").write_text(text)
    done = CliRunner().invoke(main, ["--project", str(root), "predict", "tiny"])
    assert done.exit_code == 0, done.output
    assert not (root / "build/swap.json").exists()


def test_a_journal_whose_site_has_no_folder_any_more_stops_no_command(tmp_path: Path) -> None:
    root = tiny.make(tmp_path / "project")
    (root / "build").mkdir()
    previous = scratch(root / "build", ".site.frame-by-frame")
    said = {"site": str(tmp_path / "gone/site"), "previous": str(previous)}
    said |= {"was": [previous.lstat().st_dev, previous.lstat().st_ino]}
    (root / "build/swap.json").write_text(json.dumps(said))
    for _ in range(2):
        done = CliRunner().invoke(main, ["--project", str(root), "predict", "tiny"])
        assert done.exit_code == 0, done.output


# --- What is staged ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x~", ".#x", "._x", "deep/er/x~", "Thumbs.db"])
@pytest.mark.parametrize("kind", ["link", "file", "link to a folder"])
def test_what_lies_among_what_is_staged_is_not_published(project: Path, tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/secret.txt").write_text("a secret of this machine")
    put = project / "build/docs/en" / name
    put.parent.mkdir(parents=True, exist_ok=True)
    if kind == "file":
        put.write_text("a secret of this machine")
    else:
        put.symlink_to(tmp_path / ("secrets" if "folder" in kind else "secrets/secret.txt"))
    built(project)
    for file in (project / "site").rglob("*"):
        assert not file.is_file() or b"a secret of this machine" not in file.read_bytes(), file


def test_what_is_staged_came_from_a_build_in_this_very_folder(project: Path, tmp_path: Path) -> None:
    """A hook that stands in no mkdocs.yml, and a page that nobody wrote, with a stamp that says all is as it was."""
    config = project / "build/mkdocs.en.yml"
    (project / "evil.py").write_text(f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).touch()\n")
    config.write_text(config.read_text() + "hooks: [../evil.py]\n")
    page = project / "build/docs/en/index.md"
    page.write_text(page.read_text() + "\nPWNED\n")
    stamp = project / "build/staged.json"
    said = json.loads(stamp.read_bytes()) | {"outputs": uptodate._outputs(Project(project))}
    stamp.write_text(json.dumps(said))
    copy = Path(shutil.copytree(project, tmp_path / "copy"))
    built(copy)
    assert not (tmp_path / "ran").exists()
    assert "PWNED" not in (copy / "site/index.html").read_text()


@pytest.mark.parametrize("name", ["staged.json", "swap.json", "timings.json"])
@needs_zero
def test_a_file_without_end_in_the_build_is_not_read(project: Path, name: str) -> None:
    (project / "build" / name).unlink(missing_ok=True)
    (project / "build" / name).symlink_to("/dev/zero")
    done = tiny.generator(project, "build", timeout=120)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)


# --- The cache -----------------------------------------------------------------------------------------------


def test_nothing_is_written_where_a_link_in_the_cache_leads(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    store = Store(tmp_path / "cache")
    store.folder.mkdir()
    (store.folder / "ab").symlink_to(outside)
    store.put("ab" + "0" * 62, {"a.txt": b"text"})
    assert [*outside.iterdir()] == []
    assert store.get("ab" + "0" * 62) == {"a.txt": b"text"}


@pytest.mark.usefixtures("no_hang")
@pytest.mark.parametrize("kind", [*NO_FILES, "folder"])
def test_a_mark_that_is_no_file_marks_nothing(tmp_path: Path, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo(tmp_path / mark.NAME)
    elif kind == "zero":
        (tmp_path / mark.NAME).symlink_to("/dev/zero")
    else:
        (tmp_path / mark.NAME).mkdir()
    assert mark.read(tmp_path) is None


# --- Git -----------------------------------------------------------------------------------------------------


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "docs").mkdir(parents=True)
    (root / "docs/a.txt").write_text("a")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "A course")
    return root


@pytest.mark.parametrize("setting", ["core.fsmonitor", "filter.x.clean", "filter.a=b.process", "core.hooksPath"])
def test_the_settings_of_a_repository_run_nothing(repository: Path, tmp_path: Path, setting: str) -> None:
    ran = tmp_path / "ran"
    git(repository, "config", setting, f"touch {ran}; cat" if "hooks" not in setting else str(tmp_path / "hooks"))
    (repository / ".git/info").mkdir(exist_ok=True)
    (repository / ".git/info/attributes").write_text("* filter=x\ndocs/* filter=a=b\n")
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks/post-index-change").write_text(f"#!/bin/sh\ntouch {ran}\n")
    (tmp_path / "hooks/post-index-change").chmod(0o755)
    (repository / "docs/a.txt").write_text("b")  # so that git has to look into it
    commit, is_changed = git_of.commit(repository)
    assert len(commit) == 7
    assert is_changed
    assert git_of.commit_seconds(repository).isdecimal()
    assert not ran.exists()


def test_a_folder_that_only_looks_like_a_repository_is_none(repository: Path, tmp_path: Path) -> None:
    root, ran = tmp_path / "bare", tmp_path / "ran"
    root.mkdir()
    for path in (repository / ".git").iterdir():
        shutil.move(path, root / path.name)
    subprocess.run(["git", "config", "-f", "config", "core.worktree", "."], cwd=root, check=True)
    subprocess.run(["git", "config", "-f", "config", "core.bare", "false"], cwd=root, check=True)
    subprocess.run(["git", "config", "-f", "config", "core.fsmonitor", f"touch {ran}"], cwd=root, check=True)
    assert git_of.commit(root) == ("", False)
    assert not ran.exists()


def test_what_git_says_in_no_encoding_is_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", os.fsdecode(b"/nonexistent/\xff"))
    assert git_of.commit(tmp_path) == ("", False)
    assert git_of.commit_seconds(tmp_path) == ""


# --- What is handed over -------------------------------------------------------------------------------------


def render(root: Path, out: Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["--project", str(root), "render", "tiny", "--out", str(out)])
    return done.exit_code, done.output


def test_a_render_replaces_what_renders_made_and_nothing_of_somebodys(tmp_path: Path) -> None:
    root, out = tiny.make_warm(tmp_path / "project"), tmp_path / "out"
    assert render(root, out)[0] == 0
    before = (out / "trajectory.csv").read_bytes()
    (out / "notes.txt").write_text("mine")
    scenario = root / "docs/scenarios/tiny.toml"
    scenario.write_text(scenario.read_text().replace("epochs = 300", "epochs = 310"))
    for _ in range(2):
        code, said = render(root, out)
        assert code == 0, said
    assert (out / "trajectory.csv").read_bytes() != before
    assert (out / "notes.txt").read_text() == "mine"


def test_a_file_that_somebody_has_changed_since_a_render_is_theirs(tmp_path: Path) -> None:
    root, out = tiny.make_warm(tmp_path / "project"), tmp_path / "out"
    assert render(root, out)[0] == 0
    with (out / "train.py").open("a") as script:
        script.write("# what I have found out\n")
    mine = (out / "train.py").read_bytes()
    code, said = render(root, out)
    assert code == 1
    assert "train.py" in said
    assert (out / "train.py").read_bytes() == mine


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"train.py": 5}'])
def test_a_list_of_no_sense_lists_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "train.py").write_text("mine")
    (tmp_path / LIST).write_text(text)
    with pytest.raises(Faults):
        deliver({"train.py": b"another"}, tmp_path)
    assert (tmp_path / "train.py").read_text() == "mine"
    deliver({"train.py": b"mine", "other/alt.txt": b"text"}, tmp_path)  # what is the same is in nobody's way
    deliver({"other/alt.txt": b"another"}, tmp_path)
    assert (tmp_path / "other/alt.txt").read_bytes() == b"another"
    assert {path.name for path in tmp_path.iterdir()} == {"train.py", "other", LIST}


@pytest.mark.parametrize("kind", ["file", "link", "link to nothing"])
def test_a_render_stops_before_a_file_of_somebodys_and_writes_nothing(tmp_path: Path, kind: str) -> None:
    root, out = tiny.make_warm(tmp_path / "project"), tmp_path / "out"
    out.mkdir()
    (tmp_path / "precious.txt").write_text("years of work")
    if kind == "file":
        (out / "alt.txt").write_text("years of work")
    else:
        (out / "alt.txt").symlink_to(tmp_path / ("precious.txt" if kind == "link" else "nothing.txt"))
    code, said = render(root, out)
    assert code == 1
    assert "alt.txt" in said
    assert "--out" in said
    assert [path.name for path in out.iterdir()] == ["alt.txt"]
    assert (tmp_path / "precious.txt").read_text() == "years of work"
    assert not (tmp_path / "nothing.txt").exists()


# --- Settings of the machine ---------------------------------------------------------------------------------

RC = "font.size: 30\nlines.linewidth: 9\naxes.linewidth: 5\ntext.antialiased: False\nsavefig.dpi: 30\n"


@pytest.mark.parametrize("content", [RC.encode(), b"font.family: caf\xe9\n", b"text.usetex: True\n"])
def test_settings_of_matplotlib_on_this_machine_change_no_picture(tmp_path: Path, content: bytes) -> None:
    root, place = tiny.make(tmp_path / "project"), tmp_path / "place"
    place.mkdir()
    command = [sys.executable, "-m", "generator", "--project", str(root), "render", "tiny", "--out"]
    settings = os.environ | {"PYTHONPATH": str(tiny.REPOSITORY), "MPLBACKEND": "nonsense"}
    drawn = []
    for out in (place / "before", place / "after"):
        done = subprocess.run(
            [*command, str(out)], cwd=place, env=settings, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        drawn.append({path.name: path.read_bytes() for path in out.iterdir() if path.suffix in (".gif", ".png")})
        (place / "matplotlibrc").write_bytes(content)
    assert drawn[0] == drawn[1] != {}
