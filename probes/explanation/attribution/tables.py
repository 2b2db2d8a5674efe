"""The evidence of the attribution probe: a table of checks, and a strip of words for every text."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.records import Cell, Column, Evidence
from fairwitness.audit.requests import BLANK, Attribution
from fairwitness.probes.explanation.attribution.checks import (
    NAMES,
    Explained,
    MethodName,
    faults,
    removal_gain,
    seed_agreement,
    unexplained,
)

LOG_ODDS = "log-odds"


def checks(explained: Sequence[Explained], methods: Sequence[MethodName]) -> Evidence:
    """One row per text and method, unreliable ones first, with what stands for a hidden word."""
    columns = (
        Column("text", "prompt"),
        Column("explained"),
        Column("method"),
        Column("unreliable", "flag"),
        Column("why", "text"),
        Column("all words hidden", "number", LOG_ODDS),
        Column("whole text", "number", LOG_ODDS),
        Column("unexplained", "number", "share"),
        Column("agreement of seeds", "number"),
        Column("gain by removal", "number", LOG_ODDS),
        Column("evaluations", "number"),
        Column("how", "text"),
    )
    rows = [
        _check(one, method, shown)
        for one in explained
        for method in methods
        if (shown := one.first(method)) is not None
    ]
    rows.sort(key=lambda row: not row[3])
    caption = "Every text and method with its checks; unreliable values first"
    return Evidence("checks", caption, "table", columns, tuple(rows), len(rows))


def _check(one: Explained, method: MethodName, shown: Attribution) -> tuple[Cell, ...]:
    found = faults(one, method)
    return (
        one.sentence.text,
        one.aim,
        NAMES[method],
        bool(found),
        "; ".join(found),
        shown.base,
        shown.full,
        unexplained(one, method),
        seed_agreement(one, method),
        removal_gain(one, method),
        shown.evaluations,
        shown.note,
    )


def strip(number: int, one: Explained) -> Evidence:
    """The words of a text with the values of each method, and those of the neutral text where it has as many words."""
    columns = [Column("word", "token")]
    series: list[Sequence[Cell]] = []
    for method, runs in one.runs.items():
        name = NAMES[method] + (" (unreliable)" if faults(one, method) else "")
        columns.append(Column(name, "weight", LOG_ODDS))
        series.append(runs[0].values)
        if runs[0].errors:
            columns.append(Column(f"{NAMES[method]} error", "error", LOG_ODDS))
            series.append(runs[0].errors)
    shown = next(iter(one.runs.values()))[0]
    for method, swapped in one.swapped.items():
        if len(swapped.words) == len(shown.words):
            columns.append(Column(f"{NAMES[method]} with “{_neutral(one)}”", "weight", LOG_ODDS))
            series.append(swapped.values)
    columns.append(Column("word for a person", "flag"))
    sentence = one.sentence
    rows: list[tuple[int, tuple[Cell, ...]]] = [
        (start, (word, *(values[place] for values in series), sentence.start <= start < sentence.end))
        for place, (word, start) in enumerate(zip(shown.words, shown.starts, strict=True))
    ]
    blank = sentence.text.find(BLANK)
    if blank >= 0:
        rows.append((blank, (BLANK, *(None for _ in series), False)))
    rows.sort(key=lambda row: row[0])
    caption = f"{one.aim}: “{sentence.text}”"
    return Evidence(f"strip-{number}", caption, "tokens", tuple(columns), tuple(row for _, row in rows), len(rows))


def _neutral(one: Explained) -> str:
    sentence = one.sentence
    return sentence.swapped[sentence.start : sentence.end + len(sentence.swapped) - len(sentence.text)]
