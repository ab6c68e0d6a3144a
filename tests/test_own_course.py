"""A course of one's own: a folder with its author's things alone; all else comes from the package, below them."""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path
from urllib.parse import urljoin

import pytest
import yaml
from click.testing import CliRunner, Result

from generator.cli import main
from generator.configuration import over, over_standard
from generator.project import Project
from generator.resources import Layers, resource
from generator.scenario.reading import load_all
from generator.serving import watching
from generator.site import uptodate
from generator.site.engine import engine_config
from generator.version import __version__
from tests import shared, tiny


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


BARE = {
    "mkdocs.yml": "site_name: Bare\n",
    "docs/en/index.md": tiny.FRONT,
    "docs/en/scenarios/index.md": tiny.GALLERY,
    "docs/scenarios/tiny.toml": tiny.scenario(),
}


def bare(root: Path, **files: str) -> Path:
    return write(root, {**BARE, **files})


def typed(project: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["--project", str(project), *map(str, arguments)])


def built(project: Path) -> Path:
    """The site of a project whose one run is trained already."""
    shutil.copytree(tiny.built() / "build/cache", project / "build/cache")
    done = tiny.generator(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    return project / "site"


OWN = {
    "mkdocs.yml": "site_name: Own\nextra_css: [assets/own.css]\nmarkdown_extensions: [abbr, toc: {permalink: false}]\n",
    "docs/assets/own.css": ":root { --own: 1 }\n",
    "docs/assets/stylesheets/site.css": "/* all mine */\n",
    "docs/assets/javascripts/quiz.js": "/* mine */\n",
    "templates/loss_table.md": "A table of mine.\n",
    "templates/en/words.toml": '[verdicts]\nconverges = "arrives"\n',
    "templates/en/alt/fit.txt": "A picture of mine.\n",
    "templates/overrides/partials/copyright.html": "<p>corner of mine</p>\n",
    "templates/overrides/main.html": '{% extends "frame-by-frame.html" %}{% block announce %}Newsboard{% endblock %}',
}


@pytest.fixture(scope="module")
def site_of_a_bare_course() -> Path:
    return shared.once("bare course", lambda folder: built(bare(folder))) / "site"


@pytest.fixture(scope="module")
def site_of_ones_own() -> Path:
    return shared.once("own course", lambda folder: built(write(bare(folder), OWN))) / "site"


pytestmark = pytest.mark.xdist_group("own course")  # whose sites are built once


def test_a_setting_and_a_page_are_a_course(site_of_a_bare_course: Path) -> None:
    """What the same course has that brings copies of all templates and assets along, this one has from the package."""
    page = (site_of_a_bare_course / "scenarios/tiny/index.html").read_text()
    for part in ('class="gd-version"', 'data-words="buttons"', 'data-verdict="converges">converges<', "<math"):
        assert part in page
    ours = {path.relative_to(resource("assets")) for path in resource("assets").rglob("*") if path.is_file()}
    assert all((site_of_a_bare_course / "assets" / name).is_file() for name in ours)
    whole = (tiny.built() / "site/scenarios/tiny/index.html").read_text()
    wanted = (r'<link rel="stylesheet" href="[^"]*assets/stylesheets/(?:site|roles)\.css', r'<script src="[^"]+">')
    for pattern in wanted:
        assert re.findall(pattern, page) == re.findall(pattern, whole) != []


def test_a_file_of_ones_own_takes_the_place_of_the_packages(site_of_ones_own: Path) -> None:
    site = site_of_ones_own
    home, run = ((site / name).read_text() for name in ("index.html", "scenarios/tiny/index.html"))
    assert (site / "assets/stylesheets/site.css").read_text() == OWN["docs/assets/stylesheets/site.css"]
    assert (site / "assets/javascripts/quiz.js").read_text() == OWN["docs/assets/javascripts/quiz.js"]
    assert (site / "assets/javascripts/stepper.js").stat().st_size > 1000, "what is not one's own is there"
    assert "A table of mine." in home
    assert 'data-verdict="converges">arrives<' in run
    assert "A picture of mine" in html.unescape(home)
    for page in (home, run):
        assert "corner of mine" in page
        assert "Newsboard" in page
        assert 'data-words="buttons"' in page, "of the theme's parts the others are the package's"


def test_style_sheets_and_extensions_are_added_and_not_replaced(site_of_ones_own: Path) -> None:
    page = (site_of_ones_own / "scenarios/tiny/index.html").read_text()
    sheets = [Path(name).name for name in re.findall(r'href="[^"]*assets/(own\.css|stylesheets/\w+\.css)"', page)]
    assert sheets == ["roles.css", "site.css", "own.css", "print.css"]
    assert "<math" in page
    assert "headerlink" not in page, "but of one extension the project's settings count"


def test_of_files_of_one_name_that_of_the_first_folder_counts(tmp_path: Path) -> None:
    write(tmp_path, {"a/x.md": "", "b/x.md": "", "b/in/y.md": "", "b/z.txt": ""})
    layers = Layers((tmp_path / "a", tmp_path / "b"))
    assert layers.files() == {
        "in/y.md": tmp_path / "b/in/y.md", "x.md": tmp_path / "a/x.md", "z.txt": tmp_path / "b/z.txt",
    }  # fmt: skip
    assert layers.listed(".md") == [tmp_path / "a/x.md"]
    assert layers.folder("in").file("y.md") == tmp_path / "b/in/y.md"
    assert layers.file("gone") == tmp_path / "a/gone"


def test_a_setting_said_twice_is_one_setting() -> None:
    """Our own mkdocs.yml inherits from what lies beneath every other one, too."""
    once = over_standard({"site_name": "x", "extra_css": ["own.css"]})
    assert over_standard(once) == once
    assert over({"theme": 5, "extra_css": None}, once)["theme"] == 5


def test_the_repositorys_own_configuration_is_what_the_engine_alone_would_read() -> None:
    from mkdocs.utils.yaml import yaml_load

    with (tiny.REPOSITORY / "mkdocs.yml").open() as file:
        read_by_the_engine = yaml_load(file)
    (edition,) = Project(tiny.REPOSITORY).editions()
    assert edition.settings() == read_by_the_engine


def test_a_new_version_of_the_packages_templates_is_something_new_to_a_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, ours = Project(bare(tmp_path / "course")), write(tmp_path, {"ours/templates/en/card.md": "one"}) / "ours"
    monkeypatch.setattr(uptodate, "resource", lambda name: ours / name)
    before = uptodate.inputs(project)
    assert uptodate.inputs(project) == before
    (ours / "templates/en/card.md").write_text("two")
    assert uptodate.inputs(project) != before
    assert {resource("templates"), resource("assets")} <= {*watching.places(project)}


# --- Its languages -------------------------------------------------------------------------------------------


def test_the_language_of_the_theme_is_that_of_the_edition_at_the_top(tmp_path: Path) -> None:
    root = write(tmp_path, {"mkdocs.yml": "site_name: Kurs\ntheme: {language: de}\n", "docs/de/index.md": "# Da\n"})
    (edition,) = Project.at(root).editions()
    assert (edition.language, edition.pages, edition.is_root) == ("de", root / "docs/de", True)
    done = typed(root, "check")
    assert "there are no words for the language 'de'" in done.output
    shutil.copytree(resource("templates") / "en", root / "templates/de")
    done = typed(root, "check")
    assert done.exit_code == 0, done.output


def test_another_edition_repeats_nothing(tmp_path: Path) -> None:
    root = bare(tmp_path)
    (root / "mkdocs.yml").write_text("site_name: Course\nsite_description: Said once\nextra_css: [assets/own.css]\n")
    write(root, {"mkdocs.de.yml": "site_name: Kurs\n", "docs/de/index.md": "# Da\n", "docs/assets/own.css": ""})
    english, german = (engine_config(Project(root), edition, {}, "", []) for edition in Project.at(root).editions())
    assert german["site_name"] == "Kurs"
    assert german["theme"]["language"] == "de"
    assert german["docs_dir"] == "docs/de"
    for same in ("site_description", "extra_css", "extra_javascript", "markdown_extensions"):
        assert german[same] == english[same]
    (root / "mkdocs.de.yml").write_text("site_name: Kurs\ntheme: {language: nl}\n")
    assert engine_config(Project(root), Project.at(root).editions()[1], {}, "", [])["theme"]["language"] == "nl"


@pytest.mark.parametrize(("name", "spoken"), [("pt-br", "pt-BR"), ("zh-hant", "zh-Hant"), ("xx", "en")])
def test_the_theme_speaks_a_language_as_it_spells_it_or_that_of_the_top(tmp_path: Path, name: str, spoken: str) -> None:
    root = write(bare(tmp_path), {f"mkdocs.{name}.yml": "site_name: Other\n", f"docs/{name}/index.md": "# Here\n"})
    assert engine_config(Project(root), Project.at(root).editions()[1], {}, "", [])["theme"]["language"] == spoken


# Two lessons, of which one is translated; its navigation is said once.
GERMAN = {
    "mkdocs.yml": "site_name: Bare\nnav:\n- Home: index.md\n- Lessons:\n  - lessons/first.md\n  - lessons/second.md\n"
    "- More:\n  - lessons/second.md\n- scenarios/index.md\n",
    "docs/en/lessons/first.md": "# First\n",
    "docs/en/lessons/second.md": "# Second\n",
    "docs/de/lessons/first.md": "# Erste\n",
    "mkdocs.de.yml": "site_name: Kurs\n",
    "docs/de/index.md": tiny.FRONT.replace("The loss of epoch 2 was", "Der Verlust in Epoche 2 war"),
    "docs/de/scenarios/index.md": tiny.GALLERY,
}


@pytest.fixture(scope="module")
def two_editions() -> Path:
    def build(folder: Path) -> None:
        shutil.copytree(resource("templates") / "en", write(bare(folder), GERMAN) / "templates/de")
        built(folder)

    return shared.once("course in two languages", build)


def test_each_page_leads_to_the_other_editions_by_their_own_names(two_editions: Path) -> None:
    """Without a setting, to the same page where that is there. That no link leads nowhere the build has checked."""
    ways = r'<a href="([^"]+)" hreflang="(\w+)" class="md-select__link">(\w+)'
    for page, lang, links in (
        ("index.html", "en", ["index.html", "de/index.html"]),
        ("de/index.html", "de", ["index.html", "de/index.html"]),
        ("scenarios/tiny/index.html", "en", ["scenarios/tiny/", "de/scenarios/tiny/"]),
        ("de/lessons/first/index.html", "de", ["lessons/first/", "de/lessons/first/"]),
        ("lessons/second/index.html", "en", ["lessons/second/", "de/index.html"]),
    ):
        text = (two_editions / "site" / page).read_text()
        there = [(urljoin(f"/{page}", link), name) for link, _, name in re.findall(ways, text)]
        assert there == [*zip((f"/{link}" for link in links), ("English", "Deutsch"), strict=True)]
        assert f'<html lang="{lang}"' in text
    assert "hreflang" not in (tiny.built() / "site/index.html").read_text(), "where there is one edition alone"


@pytest.mark.parametrize(("address", "top"), [("https://course.example", ""), ("https://example.org/a/b/", "/a/b")])
def test_a_page_that_is_not_there_leads_to_the_other_editions_from_any_depth(
    two_editions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, top: str
) -> None:
    project = Path(shutil.copytree(two_editions, tmp_path / "course", symlinks=True))
    monkeypatch.setenv("SITE_URL", address)
    assert typed(project, "build", "--jobs", "1").exit_code == 0
    for page in ("404.html", "de/404.html"):
        ways = re.findall(r'<a href="([^"]+)" hreflang="(\w+)"', (project / "site" / page).read_text())
        there = [(urljoin("https://host.example/x/y/z", link), lang) for link, lang in ways]
        host = f"https://host.example{top}"
        assert there == [(f"{host}/index.html", "en"), (f"{host}/de/index.html", "de")]


def test_a_page_that_an_edition_lacks_is_not_in_the_navigation_that_it_inherits(two_editions: Path) -> None:
    english, german = (
        engine_config(Project(two_editions), edition, {}, "", ["tiny"])["nav"]
        for edition in Project.at(two_editions).editions()
    )
    runs = ["scenarios/index.md", "scenarios/tiny/index.md"]
    lessons = ["lessons/first.md", "lessons/second.md"]
    assert english == [{"Home": "index.md"}, {"Lessons": lessons}, {"More": lessons[1:]}, *runs]
    assert german == [{"Home": "index.md"}, {"Lessons": lessons[:1]}, *runs], "nor is a section that has no page left"


def test_what_an_edition_says_of_its_navigation_itself_is_held_against_its_pages(tmp_path: Path) -> None:
    root = write(bare(tmp_path), GERMAN)
    shutil.copytree(resource("templates") / "en", root / "templates/de")
    own = "site_name: Kurs\nnav: [index.md, lessons/first.md, lessons/second.md, scenarios/index.md]\n"
    (root / "mkdocs.de.yml").write_text(own)
    done = typed(root, "check")
    assert done.exit_code == 1
    assert f"nav: names lessons/second.md, and there is no such page\n  --> {root}/mkdocs.de.yml:2" in done.output


def test_a_page_may_be_in_no_navigation_where_that_is_said(tmp_path: Path) -> None:
    root = bare(tmp_path)
    (root / "mkdocs.yml").write_text("site_name: x\nnav: [index.md]\n")
    done = typed(root, "check")
    remedy = re.search(r"under not_in_nav: as in `(.*)`", done.output)
    assert done.exit_code == 1
    assert remedy is not None
    (root / "mkdocs.yml").write_text(f"site_name: x\nnav: [index.md]\n{remedy[1]}\n")
    page = built(root) / "scenarios/tiny/index.html"
    assert page.is_file(), "and a run's page follows its gallery"


def test_a_scenario_needs_no_title_in_english(tmp_path: Path) -> None:
    root = bare(tmp_path)
    scenario = root / "docs/scenarios/tiny.toml"
    said = re.sub(r"(?m)^en = .*$", 'de = "Klein"\nfr = "Petit"', scenario.read_text())
    scenario.write_text(said)
    (made,) = load_all(root / "docs/scenarios").values()
    assert [made.title_in(language) for language in ("fr", "de", "en", "nl")] == ["Petit", "Klein", "Klein", "Klein"]
    assert typed(root, "check").exit_code == 0


def test_an_author_may_name_the_other_editions_otherwise(tmp_path: Path) -> None:
    root = write(bare(tmp_path), GERMAN)
    own = [{"name": "x", "link": "y", "lang": "z"}]
    (root / "mkdocs.yml").write_text(yaml.safe_dump({"site_name": "x", "extra": {"alternate": own}}))
    for edition in Project(root).editions():
        assert engine_config(Project(root), edition, {}, "", [])["extra"]["alternate"] == own


def test_what_is_not_translated_yet_is_said_of_each_edition(two_editions: Path) -> None:
    done = typed(two_editions, "check")
    assert done.exit_code == 0
    (said,) = [line for line in done.output.splitlines() if "not translated yet" in line]
    assert said.startswith("note: not translated yet, de: ")
    assert f"{two_editions}/templates/de/words.toml" in said
    assert "docs/de/index.md" not in said


# --- Its version ---------------------------------------------------------------------------------------------


def needing(root: Path, needed: object) -> Path:
    return bare(root, **{"mkdocs.yml": yaml.safe_dump({"site_name": "x", "extra": {"frame_by_frame": needed}})})


@pytest.mark.parametrize("needed", [f">={__version__}", f"=={__version__}", "<1000", ">=0.0.1,!=0.0.2"])
def test_a_course_says_which_versions_it_is_for(tmp_path: Path, needed: str) -> None:
    Project.at(needing(tmp_path, needed)).refuse_other_version()


@pytest.mark.parametrize("command", ["check", "stage"])
def test_a_course_for_another_version_is_refused_with_the_remedy(tmp_path: Path, command: str) -> None:
    done = typed(needing(tmp_path, ">=1000"), command)
    assert done.exit_code == 1
    assert (
        f"this course is for version >=1000 of gradient-descent-frame-by-frame, and this is {__version__}"
        in done.output
    )
    assert f"{tmp_path}/mkdocs.yml:2" in done.output
    assert "from its folder or wheel, with pip install -U (" in done.output, "no registry has it"


@pytest.mark.parametrize("needed", [5, 1.4, [">=1"], "new", ">=", {"a": 1}])
def test_a_version_that_is_none_is_told(tmp_path: Path, needed: object) -> None:
    done = typed(needing(tmp_path, needed), "check")
    assert done.exit_code == 1
    assert "names no versions of the package" in done.output
