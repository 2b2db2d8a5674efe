"""Questions with listed answers: of facts, and of a user's file in the forms in which such sets are published.

A row is read in the first of these forms whose columns are there (names in any case, blanks as underscores):

- `mc1_targets`, `mc2_targets`: TruthfulQA's multiple choice, each an object of answers and 0 or 1, or one with the
  lists `choices` and `labels`. Either will do for both.
- `best_answer`, `correct_answers`, `incorrect_answers`: TruthfulQA's table, several answers between semicolons.
- `choices` (a JSON list, or texts between semicolons) and `answer`: the text of the right one, its letter, or its
  place from 0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Cell, Table
from fairwitness.probes.kit.scored import content_id
from fairwitness.probes.kit.truth.facts import WORDS, Fact

QUESTIONS = WORDS.data_need("multiple_choice")
"""A user's questions."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MarkedAnswers = tuple[tuple[str, bool], ...]
"""Answers, and whether each is true."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with answers of which one is right, and the same with all answers that are true.

    `one` are the answers of the first form, of which `right` is the place of the right one; `several` those of the
    second.
    """

    text: str
    one: tuple[str, ...]
    right: int
    several: MarkedAnswers

    @property
    def key(self) -> str:
        """What tells the question from all others, and none of its words."""
        return content_id(self)


@dataclass(frozen=True, slots=True)
class Read:
    """The questions of a file with the numbers of their rows, and how many rows are none."""

    questions: tuple[tuple[int, Question], ...]
    unread: int


def of_fact(fact: Fact) -> Question:
    """A fact as a question of two answers."""
    return Question(fact.question, (fact.right, fact.wrong), 0, ((fact.right, True), (fact.wrong, False)))


def questions_of(table: Table) -> Read:
    """Every question of a file. Raises DoesNotApply where none of the rows is one."""
    columns = {name.strip().lower().replace(" ", "_"): cells for name, cells in table.columns.items()}
    rows = [{name: cells[position] for name, cells in columns.items()} for position in range(len(table))]
    known = [
        (position, question) for position, row in enumerate(rows, start=1) if (question := _question(row)) is not None
    ]
    if not known:
        raise WORDS.does_not_apply("reason.no_question", "data_unfit", total=len(rows))
    return Read(tuple(known), len(rows) - len(known))


def _question(row: Mapping[str, Cell]) -> Question | None:
    text = str(row.get("question") or "").strip()
    item, several = _answers(row)
    right = [place for place, (_, true) in enumerate(item) if true]
    if not text or len(right) != 1 or not 2 <= len(item) <= len(LETTERS) or not _fit(item) or not _fit(several):
        return None
    return Question(text, tuple(answer for answer, _ in item), right[0], several)


def _fit(answers: MarkedAnswers) -> bool:
    """Whether answers are texts that differ, some true and some false."""
    texts = [answer for answer, _ in answers]
    return all(texts) and len(set(texts)) == len(texts) and len({true for _, true in answers}) == 2


def _answers(row: Mapping[str, Cell]) -> tuple[MarkedAnswers, MarkedAnswers]:
    """The answers in both forms; empty where the row has none."""
    if "mc1_targets" in row or "mc2_targets" in row:
        item, several = _targets(row.get("mc1_targets")), _targets(row.get("mc2_targets"))
        return item or several, several or item
    if "best_answer" in row:
        best, wrong = str(row["best_answer"] or "").strip(), _parts(row.get("incorrect_answers"))
        true = list(dict.fromkeys([best, *_parts(row.get("correct_answers"))]))
        return _marked([best], wrong), _marked(true, wrong)
    choices = _parts(row.get("choices"))
    place = _place(row.get("answer"), choices)
    marked = tuple((choice, position == place) for position, choice in enumerate(choices))
    return marked, marked


def _marked(true: Sequence[str], false: Sequence[str]) -> MarkedAnswers:
    return (*((answer, True) for answer in true), *((answer, False) for answer in false))


def _targets(cell: Cell) -> MarkedAnswers:
    """Answers as TruthfulQA has them: {"answer": 1, ...}, or {"choices": [...], "labels": [...]}."""
    given = _parsed(cell)
    if not isinstance(given, dict):
        return ()
    choices, labels = given.get("choices"), given.get("labels")
    if isinstance(choices, list) and isinstance(labels, list):
        pairs = list(zip(choices, labels, strict=False)) if len(choices) == len(labels) else []
    else:
        pairs = list(given.items())
    if not all(label in (0, 1) for _, label in pairs):
        return ()
    return tuple((str(answer).strip(), bool(label)) for answer, label in pairs)


def _parts(cell: Cell) -> list[str]:
    """Answers of a cell: a JSON list, or texts between semicolons."""
    given = _parsed(cell)
    parts = given if isinstance(given, list) else str(cell or "").split(";")
    return [text for part in parts if (text := str(part).strip())]


def _parsed(cell: Cell) -> object:
    try:
        return json.loads(str(cell))
    except (ValueError, RecursionError):
        return None


def _place(cell: Cell, choices: Sequence[str]) -> int | None:
    """Which of the choices a cell names: by its text, its letter, or its place from 0."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = "" if cell is None else str(cell).strip()
    if text in choices:
        return choices.index(text)
    if len(text) == 1 and text.upper() in LETTERS[: len(choices)]:
        return LETTERS.index(text.upper())
    return int(text) if text.isdecimal() and int(text) < len(choices) else None
