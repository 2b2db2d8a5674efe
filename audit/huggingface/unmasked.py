"""A masked model on texts with nothing masked: log-probability of every token, and the attention that it gets."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np
import torch
from torch import Tensor

from fairwitness.audit.huggingface.attention import attention_layers, eager
from fairwitness.audit.huggingface.encode import Encoded
from fairwitness.audit.huggingface.loaded import Loaded, inference
from fairwitness.audit.huggingface.vocabulary import token_scores
from fairwitness.audit.requests import TokenScores, Unanswered


def unmasked_likelihoods(loaded: Loaded, texts: Sequence[Encoded | Unanswered]) -> list[TokenScores | Unanswered]:
    """One forward pass a text, packed over the whole batch; special tokens are read and not scored."""
    answers: list[TokenScores | Unanswered] = [
        text if isinstance(text, Unanswered) else Unanswered("the text has no tokens to score") for text in texts
    ]
    asked = [(place, text) for place, text in enumerate(texts) if isinstance(text, Encoded) and not all(text.special)]
    with inference(loaded), nullcontext() if loaded.without_maps else eager(loaded.model):
        for chosen in loaded.batches([len(text) for _, text in asked]):
            scores = _scores(loaded, [asked[index][1] for index in chosen])
            for index, answer in zip(chosen, scores, strict=True):
                answers[asked[index][0]] = answer
    return answers


def _scores(loaded: Loaded, texts: Sequence[Encoded]) -> list[TokenScores | Unanswered]:
    states, received = _states(loaded, texts)
    cells = [(row, index) for row, text in enumerate(texts) for index in range(len(text)) if not text.special[index]]
    where = torch.tensor(cells, device=loaded.device)
    values: list[float] = []
    greedy: list[bool] = []
    for part, logits in loaded.chunks(states[where[:, 0], where[:, 1]]):
        wanted = [(offset, texts[row].ids[place]) for offset, (row, place) in enumerate(cells[part])]
        log_probs, flags = token_scores(logits, wanted)
        values += log_probs
        greedy += flags
    weights = None if received is None else received[where[:, 0], where[:, 1]].tolist()
    bounds = np.searchsorted([row for row, _ in cells], range(len(texts) + 1))
    return [
        _answer(text, [place for _, place in cells[first:last]], values[first:last], greedy[first:last], weights, first)
        for text, first, last in zip(texts, bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    ]


def _states(loaded: Loaded, texts: Sequence[Encoded]) -> tuple[Tensor, Tensor | None]:
    """Last hidden states [rows, length, width], and the attention received [rows, length] where the model gives it."""
    lengths = [len(text) for text in texts]
    rows, mask = [text.ids for text in texts], loaded.padding_mask(lengths)
    if loaded.without_maps:
        return loaded.hidden(input_ids=loaded.tensor(rows, loaded.encoder.padding), attention_mask=mask), None
    states, layers = attention_layers(loaded, rows, mask)
    if not layers or any(layer is None for layer in layers):
        return states, None
    real = torch.tensor([[index < length for index in range(max(lengths))] for length in lengths], device=loaded.device)
    queries = real.float() / real.sum(dim=1, keepdim=True)
    over = torch.stack([layer.float().mean(dim=1) for layer in layers]).mean(dim=0)  # [rows, query, key]
    return states, torch.einsum("rq,rqk->rk", queries, over)


def _answer(
    text: Encoded, places: list[int], values: list[float], greedy: list[bool], weights: list[float] | None, first: int
) -> TokenScores | Unanswered:
    mine = () if weights is None else tuple(weights[first : first + len(places)])
    if not np.isfinite([*values, *mine]).all():
        return Unanswered("the model gave a value that is not a finite number")
    return TokenScores(
        tuple(values),
        tuple(greedy),
        tuple(text.starts[place] for place in places),
        weights=mine,
        ids=tuple(text.ids[place] for place in places),
    )
