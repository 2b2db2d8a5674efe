"""The scores of the fill-mask probe, from what a model said of every term in every sentence.

With p(t | s, a) the probability of term t in sentence s with attribute a, and p(t | s) the same with a hidden:
ILPS(t, s, a) = log p(t | s, a) - log p(t | s) (Kurita 2019; Delobelle 2022), LPBS(t, s, a) = ILPS(t, s, a) less that of
the reference (Kurita 2019), CBS = mean over s and a of the variance of ILPS over terms (Ahn & Oh 2021).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TypeAlias

import numpy as np

from fairwitness.audit.stats.crossed.two_way_clustered import Value
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.reliability import part_means
from fairwitness.probes.bias.fill_mask.items import Clue, Pair, terms_in
from fairwitness.probes.kit.blanks import Answers, Blank, ModelType, Reading
from fairwitness.probes.kit.groups import Term
from fairwitness.probes.kit.templates import Template

Place: TypeAlias = tuple[Template, Pair]
"""Where a term is asked: a sentence, and a pair of attributes for it."""
Reader: TypeAlias = Callable[[Blank, str], Reading | None]
"""What was said of a term in a sentence; None where there is no answer."""


def of_term(blank: Blank, word: str) -> Blank:
    """The sentence as it is asked for one term; one of k tokens has k blanks, filled jointly."""
    return replace(blank, fillers=(word,))


def reader(answers: Answers, model: ModelType) -> Reader:
    """Reads terms in sentences out of the answers."""
    return lambda blank, word: of_term(blank, word).read(answers, model)


@dataclass(frozen=True, slots=True)
class AskedTerm:
    """A term in one sentence, with both attributes of a pair."""

    template: Template
    pair: Pair
    term: Term


@dataclass(frozen=True, slots=True)
class Cell(AskedTerm):
    """What was said of a term with each attribute, and with each hidden."""

    first: Reading
    second: Reading
    first_prior: Reading
    second_prior: Reading

    @property
    def asked(self) -> AskedTerm:
        """What was asked."""
        return AskedTerm(self.template, self.pair, self.term)

    @property
    def place(self) -> Place:
        """Where the term was asked."""
        return self.template, self.pair

    @property
    def tokens(self) -> int:
        """Tokens of the term."""
        return self.first.tokens[0]

    @property
    def ilps(self) -> tuple[float, float]:
        """Increased log-probability of the term by the first and by the second attribute, in nats."""
        first = self.first.log_probs[0] - self.first_prior.log_probs[0]
        return first, self.second.log_probs[0] - self.second_prior.log_probs[0]

    @property
    def contrast(self) -> float:
        """How much more the first attribute raises the term than the second, in nats."""
        first, second = self.ilps
        return first - second

    @property
    def contrast_per_token(self) -> float:
        """The same of mean log-probabilities per token: of the sentence (causal) or of the term (masked)."""
        readings = (self.first, self.first_prior, self.second, self.second_prior)
        first, first_prior, second, second_prior = (reading.log_probs[0] / reading.lengths[0] for reading in readings)
        return first - first_prior - second + second_prior


@dataclass(frozen=True, slots=True)
class Gap:
    """LPBS of a term's cell against the reference: with the first attribute, with the second, and their difference."""

    cell: Cell
    lpbs: tuple[float, float]
    per_token: float
    equal_tokens: bool

    @property
    def value(self) -> float:
        """With the first attribute less with the second, in nats."""
        return self.lpbs[0] - self.lpbs[1]

    @property
    def group(self) -> str:
        """The group of the term."""
        return self.cell.term.group


@dataclass(frozen=True, slots=True)
class ClueScore:
    """A clue and how far it raises each group that has a clue; None without an answer."""

    clue: Clue
    gains: dict[str, float] | None

    @property
    def comparisons(self) -> list[bool]:
        """Whether each other group is raised less; a tie counts as a miss. Empty without an answer."""
        if self.gains is None:
            return []
        gain_of_group = self.gains[self.clue.group]
        return [gain_of_group > gain for group, gain in self.gains.items() if group != self.clue.group]

    @property
    def right(self) -> float | None:
        """Share of the other groups that are raised less; None without an answer."""
        return sum(self.comparisons) / len(self.comparisons) if self.comparisons else None


