"""Texts that nearly repeat each other, so that one boilerplate is not counted a hundred times."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt

PERMUTATIONS, BANDS = 128, 16
"""Of a sketch: two texts are compared where one of so many bands of it is the same (Leskovec et al. 2020, ch. 3)."""
ALIKE = 0.8
"""Share of shingles of words that two texts must have in common (Jaccard), as their sketches estimate it."""
WORDS = 5
"""Words of a shingle; of East Asian scripts each character is a word."""
_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")

Sketch = npt.NDArray[np.uint32]


def available() -> bool:
    """Whether near duplicates can be told; without `datasketch` only texts of the same words can."""
    return find_spec("datasketch") is not None


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, without its signs."""
    return _WORD.findall(text.lower())


@dataclass(slots=True)
class Duplicates:
    """Collects texts as they come, of each no more than a sketch, and tells the clusters of those that are alike."""

    near: bool = field(default_factory=available)
    _digests: list[bytes] = field(default_factory=list)
    _sketches: bytearray = field(default_factory=bytearray)
    _sketch: Callable[[list[str]], Sketch] | None = None

    def add(self, text: str) -> None:
        """The next text."""
        words = words_of(text)
        plain = " ".join(words) or text.strip()
        self._digests.append(hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=16).digest())
        if self.near:
            self._sketch = self._sketch or _sketcher()
            self._sketches += self._sketch(words).tobytes()

    def clusters(self) -> list[int]:
        """The number of the cluster of each text, from 0 in the order of the first text of each."""
        parents = list(range(len(self._digests)))
        same: dict[bytes, int] = {}
        for place, digest in enumerate(self._digests):
            _unite(parents, same.setdefault(digest, place), place)
        if self._sketches:
            _unite_alike(parents, np.frombuffer(self._sketches, dtype=np.uint32).reshape(-1, PERMUTATIONS))
        numbers: dict[int, int] = {}
        return [numbers.setdefault(_root(parents, place), len(numbers)) for place in range(len(parents))]


def _sketcher() -> Callable[[list[str]], Sketch]:
    """Gives the MinHash of the shingles of a text (Broder 1997); all share one set of permutations."""
    empty = import_module("datasketch").MinHash(num_perm=PERMUTATIONS, seed=1)

    def sketch(words: list[str]) -> Sketch:
        shingles = {" ".join(words[start : start + WORDS]) for start in range(max(len(words) - WORDS + 1, 1))}
        made = empty.copy()
        made.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in sorted(shingles)])
        return np.asarray(made.hashvalues, dtype=np.uint32)

    return sketch


def _unite_alike(parents: list[int], sketches: npt.NDArray[np.uint32]) -> None:
    """Unites texts that share a band with the first of it, and whose sketches agree as often as texts do."""
    width = PERMUTATIONS // BANDS
    for band in range(BANDS):
        first: dict[bytes, int] = {}
        for place, key in enumerate(sketches[:, band * width : (band + 1) * width]):
            other = first.setdefault(key.tobytes(), place)
            if other != place and float(np.mean(sketches[other] == sketches[place])) >= ALIKE:
                _unite(parents, other, place)


def _root(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place


def _unite(parents: list[int], first: int, second: int) -> None:
    low, high = sorted((_root(parents, first), _root(parents, second)))
    parents[high] = low
