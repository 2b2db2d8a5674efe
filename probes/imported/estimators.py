"""The mean of imported scores with an interval that knows which items belong together, and of the log's own number."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.imported.record import Stated
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.unanswered import mean_if_answered
from fairwitness.probes.imported.items import Column
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
SHARE = (0.0, 1.0)
MISSING = 0.05
"""Largest share of the items of a metric that may lack its score, as of the requests of any probe."""
CLOSE = 1e-6
"""Relative difference up to which two means of the same numbers are one: harnesses round and add in other orders."""


def estimate(column: Column) -> Estimate | Undefined:
    """The mean score of the items, every item of the same weight; of scores of 0 and 1 a share.

    Items of one document (or whatever the log names) are one independent unit, and so are all answers to one item.
    Shares have Wilson's interval (of clusters at the effective count), other means a t interval clustered by unit.
    Undefined where the log does not make its number by a mean, where no item has a score, below two units of what is no
    share, where more than one in twenty items lack the score, and where these could have had any.
    """
    if column.scale.not_a_mean:
        how = column.scale.not_a_mean
        return WORDS.undefined("reason.not_a_mean", "not_comparable", name=column.name, how=how)
    scores, units = column.known()
    missing = len(column.items) - len(scores)
    if not scores:
        return WORDS.undefined("reason.no_score", "unanswered", total=len(column.items))
    if missing > MISSING * len(column.items):
        return WORDS.undefined("reason.too_many", "unanswered", missing=missing, total=len(column.items))
    if missing and not column.bounded:
        return WORDS.undefined("reason.unbounded", "unanswered", missing=missing, total=len(column.items))
    made = _mean(column, scores, units)
    return mean_if_answered(made, len(scores), missing, SHARE) if column.bounded else made


def _mean(column: Column, scores: list[float], units: list[str]) -> Estimate | Undefined:
    """Answers of 0 and 1 are a share while every item has as many: near 0 and 1 a t interval leaves too little room."""
    tied = len(set(units)) < len(units)
    answers, of_answers = column.whole_answers()
    if set(answers) <= set(SHARE) and column.evenly_repeated:
        alone = not tied and len(answers) == len(scores)
        hits = int(sum(answers))
        return stats.proportion(hits, len(answers)) if alone else stats.share(answers, of_answers, whole_clusters=True)
    bounds = SHARE if column.bounded else stats.UNBOUNDED
    return stats.mean(scores, units if tied else None, bounds, weigh="values" if tied else None)


@dataclass(frozen=True, slots=True)
class Check:
    """A number that the log gives, beside what its samples give."""

    column: Column
    stated: Stated
    value: float | None
    """The mean of the samples; None where some have no score, or the log makes its number in another way."""
    error: float | None
    """The standard error of that mean as if every item were independent; None below two items."""
    least: float | None = None
    most: float | None = None
    """Between what the mean lies, whatever samples without a score would have had; None where nothing bounds it."""

    @property
    def differs(self) -> bool:
        """Whether the samples give another number than the log says, or could not give that one."""
        if self.value is not None:
            return not math.isclose(self.value, self.stated.value, rel_tol=CLOSE, abs_tol=CLOSE)
        if self.least is None or self.most is None:
            return False
        return not self.least - CLOSE <= self.stated.value <= self.most + CLOSE

    @property
    def both(self) -> dict[str, str]:
        """What the log says and what its samples give, as sentences show them."""
        ends = (self.least, self.most) if self.value is None else (self.value,)
        ours = " … ".join(f"{end:.6g}" for end in ends if end is not None)
        return {"stated": f"{self.stated.value:.6g}", "ours": ours}


def check(column: Column, stated: Stated) -> Check:
    """The log's own number made again from its samples, unclustered as it makes it."""
    scores = column.answers() if stated.pooled else column.known()[0]
    whole = stated.pooled or len(scores) == len(column.items)
    if column.scale.not_a_mean or not scores:
        return Check(column, stated, None, None)
    if not whole:
        if not column.bounded:
            return Check(column, stated, None, None)
        items = len(column.items)
        return Check(column, stated, None, None, sum(scores) / items, (sum(scores) + items - len(scores)) / items)
    return Check(column, stated, float(np.mean(scores)), plain_error(scores))


def contradicted(denied: Check) -> Undefined:
    """Why a metric that the log denies has no value: its answers may not be those that were scored."""
    return WORDS.undefined("reason.contradicted", "validity_check", "not_interpretable", **denied.both)


def plain_error(scores: list[float]) -> float | None:
    """The standard error of a mean of independent values, s / √n; None below two."""
    return float(np.std(scores, ddof=1)) / math.sqrt(len(scores)) if len(scores) > 1 else None
