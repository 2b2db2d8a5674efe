"""Intervals, tests and their corrections: pure numpy and scipy.

Every estimator returns an `Estimate` with its intervals at wider levels, or `Undefined` with the reason. A `Statistic`
is the same before its level is chosen: what sums, differences and simultaneous contrasts are made from.
"""

from fairwitness.audit.stats.association import correlation
from fairwitness.audit.stats.auc import (
    auc,
    auc_contrasts,
    auc_difference,
    auc_gap,
    auc_statistic,
    clustered_auc_statistic,
    paired_auc_difference,
)
from fairwitness.audit.stats.clusters import Clusters
from fairwitness.audit.stats.levels import LEVEL, LEVELS, UNBOUNDED, estimate, normal_quantile
from fairwitness.audit.stats.mean_differences import two_way_difference
from fairwitness.audit.stats.means import (
    mean,
    mean_contrasts,
    mean_difference,
    mean_pvalue,
    mean_statistic,
    paired_difference,
)
from fairwitness.audit.stats.mover import Statistic, linear_combination, monotone_transform, normal_statistic
from fairwitness.audit.stats.multiplicity import benjamini_hochberg, holm
from fairwitness.audit.stats.paired import joint_table, paired_bootstrap, paired_change
from fairwitness.audit.stats.permutation import GapNull, gap_null, mcnemar
from fairwitness.audit.stats.power import equivalence, minimum_detectable_effect
from fairwitness.audit.stats.proportions import (
    difference,
    exact_proportion,
    paired_rate_difference,
    paired_rate_statistic,
    proportion,
    rate_statistic,
    ratio,
)
from fairwitness.audit.stats.pvalues import t_pvalue, two_sided_p
from fairwitness.audit.stats.quantiles import contrast_quantile
from fairwitness.audit.stats.ratios import lowest_over_highest, ratios_to_highest
from fairwitness.audit.stats.rmse import rmse, rmse_contrasts, rmse_difference, rmse_statistic
from fairwitness.audit.stats.share_differences import share_difference
from fairwitness.audit.stats.shares import effective_share, share, share_statistic
from fairwitness.audit.stats.simultaneous import contrasts, gap, largest_size, rate_contrasts, rate_gap
from fairwitness.audit.stats.spread import rate_spread, spread_value
from fairwitness.audit.stats.tables import table_bootstrap, table_contrasts, table_estimates
from fairwitness.audit.stats.weights import clustered_counts, effective_counts, effective_size, few_clusters

__all__ = [
    "LEVEL",
    "LEVELS",
    "UNBOUNDED",
    "Clusters",
    "GapNull",
    "Statistic",
    "auc",
    "auc_contrasts",
    "auc_difference",
    "auc_gap",
    "auc_statistic",
    "benjamini_hochberg",
    "clustered_auc_statistic",
    "clustered_counts",
    "contrast_quantile",
    "contrasts",
    "correlation",
    "difference",
    "effective_counts",
    "effective_share",
    "effective_size",
    "equivalence",
    "estimate",
    "exact_proportion",
    "few_clusters",
    "gap",
    "gap_null",
    "holm",
    "joint_table",
    "largest_size",
    "linear_combination",
    "lowest_over_highest",
    "mcnemar",
    "mean",
    "mean_contrasts",
    "mean_difference",
    "mean_pvalue",
    "mean_statistic",
    "minimum_detectable_effect",
    "monotone_transform",
    "normal_quantile",
    "normal_statistic",
    "paired_auc_difference",
    "paired_bootstrap",
    "paired_change",
    "paired_difference",
    "paired_rate_difference",
    "paired_rate_statistic",
    "proportion",
    "rate_contrasts",
    "rate_gap",
    "rate_spread",
    "rate_statistic",
    "ratio",
    "ratios_to_highest",
    "rmse",
    "rmse_contrasts",
    "rmse_difference",
    "rmse_statistic",
    "share",
    "share_difference",
    "share_statistic",
    "spread_value",
    "t_pvalue",
    "table_bootstrap",
    "table_contrasts",
    "table_estimates",
    "two_sided_p",
    "two_way_difference",
]
