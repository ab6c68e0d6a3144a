"""What is wrong with the rows of a CSV file, in a few messages that name lines and remedies."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from generator.faults import Fault
from generator.scenario import csv_cells as cells
from generator.scenario.csv_cells import COMMA, GROUPED, POINT, CellKind
from generator.scenario.csv_rows import Found, Reading, composed
from generator.scenario.csv_text import visible


def faults_of(reading: Reading, lines: Sequence[str], file: Path) -> list[Fault]:
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
            f"delete line {line} if it is a total or a note; if it is a point like the others, put it further up",
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


def _rows(found: Found) -> str:
    return "1 row" if found.count == 1 else f"{found.count} rows"


def _lines(found: Found) -> str:
    lines = ", ".join(str(line) for line, _ in found.first)
    return f"line{'s' if found.count > 1 else ''} {lines}{_more(found)}"


def _cells(found: Found) -> str:
    return ", ".join(f"{_shown(cell)} in line {line}" for line, cell in found.first) + _more(found)


def _shown(cell: str) -> str:
    cell = cell.strip()
    return repr(cell if len(cell) <= 30 else f"{cell[:29]}…")


def _more(found: Found) -> str:
    return ", …" if found.count > len(found.first) else ""


def _remedy(reading: Reading, key: str, kind: CellKind, found: Found) -> str:
    """That of the kind, unless where the cells stand says more."""
    data = reading.data
    name = data.x if key == "x" else data.y
    line, cell = found.first[0]
    has_digit = any(re.search(r"\d", cell) for _, cell in found.first)
    if all(composed(cell) == name for _, cell in found.first):
        return f"the header stands there again: delete {_lines(found)}"
    if line == reading.first_row and found.count == 1 and reading.rows > 1 and not has_digit:
        if isinstance(name, int):
            spelt = json.dumps(composed(cell), ensure_ascii=False)
            return f"if line {line} is a header, name the columns: {key} = {spelt}"
        return f"delete line {line} if it names units or goes on with the header; or else {kind.remedy}"
    # Digits and signs between them are a number, and as likely a point of the table as a total below it.
    if line > reading.last_whole_row > 0 and kind not in (COMMA, POINT, GROUPED):
        return f"delete what stands below the table: totals and notes are no points; or else {kind.remedy}"
    other = "," if data.decimal == "." else "."
    if kind in (COMMA, POINT):
        example = cell.strip()
        without = f"{example.replace(other, '')} for {example}"
        if reading.signs[key] or (key, GROUPED) in reading.bad:
            return f"points and commas stand in one column: write all numbers without thousands separators: {without}"
        keys = f'decimal = "{other}" in [data]'
        if found.all_grouped:
            return f"write {keys} if it is a decimal sign; if it separates thousands, export without it: {without}"
        return f"write {keys}"
    if kind is GROUPED:
        plain = cells.without_groups(cell)
        keys = f', and write decimal = "{other}" in [data]' if other in plain else ""
        return f"export numbers without them: {plain} for {cell.strip()}{keys}"
    return kind.remedy


def _uneven_remedy(reading: Reading) -> str:
    uneven, width = reading.uneven, reading.header.width
    every = uneven.count == reading.rows
    rule = "a row has a cell for each column, and a cell in which the separator stands is in quotes"
    if reading.trailing_empty:
        return f"these rows end in a separator: end line {reading.header.line} in one, too"
    if reading.numeric and reading.data.delimiter == "," and min(reading.widths) > width:
        return (
            "if these are decimal commas, export with another separator and write it: "
            'separator = ";" and decimal = "," in [data]; if they separate thousands, export without them; '
            f"or else {rule}"
        )
    if every and reading.widths.keys() == {width + 1}:
        return (
            f"line {reading.header.line} has one name too few: name the first column, too "
            "(in R, write.csv does, and write.table with col.names = NA)"
        )
    if uneven.first[0][0] > reading.last_whole_row > 0:
        return "delete it if it is a total or a note below the table; a row has a cell for each column"
    return rule
