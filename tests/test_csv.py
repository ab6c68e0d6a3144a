"""CSV files as programs and people write them: read as written, or refused with lines and remedies; never bent."""

from __future__ import annotations

import csv
import io
import re
import string
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.faults import Fault, Faults
from generator.project import Project
from generator.scenario.csv_cells import is_missing, without_groups
from generator.scenario.csv_file import Columns, read_csv
from generator.scenario.reading import load
from generator.scenario.schema import FLOAT32_MAX, Csv
from tests import tiny
from tests.rendered import pages

COLUMNS = 'x = "hours"\ny = "marks"\n'
NUMBERED = "x = 1\ny = 2\n"


def read(folder: Path, content: str | bytes, keys: str = "", columns: str = COLUMNS) -> Columns:
    """The file as these keys of [data] read it."""
    (folder / "own.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    text = f'[data]\nsource = "csv"\nfile = "own.csv"\n{columns}{keys}'
    return read_csv(Csv.model_validate(tomllib.loads(text)["data"]), folder / "own.toml", text)


def faults_of(folder: Path, content: str | bytes, keys: str = "", columns: str = COLUMNS) -> list[Fault]:
    with pytest.raises((Fault, Faults)) as caught:
        read(folder, content, keys, columns)
    faults = [caught.value] if isinstance(caught.value, Fault) else caught.value.faults
    for fault in faults:
        assert fault.file is not None
        assert fault.help
        assert all(len(line) < 700 for line in str(fault).splitlines())
    return faults


# --- Read as they are ------------------------------------------------------------------------------------------

# What wrote it: (the file, keys of [data], the columns, x, y)
READ: dict[str, tuple[str | bytes, str, str, tuple[float, ...], tuple[float, ...]]] = {
    "Excel, US": ("hours,marks\r\n1,52\r\n2.5,61\r\n", "", COLUMNS, (1, 2.5), (52, 61)),
    "Excel, US, as CSV UTF-8": ("\ufeffhours,marks\r\n1,52\r\n2.5,61\r\n", "", COLUMNS, (1, 2.5), (52, 61)),
    "Excel, German": (
        "\ufeffhours;marks\r\n1;52\r\n2,5;61,25\r\n", 'separator = ";"\ndecimal = ","\n',
        COLUMNS, (1, 2.5), (52, 61.25)),
    "Excel, French, an accent in the name": (
        "\ufeffdurée;note\r\n1,5;12\r\n2;14,5\r\n", 'separator = ";"\ndecimal = ","\n',
        'x = "durée"\ny = "note"\n', (1.5, 2), (12, 14.5)),
    "Excel, Swiss: semicolons and points": (
        "hours;marks\r\n1.5;4.25\r\n2;5\r\n", 'separator = ";"\n', COLUMNS, (1.5, 2), (4.25, 5)),
    "Excel's first line says sep=, and the scenario agrees": (
        "sep=;\r\nhours;marks\r\n1,5;2\r\n", 'separator = ";"\ndecimal = ","\n', COLUMNS, (1.5,), (2,)),
    "sep=, in quotes": ('"sep=,"\nhours,marks\n1,2\n', "", COLUMNS, (1,), (2,)),
    "Excel, as Unicode text saved again in UTF-8: tabs": (
        "hours\tmarks\r\n1\t52\r\n2.5\t61\r\n", 'separator = "tab"\n', COLUMNS, (1, 2.5), (52, 61)),
    "the tab itself in the key": ("hours\tmarks\n1\t52\n", 'separator = "\\t"\n', COLUMNS, (1,), (52,)),
    "Excel leaves rows of separators below": (
        "hours,marks,note\r\n1,52,\r\n2,61,late\r\n,,\r\n,,\r\n", "", COLUMNS, (1, 2), (52, 61)),
    "Excel leaves an empty column at the right": (
        "hours,marks,\n1,52,\n2,61,\n", "", COLUMNS, (1, 2), (52, 61)),
    "Excel leaves empty rows above": (",\nhours,marks\n1,52\n", "", COLUMNS, (1,), (52,)),
    "LibreOffice quotes all text": ('"hours","marks"\n"1","52"\n"2.5","61"\n', "", COLUMNS, (1, 2.5), (52, 61)),
    "LibreOffice, German, with commas and quoted decimals": (
        'hours,marks\n"1,5","52,25"\n2,61\n', 'decimal = ","\n', COLUMNS, (1.5, 2), (52.25, 61)),
    "Google Sheets": (
        "Timestamp,hours,marks\n2024-01-31 10:00,1,52\n2024-02-01 9:30,2,61", "", COLUMNS, (1, 2), (52, 61)),
    "Google Sheets, newlines inside cells": (
        'note,hours,marks\n"first line\nsecond, with a comma",1,52\n"he said ""no""",2,61\n', "",
        COLUMNS, (1, 2), (52, 61)),
    "Apple Numbers: a title above the header": (
        "Table 1,\nhours,marks\n1,52\n", "skip = 1\n", COLUMNS, (1,), (52,)),
    "Excel for Macintosh: CR alone": (b"hours,marks\r1,52\r2.5,61\r", "", COLUMNS, (1, 2.5), (52, 61)),
    "line ends of three kinds in one file": (b"hours,marks\r\n1,52\r2,61\n3,70", "", COLUMNS, (1, 2, 3), (52, 61, 70)),
    "line ends doubled by a transfer in text mode": (b"hours,marks\r\r\n1,52\r\r\n", "", COLUMNS, (1,), (52,)),
    "empty lines above, between and below": ("\n\nhours,marks\n\n1,52\n \n2,61\n\n\n", "", COLUMNS, (1, 2), (52, 61)),
    "blanks around cells": (" hours , marks \n 1 , 52 \n2,\t61\n", "", COLUMNS, (1, 2), (52, 61)),
    "no-break spaces around cells": ("hours\xa0,marks\n1\xa0,\u202f52\n", "", COLUMNS, (1,), (52,)),
    "a name in decomposed letters, as macOS writes it": (
        "dure\u0301e,note\n1,12\n", "", 'x = "durée"\ny = "note"\n', (1,), (12,)),
    "names that differ in a superscript alone": (
        "m2,m\u00b2,y\n1,2,3\n", "", 'x = "m\u00b2"\ny = "y"\n', (2,), (3,)),
    "R, write.csv with row names": ('"","hours","marks"\n"1",1,52\n"2",2.5,61\n', "", COLUMNS, (1, 2.5), (52, 61)),
    "R, write.csv2": (
        '"";"hours";"marks"\n"1";1;52\n"2";2,5;61\n', 'separator = ";"\ndecimal = ","\n', COLUMNS, (1, 2.5), (52, 61)),
    "R's scientific notation": ("hours,marks\n1e-04,1e+05\n2.5E3,-3e1\n", "", COLUMNS, (1e-4, 2500), (1e5, -30)),
    "pandas with its index": (",hours,marks\n0,1.0,52\n1,2.5,61\n", "", COLUMNS, (1, 2.5), (52, 61)),
    "pandas, 17 digits": ("hours,marks\n0.1,0.30000000000000004\n", "", COLUMNS, (0.1,), (0.1 + 0.2,)),
    "NumPy, savetxt without a header": (
        "1.000000000000000000e+00,5.2e+01\n2.5e+00,6.1e+01\n", "", NUMBERED, (1, 2.5), (52, 61)),
    "NumPy, savetxt with blanks and a comment": (
        "# hours marks\n1.0e+00 5.2e+01\n2.5e+00 6.1e+01\n", 'separator = "space"\n', NUMBERED, (1, 2.5), (52, 61)),
    "Fortran: fixed blanks, at the beginning, too": (
        "   hours     marks\n    1.00     52.00\n   12.50    -61.00\n", 'separator = "space"\n',
        COLUMNS, (1, 12.5), (52, -61)),
    "an SQL export with pipes": (
        "id|hours|marks\n7|1|52\n8|2.5|61\n", 'separator = "|"\n', COLUMNS, (1, 2.5), (52, 61)),
    "a table drawn with pipes, without its rule": (
        "| hours | marks |\n| 1 | 52 |\n", 'separator = "|"\n', COLUMNS, (1,), (52,)),
    "an Arduino's serial log, without a header": (
        "0,512\r\n20,530\r\n40,498\r\n", "", NUMBERED, (0, 20, 40), (512, 530, 498)),
    "the other order of columns by number": ("5,1,9\n6,2,8\n", "", "x = 3\ny = 1\n", (9, 8), (5, 6)),
    "an oscilloscope: settings above, comments, exponents": (
        "Model,DS1054Z\nPoints,2\n#\nTime,Volt\n-6.0e-04,1.2\n-5.0e-04,+1.3\n", "skip = 2\n",
        'x = "Time"\ny = "Volt"\n', (-6e-4, -5e-4), (1.2, 1.3)),
    "a logger: comments above": (
        "# Logger 7, serial 0042\n# started \"late\"\nhours,marks\n1,52\n", "", COLUMNS, (1,), (52,)),
    "a column that is called #": ("#,hours,marks\n1,2,52\n2,3,61\n", "", COLUMNS, (2, 3), (52, 61)),
    "a balance: signs and leading zeros": (
        "hours,marks\n+001,+0052.10\n002,-.5\n3.,0\n", "", COLUMNS, (1, 2, 3), (52.1, -.5, 0)),
    "a census table with a category in every row": (
        "group,hours,marks\nTotal,1,52\nMen,2,61\nTotal,3,70\n", "", COLUMNS, (1, 2, 3), (52, 61, 70)),
    "ids that hold digits, underscores and dates beside the columns": (
        "id,day,hours,marks\n1_0,2024-01-31,1,52\n", "", COLUMNS, (1,), (52,)),
    "three decimals where the scenario says they are decimals": (
        "hours;marks\n1.234;2.345\n", 'separator = ";"\ndecimal = "."\n', COLUMNS, (1.234,), (2.345,)),
    "three decimals where others show that they are decimals": (
        "hours;marks\n1.234;2.345\n0.5;3\n1.234;0.345\n", 'separator = ";"\n',
        COLUMNS, (1.234, 0.5, 1.234), (2.345, 3, 0.345)),
    "a name with the separator in quotes": (
        '"hours, spent",marks\n1,52\n', "", 'x = "hours, spent"\ny = "marks"\n', (1,), (52,)),
    "x and y from one column": ("hours,marks\n1,52\n", "", 'x = "hours"\ny = "hours"\n', (1,), (1,)),
    "an inch sign in text": ('disk,hours,marks\n3.5",1,52\n', "", COLUMNS, (1,), (52,)),
}  # fmt: skip


@pytest.mark.parametrize(("content", "keys", "columns", "xs", "ys"), READ.values(), ids=READ.keys())
def test_a_file_is_read_as_it_is_written(
    tmp_path: Path, content: str | bytes, keys: str, columns: str, xs: tuple[float, ...], ys: tuple[float, ...]
) -> None:
    assert read(tmp_path, content, keys, columns) == (xs, ys, 0)


# --- Recognised, and refused with the keys that read them -----------------------------------------------------

# What wrote it: (the file, keys it is first tried with, the columns, the keys that the remedy names, x, y)
RECOGNISED: dict[str, tuple[str, str, str, str, tuple[float, ...], tuple[float, ...]]] = {
    "Excel, German": (
        "hours;marks\r\n1,5;52\r\n2;61,25\r\n", "", COLUMNS, 'separator = ";" and decimal = ","',
        (1.5, 2), (52, 61.25)),
    "Excel, Swiss": ("hours;marks\r\n1.5;52\r\n", "", COLUMNS, 'separator = ";"', (1.5,), (52,)),
    "Excel, German, whole numbers": ("hours;marks\n1;52\n", "", COLUMNS, 'separator = ";"', (1,), (52,)),
    "Excel, sep= another separator": (
        "sep=;\r\nhours;marks\r\n1,5;52\r\n", "", COLUMNS, 'separator = ";" and decimal = ","', (1.5,), (52,)),
    "Excel, Unicode text": ("hours\tmarks\n1\t52\n", "", COLUMNS, 'separator = "tab"', (1,), (52,)),
    "clipboard of a German spreadsheet": (
        "hours\tmarks\n1,5\t52\n", "", COLUMNS, 'separator = "tab" and decimal = ","', (1.5,), (52,)),
    "SQL, pipes": ("hours|marks\n1|52\n", "", COLUMNS, 'separator = "|"', (1,), (52,)),
    "Fortran, blanks": ("  hours   marks\n    1.0    52.0\n", "", COLUMNS, 'separator = "space"', (1,), (52,)),
    "gnuplot's data, German": (
        "hours marks\n1,5 52\n", "", COLUMNS, 'separator = "space" and decimal = ","', (1.5,), (52,)),
    "commas where the scenario says semicolons": (
        "hours,marks\n1,52\n", 'separator = ";"\n', COLUMNS, 'separator = ","', (1,), (52,)),
    "points where the scenario says commas": (
        "hours;marks\n1.5;52\n", 'separator = ","\ndecimal = ","\n', COLUMNS, 'separator = ";" and decimal = "."',
        (1.5,), (52,)),
    "World Bank: four lines above the header": (
        '"Data Source","WDI"\n\n"Last Updated","2024-03-28"\n\n"Country","hours","marks"\n"Aruba",1,52\n', "",
        COLUMNS, "skip = 4", (1,), (52,)),
    "Destatis: titles above, semicolons, commas": (
        "Bevölkerung: Kreise;;\nStichtag;;\nhours;marks;unit\n1,5;52;h\n2,5;61;h\n", "", COLUMNS,
        'separator = ";", decimal = "," and skip = 2', (1.5, 2.5), (52, 61)),
    "an oscilloscope's settings": (
        "Model,MSO24\nLabel,CH1\nhours,marks\n1,52\n", "", COLUMNS, "skip = 2", (1,), (52,)),
    "a logger's settings in one cell": (
        "Logger v2\nhours;marks\n1;52\n", "", COLUMNS, 'separator = ";" and skip = 1', (1,), (52,)),
    "Apple Numbers: a title above": ("Table 1\nhours,marks\n1,52\n", "", COLUMNS, "skip = 1", (1,), (52,)),
    "an Arduino without a header": ("0,512\n20,530\n", "", COLUMNS, "x = 1 and y = 2", (0, 20), (512, 530)),
    "a German logger without a header": (
        "0,5;512\n1,5;530\n", "", COLUMNS, 'x = 1, y = 2, separator = ";" and decimal = ","', (.5, 1.5), (512, 530)),
    "dates first, without a header": (
        "2024-01-31,1,52\n2024-02-01,2,61\n", "", COLUMNS, "x = 2 and y = 3", (1, 2), (52, 61)),
    "Fortran without a header": ("  1.0  52.0\n  2.0  61.0\n", "", COLUMNS, 'separator = "space"', (1, 2), (52, 61)),
    "by number, with another separator": ("1;52\n2;61\n", "", NUMBERED, 'separator = ";"', (1, 2), (52, 61)),
    "quoted cells with decimal commas": (
        'hours,marks\n"1,5",52\n2,"61,25"\n', "", COLUMNS, 'decimal = ","', (1.5, 2), (52, 61.25)),
    "decimal points where the scenario says commas": (
        "hours;marks\n1.5;52\n", 'separator = ";"\ndecimal = ","\n', COLUMNS, 'decimal = "."', (1.5,), (52,)),
    "points in groups of three, which may be decimals": (
        "hours;marks\n1.234;52\n", 'separator = ";"\n', COLUMNS, 'decimal = "."', (1.234,), (52,)),
    "R, write.csv2": (
        '"";"hours";"marks"\n"1";1,5;52\n', "", COLUMNS, 'separator = ";" and decimal = ","', (1.5,), (52,)),
    "quoted text and tabs, without a header": (
        '"a b"\t1\t52\n"c d"\t2\t61\n', "x = 2\ny = 3\n", "", 'separator = "tab"', (1, 2), (52, 61)),
    "missing values": ("hours,marks\n1,52\n,61\n3,\n4,70\n", "", COLUMNS, "drop_empty = true", (1, 4), (52, 70)),
}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "keys", "columns", "answer", "xs", "ys"), RECOGNISED.values(), ids=RECOGNISED.keys()
)
def test_a_file_written_in_another_way_is_refused_with_the_keys_that_read_it(
    tmp_path: Path, content: str, keys: str, columns: str, answer: str, xs: tuple[float, ...], ys: tuple[float, ...]
) -> None:
    remedies = " ".join(fault.help for fault in faults_of(tmp_path, content, keys, columns))
    written = re.findall(r'(\w+) = ("[^"]*"|\w+)', answer)
    assert all(f"{key} = {value}" in remedies for key, value in written), remedies
    given_keys = dict(re.findall(r'(\w+) = ("[^"]*"|\w+)', columns + keys)) | dict(written)
    if "no header" in remedies:
        given_keys |= dict(re.findall(r"\b([xy]) = (\d)", remedies))
    text = "".join(f"{key} = {value}\n" for key, value in given_keys.items())
    assert read(tmp_path, content, text, "")[:2] == (xs, ys)


