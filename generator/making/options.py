"""What whoever builds may choose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from generator.making.pool import Report
from generator.memory import NOTHING, Memory


@dataclass(frozen=True)
class Options:
    """How a build goes about its work; nothing but the engine changes a byte of what is made."""

    jobs: int = 1
    force: bool = False  # make everything anew, whatever the cache has
    only: Collection[str] = ()  # make these scenarios alone; the rest must be in the cache
    scheduler: str | None = None  # of a Dask cluster that does the work instead of processes here
    report: Report = lambda done, total, name: None
    alone: int = 1  # up to so many tasks this process does as fast as processes that have to be started first
    memory: Memory = NOTHING  # of what is worked out and may be wanted again
    engine: str = "mkdocs"  # what makes HTML of what is staged: one of `generator.site.assembly.ENGINES`
