"""How far the decisions about groups lie apart, from counts [..., groups, 4] in the order tn, fp, fn, tp.

Contrasts are taken against a reference group and keep their sign: [..., groups], 0 (or 1 for ratios) at the reference
itself, NaN where a rate is undefined. Gaps are the largest minus the smallest over all groups, lowest ratios the
smallest over the largest: [...].
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from fairwitness.audit.metrics.arrays import FloatArray, divide
from fairwitness.audit.metrics.definition import Definition, define
from fairwitness.audit.metrics.groups import against, gap, lowest_ratio, relative_to
from fairwitness.audit.metrics.rates import (
    CHOULDECHOVA,
    FELDMAN,
    HARDT,
    accuracy,
    false_positive_rate,
    positive_predictive_value,
    selection_rate,
    true_positive_rate,
)


def demographic_parity_difference(counts: npt.ArrayLike, reference: int) -> FloatArray:
    """Selection rate of the group minus that of the reference group (statistical parity difference)."""
    return against(selection_rate(counts), reference)


def demographic_parity_ratio(counts: npt.ArrayLike, reference: int) -> FloatArray:
    """Selection rate of the group over that of the reference group (disparate impact)."""
    return relative_to(selection_rate(counts), reference)


def equal_opportunity_difference(counts: npt.ArrayLike, reference: int) -> FloatArray:
    """True positive rate of the group minus that of the reference group."""
    return against(true_positive_rate(counts), reference)


def equalized_odds_difference(counts: npt.ArrayLike, reference: int) -> FloatArray:
    """The larger of the distances in true positive and in false positive rate to the reference group, without sign."""
    return np.maximum(
        np.abs(against(true_positive_rate(counts), reference)), np.abs(against(false_positive_rate(counts), reference))
    )


def average_odds_difference(counts: npt.ArrayLike, reference: int) -> FloatArray:
    """Mean of the differences in true positive and in false positive rate to the reference group."""
    return against(true_positive_rate(counts) + false_positive_rate(counts), reference) / 2


def predictive_parity_difference(counts: npt.ArrayLike, reference: int) -> FloatArray:
    """Positive predictive value of the group minus that of the reference group."""
    return against(positive_predictive_value(counts), reference)


def accuracy_parity_difference(counts: npt.ArrayLike, reference: int) -> FloatArray:
    """Accuracy of the group minus that of the reference group."""
    return against(accuracy(counts), reference)


def treatment_equality_difference(counts: npt.ArrayLike, reference: int) -> FloatArray:
    """False negatives for each false positive in the group, minus the same in the reference group.

    Undefined where a group has no false positive.
    """
    return against(error_ratio(counts), reference)


def error_ratio(counts: npt.ArrayLike) -> FloatArray:
    """False negatives for each false positive; undefined without false positives."""
    table = np.asarray(counts, dtype=np.float64)
    return divide(table[..., 2], table[..., 1])


def demographic_parity_gap(counts: npt.ArrayLike) -> FloatArray:
    """Largest minus smallest selection rate (fairlearn's demographic_parity_difference)."""
    return gap(selection_rate(counts))


def demographic_parity_lowest_ratio(counts: npt.ArrayLike) -> FloatArray:
    """Smallest over largest selection rate (fairlearn's demographic_parity_ratio)."""
    return lowest_ratio(selection_rate(counts))


def equal_opportunity_gap(counts: npt.ArrayLike) -> FloatArray:
    """Largest minus smallest true positive rate (fairlearn's equal_opportunity_difference)."""
    return gap(true_positive_rate(counts))


def equal_opportunity_lowest_ratio(counts: npt.ArrayLike) -> FloatArray:
    """Smallest over largest true positive rate (fairlearn's equal_opportunity_ratio)."""
    return lowest_ratio(true_positive_rate(counts))


def equalized_odds_gap(counts: npt.ArrayLike) -> FloatArray:
    """The larger of the gaps in true positive and in false positive rate (fairlearn's equalized_odds_difference)."""
    return np.maximum(gap(true_positive_rate(counts)), gap(false_positive_rate(counts)))


def equalized_odds_lowest_ratio(counts: npt.ArrayLike) -> FloatArray:
    """The smaller of the lowest ratios of true and of false positive rates (fairlearn's equalized_odds_ratio)."""
    return np.minimum(lowest_ratio(true_positive_rate(counts)), lowest_ratio(false_positive_rate(counts)))


BELLAMY = "Bellamy et al. 2018, AI Fairness 360, https://arxiv.org/abs/1810.01943"
BERK = "Berk et al. 2018, Fairness in Criminal Justice Risk Assessments, https://arxiv.org/abs/1703.09207"
DWORK = "Dwork et al. 2012, Fairness Through Awareness, https://arxiv.org/abs/1104.3913"
WEERTS = "Weerts et al. 2023, Fairlearn, Journal of Machine Learning Research 24(257), 1-8"

DEFINITIONS: tuple[Definition, ...] = (
    define("contrast", demographic_parity_difference, "SR(g) - SR(ref)", DWORK, ideal=0, low=-1, truth=False),
    define(
        "contrast",
        demographic_parity_ratio,
        "SR(g) / SR(ref)",
        FELDMAN,
        ideal=1,
        high=math.inf,
        unit="ratio",
        truth=False,
    ),
    define("contrast", equal_opportunity_difference, "TPR(g) - TPR(ref)", HARDT, ideal=0, low=-1),
    define(
        "contrast",
        equalized_odds_difference,
        "max(|TPR(g) - TPR(ref)|, |FPR(g) - FPR(ref)|)",
        HARDT,
        ideal=0,
        better="lower",
    ),
    define(
        "contrast",
        average_odds_difference,
        "((TPR(g) - TPR(ref)) + (FPR(g) - FPR(ref))) / 2",
        BELLAMY,
        ideal=0,
        low=-1,
    ),
    define("contrast", predictive_parity_difference, "PPV(g) - PPV(ref)", CHOULDECHOVA, ideal=0, low=-1),
    define("contrast", accuracy_parity_difference, "ACC(g) - ACC(ref)", BERK, ideal=0, low=-1),
    define(
        "contrast",
        treatment_equality_difference,
        "fn(g) / fp(g) - fn(ref) / fp(ref)",
        BERK,
        ideal=0,
        low=-math.inf,
        high=math.inf,
        unit="ratio",
    ),
    define("gap", demographic_parity_gap, "max SR - min SR", WEERTS, ideal=0, better="lower", truth=False),
    define(
        "gap",
        demographic_parity_lowest_ratio,
        "min SR / max SR",
        WEERTS,
        ideal=1,
        better="higher",
        unit="ratio",
        truth=False,
    ),
    define("gap", equal_opportunity_gap, "max TPR - min TPR", WEERTS, ideal=0, better="lower"),
    define("gap", equal_opportunity_lowest_ratio, "min TPR / max TPR", WEERTS, ideal=1, better="higher", unit="ratio"),
    define("gap", equalized_odds_gap, "max(max TPR - min TPR, max FPR - min FPR)", WEERTS, ideal=0, better="lower"),
    define(
        "gap",
        equalized_odds_lowest_ratio,
        "min(min TPR / max TPR, min FPR / max FPR)",
        WEERTS,
        ideal=1,
        better="higher",
        unit="ratio",
    ),
)
