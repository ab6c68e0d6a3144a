"""What happens by accident: a slip that nobody would see is said, and what is right is not found fault with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli import main
from generator.faults import lines_of
from generator.pages.rendering import Pages
from generator.site.links import broken_links
from tests import tiny
from tests.runs import make, trained


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tiny.make(tmp_path / "project")


def page(project: Path, text: str) -> None:
    (project / "docs/en/index.md").write_text(text)


def said(project: Path, command: str = "check") -> str:
    """What a command that refuses something says."""
    done = CliRunner().invoke(main, ["--project", str(project), command])
    assert done.exit_code == 1, done.output
    assert isinstance(done.exception, SystemExit), "no traceback"
    return done.stderr


def is_fine(project: Path) -> None:
    done = CliRunner().invoke(main, ["--project", str(project), "check"])
    assert done.exit_code == 0, done.output


# --- Where a project lies -----------------------------------------------------------------------------------------


def test_a_project_named_from_below_is_checked_as_from_above(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "generator", "--project", "..", "check"],
        cwd=project / "docs", capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(tiny.REPOSITORY)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_links_between_pages_do_not_depend_on_the_working_folder(project: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    page(project, "# Tiny\n\n[there]([= link('scenarios/index.md') =])\n")
    code = f"import os; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r}); from generator.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--project", str(project), "build", "--jobs", "1"],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(tiny.REPOSITORY)},
    )  # fmt: skip
    assert "index.md:" not in done.stderr


# --- What nobody would read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("docs/scenarios/other.TOML", "a scenario that nobody reads"),
        ("docs/scenarios/more/other.toml", "a scenario that nobody reads"),
        ("docs/loose.md", "a page that is in no edition"),
        ("docs/de/index.md", "pages of a language that has no configuration"),
        ("docs/pt-BR/index.md", "pages of a language that has no configuration"),
        ("mkdocs.de.yaml", "a configuration that nobody reads"),
    ],
)
def test_what_lies_where_nobody_reads_it_is_told(project: Path, name: str, fault: str) -> None:
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("# A\n")
    told = said(project)
    assert fault in told
    assert (name.removesuffix("/index.md") if "language" in fault else name) in told


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Word.md", "word.md"),
        ("caf\u00e9.md", "cafe\u0301.md"),
        ("CAF\u00c9.md", "cafe\u0301.md"),
        ("é/index.md", "e\u0301.md"),
        ("straße.md", "STRASSE.md"),
    ],
)  # fmt: skip
def test_two_pages_that_some_disks_do_not_tell_apart_are_told(project: Path, one: str, other: str) -> None:
    pages = [project / "docs/en" / name for name in (one, other)]
    for path in pages:
        path.parent.mkdir(exist_ok=True)
        path.write_text("# A\n")
    if pages[0].samefile(pages[1]):
        pytest.skip("this disk does not tell them apart")
    assert "whose address is the same" in said(project)


def test_folders_of_an_authors_own_beside_the_editions_are_left_alone(project: Path) -> None:
    (project / "docs/drafts").mkdir()
    (project / "docs/drafts/one.md").write_text("# A\n")
    (project / "docs/old").mkdir()  # no language, though it might be one by its name
    (project / "docs/old/one.md").write_text("# A\n")
    (project / "docs/img").mkdir()
    (project / "docs/scenarios/data.csv").write_text("x,y\n1,2\n")
    is_fine(project)


# --- Settings that would count for nothing ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ("site_dir: public", "site_dir is not followed"),
        ("strict: false", "a build is always strict"),
        ("docs_dir: pages", "the pages of this edition do not lie in pages"),
        ("site_name: Twice", "site_name stands twice"),
        ("site_url: 'https://example.org/\"><script>'", "site_url is no address"),
        ("repo_url: https://example.org/a b", "repo_url is no address"),
    ],
)
def test_a_setting_that_would_not_be_followed_is_refused_with_its_line(project: Path, setting: str, fault: str) -> None:
    config = project / "mkdocs.yml"
    name = setting.partition(":")[0]
    kept = config.read_text()
    if "Twice" not in setting:
        kept = "".join(line for line in kept.splitlines(keepends=True) if not line.startswith(f"{name}:"))
    config.write_text(f"{kept}{setting}\n")
    told = said(project)
    assert fault in told
    assert f"mkdocs.yml:{len(config.read_text().splitlines())}" in told


@pytest.mark.parametrize(
    ("front", "fault"),
    [
        ("title: One\ntitle: Two", "title stands twice"),
        ("descripton: A sentence", "descripton is no setting of a page"),
        ("Title: One", "Title is no setting of a page"),
        ("hides: [toc]", "hides is no setting of a page"),
        ("status: \"\\\"><script>alert(1)</script>\"", "status has to be a word"),
        ("search: {boost: .nan}", "search has to be a table of exclude"),
        ("search: {boost: -.inf}", "search has to be a table of exclude"),
        ("search: {boost: 0}", "search has to be a table of exclude"),
        ("search: {boost: yes}", "search has to be a table of exclude"),
        ("search: {exclude: 'no'}", "search has to be a table of exclude"),
        ("search: {exlude: true}", "search has to be a table of exclude"),
    ],
)  # fmt: skip
def test_front_matter_that_would_do_nothing_or_harm_is_refused(project: Path, front: str, fault: str) -> None:
    page(project, f"---\n{front}\n---\n\n# Tiny\n")
    assert fault in said(project)


@pytest.mark.parametrize(
    "front", ["author: Somebody", "my_own: 7", "status: new", "search: {exclude: true, boost: 2.5}", "tags: [a]"]
)
def test_front_matter_that_is_in_order_is_taken(project: Path, front: str) -> None:
    page(project, f"---\n{front}\n---\n\n# Tiny\n")
    is_fine(project)


@pytest.mark.parametrize("above", ["\n", "  \n\n", "\ufeff\n"])
def test_front_matter_below_an_empty_line_is_not_published_as_text(project: Path, above: str) -> None:
    page(project, f"{above}---\ntitle: Home\n---\n\n# Tiny\n")
    told = said(project)
    assert "the front matter does not begin on the first line" in told
    assert f"index.md:{above.count(chr(10)) + 1}" in told


@pytest.mark.parametrize("language", ["DE", "german", "de_AT", "1"])
def test_a_title_in_no_language_is_refused(project: Path, language: str) -> None:
    text = tiny.scenario().replace('en = "Tiny"', f'en = "Tiny"\n{language} = "Klein"')
    (project / "docs/scenarios/tiny.toml").write_text(text)
    assert f"title.{language} is of no language" in said(project)


# --- What would be shown as Python has it ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("run", "a function"),
        ("theory", "a module"),
        ("self", "a TemplateReference"),
        ("scenarios['tiny'].path", "a PosixPath"),
        ("scenarios['tiny']", "a Scenario"),
        ("[1]|map('string')", "a generator"),
        ("[scenarios['tiny']]", "a list"),
        ("{'a': run}", "a dict"),
    ],
)
def test_what_is_no_text_and_no_number_is_not_published(project: Path, expression: str, kind: str) -> None:
    page(project, f"# Tiny\n\n[= {expression} =]\n")
    told = said(project, "build")
    assert f"this comes to {kind}" in told
    assert "index.md:3" in told


@pytest.mark.parametrize("expression", ["1", "0.5", "'a'", "[1, 'a']", "{'a': (1, 2)}", "true", "run('tiny').x[0]"])
def test_text_and_numbers_are_shown(project: Path, expression: str) -> None:
    page(project, f"# Tiny\n\n[= {expression} =]\n")
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stderr


def test_there_is_no_filter_that_draws_lots(project: Path) -> None:
    page(project, "# Tiny\n\n[= [1, 2]|random =]\n")
    assert "unknown filter 'random'" in said(project)


# --- Links ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["para\n\n    [x](gone.md)\n", "<pre>[x](gone.md)</pre>", "\\[x](gone.md)", "`` [x](gone.md) ``"]
)
def test_what_only_looks_like_a_link_is_no_dead_one(project: Path, text: str) -> None:
    page(project, f"# Tiny\n\n{text}\n")
    is_fine(project)


@pytest.mark.parametrize(
    "text",
    ["[x](gone.md)", "- a\n\n    [x](gone.md)\n", '<a href="gone.md">x</a>', "> [x](gone.md)", "[x]: gone.md\n\n[x]"],
)
def test_a_link_that_leads_to_no_page_is_told(project: Path, text: str) -> None:
    page(project, f"# Tiny\n\n{text}\n")
    assert "'gone.md' leads to no page" in said(project)


@pytest.mark.parametrize(
    "markup",
    [
        '<img srcset="data:image/png;base64,AAAA 1x, a.png 2x">', '<a href=" a.png ">x</a>', '<a href="#top">x</a>',
        '<a href="#:~:text=found">x</a>', '<a href="#here:~:text=found">x</a>', '<form action="a.png"></form>',
    ],
)  # fmt: skip
def test_an_address_that_a_browser_understands_is_no_broken_link(tmp_path: Path, markup: str) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "index.html").write_text(f'<p id="here">{markup}</p>')
    assert broken_links(tmp_path) == []


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="file:///home/me/x.html">x</a>', '<a href="C:/x.html">x</a>', '<a href="http:gone.html">x</a>',
        '<object data="gone.svg"></object>', '<form action="gone.html"></form>', '<img srcset="gone.png 2x">',
        '<img srcset="data:image/png;base64,AAAA 1x, gone.png 2x">',
    ],
)  # fmt: skip
def test_an_address_that_leads_nowhere_on_another_machine_is_a_broken_link(tmp_path: Path, markup: str) -> None:
    (tmp_path / "index.html").write_text(markup)
    assert len(broken_links(tmp_path)) == 1


def test_where_pages_have_no_folders_of_their_own_the_lab_is_found_all_the_same(project: Path) -> None:
    config = project / "mkdocs.yml"
    nav = config.read_text().replace("- Home: index.md", "- Home: index.md\n- Lab: lab.md")
    config.write_text(f"{nav}use_directory_urls: false\n")
    (project / "docs/en/lab.md").write_text("# The lab\n\n[= lab('tiny') =]\n")
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stderr  # every link of the site leads somewhere
    assert 'src="assets/javascripts/lab.js"' in (project / "site/lab.html").read_text()
    assert 'href="../../lab.html#x=1,2,4' in (project / "site/scenarios/tiny/index.html").read_text()


# --- Lines ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strange", ["\u2028", "\u0085", "\x0c", "\x1e", "\r\n", "\r"])
def test_lines_are_counted_as_editors_do(strange: str) -> None:
    assert len(lines_of(f"a{strange}b\nc")) == (3 if strange.startswith("\r") else 2)


def test_the_excerpt_is_of_the_line_that_is_named(project: Path) -> None:
    text = f"# a\u2028b\u0085c\n{tiny.scenario()}".replace("epochs = 300", "epochs = 3x")
    (project / "docs/scenarios/tiny.toml").write_text(text, encoding="utf-8")
    told = said(project)
    line = next(n for n, each in enumerate(text.split("\n"), 1) if "3x" in each)
    assert f"tiny.toml:{line}" in told
    assert "|  epochs = 3x" in told


# --- Numbers at the end of what a dtype holds ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "start"),
    [([2.0, 3.0, 5.5], (3e38, 0.0)), ([2e38, 3e38, 3.3e38], (0.0, 0.0)), ([2.0, 3.0, 5.5], (0.0, -3.4e38))],
)
def test_theory_foretells_a_first_gradient_that_fits_into_no_number(y: list[float], start: tuple[float, float]) -> None:
    scenario = make([1.0, 2.0, 4.0], y, 0.1, 50, start)
    run = trained(scenario)
    assert run.verdict == "diverges"
    assert run.prediction is not None
    assert run.prediction.verdict == "diverges"
    assert run.prediction.breaks
    assert run.outcome.as_predicted


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.13])
def test_a_first_gradient_that_fits_breaks_nothing(rate: float) -> None:
    run = trained(make([1.0, 2.0, 4.0], [2.0, 3.0, 5.5], rate, 50, (1e15, -1e15)))
    assert run.prediction is not None
    assert not run.prediction.breaks
    assert run.outcome.as_predicted


# --- Time -----------------------------------------------------------------------------------------------------------


def test_formulas_without_end_are_given_up_with_their_page(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.limits.SECONDS", 0.2)
    page(project, "# Tiny\n\n" + "$a^2 + b^2$ " * 40_000)
    from generator.project import Project
    from generator.scenario.reading import load_all

    there = Project.at(project)
    faults = Pages(there, there.editions()[0], load_all(there.scenarios), lambda *_: None).check()
    assert any("is given up" in fault.fault and str(fault.file).endswith("index.md") for fault in faults)


def test_a_great_many_lines_of_comment_are_passed_over() -> None:
    from generator.scenario.csv_rows import beginning
    from generator.scenario.schema import Csv

    lines = ["# a comment of some length, with, commas"] * 300_000 + ["x,y", "1,2"]
    data = Csv.model_validate({"source": "csv", "file": "a.csv", "x": "x", "y": "y"})
    assert beginning(lines, data) == 300_000
