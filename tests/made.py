"""Records for tests of what is drawn from them: descended here in a few lines of NumPy, without the code under test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.record import Record
from generator.scenario import Scenario

X = [-5.0, -2.0, 0.0, 4.0, 6.0, 19.0, 23.0]
Y = [27.5, 28.0, 30.5, 33.0, 33.5, 39.5, 42.0]


def record(
    rate: float, epochs: int, x: list[float] | None = None, y: list[float] | None = None,
    start: tuple[float, float] = (1.0, 0.0), dtype: str = "float32",
) -> Record:  # fmt: skip
    """A run of plain descent on the mean squared error."""
    given = {"source": "points", "x": X if x is None else x, "y": Y if y is None else y}
    scenario = Scenario.model_validate(
        {
            "id": "made", "path": Path("made.toml"), "text": "", "expect": "converges", "title": {"en": "Made"},
            "data": given,
            "training": {
                "learning_rate": rate, "epochs": epochs, "start": {"w": start[0], "b": start[1]}, "dtype": dtype,
            },
        }
    )  # fmt: skip
    xs, ys = (np.array(given[name], dtype=dtype) for name in ("x", "y"))
    params, gradients, losses = descend(xs, ys, np.array(start, dtype=dtype), np.dtype(dtype).type(rate), epochs)
    return Record(
        scenario=scenario, x=xs, y=ys, shift=0.0, factor=1.0,
        params=params, gradients=gradients, losses=losses, stopped_by="epochs",
    )  # fmt: skip


def descend(
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
