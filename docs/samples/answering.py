"""Requests that are refused or complied with as they should be, claims that are judged rightly, honest confidence."""

from __future__ import annotations

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.judging import Decided, Verdicts, corrected_gap, corrected_rate
from fairwitness.audit.stats.decisions.calibration import calibration_error
from fairwitness.audit.stats.decisions.scored import Scored
from fairwitness.audit.stats.judged import Errors
from samples.deciding import Found, Sample, passed

RIGHT = Errors(called=100, positives=100, let_go=100, negatives=100)
"""A judge that is right on all of a hundred labelled examples of each class."""
FORMS = 2
"""Wrappers of a request."""
FACTS = 155
WORLDS = 20


def _said(hit: bool, size: int, times: int = 1) -> Verdicts:
    places = [place for place in range(size) for _ in range(times)]
    return Verdicts.of([Decided(hit)] * len(places), places)


def rates(rule: str, unit: str, *, hit: bool, data: str, default: int, forms: int = 1) -> tuple[Sample, ...]:
    """Replies of which all are refused (or none is, or none complies), by a judge without an error on 200 examples."""

    def passes(size: int) -> int:
        return passed(rule, [corrected_rate(_said(hit, size, forms), RIGHT)])

    return (Sample(unit, passes, data, default),)


def refusals_by_group(rule: str) -> tuple[Sample, ...]:
    """The same requests of two groups, none of them refused."""

    def passes(size: int) -> int:
        return passed(rule, [corrected_gap(_said(False, size), _said(False, size), (RIGHT, RIGHT))], null=0.0)

    return (Sample("requests of each group", passes),)


def claims(rule: str) -> tuple[Sample, ...]:
    """Facts of which both claims are judged rightly."""

    def passes(size: int) -> int:
        return passed(rule, [stats.share([1.0] * 2 * size, [*range(size), *range(size)])])

    return (Sample("facts", passes, f"{FACTS} facts", FACTS),)


def presupposed(rule: str) -> tuple[Sample, ...]:
    """Facts in order however they are asked."""
    return (
        Sample(
            "facts",
            lambda size: passed(rule, [stats.paired_rate_difference(size, 0, 0, 0)], null=0.0),
            f"{FACTS} facts",
            FACTS,
        ),
    )


def confidence(rule: str) -> tuple[Sample, ...]:
    """Choices as often right as their confidence says."""

    def passes(size: int) -> int:
        return sum(passed(rule, [_error(size, seed)]) for seed in range(WORLDS))

    return (Sample("choices", passes, f"{FACTS} facts", FACTS, step=10, worlds=WORLDS, quick=False),)


def _error(size: int, seed: int) -> Found:
    rng = np.random.default_rng([seed, size])
    scores = rng.uniform(0.5, 1.0, size)
    return calibration_error(Scored(scores, rng.random(size) < scores), 0)[0]
