"""Fine-tunes copies of a model on texts, for a comparison of training sets: few steps, plain AdamW, one seed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fairwitness.audit.errors import BadData, WrongTask
from fairwitness.audit.huggingface.causal import CausalSubject
from fairwitness.audit.huggingface.loaded import Loaded
from fairwitness.audit.huggingface.masked import MaskedSubject
from fairwitness.audit.huggingface.quiet import quiet
from fairwitness.audit.subject import Subject

IGNORED = -100
"""A place of which nothing is learned."""
MASKED_SHARE = 0.15
"""Share of tokens that a masked model has to fill (Devlin et al. 2019)."""
LONGEST = 128
"""Tokens of a text that are read; the rest is cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How a copy is trained: `steps` batches of `batch` texts each at the learning rate `rate`."""

    steps: int
    batch: int = 8
    rate: float = 5e-5
    seed: int = 0


def finetune(subject: Subject, texts: Sequence[str], schedule: Schedule, folder: Path) -> float:
    """Trains a copy on the texts and saves it with its tokenizer; gives the loss of the last tenth of the steps.

    Batches are drawn from a seeded order of the texts, again and again. The model itself stays as it is. Raises
    WrongTask for a model that is neither causal nor masked, and BadData where no text has two tokens.
    """
    if not isinstance(subject, CausalSubject | MaskedSubject):
        raise WrongTask(f"{subject.info.spec} is no causal or masked language model, which texts alone could train")
    loaded: Loaded = subject._loaded
    tokenizer = loaded.encoder.tokenizer
    rows = [tuple(tokenizer(text, truncation=True, max_length=LONGEST)["input_ids"]) for text in texts]
    rows = [row for row in rows if len(row) > 1]
    if not rows:
        raise BadData("no text has two tokens of this model: there is nothing to train on")
    with quiet():
        model = copy.deepcopy(loaded.model)
        losses = _train(model, loaded, rows, schedule, masked=isinstance(subject, MaskedSubject))
        folder.mkdir(parents=True, exist_ok=True)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return float(np.mean(losses[-max(1, len(losses) // 10) :]))


def _train(
    model: Any, loaded: Loaded, rows: Sequence[Sequence[int]], schedule: Schedule, *, masked: bool
) -> list[float]:
    torch.manual_seed(schedule.seed)
    rng = np.random.default_rng(schedule.seed)
    model.requires_grad_(True).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=schedule.rate, weight_decay=0.0)
    losses = []
    for batch in _batches(rows, schedule, rng):
        ids = loaded.tensor(batch, loaded.encoder.padding)
        seen = loaded.padding_mask([len(row) for row in batch])
        known = torch.ones_like(ids) if seen is None else seen
        inputs, labels = _masked(ids, known, loaded, rng) if masked else (ids, ids.masked_fill(known == 0, IGNORED))
        optimizer.zero_grad()
        loss = model(input_ids=inputs, attention_mask=known, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(float(loss.detach()))
    model.eval()
    return losses


def _batches(
    rows: Sequence[Sequence[int]], schedule: Schedule, rng: np.random.Generator
) -> Iterator[list[Sequence[int]]]:
    """As many batches as there are steps, each text once before any comes again."""
    order: list[int] = []
    for _ in range(schedule.steps):
        while len(order) < schedule.batch:
            order += rng.permutation(len(rows)).tolist()
        chosen, order = order[: schedule.batch], order[schedule.batch :]
        yield [rows[place] for place in chosen]


def _masked(ids: Tensor, known: Tensor, loaded: Loaded, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Inputs with some tokens of each text masked, at least one, and labels at these places alone."""
    special = set(loaded.encoder.tokenizer.all_special_ids)
    hidden = torch.zeros_like(ids, dtype=torch.bool)
    for row, tokens in enumerate(ids.tolist()):
        places = [place for place, token in enumerate(tokens) if known[row, place] and token not in special]
        if places:
            count = max(1, round(MASKED_SHARE * len(places)))
            hidden[row, rng.choice(places, size=count, replace=False).tolist()] = True
    inputs = ids.masked_fill(hidden, loaded.encoder.tokenizer.mask_token_id)
    return inputs, ids.masked_fill(~hidden, IGNORED)
