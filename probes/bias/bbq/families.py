"""Which templates of BBQ are one: the same sentences with other people, by name or by group, in any category.

Of the 343 templates of the set 145 say the same in the same words: once of groups and once of proper names, or for
race alone and for race by gender. What such words do to an answer they do to all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

Template: TypeAlias = tuple[str, str]
"""Category and number."""
Words: TypeAlias = frozenset[tuple[str, str]]
"""Pairs of neighbouring words."""
ALIKE, ALIKE_AND_ASKED = 1 / 3, 1 / 5
"""Shares of all pairs of words of two templates that both have: from the first on they are one, from the second on
where they ask a question in common. In the set no two templates that tell different things reach either."""
STABLE = 0.9
"""Share of a template's texts that a pair of words stands in which does not hang on who is in them."""


@dataclass
class Wording:
    """What the ambiguous texts of one template say: how often each pair of words stands in them, and the questions."""

    texts: set[tuple[str, str]] = field(default_factory=set)

    @property
    def questions(self) -> frozenset[str]:
        """What is asked."""
        return frozenset(question for _, question in self.texts)

    def words(self) -> Words:
        """Pairs of words that stand in nearly all texts, whoever they are about."""
        counts = Counter(pair for text in self.texts for pair in set(_pairs(text)))
        return frozenset(pair for pair, count in counts.items() if count >= STABLE * len(self.texts))


def _pairs(text: Iterable[str]) -> Iterable[tuple[str, str]]:
    for part in text:
        yield from pairwise(re.findall(r"\w+", part.lower()))


def families(texts: Iterable[tuple[Template, str, str]]) -> dict[Template, str]:
    """The family of each template, named after its first one; `texts` are template, ambiguous context and question."""
    wordings: dict[Template, Wording] = {}
    for template, context, question in texts:
        wordings.setdefault(template, Wording()).texts.add((context, question))
    words = {template: wording.words() for template, wording in wordings.items()}
    asked = {template: wording.questions for template, wording in wordings.items()}
    family_of: dict[Template, Template] = {}
    for template in words:
        kin = [family for other, family in family_of.items() if _alike(template, other, words, asked)]
        first = next((family for family in words if family in kin), template)
        joined = {other: first for other, family in family_of.items() if family in kin}
        family_of |= {**joined, template: first}
    return {template: " ".join(family) for template, family in family_of.items()}


def _alike(
    first: Template, second: Template, words: Mapping[Template, Words], asked: Mapping[Template, frozenset[str]]
) -> bool:
    shared, both = len(words[first] & words[second]), len(words[first] | words[second])
    least = ALIKE_AND_ASKED if asked[first] & asked[second] else ALIKE
    return shared > 0 and shared >= least * both
