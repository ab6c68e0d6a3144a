"""No traceback, no hang: whatever lies in a project, it is built, or refused in one word with its place and remedy."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from generator import limits
from generator.cli import main
from generator.files import MAX_BYTES, MAX_BYTES_ELSE
from generator.making.store import Store
from generator.scenario import reading
from generator.site import mark
from tests import tiny

Change = Callable[[Path], object]
OWN, WORDS, SCRIPT = "docs/scenarios/dropped-in.toml", "templates/en/words.toml", "templates/en/train.py"
BELOW_THE_WORDS = len((tiny.REPOSITORY / WORDS).read_text(encoding="utf-8").splitlines()) + 2  # what `added` adds
PAGE, TOML, CONFIG, CSV = "docs/en/index.md", "docs/scenarios/tiny.toml", "mkdocs.yml", "docs/scenarios/own.csv"


pytestmark = pytest.mark.usefixtures("no_hang")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """One whose cache is warm, with a site that is live."""
    project = tiny.drop_in(tiny.make_warm(tmp_path / "project"))
    live(project, "index.html", "sitemap.xml")
    return project


def live(project: Path, *names: str) -> None:
    """These files are a site that a build has made."""
    (project / "site").mkdir()
    for name in names:
        (project / "site" / name).write_text("the old site")
    (project / "site" / mark.NAME).write_text(mark.text(names))


def typed(project: Path, *arguments: str) -> Result:
    done = CliRunner().invoke(main, ["--project", str(project), *arguments])
    assert isinstance(done.exception, SystemExit | None), "no traceback"
    return done


def site(project: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((project / "site").rglob("*")) if path.is_file()}


def refused(project: Path, command: str, place: str) -> str:
    """What the command says: one diagnostic, at this place, and the site is as it was."""
    before = site(project)
    done = typed(project, *command.split())
    assert done.exit_code == 1, done.output
    assert done.output.count("error: ") == 1, done.output
    assert f"  --> {project / place}" in done.output
    assert "\nhelp: " in done.output
    assert site(project) == before
    return done.output


# --- Ways to change a project ----------------------------------------------------------------------------------


def added(name: str, text: str) -> Change:
    """More at the end of a file."""

    def apply(project: Path) -> None:
        with (project / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")

    return apply


def written(name: str, content: str | bytes = "# New\n") -> Change:
    def apply(project: Path) -> None:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return apply


def first(name: str, text: str) -> Change:
    """Another beginning of a file."""
    return lambda project: (project / name).write_text(f"{text}\n" + (project / name).read_text())


def fronted(settings: str) -> Change:
    """Another front matter of the page."""
    return lambda project: (project / PAGE).write_text((project / PAGE).read_text().replace("title: Home", settings))


def set_to(**settings: Any) -> Change:
    """Other settings of the engine; what is a table is added to."""

    def apply(project: Path) -> None:
        config = yaml.safe_load((project / CONFIG).read_text())
        for key, value in settings.items():
            config[key] = {**config[key], **value} if isinstance(value, dict) and key in config else value
        (project / CONFIG).write_text(yaml.safe_dump(config, sort_keys=False))

    return apply


def in_place_of(name: str, make: Callable[[Path], object]) -> Change:
    """Something else where a file is, or could be."""

    def apply(project: Path) -> None:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).unlink(missing_ok=True)
        make(project / name)

    return apply


def a_link_to(target: str) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(target)


def a_link_out(path: Path) -> None:
    """To a whole copy of what was there, outside the project."""
    outside = path.parents[len(path.parts) - path.parts.index("project") - 2].parent / f"outside{path.suffix}"
    outside.write_text("a,b\n1,2\n2,3\n")
    path.symlink_to(outside)


def a_file_of(size: int) -> Callable[[Path], object]:
    """A file with holes for all of its bytes, which takes no room."""

    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return make


def a_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # its path may be longer than that of a socket
    try:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(path.name)
    finally:
        os.chdir(here)


def instead(name: str, old: str, new: str) -> Change:
    """One text in a file in the place of another."""

    def apply(project: Path) -> None:
        text = (project / name).read_text(encoding="utf-8")
        assert old in text
        (project / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return apply


def moved(name: str, make: Callable[[Path], object]) -> Change:
    """Something else where a folder is, which lies beside it as ``moved``."""

    def apply(project: Path) -> None:
        (project / name).rename((project / name).with_name("moved"))
        make(project / name)

    return apply


def hooked(code: str) -> Change:
    """A hook of the engine's."""

    def apply(project: Path) -> None:
        (project / "hook.py").write_text(code)
        set_to(hooks=["hook.py"])(project)

    return apply


