"""MkDocs events: a bare ``mkdocs build`` or ``mkdocs serve`` stages first, and then reads what was staged."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer


_empties_the_folder = _is_built = False
_day = ExitStack()  # from one event to another: what a build of ours does in one block


def on_startup(*, command: str, dirty: bool) -> None:
    global _empties_the_folder, _is_built
    _is_built = command == "build"
    _empties_the_folder = command == "build" and not dirty


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    from mkdocs.exceptions import Abort

    from generator.project import Project
    from generator.site import titles
    from generator.site.dating import dated
    from generator.site.engine import lay_ours_beneath, staged_config

    authored = Path(config.config_file_path)
    # A process of its own: under `serve` it runs the code as it is now, not as it was when serving began.
    done = subprocess.run([sys.executable, "-m", "generator", "stage"], cwd=authored.parent, check=False)
    if done.returncode != 0:
        raise Abort("staging failed; what is wrong stands above")
    project = Project.at(authored.parent)
    edition = next(edition for edition in project.editions() if edition.config.name == authored.name)
    staged = staged_config(project, edition)
    config.docs_dir = str(project.staged(edition))
    config.extra.update(staged["extra"])
    if _is_built:  # what is served here has the address of the server
        config.site_url = staged.get("site_url") or ""
    for name in ("copyright", "nav", *titles.OF_THE_SITE):
        if name in staged:
            config[name] = staged[name]
    lay_ours_beneath(config)
    _day.close()  # of a build that came to no end
    _day.enter_context(dated(project, Path(config.site_dir)))
    return config


def on_template_context(context: Any, *, template_name: str, config: MkDocsConfig) -> Any:
    from generator.site.address import at_any_depth

    return at_any_depth(context, template_name, config.site_url)


def on_post_build(config: MkDocsConfig) -> None:
    """MkDocs has just removed all that is not hidden from this folder: what else is there is what it built."""
    from generator.files import write
    from generator.site import mark

    _day.close()
    site = Path(config.site_dir)
    if _empties_the_folder:
        built = (name for name in mark.names_in(site) if not name.startswith("."))
        write(site / mark.NAME, mark.text(built).encode())


def on_serve(server: LiveReloadServer, *, config: MkDocsConfig, **_: object) -> LiveReloadServer:
    # Staging writes there; the sources of what it writes are watched instead, or each edit would build twice.
    server.unwatch(config.docs_dir)
    return server
