"""The accelerators that torch sees."""

from __future__ import annotations

import torch


def accelerators() -> list[str]:
    """One name for each device that is no processor, with what it is where torch knows that."""
    names = [f"cuda:{place} {torch.cuda.get_device_name(place)}" for place in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        names.append("mps")
    if torch.xpu.is_available():
        names += [f"xpu:{place}" for place in range(torch.xpu.device_count())]
    return names
