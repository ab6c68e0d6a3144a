"""The real command, driven over HTTP: an edit is served once, and every request is answered, whatever is wrong."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from filelock import FileLock

from generator import build as conductor
from generator.cli import main
from generator.faults import Fault, Faults
from generator.making.options import Options
from generator.memory import NOTHING, Memory
from generator.project import Project
from generator.serving import builder, serve, watching
from generator.serving.board import Board, News
from generator.serving.host import Host, path_of, serving
from tests import tiny

# How long nothing is waited for. A machine too slow for it lets a fault pass; none makes a fault of what is right.
QUIET_SECONDS = 4

pytestmark = pytest.mark.xdist_group("serve")  # one after the other: they start many processes


class Server:
    """A served project, its address, and what it has said so far."""

    def __init__(self, project: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.project, self.log = project, project.parent / f"{project.name}.log"
        self.folder = project.parent / f"{project.name} for a while"
        self.folder.mkdir()
        self.expected = 1  # builds: the first, and one an edit
        command = [sys.executable, "-m", "generator", "serve", "--jobs", "2", "-a", f"127.0.0.1:{self.port}"]
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=project, stdout=output, stderr=output, start_new_session=True,
                env=os.environ | {"PYTHONUNBUFFERED": "1", "TMPDIR": str(self.folder)},
            )  # fmt: skip

    def ask(self, path: str, method: str = "GET") -> tuple[int, bytes, dict[str, str]]:
        """Status, content and headers; a request that hangs raises `TimeoutError`."""
        return ask(self.port, path, method)

    def get(self, path: str) -> bytes:
        return self.ask(path)[1]

    def builds(self) -> int:
        return len(re.findall("^built in|^error: |^Traceback", self.log.read_text(), re.MULTILINE))

    def wait_until(self, holds: Callable[[], bool], seconds: float = 180) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"serving ended:\n{self.log.read_text()}")
            try:
                if holds():
                    return
            except (ConnectionError, ValueError):
                pass  # not listening yet; not built yet
            time.sleep(0.2)
        raise AssertionError(f"waited {seconds} s in vain:\n{self.log.read_text()}")

    def edit(self, path: str, old: str, new: str) -> None:
        """Save an edit, which is to bring one build more."""
        self.wait_until(lambda: self.builds() == self.expected)
        text = (self.project / path).read_text()
        assert old in text
        (self.project / path).write_text(text.replace(old, new))
        self.expected += 1

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def ask(port: int, path: str, method: str = "GET") -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tiny.make_warm(tmp_path_factory.mktemp("served") / "project"))
    try:
        server.wait_until(lambda: b"<h1" in server.get("/") and b"Tiny" in server.get("/"))
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


def test_while_something_is_wrong_the_last_good_site_is_served_and_says_what(server: Server) -> None:
    server.edit(PAGE, 'run("tiny")', 'run("tinny")')
    server.wait_until(lambda: b"did you mean" in server.get("/"))
    status, page, _ = server.ask("/")
    assert status == 200
    assert b"Tiny" in page
    assert "did you mean &#x27;tiny&#x27;?" in page.decode()
    assert "did you mean 'tiny'?" in server.log.read_text()
    assert server.ask("/scenarios/tiny/fit.gif")[0] == 200
    server.edit(PAGE, 'run("tinny")', 'run("tiny")')
    server.wait_until(lambda: b"did you mean" not in server.get("/"))


def test_a_fault_of_the_configuration_is_said_and_mended_too(server: Server) -> None:
    server.edit("mkdocs.yml", "site_name: Tiny", "site_name: [Tiny")
    server.wait_until(lambda: b"mkdocs.yml" in server.get("/"))
    server.edit("mkdocs.yml", "site_name: [Tiny", "site_name: Tiniest")
    server.wait_until(lambda: b"Tiniest" in server.get("/"))


def test_a_request_during_a_build_is_answered_at_once(server: Server) -> None:
    """The build is held up for as long as the requests take, and ends after them."""
    server.wait_until(lambda: server.builds() == server.expected)
    before = server.get("/")
    with FileLock(server.project / "build/lock"):
        server.edit(PAGE, "\n# ", "\n# Late and ")
        server.wait_until(lambda: "another build is at work here" in server.log.read_text())
        assert server.get("/") == before
        assert server.ask("/scenarios/tiny/run.json")[0] == 200
        assert server.ask("/no/such/page/")[0] == 404
    server.wait_until(lambda: b"Late and " in server.get("/"))


def test_an_edit_during_a_build_is_built_after_it(server: Server) -> None:
    held = server.log.read_text().count("another build is at work here")
    with FileLock(server.project / "build/lock"):
        server.edit(PAGE, "\n# ", "\n# First of all, ")
        server.wait_until(lambda: server.log.read_text().count("another build is at work here") == held + 1)
        # Read before the lock, or after: the next look sees that the file is not what it was.
        text = (server.project / PAGE).read_text()
        (server.project / PAGE).write_text(text.replace("# First of all, ", "# Last of all, "))
        server.expected += 1
    server.wait_until(lambda: b"Last of all, " in server.get("/"))
    server.wait_until(lambda: server.builds() == server.expected)


def test_its_news_come_as_events_and_name_the_site_of_the_page(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/.live/news")
    answer = connection.getresponse()
    assert answer.headers["Content-Type"] == "text/event-stream"
    line = next(line for line in iter(answer.readline, b"") if line.startswith(b"data: "))
    news = json.loads(line.removeprefix(b"data: "))
    assert news["problem"] == ""
    assert f'data-site="{news["site"]}"' in server.get("/").decode()
    connection.close()


# --- It ends -----------------------------------------------------------------------------------------------


ENDINGS = {signal.SIGINT: 0, signal.SIGTERM: 128 + signal.SIGTERM, signal.SIGHUP: 128 + signal.SIGHUP}


def of_the_command(server: Server) -> set[int]:
    """The processes that were started for this project, whoever their parents are now."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={server.folder}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.add(int(process.name))
        except OSError:
            pass  # it has ended, or is somebody else's
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="not Linux: processes are not listed")


