"""Which names a picture can carry: its typeface has every glyph of them, and there is room. Nothing is drawn here."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from generator.scenario.naming import Name

FACE = Path(__file__).parent / "fonts" / "inter-regular.ttf"
SIZE = 13.0  # CSS pixels, as `text` of `style.TYPE`
ROOM = 280.0  # for a name along an axis of the picture for a telephone


def lacking(text: str) -> str:
    """The first character that the typeface cannot show by a glyph of its own; nothing where it can show all."""
    composed = unicodedata.normalize("NFC", text)
    return next((each for each in composed if ord(each) not in _advances() or _is_put_on_another(each)), "")


def width(text: str) -> float:
    """How far a text runs whose glyphs are all there, in CSS pixels."""
    return sum(_advances()[ord(each)] for each in unicodedata.normalize("NFC", text)) * SIZE


def on_axis(name: Name, room: float = ROOM) -> str:
    """What an axis of this length is called by: the name with its unit; nothing where it cannot be drawn there."""
    text = unicodedata.normalize("NFC", name.on_axis)
    return text if name.is_given and not lacking(text) and width(text) <= room else ""


def why_beside(name: Name) -> str:
    """Why an axis cannot carry its name, for its author; nothing where it can, or has none."""
    text = name.on_axis
    if not name.is_given:
        return ""
    if missing := lacking(text):
        shown = f"{missing!r}, " if missing.isprintable() else ""
        return f"its typeface has no {shown}U+{ord(missing):04X}"
    if width(text) > ROOM:
        return f"it is {width(text):.0f} pixels long, and an axis on a telephone has room for {ROOM:.0f}"
    return ""


def _is_put_on_another(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" or unicodedata.category(character) == "Cf"


@cache
def _advances() -> dict[int, float]:
    """Of each character, how far it runs as a share of the size of the type."""
    from fontTools.ttLib import TTFont  # takes a moment, and most scenarios have no names

    with TTFont(FACE) as typeface:
        size = typeface["head"].unitsPerEm
        metrics = typeface["hmtx"]
        return {code: metrics[glyph][0] / size for code, glyph in typeface.getBestCmap().items()}
