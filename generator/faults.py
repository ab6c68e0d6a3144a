"""What goes wrong for a user of the generator, said with its place, its fault and its remedy."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable
from pathlib import Path
from typing import Self

SHOWN = 200  # characters of a line


class Fault(Exception):
    """A mistake in the input: what is wrong, where, and what to do about it.

    Rendered by ``str()`` the way compilers do::

        error: learning_rate must be a finite number above 0
          --> docs/scenarios/big.toml:21
           |  learning_rate = nan
        help: nan is no number: write one, such as 0.01
    """

    def __init__(
        self,
        fault: str,
        *,
        file: Path | str | None = None,
        line: int | None = None,
        excerpt: str = "",
        help: str = "",
    ) -> None:
        super().__init__(fault)
        self.fault, self.file, self.line, self.excerpt, self.help = fault, file, line, excerpt, help

    @classmethod
    def at_line(cls, fault: str, *, file: Path | str, text: str, line: int | None, help: str = "") -> Self:
        """A fault at a line of a file whose text is known: the excerpt is that line. None: no line is to blame."""
        lines = text.splitlines()
        excerpt = lines[line - 1] if line and line <= len(lines) else ""
        return cls(fault, file=file, line=line, excerpt=excerpt, help=help)

    def __str__(self) -> str:
        lines = [f"error: {self.fault}"]
        if self.file is not None:
            lines.append(f"  --> {self.file}" + (f":{self.line}" if self.line else ""))
        if self.excerpt:
            excerpt = self.excerpt.strip()
            lines.append(f"   |  {excerpt if len(excerpt) <= SHOWN else excerpt[: SHOWN - 1] + '…'}")
        if self.help:
            lines.append(f"help: {self.help}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword arguments do not survive pickling between processes by themselves.
        return (_rebuild, (self.fault, self.file, self.line, self.excerpt, self.help))


def _rebuild(fault: str, file: Path | str | None, line: int | None, excerpt: str, help: str) -> Fault:
    return Fault(fault, file=file, line=line, excerpt=excerpt, help=help)


class Faults(Exception):
    """Several faults found in one pass, so that a user mends them in one go."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.faults))


# What a write can end with that is no mistake of ours: no room, a quota, a limit, a damaged or read-only disk.
OF_THE_DISK = {errno.ENOSPC, errno.EROFS, errno.EIO, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


# … and where a folder is in the place of a file, or a file in that of a folder that is made.
OTHERWISE = {errno.EISDIR, errno.EEXIST}


def of_system(problem: OSError) -> Fault | None:
    """A file that cannot be read or written, as a fault; None for what is no file's and not the disk's: a bug."""
    help = "see that it is there, that you may read and write it, and that the disk has room"
    if problem.errno in OTHERWISE:
        help = "something else is in its place: delete that, or move it away"
    if problem.filename is None:  # of a file that was open already
        if problem.errno not in OF_THE_DISK:
            return None
        help = "make room on the disk, or see what limits it, and build again; the site is as it was"
    return Fault(problem.strerror or str(problem), file=problem.filename, help=help)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The remedy for a name that is not among the known ones: the nearest of them, or else all."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(names)}" if names else "there is none"
