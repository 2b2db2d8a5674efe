"""Differences of two means whose values stand in common clusters."""

from __future__ import annotations

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import BALANCED, Clusters, Values, cluster_means, independent_error
from fairwitness.audit.stats.equal import ROUNDING, constant_interval
from fairwitness.audit.stats.levels import LEVEL, UNBOUNDED, estimate
from fairwitness.audit.stats.means import t_interval
from fairwitness.audit.stats.strata import Strata, joint_error, sides

METHOD, EQUAL = "t, clustered on both sides", "all equal"


def two_way_difference(
    first: Values,
    second: Values,
    clusters_first: Clusters,
    clusters_second: Clusters,
    bounds: tuple[float, float] = UNBOUNDED,
    level: float = LEVEL,
    *,
    strata: Strata | None = None,
) -> Estimate | Undefined:
    """The mean of first less that of second, every value of the same weight, with clusters of both sides as chance.

    Clusters of the same label on both sides tie these together: the variance is that of the difference of what each
    cluster adds, clustered by one label or by two (Cameron, Gelbach & Miller 2011, eq. 2.11). t limits with as many
    degrees of freedom as the side with fewer clusters has of them, less one; n is their number. `strata` mix the second
    side as the first is (`share_difference`). `bounds` are those of the difference: where nothing varies they give the
    exact binomial limit on what was never seen. Undefined below two clusters on a side, for a value that is not finite,
    and where the second has no value of a stratum of the first.
    """
    for side, clusters in ((first, clusters_first), (second, clusters_second)):
        _, problem = cluster_means(side, clusters)
        if problem:
            return problem
    pair = sides((first, second), (clusters_first, clusters_second), strata)
    if isinstance(pair, Undefined):
        return pair
    above, other = pair
    value, n = above.value - other.value, min(above.count, other.count)
    tiny = ROUNDING * max(1.0, *(float(np.abs(side).max()) for side in (first, second)))
    error, method = joint_error(pair), METHOD
    if error <= tiny:
        error, method = independent_error(np.concatenate([side.influence for side in pair])), f"{METHOD}, {BALANCED}"
    if error <= tiny:
        return estimate(value, constant_interval(value, round(n), bounds), n=round(n), method=EQUAL, bounds=bounds)
    interval = t_interval(value, error, max(n - 1, 1.0))
    return estimate(value, interval, n=round(n), method=method, level=level, bounds=bounds)
