"""The command line: what a person types, and what the terminal says."""

from __future__ import annotations

import functools
import logging
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.faults import OF_THE_DISK, Fault, Faults, did_you_mean, legible, of_system
from generator.files import below, listed
from generator.making import pool
from generator.making.options import Options
from generator.making.report import summary, table
from generator.project import Project
from generator.resources import IN_CLONE, resource
from generator.site.delivery import deliver
from generator.site.sources import refuse_among
from generator.site.swap import repair
from generator.version import __version__

if TYPE_CHECKING:
    from generator.scenario.schema import Scenario


class Failure(click.ClickException):
    """A fault, printed as it stands. Exit code 1: the input is wrong; 2 is for a wrong command line."""

    def show(self, file: Any = None) -> None:
        _say(self.message)


def reports_faults(command: Callable[..., Any]) -> Callable[..., Any]:
    """Faults end the command with their text and nothing else, and so does a file that cannot be read or written.

    Any other exception is a bug and shows itself.
    """

    @functools.wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except (Fault, Faults) as problem:
            raise Failure(str(problem)) from None
        except (OSError, MemoryError) as problem:
            if (fault := of_system(problem)) is None:
                raise
            raise Failure(str(fault)) from None
        except KeyboardInterrupt:
            _say("\ninterrupted; what was finished is kept")
            sys.exit(130)

    return wrapped


def _say(message: str) -> None:
    """To standard error. Where that cannot be written, it is said in vain, and all else goes on."""
    with suppress(OSError):
        click.echo(legible(message), err=True)


def _tell(message: str) -> None:
    """To standard output, when all is done. Raises `Fault` where it cannot be written."""
    try:
        click.echo(legible(message))
    except OSError as problem:
        if problem.errno not in OF_THE_DISK:  # such as a pipe that nobody reads any more: it ends in silence
            raise
        fault = f"standard output cannot be written: {problem.strerror}"
        raise Fault(fault, help="what the command makes is made; let what it says go where there is room") from None


def _stand_in_for_closed_streams() -> None:
    """Where one is closed, the next file that is opened has its number, and what is said there would go into that."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(nowhere, True)
            setattr(sys, name, os.fdopen(nowhere, "r" if name == "stdin" else "w"))


class Commands(click.Group):
    """What is wrong with a command line is said as legibly as any fault."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        with _complaining_legibly():
            return super().parse_args(context, arguments)

    def invoke(self, context: click.Context) -> Any:
        with _complaining_legibly():
            return super().invoke(context)


@contextmanager
def _complaining_legibly() -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:  # no complaint: it shows the help
        raise
    except click.UsageError as problem:
        raise click.UsageError(legible(problem.format_message()), problem.ctx) from None


class Word(click.ParamType[str]):
    """A name or an address, which is not empty: a variable of a script had nothing in it."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> str:
        if not str(value).strip():
            self.fail("nothing is written there; name one, or leave the option out", param, context)
        return str(value)


class Place(click.Path):
    """A file or folder by its name, which is not empty: that would be this folder, and nobody means it."""

    def __init__(self, *, is_folder: bool = True) -> None:
        super().__init__(file_okay=not is_folder, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        if not str(value).strip():
            self.fail("a name of nothing; this folder is called .", param, context)
        return super().convert(value, param, context)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--project", "root", type=Place(), default=".", show_default="this folder",
    help="The folder with mkdocs.yml and docs/.",
)  # fmt: skip
@click.version_option(__version__, prog_name="frame-by-frame")
@click.pass_context
def main(context: click.Context, root: Path) -> None:
    """Gradient Descent, Frame by Frame: train the scenarios, draw them, and build the site.

    Scenarios are TOML files in docs/scenarios/, pages are Markdown in docs/<language>/. Everything that is made
    goes to build/, site/ and .site.frame-by-frame/, and may be deleted at any time.
    """
    _stand_in_for_closed_streams()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    context.obj = root
    reports_faults(repair)(Project(root))


def in_project(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hands the project to the command, once it is called: ``--help`` needs none. Faults are reported."""

    @reports_faults
    def with_project(root: Path, *arguments: Any, **options: Any) -> Any:
        return command(Project.at(root), *arguments, **options)

    return click.pass_obj(functools.update_wrapper(with_project, command))


