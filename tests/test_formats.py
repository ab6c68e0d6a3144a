"""Files to share, read back by readers that are not ours: imageio's own plugins, and Pillow."""

from __future__ import annotations

import itertools
import subprocess
import sys
from io import BytesIO
from typing import get_args

import imageio.v3 as iio
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generator.faults import Fault
from generator.figures import formats, gif
from generator.figures.animation import Animation, Patch
from generator.figures.catalogue import Request
from generator.figures.drawing import draw
from generator.figures.formats import FORMATS, encode
from generator.figures.style import ROLES, Theme
from tests import runs

PALETTES: dict[Theme, np.ndarray] = {
    "light": np.array([[255, 254, 251], [31, 35, 40], [0, 114, 178]], np.uint8),
    "dark": np.array([[20, 23, 28], [232, 230, 225], [86, 180, 233]], np.uint8),
}
THEMES = get_args(Theme)


def moving(size: tuple[int, int] = (48, 64), delays_ms: tuple[int, ...] = (400, 90, 70, 1300)) -> Animation:
    """A bar of the last colour that falls; each frame another."""
    frames = [np.zeros(size, np.uint8) for _ in delays_ms]
    for row, frame in enumerate(frames):
        frame[4 * row : 4 * row + 8, 8:-8] = 2
    patches = tuple(Patch(0, 0, frame) for frame in frames[1:])
    return Animation(frames[0], patches, PALETTES, delays_ms, tuple(range(len(frames))))


def still() -> Animation:
    return moving(delays_ms=(0,))


def expected(animation: Animation, theme: Theme) -> list[np.ndarray]:
    return [animation.palettes[theme][frame] for frame in animation.frames()]


def colours(file: bytes, name: str) -> np.ndarray:
    return np.array(list(iio.imiter(file, plugin="pillow", extension=f".{name}", mode="RGB")))


def durations_ms(file: bytes) -> list[int]:
    found = []
    with Image.open(BytesIO(file)) as image:
        for number in range(image.n_frames):
            image.seek(number)
            image.load()
            found.append(image.info["duration"])
    return found


def plays(file: bytes) -> int | None:
    """What the file says of repeating, as Pillow names it: WebP counts plays, GIF says nothing or for ever (0)."""
    with Image.open(BytesIO(file)) as image:
        return image.info.get("loop")


@pytest.fixture(scope="module")
def fit() -> Animation:
    """A picture as pages have them, of few frames."""
    return draw(Request("fit", ("one-step",)), [runs.record("one-step")])


# --- What is refused ---------------------------------------------------------------------------------------------


def test_an_unknown_format_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(Fault) as refused:
        encode(moving(), "web", place="slides/fit.web")
    assert str(refused.value) == "error: there is no format 'web'\n  --> slides/fit.web\nhelp: did you mean 'webp'?"


def test_a_still_picture_makes_no_video(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda name: object())
    with pytest.raises(Fault, match="does not move") as refused:
        encode(still(), "mp4", place="slides/squares.mp4")
    assert (refused.value.file, refused.value.help) == ("slides/squares.mp4", "ask for png")


def test_what_cannot_loop_says_so_and_what_can() -> None:
    for name in ("mp4", "png"):
        with pytest.raises(Fault, match=f"{name} cannot loop") as refused:
            encode(moving(), name, loop=True)
        assert refused.value.help.startswith("ask for gif or webp")
    with pytest.raises(Fault, match="nothing to loop"):
        encode(still(), "webp", loop=True)


def test_without_pyav_a_video_is_refused_with_the_line_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda name: None)
    for refuse in (lambda: formats.check("mp4", place="fit.mp4"), lambda: encode(moving(), "mp4", place="fit.mp4")):
        with pytest.raises(Fault) as refused:
            refuse()
        assert refused.value.file == "fit.mp4"
        assert refused.value.help == "python -m pip install 'gradient-descent-frame-by-frame[video]'"
    for name in FORMATS.keys() - {"mp4"}:
        formats.check(name)


