"""From a file's bytes to lines of text: UTF-8, or refused. Another encoding is recognised to name the remedy alone."""

from __future__ import annotations

import codecs
import io
import re
from pathlib import Path

from generator.faults import Fault, what_helps

MAX_BYTES = 2**28
SHOWN = 100  # characters of a line in a message

SAVE_AS_UTF8 = (
    "save it as UTF-8: in Excel as “CSV UTF-8”, in LibreOffice with the character set “Unicode (UTF-8)”, "
    "in R with fileEncoding = \"UTF-8\", in an editor by “Save with encoding”"
)  # fmt: skip
EXPORT = "export the table as CSV, UTF-8"
UTF_16, UTF_32 = (f"not a CSV file in UTF-8 but in {name}" for name in ("UTF-16", "UTF-32"))

# By how a file begins: what it is, and what to do. UTF-32 stands before UTF-16, whose mark begins its own.
BEGINNINGS: list[tuple[bytes, str, str]] = [
    (b"\xff\xfe\x00\x00", UTF_32, SAVE_AS_UTF8),
    (b"\x00\x00\xfe\xff", UTF_32, SAVE_AS_UTF8),
    (b"\xff\xfe", UTF_16, SAVE_AS_UTF8),
    (b"\xfe\xff", UTF_16, SAVE_AS_UTF8),
    (b"PK\x03\x04", "not a CSV file but a workbook or a zip archive", EXPORT),
    (b"\xd0\xcf\x11\xe0", "not a CSV file but an old Excel workbook", EXPORT),
    (b"\x1f\x8b", "not a CSV file but one that is compressed", "unpack it first"),
    (b"%PDF", "not a CSV file but a PDF", EXPORT),
    (b"PAR1", "not a CSV file but Parquet", EXPORT),
    (b"SQLite format 3", "not a CSV file but a database", EXPORT),
    (b"{\\rtf", "not a CSV file but formatted text", "save it as plain text, UTF-8"),
]
WEB_PAGE = re.compile(r"\s*(?:<\?xml|<!doctype|<html|<table)\b", re.IGNORECASE)


def lines_of(file: Path) -> list[str]:
    """The physical lines of a file, however they end, each with ``\\n``. Raises `Fault`."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise Fault(f"more than {MAX_BYTES // 10**6} MB", file=file, help="take a sample of its rows")
        raw = file.read_bytes()
    except OSError as problem:
        raise Fault(f"the file cannot be read: {problem.strerror}", file=file, help=what_helps(problem)) from None
    for beginning, fault, remedy in BEGINNINGS:
        if raw.startswith(beginning):
            raise Fault(fault, file=file, help=remedy)
    if (place := raw.find(b"\x00")) >= 0:
        raise _nul(raw, place, file)
    raw = raw.removeprefix(codecs.BOM_UTF8)  # spreadsheets like to begin a CSV with it
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise _undecodable(raw, problem.start, file) from None
    if WEB_PAGE.match(text):
        raise Fault("not a CSV file but a web page", file=file, line=1, excerpt=visible(text.split("\n", 1)[0]),
                    help="download the data itself, as CSV")  # fmt: skip
    return list(io.StringIO(text, newline=None))


def _nul(raw: bytes, place: int, file: Path) -> Fault:
    # Of ASCII in UTF-16 every other byte is NUL.
    start = raw[:400]
    if max(start[::2].count(0), start[1::2].count(0)) * 3 > len(start):
        return Fault(UTF_16, file=file, help=SAVE_AS_UTF8)
    return Fault("not a CSV file: it has a NUL byte", file=file, line=_line(raw, place),
                 help=f"{EXPORT}; if a logger lost power and left it, delete that line")  # fmt: skip


def _undecodable(raw: bytes, place: int, file: Path) -> Fault:
    line = _line(raw, place)
    # Windows-1252 leaves five bytes undefined; Latin-1 none.
    shown = re.split(rb"\r\n|\r|\n", raw)[line - 1].decode("cp1252", errors="replace")
    letter = raw[place : place + 1].decode("cp1252", errors="replace")
    as_windows = f", which Windows-1252 reads as {letter!r}" if letter.isprintable() and letter != "�" else ""
    return Fault(f"not a CSV file in UTF-8: byte 0x{raw[place]:02x}{as_windows}", file=file, line=line,
                 excerpt=visible(shown), help=SAVE_AS_UTF8)  # fmt: skip


def _line(raw: bytes, place: int) -> int:
    """The physical line of a byte."""
    return len(re.findall(rb"\r\n|\r|\n", raw[:place])) + 1


def visible(line: str, length: int = SHOWN) -> str:
    """A line for a message: not too long, and with what cannot be seen written out."""
    line = line.rstrip("\n")
    shown = line if len(line) <= length else f"{line[: length - 1]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
