"""What a site tells those who find it or pass it on: author and licence, a card for each page, what one learns there.

Search engines read the latter as a `LearningResource` of schema.org, social networks the former as Open Graph. Nothing
is claimed that nobody has said.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from generator.inert import in_html, in_json_block, one_line
from generator.making.products import CARD_FILE
from generator.pages.rendering import Pages
from generator.project import GENERATED
from generator.site import address
from generator.site.headers import ROBOTS_FILE as ROBOTS_FILE

FRONT = "index.md"
COURSE, LESSON, EXAMPLE = "course", "lesson", "example"  # what schema.org calls a learningResourceType
MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*`$]|\\(?=[^\w\s])")
HEADING = re.compile(r"^# (.+?)(?:\s*\{[^}]*\})?\s*$", re.M)


def cited(config: Mapping[str, Any]) -> dict[str, str]:
    """For the foot of each page, as HTML: what the configuration says of its author, and of its contents' licence."""
    license = _license(config)
    said = {
        "site": config.get("site_name"), "author": config.get("site_author"), "address": config.get(address.KEY),
        "license": license.get("name"), "license_url": license.get("url"),
    }  # fmt: skip
    return {name: in_html(one_line(value)) if isinstance(value, str) else "" for name, value in said.items()}


def _license(config: Mapping[str, Any]) -> Mapping[str, Any]:
    extra = config.get("extra")
    license = extra.get("license") if isinstance(extra, dict) else None
    return license if isinstance(license, dict) else {}


def robots(of_site: str) -> str | None:
    """What a host says to those who crawl it, where the site has the whole host: nobody looks for it below the top."""
    return f"User-agent: *\nAllow: /\nSitemap: {of_site}sitemap.xml\n" if urlsplit(of_site).path == "/" else None


def shared(pages: Pages, texts: Mapping[str, str], config: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """For each page by its name: its card, as a path below the edition, with what it shows; and its data for engines.

    ``texts`` are the rendered pages, and ``config`` the edition's. There are cards where there is an address.
    """
    of_edition = config.get(address.KEY)
    base = of_edition if isinstance(of_edition, str) and address.why_not(of_edition) is None else ""
    first, alts = pages.calls.first_on, pages.calls.alts
    told = {}
    for name, text in texts.items():
        asked = first.get(name) or first.get(FRONT) or next(iter(first.values()), None)
        card = {"image": asked.path + CARD_FILE, "alt": in_html(alts[asked])} if base and asked else {}
        data = _resource(pages, name, text, config, base)
        if data and card:
            data["image"] = base + quote(card["image"])
        told[name] = card | ({"data": in_json_block(data)} if data else {})
    return told


def _resource(pages: Pages, name: str, text: str, config: Mapping[str, Any], base: str) -> dict[str, Any]:
    """A page as a `LearningResource`; nothing where nobody learns from it: no picture and no question is on it."""
    from mkdocs.utils.meta import get_data

    kind = _kind(pages, name)
    if not kind:
        return {}
    body, front = get_data(text.removeprefix("\ufeff"))
    site = str(config.get("site_name") or "")
    heading = HEADING.search(body)
    title = front.get("title") or (_plain(heading[1]) if heading else "") or site
    description = front.get("description") or (config.get("site_description") if kind == COURSE else None)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LearningResource",
        "name": site if kind == COURSE else str(title),
        "description": description and str(description),
        "inLanguage": pages.edition.language,
        "learningResourceType": kind,
        "teaches": _objective(body, str(pages.words.tables["site"]["objective"])),
        "timeRequired": f"PT{pages.calls.minutes(name)}M" if kind == LESSON else None,
        "author": {"name": str(author)} if (author := config.get("site_author")) else None,
        "license": _license(config).get("url") or _license(config).get("name"),
        "url": base and base + _place(pages, name),
        "isPartOf": None
        if kind == COURSE
        else {"@type": "LearningResource", "name": site} | ({"url": base} if base else {}),
    }
    return {key: value for key, value in data.items() if value}


def _kind(pages: Pages, name: str) -> str:
    if name == FRONT:
        return COURSE
    if name.startswith(f"{GENERATED}/"):
        return EXAMPLE if name.split("/")[1] in pages.scenarios else ""
    return LESSON if name in pages.calls.first_on else ""


def _place(pages: Pages, name: str) -> str:
    """The address of a page below that of its edition, as the engine has it."""
    stem = name.removesuffix(".md")
    if posixpath.basename(stem) in ("index", "README"):
        folder = posixpath.dirname(stem)
        return quote(f"{folder}/" if folder else "") + ("" if pages.calls.are_folders or not folder else "index.html")
    return quote(f"{stem}/" if pages.calls.are_folders else f"{stem}.html")


def _objective(body: str, begins: str) -> str:
    """What a paragraph that begins with these words in bold, or a list below them, says that one can do afterwards."""
    words = re.escape(begins)
    found = re.search(rf"^(?:\*\*{words}\*\*|{words}[ \t]*\n)(.*?)(?=\n\s*\n(?![-*] )|\Z)", body, re.M | re.S)
    return _plain(re.sub(r"(?m)^\s*[-*] ", "", found[1])) if found else ""


def _plain(text: str) -> str:
    return one_line(MARKUP.sub(lambda found: found[1] or "", text))
