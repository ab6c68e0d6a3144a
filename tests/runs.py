"""Scenarios and records for tests: those in tests/scenarios, trained once; any that a test makes up; an oracle's own.

Those in tests/scenarios are the runs whose numbers the source printed, and a few beside them. They belong to the tests:
what the course makes of its own scenarios changes none of them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from generator.descent.train import train
from generator.pages.words import Words
from generator.runs.analysis import Run
from generator.scenario import reading
from generator.scenario.schema import Scenario
from tests import shared

# Tiny tensors: several threads cost more than they bring, and add in another order.
torch.set_num_threads(1)

SCENARIOS = reading.load_all(Path(__file__).parent / "scenarios")
alt_text = Words(Path(__file__).parents[1] / "templates", "en").alt

# Digits are promised where PyTorch computes with AVX2 or newer, on x86-64; other kernels may add in another order.
HAS_AVX = torch.backends.cpu.get_cpu_capability().startswith("AVX")
PRINTED = 1e-15 if HAS_AVX else 1e-5  # how near what is printed is to what the source printed


def trained(scenario: Scenario) -> Run:
    return Run.of(train(scenario))


@cache
def record(id: str) -> Run:
    return trained_once(SCENARIOS[id])


def trained_once(scenario: Scenario) -> Run:
    """Its run, trained by the first process that asks for it."""
    if shared.FOLDER not in os.environ:  # no run of the suite
        return trained(scenario)

    def save(path: Path) -> None:
        with path.open("wb") as file:
            train(scenario).save(file)

    path = shared.once(f"{hashlib.sha256(scenario.run_inputs().encode()).hexdigest()}.npz", save)
    with path.open("rb") as file:
        return Run.read(file, scenario)


def make(
    x: Sequence[float],
    y: Sequence[float],
    learning_rate: float,
    epochs: int,
    start: tuple[float, float] | dict[str, int] = (0.0, 0.0),
    *,
    input: dict[str, Any] | None = None,
    target: dict[str, Any] | None = None,
    stop: dict[str, Any] | None = None,
    figure: dict[str, Any] | None = None,
    **training: Any,
) -> Scenario:
    """A scenario on these points; ``training`` adds to its [training] table."""
    return Scenario.model_validate(
        {
            "expect": "converges",
            "title": {"en": "Made up"},
            "data": {"source": "points", "x": list(map(float, x)), "y": list(map(float, y))},
            "input": input or {},
            "target": target or {},
            "training": {
                "learning_rate": learning_rate,
                "epochs": epochs,
                "start": start if isinstance(start, dict) else {"w": float(start[0]), "b": float(start[1])},
                **training,
            },
            "stop": stop or {},
            "figure": figure or {},
            "id": "made-up",
            "path": Path("made-up.toml"),
            "text": "",
        }
    )


def of_points(
    x: Sequence[float], y: Sequence[float], *, rate: float = 0.01, epochs: int = 40,
    start: tuple[float, float] | dict[str, int] = (1.0, 0.0), **parts: Any,
) -> Run:  # fmt: skip
    """A short run on these points; ``parts`` as in `make`."""
    return trained(make(x, y, rate, epochs, start, **parts))


# --- Descended here, in a few lines of NumPy, without the code under test ------------------------------------

X = [-5.0, -2.0, 0.0, 4.0, 6.0, 19.0, 23.0]
Y = [27.5, 28.0, 30.5, 33.0, 33.5, 39.5, 42.0]


def descended(
    rate: float, epochs: int, x: Sequence[float] = X, y: Sequence[float] = Y,
    start: tuple[float, float] = (1.0, 0.0), dtype: str = "float32",
) -> Run:  # fmt: skip
    """A run of plain descent on the mean squared error."""
    xs, ys = np.array(x, dtype=dtype), np.array(y, dtype=dtype)
    states = _states(xs, ys, np.array(start, dtype=dtype), np.dtype(dtype).type(rate), epochs)
    return _run(make(x, y, rate, epochs, start, dtype=dtype), states)


def foretold(rate: float, epochs: int, start: tuple[float, float] = (1.0, 0.0), dtype: str = "float32") -> Run:
    """As `descended`, of more epochs than one would wait for: its states are those of the closed form."""
    points = np.column_stack([X, np.ones(len(X))])
    best = np.linalg.lstsq(points, np.array(Y))[0]
    hessian = 2 * points.T @ points / len(X)
    curvatures, directions = np.linalg.eigh(hessian)
    shares = (1 - rate * curvatures) ** np.arange(epochs + 1)[:, None]
    errors = shares * (directions.T @ (np.array(start) - best)) @ directions.T
    gradients = errors @ hessian
    losses = ((points @ best - Y) ** 2).mean() + (errors * gradients).sum(axis=1) / 2
    states = [array.astype(dtype) for array in (best + errors, gradients, losses)]
    return _run(make(X, Y, rate, epochs, start, dtype=dtype), states)


def _run(scenario: Scenario, states: Sequence[NDArray[Any]]) -> Run:
    params, gradients, losses = states
    x, y = (np.array(points, dtype=params.dtype) for points in scenario.given_points)
    return Run(
        scenario=scenario, x=x, y=y, shift=0.0, factor=1.0,
        params=params, gradients=gradients, losses=losses, stopped_by="epochs",
    )  # fmt: skip


def _states(
    x: NDArray[Any], y: NDArray[Any], start: NDArray[Any], rate: Any, epochs: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    rows = []
    w, b = start
    with np.errstate(all="ignore"):
        for _ in range(epochs + 1):
            residuals = w * x + b - y
            gradient = (2 * (residuals * x).mean(), 2 * residuals.mean())
            rows.append((w, b, *gradient, (residuals**2).mean()))
            w, b = w - rate * gradient[0], b - rate * gradient[1]
    table = np.array(rows, dtype=x.dtype)
    return table[:, :2], table[:, 2:4], table[:, 4]
