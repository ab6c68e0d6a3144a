"""What x and y are called, their units, what the points are and where they come from: words of an author, and data."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from generator.inert import Foreign, one_line
from generator.project import LANGUAGE
from generator.scenario.showing import TURNS, unfit_to_show
from generator.scenario.table import Table

LONGEST = {"x_label": 60, "y_label": 60, "x_unit": 20, "y_unit": 20, "description": 300, "origin": 300}
REMEDIES = {
    "x_label": 'x_label = "size", or in several languages x_label = { en = "size", de = "Größe" }',
    "y_label": 'y_label = "price", or in several languages y_label = { en = "price", de = "Preis" }',
    "x_unit": 'x_unit = "m²", or in several languages x_unit = { en = "years", de = "Jahre" }',
    "y_unit": 'y_unit = "€", or in several languages y_unit = { en = "points", de = "Punkte" }',
    "description": 'description = "Flats that were let in one week of May."',
    "origin": 'origin = "Own survey, 2024"',
}

Short = Annotated[str, Field(min_length=1, max_length=60)]
Brief = Annotated[str, Field(min_length=1, max_length=20)]
Long = Annotated[str, Field(min_length=1, max_length=300)]
Said = Foreign | dict[str, Foreign] | None  # in all languages alike, or in each its own

SEPARATES_LINES = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")


class Named(Table):
    """The words of the points, each in all languages alike or in a table of languages."""

    x_label: Said = None
    """What x is called; of a CSV else the name of its column."""
    y_label: Said = None
    """What y is called; likewise."""
    x_unit: Said = None
    """The unit of x."""
    y_unit: Said = None
    """The unit of y."""
    description: Said = None
    """What the points are, in a sentence or two."""
    origin: Said = None
    """Where the points come from."""

    @field_validator("x_label", "y_label", mode="plain", json_schema_input_type=Short | dict[str, Short])
    @classmethod
    def _labels(cls, value: Any, info: ValidationInfo) -> Said:
        return _words(value, info.field_name or "")

    @field_validator("x_unit", "y_unit", mode="plain", json_schema_input_type=Brief | dict[str, Brief])
    @classmethod
    def _units(cls, value: Any, info: ValidationInfo) -> Said:
        return _words(value, info.field_name or "")

    @field_validator("description", "origin", mode="plain", json_schema_input_type=Long | dict[str, Long])
    @classmethod
    def _sentences(cls, value: Any, info: ValidationInfo) -> Said:
        return _words(value, info.field_name or "")

    def word(self, name: str, language: str) -> Foreign:
        """What stands under a key in this language, or else in English; nothing where it is left out."""
        said = getattr(self, name)
        if isinstance(said, dict):
            said = said.get(language, said["en"])
        return Foreign(said or "")

    def column(self, axis: str) -> object:
        """The name or number of the column that x or y stands in; None where there is no file."""
        return None


WORDS = frozenset(Named.model_fields)  # the keys that change no number


def _words(value: Any, key: str) -> Said:
    """A text, or one a language. Raises `ValueError`, as the schema's own: the fault; the remedy."""
    remedy = REMEDIES[key]
    if value is None or isinstance(value, str):
        return None if value is None else _word(value, key, key)
    if not isinstance(value, dict):
        raise ValueError(f"data.{key} must be text in quotes, or a table of languages; {remedy}")
    if "en" not in value:
        raise ValueError(f"data.{key}.en is missing, and English stands in for languages that are not there; {remedy}")
    for language in value:
        if not (isinstance(language, str) and LANGUAGE.fullmatch(language)):
            shown = one_line(str(language))[:40]
            raise ValueError(f"data.{key} names {shown!r}, which is no language; write en, de or pt-br")
    return {language: _word(word, key, f"{key}.{language}") for language, word in value.items()}


