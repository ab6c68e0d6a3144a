"""The descent of the pages, against PyTorch: every number of every state, to the bit."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from generator.descent.regression import dloss_fn, grad_fn, loss_fn, model
from generator.descent.train import train
from generator.runs.record import Record, StoppedBy
from generator.scenario import reading
from generator.scenario.schema import Dtype, LossConvention, Scenario, Stop, Training
from tests import v8
from tests.runs import HAS_AVX, make

SCRIPT = v8.FOLDER / "descent.js"
FOLDERS = [Path(__file__).parent / "scenarios", Path(__file__).parents[1] / "docs/scenarios"]
FILES = {f"{folder.parent.name}/{path.stem}": path for folder in FOLDERS for path in sorted(folder.glob("*.toml"))}
SHIPPED = {name: path for name, path in FILES.items() if reading.load(path).training.mistake is None}
COLUMNS = ["w", "b", "loss", "grad_w", "grad_b"]
ENDS = list(get_args(StoppedBy))
TYPES = {"float32": torch.float32, "float64": torch.float64}


@pytest.fixture(scope="module")
def scripts() -> Iterator[v8.Scripts]:
    with v8.loaded("descent.js") as scripts:
        yield scripts


@pytest.fixture(scope="module")
def js(scripts: v8.Scripts) -> v8.Scripts:
    """The scripts, where PyTorch computes in the order that they repeat; there a difference is a mistake."""
    several = {dtype: some_numbers(2000, dtype) for dtype in TYPES}
    if not HAS_AVX and any(
        not same(sum_of(scripts, numbers, dtype), torch.from_numpy(numbers).sum()) for dtype, numbers in several.items()
    ):
        pytest.skip(
            "PyTorch adds in another order here than on x86-64 with AVX2 or newer, which is what the browser repeats: "
            "the last digits differ"
        )
    return scripts


def same(left: Any, right: Any) -> bool:
    """To the bit, the sign of 0 included; any nan is any other."""
    left, right = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    bits = [np.where(np.isnan(each), np.nan, each).tobytes() for each in (left, right)]
    return left.shape == right.shape and bits[0] == bits[1]


def some_numbers(count: int, dtype: str) -> NDArray[Any]:
    """Of very different sizes, so that another order of adding them is seen."""
    random = np.random.default_rng(count)
    return (random.normal(size=count) * 10 ** random.uniform(-4, 4, count)).astype(dtype)


def array(dtype: str) -> str:
    return {"float32": "Float32Array", "float64": "Float64Array"}[dtype]


def sum_of(scripts: v8.Scripts, numbers: NDArray[Any], dtype: str) -> float:
    (total,) = scripts.numbers(f"[descent.sum({array(dtype)}.from(numbers))]", numbers=numbers.tolist())
    return float(total)


# --- Whole runs ------------------------------------------------------------------------------------------------


def as_the_page_has_it(record: Record) -> dict[str, Any]:
    """What `descend` is given: the points as trained on, and the scenario's own tables."""
    scenario = record.scenario
    return {
        "x": record.x.tolist(), "y": record.y.tolist(), "start": record.params[0].tolist(),
        "seed": scenario.batch_seed % 2**32,
        **scenario.training.model_dump(exclude={"start"}), **scenario.stop.model_dump(),
    }  # fmt: skip


def in_the_browser(scripts: v8.Scripts, run: dict[str, Any]) -> tuple[NDArray[np.float64], str]:
    """Its states (epochs + 1, 5), and what ended it."""
    collected = "columns.flatMap((name) => [...made[name]])"
    *numbers, end = scripts.numbers(
        f"((made) => [...{collected}, ends.indexOf(made.stopped_by)])(descent.descend(run))",
        run=run, columns=COLUMNS, ends=ENDS,
    )  # fmt: skip
    return np.reshape(numbers, (len(COLUMNS), -1)).T, ENDS[int(end)]


def by_pytorch(record: Record) -> NDArray[np.float64]:
    return np.column_stack([record.params, record.losses, record.gradients]).astype(np.float64)


def assert_repeated(scripts: v8.Scripts, scenario: Scenario) -> Record:
    record = train(scenario)
    made, end = in_the_browser(scripts, as_the_page_has_it(record))
    expected = by_pytorch(record)
    assert len(made) == len(expected)
    differing = [state for state, rows in enumerate(zip(made, expected, strict=True)) if not same(*rows)]
    assert not differing, (differing[0], made[differing[0]], expected[differing[0]])
    assert end == record.stopped_by
    return record


@pytest.mark.parametrize("name", SHIPPED)
def test_a_run_is_repeated_to_the_bit(js: v8.Scripts, name: str) -> None:
    assert_repeated(js, reading.load(SHIPPED[name]))