@contextmanager
def hearing(how: signal.Handlers) -> Iterator[None]:
    """What is started meanwhile is told of the end of its terminal so, however the tests themselves were started."""
    before = signal.signal(signal.SIGHUP, how)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@needs_proc
@pytest.mark.parametrize("held", [False, True], ids=["at rest", "while it builds"])
@pytest.mark.parametrize("number", ENDINGS, ids=lambda number: signal.Signals(number).name)
def test_a_signal_to_the_command_ends_all_that_it_started(tmp_path: Path, number: int, held: bool) -> None:
    with hearing(signal.SIG_DFL):
        server = Server(tiny.make_warm(tmp_path / "project"))
    lock = FileLock(server.project / "build/lock")
    try:
        if held:
            lock.acquire()
            server.wait_until(lambda: "another build is at work here" in server.log.read_text())
        else:
            server.wait_until(lambda: server.builds() == 1)
        server.process.send_signal(number)
        assert server.process.wait(timeout=60) == ENDINGS[number]
        assert gone(lambda: not of_the_command(server))
        assert [*server.folder.iterdir()] == [], "the folder of the site goes with it"
        with pytest.raises(ConnectionError):
            server.get("/")
        assert "Traceback" not in server.log.read_text()
    finally:
        lock.release()
        server.stop()


@needs_proc
def test_a_command_that_is_killed_leaves_no_build_behind(tmp_path: Path) -> None:
    server = Server(tiny.make_warm(tmp_path / "project"))
    with FileLock(server.project / "build/lock"):
        server.wait_until(lambda: "another build is at work here" in server.log.read_text())
        assert len(of_the_command(server)) > 1
        server.stop()
        assert gone(lambda: not of_the_command(server))


@needs_proc
def test_what_nohup_has_started_outlives_its_terminal(tmp_path: Path) -> None:
    with hearing(signal.SIG_IGN):
        server = Server(tiny.make_warm(tmp_path / "project"))
    try:
        server.wait_until(lambda: server.builds() == 1)
        server.process.send_signal(signal.SIGHUP)
        server.edit(PAGE, "# Tiny", "# Still here")
        server.wait_until(lambda: b"Still here" in server.get("/"))
    finally:
        server.stop()


