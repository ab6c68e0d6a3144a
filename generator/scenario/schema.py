"""A scenario: what a TOML file asks for, checked before anything is trained."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from generator.inert import UNSEEN, Foreign
from generator.project import LANGUAGE
from generator.scenario.naming import WORDS, Named, Names, names
from generator.scenario.showing import unfit_to_show
from generator.scenario.table import Table

Verdict = Literal["converges", "crawls", "bounces", "diverges"]
Dtype = Literal["float32", "float64"]
LossConvention = Literal["mean", "sum", "half", "half_sum"]
# What a run may have wrong, on purpose, as a function of `descent.mistaken` has it.
Mistake = Literal["flipped-sign", "broadcast", "no-zero-grad"]

FLOAT32_MAX = 3.4028234663852886e38
MAX_POINTS = 1_000_000
MAX_EPOCHS = 1_000_000
MAX_POINTS_OF_A_MISTAKE = 1000  # "broadcast" compares each of them with each
MAX_WHOLE = 2**24  # float32 holds every whole number up to it exactly

FOR_EDITORS = re.compile(r"\A#:schema[^\n]*\n")  # names the file that tells them what keys there are

Finite = Annotated[float, Field(allow_inf_nan=False, ge=-FLOAT32_MAX, le=FLOAT32_MAX)]
Positive = Annotated[float, Field(allow_inf_nan=False, gt=0, le=FLOAT32_MAX)]
Epoch = Annotated[int, Field(ge=1, le=MAX_EPOCHS)]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]
Text = Annotated[str, AfterValidator(Foreign)]
LONGEST_TITLE = 120
Title = Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE), AfterValidator(Foreign)]


def loss_factor(loss: LossConvention, count: int) -> float:
    """What the mean squared error of so many points is multiplied by: 1, n for the sum, and half of either."""
    return (float(count) if "sum" in loss else 1.0) * (0.5 if "half" in loss else 1.0)


class Synthetic(Named):
    """y = weight · x + bias + noise · N(0, 1), with x drawn from [low, high): whole numbers, or any."""

    source: Literal["synthetic"]
    """Points that are drawn."""
    seed: Seed
    """What they are drawn from, by `torch.manual_seed`: another seed, other points."""
    count: Annotated[int, Field(ge=1, le=MAX_POINTS)]
    """How many points."""
    weight: Finite
    """The slope of the line that makes them, before noise."""
    bias: Finite
    """The height of that line at x = 0."""
    noise: Annotated[float, Field(allow_inf_nan=False, ge=0, le=FLOAT32_MAX)]
    """The standard deviation of what is added to each height."""
    x: Literal["whole", "uniform"] = "whole"
    """Whether x are whole numbers, or any."""
    low: Finite
    """The least x; a whole number, unless x is "uniform"."""
    high: Finite
    """What all x are below."""

    @property
    def drawn_with(self) -> dict[str, Any]:
        """The arguments of the function that draws them."""
        return self.model_dump(exclude={"source", "x", *WORDS})

    @field_validator("low", "high", mode="wrap")
    @classmethod
    def _as_written(cls, value: Any, check: ValidatorFunctionWrapHandler) -> Any:
        number = check(value)
        return value if type(value) is int else number  # a whole number stays one: PyTorch draws between those alone

    @model_validator(mode="after")
    def _whole_ends(self) -> Synthetic:
        for name, end in (("low", self.low), ("high", self.high)) if self.x == "whole" else ():
            if not isinstance(end, int):
                raise ValueError(
                    f"data.{name} must be a whole number, since x is drawn from those; "
                    'write it without a point, or let x = "uniform" draw any number from low up to high'
                )
            if abs(end) > MAX_WHOLE:
                raise ValueError(f"data.{name} must be at {f'most {MAX_WHOLE}' if end > 0 else f'least -{MAX_WHOLE}'}")
        return self

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Synthetic:
        if self.low >= self.high:
            raise ValueError(f"data.low must be below data.high, and {self.low} is not below {self.high}")
        if self.high - self.low > FLOAT32_MAX:
            raise ValueError(
                "data.low and data.high are too far apart: what lies between them does not fit in float32; "
                "3.4e38 is its largest number: bring them nearer together"
            )
        if _in_float32(self.low) >= _in_float32(self.high):
            raise ValueError(
                "data.low and data.high are one number in float32, in which points are drawn; "
                "take them farther apart, or nearer to 0"
            )
        return self


def _in_float32(number: float) -> float:
    (rounded,) = struct.unpack("f", struct.pack("f", number))
    return float(rounded)


class Points(Named):
    """The points themselves."""

    source: Literal["points"]
    """Points that are written here."""
    x: list[Finite]
    """Their x."""
    y: list[Finite]
    """Their y, as many."""

    @model_validator(mode="after")
    def _pairs(self) -> Points:
        if len(self.x) != len(self.y):
            raise ValueError(f"data.x has {len(self.x)} numbers and data.y has {len(self.y)}; they go in pairs")
        if not self.x:
            raise ValueError("data.x is empty; a line needs at least one point")
        if len(self.x) > MAX_POINTS:
            raise ValueError(f"data.x has {len(self.x)} numbers; at most {MAX_POINTS} are read")
        return self


class Csv(Named):
    """Two columns of a CSV file that lies beside the TOML file: by name, or by number where it has no header."""

    source: Literal["csv"]
    """Points of a CSV file."""
    file: Text
    """Its name; it lies beside this file."""
    x: str | int
    """The column of x: its name, or where the file has no header its number, from 1."""
    y: str | int
    """The column of y, in the same way."""
    separator: Literal[",", ";", "tab", "\t", "|", "space", " "] = ","
    """What stands between cells; of "space", any number counts as one."""
    decimal: Literal[".", ","] = "."
    """What stands before a number's fraction."""
    skip: Annotated[int, Field(ge=0, le=MAX_POINTS)] = 0
    """How many lines stand above the header."""
    drop_empty: bool = False
    """Whether rows without a number in x or y are left out; the page says how many."""
    publish: bool = True
    """Whether the two columns are published; without them no browser computes the run, and no lab opens it."""

    @field_validator("file")
    @classmethod
    def _is_a_name(cls, file: Text) -> Text:
        if file.strip() in ("", ".", "..") or UNSEEN.search(file):
            raise ValueError(
                'data.file must be the name of a file; file = "own.csv", beside the scenario, as it is written there'
            )
        return file

    @field_validator("x", "y", mode="plain", json_schema_input_type=str | Annotated[int, Field(ge=1)])
    @classmethod
    def _column(cls, value: Any, info: ValidationInfo) -> str | int:
        if isinstance(value, str):
            return Foreign(value)
        if type(value) is int and value >= 1:
            return value
        raise ValueError(
            f"data.{info.field_name} must be the name of a column, or its number, from 1; "
            'x = "hours" and y = "marks"; or, where the file has no header, x = 1 and y = 2'
        )

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Csv:
        if isinstance(self.x, int) != isinstance(self.y, int):
            raise ValueError(
                "data.x and data.y must both be names, or both be numbers; "
                "a file has a header, and then both columns have names; or it has none, and both have numbers"
            )
        return self

    def column(self, axis: str) -> object:
        return self.x if axis == "x" else self.y

    @property
    def delimiter(self) -> str:
        """The character itself."""
        return {"tab": "\t", "space": " "}.get(self.separator, self.separator)


