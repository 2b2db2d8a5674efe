"""The evidence of the attribution probe: cards, checks by text, strips of words, and words over all texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Literal, TypeAlias

from fairwitness.audit.reasons import SEMICOLON
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Name, joined
from fairwitness.audit.requests import BLANK, Attribution
from fairwitness.probes.explanation.attribution.cards import Card, Result, doubted
from fairwitness.probes.explanation.attribution.checks import (
    Explained,
    comprehensiveness_gain,
    faults,
    infidelity_gain,
    paraphrase_agreement,
    seed_agreement,
    sufficiency_gain,
    unexplained,
)
from fairwitness.probes.explanation.attribution.items import NAMES, WORDS, MethodName
from fairwitness.probes.kit.tables import Head, Listing, flag, interval, label, number, prompt, text

LOG_ODDS = "log-odds"
Row: TypeAlias = tuple[Explained, MethodName, bool]
"""A text, a method, and whether its values there are not to be read."""
Cards: TypeAlias = Mapping[MethodName, Card]


def _shown(name: str, cell: Callable[[Attribution], float], unit: str = "") -> Head[Row]:
    """A column of what the first seed gave."""

    def read(row: Row) -> Cell:
        shown = row[0].first(row[1])
        return None if shown is None else cell(shown)

    return number(name, read, unit)


CARD: Listing[Result] = Listing(
    "card",
    WORDS,
    flag("failed", lambda row: row.status == "failed"),
    label("method", lambda row: NAMES[row.method]),
    label("check", lambda row: WORDS(f"check.{row.check.measure.name}")),
    label("outcome", lambda row: WORDS(f"status.{row.status}")),
    interval(("value", "low", "high"), lambda row: row.estimate),
    label("holds", lambda row: WORDS(f"limit.{row.check.good.replace(' ', '_')}", limit=f"{row.check.limit:g}")),
    number("best", lambda row: row.best),
    number("texts", lambda row: row.estimate.n if isinstance(row.estimate, Estimate) else 0),
    text("why", lambda row: row.why),
)
CHECKS: Listing[Row] = Listing(
    "checks",
    WORDS,
    prompt("text", lambda row: row[0].sentence.text),
    label("explained", lambda row: row[0].aim),
    label("method", lambda row: NAMES[row[1]]),
    flag("unreliable", lambda row: row[2]),
    text("why", lambda row: _why(row)),
    _shown("all_words_hidden", lambda shown: shown.base, LOG_ODDS),
    _shown("whole text", lambda shown: shown.full, LOG_ODDS),
    number("unexplained", lambda row: unexplained(row[0], row[1]), "share"),
    number("agreement_seeds", lambda row: seed_agreement(row[0], row[1])),
    number("comprehensiveness", lambda row: comprehensiveness_gain(row[0], row[1]), LOG_ODDS),
    number("sufficiency", lambda row: sufficiency_gain(row[0], row[1]), LOG_ODDS),
    number("infidelity", lambda row: infidelity_gain(row[0], row[1]), "share"),
    number("agreement_rewrites", lambda row: paraphrase_agreement(row[0], row[1])),
    _shown("evaluations", lambda shown: shown.evaluations),
    _shown("evaluations_test", lambda shown: shown.test_evaluations),
    text("how", lambda row: row[0].of(row[1], "shown")[0].note),
)


def card(cards: Cards) -> Evidence:
    """One row a method and check, failed ones first within a method."""
    order = ("failed", "undecided", "not_run", "passed")
    rows = [result for made in cards.values() for result in sorted(made.results, key=lambda r: order.index(r.status))]
    return CARD.of(rows)


def checks(explained: Sequence[Explained], cards: Cards) -> Evidence:
    """One row per text and method, unreliable ones first, with what stands for a hidden word."""
    pairs = [pair for pair in product(explained, cards) if pair[0].first(pair[1]) is not None]
    rows = [(text, method, doubted(cards[method], text, method)) for text, method in pairs]
    return CHECKS.of(sorted(rows, key=lambda row: not row[2]))


def _why(row: Row) -> str:
    reasons = faults(row[0], row[1])
    return joined(SEMICOLON, reasons or [WORDS("fault.card")]) if row[2] else ""


def strip(place: int, text: Explained, cards: Cards, *, secret: bool) -> Evidence:
    """The words of a text with the values of each method, and those of the neutral text where it has as many words.

    Values that are not to be read, on this text or by the card of their method, stand in a column of role `doubted`.
    Of texts that are `secret` the neutral word is in no name.
    """
    heads = WORDS["table.strip.heads"]
    columns: list[Column] = []
    series: list[Sequence[Cell]] = []

    def add(name: str, role: Literal["weight", "error"], values: Sequence[float], *, doubt: bool = False) -> None:
        columns.append(_column(name, role, doubt=doubt))
        series.append(values)

    shown = [(method, first) for method in text.shown if (first := text.first(method)) is not None]
    for method, attribution in shown:
        add(NAMES[method], "weight", attribution.values, doubt=doubted(cards.get(method), text, method))
        if attribution.errors:
            add(heads("error", method=NAMES[method]), "error", attribution.errors)
    sentence, words = text.sentence, shown[0][1]
    for method, _ in shown:
        for neutral in text.of(method, "neutral"):
            if len(neutral.words) == len(words.words):
                word = sentence.neutral[sentence.start : sentence.end_in(sentence.neutral)]
                named = heads("neutral_hidden" if secret else "neutral", method=NAMES[method], word=word)
                add(named, "weight", neutral.values, doubt=doubted(cards.get(method), text, method))
    caption = WORDS("table.strip.caption", aim=text.aim, text=Name(sentence.text))
    return _strip(f"strip-{place}", caption, sentence.text, words, (sentence.start, sentence.end), columns, series)


def counterpart(place: int, text: Explained, cards: Cards) -> Evidence | None:
    """The same of the text with the word of another group, by the first method; None where it was not explained."""
    sentence = text.sentence
    for method in text.shown:
        for other in text.of(method, "counterpart"):
            columns = [_column(NAMES[method], "weight", doubt=doubted(cards.get(method), text, method))]
            caption = WORDS("table.counterpart.caption", aim=text.aim, text=Name(sentence.counterpart))
            span = sentence.start, sentence.end_in(sentence.counterpart)
            return _strip(
                f"counterpart-{place}", caption, sentence.counterpart, other, span, columns, [list(other.values)]
            )
    return None


def _column(name: str, role: Literal["weight", "error"], *, doubt: bool) -> Column:
    """A column of a strip; of values that are not to be read both its name and its role say so."""
    name = WORDS("table.strip.heads.unreliable", method=name) if doubt else name
    return Column(name, "doubted" if doubt else role, WORDS.term("units", LOG_ODDS))


def _strip(
    id: str,
    caption: str,
    text: str,
    shown: Attribution,
    span: tuple[int, int],
    columns: Sequence[Column],
    series: Sequence[Sequence[Cell]],
) -> Evidence:
    heads = WORDS["table.strip.heads"]
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for start, word, *values in zip(shown.starts, shown.words, *series, strict=True):
        rows.append((start, (word, *values, span[0] <= start < span[1])))
    if BLANK in text:
        rows.append((text.index(BLANK), (BLANK, *(None for _ in series), False)))
    rows.sort(key=lambda row: row[0])
    return Evidence(
        id=id,
        caption=caption,
        kind="tokens",
        columns=(Column(heads("word"), "token"), *columns, Column(heads("person"), "flag")),
        rows=tuple(row for _, row in rows),
        total=len(rows),
    )