# --- Refused ---------------------------------------------------------------------------------------------------

Answer = tuple[str, int | None, str]  # of a fault: a part of what it says, its line, a part of the remedy

# What is wrong: (the file, keys, the faults in order)
REFUSED: dict[str, tuple[str | bytes, str, list[Answer]]] = {
    "decimal commas between commas": (
        "hours,marks\n1,5,10,2\n", "",
        [("1 row has more or fewer cells than the header, 2: 4 in line 2", 2, 'separator = ";" and decimal = ","')]),
    "a comma in text without quotes": (
        "hours,marks,note\n1,52,a\n2,61,b,c\n3,70,d\n", "",
        [("more or fewer cells than the header, 3: 4 in line 3", 3, "in quotes")]),
    "a file that is no table": ("a" * 200_000, "", [("a cell of more than 131072 characters", 1, "no table")]),
    "DOS's end of file": ("hours,marks\n1,52\n2,61\n\x1a", "", [("1 in line 4", 4, "delete it if")]),
    "a row that was cut off": (
        "hours,marks\n1,52\n2\n3,70\n", "",
        [("more or fewer cells", 3, "a cell for each column")]),
    "trailing separators below the header alone": (
        "hours,marks\n1,52,\n2,61,\n", "",
        [("2 rows have more or fewer cells", 2, "end line 1 in one, too")]),
    "something under an empty name at the end": (
        "hours,marks,\n1,5,2\n", "",
        [("the last column has no name", 2, "name every column")]),
    "R, write.table, before its separator is said": (
        '"hours" "marks"\n"1" 1.5 52\n', "", [("the columns are separated by ' '", 1, 'separator = "space"')]),
    "R, write.table": (
        '"hours" "marks"\n"1" 1.5 52\n"2" 2.5 61\n', 'separator = "space"\n',
        [("2 rows have more", 2, "write.table with col.names = NA")]),
    "an empty cell in quotes between blanks": (
        '"" "hours" "marks"\n"1" 1 52\n', 'separator = " "\n',
        [("an empty cell in quotes", 1, "write NA")]),
    "an underscore, which Python would take": (
        "hours,marks\n1_0,52\n2,61\n", "",
        [
            ("an underscore in a number in 1 row, where numbers are needed: '1_0' in line 2",
             2, "write the digits together"),
        ]),
    "full-width digits": ("hours,marks\n１２,52\n2,61\n", "", [("digits other than 0 to 9", 2, "ASCII digits")]),
    "Arabic digits": ("hours,marks\n1,٥٢\n2,61\n", "", [("digits other than 0 to 9", 2, "ASCII digits")]),
    "hexadecimal of a register": (
        "hours,marks\n1,0x10\n2,0x1F\n", "",
        [("a number in another base in 2 rows", 2, "16 for 0x10")]),
    "infinity": (
        "hours,marks\n1,inf\n2,-Infinity\n3,61\n", "",
        [("an infinite number in 2 rows", 2, "leave the row out")]),
    "NaN": ("hours,marks\n1,NaN\n2,61\n", "", [("1 row has no number in 'marks': line 2", 2, "drop_empty = true")]),
    "beyond float32": ("hours,marks\n1,4e38\n2,61\n", "", [("a number beyond float32", 2, "3.4e38")]),
    "beyond float64": ("hours,marks\n1,1e999\n2,61\n", "", [("a number beyond float32", 2, "3.4e38")]),
    "thousands in the last row alone, which is a point": (
        "hours;marks\n1,5;52,5\n2,5;1.050,25\n", 'separator = ";"\ndecimal = ","\n',
        [("thousands", 3, "1050,25 for 1.050,25")]),
    "US thousands": (
        'hours,marks\n1,"1,234.50"\n2,"12,345,678"\n', "",
        [("thousands separators in 2 rows", 2, "1234.50 for 1,234.50")]),
    "US thousands, or decimal commas: both are said": (
        'hours,marks\n1,"1,234"\n2,"2,345"\n', "",
        [("a comma in 2 rows", 2, "if it separates thousands, export without it: 1234 for 1,234")]),
    "US thousands beside decimal points": (
        'hours,marks\n1,"1,234"\n2,61.5\n', "",
        [("a comma in 1 row", 2, "without thousands separators: 1234 for 1,234")]),
    "German thousands": (
        "hours;marks\n1;1.234,50\n", 'separator = ";"\n',
        [("thousands separators", 2, '1234,50 for 1.234,50, and write decimal = ","')]),
    "German thousands, decimals declared": (
        "hours;marks\n1;1.234.567\n2;5\n", 'separator = ";"\ndecimal = ","\n',
        [("thousands separators", 2, "1234567 for 1.234.567")]),
    "German thousands, whole numbers that look like decimals": (
        "hours;marks\n1;12.345\n2;987\n", 'separator = ";"\n',
        [("points that may separate thousands in 1 row: '12.345' in line 2", 2, "12345 for 12.345")]),
    "Swiss thousands": (
        "hours;marks\n1;1'234.5\n", 'separator = ";"\n',
        [("thousands separators", 2, "1234.5 for 1'234.5")]),
    "French thousands with narrow spaces": (
        "hours;marks\n1;1\u202f234,5\n", 'separator = ";"\ndecimal = ","\n',
        [("thousands separators", 2, "1234,5 for")]),
    "percent": ("hours,marks\n1,52%\n2,61 %\n", "", [("a percent sign in 2 rows", 2, "without the sign")]),
    "dollars": ("hours,marks\n1,$52\n2,61\n", "", [("a sign of currency", 2, "without the sign")]),
    "euros behind": (
        "hours;marks\n1;52,00 €\n", 'separator = ";"\ndecimal = ","\n',
        [("a sign of currency", 2, "without the sign")]),
    "an accountant's brackets": ("hours,marks\n1,(52)\n2,61\n", "", [("a number in brackets", 2, "-5 for (5)")]),
    "a typographic minus": ("hours,marks\n1,−52\n2,61\n", "", [("a typographic minus sign", 2, "the hyphen")]),
    "SAP's minus behind": ("hours,marks\n1,52-\n2,61\n", "", [("more than a number", 2, "flags")]),
    "a unit in the cell": (
        "hours,marks\n1 h,52\n2,61\n", "",
        [("column 'hours' has more than a number", 2, "leave units")]),
    "Eurostat's flags": ("hours,marks\n2001,52.1 b\n2002,61\n", "", [("more than a number", 2, "flags")]),
    "a footnote's mark": ("hours,marks\n1,52*\n2,61\n", "", [("more than a number", 2, "footnotes")]),
    "Destatis's dash, which is zero": (
        "hours;marks\n1;-\n2;61\n", 'separator = ";"\ndrop_empty = true\n',
        [("a mark in 1 row", 2, "write 0 where it is zero")]),
    "ONS's [x], census's (X)": ("hours,marks\n1,[x]\n2,(X)\n3,61\n", "", [("a mark in 2 rows", 2, "legend")]),
    "a limit of detection": (
        "hours,marks\n1,<0.01\n2,61\n", "",
        [("a limit and not a number", 2, "leave the row out")]),
    "an uncertainty": ("hours,marks\n1,5±1\n2,61\n", "", [("more than a number", 2, "leave units")]),
    "Fortran's D": ("hours,marks\n1,0.52D+02\n2,61\n", "", [("an exponent after D", 2, "1.5e3")]),
    "spreadsheet errors": (
        "hours,marks\n1,#DIV/0!\n2,#REF!\n3,61\n", "",
        [("an error of the spreadsheet in 2 rows", 2, "mend the formula")]),
    "a formula": ("hours,marks\n1,=A1+2\n2,61\n", "", [("a formula", 2, "values")]),
    "ISO dates": (
        "hours,marks\n2024-01-31,52\n2024-02-01,61\n", "",
        [
            ("a date or a time in 2 rows, where numbers are needed: '2024-01-31' in line 2, '2024-02-01' in line 3",
             2, "counts days"),
        ]),
    "German dates": ("hours;marks\n31.01.2024;52\n", 'separator = ";"\n', [("a date or a time", 2, "counts days")]),
    "US dates with times": ("hours,marks\n1/31/2024 10:00,52\n", "", [("a date or a time", 2, "counts days")]),
    "months in words": (
        "hours,marks\nJan 2024,52\n01-Feb-24,61\n", "",
        [("a date or a time in 2 rows", 2, "counts days")]),
    "quarters": ("hours,marks\n2024-Q1,52\n2024Q2,61\n", "", [("a date or a time in 2 rows", 2, "counts days")]),
    "times": ("hours,marks\n10:00:05.5,52\n10:01,61\n", "", [("a date or a time in 2 rows", 2, "counts days")]),
    "a zero-width space": (
        "hours,marks\n1\u200b,52\n2,61\n", "",
        [("a character that cannot be seen in 1 row, where numbers are needed: '1\\u200b' in line 2", 2, "anew")]),
    "units under the header": (
        "hours,marks\nh,%\n1,52\n2,61\n", "",
        [
            ("column 'hours' has text", 2, "delete line 2 if it names units"),
            ("column 'marks' has a percent sign", 2, "delete line 2"),
        ]),
    "units in brackets under the header": (
        "hours;marks\n[h];[%]\n1;52\n", 'separator = ";"\n',
        [
            ("column 'hours' has a mark", 2, "delete line 2 if it names units"),
            ("'[%]' in line 2", 2, "delete line 2"),
        ]),
    "pandas, two header lines": (
        "a,hours,marks\n,mean,mean\n1,1,52\n", "",
        [("'mean' in line 2", 2, "goes on with the header"), ("'mean' in line 2", 2, "goes on")]),
    "the header again, after a restart": (
        "hours,marks\n1,52\nhours,marks\n2,61\n", "",
        [("'hours' in line 3", 3, "the header stands there again: delete line 3"), ("'marks'", 3, "delete line 3")]),
    "a row of totals in x": (
        "hours;marks\n1;52\n2;61\nSum;113\n", 'separator = ";"\n',
        [("'Sum' in line 4", 4, "totals and notes are no points")]),
    "a row of totals in another column, with numbers in both": (
        "place,hours,marks\na,1,52\nb,2,61\nTotal,3,113\n", "",
        [("a row at the end is called 'Total'", 4, "delete line 4")]),
    "totals and means": (
        "place,hours,marks\na,1,52\nb,2,61\nSumme,3,113\nMittelwert,1.5,56.5\n", "",
        [("'Summe'", 4, "delete line 4"), ("'Mittelwert'", 5, "delete line 5")]),
    "a footnote whose commas look like cells": (
        "place,hours,marks\na,1,52\nb,2,61\nSource: Office,2023,2024\n", "",
        [("a row at the end is called 'Source: Office'", 4, "delete line 4")]),
    "footnotes of Destatis": (
        "hours;marks\n1;52\n2;61\n__________\nZeichen: - nichts vorhanden\n© Statistisches Bundesamt\n",
        'separator = ";"\n',
        [
            ("3 rows have more or fewer cells than the header, 2: 1 in line 4, 1 in line 5, 1 in line 6",
             4, "below the table"),
        ]),
    "psql's rule and count": (
        " hours | marks \n-------+-------\n     1 |    52\n(1 row)\n", 'separator = "|"\n',
        [
            ("2 rows have more or fewer cells than the header, 2: 1 in line 2, 1 in line 4",
             2, "a cell for each column"),
        ]),
    "Markdown's rule": (
        "| hours | marks |\n| --- | --- |\n| 1 | 52 |\n", 'separator = "|"\n',
        [("'---' in line 2", 2, "delete line 2"), ("'---'", 2, "delete line 2")]),
    "a comment among the rows": (
        "hours,marks\n1,52\n# restarted\n2,61\n", "",
        [("more or fewer cells", 3, "a cell for each column")]),
    "the header in a comment, by NumPy": (
        "# hours,marks\n1,52\n2,61\n", "",
        [("the columns are named in a comment", 1, "delete the # before the names")]),
    "the header in a comment, with blanks": (
        "# hours marks\n1 52\n2 61\n", "",
        [("the columns are named in a comment", 1, 'separator = "space"')]),
    "a header below no header": (
        "hours,marks\n1,52\n", "columns",
        [("column 1 has text", 1, "name the columns"), ("column 2 has text", 1, "name the columns")]),
    "a name with a no-break space": (
        "hours\xa0spent,marks\n1,52\n", 'spaced',
        [("own.csv has no column 'hours spent'", 4, r"did you mean 'hours\xa0spent'?")]),
    "another case": ("Hours,marks\n1,52\n", "", [("own.csv has no column 'hours'", 4, "did you mean 'Hours'?")]),
    "two names that are not there": (
        "a,b\nq,r\n", "",
        [("no column 'hours'", 4, "its columns are: 'a', 'b'"), ("no column 'marks'", 5, "'a', 'b'")]),
    "other names behind another separator": ("a;b\n1;52\n", "", [("the columns are separated by ';'", 1, "'a', 'b'")]),
    "one name for two columns": (
        "hours,marks,hours\n1,2,3\n", "",
        [("2 columns are called 'hours'", 1, "a name of its own")]),
    "one name in two spellings of one letter": (
        "dur\u00e9e,dure\u0301e,marks\n1,2,3\n", "durée",
        [("2 columns are called 'durée'", 1, "a name of its own")]),
    "a number beyond the columns": (
        "1,52\n2,61\n", "third",
        [("own.csv has 2 columns, and no column 3", 5, "counted from 1")]),
    "sep= a separator that we do not know": (
        "sep=^\nhours^marks\n1^52\n", "",
        [("the first line says that '^' separates", 1, "one of , ; | tab or space")]),
    "a quote that is never closed": (
        'hours,marks,note\n1,52,"late\n2,61,\n3,70,\n', "",
        [("a quote that is opened and never closed", 2, "close it")]),
    "text after a closing quote": ('hours,marks\n"1"2,52\n', "", [("text after a closing quote", 2, "twice")]),
    "two quotes that lost their partners": (
        'note,hours,marks\n"a,1,52\nb,2,61\n"c",3,70\n', "",
        [("a quote that is opened and never closed", 2, "close it")]),
    "Latin-1": (
        "hours,marks,name\n1,52,Zoë\n".encode("latin-1"), "",
        [("byte 0xeb, which Windows-1252 reads as 'ë'", 2, "CSV UTF-8")]),
    "Windows-1252 with the euro sign": (
        "hours,marks,€\n1,52,\n".encode("cp1252"), "",
        [("byte 0x80, which Windows-1252 reads as '€'", 1, "CSV UTF-8")]),
    "UTF-16 with its mark": ("hours\tmarks\n1\t52\n".encode("utf-16"), "", [("in UTF-16", None, "save it as UTF-8")]),
    "UTF-16 without its mark": (
        "hours,marks\n1,52\n".encode("utf-16-le"), "",
        [("in UTF-16", None, "save it as UTF-8")]),
    "UTF-32": ("hours,marks\n1,52\n".encode("utf-32"), "", [("in UTF-32", None, "save it as UTF-8")]),
    "NUL bytes of a logger that lost power": (
        b"hours,marks\n1,52\n2,61\n\0\0\0\0", "",
        [("it has a NUL byte", 4, "lost power")]),
    "a workbook by another name": (b"PK\x03\x04\x14\0\x06\0", "", [("a workbook", None, "export the table as CSV")]),
    "an old workbook by another name": (b"\xd0\xcf\x11\xe0\xa1\xb1", "", [("an old Excel workbook", None, "export")]),
    "a web page that a download saved": (
        "<!DOCTYPE html>\n<html>\n", "",
        [("a web page", 1, "download the data itself")]),
    "a file compressed": (b"\x1f\x8b\x08\0", "", [("compressed", None, "unpack")]),
    "nothing": ("", "", [("the file is empty", None, "hours,marks")]),
    "nothing but empty lines": ("\ufeff\r\n\r\n", "", [("the file is empty", None, "hours,marks")]),
    "nothing below what is skipped": (
        "hours,marks\n1,52\n", "skip = 2\n",
        [("no line below the 2", None, "skip counts")]),
    "skipping beyond the end": ("hours,marks\n1,52\n", "skip = 9\n", [("no line below the 2", None, "skip counts")]),
    "a header alone": ("hours,marks\n", "", [("no row below the header", None, "at least one point")]),
    "every row left out": (
        "hours,marks\n,52\n2,\n", "drop_empty = true\n",
        [("all 2 were left out", None, "the right columns")]),
    "several kinds at once": (
        'hours,marks\n1,four\n,61\n3,5%\n4,6\n5,6,7\n6,8\n', "",
        [
            ("text in 1 row", 2, "delete line 2 if"),
            ("no number in 'hours': line 3", 3, "drop_empty"),
            ("a percent sign", 4, "without the sign"),
            ("more or fewer cells", 6, "a cell for each"),
        ]),
    "a line counted behind a cell with newlines": (
        'note,hours,marks\n"a\nb\nc",1,52\nd,2,four\ne,3,61\n', "",
        [("'four' in line 5", 5, "numbers like 12.5")]),
}  # fmt: skip

