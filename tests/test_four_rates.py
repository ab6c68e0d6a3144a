"""The front page's race in a real browser: four runs that are PyTorch's, and a fifth whose rate is the reader's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generator.runs.analysis import Run
from tests import shared, tiny
from tests.runs import HAS_AVX, make, trained
from tests.test_browser import CHROMIUM, Open, address, browser, expect, sync_api, until, visit

__all__ = ["address", "browser", "visit"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: pages are not looked at")

X, Y = [1.0, 2.0, 4.0], [2.0, 3.0, 5.5]
SHARES = {"small": 0.025, "good": 0.5, "limit": 1.0, "large": 1.08}
MATRIX = np.stack([X, np.ones(3)], axis=1)
LIMIT = 2 / float(np.linalg.eigvalsh(2 / 3 * MATRIX.T @ MATRIX)[-1])  # 2/λ₊


def build(project: Path) -> None:
    tiny.make(project)
    (project / "docs/scenarios/tiny.toml").write_text(tiny.scenario())
    (project / "docs/en/index.md").write_text("# Tiny\n\n[= four_rates('tiny') =]\n\nThere is more below.\n")
    (project / "docs/en/lab.md").write_text("# The lab\n\n[= lab('tiny') =]\n")
    config = project / "mkdocs.yml"
    config.write_text(config.read_text().replace("- Home: index.md", "- Home: index.md\n- Lab: lab.md"))
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site() -> Path:
    return shared.once("site with four rates", build) / "site"


# A tick's place and its text.
TICKS = """([panel, axis]) => {
    const ticks = [...document.querySelectorAll(`[data-panel="${panel}"] .gd-axes path`)].slice(1);
    return ticks.flatMap((path) => {
        const [, x, y, kind] = /^M([\\d.-]+) ([\\d.-]+)([vh])/.exec(path.getAttribute("d"));
        if (kind !== { x: "v", y: "h" }[axis]) return [];
        return [[Number({ x, y }[axis]), path.nextElementSibling.textContent]];
    });
}"""
# Elements with a text of their own.
SIZES = """() => [...document.querySelectorAll(".gd-race *")]
    .filter((each) => each.checkVisibility())
    .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .map((each) => parseFloat(getComputedStyle(each).fontSize))"""
MOVED = """window.moved = []; new PerformanceObserver((list) => {
    for (const { sources } of list.getEntries()) moved.push(...sources.map(({ node }) => node?.outerHTML));
}).observe({ type: "layout-shift", buffered: true });"""


def number(text: str) -> float:
    """What a tick says, such as −5, 10⁻⁴ or 3×10⁵."""
    digits = text.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--"))
    mantissa, _, exponent = digits.partition("10") if set(text) & set("⁰¹²³⁴⁵⁶⁷⁸⁹") else (digits, "", "0")
    return float(mantissa.removesuffix("×") or 1) * 10.0 ** float(exponent)


def still(visit: Open, **wishes: Any) -> sync_api.Page:
    """The front page as who prefers less motion opens it: the race is over."""
    page = visit("", reduced_motion="reduce", **wishes).page
    expect(page.locator(".gd-race")).to_have_attribute("data-over", "")
    return page


def epochs(page: sync_api.Page) -> int:
    return int(page.locator(".gd-race-epoch").inner_text().removeprefix("t = "))


def ran(page: sync_api.Page, rate: float) -> Run:
    """By PyTorch, for as long as the race lasts."""
    return trained(make(X, Y, rate, epochs(page)))


def drawn(page: sync_api.Page, panel: str, kind: str) -> list[tuple[float, float]]:
    """The last polyline of a run in a panel: x and y of its points, in pixels."""
    text = page.locator(f'[data-panel="{panel}"] polyline.gd-r-{kind}').last.get_attribute("points") or ""
    return [tuple(map(float, point.split(","))) for point in text.split()]  # type: ignore[misc]


def scale(page: sync_api.Page, panel: str, axis: str) -> np.poly1d[Any]:
    """From pixels to the numbers of an axis, by two of its ticks as they are printed: of the loss, its logarithm."""
    pairs = page.evaluate(TICKS, [panel, axis])
    numbers = [(at, number(text)) for at, text in pairs]
    of_loss = panel == "loss" and axis == "y"
    (first, low), *_, (last, high) = [(at, np.log10(value) if of_loss else value) for at, value in numbers]
    return np.poly1d([(high - low) / (last - first), low - first * (high - low) / (last - first)])


@pytest.mark.skipif(not HAS_AVX, reason="PyTorch adds in another order here")
@pytest.mark.parametrize("kind", ["small", "good"])
def test_a_runner_goes_where_pytorch_goes(visit: Open, kind: str) -> None:
    page = still(visit)
    record = ran(page, SHARES[kind] * LIMIT)
    path = np.array(drawn(page, "bowl", kind))
    w, b = scale(page, "bowl", "x")(path[:, 0]), scale(page, "bowl", "y")(path[:, 1])
    assert len(path) == len(record.params)
    np.testing.assert_allclose(np.stack([w, b], axis=1), record.params, atol=0.02)
    curve = np.array(drawn(page, "loss", kind))
    np.testing.assert_allclose(scale(page, "loss", "y")(curve[:, 1]), np.log10(record.losses), atol=0.03)
    np.testing.assert_allclose(scale(page, "loss", "x")(curve[:, 0]), np.arange(len(curve)), atol=0.5)


def test_the_four_end_as_they_are_called(visit: Open) -> None:
    page = still(visit)
    for kind, share in SHARES.items():
        row = page.locator(f'.gd-race-runs [data-runner="{kind}"]')
        expect(row.locator("output")).to_have_text(f"η = {float(f'{share * LIMIT:.3g}'):#.3g}")
        expect(row.locator(".gd-verdict")).to_have_attribute("data-verdict", ran(page, share * LIMIT).verdict)
    endings = page.locator(".gd-race-runs .gd-verdict").all_inner_texts()
    assert endings == ["crawls", "converges", "bounces", "diverges"]


def test_who_takes_hold_of_the_rate_sees_at_once_what_it_does(visit: Open) -> None:
    page = still(visit)
    own, slider = page.locator(".gd-race-own"), page.get_by_label("Your rate")
    expect(own.locator("output")).to_be_hidden()
    slider.focus()
    page.keyboard.press("End")
    expect(own.locator(".gd-verdict")).to_have_text("diverges")
    page.keyboard.press("Home")
    for _ in range(310):
        page.keyboard.press("ArrowRight")
    rate = 10 ** float(slider.input_value())
    expect(own.locator("output")).to_contain_text(f"{float(f'{rate:.3g}'):#.3g}")
    expect(own.locator(".gd-verdict")).to_have_attribute("data-verdict", ran(page, float(f"{rate:.3g}")).verdict)
    expect(slider).to_have_attribute("aria-valuetext", re.compile(rf"^{float(f'{rate:.3g}'):#.3g}, [a-z]+$"))
    assert len(drawn(page, "bowl", "own")) == epochs(page) + 1


def test_a_rate_that_was_chosen_goes_along_into_the_lab(visit: Open) -> None:
    page = still(visit)
    page.get_by_label("Your rate").press("PageUp")
    last = epochs(page)
    rate = float((page.locator(".gd-race-own output").inner_text()).removeprefix("η = "))
    page.get_by_role("link", name="Open in the lab").click()
    expect(page.locator('[data-lab="rate"]')).to_have_value(f"{rate:g}")
    expect(page.locator('[data-lab="epochs"]')).to_have_value(str(last))
    assert page.evaluate("labState.read(location.hash, {}).x") == X


def test_the_race_plays_once_and_is_replayed_and_paused(visit: Open) -> None:
    visited = visit("")
    page = visited.page
    button, verdict = page.locator(".gd-race button"), page.locator(".gd-race-runs .gd-race-verdict").first
    until(page, "document.querySelector('.gd-race').hasAttribute('data-over')")
    expect(button).to_have_text("Replay")
    expect(verdict).to_be_visible()
    button.click()
    expect(button).to_have_text("Pause")
    expect(verdict).to_be_hidden()  # it would say what comes
    button.click()
    expect(button).to_have_text("Play")
    stopped = page.locator(".gd-race-epoch").inner_text()
    page.wait_for_timeout(400)
    assert page.locator(".gd-race-epoch").inner_text() == stopped
    assert visited.complaints == []


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_nothing_of_it_is_small_or_moves_the_page(visit: Open, width: int) -> None:
    page = still(visit, width=width, first=MOVED)
    page.get_by_label("Your rate").press("PageUp")
    assert page.evaluate("moved") == []
    sizes = page.evaluate(SIZES)
    assert min(sizes) >= 11
    targets = page.locator(".gd-race :is(button, input, a)")
    boxes = targets.evaluate_all("all => all.map((each) => each.getBoundingClientRect().height)")
    assert min(boxes) >= 24
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Within the first screen of a telephone, and of a desk.
    if width > 320:
        assert page.get_by_label("Your rate").evaluate("(each) => each.getBoundingClientRect().bottom") < 800


def test_without_scripts_there_is_no_empty_race(visit: Open) -> None:
    page = visit("", java_script_enabled=False).page
    expect(page.locator(".gd-race")).to_be_hidden()


@pytest.mark.parametrize("setting", ["momentum = 0.9", "batch_size = 2", "decay = 0.1"])
def test_a_run_by_another_rule_has_no_four_rates(tmp_path: Path, setting: str) -> None:
    tiny.make(tmp_path)
    expect = "crawls" if setting.startswith("decay") else "converges"
    (tmp_path / "docs/scenarios/tiny.toml").write_text(tiny.scenario(expect) + setting + "\n")
    (tmp_path / "docs/en/index.md").write_text("# Tiny\n\n[= four_rates('tiny') =]\n")
    done = tiny.typed(tmp_path, "check")
    assert done.returncode == 1
    assert "index.md:3" in done.stderr
    assert "no four rates can start where 'tiny' does" in done.stderr
