"""What the generator brings along besides code: its templates, and the assets of its pages."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Literal

# Where each lies in a clone, beside the package; the wheel holds them inside it, under the name itself.
IN_CLONE = {"templates": "templates", "assets": "docs/assets"}


def resource(name: Literal["templates", "assets"]) -> Path:
    """The folder of this name, of the installed package or of the clone that it runs from."""
    package = Path(str(files("generator")))
    inside = package / name
    return inside if inside.is_dir() else package.parent / IN_CLONE[name]
