"""What theory says of a scenario before anything is trained: its points are made, and nothing else."""

from __future__ import annotations

from generator.descent.train import prepare
from generator.runs import theory
from generator.scenario.schema import Scenario


def forecast(scenario: Scenario) -> theory.Prediction | None:
    """What theory says of the scenario, without training; None where there is no closed form.

    It is about all the epochs that the scenario asks for: a stopping rule may end the run before.
    """
    training = scenario.training
    if not training.is_plain:
        return None
    problem = prepare(scenario)
    bowl = theory.bowl(problem.x.numpy(), problem.y.numpy(), training.loss)
    return theory.predict(bowl, problem.start.numpy(), training.learning_rate, training.epochs, training.dtype)
