"""How much of our own a page makes its readers load in scripts, to the byte, as it is sent."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from pygments.lexers import JavascriptLexer
from pygments.token import Comment, Whitespace

from generator.pages.scripts import as_sent

FOLDER = Path(__file__).parents[1] / "docs/assets/javascripts"
LAB = {"lab.js", "lab-state.js"}  # on the page of the lab alone
CORE = "descent.js"
NAMES = [file.name for file in sorted(FOLDER.glob("*.js"))]
TOUCH = {"touch.js"}  # on pages that let a reader take hold of something
RACE = {"four-rates.js"}  # on a page with a race


def sent(name: str) -> bytes:
    return as_sent(f"javascripts/{name}", (FOLDER / name).read_bytes())


def tokens(script: str) -> list[tuple[object, str]]:
    """All that is no comment and no space, as another program divides it."""
    found = ((kind, text.strip()) for kind, text in JavascriptLexer().get_tokens(script))
    return [(kind, text) for kind, text in found if text and kind not in Comment and kind not in Whitespace]


def compressed(names: list[str]) -> int:
    """The bytes of those scripts, each as a host that compresses as well as it can sends it."""
    return sum(len(gzip.compress(sent(name), 9)) for name in names)


def test_what_every_page_loads_is_small() -> None:
    everywhere = [name for name in NAMES if name not in LAB | TOUCH | RACE]
    assert compressed(everywhere) <= 27_500, "with 1000 that read a GIF where no browser hands its frames over"


def test_all_scripts_together_are_small() -> None:
    assert compressed(NAMES) <= 45_000


def test_the_core_is_tiny_and_sent_as_it_was_written_to_be_read() -> None:
    assert sent(CORE) == (FOLDER / CORE).read_bytes()
    assert compressed([CORE]) <= 2_500


@pytest.mark.parametrize("name", [name for name in NAMES if name != CORE])
def test_a_script_is_sent_without_its_comments_and_is_the_same_program(name: str) -> None:
    written, short = (FOLDER / name).read_text(encoding="utf-8"), sent(name).decode()
    assert len(short) < 0.9 * len(written)
    assert "/**" in written or "//" in written
    assert "/**" not in short
    assert tokens(short) == tokens(written)


def test_a_script_of_an_authors_is_sent_as_it_was_written() -> None:
    mine = b"// mine\nlet a = 1;\n"
    assert as_sent("javascripts/mine.js", mine) == mine
    assert as_sent("javascripts/quiz.js", mine) == mine  # in the place of ours
