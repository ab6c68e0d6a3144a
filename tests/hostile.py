"""Texts that would do something, were they read as markup or as code; and a site whose scenarios are called so."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from tests import shared, tiny

# By what they are after. None may do anything, and each is to be read as it is written here.
TEXTS = {
    "ordinary": 'x² & y < 3 – "größer"',
    "chinese": "学习率过大：损失发散，“为什么”？",
    "decimals": "w = 0.5, b = -3; under-way, η·λ > 2",
    "link": "[x](javascript:alert(1))",
    "reference": "[x][1] [2]: javascript:alert(1)",
    "autolink": "<javascript:alert(1)> <https://example.org> <me@example.org>",
    "attributes": "Hi { onmouseover=alert(1) }",
    "attributes-with-a-colon": "Hi {: #__config .md-nav onclick='alert(1)' :}",
    "attributes-of-bold": "x**{ onclick=alert(1) }**y",
    "picture": "![](https://example.org/pixel.png)",
    "script": "<script>alert(1)</script>",
    "end-of-script": "</script><script>alert(1)</script>",
    "end-of-title": "</title><script>alert(1)</script>",
    "picture-that-fails": "<img src=x onerror=alert(1)>",
    "end-of-attribute": "\" onmouseover=alert(1) x=\" ' onclick='alert(1)",
    "comment": "<!-- a comment --> x --> y",
    "end-of-cdata": "<![CDATA[ x ]]> ]]>",
    "entities": "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62; &amp;amp;",
    "fence-after-a-line-break": "x\n\n```\n</code></pre><script>alert(1)</script>\n```",
    "html-after-a-line-break": "x\n\n<div markdown=1 onclick=alert(1)>\n\n# y\n</div>",
    "front-matter": "x\n---\ntemplate: y.html\n---\nz",
    "end-of-front-matter": '"\n---\n\n<script>alert(1)</script>',
    "yaml": '": {a: [b]} !!python/object:x & * # y',
    "code": "`x` ``y`` ` z",
    "emphasis": "*a* _b_ **c** ***d*** ~~e~~ ==f== ^g^ ^^h^^ snake_case_name",
    "backslashes": r"\\ \[x\] \n \x41 \u0041 \N{BULLET} C:\new",
    "end-of-a-heading": "C# ## #",
    "table": "a | b || c",
    "quote": "> a",
    "number": "1. a",
    "bullet": "- a",
    "ruler": "* * *",
    "definition": "a\n:   b",
    "formula": r"$x$ $$y$$ \(z\) \[w\] \begin{align} \href{javascript:alert(1)}{x}",
    "template": "{{ config }} {% raw %} {# x #}",
    "our-template": '[= run("x") =] [% raw %] [%# x #%]',
    "our-mark": "⟦delays 0⟧ ⟦epochs 99⟧ ⟦delays 0 0123456789abcdef⟧",
    "placeholder": "wzxhzdk:0 klzzwxh:0000",
    "emoji": ":smile: :material-home: 😀 👩‍🔬 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "footnote": "a[^1] [^1]: b",
    "abbreviation": "*[HTML]: x",
    "admonition": '!!! note "x"',
    "details": '???+ note "x"',
    "tab": '=== "x"',
    "snippet": '--8<-- "mkdocs.yml"',
    "snippet-after-a-line-break": 'x\n--8<-- "mkdocs.yml"\n',
    "progress": '[=45% "x"]',
    "keys": "++ctrl+alt+del++ {++x++} {--y--} {>>z<<}",
    "encoding": "coding: utf-7",
    "encoding-of-emacs": "-*- coding=rot13 -*-",
    "end-of-docstring": 'x""" + __import__("os").system("true") + """',
    "end-of-string": "x'; import os; '",
    "cell": "# %% x",
    "cell-after-a-line-break": "x\n# %%\nimport os",
    "line-after-a-comment": "x\nimport os",
    "separators": "a\u2028import os\u2029# %%\u2028b",
    "wide-blanks": "Titre\u00a0: a\u202fb\u3000c",
    "right-to-left": "\u202ea\u202c \u2067b\u2069 שלום",
    "invisible": "a\u200bb\u200dc\ufeffd\u2060e",
    "id-of-the-theme": "__config",
    "format": "%s %(x)s {0} {x.__class__} $x ${y}",
    "address": "www.example.org https://example.org/?a=b&c=d",
    "markdown-in-html": '<p markdown="1">**x**</p>',
    "longest": "![" * 60,
}  # fmt: skip
PLAIN_NAMES = "named-plainly"  # likewise, of those below
PLAIN = "plain"  # the id of the scenario that the others are compared with
CLOSING = """
````
```
~~~
</code></pre><script>alert(1)</script> ![](https://a.b) ⟦delays 0⟧ [= 1 =] {{ config }}
\u2028# z
"""
SITE_NAME = "Tiny </title><script>alert(1)</script> & \"<b onclick='alert(1)'>\""
DESCRIPTION = "\"><script>alert(1)</script> & 'x' <b>"
NAV_TITLE = "Notes </title><script>alert(1)</script> & <b onclick=alert(1)>"
SECTION = 'Runs <img src=x onerror=alert(1)> & "x"'
PAGE_TITLE = 'Page </title><script>alert(1)</script> & "<b>"'

# As hostile as a name may be: slashes, colons, stars and angle brackets are refused before.
CSV_FILE = "[x](javascript) ![](y) { .x onclick=y } __b__ &lt;b&gt; $x$ `.csv"
COLUMNS = ("x**{ onclick=alert(1) }**y", "</td></tr><script>alert(1)</script> | `")
# As labels and units: each picture and script that carries them is made anew, so there are few.
NAMED = {
    "named-markup": ("<script>alert(1)</script> [z](javascript:alert(1))", "<img src=x onerror=al"[:20]),
    "named-formula": (r"$\frac{1}$ $$x$$ \(y\) { .z onclick=alert(1) } **b** `c` | d", "$ | ` ]{ #__config }"),
    "named-code": ("\"); import os; os.abort() #''' # %% x {0} %s ⟦delays 0⟧", "\\x41 \"; 'b' {{ c }}"),
    "named-right-to-left": ("\u2067שלום\u2069 x −3 + 4 = \u202eabc\u202c", "\u202bש\u202c"),
}


