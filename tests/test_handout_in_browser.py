"""What `export zip` makes, unpacked and opened as files: searched in each language, stepped through, saved from."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.test_browser import CHROMIUM, Open, browser, expect, served, until, visit
from tests.test_handout import exported, unpacked

__all__ = ["browser", "visit"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: pages are not looked at")

SAVED = ["train.py", "train.ipynb", "trajectory.csv"]
# What one types, and where the search of each edition finds that first.
SEARCHES = {"": ("learning rate well", "lesson/index.html"), "de/": ("Häuser", "de/lesson/index.html#hauser")}
LOADED = (
    "[...document.fonts].filter(({ status }) => status === 'loaded').map(({ family }) => family.replaceAll('\"', ''))"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a reader may have unpacked it. The theme's scripts look for a folder whose name begins with "worker"."""
    place = tmp_path_factory.mktemp("downloads") / "workers & $&/kurs #1 – Übung mit Leerzeichen, 100 %"
    return unpacked(exported() / "tiny.zip", place)


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder.parent) as host:
        yield f"{host}/{folder.name}"


def test_every_page_is_in_its_typeface_asks_for_nothing_elsewhere_and_complains_of_nothing(
    folder: Path, address: str, visit: Open
) -> None:
    pages = sorted(page for page in folder.rglob("index.html"))
    assert len(pages) == 10
    reader = None
    for page in pages:
        reader = visit(page.as_uri(), reader=reader)
        reader.page.mouse.wheel(0, 5000)
        until(reader.page, f"document.fonts.ready.then(() => {LOADED}.includes('Inter'))")
        if page.parent.name == "lesson":
            assert "STIX Two Math" in reader.page.evaluate(LOADED)
        assert reader.complaints == [], page
        asked = [url for url in reader.requests if not url.startswith((folder.as_uri(), "data:"))]
        assert not [url for url in asked if url != f"{address}/assets/stylesheets/roles.css"], "but between two pages"


@pytest.mark.parametrize("edition", SEARCHES, ids=["English", "German"])
def test_the_search_of_each_edition_finds_and_leads_there(folder: Path, visit: Open, edition: str) -> None:
    words, found = SEARCHES[edition]
    reader = visit((folder / edition / "index.html").as_uri())
    reader.page.locator(".md-search__input").click()
    reader.page.keyboard.type(words)
    place, _, anchor = found.partition("#")
    ending = f"[href$='#{anchor}']" if anchor else ""
    reader.page.locator(f".md-search-result__link[href*='/{place}?']{ending}").first.click()
    expect(reader.page.locator("h1")).to_contain_text("A lesson")
    address = urlsplit(reader.page.url)
    assert (address._replace(query="", fragment="").geturl(), address.fragment) == ((folder / place).as_uri(), anchor)
    assert reader.complaints == []


def test_an_address_leads_to_an_epoch_and_the_run_is_computed_again(folder: Path, visit: Open) -> None:
    reader = visit((folder / "scenarios/tiny/index.html").as_uri() + "#epoch=40")
    slider = reader.page.locator("gd-stepper input[type=range]")
    expect(slider).to_have_attribute("aria-valuetext", "epoch 40, loss 0.006774")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "epoch 41, loss 0.006710")
    expect(reader.page.locator(".gd-again")).to_have_attribute("data-outcome", "identical")
    reader.page.locator(".md-content a[href*='lab/index.html#']").first.click()
    expect(reader.page).to_have_url(re.compile(re.escape((folder / "lab/index.html").as_uri() + "#")))
    reader.page.locator('[value="converges"]').check()
    reader.page.locator('[data-lab="run"]').click()
    expect(reader.page.locator(".gd-lab-status")).to_contain_text("as you said")
    assert reader.complaints == []


def test_without_scripts_links_lead_to_pages_and_to_the_other_edition(folder: Path, visit: Open) -> None:
    page = visit((folder / "index.html").as_uri(), java_script_enabled=False).page
    page.get_by_role("link", name="Lesson").first.click()
    expect(page).to_have_url((folder / "lesson/index.html").as_uri())
    assert page.locator("a[hreflang=de]").get_attribute("href") == "../de/lesson/index.html"


@pytest.mark.parametrize("opened", ["as a file", "from a host"])
def test_programs_notebooks_and_tables_are_saved_and_not_shown(
    folder: Path, address: str, visit: Open, opened: str
) -> None:
    reader = visit((folder / "scenarios/tiny/index.html").as_uri() if opened == "as a file" else "scenarios/tiny/")
    for name in SAVED:
        with reader.page.expect_download() as saved:
            reader.page.locator(f"a[href='{name}']").click()
        assert saved.value.suggested_filename == name
        assert saved.value.path().read_bytes() == (folder / "scenarios/tiny" / name).read_bytes()
    expect(reader.page.locator("h1")).to_contain_text("Tiny")
    if opened == "from a host":  # whose policy forbids fonts that are data, and then the files are taken
        until(reader.page, f"{LOADED}.includes('Inter')")
        assert {said[:29] for said in reader.complaints} == {"Loading the font 'data:font/w"}
    else:
        assert reader.complaints == []


