"""How much memory a very long run takes, in bytes for each of its epochs: arrays, and no object a number."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from generator.figures.catalogue import KINDS
from generator.making import products
from generator.pages.alt_facts import FACTS
from generator.pages.rendering import Pages
from generator.project import Project
from generator.runs.agreement import Agreement
from generator.runs.analysis import Run
from generator.scenario.reading import load
from tests import tiny
from tests.runs import foretold

EPOCHS = 200_000
TEMPLATE = (tiny.REPOSITORY / "templates/en/train.py").read_text(encoding="utf-8")
OF_RUNS = [name for name, kind in KINDS.items() if kind.of == "run" and name != "filmstrip"]


def bytes_an_epoch(work: Callable[[Run], object]) -> float:
    """The most that is held at once beside the run itself; a state of it is 20 bytes, and a number in a list is 32."""
    peaks = []
    for epochs in (100, EPOCHS):  # the first also imports what is needed
        run = foretold(1e-7, epochs)
        work(foretold(1e-7, 100))
        tracemalloc.start()
        try:
            work(run)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    return (peaks[1] - peaks[0]) / EPOCHS


def test_to_publish_a_run_takes_less_than_a_text_of_its_numbers_would() -> None:
    assert bytes_an_epoch(lambda run: products.plain_files(run, TEMPLATE)) < 100


def test_a_run_is_stored_and_read_without_copies_of_copies() -> None:
    def work(run: Run) -> None:
        packed = io.BytesIO()
        run.save(packed)
        products.unpack("run", {products.RESULT_FILE: packed.getvalue()}, run.scenario)

    assert bytes_an_epoch(work) < 100


@pytest.mark.parametrize("kind", OF_RUNS)
def test_the_words_of_a_picture_look_at_arrays(kind: str) -> None:
    assert bytes_an_epoch(lambda run: FACTS[kind]([run] * KINDS[kind].runs[0])) < 30


def test_a_runs_page_takes_a_few_arrays_of_it(tmp_path: Path) -> None:
    project = Project.at(tiny.make(tmp_path))
    path = project.scenarios / "tiny.toml"

    def work(run: Run) -> None:
        pages = Pages(project, project.editions()[0], {"tiny": load(path)}, lambda _, __: run)
        assert "Take it with you" in pages.scenario_page("tiny")

    assert bytes_an_epoch(work) < 200


def test_three_ways_are_compared_a_part_at_a_time() -> None:
    """And come to what all at once come to."""
    random = np.random.default_rng(0)
    rungs = [random.normal(size=(EPOCHS + 1, 2)).astype(np.float32) for _ in range(3)]
    rungs[1][7] = np.nan
    rungs[2][-9:] = np.inf
    agreement = Agreement(foretold(1e-7, 1).scenario, *rungs)
    tracemalloc.start()
    try:
        largest = agreement.largest_relative_difference
        assert tracemalloc.get_traced_memory()[1] / EPOCHS < 180
    finally:
        tracemalloc.stop()
    states = np.delete(np.stack(rungs).astype(np.float64), [7, *range(EPOCHS - 8, EPOCHS + 1)], axis=1)
    pairs = [(0, 1), (1, 2), (2, 0)]
    apart = np.max([np.hypot(*(states[i] - states[j]).T) for i, j in pairs], axis=0)
    assert largest == pytest.approx((apart / np.abs(states).max(axis=(0, 2))).max(), rel=1e-12)


# --- In a process of its own ---------------------------------------------------------------------------------

# PyTorch's memory is not Python's, and Matplotlib is slow under tracing: so the system is asked how much a process
# had at most since it forgot what was before.
MEASURED = """
import json, re, sys
from pathlib import Path

def resident(which):
    return 1024 * int(re.search(which + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

def taken(work):
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    work()
    return resident("VmHWM") - before
"""


def measured(program: str, *arguments: str | Path) -> dict[str, float]:
    """What a program prints as JSON, which has `taken`."""
    command = [sys.executable, "-c", MEASURED + program, *map(str, arguments)]
    done = subprocess.run(command, cwd=tiny.REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


only_linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems tell it in other ways, or not at all")

TRAINED = """
from generator.making.products import compute
from generator.scenario.reading import load

short, long = (load(Path(name)) for name in sys.argv[2:])
compute(sys.argv[1], short)
print(json.dumps({"an epoch": taken(lambda: compute(sys.argv[1], long)) / long.training.epochs}))
"""


@only_linux
@pytest.mark.parametrize(("what", "how"), [("run", ""), ("run", "momentum = 0.5\nbatch_size = 2"), ("ladder", "")])
def test_training_keeps_numbers_and_not_a_tensor_an_epoch(tmp_path: Path, what: str, how: str) -> None:
    """A tensor is 600 bytes."""
    for name, epochs in (("short", 500), ("long", 15_000)):
        text = tiny.scenario("crawls", rate=1e-5, epochs=epochs)
        (tmp_path / f"{name}.toml").write_text(text.replace("[training]", f"[training]\n{how}"))
    taken = measured(TRAINED, what, tmp_path / "short.toml", tmp_path / "long.toml")
    assert taken["an epoch"] < 300


DRAWN = """
from generator.figures.catalogue import KINDS, Request
from generator.making.products import draw
from tests.runs import foretold

def drawn(kind, run):
    count = KINDS[kind].runs[0]
    draw(Request(kind, (run.id,) * count), [run] * count)

epochs, kinds = int(sys.argv[1]), sys.argv[2:]
drawn(kinds[0], foretold(1e-7, 100))
run = foretold(1e-7, epochs)
print(json.dumps({kind: taken(lambda: drawn(kind, run)) / epochs for kind in kinds}))
"""


@only_linux
def test_a_picture_takes_a_few_arrays_of_a_run() -> None:
    taken = measured(DRAWN, "500000", *OF_RUNS)
    assert len(taken) > 7
    assert {kind: bytes for kind, bytes in taken.items() if bytes > 500} == {}
