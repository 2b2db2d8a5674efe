"""Curves of the score by group: rates at every threshold, ROC, calibration and distribution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from fairwitness.audit.metrics import SHARES, calibration_bins, roc, threshold_counts
from fairwitness.audit.records import Cell, Column, Evidence, Metric
from fairwitness.audit.stats import LEVEL
from fairwitness.audit.stats.ladder import normal_quantile
from fairwitness.audit.stats.proportions import wilson
from fairwitness.probes.fairness.group_fairness.cells import MISSING, Codes, Floats
from fairwitness.probes.fairness.group_fairness.curves_chance import BINS
from fairwitness.probes.fairness.group_fairness.curves_metrics import score_metrics
from fairwitness.probes.fairness.group_fairness.curves_rows import Slice, Sliced, sliced
from fairwitness.probes.fairness.group_fairness.rates import Limits, Part
from fairwitness.probes.fairness.group_fairness.rows import Frame, Outcomes

DRAWN = ("selection_rate", "true_positive_rate", "false_positive_rate", "accuracy")
STEPS = 41
"""Points of a curve over thresholds; scores with fewer levels are cut at each of them."""
CORNERS = 46
BARS = 20
MOST_GROUPS = 24
DIGITS = 6
Row = tuple[Cell, ...]


def analysis(
    frame: Frame, outcomes: Outcomes, parts: Sequence[Part], limits: Limits, seed: int
) -> tuple[list[Metric], list[Evidence], list[str]]:
    """Metrics, curves and notes of the scores, for all rows and for the groups of every single column.

    Empty where no row has a score or no true outcome is known. Groups too small for a measure are undefined in it and
    are not drawn.
    """
    if not outcomes.has_labels:
        return [], [], []
    found, notes = sliced(frame, outcomes, parts, limits)
    metrics: list[Metric] = []
    evidence: list[Evidence] = []
    for one in found:
        own, table = score_metrics(one, outcomes.counted, seed)
        metrics += own
        evidence.append(table)
        if one.part.columns:
            shown = _shown(one)
            notes += _left_out(one, shown)
            evidence += _curves(one, shown, outcomes) if shown else []
    drawn = {item.id for item in evidence}
    told = [replace(metric, evidence=tuple(name for name in metric.evidence if name in drawn)) for metric in metrics]
    return told, evidence, notes


def _shown(one: Sliced) -> list[Slice]:
    return [own for own in one.slices.values() if own.problem is None and MISSING not in own.group][:MOST_GROUPS]


def _left_out(one: Sliced, shown: Sequence[Slice]) -> list[str]:
    drawn = {own.group for own in shown}
    absent = [" × ".join(group) for group in one.slices if group not in drawn and MISSING not in group]
    if not absent:
        return []
    listed = ", ".join(absent[:10]) + (", ..." if len(absent) > 10 else "")
    why = "too small" if len(shown) < MOST_GROUPS else f"too small or not among the largest {MOST_GROUPS}"
    return [f"Curves by {one.part.name} leave out groups that are {why}: {listed}."]


def _curves(one: Sliced, shown: Sequence[Slice], outcomes: Outcomes) -> Iterator[Evidence]:
    yield from _thresholds(one, shown, outcomes)
    yield _roc(one, shown)
    yield _calibration(one, shown, outcomes)
    yield _distribution(one, shown)


def _thresholds(one: Sliced, shown: Sequence[Slice], outcomes: Outcomes) -> Iterator[Evidence]:
    """A rate at every threshold, one series a group; the threshold in use is a point of its own."""
    grid = _grid(one)
    counted = [_counts(own, _with_use(grid, one, own)) for own in shown]
    for name in DRAWN:
        rows: list[Row] = []
        for own, (cuts, table) in zip(shown, counted, strict=True):
            hits, base = SHARES[name].of(table)
            use = _use(one, own)
            rows += [
                (*_series(own), _round(cut), *_share(hit, size, own.each), int(size), cut == use)
                for cut, hit, size in zip(cuts.tolist(), hits.tolist(), base.tolist(), strict=True)
            ]
        title = name.replace("_", " ")
        columns = (Column(one.part.name), Column("threshold", "number", "score"), *_share_columns(title), _in_use())
        caption = f"{title.capitalize()} by {one.part.name} at each threshold; bands: 95 % intervals"
        yield _piece(f"threshold-{name}", one, caption, columns, [*rows, *_upright(one, 1.0, len(columns))])


def _roc(one: Sliced, shown: Sequence[Slice]) -> Evidence:
    """True against false positive rates, with the interval of the true positive rate at that threshold."""
    rows: list[Row] = []
    for own in shown:
        curve = roc(own.judged.scores, own.judged.positive)
        if curve is None:
            continue
        corners = np.column_stack([curve.false_positive_rate, curve.true_positive_rate, curve.threshold])
        use = _use(one, own)
        at = _thinned(corners)
        at = at if use is None else np.union1d(at, np.flatnonzero(corners[:, 2] >= use)[-1])
        for false, true, cut in corners[at].tolist():
            share = _share(true * own.positives, own.positives, own.each)
            marked = use is not None and cut == float(corners[corners[:, 2] >= use, 2].min())
            rows.append((*_series(own), _round(false), *share, _round(cut) if np.isfinite(cut) else None, marked))
    columns = (
        Column(one.part.name),
        Column("false positive rate", "number", "share"),
        *_share_columns("true positive rate", rows=False),
        Column("threshold", "number", "score"),
        _in_use(),
    )
    caption = f"ROC curves by {one.part.name}; dotted: a score that ranks by chance"
    return _piece("roc", one, caption, columns, [*rows, *_diagonal(len(columns))])


def _calibration(one: Sliced, shown: Sequence[Slice], outcomes: Outcomes) -> Evidence:
    """The share with the outcome at each level of the score; for probabilities over the bins of the error."""
    rows: list[Row] = []
    for own in shown:
        if one.odd is None:
            bins = calibration_bins(own.judged.scores, own.judged.positive, bins=BINS)
            found = zip(bins.score.tolist(), bins.positives.tolist(), bins.rows.tolist(), strict=True)
        else:
            places, middles = _bars(one, own.judged.scores)
            sizes = np.bincount(places, minlength=len(middles))
            hits = np.bincount(places[own.judged.positive], minlength=len(middles))
            found = zip(middles.tolist(), hits.tolist(), sizes.tolist(), strict=True)
        rows += [(*_series(own), _round(x), *_share(hit, size, own.each), int(size)) for x, hit, size in found if size]
    columns = (
        Column(one.part.name),
        Column("score" if one.odd else "mean score of the bin", "number", "score" if one.odd else "share"),
        *_share_columns(f"share with {outcomes.counted}"),
    )
    what = "Share with the outcome at each score" if one.odd else "Calibration"
    caption = f"{what} by {one.part.name}" + ("" if one.odd else "; dotted: perfect calibration")
    return _piece("calibration", one, caption, columns, rows if one.odd else [*rows, *_diagonal(len(columns))])


def _distribution(one: Sliced, shown: Sequence[Slice]) -> Evidence:
    """The share of each group's rows at each level or in each bin of the score."""
    rows: list[Row] = []
    for own in shown:
        places, middles = _bars(one, own.scores)
        sizes = np.bincount(places, minlength=len(middles)).tolist()
        rows += [
            (*_series(own), _round(x), *_share(size, len(own.scores), own.each), size)
            for x, size in zip(middles.tolist(), sizes, strict=True)
        ]
    columns = (Column(one.part.name), Column("score", "number"), *_share_columns("share of the group's rows"))
    top = max(float(row[4]) for row in rows)  # type: ignore[arg-type]
    caption = f"Distribution of the score by {one.part.name}" + ("; dotted: the threshold in use" if one.in_use else "")
    return _piece("scores", one, caption, columns, [*rows, *_upright(one, top, len(columns))])


