"""The key of a watermark and how it was used: a JSON or TOML file becomes a table of one row.

Names are those of `WatermarkingConfig` in transformers, so that what it writes as JSON serves as it is.

hashing_key = 15485863             # or hashing_key_variable = "NAME", the environment variable that holds it
greenlist_ratio = 0.25             # share of the vocabulary that is green
bias = 2.0                         # added to the logits of green tokens: written down, and nothing is computed with it
seeding_scheme = "lefthash"        # or selfhash
context_width = 1
device = "cpu"                     # where texts were marked: a graphics card ("cuda") draws other lists

No message quotes a key, and its hash is not that of the file: a number can be found by trying all. scrypt makes each
try cost a twentieth of a second, and a key below 2**40 is no secret all the same.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData, nearest

KEY, VARIABLE = "hashing_key", "hashing_key_variable"
DEFAULTS: Mapping[str, Any] = {
    "greenlist_ratio": 0.25,
    "bias": 2.0,
    "seeding_scheme": "lefthash",
    "context_width": 1,
    "device": "cpu",
}
"""What transformers takes where nothing is said."""
CHOICES = {"seeding_scheme": ("lefthash", "selfhash"), "device": ("cpu", "cuda")}
LARGEST = 2**63 - 1
WIDEST = 64
SALT = b"fairwitness watermark key 1"
COST = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
SHOWN = 16
"""Hexadecimal digits by which a key is named."""


def read(path: Path) -> Columns:
    """The key as text, what it is called, and how it was used. Raises BadData, without the key, for what is no key."""
    said = _said(path)
    for name, value in said.items():
        _check(path, name, value)
    settings = {**DEFAULTS, **said}
    key = _key(path, said)
    cells = {"key": str(key), "called": fingerprint(key)[:SHOWN], **{name: settings[name] for name in DEFAULTS}}
    return {name: (cell,) for name, cell in cells.items()}


def fingerprint(key: int) -> str:
    """What a key is called: 64 hexadecimal digits that are slow to make, so that keys are slow to try."""
    return hashlib.scrypt(str(key).encode(), salt=SALT, **COST).hex()


def sealed_hash(path: Path) -> str:
    """What stands for the hash of the file: that of the key, and nothing of the file's bytes."""
    return fingerprint(_key(path, _said(path)))


def _said(path: Path) -> dict[str, Any]:
    text = text_of(path)
    try:
        said = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except ValueError:  # what the parser says may quote the key
        raise BadData(f"{path} is no {'JSON' if path.suffix.lower() == '.json' else 'TOML'} file") from None
    if not isinstance(said, dict):
        raise BadData(f"{path} holds no names and values: it must say {KEY} or {VARIABLE}")
    return {name: value for name, value in said.items() if value is not None}


def _check(path: Path, name: str, value: Any) -> None:
    known = (KEY, VARIABLE, *DEFAULTS)
    if name not in known:
        raise BadData(f"{path}: a watermark key says nothing of {name!r}{nearest(name, known)}")
    if name in CHOICES and value not in CHOICES[name]:
        raise BadData(f"{path}: {name} must be {' or '.join(CHOICES[name])}{nearest(str(value), CHOICES[name])}")
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if name == "greenlist_ratio" and not (number and 0 < value < 1):
        raise BadData(f"{path}: greenlist_ratio is a share above 0 and below 1")
    if name == "bias" and not number:
        raise BadData(f"{path}: bias is a number")
    if name == "context_width" and not (number and isinstance(value, int) and 1 <= value <= WIDEST):
        raise BadData(f"{path}: context_width is a whole number from 1 to {WIDEST}")
    if name == VARIABLE and not (isinstance(value, str) and value):
        raise BadData(f"{path}: {VARIABLE} is the name of an environment variable")


def _key(path: Path, said: Mapping[str, Any]) -> int:
    """The key, from the file or the environment. Raises BadData, which says how long what it got is and not what."""
    if (KEY in said) == (VARIABLE in said):
        raise BadData(f"{path} must say either {KEY} or {VARIABLE}, the environment variable that holds it")
    where = f"{path}: {KEY}"
    given: Any = said.get(KEY)
    if VARIABLE in said:
        where = f"{path}: the environment variable {said[VARIABLE]}"
        given = os.environ.get(str(said[VARIABLE]))
        if given is None:
            raise BadData(f"{where} is not set")
    digits = str(given).strip()
    whole = not isinstance(given, bool | float) and digits.isascii() and digits.isdecimal()
    if not whole or not 1 <= len(digits) <= len(str(LARGEST)) or not 1 <= int(digits) <= LARGEST:
        got = f"{len(digits)} digits" if whole else f"{len(digits)} characters that are no such number"
        raise BadData(f"{where} must be a whole number from 1 to 2**63 - 1, got {got}")
    return int(digits)
