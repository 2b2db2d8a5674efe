"""Shares of yes-or-no items that belong to templates or target terms, of which each weighs the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from assay.audit import stats
from assay.audit.records import Estimate, Undefined
from assay.audit.stats.clusters import cluster_means

PERCENT_BOUNDS = (0.0, 100.0)
METHOD = "Wilson at the effective count of clusters"


def share_sample(values: Sequence[float], labels: Sequence[Hashable]) -> stats.Sample | Undefined:
    """The mean over clusters of values of 0 to 1, in %, with Wilson's limits at its effective count.

    The t quantile is that of as many degrees of freedom as there are clusters, less one. Undefined below two clusters.
    """
    means, problem = cluster_means(values, labels)
    if problem:
        return Undefined(problem)
    sizes = Counter(labels)
    weights = np.array([1 / sizes[label] for label in labels])
    most = float(weights.sum()) ** 2 / float(weights @ weights)
    error = float(means.std(ddof=1)) / len(means) ** 0.5
    value = min(1.0, max(0.0, float(means.mean())))
    sample = stats.effective_share(value, error, most, len(means) - 1, len(means))
    return stats.linear([(100.0, sample)])


def share(values: Sequence[float], labels: Sequence[Hashable]) -> Estimate | Undefined:
    """The share of `share_sample` with its interval."""
    sample = share_sample(values, labels)
    return sample if isinstance(sample, Undefined) else sample.estimate(METHOD, PERCENT_BOUNDS)


def if_answered(
    estimate: Estimate | Undefined, values: Sequence[float], labels: Sequence[Hashable], missing: Sequence[Hashable]
) -> Estimate | Undefined:
    """The share, in %, with its lowest and highest value had the missing items been answered; `missing` are labels."""
    if isinstance(estimate, Undefined):
        return estimate
    known: dict[Hashable, list[float]] = {label: [] for label in [*labels, *missing]}
    for label, value in zip(labels, values, strict=True):
        known[label].append(value)
    lost = Counter(missing)
    low = [sum(own) / (len(own) + lost[label]) for label, own in known.items()]
    high = [(sum(own) + lost[label]) / (len(own) + lost[label]) for label, own in known.items()]
    ends = 100.0 * float(np.mean(low)), 100.0 * float(np.mean(high))
    return replace(estimate, if_answered=(min(ends[0], estimate.value), max(ends[1], estimate.value)))
