"""Answers <-> bytes: a length, deflated JSON, then raw little-endian arrays. Never pickles.

What the engine hands out has always been through here, so a cached answer equals a fresh one to the last bit.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from fairwitness.audit.requests import Answer
from fairwitness.audit.verbs import answer_types

SCHEMA = 9
"""Number of this layout; it is part of every cache key."""

_HEAD = struct.Struct("<Q")
_NESTED = (list, dict)
"""What JSON gives that is no plain value: tuples and arrays are made of it."""


def encode(answers: Sequence[Answer]) -> bytes:
    """A batch of answers as bytes. Raises ValueError on a value that is not finite, TypeError on a foreign type."""
    arrays: list[bytes] = []
    offset = 0

    def plain(value: object) -> object:
        nonlocal offset
        if isinstance(value, np.ndarray):
            if not np.isfinite(value).all():
                raise ValueError("an array that is not finite")
            raw = np.ascontiguousarray(value, dtype="<f4").tobytes()
            arrays.append(raw)
            offset += len(raw)
            return {"array": list(value.shape), "at": offset - len(raw)}
        if isinstance(value, np.generic):
            return value.item()
        raise TypeError(f"{type(value).__name__} has no place in an answer")

    names = {kind: [item.name for item in fields(kind)] for kind in {type(answer) for answer in answers}}
    items = [[type(answer).__name__, [getattr(answer, name) for name in names[type(answer)]]] for answer in answers]
    text = zlib.compress(json.dumps(items, default=plain, allow_nan=False, separators=(",", ":")).encode(), 1)
    return _HEAD.pack(len(text)) + text + b"".join(arrays)


def decode(blob: bytes) -> list[Answer]:
    """The answers of `encode`. Raises ValueError, KeyError, TypeError or struct.error on bytes that are no answers."""
    (length,) = _HEAD.unpack_from(blob)
    try:
        text = zlib.decompress(blob[_HEAD.size : _HEAD.size + length])
    except zlib.error as error:
        raise ValueError("bytes that cannot be inflated") from error
    base = _HEAD.size + length

    def rich(value: Any) -> Any:
        if type(value) is list:
            return tuple([rich(item) if type(item) in _NESTED else item for item in value])
        if type(value) is dict:
            shape = tuple(value["array"])
            count = int(np.prod(shape, dtype=np.int64))
            array = np.frombuffer(blob, dtype="<f4", count=count, offset=base + value["at"])
            return array.reshape(shape)
        return value

    types = answer_types()
    return [types[name](*rich(values)) for name, values in json.loads(text)]
