"""The drawing engine: from a picture's parts and the states it shows to indexed frames in two themes.

A kind of figure is a module with a *panel* and a *draw*. The panel draws on axes what never moves, and hands back
a `Part`: the artists that move, and a function that puts them where state t has them. All else is shared::

    def panel(axes: Axes, records: Sequence[Record]) -> Part:
        record = records[0]
        left, right, bottom, top = window = frames.window(record)
        axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="x", ylabel="y")
        axes.plot(record.x, record.y, "o", color=colour("ink"), markersize=POINT)        # still: drawn once
        (line,) = axes.plot([], [], color=colour("line"), linewidth=LINES["bold"])       # moves

        def show(t: int) -> None:
            line.set_data(...)

        return Part(movers=[line], show=show)

    def timeline(records: Sequence[Record]) -> Timeline:
        return frames.timeline(records[0], frames.window(records[0]))

    def draw(records: Sequence[Record]) -> Animation:
        figure = canvas(KINDS["name"])
        axes = plot(figure, left=48, top=64, width=380, height=300)                       # CSS pixels
        return render(figure, [panel(axes, records)], timeline(records))

A still picture draws everything and ends with ``render(figure, [], STILL)``. `filmstrip` calls ``panel`` six times
on small axes and shows a different state in each, so a panel sets no sizes and needs nothing outside its axes.

Rules that keep it fast and the themes right: movers are drawn over all that is still, in their order; artists that
come to stay (the rows of a table) go to `Part.arrivals` and are drawn once. Colours are roles: `colour("line")`, with
``alpha`` where they shine through; the dark twin is unmixed from what was drawn in light, so any other colour
comes out wrong there. Text is symbols and numbers; text that moves is plain (`Text`, no ``$``: parsing is slow).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.text import Text
from numpy.typing import NDArray

from generator.figures import Kind
from generator.frames import Timeline
from generator.gif import Animation, Patch
from generator.style import LINES, ROLES, SUPERSCRIPTS, TYPE, Theme

SCALE = 2  # device pixels a CSS pixel: crisp on a dense screen
COLOURS = 31  # in a palette, all roles and their blends; with "unchanged" they fit 5 bits
SHORT_GAP = 16  # pixels
STILL = Timeline((0,), (0,))

FONTS = Path(__file__).parent / "fonts"
Box = tuple[float, float, float, float]  # left, bottom, width, height as shares of the page
Colours = NDArray[np.uint32]  # a pixel: red, green, blue in the three low bytes


# --- What a kind draws with --------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Part:
    """Something that moves in a picture."""

    movers: Sequence[Artist]  # drawn in every frame, in this order
    show: Callable[[int], None]  # puts the movers where state t has them
    arrivals: Mapping[int, Sequence[Artist]] = field(default_factory=dict)  # come with state t, and stay


def canvas(kind: Kind) -> Figure:
    """An empty page of the kind's size; a length of 1 (font size, line width) on it is one CSS pixel."""
    figure = Figure(figsize=(kind.width / 72, kind.height / 72), dpi=72 * SCALE, facecolor=colour("background"))
    FigureCanvasAgg(figure)
    return figure


def colour(role: str) -> str:
    """The colour of a role (style.ROLES) to draw with; the dark twin follows from it."""
    return ROLES[role].light


def font(size: str = "text", face: str = "regular") -> FontProperties:
    """The typeface in a size of style.TYPE, in the face regular, italic or semibold."""
    return FontProperties(fname=str(FONTS / f"inter-{face}.ttf"), size=TYPE[size])


def place(figure: Figure, left: float, top: float, width: float, height: float) -> Box:
    """A box in CSS pixels from the top left corner, as Matplotlib wants it."""
    page_width, page_height = figure.get_size_inches() * 72
    return (left / page_width, 1 - (top + height) / page_height, width / page_width, height / page_height)


