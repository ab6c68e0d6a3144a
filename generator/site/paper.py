"""Lessons to hand out on paper: a PDF of each and one of all, printed by a browser, of what was staged."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from generator.faults import Fault, did_you_mean, what_helps
from generator.files import write
from generator.inert import in_html
from generator.memory import NOTHING, Memory
from generator.project import Edition, Project
from generator.site import address
from generator.site.assembly import assemble
from generator.site.dating import day_of_pdf, seconds_of
from generator.site.engine import named_in, staged_config
from generator.site.handout import top_of
from generator.site.settings import authored_pages, left_out, pages_are_folders, setting
from generator.site.sheets import Size, document, foot

VARIABLE = "CHROMIUM"  # in the environment: the program to print with
PROGRAMS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge",
)  # fmt: skip
# Where systems keep it that have it on no PATH.
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
FLAGS = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--allow-file-access-from-files", "--no-pdf-header-footer", "--generate-pdf-document-outline",
)  # fmt: skip
PATIENCE = 300  # seconds for a document
MOST_SAID = 1000  # letters of what a browser says of an end that is none
LESSONS = "lessons"  # the folder of an edition
DAY = re.compile(rb"\(D:\d{14}\+00'00'\)")
A_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


@dataclass(frozen=True)
class Printed:
    """A document on paper: its PDF, and how many pages it has."""

    file: Path
    pages: int


def browser() -> Path:
    """A Chromium, by whatever name. Raises `Fault` where none is found."""
    said = os.environ.get(VARIABLE, "").strip()
    if found := shutil.which(said) if said else next(filter(None, map(shutil.which, (*PROGRAMS, *APPLICATIONS))), None):
        return Path(found)
    if said:
        help = f"{VARIABLE}=/usr/bin/chromium, or wherever it is; or unset it"
        raise Fault(f"{VARIABLE} in the environment names no program", file=said[:200], help=help)
    raise Fault(
        f"no Chromium is found, which prints: none of {', '.join(PROGRAMS)} is on the PATH",
        file=os.environ.get("PATH", "")[:200] or "PATH",
        help=f"install Chromium, Chrome or Edge, or say where it is: {VARIABLE}=/path/to/chromium; or open a page in "
        "any browser and print it from there",
    )


def chosen(project: Project, names: Sequence[str]) -> dict[str, list[str]]:
    """By language, the pages to print: those of these names, or all lessons. Raises `Fault` for a name of none."""
    pages = {edition.language: _lessons(edition, everything=bool(names)) for edition in project.editions()}
    if not names:
        if not any(pages.values()):
            raise Fault(f"there is no page in {LESSONS}/", file=project.root, help="name the pages to be printed")
        return pages
    wanted: set[str] = set()
    for name in names:
        found = {page for each in pages.values() for page in each if _is_called(page, name)}
        if not found:
            known = {page.removesuffix(".md") for each in pages.values() for page in each}
            raise Fault(f"there is no lesson {name!r}", help=did_you_mean(name, known))
        wanted |= found
    return {language: [page for page in each if page in wanted] for language, each in pages.items()}


def _lessons(edition: Edition, *, everything: bool) -> list[str]:
    """The authored pages of an edition that are published, in the order of its navigation; of its lessons alone."""
    there = [page for page in authored_pages(edition) if page not in left_out(edition)]
    ranks = {page: rank for rank, page in enumerate(named_in(edition.legible_settings().get("nav")))}
    ordered = sorted(there, key=lambda page: (ranks.get(page, len(ranks)), page))
    return [page for page in ordered if everything or _is_lesson(page)]


def _is_lesson(page: str) -> bool:
    path = PurePosixPath(page)
    return path.parts[0] == LESSONS and len(path.parts) > 1 and path.stem not in ("index", "README")


def _is_called(page: str, name: str) -> bool:
    """Whether a page is meant: by its path, with or without its ending, or by the end of that."""
    given = PurePosixPath(name.replace("\\", "/")).with_suffix("").parts
    parts = PurePosixPath(page).with_suffix("").parts
    return bool(given) and (parts[-len(given) :] == given or given[-len(parts) :] == parts)


def print_out(
    project: Project, program: Path, pages: dict[str, list[str]], size: Size, memory: Memory = NOTHING, *,
    all_in_one: bool,
) -> list[Printed]:  # fmt: skip
    """Build every edition of what is staged, and print these pages of each, and one document of all.

    Raises as `assemble`, and `Fault` where the browser prints nothing.
    """
    folder, target = project.build / "paper-site", project.build / "paper"
    shutil.rmtree(folder, ignore_errors=True)  # of an export that was killed
    if all_in_one:
        shutil.rmtree(target, ignore_errors=True)  # what is no lesson any more is not handed out
    try:
        site = folder / "site"
        assemble(project, site, memory)
        day, of_site = day_of_pdf(seconds_of(project) or 0), address.of_site(project)
        printed = []
        for edition in project.editions():
            place = "" if edition.is_root else f"{edition.language}/"
            names = {page: place + _built(page, edition) for page in pages[edition.language]}
            texts = {page: (site / name).read_text(encoding="utf-8") for page, name in names.items()}
            documents = {
                place + page.removesuffix(".md"): document({names[page]: text}, size, foot(text), of_site)
                for page, text in texts.items()
            }
            if all_in_one and texts:
                title = in_html(str(staged_config(project, edition).get("site_name") or setting(project, "site_name")))
                whole = {names[page]: text for page, text in texts.items()}
                front = site / place / "index.html"
                said = foot(front.read_text(encoding="utf-8")) if front.is_file() else ""
                documents[place + top_of(project)] = document(whole, size, said, of_site, title)
            for name, text in documents.items():
                content = DAY.sub(day, _pdf(program, text, folder, name))
                file = target / f"{name}.pdf"
                file.parent.mkdir(parents=True, exist_ok=True)
                write(file, content)
                printed.append(Printed(file, len(A_PAGE.findall(content))))
        return printed
    except OSError as problem:
        fault = f"the pages could not be printed: {problem.strerror or problem}"
        raise Fault(fault, file=str(problem.filename or target), help=what_helps(problem)) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _built(page: str, edition: Edition) -> str:
    """The file that an authored page is in its edition."""
    stem = page.removesuffix(".md")
    folder, _, last = stem.rpartition("/")
    if last in ("index", "README"):
        return f"{folder}/index.html".lstrip("/")
    return f"{stem}/index.html" if pages_are_folders(edition) else f"{stem}.html"


def _pdf(program: Path, text: str, folder: Path, name: str) -> bytes:
    """What a browser makes of a document that lies at the top of the site in this folder."""
    source, made = (folder / "site/sheets-of-paper.html").resolve(), (folder / "printed.pdf").resolve()
    source.write_text(text, encoding="utf-8")
    made.unlink(missing_ok=True)
    profile = f"--user-data-dir={(folder / 'profile').resolve()}"  # not the one of whoever calls
    command = [str(program), *FLAGS, *_as_root(), profile, f"--print-to-pdf={made}", source.as_uri()]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        said = (done.stdout + done.stderr).decode(errors="replace").strip()
    except subprocess.TimeoutExpired:
        said = f"no end in {PATIENCE} seconds"
    try:
        return made.read_bytes()
    except FileNotFoundError:
        last = "\n  ".join(said[-MOST_SAID:].splitlines())
        fault = f"this browser has printed nothing of {name}: {last or 'and says nothing'}"
        help = f"name another one, as in {VARIABLE}=/usr/bin/chromium; or print the page from a browser's window"
        raise Fault(fault, file=program, help=help) from None


def _as_root() -> Iterator[str]:
    """A browser that root starts has no sandbox, and has to be told that it needs none: what it opens is ours."""
    if sys.platform != "win32" and os.geteuid() == 0:
        yield "--no-sandbox"
