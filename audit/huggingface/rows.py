"""Rows of tokens that a causal model goes on with: what it keeps of each, which may be dropped, repeated and shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from fairwitness.audit.huggingface.loaded import Loaded

LEAST_SHARED = 16
"""Tokens that a common beginning must save before it is read apart: each pass has a cost of its own."""


class Rows:
    """Rows side by side, each read from left to right; a row that is shorter than others is filled up on its left."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._kept: Any = None
        self._mask: Tensor = torch.zeros((0, 0), dtype=torch.long)

    def read(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """Logits of what follows each row, of which so much is new: [rows, vocabulary]."""
        width = max(map(len, rows))
        pads = [width - len(row) for row in rows]
        ids = torch.tensor(
            [[self._loaded.encoder.padding] * pad + list(row) for pad, row in zip(pads, rows, strict=True)]
        )
        real = torch.tensor([[0] * pad + [1] * (width - pad) for pad in pads])
        self._mask = real if self._kept is None else torch.cat([self._mask, real], dim=1)
        places = (self._mask.cumsum(dim=1) - 1).clamp(min=0)[:, -width:]
        device = self._loaded.device
        out = self._loaded.model(
            input_ids=ids.to(device),
            attention_mask=self._mask.to(device),
            position_ids=places.to(device),
            past_key_values=self._kept,
            use_cache=True,
            logits_to_keep=1,
        )
        self._kept = out.past_key_values
        logits: Tensor = out.logits[:, -1].float().cpu()
        return logits

    def select(self, places: Sequence[int]) -> None:
        """Goes on with these rows alone, in this order; one may be named more than once."""
        chosen = torch.tensor(list(places))
        self._kept.batch_select_indices(chosen.to(self._loaded.device))
        self._mask = self._mask[chosen]


def begin(loaded: Loaded, prompts: Sequence[tuple[int, ...]], longest: int) -> tuple[Rows, Tensor]:
    """Rows with these prompts read, and the logits after each.

    Equal prompts are read once, and so is a beginning that all have in common, where this model allows it and no row
    grows beyond the `longest` tokens with which it is exact.
    """
    rows = Rows(loaded)
    if not loaded.selects:
        return rows, rows.read(prompts)
    different = list(dict.fromkeys(prompts))
    shared = common(different) if loaded.prefixes and longest <= loaded.tree_limit else 0
    if shared * (len(different) - 1) >= LEAST_SHARED:
        rows.read([different[0][:shared]])
        rows.select([0] * len(different))
        logits = rows.read([prompt[shared:] for prompt in different])
    else:
        logits = rows.read(different)
    places = [different.index(prompt) for prompt in prompts]
    if places != list(range(len(different))):
        rows.select(places)
    return rows, logits[torch.tensor(places)]


def common(prompts: Sequence[tuple[int, ...]]) -> int:
    """Tokens with which all begin; each keeps one token of its own at least.

    >>> common([(1, 2, 3), (1, 2, 4), (1, 2)])
    1
    """
    first, last = min(prompts), max(prompts)
    most = min(map(len, prompts)) - 1
    return next((place for place in range(most) if first[place] != last[place]), most)
