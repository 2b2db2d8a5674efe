"""How well scores rank and how near they are to the outcomes, group by group and against the reference group."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.metrics import abroca
from fairwitness.audit.metrics.calibration import CLIP, recalibration
from fairwitness.audit.records import Estimate, Evidence, Metric, Name, Undefined
from fairwitness.audit.stats.decisions.calibration import BINS, calibration_error, curve_distance
from fairwitness.audit.stats.decisions.scored import Scored
from fairwitness.audit.stats.levels import UNBOUNDED
from fairwitness.probes.fairness.group_fairness.measures import WORDS, GroupMeasure, defined
from fairwitness.probes.fairness.group_fairness.quantities import Found, differences, unless_shared
from fairwitness.probes.kit.decisions.counts import Group
from fairwitness.probes.kit.decisions.figures import BETWEEN, percent
from fairwitness.probes.kit.decisions.naming import OutcomeWords
from fairwitness.probes.kit.decisions.partition import Partition
from fairwitness.probes.kit.decisions.scored import ScoredPartition, ScoredSlice
from fairwitness.probes.kit.tables import Head, Listing, label, number


def _measure(name: str, sentence: str, shown: str, **details: Any) -> GroupMeasure:
    return defined(name, sentence=sentence, tags=("score",), evidence=(shown, "score-table"), **details)


AUC = _measure("auc", "auc", "roc", null=0.5)
BRIER = _measure("brier", "brier", "calibration")
ERROR = _measure("expected_calibration_error", "calibration_error", "calibration")
SLOPE = _measure("calibration_slope", "calibration_slope", "calibration", null=1.0)
MEAN = _measure("mean_score", "value", "scores")
AUC_DIFFERENCE = _measure("auc_difference", "auc_difference", "roc", null=0.0, about="contrast", joint=True)
DISTANCE = _measure("abroca", "abroca", "roc", about="contrast")
MEASURES = (AUC, BRIER, ERROR, SLOPE, MEAN, AUC_DIFFERENCE, DISTANCE)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was estimated of one group; `expected` is the calibration error of calibrated scores, by chance.

    `distance_expected` is the distance of its ROC curve from that of the reference, by chance.
    """

    rows: ScoredSlice
    auc: Found
    brier: Found
    error: Found
    slope: Found
    mean: Found
    expected: float | None = None
    distance_expected: float | None = None


def score_metrics(scored: ScoredPartition, said: OutcomeWords, seed: int) -> tuple[list[Metric], Evidence]:
    """The metrics of every group and of every comparable group against the reference, and all of them as a table."""
    measured = {group: _measured(rows, scored.odd, seed) for group, rows in scored.slices.items()}
    metrics = [metric for group, scores in measured.items() for metric in _of_group(scored.part, group, scores, said)]
    contrasts = _differences(scored)
    for group, estimate in contrasts.items():
        metrics.append(_of_part(AUC_DIFFERENCE, scored.part).of(scored.part, estimate, group))
    for group, estimate in contrasts.items():
        distance, expected = _distance(scored, group, estimate, seed)
        more = "" if expected is None else BETWEEN + WORDS("part.same_curve", number=f"{expected:.3f}")
        metrics.append(_of_part(DISTANCE, scored.part).of(scored.part, distance, group, chance=more))
        measured[group] = replace(measured[group], distance_expected=expected)
    return metrics, _table(scored.part, measured)


def _of_part(measure: GroupMeasure, part: Partition) -> GroupMeasure:
    """The measure with the tables of this partition; all rows have no curves."""
    names = measure.evidence if part.columns else measure.evidence[1:]
    return replace(measure, evidence=tuple("-".join((name, *part.columns)) for name in names))


def slope_estimate(group: Scored) -> Found:
    """The calibration slope with Wald's interval from the information of the logistic fit.

    Where people have several rows, from the scores of the fit summed over each person (White 1982, clustered).
    """
    intercept, slope = recalibration(group.scores, group.positive)
    if math.isnan(slope):
        return WORDS.undefined("reason.no_slope", "no_variation")
    clipped = np.clip(group.scores, CLIP, 1 - CLIP)
    x = np.log(clipped) - np.log1p(-clipped)
    weight = 1 / (2 + 2 * np.cosh(intercept + slope * x))
    centred = x - weight @ x / weight.sum()
    information = float(weight @ centred**2)
    if group.persons is None:
        return stats.normal_statistic(slope, 1 / information, group.rows).estimate("Wald, logistic recalibration")
    chance = 1 / (1 + np.exp(-intercept - slope * x))
    moved = group.by_person((group.positive - chance) * centred) / information
    variance = max(float(moved @ moved), 1 / information) / stats.few_clusters(group.people)
    return stats.normal_statistic(slope, variance, group.people).estimate("Wald over people, logistic recalibration")


