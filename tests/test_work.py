"""Tasks end the same way wherever they are carried out."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from generator.faults import Fault
from generator.making import arithmetic, keys, pool
from generator.making.pool import Done, Files, Pool, Task, Workers, carry_out
from tests import tiny

pytestmark = pytest.mark.xdist_group("signals")  # one after the other: they start many processes


def double(number: int) -> Files:
    if number == 13:
        raise Fault("thirteen is unlucky", file="docs/scenarios/thirteen.toml", line=3, help="take another")
    return {"double": str(2 * number).encode()}


TASKS = {str(n): Task(f"task {n}", (str(n),), double, partial(tuple, [n])) for n in (1, 13, 21)}


def outcomes(jobs: int) -> tuple[dict[str, Done], list[tuple[int, int, str]]]:
    reports: list[tuple[int, int, str]] = []
    with Workers(jobs) as workers:
        done = dict(carry_out(TASKS, workers.pool(len(TASKS)), lambda *report: reports.append(report)))
    return done, reports


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_failure_is_kept_with_its_place_and_the_rest_is_completed(jobs: int) -> None:
    done, reports = outcomes(jobs)
    assert {key: d.files for key, d in done.items()} == {"1": {"double": b"2"}, "13": None, "21": {"double": b"42"}}
    assert str(done["13"].problem) == str(
        Fault("thirteen is unlucky", file="docs/scenarios/thirteen.toml", line=3, help="take another")
    )
    assert [(count, total) for count, total, _ in reports] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert {name for *_, name in reports[1:]} == {"task 1", "task 13", "task 21"}


def broken() -> Files:
    raise ZeroDivisionError("a bug")


def test_a_bug_says_where_it_is_even_from_another_process() -> None:
    ((_, done),) = carry_out({"broken": Task("broken", (), broken, tuple)}, None, lambda *_: None)
    (note,) = pickle.loads(pickle.dumps(done.problem)).__notes__
    assert "in broken" in note
    assert 'raise ZeroDivisionError("a bug")' in note


def test_one_task_needs_no_pool() -> None:
    with Workers(jobs=8) as workers:
        assert workers.pool(tasks=1) is None


def test_any_executor_of_the_standard_library_will_do() -> None:
    with ThreadPoolExecutor(2) as threads:
        done = dict(carry_out(TASKS, Pool(threads, 2), lambda *_: None))
    assert done["21"].files == {"double": b"42"}


# --- On a cluster ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a real cluster of two processes."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install -e '.[cluster]'")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", protocol="tcp"
    ) as cluster:
        yield cluster.scheduler_address


def staged_files(project: Path) -> dict[str, bytes]:
    folder = project / "build/docs/en"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_cluster_makes_the_same_bytes_as_this_process(tmp_path: Path, scheduler: str) -> None:
    there = tiny.drop_in(tiny.make(tmp_path))
    done = tiny.generator(there, "stage", "--scheduler", scheduler)
    assert done.returncode == 0, done.stderr
    assert len(json.loads((there / "build/timings.json").read_text())["tasks"]) == 8
    assert staged_files(there) == staged_files(tiny.built())


def test_a_failure_on_a_cluster_is_kept_with_its_place_and_the_rest_is_completed(scheduler: str) -> None:
    with Workers(1, scheduler) as workers:
        done = dict(carry_out(TASKS, workers.pool(len(TASKS)), lambda *_: None))
    assert "--> docs/scenarios/thirteen.toml:3" in str(done["13"].problem)
    assert done["21"].files == {"double": b"42"}


def test_a_cluster_that_would_make_other_products_is_refused(scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = keys.versions_of
    monkeypatch.setattr(keys, "versions_of", lambda *packages: installed(*packages) | {"torch": "2.999"})
    with Workers(1, scheduler) as workers, pytest.raises(Fault, match="would make other products: torch") as caught:
        workers.pool(tasks=1)
    assert caught.value.fault.endswith(" and 2.999 here")
    assert "pip install" in caught.value.help


def test_a_cluster_whose_processors_compute_otherwise_is_refused_with_a_choice_that_makes_them_alike(
    scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker says what it computes with itself: it runs already, and what is chosen here is nothing to it."""
    theirs = arithmetic.of_this_process()
    monkeypatch.setattr(arithmetic, "_asked", lambda: "SVE256")
    with Workers(1, scheduler) as workers, pytest.raises(Fault, match="would make other products") as caught:
        workers.pool(tasks=1)
    assert caught.value.fault.endswith(f": arithmetic {theirs} there and SVE256 here")
    assert "set ATEN_CPU_CAPABILITY to the same on all" in caught.value.help


def test_a_worker_that_joins_later_with_another_processor_is_asked_as_well() -> None:
    ours = pool.own_identity() | {"arithmetic": "SVE256"}
    with ThreadPoolExecutor(1) as threads:
        done = dict(carry_out(TASKS, Pool(threads, 1, ours), lambda *_: None))
    assert all(ended.files is None for ended in done.values())
    assert "and SVE256 here" in str(done["1"].problem)


