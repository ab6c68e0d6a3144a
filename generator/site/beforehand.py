"""What the engine would refuse, found in what was written before anything is trained."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from generator.configuration import line_of
from generator.faults import Fault, did_you_mean
from generator.limits import time_limit
from generator.project import GENERATED, Edition, Project
from generator.site import places
from generator.site.complaints import in_no_navigation, no_such_page
from generator.site.engine import engine_config, loaded, named_in
from generator.site.settings import matching

COMPUTED = "\0"  # what is known only when the page is rendered, or is no prose
# Code, comments and expressions of a page, in which a link is none.
NO_PROSE = re.compile(
    r"(?ms)^(?P<fence>[ \t]*(?:```++|~~~++)).*?^(?P=fence)|\[%#.*?#%\]|\[[=%].*?[=%]\]|(?<!`)(`++)[^`\n]+\2|<!--.*?-->"
)
LINK = re.compile(
    r"\]\(\s*<?([^()\s<>]+(?:\([^()\s]*\)[^()\s]*)?)|^\[[^\]\n]+\]:\s*<?(\S+?)>?$|<(https?:[^>\s]*)>|(?:href|src)=\"([^\"]*)\"",
    re.M,
)


def mistakes(project: Project, edition: Edition, editions: Collection[Edition], ids: Collection[str]) -> list[Fault]:
    """All of it, of one edition: its configuration, its navigation, its links, and what would lie in two places."""
    if not edition.pages.is_dir():
        return [Fault("no folder, and pages lie in one", file=edition.pages, help="make it a folder with pages in it")]
    written = places.written_in(edition)
    if faults := [*places.claimed(project, edition, editions, ids)]:
        return faults
    try:
        config = engine_config(project, edition, {}, "", ids, folder=project.root)
    except Fault as fault:
        return [fault]
    engine, faults = loaded(project, edition, config)
    if faults or (faults := [*places.unpublished(engine, project, edition)]):
        return faults
    pages = places.included(engine, {name for name in written if name.endswith(".md")})
    known = {*pages, *(f"{GENERATED}/{id}/index.md" for id in ids)}
    faults += _wrong_navigation(edition, config, pages, known)
    for name in sorted(pages):
        text = written[name].read_text(encoding="utf-8", errors="replace")
        with time_limit(written[name]):
            is_shown = _Shown(text, engine)
            found = _wrong_links(written[name], name, text, known, may_be_absolute="relative_to_docs" in str(config))
            faults += [fault for link, fault in found if link in is_shown]
    return [*faults, *_wrong_assets(edition, config, {*written, *places.shared(project), *places.OURS})]


def _wrong_assets(edition: Edition, config: Mapping[str, Any], there: Collection[str]) -> Iterator[Fault]:
    """A fault for every style sheet and script that the configuration names, and that is not there."""
    for key in ("extra_css", "extra_javascript"):
        for entry in config.get(key) or ():
            name = entry.get("path", "") if isinstance(entry, dict) else str(entry)
            parts = _split(name)
            if parts is None or not (parts.scheme or parts.netloc or parts.path in there):
                text, line = line_of(edition.config, name)
                fault = f"{key} names {name}, and there is no such file"
                help = did_you_mean(name, {file for file in there if file.endswith(Path(name).suffix)})
                yield Fault.at_line(fault, file=edition.config, text=text, line=line, help=help)


# --- Navigation ------------------------------------------------------------------------------------------------


def _wrong_navigation(
    edition: Edition, config: Mapping[str, Any], pages: Collection[str], known: Collection[str]
) -> Iterator[Fault]:
    if "nav" not in config:  # then all pages are in it
        return
    named = {*named_in(config["nav"])}
    for name in sorted(named - {*known}):
        parts = _split(name)
        if parts is None or not (parts.scheme or parts.netloc):
            yield no_such_page(edition, name, pages)
    others = sorted({*pages} - named)
    meant = {*matching(others, config.get("not_in_nav"))}
    yield from (in_no_navigation(edition, page) for page in others if page not in meant)


# --- Links -----------------------------------------------------------------------------------------------------


class _Shown:
    """The links of a page as the engine will make them: asked only of what looks like a wrong one, for that takes long.

    What looks like a link may stand in code that is indented, behind a backslash, or in HTML that shows code.
    """

    def __init__(self, text: str, engine: Any) -> None:
        self.text, self.engine = text, engine

    @cached_property
    def links(self) -> set[str]:
        import markdown  # type: ignore[import-untyped]

        # Expressions may come to anything, and are no link.
        prose = re.sub(r"(?s)\[%#.*?#%\]|\[[=%].*?[=%]\]", "", self.text)
        extensions = [name for name in self.engine.markdown_extensions if name.partition(".")[0] != "generator"]
        html = markdown.markdown(prose, extensions=extensions, extension_configs=self.engine.mdx_configs)
        return {unescape(link) for link in re.findall(r'\s(?:href|src)="([^"]*)"', html)}

    def __contains__(self, link: str) -> bool:
        try:
            return unescape(link) in self.links
        except Exception:  # an extension that fails is told where the page is built
            return True


def _wrong_links(
    path: Path, name: str, text: str, known: Collection[str], *, may_be_absolute: bool
) -> Iterator[tuple[str, Fault]]:
    """A fault for every link that is no address, and for each to a page that is not there, with that link."""
    prose = NO_PROSE.sub(lambda found: re.sub(r"[^\n]", COMPUTED, found[0]), text)
    for found in LINK.finditer(prose):
        link = next(filter(None, found.groups()), "")
        if COMPUTED in link:
            continue
        line = prose.count("\n", 0, found.start()) + 1
        parts = _split(link)
        if parts is None:
            help = "write it as it stands in the browser's address bar; [ and ] inside it as %5B and %5D"
            yield link, Fault.at_line(f"{link!r} is no address", file=path, text=text, line=line, help=help)
        elif parts.scheme or parts.netloc:
            continue
        elif parts.path.startswith("/"):
            if not may_be_absolute:
                help = "the site may lie under any address: write the path from this file's folder"
                yield link, Fault.at_line(f"{link!r} is absolute", file=path, text=text, line=line, help=help)
        elif parts.path.endswith(".md"):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
            if target not in known:
                fault = f"{link!r} leads to no page"
                help = did_you_mean(target, known)
                yield link, Fault.at_line(fault, file=path, text=text, line=line, help=help)


def _split(link: str) -> Any:
    """The parts of an address; None where it is none."""
    try:
        return urlsplit(link)
    except ValueError:
        return None
