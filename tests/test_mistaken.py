"""Runs with a mistake in them, on purpose: what they do, what is said of them, and what is refused of them.

The oracles are loops of NumPy, with the wrong line in them, and the mistakes' own closed forms.
"""

from __future__ import annotations

import ast
import json
import re
from itertools import islice
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from generator.descent import mistaken
from generator.descent.forecast import forecast
from generator.descent.loops import descend
from generator.descent.sweeping import sweep
from generator.descent.three_ways import climb
from generator.descent.train import LOOPS
from generator.faults import Fault
from generator.making import source, takehome
from generator.making.forecasts import predictions, remarks, unexpected
from generator.making.products import computation_key
from generator.pages.calls import refuse_unfit, wrong_touch
from generator.project import Project
from generator.runs.lab_address import lab_address
from generator.runs.published import summary
from generator.runs.repeatable import repeatable
from generator.scenario.reading import load
from generator.scenario.schema import Mistake
from tests import tiny
from tests.runs import X, Y, alt_text, make, trained
from tests.test_run_page import run_page
from tests.test_takehome import (
    TEMPLATE,
    assert_imports_pytorch_and_matplotlib_and_nothing_else,
    assert_same_table,
    carried_out,
    in_this_process,
)

MISTAKES: tuple[Mistake, ...] = get_args(Mistake)
RATE, START = 0.002, (1.0, 0.0)
XS, YS = np.array(X), np.array(Y)


def made(mistake: Mistake, epochs: int = 200, rate: float = RATE, **training: Any) -> Any:
    return trained(make(X, Y, rate, epochs, START, mistake=mistake, **{"dtype": "float64"} | training))


def hessian() -> Any:
    a = np.column_stack([XS, np.ones(len(X))])
    return 2 * a.T @ a / len(X)


def by_numpy(mistake: Mistake, epochs: int) -> tuple[Any, Any, Any]:
    """Every state's w and b, the gradient that the program holds, and the loss that it prints."""
    w, b = START
    held, rows = np.zeros(2), []
    for _ in range(epochs + 1):
        # Of broadcast: prediction i beside target j, for every i and j.
        errors = w * XS[:, None] + b - YS[None, :] if mistake == "broadcast" else np.diag(w * XS + b - YS)
        count = errors.size if mistake == "broadcast" else len(X)
        gradient = np.array([2 * (errors.sum(axis=1) * XS).sum() / count, 2 * errors.sum() / count])
        held = held + gradient if mistake == "no-zero-grad" else gradient
        rows.append((w, b, *held, (errors**2).sum() / count))
        w, b = np.array([w, b]) + (RATE if mistake == "flipped-sign" else -RATE) * held
    table = np.array(rows)
    return table[:, :2], table[:, 2:4], table[:, 4]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_does_what_a_loop_with_the_wrong_line_does(mistake: Mistake) -> None:
    done = made(mistake)
    for ours, theirs in zip((done.params, done.gradients, done.losses), by_numpy(mistake, 200), strict=True):
        assert_allclose(ours, theirs, rtol=1e-8, atol=1e-8 * abs(theirs).max())


def test_as_meant_makes_the_steps_of_the_plain_loop_but_for_rounding() -> None:
    x, y, start = (torch.tensor(values, dtype=torch.float64) for values in (X, Y, START))
    plain = descend(x, y, start, RATE, 300)
    passed = islice(mistaken.as_meant(x, y, start, RATE), 301)
    rows = torch.stack([torch.cat([params, gradient, loss[None]]) for params, gradient, loss in passed])
    torch.testing.assert_close(rows, torch.column_stack([plain.params, plain.gradients, plain.losses]))


def test_every_mistake_has_a_loop_of_its_name() -> None:
    assert [loop.__name__ for loop in LOOPS.values()] == [takehome.loop_of(mistake) for mistake in MISTAKES]
    assert list(LOOPS) == list(MISTAKES)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_differs_from_what_was_meant_in_one_line_and_says_so(mistake: Mistake) -> None:
    shown = takehome.mistake_shown(mistake).splitlines()
    out, into = ([line[2:] for line in shown if line.startswith(sign)] for sign in "-+")
    assert len(out) == len(into) == 1
    assert "the mistake" in into[0]
    assert {line[:2] for line in shown} == {"  ", "- ", "+ "}
    meant = [line[2:] for line in shown if not line.startswith("+")]
    assert "\n".join(meant) in source.listing("as_meant", module="descent.mistaken")