sizes = st.one_of(st.integers(1, 40), st.integers(1, 300), st.integers(1, 2000))
steps = st.fixed_dictionaries(
    {},
    optional={
        "momentum": st.floats(0.01, 0.999),
        "decay": st.floats(1e-4, 5),
        "batch": st.tuples(st.floats(0.01, 1.1), st.sampled_from(["shuffled", "given"])),
    },
)
rules = st.fixed_dictionaries(
    {}, optional={"gradient_norm": st.floats(1e-8, 1e3), "loss_change": st.floats(1e-12, 1e2)}
)


@settings(max_examples=250)
@given(
    sizes, st.integers(0, 2**32), st.sampled_from([0.01, 1.0, 30.0, 1e4]), st.floats(1e-4, 4), steps, rules,
    st.sampled_from(get_args(LossConvention)), st.sampled_from(get_args(Dtype)), st.integers(1, 40),
)  # fmt: skip
@example(1, 0, 1.0, 0.5, {}, {}, "mean", "float32", 3)
@example(2000, 0, 1.0, 0.5, {"momentum": 0.9, "decay": 0.1, "batch": (0.3, "shuffled")}, {}, "half", "float64", 3)
def test_any_run_is_repeated_to_the_bit(
    js: v8.Scripts, count: int, seed: int, size: float, share: float, steps: dict[str, Any], rules: dict[str, float],
    loss: str, dtype: str, epochs: int,
) -> None:  # fmt: skip
    random = np.random.default_rng(seed)
    x = random.normal(random.normal(), 1, count) * size
    y = random.normal() * x + random.normal(10, 1, count)
    factor = {"mean": 1, "sum": count, "half": 0.5, "half_sum": count / 2}[loss]
    rate = share / (factor * float(np.mean(x**2) + 1))  # about that share of the limit
    training = dict(steps)
    if "batch" in training:
        part, order = training.pop("batch")
        training |= {"batch_size": max(1, math.ceil(part * count)), "batch_order": order}
    start = (float(random.normal()), float(random.normal()))
    assert_repeated(
        js, make(x.tolist(), y.tolist(), rate, epochs, start, loss=loss, dtype=dtype, stop=rules, **training)
    )


