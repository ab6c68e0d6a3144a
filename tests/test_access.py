"""Whoever does not see a page, has no mouse, or a slow connection: what axe-core finds, what is told, what is sent."""

from __future__ import annotations

import gzip
import re
from importlib import resources
from pathlib import Path
from typing import Any

import markdown
import pytest

from tests.test_browser import (  # noqa: F401  # fixtures
    PAGES,
    Open,
    address,
    browser,
    expect,
    pytestmark,
    site,
    until,
    visit,
)

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# axe-core does not count MathML as text: a column that a formula names has a name.
FOUND = """async () => (await axe.run({resultTypes: ["violations"]})).violations
    .map(({id, nodes}) => [id, nodes.map((node) => node.html)
        .filter((html) => id !== "empty-table-header" || !html.includes("<math"))])
    .filter(([, nodes]) => nodes.length)"""


def found(page: Any) -> Any:
    return page.evaluate(FOUND)


def answer_and_open_all(page: Any) -> None:
    page.evaluate("""() => {
        for (const quiz of document.querySelectorAll(".gd-quiz")) {
            quiz.elements.choice[0].checked = true;
            quiz.querySelector("button").click();
        }
        for (const details of document.querySelectorAll("details")) details.open = true;
    }""")


def search(page: Any, text: str) -> None:
    if page.viewport_size["width"] < 960:
        page.locator("label[for=__search].md-header__button").click()
    page.locator(".md-search__input").click()
    page.keyboard.type(text)
    expect(page.locator(".md-search-result__item").first).to_be_visible()


# --- axe-core ----------------------------------------------------------------------------------------------


