"""The course in docs/: its runs and pages, and what a test does that speaks of one which is not there: it skips."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import pytest

from generator.project import Project
from generator.runs.analysis import Run
from generator.scenario.reading import load_all
from generator.scenario.schema import Scenario
from tests.runs import trained_once
from tests.tiny import REPOSITORY

PROJECT = Project.at(REPOSITORY)
EDITION = PROJECT.editions()[0]
SCENARIOS = load_all(PROJECT.scenarios)


def speaks_of(*, pages: Sequence[str] = (), scenarios: Sequence[str] = ()) -> pytest.MarkDecorator:
    """Marks a test, or as ``pytestmark`` a module: it skips where one of these is not in the course."""
    missing = [*_missing(pages, scenarios)]
    return pytest.mark.skipif(bool(missing), reason=f"{' and '.join(missing)} not in this course")


def _missing(pages: Sequence[str], scenarios: Sequence[str]) -> Iterator[str]:
    yield from (f"the page {name} is" for name in pages if not (EDITION.pages / name).is_file())
    yield from (f"the run {id} is" for id in scenarios if id not in SCENARIOS)


def page(name: str) -> str:
    """A page as it is written. The test skips where it is not there."""
    path = EDITION.pages / name
    if not path.is_file():
        pytest.skip(f"the page {name} is not in this course")
    return path.read_text(encoding="utf-8")


def scenario(id: str) -> Scenario:
    """The test skips where it is not there."""
    if id not in SCENARIOS:
        pytest.skip(f"the run {id} is not in this course")
    return SCENARIOS[id]


@cache
def record(id: str) -> Run:
    """A run of the course, trained once. The test skips where it is not there."""
    return trained_once(scenario(id))
