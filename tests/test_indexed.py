"""The plugin for imageio that writes indices, by the contract of such plugins; and Pillow's compressor behind it."""

from __future__ import annotations

import gc
import io
import tomllib
from importlib import metadata
from io import BytesIO
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from packaging.requirements import Requirement
from packaging.version import Version
from PIL import Image

from generator.figures import gif
from generator.figures.animation import Animation, Patch
from generator.figures.blocks import Blocks, lzw
from generator.figures.indexed import IndexedPlugin
from tests import tiny

PALETTE = np.array([[255, 255, 255], [0, 0, 0], [200, 30, 0]], np.uint8)
FRAMES = np.array([[[0, 1, 2], [2, 1, 0]], [[1, 1, 1], [0, 2, 0]]], np.uint8)  # (2, height 2, width 3)
DELAYS_MS = [80, 1300]
BLOCKS = Blocks.of([Patch(0, 0, frame) for frame in FRAMES], DELAYS_MS, len(PALETTE))


def write(frames: Any, extension: str = ".gif", target: Any = "<bytes>", **how: Any) -> bytes | None:
    how = {"palette": PALETTE, **({"delays_ms": DELAYS_MS} if extension == ".gif" else {}), **how}
    return iio.imwrite(target, frames, plugin=IndexedPlugin, extension=extension, **how)


def opened(target: Any = "<bytes>", extension: str = ".gif") -> IndexedPlugin:
    return iio.imopen(target, "w", plugin=IndexedPlugin, extension=extension)


def read(file: Any, extension: str) -> np.ndarray:
    """By imageio's own plugin, as colours."""
    return iio.imread(file, plugin="pillow", extension=extension, mode="RGB")


# --- What is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frames", "how", "says"),
    [
        (FRAMES, {"delay_ms": [80, 1300]}, "unexpected keyword argument 'delay_ms'"),
        (FRAMES, {"durations": 3}, "unexpected keyword argument 'durations'"),
        (FRAMES, {"palette": None}, "need a palette"),
        (FRAMES, {"palette": PALETTE / 255}, r"not \(3, 3\) of float64"),
        (FRAMES, {"palette": PALETTE[:, :2]}, r"not \(3, 2\) of uint8"),
        (FRAMES, {"palette": np.zeros((256, 3), np.uint8)}, "1 to 255 colours, not 256"),
        (FRAMES, {"palette": PALETTE[:2]}, "index 2 in a frame, and the palette has 2 colours"),
        (FRAMES, {"delays_ms": None}, "needs delays_ms, one a frame"),
        (FRAMES, {"delays_ms": [80]}, "2 frames need as many delays, at least one, and not 1"),
        (FRAMES, {"delays_ms": [80, 1305]}, "hundredths of a second up to 655350 ms: not 1305 ms"),
        (FRAMES, {"delays_ms": [80, 655_360]}, "not 655360 ms"),
        (FRAMES.astype(int), {}, "indices of uint8, not int64"),
        (FRAMES.astype(float), {}, "indices of uint8, not float64"),
        (FRAMES[0, 0], {}, r"here is one of \(3,\)"),
        (FRAMES[None], {}, r"here is one of \(2, 2, 3\)"),
        (FRAMES[:, :0], {}, r"not empty; here is one of \(0, 3\)"),
        ([FRAMES[0], FRAMES[1, :1]], {}, r"all of one size .* \(1, 3\)"),
        ([], {"delays_ms": []}, "at least one"),
        (BLOCKS, {}, "have their delays"),
        (BLOCKS, {"delays_ms": None, "palette": PALETTE[:2]}, "compressed for 3 colours, and the palette has 2"),
    ],
)
def test_what_is_no_gif_is_refused_before_a_file_is_opened(tmp_path: Path, frames: Any, how: Any, says: str) -> None:
    target = tmp_path / "kept.gif"
    target.write_bytes(b"of before")
    with pytest.raises((TypeError, ValueError), match=says):
        write(frames, target=target, **how)
    assert target.read_bytes() == b"of before"


@pytest.mark.parametrize(
    ("frames", "how", "says"),
    [
        (FRAMES, {}, "holds one picture, and here are 2"),
        ([], {}, "here are 0"),
        (FRAMES[0], {"delays_ms": [80]}, "stands still"),
        (FRAMES[0], {"loop": True}, "stands still"),
        (FRAMES[0], {"optimise": True}, "unexpected keyword argument"),
        (PALETTE[FRAMES[0]], {}, "index 255 in a frame"),  # colours, taken for a stack of frames
        (BLOCKS, {}, "none for a PNG"),
    ],
)
def test_what_is_no_png_is_refused(frames: Any, how: Any, says: str) -> None:
    with pytest.raises((TypeError, ValueError), match=says):
        write(frames, ".png", **how)


def test_a_target_that_it_cannot_write_is_refused_when_opened(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="can not handle") as refused:
        opened(tmp_path / "line.jpg", ".jpg")
    assert "not .jpg" in str(refused.value.__cause__)
    with pytest.raises(OSError, match="can not handle") as refused:
        iio.imopen(tmp_path / "line", "w", plugin=IndexedPlugin)
    assert "nameless" in str(refused.value.__cause__)
    assert not any(tmp_path.iterdir())


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_misspelt_option_of_opening_is_named_and_leaves_nothing_to_close() -> None:
    with pytest.raises(OSError, match="initializing plugin") as refused:
        iio.imopen("<bytes>", "w", plugin=IndexedPlugin, extension=".gif", palete=PALETTE)
    assert "palete" in str(refused.value.__cause__)
    del refused
    gc.collect()


