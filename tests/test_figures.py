"""What the pictures show: line data, limits and table cells against the closed form; and pictures of hard cases."""

from __future__ import annotations

import itertools
import re
import textwrap
from io import BytesIO
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from numpy.testing import assert_allclose
from PIL import Image

from generator import numerals
from generator.figures import canvas, pacing, render, viewport
from generator.figures.animation import Animation, Patch
from generator.figures.catalogue import KINDS, Request
from generator.figures.drawing import draw
from generator.figures.gif import encode
from generator.figures.kinds import filmstrip, fit
from generator.figures.pacing import Timeline
from generator.figures.style import LINES, POINT, ROLES, colour
from generator.runs.analysis import Run
from tests import flashes, runs

FITTED = ["rate-too-large", "rate-too-small", "scaled-input"]


def drawn(record: Run) -> tuple[list[canvas.Part], canvas.Axes]:
    figure, parts = fit.picture(record)
    return parts, figure.axes[0]


def text(artists: list[Text]) -> str:
    return "".join(artist.get_text() for artist in artists)


@pytest.fixture(scope="module", params=FITTED)
def animation(request: pytest.FixtureRequest) -> Animation:
    return draw(Request("fit", (request.param,)), [runs.record(request.param)])


@pytest.fixture(scope="module")
def files(animation: Animation) -> dict[str, bytes]:
    return encode(animation)


def test_a_kind_that_is_written_as_the_manual_says_draws_its_line() -> None:
    manual = re.search(r"::\n\n(.*?)\n\nA still picture", canvas.__doc__ or "", re.DOTALL)
    assert manual, "where the manual of kinds stands"
    module: dict[str, Any] = {
        "KINDS": {"name": KINDS["fit"]}, "POINT": POINT, "LINES": LINES, "colour": colour,
        "Part": canvas.Part, "canvas": canvas.canvas, "plot": canvas.plot, "render": render.render,
        "pacing": pacing, "viewport": viewport,
    }  # fmt: skip
    exec("from __future__ import annotations\n" + textwrap.dedent(manual[1]), module)
    frames = [*module["draw"]([runs.record("scaled-input")]).frames()]
    assert len(frames) > 10
    assert (frames[0] != frames[-1]).any()


# --- The line ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("t", [0, 1, 7, 100, 5000])
def test_the_line_is_where_the_closed_form_puts_it(t: int) -> None:
    record = runs.record("rate-too-small")
    (panel, *_), _ = drawn(record)
    panel.show(t)
    x, y = panel.movers[0].get_data()
    w, b = record.bowl.after(record.start, record.learning_rate, t)
    assert len(x) == 2
    assert_allclose(y, w * x + b, rtol=1e-3, atol=0.02)


def test_points_and_dashed_line_are_the_data_and_least_squares() -> None:
    record = runs.record("scaled-input")
    _, axes = drawn(record)
    best, points, _ = axes.lines
    assert_allclose(points.get_xydata(), np.column_stack([record.x, record.y]))
    x, y = best.get_data()
    assert_allclose(y, np.polyval(np.polyfit(record.x, record.y, 1), x), rtol=1e-4)
    assert best.is_dashed()


def test_a_diverging_line_stands_upright_and_then_has_no_position() -> None:
    record = runs.record("rate-too-large")
    (panel, *_), axes = drawn(record)
    limits = axes.get_xlim(), axes.get_ylim()
    line = panel.movers[0]
    for t in (10, 30, 42):
        panel.show(t)
        x, y = line.get_data()
        w, b = record.params[t].tolist()
        assert_allclose(x, -b / w, atol=1e-6 if t > 10 else 1e-3)
        assert_allclose(sorted(y), limits[1])
    for t in (43, 44, 500):
        panel.show(t)
        assert len(line.get_xdata()) == 0
    assert (axes.get_xlim(), axes.get_ylim()) == limits


