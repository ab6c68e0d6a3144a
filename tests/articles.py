"""What a reader finds in the article of a built page: its text, where its links lead, its pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pytest

needs_zensical = pytest.mark.skipif(
    find_spec("zensical") is None, reason="no Zensical here (pip install zensical): sites are built by MkDocs alone"
)


@dataclass
class Article(HTMLParser):
    """Of one page; what the theme adds around it is left out."""

    words: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)
    pictures: list[tuple[str, ...]] = field(default_factory=list)
    depth: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.depth += tag == "article"
        if not self.depth:
            return
        self.links += [unquote(given[name]) for name in ("href", "src") if name in given and tag in ("a", "script")]
        if given.get("id") and not given["id"].startswith("__"):  # those are the theme's
            self.anchors.append(given["id"])
        if tag in ("img", "source"):
            self.pictures.append(tuple(given.get(name, "") for name in ("src", "srcset", "alt", "class", "width")))

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "article"

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.words.append(data)

    @property
    def told(self) -> dict[str, object]:
        text = re.sub(r"\s+", " ", "".join(self.words)).strip()
        return {"text": text, "links": self.links, "anchors": self.anchors, "pictures": self.pictures}


def articles(site: Path) -> dict[str, dict[str, object]]:
    """Of every page but the one for what is not there, by its name."""
    found = {}
    for page in site.rglob("*.html"):
        if page.name != "404.html":
            article = Article()
            article.feed(page.read_text(encoding="utf-8"))
            found[page.relative_to(site).as_posix()] = article.told
    return found
