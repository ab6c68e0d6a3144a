"""Pages in a real browser: figures that play and step, quizzes, formulas, themes, paper, files opened as they are.

They are served from a sub-path, with the policy that the site tells its hosts.
"""

from __future__ import annotations

import base64
import functools
import http.server
import io
import re
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PIL import Image, ImageChops

from generator.site.headers import POLICY
from tests import shared, tiny
from tests.test_formulas import Seen

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
PATIENCE = 60  # seconds until what never comes is given up: no test takes them that holds
expect.set_options(timeout=1000 * PATIENCE)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: pages are not looked at")

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip

LESSON = r"""---
title: Lesson
---

# A lesson

Inline $\eta\lambda_+ > 2$, and displayed, wider than a phone:

$$
L(w, b) = \frac{1}{n}\sum_{i=1}^{n} (w x_i + b - y_i)^2, \qquad
\frac{\partial L}{\partial w} = \frac{2}{n}\sum_{i=1}^n (\hat y_i - y_i)\,x_i
$$

[= quiz("Will $L$ fall?", "falls", {
    "grows": ("It grows.", "Not at $\\eta = 0.1$."),
    "falls": ("It falls.", "So it **falls**."),
}) =]

```python
a_very_long_line_of_code_that_does_not_fit_a_telephone = "and so it scrolls inside its own box, not the page"
```

[= loss_table("tiny", epochs=[1, 2, 100], exact=True) =]

In a sentence, $a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p = 136$ is long as well.

=== "One"

    The first tab.

=== "Two"

    The second tab.

LONG

[= figure("tiny", caption="The line settles at $\\eta = 0.1$.") =]
""".replace("LONG", "\n\n".join(["There is more below."] * 40))
CARDS = """\
# Cards

<div class="gd-gallery" markdown="1">

[% set id = "tiny" %]
[% include "card.md" %]

</div>

[= quiz("Will L fall?", "falls", {"grows": ("It grows.", "No."), "falls": ("It falls.", "Yes.")}) =]

<div class="gd-gallery" markdown="1">

[% include "card.md" %]

</div>
"""


