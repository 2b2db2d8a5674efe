"""Files of translators for a tuned lens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from fairwitness.audit.internals import Translators
from fairwitness.audit.translators import read


def maps(layers: int, width: int, size: float = 0.0) -> dict[str, Any]:
    """Translators by name: nothing but zeros, or sines of their places of that size."""
    named: dict[str, Any] = {}
    for layer in range(layers):
        count = np.arange(width * width, dtype=np.float64)
        named[f"layers.{layer}.weight"] = (size * np.sin(count * (layer + 1.3))).reshape(width, width)
        named[f"layers.{layer}.bias"] = size * np.cos(count[:width] + layer)
    return {name: values.astype(np.float32) for name, values in named.items()}


def written(path: Path, tensors: Mapping[str, Any]) -> Path:
    """A safetensors file of them."""
    save_file({name: np.ascontiguousarray(values) for name, values in tensors.items()}, path)
    return path


def translators(path: Path, tensors: Mapping[str, Any]) -> Translators:
    """Those of a file that is written, as an option reads it."""
    named = read(str(written(path, tensors)))
    assert isinstance(named, Translators)
    return named