# --- Numbers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "epoch", "row"),
    [
        ("rate-too-large", 10, ["10", "9.90×10¹⁷", "−5.12×10⁸", "−2.39×10⁷"]),
        ("rate-too-large", 20, ["20", "3.35×10³⁵", "−2.98×10¹⁷", "−1.39×10¹⁶"]),
        ("rate-too-large", 30, ["30", "inf", "−1.73×10²⁶", "−8.09×10²⁴"]),
        ("rate-too-large", 50, ["50", "nan", "nan", "nan"]),
    ],
)
def test_the_table_shows_what_the_program_printed(id: str, epoch: int, row: list[str]) -> None:
    """The oracle is the table in the source material: loss of state e − 1 beside the parameters of state e."""
    parts, _ = drawn(runs.record(id))
    assert text(parts[2].arrivals[epoch]) == "".join(row)


def test_a_row_comes_with_the_state_its_epoch_leads_to_and_stays() -> None:
    record = runs.of_points([0, 1, 2], [1, 2, 2], epochs=4, figure={"table_epochs": [2, 4]})
    figure, parts = fit.picture(record)
    moving = render.render(figure, parts, Timeline((0, 1, 2, 3, 4), (100,) * 5))
    table = slice(None), slice(2 * fit.LEFT, None)
    inked = [int((frame[table] != moving.first[0, 0]).sum()) for frame in moving.frames()]
    assert inked[0] == inked[1] < inked[2] == inked[3] < inked[4]


def test_decimal_points_stand_in_line() -> None:
    parts, _ = drawn(runs.record("rate-too-small"))
    rows = list(parts[2].arrivals.values())
    for cell in range(1, 7, 2):  # after t, each number is its whole part and its rest
        assert {row[cell].get_position()[0] for row in rows} == {row[cell + 1].get_position()[0] for row in rows}
        assert len({row[cell].get_position()[0] for row in rows}) == 1


@pytest.mark.parametrize("id", FITTED)
def test_no_text_overlaps_another_or_leaves_the_page(id: str) -> None:
    record = runs.record(id)
    figure, parts = fit.picture(record)
    figure.canvas.draw()
    for t in fit.timeline([record]).shown:
        for part in parts:
            part.show(t)
        boxes = [artist.get_window_extent() for artist in figure.texts if artist.get_text()]
        for box in boxes:
            assert box.x0 >= 0
            assert box.x1 <= 1440
        for one, other in itertools.combinations(boxes, 2):
            across = min(one.x1, other.x1) - max(one.x0, other.x0)
            assert across < 3 or min(one.y1, other.y1) - max(one.y0, other.y0) < 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.4824, "−0.482"), (0.0, "0.000"), (-0.0, "0.000"), (-0.0001, "−1.00×10⁻⁴"), (9850.42, "9850.4"),
        (99999.96, "100000.0"), (9.902059470433812e17, "9.90×10¹⁷"), (float("-inf"), "−inf"), (float("nan"), "nan"),
        (5e-324, "4.94×10⁻³²⁴"), (1.7976931348623157e308, "1.80×10³⁰⁸"),
    ],
)  # fmt: skip
def test_numbers_read_as_in_a_textbook(value: float, text: str) -> None:
    assert numerals.number(value) == text


@pytest.mark.parametrize(("value", "text"), [(20, "20"), (-0.5, "−0.5"), (2e38, "2×10³⁸"), (1e6, "10⁶"), (0, "0")])
def test_ticks_are_as_short_as_can_be(value: float, text: str) -> None:
    assert numerals.tick(value) == text


# --- Frames ------------------------------------------------------------------------------------------------


def test_the_decoded_gif_has_the_frames_that_were_asked_for(animation: Animation, files: dict[str, bytes]) -> None:
    seen = iio.imiter(files[".gif"], extension=".gif", plugin="pillow", mode="RGB")
    for frame, meant in itertools.zip_longest(seen, animation.frames()):
        assert (frame[::3, ::3] == animation.palettes["light"][meant[::3, ::3]]).all()
    with Image.open(BytesIO(files[".gif"])) as image:
        durations = []
        for number in range(image.n_frames):
            image.seek(number)
            durations.append(image.info["duration"])
    assert tuple(durations) == animation.delays_ms


