"""What the engine says is wrong, as people can act on it: the authored file and line, and the remedy."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from generator.configuration import at_setting, line_of
from generator.faults import Fault, did_you_mean
from generator.project import GENERATED, Edition, Project

Match = re.Match[str]


def explained(project: Project, edition: Edition, messages: Iterable[str]) -> list[Fault]:
    """A fault for each thing that the engine warns of while it builds the edition."""
    desk = _Desk(project, edition)
    faults = {str(fault): fault for message in messages for fault in desk.explain(message)}
    return [*faults.values()]


def authored(project: Project, edition: Edition, page: str) -> Path:
    """The file that a page of the site's sources was made from."""
    written = edition.pages / page
    if page.startswith(f"{GENERATED}/") and not written.is_file():
        return project.template_layers.file(f"{edition.language}/scenario.md")
    return written


def line_of_link(file: Path, link: str) -> tuple[str, int | None]:
    """The text of a file, and the line of a link to there, as Markdown or HTML write one; or else of those letters."""
    text, first = line_of(file, link)
    before = r"""\]\(\s*<?|(?:href|src)\s*=\s*["']?|^ *\[.*\]:\s*<?"""
    found = re.search(rf"""(?:{before}){re.escape(link)}(?=[\s)>"']|$)""", text, re.MULTILINE)
    return text, text.count("\n", 0, found.start()) + 1 if found else first


def in_no_navigation(edition: Edition, page: str) -> Fault:
    return Fault(
        f"the page {page} is in no navigation", file=edition.pages / page, line=1,
        help=f"add it under nav: in {edition.config.name}, as in `- {page}`; "
        f"or, if links alone are to lead there, under not_in_nav: as in `not_in_nav: /{page}`",
    )  # fmt: skip


def no_such_page(edition: Edition, page: str, known: Iterable[str]) -> Fault:
    text, line = line_of(edition.config, page)
    return Fault.at_line(
        f"nav: names {page}, and there is no such page", file=edition.config, text=text, line=line,
        help=did_you_mean(page, known) if known else "write the page, or take it out of nav:",
    )  # fmt: skip


class _Desk:
    """Takes one message after another about one edition."""

    def __init__(self, project: Project, edition: Edition) -> None:
        self.project, self.edition = project, edition

    def explain(self, message: str) -> Iterator[Fault]:
        for pattern, explain in PATTERNS.items():
            if found := re.match(pattern, message, re.DOTALL):
                yield from explain(self, found)
                return
        if not message.startswith("Aborted with"):  # which sums up what was said before
            yield Fault(f"the engine says: {message}", file=self.edition.config, help="see what it speaks of there")

    def link(self, found: Match) -> Iterator[Fault]:
        file = authored(self.project, self.edition, found["page"])
        text, line = line_of_link(file, found["link"])
        help = "let it lead to a page or file that is there, by a path from this one's folder, or take it out"
        what = "it leads to no page or file" if "is not found" in found["what"] else found["what"]
        yield Fault.at_line(f"the link {found['link']!r}: {what}", file=file, text=text, line=line, help=help)

    def omitted(self, found: Match) -> Iterator[Fault]:
        for page in re.findall(r"- (\S.*)", found["pages"]):
            yield in_no_navigation(self.edition, page)

    def gone(self, found: Match) -> Iterator[Fault]:
        yield no_such_page(self.edition, found["link"], ())

    def setting(self, found: Match) -> Iterator[Fault]:
        lines = found["what"].splitlines() or [""]
        what = lines[0] if len(lines) == 1 else f"{lines[0]} {lines[-1]}"  # what stands between is a traceback
        yield at_setting(self.edition.config, found["key"], f"{found['key']}: {what}")

    def time_zone(self, found: Match) -> Iterator[Fault]:
        help = "name one, as in TZ=Europe/Berlin, or unset it"
        yield Fault(f"the environment variable TZ names no time zone: {os.environ.get('TZ', '')!r}", help=help)

    def template(self, found: Match) -> Iterator[Fault]:
        text, line = line_of(self.edition.config, Path(found["name"]).stem)
        fault = f"the theme has no {found['name']}"
        yield Fault.at_line(fault, file=self.edition.config, text=text, line=line, help=NO_TEMPLATE)

    def page(self, found: Match) -> Iterator[Fault]:
        file = authored(self.project, self.edition, found["page"])
        help = f"the engine read {self.project.staged(self.edition) / found['page']}, which was made of this file"
        yield Fault(
            f"the engine cannot make this page: {found['what'].strip() or 'it does not say why'}", file=file, help=help
        )


NO_TEMPLATE = "name one that it has; what names it is a setting of the theme, or the front matter of a page"
PATTERNS: Mapping[str, Callable[[_Desk, Match], Iterator[Fault]]] = {
    r"Doc file '(?P<page>.+?)' contains .*?link '(?P<link>.*?)', (?:but )?(?P<what>.*)": _Desk.link,
    r"The following pages exist in the docs directory, but are not included in the \"nav\"[^\n]*\n(?P<pages>.*)": (
        _Desk.omitted
    ),
    r"(?:A reference|An absolute path) to '(?P<link>.*?)' is included in the 'nav'": _Desk.gone,
    r"Invalid TZif file": _Desk.time_zone,
    r"'(?P<name>[^']+)' not found in search paths": _Desk.template,
    r"Config value '(?P<key>.+?)': (?P<what>.*)": _Desk.setting,
    r"Error (?:reading|building) page '(?P<page>.+?)':(?P<what>.*)": _Desk.page,
}
