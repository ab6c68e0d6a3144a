"""What of the configuration others than the engine ask for: single settings, and which files say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from generator.configuration import Reader, Tag, legible
from generator.files import below
from generator.project import Edition, Project


def configurations(project: Project) -> list[Path]:
    """The files that say how the site is to be, and those they inherit from; as far as they can be read."""
    found: list[Path] = []
    for file in sorted(project.root.glob("mkdocs*.yml")):
        legible(file, found)
    return sorted({*found, *project.root.glob("mkdocs*.yml")})


def read_besides(project: Project) -> list[Path]:
    """What the engine reads of an author's besides pages: the theme's changed parts, hooks, what `watch:` names."""
    found: list[Path] = []
    for file in project.root.glob("mkdocs*.yml"):
        config = legible(file)
        theme = config.get("theme")
        named = [theme.get("custom_dir") if isinstance(theme, dict) else None]
        for several in ("hooks", "watch"):
            named += config[several] if isinstance(config.get(several), list) else []
        found += [file.parent / name for name in named if isinstance(name, str)]
    return found


def setting(project: Project, name: str) -> str:
    """A setting of the site that is a text, `!ENV` too; nothing where there is none, or none can be read."""
    from yaml_env_tag import construct_env_tag  # type: ignore[import-untyped]

    named = legible(project.config).get(name)
    with suppress(yaml.YAMLError):
        if isinstance(named, Tag) and named.node.tag == "!ENV":
            named = construct_env_tag(Reader(""), named.node)
    return named if isinstance(named, str) else ""


def pages_are_folders(edition: Edition) -> bool:
    """Whether each page has a folder of its own in the site, so that its address needs no file's name."""
    return edition.legible_settings().get("use_directory_urls") is not False


def left_out(edition: Edition) -> list[str]:
    """The authored pages that the engine is told not to publish, as drafts or for good."""
    config = edition.legible_settings()
    return [*matching(authored_pages(edition), config.get("exclude_docs"), config.get("draft_docs"))]


def matching(names: Iterable[str], *patterns: Any) -> Iterator[str]:
    """Those that one of these settings speaks of, a text with a pattern a line, as the engine takes it."""
    from pathspec.gitignore import GitIgnoreSpec

    specs = []
    for text in patterns:
        with suppress(ValueError):  # no patterns: whoever builds is told
            specs.append(GitIgnoreSpec.from_lines(text.splitlines() if isinstance(text, str) else ()))
    return (name for name in names if any(spec.match_file(name) for spec in specs))


def authored_pages(edition: Edition) -> list[str]:
    """By their names below the edition's folder."""
    return [path.relative_to(edition.pages).as_posix() for path in below(edition.pages) if path.suffix == ".md"]
