"""From a TOML file to a scenario: found, parsed, checked, its data file read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from generator.faults import Fault, Faults
from generator.scenario.csv_file import read_csv
from generator.scenario.mistakes import at_key, explain_all, neighbours
from generator.scenario.remedies import ANY_TOML, of_no_toml
from generator.scenario.schema import Csv, Scenario, Spec

ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


def load_all(folder: Path) -> dict[str, Scenario]:
    """Every ``*.toml`` in the folder, by id, in order. Raises `Faults` with all mistakes."""
    scenarios: dict[str, Scenario] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            scenarios[path.stem] = load(path)
        except Fault as fault:
            faults.append(fault)
        except Faults as several:
            faults.extend(several.faults)
    if faults:
        raise Faults(faults)
    return scenarios


def load(path: Path) -> Scenario:
    """Read and check one scenario file. Raises `Fault`, or `Faults` when there are several."""
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
    try:
        spec = Spec.model_validate(table)
    except ValidationError as problem:
        raise Faults(explain_all(path, text, table, problem.errors())) from None

    parts: dict[str, Any] = {name: getattr(spec, name) for name in Spec.model_fields}
    if isinstance(spec.data, Csv):
        read = read_csv(spec.data, path, text)
        parts |= {"csv_points": (read.xs, read.ys), "dropped_rows": read.dropped_rows}
    scenario = Scenario(**parts, id=path.stem, path=path, text=text)
    batch_size = scenario.training.batch_size
    if batch_size is not None and batch_size >= scenario.count:
        raise at_key(
            path, text, ["training", "batch_size"],
            f"training.batch_size must be below the number of points, {scenario.count}",
            "leave batch_size out to train on all points at once",
        )  # fmt: skip
    return scenario


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """A TOML file's text and table. Raises `Fault` where it is none, and `FileNotFoundError`."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte order mark
        return text, tomllib.loads(text)
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as problem:
        raise Fault(f"the file cannot be read: {problem}", file=path, help="save it as UTF-8 text") from None
    except tomllib.TOMLDecodeError as problem:
        found, lines = re.search(r"at line (\d+)", str(problem)), text.splitlines()
        number = int(found[1]) if found else len(lines)
        raise Fault.at_line(
            f"not valid TOML: {problem}", file=path, text=text,
            line=number,
            help=of_no_toml(lines[number - 1]) if number <= len(lines) else ANY_TOML,
        ) from None  # fmt: skip
