"""The engine that makes HTML of what is staged: its configuration, and one strict run of it."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from generator.configuration import as_yaml, at_setting, given, line_of, read
from generator.faults import Fault, Faults
from generator.figures.style import ROLES
from generator.files import below, unfit
from generator.limits import time_limit
from generator.memory import NOTHING, Memory
from generator.pages.wellformed import settings_of
from generator.project import GENERATED, Edition, Project
from generator.resources import resource
from generator.site import address
from generator.site.complaints import authored, explained
from generator.site.dating import dated, refuse_impossible_date
from generator.site.fitting import ignored, unfit_address, unfit_settings
from generator.site.remembered import Remembered
from generator.site.settings import authored_pages, left_out, pages_are_folders

ICONS = ".icons/"  # where the theme keeps them
INDEX = "search/search_index.json"  # what the search reads, in the folder of an edition
OUR_HOOK = ("generator", "site", "hook.py")


def engine_config(
    project: Project,
    edition: Edition,
    buttons: Mapping[str, str],
    foot: str,
    ids: Iterable[str],
    folder: Path | None = None,
    says: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The edition's whole configuration, aimed at the staged files.

    Paths are relative to ``folder``, or else to `Project.build`. One flat table without INHERIT, and without our hook,
    so that any engine which reads mkdocs.yml can build from it. ``buttons`` are the words that scripts put there,
    unless the configuration says others; ``foot`` follows the copyright; ``ids`` are the scenarios that have a page;
    ``says`` is what the theme's changed parts show besides.
    What is of no use to the engine is left for it to refuse. Raises `Fault` where what is given cannot be read.
    """
    folder = folder or project.build
    runs = [f"{GENERATED}/{id}/index.md" for id in ids]
    config = edition.settings()
    for fault in ignored(edition, config):
        raise fault
    config["docs_dir"] = f"docs/{edition.language}"
    config["watch"] = []
    config[address.KEY] = address.of_edition(edition, config)
    extra = config.get("extra") or {}
    if isinstance(extra, dict) and isinstance(extra.get("words") or {}, dict):
        words = {**buttons, **(extra.get("words") or {})}
        config["extra"] = {
            **_alternates(project, edition, runs),
            "theme_colours": [ROLES["background"].light, ROLES["background"].dark],
            **extra,
            "words": words,
            "edit_root": _edit_root(config),
            "report": extra.get("report") or _report(config),
            **(says or {}),
        }
    else:
        raise at_setting(edition.config, "extra", "extra: has to be a table, and so has words: in it")
    config["copyright"] = "<br>".join(filter(None, [str(config.get("copyright") or ""), foot]))
    hooks = config.pop("hooks", None) or []
    if isinstance(hooks, list) and all(isinstance(hook, str) for hook in hooks):
        hooks = [hook for hook in hooks if Path(hook).parts[-3:] != OUR_HOOK]
        hooks = [os.path.relpath(edition.config.parent / hook, folder) for hook in hooks]
    if hooks:
        config["hooks"] = hooks
    theme = config.get("theme")
    if isinstance(theme, dict):
        theme["custom_dir"] = _overrides(project, edition, theme.get("custom_dir"), folder)
        if not edition.is_root:
            theme["language"] = _language(edition, theme)
    if "nav" in config:
        if not config["nav"]:
            help = "list the pages under it, as in `- index.md`; or take the line out, and all pages are in it"
            raise at_setting(edition.config, "nav", "nav: is empty", help)
        nav = config["nav"] = _with_scenarios(_nav_of(edition, config["nav"]), runs)
        others = [f"/{page}" for page in runs if page not in named_in(nav)]  # without the gallery that they follow
        if others and isinstance(patterns := config.get("not_in_nav") or "", str):
            config["not_in_nav"] = "\n".join([patterns, *others])
    return config


OVERRIDES = "templates/overrides"


def _overrides(project: Project, edition: Edition, named: Any, folder: Path) -> str:
    """The folder of the theme's changed parts, as seen from ``folder``: the project's, or else the package's.

    Raises `Fault` unless it can be read as it lies there.
    """
    if named is None:
        if not (project.root / OVERRIDES).is_dir():
            return str(our_overrides())
        named = os.path.relpath(project.root / OVERRIDES, edition.config.parent)
    place = edition.config.parent / named if isinstance(named, str) else None
    if place is None or not place.resolve().is_relative_to(project.root.resolve()):
        what = "custom_dir: has to be the path of a folder in the project"
        raise at_setting(edition.config, "custom_dir", what, f"as in custom_dir: {OVERRIDES}")
    for fault in unfit(place, [project.root]):
        raise fault
    return os.path.relpath(place, folder)


