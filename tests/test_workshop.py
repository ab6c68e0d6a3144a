"""What cannot be made does not stop the rest: every failure is reported at the end, and the next build goes on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from generator.faults import Fault
from generator.making import keys
from generator.making.pool import Workers
from generator.making.store import Store
from generator.making.workshop import Options, Workshop
from generator.project import Project
from generator.scenario.reading import load_all
from tests import tiny

TOO_LARGE = tiny.scenario(epochs=40).replace("[1.0, 2.0, 4.0]", "[1e38, 2e38, 3e38]") + "\n[input]\nscale = 10.0\n"
UNEXPECTED = tiny.scenario("diverges", epochs=200)


def made(project: Path) -> set[str]:
    """The names of what the last build made."""
    return {task["name"] for task in json.loads((project / "build/timings.json").read_text())["tasks"]}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_every_failure_is_reported_with_its_scenario_and_the_rest_is_completed(tmp_path: Path, jobs: str) -> None:
    project, build = tiny.make_warm(tmp_path), tiny.typed if jobs == "1" else tiny.generator
    scenarios = project / "docs/scenarios"
    (scenarios / "too-large.toml").write_text(TOO_LARGE)
    (scenarios / "too-large-as-well.toml").write_text(TOO_LARGE.replace("40", "41"))
    (scenarios / "unexpected.toml").write_text(UNEXPECTED)
    done = build(project, "build", "--jobs", jobs)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for id in ("too-large", "too-large-as-well"):
        assert f"error: x grows beyond float32 before training starts\n  --> {scenarios}/{id}.toml" in done.stderr
    assert "unexpected is expected to be one that diverges, and its run converges" in done.stderr
    assert done.stderr.count("error: ") == 3, "pages that need those runs are not to blame"
    assert not (project / "site").exists()

    # Mended, only what failed is made: the rest was drawn already, what was merely unexpected too.
    for id in ("too-large", "too-large-as-well"):
        (scenarios / f"{id}.toml").unlink()
    (scenarios / "unexpected.toml").write_text(UNEXPECTED.replace("diverges", "converges"))
    done = build(project, "build", "--jobs", jobs)
    assert done.returncode == 0, done.stderr
    assert made(project) == {"files of unexpected"}, "which holds the text of the scenario"


def test_a_page_that_is_wrong_by_itself_is_reported_before_anything_is_drawn(tmp_path: Path) -> None:
    project = tiny.make(tmp_path)
    page = project / "docs/en/index.md"
    page.write_text(page.read_text().replace("loss_at(2)", "loss_at(301)"))
    done = tiny.typed(project, "stage", "--jobs", "1")
    assert done.returncode == 1
    assert f"--> {page}:11" in done.stderr
    assert len(list(project.glob("build/cache/*/*.zip"))) == 1, "the run alone"


def workshop(project: Path, options: Options | None = None) -> Workshop:
    scenarios = load_all(Project.at(project).scenarios)
    return Workshop(scenarios, Store(project / "build/cache"), options or Options(), Workers(1))


def test_results_that_pages_name_are_computed_with_the_runs(tmp_path: Path) -> None:
    project = tiny.make(tmp_path)
    page = project / "docs/en/index.md"
    asks = '\n[= figure("tiny", kind="sweep") =]\n\n[= ladder("tiny").largest_relative_difference =]\n'
    page.write_text(page.read_text() + asks)
    done = tiny.generator(project, "stage", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert {"1/3", "2/3", "3/3"} <= set(done.stderr.split()), "together, not one by one while pages wait"
    assert {"tiny", "sweep of tiny", "ladder of tiny"} <= made(project)


def test_what_a_page_computes_the_name_of_is_computed_when_it_is_asked_for(tmp_path: Path) -> None:
    here = workshop(tiny.make(tmp_path))
    assert here.result_of("sweep", "tiny").epochs == 5000
    assert [effort.name for effort in here.efforts] == ["sweep of tiny"]
    assert here.result_of("sweep", "tiny") is here.result_of("sweep", "tiny")


def test_a_cache_that_is_emptied_in_the_middle_of_a_build_costs_time_only(tmp_path: Path) -> None:
    here = workshop(tiny.make(tmp_path))
    here.train()
    shutil.rmtree(here.store.folder)
    assert here.record_of("tiny").epochs_run == 300
    assert [effort.name for effort in here.efforts] == ["tiny", "tiny"]


def test_nothing_is_kept_that_an_edited_generator_may_have_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys are those of the code as it was when the build began."""
    code = tmp_path / "generator"
    shutil.copytree(keys.SOURCE, code)
    monkeypatch.setattr(keys, "SOURCE", code)
    here = workshop(tiny.make(tmp_path / "project"))
    (code / "regression.py").write_text("# saved by an editor")
    with pytest.raises(Fault, match="edited while it was at work"):
        here.train()
    assert not list(here.store.folder.glob("*/*.zip"))
