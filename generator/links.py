"""Every link inside a built site leads somewhere: to a file that is there, and to an anchor that is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from generator.faults import Fault

LINKING = {"href", "src", "poster", "srcset"}


@dataclass
class Page(HTMLParser):
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
                self.links.extend((self.getpos()[0], part.split()[0]) for part in value.split(",") if part.strip())
            elif name in LINKING and not (tag == "link" and ("rel", "canonical") in attrs):
                self.links.append((self.getpos()[0], value))


def broken_links(site: Path) -> list[Fault]:
    """A fault for every link, image, script and anchor of the site's pages that leads nowhere.

    Links to other hosts are not followed. The engine's 404 page is left out: its links are absolute, because
    nobody knows which address it is shown at.
    """
    pages: dict[Path, Page] = {}
    for path in sorted(site.rglob("*.html")):
        page = Page()
        page.feed(path.read_text(encoding="utf-8"))
        pages[path.resolve()] = page
    faults: list[Fault] = []
    for path, page in pages.items():
        if path.name == "404.html":
            continue
        for line, link in page.links:
            if problem := _problem(site.resolve(), path, link, pages):
                faults.append(Fault(f"{link!r} {problem}", file=path.relative_to(site.resolve()), line=line))
    return faults


def _problem(site: Path, path: Path, link: str, pages: dict[Path, Page]) -> str | None:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    if parts.path.startswith("/"):
        return "is absolute: under a sub-path or from a file it leads nowhere"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_relative_to(site):
        return "leads out of the site"
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "leads to no file"
    anchor = unquote(parts.fragment)
    # Material's script answers to these; they are states of the page, not places in it.
    if anchor and not anchor.startswith("__") and target in pages and anchor not in pages[target].anchors:
        return "leads to an anchor that is not there"
    return None
