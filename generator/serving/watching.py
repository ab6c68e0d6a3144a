"""Whether an author has saved something: told by what the disk says of all files that a build reads.

It is asked again and again, since not every disk says by itself (a network's, a container's), and the sources of a
course are few.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from generator.files import below
from generator.making.keys import SOURCE
from generator.project import Project
from generator.resources import IN_CLONE, resource
from generator.site.settings import configurations, read_besides

Stamp = frozenset[tuple[str, int, int, int]]


def places(project: Project) -> list[Path]:
    """The files and folders that a build reads now; another setting may name others."""
    own = [project.root / "docs", project.templates, SOURCE, *map(resource, IN_CLONE)]
    return [*own, *configurations(project), *read_besides(project)]


def stamp(project: Project, places: Collection[Path]) -> Stamp:
    """Differs as soon as a file there is another, is new, or is gone; what a build writes does not count."""
    files = {file for place in places for file in (below(place) if place.is_dir() else [place])}
    files |= {*project.root.glob("mkdocs*.yml")}
    return frozenset(_of(file) for file in files if not file.is_relative_to(project.build))


def _of(file: Path) -> tuple[str, int, int, int]:
    try:
        found = file.lstat()
    except (OSError, ValueError):  # there is none; there can be none of this name
        return str(file), 0, 0, 0
    return str(file), found.st_mtime_ns, found.st_size, found.st_ino
