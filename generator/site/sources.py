"""What the generator reads, and what it keeps for itself: nothing is put among that, or in the place of it."""

from __future__ import annotations

import os
from pathlib import Path

from generator.faults import Fault
from generator.making.keys import SOURCE
from generator.project import Project
from generator.site import mark


def sources(project: Project) -> dict[str, Path]:
    """Each such folder, after what it is."""
    return {
        "the project's pages and scenarios": project.root / "docs",
        "the project's templates": project.templates,
        "what builds leave for the next": project.build,
        "the project's history": project.root / ".git",
        "the generator": SOURCE,
    }


def refuse_among(project: Project, place: Path, what: str, help: str) -> None:
    """Raises `Fault` where a place is one of these folders, or lies in one; ``what`` is to go there."""
    for whose, folder in sources(project).items():
        if is_within(place, folder):
            raise Fault(f"{what} would lie among {whose}", file=place, help=help)
    if any(part.startswith(".") and part.endswith(mark.NAME) for part in Path(os.path.realpath(place)).parts):
        raise Fault(f"{what} would lie in a folder that builds keep for themselves", file=place, help=help)


def is_within(path: Path, folder: Path) -> bool:
    """Whether a path is a folder or lies in it, whatever links and spellings lead to either."""
    path, folder = Path(os.path.realpath(path)), Path(os.path.realpath(folder))  # a link may lead to itself
    places = (path, *path.parents)
    return folder in places or (folder.exists() and any(place.exists() and place.samefile(folder) for place in places))
