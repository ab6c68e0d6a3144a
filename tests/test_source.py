"""Source that is shown or taken along is the source that runs."""

from __future__ import annotations

import inspect

import pytest

from generator.descent import loops, points, regression
from generator.faults import Fault
from generator.making import source


def test_a_listing_is_the_source_that_runs_decorators_included() -> None:
    assert source.listing("grad_fn") == inspect.getsource(regression.grad_fn).rstrip()
    assert source.listing("Trajectory", module="descent.loops") == inspect.getsource(loops.Trajectory).rstrip()


def test_a_listing_of_several_keeps_the_order_that_was_asked_for() -> None:
    text = source.listing("loss_fn", "model")
    assert text.index("def loss_fn") < text.index("def model")


def test_a_misspelt_name_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(Fault, match="no 'los_fn'") as refusal:
        source.listing("los_fn")
    assert refusal.value.help == "did you mean 'loss_fn'?"


def test_what_a_function_needs_is_found_through_modules_and_put_before_it() -> None:
    names = [definition.name for definition in source.needed(("descent.loops", "descend"))]
    assert set(names) > {"model", "loss_fn", "grad_fn", "dloss_fn", "Trajectory", "StoppingRules", "StoppedBy"}
    assert "descend_together" not in names
    assert names.index("StoppedBy") < names.index("Trajectory") < names.index("descend")


def test_what_is_needed_can_be_run_by_itself() -> None:
    code = source.needed(("descent.points", "transform"))
    namespace: dict[str, object] = {}
    exec("\n".join([*source.imports(code), *(definition.text for definition in code)]), namespace)
    x = regression.torch.tensor([1.0, 2.0, 6.0])
    theirs = namespace["transform"](x, standardize=True)  # type: ignore[operator]
    ours = points.transform(x, standardize=True)
    assert theirs[0].tolist() == ours[0].tolist()
    assert theirs[1:] == ours[1:]
