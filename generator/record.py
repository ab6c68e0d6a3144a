"""What a run leaves behind: its data, every state it passed through, and what theory says of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

from generator import theory
from generator.scenario import Scenario, Verdict

StoppedBy = Literal["epochs", "gradient_norm", "loss_change"]
Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Record:
    """One run, as plain numbers.

    State t = 0…n has parameters, and the loss and gradient *at* them. Epoch e = 1…n goes from state e − 1 to
    state e. The printed convention of the lessons puts under "epoch e" the loss and gradient it started from
    (state e − 1) beside the parameters it arrived at (state e): `loss_at`, `gradient_at` and `params_after`
    speak of epochs in that way; the arrays speak of states.
    """

    scenario: Scenario
    x: Array  # (n,)              as trained on: transformed, in the run's dtype
    y: Array  # (n,)
    shift: float  #               x as trained = (x as given − shift) · factor
    factor: float
    params: Array  # (epochs + 1, 2)      w, b
    gradients: Array  # (epochs + 1, 2)   ∂L/∂w, ∂L/∂b
    losses: Array  # (epochs + 1,)
    stopped_by: StoppedBy

    @property
    def id(self) -> str:
        return self.scenario.id

    @property
    def learning_rate(self) -> float:
        return self.scenario.training.learning_rate

    @property
    def epochs_run(self) -> int:
        return len(self.losses) - 1

    # --- The lesson's table: epoch e -----------------------------------------------------------------------

    def loss_at(self, epoch: int) -> float:
        """The loss that epoch ``epoch`` started from, widened to double."""
        return float(self.losses[self._state(epoch) - 1])

    def gradient_at(self, epoch: int) -> tuple[float, float]:
        """The gradient that epoch ``epoch`` followed."""
        dw, db = self.gradients[self._state(epoch) - 1].tolist()
        return dw, db

    def params_after(self, epoch: int) -> tuple[float, float]:
        """w and b after the update of epoch ``epoch``; epoch 0 is the start."""
        if epoch == 0:
            return self.start
        w, b = self.params[self._state(epoch)].tolist()
        return w, b

    def _state(self, epoch: int) -> int:
        if not 1 <= epoch <= self.epochs_run:
            raise IndexError(f"{self.id} has epochs 1 to {self.epochs_run}, and no epoch {epoch}")
        return epoch

    # --- Beginning and end ---------------------------------------------------------------------------------

    @property
    def start(self) -> tuple[float, float]:
        w, b = self.params[0].tolist()
        return w, b

    @property
    def final_parameters(self) -> tuple[float, float]:
        w, b = self.params[-1].tolist()
        return w, b

    @property
    def initial_loss(self) -> float:
        return float(self.losses[0])

    @property
    def final_loss(self) -> float:
        return float(self.losses[-1])

    def in_original_units(self, params: tuple[float, float]) -> tuple[float, float]:
        """The same line for x as it was given: w·factor and b − w·factor·shift."""
        w, b = params
        weight = w * self.factor
        return weight, (b - weight * self.shift if self.shift else b)

    @property
    def is_transformed(self) -> bool:
        return (self.shift, self.factor) != (0.0, 1.0)

    # --- When numbers gave out -----------------------------------------------------------------------------

    @property
    def first_infinite_loss(self) -> int | None:
        """The first epoch whose loss is inf, or None."""
        return _first_epoch(np.isinf(self.losses), self.epochs_run)

    @property
    def first_nan_loss(self) -> int | None:
        """The first epoch whose loss is nan, or None."""
        return _first_epoch(np.isnan(self.losses), self.epochs_run)

    # --- Theory, and whether it was right ------------------------------------------------------------------

    @cached_property
    def bowl(self) -> theory.Bowl:
        return theory.bowl(self.x, self.y, self.scenario.training.loss)

    @property
    def regime(self) -> theory.Regime:
        return theory.regime(self.bowl, self.learning_rate)

    @cached_property
    def verdict(self) -> Verdict:
        """Measured: from the parameters that the run ended with."""
        start, end = self.bowl.excess(self.params[[0, -1]])
        return theory.verdict(float(start), float(end), self.regime)

    @cached_property
    def predicted_verdict(self) -> Verdict:
        """The same rule on the closed form."""
        end = self.bowl.after(self.params[0], self.learning_rate, self.epochs_run)
        start_excess, end_excess = self.bowl.excess(self.params[0]), self.bowl.excess(end)
        return theory.verdict(float(start_excess), float(end_excess), self.regime)

    # --- Stored and read back ------------------------------------------------------------------------------

    def save(self, file: IO[bytes]) -> None:
        np.savez(
            file,
            x=self.x, y=self.y, params=self.params, gradients=self.gradients, losses=self.losses,
            transform=np.array([self.shift, self.factor]), stopped_by=np.array(self.stopped_by),
        )  # fmt: skip

    @classmethod
    def read(cls, file: IO[bytes], scenario: Scenario) -> Record:
        with np.load(file, allow_pickle=False) as stored:
            shift, factor = stored["transform"].tolist()
            return cls(
                scenario=scenario,
                x=stored["x"], y=stored["y"], shift=shift, factor=factor,
                params=stored["params"], gradients=stored["gradients"], losses=stored["losses"],
                stopped_by=stored["stopped_by"].item(),
            )  # fmt: skip

    # --- Published -----------------------------------------------------------------------------------------

    def trajectory_csv(self) -> str:
        """A row an epoch: loss and gradient at w, b, before the update; then the update. Exact digits."""
        now = zip(
            self.params[:-1].tolist(), self.losses[:-1].tolist(), self.gradients[:-1].tolist(), strict=True
        )
        lines = ["epoch,w,b,loss,grad_w,grad_b,w_next,b_next"]
        for epoch, ((w, b), loss, (dw, db)) in enumerate(now, start=1):
            w_next, b_next = self.params[epoch].tolist()
            lines.append(f"{epoch},{w!r},{b!r},{loss!r},{dw!r},{db!r},{w_next!r},{b_next!r}")
        return "\n".join(lines) + "\n"

    def summary(self) -> dict[str, Any]:
        """The contents of run.json: plain JSON values, where "inf", "-inf" and "nan" are strings."""
        bowl = self.bowl
        slow, fast = theory.half_lives(bowl, self.learning_rate)
        return {
            "scenario": self.id,
            "learning_rate": self.learning_rate,
            "dtype": self.scenario.training.dtype,
            "loss": self.scenario.training.loss,
            "regime": self.regime,
            "verdict": self.verdict,
            "predicted_verdict": self.predicted_verdict,
            "least_squares": {
                "weight": float(bowl.least_squares[0]),
                "bias": float(bowl.least_squares[1]),
                "loss": bowl.floor,
            },
            "hessian_eigenvalues": bowl.eigenvalues.tolist(),
            "critical_learning_rate": bowl.critical_learning_rate,
            "best_learning_rate": bowl.best_learning_rate,
            "condition_number": json_number(bowl.condition_number),
            "half_lives": {"slow": json_number(slow), "fast": json_number(fast)},
            "initial_loss": json_number(self.initial_loss),
            "final_loss": json_number(self.final_loss),
            "final_parameters": {
                "weight": json_number(self.final_parameters[0]),
                "bias": json_number(self.final_parameters[1]),
            },
            "first_infinite_loss": self.first_infinite_loss,
            "first_nan_loss": self.first_nan_loss,
            "epochs_run": self.epochs_run,
            "stopped_by": self.stopped_by,
        }  # fmt: skip


def json_number(number: float) -> float | str:
    """Strict JSON has no inf and no nan: they become the strings "inf", "-inf" and "nan"."""
    return number if math.isfinite(number) else str(number)


def _first_epoch(states: NDArray[np.bool_], epochs_run: int) -> int | None:
    """State t is what epoch t + 1 starts from; the last state was never trained on."""
    found = np.flatnonzero(states[:epochs_run])
    return int(found[0]) + 1 if len(found) else None