@settings(max_examples=30)
@given(
    st.integers(1, 60), st.integers(0, 2**32), st.floats(3, 1e6), steps, st.sampled_from(get_args(LossConvention)),
    st.sampled_from(get_args(Dtype)),
)  # fmt: skip
def test_a_run_that_overflows_is_repeated_through_inf_and_nan(
    js: v8.Scripts, count: int, seed: int, share: float, steps: dict[str, Any], loss: str, dtype: str
) -> None:
    random = np.random.default_rng(seed)
    x, y = random.normal(3, 2, count), random.normal(10, 1, count)
    training = {name: step for name, step in steps.items() if name == "momentum"}
    training |= {"batch_size": 1 + count // 2} if "batch" in steps else {}
    rate = share * 1e3
    record = assert_repeated(js, make(x.tolist(), y.tolist(), rate, 130, loss=loss, dtype=dtype, **training))
    assert np.isnan(record.losses).any()


@pytest.mark.parametrize("training", [{}, {"decay": 1e-9}, {"momentum": 0.5}])
def test_a_gradient_of_inf_is_followed_as_pytorch_follows_it(js: v8.Scripts, training: dict[str, float]) -> None:
    """A run that remembers makes nan of it, since 0 · inf is nan, and a plain one does not."""
    for w, b in ((1e38, 0.0), (0.0, 1e38), (3e38, -3e38), (-0.0, 0.0)):
        for x, y in (([1.0], [0.0]), ([0.0], [1.0]), ([1e-30, 1e30], [-1.0, 1.0])):
            assert_repeated(js, make(x, y, 1e-3, 5, (w, b), loss="sum", **training))
            assert_repeated(js, make(x, y, 1e-3, 5, (w, b), dtype="float64", **training))


@pytest.mark.skipif(not HAS_AVX, reason="PyTorch's kernels for this processor may add the squares one by one")
@pytest.mark.parametrize("dtype", TYPES)
def test_a_gradient_as_long_as_the_threshold_is_not_shorter(js: v8.Scripts, dtype: str) -> None:
    """The last bit of the length decides: PyTorch computes it with a fused multiply-add."""
    x, y = [0.3, 1.7, 2.9], [1.1, 0.4, 5.2]
    gradients = torch.from_numpy(train(make(x, y, 0.11, 60, dtype=dtype)).gradients.copy())
    for gradient in gradients[5:40]:
        length = gradient.norm().item()
        for threshold in (length, float(np.nextafter(np.dtype(dtype).type(length), np.inf)), length * (1 + 1e-9)):
            record = assert_repeated(js, make(x, y, 0.11, 60, dtype=dtype, stop={"gradient_norm": threshold}))
            assert record.stopped_by == "gradient_norm"


def test_a_loss_that_changes_by_the_threshold_does_not_change_by_less(js: v8.Scripts) -> None:
    """Losses far apart differ by more digits than float32 has: their difference is one of doubles."""
    x, y = [0.3, 1.7, 2.9], [1.1, 0.4, 5.2]
    for b in range(12):
        changes = np.abs(np.diff(train(make(x, y, 0.11, 15, (0.0, b))).losses.astype(float)))
        for change in changes[:: 1 if b == 0 else 15].tolist():
            for threshold in (change, float(np.nextafter(change, np.inf))):
                assert_repeated(js, make(x, y, 0.11, 60, (0.0, b), stop={"loss_change": threshold}))


def test_of_two_rules_that_are_met_at_once_the_gradients_is_named(js: v8.Scripts) -> None:
    lengths = np.hypot(*train(make([0.3, 1.7, 2.9], [1.1, 0.4, 5.2], 0.05, 3)).gradients.astype(float).T)
    stop = {"gradient_norm": float(lengths[:2].mean()), "loss_change": 1e9}
    for epochs in (1, 2):
        record = assert_repeated(js, make([0.3, 1.7, 2.9], [1.1, 0.4, 5.2], 0.05, epochs, stop=stop))
        assert (record.stopped_by, record.epochs_run) == ("gradient_norm", 1)


@pytest.mark.parametrize("seed", [0, 7, 2**31, 2**32 - 1, 2**32 + 5, 2**53, 2**63 - 1])
def test_minibatches_are_those_of_any_seed(js: v8.Scripts, seed: int) -> None:
    data = {
        "source": "synthetic", "seed": seed, "count": 23, "weight": 0.5, "bias": 3.0, "noise": 1.0,
        "low": -3, "high": 9,
    }  # fmt: skip
    made = make([0.0], [0.0], 1e-3, 20)
    fields = {name: getattr(made, name) for name in ("expect", "title", "id", "path", "text")}
    training = {"learning_rate": 1e-3, "epochs": 20, "start": {"w": 0.0, "b": 0.0}, "batch_size": 5}
    assert_repeated(js, Scenario.model_validate({**fields, "data": data, "training": training}))


# --- Its parts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", TYPES)
def test_sums_are_added_in_pytorchs_order(js: v8.Scripts, dtype: str) -> None:
    counts = [*range(1, 300), *range(480, 560), 1023, 1024, 1025, 2047, 4096, 8191, 8192, 16384, 16387, 65_536, 100_003]
    counts += [131_072, 131_103, 262_144, 524_288, 524_321] if dtype == "float32" else [65_551, 262_159]
    for count in counts:
        numbers = some_numbers(count, dtype)
        assert same(sum_of(js, numbers, dtype), torch.from_numpy(numbers).sum()), count


@pytest.mark.parametrize("lanes", [2, 4, 16])
def test_lanes_are_added_each_by_itself_and_then_one_by_one(scripts: v8.Scripts, lanes: int) -> None:
    """As a processor of other width would: no kernel here has so many."""
    for count in (lanes, 37, 300, 2000):
        numbers = some_numbers(count, "float64")
        rows = count // lanes * lanes
        each_lane = "lanes.map((lane) => descent.sum(Float64Array.from(lane), 1))"
        sums = scripts.numbers(each_lane, lanes=[numbers[:rows][lane::lanes].tolist() for lane in range(lanes)])
        one_by_one = np.add.accumulate([0.0, *numbers[rows:], *sums])[-1]
        total = "[descent.sum(Float64Array.from(numbers), lanes)]"
        assert same(scripts.numbers(total, numbers=numbers.tolist(), lanes=lanes)[0], one_by_one)


@pytest.mark.parametrize("dtype", TYPES)
def test_sums_of_inf_nan_and_nothing_but_minus_zero_are_pytorchs(js: v8.Scripts, dtype: str) -> None:
    scale = float(np.finfo(dtype).max) / 8
    for count in (1, 5, 16, 80, 700):
        for numbers in (np.full(count, -0.0), np.full(count, scale), scale * np.sign(some_numbers(count, "float64"))):
            total = torch.from_numpy(numbers.astype(dtype)).sum()
            assert same(sum_of(js, numbers.astype(dtype), dtype), total)


@pytest.mark.parametrize("dtype", TYPES)
def test_the_functions_of_the_lesson_are_those_of_python(js: v8.Scripts, dtype: str) -> None:
    x, y = (torch.from_numpy(some_numbers(count, dtype))[:37] for count in (37, 38))
    w, b = torch.tensor([0.3], dtype=TYPES[dtype]), torch.tensor([-1.7], dtype=TYPES[dtype])
    predictions = model(x, w, b)
    kind = array(dtype)
    said = {
        "model(x, w, b)": predictions,
        "dloss_fn(predictions, y)": dloss_fn(predictions, y),
        "grad_fn(x, y, predictions)": grad_fn(x, y, predictions, w, b),
    }
    known = {"x": x, "y": y, "predictions": predictions}
    names = "".join(f"{name} = {kind}.from({name}_), " for name in known)
    given = {f"{name}_": numbers.tolist() for name, numbers in known.items()} | {"w": w.item(), "b": b.item()}
    for call, expected in said.items():
        assert same(js.numbers(f"(({names[:-2]}) => descent.{call})()", **given), expected), call
    loss = js.numbers(f"(({names[:-2]}) => [descent.loss_fn(predictions, y)])()", **given)
    assert same(loss[0], loss_fn(predictions, y))


@pytest.mark.parametrize("seed", [0, 2024, 2**32 - 1])
def test_shuffles_are_pytorchs(scripts: v8.Scripts, seed: int) -> None:
    counts = [1, 2, 3, 11, 624, 625, 1999, 5000, 7]
    drawn = torch.Generator().manual_seed(seed)
    expected = torch.cat([torch.randperm(count, generator=drawn) for count in counts])
    shuffled = "((random) => counts.flatMap((count) => [...descent.randperm(count, random)]))(descent.generator(seed))"
    assert same(scripts.numbers(shuffled, seed=seed, counts=counts), expected)


# --- How a page uses it ----------------------------------------------------------------------------------------


RUN = {
    "x": [0.0, 1.0, 2.0], "y": [1.0, 3.0, 5.5], "start": [0.0, 0.0], "learning_rate": 0.1, "epochs": 1_000_000,
    "dtype": "float32", "loss": "mean", "batch_order": "shuffled",
}  # fmt: skip


def test_states_come_one_by_one_as_they_are_asked_for(scripts: v8.Scripts) -> None:
    one_by_one = "((states) => [0, 1, 2].map(() => states.next().value))(descent.states(run))"
    asked = scripts.value(one_by_one, run=RUN)
    whole = scripts.value("((made) => columns.map((name) => [...made[name]]))(descent.descend(run))",
                          run=RUN | {"epochs": 2}, columns=COLUMNS)  # fmt: skip
    assert [[state[name] for state in asked] for name in COLUMNS] == whole
    assert [state["stopped_by"] for state in asked] == [None, None, None]
    assert set(asked[0]) == {*COLUMNS, "stopped_by"}


@pytest.mark.parametrize("dtype", TYPES)
def test_columns_are_in_the_dtype_of_the_run(scripts: v8.Scripts, dtype: str) -> None:
    kinds = "((made) => columns.map((name) => made[name].constructor.name + made[name].length))(descent.descend(run))"
    said = scripts.value(kinds, run=RUN | {"epochs": 7, "dtype": dtype}, columns=COLUMNS)
    assert said == [f"{array(dtype)}8"] * len(COLUMNS)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("dtype", "float16"),
        ("dtype", None),
        ("loss", "huber"),
        ("batch_order", "sorted"),
        ("nesterov", True),
        ("mistake", "flipped-sign"),
    ],
)
def test_what_cannot_be_repeated_is_named(scripts: v8.Scripts, setting: str, value: Any) -> None:
    named = "(() => { try { descent.descend(run) } catch (error) { return [error.name, error.message] } })()"
    assert scripts.value(named, run=RUN | {setting: value}) == ["RangeError", setting]


def test_every_setting_of_a_scenario_is_known(scripts: v8.Scripts) -> None:
    """A key that the schema gains is refused, by its name, until it is repeated."""
    settings = {**Training.model_fields, **Stop.model_fields}
    record = train(make([0.0, 1.0], [0.0, 2.0], 0.1, 3))
    assert settings.keys() - {"start"} <= as_the_page_has_it(record).keys()
    in_the_browser(scripts, as_the_page_has_it(record))


def test_the_script_puts_one_name_into_the_page(scripts: v8.Scripts) -> None:
    source = SCRIPT.read_text(encoding="utf-8")
    unindented = [line for line in source.splitlines() if line and line[0] not in " /*\"'"]
    assert unindented == ["const descent = (() => {", "})();"]


def test_the_script_is_small_on_the_wire() -> None:
    assert len(gzip.compress(SCRIPT.read_bytes())) <= 2500
