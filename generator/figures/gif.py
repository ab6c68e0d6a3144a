"""Indexed frames and their delays as bytes: GIF and PNG, in light and dark. The only writer of pictures.

Pillow compresses and imageio decodes (in the tests). The GIF blocks around Pillow's LZW are written here, a screenful,
because the common writers compare, copy and compress whole frames, drop repeated ones (and with them the match
between frames and states), and begin with 9 bits a pixel for a palette that needs 6.
"""

from __future__ import annotations

from io import BytesIO
from struct import pack
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generator.figures.animation import Animation, Indices, Patch
from generator.figures.style import Theme

SUFFIXES: dict[Theme, str] = {"light": "", "dark": ".dark"}


def encode(animation: Animation) -> dict[str, bytes]:
    """The files by the ending of their names: ``.png`` and ``.dark.png``; ``.gif`` and ``.dark.gif`` if it moves."""
    poster = animation.last
    files = {f"{SUFFIXES[theme]}.png": _png(poster, palette) for theme, palette in animation.palettes.items()}
    if animation.patches:
        blocks = _gif_blocks(animation)
        files |= {
            f"{SUFFIXES[theme]}.gif": _gif_header(animation, palette) + blocks
            for theme, palette in animation.palettes.items()
        }
    return files


def _png(indices: Indices, palette: NDArray[np.uint8]) -> bytes:
    image, file = Image.fromarray(indices), BytesIO()
    image.putpalette(palette.tobytes())
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


# --- The format: https://www.w3.org/Graphics/GIF/spec-gif89a.txt ------------------------------------------


def _gif_header(animation: Animation, palette: NDArray[np.uint8]) -> bytes:
    height, width = animation.first.shape
    bits = _bits(animation)
    colours = palette.tobytes().ljust(3 * 2**bits, b"\0")
    looping = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0" if animation.loop else b""
    return b"GIF89a" + pack("<HHBBB", width, height, 0xF0 | (bits - 1), 0, 0) + colours + looping


def _gif_blocks(animation: Animation) -> bytes:
    """All frames, the same for every palette."""
    bits = _bits(animation)
    keep_and_see_through = 1 << 2 | 1
    blocks = BytesIO()
    images = [Patch(0, 0, animation.first), *animation.patches]
    for image, delay_ms in zip(images, animation.delays_ms, strict=True):
        height, width = image.indices.shape
        blocks.write(b"!\xf9\x04" + pack("<BHBB", keep_and_see_through, delay_ms // 10, animation.unchanged, 0))
        blocks.write(b"," + pack("<HHHHBB", image.left, image.top, width, height, 0, bits))
        blocks.write(_lzw(image.indices, bits) + b"\0")
    blocks.write(b";")
    return blocks.getvalue()


def _bits(animation: Animation) -> int:
    """Bits an index: at least 2, as the format wants."""
    return max(2, animation.unchanged.bit_length())


def _lzw(indices: Indices, bits: int) -> bytes:
    """Pillow's GIF compressor, called directly: through `Image.save` it always takes 8 bits."""
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
