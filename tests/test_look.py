"""How pages look, measured in a real browser: what stands on which edge, how wide figures are, colours beside them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from generator.figures.style import ROLES
from tests import shared, tiny
from tests.test_browser import CHROMIUM, SHIFTS, Open, address, browser, expect, sync_api, visit

__all__ = ["address", "browser", "visit"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: pages are not looked at")

FRONT = """\
---
hide: [navigation, toc]
---

<div class="gd-hero" markdown="1">
<div markdown="1">

# Tiny

It learns.

</div>

<div class="gd-hero-links" markdown="1">

[Begin](lesson.md){ .md-button .md-button--primary }

</div>

[= four_rates("tiny") =]

</div>
"""
LESSON = """\
# A lesson

Text, whose edge is that of all that follows, and which is long enough to be as wide as a line of text can ever be here.

## A run

[= figure("tiny", kind="landscape", step=True) =]

## A picture

[= figure("tiny") =]

## Another

[= figure("tiny", kind="loss_curve") =]

## A question

[= quiz("Will L fall?", "falls", {"grows": ("It grows.", "No."), "falls": ("It falls.", "Yes.")}) =]
"""


def build(project: Path) -> None:
    tiny.make(project)
    (project / "docs/en/index.md").write_text(FRONT)
    (project / "docs/en/lesson.md").write_text(LESSON)
    config = project / "mkdocs.yml"
    config.write_text(config.read_text().replace("- Home: index.md", "- Home: index.md\n- Lesson: lesson.md"))
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site() -> Path:
    return shared.once("site to look at", build) / "site"


def lesson(visit: Open, **wishes: Any) -> sync_api.Page:
    """With the run under its slider, and all pictures there."""
    page = visit("lesson/", reduced_motion="reduce", **wishes).page
    expect(page.locator("gd-stepper svg").first).to_be_attached()
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_function("[...document.images].filter((i) => i.checkVisibility()).every((i) => i.complete)")
    return page


def hexes(colour: str) -> str:
    """``rgb(0, 114, 178)`` as ``#0072b2``."""
    return "#" + "".join(f"{int(part):02x}" for part in colour.removeprefix("rgb(").removesuffix(")").split(","))


COLOURS = """() => [...document.querySelectorAll('.gd-key[class*="gd-key-"]')].map((key) => {
    const mark = getComputedStyle(key, "::before");
    const role = /gd-role-(\\w+)/.exec(key.className)[1];
    return [role, getComputedStyle(key).color, mark.borderTopColor, mark.width, key.textContent];
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_beside_each_figure_stands_what_its_marks_are_in_their_own_colours(visit: Open, scheme: Any) -> None:
    page = lesson(visit, color_scheme=scheme)
    assert page.locator(".gd-figure").count() == page.locator(".gd-figure > .gd-legend").count() == 3
    keys = page.evaluate(COLOURS)
    assert {"the line being learned", "least squares, the best line", "equal loss"} <= {key[-1] for key in keys}
    for role, said, mark, width, text in keys:
        assert text
        assert float(width.removesuffix("px")) > 5
        if role != "residual":  # which is darker where it is text
            assert hexes(said) == hexes(mark) == getattr(ROLES[role], scheme), text
    lists = page.locator(".gd-figure").first.locator(".gd-legend > span")
    assert [each.evaluate("list => getComputedStyle(list).visibility") for each in lists.all()] == ["hidden", "visible"]


EDGES = """() => ({
    text: document.querySelector("h1 + p").getBoundingClientRect().left,
    numbers: [...document.querySelectorAll(".gd-panel:not([hidden], :not([hidden]) ~ *) .gd-axes text:not(.gd-name)")]
        .map((text) => text.getBoundingClientRect().left),
    legends: [...document.querySelectorAll(".gd-legend > span")].map((list) => list.getBoundingClientRect().left),
    pictures: [...document.querySelectorAll(".gd-figure:not([data-run]) > picture > img.gd-light")]
        .map((image) => [image.getBoundingClientRect().left, image.clientWidth, image.currentSrc]),
})"""


@pytest.mark.parametrize("width", [1440, 390])
def test_what_is_drawn_begins_where_the_text_begins(visit: Open, width: int) -> None:
    page = lesson(visit, width=width)
    edges = page.evaluate(EDGES)
    assert min(edges["numbers"]) == pytest.approx(edges["text"], abs=2)
    assert edges["legends"] == pytest.approx([edges["text"]] * len(edges["legends"]), abs=0.1)
    assert len(edges["pictures"]) == 2
    for left, shown, file in edges["pictures"]:
        pixels = np.asarray(Image.open(io.BytesIO(page.request.get(file).body())).convert("L"), dtype=int)
        ink = np.flatnonzero((np.abs(pixels - pixels[0, 0]) > 40).any(axis=0))
        assert left + ink[0] / pixels.shape[1] * shown == pytest.approx(edges["text"], abs=3), file


BOXES = """() => Object.fromEntries(Object.entries({
    text: "h1 + p", figure: ".gd-figure", contents: ".md-sidebar--secondary",
}).map(([name, selector]) => {
    const { left, right, width } = document.querySelector(selector).getBoundingClientRect();
    return [name, { left, right, width }];
}))"""


@pytest.mark.parametrize("width", [1280, 1440, 1920])
def test_on_a_wide_screen_a_figure_takes_room_beside_the_text_and_leaves_the_contents_alone(
    visit: Open, width: int
) -> None:
    boxes = lesson(visit, width=width).evaluate(BOXES)
    assert boxes["figure"]["left"] == boxes["text"]["left"]
    assert boxes["figure"]["right"] <= boxes["contents"]["left"]
    wider = boxes["figure"]["width"] / boxes["text"]["width"]
    assert wider > 1.1 if width >= 1440 else wider == 1


@pytest.mark.parametrize("width", [1440, 390])
def test_the_hero_is_as_wide_as_the_page_with_the_pencil_clear_of_it(visit: Open, width: int) -> None:
    page = visit("", width=width, reduced_motion="reduce").page
    hero, pencil = page.locator(".gd-hero").bounding_box(), page.locator(".md-content__button").bounding_box()
    around = page.locator(".md-content__inner").bounding_box()
    assert hero
    assert pencil
    assert around
    assert hero["width"] == around["width"]
    for part in page.locator(".gd-hero :is(h1, p, a, svg)").all():
        box = part.bounding_box()
        assert box is None or box["y"] >= pencil["y"] + pencil["height"] or box["x"] + box["width"] <= pencil["x"]


def test_on_a_telephone_the_first_button_is_seen_before_the_race(visit: Open) -> None:
    page = visit("", width=390, reduced_motion="reduce").page
    button, race = page.get_by_role("link", name="Begin").bounding_box(), page.locator(".gd-race").bounding_box()
    assert button
    assert race
    assert button["y"] + button["height"] <= race["y"]


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_moves_when_the_run_and_its_own_legend_take_the_place_of_the_picture(visit: Open, width: int) -> None:
    page = lesson(visit, width=width)
    assert page.evaluate(SHIFTS) == 0


def test_a_choice_is_hit_wherever_its_row_is_hit(visit: Open) -> None:
    page = lesson(visit, width=390)
    choices = page.locator(".gd-quiz label")
    boxes = [choice.bounding_box() for choice in choices.all()]
    assert all(box and box["height"] >= 32 for box in boxes)
    assert boxes[0]
    page.mouse.click(0, 0)
    choices.first.click(position={"x": boxes[0]["width"] - 3, "y": boxes[0]["height"] - 3})
    expect(page.locator(".gd-quiz input").first).to_be_checked()
