"""Texts that others wrote, put where they say what they say and do nothing: into Markdown, Python, YAML, TOML, HTML.

A scenario's title may hold brackets, a script, a line break: it is shown, letter for letter, and never read as markup.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from typing import Any

import markupsafe
import yaml

# What a reader cannot see and no encoding or host is bound to keep: control characters but blanks and line breaks, and
# halves of characters (surrogates), which UTF-8 has no way to write.
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Foreign(str):
    """A text out of a scenario. A template that just shows it gets it written for Markdown."""

    __slots__ = ()


def one_line(text: str) -> str:
    """Blanks and line breaks as HTML shows them; a blank of a special width stays what it is.

    >>> one_line("  A step\\n too far ")
    'A step too far'
    """
    return re.sub(r"[ \t\r\n\f]+", " ", text).strip(" ")


# In any other place Markdown, or one of its extensions, may see something in a character of ASCII that is no letter.
HARMLESS = r"(?<= )=(?= )|(?<=\d)\.(?=\d)|(?<=[^\W_])-(?=[^\W_])"
SEEN = re.compile(rf"(?!{HARMLESS})[!-+\-./:<-@\[-`{{-~\x7f]|[\x00-\x08\x0e-\x1f\x80-\x9f]|[^\S ]")


def in_markdown(text: str) -> str:
    """On one line, in a heading, a link, a cell, an alternative text, or in the HTML between them.

    >>> in_markdown("x² & y < 3, w = 0.5"), in_markdown("[x](y)")
    ('x² &#38; y &#60; 3, w = 0.5', '&#91;x&#93;&#40;y&#41;')
    """
    return SEEN.sub(_reference, one_line(text))


def _reference(found: re.Match[str]) -> str:
    return f"&#{0xFFFD if unicodedata.category(found[0]) == 'Cc' else ord(found[0])};"


def in_notebook(text: str) -> str:
    """As in Markdown; and MathJax, which looks for formulas in the finished page, finds none across an element."""
    return re.sub(r"&#(?:36|92);", r"<span>\g<0></span>", in_markdown(text))


def fenced(text: str, language: str, indent: int = 0) -> str:
    """A block of code in Markdown, between fences that are longer than any in the text."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    lines = [f"{fence}{language}", *text.split("\n"), fence]  # `splitlines` would break at other characters too
    return "\n".join(" " * indent + line if line else "" for line in lines)


def in_python(text: str) -> str:
    """A string, on one line, of which nothing declares an encoding: PEP 263 looks into comments.

    >>> in_python("A 'step'"), in_python("# coding: x")
    ('"A \\'step\\'"', "'# coding\\\\x3a x'")
    """
    return re.sub(r"(?<=coding)[:=]", lambda sign: f"\\x{ord(sign[0]):x}", repr(one_line(text)))


def in_yaml(text: str) -> str:
    """A string in quotes, in ASCII, on one line."""
    return yaml.dump(one_line(text), default_style='"', width=sys.maxsize).strip()


JSON_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
JSON_SIGN = re.compile(r'\\(["\\])|\\.|([^A-Za-z0-9 ])')


def in_toml(value: str | int) -> str:
    """A text in quotes, or a whole number.

    >>> in_toml('a "b"'), in_toml(2)
    ('"a \\\\"b\\\\""', '2')
    """
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def in_data_block(value: Any) -> str:
    """JSON for a `<script type="application/json">`, on one line, in whose texts Markdown and HTML see no sign.

    >>> print(in_data_block({"a_b": "</p>", "c": [1.5]}))
    {"a\\u005fb":"\\u003c\\u002fp\\u003e","c":[1.5]}
    """
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return JSON_STRING.sub(lambda string: f'"{JSON_SIGN.sub(_json_escape, string[1])}"', text)


def in_json_block(value: Any) -> str:
    """JSON for a data block in a template of the theme, in which HTML sees no sign.

    >>> print(in_json_block({"@type": "</script>&"}))
    {"@type":"\\u003c/script\\u003e\\u0026"}
    """
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&]", _json_escape_whole, text)


def _json_escape_whole(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _json_escape(found: re.Match[str]) -> str:
    sign = found[1] or found[2]
    return f"\\u{ord(sign):04x}" if sign else found[0]


def in_html(text: str) -> str:
    """Between tags, or in an attribute's quotes."""
    return str(markupsafe.escape(str(text)))