def named(words: tuple[str, str]) -> str:
    """A file whose points are called so, with these units."""
    label, unit = (json.dumps(word, ensure_ascii=False) for word in words)
    keys = "".join(f"\n{axis}_label = {label}\n{axis}_unit = {unit}" for axis in "xy")
    return tiny.scenario(title="Named").replace(tiny.POINTS, f"{tiny.POINTS}{keys}\n\n[input]\nstandardize = true")


FROM_A_FILE = tiny.scenario(title="From a file").replace(
    tiny.POINTS,
    f'source = "csv"\nfile = {json.dumps(CSV_FILE)}\nx = {json.dumps(COLUMNS[0])}\ny = {json.dumps(COLUMNS[1])}',
)

GALLERY = """\
# All

[% for record in gallery() %]
[% set id = record.id %]
[% include "card.md" %]

[% endfor %]

| by its name | written out |
|---|---|
[% for record in gallery() %]
| [[= record.scenario.title_in("en") =]]([= record.id =]/index.md) | **[= record.scenario.title["en"] | markdown =]** |
[% endfor %]

[% set data = scenarios["from-a-file"].data %]
| file | x | y |
|---|---|---|
| [= data.file =] | [= data.x =] | *[= data.y =]* |
"""


def as_shown(text: str) -> str:
    """HTML shows blanks and line breaks as one space, and none at the ends."""
    return re.sub("[ \t\r\n]+", " ", text).strip(" ")


def scenario(title: str) -> str:
    """A file with this title, with a comment that says the same, and with a text that would end a block of code.

    What its points are, and where they come from, is said in the same words.
    """
    written = json.dumps(title, ensure_ascii=False)[1:-1]
    text = tiny.scenario().replace('"Tiny"', f'"{written}"')
    text = text.replace(tiny.POINTS, f'{tiny.POINTS}\ndescription = "{written}"\norigin = "{written}"')
    return text.replace("[data]", f"zz = '''{CLOSING}'''\n\n[data]  # {as_shown(title)}".replace("\u2029", " "))


def build(project: Path) -> None:
    """One run, drawn once, under all these names; and a site, its navigation and a page that are called so."""
    tiny.make_warm(project)
    (project / "docs/scenarios/tiny.toml").unlink()
    for id, title in {PLAIN: "Plain words", **TEXTS}.items():
        (project / f"docs/scenarios/{id}.toml").write_text(scenario(title), encoding="utf-8")
    for id, words in {PLAIN_NAMES: ("Plain", "words"), **NAMED}.items():
        (project / f"docs/scenarios/{id}.toml").write_text(named(words), encoding="utf-8")
    (project / "docs/scenarios/from-a-file.toml").write_text(FROM_A_FILE, encoding="utf-8")
    (project / "docs/scenarios" / CSV_FILE).write_text(f'"{COLUMNS[0]}","{COLUMNS[1]}"\n1,2\n2,3\n4,5.5\n')
    config = yaml.safe_load((project / "mkdocs.yml").read_text())
    nav = [{"Home": "index.md"}, {NAV_TITLE: "notes.md"}, "page.md", {SECTION: ["scenarios/index.md"]}]
    config |= {"site_name": SITE_NAME, "site_description": DESCRIPTION, "nav": nav}
    front = yaml.safe_dump({"title": PAGE_TITLE, "description": DESCRIPTION})
    for name, text in {
        "mkdocs.yml": yaml.safe_dump(config),
        "docs/en/index.md": f"# Home\n\n[= figure({PLAIN!r}) =]\n",
        "docs/en/notes.md": "Notes\n\n" + "".join(f"[= touch('line', {id!r}) =]\n\n" for id in NAMED),
        "docs/en/page.md": f"---\n{front}---\n\nNo heading here.\n",
        "docs/en/scenarios/index.md": GALLERY,
    }.items():
        (project / name).write_text(text, encoding="utf-8")
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr


def site() -> Path:
    return shared.once("hostile", build) / "site"
