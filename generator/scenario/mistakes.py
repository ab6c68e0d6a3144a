"""From what pydantic finds wrong to what a person can act on: the line, the fault, a remedy."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from generator.faults import Fault, lines_of, nearest
from generator.scenario import remedies, unoffered
from generator.scenario.naming import WORDS
from generator.scenario.schema import (
    FLOAT32_MAX,
    Csv,
    FigureSettings,
    Input,
    Points,
    Spec,
    Start,
    Stop,
    Synthetic,
    Target,
    Training,
)
from generator.scenario.table import Table
from generator.scenario.unoffered import Refusal, plainly

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


def explain_all(path: Path, text: str, table: Mapping[str, Any], errors: Sequence[Any]) -> list[Fault]:
    """A fault for each error; but a key that is missing because it is misspelt is one mistake and not two.

    Nor is a list of many entries that are wrong in one way: the first of them speaks for all.
    """
    unknown = [error for error in errors if error["type"] == "extra_forbidden"]
    meant = {place for error in unknown if (place := _place_meant(error["loc"]))}
    alike = Counter(_way(error) for error in errors)
    faults: dict[str, Fault] = {}
    told = set()
    for error in errors:
        if _way(error) in told or (error["type"] == "missing" and _place(error["loc"]) in meant):
            continue
        if _is_entry(error["loc"]):
            told.add(_way(error))
        for fault in _explain(path, text, table, error, alike[_way(error)] - 1):
            faults.setdefault(str(fault), fault)
    return list(faults.values())


def _way(error: Mapping[str, Any]) -> tuple[object, ...]:
    """What errors of entries of one list have in common; of other errors there is one each."""
    loc = error["loc"]
    return (*loc[:-1], error["type"]) if _is_entry(loc) else (*loc, error["type"], id(error))


def _is_entry(loc: Sequence[str | int]) -> bool:
    return bool(loc) and isinstance(loc[-1], int)


def _explain(path: Path, text: str, table: Mapping[str, Any], error: Mapping[str, Any], alike: int) -> Iterator[Fault]:
    location, variant = _place(error["loc"]), _variant(error["loc"])
    key, kind, value = ".".join(location), error["type"], error["input"]
    if refusal := _refused(location, value, kind):
        place = location[:-1] if location[-1].isdecimal() else location
        yield at_key(path, text, place, f"{_dotted(place)}: {refusal.fault}", refusal.help)
    elif kind == "extra_forbidden":
        yield from _unknown(path, text, error["loc"], value)
    elif kind == "value_error":  # our own: "data.low must …; remedy"
        fault, _, own_remedy = str(error["ctx"]["error"]).partition("; ")
        at = fault.split(" ", 1)[0].split(".")
        yield at_key(path, text, at, fault, own_remedy or remedies.of_key(at, variant))
    elif kind in ("union_tag_invalid", "union_tag_not_found"):
        given = table["data"].get("source")
        fault = "data.source is missing" if given is None else f"data.source cannot be {given!r}"
        meant = _meant(["data", "source"], given, ["synthetic", "points", "csv"])
        remedy = "; ".join(filter(None, [meant, remedies.of_key(location)]))
        yield at_key(path, text, ["data", "source"], fault, remedy)
    elif kind == "missing":
        yield at_key(path, text, location, f"{key} is missing", remedies.of_key(location, variant))
    else:
        more = f" ({alike} more like it)" if alike and location[-1].isdecimal() else ""
        fault = f"{_name(location)} must {_finding(error, location)}{more}"
        yield at_key(path, text, location, fault, _remedy(error, location, variant))


def _place(loc: Sequence[str | int]) -> tuple[str, ...]:
    """Where it stands in the file: pydantic names the variant of [data] too, in second place."""
    return tuple(str(part) for number, part in enumerate(loc) if (number, loc[0]) != (1, "data"))


def _variant(loc: Sequence[str | int]) -> str:
    return str(loc[1]) if loc[:1] == ("data",) and len(loc) > 1 else ""


# --- Keys that are none, and values that are ------------------------------------------------------------------


def _refused(location: Sequence[str], value: Any, kind: str) -> Refusal | None:
    """Why what is asked for by the value of a key is not offered, if that is known."""
    if not location or kind in ("missing", "extra_forbidden"):
        return None
    table, *keys = location
    key = (table, *keys[:1])
    if key in (("data", "x"), ("data", "y")) and kind in ("float_type", "value_error", "string_type"):
        several = isinstance(value, list) and (len(value) > 1 or kind == "value_error")
        return {"x": unoffered.FEATURES, "y": unoffered.TARGETS}[keys[0]] if several else None
    if key == ("training", "learning_rate") and isinstance(value, list | dict):
        return unoffered.RATES if len(value) > isinstance(value, list) else None
    if key == ("data", "bias") and isinstance(value, bool):
        return None if value else unoffered.INTERCEPT
    if kind == "literal_error" and isinstance(value, str):
        found = unoffered.REFUSED_VALUES.get(key, {}).get(plainly(value))
        is_loss = key == ("training", "loss") and not _meant(location, value, ["mean", "sum", "half", "half_sum"])
        return found or (unoffered.LOSS if is_loss and value.strip() else None)
    return None


def _refusal_of(name: str, value: Any) -> Refusal | None:
    """What the name of a key asks for in vain. A number beside an intercept is its height, and no wish to have none."""
    name = plainly(name)
    if name in ("b", "bias"):
        return unoffered.INTERCEPT if isinstance(value, bool) else None
    refusal = unoffered.REFUSED.get(name)
    is_height = isinstance(value, int | float) and not isinstance(value, bool)
    return None if refusal is unoffered.INTERCEPT and is_height and name == "intercept" else refusal


def _is_idle(refusal: Refusal, value: Any) -> bool:
    if isinstance(value, dict):
        asked = [(_refusal_of(name, inside), inside) for name, inside in value.items()]
        return bool(asked) and all(inner and _is_idle(inner, inside) for inner, inside in asked)
    value = plainly(value) if isinstance(value, str) else value
    return any(isinstance(value, bool) is isinstance(idle, bool) and value == idle for idle in refusal.idle)


def _unknown(path: Path, text: str, loc: Sequence[str | int], value: Any) -> Iterator[Fault]:
    """A key that the schema has not: what it asks for in vain, what was meant by it, or which keys there are."""
    location = _place(loc)
    asked = {(*location, name): inside for name, inside in value.items()} if isinstance(value, dict) else {}
    for place, inside in (asked | {location: value}).items():  # in a table that is not ours, its keys come first
        refusal = _refusal_of(place[-1], inside)
        if refusal and not _is_idle(refusal, inside):
            yield at_key(path, text, place, f"{_dotted(place)}: {refusal.fault}", refusal.help)
            return
    fault = f"unknown key {_dotted(location)}"
    if _refusal_of(location[-1], value):
        yield at_key(path, text, location, fault, "leave it out; that is what every run here does")
        return
    meant = _place_meant(loc)
    if meant is None:
        remedy = f"known here: {', '.join(sorted(_keys_at(loc[:-1])))}"
    else:
        remedy = f"did you mean {meant[-1] if meant[:-1] == location[:-1] else _written_at(meant)}?"
        if plainly(location[-1]) in unoffered.CALLED:  # who has another name for it may have other values too
            remedy = f"{remedy} {remedies.of_key(meant, _variant(loc))}"
    yield at_key(path, text, location, fault, remedy)


def _dotted(place: Sequence[str]) -> str:
    """The names of a place. One may hold the end of a line, which is none of the message's."""
    return ".".join(place).replace("\n", "\\n")