def bomb(name: str) -> str:
    """YAML that a few aliases make into 9⁹ values."""
    levels = [f"{name}: &a [x, x, x, x, x, x, x, x, x]"]
    levels += [
        f"{name}{one}: &{one} [{', '.join([f'*{before}'] * 9)}]"
        for before, one in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join(levels)


# --- What lies there -------------------------------------------------------------------------------------------

# (what is in the place, and what is said of it)
UNFIT: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "a scenario that links out": ("docs/scenarios/out.toml", a_link_out, "out of"),
    "a CSV that links out": (CSV, a_link_out, "out of"),
    "a page that links out": ("docs/en/out.md", a_link_to("/etc/passwd"), "out of"),
    "an asset that links out": ("docs/assets/x.txt", a_link_to("/etc/passwd"), "out of"),
    "an asset that links to what is not published": ("docs/assets/x.yml", a_link_to("../../mkdocs.yml"), "out of"),
    "a template that links out": ("templates/en/card.md", a_link_to("/etc/passwd"), "out of"),
    "a script's template that links out": ("templates/en/train.py", a_link_to("/etc/passwd"), "out of"),
    "an override that links out": ("templates/overrides/x.html", a_link_to("/etc/passwd"), "out of"),
    "a folder that links out": ("docs/en/more", a_link_to("/etc"), "out of"),
    "a folder that links in": ("docs/en/more", a_link_to("scenarios"), "a folder, and no file"),
    "a configuration that links out": ("mkdocs.de.yml", a_link_to("/etc/passwd"), "out of"),
    "a link to itself": ("docs/scenarios/me.toml", a_link_to("me.toml"), "cannot be read"),
    "a link to nothing": ("docs/scenarios/x.toml", a_link_to("nothing"), "a link to nothing"),
    "a CSV that links to nothing": (CSV, a_link_to("nothing"), "a link to nothing"),
    "a pipe for a scenario": ("docs/scenarios/x.toml", os.mkfifo, "a named pipe"),
    "a pipe for a CSV": (CSV, os.mkfifo, "a named pipe"),
    "a pipe for a page": ("docs/en/x.md", os.mkfifo, "a named pipe"),
    "a pipe for an asset": ("docs/assets/x", os.mkfifo, "a named pipe"),
    "a pipe for a template": ("templates/en/card.md", os.mkfifo, "a named pipe"),
    "a pipe for words": ("templates/en/words.toml", os.mkfifo, "a named pipe"),
    "a pipe for an override": ("templates/overrides/main.html", os.mkfifo, "a named pipe"),
    "a pipe for a configuration": ("mkdocs.de.yml", os.mkfifo, "a named pipe"),
    "a socket": ("docs/scenarios/x.toml", a_socket, "a socket"),
    "a device": ("docs/scenarios/x.toml", a_link_to("/dev/zero"), "out of"),
    "a folder for a scenario": ("docs/scenarios/x.toml", Path.mkdir, "a folder"),
    "a folder for a page": ("docs/en/x.md", Path.mkdir, "a folder"),
    "a folder for a CSV": (CSV, Path.mkdir, "a folder"),
    "a huge scenario": ("docs/scenarios/x.toml", a_file_of(MAX_BYTES[".toml"] + 1), "at most 1,048,576"),
    "a huge page": ("docs/en/x.md", a_file_of(5 * 10**10), "at most 2,097,152"),
    "a huge CSV": (CSV, a_file_of(5 * 10**10), "at most 268,435,456"),
    "a huge asset": ("docs/assets/x", a_file_of(MAX_BYTES_ELSE + 1), "at most 268,435,456"),
    "a huge configuration": ("mkdocs.de.yml", a_file_of(5 * 10**10), "at most 1,048,576"),
    **{
        f"the name {name}": (name, Path.touch, "Windows")
        for name in [
            "docs/scenarios/con.toml", "docs/scenarios/nul.toml", "docs/scenarios/com1.toml", "docs/scenarios/NUL.csv",
            "docs/en/aux.md", "docs/en/prn.tar.gz", "docs/assets/what?.png", "docs/assets/a:b.png", "docs/assets/end.",
        ]
    },
    "a folder that Windows cannot have": ("docs/en/con", Path.mkdir, "Windows"),
}  # fmt: skip
ODD_NAMES = {"a line break": (b"a\nb.md", "a\\nb.md"), "no text": (b"\xff.md", "\\udcff.md")}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
@pytest.mark.parametrize("what", UNFIT)
def test_what_is_no_file_of_the_project_is_refused_before_it_is_opened(project: Path, what: str) -> None:
    place, make, told = UNFIT[what]
    in_place_of(place, make)(project)
    assert told in refused(project, "check", place)
    assert told in refused(project, "build --jobs 1", place)


@pytest.mark.skipif(sys.platform == "win32", reason="paths are shorter there")
@pytest.mark.parametrize("folder", ["docs/assets", "docs/en", "templates"])
def test_folders_without_end_are_refused_and_nobody_walks_to_their_end(project: Path, folder: str) -> None:
    here = Path.cwd()
    try:
        os.chdir(project / folder)
        for _ in range(1200):  # the path as a whole may be longer than the system takes
            Path("a").mkdir()
            os.chdir("a")
        os.chdir(here)
        assert "more than 64 folders" in refused(project, "check", f"{folder}/a")
        assert "more than 64 folders" in refused(project, "build --jobs 1", f"{folder}/a")
    finally:
        os.chdir(here)
        subprocess.run(["rm", "-rf", project / folder / "a"], check=True)  # Python's own way is a call a folder


@pytest.mark.skipif(sys.platform != "linux", reason="disks of other systems have no such names")
@pytest.mark.parametrize("what", ODD_NAMES)
def test_a_name_that_cannot_be_written_down_is_shown_as_far_as_it_can(project: Path, what: str) -> None:
    name, shown = ODD_NAMES[what]
    os.close(os.open(os.fsencode(project / "docs/en") + b"/" + name, os.O_CREAT))
    assert "Windows" in refused(project, "check", f"docs/en/{shown}")


@pytest.mark.parametrize("what", ["a scenario that links out", "a pipe for an asset", "a huge page"])
def test_it_is_refused_where_nothing_else_has_changed_since_the_last_build(tmp_path: Path, what: str) -> None:
    project = tiny.copy_of_built(tmp_path / "project")
    place, make, told = UNFIT[what]
    in_place_of(place, make)(project)
    assert told in refused(project, "build --jobs 1", place)


