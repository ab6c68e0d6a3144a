"""What `mkdocs.yml` says: with what it inherits from, over what the package brings; and settings written down flat."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from generator.faults import Fault, lines_of
from generator.files import refusal
from generator.resources import resource
from generator.yaml_text import read_yaml

NAME = "mkdocs.yml"
YAML_HELP = "a setting a line, as in `site_name: A name`; lists indented by spaces; UTF-8"
REMEDIES = {
    "nav": "list the pages under it, as in `- lessons/mine.md` or, with a title, `- Mine: lessons/mine.md`",
    "theme": "as in theme: {name: material, custom_dir: templates/overrides}",
    "extra": "a table, as in extra: {words: {play: Play}}",
    "INHERIT": "the path, from this file's folder, of the configuration that this one adds to",
    "hooks": "a list of Python files, by their paths from this file's folder",
    "plugins": "a list of plugins that are installed; constraints.txt and pyproject.toml say which are",
    "markdown_extensions": "a list of extensions that are installed; constraints.txt and pyproject.toml say which are",
}
# Lists to which a project adds; any other takes the place of the package's.
ADDED_TO = ("extra_css", "extra_javascript", "markdown_extensions")


def over_standard(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration over the one that the package brings, which a project need not repeat."""
    return over(config, read(resource("templates") / NAME))


def over(config: Mapping[str, Any], beneath: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged and lists replaced, as MkDocs has it; but style sheets, scripts and extensions are added."""
    from mergedeep import merge  # type: ignore[import-untyped]  # as MkDocs merges them

    merged = dict(merge({}, beneath, config))
    for key in ADDED_TO:
        if isinstance(beneath.get(key), list) and (added := _as_list(config.get(key))) is not None:
            merged[key] = _added(beneath[key], added)
    return merged


def _as_list(given: Any) -> list[Any] | None:
    if isinstance(given, dict):  # of extensions, each with its settings
        return [{name: settings} for name, settings in given.items()]
    return given if isinstance(given, list) else None


def _added(first: list[Any], second: list[Any]) -> list[Any]:
    """Those of the first, as the second has them where it has them too, and what else is in the second."""
    later = {_name(entry): entry for entry in second}
    return [later.pop(_name(entry), entry) for entry in first] + [*later.values()]


def _name(entry: Any) -> str:
    if isinstance(entry, dict):
        return str(entry.get("path") or next(iter(entry), ""))
    return str(entry)


def given(file: Path, heirs: tuple[Path, ...] = (), seen: list[Path] | None = None) -> dict[str, Any]:
    """What a file says together with those that it inherits from. The files that say it are added to ``seen``.

    A theme that is named alone is a table with its name. Raises `Fault` where one of them cannot be read.
    """
    from mergedeep import merge

    if seen is not None:
        seen.append(file)
    config = read(file)
    if isinstance(config.get("theme"), str):
        config["theme"] = {"name": config["theme"]}
    parent = config.pop("INHERIT", None)
    if parent is None:
        return config
    place = file.parent / parent if isinstance(parent, str) else None
    if place is None or not place.is_file():
        raise at_setting(file, "INHERIT", f"INHERIT names {parent}, and there is no such file")
    if place.resolve() in (heirs := (*heirs, file.resolve())):
        raise at_setting(file, "INHERIT", f"INHERIT: {parent} leads back to this file")
    if fault := refusal(place, [place.parent]):
        raise fault
    return dict(merge(given(place, heirs, seen), config))


def legible(file: Path, seen: list[Path] | None = None) -> dict[str, Any]:
    """As `given`; of what cannot be read, nothing: whoever builds is told."""
    with suppress(Fault, OSError):
        if refusal(file, [file.parent]) is None:
            return given(file, seen=seen)
    return {}


def read(file: Path) -> dict[str, Any]:
    """What one file says. Raises `Fault` where it is no table of settings."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise Fault(f"the file cannot be read: {problem}", file=file, help="save it as UTF-8 text") from None
    return deepcopy(_parsed(text, file))


@lru_cache(maxsize=16)  # it is asked for again and again, and reading YAML takes hundredths of a second
def _parsed(text: str, file: Path) -> dict[str, Any]:
    config = read_yaml(text, file, loader=Reader)
    if not isinstance(config, dict):
        raise Fault("not a table of settings", file=file, help=YAML_HELP)
    return config


def as_yaml(config: Mapping[str, Any]) -> str:
    return yaml.dump(config, Dumper=_Writer, allow_unicode=True, sort_keys=False)


def at_setting(file: Path, key: str, fault: str, help: str = "") -> Fault:
    """A fault at a setting of the configuration, or in one that it inherits from."""
    text, line = line_of(file, f"{key}:")
    help = help or REMEDIES.get(key) or f"what {key} can be is in the documentation of MkDocs and of the theme"
    return Fault.at_line(fault, file=file, text=text, line=line, help=help)


def line_of(file: Path, needle: str) -> tuple[str, int | None]:
    """The text of a file, and the first line that has this in it."""
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    return text, next((n for n, line in enumerate(lines_of(text), 1) if needle and needle in line), None)


# --- Its tags ---------------------------------------------------------------------------------------------


class Tag:
    """A value behind one of the engine's own tags (!ENV, !!python/name), carried along unread."""

    def __init__(self, node: yaml.Node) -> None:
        self.node = node

    def __deepcopy__(self, _: Any) -> Tag:
        return self


class Reader(yaml.SafeLoader):
    pass


class _Writer(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


Reader.add_multi_constructor("", lambda loader, suffix, node: Tag(node))
_Writer.add_representer(Tag, lambda dumper, tag: tag.node)
