"""What is to be known of the site while it is written: which one is served, what is wrong, what is being done."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True)
class News:
    site: str = ""  # names the site that is served: another after each build; nothing before the first
    problem: str = ""  # what is wrong with the last build, for people
    doing: str = ""  # what the one at work is at, for people

    def as_json(self) -> str:
        return json.dumps(asdict(self))


class Board:
    """The latest news, for many threads: one puts them up, the others wait for other ones."""

    def __init__(self) -> None:
        self._news, self._changed = News(), threading.Condition()
        self.is_closed = False

    @property
    def news(self) -> News:
        return self._news

    def put_up(self, **changes: str) -> None:
        with self._changed:
            self._news = replace(self._news, **changes)
            self._changed.notify_all()

    def put_up_site(self) -> None:
        """There is another site, and nothing wrong. Its name differs from that of any before, in any process."""
        self.put_up(site=str(time.time_ns()), problem="", doing="")

    def wait_for_other(self, known: News, seconds: float) -> News:
        """Other news than these, or these again when the time is up or the board is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._news != known or self.is_closed, seconds)
            return self._news

    def close(self) -> None:
        with self._changed:
            self.is_closed = True
            self._changed.notify_all()
