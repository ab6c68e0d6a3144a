"""Tables as they are read aloud: a Markdown extension that says what a table, a column and a row are called.

A paragraph before a table that begins with ``Table:`` is its caption, as in Pandoc; other engines show it as it stands.
A table without one is called as the heading above it. A cell with nothing in it names nothing. Where the first one of
the head is empty, the first one of each row names it.
"""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from itertools import pairwise
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown  # type: ignore[import-untyped]  # it has no annotations
from markdown.treeprocessors import Treeprocessor  # type: ignore[import-untyped]
from markdown.util import AMP_SUBSTITUTE, ETX, HTML_PLACEHOLDER_RE, STX  # type: ignore[import-untyped]

from generator.pages.formulas import HEADINGS, give_name, in_words

AFTER_ALL_ELSE = 1  # the priority: cells have their contents by then
CAPTION = re.compile(r"\s*Table:\s+")
STASHED = re.compile(f"{STX}[a-z]+:[^{ETX}]*{ETX}")  # HTML in a line, which Markdown puts back in the end, …
REFERENCE = re.compile(r"&#?\w+;")  # … and so is each character that is written as one of these
ESCAPED = re.compile(f"{STX}(\\d+){ETX}")  # by a backslash


class Tables(Extension):  # type: ignore[misc]
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        md.treeprocessors.register(_Namer(md), "names_of_tables_rows_and_columns", AFTER_ALL_ELSE)


class _Namer(Treeprocessor):  # type: ignore[misc]
    def run(self, root: Element) -> None:
        for parent in root.iter():
            _caption(parent)
        self._name(root)
        for table in root.iter("table"):
            head = table.findall("thead/tr/th")
            has_named_rows = bool(head) and _is_empty(head[0])
            for cell in head:
                if _is_empty(cell):
                    cell.tag = "td"
                else:
                    _names(cell, "col")
            for row in table.findall("tbody/tr") if has_named_rows else []:
                if len(row) and not _is_empty(row[0]):
                    _names(row[0], "row")

    def _name(self, root: Element) -> None:
        """Of a table without a caption: the heading above it, and which table below that heading it is."""
        heading, below = "", Counter[str]()
        for element in root.iter():
            if element.tag in HEADINGS:
                heading = self._said(element)
            elif element.tag == "table" and heading and element.find("caption") is None:
                below[heading] += 1
                element.set("aria-label", f"{heading} ({below[heading]})" if below[heading] > 1 else heading)

    def _said(self, element: Element) -> str:
        """All that a heading says in one line of text; the link to it is none of it."""

        def parts(of: Element) -> str:
            if of.tag == "math":
                return in_words(of)
            if "headerlink" in of.get("class", "").split():
                return ""
            return (of.text or of.get("alt") or "") + "".join(parts(child) + (child.tail or "") for child in of)

        text = STASHED.sub(self._put_back, parts(element)).replace(AMP_SUBSTITUTE, "&")
        return " ".join(ESCAPED.sub(lambda escaped: chr(int(escaped[1])), text).split())

    def _put_back(self, stashed: re.Match[str]) -> str:
        """The character that a reference stands for; of a tag nothing is said."""
        if place := HTML_PLACEHOLDER_RE.fullmatch(stashed[0]):
            html = self.md.htmlStash.rawHtmlBlocks[int(place[1])]
            return unescape(html) if isinstance(html, str) and REFERENCE.fullmatch(html) else ""
        return ""


def _caption(parent: Element) -> None:
    """A paragraph that says so goes into the table that follows it."""
    for before, table in list(pairwise(parent)):
        if before.tag == "p" and table.tag == "table" and (begin := CAPTION.match(before.text or "")):
            before.tag, before.text = "caption", (before.text or "")[begin.end() :]
            parent.remove(before)
            table.insert(0, before)
            for math in before.iter("math"):
                give_name(math)


def _names(cell: Element, what: str) -> None:
    cell.tag = "th"
    cell.set("scope", what)
    for math in cell.iter("math"):
        give_name(math)


def _is_empty(cell: Element) -> bool:
    return not len(cell) and not (cell.text or "").strip()


def makeExtension(**options: object) -> Tables:  # noqa: N802  # what Markdown looks for in a module
    return Tables(**options)
