"""All labels of a metric, or of a verdict on one, in one mapping: what a test names it by."""

from __future__ import annotations

from fairwitness.audit.records import Metric, Verdict


def labels_of(metric: Metric | Verdict) -> dict[str, str]:
    """Way of measuring, groups, and under `against` the group compared with."""
    compared = {} if metric.against is None else {"against": metric.against}
    return {**metric.variant, **metric.by, **compared}
