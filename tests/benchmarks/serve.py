"""How long after an edit the browser has it, while the course is served: a rate, and a sentence of a lesson.

The peer is MkDocs' own rebuild of the same pages, as `mkdocs serve` makes it after an edit: warm, in one process, with
nothing trained, drawn, rendered or checked.
"""

from __future__ import annotations

import logging
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.request import urlopen

from generator.project import Project
from tests import tiny

TIMES = 3
PATIENCE = 300  # seconds
RUN, LESSON = "rate-too-large", "where-next"


def figures() -> Iterator[tuple[str, float | str]]:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "course"
        project.mkdir()
        for part in ("docs", "templates", "mkdocs.yml"):
            given = tiny.REPOSITORY / part
            (shutil.copytree if given.is_dir() else shutil.copy)(given, project / part)
        (project / "generator").symlink_to(tiny.REPOSITORY / "generator")
        with served(project) as address:
            rates = [rate_edit(project, address, 0.0205 + 0.0001 * number) for number in range(TIMES + 1)]
            pages = [page_edit(project, address, f"Edited {number} times.") for number in range(TIMES + 1)]
        # The first one waits for what is loaded once.
        rate, page = median(rates[1:]), median(pages[1:])
        peer = of_the_engine(Project(project), Path(folder) / "site")
    yield "serve_first_edit_seconds", rates[0]
    yield "serve_rate_edit_seconds", rate
    yield "serve_page_edit_seconds", page
    yield "engine_rebuild_seconds", peer
    yield "serve_rate_edit_vs_engine", rate / peer
    yield "serve_page_edit_vs_engine", page / peer


@contextmanager
def served(project: Path) -> Iterator[str]:
    """The address of a site that is served, and has been built."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{found.getsockname()[1]}"
    command = [sys.executable, "-m", "generator", "--project", str(project), "serve", "--dev-addr", place]
    serving = subprocess.Popen(command, cwd=tiny.REPOSITORY, stderr=subprocess.DEVNULL)
    try:
        until(lambda: "</html>" in text_at(f"http://{place}/index.html"))
        time.sleep(5)  # what is loaded in the background
        yield f"http://{place}"
    finally:
        serving.terminate()
        serving.wait()


def rate_edit(project: Path, address: str, rate: float) -> float:
    """From a saved rate to the new picture of the run, and the page that says it."""
    file = project / f"docs/scenarios/{RUN}.toml"
    page = f"{address}/scenarios/{RUN}/index.html"
    shown = pictures_of(page)
    text = re.sub(r"(?m)^learning_rate = .*", f"learning_rate = {rate:g}", file.read_text(encoding="utf-8"))
    return seconds_until(lambda: file.write_text(text, encoding="utf-8"), lambda: pictures_of(page) != shown)


def pictures_of(page: str) -> set[bytes]:
    """The bytes of every GIF of a page."""
    names = set(re.findall(r"[\w./-]*\.gif", text_at(page)))
    return {urlopen(f"{page.rpartition('/')[0]}/{name}").read() for name in names}


def page_edit(project: Path, address: str, sentence: str) -> float:
    file = project / f"docs/en/lessons/{LESSON}.md"
    page = f"{address}/lessons/{LESSON}/index.html"
    text = re.sub(r"\n\nEdited \d+ times\.\n$|\n$", f"\n\n{sentence}\n", file.read_text(encoding="utf-8"), count=1)
    return seconds_until(lambda: file.write_text(text, encoding="utf-8"), lambda: sentence in text_at(page))


def seconds_until(edit: Callable[[], object], is_seen: Callable[[], bool]) -> float:
    began = time.perf_counter()
    edit()
    until(is_seen)
    seconds = time.perf_counter() - began
    time.sleep(1)
    return seconds


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("the edit did not come through")
        time.sleep(0.05)


def text_at(address: str) -> str:
    try:
        with urlopen(address) as answer:
            return str(answer.read().decode())
    except OSError:  # it is not there yet
        return ""


def of_the_engine(project: Project, site: Path) -> float:
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    logging.getLogger("mkdocs").setLevel(logging.ERROR)
    staged = str(project.staged_config(project.editions()[0]).absolute())
    seconds = []
    config = load_config(staged, config_file_path=staged, site_dir=str(site))
    config.plugins.on_startup(command="serve", dirty=False)
    for _ in range(TIMES + 1):
        config = load_config(staged, config_file_path=staged, site_dir=str(site))
        began = time.perf_counter()
        build(config)
        seconds.append(time.perf_counter() - began)
    return median(seconds[1:])
