"""Build, serve, and build again after each edit, until a signal ends it all."""

from __future__ import annotations

import signal
import tempfile
import time
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from generator.faults import Fault
from generator.making.pool import Report
from generator.memory import Memory
from generator.project import Project
from generator.serving import builder
from generator.serving.board import Board
from generator.serving.builder import Job, Say
from generator.serving.host import path_of, serving
from generator.serving.watching import Stamp, places, stamp
from generator.site import address as place
from generator.site.publish import refuse

# SIGHUP: its terminal was closed. Who starts it with `nohup` has that ignored, and wants it so.
ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
PAUSE = 0.25  # seconds between two looks
SAVED = 0.1  # seconds in which nothing more is saved: an editor, or a checkout, writes several files
AT_MOST = 20  # times that, for there may be what never rests


def serve(
    project: Project,
    job: Job,
    options: Mapping[str, Any],
    *,
    address: tuple[str, int],
    open_in_browser: bool,
    say: Say,
    progress: Callable[[], AbstractContextManager[Report]],
) -> int:
    """Serve what ``job`` builds until SIGINT, SIGTERM or SIGHUP comes; which of them it was.

    The site lies in a folder of its own and goes with it. Raises `Fault` where the address is not free.
    """
    board = Board()
    with (
        _until_a_signal() as came,
        tempfile.TemporaryDirectory(prefix="frame-by-frame-", ignore_cleanup_errors=True) as folder,
    ):
        site, options = Path(folder) / "site", {**options, "memory": Memory(Path(folder) / "memory")}
        try:
            refuse(project, site)
        except Fault as fault:
            fault.help = "serve keeps the site where temporary files go: let TMPDIR name a folder outside the project"
            raise

        with serving(address, site, board, path_of(place.of_site(project))) as host:
            say(f"serving on {host.url} (Ctrl-C ends it)")
            if open_in_browser:
                webbrowser.open(host.url)
            # The first build finds what it needs in the cache, mostly, and does not wait for what is being loaded.
            context, warm = builder.cold(), builder.warm()
            while True:
                began, seen = time.monotonic(), places(project)
                before = stamp(project, seen)  # of before the build: an edit meanwhile is not lost
                try:
                    with progress() as report:
                        shown = _shown_too(board, report)
                        problem = builder.build(job, project, site, options, say, shown, context)
                except OSError as failure:  # no process, or no pipe to it, can be had now
                    problem = str(Fault(str(failure), help="see what this machine is short of, and save a file again"))
                if problem:
                    say(problem)
                    say("the browser says so too; save a file, and it is built again")
                    board.put_up(problem=problem, doing="")
                else:
                    host.mount = path_of(place.of_site(project))
                    board.put_up_site()
                    say(f"built in {time.monotonic() - began:.1f} s: {host.url}")
                _wait_for_edit(project, seen, before)
                context = warm
    return came[0]


def _shown_too(board: Board, report: Report) -> Report:
    def reported(done: int, total: int, name: str) -> None:
        report(done, total, name)
        board.put_up(doing=f"{done}/{total} {name}")

    return reported


def _wait_for_edit(project: Project, seen: list[Path], before: Stamp) -> None:
    """Until something is saved, and nothing more is."""
    while (now := _looked(project, seen, before)) == before:
        time.sleep(PAUSE)
    for _ in range(AT_MOST):
        time.sleep(SAVED)
        if (later := _looked(project, seen, now)) == now:
            return
        now = later


def _looked(project: Project, seen: list[Path], else_: Stamp) -> Stamp:
    try:
        return stamp(project, seen)
    except (OSError, RuntimeError):  # this machine cannot look now, or there is a link to itself: the next look will do
        return else_


class _Ended(BaseException):
    """A signal came that is to end it all; no `Exception`, which somebody on the way might catch."""


@contextmanager
def _until_a_signal() -> Iterator[list[int]]:
    """A block that the first of `ENDING` ends, in good order; its number is in the list afterwards."""
    came: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        if not came:  # a second one changes nothing: the first is being obeyed
            came.append(number)
            raise _Ended

    before = {
        number: signal.signal(number, end)
        for number in ENDING
        if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield came
    except _Ended:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
