"""What is installed is all that is needed: the wheel and the sdist, built for real, and a run from an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.version import __version__
from tests import tiny

pytestmark = pytest.mark.xdist_group("package")  # which is built and installed once
pytest.importorskip("hatchling", reason="the package is built by hatchling: pip install -e '.[test]'")

# Where a folder of the clone lies in the wheel.
INSIDE = {"generator": "generator", "templates": "generator/templates", "docs/assets": "generator/assets"}


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=os.environ | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def build(source: Path, target: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-d", target, cwd=source)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    target = tmp_path_factory.mktemp("dist")
    build(tiny.REPOSITORY, target)
    return target


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of its own with the wheel installed, without what it depends on."""
    target = tmp_path_factory.mktemp("site-packages")
    wheel = next(built.glob("*.whl"))
    run(
        sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", target, wheel,
        cwd=built,
    )  # fmt: skip
    return target


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def ours() -> Iterator[str]:
    """Every module, font, template, word and asset of the clone, by its name in the wheel."""
    for folder, inside in INSIDE.items():
        for path in (tiny.REPOSITORY / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{inside}/{path.relative_to(tiny.REPOSITORY / folder).as_posix()}"


def test_the_wheel_holds_every_module_font_template_and_asset_and_nothing_else(built: Path) -> None:
    names = names_in(next(built.glob("*.whl")))
    code = {name for name in names if ".dist-info/" not in name}
    assert code == {*ours()}
    assert "generator/templates/overrides/.icons/gd/bowl.svg" in code, "hidden folders are easily lost"


def test_a_wheel_from_the_sdist_is_the_same_as_from_the_clone(built: Path, tmp_path: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "again", cwd=source)
    assert names_in(next((tmp_path / "again").glob("*.whl"))) == names_in(next(built.glob("*.whl")))


def test_site_packages_gains_generator_alone(installed: Path) -> None:
    gained = {path.name for path in installed.iterdir()}
    assert {name for name in gained if not name.endswith(".dist-info")} == {"generator", "bin"}
    assert {path.name for path in (installed / "bin").iterdir()} == {"frame-by-frame"}


def test_the_command_says_its_version(installed: Path) -> None:
    done = run(installed / "bin" / "frame-by-frame", "--version", cwd=installed, PYTHONPATH=str(installed))
    assert done.stdout.strip() == f"frame-by-frame, version {__version__}"


def test_a_scenario_file_is_rendered_from_an_empty_folder_with_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "my own.d").mkdir()
    (tmp_path / "my own.d" / "own-run.toml").write_text(tiny.scenario())
    environment = {"PYTHONPATH": str(installed)}
    where = run(sys.executable, "-c", "import generator; print(generator.__file__)", cwd=tmp_path, **environment)
    assert Path(where.stdout.strip()).is_relative_to(installed), "not the clone's"
    command = [sys.executable, "-m", "generator", "render", "my own.d/own-run.toml", "--out", "out"]
    run(*command, cwd=tmp_path, **environment)
    written = {path.name for path in (tmp_path / "out").iterdir()}
    pictures = {"fit.gif", "fit.dark.gif", "fit.png", "fit.dark.png"}
    plain = {"trajectory.csv", "run.json", "scenario.toml", "train.py", "train.ipynb"}
    assert written == {*pictures, *plain, "alt.txt", "fragment.md", ".frame-by-frame.render"}
