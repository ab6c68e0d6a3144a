"""Every link inside a built site leads somewhere: to a file that is there, and to an anchor that is in it."""

from __future__ import annotations

import codecs
import posixpath
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from generator.faults import Fault
from generator.making.keys import all_code
from generator.memory import NOTHING, Memory, digest

HELP = "let it lead to what is in the site, by a path from this page's folder, or take it out of what this was made of"
LINKING = {"href", "src", "poster", "srcset"}
LINKING_IN = {("object", "data"), ("form", "action"), ("button", "formaction"), ("input", "formaction")}
PICTURES = re.compile(r"(data:\S+|[^\s,]+)[^,]*,?")  # of a srcset; data has commas of its own


class HtmlReader(HTMLParser):
    """Python's, which takes whatever a browser takes."""

    def parse_html_declaration(self, i: int) -> int:
        try:
            return super().parse_html_declaration(i)
        except AssertionError:  # such as <![foo y]>: Python's reader gives up where a browser sees a comment
            return self.parse_bogus_comment(i)


class StartTags(HtmlReader):
    """The start tags of a page: where each begins, as it is written, its name and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str, str, dict[str, str | None]]] = []
        self.lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line, column = self.getpos()
        self.found.append((self.lines[line - 1] + column, self.get_starttag_text() or "", tag, dict(attrs)))


@dataclass
class Page(HtmlReader):
    """The links of one HTML file with their lines, and the anchors it offers."""

    links: list[tuple[int, str]] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value is None:
                continue
            if name == "id" or (name == "name" and tag == "a"):
                self.anchors.add(value)
            elif name == "srcset":
                self.links.extend((self.getpos()[0], found[1]) for found in PICTURES.finditer(value))
            elif tag == "link" and ("rel", "canonical") in attrs:
                continue
            elif name in LINKING or (tag, name) in LINKING_IN:
                self.links.append((self.getpos()[0], value.strip()))


def broken_links(site: Path, memory: Memory = NOTHING) -> list[Fault]:
    """A fault for every link, image, script and anchor of the site's pages that leads nowhere.

    Links to other hosts are not followed. The engine's 404 page is left out: its links are absolute, because
    nobody knows which address it is shown at.
    """
    code = all_code() if memory.folder else ""
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    same = digest([code, *sorted(files)])
    read: dict[str, _Read] = {}
    for name in sorted(name for name in files if name.endswith(".html")):
        text = _text((site / name).read_bytes())
        key = digest([same, name, text])
        if (known := memory.part("links").get(key)) is None:
            known = _read(name, text, files)
            memory.part("links").put(key, known)
        read[name] = known
    broken = [(name, *link) for name, page in read.items() for link in page.broken]
    broken += [
        (name, line, link, "leads to an anchor that is not there")
        for name, page in read.items()
        for line, link, target in page.to_anchors
        if target in read and _anchor(link) not in read[target].anchors
    ]
    return [
        Fault(f"{link!r} {problem}", file=name, line=line, help=HELP) for name, line, link, problem in sorted(broken)
    ]


class _Read(NamedTuple):
    """A page: its anchors, its links to anchors with the pages they lead to, and the links that lead nowhere, and why.

    Of each link the line comes first.
    """

    anchors: set[str]
    to_anchors: list[tuple[int, str, str]]
    broken: list[tuple[int, str, str]]


def _read(name: str, text: str, files: Collection[str]) -> _Read:
    page = Page()
    page.feed(text)
    read = _Read(page.anchors, [], [])
    for line, link in page.links if posixpath.basename(name) != "404.html" else ():
        target, problem = target_of(name, link, files)
        if problem:
            read.broken.append((line, link, problem))
        elif target and _anchor(link):
            read.to_anchors.append((line, link, target))
    return read


def _text(content: bytes) -> str:
    """As far as it can be read: an author's own page may be written in whatever code."""
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_utf16 else "utf-8", errors="replace")


def target_of(name: str, link: str, files: Collection[str]) -> tuple[str, str]:
    """Where a link on the page of this name leads, and what is wrong with that: names are paths inside the site.

    Both are empty for a link to another host.
    """
    try:
        parts = urlsplit(link)
    except ValueError:
        return "", "is no address"
    if parts.scheme == "file" or len(parts.scheme) == 1:
        return "", "leads to a file of one machine"
    if parts.scheme in ("http", "https") and not parts.netloc:
        return "", "is no address"
    if parts.scheme or parts.netloc:
        return "", ""
    if parts.path.startswith("/"):
        return "", "is absolute: under a sub-path or from a file it leads nowhere"
    # By their names alone: in a large course, where every page links to all, asking the disk takes minutes.
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path))) if parts.path else name
    if target.split("/")[0] == "..":
        return "", "leads out of the site"
    if target not in files:
        target = posixpath.normpath(posixpath.join(target, "index.html"))
    return (target, "") if target in files else ("", "leads to no file")


def _anchor(link: str) -> str:
    anchor = unquote(urlsplit(link).fragment.partition(":~:")[0])  # behind it stands a text to be found
    # Scripts answer to the first two, Material's and ours ("epoch=7"): they are states of the page, as is its top.
    return "" if anchor.startswith("__") or "=" in anchor or anchor.lower() == "top" else anchor
