"""Draw `docs/assets/apple-touch-icon.png`, for the home screens of phones: the curve and the ball of `favicon.svg`.

`python tools/draw_icon.py`, from the top of the repository.
"""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

from generator.figures.style import ROLES

ASSETS = Path(__file__).parent.parent / "docs" / "assets"
ICON = ASSETS / "apple-touch-icon.png"
SIDE, FINER, INSIDE = 180, 8, 0.8  # pixels; how much finer it is drawn; the share of it that the picture takes
VIEW = 24  # what the picture is wide and high, in its own units
NUMBER = r"(-?[\d.]+)"
CURVE = re.compile(rf'stroke="(#\w+)" stroke-width="{NUMBER}".*? d="M{NUMBER} {NUMBER}c{" ".join([NUMBER] * 6)}"')
BALL = re.compile(rf'<circle cx="{NUMBER}" cy="{NUMBER}" r="{NUMBER}" fill="(#\w+)"')


def icon(svg: str) -> bytes:
    """The PNG, opaque: a phone rounds its corners, and shows what is transparent in black."""
    curve, ball = CURVE.search(svg), BALL.search(svg)
    if curve is None or ball is None:
        raise SystemExit("favicon.svg is no longer a curve and a ball: change tools/draw_icon.py with it")
    unit = SIDE * FINER * INSIDE / VIEW
    edge = SIDE * FINER * (1 - INSIDE) / 2
    page = Image.new("RGB", (SIDE * FINER, SIDE * FINER), ROLES["background"].light)
    pen = ImageDraw.Draw(page)

    def disc(x: float, y: float, radius: float, fill: str) -> None:
        at_x, at_y, reach = edge + unit * x, edge + unit * y, unit * radius
        pen.ellipse((at_x - reach, at_y - reach, at_x + reach, at_y + reach), fill=fill)

    x, y, *moves = map(float, curve.groups()[2:])
    points = [(x, y), *((x + dx, y + dy) for dx, dy in zip(moves[::2], moves[1::2], strict=True))]
    steps = 1000
    for step in range(steps + 1):  # a round pen, along the cubic
        t = step / steps
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
        at = [sum(weight * point[axis] for weight, point in zip(weights, points, strict=True)) for axis in (0, 1)]
        disc(at[0], at[1], float(curve[2]) / 2, curve[1])
    disc(*map(float, ball.groups()[:3]), ball[4])
    written = BytesIO()
    page.resize((SIDE, SIDE), Image.Resampling.BOX).quantize(32, dither=Image.Dither.NONE).save(
        written, "PNG", optimize=True
    )
    return written.getvalue()


if __name__ == "__main__":
    ICON.write_bytes(icon((ASSETS / "favicon.svg").read_text(encoding="utf-8")))
