"""What a run leaves behind: its data, every state it passed through, and what theory says of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

from generator import theory
from generator.scenario import Scenario, Verdict

TABLE_ROWS = 10  # where a scenario does not say which

StoppedBy = Literal["epochs", "gradient_norm", "loss_change"]
Array = NDArray[Any]


@dataclass(frozen=True)
class Breakdown:
    """The first epoch at which a number was infinite, and at which it was nan; None: never."""

    infinite: int | None
    nan: int | None


@dataclass(frozen=True)
class Road:
    """The dated road of a run whose numbers give out, in the epochs of the lesson's table."""

    loss: Breakdown
    gradient_w: Breakdown
    gradient_b: Breakdown
    w: Breakdown
    b: Breakdown
    # Of the first infinite loss, None where there is none: did its true value still fit in the dtype, so that
    # only the sum inside the mean did not? And did any one square, by itself, not fit?
    true_loss_fits: bool | None
    a_square_overflows: bool | None


@dataclass(frozen=True)
class Outcome:
    """What happened in a run, and how well theory had said so."""

    verdict: Verdict
    as_predicted: bool | None  # None where theory had nothing to say
    final_loss: float
    compared_epoch: int  # the last epoch that started from a finite loss (1 if there is none), …
    prediction_error: float | None  # … and the relative error of its predicted loss; None as above
    road: Road


@dataclass(frozen=True)
class Stop:
    """Where a stopping rule ends a run: at the first state that satisfies it."""

    rule: str
    threshold: float
    state: int  # = the epochs trained
    loss: float
    excess: float  # still to go, in float64


def _changes(values: Array) -> Array:
    """By how much each state differs from the one before; the first has none before it, so nan."""
    with np.errstate(invalid="ignore"):
        return np.concatenate([[np.nan], np.abs(np.diff(values.astype(np.float64)))])


