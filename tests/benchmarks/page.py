"""What a browser loads with a lesson besides its text and pictures, and how often the page moves while it loads."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from tests.test_browser import CHROMIUM, FLAGS, build, served

SHIFTS = """() => new Promise(resolve => {
    let count = 0;
    new PerformanceObserver(list => count += list.getEntries().length).observe({type: "layout-shift", buffered: true});
    setTimeout(() => resolve(count), 300);
})"""


def figures() -> Iterator[tuple[str, float | str]]:
    if CHROMIUM is None:
        yield "page_kilobytes", "skipped, no Chromium on the PATH"
        return
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        yield from page_figures(Path(folder) / "site", "lesson/")


def page_figures(site: Path, path: str) -> Iterator[tuple[str, float | str]]:
    """Of one page of a built site, as a host sends it: compressed, but for fonts, which are so already."""
    loaded: dict[str, set[str]] = {"script": set(), "stylesheet": set(), "font": set()}
    with served(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.on("request", lambda request: loaded.get(request.resource_type, set()).add(urlsplit(request.url).path))
        page.goto(f"{address}/{path}")
        page.wait_for_load_state("networkidle")
        shifts = page.evaluate(SHIFTS)
        browser.close()
    for kind, names in loaded.items():
        contents = [(site / name.lstrip("/")).read_bytes() for name in names]
        sizes = [len(content if kind == "font" else gzip.compress(content)) for content in contents]
        yield f"page_{kind}_kilobytes ({len(sizes)} files)", sum(sizes) / 1000
    yield "page_layout_shifts", shifts
