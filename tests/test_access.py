"""Whoever does not see a page, has no mouse, or a slow connection: what axe-core finds, what is told, what is sent."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import markdown
import numpy as np
import pytest
from PIL import Image

from tests import shared, test_four_rates
from tests.test_browser import (  # noqa: F401  # fixtures
    PAGES,
    Open,
    address,
    browser,
    expect,
    pytestmark,
    served,
    site,
    until,
    visit,
)

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# It does not judge the contrast of what stands on a shadow, and so looks at pages without.
FOUND = """async () => {
    const plain = new CSSStyleSheet();
    plain.replaceSync(".md-typeset * { background-image: none !important; }");
    document.adoptedStyleSheets = [plain];
    const { violations } = await axe.run({ resultTypes: ["violations"] });
    document.adoptedStyleSheets = [];
    return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}"""


def found(page: Any) -> Any:
    page.evaluate(AXE)
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


@pytest.fixture(scope="module")
def with_lab() -> Iterator[str]:
    """The address of a site with a race on its front page, and with a lab."""
    folder = shared.once("site with four rates", test_four_rates.build)
    with served(folder) as host:
        yield f"{host}/site"


# A look takes half a second: the lesson, which has one of everything, is looked at in each state, other pages in one.
@pytest.mark.parametrize(
    ("width", "scheme", "other"),
    [(1280, "light", ""), (1280, "dark", "cards/"), (320, "light", "scenarios/"), (320, "dark", "scenarios/tiny/")],
)
def test_axe_finds_nothing_in_any_state_of_a_page(
    visit: Open,  # noqa: F811
    with_lab: str,
    width: int,
    scheme: str,
    other: str,
) -> None:
    """As it is, with its quizzes answered and all of it open, with the search open, and with the lab in use."""
    assert other in PAGES
    reader = visit("lesson/", width, alone=True, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    page = reader.page
    assert found(page) == []
    answer_and_open_all(page)
    assert found(page) == []
    search(page, "fall")
    assert found(page) == []

    visit(other, width, reader=reader)
    answer_and_open_all(page)
    assert found(page) == []

    visit(f"{with_lab}/", width, reader=reader)
    expect(page.locator(".gd-race-bar button")).to_be_visible()
    assert found(page) == []
    visit(f"{with_lab}/lab/", width, reader=reader)
    page.get_by_label("crawls", exact=True).check()
    page.locator('[data-lab="run"]').click()
    expect(page.locator(".gd-lab-status")).to_contain_text("after the last epoch")
    answer_and_open_all(page)
    assert found(page) == []
    visit(f"{with_lab}/scenarios/tiny/", width, reader=reader)
    page.get_by_role("slider", name="Epoch").press("ArrowLeft")
    answer_and_open_all(page)
    expect(page.locator(".gd-numbers table")).to_be_visible()
    assert found(page) == []


def test_axe_finds_what_is_wrong(visit: Open) -> None:  # noqa: F811
    page = visit("lesson/", bypass_csp=True).page
    page.evaluate("document.querySelector('h1').innerHTML = '<img src=\"data:,\"><span>Grey</span>'")
    page.evaluate("document.querySelector('td:last-child').attributeStyleMap.set('color', '#ccc')")
    assert {name for name, _ in found(page)} >= {"image-alt", "color-contrast"}


# --- What is told ------------------------------------------------------------------------------------------


def test_the_tree_of_a_lesson_has_what_its_markdown_says(site: Path, visit: Open) -> None:  # noqa: F811
    """Headings in their order, the picture with its text, the question with its choices, the table with its columns."""
    page = visit("lesson/", reduced_motion="reduce").page
    tree = page.locator("article").aria_snapshot()
    written = (site.parent / "build/docs/en/lesson.md").read_text(encoding="utf-8")

    headings = re.findall(r"^(#+) (.+)$", written, re.MULTILINE)
    told = re.findall(r'- heading "(.+?)" \[level=(\d)\]', tree)
    assert [(name, int(level)) for name, level in told] == [(name, len(n)) for n, name in headings]

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
    named = html("| | steep | flat |\n|---|--:|--:|\n| *error* | 1 | 2 |\n| | 3 | 4 |\n")
    assert named.count('<th scope="row"><em>error</em></th>') == 1
    assert len(re.findall("<th[^>]* scope=.col.>", named)) + len(re.findall("<th scope=.col.[^>]*>", named)) == 2
    assert named.count("<td></td>") == 2
    assert "<th></th>" not in named
    plain = html("| epoch | loss |\n|--|--|\n| 1 | 2 |\n")
    assert '<th scope="col">epoch</th><th scope="col">loss</th>' in plain
    assert "row" not in plain


def html(text: str) -> str:
    made = markdown.markdown(
        text, extensions=["attr_list", "tables", "toc", "generator.pages.formulas", "generator.pages.tables"]
    )
    return re.sub(r"\s+(?=<)", "", made)


def test_a_table_is_called_by_its_caption_or_as_the_heading_above_it() -> None:
    table = "| a | b |\n|--|--|\n| 1 | 2 |\n\n"
    assert html(f"Table: All *there* is at $\\eta$\n\n{table}").startswith(
        '<table><caption>All<em>there</em> is at<span class="arithmatex"><math aria-label="η"><mi>η</mi></math></span>'
    )
    headed = html(f"{table}## One `step` of $x^2$\n\n{table}{table}Table: Own\n\n{table}### Next & last\n\n{table}")
    assert re.findall(r"<table[^>]*>(?:<caption>\w+)?", headed) == [
        "<table>",
        '<table aria-label="One step of x²">',
        '<table aria-label="One step of x² (2)">',
        "<table><caption>Own",
        '<table aria-label="Next &amp; last">',
    ]
    # Elsewhere the word means nothing.
    assert "<caption" not in html(f"Table: of what?\n\nA sentence.\n\n{table}The Table: not this\n\n{table}")


def test_a_formula_is_a_part_of_what_is_called_by_it() -> None:
    """Of a column, a row, a heading, a link, a question: a browser leaves MathML out, unless it has a name."""
    formula = '<math aria-label="η₊">'
    assert html("| | $\\eta_+$ |\n|--|--|\n| $\\eta_+$ | 1 |\n").count(formula) == 2
    assert formula in html("## At $\\eta_+$\n")
    assert formula in html("[at $\\eta_+$](there.md)")
    assert "aria-label" not in html("In a sentence, $\\eta_+$.\n\n$$\n\\eta_+\n$$\n")


def tree(page: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Role, name and properties of all that Chromium tells a screen reader, in the order in which it is read."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return [
        (
            node["role"]["value"],
            node.get("name", {}).get("value", ""),
            {each["name"]: each["value"].get("value") for each in node.get("properties", [])},
        )
        for node in nodes
        if not node["ignored"]
    ]


def test_what_chromium_tells_a_screen_reader_is_whole_and_said_once(visit: Open) -> None:  # noqa: F811
    page = visit("lesson/", reduced_motion="reduce").page
    expect(page.locator(".gd-quiz button")).to_be_visible()
    told = tree(page)
    names = {role: [name for each, name, _ in told if each == role] for role, _, _ in told}
    assert names["heading"] == ["A lesson"]  # and not the sign beside it
    assert "Will L fall?" in names["group"]
    assert [now["invalid"] for role, name, now in told if role == "radio" and name.startswith("It")] == ["false"] * 2
    assert [name for name in names["table"] if not name] == []
    assert names["table"][0] == "Tiny: epoch 1–100"
    assert [role for role in ("button", "link", "slider", "textbox", "radio") if "" in names.get(role, [])] == []


def test_how_many_pages_were_found_is_said(visit: Open) -> None:  # noqa: F811
    page = visit("").page
    said = page.locator(".md-search-result__meta[role=status]")
    expect(said).to_be_attached()
    search(page, "fall")
    expect(said).to_contain_text("matching document")


# --- The keyboard, and a thumb -----------------------------------------------------------------------------

# What cannot be seen of what has the focus: it is below the header or the edge of the window, or under something else.
COVERED = """() => {
    const focused = document.activeElement;
    const header = document.querySelector(".md-header").getBoundingClientRect().bottom;
    if (focused === document.body || focused.closest(".md-header, .md-skip, .md-sidebar--secondary")) return null;
    // The choice of a tab is seen as its label.
    const has = focused.offsetWidth ? focused : focused.labels?.[0] ?? focused, box = has.getBoundingClientRect();
    if (!has.checkVisibility({ visibilityProperty: true })) return has.outerHTML;
    const [top, bottom] = box.height > innerHeight - header ? [box.bottom, box.top] : [box.top, box.bottom];
    const x = box.left + box.width / 2, y = (Math.max(box.top, header) + Math.min(box.bottom, innerHeight)) / 2;
    const on = document.elementFromPoint(x, y);
    const isFree = on && (has.contains(on) || on.contains(has) || has.closest("label")?.contains(on));
    return top < header || bottom > innerHeight || !isFree ? [has.outerHTML.slice(0, 90), box.top, box.bottom] : null;
}"""
ZOOMED = {"width": 320, "height": 256}  # what is left of 1280 × 1024 pixels at 400 %


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, ZOOMED], ids=["as it is", "at 400 %"])
def test_with_the_keyboard_everything_is_reached_and_nothing_with_the_focus_is_covered(
    visit: Open,  # noqa: F811
    size: Any,
) -> None:
    """Forwards, and from the end back, where a browser scrolls no further than it must."""
    page = visit("lesson/", width=size["width"], reduced_motion="reduce").page
    page.set_viewport_size(size)
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


def test_zoomed_in_the_navigation_is_opened_walked_through_and_closed_with_the_keyboard(visit: Open) -> None:  # noqa: F811
    page = visit("scenarios/tiny/", width=320, reduced_motion="reduce").page
    page.set_viewport_size(ZOOMED)
    opener = page.get_by_role("button", name="Navigation", exact=True)
    expect(opener).to_have_attribute("aria-expanded", "false")
    assert page.locator(".md-sidebar--primary a:visible, .md-sidebar--primary button:visible").count() == 0
    opener.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    until(page, "document.querySelector('.md-sidebar--primary').getBoundingClientRect().left === 0")
    # Of the part that one is in, back to what is above it.
    back = page.locator(".md-sidebar--primary button:visible").first
    expect(back).to_be_focused()
    back.press("Space")
    home = page.locator(".md-sidebar--primary").get_by_role("link", name="Home")
    expect(home).to_be_visible()
    expect(back).to_have_attribute("aria-expanded", "false")
    walked = set()
    for _ in range(4):
        page.keyboard.press("Tab")
        page.wait_for_timeout(20)
        assert page.evaluate(COVERED) is None
        walked.add(page.evaluate("document.activeElement.textContent.trim()"))
    assert "Home" in walked
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
    # Who leaves it by walking on is in the page.
    opener.press("Enter")
    page.locator("article a").first.focus()
    expect(opener).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("width", [1280, 320])
def test_what_leads_through_the_site_is_24_pixels_high_and_wide(visit: Open, width: int) -> None:  # noqa: F811
    page = visit("scenarios/", width=width).page
    if width < 1280:
        page.locator("label[for=__drawer].md-header__button").click()
        until(page, "document.querySelector('.md-sidebar--primary').getBoundingClientRect().left === 0")
    seen = set()
    for path in ("", "../lesson/"):
        if path:
            page.goto(page.url + path)
        for kind, name, *size in page.evaluate("""[...document.querySelectorAll(
                "a.md-nav__link, .gd-toggle, a.md-tabs__link, .md-header__button, .md-footer a, .gd-player button, " +
                ".gd-player input, .gd-quiz :is(label, .md-button)")]
            .map((e) => [e, e.getBoundingClientRect()])
            .filter(([e, { width }]) => e.checkVisibility({ visibilityProperty: true }) && width)
            .map(([e, { width, height }]) => [e.className || e.localName, e.outerHTML, width, height])"""):
            assert min(size) >= 24, name
            seen.add(kind.split()[0])
    assert seen >= {"md-nav__link", "label", "button", "md-footer__link", "md-header__button"}


# --- What is wider than its place --------------------------------------------------------------------------

EDGE = 3  # pixels from the edge of what scrolls


def shade(place: Any, side: str) -> float:
    """How far the ground is there from the ground elsewhere, of 255: few pixels are of what is written."""
    data = np.asarray(Image.open(io.BytesIO(place.screenshot())).convert("L"), dtype=float)
    return float(abs(np.median(data[:, EDGE if side == "left" else -EDGE - 1]) - np.median(data)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_wider_than_a_telephone_scrolls_in_a_shadow_on_the_side_where_there_is_more(
    visit: Open,  # noqa: F811
    scheme: str,
) -> None:
    """The table, the code, and both formulas; with the arrow keys, and called by a name."""
    page = visit("lesson/", width=320, color_scheme=scheme, reduced_motion="reduce").page
    until(page, "document.fonts.status === 'loaded'")
    places = [
        page.get_by_role("region", name="Tiny: epoch 1–100"),
        page.get_by_role("group", name="Code", exact=True),
        *page.get_by_role("group", name="Formula", exact=True).all(),
    ]
    assert len(places) == 4
    for place in places:
        assert shade(place, "right") > 20
        assert shade(place, "left") < 3
        place.focus()
        page.keyboard.press("ArrowRight")
        until(page, "document.activeElement.scrollLeft > 0")
        place.evaluate("(place) => { place.scrollLeft = 1e6; }")
        assert shade(place, "left") > 20
        assert shade(place, "right") < 3
    assert page.evaluate("document.documentElement.scrollWidth") == 320

    # Where there is room for it, it is no stop on the way through the page.
    page.set_viewport_size({"width": 1280, "height": 800})
    until(page, "!document.querySelector('article :is([role=region], .arithmatex[role])')")


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


AT_ONCE = {"base.js", "palette.js", "tabs.js"}  # of which the scheme of a page follows, and which tab is open


def test_nothing_that_is_read_waits_for_a_script(site: Path) -> None:  # noqa: F811
    for file in site.rglob("*.html"):
        scripts = re.findall(r"<script[^>]*\ssrc=[^>]*>", file.read_text(encoding="utf-8"))
        waited_for = [script for script in scripts if not re.search(r"\s(defer|async)\b", script)]
        assert {*re.findall(r"[\w.-]+\.js", "".join(waited_for))} <= AT_ONCE, file
        assert len(scripts) > 10


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
