"""How good input is damaged: its bytes, its words, or the values inside it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

Path: TypeAlias = tuple[Any, ...]

TOKENS: tuple[bytes, ...] = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xe2\x80\xa8",
    b"\r",
    b"\n\n",
    b'"',
    b"'''",
    b"[",
    b"]" * 3,
    b"{" * 20,
    b"[" * 3000,
    b"=",
    b",",
    b";",
    b"*" * 80,
    b"9" * 5000,
    b"-1",
    b"1e999",
    b"nan",
    b"inf",
    b"true",
    b"null",
    b"\\ud800",
    b"\\u0000",
    b"1979-05-27T07:32:00Z",
    b"<script>alert(1)</script>",
    "\u202e\u200b".encode(),
    b"%s%n{0}",
    b"../../etc/passwd",
    b"a" * 4000,
)
"""Bytes that readers stumble over."""

VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    3,
    2**63,
    10**400,
    0.5,
    -0.0,
    1e308,
    float("inf"),
    float("nan"),
    "",
    " ",
    "x",
    "nan",
    "\ud800",
    "\u202e\x1b[31m",
    "a" * 3000,
    "<b>&",
    [],
    {},
    [None],
    [[]],
    ["x", 1],
    {"x": 1},
    [[[[[[]]]]]],
    {"a": {"b": {"c": []}}},
)
"""Values of every type, and the ends of each."""


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """The bytes with one to three of them changed, cut, doubled or followed by something odd."""
    found = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(len(found) + 1))
        end = min(len(found), at + int(rng.integers(1, 40)))
        match int(rng.integers(7)):
            case 0:
                found[at:at] = TOKENS[int(rng.integers(len(TOKENS)))]
            case 1:
                found[at:end] = TOKENS[int(rng.integers(len(TOKENS)))]
            case 2:
                del found[at:end]
            case 3:
                del found[at:]
            case 4:
                found[at:at] = found[at:end] * int(rng.integers(1, 4))
            case 5 if at < len(found):
                found[at] ^= 1 << int(rng.integers(8))
            case _:
                found[at:at] = rng.bytes(int(rng.integers(1, 9)))
    return bytes(found)


def changed(value: Any, rng: np.random.Generator) -> Any:
    """A copy of nested lists and objects with one or two places changed, taken away or doubled."""
    found = copy.deepcopy(value)
    for _ in range(int(rng.integers(1, 3))):
        places = list(_places(found, ()))
        if not places:
            return _odd(rng)
        path = places[int(rng.integers(len(places)))]
        holder = _at(found, path[:-1])
        key = path[-1]
        match int(rng.integers(6)):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, list):
                holder.insert(key, copy.deepcopy(holder[key]))
            case 1:
                holder[f"{key}2"] = holder[key]
            case 2:
                other = places[int(rng.integers(len(places)))]
                holder[key] = copy.deepcopy(_at(found, other))
            case _:
                holder[key] = _odd(rng)
    return found


def _odd(rng: np.random.Generator) -> Any:
    return copy.deepcopy(VALUES[int(rng.integers(len(VALUES)))])


def _places(value: Any, path: Path) -> Iterator[Path]:
    items: Sequence[tuple[Any, Any]] = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    for key, inner in items:
        yield (*path, key)
        yield from _places(inner, (*path, key))


def _at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value
