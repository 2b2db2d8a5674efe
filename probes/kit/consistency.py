"""Headline metrics of every bias score: do halves of its items agree, and do two ways of scoring?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from fairwitness.audit.records import Estimate, Metric, Translated, Undefined, joined
from fairwitness.audit.stats.reliability import part_means, scoring_agreement, split_half
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.validity import Reason, unless
from fairwitness.probes.kit.words import SHARED as WORDS

CHECK = partial(Measure, words=WORDS, better="higher", role="description", tags=("reliability",))
RELIABILITY = CHECK(name="split_half_reliability", unit="reliability")
AGREEMENT = CHECK(name="scoring_agreement", unit="correlation")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartScore:
    """What one item (a sentence) says of one part (an occupation, a group), by the score and by another scoring."""

    part: Hashable
    item: Hashable
    score: float | None
    other: float | None = None
    """Either is None where the item has no answer to that scoring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """How the parts and items of a probe are called (plural nouns), and both scorings where there are two.

    What several probes call alike stands under `[nouns]` of the kit.
    """

    parts: str
    items: str
    scorings: tuple[str, str] | None = None
    headline: bool = True
    tags: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What is measured: with two scorings also their agreement."""
        return (RELIABILITY,) if self.scorings is None else (RELIABILITY, AGREEMENT)

    def metrics(
        self, scores: Sequence[PartScore], reason: Reason, seed: int, *, other_reason: Reason = None
    ) -> list[Metric]:
        """The reliability of the scores, and the agreement of both scorings; not interpretable where there is a reason.

        `other_reason` is why the other scoring alone means nothing.
        """
        known = [(score.score, score.part, score.item) for score in scores if score.score is not None]
        halves = unless(
            reason,
            lambda: split_half(
                [value for value, _, _ in known], [part for _, part, _ in known], [item for _, _, item in known], seed
            ),
        )
        metrics = [self.reliability(halves)]
        if self.scorings is not None:
            agreed = unless(
                reason or other_reason,
                lambda: scoring_agreement(
                    part_means((part, value) for value, part, _ in known),
                    part_means((score.part, score.other) for score in scores if score.other is not None),
                ),
            )
            metrics.append(self.agreement(agreed))
        return metrics

    def reliability(self, estimate: Estimate | Undefined) -> Metric:
        """The metric of an estimate of `split_half`."""
        return self._tagged(RELIABILITY).metric(estimate, parts=_noun(self.parts), items=_noun(self.items))

    def agreement(self, estimate: Estimate | Undefined) -> Metric:
        """The metric of an estimate of `scoring_agreement`. Raises ValueError where no scorings are named."""
        if self.scorings is None:
            raise ValueError("the agreement of two scorings needs their names")
        first, second = map(_noun, self.scorings)
        variant = {"scorings": joined(" / ", (first, second))}
        parts = _noun(self.parts)
        return self._tagged(AGREEMENT).metric(estimate, variant=variant, parts=parts, first=first, second=second)

    def _tagged(self, measure: Measure) -> Measure:
        return replace(measure, tags=(*self.tags, *measure.tags), evidence=self.evidence, headline=self.headline)


def _noun(noun: str) -> str:
    """How parts, items and scorings are called, which several probes call alike."""
    return noun if isinstance(noun, Translated) else WORDS.term("nouns", noun)
