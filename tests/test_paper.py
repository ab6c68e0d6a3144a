"""A page on paper: what a browser prints of it, and the PDF that `export paper` makes of lessons."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path
from typing import Any

import markdown
import pytest
from PIL import Image

from generator.faults import Fault
from generator.figures.style import TYPE
from generator.project import Project
from generator.site import paper
from generator.site.sheets import document, foot
from generator.version import __version__
from tests import pdf, shared, tiny
from tests.test_browser import CHROMIUM, Open, Visit, address, browser, expect, site, visit

__all__ = ["address", "browser", "site", "visit"]
in_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: nothing is printed")

POINT = 0.75  # of a CSS pixel
A4 = round((210 - 2 * 17) / 25.4 * 96)  # CSS pixels between the margins of a sheet
RIGHT, REASON, WRONG = "It falls.", "So it falls", "Not at"

PRESSED = (
    "button, input, select, gd-stepper, .gd-player, .md-search, nav, .md-content__button, .gd-report, .headerlink, "
    ".gd-again, canvas"
)


def on_paper(visit: Open, path: str, **wishes: Any) -> Visit:
    """A page in a window as wide as what is printed of a sheet, as the printer has it."""
    visited = visit(path, width=A4, **wishes)
    scheme = wishes.get("color_scheme", "light")
    visited.page.emulate_media(media="print", color_scheme=scheme)
    return visited


# --- As a browser prints it ----------------------------------------------------------------------------------


@in_chromium
def test_on_paper_a_question_has_letters_and_empty_boxes_and_no_answer(visit: Open) -> None:
    """Though its reader has answered it, in a dark room."""
    page = visit("lesson/", width=A4, color_scheme="dark").page
    page.get_by_role("radio", name=RIGHT).check()
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".gd-reply")).to_contain_text(REASON)
    page.emulate_media(media="print", color_scheme="dark")
    for answer in page.locator(".gd-reply, .gd-replies, .gd-quiz button").all():
        expect(answer).to_be_hidden()
    boxes = page.locator(".gd-quiz input").all()
    assert len(boxes) == 2
    for box in boxes:
        with Image.open(io.BytesIO(box.screenshot())) as picture:
            shown = picture.convert("L")
        inside = shown.crop((3, 3, shown.width - 3, shown.height - 3)).getextrema()
        assert inside[0] > 250, "nothing is filled in"
        assert shown.getextrema()[0] < 128, "and there is something to be filled in"
    letter = "label => [getComputedStyle(label, '::before').content, getComputedStyle(label).counterIncrement]"
    for label in page.locator(".gd-quiz label").all():
        assert label.evaluate(letter)[0] == "counter(gd-choice, upper-alpha)"


@in_chromium
def test_the_key_is_on_paper_and_for_nobody_on_the_screen(visit: Open) -> None:
    page = visit("lesson/", width=A4).page
    key = page.locator(".gd-answers")
    expect(key).to_be_hidden()
    assert "Key to the questions" not in page.locator("body").aria_snapshot()
    place = page.locator(".gd-quiz label").all_inner_texts().index(RIGHT)
    page.emulate_media(media="print")
    expect(key).to_be_visible()
    assert key.inner_text().split("\n") == ["Key to the questions", "", f"1 {'AB'[place]}. {REASON}."]
    after = page.locator(".gd-answers ~ *").evaluate_all("all => all.filter((each) => each.checkVisibility()).length")
    assert after == 0, "at the end"


@in_chromium
def test_the_search_does_not_find_the_key(site: Path) -> None:
    assert "Key to the questions" not in (site / "search/search_index.json").read_text(encoding="utf-8")


@in_chromium
def test_type_on_paper_can_be_read(visit: Open) -> None:
    page = on_paper(visit, "lesson/").page
    text = page.locator("article > p").filter(has_text="There is more below").first
    assert float(text.evaluate("p => parseFloat(getComputedStyle(p).fontSize)")) * POINT >= 10
    strip = page.locator(".gd-filmstrip.gd-light")
    drawn_at, printed_at = int(strip.get_attribute("width") or 0), strip.bounding_box()
    assert printed_at
    assert TYPE["small"] * printed_at["width"] / drawn_at * POINT >= 7
    assert printed_at["width"] <= A4


@in_chromium
def test_a_picture_says_its_number(visit: Open) -> None:
    page = visit("lesson/", width=A4).page
    expect(page.locator("figcaption")).to_have_text(re.compile(r"^Figure 1\. The line settles at"))


@in_chromium
def test_on_paper_there_is_nothing_to_press(visit: Open) -> None:
    for path in ("lesson/", "scenarios/tiny/"):
        page = on_paper(visit, path, color_scheme="dark").page
        shown = page.evaluate(f"""[...document.querySelectorAll("{PRESSED}")]
            .filter((each) => each.checkVisibility({{ opacityProperty: true }}) && !each.matches(".gd-quiz input"))
            .map((each) => each.outerHTML)""")
        assert shown == []
        ink, sheet = page.locator("article p").first.evaluate(
            "p => [getComputedStyle(p).color, getComputedStyle(document.body).backgroundColor]"
        )
        assert sheet == "rgba(0, 0, 0, 0)"
        assert max(map(int, re.findall(r"\d+", ink))) < 64, "dark on light, whatever the reader has"


@in_chromium
def test_each_sheet_says_of_which_page_it_is_and_its_number(visit: Open) -> None:
    page = visit("lesson/", color_scheme="dark").page
    for size in ("A4", "Letter"):
        sheets = pdf.sheets(page.pdf(format=size))
        assert len(sheets) > 2
        for number, sheet in enumerate(sheets, start=1):
            assert f"{number}/{len(sheets)}" in sheet.solid
            assert f"Tiny·MITLicense·FrameByFrame{__version__}".lower() in sheet.solid.lower()
        assert "Keytothequestions" in sheets[-1].solid
        everything = "".join(sheet.solid for sheet in sheets)
        assert re.sub(r"\s", "", WRONG) not in everything
        assert everything.count(re.sub(r"\s", "", REASON)) == 1, "in the key alone"
        assert "Check" not in everything


def test_an_address_is_noted_where_it_is_elsewhere_short_and_not_read_anyway() -> None:
    text = "[PyTorch](https://www.pytorch.org/docs/) [us](../index.md) <https://e.org> "
    html = markdown.markdown(text + f"[long](https://e.org/{'x' * 40})", extensions=["generator.pages.addresses"])
    assert re.findall(r'data-address="([^"]*)"[^>]*>([^<]*)', html) == [("pytorch.org/docs", "PyTorch")]
    assert html.count("<a ") == 4


# --- As a document -------------------------------------------------------------------------------------------

PAGE = """<!doctype html><html lang="en" class="no-js"><head><title>One &amp; all</title>
<link rel="stylesheet" href="../assets/site.css"><link rel="canonical" href="https://x.org/">
<script src="../assets/page.js"></script></head><body dir="ltr" data-md-color-scheme="default">
<header><a href="..">Up</a></header>
<article class="md-content__inner md-typeset"><h1 id="top">One</h1>
<script type="application/json">{"a": "</article>"}</script>
<p><a href="#top">here</a> <a href="../two/#part">two</a>
<a href="../three/">three</a> <a href="https://e.org/a">away</a></p>
<noscript><img src="x.gif"></noscript>
<picture><source srcset="a.png 1x, b.png 2x"><img src="../pictures/c.png" loading="lazy" alt="1 &gt; 0"></picture>
<p class="gd-sheet" hidden>A "course" &amp; &lt;/style&gt; \\ more</p></article></body></html>
"""


def test_a_document_has_what_is_read_and_leads_where_paper_can() -> None:
    both = {"one/index.html": PAGE, "two/index.html": PAGE.replace("One", "Two")}
    text = document(both, "letter", "", "https://x.org/course/")
    assert "<script" not in text
    assert "noscript" not in text
    assert "<header" not in text
    assert text.count("<article") == 2
    assert '<h1 id="page-1-top">One</h1>' in text
    assert '<h1 id="page-2-top">Two</h1>' in text
    assert '<a href="#page-1-top">here</a> <a href="#page-2-part">two</a>\n' in text
    assert '<a href="https://x.org/course/three/">three</a> <a href="https://e.org/a">away</a>' in text
    assert '<source srcset="one/a.png 1x, one/b.png 2x"><img src="pictures/c.png"' in text
    assert "loading" not in text
    assert '<link rel="stylesheet" href="assets/site.css">' in text
    assert "canonical" not in text
    assert "<title>One &amp; all</title>" in text
    assert "size: letter" in text


def test_a_site_without_an_address_gives_paper_none() -> None:
    text = document({"one/index.html": PAGE}, "A4", "")
    assert "three</a>" in text
    assert re.findall(r'href="([^"]*)"', text) == ["assets/site.css", "#page-1-top", "https://e.org/a"]


def test_what_a_foot_says_ends_neither_its_string_nor_its_style_sheet() -> None:
    said = foot(PAGE)
    assert said == 'A "course" & </style> \\ more'
    text = document({"one/index.html": PAGE}, "A4", said)
    assert text.count("</style>") == 1
    (string,) = re.findall(r'--gd-sheet: "([^"]*)"', text)
    assert re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), string) == said
    assert foot("<p>of another theme</p>") == ""


# --- `export paper` ------------------------------------------------------------------------------------------

LESSON = """# NAME

