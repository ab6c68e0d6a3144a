"""Pages that are remembered while a site is served: after any edit they are what they would be without a memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import methodcaller
from pathlib import Path

import pytest

from generator import build as conductor
from generator.making.options import Options
from generator.memory import NOTHING, Memory, digest
from generator.pages.asked import Sources
from generator.project import Project
from generator.scenario.reading import load_all
from tests import tiny

# One asks for the run of `tiny` alone, and each of the others for something else besides.
PAGES = {
    "index": tiny.FRONT,
    "all": "# All\n\n[% for id in scenarios %]\n- [= scenarios[id].title_in('en') =]\n[% endfor %]\n",
    "time": '# Time\n\nThe first page takes [= minutes("index.md") =] minutes.\n',
    "lab-link": '# A link\n\nIn the lab: [= lab_link("tiny") =].\n',
    "two": '# Two\n\n[= figure("tiny") =]\n\n[= figure("dropped-in") =]\n',
    "none": "# None\n\nNothing is asked for.\n",
}


WAYS = [*map(methodcaller, ("keys", "values", "items", "copy"))]


def edited(name: str, pattern: str, replacement: str) -> Callable[[Path], None]:
    """Of the project at a root: one file, in one place."""

    def edit(root: Path) -> None:
        file = root / name
        text, count = re.subn(pattern, replacement, file.read_text(encoding="utf-8"), count=1)
        assert count == 1
        file.write_text(text, encoding="utf-8")

    return edit


def written(name: str, text: str) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")

    return write


TINY, OTHER = "docs/scenarios/tiny.toml", "docs/scenarios/dropped-in.toml"
ALL = {"all of them"}
OF_TINY = {"index.md", "all.md", "lab-link.md", "two.md", "scenarios/index.md", "scenarios/tiny/index.md"}
# By what is edited: (the edit, the pages that are made anew)
EDITS: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "a sentence": (edited("docs/en/none.md", "Nothing", "Nothing at all"), {"none.md"}),
    "the words of a page whose minutes another tells": (
        edited("docs/en/index.md", "# Tiny", "# Tiny\n\n" + "word " * 300),
        {"index.md", "time.md"},
    ),
    "the title of a run": (
        edited(OTHER, "(?m)^en = .*$", 'en = "Another title"'),
        {"all.md", "two.md", "scenarios/index.md", "scenarios/dropped-in/index.md"},
    ),
    "the rate of a run": (edited(TINY, "(?m)^learning_rate = .*$", "learning_rate = 0.09"), OF_TINY),
    "a page for the lab": (written("docs/en/lab.md", '# Lab\n\n[= lab("tiny") =]\n'), ALL),
    "a template": (written("templates/verdict.md", "[= verdict =]\n"), ALL),
    "one scenario more": (
        lambda root: written("docs/scenarios/more.toml", tiny.scenario(title="More", rate=0.05))(root),
        ALL,
    ),
}


@pytest.fixture
def courses(tmp_path: Path) -> tuple[Path, Path]:
    """Two that are the same."""
    roots = tmp_path / "with", tmp_path / "without"
    for root in roots:
        tiny.copy_of_built(root)
        for name, text in PAGES.items():
            written(f"docs/en/{name}.md", text)(root)
        unlisted(root)
    return roots


def unlisted(root: Path) -> None:
    """Its pages need not be in the navigation."""
    with (root / "mkdocs.yml").open("a") as config:
        config.write('\nnot_in_nav: "/*.md"\n')


def staged(root: Path, memory: Memory) -> dict[str, bytes]:
    """All that is laid out for the engine."""
    project = Project(root)
    conductor.stage(project, Options(memory=memory), lambda _: None)
    folder = project.staged(project.editions()[0])
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def made_since(before: set[tuple[Path, int]], memory: Memory) -> int:
    """How many pages were made anew."""
    return len(entries(memory) - before)


def entries(memory: Memory) -> set[tuple[Path, int]]:
    """Each with the time at which it was written: a page that asks for something else by now is in its own place."""
    folder = memory.part("rendered").folder
    assert folder is not None
    return {(path, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def test_after_each_edit_the_pages_are_those_that_would_be_made_anew(
    courses: tuple[Path, Path], tmp_path: Path
) -> None:
    remembering, forgetful = courses
    memory = Memory(tmp_path / "memory")
    before = staged(remembering, memory)
    for what, (edit, anew) in EDITS.items():
        there = entries(memory)
        for root in courses:
            edit(root)
        now = staged(remembering, memory)
        assert now == staged(forgetful, NOTHING), what
        assert now != before, f"{what}: what nothing shows tests nothing"
        pages = {name for name in now if name.endswith(".md")}
        assert made_since(there, memory) == len(pages if anew == ALL else anew), what
        before = now


def test_an_edit_that_is_taken_back_makes_no_page_anew(courses: tuple[Path, Path], tmp_path: Path) -> None:
    root, memory = courses[0], Memory(tmp_path / "memory")
    first = staged(root, memory)
    text = (root / "docs/en/none.md").read_text()
    written("docs/en/none.md", f"{text}\nMore.\n")(root)
    assert staged(root, memory) != first
    there = entries(memory)
    written("docs/en/none.md", text)(root)
    assert staged(root, memory) == first
    assert made_since(there, memory) == 0


def test_a_page_that_includes_another_is_made_anew_when_that_is_edited(tmp_path: Path) -> None:
    root, memory = tiny.make_warm(tmp_path / "course"), Memory(tmp_path / "memory")
    unlisted(root)
    part = root / "docs/en/part.md"
    part.write_text("# Part\n\nOf another page.\n")
    (root / "docs/en/whole.md").write_text(f'# Whole\n\n[% include "{part}" %]\n')
    assert b"Of another page." in staged(root, memory)["whole.md"]
    part.write_text("# Part\n\nOf a whole.\n")
    assert b"Of a whole." in staged(root, memory)["whole.md"]


def test_what_is_edited_while_a_page_is_made_is_not_remembered(tmp_path: Path) -> None:
    """Nor what was made of a page that was saved again between two looks at it."""
    memory, page = Memory(tmp_path / "memory"), tmp_path / "page.md"
    page.write_text("before")
    sources = Sources({}, lambda *_: None, lambda: "", lambda *_: "")

    def key() -> str:
        return digest([page.read_text()])

    def make(saved: str) -> str:
        page.write_text(saved)
        return page.read_text()

    assert sources.remembered(memory, key, lambda: make("after")) == "after"
    sources.keep()
    page.write_text("before")
    assert sources.remembered(memory, key, lambda: make("before")) == "before"


def test_going_through_all_scenarios_asks_for_each_whichever_way(tmp_path: Path) -> None:
    scenarios = load_all(tiny.drop_in(tiny.make(tmp_path)) / "docs/scenarios")
    for going_through in (list, dict, sorted, reversed, *WAYS):
        sources = Sources(scenarios, lambda *_: None, lambda: "", lambda *_: "")
        going_through(sources.scenarios)
        assert sources.asked.keys() == {("scenario", id) for id in scenarios}, going_through
    for one in (lambda given: given["tiny"], lambda given: given.get("tiny"), lambda given: "tiny" in given):
        sources = Sources(scenarios, lambda *_: None, lambda: "", lambda *_: "")
        one(sources.scenarios)
        assert sources.asked.keys() == {("scenario", "tiny")}
