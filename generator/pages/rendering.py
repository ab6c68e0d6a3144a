"""Authored pages and records become plain Markdown: Jinja, with `[= … =]` for expressions.

`Pages` is what a page can call. A page asks for pictures by name; the requests are collected while it is rendered,
so that only what some page shows is drawn.
"""

from __future__ import annotations

import html
import math
import posixpath
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
import jinja2.meta
from jinja2 import nodes

from generator.faults import Fault, Faults, did_you_mean
from generator.figures import catalogue
from generator.figures.catalogue import Request
from generator.making.source import listing
from generator.numerals import fixed, percent, significant, whole
from generator.pages.words import words
from generator.project import Edition, Project
from generator.runs import theory, worked
from generator.runs.analysis import Run
from generator.scenario.schema import Scenario
from generator.templating import environment

# Functions of a page whose text arguments are scenario ids.
TAKES_IDS = ("figure", "loss_table", "run", "sweep", "ladder", "verdict")
Shown = Mapping[str, Sequence[int]]  # delays_ms and shown, one number a frame
MARK = re.compile(r"⟦(delays|epochs) (\d+)⟧")
CODE = re.compile(r"\[(?:=.*?=|%.*?%)\]|```.*?```", re.DOTALL)  # of a page: no prose
WORD = re.compile(r"[^\W\d_\u4e00-\u9fff]+|[\u4e00-\u9fff]{2}")  # a Chinese word is two characters or so
WORDS_A_MINUTE, MINUTES_A_CALL = 180, 0.5
GENERATED = "scenarios"  # the folder of the pages that every edition gets without an author


