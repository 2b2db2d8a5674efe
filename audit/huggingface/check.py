"""What a freshly loaded model can really do, found by asking it: shortcuts are used only where they change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import ModuleList

from assay.audit.huggingface.attention import eager
from assay.audit.huggingface.causal import Work, score
from assay.audit.huggingface.encode import Encoded, Fed
from assay.audit.huggingface.loaded import Loaded, inference
from assay.audit.huggingface.questions import boundary_logits
from assay.audit.huggingface.tasks import encodes
from assay.audit.huggingface.trees import grow
from assay.audit.requests import TokenScores

TOLERANCE = 1e-4
"""Largest difference of one token's log-probability between two ways that count as the same."""
REFUSALS = (
    RuntimeError,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    IndexError,
    NotImplementedError,
    AssertionError,
)
"""What models raise when they are called in a way that they do not support."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """Deepest exact tree, request kinds that turned out not to work, and notes on both."""

    tree_limit: int = 0
    lacking: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def examine(loaded: Loaded, task: str) -> Abilities:
    """Asks the model in each way once. May set `loaded.joined`."""
    notes: list[str] = []
    lacking: set[str] = set()
    with inference():
        if task in ("masked_lm", "causal_lm") and not _splits(loaded):
            loaded.joined = True
            lacking.add("Embed")
            notes.append("body and head run together: logits are computed at every position")
        if task == "masked_lm":
            loaded.last_attention = _last_attention(loaded)
        if task == "question_answerer" and not _marks(loaded):
            lacking.add("AnswerQuestion")
            notes.append("the model does not say of each token whether an answer starts or ends there")
        if task == "question_answerer" and not encodes(loaded.model.config):
            lacking.add("Embed")
        if not _attends(loaded):
            lacking.add("Attend")
            notes.append("the model returns no attention maps")
        limit = 0
        if task == "causal_lm":
            limit, note = _tree_limit(loaded)
            notes.extend([note] if note else [])
            if not _continues(loaded):
                lacking.add("Generate")
                notes.append("the model cannot continue text from its own cache")
    return Abilities(limit, frozenset(lacking), tuple(notes))


def sample_ids(loaded: Loaded, count: int, length: int) -> list[tuple[int, ...]]:
    """Random rows of ordinary ids, the same for the same vocabulary."""
    vocabulary = loaded.model.get_input_embeddings().weight.shape[0]
    barred = {loaded.encoder.padding, loaded.encoder.mask_id}
    ordinary = np.array([token for token in range(vocabulary) if token not in barred])
    draws = np.random.default_rng(0).choice(ordinary, size=(count, length))
    return [tuple(int(token) for token in row) for row in draws]


def _splits(loaded: Loaded) -> bool:
    """Whether the head applied to the body's hidden states gives the whole model's logits."""
    if loaded.model.base_model is loaded.model:
        return False
    ids = torch.tensor(sample_ids(loaded, 1, _length(loaded, 8)), device=loaded.device)
    whole = loaded.model(input_ids=ids).logits[0].float()
    try:
        parts = loaded.logits(loaded.hidden(input_ids=ids)[0])
    except REFUSALS:
        return False
    return parts.shape == whole.shape and _close(parts, whole, loaded.dtype)


def _marks(loaded: Loaded) -> bool:
    """Whether a question and a context get a logit of the start and one of the end at every token."""
    row = loaded.encoder.whole("Who?", "I.")
    if not isinstance(row, Encoded):
        return False
    try:
        return boundary_logits(loaded, [row]).shape == (1, 2, len(row))
    except REFUSALS:
        return False


def _last_attention(loaded: Loaded) -> Any:
    """The last layer's attention block, if narrowing its output to some positions leaves their states unchanged."""
    wanted = loaded.model.config.num_hidden_layers
    stacks = [one for one in loaded.model.base_model.modules() if isinstance(one, ModuleList) and len(one) == wanted]
    block = getattr(stacks[0][-1], "attention", None) if len(stacks) == 1 else None
    length = _length(loaded, 9)
    if block is None or length < 4:
        return None
    ids = torch.tensor(sample_ids(loaded, 2, length), device=loaded.device)
    positions = torch.tensor([[1, length - 1], [2, 0]], device=loaded.device)
    expected = loaded.hidden_at(positions, input_ids=ids)
    loaded.last_attention = block
    try:
        found = loaded.hidden_at(positions, input_ids=ids)
    except REFUSALS:
        return None
    finally:
        loaded.last_attention = None
    slack = 1e-5 if loaded.dtype == torch.float32 else 0.01
    same = found.shape == expected.shape and bool((found - expected).abs().max() <= slack * expected.abs().max())
    return block if same else None


