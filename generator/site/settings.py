"""What `mkdocs.yml` says, together with what it inherits from; and settings written down flat."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from generator.faults import Fault
from generator.files import refusal
from generator.project import Project
from generator.site.complaints import at_setting
from generator.yaml_text import read_yaml

YAML_HELP = "a setting a line, as in `site_name: A name`; lists indented by spaces; UTF-8"


def given(file: Path, heirs: tuple[Path, ...] = (), seen: list[Path] | None = None) -> dict[str, Any]:
    """What a configuration says together with those that it inherits from: tables are merged, lists are replaced.

    The files that say it are added to ``seen``.
    """
    from mergedeep import merge  # type: ignore[import-untyped]  # as MkDocs merges them

    if seen is not None:
        seen.append(file)
    config = read(file)
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


def read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise Fault(f"the file cannot be read: {problem}", file=file, help="save it as UTF-8 text") from None
    config = read_yaml(text, file, loader=_Reader)
    if not isinstance(config, dict):
        raise Fault("not a table of settings", file=file, help=YAML_HELP)
    return config


def as_yaml(config: Mapping[str, Any]) -> str:
    return yaml.dump(config, Dumper=_Writer, allow_unicode=True, sort_keys=False)


def configurations(project: Project) -> list[Path]:
    """The files that say how the site is to be, and those they inherit from; as far as they can be read."""
    found: list[Path] = []
    for file in sorted(project.root.glob("mkdocs*.yml")):
        _legible(file, found)
    return sorted({*found, *project.root.glob("mkdocs*.yml")})


def read_besides(project: Project) -> list[Path]:
    """What the engine reads of an author's besides pages: the theme's changed parts, hooks, what `watch:` names."""
    found: list[Path] = []
    for file in project.root.glob("mkdocs*.yml"):
        config = _legible(file)
        theme = config.get("theme")
        named = [theme.get("custom_dir") if isinstance(theme, dict) else None]
        for several in ("hooks", "watch"):
            named += config[several] if isinstance(config.get(several), list) else []
        found += [file.parent / name for name in named if isinstance(name, str)]
    return found


def setting(project: Project, name: str) -> str:
    """A setting of the site that is a text, `!ENV` too; nothing where there is none, or none can be read."""
    from yaml_env_tag import construct_env_tag  # type: ignore[import-untyped]

    named = _legible(project.root / "mkdocs.yml").get(name)
    with suppress(yaml.YAMLError):
        if isinstance(named, _Tag) and named.node.tag == "!ENV":
            named = construct_env_tag(_Reader(""), named.node)
    return named if isinstance(named, str) else ""


def _legible(file: Path, seen: list[Path] | None = None) -> dict[str, Any]:
    """As `given`; of what cannot be read, nothing: whoever builds is told."""
    with suppress(Fault, OSError):
        if refusal(file, [file.parent]) is None:
            return given(file, seen=seen)
    return {}


# --- Its tags ---------------------------------------------------------------------------------------------


class _Tag:
    """A value behind one of the engine's own tags (!ENV, !!python/name), carried along unread."""

    def __init__(self, node: yaml.Node) -> None:
        self.node = node


class _Reader(yaml.SafeLoader):
    pass


class _Writer(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


_Reader.add_multi_constructor("", lambda loader, suffix, node: _Tag(node))
_Writer.add_representer(_Tag, lambda dumper, tag: tag.node)
