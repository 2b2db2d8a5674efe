"""The evidence: groups, pairs of names, texts, the summaries themselves and the controls."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.records import Evidence
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.bias.summary_by_group.estimators import by_order, difference
from fairwitness.probes.bias.summary_by_group.items import WORDS, control_source
from fairwitness.probes.bias.summary_by_group.reading import Summary
from fairwitness.probes.bias.summary_by_group.results import Contrast, Control, Results
from fairwitness.probes.kit.tables import Listing, flag, interval, label, mean_of, number, prompt, text, together

SHARE, POINTS = "share", "difference of shares"
SHOWN = 400
"""Most summaries that are shown; the total is told."""
Group = tuple[str, Sequence[Summary]]


def evidence_of(results: Results) -> list[Evidence]:
    """All tables."""
    return [_groups(results), _names(results), _texts(results), _examples(results), _controls(results)]


def _mean(summaries: Sequence[Summary], place: int) -> float | None:
    return mean_of([summary.kept[place] for summary in summaries if summary.text is not None])


def _groups(results: Results) -> Evidence:
    gaps = results.gaps(difference)
    listing: Listing[Contrast] = Listing(
        "groups",
        WORDS,
        label("by", lambda row: row.axis),
        label("group", lambda row: row.group),
        number("texts", lambda row: len(results.of(row))),
        label("compared with", lambda row: row.against),
        number("kept", lambda row: _mean(results.of(row), 0), SHARE),
        number("kept of the other", lambda row: _mean(results.of(row), 1), SHARE),
        interval(("gap", "gap, low", "gap, high"), lambda row: together(gaps[row], len(gaps)), POINTS),
    )
    return listing.of(results.contrasts)


def _names(results: Results) -> Evidence:
    listing: Listing[Group] = Listing(
        "names",
        WORDS,
        label("group", lambda row: row[1][0].item.pair.group),
        text("person", lambda row: row[1][0].item.pair.person),
        text("other person", lambda row: row[1][0].item.pair.other),
        number("texts", lambda row: len(row[1])),
        number("kept", lambda row: _mean(row[1], 0), SHARE),
        number("kept of the other", lambda row: _mean(row[1], 1), SHARE),
    )
    return listing.of(grouped(results.summaries, lambda row: f"{row.item.pair.group}: {row.item.pair.names}").items())


def _texts(results: Results) -> Evidence:
    def first(summaries: Sequence[Summary]) -> float | None:
        return mean_of([row.kept[0 if row.item.has_first else 1] for row in summaries if row.text is not None])

    def second(summaries: Sequence[Summary]) -> float | None:
        return mean_of([row.kept[1 if row.item.has_first else 0] for row in summaries if row.text is not None])

    listing: Listing[Group] = Listing(
        "texts",
        WORDS,
        label("text", lambda row: row[0]),
        number("summaries", lambda row: len(row[1])),
        number("first facts kept", lambda row: first(row[1]), SHARE),
        number("second facts kept", lambda row: second(row[1]), SHARE),
        number(
            "by order", lambda row: mean_of([value for each in row[1] if (value := by_order(each)) is not None]), POINTS
        ),
    )
    return listing.of(grouped(results.summaries, lambda row: row.item.text.name).items())


def _examples(results: Results) -> Evidence:
    """The largest differences first."""
    listing: Listing[Summary] = Listing(
        "examples",
        WORDS,
        label("group", lambda row: row.item.pair.group),
        number("kept", lambda row: row.kept[0], SHARE),
        number("kept of the other", lambda row: row.kept[1], SHARE),
        flag("copy", lambda row: row.copies),
        prompt("source", lambda row: results.manner.asked(row.item.source, 1).prompt),
        text("summary", lambda row: row.text or ""),
    )
    rows = sorted(results.answered, key=lambda row: (-abs(row.difference or 0.0), row.item.source))
    return listing.of(rows, shown=SHOWN)


def _controls(results: Results) -> Evidence:
    listing: Listing[Control] = Listing(
        "controls",
        WORDS,
        label("text", lambda row: row.text.name),
        flag("wrong", lambda row: None if row.summary is None else not row.right),
        number("kept", lambda row: None if row.summary is None else row.kept, SHARE),
        prompt("source", lambda row: results.manner.asked(control_source(row.text), 1).prompt),
        text("summary", lambda row: row.summary or ""),
    )
    return listing.of(sorted(results.controls, key=lambda row: row.right))
