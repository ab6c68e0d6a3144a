"""Few colours for all frames: the roles exactly, blends by k-means; and the same colours on a dark page."""

from __future__ import annotations

import itertools

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from generator.figures.style import ROLES

COLOURS = 31  # in a palette, all roles and their blends; with "unchanged" they fit 5 bits
FEW_COLOURS = 11  # of stills for telephones: edges are coarser, and files smaller by a quarter


# --- Colours -----------------------------------------------------------------------------------------------


def palette(
    rgb: NDArray[np.float32], counts: NDArray[np.intp], size: int = COLOURS
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """At most ``size`` colours for these (n, 3), each so many times: the palette, and for each its nearest entry.

    Roles that occur are entries, exactly; the rest, edges and blends, are divided by k-means, from a start that
    always adds the colour which so far costs the most.
    """
    weights = counts.astype(np.float32)
    roles = np.array([rgb_of(role.light) for role in ROLES.values()], dtype=np.float32)
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
    lights = np.array([rgb_of(role.light) for role in ROLES.values()])
    darks = np.array([rgb_of(role.dark) for role in ROLES.values()])
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


def rgb_of(text: str) -> tuple[float, ...]:
    return tuple(round(255 * channel) for channel in to_rgb(text))


def channels(colours: NDArray[np.intp]) -> NDArray[np.float32]:
    return np.asarray((colours[:, None] >> np.array([0, 8, 16])) & 255, dtype=np.float32)


def packed(text: str) -> int:
    """A colour as Agg's pixel, read as one little-endian number."""
    red, green, blue = (int(channel) for channel in rgb_of(text))
    return 0xFF000000 | blue << 16 | green << 8 | red
