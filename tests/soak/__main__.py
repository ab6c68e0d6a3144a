"""What takes too long for a test, one figure a line: ``python -m tests.soak [name …]``.

A soak is a module with `figures()`, which yields names and values; it raises when something was lost.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

names = sys.argv[1:] or sorted(file.stem for file in Path(__file__).parent.glob("[!_]*.py"))
for name in names:
    for figure, value in importlib.import_module(f"tests.soak.{name}").figures():
        print(f"{figure}: {value}" if isinstance(value, str) else f"{figure}: {value:.3g}", flush=True)
