"""Another edition: its settings, and copies of all pages, templates and words, to be translated one by one."""

from __future__ import annotations

from pathlib import Path

from generator.configuration import legible
from generator.faults import Fault
from generator.files import below
from generator.pages.words import FILES
from generator.project import LANGUAGE, Project
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


def untranslated(project: Project) -> list[str]:
    """A line for each edition of which something is still as it was copied."""
    lines = []
    english, first = project.template_layers.folder("en"), project.root / "docs" / project.language
    for edition in project.editions():
        own = project.template_layers.folder(edition.language)
        pairs = [(own.file(name), english.file(name)) for name in FILES if edition.language != "en"]
        if not edition.is_root:
            pages = (path.relative_to(first) for path in below(first) if path.suffix == ".md")
            pairs += [(edition.pages / page, first / page) for page in pages]
        same = [str(path) for path, copied in pairs if path.is_file() and path.read_bytes() == copied.read_bytes()]
        if same:
            more = f" and {len(same) - SHOWN} more" if len(same) > SHOWN else ""
            lines.append(f"note: not translated yet, {edition.language}: {', '.join(same[:SHOWN])}{more}")
    return lines


def words_to_translate(project: Project, language: str) -> dict[Path, str | bytes]:
    """The templates and words of English that the language has not, by where they are to lie."""
    layers = project.template_layers
    there, english = layers.folder(language), layers.folder("en")
    lacking = [name for name in FILES if not there.file(name).is_file()]
    return {project.templates / language / name: english.file(name).read_bytes() for name in lacking}
