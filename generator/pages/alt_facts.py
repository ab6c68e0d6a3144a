"""What there is to say of each kind of figure, in no language: numbers, and names for what happens.

A kind's alt text is a template, ``templates/<language>/alt/<kind>.txt``, which is given what the function here returns.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict, cast, get_type_hints

import numpy as np
from numpy.typing import NDArray

from generator.figures.catalogue import COBWEB_PRODUCTS
from generator.runs.analysis import Manner, Run
from generator.runs.rate_sweep import RateSweep
from generator.runs.theory import Regime
from generator.scenario.schema import Verdict


def is_restless(run: Run) -> bool:
    """Whether a mistake keeps a run from coming to rest: in the last quarter its loss both rises and falls."""
    if run.scenario.training.mistake is None:
        return False
    late = run.losses[-1 - run.epochs_run // 4 :].tolist()
    changes = [after - before for before, after in itertools.pairwise(late)]
    least = 1e-3 * max(late)
    return any(each > least for each in changes) and any(each < -least for each in changes)


def _manner(run: Run) -> Manner:
    return run.lag.manner if run.lag else "on its way"


class FitFacts(TypedDict):
    """What the line does and how it ends."""

    new_y: bool  # was y transformed? Then all this is of the new one
    points: int
    start_w: float
    start_b: float
    w: float
    b: float
    loss: float  # the last
    epochs: int
    verdict: Verdict
    is_mistaken: bool  # has it a mistake in it, on purpose? Then it need not be on its way to least squares
    is_restless: bool  # does that keep it from coming to rest?
    trembles: bool  # does it see a few points at a time, to the end?
    regime: Regime | None  # None: theory has no word for this run
    least_squares_w: float
    least_squares_b: float
    manner: Manner  # what it does where it has not arrived, …
    lacking: Literal["slow", "fast"] | None  # … and in which direction; None: in both
    lost_epoch: int | None  # after which the line has no position any more; None: it has one to the end
    infinite_loss_epoch: int | None  # the first


def fit(results: Sequence[Run]) -> FitFacts:
    run = results[0]
    w, b = run.final_parameters
    epochs = range(1, run.epochs_run + 1)
    is_lost = not (math.isfinite(w) and math.isfinite(b))
    # The slope is looked at first: a line without one stands upright, whatever its height.
    lost = (e for axis in (0, 1) for e in epochs if not math.isfinite(run.params_after(e)[axis]))
    return FitFacts(
        new_y=run.is_target_transformed,
        points=len(run.x),
        start_w=float(run.start[0]),
        start_b=float(run.start[1]),
        w=w,
        b=b,
        loss=run.final_loss,
        epochs=run.epochs_run,
        verdict=run.verdict,
        is_mistaken=run.scenario.training.mistake is not None,
        is_restless=is_restless(run),
        trembles=not run.scenario.is_full_batch,
        regime=run.regime,
        least_squares_w=float(run.bowl.least_squares[0]),
        least_squares_b=float(run.bowl.least_squares[1]),
        manner=_manner(run),
        lacking=run.lag.direction if run.lag else None,
        lost_epoch=next(lost) if is_lost else None,
        infinite_loss_epoch=run.first_infinite_loss,
    )


class LossCurveFacts(TypedDict):
    """How the loss goes, and where it ends. What is after an epoch is that of a state: 0 is the start."""

    new_y: bool  # was y transformed? Then all this is of the new one
    scale: Literal["both", "linear", "log"]  # of the axis
    course: Literal["falls", "stays", "climbs", "falls and climbs", "breaks"]
    first: float
    last: float
    lowest: float
    lowest_epoch: int | None
    highest: float | None  # of the finite ones; None: there is none
    infinite_epoch: int | None
    nan_epoch: int | None
    late_low: float | None  # between these it goes up and down in the second half of the epochs; None: …
    late_high: float | None  # … it does not
    mostly: int | None  # where it falls, in how many epochs by nine tenths of that
    epochs: int
    floor: float  # the loss of least squares
    growth_factor: float | None  # predicted, an epoch, where the picture has its dashed line


def loss_curve(results: Sequence[Run], scale: Literal["both", "linear", "log"] = "both") -> LossCurveFacts:
    run = results[0]
    finite = run.losses[np.isfinite(run.losses)]
    first, last = float(run.losses[0]), float(run.losses[-1])
    lowest, highest = (float(finite.min()), float(finite.max())) if len(finite) else (math.nan, None)
    course: Literal["falls", "stays", "climbs", "falls and climbs", "breaks"]
    if len(finite) < len(run.losses):
        course = "breaks"
    elif last > first > lowest:
        course = "falls and climbs"
    else:
        course = "climbs" if last > first else "falls" if last < first else "stays"
    late = run.losses[len(run.losses) // 2 :]
    # A loss that is only rounded also rises now and then; what is meant shows in the picture.
    is_restless = course == "falls" and len(late) > 1 and bool(np.diff(late).max() > 0.005 * late.mean())
    is_plain = run.update_rule is not None and run.update_rule.is_plain
    grows = is_plain and run.regime == "explodes" and scale != "linear"
    return LossCurveFacts(
        new_y=run.is_target_transformed,
        scale=scale,
        course=course,
        first=first,
        last=last,
        lowest=lowest,
        lowest_epoch=_first(run.losses == lowest),
        highest=highest,
        infinite_epoch=_first(np.isinf(run.losses)),
        nan_epoch=_first(np.isnan(run.losses)),
        late_low=float(late.min()) if is_restless else None,
        late_high=float(late.max()) if is_restless else None,
        mostly=_first(run.losses <= first - 0.9 * (first - last)) if course == "falls" else None,
        epochs=run.epochs_run,
        floor=run.bowl.floor,
        growth_factor=run.prediction.growth_factor if run.prediction is not None and grows else None,
    )


def _first(states: NDArray[np.bool_]) -> int | None:
    """The first state of which it is so."""
    return int(states.argmax()) if states.any() else None


class FilmstripFacts(TypedDict):
    """The animation that the strip shows standing still; with it come the facts of that kind."""

    of: str


def filmstrip(results: Sequence[Any], of: str = "fit", **options: Any) -> FilmstripFacts:
    return cast(FilmstripFacts, {**FACTS[of](results, **options), "of": of})


class LandscapeFacts(TypedDict):
    """Which way the path goes, and where it ends."""

    new_y: bool  # was y transformed? Then all this is of the new one
    equal: bool  # are both axes in equal units?
    through: int  # on the contours of how many states, the first ones; 0: on those of round losses
    slow: float  # curvature: the smaller eigenvalue, …
    fast: float  # … and the larger
    least_squares_w: float
    least_squares_b: float
    start_w: float
    start_b: float
    w: float  # where the path ends, …
    b: float
    is_lost: bool  # … if it does: w or b is no finite number
    regime: Regime | None  # None: theory has no word for this run
    remembers: bool  # whether it has momentum
    verdict: Verdict
    is_mistaken: bool  # as above
    is_restless: bool
    manner: Manner
    lacking: Literal["slow", "fast"] | None
    epochs: int


def landscape(results: Sequence[Run], equal: bool = False, through: int = 0) -> LandscapeFacts:
    run = results[0]
    slow, fast = run.bowl.eigenvalues.tolist()
    best_w, best_b = run.bowl.least_squares.tolist()
    w, b = run.final_parameters
    return LandscapeFacts(
        new_y=run.is_target_transformed,
        equal=equal,
        through=through,
        slow=slow,
        fast=fast,
        least_squares_w=best_w,
        least_squares_b=best_b,
        start_w=float(run.start[0]),
        start_b=float(run.start[1]),
        w=w,
        b=b,
        is_lost=not (math.isfinite(w) and math.isfinite(b)),
        regime=run.regime,
        remembers=run.scenario.training.momentum is not None,
        verdict=run.verdict,
        is_mistaken=run.scenario.training.mistake is not None,
        is_restless=is_restless(run),
        manner=_manner(run),
        lacking=run.lag.direction if run.lag else None,
        epochs=run.epochs_run,
    )


class ComponentFacts(TypedDict):
    """A component of the error: the curvature in its direction, and what theory says of it, if it does."""

    eigenvalue: float
    course: Literal["halves at once", "halves", "grows", "never shrinks"] | None  # at once: within an epoch
    half_life: float | None  # in epochs; None of other than plain descent
    factor: float  # what an epoch of plain descent leaves of it


class ModesFacts(TypedDict):
    """How fast each component of the error shrinks or grows."""

    epochs: int
    slow: ComponentFacts
    fast: ComponentFacts
    is_predicted: bool
    drowned_epoch: int | None  # after it the slow one as measured is only the rounding error of the fast one


def modes(results: Sequence[Run]) -> ModesFacts:
    run = results[0]
    slow, fast = run.bowl.eigenvalues.tolist()
    slow_half_life, fast_half_life = None, None
    if run.prediction and run.update_rule and run.update_rule.is_plain:
        slow_half_life, fast_half_life = run.prediction.slow_half_life, run.prediction.fast_half_life
    return ModesFacts(
        epochs=run.epochs_run,
        slow=_component(slow, run.learning_rate, slow_half_life),
        fast=_component(fast, run.learning_rate, fast_half_life),
        is_predicted=run.prediction is not None,
        drowned_epoch=_drowned(run) if run.regime == "explodes" else None,
    )


def _component(eigenvalue: float, learning_rate: float, half_life: float | None) -> ComponentFacts:
    factor = abs(1 - learning_rate * eigenvalue)
    course: Literal["halves at once", "halves", "grows", "never shrinks"] | None = None
    if half_life is not None:
        if half_life < 1:
            course = "halves at once"
        elif math.isfinite(half_life):
            course = "halves"
        else:
            course = "grows" if factor > 1 + 1e-9 else "never shrinks"
    return ComponentFacts(eigenvalue=eigenvalue, course=course, half_life=half_life, factor=factor)


def _drowned(run: Run) -> int | None:
    """Where one component explodes: when its rounding errors drown the other, so that measured leaves predicted."""
    assert run.update_rule is not None
    measured = abs(run.bowl.modes(run.params)[:, 0])
    said = abs(run.bowl.modes(run.params[0])[0] * run.update_rule.factors(run.bowl, run.epochs_run)[:, 0])
    with np.errstate(over="ignore"):
        return _first(measured > 2 * said)


class BallFacts(TypedDict):
    """What the ball does on one of the cobweb's parabolas."""

    product: float  # ηλ
    course: Literal["lands", "glides", "alternates", "bounces", "explodes"]
    share: float  # of the error, that each step leaves


