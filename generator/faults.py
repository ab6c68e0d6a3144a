"""What goes wrong for a user of the generator, said with its place, its fault and its remedy."""

from __future__ import annotations

import difflib
import errno
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Self

SHOWN = 200  # characters of a line
NAMES = 20  # of those that there are, where none is near
NEAR = 0.7  # of 1, how alike two names are
# Controls, what turns the direction of writing, halves of characters, ends of lines and paragraphs.
UNSHOWN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def legible(text: str) -> str:
    """Text as a terminal may be given it: what would move its cursor, or hide what stands there, as Python writes it.

    Ends of lines stay.
    """
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in UNSHOWN and character != "\n"
        else character
        for character in text
    )


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
        lines = lines_of(text)
        excerpt = lines[line - 1] if line and line <= len(lines) else ""
        return cls(fault, file=file, line=line, excerpt=excerpt, help=help)

    def __str__(self) -> str:
        lines = [f"error: {self.fault}"]
        if self.file is not None:
            lines.append(f"  --> {self.file}".replace("\n", "\\n") + (f":{self.line}" if self.line else ""))
        if self.excerpt:
            excerpt = self.excerpt.strip()
            lines.append(f"   |  {excerpt if len(excerpt) <= SHOWN else excerpt[: SHOWN - 1] + '…'}")
        if self.help:
            lines.append(f"help: {self.help}")
        return legible("\n".join(lines))

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword arguments do not survive pickling between processes by themselves.
        return (_rebuild, (self.fault, self.file, self.line, self.excerpt, self.help))


def _rebuild(fault: str, file: Path | str | None, line: int | None, excerpt: str, help: str) -> Fault:
    return Fault(fault, file=file, line=line, excerpt=excerpt, help=help)


def lines_of(text: str) -> list[str]:
    """As editors count them, and the libraries that name one: Python's own division knows more ends of lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


class Faults(Exception):
    """Several faults found in one pass, so that a user mends them in one go."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.faults))


# What a write can end with that is no mistake of ours: no room, a quota, a limit, a damaged or read-only disk.
OF_THE_DISK = {errno.ENOSPC, errno.EROFS, errno.EIO, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


# What helps against the other answers of a system.
MAY_NOT = "see who owns it, and the folders it lies in: you have to be allowed to read it, or to write what is made"
REMEDIES = {
    errno.EISDIR: "a folder is in the place of a file: delete it, or move it away",
    errno.EEXIST: "something else is in its place: delete that, or move it away",
    errno.ENOTEMPTY: "something else is in its place: delete that, or move it away",
    errno.ENOTDIR: "a part of this path is a file, and has to be a folder: move it away, or name another place",
    errno.ENAMETOOLONG: "use a shorter name, or a folder nearer to the top",
    errno.ELOOP: "a link leads back to itself: delete it",
    errno.ENOENT: "see that it is there, under just this name",
    errno.EACCES: MAY_NOT,
    errno.EPERM: MAY_NOT,
    errno.EMFILE: "too many files are open at once: raise the limit (ulimit -n), or give fewer --jobs",
    errno.ENFILE: "too many files are open at once on this machine: close something",
    errno.EBUSY: "something else uses it: wait, or see what that is",
    errno.EROFS: "this disk may only be read: name a place on another, or let it be written",
    errno.EIO: "the disk is damaged, or cannot be reached: see to it, and run the command again",
    errno.ETXTBSY: "a program that runs is in its place: end it, or name another place",
}
ROOM = "make room on the disk, or see what limits it, and run the command again"


def of_system(problem: OSError | MemoryError) -> Fault | None:
    """What this machine is short of, or a file that cannot be read or written, as a fault; None for a bug."""
    if isinstance(problem, MemoryError):
        return Fault("there is not enough memory", help="free some, or see what limits it; fewer --jobs need less")
    if problem.filename is None and problem.errno not in OF_THE_DISK:  # of no file that anybody named
        return None
    return Fault(problem.strerror or str(problem), file=problem.filename, help=what_helps(problem))


def what_helps(problem: OSError) -> str:
    """What helps where a file cannot be read or written."""
    otherwise = ROOM if problem.errno in OF_THE_DISK else "it is the system that says so: see what it means by that"
    return REMEDIES.get(problem.errno or 0, otherwise)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The remedy for a name that is not among the known ones: the nearest of them, or else the first of all."""
    names = sorted(known)
    if close := nearest(name, names):
        return f"did you mean {close!r}?"
    more = f", and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return f"there are: {', '.join(names[:NAMES])}{more}" if names else "there is none"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that this one is most likely to stand for, whatever its capitals; None where none is near.

    Of paths the last parts have to be near without their endings: a folder and `.md` in common are no likeness.

    >>> nearest("lessons/nxt.md", ["lessons/next.md", "scenarios/index.md"])
    'lessons/next.md'
    >>> nearest("lessons/nxt.md", ["scenarios/index.md"])
    """
    near = [each for each in known if _are_near(_last_part(name), _last_part(each))]
    return max(near, key=lambda each: _likeness(name.casefold(), each.casefold()), default=None)


def _last_part(name: str) -> str:
    return re.sub(r"(?<=.)\.\w{1,5}$", "", name.rpartition("/")[2]).casefold()


def _are_near(one: str, other: str) -> bool:
    """Most letters in common, in their order; of three letters and more, too, all but one of as many."""
    is_one_off = len(one) == len(other) > 2 and sum(a != b for a, b in zip(one, other, strict=True)) == 1
    return is_one_off or _likeness(one, other) >= NEAR


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, other, one).ratio()
