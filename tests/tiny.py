"""A tiny project for tests: two pages, short scenarios, the real templates, theme and configuration."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from click.testing import CliRunner

from generator.cli import main
from tests import shared

REPOSITORY = Path(__file__).parent.parent

SCENARIO = """\
expect = "{expect}"

[title]
en = "{title}"

[data]
source = "points"
x = [1.0, 2.0, 4.0]
y = [2.0, 3.0, 5.5]

[training]
learning_rate = {rate}
epochs = {epochs}
start = {{ w = 0.0, b = 0.0 }}
"""


def scenario(expect: str = "converges", rate: float = 0.1, epochs: int = 300, title: str = "Tiny") -> str:
    return SCENARIO.format(expect=expect, rate=rate, epochs=epochs, title=title)


FRONT = """\
---
title: Home
---

# Tiny

[= figure("tiny") =]

[= loss_table("tiny", epochs=[1, 2, 300]) =]

The loss of epoch 2 was [= run("tiny").loss_at(2) =].
"""

GALLERY = """\
---
title: Scenarios
---

# Scenarios

[% for record in gallery() %]
- [[= record.scenario.title_in("en") =]]([= record.id =]/index.md)
[% endfor %]
"""


def make(folder: Path) -> Path:
    """Lay the project out; its root is the folder."""
    config = yaml.safe_dump(
        {
            "INHERIT": str(REPOSITORY / "mkdocs.yml"),
            "site_name": "Tiny",
            "repo_url": "https://example.org/tiny",
            "edit_uri": "edit/main/docs/en/",
            "nav": [{"Home": "index.md"}, {"Scenarios": ["scenarios/index.md"]}],
            "theme": {"custom_dir": "templates/overrides"},
            "watch": ["docs", "templates"],
            "hooks": [str(REPOSITORY / "generator" / "site" / "hook.py")],
        },
        sort_keys=False,
    )
    files = {
        "mkdocs.yml": config,
        "docs/en/index.md": FRONT,
        "docs/en/scenarios/index.md": GALLERY,
        "docs/scenarios/tiny.toml": scenario(),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for folder_of_ours in ("templates", "docs/assets"):
        shutil.copytree(REPOSITORY / folder_of_ours, folder / folder_of_ours)
    return folder


POINTS = 'source = "points"\nx = [1.0, 2.0, 4.0]\ny = [2.0, 3.0, 5.5]'
CSV = 'source = "csv"\nfile = "own.csv"\nx = "a"\ny = "b"'
DROPPED_IN = scenario("diverges", rate=0.3, epochs=20, title="Dropped <in>").replace(POINTS, CSV)


def drop_in(project: Path) -> Path:
    """One more scenario file, its data beside it, and no other edit."""
    (project / "docs/scenarios/dropped-in.toml").write_text(DROPPED_IN)
    (project / "docs/scenarios/own.csv").write_text("a,b\n1,2\n2,3\n4,5.5\n")
    return project


def built() -> Path:
    """The tiny project with a scenario dropped in, built once in a run of the tests: to be read or copied."""

    def build(folder: Path) -> None:
        done = generator(drop_in(make(folder)), "build", "--jobs", "1")
        assert done.returncode == 0, done.stdout + done.stderr

    return shared.once("tiny", build)


def copy_of_built(folder: Path) -> Path:
    """One that a test may change; its cache is warm."""
    return Path(shutil.copytree(built(), folder))


def make_warm(folder: Path) -> Path:
    """As `make`, and ``tiny`` is trained and drawn already: for a test that is about something else."""
    project = make(folder)
    shutil.copytree(built() / "build/cache", project / "build/cache")
    return project


def typed(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The real command in this very process, which has loaded long ago what takes a process of its own seconds."""
    done = CliRunner().invoke(main, ["--project", str(project), *arguments])
    assert isinstance(done.exception, SystemExit | None), f"no traceback, but {done.exception!r}"
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def generator(
    project: Path, *arguments: str, timeout: float = 300, code: Path = REPOSITORY, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The real command in a process of its own, of the generator in the folder ``code``."""
    command = [sys.executable, "-m", "generator", "--project", str(project), *arguments]
    return subprocess.run(
        command, cwd=code, env=os.environ | environment, capture_output=True, text=True, timeout=timeout, check=False
    )