class Transform(Table):
    """What is done to x or to y before training: ``(x − mean) · factor``, each part optional."""

    of: ClassVar[str]

    scale: Positive | None = None
    """What it is multiplied by."""
    center: bool = False
    """Whether its mean is taken off first."""
    standardize: bool = False
    """Both: the mean is taken off, and it is divided by its standard deviation (that of the points, by n)."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.standardize and (self.scale is not None or self.center):
            raise ValueError(
                f"{self.of}.standardize already centres and scales; leave {self.of}.scale and {self.of}.center out"
            )
        return self


class Input(Transform):
    """What is done to x."""

    of = "input"


class Target(Transform):
    """What is done to y."""

    of = "target"


class Start(Table):
    """State 0: w and b themselves, or the seed that both are drawn from."""

    weight: Finite | None = Field(default=None, alias="w")
    """The first w."""
    bias: Finite | None = Field(default=None, alias="b")
    """The first b."""
    seed: Seed | None = None
    """Instead of both: `torch.manual_seed` of it, and then `torch.randn(1)` is w and the next one b."""

    @model_validator(mode="after")
    def _one_way(self) -> Start:
        given = {"w": self.weight, "b": self.bias}
        missing = [name for name, value in given.items() if value is None]
        if self.seed is not None and len(missing) < 2:
            raise ValueError(
                "training.start says where to begin and has a seed to draw it from; "
                "keep either: start = { w = 1.0, b = 0.0 } begins there, start = { seed = 7 } draws w and b"
            )
        if self.seed is None and missing:
            raise ValueError(
                f"training.start.{missing[0]} is missing; "
                "start = { w = 1.0, b = 0.0 }, or start = { seed = 7 } to draw both"
            )
        return self

    @property
    def given(self) -> tuple[float, float] | None:
        """w and b as they are written; None where they are drawn."""
        return None if self.weight is None or self.bias is None else (self.weight, self.bias)


class Training(Table):
    """How it descends. Of minibatches, and of a program with a mistake in it, theory predicts no end."""

    learning_rate: Positive
    """η: what the gradient is multiplied by for a step."""
    epochs: Epoch
    """How many times it goes through all points, at most."""
    start: Start
    loss: LossConvention = "mean"
    """What is made of the squared errors: their mean, their sum, or half of either."""
    dtype: Dtype = "float32"
    """The numbers that it computes with."""
    momentum: Annotated[float, Field(allow_inf_nan=False, gt=0, lt=1)] | None = None
    """The share of the last velocity that the next one keeps, as `torch.optim.SGD` has it."""
    decay: Positive | None = None
    """The rate becomes learning_rate / (1 + decay · epochs gone)."""
    batch_size: Annotated[int, Field(ge=1, le=MAX_POINTS)] | None = None
    """How many points a step looks at; else all."""
    batch_order: Literal["shuffled", "given"] = "shuffled"
    """Whether batches are drawn anew in each epoch, or are the points in their order."""
    mistake: Mistake | None = None
    """A line of the plain loop that is wrong, on purpose.

    The step is added instead of taken off; predictions of shape (n, 1) are compared with y of shape (n,), each with
    each; or no gradient is forgotten, so that they add up.
    """

    @model_validator(mode="after")
    def _momentum_fades(self) -> Training:
        if self.momentum and self.dtype == "float32" and _in_float32(self.momentum) == 1:
            raise ValueError(
                "training.momentum is 1 in float32, and at 1 a run swings for ever; "
                'write 0.9999999 or less, or dtype = "float64"'
            )
        return self

    @model_validator(mode="after")
    def _batches_to_order(self) -> Training:
        if self.batch_size is None and "batch_order" in self.model_fields_set:
            raise ValueError(
                "training.batch_order orders the batches, and there are none without batch_size; "
                'batch_size = 1 and batch_order = "given" take one point after the other, in their order'
            )
        return self

    @model_validator(mode="after")
    def _a_mistake_alone(self) -> Training:
        others = [name for name in ("momentum", "decay", "batch_size") if getattr(self, name) is not None]
        others += ["loss"] if self.loss != "mean" else []
        if self.mistake is not None and others:
            raise ValueError(
                f"training.mistake cannot go with {others[0]}; leave {others[0]} out: a mistake is made in plain "
                "descent on the mean squared error, so that the page shows what it does by itself"
            )
        return self

    @property
    def is_plain(self) -> bool:
        """Every epoch is one step of the same length against the gradient of all points."""
        return self.momentum is None and self.decay is None and self.batch_size is None and self.mistake is None


class Stop(Table):
    """Rules that may end a run before its last epoch."""

    gradient_norm: Positive | None = None
    """It ends where the gradient is shorter than this."""
    loss_change: Positive | None = None
    """It ends where an epoch changes the loss by less than this."""


class FigureSettings(Table):
    """What its picture and its table show."""

    every: Epoch | None = None
    """Epochs from one frame to the next; else frames are spaced by what changes."""
    table_epochs: Annotated[list[Epoch], Field(min_length=1, max_length=12)] | None = None
    """The rows of its table, in order; else ten that are spread over the run."""

    @model_validator(mode="after")
    def _in_order(self) -> FigureSettings:
        epochs = self.table_epochs
        if epochs and epochs != sorted(set(epochs)):
            raise ValueError("figure.table_epochs must rise, each epoch once")
        return self


class Spec(Table):
    """The whole file."""

    expect: Verdict
    """What the run is to do: the build fails where it does something else."""
    title: dict[str, Title]
    """Its title in each language of the course. Where one is missing, the English one stands in, or else the first."""
    data: Annotated[Synthetic | Points | Csv, Field(discriminator="source")]
    input: Input = Input()
    target: Target = Target()
    training: Training
    stop: Stop = Stop()
    figure: FigureSettings = FigureSettings()

    @field_validator("title")
    @classmethod
    def _titles_can_be_shown(cls, title: dict[str, Title]) -> dict[str, Title]:
        for language, words in title.items():
            if not LANGUAGE.fullmatch(language):
                raise ValueError(f"title.{language} is of no language: one is written as in en, de or pt-br")
            if fault := unfit_to_show(words):
                raise ValueError(f"title.{language} {fault}")
        return title

    @model_validator(mode="after")
    def _has_a_title(self) -> Spec:
        if not self.title:
            raise ValueError('title.en is missing; a scenario has a title in some language: [title] en = "…"')
        return self

    @model_validator(mode="after")
    def _no_verdict_of_theory_alone(self) -> Spec:
        if self.training.mistake is not None and self.expect == "bounces":
            raise ValueError(
                "expect cannot be bounces of a run with a mistake in it; "
                'theory alone tells the limit, and of a mistake it knows none: write "diverges" where the loss grows, '
                'and else "crawls"'
            )
        return self

    @model_validator(mode="after")
    def _table_within_the_run(self) -> Spec:
        late = [e for e in self.figure.table_epochs or [] if e > self.training.epochs]
        if late:
            raise ValueError(f"figure.table_epochs names epoch {late[0]}, and the run ends at {self.training.epochs}")
        return self


class Scenario(Spec):
    """A file that passed every check: its parts, its id (the file's name), its text, and what its CSV holds."""

    id: str
    path: Path
    text: Text
    csv_points: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    dropped_rows: int = 0  # of the CSV, without a number in x or y

    @property
    def published(self) -> Text:
        """Its text as it is shown and handed over: without the line that is for editors alone."""
        return Foreign(FOR_EDITORS.sub("", self.text, count=1))

    @property
    def given_points(self) -> tuple[Sequence[float], Sequence[float]]:
        """x and y as they were written down, every digit of a float64; none where they are drawn from a seed."""
        match self.data:
            case Synthetic():
                return (), ()
            case Points():
                return self.data.x, self.data.y
            case Csv():
                assert self.csv_points is not None
                return self.csv_points

    @property
    def count(self) -> int:
        """The number of points."""
        return self.data.count if isinstance(self.data, Synthetic) else len(self.given_points[0])

    @property
    def is_full_batch(self) -> bool:
        """Every epoch is one step along the gradient of all points."""
        return self.training.batch_size is None or self.training.batch_size >= self.count

    @property
    def is_foretold(self) -> bool:
        """Theory says where it leads: it sees all points in each step, and makes no mistake."""
        return self.is_full_batch and self.training.mistake is None

    @property
    def batch_seed(self) -> int:
        """What the minibatches are drawn from: the seed of synthetic data, and 0 for points that are given."""
        return self.data.seed if isinstance(self.data, Synthetic) else 0

    def title_in(self, language: str) -> str:
        """In this language; in English where it has none; and else in the first that it has one in."""
        return next(self.title[known] for known in (language, "en", *self.title) if known in self.title)

    def names_in(self, language: str) -> Names:
        """What x and y are called, with their units, and what is said of the points."""
        return names(self.data, language)

    @property
    def languages(self) -> list[str]:
        """Those that its points have words of their own in, English first."""
        said = (getattr(self.data, key) for key in sorted(WORDS))
        return [*dict.fromkeys(["en", *(language for words in said if isinstance(words, dict) for language in words)])]

    def drawn_in(self, language: str) -> str:
        """The language of a picture's names: English, where they are the same in that one."""
        there, english = self.names_in(language), self.names_in("en")
        same = (there.x.on_axis, there.y.on_axis) == (english.x.on_axis, english.y.on_axis)
        return "en" if same else language

    def spoken(self, language: str) -> Scenario:
        """The same, with the names of its points in this language alone."""
        words = {key: self.data.word(key, language) or None for key in WORDS}
        return self.model_copy(update={"data": self.data.model_copy(update=words)})

    @property
    def withholds(self) -> bool:
        """Whether its points are not to be published."""
        return isinstance(self.data, Csv) and not self.data.publish

    def run_inputs(self) -> str:
        """All that the run depends on, as JSON: files that differ in comments, title, names or figure alone share it.

        Of a CSV these are its numbers; under which names and with which separators they were written is no matter.
        """
        how_written = {"data": {*Csv.model_fields} - {"source"} if isinstance(self.data, Csv) else {*WORDS}}
        return self.model_dump_json(
            include={"data", "csv_points", "input", "target", "training", "stop"}, exclude=how_written
        )  # fmt: skip