def test_what_editors_keep_for_themselves_is_nobodys_input_to_check_to_build_and_to_the_stamp(tmp_path: Path) -> None:
    project = tiny.copy_of_built(tmp_path / "project")
    names = {".#tiny.toml", ".#index.md", ".#fit.txt", "index.md~", "#index.md#", ".tiny.toml.swp", "._tiny.toml"}
    for folder in ("docs/scenarios", "docs/en", "docs/assets", "templates", "templates/en", "templates/en/alt"):
        for name in names:
            (project / folder / name).symlink_to("user@host.1234:5678")  # as Emacs locks a file
    assert typed(project, "check").exit_code == 0
    assert "cached" in typed(project, "build").output
    assert typed(project, "build", "--force", "--jobs", "1").exit_code == 0
    assert names.isdisjoint(path.name for path in (project / "site").rglob("*"))


def test_a_link_inside_what_is_published_is_followed(project: Path) -> None:
    (project / "docs/data").mkdir()
    (project / CSV).rename(project / "docs/data/own.csv")
    (project / CSV).symlink_to("../data/own.csv")
    (project / "docs/scenarios/again.toml").symlink_to("dropped-in.toml")
    assert typed(project, "check").exit_code == 0
    assert typed(project, "predict", "again").exit_code == 0


@pytest.mark.parametrize(
    ("make", "told"),
    [(os.mkfifo, "a named pipe"), (a_link_to("/etc/passwd"), "out of"), (a_file_of(10**10), "at most")],
)
@pytest.mark.parametrize("name", ["mine.toml", "own.csv"])
def test_a_scenario_of_no_project_is_looked_at_in_the_same_way(
    tmp_path: Path, name: str, make: Callable[[Path], object], told: str
) -> None:
    (tmp_path / "mine.toml").write_text(tiny.DROPPED_IN)
    (tmp_path / "own.csv").write_text("a,b\n1,2\n2,3\n")
    in_place_of(name, make)(tmp_path)
    done = typed(tmp_path, "predict", str(tmp_path / "mine.toml"))
    assert done.exit_code == 1
    assert told in done.output
    assert f"  --> {tmp_path / name}" in done.output


# --- What stands in it -----------------------------------------------------------------------------------------

