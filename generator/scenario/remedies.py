"""What to do about a mistake: by the key that it is in, by what was written in its place, by what is no TOML."""

from __future__ import annotations

import datetime
import math
import re
import sys
from collections.abc import Sequence
from typing import Any

from generator.scenario.naming import REMEDIES as OF_WORDS
from generator.scenario.schema import FLOAT32_MAX, MAX_EPOCHS, MAX_POINTS

# --- By the key, or else by its table --------------------------------------------------------------------

DRAWN = 'x is drawn from low up to high, without high itself: whole numbers, or with x = "uniform" any'
REMEDIES: dict[tuple[str, ...], str] = {
    ("expect",): 'what the run is meant to show: expect = "converges", "crawls", "bounces" or "diverges"',
    ("title",): 'a few words for people to read: [title] en = "A step too far"',
    ("data",): 'source is "synthetic", "points" or "csv"; docs/scenarios has an example of each key; '
    "where points come from stands under origin",
    ("data", "seed"): "any whole number from 0: another seed draws other points",
    ("data", "count"): f"a whole number of points from 1 to {MAX_POINTS}",
    ("data", "weight"): "the slope of the line that the points scatter around, such as 0.5",
    ("data", "bias"): "the height of the line that the points scatter around, such as 30.0",
    ("data", "noise"): "how far the points scatter around their line: 0 for not at all",
    ("data", "low"): DRAWN,
    ("data", "high"): DRAWN,
    ("data", "synthetic", "x"): 'x = "uniform" draws any number from low up to high; leave it out for whole numbers; '
    'x and y that you write down go with source = "points"',
    ("data", "x"): 'x = [1.0, 2.0] and y = [3.0, 5.0]: finite numbers, as many x as y; of a CSV, x = "hours"',
    ("data", "y"): 'x = [1.0, 2.0] and y = [3.0, 5.0]: finite numbers, as many x as y; of a CSV, y = "marks"',
    ("data", "file"): 'file = "own.csv", beside the scenario, with x and y naming its columns',
    ("data", "separator"): 'what stands between the columns; leave it out for ","',
    ("data", "decimal"): 'what stands between the 1 and the 5 of one and a half; leave it out for "."',
    ("data", "skip"): "the number of lines above the one that names the columns; leave it out for 0",
    ("data", "drop_empty"): "drop_empty = true leaves out the rows that have nothing in x or y; the page says how many",
    (
        "data",
        "publish",
    ): "publish = false keeps the points of a CSV from the site; leave it out to publish both columns",
    **{("data", key): remedy for key, remedy in OF_WORDS.items()},
    ("input",): "scale = 0.1, or center = true, or both; or standardize = true",
    ("target",): "scale = 0.1, or center = true, or both; or standardize = true",
    ("training", "learning_rate"): "learning_rate = 0.01, for one: a finite number above 0",
    ("training", "epochs"): f"a whole number of epochs from 1 to {MAX_EPOCHS}",
    ("training", "start"): "start = { w = 1.0, b = 0.0 }, or start = { seed = 7 } to draw both",
    ("training", "start", "seed"): "any whole number from 0, as in start = { seed = 7 }: another draws another start",
    ("training", "loss"): 'leave it out for "mean"',
    ("training", "dtype"): 'leave it out for "float32", in which the loss overflows at 3.4e38',
    ("training", "momentum"): "0.9 is usual; leave it out for plain descent",
    ("training", "decay"): "0.01 halves the rate in the first 100 epochs; leave it out for a constant rate",
    ("training", "batch_size"): "leave it out to train on all points at once",
    ("training", "batch_order"): 'leave it out to shuffle; "given" takes the points in their order, with batch_size',
    ("training", "mistake"): "leave it out for the right program; theory speaks of that alone",
    ("training",): "learning_rate, epochs and start are needed",
    ("stop",): "a small number, such as 1e-3; leave it out for no such rule",
    ("figure",): "table_epochs = [1, 10, 100]: up to 12 epochs of the run, rising; every = 100: epochs a frame",
}