def test_a_worker_that_joins_later_is_asked_as_well() -> None:
    ours = pool.own_identity() | {"torch": "2.999"}
    with ThreadPoolExecutor(1) as threads:
        done = dict(carry_out(TASKS, Pool(threads, 1, ours), lambda *_: None))
    assert all(ended.files is None for ended in done.values())
    assert "would make other products: torch" in str(done["1"].problem)


def test_a_cluster_without_workers_is_a_fault_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install -e '.[cluster]'")
    monkeypatch.setattr(pool, "WORKERS_WITHIN", 0.5)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0", protocol="tcp") as cluster,
        Workers(1, cluster.scheduler_address) as workers,
        pytest.raises(Fault, match="has no workers") as caught,
    ):
        workers.pool(tasks=1)
    assert "dask worker" in caught.value.help


def test_a_scheduler_that_does_not_answer_is_a_fault_with_a_remedy() -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install -e '.[cluster]'")
    with (
        pytest.raises(Fault, match="no Dask scheduler answers") as caught,
        Workers(1, "nonsense://nowhere:1") as workers,
    ):
        workers.pool(tasks=1)
    assert "dask scheduler" in caught.value.help


# --- Builds that are disturbed -------------------------------------------------------------------------------


PATIENCE = 120  # seconds until what never comes is given up: no test takes them that holds

AtWork = tuple[subprocess.Popen[str], list[int], Path]


def test_no_thread_of_a_pool_outlives_the_error_that_ended_it() -> None:
    """Python, when it ends, wakes such threads through a pipe, which the thread itself may have closed just then."""
    before = threading.enumerate()
    with pytest.raises(Fault, match="for a reason"):
        end_while_workers_sleep(Fault("for a reason", help="none"))
    assert threading.enumerate() == before


def end_while_workers_sleep(error: Exception) -> None:
    with Workers(2) as workers:
        used = workers.pool(2)
        assert used is not None
        used.executor.submit(time.sleep, PATIENCE)
        raise error


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[AtWork]:
    """A build whose two workers have loaded what trains, for trainings that take minutes; they; and its project."""
    project = tiny.make(tmp_path)
    for number in range(6):
        (project / f"docs/scenarios/long-{number}.toml").write_text(
            tiny.scenario("converges", rate=0.1, epochs=900_000 + number)
        )
    command = [sys.executable, "-m", "generator", "--project", str(project), "build", "--jobs", "2"]
    build = subprocess.Popen(
        command, cwd=tiny.REPOSITORY, stderr=subprocess.PIPE, text=True, preexec_fn=hear_interrupts
    )  # fmt: skip
    workers = wait_for_workers(build.pid)
    yield build, workers, project
    if build.poll() is None:
        build.kill()
        build.communicate()


def hear_interrupts() -> None:
    """What a shell runs in the background is deaf to them, and so is all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_workers(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children")
    if not children.exists():
        pytest.skip("counting a process's children needs Linux's /proc")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = [int(pid) for pid in children.read_text().split()]
        workers = [pid for pid in found if b"spawn_main" in read(pid, "cmdline")]
        if len(workers) == 2 and all(b"libtorch" in read(pid, "maps") for pid in workers):
            return workers
        time.sleep(0.1)
    raise AssertionError("no two workers were at work")


def read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def are_gone(workers: list[int]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() for pid in workers):
            return True
        time.sleep(0.1)
    return False


def test_interrupting_a_build_stops_its_workers_and_exits_130(at_work: AtWork) -> None:
    build, workers, project = at_work
    build.send_signal(signal.SIGINT)
    _, said = build.communicate(timeout=PATIENCE)
    assert build.returncode == 130, said
    assert "interrupted" in said
    assert "Traceback" not in said
    assert are_gone(workers)
    assert not (project / "site").exists()
    assert not list(project.rglob(".new-*")), "nothing half-written"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_a_build_that_is_killed(at_work: AtWork, how: signal.Signals) -> None:
    build, workers, _ = at_work
    build.send_signal(how)
    build.communicate(timeout=PATIENCE)
    assert build.returncode == -how
    assert are_gone(workers)


def test_a_worker_that_is_stopped_from_outside_ends_the_build_with_a_fault_and_a_remedy(at_work: AtWork) -> None:
    build, workers, project = at_work
    os.kill(workers[0], signal.SIGKILL)
    _, said = build.communicate(timeout=PATIENCE)
    assert build.returncode == 1, said
    assert "Traceback" not in said
    assert "error: a worker was stopped from outside; in work, or next, were long-" in said
    assert "fewer --jobs" in said
    assert are_gone(workers)
    assert not (project / "site").exists()
