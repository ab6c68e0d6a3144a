"""Addresses on paper: a Markdown extension that notes at a link where it leads, if that is elsewhere and short."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown  # type: ignore[import-untyped]  # it has no annotations
from markdown.treeprocessors import Treeprocessor  # type: ignore[import-untyped]

AFTER_ALL_ELSE = 1  # the priority: links have their addresses by then
ELSEWHERE = re.compile(r"https?://(?:www\.)?")
LONGEST = 40  # characters that a reader may type in


class Addresses(Extension):  # type: ignore[misc]
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        md.treeprocessors.register(_Noter(md), "addresses_for_paper", AFTER_ALL_ELSE)


class _Noter(Treeprocessor):  # type: ignore[misc]
    def run(self, root: Element) -> None:
        for link in root.iter("a"):
            begins = ELSEWHERE.match(href := link.get("href") or "")
            address = href[begins.end() :].rstrip("/") if begins else ""
            if 0 < len(address) <= LONGEST and address not in "".join(link.itertext()):
                link.set("data-address", address)  # print.css shows it


def makeExtension(**options: object) -> Addresses:  # noqa: N802  # what Markdown looks for in a module
    return Addresses(**options)