class CobwebFacts(TypedDict):
    """What the ball does on each parabola."""

    ways: list[BallFacts]


def cobweb(results: Sequence[Run], products: Sequence[float] = COBWEB_PRODUCTS) -> CobwebFacts:
    return CobwebFacts(ways=[_steps(product) for product in products])


def _steps(product: float) -> BallFacts:
    factor = 1 - product
    course: Literal["lands", "glides", "alternates", "bounces", "explodes"]
    if abs(factor) < 1e-12:
        course = "lands"
    elif math.isclose(factor, -1):
        course = "bounces"
    else:
        course = "explodes" if factor < -1 else "alternates" if factor < 0 else "glides"
    return BallFacts(product=product, course=course, share=abs(factor))


class SquaresFacts(TypedDict):
    """How the squares shrink or grow, and the average area they end with."""

    points: int
    first: float
    last: float
    verdict: Verdict
    is_mistaken: bool  # as above
    is_restless: bool
    manner: Manner
    regime: Regime | None  # None: theory has no word for this run
    epochs: int


def squares(results: Sequence[Run]) -> SquaresFacts:
    run = results[0]
    return SquaresFacts(
        points=len(run.x),
        first=run.average_square(0),
        last=run.average_square(run.epochs_run),
        verdict=run.verdict,
        is_mistaken=run.scenario.training.mistake is not None,
        is_restless=is_restless(run),
        manner=_manner(run),
        regime=run.regime,
        epochs=run.epochs_run,
    )


