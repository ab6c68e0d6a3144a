"""What a scenario says of itself is data: on a page, in a script, in a notebook it is read, and does nothing."""

from __future__ import annotations

import ast
import dataclasses
import html
import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import markdown
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator import inert
from generator.faults import Faults
from generator.figures.catalogue import KINDS
from generator.making import takehome
from generator.runs.analysis import Run
from generator.scenario.reading import load
from generator.site import titles
from generator.templating import environment
from tests import hostile, tiny
from tests.hostile import TEXTS, as_shown
from tests.runs import trained_once

DATA = {"application/json", "application/ld+json"}
OUTSIDE = ("https://example.org/tiny", "https://squidfunk", "https://spdx.org/licenses/")  # what is ours to lead to
TEMPLATE = (tiny.REPOSITORY / "templates" / "en" / "train.py").read_text(encoding="utf-8")
NO_CHARACTERS = [chr(code) for plane in range(17) for code in (plane << 16 | 0xFFFE, plane << 16 | 0xFFFF)]
NO_CHARACTERS += [chr(code) for code in range(0xFDD0, 0xFDF0)]

seen = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=NO_CHARACTERS)
characters = seen | st.sampled_from("\t\n\r")
syntax = st.sampled_from([*"\\`*_{}[]()<>#+-.!|&;:=~^$%@/'\" \n", "    ", "```", "---", "](", "{:", "{ .", "\n\n"])
pieces = st.lists(characters | syntax | st.sampled_from([*TEXTS.values()]), min_size=1, max_size=12)
texts = st.text(characters, min_size=1) | pieces.map("".join)


# --- What a browser makes of it ------------------------------------------------------------------------------

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """This and every element in it with such a tag and, in its attributes, these words."""
        wanted = {name.rstrip("_"): word for name, word in attributes.items()}
        is_one = all(word in (self.attributes.get(name) or "").split() for name, word in wanted.items())
        found = [self] if is_one and tag in ("", self.tag) else []
        inner = (child for child in self.children if isinstance(child, Element))
        return [*found, *(element for child in inner for element in child.all(tag, **attributes))]

    def one(self, tag: str, **attributes: str) -> Element:
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def shape(self) -> Any:
        """Its tags and the names of its attributes, without what any of them says."""
        return (self.tag, sorted(self.attributes), [c.shape for c in self.children if isinstance(c, Element)])


