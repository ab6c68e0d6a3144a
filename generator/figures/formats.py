"""A picture as one file for a slide or a chat, in one theme. Loads imageio and Pillow when a file is made, not before.

imageio's own plugins make WebP and MP4; GIF and PNG are those of the pages, by ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.faults import Fault, did_you_mean
from generator.figures.animation import Animation
from generator.figures.style import ROLES, Theme

FRAMES_PER_SECOND = 50  # a frame of a video is as long as the shortest delay of a GIF, so none is lost
INSTALL_VIDEO = "python -m pip install 'gradient-descent-frame-by-frame[video]'"


def encode(
    animation: Animation, name: str, *, theme: Theme = "light", loop: bool = False, place: Path | str | None = None
) -> bytes:
    """The file in the format of this name. Raises `Fault`, at this place, for what the format cannot do.

    It plays once and holds its end, unless a loop is asked for.
    """
    check(name, moves=bool(animation.patches), loop=loop, place=place)
    return FORMATS[name].write(animation, theme, loop)


def check(name: str, *, moves: bool = True, loop: bool = False, place: Path | str | None = None) -> None:
    """Whether this format can be made here, before anything is drawn. Raises `Fault`."""
    if name not in FORMATS:
        raise Fault(f"there is no format {name!r}", file=place, help=did_you_mean(name, FORMATS))
    if not moves and loop:
        raise Fault("a still picture has nothing to loop", file=place, help="leave the loop out")
    if not moves and not FORMATS[name].stills:
        raise Fault(f"a still picture does not move, and {name} is for what moves", file=place, help="ask for png")
    if loop and not FORMATS[name].loops:
        able = " or ".join(other for other, format in FORMATS.items() if format.loops)
        raise Fault(
            f"{name} cannot loop",
            file=place,
            help=f"ask for {able}, or leave the loop to the player",
        )
    if name == "mp4" and find_spec("av") is None:
        raise Fault("mp4 needs PyAV, which is not installed", file=place, help=INSTALL_VIDEO)


# --- How each is made ------------------------------------------------------------------------------------------


def _gif(animation: Animation, theme: Theme, loop: bool) -> bytes:
    from generator.figures import gif

    return gif.file(".gif", gif.compressed(animation), palette=animation.palettes[theme], loop=loop)


def _png(animation: Animation, theme: Theme, loop: bool) -> bytes:
    from generator.figures import gif

    return gif.file(".png", animation.last, palette=animation.palettes[theme])


def _webp(animation: Animation, theme: Theme, loop: bool) -> bytes:
    from imageio import imopen

    # WebP counts how often it plays, and 0 is for ever. A frame equal to the one before may become part of it.
    # For what moves Pillow takes method 0, unless told: four times the bytes.
    moving: dict[str, Any] = (
        {"duration": list(animation.delays_ms), "loop": 0 if loop else 1} if animation.patches else {}
    )
    written = BytesIO()
    with (file := imopen(written, "w", plugin="pillow", extension=".webp")):
        for frame in animation.frames():
            file.write(animation.palettes[theme][frame], is_batch=False, lossless=True, method=4, **moving)
    return written.getvalue()


def _mp4(animation: Animation, theme: Theme, loop: bool) -> bytes:
    from imageio import imopen

    background = bytes.fromhex(getattr(ROLES["background"], theme)[1:])
    written = BytesIO()
    with imopen(written, "w", plugin="pyav", extension=".mp4") as file:
        file.init_video_stream("h264", fps=FRAMES_PER_SECOND, pixel_format="yuv420p")
        _say_which_colours(file)
        for frame, times in zip(animation.frames(), ticks(animation.delays_ms), strict=True):
            picture = _of_even_size(animation.palettes[theme][frame], background)
            for _ in range(times):
                file.write_frame(picture)
    return written.getvalue()


def ticks(delays_ms: tuple[int, ...]) -> list[int]:
    """How many frames of the video each frame lasts. The ends are rounded, not the delays: errors do not add up."""
    ends = (np.cumsum(delays_ms) * FRAMES_PER_SECOND + 500) // 1000
    *earlier, last = np.diff(ends, prepend=0).tolist()
    return [*earlier, max(last, 1)]


def _of_even_size(picture: NDArray[np.uint8], background: bytes) -> NDArray[np.uint8]:
    """With a row or a column of background where one is missing: yuv420p has one colour for 2 × 2 pixels."""
    height, width, _ = picture.shape
    page = np.empty((height + height % 2, width + width % 2, 3), np.uint8)
    page[...] = np.frombuffer(background, np.uint8)
    page[:height, :width] = picture
    return page


def _say_which_colours(file: Any) -> None:
    """Say which RGB the video's YUV stands for, or players guess by its height: vermilion #d55e00 becomes #e16401.

    imageio has no keyword for it, hence what is private to its plugin.
    """
    smpte_170m, limited_range = 6, 1
    codec = file._video_stream.codec_context
    codec.colorspace = codec.color_primaries = codec.color_trc = smpte_170m
    codec.color_range = limited_range


@dataclass(frozen=True)
class Format:
    """What a kind of file can hold, and who writes it."""

    says: str
    stills: bool
    loops: bool
    write: Callable[[Animation, Theme, bool], bytes]


FORMATS = {
    "gif": Format("a GIF, for everywhere", stills=True, loops=True, write=_gif),
    "webp": Format("a lossless WebP, the smallest that keeps every pixel", stills=True, loops=True, write=_webp),
    "mp4": Format("a video, for slides", stills=False, loops=False, write=_mp4),
    "png": Format("a picture of the end", stills=True, loops=False, write=_png),
}
