"""The course itself, built by both engines: its pages are the same to whoever reads them. Nothing is drawn for that."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from generator.figures.catalogue import Request
from generator.making.products import FRAMES_FILE
from generator.making.workshop import Workshop
from generator.pages.rendering import Pages
from generator.project import Project
from generator.site.assembly import ENGINES, MOVE_HTML
from generator.site.layout import lay_out
from tests.articles import articles, needs_zensical
from tests.tiny import REPOSITORY

pytestmark = pytest.mark.xdist_group("course")  # which is trained once

PICTURE = b"GIF89a" + bytes(1000)
ENDINGS = [f"{still}{theme}.png" for still in ("", ".first", ".narrow", ".first.narrow") for theme in ("", ".dark")]


class Undrawn:
    """A workshop that has every picture there can be, and nothing in them."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop

    def __getattr__(self, name: str) -> Any:
        return getattr(self.workshop, name)

    def picture(self, _: Request) -> dict[str, bytes]:
        frames = {FRAMES_FILE: json.dumps({"delays_ms": [100], "shown": [0]}).encode()}
        return frames | dict.fromkeys([*ENDINGS, ".gif", ".dark.gif"], PICTURE)


def built(workshop: Workshop, engine: str, folder: Path) -> Path:
    for name in ("docs", "templates"):
        shutil.copytree(REPOSITORY / name, folder / name)
    shutil.copy(REPOSITORY / "mkdocs.yml", folder)
    project = Project.at(folder)
    (edition,) = [edition for edition in project.editions() if edition.is_root]
    pages = Pages(project, edition, workshop.scenarios, workshop.result_of, moves_html=engine in MOVE_HTML)
    lay_out(project, pages, pages.render_all(), Undrawn(workshop))  # type: ignore[arg-type]
    ENGINES[engine](project, edition, folder / "site")
    return folder / "site"


@needs_zensical
def test_both_engines_make_the_same_articles_of_the_course(workshop: Workshop, tmp_path: Path) -> None:
    one, other = (articles(built(workshop, engine, tmp_path / engine)) for engine in ("mkdocs", "zensical"))
    assert one.keys() == other.keys()
    assert len(one) > len(workshop.scenarios)
    for name in one:
        assert other[name] == one[name], name
