"""Vectors of texts from a model's last hidden states, pooled over a text, a word or one token."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from fairwitness.audit.huggingface.encode import Encoded, Encoder
from fairwitness.audit.huggingface.loaded import Loaded, inference
from fairwitness.audit.huggingface.place import place_filler
from fairwitness.audit.requests import Embed, Embedding, Unanswered
from fairwitness.audit.subject import Size


@dataclass(frozen=True, slots=True)
class Pool:
    """A sequence as it is fed, the positions [first, last) that are pooled, and the tokens to count."""

    ids: tuple[int, ...]
    segments: tuple[int, ...]
    first: int
    last: int
    tokens: int


def embed_size(encoder: Encoder, request: Embed, *, causal: bool) -> Size:
    """One row of the text's tokens; (0, 0) for a request without an answer."""
    pool = _plan(encoder, request, causal)
    return Size(0, 0) if isinstance(pool, Unanswered) else Size(1, len(pool.ids))


def embeddings(loaded: Loaded, batch: Sequence[Embed], *, causal: bool) -> list[Embedding | Unanswered]:
    """The vector of every request, packed over the whole batch; equal sequences run once."""
    plans = [_plan(loaded.encoder, request, causal) for request in batch]
    owners: dict[tuple[int, ...], list[int]] = {}
    for owner, plan in enumerate(plans):
        if isinstance(plan, Pool):
            owners.setdefault(plan.ids, []).append(owner)
    rows = list(owners)
    answers: list[Embedding | Unanswered] = [
        plan if isinstance(plan, Unanswered) else Unanswered("not computed") for plan in plans
    ]
    with inference(loaded):
        for chosen in loaded.batches([len(row) for row in rows]):
            chosen_rows = [rows[index] for index in chosen]
            segments = [plan.segments for row in chosen_rows if isinstance(plan := plans[owners[row][0]], Pool)]
            for row, states in zip(chosen_rows, _states(loaded, chosen_rows, segments, causal), strict=True):
                for owner in owners[row]:
                    answers[owner] = _pooled(states, plans[owner])
    return answers


def _plan(encoder: Encoder, request: Embed, causal: bool) -> Pool | Unanswered:
    if request.pooling == "word" and not request.word:
        return Unanswered("the tokens of a word are asked, and no word is named")
    placed = _placed(encoder, request, causal)
    if isinstance(placed, Unanswered):
        return placed
    encoded, first, last = placed
    lead = (encoder.start_id,) if causal and encoder.start_id is not None else ()
    ids = (*lead, *encoded.ids)
    if (long := encoder.fits(len(ids))) is not None:
        return long
    shift, word = len(lead), last - first
    segments = (0,) * shift + encoded.segments
    places = [place + shift for place in range(len(encoded)) if not encoded.special[place]]
    match request.pooling:
        case "word":
            return Pool(ids, segments, first + shift, last + shift, word)
        case "last":
            return Pool(ids, segments, places[-1], places[-1] + 1, word)
        case "mean":
            return Pool(ids, segments, shift, len(ids), word)
        case "cls":
            if causal or encoded.ids[0] != encoder.tokenizer.cls_token_id:
                return Unanswered("the tokenizer puts no class token in front of a text")
            return Pool(ids, segments, 0, 1, word)


def _placed(encoder: Encoder, request: Embed, causal: bool) -> tuple[Encoded, int, int] | Unanswered:
    """The text as tokens, and the first and past-the-last of its word; of all of them where no word is named."""
    if request.word:
        whole = re.search(rf"(?<!\w){re.escape(request.word)}(?!\w)", request.text)
        offset = whole.start() if whole else request.text.find(request.word)
        if offset < 0:
            return Unanswered(f"the text does not hold the word {request.word!r}")
        after = request.text[offset + len(request.word) :]
        return place_filler(encoder, request.text[:offset], request.word, after, special=not causal)
    if (bad := encoder.unreadable(request.text)) is not None:
        return bad
    encoded = encoder.encode(request.text, special=not causal)
    if all(encoded.special):
        return Unanswered("the text has no tokens")
    places = [place for place in range(len(encoded)) if not encoded.special[place]]
    return encoded, places[0], places[-1] + 1


def _states(loaded: Loaded, rows: Sequence[tuple[int, ...]], segments: Sequence[Sequence[int]], causal: bool) -> Tensor:
    return loaded.hidden(
        input_ids=loaded.tensor(rows, loaded.encoder.padding),
        attention_mask=loaded.padding_mask([len(row) for row in rows]),
        use_cache=False if causal else None,
        **loaded.segments(segments),
    )


def _pooled(states: Tensor, plan: Pool | Unanswered) -> Embedding | Unanswered:
    if isinstance(plan, Unanswered):
        return plan
    values = states[plan.first : plan.last].float().mean(dim=0).cpu().numpy()
    if not np.isfinite(values).all():
        return Unanswered("the model gave a value that is not a finite number")
    return Embedding(values, plan.tokens)
