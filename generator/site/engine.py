"""The engine that makes HTML of what is staged: its configuration, and one strict run of it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from generator.faults import Fault
from generator.project import GENERATED, Edition, Project

OUR_HOOK = ("generator", "site", "hook.py")
YAML_HELP = "a setting a line, as in `site_name: A name`; lists indented by spaces; UTF-8"


def engine_config(project: Project, edition: Edition, buttons: Mapping[str, str], foot: str) -> str:
    """The edition's whole configuration as YAML, aimed at the staged files: paths are relative to `Project.build`.

    One flat file without INHERIT, and without our hook, so that any engine which reads mkdocs.yml can build from it.
    ``buttons`` are the words that scripts put there, unless the configuration says others; ``foot`` follows the
    copyright.
    Raises `Fault` where what is given cannot be read.
    """
    config = _given(edition.config)
    config["docs_dir"] = f"docs/{edition.language}"
    config["watch"] = []
    extra = config.get("extra") or {}
    words = {**buttons, **(extra.get("words") or {})}
    config["extra"] = {**extra, "words": words, "edit_root": _edit_root(config)}
    config["copyright"] = "<br>".join(filter(None, [str(config.get("copyright") or ""), foot]))
    if hooks := [hook for hook in config.pop("hooks", None) or [] if Path(hook).parts[-3:] != OUR_HOOK]:
        config["hooks"] = [os.path.relpath(edition.config.parent / hook, project.build) for hook in hooks]
    theme = config.get("theme")
    if isinstance(theme, dict) and theme.get("custom_dir"):
        theme["custom_dir"] = os.path.relpath(edition.config.parent / theme["custom_dir"], project.build)
    if "nav" in config:
        ids = [path.stem for path in sorted(project.scenarios.glob("*.toml"))]
        config["nav"] = _with_scenarios(config["nav"], ids)
    return yaml.dump(config, Dumper=_Writer, allow_unicode=True, sort_keys=False)


def staged_config(project: Project, edition: Edition) -> dict[str, Any]:
    """What `engine_config` came to when the edition was staged."""
    return _read(project.staged_config(edition))


def _edit_root(config: dict[str, Any]) -> str:
    """The address below which the repository's files can be edited; nothing where the configuration gives none."""
    repository, edit = str(config.get("repo_url") or ""), str(config.get("edit_uri") or "")
    to_root, found, _ = edit.partition("docs/")
    return f"{repository.rstrip('/')}/{to_root.lstrip('/')}" if repository and found else ""


def _with_scenarios(nav: list[Any], ids: Iterable[str]) -> list[Any]:
    """The navigation with every scenario's page after the gallery."""
    gallery = f"{GENERATED}/index.md"
    result: list[Any] = []
    for item in nav:
        target = next(iter(item.values())) if isinstance(item, dict) else item
        if isinstance(target, list):
            result.append({next(iter(item)): _with_scenarios(target, ids)})
            continue
        result.append(item)
        if target == gallery:
            result.extend(f"{GENERATED}/{id}/index.md" for id in ids)
    return result


# --- Its YAML ----------------------------------------------------------------------------------------------


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


def _given(file: Path) -> dict[str, Any]:
    """What a configuration says together with those that it inherits from: tables are merged, lists are replaced."""
    from mergedeep import merge  # type: ignore[import-untyped]  # as MkDocs merges them

    config = _read(file)
    parent = config.pop("INHERIT", None)
    if parent is None:
        return config
    place = file.parent / str(parent)
    if not place.is_file():
        raise Fault(
            f"INHERIT names {parent}, and there is no such file", file=file, help="a path from this file's folder"
        )
    return dict(merge(_given(place), config))


def _read(file: Path) -> dict[str, Any]:
    try:
        read = yaml.load(file.read_text(encoding="utf-8"), Loader=_Reader)
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        mark = getattr(problem, "problem_mark", None)
        fault = f"not valid YAML: {getattr(problem, 'problem', None) or problem}"
        raise Fault(fault, file=file, line=mark and mark.line + 1, help=YAML_HELP) from None
    if not isinstance(read, dict):
        raise Fault("not a table of settings", file=file, help=YAML_HELP)
    return read


# --- Its run -----------------------------------------------------------------------------------------------


def run_engine(project: Project, edition: Edition, target: Path) -> None:
    """MkDocs, strictly: a warning is a failure. In this process, which has imported most of what MkDocs needs."""
    # Material prints an advertisement of its successor into the output otherwise.
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import MkDocsException

    said = _Warnings()
    log = logging.getLogger("mkdocs")
    log.addHandler(said)
    log.propagate = False
    try:
        config = load_config(str(project.staged_config(edition)), site_dir=str(target), strict=True)
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
        config.plugins.on_shutdown()
        _index_for_files(target)
    except MkDocsException as problem:
        told = said.messages or [str(problem)]
        raise Fault(
            f"the engine refused the pages of the edition {edition.language!r}:\n  " + "\n  ".join(told),
            file=project.staged_config(edition),
            help=f"the staged pages are in {project.staged(edition)}/, made from {edition.pages}/",
        ) from None
    finally:
        log.removeHandler(said)
        log.propagate = True


def _index_for_files(site: Path) -> None:
    """What the search reads, once more as a script: a page opened as a file may read no other kind of file."""
    index = site / "search" / "search_index.json"
    if index.is_file():
        script = f"var __index = {index.read_text(encoding='utf-8')}"
        index.with_suffix(".js").write_text(script, encoding="utf-8")


class _Warnings(logging.Handler):
    """Keeps what the engine warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())
