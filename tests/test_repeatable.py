"""What a page carries of a run for a browser to compute it again, and the digest that says whether it is the same."""

from __future__ import annotations

import json
import math
import re
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.runs.analysis import Run
from generator.runs.repeatable import (
    FACTOR,
    MOST_POINTS,
    MOST_UNASKED,
    digests,
    is_repeatable,
    is_stepped_through,
    repeatable,
)
from generator.scenario.reading import load
from tests.runs import trained_once
from tests.tiny import REPOSITORY

SCENARIOS = sorted((REPOSITORY / "tests/scenarios").glob("*.toml"))


def words(number: float, dtype: str) -> list[int]:
    """The bits, in words of 32, the lower first."""
    if math.isnan(number):
        number = math.nan
    if dtype == "float32":
        return list(struct.unpack("<I", struct.pack("<f", number)))
    return list(struct.unpack("<II", struct.pack("<d", number)))


def slow_digests(run: Run) -> dict[int, int]:
    """One state after the other, as a reader of the definition would."""
    digest, found = 0, {}
    states = zip(run.params.tolist(), run.gradients.tolist(), run.losses.tolist(), strict=True)
    for epoch, (params, gradient, loss) in enumerate(states):
        for number in (*params, *gradient, loss):
            for word in words(number, run.scenario.training.dtype):
                digest = (digest * FACTOR + word) % 2**32
        found[epoch] = digest
    return found


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_a_digest_is_that_of_all_states_up_to_its_epoch(file: Path) -> None:
    run = trained_once(load(file))
    slow = slow_digests(run)
    made = digests(run)
    assert [slow[epoch] for epoch, _ in made] == [digest for _, digest in made]
    assert made[-1][0] == run.epochs_run
    assert [epoch for epoch, _ in made] == sorted({epoch for epoch, _ in made})


@pytest.fixture(scope="module")
def run() -> Run:
    return trained_once(load(REPOSITORY / "tests/scenarios/scaled-best-rate.toml"))


@given(st.integers(0, 40), st.sampled_from(["params", "gradients", "losses"]))
def test_the_last_bit_of_any_number_changes_the_digest(run: Run, state: int, name: str) -> None:
    changed = getattr(run, name).copy()
    changed[state] = np.nextafter(changed[state], np.float32(np.inf))
    other = replace(run, **{name: changed})
    before, after = dict(digests(run)), dict(digests(other))
    assert {epoch for epoch in before if before[epoch] != after[epoch]} == {e for e in before if e >= state}


def test_every_nan_is_the_same(run: Run) -> None:
    kinds = [np.array([bits], dtype=np.uint32).view(np.float32)[0] for bits in (0x7FC00000, 0xFFC00000, 0x7F800001)]
    losses = [run.losses.copy() for _ in kinds]
    for column, kind in zip(losses, kinds, strict=True):
        column[7] = kind
    assert len({tuple(digests(replace(run, losses=column))) for column in losses}) == 1


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_the_numbers_of_a_page_are_those_of_the_run_once_they_are_rounded(file: Path) -> None:
    run = trained_once(load(file))
    made = json.loads(json.dumps(repeatable(run), allow_nan=False))
    for name, numbers in (("x", run.x), ("y", run.y), ("start", run.params[0])):
        assert np.array_equal(np.array(made["run"][name], dtype=numbers.dtype), numbers)
    epoch, _, w, b, loss = made["checkpoints"][-1]
    last = [*run.params[epoch], run.losses[epoch]]
    assert np.array_equal(np.array([float(n) for n in (w, b, loss)], dtype=run.x.dtype), last, equal_nan=True)


def test_of_very_many_points_a_page_carries_none(run: Run) -> None:
    assert is_repeatable(run)
    many = np.zeros(MOST_POINTS + 1, dtype=np.float32)
    assert not is_repeatable(replace(run, x=many, y=many))


def test_a_page_steps_through_what_its_script_computes_unasked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = len(run.x) * run.epochs_run
    assert is_stepped_through(run)
    assert steps < MOST_UNASKED
    monkeypatch.setattr("generator.runs.repeatable.MOST_UNASKED", steps - 1)
    assert not is_stepped_through(run)
    assert is_repeatable(run)
    script = (REPOSITORY / "docs/assets/javascripts/again.js").read_text()
    said = re.search(r"static MOST_UNASKED = (\S+);", script)
    assert said
    assert float(said[1]) == MOST_UNASKED
