"""Every question of the course, read: where the right answer stands, how long it is, and what would give it away."""

from __future__ import annotations

import html
import itertools
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import pytest

from generator.pages.questions import place_of_the_right
from tests.course.there import EDITION, speaks_of

pytestmark = pytest.mark.xdist_group("course")  # which is rendered once

LESSONS = [f"lessons/{path.name}" for path in sorted((EDITION.pages / "lessons").glob("*.md")) if path.stem != "index"]
FORM = re.compile(r'<form class="gd-quiz".*?</form>', re.DOTALL)
CHOICE = re.compile(r'<input type="radio" name="choice" value="(\d+)"> (.*?)</label>', re.DOTALL)
REPLY = re.compile(r'<div data-choice="(\d+)"( data-right)?[^>]*>\s*(.*?)\s*</div>', re.DOTALL)


@dataclass(frozen=True)
class Question:
    page: str
    number: int
    choices: list[str]  # what a reader reads of each
    replies: dict[int, str]
    right: int  # the place of the right one, from 0

    @property
    def where(self) -> str:
        return f"{self.page}, question {self.number + 1}"


def plain(text: str) -> str:
    """Without markup: a formula counts with its signs."""
    return html.unescape(re.sub(r"<[^>]+>|[*`$\\]", "", text)).strip()


def questions(course: dict[str, str]) -> list[Question]:
    found = []
    for page, text in course.items():
        for number, form in enumerate(FORM.findall(text)):
            choices = [plain(choice) for _, choice in CHOICE.findall(form)]
            replies = REPLY.findall(form)
            right = next(int(place) - 1 for place, is_right, _ in replies if is_right)
            found.append(Question(page, number, choices, {int(k) - 1: plain(reply) for k, _, reply in replies}, right))
    return found


def words(text: str) -> list[str]:
    return re.findall(r"[\w'’]+", plain(text).lower())


def shared_words(one: str, other: str) -> int:
    """The longest row of words that both have."""
    ours, theirs = words(one), f" {' '.join(words(other))} "
    rows = (ours[i:j] for i in range(len(ours)) for j in range(i + 1, len(ours) + 1))
    return max((len(row) for row in rows if f" {' '.join(row)} " in theirs), default=0)


def test_the_place_of_the_right_answer_follows_from_page_and_number_and_from_no_place_before() -> None:
    for count in (3, 4):

        def places(name: str, count: int = count) -> list[int]:
            return [place_of_the_right(f"lessons/{name}.md", number, count) for number in range(40)]

        each = [places(name) for name in "abcdefgh"]
        moves = [[(later - place) % count for place, later in pairwise(row)] for row in each]
        for rows in (each, moves):
            found = Counter(itertools.chain(*rows))
            assert all(0.75 < found[place] * count / found.total() < 1.25 for place in range(count)), count
        assert len({tuple(row) for row in moves}) == len(moves), "on another page it moves otherwise"
        assert each == [places(name) for name in "abcdefgh"]


def test_right_answers_are_spread_over_the_places(course: dict[str, str]) -> None:
    """Who ticks the same place everywhere gains at most half as much again as by chance."""
    for count in (3, 4):
        asked = [question for question in questions(course) if len(question.choices) == count]
        places = Counter(question.right for question in asked)
        for place in range(count) if len(asked) > 4 * count else ():
            assert 0.5 / count <= places[place] / len(asked) <= 1.5 / count, (count, places)


def test_the_right_answer_is_the_shortest_about_as_often_as_by_chance(course: dict[str, str]) -> None:
    """Who ticks the shortest, and one of them where several are, is right as often as who draws lots, within 2σ.

    σ is that of lots: the root of the sum of p(1 − p), with p one in so many choices.
    """
    asked = questions(course)
    shares = [1 / len(question.choices) for question in asked]
    won = 0.0
    for question in asked:
        lengths = [len(choice) for choice in question.choices]
        won += (lengths[question.right] == min(lengths)) / lengths.count(min(lengths))
    sigma = sum(share * (1 - share) for share in shares) ** 0.5
    assert abs(won - sum(shares)) <= 2 * sigma, (won, sum(shares), sigma)


def test_the_choices_of_a_question_end_alike(course: dict[str, str]) -> None:
    """All with a full stop, or none."""
    for question in questions(course):
        assert len({choice.endswith(".") for choice in question.choices}) == 1, (question.where, question.choices)


def test_the_right_answer_is_not_the_longest(course: dict[str, str]) -> None:
    for question in questions(course):
        longest = max(len(text) for place, text in enumerate(question.choices) if place != question.right)
        assert len(question.choices[question.right]) <= longest, question.where


def test_no_choice_repeats_what_the_lesson_promises_or_is_called(course: dict[str, str]) -> None:
    for question in questions(course):
        text = course[question.page]
        title, description = (re.search(rf"^{key}: (.*)$", text, re.MULTILINE) for key in ("title", "description"))
        objective = re.search(r"After this lesson you can(.*?)\n## ", text, re.DOTALL)
        told = " — ".join(found[1] for found in (title, description, objective) if found)
        for choice in question.choices:
            assert shared_words(choice, told) < 5, (question.where, choice)


def test_a_reply_says_whether_it_was_right_and_then_why(course: dict[str, str]) -> None:
    for question in questions(course):
        assert set(question.replies) == set(range(len(question.choices))), question.where
        for place, reply in question.replies.items():
            said, _, why = reply.partition(" ") if place == question.right else reply.partition(". ")
            assert said == ("Right." if place == question.right else "Not this one"), question.where
            assert len(words(why)) >= 5, (question.where, reply)
            assert not re.match(r"(yes|no|not this time|not this one|right|wrong)\b", why.lower()), (
                question.where,
                why,
            )


@speaks_of(pages=["lessons/eleven-points.md", "lessons/where-next.md"])
@pytest.mark.parametrize("page", LESSONS)
def test_a_lesson_asks_at_least_three_questions(course: dict[str, str], page: str) -> None:
    assert sum(question.page == page for question in questions(course)) >= 3
