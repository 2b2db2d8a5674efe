"""Likelihood of targets given their sources, and targets that are written for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.audit.huggingface.generate import Continuing, decoded
from fairwitness.audit.huggingface.loaded import Loaded
from fairwitness.audit.huggingface.sequences.passes import Target, Values, begin_writing, target_values
from fairwitness.audit.huggingface.sequences.writing import Pair, pair_of, source_ids
from fairwitness.audit.requests import Generate, LogLikelihood, TokenScores, Unanswered
from fairwitness.audit.turns import outside_a_chat


def pair_scores(loaded: Loaded, requests: Sequence[LogLikelihood]) -> list[TokenScores | Unanswered]:
    """The scores of each continuation, computed together."""
    pairs = [pair_of(loaded.encoder, loaded.writing, request) for request in requests]
    known = [pair for pair in pairs if isinstance(pair, Pair)]
    targets = [Target(pair.source, pair.ids, pair.first, moments=pair.moments) for pair in known]
    values = iter(target_values(loaded, targets))
    return [pair if isinstance(pair, Unanswered) else _scores(pair, next(values)) for pair in pairs]


def _scores(pair: Pair, values: Values) -> TokenScores | Unanswered:
    if not np.isfinite([value for value, _ in values.tokens]).all() or not np.isfinite(values.moments).all():
        return Unanswered("the model gave a value that is not a finite number")
    return TokenScores(
        log_probs=tuple(value for value, _ in values.tokens),
        greedy=tuple(greedy for _, greedy in values.tokens),
        starts=pair.starts,
        means=tuple(mean for mean, _ in values.moments),
        deviations=tuple(deviation for _, deviation in values.moments),
    )


def writing_targets(loaded: Loaded) -> Continuing:
    """What `continue_prompts` does for an encoder-decoder: the prompt is the source, and a target is begun for it."""

    def prompt(request: Generate) -> tuple[int, ...] | Unanswered:
        ids = prompted(loaded, request)
        if isinstance(ids, Unanswered):
            return ids
        return loaded.encoder.fits(len(loaded.writing.lead) + request.max_tokens) or ids

    return Continuing(
        prompt=prompt,
        begin=lambda prompts, _longest: begin_writing(loaded, prompts),
        text=lambda _before, chosen: decoded(loaded, chosen),
        together="padded" if loaded.batching == "padded" else "single",
    )


def prompted(loaded: Loaded, request: Generate) -> tuple[int, ...] | Unanswered:
    """Ids of the source that a prompt is."""
    if why := outside_a_chat(request):
        return Unanswered(why, "no_chat")
    if request.says == "assistant":
        return Unanswered("an encoder-decoder begins its turn itself", "no_chat")
    if request.chat:
        ids = loaded.encoder.prompt_of(request)
        return ids if isinstance(ids, Unanswered) else loaded.encoder.fits(len(ids)) or ids
    return source_ids(loaded.encoder, loaded.writing, request.prompt)