class LineFacts(TypedDict):
    """A line that stands still, in the units of the points, and the average area of the squares on its residuals."""

    points: int
    w: float
    b: float
    area: float


class SquaresStillFacts(TypedDict):
    """The lines, side by side."""

    lines: list[LineFacts]


def squares_still(results: Sequence[Run], state: int | None = None) -> SquaresStillFacts:
    lines = []
    for run in results:
        t = run.epochs_run if state is None else state
        w, b = run.in_original_units(run.params_after(t))
        lines.append(LineFacts(points=len(run.x), w=w, b=b, area=run.average_square(t)))
    return SquaresStillFacts(lines=lines)


class SweepFacts(TypedDict):
    """How many epochs the rates need, which one needs fewest, and where it ends."""

    new_y: bool  # was y transformed? Then all this is of the new one
    rates: int
    lowest_rate: float
    highest_rate: float
    epochs: int  # of each run
    share: float  # of the first excess loss, that is to be left
    fastest_rate: float | None  # None: no rate gets there
    fastest_epochs: float | None
    best_rate: float  # by theory
    limit: float  # of the rate
    is_passed: bool  # is there a rate past it?
    floor: float  # the loss of least squares


def sweep(results: Sequence[RateSweep]) -> SweepFacts:
    result = results[0]
    rates = result.learning_rates.tolist()
    fastest = result.fastest_learning_rate
    limit = result.bowl.critical_learning_rate
    return SweepFacts(
        new_y=result.is_target_transformed,
        rates=len(rates),
        lowest_rate=min(rates),
        highest_rate=max(rates),
        epochs=result.epochs,
        share=result.tolerance,
        fastest_rate=fastest,
        fastest_epochs=None if fastest is None else float(result.epochs_to_tolerance[rates.index(fastest)]),
        best_rate=result.bowl.best_learning_rate,
        limit=limit,
        is_passed=max(rates) > limit,
        floor=result.bowl.floor,
    )


