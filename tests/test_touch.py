"""What lessons let a reader take hold of, in a real browser: it says and draws what NumPy and PyTorch come to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generator.pages.calls import TOUCHED
from tests import shared, tiny
from tests.runs import HAS_AVX, make, trained
from tests.test_browser import CHROMIUM, Open, browser, expect, served, sync_api, visit

__all__ = ["browser", "visit"]
browsers = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: pages are not looked at")

X, Y, RATE, EPOCHS = np.array([1.0, 2.0, 4.0]), np.array([2.0, 3.0, 5.5]), 0.02, 300
MATRIX = np.stack([X, np.ones(3)], axis=1)
BEST = np.linalg.lstsq(MATRIX, Y, rcond=None)[0]
HESSIAN = 2 / 3 * MATRIX.T @ MATRIX
LIMIT = 2 / float(np.linalg.eigvalsh(HESSIAN)[-1])
SPEAKS_OF_RUNS = [what for what, of_a_run in TOUCHED.items() if of_a_run]


def mse(w: float, b: float) -> float:
    return float(np.mean((w * X + b - Y) ** 2))


def build(project: Path) -> None:
    tiny.make(project)
    (project / "docs/scenarios/tiny.toml").write_text(tiny.scenario("crawls", rate=RATE, epochs=EPOCHS))
    calls = [f"touch({what!r}, 'tiny')" if of_a_run else f"touch({what!r})" for what, of_a_run in TOUCHED.items()]
    (project / "docs/en/index.md").write_text("# Tiny\n\n" + "\n\n".join(f"[= {call} =]" for call in calls) + "\n")
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site() -> Path:
    return shared.once("site to take hold of", build) / "site"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site.parent) as host:
        yield f"{host}/{site.name}"


class Touch:
    """One of them, which a reader has scrolled to."""

    def __init__(self, page: sync_api.Page, what: str) -> None:
        self.root = page.locator(f'.gd-touch[data-what="{what}"]')
        self.root.scroll_into_view_if_needed()
        expect(self.root.locator(".gd-readout")).not_to_be_empty()

    def slide(self, name: str, share: float) -> None:
        """To so much of the way; what it says is of there, for a frame later nothing changes any more."""
        self.root.locator(f'[data-slider="{name}"]').fill(str(round(480 * share)))
        self.root.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def says(self, pattern: str) -> list[float]:
        """The numbers in what it says, once it says something of that form."""
        expect(self.root.locator(".gd-readout")).to_have_text(re.compile(pattern))
        found = re.search(pattern, self.root.locator(".gd-readout").inner_text())
        assert found
        return [number(text) for text in found.groups()]


def number(text: str) -> float:
    """As pages write it: 1,234 or −0.5 or 3.4 × 10⁻⁵."""
    mantissa, _, power = text.replace(",", "").replace("−", "-").partition(" × 10")
    return float(mantissa) * 10 ** float(power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")) or 0)


NUMBER = r"(−?[\d,]+(?:\.\d+)?(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)"


def pattern(text: str) -> str:
    return re.escape(text).replace("\\#", NUMBER).replace("#", NUMBER)


@pytest.fixture
def page(visit: Open) -> sync_api.Page:
    return visit("").page


@browsers
def test_a_line_that_is_moved_has_its_own_loss_and_errors(page: sync_api.Page) -> None:
    touch = Touch(page, "line")
    touch.slide("w", 0.25)
    touch.slide("b", 0.75)
    said = "ŷ = # x + #: the mean of the squares is L = #, and the errors add up to #."
    w, b, loss, errors = touch.says(pattern(said))
    assert loss == pytest.approx(mse(w, b), rel=2e-3)
    assert errors == pytest.approx(float(np.sum(w * X + b - Y)), rel=2e-3)
    assert touch.root.locator("rect.gd-s-square").count() == len(X)


@browsers
def test_the_squares_are_as_wide_as_the_errors_are_high(page: sync_api.Page) -> None:
    touch = Touch(page, "line")
    touch.slide("w", 0.5)
    sides = touch.root.locator("rect.gd-s-square").evaluate_all(
        "all => all.map((each) => [Number(each.getAttribute('width')), Number(each.getAttribute('height'))])"
    )
    w, b = (number(touch.root.locator(f'[data-slider="{name}"] + output').inner_text()) for name in "wb")
    errors = np.abs(w * X + b - Y)
    widths = np.array([width for width, _ in sides])
    assert all(width == height for width, height in sides)
    np.testing.assert_allclose(widths / widths.sum(), errors / errors.sum(), atol=0.01)


@browsers
def test_the_best_line_follows_a_point(page: sync_api.Page) -> None:
    touch = Touch(page, "point")
    touch.slide("y", 0.9)
    y, w, b, loss = touch.says(pattern("y = #: the best line is ŷ = # x + #, and its loss is #."))
    moved = np.array([y, *Y[1:]])
    line, squares, *_ = np.linalg.lstsq(MATRIX, moved, rcond=None)
    np.testing.assert_allclose([w, b], line, rtol=2e-3)
    assert loss == pytest.approx(float(squares[0]) / 3, rel=5e-3)


@browsers
def test_the_slope_of_a_cut_is_the_derivative(page: sync_api.Page) -> None:
    touch = Touch(page, "cut")
    touch.slide("w", 0.8)
    w, loss, slope = touch.says(pattern("At w = # the loss is #, and the slope under you is #."))
    assert loss == pytest.approx(mse(w, 0), rel=2e-3)
    assert slope == pytest.approx((mse(w + 1e-4, 0) - mse(w - 1e-4, 0)) / 2e-4, rel=5e-3)


@browsers
@pytest.mark.skipif(not HAS_AVX, reason="PyTorch adds in another order here")
def test_a_threshold_stops_where_the_loss_first_changes_by_less(page: sync_api.Page) -> None:
    touch = Touch(page, "stop")
    touch.slide("threshold", 0.7)
    epoch, loss, excess = touch.says(pattern("Stops after epoch #: L = #, which is # above the lowest."))
    record = trained(make(X.tolist(), Y.tolist(), RATE, EPOCHS))
    losses = record.losses.astype(np.float64)
    changes = np.abs(np.diff(losses))
    threshold = number(touch.root.locator("output").inner_text())
    assert changes[int(epoch) - 1] < 1.01 * threshold
    assert (changes[: int(epoch) - 1] > 0.99 * threshold).all()
    assert loss == pytest.approx(float(losses[int(epoch)]), rel=1e-3)
    assert excess == pytest.approx(float(losses[int(epoch)]) - mse(*BEST), rel=1e-2)
    touch.slide("threshold", 0)
    touch.says(pattern("Does not stop in these # epochs."))


@browsers
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_rate_does_what_pytorch_does_at_it(page: sync_api.Page, share: float) -> None:
    touch = Touch(page, "rate")
    touch.slide("rate", share)
    said = rf"η = {NUMBER}, {NUMBER} times the limit: the run \w+\. After {NUMBER} epochs L = "
    rate, times, epochs = touch.says(said)
    assert times == pytest.approx(rate / LIMIT, rel=2e-3)
    assert epochs == EPOCHS
    verdict = touch.root.locator(".gd-readout .gd-verdict").get_attribute("data-verdict")
    assert verdict == trained(make(X.tolist(), Y.tolist(), rate, EPOCHS)).verdict


@browsers
def test_another_unit_makes_another_bowl_and_takes_other_epochs(page: sync_api.Page) -> None:
    touch = Touch(page, "unit")
    touch.slide("factor", 0.75)
    factor, slow, fast, kappa, rate, epochs = touch.says(
        pattern("x times #: λ₋ = #, λ₊ = #, κ = #. At its best rate, #, the run takes # epochs to a millionth")
    )
    scaled = np.stack([factor * X, np.ones(3)], axis=1)
    curvatures = np.linalg.eigvalsh(2 / 3 * scaled.T @ scaled)
    np.testing.assert_allclose([slow, fast], curvatures, rtol=5e-3)
    assert kappa == pytest.approx(curvatures[1] / curvatures[0], rel=5e-3)
    assert rate == pytest.approx(2 / curvatures.sum(), rel=5e-3)
    assert abs(epochs - needed(scaled, 2 / curvatures.sum(), 0.0)) <= 1


@browsers
def test_momentum_takes_as_many_epochs_as_its_recursion(page: sync_api.Page) -> None:
    touch = Touch(page, "momentum")
    touch.slide("beta", 0.5)
    beta, epochs = touch.says(pattern("β = #: # epochs to a millionth of the first excess loss."))
    assert abs(epochs - needed(MATRIX, RATE, beta)) <= 2


def needed(matrix: np.ndarray[Any, Any], rate: float, beta: float) -> int:
    """Epochs to a millionth of the first excess loss, step by step in float64."""
    best = np.linalg.lstsq(matrix, Y, rcond=None)[0]
    hessian = 2 / 3 * matrix.T @ matrix
    error, velocity = -best, np.zeros(2)
    first = error @ hessian @ error
    for epoch in range(5000):
        if error @ hessian @ error <= 1e-6 * first:
            return epoch
        velocity = beta * velocity + hessian @ error
        error = error - rate * velocity
    raise AssertionError("it does not arrive")


@browsers
@pytest.mark.parametrize(("steps", "factor"), [(200, 0), (400, -1), (440, -1.2)])
def test_a_product_multiplies_the_error_by_one_minus_itself(page: sync_api.Page, steps: int, factor: float) -> None:
    touch = Touch(page, "product")
    touch.slide("product", steps / 480)
    product, shown = touch.says(pattern("ηλ = #: each step multiplies the error by #."))
    assert (product, shown) == (pytest.approx(1 - factor), pytest.approx(factor))


@browsers
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_all_of_them_fit_are_large_enough_and_say_their_values(visit: Open, width: int) -> None:
    visited = visit("", width=width)
    page = visited.page
    for what in TOUCHED:
        touch = Touch(page, what)
        for slider in touch.root.locator("input").all():
            slider.press("PageUp")
            value = re.compile(r"^−?[\d.,]+( × 10[⁻⁰-⁹¹²³]+)?$")
            expect(slider).to_have_attribute("aria-valuetext", value)
            expect(slider.locator("+ output")).to_have_text(value)
            assert slider.evaluate("(each) => each.getBoundingClientRect().height") >= 24
        sizes = touch.root.locator("text, output, span, p:not(.gd-touch-hint)").evaluate_all(
            "all => all.map((each) => parseFloat(getComputedStyle(each).fontSize))"
        )
        assert min(sizes) >= 11
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert visited.complaints == []


@browsers
def test_without_scripts_it_says_that_nothing_moves(visit: Open) -> None:
    page = visit("", java_script_enabled=False).page
    expect(page.get_by_text("Without JavaScript nothing can be moved here.").first).to_be_visible()
    expect(page.locator(".gd-touch-row").first).to_be_hidden()


# --- On a page that asks amiss ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ("touch('rat', 'tiny')", "there is nothing to touch that is called 'rat'"),
        ("touch('rate', 'tyni')", "there is no scenario 'tyni'"),
        ("touch('rate')", "there is no scenario None"),
        ("touch('product', 'tiny')", "touch('product') is of no run"),
        ("touch('point', 'tiny', at=3)", "there is no point 3 in 'tiny'"),
    ],
)
def test_what_cannot_be_touched_is_said_with_its_line(tmp_path: Path, call: str, fault: str) -> None:
    tiny.make(tmp_path)
    (tmp_path / "docs/scenarios/tiny.toml").write_text(tiny.scenario())
    (tmp_path / "docs/en/index.md").write_text(f"# Tiny\n\n[= {call} =]\n")
    done = tiny.typed(tmp_path, *(["check"] if "at=" not in call else ["build", "--jobs", "1"]))
    assert done.returncode == 1
    assert fault in done.stderr
    assert "index.md:3" in done.stderr


@pytest.mark.parametrize("what", SPEAKS_OF_RUNS)
def test_a_run_on_minibatches_cannot_be_touched(tmp_path: Path, what: str) -> None:
    tiny.make(tmp_path)
    (tmp_path / "docs/scenarios/tiny.toml").write_text(tiny.scenario() + "batch_size = 2\n")
    (tmp_path / "docs/en/index.md").write_text(f"# Tiny\n\n[= touch({what!r}, 'tiny') =]\n")
    done = tiny.typed(tmp_path, "check")
    assert done.returncode == 1
    assert "nothing of 'tiny' can be touched" in done.stderr
