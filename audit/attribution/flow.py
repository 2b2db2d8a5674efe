"""Attention rollout: how much of each word could reach the token that decides. A flow of information, no evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fairwitness.audit.attribution.coalitions import Values, WordAttributions
from fairwitness.audit.attribution.gradients import owners
from fairwitness.audit.attribution.targets import Refused
from fairwitness.audit.attribution.words import Word
from fairwitness.audit.requests import (
    BLANK,
    Attend,
    Attention,
    BetweenFillers,
    OfAnswer,
    OfTag,
    Target,
    Unanswered,
    given_offsets,
)
from fairwitness.audit.subject import Ask

WHAT = "Information flow, not evidence for a class or a filler"


def rollout(
    text: str, target: Target, words: Sequence[Word], ask: Ask, *, hidden_text: str, masked: bool
) -> WordAttributions:
    """Attention rollout (Abnar & Zuidema 2020, arXiv:2005.00928, eq. 1) to one token, summed from tokens to words.

    That token is the first blank of a masked model, the first of a tagged word, the last token of a model that reads
    from left to right, else the first one. The values are shares from 0 to 1; what is missing to 1 came from special
    tokens and fillers. They say the same whatever the target is. `hidden_text` is what stands in the model's text for a
    blank. Raises Refused where there are no attention maps.
    """
    if isinstance(target, OfAnswer):
        raise Refused("attention maps are of one text, and an answer is read from two")
    read, filler = text, hidden_text
    if isinstance(target, BetweenFillers) and not masked:
        filler = target.positive
        read = text.replace(BLANK, filler, 1)
    (answer,) = ask([Attend(read)])
    if isinstance(answer, Unanswered):
        raise Refused(answer.reason, answer.fault)
    if not isinstance(answer, Attention):
        raise Refused(f"an answer of type {type(answer).__name__}")
    starts = given_offsets(answer.starts, text, len(filler))
    row = _row(answer, starts, text.find(BLANK) if isinstance(target, BetweenFillers) and masked else -1)
    if isinstance(target, OfTag):
        row = next((place for place, start in enumerate(starts) if target.start <= start < target.end), row)
    shares = flow(answer.weights)[row]
    values = np.zeros(len(words))
    inside = _inside(starts, text)
    for share, owner, within in zip(shares, owners(starts, text, words), inside, strict=True):
        if owner >= 0 and within:
            values[owner] += share
    note = f"{WHAT}: attention rollout to token {row + 1} of {len(starts)}; no randomness, and no target."
    return WordAttributions(values, None, note)


def flow(weights: npt.NDArray[np.float32]) -> Values:
    """The rolled-out maps [query, key] of all layers [layer, head, query, key]; every row adds up to 1.

    The mean over heads, half of it replaced by what the residual connection passes on, multiplied layer by layer.
    """
    means = weights.astype(np.float64).mean(axis=1)
    rolled = np.eye(means.shape[-1])
    for layer in means:
        rolled = (0.5 * layer / layer.sum(axis=-1, keepdims=True) + 0.5 * np.eye(len(layer))) @ rolled
    return rolled


def _inside(starts: Sequence[int], text: str) -> list[bool]:
    """Whether each token is of a word of the text, and not of what fills a blank."""
    blanks = {match.start() for match in re.finditer(re.escape(BLANK), text)}
    return [start not in blanks for start in starts]


def _row(attention: Attention, starts: Sequence[int], blank: int) -> int:
    """The token that decides."""
    if blank >= 0:
        place = next((place for place, start in enumerate(starts) if start >= blank), None)
        if place is None:
            raise Refused("the attention maps do not show the blank")
        return place
    above = np.triu_indices(len(starts), k=1)
    from_left = len(starts) > 1 and not np.any(attention.weights[..., above[0], above[1]])
    return len(starts) - 1 if from_left else 0
