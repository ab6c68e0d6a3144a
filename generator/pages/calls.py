"""What a page can call: runs and what else is computed, pictures, tables, questions, badges.

A page asks for pictures by name; the requests are collected while it is rendered, so that only what some page shows
is drawn.
"""

from __future__ import annotations

import math
import posixpath
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jinja2

from generator.faults import Fault
from generator.figures import catalogue
from generator.figures.catalogue import Request
from generator.making.source import listing
from generator.pages.words import Words
from generator.project import Edition
from generator.runs import theory, worked
from generator.runs.analysis import Run
from generator.runs.update_rule import UpdateRule
from generator.scenario.schema import Scenario

# Functions of a page whose text arguments are scenario ids.
TAKES_IDS = ("figure", "loss_table", "run", "sweep", "ladder", "verdict")
CODE = re.compile(r"\[(?:=.*?=|%.*?%)\]|```.*?```", re.DOTALL)  # of a page: no prose
WORD = re.compile(r"[^\W\d_\u4e00-\u9fff]+|[\u4e00-\u9fff]{2}")  # a Chinese word is two characters or so
WORDS_A_MINUTE, MINUTES_A_CALL = 180, 0.5


class Calls:
    """What the pages of one edition call, and the pictures that they asked for.

    Nothing is trained here: ``result_of`` gives the run, sweep or ladder of an id. ``environment`` has the templates
    of what is called.
    """

    def __init__(
        self,
        edition: Edition,
        scenarios: Mapping[str, Scenario],
        words: Words,
        environment: jinja2.Environment,
        result_of: Callable[[str, str], Any],
    ) -> None:
        self.edition, self.scenarios, self.words = edition, scenarios, words
        self.environment, self.result_of = environment, result_of
        self.requests: dict[Request, None] = {}  # a set that keeps its order
        self.sign = secrets.token_hex(8)  # of the marks left in pages: nobody who writes a text can know it

    def everywhere(self) -> dict[str, Any]:
        """What means the same on every page, by its name there."""
        return {
            "run": self.record_of,
            "sweep": partial(self.result_of, "sweep"),
            "ladder": partial(self.result_of, "ladder"),
            "scenarios": self.scenarios,
            "theory": theory,
            "update_rule": UpdateRule,
            "worked": worked,
            "loss_table": self.loss_table,
            "verdict": self.verdict,
            "quiz": self.quiz,
            "gallery": self.gallery,
            "minutes": self.minutes,
            "listing": listing,
            "language": self.edition.language,
            "words": self.words.tables,
            "kinds": catalogue.KINDS,
        }

    def on(self, page: str) -> dict[str, Any]:
        """What depends on where the page lies."""

        def link(target: str) -> str:
            return posixpath.relpath(target, posixpath.dirname(page) or ".")

        def figure(
            *ids: str, kind: str = "fit", caption: str = "", wide: bool = False, eager: bool = False, **options: Any
        ) -> str:
            return self._figure(request(ids, kind, options), link, caption=caption, wide=wide, eager=eager)

        return {"figure": figure, "link": link, "page": page}

    def record_of(self, id: str) -> Run:
        record: Run = self.result_of("run", id)
        return record

    def _figure(
        self, asked: Request, link: Callable[[str], str], caption: str = "", wide: bool = False, eager: bool = False
    ) -> str:
        """The markup of a picture, and for paper the filmstrip of one that moves.

        ``eager`` is for a picture at the top of a page: it is loaded before it is scrolled to.
        """
        picture = self._picture(asked, link)
        strip = None
        if picture["kind"].animated and len(asked.ids) in catalogue.KINDS["filmstrip"].runs:
            options = {**dict(asked.options), "of": asked.kind}
            strip = self._picture(request(asked.ids, "filmstrip", options), link)
        number = list(self.requests).index(asked)
        return self._template("figure.md").render(
            **picture,
            delays=f"⟦delays {number} {self.sign}⟧",
            epochs=f"⟦epochs {number} {self.sign}⟧",
            caption=caption,
            wide=wide,
            loading="eager" if eager else "lazy",
            strip=strip,
        )

    def _picture(self, asked: Request, link: Callable[[str], str]) -> dict[str, Any]:
        """What the markup says of a picture: its kind, path and alt text. From now on it is asked for.

        Raises `Fault` where it cannot be drawn.
        """
        kind = catalogue.kind_of(asked)
        results = [self.result_of(kind.of, id) for id in asked.ids]
        alt = self.words.alt(asked.kind, results, **dict(asked.options))
        self.requests[asked] = None
        return {"kind": kind, "path": link(asked.path), "alt": alt}

    def loss_table(self, id: str, epochs: Sequence[int] | None = None, exact: bool = False) -> str:
        """The printed convention: under epoch e the loss and gradient of state e − 1, and w, b of state e."""
        record = self.record_of(id)
        return self._template("loss_table.md").render(record=record, epochs=epochs or record.table_epochs, exact=exact)

    def quiz(self, question: str, right: object, choices: Mapping[object, tuple[str, str]]) -> str:
        """Predict, then reveal: ``choices`` maps what may come out to what the reader picks and the reply to it.

        ``right`` is what came out, computed from a run or from theory; a question whose answer is not among its
        choices is a mistake of the page.
        """
        if right not in choices:
            raise Fault(
                f"the answer {right!r} is none of the quiz's choices",
                help=f"its choices are {', '.join(map(repr, choices))}; let one of them be what comes out",
            )
        rows = [
            {"number": number, "text": text, "reply": reply, "is_right": outcome == right}
            for number, (outcome, (text, reply)) in enumerate(choices.items(), start=1)
        ]
        return self._template("quiz.md").render(question=question, choices=rows)

    def verdict(self, id: str) -> str:
        """A badge: shape, word and colour."""
        return self._template("verdict.md").render(verdict=self.record_of(id).verdict).strip()

    def minutes(self, name: str) -> int:
        """How long an authored page takes: its words at reading speed, and time to look at what it calls for."""
        text = (self.edition.pages / name).read_text(encoding="utf-8")
        called = len(re.findall(r"\[= (?:figure|quiz|loss_table)\(", text))
        return math.ceil(len(WORD.findall(CODE.sub("", text))) / WORDS_A_MINUTE + called * MINUTES_A_CALL)

    def gallery(self) -> list[Run]:
        return [self.record_of(id) for id in self.scenarios]

    def _template(self, name: str) -> jinja2.Template:
        return self.environment.get_template(name)


def request(ids: Sequence[str], kind: str, options: Mapping[str, Any]) -> Request:
    """A page may write a list; a request is a key."""
    frozen = {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
    return Request(kind, tuple(ids), tuple(sorted(frozen.items())))
