"""What every table of a scenario file is: immutable, and strict about its keys and kinds."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """A table of the file: immutable, no unknown keys, and text that looks like a number is none."""

    # What stands under a key is what the reference and an editor say of it.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)
