"""Whether a model can do a task at all: the share of control questions, whose answer is known, that it gets right."""

from __future__ import annotations

from assay.audit import stats
from assay.audit.records import Estimate, Undefined


def share_right(right: int, answered: int, asked: int) -> Estimate | Undefined:
    """The share right of the controls that have an answer: one without is neither right nor wrong.

    Undefined where none has. Floors count otherwise: there a missing answer is no right one.
    """
    if asked == 0:
        return Undefined("no control asked", "not_asked")
    if answered == 0:
        return Undefined(f"not estimable: none of the {asked} controls has an answer")
    return stats.proportion(right, answered)


def leans(estimate: Estimate | Undefined, by: float, null: float = 0.0) -> bool:
    """Whether an interval lies wholly farther than `by` from the null value, above or below.

    A floor keeps answers by chance from passing for even ones. It must not let the most biased model off, which may
    get no more right than a coin: a lean that chance does not give is concluded whatever the floor says.
    """
    return isinstance(estimate, Estimate) and (estimate.low > null + by or estimate.high < null - by)


def shown_above(share: Estimate | Undefined, bound: float) -> bool:
    """Whether a share is shown to lie above a bound: `leans` of shares, in which a tie is neither one nor the other."""
    return isinstance(share, Estimate) and share.low > bound


def silent(answered: int, asked: int) -> str:
    """How many controls have no answer, as a clause; empty where all have one."""
    return f" ({asked - answered} have no answer)" if answered < asked else ""
