"""Formulas of fairness and of performance: plain functions of numpy arrays, in one table readable by machine.

They give values alone; intervals and tests are made in `assay.audit.stats`. Where a value does not exist it is NaN, and
whoever writes a record turns that into `Undefined` with the reason.
"""

from collections.abc import Mapping

from assay.audit.metrics import rates
from assay.audit.metrics.definition import Definition
from assay.audit.metrics.rates import (
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

DEFINITIONS: Mapping[str, Definition] = {one.name: one for one in rates.DEFINITIONS}
"""Every metric by name."""

__all__ = [
    "CELLS",
    "DEFINITIONS",
    "SHARES",
    "Definition",
    "Share",
    "accuracy",
    "balanced_accuracy",
    "base_rate",
    "counts",
    "f1",
    "false_negative_rate",
    "false_positive_rate",
    "n",
    "negative_predictive_value",
    "positive_predictive_value",
    "selection_rate",
    "true_negative_rate",
    "true_positive_rate",
]
