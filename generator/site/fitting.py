"""Which settings the theme can do nothing with: it takes what it is given, and fails in the middle of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from generator.configuration import at_setting
from generator.faults import Fault
from generator.project import LANGUAGE, Edition
from generator.site import address


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_license(value: Any) -> bool:
    """The name of one, and where it can be read, if it is anywhere."""
    if not (_is_table(value) and value.keys() <= {"name", "url"} and isinstance(value.get("name"), str)):
        return False
    url = value.get("url")
    return bool(value["name"].strip()) and (url is None or (isinstance(url, str) and address.leads_out(url)))


# What Material and our own templates take: whether a value is of use, and what it is to be. What is left out is fine.
OF_THE_THEME: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "features": (_are_texts, "a list of names, as in [navigation.tabs, toc.follow]"),
    "palette": (lambda value: _is_table(value) or _are_tables(value), "a table, or a list of tables, a scheme each"),
    "icon": (_is_table, "a table, as in {logo: material/school}"),
    "font": (lambda value: value is False or _is_table(value), "false, for the fonts that are here; or a table"),
    "favicon": (lambda value: isinstance(value, str), "the path of a picture, such as assets/favicon.svg"),
    "logo": (lambda value: isinstance(value, str), "the path of a picture, such as assets/logo.svg"),
}
OF_EXTRA: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "alternate": (_are_tables, "a list of tables, as in [{name: Deutsch, link: de/, lang: de}]"),
    "social": (_are_tables, "a list of tables, as in [{icon: material/school, link: https://example.org}]"),
    "license": (_is_license, "a table, as in {name: CC BY 4.0, url: https://creativecommons.org/licenses/by/4.0/}"),
    "generator": (lambda value: isinstance(value, bool), "true or false"),
}


def unfit_address(edition: Edition, config: Mapping[str, Any]) -> Iterator[Fault]:
    """A fault for an address of the site that is none: the engine would take it apart before it looks at it."""
    if said := address.from_environment():
        if edition.is_root and (fault := address.unfit(said)):
            yield fault
    elif isinstance(of_site := config.get(address.KEY), str) and of_site and (why := address.why_not(of_site)):
        yield at_setting(edition.config, address.KEY, f"{address.KEY} is no address: {why}", address.HELP)
    try:
        if isinstance(repository := config.get("repo_url"), str):
            urlsplit(repository)
            if found := address.NO_ADDRESS.search(repository):
                raise ValueError(f"{found[0]!r} is in none")
    except ValueError as problem:
        yield at_setting(edition.config, "repo_url", f"repo_url is no address: {problem}", address.HELP)


def ignored(edition: Edition, config: Mapping[str, Any]) -> Iterator[Fault]:
    """A fault for each setting that is not followed: where sources and site lie the generator decides itself."""
    if config.get("site_dir") is not None:
        yield at_setting(edition.config, "site_dir", "site_dir is not followed", "leave it out, and build --site-dir …")
    if config.get("strict") is False:
        yield at_setting(edition.config, "strict", "a build is always strict", "leave the setting out")
    place = config.get("docs_dir")
    if place is not None and not _is_of_an_edition((edition.config.parent / str(place)).resolve(), edition):
        help = f"write docs_dir: {edition.pages.relative_to(edition.config.parent).as_posix()}"
        yield at_setting(edition.config, "docs_dir", f"the pages of this edition do not lie in {place}", help)


def _is_of_an_edition(place: Path, edition: Edition) -> bool:
    """Whether these are its own pages or, of an edition that inherits a setting, those of the one at the top."""
    own = edition.pages.resolve()
    is_inherited = not edition.is_root and place.parent == own.parent and place.is_dir()
    return place == own or (is_inherited and LANGUAGE.fullmatch(place.name) is not None)


def unfit_settings(edition: Edition, engine: Any) -> Iterator[Fault]:
    """A fault for each that is of the wrong kind, and for a language that the theme does not speak."""
    theme = engine.theme
    of_theme = {name: theme[name] for name in OF_THE_THEME if name in theme}
    for table, given, known in (("theme", of_theme, OF_THE_THEME), ("extra", engine.extra, OF_EXTRA)):
        for name, (fits, wanted) in known.items():
            if given.get(name) is not None and not fits(given[name]):
                yield at_setting(edition.config, name, f"{name}, under {table}, has to be {wanted}", "or leave it out")
    if theme.name == "material":
        language = str(theme.get("language", "en"))
        spoken = {path.stem for folder in theme.dirs for path in Path(folder, "partials/languages").glob("*.html")}
        if language not in spoken:
            what = f"the theme does not speak the language {language!r}"
            yield at_setting(edition.config, "language", what, f"it speaks {', '.join(sorted(spoken))}")