def auc_of(judged: Scored) -> Found:
    """The AUC of a group, by people where they have several rows."""
    if judged.persons is None:
        return stats.auc(judged.scores, judged.positive)
    area = _auc_statistic(judged)
    return area if isinstance(area, Undefined) else area.estimate("Obuchowski over people, logit", (0.0, 1.0))


def _auc_statistic(judged: Scored) -> stats.Statistic | Undefined:
    if judged.persons is None:
        return stats.auc_statistic(judged.scores, judged.positive)
    return stats.clustered_auc_statistic(judged.scores, judged.positive, judged.persons)


def _measured(rows: ScoredSlice, odd: Undefined | None, seed: int) -> Measured:
    every, judged = rows.every, rows.judged
    bounds = (0.0, 1.0) if odd is None else UNBOUNDED
    mean = rows.few or stats.mean(every.scores, every.persons, bounds, seed=seed, weigh="values")
    auc = rows.problem or auc_of(judged)
    why = rows.problem or odd
    if why is not None:
        return Measured(rows, auc, why, why, why, mean)
    error, expected = calibration_error(judged, seed)
    squares = (judged.scores - judged.positive) ** 2
    brier = stats.mean(squares, judged.persons, (0.0, 1.0), seed=seed, weigh="values")
    return Measured(rows, auc, brier, error, slope_estimate(judged), mean, expected)


def _of_group(part: Partition, group: Group, measured: Measured, said: OutcomeWords) -> Iterator[Metric]:
    base = measured.rows.positives / measured.rows.judged.rows if measured.rows.judged.rows else 0.0
    always = BETWEEN + WORDS("part.always", base=percent(base), brier=f"{base * (1 - base):.3f}")
    chance = BETWEEN + WORDS("part.calibrated", number=f"{100 * measured.expected:.1f}") if measured.expected else ""
    words: dict[str, Any] = {**said.names, "bins": BINS, "always": always, "chance": chance}
    for measure, estimate in (
        (AUC, measured.auc),
        (BRIER, measured.brier),
        (ERROR, measured.error),
        (SLOPE, measured.slope),
        (MEAN, measured.mean),
    ):
        among = len(part.groups) if measure is SLOPE else 1
        yield _of_part(measure, part).of(part, estimate, group, among=among, **words)


def _differences(scored: ScoredPartition) -> dict[Group, Found]:
    """AUC of every comparable group minus that of the reference group, all intervals at once."""
    part = scored.part
    if len(scored.levels) == 1:
        why = WORDS.undefined("reason.alike_scores", "no_variation", "not_interpretable")
        return dict.fromkeys(part.others, why)
    slices = {group: scored.slices[group] for group in part.compared}
    statistics = {group: rows.problem or _auc_statistic(rows.judged) for group, rows in slices.items()}
    method = "Obuchowski over people" if part.of_people else "DeLong"
    return unless_shared(differences(part, statistics, method, (-1.0, 1.0)), part)


def roc_distance(first: Scored, other: Scored, seed: int) -> tuple[Estimate, float]:
    """ABROCA with its interval, and what chance alone gives (`curve_distance`)."""
    return curve_distance(abroca(first.scores, first.positive, other.scores, other.positive), first, other, seed)


def _distance(scored: ScoredPartition, group: Group, difference: Found, seed: int) -> tuple[Found, float | None]:
    """The area between the ROC curves of a group and of the reference group, and what chance alone gives."""
    if isinstance(difference, Undefined) or scored.part.reference is None:
        return difference, None
    if scored.part.of_people:
        return WORDS.undefined("reason.curves_of_people", "no_value"), None
    return roc_distance(scored.slices[group].judged, scored.slices[scored.part.reference].judged, seed)


def _value(estimate: Found) -> float | None:
    return estimate.value if isinstance(estimate, Estimate) else None


def _table(part: Partition, measured: Mapping[Group, Measured]) -> Evidence:
    heads: tuple[Head[Measured], ...] = (
        label(part.name if part.columns else "group", lambda scores: " × ".join(scores.rows.group) or "all rows"),
        number("rows", lambda scores: scores.rows.judged.rows, "rows"),
        number("with the outcome", lambda scores: scores.rows.positives, "rows"),
        number("mean score", lambda scores: _value(scores.mean)),
        number("AUC", lambda scores: _value(scores.auc)),
        number("Brier score", lambda scores: _value(scores.brier)),
        number("calibration error", lambda scores: _value(scores.error)),
        number("calibration error by chance", lambda scores: scores.expected),
        number("calibration slope", lambda scores: _value(scores.slope)),
        number("ROC distance expected by chance", lambda scores: scores.distance_expected),
    )
    by = WORDS("part.by_columns", columns=Name(part.name)) if part.columns else ""
    table = Listing("score-table", WORDS, heads).of(measured.values(), by=by)
    return replace(table, id="-".join((table.id, *part.columns)))
