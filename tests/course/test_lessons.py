"""The twelve lessons: each is listed wherever lessons are, in one order, and is called by its number everywhere."""

from __future__ import annotations

import re
from functools import cache

import pytest
import yaml

from tests.course.there import EDITION, PROJECT, page, speaks_of
from tests.tiny import REPOSITORY

pytestmark = speaks_of(pages=("lessons/eleven-points.md", "lessons/where-next.md"))

LISTS = ("index.md", "lessons/index.md", "teach.md")
PAGES = sorted(path.relative_to(EDITION.pages).as_posix() for path in EDITION.pages.rglob("*.md"))
NUMBERED = [name for name in PAGES if re.fullmatch(r"lessons/(?!index).*\.md", name)]


@cache
def order() -> list[str]:
    """The lessons as the navigation has them."""
    text = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    found = re.findall(r"^ +- (lessons/\S+\.md)$", text, re.MULTILINE)
    return [name for name in found if name != "lessons/index.md"]


def test_every_lesson_is_in_the_navigation() -> None:
    assert sorted(order()) == NUMBERED


@pytest.mark.parametrize("name", NUMBERED)
def test_a_lessons_title_and_heading_begin_with_its_number(name: str) -> None:
    text, number = page(name), order().index(name) + 1
    title, heading = re.search(r"^title: (.*)$", text, re.MULTILINE), re.search(r"^# (.*)$", text, re.MULTILINE)
    assert title
    assert heading
    assert title[1].strip("\"'") == heading[1]
    assert heading[1].startswith(f"{number}. ")


@pytest.mark.parametrize("name", LISTS)
def test_lessons_are_listed_in_their_order_and_by_their_names(name: str) -> None:
    rows = re.findall(r'^  \("([a-z-]+)", "([^"]+)", ', page(name), re.MULTILINE)
    assert [f"lessons/{lesson}.md" for lesson, _ in rows] == order()
    for number, (lesson, title) in enumerate(rows, start=1):
        assert f"\n# {number}. {title}\n" in page(f"lessons/{lesson}.md")


@pytest.mark.parametrize("name", PAGES)
def test_whoever_names_a_lesson_by_its_number_means_the_page_that_is_linked(name: str) -> None:
    for number, target in re.findall(r"\[(?:[Ll]esson )?(\d+)[.:\]][^\]]*?\]?\((?:\S*/)?([a-z-]+\.md)", page(name)):
        if f"lessons/{target}" in order():
            assert order().index(f"lessons/{target}") + 1 == int(number), (number, target)


def test_no_list_gives_away_an_ending() -> None:
    for name in LISTS[:2]:
        rows = re.findall(r'^  \("[a-z-]+", "[^"]+", "([^"]+)"', page(name), re.MULTILINE)
        for what in rows:
            assert not re.search(r"one bottom|not converged|another bowl|same best line|cliff|inf\b", what), what


def test_the_navigation_is_read_as_the_engine_reads_it() -> None:
    nav = yaml.safe_load(re.search(r"^nav:\n(?:[ #].*\n)+", (PROJECT.root / "mkdocs.yml").read_text(), re.MULTILINE)[0])  # type: ignore[index]
    lessons = next(entry["Lessons"] for entry in nav["nav"] if "Lessons" in entry)
    assert lessons[1:] == order()
