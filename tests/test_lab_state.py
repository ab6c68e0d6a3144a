"""What the lab is set to, as text: its address, the scenario it saves, its script; and points read from text."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from generator.descent.points import transform
from generator.making.takehome import cells_with_holes
from generator.runs.analysis import Run
from generator.runs.lab_address import MOST_EPOCHS, MOST_POINTS, lab_address
from generator.scenario import reading
from generator.scenario.schema import Dtype, LossConvention, Scenario
from tests import v8
from tests.runs import HAS_AVX, make, trained, trained_once
from tests.test_browser_core import same
from tests.test_takehome import assert_same_table, in_this_process
from tests.tiny import REPOSITORY

FOLDERS = [REPOSITORY / "tests/scenarios", REPOSITORY / "docs/scenarios"]
SHIPPED = {f"{folder.parent.name}/{path.stem}": path for folder in FOLDERS for path in sorted(folder.glob("*.toml"))}
TEMPLATE = (REPOSITORY / "templates/en/train.py").read_text(encoding="utf-8")
LARGEST = 3.4028234663852886e38
State = dict[str, Any]
USUAL: State = {
    "x": [1, 2, 4], "y": [2, 3, 5.5], "rate": 0.1, "epochs": 60, "w": 0, "b": 0,
    "input": "as-is", "scale": 0.1, "loss": "mean", "dtype": "float32", "momentum": 0,
}  # fmt: skip
ALL_AT_ONCE = USUAL | {
    "x": [-5, 0, 20.25, 22, 1e-7], "y": [1e21, -3.5, 2, 7, 8], "w": -1.5, "b": 1e-3, "rate": 0.02,
    "input": "center-scale", "scale": 0.3, "loss": "half_sum", "dtype": "float64", "momentum": 0.75,
}  # fmt: skip
digits = pytest.mark.skipif(not HAS_AVX, reason="PyTorch adds in another order here than what the browser repeats")


@pytest.fixture(scope="module")
def scripts() -> Iterator[v8.Scripts]:
    with v8.loaded("descent.js", "theory.js", "lab-state.js") as loaded:
        yield loaded


# What a reader may set, of numbers of ordinary size; and of any.
ordinary = st.floats(-100, 100).map(lambda number: number + 0.0)
any_number = st.floats(-LARGEST, LARGEST).map(lambda number: number + 0.0)


def states(numbers: st.SearchStrategy[float], most: int = 12) -> st.SearchStrategy[State]:
    points = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=most)
    rest = st.fixed_dictionaries({
        "rate": st.floats(1e-6, 10), "epochs": st.integers(1, 60), "w": numbers, "b": numbers,
        "input": st.sampled_from(["as-is", "scale", "center", "center-scale", "standardize"]),
        "scale": st.floats(1e-3, 1e3), "loss": st.sampled_from(["mean", "sum", "half", "half_sum"]),
        "dtype": st.sampled_from(["float32", "float64"]), "momentum": st.just(0.0) | st.floats(1e-3, 0.999),
    })  # fmt: skip
    return st.builds(lambda xy, more: {"x": [x for x, _ in xy], "y": [y for _, y in xy], **more}, points, rest)


def columns(scripts: v8.Scripts, run: str, **given: Any) -> NDArray[np.float64]:
    """Of a run of the lab: w, b, loss and gradient of every state, one column after the other."""
    names = '["w", "b", "loss", "grad_w", "grad_b"]'
    return scripts.numbers(f"((d) => {names}.flatMap((name) => [...d[name]]))(descent.descend({run}))", **given)


def columns_of(run: Run) -> NDArray[np.float64]:
    made = [*run.params.T, run.losses, *run.gradients.T]
    return np.concatenate(made).astype(np.float64)


# --- The address ---------------------------------------------------------------------------------------------


@given(states(any_number))
@example(ALL_AT_ONCE)
def test_an_address_says_all_that_is_set(scripts: v8.Scripts, state: State) -> None:
    other = USUAL | {"x": [7], "y": [7], "momentum": 0.5, "loss": "sum"}
    again = scripts.value("labState.read(`#${labState.written(state)}`, other)", state=state, other=other)
    if not state["input"].endswith("scale"):
        state = state | {"scale": 0.1}  # it has no part in the run, and is not said
    assert as_doubles(again) == as_doubles(state)


def as_doubles(state: State) -> State:
    """JSON writes a large double as a whole number."""
    doubles = {name: float(value) for name, value in state.items() if isinstance(value, int | float)}
    return state | doubles | {name: [*map(float, state[name])] for name in ("x", "y")}


def test_an_address_is_short_and_can_be_read(scripts: v8.Scripts) -> None:
    assert scripts.value("[labState.written(state)]", state=USUAL) == ["x=1,2,4&y=2,3,5.5&rate=0.1&epochs=60&w=0&b=0"]


ABSENT: list[str] = ["", "#", "#how-it-works", "#epoch=7&__proto__=1", "#constructor=1"]
HOSTILE = [
    "x=1,2,<img src=x onerror=alert(1)>&y=1,2,3", "x=1&y=1,2", "x=" + ",".join(["1"] * 201), "x=1e999&y=1", "x=&y=",
    "rate=0", "rate=-1", "rate=nan", "rate=Infinity", "rate=1e39", "rate=0x10", "rate=1_000", "rate=" + "9" * 100,
    "epochs=0", "epochs=100001", "epochs=1e3", "epochs=1.5", "epochs=-5", "w=%", "b=%E0%A4%A", "input=__proto__",
    "loss=toString", "dtype=float16", "momentum=1", "momentum=0.999999999", "momentum=-0.1", "scale=0", "x", "y=1=2",
]  # fmt: skip


@pytest.mark.parametrize("text", ABSENT)
def test_an_address_of_something_else_changes_nothing(scripts: v8.Scripts, text: str) -> None:
    assert scripts.value("[labState.read(text, usual)]", text=text, usual=USUAL) == [None]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_an_address_says_amiss_is_not_done(scripts: v8.Scripts, text: str) -> None:
    assert scripts.value("labState.read(text, usual)", text=text, usual=USUAL) == USUAL


FRAGMENTS = st.text() | st.sampled_from([*HOSTILE, "x=1,2&y=3,4", "&", "=", "#", ",", "%00", "rate=", "__proto__=1"])


@given(st.lists(FRAGMENTS, max_size=8).map("".join))
def test_whatever_an_address_says_the_lab_can_do(scripts: v8.Scripts, text: str) -> None:
    state = scripts.value("labState.read(text, usual) ?? usual", text=text, usual=USUAL)
    assert state.keys() == USUAL.keys()
    assert 1 <= len(state["x"]) == len(state["y"]) <= MOST_POINTS
    assert all(abs(number) <= LARGEST for number in [*state["x"], *state["y"], state["w"], state["b"]])
    assert 0 < state["rate"] <= LARGEST
    assert type(state["epochs"]) is int
    assert 1 <= state["epochs"] <= MOST_EPOCHS
    assert 0 <= np.float32(state["momentum"]) < 1


@digits
@pytest.mark.parametrize("name", SHIPPED)
def test_the_lab_opens_a_run_and_makes_it_again_to_the_bit(scripts: v8.Scripts, name: str) -> None:
    run = trained_once(reading.load(SHIPPED[name]))
    address = lab_address(run)
    training = run.scenario.training
    if training.batch_size is not None or training.mistake is not None or run.scenario.count > MOST_POINTS:
        assert address is None
        return
    made = columns(scripts, "labState.run(labState.read(text, usual))", text=address, usual=USUAL)
    assert same(made, columns_of(run))


ODD: dict[str, Scenario] = {
    "scaled to what is no tenth": make([1, 2, 4.5], [2, 3, 5.5], 0.1, 20, input={"scale": 0.3}),
    "centred with a factor": make([1, 2, 4.5], [2, 3, 5.5], 0.1, 20, input={"scale": 0.3, "center": True}),
    "y transformed": make([1, 2, 4], [2000, 3000, 5500], 0.1, 20, target={"standardize": True}),
    "stopped early": make([1, 2, 4], [2, 3, 5.5], 0.05, 300, stop={"gradient_norm": 0.1}),
    "drawn start": make([1, 2, 4], [2, 3, 5.5], 0.05, 20, {"seed": 7}, dtype="float64"),
    "very large": make([1e30, -2e30], [1e-30, 3e30], 1e-9, 3, (1e20, -1e-20), momentum=0.25),
}


@digits
@pytest.mark.parametrize("name", ODD)
def test_of_an_odd_run_too(scripts: v8.Scripts, name: str) -> None:
    run = trained(ODD[name])
    made = columns(scripts, "labState.run(labState.read(text, usual))", text=lab_address(run), usual=USUAL)
    assert same(made, columns_of(run))


def test_a_run_that_the_lab_does_not_make_has_no_address() -> None:
    many = [float(i) for i in range(MOST_POINTS + 1)]
    assert lab_address(trained(make(many, many, 1e-6, 2))) is None
    assert lab_address(trained(make([1, 2], [1, 2], 0.1, 2, decay=0.1))) is None
    assert lab_address(trained(make([1, 2], [1, 2], 0.1, 2, batch_size=1))) is None
    assert lab_address(trained(make(many[1:], many[1:], 1e-6, 2))) is not None


# --- As it is trained on --------------------------------------------------------------------------------------


@digits
@given(states(ordinary, most=100))
@example(USUAL | {"x": [0.1, 0.1, 0.1], "input": "standardize"})
@example(USUAL | {"x": [1e8 + i for i in range(40)], "y": [0.0] * 40, "input": "standardize"})
def test_x_is_transformed_to_the_bit_as_pytorch_transforms_it(scripts: v8.Scripts, state: State) -> None:
    options: dict[str, Any] = {"center": "center" in state["input"], "standardize": state["input"] == "standardize"}
    options["scale"] = state["scale"] if state["input"].endswith("scale") else None
    x, shift, factor = transform(torch.tensor(state["x"], dtype=torch.float64), **options)
    made = scripts.numbers("((t) => [...t.x, t.shift, t.factor])(labState.transformed(state))", state=state)
    assert same(made, [*x.tolist(), shift, factor])


def test_points_that_do_not_fit_in_the_dtype_are_no_run(scripts: v8.Scripts) -> None:
    state = USUAL | {"x": [1e30, 2], "y": [1, 2], "input": "scale", "scale": 1e10}
    assert scripts.value(
        "[labState.run(state), labState.run({ ...state, dtype: 'float64' }) === null]", state=state
    ) == [
        None,
        False,
    ]


# --- The scenario that it saves -------------------------------------------------------------------------------


def saved(scripts: v8.Scripts, state: State, title: str = "From here", address: str = "https://a.org/lab/#x=1") -> str:
    measured = """((run) => {
        const bowl = theory.bowl(run.x, run.y, run.loss);
        return theory.measured(bowl, theory.update_rule(run), descent.descend(run));
    })(labState.run(state))"""
    asked = f"[labState.toml(state, {{ address, title, verdict: {measured} }})]"
    return str(scripts.value(asked, state=state, title=title, address=address)[0])


def loaded(text: str) -> Scenario:
    """As the generator loads a file that somebody drops in."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "from-the-lab.toml"
        path.write_text(text, encoding="utf-8")
        return reading.load(path)


