"""Affine maps by layer that a user gives for a model (tuned lens; Belrose et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from fairwitness.audit.errors import BadOption
from fairwitness.audit.huggingface.loaded import Loaded
from fairwitness.audit.huggingface.stack import Stack
from fairwitness.audit.internals import Translators
from fairwitness.audit.translators import sha256_of


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """Translators in float32: `weights` [layers, width, width] and `biases` [layers, width]."""

    sha256: str
    weights: Tensor
    biases: Tensor

    def translated(self, stream: Tensor) -> Tensor:
        """States [rows, layers, width] as h + W h + b, each layer by its own."""
        states = stream.float()
        added = torch.einsum("lij,rlj->rli", self.weights, states) + self.biases
        return (states + added).to(stream.dtype)


class _Reads(Protocol):
    """Has a loaded model."""

    _loaded: Loaded


class FitsItsTranslators:
    """A subject that says whether translators are of its shape."""

    def check_translators(self: _Reads, translators: Translators) -> None:
        """Raises BadOption unless they are as many and as wide as its layers."""
        stack: Stack | None = self._loaded.stack
        why = misfit(stack, translators) if stack is not None else ""
        if why:
            raise BadOption(f"{translators.path}: {why}")


def misfit(stack: Stack, translators: Translators) -> str:
    """Why translators are not those of a model; empty where they have its shape."""
    if translators.width != stack.width:
        return f"its translators are {translators.width} wide, and the model's states are {stack.width}"
    if translators.layers != len(stack.layers):
        return (
            f"it has {translators.layers} translators, and a model of {len(stack.layers)} layers has as many: "
            "layers.0 (the embeddings) and one after each layer but the last"
        )
    return ""


def maps_of(loaded: Loaded, translators: Translators) -> Maps | str:
    """The maps on the model's device, or why they cannot be had; those that were read last are kept."""
    stack: Stack = loaded.stack
    if why := misfit(stack, translators):
        return f"the file of translators does not fit: {why}"
    kept: Any = loaded.tuned
    if isinstance(kept, Maps) and kept.sha256 == translators.sha256:
        return kept
    path = Path(translators.path)
    try:
        stored = load_file(path, device=str(loaded.device))
        unchanged = sha256_of(path) == translators.sha256
    except (OSError, SafetensorError):
        return "the file of translators can no longer be read"
    if not unchanged:
        return "the file of translators changed after it was looked at"
    numbers = range(translators.layers)
    weights, biases = (
        torch.stack([stored[f"layers.{number}.{part}"].float() for number in numbers]) for part in ("weight", "bias")
    )
    maps = Maps(translators.sha256, weights, biases)
    loaded.tuned = maps
    return maps
