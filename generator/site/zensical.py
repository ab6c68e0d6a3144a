"""The next engine: Zensical, in a process of its own, over what is staged.

It reads the same flat configuration, in its theme's classic variant. Hooks and plugins it has none of.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from generator.configuration import as_yaml, at_setting
from generator.faults import Fault
from generator.files import write
from generator.making.keys import SOURCE
from generator.memory import NOTHING, Memory
from generator.project import Edition, Project
from generator.site.engine import our_overrides, staged_config

KNOWN_PLUGINS = {"search"}
MOST_SAID = 2000  # letters of what it says of an end that is none


def run_zensical(project: Project, edition: Edition, target: Path, memory: Memory = NOTHING) -> None:
    """The edition's site in ``target``. Raises `Fault` where Zensical is not there, or cannot build it."""
    if find_spec("zensical") is None:
        raise Fault("there is no Zensical here", help="pip install zensical; or build with --engine mkdocs")
    config = _fit(edition, staged_config(project, edition))
    overrides = project.build / f"zensical.{edition.language}"
    shutil.rmtree(overrides, ignore_errors=True)
    shutil.copytree(our_overrides(), overrides)
    shutil.copytree(project.build / config["theme"]["custom_dir"], overrides, dirs_exist_ok=True)
    config["theme"] |= {"variant": "classic", "custom_dir": overrides.name}
    made = project.build / f"zensical.{edition.language}.site"  # it writes nowhere but beside its configuration
    shutil.rmtree(made, ignore_errors=True)
    config["site_dir"] = made.name
    file = project.build / f"zensical.{edition.language}.yml"
    write(file, as_yaml(config).encode())
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--clean", "--strict", "--config-file", str(file.absolute())],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(SOURCE.parent), *filter(None, sys.path)])},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    if done.returncode != 0 or not (made / "index.html").is_file():
        said = (done.stdout + done.stderr).strip()[-MOST_SAID:]
        raise Fault(
            f"Zensical could not build this edition: {said}", file=edition.config, help="mend it, or --engine mkdocs"
        )
    shutil.copytree(made, target, dirs_exist_ok=True)
    shutil.rmtree(made)


def _fit(edition: Edition, config: dict[str, Any]) -> dict[str, Any]:
    """Raises `Fault` for what would count for nothing."""
    if not isinstance(theme := config.get("theme"), dict) or theme.get("name") != "material":
        fault = "Zensical has no theme but that of Material"
        raise at_setting(edition.config, "theme", fault, "name: material; or build with --engine mkdocs")
    if config.get("hooks"):
        raise at_setting(
            edition.config, "hooks", "Zensical runs no hooks", "take them out, or build with --engine mkdocs"
        )
    plugins = config.get("plugins") or []
    names = [name for plugin in plugins for name in (plugin if isinstance(plugin, dict) else [plugin])]
    if others := [str(name) for name in names if name not in KNOWN_PLUGINS]:
        fault = f"Zensical does not run the plugin {others[0]}"
        raise at_setting(edition.config, "plugins", fault, "take it out, or build with --engine mkdocs")
    return config
