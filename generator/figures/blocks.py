"""A GIF's frames, compressed: all that follows the palette, and so one piece of work for light and dark.

Pillow compresses. The blocks around its LZW are written here, a screenful, because the common writers compare, copy
and compress whole frames, drop repeated ones (and with them the match between frames and states), and begin with
9 bits a pixel for a palette that needs 6. The format: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from struct import pack
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generator.figures.animation import Indices, Patch

MOST_COLOURS = 255  # the index after the last colour means "unchanged", and an index is a byte
LONGEST_DELAY_MS = 655_350
LARGEST_SIDE = 65_535


@dataclass(frozen=True)
class Blocks:
    """Frames for every palette of so many colours; the index after the last one leaves a pixel as it was."""

    width: int
    height: int
    colours: int
    frames: int
    data: bytes

    @classmethod
    def of(cls, images: Sequence[Patch], delays_ms: Sequence[int], colours: int) -> Blocks:
        """Compress these: the first is the whole picture, each later one what changes."""
        if not 1 <= colours <= MOST_COLOURS:
            raise ValueError(f"a GIF of ours has 1 to {MOST_COLOURS} colours, not {colours}")
        if not images or len(images) != len(delays_ms):
            raise ValueError(f"{len(images)} frames need as many delays, at least one, and not {len(delays_ms)}")
        height, width = images[0].indices.shape
        if not (1 <= height <= LARGEST_SIDE and 1 <= width <= LARGEST_SIDE):
            raise ValueError(f"a GIF is 1 to {LARGEST_SIDE} pixels wide and high, not {width} × {height}")
        wrong = [delay for delay in delays_ms if delay % 10 or not 0 <= delay <= LONGEST_DELAY_MS]
        if wrong:
            raise ValueError(f"a GIF counts hundredths of a second up to {LONGEST_DELAY_MS} ms: not {wrong[0]} ms")
        bits = _bits(colours)
        blocks = (_block(image, delay, colours, bits) for image, delay in zip(images, delays_ms, strict=True))
        return cls(width, height, colours, len(images), b"".join(blocks) + b";")

    def coloured(self, palette: NDArray[np.uint8], *, loop: bool) -> bytes:
        """The whole file, in these colours (colours, 3)."""
        bits = _bits(self.colours)
        looping = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0" if loop else b""
        screen = pack("<HHBBB", self.width, self.height, 0xF0 | (bits - 1), 0, 0)
        return b"GIF89a" + screen + palette.tobytes().ljust(3 * 2**bits, b"\0") + looping + self.data


def _block(image: Patch, delay_ms: int, unchanged: int, bits: int) -> bytes:
    height, width = image.indices.shape
    keep_and_see_through = 1 << 2 | 1
    control = b"!\xf9\x04" + pack("<BHBB", keep_and_see_through, delay_ms // 10, unchanged, 0)
    place = b"," + pack("<HHHHBB", image.left, image.top, width, height, 0, bits)
    return control + place + lzw(image.indices, bits) + b"\0"


def _bits(colours: int) -> int:
    """Bits an index, with the one that means "unchanged": at least 2, as the format wants."""
    return max(2, colours.bit_length())


def lzw(indices: Indices, bits: int) -> bytes:
    """Pillow's GIF compressor, called directly: through `Image.save` it always takes 8 bits, and 4 % more bytes.

    `_getencoder` is private, so Pillow is capped in pyproject.toml: a new major version may come in when
    tests/test_indexed.py has passed with it.
    """
    image = Image.fromarray(indices)
    encoder: Any = Image._getencoder("L", "gif", "L", (bits, 0))
    encoder.setimage(image.im, (0, 0, *image.size))
    done, compressed = 0, BytesIO()
    while not done:
        _, done, chunk = encoder.encode(1 << 16)
        compressed.write(chunk)
    if done < 0:
        raise OSError(f"the GIF compressor failed with code {done}")
    return compressed.getvalue()
