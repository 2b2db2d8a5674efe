"""The largest calibration error over groups and bins of the score, with an interval that allows for the choice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.metrics import cell_errors
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Metric, Undefined
from fairwitness.audit.stats.ladder import IntervalAt, normal_quantile
from fairwitness.audit.stats.proportions import wilson
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.cells import Codes, Flags, Floats
from fairwitness.probes.fairness.group_fairness.curves_chance import BINS
from fairwitness.probes.fairness.group_fairness.parts import coded
from fairwitness.probes.fairness.group_fairness.rates import NOT_ESTIMABLE, Group, Limits, Part
from fairwitness.probes.fairness.group_fairness.rows import Frame, Outcomes
from fairwitness.probes.kit.standing import standing

NAME, EVIDENCE = "multicalibration_error", "multicalibration"
METHOD = "largest of Wilson limits, Bonferroni below"


@dataclass(frozen=True, slots=True)
class Error:
    """The share with the outcome less the mean score, of the rows of a group whose scores lie in one bin."""

    group: Group
    bin: int
    rows: int
    value: float
    limits: IntervalAt
    """By level."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Rows that have a probability as score and a true outcome; the person of each where some have several rows."""

    scores: Floats
    positive: Flags
    persons: Codes | None


def errors(judged: Judged, codes: Codes, keys: Sequence[Group], least: int) -> list[Error]:
    """Every group and bin with so many rows (people). Scores are taken as they are; outcomes are chance."""
    values, _ = cell_errors(judged.scores, judged.positive, codes, bins=BINS)
    places = codes * BINS + np.minimum((judged.scores * BINS).astype(np.int64), BINS - 1)
    order = np.argsort(places, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(places[order]) > 0, True])
    found = []
    for begin, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        rows = order[begin:end]
        group, place = divmod(int(places[rows[0]]), BINS)
        units = len(rows) if judged.persons is None else len(np.unique(judged.persons[rows]))
        if units >= least:
            value = float(values[group, place])
            found.append(Error(keys[group], place, len(rows), value, _limits(judged, rows, value)))
    return found


def _limits(judged: Judged, rows: Codes, value: float) -> IntervalAt:
    hit = judged.positive[rows]
    hits, size = float(hit.sum()), float(len(rows))
    if judged.persons is not None:
        _, of = np.unique(judged.persons[rows], return_inverse=True)
        hits, size = stats.clustered_counts(np.bincount(of, weights=hit), np.bincount(of), size, size)
    score = float(hit.mean()) - value

    def at(level: float) -> tuple[float, float]:
        low, high = wilson(hits, size, normal_quantile(level))
        return low - score, high - score

    return at


def largest_error(found: Sequence[Error]) -> Estimate | Undefined:
    """The largest of them whatever its sign (`stats.largest_size`); n is the rows looked at."""
    if not found:
        return Undefined(f"{NOT_ESTIMABLE}no group has rows enough in one bin of the score")
    parts = [(one.value, one.limits) for one in found]
    return stats.largest_size(parts, n=sum(one.rows for one in found), method=METHOD)


def within_groups(
    frame: Frame, outcomes: Outcomes, parts: Sequence[Part], limits: Limits
) -> tuple[list[Metric], list[Evidence]]:
    """One error for every group column and crossing, and all that it is the largest of; nothing without scores."""
    scores = np.array([math.nan if score is None else score for score in outcomes.scores], dtype=np.float64)
    known = outcomes.labelled & np.isfinite(scores) if len(scores) else outcomes.labelled & False
    if not known.any():
        return [], []
    metrics, rows = list[Metric](), list[tuple[Cell, ...]]()
    odd = bool(((scores[known] < 0) | (scores[known] > 1)).any())
    for part in parts:
        if not part.columns:
            continue
        if odd:
            found, estimate = [], _odd()
        else:
            found = _of_part(frame, outcomes, scores, known, part, limits)
            estimate = largest_error(found)
        metrics.append(_metric(part, found, estimate, outcomes))
        rows += [_row(part, one) for one in found]
    return metrics, [_table(rows)]


def _odd() -> Estimate | Undefined:
    return Undefined(f"{NOT_ESTIMABLE}some scores are no probabilities from 0 to 1")


def _of_part(frame: Frame, outcomes: Outcomes, scores: Floats, known: Flags, part: Part, limits: Limits) -> list[Error]:
    keys, codes = coded(frame, part.columns)
    compared = set(part.compared)
    here = known & np.array([key in compared for key in keys], dtype=np.bool_)[codes]
    persons = None if frame.persons is None else frame.persons[here]
    judged = Judged(scores[here], outcomes.positive[here], persons)
    return errors(judged, codes[here], keys, limits.group) if here.any() else []


def _metric(part: Part, found: Sequence[Error], estimate: Estimate | Undefined, outcomes: Outcomes) -> Metric:
    what = f"The largest calibration error over groups by {part.name} and bins of the score"
    claim = words.not_measured(what, estimate)
    if isinstance(estimate, Estimate):
        one = max(found, key=lambda error: abs(error.value))
        often = "more" if one.value > 0 else "less"
        shown = (
            f"it is {100 * estimate.low:.1f} to {100 * estimate.high:.1f} points"
            if estimate.low > 0
            else (f"that it is above 0 is not shown: it is at most {100 * estimate.high:.1f} points")
        )
        claim = (
            f"Of {words.of_group(part, one.group)} whose score is {one.bin / BINS:g} to {(one.bin + 1) / BINS:g}, "
            f"{100 * abs(one.value):.1f} percentage points {often} truly have {outcomes.counted} than their scores "
            f"say, the largest of {len(found)} such errors by {part.name}; with 95 % probability {shown}."
        )
    tags = words.group_tags(part, "score", "calibration")
    return Metric(
        name=NAME,
        estimate=estimate,
        unit="share",
        better="lower",
        claim=claim,
        null=None,
        variant={"groups": part.name},
        evidence=(EVIDENCE,),
        tags=tags,
        **standing(tags, "lower", part=True),
    )


def _row(part: Part, one: Error) -> tuple[Cell, ...]:
    low, high = one.limits(stats.LEVEL)
    bounds = f"{one.bin / BINS:g} to {(one.bin + 1) / BINS:g}"
    return part.name, " × ".join(one.group), bounds, one.rows, one.value, low, high


def _table(rows: Sequence[tuple[Cell, ...]]) -> Evidence:
    columns = (
        Column("by"),
        Column("group"),
        Column("score"),
        Column("rows", "number", "rows"),
        Column("share less mean score", "number", "share"),
        Column("from", "number", "share"),
        Column("to", "number", "share"),
    )
    caption = "Share with the outcome less mean score, of every group in every bin of the score with rows enough"
    return Evidence(EVIDENCE, caption, "table", columns, tuple(rows), len(rows))
