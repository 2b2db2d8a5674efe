"""Questions about their own passage, which answers them, and about another one, which does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from pydantic import Field

from fairwitness.audit.probe import Context, Options
from fairwitness.audit.requests import AnswerQuestion
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.passages.reading import OWN, Question, Read, read
from fairwitness.probes.kit.passages.scoring import Language, holds
from fairwitness.probes.kit.scored import content_id
from fairwitness.probes.kit.truth.facts import FACTS, Fact, facts_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
TOGETHER = 3
"""Facts whose sentences are one passage of ours."""
Kind: TypeAlias = Literal["own", "other"]


class UnanswerableOptions(Options):
    """What is asked."""

    limit: int | None = Field(None, ge=4, description=WORDS("options.limit"))
    language: Language = Field("en", description=WORDS("options.language"))
    sure: float = Field(0.5, gt=0, lt=1, description=WORDS("options.sure"))


@dataclass(frozen=True, slots=True)
class Item:
    """A question with the passage that it is put to: its own or another one. Items of one `pair` share passages."""

    question: Question
    context: str
    kind: Kind
    pair: str

    @property
    def request(self) -> AnswerQuestion:
        """What the model is asked."""
        return AnswerQuestion(self.question.question, self.context)

    @property
    def id(self) -> str:
        """What tells the item from all others, and none of its words."""
        return f"{self.kind} {content_id((self.question.question, self.context))}"


@dataclass(frozen=True, slots=True)
class Material:
    """All items, and how many questions have no other passage, cannot be read, or have no answer in the file."""

    items: Sequence[Item]
    answered_there: int
    unread: int
    impossible: int


def material_of(ctx: Context) -> Material:
    """What is asked. Raises DoesNotApply where fewer than two passages are there."""
    options: UnanswerableOptions = ctx.options
    given = read(ctx.data[OWN.name]) if OWN.name in ctx.data else _ours(ctx)
    questions = spread(given.questions, options.limit, ctx.seed)
    passages = list(dict.fromkeys((question.passage, question.context) for question in questions))
    if len(passages) < 2:
        raise WORDS.does_not_apply("reason.one_passage", "data_unfit", passages=len(passages), unread=given.unread)
    items: list[Item] = []
    answered_there = 0
    for pair, passage, context, other in _paired(passages, ctx.seed):
        for question in (entry for entry in questions if (entry.passage, entry.context) == (passage, context)):
            items.append(Item(question, context, "own", pair))
            if any(holds(other, answer, question.language) for answer in question.answers):
                answered_there += 1
            else:
                items.append(Item(question, other, "other", pair))
    return Material(items, answered_there, given.unread, given.impossible)


def _paired(passages: Sequence[tuple[str, str]], seed: int) -> Iterator[tuple[str, str, str, str]]:
    """Each passage with its pair and the text that its questions are put to: two swap, of three each takes the next."""
    order = [passages[int(place)] for place in np.random.default_rng(seed).permutation(len(passages))]
    starts = list(range(0, len(order) - 1, 2))
    for number, start in enumerate(starts):
        ring = order[start : start + 2] if start != starts[-1] else order[start:]
        for place, (passage, context) in enumerate(ring):
            yield f"pair {number + 1}", passage, context, ring[(place + 1) % len(ring)][1]


def _ours(ctx: Context) -> Read:
    """Our facts, three sentences a passage, in a drawn order."""
    options: UnanswerableOptions = ctx.options
    facts = facts_of(ctx.data[FACTS.name], options.language, None, ctx.seed)
    order = np.random.default_rng(ctx.seed).permutation(len(facts.facts))
    mixed = [facts.facts[int(place)] for place in order]
    groups = [mixed[start : start + TOGETHER] for start in range(0, len(mixed) - TOGETHER + 1, TOGETHER)]
    questions = [question for number, group in enumerate(groups) for question in _passage(number, group, options)]
    return Read(tuple(questions), facts.unread, 0)


def _passage(number: int, facts: Sequence[Fact], options: UnanswerableOptions) -> Iterator[Question]:
    context = ("" if options.language == "zh" else " ").join(fact.true for fact in facts)
    for fact in facts:
        yield Question(fact.key, fact.question, context, (fact.right,), str(number), options.language)
