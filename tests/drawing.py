"""Runs for the tests of pictures: the shipped scenarios, and points of a test's own."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import torch

from generator import run, scenario
from generator.record import Record

SCENARIOS = Path(__file__).parents[1] / "docs" / "scenarios"


@cache
def shipped(id: str) -> Record:
    torch.set_num_threads(1)
    return run.run(scenario.load(SCENARIOS / f"{id}.toml"))


def of_points(
    x: list[float], y: list[float], *, rate: float = 0.01, epochs: int = 40, start: tuple[float, float] = (1.0, 0.0),
    **parts: Any,
) -> Record:  # fmt: skip
    """A run on these points; ``parts`` are further tables of the scenario."""
    spec = {
        "expect": "converges",
        "title": {"en": "Points"},
        "data": {"source": "points", "x": x, "y": y},
        "training": {"learning_rate": rate, "epochs": epochs, "start": {"w": start[0], "b": start[1]}},
    }
    made = scenario.Scenario(**(spec | parts), id="points", path=Path("points.toml"), text="")
    return run.run(made)