def plot(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes in the house style in a box of CSS pixels: two spines, few ticks, no grid."""
    axes = figure.add_axes(place(figure, left, top, width, height), facecolor="none")
    axes.spines[["top", "right"]].set_visible(False)
    for spine in axes.spines.values():
        spine.set(color=colour("quiet"), linewidth=LINES["hair"])
    axes.tick_params(color=colour("quiet"), labelcolor=colour("ink"), width=LINES["hair"], length=4, pad=4)
    axes.locator_params(nbins=6)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_tick_params(labelfontfamily=[family()])
        axis.set_tick_params(labelsize=TYPE["small"])
        axis.label.set(fontproperties=font("text", "italic"), color=colour("ink"))
        axis.set_major_formatter(tick)
    return axes


def make_room(axes: Axes) -> None:
    """Fit axes, whose limits are set, to long numbers: the left edge moves in, or ticks along x become fewer."""
    page: Any = axes.figure
    page_width = page.get_figwidth() * 72
    box = axes.get_position()
    bottom, top = sorted(axes.get_ylim())
    longest = max((width(tick(y), "small") for y in axes.get_yticks() if bottom <= y <= top), default=0)
    left = max(box.x0, (longest + 24) / page_width)  # and the name beside the highest
    axes.set_position((left, box.y0, box.x1 - left, box.height))
    label = max(width(tick(x), "small") for x in axes.get_xticks())
    axes.locator_params(axis="x", nbins=int(np.clip((box.x1 - left) * page_width / (1.6 * label + 8), 1, 6)))


def say_how_many(axes: Axes, drawn: int, points: int) -> None:
    """In a corner, where not all points are drawn."""
    if drawn < points:
        axes.annotate(
            f"n = {drawn} / {points}", (1, 0), (-2, 4), "axes fraction", "offset points",
            ha="right", fontproperties=font("small"), color=colour("quiet"),
        )  # fmt: skip


def write(figure: Figure, left: float, top: float, text: str, **style: Any) -> Text:
    """Text on the page, its baseline at a place in CSS pixels from the top left corner."""
    page_width, page_height = figure.get_size_inches() * 72
    settings: dict[str, Any] = {"fontproperties": font(), "color": colour("ink"), "va": "baseline"} | style
    return figure.text(left / page_width, 1 - top / page_height, text, **settings)


def shift(text: Text, left: float) -> None:
    """Move a text that `write` wrote."""
    page: Any = text.figure
    text.set_x(left / (page.get_figwidth() * 72))


def readout(figure: Figure, left: float, baseline: float, symbol: str, role: str = "ink") -> Text:
    """``symbol = …``, large: the symbol is written, and what follows it is handed back."""
    style = {"color": colour(role)}
    write(figure, left, baseline, symbol, fontproperties=font("large", "italic"), **style)
    value = write(figure, left, baseline, "", fontproperties=font("large"), **style)
    shift(value, left + width(symbol, "large", "italic") + 6)
    return value


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


def number(value: float, decimals: int = 3, plain_below: float = 1e5) -> str:
    """A number to read in a picture: ``−0.482``, ``12345.7``, ``9.90×10¹⁷``, ``inf``, ``nan``."""
    size = abs(value)
    if not size < plain_below or 0 < size < 0.5 * 10**-decimals:
        return scientific(value, 2)
    text = f"{value:.{decimals if size < 999.9 else 1}f}"
    return _minus(text.removeprefix("-") if float(text) == 0 else text)


def tick(value: float, _: object = None) -> str:
    """A number on an axis, as short as it can be: ``20``, ``−0.5``, ``2×10³⁸``."""
    size = abs(value)
    if value == 0 or 1e-4 < size < 99999.5:
        return _minus(f"{value:.6g}")
    mantissa, exponent = f"{value:.5e}".split("e")
    digits = mantissa.rstrip("0").rstrip(".")
    power = "10" + str(int(exponent)).translate(SUPERSCRIPTS)
    return _minus({"1": power, "-1": f"-{power}"}.get(digits, f"{digits}×{power}"))


def scientific(value: float, decimals: int) -> str:
    if not np.isfinite(value):
        return _minus(str(float(value)))
    mantissa, exponent = f"{value:.{decimals}e}".split("e")
    return _minus(f"{mantissa}×10{str(int(exponent)).translate(SUPERSCRIPTS)}")


def _minus(text: str) -> str:
    return text.replace("-", "−")


# --- Frames ------------------------------------------------------------------------------------------------


def render(figure: Figure, parts: Sequence[Part], timeline: Timeline, *, loop: bool = False) -> Animation:
    """The picture as frames: the still part drawn once, then in each frame only what moves.

    A frame costs the drawing of its movers, a copy of the page and a comparison with the frame before; colours are
    looked up for the pixels that changed, with one palette for all frames.
    """
    movers = [mover for part in parts for mover in part.movers]
    arrivals = sorted(
        ((state, artist) for part in parts for state, group in part.arrivals.items() for artist in group),
        key=lambda arrival: arrival[0],
    )
    for artist in (*movers, *(artist for _, artist in arrivals)):
        artist.set_animated(True)  # Figure.draw passes over it
    agg: Any = figure.canvas  # FigureCanvasAgg, which has no types
    agg.draw()
    renderer = agg.get_renderer()
    page = np.asarray(agg.buffer_rgba()).view(np.uint32)[..., 0]
    still, before = page.copy(), np.full_like(page, _packed(colour("background")))

    changes: list[tuple[NDArray[np.intp], Colours]] = []
    for t in timeline.shown:
        page[...] = still
        if arrivals and arrivals[0][0] <= t:
            while arrivals and arrivals[0][0] <= t:
                arrivals.pop(0)[1].draw(renderer)
            still[...] = page
        for part in parts:
            part.show(t)
        for mover in movers:
            mover.draw(renderer)
        places = _without_short_gaps(np.flatnonzero(page != before))
        drawn = page.ravel()[places]
        before.ravel()[places] = drawn
        changes.append((places, drawn))
    return _indexed(page.shape, changes, timeline, loop)


def _indexed(
    shape: tuple[int, ...],
    changes: Sequence[tuple[NDArray[np.intp], Colours]],
    timeline: Timeline,
    loop: bool,
) -> Animation:
    """Frames as indices, from what each one changes; before the first, the page is background."""
    background = np.array([_packed(colour("background"))], np.uint32)
    pixels = np.concatenate([background, *(drawn for _, drawn in changes)]) & 0xFFFFFF
    # Tables over all 2²⁴ colours find the distinct ones faster than sorting; untouched pages of them cost nothing.
    occurs = np.zeros(1 << 24, dtype=np.bool_)
    occurs[pixels] = True
    distinct = np.flatnonzero(occurs)
    rank_of = np.zeros(1 << 24, dtype=np.uint32)
    rank_of[distinct] = np.arange(len(distinct))
    ranks = rank_of[pixels]
    light, nearest = palette(_channels(distinct), np.bincount(ranks))
    indices = nearest[ranks]

    first = np.full(shape, indices[0])
    ends = np.cumsum([1, *(len(places) for places, _ in changes)])
    first.ravel()[changes[0][0]] = indices[1 : ends[1]]
    patches = [
        _patch(places, indices[start:end], shape[1], unchanged=len(light))
        for (places, _), start, end in zip(changes[1:], ends[1:-1], ends[2:], strict=True)
    ]
    palettes: dict[Theme, NDArray[np.uint8]] = {"light": light, "dark": dark_twin(light)}
    return Animation(first, tuple(patches), palettes, timeline.delays_ms, timeline.shown, loop)


def _without_short_gaps(places: NDArray[np.intp]) -> NDArray[np.intp]:
    """The places, and those between two of them that are near each other.

    Few unchanged pixels amid changed ones cost a GIF more as "unchanged" than as what they are: without such gaps
    it is smaller by a sixth.
    """
    if len(places) == 0:
        return places
    steps = np.diff(places)
    lengths = np.append(np.where(steps < SHORT_GAP, steps, 1), 1)
    starts = np.cumsum(lengths) - lengths
    return np.repeat(places - starts, lengths) + np.arange(lengths.sum())


def _patch(places: NDArray[np.intp], indices: NDArray[np.uint8], width: int, unchanged: int) -> Patch:
    """The smallest rectangle around the pixels that changed; a frame that changes nothing still is one."""
    rows, columns = np.divmod(places, width) if len(places) else (np.zeros(1, int), np.zeros(1, int))
    top, left = int(rows.min()), int(columns.min())
    rectangle = np.full((int(rows.max()) - top + 1, int(columns.max()) - left + 1), unchanged, dtype=np.uint8)
    if len(places):
        rectangle[rows - top, columns - left] = indices
    return Patch(left, top, rectangle)


# --- Colours -----------------------------------------------------------------------------------------------


def palette(
    rgb: NDArray[np.float32], counts: NDArray[np.intp], size: int = COLOURS
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """At most ``size`` colours for these (n, 3), each so many times: the palette, and for each its nearest entry.

    Roles that occur are entries, exactly; the rest, edges and blends, are divided by k-means, from a start that
    always adds the colour which so far costs the most.
    """
    weights = counts.astype(np.float32)
    roles = np.array([_rgb(role.light) for role in ROLES.values()], dtype=np.float32)
    fixed = roles[(rgb[:, None] == roles).all(-1).any(0)]
    fixed = fixed if len(fixed) else rgb[[int(weights.argmax())]]
    centres = fixed
    distances = _squared_distances(rgb, centres).min(axis=1)
    while len(centres) < size and distances.max() > 0:
        worst = rgb[[int((weights * distances).argmax())]]
        centres = np.concatenate([centres, worst])
        distances = np.minimum(distances, _squared_distances(rgb, worst)[:, 0])
    for _ in range(8):
        nearest = _squared_distances(rgb, centres).argmin(axis=1)
        mass = np.bincount(nearest, weights, len(centres))
        sums = np.stack([np.bincount(nearest, weights * channel, len(centres)) for channel in rgb.T], axis=1)
        moved = sums / np.maximum(mass, 1e-9)[:, None]
        centres = np.where((mass > 0)[:, None], moved, centres).astype(np.float32)
        centres[: len(fixed)] = fixed
    rounded = np.rint(centres)
    used, nearest = np.unique(_squared_distances(rgb, rounded).argmin(axis=1), return_inverse=True)
    return rounded[used].astype(np.uint8), nearest.astype(np.uint8)


def dark_twin(light: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The palette for dark pages: each colour read as a blend of two roles, and blended again from their dark ones.

    Anti-aliased edges and translucent areas are such blends, nearly always of a role with the background.
    """
    lights = np.array([_rgb(role.light) for role in ROLES.values()])
    darks = np.array([_rgb(role.dark) for role in ROLES.values()])
    pairs = np.array(list(itertools.combinations(range(len(ROLES)), 2)))  # those with the background first
    start, end = lights[pairs[:, 0]], lights[pairs[:, 1]]  # (pairs, 3)
    direction = end - start
    offsets = light[:, None] - start  # (colours, pairs, 3)
    share = np.clip((offsets * direction).sum(-1) / (direction**2).sum(-1), 0.0, 1.0)
    misses = np.linalg.norm(offsets - share[..., None] * direction, axis=-1)
    # A blend of two roles in front explains a colour only where it does so clearly better.
    misses[:, pairs[:, 0] != 0] += 12.0
    best = misses.argmin(axis=1)
    share = share[np.arange(len(light)), best][:, None]
    blended = (1 - share) * darks[pairs[best, 0]] + share * darks[pairs[best, 1]]
    return np.asarray(np.rint(blended), dtype=np.uint8)


def _squared_distances(rgb: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 3), (k, 3) -> (n, k)."""
    crossed = rgb @ centres.T
    return np.asarray(np.maximum((rgb**2).sum(1)[:, None] - 2 * crossed + (centres**2).sum(1), 0))


def _rgb(text: str) -> tuple[float, ...]:
    return tuple(round(255 * channel) for channel in to_rgb(text))


def _channels(colours: NDArray[np.intp]) -> NDArray[np.float32]:
    return np.asarray((colours[:, None] >> np.array([0, 8, 16])) & 255, dtype=np.float32)


def _packed(text: str) -> int:
    """A colour as Agg's pixel, read as one little-endian number."""
    red, green, blue = (int(channel) for channel in _rgb(text))
    return 0xFF000000 | blue << 16 | green << 8 | red
