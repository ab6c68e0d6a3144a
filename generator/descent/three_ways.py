"""The same descent three ways: the gradient by hand, by autograd, and with PyTorch's own line and optimiser.

The lesson prints the three functions. Each returns every state's w and b: (epochs + 1, 2).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from generator.descent.regression import grad_fn, loss_fn, model
from generator.descent.train import prepare
from generator.faults import Fault
from generator.runs.agreement import Agreement
from generator.scenario.schema import Scenario


def by_hand(x: Tensor, y: Tensor, start: Tensor, learning_rate: float, epochs: int) -> Tensor:
    """The gradient by the chain rule, written out."""
    states = torch.empty(epochs + 1, 2, dtype=x.dtype)
    states[0] = params = start
    for epoch in range(1, epochs + 1):
        w, b = params[0:1], params[1:2]
        params = params - learning_rate * grad_fn(x, y, model(x, w, b), w, b)
        states[epoch] = params
    return states


def with_autograd(x: Tensor, y: Tensor, start: Tensor, learning_rate: float, epochs: int) -> Tensor:
    """The loss alone is written out; PyTorch finds its gradient."""
    states = torch.empty(epochs + 1, 2, dtype=x.dtype)
    states[0] = params = start
    for epoch in range(1, epochs + 1):
        known = params.detach().requires_grad_()
        loss = loss_fn(model(x, known[0:1], known[1:2]), y)
        (gradient,) = torch.autograd.grad(loss, known)
        params = params - learning_rate * gradient
        states[epoch] = params
    return states


def with_modules(x: Tensor, y: Tensor, start: Tensor, learning_rate: float, epochs: int) -> Tensor:
    """Model, loss and step are PyTorch's: `nn.Linear`, `nn.MSELoss` and `optim.SGD`."""
    line = nn.Linear(1, 1, dtype=x.dtype)
    with torch.no_grad():
        line.weight.fill_(start[0])
        line.bias.fill_(start[1])
    mean_squared_error = nn.MSELoss()
    optimizer = torch.optim.SGD(line.parameters(), lr=learning_rate)
    states = torch.empty(epochs + 1, 2, dtype=x.dtype)
    states[0] = start
    for epoch in range(1, epochs + 1):
        optimizer.zero_grad()
        mean_squared_error(line(x[:, None]), y[:, None]).backward()
        optimizer.step()
        states[epoch] = torch.cat([line.weight.detach().flatten(), line.bias.detach()])
    return states


def climb(scenario: Scenario) -> Agreement:
    """Train the scenario three ways, each for all its epochs. Raises `Fault` unless it is the lesson's descent."""
    training = scenario.training
    if not training.is_plain or training.loss != "mean":
        raise Fault(
            "the ladder climbs plain descent on the mean squared error alone",
            file=scenario.path,
            help="leave momentum, decay, batch_size, mistake and loss out of [training], or show another scenario",
        )
    problem = prepare(scenario)
    arguments = (problem.x, problem.y, problem.start, training.learning_rate, training.epochs)
    with torch.random.fork_rng(devices=[]):  # nn.Linear begins with random numbers
        rungs = [way(*arguments).numpy() for way in (by_hand, with_autograd, with_modules)]
    return Agreement(scenario, *rungs)