def _word(value: Any, key: str, place: str) -> Foreign:
    if not isinstance(value, str):
        raise ValueError(f"data.{place} must be text in quotes; {REMEDIES[key]}")
    if not value:
        raise ValueError(f"data.{place} must not be empty; leave it out, or {REMEDIES[key]}")
    if len(value) > LONGEST[key]:
        raise ValueError(f"data.{place} must have at most {LONGEST[key]} characters; what is longer goes on a page")
    if fault := unfit_to_show(value):
        raise ValueError(f"data.{place} {fault}")
    if key not in ("description", "origin") and SEPARATES_LINES.search(value):
        raise ValueError(f"data.{place} must stand on one line; write it without tabs and line breaks")
    return Foreign(value)


# --- As they are said --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Name:
    """What x or y is called in one language."""

    symbol: str
    """x or y."""
    label: Foreign
    """What it is; nothing where nobody says."""
    unit: Foreign
    """In what it is measured, likewise."""

    @property
    def is_given(self) -> bool:
        """Whether there is more to say than x or y."""
        return bool(self.label or self.unit)

    @property
    def plain(self) -> Foreign:
        """Without its unit: size, or x where it is not called anything."""
        return isolated(self.label or self.symbol)

    @property
    def full(self) -> Foreign:
        """With its unit: size [m²], or x [m²]."""
        return isolated(self.on_axis)

    @property
    def on_axis(self) -> Foreign:
        """The same, for a picture, which has no direction of writing to be kept apart."""
        return Foreign(f"{self.label or self.symbol} [{self.unit}]" if self.unit else self.label or self.symbol)

    def amount(self, number: str) -> Foreign:
        """A number of it that is written already, with its unit: 107 m²."""
        return Foreign(f"{number} {isolated(self.unit)}" if self.unit else number)


@dataclass(frozen=True)
class Names:
    """What there is to say of the points in one language."""

    x: Name
    y: Name
    description: Foreign
    origin: Foreign

    @property
    def are_given(self) -> bool:
        """Whether x or y has a name or a unit."""
        return self.x.is_given or self.y.is_given


def names(data: Named, language: str) -> Names:
    return Names(
        _name(data, "x", language), _name(data, "y", language),
        data.word("description", language), data.word("origin", language),
    )  # fmt: skip


def _name(data: Named, axis: str, language: str) -> Name:
    unit = data.word(f"{axis}_unit", language)
    return Name(axis, data.word(f"{axis}_label", language) or of_column(data.column(axis), unit), unit)


def of_column(column: object, unit: str = "") -> Foreign:
    """The label that the name of a column makes: without the unit where that is written behind it; at most 60 long.

    >>> of_column("size [m²]", "m²"), of_column("size [m²]"), of_column(2)
    ('size', 'size [m²]', '')
    """
    if not isinstance(column, str) or unfit_to_show(column):
        return Foreign("")
    label = one_line(SEPARATES_LINES.sub(" ", column))
    if unit:
        label = re.sub(rf"\s*[\[(]\s*{re.escape(unit)}\s*[\])]$", "", label) or label
    longest = LONGEST["x_label"]
    if len(label) > longest:
        label = label[: longest - 1].rstrip() + "…"
        if unfit_to_show(label):  # what was cut away ended a turn
            label = "".join(c for c in label if c not in TURNS and c not in TURNS.values())
    return Foreign(label)


def isolated(text: str) -> Foreign:
    """Kept apart from what stands around it, where it is written from right to left."""
    turns = any(unicodedata.bidirectional(character) in ("R", "AL", "AN", *_TURNING) for character in text)
    return Foreign(f"\u2068{text}\u2069" if turns else text)


_TURNING = ("RLE", "RLO", "LRE", "LRO", "RLI", "LRI", "FSI")


WITH_UNIT = re.compile(r"(.*\S)\s*(?:\[\s*([^\[\]()]+?)\s*\]|\(\s*([^\[\]()]+?)\s*\))", re.DOTALL)


def told_apart(column: str) -> tuple[str, str]:
    """What the name of a column calls its numbers, and the unit in brackets behind that; nothing where there is none.

    >>> told_apart("size [m²]"), told_apart("hours")
    (('size', 'm²'), ('hours', ''))
    """
    found = WITH_UNIT.fullmatch(one_line(column))
    if not found:
        return one_line(column), ""
    return found[1], found[2] or found[3]
