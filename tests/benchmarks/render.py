"""The fit of `rate-too-small` in 50 frames of 1440 × 810 with ten table rows, against the common way.

The peer is `FuncAnimation.save(PillowWriter)` with the same artists, size, states and delay. The floor is set-up, first
draw, and Agg drawing of only the artists that move: what no writer of these frames can go below.
Ours makes all four files: GIF and poster, light and dark.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import torch
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from generator.figures import gif, render
from generator.figures.canvas import Part
from generator.figures.kinds import fit
from generator.figures.pacing import Timeline
from generator.runs.analysis import Run
from generator.scenario import reading
from tests.runs import trained

SCENARIO = Path(__file__).parents[2] / "docs" / "scenarios" / "rate-too-small.toml"
FRAMES = 50
DELAY_MS = 80
ROUNDS = 3


def figures() -> Iterator[tuple[str, float | str]]:
    torch.set_num_threads(1)
    record = trained(reading.load(SCENARIO))
    shown = tuple(np.linspace(0, record.epochs_run, FRAMES).round().astype(int).tolist())
    times = Timeline(shown, (DELAY_MS,) * FRAMES)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs, best = (Path(folder) / name for name in ("ours.gif", "theirs.gif", "best.gif"))
        contestants = [partial(draw_ours, record, times, ours), partial(draw_floor, record, times)]
        for contestant in contestants:
            contestant()  # fonts and modules are loaded once, for whoever comes first
        rounds = [[seconds(contestant) for contestant in contestants] for _ in range(2 * ROUNDS + 1)]
        our_time = statistics.median(our for our, _ in rounds)
        their_time = statistics.median(seconds(partial(draw_theirs, record, times, theirs)) for _ in range(ROUNDS))
        yield "render_seconds", our_time
        yield "render_speedup_vs_funcanimation", their_time / our_time
        yield "render_time_vs_floor", statistics.median(our / floor for our, floor in rounds)
        yield "gif_kilobytes", ours.stat().st_size / 1000
        yield "gif_bytes_vs_pillowwriter", ours.stat().st_size / theirs.stat().st_size
        if shutil.which("gifsicle"):
            subprocess.run(["gifsicle", "-O3", ours, "-o", best], check=True)
            yield "gif_bytes_vs_gifsicle_O3", ours.stat().st_size / best.stat().st_size
        else:
            yield "gif_bytes_vs_gifsicle_O3", "skipped, gifsicle is not installed"
        yield "gif_psnr_db", min(map(psnr, iio.imread(ours, index=None), true_colour(record, times)))


def seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def picture(record: Run) -> tuple[Figure, list[Part]]:
    figure, parts = fit.picture(record)
    for part in parts:
        for artist in (*part.movers, *(a for group in part.arrivals.values() for a in group)):
            artist.set_animated(True)
    return figure, parts


def draw_ours(record: Run, times: Timeline, file: Path) -> None:
    animation = render.render(*fit.picture(record), times)
    file.write_bytes(gif.encode(animation)[".gif"])


def draw_floor(record: Run, times: Timeline) -> None:
    figure, parts = picture(record)
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    renderer = canvas.get_renderer()
    arrivals = [(state, artist) for part in parts for state, group in part.arrivals.items() for artist in group]
    for t in times.shown:
        while arrivals and arrivals[0][0] <= t:
            arrivals.pop(0)[1].draw(renderer)
        for part in parts:
            part.show(t)
            for mover in part.movers:
                mover.draw(renderer)


def update(parts: list[Part], t: int) -> None:
    for part in parts:
        part.show(t)
        for state, group in part.arrivals.items():
            for artist in group:
                artist.set_visible(state <= t)


def draw_theirs(record: Run, times: Timeline, file: Path) -> None:
    figure, parts = fit.picture(record)
    animation = FuncAnimation(figure, lambda t: update(parts, t), times.shown, init_func=lambda: None)
    animation.save(file, PillowWriter(fps=1000 / DELAY_MS), savefig_kwargs={"facecolor": figure.get_facecolor()})


def true_colour(record: Run, times: Timeline) -> Iterator[NDArray[np.uint8]]:
    figure, parts = fit.picture(record)
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    for t in times.shown:
        update(parts, t)
        canvas.draw()
        yield np.asarray(canvas.buffer_rgba())[..., :3]


def psnr(frame: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
    """In decibels, over all pixels and channels."""
    error = np.mean((frame.astype(float) - truth) ** 2)
    return float(10 * np.log10(255**2 / error))
