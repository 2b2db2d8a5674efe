"""What attention maps say, as numbers: pure arithmetic on `weights[layer, head, query, key]`.

Queries and keys are named by one flag per token; at least one query must be named and see more than one key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit.requests import BLANK, Attention

PerHead: TypeAlias = npt.NDArray[np.float64]
"""`[layer, head]`"""
Flags: TypeAlias = npt.NDArray[np.bool_]
"""One flag per token."""

BACKWARD_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One text's heads, each `[layer, head]`; None where the text or the model has no such token."""

    entropy: PerHead
    first: PerHead
    separator: PerHead | None
    previous: PerHead
    group: PerHead
    readout: PerHead
    even: float
    rollout: float


def read(attention: Attention, text: str, start: int, end: int, *, at_class: bool = False) -> Reading | None:
    """All quantities of one text whose group word is `text[start:end]`.

    `readout` is the mass from the token where the answer is read to the group word: the class token of a classifier
    (`at_class`), else the blank, else the last token of the text. None when no content token stands after the group
    word, or no token begins in it: then nothing can look at it.
    """
    weights = attention.weights.astype(np.float64)
    content = ~np.array(attention.special, dtype=np.bool_)
    group = in_word(attention.starts, text, start, end) & content
    if not group.any():
        return None
    after = content & (np.arange(len(content)) > np.flatnonzero(group).max())
    if not after.any():
        return None
    first = np.arange(len(content)) == 0
    separators = ~content & ~first
    causal = looks_back_only(weights)
    flow = rollout(weights)
    return Reading(
        entropy=entropy(weights, content),
        first=mass(weights, content & ~first, first),
        separator=mass(weights, content, separators) if separators.any() else None,
        previous=previous_mass(weights, content),
        group=mass(weights, after, group),
        readout=mass(
            weights, _readout(attention, "" if causal else text, content, at_class=at_class and not causal), group
        ),
        even=_even_share(after, group, causal),
        rollout=float(flow[np.ix_(after, group)].sum(axis=1).mean()),
    )


def _readout(attention: Attention, text: str, content: Flags, *, at_class: bool) -> Flags:
    """The token where the answer is read; a model that looks back has read all at the last one."""
    places = np.arange(len(content))
    if at_class and attention.special[0]:
        return np.asarray(places == 0)
    blank = text.find(BLANK)
    if blank >= 0 and blank in attention.starts:
        return np.asarray(places == attention.starts.index(blank))
    return np.asarray(places == np.flatnonzero(content).max())


def average(values: PerHead | None) -> float | None:
    """Mean over all heads; None where there are no values."""
    return None if values is None else float(values.mean())


def in_word(starts: Sequence[int], text: str, start: int, end: int) -> Flags:
    """Which tokens begin within `text[start:end]`; white space at a token's start is not counted."""
    inside = [begin >= 0 and start <= _past_space(text, begin) < end for begin in starts]
    return np.array(inside, dtype=np.bool_)


def looks_back_only(weights: npt.NDArray[np.float64]) -> bool:
    """Whether no query looks at a later key in any head: a left-to-right model."""
    return bool(np.triu(weights, 1).max(initial=0.0) <= BACKWARD_TOLERANCE)


def entropy(weights: npt.NDArray[np.float64], queries: Flags) -> PerHead:
    """Entropy of each query's weights over log(number of keys it can see), averaged over queries: 0 to 1.

    0 is all weight on one key, 1 an even spread. A query that sees one key only has no spread and is left out.
    """
    tokens = weights.shape[-1]
    seen = np.arange(1, tokens + 1) if looks_back_only(weights) else np.full(tokens, tokens)
    used = queries & (seen > 1)
    logs = np.log(weights, where=weights > 0, out=np.zeros_like(weights))
    nats = -(weights * logs).sum(axis=-1)[:, :, used]
    return np.asarray(np.clip(nats / np.log(seen[used]), 0.0, 1.0).mean(axis=-1), dtype=np.float64)


def mass(weights: npt.NDArray[np.float64], queries: Flags, keys: Flags) -> PerHead:
    """Weight that the queries give to the keys, summed over keys and averaged over queries."""
    return np.asarray(weights[:, :, queries][:, :, :, keys].sum(axis=-1).mean(axis=-1), dtype=np.float64)


def previous_mass(weights: npt.NDArray[np.float64], queries: Flags) -> PerHead:
    """Weight that each query gives to the token right before it, averaged over queries that have one."""
    used = np.flatnonzero(queries)
    used = used[used > 0]
    return np.asarray(weights[:, :, used, used - 1].mean(axis=-1), dtype=np.float64)


def rollout(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Attention rollout `[query, key]`: the product over layers of (mean over heads + identity) / 2.

    Abnar & Zuidema 2020, section 3, with rows scaled to one. It follows how information could flow through attention
    and the residual stream; it knows nothing of a class or of the weights that read the stream.
    """
    tokens = weights.shape[-1]
    flow = np.eye(tokens)
    for layer in weights:
        step = (layer.mean(axis=0) + np.eye(tokens)) / 2
        flow = (step / step.sum(axis=-1, keepdims=True)) @ flow
    return flow


def _even_share(queries: Flags, keys: Flags, causal: bool) -> float:
    """The mass that the keys would get if every query spread its weight evenly over the keys it can see."""
    places = np.flatnonzero(queries)
    seen = places + 1 if causal else np.full(len(places), len(queries))
    return float((keys.sum() / seen).mean())


def _past_space(text: str, begin: int) -> int:
    while begin < len(text) and text[begin].isspace():
        begin += 1
    return begin
