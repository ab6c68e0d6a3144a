"""A language that nobody speaks is added as CONTRIBUTING says, translated as a translator would, and published."""

from __future__ import annotations

import html
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from generator.pages.words import FILES
from tests import shared, tiny
from tests.test_own_course import bare, typed

TOY = str.maketrans("aou", "äöü")
# What a translator leaves as it is: expressions, tags, code, formulas, addresses, places for numbers.
KEPT = (
    r"\[[=%#].*?[=%#]\]|<[^>]*>|\{[^}]*\}|`[^`]*`|\$[^$]*\$|\]\([^)]*\)|&\w+;"
    r"|^(?:title|description|edit_path):.*?$|^\s*!!!.*?$"
)
FOR_SCRIPTS = r'(?<==")[^"{}]* [^"{}]*(?=")'  # phrases among the attributes of a tag
FRONT = """\
# Home

About a run: [= run("tiny").epochs_run =].

[= figure("tiny", step=True) =]

[= loss_table("tiny", epochs=[1, 2]) =]
"""


def spoken(text: str) -> str:
    """The text in that language."""
    parts = re.split(f"({KEPT})", text, flags=re.DOTALL | re.MULTILINE)
    return "".join(_kept(part) if index % 2 else part.translate(TOY) for index, part in enumerate(parts))


def _kept(part: str) -> str:
    """What is kept, but for a tag that has phrases for scripts: those without places for numbers."""
    return re.sub(FOR_SCRIPTS, lambda found: found[0].translate(TOY), part) if part.startswith("<template") else part


def translate(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    if file.name == "words.toml":
        text = re.sub(r'(?m)(?<= = )".*"$', lambda found: found[0].translate(TOY), text)
    elif file.suffix == ".py":  # a program's code is no language's
        text = re.sub(r"(?m)^# (?!%%).*$", lambda found: spoken(found[0]), text)
    else:
        text = spoken(text)
    file.write_text(text, encoding="utf-8")


def told_to_contributors() -> tuple[list[str], list[str]]:
    """The command that CONTRIBUTING has for a language, after `python -m generator`, and the places it writes."""
    text = (tiny.REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    entry = re.search(r"(?ms)^- \*\*a language\*\*: (.*?)(?=^- \*\*)", text)
    assert entry is not None
    first, *others = re.findall(r"`([^`]*<language>[^`]*)`", entry[1].replace("\n", " "))
    return first.removeprefix("python -m generator ").split(), others


@pytest.fixture(scope="module")
def course() -> Path:
    def build(root: Path) -> None:
        bare(root, **{"docs/en/index.md": FRONT, "docs/en/alone.md": "# In English alone\n"})
        shutil.copytree(tiny.built() / "build/cache", root / "build/cache")
        before = {path for path in root.rglob("*") if path.is_file()}
        command, places = told_to_contributors()
        done = typed(root, *[word.replace("<language>", "eo") for word in command])
        assert done.exit_code == 0, done.output
        written = {path for path in root.rglob("*") if path.is_file()} - before
        assert {place for place in places if (root / place.replace("<language>", "eo")).exists()} == {*places}
        named = tuple(str(root / place.replace("<language>", "eo")) for place in places)
        assert all(str(path).startswith(named) for path in written)
        said = typed(root, "check").output
        assert "not translated yet, eo" in said
        (root / "docs/eo/alone.md").unlink()
        for path in written:
            if path.suffix != ".yml" and path.is_file():
                translate(path)
        assert not [path for path in before if not path.is_file()]
        done = tiny.generator(root, "build", "--jobs", "1")
        assert done.returncode == 0, done.stderr

    return shared.once("course with a toy language", build)


def test_what_contributors_are_told_writes_all_that_a_language_takes_and_check_says_what_is_left(course: Path) -> None:
    templates = course / "templates/eo"
    assert {path.relative_to(templates).as_posix() for path in templates.rglob("*.*")} == {*FILES}
    assert (course / "mkdocs.eo.yml").read_text().count("\n") == 2, "its name, and nothing repeated"
    done = typed(course, "check")
    assert (done.exit_code, "not translated" in done.output) == (0, False)


def test_its_pages_speak_it(course: Path) -> None:
    """Headings, labels, verdicts and what is told of pictures; the theme speaks it too."""
    site = course / "site/eo"
    home, run = (html.unescape((site / name).read_text()) for name in ("index.html", "scenarios/tiny/index.html"))
    for page in (home, run):
        assert '<html lang="eo"' in page
        assert "Serĉi" in page, "which is the theme's own"
        headings = re.findall(r"<h[12] id=[^>]*>(.*?)<a class=\"headerlink", page)
        assert headings
        assert not [heading for heading in headings if heading != "Tiny" and re.search("[aou]", heading)]
        alts = re.findall(r'<img alt="([^"]+)"', page)
        assert alts
        assert all("Ä" in alt or "ä" in alt for alt in alts)
    words = tomllib.loads((course / "templates/eo/words.toml").read_text(encoding="utf-8"))
    assert f'data-verdict="converges">{words["verdicts"]["converges"]}<' in run
    assert words["verdicts"]["converges"] == "cönverges"
    assert f'data-play="{words["buttons"]["play"]}"' in home
    assert "<th>löss</th>" in re.sub(r"<th[^>]*>", "<th>", home)
    english = html.unescape((course / "site/scenarios/tiny/index.html").read_text())
    assert not re.search("[äöü]", re.sub(r"data-[\w-]+=\"[^\"]*\"", "", english))


def test_its_script_says_what_it_is_about_in_it_and_is_the_same_program(course: Path) -> None:
    english, toy = (
        (course / f"site{place}/scenarios/tiny/train.py").read_text(encoding="utf-8") for place in ("", "/eo")
    )
    assert "Grädient descent fits ä line" in toy
    assert [line for line in english.splitlines() if not line.startswith("#")] == [
        line for line in toy.splitlines() if not line.startswith("#")
    ]


def test_readers_find_the_way_from_each_page_to_itself_and_what_it_lacks_is_in_no_navigation(course: Path) -> None:
    site = course / "site"
    assert 'href="../../../scenarios/tiny/" hreflang="en"' in (site / "eo/scenarios/tiny/index.html").read_text()
    assert 'href="../../eo/scenarios/tiny/" hreflang="eo"' in (site / "scenarios/tiny/index.html").read_text()
    assert 'href="../eo/index.html" hreflang="eo"' in (site / "alone/index.html").read_text()
    assert "alone/" in (site / "index.html").read_text()
    assert "alone/" not in (site / "eo/index.html").read_text()
