"""Whether a model can do a task at all: the share of control questions, whose answer is known, that it gets right."""

from __future__ import annotations

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.kit.words import SHARED as WORDS

COIN = 0.5
SURE = 0.99
"""Level at which a share of controls must lie above that of a coin."""


def share_right(right: int, answered: int, asked: int) -> Estimate | Undefined:
    """The share right of the controls that have an answer: one without is neither right nor wrong.

    Undefined where none has. Floors count otherwise: there a missing answer is no right one.
    """
    if asked == 0:
        return reasons.undefined(reasons.WORDS, "reason.no_control", "not_asked", "not_asked")
    if answered == 0:
        return reasons.stated("control_unanswered", "unanswered", asked=asked)
    return stats.proportion(right, answered)


def competent(right: int, asked: int, least: float) -> bool:
    """Whether so many controls of two answers are right: a share of `least`, and surely more than a coin gets.

    Of few controls a coin gets three in four now and then: 18 of 24 once in 90 times. A control without an answer is
    not right.
    """
    if asked == 0 or right < least * asked:
        return False
    share = stats.proportion(right, asked)
    sure = share.at(SURE) if isinstance(share, Estimate) else None
    return sure is not None and sure.low > COIN


def silent(answered: int, asked: int) -> str:
    """How many controls have no answer, as a clause; empty where all have one."""
    return WORDS("controls.silent", missing=asked - answered) if answered < asked else ""
