"""Two columns of a CSV file as numbers: read as it is written, or refused, never bent.

The keys of [data] say how a file is written, and it is read in that way alone. Without more ado are read: a byte order
mark, any line ends, lines that are empty or hold only separators, comments (``#``) and an agreeing ``sep=`` above the
header, quoted cells, blanks around a cell. Each row has as many cells as the header. A file that is written in another
way is recognised by reading it again with other keys, and refused with those that read it: nothing is guessed silently.

What splits a line into cells is the ``csv`` of the standard library, strict: it knows quotes, and no more. Others were
weighed and left. pandas takes a row's surplus cell for an index, converts and drops what it thinks is missing, and reads
``1_0``; polars fills short rows; both weigh more than all we do with a file. Sniffers (``csv.Sniffer``, CleverCSV) and
charset-normalizer guess, well but silently. frictionless reports as we do, at two dozen dependencies, and not as `Fault`.
"""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from generator.faults import Fault, Faults
from generator.scenario import csv_cells as cells
from generator.scenario.csv_cells import COMMA, GROUPED, POINT, TEXT, TOO_LARGE, Kind
from generator.scenario.csv_text import EXPORT, lines_of, visible
from generator.scenario.mistakes import at_key, neighbours
from generator.scenario.schema import FLOAT32_MAX, MAX_POINTS, Csv

EXAMPLES = 8  # lines and cells that one message shows
TRIED = 2000  # lines that are read with other keys to recognise how a file is written
HEADER_WITHIN = 200  # lines
NAMES_SHOWN = 30

# How the last rows are called that are no points like the others.
CLOSING = re.compile(
    r"(?:(?:grand[ -]|sub)?totals?|totale?s?|totaal|sum|summe|gesamt\w*|insgesamt|zusammen|somme|ensemble|suma)\b.*|"
    r"(?:average|avg|mean|median|mittel(?:wert)?|durchschnitt|moyenne|media)\W*|"
    r"(?:sources?|quellen?|fuente|notes?|footnotes?|anmerkung(?:en)?|hinweis)\s*:.*",
    re.IGNORECASE | re.DOTALL,
)


class Columns(NamedTuple):
    """What was read: the numbers, and how many rows were left out because x or y has none."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    dropped_rows: int


def read_csv(data: Csv, path: Path, text: str) -> Columns:
    """The two columns as numbers that fit in float32. Raises `Fault`, or `Faults` with all that is wrong."""
    file = path.parent / data.file
    if Path(data.file).name != data.file:
        raise at_key(
            path, text, ["data", "file"], "data.file must be a plain file name",
            f"put the file beside {path.name} and name it alone",
        )  # fmt: skip
    if not file.is_file():
        raise at_key(path, text, ["data", "file"], f"there is no file {data.file}", neighbours(file, "*.csv"))
    lines = lines_of(file)
    if not "".join(lines).strip():
        raise Fault("the file is empty", file=file, help=f"its first line names the columns: {data.x},{data.y}")
    if (declared := _declared(lines, data)) not in (None, data.delimiter):
        raise _declared_otherwise(declared or "", data, lines, file)
    begin = _begin(lines, data)
    if begin == len(lines):
        raise Fault(
            f"no line below the {begin} that are comments, empty or skipped", file=file,
            help="the line below them names the columns; skip counts the lines above it",
        )  # fmt: skip
    header = _header(lines, data, begin, file)
    if (wrong := _wrong_columns(header, data)) is not None:
        raise _not_found(wrong, header, data, lines, file, path, text)
    reading = _read(data, lines, begin, file)
    if faults := _faults_of(reading, lines, file):
        raise faults[0] if len(faults) == 1 else Faults(faults)
    return Columns(tuple(reading.numbers["x"]), tuple(reading.numbers["y"]), reading.dropped_rows)


# --- Where the table begins ------------------------------------------------------------------------------------


def _declared(lines: Sequence[str], data: Csv) -> str | None:
    """The separator that a first line such as ``sep=;`` declares, as Excel writes and reads it."""
    if len(lines) <= data.skip:
        return None
    found = re.fullmatch(r'"?sep=(.?)"?\s*', lines[data.skip], re.IGNORECASE)
    return found[1] if found else None


def _begin(lines: Sequence[str], data: Csv) -> int:
    """The index of the first line of the table: below what is skipped, and below comments and empty lines."""
    begin = data.skip + (_declared(lines, data) is not None)
    nothing = {" ", '"', data.delimiter, "\n", "\t", "\xa0"}
    while begin < len(lines) and (set(lines[begin]) <= nothing or _is_comment(lines[begin], data)):
        begin += 1
    return min(begin, len(lines))


def _is_comment(line: str, data: Csv) -> bool:
    """It begins with ``#``, and is not a header whose first column is called "#"."""
    return line.lstrip().startswith("#") and not {_name(str(data.x)), _name(str(data.y))} <= {*_names(line, data)}