def test_it_reads_nothing_and_says_who_does() -> None:
    with pytest.raises(OSError, match="can not handle") as refused:
        iio.imopen(write(FRAMES), "r", plugin=IndexedPlugin, extension=".gif")
    assert "only writes" in str(refused.value.__cause__)
    with opened() as file:
        for ask in (file.read, file.iter, file.properties, file.metadata):
            with pytest.raises(io.UnsupportedOperation, match=f"{ask.__name__}: .* only writes"):
                ask()


# --- What is written ---------------------------------------------------------------------------------------------


def test_a_stack_a_list_and_blocks_are_the_same_frames() -> None:
    file = write(FRAMES)
    assert file == write(list(FRAMES)) == write(BLOCKS, delays_ms=None)
    np.testing.assert_array_equal(read(file, ".gif"), PALETTE[FRAMES])


def test_one_picture_is_one_frame() -> None:
    np.testing.assert_array_equal(read(write(FRAMES[0], delays_ms=[0]), ".gif"), PALETTE[FRAMES[:1]])
    np.testing.assert_array_equal(read(write(FRAMES[0], ".png"), ".png"), PALETTE[FRAMES[0]])
    assert write(FRAMES[0], ".png") == write(FRAMES[:1], ".png")


def test_a_png_keeps_the_palette_it_is_given_and_has_a_byte_a_pixel() -> None:
    with Image.open(BytesIO(png := write(FRAMES[0], ".png") or b"")) as image:
        assert image.mode == "P"
        assert image.getpalette()[: PALETTE.size] == PALETTE.ravel().tolist()
    assert png[24] == 8  # bits


def test_bytes_are_returned_and_files_are_written(tmp_path: Path) -> None:
    expected = write(FRAMES)
    file = BytesIO()
    for target in (tmp_path / "line.gif", str(tmp_path / "other.gif"), file):
        assert write(FRAMES, target=target) is None
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {expected} == {file.getvalue()}


def test_one_write_is_one_file_and_closing_twice_is_closing(tmp_path: Path) -> None:
    target = tmp_path / "line.gif"
    with opened(target) as file:
        file.write(FRAMES, palette=PALETTE, delays_ms=DELAYS_MS)
        with pytest.raises(ValueError, match="one whole file"):
            file.write(FRAMES, palette=PALETTE, delays_ms=DELAYS_MS)
    written = target.read_bytes()
    file.close()
    with pytest.raises(ValueError, match="written or closed"):
        file.write(FRAMES, palette=PALETTE, delays_ms=DELAYS_MS)
    del file
    gc.collect()
    assert target.read_bytes() == written == write(FRAMES)


def test_a_light_and_a_dark_picture_are_compressed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compressed: list[Any] = []
    monkeypatch.setattr("generator.figures.blocks.lzw", lambda indices, bits: compressed.append(indices) or b"")
    palettes = {"light": PALETTE, "dark": 255 - PALETTE}
    files = gif.encode(Animation(FRAMES[0], (Patch(0, 0, FRAMES[1]),), palettes, (80, 1300), (0, 1)))
    assert len(compressed) == 2, "two frames"
    assert len(files) == 6, "the last frame, the first, and all of them"


# --- Pillow's private compressor ---------------------------------------------------------------------------------


def unpacked(data: bytes, bits: int) -> list[int]:
    """LZW read by the letter of GIF89a's appendix F: blocks of a length and bytes, codes that grow with the table."""
    stream, at = b"", 0
    while at < len(data):
        stream += data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
    number = int.from_bytes(stream, "little")
    clear, end = 1 << bits, (1 << bits) + 1
    table: dict[int, list[int]] = {}
    width, position, before, out = bits + 1, 0, None, []
    while True:
        code = number >> position & ((1 << width) - 1)
        position += width
        if code == clear:
            table, width, before = {index: [index] for index in range(clear)}, bits + 1, None
            continue
        if code == end:
            return out
        if before is not None and len(table) + 2 < 4096:
            table[len(table) + 2] = [*before, table.get(code, before)[0]]
            width = min(12, max(width, (len(table) + 2).bit_length()))
        out += table[code]
        before = table[code]


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(2, 8))
def test_the_compressor_begins_with_the_bits_it_is_told_and_loses_nothing(data: st.DataObject, bits: int) -> None:
    indices = data.draw(arrays(np.uint8, (23, 31), elements=st.integers(0, 2**bits - 1), fill=st.nothing()))
    assert unpacked(lzw(indices, bits), bits) == indices.ravel().tolist()


def test_the_compressor_loses_nothing_of_a_large_picture() -> None:
    """Whose table of codes overflows many times, and whose bytes come in several chunks."""
    indices = np.random.default_rng(0).integers(0, 32, (300, 500)).astype(np.uint8)
    assert unpacked(lzw(indices, 5), 5) == indices.ravel().tolist()


def test_pillow_is_capped_before_the_next_major_version() -> None:
    project = tomllib.loads((tiny.REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {requirement.name: requirement.specifier for requirement in map(Requirement, project["dependencies"])}
    for name in ("pillow", "imageio"):
        installed = Version(metadata.version(name))
        assert installed in asked[name]
        assert Version(f"{installed.major + 1}.0") not in asked[name]