OTHER_COLUMNS = {
    "columns": NUMBERED,
    "spaced": 'x = "hours spent"\ny = "marks"\n',
    "durée": 'x = "durée"\ny = "marks"\n',
    "third": "x = 1\ny = 3\n",
}


@pytest.mark.parametrize(("content", "keys", "answers"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_cannot_be_read_is_refused_with_its_lines_and_a_remedy(
    tmp_path: Path, content: str | bytes, keys: str, answers: list[Answer]
) -> None:
    columns = OTHER_COLUMNS.get(keys, COLUMNS)
    faults = faults_of(tmp_path, content, "" if keys in OTHER_COLUMNS else keys, columns)
    assert [fault.line for fault in faults] == [line for _, line, _ in answers], [str(fault) for fault in faults]
    for fault, (said, _, remedy) in zip(faults, answers, strict=True):
        assert said in fault.fault
        assert remedy in fault.help


def test_there_are_more_than_a_hundred_kinds_of_files() -> None:
    assert len(READ) + len(RECOGNISED) + len(REFUSED) > 140


# --- Rows without a number -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    ["", " ", "NA", "N/A", "n/a", "#N/A", "#NV", "NaN", "nan", "None", "NULL", "null", "\\N", ":", ": c", ":u",
     ".", "..", "..."],
)  # fmt: skip
def test_what_programs_write_for_nothing_is_left_out_on_demand_and_counted(tmp_path: Path, cell: str) -> None:
    content = f"hours,marks\n1,52\n2,{cell}\n{cell},70\n4,80\n"
    assert read(tmp_path, content, "drop_empty = true\n") == ((1, 4), (52, 80), 2)
    assert [fault.line for fault in faults_of(tmp_path, content)] == [3, 4]


