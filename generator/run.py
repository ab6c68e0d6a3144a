"""From a scenario to its record: make the data, transform it, descend."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from generator.record import Record
from generator.scenario import Csv, Points, Scenario, Synthetic
from generator.training import descend

DTYPES = {"float32": torch.float32, "float64": torch.float64}


def data(scenario: Scenario) -> tuple[Tensor, Tensor]:
    """The points as given, x (n,) and y (n,), in float32: as two draws after `torch.manual_seed`."""
    match scenario.data:
        case Synthetic() as made:
            # A generator of its own leaves the global random state alone, and draws the same numbers.
            generator = torch.Generator().manual_seed(made.seed)
            x = torch.randint(made.low, made.high, (made.count,), generator=generator).float()
            noise = torch.randn(made.count, generator=generator)
            return x, made.weight * x + made.bias + made.noise * noise
        case Points() as given:
            return torch.tensor(given.x), torch.tensor(given.y)
        case Csv():
            assert scenario.csv_points is not None
            xs, ys = scenario.csv_points
            return torch.tensor(xs), torch.tensor(ys)


def transform(x: Tensor, scenario: Scenario) -> tuple[Tensor, float, float]:
    """x as trained on, with the shift and the factor that made it: (x − shift) · factor.

    Mean and (population) standard deviation are taken in float64. Points that do not vary cannot be brought
    to unit variance, so standardising only centres them.
    """
    wide = x.double()
    wanted = scenario.input
    shift, factor = 0.0, 1.0
    if wanted.center or wanted.standardize:
        shift = float(wide.mean())
    if wanted.standardize:
        deviation = math.sqrt(float(((wide - shift) ** 2).mean()))
        factor = 1 / deviation if deviation > 0 else 1.0
    if wanted.scale is not None:
        factor = wanted.scale
    if shift == 0.0:
        return x * factor, shift, factor
    return ((wide - shift) * factor).to(x.dtype), shift, factor


def run(scenario: Scenario) -> Record:
    """Train the scenario, and keep everything."""
    dtype = DTYPES[scenario.training.dtype]
    x_given, y = data(scenario)
    x, shift, factor = transform(x_given.to(dtype), scenario)
    y = y.to(dtype)
    start = scenario.training.start
    loss_factor = {"mean": 1.0, "sum": float(len(x)), "half": 0.5}[scenario.training.loss]
    trajectory = descend(
        x, y,
        start=torch.tensor([start.weight, start.bias], dtype=dtype),
        learning_rate=scenario.training.learning_rate,
        epochs=scenario.training.epochs,
        loss_factor=loss_factor,
        gradient_norm=scenario.stop.gradient_norm,
        loss_change=scenario.stop.loss_change,
    )  # fmt: skip
    return Record(
        scenario=scenario,
        x=x.numpy(), y=y.numpy(), shift=shift, factor=factor,
        params=trajectory.params.numpy(),
        gradients=trajectory.gradients.numpy(),
        losses=trajectory.losses.numpy(),
        stopped_by=trajectory.stopped_by,
    )  # fmt: skip
