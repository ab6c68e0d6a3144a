"""Numbers as text, in pages, pictures and the terminal: one minus sign, one way to write powers of ten."""

from __future__ import annotations

import math

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def with_minus(text: str) -> str:
    """A number's text with a minus sign for the hyphen."""
    return text.replace("-", "−")


def power_of_ten(exponent: int) -> str:
    """``10¹⁷``."""
    return f"10{str(exponent).translate(_SUPERSCRIPTS)}"


# --- In prose ----------------------------------------------------------------------------------------------


def significant(number: float, digits: int = 3) -> str:
    """So many significant digits, rounded; a power of ten where plain digits would mislead the eye.

    >>> significant(648.8246), significant(0.004692648), significant(9.902e17), significant(float("inf"))
    ('649', '0.00469', '9.90 × 10¹⁷', 'inf')
    """
    if not math.isfinite(number):
        return with_minus(str(number))
    mantissa, exponent = f"{number:.{digits - 1}e}".split("e")
    power = int(exponent)
    if number == 0:
        return "0"
    if -5 <= power < 6:
        return with_minus(f"{float(f'{mantissa}e{power}'):,.{max(digits - 1 - power, 0)}f}")
    return with_minus(f"{mantissa} × {power_of_ten(power)}")


def fixed(number: float, decimals: int = 2) -> str:
    """So many decimals: 29.98."""
    if not math.isfinite(number):
        return with_minus(str(number))
    return with_minus(f"{number:,.{decimals}f}")


def whole(number: float) -> str:
    """The nearest whole number, with its thousands apart: 10,000."""
    return fixed(number, 0)


def percent(share: float, digits: int = 2) -> str:
    """A share of one as per cent: 0.0213 → 2.1%."""
    return significant(100 * share, digits) + "%"


# --- In pictures -------------------------------------------------------------------------------------------


def number(value: float, decimals: int = 3, plain_below: float = 1e5) -> str:
    """A number to read in a picture: ``−0.482``, ``12345.7``, ``9.90×10¹⁷``, ``inf``, ``nan``."""
    size = abs(value)
    if not size < plain_below or 0 < size < 0.5 * 10**-decimals:
        return scientific(value, 2)
    text = f"{value:.{decimals if size < 999.9 else 1}f}"
    return with_minus(text.removeprefix("-") if float(text) == 0 else text)


def tick(value: float, _: object = None) -> str:
    """A number on an axis, as short as it can be: ``20``, ``−0.5``, ``2×10³⁸``."""
    size = abs(value)
    if value == 0 or 1e-4 < size < 99999.5:
        return with_minus(f"{value:.6g}")
    mantissa, exponent = f"{value:.5e}".split("e")
    digits = mantissa.rstrip("0").rstrip(".")
    power = power_of_ten(int(exponent))
    return with_minus({"1": power, "-1": f"-{power}"}.get(digits, f"{digits}×{power}"))


def grouped_tick(value: float) -> str:
    """A number on an axis of people's own numbers: ``2020``, ``250,000``, ``−0.5``; powers of ten past the millions.

    >>> grouped_tick(2020.0), grouped_tick(250000.00000000003), grouped_tick(-0.1 - 0.2), grouped_tick(2e9)
    ('2020', '250,000', '−0.3', '2×10⁹')
    """
    size = abs(value)
    if size < 9999.5 or size >= 1e8:
        return tick(float(f"{value:.10g}"))
    return with_minus(f"{float(f'{value:.10g}'):,.10g}")


def scientific(value: float, decimals: int) -> str:
    """``9.90×10¹⁷``, ``inf``."""
    if not math.isfinite(value):
        return with_minus(str(float(value)))
    mantissa, exponent = f"{value:.{decimals}e}".split("e")
    return with_minus(f"{mantissa}×{power_of_ten(int(exponent))}")


def brief(value: float) -> str:
    """Three digits: ``1.07``, ``426``, ``1.2×10⁻⁷``."""
    return scientific(value, 1) if not 1e-3 <= value < 1e5 and value else tick(float(f"{value:.3g}"))


def three_digits(value: float) -> str:
    """``1.07``, ``426``, ``91800``, ``∞``: none behind the point of what is longer."""
    if not math.isfinite(value):
        return "∞"
    return tick(float(f"{value:.3g}") if value < 1000 else float(f"{value:.0f}"))


def decimal_rate(rate: float) -> str:
    """A learning rate with all of its three digits: ``0.0100``; ``1.00×10⁻⁵``."""
    return f"{rate:#.3g}".rstrip(".") if 1e-4 < rate < 1e5 else scientific(rate, 2)


def power(value: float) -> str:
    """About so much: ``10⁻⁶``, ``3×10⁸``."""
    return scientific(value, 0).removeprefix("1×")


def power_at(position: float) -> str:
    """What stands at a place on a logarithmic axis, by its logarithm: ``10⁸``, ``3.16×10⁸``."""
    mantissa = f"{10 ** (position % 1):.3g}"
    power = power_of_ten(math.floor(position))
    return power if mantissa == "1" else f"{mantissa}×{power}"


# --- In the terminal ---------------------------------------------------------------------------------------


def epochs(count: float | None) -> str:
    """Epochs up to a million in full, then in powers of ten; "never" where there are none."""
    if count is None or math.isinf(count):
        return "never"
    return f"{count:.0f}" if count < 1e6 else f"{count:.1e}"
