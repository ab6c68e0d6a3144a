"""Another edition: its settings, and copies of all pages, templates and words, to be translated one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from generator.configuration import legible
from generator.faults import Fault
from generator.files import below
from generator.inert import in_toml
from generator.pages.words import FILE as WORDS
from generator.pages.words import FILES
from generator.project import LANGUAGE, Project
from generator.resources import Layers
from generator.scenario.reading import read_toml
from generator.site.headers import HEADERS_FILE
from generator.starting.writing import begun_with, write_new

SHOWN = 8


def new_language(project: Project, language: str) -> list[Path]:
    """Write what it lacks, and leave what it has; the new files. Raises `Fault`."""
    if not LANGUAGE.fullmatch(language) or language == project.language:
        raise Fault(f"{language!r} is no other language", help="write it as in de or pt-br")
    config = project.root / f"mkdocs.{language}.yml"
    name = str(legible(project.config).get("site_name") or "")
    first, pages = (project.root / "docs" / edition for edition in (project.language, language))
    files: dict[Path, str | bytes] = {config: begun_with(project, "language.yml", language=language, name=name)}
    for path in below(first):
        if path.name != HEADERS_FILE:
            files[pages / path.relative_to(first)] = path.read_bytes()
    lacking = {path: text for path, text in files.items() if not path.exists()} | words_to_translate(project, language)
    write_new(project.root, lacking)
    return [*lacking]


def untranslated(project: Project, begun_with: Iterable[Path] = ()) -> list[str]:
    """A line for each edition of which something is still as it was copied.

    ``begun_with`` are pages of the edition at the top that are still as a course begins in English.
    """
    lines = []
    english, first = project.template_layers.folder("en"), project.root / "docs" / project.language
    for edition in project.editions():
        own = project.template_layers.folder(edition.language)
        pairs = [(own.file(name), _english(english, name)) for name in FILES if edition.language != "en"]
        if not edition.is_root:
            pages = (path.relative_to(first) for path in below(first) if path.suffix == ".md")
            pairs += [(edition.pages / page, (first / page).read_bytes()) for page in pages]
        same = [str(path) for path in begun_with if edition.is_root]
        same += [str(path) for path, copied in pairs if path.is_file() and path.read_bytes() == copied]
        if same:
            more = f" and {len(same) - SHOWN} more" if len(same) > SHOWN else ""
            lines.append(f"note: not translated yet, {edition.language}: {', '.join(same[:SHOWN])}{more}")
    return lines


def words_to_translate(project: Project, language: str) -> dict[Path, str | bytes]:
    """The templates and words of English that the language has not, by where they are to lie."""
    layers = project.template_layers
    there, english = layers.folder(language), layers.folder("en")
    lacking = [name for name in FILES if not there.file(name).is_file()]
    return {project.templates / language / name: _english(english, name) for name in lacking}


def _english(layers: Layers, name: str) -> bytes:
    """A file of the English ones that count. Of the words the package's, with the project's own in them."""
    if name != WORDS:
        return layers.file(name).read_bytes()
    *owns, ours = [folder / WORDS for folder in layers.folders]
    lines = ours.read_text(encoding="utf-8").split("\n")
    own: dict[str, Any] = {}
    for path in owns:
        own |= read_toml(path)[1] if path.is_file() else {}
    table: dict[str, Any] = {}
    for number, line in enumerate(lines):
        if header := re.fullmatch(r"\[(\S+)\]", line):
            table = own[header[1]] if isinstance(own.get(header[1]), dict) else {}
        elif (key := line.partition(" = ")[0]) in table and isinstance(table[key], str):
            lines[number] = f"{key} = {in_toml(table[key])}"
    return "\n".join(lines).encode()
