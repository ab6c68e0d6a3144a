"""Tasks end the same way wherever they are carried out."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from generator import products
from generator.faults import Fault
from generator.scenario import load
from generator.work import Done, Files, Pool, Task, Workers, carry_out
from tests import tiny


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
    assert [(count, total) for count, total, _ in reports] == [(1, 3), (2, 3), (3, 3)]
    assert {name for *_, name in reports} == {"task 1", "task 13", "task 21"}


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


def test_a_cluster_trains_the_same_bytes(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install -e '.[cluster]'")
    path = tmp_path / "tiny.toml"
    path.write_text(tiny.scenario())
    scenarios = [load(path), load(path).model_copy(update={"id": "again"})]
    tasks = {s.id: Task(s.id, (s.id,), products.compute, partial(tuple, ["run", s])) for s in scenarios}
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, protocol="tcp"
        ) as cluster,
        Workers(1, cluster.scheduler_address) as workers,
    ):
        done = dict(carry_out(tasks, workers.pool(len(tasks)), lambda *_: None))
    here = products.unpack("run", products.compute("run", scenarios[0]), scenarios[0])
    for scenario in scenarios:
        files = done[scenario.id].files
        assert files is not None, done[scenario.id].problem
        there = products.unpack("run", files, scenario)
        assert there.params.tobytes() == here.params.tobytes()
        assert there.losses.tobytes() == here.losses.tobytes()


def test_a_scheduler_that_does_not_answer_is_a_fault_with_a_remedy() -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install -e '.[cluster]'")
    with (
        pytest.raises(Fault, match="no Dask scheduler answers") as caught,
        Workers(1, "nonsense://nowhere:1") as workers,
    ):
        workers.pool(tasks=1)
    assert "dask scheduler" in caught.value.help


def test_interrupting_a_build_stops_its_workers_and_exits_130(tmp_path: Path) -> None:
    project = tiny.make(tmp_path)
    for number in range(6):
        (project / f"docs/scenarios/long-{number}.toml").write_text(
            tiny.scenario("converges", rate=0.1, epochs=300_000 + number)
        )
    command = [sys.executable, "-m", "generator", "--project", str(project), "build", "--jobs", "2"]
    build = subprocess.Popen(command, cwd=tiny.REPOSITORY, stderr=subprocess.PIPE, text=True)
    workers = wait_for_workers(build.pid)
    build.send_signal(signal.SIGINT)
    _, said = build.communicate(timeout=20)
    assert build.returncode == 130, said
    assert "interrupted" in said
    assert "Traceback" not in said
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    assert not (project / "site").exists()


def wait_for_workers(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children")
    if not children.exists():
        pytest.skip("counting a process's children needs Linux's /proc")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = [int(pid) for pid in children.read_text().split()]
        if len(found) >= 2:
            time.sleep(1)  # into their imports, or their work
            return found
        time.sleep(0.1)
    raise AssertionError("no worker was started")
