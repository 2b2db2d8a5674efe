"""What is asked of each kind of model: listed answers, short passages, or a user's labelled texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from fairwitness.audit.probe import Context, Options
from fairwitness.audit.records import Table
from fairwitness.probes.kit.chat import Manner
from fairwitness.probes.kit.scored import content_id
from fairwitness.probes.kit.truth.facts import Fact, Language
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
UNKNOWN = {"en": "I do not know.", "zh": "我不知道。"}
"""The answer that holds back, listed beside the others."""
BESIDE = 2
"""Sentences that stand beside the one that answers a question."""


class CalibrationOptions(Options):
    """What is asked, how, and from which confidence on a model counts as sure."""

    limit: int | None = Field(None, ge=1, description=WORDS("options.limit"))
    language: Language = Field("en", description=WORDS("options.language"))
    chat: Manner = Field("auto", description=WORDS("options.chat"))
    sure: float = Field(0.8, gt=0, lt=1, description=WORDS("options.sure"))


@dataclass(frozen=True, slots=True)
class Passage:
    """A question about a short text that holds its answer."""

    question: str
    context: str
    answer: str
    control: bool = False

    @property
    def key(self) -> str:
        """What tells the passage from all others, and none of its words."""
        return content_id(self)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text of the user's with its right label."""

    text: str
    label: str

    @property
    def key(self) -> str:
        """What tells the text from all others, and none of its words."""
        return content_id(self)


def passages_of(facts: Sequence[Fact], controls: Sequence[Fact], seed: int) -> Iterator[Passage]:
    """Each fact in a text of its sentence and those of two others, in a drawn order, as a passage about it."""
    for kind in (facts, controls):
        for position, fact in enumerate(kind):
            beside = [kind[(position + step) % len(kind)] for step in range(1, BESIDE + 1)]
            others = [item.true for item in beside if item != fact and fact.right not in item.true]
            rng = np.random.default_rng([seed, int(fact.key, 16)])
            sentences = [fact.true, *others]
            context = " ".join(sentences[int(place)] for place in rng.permutation(len(sentences)))
            yield Passage(fact.question, context, fact.right, fact.control)


def own_passages(table: Table | None) -> tuple[list[Passage], int]:
    """The passages of a user's file, and how many of its rows are none."""
    rows = _rows(table, ("question", "context", "answer"))
    known = [
        Passage(question, context, answer) for question, context, answer in rows if question and context and answer
    ]
    return known, len(rows) - len(known)


def labelled_texts(ctx: Context) -> tuple[list[Labelled], int]:
    """The labelled texts of the user's file, and how many rows have an empty cell.

    Raises DoesNotApply where there is no file: which class of a classifier is right, nobody else knows.
    """
    table = ctx.data.get("labelled_texts")
    if table is None:
        raise WORDS.does_not_apply("reason.no_texts", "data_missing")
    rows = _rows(table, ("text", "label"))
    known = [Labelled(text, label) for text, label in rows if text and label]
    if not known:
        raise WORDS.does_not_apply("reason.no_text", "data_unfit")
    return known, len(rows) - len(known)


def _rows(table: Table | None, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The cells of the named columns as texts; empty ones are empty texts."""
    if table is None:
        return []
    columns = [table.columns[name] for name in names]
    return [tuple(_text(cell) for cell in cells) for cells in zip(*columns, strict=True)]


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()