def our_overrides() -> Path:
    return (resource("templates") / "overrides").resolve()


def _alternates(project: Project, edition: Edition, runs: Iterable[str]) -> dict[str, Any]:
    """The way to the other editions, for the head of each page; nothing where there is one alone.

    ``pages`` are those that an edition has, so that one leads to the same page of another.
    """
    editions = project.editions()
    up = "" if edition.is_root else "../"
    links = [
        {
            "name": _name_of(other.language),
            "link": f"{up}{'' if other.is_root else f'{other.language}/'}index.html",  # which a folder opens, too
            "lang": other.language,
            "pages": sorted({*authored_pages(other), *runs} - {*left_out(other)})
            if pages_are_folders(other) == pages_are_folders(edition)
            else [],
        }
        for other in editions
    ]
    return {"alternate": links} if len(editions) > 1 else {}


def _nav_of(edition: Edition, nav: Any) -> Any:
    """The navigation, without the pages that this edition lacks where that is inherited from the edition at the top."""
    if edition.is_root or "nav" in given(edition.config):
        return nav
    there = {*authored_pages(edition), f"{GENERATED}/index.md"}
    return _without(nav, lambda page: page.endswith(".md") and page not in there)


def _without(nav: Any, is_missing: Callable[[str], bool]) -> Any:
    """A navigation without these pages, and without the sections in which then nothing is left."""
    if isinstance(nav, dict):
        kept = {title: _without(inner, is_missing) for title, inner in nav.items()}
        return {title: inner for title, inner in kept.items() if inner}
    if isinstance(nav, list):
        return [inner for item in nav if (inner := _without(item, is_missing))]
    return None if isinstance(nav, str) and is_missing(nav) else nav


def _name_of(language: str) -> str:
    """As those call it who speak it: *Deutsch*; its code where that is not known."""
    from babel import Locale, UnknownLocaleError

    with suppress(UnknownLocaleError, ValueError):
        name = Locale.parse(language, sep="-").get_display_name() or language
        return name[:1].upper() + name[1:]
    return language


def lay_ours_beneath(engine: Any) -> None:
    """The package's changed parts of the theme come after the project's, where that has its own, as other files do."""
    theme, ours = engine.theme, our_overrides()
    if theme.custom_dir and Path(theme.custom_dir).resolve() != ours:
        theme.dirs.insert(1, str(ours))


def _language(edition: Edition, theme: Mapping[str, Any]) -> Any:
    """What the theme is to speak in another edition: its language, unless its own file says another.

    Where the theme does not speak that, it is the one of the edition at the top.
    """
    own = read(edition.config).get("theme")
    if isinstance(own, dict) and own.get("language") is not None:
        return own["language"]
    return spoken(theme.get("name")).get(edition.language.lower(), theme.get("language"))


def spoken(theme: Any = "material") -> dict[str, str]:
    """The languages that a theme speaks, by their names in small letters; of another than Material nothing is known."""
    found = find_spec("material") if theme == "material" else None
    places = [
        Path(place, "templates/partials/languages") for place in (found and found.submodule_search_locations) or ()
    ]
    return {path.stem.lower(): path.stem for place in places for path in sorted(place.glob("*.html"))}


def staged_config(project: Project, edition: Edition) -> dict[str, Any]:
    """What `engine_config` came to when the edition was staged."""
    return read(project.staged_config(edition))


def _edit_root(config: dict[str, Any]) -> str:
    """The address below which the repository's files can be edited; nothing where the configuration gives none."""
    repository, edit = str(config.get("repo_url") or ""), str(config.get("edit_uri") or "")
    to_root, found, _ = edit.partition("docs/")
    return f"{repository.rstrip('/')}/{to_root.lstrip('/')}" if repository and found else ""


# Where the host of a repository takes reports; {page} is the one that is reported.
REPORTS = {
    "://github.com/": "/issues/new?title={page}",
    "://gitlab.com/": "/-/issues/new?issue[title]={page}",
    "://codeberg.org/": "/issues/new?title={page}",
}


