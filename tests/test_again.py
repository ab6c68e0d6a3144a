"""A run computed again in a real browser: the same to the last bit, or where it is not."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import shared, tiny
from tests.test_browser import CHROMIUM, Open, Visit, address, browser, expect, sync_api, visit

__all__ = ["address", "browser", "visit"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: pages are not looked at")

KINDS = ["falls-then-explodes", "double-precision", "momentum", "summed-many", "rate-too-small", "scaled-input"]
MINIBATCHES = """
batch_size = 2
decay = 0.01
"""

STEPS = """# Steps

[= figure("tiny", kind="squares", step=True) =]

[= figure("tiny", kind="landscape", step=True) =]

[= figure("tiny", kind="loss_curve", step=True) =]

[= figure("falls-then-explodes", kind="squares", step=True) =]
"""
HELD_BACK = """# Held back

[= quiz("Will the loss fall for ever?", "grows", {
    "falls": ("It falls.", "For a while."),
    "grows": ("It grows.", "Yes, in the end."),
}) =]

[= figure("falls-then-explodes", step=True) =]

[= figure("tiny", kind="landscape", step=True) =]
"""

# Headings with the ids that scripts once looked for.
NAMED = """# Run tiny

## The words of steps { #gd-step-words }

## The words of buttons { #gd-words }

## The cells of the lab { #gd-lab-script }

[= figure("tiny", step=True) =]

[= again("tiny") =]

[= four_rates("tiny") =]

