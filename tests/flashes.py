"""How often a picture flashes, after WCAG 2.3.1: a flash is two opposite changes of luminance by a tenth or more."""

from __future__ import annotations

import numpy as np

from generator.figures.animation import Animation
from generator.figures.style import Theme

TILES = 6  # a side: a large area covers one of them


def most_in_a_second(animation: Animation) -> float:
    """The most flashes of any tile of the picture within one second, in the worse theme."""
    starts = np.concatenate([[0], np.cumsum(animation.delays_ms[:-1])])
    return max(_most(_tiles(animation, theme), starts) for theme in animation.palettes)


def _tiles(animation: Animation, theme: Theme) -> np.ndarray:
    """The mean relative luminance of each tile in each frame: (frames, tiles)."""
    channels = animation.palettes[theme] / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    rows = []
    for frame in animation.frames():
        bands = np.array_split(luminance[frame], TILES, axis=0)
        rows.append([tile.mean() for band in bands for tile in np.array_split(band, TILES, axis=1)])
    return np.array(rows)


def _most(tiles: np.ndarray, starts: np.ndarray) -> float:
    most = 0
    for luminance in tiles.T:
        turns = _opposite_changes(luminance, starts)
        most = max([most, *(sum(1 for other in turns if turn <= other < turn + 1000) for turn in turns)])
    return most / 2


def _opposite_changes(luminance: np.ndarray, starts: np.ndarray) -> list[float]:
    """When the luminance has gone a tenth the other way than before."""
    turns: list[float] = []
    pivot, way = luminance[0], 0
    for value, start in zip(luminance, starts, strict=True):
        change = value - pivot
        if way * change > 0:
            pivot = value
        elif abs(change) >= 0.1 and min(value, pivot) < 0.8:
            turns.append(start)
            pivot, way = value, np.sign(change)
    return turns
