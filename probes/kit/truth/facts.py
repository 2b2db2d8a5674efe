"""Facts that nobody doubts: a question with a right and a wrong answer, and the sentence that each of them makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.records import Table
from fairwitness.probes.kit.choices import balanced
from fairwitness.probes.kit.scored import content_id
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
FACTS = WORDS.data_need("truth_facts")
"""The facts that the package brings."""
Language: TypeAlias = Literal["en", "zh"]
PLACE = "{}"
CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact with a wrong counterpart; an easy one is a control. The sentence has a place `{}` for an answer."""

    topic: str
    question: str
    right: str
    wrong: str
    sentence: str
    control: bool = False

    @property
    def key(self) -> str:
        """What tells the fact from all others."""
        return content_id(self)

    @property
    def true(self) -> str:
        """The sentence with the right answer."""
        return self.sentence.replace(PLACE, self.right)

    @property
    def false(self) -> str:
        """The sentence with the wrong answer."""
        return self.sentence.replace(PLACE, self.wrong)


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that are asked, the easy ones beside them, and how many rows are none: with an empty cell, say."""

    facts: Sequence[Fact]
    controls: Sequence[Fact]
    unread: int


def facts_of(table: Table, language: Language, limit: int | None, seed: int) -> Facts:
    """The facts of a language; `limit` draws that many, in turns from each topic. Controls are all asked.

    Raises DoesNotApply where there is none.
    """
    rows = list(_rows(table, language))
    known = [fact for fact in rows if fact is not None]
    facts = list(dict.fromkeys(fact for fact in known if not fact.control))
    if not facts:
        raise WORDS.does_not_apply("reason.no_fact", "nothing_to_ask", language=WORDS(f"language.{language}"))
    controls = tuple(dict.fromkeys(fact for fact in known if fact.control))
    return Facts(balanced(facts, lambda fact: fact.topic, limit, seed), controls, len(rows) - len(known))


def _rows(table: Table, language: Language) -> Iterator[Fact | None]:
    """A fact for each row of the language; None for one that is none."""
    names = ("language", "kind", "topic", "question", "right", "wrong", "sentence")
    for cells in zip(*(table.columns[name] for name in names), strict=True):
        spoken, kind, topic, question, right, wrong, sentence = map(_text, cells)
        if spoken == language:
            whole = question and right and wrong and right != wrong and sentence.count(PLACE) == 1
            yield Fact(topic, question, right, wrong, sentence, kind == CONTROL) if whole else None


def _text(cell: object) -> str:
    """A cell as text: numbers stand there as they are written."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()
