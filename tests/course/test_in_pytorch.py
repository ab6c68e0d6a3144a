"""What lesson 10 claims, executed: each test is named after its sentence.

The oracles are loops of torch written here, and the programs of the page itself, which run as they stand there.
"""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from generator.descent.three_ways import climb
from generator.making import source, takehome
from tests.course.by_hand import seed_points
from tests.course.there import page, scenario
from tests.course.there import record as shipped
from tests.test_takehome import in_this_process
from tests.tiny import REPOSITORY

PAGE = "lessons/in-pytorch.md"


def programs() -> list[str]:
    """The three short programs of the page, with the numbers of its run in the places of the expressions."""
    record = shipped("scaled-input")
    text = page(PAGE)
    for expression, number in (
        ("record.start[0]", record.start[0]),
        ("record.start[1]", record.start[1]),
        ("record.epochs_run", record.epochs_run),
        ("record.learning_rate", record.learning_rate),
    ):
        text = text.replace(f"[= {expression} =]", str(number))
    return re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@cache
def left_by(program: str, epochs: int | None = None) -> dict[str, Any]:
    """What a program leaves behind that is given the points of the run, and so many epochs."""
    record = shipped("scaled-input")
    if epochs is not None:
        program = program.replace(f"range({record.epochs_run})", f"range({epochs})")
    names = {"torch": torch, "nn": nn, "x": torch.tensor(record.x), "y": torch.tensor(record.y)}
    exec(program, names)
    return names


def line_of(names: dict[str, Any]) -> list[float]:
    if "line" in names:
        return [names["line"].weight.item(), names["line"].bias.item()]
    return [names["w"].item(), names["b"].item()]


# --- lessons/in-pytorch.md -----------------------------------------------------------------------------------


def test_the_three_rungs_agree_to_several_digits_all_the_way_and_not_to_the_bit() -> None:
    rungs = climb(scenario("scaled-input"))
    three = np.stack([rungs.by_hand, rungs.with_autograd, rungs.with_modules]).astype(np.float64)
    spread = np.ptp(three, axis=0).max(axis=-1) / np.abs(three).max(axis=(0, 2))
    assert 0 < spread.max() < 1e-6
    assert spread.max() == pytest.approx(rungs.largest_relative_difference, rel=0.5)


def test_agreement_is_a_few_spacings_and_more_in_a_long_valley() -> None:
    def spacings(id: str) -> float:
        rungs = climb(scenario(id))
        hand, *others = (each.astype(np.float64) for each in (rungs.by_hand, rungs.with_autograd, rungs.with_modules))
        pairs = (hand - others[0], hand - others[1], others[0] - others[1])
        largest = np.abs(hand).max(axis=1)
        return max(float((np.abs(pair).max(axis=1) / largest).max()) for pair in pairs) / 2.0**-23

    assert 0.5 < spacings("scaled-input") < 2
    assert 3 * spacings("scaled-input") < spacings("best-rate") < 20


def test_the_first_rung_is_the_very_run_of_this_site() -> None:
    np.testing.assert_array_equal(climb(scenario("scaled-input")).by_hand, shipped("scaled-input").params)


def test_in_an_explosion_the_three_agree_for_as_long_as_there_are_numbers() -> None:
    rungs = climb(scenario("rate-too-large"))
    finite = np.isfinite(rungs.by_hand).all(axis=1)
    assert 30 < finite.sum() < 60
    hand, graph = rungs.by_hand[finite].astype(np.float64), rungs.with_autograd[finite].astype(np.float64)
    assert (np.abs(hand - graph).max(axis=1) / np.abs(hand).max(axis=1)).max() < 1e-5


def test_each_of_the_short_programs_makes_the_run_to_the_first_digits() -> None:
    short = programs()
    assert len(short) == 3
    for program in short:
        assert len(program.removeprefix("import torch\nfrom torch import nn\n\n").splitlines()) <= 12
        for epochs in (1, 10, None):
            expected = shipped("scaled-input").params[-1 if epochs is None else epochs]
            np.testing.assert_allclose(line_of(left_by(program, epochs)), expected, rtol=1e-6)


def test_the_loss_printed_inside_the_loop_in_the_tenth_epoch_is_that_of_t_9() -> None:
    for program in programs()[1:]:
        loss = left_by(program, 10)["loss"].item()
        assert loss == pytest.approx(float(shipped("scaled-input").losses[9]), rel=1e-5)
        assert loss == pytest.approx(shipped("scaled-input").loss_at(10), rel=1e-5)


