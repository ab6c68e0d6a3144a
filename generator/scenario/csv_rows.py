"""The rows of a CSV file, read with the keys of one scenario; what is wrong with them, kept by kind."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from generator.faults import Fault
from generator.scenario import csv_cells as cells
from generator.scenario.csv_cells import TOO_LARGE, CellKind
from generator.scenario.csv_text import EXPORT, visible
from generator.scenario.schema import FLOAT32_MAX, MAX_POINTS, Csv

EXAMPLES = 8  # lines and cells that one message shows

# How the last rows are called that are no points like the others.
CLOSING = re.compile(
    r"(?:(?:grand[ -]|sub)?totals?|totale?s?|totaal|sum|summe|gesamt\w*|insgesamt|zusammen|somme|ensemble|suma)\b.*|"
    r"(?:average|avg|mean|median|mittel(?:wert)?|durchschnitt|moyenne|media)\W*|"
    r"(?:sources?|quellen?|fuente|notes?|footnotes?|anmerkung(?:en)?|hinweis)\s*:.*",
    re.IGNORECASE | re.DOTALL,
)


# --- Where the table begins ------------------------------------------------------------------------------------


def declared_separator(lines: Sequence[str], data: Csv) -> str | None:
    """The separator that a first line such as ``sep=;`` declares, as Excel writes and reads it."""
    if len(lines) <= data.skip:
        return None
    found = re.fullmatch(r'"?sep=(.?)"?\s*', lines[data.skip], re.IGNORECASE)
    return found[1] if found else None


def beginning(lines: Sequence[str], data: Csv) -> int:
    """The index of the first line of the table: below what is skipped, and below comments and empty lines."""
    begin = data.skip + (declared_separator(lines, data) is not None)
    nothing = {" ", '"', data.delimiter, "\n", "\t", "\xa0"}
    while begin < len(lines) and (set(lines[begin]) <= nothing or _is_comment(lines[begin], data)):
        begin += 1
    return min(begin, len(lines))


def _is_comment(line: str, data: Csv) -> bool:
    """It begins with ``#``, and is not a header whose first column is called "#"."""
    wanted = {composed(str(column)) for column in (data.x, data.y)}
    if not line.lstrip().startswith("#"):
        return False
    if '"' not in line and any(name not in composed(line) for name in wanted):  # told without reading it as a row
        return True
    return not wanted <= {*names_in(line, data)}


def names_in(line: str, data: Csv) -> list[str]:
    """One line as names of columns; an empty list where it is none."""
    try:
        return [composed(cell) for _, row in records([line], data, 0, Path()) for cell in row]
    except Fault:
        return []


def composed(text: str) -> str:
    """A column's name as it is compared: composed, trimmed.

    NFC and not NFKC: "é" of one code point or of two is one letter to the eye, but m² and m2 can be two columns.
    """
    return unicodedata.normalize("NFC", text).strip()


@dataclass(frozen=True)
class Header:
    line: int  # counted from 1
    names: list[str]  # empty where columns have numbers
    width: int


def header_at(lines: Sequence[str], data: Csv, begin: int, file: Path) -> Header:
    line, row = next(records(lines, data, begin, file))
    return Header(line, [] if isinstance(data.x, int) else [composed(cell) for cell in row], len(row))


def wrong_columns(header: Header, data: Csv) -> dict[str, str] | None:
    """What is wrong with the columns that are asked for, by the key that asks; None where nothing is."""
    wrong: dict[str, str] = {}
    for key, column in (("x", data.x), ("y", data.y)):
        if isinstance(column, int):
            if column > header.width:
                wrong[key] = f"has {header.width} columns, and no column {column}"
        elif header.names.count(composed(column)) != 1:
            wrong[key] = f"has no column {column!r}"
    return wrong or None


# --- Rows ------------------------------------------------------------------------------------------------------


