"""One scenario, all its files: the unit of caching and of parallel work.

What a worker returns is what the store keeps: file names and bytes. So a result from this process, from another
one and from the cache are the same thing.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from generator import store, takehome
from generator.figures import Request
from generator.record import Record
from generator.scenario import Scenario

RECORD_FILE = "record.npz"
FRAMES_FILE = ".json"

# What a trajectory depends on besides its scenario, and a picture besides its records.
TRAINING_SOURCES = ("scenario.py", "points.py", "regression.py", "training.py", "run.py", "record.py")
PICTURE_SOURCES = (
    "record.py",
    "theory.py",
    "frames.py",
    "style.py",
    "gif.py",
    "figures/engine.py",
    "figures/scales.py",
    "figures/fonts",
)


def record_key(scenario: Scenario) -> str:
    return store.key(
        product="record",
        scenario=scenario.run_inputs(),
        source=store.source_of(*TRAINING_SOURCES),
        versions=store.versions_of("torch", "numpy"),
    )


def picture_key(request: Request, scenarios: Mapping[str, Scenario]) -> str:
    return store.key(
        product="picture",
        request=json.dumps([request.kind, request.options]),
        records=json.dumps([record_key(scenarios[id]) for id in request.ids]),
        figure=json.dumps([scenarios[id].figure.model_dump_json() for id in request.ids]),
        source=store.source_of(*PICTURE_SOURCES, f"figures/{request.kind}.py"),
        versions=store.versions_of("numpy", "matplotlib", "pillow", "imageio"),
    )


def train(scenario: Scenario) -> dict[str, bytes]:
    """Train, and pack the record."""
    from generator.run import run  # imports torch

    packed = io.BytesIO()
    run(scenario).save(packed)
    return {RECORD_FILE: packed.getvalue()}


def unpack(files: Mapping[str, bytes], scenario: Scenario) -> Record:
    return Record.read(io.BytesIO(files[RECORD_FILE]), scenario)


def draw(request: Request, records: Sequence[Record]) -> dict[str, bytes]:
    """Draw a picture: its files by their endings (``.gif``, ``.dark.gif``, ``.png``, ``.dark.png``).

    Which states its frames show, and for how long, goes with them as JSON: a GIF read back may have fewer frames.
    """
    from generator import figures, gif  # draw imports Matplotlib

    animation = figures.draw(request, records)
    frames = {"delays_ms": animation.delays_ms, "shown": animation.shown}
    return {**gif.encode(animation), FRAMES_FILE: json.dumps(frames).encode()}


def plain_files(record: Record, templates: Path, language: str = "en") -> dict[str, bytes]:
    """What a scenario publishes besides its pictures: its numbers, its file, and a script that makes them again."""
    summary = json.dumps(record.summary(), indent=2, allow_nan=False, ensure_ascii=False)
    return {
        "trajectory.csv": record.trajectory_csv().encode(),
        "run.json": summary.encode() + b"\n",
        "scenario.toml": record.scenario.text.encode(),
        **takehome.files(record, templates, language),
    }
