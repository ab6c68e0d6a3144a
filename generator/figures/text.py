"""Text in pictures: the typeface, where a text stands, how wide it runs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.text import Text

from generator.figures.style import TYPE, colour

FONTS = Path(__file__).parent / "fonts"


def font(size: str = "text", face: str = "regular") -> FontProperties:
    """The typeface in a size of style.TYPE, in the face regular, italic or semibold."""
    return FontProperties(fname=str(FONTS / f"inter-{face}.ttf"), size=TYPE[size])


def page_size(figure: Any) -> tuple[float, float]:
    """Width and height of a page, in CSS pixels."""
    width, height = figure.get_size_inches() * 72
    return float(width), float(height)


def write(figure: Figure, left: float, top: float, text: str, **style: Any) -> Text:
    """Text on the page, its baseline at a place in CSS pixels from the top left corner."""
    page_width, page_height = page_size(figure)
    settings: dict[str, Any] = {"fontproperties": font(), "color": colour("ink"), "va": "baseline"} | style
    return figure.text(left / page_width, 1 - top / page_height, text, **settings)


def shift(text: Text, left: float) -> None:
    """Move a text that `write` wrote."""
    text.set_x(left / page_size(text.figure)[0])


def readout(figure: Figure, left: float, baseline: float, symbol: str, role: str = "ink") -> Text:
    """``symbol = …``, large: the symbol is written, and what follows it is handed back."""
    style = {"color": colour(role)}
    write(figure, left, baseline, symbol, fontproperties=font("large", "italic"), **style)
    value = write(figure, left, baseline, "", fontproperties=font("large"), **style)
    shift(value, left + width(symbol, "large", "italic") + 6)
    return value


def formula(
    figure: Figure, edge: float, baseline: float, text: str, side: str = "left", role: str = "ink", size: str = "text"
) -> list[Text]:
    """Text with its letters in italic, from its left edge or up to its right one."""
    faces = ["italic" if character.isalpha() else "regular" for character in text]
    widths = [width(character, size, face) for character, face in zip(text, faces, strict=True)]
    left = edge - sum(widths) if side == "right" else edge
    written = []
    for character, face, advance in zip(text, faces, widths, strict=True):
        written.append(write(figure, left, baseline, character, fontproperties=font(size, face), color=colour(role)))
        left += advance
    return written


def width(text: str, size: str = "text", face: str = "regular") -> float:
    """How far a text runs, in CSS pixels: the sum of its characters' advances."""
    return sum(_advance(character, size, face) for character in text)


@cache
def _advance(character: str, size: str, face: str) -> float:
    typeface = FT2Font(FONTS / f"inter-{face}.ttf")
    typeface.set_size(TYPE[size], 72)
    return typeface.load_char(ord(character), LoadFlags.NO_HINTING).linearHoriAdvance / 65536


@cache
def family() -> str:
    """The family's name, once Matplotlib knows its files."""
    for file in sorted(FONTS.glob("*.ttf")):
        fontManager.addfont(file)
    return FontProperties(fname=str(FONTS / "inter-regular.ttf")).get_name()
