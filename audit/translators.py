"""Files of translators (tuned lens), looked at before any model is: names, shapes and numbers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import numpy as np
from pydantic import BeforeValidator, WithJsonSchema
from safetensors import SafetensorError, safe_open

from fairwitness.audit.errors import shortened
from fairwitness.audit.internals import Translators

NAMES = re.compile(r"layers\.(0|[1-9][0-9]{0,3})\.(weight|bias)")
FORMATS = ("F32", "F16", "F64")
"""Formats of numbers in which translators may be stored."""


def read(value: Any) -> Any:
    """The translators of a file, by its path. Raises ValueError with what is wrong with it; else gives `value` back.

    A safetensors file with `layers.N.weight` [width, width] and `layers.N.bias` [width] for each N from 0 (the
    embeddings) to one less than the model has layers, applied to states h as h + W h + b before the final norm and the
    head (Belrose et al. 2023, https://arxiv.org/abs/2303.08112). The last layer has none: it is what the model says.
    """
    if isinstance(value, Translators):
        return value
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError(f"it must be the path of a safetensors file, got {shortened(value)}")
    name = shortened(str(value))
    path = Path(value)
    try:
        if not path.is_file():
            raise ValueError(f"no file {name}")
        digest = sha256_of(path)
        with safe_open(path, framework="numpy") as tensors:
            layers, width = _shape(name, {key: tensors.get_slice(key) for key in tensors.keys()})  # noqa: SIM118
            for key in tensors.keys():  # noqa: SIM118
                if not np.isfinite(tensors.get_tensor(key)).all():
                    raise ValueError(f"{name}: {key} holds a value that is not a finite number")
    except SafetensorError:
        raise ValueError(f"{name} is no safetensors file, or a damaged one") from None
    except OSError as error:
        raise ValueError(f"{name} cannot be read: {error.strerror}") from None
    return Translators(digest, str(value), layers, width)


TranslatorsFile: TypeAlias = Annotated[Translators, BeforeValidator(read), WithJsonSchema({"type": "string"})]
"""An option that names a file of translators."""


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _shape(name: str, stored: Mapping[str, Any]) -> tuple[int, int]:
    """Number of translators and their width, by names and shapes alone. Raises ValueError."""
    unknown = next((key for key in stored if not NAMES.fullmatch(key)), None)
    if unknown is not None:
        raise ValueError(f"{name} holds {shortened(unknown)}; translators are layers.N.weight and layers.N.bias")
    layers = len({key.split(".")[1] for key in stored})
    if not layers:
        raise ValueError(f"{name} holds no translators (layers.0.weight, layers.0.bias and so on)")
    keys = [f"layers.{number}.{part}" for number in range(layers) for part in ("weight", "bias")]
    missing = next((key for key in keys if key not in stored), None)
    if missing is not None:
        raise ValueError(f"{name} lacks {missing}")
    width = int((stored["layers.0.bias"].get_shape() or [0])[0])
    for key in keys:
        shape, kind = tuple(stored[key].get_shape()), stored[key].get_dtype()
        wanted = (width, width) if key.endswith("weight") else (width,)
        if shape != wanted or not width:
            raise ValueError(f"{name}: {key} has the shape {list(shape)}, not {list(wanted)}")
        if kind not in FORMATS:
            raise ValueError(f"{name}: {key} is stored as {kind}; translators are {', '.join(FORMATS)}")
    return layers, width
