"""English."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from generator.figures.catalogue import COBWEB_PRODUCTS
from generator.numerals import significant, whole
from generator.runs.analysis import Run
from generator.runs.rate_sweep import RateSweep

VERDICTS = {"converges": "converges", "crawls": "crawls", "bounces": "bounces", "diverges": "diverges"}

REGIMES = {
    "glides": "glides: it never crosses the valley's floor, and each step is shorter than the last",
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


def fit_alt(records: Sequence[Run]) -> str:
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


def loss_curve_alt(records: Sequence[Run], scale: str = "both") -> str:
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


def filmstrip_alt(records: Sequence[Run], of: str = "fit", **options: object) -> str:
    """The animation's own words: the strip shows the same, standing still."""
    return f"Six moments of the animation, side by side. {ALTS[of](records, **options)}"


def landscape_alt(records: Sequence[Run], equal: bool = False) -> str:
    """Which way the path goes, and where it ends."""
    record = records[0]
    slow, fast = map(significant, record.bowl.eigenvalues.tolist())
    w, b = record.bowl.least_squares.tolist()
    scale = ", in equal units" if equal else ""
    bowl = (
        f"Contours of the loss over w and b{scale}: a bowl with its bottom at w = {significant(w)}, "
        f"b = {significant(b)}, with curvature {fast} in its fast direction and {slow} in its slow one."
    )
    start = f"The path starts at w = {significant(record.start[0])}, b = {significant(record.start[1])}"
    if record.regime:
        start += f" and {_GAITS[record.regime]}"
    end_w, end_b = record.final_parameters
    if not (math.isfinite(end_w) and math.isfinite(end_b)):
        return f"{bowl} {start}; it leaves the picture, and w and b end as {end_w} and {end_b}."
    ending = {
        "converges": "it has arrived",
        "crawls": "it is still on its way",
        "bounces": "it still crosses the valley, no nearer",
        "diverges": "it is farther up than it began",
    }[record.verdict]
    after = f"after {whole(record.epochs_run)} epochs {ending}, at w = {significant(end_w)}, b = {significant(end_b)}"
    return f"{bowl} {start}; {after}."


_GAITS = {
    "glides": "bends into the valley without crossing it",
    "alternates": "zigzags across the valley, each crossing shorter",
    "bounces": "crosses the valley to and fro, each crossing as long as the last",
    "explodes": "crosses the valley to and fro, each crossing longer",
}


def modes_alt(records: Sequence[Run]) -> str:
    """How fast each component of the error shrinks or grows."""
    record = records[0]
    directions = zip(("slow", "fast"), record.bowl.eigenvalues.tolist(), strict=True)
    names = [f"the {name} one (λ = {significant(eigenvalue)})" for name, eigenvalue in directions]
    opening = f"The two components of the error over {whole(record.epochs_run)} epochs"
    if record.prediction is None:
        return f"{opening}: {' and '.join(names)}, as measured."
    ways = [
        (record.prediction.slow_half_life, 1 - record.learning_rate * record.prediction.slow_eigenvalue),
        (record.prediction.fast_half_life, 1 - record.learning_rate * record.prediction.fast_eigenvalue),
    ]
    courses = [f"{name} {_course(half, abs(factor))}" for name, (half, factor) in zip(names, ways, strict=True)]
    return f"{opening}, as measured and, dashed, as predicted: {', '.join(courses)}.{_taken_over(record)}"


def _taken_over(record: Run) -> str:
    """Where one component explodes: when its rounding errors drown the other, so that measured leaves predicted."""
    if record.regime != "explodes":
        return ""
    measured = abs(record.bowl.modes(record.params)[:, 0]).tolist()
    predicted = abs(
        record.bowl.modes_after(record.params[0], record.learning_rate, range(len(measured)))[:, 0]
    ).tolist()
    drowned = next((t for t, (is_, said) in enumerate(zip(measured, predicted, strict=True)) if is_ > 2 * said), None)
    if drowned is None:
        return ""
    return f" After {whole(drowned)} epochs the slow one as measured is only the rounding error of the fast one."


def _course(half_life: float, factor: float) -> str:
    if half_life < 1:
        return "falls below half in its first epoch"
    if math.isfinite(half_life):
        return f"halves every {significant(half_life)} epochs"
    return f"grows {significant(factor)} times an epoch" if factor > 1 + 1e-9 else "never shrinks"


def cobweb_alt(records: Sequence[Run], products: Sequence[float] = COBWEB_PRODUCTS) -> str:
    """What the ball does on each parabola."""
    ways = [f"for ηλ = {product:g} {_bouncing(1 - product)}" for product in products]
    return (
        "A ball steps down the parabola L = ½λe², and below it a cobweb between e′ = e and the dashed e′ = (1 − ηλ)e "
        f"shows the same steps: {'; '.join(ways)}."
    )


