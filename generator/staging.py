"""Train what is not trained, draw what pages ask for, and lay plain Markdown and files out for the engine."""

from __future__ import annotations

import json
import logging
import posixpath
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import yaml

from generator import hook, products, style, work
from generator.faults import Fault, Faults, did_you_mean
from generator.figures import KINDS, Request
from generator.pages import GENERATED, Pages, Shown
from generator.products import FRAMES_FILE
from generator.project import Edition, Project
from generator.record import Record
from generator.scenario import Scenario, load_all
from generator.store import Store
from generator.summary import Effort, Made, Row
from generator.work import Task

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    jobs: int = 1
    force: bool = False  # make everything anew, whatever the cache has
    only: frozenset[str] = frozenset()  # make these scenarios alone; the rest must be in the cache
    scheduler: str | None = None  # of a Dask cluster that does the work instead of processes here
    report: work.Report = lambda done, total, name: None


def check(project: Project) -> dict[str, Scenario]:
    """Load every scenario and parse every page; nothing is trained. Raises `Faults` with all that is wrong."""
    scenarios = load_all(project.scenarios)
    faults = [
        fault
        for edition in project.editions()
        for fault in Pages(project, edition, scenarios, _nothing_is_trained).check()
    ]
    if faults:
        raise Faults(faults)
    return scenarios


def _nothing_is_trained(name: str, id: str) -> Any:
    raise AssertionError(f"the {name} of {id} was asked for while checking")


def stage(project: Project, options: Options) -> Made:
    """Everything up to the engine. Raises `Faults` with every failure, after the rest was completed."""
    scenarios = check(project)
    unknown = options.only - scenarios.keys()
    if unknown:
        raise Fault(f"there is no scenario {min(unknown)!r}", help=did_you_mean(min(unknown), scenarios))
    with work.Workers(options.jobs, options.scheduler) as workers:
        workshop = Workshop(scenarios, Store(project.cache), options, workers)
        made = Made(efforts=workshop.efforts)

        with _timed(made, "train"):
            workshop.train()
        with _timed(made, "pages"):
            editions = [Pages(project, edition, scenarios, workshop.result_of) for edition in project.editions()]
            rendered = [edition.render_all() for edition in editions]
        requests = {request: None for pages in editions for request in pages.requests}
        with _timed(made, "draw"):
            workshop.draw(requests, {e.language: project.takehome_template(e.language) for e in project.editions()})
        with _timed(made, "stage"):
            for pages, texts in zip(editions, rendered, strict=True):
                drawn = _lay_out(project, pages, texts, workshop)
        made.scenarios = [_row(workshop.record_of(id), drawn) for id in scenarios]
    return made


def _row(record: Record, drawn: Mapping[Request, Drawn]) -> Row:
    fit = drawn.get(Request("fit", (record.id,)))
    return Row(
        record.id,
        record.verdict,
        record.epochs_run,
        frames=fit.frames if fit else None,
        gif_bytes=fit.sizes[".gif"] if fit else None,
    )


@dataclass(frozen=True)
class Drawn:
    """A picture in the site: how many frames it has, and its files' sizes in bytes by their endings."""

    frames: int
    sizes: dict[str, int]


