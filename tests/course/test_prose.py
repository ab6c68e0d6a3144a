"""No page has a result typed in: every number in its prose comes from a run, or from theory, through an expression.

What is scanned is all that a reader can read: the text between the expressions, and the text inside them, such as a
figure's caption or a quiz's reply. What is not: code, comments, addresses of links, and the few numbers below.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.pages.rendering import Pages
from tests.course.there import EDITION, PROJECT, page

PAGES = [(edition, path) for edition in PROJECT.editions() for path in sorted(edition.pages.rglob("*.md"))]

# What may stand on a page as it is, by the page's path in an edition, each with the reason.
ALLOWED: dict[str, dict[str, str]] = {
    "lessons/case-files.md": {
        "days since 1970": "a date",
        "20000 to 20030": "the x that an exercise is about",
        "20000^2": "its square, not worked out",
        "Seconds since\n1970": "a date",
    },
    "next-engine.md": {"5 May 2027": "a date"},
    "your-course.md": {"Python 3.11": "a version"},
}

# A decimal, a power of ten, a number with an exponent, a percentage, an angle, or four digits and more.
RESULT = re.compile(
    r"""(?<![\w.])(?:
        \d[\d,]*\.\d+ (?:e[-+]?\d+)? [%°]?
      | \d+e[-+]?\d+
      | (?:\d\s*(?:×|\\times|\\cdot)\s*)? 10(?:\^|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]) \S*
      | \d[\d,]*\s?(?:\\?%|°)
      | \d{1,3}(?:,\d{3})+ | \d{4,}
    )(?!\w)""",
    re.VERBOSE | re.IGNORECASE,
)

# Not read as prose, each replaced by a space: in this order, so that code goes before what looks like markup in it.
UNREAD = [
    re.compile(r"\A---\n.*?\n---\n", re.DOTALL),  # title and description are scanned apart
    re.compile(r"^( *)(```+|~~~+).*?^\1\2`*~*\s*$", re.DOTALL | re.MULTILINE),
    re.compile(r"(`+).+?\1", re.DOTALL),
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"<[a-z/][^>]*>", re.IGNORECASE),
    re.compile(r"\]\([^)\s]*\)"),
    re.compile(r"\{:?\s[^{}\n]*\}"),  # attribute lists
]


def readable(source: str, lex: Callable[[str], Any]) -> str:
    """The words of a page: its text, and the strings in its expressions; numbers in expressions are not typed text."""
    words: list[str] = []
    for _, kind, value in lex(source):
        if kind == "data":
            words.append(value)
        elif kind == "string":
            words.append(f"  {value[1:-1]}  ")
        elif kind in ("variable_end", "block_end"):
            words.append(" ")
    text = "".join(words)
    front = re.match(r"\A---\n(.*?)\n---\n", text, re.DOTALL)
    for pattern in UNREAD:
        text = pattern.sub(" ", text)
    return (front[1] if front else "") + "\n" + text


def results_in(text: str, allowed: dict[str, str]) -> list[str]:
    """What looks like a result, with the words around it."""
    for passage in allowed:
        text = text.replace(passage, " ")
    return [
        re.sub(r"\s+", " ", text[max(0, hit.start() - 40) : hit.end() + 30]).strip() for hit in RESULT.finditer(text)
    ]


def lexer() -> Callable[[str], Any]:
    def nothing_is_trained(*_: str) -> Any:
        raise AssertionError("pages are only read here")

    return Pages(PROJECT, EDITION, {}, nothing_is_trained).environment.lex


@pytest.mark.parametrize(
    ("edition", "path"), PAGES, ids=[path.relative_to(PROJECT.root).as_posix() for _, path in PAGES]
)
def test_a_page_has_no_result_typed_in(edition: Any, path: Path) -> None:
    name = path.relative_to(edition.pages).as_posix()
    assert results_in(readable(path.read_text(encoding="utf-8"), lexer()), ALLOWED.get(name, {})) == []


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_allowed_is_there_and_has_a_reason(name: str) -> None:
    for passage, reason in ALLOWED[name].items():
        assert reason
        assert passage in page(name), f"{name} no longer says {passage!r}"


@pytest.mark.parametrize(
    "text",
    [
        "the loss is 0.518",
        "it grew to 9.9e17",
        "about 3 × 10³⁸",
        "$3 \\cdot 10^{38}$",
        "after 1,371 epochs",
        "after 1371 epochs",
        "a quarter, or 25%",
        "25 \\%",
        "it is 83° off",
        "where $\\eta = 0.02$",
        '[= figure("x", caption="the loss is 0.518") =]',
        '[= "about 0.5 of " ~ loss =]',
        "---\ntitle: The loss of 0.518\n---\n",
        "- a list\n\n    ```python\n    x = 1.5\n    ```\n\n    and 0.5",
    ],
)
def test_a_result_typed_in_is_found(text: str) -> None:
    assert len(results_in(readable(text, lexer()), {})) == 1


@pytest.mark.parametrize(
    "text",
    [
        "eleven points, 11 of them, in 32 bits",
        "the loss is [= loss | fixed(3) =], or [= 0.5 * loss =]",
        "[% set rate = 0.02 %][% for share in [0.1, 0.25] %][= share =][% endfor %]",
        "```python\nx = 0.5\n```",
        "in code: `x = 0.5`",
        "[a page](https://example.org/1.2.3/0.5)",
        '<img width="0.5">',
        "[%# 0.518 was here #%]",
        "$\\tfrac12$ and ½",
        "float32, e1, x2, version2024",
    ],
)
def test_what_is_no_result_is_let_through(text: str) -> None:
    assert results_in(readable(text, lexer()), {}) == []
