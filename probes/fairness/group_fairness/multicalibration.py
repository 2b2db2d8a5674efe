"""The largest calibration error over groups and bins of the score, with an interval that allows for the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.metrics import cell_errors
from fairwitness.audit.records import Estimate, Evidence, Metric, Undefined
from fairwitness.audit.stats.decisions.calibration import BINS
from fairwitness.audit.stats.decisions.scored import Scored
from fairwitness.audit.stats.levels import IntervalAt, normal_quantile
from fairwitness.audit.stats.proportions import wilson
from fairwitness.probes.fairness.group_fairness.measures import WORDS, GroupMeasure, group_words
from fairwitness.probes.kit.decisions.categorical import Codes, Flags
from fairwitness.probes.kit.decisions.counts import Group
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.partition import Partition
from fairwitness.probes.kit.decisions.table import DecisionTable
from fairwitness.probes.kit.tables import Listing, label, number

EVIDENCE = "multicalibration"
MEASURE = GroupMeasure(
    name="multicalibration_error",
    better="lower",
    about="column",
    sentence="multicalibration",
    compares=False,
    tags=("score", "calibration"),
    evidence=(EVIDENCE,),
)


@dataclass(frozen=True, slots=True)
class Error:
    """The share with the outcome less the mean score, of the rows of a group whose scores lie in one bin."""

    group: Group
    bin: int
    rows: int
    value: float
    limits: IntervalAt
    """By level."""

    @property
    def bounds(self) -> str:
        """The ends of the bin in words."""
        return WORDS("part.bin", low=f"{self.bin / BINS:g}", high=f"{(self.bin + 1) / BINS:g}")


def errors(judged: Scored, codes: Codes, keys: Sequence[Group], least: int) -> list[Error]:
    """Every group and bin with so many rows (people). Scores are taken as they are; outcomes are chance."""
    values, _ = cell_errors(judged.scores, judged.positive, codes, bins=BINS)
    places = codes * BINS + np.minimum((judged.scores * BINS).astype(np.int64), BINS - 1)
    order = np.argsort(places, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(places[order]) > 0, True])
    in_cells = []
    for begin, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        rows = order[begin:end]
        group, place = divmod(int(places[rows[0]]), BINS)
        units = len(rows) if judged.persons is None else len(np.unique(judged.persons[rows]))
        if units >= least:
            value = float(values[group, place])
            in_cells.append(Error(keys[group], place, len(rows), value, _limits(judged, rows, value)))
    return in_cells


def _limits(judged: Scored, rows: Codes, value: float) -> IntervalAt:
    positive = judged.positive[rows]
    hits, size = float(positive.sum()), float(len(rows))
    if judged.persons is not None:
        _, places = np.unique(judged.persons[rows], return_inverse=True)
        hits, size = stats.clustered_counts(np.bincount(places, weights=positive), np.bincount(places), size, size)
    score = float(positive.mean()) - value

    def limits(level: float) -> tuple[float, float]:
        low, high = wilson(hits, size, normal_quantile(level))
        return low - score, high - score

    return limits


def largest_error(errors: Sequence[Error]) -> Estimate | Undefined:
    """The largest of them whatever its sign (`stats.largest_size`); n is the rows looked at."""
    if not errors:
        return WORDS.undefined("reason.no_bin", "few_units")
    terms = [(error.value, error.limits) for error in errors]
    rows = sum(error.rows for error in errors)
    return stats.largest_size(terms, n=rows, method="largest of Wilson limits, Bonferroni below")


def within_groups(
    table: DecisionTable, outcomes: Outcomes, parts: Sequence[Partition]
) -> tuple[list[Metric], list[Evidence]]:
    """One error for every group column and crossing, and all that it is the largest of; nothing without scores."""
    scores = outcomes.score_numbers
    known = outcomes.labelled & np.isfinite(scores)
    if not known.any():
        return [], []
    scored = Scored(scores, outcomes.positive, table.persons)
    odd = bool(((scores[known] < 0) | (scores[known] > 1)).any())
    metrics, rows = list[Metric](), list[tuple[Partition, Error]]()
    for part in parts:
        if part.columns:
            groups = [] if odd else _of_part(scored, known, part)
            metrics.append(_metric(part, groups, outcomes, odd=odd))
            rows += [(part, error) for error in groups]
    return metrics, [ERRORS.of(rows)]


def _of_part(scored: Scored, known: Flags, part: Partition) -> list[Error]:
    compared = set(part.compared)
    here = known & np.array([group in compared for group in part.groups], dtype=np.bool_)[part.codes]
    if not here.any():
        return []
    return errors(scored.where(here), part.codes[here], list(part.groups), part.limits.group)


def _metric(part: Partition, errors: Sequence[Error], outcomes: Outcomes, *, odd: bool) -> Metric:
    if odd:
        return MEASURE.of(part, WORDS.undefined("reason.no_probabilities", "no_value"))
    estimate = largest_error(errors)
    if isinstance(estimate, Undefined):
        return MEASURE.of(part, estimate)
    error = max(errors, key=lambda each: abs(each.value))
    return MEASURE.of(
        part,
        estimate,
        who=group_words(part, error.group),
        bounds=error.bounds,
        distance=f"{100 * abs(error.value):.1f}",
        often=WORDS("part.more" if error.value > 0 else "part.fewer"),
        count=len(errors),
        **outcomes.said.names,
    )


def _interval(error: Error) -> tuple[float, float]:
    return error.limits(stats.LEVEL)


ERRORS: Listing[tuple[Partition, Error]] = Listing(
    EVIDENCE,
    WORDS,
    label("by", lambda row: row[0].name),
    label("group", lambda row: " × ".join(row[1].group)),
    label("score", lambda row: row[1].bounds),
    number("rows", lambda row: row[1].rows, "rows"),
    number("share less mean score", lambda row: row[1].value, "share"),
    number("from", lambda row: _interval(row[1])[0], "share"),
    number("to", lambda row: _interval(row[1])[1], "share"),
)