class RacerFacts(TypedDict):
    """A path in a race, and the landscape it is in."""

    new_y: bool  # was y transformed? Then all this is of the new one
    learning_rate: float
    slow: float  # curvature: the smaller eigenvalue, …
    fast: float  # … and the larger
    verdict: Verdict
    is_mistaken: bool  # as above
    is_restless: bool
    manner: Manner
    loss: float  # the last
    epochs: int


class RaceFacts(TypedDict):
    """Who ends where."""

    racers: list[RacerFacts]


def race(results: Sequence[Run], equal: bool | None = None) -> RaceFacts:
    racers = []
    for run in results:
        slow, fast = run.bowl.eigenvalues.tolist()
        racers.append(
            RacerFacts(
                new_y=run.is_target_transformed,
                learning_rate=run.learning_rate,
                slow=slow,
                fast=fast,
                verdict=run.verdict,
                is_mistaken=run.scenario.training.mistake is not None,
                is_restless=is_restless(run),
                manner=_manner(run),
                loss=run.final_loss,
                epochs=run.epochs_run,
            )
        )
    return RaceFacts(racers=racers)


class ParabolaFacts(TypedDict):
    """Where on the parabola the run starts, which way it goes, and how the first steps compare."""

    new_y: bool  # was y transformed? Then all this is of the new one
    axis: Literal["w", "b"]
    place: float
    slope: float
    is_moving: bool  # is there a step to speak of? Then it leads …
    next_place: float
    next_slope: float
    is_across: bool  # … perhaps to the other branch, …
    is_steeper: bool  # … where the slope may be steeper than before


def parabola(results: Sequence[Run], axis: Literal["w", "b"] = "w") -> ParabolaFacts:
    run = results[0]
    index = {"w": 0, "b": 1}[axis]
    after = min(1, run.epochs_run)
    slope, next_slope = float(run.gradients[0, index]), float(run.gradients[after, index])
    return ParabolaFacts(
        new_y=run.is_target_transformed,
        axis=axis,
        place=float(run.params[0, index]),
        slope=slope,
        is_moving=run.epochs_run > 0 and slope != 0,
        next_place=float(run.params[after, index]),
        next_slope=next_slope,
        is_across=next_slope * slope < 0,
        is_steeper=abs(next_slope) > abs(slope),
    )


# By kind of figure; each takes what `figures.drawing` takes: the results shown, and the kind's options.
FACTS: dict[str, Callable[..., Mapping[str, Any]]] = {
    "fit": fit,
    "loss_curve": loss_curve,
    "filmstrip": filmstrip,
    "landscape": landscape,
    "modes": modes,
    "cobweb": cobweb,
    "squares": squares,
    "squares_still": squares_still,
    "sweep": sweep,
    "race": race,
    "parabola": parabola,
}


def names_of(kind: str) -> set[str]:
    """What the template of a kind's alt text is given."""
    return set(get_type_hints(FACTS[kind])["return"].__annotations__)