class Workshop:
    """Makes records and pictures, each at most once, and hands them out."""

    def __init__(self, scenarios: dict[str, Scenario], store: Store, options: Options, workers: work.Workers) -> None:
        self.scenarios, self.store, self.options, self.workers = scenarios, store, options, workers
        self.efforts: list[Effort] = []
        # Results are read again when they are needed again: those of five hundred scenarios need not fit in memory.
        self.result_of = lru_cache(maxsize=64)(self._result_of)

    def record_of(self, id: str) -> Record:
        record: Record = self.result_of("run", id)
        return record

    def _result_of(self, name: str, id: str) -> Any:
        if id not in self.scenarios:
            raise Fault(f"there is no scenario {id!r}", help=did_you_mean(id, self.scenarios))
        scenario = self.scenarios[id]
        key = products.computation_key(name, scenario)
        files = self.store.get(key)
        if files is None:  # few pages ask for more than the run; and anybody may empty the cache at any time
            self._make("train", {key: Task(f"{name} of {id}", (id,), products.compute, lambda: (name, scenario))})
            files = self.store.get(key) or products.compute(name, scenario)
        return products.unpack(name, files, scenario)

    def _drawing_of(self, request: Request) -> tuple[Request, list[Any]]:
        return request, self.results_for(request)

    def results_for(self, request: Request) -> list[Any]:
        """What the request's kind of figure shows."""
        return [self.result_of(KINDS[request.kind].of, id) for id in request.ids]

    def picture(self, request: Request) -> dict[str, bytes]:
        files = self.store.get(products.picture_key(request, self.scenarios))
        return files or products.draw(request, self.results_for(request))

    def plain_files(self, id: str, template: str, language: str) -> dict[str, bytes]:
        files = self.store.get(products.plain_files_key(self.scenarios[id], template, language))
        return files or products.plain_files(self.record_of(id), template, language)

    def train(self) -> None:
        """Train every scenario that is not in the store, and hold each against what its file expects."""
        tasks = {
            products.computation_key("run", scenario): Task(id, (id,), products.compute, partial(_run_of, scenario))
            for id, scenario in self.scenarios.items()
            if self._is_wanted(products.computation_key("run", scenario), [id])
        }
        self._make("train", tasks)
        faults = [fault for id in self.scenarios if (fault := unexpected(self.record_of(id)))]
        if faults:
            raise Faults(faults)

    def draw(self, requests: Iterable[Request], templates: Mapping[str, str]) -> None:
        """Draw every picture, and make every scenario's other files, that are not in the store.

        ``templates`` are those of what a reader takes home, by language.
        """
        tasks: dict[str, Task] = {}
        for request in requests:
            key = products.picture_key(request, self.scenarios)
            if key not in tasks and self._is_wanted(key, request.ids):
                name = f"{request.kind} of {', '.join(request.ids)}"
                tasks[key] = Task(name, request.ids, products.draw, partial(self._drawing_of, request))
        for id, scenario in self.scenarios.items():
            for language, template in templates.items():
                key = products.plain_files_key(scenario, template, language)
                if self._is_wanted(key, [id]):
                    arguments = partial(self._files_of, id, template, language)
                    tasks[key] = Task(f"files of {id}", (id,), products.plain_files, arguments)
        self._make("draw", tasks)

    def _files_of(self, id: str, template: str, language: str) -> tuple[Record, str, str]:
        return self.record_of(id), template, language

    def _is_wanted(self, key: str, ids: Collection[str]) -> bool:
        allowed = not self.options.only or bool(self.options.only.intersection(ids))
        if self.options.force and allowed:
            return True
        if self.store.has(key):
            return False
        if not allowed:
            raise Fault(
                f"{', '.join(ids)} is not in the cache",
                help="build once without --only; then --only is enough",
            )
        return True

    def _make(self, stage: str, tasks: dict[str, Task]) -> None:
        faults: list[Fault] = []
        for key, done in work.carry_out(tasks, self.workers.pool(len(tasks)), self.options.report):
            if done.files is not None:
                self.store.put(key, done.files)
            else:
                faults.append(_as_fault(done))
            self.efforts.append(Effort(stage, done.task.ids, done.seconds))
        if faults:
            raise Faults(faults)


def _run_of(scenario: Scenario) -> tuple[str, Scenario]:
    return "run", scenario


def _as_fault(done: work.Done) -> Fault:
    if isinstance(done.problem, Fault):
        return done.problem
    problem = done.problem
    return Fault(
        f"{done.task.name}: {type(problem).__name__}: {problem}",
        help="\n".join(["this is a mistake of the generator; report it with what follows", *_notes(problem)]),
    )


def _notes(problem: Exception | None) -> list[str]:
    return getattr(problem, "__notes__", [])


def unexpected(record: Record) -> Fault | None:
    """A scenario that shows something other than it promises, and why."""
    scenario = record.scenario
    if record.verdict == scenario.expect:
        return None
    lines = scenario.text.splitlines()
    line = next((n for n, text in enumerate(lines, start=1) if text.lstrip().startswith("expect")), None)
    share = record.learning_rate / record.bowl.critical_learning_rate
    left = float(record.bowl.excess(record.params[-1]) / record.bowl.excess(record.params[0]))
    return Fault(
        f"{scenario.id} is expected to be one that {scenario.expect}, and its run {record.verdict}: "
        f"after {record.epochs_run} epochs {left:.3g} of the first excess loss is left",
        file=scenario.path,
        line=line,
        excerpt=lines[line - 1] if line else "",
        help=f"its rate is {share:.3g} of the largest that converges; change the rate or the epochs, "
        f'or write expect = "{record.verdict}"',
    )


# --- Files for the engine ----------------------------------------------------------------------------------


