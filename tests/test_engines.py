"""Two engines make the same of what is staged: `build --engine zensical` beside MkDocs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from unittest import mock

import pytest

from generator.site import zensical
from tests import shared, tiny
from tests.articles import articles, needs_zensical
from tests.test_handout import exported

AWKWARD = """# A & B <i> `<b>` {{ 1 }}

[= quiz("Will $L$ fall?", "falls", {"grows": ("It grows.", "No."), "falls": ("It falls.", "Yes.")}) =]

=== "One"

    The first tab, with a [link](../index.md) and [another](../lesson.md#a-lesson).

??? note "Folded"

    A footnote.[^1]

[= touch("rate", "tiny") =]

[= four_rates("tiny") =]

| a | b |
|--:|---|
| 1 | $\\eta$ |

[^1]: It stands at the foot.
"""


def build(project: Path) -> None:
    """The project that is handed out, with all that the generator can put into a page that is no index of a folder."""
    shutil.copytree(exported(), project)
    config = project / "mkdocs.yml"
    config.write_text(config.read_text().replace("- Lab: lab.md", '- Lab: lab.md\n- "All & more": more/all.md'))
    for language in ("en", "de"):
        (project / "docs" / language / "more").mkdir()
        (project / "docs" / language / "more/all.md").write_text(AWKWARD)
    for engine in ("zensical", "mkdocs"):
        done = tiny.typed(project, "build", "--jobs", "1", "--engine", engine, "--site-dir", str(project / engine))
        assert done.returncode == 0, done.stdout + done.stderr


def built() -> Path:
    return shared.once("site of two engines", build)


@needs_zensical
def test_both_engines_make_the_same_articles_of_the_tiny_site() -> None:
    one, other = articles(built() / "mkdocs"), articles(built() / "zensical")
    assert one.keys() == other.keys()
    assert len(one) == 12
    for name in one:
        assert other[name] == one[name], name
    assert sum(len(str(article["pictures"])) for article in one.values()) > 1000


@needs_zensical
def test_both_engines_publish_the_same_files_of_ours_and_of_the_authors() -> None:
    def of_us(site: Path) -> dict[str, bytes]:
        files = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
        theirs = ("assets/javascripts/bundle.", "assets/javascripts/workers/", "assets/javascripts/lunr/")
        ours = ("scenarios/", "comparisons/", "assets/fonts/", "assets/javascripts/", "points.csv", "_headers")
        kept = {name: path for name, path in files.items() if name.removeprefix("de/").startswith(ours)}
        kept = {name: path for name, path in kept.items() if not name.removeprefix("de/").startswith(theirs)}
        return {name: path.read_bytes() for name, path in kept.items() if path.suffix not in (".html", "")}

    one, other = of_us(built() / "mkdocs"), of_us(built() / "zensical")
    assert {name: content for name, content in other.items() if name in one} == one
    assert len(one) > 50


@needs_zensical
def test_no_script_handler_or_style_stands_in_a_page_of_zensicals_either() -> None:
    for page in (built() / "zensical").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        scripts = [tag.partition(">")[0] for tag in text.split("<script")[1:]]
        assert all(" src=" in tag or re.search('type="application/(ld.)?json"', tag) for tag in scripts), page
        assert "<style" not in text


@needs_zensical
@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("hooks: [own.py]", "Zensical runs no hooks"),
        ("plugins: [search, tags]", "Zensical does not run the plugin tags"),
        ("theme: {name: mkdocs}", "Zensical has no theme but that of Material"),
    ],
)
def test_what_zensical_would_leave_out_in_silence_is_refused(tmp_path: Path, line: str, fault: str) -> None:
    project = tiny.make_warm(tmp_path / "project")
    (project / "own.py").write_text("")
    config = project / "mkdocs.yml"
    lines = [
        each
        for each in config.read_text().splitlines()
        if not each.startswith(("hooks", "- /", "theme", "  custom_dir"))
    ]
    config.write_text("\n".join([*lines, line, ""]))
    done = tiny.typed(project, "build", "--jobs", "1", "--engine", "zensical")
    assert done.returncode == 1
    assert fault in done.stderr
    assert "--engine mkdocs" in done.stderr
    assert not (project / "site").exists()


def test_without_zensical_the_command_says_what_to_install(tmp_path: Path) -> None:
    project = tiny.make_warm(tmp_path / "project")
    with mock.patch.object(zensical, "find_spec", return_value=None):
        done = tiny.typed(project, "build", "--jobs", "1", "--engine", "zensical")
    assert done.returncode == 1
    assert "pip install zensical" in done.stderr
    assert not (project / "site").exists()


@needs_zensical
def test_what_stops_zensical_is_told_and_the_old_site_stays(tmp_path: Path) -> None:
    project = tiny.make_warm(tmp_path / "project")
    assert tiny.typed(project, "build", "--jobs", "1").returncode == 0
    before = (project / "site/index.html").read_bytes()
    part = "{% extends 'base.html' %}{% block content %}{{ config.site_name.casefold() }}{% endblock %}"
    (project / "templates/overrides/main.html").write_text(part)  # MkDocs' Jinja calls such methods
    done = tiny.typed(project, "build", "--jobs", "1", "--engine", "zensical")
    assert done.returncode == 1
    assert "error: Zensical could not build this edition: " in done.stderr
    assert "casefold" in done.stderr
    assert (project / "site/index.html").read_bytes() == before
