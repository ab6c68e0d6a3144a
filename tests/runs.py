"""Scenarios and records for tests: those that ship, trained once, and any that a test makes up."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch

from generator import run, scenario
from generator.record import Record
from generator.scenario import Scenario

# Tiny tensors: several threads cost more than they bring, and add in another order.
torch.set_num_threads(1)

SHIPPED = scenario.load_all(Path(__file__).parents[1] / "docs" / "scenarios")

# The digits that the source printed are those of x86-64; other processors add in another order.
PRINTED = 1e-15 if platform.machine().lower() in ("x86_64", "amd64") else 1e-5


@cache
def record(id: str) -> Record:
    return run.run(SHIPPED[id])


def make(
    x: Sequence[float],
    y: Sequence[float],
    learning_rate: float,
    epochs: int,
    start: tuple[float, float] = (0.0, 0.0),
    *,
    input: dict[str, Any] | None = None,
    stop: dict[str, Any] | None = None,
    **training: Any,
) -> Scenario:
    """A scenario on these points; ``training`` adds to its [training] table."""
    return Scenario.model_validate(
        {
            "expect": "converges",
            "title": {"en": "Made up"},
            "data": {"source": "points", "x": list(map(float, x)), "y": list(map(float, y))},
            "input": input or {},
            "training": {
                "learning_rate": learning_rate,
                "epochs": epochs,
                "start": {"w": float(start[0]), "b": float(start[1])},
                **training,
            },
            "stop": stop or {},
            "id": "made-up",
            "path": Path("made-up.toml"),
            "text": "",
        }
    )