@pytest.mark.parametrize("cell", ["-", "–", "/", "x", "[x]", "(X)", "*", "0", "missing", "?", "inf", "12", "1.", ".5"])
def test_a_mark_that_can_mean_zero_and_a_number_are_not_nothing(cell: str) -> None:
    assert not is_missing(cell)


def test_other_mistakes_are_still_named_where_rows_are_left_out(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, "hours,marks\n1,52\n,61\n3,many\n4,5\n", "drop_empty = true\n")
    assert "'many' in line 4" in fault.fault


def test_many_bad_cells_are_one_short_message(tmp_path: Path) -> None:
    rows = "".join(f"{row},{'' if row % 2 else 'x' * 500}\n" for row in range(10_000))
    faults = faults_of(tmp_path, f"hours,marks\n{rows}")
    assert [fault.fault.split(":")[0] for fault in faults] == [
        "column 'marks' has text in 5000 rows, where numbers are needed",
        "5000 rows have no number in 'marks'",
    ]
    assert faults[1].fault.endswith("lines 3, 5, 7, 9, 11, 13, 15, 17, …")
    assert len(str(Faults(faults))) < 1500


# --- In a scenario ---------------------------------------------------------------------------------------------

SCENARIO = """\
expect = "converges"
[title]
en = "Own"
[data]
source = "csv"
file = "own.csv"
x = "hours"
y = "marks"
KEYS
[training]
learning_rate = 0.1
epochs = 10
start = { w = 0.0, b = 0.0 }
"""


