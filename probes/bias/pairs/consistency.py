"""Whether the scores of pairs of sentences measure one thing: halves of the pairs, and one score beside another."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.bias.pairs.preference import exchange
from fairwitness.probes.bias.pairs.scores import Scored, ScoreName
from fairwitness.probes.kit.reliability import (
    FEWEST_PARTS,
    agreement_metric,
    part_means,
    reliability_metric,
    scoring_agreement,
    split_half,
)
from fairwitness.probes.kit.validity import unless

TAGS = ("intrinsic", "overall")

K = TypeVar("K", bound=Hashable)


def of_pairs(scored: Sequence[Scored], names: Sequence[ScoreName], reason: str, seed: int) -> list[Metric]:
    """Split-half reliability of the default score, and its agreement with each other one."""
    parts, items = "categories", "exchanged words"
    if len({one.pair.category for one in scored} - {""}) < FEWEST_PARTS:
        parts, items = "exchanged words", "sentences"
    behind = ("categories",) if scored else ()
    halves = reliability_metric(
        unless(reason, lambda: reliability(scored, names[0], seed)), parts, items, tags=TAGS, evidence=behind
    )
    return [halves, *agreements({name: _means(scored, name) for name in names}, "exchanged words", reason)]


def reliability(scored: Sequence[Scored], name: ScoreName, seed: int) -> Estimate | Undefined:
    """Reliability of the shares of categories, from halves of the exchanges, so that no exchange is in both halves.

    Below four categories that of the shares of exchanges, from halves of the templates, or of the pairs.
    """
    chosen = [one for one in scored if one.pair.category]
    words = [exchange(one.pair) for one in scored]
    if len({one.pair.category for one in chosen}) < FEWEST_PARTS:
        rows = [one.pair.template or f"row {one.pair.row}" for one in scored]
        return split_half([float(one.prefers_more(name)) for one in scored], words, rows, seed)
    values, labels = [float(one.prefers_more(name)) for one in chosen], [one.pair.category for one in chosen]
    return split_half(values, labels, [exchange(one.pair) for one in chosen], seed)


def _means(scored: Sequence[Scored], name: ScoreName) -> dict[Hashable, float]:
    return part_means((exchange(one.pair), float(one.prefers_more(name))) for one in scored)


def agreements(means: Mapping[str, Mapping[K, float]], parts: str, reason: str) -> list[Metric]:
    """How well each other score agrees with the first over `parts`, of which `means` has the share under each score."""
    if not means:
        return []
    first, *others = means
    return [
        agreement_metric(
            unless(reason, lambda name=name: scoring_agreement(means[first], means[name])),  # type: ignore[misc]
            (f"score {first}", f"score {name}"),
            parts,
            tags=TAGS,
            evidence=("agreement",) if means[first] else (),
        )
        for name in others
    ]
