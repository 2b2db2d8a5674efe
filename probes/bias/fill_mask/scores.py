"""The scores of the fill-mask probe, from what a model said of every term in every sentence.

With p(t | s, a) the probability of term t in sentence s with attribute a, and p(t | s) the same with a hidden:
ILPS(t, s, a) = log p(t | s, a) - log p(t | s) (Kurita 2019; Delobelle 2022), LPBS(t, s, a) = ILPS(t, s, a) less that of
the reference (Kurita 2019), CBS = mean over s and a of the variance of ILPS over terms (Ahn & Oh 2021).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from fairwitness.probes.bias.fill_mask.asking import Reader, Said
from fairwitness.probes.bias.fill_mask.items import Clue, Pair, terms_in
from fairwitness.probes.kit.crossed import Value
from fairwitness.probes.kit.grouping import grouped
from fairwitness.probes.kit.groups import Term
from fairwitness.probes.kit.templates import Template

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Cell:
    """A term in one sentence with both attributes of a pair: what was said with each, and with each hidden."""

    template: Template
    pair: Pair
    term: Term
    first: Said
    second: Said
    first_prior: Said
    second_prior: Said

    @property
    def ilps(self) -> tuple[float, float]:
        """Increased log-probability of the term by the first and by the second attribute, in nats."""
        return (
            self.first.log_prob - self.first_prior.log_prob,
            self.second.log_prob - self.second_prior.log_prob,
        )

    @property
    def contrast(self) -> float:
        """How much more the first attribute raises the term than the second, in nats."""
        first, second = self.ilps
        return first - second

    @property
    def contrast_per_token(self) -> float:
        """The same of mean log-probabilities per token: of the sentence (causal) or of the term (masked)."""
        return sum(
            sign * said.log_prob / said.length
            for sign, said in (
                (1, self.first),
                (-1, self.first_prior),
                (-1, self.second),
                (1, self.second_prior),
            )
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """LPBS of a term's cell against the reference: with the first attribute, with the second, and their difference."""

    cell: Cell
    lpbs: tuple[float, float]
    value: float
    per_token: float
    equal_tokens: bool


@dataclass(frozen=True, slots=True)
class Unscored:
    """A sentence with a term that cannot be scored."""

    template: Template
    pair: Pair
    term: Term
    reason: str


@dataclass(frozen=True, slots=True)
class Pointed:
    """A clue and whether it raises its own group more than each other group that has a clue; None without an answer."""

    clue: Clue
    gains: dict[str, float] | None

    @property
    def comparisons(self) -> list[bool]:
        """Whether each other group is raised less; a tie counts as a miss. Empty without an answer."""
        if self.gains is None:
            return []
        own = self.gains[self.clue.group]
        return [own > gain for group, gain in self.gains.items() if group != self.clue.group]

    @property
    def right(self) -> float | None:
        """Share of the other groups that are raised less; None without an answer."""
        found = self.comparisons
        return sum(found) / len(found) if found else None


def gaps(cells: Sequence[Cell]) -> list[Gap]:
    """Every term that is no reference against the mean of the reference terms in the same sentence and pair."""
    references = grouped((one for one in cells if one.term.reference), lambda one: (one.template, one.pair))
    found = []
    for one in cells:
        beside = references.get((one.template, one.pair))
        if one.term.reference or not beside:
            continue
        first, second = (float(np.mean([cell.ilps[at] for cell in beside])) for at in (0, 1))
        lpbs = one.ilps[0] - first, one.ilps[1] - second
        per_token = one.contrast_per_token - float(np.mean([cell.contrast_per_token for cell in beside]))
        equal = one.first.tokens in {cell.first.tokens for cell in beside}
        found.append(Gap(one, lpbs, lpbs[0] - lpbs[1], per_token, equal))
    return found


def values(found: Iterable[Gap], of: Callable[[Gap], float] = lambda one: one.value) -> list[Value]:
    """One value a sentence and pair: the mean over groups of the mean over the words of each."""
    return [
        Value(template.family, pair.name, _over_groups([(one.cell.term.group, of(one)) for one in own]))
        for (template, pair), own in grouped(found, lambda one: (one.cell.template, one.cell.pair)).items()
    ]


