"""One scenario, all its files: the unit of caching and of parallel work.

What a worker returns is what the store keeps: file names and bytes. So a result from this process, from another
one and from the cache are the same thing.
"""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator import figures, keys, takehome
from generator.agreement import Agreement
from generator.figures import Request
from generator.record import Record
from generator.scenario import Scenario
from generator.sweep import SweepRecord

FRAMES_FILE = ".json"
THIS_FILE = "products.py"  # it imports all that makes any product; by itself it says how each is packed


@dataclass(frozen=True)
class Computation:
    """Something that PyTorch computes from a scenario, and how it is stored: ``result.npz``, no pickle."""

    function: str  # of `generator.<module>`, called with the scenario; what it returns has `save`
    module: str
    type: type[Any]  # what it returns, with `read`


COMPUTATIONS = {
    "run": Computation("run", "run", Record),
    "ladder": Computation("climb", "ladder", Agreement),
    "sweep": Computation("sweep", "run", SweepRecord),
}
RESULT_FILE = "result.npz"


def computation_key(name: str, scenario: Scenario) -> str:
    return keys.key(
        product=name,
        scenario=scenario.run_inputs(),
        code=keys.code_of(COMPUTATIONS[name].module),
        packing=keys.file_code(THIS_FILE),
        versions=keys.versions_of("torch", "numpy"),
    )


def picture_key(request: Request, scenarios: Mapping[str, Scenario]) -> str:
    shown = figures.KINDS[request.kind].of
    return keys.key(
        product="picture",
        request=json.dumps([request.kind, request.options]),
        results=json.dumps([computation_key(shown, scenarios[id]) for id in request.ids]),
        figure=json.dumps([scenarios[id].figure.model_dump_json() for id in request.ids]),
        code=keys.code_of("figures"),
        packing=keys.file_code(THIS_FILE),
        versions=keys.versions_of("numpy", "matplotlib", "pillow"),
    )


def compute(name: str, scenario: Scenario) -> dict[str, bytes]:
    """Train, once or at many rates, and pack the result."""
    import torch

    torch.set_num_threads(1)  # these tensors are tiny, and the number of threads changes bits
    computation = COMPUTATIONS[name]
    module = importlib.import_module(f"generator.{computation.module}")
    packed = io.BytesIO()
    getattr(module, computation.function)(scenario).save(packed)
    return {RESULT_FILE: packed.getvalue()}


def unpack(name: str, files: Mapping[str, bytes], scenario: Scenario) -> Any:
    """The result as its type: a `Record`, a `SweepRecord`."""
    return COMPUTATIONS[name].type.read(io.BytesIO(files[RESULT_FILE]), scenario)


def draw(request: Request, results: Sequence[Any]) -> dict[str, bytes]:
    """Draw a picture: its files by their endings (``.gif``, ``.dark.gif``, ``.png``, ``.dark.png``).

    Which states its frames show, and for how long, goes with them as JSON: a GIF read back may have fewer frames.
    """
    from generator import gif  # imports Pillow, and drawing imports Matplotlib

    animation = figures.draw(request, results)
    frames = {"delays_ms": animation.delays_ms, "shown": animation.shown}
    return {**gif.encode(animation), FRAMES_FILE: json.dumps(frames).encode()}


def plain_files_key(scenario: Scenario, template: str, language: str) -> str:
    return keys.key(
        product="plain files",
        run=computation_key("run", scenario),
        id=scenario.id,
        scenario=scenario.text,
        title=scenario.title_in(language),
        language=language,
        template=template,
        code=keys.code_of("takehome"),
        packing=keys.file_code(THIS_FILE),
        versions=keys.versions_of("numpy", "jinja2"),
    )


def plain_files(record: Record, template: str, language: str = "en") -> dict[str, bytes]:
    """What a scenario publishes besides its pictures: its numbers, its file, and a script that makes them again."""
    summary = json.dumps(record.summary(), indent=2, allow_nan=False, ensure_ascii=False)
    return {
        "trajectory.csv": record.trajectory_csv().encode(),
        "run.json": summary.encode() + b"\n",
        "scenario.toml": record.scenario.text.encode(),
        **takehome.files(record, template, language),
    }
