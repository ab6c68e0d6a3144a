"""Built pages as one document for paper: their articles, and what a sheet says at its foot; no script, no dead link.

A link to what is printed with it leads there, another to its address, and where the site has none, to nothing.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from generator.site.links import PICTURES, StartTags
from generator.site.unserved import ATTRIBUTE

Size = Literal["A4", "letter"]
SCRIPT = re.compile(r"<(script|noscript)\b.*?</\1\s*>", re.S | re.I)
TITLE = re.compile(r"<title>(.*?)</title>", re.S)
FOOT = re.compile(r'<p class="gd-sheet"[^>]*>(.*?)</p>', re.S)
FOR_THE_SCREEN = {"loading", "decoding", "fetchpriority"}  # on paper all is shown at once
# `hidden` is what the style sheet for paper shows; each page begins on a sheet of its own.
STYLE = """\
@page {{ size: {size}; }}
:root {{ --gd-sheet: "{foot}"; }}
article + article {{ break-before: page; }}
"""


def foot(page: str) -> str:
    """What each sheet of a built page says of where it is from; nothing where its theme has left that out."""
    found = FOOT.search(page)
    return " ".join(html.unescape(found[1]).split()) if found else ""


def document(pages: Mapping[str, str], size: Size, foot: str, address: str = "", title: str = "") -> str:
    """One document that lies at the top of the site, of these built pages by their names below it.

    ``address`` is that of the site. Without a ``title``, in HTML, it has that of its first page.
    """
    name, first = next(iter(pages.items()))
    tags = StartTags(first).found
    root, body = (next(written for _, written, tag, _ in tags if tag == wanted) for wanted in ("html", "body"))
    sheets = [
        _moved(written, tag, attributes, name, {}, "", address)
        for _, written, tag, attributes in tags
        if tag == "link" and attributes.get("rel") == "stylesheet"
    ]
    said = TITLE.search(first)
    places = {place: f"page-{number}" for number, place in enumerate(pages, start=1)}
    articles = [
        f'<article class="md-content__inner md-typeset" id="{places[place]}">{_article(text, place, places, address)}'
        "</article>"
        for place, text in pages.items()
    ]
    style = STYLE.format(size=size, foot=re.sub(r'["\\<\n]', lambda found: f"\\{ord(found[0]):x} ", foot))
    return "\n".join(
        [
            "<!doctype html>", root, "<head>", '<meta charset="utf-8">',
            f"<title>{title or (said[1] if said else '')}</title>", *sheets, f"<style>{style}</style>", "</head>", body,
            '<main class="md-main"><div class="md-main__inner md-grid"><div class="md-content">', *articles,
            "</div></div></main>", "</body>", "</html>", "",
        ]
    )  # fmt: skip


def _article(page: str, name: str, places: Mapping[str, str], address: str) -> str:
    """What stands in the article of a page; of a page that has none, in its body."""
    tags = StartTags(page).found
    start, written, tag, _ = next((each for each in tags if each[2] == "article"), None) or next(
        each for each in tags if each[2] == "body"
    )
    text = SCRIPT.sub("", page[start + len(written) : page.rindex(f"</{tag}")])
    parts, end = [], 0
    for start, written, tag, attributes in StartTags(text).found:
        parts += [text[end:start], _moved(written, tag, attributes, name, places, f"{places[name]}-", address)]
        end = start + len(written)
    return "".join([*parts, text[end:]])


def _moved(
    written: str, tag: str, attributes: Mapping[str, str | None], name: str, places: Mapping[str, str], prefix: str,
    address: str,
) -> str:  # fmt: skip
    """A start tag of the page of this name, with its files as seen from the top of the site, and its ids told apart."""

    def changed(attribute: re.Match[str]) -> str:
        key = attribute[1].lower()
        value = attributes.get(key) or ""
        if key in FOR_THE_SCREEN:
            return ""
        if key in ("id", "for"):
            value = prefix + value
        elif key == "srcset":
            value = PICTURES.sub(lambda found: found[0].replace(found[1], _from_top(found[1], name), 1), value)
        elif key == "href" and tag == "a":
            value = _leading(value, name, places, address)
            if not value:
                return ""
        elif key in ("src", "href", "poster"):
            value = _from_top(value, name)
        else:
            return attribute[0]
        return f'{attribute[1]}="{html.escape(value)}"'

    return ATTRIBUTE.sub(changed, written)


def _from_top(link: str, name: str) -> str:
    """A link on the page of this name, as seen from the top of the site; one that leads out of the site stays."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or not parts.path:
        return link
    path = posixpath.normpath(posixpath.join(posixpath.dirname(name), parts.path))
    return path + ("/" if parts.path.endswith("/") else "") + (f"?{parts.query}" if parts.query else "")


def _leading(link: str, name: str, places: Mapping[str, str], address: str) -> str:
    """Where a link on paper leads: into the document, or to an address; nothing where there is none."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return link
    path = _from_top(link, name).rstrip("/") if parts.path else name
    place = next((places[each] for each in (path, posixpath.join(path, "index.html")) if each in places), None)
    if place:
        return f"#{place}-{parts.fragment}" if parts.fragment else f"#{place}"
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{address}{_from_top(link, name).removeprefix('./')}{fragment}" if address else ""
