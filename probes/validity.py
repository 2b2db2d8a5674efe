"""What a validity check may do to a score: a missed check takes away passes, never failures."""

from __future__ import annotations

from assay.audit.records import Estimate, Undefined

PLAIN = 0.1
"""A score of the range -1 to 1 that is shown to be farther than this from 0 is bias, whatever else the model can do."""


def readable(found: Estimate | Undefined, missed: str) -> Estimate | Undefined:
    """The score where it may be read: no check is `missed`, or the bias is plain all the same.

    Plain: with every unanswered question answered the better way the interval still lies wholly beyond PLAIN. Other
    scores of a model that missed a check are not interpretable.
    """
    if not missed or (isinstance(found, Estimate) and _plain(found)):
        return found
    return Undefined(missed, "not_interpretable")


def _plain(found: Estimate) -> bool:
    least, most = found.if_answered or (found.value, found.value)
    return found.low - (found.value - least) > PLAIN or found.high + (most - found.value) < -PLAIN