def test_the_floor_takes_most_of_the_epochs() -> None:
    params = shipped("scaled-input").params.astype(np.float64)
    x, y = (each.double().numpy() for each in seed_points())
    x = 0.1 * x
    _, directions = np.linalg.eigh(2 / 11 * np.stack([x, np.ones(11)]) @ np.stack([x, np.ones(11)]).T)
    slow, steep = np.abs((params - np.polyfit(x, y, 1)) @ directions).T
    assert np.flatnonzero(steep < 0.01 * steep[0])[0] < 100
    assert np.flatnonzero(slow < 0.01 * slow[0])[0] > 500


def test_every_call_that_the_lesson_explains_stands_in_a_program_that_it_prints() -> None:
    text = page(PAGE)
    printed = "\n".join(programs()) + source.listing(
        "by_hand", "with_autograd", "with_modules", module="descent.three_ways"
    )
    explained = text[text.index("### 1. By hand") : text.index("### The five steps")]
    explained = re.sub(r"^```.*?^```$", "", explained, flags=re.DOTALL | re.MULTILINE)
    calls = re.findall(r"`(\w[\w.]*\.?\w+)\(", explained)
    assert len(calls) >= 7
    assert [call for call in calls if call not in printed] == []


def test_three_calls_of_backward_leave_three_times_the_slope() -> None:
    w = torch.tensor(3.0, requires_grad=True)
    for _ in range(3):
        (w**2).backward()
    assert w.grad is not None
    assert float(w.grad) == 18


def test_backward_adds_to_what_is_there() -> None:
    w = torch.tensor(3.0, requires_grad=True)
    for _ in range(2):
        (w**2).backward()
    assert w.grad is not None
    assert float(w.grad) == 2 * 6


