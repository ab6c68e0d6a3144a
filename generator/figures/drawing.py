"""Who draws each kind of the catalogue. Loads Matplotlib: whoever only asks for pictures reads the catalogue alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from generator.figures.animation import Animation
from generator.figures.catalogue import Request
from generator.figures.kinds import (
    cobweb,
    filmstrip,
    fit,
    landscape,
    loss_curve,
    modes,
    parabola,
    race,
    squares,
    squares_still,
    sweep,
)

DRAWN_BY: dict[str, Callable[..., Animation]] = {
    "cobweb": cobweb.draw,
    "filmstrip": filmstrip.draw,
    "fit": fit.draw,
    "landscape": landscape.draw,
    "loss_curve": loss_curve.draw,
    "modes": modes.draw,
    "parabola": parabola.draw,
    "race": race.draw,
    "squares": squares.draw,
    "squares_still": squares_still.draw,
    "sweep": sweep.draw,
}


def draw(request: Request, results: Sequence[Any]) -> Animation:
    """The frames of the picture, as indexed pixels with a palette for each theme; a result an id of the request."""
    return DRAWN_BY[request.kind](_in_language(results, request.language), **dict(request.options))


def draw_narrow(request: Request, results: Sequence[Any]) -> Animation | None:
    """For a telephone: a still, and of what moves the first frame and the last; None of what is for paper."""
    narrow = request.narrow
    spoken = _in_language(results, request.language)
    return narrow and DRAWN_BY[request.kind](spoken, narrow=narrow, **dict(request.options))


def _in_language(results: Sequence[Any], language: str) -> Sequence[Any]:
    """The same, of scenarios whose points have names in this language alone."""
    if language == "en":
        return results
    return [dataclasses.replace(result, scenario=result.scenario.spoken(language)) for result in results]
