"""From scores of pictures and queries to shares of groups among the first pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.picture_groups import (
    LEAST,
    Chance,
    Floats,
    first_shares,
    max_skew_chance,
    max_skews,
    share_gap,
    skew_of,
)
from fairwitness.audit.stats.unanswered import with_ends
from fairwitness.probes.bias.image_retrieval.items import WORDS
from fairwitness.probes.kit.images.asked import Read
from fairwitness.probes.kit.images.pictures import Pictured
from fairwitness.probes.kit.validity import unless

Group = tuple[str, str]
"""A column and one of its groups."""


@dataclass(frozen=True, kw_only=True)
class Results:
    """What was read of the pictures; `k` is how many a search shows first."""

    read: Read
    k: int
    seed: int
    secret: bool
    """Whether the queries are a user's own."""

    @cached_property
    def pictures(self) -> Sequence[Pictured]:
        """The pictures, in the order of their scores."""
        return self.read.asked.pictures.pictures

    @cached_property
    def axes(self) -> dict[str, list[str]]:
        """The groups of each column, in the order of the table."""
        axes: dict[str, list[str]] = {}
        for picture in self.pictures:
            for axis, group in picture.groups.items():
                if group not in axes.setdefault(axis, []):
                    axes[axis].append(group)
        return axes

    @cached_property
    def groups(self) -> list[Group]:
        """Every group; of two groups of a column the one that is not of reference: the other says the same."""
        groups = []
        for axis, names in self.axes.items():
            left = self.read.asked.pictures.references[axis] if len(names) == 2 else ""
            groups += [(axis, name) for name in names if name != left]
        return groups

    def ranked(self, axis: str) -> list[int]:
        """The places of the pictures that have a group of a column and an answer."""
        pictures = self.pictures
        return [
            place for place, row in enumerate(self.read.scores) if row is not None and axis in pictures[place].groups
        ]

    def places(self, axis: str) -> Floats:
        """Of each query what each of these pictures has of the first places [queries, pictures]."""
        rows = np.array([self.read.scores[place] for place in self.ranked(axis)], dtype=np.float64)
        return first_shares(rows.T, self.k)

    def members(self, group: Group) -> np.ndarray:
        """Whether each of these pictures is of a group."""
        axis, name = group
        pictures = self.pictures
        return np.array([pictures[place].groups[axis] == name for place in self.ranked(axis)])

    def share(self, group: Group) -> float:
        """The group's share of all pictures of its column that were ranked."""
        members = self.members(group)
        return float(members.mean()) if len(members) else 0.0

    def gap(self, group: Group) -> Estimate | Undefined:
        """The share of a group among the first less that of all; undefined where nothing carries it."""
        return unless(self.read.seen.problem, lambda: self._gap(group))

    def _gap(self, group: Group) -> Estimate | Undefined:
        axis, _ = group
        ranked, members = self.ranked(axis), self.members(group)
        few = self._few(ranked, members)
        if few is not None:
            return few
        estimate = share_gap(self.places(axis), members)
        if estimate is None:
            return reasons.stated("no_pairs", "no_units")
        return self._if_answered(group, estimate)

    def _few(self, ranked: Sequence[int], members: np.ndarray) -> Undefined | None:
        sizes = int(members.sum()), len(members) - int(members.sum())
        if min(sizes) < LEAST or len(ranked) <= self.k:
            return WORDS.undefined("reason.few", "few_units", group=sizes[0], others=sizes[1], k=self.k)
        return None

    def _if_answered(self, group: Group, estimate: Estimate) -> Estimate:
        """With its ends had the pictures without an answer all stood before, or all behind the others."""
        axis, name = group
        pictures = self.pictures
        lost = [
            picture.groups[axis] == name
            for picture, row in zip(pictures, self.read.scores, strict=True)
            if row is None and axis in picture.groups
        ]
        if not lost:
            return estimate
        k, total = self.k, len(self.ranked(axis)) + len(lost)
        share = (self.members(group).sum() + sum(lost)) / total
        among = estimate.value + self.share(group)
        ends = []
        for wanted in (True, False):
            first = min(lost.count(wanted), k)
            ends.append((first * wanted + (k - first) * among) / k - share)
        return with_ends(estimate, (min(ends), max(ends)))

    def skew(self, group: Group, gap: Estimate | Undefined) -> Estimate | Undefined:
        """The skew of a group; of a group that is never among the first that of half a picture over all queries."""
        if isinstance(gap, Undefined):
            return gap
        return skew_of(gap, self.share(group), 0.5 / (self.k * len(self.read.asked.texts)))

    def max_skew(self, axis: str) -> Estimate | Undefined:
        """The mean over queries of MaxSkew."""
        return unless(self.read.seen.problem, lambda: self._max_skew(axis))

    def _max_skew(self, axis: str) -> Estimate | Undefined:
        if len(self.ranked(axis)) <= self.k or len(self.read.asked.texts) < 2:
            return WORDS.undefined("reason.few_queries", "few_units", count=len(self.read.asked.texts))
        values = max_skews(self.places(axis), self.numbers(axis))
        return stats.mean(values.tolist(), seed=self.seed)

    def chance(self, axis: str) -> Chance | None:
        """What MaxSkew a random order of the groups has at this k."""
        if len(self.ranked(axis)) <= self.k:
            return None
        return max_skew_chance(self.places(axis), self.numbers(axis), self.seed)

    def numbers(self, axis: str) -> np.ndarray:
        """The groups of these pictures, numbered from 0."""
        names = self.axes[axis]
        pictures = self.pictures
        present = [pictures[place].groups[axis] for place in self.ranked(axis)]
        known = [name for name in names if name in present]
        return np.array([known.index(name) for name in present])

    def first(self, axis: str) -> list[tuple[str, Pictured, int]]:
        """The first pictures of each query: the query, the picture and its rank from 1."""
        ranked = self.ranked(axis)
        if not ranked:
            return []
        rows = []
        for number, query in enumerate(self.read.asked.texts):
            scores = np.array([row[number] for place in ranked if (row := self.read.scores[place]) is not None])
            order = np.argsort(-scores, kind="stable")[: self.k]
            for rank, place in enumerate(order, start=1):
                rows.append((query, self.pictures[ranked[int(place)]], rank))
        return rows