def test_without_forgetting_gradients_a_run_is_momentum_of_one_and_does_not_come_to_rest() -> None:
    record = shipped("scaled-input")
    x, y = torch.tensor(record.x).double(), torch.tensor(record.y).double()

    def gradient_of(params: Tensor) -> Tensor:
        error = params[0] * x + params[1] - y
        return torch.stack([2 * (error * x).mean(), 2 * error.mean()])

    forgetful = torch.tensor(record.start, dtype=torch.float64, requires_grad=True)
    heavy = forgetful.detach().clone()
    optimizer = torch.optim.SGD([heavy.requires_grad_()], lr=record.learning_rate, momentum=1.0)
    losses = []
    for _ in range(3000):
        loss = ((forgetful[0] * x + forgetful[1] - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            assert forgetful.grad is not None
            forgetful -= record.learning_rate * forgetful.grad
        heavy.grad = gradient_of(heavy.detach())
        optimizer.step()
        losses.append(float(loss.detach()))
    torch.testing.assert_close(forgetful.detach(), heavy.detach(), rtol=1e-8, atol=1e-8)
    assert max(losses[-200:]) > 0.3 * losses[0], "as lively as at the beginning"
    assert min(losses[-200:]) < 0.1 * losses[0], "it rolls through the bottom"


def test_a_column_beside_a_row_compares_every_prediction_with_every_target_and_pytorch_warns() -> None:
    predictions, targets = torch.arange(11.0)[:, None], torch.arange(11.0)[None, :]
    with pytest.warns(UserWarning, match="size"):
        loss = nn.MSELoss()(predictions, targets)
    pairs = [(p - t) ** 2 for p in range(11) for t in range(11)]
    assert float(loss) == pytest.approx(np.mean(pairs))
    assert len(pairs) == 121


def broadcast(x: Tensor, y: Tensor, rate: float, epochs: int, by_module: bool) -> tuple[float, float, float, int]:
    """w, b and the loss of the third program without its second pair of brackets, and how often it warned."""
    line = nn.Linear(1, 1)
    with torch.no_grad():
        line.weight.fill_(1.0)
        line.bias.fill_(0.0)
    optimizer = torch.optim.SGD(line.parameters(), lr=rate)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for _ in range(epochs):
            optimizer.zero_grad()
            predictions = line(x[:, None])
            loss = nn.MSELoss()(predictions, y) if by_module else ((predictions - y) ** 2).mean()
            loss.backward()
            optimizer.step()
    assert all("size" in str(each.message) for each in warned)
    return line.weight.item(), line.bias.item(), loss.item(), len(warned)


@pytest.mark.parametrize("by_module", [True, False])
def test_without_the_brackets_the_run_ends_on_a_level_line_at_the_mean_with_the_variance_for_a_loss(
    by_module: bool,
) -> None:
    x, y = seed_points()
    w, b, loss, warned = broadcast(0.1 * x, y, 0.3, 1000, by_module)
    assert (w, b) == (pytest.approx(0, abs=1e-4), pytest.approx(float(y.mean()), rel=1e-5))
    assert loss == pytest.approx(float(y.var(correction=0)), rel=1e-5)
    assert (warned > 0) == by_module, "nn.MSELoss warns; a mean of squares says nothing"


def test_three_points_without_the_brackets_end_at_the_mean_and_not_at_the_middle() -> None:
    w, b, _, _ = broadcast(torch.arange(3.0), torch.tensor([1.0, 3.0, 8.0]), 0.1, 2000, False)
    assert (w, b) == (pytest.approx(0, abs=1e-4), pytest.approx(4, rel=1e-4))


def test_the_shapes_are_a_column_and_a_row_and_the_advised_line_says_so() -> None:
    x, y = seed_points()
    prediction = nn.Linear(1, 1)(x[:, None])
    assert (prediction.shape, y.shape) == ((11, 1), (11,))
    assert (prediction - y).shape == (11, 11)
    assert "assert prediction.shape == target.shape" in page(PAGE)
    for target, is_right in ((y, False), (y[:, None], True)):
        assert (prediction.shape == target.shape) is is_right


def test_numbers_between_one_and_two_lie_two_to_the_minus_23_apart_in_32_bits() -> None:
    assert float(np.nextafter(np.float32(1), np.float32(2))) - 1 == 2.0**-23
    assert 2 - float(np.nextafter(np.float32(2), np.float32(1))) == 2.0**-23


def rows_printed(monkeypatch: pytest.MonkeyPatch, **changed: str) -> list[list[float]]:
    """The numbers of each row that `train.py` prints, after its lines were changed as the exercise asks."""
    script = takehome.script(
        shipped("scaled-input"), (REPOSITORY / "templates" / "en" / "train.py").read_text(encoding="utf-8")
    )
    if changed:
        for old, new in (
            ("        w, b = params[0:1], params[1:2]\n", f"        {changed['record']}\n"),
            ("model(x, w, b)\n        loss =", "model(x, params[0:1], params[1:2])\n        loss ="),
            ("gradient = loss_factor * grad_fn(x, y, predictions, w, b)", changed["gradient"]),
            ("= params, gradient, loss\n", "= params.detach(), gradient, loss.detach()\n"),
            ("        params, previous_loss = params - learning_rate * gradient, loss\n", changed.get("step", "")),
        ):
            assert script.count(old) == 1, old
            script = script.replace(old, new or old)
    lines = in_this_process(script, monkeypatch).splitlines()
    numbers = [[float(number) for number in re.findall(r"-?\d+\.\d+", line)] for line in lines]
    return [row for row in numbers if len(row) == 5]


BACKWARD = "loss.backward(); gradient = params.grad"
IN_PLACE = """        previous_loss = loss.detach()
        with torch.no_grad():
            params -= learning_rate * gradient
"""


@pytest.mark.parametrize("gradient", [BACKWARD, "(gradient,) = torch.autograd.grad(loss, params)"])
def test_with_a_new_tensor_in_each_epoch_all_rows_agree(gradient: str, monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand = rows_printed(monkeypatch)
    found = rows_printed(monkeypatch, record="params = params.detach().requires_grad_()", gradient=gradient)
    assert len(by_hand) == len(found) == 10
    assert found != by_hand
    np.testing.assert_allclose(found, by_hand, rtol=1e-4)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
def test_requires_grad_alone_stops_in_the_second_epoch_because_results_have_no_grad(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(TypeError, match="NoneType"):
        rows_printed(monkeypatch, record="params.requires_grad_(); assert state < 2", gradient=BACKWARD)
    result = torch.ones(2, requires_grad=True) * 2
    result.requires_grad_().sum().backward()
    assert result.grad is None


def test_one_tensor_changed_in_place_agrees_in_the_first_row_alone_until_its_gradient_is_cleared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_hand = rows_printed(monkeypatch)
    first, *others = rows_printed(monkeypatch, record="params.requires_grad_()", gradient=BACKWARD, step=IN_PLACE)
    np.testing.assert_allclose(first, by_hand[0], rtol=1e-4)
    for row, right in zip(others, by_hand[1:], strict=True):
        assert np.abs(np.array(row) / right - 1).max() > 0.1
    cleared = rows_printed(
        monkeypatch, record="params.requires_grad_()", gradient=BACKWARD, step=f"{IN_PLACE}        params.grad = None\n"
    )
    np.testing.assert_allclose(cleared, by_hand, rtol=1e-4)


def test_what_goes_into_the_rows_undetached_is_refused_by_the_picture() -> None:
    line = torch.ones(2, requires_grad=True) * 2
    with pytest.raises(RuntimeError, match="requires grad"):
        line.numpy()
