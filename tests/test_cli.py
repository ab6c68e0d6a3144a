"""What a person types and what the terminal says: a mistake is a fault with a remedy, and never a traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from click.testing import CliRunner, Result

from generator.cli import main
from generator.faults import Fault, did_you_mean, nearest, what_helps
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


# (what is typed, what there is, which of it is meant): a letter or two are wrong, and not most of them.
NEAR = [
    ("tinny", ["tiny", "other"], "tiny"),
    ("Hours", ["hours", "marks"], "hours"),
    ("hause", ["house", "mouse"], "house"),
    ("owm.csv", ["own.csv", "two.csv"], "own.csv"),
    ("lessons/nxt.md", ["lessons/first.md", "lessons/next.md", "scenarios/index.md"], "lessons/next.md"),
    ("nxt.md", ["lessons/next.md"], "lessons/next.md"),
    ("lessns/index.md", ["index.md", "lessons/index.md", "scenarios/index.md"], "lessons/index.md"),
    ("epochs", ["touch", "losses"], None),
    ("lessons/mine.md", ["scenarios/index.md", "lessons/first.md"], None),
    ("nowhere.md", ["index.md"], None),
    ("a", ["b"], None),
    ("", ["b"], None),
    ("x", [], None),
]


@pytest.mark.parametrize(("name", "known", "meant"), NEAR)
def test_of_names_only_one_that_is_near_is_offered(name: str, known: list[str], meant: str | None) -> None:
    assert nearest(name, known) == meant
    said = did_you_mean(name, known)
    assert ("did you mean" in said) == (meant is not None)
    assert meant is not None or all(each in said for each in known)


def test_of_many_names_the_first_are_told_and_how_many_more_there_are() -> None:
    known = [f"run-{number:03}" for number in range(50)]
    assert did_you_mean("houses", known) == f"there are: {', '.join(known[:20])}, and 30 more"
    assert did_you_mean("houses", known[:20]) == f"there are: {', '.join(known[:20])}"
    assert did_you_mean("houses", []) == "there is none"


@pytest.mark.parametrize(
    ("arguments", "fault", "remedy"),
    [
        (["predict", "tinny"], "there is no scenario 'tinny'", "did you mean 'tiny'?"),
        (["stage", "--only", "tinny"], "there is no scenario 'tinny'", "did you mean 'tiny'?"),
        (["render", "{scenarios}/tinny.toml", "--out", "{out}"], "no such scenario file", "did you mean tiny.toml?"),
        (["render", "{scenarios}/tiny.toml", "--out", "{out}", "--kind", "fitt"], "no kind of figure", "'fit'"),
        (["render", "{scenarios}/tiny.toml", "--out", "{out}", "--kind", "race"], "2 to 4 scenarios, not 1", "another"),
        (["render", "{scenarios}/tiny.toml", "--out", "{file}/x"], "Not a directory", "has to be a folder"),
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
    leftover = next((project / "build/cache").iterdir()) / f".new-{'0123456789abcdef' * 2}"
    leftover.write_bytes(b"half of an entry")
    assert typed(project, "stage", "--jobs", "1").exit_code == 0
    assert not leftover.exists()


def test_the_cache_is_emptied_of_what_is_old_or_whole_and_all_of_it_is_made_again(project: Path) -> None:
    entries = [*project.glob("build/cache/*/*.zip")]
    old = time.time() - 86_400 * 31
    os.utime(entries[0], (old, old))
    done = typed(project, "clean", "--older", "30")
    assert done.exit_code == 0
    assert done.output.startswith("1 entries of the cache are removed, ")
    assert not entries[0].exists()
    assert all(entry.exists() for entry in entries[1:])
    assert typed(project, "clean").output.startswith(f"{len(entries) - 1} entries of the cache are removed, ")
    assert not [*project.glob("build/cache/*/*.zip")]
    assert typed(project, "stage", "--jobs", "1", "--only", "tiny").exit_code == 0
    assert [*project.glob("build/cache/*/*.zip")]
    assert typed(project, "clean", "--older", "-1").exit_code == 2


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.ENOSPC, "make room on the disk"), (errno.EROFS, "may only be read"), (errno.EIO, "damaged")],
)
def test_a_disk_that_fails_without_a_name_is_a_fault(
    project: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    """A write that finds no room raises without saying of which file."""
    monkeypatch.setattr(uptodate, "remember", mock.Mock(side_effect=OSError(number, os.strerror(number))))
    done = typed(project, "stage", "--jobs", "1", "--force")
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), "no traceback"
    assert f"error: {os.strerror(number)}" in done.output
    assert remedy in done.output


STREAMS = {
    "2>&-": (0, ""), ">&-": (0, ""), "<&-": (0, ""), "2>/dev/full": (0, ""),
    ">/dev/full": (1, "what the command makes is made"),
}  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_that_is_closed_or_full_takes_nothing_from_a_build(tmp_path: Path, stream: str) -> None:
    root, (code, said) = tiny.copy_of_built(tmp_path / "project"), STREAMS[stream]
    (root / "docs/en/index.md").write_text("# Anew\n")
    command = f'"{sys.executable}" -m generator --project "{root}" build --jobs 1 {stream}'
    done = subprocess.run(command, shell=True, cwd=tiny.REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert said in done.stderr
    assert "Anew" in (root / "site/index.html").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="no limit is known here")
def test_a_build_in_which_little_changed_needs_little_memory(tmp_path: Path) -> None:
    root = tiny.copy_of_built(tmp_path / "project")
    command = f'ulimit -v 3000000; "{sys.executable}" -m generator --project "{root}" build --jobs 1'
    done = subprocess.run(command, shell=True, cwd=tiny.REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_machine_without_memory_is_a_fault(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uptodate, "remember", mock.Mock(side_effect=MemoryError))
    done = typed(project, "stage", "--jobs", "1", "--force")
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), "no traceback"
    assert "error: there is not enough memory" in done.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["stage", "--jobs", "0"], ["stage", "--jobs", "9" * 20], ["frobnicate"], ["render"],
        ["--project", "", "check"], ["build", "--site-dir", ""], ["build", "--site-dir", " "],
        ["render", "tiny", "--out", ""], ["render", "tiny", "--out", "x", "--lang", " "],
        ["render", "tiny", "--out", "x", "--kind", ""], ["build", "--only", ""], ["build", "--scheduler", ""],
    ],
)  # fmt: skip
def test_a_wrong_command_line_ends_with_2(project: Path, arguments: list[str]) -> None:
    assert typed(project, *arguments).exit_code == 2


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    done = typed(tmp_path, "check")
    assert done.exit_code == 1
    assert "there is no mkdocs.yml here" in done.output
    assert "--project" in done.output


def test_a_project_without_pages_is_refused(tmp_path: Path) -> None:
    project = tiny.make(tmp_path)
    (project / "docs/en").rename(project / "elsewhere")
    done = typed(project, "check")
    assert done.exit_code == 1
    assert "there is no docs/en here" in done.output
    assert "frame-by-frame new course" in done.output


def test_where_our_templates_and_assets_lie_is_said(tmp_path: Path) -> None:
    templates, assets = map(Path, typed(tmp_path, "where").output.splitlines())
    assert (templates / "en/scenario.md").is_file()
    assert (assets / "stylesheets/site.css").is_file()


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


def test_a_name_of_nothing_is_not_taken_for_this_folder(project: Path) -> None:
    done = typed(project, "build", "--site-dir", "")
    assert "a name of nothing; this folder is called ." in done.output


# --- What a terminal is given ------------------------------------------------------------------------------

CLEARS = "\x1b[2J\x1b]0;owned\x07\x9b1m\x7f\u202e\u2028"


def can_be_shown(text: str) -> bool:
    return all(character.isprintable() or character == "\n" for character in text)


@pytest.mark.parametrize("text", ["[data] # {}", '"{}" = 1', 'expect = "{}"', "[data]\n{}"])
@pytest.mark.parametrize("command", ["check", "predict"])
def test_what_a_scenario_says_moves_no_cursor(tmp_path: Path, text: str, command: str) -> None:
    root = tiny.make(tmp_path / "project")
    (root / "docs/scenarios/tiny.toml").write_text(text.format(CLEARS) + "\n= \n")
    done = typed(root, command)
    assert done.exit_code == 1
    assert can_be_shown(done.output)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name", [CLEARS.replace("/", ""), "bytes\udcff", "two\nlines"])
@pytest.mark.parametrize("place", ["docs/en", "docs/assets", "templates/en", "docs/scenarios", ""])
def test_what_a_file_is_called_moves_no_cursor(tmp_path: Path, place: str, name: str) -> None:
    root = tiny.make(tmp_path / "project")
    (root / place / f"{name}.toml").write_text("x")
    (root / place / f"{name}.md").write_text("# A\n")
    done = typed(root, "check")
    assert can_be_shown(done.output)
    site = tmp_path / name
    site.mkdir()
    (site / name).touch()
    done = typed(root, "build", "--site-dir", site)
    assert done.exit_code == 1
    assert can_be_shown(done.output)


@pytest.mark.parametrize(
    "arguments",
    [[CLEARS], ["check", CLEARS], ["check", f"--{CLEARS}"], ["build", "--jobs", CLEARS], ["predict", CLEARS]],
)
def test_what_is_typed_moves_no_cursor(project: Path, arguments: list[str]) -> None:
    done = CliRunner().invoke(main, ["--project", str(project), *arguments], color=True)
    assert done.exit_code in (1, 2)
    assert can_be_shown(done.output)
    assert "\\x9b" in done.output


def test_a_key_writes_no_line_of_its_own(tmp_path: Path) -> None:
    root = tiny.make(tmp_path / "project")
    (root / "docs/scenarios/tiny.toml").write_text('"a\\nerror: all is lost" = 1\n' + tiny.scenario())
    done = typed(root, "check")
    assert "a\\nerror: all is lost" in done.output
    assert "\nerror: all is lost" not in done.output


@pytest.mark.parametrize("character", ["a", "é", "学", "\n", "²", "…", "→", "😀"])
def test_what_can_be_seen_is_shown_as_it_is(character: str) -> None:
    assert str(Fault(f"a{character}b")) == f"error: a{character}b"


# --- What helps --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (errno.ENAMETOOLONG, "shorter name"), (errno.ENOTDIR, "has to be a folder"), (errno.EISDIR, "a folder is in"),
        (errno.EACCES, "allowed to read it"), (errno.EPERM, "allowed to read it"), (errno.ENOENT, "just this name"),
        (errno.EROFS, "may only be read"), (errno.EIO, "damaged"), (errno.ENOSPC, "make room"),
        (errno.EMFILE, "--jobs"), (errno.ELOOP, "a link"),
    ],
)  # fmt: skip
def test_the_remedy_is_of_what_the_system_says(code: int, remedy: str) -> None:
    assert remedy in what_helps(OSError(code, os.strerror(code), "a/file"))
    others = {other: what_helps(OSError(other, "")) for other in errno.errorcode}
    assert all(others.values())


def test_a_name_that_is_too_long_is_said_to_be(project: Path, tmp_path: Path) -> None:
    done = typed(project, "render", "tiny", "--out", tmp_path / ("x" * 300))
    assert done.exit_code == 1
    assert "use a shorter name" in done.output


def test_a_site_whose_name_is_too_long_for_what_builds_keep_beside_it_is_told_before_anything_is_trained(
    tmp_path: Path,
) -> None:
    root = tiny.make(tmp_path / "project")
    done = typed(root, "build", "--site-dir", tmp_path / ("x" * 250))
    assert done.exit_code == 1
    assert "help: use a shorter name" in done.output
    assert not (root / "build/cache").exists()


def test_words_that_may_not_be_read_are_not_called_text_in_no_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tiny.make(tmp_path / "project")
    read = Path.read_text

    def closed(path: Path, *arguments: Any, **options: Any) -> str:
        if path.name == "words.toml":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return read(path, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", closed)
    done = typed(root, "check")
    assert "words.toml" in done.output
    assert "allowed to read it" in done.output
    assert "UTF-8" not in done.output


def test_a_time_zone_that_is_none_is_said_to_be(tmp_path: Path) -> None:
    root = tiny.make(tmp_path / "project")
    done = tiny.generator(root, "check", TZ=":/dev/zero")
    if done.returncode:  # not every system asks
        assert "TZ names no time zone" in done.stderr
