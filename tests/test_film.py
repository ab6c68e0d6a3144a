"""The script that brings a player its frames: the GIF itself, and in V8 what the player's reader makes of it."""

from __future__ import annotations

import base64
import io
import itertools
import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from generator.figures.animation import Animation, Patch
from generator.figures.catalogue import Request
from generator.figures.drawing import draw
from generator.figures.gif import encode
from generator.site import film
from tests import runs, v8
from tests.test_gif import DARK, LIGHT

SHOWN = {
    "race": Request("race", ("one-step", "scaled-best-rate")),
    "cobweb": Request("cobweb", ()),
    "parabola": Request("parabola", ("scaled-input",)),
    "fit": Request("fit", ("rate-too-large",)),
}


@pytest.fixture(scope="module", params=SHOWN)
def files(request: pytest.FixtureRequest) -> dict[str, bytes]:
    asked = SHOWN[request.param]
    return encode(draw(asked, [runs.record(id) for id in asked.ids]))


def brought(script: bytes) -> dict[str, bytes]:
    """What a script hands to the element that loaded it."""
    text = re.fullmatch(r"Object\.assign\(document\.currentScript, (\{.*\})\);\n", script.decode("ascii"))
    assert text
    return {name: base64.b64decode(value, validate=True) for name, value in json.loads(text[1]).items()}


def decoded(gif: bytes) -> list[np.ndarray]:
    """Pillow's frames, (height, width, 3) each."""
    with Image.open(io.BytesIO(gif)) as picture:
        frames = []
        for index in range(picture.n_frames):
            picture.seek(index)
            frames.append(np.asarray(picture.convert("RGB")))
        return frames


def test_the_frames_in_a_script_are_those_of_both_gifs(files: dict[str, bytes]) -> None:
    frames = brought(film.script(files[".gif"], files[".dark.gif"]))
    assert frames["gif"] == files[".gif"]
    dark = decoded(frames["dark"] + frames["gif"][len(frames["dark"]) :])
    for one, other in zip(dark, decoded(files[".dark.gif"]), strict=True):
        np.testing.assert_array_equal(one, other)


def drawn(scripts: v8.Scripts, gif: bytes, order: list[int]) -> np.ndarray:
    """The indices of these frames, one after the other, as a page comes to them."""
    made = "((picture) => order.flatMap((index) => Array.from(picture.frame(index))))(new Gif(Uint8Array.from(gif)))"
    return scripts.numbers(made, gif=list(gif), order=order).astype(np.uint8)


def test_the_reader_draws_what_pillow_draws_forwards_and_backwards() -> None:
    frames = [np.full((60, 80), 0, np.uint8)]
    rng = np.random.default_rng(1)
    for _ in range(20):
        left, top = rng.integers(0, 40, 2)
        frames.append(frames[-1].copy())
        frames[-1][top : top + 15, left : left + 30] = rng.integers(0, 3, (15, 30))
    patches = []
    for before, after in itertools.pairwise(frames):
        patches.append(Patch(0, 0, np.where(before == after, 3, after).astype(np.uint8)))
    palettes = {"light": LIGHT, "dark": DARK}
    gif = encode(Animation(frames[0], tuple(patches), palettes, (50,) * 21, tuple(range(21))))[".gif"]
    order = [*range(21), *reversed(range(21)), 13, 2, 20, 0]
    with v8.loaded("gif.js") as scripts:
        seen = drawn(scripts, gif, order).reshape(-1, 60, 80)
        colours = scripts.numbers("new Uint8Array(Gif.colours(Uint8Array.from(gif)).buffer)", gif=list(gif))
    palette = colours.reshape(-1, 4)[:, :3].astype(np.uint8)
    truth = decoded(gif)
    for index, frame in zip(order, seen, strict=True):
        np.testing.assert_array_equal(palette[frame], truth[index])


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 200)), elements=st.integers(0, 30)), st.data())
def test_the_reader_decompresses_whatever_was_compressed(frame: np.ndarray, data: st.DataObject) -> None:
    colours = np.zeros((31, 3), np.uint8)
    repeated = np.tile(frame, (data.draw(st.integers(1, 6)), 1))
    moving = Animation(repeated, (Patch(0, 0, repeated[:1]),), {"light": colours, "dark": colours}, (50, 50), (0, 1))
    with v8.loaded("gif.js") as scripts:
        np.testing.assert_array_equal(drawn(scripts, encode(moving)[".gif"], [0]).reshape(repeated.shape), repeated)


def test_the_reader_knows_a_table_that_is_full_and_begun_anew() -> None:
    """Noise fills the compressor's 4096 codes many times."""
    noise = np.random.default_rng(0).integers(0, 31, (200, 300)).astype(np.uint8)
    colours = np.zeros((31, 3), np.uint8)
    moving = Animation(noise, (Patch(0, 0, noise[:1]),), {"light": colours, "dark": colours}, (50, 50), (0, 1))
    with v8.loaded("gif.js") as scripts:
        np.testing.assert_array_equal(drawn(scripts, encode(moving)[".gif"], [0]).reshape(noise.shape), noise)
