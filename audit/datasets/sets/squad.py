"""Questions about passages, as SQuAD publishes them in JSON (Rajpurkar et al. 2016; XQuAD, SQuAD 2.0, and their kin).

Articles hold paragraphs with a `context`, and each of these questions with their answers (`text`, `answer_start`). The
columns are id, question, context, answers (their texts as a JSON list), impossible and passage (the number of the
paragraph). Answers that do not stand in the context are left out; a question without any has no answers, unless the
file says that it has none. A table with the columns question, context and answer is read too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.tables import Columns, read_columns, text_of
from fairwitness.audit.errors import BadData, nearest
from fairwitness.audit.records import Cell

NAMES = ("id", "question", "context", "answers", "impossible", "passage")
ASKED = ("question", "context", "answer")


def read(path: Path) -> Columns:
    """The columns. Raises BadData where no question is there, with what the file holds instead."""
    if path.suffix.lower() != ".json":
        return _table(path)
    try:
        data = json.loads(text_of(path))
    except (ValueError, RecursionError) as error:
        raise BadData(f"{path}: {error}") from error
    if isinstance(data, list) or not isinstance(data, dict) or "data" not in data:
        return _table(path)
    if not isinstance(data["data"], list):
        raise BadData(f"{path}: `data` is no list of articles, as it is in SQuAD's JSON")
    rows = [row for number, article in enumerate(data["data"], 1) for row in _article(path, number, article)]
    if not rows:
        raise BadData(f"{path} holds no question: SQuAD's JSON has data, paragraphs, and in each a context and its qas")
    passages = {context: number for number, context in enumerate(dict.fromkeys(row[2] for row in rows), 1)}
    numbered = [(*row, passages[row[2]]) for row in rows]
    return {name: tuple(row[place] for row in numbered) for place, name in enumerate(NAMES)}


def _table(path: Path) -> Columns:
    columns = read_columns(path)
    for name in ASKED:
        if name not in columns:
            known = ", ".join(columns) or "none"
            raise BadData(
                f"{path} has no column {name!r}{nearest(name, columns)} (columns: {known}); neither SQuAD's JSON nor "
                f"a table with the columns {', '.join(ASKED)}"
            )
    contexts = columns["context"]
    passages: dict[Cell, int] = {}
    for context in contexts:
        passages.setdefault(context, len(passages) + 1)
    rows = zip(columns["question"], contexts, columns["answer"], strict=True)
    listed = [
        (number, question, context, _listed([answer], context), "", passages[context])
        for number, (question, context, answer) in enumerate(rows, 1)
    ]
    return {name: tuple(row[place] for row in listed) for place, name in enumerate(NAMES)}


def _article(path: Path, number: int, article: Any) -> Iterator[tuple[Cell, ...]]:
    paragraphs = article.get("paragraphs") if isinstance(article, dict) else None
    if not isinstance(paragraphs, list):
        raise BadData(f"{path}: article {number} has no list of paragraphs, as SQuAD's JSON has")
    for place, paragraph in enumerate(paragraphs, 1):
        context = paragraph.get("context") if isinstance(paragraph, dict) else None
        asked = paragraph.get("qas") if isinstance(paragraph, dict) else None
        if not isinstance(context, str) or not isinstance(asked, list):
            raise BadData(f"{path}: article {number}, paragraph {place} has no context with a list of questions (qas)")
        yield from (_question(context, item) for item in asked)


def _question(context: str, item: Any) -> tuple[Cell, ...]:
    """The cells of a question; None where one is missing or of another kind than the format says."""
    if not isinstance(item, dict):
        return (None, None, context, None, "")
    answers = item.get("answers")
    texts = [answer.get("text") for answer in answers if isinstance(answer, dict)] if isinstance(answers, list) else []
    question, id = item.get("question"), item.get("id")
    impossible = "yes" if item.get("is_impossible") is True else ""
    return (
        id if isinstance(id, str | int) else None,
        question if isinstance(question, str) else None,
        context,
        _listed(texts, context),
        impossible,
    )


def _listed(answers: list[Any], context: Cell) -> Cell:
    """The answers that stand in the context, each once, as a JSON list; None without any."""
    texts = [str(answer).strip() for answer in answers if isinstance(answer, str | int | float)]
    there = [text for text in dict.fromkeys(texts) if text and text in str(context or "")]
    return json.dumps(there, ensure_ascii=False) if there else None
