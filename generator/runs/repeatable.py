"""What somebody else needs to compute a run again, and what tells whether it came out the same, to the last bit.

The reader's browser does: `docs/assets/javascripts/descent.js` has the same arithmetic, and makes the same digest.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.runs.analysis import Run
from generator.runs.published import json_number

MOST_POINTS = 2000  # of more, a page would carry more numbers than words
MOST_UNASKED = 20_000_000  # points times epochs: more is computed when a reader asks, and nothing steps through it
FACTOR = 16777619  # odd, so that a digest tells any two runs apart that differ in one word

# The kernels of PyTorch whose order of adding the browser repeats, and how many sums they keep side by side.
KERNELS = ("AVX2", "AVX512")
LANES = {"float32": 8, "float64": 4}


def is_repeatable(run: Run) -> bool:
    """Whether a page hands the run to a browser: its points may be published, and are not too many."""
    return len(run.x) <= MOST_POINTS and not run.scenario.withholds


def is_stepped_through(run: Run) -> bool:
    """Whether a page computes it unasked, to show every epoch of it."""
    return is_repeatable(run) and len(run.x) * run.epochs_run <= MOST_UNASKED


def repeatable(run: Run) -> dict[str, Any]:
    """The run's settings and points, under the names that `descent.js` has for them, and its digests; plain JSON.

    Numbers have all their digits and no more. A checkpoint is an epoch, the digest of all states up to that one, and
    its w, b and loss.
    """
    scenario = run.scenario
    training, stop = scenario.training, scenario.stop
    settings = {
        "x": _numbers(run.x),
        "y": _numbers(run.y),
        "start": _numbers(run.params[0]),
        "learning_rate": training.learning_rate,
        "epochs": training.epochs,
        "dtype": training.dtype,
        "loss": training.loss,
        "momentum": training.momentum,
        "decay": training.decay,
        "batch_size": training.batch_size,
        "batch_order": training.batch_order,
        "mistake": training.mistake,  # which the browser refuses, by its name
        # PyTorch's generator takes the lower half of a seed.
        "seed": scenario.batch_seed % 2**32 if training.batch_size else None,
        "gradient_norm": stop.gradient_norm,
        "loss_change": stop.loss_change,
        "lanes": LANES[training.dtype],
    }
    checkpoints = [
        [epoch, digest, *_numbers(run.params[epoch]), *_numbers(run.losses[epoch : epoch + 1])]
        for epoch, digest in digests(run)
    ]
    return {
        "run": {name: value for name, value in settings.items() if value is not None},
        "epochs_run": run.epochs_run,
        "stopped_by": run.stopped_by,
        "checkpoints": checkpoints,
    }


def digests(run: Run) -> list[tuple[int, int]]:
    """(epoch, digest of the states 0 … epoch) at 1, 2, 5, 10, 20 … and the last.

    The states' words, 32 bits each, are the digits of a number to the base `FACTOR`, modulo 2³²: state by state w, b,
    the gradient in both, the loss; of a float64 the lower word first. Every nan is the same.
    """
    words = _words(run)
    round_numbers = [
        m * 10**k for k in range(len(str(run.epochs_run))) for m in (1, 2, 5) if m * 10**k < run.epochs_run
    ]
    digest, result = 0, []
    for before, epoch in itertools.pairwise([-1, *round_numbers, run.epochs_run]):
        part = words[before + 1 : epoch + 1].ravel()
        powers = np.full(len(part), FACTOR, dtype=np.uint32)
        powers[0] = 1
        powers = np.multiply.accumulate(powers, dtype=np.uint32)
        digest = (digest * int(powers[-1]) * FACTOR + int(np.sum(part[::-1] * powers, dtype=np.uint32))) % 2**32
        result.append((epoch, digest))
    return result


def _words(run: Run) -> NDArray[np.uint32]:
    """The bits of every state: (epochs + 1, 5) or, of float64, (epochs + 1, 10)."""
    states = np.concatenate([run.params, run.gradients, run.losses[:, None]], axis=1)
    states = np.where(np.isnan(states), np.nan, states).astype(states.dtype.newbyteorder("<"))
    return np.ascontiguousarray(states).view("<u4").astype(np.uint32)


def _numbers(values: NDArray[Any]) -> list[float | str]:
    """As short as they can be in their dtype: read back and rounded to it, they are the same."""
    return [json_number(float(str(value))) for value in values]