# What each rule of `StoppingRules` compares with its threshold, a number a state. No nan is below anything.
STOPPING_RULES: Mapping[str, Callable[[Record], Array]] = {
    "gradient_norm": lambda record: np.hypot(*record.gradients.astype(np.float64).T),
    "loss_change": lambda record: _changes(record.losses),
}


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

    def average_square(self, t: int) -> float:
        """The mean of the squared residuals at state t, whatever the loss is, as the run computed it, in y²."""
        return float(self.losses[t]) / (self.bowl.sum_share * len(self.x))

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

    @cached_property
    def road(self) -> Road:
        """When each number gave out, in the epochs of the lesson's table."""

        def breakdown(column: Array) -> Breakdown:
            return Breakdown(
                _first_epoch(np.isinf(column), self.epochs_run), _first_epoch(np.isnan(column), self.epochs_run)
            )

        squares = self._first_infinite_squares()
        # Epoch e starts from the loss and the gradient of state e − 1, and arrives at the parameters of state e.
        return Road(
            loss=breakdown(self.losses),
            gradient_w=breakdown(self.gradients[:, 0]),
            gradient_b=breakdown(self.gradients[:, 1]),
            w=breakdown(self.params[1:, 0]),
            b=breakdown(self.params[1:, 1]),
            true_loss_fits=None if squares is None else bool(squares.sum() * self.bowl.sum_share <= 1),
            a_square_overflows=None if squares is None else bool(squares.max() > 1),
        )

    def _first_infinite_squares(self) -> Array | None:
        """The squared residuals of the first infinite loss, in units of the dtype's largest number: (n,)."""
        epoch = self.first_infinite_loss
        if epoch is None:
            return None
        # Divided before they are squared, so that float64 can judge float64 too.
        root = math.sqrt(np.finfo(self.losses.dtype).max)
        w, b = self.params[epoch - 1].astype(np.float64) / root
        squares: Array = (w * self.x.astype(np.float64) + b - self.y / root) ** 2
        return squares

    # --- Theory, and whether it was right ------------------------------------------------------------------

    @cached_property
    def bowl(self) -> theory.Bowl:
        return theory.bowl(self.x, self.y, self.scenario.training.loss)

    @cached_property
    def excess(self) -> theory.Vector:
        """How far above the floor each state is, in float64: (epochs + 1,)."""
        return self.bowl.excess(self.params)

    @cached_property
    def prediction(self) -> theory.Prediction | None:
        """What theory said beforehand; None for momentum, minibatches and decay, which have no closed form here."""
        training = self.scenario.training
        if not training.is_plain:
            return None
        # A run that a rule stopped is judged, and so predicted, over the epochs that it had.
        return theory.predict(self.bowl, self.params[0], self.learning_rate, self.epochs_run, training.dtype)

    @property
    def regime(self) -> theory.Regime | None:
        return theory.regime(self.bowl, self.learning_rate) if self.scenario.training.is_plain else None

    @property
    def predicted_verdict(self) -> Verdict | None:
        return self.prediction.verdict if self.prediction else None

    @cached_property
    def verdict(self) -> Verdict:
        """Measured: by the same rule, from the parameters that the run ended with."""
        rounding = self.bowl.rounding(self.scenario.training.dtype)
        return theory.verdict(float(self.excess[0]), float(self.excess[-1]), self.regime, rounding)

    @cached_property
    def outcome(self) -> Outcome:
        """What happened, beside what was predicted.

        The prediction's error is that of the loss, relative to the larger of both. Losses that differ by no more
        than rounding are equal: of a line that fits perfectly there is nothing else left.
        """
        finite = np.flatnonzero(np.isfinite(self.losses[: self.epochs_run]))
        epoch = int(finite[-1]) + 1 if len(finite) else 1
        error = None
        if self.prediction:
            measured = self.loss_at(epoch)
            predicted = float(self.bowl.loss_after(self.params[0], self.learning_rate, epoch - 1))
            difference = abs(measured - predicted)
            rounding = self.bowl.rounding(self.scenario.training.dtype)
            error = difference / max(measured, predicted) if difference > rounding else 0.0
        return Outcome(
            verdict=self.verdict,
            as_predicted=self.verdict == self.prediction.verdict if self.prediction else None,
            final_loss=self.final_loss,
            compared_epoch=epoch,
            prediction_error=error,
            road=self.road,
        )

    def stop(self, rule: str, threshold: float) -> Stop | None:
        """Where one of `STOPPING_RULES` would have ended this run; None if it would not.

        The states that a run passes through do not depend on what ends it, so nothing is trained again.
        """
        met = np.flatnonzero(STOPPING_RULES[rule](self) < threshold)
        return self._stop(rule, threshold, int(met[0])) if len(met) else None

    def stops(self, **thresholds: float) -> list[Stop]:
        """Where each rule would have ended this run, the first first; the run's own end is last."""
        found = [stop for rule, threshold in thresholds.items() if (stop := self.stop(rule, threshold))]
        end = self._stop("epochs", self.scenario.training.epochs, self.epochs_run)
        return [*sorted(found, key=lambda stop: stop.state), end]

    def _stop(self, rule: str, threshold: float, state: int) -> Stop:
        return Stop(rule, threshold, state, float(self.losses[state]), float(self.excess[state]))

    def reached(self, share: float) -> int | None:
        """The first state, = epochs trained, whose excess is at most this share of the first one; None: none."""
        found = np.flatnonzero(self.excess <= share * self.excess[0])
        return int(found[0]) if len(found) else None

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
        now = zip(self.params[:-1].tolist(), self.losses[:-1].tolist(), self.gradients[:-1].tolist(), strict=True)
        lines = ["epoch,w,b,loss,grad_w,grad_b,w_next,b_next"]
        for epoch, ((w, b), loss, (dw, db)) in enumerate(now, start=1):
            w_next, b_next = self.params[epoch].tolist()
            lines.append(f"{epoch},{w!r},{b!r},{loss!r},{dw!r},{db!r},{w_next!r},{b_next!r}")
        return "\n".join(lines) + "\n"

    def summary(self) -> dict[str, Any]:
        """The contents of run.json: plain JSON values, where "inf", "-inf" and "nan" are strings."""
        bowl, prediction = self.bowl, self.prediction
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
            "half_lives": prediction
            and {
                "slow": json_number(prediction.slow_half_life),
                "fast": json_number(prediction.fast_half_life),
            },
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