class Tree(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.path = [Element("")]
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.path[-1].children.append(element := Element(tag, dict(attrs)))
        if tag not in VOID:
            self.path.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in [element.tag for element in self.path]:
            while self.path.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.path[-1].children.append(data)


def parsed(source: str) -> Element:
    return Tree(source).path[0]


# --- Every text, in every place of a page, by the Markdown that the site is made with ------------------------


@cache
def engine() -> markdown.Markdown:
    """The Markdown library with the extensions of our own mkdocs.yml, as MkDocs sets it up."""
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    from mkdocs.config import load_config

    config = load_config(str(tiny.REPOSITORY / "mkdocs.yml"), hooks=[], plugins=[])
    return markdown.Markdown(extensions=config.markdown_extensions, extension_configs=config.mdx_configs)


def made(source: str) -> Element:
    return parsed(engine().reset().convert(source))


# Where the text of a scenario may stand, and the element that shows it.
PLACES = {
    "a heading": ("# {} {{ #id }}", "h1"),
    "a heading of any name": ("## {}\n\nx", "h2"),
    "a card": ("[![](a.png){{ .b }} **{}** <small>c</small>](d.md){{ .e }}", "strong"),
    "a link": ("[{}](a.md)", "a"),
    "a cell": ("| a | b |\n|--|--|\n| {} | c |", "td"),
    "the last cell": ("| a | b |\n|--|--|\n| c | {} |", "td"),
    "a paragraph": ("{}", "p"),
    "a paragraph of several lines": ("a\n{}\nb", "p"),
    "a list": ("- {}\n- a", "li"),
    "a quotation": ("> {}", "p"),
    "an admonition": ("!!! note\n\n    {}", "p"),
    "a caption": ('<figure markdown="span">\n<figcaption markdown="span">{}</figcaption>\n</figure>', "figcaption"),
    "html": ("<figure>\n<figcaption>{}</figcaption>\n</figure>", "figcaption"),
    "emphasis in a sentence": ("a *{}* b", "em"),
}


@pytest.mark.parametrize("place", PLACES)
@given(text=texts)
def test_a_page_shows_any_text_as_it_is_and_has_no_element_or_attribute_more(place: str, text: str) -> None:
    source, tag = PLACES[place]
    shown = as_shown(text)
    if not shown.strip("\u200b") or shown.isspace():
        return  # the schema refuses it
    page, plain = made(source.format(inert.in_markdown(text))), made(source.format("Plain"))
    assert page.shape == plain.shape
    assert [e.text for e in page.all(tag)] == [e.text.replace("Plain", shown) for e in plain.all(tag)]


# What a host may add to mkdocs.yml: nearly all that the two libraries have.
MORE = [
    "abbr", "admonition", "attr_list", "def_list", "footnotes", "legacy_em", "md_in_html", "nl2br", "sane_lists",
    "smarty", "tables", "toc", "wikilinks",
    *(f"pymdownx.{name}" for name in (
        "arithmatex", "blocks.html", "caret", "critic", "details", "emoji", "escapeall", "fancylists",
        "inlinehilite", "keys", "magiclink", "mark", "progressbar", "smartsymbols", "snippets", "superfences",
        "tabbed", "tasklist", "tilde",
    )),
]  # fmt: skip


@pytest.mark.parametrize("place", [place for place in PLACES if not place.startswith("a card")])
@given(text=texts)
def test_a_block_of_data_is_the_same_wherever_it_stands(place: str, text: str) -> None:
    value = {text: [-1.5, 2, text], "a_b": None}
    block = f'<script type="application/json" data-run="a">{inert.in_data_block(value)}</script>'
    page = parsed(engine().reset().convert(PLACES[place][0].format(block)))
    assert json.loads(page.one("script").text) == value


@pytest.mark.parametrize("place", PLACES)
def test_no_extension_that_a_host_may_add_sees_anything_in_a_text(place: str) -> None:
    library = markdown.Markdown(extensions=MORE)
    source, tag = PLACES[place]
    plain = parsed(library.reset().convert(source.format("Plain")))
    for text in TEXTS.values():
        page = parsed(library.reset().convert(source.format(inert.in_markdown(text))))
        assert page.shape == plain.shape
        assert [e.text for e in page.all(tag)] == [e.text.replace("Plain", as_shown(text)) for e in plain.all(tag)]


@given(text=texts)
def test_an_alternative_text_is_any_text_as_it_is(text: str) -> None:
    for source in ("![{}](a.png){{ .b }}", '<figure markdown="span">\n![{}](a.png)\n</figure>', '<img alt="{}">'):
        page, plain = made(source.format(inert.in_markdown(text))), made(source.format("Plain"))
        assert page.shape == plain.shape
        assert page.one("img").attributes["alt"] == as_shown(text)


fences = st.lists(st.sampled_from(["```", "````", "```toml", "  ```", "~~~", "</code>", "a", ""])).map("\n".join)


@given(text=texts | fences.map("\n{}\n".format))
def test_a_block_of_code_shows_any_text_line_by_line(text: str) -> None:
    text = text.replace("\r", "\n").replace("\t", " ")
    page = made(f'??? note "File"\n\n{inert.fenced(f"a{text}b", "toml", indent=4)}\n\nAfter')
    code = page.one("details").one("code")
    assert {(e.tag, *e.attributes) for e in code.all() if e is not code} <= {("span", "class"), ("span",)}
    # Markdown leaves lines of blanks empty.
    assert [line.rstrip(" ") for line in code.text.split("\n")] == [
        *(line.rstrip(" ") for line in f"a{text}b".split("\n")), ""
    ]  # fmt: skip
    assert page.all("p")[-1].text == "After"
    code.children = []
    assert page.shape == made('??? note "File"\n\n    ```toml\n    ```\n\nAfter').shape


@given(text=texts)
def test_yaml_reads_any_text_back_from_one_line_of_front_matter(text: str) -> None:
    from mkdocs.utils.meta import get_data

    page = f"---\ntitle: {inert.in_yaml(text)}\nedit_path: a\n---\n\n# b\n"
    assert get_data(page) == ("# b\n", {"title": as_shown(text), "edit_path": "a"})


@given(text=texts)
def test_the_front_matter_of_a_page_says_its_title_to_a_theme_that_takes_it_for_html(text: str) -> None:
    from mkdocs.utils.meta import get_data

    front = {"hide": ["toc"], "title": text, "description": text, "tags": [text]}
    for start in ("", "\ufeff"):
        page = f"{start}---\n{yaml.safe_dump(front)}---\n\n# A\n\n---\n"
        body, staged = get_data(titles.of_page(page).removeprefix("\ufeff"))
        assert body == "# A\n\n---\n"
        assert (staged["hide"], staged["tags"]) == (["toc"], [text])
        for name in ("title", "description"):
            assert parsed(f'<meta content="{staged[name]}">').one("meta").attributes == {"content": text}
            assert parsed(staged[name]).shape == Element("").shape


def test_a_page_of_plain_words_is_staged_as_it_is_written() -> None:
    for page in (
        "---\ntitle:   Home, sweet home   # a remark\n---\n\n# A\n",
        "# A\n",
        "Note: x\n\ny\n",
        "---\n[\n---\n",
    ):
        assert titles.of_page(page) == page


@given(text=texts)
def test_a_fragment_for_other_sites_says_its_words_in_markdown(text: str) -> None:
    template = environment(jinja2.FileSystemLoader(tiny.REPOSITORY / "templates")).get_template("fragment.md")

    def fragment(words: str, ending: str) -> str:
        return template.render(
            stem="fit", ending=ending, kind=KINDS["fit"], alt=words, caption=words, tables=[],
            named=[f"x is {inert.in_markdown(words)}."],
        )  # fmt: skip

    for ending, attribute in (("gif", "alt"), ("mp4", "aria-label")):
        shown, plain = made(fragment(text, ending)), made(fragment("Plain", ending))
        assert [e.attributes[attribute] for e in shown.all() if attribute in e.attributes] == [as_shown(text)]
        if as_shown(text):  # of nothing there is no caption
            assert shown.shape == plain.shape
            *_, caption, named = shown.all("p")
            assert (caption.text, named.text) == (as_shown(text), f"x is {as_shown(text)}.")


@given(text=texts)
def test_html_reads_any_text_back_from_a_tag_and_from_an_attribute(text: str) -> None:
    written = inert.in_html(text)
    for element in parsed(f"<p>{written}</p><p>{written}</p>").all("p"):
        assert (element.text, element.shape) == (text, ("p", [], []))
    assert parsed(f'<p title="{written}"></p>').one("p").attributes == {"title": text}


@pytest.mark.parametrize("text", ["ordinary", "chinese", "decimals"])
def test_an_ordinary_text_is_easy_to_read_in_its_markdown_too(text: str) -> None:
    written = inert.in_markdown(TEXTS[text])
    assert len(re.findall("&#[0-9]+;", written)) <= 4
    assert html.unescape(written) == TEXTS[text]


# --- Every text, in Python -----------------------------------------------------------------------------------


@cache
def run() -> Run:
    path = tiny.built() / "docs/scenarios/tiny.toml"
    return trained_once(load(path))


def called(title: str) -> Run:
    """The same run, under another title."""
    scenario = run().scenario.model_copy(update={"title": {"en": inert.Foreign(title)}})
    return dataclasses.replace(run(), scenario=scenario)


@given(text=texts)
def test_python_reads_any_text_back_as_one_string(text: str) -> None:
    for source in (inert.in_python(text), f"# a\n{inert.in_python(text)}\n"):
        tree = ast.parse(source.encode())
        assert ast.get_docstring(tree, clean=False) == as_shown(text)
        assert len(tree.body) == 1
        assert len(source.splitlines()) <= 2


WORDS = {"points_from", "x_name", "y_name"}  # what a script keeps the words of its points in


def code_of(script: str) -> str:
    """All that a script does, and its title and the words of its points left out."""
    tree = ast.parse(script.encode())
    assert ast.get_docstring(tree) is not None
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} <= WORDS:
            for constant in (each for each in ast.walk(node) if isinstance(each, ast.Constant)):
                assert isinstance(constant.value, str)
                constant.value = ""
    return ast.dump(ast.Module(tree.body[1:], []))


