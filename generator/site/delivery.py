"""Files handed over into a folder of somebody's, which may hold others: none of theirs is lost."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from generator.faults import Fault, Faults
from generator.files import contents, write
from generator.site import mark

LIST = ".frame-by-frame.render"  # what was handed over into this folder, and of each the sha256 that it may have
MOST = 2**26  # bytes of the list
SHA256 = re.compile("[0-9a-f]{64}")
HELP = "move it away, or name another folder with --out"


def deliver(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files there, over those of before.

    Raises `Fault` or `Faults`, and writes none, where one of somebody's is in the way; one that was handed over and has
    been changed since is somebody's, too, and so is a link to a folder, and a list that no render has written.
    """
    before = _handed_over(folder)
    places = {place for name in files for place in PurePosixPath(name).parents} - {PurePosixPath(".")}
    faults = [
        Fault("a link, or no folder, and files of a render are to lie in it", file=folder / place, help=HELP)
        for place in sorted(places)
        if os.path.lexists(folder / place) and not mark.is_folder(folder / place)
    ] or [
        Fault("no render has left this file as it is, and one of its name is to come", file=folder / name, help=HELP)
        for name, content in files.items()
        if os.path.lexists(folder / name) and _digest_of(folder / name) not in {*before.get(name, ()), _digest(content)}
    ]
    if faults:
        raise Faults(faults)
    to_come = {name: {_digest(content)} for name, content in files.items()}
    either = {name: digests | before.get(name, set()) for name, digests in to_come.items()}
    # Killed meanwhile, each file is as it was or as it is to be, and the next render may replace it.
    for name, content in {LIST: _list(before | either), **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write(folder / name, content)
    write(folder / LIST, _list(before | to_come))


def _handed_over(folder: Path) -> dict[str, set[str]]:
    if not os.path.lexists(folder / LIST):
        return {}
    try:
        said = json.loads(contents(folder / LIST, MOST))
        listed = {name: {digests} if isinstance(digests, str) else {*digests} for name, digests in said.items()}
        if all(SHA256.fullmatch(digest) for digests in listed.values() for digest in digests):
            return listed
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        pass
    raise Fault("no list that a render has left, and one of its name is to come", file=folder / LIST, help=HELP)


def _list(handed_over: Mapping[str, set[str]]) -> bytes:
    return json.dumps({name: sorted(digests) for name, digests in handed_over.items()}, indent=0).encode()


def _digest_of(path: Path) -> str:
    """Of a file; of what is none, a word that is no digest."""
    if path.is_symlink() or not path.is_file():
        return "none"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
