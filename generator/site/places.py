"""Where in the site each file of an author's lies; and what of it the engine would leave out, or put another over."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from generator.faults import Fault
from generator.files import below
from generator.project import GENERATED, Edition, Project
from generator.site import mark
from generator.site.headers import HEADERS_FILE, ROBOTS_FILE

OURS = {"assets/stylesheets/roles.css"}  # made of the colours of the pictures
FOLDERS = {GENERATED, "assets", "comparisons", "search"}
# Nobody means these to be read in the site: they are Git's and the editors', and `.nojekyll` is of use to no workflow.
OF_TOOLS = {".gitkeep", ".keep", ".gitignore", ".gitattributes", ".editorconfig", ".nojekyll"}


def shared(project: Project) -> dict[str, Path]:
    """What every edition gets."""
    return {f"assets/{name}": path for name, path in project.asset_layers.files().items()}


def alike(name: str) -> str:
    """The same for names that some disks, or some addresses, do not tell apart: A and a, é as one sign and as two."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def claimed(project: Project, edition: Edition, editions: Collection[Edition], ids: Collection[str]) -> Iterator[Fault]:
    """A fault for every file in the place of what the generator makes."""
    given = {alike(name): path for name, path in shared(project).items()}
    if edition.is_root:
        for name in sorted(given.keys() & OURS):
            yield _taken(project.root / "docs" / name, "one that the generator makes, of the pictures' colours")
    languages = {other.language for other in editions if edition.is_root and not other.is_root}
    for name, path in written_in(edition).items():
        first, _, rest = alike(name).partition("/")
        id = rest.partition("/")[0].removesuffix(".md")
        if first == GENERATED and id in ids:
            yield _taken(path, f"the page of the scenario {id!r}, which the generator makes")
        elif alike(name) in given.keys() | OURS:
            is_own = given.get(alike(name), project.assets).is_relative_to(project.assets)
            what = f"docs/{name}" if is_own else f"the generator's {name}"
            yield _taken(path, f"{what}, which every edition gets", f"or make it docs/{name}, or delete it")
        elif first.removesuffix(".md") in languages:
            yield _taken(path, f"the edition {first.removesuffix('.md')!r}")


def unpublished(engine: Any, project: Project, edition: Edition) -> Iterator[Fault]:
    """A fault for every file that the engine, so configured, would not publish as it is, and say nothing."""
    from mkdocs.structure.files import File, InclusionLevel, set_exclusions
    from mkdocs.utils import markdown_extensions

    sources = {**shared(project), **written_in(edition)}
    pages_first = sorted(sources, key=lambda name: not name.endswith(".md"))  # what the engine sets, it sets over files
    files = [File(name, None, "", engine.use_directory_urls) for name in pages_first]
    set_exclusions(files, engine)
    made = _made(engine, edition)
    taken: dict[str, str] = {}
    for file in files:
        name, path, place = file.src_uri, sources[file.src_uri], alike(file.dest_uri)
        if edition.is_root and place == mark.NAME:
            yield _taken(path, "the list of what a build has made")
        elif path.suffix.lower() in markdown_extensions and not _is_our_page(path, edition):
            yield _page_of_the_engine(path, edition)
        elif file.inclusion is InclusionLevel.EXCLUDED:
            if not (path.name in OF_TOOLS or (engine.exclude_docs and engine.exclude_docs.match_file(name))):
                yield _left_out(path, name)
        elif place in made and name not in engine.extra_templates:
            yield _taken(path, made[place], "or, where it is a part of the theme, change it in templates/overrides/")
        elif place in FOLDERS:
            yield _taken(path, "a folder of the generator's")
        elif (other := taken.setdefault(place, name)) != name:
            yield _taken(path, f"{other}, whose address is the same")
    for place, name in taken.items():
        for folder in map(str, PurePosixPath(place).parents):
            if folder in taken:
                yield _taken(sources[taken[folder]], f"the folder that {name} lies in")
            elif folder in made:
                yield _taken(sources[name], f"{made[folder]}: {folder} is no folder")


def included(engine: Any, pages: Collection[str]) -> set[str]:
    """Those of the pages that will be in the site, whether any navigation names them or not."""
    from mkdocs.structure.files import File, set_exclusions

    files = [File(name, None, "", use_directory_urls=True) for name in pages]
    set_exclusions(files, engine)
    return {file.src_uri for file in files if file.inclusion.is_included()}  # type: ignore[no-untyped-call]


def written_in(edition: Edition) -> dict[str, Path]:
    """What the edition's authors wrote."""
    return {path.relative_to(edition.pages).as_posix(): path for path in below(edition.pages)}


def _made(engine: Any, edition: Edition) -> dict[str, str]:
    """The files that are made at fixed places in the site, and what each is. Of other plugins' nothing is known."""
    made = {name.lower(): f"the theme's {name}" for name in engine.theme.static_templates}
    if "sitemap.xml" in made:
        made["sitemap.xml.gz"] = "the engine's map of the site, packed"
    if any(name.rpartition("/")[2] == "search" for name in engine.plugins):
        made |= {f"search/search_index.{ending}": "the index of the search" for ending in ("json", "js")}
    if edition.is_root and not (edition.pages / HEADERS_FILE).is_file():  # an author's own takes its place
        made[HEADERS_FILE] = "the policy that the generator writes"
    if edition.is_root and engine.site_url and not (edition.pages / ROBOTS_FILE).is_file():
        made[ROBOTS_FILE] = "what the generator says to those who crawl the site"
    return made


def _is_our_page(path: Path, edition: Edition) -> bool:
    return path.suffix == ".md" and path.is_relative_to(edition.pages)


def _page_of_the_engine(path: Path, edition: Edition) -> Fault:
    if path.is_relative_to(edition.pages):
        fault, help = "a page that the generator does not read", f"rename it to {path.stem}.md"
    else:
        fault = "a page among the assets, where the generator reads none"
        help = f"put it into {edition.pages}/ as {path.stem}.md; or give it another ending, such as .txt"
    return Fault(fault, file=path, help=help)


def _left_out(path: Path, name: str) -> Fault:
    first = next(part for part in name.split("/") if part.startswith(".") or part == "templates")
    pattern = f"!{first}" if first.startswith(".") else f"!/{first}/"
    return Fault(
        f"the engine publishes nothing that is called {first}, or lies in it", file=path,
        help=f"put it into site/ itself, where it stays; or write exclude_docs: '{pattern}' in mkdocs.yml",
    )  # fmt: skip


def _taken(path: Path, by: str, else_: str = "or delete it") -> Fault:
    return Fault(f"its place in the site is that of {by}", file=path, help=f"give this one another name, {else_}")
