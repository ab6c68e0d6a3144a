"""What a host shows in place of a page that is not there, at any depth, in a real browser under the strict policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts import hosted
from tests.test_address import site as site_called
from tests.test_browser import CHROMIUM, Open, address, browser, expect, until, visit  # noqa: F401  # fixtures

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: pages are not looked at")


@pytest.fixture(scope="module")
def site() -> Path:
    return site_called("below")


@pytest.fixture(scope="module", params=[("at the top", "/"), ("below", "/a/b/")], ids=["at the top", "below a path"])
def host(request: pytest.FixtureRequest) -> Iterator[str]:
    name, path = request.param
    with hosted(site_called(name), path) as there:
        yield there + path


@pytest.mark.parametrize("missing", ["x", "x/y/z", "scenarios/gone/"])
def test_a_missing_page_has_styles_links_and_search(visit: Open, host: str, missing: str) -> None:  # noqa: F811
    answered: dict[str, int] = {}
    page = visit(f"{host}assets/stylesheets/roles.css").page
    page.on("response", lambda response: answered.update({response.url: response.status}))
    page.goto(host + missing)
    assert answered.pop(host + missing) == 404
    expect(page.locator(".md-content h1")).to_have_text("This page is not here")
    assert page.evaluate("getComputedStyle(document.querySelector('.md-header')).position") == "sticky"
    assert "Inter" in page.evaluate("getComputedStyle(document.body).fontFamily")

    page.locator(".md-search__input").click()
    page.keyboard.type("dropped")
    found = page.locator(".md-search-result__link").first
    expect(found).to_be_visible()
    there = found.evaluate("link => link.href")
    assert there.startswith(f"{host}scenarios/")
    assert page.evaluate("violations") == []
    assert {url: status for url, status in answered.items() if status != 200} == {}
    assert all(url.startswith(host) for url in answered)
    page.goto(there)
    expect(page.locator("article h1").first).to_contain_text("Dropped")

    page.goto(host + missing)
    page.locator(".md-content").get_by_role("link", name="Lesson").click()
    expect(page.locator("article h1").first).to_contain_text("A lesson")
    assert page.url == f"{host}lesson/"


def test_the_policy_lets_what_search_engines_are_told_stand(visit: Open, host: str) -> None:  # noqa: F811
    opened = visit(f"{host}lesson/")
    data = opened.page.locator('[type="application/ld+json"]')
    assert data.evaluate("data => JSON.parse(data.textContent).name") == 'A <lesson> & "more"'
    assert opened.page.evaluate("violations") == []
    assert opened.complaints == []


COLOURS = "[...document.querySelectorAll('meta[name=theme-color]')].map(m => [m.media, m.content])"


def test_the_browsers_frame_has_the_colour_of_the_scheme_that_was_chosen(visit: Open, host: str) -> None:  # noqa: F811
    """The first whose medium fits counts: those of the system's schemes go once the reader has chosen another."""
    page = visit(f"{host}lesson/", color_scheme="light").page
    assert page.evaluate(COLOURS)[:2] == [
        ["(prefers-color-scheme: light)", "#fffefb"], ["(prefers-color-scheme: dark)", "#14171c"],
    ]  # fmt: skip
    page.get_by_title("Switch to light").click()
    page.get_by_title("Switch to dark").click()
    dark = f"JSON.stringify({COLOURS}) === JSON.stringify([['', '#14171c']])"
    until(page, dark)
    page.reload()
    until(page, dark)