def _report(config: Mapping[str, Any]) -> str:
    """The address that takes reports of mistakes; nothing where the repository's host is not known."""
    repository = str(config.get("repo_url") or "").rstrip("/")
    return next((f"{repository}{path}" for host, path in REPORTS.items() if host in repository), "")


def _with_scenarios(nav: Any, runs: Sequence[str]) -> Any:
    """The navigation with every scenario's page after the gallery."""
    gallery = f"{GENERATED}/index.md"
    if isinstance(nav, dict):
        return {title: _with_scenarios(inner, runs) for title, inner in nav.items()}
    if not isinstance(nav, list):
        return nav
    result: list[Any] = []
    for item in nav:
        result.append(_with_scenarios(item, runs))
        if item == gallery or (isinstance(item, dict) and gallery in item.values()):
            result.extend(runs)
    return result


def named_in(nav: Any) -> Iterator[str]:
    """Every page and address that a navigation names."""
    if isinstance(nav, str):
        yield nav
    for inner in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from named_in(inner)


# --- Its run -----------------------------------------------------------------------------------------------


def loaded(project: Project, edition: Edition, config: Mapping[str, Any]) -> tuple[Any, list[Fault]]:
    """A configuration as the engine takes it, and what it has against that, and against the theme's changed parts.

    Nothing is built. Without a fault there is one; the paths in what is given are relative to the project's root.
    """
    from mkdocs.config import load_config

    refuse_impossible_date()
    if faults := [*unfit_address(edition, config)]:
        return None, faults
    said, taken = _Warnings(), None
    with said.listening():
        try:
            place = str(project.root.absolute() / edition.config.name)
            pages = str(edition.pages.absolute())  # nothing is staged yet
            text = BytesIO(as_yaml(config).encode())
            taken = load_config(text, config_file_path=place, docs_dir=pages, strict=True)
            lay_ours_beneath(taken)
        except (Exception, SystemExit) as problem:
            if fault := _of_a_hook(problem, _hooks(config, project.root)):
                return None, [fault]
            said.messages.append(str(problem) or type(problem).__name__)
    faults = explained(project, edition, said.messages)
    if taken is None or faults or (faults := [*unfit_settings(edition, taken)]):
        return taken, faults
    return taken, [*_unfit_templates(edition, taken)]


def _unfit_templates(edition: Edition, engine: Any) -> Iterator[Fault]:
    """A fault for each changed part of the theme that is no template, and for each part that a page names in vain."""
    import jinja2

    changed = Path(engine.theme.custom_dir) if engine.theme.custom_dir else None
    names = (
        [path.relative_to(changed).as_posix() for path in below(changed) if path.suffix == ".html"] if changed else []
    )
    chosen = dict(_chosen(edition))
    for name in [*names, *chosen]:
        try:
            engine.theme.get_env().get_template(name)
        except jinja2.TemplateNotFound as problem:
            page, written = chosen.get(name, (edition.config, name))
            text, line = line_of(page, written)
            fault = f"the theme has no {'icon' if name.startswith(ICONS) else 'template'} {written}"
            if problem.name != name:  # a template is there, and names another
                fault = f"the theme has no template {problem.name}"
            help = "leave it out, or name one that there is"
            yield Fault.at_line(fault, file=page, text=text, line=line, help=help)
        except jinja2.TemplateSyntaxError as problem:
            fault = f"template syntax: {problem.message}"
            yield Fault(fault, file=problem.filename, line=problem.lineno, help="see jinja.palletsprojects.com")


def _chosen(edition: Edition) -> Iterator[tuple[str, tuple[Path, str]]]:
    """The parts of the theme that pages name in their front matter, each with a page and how that one writes it."""
    for path in below(edition.pages):
        if path.suffix != ".md":
            continue
        with suppress(Fault):  # which is told where pages are checked
            settings = settings_of(path, path.read_text(encoding="utf-8", errors="replace"))
            for name, place in (("template", "{}"), ("icon", f"{ICONS}{{}}.svg")) if isinstance(settings, dict) else ():
                if isinstance(written := settings.get(name), str) and "[=" not in written:
                    yield place.format(written), (path, written)


