"""`export zip`: one file of the whole site, the same to the byte, whose pages work opened as files."""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from unittest import mock
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner

from generator.cli import main
from generator.project import Project
from generator.site import archive, handout, unserved
from tests import shared, tiny

WITHOUT_A_DAY = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
NOON = "1700000000"  # the 14th of November 2023, 22:13:20 UTC

LESSON = r"""# A lesson

The learning rate $\eta = 0.1$ is chosen well. The [points](points.csv), the [notebook](two words.ipynb),
[the top](index.md#tiny).

[= figure("tiny", step=True) =]
"""
GERMAN = "\n\n## Häuser\n\nDie Häuser und ihre Lernraten.\n"


def export(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    with mock.patch.dict(os.environ, WITHOUT_A_DAY | environment, clear=True):
        return tiny.typed(project, "export", "zip", "--jobs", "1", *arguments)


def make(project: Path) -> None:
    """Two editions, of which the second is searched in German; a stepper, a lab, files to be saved; exported."""
    tiny.make_warm(project)
    pages = project / "docs/en"
    (pages / "lab.md").write_text("# The lab\n\n[= lab('tiny') =]\n")
    (pages / "lesson.md").write_text(LESSON)
    (pages / "points.csv").write_text("a,b\r\n1,2\r\n")
    (pages / "two words.ipynb").write_text('{"cells": "</script> ü"}', encoding="utf-8")
    config = project / "mkdocs.yml"
    config.write_text(
        config.read_text().replace("- Home: index.md", "- Home: index.md\n- Lab: lab.md\n- Lesson: lesson.md")
    )
    assert tiny.typed(project, "new", "language", "de").returncode == 0
    with (project / "docs/de/lesson.md").open("a", encoding="utf-8") as german:
        german.write(GERMAN)
    done = export(project, SOURCE_DATE_EPOCH=NOON)
    assert done.returncode == 0, done.stdout + done.stderr


def exported() -> Path:
    return shared.once("project that is handed out", make)


def unpacked(zipped: Path, folder: Path) -> Path:
    """The one folder in the zip."""
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(folder)
    (top,) = folder.iterdir()
    return top


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(exported() / "tiny.zip", tmp_path_factory.mktemp("unpacked"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """One that a test may change; with nothing to train and nothing that was made of it but the cache."""
    return tiny.make_warm(tmp_path / "project")


# --- The file ------------------------------------------------------------------------------------------------


def test_a_zip_holds_one_folder_of_plain_files_with_names_that_every_system_can_have() -> None:
    with zipfile.ZipFile(exported() / "tiny.zip") as archive:
        entries = archive.infolist()
        assert archive.testzip() is None
    names = [entry.filename for entry in entries]
    assert names == sorted(names)
    assert len({name.casefold() for name in names}) == len(names) > 50
    for name in names:
        top, *parts = name.split("/")
        assert (top, len(parts) > 0, len(name) <= 150) == ("tiny", True, True), name
        for part in parts:
            assert re.fullmatch(r"[^<>:\"|?*\\\x00-\x1f]*[^<>:\"|?*\\\x00-\x1f. ]", part), name
            assert part.split(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"}, name
    assert {entry.external_attr >> 16 for entry in entries} == {stat.S_IFREG | 0o644}
    assert {entry.create_system for entry in entries} == {3}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_DEFLATED}
    assert {entry.date_time for entry in entries} == {(2023, 11, 14, 22, 13, 20)}


def test_two_zips_of_one_day_are_the_same_to_the_byte_wherever_and_from_whatever_they_are_made(tmp_path: Path) -> None:
    """In a folder with a difficult name, where a site is already, with files of somebody's own in it."""
    other = Path(shutil.copytree(exported(), tmp_path / "Über & # 100 %"))
    (other / "tiny.zip").unlink()
    shutil.rmtree(other / "build/docs")
    (other / "site").mkdir()
    (other / "site/CNAME").write_text("example.org")
    umask = os.umask(0o077)
    try:
        done = export(other, "--output", str(tmp_path / "other.zip"), SOURCE_DATE_EPOCH=NOON, TZ="Pacific/Kiritimati")
    finally:
        os.umask(umask)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "other.zip").read_bytes() == (exported() / "tiny.zip").read_bytes()
    assert [path.name for path in (other / "site").iterdir()] == ["CNAME"]
    assert not (other / "tiny.zip").exists()


def test_the_day_of_a_zip_is_that_of_the_commit_and_of_none_1980(project: Path) -> None:
    (project / ".gitignore").write_text("build\n*.zip\n")
    day = {"GIT_COMMITTER_DATE": "2024-02-29T12:00:00Z", "GIT_AUTHOR_DATE": "2001-01-01T12:00:00Z"}
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    for date in ((1980, 1, 1, 0, 0, 0), (2024, 2, 29, 12, 0, 0)):
        assert export(project).returncode == 0
        with zipfile.ZipFile(project / "tiny.zip") as archive:
            assert {entry.date_time for entry in archive.infolist()} == {date}
        for arguments in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "A course", "--allow-empty"]):
            subprocess.run(["git", *arguments], cwd=project, env=os.environ | day, check=True)