def test_states_are_those_of_the_dtype_and_a_rule_may_stop_a_mistake() -> None:
    assert made("broadcast", dtype="float32").params.dtype == np.float32
    done = trained(make(X, Y, 0.005, 20000, START, mistake="broadcast", stop={"gradient_norm": 1e-2}))
    assert done.stopped_by == "gradient_norm"
    assert 0 < done.epochs_run < 20000
    assert np.hypot(*done.gradients[-1]) < 1e-2 <= np.hypot(*done.gradients[-2])


# --- What theory says of them ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mistake", MISTAKES)
def test_nothing_is_predicted_of_a_mistake_and_it_is_measured(mistake: Mistake) -> None:
    done = made(mistake)
    told = forecast(done.scenario)
    assert (done.prediction, done.regime, done.predicted_verdict, done.minibatch_rate) == (None, None, None, None)
    assert (done.outcome.as_predicted, done.outcome.prediction_error) == (None, None)
    assert done.verdict == ("diverges" if mistake == "flipped-sign" else "crawls")
    assert (told.prediction, told.minibatch_rate) == (None, None)
    assert told.mistaken_end == done.mistaken_end
    assert not unexpected([(done.scenario, told)])


def test_a_flipped_sign_makes_the_excess_grow_by_the_square_of_one_plus_rate_times_curvature() -> None:
    done = made("flipped-sign", 60)
    fast = np.linalg.eigvalsh(hessian())[1]
    assert done.mistaken_end.growth_factor == pytest.approx((1 + RATE * fast) ** 2)
    assert done.excess[51] / done.excess[50] == pytest.approx((1 + RATE * fast) ** 2, rel=1e-6)


@pytest.mark.parametrize("rate", [0.0005, 0.002, 0.05, 3.0])
def test_a_flipped_sign_overflows_when_it_is_said_to(rate: float) -> None:
    done = made("flipped-sign", 600, rate, dtype="float32")
    assert done.first_infinite_loss == done.mistaken_end.overflow_epoch is not None


def test_broadcast_settles_at_the_mean_of_y_with_its_variance_as_the_loss() -> None:
    done = made("broadcast", 12000)
    assert done.mistaken_end.settles_at == (0, pytest.approx(YS.mean()))
    assert done.mistaken_end.loss_there == pytest.approx(YS.var())
    assert_allclose(done.final_parameters, (0, YS.mean()), atol=1e-6)
    assert done.final_loss == pytest.approx(YS.var())


def test_broadcast_has_the_loss_of_a_bowl_with_the_same_curvatures_and_its_bottom_there() -> None:
    done = made("broadcast", 300)
    error = np.array(START) - (0, YS.mean())
    for t in range(301):
        assert done.losses[t] == pytest.approx(YS.var() + error @ hessian() @ error / 2, rel=1e-9)
        error = error - RATE * hessian() @ error


def test_without_zero_grad_the_error_swings_with_the_period_that_is_said() -> None:
    done = made("no-zero-grad", 4000)
    errors = done.bowl.modes(done.params)
    for direction, period in enumerate(done.mistaken_end.swings):
        spectrum = abs(np.fft.rfft(errors[:4000, direction]))
        assert 4000 / (spectrum[1:].argmax() + 1) == pytest.approx(period, rel=0.03)
        first, last = abs(errors[:1000, direction]).max(), abs(errors[3000:, direction]).max()
        assert last == pytest.approx(first, rel=0.02), "it never fades"


def test_past_twice_the_usual_limit_gradients_that_add_up_explode_and_no_swing_is_promised() -> None:
    limit = 2 / np.linalg.eigvalsh(hessian())[1]
    assert made("no-zero-grad", 300, 1.98 * limit).mistaken_end.swings is not None
    assert abs(made("no-zero-grad", 300, 1.98 * limit).losses).max() < 1e6
    past = made("no-zero-grad", 300, 2.02 * limit)
    assert past.mistaken_end.swings is None
    assert past.losses[-1] > 1e20


def test_past_the_limit_broadcast_explodes_and_no_end_is_promised() -> None:
    past = made("broadcast", 300, 1.1 * 2 / np.linalg.eigvalsh(hessian())[1])
    assert past.mistaken_end.settles_at is None
    assert past.verdict == "diverges"


