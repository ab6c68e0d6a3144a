"""What a page can call besides its runs and pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.faults import Fault
from generator.figures.catalogue import Request
from generator.pages.rendering import Pages
from generator.project import Project
from generator.scenario.reading import load_all
from generator.site.settings import left_out
from tests import tiny
from tests.rendered import authored, pages
from tests.runs import trained


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
    assert pages(project).render("page.md", path).count('loading="eager"') == 4
    path = authored(project, '[= figure("tiny") =]\n')
    assert 'loading="eager"' not in pages(project).render("page.md", path)


def test_a_run_too_long_to_be_computed_unasked_keeps_its_animation(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 3 points and 300 epochs: what plays gets its frames, what is stepped through does not."""
    path, fit = authored(project, '[= figure("tiny", step=True) =]\n'), Request("fit", ("tiny",))
    for most, played in ((900, set()), (899, {fit})):
        monkeypatch.setattr("generator.runs.repeatable.MOST_UNASKED", most)
        edition = pages(project)
        text = edition.render("page.md", path)
        assert ("<gd-stepper>" not in text) == (" data-run=" not in text) == bool(played)
        assert edition.calls.pictures["page.md"].played == played


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


@pytest.mark.parametrize("call", ["figure", "again", "run", "verdict", "lab", "lab_link"])
def test_a_list_or_table_is_no_id_whatever_is_in_it(project: Project, call: str) -> None:
    for given, said in (("[page]", "a list"), ("(page, 1)", "a list"), ("{[]: 1}", "a table")):
        path = authored(project, f"# Page\n\n[= {call}({given}) =]\n")
        (found,) = pages(project).check()
        assert found.fault == f"{said} is no id of a scenario, which is a text"
        assert (found.file, found.line) == (path, 3)


@pytest.mark.parametrize("call", ["again", "run", "sweep", "ladder", "lab", "lab_link", "verdict"])
def test_a_call_without_a_scenario_is_told_with_its_line(project: Project, call: str) -> None:
    path = authored(project, f"# Page\n\n[= {call}() =]\n")
    (found,) = pages(project).check()
    assert found.fault == f"{call}() names no scenario"
    assert (found.file, found.line) == (path, 3)


def test_what_follows_a_scenario_is_no_id_of_one(project: Project) -> None:
    path = authored(project, '[= loss_table("tiny", none, True) =]\n\n[= loss_table("tiny", [1, 2]) =]\n')
    assert pages(project).check() == []
    assert pages(project).render("page.md", path).count("gd-wide") == 2


@pytest.mark.parametrize("option", ["kind", "caption", "step", "equal"])
def test_no_option_ends_a_check(project: Project, option: str) -> None:
    path = authored(project, f'# Page\n\n[= figure("tiny", {option}={{[]: 1}}) =]\n')
    for found in pages(project).check():
        assert (found.file, found.line) == (path, 3)
    with pytest.raises(Fault) as refusal:
        pages(project).render("page.md", path)
    assert (refusal.value.file, refusal.value.line) == (path, 3)


@pytest.mark.parametrize("call", ['minutes(["x"])', 'quiz("Which?", ["b"], {"b": ("It is b.", "No.")})'])
def test_no_list_names_a_page_or_an_answer(project: Project, call: str) -> None:
    path = authored(project, f"# Page\n\n[= {call} =]\n")
    with pytest.raises(Fault, match=r"there is no page|none of the quiz's choices") as refusal:
        pages(project).render("page.md", path)
    assert (refusal.value.file, refusal.value.line) == (path, 3)


IN_MARKDOWN = [
    '[try it]([= lab_link("tiny") =])',
    '[try it]( <[= lab_link(id="tiny") | e =]>)',
    '[try it][1]\n\n[1]: [= lab_link("tiny") =]',
    '![try it]([= lab_link("tiny") =])',
    '[% set there = lab_link("tiny") %]\n[try it]([= there =])',
]


@pytest.mark.parametrize("link", IN_MARKDOWN)
def test_a_link_of_markdown_to_a_run_in_the_lab_is_refused_with_its_line(project: Project, link: str) -> None:
    text = f'# Page\n\n<a href="[= lab_link("tiny") | e =]">try it</a>\n\n{link}\n'
    path = authored(project, text)
    (found,) = pages(project).check()
    assert found.fault == "lab_link is no address for a link of Markdown"
    assert found.help == 'write it as HTML: <a href="[= lab_link("…") | e =]">Open in the lab</a>'
    assert (found.file, found.line) == (path, 1 + text[: text.rindex("[=")].count("\n"))


