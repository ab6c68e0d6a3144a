"""The card of a page where its address is shared: the picture of its run, as large as it goes, on 1200 × 630 pixels."""

from __future__ import annotations

import numpy as np
from imageio import imopen
from numpy.typing import NDArray

from generator.figures import gif
from generator.figures.palette import channels, packed, palette
from generator.figures.style import colour

WIDTH, HEIGHT = 1200, 630  # pixels: what those who show it ask for
MARGIN = 24
COLOURS = 48


def card(picture: bytes) -> bytes:
    """The PNG of a card, from the PNG of a picture that was drawn larger."""
    with imopen(picture, "r", plugin="pillow", extension=".png") as file:
        drawn = np.asarray(file.read(index=0))[..., :3].astype(np.float64).transpose(2, 0, 1)
    _, height, width = drawn.shape
    share = min((WIDTH - 2 * MARGIN) / width, (HEIGHT - 2 * MARGIN) / height, 1.0)
    rows, columns = averages(height, round(share * height)), averages(width, round(share * width))
    small = rows @ np.ascontiguousarray(drawn) @ columns.T  # (3, height, width)
    # A half is rounded up, whatever its last bit is: that depends on who adds.
    whole = np.floor(small + 0.5 + 1e-6).astype(np.intp)
    page = np.full((HEIGHT, WIDTH), packed(colour("background")) & 0xFFFFFF, np.intp)
    top, left = (HEIGHT - len(rows)) // 2, (WIDTH - len(columns)) // 2
    page[top : top + len(rows), left : left + len(columns)] = whole[0] | whole[1] << 8 | whole[2] << 16
    distinct, ranks, counts = np.unique(page, return_inverse=True, return_counts=True)
    colours, nearest = palette(channels(distinct), counts, COLOURS)
    return gif.file(".png", nearest[ranks].reshape(page.shape), palette=colours)


def averages(before: int, after: int) -> NDArray[np.float64]:
    """What makes fewer pixels of a row of them, each the average of what it covers: (after, before)."""
    edges = np.linspace(0, before, after + 1)
    starts, ends = edges[:-1, None], edges[1:, None]
    pixels = np.arange(before)
    covered = np.clip(np.minimum(ends, pixels + 1) - np.maximum(starts, pixels), 0, None)
    return np.asarray(covered / (ends - starts))
