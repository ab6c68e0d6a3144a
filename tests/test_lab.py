"""The lab in a real browser: points to drag, a verdict to commit to, runs that are PyTorch's own, and what is kept."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.runs.repeatable import digests
from generator.scenario import reading
from tests import shared, tiny
from tests.runs import HAS_AVX, make, record, trained
from tests.test_browser import CHROMIUM, Open, Visit, address, browser, expect, sync_api, until, visit

__all__ = ["address", "browser", "visit"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: pages are not looked at")

ELEVEN = "rate-too-large"  # the points of the course, at a rate that explodes
THREE = "lab/#x=1,2,4&y=2,3,5.5&rate=0.1&epochs=60&w=0&b=0"
STORED = "gradient-descent-frame-by-frame:lab"


def build(project: Path) -> None:
    """The lab, a run that it opens, and one that it does not."""
    tiny.make(project)
    shutil.copy(tiny.REPOSITORY / f"tests/scenarios/{ELEVEN}.toml", project / "docs/scenarios")
    batches = tiny.scenario(epochs=60, title="Batches") + "batch_size = 2\n"
    (project / "docs/scenarios/batches.toml").write_text(batches)
    (project / "docs/en/lab.md").write_text(f"# The lab\n\n[= lab('{ELEVEN}') =]\n\nThere is more below.\n")
    (project / "docs/en/index.md").write_text("# Tiny\n")
    (project / "docs/en/scenarios/index.md").write_text("# Scenarios\n")
    config = project / "mkdocs.yml"
    config.write_text(config.read_text().replace("- Home: index.md", "- Home: index.md\n- Lab: lab.md"))
    done = tiny.generator(project, "build", "--jobs", "2")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site() -> Path:
    return shared.once("site with a lab", build) / "site"


class Lab:
    """The lab that a reader has opened."""

    def __init__(self, visited: Visit) -> None:
        self.visited, self.page = visited, visited.page
        self.root = self.page.locator(".gd-lab")
        self.status = self.root.locator(".gd-lab-status")

    def part(self, name: str) -> sync_api.Locator:
        return self.root.locator(f'[data-lab="{name}"]')

    def panel(self, name: str) -> sync_api.Locator:
        return self.root.locator(f'.gd-panel[data-panel="{name}"]')

    def set(self, **fields: object) -> None:
        for name, value in fields.items():
            if name in ("input", "loss", "dtype"):
                self.part(name).select_option(str(value))
            else:
                self.part(name).fill(str(value))
                self.part(name).press("Tab")

    def say(self, verdict: str) -> None:
        self.root.get_by_label(verdict, exact=True).check()

    def run(self, verdict: str = "") -> None:
        if verdict:
            self.say(verdict)
        self.part("run" if verdict else "just").click()
        expect(self.part("reset")).to_be_enabled()
        expect(self.status).to_contain_text("after the last epoch")

    @property
    def state(self) -> dict[str, Any]:
        """As the address has it."""
        state: dict[str, Any] = self.page.evaluate("labState.read(location.hash, {})")
        return state

    @property
    def tally(self) -> tuple[str, str]:
        return self.part("foretold").inner_text(), self.part("missed").inner_text()

    def digest(self) -> int:
        """Of the run that is set, as the pages of runs take it."""
        return int(
            self.page.evaluate("""() => {
            const run = labState.run(labState.read(location.hash, {})), { epochs } = run;
            const again = new Again({ run, epochs_run: epochs, stopped_by: "epochs", checkpoints: [[epochs, 0]] });
            while (!again.isDone) again.compute(50);
            return again.digest;
        }""")
        )


OpenLab = Callable[..., Lab]


@pytest.fixture
def opened(visit: Open) -> OpenLab:
    """Nothing moves by itself, unless a test wants it."""

    def open_lab(path: str = "lab/", **wishes: Any) -> Lab:
        return Lab(visit(path, **{"reduced_motion": "reduce", **wishes}))

    return open_lab


# --- Foretold, and run ----------------------------------------------------------------------------------------


def test_a_verdict_comes_before_theory_and_theory_before_the_run(opened: OpenLab) -> None:
    lab = opened()
    expect(lab.part("run")).to_be_disabled()
    expect(lab.status).to_have_text("First say what it will do: choose one of the four.")
    lab.say("diverges")
    expect(lab.part("run")).to_be_enabled()
    expect(lab.status).not_to_contain_text("Theory")
    lab.part("run").click()
    expect(lab.status.locator("p")).to_have_text([
        "Theory says: it diverges.",
        "The run diverges, as you said. Its loss after the last epoch, 500, is nan.",
    ])  # fmt: skip
    assert lab.tally == ("1", "0")
    expect(lab.root.locator(".gd-readout")).to_have_text("t = 500   there is no line any more   L = nan")
    assert lab.visited.complaints == []


def test_it_ends_with_the_verdict_and_the_loss_of_pytorch(opened: OpenLab) -> None:
    lab, run = opened(THREE), trained(make([1, 2, 4], [2, 3, 5.5], 0.1, 60))
    lab.run()
    expect(lab.status).to_contain_text(f"The run {run.verdict}.")
    loss = float(lab.status.inner_text().split()[-1].rstrip("."))
    assert loss == pytest.approx(run.final_loss, rel=1e-3)


def test_what_was_said_wrong_is_counted_and_what_was_seen_is_not(opened: OpenLab) -> None:
    lab = opened()
    lab.run("converges")
    expect(lab.status).to_contain_text("The run diverges; you said it converges.")
    assert lab.tally == ("0", "1")
    lab.part("reset").click()
    expect(lab.root.locator(".gd-readout")).to_contain_text("t = 0")
    lab.run("diverges")
    assert lab.tally == ("0", "1"), "the end of it was known"
    lab.set(rate=0.03)
    lab.run("diverges")
    assert lab.tally == ("1", "1")


def test_the_count_stays_and_is_forgotten_when_the_reader_asks(opened: OpenLab) -> None:
    lab = opened()
    lab.run("diverges")
    lab.page.reload()
    assert lab.tally == ("1", "0")
    lab.part("forget").click()
    assert lab.tally == ("0", "0")
    lab.page.reload()
    assert lab.tally == ("0", "0")
    assert lab.page.evaluate(f"localStorage.getItem('{STORED}')") is None


@pytest.mark.parametrize(
    "kept", ["{", "7", '{"foretold": "<b>", "missed": -1, "done": 3}', '{"done": ["x"], "record": "y"}']
)
def test_whatever_storage_holds_the_count_is_a_count(opened: OpenLab, kept: str) -> None:
    lab = opened(first=f"localStorage.setItem('{STORED}', {json.dumps(kept)});")
    assert lab.tally == ("0", "0")
    lab.run("diverges")
    assert lab.tally == ("1", "0")
    assert lab.visited.complaints == []


def test_one_step_is_one_epoch(opened: OpenLab) -> None:
    lab = opened(THREE.replace("epochs=60", "epochs=2"))
    lab.part("step").click()  # ∂L/∂w = −2/3 · (1 · 2 + 2 · 3 + 4 · 5.5) = −20, ∂L/∂b = −2/3 · 10.5 = −7
    expect(lab.root.locator(".gd-readout")).to_contain_text("t = 1   w = 2.000   b = 0.7000")
    lab.part("step").click()
    expect(lab.root.locator(".gd-readout")).to_contain_text("t = 2")
    expect(lab.status).to_contain_text("The run crawls.")
    expect(lab.part("step")).to_be_disabled()
    assert lab.tally == ("0", "0")


def test_a_run_is_played_and_a_change_ends_it(opened: OpenLab) -> None:
    lab = opened(reduced_motion="no-preference")
    lab.say("diverges")
    lab.part("run").click()
    expect(lab.status).to_have_text("Theory says: it diverges.")
    expect(lab.status).not_to_contain_text("The run")
    lab.part("reset").click()
    expect(lab.status).to_have_text("First say what it will do: choose one of the four.")
    lab.page.wait_for_timeout(600)
    expect(lab.root.locator(".gd-readout")).to_contain_text("t = 0 ")
    assert lab.tally == ("0", "0")
    lab.run("diverges")  # to its end


def test_where_rounding_decides_theory_says_so(opened: OpenLab) -> None:
    run = trained(make([1, 2, 4], [2, 3, 5.5], 0.1, 60))
    limit = repr(run.bowl.critical_learning_rate * (1 + 1e-6))
    lab = opened(f"lab/#x=1,2,4&y=2,3,5.5&rate={limit}&epochs=2000&w=0&b=0")
    lab.run()
    expect(lab.status).to_contain_text("Theory says")


# --- Set by pointer, finger and keyboard ----------------------------------------------------------------------


def middle(place: sync_api.Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(lab: Lab, handle: sync_api.Locator, by: tuple[float, float]) -> None:
    x, y = middle(handle)
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    for part in (0.3, 0.7, 1):
        lab.page.mouse.move(x + by[0] * part, y + by[1] * part)
    lab.page.mouse.up()


def test_a_dragged_point_moves_and_theorys_marks_with_it(opened: OpenLab) -> None:
    lab = opened(THREE)
    limit = lab.root.locator('[data-mark="limit"] output')
    before, mark = limit.inner_text(), lab.part("scale-marks").locator(".gd-lab-limit").get_attribute("d")
    drag(lab, lab.panel("line").locator(".gd-handle").nth(2), (-60, 30))
    state = lab.state
    assert (state["x"][:2], state["y"][:2]) == ([1, 2], [2, 3])
    assert state["x"][2] < 4
    assert state["y"][2] < 5.5
    assert limit.inner_text() != before
    assert lab.part("scale-marks").locator(".gd-lab-limit").get_attribute("d") != mark
    mean_square = sum(x * x for x in state["x"]) / 3
    mean, largest = sum(state["x"]) / 3, 0.0
    largest = mean_square + 1 + ((mean_square - 1) ** 2 + 4 * mean**2) ** 0.5
    assert float(limit.inner_text()) == pytest.approx(2 / largest, rel=1e-3)


def test_axes_stay_while_a_point_is_dragged(opened: OpenLab) -> None:
    lab = opened(THREE)
    handle = lab.panel("line").locator(".gd-handle").nth(2)
    ticks = lab.panel("line").locator(".gd-axes").inner_html()
    x, y = middle(handle)
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(x - 900, y + 900)
    assert lab.panel("line").locator(".gd-axes").inner_html() == ticks
    lab.page.mouse.up()
    assert all(abs(number) < 10 for number in lab.state["x"] + lab.state["y"]), "no farther than the axes reach"


def test_the_start_is_dragged_on_the_bowl(opened: OpenLab) -> None:
    lab = opened(THREE)
    drag(lab, lab.panel("bowl").locator(".gd-handle"), (40, -40))
    assert lab.state["w"] > 0
    assert lab.state["b"] > 0
    assert lab.part("w").input_value() == str(lab.state["w"])


def test_a_finger_drags_a_point_and_scrolls_everywhere_else(opened: OpenLab) -> None:
    lab = opened(THREE, width=390, has_touch=True, is_mobile=True)
    handle = lab.panel("line").locator(".gd-handle").nth(1)
    handle.scroll_into_view_if_needed()
    fingers = lab.page.context.new_cdp_session(lab.page)
    x, y = middle(handle)
    for kind, up in (("Start", 0), ("Move", 10), ("Move", 40), ("End", None)):
        points = [] if up is None else [{"x": x, "y": y - up}]
        fingers.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    assert lab.state["y"][1] > 3
    assert lab.panel("line").locator("svg").evaluate("e => getComputedStyle(e).touchAction") == "auto"


def test_points_are_added_and_removed_by_a_press(opened: OpenLab) -> None:
    lab = opened(THREE)
    lab.root.get_by_label("add", exact=True).check()
    lab.panel("line").locator("svg").click(position={"x": 120, "y": 60})
    assert len(lab.state["x"]) == 4
    lab.root.get_by_label("remove", exact=True).check()
    for _ in range(6):
        lab.panel("line").locator(".gd-handle").last.dispatch_event("click")
    assert lab.state["x"] == [1], "a line needs a point"


def test_all_of_it_is_done_with_the_keyboard_alone(opened: OpenLab) -> None:
    lab = opened(THREE)
    press, focus = lab.page.keyboard.press, lab.page.evaluate
    lab.part("slider").focus()
    press("ArrowRight")
    assert lab.state["rate"] > 0.1
    press("Tab")
    lab.page.keyboard.type("0.02")
    press("Tab")
    assert lab.state["rate"] == 0.02
    for _ in range(3):  # theory's marks
        press("Tab")
    press("Enter" if focus("document.activeElement.dataset.mark") else "Tab")
    while focus("document.activeElement.name") != "gd-lab-say":
        press("Tab")
    press("Space")
    press("ArrowDown")
    assert focus("document.activeElement.value") == "crawls"
    press("Tab")
    press("Enter")
    expect(lab.status).to_contain_text("The run crawls, as you said.")
    lab.root.locator("summary").first.focus()
    press("Enter")
    lab.root.get_by_label("y of point 3").focus()
    press("Control+a")
    lab.page.keyboard.type("6,5")
    press("Tab")
    assert lab.state["y"] == [2, 3, 6.5]
    press("Enter")  # the button that removes it
    assert lab.state["y"] == [2, 3]
    lab.root.get_by_role("button", name="Add a point").focus()
    press("Enter")
    assert lab.state["y"] == [2, 3, 3]
    assert lab.visited.complaints == []


def test_theorys_marks_are_rates_to_take(opened: OpenLab) -> None:
    lab = opened()
    bowl = record(ELEVEN).bowl
    for name, rate in (
        ("one", 1 / bowl.eigenvalues[1]), ("best", bowl.best_learning_rate), ("limit", bowl.critical_learning_rate),
    ):  # fmt: skip
        lab.root.locator(f'[data-mark="{name}"]').click()
        assert lab.state["rate"] == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize("text", ["", "abc", "-1", "1e999", "<b>", "nan"])
def test_a_number_that_is_none_is_said_and_not_taken(opened: OpenLab, text: str) -> None:
    lab = opened(THREE)
    lab.set(rate=text)
    expect(lab.part("rate")).to_have_attribute("aria-invalid", "true")
    expect(lab.status).to_contain_text("none that the lab can take")
    assert lab.state["rate"] == 0.1


def test_points_are_pasted_as_csv(opened: OpenLab) -> None:
    lab = opened()
    lab.root.locator("summary").nth(1).click()
    lab.part("csv").fill("hours;marks\n1,5;10\n2;12,25\n")
    lab.part("paste").click()
    expect(lab.part("points-said")).to_have_text("2 points are in place. Lines that are no point, and are left out: 1.")
    assert (lab.state["x"], lab.state["y"]) == ([1.5, 2], [10, 12.25])
    lab.part("csv").fill("<img src=x onerror=alert(1)>,<script>alert(1)</script>\n" * 50)
    lab.part("paste").click()
    expect(lab.part("points-said")).to_contain_text("nothing has changed")
    assert lab.state["x"] == [1.5, 2]
    assert lab.visited.complaints == []


def test_points_that_do_not_fit_are_no_run_and_said(opened: OpenLab) -> None:
    lab = opened("lab/#x=1e30,2&y=1,2&input=scale&scale=1e10")
    expect(lab.status).to_contain_text("These points do not fit in float32")
    for name in ("run", "just", "step"):
        expect(lab.part(name)).to_be_disabled()
    lab.set(scale=1)
    lab.run()
    assert lab.visited.complaints == []


# --- Kept -----------------------------------------------------------------------------------------------------


def test_the_address_has_all_that_is_set(opened: OpenLab) -> None:
    lab = opened()
    lab.set(epochs=77, w=-1.5, b="2e-3", momentum=0.5, input="center-scale", scale=0.25, loss="half", dtype="float64")
    before = lab.state
    assert before["input"] == "center-scale"
    lab.page.reload()
    assert lab.state == before
    for name in ("epochs", "w", "b", "momentum", "input", "scale", "loss", "dtype"):
        assert lab.part(name).input_value() == str(before[name])
    lab.page.evaluate("location.hash = 'x=1,2&y=3,4&rate=0.5'")
    expect(lab.part("rate")).to_have_value("0.5")
    expect(lab.panel("line").locator(".gd-s-point")).to_have_count(2)


@pytest.mark.parametrize(
    "hash",
    [
        "x=<img/src=x/onerror=alert(1)>&y=1&rate=<script>alert(1)</script>", "x=1&y=1&epochs=999999999", "rate=%",
        "x=" + "1," * 5000 + "1&y=1", "__proto__=1&constructor=2", "x=3.4e38,-3.4e38&y=3.4e38,-3.4e38&rate=3e38",
        "x=1,1,1&y=1,1,1", "x=0&y=0&w=0&b=0", "x=1e-30,2e-30&y=1,2&input=standardize",
    ],
)  # fmt: skip
def test_whatever_the_address_says_the_lab_stands(opened: OpenLab, hash: str) -> None:
    lab = opened(f"lab/#{hash}")
    expect(lab.root.locator(".gd-readout")).to_contain_text("t = 0")
    lab.set(epochs=5)
    lab.run()
    assert lab.root.locator("img, script").count() == 0
    assert lab.visited.complaints == []


def save(lab: Lab, folder: Path, button: str = "save") -> Path:
    with lab.page.expect_download() as downloaded:
        lab.part(button).click()
    path = folder / downloaded.value.suggested_filename
    downloaded.value.save_as(path)
    assert lab.part("text").input_value() == path.read_text()
    return path


SETTINGS = [
    "", "&input=standardize", "&loss=sum&rate=0.02", "&dtype=float64", "&momentum=0.8", "&rate=0.9",
    "&input=center-scale&scale=0.3&loss=half_sum&dtype=float64&momentum=0.5", "&input=scale&scale=0.7&epochs=1000",
]  # fmt: skip


@pytest.mark.skipif(not HAS_AVX, reason="PyTorch adds in another order here than what the browser repeats")
@pytest.mark.parametrize("settings", SETTINGS)
def test_the_generator_trains_a_saved_scenario_to_the_digits_of_the_lab(
    opened: OpenLab, tmp_path: Path, settings: str
) -> None:
    lab = opened(THREE + settings)
    scenario = reading.load(save(lab, tmp_path))
    run = trained(scenario)
    assert digests(run)[-1] == (scenario.training.epochs, lab.digest())
    assert scenario.expect == run.verdict
    assert lab.visited.complaints == []


def test_a_saved_scenario_builds_and_its_page_leads_back(opened: OpenLab, site: Path, tmp_path: Path) -> None:
    lab = opened(THREE + "&input=standardize")
    project = Path(shutil.copytree(site.parent, tmp_path / "course"))
    path = save(lab, project / "docs/scenarios")
    done = tiny.typed(project, "build", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    run = trained(reading.load(path))
    page = (project / f"site/scenarios/{path.stem}/index.html").read_text()
    [data] = re.findall(rf'<script type="application/json" data-run="{path.stem}">(.*?)</script>', page)
    assert json.loads(data)["checkpoints"][-1][1] == digests(run)[-1][1] == lab.digest()
    assert 'href="../../lab/index.html#x=1,2,4&amp;y=2,3,5.5&amp;' in page


def test_a_saved_scenario_is_loaded_and_another_file_is_not(opened: OpenLab, tmp_path: Path) -> None:
    lab = opened(THREE + "&momentum=0.25&dtype=float64")
    before, path = lab.state, save(lab, tmp_path)
    lab = opened()
    lab.part("load").set_input_files(path)
    expect(lab.part("kept-said")).to_have_text("The lab is as the file says.")
    assert lab.state == before
    other = tmp_path / "other.toml"
    other.write_bytes(b"\xff\0# <script>alert(1)</script>\nx = 1\n")
    lab.part("load").set_input_files(other)
    expect(lab.part("kept-said")).to_contain_text("nothing has changed")
    assert lab.state == before


def test_train_py_is_handed_out(opened: OpenLab, tmp_path: Path) -> None:
    script = save(opened(THREE), tmp_path, "python").read_text()
    assert "learning_rate=0.1," in script
    compile(script, "train.py", "exec")


def test_every_run_that_the_lab_can_make_leads_there(site: Path, opened: OpenLab) -> None:
    page = opened(f"scenarios/{ELEVEN}/").page
    page.get_by_role("link", name="Open in the lab").click()
    page.wait_for_url("**/lab/index.html#x=*")
    lab = Lab(Visit(page, alone=True))
    assert lab.part("rate").input_value() == "0.02"
    assert lab.digest() == digests(record(ELEVEN))[-1][1] or not HAS_AVX
    assert "Open in the lab" not in (site / "scenarios/batches/index.html").read_text()


def test_an_edition_without_a_lab_has_no_link_to_one() -> None:
    assert "lab/" not in (tiny.built() / "site/scenarios/tiny/index.html").read_text()


# --- Challenges -----------------------------------------------------------------------------------------------

WON: dict[str, dict[str, object]] = {
    "falls": {"rate": 0.005},
    "quick": {"input": "standardize", "rate": 0.5},
    "nan": {"rate": 0.00472},
    "outlive": {"dtype": "float64"},
}


@pytest.mark.parametrize("name", WON)
def test_a_challenge_can_be_met_and_is_not_met_before(opened: OpenLab, name: str) -> None:
    lab = opened()
    item = lab.root.locator(f'[data-challenge="{name}"]')
    item.get_by_role("button").click()
    expect(lab.part("slider")).to_be_focused()
    lab.run()
    expect(item.locator("output")).to_have_text("")
    lab.set(**WON[name])
    lab.run()
    expect(item.locator("output")).to_contain_text("Done!")
    lab.page.reload()
    expect(item.locator("output")).to_contain_text("Done!")
    assert lab.root.locator("[data-done]").count() == 1
    assert lab.visited.complaints == []


def test_nan_at_a_rate_far_past_the_limit_is_no_feat(opened: OpenLab) -> None:
    lab = opened()  # at 0.02, four times the limit
    lab.run()
    expect(lab.status).to_contain_text("is nan")
    assert lab.root.locator("[data-done]").count() == 0


# --- Everywhere -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_screen_and_all_can_be_hit(opened: OpenLab, width: int) -> None:
    lab = opened(THREE, width=width)
    for summary in lab.root.locator("summary").all():
        summary.click()
    lab.run()
    lab.part("python").click()
    assert lab.page.evaluate("document.documentElement.scrollWidth") <= width
    pressed = ".gd-lab :is(button, select, summary, label, input, textarea)"
    sizes = lab.page.evaluate(
        f"[...document.querySelectorAll('{pressed}')]"
        + """
        .filter((each) => each.checkVisibility())
        .map((each) => (each.matches("[type=radio]") ? each.closest("label") : each).getBoundingClientRect())
        .filter(({ width, height }) => width < 24 || height < 24).length"""
    )
    assert sizes == 0


def test_everything_has_a_name(opened: OpenLab) -> None:
    lab = opened(THREE)
    for summary in lab.root.locator("summary").all():
        summary.click()
    unnamed = lab.page.evaluate("""[...document.querySelectorAll(".gd-lab :is(input, select, textarea)")]
        .filter((each) => !each.ariaLabel && !each.labels.length).map((each) => each.outerHTML)""")
    assert unnamed == []
    ids = lab.page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len({*ids})


def test_nothing_jumps_while_the_lab_comes(opened: OpenLab) -> None:
    watch = """window.moved = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((each) => (window.moved += each.value)))
            .observe({type: "layout-shift", buffered: true});"""
    for width in (390, 768, 1280):
        lab = opened(width=width, first=watch)
        expect(lab.root.locator(".gd-readout")).to_contain_text("t = 0")
        lab.page.wait_for_timeout(300)
        assert lab.page.evaluate("window.moved") < 0.01


def test_in_the_dark_it_is_dark(opened: OpenLab) -> None:
    labs = [opened(THREE, color_scheme=scheme) for scheme in ("light", "dark")]
    points = [lab.panel("line").locator(".gd-s-point").first for lab in labs]
    light, dark = (point.evaluate("e => getComputedStyle(e).fill") for point in points)
    assert light != dark


def test_without_storage_it_counts_as_long_as_the_page_is_open(opened: OpenLab) -> None:
    forbidden = (
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    lab = opened(first=forbidden)
    lab.run("diverges")
    assert lab.tally == ("1", "0")
    lab.part("forget").click()
    assert lab.tally == ("0", "0")


def test_a_page_opened_as_a_file_has_a_lab_that_works(opened: OpenLab, site: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(site, tmp_path / "a site # 100 %"))
    lab = opened((folder / "lab/index.html").as_uri())
    lab.run("diverges")
    assert lab.tally == ("1", "0")
    assert str(tmp_path) not in save(lab, tmp_path).read_text(), "nobody's folders stand in what they hand on"
    lab.set(rate=0.001)
    assert lab.state["rate"] == 0.001
    others = [said for said in lab.visited.complaints if "font" not in said and "ERR_FAILED" not in said]
    assert others == [], "Chromium gives a file no font of another"


def test_in_a_sandboxed_frame_it_runs(visit: Open, address: str, tmp_path: Path) -> None:
    page = tmp_path / "course.html"
    page.write_text(f'<iframe sandbox="allow-scripts" width="800" height="600" src="{address}/lab/"></iframe>')
    visited = visit(page.as_uri(), reduced_motion="reduce")
    frame = visited.page.frame_locator("iframe")
    frame.locator('[value="diverges"]').check()
    frame.locator('[data-lab="run"]').click()
    expect(frame.locator(".gd-lab-status")).to_contain_text("as you said")
    expect(frame.locator('[data-lab="foretold"]')).to_have_text("1")


def test_without_scripts_the_page_says_why_there_is_no_lab(opened: OpenLab) -> None:
    page = opened(java_script_enabled=False).page
    expect(page.locator(".gd-no-lab")).to_be_visible()
    expect(page.locator(".gd-lab")).to_be_hidden()


def test_a_reader_with_scripts_is_not_told_that_they_are_off(opened: OpenLab) -> None:
    expect(opened().page.locator(".gd-no-lab")).to_be_hidden()


def test_a_very_long_run_leaves_the_page_awake_and_is_given_up_at_a_change(opened: OpenLab) -> None:
    points = ",".join(str(i / 100) for i in range(200))
    lab = opened(f"lab/#x={points}&y={points}&rate=0.001&epochs=100000&w=5&b=5")
    lab.part("just").click()
    expect(lab.status).to_have_text("Computing …")
    lab.page.wait_for_timeout(200)
    lab.set(rate=0.1)
    expect(lab.status).to_have_text("First say what it will do: choose one of the four.")
    until(lab.page, "document.querySelector('.gd-readout').textContent.startsWith('t = 0')")


def test_the_words_that_the_script_says_stand_in_the_page() -> None:
    script = (tiny.REPOSITORY / "docs/assets/javascripts/lab.js").read_text()
    template = (tiny.REPOSITORY / "templates/en/lab.html").read_text()
    asked = {*re.findall(r'sentence\("(\w+)"', script), *re.findall(r'tell\("[\w-]+", "(\w+)"', script)}
    asked |= {*re.findall(r"root\.dataset\.(measured|predicted|floor|gone|title)\b", script)}
    there = {
        re.sub(r"-(\w)", lambda found: found[1].upper(), name) for name in re.findall(r"\bdata-([a-z-]+)=", template)
    }
    assert len(asked) > 15
    assert asked <= there
