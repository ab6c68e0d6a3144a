"""From a TOML file to a scenario: found, parsed, checked, its data file read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from generator.faults import Fault, Faults, lines_of, what_helps
from generator.files import listed, refusal
from generator.scenario.csv_file import read_csv
from generator.scenario.mistakes import at_key, explain_all, neighbours
from generator.scenario.remedies import ANY_TOML, of_no_toml
from generator.scenario.schema import MAX_POINTS_OF_A_MISTAKE, Csv, Scenario, Spec

# Python's reader of TOML takes hours for a key of 20 000 parts.
MANY_PARTS = re.compile(
    r"(?m)(?:^[ \t]*+\[{0,2}+|[{,])[ \t]*+"
    r"""(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){32}"""
)
LONG_NUMBER = re.compile(r"[\d_]{1000}")
NESTED_HELP = "a scenario has tables, and lists of numbers, and nothing inside those"
ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


def load_all(folder: Path) -> dict[str, Scenario]:
    """Every ``*.toml`` in the folder, by id, in order. Raises `Faults` with all mistakes."""
    if folder.exists() and not folder.is_dir():
        raise Fault(
            "no folder, and scenarios lie in one", file=folder, help="delete it, and make a folder of this name"
        )
    scenarios: dict[str, Scenario] = {}
    faults: list[Fault] = []
    for path in listed(folder, ".toml"):
        try:
            scenarios[path.stem] = load(path, folder.parent)
        except Fault as fault:
            faults.append(fault)
        except Faults as several:
            faults.extend(several.faults)
    if faults:
        raise Faults(faults)
    return scenarios


def load(path: Path, tree: Path | None = None) -> Scenario:
    """Read and check one scenario file. Raises `Fault`, or `Faults` when there are several.

    It and its data may be links to what lies in the tree: the folder of the file, unless another is given.
    """
    trees = [tree or path.parent]
    if unfit := refusal(path, trees):
        raise unfit
    if not ID.fullmatch(path.stem):
        raise Fault(
            f"{path.stem!r} cannot be a scenario's id",
            file=path,
            help="name the file with a-z, 0-9 and '-' (not at an end), at most 64 characters",
        )
    try:
        text, table = read_toml(path)
    except FileNotFoundError:
        raise Fault("there is no such scenario file", file=path, help=neighbours(path, "*.toml")) from None
    return made_of(path, text, table, trees)


def made_of(path: Path, text: str, table: dict[str, Any], trees: list[Path]) -> Scenario:
    """The scenario of a file with this text. Its data lie beside that, or are links to what lies in one of the trees.

    Raises `Fault`, or `Faults` when there are several.
    """
    try:
        spec = Spec.model_validate(table)
    except ValidationError as problem:
        raise Faults(explain_all(path, text, table, problem.errors())) from None

    parts: dict[str, Any] = {name: getattr(spec, name) for name in Spec.model_fields}
    if isinstance(spec.data, Csv):
        read = read_csv(spec.data, path, text, trees)
        parts |= {"csv_points": (read.xs, read.ys), "dropped_rows": read.dropped_rows}
    scenario = Scenario(**parts, id=path.stem, path=path, text=text)
    batch_size = scenario.training.batch_size
    if batch_size is not None and batch_size >= scenario.count:
        raise at_key(
            path, text, ["training", "batch_size"],
            f"training.batch_size must be below the number of points, {scenario.count}",
            "leave batch_size out to train on all points at once",
        )  # fmt: skip
    if scenario.training.mistake is not None and scenario.count > MAX_POINTS_OF_A_MISTAKE:
        raise at_key(
            path, text, ["training", "mistake"],
            f"training.mistake is for at most {MAX_POINTS_OF_A_MISTAKE} points, and these are {scenario.count}",
            "a mistake shows on a few points as well: fewer of them, or leave mistake out",
        )  # fmt: skip
    return scenario


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """A TOML file's text and table. Raises `Fault` where it is none, and `FileNotFoundError`."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte order mark
        if deep := MANY_PARTS.search(text):
            place = text.count("\n", 0, deep.start()) + 1
            raise Fault("a key of more than 32 parts", file=path, line=place, help="keys have two parts at most")
        return text, tomllib.loads(text)
    except FileNotFoundError:
        raise
    except OSError as problem:
        raise Fault(f"the file cannot be read: {problem.strerror}", file=path, help=what_helps(problem)) from None
    except UnicodeDecodeError as problem:
        raise Fault(f"the file cannot be read: {problem}", file=path, help="save it as UTF-8 text") from None
    except (RecursionError, MemoryError):
        raise Fault("nested too deep to be read", file=path, help=NESTED_HELP) from None
    except tomllib.TOMLDecodeError as problem:
        found, lines = re.search(r"at line (\d+)", str(problem)), lines_of(text)
        number = int(found[1]) if found else len(lines)
        raise Fault.at_line(
            f"not valid TOML: {problem}", file=path, text=text,
            line=number,
            help=of_no_toml(lines[number - 1]) if number <= len(lines) else ANY_TOML,
        ) from None  # fmt: skip
    except ValueError:  # Python reads no whole number of more digits
        long = next((n for n, line in enumerate(lines_of(text), start=1) if LONG_NUMBER.search(line)), None)
        raise Fault("a number of thousands of digits", file=path, line=long, help="write it as in 1.5e9") from None
