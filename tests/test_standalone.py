"""`render`: a picture with its words and files, in a folder of one's own, with or without a project."""

from __future__ import annotations

import json
from pathlib import Path

import imageio.v3 as iio
import markdown
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from generator.cli import main
from generator.site.delivery import LIST
from tests import tiny
from tests.test_formulas import Seen

PLAIN = {"trajectory.csv", "run.json", "scenario.toml", "train.py", "train.ipynb"}
FRAGMENTS = {"fragment.md", "fragment.html"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is no project, with three scenario files; commands are typed in it."""
    for id, text in {
        "tiny": tiny.scenario(),
        "slower": tiny.scenario("crawls", rate=0.01, epochs=100, title="Slower"),
        "wrong": tiny.scenario("diverges", title="Not what it says"),
    }.items():
        (tmp_path / f"{id}.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rendered(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["render", *arguments, "--out", "out"])


def names(folder: Path) -> set[str]:
    """All that lies there but the list of it."""
    found = {path.relative_to(folder / "out").as_posix() for path in (folder / "out").rglob("*") if path.is_file()}
    assert found == {LIST, *json.loads((folder / "out" / LIST).read_bytes())}
    return found - {LIST}


def test_a_file_is_drawn_in_both_themes_with_its_words_and_the_files_of_its_run(folder: Path) -> None:
    done = rendered("tiny.toml", "--caption", 'Slow & "steady" <first>')
    assert done.exit_code == 0, done.output
    pictures = {"fit.gif", "fit.dark.gif", "fit.png", "fit.dark.png"}
    assert names(folder) == {*pictures, "alt.txt", *FRAGMENTS, *PLAIN}
    alt = (folder / "out/alt.txt").read_text()
    assert alt.startswith("3 points. The line starts at w = 0, b = 0;")

    seen = Seen(markdown.markdown((folder / "out/fragment.md").read_text(), extensions=["md_in_html"]))
    (image,) = [attrs for tag, attrs in seen.elements if tag == "img"]
    assert (image["src"], image["alt"]) == ("fit.gif", alt.strip())
    assert 'Slow & "steady" <first>' in seen.text


def test_several_runs_are_compared_and_have_a_folder_each(folder: Path) -> None:
    done = rendered("tiny.toml", "slower.toml", "--kind", "race")
    assert done.exit_code == 0, done.output
    pictures = {name for name in names(folder) if "/" not in name} - {"alt.txt", *FRAGMENTS}
    assert {Path(name).suffix for name in pictures} == {".gif", ".png"}
    assert names(folder) - pictures == {
        "alt.txt",
        *FRAGMENTS,
        *(f"{id}/{n}" for id in ("tiny", "slower") for n in PLAIN),
    }
    assert json.loads((folder / "out/slower/run.json").read_text())["verdict"] == "crawls"


def test_a_kind_that_shows_no_run_needs_none(folder: Path) -> None:
    done = rendered("--kind", "cobweb", "--option", "products=[0.5, 2.5]")
    assert done.exit_code == 0, done.output
    assert "ηλ = 0.5" in (folder / "out/alt.txt").read_text()


def test_an_option_of_a_kind_changes_the_picture_and_its_words(folder: Path) -> None:
    assert rendered("tiny.toml", "--kind", "loss_curve", "--option", "scale=log").exit_code == 0
    assert "Loss against epochs, on a logarithmic axis." in (folder / "out/alt.txt").read_text()


def test_a_sweep_is_drawn_of_many_rates_and_its_files_are_those_of_the_run(folder: Path) -> None:
    assert rendered("tiny.toml", "--kind", "sweep").exit_code == 0
    assert names(folder) == {"sweep.png", "sweep.dark.png", "alt.txt", *FRAGMENTS, *PLAIN}


@pytest.mark.parametrize("ending", ["webp", "mp4"])
def test_slides_get_their_format_and_a_still_beside_it(folder: Path, ending: str) -> None:
    if ending == "mp4":
        pytest.importorskip("av", reason="MP4 needs PyAV: pip install 'gradient-descent-frame-by-frame[video]'")
    assert rendered("tiny.toml", "--format", ending).exit_code == 0
    pictures = {f"fit.{ending}", f"fit.dark.{ending}", "fit.png", "fit.dark.png"}
    assert names(folder) == {*pictures, "alt.txt", *FRAGMENTS, *PLAIN}
    plugin = "pyav" if ending == "mp4" else "pillow"
    assert len(list(iio.imiter(folder / f"out/fit.{ending}", plugin=plugin))) > 10
    assert f"fit.{ending}" in (folder / "out/fragment.md").read_text()


@pytest.mark.parametrize(("arguments", "plays"), [((), None), (("--loop",), 0)])
def test_it_plays_once_unless_a_loop_is_asked_for(folder: Path, arguments: tuple[str, ...], plays: int | None) -> None:
    assert rendered("tiny.toml", *arguments).exit_code == 0
    with Image.open(folder / "out/fit.gif") as picture:
        assert picture.info.get("loop") == plays


def test_a_run_that_is_not_what_its_file_expects_is_drawn_and_told(folder: Path) -> None:
    done = rendered("wrong.toml")
    assert done.exit_code == 1
    assert "wrong is expected to be one that diverges, and its run converges" in done.output
    assert "--> wrong.toml:1" in done.output
    assert {"fit.gif", "run.json"} <= names(folder), "it is there to be looked at"


def test_in_a_project_a_run_goes_by_its_id_and_the_project_says_the_words(tmp_path: Path) -> None:
    project = tiny.make(tmp_path / "project")
    alt = project / "templates/en/alt/fit.txt"
    alt.write_text(alt.read_text().replace("points.", "points in all."))
    done = CliRunner().invoke(main, ["--project", str(project), "render", "tiny", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out/alt.txt").read_text().startswith("3 points in all.")


@pytest.mark.parametrize(
    ("arguments", "fault", "remedy"),
    [
        (["tinny.toml"], "there is no such scenario file", "did you mean tiny.toml?"),
        (["tiny"], "'tiny' is no file, and . is no project", "name a file, such as my-own.toml"),
        (["tiny.toml", "tiny.toml", "--kind", "race"], "2 scenarios are called 'tiny'", "a name of its own"),
        (["tiny.toml", "--kind", "fitt"], "there is no kind of figure 'fitt'", "did you mean 'fit'?"),
        (["tiny.toml", "--option", "scale"], "'scale' is no option", "key=value"),
        (["tiny.toml", "--option", "scale=log"], "has no option 'scale'", "it has none"),
        *(
            (["tiny.toml", "--kind", "squares_still", "--option", f"state={state}"], f"no epoch {state}", "leave the")
            for state in (301, 999, 10**12)
        ),
        *(
            (["tiny.toml", "--kind", "loss_curve", "--option", f"scale={value}"], "is nothing that", "'both'")
            for value in ("9" * 5000, "[" * 100_000, "[" * 900 + "]" * 900)
        ),
        (["--kind", "cobweb", "--option", f"products=[{'9' * 4000}]"], "is nothing that 'cobweb' can show", "finite"),
        (["tiny.toml", "--caption", "\udcff"], "U+DCFF", "UTF-8"),
        (["tiny.toml", "--lang", "xx"], "no words for the language 'xx'", "new language xx"),
        (["tiny.toml", "--kind", "loss_curve", "--format", "mp4"], "a still picture does not move", "png"),
        (["tiny.toml", "--kind", "loss_curve", "--loop"], "nothing to loop", "leave the loop out"),
        (["tiny.toml", "--format", "mp4", "--loop"], "mp4 cannot loop", "ask for gif or webp"),
    ],
)
def test_a_mistake_is_refused_before_anything_is_trained_or_written(
    folder: Path, arguments: list[str], fault: str, remedy: str
) -> None:
    done = rendered(*arguments)
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), "no traceback"
    assert fault in done.output
    assert remedy in done.output
    assert len(done.output) < 500
    assert not (folder / "out").exists()