def words_of(script: str) -> list[object]:
    """Those strings, in their order."""
    nodes = [node for node in ast.walk(ast.parse(script.encode())) if isinstance(node, ast.Assign)]
    of_words = [node for node in nodes if {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} <= WORDS]
    return [each.value for node in of_words for each in ast.walk(node.value) if isinstance(each, ast.Constant)]


@given(text=texts)
def test_a_script_says_any_title_in_one_string_and_does_what_it_does_without(text: str) -> None:
    script = takehome.script(called(text), TEMPLATE)
    assert ast.get_docstring(ast.parse(script.encode()), clean=False) == as_shown(text)
    assert code_of(script) == code_of(takehome.script(called("Plain"), TEMPLATE))
    # Editors find cells by such lines, and Python ends a line at no other character.
    assert script.split("\n")[1:] == takehome.script(called("Plain"), TEMPLATE).split("\n")[1:]


@given(text=texts)
def test_a_notebook_says_any_title_in_its_first_cell_and_has_the_same_code(text: str) -> None:
    cells, plain = (json.loads(takehome.notebook(called(t), TEMPLATE))["cells"] for t in (text, "Plain"))
    assert cells[1:] == plain[1:]
    for cell in cells:
        if cell["cell_type"] == "code":
            compile("".join(cell["source"]), cell["id"], "exec")
    first = "".join(cells[0]["source"])
    assert cells[0]["cell_type"] == "markdown"
    # What Jupyter takes for a formula is between such signs, in its Markdown or within one element of what it shows.
    assert not re.search(r"[$\\]", first.split("\n")[0])
    heading = parsed(markdown.markdown(first)).one("h1")
    assert {e.tag for e in heading.all() if e is not heading} <= {"span"}
    assert all(e.text in ("$", "\\") and not e.attributes for e in heading.all("span"))
    assert not re.search(r"[$\\]", "".join(child for child in heading.children if isinstance(child, str)))
    assert heading.text == as_shown(text) or not as_shown(text).strip()


