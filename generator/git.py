"""What git says of a folder. Its settings may have come with the folder: nothing that they name is run.

Where it should say something and does not, that is said once, and the site names neither commit nor day.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

PATIENCE = 30.0  # seconds for an answer
FAILED = 128  # what git ends with where it has none; with 1 the answer is no

# So that it runs nothing, and takes no folder for a repository that only looks like one.
HARMLESS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "safe.bareRepository": "explicit",
}
# So that it fetches nothing that is missing: a remote may name a command. Old versions know the first alone.
ALONE = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
# Commands that git would run over files to see whether they were changed, and whether it may do without.
FILTERS = r"^filter\..*\.(clean|smudge|process|required)$"
# Told as options: a repository inside this one has settings of its own.
CHANGED = ("diff", "--quiet", "--ignore-submodules=all", "--no-ext-diff", "--no-textconv", "HEAD", "--")

_told: set[Path] = set()  # of which folders it was said that git says nothing
_silent: set[Path] = set()  # … and of which it is not asked again


def commit(folder: Path) -> tuple[str, bool]:
    """The commit that the folder is at, short, and whether files were changed since; nothing without git."""
    _, filters = _asked(folder, HARMLESS, "config", "--name-only", "--null", "--get-regexp", FILTERS)
    settings = HARMLESS | dict.fromkeys(filter(None, filters.split("\0")), "")
    _, commit = _asked(folder, settings, "rev-parse", "--verify", "--quiet", "--short=7", "HEAD")
    changed, _ = _asked(folder, settings, *CHANGED) if commit else (0, "")
    return (commit, changed == 1) if changed in (0, 1) else ("", False)


def commit_seconds(folder: Path) -> str:
    """When that commit was made, in seconds since 1970; nothing without git."""
    there_is_one, _ = _asked(folder, HARMLESS, "rev-parse", "--verify", "--quiet", "HEAD")
    if there_is_one != 0:
        return ""
    failed, seconds = _asked(folder, HARMLESS, "log", "-1", "--format=%ct", "--no-show-signature")
    return "" if failed else seconds


def _asked(folder: Path, settings: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    """How it ended, and what it said."""
    if folder in _silent:
        return FAILED, ""
    try:
        with subprocess.Popen(
            ["git", *arguments], cwd=folder, env=os.environ | ALONE | _by_environment(settings),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        ) as git:  # fmt: skip
            try:
                said, complaint = git.communicate(timeout=PATIENCE)
            except BaseException:
                _kill(git)
                raise
    except subprocess.TimeoutExpired:
        _silent.add(folder)
        return _tell(folder, f"no answer in {PATIENCE:g} seconds")
    except OSError as problem:
        return (FAILED, "") if isinstance(problem, FileNotFoundError) else _tell(folder, str(problem))
    if git.returncode not in (0, 1):
        lines = [line for line in complaint.decode(errors="replace").splitlines() if line.strip()]
        said_why = next(
            (line for line in lines if line.startswith("fatal: ")), lines[0] if lines else "no reason given"
        )
        return _tell(folder, said_why.removeprefix("fatal: "))
    return git.returncode, said.decode(errors="replace").strip()


def _by_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """For a setting's name may hold anything. Those that the caller gave so come first, and what differs is ours."""
    given = os.environ.get("GIT_CONFIG_COUNT", "")
    first = int(given) if given.isascii() and given.isdecimal() and len(given) < 5 else 0
    told = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (name, value) in enumerate(settings.items(), start=first):
        told |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return told


def _kill(git: subprocess.Popen[bytes]) -> None:
    """With all that it has started."""
    with suppress(OSError):  # it has just ended
        if hasattr(os, "killpg"):
            os.killpg(git.pid, signal.SIGKILL)
        else:
            git.kill()


def _tell(folder: Path, why: str) -> tuple[int, str]:
    places = (folder.resolve(), *folder.resolve().parents)
    is_repository = "GIT_DIR" in os.environ or any(os.path.lexists(place / ".git") for place in places)
    if is_repository and folder not in _told:
        _told.add(folder)
        shown = "".join(letter if letter.isprintable() else "?" for letter in why[:200])
        log.warning("the site names neither commit nor day, of which git says nothing: %s", shown)
    return FAILED, ""
