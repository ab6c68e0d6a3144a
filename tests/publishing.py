"""Publishing without the engine: a tree is named, and takes the road of a real one into a project's site.

``python -m tests.publishing PROJECT SITE VERSION [WAY]`` does so in a process of its own, which a test may kill.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from unittest import mock

from generator.project import Project
from generator.site import assembly, swap
from generator.site import publish as publishing

Tree = Mapping[str, str]

# Two builds of one course: pages that both have and that differ, one that is the same, one that goes, one that comes.
VERSIONS: dict[str, Tree] = {
    "old": {
        "index.html": "the old front page",
        "404.html": "not here",
        "sitemap.xml": "old",
        "gone/index.html": "a page that goes",
        "assets/site.css": "p {}",
        "scenarios/run/index.html": "an old run",
        "turns/into/a-file": "a file below",
        "into-a-folder": "a file",
    },
    "new": {
        "index.html": "the new front page, which is longer",
        "404.html": "not here",
        "sitemap.xml": "new",
        "assets/site.css": "p {}",
        "scenarios/run/index.html": "a new run",
        "scenarios/another/index.html": "a run that comes",
        "turns/into": "a file",
        "into-a-folder/index.html": "a file below",
    },
}
# What a host keeps in a site that no build has made.
OF_THE_HOST: Tree = {
    "CNAME": "descent.example.org",
    ".nojekyll": "",
    ".git/HEAD": "ref: refs/heads/gh-pages",
    ".git/objects/ab/cdef": "an object",
    "slides/week-1.pdf": "by hand",
    "scenarios/run/notes.txt": "by hand, among our files",
}

# Opens files of a site without pause until another file is there; says how many, and how many it could not open.
READER = """
import sys
from pathlib import Path
site, stop = Path(sys.argv[1]), Path(sys.argv[2])
names, opened, failed = sys.argv[3:], 0, 0
print("ready", flush=True)
while not stop.exists():
    for name in names:
        opened += 1
        try:
            (site / name).read_bytes()
        except OSError:
            failed += 1
print(opened, failed)
"""


def lay(folder: Path, tree: Tree) -> None:
    for name, content in tree.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def found(folder: Path) -> dict[str, str]:
    """The files in a folder, but for the mark."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_text() for path in files if path != folder / ".frame-by-frame"
    }


def publish(root: Path, site: Path, tree: Tree) -> list[str]:
    """What was said meanwhile."""
    said: list[str] = []
    project = Project(root)
    project.build.mkdir(exist_ok=True)
    with mock.patch.dict(assembly.ENGINES, mkdocs=lambda project, edition, target, memory: lay(target, tree)):
        publishing.publish(project, site, said.append)
    return said


def exchange_fails_with(code: int) -> AbstractContextManager[object]:
    return mock.patch.object(swap, "exchange", side_effect=OSError(code, os.strerror(code)))


# What a system can do: exchange two folders, rename one, or neither where the site is a volume.
WAYS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "one step": nullcontext,
    "two renames": lambda: exchange_fails_with(errno.ENOSYS),
    "file by file": lambda: exchange_fails_with(errno.EBUSY),
}

if __name__ == "__main__":
    root, site, version, *way = sys.argv[1:]
    with WAYS[way[0] if way else "one step"]():
        print(*publish(Path(root), Path(site), VERSIONS[version]), sep="\n")
