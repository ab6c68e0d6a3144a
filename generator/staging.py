"""Train what is not trained, draw what pages ask for, and lay plain Markdown and files out for the engine."""

from __future__ import annotations

import json
import posixpath
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from generator import hook, style, work
from generator.faults import Fault, Faults, did_you_mean
from generator.figures import Request
from generator.pages import GENERATED, Pages, Shown
from generator.products import FRAMES_FILE
from generator.project import Edition, Project
from generator.record import Record
from generator.scenario import Scenario, load_all
from generator.store import Store
from generator.summary import Made, Row
from generator.workshop import Options, Workshop


def check(project: Project) -> dict[str, Scenario]:
    """Load every scenario and parse every page; nothing is trained. Raises `Faults` with all that is wrong."""
    scenarios = load_all(project.scenarios)
    _refuse_mistakes([Pages(project, edition, scenarios, _nothing_is_trained) for edition in project.editions()])
    return scenarios


def _nothing_is_trained(name: str, id: str) -> Any:
    raise AssertionError(f"the {name} of {id} was asked for while checking")


def _refuse_mistakes(editions: Sequence[Pages]) -> None:
    if faults := [fault for pages in editions for fault in pages.check()]:
        raise Faults(faults)


def stage(project: Project, options: Options) -> Made:
    """Everything up to the engine. Raises `Faults` with every failure, after the rest was completed."""
    scenarios = load_all(project.scenarios)
    with work.Workers(options.jobs, options.scheduler) as workers:
        workshop = Workshop(scenarios, Store(project.cache), options, workers)
        made = Made(efforts=workshop.efforts)
        with _timed(made, "check"):
            editions = [Pages(project, edition, scenarios, workshop.result_of) for edition in project.editions()]
            _refuse_mistakes(editions)
        unknown = options.only - scenarios.keys()
        if unknown:
            raise Fault(f"there is no scenario {min(unknown)!r}", help=did_you_mean(min(unknown), scenarios))
        with _timed(made, "train"):
            workshop.train(need for pages in editions for need in pages.needs())
            unexpected = workshop.unexpected()
        with _timed(made, "pages"):
            rendered, mistakes = _render(editions)
        # Where a run went wrong, what pages say of it is wrong too: the run is what is to be mended first.
        if mistakes and not (workshop.faults or unexpected):
            raise Faults(mistakes)
        with _timed(made, "draw"):
            requests = {request: None for pages in editions for request in pages.requests}
            workshop.draw(requests, {e.language: project.takehome_template(e.language) for e in project.editions()})
        if failures := [*workshop.faults.values(), *unexpected]:
            raise Faults(failures)
        with _timed(made, "stage"):
            for pages, texts in zip(editions, rendered, strict=True):
                drawn = _lay_out(project, pages, texts, workshop)
        made.scenarios = [_row(workshop.record_of(id), drawn) for id in scenarios]
    return made


def _render(editions: Sequence[Pages]) -> tuple[list[dict[str, str]], list[Fault]]:
    """Every edition's pages, and what is wrong with any of them."""
    rendered: list[dict[str, str]] = []
    mistakes: list[Fault] = []
    for pages in editions:
        try:
            rendered.append(pages.render_all())
        except Faults as several:
            mistakes.extend(several.faults)
    return rendered, mistakes


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
