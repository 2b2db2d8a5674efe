"""Formulas of fairness and of performance: plain functions of numpy arrays, in one table readable by machine.

They give values alone; intervals and tests are made in `fairwitness.audit.stats`. Where a value does not exist it is
NaN, and whoever writes a record turns that into `Undefined` with the reason.
"""

from collections.abc import Mapping

from fairwitness.audit.metrics.calibration import DEFINITIONS as CALIBRATION
from fairwitness.audit.metrics.calibration import (
    Bins,
    calibration_bins,
    calibration_difference,
    calibration_intercept,
    calibration_slope,
    cell_errors,
    expected_calibration_error,
    multicalibration_error,
    recalibration,
)
from fairwitness.audit.metrics.conditional import conditional_demographic_disparity, stratum_disparity
from fairwitness.audit.metrics.contrasts import DEFINITIONS as CONTRASTS
from fairwitness.audit.metrics.contrasts import (
    accuracy_parity_difference,
    average_odds_difference,
    demographic_parity_difference,
    demographic_parity_gap,
    demographic_parity_lowest_ratio,
    demographic_parity_ratio,
    equal_opportunity_difference,
    equal_opportunity_gap,
    equal_opportunity_lowest_ratio,
    equalized_odds_difference,
    equalized_odds_gap,
    equalized_odds_lowest_ratio,
    error_ratio,
    predictive_parity_difference,
    treatment_equality_difference,
)
from fairwitness.audit.metrics.definition import Definition
from fairwitness.audit.metrics.groups import against, by_group, gap, lowest_ratio, relative_to
from fairwitness.audit.metrics.individual import DEFINITIONS as INDIVIDUAL
from fairwitness.audit.metrics.individual import (
    between_group_entropy,
    consistency,
    counterfactual_flip_rate,
    generalized_entropy,
    theil,
)
from fairwitness.audit.metrics.label_noise import false_positive_bounds, true_positive_bounds, wrong_labels_to_equal
from fairwitness.audit.metrics.multiclass import DEFINITIONS as MULTICLASS
from fairwitness.audit.metrics.multiclass import (
    class_precision,
    class_recall,
    class_selection_rate,
    confusion,
    macro,
    macro_f1,
    macro_precision,
    macro_recall,
    micro,
    micro_f1,
    multiclass_accuracy,
    one_against_rest,
)
from fairwitness.audit.metrics.rates import (
    CELLS,
    SHARES,
    Share,
    accuracy,
    balanced_accuracy,
    base_rate,
    counts,
    f1,
    false_negative_rate,
    false_positive_rate,
    n,
    negative_predictive_value,
    positive_predictive_value,
    selection_rate,
    true_negative_rate,
    true_positive_rate,
)
from fairwitness.audit.metrics.rates import DEFINITIONS as RATES
from fairwitness.audit.metrics.regression import DEFINITIONS as REGRESSION
from fairwitness.audit.metrics.regression import (
    mean_absolute_error,
    mean_absolute_error_difference,
    mean_residual,
    mean_residual_difference,
    r2,
    r2_difference,
    root_mean_squared_error,
    root_mean_squared_error_difference,
)
from fairwitness.audit.metrics.roc import DEFINITIONS as ROC
from fairwitness.audit.metrics.roc import Roc, abroca, roc
from fairwitness.audit.metrics.rows import Values, columns_needed, compares_groups, of_rows
from fairwitness.audit.metrics.scores import DEFINITIONS as SCORES
from fairwitness.audit.metrics.scores import (
    auc,
    auc_difference,
    brier,
    brier_difference,
    histogram,
    levels,
    mean_score,
    mean_score_difference,
    median_score,
    scoring_rate,
    threshold_counts,
)

__all__ = [
    "CELLS",
    "DEFINITIONS",
    "SHARES",
    "Bins",
    "Definition",
    "Roc",
    "Share",
    "Values",
    "abroca",
    "accuracy",
    "accuracy_parity_difference",
    "against",
    "auc",
    "auc_difference",
    "average_odds_difference",
    "balanced_accuracy",
    "base_rate",
    "between_group_entropy",
    "brier",
    "brier_difference",
    "by_group",
    "calibration_bins",
    "calibration_difference",
    "calibration_intercept",
    "calibration_slope",
    "cell_errors",
    "class_precision",
    "class_recall",
    "class_selection_rate",
    "columns_needed",
    "compares_groups",
    "conditional_demographic_disparity",
    "confusion",
    "consistency",
    "counterfactual_flip_rate",
    "counts",
    "demographic_parity_difference",
    "demographic_parity_gap",
    "demographic_parity_lowest_ratio",
    "demographic_parity_ratio",
    "equal_opportunity_difference",
    "equal_opportunity_gap",
    "equal_opportunity_lowest_ratio",
    "equalized_odds_difference",
    "equalized_odds_gap",
    "equalized_odds_lowest_ratio",
    "error_ratio",
    "expected_calibration_error",
    "f1",
    "false_negative_rate",
    "false_positive_bounds",
    "false_positive_rate",
    "gap",
    "generalized_entropy",
    "histogram",
    "levels",
    "lowest_ratio",
    "macro",
    "macro_f1",
    "macro_precision",
    "macro_recall",
    "mean_absolute_error",
    "mean_absolute_error_difference",
    "mean_residual",
    "mean_residual_difference",
    "mean_score",
    "mean_score_difference",
    "median_score",
    "micro",
    "micro_f1",
    "multicalibration_error",
    "multiclass_accuracy",
    "n",
    "negative_predictive_value",
    "of_rows",
    "one_against_rest",
    "positive_predictive_value",
    "predictive_parity_difference",
    "r2",
    "r2_difference",
    "recalibration",
    "relative_to",
    "roc",
    "root_mean_squared_error",
    "root_mean_squared_error_difference",
    "scoring_rate",
    "selection_rate",
    "stratum_disparity",
    "theil",
    "threshold_counts",
    "treatment_equality_difference",
    "true_negative_rate",
    "true_positive_bounds",
    "true_positive_rate",
    "wrong_labels_to_equal",
]

_TABLES = (RATES, CONTRASTS, INDIVIDUAL, SCORES, CALIBRATION, ROC, MULTICLASS, REGRESSION)
DEFINITIONS: Mapping[str, Definition] = {definition.name: definition for table in _TABLES for definition in table}
"""Every metric by name, subject by subject."""