# A look takes half a second: the lesson, which has one of everything, is looked at in each, and each other page in one.
@pytest.mark.parametrize(
    ("width", "scheme", "other"),
    [(1280, "light", ""), (1280, "dark", "cards/"), (320, "light", "scenarios/"), (320, "dark", "scenarios/tiny/")],
)
def test_axe_finds_nothing_in_any_state_of_a_page(visit: Open, width: int, scheme: str, other: str) -> None:  # noqa: F811
    """As it is, with its quizzes answered and all of it open, and with the search open."""
    assert other in PAGES
    reader = visit("lesson/", width=width, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    reader.page.evaluate(AXE)
    assert found(reader.page) == []
    answer_and_open_all(reader.page)
    assert found(reader.page) == []
    search(reader.page, "fall")
    assert found(reader.page) == []

    page = visit(other, width=width, reader=reader).page
    page.evaluate(AXE)
    answer_and_open_all(page)
    assert found(page) == []


def test_axe_finds_what_is_wrong(visit: Open) -> None:  # noqa: F811
    page = visit("lesson/", bypass_csp=True).page
    page.evaluate(AXE)
    page.evaluate("document.querySelector('h1').innerHTML = '<img src=\"data:,\"><span>Grey</span>'")
    page.evaluate("document.querySelector('h1 span').attributeStyleMap.set('color', '#ccc')")
    assert {name for name, _ in found(page)} >= {"image-alt", "color-contrast"}


# --- What is told ------------------------------------------------------------------------------------------


def test_the_tree_of_a_lesson_has_what_its_markdown_says(site: Path, visit: Open) -> None:  # noqa: F811
    """Headings in their order, the picture with its text, the question with its choices, the table with its columns."""
    page = visit("lesson/", reduced_motion="reduce").page
    tree = page.locator("article").aria_snapshot()
    written = (site.parent / "build/docs/en/lesson.md").read_text(encoding="utf-8")

    headings = re.findall(r"^(#+) (.+)$", written, re.MULTILINE)
    told = re.findall(r'- heading "(.+?)(?: Permanent link)?"(?: \[level=(\d)\])', tree)
    assert [(name.removesuffix(" ¶"), int(level)) for name, level in told] == [(name, len(n)) for n, name in headings]

    assert re.search(r'- group "Will .+ fall\?"', tree)
    question = page.locator(".gd-quiz").aria_snapshot()
    assert sorted(re.findall(r'- radio "(.+?)"', question)) == ["It falls.", "It grows."]
    assert 'button "Check"' in tree
    rows = [line for line in written.splitlines() if re.match(r"\|.*\|$", line)]
    columns = [cell.strip() for cell in rows[0].strip("|").split("|")]
    named = [cell for cell in columns if "$" not in cell and "<" not in cell]
    for name in named:
        assert f'- columnheader "{name}"' in tree
    assert tree.count("- columnheader") == len(columns)
    alt = page.locator(".gd-figure img.gd-light:not(.gd-filmstrip)").first.get_attribute("alt")
    assert alt
    assert alt[:40] in tree


def test_cells_that_name_a_row_or_a_column_say_so_and_empty_ones_name_nothing() -> None:
    def html(text: str) -> str:
        made = markdown.markdown(text, extensions=["tables", "generator.pages.tables"])
        return re.sub(r"\s+(?=<)", "", made)

    named = html("| | steep | flat |\n|---|--:|--:|\n| *error* | 1 | 2 |\n| | 3 | 4 |\n")
    assert named.count('<th scope="row"><em>error</em></th>') == 1
    assert len(re.findall("<th[^>]* scope=.col.>", named)) + len(re.findall("<th scope=.col.[^>]*>", named)) == 2
    assert named.count("<td></td>") == 2
    assert "<th></th>" not in named
    plain = html("| epoch | loss |\n|--|--|\n| 1 | 2 |\n")
    assert '<th scope="col">epoch</th><th scope="col">loss</th>' in plain
    assert "row" not in plain


def test_how_many_pages_were_found_is_said(visit: Open) -> None:  # noqa: F811
    page = visit("").page
    said = page.locator(".md-search-result__meta[role=status]")
    expect(said).to_be_attached()
    search(page, "fall")
    expect(said).to_contain_text("matching document")


# --- The keyboard, and a thumb -----------------------------------------------------------------------------

COVERED = """() => {
    const has = document.activeElement, box = has.getBoundingClientRect();
    const header = document.querySelector(".md-header").getBoundingClientRect().bottom;
    if (has === document.body || has.closest(".md-header, .md-sidebar, .md-skip")) return null;
    return box.top < header || box.bottom > innerHeight ? [has.outerHTML.slice(0, 90), box.top, box.bottom] : null;
}"""


def test_with_the_keyboard_everything_is_reached_and_nothing_with_the_focus_lies_under_the_header(
    visit: Open,  # noqa: F811
) -> None:
    """Forwards, and from the end back, where a browser scrolls no further than it must."""
    page = visit("lesson/", reduced_motion="reduce").page
    expect(page.locator(".gd-player")).to_be_attached()
    for key, start in (("Tab", "scrollTo(0, 0)"), ("Shift+Tab", "scrollTo(0, 1e6)")):
        page.evaluate(start)
        for _ in range(60):
            page.keyboard.press(key)
            assert page.evaluate(COVERED) is None
            page.evaluate("(window.passed ??= new Set()).add(document.activeElement)")
            if page.evaluate("document.activeElement === document.body"):
                break
    # Of choices that exclude each other the arrow keys reach the others.
    controls, missed = page.evaluate("""() => {
        const all = [...document.querySelectorAll("article :is(button, input, [tabindex]):not([tabindex='-1'])")]
            .filter((e) => e.checkVisibility());
        const names = new Set([...passed].filter((e) => e.type === "radio").map((e) => e.name));
        return [all.length, all.filter((e) => !passed.has(e) && !names.has(e.name)).map((e) => e.outerHTML)];
    }""")
    assert controls > 5
    assert missed == []


@pytest.mark.parametrize("width", [1280, 320])
def test_every_link_of_the_navigation_is_24_pixels_high(visit: Open, width: int) -> None:  # noqa: F811
    page = visit("lesson/", width=width).page
    if width < 1280:
        page.locator("label[for=__drawer].md-header__button").click()
        until(page, "document.querySelector('.md-sidebar--primary').getBoundingClientRect().left === 0")
    sizes = page.evaluate("""[...document.querySelectorAll(
            "a.md-nav__link, a.md-tabs__link, .gd-player :is(button, input), .gd-quiz .md-button, .md-header__button")]
        .filter((e) => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().width)
        .map((e) => [e.className || e.type, e.getBoundingClientRect().height])""")
    assert len(sizes) > 5
    assert [size for size in sizes if size[1] < 24] == []


# --- What is sent ------------------------------------------------------------------------------------------

MOST = 220_000  # bytes on the wire of what a page brings besides its pictures; with them it may take 350 kB
IMAGES = (".png", ".gif", ".woff2")


def test_what_a_page_brings_besides_its_pictures_is_light_and_nothing_is_sent_twice(site: Path, visit: Open) -> None:  # noqa: F811
    for path in ("", "lesson/"):
        reader = visit(path, width=390, alone=True)
        reader.page.wait_for_load_state("networkidle")
        names = [url.partition(f"/{site.name}/")[2].partition("?")[0] for url in reader.requests if "://" in url]
        assert len(names) == len({*names})
        assert "search/search_index.json" not in names
        names = [name for name in names if not name.startswith("scenarios/")]
        files = [site / name if name and not name.endswith("/") else site / name / "index.html" for name in names]
        sent = [file.read_bytes() for file in files]
        sizes = [
            len(data) if file.name.endswith(IMAGES) else len(gzip.compress(data, 6))
            for file, data in zip(files, sent, strict=True)
        ]
        assert sum(sizes) < MOST, str(sorted(zip(sizes, names, strict=True)))


@pytest.mark.parametrize("begin", ["key", "click", "address"])
def test_the_index_of_the_search_comes_when_somebody_searches(visit: Open, begin: str) -> None:  # noqa: F811
    reader = visit("lesson/?q=fall" if begin == "address" else "lesson/", alone=True)
    page = reader.page
    if begin != "address":
        page.wait_for_load_state("networkidle")
        assert not any(url.endswith("search_index.json") for url in reader.requests)
        if begin == "key":
            page.keyboard.press("/")
        else:
            page.locator(".md-search__input").click()
        page.keyboard.type("fall")
    expect(page.locator(".md-search-result__item").first).to_contain_text("A lesson")
    assert sum(url.endswith("search_index.json") for url in reader.requests) == 1
    assert reader.complaints == []