def _written_at(place: Sequence[str]) -> str:
    match place:
        case [table]:
            return f"the table [{table}]" if table in TABLES else f"{table}, at the top of the file"
        case [table, key]:
            return f"{key}, under [{table}]"
        case [table, key, inner]:
            return f"{key} = {{ {inner} = … }}, under [{table}]"
    raise AssertionError(place)


def _place_meant(loc: Sequence[str | int]) -> tuple[str, ...] | None:
    """The place of the known key that an unknown one stands for: near in spelling, called so elsewhere, elsewhere."""
    *where, last = loc
    here, name = _keys_at(where), plainly(last)
    table = _place(loc)[:-1]
    if close := difflib.get_close_matches(str(last), here, n=1, cutoff=0.8):
        return (*table, close[0])
    called = _called(name, table)
    if called and (called[:-1] != table or called[-1] in here):
        return called
    if name in unoffered.CALLED:
        return None
    others = [key for key in here if key not in WORDS]  # those of words are near to much
    meant = name if name in here else nearest(name, others)
    return (*table, meant) if meant else None


def _called(name: str, table: tuple[str, ...]) -> tuple[str, ...] | None:
    # What is the line that points scatter around in [data] is elsewhere the line to start from.
    if name in ("intercept", "bias"):
        return ("data", "bias") if table == ("data",) else ("training", "start", "b")
    if name in ("slope", "weight"):
        return ("data", "weight") if table == ("data",) else ("training", "start", "w")
    if name in ("std", "stddev", "sigma") and table != ("data",):
        return None  # it is the noise of points alone
    if name == "target" and table == ("data",):
        return ("data", "y")
    if name == "seed":  # two keys have this name: of the points, and of the start
        return ("training", "start", "seed") if table == ("training",) else ("data", "seed")
    if place := unoffered.CALLED.get(name):
        return tuple(place.split("."))
    homes = [
        home
        for home, model in (*TABLES.items(), *(("data", model) for model in DATA.values()))
        if name in _fields(model)
    ]
    return (homes[0], name) if homes and (homes[0],) != table else None


