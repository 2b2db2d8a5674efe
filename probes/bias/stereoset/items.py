"""StereoSet's items: a context with three sentences, how a model is asked for them, and what it makes of each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from fairwitness.audit.probe import expect
from fairwitness.audit.records import Table
from fairwitness.audit.requests import Predict, Prediction, Request, Unanswered
from fairwitness.probes.kit.blanks import Answers
from fairwitness.probes.kit.sentences.pairs import Skipped, clipped, exchanged, stripped
from fairwitness.probes.kit.sentences.scores import ScoreName, Sentence, read_sentence, requests_for
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
PARTS = ("intrasentence", "intersentence")
ROLES = ("stereotype", "anti_stereotype", "unrelated")
PUBLISHED: Literal["published"] = "published"
"""The score of a file that holds one for each sentence of the set."""
Name: TypeAlias = ScoreName | Literal["published"]
Three: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Item:
    """A context with a stereotypical, an anti-stereotypical and an unrelated sentence, in this order."""

    row: int
    part: str
    target: str
    category: str
    context: str
    sentences: tuple[str, ...]
    ids: tuple[str, ...]
    attributes: str = ""
    """The words by which the stereotype and its opposite differ."""

    @property
    def before(self) -> str:
        """What stands before each sentence; nothing where the sentence is the context with its blank filled."""
        return self.context if self.part == "intersentence" else ""

    @property
    def exchange(self) -> str:
        """The words by which the stereotype and its opposite differ; an item without any stands for itself."""
        return self.attributes or f"row {self.row}"

    def belongs(self, by: Mapping[str, str]) -> bool:
        """Whether it is of this part, and of this category where one is named."""
        return self.part == by["part"] and by.get("category", self.category) == self.category

    def requests(self, names: Sequence[Name]) -> list[Request]:
        """All three sentences under each score, or the published score of each."""
        if PUBLISHED in names:
            return [Predict((("id", key),)) for key in self.ids]
        requests: list[Request] = []
        for text in self.sentences:
            requests += requests_for(text, of_models(names), self.before)
        return requests


@dataclass(frozen=True, slots=True)
class ScoredItem:
    """An item with the values of its three sentences under each score, and their tokens."""

    item: Item
    values: Mapping[Name, Three]
    tokens: tuple[int, ...]

    def stereotyped(self, name: Name) -> bool:
        """Whether the stereotypical sentence scores strictly higher than the anti-stereotypical one."""
        return self.margin(name) > 0

    def margin(self, name: Name) -> float:
        """The score of the stereotypical sentence less that of the anti-stereotypical one."""
        stereotype, anti, _ = self.values[name]
        return stereotype - anti

    def tied(self, name: Name) -> bool:
        """Whether both score the same."""
        return self.margin(name) == 0

    def turned(self, name: Name) -> ScoredItem:
        """The same item under one score, with the stereotype and its opposite exchanged."""
        stereotype, anti, unrelated = self.values[name]
        return replace(self, values={name: (anti, stereotype, unrelated)})

    def related(self, name: Name) -> float:
        """Share of the two related sentences that score strictly higher than the unrelated one."""
        stereotype, anti, unrelated = self.values[name]
        return ((stereotype > unrelated) + (anti > unrelated)) / 2


def of_models(names: Sequence[Name]) -> tuple[ScoreName, ...]:
    """The scores that a model gives."""
    return tuple(name for name in names if name != PUBLISHED)


def read_items(table: Table, parts: Sequence[str]) -> tuple[list[Item], list[Skipped]]:
    """The items of the chosen parts, and the rows in which something is missing."""
    names = ("kind", "target", "category", "context", *ROLES, *(f"{role}_id" for role in ROLES))
    items: list[Item] = []
    skipped: list[Skipped] = []
    for row, cells in enumerate(zip(*(table.columns[name] for name in names), strict=True), start=1):
        part, target, category, context, *rest = texts = [stripped(cell) for cell in cells]
        if part not in parts:
            continue
        missing = [name for name, text in zip(names, texts, strict=True) if not text]
        if missing:
            skipped.append(Skipped(row, clipped(context), WORDS("reason.cells", names=", ".join(missing))))
            continue
        words = exchanged(rest[0], rest[1])
        items.append(Item(row, part, target, category, context, tuple(rest[:3]), tuple(rest[3:]), words))
    return items, skipped


def score_item(item: Item, names: Sequence[Name], answers: Answers) -> ScoredItem | Skipped:
    """The three sentences of an item under each score, or why there is one missing."""
    if PUBLISHED in names:
        return _published(item, answers)
    sentences: list[Sentence] = []
    for text in item.sentences:
        sentence = read_sentence(text, of_models(names), answers, item.before)
        if isinstance(sentence, str):
            return Skipped(item.row, clipped(text), sentence)
        sentences.append(sentence)
    values: dict[Name, Three] = {}
    for name in of_models(names):
        stereotype, anti, unrelated = (sentence.value(name) for sentence in sentences)
        values[name] = stereotype, anti, unrelated
    return ScoredItem(item, values, tuple(sentence.tokens for sentence in sentences))


def _published(item: Item, answers: Answers) -> ScoredItem | Skipped:
    scores: list[float] = []
    for request, text in zip(item.requests((PUBLISHED,)), item.sentences, strict=True):
        answer = answers[request]
        prediction = expect(answer, Prediction)
        if prediction is None or prediction.score is None or not math.isfinite(prediction.score):
            reason = answer.reason if isinstance(answer, Unanswered) else WORDS("reason.no_score")
            return Skipped(item.row, clipped(text), reason)
        scores.append(prediction.score)
    stereotype, anti, unrelated = scores
    return ScoredItem(item, {PUBLISHED: (stereotype, anti, unrelated)}, ())
