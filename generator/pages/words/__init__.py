"""Every word that the generator itself says, one module a language, and how numbers are written.

A language is a module here with the same names as `generator.pages.words.en`; `words("en")` gives it.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from generator.faults import Fault

LANGUAGES = ("en",)


def words(language: str) -> ModuleType:
    """The module of words for a language. Raises `Fault` where there is none."""
    if language not in LANGUAGES:
        raise Fault(
            f"the generator has no words for the language {language!r}",
            file=Path(__file__).parent,
            help=f"write {language}.py there, with the names of en.py, and add it to LANGUAGES in __init__.py",
        )
    return importlib.import_module(f"generator.pages.words.{language}")
