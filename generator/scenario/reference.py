"""What stands in a scenario file, told from its models: for editors as a JSON Schema, for people key by key."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from generator.scenario.naming import WORDS
from generator.scenario.schema import FLOAT32_MAX, Spec

FILE = "scenario.schema.json"  # beside the scenarios, whose first line names it
DIALECT = "https://json-schema.org/draft/2020-12/schema"
DEFINITION = "#/$defs/"
KINDS = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "string": "text"}


class _OfToml(GenerateJsonSchema):
    """As a TOML file can have it: there is no null in one, and a key that is left out is not there."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False  # it would be the key again

    def nullable_schema(self, schema: Any) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        has_value = isinstance(schema.get("default"), str | int | float)
        return {**inner, "default": schema["default"]} if has_value else inner


def json_schema() -> dict[str, Any]:
    """What an editor needs to complete keys, and to find those that are misspelt. Rules between keys are left to us."""
    made = Spec.model_json_schema(schema_generator=_OfToml)
    for table in made["$defs"].values():  # the words of the points come behind the points
        table["properties"] = dict(sorted(table["properties"].items(), key=lambda item: item[0] in WORDS))
    return {"$schema": DIALECT, **made, "title": "A scenario of Gradient Descent, Frame by Frame"}


def as_file() -> str:
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Key:
    """A key of a table: what it takes, as somebody writes it; its default, empty where it has to be given or is off."""

    name: str
    takes: str
    default: str
    meaning: str
    is_required: bool


@dataclass(frozen=True)
class KeyTable:
    """A table of the file, or the keys that stand above all tables; ``case`` where its keys depend on one of them."""

    name: str
    case: str
    meaning: str
    keys: tuple[Key, ...]

    @property
    def heading(self) -> str:
        return " ".join(filter(None, [f"[{self.name}]" if self.name else "", self.case]))


def tables() -> list[KeyTable]:
    """Every table that a scenario file may have, with its keys, in the order in which one writes them."""
    return [*_tables(json_schema())]


def _tables(schema: Mapping[str, Any]) -> Iterator[KeyTable]:
    definitions = schema["$defs"]
    inside = {name: [*_tables_of(part, definitions)] for name, part in schema["properties"].items()}
    yield _table("", schema, definitions, without=[name for name, found in inside.items() if found])
    for name, found in inside.items():
        for table in found:
            yield _table(name, table, definitions)
            for key, part in table["properties"].items():
                for deeper in _tables_of(part, definitions):
                    yield _table(f"{name}.{key}", deeper, definitions)


def _tables_of(part: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The tables that may stand under a key."""
    for choice in part.get("oneOf", [part]):
        if "$ref" in choice:
            yield definitions[choice["$ref"].removeprefix(DEFINITION)]


def _table(
    name: str, table: Mapping[str, Any], definitions: Mapping[str, Any], without: Collection[str] = ()
) -> KeyTable:  # fmt: skip
    properties = {key: part for key, part in table["properties"].items() if key not in without}
    case = next((f"{key} = {_written(part['const'])}" for key, part in properties.items() if "const" in part), "")
    keys = (_key(key, part, key in table.get("required", ()), definitions) for key, part in properties.items())
    return KeyTable(name, case, " ".join(table["description"].split()), tuple(keys))


def _key(name: str, part: Mapping[str, Any], is_required: bool, definitions: Mapping[str, Any]) -> Key:
    described = [*_tables_of(part, definitions)]
    meaning = part.get("description") or described[0]["description"]
    default = _written(part["default"]) if "default" in part else ""
    return Key(name, "a table" if described else _taken(part), default, " ".join(meaning.split()), is_required)


def _taken(part: Mapping[str, Any]) -> str:
    """What a key takes, in a few words: its values where they are counted, else a kind and its bounds."""
    match part:
        case {"const": value}:
            return _written(value)
        case {"enum": values}:
            return ", ".join(map(_written, values))
        case {"anyOf": choices}:
            return " or ".join(map(_taken, choices))
        case {"type": "array", "items": items}:
            return f"a list of {_taken(items).removeprefix('a ').replace('number', 'numbers', 1)}"
        case {"type": "object", "additionalProperties": items}:
            return f"a table of {_taken(items)}"
    return " ".join([KINDS[part["type"]], *_bounds(part)])


def _bounds(part: Mapping[str, Any]) -> Iterator[str]:
    words = {"exclusiveMinimum": "above", "minimum": "from", "exclusiveMaximum": "below", "maximum": "to"}
    for name, word in words.items():
        if name in part and abs(part[name]) not in (FLOAT32_MAX, 2**63 - 1):
            yield f"{word} {part[name]:,}"


def _written(value: object) -> str:
    """As TOML has it."""
    return json.dumps(value, ensure_ascii=False)
