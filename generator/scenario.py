"""A scenario: what a TOML file asks for, checked before anything is trained."""

from __future__ import annotations

import csv
import difflib
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from generator.faults import Fault, Faults

Verdict = Literal["converges", "crawls", "bounces", "diverges"]
Dtype = Literal["float32", "float64"]
LossConvention = Literal["mean", "sum", "half"]

FLOAT32_MAX = 3.4028234663852886e38
MAX_POINTS = 1_000_000
MAX_EPOCHS = 1_000_000

Finite = Annotated[float, Field(allow_inf_nan=False, ge=-FLOAT32_MAX, le=FLOAT32_MAX)]
Positive = Annotated[float, Field(allow_inf_nan=False, gt=0, le=FLOAT32_MAX)]
Epoch = Annotated[int, Field(ge=1, le=MAX_EPOCHS)]


class Part(BaseModel):
    """A table of the file: immutable, no unknown keys, and text that looks like a number is none."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Synthetic(Part):
    """y = weight · x + bias + noise · N(0, 1), with x whole numbers drawn from [low, high)."""

    source: Literal["synthetic"]
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)]
    count: Annotated[int, Field(ge=1, le=MAX_POINTS)]
    weight: Finite
    bias: Finite
    noise: Annotated[float, Field(allow_inf_nan=False, ge=0, le=FLOAT32_MAX)]
    # float32 holds every whole number up to 2²⁴ exactly.
    low: Annotated[int, Field(ge=-(2**24), le=2**24)]
    high: Annotated[int, Field(ge=-(2**24), le=2**24)]

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Synthetic:
        if self.low >= self.high:
            raise ValueError(f"data.low must be below data.high, and {self.low} is not below {self.high}")
        return self


class Points(Part):
    """The points themselves."""

    source: Literal["points"]
    x: list[Finite]
    y: list[Finite]

    @model_validator(mode="after")
    def _pairs(self) -> Points:
        if len(self.x) != len(self.y):
            raise ValueError(f"data.x has {len(self.x)} numbers and data.y has {len(self.y)}; they go in pairs")
        if not self.x:
            raise ValueError("data.x is empty; a line needs at least one point")
        if len(self.x) > MAX_POINTS:
            raise ValueError(f"data.x has {len(self.x)} numbers; at most {MAX_POINTS} are read")
        return self


class Csv(Part):
    """Two named columns of a CSV file that lies beside the TOML file."""

    source: Literal["csv"]
    file: str
    x: str
    y: str


class Input(Part):
    """What is done to x before training: ``(x − mean) · factor``, each part optional."""

    scale: Positive | None = None
    center: bool = False
    standardize: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Input:
        if self.standardize and (self.scale is not None or self.center):
            raise ValueError("input.standardize already centres and scales; leave input.scale and input.center out")
        return self


class Start(Part):
    """State 0."""

    weight: Finite = Field(alias="w")
    bias: Finite = Field(alias="b")


class Training(Part):
    """How it descends. With momentum, decay or minibatches there is no closed form, and no prediction."""

    learning_rate: Positive
    epochs: Epoch
    start: Start
    loss: LossConvention = "mean"
    dtype: Dtype = "float32"
    # The share of the last step that the next one keeps; and the rate is learning_rate / (1 + decay · epochs gone).
    momentum: Annotated[float, Field(allow_inf_nan=False, gt=0, lt=1)] | None = None
    decay: Positive | None = None
    batch_size: Annotated[int, Field(ge=1, le=MAX_POINTS)] | None = None

    @property
    def is_plain(self) -> bool:
        """Every epoch is one step of the same length along the gradient of all points."""
        return self.momentum is None and self.decay is None and self.batch_size is None


class Stop(Part):
    """Rules that may end a run before its last epoch."""

    gradient_norm: Positive | None = None
    loss_change: Positive | None = None


class Figure(Part):
    every: Epoch | None = None
    table_epochs: Annotated[list[Epoch], Field(min_length=1, max_length=12)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Figure:
        epochs = self.table_epochs
        if epochs and epochs != sorted(set(epochs)):
            raise ValueError("figure.table_epochs must rise, each epoch once")
        return self


class Spec(Part):
    """The whole file."""

    expect: Verdict
    title: dict[str, Annotated[str, Field(min_length=1, max_length=120)]]
    data: Annotated[Synthetic | Points | Csv, Field(discriminator="source")]
    input: Input = Input()
    training: Training
    stop: Stop = Stop()
    figure: Figure = Figure()

    @model_validator(mode="after")
    def _title_in_english(self) -> Spec:
        if "en" not in self.title:
            raise ValueError('title.en is missing; every scenario has an English title: [title] en = "…"')
        return self

    @model_validator(mode="after")
    def _table_within_the_run(self) -> Spec:
        late = [e for e in self.figure.table_epochs or [] if e > self.training.epochs]
        if late:
            raise ValueError(f"figure.table_epochs names epoch {late[0]}, and the run ends at {self.training.epochs}")
        return self


class Scenario(Spec):
    """A file that passed every check: its parts, its id (the file's name), its text, and its CSV's points."""

    id: str
    path: Path
    text: str
    csv_points: tuple[tuple[float, ...], tuple[float, ...]] | None = None

    @property
    def count(self) -> int:
        """The number of points."""
        match self.data:
            case Synthetic():
                return self.data.count
            case Points():
                return len(self.data.x)
            case Csv():
                assert self.csv_points is not None
                return len(self.csv_points[0])

    @property
    def batch_seed(self) -> int:
        """What the minibatches are drawn from: the seed of synthetic data, and 0 for points that are given."""
        return self.data.seed if isinstance(self.data, Synthetic) else 0

    def title_in(self, language: str) -> str:
        return self.title.get(language, self.title["en"])

    def run_inputs(self) -> str:
        """All that the run depends on, as JSON: files that differ in comments, title or figure alone share it."""
        return self.model_dump_json(include={"data", "csv_points", "input", "training", "stop"})


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
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte order mark
    except FileNotFoundError:
        raise Fault("there is no such scenario file", file=path, help=_neighbours(path, "*.toml")) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise Fault(f"the file cannot be read: {problem}", file=path, help="save it as UTF-8 text") from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        line = re.search(r"at line (\d+)", str(problem))
        raise _at_line(
            path, text, int(line[1]) if line else len(text.splitlines()), f"not valid TOML: {problem}",
            "text goes in quotes, a table's name in [brackets], and each key stands once",
        ) from None  # fmt: skip
    try:
        spec = Spec.model_validate(table)
    except ValidationError as problem:
        raise Faults(_explain_all(path, text, table, problem.errors())) from None

    parts: dict[str, Any] = {name: getattr(spec, name) for name in Spec.model_fields}
    points = _read_csv(spec.data, path, text) if isinstance(spec.data, Csv) else None
    scenario = Scenario(**parts, id=path.stem, path=path, text=text, csv_points=points)
    batch_size = scenario.training.batch_size
    if batch_size is not None and batch_size >= scenario.count:
        raise _at_key(
            path, text, ["training", "batch_size"],
            f"training.batch_size must be below the number of points, {scenario.count}",
            "leave batch_size out to train on all points at once",
        )  # fmt: skip
    return scenario


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
    ("data", "x"): "x = [1.0, 2.0] and y = [3.0, 5.0]: finite numbers, as many x as y",
    ("data", "y"): "x = [1.0, 2.0] and y = [3.0, 5.0]: finite numbers, as many x as y",
    ("data", "file"): 'file = "own.csv", beside the scenario, with x and y naming its columns',
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


def _explain_all(path: Path, text: str, table: Mapping[str, Any], errors: list[Any]) -> list[Fault]:
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
        return _at_key(path, text, location, f"unknown key {'.'.join(location)}", remedy)
    if kind == "value_error":  # our own: "data.low must …; remedy"
        fault, _, own_remedy = str(error["ctx"]["error"]).partition("; ")
        location = fault.split(" ", 1)[0].split(".")
        return _at_key(path, text, location, fault, own_remedy or _remedy(location))
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        given = table["data"].get("source")
        fault = "data.source is missing" if given is None else f"data.source cannot be {given!r}"
        return _at_key(path, text, ["data", "source"], fault, _remedy(location))
    if kind == "missing":
        return _at_key(path, text, location, f"{'.'.join(location)} is missing", _remedy(location))
    return _at_key(path, text, location, f"{_name(location)} must {_finding(error, location)}", _remedy(location))


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
    models: dict[str, type[Part]] = {
        "synthetic": Synthetic, "points": Points, "csv": Csv, "input": Input, "start": Start,
        "training": Training, "stop": Stop, "figure": Figure,
    }  # fmt: skip
    model = models.get(str(location[-1]), Spec) if location else Spec
    return [field.alias or name for name, field in model.model_fields.items()]


def _at_key(path: Path, text: str, location: list[str], fault: str, remedy: str) -> Fault:
    return _at_line(path, text, _find_line(text, location), fault, remedy)


def _at_line(path: Path, text: str, line: int | None, fault: str, remedy: str) -> Fault:
    lines = text.splitlines()
    excerpt = lines[line - 1] if line is not None and line <= len(lines) else ""
    return Fault(fault, file=path, line=line, excerpt=excerpt, help=remedy)


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


def _neighbours(path: Path, pattern: str) -> str:
    names = sorted(found.name for found in path.parent.glob(pattern)) if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"in {path.parent} there are: {', '.join(names)}" if names else f"{path.parent} has no {pattern} file"


def _read_csv(data: Csv, path: Path, text: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The two columns as numbers that fit in float32; every fault names the file and its line."""
    file = path.parent / data.file
    if Path(data.file).name != data.file:
        raise _at_key(
            path, text, ["data", "file"], "data.file must be a plain file name",
            f"put the file beside {path.name} and name it alone",
        )  # fmt: skip
    if not file.is_file():
        raise _at_key(path, text, ["data", "file"], f"there is no file {data.file}", _neighbours(file, "*.csv"))
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
                    raise _at_key(
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