def build(project: Path) -> None:
    tiny.make(project)
    (project / "docs/en/lesson.md").write_text(LESSON)
    (project / "docs/en/cards.md").write_text(CARDS)
    (project / "docs/scenarios/tiny.toml").write_text(tiny.scenario(epochs=100))
    (project / "docs/en/index.md").write_text("# Tiny\n\n[= figure('tiny') =]\n")
    config = project / "mkdocs.yml"
    config.write_text(
        config.read_text().replace("- Home: index.md", "- Home: index.md\n- Lesson: lesson.md\n- Cards: cards.md")
    )
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site() -> Path:
    """The tiny project with a lesson that has one of everything, built by the real command."""
    return shared.once("site for browsers", build) / "site"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server of this folder, which sends the policy along."""

    class Host(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", POLICY)
            super().end_headers()

        def do_GET(self) -> None:
            if self.path == "/favicon.ico":  # asked for a while after a file that is no page
                self.send_response(http.HTTPStatus.NO_CONTENT)
                self.end_headers()
            else:
                super().do_GET()

        def send_error(self, code: int, *_: object) -> None:  # as hosts of plain files do
            self.send_response(code)
            self.end_headers()
            self.wfile.write((folder / "404.html").read_bytes())

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Host, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site.parent) as host:
        yield f"{host}/{site.name}"


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """A page that a reader has opened, what it asked for, and what it complained of."""

    def __init__(self, page: sync_api.Page, alone: bool) -> None:
        self.page, self.alone = page, alone
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.heard: dict[str, Callable[[Any], None]] = {
            "request": lambda request: self.requests.append(request.url),
            "console": lambda said: self.complaints.append(said.text),
            "pageerror": lambda error: self.complaints.append(str(error)),
        }
        for event, hear in self.heard.items():
            page.on(event, hear)

    @property
    def pictures(self) -> set[str]:
        """The names of the pictures that were transferred. What a browser knows it shows wherever it is named."""
        assert self.alone, "another reader may have seen them"
        names = {url.rsplit("/", 1)[-1].partition("?")[0] for url in self.requests}
        return {name for name in names if name.endswith((".gif", ".png"))}


class Readers:
    """Windows of the browser, each for one reader at a time: whoever comes next finds nothing of who was there before.

    But for what the browser itself remembers of files, which makes a page that was seen three times as fast.
    """

    MOST_VISITS = 20  # a history has 50 entries at most, and then none is added
    MOST_IDLE = 2  # of a kind
    USUAL: ClassVar = {"color_scheme": "light", "reduced_motion": "no-preference"}  # where a reader wishes nothing

    def __init__(self, browser: sync_api.Browser) -> None:
        self.browser = browser
        self.idle: dict[str, list[tuple[sync_api.Page, int]]] = defaultdict(list)
        self.at_work: list[tuple[Visit, str, int, dict[str, Any]]] = []

    def visit(self, width: int, first: str, wishes: dict[str, Any], *, alone: bool) -> Visit:
        """A window that is empty. ``alone``: nobody had it before, and nobody will."""
        kind = "" if alone else repr((first, sorted(wishes.items())))
        if kind and self.idle[kind]:
            page, visits = self.idle[kind].pop()
            page.set_viewport_size({"width": width, "height": 800})
        else:
            context = self.browser.new_context(viewport={"width": width, "height": 800}, **wishes)
            context.add_init_script(VIOLATIONS + first)
            page, visits = context.new_page(), 0
        visit = Visit(page, not kind)
        self.at_work.append((visit, kind, visits + 1, wishes))
        return visit

    def leave(self, empty: str) -> None:
        """All that are open; ``empty`` is the address of something without scripts on the site they were at."""
        for visit, kind, visits, wishes in self.at_work:
            page = visit.page
            if not kind or visits >= self.MOST_VISITS or len(self.idle[kind]) >= self.MOST_IDLE or page.is_closed():
                page.context.close()
                continue
            for event, hear in visit.heard.items():
                page.remove_listener(event, hear)
            page.unroute_all()
            page.emulate_media(media="null", **{name: wishes.get(name, usual) for name, usual in self.USUAL.items()})
            page.mouse.move(-1, -1)
            page.goto(empty)
            try:
                page.evaluate("localStorage.clear(); sessionStorage.clear()")
            except sync_api.Error:  # who came first has locked it
                page.context.close()
            else:
                self.idle[kind].append((page, visits))
        self.at_work.clear()


readers_of = functools.lru_cache(maxsize=1)(Readers)

Open = Callable[..., Visit]


@pytest.fixture
def visit(browser: sync_api.Browser, address: str) -> Iterator[Open]:
    """Open a page of the site, or a whole address, as a reader with these wishes (Playwright's context options).

    What a reader changes in the browser itself nobody else is to see: who does so comes ``alone``.
    """
    readers, empty = readers_of(browser), f"{address}/assets/stylesheets/roles.css"

    def open_page(
        path: str, width: int = 1280, first: str = "", alone: bool = False, reader: Visit | None = None, **wishes: Any
    ) -> Visit:
        """``reader``: one who is here already, and is done with the page before."""
        is_elsewhere = ":" in path
        if reader is None:
            visit = readers.visit(width, first, wishes, alone=alone or is_elsewhere)
        else:
            visit = reader
            visit.page.goto(empty)  # an address that differs in its epoch alone would load nothing
            visit.page.set_viewport_size({"width": width, "height": 800})
        visit.page.goto(path if is_elsewhere else f"{address}/{path}")
        return visit

    yield open_page
    readers.leave(empty)


def on_canvas(page: sync_api.Page) -> Image.Image:
    url = page.locator(".gd-figure canvas").evaluate("canvas => canvas.toDataURL()")
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")


def frame(file: Path, index: int) -> Image.Image:
    with Image.open(file) as picture:
        picture.seek(index)
        return picture.convert("RGB")


def until(page: sync_api.Page, expression: str) -> None:
    """Waits until it holds: the policy forbids what Playwright would put into the page to wait there."""
    deadline = time.monotonic() + PATIENCE
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"never: {expression}"
        page.wait_for_timeout(20)


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


def answer(page: sync_api.Page) -> None:
    page.get_by_role("radio", name="It falls.").check()
    page.get_by_role("button", name="Check").click()


def button(page: sync_api.Page, name: str) -> sync_api.Locator:
    return page.locator(".gd-player").get_by_role("button", name=name, exact=True)


# --- Figures that move -------------------------------------------------------------------------------------


def test_a_figure_starts_when_scrolled_into_view_plays_once_and_holds_its_end(site: Path, visit: Open) -> None:
    page = visit("lesson/").page
    canvas = page.locator(".gd-figure canvas")
    answer(page)
    page.wait_for_timeout(300)
    expect(canvas).to_be_hidden()
    expect(button(page, "Play")).to_be_attached()

    page.locator(".gd-figure").scroll_into_view_if_needed()
    expect(button(page, "Pause")).to_be_visible()
    expect(canvas).to_be_visible()
    expect(button(page, "Replay")).to_be_visible()
    with Image.open(site / "scenarios/tiny/fit.png") as poster:
        assert same(on_canvas(page), poster.convert("RGB"))

    page.wait_for_timeout(300)
    expect(button(page, "Replay")).to_be_visible()
    button(page, "Replay").press("Enter")
    expect(button(page, "Pause")).to_be_visible()


def test_a_figure_gives_no_answer_away(site: Path, visit: Open) -> None:
    """Behind a question that nobody has answered it shows how the run begins, and waits."""
    reader = visit("lesson/", alone=True)
    page = reader.page
    page.locator(".gd-figure").scroll_into_view_if_needed()
    image = page.locator(".gd-figure img.gd-light:not(.gd-filmstrip)")
    expect(image).to_have_attribute("src", re.compile(r"fit\.first\.png$"))
    page.wait_for_timeout(400)
    expect(button(page, "Play")).to_be_visible()
    assert reader.pictures == {"fit.first.png"}
    with Image.open(site / "scenarios/tiny/fit.first.png") as first:
        assert same(first.convert("RGB"), frame(site / "scenarios/tiny/fit.gif", 0))
    answer(page)
    page.locator(".gd-figure").scroll_into_view_if_needed()
    expect(button(page, "Replay")).to_be_visible()


def test_a_figure_that_waits_is_played_by_whoever_wants_to_see_it(visit: Open) -> None:
    page = visit("lesson/").page
    button(page, "Play").click()
    expect(button(page, "Replay")).to_be_visible()


@pytest.mark.parametrize(("scheme", "theme"), [("light", ""), ("dark", ".dark")])
def test_a_card_shows_how_its_run_ended(site: Path, visit: Open, scheme: str, theme: str) -> None:
    reader = visit("cards/", color_scheme=scheme, alone=True)
    card = reader.page.locator(".gd-card").first
    shown = card.locator(f"img.gd-{scheme}")
    expect(shown).to_be_visible()
    until(reader.page, f"document.querySelector('.gd-card img.gd-{scheme}').complete")
    assert reader.pictures == {name := shown.evaluate("image => image.src").rsplit("/", 1)[-1]}
    assert re.fullmatch(rf"loss_curve-\w+\.narrow{re.escape(theme)}\.png", name)
    size, natural = shown.evaluate("image => [[image.width, image.height], [image.naturalWidth, image.naturalHeight]]")
    assert natural == [680, 500]
    assert abs(size[0] / size[1] - 680 / 500) < 0.01
    assert shown.get_attribute("loading") == "lazy"
    said = "Tiny converges η = 0.1, 100 epochs Loss against epochs, on a logarithmic axis. The loss falls from "
    expect(card).to_have_accessible_name(re.compile(re.escape(said)))
    assert {".narrow" in file.name for file in site.rglob("loss_curve-*.png")} == {True}, "no figure shows the wide one"


def test_a_card_gives_no_answer_away(visit: Open) -> None:
    """The one before the question shows what it always does."""
    page = visit("cards/").page
    before, behind = page.locator(".gd-card").all()
    ending = ("img.gd-light", ".gd-verdict")
    for part in ending:
        expect(before.locator(part)).to_be_visible()
        expect(behind.locator(part)).to_be_hidden()
    expect(behind).to_have_accessible_name("Tiny η = 0.1, 100 epochs")
    answer(page)
    for part in ending:
        expect(behind.locator(part)).to_be_visible()


# Within the page, where no frame passes between the look and the click; on a machine that missed it all, once more.
PAUSED_ON_THE_WAY = """() => {
    const slider = document.querySelector(".gd-player input");
    const toggle = document.querySelector(".gd-player button");
    if (!slider) return false;
    if (toggle.dataset.next === "replay") toggle.click();
    const under_way = Number(slider.value) >= 2 && Number(slider.value) < Number(slider.max);
    if (under_way) toggle.click();
    return under_way;
}"""


def test_a_paused_figure_stands_still_and_goes_on_from_there(visit: Open) -> None:
    page = visit("").page
    slider = page.locator(".gd-player").get_by_role("slider", name="Frame")
    until(page, f"({PAUSED_ON_THE_WAY})()")
    paused = slider.input_value()
    page.wait_for_timeout(400)
    assert slider.input_value() == paused
    button(page, "Play").click()
    until(page, f"Number(document.querySelector('.gd-player input').value) > {paused}")


def test_the_slider_shows_any_frame_of_the_file_and_its_epoch(site: Path, visit: Open) -> None:
    page = visit("", reduced_motion="reduce").page
    slider = page.locator(".gd-player").get_by_role("slider", name="Frame")
    epochs = page.locator(".gd-figure").get_attribute("data-epochs").split(",")
    with Image.open(site / "scenarios/tiny/fit.gif") as picture:
        assert picture.n_frames == len(epochs)
    for index in (3, 0, len(epochs) - 2):
        slider.fill(str(index))
        expect(slider).to_have_attribute("aria-valuetext", f"epoch {epochs[index]}")
        assert same(on_canvas(page), frame(site / "scenarios/tiny/fit.gif", index))
    slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", f"epoch {epochs[-3]}")


def test_nothing_moves_unasked_where_less_motion_is_preferred(visit: Open) -> None:
    page = visit("", reduced_motion="reduce").page
    page.wait_for_timeout(600)
    expect(page.locator(".gd-figure canvas")).to_be_hidden()
    assert page.locator(".gd-figure img.gd-light:not(.gd-filmstrip)").evaluate("image => image.src").endswith("fit.png")
    button(page, "Play").click()
    expect(button(page, "Pause")).to_be_visible()


def test_without_scripts_the_gif_plays_and_the_answer_is_folded(visit: Open) -> None:
    reader = visit("lesson/", java_script_enabled=False)
    page = reader.page
    image = page.locator(".gd-figure noscript img.gd-light")
    image.scroll_into_view_if_needed()
    assert image.get_attribute("src").endswith("fit.gif")
    expect(page.locator(".gd-figure img:visible")).to_have_count(1)
    expect(page.locator(".gd-player")).to_have_count(0)
    expect(page.locator(".gd-quiz").get_by_text("So it falls.")).to_be_hidden()
    page.get_by_text("Answer").click()
    expect(page.locator(".gd-quiz").get_by_text("So it falls.")).to_be_visible()


def test_without_scripts_who_prefers_less_motion_sees_the_filmstrip(visit: Open) -> None:
    page = visit("", java_script_enabled=False, reduced_motion="reduce").page
    expect(page.locator(".gd-filmstrip.gd-light")).to_be_visible()
    expect(page.locator(".gd-figure img:visible")).to_have_count(1)


# --- Themes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "shown"), [("light", ""), ("dark", ".dark")])
def test_only_the_picture_that_fits_the_theme_is_transferred(visit: Open, scheme: str, shown: str) -> None:
    reader = visit("", color_scheme=scheme, alone=True)
    expect(reader.page.locator(".gd-figure canvas")).to_be_visible()
    reader.page.wait_for_load_state("networkidle")
    assert reader.pictures == {f"fit{shown}.png"}, "and the frames come by script, for both themes"


def test_after_the_theme_is_changed_the_figure_shows_the_same_frame_in_it(site: Path, visit: Open) -> None:
    page = visit("", color_scheme="light", reduced_motion="reduce").page
    page.locator(".gd-player").get_by_role("slider").fill("3")
    expect(page.locator(".gd-figure canvas")).to_be_visible()
    page.locator("label[title='Switch to light']").click()
    page.locator("label[title='Switch to dark']").click()
    dark = frame(site / "scenarios/tiny/fit.dark.gif", 3)
    deadline = time.monotonic() + PATIENCE
    while not same(on_canvas(page), dark):
        assert time.monotonic() < deadline, "the canvas did not follow the theme"


@pytest.mark.parametrize(("scheme", "poster"), [("light", "fit.png"), ("dark", "fit.dark.png")])
def test_a_picture_has_no_edge_against_its_page(site: Path, visit: Open, scheme: str, poster: str) -> None:
    page = visit("", color_scheme=scheme).page
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    corner = Image.open(site / "scenarios/tiny" / poster).convert("RGB").getpixel((0, 0))
    assert background == "rgb({}, {}, {})".format(*corner)


def test_paper_is_light_and_shows_the_filmstrip_instead_of_what_moves(visit: Open) -> None:
    page = visit("", color_scheme="dark").page
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator(".gd-filmstrip.gd-light")).to_be_visible()
    for hidden in (".gd-filmstrip.gd-dark", ".gd-figure img:not(.gd-filmstrip)", ".gd-figure canvas", ".gd-player"):
        for element in page.locator(hidden).all():
            expect(element).to_be_hidden()


# --- Predict, then reveal; formulas ------------------------------------------------------------------------


def test_each_answer_gets_its_own_reply(visit: Open) -> None:
    page = visit("lesson/").page
    reply = page.locator(".gd-quiz").get_by_role("status")
    check = page.get_by_role("button", name="Check")
    expect(page.get_by_text("Answer", exact=True)).to_be_hidden()
    check.click()
    expect(reply).to_be_empty()  # nothing chosen yet, and the browser says so

    page.get_by_role("radio", name="It grows.").check()
    check.click()
    expect(reply).to_contain_text("Not at")
    expect(reply).not_to_contain_text("falls")
    page.get_by_role("radio", name="It falls.").check()
    expect(reply).to_be_empty()
    check.press("Enter")
    expect(reply).to_have_text("Right. So it falls.")


def test_formulas_stand_in_their_own_typeface_and_nothing_is_left_to_set(visit: Open) -> None:
    page = visit("lesson/").page
    formulas = page.locator(".arithmatex")
    assert formulas.count() >= 5
    assert page.locator(".arithmatex > math").count() == formulas.count()
    assert not {"\\(", "\\eta", "$"} & set(re.findall(r"\\\(|\\eta|\$", page.locator("article").inner_text()))
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px \"STIX Two Math\"'))")
    # A fraction is higher than what is above its bar: the browser builds it, and does not write it in a row.
    heights = "fraction => [fraction, fraction.firstElementChild].map(part => part.getBoundingClientRect().height)"
    whole, above = page.locator("mfrac").first.evaluate(heights)
    assert whole > 1.8 * above


def test_a_screen_reader_is_told_that_a_formula_is_one(visit: Open) -> None:
    page = visit("lesson/").page
    session = page.context.new_cdp_session(page)
    roles = {node["role"]["value"] for node in session.send("Accessibility.getFullAXTree")["nodes"] if "role" in node}
    assert {"MathMLMath", "MathMLFraction"} <= roles


def test_without_scripts_formulas_are_set_all_the_same(visit: Open) -> None:
    page = visit("lesson/", java_script_enabled=False).page
    expect(page.locator("p .arithmatex").first).to_be_visible()
    assert page.locator("p .arithmatex").first.inner_text().replace("\n", "") == "𝜂𝜆+>2"


def test_a_formula_wider_than_a_telephone_scrolls_in_its_place_and_with_the_keyboard(visit: Open) -> None:
    page = visit("lesson/", width=320).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    wide = page.locator("div.arithmatex")
    assert wide.evaluate("box => box.scrollWidth > box.clientWidth")
    wide.focus()
    page.keyboard.press("ArrowRight")
    until(page, "document.querySelector('div.arithmatex').scrollLeft > 0")


def test_formulas_are_dark_on_paper_and_light_on_a_dark_page(visit: Open) -> None:
    page = visit("lesson/", color_scheme="dark").page
    color = "getComputedStyle(document.querySelector('.arithmatex mi')).color"
    lightness = {}
    for medium in ("screen", "print"):
        page.emulate_media(media=medium, color_scheme="dark")
        lightness[medium] = sum(map(int, re.findall(r"\d+", page.evaluate(color))[:3])) / 3
    assert lightness["screen"] > 180
    assert lightness["print"] < 80


# --- Every page --------------------------------------------------------------------------------------------

PAGES = ["", "lesson/", "cards/", "scenarios/", "scenarios/tiny/"]
VIOLATIONS = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


def test_those_are_all_pages(site: Path) -> None:
    found = {page.parent.relative_to(site).as_posix() for page in site.rglob("index.html")}
    assert found == {path.rstrip("/") or "." for path in PAGES}


def test_no_script_handler_or_style_stands_in_a_page(site: Path) -> None:
    for file in site.rglob("*.html"):
        page = Seen(file.read_text())
        assert any(tag == "script" for tag, _ in page.elements)
        for tag, attributes in page.elements:
            assert not {name for name in attributes if name.startswith("on") or name == "style"}, (file, tag)
            assert tag != "style", file
            if tag == "script":
                assert "src" in attributes or attributes.get("type") in {"application/json", "application/ld+json"}, (
                    file
                )


def test_the_site_tells_its_hosts_the_policy(site: Path) -> None:
    assert (site / "_headers").read_text().splitlines()[:2] == ["/*", f"  Content-Security-Policy: {POLICY}"]
    assert "unsafe" not in POLICY


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_no_other_host_and_complains_of_nothing(visit: Open, address: str, path: str) -> None:
    reader = visit(path)
    reader.page.mouse.wheel(0, 5000)
    reader.page.wait_for_load_state("networkidle")
    assert [url for url in reader.requests if not url.startswith((address, "data:"))] == []
    assert reader.complaints == []
    assert reader.page.evaluate("violations") == []


def test_a_browser_keeps_the_colours_that_a_reader_chose_and_nothing_else(visit: Open) -> None:
    visited = visit("lesson/")
    page = visited.page
    page.locator(".gd-quiz label").first.click()
    page.locator(".gd-quiz button").first.click()
    page.get_by_text("Two", exact=True).click()
    page.locator("form[data-md-component=palette] label:visible").click()
    page.reload()
    kept = page.evaluate("Object.keys(localStorage)")
    assert [key.rpartition(".")[2] for key in kept] == ["__palette"]
    assert page.evaluate("[document.cookie, sessionStorage.length]") == ["", 0]
    assert page.context.cookies() == []


def test_the_page_for_what_is_not_there_is_served_under_the_policy_too(site: Path, visit: Open) -> None:
    with served(site) as host:
        reader = visit(f"{host}/nowhere/at/all")
        reader.page.wait_for_load_state("networkidle")
        assert reader.page.evaluate("violations") == []
        assert [url for url in reader.requests if not url.startswith((host, "data:"))] == []
        assert reader.page.locator("body").get_attribute("data-md-color-scheme") == "default"


# Everything that the theme does, in one visit: what the policy stopped would be told.
def test_search_copying_tabs_and_themes_work_under_the_policy(visit: Open, address: str) -> None:
    reader = visit("lesson/#__tabbed_1_2", permissions=["clipboard-read", "clipboard-write"])
    page = reader.page
    expect(page.get_by_text("The second tab.")).to_be_visible()

    page.locator("pre").hover()
    page.locator(".md-code__button[data-md-type=copy], .md-clipboard").first.click()
    until(page, "navigator.clipboard.readText().then(text => text.startsWith('a_very_long_line_of_code'))")

    page.locator("label[title='Switch to light']").click()
    page.locator("label[title='Switch to dark']").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")

    page.locator(".md-search__input").click()
    page.keyboard.type("fall")
    expect(page.locator(".md-search-result__item").first).to_contain_text("A lesson")
    page.keyboard.press("Escape")
    assert [url for url in reader.requests if not url.startswith((address, "data:"))] == []
    assert reader.complaints == []
    assert page.evaluate("violations") == []


SCHEME_WHEN_SEEN = """
    new MutationObserver((_, observer) => {
        if (!document.querySelector("main")) return;
        observer.disconnect();
        window.scheme = document.body.dataset.mdColorScheme;
    }).observe(document, { childList: true, subtree: true });
"""


@pytest.mark.parametrize(("system", "scheme"), [("light", "default"), ("dark", "slate")])
def test_a_page_is_in_the_scheme_of_the_system_before_its_text_is_there(visit: Open, system: str, scheme: str) -> None:
    page = visit("lesson/", first=SCHEME_WHEN_SEEN, color_scheme=system).page
    assert page.evaluate("scheme") == scheme


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_no_wider_than_a_telephone(visit: Open, path: str) -> None:
    page = visit(path, width=390).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_page_hardly_moves_while_it_loads(visit: Open) -> None:
    """0.1 is the usual bound for a good page; ours keeps the places of players, quizzes and formulas."""
    page = visit("lesson/").page
    page.wait_for_load_state("networkidle")
    assert page.evaluate(SHIFTS) < 0.02


# --- Telephones --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "theme"), [("light", ""), ("dark", ".dark")])
@pytest.mark.parametrize(("width", "size"), [(320, ".narrow"), (390, ".narrow"), (1280, "")])
@pytest.mark.parametrize(("path", "moment"), [("", ""), ("lesson/", ".first"), ("scenarios/tiny/", "")])
def test_a_picture_is_as_wide_as_its_screen_wants_it(
    visit: Open, path: str, moment: str, width: int, size: str, scheme: str, theme: str
) -> None:
    """On index pages and others, and where an answer is held back."""
    reader = visit(path, width=width, color_scheme=scheme, reduced_motion="reduce", alone=True)
    shown = reader.page.locator(f".gd-figure > picture > img.gd-{scheme}").first
    shown.evaluate("image => image.scrollIntoView()")
    if path == "scenarios/tiny/":  # where the stepper takes its place
        expect(reader.page.locator(".gd-figure[data-steps]")).to_be_attached()
    else:
        expect(shown).to_be_visible()
        until(reader.page, f"document.querySelector('.gd-figure > picture > img.gd-{scheme}').complete")
        shape = shown.evaluate("image => [image.naturalWidth, image.naturalHeight]")
        assert shape == ([2 * 340, 2 * 338] if size else [2 * 720, 2 * 405])
    assert reader.pictures <= {f"fit{moment}{size}{theme}.png"}
    assert reader.complaints == []


SHIFTS = """() => new Promise(resolve => {
    let sum = 0;
    new PerformanceObserver(list => list.getEntries().forEach(entry => sum += entry.value))
        .observe({type: "layout-shift", buffered: true});
    setTimeout(() => resolve(sum), 100);
})"""


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_telephone_nothing_moves_when_pictures_come_and_play(visit: Open, width: int) -> None:
    """The frames, which are less high, are seen in the place of the still, and at the end the still again."""
    page = visit("", width=width, reduced_motion="reduce").page
    page.wait_for_load_state("networkidle")
    still, canvas = page.locator(".gd-figure img.gd-light").first, page.locator(".gd-figure canvas")
    opacity = "document.querySelector('.gd-figure img.gd-light').computedStyleMap().get('opacity').value"
    page.locator(".gd-player").get_by_role("slider").fill("3")
    expect(canvas).to_be_visible()
    assert page.evaluate(opacity) == 0
    place, frame = still.bounding_box(), canvas.bounding_box()
    assert place
    assert frame
    assert frame["width"] == place["width"]
    assert place["y"] < frame["y"] < frame["y"] + frame["height"] < place["y"] + place["height"]
    button(page, "Play").click()
    expect(button(page, "Replay")).to_be_visible()
    expect(canvas).to_be_hidden()
    assert page.evaluate(opacity) == 1
    assert still.evaluate("image => image.currentSrc").endswith("/fit.narrow.png")
    assert page.evaluate(SHIFTS) == 0


@pytest.fixture(scope="module")
def folder(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site where a reader may have unpacked it."""
    return shutil.copytree(site, tmp_path_factory.mktemp("downloads") / "course #2, 100 % new" / "site")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opened_as_a_file_asks_for_nothing_that_is_not_there(folder: Path, visit: Open, path: str) -> None:
    reader = visit((folder / path / "index.html").as_uri())
    reader.page.wait_for_load_state("networkidle")
    assert [url for url in reader.requests if not url.startswith((folder.as_uri(), "data:"))] == []
    # Chromium lets no file be fetched before its time, and says so of each; it takes the fonts when they are used.
    assert [said for said in reader.complaints if not re.search("font|preload|ERR_FAILED", said)] == []
    assert reader.page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px Inter'))")


def test_the_search_finds_in_pages_opened_as_files(folder: Path, visit: Open) -> None:
    page = visit((folder / "index.html").as_uri()).page
    page.locator(".md-search__input").click()
    page.keyboard.type("fall")
    expect(page.locator(".md-search-result__item").first).to_contain_text("A lesson")
    page.locator(".md-search-result__link").first.click()
    expect(page.get_by_role("heading", name="A lesson")).to_be_visible()


def test_pages_opened_as_files_play_answer_and_show_formulas(folder: Path, visit: Open) -> None:
    reader = visit((folder / "lesson/index.html").as_uri(), color_scheme="dark")
    page = reader.page
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    expect(page.locator(".arithmatex math").first).to_be_visible()
    answer(page)
    expect(page.get_by_role("status").filter(has_text="So it falls.")).to_be_visible()

    image = page.locator(".gd-figure img.gd-dark:not(.gd-filmstrip)")
    image.scroll_into_view_if_needed()
    expect(page.locator(".gd-figure canvas")).to_be_visible()
    expect(button(page, "Replay")).to_be_visible()
    with Image.open(folder / "scenarios/tiny/fit.dark.png") as poster:
        assert same(on_canvas(page), poster.convert("RGB"))
    assert reader.pictures == {"fit.first.dark.png"}


def test_from_a_page_opened_as_a_file_links_lead_to_pages(folder: Path, visit: Open) -> None:
    page = visit((folder / "index.html").as_uri()).page
    page.get_by_role("link", name="Lesson").first.click()
    expect(page).to_have_url((folder / "lesson/index.html").as_uri())