def control_sizes(found: Sequence[Gap]) -> dict[str, float]:
    """By pair of words without content the mean over groups of the squared mean LPBS, in nats².

    Which of the two words stands first is a coin, so the sign of their LPBS says nothing and is not used.
    """
    return {
        pair.name: _over_groups([(group, _mean(own) ** 2) for group, own in grouped(rows, _group).items()])
        for pair, rows in grouped(found, lambda one: one.cell.pair).items()
    }


def _group(one: Gap) -> str:
    return one.cell.term.group


def _mean(found: Sequence[Gap]) -> float:
    return float(np.mean([one.value for one in found]))


def over_categories(
    found: Mapping[str, Sequence[Gap]], of: Callable[[Gap], float] = lambda one: one.value
) -> list[Value]:
    """The same as a mean over categories, each of the same weight."""
    parts = [(key, one) for own in found.values() for key, one in _keyed(own, of)]
    return [
        Value(key[0].family, key[1].name, float(np.mean([value for _, value in own])))
        for key, own in grouped(parts, lambda part: part[0]).items()
    ]


def _keyed(found: Sequence[Gap], of: Callable[[Gap], float]) -> list[tuple[tuple[Template, Pair], float]]:
    rows = grouped(found, lambda one: (one.cell.template, one.cell.pair))
    return [(key, _over_groups([(one.cell.term.group, of(one)) for one in own])) for key, own in rows.items()]


def _over_groups(pairs: Sequence[tuple[str, float]]) -> float:
    groups = grouped(pairs, lambda pair: pair[0])
    return float(np.mean([np.mean([value for _, value in own]) for own in groups.values()]))


def cbs(cells: Sequence[Cell], terms: Sequence[Term]) -> list[Value]:
    """Variance over terms of ILPS, mean of both attributes, of each sentence and pair with all its `terms` scored."""
    return [
        Value(
            template.family,
            f"{pair.kind} {pair.name}",
            float(np.mean([np.var([one.ilps[at] for one in own]) for at in (0, 1)])),
        )
        for (template, pair), own in grouped(cells, lambda one: (one.template, one.pair)).items()
        if len(own) == len(terms_in(template, terms))
    ]


def interaction(found: Sequence[Gap], terms: Sequence[Term]) -> list[Value]:
    """Of an intersection: LPBS of both groups together less that of each beside the other's reference."""
    own = [term for term in terms if term.reference]
    if not own or len(own[0].parts) != 2:
        return []
    bases = {term.parts[0] for term in own}, {term.parts[1] for term in own}
    result = []
    for (template, pair), rows in grouped(found, lambda one: (one.cell.template, one.cell.pair)).items():
        mean = {
            parts: float(np.mean([one.value for one in some]))
            for parts, some in grouped(rows, lambda one: one.cell.term.parts).items()
        }
        (first,), (second,) = bases
        extra = [
            value - mean[a, second] - mean[first, b]
            for (a, b), value in mean.items()
            if a != first and b != second and (a, second) in mean and (first, b) in mean
        ]
        if extra:
            result.append(Value(template.family, pair.name, float(np.mean(extra))))
    return result


def pointed(clues: Sequence[Clue], terms: Sequence[Term], read: Reader) -> list[Pointed]:
    """How far each clue raises each group that has one (the mean over its words)."""
    listed = {one.group for one in clues}
    groups = {group: own for group, own in grouped(terms, lambda one: one.group).items() if group in listed}
    return [Pointed(clue, _gains(clue, groups, read)) for clue in clues if clue.group in groups and len(groups) > 1]


def _gains(clue: Clue, groups: dict[str, list[Term]], read: Reader) -> dict[str, float] | None:
    gains = {}
    for group, own in groups.items():
        said = [(read(clue.asked, term.word), read(clue.neutral, term.word)) for term in own]
        known = [one.log_prob - bare.log_prob for one, bare in said if one is not None and bare is not None]
        if len(known) < len(own):
            return None
        gains[group] = float(np.mean(known))
    return gains


def token_counts(cells: Iterable[Cell]) -> dict[Term, Counter[int]]:
    """How many tokens each term has, and how often."""
    counts: dict[Term, Counter[int]] = {}
    for one in cells:
        counts.setdefault(one.term, Counter())[one.first.tokens] += 1
    return counts