jobs_option = click.option(
    "--jobs", type=click.IntRange(1, pool.MOST), default=pool.cores, show_default="cores",
    help="Processes that train and draw.",
)  # fmt: skip
scheduler_option = click.option(
    "--scheduler", type=Word(), metavar="ADDRESS",
    help="Train and draw on the Dask cluster behind this scheduler, such as tcp://10.0.0.5:8786.",
)  # fmt: skip


def staging_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option(
            "--only", type=Word(), metavar="ID", multiple=True, help="Make this alone; cached are the others."
        ),
        click.option("--force", is_flag=True, help="Train and draw anew, whatever the cache has."),
        jobs_option,
        scheduler_option,
    ):
        command = option(command)
    return command


@main.command()
@click.option(
    "--site-dir", type=Place(is_folder=False), default=None, show_default="site",
    help="Where the site goes, in one swap; what no build has made stays there.",
)  # fmt: skip
@click.option(
    "--engine", type=click.Choice(["mkdocs", "zensical"]), default="mkdocs", show_default=True,
    help="What makes HTML of the pages.",
)  # fmt: skip
@staging_options
@in_project
def build(project: Project, site_dir: Path | None, **options: Any) -> None:
    """Train, draw, lay out, build every edition, check its links, and publish into site/ in one swap."""
    from generator import build as conductor
    from generator.site import address

    site = site_dir or project.root / "site"
    with progress() as report:
        made, seconds = conductor.build(project, site, Options(report=report, **options), _say)
    if not address.of_site(project):
        _say(address.NEEDED)
    _tell(f"{summary(made, seconds)}\n{site}/index.html is ready to be opened")


@main.group(cls=Commands)
def export() -> None:
    """Make of the site what is to be handed out: one file, or paper."""


@export.command("zip")
@click.option(
    "-o", "--output", "target", type=Place(is_folder=False), metavar="FILE", default=None,
    show_default="the site's name.zip", help="Where the zip goes; none is replaced that no export has left so.",
)  # fmt: skip
@staging_options
@in_project
def export_zip(project: Project, target: Path | None, **options: Any) -> None:
    """Everything as build does it, as a zip: unpacked into any folder, it works without a server, the search too.

    site/ stays as it is. Two zips of one commit are the same to the byte.
    """
    from generator import build as conductor
    from generator.site.handout import top_of

    top = top_of(project)
    target = target or project.root / f"{top}.zip"
    with progress() as report:
        made, seconds = conductor.hand_out(project, target, Options(report=report, **options), _say)
    _tell(
        f"{summary(made, seconds)}\n{target}: {target.stat().st_size / 1e6:.1f} MB; unzip it and open {top}/index.html"
    )


@export.command("paper")
@click.argument("lessons", nargs=-1, type=Word(), metavar="[LESSON]...")
@click.option(
    "--size", type=click.Choice(["A4", "letter"], case_sensitive=False), default="A4", show_default=True,
    help="The sheets that lie in the printer.",
)  # fmt: skip
@staging_options
@in_project
def export_paper(project: Project, lessons: tuple[str, ...], size: Any, **options: Any) -> None:
    """Lessons to hand out, as PDF in build/paper/: each of them and one file of all, or those named alone.

    Questions stand there without their answers, which come at the end, on a sheet that can be kept back. A Chromium
    prints them: the one on the PATH, or that which CHROMIUM in the environment names. site/ stays as it is.
    """
    from generator import build as conductor

    with progress() as report:
        printed, made, seconds = conductor.print_out(project, lessons, size, Options(report=report, **options), _say)
    lines = [f"{each.file}: {each.pages} page{'' if each.pages == 1 else 's'}" for each in printed]
    _tell("\n".join([summary(made, seconds), *lines]))


@main.command()
@staging_options
@in_project
def stage(project: Project, **options: Any) -> None:
    """Everything but the engine: plain Markdown and files in build/docs/."""
    from generator import build as conductor

    with progress() as report:
        conductor.stage(project, Options(report=report, **options), _say)


