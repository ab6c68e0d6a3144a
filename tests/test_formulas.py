r"""TeX in a page becomes MathML that browsers show, and plain text for a search; what cannot is told with its line."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.faults import Fault
from generator.pages.formulas import ATTRIBUTES, ELEMENTS, Formulas, mathml, plain, wrong_formulas
from generator.project import Project
from tests import tiny
from tests.test_pages import authored, pages

STAGED = ("admonition", "attr_list", "footnotes", "md_in_html", "tables", "toc", "pymdownx.superfences")


def page(text: str) -> str:
    return markdown.markdown(text, extensions=[*STAGED, Formulas()])


class Seen(HTMLParser):
    """The elements of a page with their attributes, and the text that stands in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


# --- What a browser gets -----------------------------------------------------------------------------------


def test_a_fraction_has_what_is_above_and_what_is_below() -> None:
    (fraction,) = mathml(r"\frac{1}{n}")
    assert [(part.tag, part.text) for part in fraction] == [("mn", "1"), ("mi", "n")]


def test_a_formula_of_its_own_line_is_displayed_and_one_in_a_sentence_is_not() -> None:
    assert '<div class="arithmatex"><math display="block"><mi>x</mi></math></div>' in page("$$\nx\n$$")
    assert '<p>Let <span class="arithmatex"><math><mi>x</mi></math></span> be.</p>' in page("Let $x$ be.")


@pytest.mark.parametrize(
    "around",
    [
        "- {}",
        "> {}",
        "| a |\n|---|\n| {} |",
        "!!! note\n\n    {}",
        '<div markdown="1">\n\n{}\n\n</div>',
        "x[^1]\n\n[^1]: {}",
    ],
)
def test_formulas_are_set_wherever_text_may_stand(around: str) -> None:
    assert "<math><mi>η</mi></math>" in page(around.format(r"So $\eta$ it is"))


def test_code_and_escaped_dollars_hold_no_formula() -> None:
    text = "`$x$` and \\$x\\$ and 5 $ or 6 $\n\n```\n$x$\n```\n\n    $x$\n"
    assert "<math" not in page(text)
    assert Seen(page(text)).text.count("$x$") == 4


def test_a_sign_after_a_relation_stands_before_a_number_and_not_between_two() -> None:
    signs = [part.get("form") for part in mathml("a - b = -c") if part.tag == "mo"]
    assert signs == ["infix", "infix", "prefix"]


def test_a_heading_says_its_formula_once() -> None:
    html = page(r"## Why $\frac{2}{\lambda}$ is the limit")
    assert Seen(html).text.count("λ") == 1


LETTERS = "aw\\{}^_$&<>\"'()|=+-12 ηλ%#~`*[]!\n"


@given(st.text(alphabet=LETTERS, max_size=30) | st.sampled_from([
    r"\text{<script>alert(1)</script>}", r"\text{&lt;img src=x onerror=alert(1)&gt;}", r"\unicode{x3c}img\unicode{x3e}",
    r'\color{"><script>}x', r"\class{x onclick=alert(1)}{x}", r"\mbox{</math><script>}", r"\operatorname{script}",
]))  # fmt: skip
def test_whatever_a_formula_says_it_is_a_formula_or_refused(tex: str) -> None:
    try:
        made = page(f"${tex}$\n\n$${tex}$$")
    except Fault:
        return
    ours = ELEMENTS | {"semantics", "annotation"}
    for tag, attributes in Seen(made).elements:
        if tag in ours:
            assert attributes.keys() <= ATTRIBUTES | {"encoding", "data-search-exclude"}
        else:
            assert tag not in ("script", "img", "style")
            assert not {name for name in attributes if name.startswith("on") or name in ("style", "href")}


# --- What a search finds -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\eta\lambda_+ > 2", "ηλ₊ > 2"),
        (r"L(w, b) = \frac1n \sum_{i=1}^{n} (\hat y_i - y_i)^2", "L(w, b) = 1/n ∑ᵢ₌₁ⁿ (y\u0302ᵢ − yᵢ)²"),
        (r"\frac{\kappa - 1}{\kappa + 1}", "(κ − 1)/(κ + 1)"),
        (r"\sqrt{a + b}", "√(a + b)"),
        (r"w' = -0.5", "w′ = −0.5"),
        (r"\begin{pmatrix} 1 & 0 \\ 0 & 2 \end{pmatrix}", "(1, 0; 0, 2)"),
        (r"(1 - \eta\lambda)^k", "(1 − ηλ)^k"),
        (r"v_w x + v_b", "v_w x + v_b"),
        (r"k = \ln 2", "k = ln 2"),
        (r"\text{what is left}", "what is left"),
    ],
)  # fmt: skip
def test_a_formula_is_text_that_can_be_read(tex: str, text: str) -> None:
    assert plain(mathml(tex)) == text


