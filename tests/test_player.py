"""Figures that play, in real browsers: every frame is that of the GIF, wherever the page was opened from."""

from __future__ import annotations

import functools
import http.server
import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image, ImageSequence

from generator.site.headers import POLICY
from tests import shared, tiny
from tests.test_browser import (
    CHROMIUM,
    PATIENCE,
    Open,
    browser,
    expect,
    served,
    sync_api,
    until,
    visit,
)

__all__ = ["browser", "visit"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: pages are not looked at")
FIREFOX = shutil.which("firefox") or shutil.which("firefox-esr")

PAGE = "# Playing\n\n[= figure('tiny', 'other', kind='race', wide=True) =]\n\n[= figure(kind='cobweb') =]\n"


def build(project: Path) -> None:
    tiny.make(project)
    (project / "docs/scenarios/tiny.toml").write_text(tiny.scenario(epochs=90))
    (project / "docs/scenarios/other.toml").write_text(tiny.scenario("diverges", rate=0.3, epochs=20, title="Other"))
    (project / "docs/en/index.md").write_text(PAGE)
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a page around it that puts it into a frame; where a reader may have unpacked it."""
    built = shared.once("site for players", build) / "site"
    folder = shutil.copytree(built, tmp_path_factory.mktemp("downloads") / "Übung #2, tirée é" / "site")
    frame = '<!doctype html><iframe sandbox="allow-scripts" src="site/index.html" width="1250" height="700"></iframe>'
    (folder.parent / "platform.html").write_text(frame)
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site.parent) as host:
        yield f"{host}/site"


KINDS = ["race", "cobweb"]
# What a figure shows, going forwards through all frames, and backwards, and to and fro: of each a number, which is as
# good as all its pixels.
SEEN = """async (figure) => {
    const digest = (canvas) => {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const { buffer } = copy.getImageData(0, 0, canvas.width, canvas.height).data, pixels = new Int32Array(buffer);
        let sum = canvas.width;
        for (let i = 0; i < pixels.length; i++) {
            sum = (sum + Math.imul(pixels[i] + 1, Math.imul(i + 1, 2654435761) | 1)) | 0;
        }
        return sum >>> 0;
    };
    const slider = figure.querySelector(".gd-player input"), epochs = figure.dataset.epochs.split(",");
    const last = epochs.length - 1, up = epochs.map((_, index) => index), seen = [];
    for (const index of [...up, ...up.slice(0, -1).reverse(), last - 1, 1]) {
        slider.value = index;
        slider.dispatchEvent(new Event("input"));
        while (slider.ariaValueText !== `epoch ${epochs[index]}`) await new Promise((wake) => setTimeout(wake, 5));
        seen.push(digest(figure.querySelector("canvas")));
    }
    return seen;
}"""


def digest(picture: Any) -> int:
    pixels = np.asarray(picture.convert("RGBA")).view("<u4").ravel()
    places = (np.arange(1, len(pixels) + 1, dtype=np.uint32) * np.uint32(2654435761)) | np.uint32(1)
    return int((picture.width + int(((pixels + np.uint32(1)) * places).sum(dtype=np.uint32))) % 2**32)


def gif(site: Path, kind: str, theme: str = "") -> Path:
    (found,) = (path for path in site.glob(f"comparisons/{kind}-*.gif") if (".dark" in path.name) == bool(theme))
    return found


def drawn(site: Path, kind: str, theme: str = "") -> list[int]:
    """The same, by Pillow."""
    frames = frames_of(gif(site, kind, theme))
    last = len(frames) - 1
    assert len({*frames}) > 8
    return [frames[index] for index in [*range(last + 1), *reversed(range(last)), last - 1, 1]]


@functools.cache
def frames_of(file: Path) -> list[int]:
    with Image.open(file) as picture:
        return [digest(each.convert("RGB")) for each in ImageSequence.Iterator(picture)]


def seen(page: sync_api.Page | sync_api.Frame, kind: str) -> list[int]:
    found: list[int] = page.locator(f".gd-figure:has(img[src*='{kind}-'])").evaluate(SEEN)
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("scheme", "theme"), [("light", ""), ("dark", ".dark")])
def test_every_frame_is_that_of_the_gif_both_ways(site: Path, visit: Open, kind: str, scheme: str, theme: str) -> None:
    reader = visit("", reduced_motion="reduce", color_scheme=scheme, alone=True)
    assert seen(reader.page, kind) == drawn(site, kind, theme)
    assert reader.complaints == []
    assert reader.page.evaluate("violations") == []
    assert not {name for name in reader.pictures if name.endswith(".gif")}


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_is_that_of_the_gif_in_a_page_opened_as_a_file(site: Path, visit: Open, kind: str) -> None:
    page = visit((site / "index.html").as_uri(), reduced_motion="reduce").page
    assert seen(page, kind) == drawn(site, kind)


def test_every_frame_is_that_of_the_gif_in_a_sandboxed_frame(site: Path, visit: Open, address: str) -> None:
    """As in a learning platform. (Of a file, browsers load nothing at all into such a frame.)"""
    reader = visit(f"{address}/../platform.html", reduced_motion="reduce")
    until(reader.page, "frames.length === 1")
    inside = reader.page.frames[1]
    expect(inside.locator(".gd-player").first).to_be_visible()
    for kind in KINDS:
        assert seen(inside, kind) == drawn(site, kind)


def test_frames_are_loaded_when_they_are_asked_for_and_once(visit: Open) -> None:
    reader = visit("", reduced_motion="reduce", alone=True)
    page = reader.page
    page.wait_for_load_state("networkidle")

    def loaded() -> list[str]:
        return [url for url in reader.requests if url.endswith(".frames.js")]

    assert loaded() == []
    player = page.locator(".gd-player").first
    for index in ("3", "2", "5"):
        player.get_by_role("slider").fill(index)
        expect(page.locator(".gd-figure canvas").first).to_be_visible()
    player.get_by_role("button").click()
    assert len(loaded()) == 1


def test_where_no_frames_come_the_gif_plays(visit: Open) -> None:
    page = visit("", reduced_motion="reduce").page
    page.route("**/*.frames.js", lambda route: route.abort())
    page.reload()
    figure = page.locator(".gd-figure").first
    image = figure.locator("img.gd-light:not(.gd-filmstrip)").first
    figure.get_by_role("button", name="Play").click()
    expect(image).to_have_attribute("src", re.compile(r"\.gif\?1$"))
    expect(figure.get_by_role("slider")).to_have_count(0)
    figure.get_by_role("button", name="Pause").click()
    expect(image).to_have_attribute("src", re.compile(r"\.png$"))
    figure.get_by_role("button", name="Replay").click()
    expect(image).to_have_attribute("src", re.compile(r"\.gif\?2$"))


# --- Pages without folders ---------------------------------------------------------------------------------


def build_flat(project: Path) -> None:
    tiny.make(project)
    (project / "docs/scenarios/other.toml").write_text(tiny.scenario("diverges", rate=0.3, epochs=20, title="Other"))
    config = (project / "mkdocs.yml").read_text().replace("- Home: index.md", "- Home: index.md\n- Deep: deep/down.md")
    (project / "mkdocs.yml").write_text(f"{config}use_directory_urls: false\n")
    (project / "docs/en/deep").mkdir()
    for page in ("index.md", "deep/down.md"):
        (project / "docs/en" / page).write_text(PAGE)
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("opened", ["served", "as a file"])
@pytest.mark.parametrize("page", ["index.html", "deep/down.html"])
def test_pictures_and_frames_are_found_where_pages_have_no_folders(visit: Open, page: str, opened: str) -> None:
    flat = shared.once("site of flat pages", build_flat) / "site"
    with served(flat) as host:
        address = f"{host}/{page}" if opened == "served" else (flat / page).as_uri()
        reader = visit(address, width=390, reduced_motion="reduce")
        figure = reader.page.locator(".gd-figure").first
        shown = figure.locator("picture > img.gd-light")
        shown.scroll_into_view_if_needed()
        expect(shown).to_have_js_property("complete", True)
        assert shown.evaluate("image => [image.currentSrc.includes('.narrow.'), image.naturalWidth]") == [True, 680]
        figure.get_by_role("slider").fill("3")
        expect(figure.locator("canvas")).to_be_visible()
        assert not {name for name in reader.pictures if name.endswith(".gif")}


# --- Firefox: nothing drives it; a script in the page goes through the frames, and tells what it saw --------

PROBE = """
const look = SEEN;
addEventListener("load", async () => {
    const seen = {};
    for (const figure of document.querySelectorAll(".gd-figure")) {
        seen[figure.querySelector("img").src.match(/comparisons.([a-z]+)-/)[1]] = await look(figure);
    }
    seen.gifs = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".gif")).length;
    new Image().src = `HOST/told?${JSON.stringify(seen)}`;
});
"""
PREFERENCES = """
user_pref("ui.prefersReducedMotion", 1);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
"""


@contextmanager
def listening(folder: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of a server of this folder, under the policy, and what it has been told."""
    told: list[dict[str, Any]] = []

    class Host(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", POLICY)
            super().end_headers()

        def do_GET(self) -> None:
            path, _, said = self.path.partition("?")
            if path == "/told":
                told.append(json.loads(unquote(said)))
            super().do_GET()

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Host, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", told
        server.shutdown()


@pytest.mark.skipif(FIREFOX is None, reason="no Firefox on the PATH: pages are not looked at in it")
@pytest.mark.parametrize("opened", ["as a file", "in a sandboxed frame"])
def test_firefox_shows_every_frame_of_the_gif_both_ways(site: Path, tmp_path: Path, opened: str) -> None:
    shutil.copytree(site.parent, folder := tmp_path / site.parent.name)
    (profile := tmp_path / "profile").mkdir()
    (profile / "user.js").write_text(PREFERENCES)
    index = folder / "site/index.html"
    index.write_text(index.read_text().replace("</body>", '<script src="probe.js"></script></body>'))
    with listening(folder) as (host, told):
        (folder / "site/probe.js").write_text(PROBE.replace("SEEN", SEEN).replace("HOST", host))
        page = index.as_uri() if opened == "as a file" else f"{host}/platform.html"
        command = [str(FIREFOX), "--headless", "--no-remote", "--profile", str(profile), page]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as firefox:
            deadline = time.monotonic() + 2 * PATIENCE
            while not told and time.monotonic() < deadline:
                time.sleep(0.1)
            firefox.terminate()
    assert told, "it said nothing"
    assert told[0] == {"gifs": 0} | {kind: drawn(site, kind) for kind in KINDS}
