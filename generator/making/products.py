"""One scenario, all its files: the unit of caching and of parallel work.

What a worker returns is what the store keeps: file names and bytes. So a result from this process, from another
one and from the cache are the same thing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.figures import loading
from generator.figures.catalogue import Kind, Request
from generator.making import keys, takehome
from generator.runs import published
from generator.runs.agreement import Agreement
from generator.runs.analysis import Run
from generator.runs.rate_sweep import RateSweep
from generator.runs.record import Record
from generator.scenario.schema import Scenario

FRAMES_FILE = ".json"
THIS_MODULE = "making.products"  # it reaches all that makes any product; by itself it says how each is packed


@dataclass(frozen=True)
class Computation:
    """Something that PyTorch computes from a scenario, and how it is stored: ``result.npz``, no pickle."""

    compute: Callable[[Scenario], Any]  # what it returns has `save`
    type: type[Any]  # what is read back, by its `read`


def _run(scenario: Scenario) -> Record:
    from generator.descent.train import train

    return train(scenario)


def _ladder(scenario: Scenario) -> Agreement:
    from generator.descent.three_ways import climb

    return climb(scenario)


def _sweep(scenario: Scenario) -> RateSweep:
    from generator.descent.sweeping import sweep

    return sweep(scenario)


COMPUTATIONS = {
    "run": Computation(_run, Run),
    "ladder": Computation(_ladder, Agreement),
    "sweep": Computation(_sweep, RateSweep),
}

# The modules that make each product: their code, with all that they import, is in its key.
MADE_BY = {
    "run": ("descent.train",),
    "ladder": ("descent.three_ways",),
    "sweep": ("descent.sweeping",),
    "picture": ("figures.drawing", "figures.gif"),
    "plain files": ("making.takehome", "runs.published"),
    "card": ("figures.social",),
}


def _code(product: str) -> str:
    return keys.key(makers=keys.code_of(*MADE_BY[product]), packing=keys.module_code(THIS_MODULE))


RESULT_FILE = "result.npz"


def computation_key(name: str, scenario: Scenario, arithmetic: str) -> str:
    """``arithmetic`` is that of whoever computes, as `making.arithmetic` has it."""
    return keys.key(
        product=name,
        scenario=scenario.run_inputs(),
        code=_code(name),
        versions=keys.versions_of("torch", "numpy"),
        arithmetic=arithmetic,
    )


# What is made of results has in its key what they came to, and not how: a run that is trained again on another
# processor, or after its code was changed, and comes out the same, leaves its pictures as they are.


def digest(files: Mapping[str, bytes]) -> str:
    """What a result came to: the sha256 of it, packed."""
    return hashlib.sha256(files[RESULT_FILE]).hexdigest()


def picture_key(request: Request, scenarios: Mapping[str, Scenario], digests: Sequence[str]) -> str:
    """``digests`` are those of the results that are shown."""
    shown = [scenarios[id] for id in request.ids]
    return keys.key(
        product="picture",
        request=json.dumps([request.kind, request.options]),
        results=json.dumps([*digests]),
        scenarios=json.dumps([[scenario.run_inputs(), scenario.figure.model_dump_json()] for scenario in shown]),
        names=json.dumps([_on_axes(scenario, request.language) for scenario in shown]),
        code=_code("picture"),
        versions=keys.versions_of("numpy", "matplotlib", "pillow", "imageio"),
    )


def _on_axes(scenario: Scenario, language: str) -> list[str]:
    """What a picture of it may say of x and y."""
    names = scenario.names_in(language)
    return [str(name.on_axis) for name in (names.x, names.y)]


def compute(name: str, scenario: Scenario) -> dict[str, bytes]:
    """Train, once or at many rates, and pack the result."""
    import torch

    torch.set_num_threads(1)  # these tensors are tiny, and the number of threads changes bits
    packed = io.BytesIO()
    COMPUTATIONS[name].compute(scenario).save(packed)
    return {RESULT_FILE: packed.getvalue()}


def unpack(name: str, files: Mapping[str, bytes], scenario: Scenario) -> Any:
    """The result as its type: a `Run`, a `RateSweep`."""
    return COMPUTATIONS[name].type.read(io.BytesIO(files[RESULT_FILE]), scenario)


def draw(request: Request, results: Sequence[Any]) -> dict[str, bytes]:
    """Draw a picture: its files by their endings (``.gif``, ``.dark.gif``, ``.png``, ``.dark.png``, ``.narrow.png`` …).

    Which states its frames show, and for how long, goes with them as JSON: a GIF read back may have fewer frames.
    """
    loading.load_matplotlib()
    from generator.figures import drawing, gif

    animation = drawing.draw(request, results)
    frames = {"delays_ms": animation.delays_ms, "shown": animation.shown}
    narrow = drawing.draw_narrow(request, results)
    stills = gif.stills(narrow, ".narrow") if narrow else {}
    return {**gif.encode(animation), **stills, FRAMES_FILE: json.dumps(frames).encode()}


CARD_FILE = ".card.png"


def card_key(picture: str) -> str:
    """``picture`` is the key of what is shown on it."""
    return keys.key(product="card", picture=picture, code=_code("card"), versions=keys.versions_of("pillow"))


def card(picture: Mapping[str, bytes]) -> dict[str, bytes]:
    """What is shown where a page's address is shared, of the files of one of its pictures."""
    from generator.figures import social

    return {CARD_FILE: social.card(picture[".png"])}


def check_format(kind: Kind, format: str | None, *, loop: bool) -> None:
    """Whether a picture of this kind can be handed over so, before anything is trained. Raises `Fault`."""
    from generator.figures import formats

    formats.check(format or ("gif" if kind.animated else "png"), moves=kind.animated, loop=loop)


def draw_as(
    request: Request, results: Sequence[Any], format: str | None, *, loop: bool = False
) -> dict[str, bytes]:  # fmt: skip
    """Draw a picture for slides and chats: its files by their endings, in one of `figures.formats` and as a PNG."""
    loading.load_matplotlib()
    from generator.figures import drawing, formats, gif

    animation = dataclasses.replace(drawing.draw(request, results), loop=loop)
    files = gif.encode(animation)
    if format == "png":
        return {ending: content for ending, content in files.items() if ending.endswith(".png")}
    if format not in (None, "gif", "png"):
        suffixes = gif.SUFFIXES.items()
        others = {
            f"{end}.{format}": formats.encode(animation, format, theme=theme, loop=loop) for theme, end in suffixes
        }
        files = others | {ending: content for ending, content in files.items() if ending.endswith(".png")}
    return files


def plain_files_key(scenario: Scenario, template: str, language: str, run: str) -> str:
    """``run`` is the digest of its result."""
    return keys.key(
        product="plain files",
        run=run,
        inputs=scenario.run_inputs(),
        id=scenario.id,
        scenario=scenario.published,
        title=scenario.title_in(language),
        language=language,
        template=template,
        code=_code("plain files"),
        versions=keys.versions_of("numpy", "jinja2"),
    )


def plain_files(run: Run, template: str, language: str = "en") -> dict[str, bytes]:
    """What a scenario publishes besides its pictures: its numbers, its file, and a script that makes them again."""
    summary = json.dumps(published.summary(run, language), indent=2, allow_nan=False, ensure_ascii=False)
    points = published.points_csv(run.scenario)
    return {
        **({} if points is None else {"points.csv": points.encode()}),
        "trajectory.csv": published.trajectory_csv(run).encode(),
        "run.json": summary.encode() + b"\n",
        "scenario.toml": run.scenario.published.encode(),
        **takehome.files(run, template, language),
    }
