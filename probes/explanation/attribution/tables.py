"""The evidence of the attribution probe: a table of checks, and a strip of words for every text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Literal, TypeAlias

from fairwitness.audit.records import Cell, Column, Evidence, Name
from fairwitness.audit.requests import BLANK, Attribution
from fairwitness.probes.explanation.attribution.checks import (
    Explained,
    faults,
    removal_gain,
    seed_agreement,
    unexplained,
)
from fairwitness.probes.explanation.attribution.items import NAMES, WORDS, MethodName
from fairwitness.probes.kit.tables import Head, Listing, flag, label, number, prompt, text

LOG_ODDS = "log-odds"
Row: TypeAlias = tuple[Explained, MethodName]


def _shown(name: str, cell: Callable[[Attribution], float], unit: str = "") -> Head[Row]:
    """A column of what the first seed gave."""

    def read(row: Row) -> Cell:
        shown = row[0].first(row[1])
        return None if shown is None else cell(shown)

    return number(name, read, unit)


CHECKS: Listing[Row] = Listing(
    "checks",
    WORDS,
    prompt("text", lambda row: row[0].sentence.text),
    label("explained", lambda row: row[0].aim),
    label("method", lambda row: NAMES[row[1]]),
    flag("unreliable", lambda row: bool(faults(*row))),
    text("why", lambda row: "; ".join(faults(*row))),
    _shown("all_words_hidden", lambda shown: shown.base, LOG_ODDS),
    _shown("whole text", lambda shown: shown.full, LOG_ODDS),
    number("unexplained", lambda row: unexplained(*row), "share"),
    number("agreement_seeds", lambda row: seed_agreement(*row)),
    number("gain_removal", lambda row: removal_gain(*row), LOG_ODDS),
    _shown("evaluations", lambda shown: shown.evaluations),
    text("how", lambda row: row[0].runs[row[1]][0].note),
)


def checks(explained: Sequence[Explained], methods: Sequence[MethodName]) -> Evidence:
    """One row per text and method, unreliable ones first, with what stands for a hidden word."""
    rows = [row for row in product(explained, methods) if row[0].first(row[1]) is not None]
    return CHECKS.of(sorted(rows, key=lambda row: not faults(*row)))


def strip(place: int, text: Explained) -> Evidence:
    """The words of a text with the values of each method, and those of the neutral text where it has as many words."""
    heads = WORDS["table.strip.heads"]
    columns: list[Column] = []
    series: list[Sequence[Cell]] = []

    def add(name: str, role: Literal["weight", "error"], values: Sequence[float]) -> None:
        columns.append(Column(name, role, WORDS.term("units", LOG_ODDS)))
        series.append(values)

    for method, runs in text.runs.items():
        name = NAMES[method]
        add(heads("unreliable", method=name) if faults(text, method) else name, "weight", runs[0].values)
        if runs[0].errors:
            add(heads("error", method=name), "error", runs[0].errors)
    sentence, shown = text.sentence, next(iter(text.runs.values()))[0]
    for method, neutral in text.neutral.items():
        if len(neutral.words) == len(shown.words):
            word = sentence.neutral[sentence.start : sentence.neutral_end]
            add(heads("neutral", method=NAMES[method], word=word), "weight", neutral.values)
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for start, word, *values in zip(shown.starts, shown.words, *series, strict=True):
        rows.append((start, (word, *values, sentence.start <= start < sentence.end)))
    if BLANK in sentence.text:
        rows.append((sentence.text.index(BLANK), (BLANK, *(None for _ in series), False)))
    rows.sort(key=lambda row: row[0])
    return Evidence(
        id=f"strip-{place}",
        caption=WORDS("table.strip.caption", aim=text.aim, text=Name(sentence.text)),
        kind="tokens",
        columns=(Column(heads("word"), "token"), *columns, Column(heads("person"), "flag")),
        rows=tuple(row for _, row in rows),
        total=len(rows),
    )
