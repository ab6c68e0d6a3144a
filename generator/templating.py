"""How templates are written: ``[= expression =]``, ``[% statement %]``, ``[%# comment #%]``.

Jinja's own brackets collide with TeX, with attribute lists of Markdown, and with nested lists in code.
"""

from __future__ import annotations

import jinja2


def environment(loader: jinja2.BaseLoader) -> jinja2.Environment:
    """What is undefined is an error, and values are put in as they stand: Markdown and code are not HTML."""
    return jinja2.Environment(
        variable_start_string="[=", variable_end_string="=]",
        block_start_string="[%", block_end_string="%]",
        comment_start_string="[%#", comment_end_string="#%]",
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        loader=loader,
    )  # fmt: skip
