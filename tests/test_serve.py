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

QUIET_SECONDS = 4

pytestmark = pytest.mark.xdist_group("serve")  # one after the other: they start many processes


class Server:
    """A served project, its address, and what it has said so far."""

    def __init__(self, project: Path, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.project, self.log = project, log
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

    def wait_until(self, holds: Callable[[], bool], seconds: float = 60) -> None:
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

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    project = tiny.make(tmp_path_factory.mktemp("served"))
    server = Server(project, project.parent / f"{project.name}.log")
    try:
        server.wait_until(lambda: b"Tiny" in server.get("/"))
        yield server
    finally:
        server.stop()


def is_quiet_after(server: Server, builds: int) -> bool:
    """No build but the expected ones, for a while."""
    time.sleep(QUIET_SECONDS)
    return server.builds() == builds


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_an_edited_scenario_is_trained_drawn_and_served_and_then_there_is_quiet(server: Server) -> None:
    before, builds = server.get("/scenarios/tiny/fit.gif"), server.builds()
    replace(server.project / "docs/scenarios/tiny.toml", "epochs = 300", "epochs = 350")
    server.wait_until(lambda: json.loads(server.get("/scenarios/tiny/run.json"))["epochs_run"] == 350)
    server.wait_until(lambda: server.get("/scenarios/tiny/fit.gif") != before)
    assert is_quiet_after(server, builds + 1)


def test_an_edited_page_is_served_and_then_there_is_quiet(server: Server) -> None:
    builds = server.builds()
    replace(server.project / "docs/en/index.md", "# Tiny", "# Tiny and edited")
    server.wait_until(lambda: b"Tiny and edited" in server.get("/"))
    assert is_quiet_after(server, builds + 1)


def test_an_edited_template_is_served_and_then_there_is_quiet(server: Server) -> None:
    builds = server.builds()
    replace(server.project / "templates/loss_table.md", "words.labels.epoch", "words.labels.epoch | upper")
    server.wait_until(lambda: b"EPOCH" in server.get("/"))
    assert is_quiet_after(server, builds + 1)


def test_a_mistake_is_said_and_mending_it_serves_again(server: Server) -> None:
    page = server.project / "docs/en/index.md"
    replace(page, 'run("tiny")', 'run("tinny")')
    server.wait_until(lambda: "did you mean 'tiny'?" in server.log.read_text())
    replace(page, 'run("tinny")', 'run("tiny")')
    replace(page, "# Tiny", "# Mended")
    server.wait_until(lambda: b"Mended" in server.get("/"))
