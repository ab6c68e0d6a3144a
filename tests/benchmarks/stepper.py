"""Stepping through a run in a browser: how long a redraw takes, the run itself beside PyTorch, and what a page loads.

A redraw is the slider set to another epoch, all panels, the squares and the open table of numbers, laid out.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from playwright.sync_api import Page, sync_playwright

from generator.descent import train
from generator.descent.loops import descend
from generator.scenario import reading
from tests import tiny
from tests.test_browser import CHROMIUM, FLAGS, served
from tests.test_scripts import FOLDER, LAB, compressed

RUNS = {"eleven-points": "eleven points", "rate-too-large": "a step too far"}
REDRAWS, ROUNDS, EPOCHS = 200, 9, 5000

REDRAW = """(stepper, count) => {
    const slider = stepper.querySelector("input[type=range]"), times = [];
    stepper.querySelector("details").open = true;
    stepper.querySelector("input[type=checkbox]:not(:checked)")?.click();
    for (let i = 0; i < count; i++) {
        slider.value = Math.round((((i * 89) % count) / (count - 1)) * slider.max);
        const began = performance.now();
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        document.body.getBoundingClientRect();
        for (const svg of stepper.querySelectorAll("svg")) svg.getBBox();
        times.push(performance.now() - began);
    }
    return times;
}"""
RECOMPUTE = """([id, epochs, rounds]) => {
    const run = { ...Again.of(id).run, epochs };
    return Array.from({ length: rounds }, () => {
        const again = new Again({ run, epochs_run: epochs, stopped_by: "epochs", checkpoints: [[epochs, 0]] });
        const began = performance.now();
        again.compute(Infinity);
        return performance.now() - began;
    });
}"""


def figures() -> Iterator[tuple[str, float | str]]:
    yield "scripts_gzip_kb", compressed(without=LAB) / 1000
    yield "scripts_gzip_kb_with_lab", compressed() / 1000
    yield "core_gzip_kb", compressed(without={file.name for file in FOLDER.glob("*.js")} - {"descent.js"}) / 1000
    if CHROMIUM is None:
        for name in ("stepper_redraw_ms", "recompute_ms", "recompute_vs_torch"):
            yield name, "skipped, no Chromium on the PATH"
        return
    with tempfile.TemporaryDirectory() as folder:
        site = build(Path(folder))
        with served(site) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for id, title in RUNS.items():
                page = browser.new_page(reduced_motion="reduce")
                page.goto(f"{address}/scenarios/{id}/")
                yield f"stepper_redraw_ms ({title}, median of {REDRAWS})", redraw(page)
            page.goto(f"{address}/scenarios/eleven-points/")
            ours = statistics.median(page.evaluate(RECOMPUTE, ["eleven-points", EPOCHS, ROUNDS]))
            browser.close()
    yield f"recompute_ms ({EPOCHS} epochs of eleven points)", ours
    yield "recompute_vs_torch", ours / loop_ms()


def build(project: Path) -> Path:
    """A site with the pages of these runs."""
    tiny.make(project)
    for id in RUNS:
        shutil.copy(tiny.REPOSITORY / f"docs/scenarios/{id}.toml", project / "docs/scenarios")
    done = tiny.generator(project, "build")
    assert done.returncode == 0, done.stdout + done.stderr
    return project / "site"


def redraw(page: Page) -> float:
    stepper = page.locator("gd-stepper")
    stepper.scroll_into_view_if_needed()
    stepper.get_by_role("slider").wait_for()
    return statistics.median(stepper.evaluate(REDRAW, REDRAWS))


def loop_ms() -> float:
    """The loop of the lessons, on the same points at the same rate."""
    torch.set_num_threads(1)
    asked = reading.load(tiny.REPOSITORY / "docs/scenarios/eleven-points.toml")
    task = train.prepare(asked)
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        descend(task.x, task.y, task.start, asked.training.learning_rate, EPOCHS)
        times.append(time.perf_counter() - began)
    return 1000 * statistics.median(times)
