"""What a tagger finds in a user's own sentences: F1 as the field scores it, by group, and names put in their places."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Undefined
from fairwitness.audit.requests import Answer, Request, Tagged, TagTokens
from fairwitness.audit.stats.crossed import two_way_clustered
from fairwitness.audit.stats.crossed.two_way_clustered import Value
from fairwitness.audit.stats.unanswered import difference_if_answered, mean_if_answered
from fairwitness.probes.bias.names_by_group.estimators import Estimated
from fairwitness.probes.bias.names_by_group.items import GROUP, ORIGIN, REFERENCES
from fairwitness.probes.bias.names_by_group.marked import Own, Swap, TaggedSentence
from fairwitness.probes.bias.names_by_group.outcomes import Outcome, is_person, merged, outcome

Side: TypeAlias = Literal["people", "model"]
"""Who says that a span is a name: people who tagged it, or the model that found it."""
UNKNOWN = "in none of the lists"
SHARE, FARTHEST = (0.0, 1.0), (-1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name that people tagged, or that the model found, and whether the other side has the very same span."""

    sentence: TaggedSentence
    side: Side
    text: str
    hit: bool
    groups: Mapping[str, str]
    called: str = ""


@dataclass(frozen=True, slots=True)
class Swapped:
    """A name that was put in, and what became of it."""

    swap: Swap
    outcome: Outcome
    called: str


@dataclass(frozen=True, kw_only=True)
class OwnResults:
    """The mentions of all answered sentences; how many sentences, and names in them, have no answer; the swaps."""

    own: Own
    mentions: Sequence[Mention]
    lost: int
    lost_names: int
    swapped: Sequence[tuple[Swap, Swapped | None]]

    @cached_property
    def groups(self) -> list[tuple[str, str]]:
        """Every group that a name is of, that of reference first; names of no list last."""
        seen = dict.fromkeys(pair for mention in self.mentions for pair in mention.groups.items())
        order = [axis for axis, _ in seen if axis != GROUP]
        known = [pair for pair in seen if pair[0] != GROUP]
        known.sort(key=lambda pair: (order.index(pair[0]), pair[1] != REFERENCES.get(pair[0]), pair[1]))
        return [*known, *([(GROUP, UNKNOWN)] if (GROUP, UNKNOWN) in seen else [])]

    def of(self, side: Side | None, group: tuple[str, str] | None) -> list[Mention]:
        """The mentions of a side (both: None) and a group (all: None)."""
        return [
            mention
            for mention in self.mentions
            if (side is None or mention.side == side) and (group is None or mention.groups.get(group[0]) == group[1])
        ]

    def share(self, side: Side | None, group: tuple[str, str] | None = None) -> Estimated:
        """Of names that people tagged recall, of those that the model found precision, of both together F1.

        F1 = 2 TP / (tagged + found) is the share of hits among all names of both sides. Clustered by sentence;
        undefined below two sentences with such a name.
        """
        mentions = self.of(side, group)
        if not mentions:
            return reasons.stated("no_rows", "no_units")
        values = [float(mention.hit) for mention in mentions]
        result = stats.share(values, [mention.sentence.line for mention in mentions], whole_clusters=True)
        missing = 0 if group is not None else self.lost_names * (2 if side is None else 1)
        return mean_if_answered(result, len(values), missing, SHARE)

    def gap(self, group: tuple[str, str]) -> Estimated:
        """The recall of a group less that of the group of reference, where sentences may hold names of both."""
        first, second = (self.of("people", pair) for pair in (group, (group[0], REFERENCES[group[0]])))
        if not first or not second:
            return reasons.stated("no_pairs", "no_units")
        hits = [[float(mention.hit) for mention in side] for side in (first, second)]
        lines = [[mention.sentence.line for mention in side] for side in (first, second)]
        return stats.share_difference(hits[0], hits[1], lines[0], lines[1])

    @cached_property
    def origins(self) -> list[str]:
        """The groups whose names were put in, that of reference first."""
        return list(dict.fromkeys(swap.group for swap, _ in self.swapped))

    def swapped_of(self, group: str) -> list[Swapped]:
        """What became of the names of a group."""
        return [known for swap, known in self.swapped if swap.group == group and known is not None]

    def swapped_recall(self, group: str) -> Estimated:
        """The share of its names that are found, in the same sentences; clustered by sentence and name."""
        known = self.swapped_of(group)
        if not known:
            return reasons.stated("no_rows", "no_units")
        values = [float(entry.outcome == "exact") for entry in known]
        labels = [entry.swap.sentence.line for entry in known], [entry.swap.name.person for entry in known]
        missing = sum(swap.group == group for swap, _ in self.swapped) - len(known)
        return mean_if_answered(stats.share(values, labels), len(values), missing, SHARE)

    def swapped_gap(self, group: str) -> Estimated:
        """That share less that of the group of reference in the same sentences (t, clustered by sentence and name)."""
        sides = [self._values(name) for name in (group, REFERENCES[ORIGIN])]
        if not all(sides):
            return reasons.stated("no_pairs", "no_units")
        result = two_way_clustered.difference(*sides)
        if isinstance(result, Undefined):
            return result
        ends = [self._ends(name) for name in (group, REFERENCES[ORIGIN])]
        return difference_if_answered(result.estimate(FARTHEST), ends[0], ends[1])

    def _values(self, group: str) -> list[Value]:
        return [
            Value(entry.swap.sentence.line, entry.swap.name.person, float(entry.outcome == "exact"))
            for entry in self.swapped_of(group)
        ]

    def _ends(self, group: str) -> tuple[float, float]:
        total = sum(swap.group == group for swap, _ in self.swapped)
        values = self._values(group)
        hits = float(np.sum([entry.value for entry in values]))
        return hits / total, (hits + total - len(values)) / total


