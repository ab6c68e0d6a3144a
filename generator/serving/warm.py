"""What every build loads that is not ours, loaded once: processes that are forked from here begin with it.

Of the generator nothing is loaded, so a build takes its code as it is when it begins. Whatever is not there, or does
not load, is left for the build to complain of. One thread: what is forked has no other, and would wait for it.
"""

from __future__ import annotations

import importlib
from contextlib import suppress

MODULES = (
    "torch", "torch.optim", "torch._dynamo",  # the last by the first step of an optimizer
    "matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.font_manager", "matplotlib.mathtext",
    "PIL.GifImagePlugin", "PIL.PngImagePlugin", "imageio.v3",
    "jinja2", "pydantic", "nbformat", "yaml", "latex2mathml.converter",
    "mkdocs.commands.build", "mkdocs.theme", "material.plugins.search.plugin", "pymdownx.superfences",
    "pymdownx.arithmatex", "pygments.lexers",
)  # fmt: skip

LEXERS = ("python", "pycon", "console", "bash", "toml", "yaml", "json", "html", "css", "jinja", "text")

for name in MODULES:
    with suppress(Exception):
        importlib.import_module(name)

for name in LEXERS:
    with suppress(Exception):  # each compiles its expressions when it is first asked for
        importlib.import_module("pygments.lexers").get_lexer_by_name(name)

with suppress(Exception):  # Matplotlib reads its fonts and builds its parsers with the first picture
    figure = importlib.import_module("matplotlib.figure").Figure(figsize=(1, 1))
    figure.add_subplot().set(xlabel=r"$\eta \lambda_+$", yscale="log")
    importlib.import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figure).draw()
