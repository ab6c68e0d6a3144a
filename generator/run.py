"""From a scenario to its record: make the data, transform it, descend. And before that, its prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from generator import theory
from generator.faults import Fault
from generator.points import synthetic, transform
from generator.record import Record
from generator.scenario import Csv, Points, Scenario, Synthetic
from generator.sweep import SweepRecord, telling_rates
from generator.training import StoppingRules, Trajectory, descend, descend_otherwise, descend_together

DTYPES = {"float32": torch.float32, "float64": torch.float64}

# Tensors of about 200 kB: small enough to stay in the cache, large enough that a step's fixed cost hardly counts.
# Half or twice that took about a fifth longer per rate.
NUMBERS_A_BLOCK = 50_000


@dataclass(frozen=True, eq=False)
class Task:
    """A scenario in numbers, ready to descend. All tensors in the run's dtype."""

    x: Tensor  # (n,)  transformed: (x as given − shift) · factor
    y: Tensor  # (n,)
    shift: float
    factor: float
    start: Tensor  # (2,)  w, b
    loss_factor: float  # loss = mean squared error · loss_factor


def data(scenario: Scenario) -> tuple[Tensor, Tensor]:
    """The points as given, x (n,) and y (n,), in float32."""
    match scenario.data:
        case Synthetic() as made:
            return synthetic(**made.model_dump(exclude={"source"}))
        case Points() as given:
            return torch.tensor(given.x), torch.tensor(given.y)
        case Csv():
            assert scenario.csv_points is not None
            xs, ys = scenario.csv_points
            return torch.tensor(xs), torch.tensor(ys)


def prepare(scenario: Scenario) -> Task:
    """The scenario in numbers. Raises `Fault` where its points do not fit in the run's dtype."""
    training = scenario.training
    dtype = DTYPES[training.dtype]
    x_given, y = data(scenario)
    x, shift, factor = transform(x_given.to(dtype), **scenario.input.model_dump())
    for name, points in (("x", x), ("y", y)):
        if not points.isfinite().all():
            raise Fault(
                f"{name} grows beyond {training.dtype} before training starts",
                file=scenario.path,
                help="use smaller numbers in [data], or a smaller input.scale",
            )
    return Task(
        x=x,
        y=y.to(dtype),
        shift=shift,
        factor=factor,
        start=torch.tensor([training.start.weight, training.start.bias], dtype=dtype),
        loss_factor={"mean": 1.0, "sum": float(len(x)), "half": 0.5}[training.loss],
    )


def run(scenario: Scenario) -> Record:
    """Train the scenario, and keep everything."""
    task = prepare(scenario)
    trajectory = _descend(scenario, task)
    return Record(
        scenario=scenario,
        x=task.x.numpy(), y=task.y.numpy(), shift=task.shift, factor=task.factor,
        params=trajectory.params.numpy(),
        gradients=trajectory.gradients.numpy(),
        losses=trajectory.losses.numpy(),
        stopped_by=trajectory.stopped_by,
    )  # fmt: skip


def _descend(scenario: Scenario, task: Task) -> Trajectory:
    training = scenario.training
    stop = StoppingRules(scenario.stop.gradient_norm, scenario.stop.loss_change)
    if training.is_plain:
        return descend(
            task.x, task.y, task.start, training.learning_rate, training.epochs,
            loss_factor=task.loss_factor, stop=stop,
        )  # fmt: skip
    return descend_otherwise(
        task.x, task.y, task.start, training.learning_rate, training.epochs,
        momentum=training.momentum or 0.0,
        decay=training.decay or 0.0,
        batch_size=training.batch_size,
        shuffle=torch.Generator().manual_seed(scenario.batch_seed),
        loss_factor=task.loss_factor, stop=stop,
    )  # fmt: skip


def predict(scenario: Scenario) -> theory.Prediction | None:
    """What theory says of the scenario, without training; None where there is no closed form.

    It is about all the epochs that the scenario asks for: a stopping rule may end the run before.
    """
    training = scenario.training
    if not training.is_plain:
        return None
    task = prepare(scenario)
    bowl = theory.bowl(task.x.numpy(), task.y.numpy(), training.loss)
    return theory.predict(bowl, task.start.numpy(), training.learning_rate, training.epochs, training.dtype)


def sweep(
    scenario: Scenario,
    learning_rates: Sequence[float] | theory.Vector | None = None,
    epochs: int = 5000,
    tolerance: float = 1e-6,
) -> SweepRecord:
    """Train the scenario by plain descent at each learning rate, without its stopping rules.

    Keeps how each run ends, and when its excess loss first is within ``tolerance`` of the first excess. Without
    ``learning_rates``, those that `telling_rates` picks.
    """
    task = prepare(scenario)
    bowl = theory.bowl(task.x.numpy(), task.y.numpy(), scenario.training.loss)
    rates = np.asarray(telling_rates(bowl) if learning_rates is None else learning_rates, dtype=np.float64)
    goal = tolerance * float(bowl.excess(task.start.numpy()))

    reached = np.full(len(rates), np.nan)
    final_params = np.empty((len(rates), 2), dtype=task.x.numpy().dtype)
    final_losses = np.empty(len(rates), dtype=final_params.dtype)
    block_length = max(1, NUMBERS_A_BLOCK // len(task.x))
    for first in range(0, len(rates), block_length):
        block = slice(first, first + block_length)
        descent = descend_together(
            task.x, task.y, task.start, torch.tensor(rates[block]), epochs, loss_factor=task.loss_factor
        )
        waiting = np.isnan(reached[block])
        for epoch, states in enumerate(descent):
            arrived = waiting & (bowl.excess(states.params.numpy()) <= goal)
            reached[block][arrived] = epoch
            waiting &= ~arrived
        final_params[block], final_losses[block] = states.params.numpy(), states.losses.numpy()
    return SweepRecord(
        scenario=scenario,
        x=task.x.numpy(), y=task.y.numpy(),
        learning_rates=rates, epochs=epochs, tolerance=tolerance,
        epochs_to_tolerance=reached, final_params=final_params, final_losses=final_losses,
    )  # fmt: skip