def test_what_is_computed_is_refused_when_it_is_known(project: Project) -> None:
    path = authored(project, '[% set kind = "fi" ~ "tt" %]\n[= figure("tiny", kind=kind) =]\n')
    assert pages(project).check() == []
    with pytest.raises(Fault, match="no kind of figure 'fitt'") as refusal:
        pages(project).render("page.md", path)
    assert (refusal.value.file, refusal.value.line) == (path, 2)
    assert refusal.value.help == "did you mean 'fit'?"


@pytest.mark.parametrize(
    ("expression", "remedy"),
    [
        ("figure(tiny)", 'the name of a run stands in quotes: "tiny"'),
        ("epochs", 'if it is something of a run, run("…").epochs_run was meant'),
        ("losstable", "did you mean 'loss_table'?"),
        ("qqq", "there are: again, figure, "),
    ],
)
def test_an_unknown_name_is_answered_with_what_is_most_likely_meant(
    project: Project, expression: str, remedy: str
) -> None:
    authored(project, f"# Page\n\n[= {expression} =]\n")
    [fault] = [fault for fault in pages(project).check() if "unknown name" in fault.fault]
    assert fault.help.startswith(remedy)
    assert "cycler" not in fault.help, "which is Jinja's, and of no use to anybody here"


@pytest.mark.parametrize(
    ("expression", "fault", "remedy"),
    [
        (
            'figure("tiny", kind="squares_still", state=301)',
            "tiny has epochs 1 to 300, and no epoch 301",
            "docs/en/page-calls.md",
        ),
        ('run("tiny").final_los', "no 'final_los' in this Run", "did you mean 'final_loss'?"),
        ('run("tiny").bowl.qqq', "no 'qqq' in this Bowl", "condition_number"),
        ('run("tiny").stop("patience", 1)', "there is no 'patience'", "docs/en/page-calls.md"),
        ('listing("modle")', "generator.descent.regression has no 'modle'", "did you mean 'model'?"),
        ('quiz("Which?", "a", {"b": ("It is b.", "No.")})', "the answer 'a' is none of the quiz's choices", "'b'"),
        ("1 / 0", "division by zero", "docs/en/page-calls.md"),
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


def test_a_template_that_fails_is_a_fault_of_the_template_and_one_that_is_gone_of_the_page(project: Project) -> None:
    template = project.templates / "en/scenario.md"
    template.write_text("# Title\n[= record.nonsense =]\n", encoding="utf-8")
    with pytest.raises(Fault, match="nonsense") as refusal:
        pages(project).scenario_page("tiny")
    assert (refusal.value.file, refusal.value.line) == (template, 2)
    page = authored(project, '# Page\n\n[% include "gone.md" %]\n')
    with pytest.raises(Fault, match=r"no template gone\.md") as refusal:
        pages(project).render("page.md", page)
    assert (refusal.value.file, refusal.value.line) == (page, 3)


def test_a_mistake_in_an_included_template_is_found_there(project: Project) -> None:
    included = project.templates / "en/card.md"
    included.write_text("fine\n[= 1 + =]\n", encoding="utf-8")
    path = authored(project, '# Page\n\n[% include "card.md" %]\n')
    with pytest.raises(Fault, match="template syntax") as refusal:
        pages(project).render("page.md", path)
    assert (refusal.value.file, refusal.value.line) == (included, 2)


# --- Where a call stands, and of what ---------------------------------------------------------------------------

TAKES_AN_ID = ["figure", "again", "loss_table", "run", "sweep", "ladder", "verdict", "four_rates", "lab", "lab_link"]


@pytest.mark.parametrize("given", ['["tiny"]', "{}", "none", "3", "[[]]", "(1, [2])"])
@pytest.mark.parametrize("call", TAKES_AN_ID)
def test_what_is_no_id_is_told_with_its_line(project: Project, call: str, given: str) -> None:
    path = authored(project, f"# Page\n\n[= {call}({given}) =]\n")
    (found,) = pages(project).check()
    assert "is no id of a scenario" in found.fault
    assert "in quotes" in found.help
    assert (found.file, found.line) == (path, 3)
    computed = authored(project, f"# Page\n\n[% set given = {given} %]\n[= {call}(given) =]\n")
    assert pages(project).check() == []
    with pytest.raises(Fault, match="is no id of a scenario") as refusal:
        pages(project).render("page.md", computed)
    assert (refusal.value.file, refusal.value.line) == (path, 4)


@pytest.mark.parametrize("call", [call for call in TAKES_AN_ID if call != "figure"])
def test_an_id_may_have_its_name_and_is_looked_at_all_the_same(project: Project, call: str) -> None:
    authored(project, f"# Page\n\n[= {call}(id='tinny') =]\n")
    (found,) = pages(project).check()
    assert (found.fault, found.help, found.line) == (
        "there is no scenario 'tinny'", "did you mean 'tiny'?", 3,
    )  # fmt: skip


@pytest.mark.parametrize("call", ["lab", "four_rates"])
def test_a_page_has_one_lab_and_one_race_at_most(project: Project, call: str) -> None:
    path = authored(project, f"[= {call}('tiny') =]\n\nMore.\n\n[= {call}('tiny') =]\n")
    (found,) = pages(project).check()
    with pytest.raises(Fault) as refusal:
        pages(project).render("page.md", path)
    for fault in (found, refusal.value):
        assert fault.fault == f"this is the second {call}(…) of the page"
        assert "a page has one at most" in fault.help
        assert (fault.file, fault.line) == (path, 5)
    authored(project, f"[% if page %]\n[= {call}('tiny') =]\n[% else %]\n[= {call}('tiny') =]\n[% endif %]\n")
    assert pages(project).check() == []
    assert "gd-" in pages(project).render("page.md", path)


CALLS = {
    "figure": 'figure("tiny", step=True)',
    "again": 'again("tiny")',
    "four_rates": 'four_rates("tiny")',
    "lab": 'lab("tiny")',
    "loss_table": 'loss_table("tiny")',
    "quiz": 'quiz("Which?", 1, {1: ("One", "Yes"),\n    2: ("Two", "No")})',
}
PLACES = {
    "a heading": "# [= {} =]",
    "a list": "- [= {} =]",
    "an entry of a list": "- one\n\n    [= {} =]",
    "a quotation": "> [= {} =]",
    "a note": '!!! note "Note"\n\n    [= {} =]',
    "a paragraph": "Look: [= {} =]",
    "what goes on": "[= {} =] is it",
    "a cell": "| a | b |\n|---|---|\n| [= {} =] | 1 |",
    "two on a line": "[= run('tiny').epochs_run =][= {} =]",
    "a branch": "So[% if page %][= {} =][% endif %]",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("name", CALLS)
def test_a_block_that_stands_in_another_is_refused_with_its_line(project: Project, name: str, place: str) -> None:
    text = f"# Page\n\n{place}\n".format(CALLS[name])
    path = authored(project, text)
    (found,) = pages(project).check()
    assert found.fault == f"{name}(…) makes a block, which stands on a line of its own and is not indented"
    assert "behind the list" in found.help
    assert (found.file, found.line) == (path, 1 + text[: text.index(f"[= {name}")].count("\n"))


BY_ITSELF = [
    "{}",
    "Text\n{}\ntext",
    "[% if page %]\n  [% if page %]{}[% endif %]\n[% endif %]",
    "{}  ",
    "[%# why #%]{}",
]


@pytest.mark.parametrize("place", BY_ITSELF)
@pytest.mark.parametrize("name", CALLS)
def test_a_block_may_stand_by_itself_wherever_that_is(project: Project, name: str, place: str) -> None:
    authored(project, place.replace("{}", f"[= {CALLS[name]} =]") + "\n")
    assert pages(project).check() == []


LABS = {
    "no page": (None, "", False),
    "a page with a lab": ("[= lab('tiny') =]", "", True),
    "a page with a lab in a branch": ("[% if page %]\n[= lab(id='tiny') =]\n[% endif %]", "", True),
    "a page without a lab": ("There was a lab(…) here.", "", False),
    "a page that is left out": ("[= lab('tiny') =]", "exclude_docs: |\n  /lab.md\n", False),
    "a draft": ("[= lab('tiny') =]", "draft_docs: 'la*.md'\n", False),
    "a page that is not left out": ("[= lab('tiny') =]", "exclude_docs: |\n  *.md\n  !lab.md\n", True),
}


@pytest.mark.parametrize("page", LABS)
def test_a_link_to_the_lab_leads_to_a_lab_that_is_published(project: Project, page: str) -> None:
    text, settings, is_there = LABS[page]
    (edition,) = project.editions()
    if text:
        (edition.pages / "lab.md").write_text(text)
    with edition.config.open("a") as config:
        config.write(settings)
    path = authored(project, "[= lab_link('tiny') =]")
    scenarios = load_all(project.scenarios)
    made = Pages(project, edition, scenarios, lambda _, id: trained(scenarios[id]), left_out=left_out(edition))
    assert made.render("page.md", path).startswith("../lab/index.html#x=" if is_there else "None")
