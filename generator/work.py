"""Independent tasks, carried out in this process, in a pool of processes, or on a cluster; the results are the same."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from generator.faults import Fault

Files = dict[str, bytes]


@dataclass(frozen=True)
class Task:
    """A call whose result is a set of files: what is stored, and what travels between processes."""

    name: str  # for people
    ids: tuple[str, ...]  # of the scenarios it is about
    function: Callable[..., Files]
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Done:
    """How a task ended: its files, or what went wrong; and its seconds of work."""

    task: Task
    files: Files | None
    problem: Exception | None
    seconds: float


Report = Callable[[int, int, str], None]  # done, total, name of what was done last


def carry_out(tasks: Mapping[str, Task], executor: Executor | None, report: Report) -> Iterator[tuple[str, Done]]:
    """Do every task and yield (key, how it ended) as each ends. One that fails does not stop the others."""
    if executor is None:
        for count, (key, task) in enumerate(tasks.items(), start=1):
            done = _timed(task)
            report(count, len(tasks), task.name)
            yield key, done
        return
    keys: dict[Future[Done], str] = {executor.submit(_timed, task): key for key, task in tasks.items()}
    for count, future in enumerate(as_completed(keys), start=1):
        key = keys.pop(future)
        try:
            done = future.result()
        except Exception as problem:  # the worker itself was lost
            done = Done(tasks[key], None, problem, 0.0)
        report(count, len(tasks), done.task.name)
        yield key, done


def _timed(task: Task) -> Done:
    _one_thread()
    began = time.perf_counter()
    try:
        files, problem = task.function(*task.arguments), None
    except Exception as failure:
        files, problem = None, failure
    return Done(task, files, problem, time.perf_counter() - began)


def _one_thread() -> None:
    """These tensors are tiny, and the number of threads changes bits."""
    import torch

    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)


@contextmanager
def executor(jobs: int, tasks: int, scheduler: str | None = None) -> Iterator[Executor | None]:
    """A pool of processes, a Dask cluster by the address of its scheduler, or None where this process is as fast.

    Workers are spawned, not forked: they inherit no threads and no state. When the block is left by an
    exception (Ctrl-C above all) they are stopped at once.
    """
    if scheduler is not None and tasks:
        with _cluster(scheduler) as executor:
            yield executor
        return
    if min(jobs, tasks) < 2:
        yield None
        return
    pool = ProcessPoolExecutor(
        min(jobs, tasks), mp_context=multiprocessing.get_context("spawn"), initializer=_quiet_on_interrupt
    )
    try:
        yield pool
    except BaseException:
        workers = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.terminate()
        raise
    pool.shutdown()


@contextmanager
def _cluster(scheduler: str) -> Iterator[Executor]:
    """The machines behind a Dask scheduler; each needs this package, in this version, installed."""
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
        yield client.get_executor()


def _quiet_on_interrupt() -> None:
    """Ctrl-C reaches every process of the terminal: a worker ends silently, its parent reports."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