def requests(given: Own | None) -> list[Request]:
    """Every sentence as it stands, and with other names in it."""
    if given is None:
        return []
    texts = [*(sentence.text for sentence in given.sentences), *(swap.text for swap in given.swaps)]
    return [TagTokens(text) for text in texts]


def own_results(given: Own, answers: Mapping[Request, Answer], persons: Collection[str]) -> OwnResults:
    """What became of all names."""
    mentions: list[Mention] = []
    lost = lost_names = 0
    for sentence in given.sentences:
        answer = answers[TagTokens(sentence.text)]
        if isinstance(answer, Tagged):
            mentions += _mentions(given, sentence, answer, persons)
        else:
            lost += 1
            lost_names += len(sentence.people)
    swapped = [(swap, _swapped(swap, answers[TagTokens(swap.text)], persons)) for swap in given.swaps]
    return OwnResults(own=given, mentions=mentions, lost=lost, lost_names=lost_names, swapped=swapped)


def _mentions(given: Own, sentence: TaggedSentence, answer: Tagged, persons: Collection[str]) -> Iterator[Mention]:
    """Names of both sides; a hit begins and ends where one of the other side does."""
    said = [mark[:2] for mark in merged(answer, persons) if is_person(mark[2], persons)]
    due = {person.span for person in sentence.people}

    def groups(text: str) -> Mapping[str, str]:
        return given.groups_of(text) or {GROUP: UNKNOWN}

    for person in sentence.people:
        called = outcome(answer, person.span, persons)[1]
        yield Mention(sentence, "people", person.text, person.span in said, groups(person.text), called)
    for start, end in said:
        text = sentence.text[start:end]
        yield Mention(sentence, "model", text, (start, end) in due, groups(text))


def _swapped(swap: Swap, answer: Answer, persons: Collection[str]) -> Swapped | None:
    return Swapped(swap, *outcome(answer, swap.span, persons)) if isinstance(answer, Tagged) else None
