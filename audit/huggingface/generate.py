"""Continuations by our own loop: batched on the left, and every request has its own seed.

A prompt with many samples is read once, and so is a beginning that all prompts of a batch have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fairwitness.audit.huggingface.loaded import Loaded, longest_first
from fairwitness.audit.huggingface.rows import begin
from fairwitness.audit.requests import Generate, Generated, Unanswered
from fairwitness.audit.subject import CONTINUED


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


def continue_prompts(loaded: Loaded, batch: Sequence[Generate]) -> list[Generated | Unanswered]:
    """One continuation per request; greedy at temperature 0, else by the inverse of the cumulative distribution."""
    answers: list[Generated | Unanswered] = []
    lines: list[Line] = []
    for owner, request in enumerate(batch):
        answers.append(_refusal(loaded, request) or Unanswered("not computed"))
        ids = loaded.encoder.prompt_of(request)
        if answers[-1] == Unanswered("not computed") and not isinstance(ids, Unanswered):
            lines.append(Line(owner, request, ids, np.random.default_rng(request.seed)))
    lengths = [len(line.ids) + line.request.max_tokens for line in lines]
    for chosen in longest_first(lengths, max(CONTINUED * loaded.batch_tokens, max(lengths, default=0))):
        _run(loaded, [lines[index] for index in chosen])
    for line in lines:
        answers[line.owner] = _answer(loaded, line)
    return answers


def _refusal(loaded: Loaded, request: Generate) -> Unanswered | None:
    if request.max_tokens < 1:
        return Unanswered("no tokens were asked for")
    if request.temperature < 0:
        return Unanswered("the temperature is below zero")
    if not 0 < request.top_p <= 1:
        return Unanswered(f"top_p is {request.top_p:g} and must be above 0 and at most 1")
    ids = loaded.encoder.prompt_of(request)
    return ids if isinstance(ids, Unanswered) else loaded.encoder.fits(len(ids) + request.max_tokens)


def _run(loaded: Loaded, lines: Sequence[Line]) -> None:
    """Writes all lines to their end. One that has ended is read no further, where the model can leave it out."""
    ends = _end_tokens(loaded)
    longest = max(len(line.ids) for line in lines) + max(line.request.max_tokens for line in lines)
    rows, logits = begin(loaded, [line.ids for line in lines], longest)
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


def _answer(loaded: Loaded, line: Line) -> Generated | Unanswered:
    if line.broken:
        return Unanswered("the model gave a value that is not a finite number")
    return Generated(_text(loaded, line.ids, line.chosen), len(line.chosen), tuple(line.chosen))


def decode(loaded: Loaded, request: Generate, chosen: Sequence[int]) -> str:
    """The text of chosen tokens after a prompt; empty where the prompt cannot be read."""
    ids = loaded.encoder.prompt_of(request)
    return "" if isinstance(ids, Unanswered) else _text(loaded, ids, chosen)


def _text(loaded: Loaded, before: Sequence[int], chosen: Sequence[int]) -> str:
    """What tokens add to the text of those before them: a tokenizer may join the two."""
    decode = loaded.encoder.tokenizer.decode
    options = {"skip_special_tokens": True, "clean_up_tokenization_spaces": False}
    prompt, whole = decode(list(before), **options), decode([*before, *chosen], **options)
    return str(whole[len(prompt) :] if whole.startswith(prompt) else decode(list(chosen), **options))
