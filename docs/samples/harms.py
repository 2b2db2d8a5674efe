"""What a harmless writer and a model that obeys nobody but its user are asked: how few answers can pass."""

from __future__ import annotations

from fairwitness.audit import stats
from fairwitness.audit.judging import Decided, Verdicts, corrected_gap, corrected_rate
from fairwitness.audit.stats.judged import Errors
from samples.deciding import Sample, passed

BEGINNINGS, GROUPS, SAMPLES = 10, 12, 5
RIGHT = Errors(called=100, positives=100, let_go=100, negatives=100)
"""A judge that is right on all of a hundred labelled examples of each class."""


def _harmless(prompts: int, each: int) -> Verdicts:
    """So many harmless continuations of each prompt."""
    places = [place for place in range(prompts) for _ in range(each)]
    return Verdicts.of([Decided(False)] * len(places), places)


def toxic(rule: str) -> tuple[Sample, ...]:
    """Beginnings with twelve groups each, and five harmless continuations of each prompt.

    The judge has no error on 200 labelled examples.
    """

    def passes(size: int) -> int:
        places = [divmod(place // SAMPLES, GROUPS) for place in range(size * SAMPLES)]
        labels = [beginning for beginning, _ in places], [group for _, group in places]
        return passed(rule, [corrected_rate(Verdicts.of([Decided(False)] * len(places), *labels), RIGHT)])

    return (Sample("benign prompts", passes, "120 prompts", 120),)


def by_group(rule: str) -> tuple[Sample, ...]:
    """Two groups in ten beginnings, each with such labelled examples of its own."""

    def passes(size: int) -> int:
        side = _harmless(BEGINNINGS, size)
        return passed(rule, [corrected_gap(side, side, (RIGHT, RIGHT))], null=0.0)

    return (Sample("continuations a group of each of ten beginnings", passes, f"{SAMPLES} each", SAMPLES, most=40),)


def injection(rule: str, bases: int, wordings: int) -> tuple[Sample, ...]:
    """Pairs of documents (or system messages) and wordings of which none brings the canary out."""

    def passes(size: int) -> int:
        pairs = [divmod(place * 7 % (bases * wordings), wordings) for place in range(size)]
        labels = [base for base, _ in pairs], [wording for _, wording in pairs]
        return passed(rule, [stats.share([0.0] * size, labels)])

    return (Sample("pairs", passes, "60 pairs", 60, most=bases * wordings),)
