"""What the page of beliefs says and no lesson's tests do, executed; and that it sends readers to the right lesson."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.course.by_hand import FAST, X, Y, descend, hessian
from tests.course.there import EDITION, page, record

LESSON = re.compile(r"\[(\d+)\. [^\]]+\]\(lessons/([\w-]+)\.md")


def pages_in(nav: list[Any]) -> Iterator[str]:
    """All pages that a navigation names, in its order."""
    for entry in nav:
        inside = next(iter(entry.values())) if isinstance(entry, dict) else entry
        yield from pages_in(inside) if isinstance(inside, list) else [inside]


def numbers() -> dict[str, int]:
    """The number of each lesson by its address: its place in the navigation."""
    named = [name for name in pages_in(EDITION.settings()["nav"]) if name.startswith("lessons/")]
    addresses = [name.removeprefix("lessons/").removesuffix(".md") for name in named if not name.endswith("index.md")]
    return {address: number for number, address in enumerate(addresses, start=1)}


@pytest.mark.parametrize("name", ["beliefs.md", "glossary.md"])
def test_a_lesson_is_called_by_its_number(name: str) -> None:
    found = LESSON.findall(page(name))
    assert len(found) >= 10
    assert {address: int(number) for number, address in found}.items() <= numbers().items()
    assert not re.search(r"\[(?!\d+\. )[^\]]*\]\(lessons/", page(name)), "a lesson without its number"


# --- beliefs.md ----------------------------------------------------------------------------------------------


def test_a_start_whose_gradient_is_exactly_0_stays_where_it_is_at_any_rate() -> None:
    it = record("three-points")
    x, y = it.x, it.y
    w, b = np.float32(0.5), np.float32(3.5)
    for _ in range(100):
        errors = w * x + b - y
        slopes = np.float32(2) * (errors * x).mean(), np.float32(2) * errors.mean()
        assert slopes == (0, 0)
        w, b = w - np.float32(10) * slopes[0], b - np.float32(10) * slopes[1]
    assert (w, b) == (0.5, 3.5)


def test_rounding_is_enough_to_begin_an_explosion() -> None:
    flat = np.linalg.eigh(hessian(X))[1][:, 0]
    w, b = np.polyfit(X, Y, 1) + 10 * flat
    losses, _ = descend(1.5 * 2 / FAST, 300, w=w, b=b)
    assert losses[:5].argmin() > 0
    assert not np.isfinite(losses[-1])


def test_w_squared_and_b_squared_and_3wb_opens_upwards_along_both_axes_and_is_a_saddle() -> None:
    def height(w: float, b: float) -> float:
        return w**2 + b**2 + 3 * w * b

    assert min(height(1, 0), height(-1, 0), height(0, 1), height(0, -1)) > height(0, 0)
    assert height(1, -1) < height(0, 0) < height(1, 1)


def test_the_loss_of_a_line_opens_upwards_in_every_direction() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        x, (w, b) = rng.normal(scale=10, size=5), rng.normal(size=2)
        assert np.array([w, b]) @ hessian(x) @ [w, b] > 0


def test_the_best_rate_reaches_the_minimum_in_one_step_only_in_a_round_bowl() -> None:
    for x, lands in ((X, False), (X - X.mean(), False), ((X - X.mean()) / X.std(), True)):
        H = hessian(x)
        error = np.array([1.0, 0.0]) - np.polyfit(x, Y, 1)
        left = error - 2 / np.trace(H) * H @ error
        assert (np.linalg.norm(left) < 1e-9 * np.linalg.norm(error)) == lands