def of_key(location: Sequence[str], variant: str = "") -> str:
    """That of the key, in this variant of its table if there is one, or else that of its table."""
    table, *keys = location
    candidates = [(table, variant, *keys[:1]), (table, *keys[:2]), (table, *keys[:1]), (table,)]
    return next((REMEDIES[candidate] for candidate in candidates if candidate in REMEDIES), "")


# --- By what was written ---------------------------------------------------------------------------------

KINDS = {
    bool: "true or false",
    str: "text",
    list: "a list",
    dict: "a table",
    datetime.datetime: "a date",
    datetime.date: "a date",
    datetime.time: "a time",
}
WHOLE = ("int_type", "int_from_float")
YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


NUMBER = r"[+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?"  # as TOML writes it, in small letters


def kind_of(value: object) -> str:
    """What it is instead of what was wanted: ``text``, ``a list``; nothing of a number."""
    return KINDS.get(type(value), "")


def of_value(finding: str, value: Any, key: str, remedy: str) -> str:
    """The remedy for a value of the wrong kind, or that is no number to compute with; else that of its key.

    ``key`` is what the value is to be written behind, "learning_rate = ", or nothing in a list.
    """
    if finding in ("float_type", *WHOLE):
        return _of_a_number(value, key, remedy, whole=finding in WHOLE)
    if finding == "bool_type":
        answer = {**dict.fromkeys(YES, "write {}true"), **dict.fromkeys(NO, "leave it out, or write {}false")}
        said = answer.get(str(value).strip().lower())
        return f"{said.format(key)}; {remedy}" if said else remedy
    if finding == "string_type" and type(value) in (int, float):
        return f'in quotes: {key}"{value}"'
    if finding == "list_type" and type(value) in (int, float):
        return f"in brackets: {key}[{value}]; {remedy}"
    if finding in ("model_type", "model_attributes_type", "dict_type") and key == "start = ":
        return _of_a_start(value, remedy)
    if finding == "finite_number":
        return f"{'nan is no number' if math.isnan(value) else 'inf is no number to compute with'}; {remedy}"
    return remedy


def _of_a_number(value: Any, key: str, remedy: str, *, whole: bool) -> str:
    match value:
        case bool():
            return f"true and false are no numbers; {remedy}"
        case float() if whole and value.is_integer():
            return f"a whole number has neither a point nor an exponent: {key}{int(value)}"
        case str():
            number, how = _read(value, whole=whole)
            return f"{how}: {key}{number}" if number else f"a number stands without quotes; {remedy}"
        case [int() | float() as one] if not isinstance(one, bool):
            return f"without brackets: {key}{one}"
        case list():
            return f"one number, without brackets; {remedy}"
    return remedy


def _read(text: str, *, whole: bool) -> tuple[str, str]:
    """The number that a text means, as TOML writes it, and how that differs; nothing where it means none."""
    plain = text.strip().replace("−", "-").replace("_", "").lower()
    how = "without quotes"
    if found := re.fullmatch(r"([+-]?[\d.]+)\s*/\s*([\d.]+)", plain):
        how = "as a decimal fraction and without quotes"
        try:
            plain = repr(float(found[1]) / float(found[2]))
        except (ValueError, ZeroDivisionError):
            return "", ""
    elif found := re.fullmatch(r"([+-]?[\d.]+)\s*%", plain):
        how = "as a share of 1 and without quotes"
        try:
            plain = f"{float(found[1]) / 100:.12g}"
        except ValueError:
            return "", ""
    elif whole and re.fullmatch(r"[+-]?\d{1,3}([,.' ]\d{3})+", plain):
        how = "without quotes and without marks between thousands"
        plain = re.sub(r"[,.' ]", "", plain)
    elif re.fullmatch(r"[+-]?\d*,\d+(e[+-]?\d+)?", plain):
        how = "with a decimal point and without quotes"
        plain = plain.replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        return "", ""
    if not math.isfinite(number) or (whole and not number.is_integer()):
        return "", ""
    written = str(int(number)) if whole else plain if re.fullmatch(NUMBER, plain) else repr(number)
    return written, how


