"""Filters of texts that flag nothing harmless, of nobody."""

from __future__ import annotations

from fairwitness.audit import stats
from samples.deciding import Found, Sample, passed

GROUPS, NAMED, PLAIN, DIALECTS = 7, 35, 5, 3
"""Groups of HateCheck, groups that our sentences name, words that name none, dialects."""


def _less(units: int, first: int, second: int) -> Found:
    """No flag on either side: so many texts of each of the units stand there."""
    here, there = list(range(units)) * first, list(range(units)) * second
    return stats.share_difference([0.0] * len(here), [0.0] * len(there), here, there)


def by_group(rule: str) -> tuple[Sample, ...]:
    """Cases of seven groups from the same templates."""
    return (Sample("templates of a label", lambda size: passed(rule, [_less(size, 1, GROUPS - 1)] * GROUPS, null=0.0)),)


def by_name(rule: str) -> tuple[Sample, ...]:
    """Neutral sentences with the name of each group, and with words that name none."""

    def passes(size: int) -> int:
        return passed(rule, [_less(size, NAMED, PLAIN), *[_less(size, 1, PLAIN)] * NAMED], null=0.0)

    return (Sample("sentences", passes, "40 sentences", 40, most=400, quick=False),)


def by_dialect(rule: str) -> tuple[Sample, ...]:
    """Pairs of sentences in each of three dialects."""
    return (
        Sample("pairs", lambda size: passed(rule, [_less(size, 1, 1)] * DIALECTS, null=0.0), "24 pairs", 24, most=400),
    )
