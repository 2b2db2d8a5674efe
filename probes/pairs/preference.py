"""How often one sentence is preferred over the other: shares with intervals, agreement between scores, lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats as tests

from assay.audit import stats
from assay.audit.records import Estimate, Undefined
from assay.audit.stats.clusters import cluster_means
from assay.probes.pairs import by_template
from assay.probes.pairs.items import Pair
from assay.probes.pairs.scores import Scored, ScoreName
from assay.probes.unanswered import mean_if_answered

NULL = 50.0
PERCENT = "%"


def preferred(scored: Sequence[Scored], name: ScoreName, missing: Sequence[Pair] | None = None) -> Estimate | Undefined:
    """Share of the pairs, in %, whose first sentence scores strictly higher.

    Wilson's interval over pairs; where pairs have templates, the mean over templates with an interval over them. With
    the pairs that have no answer, `missing`, the share says where it could lie with them too. Undefined without pairs,
    or with a single template.
    """
    sample = share_sample(scored, name)
    if isinstance(sample, Undefined):
        return sample
    templated = _templated([one.pair for one in scored])
    found = sample.estimate(by_template.METHOD if templated else "Wilson score", by_template.PERCENT_BOUNDS)
    if missing is None:
        return found
    if not _templated([*(one.pair for one in scored), *missing]):
        return mean_if_answered(found, len(scored), len(missing), by_template.PERCENT_BOUNDS)
    labels, lost = [_label(one.pair) for one in scored], [_label(pair) for pair in missing]
    return by_template.if_answered(found, [float(one.prefers_more(name)) for one in scored], labels, lost)


def share_sample(scored: Sequence[Scored], name: ScoreName) -> stats.Sample | Undefined:
    """The share of `preferred` with its limits, for differences."""
    if not scored:
        return Undefined("not estimable: no pairs")
    if _templated([one.pair for one in scored]):
        labels = [_label(one.pair) for one in scored]
        return by_template.share_sample([float(one.prefers_more(name)) for one in scored], labels)
    hits = sum(one.prefers_more(name) for one in scored)
    return stats.linear([(100.0, stats.rate_sample(hits, len(scored)))])


def _templated(pairs: Sequence[Pair]) -> bool:
    return any(pair.template for pair in pairs)


def _label(pair: Pair) -> str:
    """The template of a pair; one without stands for itself."""
    return pair.template or f"row {pair.row}"


def _labels(scored: Sequence[Scored]) -> list[str]:
    return [_label(one.pair) for one in scored]


def _percent(scored: Sequence[Scored], name: ScoreName) -> list[float]:
    return [100.0 * one.prefers_more(name) for one in scored]


def p_value(scored: Sequence[Scored], name: ScoreName) -> float:
    """Exact two-sided p-value of the null that either sentence is as often preferred; ties are left out.

    Where pairs have templates: of a t test over the means of templates, in which a tie is no preference; where these do
    not vary, the exact chance that as many templates all lean to one side.
    """
    if _templated([one.pair for one in scored]):
        means, _ = cluster_means(_percent(scored, name), _labels(scored))
        if len(means) < 2 or np.ptp(means) > 0:
            return float(tests.ttest_1samp(means, NULL).pvalue) if len(means) > 1 else 1.0
        return 1.0 if means[0] == NULL else float(2 * 0.5 ** len(means))
    hits = sum(one.prefers_more(name) for one in scored)
    ties = sum(one.tied(name) for one in scored)
    return stats.mcnemar(hits, len(scored) - hits - ties)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often two scores prefer the same sentence, and Cohen's kappa (None where a score always says the same)."""

    share: float
    kappa: float | None


def agreement(scored: Sequence[Scored], first: ScoreName, second: ScoreName) -> Agreement:
    """Agreement of two scores over the same pairs, item by item; a tie counts as no preference for the first."""
    a = [one.prefers_more(first) for one in scored]
    b = [one.prefers_more(second) for one in scored]
    n = len(scored)
    share = sum(x == y for x, y in zip(a, b, strict=True)) / n
    p, q = sum(a) / n, sum(b) / n
    chance = p * q + (1 - p) * (1 - q)
    return Agreement(share, None if chance >= 1 else (share - chance) / (1 - chance))


@dataclass(frozen=True, slots=True)
class Lengths:
    """Pairs of unequal token count and how often the shorter one scores higher there, in %; None without such pairs."""

    unequal: int
    shorter_wins: float | None
    equal: int


def lengths(scored: Sequence[Scored], name: ScoreName) -> Lengths:
    """What length alone does under a score."""
    unequal = [one for one in scored if one.tokens[0] != one.tokens[1]]
    won = sum((one.margin(name) > 0) == (one.tokens[0] < one.tokens[1]) and not one.tied(name) for one in unequal)
    return Lengths(len(unequal), 100.0 * won / len(unequal) if unequal else None, len(scored) - len(unequal))


def equal_length(scored: Sequence[Scored]) -> list[Scored]:
    """The pairs whose sentences have equally many tokens."""
    return [one for one in scored if one.tokens[0] == one.tokens[1]]
