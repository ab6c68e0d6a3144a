"""The pages of a project as Markdown, made in this process, of runs that are trained here."""

from __future__ import annotations

from pathlib import Path

from generator.pages.rendering import Pages
from generator.project import Project
from generator.scenario.reading import load_all
from tests.runs import trained


def pages(project: Project, edition: int = 0) -> Pages:
    """It is given runs alone: no sweep and no ladder."""
    scenarios = load_all(project.scenarios)
    return Pages(project, project.editions()[edition], scenarios, lambda _, id: trained(scenarios[id]))


def authored(project: Project, text: str) -> Path:
    """A page with this text."""
    path = project.editions()[0].pages / "page.md"
    path.write_text(text, encoding="utf-8")
    return path
