"""Two builds of the same are the same, to the byte: on another day, elsewhere, with and without a cache."""

from __future__ import annotations

import datetime
import functools
import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner

from generator import git
from generator.cli import main
from tests import shared, tiny

ANOTHER_DAY = """\
import datetime, time_machine
time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=400), tick=True).start()
"""
WITHOUT_A_DAY = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}


def make(folder: Path) -> Path:
    """The tiny project with a second edition, for which a host has an address, so that its map lists pages."""
    root = tiny.drop_in(tiny.make(folder))
    config = root / "mkdocs.yml"
    config.write_text("site_url: https://example.org/course/\n" + config.read_text())
    shutil.copytree(root / "docs/en", root / "docs/de")
    shutil.copytree(root / "templates/en", root / "templates/de")
    (root / "mkdocs.de.yml").write_text("INHERIT: mkdocs.yml\nsite_name: Winzig\n")
    return root


def found(site: Path) -> dict[str, bytes]:
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def build(root: Path, *options: str, command: tuple[str, ...] = ("-m", "generator"), **environment: str) -> None:
    arguments = [sys.executable, *command, "build", *options]
    done = subprocess.run(
        arguments, cwd=root, env=WITHOUT_A_DAY | {"PYTHONPATH": str(tiny.REPOSITORY)} | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def build_here(root: Path, **environment: str) -> None:
    """In this process, which has loaded long ago what takes another seconds."""
    with mock.patch.dict(os.environ, WITHOUT_A_DAY | environment, clear=True):
        done = tiny.typed(root, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr


def first() -> Path:
    """Built today, in an ordinary folder, by one process."""

    def make_and_build(folder: Path) -> None:
        build(make(folder), "--jobs", "1", PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C")

    return shared.once("built today", make_and_build)


@pytest.fixture(scope="module")
def another_day(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PYTHONPATH under which every Python process lives more than a year later."""
    folder = tmp_path_factory.mktemp("another day")
    (folder / "sitecustomize.py").write_text(ANOTHER_DAY)
    return f"{folder}{os.pathsep}{tiny.REPOSITORY}"


def test_a_build_on_another_day_elsewhere_gives_the_same_bytes(tmp_path: Path, another_day: str) -> None:
    """Cold, with other hash seeds, in another zone and language, by two processes, in a folder with a difficult name.

    Not on another processor: `tests/test_arithmetic.py` has what follows from that.
    """
    root = make(tmp_path / "Über & # 100 %")
    build(
        root, "--jobs", "2", PYTHONPATH=another_day, PYTHONHASHSEED="2", TZ="Pacific/Kiritimati", LC_ALL="C.utf8",
        LANGUAGE="de", COLUMNS="40", HOME=str(tmp_path),
    )  # fmt: skip
    one, other = found(first() / "site"), found(root / "site")
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


def test_the_other_day_of_these_tests_is_another(another_day: str) -> None:
    program = "import datetime; print(datetime.date.today())"
    done = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": another_day}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert datetime.date.fromisoformat(done.stdout.strip()) > datetime.date.today() + datetime.timedelta(days=300)


def days(site: Path) -> set[str]:
    """Every day that the map of a site says, of each edition; and the packed one says the same."""
    said = set()
    for listed in site.rglob("sitemap.xml"):
        text = listed.read_text()
        assert gzip.decompress(listed.with_name("sitemap.xml.gz").read_bytes()) == text.encode()
        assert text.count("<loc>") > 1
        said |= {part.partition("<")[0] for part in text.split("<lastmod>")[1:]}
    return said


def packed_at(site: Path) -> int:
    return int.from_bytes((site / "sitemap.xml.gz").read_bytes()[4:8], "little")


def committed(root: Path, day: str) -> Path:
    noon = day if day.startswith("@") else f"{day}T12:00:00Z"  # or seconds, for days that Git has no other name for
    environment = {"GIT_COMMITTER_DATE": noon, "GIT_AUTHOR_DATE": "2001-01-01T12:00:00Z"}
    (root / ".gitignore").write_text("build\nsite\n.site*\n")
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    for arguments in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "A course"]):
        subprocess.run(["git", *arguments], cwd=root, env=os.environ | environment, check=True)
    return root


def of_another_folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(first(), tmp_path / "project"))


WAYS = {"ours": build_here, "bare": functools.partial(build, command=("-m", "mkdocs"))}


@pytest.mark.parametrize("way", WAYS)
def test_without_a_commit_a_site_says_no_day(tmp_path: Path, way: str) -> None:
    root = of_another_folder(tmp_path)
    shutil.rmtree(root / "site")
    WAYS[way](root)
    assert days(root / "site") == set()
    assert packed_at(root / "site") == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_site_is_of_the_day_of_its_commit(tmp_path: Path, way: str) -> None:
    root = committed(of_another_folder(tmp_path), "2019-05-17")
    WAYS[way](root)
    assert days(root / "site") == {"2019-05-17"}


@pytest.mark.parametrize("way", WAYS)
def test_a_site_whose_commit_is_of_a_day_that_cannot_be_says_no_day(tmp_path: Path, way: str) -> None:
    """Such as that of a machine whose clock was wrong: its seconds do not fit into what is packed."""
    root = committed(of_another_folder(tmp_path), "@4295067296 +0000")
    WAYS[way](root)
    assert days(root / "site") == set()
    assert packed_at(root / "site") == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_site_is_of_the_day_that_its_host_says(tmp_path: Path, way: str) -> None:
    root = committed(of_another_folder(tmp_path), "2019-05-17")
    WAYS[way](root, SOURCE_DATE_EPOCH="1000000000")
    assert days(root / "site") == {"2001-09-09"}


def test_the_environment_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    root = of_another_folder(tmp_path)
    done = CliRunner().invoke(main, ["--project", str(root), "build"])
    assert done.exit_code == 0, done.output
    assert "SOURCE_DATE_EPOCH" not in os.environ


def test_the_day_of_a_commit_is_its_own_whatever_git_is_told_to_show(tmp_path: Path) -> None:
    root = committed(tiny.make(tmp_path / "project"), "2019-05-17")
    subprocess.run(["git", "config", "log.showSignature", "true"], cwd=root, check=True)
    assert git.commit_seconds(root) == "1558094400"
    assert git.commit_seconds(tmp_path) == ""


# --- Cached is clean -----------------------------------------------------------------------------------------


EDITS = {
    "a rate": ("docs/scenarios/tiny.toml", "learning_rate = 0.1", "learning_rate = 0.11"),
    "a page": ("docs/en/index.md", "# Tiny", "# Tiny and edited"),
    "a template": ("templates/loss_table.md", "words.labels.epoch", "words.labels.epoch | upper"),
    "data": ("docs/scenarios/own.csv", "4,5.5", "4,5.75"),
}


@pytest.mark.parametrize("what", EDITS)
def test_what_is_made_with_a_cache_is_what_is_made_without(tmp_path: Path, what: str) -> None:
    file, old, new = EDITS[what]
    warm, cold = of_another_folder(tmp_path), make(tmp_path / "cold")
    for root in (warm, cold):
        text = (root / file).read_text()
        assert old in text
        (root / file).write_text(text.replace(old, new))
    build_here(warm)
    build(cold, "--jobs", "1")  # a process that has made nothing yet
    assert found(warm / "site") == found(cold / "site") != found(first() / "site")


def test_a_cache_of_another_arithmetic_gives_what_this_one_makes_without_it(tmp_path: Path) -> None:
    """PyTorch adds in another order there; of its synthetic points, too, other ones may come."""
    warm, cold = of_another_folder(tmp_path), make(tmp_path / "cold")
    for root in (warm, cold):
        shutil.copy(tiny.REPOSITORY / "tests/scenarios/summed-many.toml", root / "docs/scenarios/many.toml")
    build_here(warm)
    usual = json.loads((warm / "site/scenarios/many/run.json").read_text())
    for root in (warm, cold):
        build(root, "--jobs", "2", ATEN_CPU_CAPABILITY="default")
    assert found(warm / "site") == found(cold / "site")
    assert json.loads((warm / "site/scenarios/many/run.json").read_text()) != usual, "the arithmetics differ here"
