"""A page that is served while its site is written, in a real browser: it says what is wrong, then becomes the next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.serving.board import Board
from generator.serving.host import Host, serving
from tests.test_browser import CHROMIUM, browser, expect, sync_api

__all__ = ["browser"]  # a fixture
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: pages are not looked at")

PAGE = "<!doctype html><html><body><h1>{}</h1><details><summary>More</summary>Less</details></body></html>"
HOSTILE = "error: </pre><script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text(PAGE.format("First"))
    with serving(("127.0.0.1", 0), site, Board(), "/") as host:
        yield host


@pytest.fixture
def page(browser: sync_api.Browser) -> Iterator[sync_api.Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.complaints = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
    yield page
    assert page.complaints == []  # type: ignore[attr-defined]
    context.close()


def test_a_page_shows_what_is_wrong_without_losing_what_its_reader_did(host: Host, page: sync_api.Page) -> None:
    host.board.put_up_site()
    page.goto(host.url)
    page.get_by_text("More").click()
    problem = page.locator("pre[data-live='problem']")
    expect(problem).to_be_hidden()
    host.board.put_up(problem=HOSTILE)
    expect(problem).to_have_text(HOSTILE)
    expect(page.get_by_text("Less")).to_be_visible()
    assert problem.locator("*").count() == 0
    assert page.title() != "run"
    host.board.put_up(problem="")
    expect(problem).to_be_hidden()
    expect(page.get_by_text("Less")).to_be_visible()


def test_a_page_is_loaded_again_when_there_is_another_site(host: Host, page: sync_api.Page) -> None:
    host.board.put_up_site()
    page.goto(host.url)
    (host.site / "index.html").write_text(PAGE.format("Second"))
    host.board.put_up_site()
    expect(page.locator("h1")).to_have_text("Second")
    host.board.put_up(problem=HOSTILE)
    expect(page.locator("pre[data-live='problem']")).to_have_text(HOSTILE)
    (host.site / "index.html").write_text(PAGE.format("Third"))
    host.board.put_up_site()
    expect(page.locator("h1")).to_have_text("Third")
    expect(page.locator("pre[data-live='problem']")).to_be_hidden()


def test_the_page_in_place_of_a_site_tells_what_is_done_and_becomes_it(host: Host, page: sync_api.Page) -> None:
    page.goto(host.url)
    host.board.put_up(doing="3/29 <b>fit</b> of tiny")
    expect(page.locator("p[data-live='doing']")).to_have_text("3/29 <b>fit</b> of tiny")
    host.board.put_up(problem=HOSTILE, doing="")
    expect(page.locator("pre[data-live='problem']")).to_have_text(HOSTILE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    host.board.put_up_site()
    expect(page.locator("h1")).to_have_text("First")


def test_many_open_pages_keep_no_other_waiting(host: Host, browser: sync_api.Browser) -> None:
    """A browser has six connections to a host: pages that nobody looks at hold none of them."""
    host.board.put_up_site()
    context = browser.new_context()
    pages = [context.new_page() for _ in range(8)]
    for page in pages:
        page.goto(host.url)
        # Headless pages are all visible: this one goes out of sight as a tab does that another covers.
        page.evaluate(
            "Object.defineProperty(document, 'visibilityState', {value: 'hidden'});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
    pages[0].goto(host.url)
    expect(pages[0].locator("h1")).to_have_text("First")
    context.close()
