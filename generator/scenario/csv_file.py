"""Two columns of a CSV file as numbers: read as it is written, or refused, never bent.

The keys of [data] say how a file is written, and it is read in that way alone. Without more ado are read: a byte order
mark, any line ends, lines that are empty or hold only separators, comments (``#``) and an agreeing ``sep=`` above the
header, quoted cells, blanks around a cell. Each row has as many cells as the header. A file that is written in another
way is recognised by reading it again with other keys, and refused with those that read it: nothing is guessed silently.

What splits a line into cells is the ``csv`` of the standard library, strict: it knows quotes, and no more. Others were
weighed and left. pandas takes a row's surplus cell for an index, turns much into NaN unasked, and by default rounds in
the last digit; polars takes types from the first rows; both weigh more than all that we do with a file. Sniffers
(``csv.Sniffer``, CleverCSV) and charset-normalizer guess, well but silently. frictionless reports errors as we do, but
brings many dependencies, knows no remedies, and would still need our own rule of what a number is.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from generator.faults import Fault, Faults
from generator.files import refusal
from generator.scenario.csv_faults import faults_of
from generator.scenario.csv_rows import Header, beginning, declared_separator, header_at, read_rows, wrong_columns
from generator.scenario.csv_text import lines_of
from generator.scenario.csv_ways import declared_otherwise, not_found, recognised
from generator.scenario.mistakes import at_key, neighbours
from generator.scenario.schema import Csv


class Columns(NamedTuple):
    """What was read: the numbers, and how many rows were left out because x or y has none."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    dropped_rows: int


def read_csv(data: Csv, path: Path, text: str, trees: Collection[Path] = ()) -> Columns:
    """The two columns as numbers that fit in float32. Raises `Fault`, or `Faults` with all that is wrong.

    The file lies beside the scenario, or is a link to one in these trees.
    """
    file = path.parent / data.file
    if Path(data.file).name != data.file:
        raise at_key(
            path, text, ["data", "file"], "data.file must be a plain file name",
            f"put the file beside {path.name} and name it alone",
        )  # fmt: skip
    if unfit := refusal(file, trees):
        raise unfit
    if not file.is_file():
        raise at_key(path, text, ["data", "file"], f"there is no file {data.file}", neighbours(file, "*.csv"))
    lines = lines_of(file)
    if not any(map(str.strip, lines)):
        raise Fault("the file is empty", file=file, help=f"its first line names the columns: {data.x},{data.y}")
    if (declared := declared_separator(lines, data)) not in (None, data.delimiter):
        raise declared_otherwise(declared or "", data, lines, file)
    begin = beginning(lines, data)
    if begin == len(lines):
        raise Fault(
            f"no line below the {begin} that are comments, empty or skipped", file=file,
            help="the line below them names the columns; skip counts the lines above it",
        )  # fmt: skip
    try:
        header = header_at(lines, data, begin, file)
    except Fault as wrong_quote:  # such as '"hours";"marks"' read with commas
        raise recognised(data, Header(begin + 1, [], 1), lines, file) or wrong_quote from None
    if (wrong := wrong_columns(header, data)) is not None:
        raise not_found(wrong, header, data, lines, file, path, text)
    reading = read_rows(data, lines, begin, file)
    if faults := faults_of(reading, lines, file):
        raise faults[0] if len(faults) == 1 else Faults(faults)
    return Columns(tuple(reading.numbers["x"]), tuple(reading.numbers["y"]), reading.dropped_rows)
