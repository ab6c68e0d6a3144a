"""What a reader takes home prints the page's numbers, needs PyTorch and Matplotlib alone, and shows the line move."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import torch
from nbclient import NotebookClient

from generator.faults import Fault
from generator.making import takehome
from generator.runs.analysis import Run
from generator.scenario.reading import load
from tests.runs import HAS_AVX, record, trained
from tests.tiny import REPOSITORY

TEMPLATE = (REPOSITORY / "templates" / "en" / "train.py").read_text(encoding="utf-8")

# Kinds of data, transforms, losses, number types, stopping rules and ways to descend, a few of each at a time.
MADE_UP = {
    "points-centred-summed-double": """
        expect = "converges"
        [title]
        en = 'Quotes " and \\ and # %% marks'
        [data]
        source = "points"
        x = [1.0, 2.0, 4.0, 7.0, 8.0, 8.5, 9.0, 10.0, 11.0]
        y = [2.0, 3.0, 5.5, 7.0, 8.0, 9.5, 9.0, 11.0, 1e1]
        [input]
        center = true
        [training]
        learning_rate = 0.005
        epochs = 100
        start = { w = 0.0, b = 1e-3 }
        loss = "sum"
        dtype = "float64"
        [stop]
        gradient_norm = 1e-3
    """,
    "csv-standardised-halved": """
        expect = "converges"
        [title]
        en = "From a file"
        [data]
        source = "csv"
        file = "own.csv"
        x = "hours"
        y = "marks"
        [input]
        standardize = true
        [training]
        learning_rate = 0.3
        epochs = 400
        start = { w = 0.0, b = 0.0 }
        loss = "half"
        [stop]
        loss_change = 1e-4
    """,
    "momentum-decay-minibatches": """
        expect = "converges"
        [title]
        en = "All at once"
        [data]
        source = "synthetic"
        seed = 7
        count = 12
        weight = 2.0
        bias = 1.0
        noise = 0.1
        low = 0
        high = 20
        [input]
        scale = 0.1
        [training]
        learning_rate = 0.05
        epochs = 40
        start = { w = 0.0, b = 0.0 }
        momentum = 0.5
        decay = 0.01
        batch_size = 5
    """,
    "target-standardised-half-summed-drawn": """
        expect = "converges"
        [title]
        en = "There and back"
        [data]
        source = "points"
        x = [1.0, 2.0, 4.0, 7.0, 8.0, 8.5]
        y = [2e6, 3e6, 5.5e6, 7e6, 8e6, 9.5e6]
        [input]
        standardize = true
        [target]
        standardize = true
        [training]
        learning_rate = 0.05
        epochs = 100
        start = { seed = 7 }
        loss = "half_sum"
    """,
    "target-scaled-uniform-in-order-double": """
        expect = "crawls"
        [title]
        en = "One after the other"
        [data]
        source = "synthetic"
        x = "uniform"
        seed = 7
        count = 12
        weight = 2.0
        bias = 1.0
        noise = 0.1
        low = -0.5
        high = 1.5
        [target]
        scale = 0.25
        [training]
        learning_rate = 0.05
        epochs = 40
        start = { seed = 3 }
        batch_size = 1
        batch_order = "given"
        dtype = "float64"
    """,
    "target-half-summed-in-order-with-momentum-decaying": """
        expect = "crawls"
        [title]
        en = "All at once"
        [data]
        source = "synthetic"
        x = "uniform"
        seed = 11
        count = 13
        weight = -2.0
        bias = 40.0
        noise = 0.5
        low = -1
        high = 3
        [input]
        scale = 0.3
        [target]
        center = true
        scale = 0.1
        [training]
        learning_rate = 0.01
        epochs = 40
        start = { seed = 0 }
        loss = "half_sum"
        momentum = 0.5
        decay = 0.01
        batch_size = 5
        batch_order = "given"
    """,
    "target-centred-in-order": """
        expect = "crawls"
        [title]
        en = "Centred"
        [data]
        source = "csv"
        file = "own.csv"
        x = "hours"
        y = "marks"
        [target]
        center = true
        [training]
        learning_rate = 0.02
        epochs = 30
        start = { w = 0.1, b = 0.0 }
        batch_size = 3
        batch_order = "given"
    """,
    "already-there": """
        expect = "converges"
        [title]
        en = "Nothing to do"
        [data]
        source = "points"
        x = [0.0, 1.0]
        y = [1.0, 2.0]
        [training]
        learning_rate = 0.1
        epochs = 10
        start = { w = 1.0, b = 1.0 }
        [stop]
        gradient_norm = 1.0
    """,
}


def made_up(name: str, folder: Path) -> Run:
    (folder / "own.csv").write_text("hours,marks\n1,10\n2,12\n3,17\n5,20\n", encoding="utf-8")
    path = folder / f"{name}.toml"
    path.write_text(MADE_UP[name], encoding="utf-8")
    return trained(load(path))


def rows(printed: str) -> dict[int, list[float]]:
    """The table of a program's output: by epoch the loss, w, b, and the gradient."""
    lines = (re.fullmatch(r" *(\d+)  (\S+) +\[(.+)\] +\[(.+)\]", line) for line in printed.splitlines())
    return {
        int(found[1]): [float(found[2]), *map(float, f"{found[3]}, {found[4]}".split(", "))] for found in lines if found
    }


