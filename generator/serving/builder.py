"""One build in a process of its own: with the code as it is now, and with an end even when it never ends by itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from generator.faults import Fault, Faults, of_system
from generator.making.options import Options
from generator.making.pool import Report, end_with_parent
from generator.project import Project

Say = Callable[[str], None]
Job = Callable[[Project, Path, Options, Say], object]  # `generator.build.build`: raises `Fault` and `Faults`

LOST = "systems stop processes when memory is short: free some, and save a file to build again"
PATIENCE = 5.0  # seconds for a process to end in that was told to


def build(job: Job, project: Project, site: Path, options: Mapping[str, Any], say: Say, report: Report) -> str:
    """What is wrong, for people; nothing where the site was built. Whatever ends this block ends the process too."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    arguments = (job, project, site, options, theirs)
    process = multiprocessing.get_context("spawn").Process(target=_work, args=arguments, name="build")
    try:
        process.start()
        theirs.close()
        while True:
            # In short waits: on Windows nothing interrupts a long one.
            if not ours.poll(0.25):
                continue
            what, *said = ours.recv()
            if what == "report":
                report(*said)
            elif what == "say":
                say(*said)
            else:
                return str(said[0])
    except EOFError:
        process.join()
        return str(Fault(f"the build was stopped from outside (exit code {process.exitcode})", help=LOST))
    finally:
        if process.pid is not None:
            _end(process)
        ours.close()


def _end(process: multiprocessing.process.BaseProcess) -> None:
    """At once, with its own workers; one that has said how it ended has nothing left to do."""
    process.terminate()
    process.join(PATIENCE)
    if process.is_alive():
        process.kill()
        process.join()


def _work(job: Job, project: Project, site: Path, options: Mapping[str, Any], parent: Connection) -> None:
    """In the process: the job, and to the parent what it says, reports and ends with."""
    if hasattr(os, "setsid"):
        os.setsid()  # what a terminal sends to all of its processes is sent to the parent alone, which ends this one
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    end_with_parent()

    def report(done: int, total: int, name: str) -> None:
        parent.send(("report", done, total, name))

    problem = ""
    try:
        job(project, site, Options(report=report, **options), lambda message: parent.send(("say", message)))
    except (Fault, Faults) as fault:
        problem = str(fault)
    except OSError as failure:
        problem = str(of_system(failure) or traceback.format_exc())
    except Exception:  # a bug: it shows itself, and serving goes on
        problem = traceback.format_exc()
    parent.send(("end", problem))
