"""Models larger than a device: their layers on several of them, in memory and on disk (`--device auto`)."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from fairwitness.audit.errors import MissingExtra
from fairwitness.audit.reasons import not_asked, note
from fairwitness.audit.records import Name, Note

AUTO = "auto"
"""The device of models that the library accelerate puts where there is room."""
WHOLE = ("Attribute", "ReadLayers", "Patch", "DescribeWeights")
"""What is asked of a model whose weights all lie where its inputs are."""


def placing(spec: str, device: str | None, cache: Path) -> dict[str, Any]:
    """What `from_pretrained` has to know so that it spreads a model. Raises MissingExtra without accelerate."""
    if device != AUTO:
        return {}
    if importlib.util.find_spec("accelerate") is None:
        raise MissingExtra(f"spreading {spec} over devices needs accelerate: pip install accelerate")
    return {"device_map": AUTO, "offload_folder": cache / "offloaded"}


def places(model: Any) -> tuple[str, ...]:
    """The devices on which a model's layers are, `disk` among them; none where it lies on a single device."""
    names = sorted({str(place) for place in getattr(model, "hf_device_map", {}).values()})
    return tuple(names) if len(names) > 1 or names == ["disk"] else ()


def entry(model: Any) -> torch.device:
    """Where a model's inputs are read."""
    hook = getattr(model.get_input_embeddings(), "_hf_hook", None)
    return torch.device(getattr(hook, "execution_device", None) or model.device)


def limits(model: Any, offered: Iterable[str]) -> tuple[frozenset[str], tuple[Note, ...]]:
    """Of what is offered, what a model that is spread is not asked; and notes on it."""
    where = places(model)
    if not where:
        return frozenset(), ()
    lacking = [kind for kind in offered if kind in WHOLE]
    notes = (
        note("spread", "converted", devices=Name(", ".join(where))),
        *(not_asked(kind, "spread") for kind in lacking),
    )
    return frozenset(lacking), notes
