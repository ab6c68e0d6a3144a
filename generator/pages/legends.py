"""What the marks and letters of a figure are, said beside it: those that its kind declares and that are in this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from generator.figures.catalogue import KINDS, STEPPED, Legend, Mark, Request, legend_of, panels_stepped
from generator.limits import untimed
from generator.pages.alt_facts import FACTS
from generator.runs.analysis import Run

WILD = 4  # times the first excess loss: what ends with more fits into no picture of the bowl, as `stepper.js` has it


@dataclass(frozen=True)
class Legends:
    """Beside one figure: of its picture, and of what steps through the run in its place, where something does."""

    picture: Legend
    stepper: Legend = ()


def legends(asked: Request, results: Sequence[Any], step: bool = False, deep: bool = False) -> Legends:
    """``results`` are those that the picture shows; ``step`` and ``deep`` as the markup of the figure has them."""
    of_picture = legend_of(asked)
    if any(isinstance(entry, Mark) and entry.where for entry in of_picture):
        of_picture = _there(of_picture, asked, results)
    return Legends(of_picture, _stepped(asked, results[0], deep) if step else ())


def _there(legend: Legend, asked: Request, results: Sequence[Any]) -> Legend:
    """Without marks of what this figure has not: a prediction where theory says nothing, a floor at zero."""
    options = dict(asked.options)
    kind = options.pop("of", "fit") if asked.kind == "filmstrip" else asked.kind
    with untimed():  # of a long run there is much to look through
        told = [FACTS[kind](results, **options)]
    told += told[0].get("racers", ())  # of several runs: what one has of them
    there = {name for facts in told for name, fact in facts.items() if fact}
    return tuple(
        entry for entry in legend if not (isinstance(entry, Mark) and entry.where and entry.where not in there)
    )


def _stepped(asked: Request, run: Run, deep: bool) -> Legend:
    excess = run.losses[[0, -1]].astype(float) - run.bowl.floor
    is_wild = not excess[1] <= WILD * excess[0]
    panels = panels_stepped(asked.kind, deep, is_wild)
    return tuple(dict.fromkeys(entry for panel in panels for entry in STEPPED[panel]))


def words_named() -> set[str]:
    """All names that the table ``legend`` has to have."""
    declared = [entry for kind in KINDS.values() for entry in kind.legend]
    return {entry.word for entry in [*declared, *(entry for legend in STEPPED.values() for entry in legend)]}