def test_the_average_square_is_that_of_the_line_and_not_what_the_program_prints() -> None:
    done = made("broadcast")
    w, b = done.final_parameters
    assert done.average_square(200) == pytest.approx(((w * XS + b - YS) ** 2).mean())
    assert done.average_square(200) != pytest.approx(done.final_loss)


# --- What is said of them ----------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.at(tiny.make(tmp_path))


def text(mistake: Mistake, rate: float = 0.1, epochs: int = 300) -> str:
    expect = "diverges" if mistake == "flipped-sign" else "crawls"
    return tiny.scenario(expect, rate=rate, epochs=epochs) + f'mistake = "{mistake}"\n'


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_page_shows_the_mistake_as_a_diff_of_one_line(project: Project, mistake: Mistake) -> None:
    said = run_page(project, text(mistake))
    assert "This run has a mistake in it" in said
    (block,) = re.findall("```diff(.*?)```", said)
    assert block.count("the mistake: ") == 1
    assert "Not where this run ends: there is a mistake in it" in said
    assert "the ones that this program prints, with its mistake" in said
    assert "as predicted" not in said
    assert "by theory" not in said
    assert "Open in the lab" not in said


def test_the_page_says_what_each_mistake_does(project: Project) -> None:
    fast = np.linalg.eigvalsh(2 * np.array([[7, 7 / 3], [7 / 3, 1]]))[1]
    flipped = run_page(project, text("flipped-sign"))
    assert f"the excess loss grows $(1 + \\eta\\lambda_+)^2$ = {(1 + 0.1 * fast) ** 2:.3f}-fold an epoch" in flipped
    assert "In float32 the loss is `inf` from epoch" in flipped
    # The mean of 2, 3, 5.5, and their variance.
    assert "settles at w = 0, b = 3.500, the mean of y" in run_page(project, text("broadcast"))
    assert "prints a loss of 2.167, the variance of y" in run_page(project, text("broadcast"))
    assert "the error swings to and fro for ever, once in" in run_page(project, text("no-zero-grad"))
    assert "the gradient is the sum of all so far" in run_page(project, text("no-zero-grad"))
    assert "With it the rate is past the limit all the same" in run_page(
        project, text("broadcast", rate=0.3).replace("crawls", "diverges")
    )


def test_a_page_of_a_right_program_speaks_of_no_mistake(project: Project) -> None:
    assert "mistake" not in run_page(project, tiny.scenario())


@pytest.mark.parametrize("kind", ["fit", "landscape", "squares"])
def test_a_picture_says_that_a_mistake_led_it_there(kind: str) -> None:
    assert "mistake has led it" in alt_text(kind, [made("broadcast")])
    assert "still on its way" not in alt_text(kind, [made("broadcast")])
    assert "mistake" not in alt_text(kind, [trained(make(X, Y, RATE, 20, START))])


@pytest.mark.parametrize("kind", ["fit", "landscape", "squares"])
def test_a_picture_of_a_run_that_its_mistake_keeps_swinging_says_so(kind: str) -> None:
    said = alt_text(kind, [made("no-zero-grad")])
    assert "swinging" in said
    assert "has led it" not in said


def test_beside_the_badge_of_a_run_with_a_mistake_it_is_said(project: Project) -> None:
    for mistake in ("no-zero-grad", "broadcast"):
        assert re.search(r"(crawls|diverges) with a mistake · learning rate", run_page(project, text(mistake)))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_check_and_predict_name_the_mistake(mistake: Mistake) -> None:
    scenario = made(mistake, 1).scenario
    told = forecast(scenario)
    (row,) = predictions([(scenario, told)])
    assert (row["for ever"], row["verdict"]) == (mistake, "")
    assert row["of limit"] == f"{100 * RATE * np.linalg.eigvalsh(hessian())[1] / 2:.3g} %"
    (line,) = remarks(scenario, told)
    assert line.endswith(f"it has a mistake in it, {mistake}; what theory says is of the right program")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_summary_names_the_mistake_and_is_strict_json(mistake: Mistake) -> None:
    told = json.loads(json.dumps(summary(made(mistake)), allow_nan=False))
    assert told["mistake"] == mistake
    assert (told["regime"], told["predicted_verdict"], told["half_lives"]) == (None, None, None)
    assert told["foretold_of_the_mistake"]
    assert "mistake" not in summary(trained(make(X, Y, RATE, 2, START)))


