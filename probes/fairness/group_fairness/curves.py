"""Curves of the score by group: rates at every threshold, ROC, calibration and distribution."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fairwitness.audit.metrics import SHARES, calibration_bins, roc, threshold_counts
from fairwitness.audit.records import Evidence, Metric, Name
from fairwitness.audit.stats import LEVEL
from fairwitness.audit.stats.decisions.calibration import BINS
from fairwitness.audit.stats.levels import normal_quantile
from fairwitness.audit.stats.proportions import wilson
from fairwitness.probes.fairness.group_fairness.measures import WORDS, title_of
from fairwitness.probes.fairness.group_fairness.score_metrics import score_metrics
from fairwitness.probes.kit.decisions.categorical import MISSING, Codes, Floats
from fairwitness.probes.kit.decisions.naming import capital
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.partition import Partition
from fairwitness.probes.kit.decisions.scored import ScoredPartition, ScoredSlice, scored_partitions
from fairwitness.probes.kit.decisions.table import DecisionTable
from fairwitness.probes.kit.tables import Head, Listing, flag, label, number

DRAWN = ("selection_rate", "true_positive_rate", "false_positive_rate", "accuracy")
STEPS = 41
"""Points of a curve over thresholds; scores with fewer levels are cut at each of them."""
CORNERS = 46
BARS = 20
MOST_GROUPS = 24
DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point of the curve of a group, with the ends of its interval; a reference line has no group."""

    group: str | None = None
    x: float
    y: float | None
    low: float | None = None
    high: float | None = None
    rows: int | None = None
    threshold: float | None = None
    in_use: bool | None = None

    @classmethod
    def share(cls, rows: ScoredSlice, x: float, hits: float, base: float, **more: float | bool | None) -> Point:
        """A share with Wilson's interval, in which a row counts for as much as it tells; empty without rows."""
        point = cls(group=" × ".join(rows.group), x=_round(x), y=None, rows=int(base), **more)  # type: ignore[arg-type]
        if base <= 0:
            return point
        each = rows.every.each
        low, high = wilson(round(hits) * each, round(base) * each, normal_quantile(LEVEL))
        value = hits / base
        return replace(point, y=_round(value), low=_round(min(low, value)), high=_round(max(high, value)))


def analysis(
    table: DecisionTable, outcomes: Outcomes, parts: Sequence[Partition], seed: int
) -> tuple[list[Metric], list[Evidence], list[str]]:
    """Metrics, curves and notes of the scores, for all rows and for the groups of every single column.

    Empty where no row has a score or no true outcome is known. Groups too small for a measure are undefined in it and
    are not drawn.
    """
    if not outcomes.has_labels:
        return [], [], []
    scored_parts, notes = scored_partitions(table, outcomes, parts)
    metrics: list[Metric] = []
    evidence: list[Evidence] = []
    for scored in scored_parts:
        measured, shown = score_metrics(scored, outcomes.said, seed)
        metrics += measured
        evidence.append(shown)
        if scored.part.columns:
            drawn = _drawn(scored)
            notes += _not_drawn(scored, drawn)
            evidence += _curves(scored, drawn, outcomes) if drawn else []
    ids = {shown.id for shown in evidence}
    metrics = [replace(each, evidence=tuple(name for name in each.evidence if name in ids)) for each in metrics]
    return metrics, evidence, notes


def _drawn(scored: ScoredPartition) -> list[ScoredSlice]:
    slices = scored.slices.values()
    return [rows for rows in slices if rows.problem is None and MISSING not in rows.group][:MOST_GROUPS]


def _not_drawn(scored: ScoredPartition, drawn: Sequence[ScoredSlice]) -> list[str]:
    shown = {rows.group for rows in drawn}
    absent = [" × ".join(group) for group in scored.slices if group not in shown and MISSING not in group]
    if not absent:
        return []
    names = Name(", ".join(absent[:10]) + (", ..." if len(absent) > 10 else ""))
    note = "note.not_drawn" if len(drawn) < MOST_GROUPS else "note.not_among_largest"
    return [WORDS(note, by=Name(scored.part.name), most=MOST_GROUPS, names=names)]


def _curves(scored: ScoredPartition, drawn: Sequence[ScoredSlice], outcomes: Outcomes) -> Iterator[Evidence]:
    for name in DRAWN:
        yield _thresholds(scored, drawn, name)
    yield _roc(scored, drawn)
    yield _calibration(scored, drawn, outcomes)
    yield _distribution(scored, drawn)


def _drawing(
    kind: str,
    scored: ScoredPartition,
    names: tuple[str, str, str],
    points: Sequence[Point],
    *more: Head[Point],
    **words: Any,
) -> Evidence:
    """A drawing of one line a group; `names` are those of x, of its unit, and of the share on y."""
    heads: tuple[Head[Point], ...] = (
        label(scored.part.name, lambda point: point.group),
        number(names[0], lambda point: point.x, names[1]),
        number(names[2], lambda point: point.y, "share"),
        number("low", lambda point: point.low, "share"),
        number("high", lambda point: point.high, "share"),
        *more,
    )
    drawing = Listing(kind, WORDS, *heads, kind="curves").of(points, by=Name(scored.part.name), **words)
    return replace(drawing, id="-".join((kind, *scored.part.columns)))


ROWS: Head[Point] = number("rows", lambda point: point.rows, "rows")
IN_USE: Head[Point] = flag("threshold in use", lambda point: point.in_use)


