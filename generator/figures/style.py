"""How pictures and pages look: one typeface, and a few colours with fixed roles. Pure data, no drawing.

The colours come from the set of Okabe and Ito, which colour-blind readers can tell apart, darkened or lightened
until each stands out at least 3 : 1 from the background of its theme.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class Role:
    """One meaning, and its colour on a light and on a dark page."""

    light: str
    dark: str


ROLES: dict[str, Role] = {
    "background": Role("#fffefb", "#14171c"),
    "ink": Role("#1f2328", "#e8e6e1"),  # data, axes' text
    "quiet": Role("#6b6f76", "#a3a7ad"),  # axes, least squares
    "grid": Role("#e7e5df", "#2b3038"),
    "line": Role("#0072b2", "#56b4e9"),  # the line being learned
    "residual": Role("#d55e00", "#f2853a"),  # residuals and their squares
    "gradient": Role("#a8548a", "#d98bbb"),  # gradient and step
    "prediction": Role("#00805c", "#2bc49a"),  # what theory predicts, dashed
}


def colour(role: str) -> str:
    """The colour of a role to draw with; the dark twin follows from it."""
    return ROLES[role].light


def css() -> str:
    """The roles as custom properties, for the site's stylesheet: ``--gd-line`` and so on."""

    def block(selector: str, theme: Theme) -> str:
        lines = "".join(f"  --gd-{name}: {getattr(role, theme)};\n" for name, role in ROLES.items())
        return f"{selector} {{\n{lines}}}\n"

    dark = block('[data-md-color-scheme="slate"]', "dark")
    return block(":root", "light") + f"@media screen {{\n{dark}}}\n"  # paper is light


# --- Type and lines, in CSS pixels -------------------------------------------------------------------------

# An index; numbers on axes; tables and readouts; the one thing to read.
TYPE = {"tiny": 9.0, "small": 12.0, "text": 13.0, "large": 18.0}
# Axes and rules; references; the thing to look at; what was measured, under its prediction.
LINES = {"hair": 0.8, "thin": 1.2, "bold": 2.4, "band": 5.0}
POINT = 5.5  # diameter of a data point