class Pages:
    """The pages of one edition. Nothing is trained here: ``result_of`` gives the run, sweep or ladder of an id."""

    def __init__(
        self,
        project: Project,
        edition: Edition,
        scenarios: Mapping[str, Scenario],
        result_of: Callable[[str, str], Any],
    ) -> None:
        self.project, self.edition, self.scenarios = project, edition, scenarios
        self.result_of = result_of
        self.words = words(edition.language)
        self.requests: dict[Request, None] = {}  # a set that keeps its order
        self.parsed: list[nodes.Template] = []
        self.environment = self._environment()

    # --- Checked before anything is trained ----------------------------------------------------------------

    def authored(self) -> dict[str, Path]:
        """The Markdown files of the edition, by their path in the site's sources."""
        found = sorted(self.edition.pages.rglob("*.md"))
        return {path.relative_to(self.edition.pages).as_posix(): path for path in found}

    def check(self) -> list[Fault]:
        """Every mistake that can be seen without a record: syntax, unknown names, scenario ids and kinds."""
        faults: list[Fault] = []
        for path in self.authored().values():
            try:
                tree = self.environment.parse(path.read_text(encoding="utf-8"), filename=str(path))
            except UnicodeDecodeError as problem:
                faults.append(Fault(f"the page cannot be read: {problem}", file=path, help="save it as UTF-8 text"))
                continue
            except jinja2.TemplateSyntaxError as problem:
                faults.append(self._at(path, problem.lineno, f"template syntax: {problem.message}", SYNTAX_HELP))
                continue
            self.parsed.append(tree)
            faults.extend(self._check_calls(path, tree))
            faults.extend(self._check_names(path, tree))
            faults.extend(self._check_filters(path, tree))
        return faults

    def needs(self) -> set[tuple[str, str]]:
        """Results besides runs that checked pages ask for as (name, scenario id), where both are written out.

        What a page computes is not known yet; `result_of` is asked for it when the page is rendered.
        """
        found: set[tuple[str, str]] = set()
        for call in (call for tree in self.parsed for call in tree.find_all(nodes.Call)):
            called = call.node.name if isinstance(call.node, nodes.Name) else None
            name = _result_shown(call) if called == "figure" else called
            if name in ("sweep", "ladder"):
                found |= {(name, id.value) for id in call.args if isinstance(id, nodes.Const)}
        return found

    def _check_calls(self, path: Path, tree: nodes.Template) -> Iterator[Fault]:
        for call in tree.find_all(nodes.Call):
            if not isinstance(call.node, nodes.Name) or call.node.name not in TAKES_IDS:
                continue
            for argument in call.args:
                if isinstance(argument, nodes.Const) and argument.value not in self.scenarios:
                    yield self._at(
                        path, call.lineno, f"there is no scenario {argument.value!r}",
                        did_you_mean(str(argument.value), self.scenarios),
                    )  # fmt: skip
            if call.node.name == "figure" and (fault := _unfit(call)):
                yield self._at(path, call.lineno, fault.fault, fault.help)

    def _check_filters(self, path: Path, tree: nodes.Template) -> Iterator[Fault]:
        known = self.environment.filters
        for filter in tree.find_all(nodes.Filter):
            if filter.name not in known:
                yield self._at(path, filter.lineno, f"unknown filter {filter.name!r}", did_you_mean(filter.name, known))

    def _check_names(self, path: Path, tree: nodes.Template) -> Iterator[Fault]:
        known = {*self.environment.globals, *self._functions("")}
        try:
            undeclared = jinja2.meta.find_undeclared_variables(tree)
        except jinja2.TemplateAssertionError:
            return  # an unknown filter or test, which hides the names
        for name in sorted(undeclared - known):
            line = next(n.lineno for n in tree.find_all(nodes.Name) if n.name == name)
            yield self._at(path, line, f"unknown name {name!r}", did_you_mean(name, known))

    def _at(self, path: Path, line: int | None, fault: str, help: str) -> Fault:
        lines = path.read_text(encoding="utf-8").splitlines()
        excerpt = lines[line - 1] if line and line <= len(lines) else ""
        return Fault(fault, file=path, line=line, excerpt=excerpt, help=help)

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
            except Fault as fault:
                faults.append(fault)
        if faults:
            raise Faults(faults)
        return rendered

    def render(self, name: str, path: Path) -> str:
        """One authored page."""
        return self._rendered(path, str(path), self._functions(name))

    def scenario_page(self, id: str) -> str:
        template = f"scenario.{self.edition.language}.md"
        values = {"scenario": self.scenarios[id], "record": self.record_of(id)}
        functions = self._functions(f"{GENERATED}/{id}/index.md")
        return self._rendered(self.project.templates / template, template, functions | values)

    def _rendered(self, path: Path, template: str, values: Mapping[str, Any]) -> str:
        """What the template in this file comes to. Raises `Fault` with the line of the file that failed."""
        try:
            return self.environment.get_template(template).render(values)
        except jinja2.TemplateNotFound as problem:
            raise Fault(
                f"there is no template {problem.name}", file=self.project.templates,
                help="write it after the one of another language there",
            ) from None  # fmt: skip
        except jinja2.TemplateSyntaxError as problem:
            place = Path(problem.filename or path)
            raise self._at(place, problem.lineno, f"template syntax: {problem.message}", SYNTAX_HELP) from None
        except Exception as problem:
            if isinstance(problem, Fault) and problem.file is not None:
                raise
            frames = [f.lineno for f in traceback.extract_tb(problem.__traceback__) if f.filename == str(path)]
            line = frames[-1] if frames else None
            if isinstance(problem, Fault):
                raise self._at(path, line, problem.fault, problem.help) from None
            fault = f"there is no {problem}" if isinstance(problem, KeyError) else str(problem)
            raise self._at(path, line, fault, CALL_HELP) from problem

    def record_of(self, id: str) -> Run:
        record: Run = self.result_of("run", id)
        return record

    # --- What a page can call ------------------------------------------------------------------------------

    def _functions(self, page: str) -> dict[str, Any]:
        """The functions that depend on where the page lies."""

        def link(target: str) -> str:
            return posixpath.relpath(target, posixpath.dirname(page) or ".")

        def figure(
            *ids: str, kind: str = "fit", caption: str = "", wide: bool = False, eager: bool = False, **options: Any
        ) -> str:
            return self._figure(_request(ids, kind, options), link, caption=caption, wide=wide, eager=eager)

        return {"figure": figure, "link": link, "page": page}

    def _figure(
        self, request: Request, link: Callable[[str], str], caption: str = "", wide: bool = False, eager: bool = False
    ) -> str:
        """The markup of a picture, and for paper the filmstrip of one that moves.

        ``eager`` is for a picture at the top of a page: it is loaded before it is scrolled to.
        """
        picture = self._picture(request, link)
        strip = None
        if picture["kind"].animated and len(request.ids) in catalogue.KINDS["filmstrip"].runs:
            options = {**dict(request.options), "of": request.kind}
            strip = self._picture(_request(request.ids, "filmstrip", options), link)
        number = list(self.requests).index(request)
        return self._template("figure.md").render(
            **picture,
            delays=f"⟦delays {number}⟧",
            epochs=f"⟦epochs {number}⟧",
            caption=caption,
            wide=wide,
            loading="eager" if eager else "lazy",
            strip=strip,
        )

    def _picture(self, request: Request, link: Callable[[str], str]) -> dict[str, Any]:
        """What the markup says of a picture: its kind, path and alt text. From now on it is asked for.

        Raises `Fault` where it cannot be drawn.
        """
        kind = catalogue.kind_of(request)
        results = [self.result_of(kind.of, id) for id in request.ids]
        alt = str(self.words.ALTS[request.kind](results, **dict(request.options)))
        self.requests[request] = None
        return {"kind": kind, "path": link(request.path), "alt": alt}

    def fill(self, text: str, shown: Callable[[Request], Shown]) -> str:
        """Put into a rendered page what is known once its pictures are drawn: their frames' delays and states."""
        requests = list(self.requests)

        def value(mark: re.Match[str]) -> str:
            frames = shown(requests[int(mark[2])])
            return ",".join(map(str, frames["delays_ms"] if mark[1] == "delays" else frames["shown"]))

        return MARK.sub(value, text)

    def loss_table(self, id: str, epochs: Sequence[int] | None = None, exact: bool = False) -> str:
        """The printed convention: under epoch e the loss and gradient of state e − 1, and w, b of state e."""
        record = self.record_of(id)
        return self._template("loss_table.md").render(record=record, epochs=epochs or record.table_epochs, exact=exact)

    def quiz(self, question: str, right: object, choices: Mapping[object, tuple[str, str]]) -> str:
        """Predict, then reveal: ``choices`` maps what may come out to what the reader picks and the reply to it.

        ``right`` is what came out, computed from a run or from theory; a question whose answer is not among its
        choices is a mistake of the page.
        """
        if right not in choices:
            raise Fault(
                f"the answer {right!r} is none of the quiz's choices",
                help=f"its choices are {', '.join(map(repr, choices))}; let one of them be what comes out",
            )
        rows = [
            {"number": number, "text": text, "reply": reply, "is_right": outcome == right}
            for number, (outcome, (text, reply)) in enumerate(choices.items(), start=1)
        ]
        return self._template("quiz.md").render(question=question, choices=rows)

    def verdict(self, id: str) -> str:
        """A badge: shape, word and colour."""
        return self._template("verdict.md").render(verdict=self.record_of(id).verdict).strip()

    def minutes(self, name: str) -> int:
        """How long an authored page takes: its words at reading speed, and time to look at what it calls for."""
        text = (self.edition.pages / name).read_text(encoding="utf-8")
        called = len(re.findall(r"\[= (?:figure|quiz|loss_table)\(", text))
        return math.ceil(len(WORD.findall(CODE.sub("", text))) / WORDS_A_MINUTE + called * MINUTES_A_CALL)

    def gallery(self) -> list[Run]:
        return [self.record_of(id) for id in self.scenarios]

    def _page_source(self, name: str) -> tuple[str, str, None] | None:
        """Authored pages are known to Jinja by their path, so that tracebacks name their lines."""
        path = Path(name)
        return (path.read_text(encoding="utf-8"), name, None) if path.is_relative_to(self.edition.pages) else None

    # --- The environment -----------------------------------------------------------------------------------

    def _template(self, name: str) -> jinja2.Template:
        return self.environment.get_template(name)

    def _environment(self) -> jinja2.Environment:
        pages = jinja2.FunctionLoader(self._page_source)
        made = environment(jinja2.ChoiceLoader([pages, jinja2.FileSystemLoader(self.project.templates)]))
        made.filters.update(
            significant=significant, fixed=fixed, whole=whole, percent=percent,
            attribute=lambda text: html.escape(str(text), quote=True),
        )  # fmt: skip
        made.globals.update(
            run=self.record_of,
            sweep=partial(self.result_of, "sweep"),
            ladder=partial(self.result_of, "ladder"),
            scenarios=self.scenarios,
            theory=theory,
            worked=worked,
            loss_table=self.loss_table,
            verdict=self.verdict,
            quiz=self.quiz,
            gallery=self.gallery,
            minutes=self.minutes,
            listing=listing,
            words=self.words,
            kinds=catalogue.KINDS,
        )
        return made


