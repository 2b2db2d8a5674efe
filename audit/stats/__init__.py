"""Intervals, tests and their corrections: pure numpy and scipy.

Every estimator returns an `Estimate` with its ladder of wider intervals, or `Undefined` with the reason.
"""

from assay.audit.stats.association import correlation, spearman
from assay.audit.stats.ladder import LADDER, LEVEL, estimate
from assay.audit.stats.means import mean, mean_difference, paired_difference
from assay.audit.stats.multiplicity import benjamini_hochberg, holm
from assay.audit.stats.permutation import GapNull, gap_null, mcnemar
from assay.audit.stats.power import equivalence, minimum_detectable_effect
from assay.audit.stats.proportions import difference, proportion, ratio
from assay.audit.stats.simultaneous import rate_contrasts, rate_gap

__all__ = [
    "LADDER",
    "LEVEL",
    "GapNull",
    "benjamini_hochberg",
    "correlation",
    "difference",
    "equivalence",
    "estimate",
    "gap_null",
    "holm",
    "mcnemar",
    "mean",
    "mean_difference",
    "minimum_detectable_effect",
    "paired_difference",
    "proportion",
    "rate_contrasts",
    "rate_gap",
    "ratio",
    "spearman",
]
