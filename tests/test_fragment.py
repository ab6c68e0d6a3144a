"""A figure in the pages of others: Markdown for engines that know nothing of us, and a page for a frame."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import markdown
import pytest
from click.testing import CliRunner

from generator.cli import main
from generator.inert import UNSEEN, one_line
from tests import hostile, shared, tiny
from tests.test_browser import CHROMIUM, Open, browser, expect, until, visit
from tests.test_formulas import Seen

__all__ = ["browser", "visit"]
pytestmark = pytest.mark.xdist_group("fragments")


def render(folder: Path, *arguments: str) -> Path:
    done = CliRunner().invoke(main, ["render", *arguments, "--out", str(folder)])
    assert done.exit_code == 0, done.output
    return folder


def rendered(folder: Path, name: str, scenario: str, *arguments: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.toml"
    file.write_text(scenario, encoding="utf-8")
    return render(folder / name, str(file), *arguments)


@pytest.fixture(scope="module")
def site() -> Path:
    """A folder with what was rendered in it, and pages of somebody's that have it in frames."""

    def make(folder: Path) -> None:
        rendered(folder, "tiny", tiny.scenario(title="Tiny"), "--caption", "How the line came to be.")
        for name, sandbox in (("open", ""), ("scripts", 'sandbox="allow-scripts"'), ("shut", 'sandbox=""')):
            frame = f'<iframe src="tiny/fragment.html" title="A run" width="100%" height="300" {sandbox}></iframe>'
            head = "<!doctype html><html lang='en'><title>Theirs</title><link rel=icon href='data:,'>"
            (folder / f"{name}.html").write_text(f"{head}<h1>Theirs</h1>{frame}")
        (folder / "assets/stylesheets").mkdir(parents=True)
        (folder / "assets/stylesheets/roles.css").write_text("")

    return shared.once("fragments", make)


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """That of a host of plain files, which has no policy."""

    class Host(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    host = functools.partial(Host, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), host) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def page_of(folder: Path) -> str:
    return (folder / "fragment.html").read_text(encoding="utf-8")


