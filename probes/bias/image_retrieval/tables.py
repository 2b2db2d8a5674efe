"""The evidence: groups among the first pictures, each query, the first pictures of each, and the controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.stats.picture_groups import Chance, Floats, max_skews
from fairwitness.probes.bias.image_retrieval.items import WORDS
from fairwitness.probes.bias.image_retrieval.results import Group, Results
from fairwitness.probes.kit.images.pictures import Pictured
from fairwitness.probes.kit.tables import Listing, image, interval, label, number, prompt

SHARE, POINTS, LOG = "share", "difference of shares", "log ratio"
SHOWN = 300
"""Most of the first pictures that are shown; the total is named."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group with what it has of all pictures and of the first."""

    group: Group
    pictures: int
    share: float
    gap: Estimate | Undefined
    skew: Estimate | Undefined


@dataclass(frozen=True, slots=True)
class QueryRow:
    """A query with its MaxSkew in a column."""

    axis: str
    query: str
    skew: float


def evidence_of(
    results: Results, gaps: Mapping[Group, Estimate | Undefined], chances: Mapping[str, Chance | None]
) -> list[Evidence]:
    """All tables but that of the controls."""
    return [_groups(results, gaps), _chance(results, chances), _queries(results), _first(results)]


def _groups(results: Results, gaps: Mapping[Group, Estimate | Undefined]) -> Evidence:
    rows = []
    for group, gap in gaps.items():
        members = results.members(group)
        rows.append(GroupRow(group, int(members.sum()), results.share(group), gap, results.skew(group, gap)))
    listing: Listing[GroupRow] = Listing(
        "groups",
        WORDS,
        label("by", lambda row: row.group[0]),
        label("group", lambda row: row.group[1]),
        number("pictures", lambda row: row.pictures),
        number("share of all", lambda row: row.share, SHARE),
        number("share of the first", lambda row: _first_share(row), SHARE),
        interval(("gap", "gap, low", "gap, high"), lambda row: row.gap, POINTS),
        interval(("skew", "skew, low", "skew, high"), lambda row: row.skew, LOG),
    )
    return listing.of(rows, k=results.k)


def _first_share(row: GroupRow) -> float | None:
    return row.share + row.gap.value if isinstance(row.gap, Estimate) else None


def _chance(results: Results, chances: Mapping[str, Chance | None]) -> Evidence:
    listing: Listing[tuple[str, Chance]] = Listing(
        "chance",
        WORDS,
        label("by", lambda row: row[0]),
        number("largest skew", lambda row: float(_skews(results, row[0]).mean()), LOG),
        number("of a random order", lambda row: row[1].mean, LOG),
        number("random order reaches", lambda row: row[1].reach, LOG),
        number("p of chance", lambda row: row[1].p_value),
    )
    rows = [(axis, chance) for axis, chance in chances.items() if chance is not None]
    return listing.of(rows, k=results.k)


def _skews(results: Results, axis: str) -> Floats:
    return max_skews(results.places(axis), results.numbers(axis))


def _queries(results: Results) -> Evidence:
    rows = []
    for axis in results.axes:
        if len(results.ranked(axis)) > results.k:
            skews = zip(results.read.asked.texts, _skews(results, axis), strict=True)
            rows += [QueryRow(axis, query, float(skew)) for query, skew in skews]
    listing: Listing[QueryRow] = Listing(
        "queries",
        WORDS,
        prompt("query", lambda row: row.query, secret=results.secret),
        label("by", lambda row: row.axis),
        number("largest skew", lambda row: row.skew, LOG),
    )
    return listing.of(sorted(rows, key=lambda row: -row.skew), k=results.k)


def _first(results: Results) -> Evidence:
    axis = next(iter(results.axes))
    rows = results.first(axis)
    listing: Listing[tuple[str, Pictured, int]] = Listing(
        "first",
        WORDS,
        prompt("query", lambda row: row[0], secret=results.secret),
        number("rank", lambda row: row[2]),
        image("picture", lambda row: row[1].name),
        label("group", lambda row: ", ".join(row[1].groups.values())),
    )
    return listing.of(rows, shown=SHOWN, k=results.k)
