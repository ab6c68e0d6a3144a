r"""TeX between dollars becomes MathML when a page is built: a Markdown extension, and what it refuses, told before.

A browser sets MathML without a script, a screen reader reads it, and a search finds it as text. The converter takes
whatever it is given, unknown commands and attributes included; here all that no browser would show is a `Fault`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from itertools import accumulate, pairwise
from xml.etree.ElementTree import Element, SubElement

from latex2mathml.converter import convert_to_element
from markdown import Extension, Markdown  # type: ignore[import-untyped]  # it has no annotations
from markdown.treeprocessors import Treeprocessor  # type: ignore[import-untyped]
from pymdownx.arithmatex import ArithmatexExtension  # type: ignore[import-untyped]

from generator.faults import Fault

HELP = "formulas are the TeX that MathML can say; a dollar sign that begins none is written \\$"

# --- TeX to MathML -----------------------------------------------------------------------------------------

# What browsers show of MathML (MathML Core, and boxes by our style sheet): the rest would vanish without a word.
ELEMENTS = frozenset({
    "math", "menclose", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow", "mspace", "msqrt",
    "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover",
})  # fmt: skip
IN_A_ROW = frozenset({"math", "menclose", "mpadded", "mphantom", "mrow", "msqrt", "mstyle", "mtd"})
SCRIPTS = frozenset({"msub", "msubsup", "msup", "munder", "munderover", "mover"})
CHILDREN = {
    "mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3,
}  # fmt: skip
# No `style`, which a strict policy forbids, and no `href`: a formula leads nowhere.
ATTRIBUTES = frozenset({
    "accent", "accentunder", "class", "columnalign", "columnlines", "columnspacing", "depth", "display",
    "displaystyle", "fence", "form", "height", "largeop", "linethickness", "lspace", "mathbackground", "mathcolor",
    "mathsize", "mathvariant", "maxsize", "minsize", "movablelimits", "notation", "rowlines", "rowspacing", "rspace",
    "scriptlevel", "separator", "stretchy", "symmetric", "voffset", "width",
})  # fmt: skip
# Environments that the converter knows by another name; a numbered line would be numbered by formula.
ENVIRONMENTS = {
    **{
        name: name for name in ("array", "cases", "smallmatrix", "split", *(f"{kind}matrix" for kind in ["", *"pbBvV"]))
    },
    **dict.fromkeys(["aligned", "align", "align*"], "align*"),
    **dict.fromkeys(["gathered", "gather", "gather*"], "matrix"),
}
ACCENTS = {"^": "ˆ", "~": "˜", "―": "‾"}
STANDING_ALONE = frozenset("∂∞∅…⋯")  # no operators, which would keep their distance
TALL = frozenset({"mfrac", "mover", "mroot", "msqrt", "mtable", "munder", "munderover"})
PRIMES = frozenset("′″‴")
DEEPEST = 50  # whoever walks a formula calls itself so often
NARROW = {"negativethinmathspace": "-0.167em"}


def mathml(tex: str, *, display: bool = False) -> Element:
    """The ``<math>`` element of a formula. Raises `Fault`, with no place, where there is none that browsers show."""
    if not tex.strip():
        raise Fault("a formula is empty", help=HELP)
    try:
        _refuse_braces(re.sub(r"\\.", "", tex, flags=re.DOTALL))
        math = convert_to_element(_translated(tex.strip()), display="block" if display else "inline")
        math.attrib = {"display": "block"} if display else {}
        for element in math.iter():
            _mend(element)
        _flatten(math)
        _space(math)
    except _Refused as problem:
        raise Fault(f"the formula {_short(tex)} cannot be set: {problem}", help=HELP) from None
    except Exception as problem:  # whatever a converter of text trips over
        said = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(problem).__name__.removesuffix("Error")).lower()
        raise Fault(f"the formula {_short(tex)} cannot be set: {said}", help=HELP) from None
    return math


class _Refused(Exception):
    """What there is no MathML for, or none that browsers show."""


def _refuse_braces(tex: str) -> None:
    depths = [*accumulate({"{": 1, "}": -1}.get(character, 0) for character in tex)]
    if depths and (depths[-1] or min(depths) < 0):
        raise _Refused("a brace { has no }, or a } no {")
    if max(depths, default=0) > DEEPEST:
        raise _Refused(f"its braces are more than {DEEPEST} deep")


def _short(tex: str) -> str:
    words = " ".join(tex.split())
    return words if len(words) <= 60 else f"{words[:59]}…"


def _translated(tex: str) -> str:
    """Said with what the converter knows; brackets of a given size become such as grow with what they hold."""

    def known(found: re.Match[str]) -> str:
        if found[2] not in ENVIRONMENTS:
            raise _Refused(f"there is no environment {found[2]!r}; there are: {', '.join(sorted(ENVIRONMENTS))}")
        return f"\\{found[1]}{{{ENVIRONMENTS[found[2]]}}}"

    tex = re.sub(r"\\[bB]igg?([lr])(?![a-z])", lambda found: {"l": r"\left", "r": r"\right"}[found[1]], tex)
    return re.sub(r"\\(begin|end)\s*\{([^}]*)\}", known, tex)


def _mend(element: Element) -> None:
    """Say in the converter's element what browsers understand. Raises `_Refused` where nothing says it."""
    # The converter writes characters as entities, and would have them put into a page as they stand.
    text = element.text = html.unescape(element.text) if element.text else element.text
    element.attrib = {name: html.unescape(value) for name, value in element.attrib.items()}
    if text and text.startswith("\\"):
        raise _Refused(f"{text} is no command it knows")
    if text == "&" or element.get("linebreak"):
        raise _Refused("& and \\\\ belong into an environment, such as aligned")
    if element.tag not in ELEMENTS or (element.tag == "menclose" and element.get("notation") != "box"):
        raise _Refused(f"browsers do not show {element.get('notation') or element.tag}")
    if beyond := element.attrib.keys() - ATTRIBUTES:
        raise _Refused(f"{min(beyond)} is not for a formula")
    if len(element) < CHILDREN.get(element.tag, 0):
        raise _Refused("something is missing after a fraction, root, sub- or superscript")
    if element.get("width") in NARROW:
        element.set("width", NARROW[element.attrib["width"]])
    if text == "*":
        element.text = "∗"
    if element.tag == "mo" and text in STANDING_ALONE:
        element.tag = "mi"
    elif text and element.tag == "mi" and (text in BETWEEN or set(text) <= PRIMES):
        element.tag = "mo"
    if text and element.tag == "mi" and re.fullmatch("[Α-Ω]", text):  # upright, as TeX has it; a browser would slant it
        element.attrib.setdefault("mathvariant", "normal")
    if text and element.tag in ("mi", "mn", "mo") and (variant := element.get("mathvariant", "normal")) != "normal":
        del element.attrib["mathvariant"]
        if element.tag != "mo" and variant != "italic":  # a letter alone is italic anyway
            element.text = "".join(_letter(character, variant) for character in text)
    if element.tag in ("mover", "munder") and len(element) == 2:
        sign = element[1].text = html.unescape(element[1].text or "")
        element[1].text = ACCENTS.get(sign, sign)
        if sign in {"¯", "―"}:  # a bar stands over a letter, a line over all there is
            element[1].attrib = {"accent": "true", "stretchy": "true" if sign == "―" else "false"}


