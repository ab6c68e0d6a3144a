"""The command line: what a person types, and what the terminal says."""

from __future__ import annotations

import functools
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.faults import Fault, Faults, did_you_mean, of_system
from generator.files import below, listed
from generator.making import pool
from generator.making.options import Options
from generator.making.report import summary, table
from generator.project import Project
from generator.resources import resource
from generator.site.delivery import deliver
from generator.site.swap import repair
from generator.version import __version__

if TYPE_CHECKING:
    from generator.scenario.schema import Scenario


class Failure(click.ClickException):
    """A fault, printed as it stands. Exit code 1: the input is wrong; 2 is for a wrong command line."""

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True)


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
        except OSError as problem:
            if (fault := of_system(problem)) is None:
                raise
            raise Failure(str(fault)) from None
        except KeyboardInterrupt:
            click.echo("\ninterrupted; what was finished is kept", err=True)
            sys.exit(130)

    return wrapped


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--project", "root", type=click.Path(file_okay=False, path_type=Path), default=".", show_default="this folder",
    help="The folder with mkdocs.yml and docs/.",
)  # fmt: skip
@click.version_option(__version__, prog_name="frame-by-frame")
@click.pass_context
def main(context: click.Context, root: Path) -> None:
    """Gradient Descent, Frame by Frame: train the scenarios, draw them, and build the site.

    Scenarios are TOML files in docs/scenarios/, pages are Markdown in docs/<language>/. Everything that is made
    goes to build/, site/ and .site.frame-by-frame/, and may be deleted at any time.
    """
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
    "--jobs", type=click.IntRange(min=1), default=pool.cores, show_default="cores",
    help="Processes that train and draw.",
)  # fmt: skip
scheduler_option = click.option(
    "--scheduler", metavar="ADDRESS",
    help="Train and draw on the Dask cluster behind this scheduler, such as tcp://10.0.0.5:8786.",
)  # fmt: skip


def staging_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--only", metavar="ID", multiple=True, help="Make this scenario alone; cached are the others."),
        click.option("--force", is_flag=True, help="Train and draw anew, whatever the cache has."),
        jobs_option,
        scheduler_option,
    ):
        command = option(command)
    return command


@main.command()
@click.option(
    "--site-dir", type=click.Path(path_type=Path), default=None, show_default="site",
    help="Where the site goes, in one swap; what no build has made stays there.",
)  # fmt: skip
@staging_options
@in_project
def build(project: Project, site_dir: Path | None, **options: Any) -> None:
    """Train, draw, lay out, build every edition, check its links, and publish into site/ in one swap."""
    from generator import build as conductor

    site = site_dir or project.root / "site"
    with progress() as report:
        made, seconds = conductor.build(project, site, Options(report=report, **options), _say)
    click.echo(summary(made, seconds))
    click.echo(f"{site}/index.html is ready to be opened")


@main.command()
@staging_options
@in_project
def stage(project: Project, **options: Any) -> None:
    """Everything but the engine: plain Markdown and files in build/docs/."""
    from generator import build as conductor

    with progress() as report:
        conductor.stage(project, Options(report=report, **options), _say)


def _say(message: str) -> None:
    click.echo(message, err=True)


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
    from generator.site.complaints import at_setting
    from generator.site.settings import setting

    try:
        return Address().convert(setting(project, "dev_addr") or "127.0.0.1:8000", None, None)
    except click.BadParameter as problem:
        raise at_setting(project.root / "mkdocs.yml", "dev_addr", problem.message) from None


@main.command()
@in_project
def check(project: Project) -> None:
    """Check every scenario and every page, and what theory says of each run; nothing is trained."""
    from generator.build import check as check_all

    scenarios = check_all(project)
    _foretell([*scenarios.values()])
    pages = sum(path.suffix == ".md" for edition in project.editions() for path in below(edition.pages))
    click.echo(f"{len(scenarios)} scenarios and {pages} pages are in order")


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
        click.echo(table([[*rows[0]], *([*row.values()] for row in rows)]))
    for scenario, forecast in made:
        for remark in [*remarks(scenario, forecast), *about_length(scenario)]:
            click.echo(remark, err=True)
    if faults := unexpected(made):
        raise Faults(faults)


@main.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where the files go.")
@click.option("--kind", default="fit", show_default=True, help="The kind of figure to draw.")
@click.option("--option", "options", metavar="KEY=VALUE", multiple=True, help="An option of the kind; may be repeated.")
@click.option("--lang", "language", default="en", show_default=True, help="The language of the words.")
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
    order = Order(loaded, options=dict(map(option, options)), **how)
    files, runs = delivered(order, Project(root).templates if _is_project(root) else resource("templates"))
    deliver(files, out)
    for name in files:
        click.echo(out / name)
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
                click.echo(f"{done}/{total} {name}", err=True)
            return
        if bar is None:
            bar = click.progressbar(length=total, file=sys.stderr, show_pos=True, item_show_func=lambda item: item)
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
