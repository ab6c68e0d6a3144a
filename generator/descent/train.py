"""From a scenario to its record: make the data, transform it, descend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from generator.descent import mistaken
from generator.descent.loops import StoppingRules, Trajectory, descend, descend_otherwise, drawn_start
from generator.descent.points import synthetic, synthetic_uniform, transform
from generator.faults import Fault
from generator.runs.record import Record
from generator.scenario.mistakes import at_key
from generator.scenario.schema import Mistake, Scenario, Start, Synthetic, Target, loss_factor

DTYPES = {"float32": torch.float32, "float64": torch.float64}
DRAWS = {"whole": synthetic, "uniform": synthetic_uniform}
LOOPS: dict[Mistake, Callable[..., mistaken.Passing]] = {
    "flipped-sign": mistaken.flipped_sign,
    "broadcast": mistaken.broadcast,
    "no-zero-grad": mistaken.no_zero_grad,
}


@dataclass(frozen=True, eq=False)
class Problem:
    """A scenario in numbers, ready to descend. All tensors in the run's dtype."""

    x: Tensor  # (n,)  transformed: (x as given − shift) · factor
    y: Tensor  # (n,)  transformed likewise
    shift: float
    factor: float
    target_shift: float  # of y
    target_factor: float
    start: Tensor  # (2,)  w, b
    loss_factor: float  # loss = mean squared error · loss_factor


def data(scenario: Scenario) -> tuple[Tensor, Tensor]:
    """The points as given, x (n,) and y (n,): drawn in float32, as the source draws them; read in float64."""
    if isinstance(scenario.data, Synthetic):
        return DRAWS[scenario.data.x](**scenario.data.drawn_with)
    xs, ys = scenario.given_points
    return torch.tensor(xs, dtype=torch.float64), torch.tensor(ys, dtype=torch.float64)


def prepare(scenario: Scenario) -> Problem:
    """The scenario in numbers. Raises `Fault` where its points do not fit in the run's dtype.

    Points are rounded to the dtype once, when they have been transformed.
    """
    training = scenario.training
    dtype = DTYPES[training.dtype]
    x_given, y_given = data(scenario)
    precise = torch.promote_types(x_given.dtype, dtype)
    x, shift, factor = transform(x_given.to(precise), **scenario.input.model_dump())
    y, target_shift, target_factor = transform(y_given.to(precise), **scenario.target.model_dump())
    x, y = x.to(dtype), y.to(dtype)
    for name, table, points in (("x", "input", x), ("y", "target", y)):
        if not points.isfinite().all():
            raise _unfit(
                scenario, name, table, f"{name} grows beyond {training.dtype} before training starts",
                f"use smaller numbers in [data], or a smaller {table}.scale",
            )  # fmt: skip
    if _is_squared_away(scenario.target, y_given, y):
        raise _unfit(
            scenario, "y", "target", f"y shrinks before training starts until its squares are 0 in {training.dtype}",
            "use larger numbers in [data], or a larger target.scale",
        )  # fmt: skip
    return Problem(
        x=x,
        y=y,
        shift=shift,
        factor=factor,
        target_shift=target_shift,
        target_factor=target_factor,
        start=_start(training.start).to(dtype),
        loss_factor=loss_factor(training.loss, len(x)),
    )


def _unfit(scenario: Scenario, name: str, table: str, fault: str, remedy: str) -> Fault:
    """At the scale that made points unfit, or else at the points."""
    is_scaled = getattr(scenario, table).scale is not None
    return at_key(scenario.path, scenario.text, [table, "scale"] if is_scaled else ["data", name], fault, remedy)


def _is_squared_away(asked: Target, given: Tensor, y: Tensor) -> bool:
    """Whether y, of which there is something to learn, was made so small that every loss would be 0."""
    if asked == Target():
        return False
    is_more_than_its_mean = given.max() > given.min() if asked.center or asked.standardize else given.any()
    return bool(is_more_than_its_mean) and float(y.abs().max()) ** 2 < torch.finfo(y.dtype).tiny


def _start(start: Start) -> Tensor:
    """State 0 (2,), in float64 as it is written or in float32 as it is drawn."""
    if start.seed is not None:
        return drawn_start(start.seed)
    return torch.tensor(start.given, dtype=torch.float64)


def train(scenario: Scenario) -> Record:
    """Train the scenario, and keep everything."""
    problem = prepare(scenario)
    trajectory = _descend(scenario, problem)
    return Record(
        scenario=scenario,
        x=problem.x.numpy(), y=problem.y.numpy(), shift=problem.shift, factor=problem.factor,
        target_shift=problem.target_shift, target_factor=problem.target_factor,
        params=trajectory.params.numpy(),
        gradients=trajectory.gradients.numpy(),
        losses=trajectory.losses.numpy(),
        stopped_by=trajectory.stopped_by,
    )  # fmt: skip


def _descend(scenario: Scenario, problem: Problem) -> Trajectory:
    training = scenario.training
    stop = StoppingRules(scenario.stop.gradient_norm, scenario.stop.loss_change)
    if training.is_plain:
        return descend(
            problem.x, problem.y, problem.start, training.learning_rate, training.epochs,
            loss_factor=problem.loss_factor, stop=stop,
        )  # fmt: skip
    if training.mistake is not None:
        return mistaken.descend_mistaken(
            problem.x, problem.y, problem.start, training.learning_rate, training.epochs,
            loop=LOOPS[training.mistake], stop=stop,
        )  # fmt: skip
    return descend_otherwise(
        problem.x, problem.y, problem.start, training.learning_rate, training.epochs,
        momentum=training.momentum or 0.0,
        decay=training.decay or 0.0,
        batch_size=training.batch_size,
        shuffle=torch.Generator().manual_seed(scenario.batch_seed) if training.batch_order == "shuffled" else None,
        loss_factor=problem.loss_factor, stop=stop,
    )  # fmt: skip