def _close(one: torch.Tensor, other: torch.Tensor, dtype: torch.dtype) -> bool:
    slack = TOLERANCE if dtype == torch.float32 else 0.05 * float(other.abs().max().clamp(min=1))
    difference = (torch.log_softmax(one, -1) - torch.log_softmax(other, -1)).abs().max()
    return bool(difference <= slack) or not bool(torch.isfinite(other).all())


def _length(loaded: Loaded, wanted: int) -> int:
    return max(1, min(wanted, loaded.encoder.limit))


def _attends(loaded: Loaded) -> bool:
    ids = torch.tensor(sample_ids(loaded, 1, _length(loaded, 2)), device=loaded.device)
    try:
        with eager(loaded.model):
            maps: Any = loaded.model.base_model(input_ids=ids, output_attentions=True).attentions
    except REFUSALS:
        return False
    return bool(maps) and all(layer is not None and layer.dim() == 4 for layer in maps)


def _continues(loaded: Loaded) -> bool:
    """Whether two prompts of unequal length, padded on the left, get the logits that each gets alone."""
    long, short = sample_ids(loaded, 2, _length(loaded, 6))
    short = short[: max(1, len(short) // 2)]
    pad = len(long) - len(short)
    try:
        both = loaded.model(
            input_ids=torch.tensor([long, (loaded.encoder.padding,) * pad + short], device=loaded.device),
            attention_mask=torch.tensor([[1] * len(long), [0] * pad + [1] * len(short)], device=loaded.device),
            position_ids=torch.tensor([[*range(len(long))], [0] * pad + [*range(len(short))]], device=loaded.device),
            use_cache=True,
            logits_to_keep=1,
        )
        alone = loaded.model(input_ids=torch.tensor([short], device=loaded.device))
    except REFUSALS:
        return False
    kept = getattr(both, "past_key_values", None) is not None
    return kept and _close(both.logits[1, -1].float(), alone.logits[0, -1].float(), loaded.dtype)


def _tree_limit(loaded: Loaded) -> tuple[int, str]:
    """Deepest exact tree, and why there is none."""
    limit = min([loaded.encoder.limit, *_windows(loaded.model.config)])
    length = min(12, limit)
    if length < 4:
        return 0, "plain rows: the model reads too little text for prefix trees"
    trunk, one, two, three = sample_ids(loaded, 4, length)
    half, third = length // 2, length // 3
    sequences = [trunk, trunk[:half] + one[half:], trunk[:half] + two[half:], trunk[:third] + three[third:]]
    feds = tuple(Fed(ids, 1, (0,) * (len(ids) - 1)) for ids in sequences)
    try:
        shared = score(loaded, [Work(grow(sequences), feds, tuple(range(len(feds))))], limit)
    except REFUSALS:
        return 0, "plain rows: the model refuses the mask of a prefix tree"
    plain = score(loaded, [Work(grow([fed.ids]), (fed,), (owner,)) for owner, fed in enumerate(feds)], 0)
    worst = max(_differences(shared, plain), default=float("inf"))
    # Lower precision moves both ways alike; there the tree must only be as close as its own rounding.
    slack = TOLERANCE if loaded.dtype == torch.float32 else 0.2
    if worst > slack:
        return 0, f"plain rows: a prefix tree changes a token by {worst:.2g} nats on this model"
    return limit, ""


def _differences(shared: Any, plain: Any) -> Iterator[float]:
    for (_, one), (_, other) in zip(shared, plain, strict=True):
        if isinstance(one, TokenScores) and isinstance(other, TokenScores):
            yield float(np.abs(np.subtract(one.log_probs, other.log_probs)).max())


def _windows(config: Any) -> list[int]:
    """Sizes of the sliding windows that a mask of our own would switch off."""
    found = [getattr(config, name, None) for name in ("sliding_window", "window_size", "attention_window")]
    return [size for size in found if isinstance(size, int) and size > 0]
