"""What the plain Markdown of a page has to be like before the engine reads it, which knows no bounds and no types."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from generator.faults import Fault, lines_of
from generator.files import MAX_BYTES
from generator.yaml_text import read_yaml

MAX_OPEN = 500  # brackets open at once in a paragraph: for each, Markdown reads on to where the paragraph ends
MAX_DEPTH = 50  # of lists and quotations
FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)(?:\.{3}|---)[ \t]*(?:\n|\Z)", re.DOTALL)  # as MkDocs finds it
BARE = re.compile(r"[ ]{0,3}([A-Za-z0-9_-]+):\s*(.*)")  # a setting without dashes around, at the top of a page
UNENDED = re.compile(r"---[ \t]*\n\s*[\w-]+:")
WORD = re.compile(r"[a-z0-9][a-z0-9_-]*")
INDENT = re.compile(r"(?:[ ]{4}|\t|[ ]{0,3}>[ ]?)*")
STEP = re.compile(r"[ ]{4}|\t|>")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_for_search(value: object) -> bool:
    if not isinstance(value, dict) or value.keys() - {"exclude", "boost"}:
        return False
    boost = value.get("boost", 1)
    is_above_0 = isinstance(boost, int | float) and not isinstance(boost, bool) and 0 < boost < math.inf
    return isinstance(value.get("exclude", False), bool) and is_above_0


# What the theme, the engine and we take from the front matter: whether a value is of use, and what it is to be.
SETTINGS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "title": (_is_text, "a few words, in quotes where they have a : or begin with a bracket"),
    "description": (_is_text, "a sentence"),
    "template": (_is_text, "the name of a file in the theme, such as main.html"),
    "icon": (_is_text, "the name of an icon, such as material/school"),
    "status": (lambda value: isinstance(value, str) and bool(WORD.fullmatch(value)), "a word, such as new"),
    "edit_path": (_is_text, "the path of a file in the repository"),
    "hide": (_are_texts, "a list, such as [navigation, toc]"),
    "tags": (_are_texts, "a list of words"),
    "search": (_is_for_search, "a table of exclude, true or false, and boost, a number above 0: {boost: 2}"),
}


def wrong_text(path: Path, text: str, *, is_template: bool = False) -> Iterator[Fault]:
    """A fault for all that the engine would choke on, or publish as it stands. A template has no values yet."""
    most = MAX_BYTES[".md"]
    if len(text) > most:
        yield Fault(
            f"the page comes to {len(text):,} characters, and at most {most:,} are published", file=path,
            help="divide it; what readers are to have in full is a file of its own",
        )  # fmt: skip
        return
    yield from _tangled(path, text)
    if is_template and _has_expressions(text):
        return
    try:
        yield from _wrong_settings(path, text)
    except Fault as fault:
        yield fault


def _has_expressions(text: str) -> bool:
    found = FRONT_MATTER.match(text)
    return bool(found and re.search(r"\[[=%]", found[1]))


def settings_of(path: Path, text: str) -> Any:
    """What the front matter says, as the engine will take it. Raises `Fault` where that cannot be read."""
    if found := FRONT_MATTER.match(text):
        return read_yaml(found[1], path, first_line=2)
    settings: dict[str, str] = {}
    for line in lines_of(text.removeprefix("\ufeff")):
        if not (found := BARE.match(line)):  # without its dashes front matter ends where it is no longer like one
            break
        settings[found[1].lower()] = found[2].strip()
    return settings


def _wrong_settings(path: Path, text: str) -> Iterator[Fault]:
    below = text.lstrip("\ufeff \t\n")
    if below != text.removeprefix("\ufeff") and UNENDED.match(below):
        first = text.count("\n", 0, len(text) - len(below)) + 1
        fault = "the front matter does not begin on the first line, so that it is no front matter"
        yield Fault.at_line(fault, file=path, text=text, line=first, help="delete what is above it, blank lines too")
        return
    if not FRONT_MATTER.match(text) and UNENDED.match(text):
        yield Fault("the front matter has no end", file=path, line=1, help="end it with a line of three dashes: ---")
        return
    settings = settings_of(path, text)
    if settings is None:
        return
    if not isinstance(settings, dict):
        yield Fault(
            "the front matter is no table", file=path, line=2, help="a setting a line, as in `title: A few words`"
        )
        return
    for name, value in settings.items():
        fault, help = _unfit(str(name), value, settings)
        if fault:
            here = re.compile(rf"[ {{\"']{{0,4}}{re.escape(str(name))}[\"']?:", re.IGNORECASE)
            line = next((n for n, line in enumerate(lines_of(text), 1) if here.match(line)), None)
            yield Fault.at_line(fault, file=path, text=text, line=line, help=help)


def _unfit(name: str, value: object, settings: Collection[str]) -> tuple[str, str]:
    """What is wrong with a setting, and its remedy; nothing with one that only an author's own theme may know."""
    if name in SETTINGS:
        is_fine, kind = SETTINGS[name]
        return ("", "") if is_fine(value) else (f"{name} has to be {kind}", "or leave it out")
    meant = difflib.get_close_matches(name.lower(), SETTINGS, n=1, cutoff=0.85)
    if not meant or meant[0] in settings:
        return "", ""
    return f"{name} is no setting of a page", f"did you mean {meant[0]}? if it is your own, give it another name"


def _tangled(path: Path, text: str) -> Iterator[Fault]:
    """A fault for a paragraph with brackets that nobody closes, and for a line too deep in lists and quotations."""
    open_now = {"[": 0, "(": 0, "<": 0}
    for number, line in enumerate(text.split("\n"), start=1):
        depth = len(STEP.findall(indent[0])) if (indent := INDENT.match(line)) else 0
        if depth > MAX_DEPTH:
            fault = f"{depth} lists or quotations inside one another, and at most {MAX_DEPTH} are set"
            yield Fault.at_line(fault, file=path, text=text[:200], line=number, help="write it with fewer")
            return
        if not line.strip():
            open_now = dict.fromkeys(open_now, 0)
        for opens, closes in ("[]", "()", "<>"):
            open_now[opens] = max(0, open_now[opens] + line.count(opens) - line.count(closes))
            if open_now[opens] > MAX_OPEN:
                fault = f"more than {MAX_OPEN} brackets {opens} are open at once"
                yield Fault(fault, file=path, line=number, help=f"close them; {opens} itself is written \\{opens}")
                return