def _of_a_start(value: Any, remedy: str) -> str:
    match value:
        case [int() | float() as w, int() | float() as b]:
            return f"start = {{ w = {w}, b = {b} }}"
        case str():
            return "start = { seed = 7 } draws w and b; start = { w = 1.0, b = 0.0 } begins there"
    return remedy


# --- A rate ----------------------------------------------------------------------------------------------


def of_no_rate(value: Any) -> str:
    """Of a number that no learning rate can be, be it in quotes or in brackets as well; nothing of anything else."""
    match value:
        case str():
            number, _ = _read(value, whole=False)
            return of_no_rate(float(number)) if number and float(number) <= 0 else ""
        case [int() | float() as one] if one <= 0:
            return of_no_rate(one)
        case bool():
            return ""
        case int() | float():
            return _of_a_rate(float(_clipped(value) if isinstance(value, int) else value))
    return ""


def _clipped(whole: int) -> float:
    """A whole number may be larger than every float."""
    return max(-sys.float_info.max, min(whole, sys.float_info.max))


def _of_a_rate(rate: float) -> str:
    if math.isnan(rate):
        return "nan is no number: write one, such as 0.01"
    if math.isinf(rate) and rate > 0:
        return "no step is infinitely long: write a number; 1.0 is far past the limit of most points"
    if rate == 0:
        return "at 0 nothing ever moves: 1e-6 is a rate at which a line hardly does"
    if rate < 0:
        turned = f": write {-rate!r}" if -rate <= FLOAT32_MAX else ""
        return f"a step goes against the gradient already, so the rate has no sign{turned}"
    return "write a smaller number; 1.0 is far past the limit of most points"


# --- What is no TOML -------------------------------------------------------------------------------------

# What a line may look like that tomllib cannot read, and what is to be done; \\1 … are parts of it.
NO_TOML: tuple[tuple[str, str], ...] = (
    (r"=\s*([+-]?\d+),(\d+)\s*(?:#.*)?$", r"a number has a decimal point: \1.\2"),
    (r"=\s*([+-]?)(\.\d[\deE+-]*)\s*(?:#.*)?$", r"a digit stands before the point: \g<1>0\2"),
    (r"=\s*([+-]?\d+\.)(?:[eE].*)?\s*(?:#.*)?$", r"a digit stands behind the point: \g<1>0"),
    (r"=\s*[+-]?[\d.]+\s*/\s*[\d.]+\s*(?:#.*)?$", r"TOML does not divide: write the decimal fraction"),
    (
        r"=\s*[+-]?[\d.]+\s*(?:\*\*|\^)\s*[+-]?\d+\s*(?:#.*)?$",
        r"TOML does not compute: a power of ten is written like 1e-3",
    ),
    (r"=\s*([\d.]+)\s*%\s*(?:#.*)?$", r"TOML knows no per cent: write a share of 1"),
    (r"=\s*−", r"the minus sign is the hyphen, -"),
    (r"=\s*True\b", "in small letters: true"),
    (r"=\s*False\b", "in small letters: false"),
    (r"=\s*(?:None|null|nil)\b", "leave the line out"),
    (r"=\s*[“”‘’„«]", 'text goes in straight quotes: "…"'),
    (r"=\s*\(", "a list goes in [brackets]"),
    (r"=\s*([A-Za-z][\w.-]*)\s*(?:#.*)?$", r'text goes in quotes: "\1"'),
    (r"=\s*(?:#.*)?$", "a value stands behind the =; or leave the line out"),
    (r"^\s*[\w.-]+\s*:\s*\S", "a key and its value have = between them"),
)
ANY_TOML = "text goes in quotes, a table's name in [brackets], and each key stands once"


def of_no_toml(line: str) -> str:
    """The remedy for a line at which TOML ends."""
    for looks, remedy in NO_TOML:
        if found := re.search(looks, line):
            return found.expand(remedy)
    return ANY_TOML
