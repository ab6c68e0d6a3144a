"""What is published of a run for programs to read: every epoch as CSV, and what theory and the run came to as JSON."""

from __future__ import annotations

import math
from typing import Any

from generator.runs.analysis import Run
from generator.runs.record import Record


def trajectory_csv(record: Record) -> str:
    """A row an epoch: loss and gradient at w, b, before the update; then the update. Exact digits."""
    now = zip(record.params[:-1].tolist(), record.losses[:-1].tolist(), record.gradients[:-1].tolist(), strict=True)
    lines = ["epoch,w,b,loss,grad_w,grad_b,w_next,b_next"]
    for epoch, ((w, b), loss, (dw, db)) in enumerate(now, start=1):
        w_next, b_next = record.params[epoch].tolist()
        lines.append(f"{epoch},{w!r},{b!r},{loss!r},{dw!r},{db!r},{w_next!r},{b_next!r}")
    return "\n".join(lines) + "\n"


def summary(run: Run) -> dict[str, Any]:
    """The contents of run.json: plain JSON values, where "inf", "-inf" and "nan" are strings."""
    bowl, prediction = run.bowl, run.prediction
    return {
        "scenario": run.id,
        "learning_rate": run.learning_rate,
        "dtype": run.scenario.training.dtype,
        "loss": run.scenario.training.loss,
        "regime": run.regime,
        "verdict": run.verdict,
        "predicted_verdict": run.predicted_verdict,
        "left": dict(zip(("slow", "fast"), map(json_number, run.left.tolist()), strict=True)),
        "least_squares": {
            "weight": float(bowl.least_squares[0]),
            "bias": float(bowl.least_squares[1]),
            "loss": bowl.floor,
        },
        "hessian_eigenvalues": bowl.eigenvalues.tolist(),
        "critical_learning_rate": prediction.critical_learning_rate if prediction else bowl.critical_learning_rate,
        "best_learning_rate": prediction.best_learning_rate if prediction else bowl.best_learning_rate,
        "condition_number": json_number(bowl.condition_number),
        "half_lives": None
        if prediction is None or prediction.slow_half_life is None or prediction.fast_half_life is None
        else {
            "slow": json_number(prediction.slow_half_life),
            "fast": json_number(prediction.fast_half_life),
        },
        "initial_loss": json_number(run.initial_loss),
        "final_loss": json_number(run.final_loss),
        "final_parameters": {
            "weight": json_number(run.final_parameters[0]),
            "bias": json_number(run.final_parameters[1]),
        },
        "first_infinite_loss": run.first_infinite_loss,
        "first_nan_loss": run.first_nan_loss,
        "epochs_run": run.epochs_run,
        "stopped_by": run.stopped_by,
        **_as_drawn(run),
        **_as_given(run),
    }  # fmt: skip


def _as_drawn(run: Run) -> dict[str, Any]:
    """Of a run whose start is drawn, what was drawn."""
    if run.scenario.training.start.seed is None:
        return {}
    return {"start": dict(zip(("weight", "bias"), run.start, strict=True))}


def _as_given(run: Run) -> dict[str, Any]:
    """Of a run whose y was transformed, the way back: what was done, and the line for x and y as they were given."""
    if not run.is_target_transformed:
        return {}
    weight, bias = run.in_original_units(run.final_parameters)
    return {
        "input": {"shift": run.shift, "factor": run.factor},
        "target": {"shift": run.target_shift, "factor": run.target_factor},
        "original_units": {"weight": json_number(weight), "bias": json_number(bias)},
    }


def json_number(number: float) -> float | str:
    """Strict JSON has no inf and no nan: they become the strings "inf", "-inf" and "nan"."""
    return number if math.isfinite(number) else str(number)
