"""Where the lab opens a run: its points and settings after the `#` of an address.

`docs/assets/javascripts/lab-state.js` reads it, and writes the same for what a reader has set.
"""

from __future__ import annotations

import numpy as np

from generator.runs.analysis import Run
from generator.runs.record import Array
from generator.scenario.schema import Input, Scenario, Synthetic, Target

MOST_POINTS, MOST_EPOCHS = 200, 100_000  # that the lab takes


def fits_the_lab(scenario: Scenario) -> bool:
    """Whether the lab makes such a run."""
    training = scenario.training
    if scenario.withholds:  # the address has the points in it
        return False
    is_small = scenario.count <= MOST_POINTS and training.epochs <= MOST_EPOCHS
    return is_small and training.batch_size is None and training.decay is None and training.mistake is None


def lab_address(run: Run) -> str | None:
    """As in ``x=1,2,4&y=2,3,5.5&rate=0.1&epochs=200&w=0&b=0``; None where the lab does not make such a run.

    What the lab then computes is this run, to the bit. Points go in as they were given, and with what is done to x;
    where that would not make the same x, or where y is transformed, as they were trained on.
    """
    training = run.scenario.training
    if not (fits_the_lab(run.scenario) and run.epochs_run):
        return None
    x, asked = _x_as_given(run)
    settings: dict[str, str | float] = {
        "x": _list(x),
        "y": _list(_y_as_given(run)),
        "rate": training.learning_rate,
        "epochs": run.epochs_run,
        "w": _text(run.params[0, 0]),
        "b": _text(run.params[0, 1]),
    }
    if asked.standardize:
        settings["input"] = "standardize"
    elif asked.center or asked.scale is not None:
        settings["input"] = "-".join(["center"] * asked.center + ["scale"] * (asked.scale is not None))
    if asked.scale is not None:
        settings["scale"] = asked.scale
    if training.loss != "mean":
        settings["loss"] = training.loss
    if training.dtype != "float32":
        settings["dtype"] = training.dtype
    if training.momentum is not None:
        settings["momentum"] = training.momentum
    return "&".join(f"{name}={_short(value)}" for name, value in settings.items())


def _x_as_given(run: Run) -> tuple[Array, Input]:
    """x, and what makes of it what was trained on."""
    data, asked = run.scenario.data, run.scenario.input
    if not isinstance(data, Synthetic):
        return np.array(run.scenario.given_points[0], dtype=np.float64), asked
    if asked == Input():
        return run.x, asked
    # Whole numbers are found again. A scale alone is a product in float32 there, and in float64 in the lab.
    whole = np.round(run.x.astype(np.float64) / run.factor + run.shift) + 0.0  # no −0
    again = ((whole - run.shift) * run.factor).astype(run.x.dtype)
    return (whole, asked) if data.x == "whole" and np.array_equal(again, run.x) else (run.x, Input())


def _y_as_given(run: Run) -> Array:
    is_drawn = isinstance(run.scenario.data, Synthetic)
    if is_drawn or run.scenario.target != Target():
        return run.y
    return np.array(run.scenario.given_points[1], dtype=np.float64)


def _list(values: Array) -> str:
    return ",".join(map(_text, values))


def _text(value: np.floating) -> str:
    """As few digits as its dtype needs: read back and rounded to it, they are the same."""
    return _short(str(value))


def _short(value: str | float) -> str:
    return str(value).removesuffix(".0")
