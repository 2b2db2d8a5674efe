"""Ratios of rates to the highest of several, with intervals that allow for which one comes out highest.

Which rate is the lowest and which the highest is learnt from the same data. So every interval here is made from those
of all pairs of groups at once (the quantile of the studentised range; Tukey 1953, Kramer 1956), each MOVER-R's of
Wilson limits (Donner & Zou 2012): wherever all of them hold, so does what is made of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.levels import LEVEL, estimate
from fairwitness.audit.stats.mover import Statistic, ratio_ends
from fairwitness.audit.stats.proportions import OF_WILSON, rate_statistic, wilson
from fairwitness.audit.stats.quantiles import range_quantile

SHARE = (0.0, 1.0)
AT_ONCE = ", all pairs at once"


def lowest_over_highest(hits: Sequence[float], n: Sequence[float], level: float = LEVEL) -> Estimate | Undefined:
    """The lowest of the rates hits / n over the highest: the impact ratio of several independent groups, from 0 to 1.

    Its limits are the smallest lower and the smallest upper limit of the ratios of all pairs, the upper one at most 1.
    The lower limit of a pair is also that of the ratio turned round, taken as if both rates were the higher one: so it
    holds whichever of the two is truly lower, and one hit less in the lowest group raises neither limit. Conservative:
    equal rates lie on the boundary. Groups without units are left out. Undefined below two groups, or where no rate is
    above 0. `n` of the estimate is the sum.
    """
    known = sorted((rate_statistic(h, size) for h, size in zip(hits, n, strict=True) if size > 0), key=_value)
    if problem := _problem(known):
        return problem
    return estimate(
        known[0].value / known[-1].value,
        lambda level: lowest_pair(known, range_quantile(level, len(known))),
        n=sum(statistic.n for statistic in known),
        method=OF_WILSON + (AT_ONCE if len(known) > 2 else ""),
        level=level,
        bounds=SHARE,
    )


def ratios_to_highest(hits: Sequence[float], n: Sequence[float], level: float = LEVEL) -> list[Estimate | Undefined]:
    """The rate of each group over the highest of all, in the order given; all intervals hold at once.

    Undefined where a group has no units, below two groups that have, and where no rate is above 0. The highest has the
    value 1, and a lower limit that says how sure it is that none is higher. `n` of an estimate is that of both groups.
    """
    statistics = [rate_statistic(h, size) if size > 0 else None for h, size in zip(hits, n, strict=True)]
    known = [statistic for statistic in statistics if statistic is not None]
    if problem := _problem(known):
        return [problem] * len(statistics)
    highest = max(known, key=_value)

    def of(statistic: Statistic) -> Estimate:
        others = [other for other in known if other is not statistic]
        return estimate(
            statistic.value / highest.value,
            lambda level: _to_any(statistic, others, range_quantile(level, len(known))),
            n=statistic.n + (max(others, key=_value) if statistic is highest else highest).n,
            method=OF_WILSON + AT_ONCE,
            level=level,
            bounds=SHARE,
        )

    return [
        reasons.stated("empty_group", "no_units") if statistic is None else of(statistic) for statistic in statistics
    ]


def _value(statistic: Statistic) -> float:
    return statistic.value


def _problem(known: Sequence[Statistic]) -> Undefined | None:
    if len(known) < 2:
        return reasons.few(len(known), 2, "groups")
    if all(statistic.value <= 0 for statistic in known):
        return reasons.stated("no_rate_above", "no_value")
    return None


def lowest_pair(ordered: Sequence[Statistic], z: float) -> tuple[float, float]:
    """The limits of `lowest_over_highest` at `z` standard errors, from rates in rising order."""
    ends = [statistic.limits(z) for statistic in ordered]
    low = high = 1.0
    for index, above in enumerate(ordered):
        if above.value == 0:
            continue
        for below, limits in zip(ordered[:index], ends, strict=False):
            least, most = ratio_ends(below.value, limits, above.value, ends[index])
            as_high = wilson(below.n * above.value, below.n, z)
            turned, _ = ratio_ends(above.value, ends[index], above.value, as_high)
            low, high = min(low, least, turned), min(high, most)
    return low, high


def _to_any(statistic: Statistic, others: Sequence[Statistic], z: float) -> tuple[float, float]:
    """The smallest lower and the smallest upper limit of one over each other; those of a rate of 0 turned round."""
    limits, low, high = statistic.limits(z), 1.0, 1.0
    for other in others:
        if other.value > 0:
            least, most = ratio_ends(statistic.value, limits, other.value, other.limits(z))
            low, high = min(low, least), min(high, most)
        elif statistic.value > 0:
            low = min(low, 1 / ratio_ends(other.value, other.limits(z), statistic.value, limits)[1])
    return low, high