[= lab("tiny") =]
"""


def build(project: Path) -> None:
    """A plain run, beside it one of each kind of arithmetic, and lessons with what steps through them."""
    tiny.make(project)
    for id in KINDS:
        shutil.copy(tiny.REPOSITORY / f"tests/scenarios/{id}.toml", project / "docs/scenarios")
    batches = tiny.scenario(rate=0.02, epochs=60, title="Batches") + MINIBATCHES
    (project / "docs/scenarios/batches.toml").write_text(batches.replace('"converges"', '"crawls"'))
    lines = ["# Tiny", *["More."] * 60, '[= again("tiny") =]', '[= again("tiny") =]']
    (project / "docs/en/index.md").write_text("\n\n".join(lines))
    (project / "docs/en/scenarios/index.md").write_text("# Scenarios\n")
    (project / "docs/en/steps.md").write_text(STEPS)
    (project / "docs/en/held-back.md").write_text(HELD_BACK)
    (project / "docs/en/named.md").write_text(NAMED)
    config = project / "mkdocs.yml"
    pages = "- Home: index.md\n- steps.md\n- held-back.md\n- named.md"
    config.write_text(config.read_text().replace("- Home: index.md", pages))
    done = tiny.generator(project, "build", "--jobs", "2")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site() -> Path:
    return shared.once("site of runs", build) / "site"


def line(visited: Visit) -> sync_api.Locator:
    found = visited.page.locator(".gd-again").first
    found.scroll_into_view_if_needed()
    return found


@pytest.mark.parametrize("id", ["tiny", "batches", *KINDS])
def test_the_browser_computes_a_run_to_the_last_bit(site: Path, visit: Open, id: str) -> None:
    visited = visit(f"scenarios/{id}/")
    epochs = json.loads((site / f"scenarios/{id}/run.json").read_text())["epochs_run"]
    expect(line(visited)).to_have_text(
        f"Your browser has computed this run again: {epochs:,} of {epochs:,} epochs "
        "identical to PyTorch, to the last bit."
    )
    assert visited.complaints == []


def test_nothing_is_computed_before_its_line_is_seen(visit: Open) -> None:
    visited = visit("")
    visited.page.wait_for_timeout(300)
    assert visited.page.evaluate("Again.known.get('tiny').computed") == 0
    expect(line(visited)).to_contain_text("identical")


Change = Callable[[dict[str, Any]], object]
CHANGES: dict[str, tuple[Change, str]] = {
    "a point": (lambda data: data["run"]["x"].__setitem__(0, 1.001), "up to epoch 0, and no longer at epoch 1"),
    "a digest": (lambda data: data["checkpoints"][3].__setitem__(1, 1), "up to epoch 5, and no longer at epoch 10"),
    "the rate": (lambda data: data["run"].__setitem__("learning_rate", 0.1000001), "no longer at epoch"),
    "what stopped it": (lambda data: data.__setitem__("stopped_by", "loss_change"), "no longer at epoch 300"),
    "where it stopped": (lambda data: data["run"].__setitem__("epochs", 299), "no longer at epoch 300"),
}


@pytest.fixture
def changed(site: Path, tmp_path: Path, visit: Open) -> Callable[[Change], Visit]:
    """The page of a run whose data were changed; opened as a file."""

    def open_changed(change: Change) -> Visit:
        folder = Path(shutil.copytree(site, tmp_path / "a site # 100 %"))
        page = folder / "scenarios/tiny/index.html"
        text = page.read_text()
        [block] = re.findall(r'<script type="application/json" data-run="tiny">(.*?)</script>', text)
        data = json.loads(block)
        change(data)
        if data["epochs_run"] > 1_000_000:  # nothing steps through such a run
            text = re.sub(r'(<figure[^>]*) data-run="tiny"', r"\1", text)
        page.write_text(text.replace(block, json.dumps(data)))
        return visit(page.as_uri())

    return open_changed


@pytest.mark.parametrize("what", CHANGES)
def test_a_run_that_comes_out_otherwise_is_told_and_where(changed: Callable[[Change], Visit], what: str) -> None:
    change, said = CHANGES[what]
    visited = changed(change)
    expect(line(visited)).to_contain_text("it came out otherwise")
    expect(line(visited)).to_contain_text(said)


def test_a_page_opened_as_a_file_computes_too(changed: Callable[[Change], Visit]) -> None:
    expect(line(changed(lambda data: None))).to_contain_text("300 of 300 epochs identical")


def test_where_pytorch_added_in_another_order_the_digits_that_agree_are_counted(
    changed: Callable[[Change], Visit],
) -> None:
    def nearly(data: dict[str, Any]) -> None:
        data["exact"] = False
        data["checkpoints"] = [[epoch, 1, w * 1.000004, b, loss] for epoch, _, w, b, loss in data["checkpoints"]]

    expect(line(changed(nearly))).to_contain_text("all agree to 5 digits or more")


def test_a_very_long_run_is_computed_when_its_reader_asks(changed: Callable[[Change], Visit]) -> None:
    visited = changed(lambda data: data.update(epochs_run=10_000_000))
    visited.page.evaluate("Again.known.get('tiny').epochs = 300")
    ask = line(visited).get_by_role("button", name="Compute this run again, here: 3 points, 300 epochs")
    ask.focus()
    visited.page.keyboard.press("Enter")
    expect(line(visited)).to_contain_text("300 of 300 epochs identical")


def test_a_page_has_the_data_of_a_run_once(site: Path, visit: Open) -> None:
    assert (site / "index.html").read_text().count('json" data-run="tiny"') == 1
    lines = visit("").page.locator(".gd-again")
    expect(lines).to_have_count(2)
    for found in lines.all():
        found.scroll_into_view_if_needed()
        expect(found).to_contain_text("300 of 300 epochs identical")


def test_no_heading_stands_in_the_way_of_scripts(visit: Open) -> None:
    visited = visit("named/", reduced_motion="reduce")
    page = visited.page
    assert page.locator(":is(h1, h2)").evaluate_all("all => all.map(({ id }) => id)") == [
        "run-tiny", "gd-step-words", "gd-words", "gd-lab-script",
    ]  # fmt: skip
    expect(page.locator("gd-stepper").get_by_label("One epoch back")).to_be_visible()
    expect(line(visited)).to_contain_text("300 of 300 epochs identical")
    expect(page.locator(".gd-race-bar button")).to_have_text("Replay")
    expect(page.locator(".gd-race")).to_have_attribute("data-over", "")
    page.locator('.gd-lab [data-lab="python"]').click()
    expect(page.locator('.gd-lab [data-lab="text"]')).to_have_value(re.compile("descend"))
    assert visited.complaints == []


def test_a_place_that_no_script_fills_stays_as_it_is_written(visit: Open) -> None:
    page = visit("").page
    assert page.evaluate("gd.filled('{same} of {gleich}', { same: 1234 })") == "1,234 of {gleich}"
    assert page.evaluate("gd.sentence('{same}{gleich}.', { same: 'as' })") == ["", "as", "", "{gleich}", "."]


def test_without_scripts_nothing_is_promised(visit: Open) -> None:
    visited = visit("scenarios/tiny/", java_script_enabled=False)
    expect(visited.page.locator(".gd-again")).to_have_text("")
    assert "again" not in visited.page.locator("article").inner_text()


def test_the_line_moves_nothing(visit: Open) -> None:
    visited = visit("scenarios/tiny/", width=390)
    below = visited.page.get_by_role("heading", name="The run, epoch by epoch")
    before = below.bounding_box()
    visited.page.evaluate("document.querySelector('.gd-again').scrollIntoView()")
    expect(line(visited)).to_contain_text("identical")
    visited.page.evaluate("scrollTo(0, 0)")
    assert before == below.bounding_box()
