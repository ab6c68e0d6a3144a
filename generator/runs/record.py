"""What a run leaves behind: its data and every state it passed through. Numbers alone: what they mean is analysis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from generator.scenario.schema import Scenario

TABLE_ROWS = 10  # where a scenario does not say which

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

    scenario: Scenario  #         what its file asks for
    x: Array  # (n,)              as trained on: transformed, in the run's dtype
    y: Array  # (n,)              the same of y
    shift: float  #               x as trained = (x as given − shift) · factor
    factor: float  #              see shift
    params: Array  # (epochs + 1, 2)      w, b
    gradients: Array  # (epochs + 1, 2)   ∂L/∂w, ∂L/∂b
    losses: Array  # (epochs + 1,)        at these w, b
    stopped_by: StoppedBy  #      the rule that ended it, or "epochs"
    target_shift: float = 0.0  #  y as trained = (y as given − target_shift) · target_factor
    target_factor: float = 1.0  # see target_shift

    @property
    def id(self) -> str:
        """The name of its scenario file, without the ending."""
        return self.scenario.id

    @property
    def learning_rate(self) -> float:
        """As the scenario has it: with a decay, that of the first epoch."""
        return self.scenario.training.learning_rate

    @property
    def epochs_run(self) -> int:
        """How many epochs it had: fewer than the scenario allows where a rule has stopped it."""
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

    @property
    def table_epochs(self) -> list[int]:
        """Those that the scenario wants in its table, as far as the run went; else 1, 2, 5, 10 … and the last."""
        last = self.epochs_run
        if self.scenario.figure.table_epochs is not None:
            return [epoch for epoch in self.scenario.figure.table_epochs if epoch <= last]
        round_numbers = [m * 10**k for k in range(len(str(last))) for m in (1, 2, 5) if m * 10**k < last]
        return [*round_numbers[1 - TABLE_ROWS :], last] if last else []

    def _state(self, epoch: int) -> int:
        if not 1 <= epoch <= self.epochs_run:
            raise IndexError(f"{self.id} has epochs 1 to {self.epochs_run}, and no epoch {epoch}")
        return epoch

    # --- Beginning and end ---------------------------------------------------------------------------------

    @property
    def start(self) -> tuple[float, float]:
        """w and b before the first epoch."""
        w, b = self.params[0].tolist()
        return w, b

    @property
    def final_parameters(self) -> tuple[float, float]:
        """w and b after the last epoch."""
        w, b = self.params[-1].tolist()
        return w, b

    @property
    def initial_loss(self) -> float:
        """The loss at the start."""
        return float(self.losses[0])

    @property
    def final_loss(self) -> float:
        """The loss after the last epoch."""
        return float(self.losses[-1])

    def in_original_units(self, params: tuple[float, float]) -> tuple[float, float]:
        """The same line for x and y as they were given.

        For x alone it is w·factor and b − w·factor·shift; then all of it is taken back as y is: divided by the target's
        factor, and lifted by its shift.
        """
        w, b = params
        weight, bias = w * self.factor / self.target_factor, b / self.target_factor
        bias = bias - weight * self.shift if self.shift else bias
        return weight, (bias + self.target_shift if self.target_shift else bias)

    @property
    def is_transformed(self) -> bool:
        """Whether it was trained on another x or y than was given."""
        return self.is_input_transformed or self.is_target_transformed

    @property
    def is_input_transformed(self) -> bool:
        """Whether it was trained on another x than was given: centred, scaled or standardised."""
        return (self.shift, self.factor) != (0.0, 1.0)

    @property
    def is_target_transformed(self) -> bool:
        """Whether it was trained on another y than was given: centred, scaled or standardised."""
        return (self.target_shift, self.target_factor) != (0.0, 1.0)

    # --- Stored and read back ------------------------------------------------------------------------------

    def save(self, file: IO[bytes]) -> None:
        np.savez(
            file,
            x=self.x, y=self.y, params=self.params, gradients=self.gradients, losses=self.losses,
            transform=np.array([self.shift, self.factor, self.target_shift, self.target_factor]),
            stopped_by=np.array(self.stopped_by),
        )  # fmt: skip

    @classmethod
    def read(cls, file: IO[bytes], scenario: Scenario) -> Self:
        with np.load(file, allow_pickle=False) as stored:
            shift, factor, target_shift, target_factor = stored["transform"].tolist()
            return cls(
                scenario=scenario,
                x=stored["x"], y=stored["y"], shift=shift, factor=factor,
                params=stored["params"], gradients=stored["gradients"], losses=stored["losses"],
                stopped_by=stored["stopped_by"].item(),
                target_shift=target_shift, target_factor=target_factor,
            )  # fmt: skip
