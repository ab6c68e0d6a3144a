"""What an expression makes has bounds, and what a page takes has an end: nothing hangs, nothing fills the memory."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import numpy as np
import pytest
from jinja2.exceptions import SecurityError

from generator import bounds, limits
from generator.faults import Fault
from generator.making import takehome
from generator.project import Project
from generator.scenario.reading import load_all
from tests import tiny
from tests.rendered import authored, pages
from tests.runs import trained

pytestmark = [
    pytest.mark.usefixtures("no_hang"),
    pytest.mark.skipif(not limits.HAS_TIMER, reason="what has no end would not end here"),
]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.at(tiny.make(tmp_path))


DOUBLED = "[% set ns = namespace(s='xx') %][% for i in range(60) %]{}[% endfor %]"
# (what a page says, a part of what it is told)
TOO_MUCH = [
    ("[= range(10**12) | list =]", "Range too big"),
    ('[= "a" * 10**10 =]', "10,000,000,000 characters"),
    ('[= 10**10 * "a" =]', "10,000,000,000 characters"),
    ("[= ([0] * 10**10) | length =]", "10,000,000,000 characters"),
    ("[= ((1, 2) * 10**10) | length =]", "20,000,000,000 characters"),
    ("[= ((['x' * 10**6] * 100) * 100) | join =]", "the product would come to"),
    ("[= 'a' * (run('tiny').losses.argmin() * 10**9) =]", "the product"),  # a number of NumPy's
    ("[= (9**9)**(9**9) =]", "a whole number by '**'"),
    ("[= 2 ** (10**9) =]", "a whole number by '**'"),
    ("[= (9**9)**(9**9) > 1 =]", "a whole number by '**'"),
    (DOUBLED.format("[% set ns.s = ns.s ~ ns.s %]"), "the text would come to"),
    (DOUBLED.format("[% set ns.s = ns.s + ns.s %]"), "the sum would come to"),
    (DOUBLED.format("[% set ns.s = ns.s * 2 %]"), "the product would come to"),
    (DOUBLED.format("[% set x %][= ns.s =][= ns.s =][% endset %][% set ns.s = x %]"), "the text would come to"),
    (DOUBLED.format("[% set ns.s = [ns.s, ns.s] | join %]"), "would come to"),
    (DOUBLED.format("[% set ns.s = ns.s.replace('x', 'xx') %]"), "'replace' would come to"),
    (DOUBLED.format("[% set ns.s = ns.s | replace('x', 'xx') %]"), "'replace' would come to"),
    (DOUBLED.format("[% set ns.s = '%s%s' % (ns.s, ns.s) %]"), "would come to"),
    (DOUBLED.format("[% set ns.s = '%s%s' | format(ns.s, ns.s) %]"), "'format' would come to"),
    (DOUBLED.format("[% set ns.s = '{0}{0}'.format(ns.s) %]"), "'format' would come to"),
    ("[% set ns = namespace(n=3) %][% for i in range(60) %][% set ns.n = ns.n * ns.n %][% endfor %]", "by '*'"),
    ("[% macro m(n) %]xxxx[= m(n - 1) =][= m(n - 1) =][% endmacro %][= m(40) =]", "recursion"),
    (DOUBLED.format("[% set ns.s = [ns.s, ns.s] %]"), "the value would come to"),
    (DOUBLED.format("[% set ns.s = (ns.s, ns.s) %]"), "the value would come to"),
    (DOUBLED.format("[% set ns.s = {1: ns.s, 2: ns.s} %]"), "the value would come to"),
    (DOUBLED.format("[% set ns.s = dict(a=ns.s, b=ns.s) %]"), "the value would come to"),
    (DOUBLED.format("[% set ns.s = {1: ns.s}.values() | list + [ns.s] %]"), "would come to"),
    ("[% macro m() %][= m() =][% endmacro %][= m() =]", "recursion"),
    ('[% include "page.md" %]', "there is no template page.md"),
    ("[= 'x' | center(10**10) =]", "'center' would come to"),
    ("[= 'x' | center(10000000000) =]", "'center' would come to"),  # written out, it is made while the page is parsed
    ("[= 'x' | indent(10**10, first=true) =]", "'indent' would come to"),
    ("[= 'x x' | wordwrap(1, wrapstring='y' * 10**7) =]", "'wordwrap' would come to"),
    ("[= [1] | batch(10**10, 0) | list =]", "'batch' would come to"),
    ("[= [1] | slice(10**10) | list =]", "'slice' would come to"),
    ("[= 1.5 | round(10**10, 'ceil') =]", "'round' would come to"),
    ("[= {'a': 1} | tojson(indent=10**10) =]", "'tojson' would come to"),
    ("[= [[1], [2]] | sum(start=[]) =]", "'sum' adds numbers up"),
    ("[= range(99999) | map('center', 9999) | join =]", "is given would come to"),
    ("[= 'x'.center(10**10) =]", "'center' would come to"),
    ("[= 'x'.ljust(10**10) =]", "'ljust' would come to"),
    ("[= 'x'.rjust(10**10) =]", "'rjust' would come to"),
    ("[= 'x'.zfill(10**10) =]", "'zfill' would come to"),
    ("[= '\t'.expandtabs(10**10) =]", "'expandtabs' would come to"),
    ("[= ('x' * 10**6).translate({120: 'y' * 10**6}) =]", "'translate' would come to"),
    ("[= ('x' * 10**6).join(['y'] * 10**6) =]", "'join' would come to"),
    ("[= (['y'] * 10**6) | join('x' * 10**6) =]", "'join' would come to"),
    ("[= (1).to_bytes(10**10, 'big') =]", "'to_bytes' would come to"),
    ("[= '{:10000000000}'.format(1) =]", "a width in 'format' is above 9,999"),
    ("[= '{:{}}'.format(1, 10**10) =]", "a width in 'format' is above 9,999"),
    ("[= '{:{w}}'.format(1, w=10**10) =]", "a width in 'format' is above 9,999"),
    ("[= '{x:{w}}'.format_map({'x': 1, 'w': 10**10}) =]", "a width in 'format_map' is above 9,999"),
    ("[= '%10000000000d' % 1 =]", "a width in '%' is above 9,999"),
    ("[= '%*d' % (10**10, 1) =]", "a width in '%' is above 9,999"),
    ("[= '%10000000000d' | format(1) =]", "a width in 'format' is above 9,999"),
    ("[= 1 | fixed(10**10) =]", ""),
    ("[= 1 | significant(10**10) =]", ""),
    ("[= update_rule(0.1).factors(run('tiny').bowl, 10**12) =]", "that 'factors' is asked for"),
    ("[= run('tiny').bowl.eigenvalues.reshape(2, 1) * 'a' =]", ""),
    ("[= lipsum(n=10**7) =]", "unknown name 'lipsum'"),
    ("[= 1 << 10**10 =]", "template syntax"),
    ("[= " + "[" * 3000 + "]" * 3000 + " =]", "nested too deep"),
    ("[= " + "1+" * 5000 + "1 =]", "nested too deep"),
    ("[= " + "-" * 5000 + "1 =]", "nested too deep"),
    ("[% if 1 %]" * 300 + "[% endif %]" * 300, "nested too deep"),
    ("[% for i in [1] %]" * 50 + "[% endfor %]" * 50, "nested too deep"),
    ('[= minutes("../../../../../../../../etc/passwd") =]', "there is no page"),
    ('[= minutes("/dev/zero") =]', "there is no page"),
    ('[% include "../../../../../../etc/passwd" %]', "there is no template"),
    ('[% include "/etc/passwd" %]', "there is no template"),
    ('[% extends "/etc/passwd" %]', "there is no template"),
    ('[% import "../../mkdocs.yml" as stolen %]', "there is no template"),
]


@pytest.mark.parametrize(("text", "told"), TOO_MUCH, ids=[text[:60] for text, _ in TOO_MUCH])
def test_what_would_make_too_much_is_a_fault_of_the_page(project: Project, text: str, told: str) -> None:
    path = authored(project, f"# Page\n\n{text}\n")
    found = pages(project).check()  # which ends, whatever it finds
    if not found:
        with pytest.raises(Fault) as refusal:
            pages(project).render("page.md", path)
        found = [refusal.value]
    assert found[0].file == path
    assert found[0].fault
    assert found[0].help
    assert told in found[0].fault


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'-' * 40", "-" * 40),
        ("'x' | center(5)", "  x  "),
        ("'{:>6.2f}'.format(3.14159)", "  3.14"),
        ("'{}'.format(10**12)", "1000000000000"),
        ("'%5d' % 12345678", "12345678"),
        ("2 ** 100", str(2**100)),
        ("2 ** -1", "0.5"),
        ("[1, 2] + [3]", "[1, 2, 3]"),
        ("['a', 'b'] | join(', ')", "a, b"),
        ("', '.join(['a', 'b'])", "a, b"),
        ("range(3) | map('string') | join", "012"),
        ("'a' ~ 1 ~ 2.5", "a12.5"),
        ("[1, 2, 3] | sum", "6"),
        ("1234.5678 | round(2)", "1234.57"),
        ("(10**12) | string", "1000000000000"),
        ("[1, 2, 3] | batch(2) | list", "[[1, 2], [3]]"),
        ("[1, (2, 3), {'a': [4]}]", "[1, (2, 3), {'a': [4]}]"),
        ("{'a': 1}.items() | list", "[('a', 1)]"),
        ("'a-b'.replace('-', '+')", "a+b"),
        ("(run('tiny').losses * 0).sum() | int", "0"),
    ],
)
def test_what_a_page_does_in_earnest_is_as_it_was(project: Project, expression: str, value: str) -> None:
    path = authored(project, f"[= {expression} =]\n")
    assert pages(project).check() == []
    assert pages(project).render("page.md", path) == f"{value}\n"


# --- What has no end -------------------------------------------------------------------------------------------

ENDLESS = "[% for a in range(99999) %][% for b in range(99999) %][% endfor %][% endfor %]"


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 0.5)


@pytest.mark.usefixtures("briefly")
def test_a_page_without_end_is_given_up_and_named(project: Project) -> None:
    path = authored(project, f"# Page\n\n{ENDLESS}\n")
    with pytest.raises(Fault, match="seconds of the processor") as refusal:
        pages(project).render("page.md", path)
    assert refusal.value.file == path
    assert "loop" in refusal.value.help


@pytest.mark.usefixtures("briefly")
def test_a_template_without_end_is_waited_for_once_and_not_on_every_page(project: Project) -> None:
    (project.templates / "en/scenario.md").write_text(ENDLESS, encoding="utf-8")
    for id in ("second", "third", "fourth"):
        (project.scenarios / f"{id}.toml").write_text(tiny.scenario(), encoding="utf-8")
    began = time.process_time()
    with pytest.raises(limits.TooSlow):
        pages(project).render_all()
    assert time.process_time() - began < 4 * limits.SECONDS


@pytest.mark.usefixtures("briefly")
def test_an_alternative_text_without_end_is_named_and_not_the_page_that_shows_the_figure(project: Project) -> None:
    template = project.templates / "en/alt/fit.txt"
    template.write_text(ENDLESS, encoding="utf-8")
    path = authored(project, '[= figure("tiny") =]\n')
    with pytest.raises(Fault, match="seconds of the processor") as refusal:
        pages(project).render("page.md", path)
    assert refusal.value.file == template


@pytest.mark.usefixtures("briefly")
@pytest.mark.parametrize(("text", "told"), [(ENDLESS, "seconds of the processor"), ("[= 'a' * 10**10 =]", "product")])
def test_a_script_to_take_home_has_the_same_bounds(project: Project, text: str, told: str) -> None:
    run = trained(load_all(project.scenarios)["tiny"])
    with pytest.raises(Fault, match=told) as refusal:
        takehome.script(run, f"# %%\n{text}\n", "en")
    assert str(refusal.value.file) == "templates/en/train.py"


@pytest.mark.usefixtures("briefly")
def test_waiting_and_what_others_make_is_not_the_time_of_a_page() -> None:
    with limits.time_limit("page.md"):
        time.sleep(0.7)
        with limits.untimed():
            spend(0.7)
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0


@pytest.mark.usefixtures("briefly")
def test_one_limit_inside_another_shares_its_time_and_a_new_file_has_time_of_its_own() -> None:
    with limits.time_limit("a.md") as begin:
        for name in ("b.md", "c.md"):
            begin(name)
            spend(0.3)
    with pytest.raises(Fault, match="seconds of the processor") as refusal, limits.time_limit("outer.md"):
        spend_inside("inner.md")
    assert refusal.value.file == "inner.md"


def spend_inside(name: str) -> None:
    spend(0.3)
    with limits.time_limit(name):
        spend(0.7)


def spend(seconds: float) -> None:
    """Of Python's own time, as a page would: the system's, which a question for the time takes, is not counted."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        sum(range(20_000))


# --- The bounds themselves -------------------------------------------------------------------------------------


def test_arrays_are_spread_over_one_another_only_so_far() -> None:
    long = np.zeros(10_000)
    bounds.check_operation("*", long, long)
    with pytest.raises(SecurityError, match="100,000,000"):
        bounds.check_operation("*", long.reshape(-1, 1), long)


@pytest.mark.parametrize(
    ("value", "weight"), [("abc", 3), ([], 0), (["abc", [1, 2]], 7), ({"ab": "cde"}, 6), (range(5), 5), (12, 1)]
)
def test_a_value_weighs_its_characters_and_entries(value: object, weight: int) -> None:
    assert bounds.weigh(value) == weight


def test_a_list_of_one_long_text_many_times_weighs_every_time() -> None:
    assert bounds.weigh([["x" * 10**6] * 100] * 100) > bounds.MAX_SIZE
