"""Tests of the course: what a section of a module speaks of is the page that its heading names.

So a heading ``# --- lessons/descend.md: stopping`` says of all tests below it that they skip where that page is not in
the course, as `there.speaks_of` says it of a test or of a module.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from generator.build import check
from generator.making.pool import Workers
from generator.making.store import Store
from generator.making.workshop import Options, Workshop
from generator.pages.rendering import Pages
from tests.course.there import EDITION, PROJECT, speaks_of

HEADING = re.compile(r"# --- (\S+\.md)\b")


@cache
def headings(module: Path) -> list[tuple[int, str]]:
    """The line of each heading that names a page, and the page."""
    lines = enumerate(module.read_text(encoding="utf-8").splitlines(), start=1)
    return [(number, found[1]) for number, line in lines if (found := HEADING.match(line))]


def pytest_itemcollected(item: pytest.Item) -> None:
    if isinstance(item, pytest.Function):
        line = item.function.__code__.co_firstlineno
        above = [name for number, name in headings(item.path) if number < line]
        if above:
            item.add_marker(speaks_of(pages=above[-1:]))


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """With every run of the course, trained; nothing is drawn."""
    made = Workshop(check(PROJECT), Store(tmp_path_factory.mktemp("cache")), Options(), Workers(1))
    made.train()
    assert not made.faults
    assert not made.unexpected()
    return made


@pytest.fixture(scope="session")
def course(workshop: Workshop) -> dict[str, str]:
    """Every English page, by its path, as the engine would read it."""
    return Pages(PROJECT, EDITION, workshop.scenarios, workshop.result_of).render_all()
