"""The site as one file to hand out: a zip that works where it is unpacked, in any folder and with no server."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

from generator.faults import Fault, what_helps
from generator.files import BESIDE, DEVICES
from generator.memory import NOTHING, Memory
from generator.project import Project
from generator.site import archive
from generator.site.assembly import assemble
from generator.site.dating import seconds_of
from generator.site.settings import setting
from generator.site.sources import refuse_among
from generator.site.unserved import fit_for_files

HELP = "move it away, or name another file with --output"
MOST_NAMED = 150  # characters of a file's name in the zip: Windows has 259 for that and for where it is unpacked
MOST_TOP = 60


def top_of(project: Project) -> str:
    """The name of the folder in the zip, of the site's name: such as any system can have."""
    plain = unicodedata.normalize("NFKD", setting(project, "site_name")).encode("ascii", "ignore").decode().lower()
    name = "-".join(re.findall("[a-z0-9]+", plain))[:MOST_TOP].strip("-")
    return "course" if not name or DEVICES.fullmatch(name) else name


def refuse(project: Project, target: Path) -> None:
    """Raises `Fault` for a place where the zip cannot lie, or where something would be lost that no export has made."""
    refuse_among(project, target, "the zip", "name another file with --output")
    try:
        if target.is_dir() and not target.is_symlink():
            help = f"name a file in it: --output {target / top_of(project)}.zip"
            raise Fault("this is a folder, and the zip is to be a file", file=target, help=help)
        if os.path.lexists(target) and not archive.is_ours(target):
            raise Fault("no export has left this file as it is, and the zip would replace it", file=target, help=HELP)
        if not (parent := target.absolute().parent).is_dir() or not os.access(parent, os.W_OK):
            help = "make the folder, or name another file with --output"
            raise Fault("no file can be written there", file=target.parent, help=help)
    except OSError as problem:  # such as a name that is too long
        raise Fault(f"no zip can lie here: {problem.strerror}", file=target, help=what_helps(problem)) from None


def hand_out(project: Project, target: Path, say: Callable[[str], None], memory: Memory = NOTHING) -> None:
    """Build every edition of what is staged, fit it for files, and write the zip in one move; ``site/`` stays as it is.

    Raises as `assemble`, and as `refuse`.
    """
    refuse(project, target)
    folder = project.build / "handout"
    shutil.rmtree(folder, ignore_errors=True)  # of an export that was killed
    try:
        assemble(project, folder, memory)
        fit_for_files(folder)
        top = top_of(project)
        for name in archive.names_in(folder):
            if len(name) + len(top) + 1 > MOST_NAMED:
                say(f"{name}: a name of this length may be more than Windows can unpack")
        archive.pack(folder, target, top, seconds_of(project) or 0)
    except OSError as problem:
        named = problem.filename
        place = named if isinstance(named, str) and not BESIDE.fullmatch(Path(named).as_posix()) else target
        fault = f"the zip could not be written: {problem.strerror or problem}"
        raise Fault(fault, file=place, help=what_helps(problem)) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