def _names(line: str, data: Csv) -> list[str]:
    """One line as names of columns; an empty list where it is none."""
    try:
        return [_name(cell) for _, row in _records([line], data, 0, Path()) for cell in row]
    except Fault:
        return []


def _name(text: str) -> str:
    """A column's name as it is compared: composed, trimmed.

    NFC and not NFKC: "é" of one code point or of two is one letter to the eye, but m² and m2 can be two columns.
    """
    return unicodedata.normalize("NFC", text).strip()


@dataclass(frozen=True)
class _Header:
    line: int  # counted from 1
    names: list[str]  # empty where columns have numbers
    width: int


def _header(lines: Sequence[str], data: Csv, begin: int, file: Path) -> _Header:
    line, row = next(_records(lines, data, begin, file))
    return _Header(line, [] if isinstance(data.x, int) else [_name(cell) for cell in row], len(row))


def _wrong_columns(header: _Header, data: Csv) -> dict[str, str] | None:
    """What is wrong with the columns that are asked for, by the key that asks; None where nothing is."""
    wrong: dict[str, str] = {}
    for key, column in (("x", data.x), ("y", data.y)):
        if isinstance(column, int):
            if column > header.width:
                wrong[key] = f"has {header.width} columns, and no column {column}"
        elif header.names.count(_name(column)) != 1:
            wrong[key] = f"has no column {column!r}"
    return wrong or None


# --- Rows ------------------------------------------------------------------------------------------------------


