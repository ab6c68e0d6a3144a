"""How long the text of a page may keep the generator: seconds of the processor, not of the clock."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from generator.faults import Fault

SECONDS = 15.0
HELP = "a page shows what was computed: take out the loop that goes on, or divide the page"
# Windows has no such timer, and only the main thread is sent its signal: there the bounds on sizes are all there is.
HAS_TIMER = hasattr(signal, "setitimer")


class TooSlow(Fault):
    """A page, or a template, that was given up."""


class _TooLate(BaseException):
    """No `Exception`, which somebody on the way might catch."""


@contextmanager
def time_limit(file: Path | str) -> Iterator[Callable[[Path | str], None]]:
    """Ends a block that has taken `SECONDS` with a fault of this file; one inside another shares the time of that.

    It gives a function that begins the time anew, for another file.
    """
    is_outer = HAS_TIMER and threading.current_thread() is threading.main_thread() and not _remaining()

    def begin(other: Path | str) -> None:
        nonlocal file
        if is_outer:
            file = other
            # Again each second: where Python calls back from C, an exception may be lost.
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS, 1.0)

    before = signal.signal(signal.SIGVTALRM, _end) if is_outer else None
    try:
        begin(file)
        try:
            yield begin
        finally:
            if is_outer:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except _TooLate:
        fault = f"this takes more than {SECONDS:.0f} seconds of the processor, and is given up"
        raise TooSlow(fault, file=file, help=HELP) from None
    finally:
        if is_outer:
            signal.signal(signal.SIGVTALRM, before)


@contextmanager
def untimed() -> Iterator[None]:
    """What a page asks for and others make, such as a run that is trained: its time is not the page's."""
    left = _remaining()
    if left:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    try:
        yield
    finally:
        if left:
            signal.setitimer(signal.ITIMER_VIRTUAL, left, 1.0)


def _remaining() -> float:
    return signal.getitimer(signal.ITIMER_VIRTUAL)[0] if HAS_TIMER else 0.0


def _end(number: int, frame: FrameType | None) -> None:
    raise _TooLate
