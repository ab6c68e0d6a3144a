"""The files of a picture on a page: GIF and PNG, in light and dark. imageio opens them, our plugin writes."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from imageio import imopen

from generator.figures.animation import Animation, Indices, Patch
from generator.figures.blocks import Blocks
from generator.figures.indexed import IndexedPlugin
from generator.figures.style import Theme

SUFFIXES: dict[Theme, str] = {"light": "", "dark": ".dark"}


def encode(animation: Animation) -> dict[str, bytes]:
    """The files by the ending of their names: ``.png`` and ``.dark.png``.

    Of what moves ``.gif`` and ``.dark.gif`` too, and its first frame, for a reader who is to say first what comes:
    ``.first.png`` and ``.first.dark.png``.
    """
    files = stills(animation)
    if animation.patches:
        blocks = compressed(animation)
        files |= {
            f"{SUFFIXES[theme]}.gif": file(".gif", blocks, palette=palette, loop=animation.loop)
            for theme, palette in animation.palettes.items()
        }
    return files


def stills(animation: Animation, size: str = "") -> dict[str, bytes]:
    """The last frame and, of what moves, the first: with ``.narrow`` for a size ``.narrow.png`` and so on."""
    shown = {"": animation.last} | ({".first": animation.first} if animation.patches else {})
    return {
        f"{moment}{size}{SUFFIXES[theme]}.png": file(".png", frame, palette=palette)
        for moment, frame in shown.items()
        for theme, palette in animation.palettes.items()
    }


def compressed(animation: Animation) -> Blocks:
    """All frames, the same for every palette."""
    images = [Patch(0, 0, animation.first), *animation.patches]
    return Blocks.of(images, animation.delays_ms, animation.unchanged)


def file(extension: str, image: Indices | Blocks, **how: Any) -> bytes:
    """What imageio makes of the frames, by our plugin."""
    written = BytesIO()
    with imopen(written, "w", plugin=IndexedPlugin, extension=extension) as target:
        target.write(image, **how)
    return written.getvalue()
