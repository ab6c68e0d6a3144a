"""A question of a page: in which order its choices stand, and what the key on paper says."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.faults import Fault

LETTERS = string.ascii_uppercase  # of choices, on paper


@dataclass(frozen=True)
class Answer:
    """What is right in a question of a page: the letter of the choice on paper, and the reply to it."""

    question: int  # its number on the page, from 1
    letter: str
    reply: str


def in_order(
    page: str, number: int, right: object, choices: Mapping[object, tuple[str, str]], *, ordered: bool
) -> tuple[list[dict[str, Any]], Answer]:
    """The choices of question ``number`` of a page, from 0, as its template takes them; and the right one.

    ``choices`` maps what may come out to what the reader picks and the reply to it. Where the right one stands says
    nothing: that is the page's name and the number, unless they are ``ordered``, as from little to much. Raises `Fault`
    where what came out is not among them, which is a mistake of the page.
    """
    outcomes = [*choices]
    if right not in outcomes:
        raise Fault(
            f"the answer {right!r} is none of the quiz's choices",
            help=f"its choices are {', '.join(map(repr, choices))}; let one of them be what comes out",
        )
    if not ordered:
        outcomes.remove(right)
        outcomes.insert(place_of_the_right(page, number, len(choices)), right)
    rows = [
        {"number": place, "text": choices[outcome][0], "reply": choices[outcome][1], "is_right": outcome == right}
        for place, outcome in enumerate(outcomes, start=1)
    ]
    place = outcomes.index(right)
    letter = LETTERS[place] if place < len(LETTERS) else str(place + 1)
    return rows, Answer(number + 1, letter, choices[right][1])


def place_of_the_right(page: str, number: int, count: int) -> int:
    """Of so many choices, in question ``number`` of a page: where the page's name and its number say.

    By a hash of which every bit depends on all of both. Of a checksum the last bits would not: of four choices the
    place would move from question to question alike on every page.
    """
    return int.from_bytes(hashlib.sha256(f"{page}#{number + 1}".encode()).digest()) % count
