"""The conductor: check, stage, publish. The one place that knows the whole road.

What stages is imported when there is something to stage: a build in which nothing changed runs the engine alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from generator.faults import Fault, Faults, did_you_mean
from generator.figures.catalogue import Request
from generator.files import write
from generator.making.report import Made, Row, timings
from generator.making.store import BOUND, Store
from generator.memory import NOTHING
from generator.project import Project
from generator.site import address, handout, paper, uptodate
from generator.site.publish import publish, refuse
from generator.site.swap import settle

if TYPE_CHECKING:
    from generator.making.options import Options
    from generator.pages.rendering import Pages
    from generator.runs.analysis import Run
    from generator.scenario.schema import Scenario
    from generator.site.layout import Drawn
    from generator.site.sheets import Size

Say = Callable[[str], None]
SECONDS_OF_A_DAY = 86_400


def check(project: Project) -> dict[str, Scenario]:
    """Load every scenario and parse every page; nothing is trained. Raises `Faults` with all that is wrong."""
    from generator.scenario.reading import load_all

    project.refuse_unfit()
    scenarios = load_all(project.scenarios)
    _refuse_mistakes(project, _editions(project, scenarios, _nothing_is_trained), scenarios)
    return scenarios


def _editions(
    project: Project,
    scenarios: dict[str, Scenario],
    result_of: Callable[[str, str], Any],
    options: Options | None = None,
    digest_of: Callable[[str, str], str] | None = None,
) -> list[Pages]:
    from generator.pages.rendering import Pages
    from generator.site.assembly import MOVE_HTML
    from generator.site.settings import left_out, pages_are_folders

    moves = options is not None and options.engine in MOVE_HTML
    return [
        Pages(
            project,
            edition,
            scenarios,
            result_of,
            pages_are_folders(edition),
            left_out(edition),
            moves,
            NOTHING if options is None else options.memory,
            digest_of,
        )
        for edition in project.editions()
    ]


def stage(project: Project, options: Options, say: Say) -> tuple[Made, float]:
    """Everything but the engine, in `Project.build`; what it came to, and its seconds.

    Raises `Fault`, or `Faults` with every failure, after the rest was completed. ``say`` takes a line for people.
    """
    with _taking_turns(project, say):
        began = time.perf_counter()
        made = _staged(project, options)
        return made, _finished(project, made, began)


def build(project: Project, site: Path, options: Options, say: Say) -> tuple[Made, float]:
    """Everything, published at ``site`` in one swap; what it came to, and its seconds. Raises as `stage`, and more."""
    refuse(project, site)  # before anything is trained
    with _taking_turns(project, say):
        began = time.perf_counter()
        made = _staged(project, options)
        with _timed(made, "engine and links"):
            publish(project, site, say, options.memory, options.engine)
        return made, _finished(project, made, began)


def hand_out(project: Project, target: Path, options: Options, say: Say) -> tuple[Made, float]:
    """Everything, as one zip to be unpacked anywhere; what it came to, and its seconds. Raises as `build`."""
    handout.refuse(project, target)  # before anything is trained
    with _taking_turns(project, say):
        began = time.perf_counter()
        made = _staged(project, options)
        with _timed(made, "engine, links and zip"):
            handout.hand_out(project, target, say, options.memory)
        return made, _finished(project, made, began)


def print_out(
    project: Project, lessons: Sequence[str], size: Size, options: Options, say: Say
) -> tuple[list[paper.Printed], Made, float]:
    """Everything, and these lessons as PDF, or all of them and one file of all. Raises as `build`."""
    program, pages = paper.browser(), paper.chosen(project, lessons)  # before anything is trained
    with _taking_turns(project, say):
        began = time.perf_counter()
        made = _staged(project, options)
        with _timed(made, "engine, links and paper"):
            printed = paper.print_out(project, program, pages, size, options.memory, all_in_one=not lessons)
        return printed, made, _finished(project, made, began)


@contextmanager
def _taking_turns(project: Project, say: Say) -> Iterator[None]:
    """Two builds of one project would write the same files: the second waits, and finds the work done."""
    project.refuse_links_in_build()  # the lock lies there
    project.build.mkdir(exist_ok=True)
    lock = FileLock(project.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say("another build is at work here; waiting for it to end")
        lock.acquire()
    try:
        settle(project.journal)  # of a build that was waited for, and killed
        Store(project.cache).sweep()
        yield
    finally:
        lock.release()


def clean(project: Project, days: float, say: Say) -> tuple[int, int]:
    """Remove from the cache what no build has used for so many days; how many entries, and their bytes."""
    with _taking_turns(project, say):
        return Store(project.cache).forget(before=time.time() - days * SECONDS_OF_A_DAY)


def _finished(project: Project, made: Made, began: float) -> float:
    seconds = time.perf_counter() - began
    with suppress(OSError):  # what they tell of is done
        write(project.build / "timings.json", json.dumps(timings(made, seconds), indent=2).encode() + b"\n")
    return seconds


# --- Staged ------------------------------------------------------------------------------------------------


def _staged(project: Project, options: Options) -> Made:
    project.refuse_unfit()
    if not (options.force or options.only) and (rows := uptodate.recall(project, options.engine)) is not None:
        return Made(rows)
    inputs = uptodate.inputs(project, options.engine)
    made = _stage_anew(project, options)
    uptodate.remember(project, inputs, made.scenarios)
    return made


def _stage_anew(project: Project, options: Options) -> Made:
    """Train what is not trained, draw what pages ask for, and lay plain Markdown and files out for the engine."""
    from generator.making.pool import Workers
    from generator.making.workshop import Workshop
    from generator.scenario.reading import load_all
    from generator.site.layout import lay_out

    scenarios, store, began = load_all(project.scenarios), Store(project.cache), time.time()
    with Workers(options.jobs, options.scheduler, options.alone) as workers:
        workshop = Workshop(scenarios, store, options, workers)
        made = Made(efforts=workshop.efforts)
        with _timed(made, "check"):
            editions = _editions(project, scenarios, workshop.result_of, options, workshop.digest_of)
            _refuse_mistakes(project, editions, scenarios)
        unknown = {*options.only} - scenarios.keys()
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
            requests = {request: None for pages in editions for request in pages.calls.alts}
            workshop.draw(requests, {e.language: project.takehome_template(e.language) for e in project.editions()})
            if address.of_site(project):  # a card is asked for by its whole address
                workshop.draw_cards({request: None for pages in editions for request in pages.calls.first_on.values()})
        if failures := [*workshop.faults.values(), *unexpected]:
            raise Faults(failures)
        with _timed(made, "stage"):
            for pages, texts in zip(editions, rendered, strict=True):
                drawn = lay_out(project, pages, texts, workshop)
        made.scenarios = [_row(workshop.record_of(id), drawn) for id in scenarios]
    store.forget(before=began, keep=BOUND)
    return made


def _nothing_is_trained(name: str, id: str) -> Any:
    raise AssertionError(f"the {name} of {id} was asked for while checking")


def _refuse_mistakes(project: Project, editions: Sequence[Pages], scenarios: Collection[str]) -> None:
    """All that pages lack, and all that the engine would refuse."""
    from generator.site import beforehand

    faults = [fault for pages in editions for fault in pages.check()]
    all_editions = [pages.edition for pages in editions]
    for edition in all_editions:
        faults += beforehand.mistakes(project, edition, all_editions, scenarios)
    if faults:
        raise Faults(faults)


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


def _row(run: Run, drawn: Mapping[Request, Drawn]) -> Row:
    from generator.making.forecasts import lacking, remarks

    fits = (made for asked, made in drawn.items() if (asked.kind, asked.ids, asked.options) == ("fit", (run.id,), ()))
    fit = next(fits, None)
    return Row(
        run.id,
        run.verdict,
        run.epochs_run,
        frames=fit.frames if fit else None,
        gif_bytes=fit.sizes[".gif"] if fit else None,
        not_arrived=lacking(run.arrived) if run.verdict == "crawls" else "",
        remarks=remarks(run.scenario, run),
    )


@contextmanager
def _timed(made: Made, name: str) -> Iterator[None]:
    """Adds the seconds of a block to the timings."""
    began = time.perf_counter()
    yield
    made.stage_seconds[name] = time.perf_counter() - began
