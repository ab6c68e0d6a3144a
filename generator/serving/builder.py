"""One build in a process of its own: with the code as it is now, and with an end even when it never ends by itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
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
WARM = "generator.serving.warm"  # imported in a process of its own, and never here: it loads PyTorch
ALONE = 12  # tasks: so few a process that has loaded everything does as fast as two that have to load it


def cold() -> BaseContext:
    """Where processes begin with nothing."""
    return multiprocessing.get_context("spawn")


def warm() -> BaseContext:
    """Where they begin with all that a build loads of others: it is being loaded from now on.

    On Linux alone. What macOS loads may not be forked, and on Windows nothing can be. Nor where the folder of temporary
    files has so long a name that no socket can lie in it, or where no process can be had now.
    """
    if sys.platform != "linux":
        return cold()
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([WARM])
    try:
        forkserver.ensure_running()
    except OSError:
        return cold()
    return context


def build(
    job: Job, project: Project, site: Path, options: Mapping[str, Any], say: Say, report: Report,
    context: BaseContext | None = None,
) -> str:  # fmt: skip
    """What is wrong, for people; nothing where the site was built. Whatever ends this block ends the process too."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    arguments = (job, project, site, options, theirs)
    process: Any = (context or cold()).Process(target=_work, args=arguments, name="build")  # type: ignore[attr-defined]
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
    alone = ALONE if WARM in sys.modules else 1
    try:
        job(
            project, site, Options(report=report, alone=alone, **options), lambda message: parent.send(("say", message))
        )
    except (Fault, Faults) as fault:
        problem = str(fault)
    except (OSError, MemoryError) as failure:
        problem = str(of_system(failure) or traceback.format_exc())
    except Exception:  # a bug: it shows itself, and serving goes on
        problem = traceback.format_exc()
    parent.send(("end", problem))
