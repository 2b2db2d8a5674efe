"""The sentences whose attention maps are asked for, each with its word for a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from fairwitness.audit.records import Table
from fairwitness.audit.requests import Attention
from fairwitness.probes.explanation.attention.maps import Reading
from fairwitness.probes.kit.rows import rows_of, span_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
V = TypeVar("V")
COLUMNS = WORDS.data_need("attention_texts").columns


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text, the word in it that names a person (`text[start:end]`), its group, its pair and its row in the table."""

    pair: str
    group: str
    text: str
    start: int
    end: int
    row: int


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence with its maps and what was read from them."""

    sentence: Sentence
    maps: Attention
    reading: Reading


def in_pairs(texts: Sequence[Text], groups: Sequence[str], value: Callable[[Reading], V]) -> list[tuple[V, V]]:
    """A value of both texts of each pair that has one of either of the two groups, in the order of the first."""
    values: dict[str, dict[str, V]] = {group: {} for group in groups}
    for text in texts:
        values[text.sentence.group][text.sentence.pair] = value(text.reading)
    first, second = values.values()
    return [(mine, second[pair]) for pair, mine in first.items() if pair in second]


def sentences_of(table: Table, limit: int | None) -> tuple[list[Sentence], list[int]]:
    """The sentences of a table, cut to the first `limit` pairs, and the rows whose word does not stand in their text.

    Raises DoesNotApply where no row is left.
    """
    sentences: list[Sentence] = []
    wordless: list[int] = []
    for row, (pair, group, word, text) in enumerate(rows_of(table, COLUMNS), start=1):
        span = span_of(word, text)
        if span is None:
            wordless.append(row)
        else:
            sentences.append(Sentence(pair, group, text, *span, row))
    if not sentences:
        raise WORDS.does_not_apply("reason.wordless", "data_unfit")
    pairs = list(dict.fromkeys(sentence.pair for sentence in sentences))[:limit]
    return [sentence for sentence in sentences if sentence.pair in pairs], wordless
