"""What the glossary says and no lesson's tests do, executed; and that every word of it is there in both languages."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from tests.course.by_hand import FAST, X, Y, hessian
from tests.course.there import page

ROW = re.compile(r"^\| (?!English|---)(.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)


def test_each_word_stands_in_both_languages_side_by_side() -> None:
    rows = ROW.findall(page("glossary.md"))
    assert len(rows) > 60
    for english, chinese, meaning in rows:
        assert re.fullmatch(r'<span lang="zh">[\u4e00-\u9fff、，]+</span>', chinese), english
        assert meaning.endswith((".", ".)")), english
    words = [english for english, _, _ in rows]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("word", ["curvature", "sharpness", "held-out points", "warm-up", "saddle", "broadcasting"])
def test_the_words_of_the_course_are_there(word: str) -> None:
    assert any(english == word for english, _, _ in ROW.findall(page("glossary.md")))


# --- glossary.md ---------------------------------------------------------------------------------------------


def test_in_a_tensor_too_large_a_result_becomes_inf_and_plain_python_stops() -> None:
    assert torch.tensor(1e30).square().isinf()
    assert (torch.tensor(1e200, dtype=torch.float64) ** 2).isinf()
    error = 1e200
    with pytest.raises(OverflowError):
        error**2


def test_of_a_parabola_the_curvature_is_twice_what_stands_before_the_square() -> None:
    def slope(w: float) -> float:
        return 2 * 7 * w + 3  # of 7w² + 3w + 1

    assert {slope(w + 1) - slope(w) for w in (-4.0, 0.0, 9.0)} == {14}


def test_the_sharpness_is_the_same_everywhere() -> None:
    x, y = torch.tensor(X), torch.tensor(Y)

    def loss(params: torch.Tensor) -> torch.Tensor:
        return ((params[0] * x + params[1] - y) ** 2).mean()

    for place in ([1.0, 0.0], [-50.0, 300.0]):
        second = torch.autograd.functional.hessian(loss, torch.tensor(place, dtype=torch.float64))
        assert float(torch.linalg.eigvalsh(second)[-1]) == pytest.approx(FAST)


def test_at_the_limit_the_steep_direction_bounces_and_the_flat_one_arrives_all_the_same() -> None:
    curvatures, directions = np.linalg.eigh(hessian(X))
    error = (np.array([1.0, 0.0]) - np.polyfit(X, Y, 1)) @ directions
    first = error.copy()
    for _ in range(3000):
        error = error - 2 / curvatures[1] * curvatures * error
    assert abs(error[1]) == pytest.approx(abs(first[1]), rel=1e-6)
    assert abs(error[0]) < 1e-6 * abs(first[0])


def test_an_error_is_how_much_too_high_the_line_is() -> None:
    w, b = np.polyfit(X, Y, 1)
    assert np.mean(w * X + (b + 5) - Y) == pytest.approx(5)