def scenario_file(folder: Path, content: str, keys: str = "", name: str = "own") -> Path:
    (folder / "own.csv").write_text(content, encoding="utf-8", newline="")
    path = folder / f"{name}.toml"
    path.write_text(SCENARIO.replace("KEYS", keys), encoding="utf-8")
    return path


def test_a_scenario_knows_its_points_and_how_many_rows_were_left_out(tmp_path: Path) -> None:
    scenario = load(scenario_file(tmp_path, "hours,marks\n1,52\n2,\n3,70\n", "drop_empty = true"))
    assert (scenario.csv_points, scenario.dropped_rows, scenario.count) == (((1, 3), (52, 70)), 1, 2)


def test_the_same_numbers_written_in_another_way_are_the_same_run(tmp_path: Path) -> None:
    plain = load(scenario_file(tmp_path, "hours,marks\n1.5,52\n3,70\n")).run_inputs()
    german = 'separator = ";"\ndecimal = ","\nskip = 1\ndrop_empty = true'
    assert load(scenario_file(tmp_path, "x\nhours;marks\n1,5;52\n;1\n3;70\n", german)).run_inputs() == plain
    assert load(scenario_file(tmp_path, "hours,marks\n1.5,52\n3,71\n")).run_inputs() != plain


@pytest.mark.parametrize(
    ("old", "new", "fault", "remedy"),
    [
        ("KEYS", 'separator = ":"', "data.separator must be ',', ';', 'tab'", 'leave it out for ","'),
        ("KEYS", 'decimal = "·"', "data.decimal must be '.' or ','", 'leave it out for "."'),
        ("KEYS", "skip = -1", "data.skip must be at least 0", "lines above"),
        ("KEYS", "skip = true", "data.skip must be a whole number", "lines above"),
        ("KEYS", 'drop_empty = "yes"', "data.drop_empty must be true or false", "leaves out the rows"),
        ('x = "hours"', "x = 0", "data.x must be the name of a column, or its number, from 1", "x = 1 and y = 2"),
        ('y = "marks"', "y = 1.5", "data.y must be the name of a column, or its number, from 1", "x = 1 and y = 2"),
        ('x = "hours"', "x = true", "data.x must be the name of a column, or its number, from 1", "x = 1 and y = 2"),
        ('x = "hours"', "x = 1", "data.x and data.y must both be names, or both be numbers", "a header"),
        ("KEYS", 'seperator = ";"', "unknown key data.seperator", "did you mean separator?"),
        (
            "KEYS",
            'thousands = "."',
            "unknown key data.thousands",
            "decimal, description, drop_empty, file, origin, publish, separator, skip",
        ),
    ],
)
def test_a_key_that_says_how_a_file_is_written_is_checked(
    tmp_path: Path, old: str, new: str, fault: str, remedy: str
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(SCENARIO.replace(old, new).replace("KEYS", ""), encoding="utf-8")
    with pytest.raises(Faults) as caught:
        load(path)
    (found,) = caught.value.faults
    assert found.fault.startswith(fault)
    assert remedy in found.help
    assert found.line is not None


def test_the_page_says_how_many_rows_were_left_out(tmp_path: Path) -> None:
    project = Project.at(tiny.make(tmp_path / "project"))
    scenario_file(project.scenarios, "hours,marks\n1,52\n2,\n3,70\nNA,1\n", "drop_empty = true")
    page = pages(project).scenario_page
    assert "\n\nRows of the data file that have no number in x or y, and are left out: 2.\n\n" in page("own")
    assert "left out" not in page("tiny")


# --- Whatever is written --------------------------------------------------------------------------------------

numbers = st.floats(-FLOAT32_MAX, FLOAT32_MAX)
SAFE = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SPELT = {",": ",", ";": ";", "\t": "tab", "|": "|", " ": "space"}


@SAFE
@given(
    table=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20),
    separator=st.sampled_from(list(SPELT)),
    decimal=st.sampled_from([".", ","]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    header=st.booleans(),
    mark=st.booleans(),
    comments=st.integers(0, 2),
)
def test_numbers_written_in_any_way_that_keys_describe_are_read_back_exactly(
    tmp_path: Path, table: list[tuple[float, float]], separator: str, decimal: str, quoting: int, end: str,
    header: bool, mark: bool, comments: int,
) -> None:  # fmt: skip
    text = "# made up\n" * comments + written(table, separator, decimal, quoting, header)
    text = "\ufeff" * mark + text.replace("\n", end)
    keys = f'separator = "{SPELT[separator]}"\ndecimal = "{decimal}"\n'
    found = read(tmp_path, text, keys, COLUMNS if header else NUMBERED)
    assert list(map(repr, found.xs)) == [repr(x) for x, _ in table]
    assert list(map(repr, found.ys)) == [repr(y) for _, y in table]


def written(table: list[tuple[float, float]], separator: str, decimal: str, quoting: int, header: bool) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, quoting=quoting, lineterminator="\n")  # type: ignore[arg-type]
    if header:
        writer.writerow(["hours", "marks"])
    writer.writerows([[f"{number!r}".replace(".", decimal) for number in row] for row in table])
    return out.getvalue()


