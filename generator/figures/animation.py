"""Frames as palette indices: a first one, and what each later one changes. Knows no file format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generator.figures.style import Theme

Indices = NDArray[np.uint8]
MAX_COLOURS = 63  # and one index for "unchanged": 6 bits a pixel


@dataclass(frozen=True, eq=False)
class Patch:
    """What a frame changes: a rectangle of indices; `Animation.unchanged` leaves a pixel as it was."""

    left: int
    top: int
    indices: Indices  # (height, width), at least one pixel

    def onto(self, frame: Indices, unchanged: int) -> None:
        """Apply the change, in place."""
        height, width = self.indices.shape
        window = frame[self.top : self.top + height, self.left : self.left + width]
        np.copyto(window, self.indices, where=self.indices != unchanged)


@dataclass(frozen=True, eq=False)
class Animation:
    """Frames as palette indices, one palette a theme. A still picture is an animation of one frame."""

    first: Indices  # (height, width)
    patches: tuple[Patch, ...]  # one a later frame
    palettes: Mapping[Theme, NDArray[np.uint8]]  # (colours, 3) each; the same index plays the same role
    delays_ms: tuple[int, ...]  # one a frame, multiples of 10
    shown: tuple[int, ...]  # the state that each frame shows
    loop: bool = False

    def __post_init__(self) -> None:
        frames = len(self.patches) + 1
        if not frames == len(self.delays_ms) == len(self.shown):
            raise ValueError(f"{frames} frames, {len(self.delays_ms)} delays, {len(self.shown)} states")
        if self.unchanged > MAX_COLOURS:
            raise ValueError(f"{self.unchanged} colours, and 6 bits hold {MAX_COLOURS}")

    @property
    def unchanged(self) -> int:
        """The index after the last colour."""
        return len(self.palettes["light"])

    def frames(self) -> Iterator[Indices]:
        """Every frame whole, (height, width), in order."""
        frame = self.first.copy()
        yield frame.copy()
        for patch in self.patches:
            patch.onto(frame, self.unchanged)
            yield frame.copy()

    @property
    def last(self) -> Indices:
        """The poster."""
        frame = self.first.copy()
        for patch in self.patches:
            patch.onto(frame, self.unchanged)
        return frame
