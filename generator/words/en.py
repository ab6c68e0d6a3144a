"""English."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from generator.record import Record
from generator.words import significant, whole

VERDICTS = {"converges": "converges", "crawls": "crawls", "bounces": "bounces", "diverges": "diverges"}
VERDICT_SHAPES = {"converges": "●", "crawls": "◐", "bounces": "◆", "diverges": "▲"}

REGIMES = {
    "glides": "glides: every step goes the same way, and each is shorter than the last",
    "alternates": "alternates: each step crosses the valley's floor and lands nearer to it",
    "bounces": "bounces: each step crosses the valley and lands exactly as far away",
    "explodes": "explodes: each step crosses the valley and lands farther away",
}

STOPPED_BY = {
    "epochs": "the epoch limit",
    "gradient_norm": "a short gradient",
    "loss_change": "a loss that no longer changed",
}

LABELS = {
    "epoch": "epoch",
    "loss": "loss",
    "params": "w, b after the update",
    "gradient": "gradient (∂L/∂w, ∂L/∂b)",
    "answer": "Answer",
}


def fit_alt(records: Sequence[Record]) -> str:
    """What the line does and how it ends."""
    record = records[0]
    w, b = record.final_parameters
    if not (math.isfinite(w) and math.isfinite(b)):
        left = next(e for e in range(1, record.epochs_run + 1) if not math.isfinite(record.params_after(e)[0]))
        ending = f"after epoch {left} it has no position any more"
        if record.first_infinite_loss:
            ending = f"the loss is inf from epoch {record.first_infinite_loss} on; {ending}"
        return f"{len(record.x)} points. The line swings up until it stands upright; {ending}."
    line = f"w = {significant(w)}, b = {significant(b)}"
    ending = {
        "converges": f"it settles on the points at {line}",
        "crawls": f"it is still on its way at {line}",
        "bounces": f"it still swings to and fro, last at {line}",
        "diverges": f"it swings ever wider, last at {line}",
    }[record.verdict]
    return (
        f"{len(record.x)} points. The line starts at w = {significant(record.start[0])}, "
        f"b = {significant(record.start[1])}; after {whole(record.epochs_run)} epochs {ending}, "
        f"and the loss is {significant(record.final_loss)}."
    )


SCALES = {
    "both": "on a linear and on a logarithmic axis",
    "linear": "on a linear axis",
    "log": "on a logarithmic axis",
}


def loss_curve_alt(records: Sequence[Record], scale: str = "both") -> str:
    """How the loss goes, and where it ends."""
    record = records[0]
    losses = [float(loss) for loss in record.losses]
    finite = [loss for loss in losses if math.isfinite(loss)]
    events = [(math.isinf, "inf"), (math.isnan, "nan")]
    dates = [(next((t for t, loss in enumerate(losses) if is_it(loss)), None), name) for is_it, name in events]
    ends = [f"{name} after {whole(t)} epochs" for t, name in dates if t is not None]

    first, last, lowest = significant(losses[0]), significant(losses[-1]), min(finite, default=math.nan)
    if ends:
        course = (
            f"starts at {first}, climbs past {significant(max(finite))}, "
            if finite
            else "starts too large for a number, "
        )
        course += f"and is {' and '.join(ends)}"
    elif losses[-1] > losses[0] > lowest:
        course = (
            f"falls from {first} to {significant(lowest)} by epoch {whole(losses.index(lowest))}, then climbs to {last}"
        )
    else:
        verb = {-1: "falls", 0: "stays", 1: "climbs"}[(losses[-1] > losses[0]) - (losses[-1] < losses[0])]
        course = f"{verb} from {first} to {last} in {whole(record.epochs_run)} epochs"
    slope = ""
    if record.prediction and record.regime == "explodes" and scale != "linear":
        slope = (
            f" A dashed line is the predicted growth, {significant(record.prediction.growth_factor)} times an epoch: "
            "straight on the logarithmic axis."
        )
    floor = f"The floor, that of least squares, is {significant(record.bowl.floor)}."
    return f"Loss against epochs, {SCALES[scale]}. The loss {course}. {floor}{slope}"


def filmstrip_alt(records: Sequence[Record], of: str = "fit", **options: object) -> str:
    """The animation's own words: the strip shows the same, standing still."""
    return f"Six moments of the animation, side by side. {ALTS[of](records, **options)}"


ALTS: dict[str, Callable[..., str]] = {
    "filmstrip": filmstrip_alt,
    "fit": fit_alt,
    "loss_curve": loss_curve_alt,
}