WRONG: dict[str, tuple[Change, str, str]] = {
    "a number of 5000 digits in TOML": (first(TOML, "n = " + "9" * 5000), f"{TOML}:1", "thousands of digits"),
    "lists 5000 deep in TOML": (first(TOML, "n = " + "[" * 5000 + "]" * 5000), TOML, "nested too deep"),
    "tables 3000 deep in TOML": (first(TOML, "n = " + "{a=" * 3000 + "1" + "}" * 3000), TOML, "nested too deep"),
    "a key of 20 000 parts": (first(TOML, ".".join("a" * 20_000) + " = 1"), f"{TOML}:1", "32 parts"),
    "a quoted key of 20 000 parts": (first(TOML, ".".join(['"a"'] * 20_000) + " = 1"), f"{TOML}:1", "32 parts"),
    "a table of 20 000 parts": (added(TOML, "[" + ".".join("a" * 20_000) + "]"), f"{TOML}:16", "32 parts"),
    "a hexadecimal number without end": (first(TOML, "n = 0x" + "f" * 100_000), f"{TOML}:1", "unknown key n"),
    "a number of 5000 digits in words": (
        added(WORDS, "n = " + "9" * 5000), f"{WORDS}:{BELOW_THE_WORDS}", "thousands of digits",
    ),
    "a link that is no address": (added(PAGE, "[x](http://[::1)"), f"{PAGE}:13", "no address"),
    "an image that is no address": (added(PAGE, "![x](http://[::1)"), f"{PAGE}:13", "no address"),
    "HTML that is no address": (added(PAGE, '<img src="http://[::1)">'), f"{PAGE}:13", "no address"),
    "a definition that is no address": (added(PAGE, "[x]: http://[::1)\n\n[x]"), f"{PAGE}:13", "no address"),
    "an autolink that is no address": (added(PAGE, "<http://[::1)>"), f"{PAGE}:13", "no address"),
    "lists 400 deep": (added(PAGE, "\n".join("    " * i + "- x" for i in range(400))), f"{PAGE}:64", "51 lists"),
    "quotations 400 deep": (added(PAGE, "> " * 400 + "x"), f"{PAGE}:13", "400 lists or quotations"),
    "50 000 [": (added(PAGE, "[" * 50_000), f"{PAGE}:13", "more than 500 brackets ["),
    "50 000 [, spaced": (added(PAGE, "[ " * 50_000), f"{PAGE}:13", "more than 500 brackets ["),
    "50 000 [, a line each": (added(PAGE, "[\n" * 50_000), f"{PAGE}:513", "more than 500 brackets ["),
    "50 000 ![": (added(PAGE, "![" * 50_000), f"{PAGE}:13", "more than 500 brackets ["),
    "50 000 links that do not end": (added(PAGE, "[a](" * 50_000), f"{PAGE}:13", "more than 500 brackets ("),
    "20 000 tags that do not end": (added(PAGE, "<a " * 20_000), f"{PAGE}:13", "more than 500 brackets <"),
    "a control character": (added(PAGE, "a\0b"), f"{PAGE}:13", "U+0000"),
    "half a character, computed": (added(PAGE, r'[= "\ud800" =]'), f"{PAGE}:13", "U+D800"),
    "a control character, computed": (added(PAGE, r'[= "a\x00b\x1b" =]'), f"{PAGE}:13", "U+0000"),
    "half a character in a caption": (
        added(PAGE, r'[= figure("tiny", caption="\ud800") =]'), f"{PAGE}:13", "U+D800",
    ),
    **{
        f"half a character in {name}": (added(name, r'[= "\ud800" =]'), name, "U+D800")
        for name in [f"templates/en/{name}" for name in ("train.py", "scenario.md", "alt/fit.txt", "foot.html")]
    },
    "a control character in a template": (added("templates/en/train.py", "# \x1b"), "templates/en/train.py", "U+001B"),
    "a control character in words": (instead(WORDS, 'play = "', r'play = "\u0000'), WORDS, "U+0000"),
    "a control character in a setting": (set_to(site_name="a\0b"), f"{CONFIG}:2", "U+0000"),
    "half a character in a setting": (
        added(CONFIG, r'site_description: "\ud800"'), f"{CONFIG}:17", "U+D800",
    ),
    "a control character in front matter": (fronted(r'title: "\0"'), f"{PAGE}:2", "U+0000"),
    "custom_dir with a control character": (set_to(theme={"custom_dir": "a\0b"}), f"{CONFIG}:10", "U+0000"),
    **{
        f"a CSV called {name}": (instead(OWN, '"own.csv"', name), f"{OWN}:8", "data.file must")
        for name in map(json.dumps, ("a\0.csv", "a\x1b.csv", "", " ", ".", ".."))
    },
    "a script's template that is empty": (written(SCRIPT, ""), SCRIPT, "no line of code"),
    "a script's template that is all comments": (written(SCRIPT, "# %%\n# nothing\n"), SCRIPT, "no line of code"),
    "a script's template that is no Python": (
        written(SCRIPT, "# %%\nx = 1\ndef ([= title =]\n"), f"{SCRIPT}:2", "no Python",
    ),
    "a script's template without cells": (written(SCRIPT, "x = 1\n"), SCRIPT, "no cell of code"),
    "a script's template that is no Python in a branch": (
        instead(SCRIPT, "x, y = [= draw", "x, y == = [= draw"), SCRIPT, "no Python",
    ),
    "a script's template with a bracket too few": (
        instead(SCRIPT, "plt.subplots()", "plt.subplots("), SCRIPT, "no Python",
    ),
    "a script's template with an expression that fails": (
        added(SCRIPT, "# [= epochs / 0 =]"), SCRIPT, "division by zero",
    ),
    "pages that are a link": (moved("docs/en", a_link_to("moved")), "docs/en", "put the folder itself in its place"),
    "pages that are a file": (moved("docs/en", Path.touch), "docs/en", "no folder, and pages lie in one"),
    "scenarios that are a file": (moved("docs/scenarios", Path.touch), "docs/scenarios", "no folder, and scenarios"),
    "a link to an excluded page": (
        lambda project: [
            change(project)
            for change in (
                set_to(exclude_docs="/drafts/"), written("docs/en/drafts/x.md"), added(PAGE, "[x](drafts/x.md)"),
            )
        ],
        f"{PAGE}:13", "leads to no page",
    ),
    "a language that the theme does not speak": (set_to(theme={"language": "xx"}), f"{CONFIG}:11", "it speaks af, ar"),
    "palette: 5": (set_to(theme={"palette": 5}), f"{CONFIG}:11", "has to be a table, or a list"),
    "features: 5": (set_to(theme={"features": 5}), f"{CONFIG}:11", "has to be a list of names"),
    "icon: 5 in the theme": (set_to(theme={"icon": 5}), f"{CONFIG}:11", "has to be a table"),
    "alternate: 5": (set_to(extra={"alternate": 5}), f"{CONFIG}:17", "has to be a list of tables"),
    "social: [5]": (set_to(extra={"social": [5]}), f"{CONFIG}:17", "has to be a list of tables"),
    "a site at no address": (set_to(site_url="http://[::1"), f"{CONFIG}:16", "site_url is no address"),
    "a hook that ends the program": (hooked("import sys\nsys.exit(3)\n"), "hook.py:2", "this hook ends the program"),
    "a hook that fails": (hooked("\n1 / 0\n"), "hook.py:2", "ZeroDivisionError"),
    "an icon of no theme": (fronted("title: Home\nicon: nope"), f"{PAGE}:3", "no icon nope"),
    "a template, in quotes, of no theme": (fronted('"template": nope.html'), f"{PAGE}:2", "no template nope.html"),
    "a template, merged, of no theme": (fronted("<<: {template: nope.html}"), f"{PAGE}:2", "no template nope.html"),
    "search: off, without dashes": (
        written(PAGE, "title: Home\nSearch: off\n\n# Home\n"), f"{PAGE}:2", "search has to be a table",
    ),
    "a template of no theme": (fronted("title: Home\ntemplate: nope.html"), f"{PAGE}:3", "no template nope.html"),
    "a template out of the theme": (fronted("title: Home\ntemplate: ../../../mkdocs.yml"), f"{PAGE}:3", "no template"),
    "an empty template": (fronted("title: Home\ntemplate:"), f"{PAGE}:3", "template has to be"),
    "hide: 5": (fronted("title: Home\nhide: 5"), f"{PAGE}:3", "hide has to be a list"),
    "hide: navigation": (fronted("title: Home\nhide: navigation"), f"{PAGE}:3", "hide has to be a list"),
    "search: off": (fronted("title: Home\nsearch: off"), f"{PAGE}:3", "search has to be a table"),
    "title: [": (fronted("title: ["), f"{PAGE}:3", "not valid YAML"),
    "title: [a]": (fronted("title: [a]"), f"{PAGE}:2", "title has to be"),
    "title: 5": (fronted("title: 5"), f"{PAGE}:2", "title has to be"),
    "no title": (fronted("title:"), f"{PAGE}:2", "title has to be"),
    "a blank title": (fronted('title: " "'), f"{PAGE}:2", "title has to be"),
    "front matter that is no table": (fronted("just words"), f"{PAGE}:2", "no table"),
    "front matter without end": (written(PAGE, "---\ntitle: Home\n\n# Home\n"), f"{PAGE}:1", "no end"),
    "a bomb in front matter": (fronted("title: Home\n" + bomb("a")), f"{PAGE}:2", "aliases repeat"),
    "deep front matter": (fronted("title: Home\nx: " + "[" * 3000 + "]" * 3000), f"{PAGE}:2", "nested too deep"),
    "front matter in itself": (fronted("title: Home\nx: &x [*x]"), f"{PAGE}:2", "in itself"),
    "an impossible date in front matter": (fronted("title: Home\nx: 2001-99-99"), PAGE, "not valid YAML"),
    "a number of 5000 digits in front matter": (fronted("title: Home\nx: " + "9" * 5000), PAGE, "not valid YAML"),
    "an empty navigation": (set_to(nav=None), f"{CONFIG}:5", "nav: is empty"),
    "a navigation of nothing": (set_to(nav=[]), f"{CONFIG}:5", "nav: is empty"),
    "a navigation that is a number": (set_to(nav=5), f"{CONFIG}:5", "nav: Expected"),
    "a navigation that is a word": (set_to(nav="index.md"), f"{CONFIG}:5", "nav: Expected"),
    "- {}": (set_to(nav=[{}]), f"{CONFIG}:5", "nav: Expected"),
    "- 5": (set_to(nav=["index.md", 5]), f"{CONFIG}:5", "nav: Expected"),
    "- A:": (set_to(nav=[{"A": None}]), f"{CONFIG}:5", "nav: Expected"),
    "- [index.md]": (set_to(nav=[["index.md"]]), f"{CONFIG}:5", "nav: Expected"),
    "a navigation that names no page": (
        set_to(nav=["index.md", "gone.md", {"S": ["scenarios/index.md"]}]), f"{CONFIG}:7", "names gone.md",
    ),
    "a page in no navigation": (written("docs/en/extra.md"), "docs/en/extra.md:1", "add it under nav: in mkdocs.yml"),
    "a navigation to no address": (
        set_to(nav=["index.md", "scenarios/index.md", {"x": "http://[::1)"}]), f"{CONFIG}:8", "names http://[::1)",
    ),
    "a link to no page": (added(PAGE, "[x](gone.md)"), f"{PAGE}:13", "'gone.md' leads to no page"),
    "an absolute link": (added(PAGE, "[x](/gone)"), f"{PAGE}:13", "'/gone' is absolute"),
    "custom_dir: [a]": (set_to(theme={"custom_dir": ["a"]}), f"{CONFIG}:10", "custom_dir: has to be"),
    "custom_dir: 5": (set_to(theme={"custom_dir": 5}), f"{CONFIG}:10", "custom_dir: has to be"),
    "custom_dir: gone": (set_to(theme={"custom_dir": "gone"}), f"{CONFIG}:9", "does not exist"),
    "custom_dir out of the project": (set_to(theme={"custom_dir": "../.."}), f"{CONFIG}:10", "custom_dir: has to be"),
    "theme: 5": (set_to(theme=5), f"{CONFIG}:9", "theme: "),
    "INHERIT: 5": (set_to(INHERIT=5), f"{CONFIG}:1", "INHERIT names 5"),
    "INHERIT: [a]": (set_to(INHERIT=["a"]), f"{CONFIG}:1", "INHERIT names"),
    "INHERIT of a folder": (set_to(INHERIT="docs"), f"{CONFIG}:1", "INHERIT names docs"),
    "INHERIT of itself": (set_to(INHERIT=CONFIG), f"{CONFIG}:1", "back to this file"),
    "extra: 5": (set_to(extra=5), CONFIG, "extra: has to be a table"),
    "words: 5": (added(CONFIG, "extra: {words: 5}"), CONFIG, "extra: has to be a table"),
    "hooks: 5": (set_to(hooks=5), CONFIG, "hooks: "),
    "hooks: [5]": (set_to(hooks=[5]), CONFIG, "hooks: "),
    "a hook that is not there": (set_to(hooks=["gone.py"]), CONFIG, "hooks: "),
    "a plugin that is not there": (set_to(plugins=["nope"]), CONFIG, "plugins: "),
    "a style sheet that is not there": (set_to(extra_css=["gone.css"]), CONFIG, "extra_css names gone.css"),
    "an unknown setting": (added(CONFIG, "zz: 1"), CONFIG, "zz: "),
    "a bomb in the configuration": (added(CONFIG, bomb("zz")), CONFIG, "aliases repeat"),
    "a configuration in itself": (added(CONFIG, "zz: &z [*z]"), CONFIG, "in itself"),
    "a deep configuration": (added(CONFIG, "zz: " + "[" * 5000 + "]" * 5000), CONFIG, "nested too deep"),
    "a number of 5000 digits in it": (added(CONFIG, "zz: " + "9" * 5000), CONFIG, "not valid YAML"),
    "an impossible date in it": (added(CONFIG, "zz: 2001-99-99"), CONFIG, "not valid YAML"),
    "a configuration in Latin-1": (written(CONFIG, b"site_name: \xe9\n"), CONFIG, "UTF-8"),
    "an override that is no template": (
        written("templates/overrides/404.html", "{% if"), "templates/overrides/404.html:1", "template syntax",
    ),
    "an edition in no language": (written("mkdocs..yml", ""), "mkdocs..yml", "no other language"),
    "a second English edition": (written("mkdocs.en.yml", ""), "mkdocs.en.yml", "no other language"),
    **{
        name: (written(f"docs/{name}"), f"docs/{name}", told)  # a file whose place another takes in the site
        for name, told in {
            "en/scenarios/tiny/index.md": "the page of the scenario 'tiny'",
            "en/scenarios/tiny.md": "the page of the scenario 'tiny'",
            "en/scenarios/tiny/run.json": "the page of the scenario 'tiny'",
            "en/scenarios/Tiny/Run.json": "the page of the scenario 'tiny'",  # not every disk tells them apart
            "en/assets/stylesheets/site.css": "which every edition gets",
            "en/scenarios.md": "scenarios/index.md, whose address is the same",
            "assets/stylesheets/roles.css": "that the generator makes",
            "en/scenarios/index.html": "scenarios/index.md, whose address is the same",
            "en/404.html": "the theme's 404.html",
            "en/Sitemap.XML": "the theme's sitemap.xml",
            "en/sitemap.xml.gz": "the engine's map",
            "en/search/search_index.json": "the index of the search",
            "en/search/search_index.js": "the index of the search",
            "en/_headers/x.txt": "_headers is no folder",
            "en/search": "a folder of the generator's",
            "en/comparisons": "a folder of the generator's",
        }.items()
    },
    **{
        f"a file that the engine leaves out, {name}": (written(name), name, f"exclude_docs: '{pattern}'")
        for name, pattern in {
            "docs/en/.htaccess": "!.htaccess",
            "docs/en/.well-known/security.txt": "!.well-known",
            "docs/en/scenarios/.htpasswd": "!.htpasswd",
            "docs/en/templates/index.md": "!/templates/",
            "docs/assets/.x/y.txt": "!.x",
        }.items()
    },
    "a file of the name of our list, asked for": (
        lambda project: [
            change(project) for change in (set_to(exclude_docs=f"!{mark.NAME}"), written(f"docs/en/{mark.NAME}"))
        ],
        f"docs/en/{mark.NAME}", "the list of what a build has made",
    ),
    **{
        f"a page with the ending {Path(name).suffix}": (written(name), name, "rename it to notes.md")
        for name in [f"docs/en/notes{ending}" for ending in (".markdown", ".mdown", ".mkdn", ".mkd", ".MD")]
    },
    "a page among the assets": (written("docs/assets/notes.md"), "docs/assets/notes.md", "put it into"),
    "index.html beside index.md": (written("docs/en/index.html"), "docs/en/index.html", "index.md, whose address"),
    "README.md beside index.md": (written("docs/en/README.md"), PAGE, "README.md, whose address is the same"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_nobody_can_read_is_refused_by_check_with_its_place_and_remedy(project: Path, what: str) -> None:
    change, place, told = WRONG[what]
    change(project)
    assert told in refused(project, "check", place)


def in_the_navigation(*pages: str) -> Change:
    return set_to(nav=["index.md", *pages, {"Scenarios": ["scenarios/index.md"]}])


def test_a_folders_page_of_ones_own_beside_a_page_of_that_name_is_refused(project: Path) -> None:
    in_the_navigation("notes.md")(project)
    written("docs/en/notes.md")(project)
    written("docs/en/notes/index.html")(project)
    assert "notes.md, whose address is the same" in refused(project, "check", "docs/en/notes/index.html")
    set_to(use_directory_urls=False)(project)  # then the two have two addresses
    assert typed(project, "check").exit_code == 0


def test_a_file_where_the_folder_of_a_page_will_be_is_refused(project: Path) -> None:
    in_the_navigation("notes.md")(project)
    written("docs/en/notes.md")(project)
    written("docs/en/Notes")(project)
    assert "the folder that notes.md lies in" in refused(project, "check", "docs/en/Notes")


def test_what_an_author_says_is_published_or_not_needs_no_other_word(project: Path) -> None:
    """Dotfiles that are asked for are in the site; what is left out on purpose, and what tools keep, is no fault."""
    set_to(exclude_docs="!.htaccess\n!.well-known\n/drafts/\n")(project)
    for name in (
        ".htaccess",
        ".well-known/security.txt",
        "drafts/x.txt",
        "drafts/.x",
        ".gitkeep",
        ".nojekyll",
        "CNAME",
    ):
        written(f"docs/en/{name}", "mine")(project)
    (project / "docs/en/_headers").write_text("mine")
    done = typed(project, "build", "--jobs", "1")
    assert done.exit_code == 0, done.output
    for name in (".htaccess", ".well-known/security.txt", "CNAME", "_headers"):
        assert (project / "site" / name).read_text() == "mine"
    assert not (project / "site/drafts").exists()


def test_a_template_that_pages_bring_along_may_take_the_place_of_the_themes(project: Path) -> None:
    set_to(extra_templates=["sitemap.xml"])(project)
    written("docs/en/sitemap.xml", "{{ config.site_name }}")(project)
    assert typed(project, "build", "--jobs", "1").exit_code == 0
    assert (project / "site/sitemap.xml").read_text() == "Tiny"


def test_a_page_that_is_excluded_need_be_in_no_navigation(project: Path) -> None:
    set_to(exclude_docs="/drafts/")(project)
    written("docs/en/drafts/x.md")(project)
    done = typed(project, "build", "--jobs", "1")
    assert done.exit_code == 0, done.output
    assert not (project / "site/drafts").exists()


def test_where_there_is_no_scenario_nobody_is_told_of_others(project: Path) -> None:
    for file in (project / "docs/scenarios").iterdir():
        file.unlink()
    done = typed(project, "check")
    assert done.exit_code == 1
    assert "help: there is none\n" in done.output
    assert "there are: \n" not in done.output


@pytest.mark.skipif(sys.platform == "win32", reason="a shell closes it")
def test_a_build_needs_no_standard_input(project: Path) -> None:
    command = f"exec {sys.executable} -m generator --project {project} build --jobs 1 <&-"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tiny.REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("build", Path.touch),
        *((f"build/{name}", Path.mkdir) for name in ("lock", "staged.json", "mkdocs.en.yml")),
    ],
)
def test_what_is_in_the_place_of_a_file_or_folder_of_the_builds_is_to_be_moved_away(
    project: Path, name: str, make: Callable[[Path], object]
) -> None:
    shutil.rmtree(project / "build") if name == "build" else (project / name).unlink(missing_ok=True)
    make(project / name)
    assert "or move it away" in refused(project, "build --jobs 1", name)