@SAFE
@given(
    table=st.lists(st.tuples(numbers, st.integers(-10**6, 10**6) | st.decimals(-9999, 9999, places=3).map(float)),
                   min_size=1, max_size=8),
    separator=st.sampled_from(list(SPELT)),
    decimal=st.sampled_from([".", ","]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    header=st.booleans(),
    above=st.integers(0, 3),
    tried=st.tuples(st.sampled_from(list(SPELT)), st.sampled_from([".", ","])),
)  # fmt: skip
def test_keys_that_do_not_fit_are_refused_and_the_remedies_lead_to_the_numbers(
    tmp_path: Path, table: list[tuple[float, float]], separator: str, decimal: str, quoting: int, header: bool,
    above: int, tried: tuple[str, str],
) -> None:  # fmt: skip
    content = "Made up\n" * (above * header) + written(table, separator, decimal, quoting, header)
    keys = {"x": '"hours"', "y": '"marks"', "separator": f'"{SPELT[tried[0]]}"', "decimal": f'"{tried[1]}"'}
    for _ in range(4):
        try:
            found = read(tmp_path, content, "".join(f"{key} = {value}\n" for key, value in keys.items()), "")
        except (Fault, Faults) as problem:
            faults = [problem] if isinstance(problem, Fault) else problem.faults
            for fault in faults:
                keys |= dict(re.findall(r'(\w+) = ("[^"]*"|\w+)', fault.help))
            continue
        assert list(map(repr, found.xs)) == [repr(float(x)) for x, _ in table]
        assert list(map(repr, found.ys)) == [repr(float(y)) for _, y in table]
        return
    raise AssertionError(f"the remedies lead nowhere: {keys}\n{content}\n{faults}")


WAYS = st.tuples(
    st.sampled_from(["", 'separator = ";"\n', 'separator = "tab"\n', 'separator = "space"\n', 'separator = "|"\n']),
    st.sampled_from(["", 'decimal = ","\n', 'decimal = "."\n']),
    st.sampled_from(["", "skip = 1\n", "skip = 3\n"]),
    st.sampled_from(["", "drop_empty = true\n"]),
).map("".join)


def refused_or_finite(folder: Path, content: bytes, keys: str, columns: str) -> None:
    said = ""
    try:
        found = read(folder, content, keys, columns)
    except (Fault, Faults) as problem:
        said = str(problem)
    if said:
        assert len(said) < 12_000
        return
    assert len(found.xs) == len(found.ys) > 0
    assert all(abs(number) <= FLOAT32_MAX for number in found.xs + found.ys)


@SAFE
@given(content=st.binary(max_size=400), keys=WAYS, columns=st.sampled_from([COLUMNS, NUMBERED]))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes, keys: str, columns: str) -> None:
    refused_or_finite(tmp_path, content, keys, columns)


