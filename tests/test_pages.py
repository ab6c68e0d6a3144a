"""What a page can call besides its runs and pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from generator.faults import Fault
from generator.numerals import percent
from generator.pages.rendering import Pages
from generator.project import Project
from generator.runs.analysis import Run
from generator.scenario.reading import load_all
from tests import tiny
from tests.runs import trained


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.at(tiny.make(tmp_path))


def pages(project: Project) -> Pages:
    scenarios = load_all(project.scenarios)

    def result_of(kind: str, id: str) -> Run:
        assert kind == "run"
        return trained(scenarios[id])

    return Pages(project, project.editions()[0], scenarios, result_of)


def authored(project: Project, text: str) -> Path:
    path = project.editions()[0].pages / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_reading_takes_a_minute_for_180_words_and_half_a_minute_for_a_picture(project: Project) -> None:
    authored(project, "word " * 720)
    assert pages(project).calls.minutes("page.md") == 4
    authored(project, "word " * 720 + '\n\n[= figure("tiny") =]\n\n[= figure("tiny", caption="word") =]\n')
    assert pages(project).calls.minutes("page.md") == 5


def test_code_takes_no_reading_time_and_two_chinese_characters_are_a_word(project: Project) -> None:
    authored(project, "word " * 180 + "\n```python\n" + "code " * 1000 + "\n```\n")
    assert pages(project).calls.minutes("page.md") == 1
    authored(project, "学习" * 360)
    assert pages(project).calls.minutes("page.md") == 2


def test_a_picture_at_the_top_of_a_page_can_be_loaded_at_once(project: Project) -> None:
    path = authored(project, '[= figure("tiny", eager=True) =]\n')
    assert pages(project).render("page.md", path).count('loading="eager"') == 2
    path = authored(project, '[= figure("tiny") =]\n')
    assert 'loading="eager"' not in pages(project).render("page.md", path)


def scenario_page(project: Project, *changes: tuple[str, str]) -> str:
    """The page of the tiny scenario, changed, in one line."""
    text = tiny.scenario()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (project.scenarios / "tiny.toml").write_text(text, encoding="utf-8")
    return " ".join(pages(project).scenario_page("tiny").split("## Take it")[0].split())


def test_a_drawn_start_stands_on_its_runs_page(project: Project) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        w, b = torch.randn(1).item(), torch.randn(1).item()
    page = scenario_page(project, ("{ w = 0.0, b = 0.0 }", "{ seed = 7 }"))
    assert (
        f"as `torch.manual_seed(7)` and then `torch.randn(1)` draw it, once for w and once for b: w = {w}, b = {b}."
        in page
    )
    assert "manual_seed" not in scenario_page(project)


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        ("sum", "the sum of the squared errors."),
        ("half", "half the mean of the squared errors."),
        ("half_sum", "half the sum of the squared errors."),
    ],
)
def test_a_page_says_what_its_loss_is_where_it_is_no_mean(project: Project, loss: str, said: str) -> None:
    page = scenario_page(
        project, ("rate", "rate"), ("epochs = 300", f'epochs = 300\nloss = "{loss}"'), ("= 0.1", "= 0.01")
    )
    assert f"The loss of this run is {said}" in page
    assert "The loss of this run" not in scenario_page(project)


def test_a_page_says_that_its_batches_keep_the_order_of_the_points(project: Project) -> None:
    page = scenario_page(project, ("epochs = 300", "epochs = 300\nbatch_size = 2"))
    assert "followed the gradient of its own batch." in page
    assert "in their order" not in page
    page = scenario_page(project, ("epochs = 300", 'epochs = 300\nbatch_size = 2\nbatch_order = "given"'))
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
    page = scenario_page(project, ("[training]", f"{tables}\n\n[training]"), ("epochs = 300", "epochs = 900"))
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
    page = scenario_page(project, ("[training]", f"[target]\n{target}\n\n[training]"), ("epochs = 300", "epochs = 900"))
    of_which = "Where tables and pictures here speak of w and b, of loss and gradient, they mean those of y′."
    assert f"Before training y became y′: {done} {of_which} {unit}" in page
    assert page.index("y became y′") < page.index("Before the run, theory says")


def test_a_page_warns_of_y_that_rounding_moves_and_of_y_that_cannot_be_standardised(project: Project) -> None:
    y = "y = [2.0, 3.0, 5.5]"
    far = scenario_page(project, (y, "y = [1000000002.0, 1000000003.0, 1000000005.5]"), ("converges", "crawls"))
    given = np.array([1e9 + 2, 1e9 + 3, 1e9 + 5.5])
    moved = np.sqrt(np.mean((given.astype(np.float32) - given) ** 2)) / given.std()
    assert f"rounding it to float32 moved it by {percent(moved, 2)} of its standard deviation." in far
    assert 'What helps: `center = true` under `[target]` or `dtype = "float64"` under `[training]`.' in far
    level = scenario_page(
        project, (y, "y = [3.0, 3.0, 3.0]"), ("[training]", "[target]\nstandardize = true\n\n[training]")
    )
    assert (
        "y does not vary, so it has no standard deviation to be divided by: standardising only took its mean off."
        in level
    )
    assert "its mean, 3.0000, was taken off." in level


def test_a_page_says_the_unit_of_a_run_that_leaves_no_line(project: Project) -> None:
    page = scenario_page(
        project, ("[training]", "[target]\nscale = 0.5\n\n[training]"), ("= 0.1", "= 10.0"), ("converges", "diverges")
    )
    assert "One unit of y′ is 2.000 units of y" in page
    assert "there is no line any more" in page


def test_a_run_in_the_order_of_the_points_that_comes_back_each_epoch_is_not_said_to_stand_still(
    project: Project,
) -> None:
    """Its steps are long: for each point its own, and one undoes what another did."""
    page = scenario_page(
        project, ("epochs = 300", 'epochs = 300\nbatch_size = 1\nbatch_order = "given"'), ("= 0.1", "= 0.05"),
        ("converges", "crawls"),
    )  # fmt: skip
    assert "It goes round: its last epoch ended where it began" in page
    assert "stands still" not in page


# (a call of `figure`, what is wrong with it, a part of the remedy)
UNFIT = [
    ('"tiny", kind="fitt"', "there is no kind of figure 'fitt'", "did you mean 'fit'?"),
    ('"tiny", kind=3', "there is no kind of figure 3", "there are: "),
    ('"tiny", kind="race"', "a figure of the kind 'race' shows 2 to 4 scenarios, not 1", "name 2 to 4"),
    ('"tiny", "tiny"', "a figure of the kind 'fit' shows 1 scenario, not 2", "name 1"),
    ('"tiny", kind="cobweb"', "a figure of the kind 'cobweb' shows 0 scenarios, not 1", "name 0"),
    ('"tiny", equal=True', "a figure of the kind 'fit' has no option 'equal'", "it has none"),
    ('"tiny", kind="landscape", equl=True', "a figure of the kind 'landscape' has no option 'equl'", "mean 'equal'?"),
    ('"tiny", kind="landscape", equal={}', "equal = {} is nothing that 'landscape' can show", "False or True"),
    ('"tiny", kind="loss_curve", scale="cubic"', "scale = 'cubic' is nothing that", "'both' or 'linear' or 'log'"),
    ('"tiny", kind="parabola", axis="x"', "axis = 'x' is nothing that 'parabola' can show", "'w' or 'b'"),
    ('"tiny", kind="squares_still", state=-1', "state = -1 is nothing that", "a whole number from 0"),
    ('"tiny", kind="filmstrip", of="modes"', "of = 'modes' is nothing that 'filmstrip' can show", "a kind that moves"),
    ('"tiny", kind="filmstrip", of="parabola", equal=True', "'filmstrip' has no option 'equal'", "axis, of"),
    ('kind="cobweb", products=[]', "products = () is nothing that 'cobweb' can show", "above 0"),
    ('kind="cobweb", products=[0.5, -1]', "products = (0.5, -1) is nothing that", "above 0"),
    ('kind="cobweb", products=[1, 1, 1, 1, 1, 1, 1]', "products = (1, 1, 1, 1, 1, 1, 1)", "1 to 6"),
    ('kind="cobweb", products="abc"', "products = 'abc' is nothing that", "above 0"),
]


@pytest.mark.parametrize(("call", "fault", "remedy"), UNFIT)
def test_a_figure_that_cannot_be_is_refused_with_its_line_before_anything_is_trained(
    project: Project, call: str, fault: str, remedy: str
) -> None:
    path = authored(project, f"# Page\n\n[= figure({call}) =]\n")
    (found,) = pages(project).check()
    assert fault in found.fault
    assert remedy in found.help
    assert (found.file, found.line) == (path, 3)


def test_what_is_computed_is_refused_when_it_is_known(project: Project) -> None:
    path = authored(project, '[% set kind = "fi" ~ "tt" %]\n[= figure("tiny", kind=kind) =]\n')
    assert pages(project).check() == []
    with pytest.raises(Fault, match="no kind of figure 'fitt'") as refusal:
        pages(project).render("page.md", path)
    assert (refusal.value.file, refusal.value.line) == (path, 2)
    assert refusal.value.help == "did you mean 'fit'?"


@pytest.mark.parametrize(
    ("expression", "fault", "remedy"),
    [
        (
            'figure("tiny", kind="squares_still", state=301)',
            "tiny has epochs 1 to 300, and no epoch 301",
            "generator/runs/",
        ),
        ('run("tiny").final_los', "no attribute 'final_los'", "generator/runs/"),
        ('run("tiny").stop("patience", 1)', "there is no 'patience'", "generator/runs/"),
        ('listing("modle")', "generator.descent.regression has no 'modle'", "did you mean 'model'?"),
        ('quiz("Which?", "a", {"b": ("It is b.", "No.")})', "the answer 'a' is none of the quiz's choices", "'b'"),
        ("1 / 0", "division by zero", "generator/pages/"),
    ],
)
def test_an_expression_that_fails_is_a_fault_with_its_line(
    project: Project, expression: str, fault: str, remedy: str
) -> None:
    path = authored(project, f"# Page\n\n[= {expression} =]\n")
    with pytest.raises(Fault) as refusal:
        pages(project).render("page.md", path)
    assert fault in refusal.value.fault
    assert remedy in refusal.value.help
    assert (refusal.value.file, refusal.value.line) == (path, 3)


def test_a_template_that_fails_or_is_gone_is_a_fault_of_the_template(project: Project) -> None:
    template = project.templates / "en/scenario.md"
    template.write_text("# Title\n[= record.nonsense =]\n", encoding="utf-8")
    with pytest.raises(Fault, match="nonsense") as refusal:
        pages(project).scenario_page("tiny")
    assert (refusal.value.file, refusal.value.line) == (template, 2)
    template.unlink()
    with pytest.raises(Fault, match=r"no template scenario\.md"):
        pages(project).scenario_page("tiny")


def test_a_mistake_in_an_included_template_is_found_there(project: Project) -> None:
    included = project.templates / "en/card.md"
    included.write_text("fine\n[= 1 + =]\n", encoding="utf-8")
    path = authored(project, '# Page\n\n[% include "card.md" %]\n')
    with pytest.raises(Fault, match="template syntax") as refusal:
        pages(project).render("page.md", path)
    assert (refusal.value.file, refusal.value.line) == (included, 2)
