"""What is known of a scenario before anything is trained: its points are made, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from generator.descent.train import prepare
from generator.runs import theory
from generator.runs.advice import Note, notes
from generator.scenario.schema import Scenario


@dataclass(frozen=True, eq=False)
class Forecast:
    """The bowl that a scenario's points make, what is to be known of them, and what theory says of the run."""

    bowl: theory.Bowl
    notes: list[Note]
    prediction: theory.Prediction | None  # None where there is no closed form


def forecast(scenario: Scenario) -> Forecast:
    """About all the epochs that the scenario asks for: a stopping rule may end the run before."""
    problem = prepare(scenario)
    x, y, training = problem.x.numpy(), problem.y.numpy(), scenario.training
    bowl = theory.bowl(x, y, training.loss)
    prediction = None
    if training.is_plain:
        start = problem.start.numpy()
        prediction = theory.predict(bowl, start, training.learning_rate, training.epochs, training.dtype)
    return Forecast(bowl, notes(scenario, x, y, problem.shift, problem.factor), prediction)