@digits
@settings(max_examples=60)
@given(states(ordinary))
@example(USUAL | {"input": "standardize", "rate": 0.4})
@example(USUAL | {"input": "scale", "scale": 0.3})
@example(USUAL | {"loss": "sum"})
@example(USUAL | {"dtype": "float64", "rate": 2})
@example(USUAL | {"momentum": 0.9})
@example(ALL_AT_ONCE)
def test_the_generator_makes_of_a_saved_scenario_the_run_of_the_lab(scripts: v8.Scripts, state: State) -> None:
    scenario = loaded(saved(scripts, state))
    run = trained(scenario)
    assert same(columns(scripts, "labState.run(state)", state=state), columns_of(run))
    assert scenario.expect == run.verdict


@given(st.text(min_size=1).filter(str.isprintable).filter(str.strip))
def test_a_title_is_what_it_says(scripts: v8.Scripts, title: str) -> None:
    assert loaded(saved(scripts, USUAL, title=title[:120])).title["en"] == title[:120]


@given(states(any_number))
def test_numbers_of_any_size_are_saved_as_they_are(scripts: v8.Scripts, state: State) -> None:
    text = scripts.value("[labState.toml(state, { address: '', title: 'T', verdict: 'crawls' })]", state=state)[0]
    scenario = loaded(text)
    assert same([*scenario.given_points[0], *scenario.given_points[1]], state["x"] + state["y"])
    assert scenario.training.start.given == (state["w"], state["b"])
    assert scenario.training.learning_rate == state["rate"]


