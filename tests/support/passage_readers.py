"""Tiny question answerers of our passages of facts: taught to hold back, never taught to, or not taught at all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import torch
from standins.runs import packaged_tables
from transformers import BertForQuestionAnswering

from fairwitness.audit.probe import Context
from fairwitness.probes.safety.unanswerable.items import Item, UnanswerableOptions, material_of
from trained import Tiny, bert_config, train, word_tokenizer

STEPS, ROWS, WIDTH = 320, 32, 48


@cache
def items(limit: int = 60) -> tuple[Item, ...]:
    """What the probe asks of our facts with so many questions."""
    options = UnanswerableOptions.model_validate({"limit": limit})
    ctx = Context(
        seed=0, options=options, capabilities=frozenset(("AnswerQuestion",)), data=packaged_tables("unanswerable")
    )
    return tuple(material_of(ctx).items)


def untaught(seed: int, limit: int = 60) -> Tiny:
    """A model whose weights were drawn and never trained."""
    tokenizer = word_tokenizer([f"{item.question.question} {item.context}" for item in items(limit)], "bert")
    torch.manual_seed(seed)
    return Tiny(BertForQuestionAnswering(bert_config(tokenizer, WIDTH)).eval(), tokenizer)


def taught(seed: int, *, holds_back: bool, limit: int = 60) -> Tiny:
    """One that learnt to mark the answers; with `holds_back` also that other passages hold none."""
    tiny = untaught(seed, limit)

    def loss(batch: list[tuple[Item, int, int]]) -> Any:
        rows = tiny.tokenizer(
            [item.question.question for item, _, _ in batch], [item.context for item, _, _ in batch], padding=True
        )
        starts = [0 if start < 0 else rows.char_to_token(row, start, 1) for row, (_, start, _) in enumerate(batch)]
        ends = [0 if end < 0 else rows.char_to_token(row, end - 1, 1) for row, (_, _, end) in enumerate(batch)]
        given = {name: torch.tensor(rows[name]) for name in ("input_ids", "attention_mask")}
        return tiny.model(**given, start_positions=torch.tensor(starts), end_positions=torch.tensor(ends)).loss

    train(tiny.model, loss, _batches(seed, holds_back=holds_back, limit=limit), STEPS)
    return tiny


def _batches(seed: int, *, holds_back: bool, limit: int) -> Iterator[list[tuple[Item, int, int]]]:
    rows = []
    for item in items(limit):
        start = item.context.find(item.question.answers[0]) if item.kind == "own" else -1
        end = start + len(item.question.answers[0]) if start >= 0 else -1
        if item.kind == "own" or holds_back:
            rows.append((item, start, end))
    rng = np.random.default_rng(seed)
    while True:
        yield [rows[int(place)] for place in rng.integers(len(rows), size=ROWS)]
