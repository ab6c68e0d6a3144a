"""What a lesson comes to on paper, where the site has been built: `make site` comes before `make test`."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.site import paper
from generator.site.sheets import Size, document, foot
from tests import pdf
from tests.test_browser import CHROMIUM
from tests.tiny import REPOSITORY

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: nothing is printed")
SITE = REPOSITORY / "site"


def printed(page: str, size: Size, folder: Path) -> list[pdf.Sheet]:
    """A page of the built site on sheets; its files are those of the site."""
    file = SITE / page
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    if "print.css" not in text:
        pytest.skip("the site is not built, or not by this version")
    sheets = document({page: text}, size, foot(text)).replace("<head>", f'<head><base href="{SITE.as_uri()}/">', 1)
    (folder / "site").mkdir(exist_ok=True)
    return pdf.sheets(paper._pdf(paper.browser(), sheets, folder, page))


# --- lessons/eleven-points.md --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["A4", "letter"])
def test_the_first_lesson_is_seven_pages_with_its_key(size: Size, tmp_path: Path) -> None:
    sheets = printed("lessons/eleven-points/index.html", size, tmp_path)
    assert 4 <= len(sheets) <= 7
    assert "Keytothequestions" in sheets[-1].solid
    assert all("Keytothequestions" not in sheet.solid for sheet in sheets[:-1])
    assert "Answer" not in "".join(sheet.solid for sheet in sheets).replace("Answers", "")
