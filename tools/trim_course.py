"""Start a course of your own from this one: ``python tools/trim_course.py``.

Takes our pages away, all editions but the English one, and all scenarios but two, and writes what is left to begin
with: a front page, a lesson, a run of its own, and the navigation. What the generator says in other languages
(templates/) stays. Everything that goes is in git's history; nothing is touched where git does not have it.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NoReturn

FRONT = """\
---
title: Home
---

# My course

[= figure("{first}", eager=True) =]

Begin with [a first lesson](lessons/first.md), or look at [all runs](scenarios/index.md).
"""

LESSON = """\
---
title: A first lesson
---

# A first lesson

What does a line do when it learns? Say what you expect, and then look.

[= figure("my-own-run", caption="After " ~ (run("my-own-run").epochs_run | whole) ~ " epochs.") =]

The loss went from [= run("my-own-run").initial_loss | significant =]
to [= run("my-own-run").final_loss | significant =].

[= loss_table("my-own-run") =]
"""

RUN = """\
# A run to begin with: change what you like, and `make check` says what theory thinks of it.
expect = "converges"

[title]
en = "My own run"

[data]
source = "points"
x = [1.0, 2.0, 4.0, 5.0]
y = [2.0, 3.0, 5.5, 6.0]

[training]
learning_rate = 0.05
epochs = 500
start = { w = 0.0, b = 0.0 }
"""

NAV = """\
nav:
  - Home: index.md
  - Lessons:
      - lessons/first.md
  # The page of every scenario follows the gallery by itself.
  - Scenarios:
      - scenarios/index.md

"""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", nargs=2, metavar="ID", default=["scaled-input", "rate-too-large"])
    parser.add_argument("--in", dest="root", type=Path, default=Path(), help="the folder of the clone")
    given = parser.parse_args(arguments)
    trim(given.root, given.keep)
    print("trimmed; look at it with `make serve`, and see what changed with `git status`")


def trim(root: Path, keep: list[str]) -> None:
    scenarios, pages = root / "docs/scenarios", root / "docs/en"
    if not (scenarios.is_dir() and (pages / "lessons").is_dir() and (root / "mkdocs.yml").is_file()):
        refuse(f"{root.resolve()} is no clone of the course", "run it in the clone, or name that folder with --in")
    if unsaved := git(root, "status", "--porcelain", "--untracked-files=all"):
        refuse(f"git does not have everything here yet:\n{unsaved}", "commit it, or put it elsewhere")
    kept = {pages / "scenarios/index.md"}
    for id in keep:
        kept |= scenario_files(scenarios, id)
    nav = re.compile(r"^nav:\n(?:[ #-].*\n|\n)*", re.MULTILINE)
    config = (root / "mkdocs.yml").read_text(encoding="utf-8")
    if not nav.search(config):
        refuse("mkdocs.yml has no nav", "write one, and begin again")

    others = sorted(root.glob("mkdocs.*.yml"))
    gone = [*others, pages, scenarios, *(root / "docs" / config.name.split(".")[1] for config in others)]
    tracked = known_to_git(root, [*gone, root / "mkdocs.yml"])
    gallery = pages / "scenarios/index.md"
    lines = gallery.read_text(encoding="utf-8").splitlines(keepends=True)
    to_come = {
        root / "mkdocs.yml": nav.sub(NAV, config, count=1),
        gallery: "".join(line for line in lines if "../your-data.md" not in line),
        pages / "index.md": FRONT.format(first=keep[0]),
        pages / "lessons/first.md": LESSON,
        scenarios / "my-own-run.toml": RUN,
    }
    for path in to_come:
        refuse_what_git_does_not_have(root, path, tracked)
    git(root, "rm", "-q", "--", *named(root, tracked - kept - {root / "mkdocs.yml"}))
    for path, text in to_come.items():
        write(path, text)


def scenario_files(scenarios: Path, id: str) -> set[Path]:
    """A scenario's own file, and the one that its points are read from."""
    file = scenarios / f"{id}.toml"
    if not file.is_file():
        there = sorted(path.stem for path in scenarios.glob("*.toml"))
        refuse(f"there is no scenario {id!r}", f"there are: {', '.join(there)}")
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8-sig")).get("data", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as problem:
        refuse(f"{file} is not valid TOML: {problem}", "mend it, or keep another")
    return {file} | ({scenarios / data["file"]} if "file" in data else set())


def known_to_git(root: Path, places: Iterable[Path]) -> set[Path]:
    """The files there that git has as they stand, which `git status` says of all but those that it does not look at."""
    known = set()
    for line in filter(None, git(root, "ls-files", "-v", "-z", "--", *named(root, places)).split("\0")):
        state, _, name = line.partition(" ")
        if state != "H":
            help = f"git update-index --no-skip-worktree --no-assume-unchanged '{name}', and commit what is new in it"
            refuse(f"git is told not to look at {name}, and may not have it as it is", help)
        known.add(root / name)
    return known


def refuse_what_git_does_not_have(root: Path, path: Path, tracked: Collection[Path]) -> None:
    """What stands where a file is to come could not be had back."""
    name = path.relative_to(root)
    for folder in (root / parent for parent in name.parents if parent.name):
        if folder.is_symlink():
            refuse(f"{folder.relative_to(root)} is a link, and {name} is to lie in it", "put the folder in its place")
    if os.path.lexists(path) and path not in tracked:
        refuse(f"git does not have {name}, and one of its name is to come", "commit it, or put it elsewhere")


def named(root: Path, paths: Iterable[Path]) -> list[str]:
    """The paths as git is told of them: letter by letter, whatever is in a name."""
    return [f":(literal){path.relative_to(root).as_posix()}" for path in sorted(paths)]


def write(path: Path, text: str) -> None:
    """A new file: nothing is written through a link."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


def git(root: Path, *command: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", *command], cwd=root, capture_output=True, text=True, check=True
        )
    except FileNotFoundError:
        refuse("there is no git here, and what goes could not be had back", "install git, and clone the course with it")
    except subprocess.CalledProcessError as problem:
        refuse(f"git says: {problem.stderr.strip()}", "trim a clone, where what goes can be had back")
    return done.stdout.rstrip()


def refuse(fault: str, remedy: str) -> NoReturn:
    sys.exit(f"error: {fault}\nhelp: {remedy}")


if __name__ == "__main__":
    main()
