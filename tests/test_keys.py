"""A key changes with all that can change a product: nothing that code uses may be missing from its digest."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator.making import keys, products
from tests import tiny


def test_keys_differ_when_any_part_differs() -> None:
    key = keys.key
    assert len({key(a="x", b="y"), key(a="y", b="x"), key(a="xy", b=""), key(a="x")}) == 4


RUN, LADDER = "descent.train", "descent.three_ways"
PICTURES, FILES = "figures.drawing", "making.takehome"


# Python looks for modules in the folder it is started in first, and then where this says.
PLAIN = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def digests(code: Path, *names: str) -> dict[str, str]:
    """What `code_of` says of each name, of the generator that lies in this folder."""
    program = (
        "import json, sys; from generator.making.keys import code_of\n"
        "print(json.dumps({name: code_of(name) for name in sys.argv[1:]}))"
    )
    command = [sys.executable, "-c", program, *names]
    done = subprocess.run(command, cwd=code, env=PLAIN, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("edited", "changed"),
    [
        ("descent/regression.py", {RUN, LADDER}),  # by way of others
        ("descent/three_ways.py", {LADDER}),
        ("runs/theory.py", {PICTURES, FILES}),  # what it says is said of numbers that stay
        ("figures/palette.py", {PICTURES}),
        ("figures/kinds/cobweb.py", {PICTURES}),
        ("figures/style.py", {PICTURES}),
        ("making/takehome.py", {FILES}),
        ("figures/fonts/inter-regular.ttf", {PICTURES}),  # no code at all
        ("runs/__init__.py", {RUN, LADDER, PICTURES, FILES}),  # of a package that Python loads on the way
        ("pages/rendering.py", set()),
        ("site/links.py", set()),
        ("figures/kinds/.fit.py.swp", set()),  # that an editor keeps
        ("faults.py", {RUN, LADDER, PICTURES, FILES}),
    ],
)
def test_a_digest_changes_with_the_files_it_is_of_and_no_others(tmp_path: Path, edited: str, changed: set[str]) -> None:
    names = (RUN, LADDER, PICTURES, FILES)
    shutil.copytree(keys.SOURCE, tmp_path / "generator", ignore=shutil.ignore_patterns("__pycache__"))
    before = digests(tmp_path, *names)
    with (tmp_path / "generator" / edited).open("ab") as file:
        file.write(b"\n")
    after = digests(tmp_path, *names)
    assert {name for name in names if before[name] != after[name]} == changed


PRODUCTS = """
import json, sys
from pathlib import Path
from generator.figures.catalogue import Request
from generator.making import products
from generator.scenario.reading import load
scenario = load(Path(sys.argv[1]))
print(json.dumps({
    **{name: products.computation_key(name, scenario, "AVX2") for name in products.COMPUTATIONS},
    "picture": products.picture_key(Request("fit", ("tiny",)), {"tiny": scenario}, ["of its run"]),
    "plain files": products.plain_files_key(scenario, "", "en", "of its run"),
    "card": products.card_key("of its picture"),
}))
"""


def test_how_products_are_packed_is_in_the_key_of_each(tmp_path: Path) -> None:
    shutil.copytree(keys.SOURCE, tmp_path / "generator", ignore=shutil.ignore_patterns("__pycache__"))
    scenario = tmp_path / "tiny.toml"
    scenario.write_text(tiny.scenario())
    command = [sys.executable, "-c", PRODUCTS, str(scenario)]

    def keys_now() -> dict[str, str]:
        done = subprocess.run(command, cwd=tmp_path, env=PLAIN, capture_output=True, text=True, check=True)
        return dict(json.loads(done.stdout))

    before = keys_now()
    assert before.keys() == products.MADE_BY.keys()
    with (tmp_path / "generator/making/products.py").open("a") as file:
        file.write("\n# amended\n")
    after = keys_now()
    assert not {*before.items()} & {*after.items()}


# Each does the work in a process of its own, and says which of the generator's files Python read for it.
PROGRAM = """
import json, sys
from pathlib import Path
import generator.making.keys  # which reads every file when it is imported, and none for the work
from generator.scenario.reading import load
scenario = load(Path(sys.argv[1]))  # what it says is in the key, and not who reads it
before, opened = set(sys.modules), set()
sys.addaudithook(lambda event, given: opened.add(str(given[0])) if event == "open" else None)
from generator.descent.train import train
{work}
loaded = (sys.modules[name] for name in set(sys.modules) - before if name.startswith("generator."))
modules = (getattr(module, "__file__", None) for module in loaded)
print(json.dumps(sorted(opened | {{file for file in modules if file}})))
"""
DRAWING = """
from generator.descent.sweeping import sweep
from generator.figures import catalogue, drawing, gif
from generator.runs.analysis import Run
results = {"run": Run.of(train(scenario)), "sweep": sweep(scenario)}
for kind in catalogue.KINDS.values():
    shown = [results[kind.of]] * kind.runs[0]
    gif.encode(drawing.draw(catalogue.Request(kind.name, ("tiny",) * len(shown)), shown))
"""
TAKING_HOME = """
from generator.making import takehome
from generator.runs import published
from generator.runs.analysis import Run
run = Run.of(train(scenario))
takehome.files(run, Path(sys.argv[2]).read_text(), "en")
published.summary(run), published.trajectory_csv(run)
"""
SHARING = """
import io
from PIL import Image
from generator.figures import social
picture = io.BytesIO()
Image.new("RGB", (1440, 810)).save(picture, "png")
social.card(picture.getvalue())
"""
# What does the work of each product. One that is made of results has them in its key, and their makers are in theirs.
WORK = {
    "run": ("train(scenario)", []),
    "sweep": ("from generator.descent.sweeping import sweep; sweep(scenario)", []),
    "ladder": ("from generator.descent.three_ways import climb; climb(scenario)", []),
    "picture": (DRAWING, ["run", "sweep"]),
    "plain files": (TAKING_HOME, ["run"]),
    "card": (SHARING, ["run"]),
}


def test_every_product_has_its_makers() -> None:
    assert products.MADE_BY.keys() == WORK.keys() == {*products.COMPUTATIONS, "picture", "plain files", "card"}


@pytest.mark.parametrize("product", WORK)
def test_a_key_covers_every_file_of_the_generator_that_is_read_to_make_the_product(
    tmp_path: Path, product: str
) -> None:
    """The oracle is Python itself: the modules it has loaded, and the files it has opened, when the work is done."""
    work, made_of = WORK[product]
    modules = [module for name in (product, *made_of) for module in products.MADE_BY[name]]
    scenario = tmp_path / "tiny.toml"
    scenario.write_text(tiny.scenario())
    command = [sys.executable, "-c", PROGRAM.format(work=work), scenario]
    template = tiny.REPOSITORY / "templates/en/train.py"
    done = subprocess.run([*command, template], cwd=tiny.REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    inside = {Path(name).resolve() for name in json.loads(done.stdout.splitlines()[-1])}
    read = {path for path in inside if path.is_relative_to(keys.SOURCE) and path.suffix != ".pyc" and path.is_file()}
    assert len(read) > 5
    assert read <= set(keys.files_of(*modules))
