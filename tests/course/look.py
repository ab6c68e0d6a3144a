"""Every page of the course that is built in site/, once: `make look`.

In a light window of 1280 CSS pixels and in a dark one of 320, axe-core finds nothing, and no page scrolls sideways. It
takes a minute or two, so it is not among the tests, which look at every kind of page and at all states of one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.test_access import answer_and_open_all, found
from tests.test_browser import CHROMIUM, FLAGS, served
from tests.tiny import REPOSITORY

WINDOWS = ((1280, "light"), (320, "dark"))


def faults(browser: Browser, site: Path) -> Iterator[str]:
    pages = sorted(page.relative_to(site).as_posix() for page in site.rglob("*.html"))
    with served(site.parent) as host:
        for width, scheme in WINDOWS:
            window = browser.new_context(
                viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
            )
            page = window.new_page()
            for name in pages:
                page.goto(f"{host}/{site.name}/{name.removesuffix('index.html')}")
                answer_and_open_all(page)
                where = f"{name}, {width} pixels, {scheme}"
                if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    yield f"{where}: the page scrolls sideways"
                yield from (f"{where}: {rule}: {', '.join(nodes)}" for rule, nodes in found(page))
            window.close()


def main() -> int:
    site = REPOSITORY / "site"
    if not (site / "index.html").is_file():
        sys.exit(f"error: there is no site in {site}\nhelp: `make site` builds it")
    with sync_playwright() as playwright:
        is_clean = True
        for fault in faults(playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS), site):
            print(fault)
            is_clean = False
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
