"""Tables as they are read aloud: a Markdown extension that says which cells name a column, and which a row.

A cell with nothing in it names nothing. Where the first one of the head is empty, the first one of each row names it.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from markdown import Extension, Markdown  # type: ignore[import-untyped]  # it has no annotations
from markdown.treeprocessors import Treeprocessor  # type: ignore[import-untyped]

AFTER_ALL_ELSE = 1  # the priority: cells have their contents by then


class Tables(Extension):  # type: ignore[misc]
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        md.treeprocessors.register(_Namer(md), "names_of_rows_and_columns", AFTER_ALL_ELSE)


class _Namer(Treeprocessor):  # type: ignore[misc]
    def run(self, root: Element) -> None:
        for table in root.iter("table"):
            head = table.findall("thead/tr/th")
            has_named_rows = bool(head) and _is_empty(head[0])
            for cell in head:
                if _is_empty(cell):
                    cell.tag = "td"
                else:
                    cell.set("scope", "col")
            for row in table.findall("tbody/tr") if has_named_rows else []:
                if len(row) and not _is_empty(row[0]):
                    row[0].tag = "th"
                    row[0].set("scope", "row")


def _is_empty(cell: Element) -> bool:
    return not len(cell) and not (cell.text or "").strip()


def makeExtension(**options: object) -> Tables:  # noqa: N802  # what Markdown looks for in a module
    return Tables(**options)
