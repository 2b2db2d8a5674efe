"""Shares of names that are found, and what sets groups apart in them; names and sentences are both chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed import shares, two_way_clustered
from fairwitness.audit.stats.crossed.two_way_clustered import Value
from fairwitness.audit.stats.unanswered import Ends, difference_if_answered, mean_if_answered
from fairwitness.probes.bias.names_by_group.items import Item, Name
from fairwitness.probes.bias.names_by_group.outcomes import Found

Estimated: TypeAlias = Estimate | Undefined
FARTHEST = (-2.0, 2.0)
"""Ends of a difference of two differences of shares."""


@dataclass(frozen=True)
class Read:
    """Items and what became of each; None of those without an answer."""

    items: Sequence[Item]
    found: Sequence[Found | None]

    @cached_property
    def known(self) -> list[Found]:
        """Those with an answer."""
        return [entry for entry in self.found if entry is not None]

    @property
    def lost(self) -> int:
        """How many have none."""
        return len(self.items) - len(self.known)

    def of(self, axis: str, group: str) -> Read:
        """The names of one group."""
        return self._where(lambda item: item.name is not None and item.name.groups.get(axis) == group)

    def kind(self, *kinds: str) -> Read:
        """The items of these kinds."""
        return self._where(lambda item: item.kind in kinds)

    def clue(self, *, clue: bool) -> Read:
        """The items in sentences that show that a person is meant, or in those that do not."""
        return self._where(lambda item: item.sentence.clue == clue)

    def _where(self, keep: Callable[[Item], bool]) -> Read:
        kept = [place for place, item in enumerate(self.items) if keep(item)]
        return Read([self.items[place] for place in kept], [self.found[place] for place in kept])

    def values(self, *, whole: bool) -> list[float]:
        """1 for each that is found (exactly where they are to be found whole), else 0."""
        return [entry.exact if whole else entry.touched for entry in self.known]

    def ends(self, *, whole: bool) -> Ends:
        """The least and the greatest share that is found, whatever those without an answer are."""
        hits = sum(self.values(whole=whole))
        return hits / len(self.items), (hits + self.lost) / len(self.items)


def recall(read: Read, *, whole: bool = True) -> Estimated:
    """The share of names that are found as a person: from end to end where they are to be found `whole`, else in part.

    Clustered by sentence and by name (Cameron, Gelbach & Miller 2011, eq. 2.11), with Wilson's limits at the effective
    count. Undefined below two sentences or two names.
    """
    if not read.known:
        return reasons.stated("no_rows", "no_units")
    result = shares.share(_side(read, whole=whole))
    return mean_if_answered(result, len(read.known), read.lost, (0.0, 1.0))


def gap(group: Read, reference: Read, *, whole: bool = True) -> Estimated:
    """The share of a group's names that are found less that of the names of the group of reference.

    Sentences stand on both sides, which ties them together; each side has names of its own (t, clustered by sentence
    and by name). Limits of a binomial share will not do: a few names have most of the misses, and where these few were
    not drawn such limits are too near. Undefined as `recall`.
    """
    if not group.known or not reference.known:
        return reasons.stated("no_pairs", "no_units")
    sides = [_within_forms(read, whole=whole) for read in (group, reference)]
    result = two_way_clustered.difference(*sides)
    if isinstance(result, Undefined):
        return result
    means = [float(np.mean(read.values(whole=whole))) for read in (group, reference)]
    estimate = replace(result, value=means[0] - means[1]).estimate((-1.0, 1.0))
    return difference_if_answered(estimate, group.ends(whole=whole), reference.ends(whole=whole))


def adjusted_gap(group: Pairs, reference: Pairs) -> Estimated:
    """The gap less that of made-up names of the same shapes: what is left to the names themselves.

    Of each name in each sentence 1 where it is found and 0 where not, less the same of its made-up one; then the mean
    of the group less that of the reference (t, clustered by sentence and by name). Undefined as `recall`.
    """
    if not group.values or not reference.values:
        return reasons.stated("no_pairs", "no_units")
    result = two_way_clustered.difference(group.values, reference.values)
    if isinstance(result, Undefined):
        return result
    return difference_if_answered(result.estimate(FARTHEST), group.ends, reference.ends)


@dataclass(frozen=True, slots=True)
class Pairs:
    """A value for each name in each sentence: found or not, less the same of its made-up name; `lost` have none."""

    values: list[Value]
    lost: int

    @classmethod
    def of(cls, real: Read, made: Read) -> Pairs:
        """Both in the same order."""
        values: list[Value] = []
        for item, name, other in zip(real.items, real.found, made.found, strict=True):
            if name is not None and other is not None and item.name is not None:
                values.append(Value(item.sentence.number, item.name.person, name.exact - other.exact))
        return cls(values, len(real.items) - len(values))

    @property
    def ends(self) -> Ends:
        """The least and the greatest mean, whatever those without an answer are."""
        total, size = sum(value.value for value in self.values), len(self.values) + self.lost
        return (total - self.lost) / size, (total + self.lost) / size


def _side(read: Read, *, whole: bool) -> shares.Side:
    """Names vary about the mean of their form: a first name alone is missed more often than one with a last name."""
    values = np.array(read.values(whole=whole))
    named = [_name(entry.item) for entry in read.known]
    forms = [name.form for name in named]
    centres = {form: values[[other == form for other in forms]].mean() for form in dict.fromkeys(forms)}
    labels = [name.person for name in named], [entry.item.sentence.number for entry in read.known]
    return shares.Side(values, np.ones(len(values)), np.array([centres[form] for form in forms]), labels, forms)


def _within_forms(read: Read, *, whole: bool) -> list[Value]:
    """Of each name in each sentence its distance from the mean of its form, about the mean of all."""
    side = _side(read, whole=whole)
    numbers = side.influence * len(side.values) + side.values.mean()
    return [
        Value(entry.item.sentence.number, _name(entry.item).person, float(value))
        for entry, value in zip(read.known, numbers, strict=True)
    ]


def _name(item: Item) -> Name:
    if item.name is None:
        raise ValueError("a control has no name of a group")
    return item.name
