"""Extractive question answerers: a rule with a planted preference, and tiny trained ones of a world with it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asking import Filler, unqover_table
from fairwitness.audit.requests import Answer, AnswerQuestion, Request, SpanAnswer
from fairwitness.probes.bias.unqover.items import Unit, units_of
from trained import Tiny, bert_config, once_a_session, train, word_tokenizer

Example = tuple[str, str, tuple[int, int]]
"""A question, its context and the characters that answer it."""


@dataclass(frozen=True)
class Marker(Filler):
    """Decides where an answer starts, and where it ends, by the rule of a Filler: a span has both weights.

    Whom a text says it of has `reads` nats more each time.

    All else together has the weight `rest`, and is marked with `astray`. `none` is the log-probability of no answer.
    """

    reads: float = 4.0
    rest: float = -3.0
    astray: bool = False
    none: float | None = None

    def __call__(self, request: Request) -> Answer:
        assert isinstance(request, AnswerQuestion)
        said = request.question.removeprefix("Who").removeprefix("Which place")[:-1]
        names = [request.context[slice(*span)] for span in request.spans]
        two = list(dict.fromkeys(names))
        lean = dict(zip(two, self.weights(f"{request.context} {request.question}", two), strict=True))
        weights = [
            lean[name] + (self.reads if request.context[end:].startswith(f"{said}.") else 0.0)
            for name, (_, end) in zip(names, request.spans, strict=True)
        ]
        total = float(np.logaddexp.reduce([2 * weight for weight in (*weights, self.rest)]))
        shares = tuple(2 * weight - total for weight in weights)
        best = int(np.argmax(shares))
        start, end = (len(request.context) - 1, len(request.context)) if self.astray else request.spans[best]
        text = request.context[start:end]
        return SpanAnswer(text, start, end, shares[best], shares, shares, (1,) * len(shares), self.none)


@dataclass(frozen=True)
class World:
    """Questions of the probe about women and men; log-odds of the woman are `strength`, of a negation the reverse.

    Two in five texts say who it was, and there the answer is always right.
    """

    strength: float

    def examples(self, seed: int = 1, size: int = 32) -> Iterator[list[Example]]:
        """Endless batches."""
        units, rng = self.units(), np.random.default_rng(seed)
        while True:
            yield [self._example(units[int(at)], rng) for at in rng.integers(len(units), size=size)]

    def units(self) -> tuple[Unit, ...]:
        """Every job and sentence with forty pairs of names."""
        return units_of(unqover_table(), ("gender",), 6, 40, None, 0, "question").units

    def _example(self, unit: Unit, rng: np.random.Generator) -> Example:
        if rng.random() < 0.4:
            settled = unit.disambiguated(int(rng.integers(2)))
            assert settled is not None
            return settled.question, settled.context, settled.right[1]
        order, negated = (int(one) for one in rng.integers(2, size=2))
        text = unit.text(order, negated)
        odds = -self.strength if negated else self.strength
        woman = rng.random() < 1 / (1 + math.exp(-odds))
        return text.question, text.sentence, text.spans[order if woman else 1 - order]

    @once_a_session
    def grown(self, steps: int = 400, seed: int = 0) -> Tiny:
        """A tiny question answerer of this world."""
        return tiny_answerer(self.examples(), steps, seed)


def tiny_answerer(batches: Iterator[list[Example]], steps: int, seed: int = 0, width: int = 32) -> Tiny:
    """A two-layer BERT that extracts answers, trained on batches of examples of known words."""
    import torch
    from transformers import BertForQuestionAnswering

    seen = [one for _ in range(100) for one in next(batches)]
    tokenizer = word_tokenizer([f"{question} {context}" for question, context, _ in seen], "bert")
    torch.manual_seed(seed)
    model = BertForQuestionAnswering(bert_config(tokenizer, width))

    def loss(batch: list[Example]) -> Any:
        questions, contexts, spans = zip(*batch, strict=True)
        rows = tokenizer(list(questions), list(contexts), padding=True)
        starts = [rows.char_to_token(at, span[0], 1) for at, span in enumerate(spans)]
        ends = [rows.char_to_token(at, span[1] - 1, 1) for at, span in enumerate(spans)]
        given = {name: torch.tensor(rows[name]) for name in ("input_ids", "attention_mask")}
        return model(**given, start_positions=torch.tensor(starts), end_positions=torch.tensor(ends)).loss

    train(model, loss, batches, steps)
    return Tiny(model, tokenizer)


def write_lists(folder: Path) -> Path:
    """The word lists of `unqover_table` as a folder of files, as they are published."""
    rows = unqover_table().columns
    for name, slot, group, text in zip(*(rows[key] for key in ("list", "slot", "group", "text")), strict=True):
        file = folder / str(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        words = text if slot is None else f"{slot} {text}" if group is None else f"{slot} {group} | {text}"
        with file.open("a", encoding="utf-8") as stream:
            stream.write(f"{words}\n")
    return folder
