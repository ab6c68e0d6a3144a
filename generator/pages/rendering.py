"""Authored pages and records become plain Markdown: Jinja, with `[= … =]` for expressions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes

from generator.faults import Fault, Faults
from generator.figures.catalogue import Request
from generator.files import below
from generator.limits import TooSlow, time_limit
from generator.making import arithmetic
from generator.making.keys import all_code
from generator.memory import NOTHING, Memory, digest
from generator.pages import checking
from generator.pages.calls import Calls
from generator.pages.formulas import wrong_formulas
from generator.pages.wellformed import wrong_text
from generator.pages.words import GIVEN, Words
from generator.project import GENERATED, Edition, Project
from generator.scenario.schema import Scenario
from generator.templating import environment, parse, render, unknown_filters, unknown_names

Shown = Mapping[str, Sequence[int]]  # delays_ms and shown, one number a frame
CALL_HELP = "what a page can call stands in generator/pages/calls.py, what a run has in generator/runs/"


class Pages:
    """The pages of one edition, checked and rendered. ``result_of`` gives the run, sweep or ladder of an id.

    ``are_folders``: whether each has a folder of its own in the site, as the engine's ``use_directory_urls`` has it.
    ``left_out``: those that the engine, so configured, does not publish. ``moves_html``: whether the engine moves
    addresses in HTML with those in Markdown.
    """

    def __init__(
        self,
        project: Project,
        edition: Edition,
        scenarios: Mapping[str, Scenario],
        result_of: Callable[[str, str], Any],
        are_folders: bool = True,
        left_out: Collection[str] = (),
        moves_html: bool = False,
        memory: Memory = NOTHING,
    ) -> None:
        self.project, self.edition, self.scenarios = project, edition, scenarios
        self.words = Words(project.templates, edition.language)
        # What is said in the language is found before what is the same in all.
        folders = jinja2.FileSystemLoader([*self.words.layers.folders, *project.template_layers.folders])
        self.environment = environment(jinja2.ChoiceLoader([jinja2.FunctionLoader(self._page_source), folders]))
        kernels = partial(arithmetic.remembered, project.cache)  # asked where it is needed: it may load PyTorch
        self.calls = Calls(
            edition, scenarios, self.words, self.environment, result_of, kernels, are_folders, left_out, moves_html
        )
        self.environment.globals.update(self.calls.everywhere())
        self.environment.bytecode_cache = memory.part("templates").compiled()
        self.memory, self.readable = memory.part("checked"), memory.part("readable")
        self.code = all_code() if memory.folder else ""
        self.asked: set[tuple[str, str]] = set()

    def authored(self) -> dict[str, Path]:
        """The Markdown files of the edition, by their path in the site's sources."""
        found = [path for path in below(self.edition.pages) if path.suffix == ".md"]
        return {path.relative_to(self.edition.pages).as_posix(): path for path in found}

    def _page_source(self, name: str) -> tuple[str, str, None] | None:
        """Authored pages are known to Jinja by their path, so that tracebacks name their lines."""
        path = Path(name)
        is_page = path.is_relative_to(self.edition.pages) and ".." not in path.relative_to(self.edition.pages).parts
        return (path.read_text(encoding="utf-8"), name, None) if is_page else None

    # --- Checked before anything is trained ----------------------------------------------------------------

    def check(self) -> list[Fault]:
        """Every mistake that can be seen without a record, of the pages and of what the generator says on them."""
        faults = self.words.mistakes()
        pages, same = [*self.authored().values()], self._all_that_is_asked()
        for path in [*self._templates(), *pages]:
            key = digest([same, str(path), str(path in pages), _as_read(path)])
            if (asked := self.memory.get(key)) is None:
                wrong, asked = self._checked(path, is_page=path in pages)
                faults += wrong
                if not wrong:
                    self.memory.put(key, asked)
            self.asked |= asked
        return faults

    def _all_that_is_asked(self) -> str:
        """A digest of all that a page is checked against, but its own text; worked out where that is remembered."""
        if self.memory.folder is None:
            return ""
        templates = {**self.project.template_layers.files(), **self.words.layers.files()}
        scenarios = [f"{id} {scenario.published} {scenario.run_inputs()}" for id, scenario in self.scenarios.items()]
        others = [repr([*self.authored()]), repr(self.edition), repr(self.calls.left_out), repr(self.calls.are_folders)]
        return digest([self.code, *others, *scenarios, *(f"{name} {_as_read(templates[name])}" for name in templates)])

    def _checked(self, path: Path, *, is_page: bool) -> tuple[list[Fault], set[tuple[str, str]]]:
        """What is wrong with a page or a template, and the results besides runs that a page asks for."""
        try:
            text, tree = parse(path)
            with time_limit(path):
                return [*self._wrong(path, text, tree, is_page=is_page)], checking.needs([tree] if is_page else [])
        except Fault as fault:
            return [fault], set()

    def _wrong(self, path: Path, text: str, tree: nodes.Template, *, is_page: bool) -> Iterator[Fault]:
        if is_page:
            yield from wrong_text(path, text, is_template=True)
        yield from checking.wrong_words(path, text, tree, self.words.required)
        yield from checking.wrong_calls(path, text, tree, self.scenarios)
        yield from unknown_filters(self.environment, path, text, tree)
        yield from checking.misplaced_calls(self.environment, path, text)
        yield from checking.unset_formulas(self.environment, path, text)
        if is_page:  # a template is given more than is known here
            yield from unknown_names(path, text, tree, {*self.environment.globals, *self.calls.on("")})

    def needs(self) -> set[tuple[str, str]]:
        """Results besides runs that checked pages ask for, as (name, scenario id)."""
        return self.asked

    def _templates(self) -> Iterator[Path]:
        """Those of the language; one edition speaks for those that all share."""
        for ending in (".md", ".html"):
            yield from (path for path in self.words.layers.listed(ending) if path.name not in GIVEN)
        if self.edition.is_root:
            yield from self.project.template_layers.listed(".md")

    # --- Rendered ------------------------------------------------------------------------------------------

    def render_all(self) -> dict[str, str]:
        """Every page of the edition, authored and generated, by its path; all faults are reported together."""
        rendered: dict[str, str] = {}
        faults: list[Fault] = []
        makers = {name: partial(self.render, name, path) for name, path in self.authored().items()}
        makers |= {f"{GENERATED}/{id}/index.md": partial(self.scenario_page, id) for id in self.scenarios}
        for name, make in makers.items():
            try:
                rendered[name] = make()
            except TooSlow:
                raise  # of a template that others show too, each would take as long
            except Fault as fault:
                faults.append(fault)
        if faults:
            raise Faults(faults)
        return rendered

    def render(self, name: str, path: Path) -> str:
        """One authored page."""
        text = render(self.environment, str(path), path, self.calls.on(name), CALL_HELP)
        return self._readable(text, path, path)

    def scenario_page(self, id: str) -> str:
        values = {"scenario": self.scenarios[id], "record": self.calls.record_of(id)}
        values |= self.calls.on(f"{GENERATED}/{id}/index.md")
        template = "scenario.md"
        path = self.words.layers.file(template)
        text = render(self.environment, template, path, values, CALL_HELP)
        return self._readable(text, path, self.project.scenarios / f"{id}.toml")

    def _readable(self, text: str, path: Path, source: Path) -> str:
        """The text again. Raises `Fault` where the engine could not read it, or a value has made a formula of no sense.

        ``path`` is what it was made from, and ``source`` what the values came from.
        """
        key = digest([self.calls.mark.sub(r"\1 \2", text), self.code])
        if self.readable.get(key) is None:
            for fault in wrong_text(path, text):
                raise fault
            for _, fault in wrong_formulas(text):
                raise Fault(fault.fault, file=source, help=fault.help)
            self.readable.put(key, True)
        return text

    def fill(self, text: str, shown: Callable[[Request], Shown]) -> str:
        """Put into a rendered page what is known once its pictures are drawn: their frames' delays and states."""
        requests = list(self.calls.requests)

        def value(mark: re.Match[str]) -> str:
            frames = shown(requests[int(mark[2])])
            return ",".join(map(str, frames["delays_ms"] if mark[1] == "delays" else frames["shown"]))

        return self.calls.mark.sub(value, text)


def _as_read(path: Path) -> str:
    """A digest of the file; of what cannot be read, only that it cannot."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        return repr(problem)
