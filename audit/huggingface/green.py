"""Green tokens of texts: the lists of a key, drawn as transformers draws them where it marks a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from transformers import WatermarkingConfig

from fairwitness.audit.green import GreenScores, ScoreGreen
from fairwitness.audit.huggingface.loaded import Loaded
from fairwitness.audit.requests import Unanswered

DEFAULTS = WatermarkingConfig()
NO_CARD = "the lists were drawn on a graphics card, and this machine has none that draws them"


def green_scores(loaded: Loaded, batch: Sequence[ScoreGreen]) -> list[GreenScores | Unanswered]:
    """The counts of each text. The lists of a setting are made ready once: they stand on a long permutation."""
    vocabulary = int(loaded.model.config.get_text_config().vocab_size)
    ready: dict[ScoreGreen, Any] = {}
    answers: list[GreenScores | Unanswered] = []
    for request in batch:
        if (bad := loaded.encoder.unreadable(request.text)) is not None:
            answers.append(bad)
            continue
        if request.drawing == "cuda" and not torch.cuda.is_available():
            answers.append(Unanswered(NO_CARD))
            continue
        setting = replace(request, text="")
        if setting not in ready:
            ready[setting] = processor_of(setting, vocabulary)
        ids = loaded.encoder.encode(request.text, special=False).ids if request.text else ()
        answers.append(counted(ids, ready[setting], unknown=loaded.encoder.unknown_id))
    return answers


def processor_of(setting: ScoreGreen, vocabulary: int) -> Any:
    """What transformers marks a text with, by the setting of a request."""
    config = WatermarkingConfig(
        greenlist_ratio=setting.share,
        bias=DEFAULTS.bias,
        hashing_key=setting.key,
        seeding_scheme=setting.seeding,
        context_width=setting.width,
    )
    return config.construct_processor(vocabulary, setting.drawing)


def counted(ids: Sequence[int], processor: Any, unknown: int | None = None) -> GreenScores:
    """The counts of a text by the ids of its tokens; nothing is scored of one that is shorter than a context.

    n-grams and their lists are those of `WatermarkDetector` in transformers, which counts each once where
    `ignore_repeated_ngrams` is set. Its seed is not one for each n-gram: `lefthash` draws from the last token of the
    context alone, `selfhash` from the least of the products of each token with the last. So different n-grams may share
    list and token, and those are counted once more, as `draws`. A seed of 0, which is what follows token 0, is that of
    every key: what it decides is no draw.
    """
    size = processor.context_width + (processor.seeding_scheme == "lefthash")
    ends = range(size, len(ids) + 1) if len(ids) > processor.context_width else range(0)
    grams = [tuple(ids[end - size : end]) for end in ends]
    draws = _draws(dict.fromkeys(grams), processor)
    green = _green(set(draws.values()), processor)
    keyed = [is_green for (seed, _), is_green in green.items() if seed]
    return GreenScores(
        tokens=len(ids),
        unknown=0 if unknown is None else sum(token == unknown for token in ids),
        places=len(grams),
        green_places=sum(green[draws[gram]] for gram in grams),
        ngrams=len(draws),
        green_ngrams=sum(green[draw] for draw in draws.values()),
        draws=len(keyed),
        green_draws=sum(keyed),
    )


Draw = tuple[int, int]
"""The seed of a list, and a token that is in it or is not."""


def _draws(grams: Any, processor: Any) -> dict[tuple[int, ...], Draw]:
    """The draw that decides each n-gram."""
    decided = {}
    for gram in grams:
        before = gram if processor.seeding_scheme == "selfhash" else gram[:-1]
        processor.set_seed(torch.tensor(before, device=processor.rng.device))
        decided[gram] = int(processor.rng.initial_seed()), gram[-1]
    return decided


def _green(draws: set[Draw], processor: Any) -> dict[Draw, bool]:
    """Whether the token of each draw is in the list of its seed; each list is drawn once."""
    tokens: dict[int, list[int]] = {}
    for seed, token in sorted(draws):
        tokens.setdefault(seed, []).append(token)
    green: dict[Draw, bool] = {}
    for seed, asked in tokens.items():
        processor.rng.manual_seed(seed)
        order = torch.randperm(processor.vocab_size, device=processor.rng.device, generator=processor.rng)
        listed = torch.zeros(processor.vocab_size, dtype=torch.bool)
        listed[order[: processor.greenlist_size].cpu()] = True
        green |= {(seed, token): token < len(listed) and bool(listed[token]) for token in asked}
    return green
