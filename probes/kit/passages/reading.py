"""A user's questions about passages, read from the table that the reader of SQuAD's JSON makes."""

from __future__ import annotations

import json
from dataclasses import dataclass

from fairwitness.audit.records import Cell, Table
from fairwitness.probes.kit.passages.scoring import Language, language_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
OWN = WORDS.data_need("own_passages")


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a passage with its right answers; `passage` tells the passage from all others."""

    id: str
    question: str
    context: str
    answers: tuple[str, ...]
    passage: str
    language: Language


@dataclass(frozen=True, slots=True)
class Read:
    """The questions of a file, how many of its rows are none, and how many it marks as without an answer."""

    questions: tuple[Question, ...]
    unread: int
    impossible: int


def read(table: Table) -> Read:
    """The questions of a user's file in their order, equal ones once."""
    names = ("id", "question", "context", "answers", "impossible", "passage")
    questions: list[Question] = []
    unread = impossible = 0
    for id, question, context, answers, marked, passage in zip(*(table.columns[name] for name in names), strict=True):
        if marked:
            impossible += 1
        elif not (_text(question) and _text(context) and answers):
            unread += 1
        else:
            given = tuple(map(str, json.loads(str(answers))))
            text = str(context)
            questions.append(Question(_text(id), _text(question), text, given, _text(passage), language_of(text)))
    return Read(tuple(dict.fromkeys(questions)), unread, impossible)


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()