def test_dark_and_light_are_the_same_indices(files: dict[str, bytes]) -> None:
    """The poster's pixels, and in the GIF everything that follows the palette."""
    with Image.open(BytesIO(files[".png"])) as light, Image.open(BytesIO(files[".dark.png"])) as dark:
        np.testing.assert_array_equal(np.asarray(light), np.asarray(dark))
        assert light.getpalette() != dark.getpalette()
    palette_end = 13 + 3 * 2 ** ((files[".gif"][10] & 7) + 1)
    assert files[".gif"][palette_end:] == files[".dark.gif"][palette_end:]
    assert files[".gif"][:palette_end] != files[".dark.gif"][:palette_end]


def test_one_palette_of_few_colours_serves_all_frames(animation: Animation) -> None:
    """With the index for "unchanged" they fit 5 bits."""
    assert len(animation.palettes["light"]) == len(animation.palettes["dark"]) <= 31


def test_roles_have_their_very_colours_in_both_themes(animation: Animation) -> None:
    for role in ("background", "ink", "line"):
        light, dark = (np.round(255 * np.array(to_rgb(c))) for c in (ROLES[role].light, ROLES[role].dark))
        index = np.flatnonzero((animation.palettes["light"] == light).all(axis=1))
        assert len(index) == 1
        np.testing.assert_array_equal(animation.palettes["dark"][index[0]], dark)


def test_nothing_flashes_more_than_three_times_a_second(animation: Animation) -> None:
    assert flashes.most_in_a_second(animation) <= 3


def test_the_flash_counter_sees_a_flashing_area() -> None:
    white, black = np.zeros((810, 1440), np.uint8), np.ones((810, 1440), np.uint8)
    palettes = {theme: np.array([[255] * 3, [0] * 3], np.uint8) for theme in ("light", "dark")}
    patches = tuple(Patch(0, 0, frame) for frame in [black, white] * 6)
    flashing = Animation(white, patches, palettes, (100,) * 13, tuple(range(13)))
    assert flashes.most_in_a_second(flashing) > 3


def test_the_picture_is_close_to_true_colour() -> None:
    record = runs.record("rate-too-large")
    figure, parts = fit.picture(record)
    still = render.render(figure, parts, Timeline((3,), (0,)))
    figure, parts = fit.picture(record)
    for part in parts:
        part.show(3)
        for state, artists in part.arrivals.items():
            for artist in artists:
                artist.set_visible(state <= 3)
    figure.canvas.draw()
    truth = np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(float)
    error = np.mean((still.palettes["light"][still.first] - truth) ** 2)
    assert 10 * np.log10(255**2 / error) >= 44


def test_drawing_is_deterministic() -> None:
    record = runs.record("rate-too-large")
    assert encode(fit.draw([record])) == encode(fit.draw([record]))


# --- Hard cases --------------------------------------------------------------------------------------------

MANY = np.linspace(0, 1, 100_000)
HARD = {
    "all points equal": runs.of_points([2.0] * 5, [3.0] * 5),
    "one point": runs.of_points([2.0], [3.0]),
    "one point at the origin": runs.of_points([0.0], [0.0]),
    "huge values": runs.of_points([1e38, 2e38, 3e38], [-3e38, 1e38, 3e38]),
    "tiny values": runs.of_points([1e-38, 2e-38], [1e-38, 3e-38]),
    "huge values in double": runs.of_points(
        [-3e38, 3e38], [3e38, -3e38], rate=3e38, epochs=50, start=(3e38, -3e38), dtype="float64",
    ),
    "nothing finite after one epoch": runs.of_points([1e30, -1e30], [1, 2], rate=1e30),
    "a start far away": runs.of_points([0, 1, 2], [1, 2, 2], start=(0.0, 1e30), rate=0.1),
    "one epoch": runs.of_points([0, 1], [0, 2], epochs=1),
    "100 000 points": runs.of_points(MANY.tolist(), (2 * MANY).tolist()),
}  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("record", HARD.values(), ids=HARD.keys())
def test_a_hard_case_is_drawn(record: Run) -> None:
    files = encode(fit.draw([record]))
    assert iio.imread(files[".gif"], index=None, extension=".gif").shape[1:3] == (810, 1440)
    assert iio.imread(files[".png"], extension=".png").shape[:2] == (810, 1440)
    assert encode(filmstrip.draw([record]))[".png"]