def _hooks(config: Mapping[str, Any], folder: Path) -> set[Path]:
    named = config.get("hooks")
    return {(folder / hook).resolve() for hook in named if isinstance(hook, str)} if isinstance(named, list) else set()


def _of_a_hook(problem: BaseException, hooks: Collection[Path]) -> Fault | None:
    """What went wrong in a hook of an author's, at its line; None where none had a part in it."""
    frames = [frame for frame in traceback.extract_tb(problem.__traceback__) if Path(frame.filename).resolve() in hooks]
    if not frames:
        return None
    said = f"{type(problem).__name__}: {problem}"
    fault = "this hook ends the program" if isinstance(problem, SystemExit) else f"this hook fails: {said}"
    return Fault(
        fault, file=frames[-1].filename, line=frames[-1].lineno, excerpt=frames[-1].line or "",
        help="mend it, or take it out of hooks: in the configuration",
    )  # fmt: skip


def run_engine(project: Project, edition: Edition, target: Path, memory: Memory = NOTHING) -> None:
    """MkDocs, strictly: a warning is a failure. In this process, which has imported most of what MkDocs needs.

    ``memory`` has what an earlier run has worked out.
    """
    # Material prints an advertisement of its successor into the output otherwise.
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    said = _Warnings()
    with dated(project, target), said.listening(), time_limit(edition.config) as begin:
        watch = _Watch(lambda page: begin(authored(project, edition, page)))
        try:
            staged = project.staged_config(edition).absolute()
            # Told its path, the engine asks nobody: it takes a file for its standard input where that is closed.
            site = str(target.absolute())  # a relative one would begin where the configuration lies
            config = load_config(str(staged), config_file_path=str(staged), site_dir=site, strict=True)
            lay_ours_beneath(config)
            config.plugins["time limit"] = watch  # type: ignore[assignment]  # it asks for the methods alone
            config.plugins["missing pages"] = _Missing()  # type: ignore[assignment]
            if memory.folder is not None:
                remembered = Remembered(memory, lambda: len(said.messages))
                config.plugins["memory"] = remembered  # type: ignore[assignment]
            config.plugins.on_startup(command="build", dirty=False)
            build(config)
            config.plugins.on_shutdown()
            index_for_files(target)
        except (Exception, SystemExit) as problem:  # of the engine, of a plugin, of the theme
            if fault := _of_a_hook(problem, _hooks(staged_config(project, edition), project.build)):
                raise fault from problem
            if isinstance(problem, OSError) and problem.errno is not None:
                raise  # of the disk; a template that is not there is an OSError too, with no number
            ended = "a plugin, or what it calls, ended the program" if isinstance(problem, SystemExit) else ""
            faults = explained(project, edition, said.messages or [ended or str(problem) or type(problem).__name__])
            raise Faults(faults) from problem


class _Watch:
    """To the engine a plugin: every page has its own time, once to read it and once to write it."""

    def __init__(self, begin: Callable[[str], None]) -> None:
        self.begin = begin

    def on_pre_page(self, page: Any, **_: object) -> Any:
        self.begin(page.file.src_uri)
        return page

    def on_page_context(self, context: Any, page: Any, **_: object) -> Any:
        self.begin(page.file.src_uri)
        return context

    # Before other plugins, which may be what takes the time.
    on_pre_page.__dict__["mkdocs_priority"] = on_page_context.__dict__["mkdocs_priority"] = 100


class _Missing:
    """To the engine a plugin: the page for missing pages, of a site that is told no address."""

    def on_template_context(self, context: Any, template_name: str, config: Any, **_: object) -> Any:
        return address.at_any_depth(context, template_name, config.site_url)


def index_for_files(site: Path) -> None:
    """What the search of an edition reads, once more as a script: a page opened as a file may read no other kind."""
    index = site / INDEX
    if index.is_file():
        script = f"var __index = {index.read_text(encoding='utf-8')}"
        index.with_suffix(".js").write_text(script, encoding="utf-8")


class _Warnings(logging.Handler):
    """Keeps what the engine warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())

    @contextmanager
    def listening(self) -> Iterator[None]:
        log = logging.getLogger("mkdocs")
        log.addHandler(self)
        log.propagate = False
        try:
            yield
        finally:
            log.removeHandler(self)
            log.propagate = True