def _thresholds(scored: ScoredPartition, drawn: Sequence[ScoredSlice], name: str) -> Evidence:
    """A rate at every threshold; the threshold in use is a point of its own."""
    points = []
    for rows in drawn:
        use = _in_use(scored, rows)
        cuts = _grid(scored) if use is None else np.union1d(_grid(scored), use)
        one_group = np.zeros(rows.judged.rows, dtype=np.int64)
        counts = threshold_counts(rows.judged.scores, rows.judged.positive, cuts, one_group, 1)[:, 0]
        for cut, hits, base in zip(cuts.tolist(), *(each.tolist() for each in SHARES[name].of(counts)), strict=True):
            points.append(Point.share(rows, cut, hits, base, in_use=cut == use))
    title = title_of(name)
    points += _upright(scored, 1.0)
    names = "threshold", "score", title
    drawing = _drawing("threshold", scored, names, points, ROWS, IN_USE, title=capital(title))
    return replace(drawing, id="-".join((f"threshold-{name}", *scored.part.columns)))


def _roc(scored: ScoredPartition, drawn: Sequence[ScoredSlice]) -> Evidence:
    """True against false positive rates, with the interval of the true positive rate at that threshold."""
    points = []
    for rows in drawn:
        curve = roc(rows.judged.scores, rows.judged.positive)
        if curve is None:
            continue
        corners = np.column_stack([curve.false_positive_rate, curve.true_positive_rate, curve.threshold])
        use, places, marked = _in_use(scored, rows), _thinned(corners), math.nan
        if use is not None:
            last = np.flatnonzero(corners[:, 2] >= use)[-1]
            places, marked = np.union1d(places, last), float(corners[corners[:, 2] >= use, 2].min())
        for false, true, cut in corners[places].tolist():
            threshold = _round(cut) if np.isfinite(cut) else None
            hits, base = true * rows.positives, rows.positives
            points.append(Point.share(rows, false, hits, base, threshold=threshold, in_use=cut == marked))
    threshold_head: Head[Point] = number("threshold", lambda point: point.threshold, "score")
    names = "false positive rate", "share", "true positive rate"
    return _drawing("roc", scored, names, [*points, *DIAGONAL], threshold_head, IN_USE)


def _calibration(scored: ScoredPartition, drawn: Sequence[ScoredSlice], outcomes: Outcomes) -> Evidence:
    """The share with the outcome at each level of the score; for probabilities over the bins of the error."""
    points = []
    for rows in drawn:
        if scored.odd is None:
            bins = calibration_bins(rows.judged.scores, rows.judged.positive, bins=BINS)
            columns = [bins.score.tolist(), bins.positives.tolist(), bins.rows.tolist()]
        else:
            places, middles = _bars(scored, rows.judged.scores)
            hits = np.bincount(places[rows.judged.positive], minlength=len(middles))
            columns = [middles.tolist(), hits.tolist(), np.bincount(places, minlength=len(middles)).tolist()]
        for x, hit, size in zip(*columns, strict=True):
            if size:
                points.append(Point.share(rows, x, hit, size))
    share = WORDS("part.share_with", truth=outcomes.said.truth)
    if scored.odd is None:
        names, words = ("mean score of the bin", "share", share), {"what": "probabilities", "line": "perfect"}
        points += DIAGONAL
    else:
        names, words = ("score", "score", share), {"what": "levels", "line": ""}
    texts = {key: WORDS(f"part.{name}") if name else "" for key, name in words.items()}
    return _drawing("calibration", scored, names, points, ROWS, **texts)


def _distribution(scored: ScoredPartition, drawn: Sequence[ScoredSlice]) -> Evidence:
    """The share of each group's rows at each level or in each bin of the score."""
    points = []
    for rows in drawn:
        places, middles = _bars(scored, rows.every.scores)
        sizes = np.bincount(places, minlength=len(middles)).tolist()
        for x, size in zip(middles.tolist(), sizes, strict=True):
            points.append(replace(Point.share(rows, x, size, rows.every.rows), rows=size))
    top = max(point.high or 0.0 for point in points)
    line = "" if scored.in_use is None else WORDS("part.in_use")
    names = "score", "", "share of the group's rows"
    return _drawing("scores", scored, names, [*points, *_upright(scored, top)], ROWS, line=line)


def _grid(scored: ScoredPartition) -> Floats:
    """Thresholds: every level of the score where there are few, else even steps over its range."""
    if scored.levels.size <= STEPS:
        return scored.levels
    return np.round(np.linspace(*scored.range, STEPS), DIGITS)


def _in_use(scored: ScoredPartition, rows: ScoredSlice) -> float | None:
    """The threshold that the decisions of a group follow: that of all rows, or its own."""
    return rows.in_use if scored.in_use is None else scored.in_use


def _thinned(corners: Floats) -> Codes:
    """Numbers of corners spread evenly along the curve, the first and the last among them."""
    if len(corners) <= CORNERS:
        return np.arange(len(corners))
    along = corners[:, 0] + corners[:, 1]
    return np.unique(np.searchsorted(along, np.linspace(0.0, along[-1] - 1e-12, CORNERS)))


def _bars(scored: ScoredPartition, scores: Floats) -> tuple[Codes, Floats]:
    """The bar of each score, and the middle of each bar: levels of the score, or even bins over its range."""
    if scored.levels.size <= BARS + 1:
        return np.searchsorted(scored.levels, scores), scored.levels
    edges = np.linspace(*scored.range, BARS + 1)
    return np.clip(np.searchsorted(edges, scores, "right") - 1, 0, BARS - 1), (edges[1:] + edges[:-1]) / 2


def _upright(scored: ScoredPartition, top: float) -> list[Point]:
    """A reference line at the threshold of all decisions."""
    if scored.in_use is None:
        return []
    return [Point(x=_round(scored.in_use), y=height) for height in (0.0, top)]


DIAGONAL = tuple(Point(x=end, y=end) for end in (0.0, 1.0))


def _round(value: float) -> float:
    return round(float(value), DIGITS)