def records(lines: Sequence[str], data: Csv, begin: int, file: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row from a line on: the line it begins in, from 1, and its cells. Raises `Fault` at a wrong quote."""
    blank = data.delimiter == " "
    reader = csv.reader(
        islice(lines, begin, None), delimiter=data.delimiter, strict=True, skipinitialspace=not blank
    )  # fmt: skip
    while True:
        start = begin + reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise _wrong_quote(str(problem), lines, start, file) from None
        if blank:
            # Runs of blanks are one separator. An empty cell in quotes would vanish with them, and move its row.
            if re.search(r'(?<![^ ])""(?![^ \n])', lines[start - 1]):
                raise Fault("an empty cell in quotes", file=file, line=start, excerpt=visible(lines[start - 1]),
                            help="write NA for a value that is missing where blanks are the separator")  # fmt: skip
            row = [cell for cell in row if cell]
        yield start, row


def _wrong_quote(problem: str, lines: Sequence[str], line: int, file: Path) -> Fault:
    if "larger than" in problem and '"' not in lines[line - 1]:
        fault, remedy = f"a cell of more than {csv.field_size_limit()} characters", f"{EXPORT}: this is no table"
    elif "expected after" in problem and lines[line - 1].count('"') % 2 == 0:
        fault, remedy = "text after a closing quote", 'write a quote inside a cell twice, as in "a 5"" disk"'
    else:
        fault, remedy = (
            "a quote that is opened and never closed",
            "close it, or write a quote that is text twice in quotes",
        )
    return Fault(fault, file=file, line=line, excerpt=visible(lines[line - 1]), help=remedy)


@dataclass
class Found:
    """Rows with the same mistake: how many, and the first of them."""

    count: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)  # line, cell
    all_grouped: bool = True  # every cell looks like digits in groups of three: 1,234

    def add(self, line: int, cell: str) -> None:
        self.count += 1
        self.all_grouped = self.all_grouped and cells.ONE_GROUP.fullmatch(cell.strip()) is not None
        if len(self.first) < EXAMPLES:
            self.first.append((line, cell))


@dataclass
class Reading:
    """What reading a file with certain keys came to."""

    data: Csv
    header: Header
    numbers: dict[str, list[float]] = field(default_factory=lambda: {"x": [], "y": []})
    dropped_rows: int = 0
    missing: dict[str, Found] = field(default_factory=lambda: {"x": Found(), "y": Found()})
    bad: dict[tuple[str, CellKind], Found] = field(default_factory=dict)
    uneven: Found = field(default_factory=Found)
    widths: dict[int, int] = field(default_factory=dict)  # of uneven rows: how many have so many cells
    trailing_empty: bool = True  # every uneven row has one cell too many, an empty one at its end
    numeric: bool = True  # every cell of every uneven row is a whole number
    unnamed: Found = field(default_factory=Found)  # something under the empty name of a last column
    signs: dict[str, int] = field(default_factory=lambda: {"x": 0, "y": 0})  # numbers with a decimal sign …
    grouped: dict[str, Found] = field(default_factory=lambda: {"x": Found(), "y": Found()})  # … like 1.234
    rows: int = 0
    first_row: int = 0  # the line of the first row below the header
    last_whole_row: int = 0  # the line of the last row with two numbers
    closing: list[tuple[int, str]] = field(default_factory=list)  # of a last row that is a total: its line and label
    stopped: Fault | None = None  # what kept the rest from being read

    @property
    def mistakes(self) -> int:
        found = [*self.bad.values(), *self.missing.values(), self.uneven, self.unnamed]
        return sum(one.count for one in found) + (self.stopped is not None)


def read_rows(data: Csv, lines: Sequence[str], begin: int, file: Path) -> Reading:
    """All rows; what is wrong with them is kept by kind, to be told in one go."""
    reading = Reading(data, header_at(lines, data, begin, file))
    places = {key: _place(column, reading.header) for key, column in (("x", data.x), ("y", data.y))}
    nameless_end = bool(reading.header.names) and not reading.header.names[-1] and reading.header.width > 1
    tail: deque[tuple[int, list[str]]] = deque(maxlen=4)
    try:
        for line, row in islice(records(lines, data, begin, file), 0 if isinstance(data.x, int) else 1, None):
            if not any(map(str.strip, row)):
                continue  # an empty line, or nothing but separators, as spreadsheets leave them
            reading.rows += 1
            reading.first_row = reading.first_row or line
            if reading.rows > MAX_POINTS:
                reading.stopped = Fault(f"more than {MAX_POINTS} rows", file=file, help="take a sample of them")
                break
            if len(row) != reading.header.width:
                _note_uneven(reading, line, row)
                continue
            if nameless_end and row[-1].strip():
                reading.unnamed.add(line, row[-1])
            tail.append((line, row))
            _note_row(reading, line, {key: row[place] for key, place in places.items()})
    except Fault as fault:
        reading.stopped = fault
    reading.closing = _closing(tail, set(places.values()), lines, data, begin, file)
    return reading


def _place(column: str | int, header: Header) -> int:
    return column - 1 if isinstance(column, int) else header.names.index(composed(column))


def _note_uneven(reading: Reading, line: int, row: list[str]) -> None:
    reading.uneven.add(line, str(len(row)))
    reading.widths[len(row)] = reading.widths.get(len(row), 0) + 1
    surplus = len(row) - reading.header.width
    reading.trailing_empty = reading.trailing_empty and surplus == 1 and not row[-1].strip()
    reading.numeric = reading.numeric and all(re.fullmatch(r"\s*[+-]?[0-9]+\s*", cell) for cell in row)


def _note_row(reading: Reading, line: int, row: dict[str, str]) -> None:
    decimal = reading.data.decimal
    wrong: dict[str, CellKind | None] = {}  # None where a cell says nothing
    for key, cell in row.items():
        number = cells.number(cell, decimal)
        if number is None:
            wrong[key] = None if cells.is_missing(cell) else cells.kind_of(cell)
        elif abs(number) > FLOAT32_MAX:
            wrong[key] = TOO_LARGE
        else:
            reading.numbers[key].append(number)
            if decimal in cell:
                reading.signs[key] += 1
                if cells.ONE_GROUP.fullmatch(cell.strip()):
                    reading.grouped[key].add(line, cell)
    if not wrong:
        reading.last_whole_row = line
    elif reading.data.drop_empty and None in wrong.values():
        reading.dropped_rows += 1
        for key in row.keys() - wrong.keys():
            reading.numbers[key].pop()
    else:
        for key, kind in wrong.items():
            found = reading.missing[key] if kind is None else reading.bad.setdefault((key, kind), Found())
            found.add(line, row[key])


def _closing(
    tail: Sequence[tuple[int, list[str]]], places: set[int], lines: Sequence[str], data: Csv, begin: int, file: Path
) -> list[tuple[int, str]]:
    """Rows at the end that another column calls a total or a note, if no row before them is called so."""
    found: list[tuple[int, str, int]] = []
    for line, row in reversed(tail):
        labels = [
            (line, cell.strip(), place)
            for place, cell in enumerate(row)
            if place not in places and CLOSING.fullmatch(cell.strip())
        ]
        if not labels:
            break
        found.append(labels[0])
    if not found or len(found) == len(tail):
        return []
    first_line = found[-1][0]
    columns = {place for _, _, place in found}
    for line, row in records(lines, data, begin, file):
        if line >= first_line:
            break
        if any(len(row) > place and CLOSING.fullmatch(row[place].strip()) for place in columns):
            return []  # a category like others
    return [(line, label) for line, label, _ in reversed(found)]
