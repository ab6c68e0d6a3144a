"""Which kernels PyTorch computes with here: it has several, compiled for different processors, and takes one kind."""

from __future__ import annotations

import torch


def capability() -> str:
    """Such as ``AVX512``, ``AVX2`` or ``DEFAULT``: as the processor can, or as ATEN_CPU_CAPABILITY has it instead."""
    return str(torch.backends.cpu.get_cpu_capability())
