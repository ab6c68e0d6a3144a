"""New files of an author's, made of the templates in ``start/``; nothing is written over, or through a link."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from generator.faults import Fault, Faults
from generator.files import misnamed
from generator.project import Project
from generator.templating import environment

ALREADY_THERE = "there is one already, and nothing is written over"
HELP = "give the new one another name, or move this away"


def begins_in_english(project: Project, template: str) -> str:
    """A note where `begun_with` takes the English one for a course in another language; else nothing."""
    language = project.language
    if language == "en" or project.template_layers.folder(f"{language}/start").file(template).is_file():
        return ""
    own = project.templates / language / "start" / template
    return f"note: it begins in English; a {own} of yours would be what each begins with"


def begun_with(project: Project, template: str, /, **values: Any) -> str:
    """What the template of this name comes to: that of the language at the top, or else the English one."""
    layers = project.template_layers
    folders = [folder for language in (project.language, "en") for folder in layers.folder(f"{language}/start").folders]
    made = environment(jinja2.FileSystemLoader(folders)).get_template(template)
    return made.render({**values, "open": "[="})


def write_new(root: Path, files: Mapping[Path, str | bytes]) -> None:
    """Write them all below the root; the folders that they need are made.

    Raises `Fault` or `Faults`, and writes none, where something lies in the place of one, or where one has a name that
    no project may have.
    """
    faults = [fault for path in files if (fault := misnamed(path))]
    faults += [Fault(ALREADY_THERE, file=path, help=HELP) for path in files if os.path.lexists(path)]
    folders = {folder for path in files for folder in path.parents if folder != root and folder.is_relative_to(root)}
    faults += [
        Fault("a link, or no folder, and a new file is to lie in it", file=folder, help="put a folder in its place")
        for folder in sorted(folders)
        if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir())
    ]
    if faults:
        raise faults[0] if len(faults) == 1 else Faults(faults)
    written: list[Path] = []
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:  # x: whatever has come there meanwhile stays
                written.append(path)
                file.write(content.encode() if isinstance(content, str) else content)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def name_like(text: str) -> str:
    """The nearest name that an address may have: `Größe in m²` is called groesse-in-m2. Empty where nothing is left."""
    for letter, spelt in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = unicodedata.normalize("NFC", text.lower()).replace(letter, spelt)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.removesuffix(".toml").removesuffix(".md"))[:64].strip("-")


def no_name(fault: str, name: str) -> Fault:
    """For a name of a scenario or a page that is none."""
    such_as = f", such as {near}" if (near := name_like(name)) else ""
    help = f"name it with a-z, 0-9 and '-' (not at an end), at most 64 characters{such_as}; its title says it in full"
    return Fault(fault, help=help)


def title_of(name: str) -> str:
    """As a heading: `my-own-marks` is called *My own marks*."""
    words = name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]
