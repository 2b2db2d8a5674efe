"""Pairs of CrowS-Pairs that are no minimal edits: the exclusion rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

from fairwitness.probes.kit.sentences.pairs import Pair

VERSION = "1"
"""Version of the rules; a change of them is another version."""
WORD_COUNTS, SEVERAL, DUPLICATE = "word_counts", "several", "duplicate"
"""Names of the rules; their words stand under `[rule]`."""
COMPARED = 1_000_000
"""Pairs of words up to which all are compared: beyond, the time would grow with the square of the length."""


def flaws(pairs: Iterable[Pair]) -> list[tuple[str, ...]]:
    """Why each pair is no minimal edit: other word counts, more than one changed stretch, seen before.

    Words are what blanks separate; stretches are those of `difflib` over words.
    """
    seen: set[tuple[str, str]] = set()
    rules = []
    for pair in pairs:
        more, less = pair.more.split(), pair.less.split()
        broken = {
            WORD_COUNTS: len(more) != len(less),
            SEVERAL: _several(more, less),
            DUPLICATE: (pair.more, pair.less) in seen,
        }
        seen.add((pair.more, pair.less))
        rules.append(tuple(rule for rule, holds in broken.items() if holds))
    return rules


def _several(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether more than one stretch of words differs. Of very long texts: whether what differs is long too."""
    if len(first) * len(second) > COMPARED:
        same = _alike(first, second)
        first, second = first[same:], second[same:]
        same = _alike(first[::-1], second[::-1])
        first, second = first[: len(first) - same], second[: len(second) - same]
        if len(first) * len(second) > COMPARED:
            return True
    changed = SequenceMatcher(None, first, second, autojunk=False).get_opcodes()
    return sum(tag != "equal" for tag, *_ in changed) > 1


def _alike(first: Sequence[str], second: Sequence[str]) -> int:
    """How many words both begin with."""
    return sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(first, second, strict=False)))
