"""What a page can call besides its runs and pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.pages import Pages
from generator.project import Project
from generator.record import Record
from generator.run import run
from generator.scenario import load_all
from tests import tiny


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.at(tiny.make(tmp_path))


def pages(project: Project) -> Pages:
    scenarios = load_all(project.scenarios)

    def result_of(kind: str, id: str) -> Record:
        assert kind == "run"
        return run(scenarios[id])

    return Pages(project, project.editions()[0], scenarios, result_of)


def authored(project: Project, text: str) -> Path:
    path = project.editions()[0].pages / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_reading_takes_a_minute_for_180_words_and_half_a_minute_for_a_picture(project: Project) -> None:
    authored(project, "word " * 720)
    assert pages(project).minutes("page.md") == 4
    authored(project, "word " * 720 + '\n\n[= figure("tiny") =]\n\n[= figure("tiny", caption="word") =]\n')
    assert pages(project).minutes("page.md") == 5


def test_code_takes_no_reading_time_and_two_chinese_characters_are_a_word(project: Project) -> None:
    authored(project, "word " * 180 + "\n```python\n" + "code " * 1000 + "\n```\n")
    assert pages(project).minutes("page.md") == 1
    authored(project, "学习" * 360)
    assert pages(project).minutes("page.md") == 2


def test_a_picture_at_the_top_of_a_page_can_be_loaded_at_once(project: Project) -> None:
    path = authored(project, '[= figure("tiny", eager=True) =]\n')
    assert pages(project).render("page.md", path).count('loading="eager"') == 2
    path = authored(project, '[= figure("tiny") =]\n')
    assert 'loading="eager"' not in pages(project).render("page.md", path)
