"""For every test: the same examples each time, however busy the machine; and what is shared between processes."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator

import hypothesis
import pytest

from tests import shared

hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the workers of pytest-xdist inherit it
        shared.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shared.end()


@pytest.fixture
def no_hang() -> Iterator[None]:
    """What hangs for a minute ends the process, and shows where it was."""
    faulthandler.dump_traceback_later(60, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()
