"""From what pydantic finds wrong to what a person can act on: the line, the fault, a remedy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from generator.faults import Fault
from generator.scenario.schema import (
    FLOAT32_MAX,
    MAX_EPOCHS,
    MAX_POINTS,
    Csv,
    FigureSettings,
    Input,
    Points,
    Spec,
    Start,
    Stop,
    Synthetic,
    Table,
    Training,
)

# --- Diagnostics: from what pydantic says to what a person can act on -------------------------------------

REMEDIES = {
    ("expect",): 'what the run is meant to show: expect = "converges", "crawls", "bounces" or "diverges"',
    ("title",): 'a few words for people to read: [title] en = "A step too far"',
    ("data",): 'source is "synthetic", "points" or "csv"; docs/scenarios has an example of each key',
    ("data", "seed"): "any whole number from 0: another seed draws other points",
    ("data", "count"): f"a whole number of points from 1 to {MAX_POINTS}",
    ("data", "weight"): "the slope of the line that the points scatter around, such as 0.5",
    ("data", "bias"): "the height of the line that the points scatter around, such as 30.0",
    ("data", "noise"): "how far the points scatter around their line: 0 for not at all",
    ("data", "low"): "x is drawn from the whole numbers low, low + 1, …, high − 1",
    ("data", "high"): "x is drawn from the whole numbers low, low + 1, …, high − 1",
    ("data", "x"): 'x = [1.0, 2.0] and y = [3.0, 5.0]: finite numbers, as many x as y; of a CSV, x = "hours"',
    ("data", "y"): 'x = [1.0, 2.0] and y = [3.0, 5.0]: finite numbers, as many x as y; of a CSV, y = "marks"',
    ("data", "file"): 'file = "own.csv", beside the scenario, with x and y naming its columns',
    ("data", "separator"): 'what stands between the columns; leave it out for ","',
    ("data", "decimal"): 'what stands between the 1 and the 5 of one and a half; leave it out for "."',
    ("data", "skip"): "the number of lines above the one that names the columns; leave it out for 0",
    ("data", "drop_empty"): "drop_empty = true leaves out the rows that have nothing in x or y; the page says how many",
    ("input",): "scale = 0.1, or center = true, or both; or standardize = true",
    ("training", "learning_rate"): "to show divergence use a large finite rate, such as 1.0",
    ("training", "epochs"): f"a whole number of epochs from 1 to {MAX_EPOCHS}",
    ("training", "start"): "start = { w = 1.0, b = 0.0 }",
    ("training", "loss"): 'leave it out for "mean"',
    ("training", "dtype"): 'leave it out for "float32", in which the loss overflows at 3.4e38',
    ("training", "momentum"): "0.9 is usual; leave it out for plain descent",
    ("training", "decay"): "0.01 halves the rate in the first 100 epochs; leave it out for a constant rate",
    ("training", "batch_size"): "leave it out to train on all points at once",
    ("training",): "learning_rate, epochs and start are needed",
    ("stop",): "a small number, such as 1e-3; leave it out for no such rule",
    ("figure",): "table_epochs = [1, 10, 100]: up to 12 epochs of the run, rising; every = 100: epochs a frame",
}

# What pydantic finds, by its own name for it, after "<key> must".
FINDINGS = {
    "float_type": "be a number",
    "int_type": "be a whole number",
    "int_from_float": "be a whole number",
    "bool_type": "be true or false",
    "string_type": "be text in quotes",
    "list_type": "be a list in [brackets]",
    "dict_type": "be a table",
    "model_type": "be a table",
    "model_attributes_type": "be a table",
    "string_too_short": "not be empty",
    "string_too_long": "have at most {max_length} characters",
    "too_short": "not be empty",
    "too_long": "have at most {max_length} entries",
    "literal_error": "be {expected}",
    "finite_number": "be a finite number",
    "greater_than": "be above {gt}",
    "greater_than_equal": "be at least {ge}",
    "less_than": "be below {lt}",
    "less_than_equal": "be at most {le}",
}


def explain_all(path: Path, text: str, table: Mapping[str, Any], errors: list[Any]) -> list[Fault]:
    """A fault for each error; but a key that is missing because it is misspelt is one mistake and not two."""
    misspelt = {(*error["loc"][:-1], *_close(error["loc"])) for error in errors if error["type"] == "extra_forbidden"}
    return [
        _explain(path, text, table, error)
        for error in errors
        if error["type"] != "missing" or error["loc"] not in misspelt
    ]


def _close(location: tuple[str | int, ...]) -> list[str]:
    """The known key that an unknown one resembles, if any does."""
    return difflib.get_close_matches(str(location[-1]), _keys_at(location[:-1]), n=1, cutoff=0.5)


def _explain(path: Path, text: str, table: Mapping[str, Any], error: dict[str, Any]) -> Fault:
    # pydantic names the variant of [data] too, in second place.
    location = [str(part) for place, part in enumerate(error["loc"]) if (place, error["loc"][0]) != (1, "data")]
    kind = error["type"]
    if kind == "extra_forbidden":
        known = ", ".join(sorted(_keys_at(error["loc"][:-1])))
        close = _close(error["loc"])
        remedy = f"did you mean {close[0]}?" if close else f"known here: {known}"
        return at_key(path, text, location, f"unknown key {'.'.join(location)}", remedy)
    if kind == "value_error":  # our own: "data.low must …; remedy"
        fault, _, own_remedy = str(error["ctx"]["error"]).partition("; ")
        location = fault.split(" ", 1)[0].split(".")
        return at_key(path, text, location, fault, own_remedy or _remedy(location))
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        given = table["data"].get("source")
        fault = "data.source is missing" if given is None else f"data.source cannot be {given!r}"
        return at_key(path, text, ["data", "source"], fault, _remedy(location))
    if kind == "missing":
        return at_key(path, text, location, f"{'.'.join(location)} is missing", _remedy(location))
    return at_key(path, text, location, f"{_name(location)} must {_finding(error, location)}", _remedy(location))


def _remedy(location: list[str]) -> str:
    """That of the key, or else of its table."""
    return REMEDIES.get(tuple(location[:2])) or REMEDIES.get(tuple(location[:1]), "")


def _name(location: list[str]) -> str:
    *keys, last = location
    return f"entry {int(last) + 1} of {'.'.join(keys)}" if last.isdecimal() else ".".join(location)


def _finding(error: Mapping[str, Any], location: list[str]) -> str:
    limits = error.get("ctx") or {}
    if FLOAT32_MAX in limits.values() or -FLOAT32_MAX in limits.values():
        return "fit in float32, where 3.4e38 is the largest number"
    if location[-1] in ("learning_rate", "scale", "gradient_norm", "loss_change", "decay"):
        return "be a number" if error["type"] == "float_type" else "be a finite number above 0"
    finding = FINDINGS.get(error["type"])
    return finding.format(**limits) if finding else f"be valid: {error['msg']}"


def _keys_at(location: tuple[str | int, ...]) -> list[str]:
    """The keys that the schema knows in the table at this place."""
    models: dict[str, type[Table]] = {
        "synthetic": Synthetic, "points": Points, "csv": Csv, "input": Input, "start": Start,
        "training": Training, "stop": Stop, "figure": FigureSettings,
    }  # fmt: skip
    model = models.get(str(location[-1]), Spec) if location else Spec
    return [field.alias or name for name, field in model.model_fields.items()]


def at_key(path: Path, text: str, location: list[str], fault: str, remedy: str) -> Fault:
    """A fault at a key of a TOML file, or at the nearest table that is there."""
    return Fault.at_line(fault, file=path, text=text, line=_find_line(text, location), help=remedy)


def _find_line(text: str, location: list[str]) -> int | None:
    """The line of a key, found by scanning: tomllib keeps no positions. Falls back to the nearest table."""
    best: int | None = None
    depth = 0
    for number, found in _keys_by_line(text):
        shared = 0
        while shared < min(len(found), len(location)) and found[shared] == location[shared]:
            shared += 1
        if shared > depth and shared == len(found):
            best, depth = number, shared
    if best is not None and location[-1].isdecimal():
        return _find_entry(text, best, int(location[-1]))
    return best


def _find_entry(text: str, key_line: int, index: int) -> int:
    """The line of an entry of a list that may go over several lines."""
    seen = 0
    for number, line in enumerate(text.splitlines()[key_line - 1 :], start=key_line):
        values = line.partition("#")[0].rpartition("=")[2]
        seen += len(re.findall(r"[^\s,\[\]]+", values))
        if seen > index:
            return number
    return key_line


def _keys_by_line(text: str) -> Iterator[tuple[int, list[str]]]:
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[{1,2}\s*([\w.\s-]+?)\s*\]", line):
            table = [part.strip() for part in header[1].split(".")]
            yield number, table
        elif pair := re.match(r"\s*([\w.-]+)\s*=", line):
            key = [*table, *pair[1].split(".")]
            yield number, key
            for inner in re.findall(r"[{,]\s*([\w-]+)\s*=", line):
                yield number, [*key, inner]


def neighbours(path: Path, pattern: str) -> str:
    names = sorted(found.name for found in path.parent.glob(pattern)) if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"in {path.parent} there are: {', '.join(names)}" if names else f"{path.parent} has no {pattern} file"
