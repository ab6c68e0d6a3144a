"""MkDocs events: a bare ``mkdocs build`` or ``mkdocs serve`` stages first, and then reads what was staged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.pages import Page

STAGED = "gd_staged"  # in `extra`: our own command runs the engine, and has staged already


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    if config.extra.get(STAGED):
        return config
    from mkdocs.exceptions import Abort

    root = Path(config.config_file_path).parent
    # A process of its own: under `serve` it runs the code as it is now, not as it was when serving began.
    done = subprocess.run([sys.executable, "-m", "generator", "stage"], cwd=root, check=False)
    if done.returncode != 0:
        raise Abort("staging failed; what is wrong stands above")
    # `mkdocs.yml` is the English edition's; `mkdocs.zh.yml` the Chinese one's.
    language = Path(config.config_file_path).stem.partition(".")[2] or "en"
    staged = yaml.safe_load((root / "build" / f"mkdocs.{language}.yml").read_text(encoding="utf-8"))
    config.docs_dir = str(root / "build" / "docs" / language)
    if "nav" in staged:
        config.nav = staged["nav"]
    return config


def on_serve(server: LiveReloadServer, *, config: MkDocsConfig, **_: Any) -> LiveReloadServer:
    # Staging writes there; the sources of what it writes are watched instead, or each edit would build twice.
    server.unwatch(config.docs_dir)
    return server


def on_page_context(context: dict[str, Any], *, page: Page, config: MkDocsConfig, **_: Any) -> dict[str, Any]:
    """The edit link of a generated page leads to the file it was generated from."""
    source = page.meta.get("edit_path")
    if source and config.repo_url and config.edit_uri:
        to_root = config.edit_uri.split("docs/", 1)[0]
        page.edit_url = f"{config.repo_url.rstrip('/')}/{to_root.lstrip('/')}{source}"
    return context