def test_a_cell_begins_with_its_line_and_not_with_what_a_line_says() -> None:
    template = '# %% [markdown]\n# Say "# %% [markdown]"\n\n# %%\nprint("# %% x")  # %% y\n'
    cells = json.loads(takehome.notebook(run(), template))["cells"]
    assert [cell["source"] for cell in cells] == [['Say "# %% [markdown]"'], ['print("# %% x")  # %% y']]


def test_a_template_of_an_older_kind_that_writes_the_title_into_a_comment_declares_no_encoding() -> None:
    old = "# %% [markdown]\n# # [= title =]\nx = 1\n"
    for text in ("coding: utf-7", "coding=rot13", "x coding:latin-1", "-*- coding: utf-16 -*-"):
        assert ast.dump(ast.parse(takehome.script(called(text), old).encode())) == ast.dump(ast.parse("x = 1"))


# --- A site whose scenarios are called so --------------------------------------------------------------------


@cache
def page(name: str) -> Element:
    return parsed((hostile.site() / name).read_text(encoding="utf-8"))


def of_scenario(id: str) -> Element:
    return page(f"scenarios/{id}/index.html")


def without_its_file(article: Element) -> Element:
    """An article without the colours of the scenario file at its end, which depend on what the file says."""
    article.one("details", class_="note").one("code").children = []
    return article


@pytest.mark.parametrize("id", TEXTS)
def test_a_scenario_says_its_title_wherever_its_page_does(id: str) -> None:
    title, site_name = as_shown(TEXTS[id]), hostile.SITE_NAME
    shown = of_scenario(id)
    heading = shown.one("article").one("h1")
    assert heading.text == f"{title}¶"
    assert heading.attributes == {"id": id}
    assert " ".join(shown.one("title").text.split()) == " ".join(f"{title} - {site_name}".split())
    topic = [" ".join(e.text.split()) for e in shown.one("div", class_="md-header__title").all("span")]
    assert topic == [" ".join(site_name.split()), " ".join(title.split())]
    names = [" ".join(e.text.split()) for e in shown.all("span", class_="md-ellipsis")]
    for each in TEXTS.values():
        assert " ".join(each.split()) in names, "in the navigation"


@pytest.mark.parametrize("id", TEXTS)
def test_a_scenarios_page_has_no_element_or_attribute_but_those_of_a_plain_one(id: str) -> None:
    shown, plain = (without_its_file(of_scenario(each).one("article")) for each in (id, hostile.PLAIN))
    assert shown.shape == plain.shape
    assert [e.attributes.get("href", "").partition("#")[0] for e in shown.all("a")] == [
        (e.attributes.get("href", "") or "").replace("plain", id).partition("#")[0] for e in plain.all("a")
    ]


