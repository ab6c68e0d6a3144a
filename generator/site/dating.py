"""The day that a site says it is of: that of its commit, or none; never the day on which it was built.

So two builds of one commit are the same, whenever they are made. https://reproducible-builds.org/specs/source-date-epoch/
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from generator import git
from generator.faults import Fault
from generator.project import Project

DATE = "SOURCE_DATE_EPOCH"  # seconds since 1970: what the engine reads in place of its clock
LAST_SECOND = 4_294_944_000  # the 7th of February 2106: gzip, which packs the map of the site, counts in 32 bits
LAST_CHANGED = re.compile(rb"\s*<lastmod>[^<]*</lastmod>")


def refuse_impossible_date() -> None:
    """Raises `Fault` where the day that a site is said to be of is none: the engine writes it down."""
    said = os.environ.get(DATE)
    if said is not None and not _is_a_day(said):
        help = f"the seconds since 1970, as of `git log -1 --format=%ct`, up to {LAST_SECOND}; or unset it"
        raise Fault(f"{DATE} cannot be {said[:40]!r}", help=help)


def _is_a_day(seconds: str) -> bool:
    return seconds.isascii() and seconds.isdecimal() and len(seconds) <= 11 and int(seconds) <= LAST_SECOND


@contextmanager
def dated(project: Project, site: Path) -> Iterator[None]:
    """Whatever writes a day into a site within this block writes what the environment says, or else the commit's day.

    Where there is neither, or the commit's clock was wrong by a century, the site says none.
    """
    seconds = seconds_of(project)
    if DATE in os.environ:
        yield
        return
    os.environ[DATE] = str(seconds or 0)
    try:
        yield
    finally:
        del os.environ[DATE]
    if seconds is None:
        _take_days_out(site)


def seconds_of(project: Project) -> int | None:
    """When what is built of a project is of, in seconds since 1970; None where nothing says it."""
    refuse_impossible_date()
    said = os.environ.get(DATE) or git.commit_seconds(project.root)
    return int(said) if _is_a_day(said) else None


def day_of_pdf(seconds: int) -> bytes:
    """A second since 1970, as a PDF writes when it was made."""
    return datetime.fromtimestamp(seconds, UTC).strftime("(D:%Y%m%d%H%M%S+00'00')").encode()


def _take_days_out(site: Path) -> None:
    """The engine cannot do without a day in its map of the site: 1970 would be no truer than today."""
    listed = site / "sitemap.xml"
    if listed.is_file():
        content = LAST_CHANGED.sub(b"", listed.read_bytes())
        listed.write_bytes(content)
        (site / "sitemap.xml.gz").write_bytes(gzip.compress(content, mtime=0))