def assert_same_table(printed: str, record: Run) -> None:
    table = rows(printed)
    assert list(table) == record.table_epochs
    for epoch, numbers in table.items():
        wanted = [record.loss_at(epoch), *record.params_after(epoch), *record.gradient_at(epoch)]
        assert [repr(number) for number in numbers] == [repr(number) for number in wanted]
    w, b = record.final_parameters
    ending = f"After {record.epochs_run} epochs: w = {w}, b = {b}, loss = {record.final_loss}"
    assert ending in printed


RUNNER = """
import json, runpy, sys
sys.modules["generator"] = None  # an editable install would be found
import matplotlib.pyplot as plt
pause, heights = plt.pause, []
def looked_at(seconds):
    heights.append(plt.gca().lines[1].get_ydata()[-1:])
    pause(seconds)
plt.pause = looked_at
left = runpy.run_path(sys.argv[1], run_name="__main__")
print(json.dumps([str(float(at)) for height in heights for at in height]), file=sys.stderr)
"""


def carried_out(script: str, folder: Path, **environment: str) -> tuple[str, list[float]]:
    """Run in a process that knows nothing of this repository: what it prints, and where the line's end was seen."""
    path = folder / "train.py"
    path.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUNNER, str(path)],
        cwd=folder, env={"MPLBACKEND": "Agg", "MPLCONFIGDIR": str(folder), **environment},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, [float(height) for height in json.loads(done.stderr.splitlines()[-1])]


