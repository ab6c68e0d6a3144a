"""What a processor can do is in the key of every run, and PyTorch is asked for it once."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from generator.figures.catalogue import Request
from generator.making import arithmetic, products
from generator.scenario.reading import load
from tests import tiny
from tests.runs import HAS_AVX

CPUINFO = """\
processor\t: 0
cpu MHz\t\t: 2400.000
flags\t\t: fpu sse2 avx avx2
bugs\t\t: spectre_v1

processor\t: 1
cpu MHz\t\t: 2400.000
flags\t\t: fpu sse2 avx avx2
"""


class Asked:
    """Stands for PyTorch: says what it is told to, and counts how often."""

    def __init__(self) -> None:
        self.says, self.times = "AVX2", 0

    def __call__(self) -> str:
        self.times += 1
        return self.says


@pytest.fixture
def pytorch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    """On a processor of two equal cores."""
    asked = Asked()
    (tmp_path / "cpuinfo").write_text(CPUINFO)
    monkeypatch.setattr(arithmetic, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(arithmetic, "_asked", asked)
    for name in (arithmetic.CHOSEN_FOR_PYTORCH, *arithmetic.CHOSEN_FOR_ITS_LIBRARIES):
        monkeypatch.delenv(name, raising=False)
    return asked


def test_on_the_same_processor_it_is_asked_once(pytorch: Asked, tmp_path: Path) -> None:
    folder = tmp_path / "not yet there"
    assert [arithmetic.remembered(folder) for _ in range(3)] == ["AVX2"] * 3
    assert pytorch.times == 1
    assert [path.name for path in folder.iterdir()] == [arithmetic.MEMORY], "nothing half-written"


@pytest.mark.parametrize(
    ("before", "after", "times"),
    [
        ("avx avx2\nbugs", "avx avx2 avx512f\nbugs", 2),  # of one core
        ("fpu sse2", "fpu", 2),
        ("2400", "1800", 1),  # which says nothing of what it can do
        ("flags", "Features", 2),  # of another kind of processor
    ],
)
def test_it_is_asked_anew_where_the_processor_can_do_something_else(
    pytorch: Asked, tmp_path: Path, before: str, after: str, times: int
) -> None:
    arithmetic.remembered(tmp_path)
    (tmp_path / "cpuinfo").write_text(CPUINFO.replace(before, after))
    pytorch.says = "AVX512"
    assert arithmetic.remembered(tmp_path) == ("AVX512" if times == 2 else "AVX2")
    arithmetic.remembered(tmp_path)
    assert pytorch.times == times


@pytest.mark.parametrize("name", [arithmetic.CHOSEN_FOR_PYTORCH, *arithmetic.CHOSEN_FOR_ITS_LIBRARIES])
def test_it_is_asked_anew_where_somebody_chose_for_it(
    pytorch: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    by_itself = arithmetic.remembered(tmp_path)
    monkeypatch.setenv(name, "avx2")
    chosen = arithmetic.remembered(tmp_path)
    assert pytorch.times == 2
    # The choice for PyTorch shows in what it answers; one for a library that it calls does not.
    assert (chosen == by_itself) == (name == "ATEN_CPU_CAPABILITY")
    assert chosen in (by_itself, f"{by_itself} {name}=avx2")


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda content: content[:-9],
    "another answer": lambda content: content.replace(b"AVX2", b"AVX9"),
    "no text": lambda _: b"\xff\xfe",
    "a list": lambda _: b'["AVX2"]',
    "a number": lambda _: b"7",
    "another shape": lambda _: b'{"arithmetic": {"AVX2": 1}}',
    "no seal": lambda content: json.dumps({**json.loads(content), "seal": None}).encode(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_memory_is_no_memory_and_is_put_right(pytorch: Asked, tmp_path: Path, damage: str) -> None:
    arithmetic.remembered(tmp_path)
    memory = tmp_path / arithmetic.MEMORY
    intact = memory.read_bytes()
    memory.write_bytes(DAMAGES[damage](intact))
    assert memory.read_bytes() != intact
    assert arithmetic.remembered(tmp_path) == "AVX2"
    assert pytorch.times == 2
    assert memory.read_bytes() == intact


@pytest.mark.usefixtures("no_hang")
@pytest.mark.parametrize("kind", ["pipe", "zero", "deep"])
def test_what_is_no_memory_of_ours_is_not_read(pytorch: Asked, tmp_path: Path, kind: str) -> None:
    memory = tmp_path / arithmetic.MEMORY
    if kind == "pipe":
        os.mkfifo(memory)
    elif kind == "zero":
        memory.symlink_to("/dev/zero")
    else:
        memory.write_text("[" * 100_000)
    assert [arithmetic.remembered(tmp_path) for _ in range(2)] == ["AVX2"] * 2
    assert pytorch.times == 1


def test_where_nothing_can_be_kept_it_is_asked_each_time(pytorch: Asked, tmp_path: Path) -> None:
    file = tmp_path / "no folder"
    file.write_text("")
    assert [arithmetic.remembered(file) for _ in range(2)] == ["AVX2"] * 2
    assert pytorch.times == 2


def test_a_system_that_lists_no_flags_remembers_by_the_processor_and_the_computer(
    pytorch: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """macOS and Windows have no such list; a folder may move from one computer to another all the same."""
    (tmp_path / "cpuinfo").unlink()
    monkeypatch.setattr(platform, "processor", lambda: "arm")
    monkeypatch.setattr(platform, "node", lambda: "the old one")
    arithmetic.remembered(tmp_path)
    arithmetic.remembered(tmp_path)
    assert pytorch.times == 1
    monkeypatch.setattr(platform, "node", lambda: "the new one")
    arithmetic.remembered(tmp_path)
    assert pytorch.times == 2
    monkeypatch.setattr(platform, "processor", lambda: "")  # some systems do not know
    arithmetic.remembered(tmp_path)
    assert pytorch.times == 3


REMEMBERED = """
import sys
from pathlib import Path
from generator.making import arithmetic
print(arithmetic.remembered(Path(sys.argv[1])), "torch" in sys.modules)
"""


def said(folder: Path, **chosen: str) -> list[str]:
    """What is remembered in a process of its own, and whether it loaded PyTorch."""
    command = [sys.executable, "-c", REMEMBERED, str(folder)]
    environment = {name: value for name, value in os.environ.items() if name != "ATEN_CPU_CAPABILITY"} | chosen
    done = subprocess.run(
        command, cwd=tiny.REPOSITORY, env=environment, capture_output=True, text=True, check=True
    )  # fmt: skip
    return done.stdout.split()


def test_the_answer_is_that_of_pytorch_which_is_loaded_for_it_once(tmp_path: Path) -> None:
    assert said(tmp_path, ATEN_CPU_CAPABILITY="default") == ["DEFAULT", "True"]
    assert said(tmp_path, ATEN_CPU_CAPABILITY="default") == ["DEFAULT", "False"]
    if "ATEN_CPU_CAPABILITY" not in os.environ:
        assert said(tmp_path) == [torch.backends.cpu.get_cpu_capability(), "True"]


# --- In keys, and in a build -----------------------------------------------------------------------------------


def test_other_arithmetic_is_in_the_key_of_what_pytorch_computes_and_of_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text(tiny.scenario())
    scenario = load(path)
    for name in products.COMPUTATIONS:
        assert products.computation_key(name, scenario, "AVX2") != products.computation_key(name, scenario, "DEFAULT")
    fit = Request("fit", ("tiny",))
    assert products.picture_key(fit, {"tiny": scenario}, ["a"]) != products.picture_key(fit, {"tiny": scenario}, ["b"])
    assert products.plain_files_key(scenario, "", "en", "a") != products.plain_files_key(scenario, "", "en", "b")


def made(project: Path, **chosen: str) -> set[str]:
    """What a build makes."""
    done = tiny.generator(project, "stage", "--jobs", "1", **chosen)
    assert done.returncode == 0, done.stderr
    return {task["name"] for task in json.loads((project / "build/timings.json").read_text())["tasks"]}


@pytest.mark.skipif(not HAS_AVX, reason="PyTorch has one kind of kernels for this processor")
def test_where_the_arithmetic_changes_runs_are_trained_again_and_nothing_else_is_made(tmp_path: Path) -> None:
    """These runs have three points, of which every kernel makes the same: so the pictures are those of before."""
    project = tiny.copy_of_built(tmp_path / "copy")
    assert made(project, ATEN_CPU_CAPABILITY="default") == {"tiny", "dropped-in"}
    assert made(project, ATEN_CPU_CAPABILITY="default") == set()
    assert made(project) == set(), "what was made before is still there"


# More than fifteen drawn points are drawn by the vector unit, which rounds otherwise than plain arithmetic.
MANY = 'source = "synthetic"\nseed = 7\ncount = 40\nweight = 2.0\nbias = 1.0\nnoise = 0.5\nlow = 0\nhigh = 2'


@pytest.mark.skipif(not HAS_AVX, reason="PyTorch has one kind of kernels for this processor")
def test_a_run_that_comes_out_otherwise_has_its_pictures_and_files_made_anew(tmp_path: Path) -> None:
    project = tiny.copy_of_built(tmp_path / "copy")
    scenario = project / "docs/scenarios/tiny.toml"
    scenario.write_text(scenario.read_text().replace(tiny.POINTS, MANY))
    everything = {"tiny", "fit of tiny", "filmstrip of tiny", "files of tiny"}
    assert made(project) == everything
    assert made(project, ATEN_CPU_CAPABILITY="default") == everything | {"dropped-in"}


# --- In words --------------------------------------------------------------------------------------------------

PROMISE = re.compile(r"digit\s+for\s+digit|every\s+digit|same\s+(?:#\s+)?to\s+the\s+last\s+digit")
SAID = [
    path
    for folder in ("docs", "templates")
    for path in sorted((tiny.REPOSITORY / folder).rglob("*"))
    if path.suffix in (".md", ".py", ".toml", ".txt")
] + [tiny.REPOSITORY / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]


def test_digits_are_promised_nowhere_without_saying_where() -> None:
    paragraphs = [(path, text) for path in SAID for text in re.split(r"\n\s*\n|\n(?=- )", path.read_text("utf-8"))]
    promises = [(path.name, text) for path, text in paragraphs if PROMISE.search(text)]
    assert {"scenario.md", "train.py"} <= {name for name, _ in promises}
    assert [promise for promise in promises if "AVX2" not in promise[1]] == []
