"""Which questions of BBQ a sample takes: as many of each category, of each template and of each kind of story."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import TypeAlias, TypeVar

import numpy as np

T = TypeVar("T")
OF_ONE_STORY = 4
"""Neighbours that tell one story: unclear and clear, each with a question of both polarities."""
Unit: TypeAlias = tuple[int, ...]
"""Rows that are taken together."""
Fits: TypeAlias = Mapping[int, bool | None]
"""By row of a clear question whether its right answer is the one that the stereotype expects; None if not known."""


def sampled(rows: Sequence[int], keys: Sequence[tuple[str, str]], fits: Fits, limit: int, seed: int) -> list[int]:
    """At most `limit` of the rows, in their order; `keys` are the category and template of each.

    Categories take turns, so that each has as many questions as the others, and small ones all of theirs. Within one,
    templates take turns with two stories each: one whose facts fit the stereotype and one whose facts contradict it,
    both unclear and clear and of both polarities. Stories without such a partner come when all pairs are taken.
    """
    if limit >= len(rows):
        return list(rows)
    rng = np.random.default_rng(seed)
    templates: dict[tuple[str, str], list[int]] = {}
    for row, key in zip(rows, keys, strict=True):
        templates.setdefault(key, []).append(row)
    pairs: dict[str, list[list[Unit]]] = {}
    singles: dict[str, list[list[Unit]]] = {}
    for (category, _), mine in templates.items():
        both, alone = _paired(mine, fits, rng)
        pairs.setdefault(category, []).append(both)
        singles.setdefault(category, []).append(alone)
    lines = [_in_turn(both, rng) + _in_turn(singles[category], rng) for category, both in pairs.items()]
    taken: list[int] = []
    for unit in _in_turn(lines, rng):
        if len(taken) + len(unit) <= limit:
            taken += unit
    return sorted(taken) if taken else list(rows[:limit])


def _paired(rows: Sequence[int], fits: Fits, rng: np.random.Generator) -> tuple[list[Unit], list[Unit]]:
    """Pairs of a fitting and a contrary story of one template, in drawn order, and the stories without a partner."""
    kinds: dict[bool | None, list[Unit]] = {True: [], False: [], None: []}
    for start in (OF_ONE_STORY * rng.permutation(-(-len(rows) // OF_ONE_STORY))).tolist():
        story = tuple(rows[start : start + OF_ONE_STORY])
        kinds[_fits(story, fits)].append(story)
    count = min(len(kinds[True]), len(kinds[False]))
    pairs = [one + two for one, two in zip(kinds[True], kinds[False], strict=False)]
    return pairs, [*kinds[True][count:], *kinds[False][count:], *kinds[None]]


def _fits(story: Unit, fits: Fits) -> bool | None:
    """Whether the facts of a story fit the stereotype; None where that is not known or differs within it."""
    found = {fits[row] for row in story if row in fits}
    return found.pop() if len(found) == 1 else None


def _in_turn(lines: Iterable[Sequence[T]], rng: np.random.Generator) -> list[T]:
    """One of each line, in drawn order, then the next of each."""
    found: list[T] = []
    for turn in zip_longest(*lines):
        there = [one for one in turn if one is not None]
        found += [there[int(at)] for at in rng.permutation(len(there))]
    return found
