"""What is known of a scenario before anything is trained: its points are made, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from generator.descent.train import prepare
from generator.runs import theory
from generator.runs.advice import Note, notes
from generator.runs.prediction import MinibatchRate, MistakenEnd, Prediction, minibatch_rate, mistaken_end, predict
from generator.runs.update_rule import UpdateRule
from generator.scenario.schema import Scenario


@dataclass(frozen=True, eq=False)
class Forecast:
    """The bowl that a scenario's points make, what is to be known of them, and what theory says of the run."""

    bowl: theory.Bowl
    start: theory.Vector  # (2,)  w, b
    notes: list[Note]
    prediction: Prediction | None  # None of minibatches, …
    minibatch_rate: MinibatchRate | None  # … and this of them alone; …
    mistaken_end: MistakenEnd | None  # … nor of a mistake, and this of one alone


def forecast(scenario: Scenario) -> Forecast:
    """About all the epochs that the scenario asks for: a stopping rule may end the run before."""
    problem = prepare(scenario)
    x, y, training = problem.x.numpy(), problem.y.numpy(), scenario.training
    bowl = theory.bowl(x, y, training.loss)
    noted = notes(scenario, x, y, problem.shift, problem.factor, problem.target_shift, problem.target_factor)
    start = problem.start.numpy()
    if training.mistake is not None:
        return Forecast(bowl, start, noted, None, None, mistaken_end(bowl, start, y, training))
    if not scenario.is_full_batch:
        return Forecast(bowl, start, noted, None, minibatch_rate(bowl, x, training), None)
    return Forecast(bowl, start, noted, predict(bowl, start, UpdateRule.of(training), training.epochs), None, None)
