"""Authored pages and records become plain Markdown: Jinja, with `[= … =]` for expressions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes

from generator.faults import Fault, Faults
from generator.figures.catalogue import Request
from generator.files import below
from generator.limits import TooSlow, time_limit
from generator.making import arithmetic, keys
from generator.making.keys import all_code
from generator.memory import NOTHING, Memory, digest
from generator.pages import checking
from generator.pages.asked import Sources
from generator.pages.calls import LAB, Calls, Pictures
from generator.pages.formulas import wrong_formulas
from generator.pages.wellformed import wrong_text
from generator.pages.words import GIVEN, Words
from generator.project import GENERATED, Edition, Project
from generator.scenario.schema import Scenario
from generator.templating import environment, parse, render, unknown_filters, unknown_names

Shown = Mapping[str, Sequence[int]]  # delays_ms and shown, one number a frame
# Statements by which one template reads another.
INCLUDES = re.compile(r"\[%[-+]?\s*(?:include|import|from|extends)\b")
CALL_HELP = "what a page can call, and what a run has, stands in docs/en/page-calls.md of the generator's repository"


class Pages:
    """The pages of one edition, checked and rendered. ``result_of`` gives the run, sweep or ladder of an id, and
    ``digest_of`` what it came to, where ``memory`` is to keep what was made of it.

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
        digest_of: Callable[[str, str], str] | None = None,
    ) -> None:
        self.project, self.edition, self.scenarios = project, edition, scenarios
        self.words = Words(project.templates, edition.language)
        # What is said in the language is found before what is the same in all.
        folders = jinja2.FileSystemLoader([*self.words.layers.folders, *project.template_layers.folders])
        self.environment = environment(jinja2.ChoiceLoader([jinja2.FunctionLoader(self._page_source), folders]))
        kernels = partial(arithmetic.remembered, project.cache)  # asked where it is needed: it may load PyTorch
        self.sources = Sources(scenarios, result_of, kernels, digest_of)
        self.calls = Calls(edition, self.sources, self.words, self.environment, are_folders, left_out, moves_html)
        self.environment.globals.update(self.calls.everywhere())
        self.environment.bytecode_cache = memory.part("templates").compiled()
        self.memory = memory
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
        faults: list[Fault] = []
        pages = [*self.authored().values()]
        checks: list[Callable[[], set[tuple[str, str]]]] = [self._checked_words]
        checks += (partial(self._checked, path, is_page=path in pages) for path in [*self._templates(), *pages])
        for check in checks:
            try:
                self.asked |= check()
            except Faults as several:
                faults += several.faults
        self._keep()
        return faults

    def _checked_words(self) -> set[tuple[str, str]]:
        """Raises `Faults` with all that is wrong with what the language says."""

        def check() -> set[tuple[str, str]]:
            if faults := self.words.mistakes():
                raise Faults(faults)
            return set()

        return self.sources.remembered(self.memory.part("checked"), lambda: self._key("words"), check)

    def _checked(self, path: Path, *, is_page: bool) -> set[tuple[str, str]]:
        """The results besides runs that a page or a template asks for. Raises `Faults` with all that is wrong there."""

        def check() -> set[tuple[str, str]]:
            try:
                text, tree = parse(path)
                with time_limit(path):
                    faults = [*self._wrong(path, text, tree, is_page=is_page)]
                    asked = checking.needs([tree] if is_page else [])
            except Fault as fault:
                faults = [fault]
            if faults:
                raise Faults(faults)
            return asked

        return self.sources.remembered(self.memory.part("checked"), lambda: self._key(str(is_page), path), check)

    def _key(self, what: str, *paths: Path) -> str:
        """Of what follows from the texts of these files, from what is the same for all pages, and from `sources`."""
        return digest([what, self._same_for_all, *(f"{path} {_as_read(path)}" for path in paths)])

    @cached_property
    def _same_for_all(self) -> str:
        return self._digest_of_the_same()

    def _digest_of_the_same(self) -> str:
        """A digest of the code, templates and words, of which pages and scenarios there are, and where pages lie.

        The page of the lab is among it, to which others lead if it has one.
        """
        templates = {**self.project.template_layers.files(), **self.words.layers.files()}
        read = [f"{name} {_as_read(path)}" for name, path in [*templates.items(), (LAB, self.edition.pages / LAB)]]
        told = self.edition, self.calls.left_out, self.calls.are_folders, self.calls.moves_html
        others = [*self.authored()], [*self.scenarios], told, keys.versions_of(*keys.PACKAGES)
        return digest([all_code(), *map(repr, others), *read])

    def _keep(self) -> None:
        """What was made of all this is remembered, if all this is as it was."""
        if self.memory.folder is not None and self._digest_of_the_same() == self._same_for_all:
            self.sources.keep()

    def _wrong(self, path: Path, text: str, tree: nodes.Template, *, is_page: bool) -> Iterator[Fault]:
        if is_page:
            yield from wrong_text(path, text, is_template=True)
        yield from checking.wrong_words(path, text, tree, self.words.required)
        yield from checking.wrong_calls(path, text, tree, self.sources.scenarios)
        yield from unknown_filters(self.environment, path, text, tree)
        yield from checking.misplaced_calls(self.environment, path, text)
        yield from checking.unset_formulas(self.environment, path, text)
        if is_page:  # a template is given more than is known here
            known = {*self.environment.globals, *self.calls.on("")}
            yield from unknown_names(path, text, tree, known, partial(checking.meant, self.scenarios, known))

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
        makers = {name: (path, partial(self.render, name, path)) for name, path in self.authored().items()}
        for id, scenario in self.scenarios.items():
            makers[f"{GENERATED}/{id}/index.md"] = scenario.path, partial(self.scenario_page, id)
        for name, (path, make) in makers.items():
            try:
                rendered[name] = self._made(name, path, make)
            except TooSlow:
                raise  # of a template that others show too, each would take as long
            except Fault as fault:
                faults.append(fault)
        self._keep()
        if faults:
            raise Faults(faults)
        return rendered

    def _made(self, name: str, path: Path, make: Callable[[], str]) -> str:
        """A page, as it was made before if nothing that it follows from has changed, with the pictures it asks for."""

        def anew() -> tuple[str, str, Pictures]:
            return make(), self.calls.token, self.calls.pictures[name]

        def key() -> str:
            others = [*self.authored().values()] if INCLUDES.search(_read(path)) else []
            return self._key(name, path, *others)

        text, token, pictures = self.sources.remembered(self.memory.part("rendered"), key, anew)
        self.calls.pictures[name] = pictures
        return text.replace(f"⟦{token} ", f"⟦{self.calls.token} ")

    def render(self, name: str, path: Path) -> str:
        """One authored page."""
        text = render(self.environment, str(path), path, self.calls.on(name), CALL_HELP) + self.calls.key(name)
        return self._readable(text, path, path)

    def scenario_page(self, id: str) -> str:
        values = {"scenario": self.sources.scenarios[id], "record": self.calls.record_of(id)}
        values |= self.calls.on(page := f"{GENERATED}/{id}/index.md")
        template = "scenario.md"
        path = self.words.layers.file(template)
        text = render(self.environment, template, path, values, CALL_HELP) + self.calls.key(page)
        return self._readable(text, path, self.project.scenarios / f"{id}.toml")

    def _readable(self, text: str, path: Path, source: Path) -> str:
        """The text again. Raises `Fault` where the engine could not read it, or a value has made a formula of no sense.

        ``path`` is what it was made from, and ``source`` what the values came from.
        """
        for fault in wrong_text(path, text):
            raise fault
        for _, fault in wrong_formulas(text):
            raise Fault(fault.fault, file=source, help=fault.help)
        return text

    def fill(self, name: str, text: str, shown: Callable[[Request], Shown]) -> str:
        """Put into a rendered page what is known once its pictures are drawn: their frames' delays and states."""
        requests = [*self.calls.pictures[name].alts]

        def value(mark: re.Match[str]) -> str:
            frames = shown(requests[int(mark[2])])
            return ",".join(map(str, frames["delays_ms"] if mark[1] == "delays" else frames["shown"]))

        return self.calls.mark.sub(value, text)


def _read(path: Path) -> str:
    """The text of the file; of what cannot be read, only that it cannot."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as problem:
        return repr(problem)


def _as_read(path: Path) -> str:
    """A digest of the file; of what cannot be read, only that it cannot."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        return repr(problem)
