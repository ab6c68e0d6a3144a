"""What is installed is all that is needed: the wheel and the sdist, built for real, and a run from an empty folder."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.version import __version__
from tests import tiny

pytestmark = pytest.mark.xdist_group("package")  # which is built and installed once
pytest.importorskip("hatchling", reason="the package is built by hatchling: pip install -e '.[test]'")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
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


@pytest.fixture(scope="module")
def environment(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel in it, as pip and pipx make one; what it depends on it borrows."""
    place = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(place, with_pip=False)
    (packages,) = place.glob("lib/python*/site-packages")
    # Named in a .pth, a folder is looked through, but the .pth files in it, as of editable installs, are not read.
    (packages / "borrowed.pth").write_text("".join(f"{path}\n" for path in site.getsitepackages()))
    wheel = next(built.glob("*.whl"))
    pip = [sys.executable, "-m", "pip", "--python", place / "bin/python"]
    run(*pip, "install", "-q", "--no-deps", "--no-index", wheel, cwd=built, PYTHONPATH="")
    return place


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
    assert written == {*pictures, *plain, "alt.txt", "fragment.md", "fragment.html", ".frame-by-frame.render"}


EXPORT = """\
Stadt;Fläche in m²;Preis
Aachen;50,5;149,9
Bonn;61;165,25
Celle;72,5;190
Düren;80;209,75
Emden;95,5;250,5
"""


@pytest.fixture(scope="module")
def quarter_of_an_hour(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As in "A course of your own", in an empty folder: a course, a run of one's own data, a lesson, checked, built."""
    place = tmp_path_factory.mktemp("empty")
    (place / "haus.csv").write_text(EXPORT, encoding="utf-8")
    course = place / "my course"

    def typed(*words: str | Path, cwd: Path = course) -> subprocess.CompletedProcess[str]:
        return run(environment / "bin/frame-by-frame", *words, cwd=cwd, PYTHONPATH="")

    where = "import generator; print(generator.__file__)"
    found = run(environment / "bin/python", "-c", where, cwd=place, PYTHONPATH="").stdout.strip()
    assert Path(found).is_relative_to(environment), "not the clone's"
    typed("new", "course", course, "--name", "Häuser", cwd=place)
    said = typed(
        "new", "scenario", "haus", "--from-csv", "../haus.csv", "--x", "Fläche in m²", "--y", "Preis"
    )  # fmt: skip
    assert "5 points; the first is x = 50.5, y = 149.9" in said.stderr
    typed("new", "lesson", "prices", "--scenario", "haus")
    assert "2 scenarios and 4 pages are in order" in typed("check").stdout
    typed("build", "--jobs", "2")
    return course


def test_the_first_quarter_of_an_hour_ends_with_a_site_of_ones_own(quarter_of_an_hour: Path) -> None:
    made = {path.name for path in quarter_of_an_hour.iterdir()}
    assert made - {"build", "site", ".site.frame-by-frame"} == {"mkdocs.yml", "docs", ".gitignore"}
    page = (quarter_of_an_hour / "site/scenarios/haus/index.html").read_text(encoding="utf-8")
    assert 'data-verdict="converges"' in page
    rows = (quarter_of_an_hour / "site/scenarios/haus/trajectory.csv").read_text().splitlines()
    assert len(rows) > 5


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: pages are not looked at")
def test_and_its_pages_work_in_a_browser(quarter_of_an_hour: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    pages = quarter_of_an_hour / "site"
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = browser.new_page(color_scheme="light")
        page.goto((pages / "lessons/prices/index.html").as_uri())
        assert page.title() == "Prices - Häuser"
        page.wait_for_selector("gd-stepper input[type=range]", state="attached")
        colour = page.evaluate("getComputedStyle(document.querySelector('.md-header')).backgroundColor")
        assert colour == "rgb(232, 238, 244)", "of its own colours.css"
        page.goto((pages / "scenarios/haus/index.html").as_uri())
        page.locator(".gd-again").scroll_into_view_if_needed()
        page.wait_for_selector(".gd-again[data-outcome]")
        assert "Your browser has computed this run again" in page.inner_text(".gd-again")
        browser.close()