def test_a_build_refuses_a_mistake_that_ends_otherwise_than_expected(project: Project) -> None:
    wrong = text("flipped-sign", epochs=20).replace("diverges", "converges")
    (project.scenarios / "tiny.toml").write_text(wrong)
    done = tiny.typed(project.root, "check")
    assert done.returncode == 0, "before it is run nobody can tell"
    assert "it has a mistake in it, flipped-sign" in done.stderr
    done = tiny.typed(project.root, "build", "--jobs", "1")
    assert done.returncode == 1
    assert "expected to be one that converges, and its run diverges" in done.stderr


# --- Taken home --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_script_has_the_wrong_line_and_prints_the_runs_numbers(
    mistake: Mistake, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = made(mistake, dtype="float32")
    script = takehome.script(record, TEMPLATE)
    (wrong,) = (line[2:] for line in takehome.mistake_shown(mistake).splitlines() if line.startswith("+"))
    assert wrong in script.splitlines()
    assert script.count("the mistake: ") == 1
    assert "on purpose" in script
    assert_imports_pytorch_and_matplotlib_and_nothing_else(script)
    assert_same_table(in_this_process(script, monkeypatch), record)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mended_as_its_comment_says_the_script_is_right(mistake: Mistake, monkeypatch: pytest.MonkeyPatch) -> None:
    script = takehome.script(made(mistake), TEMPLATE)
    lines = script.splitlines()
    at = next(number for number, line in enumerate(lines) if "the mistake: " in line)
    (advice,) = re.findall(r"# Write (.*?) in (?:that line|its place), and the program is right\.", script)
    new, *old = re.findall("`(.*?)`", advice)
    if old:
        assert lines[at].count(old[0]) == 1
        lines[at] = lines[at].replace(old[0], new)
    else:
        lines[at] = re.sub("# the mistake.*", new, lines[at])
    printed = in_this_process("\n".join(lines), monkeypatch)
    right = trained(make(X, Y, RATE, 200, START, dtype="float64"))
    w, b = map(float, re.findall(r"After 200 epochs: w = (\S+), b = (\S+),", printed)[0])
    assert (w, b) == pytest.approx(right.final_parameters)


def test_a_script_with_a_mistake_runs_by_itself(tmp_path: Path) -> None:
    record = made("no-zero-grad", 30)
    printed, heights = carried_out(takehome.script(record, TEMPLATE), tmp_path)
    assert_same_table(printed, record)
    assert len(heights) > 5


def test_a_notebook_has_the_mistake_too() -> None:
    cells = json.loads(takehome.notebook(made("flipped-sign"), TEMPLATE))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    for part in code:
        ast.parse(part)
    assert sum("the mistake: " in part for part in code) == 1
    assert any("Descent, with a mistake in it" in "".join(cell["source"]) for cell in cells)


# --- Kept apart --------------------------------------------------------------------------------------------------


def test_a_mistake_has_a_key_of_its_own() -> None:
    scenarios = [make(X, Y, RATE, 9, START), *(make(X, Y, RATE, 9, START, mistake=mistake) for mistake in MISTAKES)]
    assert len({computation_key("run", scenario, "any") for scenario in scenarios}) == 1 + len(MISTAKES)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_neither_lab_nor_sweep_nor_ladder_nor_races_nor_anything_to_touch_has_it(mistake: Mistake) -> None:
    done = made(mistake)
    assert lab_address(done) is None
    assert repeatable(done)["run"]["mistake"] == mistake
    for call in (sweep, climb):
        with pytest.raises(Fault) as refused:
            call(done.scenario)
        assert "mistake" in f"{refused.value.fault} {refused.value.help}"
    for call in ("lab", "four_rates"):
        with pytest.raises(Fault) as refused:
            refuse_unfit(call, "made-up", done.scenario)
        assert "without" in refused.value.help
        assert "mistake" in refused.value.help
    for what in ("line", "rate", "momentum"):
        fault = wrong_touch(what, "made-up", {"made-up": done.scenario})
        assert fault is not None
        assert "without a mistake" in fault.help


def test_a_page_carries_the_mistake_for_the_browser_to_refuse(project: Project) -> None:
    (project.scenarios / "tiny.toml").write_text(text("broadcast"))
    scenario = load(project.scenarios / "tiny.toml")
    assert repeatable(trained(scenario))["run"]["mistake"] == "broadcast"
    assert_array_equal(trained(scenario).params, trained(scenario).params)