class Address(click.ParamType[tuple[str, int]]):
    """Where to serve: a name or number, a colon, and a port; [::1]:8000 too."""

    name = "host:port"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> tuple[str, int]:
        if isinstance(value, tuple):
            return value
        host, _, port = str(value).rpartition(":")
        if not (host and port.isdecimal() and len(port) <= 5 and int(port) < 2**16):
            self.fail(f"{value!r} is no address with a port, such as 127.0.0.1:8000", param, context)
        return host.removeprefix("[").removesuffix("]"), int(port)


@main.command()
@click.option(
    "-a", "--dev-addr", "address", type=Address(), default=None,
    show_default="dev_addr: in mkdocs.yml, or 127.0.0.1:8000", help="Where to serve.",
)  # fmt: skip
@click.option("-o", "--open", "open_in_browser", is_flag=True, help="Open the site in a browser.")
@jobs_option
@scheduler_option
@in_project
def serve(project: Project, address: tuple[str, int] | None, open_in_browser: bool, **options: Any) -> None:
    """Serve the site on this machine, and build it again after every edit.

    While something is wrong, the browser has the last site that could be built, and what is wrong in it.
    """
    from generator import build as conductor
    from generator.serving.serve import serve as serve_until_ended

    address = address or _address_of(project)
    number = serve_until_ended(
        project, conductor.build, options, address=address, open_in_browser=open_in_browser, say=_say, progress=progress
    )
    sys.exit(0 if number == signal.SIGINT else 128 + number)


def _address_of(project: Project) -> tuple[str, int]:
    from generator.configuration import at_setting
    from generator.site.settings import setting

    try:
        return Address().convert(setting(project, "dev_addr") or "127.0.0.1:8000", None, None)
    except click.BadParameter as problem:
        raise at_setting(project.config, "dev_addr", problem.message) from None


@main.command()
@click.option(
    "--older", "days", type=click.FloatRange(0), default=0.0, metavar="DAYS", help="Only what no build has used since."
)  # fmt: skip
@in_project
def clean(project: Project, days: float) -> None:
    """Empty build/cache, which holds what was trained and drawn. What is needed again is made again; the site stays."""
    from generator import build as conductor

    removed, freed = conductor.clean(project, days, _say)
    _tell(f"{removed} entries of the cache are removed, {freed / 1e6:,.1f} MB")


@main.command()
@in_project
def check(project: Project) -> None:
    """Check every scenario and every page, and what theory says of each run; nothing is trained."""
    from generator.build import check as check_all
    from generator.starting.course import untranslated_pages
    from generator.starting.language import untranslated

    scenarios = check_all(project)
    for remark in untranslated(project, untranslated_pages(project)):
        _say(remark)
    _foretell([*scenarios.values()])
    pages = sum(path.suffix == ".md" for edition in project.editions() for path in below(edition.pages))
    _tell(f"{len(scenarios)} scenarios and {pages} pages are in order")


@main.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.pass_obj
@reports_faults
def predict(root: Path, scenarios: tuple[str, ...]) -> None:
    """Say what each run will do, or those named by id or file, without training it.

    Ends with 1 where that is not what a file expects.
    """
    from generator.scenario.reading import load_all

    if scenarios:
        loaded = [_scenario(root, scenario) for scenario in scenarios]
    else:
        loaded = [*load_all(Project.at(root).scenarios).values()]
    _foretell(loaded, as_table=True)


def _foretell(scenarios: list[Scenario], as_table: bool = False) -> None:
    """Say what is known beforehand; raise what is not as expected."""
    from generator.making.forecasts import about_length, forecasts, predictions, remarks, unexpected

    made = forecasts(scenarios)
    if as_table and (rows := predictions(made)):
        _tell(table([[*rows[0]], *([*row.values()] for row in rows)]))
    for scenario, forecast in made:
        for remark in [*remarks(scenario, forecast), *about_length(scenario)]:
            _say(remark)
    if faults := unexpected(made):
        raise Faults(faults)


