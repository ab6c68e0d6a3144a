"""What a build came to, and where its time went: a table for the terminal, the same as JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """A scenario in the table."""

    id: str
    verdict: str
    epochs: int
    frames: int | None  # of its fit; None where no page shows it
    gif_bytes: int | None
    not_arrived: str = ""  # the directions, of one that crawls
    remarks: list[str] = field(default_factory=list)  # what is to be known of it, for the terminal


@dataclass(frozen=True)
class Effort:
    """A task that was carried out; what came from the cache took none."""

    name: str
    stage: str
    ids: tuple[str, ...]
    seconds: float


@dataclass
class Made:
    """What a build made."""

    scenarios: list[Row] = field(default_factory=list)
    efforts: list[Effort] = field(default_factory=list)
    stage_seconds: dict[str, float] = field(default_factory=dict)  # of wall time


def timings(made: Made, wall_seconds: float) -> dict[str, Any]:
    """Seconds: of wall time in all and a stage, of work a scenario and a task.

    A scenario with none, and every task that is not there, came from the cache.
    """
    scenarios = {
        row.id: {stage: round(_work(made, stage, row.id), 3) for stage in ("train", "draw")} for row in made.scenarios
    }
    return {
        "wall": round(wall_seconds, 3),
        "work": round(sum(effort.seconds for effort in made.efforts), 3),
        "tasks": [
            {"name": effort.name, "stage": effort.stage, "seconds": round(effort.seconds, 3)}
            for effort in sorted(made.efforts, key=lambda effort: -effort.seconds)
        ],
        "stages": {stage: round(seconds, 3) for stage, seconds in made.stage_seconds.items()},
        "comparisons": round(sum(effort.seconds for effort in made.efforts if len(effort.ids) != 1), 3),
        "scenarios": scenarios,
        "cached": [id for id, seconds in scenarios.items() if not any(seconds.values())],
    }


def summary(made: Made, wall_seconds: float) -> str:
    """A line a scenario, what is to be known of them, then where the time went."""
    rows = [("scenario", "verdict", "not arrived", "epochs", "frames", "GIF", "train", "draw")]
    for row in made.scenarios:
        train, draw = (_work(made, stage, row.id) for stage in ("train", "draw"))
        rows.append(
            (
                row.id,
                row.verdict,
                row.not_arrived,
                str(row.epochs),
                str(row.frames) if row.frames else "–",
                f"{row.gif_bytes / 1000:.0f} kB" if row.gif_bytes else "–",
                f"{train:.1f} s" if train else "cached",
                f"{draw:.1f} s" if draw else "cached",
            )
        )
    work = sum(effort.seconds for effort in made.efforts)
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in made.stage_seconds.items())
    effort = f"{len(made.efforts)} tasks, {work:.1f} s of work in {wall_seconds:.1f} s: {stages}"
    return "\n".join([table(rows, words=3), *(remark for row in made.scenarios for remark in row.remarks), effort])


def _work(made: Made, stage: str, id: str) -> float:
    return sum(effort.seconds for effort in made.efforts if (effort.stage, effort.ids) == (stage, (id,)))


def table(rows: Sequence[Sequence[str]], words: int = 2) -> str:
    """Columns of equal width; the first ones are words and stand left, numbers stand right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if index < words else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join(lines)
