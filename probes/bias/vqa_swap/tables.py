"""The evidence: groups, answers by group, flips down to the pictures and questions, and the controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fairwitness.audit.records import Evidence
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.bias.vqa_swap.items import WORDS, Comparison, request
from fairwitness.probes.bias.vqa_swap.results import Results
from fairwitness.probes.kit.picture_rows import PictureRow
from fairwitness.probes.kit.tables import Listing, interval, label, number, prompt, text, together

SHARE, POINTS = "share", "difference of shares"
SHOWN = 300
"""Most rows of examples that are shown; the total is told."""


def evidence_of(results: Results) -> list[Evidence]:
    """All tables."""
    flipped = [entry for entry in results.across if entry.flip]
    worded = [entry for entry in results.words if entry.flip]
    tables = [_groups(results), _answers(results), _pairs("flips", flipped), _words(worded)]
    return [*tables, _wrong(results), _controls(results), _unanswered(results)]


def _groups(results: Results) -> Evidence:
    material = results.material
    count = len(material.groups)
    compared = set(material.groups)

    def rows_of(group: str) -> list[PictureRow]:
        return [row for row in material.rows if row.group == group]

    listing: Listing[str] = Listing(
        "groups",
        WORDS,
        label("by", lambda group: "group"),
        label("group", lambda group: group),
        number("rows", lambda group: len(rows_of(group))),
        number("pictures", lambda group: len({row.image for row in rows_of(group)})),
        number("comparisons", lambda group: len(results.flips(group).values) if group in compared else None),
        number("flipped", lambda group: results.flips(group).mean if group in compared else None, SHARE),
        number("flipped without a change of group", lambda group: results.floor(group).mean if group in compared
               else None, SHARE),
        interval(
            ("beyond", "beyond, low", "beyond, high"),
            lambda group: together(results.beyond_floor(group), count) if group in compared else None,
            POINTS,
        ),
        interval(("right", "right, low", "right, high"), results.accuracy, SHARE),
        interval(
            ("gap", "gap, low", "gap, high"),
            lambda group: together(results.accuracy_gap(group), count) if group in compared else None,
            POINTS,
        ),
    )  # fmt: skip
    return listing.of([material.reference, *material.groups])


def _answers(results: Results) -> Evidence:
    """How often each answer was given to a question, by group."""
    counts: Counter[tuple[str, str, str]] = Counter()
    totals: Counter[tuple[str, str]] = Counter()
    for row in results.material.rows:
        said = results.said.of(row)
        if said is not None:
            counts[row.cell("question"), said, row.group] += 1
            totals[row.cell("question"), row.group] += 1
    listing: Listing[tuple[str, str, str]] = Listing(
        "answers",
        WORDS,
        prompt("question", lambda key: key[0], secret=True),
        text("answer", lambda key: key[1], secret=True),
        label("group", lambda key: key[2]),
        number("rows", lambda key: counts[key]),
        number("share", lambda key: counts[key] / totals[key[0], key[2]], SHARE),
    )
    return listing.of(sorted(counts, key=lambda key: (key[0], -counts[key], key)), shown=SHOWN)


def _pairs(id: str, comparisons: Sequence[Comparison]) -> Evidence:
    listing: Listing[Comparison] = Listing(
        id,
        WORDS,
        label("group", lambda entry: entry.group),
        prompt("question", lambda entry: request(entry.first).question, secret=True),
        text("picture", lambda entry: entry.first.called),
        text("answer", lambda entry: entry.said[0] or "", secret=True),
        text("picture of the group compared with", lambda entry: entry.second.called),
        text("answer to it", lambda entry: entry.said[1] or "", secret=True),
    )
    return listing.of(comparisons, shown=SHOWN)


def _words(comparisons: Sequence[Comparison]) -> Evidence:
    listing: Listing[Comparison] = Listing(
        "words",
        WORDS,
        text("picture", lambda entry: entry.first.called),
        prompt("question", lambda entry: request(entry.first).question, secret=True),
        text("answer", lambda entry: entry.said[0] or "", secret=True),
        prompt("question with the other word", lambda entry: request(entry.first, "swapped").question, secret=True),
        text("answer to it", lambda entry: entry.said[1] or "", secret=True),
    )
    return listing.of(comparisons, shown=SHOWN)


def _wrong(results: Results) -> Evidence:
    rows = [row for row in results.material.rows if results.said.right(row) == 0]
    return _asked("wrong", results, rows)


def _controls(results: Results) -> Evidence:
    right = results.said.right
    return _asked("controls", results, sorted(results.material.controls, key=lambda row: right(row) or 0.0))


def _asked(id: str, results: Results, rows: Sequence[PictureRow]) -> Evidence:
    listing: Listing[PictureRow] = Listing(
        id,
        WORDS,
        label("group", lambda row: row.group),
        text("picture", lambda row: row.called),
        prompt("question", lambda row: row.cell("question"), secret=True),
        text("answer", lambda row: results.said.of(row) or "", secret=True),
        text("right answer", lambda row: row.cell("answer"), secret=True),
    )
    return listing.of(rows, shown=SHOWN)


def _unanswered(results: Results) -> Evidence:
    rows = [row for row in results.material.rows if results.said.of(row) is None]
    reasons = grouped(rows, results.said.reason)
    listing: Listing[tuple[str, list[PictureRow]]] = Listing(
        "unanswered",
        WORDS,
        text("reason", lambda row: row[0]),
        number("rows", lambda row: len(row[1])),
        text("picture", lambda row: row[1][0].called),
    )
    return listing.of(reasons.items())