def gaps(cells: Sequence[Cell]) -> list[Gap]:
    """Every term that is no reference against the mean of the reference terms in the same sentence and pair."""
    references = grouped((cell for cell in cells if cell.term.reference), lambda cell: cell.place)
    pair_gaps = []
    for cell in cells:
        reference = references.get(cell.place)
        if cell.term.reference or not reference:
            continue
        first, second = (float(np.mean([other.ilps[side] for other in reference])) for side in (0, 1))
        per_token = cell.contrast_per_token - float(np.mean([other.contrast_per_token for other in reference]))
        equal = cell.tokens in {other.tokens for other in reference}
        pair_gaps.append(Gap(cell, (cell.ilps[0] - first, cell.ilps[1] - second), per_token, equal))
    return pair_gaps


def by_place(gaps: Iterable[Gap], value: Callable[[Gap], float] = lambda gap: gap.value) -> dict[Place, float]:
    """Of each sentence and pair the mean over groups of the mean over the words of each."""
    places = grouped(gaps, lambda gap: gap.cell.place)
    return {place: _over_groups([(gap.group, value(gap)) for gap in members]) for place, members in places.items()}


def values(gaps: Iterable[Gap], value: Callable[[Gap], float] = lambda gap: gap.value) -> list[Value]:
    """The same as values of two factors."""
    return [Value(template.family, pair.name, mean) for (template, pair), mean in by_place(gaps, value).items()]


def over_categories(gaps_by_group: Mapping[str, Sequence[Gap]]) -> list[Value]:
    """The same as a mean over categories, each of the same weight."""
    parts = [part for members in gaps_by_group.values() for part in by_place(members).items()]
    return [Value(template.family, pair.name, mean) for (template, pair), mean in part_means(parts).items()]


def control_sizes(gaps: Sequence[Gap]) -> list[float]:
    """Of each pair of words without content the mean over groups of the squared mean LPBS, in nats².

    Which of the two words stands first is a coin, so the sign of their LPBS says nothing and is not used.
    """
    sizes = []
    for members in grouped(gaps, lambda gap: gap.cell.pair).values():
        means = [np.mean([gap.value for gap in group]) for group in grouped(members, lambda gap: gap.group).values()]
        sizes.append(float(np.mean(np.square(means))))
    return sizes


def _over_groups(pairs: Sequence[tuple[str, float]]) -> float:
    groups = grouped(pairs, lambda pair: pair[0])
    return fmean([fmean([value for _, value in members]) for members in groups.values()])


def cbs(cells: Sequence[Cell], terms: Sequence[Term]) -> list[Value]:
    """Variance over terms of ILPS, mean of both attributes, of each sentence and pair with all its `terms` scored."""
    scored_cells = []
    for (template, pair), members in grouped(cells, lambda cell: cell.place).items():
        if len(members) == len(terms_in(template, terms)):
            variances = [np.var([cell.ilps[side] for cell in members]) for side in (0, 1)]
            scored_cells.append(Value(template.family, f"{pair.kind} {pair.name}", float(np.mean(variances))))
    return scored_cells


def interaction(gaps: Sequence[Gap], terms: Sequence[Term]) -> list[Value]:
    """Of an intersection: LPBS of both groups together less that of each with the other's reference."""
    references = [term for term in terms if term.reference]
    if not references or len(references[0].parts) != 2:
        return []
    (first,), (second,) = ({term.parts[side] for term in references} for side in (0, 1))
    cells = []
    for (template, pair), members in grouped(gaps, lambda gap: gap.cell.place).items():
        mean = part_means((gap.cell.term.parts, gap.value) for gap in members)
        extra = []
        for a, b in mean:
            if a != first and b != second and (a, second) in mean and (first, b) in mean:
                extra.append(mean[a, b] - mean[a, second] - mean[first, b])
        if extra:
            cells.append(Value(template.family, pair.name, float(np.mean(extra))))
    return cells


def clue_scores(clues: Sequence[Clue], terms: Sequence[Term], read: Reader) -> list[ClueScore]:
    """How far each clue raises each group that has one (the mean over its words)."""
    listed = {clue.group for clue in clues}
    groups = grouped((term for term in terms if term.group in listed), lambda term: term.group)
    return [ClueScore(clue, _gains(clue, groups, read)) for clue in clues if clue.group in groups and len(groups) > 1]


def _gains(clue: Clue, groups: Mapping[str, Sequence[Term]], read: Reader) -> dict[str, float] | None:
    gains = {}
    for group, terms in groups.items():
        rises = []
        for term in terms:
            reading, bare = read(clue.asked, term.word), read(clue.neutral, term.word)
            if reading is None or bare is None:
                return None
            rises.append(reading.log_probs[0] - bare.log_probs[0])
        gains[group] = float(np.mean(rises))
    return gains
