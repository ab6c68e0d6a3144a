"""A plugin for imageio that writes palette indices as they are, to GIF and PNG; imageio's own know only colours.

::

    imageio.v3.imwrite("line.gif", frames, plugin=IndexedPlugin, palette=palette, delays_ms=[80, 80, 1300])
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO, UnsupportedOperation
from typing import Any, NoReturn, Self

import numpy as np
from imageio.core.request import RETURN_BYTES, InitializationError, IOMode, Request
from imageio.core.v3_plugin_api import ImageProperties, PluginV3
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from generator.figures.animation import Indices, Patch
from generator.figures.blocks import MOST_COLOURS, Blocks

EXTENSIONS = (".gif", ".png")
LEAST_FOR_A_BYTE = 17  # colours


class IndexedPlugin(PluginV3):
    """One `write` is one whole file. What does not fit it is refused before the target is opened.

    An unknown keyword is an error here, where imageio's own plugins ignore it.
    """

    def __init__(self, request: Request, **unknown: Any) -> None:
        super().__init__(request)  # first, for `__del__` closes what failed to open
        self._finished = False
        if unknown:
            raise TypeError(f"{type(self).__name__} is opened without {', '.join(unknown)}: palette goes to `write`")
        if request.mode.io_mode is not IOMode.write:
            raise InitializationError("it only writes; without plugin=… imageio finds one that reads")
        if request.extension not in EXTENSIONS:
            raise InitializationError(f"it writes {' and '.join(EXTENSIONS)}, not {request.extension or 'nameless'}")

    def write(
        self,
        ndimage: ArrayLike | list[ArrayLike] | Blocks,
        *,
        palette: NDArray[np.uint8] | None = None,
        delays_ms: Sequence[int] | None = None,
        loop: bool = False,
    ) -> bytes | None:
        """Write indices of the palette (colours, 3): a picture (height, width), or frames (n, height, width) or a list.

        A third axis always counts frames, as indices have no channels. A GIF takes delays, one a frame, or `Blocks`
        that were compressed before, with delays of their own. Returns the file if the target is ``"<bytes>"``.
        """
        if self._finished:
            raise ValueError("one write is one whole file, and it was written or closed")
        if palette is None:
            raise TypeError("indices need a palette, (colours, 3)")
        colours = _checked_palette(palette)
        if self.request.extension == ".png":
            if delays_ms is not None or loop:
                raise TypeError("a PNG stands still: no delays_ms, no loop")
            file = _png(ndimage, colours)
        else:
            file = _blocks(ndimage, delays_ms, colours).coloured(colours, loop=loop)
        self.request.get_file().write(file)
        self._finished = True
        return file if self.request.raw_uri == RETURN_BYTES else None

    def __enter__(self) -> Self:
        return self

    def close(self) -> None:
        """Done; a second time, as when ``with`` and then `__del__` close, changes nothing."""
        self._finished = True
        super().close()

    def read(self, *, index: int | None = 0) -> np.ndarray:
        self._cannot("read")

    def iter(self) -> Iterator[np.ndarray]:
        self._cannot("iter")

    def properties(self, index: int | None = 0) -> ImageProperties:
        self._cannot("properties")

    def metadata(self, index: int | None = 0, exclude_applied: bool = True) -> dict[str, Any]:
        self._cannot("metadata")

    def _cannot(self, name: str) -> NoReturn:
        raise UnsupportedOperation(
            f"{name}: {type(self).__name__} only writes; without plugin=… imageio finds a reader"
        )


def _blocks(ndimage: ArrayLike | list[ArrayLike] | Blocks, delays_ms: Sequence[int] | None, colours: Indices) -> Blocks:
    if isinstance(ndimage, Blocks):
        if delays_ms is not None:
            raise TypeError("frames that are compressed have their delays: no delays_ms")
        if ndimage.colours != len(colours):
            raise ValueError(
                f"the frames were compressed for {ndimage.colours} colours, and the palette has {len(colours)}"
            )
        return ndimage
    frames = _frames(ndimage, len(colours))
    if delays_ms is None:
        raise TypeError("a GIF needs delays_ms, one a frame")
    return Blocks.of([Patch(0, 0, frame) for frame in frames], delays_ms, len(colours))


def _png(ndimage: ArrayLike | list[ArrayLike] | Blocks, colours: Indices) -> bytes:
    if isinstance(ndimage, Blocks):
        raise TypeError("frames that are compressed for a GIF are none for a PNG")
    frames = _frames(ndimage, len(colours))
    if len(frames) != 1:
        raise ValueError(f"a PNG holds one picture, and here are {len(frames)}")
    image, file = Image.fromarray(frames[0]), BytesIO()
    # Of fewer colours Pillow packs two pixels or more into a byte, and that compresses less well.
    image.putpalette(colours.tobytes().ljust(3 * LEAST_FOR_A_BYTE, b"\0"))
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _checked_palette(palette: ArrayLike) -> Indices:
    colours = np.asarray(palette)
    if colours.dtype != np.uint8 or colours.ndim != 2 or colours.shape[1] != 3:
        raise ValueError(f"a palette is (colours, 3) of uint8, not {colours.shape} of {colours.dtype}")
    if not 1 <= len(colours) <= MOST_COLOURS:
        raise ValueError(f"a palette has 1 to {MOST_COLOURS} colours, not {len(colours)}")
    return colours


def _frames(ndimage: ArrayLike | list[ArrayLike], colours: int) -> Sequence[Indices]:
    """The frames, (height, width) each, of one size, their indices within the palette."""
    if isinstance(ndimage, list):
        frames = [np.asarray(frame) for frame in ndimage]
    else:
        given = np.asarray(ndimage)
        frames = list(given) if given.ndim > 2 else [given]
    for frame in frames:
        if frame.dtype != np.uint8:
            raise ValueError(f"a frame is indices of uint8, not {frame.dtype}")
        if frame.ndim != 2 or frame.shape != frames[0].shape or not frame.size:
            raise ValueError(f"frames are (height, width), all of one size and not empty; here is one of {frame.shape}")
        if frame.max() >= colours:
            raise ValueError(f"index {frame.max()} in a frame, and the palette has {colours} colours")
    return frames
