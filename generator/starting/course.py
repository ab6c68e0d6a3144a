"""A small course that builds: its settings and colours, a front page, a lesson, the gallery, and a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from generator.configuration import legible
from generator.faults import Fault
from generator.project import LANGUAGE, Project
from generator.site.engine import spoken
from generator.starting.language import words_to_translate
from generator.starting.run import new_points
from generator.starting.writing import begun_with, title_of, write_new
from generator.version import __version__

FIRST_RUN = "first-run"


@dataclass(frozen=True)
class _Place(Project):
    """A project that is not there yet, in a language of its own."""

    to_be: str = "en"

    @property
    def language(self) -> str:
        return self.to_be


def new_course(folder: Path, language: str, name: str | None) -> list[Path]:
    """Write it; the files that it has. Raises `Fault` or `Faults`, and writes nothing, where some lie there already."""
    if not LANGUAGE.fullmatch(language):
        raise Fault(f"{language!r} is no language", help="write it as in en, de or pt-BR")
    if language.lower() not in spoken():
        help = f"it speaks {', '.join(spoken().values())}; begin in one of these, and add others with `new language`"
        raise Fault(f"the theme does not speak the language {language!r}", help=help)
    language = spoken()[language.lower()]
    project = _Place(folder, language)
    for there in (project.config, folder / "docs", project.templates):
        if there.exists():
            help = "name another folder, or run `frame-by-frame check` in this one: it may be a course"
            raise Fault(f"there is a {there.name} here already, and nothing is written over", file=folder, help=help)
    name = name or title_of(folder.resolve().name) or "My course"
    settings = begun_with(project, "mkdocs.yml", name=name, language=language, version=__version__)
    files: dict[Path, str | bytes] = {
        project.config: settings,
        **{folder / "docs" / language / page: text for page, text in first_pages(project, name).items()},
        project.assets / "stylesheets/colours.css": begun_with(project, "colours.css"),
        project.scenarios / f"{FIRST_RUN}.toml": new_points(project, FIRST_RUN).text,
        **words_to_translate(project, language),
    }
    if not (ignored := folder / ".gitignore").exists():
        files[ignored] = begun_with(project, "gitignore")
    write_new(folder, files)
    return [*files]


def first_pages(project: Project, name: str) -> dict[str, str]:
    """The pages that a course of this name begins with, by where they lie in the folder of its language."""
    return {
        "index.md": begun_with(project, "index.md", name=name),
        "lessons/first.md": begun_with(project, "lesson.md", title="A first lesson", id=FIRST_RUN),
        "scenarios/index.md": begun_with(project, "gallery.md"),
    }


def untranslated_pages(project: Project) -> list[Path]:
    """Those of a course in another language that are still the English ones it began with."""
    if project.language == "en":
        return []
    name = str(legible(project.config).get("site_name") or "")
    pages = first_pages(_Place(project.root, "en"), name)
    places = {project.root / "docs" / project.language / page: text for page, text in pages.items()}
    return [path for path, text in places.items() if path.is_file() and path.read_bytes() == text.encode()]