@pytest.mark.parametrize("id", TEXTS)
def test_a_page_says_what_its_points_are_and_where_they_come_from(id: str) -> None:
    paragraphs = [" ".join(p.text.split()) for p in of_scenario(id).one("article").all("p")]
    said = " ".join(TEXTS[id].split())
    assert said in paragraphs
    assert f"Where the points come from: {said}" in paragraphs


@pytest.mark.parametrize("id", hostile.NAMED)
def test_a_page_says_the_names_of_its_points_and_does_nothing_that_they_say(id: str) -> None:
    shown, plain = (without_its_file(of_scenario(each).one("article")) for each in (id, hostile.PLAIN_NAMES))
    assert shown.shape == plain.shape
    label, unit = hostile.NAMED[id]
    full = f"{label} [{unit}]"
    isolated = re.sub("[\u2068\u2069]", "", full)
    for of_page, tag in ((shown, "figcaption"), (shown, "strong"), (shown, "th")):
        said = [" ".join(re.sub("[\u2068\u2069]", "", each.text).split()) for each in of_page.all(tag)]
        wanted = {"figcaption": f"x is {isolated}, y is {isolated}.", "strong": f"{isolated} = ", "th": f"[{unit}]"}[
            tag
        ]
        assert any(" ".join(wanted.split()).strip() in each for each in said), (tag, said)
    data = json.loads(next(e.text for e in shown.all("script") if e.attributes.get("data-run") == id))
    assert [re.sub("[\u2068\u2069]", "", data["named"][axis][0]) for axis in "xy"] == [isolated] * 2


@pytest.mark.parametrize("id", hostile.NAMED)
def test_a_script_with_hostile_names_does_what_a_plain_one_does(id: str) -> None:
    folders = [hostile.site() / f"scenarios/{each}" for each in (id, hostile.PLAIN_NAMES)]
    script, plain = ((folder / "train.py").read_text(encoding="utf-8") for folder in folders)
    assert code_of(script) == code_of(plain)
    label, unit = hostile.NAMED[id]
    assert words_of(script) == [f"{label} [{unit}]"] * 2


@given(text=texts)
def test_a_script_keeps_any_words_of_its_points_in_strings(text: str) -> None:
    def of(word: str) -> str:
        words = {
            key: inert.Foreign(word) for key in ("x_label", "y_label", "x_unit", "y_unit", "origin", "description")
        }
        data = run().scenario.data.model_copy(update=words)
        scenario = run().scenario.model_copy(update={"data": data})
        return takehome.script(dataclasses.replace(run(), scenario=scenario), TEMPLATE)

    script = of(text)
    assert code_of(script) == code_of(of("Plain"))
    assert words_of(script) == [as_shown(f"{text} [{text}]")] * 2 + [as_shown(text)]
    assert len(script.split("\n")) == len(of("Plain").split("\n"))
    assert [line for line in script.split("\n") if line.startswith("# %%")] == [
        line for line in of("Plain").split("\n") if line.startswith("# %%")
    ]


@pytest.mark.parametrize("id", TEXTS)
def test_the_scenario_file_stands_on_the_page_letter_for_letter(id: str) -> None:
    page = parsed((hostile.site() / f"scenarios/{id}/index.html").read_text(encoding="utf-8"))
    code = page.one("details", class_="note").one("code")
    assert {e.tag for e in code.all() if e is not code} == {"span"}
    file = (hostile.site().parent / f"docs/scenarios/{id}.toml").read_text(encoding="utf-8")
    assert code.text.strip("\n") == file.strip("\n")
    assert (hostile.site() / f"scenarios/{id}/scenario.toml").read_text(encoding="utf-8") == file


def test_no_page_runs_a_script_or_asks_another_host_because_of_a_text() -> None:
    def without_paths(script: Element) -> str:
        return re.sub(r'"[./]*(?:assets/[^"]*)?"', "", script.text)

    scripts = {without_paths(script) for script in of_scenario(hostile.PLAIN).all("script")}
    files = sorted(hostile.site().rglob("*.html"))
    assert len(files) > len(TEXTS)
    for file in files:
        for element in parsed(file.read_text(encoding="utf-8")).all():
            assert not [name for name in element.attributes if name.startswith("on")], file
            for name in ("href", "src", "srcset", "action", "data"):
                value = element.attributes.get(name) or ""
                outside = re.match(r"(?:[a-z]+:|//)", value, re.IGNORECASE)
                assert not outside or value.startswith(OUTSIDE), (file, value)
            if element.tag == "script" and element.attributes.get("type") in DATA:
                json.loads(element.text)  # data, which nothing runs
            elif element.tag == "script" and not element.attributes.get("src"):
                assert without_paths(element) in scripts, file


