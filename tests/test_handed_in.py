"""A folder that somebody else has handed in: what lies in it besides its pages and scenarios is not believed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator import git as git_of
from generator.cli import main
from generator.faults import Fault, Faults
from generator.files import contents
from generator.making.store import Store
from generator.project import Project
from generator.site import delivery, mark, swap, uptodate
from generator.site import scratch as scratch_folder
from generator.site.delivery import LIST, deliver
from tests import tiny

needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
needs_zero = pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
NO_FILES = [pytest.param("pipe", marks=needs_pipes), pytest.param("zero", marks=needs_zero)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """As it lies where it was built; the tests make of it what comes with a folder."""
    root = tiny.copy_of_built(tmp_path / "handed in")
    done = tiny.typed(root, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def built(root: Path, *options: str) -> str:
    done = tiny.typed(root, "build", "--jobs", "1", *options)
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
    is_one = isinstance(was, list) and "a" not in was
    assert (root / "build/swap.json").exists() is not (is_one or was == "right")


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
def test_a_journal_that_no_swap_wrote_stops_no_command_and_stays(tmp_path: Path, text: str) -> None:
    root = tiny.make(tmp_path / "project")
    (root / "build").mkdir()
    (root / "build/swap.json").write_text(text)
    done = CliRunner().invoke(main, ["--project", str(root), "predict", "tiny"])
    assert done.exit_code == 0, done.output
    assert (root / "build/swap.json").read_text() == text


@pytest.mark.parametrize("command", [["check"], ["build", "--help"], ["predict", "nothing.toml"]], ids=" ".join)
@pytest.mark.parametrize("is_link", [False, True])
def test_in_a_folder_that_is_no_project_a_command_touches_nothing(
    tmp_path: Path, command: list[str], is_link: bool
) -> None:
    """Other tools have a folder of this name, and maybe such a file in it."""
    root, of_another = tmp_path / "webpack", tmp_path / "webpack/build"
    if is_link:
        root.mkdir()
        of_another = tmp_path / "elsewhere"
        (root / "build").symlink_to(of_another)
    of_another.mkdir(parents=True)
    said = {"site": str(root / "site"), "previous": str(root / "x"), "was": [1, 2]} if is_link else {"swap": "yes"}
    (of_another / "swap.json").write_text(json.dumps(said))
    CliRunner().invoke(main, ["--project", str(root), *command])
    assert [path.name for path in of_another.iterdir()] == ["swap.json"]
    assert json.loads((of_another / "swap.json").read_bytes()) == said


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


# --- The scratch folder --------------------------------------------------------------------------------------


def with_scratch(root: Path) -> Path:
    """One that came along: all of it may be made up but the number of its folder."""
    folder = root / ".site.frame-by-frame"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / mark.NAME).touch()
    return folder


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.txt").write_text("a secret of this machine")
    return tmp_path / "outside"


def refused(root: Path, said: str) -> None:
    """The command ends with one diagnostic, and no file of the site is another."""
    before = {path: path.read_bytes() for path in (root / "site").rglob("*") if path.is_file()}
    done = tiny.typed(root, "build", "--jobs", "1")
    assert done.returncode == 1, done.stdout
    assert done.stderr.count("error: ") == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in (root / "site").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["kept", "new", "previous", "lock", mark.NAME, "older-0"])
def test_nothing_is_written_or_read_where_a_link_in_a_scratch_folder_leads(
    project: Path, outside: Path, name: str
) -> None:
    folder = with_scratch(project)
    (outside / mark.NAME).write_text(mark.text([]))
    (folder / name).unlink(missing_ok=True)
    is_tree = name in ("new", "previous", "older-0")
    (folder / name).symlink_to(outside if is_tree else outside / "secret.txt")
    refused(project, "needs a folder of this name")
    assert (outside / "secret.txt").read_text() == "a secret of this machine"
    assert (folder / name).is_symlink()


@pytest.mark.parametrize("kind", ["link", "file", "link to a folder"])
def test_what_came_along_as_the_site_before_is_not_published(project: Path, outside: Path, kind: str) -> None:
    folder = with_scratch(project)
    (folder / "previous").mkdir()
    (folder / "previous" / mark.NAME).write_text(mark.text([]))
    put = folder / "previous/passwords.txt"
    if kind == "file":
        put.write_text("of somebody's")
    else:
        put.symlink_to(outside if "folder" in kind else outside / "secret.txt")
    refused(project, "passwords.txt")
    assert os.path.lexists(put)


def test_a_scratch_folder_of_somebody_elses_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As they can be made in a folder in which everybody may write."""
    folder = tmp_path / "shared/.site.frame-by-frame"
    folder.mkdir(parents=True)
    assert scratch_folder.is_ours(folder)
    monkeypatch.setattr(scratch_folder, "_owner", lambda path: 1234 if path == folder else 0)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert not scratch_folder.is_ours(folder)