def _meant(location: Sequence[str], value: Any, known: Sequence[str]) -> str:
    """How the value is written that a text stands for: called so elsewhere, or near in spelling."""
    if not isinstance(value, str):
        return ""
    said = plainly(value)
    ours = unoffered.MEANT.get(tuple(location), {}).get(said) or next((name for name in known if name == said), None)
    close = [ours] if ours else difflib.get_close_matches(said, known, n=1, cutoff=0.7)
    return f'write {location[-1]} = "{close[0]}"' if close else ""


def _remedy(error: Mapping[str, Any], location: Sequence[str], variant: str) -> str:
    """For a value that does not fit: by what it is, and else by its key."""
    remedy, value, kind = remedies.of_key(location, variant), error["input"], error["type"]
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        meant = _meant(location, value, known)
        return f"{meant}; {remedy}" if meant else remedy
    if tuple(location) == ("training", "learning_rate") and (found := remedies.of_no_rate(value)):
        return found
    key = "" if location[-1].isdecimal() else f"{location[-1]} = "
    return remedies.of_value(kind, value, key, remedy)


def _name(location: Sequence[str]) -> str:
    *keys, last = location
    return f"entry {int(last) + 1} of {'.'.join(keys)}" if last.isdecimal() else ".".join(location)


def _finding(error: Mapping[str, Any], location: Sequence[str]) -> str:
    limits = error.get("ctx") or {}
    value = error["input"]
    if FLOAT32_MAX in limits.values() or -FLOAT32_MAX in limits.values():
        return "fit in float32, where 3.4e38 is the largest number"
    if error["type"] == "float_type" and type(value) is int:  # one that no float is as large as
        return "fit in float32, where 3.4e38 is the largest number"
    if error["type"] != "float_type" and location[-1] in POSITIVE:
        return "be a finite number above 0"
    finding = FINDINGS.get(error["type"])
    if not finding:
        return f"be valid: {error['msg']}"
    instead = remedies.kind_of(value) if error["type"].endswith("_type") else ""
    return finding.format(**limits) + (f", not {instead}" if instead else "")


POSITIVE = ("learning_rate", "scale", "gradient_norm", "loss_change", "decay")
TABLES: dict[str, type[Table]] = {
    "input": Input, "target": Target, "training": Training, "stop": Stop, "figure": FigureSettings,
}  # fmt: skip
DATA: dict[str, type[Table]] = {"synthetic": Synthetic, "points": Points, "csv": Csv}


def _keys_at(loc: Sequence[str | int]) -> list[str]:
    """The keys that the schema knows in the table at this place."""
    return _fields((TABLES | DATA | {"start": Start}).get(str(loc[-1]), Spec) if loc else Spec)


def _fields(model: type[Table]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def at_key(path: Path, text: str, location: Sequence[str], fault: str, remedy: str) -> Fault:
    """A fault at a key of a TOML file, or at the nearest table that is there."""
    return Fault.at_line(fault, file=path, text=text, line=_find_line(text, location), help=remedy)


def _find_line(text: str, location: Sequence[str]) -> int | None:
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
    for number, line in enumerate(lines_of(text)[key_line - 1 :], start=key_line):
        values = line.partition("#")[0].rpartition("=")[2]
        seen += len(re.findall(r"[^\s,\[\]]+", values))
        if seen > index:
            return number
    return key_line


def _keys_by_line(text: str) -> Iterator[tuple[int, list[str]]]:
    table: list[str] = []
    for number, line in enumerate(lines_of(text), start=1):
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
    if close := nearest(path.name, names):
        return f"did you mean {close}?"
    return f"in {path.parent} there are: {', '.join(names)}" if names else f"{path.parent} has no {pattern} file"
