"""A key changes with all that can change a product: nothing that code uses may be missing from its digest."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator import keys
from tests import tiny


def test_keys_differ_when_any_part_differs() -> None:
    key = keys.key
    assert len({key(a="x", b="y"), key(a="y", b="x"), key(a="xy", b=""), key(a="x")}) == 4


def digests(code: Path, *names: str) -> dict[str, str]:
    """What `code_of` says of each name, of the generator that lies in this folder."""
    program = (
        "import json, sys; from generator.keys import code_of; print(json.dumps({n: code_of(n) for n in sys.argv[1:]}))"
    )
    done = subprocess.run([sys.executable, "-c", program, *names], cwd=code, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("edited", "changed"),
    [
        ("regression.py", {"run", "ladder"}),  # by way of others
        ("ladder.py", {"ladder"}),
        ("gif.py", {"figures"}),  # imported inside a function
        ("figures/cobweb.py", {"figures"}),  # imported by its name
        ("figures/fonts/inter-regular.ttf", {"figures"}),  # no code at all
        ("words/en.py", set()),
        ("faults.py", {"run", "ladder", "figures", "takehome"}),
    ],
)
def test_a_digest_changes_with_the_files_it_is_of_and_no_others(tmp_path: Path, edited: str, changed: set[str]) -> None:
    names = ("run", "ladder", "figures", "takehome")
    shutil.copytree(keys.SOURCE, tmp_path / "generator", ignore=shutil.ignore_patterns("__pycache__"))
    before = digests(tmp_path, *names)
    with (tmp_path / "generator" / edited).open("ab") as file:
        file.write(b"\n")
    after = digests(tmp_path, *names)
    assert {name for name in names if before[name] != after[name]} == changed


# Each does the work in a process of its own, and says which of the generator's files Python read for it.
PROGRAM = """
import json, sys
import generator.keys  # which reads every file when it is imported, and none for the work
before, opened = set(sys.modules), set()
sys.addaudithook(lambda event, given: opened.add(str(given[0])) if event == "open" else None)
from pathlib import Path
from generator.scenario import load
from generator.run import run, sweep
scenario = load(Path(sys.argv[1]))
{work}
loaded = (sys.modules[name] for name in set(sys.modules) - before if name.startswith("generator."))
modules = (getattr(module, "__file__", None) for module in loaded)
print(json.dumps(sorted(opened | {{file for file in modules if file}})))
"""
PICTURES = """
from generator import figures, gif
results = {"run": run(scenario), "sweep": sweep(scenario)}
for kind in figures.KINDS.values():
    shown = [results[kind.of]] * kind.runs[0]
    gif.encode(figures.draw(figures.Request(kind.name, ("tiny",) * len(shown)), shown))
"""
PLAIN_FILES = "from generator import takehome; takehome.files(run(scenario), Path(sys.argv[2]).read_text(), 'en')"
# What does the work, and the modules whose code is in its key: that of a picture holds those of the results it shows.
WORK = {
    "run": ("run(scenario)", ["run"]),
    "sweep": ("sweep(scenario)", ["run"]),
    "ladder": ("from generator.ladder import climb; climb(scenario)", ["ladder"]),
    "pictures": (PICTURES, ["figures", "run"]),
    "plain files": (PLAIN_FILES, ["takehome", "run"]),
}


@pytest.mark.parametrize("product", WORK)
def test_a_key_covers_every_file_of_the_generator_that_is_read_to_make_the_product(
    tmp_path: Path, product: str
) -> None:
    """The oracle is Python itself: the modules it has loaded, and the files it has opened, when the work is done."""
    work, modules = WORK[product]
    scenario = tmp_path / "tiny.toml"
    scenario.write_text(tiny.scenario())
    command = [sys.executable, "-c", PROGRAM.format(work=work), scenario]
    template = tiny.REPOSITORY / "templates/train.en.py"
    done = subprocess.run([*command, template], cwd=tiny.REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    inside = {Path(name).resolve() for name in json.loads(done.stdout.splitlines()[-1])}
    read = {path for path in inside if path.is_relative_to(keys.SOURCE) and path.suffix != ".pyc" and path.is_file()}
    read -= {keys.SOURCE / "__init__.py"}  # which is empty
    assert len(read) > 5
    assert read <= set(keys.files_of(*modules))