def gone(holds: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


# --- Without a site, and in its own words ------------------------------------------------------------------


def test_without_a_site_every_page_says_why_and_becomes_itself_later(tmp_path: Path) -> None:
    project = tiny.make_warm(tmp_path / "project")
    scenario = project / SCENARIO
    good = scenario.read_text()
    scenario.write_text(good.replace("epochs = 300", "epochs = -3"))
    server = Server(project)
    try:
        server.wait_until(lambda: b"tiny.toml" in server.get("/scenarios/"))
        status, page, _ = server.ask("/scenarios/")
        assert status == 503
        assert b"epochs" in page
        assert b'http-equiv="refresh"' in page, "without scripts too"
        scenario.write_text(good)
        server.wait_until(lambda: server.ask("/scenarios/")[0] == 200)
    finally:
        server.stop()


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(1)> \" ' & </body>"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    site = tmp_path / "a site"
    for name, text in {
        "index.html": "<html><body><p>Home</p></body></html>", "404.html": "<body>Nothing here</body>",
        "a/index.html": "<body>A</body>", "a/b c.txt": "text", "bare.html": "no body",
    }.items():  # fmt: skip
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    (tmp_path / "secret.txt").write_text("secret")
    with serving(("127.0.0.1", 0), site, Board(), "/") as host:
        yield host


def answer(host: Host, path: str, method: str = "GET") -> tuple[int, bytes, dict[str, str]]:
    return ask(int(host.server_address[1]), path, method)


def test_what_is_wrong_is_text_whatever_it_holds(host: Host) -> None:
    waiting_before = Seen()
    waiting_before.feed(answer(host, "/")[1].decode())
    host.board.put_up(problem=HOSTILE, doing=HOSTILE)
    waiting = Seen()
    waiting.feed(answer(host, "/")[1].decode())
    assert waiting.tags == waiting_before.tags
    assert waiting.text.count(HOSTILE) == 2
    host.board.put_up_site()
    good = Seen()
    good.feed(answer(host, "/")[1].decode())
    host.board.put_up(problem=HOSTILE)
    for path in ("/", "/bare.html", "/nothing"):
        page = Seen()
        page.feed(answer(host, path)[1].decode())
        assert HOSTILE in page.text
        assert page.tags.count("script") == 1, "its own"
    page = Seen()
    page.feed(answer(host, "/")[1].decode())
    assert page.tags == good.tags


@pytest.mark.parametrize(
    ("path", "status", "content"),
    [
        ("/", 200, b"Home"),
        ("/index.html?q=1", 200, b"Home"),
        ("/a/", 200, b"A"),
        ("/a/b%20c.txt", 200, b"text"),
        ("/nothing", 404, b"Nothing here"),
        ("/a/../../secret.txt", 404, b"Nothing here"),
        ("/%2e%2e/secret.txt", 404, b"Nothing here"),
        ("/..%2fsecret.txt", 404, b"Nothing here"),
        ("//secret.txt", 404, b"Nothing here"),
        ("/a%00b", 404, b"Nothing here"),
        ("/.live/board.py", 404, b"Nothing here"),
        ("/" + "a" * 300, 404, b"Nothing here"),
        ("/" + "a/" * 2600, 404, b"Nothing here"),
        ("/.live/live.js", 200, b"EventSource"),
        ("/.live/live.css", 200, b'[data-live="problem"]'),
    ],
)
def test_an_address_gives_what_lies_there_in_the_site_and_nothing_else(
    host: Host, path: str, status: int, content: bytes
) -> None:
    host.board.put_up_site()
    found, body, headers = answer(host, path)
    assert (found, content in body) == (status, True)
    assert b"secret" not in body
    assert headers["Cache-Control"] == "no-store", "the next build may have another under this name"
    assert int(headers["Content-Length"]) == len(body)
    assert answer(host, path, "HEAD")[:2] == (status, b"")


def test_a_folder_is_sent_to_its_slash_and_never_to_another_host(host: Host) -> None:
    host.board.put_up_site()
    status, _, headers = answer(host, "/a?x=1")
    assert (status, headers["Location"]) == (302, "/a/?x=1")
    for path in ("//a", "//example.org/..", "///a", "/\\example.org/..", "\\/example.org/.."):
        location = answer(host, path)[2].get("Location", "/")
        assert not location.startswith(("//", "/\\"))


def test_a_site_of_a_path_is_served_at_that_path(host: Host) -> None:
    host.board.put_up_site()
    host.mount = path_of("https://example.org/course/")
    assert answer(host, "/course/a/")[:2][0] == 200
    assert answer(host, "/a/")[0] == 404
    assert answer(host, "/")[2]["Location"] == "/course/"
    assert answer(host, "/course")[2]["Location"] == "/course/"


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("", "/"), ("https://example.org", "/"), ("https://example.org/a/b", "/a/b/"), ("/a//b/", "/a/b/"),
        ("http://[", "/"), ("https://example.org/ä b/", "/%C3%A4%20b/"),
    ],
)  # fmt: skip
def test_the_path_of_an_address(address: str, path: str) -> None:
    assert path_of(address) == path


