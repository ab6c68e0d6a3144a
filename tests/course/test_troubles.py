"""troubles.md: the messages that people meet first, each produced here, and word for word as the page has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli import main
from tests import tiny
from tests.course.there import speaks_of
from tests.test_own_course import bare

pytestmark = speaks_of(pages=["troubles.md"])

PAGE = tiny.REPOSITORY / "docs/en/troubles.md"
Change = Callable[[Path], object]

CSV = """\
[data]
source = "csv"
file = "marks.csv"
x = "hours"
y = "marks"
"""


def scenario(root: Path, *changes: tuple[str, str], csv: str = "") -> None:
    """The run's file with these changes; with a text of a CSV file, of points from that."""
    file = root / "docs/scenarios/tiny.toml"
    text = file.read_text(encoding="utf-8")
    if csv:
        (root / "docs/scenarios/marks.csv").write_text(csv, encoding="utf-8")
        text = re.sub(r"(?s)\[data\].*?\n\n", f"{CSV}\n", text)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def page(root: Path, more: str) -> None:
    with (root / "docs/en/index.md").open("a", encoding="utf-8") as file:
        file.write(f"\n{more}\n")


def nav(root: Path, *pages: str) -> None:
    lines = "".join(f"  - {name}\n" for name in ("index.md", *pages, "scenarios/index.md"))
    (root / "mkdocs.yml").write_text(f"site_name: My course\nnav:\n{lines}")


def lesson(root: Path) -> None:
    (root / "docs/en/lessons").mkdir()
    (root / "docs/en/lessons/mine.md").write_text("# Mine\n")


# By the heading that stands above each on the page: what brings it about, and the command that says it.
TROUBLES: dict[str, tuple[Change, tuple[str, ...]]] = {
    "The run is not what its file expects": (
        lambda root: scenario(root, ("learning_rate = 0.1", "learning_rate = 0.3")), ("check",)
    ),
    "A file from a spreadsheet": (
        lambda root: scenario(root, csv="hours;marks\n1,5;42,0\n2,0;51,5\n4,5;80,0\n"), ("check",)
    ),
    "A column of another name": (
        lambda root: scenario(root, csv="Hours,marks\n1.5,42\n2.0,51.5\n4.5,80\n"), ("check",)
    ),
    "A file of many columns": (
        lambda root: (root / "flats.csv").write_text("street;size [m²];price [€]\nA;50,5;149,9\nB;61;165,25\n"),
        ("new", "scenario", "flats", "--from-csv", "flats.csv"),
    ),
    "An empty cell": (lambda root: scenario(root, csv="hours,marks\n1.5,42\n2.0,\n4.5,80\n"), ("check",)),
    "A key that is misspelt": (lambda root: scenario(root, ("learning_rate", "learnig_rate")), ("check",)),
    "Something that is not offered": (
        lambda root: scenario(root, ("epochs =", 'loss = "huber"\nepochs =')), ("check",)
    ),
    "A name with capitals or blanks": (lambda root: None, ("new", "scenario", "Mein Lauf")),
    "A run that is not there": (lambda root: page(root, '[= figure("tinny") =]'), ("check",)),
    "A run without its quotes": (lambda root: page(root, "[= figure(tiny) =]"), ("check",)),
    "A figure in the middle of a line": (lambda root: page(root, 'See [= figure("tiny") =]'), ("check",)),
    "A name that no page knows": (lambda root: page(root, "It took [= epochs =] epochs."), ("check",)),
    "A link to a page that is not there": (lambda root: page(root, "See [the next](lessons/nxt.md)."), ("check",)),
    "A page in no navigation": (lambda root: (lesson(root), nav(root)), ("check",)),
    "A navigation with a page that is not there": (lambda root: nav(root, "lessons/mine.md"), ("check",)),
    "Another folder": (lambda root: (root / "mkdocs.yml").unlink(), ("check",)),
    "A folder that holds something else": (
        lambda root: ((root / "public").mkdir(), (root / "public/notes.txt").write_text("mine")),
        ("build", "--site-dir", "public"),
    ),
}  # fmt: skip


def message(root: Path, trouble: str, monkeypatch: pytest.MonkeyPatch) -> str:
    change, command = TROUBLES[trouble]
    bare(root)
    change(root)
    monkeypatch.chdir(root)
    done = CliRunner().invoke(main, [*command])
    assert done.exit_code == 1
    return done.stderr.strip()


def on_the_page() -> dict[str, str]:
    """The block below each heading of a trouble."""
    text = PAGE.read_text(encoding="utf-8")
    return dict(re.findall(r"(?s)\n## ([^\n]+)\n(?:(?!\n## ).)*?\n```text\n(.*?)\n```\n", text))


def test_every_trouble_of_the_page_is_produced_here_and_no_other() -> None:
    assert [*on_the_page()] == [*TROUBLES]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_message_is_the_pages(trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert message(tmp_path, trouble, monkeypatch) == on_the_page()[trouble]