def test_the_formats_are_named_without_loading_what_writes_them() -> None:
    program = (
        "import sys; from generator.figures import formats; formats.check('gif')\n"
        "sys.exit(', '.join({'PIL', 'imageio', 'av', 'matplotlib', 'torch'} & {*sys.modules}) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --- GIF, PNG, WebP ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
def test_gif_and_png_are_those_of_the_pages(fit: Animation, theme: Theme) -> None:
    files = gif.encode(fit)
    for name in ("gif", "png"):
        assert encode(fit, name, theme=theme) == files[f"{gif.SUFFIXES[theme]}.{name}"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["gif", "webp"])
def test_every_pixel_of_every_frame_is_kept(fit: Animation, name: str, theme: Theme) -> None:
    assert all((a != b).any() for a, b in itertools.pairwise(fit.frames())), "equal frames may become one"
    np.testing.assert_array_equal(colours(encode(fit, name, theme=theme), name), expected(fit, theme))


@pytest.mark.parametrize("name", ["gif", "webp"])
def test_each_frame_lasts_as_long_as_on_the_page(fit: Animation, name: str) -> None:
    assert durations_ms(encode(fit, name)) == list(fit.delays_ms)


def test_a_webp_is_smaller_than_the_gif(fit: Animation) -> None:
    """It is four times as large, and still lossless, where its writer is not told to try."""
    assert len(encode(fit, "webp")) < len(encode(fit, "gif"))


@pytest.mark.parametrize("delays_ms", [(100, 70, 1300), (20, 20, 20, 2000)])
def test_a_webp_whose_frames_repeat_shows_the_same_at_every_moment(delays_ms: tuple[int, ...]) -> None:
    """Its writer may merge them: then one lasts for both, also at the end."""
    frame, other = np.zeros((9, 9), np.uint8), np.ones((9, 9), np.uint8)
    frames = [frame, *[other] * (len(delays_ms) - 1)]
    patches = tuple(Patch(0, 0, later) for later in frames[1:])
    file = encode(Animation(frame, patches, PALETTES, delays_ms, tuple(range(len(frames)))), "webp")
    shown = np.repeat(colours(file, "webp"), [duration // 10 for duration in durations_ms(file)], axis=0)
    wanted = np.repeat(PALETTES["light"][np.array(frames)], [delay // 10 for delay in delays_ms], axis=0)
    np.testing.assert_array_equal(shown, wanted)


def test_it_plays_once_unless_a_loop_is_asked_for() -> None:
    assert plays(encode(moving(), "webp")) == 1
    assert plays(encode(moving(), "webp", loop=True)) == 0
    assert plays(encode(moving(), "gif")) is None
    assert plays(encode(moving(), "gif", loop=True)) == 0


@pytest.mark.parametrize("name", ["gif", "webp", "png"])
def test_a_still_picture_is_one_frame_of_each_format(name: str) -> None:
    np.testing.assert_array_equal(colours(encode(still(), name, theme="dark"), name), expected(still(), "dark"))


# --- MP4 ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def video() -> None:
    pytest.importorskip("av", reason="MP4 needs PyAV: pip install 'gradient-descent-frame-by-frame[video]'")


def pictures(file: bytes) -> np.ndarray:
    return np.array(list(iio.imiter(file, plugin="pyav", extension=".mp4")))


def decibels(picture: np.ndarray, truth: np.ndarray) -> float:
    error = np.mean((picture.astype(float) - truth) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


@pytest.mark.usefixtures("video")
@pytest.mark.parametrize("theme", THEMES)
def test_a_video_shows_each_frame_when_the_gif_does_and_about_as_well(fit: Animation, theme: Theme) -> None:
    """In the middle of each frame's time, and in the last moment: at least 35 dB, on a page of the same size."""
    file = encode(fit, "mp4", theme=theme)
    about = iio.immeta(file, plugin="pyav", extension=".mp4")
    assert (about["codec"], about["video_format"]) == ("h264", "yuv420p")
    assert abs(about["duration"] - sum(fit.delays_ms) / 1000) <= 1 / about["fps"]
    shown = pictures(file)
    assert len(shown) == round(about["duration"] * about["fps"])
    ends_ms = np.cumsum(fit.delays_ms)
    for frame, middle in zip(expected(fit, theme), ends_ms - np.array(fit.delays_ms) / 2, strict=True):
        assert decibels(shown[int(middle * about["fps"] / 1000)], frame) >= 35
    assert decibels(shown[-1], expected(fit, theme)[-1]) >= 35


@given(st.lists(st.integers(2, 200).map(lambda hundredths: 10 * hundredths), min_size=2, max_size=60))
def test_no_frame_of_a_video_is_lost_and_none_begins_off_by_more_than_half_a_frame(delays_ms: list[int]) -> None:
    """41 delays of 90 ms and the like, rounded one by one, would add up to a second too much."""
    ticks = formats.ticks(tuple(delays_ms))
    late = np.cumsum(ticks) * 1000 / formats.FRAMES_PER_SECOND - np.cumsum(delays_ms)
    assert min(ticks) >= 1
    assert abs(late).max() <= 500 / formats.FRAMES_PER_SECOND


def test_the_end_of_a_video_is_seen_however_short_it_is() -> None:
    assert formats.ticks((400, 100, 0)) == [20, 5, 1]


@pytest.mark.usefixtures("video")
def test_the_end_of_a_video_is_held_for_its_whole_delay() -> None:
    shown = pictures(encode(moving(delays_ms=(400, 90, 70, 1300)), "mp4"))
    last = expected(moving(), "light")[-1]
    held = [decibels(picture, last) > 30 for picture in shown]
    assert held == [False] * 28 + [True] * 65  # 560 ms and 1300 ms, at 20 ms each


@pytest.mark.usefixtures("video")
@pytest.mark.parametrize("theme", THEMES)
def test_odd_sizes_are_padded_with_background_and_never_resized(theme: Theme) -> None:
    animation = moving((47, 63))
    shown = pictures(encode(animation, "mp4", theme=theme))
    assert shown.shape[1:] == (48, 64, 3)
    background = np.array([int(getattr(ROLES["background"], theme)[at : at + 2], 16) for at in (1, 3, 5)])
    truth = np.full((48, 64, 3), background)
    truth[:47, :63] = expected(animation, theme)[0]
    assert decibels(shown[0], truth) >= 30
    assert abs(shown[-1][47].astype(int) - background).max() <= 8
    assert abs(shown[-1][:, 63].astype(int) - background).max() <= 8


@pytest.mark.usefixtures("video")
def test_a_video_says_which_colours_its_numbers_stand_for() -> None:
    """Players guess otherwise, by the height, and the colours of the roles shift."""
    import av

    with av.open(BytesIO(encode(moving(), "mp4"))) as container:
        codec = container.streams.video[0].codec_context
        smpte_170m, limited_range = 6, 1
        assert (codec.colorspace, codec.color_range) == (smpte_170m, limited_range)
