"""The real `mkdocs serve`, driven over HTTP: an edit is served once, and then there is quiet."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import tiny

# How long nothing is waited for. A machine too slow for it lets a fault pass; none makes a fault of what is right.
QUIET_SECONDS = 4

pytestmark = pytest.mark.xdist_group("serve")  # one after the other: they start many processes


class Server:
    """A served project, its address, and what it has said so far."""

    def __init__(self, project: Path, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.project, self.log = project, log
        self.expected = 1  # builds: the first, and one an edit
        command = [sys.executable, "-m", "generator", "serve", "-a", f"127.0.0.1:{self.port}"]
        with log.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=project, stdout=output, stderr=output, start_new_session=True,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )  # fmt: skip

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return bytes(answer.read())

    def builds(self) -> int:
        return len(re.findall("Building documentation", self.log.read_text()))

    def wait_until(self, holds: Callable[[], bool], seconds: float = 180) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"serving ended:\n{self.log.read_text()}")
            try:
                if holds():
                    return
            except OSError:
                pass  # not listening yet, or rebuilding
            time.sleep(0.2)
        raise AssertionError(f"waited {seconds} s in vain:\n{self.log.read_text()}")

    def edit(self, path: str, old: str, new: str) -> None:
        """Save an edit; until now there were no builds but the expected ones, and the edit is to bring one more."""
        assert self.builds() == self.expected, self.log.read_text()
        text = (self.project / path).read_text()
        assert old in text
        (self.project / path).write_text(text.replace(old, new))
        self.expected += 1

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    project = tiny.make_warm(tmp_path_factory.mktemp("served") / "project")
    server = Server(project, project.parent / f"{project.name}.log")
    try:
        server.wait_until(lambda: b"Tiny" in server.get("/"))
        yield server
    finally:
        server.stop()


SCENARIO, PAGE, TEMPLATE = "docs/scenarios/tiny.toml", "docs/en/index.md", "templates/loss_table.md"


def test_an_edited_scenario_is_trained_drawn_and_served(server: Server) -> None:
    before = server.get("/scenarios/tiny/fit.gif")
    server.edit(SCENARIO, "epochs = 300", "epochs = 350")
    server.wait_until(lambda: json.loads(server.get("/scenarios/tiny/run.json"))["epochs_run"] == 350)
    server.wait_until(lambda: server.get("/scenarios/tiny/fit.gif") != before)


def test_an_edited_page_is_served(server: Server) -> None:
    server.edit(PAGE, "# Tiny", "# Tiny and edited")
    server.wait_until(lambda: b"Tiny and edited" in server.get("/"))


def test_an_edited_template_is_served(server: Server) -> None:
    server.edit(TEMPLATE, "words.labels.epoch", "words.labels.epoch | upper")
    server.wait_until(lambda: b"EPOCH" in server.get("/"))


def test_each_edit_was_built_once_and_then_there_is_quiet(server: Server) -> None:
    """What a build writes is no edit: the watcher would build for ever."""
    time.sleep(QUIET_SECONDS)
    assert server.builds() == server.expected, server.log.read_text()


def test_a_mistake_is_said_and_mending_it_serves_again(server: Server) -> None:
    server.edit(PAGE, 'run("tiny")', 'run("tinny")')
    server.wait_until(lambda: "did you mean 'tiny'?" in server.log.read_text())
    page = server.project / PAGE
    page.write_text(page.read_text().replace('run("tinny")', 'run("tiny")').replace("# Tiny", "# Mended"))
    server.wait_until(lambda: b"Mended" in server.get("/"))