def test_a_dead_link_in_a_file_of_ones_own_comes_with_a_remedy(project: Path) -> None:
    written("docs/assets/old.html", '<a href="gone.html">')(project)
    done = typed(project, "build", "--jobs", "1")
    assert "'gone.html' leads to no file\n  --> assets/old.html:1\nhelp: let it lead" in done.output


@pytest.mark.parametrize("what", [*WRONG][::6])
def test_build_refuses_the_same_before_anything_is_trained(tmp_path: Path, what: str) -> None:
    project = tiny.drop_in(tiny.make(tmp_path / "project"))
    live(project, "sitemap.xml")
    change, place, told = WRONG[what]
    change(project)
    assert told in refused(project, "build --jobs 1", place)
    assert not (project / "build/cache").exists()


# --- What is known only while it is built ----------------------------------------------------------------------

LATE: dict[str, tuple[Change, str, str]] = {
    "a hook that ends the program": (
        hooked("import sys\ndef on_page_markdown(*_, **__):\n    sys.exit(3)\n"), "hook.py:3", "this hook ends",
    ),
    "a hook that fails": (hooked("def on_nav(*_, **__):\n    1 / 0\n"), "hook.py:2", "ZeroDivisionError"),
    "a link whose letters stand elsewhere before": (added(PAGE, "x (.) y.\n\n[x](.)"), f"{PAGE}:15", "the link '.'"),
    "half a character that is put together": (added(PAGE, r'[= "\ud800" ~ page =]'), f"{PAGE}:13", "U+D800"),
    "a control character that is put together": (added(PAGE, r'[= "\x1b" ~ page =]'), f"{PAGE}:13", "U+001B"),
    "half a character handed on": (
        added(PAGE, r'[% set c = "\ud800" %][= figure("tiny", caption=c) =]'), f"{PAGE}:13", "U+D800",
    ),
    "an anchor that is not there": (added(PAGE, "[x](#gone)"), f"{PAGE}:13", "no such anchor"),
    "a picture that is not there": (added(PAGE, "![x](gone.png)"), f"{PAGE}:13", "'gone.png'"),
    "a link that is computed": (added(PAGE, "[x]([= 'go' ~ 'ne' =].md)"), PAGE, "'gone.md'"),
    "a link of a template": (added("templates/en/notes.md", "[x](gone.md)"), "templates/en/scenario.md", "'gone.md'"),
    "an address that is computed": (added(PAGE, "[x]([= 'http' =]://[::1)"), PAGE, "Invalid IPv6 URL"),
    "50 000 [ that are computed": (added(PAGE, "[= '[' * 50000 =]"), PAGE, "more than 500 brackets"),
    "a page that grows too large": (added(PAGE, "[= 'word ' * 10**6 =]"), PAGE, "characters, and at most"),
    "front matter that is computed": (fronted("title: [= 5 =]"), f"{PAGE}:2", "title has to be"),
    "an icon that is not there": (set_to(theme={"icon": {"logo": "nope"}}), "", "nope.svg"),
    "an override that fails": (
        written("templates/overrides/404.html", "{{ 1 / 0 }}"), "", "division by zero",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", LATE)
def test_what_the_engine_finds_is_said_of_the_file_that_was_written(project: Path, what: str) -> None:
    change, place, told = LATE[what]
    change(project)
    assert told in refused(project, "build --jobs 1", place)  # "" where no one file is to blame


def test_a_page_that_the_engine_takes_too_long_for_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 1.0)
    added(PAGE, "\n\n".join(["[" * 400] * 100))(project)  # each within its bounds
    assert "seconds of the processor" in refused(project, "build --jobs 1", PAGE)


def test_marks_like_those_that_the_generator_leaves_in_a_page_are_text(project: Path) -> None:
    added(PAGE, "⟦delays 99⟧ and ⟦epochs 0⟧")(project)
    assert typed(project, "build", "--jobs", "1").exit_code == 0
    assert "⟦delays 99⟧ and ⟦epochs 0⟧" in (project / "site/index.html").read_text()


# --- What happens meanwhile ------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["added", "removed"])
def test_a_scenario_that_comes_or_goes_in_mid_build_is_in_the_next_build(
    project: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """This build is of what it found; the next one finds what is there then."""
    from generator.pages.rendering import Pages

    late, render_all = project / "docs/scenarios/late.toml", Pages.render_all
    if change == "removed":
        shutil.copy(project / TOML, late)

    def meanwhile(pages: Pages) -> dict[str, str]:
        shutil.copy(project / TOML, late) if change == "added" else late.unlink()
        return render_all(pages)

    monkeypatch.setattr(Pages, "render_all", meanwhile)
    done = typed(project, "build", "--jobs", "1")
    assert done.exit_code == 0, done.output
    assert (project / "site/scenarios/late").exists() == (change == "removed")
    monkeypatch.undo()
    assert typed(project, "build", "--jobs", "1").exit_code == 0
    assert (project / "site/scenarios/late").exists() == (change == "added")


@pytest.mark.parametrize("name", ["index.md", "run.json", "site.css"])
def test_a_full_disk_while_staging_costs_one_diagnostic(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write, before = Path.write_bytes, site(project)

    def full(path: Path, content: bytes) -> int:
        if path.name == name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # with no name, as of a file that is open
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    done = typed(project, "build", "--jobs", "1")
    assert done.exit_code == 1
    assert done.output.count("error: ") == 1
    assert "No space left on device" in done.output
    assert "make room" in done.output
    assert site(project) == before


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such links")
@pytest.mark.parametrize("name", ["build", "build/docs", "build/docs/en", "build/staged.json", "build/mkdocs.en.yml"])
def test_nothing_is_written_or_removed_where_a_link_in_the_build_leads(project: Path, name: str) -> None:
    precious = project.parent / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    if (project / name).is_dir():
        shutil.rmtree(project / name)
    in_place_of(name, a_link_to(str(precious)))(project)
    assert "where the generator writes" in refused(project, "build --jobs 1", name)
    assert [path.name for path in precious.iterdir()] == ["thesis.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
@pytest.mark.parametrize("make", [a_link_to("../../../../thesis.txt"), os.mkfifo])
def test_a_staged_file_that_became_a_link_or_a_pipe_is_made_anew(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    project = tiny.copy_of_built(tmp_path / "project")
    (tmp_path / "thesis.txt").write_text("years of work")
    in_place_of("build/docs/en/index.md", make)(project)
    assert typed(project, "build", "--jobs", "1").exit_code == 0
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    staged = project / "build/docs/en/index.md"
    assert staged.is_file()
    assert not staged.is_symlink()


def test_a_stamp_that_is_none_is_made_anew(tmp_path: Path) -> None:
    project = tiny.copy_of_built(tmp_path / "project")
    (project / "build/staged.json").write_text("[" * 100_000)
    assert typed(project, "build", "--jobs", "1").exit_code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is one of Unix")
@pytest.mark.parametrize("kilobytes", [1, 20, 100])
def test_a_disk_that_takes_no_more_costs_one_diagnostic_wherever_that_happens(project: Path, kilobytes: int) -> None:
    """Where files have a limit, as under a quota, the first write beyond it fails, of whatever it is."""
    before = site(project)
    command = f"ulimit -f {kilobytes}; exec {sys.executable} -m generator --project {project} build --jobs 1"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tiny.REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.count("error: ") == 1
    assert "File too large" in done.stderr
    assert site(project) == before


def test_a_clock_before_1980_spoils_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 0.0)
    store = Store(tmp_path)
    store.put("k" * 64, {"a.txt": b"a"})
    assert store.get("k" * 64) == {"a.txt": b"a"}
    with zipfile.ZipFile(store.entry("k" * 64)) as archive:
        assert {member.date_time[0] for member in archive.infolist()} == {1980}


@pytest.mark.parametrize(
    "epoch", ["0", "-1", "1", "later", "9" * 30, "4294944000", "4294944001", "4294967296", "4295067296", "9" * 11, "١"]
)
def test_whatever_the_date_is_said_to_be_a_site_is_built_or_the_date_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch, epoch: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    done = typed(project, "build", "--jobs", "1")
    if epoch in ("0", "1", "4294944000"):
        assert done.exit_code == 0, done.output
    else:
        assert done.exit_code == 1
        assert "SOURCE_DATE_EPOCH" in done.output
        assert "help: " in done.output
        assert typed(project, "check").output == done.output


# --- TOML that only looks deep ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "x = [" + "1.5, " * 5000 + "]",
        '# "a.b.c" is ' + "no key. " * 100,
        'title.en = "' + "a. " * 39 + '"',
        "# " + "a" * 500_000,
        "# " + '"' * 100_000,
    ],
)
def test_many_dots_that_are_no_key_are_fine(tmp_path: Path, line: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(line)
    assert isinstance(reading.read_toml(file)[1], dict)


def test_the_stamp_says_what_was_built(project: Path) -> None:
    """As a check of the tests above: what they call a build is one."""
    assert typed(project, "build", "--jobs", "1").exit_code == 0
    assert {row["id"] for row in json.loads((project / "build/staged.json").read_text())["scenarios"]} == {
        "tiny", "dropped-in",
    }  # fmt: skip