def _letter(character: str, variant: str) -> str:
    """A letter or digit of an alphabet such as bold: browsers know no other way to it than Unicode."""
    name = re.sub("LATIN |GREEK |LETTER ", "", unicodedata.name(character, ""))
    try:
        return unicodedata.lookup(f"MATHEMATICAL {variant.upper().replace('BOLD-', 'BOLD ')} {name}")
    except KeyError:
        raise _Refused(f"there is no {variant} {character}") from None


def _flatten(element: Element) -> None:
    """Take out rows of one; let primes stand beside what they belong to, and names of functions apart from the rest."""
    for place, child in enumerate(list(element)):
        _flatten(child)
        if child.tag == "mrow" and len(child) == 1 and not child.attrib:
            element[place] = child[0]
    if element.tag == "msup" and set(element[1].text or " ") <= PRIMES:  # the sign is raised by itself
        element.tag = "mrow"
        element[1].attrib = {"lspace": "0", "rspace": "0"}
    if element.tag in IN_A_ROW:
        for name, following in pairwise(list(element)):
            if name.tag == "mi" and len(name.text or "") > 1 and (name.text or "").isalpha() and following.text != "(":
                element.insert(list(element).index(name) + 1, Element("mspace", width="0.167em"))
    if (
        element.tag in ("math", "mtd", "msqrt")
        and [child.tag for child in element] == ["mrow"]
        and not element[0].attrib
    ):
        element[:] = list(element[0])


