"""Tables behind pictures: what is drawn under the question of a probe stands in the document as well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Evidence, Picture, ScoredItems, Undefined
from fairwitness.probes.kit.tables import Listing, interval, label, number
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)["pictured"]
BY_SHARE, MEANS = "by_share", "score_means"
PERCENT = "% (US)"
Y = 4
"""The column of points that is drawn upwards."""
FEWEST = 5
"""Clusters below which a mean has no interval in a picture."""


def sides_of(words: Words) -> tuple[str, ...]:
    """What lower and higher values mean, where `[picture]` of the words says so."""
    return (words("picture.lower"), words("picture.higher")) if "lower" in words["picture"] else ()


def dots(words: Words, *metrics: str, compared: tuple[str, ...] = (), by: str = "") -> Picture:
    """Metrics of groups with their intervals; see `Picture`. Caption and sides stand under `[picture]` of the words."""
    caption, sides = words("picture.caption"), sides_of(words)
    return Picture(kind="dots", caption=caption, metrics=metrics, compared=compared, by=by, sides=sides)


def strip(
    words: Words,
    score: str,
    *,
    by: str,
    unit: str = "nats",
    evidence: tuple[str, ...] = (),
    metrics: tuple[str, ...] = (),
) -> Picture:
    """The score of each item by its clusters, 0 being none. Caption and sides stand under `[picture]` of the words."""
    return Picture(
        kind="strip",
        caption=words("picture.caption"),
        score=score,
        by=by,
        evidence=evidence,
        metrics=metrics,
        unit=unit,
        null=0.0,
        sides=sides_of(words),
    )


def share_picture(words: Words) -> Picture:
    """The picture of `share_points`, with the caption and the sides that stand under `[picture]` of the words."""
    return Picture(kind="points", caption=words("picture.caption"), evidence=(BY_SHARE,), sides=sides_of(words))


@dataclass(frozen=True, slots=True)
class SharePoint:
    """What was measured of one occupation; `share` of women in 0..1. Of a reference line the label is empty."""

    label: str | None
    share: float | None
    value: float | None
    ends: tuple[float, float] | None = None


def share_point(name: str, share: float, estimate: Estimate | Undefined, otherwise: float) -> SharePoint:
    """A point with its interval, or without one where there is no estimate."""
    if isinstance(estimate, Undefined):
        return SharePoint(name, share, otherwise)
    return SharePoint(name, share, estimate.value, (estimate.low, estimate.high))


def share_points(points: Sequence[SharePoint], slope: Estimate | Undefined | None, *, what: str, unit: str) -> Evidence:
    """The points, a line at 0, and where there is a slope its line through the means with the interval of the slope.

    `slope` is what the value changes by from a share of 0 to one of 1.
    """
    listing: Listing[SharePoint] = Listing(
        BY_SHARE,
        WORDS,
        label("occupation", lambda point: point.label),
        number("women", lambda point: None if point.share is None else round(100 * point.share, 2), PERCENT),
        number("share, low", lambda point: None, PERCENT),
        number("share, high", lambda point: None, PERCENT),
        number("value", lambda point: point.value, unit),
        number("low", lambda point: point.ends and point.ends[0], unit),
        number("high", lambda point: point.ends and point.ends[1], unit),
        kind="points",
    )
    known = [point for point in points if point.share is not None and point.value is not None]
    shares = [point.share for point in known if point.share is not None]
    if not shares:
        return listing.of(points, what=what)
    zero = [SharePoint(None, min(shares), 0.0), SharePoint(None, max(shares), 0.0)]
    gap = SharePoint(None, None, None)
    table = listing.of([*zero, gap, *_line(known, slope), *points], what=what)
    columns = [replace(column, name=what) if place == Y else column for place, column in enumerate(table.columns)]
    return replace(table, columns=tuple(columns))


def _line(points: Sequence[SharePoint], slope: Estimate | Undefined | None) -> Iterable[SharePoint]:
    if not isinstance(slope, Estimate):
        return
    shares = [point.share or 0.0 for point in points]
    centre, height = float(np.mean(shares)), float(np.mean([point.value or 0.0 for point in points]))
    for share in (min(shares), centre, max(shares)):
        ends = sorted(height + end * (share - centre) for end in (slope.low, slope.high))
        value = height + slope.value * (share - centre)
        yield SharePoint(None, share, value, (min(ends[0], value), max(ends[1], value)))


@dataclass(frozen=True, slots=True)
class ScoredPart:
    """The scores of one part of the items."""

    name: str
    scores: Sequence[float]
    estimate: Estimate | Undefined | None


def score_means(items: ScoredItems, score: str, *, by: str, ties: str = "") -> Evidence:
    """The mean score of the items of each cluster of `by`, with an interval that takes items tied by `ties` together.

    No interval below five such clusters.
    """
    tied: Mapping[str, tuple[str, ...]] = items.clusters
    keys = tied[ties] if ties else items.ids
    groups: dict[str, list[tuple[float, str]]] = {}
    for name, value, key in zip(tied[by], items.scores[score], keys, strict=True):
        if value is not None:
            groups.setdefault(name, []).append((value, key))
    parts = [ScoredPart(name, [value for value, _ in members], _mean(members)) for name, members in groups.items()]
    listing: Listing[ScoredPart] = Listing(
        MEANS,
        WORDS,
        label(by, lambda part: part.name),
        interval(
            ("mean", "low", "high"), lambda part: part.estimate, otherwise=lambda part: float(np.mean(part.scores))
        ),
        number("items", lambda part: len(part.scores)),
        kind="dots",
    )
    return listing.of(parts)


def _mean(members: Sequence[tuple[float, str]]) -> Estimate | Undefined | None:
    keys = [key for _, key in members]
    if len(set(keys)) < FEWEST:
        return None
    return stats.mean([value for value, _ in members], keys, weigh="values")
