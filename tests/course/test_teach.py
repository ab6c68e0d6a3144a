"""What the page for teachers claims, executed."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest

from generator.pages.rendering import Pages
from generator.scenario.reading import load, load_all
from tests.course.there import EDITION, PROJECT, page, scenario
from tests.runs import trained

# --- your-course.md -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "ending"), [("0.03", "diverges"), ("0.001", "crawls")])
def test_of_the_two_rates_to_try_one_keeps_the_promise_and_one_breaks_it(
    rate: str, ending: str, tmp_path: Path
) -> None:
    told = page("your-course.md")
    text = scenario("rate-too-large").text
    assert f"`{rate}`" in told
    path = tmp_path / "rate-too-large.toml"
    path.write_text(text.replace("learning_rate = 0.02", f"learning_rate = {rate}"), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert trained(load(path)).verdict == ending


def test_with_the_rate_that_explodes_sooner_the_lesson_about_it_can_be_written(tmp_path: Path) -> None:
    """Its question still has its answer among its choices, and every epoch that it names has been."""
    text = scenario("rate-too-large").text.replace("learning_rate = 0.02", "learning_rate = 0.03")
    path = tmp_path / "rate-too-large.toml"
    path.write_text(text, encoding="utf-8")
    scenarios = load_all(PROJECT.scenarios) | {"rate-too-large": load(path)}
    pages = Pages(PROJECT, EDITION, scenarios, lambda _, id: trained(scenarios[id]))
    lesson = "lessons/step-too-far.md"
    assert "0.03" in pages.render(lesson, EDITION.pages / lesson)


# --- teach.md -------------------------------------------------------------------------------------------------

# Headings that the page had when it was one long page, by their ids, and that others may have linked; and where what
# stood below each is told now. Those that it still has are not here.
MOVED = {
    "rebuild-it": "your-course.md#from-a-clone",
    "write-a-scenario": "scenario-file.md",
    "a-very-long-run": "large-courses.md#a-very-long-run",
    "use-your-own-data": "your-data.md",
    "your-data-with-its-names": "your-data.md#names-and-units",
    "start-from-this-course": "your-course.md#from-a-clone",
    "a-picture-for-a-slide": "elsewhere.md",
    "show-it-in-a-lesson": "write-a-lesson.md",
    "formulas": "write-a-lesson.md#formulas",
    "host-it": "publish.md",
    "hand-it-out-as-one-file": "hand-out.md",
    "tell-it-its-address": "publish.md#tell-it-its-address",
    "whom-you-trust": "trust.md",
    "a-course-with-hundreds-of-runs": "large-courses.md",
    "check-yourself": "your-data.md#check-yourself",
}
MOVED_FROM_YOUR_COURSE = {
    "what-lies-where": "change-it.md",
    "another-language": "another-language.md",
    "upgrade": "upgrade.md",
}


@pytest.mark.parametrize(("name", "moved"), [("teach.md", MOVED), ("your-course.md", MOVED_FROM_YOUR_COURSE)])
def test_an_address_that_led_to_a_heading_leads_to_the_link_that_leads_on(name: str, moved: dict[str, str]) -> None:
    found = re.findall(r"\[[^\]]+\]\(([^)]+)\)\{ #([a-z-]+) \}", page(name))
    assert {id: target for target, id in found} == moved
    assert len(found) == len(moved), "an id once"


def test_every_page_for_instructors_is_in_the_table_of_jobs() -> None:
    text = (PROJECT.root / "mkdocs.yml").read_text(encoding="utf-8")
    _, found, teach = text.partition("\n  - Teach:\n")
    assert found
    pages = re.findall(r"^ +- ([a-z-]+\.md)$", teach.partition("\n\n")[0], re.MULTILINE)
    table = page("teach.md").partition("## Find your job\n")[2].partition("\n## ")[0]
    assert pages[0] == "teach.md"
    assert [name for name in pages[1:] if f"]({name})" not in table] == []


TAKEN_HOLD_OF = {  # what the table calls it, and what the lesson has
    "the slope and the height of a line": 'touch("line"',
    "one point": 'touch("point"',
    "$w$ along a cut of the loss": 'touch("cut"',
    "the line of three points": 'touch("line", "three-points"',
    "the threshold of a stopping rule": 'touch("stop"',
    "the learning rate": 'touch("rate"',
    "the unit of $x$": 'touch("unit"',
    "the product of rate and curvature": 'touch("product"',
    "the epoch of a run": "step=True",
    "the learning rate of a case": 'touch("rate", "case-',
    "the memory of momentum": 'touch("momentum"',
}


def test_students_take_hold_of_what_the_table_says() -> None:
    rows = re.findall(r'^  \("([a-z-]+)", "[^"]+", "([^"]+)"\),$', page("teach.md"), re.MULTILINE)
    assert len(rows) == 12
    for lesson, what in rows:
        text = page(f"lessons/{lesson}.md")
        assert TAKEN_HOLD_OF[what] in text, lesson
        assert text.index("[= quiz(") < text.index(
            f"[= {TAKEN_HOLD_OF[what]}" if "touch" in TAKEN_HOLD_OF[what] else "step=True"
        ), lesson


@pytest.mark.xdist_group("course")  # which is rendered once
def test_the_minutes_of_the_table_are_those_of_the_lessons_and_none_takes_more_than_twelve(
    course: dict[str, str],
) -> None:
    told = re.findall(r"^\| \d+ \| \[[^\]]+\]\(lessons/[a-z-]+\.md\) \| (\d+) \|", course["teach.md"], re.MULTILINE)
    assert len(told) == 12
    assert all(8 <= int(minutes) <= 12 for minutes in told)
    assert f"{sum(map(int, told))} in all" in course["teach.md"]
