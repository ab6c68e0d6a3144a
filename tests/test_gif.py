"""Files, decoded again by imageio: frames, order, durations, palettes, and the dark twin."""

from __future__ import annotations

import itertools
from io import BytesIO

import imageio.v3 as iio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from generator.figures.animation import Animation, Patch
from generator.figures.gif import encode

LIGHT = np.array([[255, 255, 255], [0, 0, 0], [200, 30, 0]], np.uint8)
DARK = np.array([[0, 0, 0], [250, 250, 250], [255, 90, 60]], np.uint8)


def animation(frames: list[np.ndarray], delays_ms: tuple[int, ...], *, loop: bool = False) -> Animation:
    """Frames given whole, as an animation of whole patches."""
    return Animation(
        first=frames[0],
        patches=tuple(Patch(0, 0, frame) for frame in frames[1:]),
        palettes={"light": LIGHT, "dark": DARK},
        delays_ms=delays_ms,
        shown=tuple(range(len(frames))),
        loop=loop,
    )


def decoded(file: bytes) -> np.ndarray:
    return iio.imread(file, index=None, extension=".gif", mode="RGB")


@settings(max_examples=20, deadline=None)
@given(st.lists(arrays(np.uint8, (7, 9), elements=st.integers(0, 2)), min_size=2, max_size=5))
def test_the_decoded_gif_is_the_frames_that_went_in(frames: list[np.ndarray]) -> None:
    """Unless two in a row are equal, which decoders may take for one."""
    frames = [frames[0]] + [b for a, b in itertools.pairwise(frames) if (a != b).any()]
    if len(frames) == 1:
        return
    files = encode(animation(frames, (100,) * len(frames)))
    np.testing.assert_array_equal(decoded(files[".gif"]), LIGHT[np.array(frames)])
    np.testing.assert_array_equal(decoded(files[".dark.gif"]), DARK[np.array(frames)])


def test_a_patch_changes_its_rectangle_and_sees_through_unchanged_pixels() -> None:
    first = np.zeros((4, 5), np.uint8)
    patch = Patch(left=1, top=2, indices=np.array([[1, 3, 2]], np.uint8))
    moving = Animation(first, (patch,), {"light": LIGHT, "dark": DARK}, (50, 50), (0, 1))
    expected = first.copy()
    expected[2, 1], expected[2, 3] = 1, 2
    np.testing.assert_array_equal(moving.last, expected)
    np.testing.assert_array_equal(decoded(encode(moving)[".gif"])[1], LIGHT[expected])


def test_each_frame_stays_as_long_as_it_was_told() -> None:
    frames = [np.full((3, 3), colour, np.uint8) for colour in (0, 1, 2)]
    with Image.open(BytesIO(encode(animation(frames, (400, 20, 1300)))[".gif"])) as image:
        durations = []
        for frame in range(image.n_frames):
            image.seek(frame)
            durations.append(image.info["duration"])
    assert durations == [400, 20, 1300]


def test_a_pass_ends_unless_a_loop_is_asked_for() -> None:
    frames = [np.full((3, 3), colour, np.uint8) for colour in (0, 1)]
    assert "loop" not in iio.immeta(encode(animation(frames, (50, 50)))[".gif"], extension=".gif")
    assert iio.immeta(encode(animation(frames, (50, 50), loop=True))[".gif"], extension=".gif")["loop"] == 0


def test_the_poster_is_the_last_frame_and_a_still_picture_is_only_a_poster() -> None:
    frames = [np.full((3, 3), colour, np.uint8) for colour in (0, 1, 2)]
    files = encode(animation(frames, (50, 50, 50)))
    for ending in ("", ".dark"):
        poster = iio.imread(files[f"{ending}.png"], extension=".png", mode="RGB")
        np.testing.assert_array_equal(poster, decoded(files[f"{ending}.gif"])[-1])
    assert set(encode(animation(frames[:1], (0,)))) == {".png", ".dark.png"}


def test_frames_without_delays_or_too_many_colours_are_refused() -> None:
    frame = np.zeros((2, 2), np.uint8)
    with pytest.raises(ValueError, match="2 frames, 1 delays"):
        animation([frame, frame], (50,))
    many = np.zeros((64, 3), np.uint8)
    with pytest.raises(ValueError, match="64 colours"):
        Animation(frame, (), {"light": many, "dark": many}, (0,), (0,))