class Tree:
    """A folder that holds exactly what is put into it; files that are the same already are not touched.

    Under ``mkdocs serve`` every write is an event, and a write on each build would rebuild for ever.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: set[str] = set()

    def put(self, name: str, content: bytes) -> None:
        self.names.add(name)
        write_if_changed(self.folder / name, content)

    def finish(self) -> None:
        """Remove what is no longer made."""
        for path in sorted(self.folder.rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(self.folder).as_posix() not in self.names:
                path.unlink()


def write_if_changed(path: Path, content: bytes) -> None:
    try:
        if path.stat().st_size == len(content) and path.read_bytes() == content:
            return
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _lay_out(project: Project, pages: Pages, texts: dict[str, str], workshop: Workshop) -> dict[Request, Drawn]:
    """One edition's pages, products, pictures and assets; returns what its pictures came to."""
    edition = pages.edition
    tree = Tree(project.staged(edition))
    drawn: dict[Request, Drawn] = {}
    frames: dict[Request, Shown] = {}
    for request in pages.requests:
        files = workshop.picture(request)
        frames[request] = json.loads(files.pop(FRAMES_FILE))
        for ending, content in files.items():
            tree.put(request.path + ending, content)
        sizes = {ending: len(content) for ending, content in files.items()}
        drawn[request] = Drawn(len(frames[request]["shown"]), sizes)
    for name, text in texts.items():
        tree.put(name, pages.fill(text, frames.__getitem__).encode())
    for path in sorted(edition.pages.rglob("*")):
        if path.is_file() and path.suffix != ".md":
            tree.put(path.relative_to(edition.pages).as_posix(), path.read_bytes())
    for path in sorted(project.assets.rglob("*")):
        if path.is_file():
            tree.put(f"assets/{path.relative_to(project.assets).as_posix()}", path.read_bytes())
    tree.put("assets/stylesheets/roles.css", style.css().encode())
    template = project.takehome_template(edition.language)
    for id in workshop.scenarios:
        for name, content in workshop.plain_files(id, template, edition.language).items():
            tree.put(f"{GENERATED}/{id}/{name}", content)
    tree.finish()
    config = yaml.safe_dump(_engine_config(project, edition), allow_unicode=True, sort_keys=False)
    write_if_changed(project.staged_config(edition), config.encode())
    return drawn


def _engine_config(project: Project, edition: Edition) -> dict[str, Any]:
    """The edition's configuration, aimed at the staged files: paths are relative to `Project.build`."""
    given = _read_yaml(edition.config)
    base = given if "INHERIT" not in given else {**_read_yaml(edition.config.parent / given["INHERIT"]), **given}
    config: dict[str, Any] = {
        "INHERIT": f"../{edition.config.name}",
        "docs_dir": f"docs/{edition.language}",
        "hooks": [str(Path(hook.__file__))],
        "watch": [],
        "extra": {hook.STAGED: True},
    }
    custom = base.get("theme", {}).get("custom_dir") if isinstance(base.get("theme"), dict) else None
    if custom:
        config["theme"] = {"custom_dir": posixpath.join("..", custom)}
    if "nav" in base:
        ids = [path.stem for path in sorted(project.scenarios.glob("*.toml"))]
        config["nav"] = _with_scenarios(base["nav"], ids)
    return config


def _with_scenarios(nav: list[Any], ids: Iterable[str]) -> list[Any]:
    """The navigation with every scenario's page after the gallery."""
    gallery = f"{GENERATED}/index.md"
    result: list[Any] = []
    for item in nav:
        target = next(iter(item.values())) if isinstance(item, dict) else item
        if isinstance(target, list):
            result.append({next(iter(item)): _with_scenarios(target, ids)})
            continue
        result.append(item)
        if target == gallery:
            result.extend(f"{GENERATED}/{id}/index.md" for id in ids)
    return result


class _Lenient(yaml.SafeLoader):
    """Reads what it can of a configuration; the engine's own tags (!ENV, !!python/name) become None."""


_Lenient.add_multi_constructor("", lambda loader, suffix, node: None)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        read = yaml.load(path.read_text(encoding="utf-8"), Loader=_Lenient)
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        mark = getattr(problem, "problem_mark", None)
        fault = f"not valid YAML: {getattr(problem, 'problem', None) or problem}"
        raise Fault(fault, file=path, line=mark and mark.line + 1, help=YAML_HELP) from None
    if not isinstance(read, dict):
        raise Fault("not a table of settings", file=path, help=YAML_HELP)
    return read


YAML_HELP = "a setting a line, as in `site_name: A name`; lists indented by spaces; UTF-8"


@contextmanager
def _timed(made: Made, name: str) -> Iterator[None]:
    """Adds the seconds of a block to the timings."""
    began = time.perf_counter()
    yield
    made.stage_seconds[name] = time.perf_counter() - began