def test_in_the_folder_of_the_project_the_command_needs_no_other_word(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    done = CliRunner().invoke(main, ["export", "zip"], env={"SOURCE_DATE_EPOCH": NOON})
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile("tiny.zip") as archive:
        assert "tiny/index.html" in archive.namelist()
    assert {path.name for path in Path("build").iterdir()} >= {"docs", "cache"}
    assert not Path("build/build").exists()


@pytest.mark.parametrize("seconds", [0, 2**33], ids=["1970", "2242"])
def test_a_day_that_no_zip_can_say_is_the_nearest(tmp_path: Path, seconds: int) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/a").write_text("a")
    archive.pack(tmp_path / "site", tmp_path / "a.zip", "top", seconds)
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        assert packed.read("top/a") == b"a"
        assert packed.infolist()[0].date_time[0] == (1980 if seconds == 0 else 2107)


@pytest.mark.parametrize(
    ("site_name", "top"),
    [
        ("Gradient Descent, Frame by Frame", "gradient-descent-frame-by-frame"), ("Übung #1: Größe", "ubung-1-groe"),
        ("梯度下降", "course"), ("../../etc", "etc"), ("Con", "course"), ("a" * 300, "a" * 60), ("LPT1", "course"),
    ],
)  # fmt: skip
def test_the_folder_in_a_zip_has_a_name_that_every_system_can_have(tmp_path: Path, site_name: str, top: str) -> None:
    (tmp_path / "mkdocs.yml").write_text(f"site_name: {json.dumps(site_name)}\n")
    assert handout.top_of(Project(tmp_path)) == top


def test_a_name_that_windows_may_not_unpack_is_told(project: Path) -> None:
    page = project / "docs/en" / "/".join(["a-folder-of-a-long-name"] * 6) / "page.md"
    page.parent.mkdir(parents=True)
    page.write_text("# A page\n")
    config = project / "mkdocs.yml"
    config.write_text(config.read_text() + f"not_in_nav: {page.relative_to(project / 'docs/en').as_posix()}\n")
    done = export(project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr.count("more than Windows can unpack") == 1
    assert "a-folder-of-a-long-name/page/index.html: " in done.stderr


# --- What is somebody's ----------------------------------------------------------------------------------------


def a_file(path: Path) -> None:
    path.write_bytes(b"mine")


def another_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mine", b"mine" * 100)


def a_zip_with_one_more(path: Path) -> None:
    shutil.copy(exported() / "tiny.zip", path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("mine", b"mine")


def a_zip_with_another_byte(path: Path) -> None:
    content = bytearray((exported() / "tiny.zip").read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def a_link(path: Path) -> None:
    shutil.copy(exported() / "tiny.zip", path.with_name("elsewhere.zip"))
    path.symlink_to("elsewhere.zip")


@pytest.mark.parametrize(
    "put", [a_file, another_zip, a_zip_with_one_more, a_zip_with_another_byte, a_link, Path.mkdir],
    ids=lambda put: put.__name__.replace("_", " "),
)  # fmt: skip
def test_what_no_export_has_left_so_stays_and_nothing_is_trained(tmp_path: Path, put: Callable[[Path], None]) -> None:
    project = tiny.make(tmp_path / "project")
    put(project / "tiny.zip")
    before = (project / "tiny.zip").lstat()
    done = export(project)
    assert done.returncode == 1
    assert f"--> {project}/tiny.zip" in done.stderr
    assert "--output" in done.stderr
    after = (project / "tiny.zip").lstat()
    assert (after.st_mtime_ns, after.st_ino, after.st_mode) == (before.st_mtime_ns, before.st_ino, before.st_mode)
    assert not (project / "build").exists()


@pytest.mark.parametrize("place", ["docs/tiny.zip", "templates/a.zip", "build/a.zip", "nowhere/a.zip", "mkdocs.yml/a"])
def test_a_zip_lies_in_no_folder_of_the_generators_and_in_none_that_is_not_there(tmp_path: Path, place: str) -> None:
    project = tiny.make(tmp_path / "project")
    done = export(project, "--output", str(project / place))
    assert done.returncode == 1
    assert "help: " in done.stderr
    assert not (project / "build").exists(), "it is said before anything is trained"


def test_a_zip_of_ours_is_replaced_in_one_move_and_nothing_else_is_left(project: Path) -> None:
    before = {path.name for path in project.iterdir()}
    assert export(project).returncode == 0
    first = (project / "tiny.zip").stat().st_ino
    with (project / "tiny.zip").open("rb") as somebody_reads:
        assert export(project, SOURCE_DATE_EPOCH=NOON).returncode == 0
        with zipfile.ZipFile(somebody_reads) as old:
            assert old.testzip() is None
            assert old.infolist()[0].date_time[0] == 1980
    assert (project / "tiny.zip").stat().st_ino != first
    assert {path.name for path in project.iterdir()} == {*before, "tiny.zip"}
    assert not (project / "build/handout").exists()


def test_on_a_full_disk_the_zip_before_stays_and_nothing_half_written(project: Path, tmp_path: Path) -> None:
    shutil.copy(exported() / "tiny.zip", project / "tiny.zip")
    before = (project / "tiny.zip").read_bytes()
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with mock.patch.object(zipfile.ZipFile, "writestr", side_effect=[None, full]):
        done = export(project)
    assert done.returncode == 1
    assert "the zip could not be written: No space left on device" in done.stderr
    assert f"--> {project}/tiny.zip" in done.stderr
    assert (project / "tiny.zip").read_bytes() == before
    assert not [path for path in project.iterdir() if path.name.startswith(".frame-by-frame")]
    assert not (project / "build/handout").exists()


def test_a_broken_link_stops_the_export_as_it_stops_a_build(project: Path) -> None:
    with (project / "docs/en/index.md").open("a") as page:
        page.write('\n<a href="nowhere.html">nowhere</a>\n')
    done = export(project)
    assert done.returncode == 1
    assert "leads to no file" in done.stderr
    assert not (project / "tiny.zip").exists()


# --- Its pages -----------------------------------------------------------------------------------------------


class Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.asked: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value is not None]
        if tag == "link":
            self.asked.append(dict(attrs))


def of_the_site(links: list[str]) -> Iterator[str]:
    return (part.path for link in links if not (part := urlsplit(link)).scheme and not part.netloc and part.path)


def test_every_link_names_a_file_and_none_a_folder(folder: Path) -> None:
    seen = 0
    for page in folder.rglob("*.html"):
        if page.name != "404.html":  # whose links are absolute
            for path in of_the_site(Links(page.read_text(encoding="utf-8")).found):
                assert (page.parent / unquote(path)).is_file(), (page, path)
                seen += 1
    assert seen > 200


def test_all_that_the_search_finds_is_a_file_and_the_two_indices_say_the_same(folder: Path) -> None:
    for edition in (folder, folder / "de"):
        index = json.loads((edition / "search/search_index.json").read_bytes())
        as_script = (edition / "search/search_index.js").read_text(encoding="utf-8")
        assert json.loads(as_script.removeprefix("var __index = ")) == index
        places = [section["location"].partition("#") for section in index["docs"]]
        assert len({place for place, _, _ in places}) == 5
        assert any(anchor for _, _, anchor in places)
        for place, _, _ in places:
            assert (edition / place).is_file(), place


def test_fonts_are_data_in_the_style_sheet_of_the_zip_alone(folder: Path) -> None:
    sheet = (folder / "assets/stylesheets/site.css").read_text(encoding="utf-8")
    data = re.findall(r'src: url\(data:font/woff2;base64,([^)]+)\) format\("woff2"\), url\(\.\./fonts/(.+?)\) ', sheet)
    fonts = {path.name: path.read_bytes() for path in (folder / "assets/fonts").glob("*.woff2")}
    assert {name: base64.b64decode(content) for content, name in data} == fonts
    assert len(fonts) == 4
    own = (exported() / "docs/assets/stylesheets/site.css").read_text(encoding="utf-8")
    assert re.sub(r'url\(data:font[^)]+\) format\("woff2"\), ', "", sheet) == own


def test_nothing_is_asked_for_that_a_page_opened_as_a_file_cannot_have(folder: Path) -> None:
    asked = [link for page in folder.rglob("*.html") for link in Links(page.read_text(encoding="utf-8")).asked]
    assert not [link for link in asked if link.get("as") == "font" or link.get("rel") == "alternate"]
    assert [link for link in asked if link.get("as") == "script"], "what else is asked for beforehand stays"


def test_what_is_to_be_saved_stands_there_as_a_script_too(folder: Path) -> None:
    pages = [folder, folder / "de"]
    saved = [f"{edition}/{name}" for edition in pages for name in ("lesson/../points.csv", "two words.ipynb")]
    saved += [
        f"{edition}/scenarios/tiny/{name}"
        for edition in pages
        for name in ("train.py", "train.ipynb", "trajectory.csv")
    ]
    for name in saved:
        script = Path(f"{name}.js").read_text(encoding="utf-8")
        told = script.removeprefix("Object.assign(document.currentScript, ").removesuffix(");\n")
        assert json.loads(told) == {"file": Path(name).read_bytes().decode()}
    assert not [*folder.rglob("run.json.js")]


FILES = {"index.html", "a/index.html", "a/b/index.html", "a/b c/index.html", "a/own.html", "a/x.csv", "ü/index.html"}


@pytest.mark.parametrize(
    ("name", "link", "named"),
    [
        ("index.html", "a/", "a/index.html"),
        ("index.html", "a", "a/index.html"),
        ("index.html", "./", "index.html"),
        ("index.html", ".", "index.html"),
        ("a/index.html", "../", "../index.html"),
        ("a/index.html", "..", "../index.html"),
        ("a/b/index.html", "../../a/b/", "../../a/b/index.html"),
        ("index.html", "a/#epoch=40", "a/index.html#epoch=40"),
        ("index.html", "a/?h=b&c#d/e", "a/index.html?h=b&c#d/e"),
        ("index.html", "a/b%20c/", "a/b%20c/index.html"),
        ("index.html", "%C3%BC/", "%C3%BC/index.html"),
        *((name, link, link) for name, link in [
            ("index.html", ""), ("index.html", "#top"), ("index.html", "?h=x"), ("index.html", "a/own.html#b"),
            ("index.html", "a/x.csv"), ("index.html", "https://example.org/a/"), ("index.html", "//example.org/a/"),
            ("index.html", "mailto:a"), ("index.html", "/a/"), ("index.html", "nowhere/"), ("index.html", "../a/"),
            ("index.html", "http://[/"),
        ]),
    ],
)  # fmt: skip
def test_a_link_to_a_folder_names_the_page_in_it_and_any_other_stays(name: str, link: str, named: str) -> None:
    assert unserved.naming_a_file(link, name, FILES) == named


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<A HREF='a/'>a</A>", '<A HREF="a/index.html">a</A>'),
        ("<a\n href = a/ >a</a>", '<a\n href="a/index.html" >a</a>'),
        ('<a class="x" href="a/?b&amp;c=&quot;">', '<a class="x" href="a/index.html?b&amp;c=&quot;">'),
        ("<a title=\"see href='a/'\" href='a/'>", "<a title=\"see href='a/'\" href=\"a/index.html\">"),
        ('<iframe src="a/"></iframe>', '<iframe src="a/index.html"></iframe>'),
        ('<form action="a/">', '<form action="a/index.html">'),
        ('ü\r\n<br/>\n <a href="a/">', 'ü\r\n<br/>\n <a href="a/index.html">'),
        ('<link rel="preload" href="f.woff2" as="font" crossorigin><b>', "<b>"),
        ('<link rel="alternate" href="a/" hreflang="de"><b>', "<b>"),
        *((same, same) for same in [
            '<a data-href="a/" href="a/x.csv">', '<!-- <a href="a/"> -->', '<script>"<a href=\'a/\'>"</script>',
            "<pre>&lt;a href=\"a/\"&gt;</pre>", '<a href>', '<![foo <a y]>', '<p title="a > b">', "href='a/' <",
            '<link rel="alternate" type="application/rss+xml" href="a/x.csv">',
            '<link rel="preload" as="script" href="a/x.csv">',
        ]),
    ],
)  # fmt: skip
def test_of_a_page_its_links_are_changed_and_not_a_sign_else(before: str, after: str) -> None:
    assert unserved.page(before, "index.html", FILES) == after


def test_of_style_sheets_the_fonts_that_are_files_of_the_site_are_data(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f/o n.ttf").write_bytes(b"\0ttf")
    (tmp_path.parent / "secret.woff2").write_bytes(b"no file of the site")
    files = {"f/o n.ttf", "s/own.css"}
    face = "@font-face {{ src: {} }}\n".format
    within = face("url('../f/o%20n.ttf?#iefix')")
    data = base64.b64encode(b"\0ttf").decode()
    assert unserved.style_sheet(within, "s/own.css", files, tmp_path) == face(
        f"url(data:font/ttf;base64,{data}), url('../f/o%20n.ttf?#iefix')"
    )
    for other in [
        face("url(../../secret.woff2)"), face("url(https://example.org/f.woff2)"), face("url(data:font/ttf;base64,AA)"),
        face('local("Arial")'), "a { background: url(../f/o%20n.ttf) }",
    ]:  # fmt: skip
        assert unserved.style_sheet(other, "s/own.css", files, tmp_path) == other


def test_what_is_in_another_code_or_no_index_of_the_engines_stays_as_it_is(tmp_path: Path) -> None:
    theirs = {
        "own.html": '<a href="a/">ü</a>'.encode("utf-16"), "own.css": b"@font-face { src: url(f.woff2) } \xff",
        "search/search_index.json": b"no JSON", "de/search/search_index.json": b'{"other": 1}',
    }  # fmt: skip
    for name, content in {**theirs, "a/index.html": b"", "f.woff2": b""}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    unserved.fit_for_files(tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in theirs} == theirs
