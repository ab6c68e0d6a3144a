"""What a run's own page says of it, before it and after, in words."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from generator.numerals import percent
from generator.project import Project
from generator.runs.analysis import Run
from tests import tiny
from tests.rendered import pages
from tests.runs import alt_text, make, trained

# λ₊ of the tiny points, x = 1, 2, 4: of 2 · the mean of (x, 1)(x, 1)ᵀ.
SLOW, FAST = np.linalg.eigvalsh(2 * np.array([[7, 7 / 3], [7 / 3, 1]]))
LIMIT = 2 / FAST


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.at(tiny.make(tmp_path))


def run_page(project: Project, text: str) -> str:
    """The page of the tiny scenario, changed, up to what can be taken home, in one line."""
    (project.scenarios / "tiny.toml").write_text(text, encoding="utf-8")
    made = pages(project).scenario_page("tiny")
    return " ".join(re.sub("<[^>]*>", "", made.split("## Take it")[0]).split())


def with_training(rate: float, epochs: int, **training: object) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in training.items())
    return tiny.scenario(rate=rate, epochs=epochs).replace("[training]\n", f"[training]\n{lines}")


def test_a_run_with_momentum_is_foretold_by_its_own_limit(project: Project) -> None:
    said = run_page(project, with_training(0.1, 300, momentum=0.5))
    assert "In the long run it swings: it runs past the valley's floor and comes back, less far each time." in said
    assert (
        f"Limit $2(1 + \\beta)/\\lambda_+$ = {3 / FAST:.4g}; this rate is {100 * 0.1 / (3 / FAST):.1f}% of it" in said
    )
    assert "on average and in the long run" in said
    assert "converges, as predicted." in said
    assert "Theory's loss for epoch 300 was" in said


def test_momentum_past_its_limit_is_foretold_with_the_epoch_of_the_first_inf(project: Project) -> None:
    said = run_page(project, with_training(0.3, 400, momentum=0.5))
    assert "In the long run it explodes" in said
    growth = max(abs(np.roots([1, -(1.5 - 0.3 * FAST), 0.5]))) ** 2
    assert f"the excess loss grows {growth:.3g}-fold an epoch, in the long run" in said
    assert "In float32 the loss is `inf` from epoch" in said
    assert "diverges, as predicted." in said


def test_a_rate_that_decays_from_past_the_limit_is_said_to_be_so_in_its_first_epochs(project: Project) -> None:
    said = run_page(project, with_training(2.5 * LIMIT, 300, decay=0.2))
    assert "In the long run it settles: it explodes while the rate is past the limit" in said
    assert "the first rate is 250% of it" in said
    assert "The rate is past the limit in the first 8 epochs, and within it from then on" in said  # (2.5 − 1)/0.2 = 7.5
    assert "halves" not in said.split("The run then did")[0]


def test_a_page_says_that_a_run_is_lost_and_not_when_it_would_arrive(project: Project) -> None:
    text = with_training(12 * LIMIT, 60, decay=0.03).replace('"converges"', '"diverges"')
    said = run_page(project, text)
    assert "In float32 its numbers overflow before the rate has come within the limit, and are lost" in said
    assert "would arrive" not in said


def test_a_page_says_where_rounding_decides(project: Project) -> None:
    said = run_page(project, with_training(0.6, 300, decay=0.1))
    assert "Rounding in float32 decides: as well possible is" in said
    assert "Rounding" not in run_page(project, with_training(0.1, 300))


def test_a_run_that_momentum_carries_past_the_bottom_is_said_to_be_carried_on(project: Project) -> None:
    text = with_training(0.01, 12, momentum=0.95).replace("x = [1.0, 2.0, 4.0]", "x = [-1.0, 1.0, 0.0]")
    text = text.replace("[training]", "[input]\nstandardize = true\n\n[training]").replace('"converges"', '"crawls"')
    assert "Where it has arrived it does not stay: its momentum carries it on" in run_page(project, text)


def test_a_rate_that_decays_within_the_limit_never_is_past_it(project: Project) -> None:
    said = run_page(project, with_training(0.9 * LIMIT, 300, decay=0.01))
    assert "If its rate stayed as it is at first, in the long run it alternates" in said
    assert "past the limit" not in said


def test_of_minibatches_a_page_says_how_large_the_steps_are_and_not_where_they_lead(project: Project) -> None:
    said = run_page(project, with_training(0.2, 20, batch_size=1))
    assert "Not where this run ends" in said
    assert f"is $2/\\lambda_+$ = {LIMIT:.4g}; this rate is {100 * 0.2 / LIMIT:.0f}% of it" in said
    # 1 − 2 · 0.2 · (4² + 1) = −5.8
    assert "multiplies that point's residual by −5.80 where $x$ is farthest from 0, at 4.00" in said
    assert "as predicted" not in said
    assert "by theory" not in said
    assert "and with them chance" in said
    assert "chance" not in run_page(project, with_training(0.2, 20, batch_size=1, batch_order='"given"'))


@pytest.mark.parametrize(
    ("rate", "start", "lacking"),
    [
        (LIMIT / 2, "both away", "slow direction"),
        (LIMIT / 5000, "both away", "two directions"),
        (LIMIT * 0.9999, "slow there", "fast direction"),
    ],
)
def test_a_run_that_crawls_lacks_the_directions_that_are_named(
    project: Project, rate: float, start: str, lacking: str
) -> None:
    x, y = np.array([1.0, 2.0, 4.0]), np.array([2.0, 3.0, 5.5])
    weight, bias = np.polyfit(x, y, 1)
    w, b = 0.0, 0.0
    if start == "slow there":  # away from the best line in the fast direction alone
        fast = np.linalg.eigh(2 * np.array([[7, 7 / 3], [7 / 3, 1]]))[1][:, 1]
        w, b = (weight, bias) + 3 * fast
    text = with_training(float(rate), 20, dtype='"float64"').replace(
        "w = 0.0, b = 0.0", f"w = {float(w)}, b = {float(b)}"
    )
    said = run_page(project, text.replace('"converges"', '"crawls"'))
    assert f"It has not arrived in the {lacking}: w is" in said
    assert f"where least squares has {weight:#.3g} and {bias:#.3g}" in said
    alt = runs_alt(x, y, float(rate), (float(w), float(b)))
    assert ("in the slow direction" in alt, "in the fast direction" in alt) == (
        lacking == "slow direction", lacking == "fast direction",
    )  # fmt: skip
    assert f"least squares has w = {weight:#.3g}, b = {bias:#.3g}" in alt


SHAKEN_X = [-0.5, 0.0, 0.4, 0.7, 1.1, 1.4, 1.6, 2.3]
SHAKEN_Y = [27.0, 31.0, 31.5, 34.0, 34.5, 36.0, 39.0, 40.5]
SHAKEN_LIMIT = (
    2 / np.linalg.eigvalsh(2 * np.array([[np.square(SHAKEN_X).mean(), np.mean(SHAKEN_X)], [np.mean(SHAKEN_X), 1]]))[1]
)
CALMER = "smaller rate, larger batches or a rate that decays let it come nearer"


def shaken(share: float, epochs: int, **training: object) -> Run:
    """On points that lie on no line, a few at a time, at this share of the limit of all points at once."""
    return trained(make(SHAKEN_X, SHAKEN_Y, share * SHAKEN_LIMIT, epochs, (1.0, 0.0), **training))  # type: ignore[arg-type]


def late(run: Run) -> float:
    """The mean over the second half of how far the loss lies above the best line's."""
    best = np.polyfit(SHAKEN_X, SHAKEN_Y, 1)
    errors = (run.params - best) @ np.stack([SHAKEN_X, np.ones(len(SHAKEN_X))])
    above = (errors**2).mean(axis=1)
    return float(above[len(above) // 2 :].mean())


def test_a_run_that_its_batches_keep_off_trembles_and_is_not_said_to_be_on_its_way() -> None:
    held = shaken(0.55, 400, batch_size=2)
    assert held.verdict == "crawls"
    said = alt_text("fit", [held])
    assert "it trembles in the fast direction, its batches pulling it to and fro, last at" in said
    for kind in ("fit", "landscape", "squares", "race"):
        assert "trembles" in alt_text(kind, [held])
        assert "on its way" not in alt_text(kind, [held]), kind
    # More epochs do not help; each of the three that are named does.
    assert late(shaken(0.55, 1600, batch_size=2)) > 0.7 * late(held)
    for calmer in (
        shaken(0.1, 400, batch_size=2), shaken(0.55, 400, batch_size=4), shaken(0.55, 400, batch_size=2, decay=0.05),
    ):  # fmt: skip
        assert late(calmer) < late(held) / 3
    assert shaken(0.1, 400, batch_size=2).verdict == "converges"


def test_minibatches_that_need_more_epochs_are_on_their_way() -> None:
    slow = shaken(0.002, 60, batch_size=2)
    assert slow.verdict == "crawls"
    for kind in ("fit", "landscape", "squares", "race"):
        assert "still on its way" in alt_text(kind, [slow])
    assert late(shaken(0.002, 240, batch_size=2)) < late(slow) / 1.5


def test_a_run_can_be_on_its_way_in_one_direction_and_tremble_in_the_other() -> None:
    x = [10 * each for each in SHAKEN_X]  # a long valley
    limit = 2 / np.linalg.eigvalsh(2 * np.array([[np.square(x).mean(), np.mean(x)], [np.mean(x), 1]]))[1]
    run = trained(make(x, SHAKEN_Y, 0.4 * limit, 40, (1.0, 0.0), batch_size=2))
    expected = "it is still on its way in the slow direction, and trembles in the fast one"
    assert expected in alt_text("fit", [run])
    assert expected in alt_text("landscape", [run])


def test_batches_that_are_the_same_in_every_epoch_lead_round() -> None:
    run = shaken(0.4, 100, batch_size=2, batch_order="given")
    assert run.verdict == "crawls"
    assert np.abs(np.diff(run.params[-3:], axis=0)).max() < 1e-4
    assert "it goes round beside the best line" in alt_text("fit", [run])
    assert "goes round beside the bottom" in alt_text("landscape", [run])


def test_a_run_whose_steps_are_below_rounding_stands_still() -> None:
    run = trained(make([0, 1, 2], [1000, 1001, 1002.5], 1e-12, 10, (0.5, 900.0)))
    assert (run.params[-1] == run.params[0]).all()
    assert "it stands still short of the best line" in alt_text("fit", [run])
    assert "on its way" not in "".join(alt_text(kind, [run]) for kind in ("fit", "landscape", "squares", "race"))


def test_a_page_names_what_helps_against_the_trembling_and_no_more_epochs(project: Project) -> None:
    def page(rate: float, epochs: int, **training: object) -> str:
        text = with_training(rate, epochs, batch_size=1, **training).replace('"converges"', '"crawls"')
        return run_page(project, text.replace("y = [2.0, 3.0, 5.5]", "y = [2.0, 5.0, 3.5]"))

    shaken = page(0.055, 400)
    assert "In both directions it trembles: each step follows other points, and they pull to and fro." in shaken
    assert CALMER in shaken
    assert CALMER in page(0.055, 400, batch_order='"given"')
    assert "trembles" not in page(1e-5, 20)


def test_a_loss_that_goes_up_and_down_to_the_end_is_not_said_to_fall_to_where_it_is_last() -> None:
    """Shared minibatches of points on no line; on a line it comes to rest."""
    x, y = [-1.0, 0.0, 1.0, 2.0], [0.0, 2.0, 1.0, 4.0]
    run = trained(make(x, y, 0.2, 60, batch_size=1))
    second_half = run.losses[len(run.losses) // 2 :]
    said = alt_text("loss_curve", [run])
    assert f"goes up and down between {second_half.min():#.3g} and {second_half.max():#.3g}" in said
    assert "falls from" in alt_text("loss_curve", [trained(make(x, y, 0.2, 60))])
    assert "up and down" not in alt_text("loss_curve", [trained(make(x, y, 0.2, 60))])
    on_a_line = trained(make(x, [1 + 2 * each for each in x], 0.1, 200, batch_size=1))
    assert "up and down" not in alt_text("loss_curve", [on_a_line])


def runs_alt(x: NDArray[np.float64], y: NDArray[np.float64], rate: float, start: tuple[float, float]) -> str:
    return alt_text("fit", [trained(make(x.tolist(), y.tolist(), rate, 20, start, dtype="float64"))])


# --- What it says of what a scenario asked for ------------------------------------------------------------


def changed(project: Project, *changes: tuple[str, str]) -> str:
    """The page of the tiny scenario, changed, in one line."""
    text = tiny.scenario()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return run_page(project, text)


def test_a_drawn_start_stands_on_its_runs_page(project: Project) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        w, b = torch.randn(1).item(), torch.randn(1).item()
    page = changed(project, ("{ w = 0.0, b = 0.0 }", "{ seed = 7 }"))
    assert (
        f"as `torch.manual_seed(7)` and then `torch.randn(1)` draw it, once for w and once for b: w = {w}, b = {b}."
        in page
    )
    assert "manual_seed" not in changed(project)


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        ("sum", "the sum of the squared errors."),
        ("half", "half the mean of the squared errors."),
        ("half_sum", "half the sum of the squared errors."),
    ],
)
def test_a_page_says_what_its_loss_is_where_it_is_no_mean(project: Project, loss: str, said: str) -> None:
    page = changed(project, ("rate", "rate"), ("epochs = 300", f'epochs = 300\nloss = "{loss}"'), ("= 0.1", "= 0.01"))
    assert f"The loss of this run is {said}" in page
    assert "The loss of this run" not in changed(project)


def test_a_page_says_that_its_batches_keep_the_order_of_the_points(project: Project) -> None:
    page = changed(project, ("epochs = 300", "epochs = 300\nbatch_size = 2"))
    assert "followed the gradient of its own batch." in page
    assert "in their order" not in page
    page = changed(project, ("epochs = 300", 'epochs = 300\nbatch_size = 2\nbatch_order = "given"'))
    assert "The batches were the points in their order, 2 at a time, the same in every epoch." in page


@pytest.mark.parametrize(
    ("tables", "units"),
    [
        ("[target]\nstandardize = true", "y"),
        ("[target]\nstandardize = true\n[input]\ncenter = true", "x and y"),
        ("[input]\ncenter = true", "x"),
    ],
)
def test_a_page_takes_its_line_back_to_the_units_that_were_given(project: Project, tables: str, units: str) -> None:
    page = changed(project, ("[training]", f"{tables}\n\n[training]"), ("epochs = 300", "epochs = 900"))
    slope, height = np.polyfit([1.0, 2.0, 4.0], [2.0, 3.0, 5.5], 1)
    assert f"In the original units of {units} the run's line is w = {slope:#.5g}, b = {height:#.5g}." in page
    assert ("Before training y became y′" in page) == ("y" in units)


SPREAD = np.std([2.0, 3.0, 5.5])


@pytest.mark.parametrize(
    ("target", "done", "unit"),
    [
        ("scale = 1e-3", "it was multiplied by 0.001.",
         "One unit of y′ is 1,000 units of y: a loss of 1 here is 1.000 × 10⁶ in the square of those."),
        ("center = true", "its mean, 3.5000, was taken off.", "Its units are those of y, and so is every loss."),
        ("center = true\nscale = 0.5", "its mean, 3.5000, was taken off, and then it was multiplied by 0.5.",
         "One unit of y′ is 2.000 units of y: a loss of 1 here is 4.000 in the square of those."),
        ("standardize = true",
         f"its mean, 3.5000, was taken off, and then it was divided by its standard deviation, {SPREAD:#.5g}.",
         f"One unit of y′ is {SPREAD:#.4g} units of y: a loss of 1 here is {SPREAD**2:#.4g} in the square of those."),
    ],
)  # fmt: skip
def test_a_page_says_first_in_which_unit_y_and_the_loss_are(
    project: Project, target: str, done: str, unit: str
) -> None:
    page = changed(project, ("[training]", f"[target]\n{target}\n\n[training]"), ("epochs = 300", "epochs = 900"))
    of_which = "Where tables and pictures here speak of w and b, of loss and gradient, they mean those of y′."
    assert f"Before training y became y′: {done} {of_which} {unit}" in page
    assert page.index("y became y′") < page.index("Before the run, theory says")


def test_a_page_warns_of_y_that_rounding_moves_and_of_y_that_cannot_be_standardised(project: Project) -> None:
    y = "y = [2.0, 3.0, 5.5]"
    far = changed(project, (y, "y = [1000000002.0, 1000000003.0, 1000000005.5]"), ("converges", "crawls"))
    given = np.array([1e9 + 2, 1e9 + 3, 1e9 + 5.5])
    moved = np.sqrt(np.mean((given.astype(np.float32) - given) ** 2)) / given.std()
    assert f"rounding it to float32 moved it by {percent(moved, 2)} of its standard deviation." in far
    assert 'What helps: `center = true` under `[target]` or `dtype = "float64"` under `[training]`.' in far
    level = changed(project, (y, "y = [3.0, 3.0, 3.0]"), ("[training]", "[target]\nstandardize = true\n\n[training]"))
    assert (
        "y does not vary, so it has no standard deviation to be divided by: standardising only took its mean off."
        in level
    )
    assert "its mean, 3.0000, was taken off." in level


def test_a_page_says_the_unit_of_a_run_that_leaves_no_line(project: Project) -> None:
    page = changed(
        project, ("[training]", "[target]\nscale = 0.5\n\n[training]"), ("= 0.1", "= 10.0"), ("converges", "diverges")
    )
    assert "One unit of y′ is 2.000 units of y" in page
    assert "there is no line any more" in page


def test_a_run_in_the_order_of_the_points_that_comes_back_each_epoch_is_not_said_to_stand_still(
    project: Project,
) -> None:
    """Its steps are long: for each point its own, and one undoes what another did."""
    page = changed(
        project, ("epochs = 300", 'epochs = 300\nbatch_size = 1\nbatch_order = "given"'), ("= 0.1", "= 0.05"),
        ("converges", "crawls"),
    )  # fmt: skip
    assert "It goes round: its last epoch ended where it began" in page
    assert "stands still" not in page
