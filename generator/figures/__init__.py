"""The kinds of figures, and how a page asks for one. Plain: only `draw` loads Matplotlib.

A page needs a picture's size and file name before the picture exists; they depend on the request alone.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from generator.gif import Animation
    from generator.record import Record


@dataclass(frozen=True)
class Kind:
    """One kind of figure; the module `generator.figures.<name>` draws it."""

    name: str
    width: int  # CSS pixels; drawn at twice that
    height: int
    animated: bool
    runs: range = range(1, 2)  # how many it shows
    of: Literal["run", "sweep"] = "run"  # what is handed to `draw` for each id: its record, or a sweep of its rates


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in [
        Kind("fit", 720, 405, animated=True),
        Kind("loss_curve", 720, 330, animated=False),
        Kind("modes", 720, 346, animated=False),
        Kind("sweep", 720, 490, animated=False, of="sweep"),
        Kind("cobweb", 720, 388, animated=True, runs=range(0, 1)),
        Kind("filmstrip", 940, 244, animated=False),
        Kind("landscape", 720, 440, animated=True),
        Kind("squares", 720, 410, animated=True),
        Kind("parabola", 720, 410, animated=True),
        Kind("race", 960, 334, animated=True, runs=range(2, 5)),
        Kind("squares_still", 720, 410, animated=False, runs=range(1, 3)),
    ]
}


@dataclass(frozen=True)
class Request:
    """A picture that a page asks for: a kind, the runs it shows, and options of that kind."""

    kind: str
    ids: tuple[str, ...]
    options: tuple[tuple[str, Any], ...] = ()  # sorted by name; JSON values

    @property
    def stem(self) -> str:
        """The file name without its ending: ``fit``, or with a hash where options or several runs tell it apart."""
        if len(self.ids) == 1 and not self.options:
            return self.kind
        told_apart = json.dumps([self.ids, self.options]).encode()
        return f"{self.kind}-{hashlib.sha256(told_apart).hexdigest()[:8]}"

    @property
    def path(self) -> str:
        """The picture's files in the site, without their endings."""
        return f"{self.folder}/{self.stem}"

    @property
    def folder(self) -> str:
        """Where in the site the picture lies: beside its run, or among the comparisons."""
        return f"scenarios/{self.ids[0]}" if len(self.ids) == 1 else "comparisons"


def draw(request: Request, records: Sequence[Record]) -> Animation:
    """The frames of the picture, as indexed pixels with a palette for each theme."""
    module = importlib.import_module(f"generator.figures.{request.kind}")
    animation: Animation = module.draw(records, **dict(request.options))
    return animation
