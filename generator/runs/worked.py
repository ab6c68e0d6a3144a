"""One step of a run written out, its bowl's two directions by the quadratic formula, and slopes without any calculus.

Plain Python on plain numbers: the lesson shows these figures beside those of the run, as its oracle.
"""

from __future__ import annotations

import math
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


@dataclass(frozen=True)
class Cut:
    """The mean squared error of a run along one direction of the map: a parabola, as steep as its points rise."""

    rises: tuple[float, ...]  # u·x + v: how much higher the line is at each x, one unit of the way on
    mean_square: float  #       of the rises: what stands before t²
    curvature: float  #         twice that: how fast the slope changes


def cut(record: Run, u: float, v: float) -> Cut:
    """Along (u, v): w grows by u and b by v as t grows by 1; a unit of t is one of the map where u² + v² = 1."""
    rises = tuple(u * x + v for x in record.x.tolist())
    mean_square = sum(rise**2 for rise in rises) / len(rises)
    return Cut(rises, mean_square, 2 * mean_square)


@dataclass(frozen=True)
class Direction:
    """One of the two in which the bowl is steepest and flattest."""

    curvature: float  #               λ: how fast the slope along it changes
    arrow: tuple[float, float]  #     (λ − c, k), as the lesson finds it
    length: float  #                  of the arrow
    unit: tuple[float, float]  #      the arrow, made one long

    def error(self, away: tuple[float, float]) -> float:
        """How far a place that is ``away`` = (w − w*, b − b*) from the bottom lies along it."""
        return away[0] * self.unit[0] + away[1] * self.unit[1]


@dataclass(frozen=True)
class Directions:
    """The bowl of a run by pencil and paper: λ² − (a + c)λ + (ac − k²) = 0, and an arrow for each root."""

    a: float  #  how fast the slope in w changes with w
    c: float  #  how fast the slope in b changes with b
    k: float  #  how fast either slope changes with the other parameter
    trace: float  #         a + c = λ₋ + λ₊
    determinant: float  #   ac − k² = λ₋ λ₊
    discriminant: float  #  trace² − 4 determinant
    flattest: Direction
    steepest: Direction


def directions(record: Run) -> Directions:
    """The steepest and the flattest direction; (λ − c, k) points to larger b where the mean of x is above 0."""
    (a, k), (_, c) = record.bowl.hessian.tolist()
    trace, determinant, discriminant = a + c, a * c - k * k, (a - c) ** 2 + 4 * k * k
    steep = (trace + math.sqrt(discriminant)) / 2
    # By the product of the roots: the formula's difference of two nearly equal numbers keeps few digits.
    flat = determinant / steep

    def along(curvature: float, own: tuple[float, float]) -> Direction:
        # Of centred points k is what rounding left: then both directions are axes.
        arrow = (curvature - c, k) if abs(k) > 1e-6 * trace else own
        length = math.hypot(*arrow)
        return Direction(curvature, arrow, length, (arrow[0] / length, arrow[1] / length))

    across, up = (1.0, 0.0), (0.0, 1.0)
    return Directions(
        a=a,
        c=c,
        k=k,
        trace=trace,
        determinant=determinant,
        discriminant=discriminant,
        flattest=along(flat, up if a >= c else across),
        steepest=along(steep, across if a >= c else up),
    )


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
