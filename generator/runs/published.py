"""What is published of a run for programs to read: every epoch as CSV, and what theory and the run came to as JSON."""

from __future__ import annotations

import csv
import io
import math
import re
from typing import Any

import numpy as np

from generator.runs import thinning
from generator.runs.analysis import Run
from generator.scenario.schema import Csv, Scenario

COMPUTED = re.compile(r"\s*[=+\-@]")  # a cell that begins so is a formula to a spreadsheet
PLAIN_NAME = re.compile(r"\w[\w.-]*")
COLUMNS = ("epoch", "w", "b", "loss", "grad_w", "grad_b", "w_next", "b_next")
LEFT_OUT = "epochs_left_out"  # the last column of a file that has not every epoch, and of no other


def trajectory_csv(run: Run) -> str:
    """A row an epoch: loss and gradient at w, b, before the update; then the update. Exact digits.

    Of a very long run some epochs alone. The file says so itself, in a way that no program stumbles over: one more
    column has for each row the number of epochs that are left out between the row above and this one.
    """
    thinned = thinning.of(run)
    epochs = np.arange(1, run.epochs_run + 1) if thinned is None else thinned.epochs
    states = [run.params[epochs - 1], run.losses[epochs - 1, None], run.gradients[epochs - 1], run.params[epochs]]
    numbers = np.concatenate(states, axis=1).tolist()
    lines = [[str(epoch), *map(repr, row)] for epoch, row in zip(epochs.tolist(), numbers, strict=True)]
    header = [*COLUMNS]
    if thinned is not None:
        header.append(LEFT_OUT)
        for line, left_out in zip(lines, (np.diff(epochs, prepend=0) - 1).tolist(), strict=True):
            line.append(str(left_out))
    return "\n".join(map(",".join, [header, *lines])) + "\n"


def points_csv(scenario: Scenario) -> str | None:
    """The two columns of a CSV that were read, and nothing else of it; None where there is none, or they are withheld.

    Written as the file was, so that a scenario that names its columns reads it: with those names, its separators, and
    as many lines above. Names that a spreadsheet would compute are x and y. Every digit of a float64.
    """
    data = scenario.data
    if not isinstance(data, Csv) or not data.publish:
        return None
    text = io.StringIO("\n" * data.skip)
    text.seek(0, io.SEEK_END)
    if isinstance(data.x, str) and isinstance(data.y, str):
        names = [axis if COMPUTED.match(name) else name for axis, name in (("x", data.x), ("y", data.y))]
        # A line that begins with # would be a comment.
        quoted = [name if PLAIN_NAME.fullmatch(name) else f'"{name.replace(chr(34), chr(34) * 2)}"' for name in names]
        text.write(data.delimiter.join(quoted) + "\n")
    rows = csv.writer(text, delimiter=data.delimiter, lineterminator="\n")
    for pair in zip(*scenario.given_points, strict=True):
        rows.writerow([repr(number).replace(".", data.decimal) for number in pair])
    return text.getvalue()


def summary(run: Run, language: str = "en") -> dict[str, Any]:
    """The contents of run.json: plain JSON values, where "inf", "-inf" and "nan" are strings.

    ``language`` is that of the names of x and y.
    """
    bowl, prediction = run.bowl, run.prediction
    return {
        "scenario": run.id,
        "learning_rate": run.learning_rate,
        "dtype": run.scenario.training.dtype,
        "loss": run.scenario.training.loss,
        "regime": run.regime,
        "verdict": run.verdict,
        "predicted_verdict": run.predicted_verdict,
        # Of the whole excess that it began with, in each direction.
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
        **_mistaken(run),
        **_as_drawn(run),
        **_as_given(run),
        **_named(run, language),
        **_thinned(run),
    }  # fmt: skip


def _mistaken(run: Run) -> dict[str, Any]:
    """Of a run with a mistake in it, which, and what theory can say of that."""
    end = run.mistaken_end
    if end is None:
        return {}
    foretold = {
        "growth_factor": end.growth_factor,
        "first_infinite_loss": end.overflow_epoch,
        "swings": end.swings and dict(zip(("slow", "fast"), map(json_number, end.swings), strict=True)),
        "settles_at": end.settles_at and dict(zip(("weight", "bias"), end.settles_at, strict=True)),
        "loss_there": end.loss_there,
    }
    return {
        "mistake": end.mistake,
        "foretold_of_the_mistake": {name: each for name, each in foretold.items() if each is not None},
    }


def _as_drawn(run: Run) -> dict[str, Any]:
    """Of a run whose start is drawn, what was drawn."""
    if run.scenario.training.start.seed is None:
        return {}
    return {"start": dict(zip(("weight", "bias"), run.start, strict=True))}


def _named(run: Run, language: str) -> dict[str, Any]:
    """Of points of which something is said, that, and the line in their units."""
    names = run.scenario.names_in(language)
    said: dict[str, Any] = {
        axis: {key: str(word) for key, word in (("label", name.label), ("unit", name.unit)) if word}
        for axis, name in (("x", names.x), ("y", names.y))
    }
    said |= {key: str(word) for key, word in (("description", names.description), ("origin", names.origin)) if word}
    if not any(said.values()):
        return {}
    weight, bias = run.in_original_units(run.final_parameters)
    return {"data": said, "original_units": {"weight": json_number(weight), "bias": json_number(bias)}}


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


def _thinned(run: Run) -> dict[str, Any]:
    """Of a run that is not published whole, which epochs are."""
    thinned = thinning.of(run)
    if thinned is None:
        return {}
    every_epoch = {"every_epoch_until": thinned.first, "then_every": thinned.every}
    return {"trajectory": {"rows": thinned.rows, **every_epoch}}


def json_number(number: float) -> float | str:
    """Strict JSON has no inf and no nan: they become the strings "inf", "-inf" and "nan"."""
    return number if math.isfinite(number) else str(number)