def test_the_search_finds_formulas_as_text_and_no_tex() -> None:
    index = json.loads((tiny.built() / "site/search/search_index.json").read_text())
    texts = " ".join(entry["text"] for entry in index["docs"])
    assert "λ₊" in texts
    assert "lambda" not in texts


# --- What is refused, before anything is trained -----------------------------------------------------------

REFUSED = [
    (r"\etta", r"\etta is no command"),
    (r"\frac{1}{2", "a brace { has no }"),
    (r"\frac{1}", "something is missing"),
    ("x^", "missing super script or subscript"),
    (r"\left( x", "extra left or missing right"),
    (r"\begin{pmatrix} a", "missing end"),
    (r"\begin{foo} a \end{foo}", "there is no environment 'foo'; there are: Bmatrix"),
    ("a & b", "belong into an environment"),
    (r"a \\ b", "belong into an environment"),
    (r"\cancel{x}", "browsers do not show updiagonalstrike"),
    (r"\href{https://example.org}{x}", "href is not for a formula"),
    (r"\style{color:red}{x}", "style is not for a formula"),
    (r"\mathfrak{AB1}", "there is no fraktur 1"),
    *((opening * times + "x" + "}" * times, "deep") for opening in ("{", r"\sqrt{") for times in (300, 3000)),
]


@pytest.mark.parametrize(("tex", "why"), REFUSED)
def test_what_browsers_do_not_show_is_refused(tex: str, why: str) -> None:
    with pytest.raises(Fault, match="cannot be set") as refused:
        mathml(tex)
    assert why in refused.value.fault
    assert "\\$" in refused.value.help


@pytest.mark.parametrize(
    "tex",
    [
        r"\begin{aligned} a &= b \\ &= c \end{aligned}", r"\begin{cases} a & b \\ c & d \end{cases}", r"\boxed{x}",
        r"\mathbf{wx}", r"\bigl(x\bigr)^2", r"\mathbb{R}", r"f''", r"\operatorname{sgn} x",
    ],
)  # fmt: skip
def test_what_lessons_elsewhere_are_written_with_is_set(tex: str) -> None:
    assert plain(mathml(tex))


def test_a_formula_that_cannot_be_set_is_told_with_its_line_before_anything_is_trained(tmp_path: Path) -> None:
    project = tiny.make(tmp_path)
    lesson = project / "docs/en/index.md"
    lesson.write_text(
        "# Tiny\n\n[% set x = 2 %]\nAll is well: $[= x =]\\eta$.\n\nNot so: $\\etta$.\n\n"
        '[= figure("tiny", caption="$x^$") =]\n'
    )
    done = tiny.typed(project, "check")
    assert done.returncode == 1
    assert f"error: the formula \\etta cannot be set: \\etta is no command it knows\n  --> {lesson}:6" in done.stderr
    assert f"error: the formula x^ cannot be set: missing super script or subscript\n  --> {lesson}:8" in done.stderr
    assert done.stderr.count("help: ") == 2
    assert not (project / "build/cache").exists()


def test_what_looks_like_a_formula_in_code_is_none() -> None:
    code = "    echo $\\etta$\n"
    assert wrong_formulas(f"Say\n\n{code}\n```sh\n{code}```\n\n`$\\etta$`\n\n<!--\n$\\etta$\n-->\n") == []
    ((line, fault),) = wrong_formulas(f"Say\n\n{code}\n- an item\n\n    $\\itta$\n")
    assert line == 7
    assert "\\itta" in fault.fault


def test_a_formula_that_a_value_makes_wrong_is_told_with_its_page(tmp_path: Path) -> None:
    project = Project.at(tiny.make(tmp_path))
    path = authored(project, "[% set tex = '$x' ~ '^$' %]\nSee [= tex =]\n")
    edition = pages(project)
    assert edition.check() == []
    with pytest.raises(Fault, match="the formula x\\^ cannot be set") as refused:
        edition.render("page.md", path)
    assert refused.value.file == path


# --- The typeface ------------------------------------------------------------------------------------------


def test_the_typeface_of_formulas_has_its_licence_and_the_table_that_builds_them() -> None:
    fonts = tiny.REPOSITORY / "docs/assets/fonts"
    assert "SIL OPEN FONT LICENSE" in (fonts / "LICENSE-STIX-Two-Math.txt").read_text()
    assert (fonts / "stix-two-math.woff2").stat().st_size < 36_000
    pytest.importorskip("brotli")
    ttlib = pytest.importorskip("fontTools.ttLib")
    font = ttlib.TTFont(fonts / "stix-two-math.woff2")
    assert "MATH" in font
    assert font.getBestCmap().keys() >= set(map(ord, "0123456789xwb=−√∑‾′(){}|≤≥≈∂∇")) | {0x1D465, 0x1D702, 0x1D706}
