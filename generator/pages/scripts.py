"""Our scripts as they are sent: without comments and indentation, but for the one that readers are asked to read."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from generator.resources import resource

TO_BE_READ = "descent.js"


def as_sent(name: str, content: bytes) -> bytes:
    """The file of this name among the assets. An author's own script is sent as it was written."""
    path = Path(name)
    is_ours = path.suffix == ".js" and path.name != TO_BE_READ and content == _ours(name)
    return _without_comments(content) if is_ours else content


def _ours(name: str) -> bytes | None:
    file = resource("assets") / name
    return file.read_bytes() if file.is_file() else None


@cache
def _without_comments(content: bytes) -> bytes:
    from rjsmin import jsmin  # type: ignore[import-untyped]

    return bytes(jsmin(content))
