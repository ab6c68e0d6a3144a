"""A reader's browser shows the texts of scenarios as they are written, and does nothing that they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import hostile
from tests.hostile import NAMED, TEXTS, as_shown
from tests.test_browser import CHROMIUM, Open, address, browser, expect, visit  # noqa: F401  # fixtures, and on our site

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: pages are not looked at")


@pytest.fixture(scope="module")
def site() -> Path:
    return hostile.site()


def test_pages_run_nothing_of_what_their_scenarios_say(visit: Open, address: str) -> None:  # noqa: F811
    opened = visit("index.html", alone=True)
    said: list[str] = []
    opened.page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    for id, text in TEXTS.items():
        opened.page.goto(f"{address}/scenarios/{id}/")
        heading = opened.page.locator("article h1")
        assert heading.evaluate("h => h.firstChild.data") == as_shown(text)
        heading.hover()
        assert opened.page.evaluate("document.title.split(' - ')[0].trim()") in " ".join(text.split())
        assert opened.page.evaluate("typeof document$") == "object", "the theme's own script is at work"
    for id, (label, unit) in NAMED.items():
        opened.page.goto(f"{address}/scenarios/{id}/")
        stepper = opened.page.locator("gd-stepper[role=group]")
        stepper.scroll_into_view_if_needed()
        names = stepper.locator(".gd-panel[data-panel=line] .gd-name").all_text_contents()
        assert {name.strip("\u2068\u2069") for name in names} <= {f"{label} [{unit}]", "x", "y"}
        # x is trained on standardised, and its axis has the numbers of the file: 1, 2 and 4.
        ticks = stepper.locator(".gd-panel[data-panel=line] text[text-anchor=middle]").all_text_contents()
        assert {"1", "2", "3", "4"} <= {*ticks}
        assert " x′ + " in (stepper.locator(".gd-readout").text_content() or "")
    opened.page.goto(f"{address}/notes/")
    for touched in opened.page.locator(".gd-touch").all():  # each is drawn when it is near
        touched.scroll_into_view_if_needed()
        expect(touched.locator("svg")).to_have_count(1)
    assert said == []
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith(address)] == []


def test_the_search_shows_titles_and_makes_no_element_of_them(visit: Open, address: str) -> None:  # noqa: F811
    opened = visit("index.html", alone=True)
    said: list[str] = []
    opened.page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    opened.page.locator(".md-search__input").click()
    opened.page.keyboard.type("onerror")
    title = opened.page.locator(".md-search-result__link h1").filter(has_text="onerror").first
    expect(title).to_have_text(TEXTS["picture-that-fails"])
    inside = opened.page.locator(".md-search-result__list").evaluate(
        "list => [...new Set([...list.querySelectorAll('*')].map(e => e.localName))].sort()"
    )
    assert {"script", "img", "b", "i"}.isdisjoint(inside)
    suggested = opened.page.locator(".md-search__suggest")
    assert suggested.evaluate("e => e.childElementCount") == 0
    assert said == []
    assert [url for url in opened.requests if not url.startswith(address)] == []
