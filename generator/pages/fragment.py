"""A picture for the pages of others: Markdown with its files beside it, and a page that needs no other file at all.

That page is for a frame: in a course of a learning platform, on a slide, in a site that another engine makes. It asks
nobody for anything, and says so to the browser: its policy forbids it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jinja2
import markdown  # type: ignore[import-untyped]

from generator.figures import style
from generator.figures.catalogue import Kind, Request, kind_of
from generator.inert import in_data_block
from generator.pages import measured
from generator.pages.legends import legends
from generator.pages.scripts import as_sent
from generator.pages.words import Words
from generator.resources import resource
from generator.runs.analysis import Run
from generator.runs.repeatable import MOST_POINTS, is_stepped_through, repeatable

# In the order in which they need each other.
SCRIPTS = ("page", "descent", "theory", "again", "chart", "pictures", "stepper")
TYPES = {"gif": "image/gif", "png": "image/png", "webp": "image/webp", "mp4": "video/mp4"}
# What would ask somebody for a file: a typeface is that of the system here. And the front page, which is none of it.
LEFT_OUT = re.compile(
    r"/\* --- Gallery and front page.*?(?=/\* --- |\Z)"
    r"|@font-face\s*\{[^{}]*url\([^{}]*\}|@import[^;]*;|/\*.*?\*/",
    re.DOTALL,
)


@dataclass(frozen=True)
class Fragment:
    """A picture, in words and files. ``pictures`` are those by their names, ``runs`` those that it shows."""

    asked: Request
    ending: str
    pictures: Mapping[str, bytes]
    alt: str
    caption: str
    runs: Sequence[Run]
    shown: Sequence[Any]  # those runs, or sweeps of their rates
    words: Words
    exact: bool  # whether PyTorch added as a browser does, where the runs were made

    @property
    def kind(self) -> Kind:
        return kind_of(self.asked)

    def as_markdown(self, environment: jinja2.Environment) -> str:
        """An image, its caption and the loss tables; what any engine takes, that finds the files beside the page."""
        return self._rendered(
            environment, "fragment.md", tables=self._tables(environment), named=self._named(environment)
        )

    def as_page(self, environment: jinja2.Environment) -> str:
        """All in one file: pictures, tables, and where a browser can step through the run, what that takes."""
        light, dark = (self._address(f"{theme}.{self.ending}") for theme in ("", ".dark"))
        run = self._stepped
        return self._rendered(
            environment, "fragment.html",
            title=self.runs[0].scenario.title_in(self.words.language) if len(self.runs) == 1 else self.kind.name,
            light=light, dark=dark, still=self._address(".png"), tables=self._tables(environment),
            named=self._named(environment), legends=legends(self.asked, self.shown, bool(run), self.kind.name == "fit"),
            style=style.css() + LEFT_OUT.sub("", _asset("stylesheets/site.css")),
            run=run, record=run, most_points=MOST_POINTS,
            data=in_data_block(self._data(run)) if run else "",
            script="\n".join(_asset(f"javascripts/{name}.js") for name in SCRIPTS) if run else "",
        )  # fmt: skip

    def _named(self, environment: jinja2.Environment) -> list[str]:
        """What stands under it of points that have names."""
        runs = self.runs if self.kind.of == "run" else []
        template = environment.get_template(f"{self.words.language}/named.md")
        return measured.lines_under(template, self.asked, runs, self.words.language)

    def _data(self, run: Run) -> dict[str, Any]:
        return repeatable(run) | {"exact": self.exact} | measured.for_browser(run, self.words.language)

    @property
    def _stepped(self) -> Run | None:
        """The run that a browser can step through in the picture's place."""
        is_one = self.kind.steps and len(self.runs) == 1 and self.ending != "mp4"
        return self.runs[0] if is_one and is_stepped_through(self.runs[0]) else None

    def _rendered(self, environment: jinja2.Environment, name: str, **values: Any) -> str:
        return environment.get_template(name).render(
            stem=self.asked.stem, ending=self.ending, kind=self.kind, alt=self.alt, caption=self.caption,
            language=self.words.language, words=self.words.tables, **values,
        )  # fmt: skip

    def _tables(self, environment: jinja2.Environment) -> list[tuple[str, str]]:
        """The loss table of each run in HTML, which no engine has to know how to write, and the run's title."""
        template = environment.get_template("loss_table.md")
        tables = []
        for run in self.runs:
            said = measured.of(run, self.words.language)
            text = template.render(
                record=run, said=said, epochs=run.table_epochs, exact=False, words=self.words.tables,
                language=self.words.language,
            )  # fmt: skip
            made = markdown.markdown(
                text,
                extensions=["attr_list", "tables", "md_in_html", "generator.pages.tables"],
                extension_configs={"tables": {"use_align_attribute": True}},
            )
            found = re.search(r"<table>.*</table>", made, re.DOTALL)
            tables.append((run.scenario.title_in(self.words.language), found[0] if found else made))
        return tables

    def _address(self, ending: str) -> str:
        name = self.asked.stem + ending
        if name not in self.pictures:
            return ""
        kind = TYPES[name.rpartition(".")[2]]
        return f"data:{kind};base64,{b64encode(self.pictures[name]).decode('ascii')}"


def _asset(name: str) -> str:
    return as_sent(name, (resource("assets") / name).read_bytes()).decode("utf-8")
