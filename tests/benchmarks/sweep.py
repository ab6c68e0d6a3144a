"""10 000 learning rates, 5000 epochs each: together, against the plain loop a rate after another.

Both on one thread and in processor time, so that other work on the machine weighs on neither.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from generator.descent import sweeping, train
from generator.descent.loops import descend
from generator.scenario import reading

SCENARIO = Path(__file__).parents[2] / "docs" / "scenarios" / "rate-too-small.toml"
RATES, EPOCHS = 10_000, 5_000
# The loop would take an hour. Its epochs all cost the same, so a part of one run is measured and scaled up.
LOOP_EPOCHS = 5_000


def figures() -> Iterator[tuple[str, float | str]]:
    torch.set_num_threads(1)
    asked = reading.load(SCENARIO)
    task = train.prepare(asked)

    began = time.process_time()
    descend(task.x, task.y, task.start, 1e-4, LOOP_EPOCHS)
    loop = (time.process_time() - began) / LOOP_EPOCHS * EPOCHS * RATES

    began = time.process_time()
    sweeping.sweep(asked, np.geomspace(1e-6, 1e-2, RATES), EPOCHS)
    together = time.process_time() - began

    yield "sweep_seconds", together
    yield "sweep_loop_seconds", loop
    yield "sweep_loop", f"measured on {LOOP_EPOCHS} of {RATES * EPOCHS} epochs, and scaled up"
    yield "sweep_speedup_vs_loop", loop / together