@main.command()
@reports_faults
def where() -> None:
    """Print the folders of our templates and assets: a file of a course's takes the place of one of the same name.

    The first is below templates/ of the course, the second below docs/assets/.
    """
    for name in IN_CLONE:
        _tell(str(resource(name)))


@main.command()
@reports_faults
def schema() -> None:
    """Print the JSON Schema of a scenario file, for editors.

    With it as scenario.schema.json beside the scenarios, and `#:schema scenario.schema.json` as their first line, an
    editor that knows TOML completes keys and marks those that are misspelt.
    """
    from generator.scenario.reference import as_file

    _tell(as_file().rstrip("\n"))


@main.group(cls=Commands)
def new() -> None:
    """Begin a course, a scenario, a lesson or a language. Nothing that is there is ever written over."""


@new.command("course")
@click.argument("folder", type=Place(), metavar="DIR")
@click.option("--lang", "language", type=Word(), default="en", show_default=True, help="The language of its pages.")
@click.option("--name", type=Word(), default=None, show_default="the folder's", help="What it is called.")
@reports_faults
def new_course(folder: Path, language: str, name: str | None) -> None:
    """Write a small course that builds, into DIR: one lesson, one run, its name and colours to be filled in.

    It holds only what is its author's. Templates, words, styles and scripts come with this package.
    """
    from generator.starting.course import new_course as written

    for path in written(folder, language, name):
        _tell(str(path))
    if not (resource("templates") / language).is_dir():
        pages, words = (folder / part / language for part in ("docs", "templates"))
        _say(f"note: it begins in English: translate {pages} and {words}; `frame-by-frame check` names what is left")
    _tell(f"now: frame-by-frame --project {shlex.quote(str(folder))} serve")


@new.command("scenario")
@click.argument("id", type=Word())
@click.option("--from-csv", "csv", type=Place(is_folder=False), metavar="FILE", help="Points from two of its columns.")
@click.option("--x", type=Word(), metavar="COLUMN", help="The column of x, by name or number.")
@click.option("--y", type=Word(), metavar="COLUMN", help="The column of y.")
@click.option("--like", type=Word(), metavar="OTHER", help="As this scenario is, by id or file.")
@in_project
def new_scenario(
    project: Project, id: str, csv: Path | None, x: str | None, y: str | None, like: str | None
) -> None:  # fmt: skip
    """Write a commented scenario, with the values that theory advises, and say what its run will do.

    A CSV file is copied beside it. How that is written (semicolons, decimal commas) is recognised, and said.
    """
    from generator.scenario.reading import load
    from generator.starting.run import new_like, new_of_csv, new_points, write_scenario

    if csv is not None and like is not None:
        raise click.UsageError("--from-csv and --like say two things: take one of them")
    if csv is None and (x is not None or y is not None):
        raise click.UsageError("--x and --y name columns of a file: name that with --from-csv")
    if csv is not None:
        scenario, data = new_of_csv(project, id, csv, x, y)
    else:
        data = None
        scenario = new_points(project, id) if like is None else new_like(project, id, _scenario(project.root, like))
    written = write_scenario(project, scenario, data)
    for path in written:
        _tell(str(path))
    made = load(written[0], project.root / "docs")
    if csv is not None:
        xs, ys = made.given_points
        dropped = f", and {made.dropped_rows} rows without a number left out" if made.dropped_rows else ""
        _say(f"{csv.name}: {made.count} points{dropped}; the first is x = {xs[0]:g}, y = {ys[0]:g}")
    _foretell([made], as_table=True)


@new.command("lesson")
@click.argument("name", type=Word())
@click.option("--scenario", "id", type=Word(), default=None, show_default="the first", help="The run that it shows.")
@in_project
def new_lesson(project: Project, name: str, id: str | None) -> None:
    """Write a page that asks, shows and answers, of one run."""
    from generator.configuration import legible as settings
    from generator.starting.lesson import new_lesson as written
    from generator.starting.writing import begins_in_english

    path = written(project, name, id)
    _tell(str(path))
    if in_english := begins_in_english(project, "lesson.md"):
        _say(in_english)
    if "nav" in settings(project.config):
        _tell(f"now: write it under nav: in {project.config}, as in `- {path.relative_to(path.parents[1]).as_posix()}`")