@SAFE
@given(
    parts=st.lists(
        st.sampled_from(
            ["hours", "marks", ",", ";", "\t", "|", " ", "\n", "\r", "\r\n", '"', "#", "sep=;", "1", "2.5", "1,5",
             "1.234", "Sum", "NA", "-", "\ufeff", "\xa0", "é", "1e5", "%", "'", "hours,marks\n", "hours;marks\n",
             "1,2\n", "1;2\n"]
        ), max_size=40,
    ),
    keys=WAYS,
    columns=st.sampled_from([COLUMNS, NUMBERED]),
)  # fmt: skip
def test_any_heap_of_what_tables_are_made_of_is_read_or_refused(
    tmp_path: Path, parts: list[str], keys: str, columns: str
) -> None:
    refused_or_finite(tmp_path, "".join(parts).encode(), keys, columns)


@SAFE
@given(cell=st.one_of(st.text(max_size=12), st.text(string.digits + ".,eE+-_ '", max_size=10)))
def test_a_cell_is_the_number_that_float_makes_of_it_or_none(tmp_path: Path, cell: str) -> None:
    quoted = cell.replace('"', '""')
    try:
        found = read(tmp_path, f'hours,marks\n1,"{quoted}"\n')
    except (Fault, Faults):
        return
    assert found.ys == (float(cell),)
    assert set(cell.strip()) <= set("0123456789.eE+-")


@given(st.integers(1000, 10**12), st.sampled_from([",", ".", "'", " ", "\u202f", "\xa0"]))
def test_a_remedy_writes_a_number_without_its_thousands_separators(number: int, sign: str) -> None:
    grouped = f"{number:,}".replace(",", sign)
    decimal = "." if sign == "," else ","
    assert without_groups(f"{grouped}{decimal}25") == f"{number}{decimal}25"