LAYOUT = ("caption", "wide", "eager")  # of `figure`: what is not about the picture itself
CALL_HELP = "what a page can call stands in generator/pages/, what a run has in generator/runs/"
SYNTAX_HELP = "expressions are [= … =], statements [% … %]; to show such brackets use [% raw %] … [% endraw %]"


def _request(ids: Sequence[str], kind: str, options: Mapping[str, Any]) -> Request:
    """A page may write a list; a request is a key."""
    frozen = {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
    return Request(kind, tuple(ids), tuple(sorted(frozen.items())))


def _result_shown(call: nodes.Call) -> str | None:
    """What a call of `figure` shows of each id, where its kind is written out."""
    kind = next((keyword.value for keyword in call.kwargs if keyword.key == "kind"), None)
    known = catalogue.KINDS.get(kind.value) if isinstance(kind, nodes.Const) else None
    return known.of if known else None


def _unfit(call: nodes.Call) -> Fault | None:
    """What is wrong with a call of `figure`, as far as it is written out: what is computed is known only later."""
    if call.dyn_args or call.dyn_kwargs:
        return None
    try:
        ids = [argument.as_const() for argument in call.args]
        options = {keyword.key: keyword.value.as_const() for keyword in call.kwargs if keyword.key not in LAYOUT}
        catalogue.kind_of(_request(ids, options.pop("kind", "fit"), options))
    except nodes.Impossible:
        pass
    except Fault as fault:
        return fault
    return None
