"""Independent tasks, carried out in this process, in a pool of processes, or on a cluster; the results are the same."""

from __future__ import annotations

import atexit
import itertools
import multiprocessing
import os
import platform
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for
from typing import Any

from generator.faults import Fault
from generator.making import arithmetic, keys

Files = dict[str, bytes]


@dataclass(frozen=True)
class Task:
    """A call whose result is a set of files: what is stored, and what travels between processes."""

    name: str  # for people
    ids: tuple[str, ...]  # of the scenarios it is about
    function: Callable[..., Files]
    arguments: Callable[[], tuple[Any, ...]]  # fetched when its turn comes: those of all tasks need not fit in memory


@dataclass(frozen=True)
class Done:
    """How a task ended: its files, or what went wrong; and its seconds of work."""

    task: Task
    files: Files | None
    problem: Exception | None
    seconds: float


Report = Callable[[int, int, str], None]  # done, total, name of what was done last (at 0: nothing yet)


@dataclass(frozen=True)
class Pool:
    """Those who carry tasks out."""

    executor: Executor
    workers: int
    identity: Mapping[str, str] | None = None  # what each must be, where they are not this machine's own processes


def carry_out(tasks: Mapping[str, Task], pool: Pool | None, report: Report) -> Iterator[tuple[str, Done]]:
    """Do every task and yield (key, how it ended) as each ends. One that fails does not stop the others.

    Raises `Fault` where a worker was stopped from outside, which the standard library's pool does not survive.
    """
    if tasks:
        report(0, len(tasks), "")
    ended = _one_by_one(tasks) if pool is None else _side_by_side(tasks, pool)
    for count, (key, done) in enumerate(ended, start=1):
        report(count, len(tasks), done.task.name)
        yield key, done


def _one_by_one(tasks: Mapping[str, Task]) -> Iterator[tuple[str, Done]]:
    for key, task in tasks.items():
        yield key, Done(task, *_timed(task.function, task.arguments()))


def _side_by_side(tasks: Mapping[str, Task], pool: Pool) -> Iterator[tuple[str, Done]]:
    waiting = iter(tasks.items())
    running: dict[Future[Ending], str] = {}

    def submit(count: int) -> None:
        for key, task in itertools.islice(waiting, count):
            running[pool.executor.submit(_timed, task.function, task.arguments(), pool.identity)] = key

    try:
        submit(3 * pool.workers)  # nobody waits, and few arguments are in memory
        while running:
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                task = tasks[running[future]]
                try:
                    ending = future.result()
                except BrokenExecutor:
                    raise
                except CancelledError:
                    raise Fault(
                        "the Dask scheduler was lost", help="start it and build again; what was finished is kept"
                    ) from None
                except Exception as problem:  # not of the task, whose problems are its ending: a cluster lost it
                    ending = None, Fault(f"{task.name}: its result never came: {problem}", help=LOST), 0.0
                yield running.pop(future), Done(task, *ending)
            submit(len(ended))
    except BrokenExecutor:
        lost = ", ".join(tasks[key].name for key in running.values())
        raise Fault(f"a worker was stopped from outside; in work, or next, were {lost}", help=LOST) from None


LOST = "systems stop processes when memory is short: build again with fewer --jobs; what was finished is kept"
Ending = tuple[Files | None, Exception | None, float]  # files, problem, seconds


def _timed(
    function: Callable[..., Files], arguments: tuple[Any, ...], wanted: Mapping[str, str] | None = None
) -> Ending:
    began = time.perf_counter()
    try:
        if wanted is not None:  # this may be a machine that joined after the others were asked
            _refuse_other(platform.node(), own_identity(), wanted)
        files, problem = function(*arguments), None
    except Exception as failure:
        if not isinstance(failure, Fault):
            failure.add_note(traceback.format_exc())  # which does not survive the way to another process by itself
        files, problem = None, failure
    return files, problem, time.perf_counter() - began


MOST = 2**14  # processes: more than any machine has cores, and no number that a system cannot count


