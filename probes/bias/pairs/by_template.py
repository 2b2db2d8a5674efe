"""Shares of items that belong to templates or target terms, of which each weighs the same, had all been answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.pairs.clustered import Labels, Share, clustered_share, equal_weights


def share(
    values: Sequence[float], labels: Labels, others: Labels | None = None, words: Sequence[str] | None = None
) -> Share | Undefined:
    """The mean over `labels` of values of 0 to 1, as `clustered_share`; `others`, or `words`, tie the values as well.

    Undefined below two labels (or two others).
    """
    factors = (labels,) if others is None else (labels, others)
    return clustered_share(values, equal_weights(labels), *factors, words=words, whole_clusters=words is not None)


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