def _records(lines: Sequence[str], data: Csv, begin: int, file: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row from a line on: the line it begins in, counted from 1, and its cells. Raises `Fault` at a wrong quote."""
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
    if "expected after" in problem and lines[line - 1].count('"') % 2 == 0:
        fault, remedy = "text after a closing quote", 'write a quote inside a cell twice, as in "a 5"" disk"'
    else:
        fault, remedy = (
            "a quote that is opened and never closed",
            "close it, or write a quote that is text twice in quotes",
        )
    return Fault(fault, file=file, line=line, excerpt=visible(lines[line - 1]), help=remedy)


@dataclass
class _Found:
    """Rows with the same mistake: how many, the first of them, and the last."""

    count: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)  # line, cell
    last_line: int = 0
    all_grouped: bool = True  # every cell looks like digits in groups of three: 1,234

    def add(self, line: int, cell: str) -> None:
        self.count += 1
        self.last_line = line
        self.all_grouped = self.all_grouped and cells.ONE_GROUP.fullmatch(cell.strip()) is not None
        if len(self.first) < EXAMPLES:
            self.first.append((line, cell))


@dataclass
class _Reading:
    """What reading a file with certain keys came to."""

    data: Csv
    header: _Header
    numbers: dict[str, list[float]] = field(default_factory=lambda: {"x": [], "y": []})
    dropped_rows: int = 0
    missing: dict[str, _Found] = field(default_factory=lambda: {"x": _Found(), "y": _Found()})
    bad: dict[tuple[str, Kind], _Found] = field(default_factory=dict)
    uneven: _Found = field(default_factory=_Found)
    widths: dict[int, int] = field(default_factory=dict)  # of uneven rows: how many have so many cells
    trailing_empty: bool = True  # every uneven row has one cell too many, an empty one at its end
    numeric: bool = True  # every cell of every uneven row is a whole number
    unnamed: _Found = field(default_factory=_Found)  # something under the empty name of a last column
    signs: dict[str, int] = field(default_factory=lambda: {"x": 0, "y": 0})  # numbers with a decimal sign …
    grouped: dict[str, _Found] = field(default_factory=lambda: {"x": _Found(), "y": _Found()})  # … like 1.234
    rows: int = 0
    first_row: int = 0  # the line of the first row below the header
    last_whole_row: int = 0  # the line of the last row with two numbers
    closing: list[tuple[int, str]] = field(default_factory=list)  # of a last row that is a total: its line and label
    stopped: Fault | None = None  # what kept the rest from being read

    @property
    def mistakes(self) -> int:
        found = [*self.bad.values(), *self.missing.values(), self.uneven, self.unnamed]
        return sum(one.count for one in found) + (self.stopped is not None)


def _read(data: Csv, lines: Sequence[str], begin: int, file: Path) -> _Reading:
    """All rows; what is wrong with them is kept by kind, to be told in one go."""
    reading = _Reading(data, _header(lines, data, begin, file))
    places = {key: _place(column, reading.header) for key, column in (("x", data.x), ("y", data.y))}
    nameless_end = bool(reading.header.names) and not reading.header.names[-1] and reading.header.width > 1
    tail: list[tuple[int, list[str]]] = []
    try:
        for line, row in islice(_records(lines, data, begin, file), 0 if isinstance(data.x, int) else 1, None):
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
            tail = [*tail[-3:], (line, row)]
            _note_row(reading, line, {key: row[place] for key, place in places.items()})
    except Fault as fault:
        reading.stopped = fault
    reading.closing = _closing(tail, set(places.values()), lines, data, begin, file)
    return reading


def _place(column: str | int, header: _Header) -> int:
    return column - 1 if isinstance(column, int) else header.names.index(_name(column))


def _note_uneven(reading: _Reading, line: int, row: list[str]) -> None:
    reading.uneven.add(line, str(len(row)))
    reading.widths[len(row)] = reading.widths.get(len(row), 0) + 1
    surplus = len(row) - reading.header.width
    reading.trailing_empty = reading.trailing_empty and surplus == 1 and not row[-1].strip()
    reading.numeric = reading.numeric and all(re.fullmatch(r"\s*[+-]?[0-9]+\s*", cell) for cell in row)


def _note_row(reading: _Reading, line: int, row: dict[str, str]) -> None:
    numbers = {key: cells.number(cell, reading.data.decimal) for key, cell in row.items()}
    empty = [key for key, number in numbers.items() if number is None and cells.is_missing(row[key])]
    if empty and reading.data.drop_empty:
        reading.dropped_rows += 1
        return
    whole = True
    for key, number in numbers.items():
        if number is not None and abs(number) <= FLOAT32_MAX:
            reading.numbers[key].append(number)
            if reading.data.decimal in row[key]:
                reading.signs[key] += 1
                if cells.ONE_GROUP.fullmatch(row[key].strip()):
                    reading.grouped[key].add(line, row[key])
            continue
        whole = False
        if key in empty:
            reading.missing[key].add(line, row[key])
        else:
            kind = cells.kind_of(row[key]) if number is None else TOO_LARGE
            reading.bad.setdefault((key, kind), _Found()).add(line, row[key])
    if whole:
        reading.last_whole_row = line


def _closing(
    tail: list[tuple[int, list[str]]], places: set[int], lines: Sequence[str], data: Csv, begin: int, file: Path
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
    for line, row in _records(lines, data, begin, file):
        if line >= first_line:
            break
        if any(len(row) > place and CLOSING.fullmatch(row[place].strip()) for place in columns):
            return []  # a category like others
    return [(line, label) for line, label, _ in reversed(found)]


# --- What is wrong, told in one go -----------------------------------------------------------------------------


def _faults_of(reading: _Reading, lines: Sequence[str], file: Path) -> list[Fault]:
    """A fault a column and kind of mistake, in the order of the lines; an empty list where all was read."""
    data = reading.data
    names = {"x": data.x, "y": data.y}

    def at(line: int, fault: str, remedy: str) -> Fault:
        return Fault(fault, file=file, line=line, excerpt=visible(lines[line - 1]), help=remedy)

    faults = []
    for key, found in reading.missing.items():
        if found.count:
            have = "row has" if found.count == 1 else "rows have"
            faults.append(at(
                found.first[0][0], f"{found.count} {have} no number in {names[key]!r}: {_lines(found)}",
                "fill them in, or leave such rows out with drop_empty = true in [data]",
            ))  # fmt: skip
    for (key, kind), found in reading.bad.items():
        remedy = _remedy(reading, key, kind, found)
        fault = f"column {names[key]!r} has {kind.what} in {_rows(found)}, where numbers are needed: {_cells(found)}"
        faults.append(at(found.first[0][0], fault, remedy))
    for key, found in reading.grouped.items():
        if "decimal" not in data.model_fields_set and data.delimiter != "," and 0 < found.count == reading.signs[key]:
            example = found.first[0][1].strip()
            faults.append(at(
                found.first[0][0],
                f"column {names[key]!r} has points that may separate thousands in {_rows(found)}: {_cells(found)}",
                f'write decimal = "." in [data] if they are decimal points; if they separate thousands, '
                f"export without them: {cells.without_groups(example.replace('.', ''))} for {example}",
            ))  # fmt: skip
    if reading.uneven.count:
        top = "the header" if reading.header.names else "the first row"
        differ = "row has" if reading.uneven.count == 1 else "rows have"
        widths = ", ".join(f"{cell} in line {line}" for line, cell in reading.uneven.first)
        faults.append(at(
            reading.uneven.first[0][0],
            f"{reading.uneven.count} {differ} more or fewer cells than {top}, {reading.header.width}: "
            f"{widths}{_more(reading.uneven)}",
            _uneven_remedy(reading),
        ))  # fmt: skip
    if reading.unnamed.count:
        faults.append(at(
            reading.unnamed.first[0][0],
            f"the last column has no name, and something in {_rows(reading.unnamed)}: {_cells(reading.unnamed)}",
            f"name every column in line {reading.header.line}; a comma inside a cell needs quotes around it",
        ))  # fmt: skip
    for line, label in reading.closing:
        faults.append(at(
            line, f"a row at the end is called {visible(label, 40)!r}: is it a point?",
            f"delete line {line} if it is a total or a note; if it is a point like the others, put it elsewhere than last",
        ))  # fmt: skip
    faults.sort(key=lambda fault: fault.line or 0)
    if reading.stopped is not None:
        faults.append(reading.stopped)
    if not faults and not reading.numbers["x"]:
        if reading.dropped_rows:
            fault = f"no row has a number in both columns; all {reading.dropped_rows} were left out"
            return [Fault(fault, file=file, help="look whether x and y name the right columns")]
        return [Fault("no row below the header", file=file, help="a line needs at least one point")]
    return faults


def _rows(found: _Found) -> str:
    return "1 row" if found.count == 1 else f"{found.count} rows"


def _lines(found: _Found) -> str:
    lines = ", ".join(str(line) for line, _ in found.first)
    return f"line{'s' if found.count > 1 else ''} {lines}{_more(found)}"


def _cells(found: _Found) -> str:
    return ", ".join(f"{_shown(cell)} in line {line}" for line, cell in found.first) + _more(found)


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= 30 else f"{cell[:29]}…")


def _more(found: _Found) -> str:
    return ", …" if found.count > len(found.first) else ""


def _remedy(reading: _Reading, key: str, kind: Kind, found: _Found) -> str:
    """That of the kind, unless where the cells stand says more."""
    data = reading.data
    name = data.x if key == "x" else data.y
    line, cell = found.first[0]
    has_digit = any(re.search(r"\d", cell) for _, cell in found.first)
    if all(_name(cell) == name for _, cell in found.first):
        return f"the header stands there again: delete {_lines(found)}"
    if line == reading.first_row and found.count == 1 and reading.rows > 1 and not has_digit:
        if isinstance(name, int):
            return 'if it is a header, name the columns: x = "…" and y = "…" in [data]'
        return f"delete line {line} if it names units or goes on with the header"
    if line > reading.last_whole_row > 0:
        return f"delete what stands below the table: totals and notes are no points; or else {kind.remedy}"
    other = "," if data.decimal == "." else "."
    if kind in (COMMA, POINT):
        example = cell.strip()
        without = f"{example.replace(other, '')} for {example}"
        if reading.signs[key] or (key, GROUPED) in reading.bad:
            return f"points and commas stand in one column: write all numbers in one way, without thousands separators: {without}"
        keys = f'decimal = "{other}" in [data]'
        if found.all_grouped:
            return f"write {keys} if it is a decimal sign; if it separates thousands, export without it: {without}"
        return f"write {keys}"
    if kind is GROUPED:
        plain = cells.without_groups(cell)
        keys = f', and write decimal = "{other}" in [data]' if other in plain else ""
        return f"export numbers without them: {plain} for {cell.strip()}{keys}"
    return kind.remedy


def _uneven_remedy(reading: _Reading) -> str:
    uneven, width = reading.uneven, reading.header.width
    every = uneven.count == reading.rows
    if reading.trailing_empty:
        return f"these rows end in a separator: end line {reading.header.line} in one, too"
    if reading.numeric and reading.data.delimiter == "," and min(reading.widths) > width:
        return (
            "if these are decimal commas, export with another separator and write it: "
            'separator = ";" and decimal = "," in [data]; or export with decimal points'
        )
    if every and reading.widths.keys() == {width + 1}:
        return (
            f"line {reading.header.line} has one name too few: name the first column, too "
            "(in R, write.csv does, and write.table with col.names = NA)"
        )
    if uneven.first[0][0] > reading.last_whole_row > 0:
        return "delete what stands below the table: totals and notes are no points"
    return "every row has a cell for each column, and a cell in which the separator stands is in quotes"


# --- A file that is written in another way ---------------------------------------------------------------------


def _not_found(
    wrong: dict[str, str], header: _Header, data: Csv, lines: Sequence[str], file: Path, path: Path, text: str
) -> Fault | Faults:
    """Why the columns are not there: named twice, written in another way, in a comment, not at all, or misspelt."""
    excerpt = visible(lines[header.line - 1])
    for column in (data.x, data.y):
        if isinstance(column, str) and (count := header.names.count(_name(column))) > 1:
            return Fault(
                f"{count} columns are called {column!r}", file=file, line=header.line, excerpt=excerpt,
                help="give each column a name of its own",
            )  # fmt: skip
    for recognised in (_in_a_comment, _written_otherwise, _without_a_header, _separated_otherwise):
        if (fault := recognised(data, header, lines, file)) is not None:
            return fault
    faults = []
    for key, what in wrong.items():
        column = getattr(data, key)
        shown = ", ".join(map(repr, header.names[:NAMES_SHOWN])) + (", …" if len(header.names) > NAMES_SHOWN else "")
        folded = {name.casefold(): name for name in reversed(header.names)}
        close = difflib.get_close_matches(_name(str(column)).casefold(), folded, n=1)
        remedy = f"its columns are: {shown}" if header.names else "columns are counted from 1"
        if close and header.names:
            remedy = f"did you mean {folded[close[0]]!r}? {remedy}"
        faults.append(at_key(path, text, ["data", key], f"{data.file} {what}", remedy))
    return faults[0] if len(faults) == 1 else Faults(faults)


def _in_a_comment(data: Csv, header: _Header, lines: Sequence[str], file: Path) -> Fault | None:
    for index, line in enumerate(lines[: header.line - 1]):
        if line.lstrip().startswith("#"):
            bare = [*lines[:index], line.lstrip().lstrip("#"), *lines[index + 1 :]]
            if (way := _best_way(data, bare, file)) is not None and way.header.line == index + 1:
                keys = _keys(way, data)
                return Fault(
                    "the columns are named in a comment", file=file, line=index + 1, excerpt=visible(line),
                    help="delete the # before the names" + (f", and write {keys} in [data]" if keys else ""),
                )  # fmt: skip
    return None


def _written_otherwise(data: Csv, header: _Header, lines: Sequence[str], file: Path) -> Fault | None:
    way = _best_way(data, lines, file)
    if way is None:
        return None
    excerpt = visible(lines[way.header.line - 1])
    fault = f"the columns are named in line {way.header.line} and not in line {header.line}"
    if way.data.separator != data.separator:
        fault = f"the columns are separated by {way.data.delimiter!r}"
    return Fault(fault, file=file, line=way.header.line, excerpt=excerpt, help=f"write {_keys(way, data)} in [data]")


def _without_a_header(data: Csv, header: _Header, lines: Sequence[str], file: Path) -> Fault | None:
    if isinstance(data.x, int):
        return None
    ways = []
    for candidate in _candidates(data, lines):
        begin = _begin(lines, candidate)
        row = _names(lines[begin], candidate) if begin < len(lines) else []
        numeric = [
            place for place, cell in enumerate(row, start=1) if cells.number(cell, candidate.decimal) is not None
        ]
        if len(numeric) > 1 and cells.kind_of(row[0]) is not TEXT:
            candidate = candidate.model_copy(update={"x": numeric[0], "y": numeric[1]})
            ways.append(_read(candidate, lines[:TRIED], begin, file))
    ways = [way for way in ways if not way.mistakes]
    if not ways:
        return None
    way = min(ways, key=lambda way: len(_changed(way.data, data)))
    return Fault(
        f"line {way.header.line} holds numbers and not the names of columns", file=file, line=way.header.line,
        excerpt=visible(lines[way.header.line - 1]),
        help=f"where there is no header, number the columns from 1: write {_keys(way, data)} in [data]",
    )  # fmt: skip


def _separated_otherwise(data: Csv, header: _Header, lines: Sequence[str], file: Path) -> Fault | None:
    """The names are not found either, but another separator makes a table of the file."""
    if header.width > 1:
        return None
    for candidate in _candidates(data, lines):
        begin = _begin(lines, candidate)
        try:
            widths = [len(row) for _, row in islice(_records(lines, candidate, begin, file), 20)]
        except Fault:
            continue
        if len(widths) > 1 and widths[0] > 1 and set(widths) == {widths[0]}:
            names = ", ".join(map(repr, _names(lines[begin], candidate)[:NAMES_SHOWN]))
            return Fault(
                f"the columns are separated by {candidate.delimiter!r}", file=file, line=begin + 1,
                excerpt=visible(lines[begin]),
                help=f"write {_spelt('separator', candidate.separator)} in [data]; the columns are then: {names}",
            )  # fmt: skip
    return None


def _declared_otherwise(declared: str, data: Csv, lines: Sequence[str], file: Path) -> Fault:
    """The first line declares another separator than the scenario does."""
    fault = f"the first line says that {declared!r} separates the columns, and the scenario says {data.delimiter!r}"
    way = _best_way(data, lines, file)
    spelt = [candidate.separator for candidate in _candidates(data, lines)]
    if way is not None:
        remedy = f"write {_keys(way, data)} in [data]"
    elif spelt:
        remedy = f"write {_spelt('separator', spelt[0])} in [data]"
    else:
        remedy = f"{EXPORT}, with one of , ; | tab or space between the columns"
    return Fault(fault, file=file, line=data.skip + 1, excerpt=visible(lines[data.skip]), help=remedy)


def _candidates(data: Csv, lines: Sequence[str]) -> list[Csv]:
    """The ways of separating columns and decimals, the scenario's own first; one separator where the file declares it."""
    declared = _declared(lines, data)
    found = []
    for separator in dict.fromkeys((data.separator, ",", ";", "tab", "|", "space")):
        candidate = data.model_copy(update={"separator": separator} if separator != data.separator else {})
        if declared is None or candidate.delimiter == declared:
            other = "," if data.decimal == "." else "."
            found += [candidate, candidate.model_copy(update={"decimal": other})]
    return found


def _best_way(data: Csv, lines: Sequence[str], file: Path) -> _Reading | None:
    """The first lines read with the keys that find the columns and make fewest mistakes; None where none find them."""
    ways: list[_Reading] = []
    for candidate in _candidates(data, lines):
        skip = next((skip for skip in _skips(candidate, lines) if _finds(candidate, lines, skip, file)), None)
        if skip is not None:
            if skip != candidate.skip:
                candidate = candidate.model_copy(update={"skip": skip})
            way = _read(candidate, lines[:TRIED], _begin(lines, candidate), file)
            if way.uneven.count * 2 <= way.rows:
                ways.append(way)
    return min(ways, key=lambda way: (way.mistakes, len(_changed(way.data, data))), default=None)


def _skips(data: Csv, lines: Sequence[str]) -> Iterator[int]:
    """How many lines may stand above the header: as many as the scenario says, or any number."""
    yield data.skip
    wanted = [column if isinstance(column, int) else _name(column) for column in (data.x, data.y)]
    for index, line in enumerate(lines[:HEADER_WITHIN]):
        names = _names(line, data)
        if all(
            names.count(column) == 1 if isinstance(column, str)
            else column <= len(names) and cells.number(names[column - 1], data.decimal) is not None
            for column in wanted
        ):  # fmt: skip
            yield index


def _finds(data: Csv, lines: Sequence[str], skip: int, file: Path) -> bool:
    candidate = data.model_copy(update={"skip": skip})
    begin = _begin(lines, candidate)
    try:
        return (
            begin < min(len(lines), TRIED) and _wrong_columns(_header(lines, candidate, begin, file), candidate) is None
        )
    except Fault:
        return False


def _changed(candidate: Csv, data: Csv) -> dict[str, Any]:
    """The keys in which a way of reading differs from the scenario's."""
    keys = ("x", "y", "separator", "decimal", "skip")
    return {key: getattr(candidate, key) for key in keys if getattr(candidate, key) != getattr(data, key)}


def _keys(way: _Reading, data: Csv) -> str:
    """The keys to write so that the file is read in this way."""
    *most, last = [_spelt(key, value) for key, value in _changed(way.data, data).items()] or [""]
    keys = f"{', '.join(most)} and {last}" if most else last
    unsure = [found.first[0][1].strip() for key, found in way.grouped.items() if 0 < found.count == way.signs[key]]
    if unsure and way.data.decimal == "," != data.decimal:
        return f"{keys} (if the comma in {unsure[0]} is a decimal one: if it separates thousands, export without it)"
    return keys


def _spelt(key: str, value: str | int) -> str:
    """A key as it is written in TOML."""
    return f"{key} = {value}" if isinstance(value, int) else f'{key} = "{value}"'
