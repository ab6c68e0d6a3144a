"""A CSV file that is written in another way than its scenario says: recognised by reading it with other keys.

What is found is never used but to name the keys, which have read the file's first lines before they are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from generator.faults import Fault, Faults, nearest
from generator.scenario import csv_cells as cells
from generator.scenario.csv_cells import TEXT
from generator.scenario.csv_rows import (
    Header,
    Reading,
    beginning,
    composed,
    declared_separator,
    header_at,
    names_in,
    read_rows,
    records,
    wrong_columns,
)
from generator.scenario.csv_text import EXPORT, visible
from generator.scenario.mistakes import at_key
from generator.scenario.schema import Csv

TRIED = 2000  # lines that are read with other keys
HEADER_WITHIN = 200  # lines
NAMES_SHOWN = 30


def not_found(
    wrong: dict[str, str], header: Header, data: Csv, lines: Sequence[str], file: Path, path: Path, text: str
) -> Fault | Faults:
    """Why the columns are not there: named twice, written in another way, in a comment, not at all, or misspelt."""
    excerpt = visible(lines[header.line - 1])
    for column in (data.x, data.y):
        if isinstance(column, str) and (count := header.names.count(composed(column))) > 1:
            return Fault(
                f"{count} columns are called {column!r}", file=file, line=header.line, excerpt=excerpt,
                help="give each column a name of its own",
            )  # fmt: skip
    if (fault := recognised(data, header, lines, file)) is not None:
        return fault
    faults = []
    for key, what in wrong.items():
        column = getattr(data, key)
        shown = ", ".join(map(repr, header.names[:NAMES_SHOWN])) + (", …" if len(header.names) > NAMES_SHOWN else "")
        close = nearest(composed(str(column)), header.names)
        remedy = f"its columns are: {shown}" if header.names else "columns are counted from 1"
        if close is not None:
            remedy = f"did you mean {close!r}? {remedy}"
        faults.append(at_key(path, text, ["data", key], f"{data.file} {what}", remedy))
    return faults[0] if len(faults) == 1 else Faults(faults)


def recognised(data: Csv, header: Header, lines: Sequence[str], file: Path) -> Fault | None:
    """How the file is written, if it is known, and the keys that say so; for a file without its columns in a header."""
    ways = (_in_a_comment, _written_otherwise, _without_a_header, _separated_otherwise)
    return next((fault for way in ways if (fault := way(data, header, lines, file)) is not None), None)


def _in_a_comment(data: Csv, header: Header, lines: Sequence[str], file: Path) -> Fault | None:
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


def _written_otherwise(data: Csv, header: Header, lines: Sequence[str], file: Path) -> Fault | None:
    way = _best_way(data, lines, file)
    if way is None:
        return None
    excerpt = visible(lines[way.header.line - 1])
    fault = f"the columns are named in line {way.header.line} and not in line {header.line}"
    if way.data.separator != data.separator:
        fault = f"the columns are separated by {way.data.delimiter!r}"
    return Fault(fault, file=file, line=way.header.line, excerpt=excerpt, help=f"write {_keys(way, data)} in [data]")


def _without_a_header(data: Csv, header: Header, lines: Sequence[str], file: Path) -> Fault | None:
    if isinstance(data.x, int):
        return None
    ways: list[tuple[float, Reading]] = []
    for candidate in _candidates(data, lines):
        begin = beginning(lines, candidate)
        row = names_in(lines[begin], candidate) if begin < len(lines) else []
        numeric = [
            place for place, cell in enumerate(row, start=1) if cells.number(cell, candidate.decimal) is not None
        ]
        if len(numeric) > 1 and (1 in numeric or cells.kind_of(row[0]) is not TEXT):
            candidate = candidate.model_copy(update={"x": numeric[0], "y": numeric[1]})
            # 1,5;2,5 is two numbers between semicolons, and two with something else between commas.
            ways.append((len(numeric) / len(row), read_rows(candidate, lines[:TRIED], begin, file)))
    ways = [(share, way) for share, way in ways if not way.mistakes]
    if not ways:
        return None
    _, way = min(ways, key=lambda way: (-way[0], len(_changed(way[1].data, data))))
    return Fault(
        f"line {way.header.line} holds numbers and not the names of columns", file=file, line=way.header.line,
        excerpt=visible(lines[way.header.line - 1]),
        help=f"where there is no header, number the columns from 1: write {_keys(way, data)} in [data]",
    )  # fmt: skip


def _separated_otherwise(data: Csv, header: Header, lines: Sequence[str], file: Path) -> Fault | None:
    """The names are not found either, but another separator makes a table of the file."""
    if header.width > 1:
        return None
    for candidate in _candidates(data, lines):
        begin = beginning(lines, candidate)
        try:
            widths = [len(row) for _, row in islice(records(lines, candidate, begin, file), 20)]
        except Fault:
            continue
        if len(widths) > 1 and widths[0] > 1 and set(widths) == {widths[0]}:
            names = ", ".join(map(repr, names_in(lines[begin], candidate)[:NAMES_SHOWN]))
            return Fault(
                f"the columns are separated by {candidate.delimiter!r}", file=file, line=begin + 1,
                excerpt=visible(lines[begin]),
                help=f"write {_spelt('separator', candidate.separator)} in [data]; the columns are then: {names}",
            )  # fmt: skip
    return None


def keys_that_read(data: Csv, lines: Sequence[str], file: Path) -> Csv:
    """The same columns, with the keys that read the file's first lines; as they were where none find the columns."""
    way = _best_way(data, lines, file)
    return data if way is None else way.data


