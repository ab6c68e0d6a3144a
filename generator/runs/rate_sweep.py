"""What a sweep leaves behind: the same descent at many learning rates, a few plain numbers each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import IO

import numpy as np

from generator.runs import theory
from generator.runs.record import Array
from generator.scenario.schema import Scenario, Verdict


@dataclass(frozen=True, eq=False)
class RateSweep:
    """Many runs of one scenario that differ in their learning rate alone, each of all ``epochs``.

    Row i is the run at ``learning_rates[i]``.
    """

    scenario: Scenario
    x: Array  # (n,)  as trained on: transformed, in the runs' dtype
    y: Array  # (n,)
    start: Array  # (2,)  w, b
    learning_rates: Array  # (rates,)  float64
    epochs: int
    tolerance: float  # of the first excess
    epochs_to_tolerance: Array  # (rates,)  float64: the first state within the tolerance; nan: none was
    final_params: Array  # (rates, 2)
    final_losses: Array  # (rates,)
    target_shift: float = 0.0  # y as trained = (y as given − target_shift) · target_factor
    target_factor: float = 1.0

    @property
    def is_target_transformed(self) -> bool:
        return (self.target_shift, self.target_factor) != (0.0, 1.0)

    @cached_property
    def bowl(self) -> theory.Bowl:
        return theory.bowl(self.x, self.y, self.scenario.training.loss)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Measured, by the rule for a single run."""
        training = self.scenario.training
        first, rates = self.bowl.excesses(self.start), self.learning_rates.tolist()
        return tuple(
            theory.verdict(self.bowl, first, last, theory.regime(self.bowl, rate, training.dtype), training.dtype)
            for rate, last in zip(rates, self.bowl.excesses(self.final_params), strict=True)
        )

    @property
    def fastest_learning_rate(self) -> float | None:
        """The first of the rates that needed the fewest epochs; None if no run came within the tolerance."""
        fastest = self.fastest_learning_rates
        return fastest[0] if fastest else None

    @cached_property
    def fastest_learning_rates(self) -> tuple[float, ...]:
        """All the rates that needed the fewest epochs, ascending; none if no run came within the tolerance."""
        if np.isnan(self.epochs_to_tolerance).all():
            return ()
        fewest = np.nanmin(self.epochs_to_tolerance)
        return tuple(np.sort(self.learning_rates[self.epochs_to_tolerance == fewest]).tolist())

    def save(self, file: IO[bytes]) -> None:
        np.savez(
            file,
            x=self.x, y=self.y, start=self.start, learning_rates=self.learning_rates,
            epochs=np.array(self.epochs), tolerance=np.array(self.tolerance),
            epochs_to_tolerance=self.epochs_to_tolerance,
            final_params=self.final_params, final_losses=self.final_losses,
            transform=np.array([self.target_shift, self.target_factor]),
        )  # fmt: skip

    @classmethod
    def read(cls, file: IO[bytes], scenario: Scenario) -> RateSweep:
        with np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        target_shift, target_factor = arrays.pop("transform").tolist()
        return cls(
            scenario=scenario,
            epochs=arrays.pop("epochs").item(), tolerance=arrays.pop("tolerance").item(),
            **arrays, target_shift=target_shift, target_factor=target_factor,
        )  # fmt: skip


def telling_rates(bowl: theory.Bowl) -> theory.Vector:
    """Learning rates (rates,) that show the whole of a sweep: from a three hundredth of the limit to just past it.

    Evenly spaced on a log axis, denser towards the limit, where everything happens, and with the rates that theory
    marks among them: 1/λ₊, the best one, and the limit itself.
    """
    limit = bowl.critical_learning_rate
    marked = [1 / float(bowl.eigenvalues[1]), bowl.best_learning_rate, limit]
    shares = np.concatenate([np.geomspace(1 / 300, 1, 240), 1 - np.geomspace(1e-4, 0.5, 160), np.linspace(1, 1.1, 41)])
    return np.unique(np.concatenate([limit * shares, marked]))