def test_many_points_are_thinned_and_the_picture_says_so() -> None:
    _, axes = drawn(HARD["100 000 points"])
    assert len(axes.lines[1].get_xdata()) == 2000
    assert [note.get_text() for note in axes.texts] == ["n = 2000 / 100000"]


# --- Filmstrip ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_on_a_filmstrip_what_has_nothing_below_it_has_the_numbers_of_its_axis(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a short run there are fewer moments than places; nothing written leaves the page, or lies on another."""
    record, figures = runs.of_points([0, 1, 2], [1000, 20000, 12000], epochs=count - 1), []
    monkeypatch.setattr(
        filmstrip, "render", lambda figure, *rest: figures.append(figure) or render.render(figure, *rest)
    )
    filmstrip.draw([record])
    (figure,) = figures
    panels = sorted(figure.axes, key=lambda axes: (-axes.get_position().y0, axes.get_position().x0))
    assert len(panels) == count
    numbered = [axes.xaxis.get_tick_params()["labelbottom"] for axes in panels]
    assert numbered == [place + 3 >= count for place in range(count)]
    figure.canvas.draw()
    of_axes = [
        text
        for axes in panels
        for axis in (axes.xaxis, axes.yaxis)
        for text in (axis.label, *(tick.label1 for tick in axis._update_ticks() if tick.label1.get_visible()))
    ]
    boxes = [text.get_window_extent() for text in (*figure.texts, *of_axes) if text.get_text()]
    assert all(box.x0 >= 0 and box.x1 <= 1440 and box.y0 >= 0 and box.y1 <= 2 * 464 for box in boxes)
    for one, other in itertools.combinations(boxes, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        assert across < 3 or min(one.y1, other.y1) - max(one.y0, other.y0) < 3


def test_a_filmstrip_shows_six_moments_in_order_three_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with its count of epochs over it and the line where that state has it."""
    record, figures = runs.record("scaled-input"), []
    monkeypatch.setattr(
        filmstrip, "render", lambda figure, *rest: figures.append(figure) or render.render(figure, *rest)
    )
    strip = filmstrip.draw([record])
    kind = KINDS["filmstrip"]
    assert strip.first.shape == (2 * kind.height, 2 * kind.width)
    assert not strip.patches

    (figure,) = figures
    panels = sorted(figure.axes, key=lambda axes: (-axes.get_position().y0, axes.get_position().x0))
    rows = [round(axes.get_position().y0, 6) for axes in panels]
    assert rows[0] == rows[1] == rows[2] > rows[3] == rows[4] == rows[5]
    states = []
    for axes in panels:
        box = axes.get_position()
        over = [t for t in figure.texts if t.get_position()[1] > box.y1 and abs(t.get_position()[0] - box.x0) < 0.02]
        said = min(over, key=lambda text: (text.get_position()[1], text.get_position()[0]))
        assert said.get_text() == "t"
        count = min((t for t in over if t is not said), key=lambda text: text.get_position()[1])
        states.append(int(count.get_text().removeprefix("= ")))
    assert states == sorted({*states})
    assert (states[0], states[-1]) == (0, record.epochs_run)
    window = viewport.window(record)
    lines = viewport.lines_in_window(record.params, window)
    for axes, state in zip(panels, states, strict=True):
        seen = viewport.segment(lines[state], window)
        shown = axes.lines[-1].get_xydata()
        assert_allclose(shown, np.empty((0, 2)) if seen is None else seen)