def addresses(text: str) -> list[str]:
    """All that a page would ask somebody for."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            asks = {"src", "srcset", "href", "poster", "data", "action", "background", "ping"}
            found.extend(value or "" for name, value in attrs if name in asks)

    reader = Reader()
    reader.feed(text)
    reader.close()
    return found


# --- All in one file -----------------------------------------------------------------------------------------------


def test_it_asks_nobody_for_anything(site: Path) -> None:
    text = page_of(site / "tiny")
    assert len(addresses(text)) == 2, "the picture in light and in dark"
    assert all(address.startswith("data:image/gif;base64,") for address in addresses(text))
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert not re.search(r"url\(|@import", text[text.index("<style>") : text.index("</style>")])
    assert "default-src 'none'" in text


def test_it_has_the_words_the_table_and_the_points(site: Path) -> None:
    seen = Seen(page_of(site / "tiny"))
    alt = (site / "tiny/alt.txt").read_text().strip()
    assert [attrs["alt"] for tag, attrs in seen.elements if tag == "img"] == [alt, alt]
    assert "How the line came to be." in seen.text
    assert sum(tag == "tr" for tag, _ in seen.elements) == 1 + 9
    assert '"x":[1.0,2.0,4.0]' in seen.text


def test_it_costs_what_the_page_about_it_says(site: Path) -> None:
    """The pictures as text, and 90 kB."""
    pictures = sum(map(len, addresses(page_of(site / "tiny"))))
    files = sum((site / "tiny" / name).stat().st_size for name in ("fit.gif", "fit.dark.gif"))
    assert abs(pictures / files - 4 / 3) < 0.001
    assert 80_000 < len(page_of(site / "tiny").encode()) - pictures < 90_000
    assert ".gd-race-slider" not in page_of(site / "tiny"), "which the front page has"


def test_the_markdown_is_none_to_engines_that_fill_in_braces(site: Path) -> None:
    assert not {*"{}"} & {*(site / "tiny/fragment.md").read_text(encoding="utf-8")}


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: pages are not looked at")
class TestInABrowser:
    def test_in_a_frame_it_is_computed_again_stepped_through_and_as_high_as_it_is(self, visit: Open) -> None:
        visited = visit("open.html")
        frame = visited.page.frame_locator("iframe")
        expect(frame.locator(".gd-again")).to_have_text(re.compile("300 of 300 epochs identical to PyTorch"))
        frame.get_by_role("slider", name="Epoch").press("Home")
        expect(frame.locator(".gd-readout")).to_contain_text("t = 0 ")
        frame.get_by_role("slider", name="Epoch").press("ArrowRight")
        expect(frame.locator(".gd-readout")).to_contain_text("ŷ = 2.000 x + 0.7000")  # 0.1 times the slopes −20 and −7
        inside = visited.page.frames[1]
        until(inside, "innerHeight >= document.body.scrollHeight && innerHeight <= document.body.scrollHeight + 4")
        assert inside.evaluate("innerHeight") > 600, "nothing of it is cut off"
        here = visited.page.url
        assert visited.requests == [
            here, here.replace("open.html", "tiny/fragment.html"),
            *(url for url in visited.requests if url.startswith("data:")),
        ]  # fmt: skip
        assert visited.complaints == []

    def test_where_a_platform_lets_scripts_run_and_nothing_else_it_is_stepped_through(self, visit: Open) -> None:
        visited = visit("scripts.html", width=390)
        frame = visited.page.frame_locator("iframe")
        frame.locator(".gd-again").scroll_into_view_if_needed()
        expect(frame.locator(".gd-again")).to_have_text(re.compile("300 of 300 epochs identical to PyTorch"))
        frame.get_by_role("button", name="Loss", exact=True).click()
        expect(frame.get_by_role("group", name="Loss", exact=True).locator("svg")).to_be_visible()
        assert visited.page.frames[1].evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert visited.complaints == []

    def test_where_no_script_runs_the_animation_plays(self, visit: Open) -> None:
        frame = visit("shut.html").page.frame_locator("iframe")
        expect(frame.locator("img.gd-light")).to_be_visible()
        expect(frame.locator("img.gd-dark")).to_be_hidden()
        expect(frame.locator("gd-stepper")).to_be_hidden()
        expect(frame.locator("table")).to_be_visible()

    def test_it_is_dark_for_who_wants_that_and_opens_as_a_file(self, site: Path, visit: Open) -> None:
        folder = site.with_name("Kurs #1 – Übung")
        if not folder.exists():
            shutil.copytree(site / "tiny", folder)
        visited = visit((folder / "fragment.html").as_uri() + "#epoch=2", color_scheme="dark")
        expect(visited.page.locator(".gd-readout")).to_contain_text("t = 2 ")
        expect(visited.page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
        paper = visited.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert max(map(int, re.findall(r"\d+", paper)[:3])) < 64
        assert visited.complaints == []


MANY = """\
source = "synthetic"
x = "uniform"
count = 70_000
low = 0.0
high = 1.0
weight = 1.0
bias = 0.0
noise = 0.1
seed = 1"""


def test_what_no_browser_steps_through_is_the_picture(tmp_path: Path) -> None:
    long = tiny.scenario("crawls", epochs=20).replace(tiny.POINTS, MANY)
    many = rendered(tmp_path, "many", long, "--kind", "loss_curve")
    sweep = rendered(tmp_path, "sweep", tiny.scenario(), "--kind", "sweep")
    for folder in (many, sweep):
        text = page_of(folder)
        assert "<script type=" not in text
        assert "</gd-stepper>" not in text
        assert all(address.startswith("data:image/png;base64,") for address in addresses(text))


def test_a_film_is_one_and_several_runs_have_a_table_each(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="MP4 needs PyAV: pip install 'gradient-descent-frame-by-frame[video]'")
    film = page_of(rendered(tmp_path, "film", tiny.scenario(title="Film"), "--format", "mp4"))
    assert [address.partition(";")[0] for address in addresses(film)] == ["data:video/mp4", "data:image/png"]
    (tmp_path / "slow.toml").write_text(tiny.scenario("crawls", rate=0.01, epochs=100, title="Slower"))
    two = render(tmp_path / "two", str(tmp_path / "film.toml"), str(tmp_path / "slow.toml"), "--kind", "race")
    for text in (page_of(two), (two / "fragment.md").read_text()):
        assert re.findall(r"<table>\s*<caption[^>]*>(\w+): epoch", text) == ["Film", "Slower"]


def test_no_text_of_others_is_markup_in_it(tmp_path: Path) -> None:
    title = "</title></script><img src=x onerror=alert(1)> [x](javascript:alert(1)) *a* `b` | &lt; \" ' $x$"
    caption = " ".join(text for text in hostile.TEXTS.values() if not UNSEEN.search(text))
    plain = rendered(tmp_path / "plain", "tiny", tiny.scenario(), "--caption", "A caption")
    quoted = title.replace('"', '\\"')
    live = rendered(tmp_path / "live", "tiny", tiny.scenario(title=quoted), "--caption", caption)
    for make in (page_of, lambda folder: markdown.markdown((folder / "fragment.md").read_text(), extensions=["extra"])):
        expected, found = Seen(make(plain)), Seen(make(live))
        assert [tag for tag, _ in found.elements] == [tag for tag, _ in expected.elements]
        assert one_line(caption) in found.text
    assert title in Seen(page_of(live)).text


# --- In the sites of others -----------------------------------------------------------------------------------------

# How an engine writes the address of a file beside a page whose own address is a folder: Zensical mends those in HTML.
FRAMED = {"mkdocs": "../fragment.html", "zensical": "fragment.html"}


@pytest.fixture(scope="module", params=[*FRAMED])
def built(site: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small site that knows nothing of us, whose pages are folders, and ours in one of them."""
    engine = request.param
    folder = tmp_path_factory.mktemp(engine)
    shutil.copytree(site / "tiny", folder / "docs/topics")
    fragment = folder / "docs/topics/fragment.md"
    frame = f'<iframe src="{FRAMED[engine]}" title="A run" width="100%" height="600"></iframe>'
    page = f"# Their page\n\nBefore.\n\n{fragment.read_text(encoding='utf-8')}\n\n{frame}\n\nAfter, in *Markdown*.\n"
    (folder / "docs/topics/run.md").write_text(page, encoding="utf-8")
    (folder / "docs/index.md").write_text("# Theirs\n")
    fragment.unlink()
    theme = "theme: readthedocs\n" if engine == "mkdocs" else ""  # Zensical has one
    (folder / "mkdocs.yml").write_text(f"site_name: Theirs\n{theme}")
    done = subprocess.run(
        [sys.executable, "-m", engine, "build", "--strict"], cwd=folder, env={**os.environ, "PYTHONPATH": ""},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


def test_in_a_strangers_site_the_picture_is_found_and_all_around_it_is_as_written(built: Path) -> None:
    page = built / "topics/run/index.html"
    seen = Seen(page.read_text(encoding="utf-8"))
    alt = (built / "topics/alt.txt").read_text().strip()
    (picture,) = [attrs for tag, attrs in seen.elements if tag == "img" and attrs.get("alt") == alt]
    (frame,) = [attrs for tag, attrs in seen.elements if tag == "iframe"]
    for address in (picture["src"], frame["src"]):
        assert (page.parent / str(address)).resolve().is_file()
    assert sum(tag == "tr" for tag, _ in seen.elements) == 1 + 9
    assert "How the line came to be." in seen.text
    assert "After, in Markdown." in seen.text
