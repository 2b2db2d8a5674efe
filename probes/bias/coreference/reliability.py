"""Whether what is read of single occupations holds: in halves of the sentences, and by another way of scoring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.kit.reliability import (
    agreement_metric,
    part_means,
    reliability_metric,
    scoring_agreement,
    split_half,
)
from fairwitness.probes.kit.validity import unless


@dataclass(frozen=True, slots=True)
class Reading:
    """What one sentence says of an occupation, by the decisions of the model and by another scoring of them."""

    occupation: str
    sentence: int
    score: float
    other: float


def metrics(
    readings: Sequence[Reading], reason: str, seed: int, scorings: tuple[str, str], tags: tuple[str, ...]
) -> list[Metric]:
    """Both headline metrics; not interpretable where there is a `reason`. `scorings` names the two ways in words."""

    def halves() -> Estimate | Undefined:
        scores, occupations = [one.score for one in readings], [one.occupation for one in readings]
        return split_half(scores, occupations, [one.sentence for one in readings], seed)

    def both() -> Estimate | Undefined:
        return scoring_agreement(
            part_means((one.occupation, one.score) for one in readings),
            part_means((one.occupation, one.other) for one in readings),
        )

    behind = ("examples",)
    return [
        reliability_metric(unless(reason, halves), "occupations", "sentences", tags=tags, evidence=behind),
        agreement_metric(unless(reason, both), scorings, "occupations", tags=tags, evidence=behind),
    ]
