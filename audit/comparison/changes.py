"""The change of one metric: from the same rows where both runs decided them, else from the two intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from fairwitness.audit import metrics, reasons, stats
from fairwitness.audit.comparison.matching import Couple
from fairwitness.audit.comparison.paired import (
    UNKNOWN,
    Floats,
    Joint,
    TableStatistic,
    confusion_counts,
    contrast_change,
    counts,
    delta_change,
    independent_change,
    independent_factor,
    mcnemar,
    pairs,
)
from fairwitness.audit.comparison.people import CLOSE, Codes, Flags, People
from fairwitness.audit.comparison.still import still_rows
from fairwitness.audit.comparison.types import NO_CHANGE, Draft
from fairwitness.audit.records import Estimate, Metric, Scale, Undefined, is_distance

DIFFERENCE, RATIO = "_difference", "_ratio_to_reference"
BY_DESIGN = ("base_rate",)
"""What the same rows have in common, whatever was decided."""


def draft(metric: Metric, before: Estimate | Undefined, after: Estimate | Undefined, couple: Couple) -> Draft:
    """The change of a metric that stands in both runs, paired where its rows or items allow it."""
    if not (isinstance(before, Estimate) and isinstance(after, Estimate)):
        if before == after and isinstance(before, Undefined):
            text = reasons.WORDS("reason.both_runs", reason=before.reason)
            return Draft(replace(before, reason=text), "difference", "independent")
        sides = {"BASE": before, "NEW": after}
        lacking = {side: estimate for side, estimate in sides.items() if isinstance(estimate, Undefined)}
        return Draft(reasons.joined_reasons(lacking), "difference", "independent")
    if is_distance(metric):
        return Draft(reasons.stated("no_sign", "not_comparable"), "difference", "independent")
    made = None if couple.people is None else _paired(metric, before, after, couple.people)
    if made is None and couple.items is not None and metric.null != 1.0:
        result = couple.items.change(metric, before, after)
        if result is not None:
            still = couple.items.still(metric) if isinstance(result[0], Undefined) else None
            made = Draft(result[0], "difference", "paired", result[1], still)
    return made or _independent(metric, before, after)


def _independent(metric: Metric, before: Estimate, after: Estimate) -> Draft:
    factor = independent_factor(before, after) if metric.null == 1.0 else None
    if factor is not None:
        return Draft(factor, "factor", "independent", stats.two_sided_p(factor, NO_CHANGE["factor"], factor=True))
    change = independent_change(before, after)
    return Draft(change, "difference", "independent", stats.two_sided_p(change, NO_CHANGE["difference"]))


def _paired(metric: Metric, before: Estimate, after: Estimate, people: People) -> Draft | None:
    """None where this metric is not made of decisions that can be paired, or would not come out as it was."""
    rows_of = people.part(metric)
    if rows_of is None:
        return None
    group, reference = rows_of
    if metric.name in BY_DESIGN:
        same = before.value == after.value
        return Draft(reasons.stated("by_design", "no_variation"), "difference", "paired") if same else None
    if _is_score(metric.name):
        return _scores(metric, (before, after), group, reference, people)
    joints = [people.joint(rows) for rows in (group, reference) if rows is not None]
    suffix = next((ending for ending in (DIFFERENCE, RATIO) if metric.name.endswith(ending)), "")
    rate = metric.name.removesuffix(suffix)
    if bool(suffix) != (reference is not None):
        return None
    statistics = _statistics(rate, suffix)
    if statistics is None or not _agree(joints, statistics, before, after):
        return None
    if not any(joint.moved for joint in joints):
        factor = suffix == RATIO
        still = still_rows(joints, rate, ratio=factor)
        return Draft(_same(), "factor" if factor else "difference", "paired", still=still)
    return _decided(rate, suffix, joints, statistics)


def _same() -> Undefined:
    return reasons.stated("same_answers", "no_variation")


def _decided(rate: str, suffix: str, joints: list[Joint], statistics: tuple[TableStatistic, TableStatistic]) -> Draft:
    scale: Scale = "factor" if suffix == RATIO else "difference"
    tables = (
        [] if suffix == RATIO or rate not in metrics.SHARES else [_confusion_counts(joint, rate) for joint in joints]
    )
    closed = [table for table in tables if table is not None]
    p_value: float | None = None
    if len(closed) == len(joints) == 1:
        change, p_value = stats.paired_rate_difference(*pairs(closed[0])), mcnemar(closed[0])
    elif len(closed) == len(joints):
        change = contrast_change(closed[0], closed[1])
    else:
        change = delta_change(joints, *statistics, factor=suffix == RATIO)
    if isinstance(change, Estimate) and p_value is None:
        p_value = stats.two_sided_p(change, NO_CHANGE[scale], factor=scale == "factor")
    return Draft(change, scale, "paired", p_value)


def _confusion_counts(joint: Joint, rate: str) -> Floats | None:
    return confusion_counts(joint, metrics.SHARES[rate], all_rows=rate == "selection_rate")


def _statistics(rate: str, suffix: str) -> tuple[TableStatistic, TableStatistic] | None:
    """The metric before and after as functions of the joint tables; None where it is not made of counts."""
    whole = metrics.DEFINITIONS.get(rate + suffix)
    part = metrics.DEFINITIONS.get(rate)

    def value(moment: int, tables: Floats) -> Floats:
        counted = counts(tables, moment, all_rows=rate == "selection_rate")
        if whole is not None and whole.needs == ("counts", "reference"):
            return np.asarray(whole.function(counted, 1)[..., 0])
        if part is None:
            raise ValueError(f"{rate!r} is no metric of counts")
        rates = np.asarray(part.function(counted))
        group, reference = rates[..., 0], rates[..., -1]
        return group if not suffix else group - reference if suffix == DIFFERENCE else group / reference

    known = (part is not None and part.needs == ("counts",)) or (
        whole is not None and whole.needs == ("counts", "reference")
    )
    return (partial(value, 0), partial(value, 1)) if known else None


def _agree(
    joints: list[Joint], statistics: tuple[TableStatistic, TableStatistic], before: Estimate, after: Estimate
) -> bool:
    """Whether the rows give the values that both documents hold: else they are not the rows behind them."""
    tables = np.array([joint.weights for joint in joints])
    computed = [float(statistic(tables)) for statistic in statistics]
    return all(
        math.isfinite(value) and abs(value - want.value) < CLOSE
        for value, want in zip(computed, (before, after), strict=True)
    )


def _is_score(name: str) -> bool:
    return name.removesuffix(DIFFERENCE) in SCORES


def _scores(
    metric: Metric, stated: tuple[Estimate, Estimate], group: Flags, reference: Flags | None, people: People
) -> Draft | None:
    """Changes of what is measured on scores. None without scores, or with weights, which these tests do not know."""
    if people.scores is None or people.weighted or metric.name.endswith(DIFFERENCE) != (reference is not None):
        return None
    name = metric.name.removesuffix(DIFFERENCE)
    parts = [rows for rows in (group, reference) if rows is not None]
    for scores, wanted in zip(people.scores, stated, strict=True):
        values = [_value(name, scores[rows], people.truth[rows]) for rows in parts]
        if not abs(values[0] - sum(values[1:]) - wanted.value) < CLOSE:
            return None
    before, after = people.scores
    if all((before[rows] == after[rows]).all() for rows in parts):
        return Draft(_same(), "difference", "paired")
    drafts = [SCORES[name](before[rows], after[rows], people.truth[rows]) for rows in parts]
    known = [estimate for estimate in drafts if isinstance(estimate, Estimate)]
    if len(known) < len(drafts):
        return Draft(next(estimate for estimate in drafts if isinstance(estimate, Undefined)), "difference", "paired")
    change = known[0] if reference is None else independent_change(known[1], known[0])
    return Draft(change, "difference", "paired", stats.two_sided_p(change, 0.0))


def _value(name: str, scores: Floats, truth: Codes) -> float:
    definition = metrics.DEFINITIONS[name]
    if "positive" not in definition.needs:
        return float(definition.function(scores))
    known = truth < UNKNOWN
    return float(definition.function(scores[known], truth[known] == 1))


def _auc(before: Floats, after: Floats, truth: Codes) -> Estimate | Undefined:
    known = truth < UNKNOWN
    return stats.paired_auc_difference(after[known], before[known], truth[known] == 1)


def _mean_score(before: Floats, after: Floats, truth: Codes) -> Estimate | Undefined:
    seen = np.concatenate((before, after))
    if seen.min() < 0.0 or seen.max() > 1.0:
        return stats.paired_difference(after, before)
    return stats.paired_difference(after, before, bounds=(-1.0, 1.0))


def _brier(before: Floats, after: Floats, truth: Codes) -> Estimate | Undefined:
    known = truth < UNKNOWN
    lost = [(scores[known] - truth[known]) ** 2 for scores in (after, before)]
    return stats.paired_difference(lost[0], lost[1], bounds=(-1.0, 1.0))


SCORES: Mapping[str, Callable[[Floats, Floats, Codes], Estimate | Undefined]] = {
    "auc": _auc,
    "brier": _brier,
    "mean_score": _mean_score,
}
"""Metrics of scores that can be paired, by name: from scores before, scores after and truths of some rows."""
