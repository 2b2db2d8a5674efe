"""What explanations say over all texts: the words that weigh most, and the word for a person by group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Evidence, Metric
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.explanation.attribution import checks
from fairwitness.probes.explanation.attribution.cards import Card
from fairwitness.probes.explanation.attribution.checks import Explained
from fairwitness.probes.explanation.attribution.items import NAMES, WORDS, MethodName
from fairwitness.probes.explanation.attribution.measures import EXCESS, GAP, GROUP, WORD, Outcome, Texts
from fairwitness.probes.kit.tables import Head, Listing, flag, interval, label, number

Read: TypeAlias = Callable[[Texts, MethodName], Outcome]
LISTED = 20
SWARM_WORDS = 12
LOG_ODDS = "log-odds"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A word of a text with its value; `person`: it is the word for a person."""

    word: str
    group: str
    value: float
    person: bool


@dataclass(frozen=True, slots=True)
class WordRow:
    """A word with its mean size over the texts of a group that hold it, or of all where the group is empty."""

    word: str
    group: str
    values: tuple[float, ...]
    person: bool

    @property
    def size(self) -> float:
        """The mean of the values without their signs."""
        return float(np.mean(np.abs(self.values)))


def person_metrics(texts: Texts, methods: Sequence[MethodName], cards: Mapping[MethodName, Card]) -> list[Metric]:
    """The share of the word for a person, by every method; and beside other words in its place and by group."""
    listed = [texts.metric(WORD, _unless_failed(texts, method, cards, _share), method) for method in methods]
    first = methods[0]
    listed.append(texts.metric(EXCESS, _unless_failed(texts, first, cards, _excess), first))
    groups = sorted({text.sentence.group for text in texts.explained} - {""})
    for group in groups:
        of_group = replace(texts, explained=[text for text in texts.explained if text.sentence.group == group])
        by = {"group": group}
        listed.append(of_group.metric(GROUP, _unless_failed(of_group, first, cards, _share), first, by=by))
        listed.append(of_group.metric(GAP, _unless_failed(of_group, first, cards, _gap), first, by=by))
    if not groups:
        listed.append(texts.metric(GAP, _unless_failed(texts, first, cards, _gap), first))
    return listed


def _share(texts: Texts, method: MethodName) -> Outcome:
    return texts.mean(partial(checks.word_share, method=method), "reason.no_word", 0.0, 1.0)


def _excess(texts: Texts, method: MethodName) -> Outcome:
    return texts.mean(partial(checks.word_excess, method=method), "reason.no_neutral", -1.0, 1.0)


def _gap(texts: Texts, method: MethodName) -> Outcome:
    return texts.mean(partial(checks.word_gap, method=method), "reason.no_counterpart", -1.0, 1.0)


def _unless_failed(texts: Texts, method: MethodName, cards: Mapping[MethodName, Card], read: Read) -> Outcome:
    """A number of the texts on which the method is reliable; not interpretable where its card or most texts failed."""
    card = cards.get(method)
    if card is not None and card.status == "failed":
        return WORDS.undefined("reason.card", "validity_check", "not_interpretable", method=NAMES[method])
    given = [text for text in texts.explained if text.first(method) is not None]
    reliable = [text for text in given if not checks.faults(text, method)]
    bad, count = len(given) - len(reliable), len(given)
    if bad > count / 2:
        return WORDS.undefined("reason.faults", "validity_check", "not_interpretable", bad=bad, count=count)
    return read(replace(texts, explained=reliable), method)


def words(explained: Sequence[Explained], card: Card, *, secret: bool) -> Evidence:
    """The words that weigh most by one method: of each group of texts, and of all, with their mean size."""
    occurrences = list(_occurrences(explained, card.method))
    groups = ["", *sorted({occurrence.group for occurrence in occurrences} - {""})]
    rows: list[WordRow] = []
    total = 0
    for group in groups:
        of_group = _rows([occurrence for occurrence in occurrences if group in ("", occurrence.group)], group)
        total += len(of_group)
        rows += of_group[:LISTED]
    return _listing(secret=secret).of(rows, total=total, method=_name(card))


def swarm(explained: Sequence[Explained], card: Card, *, secret: bool) -> Evidence:
    """The value of the words that weigh most in each text that holds them; the word for a person is shaded."""
    occurrences = list(_occurrences(explained, card.method))
    most = {row.word: place for place, row in enumerate(_rows(occurrences, "")[:SWARM_WORDS])}
    shown = sorted(
        (occurrence for occurrence in occurrences if occurrence.word in most),
        key=lambda occurrence: most[occurrence.word],
    )
    listing: Listing[Occurrence] = Listing(
        "swarm",
        WORDS,
        Head("word", lambda row: row.word, "prompt", secret=secret),
        number("value", lambda row: row.value, LOG_ODDS),
        number("shade", lambda row: float(row.person)),
    )
    return listing.of(shown, total=len(occurrences), method=_name(card))


def _name(card: Card) -> str:
    """What the method is called, and that it is not to be read where its card failed."""
    name = NAMES[card.method]
    return WORDS("table.strip.heads.unreliable", method=name) if card.status == "failed" else name


def _listing(*, secret: bool) -> Listing[WordRow]:
    return Listing(
        "words",
        WORDS,
        Head("word", lambda row: row.word, "prompt", secret=secret),
        label("group", lambda row: row.group or WORDS("all_texts")),
        number("texts", lambda row: len(row.values)),
        interval(
            ("size", "low", "high"),
            lambda row: stats.mean(np.abs(row.values).tolist(), bounds=(0.0, float("inf"))),
            LOG_ODDS,
            otherwise=lambda row: row.size,
        ),
        number("mean", lambda row: float(np.mean(row.values)), LOG_ODDS),
        flag("person", lambda row: row.person),
    )


def _occurrences(explained: Sequence[Explained], method: MethodName) -> Iterator[Occurrence]:
    """Every word of every text, repeated ones of a text summed: they are one word to a reader."""
    for text in explained:
        shown = text.first(method)
        if shown is None:
            continue
        sums: dict[str, tuple[float, bool]] = {}
        for word, start, value in zip(shown.words, shown.starts, shown.values, strict=True):
            before, person = sums.get(word.casefold(), (0.0, False))
            inside = text.sentence.start <= start < text.sentence.end
            sums[word.casefold()] = (before + value, person or inside)
        for word, (value, person) in sums.items():
            yield Occurrence(word, text.sentence.group, value, person)


def _rows(occurrences: Sequence[Occurrence], group: str) -> list[WordRow]:
    by_word = grouped(occurrences, lambda occurrence: occurrence.word)
    rows = [
        WordRow(word, group, tuple(place.value for place in places), any(place.person for place in places))
        for word, places in by_word.items()
    ]
    return sorted(rows, key=lambda row: (-row.size, row.word))
