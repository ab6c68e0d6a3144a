"""What git says of a folder. Its settings may have come with the folder: nothing that they name is run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

# So that it runs nothing, and takes no folder for a repository that only looks like one.
HARMLESS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "safe.bareRepository": "explicit",
    "diff.ignoreSubmodules": "all",
}
# Commands that git would run over files to see whether they were changed.
FILTERS = r"^filter\..*\.(clean|smudge|process)$"


def commit(folder: Path) -> tuple[str, bool]:
    """The commit that the folder is at, short, and whether files were changed since; nothing without git."""
    filters = _said(folder, HARMLESS, "config", "--name-only", "--null", "--get-regexp", FILTERS).split("\0")
    settings = HARMLESS | dict.fromkeys(filter(None, filters), "")
    said = _said(folder, settings, "describe", "--always", "--dirty", "--abbrev=7", "--exclude=*")
    return said.removesuffix("-dirty"), said.endswith("-dirty")


def commit_seconds(folder: Path) -> str:
    """When that commit was made, in seconds since 1970; nothing without git."""
    return _said(folder, HARMLESS, "log", "-1", "--format=%ct", "--no-show-signature")


def _said(folder: Path, settings: Mapping[str, str], *arguments: str) -> str:
    """By the environment, for a setting's name may hold anything."""
    told = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings.items()):
        told |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    command = ["git", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, env=os.environ | told, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.decode(errors="replace").strip()