def test_an_address_that_is_taken_is_a_fault_with_a_remedy(host: Host, tmp_path: Path) -> None:
    taken = ("127.0.0.1", int(host.server_address[1]))
    with pytest.raises(Fault) as fault, serving(taken, tmp_path, Board(), "/"):
        pass
    assert "another is serving there" in fault.value.help
    assert "--dev-addr" in fault.value.help


@pytest.mark.parametrize("name", ["a..b", "256.256.256.256", os.fsdecode(b"\xff"), "x" * 300])
def test_an_address_that_is_none_of_this_machine_is_a_fault_too(tmp_path: Path, name: str) -> None:
    with pytest.raises(Fault) as fault, serving((name, 8000), tmp_path, Board(), "/"):
        pass
    assert fault.value.help.startswith("take an address of this machine")


@pytest.mark.parametrize("address", ["8000", "localhost:", "localhost:http", ":8000", "localhost:70000", "a:b:"])
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    root = tiny.make(tmp_path / "project")
    done = CliRunner().invoke(main, ["--project", str(root), "serve", "-a", address])
    assert done.exit_code == 2
    assert "such as 127.0.0.1:8000" in done.output


def test_an_address_of_the_configuration_that_is_none_is_said_of_its_line(tmp_path: Path) -> None:
    root = tiny.make(tmp_path / "project")
    with (root / "mkdocs.yml").open("a") as config:
        config.write("dev_addr: somewhere\n")
    done = CliRunner().invoke(main, ["--project", str(root), "serve"])
    assert done.exit_code == 1
    assert re.search(r"mkdocs\.yml:\d+\n.*dev_addr: somewhere", done.output)
    assert "such as 127.0.0.1:8000" in done.output


def test_news_reach_whoever_waits_and_a_closed_board_lets_go() -> None:
    board = Board()
    assert board.wait_for_other(News("older"), 60) == News()
    assert board.wait_for_other(News(), 0) == News()
    board.put_up_site()
    first = board.news
    board.put_up(problem="wrong")
    assert board.wait_for_other(first, 60).problem == "wrong"
    board.put_up_site()
    assert board.news.problem == ""
    assert board.news.site not in ("", first.site)
    board.close()
    assert board.wait_for_other(board.news, 60) == board.news


# --- What counts as an edit --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def at_rest(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tiny.make(tmp_path_factory.mktemp("watched") / "project")
    (root / "elsewhere").mkdir()
    (root / "elsewhere/part.html").write_text("<p>part</p>")
    (root / "base.yml").write_text("site_author: Somebody\nINHERIT: " + str(tiny.REPOSITORY / "mkdocs.yml"))
    config = root / "mkdocs.yml"
    config.write_text(
        config.read_text()
        .replace(str(tiny.REPOSITORY / "mkdocs.yml"), "base.yml", 1)
        .replace("watch:", "watch:\n- elsewhere\n- build")
    )
    (root / "build").mkdir()
    return Project(root)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("docs/en/index.md", True), ("docs/en/new.md", True), ("docs/scenarios/tiny.toml", True),
        ("docs/assets/stylesheets/site.css", True), ("templates/figure.html", True),
        ("templates/overrides/main.html", True), ("mkdocs.yml", True), ("mkdocs.de.yml", True),
        ("base.yml", True), ("elsewhere/part.html", True), ("build/docs/en/index.md", False),
        ("docs/en/.#index.md", False), ("docs/en/index.md~", False), ("notes.txt", False),
    ],
)  # fmt: skip
def test_what_a_build_reads_counts_as_an_edit_and_nothing_else(at_rest: Project, name: str, counts: bool) -> None:
    places = watching.places(at_rest)
    before = watching.stamp(at_rest, places)
    file = at_rest.root / name
    was = file.read_bytes() if file.exists() else None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes((was or b"") + b"\n")
    assert (watching.stamp(at_rest, places) != before) == counts
    file.unlink()
    assert (watching.stamp(at_rest, places) == before) == (was is None or not counts)
    if was is not None:
        file.write_bytes(was)


