"""Which questions of BBQ a sample takes: as many of each category, of each family of templates and kind of story."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import TypeAlias, TypeVar

import numpy as np

from fairwitness.audit.stats.grouping import grouped

T = TypeVar("T")
OF_ONE_STORY = 4
"""Neighbours that tell one story: ambiguous and disambiguated, each with a question of both polarities."""
Unit: TypeAlias = tuple[int, ...]
"""Rows that are taken together."""
Key: TypeAlias = tuple[str, str, str]
"""Category, family and template."""
Fits: TypeAlias = Mapping[int, bool | None]
"""By row of a disambiguated question whether the stereotype expects its right answer; None if not known."""


def sampled(rows: Sequence[int], keys: Sequence[Key], fits: Fits, limit: int, seed: int) -> list[int]:
    """At most `limit` of the rows, in their order; `keys` are the category, family and template of each.

    Categories take turns, so that each has as many questions as the others, and small ones all of theirs. Within one,
    families of templates take turns, and in a family its templates, with two stories each: one whose facts fit the
    stereotype and one whose facts contradict it, both ambiguous and disambiguated and of both polarities. Stories
    without such a partner come when all pairs are taken.
    """
    if limit >= len(rows):
        return list(rows)
    rng = np.random.default_rng(seed)
    pairs: dict[str, dict[str, list[list[Unit]]]] = {}
    singles: dict[str, dict[str, list[list[Unit]]]] = {}
    for (category, family, _), members in grouped(zip(keys, rows, strict=True), lambda pair: pair[0]).items():
        units = _paired([row for _, row in members], fits, rng)
        for part, taken in zip((pairs, singles), units, strict=True):
            part.setdefault(category, {}).setdefault(family, []).append(taken)
    lines = [_by_family(families, rng) + _by_family(singles[category], rng) for category, families in pairs.items()]
    chosen: list[int] = []
    for unit in _in_turn(lines, rng):
        if len(chosen) + len(unit) <= limit:
            chosen += unit
    return sorted(chosen) if chosen else list(rows[:limit])


def _by_family(families: Mapping[str, Sequence[Sequence[Unit]]], rng: np.random.Generator) -> list[Unit]:
    """One unit of each family, then the next of each, in a family one of each template in turn."""
    return _in_turn([_in_turn(templates, rng) for templates in families.values()], rng)


def _paired(rows: Sequence[int], fits: Fits, rng: np.random.Generator) -> tuple[list[Unit], list[Unit]]:
    """Pairs of a fitting and a contrary story of one template, in drawn order, and the stories without a partner."""
    kinds: dict[bool | None, list[Unit]] = {True: [], False: [], None: []}
    for start in (OF_ONE_STORY * rng.permutation(-(-len(rows) // OF_ONE_STORY))).tolist():
        story = tuple(rows[start : start + OF_ONE_STORY])
        kinds[_fits(story, fits)].append(story)
    count = min(len(kinds[True]), len(kinds[False]))
    pairs = [fitting + contrary for fitting, contrary in zip(kinds[True], kinds[False], strict=False)]
    return pairs, [*kinds[True][count:], *kinds[False][count:], *kinds[None]]


def _fits(story: Unit, fits: Fits) -> bool | None:
    """Whether the facts of a story fit the stereotype; None where that is not known or differs within it."""
    known = {fits[row] for row in story if row in fits}
    return known.pop() if len(known) == 1 else None


def _in_turn(lines: Iterable[Sequence[T]], rng: np.random.Generator) -> list[T]:
    """One of each line, in drawn order, then the next of each."""
    order: list[T] = []
    for turn in zip_longest(*lines):
        items = [item for item in turn if item is not None]
        order += [items[place] for place in rng.permutation(len(items)).tolist()]
    return order