def _bouncing(factor: float) -> str:
    if abs(factor) < 1e-12:
        return "one step lands on the bottom"
    if math.isclose(factor, -1):
        return "it bounces for ever between the same two places"
    if factor < -1:
        return "it bounces from side to side, higher each time"
    side = "bounces from side to side, lower each time" if factor < 0 else "glides down on one side"
    return f"it {side}, and each step leaves {significant(abs(factor), 2)} of the error"


def squares_alt(records: Sequence[Run]) -> str:
    """How the squares shrink or grow, and the average they end with."""
    record = records[0]
    first, last = (significant(record.average_square(t)) for t in (0, record.epochs_run))
    course = {
        "converges": "they shrink until the line settles on the points",
        "crawls": "they shrink, and the line is still on its way",
        "bounces": "they grow and shrink as the line swings to and fro",
        "diverges": "they outgrow the picture as the line swings ever wider",
    }[record.verdict]
    return (
        f"{len(record.x)} points and a line, and on each residual a square; beside them one square as large as all are "
        f"on average. As the line moves {course}. The average area goes from {first} to {last} in "
        f"{whole(record.epochs_run)} epochs."
    )


def squares_still_alt(records: Sequence[Run], state: int | None = None) -> str:
    """The lines, and the average area of the squares on their residuals."""
    lines = []
    for record in records:
        t = record.epochs_run if state is None else state
        w, b = record.in_original_units(record.params_after(t))
        lines.append(
            f"{len(record.x)} points and the line with slope {significant(w)} and height {significant(b)}; the squares "
            f"on the residuals have an average area of {significant(record.average_square(t))}."
        )
    return " Beside it: ".join(lines)


def sweep_alt(records: Sequence[RateSweep]) -> str:
    """How many epochs the rates need, which one needs fewest, and where it ends."""
    record = records[0]
    rates = record.learning_rates.tolist()
    share = significant(record.tolerance, 1)
    opening = (
        f"{whole(len(rates))} learning rates from {significant(min(rates))} to {significant(max(rates))}, "
        f"each for {whole(record.epochs)} epochs. Above, the epochs until {share} of the first excess loss is left: "
    )
    fastest = record.fastest_learning_rate
    if fastest is None:
        course = "no rate gets there."
    else:
        epochs = record.epochs_to_tolerance[rates.index(fastest)]
        course = f"fewest, {whole(epochs)}, at {significant(fastest)}."
    limit = record.bowl.critical_learning_rate
    lost = f", and past the limit 2/λ₊ = {significant(limit)} it explodes" if max(rates) > limit else ""
    return (
        f"{opening}{course} Below, the last loss: the floor of least squares is {significant(record.bowl.floor)}"
        f"{lost}. Dashed lines mark 1/λ₊, 2/(λ₋ + λ₊) = {significant(record.bowl.best_learning_rate)} and 2/λ₊."
    )


def race_alt(records: Sequence[Run], equal: bool | None = None) -> str:
    """Who ends where."""
    endings = []
    for record in records:
        ending = {
            "converges": f"arrives, with the loss at {significant(record.final_loss)}",
            "crawls": f"is still on its way, with the loss at {significant(record.final_loss)}",
            "bounces": f"bounces to and fro, with the loss at {significant(record.final_loss)}",
            "diverges": "leaves the picture",
        }[record.verdict]
        endings.append(
            f"at the learning rate {significant(record.learning_rate)}, with the eigenvalues "
            f"{' and '.join(map(significant, record.bowl.eigenvalues.tolist()))}, the path {ending} "
            f"after {whole(record.epochs_run)} epochs"
        )
    return f"{len(records)} landscapes side by side, a path growing on each, in step: {'; '.join(endings)}."


def parabola_alt(records: Sequence[Run], axis: str = "w") -> str:
    """Where on the parabola the run starts, which way it goes, and how the first steps compare."""
    record = records[0]
    index = {"w": 0, "b": 1}[axis]
    place, slope = float(record.params[0, index]), float(record.gradients[0, index])
    fall = "falls" if slope < 0 else "rises"
    text = (
        f"The loss along {axis}, a parabola. The run starts at {axis} = {significant(place)}, where the tangent {fall} "
        f"with slope {significant(slope)}"
    )
    if record.epochs_run == 0 or slope == 0:
        return f"{text}."
    after, next_slope = float(record.params[1, index]), float(record.gradients[1, index])
    text += f"; the step along the axis leads to {axis} = {significant(after)}"
    if next_slope * slope < 0:
        size = "steeper" if abs(next_slope) > abs(slope) else "less steep"
        return f"{text}, on the other branch, where the slope is {significant(next_slope)}: {size}, so it turns back."
    return f"{text}, where the slope is {significant(next_slope)}."


ALTS: dict[str, Callable[..., str]] = {
    "parabola": parabola_alt,
    "race": race_alt,
    "squares": squares_alt,
    "squares_still": squares_still_alt,
    "landscape": landscape_alt,
    "filmstrip": filmstrip_alt,
    "fit": fit_alt,
    "loss_curve": loss_curve_alt,
    "modes": modes_alt,
    "cobweb": cobweb_alt,
    "sweep": sweep_alt,
}