def test_what_never_rests_does_not_keep_an_edit_from_being_built(at_rest: Project) -> None:
    places = watching.places(at_rest)
    before = watching.stamp(at_rest, places)
    at_work = threading.Event()

    def write() -> None:
        for number in itertools.count():
            (at_rest.root / "docs/en/restless.txt").write_text(str(number))
            if at_work.wait(0.01):
                break

    writer = threading.Thread(target=write)
    writer.start()
    try:
        serve._wait_for_edit(at_rest, places, before)  # it ends: that is all
    finally:
        at_work.set()
        writer.join()
        (at_rest.root / "docs/en/restless.txt").unlink()


def test_a_look_that_cannot_be_had_now_is_taken_again(at_rest: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    places = watching.places(at_rest)
    before = watching.stamp(at_rest, places)
    looks: list[Exception | watching.Stamp] = [frozenset(), frozenset(), RuntimeError(), OSError(24, "Too many files")]

    def look(project: Project, places: list[Path]) -> watching.Stamp:
        found = looks.pop()
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(serve, "stamp", look)
    serve._wait_for_edit(at_rest, places, before)
    assert not looks


@pytest.mark.parametrize("place", ["docs", "build"])
def test_temporary_files_in_the_project_are_refused_with_a_remedy_that_there_is(tmp_path: Path, place: str) -> None:
    root = tiny.make(tmp_path / "project")
    folder = root / place / "tmp"
    folder.mkdir(parents=True)
    done = tiny.generator(root, "serve", "-a", "127.0.0.1:0", TMPDIR=str(folder), timeout=60)
    assert done.returncode == 1
    assert "TMPDIR" in done.stderr
    assert "--site-dir" not in done.stderr


def test_what_a_configuration_names_that_cannot_be_is_watched_like_all_else(at_rest: Project) -> None:
    assert watching.stamp(at_rest, [Path("docs\0x")])


def test_what_a_configuration_inherits_is_part_of_whether_anything_changed(tmp_path: Path) -> None:
    root = tiny.make_warm(tmp_path / "project")
    (root / "base.yml").write_text("INHERIT: " + str(tiny.REPOSITORY / "mkdocs.yml"))
    config = root / "mkdocs.yml"
    text = config.read_text().replace(str(tiny.REPOSITORY / "mkdocs.yml"), "base.yml", 1)
    config.write_text(text.replace("site_name: Tiny\n", ""))
    ours = (root / "base.yml").read_text()
    for name in ("One name", "Another"):
        (root / "base.yml").write_text(f"{ours}\nsite_name: {name}\n")
        done = tiny.generator(root, "build", "--jobs", "1")
        assert done.returncode == 0, done.stdout + done.stderr
        assert name in (root / "site/index.html").read_text()


# --- What a build begins with --------------------------------------------------------------------------------


def test_of_the_generator_nothing_is_loaded_beforehand_so_that_its_edits_are_built_with() -> None:
    program = (
        "import sys, threading, generator.serving.warm\n"
        "print(*sorted(m for m in sys.modules if m.startswith('generator')), threading.active_count())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tiny.REPOSITORY)
    assert done.stdout.split() == ["generator", "generator.serving", "generator.serving.warm", "1"]


def tell(project: Project, site: Path, options: Options, say: Callable[[str], None]) -> None:
    """A job that says what its process has begun with."""
    say(json.dumps({"torch": "torch" in sys.modules, "alone": options.alone, "memory": str(options.memory.folder)}))


@pytest.mark.skipif(sys.platform != "linux", reason="only there a process is forked that has loaded everything")
def test_a_build_after_an_edit_begins_with_all_that_it_loads_and_does_a_few_tasks_itself(tmp_path: Path) -> None:
    told: list[str] = []
    given: tuple[Any, ...] = (
        Project(tmp_path),
        tmp_path / "site",
        {"memory": Memory(tmp_path)},
        told.append,
        lambda *_: None,
    )
    for context in (builder.cold(), builder.warm()):
        assert builder.build(tell, *given, context) == ""
    cold, warm = map(json.loads, told)
    assert cold == {"torch": False, "alone": 1, "memory": str(tmp_path)}
    assert warm == {"torch": True, "alone": builder.ALONE, "memory": str(tmp_path)}


def test_what_is_remembered_is_not_worked_out_again_and_changes_no_byte(tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    page = "docs/en/index.md"
    first = tiny.FRONT + "\nAs it was.\n"
    second = first + "\n## More\n\nThe end is [here](#more), the start [there](scenarios/index.md).\n"
    courses = {name: tiny.copy_of_built(tmp_path / name) for name in ("with", "without")}
    sites: dict[str, list[dict[str, bytes]]] = {"with": [], "without": []}
    new: list[Counter[str]] = []
    for text in (first, second, first):
        for name, root in courses.items():
            (root / page).write_text(text)
            before = {*memory.rglob("*")}
            remembers = Memory(memory) if name == "with" else NOTHING
            conductor.build(Project(root), root / "site", Options(memory=remembers), lambda _: None)
            sites[name].append(bytes_of(root / "site"))
            files = [path for path in memory.rglob("*") if path.is_file() and path not in before]
            if name == "with":
                new.append(Counter(path.relative_to(memory).parts[0] for path in files))
            assert files == [] or name == "with"
    kinds = {"templates", "checked", "rendered", "converted", "indexed", "links"}
    assert new[0].keys() == kinds | {"theme"}
    assert new[1] == dict.fromkeys(kinds - {"templates"}, 1), "of the page that has changed"
    assert new[2] == {}
    assert sites["with"] == sites["without"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda root: (root / "docs/en/other.md").unlink(), "other.md"),
        (lambda root: (root / "docs/en/other.md").write_text("# Other\n"), "part"),
        (lambda root: (root / "docs/scenarios/tiny.toml").rename(root / "docs/scenarios/small.toml"), "'tiny'"),
        (
            lambda root: (root / "templates/loss_table.md").write_text("[= nothing_of_the_kind =]"),
            "nothing_of_the_kind",
        ),
    ],
)
def test_a_page_that_was_in_order_is_held_against_what_has_changed_around_it(
    tmp_path: Path, change: Callable[[Path], object], fault: str
) -> None:
    project, memory = Project(tiny.make_warm(tmp_path / "course")), Memory(tmp_path / "memory")
    (project.root / "docs/en/other.md").write_text("# Other\n\n## Part\n")
    with (project.root / "docs/en/index.md").open("a") as page:
        page.write("\nSee [the other](other.md#part).\n")
    config = project.config.read_text()
    project.config.write_text(config.replace("- Home: index.md", "- Home: index.md\n- other.md"))
    conductor.build(project, tmp_path / "site", Options(memory=memory), lambda _: None)
    change(project.root)
    with pytest.raises((Fault, Faults), match=re.escape(fault)):
        conductor.build(project, tmp_path / "site", Options(memory=memory), lambda _: None)


def test_a_memory_that_is_damaged_or_cannot_be_written_is_none(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory").part("x")
    memory.put("abc", [1])
    assert memory.get("abc") == [1]
    (tmp_path / "memory/x/ab/c").write_bytes(b"no pickle")
    assert memory.get("abc") is None
    memory.put("abd", lambda: None)  # which cannot be written down
    assert memory.get("abd") is None
    (tmp_path / "file").write_text("")
    Memory(tmp_path / "file").put("abc", 1)
    assert Memory().get("abc") is None


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
