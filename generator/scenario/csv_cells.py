"""What a cell says: a number, nothing, or something else, of which a person is told what it is and how to mend it.

A number is ASCII digits with at most one decimal sign and an exponent. Python's ``float`` takes more (``1_0``, ``inf``,
full-width digits), and a lenient parser more yet; whatever else a cell holds is refused, and nothing is bent to fit.

Nothing is what these write for a value that is missing, and for nothing else:

- spreadsheets: an empty cell, ``#N/A`` (in German ``#NV``)
- R: ``NA``; pandas, NumPy and MATLAB: an empty cell, ``NaN``; Python: ``None``; databases: ``NULL``, ``\\N``
- Eurostat: ``:``, alone or with a flag (``: c``); the World Bank, OECD: ``..``; SAS, Stata, Destatis: ``.``, ``...``
- people: ``N/A``

A dash is not among them: where Destatis writes one the value is exactly zero, and elsewhere it is not known. Nor are
``[x]``, ``(X)``, ``/`` and ``*``: what they mean stands in a legend, which only a person can read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Decimal = Literal[".", ","]

NUMBER = {
    sign: re.compile(rf"[+-]?(?:\d+(?:[{sign}]\d*)?|[{sign}]\d+)(?:[eE][+-]?\d+)?", re.ASCII) for sign in (".", ",")
}
MISSING = re.compile(
    r"|n/?a|#n/a|#nv|nan|none|null|\\n|:\s?[a-z]{0,3}|\.{1,3}|…",
    re.IGNORECASE,
)
LONGEST = 60  # characters; a longer cell is text
DIGIT_GROUPS = {
    # Certainly groups of a thousand, by the sign that separates them; one group after "," or "." may be decimals, too.
    ",": re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3})+\.\d*|(?:,\d{3}){2,})"),
    ".": re.compile(r"[+-]?\d{1,3}(?:(?:\.\d{3})+,\d*|(?:\.\d{3}){2,})"),
    " ": re.compile(r"[+-]?\d{1,3}(?:['’ʼ \u00a0\u2009\u202f]\d{3})+(?:[.,]\d*)?"),
}
ONE_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")


def number(cell: str, decimal: str) -> float | None:
    """What a cell comes to, as ``float`` reads it; None when it is no number."""
    cell = cell.strip()
    if not NUMBER[decimal].fullmatch(cell):
        return None
    return float(cell if decimal == "." else cell.replace(",", "."))


def is_missing(cell: str) -> bool:
    return MISSING.fullmatch(cell.strip()) is not None


def without_groups(cell: str) -> str:
    """A number with its thousands separators taken out, as a person would write it."""
    digits = re.sub(r"['’ʼ\s]", "", cell)
    last = max(digits.rfind("."), digits.rfind(","))
    if digits.count(digits[last]) > 1 or last < 0:
        return re.sub(r"[.,]", "", digits)
    return re.sub(r"[.,]", "", digits[:last]) + digits[last:]


@dataclass(frozen=True)
class CellKind:
    """What a cell that is no number is, as it follows "has …", and what to do about it."""

    what: str
    remedy: str


TEXT = CellKind("text", "write numbers like 12.5, and nothing else")
TOO_LARGE = CellKind("a number beyond float32", "3.4e38 is the largest number: use a larger unit")
GROUPED = CellKind("thousands separators", "export numbers without them")
COMMA = CellKind("a comma", 'if it is a decimal comma, write decimal = "," in [data]')
POINT = CellKind("a point", 'if it is a decimal point, leave decimal = "," out of [data]')

_NUMBER = r"[+-]?[\d.,]*\d[\d.,]*"
_MONEY = r"(?:[$€£¥₹₽₩₺₴¢]|EUR|USD|CHF|GBP|JPY|Fr\.|kr|zł)"
_MONTH = r"(?:jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez|janv|févr|avr|juin|juil|août|déc)"

# The first that fits. Patterns of what is certain stand before those of what it could be as well.
KINDS: list[tuple[str, CellKind]] = [
    (r".*[\u200b-\u200f\u202a-\u202e\u2060\ufeff].*",
     CellKind("a character that cannot be seen", "type the number anew: copied text brings such characters")),
    (r".*(?![0-9])\d.*", CellKind("digits other than 0 to 9", "write numbers in ASCII digits, like 12.5")),
    (rf"[−–‐‑]\s?{_NUMBER}(?:[eE].*)?",
     CellKind("a typographic minus sign", "write the hyphen of the keyboard: -5")),
    (r"[+-]?\d[\d.]*_[\d_.]*", CellKind("an underscore in a number", "write the digits together: 1000")),
    (r"[+-]?0[xob][\da-f]+", CellKind("a number in another base", "write it in decimal digits: 16 for 0x10")),
    (r"[+-]?(?:inf(?:inity)?|∞)", CellKind("an infinite number", "a point lies at finite numbers: leave the row out")),
    (r"[-–—/*x]|\*\*+|-{2,}|\[\w{1,3}\]|\(\w\)",
     CellKind("a mark", "the table's legend says what it means: write 0 where it is zero, and empty the cell "
                        "where nothing is known (drop_empty = true leaves such rows out)")),
    (r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[T ].*)?|\d{1,2}/\d{2,4}|\d{4}-\d{1,2}|\d{1,2}:\d{2}(?::\d{2}.*)?"
     rf"|\d{{4}}[- ]?[QMWTS]\d{{1,2}}|.*\b{_MONTH}[a-zé]*\b.*\d.*|\d+[-. ]+{_MONTH}\b.*",
     CellKind("a date or a time", "add a column that counts days, hours or years from the first, and name it")),
    ("|".join(pattern.pattern for pattern in DIGIT_GROUPS.values()), GROUPED),
    (r"[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?", COMMA),
    (r"[+-]?(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?", POINT),
    (r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)[dD][+-]?\d+", CellKind("an exponent after D", "write e for the exponent: 1.5e3")),
    (r".*[%‰]", CellKind("a percent sign", "export the column as plain numbers, without the sign")),
    (rf"[+-]?{_MONEY}.*\d.*|.*\d.*{_MONEY}",
     CellKind("a sign of currency", "export the column as plain numbers, without the sign")),
    (r"\([\d.,]+\)", CellKind("a number in brackets", "write a negative number with its sign: -5 for (5)")),
    (r"[<>≤≥~≈±].*\d.*", CellKind("a limit and not a number", "write the number itself, or leave the row out")),
    (r"#.*", CellKind("an error of the spreadsheet", "mend the formula and export again, or empty the cell")),
    (r"=.*", CellKind("a formula", "export values, not formulas")),
    (rf"{_NUMBER}.+", CellKind("more than a number", "leave units, flags and marks of footnotes out of the cell")),
]  # fmt: skip
_KINDS = [(re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in KINDS]


def kind_of(cell: str) -> CellKind:
    """What a cell is that is no number under the decimal sign it was read with."""
    cell = cell.strip()
    if len(cell) > LONGEST:
        return TEXT
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(cell)), TEXT)
