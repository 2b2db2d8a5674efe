"""How well scores rank and how near they are to the outcomes, group by group and against the reference group."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.metrics import DEFINITIONS
from fairwitness.audit.metrics.calibration import CLIP, recalibration
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Metric, Undefined
from fairwitness.audit.stats.ladder import UNBOUNDED
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.contrasts import differences, unless_shared
from fairwitness.probes.fairness.group_fairness.curves_chance import BINS, Scored, calibration_error, curve_distance
from fairwitness.probes.fairness.group_fairness.curves_rows import Slice, Sliced
from fairwitness.probes.fairness.group_fairness.rates import NOT_ESTIMABLE, Group, Part
from fairwitness.probes.kit.claims import concluded, escaped, holds_among, stated
from fairwitness.probes.kit.standing import standing

Found = Estimate | Undefined
TAG = "score"


@dataclass(frozen=True, slots=True)
class Measured:
    """What was estimated of one group; `expected` is the calibration error of calibrated scores, by chance."""

    auc: Found
    brier: Found
    error: Found
    slope: Found
    mean: Found
    expected: float | None


def score_metrics(one: Sliced, counted: str, seed: int) -> tuple[list[Metric], Evidence]:
    """The metrics of every group and of every comparable group against the reference, and all of them as a table."""
    measured = {group: _measure(own, one.odd, seed) for group, own in one.slices.items()}
    found = [
        metric
        for group, own in one.slices.items()
        for metric in _of_group(one.part, group, own, measured[group], counted)
    ]
    against = _differences(one)
    found += [_difference_metric(one.part, group, estimate) for group, estimate in against.items()]
    distances = {group: _distance(one, group, estimate, seed) for group, estimate in against.items()}
    found += [_distance_metric(one.part, group, *distance) for group, distance in distances.items()]
    return found, _table(one, measured, {group: expected for group, (_, expected) in distances.items()})


def slope_estimate(group: Scored) -> Found:
    """The calibration slope with Wald's interval from the information of the logistic fit.

    Where people have several rows, from the scores of the fit summed over each person (White 1982, clustered).
    """
    intercept, slope = recalibration(group.scores, group.positive)
    if math.isnan(slope):
        return Undefined(f"{NOT_ESTIMABLE}the scores do not vary, or separate the outcomes")
    held = np.clip(group.scores, CLIP, 1 - CLIP)
    x = np.log(held) - np.log1p(-held)
    weight = 1 / (2 + 2 * np.cosh(intercept + slope * x))
    centred = x - weight @ x / weight.sum()
    information = float(weight @ centred**2)
    if group.persons is None:
        return stats.normal_sample(slope, 1 / information, group.rows).estimate("Wald, logistic recalibration")
    chance = 1 / (1 + np.exp(-intercept - slope * x))
    moved = group.by_person((group.positive - chance) * centred) / information
    variance = max(float(moved @ moved), 1 / information) / stats.few_clusters(group.people)
    return stats.normal_sample(slope, variance, group.people).estimate("Wald over people, logistic recalibration")


def _measure(own: Slice, odd: Undefined | None, seed: int) -> Measured:
    problem, judged = own.problem, own.judged
    bounds = (0.0, 1.0) if odd is None else UNBOUNDED
    mean: Found = own.few or stats.mean(own.scores, own.persons, bounds, seed=seed, weigh="values")
    if problem is not None or odd is not None:
        why = problem or odd or Undefined("")
        return Measured(problem or auc_of(judged), why, why, why, mean, None)
    error, expected = calibration_error(judged, seed)
    return Measured(
        auc_of(judged),
        stats.mean((judged.scores - judged.positive) ** 2, judged.persons, (0.0, 1.0), seed=seed, weigh="values"),
        error,
        slope_estimate(judged),
        mean,
        expected,
    )


def auc_of(judged: Scored) -> Found:
    """The AUC of a group, by people where they have several rows."""
    if judged.persons is None:
        return stats.auc(judged.scores, judged.positive)
    found = _auc_sample(judged)
    return found if isinstance(found, Undefined) else found.estimate("Obuchowski over people, logit", (0.0, 1.0))


def _auc_sample(judged: Scored) -> stats.Sample | Undefined:
    if judged.persons is None:
        return stats.auc_sample(judged.scores, judged.positive)
    return stats.clustered_auc_sample(judged.scores, judged.positive, judged.persons)


def _of_group(part: Part, group: Group, own: Slice, found: Measured, counted: str) -> Iterator[Metric]:
    who = words.of_group(part, group)
    said, base = escaped(who), own.positives / own.judged.rows if own.judged.rows else 0.0
    outcome = escaped(counted)
    always = f" Answering {base:.2f}, the share with that outcome, for every row would give {base * (1 - base):.3f}."
    chance = f" Perfectly calibrated scores would give {found.expected:.3f} by chance." if found.expected else ""
    yield _metric(part, group, "auc", found.auc, 0.5, "roc", stated(
        f"The AUC of {who}", found.auc,
        f"Of {said}, one that truly has {outcome} scores above one that does not in {{value}} of such pairs",
    ))  # fmt: skip
    claim = stated(
        f"The Brier score of {who}", found.brier,
        f"For {said} the squared distance of score and outcome is {{value}} on average",
    )  # fmt: skip
    defined = isinstance(found.brier, Estimate)
    yield _metric(part, group, "brier", found.brier, None, "calibration", claim + (always if defined else ""))
    claim = stated(
        f"The calibration error of {who}", found.error,
        f"For {said} the score and the share that truly has {outcome} are {{value}} apart, averaged over {BINS} bins",
    )  # fmt: skip
    yield _metric(part, group, "expected_calibration_error", found.error, None, "calibration", claim + chance)
    yield _metric(part, group, "calibration_slope", found.slope, 1.0, "calibration", concluded(
        f"The calibration slope of {who}", found.slope, null=1.0,
        above=f"The scores of {said} are too timid: their calibration slope is {{size}} above 1",
        below=f"The scores of {said} are too extreme: their calibration slope is {{size}} below 1",
        unshown=f"Whether the scores of {said} are too extreme or too timid is not shown by their calibration slope",
        among_others=holds_among(found.slope, len(part.groups), null=1.0),
    ))  # fmt: skip
    what = f"The mean score of {who}"
    yield _metric(part, group, "mean_score", found.mean, None, "scores", stated(
        what, found.mean, f"{escaped(what)} is {{value}}"
    ))  # fmt: skip


def _differences(one: Sliced) -> dict[Group, Found]:
    """AUC of every comparable group minus that of the reference group, all intervals at once."""
    if one.part.reference is None:
        return {}
    slices = {group: one.slices[group] for group in one.part.compared}
    if len(one.levels) == 1:
        why = Undefined("all scores are alike: nothing was ranked", "not_interpretable")
        return {group: why for group in slices if group != one.part.reference}
    samples = {group: own.problem or _auc_sample(own.judged) for group, own in slices.items()}
    method = "Obuchowski over people" if one.part.people else "DeLong"
    found = differences(samples, one.part.reference, method, (-1.0, 1.0))
    return unless_shared(found, one.part, one.part.reference)


def _distance(one: Sliced, group: Group, difference: Found, seed: int) -> tuple[Found, float | None]:
    """The area between the ROC curves of a group and of the reference group, and what chance alone gives."""
    if isinstance(difference, Undefined) or one.part.reference is None:
        return difference, None
    if one.part.people:
        why = "people have several rows, and curves are resampled by rows"
        return Undefined(f"{NOT_ESTIMABLE}{why}"), None
    return curve_distance(one.slices[group].judged, one.slices[one.part.reference].judged, seed)


def _difference_metric(part: Part, group: Group, estimate: Found) -> Metric:
    reference = part.reference or ()
    who, other = words.of_group(part, group), words.of_group(part, reference)
    what = f"The difference in AUC between {who} and {other}"
    who, other = escaped(who), escaped(other)
    claim = concluded(
        what,
        estimate,
        above=f"The score ranks {who} better than {other}: its AUC is {{size}} higher",
        below=f"The score ranks {who} worse than {other}: its AUC is {{size}} lower",
        unshown=f"Whether the score ranks {who} better or worse than {other} is not shown",
    )
    if isinstance(estimate, Estimate) and estimate.low <= 0 <= estimate.high:
        effect = stats.minimum_detectable_effect(estimate)
        claim += f" With these rows a true difference of {effect:.2f} would be seen 4 times in 5." if effect else ""
    definition = DEFINITIONS["auc_difference"]
    return Metric(
        name=definition.name,
        estimate=estimate,
        unit=definition.unit,
        better="near_zero",
        claim=claim,
        null=0.0,
        by=part.by(group),
        against=words.crossing(reference),
        evidence=(_evidence("roc", part), _evidence("score-table", part)),
        tags=words.contrast_tags(part, TAG, "simultaneous"),
        **standing(
            words.contrast_tags(part, TAG, "simultaneous"),
            "near_zero",
            part=True,
        ),
    )


def _distance_metric(part: Part, group: Group, estimate: Found, expected: float | None) -> Metric:
    reference = part.reference or ()
    what = f"The distance between the ROC curves of {words.of_group(part, group)} and {words.of_group(part, reference)}"
    claim = stated(what, estimate, f"{escaped(what)} is {{value}} on average (ABROCA)")
    claim += f" If both had the same curve, {expected:.3f} would be expected by chance." if expected is not None else ""
    definition = DEFINITIONS["abroca"]
    return Metric(
        name=definition.name,
        estimate=estimate,
        unit=definition.unit,
        better=definition.better,
        claim=claim,
        null=None,
        by=part.by(group),
        against=words.crossing(reference),
        evidence=(_evidence("roc", part), _evidence("score-table", part)),
        tags=words.contrast_tags(part, TAG),
        **standing(words.contrast_tags(part, TAG), definition.better, part=True),
    )


def _metric(part: Part, group: Group, name: str, found: Found, null: float | None, shown: str, claim: str) -> Metric:
    definition = DEFINITIONS[name]
    better = "near_zero" if name == "calibration_slope" else definition.better
    drawn = (_evidence(shown, part),) if part.columns else ()
    return Metric(
        name=name,
        estimate=found,
        unit=definition.unit,
        better=better,
        claim=claim,
        null=null,
        by=part.by(group),
        evidence=(*drawn, _evidence("score-table", part)),
        tags=words.group_tags(part, TAG),
        **standing(words.group_tags(part, TAG), better, part=bool(part.by(group))),
    )


def _evidence(kind: str, part: Part) -> str:
    return "-".join((kind, *part.columns))


def _table(one: Sliced, measured: Mapping[Group, Measured], expected: Mapping[Group, float | None]) -> Evidence:
    columns = (
        Column(one.part.name if one.part.columns else "group"),
        Column("rows", "number", "rows"),
        Column("with the outcome", "number", "rows"),
        Column("mean score", "number"),
        Column("AUC", "number"),
        Column("Brier score", "number"),
        Column("calibration error", "number"),
        Column("the same by chance", "number"),
        Column("calibration slope", "number"),
        Column("ROC distance by chance", "number"),
    )
    rows = tuple(_row(group, one.slices[group], found, expected.get(group)) for group, found in measured.items())
    by = f" by {one.part.name}" if one.part.columns else ""
    caption = f"Measures of the score{by}, beside what chance alone gives where groups or scores do not differ"
    return Evidence(_evidence("score-table", one.part), caption, "table", columns, rows, len(rows))


def _row(group: Group, own: Slice, found: Measured, expected: float | None) -> tuple[Cell, ...]:
    return (
        " × ".join(group) or "all rows",
        own.judged.rows,
        own.positives,
        *(_value(one) for one in (found.mean, found.auc, found.brier, found.error)),
        found.expected,
        _value(found.slope),
        expected,
    )


def _value(found: Found) -> float | None:
    return found.value if isinstance(found, Estimate) else None
