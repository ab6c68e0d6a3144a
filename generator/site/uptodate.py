"""Whether what is staged is what would be staged now: told by the bytes of all that goes in and all that came out.

So a build in which nothing changed loads no scenario, renders no page, and imports none of what would.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from generator import git
from generator.files import below, contents, write
from generator.making import arithmetic
from generator.making.keys import digest_of_files, identity
from generator.making.report import Row
from generator.project import Project
from generator.resources import IN_CLONE, resource
from generator.site import address
from generator.site.settings import configurations


def inputs(project: Project, engine: str = "mkdocs") -> str:
    """A digest of the authored files, of all that staging reads besides, and of commit, address and engine."""
    authored = [*below(project.root / "docs"), *below(project.templates), *configurations(project)]
    ours = [path for name in IN_CLONE for path in below(resource(name))]
    digests = {"authored": digest_of_files(project.root, authored), "ours": digest_of_files(project.root, ours)}
    place = [address.from_environment(), address.of_site(project)]
    return json.dumps(digests | {"commit": git.commit(project.root), "address": place, "engine": engine})


def recall(project: Project, engine: str) -> list[Row] | None:
    """What the last build came to, if its inputs are those of now and its files are still as it left them."""
    try:
        stamp = json.loads(contents(_stamp(project), 2**26))
        same = stamp["inputs"] == inputs(project, engine) and stamp["outputs"] == _outputs(project)
        if same and stamp["place"] == _place(project) and stamp["maker"] == _maker(project):
            return [Row(**row) for row in stamp["scenarios"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass  # no stamp, or none of ours: staging makes one
    return None


def remember(project: Project, inputs: str, scenarios: Iterable[Row]) -> None:
    """Stamp what is staged; ``inputs`` from before the staging, so that an edit meanwhile is not lost."""
    rows = [asdict(row) for row in scenarios]
    stamp = {
        "inputs": inputs, "maker": _maker(project), "outputs": _outputs(project), "place": _place(project),
        "scenarios": rows,
    }  # fmt: skip
    write(_stamp(project), json.dumps(stamp).encode())


def _maker(project: Project) -> dict[str, str]:
    """The generator itself, and what it runs on."""
    return identity(arithmetic.remembered(project.cache))


def _stamp(project: Project) -> Path:
    return project.build / "staged.json"


def _place(project: Project) -> list[int]:
    """Which folder this is: what came along with a copy of it was not left here by a build, and is not believed."""
    found = project.build.lstat()
    return [found.st_dev, found.st_ino]


def _outputs(project: Project) -> str:
    """All that lies there, by whatever name. Raises `OSError` where it is no file, such as a link or a pipe."""
    files = [*project.build.glob("mkdocs.*.yml")]
    for folder, folders, names in os.walk(project.build / "docs"):
        files += [Path(folder, name) for name in names]
        files += [path for path in (Path(folder, name) for name in folders) if path.is_symlink()]
    if not all(file.is_file() and not file.is_symlink() for file in files):
        raise OSError("what is staged is no longer what a build has left")
    return digest_of_files(project.build, sorted(files))