def columns_of(data: Csv, lines: Sequence[str], file: Path) -> list[str]:
    """The names in the header, with the separator that makes most columns of it and of the lines below it."""
    tables: list[list[str]] = [[]]
    for candidate in _candidates(data, lines):
        begin = beginning(lines, candidate)
        if begin < len(lines):
            names = names_in(lines[begin], candidate)
            try:
                widths = {len(row) for _, row in islice(records(lines, candidate, begin, file), 20)}
            except Fault:
                continue
            if widths == {len(names)}:
                tables.append(names)
    return max(tables, key=len)


def declared_otherwise(declared: str, data: Csv, lines: Sequence[str], file: Path) -> Fault:
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
    """The ways of separating columns and decimals, the scenario's own first; one separator if a file declares it."""
    declared = declared_separator(lines, data)
    found = []
    for separator in dict.fromkeys((data.separator, ",", ";", "tab", "|", "space")):
        candidate = data.model_copy(update={"separator": separator} if separator != data.separator else {})
        if declared is None or candidate.delimiter == declared:
            other = "," if data.decimal == "." else "."
            found += [candidate, candidate.model_copy(update={"decimal": other})]
    return found


def _best_way(data: Csv, lines: Sequence[str], file: Path) -> Reading | None:
    """The first lines read with the keys that find the columns and make fewest mistakes; None where none find them."""
    ways: list[Reading] = []
    for candidate in _candidates(data, lines):
        skip = next((skip for skip in _skips(candidate, lines) if _finds(candidate, lines, skip, file)), None)
        if skip is not None:
            if skip != candidate.skip:
                candidate = candidate.model_copy(update={"skip": skip})
            ways.append(read_rows(candidate, lines[:TRIED], beginning(lines, candidate), file))
    return min(ways, key=lambda way: (not way.numbers["x"], way.mistakes, len(_changed(way.data, data))), default=None)


def _skips(data: Csv, lines: Sequence[str]) -> Iterator[int]:
    """How many lines may stand above the header: as many as the scenario says, or any number."""
    yield data.skip
    wanted = [column if isinstance(column, int) else composed(column) for column in (data.x, data.y)]
    for index, line in enumerate(lines[:HEADER_WITHIN]):
        names = names_in(line, data)
        if all(
            names.count(column) == 1 if isinstance(column, str)
            else column <= len(names) and cells.number(names[column - 1], data.decimal) is not None
            for column in wanted
        ):  # fmt: skip
            yield index


def _finds(data: Csv, lines: Sequence[str], skip: int, file: Path) -> bool:
    candidate = data.model_copy(update={"skip": skip})
    begin = beginning(lines, candidate)
    try:
        return (
            begin < min(len(lines), TRIED)
            and wrong_columns(header_at(lines, candidate, begin, file), candidate) is None
        )
    except Fault:
        return False


def _changed(candidate: Csv, data: Csv) -> dict[str, Any]:
    """The keys in which a way of reading differs from the scenario's."""
    keys = ("x", "y", "separator", "decimal", "skip")
    return {key: getattr(candidate, key) for key in keys if getattr(candidate, key) != getattr(data, key)}


def _keys(way: Reading, data: Csv) -> str:
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