# --- MathML to plain text ----------------------------------------------------------------------------------

RAISED = str.maketrans("0123456789+−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
LOWERED = str.maketrans("0123456789+−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
OVER = {"ˆ": "\u0302", "¯": "\u0304", "‾": "\u0305", "˜": "\u0303", "→": "\u20d7", "˙": "\u0307", "¨": "\u0308"}
BETWEEN = frozenset("=<>≤≥≈≠≡∼+−±·×∈→←↦⇒⇔≪≫∝")  # signs with a space before and behind, where something stands before
LARGE = frozenset("∑∏∫")


def _space(row: Element, *, is_script: bool = False) -> None:
    """Tell browsers which signs stand between two things and which before one, and put spaces where readers need them.

    A browser asks only for the place of a sign in its row, so that = − 2 would be a difference.
    """
    before = ""
    is_tall = not TALL.isdisjoint(part.tag for part in row.iter())
    for place, child in enumerate(list(row)):
        _space(child, is_script=is_script or (place > 0 and row.tag in SCRIPTS))
        text, is_last = plain(child), place == len(row) - 1
        is_sign = child.tag == "mo" and text in BETWEEN
        is_between = is_sign and before not in {"", *"([{,;", *BETWEEN}
        is_large = text[:1] in LARGE and child.tag != "mtable"
        if (is_sign and is_script) or text == "/":
            child.attrib |= {"lspace": "0", "rspace": "0"}
        elif is_sign and before:
            child.set("form", "infix" if is_between else "prefix")
            if is_last:
                child.set("rspace", "0")  # the sentence goes on
        elif child.tag == "mo" and not is_tall:
            child.set("stretchy", "false")  # a sign that may grow takes the room of the largest
        if place and (is_between or is_large or (re.search(r"[_^]\w$", plain(row[place - 1])) and text[:1].isalnum())):
            row[place - 1].tail = " "
        if is_between or is_large or child.tag == "mspace" or (child.tag == "mo" and text in {",", ";"}):
            child.tail = " "
        before = text.strip() or before
    if row.tag not in IN_A_ROW:
        for child in row:
            child.tail = None
    elif len(row):
        row[-1].tail = None


def plain(element: Element) -> str:
    """A formula in a line of text: what a search finds and shows."""
    match element.tag, list(element):
        case "mfrac", [above, below]:
            return f"{_whole(plain(above))}/{_whole(plain(below))}"
        case "mroot", [of, degree]:
            return f"{_script(plain(degree), '', RAISED)}√{_whole(plain(of))}"
        case "msqrt", _:
            return f"√{_whole(_line(element))}"
        case "msup", [of, above]:
            return plain(of) + _script(plain(above), "^", RAISED)
        case "msub" | "munder", [of, below]:
            return plain(of) + _script(plain(below), "_", LOWERED)
        case "msubsup" | "munderover", [of, below, above]:
            return plain(of) + _script(plain(below), "_", LOWERED) + _script(plain(above), "^", RAISED)
        case "mover", [of, above] if sign := OVER.get(plain(above)):
            return "".join(letter + sign for letter in plain(of))
        case "mover", [of, above]:
            return plain(of) + _script(plain(above), "^", RAISED)
        case "mtable", rows:
            return "; ".join(", ".join(_line(cell) for cell in row) for row in rows)
        case "mphantom", _:
            return ""
        case _, []:
            return (element.text or "").replace("\u00a0", " ")
    return _line(element)


def _line(row: Element) -> str:
    return "".join(plain(child) + (child.tail or "") for child in row)


def _whole(said: str) -> str:
    """In brackets, where it is more than one thing."""
    return said if " " not in said and "/" not in said else f"({said})"


def _script(said: str, sign: str, small: dict[int, int]) -> str:
    close = said.replace(" ", "")
    if all(ord(character) in small or character in PRIMES for character in close):
        return close.translate(small)
    return f"{sign}{said}" if len(said) == 1 else f"{sign}({said})"


def _with_text(math: Element) -> Element:
    """The formula, and its line of text where its parts one after another are none, which a search would find."""
    if (said := " ".join(plain(math).split())) == " ".join("".join(math.itertext()).split()):
        return math
    told = Element("math", math.attrib)
    meaning = SubElement(told, "semantics")
    shown = SubElement(meaning, "mrow", {"data-search-exclude": ""})
    shown[:] = list(math)
    SubElement(meaning, "annotation", encoding="text/plain").text = said
    return told


def in_words(math: Element) -> str:
    """A formula of a page in a line of text."""
    return " ".join((math.findtext("semantics/annotation") or plain(math)).split())


def give_name(math: Element) -> None:
    """For what is named by its contents, the formula among them."""
    math.set("aria-label", in_words(math))


# --- Formulas in a page ------------------------------------------------------------------------------------


class Formulas(Extension):  # type: ignore[misc]  # it has no annotations
    """``$…$`` and ``$$…$$``, ``\\(…\\)`` and ``\\[…\\]``, set as MathML."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Markdown's name
        ArithmatexExtension(generic=True).extendMarkdown(md)
        # Behind `prettify`, which would put line breaks in; before `toc`, which takes the text of headings.
        md.treeprocessors.register(_Setter(md), "formulas", 7)


def makeExtension(**options: object) -> Formulas:  # noqa: N802  # what Markdown looks for in a module
    return Formulas(**options)


HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# What is called as what stands in it: browsers leave a formula out of such a name, unless it has one itself.
NAMED_BY_CONTENTS = HEADINGS | {"a", "button", "caption", "figcaption", "label", "legend", "summary", "th"}
LONG = 24  # characters that may be more than a line of a telephone; browsers break no formula


class _Setter(Treeprocessor):  # type: ignore[misc]
    def run(self, root: Element) -> None:
        headings, named = (
            {id(part) for e in root.iter() if e.tag in tags for part in e.iter()}
            for tags in (HEADINGS, NAMED_BY_CONTENTS)
        )
        for place in list(root.iter()):
            found = re.fullmatch(r"\s*\\([(\[])(.+)\\[)\]]\s*", place.text or "", re.DOTALL)
            if not found or "arithmatex" not in place.get("class", "").split():
                continue
            display = found[1] == "["
            # A formula of its own line arrives escaped already.
            math = mathml(html.unescape(found[2]) if display else found[2], display=display)
            place.text = None
            if not display and len(plain(math)) > LONG:
                place.set("class", "arithmatex gd-long")
            # A heading's text is a title elsewhere, and would say the formula twice.
            place.append(math if id(place) in headings else _with_text(math))
            if id(place) in named:
                give_name(place[0])


WRITTEN = re.compile(
    r"""
    (?P<code> ^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n]*\n .*? ^[ \t>]*(?P=fence)[ \t]*$
            | (?<![`\\])(?P<ticks>`+)(?!`) .+? (?<!`)(?P=ticks)(?!`) )
    | \$\$ (?P<dollars>.{1,9999}?) \$\$
    | (?<!\\) \\\[ (?P<square>.{1,9999}?) \\\]
    | (?<![\\$]) \$(?!\s) (?P<dollar>(?:\\.|[^\\$])+?) (?<!\s)\$
    | (?<!\\) \\\( (?P<round>.{1,999}?) \\\)
    | ^(?P<environment>\\begin\{(?P<name>[a-z]+\*?)\} .+? \\end\{(?P=name)\})
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def wrong_formulas(text: str) -> list[tuple[int, Fault]]:
    """A fault for every formula of a Markdown text that cannot be set, and the line of the text that it begins in."""
    wrong: list[tuple[int, str, Fault]] = []
    for found in WRITTEN.finditer(text):
        if found["code"] is None:
            tex = next(filter(None, found.group("dollars", "square", "dollar", "round", "environment")))
            try:
                mathml(tex)
            except Fault as fault:
                wrong.append((text.count("\n", 0, found.start()) + 1, tex, fault))
    # What looks like a formula may stand in an indented block of code: Markdown itself has the last word.
    marked = _found_by_markdown(text) if wrong else set()
    return [(line, fault) for line, tex, fault in wrong if _squeezed(tex) in marked]


def _found_by_markdown(text: str) -> set[str]:
    page = Markdown(extensions=[ArithmatexExtension(generic=True), *AROUND_FORMULAS]).convert(text)
    found = re.findall(r'class="arithmatex">(.*?)</(?:span|div)>', page, re.DOTALL)
    return {_squeezed(html.unescape(html.unescape(formula)))[2:-2] for formula in found}


AROUND_FORMULAS = (
    "admonition", "attr_list", "footnotes", "md_in_html", "tables", "pymdownx.details", "pymdownx.superfences",
    "pymdownx.tabbed",
)  # fmt: skip


def _squeezed(tex: str) -> str:
    return "".join(tex.split())