def test_its_first_line_leads_back_to_the_lab(scripts: v8.Scripts) -> None:
    address = scripts.value("[labState.written(state)]", state=ALL_AT_ONCE)[0]
    text = saved(scripts, ALL_AT_ONCE, address=f"https://example.org/a%20course/lab/#{address}")
    again = scripts.value("labState.read(labState.commented(text), usual)", text=text, usual=USUAL)
    assert again == ALL_AT_ONCE
    assert scripts.value("[labState.commented(text)]", text="# none\nx = 1\n")[0] is None


MISSHAPEN = {
    "marks and points": "#x=1" * 1200 + " !",
    "many marks": "#" * 200_000 + " !",
    "many lines": "#x#x= 1\n" * 20_000,
    "blanks": "#" + " " * 200_000 + "!",
    "digits": "1" * 200_000 + " x",
    "a quoted number": '"' + " " * 100_000 + "," + "1" * 100_000 + '!",2',
    "signs": "x=" + "+-" * 100_000,
    "holes": "{" * 100_000 + "⟦" * 100_000 + "}",
}


@pytest.mark.parametrize("text", MISSHAPEN.values(), ids=MISSHAPEN)
@pytest.mark.parametrize("reader", ["commented", "csv", "read"])
def test_a_text_of_whatever_shape_is_read_in_no_time(scripts: v8.Scripts, reader: str, text: str) -> None:
    asked = f"((begun) => (labState.{reader}(text, {{}}), [Date.now() - begun]))(Date.now())"
    assert scripts.value(asked, text=text)[0] < 1000


