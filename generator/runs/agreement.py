"""How far three ways of writing the same descent agree: what `three_ways.climb` leaves behind, as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import IO

import numpy as np

from generator.runs.record import Array
from generator.scenario.schema import Scenario

STATES_AT_ONCE = 100_000  # are compared, for a dozen arrays are needed of as many states


@dataclass(frozen=True, eq=False)
class Agreement:
    """Three trajectories of one scenario, each (epochs + 1, 2): w, b."""

    scenario: Scenario
    by_hand: Array
    with_autograd: Array
    with_modules: Array

    @cached_property
    def largest_relative_difference(self) -> float:
        """Between any two of the three, over all states that are finite in all: distance over largest parameter."""
        firsts = range(0, len(self.by_hand), STATES_AT_ONCE)
        return max(self._largest_within(slice(first, first + STATES_AT_ONCE)) for first in firsts)

    def _largest_within(self, states: slice) -> float:
        rungs = np.stack([self.by_hand[states], self.with_autograd[states], self.with_modules[states]])
        rungs = rungs[:, np.isfinite(rungs).all(axis=(0, 2))].astype(np.float64)
        # In units of each state's largest number, whose square might not fit.
        largest = np.abs(rungs).max(axis=(0, 2), keepdims=True)
        rungs = rungs / np.maximum(largest, np.finfo(np.float64).tiny)
        distances = np.linalg.norm(rungs - np.roll(rungs, 1, axis=0), axis=-1)
        return float(distances.max(initial=0.0))

    def save(self, file: IO[bytes]) -> None:
        np.savez(file, by_hand=self.by_hand, with_autograd=self.with_autograd, with_modules=self.with_modules)

    @classmethod
    def read(cls, file: IO[bytes], scenario: Scenario) -> Agreement:
        with np.load(file, allow_pickle=False) as stored:
            return cls(scenario, **{name: stored[name] for name in stored.files})
