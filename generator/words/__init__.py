"""Every word that the generator itself says, one module a language, and how numbers are written.

A language is a module here with the same names as `generator.words.en`; `words("en")` gives it.
"""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from types import ModuleType

from generator.faults import Fault
from generator.style import SUPERSCRIPTS

LANGUAGES = ("en",)


def words(language: str) -> ModuleType:
    """The module of words for a language. Raises `Fault` where there is none."""
    if language not in LANGUAGES:
        raise Fault(
            f"the generator has no words for the language {language!r}",
            file=Path(__file__).parent,
            help=f"write {language}.py there, with the names of en.py, and add it to LANGUAGES in __init__.py",
        )
    return importlib.import_module(f"generator.words.{language}")


def significant(number: float, digits: int = 3) -> str:
    """So many significant digits, rounded; a power of ten where plain digits would mislead the eye.

    >>> significant(648.8246), significant(0.004692648), significant(9.902e17), significant(float("inf"))
    ('649', '0.00469', '9.90 × 10¹⁷', 'inf')
    """
    if not math.isfinite(number):
        return str(number).replace("-", "−")
    mantissa, exponent = f"{number:.{digits - 1}e}".split("e")
    power = int(exponent)
    if number == 0:
        return "0"
    if -5 <= power < 6:
        return f"{float(f'{mantissa}e{power}'):,.{max(digits - 1 - power, 0)}f}".replace("-", "−")
    return f"{mantissa} × 10{str(power).translate(SUPERSCRIPTS)}".replace("-", "−")


def fixed(number: float, decimals: int = 2) -> str:
    """So many decimals: 29.98."""
    if not math.isfinite(number):
        return str(number).replace("-", "−")
    return f"{number:,.{decimals}f}".replace("-", "−")


def whole(number: float) -> str:
    """The nearest whole number, with its thousands apart: 10,000."""
    return fixed(number, 0)


def percent(share: float, digits: int = 2) -> str:
    """A share of one as per cent: 0.0213 → 2.1%."""
    return significant(100 * share, digits) + "%"
