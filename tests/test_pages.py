"""What a page can call besides its runs and pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.faults import Fault
from generator.project import Project
from tests import tiny
from tests.rendered import authored, pages


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.at(tiny.make(tmp_path))


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
