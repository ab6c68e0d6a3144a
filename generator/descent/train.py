"""From a scenario to its record: make the data, transform it, descend."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from generator.descent.loops import StoppingRules, Trajectory, descend, descend_otherwise
from generator.descent.points import synthetic, transform
from generator.faults import Fault
from generator.runs.record import Record
from generator.scenario.schema import Scenario, Synthetic

DTYPES = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True, eq=False)
class Problem:
    """A scenario in numbers, ready to descend. All tensors in the run's dtype."""

    x: Tensor  # (n,)  transformed: (x as given − shift) · factor
    y: Tensor  # (n,)
    shift: float
    factor: float
    start: Tensor  # (2,)  w, b
    loss_factor: float  # loss = mean squared error · loss_factor


def data(scenario: Scenario) -> tuple[Tensor, Tensor]:
    """The points as given, x (n,) and y (n,): drawn in float32, as the source draws them; read in float64."""
    if isinstance(scenario.data, Synthetic):
        return synthetic(**scenario.data.model_dump(exclude={"source"}))
    xs, ys = scenario.given_points
    return torch.tensor(xs, dtype=torch.float64), torch.tensor(ys, dtype=torch.float64)


def prepare(scenario: Scenario) -> Problem:
    """The scenario in numbers. Raises `Fault` where its points do not fit in the run's dtype.

    Points are rounded to the dtype once, when they have been transformed.
    """
    training = scenario.training
    dtype = DTYPES[training.dtype]
    x_given, y = data(scenario)
    x, shift, factor = transform(
        x_given.to(torch.promote_types(x_given.dtype, dtype)), **scenario.input.model_dump()
    )  # fmt: skip
    x, y = x.to(dtype), y.to(dtype)
    for name, points in (("x", x), ("y", y)):
        if not points.isfinite().all():
            raise Fault(
                f"{name} grows beyond {training.dtype} before training starts",
                file=scenario.path,
                help="use smaller numbers in [data], or a smaller input.scale",
            )
    return Problem(
        x=x,
        y=y,
        shift=shift,
        factor=factor,
        start=torch.tensor([training.start.weight, training.start.bias], dtype=dtype),
        loss_factor={"mean": 1.0, "sum": float(len(x)), "half": 0.5}[training.loss],
    )


def train(scenario: Scenario) -> Record:
    """Train the scenario, and keep everything."""
    problem = prepare(scenario)
    trajectory = _descend(scenario, problem)
    return Record(
        scenario=scenario,
        x=problem.x.numpy(), y=problem.y.numpy(), shift=problem.shift, factor=problem.factor,
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
    return descend_otherwise(
        problem.x, problem.y, problem.start, training.learning_rate, training.epochs,
        momentum=training.momentum or 0.0,
        decay=training.decay or 0.0,
        batch_size=training.batch_size,
        shuffle=torch.Generator().manual_seed(scenario.batch_seed),
        loss_factor=problem.loss_factor, stop=stop,
    )  # fmt: skip
