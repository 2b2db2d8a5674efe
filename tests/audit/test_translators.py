"""A file of translators is looked at before any model is: what is wrong with it is said in one line."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tuned import maps, translators, written

from fairwitness.audit.internals import ReadLayers, Translators
from fairwitness.audit.requests import canonical
from fairwitness.audit.translators import read

Change = Callable[[dict[str, Any]], Any]


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    path = written(tmp_path / "a.safetensors", maps(3, 4))
    assert read(str(path)) == Translators(hashlib.sha256(path.read_bytes()).hexdigest(), str(path), 3, 4)
    named = translators(tmp_path / "b.safetensors", maps(3, 4))
    assert (named.layers, named.width) == (3, 4)
    assert read(named) is named


def test_half_and_double_numbers_are_read_too(tmp_path: Path) -> None:
    for kind in (np.float16, np.float64):
        named = {name: values.astype(kind) for name, values in maps(2, 4, 0.5).items()}
        assert translators(tmp_path / "a.safetensors", named).layers == 2


def without(name: str) -> Change:
    return lambda tensors: tensors.pop(name)


def changed(name: str, value: Any) -> Change:
    return lambda tensors: tensors.update({name: value})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (without("layers.1.weight"), "lacks layers.1.weight"),
        (without("layers.0.bias"), "lacks layers.0.bias"),
        (lambda tensors: [tensors.pop(f"layers.1.{part}") for part in ("weight", "bias")], "lacks layers.1.weight"),
        (changed("layers.1.bias", np.zeros(5, np.float32)), "layers.1.bias has the shape [5], not [4]"),
        (changed("layers.2.weight", np.zeros((4, 5), np.float32)), "layers.2.weight has the shape [4, 5], not [4, 4]"),
        (changed("layers.0.bias", np.zeros((4, 4), np.float32)), "layers.0.bias has the shape [4, 4], not [4]"),
        (changed("layers.2.weight", np.full((4, 4), np.nan, np.float32)), "layers.2.weight holds a value that is not"),
        (changed("layers.2.bias", np.full(4, np.inf, np.float32)), "layers.2.bias holds a value that is not a finite"),
        (changed("layers.1.weight", np.zeros((4, 4), np.int32)), "layers.1.weight is stored as I32; translators are"),
        (changed("0.weight", np.zeros((4, 4), np.float32)), "holds '0.weight'; translators are layers.N.weight"),
        (changed("layers.01.bias", np.zeros(4, np.float32)), "holds 'layers.01.bias'; translators are"),
        (lambda tensors: tensors.clear(), "holds no translators (layers.0.weight"),
    ],
)
def test_what_is_no_tuned_lens_is_refused_in_one_line(tmp_path: Path, change: Change, why: str) -> None:
    tensors = maps(3, 4, 0.1)
    change(tensors)
    with pytest.raises(ValueError, match=r"\S") as refused:
        read(str(written(tmp_path / "a.safetensors", tensors)))
    assert why in str(refused.value)
    assert "a.safetensors" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_no_file_of_that_kind(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no tensors at all, but long enough to have a length")
    (tmp_path / "short").write_bytes(b"")
    (tmp_path / "long").write_bytes(struct.pack("<Q", 1 << 62) + b"{}")
    whole = written(tmp_path / "whole", maps(2, 4)).read_bytes()
    (tmp_path / "cut").write_bytes(whole[:-8])
    for name in ("text", "short", "long", "cut"):
        with pytest.raises(ValueError, match="is no safetensors file, or a damaged one"):
            read(str(tmp_path / name))
    for path in (tmp_path / "nowhere", tmp_path, "half \0"):
        with pytest.raises(ValueError, match=r"no file|cannot be read"):
            read(str(path))
    for value in (3, "", None, ["a"]):
        with pytest.raises(ValueError, match="it must be the path of a safetensors file"):
            read(value)


def test_the_cache_knows_a_request_by_the_bytes_and_not_by_the_path() -> None:
    plain = ReadLayers("a [MASK]", ("she", "he"))
    one, same, other = (
        ReadLayers("a [MASK]", ("she", "he"), translators=Translators(sha256, path, 2, 4))
        for sha256, path in (("a" * 64, "x"), ("a" * 64, "y"), ("b" * 64, "x"))
    )
    assert one == same
    assert len({canonical(request) for request in (plain, one, same, other)}) == 3
    assert canonical(plain) == b'["ReadLayers", {"targets": ["she", "he"], "text": "a [MASK]", "top": 1}]'
    assert b"a" * 64 in canonical(one)
    assert b"path" not in canonical(one)
