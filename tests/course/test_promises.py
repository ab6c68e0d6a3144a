"""The page of what is promised: each promise names tests, and they are there."""

from __future__ import annotations

import re

import pytest

from tests.course.there import page
from tests.tiny import REPOSITORY

# --- promises.md

TESTS = re.compile(r"`(tests/[\w/]+\.py)`")


def promises() -> dict[str, str]:
    """What stands in bold at the front of each promise, and the whole of it."""
    promised, found, _ = page("promises.md").partition("## What we do not promise")
    assert found
    items = re.split(r"^- (?=\*\*)", promised, flags=re.MULTILINE)[1:]
    return {item.partition("**")[2].partition("**")[0]: item for item in items}


def test_each_promise_names_tests_that_are_there() -> None:
    found = promises()
    assert len(found) > 12
    for promise, text in found.items():
        named = TESTS.findall(text)
        assert named, promise
        for file in named:
            assert "def test_" in (REPOSITORY / file).read_text(encoding="utf-8"), promise


@pytest.mark.parametrize("audience", ["To readers", "To authors", "To hosts"])
def test_readers_authors_and_hosts_are_promised_something(audience: str) -> None:
    assert f"## {audience}\n" in page("promises.md")


def test_what_runs_as_whoever_builds_is_the_same_on_both_pages() -> None:
    code = ["mkdocs.yml", "templates/overrides/", "generator/", "tests/", "tools/", ".ci/", ".github/", "Makefile"]
    for name in ("promises.md", "trust.md"):
        [listed] = [
            line for line in page(name).splitlines() if line.startswith("- **") and "templates/overrides/" in line
        ]
        text = page(name)[page(name).index(listed) :].partition("\n- ")[0].partition("\n\n")[0]
        assert [place for place in code if f"`{place}`" not in text] == []
