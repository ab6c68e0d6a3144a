"""Every benchmark of this folder, one figure a line: ``python -m tests.benchmarks [name …]``.

A benchmark is a module with `figures()`, which yields names and values. Peers run in the same process.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

names = sys.argv[1:] or sorted(file.stem for file in Path(__file__).parent.glob("[!_]*.py"))
for name in names:
    for figure, value in importlib.import_module(f"tests.benchmarks.{name}").figures():
        print(f"{figure}: {value}" if isinstance(value, str) else f"{figure}: {value:.3g}", flush=True)