def test_where_no_script_has_the_text_a_link_is_as_the_browser_likes_it(
    folder: Path, visit: Open, tmp_path: Path
) -> None:
    site = Path(shutil.copytree(folder, tmp_path / "site"))
    (site / "scenarios/tiny/train.py.js").unlink()
    page = visit((site / "scenarios/tiny/index.html").as_uri()).page
    page.locator("a[href='train.py']").click()
    expect(page).to_have_url((site / "scenarios/tiny/train.py").as_uri())


# --- Firefox, driven by npm's puppeteer-core, which NODE_PATH leads to --------------------------------------

IN_FIREFOX = """
const [executablePath, address, downloads, searches, loaded] = process.argv.slice(-5);
const { existsSync, readFileSync } = require("fs");
import(require.resolve("puppeteer-core")).then(async ({ default: puppeteer }) => {
    const extraPrefsFirefox = { "browser.download.folderList": 2, "browser.download.dir": downloads };
    const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true, extraPrefsFirefox });
    try {
        const page = await browser.newPage(), said = [], asked = [], found = {}, saved = {};
        await page.setViewport({ width: 1280, height: 800 });
        page.on("pageerror", (error) => said.push(String(error)));
        page.on("console", (message) => said.push(message.text()));
        page.on("request", (request) => asked.push(request.url()));

        for (const [edition, [words]] of Object.entries(JSON.parse(searches))) {
            await page.goto(`${address}${edition}index.html`);
            await page.click(".md-search__input");
            await page.keyboard.type(words);
            await page.waitForSelector(".md-search-result__link");
            found[edition] = await page.$$eval(".md-search-result__link", (all) => all.map(({ href }) => href));
        }
        await page.goto(found[""][0]);
        found.page = await page.$eval("h1", (heading) => heading.textContent);
        const fonts = await page.evaluate(`document.fonts.ready.then(() => ${loaded})`);

        await page.goto(`${address}scenarios/tiny/index.html#epoch=40`);
        const slider = await page.waitForSelector("gd-stepper input[type=range]");
        await slider.focus();
        await page.keyboard.press("ArrowRight");
        const epoch = await slider.evaluate((each) => each.getAttribute("aria-valuetext"));
        const again = await page.waitForSelector(".gd-again[data-outcome]");
        const outcome = await again.evaluate((each) => each.dataset.outcome);
        for (const name of SAVED) {
            await page.click(`a[href="${name}"]`);
            const file = `${downloads}/${name}`, deadline = Date.now() + 60_000;
            while (!existsSync(file) && Date.now() < deadline) await new Promise((wait) => setTimeout(wait, 50));
            saved[name] = readFileSync(file, "utf-8");
        }

        await page.goto(`${address}lab/index.html`);
        await page.click('[value="converges"]');
        await page.click('[data-lab="run"]');
        const status = await page.waitForSelector(".gd-lab-status ::-p-text(as you said)");
        console.log(JSON.stringify({ said, asked, found, fonts, epoch, outcome, saved, lab: status !== null }));
    } finally {
        await browser.close();
    }
});
"""


def test_firefox_searches_steps_saves_and_plays_with_the_lab(folder: Path, tmp_path: Path) -> None:
    firefox, node = shutil.which("firefox-esr") or shutil.which("firefox"), shutil.which("node")
    if firefox is None or node is None:
        pytest.skip("no Firefox, or no Node to drive it, on the PATH: files are opened in Chromium alone")
    if subprocess.run([node, "-e", "require.resolve('puppeteer-core')"], capture_output=True, check=False).returncode:
        pytest.skip("NODE_PATH leads to no puppeteer-core, which drives Firefox: files are opened in Chromium alone")
    address = f"{folder.as_uri()}/"
    command = [node, "-e", IN_FIREFOX.replace("SAVED", json.dumps(SAVED)), firefox, address, str(tmp_path)]
    done = subprocess.run(
        [*command, json.dumps(SEARCHES), LOADED], capture_output=True, text=True, timeout=300, check=True
    )
    seen = json.loads(done.stdout)
    assert seen["said"] == []
    assert [url for url in seen["asked"] if not url.startswith((address, "data:", "about:", "blob:"))] == []
    for edition, (_, place) in SEARCHES.items():
        places = [url.removeprefix(address) for url in seen["found"][edition]]
        assert place in [place.partition("?")[0] + "#" * ("#" in place) + place.partition("#")[2] for place in places]
    assert seen["found"]["page"].startswith("A lesson")
    assert {"Inter", "STIX Two Math"} <= {*seen["fonts"]}
    assert seen["epoch"] == "epoch 41, loss 0.006710"
    assert seen["outcome"] == "identical"
    texts = {name: (folder / "scenarios/tiny" / name).read_text(encoding="utf-8") for name in SAVED}
    assert seen["saved"] == texts
    assert seen["lab"]