def test_a_copy_of_a_project_is_built_as_it_lies_there(project: Path, tmp_path: Path) -> None:
    """Its scratch folder is a copy too, with nothing in it that the site does not have."""
    (project / "site/CNAME").write_text("example.org")
    built(project)
    copy = Path(shutil.copytree(project, tmp_path / "copy"))
    (copy / "site/CNAME").unlink()
    built(copy)
    assert not (copy / "site/CNAME").exists()


# --- What is staged ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project built where it lies, for tests that take away again what they have put into it."""
    root = tiny.copy_of_built(tmp_path_factory.mktemp("standing") / "project")
    built(root)
    return root


@pytest.mark.parametrize("name", ["x~", ".#x", "._x", "deep/er/x~", "Thumbs.db"])
@pytest.mark.parametrize("kind", ["link", "file", "link to a folder"])
def test_what_lies_among_what_is_staged_is_not_published(standing: Path, tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/secret.txt").write_text("a secret of this machine")
    put = standing / "build/docs/en" / name
    put.parent.mkdir(parents=True, exist_ok=True)
    if kind == "file":
        put.write_text("a secret of this machine")
    else:
        put.symlink_to(tmp_path / ("secrets" if "folder" in kind else "secrets/secret.txt"))
    try:
        built(standing)
    finally:
        put.unlink(missing_ok=True)
        shutil.rmtree(standing / "build/docs/en/deep", ignore_errors=True)
    assert (standing / "site/index.html").is_file()
    for file in (standing / "site").rglob("*"):
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
@pytest.mark.usefixtures("no_hang")
def test_a_file_without_end_in_the_build_is_not_read(project: Path, name: str) -> None:
    (project / "build" / name).unlink(missing_ok=True)
    (project / "build" / name).symlink_to("/dev/zero")
    done = tiny.typed(project, "build", "--jobs", "1")
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


def test_nothing_is_swept_but_what_a_write_of_ours_can_have_left(tmp_path: Path) -> None:
    outside, store = tmp_path / "outside", Store(tmp_path / "cache")
    left, key = f".new-{'0' * 32}", "ab" + "0" * 62
    for folder in (outside, store.folder / "ab", store.folder / "abc", store.folder / "zz"):
        folder.mkdir(parents=True)
        (folder / left).write_text("mine")
        (folder / ".new-chapter").write_text("mine")
    (store.folder / "ef").symlink_to(outside)
    (store.folder / "cd").mkdir()
    (store.folder / "cd" / left).symlink_to(outside / left)
    store.put(key, {"a.txt": b"text"})
    store.sweep()
    assert not (store.folder / "ab" / left).exists()
    for name in (".new-chapter", left):
        assert all((folder / name).exists() for folder in (outside, store.folder / "abc", store.folder / "zz"))
    assert (store.folder / "ab/.new-chapter").exists()
    assert (store.folder / "cd" / left).is_symlink()
    assert store.get(key) == {"a.txt": b"text"}


def test_of_a_file_no_more_is_asked_for_than_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is taken for all that might come; one that grows meanwhile is none that we have left."""
    (tmp_path / "entry").write_bytes(b"text")
    assert contents(tmp_path / "entry", 2**62) == b"text"
    fstat = os.fstat
    with monkeypatch.context() as until:
        until.setattr(os, "fstat", lambda opened: shorter(fstat(opened)))
        with pytest.raises(OSError, match="grows"):
            contents(tmp_path / "entry", 2**62)


def shorter(found: os.stat_result) -> os.stat_result:
    return os.stat_result((*found[:6], found.st_size - 1, *found[7:]))


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


def test_what_a_repository_lacks_is_fetched_from_nowhere(repository: Path, tmp_path: Path) -> None:
    """A remote may name the command that answers."""
    ran = tmp_path / "ran"
    settings = {
        "core.repositoryformatversion": "1", "extensions.partialClone": "origin", "remote.origin.promisor": "true",
        "remote.origin.url": str(repository), "remote.origin.uploadpack": f"touch {ran}; git-upload-pack",
    }  # fmt: skip
    for name, value in settings.items():
        git(repository, "config", name, value)
    for objects in (repository / ".git/objects").glob("[0-9a-f][0-9a-f]"):
        shutil.rmtree(objects)
    (repository / "docs/a.txt").write_text("b")
    assert git_of.commit(repository) == ("", False)
    assert git_of.commit_seconds(repository) == ""
    assert not ran.exists()


@pytest.mark.parametrize("setting", ["core.fsmonitor", "filter.x.clean"])
def test_the_settings_of_a_repository_in_a_repository_run_nothing(
    repository: Path, tmp_path: Path, setting: str
) -> None:
    inner, ran = repository / "inner", tmp_path / "ran"
    inner.mkdir()
    (inner / "a.txt").write_text("a")
    git(inner, "init", "-q")
    git(inner, "add", ".")
    git(inner, "commit", "-q", "-m", "Inside")
    said = '[submodule "inner"]\n\tpath = inner\n\turl = ./inner\n\tignore = none\n'
    (repository / ".gitmodules").write_text(said)
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "With one inside")
    for name, value in {"ignore": "none", "url": "./inner", "active": "true"}.items():
        git(repository, "config", f"submodule.inner.{name}", value)
    git(inner, "config", setting, f"touch {ran}; cat")
    (inner / ".git/info/attributes").write_text("* filter=x\n")
    (inner / "a.txt").write_text("b")
    commit, is_changed = git_of.commit(repository)
    assert len(commit) == 7
    assert not is_changed
    assert not ran.exists()


def pipe_in_the_place_of(name: str) -> Callable[[Path], object]:
    def put(root: Path) -> None:
        (root / name).unlink(missing_ok=True)
        os.mkfifo(root / name)

    return put


def never_answers(root: Path) -> None:
    (root / "bin").mkdir()
    (root / "bin/git").write_text("#!/bin/sh\nsleep 1000\n")
    (root / "bin/git").chmod(0o755)


HANGING: dict[str, Callable[[Path], object]] = {
    "attributes that are a pipe": pipe_in_the_place_of(".gitattributes"),
    "a head that is a pipe": pipe_in_the_place_of(".git/HEAD"),
    "settings that are a pipe": pipe_in_the_place_of(".git/config"),
    "a git that never answers": never_answers,
}


@pytest.mark.usefixtures("no_hang")
@pytest.mark.parametrize("what", [pytest.param(what, marks=needs_pipes) for what in HANGING])
def test_a_git_that_gives_no_answer_is_waited_for_once_and_that_is_said(
    repository: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    HANGING[what](repository)
    (repository / "docs/a.txt").write_text("b")
    monkeypatch.setenv("PATH", str(repository / "bin"), prepend=os.pathsep)
    monkeypatch.setattr(git_of, "PATIENCE", 0.5)
    began = time.monotonic()
    for _ in range(10):
        assert git_of.commit(repository) == ("", False)
        assert git_of.commit_seconds(repository) == ""
    assert time.monotonic() - began < 5
    assert [record.getMessage() for record in caplog.records if "no answer" in record.getMessage()]
    assert len(caplog.records) == 1


def test_what_the_caller_tells_git_is_told_it(
    repository: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As in a container, where the folder is another user's."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert git_of.commit(repository) == ("", False)
    assert "names neither" in caplog.text
    assert "ownership" in caplog.text
    for name, value in {"COUNT": "1", "KEY_0": "safe.directory", "VALUE_0": "*"}.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    assert len(git_of.commit(repository)[0]) == 7
    assert git_of.commit_seconds(repository).isdecimal()


def test_where_there_is_no_commit_nothing_is_said_of_it(
    tmp_path: Path, repository: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "begun").mkdir()
    git(tmp_path / "begun", "init", "-q")
    for root in (tmp_path / "plain", tmp_path / "begun"):
        assert git_of.commit(root) == ("", False)
        assert git_of.commit_seconds(root) == ""
    assert not caplog.records


def test_a_file_that_was_only_touched_is_not_changed(repository: Path) -> None:
    os.utime(repository / "docs/a.txt", (1, 1))
    assert not git_of.commit(repository)[1]


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


NO_LISTS = [
    "",
    "[]",
    "{",
    "[" * 100_000,
    '{"train.py": 5}',
    '{"a": ["a", 1]}',
    '{"a": ["none"]}',
    '{"a": null}',
    "mine",
]


@pytest.mark.parametrize("text", NO_LISTS)
def test_a_list_that_no_render_has_written_is_somebodys(tmp_path: Path, text: str) -> None:
    (tmp_path / "train.py").write_text("mine")
    (tmp_path / LIST).write_text(text)
    for content in (b"mine", b"another"):
        with pytest.raises(Fault, match="no list that a render has left") as told:
            deliver({"train.py": content, "other/alt.txt": b"text"}, tmp_path)
        assert told.value.file == tmp_path / LIST
        assert "--out" in told.value.help
    assert (tmp_path / LIST).read_text() == text
    assert (tmp_path / "train.py").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"train.py", LIST}


def test_what_is_the_same_already_is_in_no_renders_way(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("mine")
    deliver({"train.py": b"mine", "other/alt.txt": b"text"}, tmp_path)
    deliver({"other/alt.txt": b"another"}, tmp_path)
    assert (tmp_path / "other/alt.txt").read_bytes() == b"another"
    assert {path.name for path in tmp_path.iterdir()} == {"train.py", "other", LIST}


@pytest.mark.parametrize("place", ["docs", "docs/en/more", "templates/more", "build/more", ".site.frame-by-frame/more"])
def test_a_render_lies_among_nothing_that_the_generator_reads_or_keeps(tmp_path: Path, place: str) -> None:
    root = tiny.make(tmp_path / "project")
    was_there = (root / place).exists()
    code, said = render(root, root / place)
    assert code == 1
    assert f"--> {root / place}" in said
    assert "--out" in said
    assert (root / place).exists() is was_there
    assert not (root / place / LIST).exists()


def test_nor_among_what_is_another_projects(tmp_path: Path) -> None:
    root, other = (tiny.make(tmp_path / name) for name in ("project", "other"))
    for arguments in (["--project", str(root)], ["--project", str(tmp_path)]):
        place = other / "docs/en/more"
        named = str(root / "docs/scenarios/tiny.toml")
        done = CliRunner().invoke(main, [*arguments, "render", named, "--out", str(place)])
        assert done.exit_code == 1
        assert "among the project's pages" in done.output
        assert not place.exists()


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


@pytest.mark.parametrize("linked", ["one", "one/deep"])
def test_a_render_writes_nothing_through_a_link_to_a_folder(tmp_path: Path, linked: str) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    outside.mkdir()
    (out / linked).parent.mkdir(parents=True)
    (out / linked).symlink_to(outside)
    with pytest.raises(Faults, match="a link, or no folder") as told:
        deliver({"fit.gif": b"a picture", "one/deep/run.json": b"{}"}, out)
    assert str(out / linked) in str(told.value)
    assert [*outside.iterdir()] == []
    assert not (out / "fit.gif").exists()


def test_a_render_into_a_folder_that_is_named_by_a_link_goes_there(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to("real")
    deliver({"one/run.json": b"{}"}, tmp_path / "out")
    assert (tmp_path / "real/one/run.json").read_bytes() == b"{}"


def test_a_name_that_can_be_foreseen_is_not_written_to_meanwhile(tmp_path: Path) -> None:
    out, precious = tmp_path / "out", tmp_path / "precious.txt"
    out.mkdir()
    precious.write_text("years of work")
    (out / f".frame-by-frame-{os.getpid()}").symlink_to(precious)
    deliver({"fit.gif": b"a picture"}, out)
    assert precious.read_text() == "years of work"


@pytest.mark.parametrize("killed_after", range(5))
def test_a_render_that_was_killed_stops_no_render_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_after: int
) -> None:
    old, new, newest = ({"a.txt": text, "b.txt": text, "c.txt": text} for text in (b"old", b"new", b"newest"))
    deliver(old, tmp_path)
    write, written = delivery.write, []

    def killed(path: Path, content: bytes) -> None:
        if len(written) == killed_after:
            raise KeyboardInterrupt
        written.append(path)
        write(path, content)

    with monkeypatch.context() as until:
        until.setattr(delivery, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            deliver(new, tmp_path)
    deliver(newest, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != LIST} == newest
    (tmp_path / "b.txt").write_bytes(b"new")  # as it was once, and as nobody has left it now
    with pytest.raises(Faults):
        deliver(old, tmp_path)


# --- Settings of the machine ---------------------------------------------------------------------------------

RC = "font.size: 30\nlines.linewidth: 9\naxes.linewidth: 5\ntext.antialiased: False\nsavefig.dpi: 30\n"


def drawn_at(place: Path, project: Path) -> dict[str, bytes]:
    command = [sys.executable, "-m", "generator", "--project", str(project), "render", "tiny", "--out", "drawn"]
    settings = os.environ | {"PYTHONPATH": str(tiny.REPOSITORY), "MPLBACKEND": "nonsense"}
    done = subprocess.run(command, cwd=place, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in (place / "drawn").iterdir() if path.suffix in (".gif", ".png")}


@pytest.fixture(scope="module")
def drawn_without_settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return drawn_at(tmp_path_factory.mktemp("place"), tiny.make(tmp_path_factory.mktemp("project")))


@pytest.mark.parametrize("content", [RC.encode(), b"font.family: caf\xe9\n", b"text.usetex: True\n"])
def test_settings_of_matplotlib_on_this_machine_change_no_picture(
    tmp_path: Path, drawn_without_settings: dict[str, bytes], content: bytes
) -> None:
    (tmp_path / "matplotlibrc").write_bytes(content)
    assert drawn_at(tmp_path, tiny.make(tmp_path / "project")) == drawn_without_settings != {}
