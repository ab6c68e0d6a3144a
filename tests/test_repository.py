"""What stands at the top of the repository: few things, each of which whoever opens it knows what to do with."""

from __future__ import annotations

import subprocess

import pytest

from tests.tiny import REPOSITORY

FIXED = {"mkdocs.yml", "docs", "generator", "templates", "tests", "README.md"}
BESIDE = {
    "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "constraints.txt", "pyproject.toml", "tools",
    ".ci", ".github", ".gitignore",
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
