"""One address of a site leads to it from elsewhere; without one no file has any. And what it tells who finds it."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml
from PIL import Image

from generator.figures.social import averages
from generator.inert import in_json_block
from generator.project import Project
from generator.site import address, uptodate
from tests import hostile, shared, tiny

LESSON = """\
---
title: A <lesson> & "more"
description: What a line learns.
---

# A lesson

**After this lesson you can** say where the line *ends*, and $why$.

## Run

[= figure("dropped-in", kind="landscape") =]
"""
PLAIN = "# Without pictures\n\nThere is nothing to see here.\n"
SITES = {"at the top": "https://course.example", "below": "https://example.org/a/b/", "nowhere": ""}
FOREIGN = {"https://example.org/tiny", "https://spdx.org/licenses/MIT.html"}  # the repository and the licence


def build(folder: Path) -> None:
    """Three sites of one project, whose pictures are drawn once."""
    project = tiny.drop_in(tiny.make_warm(folder / "project"))
    (project / "docs/en/lesson.md").write_text(LESSON)
    (project / "docs/en/plain.md").write_text(PLAIN)
    config = project / "mkdocs.yml"
    more = "- Home: index.md\n- Lesson: lesson.md\n- Plain: plain.md"
    config.write_text(config.read_text().replace("- Home: index.md", more))
    for name, said in SITES.items():
        done = tiny.generator(project, "build", "--jobs", "1", "--site-dir", str(folder / name), SITE_URL=said)
        assert done.returncode == 0, done.stdout + done.stderr
        (folder / f"{name}.txt").write_text(done.stderr)


def site(name: str) -> Path:
    return shared.once("sites with addresses", build) / name


class Head(HTMLParser):
    """The links of a page, what its head says, and its data for search engines."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.said: dict[str, str] = {}
        self.related: dict[str, str] = {}
        self.data: Any = None
        self.is_data = False
        self.feed(file.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.links += [given[name] for name in ("href", "src") if name in given]
        if tag == "meta":
            name = given.get("property") or given.get("name", "") + given.get("media", "")
            self.said[name] = given.get("content", "")
        if tag == "link":
            self.related[given["rel"]] = given["href"]
        self.is_data = given.get("type") == "application/ld+json"

    def handle_data(self, data: str) -> None:
        if self.is_data:
            self.data = json.loads(data)
            self.is_data = False


# --- The address -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "base"), [("at the top", "https://course.example/"), ("below", "https://example.org/a/b/")]
)
def test_each_page_names_its_own_address_and_the_map_lists_them(name: str, base: str) -> None:
    pages = {"index.html": "", "lesson/index.html": "lesson/", "scenarios/tiny/index.html": "scenarios/tiny/"}
    for page, place in pages.items():
        head = Head(site(name) / page)
        assert head.related["canonical"] == head.said["og:url"] == head.data["url"] == base + place
    listed = ElementTree.fromstring((site(name) / "sitemap.xml").read_bytes())
    places = {element.text for element in listed.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")}
    assert places >= {base + place for place in pages.values()}
    for place in places:
        assert (site(name) / str(place).removeprefix(base) / "index.html").is_file(), place


@pytest.mark.parametrize(("name", "path"), [("at the top", "/"), ("below", "/a/b/")])
@pytest.mark.parametrize("missing", ["x", "x/", "x/y/z", "scenarios/gone/"])
def test_all_links_of_the_404_page_lead_somewhere_wherever_it_is_shown(name: str, path: str, missing: str) -> None:
    links = Head(site(name) / "404.html").links
    assert len(links) > 10
    for link in links:
        to = urlsplit(urljoin(f"https://host.example{path}{missing}", link))
        if to.netloc == "host.example" and to.path != f"{path}{missing}":  # else to itself, as to its own headings
            assert to.path.startswith(path)
            file = site(name) / to.path.removeprefix(path)
            assert (file / "index.html" if to.path.endswith("/") else file).is_file(), link


def test_the_404_page_says_what_it_is_and_leads_to_what_there_is() -> None:
    text = (site("below") / "404.html").read_text()
    assert "<h1>This page is not here</h1>" in text
    shown = text[text.index("<h1>") :]
    for place in ("/a/b/index.html", "/a/b/lesson/", "/a/b/plain/", "/a/b/scenarios/"):
        assert f'<a href="{place}">' in shown


def test_without_an_address_no_file_has_one() -> None:
    nowhere = site("nowhere")
    for file in nowhere.rglob("*.html"):
        head = Head(file)
        absolute = {link for link in head.links if urlsplit(link).scheme or link.startswith("/")}
        own = [link for link in absolute if not link.startswith((*FOREIGN, "https://squidfunk.github.io"))]
        assert not own, file
        assert "canonical" not in head.related
        assert not {"og:url", "og:image"} & head.said.keys()
        assert head.data is None or not {"url", "image"} & head.data.keys()
    assert "<loc>" not in (nowhere / "sitemap.xml").read_text()
    assert not [*nowhere.rglob("*.card.png"), *nowhere.rglob("robots.txt")]
    for file in nowhere.rglob("*"):
        if file.is_file():
            content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
            assert b"course.example" not in content
            assert b"example.org/a/b" not in content


def test_sites_of_two_addresses_differ_in_nothing_but_those() -> None:
    one, other = site("at the top"), site("below")
    names = {path.relative_to(one).as_posix() for path in one.rglob("*") if path.is_file()}
    assert names - {"robots.txt"} == {path.relative_to(other).as_posix() for path in other.rglob("*") if path.is_file()}
    for name in names - {"robots.txt", "sitemap.xml.gz", "404.html", ".frame-by-frame"}:
        first = (one / name).read_bytes().replace(b"https://course.example/", b"https://example.org/a/b/")
        assert first == (other / name).read_bytes(), name


def test_a_build_says_that_the_404_page_needs_an_address_and_one_that_has_it_does_not() -> None:
    told = {name: site(f"{name}.txt").read_text() for name in SITES}
    assert "404.html" in told["nowhere"]
    assert "site_url: https://" in told["nowhere"]
    assert "SITE_URL=https://" in told["nowhere"]
    assert "404.html" not in told["at the top"] + told["below"]


def test_crawlers_are_told_of_the_map_where_they_look_and_nowhere_else() -> None:
    """Below a path nobody looks for a robots.txt: RFC 9309 has it at the top of the host."""
    assert "Sitemap: https://course.example/sitemap.xml\n" in (site("at the top") / "robots.txt").read_text()
    assert not (site("below") / "robots.txt").exists()


MALFORMED = {
    "no scheme": "example.org/course/", "nothing but a path": "/course/", "a script": "javascript:alert(1)",
    "a blank": "https://example.org/my course/", "brackets": "http://[::1", "a query": "https://example.org/?a=b",
    "an anchor": "https://example.org/#top", "no host": "https:///course/", "a port": "https://example.org:x/",
    "a quote": "https://example.org/\"><script>", "a file": "file:///srv/site/",
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tiny.make(tmp_path / "project")


@pytest.mark.parametrize("said", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_address_is_refused_once_wherever_it_is_said(
    project: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("SITE_URL", said)
    done = tiny.typed(project, "check")
    assert done.returncode == 1
    assert done.stderr.count("error: ") == 1
    assert "error: SITE_URL in the environment is no address" in done.stderr
    assert "help: as it stands in the browser's address bar" in done.stderr

    monkeypatch.delenv("SITE_URL")
    config = project / "mkdocs.yml"
    lines = config.read_text()
    config.write_text(f"{lines}site_url: {json.dumps(said)}\n")
    done = tiny.typed(project, "check")
    assert done.returncode == 1
    assert done.stderr.count("error: ") == 1
    assert "error: site_url is no address" in done.stderr
    assert f"mkdocs.yml:{len(lines.splitlines()) + 1}" in done.stderr


def test_what_the_environment_says_goes_over_the_configuration_unless_it_is_empty(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (project / "mkdocs.yml").open("a") as config:
        config.write("site_url: https://example.org/written\n")
    here = Project(project)
    for said, meant in {
        "": "https://example.org/written/", "  ": "https://example.org/written/", "https://a.b": "https://a.b/",
        "http://localhost:8000/x/": "http://localhost:8000/x/",
    }.items():  # fmt: skip
        monkeypatch.setenv("SITE_URL", said)
        assert address.of_site(here) == meant


def test_an_edition_lies_below_the_site_unless_it_says_where(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "https://a.b/c")
    (project / "docs/de").mkdir()
    (project / "mkdocs.de.yml").write_text("site_name: Winzig\n")
    english, german = Project(project).editions()
    assert address.of_edition(english, english.settings()) == "https://a.b/c/"
    assert address.of_edition(german, german.settings()) == "https://a.b/c/de/"
    monkeypatch.delenv("SITE_URL")
    assert address.of_edition(german, german.settings()) is None
    (project / "mkdocs.de.yml").write_text("site_name: Winzig\nsite_url: https://winzig.example\n")
    assert address.of_edition(german, german.settings()) == "https://winzig.example/"


def test_another_address_is_another_build_and_the_same_one_is_none(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, seen = Project(project), []
    for said in ("", "https://a.b", "https://a.b/c", "no address"):
        monkeypatch.setenv("SITE_URL", said)
        assert uptodate.inputs(here) == uptodate.inputs(here)
        seen.append(uptodate.inputs(here))
    assert len({*seen}) == 4


# --- Cards -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "picture"),
    [
        ("index.html", "scenarios/tiny/fit"), ("scenarios/dropped-in/index.html", "scenarios/dropped-in/fit"),
        ("lesson/index.html", "scenarios/dropped-in/landscape"), ("plain/index.html", "scenarios/tiny/fit"),
    ],
)  # fmt: skip
def test_a_page_that_is_shared_shows_its_first_picture_or_that_of_the_front_page(page: str, picture: str) -> None:
    head = Head(site("below") / page)
    card = head.said["og:image"]
    assert card.startswith(f"https://example.org/a/b/{picture}")
    file = site("below") / card.removeprefix("https://example.org/a/b/")
    with Image.open(file) as opened:
        assert (opened.format, opened.size) == ("PNG", (1200, 630))
        assert (head.said["og:image:width"], head.said["og:image:height"]) == ("1200", "630")
        assert opened.convert("RGB").getcolors(64) is not None, "few colours"
    assert file.stat().st_size <= 60_000
    assert "epoch" in head.said["og:image:alt"]
    assert head.said["twitter:card"] == "summary_large_image"


def test_a_card_is_the_picture_of_the_run_made_smaller() -> None:
    """Against Pillow's own averages."""
    folder = site("below") / "scenarios/tiny"
    with Image.open(folder / "fit.png") as picture, Image.open(folder / "fit.card.png") as card:
        width = round(picture.width * 582 / picture.height)
        expected = np.asarray(picture.convert("RGB").resize((width, 582), Image.Resampling.BOX), np.float64)
        left = (1200 - width) // 2
        inside = np.asarray(card.convert("RGB"), np.float64)[24 : 24 + 582, left : left + width]
    assert np.abs(inside - expected).mean() < 1
    assert (np.abs(inside - expected) > 48).mean() < 0.005, "but for edges, of which there are more colours"


def test_a_smaller_picture_has_the_averages_of_the_larger_one() -> None:
    assert averages(4, 2).tolist() == [[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]]
    assert np.allclose(averages(3, 2), [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]])


# --- What pages say of themselves ---------------------------------------------------------------------------------


def test_search_engines_are_told_what_one_learns_on_a_lesson() -> None:
    data = Head(site("below") / "lesson/index.html").data
    assert data["@context"] == "https://schema.org"
    assert data["@type"] == "LearningResource"
    assert data["name"] == 'A <lesson> & "more"'
    assert data["description"] == "What a line learns."
    assert data["inLanguage"] == "en"
    assert data["learningResourceType"] == "lesson"
    assert data["teaches"] == "say where the line ends, and why."
    assert data["timeRequired"] == "PT1M"
    assert data["author"] == {"name": "The authors of Gradient Descent, Frame by Frame"}
    assert data["license"] == "https://spdx.org/licenses/MIT.html"
    assert data["isPartOf"] == {"@type": "LearningResource", "name": "Tiny", "url": "https://example.org/a/b/"}
    assert data["image"] == Head(site("below") / "lesson/index.html").said["og:image"]
    assert Head(site("below") / "index.html").data["learningResourceType"] == "course"
    run = Head(site("below") / "scenarios/tiny/index.html").data
    assert run["learningResourceType"] == "example"
    assert "converges" in run["description"]
    for page in ("plain/index.html", "404.html"):
        assert Head(site("below") / page).data is None


def test_a_page_is_described_as_its_front_matter_says_or_else_as_the_site_is() -> None:
    assert Head(site("nowhere") / "lesson/index.html").said["og:description"] == "What a line learns."
    head = Head(site("nowhere") / "plain/index.html")
    assert head.said["og:title"] == "Plain", "as in the navigation"
    assert head.said["og:description"] == head.said["description"] != ""


def test_texts_that_are_hostile_stay_texts_in_what_pages_say_of_themselves() -> None:
    for id, text in hostile.TEXTS.items():
        head = Head(hostile.site() / "scenarios" / id / "index.html")
        assert hostile.as_shown(head.data["name"]) == hostile.as_shown(text)
        block = re.search(
            r'<script type="application/ld\+json">(.*?)</script>',
            (hostile.site() / "scenarios" / id / "index.html").read_text(), re.DOTALL,
        )  # fmt: skip
        assert block is not None
        assert not re.search("[<>&\u2028\u2029]", block[1])
        assert json.loads(block[1]) == head.data
    named = Head(hostile.site() / "index.html").said
    assert hostile.as_shown(named["og:site_name"]) == hostile.as_shown(hostile.SITE_NAME)
    assert hostile.as_shown(named["og:description"]) == hostile.as_shown(hostile.DESCRIPTION)


def test_json_in_a_page_has_no_sign_of_html_and_says_the_same() -> None:
    value = {"a": "</script><!-- & \u2028 ü"}
    written = in_json_block(value)
    assert json.loads(written) == value
    assert written.isascii()
    assert not re.search("[<>&]", written)


def test_each_page_has_a_picture_for_phones_and_a_colour_for_each_scheme() -> None:
    head = Head(site("nowhere") / "lesson/index.html")
    assert head.said["theme-color(prefers-color-scheme: light)"] == "#fffefb"
    assert head.said["theme-color(prefers-color-scheme: dark)"] == "#14171c"
    with Image.open(site("nowhere") / "lesson" / head.related["apple-touch-icon"]) as icon:
        assert (icon.format, icon.size) == ("PNG", (180, 180))
        assert "transparency" not in icon.info, "a phone shows what is transparent in black"
        ball = icon.convert("RGB").getpixel((55, 85))  # where favicon.svg has its middle: 18 + 6 · 6.2, 18 + 6 · 11.2
    assert np.abs(np.subtract(ball, (0x3A, 0x93, 0xCF))).max() < 8


# --- How to cite it, and under which licence ----------------------------------------------------------------------


def foot(text: str) -> str:
    found = re.search(r'<span class="gd-cite">(.*?)</span>', text, re.DOTALL)
    return " ".join(re.sub("<[^>]+>", "", found[1]).split()) if found else ""


def test_the_foot_says_how_to_cite_and_under_which_licence() -> None:
    text = (site("below") / "lesson/index.html").read_text()
    assert foot(text) == (
        "Cite and reuse: The authors of Gradient Descent, Frame by Frame, Tiny, https://example.org/a/b/. "
        "Texts and pictures: MIT License."
    )
    assert '<a href="https://spdx.org/licenses/MIT.html" rel="license">' in text


def test_a_course_that_says_nothing_of_a_licence_claims_none(tmp_path: Path) -> None:
    assert tiny.typed(tmp_path, "new", "course", str(tmp_path / "own")).returncode == 0
    project, config = tmp_path / "own", tmp_path / "own/mkdocs.yml"
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    text = (project / "site/index.html").read_text()
    assert "Cite and reuse" not in text
    assert "icense" not in text
    said = yaml.safe_load(config.read_text())
    said["site_author"] = "<A & B>"
    said["extra"]["license"] = {"name": "A <licence>"}
    config.write_text(yaml.safe_dump(said))
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    text = (project / "site/index.html").read_text()
    assert "Cite and reuse: &lt;A &amp; B&gt;, <cite>" in text
    assert "Texts and pictures: A &lt;licence&gt;." in text
    data = Head(project / "site/index.html").data
    assert (data["author"], data["license"]) == ({"name": "<A & B>"}, "A <licence>")


@pytest.mark.parametrize(
    "license", ["MIT", {"name": 5}, {"name": ""}, {"name": "X", "url": "javascript:alert(1)"}, {"nam": "X"}]
)
def test_a_licence_that_nobody_can_read_is_refused(project: Path, license: object) -> None:
    with (project / "mkdocs.yml").open("a") as config:
        config.write(json.dumps({"extra": {"license": license}})[1:-1] + "\n")
    done = tiny.typed(project, "check")
    assert done.returncode == 1
    assert "license, under extra, has to be a table, as in {name: CC BY 4.0" in done.stderr


def test_the_repository_says_how_to_cite_it_as_its_other_files_say() -> None:
    cited = yaml.safe_load((tiny.REPOSITORY / "CITATION.cff").read_text())
    assert cited["cff-version"] == "1.2.0"
    assert cited.keys() >= {"message", "title", "authors"}, "what the format asks for"
    config = (tiny.REPOSITORY / "mkdocs.yml").read_text()
    assert f"site_author: {cited['authors'][0]['name']}\n" in config
    licence = (tiny.REPOSITORY / "LICENSE").read_text()
    assert licence.startswith("MIT License")
    assert cited["authors"][0]["name"] in licence
    assert cited["license"] == "MIT"
    changes = (tiny.REPOSITORY / "CHANGELOG.md").read_text()
    assert f"## {cited['version']} ({cited['date-released']})" in changes


# --- A bare run of the engine -------------------------------------------------------------------------------------


def test_a_bare_run_of_the_engine_makes_the_same_pages(tmp_path: Path) -> None:
    import subprocess
    import sys

    root = Path(shutil.copytree(site("project"), tmp_path / "project", ignore=shutil.ignore_patterns("site*")))
    for name in ("below", "nowhere"):
        environment = os.environ | {"SITE_URL": SITES[name], "PYTHONPATH": str(tiny.REPOSITORY)}
        command = [sys.executable, "-m", "mkdocs", "build", "-q", "--site-dir", str(tmp_path / name)]
        subprocess.run(command, cwd=root, env=environment, check=True)
        for page in ("404.html", "index.html", "sitemap.xml", "lesson/index.html"):
            assert (tmp_path / name / page).read_bytes() == (site(name) / page).read_bytes()


def test_a_picture_can_be_read_from_its_bytes_alone() -> None:
    from generator.figures.social import card

    content = (site("below") / "scenarios/tiny/fit.png").read_bytes()
    assert card(content) == (site("below") / "scenarios/tiny/fit.card.png").read_bytes()
    with Image.open(BytesIO(card(content))) as opened:
        assert opened.mode == "P"
