"""Two columns of a CSV file as numbers."""

from __future__ import annotations

import csv
import difflib
import math
import re
from pathlib import Path

from generator.faults import Fault
from generator.scenario.mistakes import at_key, neighbours
from generator.scenario.schema import FLOAT32_MAX, MAX_POINTS, Csv


def read_csv(data: Csv, path: Path, text: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The two columns as numbers that fit in float32; every fault names the file and its line."""
    file = path.parent / data.file
    if Path(data.file).name != data.file:
        raise at_key(
            path, text, ["data", "file"], "data.file must be a plain file name",
            f"put the file beside {path.name} and name it alone",
        )  # fmt: skip
    if not file.is_file():
        raise at_key(path, text, ["data", "file"], f"there is no file {data.file}", neighbours(file, "*.csv"))
    xs: list[float] = []
    ys: list[float] = []
    # utf-8-sig: spreadsheets like to begin a CSV with a byte order mark.
    with file.open(encoding="utf-8-sig", newline="") as handle:
        try:
            rows = csv.DictReader(handle, skipinitialspace=True)
            header = rows.fieldnames
            if not header:
                raise Fault(
                    "the first line is empty", file=file, help=f"its first line names the columns: {data.x},{data.y}"
                )
            if len(header) == 1 and (separator := re.search(r"[;\t]", header[0])):
                raise Fault(
                    f"the columns are separated by {separator[0]!r}", file=file, line=1, excerpt=header[0],
                    help="export it with commas between the columns, and points in the numbers",
                )  # fmt: skip
            for key, column in (("x", data.x), ("y", data.y)):
                if column not in header:
                    close = difflib.get_close_matches(column, header, n=1)
                    raise at_key(
                        path, text, ["data", key], f"{data.file} has no column {column!r}",
                        f"did you mean {close[0]!r}?" if close else f"its columns are: {', '.join(header)}",
                    )  # fmt: skip
                if header.count(column) > 1:
                    raise Fault(
                        f"{header.count(column)} columns are called {column!r}",
                        file=file, line=1, excerpt=",".join(header), help="give each column a name of its own",
                    )  # fmt: skip
            for row in rows:
                for column, numbers in ((data.x, xs), (data.y, ys)):
                    numbers.append(_number(row[column], column, file, rows.line_num))
                if len(xs) > MAX_POINTS:
                    raise Fault(f"more than {MAX_POINTS} rows", file=file, help="take a sample of them")
        except (UnicodeDecodeError, csv.Error) as problem:
            raise Fault(f"not a CSV file in UTF-8: {problem}", file=file, help="export it as CSV, UTF-8") from None
    if not xs:
        raise Fault("no row below the header", file=file, help="a line needs at least one point")
    return tuple(xs), tuple(ys)


def _number(cell: str | None, column: str, file: Path, line: int) -> float:
    try:
        number = float(cell or "")
    except ValueError:
        number = math.nan
    if not abs(number) <= FLOAT32_MAX:
        raise Fault(
            f"column {column!r} has {repr(cell) if cell else 'nothing'} where a finite number within float32 is needed",
            file=file, line=line, help="write numbers like 12.5, with a point, and leave no cell empty",
        )  # fmt: skip
    return number
