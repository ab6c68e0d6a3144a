"""Builds that are killed, hundreds of them: what is there afterwards is the old site or the new one, byte for byte.

A disk changes at the system calls that change it and nowhere between, so a kill before each of those is a kill at every
moment that can be told apart. The real command is killed at random moments besides, half of them around the swap.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from generator.project import Project
from generator.site.swap import repair
from tests import tiny
from tests.publishing import OF_THE_HOST, READER, VERSIONS, WAYS, found, lay, publish

RANDOM_KILLS = 200
READ_BUILDS = 20
CHANGING = [
    "open", "openat", "creat", "write", "pwrite64", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename",
    "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "utimensat",
    "ftruncate", "fsync", "exit_group",
]  # fmt: skip


def figures() -> Iterator[tuple[str, float | str]]:
    with tempfile.TemporaryDirectory() as folder:
        for way in WAYS:
            yield from _at_every_system_call(Path(folder) / way, way)
        yield from _of_the_command(Path(folder) / "project")


def _at_every_system_call(folder: Path, way: str) -> Iterator[tuple[str, float | str]]:
    if not shutil.which("strace"):
        yield f"kills at system calls, {way}", "skipped, there is no strace"
        return
    old, new = ({**VERSIONS[version], **OF_THE_HOST} for version in ("old", "new"))
    begun = folder / "begun"
    begun.mkdir(parents=True)
    publish(begun, begun / "site", VERSIONS["old"])
    lay(begun / "site", OF_THE_HOST)
    publish(begun, begun / "site", VERSIONS["old"])  # so that there is one before it to be removed

    def run(root: Path, *strace: str) -> int:
        command = [sys.executable, "-m", "tests.publishing", str(root), str(root / "site"), "new", way]
        done = subprocess.run(["strace", *strace, *command], cwd=tiny.REPOSITORY, capture_output=True, check=False)
        return done.returncode

    def copy(name: str) -> Path:
        return Path(shutil.copytree(begun, folder / name, symlinks=True))

    log = folder / "log"
    assert run(copy("whole"), "-o", str(log), "-e", f"trace={','.join(f'?{name}' for name in CHANGING)}") == 0
    calls = [match[1] for line in log.read_text().splitlines() if (match := re.match(r"(\w+)\(", line))]
    first = next(n for n, line in enumerate(log.read_text().splitlines()) if ".site.frame-by-frame" in line)
    seen: Counter[str] = Counter(calls[:first])
    left: Counter[str] = Counter()
    for name in calls[first:]:
        seen[name] += 1
        root = copy("killed")
        inject = ["-e", f"trace={name}", "-e", f"inject={name}:signal=KILL:when={seen[name]}"]
        killed = run(root, "-o", os.devnull, *inject) != 0
        repair(Project(root))
        there = found(root / "site")
        left["the old site" if there == old else "the new site" if there == new else "both"] += killed
        if way == "file by file":
            assert there.items() >= OF_THE_HOST.items(), f"{way}: the {seen[name]}th {name} lost what is the host's"
        else:
            assert there in (old, new), f"{way}: the {seen[name]}th {name} left {sorted(there)}"
        publish(root, root / "site", VERSIONS["new"])
        assert found(root / "site") == new, f"{way}: after the {seen[name]}th {name} a build does not mend it"
        assert not [*(root / "site").rglob(".frame-by-frame-*"), *root.glob(".site.frame-by-frame/new")]
        shutil.rmtree(root)
    yield f"kills at system calls, {way}", left.total()
    yield f"kills at system calls, {way}, which left", ", ".join(f"{what} {n}" for what, n in sorted(left.items()))


# --- The real command ----------------------------------------------------------------------------------------


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def begin(project: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "generator", "--project", str(project), "build"]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=tiny.REPOSITORY, stdout=quiet, stderr=quiet, start_new_session=True)


def _of_the_command(project: Path) -> Iterator[tuple[str, float | str]]:
    os.environ["SOURCE_DATE_EPOCH"] = "0"  # no byte of a site speaks of the time
    tiny.drop_in(tiny.make(project))
    page = project / "docs/en/index.md"
    texts = {name: page.read_text().replace("# Tiny", f"# The {name} one") for name in ("first", "second")}
    sites = {}
    for name, text in texts.items():
        page.write_text(text)
        assert begin(project).wait() == 0
        lay(project / "site", OF_THE_HOST)
        sites[name] = bytes_in(project / "site")
    began = time.perf_counter()
    assert begin(project).wait() == 0
    seconds = time.perf_counter() - began

    chance = random.Random(0)
    left: Counter[str] = Counter()
    current = "second"
    for kill in range(RANDOM_KILLS):
        wanted = "first" if current == "second" else "second"
        page.write_text(texts[wanted])
        build = begin(project)
        if kill % 2:
            time.sleep(chance.uniform(0, seconds))
        else:  # around the swap, which takes milliseconds
            mark = project / ".site.frame-by-frame/new/.frame-by-frame"
            while build.poll() is None and not mark.exists():
                time.sleep(0.0005)
            time.sleep(chance.uniform(0, 0.02))
        killed = build.poll() is None
        if killed:
            os.killpg(build.pid, signal.SIGKILL)
        build.wait()
        there = bytes_in(project / "site")
        assert there in (sites[current], sites[wanted]), f"kill {kill}: neither the old site nor the new one"
        left["killed" if killed else "ended before"] += 1
        left["the new site"] += there == sites[wanted]
        current = wanted if there == sites[wanted] else current
    page.write_text(texts["first"])
    assert begin(project).wait() == 0
    assert bytes_in(project / "site") == sites["first"]
    assert not (project / ".site.frame-by-frame/new").exists()
    yield "kills of the command", left["killed"]
    yield "builds that ended before their kill", left["ended before"]
    yield "kills and ends that left the new site", left["the new site"]
    yield "leftovers in the cache after the next build", len(list(project.glob("build/cache/*/.new-*")))

    stop = project / "stop"
    names = sorted(name for name in sites["first"] if "bundle" not in name)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(project / "site"), str(stop), *names], stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout
    assert reader.stdout.readline() == "ready\n"
    for build in range(READ_BUILDS):
        page.write_text(texts["second" if build % 2 == 0 else "first"])
        assert begin(project).wait() == 0
    stop.touch()
    opened, failed = map(int, reader.communicate()[0].split())
    assert not failed, f"{failed} of {opened} opens failed"
    yield f"files opened during {READ_BUILDS} builds", opened
    yield "of which failed", failed