def _piece(kind: str, one: Sliced, caption: str, columns: tuple[Column, ...], rows: Sequence[Row]) -> Evidence:
    return Evidence("-".join((kind, *one.part.columns)), caption, "curves", columns, tuple(rows), len(rows))


def _grid(one: Sliced) -> Floats:
    """Thresholds: every level of the score where there are few, else even steps over its range."""
    if one.levels.size <= STEPS:
        return one.levels
    low, high = (0.0, 1.0) if one.odd is None else one.range
    return np.round(np.linspace(low, high, STEPS), DIGITS)


def _use(one: Sliced, own: Slice) -> float | None:
    """The threshold that the decisions of a group follow: that of all rows, or its own."""
    return own.in_use if one.in_use is None else one.in_use


def _with_use(grid: Floats, one: Sliced, own: Slice) -> Floats:
    use = _use(one, own)
    return grid if use is None else np.union1d(grid, use)


def _counts(own: Slice, cuts: Floats) -> tuple[Floats, Floats]:
    """Thresholds, and the counts [thresholds, 4] of the judged rows at each."""
    one_group = np.zeros(own.judged.rows, dtype=np.int64)
    return cuts, threshold_counts(own.judged.scores, own.judged.positive, cuts, one_group, 1)[:, 0]


def _thinned(corners: Floats) -> Codes:
    """Numbers of corners spread evenly along the curve, the first and the last among them."""
    if len(corners) <= CORNERS:
        return np.arange(len(corners))
    along = corners[:, 0] + corners[:, 1]
    return np.unique(np.searchsorted(along, np.linspace(0.0, along[-1] - 1e-12, CORNERS)))


def _bars(one: Sliced, scores: Floats) -> tuple[Codes, Floats]:
    """The bar of each score, and the middle of each bar: levels of the score, or even bins over its range."""
    if one.levels.size <= BARS + 1:
        return np.searchsorted(one.levels, scores), one.levels
    low, high = (0.0, 1.0) if one.odd is None else one.range
    edges = np.linspace(low, high, BARS + 1)
    return np.clip(np.searchsorted(edges, scores, "right") - 1, 0, BARS - 1), (edges[1:] + edges[:-1]) / 2


def _series(own: Slice) -> tuple[Cell]:
    return (" × ".join(own.group),)


def _share(hits: float, base: float, each: float) -> Row:
    """A share with the ends of Wilson's interval, in which a row counts for `each`; empty without rows."""
    if base <= 0:
        return None, None, None
    low, high = wilson(round(hits) * each, round(base) * each, normal_quantile(LEVEL))
    value = hits / base
    return _round(value), _round(min(low, value)), _round(max(high, value))


def _share_columns(name: str, *, rows: bool = True) -> tuple[Column, ...]:
    share = (Column(name, "number", "share"), Column("low", "number", "share"), Column("high", "number", "share"))
    return (*share, Column("rows", "number", "rows")) if rows else share


def _in_use() -> Column:
    return Column("threshold in use", "flag")


def _upright(one: Sliced, top: float, width: int) -> list[Row]:
    """A reference line at the threshold of all decisions."""
    if one.in_use is None:
        return []
    ends = ((None, _round(one.in_use), height) for height in (0.0, top))
    return [(*end, *(None,) * (width - 3)) for end in ends]


def _diagonal(width: int) -> list[Row]:
    return [(None, end, end, *(None,) * (width - 3)) for end in (0.0, 1.0)]


def _round(value: float) -> float:
    return round(float(value), DIGITS)
