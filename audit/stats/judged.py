"""Rates that a judge who errs has counted: corrected for its errors, with the uncertainty of both samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.levels import LEVEL, estimate, normal_quantile
from fairwitness.audit.stats.mover import linear_combination, monotone_transform
from fairwitness.audit.stats.proportions import rate_statistic, wilson

LEAST_LABELS = 50
"""Labelled examples of each class below which a judge's errors are not known well enough to correct for."""
METHOD = "Rogan-Gladen, Lang & Reiczigel"
ONE_ERROR = "Rogan-Gladen, limits by one of the two errors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """What a judge said of labelled examples: of `positives` it called `called`, of `negatives` it let go `let_go`."""

    called: int
    positives: int
    let_go: int
    negatives: int

    def __post_init__(self) -> None:
        if not (0 <= self.called <= self.positives and 0 <= self.let_go <= self.negatives):
            raise ValueError(f"{self} are no counts")

    @property
    def youden(self) -> float:
        """Sensitivity + specificity - 1: 0 for a judge who does not look (Youden 1950). NaN without both classes."""
        if not self.positives or not self.negatives:
            return math.nan
        return self.called / self.positives + self.let_go / self.negatives - 1

    def youden_estimate(self) -> Estimate | Undefined:
        """The same with its interval, made from the Wilson limits of both shares (MOVER)."""
        if not self.positives or not self.negatives:
            return reasons.stated("one_class_labelled", "no_units")
        rates = [rate_statistic(self.called, self.positives), rate_statistic(self.let_go, self.negatives)]
        above = monotone_transform(linear_combination([(1.0, rate) for rate in rates]), lambda both: both - 1, 1.0)
        return above.estimate("MOVER of Wilson limits", (-1.0, 1.0))


def unusable(errors: Errors) -> Undefined | None:
    """Why a judge with these errors corrects nothing; None where it can.

    Fewer than `LEAST_LABELS` of a class, or no better than one who does not look: sensitivity + specificity is not
    shown to be above 1 (the lower limit at 95 %).
    """
    if min(errors.positives, errors.negatives) < LEAST_LABELS:
        return reasons.stated(
            "few_labels", "few_units", positives=errors.positives, negatives=errors.negatives, needed=LEAST_LABELS
        )
    shown = errors.youden_estimate()
    if isinstance(shown, Undefined):
        return shown
    if shown.low <= 0:
        return reasons.undefined(
            reasons.WORDS,
            "reason.judge_guesses",
            "validity_check",
            "not_interpretable",
            value=f"{shown.value + 1:.2f}",
            low=f"{shown.low + 1:.2f}",
        )
    return None


def corrected(hits: float, n: float, errors: Errors, level: float = LEVEL) -> Estimate | Undefined:
    """The true rate where a judge called `hits` of `n` (effective counts need not be whole).

    (p + Sp - 1) / (Se + Sp - 1), clipped to 0..1 (Rogan & Gladen, American Journal of Epidemiology 107 (1978) 71-76),
    with the interval of Lang & Reiczigel (Preventive Veterinary Medicine 113 (2014) 13-22, eq. 6 to 9), which counts
    the uncertainty of the rate, of the sensitivity and of the specificity. Where that lies wholly below 0 or above 1
    the judge errs otherwise on these items than on its labelled examples, and the limits are those of `one_error`.
    Undefined without items, and where the judge is `unusable`.
    """
    if n <= 0:
        return reasons.stated("no_rows", "no_units")
    if (why := unusable(errors)) is not None:
        return why
    outside = contradiction(hits, n, errors, level) is not None
    limits = one_error if outside else lang_reiczigel
    value = (hits / n + errors.let_go / errors.negatives - 1) / errors.youden
    return estimate(
        min(max(value, 0.0), 1.0),
        lambda level: limits(hits, n, errors, level),
        n=n,
        method=ONE_ERROR if outside else METHOD,
        level=level,
        bounds=(0.0, 1.0),
    )


def contradiction(hits: float, n: float, errors: Errors, level: float = LEVEL) -> Undefined | None:
    """That no rate makes a judge with these errors call so few or so many: the interval lies wholly outside 0 to 1."""
    low, high = lang_reiczigel(hits, n, errors, level)
    if low <= 1 and high >= 0:
        return None
    called, least, most = hits / n, 1 - errors.let_go / errors.negatives, errors.called / errors.positives
    shown = {name: f"{100 * share:.1f}" for name, share in (("called", called), ("least", least), ("most", most))}
    return reasons.undefined(reasons.WORDS, "reason.judge_contradicted", "validity_check", "not_interpretable", **shown)


def one_error(hits: float, n: float, errors: Errors, level: float) -> tuple[float, float]:
    """Limits of a rate where fewer are called than false alarms alone would make, or more than the sensitivity allows.

    False alarms (misses) are then fewer here than among the labelled examples, down to none. p = rate Se + (1 - rate)
    (1 - Sp) is at least rate Se whatever Sp is, so the rate is p / Se at most; and p is at most rate + (1 - rate)
    (1 - Sp) whatever Se is, so it is (p + Sp - 1) / Sp at least. Both by Wilson's limits of their parts, so that only
    the one error has to be that of the labelled examples.
    """
    z = normal_quantile(level)
    low, high = wilson(hits, n, z)
    if hits / n < 1 - errors.let_go / errors.negatives:
        return 0.0, high / wilson(errors.called, errors.positives, z)[0]
    specificity = wilson(errors.let_go, errors.negatives, z)[0]
    return (low + specificity - 1) / specificity, 1.0


def lang_reiczigel(hits: float, n: float, errors: Errors, level: float) -> tuple[float, float]:
    """The interval of `corrected` before it is clipped."""
    z = normal_quantile(level)
    size, n_se, n_sp = n + z**2, errors.positives + 2, errors.negatives + 2
    p = (hits + z**2 / 2) / size
    se, sp = (errors.called + 1) / n_se, (errors.let_go + 1) / n_sp
    youden = se + sp - 1
    rate = (p + sp - 1) / youden
    of_se, of_sp = se * (1 - se) / n_se, sp * (1 - sp) / n_sp
    shift = 2 * z**2 * (rate * of_se - (1 - rate) * of_sp)
    spread = math.sqrt(p * (1 - p) / size + rate**2 * of_se + (1 - rate) ** 2 * of_sp) / youden
    return rate + shift - z * spread, rate + shift + z * spread