def test_a_gallery_shows_the_titles_in_its_cards_and_tables() -> None:
    article = page("scenarios/index.html").one("article")
    of_named = ["Named"] * (len(hostile.NAMED) + 1)
    titles = sorted(map(as_shown, [*TEXTS.values(), "Plain words", "From a file", *of_named]))
    assert sorted(card.one("strong").text for card in article.all("a", class_="gd-card")) == titles
    rows, (of_file,) = (body.all("tr") for body in article.all("tbody"))
    assert [cell.text for cell in of_file.all("td")] == [hostile.CSV_FILE, *hostile.COLUMNS]
    assert of_file.shape == parsed("<tr><td></td><td></td><td><em></em></td></tr>").one("tr").shape
    for written in (0, 1):
        assert sorted(row.all("td")[written].text for row in rows) == titles
    assert {len(row.all()) for row in rows} == {len(["tr", "td", "a", "td", "strong"])}


def test_the_search_index_says_every_title_in_html_that_has_no_elements() -> None:
    index = json.loads((hostile.site() / "search/search_index.json").read_bytes())
    found = {entry["location"].partition("#")[0]: parsed(entry["title"]) for entry in reversed(index["docs"])}
    for id, text in TEXTS.items():
        title = found[f"scenarios/{id}/"]
        assert title.text == as_shown(text)
        assert title.shape == Element("").shape
    for entry in index["docs"]:
        kept = {e.tag for e in parsed(entry["title"]).all()} | {e.tag for e in parsed(entry["text"]).all()}
        assert kept <= {"", "p", "code", "pre", "li", "ol", "ul", "sub", "sup"}, "what the theme keeps"
    assert (found["page/"].text, found["notes/"].text) == (hostile.PAGE_TITLE, hostile.NAV_TITLE)


def test_the_next_page_is_announced_by_its_title() -> None:
    said = [e.attributes["aria-label"] for e in of_scenario(hostile.PLAIN).all("a", class_="md-footer__link")]
    ids = sorted([*TEXTS, hostile.PLAIN, "from-a-file"])
    place = ids.index(hostile.PLAIN)
    around = [as_shown(TEXTS[ids[place - 1]]), as_shown(TEXTS[ids[place + 1]])]
    assert said == [f"Previous: {around[0]}", f"Next: {around[1]}"]


def test_the_sites_name_its_navigation_and_the_front_matter_of_a_page_are_shown_as_they_are() -> None:
    home, notes, one = page("index.html"), page("notes/index.html"), page("page/index.html")
    described = {e.attributes["name"]: e.attributes["content"] for e in one.all("meta") if "name" in e.attributes}
    assert described["description"] == hostile.DESCRIPTION
    described = {e.attributes["name"]: e.attributes["content"] for e in home.all("meta") if "name" in e.attributes}
    assert described["description"] == hostile.DESCRIPTION
    assert home.one("title").text.strip() == hostile.SITE_NAME
    assert notes.one("title").text.strip() == f"{hostile.NAV_TITLE} - {hostile.SITE_NAME}"
    assert one.one("title").text.strip() == f"{hostile.PAGE_TITLE} - {hostile.SITE_NAME}"
    for logo in home.all("a", class_="md-logo"):
        assert (logo.attributes["title"], logo.attributes["aria-label"]) == (hostile.SITE_NAME, hostile.SITE_NAME)
    names = {" ".join(e.text.split()) for e in home.all("span", class_="md-ellipsis")}
    assert {hostile.NAV_TITLE, hostile.SECTION, hostile.PAGE_TITLE} <= names
    (missing,) = page("404.html").all("title")
    assert missing.text.strip() == hostile.SITE_NAME


def test_a_bare_mkdocs_build_shows_the_same(tmp_path: Path) -> None:
    project = Path(shutil.copytree(hostile.site().parent, tmp_path / "project", ignore=shutil.ignore_patterns("site")))
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(tmp_path / "bare")]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("index.html", "notes/index.html", "page/index.html", "scenarios/script/index.html"):
        assert (tmp_path / "bare" / name).read_bytes() == (hostile.site() / name).read_bytes()


