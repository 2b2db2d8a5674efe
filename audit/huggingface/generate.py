"""Continuations by our own loop: batched on the left, and every request has its own seed.

A prompt with many samples is read once, and so is a beginning that all prompts of a batch have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fairwitness.audit.huggingface.loaded import Batching, Loaded, longest_first
from fairwitness.audit.huggingface.rows import begin
from fairwitness.audit.requests import Generate, Generated, Unanswered
from fairwitness.audit.subject import CONTINUED

Ids: TypeAlias = tuple[int, ...]


@dataclass(slots=True)
class Line:
    """One prompt on its way: its ids, the chosen tokens, its own random numbers."""

    owner: int
    request: Generate
    ids: tuple[int, ...]
    draws: np.random.Generator
    chosen: list[int] = field(default_factory=list)
    done: bool = False
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Continuing:
    """How a kind of model goes on with prompts.

    The ids of a prompt, or why there is no answer; rows of prompts begun, given the longest that one grows; and the
    text of chosen tokens behind a prompt.
    """

    prompt: Callable[[Generate], Ids | Unanswered]
    begin: Callable[[Sequence[Ids], int], tuple[Growing, Tensor]]
    text: Callable[[Ids, Sequence[int]], str]
    together: Batching = "padded"
    """Which rows may be written side by side."""


class Growing(Protocol):
    """Rows that are read from left to right."""

    def read(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """Logits of what follows each row, of which so much is new."""

    def select(self, places: Sequence[int]) -> None:
        """Goes on with these rows alone, in this order."""


def behind_prompts(loaded: Loaded) -> Continuing:
    """What a causal model does: it writes on behind the prompt."""

    def prompt(request: Generate) -> Ids | Unanswered:
        ids = loaded.encoder.prompt_of(request)
        return ids if isinstance(ids, Unanswered) else loaded.encoder.fits(len(ids) + request.max_tokens) or ids

    return Continuing(
        prompt=prompt,
        begin=lambda prompts, longest: begin(loaded, prompts, longest),
        text=lambda before, chosen: _text(loaded, before, chosen),
    )


def continue_prompts(loaded: Loaded, batch: Sequence[Generate], continuing: Continuing) -> list[Generated | Unanswered]:
    """One continuation per request; greedy at temperature 0, else by the inverse of the cumulative distribution."""
    answers: list[Generated | Unanswered] = []
    lines: list[Line] = []
    for owner, request in enumerate(batch):
        ids = _refusal(request) or continuing.prompt(request)
        answers.append(ids if isinstance(ids, Unanswered) else Unanswered("not computed"))
        if not isinstance(ids, Unanswered):
            lines.append(Line(owner, request, ids, np.random.default_rng(request.seed)))
    lengths = [len(line.ids) + line.request.max_tokens for line in lines]
    budget = max(CONTINUED * loaded.batch_tokens, max(lengths, default=0))
    for chosen in longest_first(lengths, budget, continuing.together):
        _run(loaded, [lines[index] for index in chosen], continuing)
    for line in lines:
        answers[line.owner] = _answer(line, continuing)
    return answers


def _refusal(request: Generate) -> Unanswered | None:
    if request.max_tokens < 1:
        return Unanswered("no tokens were asked for")
    if request.temperature < 0:
        return Unanswered("the temperature is below zero")
    if not 0 < request.top_p <= 1:
        return Unanswered(f"top_p is {request.top_p:g} and must be above 0 and at most 1")
    return None


def _run(loaded: Loaded, lines: Sequence[Line], continuing: Continuing) -> None:
    """Writes all lines to their end. One that has ended is read no further, where the model can leave it out."""
    ends = _end_tokens(loaded)
    longest = max(len(line.ids) for line in lines) + max(line.request.max_tokens for line in lines)
    rows, logits = continuing.begin([line.ids for line in lines], longest)
    going = list(lines)
    while True:
        picked = [
            _pick(line, _allowed(line, each, loaded.forbidden), ends) for line, each in zip(going, logits, strict=True)
        ]
        open_ = [place for place, line in enumerate(going) if not line.done]
        if not open_:
            return
        if loaded.selects and len(open_) < len(going):
            rows.select(open_)
            going, picked = [going[place] for place in open_], [picked[place] for place in open_]
        logits = rows.read([[token] for token in picked])


def _pick(line: Line, logits: Tensor, ends: frozenset[int]) -> int:
    if line.done:
        return 0
    if not bool(torch.isfinite(logits).any()) or bool(logits.isnan().any()):
        line.done = line.broken = True
        return 0
    token = _choose(line, logits)
    if token in ends:
        line.done = True
        return token
    line.chosen.append(token)
    line.done = len(line.chosen) >= line.request.max_tokens
    return token


def _allowed(line: Line, logits: Tensor, forbidden: Sequence[tuple[int, ...]]) -> Tensor:
    """The logits, without the tokens that would complete a forbidden sequence."""
    last = [
        sequence[-1]
        for sequence in forbidden
        if len(sequence) == 1 or tuple(line.chosen[1 - len(sequence) :]) == sequence[:-1]
    ]
    if last:
        logits = logits.clone()
        logits[last] = -torch.inf
    return logits


def _choose(line: Line, logits: Tensor) -> int:
    if line.request.temperature == 0:
        return int(logits.argmax())
    shares = torch.softmax(logits.double() / line.request.temperature, dim=-1).numpy()
    weights = np.where(nucleus(shares, line.request.top_p), shares, 0.0).cumsum()
    return min(int(np.searchsorted(weights, line.draws.random() * weights[-1], side="right")), len(weights) - 1)


def nucleus(shares: npt.NDArray[np.float64], top_p: float) -> npt.NDArray[np.bool_]:
    """Which tokens may be drawn: the fewest likeliest ones that together have at least `top_p`, never none.

    Of equally likely tokens the one with the smaller id goes first.
    """
    if top_p >= 1:
        return np.ones(len(shares), dtype=np.bool_)
    # All tokens with less than an even part of what is left out have less than that together: none is needed.
    likely = np.flatnonzero(shares >= (1 - top_p) / len(shares))
    order = likely[np.argsort(-shares[likely], kind="stable")]
    before = shares[order].cumsum() - shares[order]
    kept = np.zeros(len(shares), dtype=np.bool_)
    kept[order[before < top_p]] = True
    return kept


def _end_tokens(loaded: Loaded) -> frozenset[int]:
    configured = loaded.model.generation_config.eos_token_id
    known = configured if isinstance(configured, list) else [configured, loaded.encoder.tokenizer.eos_token_id]
    return frozenset(token for token in known if token is not None)


def _answer(line: Line, continuing: Continuing) -> Generated | Unanswered:
    if line.broken:
        return Unanswered("the model gave a value that is not a finite number")
    return Generated(continuing.text(line.ids, line.chosen), len(line.chosen), tuple(line.chosen))


def decode(loaded: Loaded, request: Generate, chosen: Sequence[int]) -> str:
    """The text of chosen tokens after a prompt; empty where the prompt cannot be read."""
    ids = loaded.encoder.prompt_of(request)
    return "" if isinstance(ids, Unanswered) else _text(loaded, ids, chosen)


def _text(loaded: Loaded, before: Sequence[int], chosen: Sequence[int]) -> str:
    """What tokens add to the text of those before them: a tokenizer may join the two."""
    said, whole = decoded(loaded, before), decoded(loaded, [*before, *chosen])
    return whole[len(said) :] if whole.startswith(said) else decoded(loaded, chosen)


def decoded(loaded: Loaded, ids: Sequence[int]) -> str:
    """The text that tokens are, without special ones."""
    decode = loaded.encoder.tokenizer.decode
    return str(decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))
