"""What steps through a run in a real browser: every epoch, its pictures and its numbers, for every hand and every eye.

The oracles are the published trajectories and NumPy. What a picture shows is read off its own axes, as a reader does.
"""

from __future__ import annotations

import csv
import itertools
import json
import math
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.project import Project
from tests import tiny
from tests.runs import SCENARIOS, record
from tests.test_again import address, browser, site, visit
from tests.test_browser import CHROMIUM, Open, Visit, expect, sync_api, until

__all__ = ["address", "browser", "site", "visit"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: nothing is stepped through")

ALL = ["tiny", "batches", "falls-then-explodes", "double-precision", "momentum", "rate-too-small", "scaled-input"]
LONG = "rate-too-small"  # 5000 epochs
EVEN = [
    "tiny",
    "batches",
    "falls-then-explodes",
    "double-precision",
    "momentum",
]  # short enough to give each epoch as much room
EXPLODES = "double-precision"  # past inf to nan
WIDTHS = [320, 390, 768, 1280]

Numbers = NDArray[np.float64]


# --- The oracle: what PyTorch came to, as published -----------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Oracle:
    """A run; state t in row t."""

    x: Numbers
    y: Numbers
    w: Numbers
    b: Numbers
    loss: Numbers
    gradients: Numbers  # (epochs, 2): the last state's is not published
    rate: float
    momentum: float

    @property
    def epochs(self) -> int:
        return len(self.w) - 1

    @property
    def best(self) -> Numbers:
        points = np.column_stack([self.x, np.ones_like(self.x)])
        return np.array(np.linalg.lstsq(points, self.y)[0])

    def loss_of(self, w: Numbers, b: Numbers) -> Numbers:
        """The mean squared error of lines, in float64."""
        return np.array(((np.outer(w, self.x) + np.reshape(b, (-1, 1)) - self.y) ** 2).mean(axis=1))

    def foretold(self) -> Numbers:
        """The losses of the same descent in exact arithmetic, or nearly: in float64, about the best line."""
        points = np.column_stack([self.x, np.ones_like(self.x)])
        hessian = 2 * points.T @ points / len(self.x)
        error, velocity, losses = np.array([self.w[0], self.b[0]]) - self.best, np.zeros(2), []
        floor = self.loss_of(*np.split(self.best, 2))[0]
        with np.errstate(all="ignore"):
            for _ in range(self.epochs + 1):
                losses.append(floor + error @ hessian @ error / 2)
                velocity = self.momentum * velocity + hessian @ error
                error = error - self.rate * velocity
        return np.array(losses)

    def steep(self) -> Numbers:
        """The error in the steep direction; its sign is a matter of taste."""
        points = np.column_stack([self.x, np.ones_like(self.x)])
        direction = np.linalg.eigh(points.T @ points)[1][:, 1]
        with np.errstate(all="ignore"):
            return np.array((np.column_stack([self.w, self.b]) - self.best) @ direction)


@pytest.fixture(scope="module")
def oracle(site: Path) -> Callable[[str], Oracle]:
    @cache
    def read(id: str) -> Oracle:
        folder = site / f"scenarios/{id}"
        with (folder / "trajectory.csv").open() as file:
            rows = [{name: float(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
        summary = json.loads((folder / "run.json").read_text())
        points = (record(id).x, record(id).y) if id in SCENARIOS else ([1, 2, 4], [2, 3, 5.5])
        x, y = (np.array(each, dtype=float) for each in points)
        w, b = ([row[name] for row in rows] + [rows[-1][f"{name}_next"]] for name in "wb")
        losses = [row["loss"] for row in rows] + [float(summary["final_loss"])]
        return Oracle(
            x, y, *map(np.array, (w, b, losses)), np.array([(row["grad_w"], row["grad_b"]) for row in rows]),
            summary["learning_rate"], 0.8 if id == "momentum" else 0.0,
        )  # fmt: skip

    return read


Read = Callable[[str], Oracle]
POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def number(text: str) -> float:
    """As pages write one: −1.732 × 10²⁶, 9×10⁸, 10⁻³, 4,000, nan."""
    text = text.strip().removeprefix("(").removesuffix(")").replace("−", "-").replace(",", "")
    if found := re.fullmatch(r"(-?)(?:([\d.-]+) ?× ?)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", text):
        sign, factor, power = found.groups()
        return float(f"{sign}{factor or 1}e{power.translate(POWERS)}")
    return float(text)


def near(text: str, expected: float, digits: int = 4) -> bool:
    return number(text) == pytest.approx(expected, rel=0.6 * 10.0 ** (1 - digits), abs=1e-12, nan_ok=True)


# --- A stepper, and what can be read off it -------------------------------------------------------------------

ROWS = """svg => [...svg.querySelectorAll(".gd-axes text:not(.gd-name)")].map((text) => {
    const [, x, y] = /M([-\\d.]+) ([-\\d.]+)/.exec(text.previousElementSibling.getAttribute("d"));
    return [text.getAttribute("text-anchor") === "end" ? "y" : "x", Number(x), Number(y), text.textContent];
})"""


@dataclass(frozen=True, eq=False)
class Axes:
    """From pixels to numbers, through the ticks: slope and offset, on a scale of each axis."""

    x: Numbers
    y: Numbers

    def at(self, pixels: Numbers) -> Numbers:
        """(n, 2) -> (n, 2)"""
        return np.column_stack([np.polyval(line, pixels[:, i]) for i, line in enumerate((self.x, self.y))])


def same(number: float) -> float:
    return number


class Stepper:
    """The stepper of a page, or one of several."""

    def __init__(self, visited: Visit, nth: int = 0) -> None:
        self.visited, self.page = visited, visited.page
        self.root = self.page.locator("gd-stepper").nth(nth)
        self.root.scroll_into_view_if_needed()
        self.slider = self.root.get_by_role("slider", name="Epoch")
        self.slider.wait_for(state="attached")  # which refuses two
        self.readout = self.root.locator(".gd-readout")

    def panels_in_turn(self) -> Iterator[None]:
        """Where there is room all of them, at once."""
        tabs = self.root.locator(".gd-tabs button:visible").all()
        for tab in tabs:
            tab.click()
            yield
        if not tabs:
            yield

    def button(self, name: str) -> sync_api.Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def panel(self, name: str) -> sync_api.Locator:
        return self.root.get_by_role("group", name=name, exact=True)

    @property
    def said(self) -> tuple[int, str]:
        """The epoch and the loss, as they are read aloud."""
        found = re.fullmatch(r"epoch ([\d,]+), loss (.+)", self.slider.get_attribute("aria-valuetext") or "")
        assert found
        return int(found[1].replace(",", "")), found[2]

    @property
    def epoch(self) -> int:
        return self.said[0]

    def arrives(self, epoch: int) -> None:
        expect(self.slider).to_have_attribute("aria-valuetext", re.compile(f"^epoch {epoch:,}, "))

    def go(self, epoch: int) -> None:
        """By the address, on the page of a run."""
        self.page.evaluate(f"location.hash = 'epoch={epoch}'")
        self.arrives(epoch)

    def press(self, *keys: str) -> None:
        self.slider.focus()
        for key in keys:
            self.page.keyboard.press(key)

    def open_numbers(self) -> None:
        self.root.locator("summary").click()
        expect(self.root.locator("table")).to_be_visible()

    @property
    def rows(self) -> list[list[str]]:
        rows: list[list[str]] = self.root.locator("tbody tr").evaluate_all(
            "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
        )
        return rows

    @property
    def sentences(self) -> list[str]:
        texts: list[str] = self.root.locator("details p").all_inner_texts()
        return texts

    def axes(
        self, name: str, x: Callable[[float], float] = same, y: Callable[[float], float] = same
    ) -> tuple[Axes, dict[str, list[tuple[float, float]]]]:
        """What the ticks say; and all of them, (pixel, number)."""
        ticks: dict[str, list[tuple[float, float]]] = {"x": [], "y": []}
        for axis, at_x, at_y, text in self.panel(name).locator("svg").evaluate(ROWS):
            ticks[axis].append((at_x if axis == "x" else at_y, number(text)))
        lines = []
        for axis, scale in (("x", x), ("y", y)):
            pixels, numbers = zip(*ticks[axis], strict=True)
            scaled = [*map(scale, numbers)]
            assert len(scaled) >= 2, f"an axis without scale: {ticks[axis]}"
            lines.append(np.polyfit(pixels, scaled, 1))
            tolerance = 0.15 * abs(lines[-1][0])  # pixels are rounded to a tenth
            assert np.polyval(lines[-1], pixels) == pytest.approx(scaled, abs=tolerance), "ticks out of place"
        return Axes(*lines), ticks

    def points(self, name: str, selector: str, nth: int = 0) -> Numbers:
        """(n, 2), in pixels."""
        given = self.panel(name).locator(selector).nth(nth).get_attribute("points") or ""
        return np.array([[float(part) for part in pair.split(",")] for pair in given.split()]).reshape(-1, 2)

    def attributes(self, name: str, selector: str, *names: str) -> Numbers:
        """A row for each element, in pixels."""
        read = "(all, names) => all.map((each) => names.map((name) => Number(each.getAttribute(name))))"
        return np.array(self.panel(name).locator(selector).evaluate_all(read, list(names)), dtype=float)


OpenStepper = Callable[..., Stepper]


@pytest.fixture
def opened(visit: Open) -> OpenStepper:
    """Nothing moves by itself, unless a test wants it."""

    def open_stepper(path: str, nth: int = 0, **wishes: Any) -> Stepper:
        return Stepper(visit(path, **{"reduced_motion": "reduce", **wishes}), nth)

    return open_stepper


def page_of(id: str, epoch: object = "") -> str:
    return f"scenarios/{id}/" + (f"#epoch={epoch}" if epoch != "" else "")


def some_epochs(run: Oracle) -> list[int]:
    broken = np.flatnonzero(~np.isfinite(run.loss))
    epochs = {0, 1, 2, 7, run.epochs // 3, run.epochs - 1, run.epochs, *broken[:1].tolist(), *(broken[:1] - 1).tolist()}
    return sorted(epochs)


# --- Every epoch, under one slider ----------------------------------------------------------------------------


@pytest.mark.parametrize("id", ALL)
def test_on_the_page_of_a_run_every_epoch_is_said_with_its_loss(opened: OpenStepper, oracle: Read, id: str) -> None:
    run, stepper = oracle(id), opened(page_of(id))
    assert stepper.epoch == run.epochs
    # As fast as a reader can press, from the end to the start with ◀ and back with the arrow key.
    walk = """(stepper, [name, epochs]) => {
        const slider = stepper.querySelector("input[type=range]"), said = [slider.ariaValueText];
        const button = [...stepper.querySelectorAll("button")].find((each) => each.ariaLabel === name);
        for (let i = 0; i < epochs; i++) {
            if (button) button.click();
            else slider.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
            said.push(slider.ariaValueText);
        }
        return said;
    }"""
    backwards = stepper.root.evaluate(walk, ["One epoch back", run.epochs])
    forwards = stepper.root.evaluate(walk, ["ArrowRight", run.epochs])
    assert backwards == forwards[::-1]
    assert stepper.root.evaluate(walk, ["One epoch on", run.epochs])[-1] == forwards[-1], "no farther than the end"
    assert stepper.root.evaluate(walk, ["ArrowLeft", run.epochs]) == backwards
    for epoch, said in enumerate(forwards):
        found = re.fullmatch(r"epoch ([\d,]+), loss (.+)", said)
        assert found
        assert int(found[1].replace(",", "")) == epoch
        words = {"infinite": "inf", "not a number": "nan"}
        assert ("inf" in found[2] or "number" in found[2]) == (not math.isfinite(run.loss[epoch]))
        assert near(words.get(found[2], found[2]), run.loss[epoch]), (epoch, said)
    assert stepper.visited.complaints == []


def test_real_keys_go_where_they_say(opened: OpenStepper, oracle: Read) -> None:
    stepper, last = opened(page_of("tiny")), oracle("tiny").epochs
    for key, epoch in {
        "Home": 0, "ArrowRight": 1, "ArrowUp": 2, "ArrowLeft": 1, "ArrowDown": 0, "End": last,
        "PageDown": last - 30, "PageUp": last,
    }.items():  # fmt: skip
        stepper.press(key)
        assert stepper.epoch == epoch, key
    stepper.press("Home", "ArrowLeft")
    assert stepper.epoch == 0
    stepper.press("End", "ArrowRight", "PageUp")
    assert stepper.epoch == last


def test_in_a_long_run_the_slider_has_room_for_the_first_epochs(opened: OpenStepper, oracle: Read) -> None:
    run, stepper = oracle(LONG), opened(page_of(LONG))
    most = float(stepper.slider.get_attribute("max") or 0)
    shares = []
    for epoch in (0, 10, 100, 1000, run.epochs):
        stepper.go(epoch)
        shares.append(float(stepper.slider.input_value()) / most)
    assert shares == pytest.approx([math.log1p(t) / math.log1p(run.epochs) for t in (0, 10, 100, 1000, 5000)], abs=1e-3)
    stepper.press("Home")
    reached = [0]
    while reached[-1] < run.epochs:
        stepper.press("PageUp")
        reached.append(stepper.epoch)
        assert reached[-1] > reached[-2]
    assert len(reached) in (11, 12), "a tenth of the way each, rounded to epochs"
    steps = np.diff(reached)
    assert (steps[1:-1] > steps[:-2]).all()


def test_every_position_of_the_slider_is_an_epoch_and_the_ends_are_the_ends(opened: OpenStepper, oracle: Read) -> None:
    for id in ("tiny", LONG):
        stepper = opened(page_of(id))
        said = stepper.root.evaluate("""(stepper) => {
            const slider = stepper.querySelector("input[type=range]"), said = [];
            for (let at = 0; at <= slider.max; at++) {
                slider.value = at;
                slider.dispatchEvent(new Event("input", { bubbles: true }));
                said.push(Number(/epoch ([\\d,]+),/.exec(slider.ariaValueText)[1].replace(",", "")));
            }
            return said;
        }""")
        assert said == sorted(said)
        assert (said[0], said[-1]) == (0, oracle(id).epochs)
        assert stepper.visited.complaints == []


def test_a_click_on_the_slider_goes_there(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny"))
    box = stepper.slider.bounding_box()
    assert box
    stepper.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert 130 <= stepper.epoch <= 170


def test_keys_with_a_modifier_stay_the_browsers(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny", 40))
    taken = stepper.slider.evaluate("""(slider) => ["altKey", "ctrlKey", "metaKey"].map((modifier) => {
        const event = new KeyboardEvent("keydown", {
            key: "ArrowLeft", [modifier]: true, bubbles: true, cancelable: true,
        });
        slider.dispatchEvent(event);
        return event.defaultPrevented;
    })""")
    assert taken == [False, False, False]
    assert stepper.epoch == 40


def test_no_epoch_is_left_where_a_run_did_not_come(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny", 300))
    stepper.button("One epoch on").click()
    assert stepper.epoch == 300
    stepper.button("Replay").wait_for()


# --- Its pictures, read off their axes ------------------------------------------------------------------------


@pytest.mark.parametrize("id", ALL)
def test_the_line_is_the_runs_and_goes_through_the_whole_picture(opened: OpenStepper, oracle: Read, id: str) -> None:
    run, stepper = oracle(id), opened(page_of(id))
    axes, _ = stepper.axes("Line")
    points = axes.at(stepper.attributes("Line", ".gd-s-point", "cx", "cy"))
    pixel = abs(np.array([axes.x[0], axes.y[0]]))
    assert (abs(points - np.column_stack([run.x, run.y])) <= 0.2 * pixel).all()
    for epoch in some_epochs(run):
        stepper.go(epoch)
        w, b = run.w[epoch], run.b[epoch]
        [ends] = stepper.attributes("Line", ".gd-s-line", "x1", "y1", "x2", "y2")
        seen = ends.min() > 0
        if not math.isfinite(w + b):
            assert not seen
            expect(stepper.readout).to_contain_text("there is no line any more")
        elif seen:
            assert abs(ends[2:] - ends[:2]).max() > 1
            for x, y in axes.at(ends.reshape(2, 2)):
                # A pixel to the side is worth |w| pixels of height.
                assert y == pytest.approx(w * x + b, abs=0.3 * (pixel[1] + abs(w) * pixel[0])), epoch


def test_a_line_that_passes_through_the_picture_is_seen(opened: OpenStepper, oracle: Read) -> None:
    run, stepper = oracle("tiny"), opened(page_of("tiny"))
    for epoch in (0, 1, 2, 20, 300):
        stepper.go(epoch)
        [ends] = stepper.attributes("Line", ".gd-s-line", "x1", "y1", "x2", "y2")
        assert ends.min() > 0, epoch
    assert stepper.axes("Line")[0].at(ends.reshape(2, 2))[:, 0].max() >= run.x.max()


def test_the_squares_have_the_errors_as_their_sides(opened: OpenStepper, oracle: Read) -> None:
    run, stepper = oracle("tiny"), opened("steps/")
    expect(stepper.root.get_by_label("Squares")).to_be_checked()
    axes, _ = stepper.axes("Line")
    for epoch, key in ((0, "Home"), (1, "ArrowRight"), (300, "End")):
        stepper.press(key)
        rects = stepper.attributes("Line", ".gd-s-squares rect", "x", "y", "width", "height")
        assert len(rects) == 3
        errors = abs(run.w[epoch] * run.x + run.b[epoch] - run.y)
        assert rects[:, 2] == pytest.approx(errors / abs(axes.y[0]), abs=0.3)
        assert (rects[:, 2] == rects[:, 3]).all(), "square on the screen"
        left, right = (axes.at(np.column_stack([rects[:, 0] + by * rects[:, 2], rects[:, 1]]))[:, 0] for by in (0, 1))
        pixel = abs(axes.x[0])
        assert (np.minimum(abs(left - run.x), abs(right - run.x)) < 0.3 * pixel).all(), "beside its point"
    stepper.root.get_by_label("Squares").press("Space")
    expect(stepper.panel("Line").locator("rect:visible")).to_have_count(0)


def test_squares_of_what_is_no_number_are_left_out_in_silence(opened: OpenStepper, oracle: Read) -> None:
    for id in (EXPLODES, "falls-then-explodes"):
        stepper = opened(page_of(id, 0))
        stepper.root.get_by_label("Squares").check()
        for epoch in some_epochs(oracle(id)):
            stepper.go(epoch)
        assert stepper.visited.complaints == []
    assert (stepper.attributes("Line", ".gd-s-squares rect", "width", "height") < 1e4).all()


@pytest.mark.parametrize("id", ["tiny", LONG, "momentum", "batches", "scaled-input"])
def test_the_path_over_the_bowl_ends_where_the_run_is(opened: OpenStepper, oracle: Read, id: str) -> None:
    run, stepper = oracle(id), opened(page_of(id))
    axes, _ = stepper.axes("Bowl")
    pixel = abs(np.array([axes.x[0], axes.y[0]]))
    for epoch in some_epochs(run):
        stepper.go(epoch)
        path = axes.at(stepper.points("Bowl", ".gd-s-path:not(.gd-faint)"))
        [dot] = axes.at(stepper.attributes("Bowl", ".gd-s-dot", "cx", "cy"))
        here = np.array([run.w[epoch], run.b[epoch]])
        assert (abs(path[-1] - here) <= 0.3 * pixel).all()
        assert (abs(dot - here) <= 0.3 * pixel).all()
        assert (abs(path[0] - [run.w[0], run.b[0]]) <= 0.3 * pixel).all()
    # At the end it is the whole path: each of its states stands somewhere in the run, in their order.
    states = np.column_stack([run.w, run.b])
    nearest = [int((abs(states - point) / pixel).max(axis=1).argmin()) for point in path]
    assert (abs(states[nearest] - path) <= 0.3 * pixel).all()


@pytest.mark.parametrize("id", ["tiny", LONG, "momentum", "scaled-input"])
def test_a_contour_joins_lines_of_one_loss(opened: OpenStepper, oracle: Read, id: str) -> None:
    run, stepper = oracle(id), opened(page_of(id))
    axes, _ = stepper.axes("Bowl")
    floor = run.loss_of(*np.split(run.best, 2))[0]
    levels = []
    for nth in range(stepper.panel("Bowl").locator(".gd-s-contour").count()):
        pixels = stepper.points("Bowl", ".gd-s-contour", nth)
        seen = pixels[(abs(pixels) < 2000).all(axis=1)]
        excess = run.loss_of(*axes.at(seen).T) - floor
        levels.append(float(np.median(excess)))
        # Where the contours lie densest a tenth of a pixel is much.
        off = [
            run.loss_of(*axes.at(seen + np.array(by)).T) - floor for by in itertools.product([-0.15, 0.15], repeat=2)
        ]
        slack = np.max([abs(each - excess) for each in off], axis=0) + 1e-3 * levels[-1]
        assert (abs(excess - levels[-1]) <= 2 * slack).all(), nth
    assert len(levels) == 8
    assert (np.diff(levels) < 0).all()
    assert levels[0] == pytest.approx((run.loss_of(run.w, run.b) - floor).max(), rel=0.05), "through the highest state"


@pytest.mark.parametrize("id", ALL)
def test_the_loss_is_the_runs_and_theorys_beside_it(opened: OpenStepper, oracle: Read, id: str) -> None:
    run, stepper = oracle(id), opened(page_of(id))
    is_even = id in EVEN
    along = same if is_even else math.log1p
    axes, ticks = stepper.axes("Loss", along, math.log10)
    assert {number for _, number in ticks["x"]} >= {0} | (set() if is_even else {1, 10, run.epochs})
    epochs = np.arange(run.epochs + 1)
    places = np.array([along(t) for t in epochs])
    with np.errstate(all="ignore"):
        measured, foretold = np.log10(run.loss), np.log10(run.foretold())
    pixel = abs(axes.y[0])
    for curve, losses in ((".gd-s-loss", measured), (".gd-s-prediction", foretold)):
        if id == "batches" and curve == ".gd-s-prediction":
            expect(stepper.root.locator(curve)).to_have_count(0)  # theory speaks of all points at once
            continue
        points = axes.at(stepper.points("Loss", curve))
        kept = np.isfinite(losses)
        assert len(points) == kept.sum() or len(points) > 500, "all, or many of a long run"
        if len(points) == kept.sum():
            assert points[:, 0] == pytest.approx(places[kept], abs=0.2 * abs(axes.x[0]))
            expected = losses[kept]
        else:
            expected = np.interp(points[:, 0], places[kept], losses[kept])
        visible = abs(expected) < 400
        assert points[visible, 1] == pytest.approx(expected[visible], abs=pixel * (0.3 if is_even else 1)), curve
    for epoch in some_epochs(run):
        stepper.go(epoch)
        [dot] = stepper.attributes("Loss", ".gd-s-dot", "cx", "cy")
        if math.isfinite(measured[epoch]):
            [here] = axes.at(dot.reshape(1, 2))
            assert here[0] == pytest.approx(places[epoch], abs=0.2 * abs(axes.x[0]))
            assert here[1] == pytest.approx(measured[epoch], abs=0.3 * pixel)
        else:
            assert dot.max() < 0, "nowhere"


@pytest.mark.parametrize("id", [EXPLODES, "falls-then-explodes"])
def test_what_explodes_swings_to_its_sides_on_an_axis_of_powers(opened: OpenStepper, oracle: Read, id: str) -> None:
    run, stepper = oracle(id), opened(page_of(id))
    expect(stepper.panel("Bowl")).to_contain_text("error in the steep direction")
    errors = run.steep()
    errors = errors[: int(np.flatnonzero(np.isfinite(errors)).max()) + 1]
    points = stepper.points("Bowl", ".gd-s-path.gd-faint")
    assert len(points) == len(errors)
    ticks = [(y, text) for axis, _, y, text in stepper.panel("Bowl").locator("svg").evaluate(ROWS) if axis == "y"]
    [middle] = [y for y, text in ticks if text == "0"]
    sides = np.sign(middle - points[:, 1])
    sure = abs(middle - points[:, 1]) > 0.2
    assert sure[-30:].all()
    agree = sides[sure] * np.sign(errors[sure])
    assert (agree == agree[0]).all(), "on the side where the error is"
    assert {number(text) > 0 for _, text in ticks if text != "0"} == {True, False}
    # Beyond the first of the ticks it is a scale of powers of ten.
    above = sorted((middle - y, math.log10(number(text))) for y, text in ticks if y < middle)
    far = np.array([middle - y for y in points[:, 1]])
    far = abs(far)
    between = (far >= above[0][0]) & (far <= above[-1][0])
    assert between.any()
    expected = np.interp(far[between], *map(np.array, zip(*above, strict=True)))
    assert np.log10(abs(errors[between])) == pytest.approx(
        expected, abs=0.6 * max(np.diff([y for y, _ in above])) ** -1 * max(np.diff([p for _, p in above]))
    )
    stepper.go(5)
    assert len(stepper.points("Bowl", ".gd-s-path:not(.gd-faint)")) in (6, 7)


# --- This step in numbers -------------------------------------------------------------------------------------


def test_the_first_step_by_hand(opened: OpenStepper) -> None:
    """From w = b = 0 on (1, 2), (2, 3), (4, 5.5): in fractions."""
    stepper = opened(page_of("tiny", 0))
    stepper.open_numbers()
    x, y = [Fraction(1), Fraction(2), Fraction(4)], [Fraction(2), Fraction(3), Fraction(11, 2)]
    slopes = [2 * (0 - each) / 3 for each in y]
    terms = [slope * each for slope, each in zip(slopes, x, strict=True)]
    columns = [x, y, [Fraction(0)] * 3, [-each for each in y], slopes, terms]
    for row, expected in zip(stepper.rows, zip(*columns, strict=True), strict=True):
        assert all(near(cell, float(each)) for cell, each in zip(row, expected, strict=True)), row
    assert (sum(terms), sum(slopes)) == (-20, -7)
    assert stepper.sentences == [
        "∂L/∂w = Σ 2(ŷ − y)/n · x = −20.0000",
        "∂L/∂b = Σ 2(ŷ − y)/n = −7.00000",
        "w ← 0 − 0.1 · (−20.0000) = 0 − (−2.00000) = 2.00000",
        "b ← 0 − 0.1 · (−7.00000) = 0 − (−0.700000) = 0.700000",
    ]


@pytest.mark.parametrize("id", ALL)
def test_every_number_of_a_step_is_the_runs(opened: OpenStepper, oracle: Read, id: str) -> None:
    run, stepper = oracle(id), opened(page_of(id))
    stepper.open_numbers()
    shown = len(run.x)
    for epoch in some_epochs(run):
        stepper.go(epoch)
        w, b = run.w[epoch], run.b[epoch]
        with np.errstate(all="ignore"):
            errors = w * run.x + b - run.y
            slopes = 2 * errors / len(run.x)
            table = np.column_stack([run.x, run.y, w * run.x + b, errors, slopes, slopes * run.x])
        rows = stepper.rows
        assert len(rows) == shown
        size = np.max(abs(np.nan_to_num([run.y, w * run.x, np.full_like(run.x, b)], posinf=0, neginf=0)))
        dtype = np.float64 if id == "double-precision" else np.float32
        for row, expected in zip(rows, table, strict=True):
            for cell, each in zip(row, expected, strict=True):
                if not math.isfinite(dtype(each)) or not math.isfinite(number(cell)):
                    # A float32 overflows, or inf − inf is met, where float64 goes on.
                    assert abs(each) > 1e37 or math.isnan(each), (epoch, row)
                    continue
                # A difference of large numbers keeps the roundings of both.
                tolerance = 4 * np.finfo(dtype).eps * size * (1 + abs(run.x).max())
                assert number(cell) == pytest.approx(each, rel=6e-4, abs=tolerance), (epoch, row)
        if epoch == run.epochs:
            assert stepper.sentences[2:] == ["The run ended here: there is no further step."]
            continue
        for sentence, gradient in zip(stepper.sentences, run.gradients[epoch], strict=False):
            assert near(sentence.rpartition("= ")[2], gradient, 6)
        after = (run.w[epoch + 1], run.b[epoch + 1])
        for name, sentence, new, old, gradient in zip(
            "wb", stepper.sentences[2:4], after, (w, b), run.gradients[epoch], strict=True
        ):
            assert sentence.startswith(f"{name} ← ")
            if id in ("momentum", "batches"):
                assert near(sentence.removeprefix(f"{name} ← "), new, 6)
                assert stepper.sentences[4].startswith("This run steps otherwise than along the gradient")
                continue
            number_of = r"(\(?[−\d.,infa]+(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?\)?)"
            found = re.fullmatch(
                f"{name} ← {number_of} − {number_of} · {number_of} = {number_of} − {number_of} = {number_of}", sentence
            )
            assert found, sentence
            with np.errstate(all="ignore"):
                product = dtype(run.rate) * dtype(gradient)
            for text, each in zip(found.groups(), (old, run.rate, gradient, old, product, new), strict=True):
                assert near(text, float(each), 6), (epoch, sentence)


def test_of_many_points_some_are_shown_and_the_others_counted(opened: OpenStepper) -> None:
    run = record("summed-many")
    stepper = opened(page_of("summed-many", 1))
    stepper.open_numbers()
    assert len(stepper.rows) == 10
    assert stepper.sentences[0] == f"… and {len(run.x) - 10} more points."
    assert re.search(rf"∂L/∂w = {len(run.x)}\.0 · Σ 2\(ŷ − y\)/n · x = ", stepper.sentences[1]), "a sum is n means"
    assert near(stepper.sentences[1].rpartition("= ")[2], float(run.gradients[1, 0]), 6)


def test_the_arithmetic_is_a_table_with_headings_and_sentences_for_a_screen_reader(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny", 3))
    stepper.open_numbers()
    headings = stepper.root.get_by_role("columnheader")
    expect(headings).to_have_text(["x", "y", "ŷ = wx + b", "ŷ − y", "2(ŷ − y)/n", "2(ŷ − y)/n · x"])
    session = stepper.page.context.new_cdp_session(stepper.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    names = [node["name"]["value"] for node in nodes if not node["ignored"] and "name" in node]
    assert any(name.startswith("∂L/∂w = Σ") for name in names)
    assert "This step in numbers" in names
    # What the picture's text said is not lost with it, and what is drawn is not spelt out.
    groups = [node for node in nodes if node.get("role", {}).get("value") == "group"]
    assert any("line" in node.get("name", {}).get("value", "") for node in groups)
    assert stepper.root.locator("svg:not([aria-hidden=true])").count() == 0


def test_a_table_scrolled_sideways_stays_so_and_keeps_the_focus_while_one_steps(opened: OpenStepper) -> None:
    stepper = opened(page_of(LONG, 10), width=320)
    stepper.open_numbers()
    wide = stepper.root.get_by_role("region", name="This step in numbers")
    wide.focus()
    stepper.page.keyboard.press("ArrowRight")
    until(stepper.page, "document.querySelector('gd-stepper .gd-scroll').scrollLeft > 0")
    stepper.page.wait_for_timeout(300)
    before = wide.evaluate("box => box.scrollLeft")
    stepper.go(11)
    assert wide.evaluate("box => [box.scrollLeft, box === document.activeElement]") == [before, True]


# --- Played ---------------------------------------------------------------------------------------------------

# Time runs as it likes; how long each state was to be shown is written down, and what was said.
QUICKLY = """
    const later = window.setTimeout;
    window.delays = [];
    window.setTimeout = (then, delay, ...rest) => {
        window.delays.push(delay);
        return later(then, Math.min(delay ?? 0, 4), ...rest);
    };
    window.said = [];
    document.addEventListener("DOMContentLoaded", () => new MutationObserver((records) => {
        const steppers = [...document.querySelectorAll("gd-stepper")];
        for (const { target } of records) {
            const which = steppers.indexOf(target.closest("gd-stepper"));
            if (target.type === "range") window.said.push([which, target.ariaValueText]);
        }
    }).observe(document.body, { subtree: true, attributeFilter: ["aria-valuetext"] }));
"""


def epochs_said(stepper: Stepper, nth: int = 0) -> list[int]:
    said = stepper.page.evaluate("said")
    return [int(text.split()[1].replace(",", "")) for which, text in said if which == nth]


def shown(page: sync_api.Page, nth: int = 0) -> tuple[list[int], list[float]]:
    """What the animation shows, and for how long."""
    figure = page.locator(".gd-figure[data-run]").nth(nth)
    epochs, delays = ((figure.get_attribute(f"data-{name}") or "").split(",") for name in ("epochs", "delays"))
    return [*map(int, epochs)], [*map(float, delays)]


@pytest.mark.parametrize("speed", ["0.25", "1", "4"])
def test_it_plays_what_the_animation_shows_at_the_speed_that_is_chosen(opened: OpenStepper, speed: str) -> None:
    stepper = opened(page_of("tiny"), first=QUICKLY)
    stepper.root.get_by_role("combobox", name="Speed").select_option(speed)
    stepper.page.evaluate("said.length = delays.length = 0")
    stepper.button("Replay").click()
    stepper.button("Replay").wait_for()
    epochs, delays = shown(stepper.page)
    assert [*dict.fromkeys(epochs_said(stepper))] == [*dict.fromkeys(epochs)]
    assert stepper.epoch == 300
    asked = stepper.page.evaluate("delays")
    wanted = [delay / float(speed) for delay in delays]
    assert sum(each in wanted for each in asked) >= len(wanted)


def test_a_loss_curve_which_stands_still_is_played_too(opened: OpenStepper) -> None:
    stepper = opened("steps/", 2, first=QUICKLY)
    stepper.page.evaluate("said.length = 0")
    stepper.button("Replay").click()
    stepper.button("Replay").wait_for()
    played = epochs_said(stepper, 2)
    assert played == sorted(played)
    assert len({*played}) > 30
    assert (played[0], played[-1]) == (0, 300)


def test_space_and_the_button_play_and_pause_and_a_step_takes_over(opened: OpenStepper) -> None:
    stepper = opened(page_of(LONG, 0))
    stepper.root.get_by_role("combobox", name="Speed").select_option("0.25")
    stepper.press("Space")
    expect(stepper.button("Pause")).to_be_visible()
    until(stepper.page, "!document.querySelector('gd-stepper [type=range]').ariaValueText.startsWith('epoch 0,')")
    stepper.press("Space")
    expect(stepper.button("Play")).to_be_visible()
    held = stepper.epoch
    stepper.page.wait_for_timeout(400)
    assert stepper.epoch == held
    stepper.button("Play").click()
    stepper.button("One epoch on").click()
    expect(stepper.button("Play")).to_be_visible()
    held = stepper.epoch
    stepper.page.wait_for_timeout(400)
    assert stepper.epoch == held


def test_it_starts_by_itself_when_it_comes_into_view_and_ends_at_the_end(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny"), reduced_motion="no-preference", first=QUICKLY)
    until(stepper.page, "said.some(([, each]) => each.startsWith('epoch 0,'))")
    stepper.button("Replay").wait_for()
    assert stepper.epoch == 300
    said = len(epochs_said(stepper))
    stepper.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    stepper.root.scroll_into_view_if_needed()
    stepper.page.wait_for_timeout(300)
    assert len(epochs_said(stepper)) == said, "once"


def test_it_does_not_start_when_its_reader_has_taken_the_lead(visit: Open) -> None:
    visited = visit(page_of("tiny"), reduced_motion="no-preference", width=390)
    page = visited.page
    until(page, "!!document.querySelector('gd-stepper [type=range]')")
    if page.evaluate("document.querySelector('gd-stepper').playing"):
        pytest.skip("the stepper stands in view at once")
    page.evaluate("""() => {
        const slider = document.querySelector("gd-stepper [type=range]");
        slider.value = 100;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
    }""")
    stepper = Stepper(visited)
    page.wait_for_timeout(500)
    assert stepper.epoch == 100


def test_who_prefers_less_motion_sees_the_end_until_they_ask(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny"), first=QUICKLY)
    stepper.page.wait_for_timeout(500)
    assert {*epochs_said(stepper)} <= {300}
    assert stepper.epoch == 300
    stepper.button("Replay").click()
    until(stepper.page, "said.some(([, each]) => each.startsWith('epoch 0,'))")


# --- Beside a quiz --------------------------------------------------------------------------------------------


def test_it_waits_for_the_answer_and_shows_nothing_that_gives_it_away(opened: OpenStepper) -> None:
    stepper = opened("held-back/", reduced_motion="no-preference", first=QUICKLY)
    stepper.page.wait_for_timeout(500)
    assert stepper.epoch == 0
    assert {*epochs_said(stepper)} <= {0, 120}
    expect(stepper.button("Play")).to_be_visible()
    telling = stepper.panel("Loss").locator("polyline:visible, circle:visible, text:visible")
    assert sorted(telling.all_text_contents()) == ["L", "t"]
    expect(stepper.panel("Line").locator("line.gd-s-line")).to_be_visible()
    stepper.page.get_by_role("radio", name="It grows.").check()
    stepper.page.get_by_role("button", name="Check").click()
    stepper.root.scroll_into_view_if_needed()
    until(stepper.page, "document.querySelector('gd-stepper button[data-next=replay]') !== null")
    assert stepper.epoch == 120
    expect(stepper.panel("Loss").locator(".gd-s-loss")).to_be_visible()
    assert stepper.visited.complaints == []


def test_beside_a_quiz_the_bowl_has_no_path_yet(opened: OpenStepper) -> None:
    stepper = opened("held-back/", 1)
    expect(stepper.panel("Bowl").locator(".gd-s-contour").first).to_be_visible()
    for path in stepper.panel("Bowl").locator(".gd-s-path").all():
        expect(path).to_have_css("visibility", "hidden")
    stepper.button("One epoch on").click()
    expect(stepper.panel("Bowl").locator(".gd-s-path.gd-faint")).to_have_css("visibility", "visible")


def test_who_steps_without_answering_is_shown_the_run(opened: OpenStepper) -> None:
    stepper = opened("held-back/")
    stepper.press("ArrowRight")
    assert stepper.epoch == 1
    expect(stepper.panel("Loss").locator(".gd-s-loss")).to_be_visible()


# --- The address ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "epoch"),
    [
        ("40", 40), ("0", 0), ("300", 300), ("007", 7), ("99999999", 300), ("9" * 400, 300),
        ("-1", None), ("abc", None), ("NaN", None), ("40.5", None), ("1e2", None), ("", None), ("40&x=1", None),
        ("%34%30", None), ("<b>", None),
    ],
)  # fmt: skip
def test_the_address_says_at_which_epoch(opened: OpenStepper, asked: str, epoch: int | None) -> None:
    stepper = opened(f"scenarios/tiny/#epoch={asked}")
    assert stepper.epoch == (300 if epoch is None else epoch)
    # And of a page that is open already.
    stepper.go(12)
    stepper.page.evaluate("asked => { location.hash = `epoch=${asked}`; }", asked)
    stepper.page.wait_for_timeout(50)
    assert stepper.epoch == (12 if epoch is None else epoch)
    assert stepper.visited.complaints == []


def test_an_epoch_that_is_asked_for_is_not_played_away(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny", 40), reduced_motion="no-preference", first=QUICKLY)
    stepper.page.wait_for_timeout(500)
    assert stepper.epoch == 40


def test_the_address_follows_and_leads_back_without_filling_the_history(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny", 40))
    before = stepper.page.evaluate("history.length")
    stepper.press(*["ArrowRight"] * 5)
    until(stepper.page, "location.hash === '#epoch=45'")
    stepper.button("One epoch back").click()
    until(stepper.page, "location.hash === '#epoch=44'")
    assert stepper.page.evaluate("history.length") == before
    stepper.page.reload()
    again = Stepper(stepper.visited)
    again.arrives(44)


def test_a_key_that_is_held_down_asks_the_browser_for_no_address_each_time(opened: OpenStepper) -> None:
    """Safari refuses the hundredth in a few seconds, with an error."""
    count = """window.replaced = 0;
        const replace = history.replaceState;
        history.replaceState = function (...given) { window.replaced++; return replace.apply(this, given); };"""
    stepper = opened(page_of(LONG, 0), first=count)
    before = stepper.page.evaluate("replaced")
    stepper.slider.evaluate("""(slider) => {
        const press = () => new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true });
        for (let i = 0; i < 500; i++) slider.dispatchEvent(press());
    }""")
    until(stepper.page, "location.hash === '#epoch=500'")
    assert stepper.page.evaluate("replaced") == before + 1


def test_in_a_lesson_the_address_is_the_pages_own(opened: OpenStepper) -> None:
    stepper = opened("steps/#epoch=40")
    assert stepper.epoch == 300
    stepper.press("ArrowLeft")
    stepper.page.wait_for_timeout(400)
    assert stepper.page.evaluate("location.hash") == "#epoch=40"


# --- Several on a page ----------------------------------------------------------------------------------------


def test_two_of_one_run_step_apart(opened: OpenStepper, site: Path) -> None:
    first = opened("steps/")
    second = Stepper(first.visited, 1)
    second.press("Home", "ArrowRight")
    assert (first.epoch, second.epoch) == (300, 1)
    first.press("ArrowLeft")
    assert (first.epoch, second.epoch) == (299, 1)
    text = (site / "steps/index.html").read_text()
    assert text.count('json" data-run="tiny"') == text.count('data-words="step"') == 1
    ids = first.page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len({*ids})


def test_each_kind_of_figure_shows_its_own_panel_first_and_the_loss_beside(opened: OpenStepper) -> None:
    panels = [["Line", "Loss"], ["Line", "Bowl", "Loss"], ["Line", "Loss"]]
    chosen = ["Line", "Bowl", "Loss"]
    seen = "all => all.map((each) => each.ariaLabel)"
    wide, narrow = opened("steps/").visited, opened("steps/", width=390).visited
    for nth, (names, first) in enumerate(zip(panels, chosen, strict=True)):
        assert Stepper(wide, nth).root.locator(".gd-panel:visible").evaluate_all(seen) == names
        assert Stepper(narrow, nth).root.locator(".gd-panel:visible").evaluate_all(seen) == [first]


# --- Every hand -----------------------------------------------------------------------------------------------


def focused(page: sync_api.Page) -> str:
    name: str = page.evaluate("""(() => {
        const e = document.activeElement;
        return e.closest("gd-stepper") ? e.ariaLabel || e.labels?.[0]?.innerText.trim() || e.textContent.trim() : "";
    })()""")
    return name


def walk(page: sync_api.Page) -> list[str]:
    """The names of what Tab comes to inside a stepper."""
    names: list[str] = []
    for _ in range(200):
        page.keyboard.press("Tab")
        if name := focused(page):
            names.append(name)
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring != "none", f"no ring around {name}"
        elif names:
            break
    return names


def test_with_the_keyboard_alone_all_of_it_can_be_done(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny", 5))
    page = stepper.page
    assert walk(page) == ["Play", "One epoch back", "Epoch", "One epoch on", "Speed", "Squares", "This step in numbers"]
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "This step in numbers"
    page.keyboard.press("Enter")
    expect(stepper.root.locator("table")).to_be_visible()
    fits = "(table) => table.parentElement.scrollWidth <= table.parentElement.clientWidth"
    assert stepper.root.locator("table").evaluate(fits), "or what scrolls would be a stop on the way"
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "Squares"
    page.keyboard.press("Space")
    expect(stepper.panel("Line").locator(".gd-s-squares rect")).to_have_count(3)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(stepper.root.get_by_role("combobox", name="Speed")).to_have_value("0.25")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert stepper.epoch == 6
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("End")
    assert stepper.epoch == 300
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    assert stepper.epoch == 299
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(stepper.button("Pause")).to_be_visible()
    page.keyboard.press("Space")
    expect(stepper.button("Play")).to_be_visible()


def test_with_the_keyboard_alone_a_phones_panels_are_changed(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny"), width=390)
    assert walk(stepper.page)[:4] == ["Line", "Bowl", "Loss", "Replay"]
    for name in ("Bowl", "Loss", "Line"):
        stepper.button(name).focus()
        stepper.page.keyboard.press("Enter")
        expect(stepper.button(name)).to_have_attribute("aria-pressed", "true")
        expect(stepper.panel(name)).to_be_visible()
        expect(stepper.root.locator(".gd-panel:visible")).to_have_count(1)
        expect(stepper.root.locator(".gd-tabs [aria-pressed=true]")).to_have_count(1)


def test_a_finger_does_all_of_it(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny"), width=390, has_touch=True, is_mobile=True)
    stepper.button("One epoch back").tap()
    assert stepper.epoch == 299
    stepper.button("Loss").tap()
    expect(stepper.panel("Loss")).to_be_visible()
    box = stepper.slider.bounding_box()
    assert box
    stepper.slider.tap(position={"x": box["width"] / 4, "y": box["height"] / 2})
    assert 50 < stepper.epoch < 100
    stepper.root.get_by_text("Squares", exact=True).tap()
    expect(stepper.root.get_by_label("Squares")).to_be_checked()
    stepper.root.locator("summary").tap()
    expect(stepper.root.locator("table")).to_be_visible()
    # A finger on a picture scrolls the page.
    assert stepper.panel("Loss").locator("svg").evaluate("e => getComputedStyle(e).touchAction") == "auto"


def test_what_is_pressed_is_large_enough(opened: OpenStepper) -> None:
    visited = None
    for width in WIDTHS:
        stepper = opened(page_of("falls-then-explodes"), width=width, reader=visited)
        visited = stepper.visited
        stepper.open_numbers()
        targets = stepper.root.locator(":is(button, select, label, summary, input[type=range]):visible")
        boxes = targets.evaluate_all("""all => all.map((each) => {
            const { width, height } = each.getBoundingClientRect();
            return [Math.min(width, height), each.innerText];
        })""")
        assert len(boxes) >= 7
        assert min(boxes)[0] >= 24, (width, min(boxes))


def test_everything_has_a_name(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny"), width=390)
    unnamed = stepper.root.evaluate("""stepper => [...stepper.querySelectorAll("button, input, select")]
        .filter((each) => !each.ariaLabel && !each.labels?.length && !each.textContent.trim()).length""")
    assert unnamed == 0


# --- Every eye ------------------------------------------------------------------------------------------------

TYPE = """stepper => {
    const sizes = [], texts = document.createTreeWalker(stepper, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const { parentElement: parent, data } = texts.currentNode;
        if (!data.trim() || !parent.checkVisibility()) continue;
        const svg = parent.closest("svg"), scale = svg ? svg.getScreenCTM().a : 1;
        sizes.push([parseFloat(getComputedStyle(parent).fontSize) * scale, data]);
    }
    return sizes;
}"""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("id", ["falls-then-explodes", LONG])
def test_no_type_is_too_small_to_read(opened: OpenStepper, id: str, width: int) -> None:
    stepper = opened(page_of(id), width=width)
    stepper.open_numbers()
    for _ in stepper.panels_in_turn():
        sizes = stepper.root.evaluate(TYPE)
        assert len(sizes) > 20
        assert min(sizes)[0] >= 11


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_of_a_picture_is_cut_off_and_no_page_is_too_wide(opened: OpenStepper, width: int) -> None:
    visited = None
    for id in (LONG, EXPLODES):
        stepper = opened(page_of(id), width=width, reader=visited)
        visited = stepper.visited
        stepper.open_numbers()
        assert stepper.page.evaluate("document.documentElement.scrollWidth") <= width
        for _ in stepper.panels_in_turn():
            outside = stepper.root.evaluate("""stepper => [...stepper.querySelectorAll("svg")].flatMap((svg) => {
                if (!svg.checkVisibility()) return [];
                const box = svg.getBoundingClientRect();
                return [...svg.querySelectorAll("text")].filter((text) => {
                    const { left, right, top, bottom } = text.getBoundingClientRect();
                    return left < box.left - 1 || right > box.right + 1 || top < box.top - 2 || bottom > box.bottom + 2;
                }).map((text) => text.textContent);
            })""")
            assert outside == [], (id, width)


OVERLAPPING = """stepper => [...stepper.querySelectorAll("svg")].flatMap((svg) => {
    if (!svg.checkVisibility()) return [];
    const texts = [...svg.querySelectorAll(".gd-axes text:not(.gd-name)")];
    const boxes = texts.map((text) => text.getBoundingClientRect());
    const meet = (one, other) =>
        one.left < other.right && other.left < one.right && one.top + 2 < other.bottom && other.top + 2 < one.bottom;
    const late = texts.filter((_, i) => boxes.slice(0, i).some((box) => meet(box, boxes[i])));
    return late.map((text) => text.textContent);
})"""


@pytest.mark.parametrize("width", WIDTHS)
def test_labels_on_an_axis_do_not_run_into_each_other(opened: OpenStepper, width: int) -> None:
    visited = None
    for id in ALL:
        stepper = opened(page_of(id), width=width, reader=visited)
        visited = stepper.visited
        for _ in stepper.panels_in_turn():
            assert stepper.root.evaluate(OVERLAPPING) == [], id


BEFORE = """document.addEventListener("DOMContentLoaded", () => {
    window.before = [...document.querySelectorAll(".gd-figure[data-run]")].map((each) => each.offsetHeight);
});"""
HEIGHTS = """async (stepper, keys) => {
    const slider = stepper.querySelector("input[type=range]"), figure = stepper.closest(".gd-figure[data-run]");
    const heights = [figure.offsetHeight], epochs = new Set();
    for (const key of keys) {
        slider.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        await new Promise(requestAnimationFrame);
        heights.push(figure.offsetHeight);
        epochs.add(slider.ariaValueText);
    }
    if (epochs.size < keys.length - 1) throw new Error("the keys lead nowhere"); // the last may find the end
    return heights;
}"""


@pytest.mark.parametrize("width", WIDTHS)
def test_its_place_is_kept_before_it_comes_and_in_every_epoch(opened: OpenStepper, oracle: Read, width: int) -> None:
    visited = None
    for path, count in ((page_of(EXPLODES), 1), (page_of(LONG), 1), ("steps/", 4)):
        visited = opened(path, width=width, first=BEFORE, reader=visited).visited
        for nth in range(count):
            stepper = Stepper(visited, nth)
            heights = stepper.root.evaluate(HEIGHTS, ["Home", *["PageUp"] * 11])
            assert {*heights} == {stepper.page.evaluate("nth => before[nth]", nth)}, (path, nth)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_jumps_while_it_comes_and_plays(visit: Open, width: int) -> None:
    watch = """window.moved = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((each) => (window.moved += each.value)))
            .observe({type: "layout-shift", buffered: true});"""
    visited = visit("steps/", width=width, first=watch + QUICKLY, reduced_motion="no-preference")
    until(visited.page, "said.some(([, each]) => each.startsWith('epoch 0,'))")
    Stepper(visited).button("Replay").wait_for()
    visited.page.wait_for_timeout(200)
    assert visited.page.evaluate("window.moved") < 0.01


LUMINANCE = """stepper => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const luminance = (color) => {
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((c) =>
            (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = luminance(getComputedStyle(document.body).backgroundColor);
    return [...stepper.querySelectorAll("text, tspan, p, button, label, summary, td, th, select")]
        .filter((each) => each.textContent.trim()).map((each) => {
            const style = getComputedStyle(each), color = each.closest("svg") ? style.fill : style.color;
            const [low, high] = [ground, luminance(color)].sort((a, b) => a - b);
            return [(high + 0.05) / (low + 0.05), each.textContent];
        });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_text_stands_out_from_the_page(opened: OpenStepper, scheme: str) -> None:
    stepper = opened(page_of("tiny"), color_scheme=scheme)
    stepper.open_numbers()
    contrasts = stepper.root.evaluate(LUMINANCE)
    assert len(contrasts) > 30
    assert min(contrasts)[0] >= 4.5


def test_a_change_of_theme_changes_the_pictures_and_not_the_epoch(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny", 40), color_scheme="light")
    colors = """stepper => [".gd-s-line", ".gd-s-point", "text"].map((one) => {
        const { stroke, fill } = getComputedStyle(stepper.querySelector(one));
        return [stroke, fill].join();
    })"""
    light = stepper.root.evaluate(colors)
    stepper.page.locator("label[title='Switch to light']").click()
    stepper.page.locator("label[title='Switch to dark']").click()
    expect(stepper.page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    dark = stepper.root.evaluate(colors)
    assert all(one != other for one, other in zip(light, dark, strict=True))
    assert stepper.epoch == 40


def test_it_follows_the_width_of_its_page_and_keeps_its_epoch(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny", 40))
    for width in (1280, 390, 320, 900, 390, 1280):
        stepper.page.set_viewport_size({"width": width, "height": 800})
        narrow = width < 560
        expect(stepper.root).to_have_attribute("data-narrow", str(narrow).lower())
        expect(stepper.root.locator(".gd-panel:visible")).to_have_count(1 if narrow else 3)
        until(
            stepper.page,
            """(() => {
            const stepper = document.querySelector("gd-stepper"), box = stepper.getBoundingClientRect();
            return [...stepper.querySelectorAll("svg")].filter((each) => each.checkVisibility())
                .every((each) => each.getBoundingClientRect().right <= box.right + 1);
        })()""",
        )
        assert stepper.epoch == 40
        [dot] = stepper.attributes("Line", ".gd-s-line", "x1", "y1", "x2", "y2")
        assert dot.min() > 0
    assert stepper.visited.complaints == []


def test_paper_has_the_filmstrip_and_no_slider(opened: OpenStepper) -> None:
    stepper = opened(page_of("tiny", 40), color_scheme="dark")
    stepper.page.emulate_media(media="print", color_scheme="dark")
    expect(stepper.root).to_be_hidden()
    figure = stepper.page.locator(".gd-figure[data-run]")
    expect(figure.locator(".gd-filmstrip.gd-light")).to_be_visible()
    expect(figure.locator("img:visible")).to_have_count(1)


def test_paper_has_the_picture_of_what_stands_still(opened: OpenStepper) -> None:
    stepper = opened("steps/", 2)
    stepper.page.emulate_media(media="print")
    expect(stepper.root).to_be_hidden()
    expect(stepper.page.locator(".gd-figure[data-kind=loss_curve] img:visible")).to_have_count(1)


# --- Wherever the page stands ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*map(page_of, ALL), "steps/", "held-back/"])
def test_under_the_policy_it_complains_of_nothing_and_asks_no_other_host(visit: Open, address: str, path: str) -> None:
    visited = visit(path, reduced_motion="reduce")
    for nth in range(visited.page.locator("gd-stepper").count()):
        stepper = Stepper(visited, nth)
        stepper.press("Home", "PageUp", "End")
        stepper.open_numbers()
        stepper.root.get_by_label("Squares").click()
    assert visited.complaints == []
    assert visited.page.evaluate("violations") == []
    assert [url for url in visited.requests if not url.startswith((address, "data:"))] == []
    assert visited.page.evaluate("Object.keys(localStorage).filter((key) => !key.endsWith('__palette'))") == []


def test_in_a_page_opened_as_a_file_it_steps(opened: OpenStepper, site: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(site, tmp_path / "a site # 1 é"))
    stepper = opened((folder / "scenarios/tiny/index.html").as_uri() + "#epoch=40")
    assert stepper.epoch == 40
    stepper.press("ArrowRight")
    stepper.open_numbers()
    assert (stepper.epoch, len(stepper.rows)) == (41, 3)
    until(stepper.page, "location.hash === '#epoch=41'")
    others = [said for said in stepper.visited.complaints if "font" not in said and "ERR_FAILED" not in said]
    assert others == [], "Chromium gives a file no font of another"


def test_in_a_sandboxed_frame_it_steps(visit: Open, address: str, tmp_path: Path) -> None:
    page = tmp_path / "course.html"
    source = f"{address}/scenarios/tiny/#epoch=40"
    page.write_text(f'<iframe sandbox="allow-scripts" width="800" height="700" src="{source}"></iframe>')
    visited = visit(page.as_uri(), reduced_motion="reduce", color_scheme="dark")
    frame = visited.page.frame_locator("iframe")
    expect(frame.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    frame.locator("gd-stepper").scroll_into_view_if_needed()
    slider = frame.get_by_role("slider", name="Epoch")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^epoch 40, "))
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^epoch 41, "))
    frame.locator("gd-stepper summary").click()
    expect(frame.locator("gd-stepper tbody tr")).to_have_count(3)
    visited.page.wait_for_timeout(400)
    # No host lets a page of no origin have its fonts, nor the theme its search index.
    foreign = re.compile("font|search_index|[Nn]etwork error|ERR_FAILED")
    assert [said for said in visited.complaints if not foreign.search(said)] == []


def test_without_scripts_the_animation_and_the_table_stand(visit: Open) -> None:
    page = visit(page_of("tiny"), java_script_enabled=False).page
    expect(page.locator("gd-stepper")).to_be_hidden()
    image = page.locator(".gd-figure noscript img.gd-light")
    image.scroll_into_view_if_needed()
    assert (image.get_attribute("src") or "").endswith("fit.gif")
    expect(page.locator(".gd-figure img:visible")).to_have_count(1)
    expect(page.get_by_role("heading", name="The run, epoch by epoch")).to_be_visible()
    expect(page.locator("article table").last).to_be_visible()


def test_no_other_page_is_loaded_without_its_scripts_being_run_anew() -> None:
    """Instant navigation would need a stepper to be set up on each page that it brings; the site has none."""
    (edition,) = Project(tiny.REPOSITORY).editions()
    features = edition.settings()["theme"]["features"]
    assert features
    assert not any(feature.startswith("navigation.instant") for feature in features)


# Debian's Firefox is driven by npm's puppeteer-core, which NODE_PATH leads to.
IN_FIREFOX = """
const [executablePath, address] = process.argv.slice(-2);
import(require.resolve("puppeteer-core")).then(async ({ default: puppeteer }) => {
    const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
    try {
        const page = await browser.newPage(), said = [];
        page.on("pageerror", (error) => said.push(String(error)));
        await page.goto(`${address}/scenarios/tiny/#epoch=40`);
        const slider = await page.waitForSelector("gd-stepper input[type=range]");
        const epochs = [];
        const note = async () => epochs.push(await slider.evaluate((each) => each.getAttribute("aria-valuetext")));
        await note();
        await slider.focus();
        for (const key of ["ArrowRight", "PageUp", "End", "Home"]) {
            await page.keyboard.press(key);
            await note();
        }
        await page.click("gd-stepper summary");
        const lines = await page.$$eval("gd-stepper details p", (all) => all.map((each) => each.textContent));
        const again = await page.waitForSelector(".gd-again[data-outcome]");
        const outcome = await again.evaluate((each) => each.dataset.outcome);
        console.log(JSON.stringify({ said, epochs, lines, outcome }));
    } finally {
        await browser.close();
    }
});
"""


def test_firefox_steps_and_computes_the_same(address: str) -> None:
    firefox, node = shutil.which("firefox-esr") or shutil.which("firefox"), shutil.which("node")
    if firefox is None or node is None:
        pytest.skip("no Firefox, or no Node to drive it, on the PATH: pages are looked at in Chromium alone")
    if subprocess.run([node, "-e", "require.resolve('puppeteer-core')"], capture_output=True, check=False).returncode:
        pytest.skip("NODE_PATH leads to no puppeteer-core, which drives Firefox: pages are looked at in Chromium alone")
    done = subprocess.run(
        [node, "-e", IN_FIREFOX, firefox, address], capture_output=True, text=True, timeout=300, check=True
    )
    found = json.loads(done.stdout)
    assert found["said"] == []
    assert [int(each.split()[1].rstrip(",")) for each in found["epochs"]] == [40, 41, 71, 300, 0]
    assert found["lines"][2] == "w ← 0 − 0.1 · (−20.0000) = 0 − (−2.00000) = 2.00000"
    assert found["outcome"] == "identical"
