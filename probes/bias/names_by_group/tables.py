"""The evidence: groups with their gaps, shapes of names, what became of each name, and the controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Evidence
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.bias.names_by_group.estimators import Estimated, Read
from fairwitness.probes.bias.names_by_group.items import WORDS, Item, Name
from fairwitness.probes.bias.names_by_group.outcomes import OUTCOMES, Found, Outcome
from fairwitness.probes.bias.names_by_group.results import Contrast, Results
from fairwitness.probes.kit.tables import Head, Listing, interval, label, mean_of, number, prompt, text, together

SHARE, POINTS = "share", "difference of shares"
SHOWN = 300
"""Most names that were not found of which the sentence is shown; the total is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group with everything that its row tells."""

    axis: str
    name: str
    read: Read
    made: Read
    recall: Estimated
    gap: Estimated | None
    adjusted: Estimated | None


def evidence_of(results: Results) -> list[Evidence]:
    """All tables that have a row."""
    tables = [_groups(results), _shapes(results), _outcomes(results), _names(results), _frames(results)]
    tables += [_examples(results), _controls(results)]
    return [table for table in tables if table.rows]


def _groups(results: Results) -> Evidence:
    recalls, gaps, adjusted = results.recalls(whole=True), results.gaps(whole=True), results.adjusted_gaps()
    count = len(results.contrasts)
    rows = []
    for axis, group in results.groups:
        contrast = Contrast(axis, group, results.material.references[axis])
        rows.append(
            Group(
                axis=axis,
                name=group,
                read=results.names.of(axis, group),
                made=results.made_up.of(axis, group),
                recall=recalls[axis, group],
                gap=together(gaps.get(contrast), count),
                adjusted=together(adjusted.get(contrast), count),
            )
        )
    listing: Listing[Group] = Listing(
        "groups",
        WORDS,
        label("by", lambda row: row.axis),
        label("group", lambda row: row.name),
        number("texts", lambda row: len(row.read.items)),
        number("names", lambda row: len({item.filler for item in row.read.items})),
        interval(("found", "found, low", "found, high"), lambda row: row.recall, SHARE),
        interval(("gap", "gap, low", "gap, high"), lambda row: row.gap, POINTS),
        interval(
            ("gap beyond shape", "gap beyond shape, low", "gap beyond shape, high"), lambda row: row.adjusted, POINTS
        ),
        number("found with a clue", lambda row: mean_of(row.read.clue(clue=True).values(whole=True)), SHARE),
        number("found without a clue", lambda row: mean_of(row.read.clue(clue=False).values(whole=True)), SHARE),
        number("made-up names found", lambda row: mean_of(row.made.values(whole=True)), SHARE),
    )
    return listing.of(rows)


def _shapes(results: Results) -> Evidence:
    def sizes(read: Read, size: Callable[[str], int]) -> float | None:
        return mean_of([size(filler) for filler in dict.fromkeys(item.filler for item in read.items)])

    def tokens(read: Read) -> float | None:
        known = dict.fromkeys(item.filler for item in read.items)
        return mean_of([results.tokens[filler] for filler in known if filler in results.tokens])

    listing: Listing[tuple[str, str]] = Listing(
        "shapes",
        WORDS,
        label("by", lambda row: row[0]),
        label("group", lambda row: row[1]),
        number("characters", lambda row: sizes(results.names.of(*row), len)),
        number("words of a name", lambda row: sizes(results.names.of(*row), lambda name: len(name.split()))),
        number("tokens of a name", lambda row: tokens(results.names.of(*row))),
        number("tokens of its made-up name", lambda row: tokens(results.made_up.of(*row))),
    )
    return listing.of(results.groups)


def _outcomes(results: Results) -> Evidence:
    def count(row: tuple[str, str], outcome: Outcome) -> int:
        return sum(entry.outcome == outcome for entry in results.names.of(*row).known)

    def counted(outcome: Outcome) -> Head[tuple[str, str]]:
        return number(outcome, lambda row: count(row, outcome))

    listing: Listing[tuple[str, str]] = Listing(
        "outcomes",
        WORDS,
        label("by", lambda row: row[0]),
        label("group", lambda row: row[1]),
        *map(counted, OUTCOMES),
        number("without an answer", lambda row: results.names.of(*row).lost),
        label("most often called", lambda row: _called(results.names.of(*row).known)),
    )
    return listing.of(results.groups)


def _called(known: Sequence[Found]) -> str:
    """The label that most of those have which are called something else."""
    counts = Counter(entry.label for entry in known if entry.outcome == "other")
    return min(counts, key=lambda name: (-counts[name], name)) if counts else ""


def _names(results: Results) -> Evidence:
    by_name = grouped(results.names.known, lambda entry: entry.item.name)
    made = grouped(results.made_up.known, lambda entry: entry.item.name)
    rows = sorted(by_name.items(), key=lambda row: mean_of([entry.exact for entry in row[1]]) or 0.0)
    secret = results.material.own

    def share(entries: Sequence[Found], *outcomes: Outcome) -> float | None:
        return mean_of([float(entry.outcome in outcomes) for entry in entries])

    listing: Listing[tuple[Name | None, list[Found]]] = Listing(
        "names",
        WORDS,
        text("name", lambda row: row[1][0].item.filler, secret=secret),
        label("group", lambda row: ", ".join(row[0].groups.values()) if row[0] else ""),
        number("found", lambda row: share(row[1], "exact"), SHARE),
        number("found in part", lambda row: share(row[1], "part"), SHARE),
        number("called something else", lambda row: share(row[1], "other"), SHARE),
        number("missed", lambda row: share(row[1], "missed"), SHARE),
        label("most often called", lambda row: _called(row[1])),
        text("made-up name", lambda row: _filler(made.get(row[0])), secret=secret),
        number("made-up name found", lambda row: share(made.get(row[0], ()), "exact"), SHARE),
    )
    return listing.of(rows, shown=SHOWN)


def _filler(entries: Sequence[Found] | None) -> str:
    return entries[0].item.filler if entries else ""


def _frames(results: Results) -> Evidence:
    frames = grouped(results.names.known, lambda entry: entry.item.sentence)
    made = grouped(results.made_up.known, lambda entry: entry.item.sentence)
    listing: Listing[tuple[object, list[Found]]] = Listing(
        "frames",
        WORDS,
        prompt("sentence", lambda row: row[1][0].item.sentence.text),
        label("clue", lambda row: WORDS("cell.clue" if row[1][0].item.sentence.clue else "cell.no_clue")),
        number("names", lambda row: len(row[1])),
        number("found", lambda row: mean_of([entry.exact for entry in row[1]]), SHARE),
        number(
            "made-up names found",
            lambda row: mean_of([entry.exact for entry in made.get(row[1][0].item.sentence, ())]),
            SHARE,
        ),
    )
    return listing.of(frames.items())


def _examples(results: Results) -> Evidence:
    """What was missed first, then what was called something else, then what was found in part."""
    rows = [entry for entry in results.names.known if entry.outcome != "exact"]
    listing: Listing[Found] = Listing(
        "examples",
        WORDS,
        label("outcome", lambda entry: WORDS(f"cell.{entry.outcome}")),
        text("name", lambda entry: entry.item.filler, secret=results.material.own),
        label("group", lambda entry: _group(entry.item)),
        label("called", lambda entry: entry.label),
        prompt("text", lambda entry: entry.item.text, secret=results.material.own),
    )
    return listing.of(sorted(rows, key=lambda entry: -OUTCOMES.index(entry.outcome)), shown=SHOWN)


def _group(item: Item) -> str:
    return ", ".join(item.name.groups.values()) if item.name else ""


def _controls(results: Results) -> Evidence:
    fillers = grouped(results.controls.known, lambda entry: (entry.item.kind, entry.item.filler))
    listing: Listing[tuple[tuple[str, str], list[Found]]] = Listing(
        "controls",
        WORDS,
        label("kind", lambda row: row[0][0]),
        text("filler", lambda row: row[0][1]),
        number("texts", lambda row: len(row[1])),
        number("called a person", lambda row: mean_of([entry.touched for entry in row[1]]), SHARE),
        label("most often called", lambda row: _called(row[1])),
    )
    return listing.of(fillers.items())