@pytest.mark.parametrize("id", TEXTS)
def test_what_can_be_taken_home_is_sound(id: str) -> None:
    folder = hostile.site() / f"scenarios/{id}"
    plain = hostile.site() / f"scenarios/{hostile.PLAIN}"
    script, plain_script = ((each / "train.py").read_bytes() for each in (folder, plain))
    assert ast.get_docstring(ast.parse(script), clean=False) == as_shown(TEXTS[id])
    assert code_of(script.decode()) == code_of(plain_script.decode())
    assert words_of(script.decode()) == [as_shown(TEXTS[id])]
    notebook, plain_notebook = (json.loads((each / "train.ipynb").read_bytes()) for each in (folder, plain))
    assert len(notebook["cells"]) == len(plain_notebook["cells"])
    for cell, plain_cell in zip(notebook["cells"][1:], plain_notebook["cells"][1:], strict=True):
        said = [line for line in cell["source"] if line not in plain_cell["source"]]
        assert all(line.startswith("points_from = ") for line in said)
        assert cell["cell_type"] == "code" or not said
    ran, plain_ran = (json.loads((each / "run.json").read_bytes()) for each in (folder, plain))
    words = {"x": {}, "y": {}, "description": TEXTS[id], "origin": TEXTS[id]}
    assert ran == plain_ran | {"scenario": id, "data": words}
    assert (folder / "trajectory.csv").read_bytes() == (plain / "trajectory.csv").read_bytes()


def test_the_sitemap_and_the_edit_links_name_files_alone() -> None:
    edits = {a.attributes["href"] for id in TEXTS for a in of_scenario(id).all("a", rel="edit")}
    assert edits == {f"https://example.org/tiny/edit/main/docs/scenarios/{id}.toml" for id in TEXTS}


# --- What means nothing is refused ---------------------------------------------------------------------------


def refused(title: str, folder: Path) -> str:
    path = folder / "own.toml"
    path.write_text(tiny.scenario().replace('"Tiny"', title), encoding="utf-8")
    with pytest.raises(Faults) as refusal:
        load(path)
    (fault,) = refusal.value.faults
    assert (fault.file, fault.line) == (path, 4)
    return str(fault)


# (a title as it is written in the file, what is wrong with it, a part of the remedy)
UNFIT = [
    (r'"a\u0000b"', "title.en must be text, and U+0000 is no character that can be shown", "leave it out"),
    (r'"a\u001bb"', "U+001B", "leave it out"),
    (r'"a\u007fb"', "U+007F", "leave it out"),
    (r'"a\u0085b"', "U+0085", "leave it out"),
    (r'"a\u0002wzxhzdk:0\u0003b"', "U+0002", "leave it out"),
    (r'"a\fb"', "U+000C", "leave it out"),
    (r'"a\uffffb"', "U+FFFF", "leave it out"),
    (r'"a\ufdd0b"', "U+FDD0", "leave it out"),
    (r'"a\U0001fffeb"', "U+1FFFE", "leave it out"),
    ('"   "', "title.en must have something to be seen, and it is blank", "a few words"),
    (r'"\n\t \u00a0\u200b\u2028"', "it is blank", "a few words"),
    (r'"a\u202eb"', "title.en must end with U+202C the turn it begins", "needs no such characters"),
    (r'"a\u2067b\u202c"', "title.en must not end with U+202C what it has not begun", "needs no such characters"),
    (r'"a\u2069b"', "must not end with U+2069", "needs no such characters"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "fault", "remedy"), UNFIT)
def test_a_title_that_cannot_be_shown_is_refused_with_its_line(
    title: str, fault: str, remedy: str, tmp_path: Path
) -> None:
    said = refused(title, tmp_path)
    told, _, help = said.partition("help: ")
    assert fault in told
    assert remedy in help


@given(text=texts)
def test_a_title_is_refused_for_a_reason_alone(text: str) -> None:
    from generator.scenario.schema import Spec

    table = yaml.safe_load("{expect: converges, data: {source: points, x: [1.0], y: [1.0]}}")
    table |= {"title": {"en": "x", "zz": text[:120]}}
    table |= {"training": {"learning_rate": 0.1, "epochs": 3, "start": {"w": 0.0, "b": 0.0}}}
    turns = any(character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" for character in text)
    is_blank = all(unicodedata.category(character)[0] in "ZC" for character in text[:120])
    if not turns and not is_blank:
        assert Spec.model_validate(table).title["zz"] == text[:120]