def test_a_comment_is_read_whatever_ends_its_line_and_stands_before_it(scripts: v8.Scripts) -> None:
    for text in ("# lab/#x=1&y=2  \r\nw", "\r# none\r# a b # c#x=1&y=2", "expect\n# #x= 1\n# #rate=2&x=1&y=2"):
        assert scripts.value("[labState.commented(text)]", text=text)[0].endswith("x=1&y=2")
    long = f"# lab/#x={'1' * 20_001}"
    assert scripts.value("[labState.commented(text)]", text=long)[0] is None


# --- The script that it hands out -----------------------------------------------------------------------------


@digits
@pytest.mark.parametrize(
    "state",
    [
        USUAL,
        ALL_AT_ONCE,
        USUAL | {"input": "standardize", "epochs": 2000},
        USUAL | {"x": [1], "y": [2], "loss": "half"},
        USUAL | {"dtype": "float64", "momentum": 0.5},
        USUAL
        | {"x": [float(i) for i in range(23)], "y": [1e-3 * i for i in range(23)], "rate": 1e-3, "input": "scale"},
    ],
)
def test_its_script_prints_the_numbers_of_the_run(
    scripts: v8.Scripts, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = json.loads(json.dumps(cells_with_holes(TEMPLATE, "en", "A 'run' of the lab")))
    script = scripts.value("[labState.python(state, cells)]", state=state, cells=cells)[0]
    assert "⟦" not in script
    assert_same_table(in_this_process(script, monkeypatch), trained(loaded(saved(scripts, state))))


@pytest.mark.parametrize("title", ["⟦xs⟧ ⟦rate⟧", "⟦0123456789abcdef xs⟧", "{xs} $& $1 [= xs =]"])
def test_its_title_is_what_the_language_says_and_nothing_is_filled_in(scripts: v8.Scripts, title: str) -> None:
    cells = json.loads(json.dumps(cells_with_holes(TEMPLATE, "en", title)))
    script = scripts.value("[labState.python(state, cells)]", state=USUAL, cells=cells)[0]
    assert script.startswith(f"'{title}'\n")
    assert cells == cells_with_holes(TEMPLATE, "en", title), "it is the same in every build"
    assert "1.0, 2.0, 4.0," in script
    assert "learning_rate=0.1" in script


def test_its_rows_are_those_of_a_page(scripts: v8.Scripts) -> None:
    for epochs in (1, 2, 3, 10, 11, 60, 999, 5000):
        run = trained(make([1.0], [1.0], 0.1, epochs))
        assert scripts.value("labState.table_epochs(epochs)", epochs=epochs) == run.table_epochs


# --- Points from text -----------------------------------------------------------------------------------------

TEXTS = {
    "1,2\n3,4\n": ([1, 3], [2, 4], 0),
    "hours,marks\r\n1,2\r\n3,4.5\r\n": ([1, 3], [2, 4.5], 1),
    '"x";"y"\n"1,5";"2"\n2;3,25\n': ([1.5, 2], [2, 3.25], 1),
    "1\t2\n\n3\t4\n": ([1, 3], [2, 4], 0),
    "1,5\t2,5\n": ([1.5], [2.5], 0),
    "1 2\n3   4\n": ([1, 3], [2, 4], 0),
    "1,5 2,5\n3,5 4\n": ([1.5, 3.5], [2.5, 4], 0),
    "1, 2, 99, oak\n3, 4, 98, elm\n": ([1, 3], [2, 4], 0),
    "\t5\n1\t2": ([1], [2], 1),  # an empty cell is no number
    "−1;1e3": ([-1], [1000], 0),
    "1,2\n3,n/a\n,4\n5,6": ([1, 5], [2, 6], 2),
}


@pytest.mark.parametrize("text", TEXTS)
def test_points_are_read_from_what_people_paste(scripts: v8.Scripts, text: str) -> None:
    x, y, left_out = TEXTS[text]
    assert scripts.value("labState.csv(text)", text=text) == {"x": x, "y": y, "left_out": left_out}


@pytest.mark.parametrize(
    "text", ["", "\n\n", "a,b", "1", "<img src=x onerror=alert(1)>", "1e999,1", "nan,inf", "0x1,2", "\0"]
)
def test_of_what_is_no_point_nothing_is_taken(scripts: v8.Scripts, text: str) -> None:
    assert scripts.value("[labState.csv(text)]", text=text) == [None]


def test_of_very_many_lines_the_first_are_taken(scripts: v8.Scripts) -> None:
    found = scripts.value("labState.csv('1,2\\n'.repeat(500))")
    assert (len(found["x"]), len(found["y"]), found["left_out"]) == (MOST_POINTS, MOST_POINTS, 300)
    assert len(scripts.value("labState.csv('1,2\\n'.repeat(5_000_000))")["x"]) == MOST_POINTS


@given(st.text(alphabet='0123456789.,;\t\n "e-+−x'))
def test_whatever_is_pasted_ends_in_numbers_or_in_nothing(scripts: v8.Scripts, text: str) -> None:
    found = scripts.value("labState.csv(text)", text=text)
    if found is not None:
        assert 1 <= len(found["x"]) == len(found["y"]) <= MOST_POINTS
        assert all(abs(number) <= LARGEST for number in found["x"] + found["y"])


def test_its_losses_and_dtypes_are_those_of_a_scenario(scripts: v8.Scripts) -> None:
    choices = scripts.value("labState.CHOICES")
    assert choices["loss"] == [*get_args(LossConvention)]
    assert choices["dtype"] == [*get_args(Dtype)]
    assert scripts.value("[labState.MOST_POINTS, labState.MOST_EPOCHS]") == [MOST_POINTS, MOST_EPOCHS]
