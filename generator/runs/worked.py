"""One step of a run written out, every product of it, and the same slope measured without any calculus.

Plain Python on plain numbers: the lesson shows these figures beside those of the run, as its oracle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from generator.runs.analysis import Run
from generator.scenario.schema import loss_factor


@dataclass(frozen=True)
class Point:
    """What one point contributes to a step."""

    x: float
    y: float
    prediction: float  # ŷ = w·x + b
    error: float  #      ŷ − y
    square: float  #     (ŷ − y)²
    dloss: float  #      ∂L/∂ŷ = k · 2(ŷ − y)/n, with k = 1 where the loss is the mean
    dw: float  #         ∂L/∂ŷ · ∂ŷ/∂w = ∂L/∂ŷ · x
    db: float  #         ∂L/∂ŷ · ∂ŷ/∂b = ∂L/∂ŷ · 1


@dataclass(frozen=True)
class Step:
    """From (w, b) against the gradient to ``arrived``."""

    points: tuple[Point, ...]
    w: float
    b: float
    loss: float
    gradient: tuple[float, float]
    arrived: tuple[float, float]


def worked_step(record: Run, epoch: int) -> Step:
    """Epoch ``epoch`` of a plain run, computed again from the state it started from."""
    w, b = record.params_after(epoch - 1)
    points = points_at(record, w, b)
    dw, db = sum(point.dw for point in points), sum(point.db for point in points)
    return Step(
        points=points,
        w=w,
        b=b,
        loss=_factor(record) * mean_squared_error(record, w, b),
        gradient=(dw, db),
        arrived=(w - record.learning_rate * dw, b - record.learning_rate * db),
    )


def points_at(record: Run, w: float, b: float) -> tuple[Point, ...]:
    """Each point of a run beside the line (w, b)."""
    n = len(record.x)
    points = []
    for x, y in zip(record.x.tolist(), record.y.tolist(), strict=True):
        prediction = w * x + b
        error = prediction - y
        dloss = _factor(record) * (2 * error / n)
        points.append(Point(x, y, prediction, error, error**2, dloss, dloss * x, dloss * 1))
    return tuple(points)


def _factor(record: Run) -> float:
    return loss_factor(record.scenario.training.loss, len(record.x))


def mean_squared_error(record: Run, w: float, b: float) -> float:
    """How wrong the line (w, b) is on the points of a run, in y²."""
    squares: list[float] = [(w * x + b - y) ** 2 for x, y in zip(record.x.tolist(), record.y.tolist(), strict=True)]
    return sum(squares) / len(squares)


def forward_difference(record: Run, w: float, b: float, h: float) -> tuple[float, float]:
    """The slopes of the mean squared error in w and in b by a look ahead: off by half the curvature times h."""
    loss = partial(mean_squared_error, record)
    dw = (loss(w + h, b) - loss(w, b)) / h
    db = (loss(w, b + h) - loss(w, b)) / h
    return dw, db


def central_difference(record: Run, w: float, b: float, h: float) -> tuple[float, float]:
    """The slopes in w and in b by a look either way."""
    loss = partial(mean_squared_error, record)
    dw = (loss(w + h, b) - loss(w - h, b)) / (2 * h)
    db = (loss(w, b + h) - loss(w, b - h)) / (2 * h)
    return dw, db
