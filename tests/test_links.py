"""A built site is searched for links that lead nowhere."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from generator.site import beforehand, links
from generator.site.links import broken_links


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "lessons").mkdir()
    (tmp_path / "a b.png").write_bytes(b"")
    (tmp_path / "lessons" / "index.html").write_text('<h2 id="why">Why</h2><a href="../#top">up</a><a name="old">')
    (tmp_path / "index.html").write_text('<p id="top"></p>')
    return tmp_path


def faults(site: Path, html: str) -> list[str]:
    (site / "index.html").write_text(f'<p id="top"></p>\n{html}')
    return [fault.fault for fault in broken_links(site)]


@pytest.mark.parametrize(
    "html",
    [
        '<a href="lessons/">',
        '<a href="lessons/index.html#why">',
        '<a href="lessons/#old">',
        '<a href="#top">',
        '<a href="lessons">',
        '<a href="./lessons/../">',
        '<a href="lessons/?print#why">',
        '<a href="#__search">',
        '<img src="a%20b.png" srcset="a%20b.png 1x, a%20b.png 2x">',
        '<a href="https://example.org/nowhere">',
        '<a href="mailto:someone@example.org">',
    ],
)
def test_links_that_lead_somewhere_are_fine(site: Path, html: str) -> None:
    assert faults(site, html) == []


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ('<a href="nowhere/">', "leads to no file"),
        ('<img src="gone.gif">', "leads to no file"),
        ('<img srcset="a%20b.png 1x, gone.png 2x">', "leads to no file"),
        ('<picture><source media="(max-width: 9em)" srcset="gone.png" width="3" height="2">', "leads to no file"),
        ('<script src="gone.js"></script>', "leads to no file"),
        ('<a href="lessons/#because">', "anchor"),
        ('<a href="#bottom">', "anchor"),
        ('<a href="/lessons/">', "absolute"),
        ('<a href="../other/">', "out of the site"),
        ('<a href="lessons/../../">', "out of the site"),
        ('<a href="lessons/#gone">', "anchor"),
    ],
)
def test_links_that_lead_nowhere_are_named_with_their_page_and_line(site: Path, html: str, why: str) -> None:
    [fault] = faults(site, html)
    assert why in fault
    assert broken_links(site)[0].line == 2


@pytest.mark.parametrize("html", ["<![foo y]>", "<![ ]>", "<![foo", "<!x y>", "<!>", "<!DOCTYPE", "<![CDATA[", "<!-"])
def test_a_page_of_ones_own_that_is_hardly_html_is_looked_through_all_the_same(site: Path, html: str) -> None:
    assert faults(site, f'<a href="nowhere/">x</a>{html}') == ["'nowhere/' leads to no file"]


@pytest.mark.parametrize("code", ["latin-1", "utf-16", "utf-8-sig"])
def test_a_page_of_ones_own_may_be_written_in_another_code(site: Path, code: str) -> None:
    (site / "old.html").write_bytes('<p id="top">é</p><a href="index.html#top">'.encode(code))
    assert faults(site, '<a href="old.html#top">') == []


@pytest.mark.parametrize("text", ["`" * 20_000 + "!", "a`" + "`` `" * 5000], ids=["one row", "many rows"])
def test_rows_of_backticks_are_passed_over_in_no_time(text: str) -> None:
    began = time.perf_counter()
    beforehand.NO_PROSE.sub("", text)
    assert time.perf_counter() - began < 1
    assert beforehand.NO_PROSE.sub("-", "a `b` ``c `` [x](y.md) `d`") == "a - - [x](y.md) -"


def test_addresses_of_pictures_are_found_between_any_blanks_in_no_time() -> None:
    began = time.perf_counter()
    assert links.PICTURES.findall(" " * 100_000) == []
    assert time.perf_counter() - began < 1
    assert links.PICTURES.findall(" a.png 1x,\n b.png  2x ,data:image/png;base64,AA 3x, c.png") == [
        "a.png", "b.png", "data:image/png;base64,AA", "c.png",
    ]  # fmt: skip
