"""What the generator says, and how it writes numbers."""

from __future__ import annotations

from typing import get_args

import pytest

from generator.faults import Fault
from generator.figures.catalogue import KINDS
from generator.numerals import fixed, percent, significant, whole
from generator.pages.words import LANGUAGES, words
from generator.runs.record import StoppedBy
from generator.runs.theory import Regime
from generator.scenario.schema import Verdict

INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_a_word_for_everything_that_can_happen(language: str) -> None:
    said = words(language)
    assert said.VERDICTS.keys() == set(get_args(Verdict))
    assert said.REGIMES.keys() == set(get_args(Regime))
    assert said.STOPPED_BY.keys() == set(get_args(StoppedBy))
    assert said.ALTS.keys() == KINDS.keys(), "an alt text for every kind of figure"
    assert said.LABELS.keys() == words("en").LABELS.keys()


def test_a_language_without_words_is_refused_with_the_file_to_write() -> None:
    with pytest.raises(Fault, match="no words for the language 'xx'") as refusal:
        words("xx")
    assert "write xx.py" in refusal.value.help


@pytest.mark.parametrize(
    ("number", "digits", "written"),
    [
        (648.8246, 3, "649"),
        (648.8246, 5, "648.82"),
        (0.00469265, 3, "0.00469"),
        (0.00999999, 3, "0.0100"),
        (-0.5, 3, "−0.500"),
        (999_999.0, 2, "1.0 × 10⁶"),
        (123_456.0, 3, "123,000"),
        (9.902059470433812e17, 3, "9.90 × 10¹⁷"),
        (-2.3e-7, 2, "−2.3 × 10⁻⁷"),
        (0.0, 3, "0"),
        (INF, 3, "inf"),
        (-INF, 3, "−inf"),
        (NAN, 3, "nan"),
    ],
)
def test_significant_digits_are_rounded_once_and_powers_of_ten_stand_apart(
    number: float, digits: int, written: str
) -> None:
    assert significant(number, digits) == written


def test_counts_have_their_thousands_apart_and_shares_are_per_cent() -> None:
    assert whole(5000) == "5,000"
    assert fixed(29.98122, 2) == "29.98"
    assert fixed(-0.5, 1) == "−0.5"
    assert percent(0.0213) == "2.1%"
    assert percent(4.262) == "430%"
