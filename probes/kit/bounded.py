"""Means of chances and of differences of chances, which lie within bounds: near an end no interval is symmetric."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import cluster_means, two_way_mean
from fairwitness.probes.kit.transforms import monotone_transform


def bounded_mean(
    values: Sequence[float],
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    bounds: tuple[float, float],
    seed: int,
) -> Estimate | Undefined:
    """The mean of values within finite `bounds`, each of the same weight, that two labels tie together.

    As a part p of the way between the bounds it has Wilson's limits at the count p (1 - p) / error², with the error
    clustered both ways and the t quantile of `stats.mean` (Korn & Graubard 1998, whose p need not come of zeros and
    ones). Where nothing varies, and undefined, as `stats.mean`.
    """
    low, span = bounds[0], bounds[1] - bounds[0]
    _, problem = cluster_means(values, (first, second))
    clustered = None if problem else two_way_mean((np.asarray(values) - low) / span, first, second)
    if clustered is None or clustered.error == 0.0:
        return stats.mean(values, clusters=(first, second), bounds=bounds, seed=seed, weigh="values")
    value = min(max(clustered.value, 0.0), 1.0)
    statistic = stats.effective_share(value, clustered.error, math.inf, clustered.df, round(clustered.count))
    part = statistic.estimate("Wilson at the effective count, clustered two ways", (0.0, 1.0))
    return monotone_transform(part, lambda share: low + span * share)
