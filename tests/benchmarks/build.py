"""How long building takes: against the engine alone, against a naive script, with more scenarios and more processes.

All builds are real ones, by the command line, of projects of `tests.tiny` with more scenarios dropped in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from generator.figures.kinds import fit
from generator.scenario.reading import load_all
from tests import tiny
from tests.benchmarks.render import draw_theirs
from tests.runs import trained

LONG = 2000  # epochs of a scenario


def figures() -> Iterator[tuple[str, float | str]]:
    with tempfile.TemporaryDirectory() as folder:
        yield from _warm_and_one_edit(Path(folder) / "course")
        yield from _parallel_and_naive(Path(folder) / "sixty")
        yield from _growth(Path(folder))


def project_of(folder: Path, scenarios: int) -> Path:
    """A project with so many scenarios, no two of which train the same."""
    project = tiny.make(folder)
    for number in range(1, scenarios):
        text = tiny.scenario("converges", rate=0.08 + 0.0001 * number, epochs=LONG, title=f"Number {number}")
        (project / f"docs/scenarios/number-{number:03}.toml").write_text(text)
    return project


def seconds_of(project: Path, *arguments: str) -> float:
    began = time.perf_counter()
    done = tiny.generator(project, *arguments, timeout=3000)
    assert done.returncode == 0, done.stderr
    return time.perf_counter() - began


def _warm_and_one_edit(project: Path) -> Iterator[tuple[str, float | str]]:
    """The course itself."""
    for part in ("docs", "templates", "mkdocs.yml"):
        given = tiny.REPOSITORY / part
        if given.is_dir():
            shutil.copytree(given, project / part)
        else:
            shutil.copy(given, project / part)
    (project / "generator").symlink_to(tiny.REPOSITORY / "generator")
    cold = seconds_of(project, "build")
    yield "cold_seconds", cold
    # The engine alone: the same staged files and the same settings, with no hook.
    hookless = []
    for config in sorted((project / "build").glob("mkdocs.*.yml")):
        lines = [line for line in config.read_text().splitlines() if "hook.py" not in line]
        hookless.append(config.with_name(f"hookless.{config.name}"))
        hookless[-1].write_text("\n".join("hooks: []" if line == "hooks:" else line for line in lines))
    pairs = []
    for _ in range(5):
        warm = seconds_of(project, "build")
        pairs.append((warm, sum(engine_seconds(config, project / "engine") for config in hookless)))
    yield "warm_seconds", median(warm for warm, _ in pairs)
    yield "warm_build_vs_engine", median(warm / engine for warm, engine in pairs)

    edits = []
    scenario = project / "docs/scenarios/scaled-input.toml"
    text = scenario.read_text()
    for number in range(3):
        scenario.write_text(text.replace("epochs = 1000", f"epochs = {1001 + number}"))
        edits.append(seconds_of(project, "build"))
    yield "one_scenario_edit_seconds", median(edits)
    yield "one_scenario_edit_vs_cold", median(edits) / cold


def engine_seconds(config: Path, site: Path) -> float:
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(config), "-d", str(site)]
    began = time.perf_counter()
    subprocess.run(command, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, check=True)
    return time.perf_counter() - began


def _parallel_and_naive(project: Path) -> Iterator[tuple[str, float | str]]:
    count = 60
    tiny.make(project)
    text = (tiny.REPOSITORY / "tests/scenarios/rate-too-small.toml").read_text()
    for number in range(1, count):  # runs like those of the course, no two the same
        scenario = text.replace("learning_rate = 1e-4", f"learning_rate = {1e-4 + 1e-6 * number:g}")
        (project / f"docs/scenarios/number-{number:03}.toml").write_text(scenario)
    seconds = {}
    for jobs in (1, 2):
        shutil.rmtree(project / "build", ignore_errors=True)
        seconds[jobs] = seconds_of(project, "stage", "--jobs", str(jobs))
    yield "parallel_speedup_2_cores", seconds[1] / seconds[2]
    cold = seconds[2] + seconds_of(project, "build")  # which has the engine and the check left to do

    # A straight script: it trains, and saves the fits with FuncAnimation, one after another.
    measured = 3
    scenarios = list(load_all(project / "docs/scenarios").values())[:measured]
    began = time.perf_counter()
    for scenario in scenarios:
        record = trained(scenario)
        draw_theirs(record, fit.timeline([record]), project / f"{scenario.id}.gif")
    naive = (time.perf_counter() - began) * count / measured
    yield f"cold_build_vs_naive (naive measured on {measured} of {count} scenarios, and scaled)", naive / cold


def _growth(folder: Path) -> Iterator[tuple[str, float | str]]:
    seconds, peaks = {}, {}
    for count in (20, 200):
        project = project_of(folder / f"growth-{count}", count)
        began = time.perf_counter()
        peaks[count] = peak_megabytes("--project", str(project), "build")
        seconds[count] = time.perf_counter() - began
    yield "cold_time_200_vs_20_scenarios", seconds[200] / seconds[20]
    if peaks[20] is None or peaks[200] is None:
        yield "peak_rss_200_vs_20_scenarios", "skipped, the system has no /proc"
    else:
        yield "peak_rss_megabytes_200_scenarios", peaks[200]
        yield "peak_rss_200_vs_20_scenarios", peaks[200] / peaks[20]


# The usage that the system reports of a finished process is the largest among it, its workers and whoever started it;
# what the process alone needed, only the process can read.
TELLING = """
import sys
from pathlib import Path
from generator.cli import main
status = Path("/proc/self/status")
try:
    main(sys.argv[1:])
finally:
    print(*(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:")))
"""


def peak_megabytes(*arguments: str) -> float | None:
    """The most memory that the command's own process held at once, without its workers; None where nothing tells."""
    if not Path("/proc/self/status").exists():
        return None
    command = [sys.executable, "-c", TELLING, *arguments]
    done = subprocess.run(command, cwd=tiny.REPOSITORY, capture_output=True, text=True, check=True)
    return int(done.stdout.splitlines()[-1]) * 1024 / 1e6