def in_this_process(script: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the script prints; nothing is drawn, which is what takes the time."""
    import matplotlib.pyplot as plt

    monkeypatch.setattr(plt, "pause", lambda seconds: None)
    before = plt.get_backend()
    plt.switch_backend("template")  # it draws nothing
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(script, "train.py", "exec"), {"__name__": "__main__"})
    plt.close("all")
    plt.switch_backend(before)
    return printed.getvalue()


@pytest.mark.parametrize("name", MADE_UP)
def test_a_script_prints_its_runs_numbers(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = made_up(name, tmp_path)
    before = torch.random.get_rng_state()
    printed = in_this_process(takehome.script(record, TEMPLATE), monkeypatch)
    assert_same_table(printed, record)
    assert torch.equal(torch.random.get_rng_state(), before)
    weight, bias = record.in_original_units(record.final_parameters)
    taken_back = {True: f" given: w = {weight}, b = {bias}\n", False: "loss = "}[record.is_target_transformed]
    if record.scenario.names_in("en").are_given:  # those of a file's columns
        taken_back = f"marks = {weight} × hours + {bias}\n"
    assert taken_back in printed.splitlines(keepends=True)[-1]


@pytest.mark.parametrize("name", [name for name in MADE_UP if name.startswith("target")])
def test_a_script_of_a_run_with_its_own_ways_runs_by_itself(name: str, tmp_path: Path) -> None:
    record = made_up(name, tmp_path)
    printed, _ = carried_out(takehome.script(record, TEMPLATE), tmp_path)
    assert_same_table(printed, record)


@pytest.mark.parametrize("name", MADE_UP)
def test_the_notebooks_code_is_the_scripts_but_for_how_it_draws(name: str, tmp_path: Path) -> None:
    record = made_up(name, tmp_path)
    cells = json.loads(takehome.notebook(record, TEMPLATE))["cells"]
    *code, _ = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    script = takehome.script(record, TEMPLATE)
    assert all(cell in script for cell in code[1:])  # the first imports what draws


def test_the_script_of_the_explosion_runs_by_itself_and_prints_the_digits_of_the_source(tmp_path: Path) -> None:
    printed, _ = carried_out(takehome.script(record("rate-too-large"), TEMPLATE), tmp_path)
    assert_same_table(printed, record("rate-too-large"))
    of_the_source = {10: "9.902059470433812e+17", 20: "3.3471030602793666e+35", 30: "inf", 50: "nan"}
    losses = {epoch: loss for epoch, (loss, *_) in rows(printed).items() if epoch in of_the_source}
    if HAS_AVX:
        assert {epoch: repr(loss) for epoch, loss in losses.items()} == of_the_source
    assert [*losses.values()] == pytest.approx([*map(float, of_the_source.values())], rel=1e-5, nan_ok=True)


@pytest.mark.parametrize("capability", ["default", "avx2"])
def test_a_script_says_where_its_digits_may_differ_from_the_pages(tmp_path: Path, capability: str) -> None:
    """To five digits they hold everywhere: these points are drawn by the vector unit, where there is one."""
    text = MADE_UP["momentum-decay-minibatches"].replace("count = 12", "count = 40")
    path = tmp_path / "many.toml"
    path.write_text(text, encoding="utf-8")
    record = trained(load(path))
    printed, _ = carried_out(takehome.script(record, TEMPLATE), tmp_path, ATEN_CPU_CAPABILITY=capability)
    if HAS_AVX:
        assert ("compare the first five digits" in printed) == (capability == "default")
    table = rows(printed)
    assert list(table) == record.table_epochs
    for epoch, (loss, w, b, *_) in table.items():
        assert [loss, w, b] == pytest.approx([record.loss_at(epoch), *record.params_after(epoch)], rel=1e-5)


def test_a_script_moves_one_line_to_where_the_run_ends_and_then_ends_itself(tmp_path: Path) -> None:
    record = made_up("momentum-decay-minibatches", tmp_path)
    printed, heights = carried_out(takehome.script(record, TEMPLATE), tmp_path)
    assert_same_table(printed, record)
    assert len(set(heights)) > 20
    w, b = record.final_parameters
    margin = 0.05 * (record.x.max() - record.x.min())
    assert heights[-1] == pytest.approx(w * (record.x.max() + margin) + b, rel=1e-5)


def assert_imports_pytorch_and_matplotlib_and_nothing_else(script: str) -> None:
    tree = ast.parse(script)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    packages = {name.split(".")[0] for name in imported}
    assert packages - sys.stdlib_module_names == {"torch", "matplotlib"}


@pytest.mark.parametrize("name", MADE_UP)
def test_a_script_imports_pytorch_and_matplotlib_and_nothing_else(name: str, tmp_path: Path) -> None:
    assert_imports_pytorch_and_matplotlib_and_nothing_else(takehome.script(made_up(name, tmp_path), TEMPLATE))


@pytest.mark.xdist_group("notebook")
def test_the_notebook_runs_in_a_kernel_and_shows_the_same_numbers_and_a_figure(tmp_path: Path) -> None:
    record = made_up("points-centred-summed-double", tmp_path)
    notebook = nbformat.reads(takehome.notebook(record, TEMPLATE), as_version=4)
    nbformat.validate(notebook)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert_same_table("".join(output.text for output in outputs if output.output_type == "stream"), record)
    figures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(figures) == 1, "one figure, redrawn in place"


@pytest.mark.parametrize("in_a_notebook", [False, True])
def test_a_script_or_a_cell_that_is_no_python_is_not_handed_out(in_a_notebook: bool, tmp_path: Path) -> None:
    """And the line of the template is named that it comes from; what only this run shows is not known before."""
    done = made_up("points-centred-summed-double", tmp_path)
    here = f"notebook == {in_a_notebook} and epochs == {done.scenario.training.epochs}"
    wrong = f"# %%\nx = 1\n[% if {here} %]\ny ==\n[% endif %]\n"
    with pytest.raises(Fault, match="no Python") as refusal:
        takehome.files(done, wrong, "en")
    assert refusal.value.line == 4
    assert takehome.wrong_template(wrong, Path("train.py")) is None


def test_a_notebook_may_have_commands_of_its_own(tmp_path: Path) -> None:
    template = "# %%\n%pip install torch\nif True:\n    !ls\n# %%\n%%bash\nls (\n# %%\nx = (5\n    % 3)\n"
    in_both = f"[% if notebook %]\n{template}[% else %]\nx = 1\n[% endif %]\n"
    assert takehome.wrong_template(in_both, Path("train.py")) is None


def test_every_code_cell_of_the_notebook_follows_a_sentence_that_explains_it(tmp_path: Path) -> None:
    notebook = json.loads(takehome.notebook(made_up("momentum-decay-minibatches", tmp_path), TEMPLATE))
    kinds = [cell["cell_type"] for cell in notebook["cells"]]
    assert kinds == ["markdown", "code"] * (len(kinds) // 2)
    assert all("".join(cell["source"]).strip() for cell in notebook["cells"])


def test_after_the_first_script_no_source_is_parsed_and_no_template_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of scripts and notebooks then cost milliseconds each, on any machine."""
    plain = [record(id) for id in ("rate-too-large", "scaled-input", "one-step", "double-precision")]
    first = [takehome.files(done, TEMPLATE, "en") for done in plain]

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("this was done before")

    monkeypatch.setattr(ast, "parse", refuse)
    monkeypatch.setattr(takehome, "environment", refuse)
    assert [takehome.files(done, TEMPLATE, "en") for done in plain] == first
