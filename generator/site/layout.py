"""What is staged for the engine, on disk: exactly the files of now, and none written that is the same already."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from generator import git
from generator.configuration import as_yaml
from generator.faults import Fault
from generator.figures import style
from generator.figures.catalogue import Request
from generator.files import below
from generator.making.products import CARD_FILE, FRAMES_FILE
from generator.making.workshop import Workshop
from generator.pages import scripts
from generator.pages.rendering import Pages, Shown
from generator.project import GENERATED, Project
from generator.site import address, film, sharing, titles
from generator.site.engine import engine_config
from generator.site.headers import HEADERS_FILE, headers
from generator.version import __version__


@dataclass(frozen=True)
class Drawn:
    """A picture in the site: how many frames it has, and its files' sizes in bytes by their endings."""

    frames: int
    sizes: dict[str, int]


class Tree:
    """A folder that holds exactly what is put into it; files that are the same already are not touched.

    Under ``mkdocs serve`` every write is an event, and a write on each build would rebuild for ever.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: set[str] = set()
        for path in folder.rglob("*"):
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                path.unlink()  # nothing is written through a link, or into a pipe

    def put(self, name: str, content: bytes) -> None:
        if name in self.names:
            raise Fault(f"two files would lie at {name} in the site", help="give that of yours another name")
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


def lay_out(project: Project, pages: Pages, texts: dict[str, str], workshop: Workshop) -> dict[Request, Drawn]:
    """One edition's pages, products, pictures and assets; returns what its pictures came to."""
    edition = pages.edition
    tree = Tree(project.staged(edition))
    if edition.is_root and not (edition.pages / HEADERS_FILE).is_file():  # an author's own takes its place
        tree.put(HEADERS_FILE, headers().encode())
    drawn: dict[Request, Drawn] = {}
    frames: dict[Request, Shown] = {}
    in_figures = {asked for pictures in pages.calls.pictures.values() for asked in pictures.in_figures}
    played = {asked for pictures in pages.calls.pictures.values() for asked in pictures.played}
    for request in pages.calls.alts:
        files = workshop.picture(request)
        frames[request] = json.loads(files.pop(FRAMES_FILE))
        for ending, content in files.items():
            if request in in_figures or ".narrow" in ending:
                tree.put(request.path + ending, content)
        if request in played:
            tree.put(request.path + film.ENDING, film.script(files[".gif"], files[".dark.gif"]))
        sizes = {ending: len(content) for ending, content in files.items()}
        drawn[request] = Drawn(len(frames[request]["shown"]), sizes)
    for name, text in texts.items():
        tree.put(name, titles.of_page(pages.fill(name, text, frames.__getitem__)).encode())
    for path in below(edition.pages):
        if path.suffix != ".md":
            tree.put(path.relative_to(edition.pages).as_posix(), path.read_bytes())
    for name, path in project.asset_layers.files().items():
        tree.put(f"assets/{name}", scripts.as_sent(name, path.read_bytes()))
    tree.put("assets/stylesheets/roles.css", style.css().encode())
    template = project.takehome_template(edition.language)
    for id in workshop.scenarios:
        for name, content in workshop.plain_files(id, template, edition.language).items():
            tree.put(f"{GENERATED}/{id}/{name}", content)
    config = edition.settings()
    config[address.KEY] = address.of_edition(edition, config)
    of_site = address.of_site(project)
    if of_site:
        for request in dict.fromkeys(pages.calls.first_on.values()):
            tree.put(request.path + CARD_FILE, workshop.card(request))
        robots = sharing.robots(of_site) if edition.is_root else None
        if robots and not (edition.pages / sharing.ROBOTS_FILE).is_file():  # an author's own takes its place
            tree.put(sharing.ROBOTS_FILE, robots.encode())
    tree.finish()
    commit, changed = git.commit(project.root)
    words, foot = pages.words.tables, pages.words.foot(commit, changed, sharing.cited(config))
    made = {"version": __version__, "commit": commit, "changed": changed}
    says = {"says": words["site"], "shared": sharing.shared(pages, texts, config), "made": made}
    engine = engine_config(project, edition, words["buttons"], foot, workshop.scenarios, says=says)
    write_if_changed(project.staged_config(edition), as_yaml(titles.of_site(engine)).encode())
    return drawn
