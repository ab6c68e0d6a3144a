"""The same descent at many learning rates, all at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from generator.descent.loops import descend_together
from generator.descent.train import prepare
from generator.faults import Fault
from generator.runs import theory
from generator.runs.rate_sweep import RateSweep, telling_rates
from generator.scenario.schema import Scenario

# Tensors of about 200 kB: small enough to stay in the cache, large enough that a step's fixed cost hardly counts.
# Half or twice that took about a fifth longer per rate.
NUMBERS_A_BLOCK = 50_000


def sweep(
    scenario: Scenario,
    learning_rates: Sequence[float] | theory.Vector | None = None,
    epochs: int = 5000,
    tolerance: float = 1e-6,
) -> RateSweep:
    """Train the scenario by plain descent at each learning rate, without its stopping rules.

    Keeps how each run ends, and when its excess loss first is within ``tolerance`` of the first excess. Without
    ``learning_rates``, those that `telling_rates` picks. Raises `Fault` where the run has a mistake in it.
    """
    if scenario.training.mistake is not None:
        raise Fault(
            "a sweep is of descent that is right, and this run has a mistake in it",
            file=scenario.path,
            help="leave mistake out of [training], or show another scenario",
        )
    problem = prepare(scenario)
    bowl = theory.bowl(problem.x.numpy(), problem.y.numpy(), scenario.training.loss)
    rates = np.asarray(telling_rates(bowl) if learning_rates is None else learning_rates, dtype=np.float64)
    goal = tolerance * float(bowl.excess(problem.start.numpy()))

    reached = np.full(len(rates), np.nan)
    final_params = np.empty((len(rates), 2), dtype=problem.x.numpy().dtype)
    final_losses = np.empty(len(rates), dtype=final_params.dtype)
    block_length = max(1, NUMBERS_A_BLOCK // len(problem.x))
    for first in range(0, len(rates), block_length):
        block = slice(first, first + block_length)
        descent = descend_together(
            problem.x, problem.y, problem.start, torch.tensor(rates[block]), epochs, loss_factor=problem.loss_factor
        )
        waiting = np.isnan(reached[block])
        for epoch, states in enumerate(descent):
            arrived = waiting & (bowl.excess(states.params.numpy()) <= goal)
            reached[block][arrived] = epoch
            waiting &= ~arrived
        final_params[block], final_losses[block] = states.params.numpy(), states.losses.numpy()
    return RateSweep(
        scenario=scenario,
        x=problem.x.numpy(), y=problem.y.numpy(), start=problem.start.numpy(),
        learning_rates=rates, epochs=epochs, tolerance=tolerance,
        epochs_to_tolerance=reached, final_params=final_params, final_losses=final_losses,
        target_shift=problem.target_shift, target_factor=problem.target_factor,
    )  # fmt: skip
