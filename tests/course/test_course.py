"""The course itself, rendered: what its pages say is what its runs computed. Nothing is drawn."""

from __future__ import annotations

import re

import markdown
import pytest

from generator.site.headers import SAID
from tests.course.there import EDITION, SCENARIOS, speaks_of
from tests.runs import HAS_AVX
from tests.test_formulas import Seen

pytestmark = pytest.mark.xdist_group("course")  # which is rendered once


@speaks_of(pages=["lessons/step-too-far.md"], scenarios=["rate-too-large"])
def test_lesson_6_shows_what_the_program_printed_to_the_digit(course: dict[str, str]) -> None:
    rows = re.findall(r"^\| (10|20|30|50) \| `(\S+)` \| (.+?) \|", course["lessons/step-too-far.md"], re.MULTILINE)
    printed = [
        ("10", "9.902059470433812e+17", "−5.1232 × 10⁸; −2.3935 × 10⁷"),
        ("20", "3.3471030602793666e+35", "−2.9786 × 10¹⁷; −1.3916 × 10¹⁶"),
        ("30", "inf", "−1.7318 × 10²⁶; −8.0907 × 10²⁴"),
        ("50", "nan", "nan; nan"),
    ]
    if not HAS_AVX:  # the last digits are those of x86-64 with AVX2 or newer: elsewhere five are promised

        def rounded(table: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
            return [(epoch, f"{float(loss):.4e}", params) for epoch, loss, params in table]

        rows, printed = rounded(rows), rounded(printed)
    assert rows == printed


def test_every_scenario_page_says_before_and_after(course: dict[str, str]) -> None:
    pages = {name: text for name, text in course.items() if re.fullmatch(r"scenarios/[^/]+/index\.md", name)}
    assert {name.split("/")[1] for name in pages} == SCENARIOS.keys()
    for name, text in pages.items():
        assert "Before the run, theory says" in text, name
        assert "The run then did" in text, name
        assert "as predicted." in text or "Not where this run ends" in text, name


def test_no_page_shows_an_expression_or_a_python_value(course: dict[str, str]) -> None:
    for name, text in course.items():
        prose = re.sub(r"```.*?```|`[^`]*`|<script type=.*?</script>", "", text, flags=re.DOTALL)
        assert not re.search(r"\[=|=\]|\[%|%\]|\bnp\.float|<function|object at 0x", prose), name
        if name != "page-calls.md":  # which is about such values
            assert not re.search(r"\bNone\b(?! of| was)", prose), name


def test_nothing_stands_in_a_page_that_the_policy_forbids(course: dict[str, str]) -> None:
    given = EDITION.settings()["markdown_extensions"]
    extensions = {
        name: options for each in given for name, options in (each if isinstance(each, dict) else {each: {}}).items()
    }
    formulas = 0
    for name, text in course.items():
        page = markdown.markdown(text, extensions=[*extensions], extension_configs=extensions)
        for tag, attributes in Seen(page).elements:
            formulas += tag == "math"
            # Data are no script, and a file of the site's own is one that may run.
            is_ours = tag == "script" and {*attributes} & {"src", "type"}
            assert is_ours or tag not in ("script", "style", "iframe", "object", "base"), name
            assert attributes.get("type", "application/json") == "application/json" or tag != "script", name
            assert ":" not in attributes.get("src", "") or tag != "script", name
            assert not {each for each in attributes if each.startswith("on") or each == "style"}, (name, tag)
    assert formulas


@speaks_of(pages=["publish.md"])
def test_who_hosts_the_site_reads_the_policy_that_it_is_tested_under() -> None:
    text = (EDITION.pages / "publish.md").read_text()
    for name, value in SAID.items():
        assert f'add_header {name} "{value}" always;' in text
        assert f'Header always set {name} "{value}"' in text