Of one thing, as in [the other](OTHER.md), and on [the front](../index.md).

[= quiz("Will it fall?", "falls", {"grows": ("It grows.", "It does not."), "falls": ("It falls.", "It has to.")}) =]

[= figure("tiny", caption="It moves.") =]

??? success "Answer"

    Nobody is told.

??? note "Aside"

    Everybody is told.
"""


def make(project: Path) -> None:
    """Two lessons in another order than that of their names."""
    tiny.make_warm(project)
    (project / "docs/en/lessons").mkdir()
    for name, other in (("beta", "alpha"), ("alpha", "beta")):
        text = LESSON.replace("NAME", name.title()).replace("OTHER", other)
        (project / f"docs/en/lessons/{name}.md").write_text(text)
    config = project / "mkdocs.yml"
    config.write_text(
        config.read_text().replace("- Home: index.md", "- Home: index.md\n- lessons/beta.md\n- lessons/alpha.md")
    )
    done = tiny.typed(project, "export", "paper", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    (project / "said").write_text(done.stdout)


@pytest.fixture(scope="module")
def printed() -> Path:
    return shared.once("lessons on paper", make)


@in_chromium
def test_each_lesson_is_a_pdf_and_all_are_one(printed: Path) -> None:
    files = {
        path.relative_to(printed / "build/paper").as_posix(): path for path in (printed / "build/paper").rglob("*.pdf")
    }
    assert files.keys() == {"lessons/alpha.pdf", "lessons/beta.pdf", "tiny.pdf"}
    read = {name: pdf.sheets(path.read_bytes()) for name, path in files.items()}
    for name, sheets in read.items():
        assert {(round(sheet.width), round(sheet.height)) for sheet in sheets} == {(595, 842)}, "A4"
        assert f"{name}: {len(sheets)} pages" in (printed / "said").read_text()
        for number, sheet in enumerate(sheets, start=1):
            assert f"{number}/{len(sheets)}" in sheet.solid
            assert "Tiny·MITLicense" in sheet.solid
    for name in ("alpha", "beta"):
        text = "".join(sheet.solid for sheet in read[f"lessons/{name}.pdf"])
        assert name.title() in text
        assert "Figure1.Itmoves." in text
        assert "Nobodyistold" not in text
        assert "Everybodyistold" in text
        assert "Ithasto" not in "".join(sheet.solid for sheet in read[f"lessons/{name}.pdf"][:-1])
        assert "Ithasto" in read[f"lessons/{name}.pdf"][-1].solid
    whole = "".join(sheet.solid for sheet in read["tiny.pdf"])
    assert whole.index("Beta") < whole.index("Alpha"), "as the navigation has them"
    assert len(read["tiny.pdf"]) == len(read["lessons/alpha.pdf"]) + len(read["lessons/beta.pdf"])


@in_chromium
def test_the_text_of_a_pdf_is_ten_points_high_and_its_typeface_is_there(printed: Path) -> None:
    content = (printed / "build/paper/lessons/alpha.pdf").read_bytes()
    runs = [run for sheet in pdf.sheets(content) for run in sheet.runs]
    large = "".join(text for text, size in runs if size >= 10).replace(" ", "")
    for said in ("Ofonething,asintheother,andonthefront.", "Willitfall?", "Itgrows.", "Everybodyistold.", "Ithasto."):
        assert said in large
    assert min(size for text, size in runs if text.strip()) >= 7
    assert b"Inter-Regular" in content


@in_chromium
def test_a_pdf_says_nothing_of_the_machine_that_made_it_and_comes_out_the_same_again(
    printed: Path, tmp_path: Path
) -> None:
    content = (printed / "build/paper/lessons/alpha.pdf").read_bytes()
    assert pdf.links(content) == []
    assert b"file:" not in content
    project = Path(shutil.copytree(printed, tmp_path / "elsewhere"))
    done = tiny.typed(project, "export", "paper", "alpha", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert (project / "build/paper/lessons/alpha.pdf").read_bytes() == content
    assert (project / "build/paper/tiny.pdf").is_file(), "what was printed before stays"
    assert not (project / "build/paper-site").exists()
    assert not (project / "site").exists()


@in_chromium
def test_where_the_site_has_an_address_sheets_and_links_have_it(
    printed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Path(shutil.copytree(printed, tmp_path / "project"))
    monkeypatch.setenv("SITE_URL", "https://example.org/course")
    done = tiny.typed(project, "export", "paper", "alpha", "--jobs", "1", "--size", "letter")
    assert done.returncode == 0, done.stderr
    content = (project / "build/paper/lessons/alpha.pdf").read_bytes()
    for sheet in pdf.sheets(content):
        assert (round(sheet.width), round(sheet.height)) == (612, 792), "US Letter"
        assert "https://example.org/course/lessons/alpha/·MITLicense" in sheet.solid
    assert pdf.links(content) == ["https://example.org/course/lessons/beta/", "https://example.org/course/"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tiny.make(tmp_path / "project")


def test_without_a_chromium_it_is_said_where_it_was_looked_for_and_what_to_do(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(paper.VARIABLE, raising=False)
    monkeypatch.setattr(paper, "APPLICATIONS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    done = tiny.typed(project, "export", "paper", "index")
    assert done.returncode == 1
    assert "error: no Chromium is found" in done.stderr
    assert f"--> {tmp_path}" in done.stderr
    assert "help: install Chromium, Chrome or Edge, or say where it is: CHROMIUM=" in done.stderr
    assert not (project / "build").exists(), "before anything is trained"
    monkeypatch.setenv(paper.VARIABLE, "no-such-browser")
    done = tiny.typed(project, "export", "paper", "index")
    assert "error: CHROMIUM in the environment names no program\n  --> no-such-browser" in done.stderr


def test_a_lesson_that_is_not_there_is_refused_with_the_nearest(project: Path) -> None:
    (project / "docs/en/lessons").mkdir()
    (project / "docs/en/lessons/first.md").write_text("# First\n")
    with pytest.raises(Fault) as refusal:
        paper.chosen(Project(project), ["lessons/frist"])
    assert "did you mean 'lessons/first'?" in str(refusal.value)
    for name in ("first", "lessons/first", "lessons/first.md", "docs/en/lessons/first.md"):
        assert paper.chosen(Project(project), [name]) == {"en": ["lessons/first.md"]}
    assert paper.chosen(Project(project), []) == {"en": ["lessons/first.md"]}


def test_a_course_without_a_folder_of_lessons_is_told_to_name_pages(project: Path) -> None:
    with pytest.raises(Fault, match="there is no page in lessons/"):
        paper.chosen(Project(project), [])
    assert paper.chosen(Project(project), ["index"]) == {"en": ["index.md", "scenarios/index.md"]}


def test_a_browser_that_prints_nothing_is_named_with_what_it_said(tmp_path: Path) -> None:
    program = tmp_path / "browser"
    program.write_text("#!/bin/sh\necho no display here >&2\nexit 3\n")
    program.chmod(0o755)
    (tmp_path / "site").mkdir()
    with pytest.raises(Fault) as refusal:
        paper._pdf(program, "<p>", tmp_path, "lessons/first")
    assert "has printed nothing of lessons/first: no display here" in str(refusal.value)
    assert str(program) in str(refusal.value)
    assert "help: name another one" in str(refusal.value)


def test_make_handout_is_the_command() -> None:
    makefile = (tiny.REPOSITORY / "Makefile").read_text()
    assert re.search(r"^handout: .*\n\t\$\(BIN\)/python -m generator export paper$", makefile, re.M)
