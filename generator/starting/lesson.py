"""A page that asks, shows and answers, of one run."""

from __future__ import annotations

from pathlib import Path

from generator.faults import Fault, did_you_mean
from generator.files import listed
from generator.project import Project
from generator.scenario.reading import ID
from generator.starting.writing import begun_with, no_name, title_of, write_new

FOLDER = "lessons"


def new_lesson(project: Project, name: str, id: str | None) -> Path:
    """Write it, of the run with this id, or of the first there is. Raises `Fault`."""
    if not ID.fullmatch(name):
        raise no_name(f"{name!r} is no name for a page", name)
    known = [path.stem for path in listed(project.scenarios, ".toml")]
    if not known:
        raise Fault("there is no run that a lesson could be of", help="`frame-by-frame new scenario ID` writes one")
    if id is not None and id not in known:
        raise Fault(f"there is no scenario {id!r}", help=did_you_mean(id, known))
    path = project.root / "docs" / project.language / FOLDER / f"{name}.md"
    write_new(project.root, {path: begun_with(project, "lesson.md", title=title_of(name), id=id or known[0])})
    return path