@new.command("language")
@click.argument("language", type=Word(), metavar="LANG")
@in_project
def new_language(project: Project, language: str) -> None:
    """Write what another edition lacks: copies of all pages, templates and words, to be translated."""
    from generator.starting.language import new_language as written

    for path in written(project, language):
        _tell(str(path))


@main.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option("--out", type=Place(), required=True, help="Where the files go.")
@click.option("--kind", type=Word(), default="fit", show_default=True, help="The kind of figure to draw.")
@click.option("--option", "options", metavar="KEY=VALUE", multiple=True, help="An option of the kind; may be repeated.")
@click.option("--lang", "language", type=Word(), default="en", show_default=True, help="The language of the words.")
@click.option("--caption", default="", help="What fragment.md says under the picture.")
@click.option(
    "--format", type=click.Choice(["gif", "webp", "mp4", "png"]), default=None,
    show_default="gif, and png of what stands still", help="For slides and chats; mp4 needs the extra [video].",
)  # fmt: skip
@click.option("--loop", is_flag=True, help="Play again and again, rather than once.")
@click.pass_obj
@reports_faults
def render(
    root: Path, scenarios: tuple[str, ...], out: Path, options: tuple[str, ...], **how: Any
) -> None:  # fmt: skip
    """Train scenarios and draw one picture of them, without a site.

    SCENARIO is the id of one in the project, or a file (which needs no project). Kinds that compare take several.
    Writes the picture in light and dark, its alt text, a fragment for a page of your own, and the files that a site
    would publish of each run. Ends with 1 where a run is not what its file expects.
    """
    from generator.making.workshop import unexpected_end
    from generator.pages.standalone import Order, delivered, option

    loaded = [_scenario(root, scenario) for scenario in scenarios]
    if _is_project(root):
        Project.at(root).refuse_unfit()
    for folder in filter(_is_project, [root, *Path(os.path.realpath(out)).parents]):
        refuse_among(Project(folder), out, "files of a render", "name another folder with --out")
    order = Order(loaded, options=dict(map(option, options)), **how)
    files, runs = delivered(order, Project(root).templates if _is_project(root) else resource("templates"))
    deliver(files, out)
    for name in files:
        _tell(str(out / name))
    if unexpected := [fault for run in runs if (fault := unexpected_end(run))]:
        raise Faults(unexpected)


def _scenario(root: Path, named: str) -> Scenario:
    """By its file, or by its id in the project."""
    from generator.scenario.reading import load

    if named.endswith(".toml") or len(Path(named).parts) > 1:
        return load(Path(named))
    if not _is_project(root):
        raise Fault(f"{named!r} is no file, and {root} is no project with a scenario of this name", help=RENDER_HELP)
    path = Project.at(root).scenarios / f"{named}.toml"
    if not path.is_file():
        known = [path.stem for path in listed(path.parent, ".toml")]
        raise Fault(f"there is no scenario {named!r}", help=did_you_mean(named, known))
    return load(path, path.parent.parent)


def _is_project(folder: Path) -> bool:
    return (folder / "mkdocs.yml").is_file() and (folder / "docs" / "scenarios").is_dir()


RENDER_HELP = "name a file, such as my-own.toml, or the folder of a project with --project"


@contextmanager
def progress() -> Iterator[pool.Report]:
    """A progress bar on a terminal; a line for each tenth of the work elsewhere."""
    bar: Any = None

    def report(done: int, total: int, name: str) -> None:
        nonlocal bar
        if not sys.stderr.isatty():
            if done and done * 10 // total > (done - 1) * 10 // total:
                _say(f"{done}/{total} {name}")
            return
        if bar is None:
            bar = click.progressbar(
                length=total, file=sys.stderr, show_pos=True, item_show_func=lambda item: item and legible(item)
            )
            bar.__enter__()
        bar.update(1 if done else 0, name)
        if done == total:
            bar.__exit__(None, None, None)
            bar = None

    try:
        yield report
    finally:
        if bar is not None:
            bar.__exit__(None, None, None)
