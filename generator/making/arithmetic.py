"""What the digits of a run depend on besides its inputs, the code and the versions: what the processor can do.

PyTorch knows which of its kernels it takes, and loading it only to ask takes longer than a build in which nothing
changed. So its answer is remembered, beside a digest of all that it follows from.
"""

from __future__ import annotations

import json
import os
import platform
from functools import cache
from importlib import metadata
from pathlib import Path

from generator.files import contents, write
from generator.making.keys import key

MEMORY = "arithmetic.json"
MOST = 2**20  # bytes of it
CPUINFO = Path("/proc/cpuinfo")
FLAGS = ("flags", "Features", "features", "isa", "cpu")  # what Linux calls them, by the kind of processor

CHOSEN_FOR_PYTORCH = "ATEN_CPU_CAPABILITY"  # its kernels, instead of those that the processor suggests
CHOSEN_FOR_ITS_LIBRARIES = ("MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")


def of_this_process() -> str:
    """The kernels that PyTorch takes in this process, and what somebody chose for the libraries that it calls."""
    return " ".join([_asked(), *(f"{name}={os.environ[name]}" for name in _chosen())])


def remembered(folder: Path) -> str:
    """As `of_this_process`, without loading PyTorch if it was asked before on such a processor.

    ``folder`` keeps the answer. Where it cannot be kept, or what is kept is damaged, PyTorch is asked.
    """
    processor = _processor()
    known = _recalled(folder / MEMORY, processor)
    if known is None:
        known = of_this_process()
        _remember(folder / MEMORY, processor, known)
    return known


@cache
def _asked() -> str:
    from generator.descent.kernels import capability

    return capability()


def _chosen() -> list[str]:
    return [name for name in CHOSEN_FOR_ITS_LIBRARIES if os.environ.get(name)]


# --- Remembered ------------------------------------------------------------------------------------------------


def _recalled(file: Path, processor: str) -> str | None:
    try:
        memory = json.loads(contents(file, MOST))
        said = memory["arithmetic"]
        return str(said) if memory == _sealed(processor, said) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):  # there is none, or it is damaged
        return None


def _remember(file: Path, processor: str, said: str) -> None:
    """In one move, for other builds may read meanwhile."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write(file, json.dumps(_sealed(processor, said)).encode())
    except OSError:  # then it is asked again
        pass


def _sealed(processor: str, said: str) -> dict[str, str]:
    """What is kept; the seal tells a damaged answer from one that was given."""
    return {"processor": processor, "arithmetic": said, "seal": key(processor=processor, arithmetic=said)}


def _processor() -> str:
    """A digest of all that PyTorch's answer follows from: what the processor can do, what was chosen, the version."""
    choices = {name: os.environ.get(name, "") for name in (CHOSEN_FOR_PYTORCH, *CHOSEN_FOR_ITS_LIBRARIES)}
    kind = f"{platform.system()} {platform.machine()}"
    return key(flags=_flags(), kind=kind, torch=metadata.version("torch"), **choices)


def _flags() -> str:
    """What the processor can do, as Linux lists it; elsewhere, which processor and which computer it is."""
    try:
        lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    # A line a core, and cores may differ.
    listed = sorted({line for line in lines if line.partition(":")[0].strip() in FLAGS})
    # A name says little of what a processor can do: with the computer's own, a folder that moves to another asks again.
    return "\n".join(listed) or f"{platform.processor()} of {platform.node()}"
