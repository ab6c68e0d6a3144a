"""What a language's templates hand to scripts: attributes that these look for, and sentences with places for numbers.

No test of ours reads a translation: it is held against English, name by name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import jinja2

from generator.faults import Fault, did_you_mean, lines_of
from generator.templating import without_values

Found = dict[str, list[tuple[int, str]]]  # of each attribute, the lines and values

FILES = ("again.md", "stepper.html", "four_rates.html", "lab.html", "touch.html")
PLACE = re.compile(r"\{(\w+)\}")  # as in page.js


class _Attributes(HTMLParser):
    """Every ``data-…`` of a text: its line and value, by its name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: Found = defaultdict(list)
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.startswith("data-"):
                self.found[name].append((self.getpos()[0], value or ""))


def wrong_for_scripts(environment: jinja2.Environment, path: Path, english: Path) -> Iterator[Fault]:
    """A fault for all that scripts would miss in the template, or not know; nothing where one is not to be read."""
    try:
        text, measure = (file.read_text(encoding="utf-8") for file in (path, english))
        found, known = (_Attributes(without_values(environment, each)).found for each in (text, measure))
    except (OSError, UnicodeDecodeError, jinja2.TemplateSyntaxError):
        return  # which is said elsewhere
    first = min((line for places in found.values() for line, _ in places), default=1)
    of_attributes = [*_of_names(found, known, first, english), *_of_values(found, known)]
    for line, fault in [*of_attributes, *_of_phrases(text, measure, found)]:
        yield Fault.at_line(fault.fault, file=path, text=text, line=line, help=fault.help)


def _of_names(found: Found, known: Found, first: int, english: Path) -> Iterator[tuple[int, Fault]]:
    for name in (name for name in found if name not in known):
        yield found[name][0][0], Fault(f"no script looks for {name}", help=did_you_mean(name, known))
    for name in (name for name in known if name not in found):
        line = known[name][0][0]
        yield first, Fault(f"{name} is missing, and a script looks for it", help=f"{english}:{line} has it in English")


def _of_values(found: Found, known: Found) -> Iterator[tuple[int, Fault]]:
    for name in (name for name in known if name in found):
        wanted = [value for _, value in known[name]]
        if len(wanted) > 1:  # elements that scripts look for, by what this says of them
            yield from _of_elements(name, found[name], wanted)
            continue
        places = [*dict.fromkeys(PLACE.findall(wanted[0]))]
        help = f"English has {', '.join(f'{{{each}}}' for each in places)}" if places else "write it without braces"
        for line, value in found[name]:
            there = dict.fromkeys(PLACE.findall(value))
            for place in (place for place in there if place not in places):
                yield line, Fault(f"{name} has a place for {{{place}}}, which no script fills", help=help)
            for place in (place for place in places if place not in there):
                yield line, Fault(f"{name} has no place for {{{place}}}", help=help)


def _of_phrases(text: str, measure: str, found: Found) -> Iterator[tuple[int, Fault]]:
    """Of those that an attribute is given by an expression, as far as they are not told of already."""
    known = {*PLACE.findall(measure)}
    known |= {place for values in found.values() for _, value in values for place in PLACE.findall(value)}
    for number, line in enumerate(lines_of(text), start=1):
        for place in PLACE.findall(line):
            if place not in known:
                fault = f"a place for {{{place}}}, which no script fills"
                yield number, Fault(fault, help=did_you_mean(f"{{{place}}}", [f"{{{each}}}" for each in known]))


def _of_elements(name: str, found: list[tuple[int, str]], wanted: list[str]) -> Iterator[tuple[int, Fault]]:
    there = {value for _, value in found}
    for line, value in found:
        if value not in wanted:
            yield line, Fault(f'no script looks for {name}="{value}"', help=did_you_mean(value, wanted))
    for value in dict.fromkeys(wanted):
        if value not in there:
            fault = f'{name}="{value}" is missing, and a script looks for it'
            yield found[0][0], Fault(fault, help="write the element again, as English has it")
