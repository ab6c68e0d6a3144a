"""What stands at the top of the repository: few things, each of which whoever opens it knows what to do with."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tiny import REPOSITORY

FIXED = {"mkdocs.yml", "docs", "generator", "templates", "tests", "README.md"}
BESIDE = {
    "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile", "constraints.txt", "pyproject.toml",
    "tools", ".ci", ".github", ".gitignore",
}  # fmt: skip


def test_the_top_level_holds_what_is_known_and_nothing_else() -> None:
    try:
        done = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git repository: what was built lies beside what is kept")
    names = {line.split("/")[0] for line in done.stdout.splitlines()}
    editions = {name for name in names if name.startswith("mkdocs.") and name != "mkdocs.yml"}
    assert names >= FIXED
    assert names - editions <= FIXED | BESIDE


# --- What GitHub runs ------------------------------------------------------------------------------------------

WORKFLOWS = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))
ON_MAIN = "github.event_name == 'push' && github.ref == 'refs/heads/main'"


def jobs(file: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"])


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_may_do_nothing_and_each_of_its_jobs_what_it_names(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    for job in jobs(file).values():
        assert job["permissions"] in ({"contents": "read"}, {"pages": "read"}, {"pages": "write", "id-token": "write"})
        assert job["timeout-minutes"] <= 120


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_what_a_stranger_sends_is_built_without_a_secret_or_a_right(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    events = yaml.safe_load(text)[True]  # YAML reads "on" so
    assert set(events) <= {"push", "pull_request"}, "others run a stranger's change with the rights of the owner"
    assert "secrets" not in text.replace("no secret", "")
    assert "github.event." not in text, "a title or a branch's name would become a part of a command"
    assert "head_ref" not in text
    for job in jobs(file).values():
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
            if "upload" in step.get("uses", ""):
                assert step["if"] == ON_MAIN


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_what_may_publish_runs_nothing_of_the_repositorys_and_only_for_the_main_branch(file: Path) -> None:
    for job in jobs(file).values():
        if "write" in job["permissions"].values():
            assert job["if"] == ON_MAIN
            assert [step.get("uses", "").partition("@")[0] for step in job["steps"]] == ["actions/deploy-pages"]
