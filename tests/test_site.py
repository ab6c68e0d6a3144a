"""The whole road with the real MkDocs: a scenario dropped in, mistakes refused, edits that rebuild what they must."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from generator.making.keys import SOURCE
from generator.site.links import broken_links
from generator.version import __version__
from tests import tiny
from tests.tiny import CSV, POINTS


@pytest.fixture(scope="module")
def built() -> Path:
    return tiny.built()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tiny.copy_of_built(tmp_path / "copy")


# --- What is published -------------------------------------------------------------------------------------


def test_a_scenario_dropped_in_gets_its_page_and_its_place_with_no_other_edit(built: Path) -> None:
    page = (built / "site/scenarios/dropped-in/index.html").read_text()
    assert "Dropped &lt;in&gt;" in page
    assert "Dropped <in>" not in page
    assert 'href="dropped-in/"' in (built / "site/scenarios/index.html").read_text()


def test_a_scenario_publishes_its_products(built: Path) -> None:
    published = {path.name for path in (built / "site/scenarios/tiny").iterdir()}
    assert {"fit.gif", "fit.png", "fit.dark.gif", "fit.dark.png", "trajectory.csv", "run.json", "scenario.toml"} <= (
        published
    )


def test_the_trajectory_and_the_page_tell_the_same_digits(built: Path) -> None:
    rows = list(csv.DictReader(io.StringIO((built / "site/scenarios/tiny/trajectory.csv").read_text())))
    assert rows[1]["epoch"] == "2"
    assert f"The loss of epoch 2 was {rows[1]['loss']}." in (built / "site/index.html").read_text()


def test_run_json_is_strict_and_holds_no_prose(built: Path) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    run = json.loads((built / "site/scenarios/dropped-in/run.json").read_text(), parse_constant=refuse)
    assert run["verdict"] == run["predicted_verdict"] == "diverges"
    assert run["epochs_run"] == 20


def test_the_edit_link_of_a_generated_page_leads_to_its_scenario_file(built: Path) -> None:
    page = (built / "site/scenarios/tiny/index.html").read_text()
    assert "/edit/main/docs/scenarios/tiny.toml" in page
    assert "/edit/main/docs/en/index.md" in (built / "site/index.html").read_text()


def test_the_foot_of_a_page_says_the_version_and_of_a_repository_the_commit(project: Path) -> None:
    page = (project / "site/scenarios/tiny/index.html").read_text()
    assert f"Made with Frame by Frame {__version__}</span>" in page
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    for command in (["init", "-q"], ["add", "docs"], ["commit", "-qm", "All"]):
        subprocess.run(["git", *identity, *command], cwd=project, check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=project, capture_output=True, text=True, check=True).stdout
    for changed in ("", " with changes"):
        assert tiny.typed(project, "build", "--jobs", "1").returncode == 0
        page = (project / "site/scenarios/tiny/index.html").read_text()
        assert f"Frame by Frame {__version__}, from commit {head[:7]}{changed}</span>" in page
        edit(PAGE, "# Tiny", "# Edited")(project) if not changed else None


def test_two_scenarios_that_are_the_same_but_for_their_names_say_their_own_names(project: Path) -> None:
    shutil.copy(project / TOML, project / "docs/scenarios/twin.toml")
    assert tiny.typed(project, "stage", "--jobs", "1").returncode == 0
    staged = project / "build/docs/en/scenarios"
    for id in ("tiny", "twin"):
        assert json.loads((staged / id / "run.json").read_text())["scenario"] == id
    assert (staged / "tiny/fit.gif").read_bytes() == (staged / "twin/fit.gif").read_bytes()


def test_a_bare_mkdocs_build_gives_the_same_pages(project: Path) -> None:
    site = project / "bare"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(site)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for page in ("index.html", "scenarios/tiny/index.html"):
        assert (site / page).read_text() == (project / "site" / page).read_text()
    assert (site / "scenarios/tiny/fit.gif").is_file()
    assert tiny.typed(project, "build", "--site-dir", str(site)).returncode == 0, "it is known as one of ours"


# --- Mistakes, refused before anything is trained ------------------------------------------------------------


def test_what_is_staged_is_built_by_the_engine_alone(project: Path) -> None:
    site = project / "alone"
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "-f",
        str(project / "build/mkdocs.en.yml"),
        "-d",
        str(site),
    ]
    done = subprocess.run(command, cwd=tiny.REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for page in ("index.html", "scenarios/tiny/index.html", "_headers"):
        assert (site / page).read_text() == (project / "site" / page).read_text()


def test_an_author_says_the_policy_in_a_file_of_the_same_name(project: Path) -> None:
    (project / "docs/en/_headers").write_text("/*\n  X-Own: 1\n")
    assert changed_by(project, lambda project: None) == (set(), {"_headers"})
    assert (project / "build/docs/en/_headers").read_text() == "/*\n  X-Own: 1\n"
    assert changed_by(project, lambda project: None) == (set(), set())


def edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def apply(project: Path) -> None:
        text = (project / path).read_text()
        assert old in text
        (project / path).write_text(text.replace(old, new))

    return apply


TOML = "docs/scenarios/tiny.toml"
PAGE = "docs/en/index.md"
MISTAKES = {
    "a typo in a key": (edit(TOML, "epochs", "epoch"), f"{TOML}:13", "did you mean epochs?"),
    "a missing file": (edit(TOML, POINTS, CSV), f"{TOML}:8", "there is no file own.csv"),
    "an unknown scenario in a page": (edit(PAGE, 'run("tiny")', 'run("tinny")'), f"{PAGE}:11", "did you mean 'tiny'?"),
    "an unknown kind of figure": (edit(PAGE, 'figure("tiny")', 'figure("tiny", kind="fitt")'), f"{PAGE}:7", "'fit'"),
    "an unknown name": (edit(PAGE, "loss_table(", "losstable("), f"{PAGE}:9", "did you mean 'loss_table'?"),
    "a broken expression": (edit(PAGE, "loss_at(2) =]", "loss_at(2 =]"), f"{PAGE}:11", "[= … =]"),
}  # fmt: skip


@pytest.mark.parametrize("command", ["check", "build"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_place_and_remedy_before_anything_is_trained(
    tmp_path: Path, mistake: str, command: str
) -> None:
    make, place, remedy = MISTAKES[mistake]
    project = tiny.make(tmp_path)
    make(project)
    done = tiny.typed(project, command)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"--> {project / place}" in done.stderr
    assert remedy in done.stderr
    assert not (project / "build" / "cache").exists()


def test_an_epoch_that_the_run_does_not_have_is_refused_with_its_line(project: Path) -> None:
    edit(PAGE, "loss_at(2)", "loss_at(301)")(project)
    done = tiny.typed(project, "stage", "--jobs", "1")
    assert done.returncode == 1
    assert f"--> {project / PAGE}:11" in done.stderr
    assert "epochs 1 to 300" in done.stderr


def test_a_run_that_does_not_show_what_it_promises_fails_the_build_and_says_why(project: Path) -> None:
    edit(TOML, 'expect = "converges"', 'expect = "diverges"')(project)
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 1
    assert f"--> {project / TOML}:1" in done.stderr
    assert "its run converges" in done.stderr
    assert 'or expect = "converges"' in done.stderr


def test_a_broken_link_fails_the_build_and_leaves_the_old_site(project: Path) -> None:
    old = (project / "site/index.html").read_text()
    edit(PAGE, "# Tiny", '# Tiny\n\n<a href="gone.html">gone</a>')(project)
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 1
    assert "gone.html" in done.stderr
    assert (project / "site/index.html").read_text() == old


def test_a_broken_link_takes_nothing_of_the_hosts_and_leaves_nothing_half_done(project: Path) -> None:
    (project / "site/CNAME").write_text("example.org")
    edit(PAGE, "# Tiny", '# Tiny\n\n<a href="gone.html">gone</a>')(project)
    assert tiny.typed(project, "build", "--jobs", "1").returncode == 1
    assert (project / "site/CNAME").read_text() == "example.org"
    assert not (project / ".site.frame-by-frame").exists()


# --- What an edit makes anew ---------------------------------------------------------------------------------


def stamps(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


def changed_by(
    project: Path, change: Callable[[Path], object], code: Path = tiny.REPOSITORY
) -> tuple[set[str], set[str]]:
    """Apply the change and stage, with the generator in the folder ``code``: what was made, and which files written."""
    before = stamps(project / "build/docs/en")
    change(project)
    if code == tiny.REPOSITORY:
        done = tiny.typed(project, "stage", "--jobs", "1")
    else:
        done = tiny.generator(project, "stage", "--jobs", "1", code=code)
    assert done.returncode == 0, done.stderr
    after = stamps(project / "build/docs/en")
    made = {task["name"] for task in json.loads((project / "build/timings.json").read_text())["tasks"]}
    return made, {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def pictures(*ids: str) -> set[str]:
    return {f"{kind} of {id}" for kind in ("fit", "filmstrip") for id in ids}


def files(*ids: str) -> set[str]:
    return {f"files of {id}" for id in ids}


def amend(path: str) -> Callable[[Path], None]:
    """An edit that changes nothing but the file."""

    def apply(folder: Path) -> None:
        with (folder / path).open("a") as file:
            file.write("\n# amended\n")

    return apply


ALL = ("tiny", "dropped-in")
OTHER = "docs/scenarios/dropped-in.toml"
TABLE = "start = { w = 0.0, b = 0.0 }\n\n[figure]\ntable_epochs = [1, 7]"
IN_PROJECT: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "nothing": (lambda project: None, set()),
    "a page": (edit(PAGE, "# Tiny", "# Small"), set()),
    "another number on a page": (edit(PAGE, "loss_at(2)", "loss_at(3)"), set()),
    "another picture on a page": (edit(PAGE, 'figure("tiny")', 'figure("tiny", kind="modes")'), {"modes of tiny"}),
    "a template of a page": (edit("templates/loss_table.md", "words.labels.epoch", '"Epoch"'), set()),
    "the template of the take-home script": (amend("templates/en/train.py"), files(*ALL)),
    "a word": (edit("templates/en/words.toml", '"Answer"', '"The answer"'), set()),
    "an alt text": (edit("templates/en/alt/fit.txt", "points.", "points in all."), set()),
    "the theme": (edit("mkdocs.yml", "Home", "Start"), set()),
    "a style sheet": (lambda project: (project / "docs/assets/stylesheets/site.css").write_text("p {}"), set()),
    "a rate": (edit(OTHER, "0.3", "0.35"), {"dropped-in", *pictures("dropped-in"), *files("dropped-in")}),
    "a number in a data file": (
        edit("docs/scenarios/own.csv", "4,5.5", "4,6"), {"dropped-in", *pictures("dropped-in"), *files("dropped-in")},
    ),
    "a comment in a data file": (edit("docs/scenarios/own.csv", "1,2", "1, 2.0"), set()),
    "a comment in a scenario": (edit(TOML, "[training]", "# the plan\n[training]"), files("tiny")),
    "a title": (edit(TOML, "Tiny", "Small"), files("tiny")),
    "epochs in a table": (edit(TOML, "start = { w = 0.0, b = 0.0 }", TABLE), {*pictures("tiny"), *files("tiny")}),
    "the name of a scenario": (  # its numbers and pictures stay what they were; run.json says the name
        lambda project: (project / OTHER).rename(project / "docs/scenarios/renamed.toml"),
        files("renamed"),
    ),
}  # fmt: skip
# Which files are in whose key, tests/test_keys.py says; here the whole road is gone.
IN_GENERATOR: dict[str, tuple[str, set[str]]] = {
    "how a figure is drawn": ("generator/figures/kinds/fit.py", pictures(*ALL)),
    "what theory says": ("generator/runs/theory.py", {*pictures(*ALL), *files(*ALL)}),  # of runs that stay as they are
}


@pytest.mark.parametrize("what", IN_PROJECT)
def test_an_edit_makes_anew_exactly_what_depends_on_it(project: Path, what: str) -> None:
    change, expected = IN_PROJECT[what]
    made, _ = changed_by(project, change)
    assert made == expected


@pytest.mark.parametrize("what", IN_GENERATOR)
def test_an_edit_of_the_generator_makes_anew_exactly_what_depends_on_it(
    project: Path, tmp_path: Path, what: str
) -> None:
    edited, expected = IN_GENERATOR[what]
    code = tmp_path / "code"
    shutil.copytree(SOURCE, code / "generator", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("templates", "docs/assets"):
        shutil.copytree(tiny.REPOSITORY / folder, code / folder)
    amend(edited)(code)
    made, _ = changed_by(project, lambda _: None, code)
    assert made == expected


def test_no_change_writes_nothing(project: Path) -> None:
    assert changed_by(project, lambda _: None) == (set(), set())


def test_a_page_edit_writes_that_page_alone(project: Path) -> None:
    assert changed_by(project, edit(PAGE, "# Tiny", "# Small")) == (set(), {"index.md"})


def test_a_scenario_edit_writes_its_own_files_alone(project: Path) -> None:
    _, written = changed_by(project, edit(OTHER, "0.3", "0.35"))
    assert all(name.startswith("scenarios/dropped-in/") for name in written)
    assert {"scenarios/dropped-in/fit.gif", "scenarios/dropped-in/run.json"} <= written


def test_a_comment_in_a_scenario_writes_the_file_it_is_in_and_the_page_that_shows_it(project: Path) -> None:
    _, written = changed_by(project, edit(TOML, "[training]", "# the plan\n[training]"))
    assert written == {"scenarios/tiny/scenario.toml", "scenarios/tiny/index.md"}


def test_a_staged_file_that_was_tampered_with_is_put_right(project: Path) -> None:
    staged = project / "build/docs/en/scenarios/tiny/trajectory.csv"
    right = staged.read_bytes()
    staged.write_bytes(right.replace(b"1", b"2"))
    assert tiny.typed(project, "stage", "--jobs", "1").returncode == 0
    assert staged.read_bytes() == right


def test_a_scenario_that_goes_takes_its_files_along(project: Path) -> None:
    (project / "docs/scenarios/dropped-in.toml").unlink()
    assert tiny.typed(project, "build", "--jobs", "1").returncode == 0
    assert not (project / "build/docs/en/scenarios/dropped-in").exists()
    assert not (project / "site/scenarios/dropped-in").exists()


def test_a_warm_build_imports_nothing_that_trains_draws_or_reads_scenarios(project: Path) -> None:
    done = tiny.typed(project, "build", "--jobs", "1")  # a copy does not believe what came along with it
    assert done.returncode == 0, done.stderr
    program = (
        "import sys; from generator.cli import main\n"
        f"try: main(['--project', {str(project)!r}, 'build'])\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'torch', 'matplotlib', 'imageio', 'numpy', 'pydantic'} & sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "cached" in done.stdout


def test_only_makes_the_named_scenario_and_takes_the_rest_from_the_cache(project: Path) -> None:
    edit("docs/scenarios/dropped-in.toml", "0.3", "0.35")(project)
    edit(TOML, "0.1", "0.12")(project)
    done = tiny.typed(project, "stage", "--jobs", "1", "--only", "dropped-in")
    assert done.returncode == 1
    assert "tiny is not in the cache" in done.stderr
    assert tiny.typed(project, "stage", "--jobs", "1", "--only", "dropped-in", "--only", "tiny").returncode == 0


def test_the_number_of_jobs_changes_no_byte(project: Path) -> None:
    before = {name: (project / "build/docs/en" / name).read_bytes() for name in stamps(project / "build/docs/en")}
    done = tiny.generator(project, "stage", "--force", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    after = {name: (project / "build/docs/en" / name).read_bytes() for name in stamps(project / "build/docs/en")}
    assert before == after


# --- Builds that are disturbed -------------------------------------------------------------------------------


def begin_build(project: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "generator", "--project", str(project), "build", "--jobs", "1"]
    return subprocess.Popen(command, cwd=tiny.REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end_well(project: Path, builds: list[subprocess.Popen[str]]) -> None:
    """All of them succeed, the work was done once, the site is whole, and nothing half done lies about."""
    said = [build.communicate(timeout=300) for build in builds]
    assert [build.returncode for build in builds] == [0] * len(builds), said
    assert sum(not re.search("^0 tasks", out, re.MULTILINE) for out, _ in said) == 1, "the others find the work done"
    assert broken_links(project / "site") == []
    assert {path.name for path in project.iterdir()} - {".site.frame-by-frame"} == {
        "build", "docs", "mkdocs.yml", "site", "templates",
    }  # fmt: skip
    assert not (project / ".site.frame-by-frame/new").exists()
    assert {path.name for path in (project / "build").iterdir()} == {
        "cache", "docs", "lock", "mkdocs.en.yml", "staged.json", "timings.json",
    }  # fmt: skip
    assert {path.suffix for path in project.glob("build/cache/*/*")} == {".zip"}


def test_two_builds_at_once_take_turns_and_both_succeed(project: Path) -> None:
    """Whoever has the lock is at work; here the test has it first, until both builds have said that they wait."""
    edit(OTHER, "0.3", "0.35")(project)
    with FileLock(project / "build/lock"):
        builds = [begin_build(project) for _ in range(2)]
        first_lines = [build.stderr.readline() for build in builds if build.stderr]
    assert all("waiting" in line for line in first_lines), first_lines
    end_well(project, builds)


def test_two_first_builds_at_once_make_everything_once(tmp_path: Path) -> None:
    """However they meet: neither has anything to begin with, not even the folder that the lock lies in."""
    project = tiny.make(tmp_path / "cold")
    end_well(project, [begin_build(project), begin_build(project)])


def test_a_build_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    project = tiny.make(tmp_path)  # cold: the record of tiny is what the killed build leaves
    # The long one is still at work when the other one's record is there.
    (project / "docs/scenarios/zz-long.toml").write_text(tiny.scenario("converges", epochs=900_000))
    command = [sys.executable, "-m", "generator", "--project", str(project), "build", "--jobs", "2"]
    build = subprocess.Popen(command, cwd=tiny.REPOSITORY, stderr=subprocess.DEVNULL)
    while not list(project.glob("build/cache/*/*.zip")):
        assert build.poll() is None, "it ended before the long one was killed"
        time.sleep(0.05)
    build.kill()
    build.wait()
    assert not (project / "site").exists()

    (project / "docs/scenarios/zz-long.toml").write_text(tiny.scenario("converges", epochs=200))
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert "1/1 zz-long" in done.stderr, "the record that was there is not made again"
    assert (project / "site/scenarios/zz-long/fit.gif").exists()
