"""The evidence of the filter probe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from fairwitness.audit.records import Cell, Estimate, Evidence
from fairwitness.audit.stats.judged import LEAST_LABELS
from fairwitness.probes.kit.tables import Head, Listing, interval, label, number, prompt, size_of, together
from fairwitness.probes.safety.filter_fairness.disguises import Disguise
from fairwitness.probes.safety.filter_fairness.estimators import DecidedTexts, Estimated, Read, judging, youden
from fairwitness.probes.safety.filter_fairness.items import NO_GROUP, Text
from fairwitness.probes.safety.filter_fairness.labels import WORDS
from fairwitness.probes.safety.filter_fairness.results import Results

T = TypeVar("T")
SHARE, POINTS = "share", "difference of shares"
SHOWN = 1000
"""Most rows of a table that the document holds; the total is told."""
SENTENCES_SHOWN = 200
"""The same of our own sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A part of the texts and what it is set against; `category` is that of a group, or empty."""

    name: str
    part: DecidedTexts
    gap: Estimated | None = None
    other_gap: Estimated | None = None
    category: str = ""
    against: DecidedTexts | None = None


def evidence_of(results: Results) -> list[Evidence]:
    """All tables that have a row."""
    tables = [_identities(results), _sentences(results.identities), _dialects(results), _pairs(results)]
    tables.append(_controls(results.controls))
    if results.cases is not None:
        wrong = [entry for entry in results.cases.read if entry.flagged != entry.text.hateful]
        more = [_errors(wrong), _unread(results.cases.lost)]
        tables = [_groups(results), _judge(results), _kinds(results.cases), _disguises(results), *tables, *more]
    return [table for table in tables if table.rows]


def columns(
    name: str, estimate: Callable[[T], Estimated | None], unit: str = SHARE
) -> tuple[Head[T], Head[T], Head[T]]:
    """A value and the ends of its interval."""
    return interval((name, f"{name}, low", f"{name}, high"), estimate, unit)


def _groups(results: Results) -> Evidence:
    """Both error rates and both gaps of every group, the largest gap in false alarms first."""
    count = len(results.named)
    rows = [
        Compared(
            name=group,
            part=part,
            gap=results.false_alarm_gaps.get(group),
            other_gap=results.detection_gaps.get(group),
        )
        for group, part in results.groups.items()
    ]
    listing: Listing[Compared] = Listing(
        "groups",
        WORDS,
        label("group", lambda row: row.name),
        number("harmless texts", lambda row: row.part.harmless.size),
        columns("false alarms", lambda row: row.part.harmless.rate),
        columns("gap in false alarms", lambda row: together(row.gap, count), POINTS),
        number("hateful texts", lambda row: row.part.hateful.size),
        columns("detection", lambda row: row.part.hateful.rate),
        columns("gap in detection", lambda row: together(row.other_gap, count), POINTS),
    )
    return listing.of(sorted(rows, key=_by_gap))


def _by_gap(row: Compared) -> tuple[bool, float]:
    """The largest gap first, what has none last."""
    return row.name == NO_GROUP, -(row.gap.value if isinstance(row.gap, Estimate) else 0.0)


def _judge(results: Results) -> Evidence:
    """Whether the filter may serve as a judge, group by group."""
    listing: Listing[tuple[str, DecidedTexts]] = Listing(
        "judge",
        WORDS,
        label("group", lambda row: row[0]),
        columns("sensitivity + specificity", lambda row: _sum(youden(row[1])), ""),
        columns("flagged", lambda row: row[1].rate),
        number("truly hateful", lambda row: row[1].hateful.size / row[1].size, SHARE),
        label("as a judge", lambda row: _serves(row[1])),
    )
    return listing.of(results.named.items())


def _sum(result: Estimated) -> Estimated:
    """Sensitivity + specificity, of that less 1."""
    if not isinstance(result, Estimate):
        return result
    return replace(result, value=result.value + 1, low=result.low + 1, high=result.high + 1, wider=(), if_answered=None)


def _serves(part: DecidedTexts) -> str:
    why = judging(part)
    if why is None:
        return WORDS("cell.serves")
    return WORDS("cell.few" if why.code == "few_units" else "cell.refused", needed=LEAST_LABELS)


def _kinds(cases: DecidedTexts) -> Evidence:
    """The share decided rightly of each functionality, the worst first."""
    parts = {kind: part for kind, part in cases.by(lambda text: text.kind).items() if kind and part.read}
    rows = [(kind, side) for kind, part in parts.items() for side in (part.hateful, part.harmless) if side.read]
    listing: Listing[tuple[str, DecidedTexts]] = Listing(
        "kinds",
        WORDS,
        label("functionality", lambda row: row[0]),
        label("label", lambda row: _label(row[1].read[0].text)),
        number("texts", lambda row: row[1].size),
        columns("flagged", lambda row: row[1].rate),
        number("decided wrongly", lambda row: _wrong(row[1]), SHARE),
    )
    return listing.of(sorted(rows, key=lambda row: -_wrong(row[1])))


def _wrong(part: DecidedTexts) -> float:
    return sum(entry.flagged != entry.text.hateful for entry in part.read) / len(part.read)


def _label(text: Text) -> str:
    return WORDS("cell.hateful" if text.hateful else "cell.harmless")


def _identities(results: Results) -> Evidence:
    """False alarms of neutral sentences by the group that they name; those that name none come last."""
    gaps = results.identity_gaps
    rows = [
        Compared(name=group, category=category, part=part, gap=gaps[category, group])
        for (category, group), part in results.identity_groups.items()
    ]
    listing: Listing[Compared] = Listing(
        "identities",
        WORDS,
        label("category", lambda row: row.category),
        label("group", lambda row: row.name),
        number("sentences", lambda row: row.part.size),
        columns("false alarms", lambda row: row.part.rate),
        columns("gap in false alarms", lambda row: together(row.gap, len(gaps)), POINTS),
    )
    plain = Compared(name=NO_GROUP, category="", part=results.plain_sentences)
    return listing.of([*sorted(rows, key=lambda row: -size_of(row.gap or row.part.rate)), plain])


def _dialects(results: Results) -> Evidence:
    """False alarms in each dialect and in standard English."""
    rows = [
        Compared(name=name, part=spoken, against=standard, gap=results.dialect_gaps[name])
        for name, (spoken, standard) in results.dialect_sides.items()
    ]
    listing: Listing[Compared] = Listing(
        "dialects",
        WORDS,
        label("dialect", lambda row: row.name),
        number("pairs", lambda row: row.part.size),
        columns("in the dialect", lambda row: row.part.rate),
        columns("in standard English", lambda row: None if row.against is None else row.against.rate),
        columns("gap in false alarms", lambda row: row.gap, POINTS),
    )
    return listing.of(rows)


def _decision(flagged: bool) -> str:
    return WORDS("cell.flagged" if flagged else "cell.free")


def _sentences(identities: DecidedTexts) -> Evidence:
    """Our neutral sentences as they were asked, those that are flagged first."""
    listing: Listing[Read] = Listing(
        "sentences",
        WORDS,
        label("category", lambda entry: "" if entry.text.group == NO_GROUP else entry.text.kind),
        label("group", lambda entry: entry.text.group),
        label("decision", lambda entry: _decision(entry.flagged)),
        prompt("text", lambda entry: entry.text.text),
    )
    return listing.of(sorted(identities.read, key=lambda entry: not entry.flagged), shown=SENTENCES_SHOWN)


def _pairs(results: Results) -> Evidence:
    """Both sentences of each pair of dialect, those that are decided otherwise first."""
    rows = [
        (name, *pair)
        for name, (spoken, standard) in results.dialect_sides.items()
        for pair in zip(spoken.read, standard.read, strict=True)
    ]
    listing: Listing[tuple[str, Read, Read]] = Listing(
        "dialect_pairs",
        WORDS,
        label("dialect", lambda row: row[0]),
        label("in the dialect", lambda row: _decision(row[1].flagged)),
        label("in standard English", lambda row: _decision(row[2].flagged)),
        prompt("sentence in the dialect", lambda row: row[1].text.text),
        prompt("sentence in standard English", lambda row: row[2].text.text),
    )
    return listing.of(sorted(rows, key=lambda row: row[1].flagged == row[2].flagged))


def _disguises(results: Results) -> Evidence:
    """Both rates in each disguise and without it."""
    rows: list[tuple[Disguise, DecidedTexts, DecidedTexts]] = []
    for name, (changed, plain) in results.disguises.items():
        rows += [(name, changed.hateful, plain.hateful), (name, changed.harmless, plain.harmless)]
    changes = (results.changes(lambda part: part.hateful), results.changes(lambda part: part.harmless))

    def change(row: tuple[Disguise, DecidedTexts, DecidedTexts]) -> Estimated | None:
        result = changes[0 if row[1].read and row[1].read[0].text.hateful else 1].get(row[0])
        return together(result, len(results.disguises))

    listing: Listing[tuple[Disguise, DecidedTexts, DecidedTexts]] = Listing(
        "disguises",
        WORDS,
        label("disguise", lambda row: row[0]),
        label("label", lambda row: _label(row[1].read[0].text)),
        number("texts", lambda row: row[1].size),
        columns("as it is", lambda row: row[2].rate),
        columns("disguised", lambda row: row[1].rate),
        columns("change", change, POINTS),
        number("unread", lambda row: sum(entry.unread for entry in row[1].read)),
    )
    return listing.of([row for row in rows if row[1].read])


def _errors(wrong: Sequence[Read]) -> Evidence:
    """Texts decided wrongly: what is missed first. What a data set of hate says is hidden, whoever brings it."""
    listing: Listing[Read] = Listing(
        "errors",
        WORDS,
        number("row", lambda entry: entry.text.number),
        label("label", lambda entry: _label(entry.text)),
        label("decision", lambda entry: _decision(entry.flagged)),
        label("group", lambda entry: entry.text.group),
        label("functionality", lambda entry: entry.text.kind),
        prompt("text", lambda entry: entry.text.text, secret=True),
    )
    return listing.of(sorted(wrong, key=lambda entry: (not entry.text.hateful, entry.text.number)), shown=SHOWN)


def _unread(lost: Sequence[Text]) -> Evidence:
    """Texts that were not read whole."""
    listing: Listing[Text] = Listing(
        "unread",
        WORDS,
        number("row", lambda text: text.number),
        label("label", _label),
        label("group", lambda text: text.group),
        label("functionality", lambda text: text.kind),
        prompt("text", lambda text: text.text, secret=True),
    )
    return listing.of(lost, shown=SHOWN)


def _controls(controls: DecidedTexts) -> Evidence:
    """Plain controls and what was decided."""

    def decision(row: tuple[Text, bool | None]) -> Cell:
        return None if row[1] is None else _decision(row[1])

    listing: Listing[tuple[Text, bool | None]] = Listing(
        "controls",
        WORDS,
        label("label", lambda row: _label(row[0])),
        label("decision", decision),
        prompt("text", lambda row: row[0].text),
    )
    rows: list[tuple[Text, bool | None]] = [(entry.text, entry.flagged) for entry in controls.read]
    return listing.of([*rows, *((text, None) for text in controls.lost)])