class Workers:
    """Processes of this machine, or a Dask cluster by the address of its scheduler; started when first needed.

    A context: when it is left by an exception (Ctrl-C above all), processes are stopped at once.
    """

    def __init__(self, jobs: int, scheduler: str | None = None, alone: int = 1) -> None:
        self.jobs, self.scheduler, self.alone = jobs, scheduler, alone
        self._pool: Pool | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *exception: Any) -> bool | None:
        return self._stack.__exit__(*exception)

    def pool(self, tasks: int) -> Pool | None:
        """Those who carry so many tasks out; None where this process does it as fast."""
        if self._pool is None and self.scheduler is not None and tasks:
            self._pool = self._stack.enter_context(_cluster(self.scheduler))
        elif self._pool is None and self.jobs > 1 and tasks > self.alone:
            self._pool = self._stack.enter_context(_processes(self.jobs))
        return self._pool


@contextmanager
def _processes(count: int) -> Iterator[Pool]:
    """Spawned, not forked: they inherit no threads and no state."""
    executor = ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)
    try:
        yield Pool(executor, count)
    except BaseException:
        for process in list((executor._processes or {}).values()):
            process.terminate()
        # Waited for: where its thread still runs when Python ends, Python may write to a pipe that it has just closed.
        executor.shutdown(cancel_futures=True)
        raise
    executor.shutdown()


@contextmanager
def _cluster(scheduler: str) -> Iterator[Pool]:
    """The machines behind a Dask scheduler. Raises `Fault` unless this very generator runs on each."""
    try:
        from distributed import Client
    except ImportError:
        raise Fault(
            "--scheduler needs Dask, which is not installed", help="python -m pip install -e '.[cluster]'"
        ) from None
    try:
        client: Any = Client(scheduler, timeout="10s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as problem:
        raise Fault(
            f"no Dask scheduler answers at {scheduler}: {problem}",
            help="start one with `dask scheduler`, and workers with `dask worker ADDRESS --nthreads 1`",
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=WORKERS_WITHIN)
        except TimeoutError:
            raise Fault(
                f"the scheduler at {scheduler} has no workers",
                help=f"start some with `dask worker {scheduler} --nthreads 1`",
            ) from None
        ours = own_identity()
        for address, theirs in client.run(own_identity, on_error="return").items():
            _refuse_other(address, theirs, ours)
        yield Pool(client.get_executor(), sum(client.nthreads().values()), ours)


WORKERS_WITHIN = 60  # seconds


def own_identity() -> dict[str, str]:
    """What this process would make products with; what a machine can do, a worker on it says itself."""
    return keys.identity(arithmetic.of_this_process())


def _refuse_other(address: str, theirs: Any, ours: Mapping[str, str]) -> None:
    """What another version makes, or other arithmetic, kept under the key of this one, would be wrong for ever."""
    help = "install this clone there, python -m pip install -c constraints.txt -e '.[cluster]', and restart the workers"
    if not isinstance(theirs, dict):
        raise Fault(f"the worker at {address} has no generator that answers: {theirs}", help=help)
    names = [name for name in ours if theirs.get(name) != ours[name]]
    if names == ["arithmetic"]:
        help = (
            f"PyTorch takes its kernels by the processor; set {arithmetic.CHOSEN_FOR_PYTORCH} to the same on all "
            "machines and on yours, such as avx2, and restart the workers"
        )
    if names:
        others = ", ".join(f"{name} {theirs.get(name)} there and {ours[name]} here" for name in names)
        raise Fault(f"the worker at {address} would make other products: {others}", help=help)


def _begin() -> None:
    """What a worker does first."""
    # Ctrl-C reaches every process of the terminal: a worker ends silently, its parent reports.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    end_with_parent()
    # Its results are sent, and taking PyTorch down in good order would keep the build waiting for a second.
    atexit.register(os._exit, 0)


def end_with_parent() -> None:
    """From now on: a parent that is killed cannot stop its workers, which would wait for more work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def end() -> None:
        wait_for([parent.sentinel])
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
