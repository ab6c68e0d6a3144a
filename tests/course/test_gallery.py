"""The gallery: every run of the course once, under how it ended, from a cautious rate to a bold one."""

from __future__ import annotations

import re
from itertools import pairwise

from tests.course.test_front_page import curvatures
from tests.course.there import SCENARIOS, record

CARD = re.compile(r"\]\(([\w-]+)/index\.md\)\{ \.gd-card \}")

# --- scenarios/index.md -----------------------------------------------------------------------------------------------


def sections(page: str) -> dict[str, list[str]]:
    """The runs under each heading, by its anchor."""
    parts = re.split(r"^##+ .*\{ #([\w-]+) \}$", page, flags=re.MULTILINE)[1:]
    return {anchor: CARD.findall(text) for anchor, text in zip(parts[::2], parts[1::2], strict=True)}


def test_every_run_stands_once_under_the_ending_that_it_had(course: dict[str, str]) -> None:
    found = sections(course["scenarios/index.md"])
    assert sorted(id for ids in found.values() for id in ids) == sorted(SCENARIOS)
    for anchor, ids in found.items():
        assert {record(id).verdict for id in ids} <= {anchor.partition("-")[0]}, anchor


def test_links_at_the_top_lead_to_each_ending_and_count_its_runs(course: dict[str, str]) -> None:
    page = course["scenarios/index.md"]
    told = re.findall(r'<a href="#(\w+)"><span class="gd-verdict" data-verdict="(\w+)">\w+</span> (\d+)</a>', page)
    found = sections(page)
    for anchor, verdict, count in told:
        assert anchor == verdict
        assert int(count) == sum(len(ids) for name, ids in found.items() if name.partition("-")[0] == anchor)
    assert [anchor for anchor, *_ in told] == list(dict.fromkeys(name.partition("-")[0] for name in found))


def test_in_each_group_rates_go_from_the_smallest_share_of_the_limit_to_the_largest(course: dict[str, str]) -> None:
    for anchor, ids in sections(course["scenarios/index.md"]).items():
        shares = []
        for run in (record(id) for id in ids if record(id).prediction):
            training = run.scenario.training
            factor = {"mean": 1, "sum": len(run.x), "half": 0.5, "half_sum": len(run.x) / 2}[training.loss]
            steepest = factor * curvatures(run.x)[1]
            shares.append(run.learning_rate * steepest / (2 + 2 * (training.momentum or 0)))
        assert all(before <= after * (1 + 1e-9) for before, after in pairwise(shares)), anchor
