"""What a reader has answered is ticked, in a real browser: kept there, for this site, and forgotten when asked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from tests import shared, tiny
from tests.test_browser import CHROMIUM, Open, Visit, browser, expect, served, sync_api, visit

__all__ = ["browser", "visit"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: pages are not looked at")

QUIZ = '[= quiz("{}", 2, {{1: ("One.", "It is too small."), 2: ("Two.", "One and one.")}}) =]'
LESSON = "# NAME\n\n" + QUIZ.format("What is 1 + 1?") + "\n\n" + QUIZ.format("What is 3 − 1?") + "\n"
COURSE = """# The course

<div class="gd-path" markdown="1">

1.  [First](first.md) <small>1 min</small>

    What it is about.

2.  [Second](second.md) <small>2 min</small>

    What that is about.

</div>
"""
TICKED = "You have answered every question here"


def build(project: Path, folders: bool = True) -> None:
    tiny.make(project)
    (project / "docs/en/lessons").mkdir()
    for name, text in {
        "index": COURSE,
        "first": LESSON.replace("NAME", "First"),
        "second": LESSON.replace("NAME", "Second"),
    }.items():
        (project / f"docs/en/lessons/{name}.md").write_text(text, encoding="utf-8")
    config = yaml.safe_load((project / "mkdocs.yml").read_text())
    config["nav"].insert(1, {"Lessons": ["lessons/index.md", "lessons/first.md", "lessons/second.md"]})
    config["repo_url"] = "https://github.com/nobody/tiny"
    config["use_directory_urls"] = folders
    (project / "mkdocs.yml").write_text(yaml.safe_dump(config, sort_keys=False))
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site() -> Path:
    return shared.once("site with ticks", build) / "site"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site.parent) as host:
        yield f"{host}/{site.name}"


def answer(page: sync_api.Page, choice: str = "2", *, questions: int = 2) -> None:
    for number in range(questions):
        quiz = page.locator(".gd-quiz").nth(number)
        quiz.locator(f'input[value="{choice}"]').check()
        quiz.get_by_role("button", name="Check").click()


def ticks(page: sync_api.Page) -> list[str]:
    """The lessons that are ticked."""
    return page.locator(".gd-path li[data-done] a").all_inner_texts()


def calm(reader: Visit) -> None:
    assert reader.complaints == []
    assert reader.page.evaluate("window.violations ?? []") == []


def test_a_lesson_is_ticked_when_its_last_question_is_answered_and_stays_so(visit: Open, address: str) -> None:
    reader = visit("lessons/first/")
    answer(reader.page, questions=1)
    expect(reader.page.locator(".gd-ticked")).to_have_count(0)
    answer(reader.page)
    expect(reader.page.locator(".gd-ticked")).to_have_text(re.compile(TICKED))
    assert reader.page.locator(".gd-ticked").get_attribute("role") == "status"
    for _ in range(2):  # and once more, loaded anew
        reader.page.goto(f"{address}/lessons/")
        assert ticks(reader.page) == ["First"]
        reader.page.reload()
        assert ticks(reader.page) == ["First"]
    assert reader.page.locator(".gd-path li").first.inner_text().split("\n")[0].endswith("done")
    calm(reader)


def test_a_wrong_answer_is_an_answer(visit: Open, address: str) -> None:
    reader = visit("lessons/second/")
    answer(reader.page, "1")
    reader.page.goto(f"{address}/lessons/")
    assert ticks(reader.page) == ["Second"]


def test_the_button_forgets_and_goes_away(visit: Open) -> None:
    reader = visit("lessons/")
    page = reader.page
    assert page.locator(".gd-forget").count() == 0, "there is nothing to forget"
    page.goto(page.url + "first/")
    answer(page)
    page.goto(page.url.removesuffix("first/"))
    page.get_by_role("button", name="Forget what is ticked").click()
    expect(page.locator(".gd-forget")).to_have_count(0)
    assert ticks(page) == []
    page.reload()
    assert ticks(page) == []


def test_a_reader_who_goes_back_sees_the_tick(visit: Open) -> None:
    page = visit("lessons/").page
    page.get_by_role("link", name="First").last.click()
    page.wait_for_url("**/lessons/first/")
    answer(page)
    page.go_back()
    expect(page.locator(".gd-path li[data-done]")).to_have_count(1)


def test_it_is_all_done_with_the_keyboard(visit: Open, address: str) -> None:
    page = visit("lessons/first/").page
    for number in range(2):
        quiz = page.locator(".gd-quiz").nth(number)
        quiz.locator("input").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    expect(page.locator(".gd-ticked")).to_be_visible()
    page.goto(f"{address}/lessons/")
    page.locator(".gd-path a").last.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.gd-forget')")
    page.keyboard.press("Enter")
    expect(page.locator(".gd-path li[data-done]")).to_have_count(0)


def test_another_site_of_the_same_host_has_ticks_of_its_own(visit: Open, site: Path, tmp_path: Path) -> None:
    for name in ("one", "other"):
        shutil.copytree(site, tmp_path / name)
    with served(tmp_path) as host:
        page = visit(f"{host}/one/lessons/first/").page
        answer(page)
        page.goto(f"{host}/other/lessons/")
        assert ticks(page) == []
        page.goto(f"{host}/one/lessons/")
        assert ticks(page) == ["First"]
        stored = page.evaluate("Object.entries({ ...localStorage })")
        assert [pair for pair in stored if pair[0].endswith(".lessons")] == [["/one/.lessons", '["first"]']]


def test_a_site_opened_as_files_ticks_too(visit: Open, site: Path) -> None:
    reader = visit(f"{(site / 'lessons/first/index.html').as_uri()}")
    answer(reader.page)
    expect(reader.page.locator(".gd-ticked")).to_be_visible()
    reader.page.goto((site / "lessons/index.html").as_uri())
    assert ticks(reader.page) == ["First"]


def test_a_site_without_folders_ticks_too(visit: Open, tmp_path: Path) -> None:
    build(tmp_path, folders=False)
    with served(tmp_path / "site") as host:
        page = visit(f"{host}/lessons/second.html").page
        answer(page)
        page.goto(f"{host}/lessons/index.html")
        assert ticks(page) == ["Second"]


DENIED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"


@pytest.mark.parametrize("first", [DENIED, FULL], ids=["denied", "full"])
def test_where_nothing_can_be_kept_questions_are_answered_and_no_tick_is_promised(
    visit: Open, address: str, first: str
) -> None:
    reader = visit("lessons/first/", first=first)
    answer(reader.page)
    expect(reader.page.locator(".gd-reply").last).not_to_be_empty()
    assert reader.page.locator(".gd-ticked").count() == 0
    reader.page.goto(f"{address}/lessons/")
    assert ticks(reader.page) == []
    assert reader.page.locator(".gd-forget").count() == 0
    calm(reader)


@pytest.mark.parametrize("held", ["{", "7", '"first"', "null", '[1, {"first": true}]'])
def test_whatever_else_is_found_in_its_place_is_no_tick(visit: Open, address: str, held: str) -> None:
    reader = visit("lessons/")
    scope = urlsplit(address).path + "/"
    reader.page.evaluate("([key, held]) => localStorage.setItem(key, held)", [f"{scope}.lessons", held])
    reader.page.reload()
    assert ticks(reader.page) == []
    reader.page.goto(f"{address}/lessons/first/")
    answer(reader.page)
    reader.page.goto(f"{address}/lessons/")
    assert ticks(reader.page) == ["First"]
    calm(reader)


def test_on_a_telephone_it_fits_and_the_button_is_large_enough_for_a_finger(visit: Open, address: str) -> None:
    page = visit("lessons/first/", width=390, has_touch=True, is_mobile=True).page
    answer(page)
    expect(page.locator(".gd-ticked")).to_be_visible()
    page.goto(f"{address}/lessons/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(".gd-forget").bounding_box()
    assert box
    assert box["height"] >= 32
    page.locator(".gd-forget").tap()
    expect(page.locator(".gd-path li[data-done]")).to_have_count(0)


def test_without_javascript_there_are_no_ticks_and_no_button(visit: Open) -> None:
    page = visit("lessons/", java_script_enabled=False).page
    assert page.locator(".gd-path li[data-done], .gd-done, .gd-forget").count() == 0
    assert page.locator(".gd-path a").count() == 2


def test_each_page_says_where_a_mistake_is_reported_and_names_itself(visit: Open) -> None:
    for path in ("", "lessons/first/"):
        link = visit(path).page.locator(".gd-report a")
        assert link.inner_text() == "Report a mistake on this page"
        to = urlsplit(link.get_attribute("href") or "")
        assert f"{to.scheme}://{to.netloc}{to.path}" == "https://github.com/nobody/tiny/issues/new"
        assert parse_qs(to.query).get("title", [""]) == [path]
