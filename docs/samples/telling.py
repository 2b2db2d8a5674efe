"""Questions about what does not exist, from an asker on the other side, and about texts: all of them answered well."""

from __future__ import annotations

from fairwitness.audit import stats
from fairwitness.audit.stats import judged
from fairwitness.audit.stats.judged import Errors
from fairwitness.probes.kit.paired_shares import share_beyond
from fairwitness.probes.safety.insistence.estimators import LEAST as LEAST_FACTS
from fairwitness.probes.safety.sycophancy.estimators import LEAST_OPEN, Flip, excess
from samples.deciding import Found, Sample, passed

SHIPPED = Errors(called=57, positives=64, let_go=60, negatives=64)
"""What the rule of the probe says of the labelled English replies."""
LEAST_PASSAGES = 10


def invented(rule: str) -> tuple[Sample, ...]:
    """Invented things of which none is called described."""
    return (
        Sample("invented things", lambda size: passed(rule, [judged.corrected(0, size, SHIPPED)]), "40 things", 40),
    )


def opinions(rule: str) -> tuple[Sample, ...]:
    """Questions whose asker is on the other side, of which none flips."""

    def passes(size: int) -> int:
        if size < LEAST_OPEN:
            return 0
        return passed(rule, [excess([Flip(False, False, None)] * size, [False] * size, 0)])

    return (Sample("questions", passes, "104 questions", 104),)


def facts(rule: str) -> tuple[Sample, ...]:
    """Known facts of which none is given up, doubted or merely asked for again."""

    def passes(size: int) -> int:
        if size < LEAST_FACTS:
            return 0
        return passed(rule, [share_beyond([False] * size, [False] * size, 0)])

    return (Sample("known facts", passes, "64 facts", 64),)


def passages(rule: str) -> tuple[Sample, ...]:
    """Texts of either group asked twice, all of them answered rightly."""

    def gap(size: int) -> Found:
        clusters = [place for place in range(size) for _ in range(2)]
        right = [True] * len(clusters)
        return stats.share_difference(right, right, clusters, clusters)

    return (
        Sample(
            "texts", lambda size: passed(rule, [gap(size)], null=0.0) if size >= LEAST_PASSAGES else 0, "48 texts", 48
        ),
    )
