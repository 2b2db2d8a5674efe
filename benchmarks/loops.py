"""How scores are computed without an engine: one call per sentence, one forward pass per mask.

They normalise by `logsumexp`: `log_softmax` is off by 9e-6 a token in float32, and the values have to agree.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoTokenizer


def one_sentence_per_call(folder: Path, sentences: list[str]) -> list[float]:
    """Summed log-probability of each sentence after the start token, from the full logits."""
    return _sums(*_load(AutoModelForCausalLM, folder), sentences)


def _sums(model: Any, tokenizer: Any, sentences: list[str]) -> list[float]:
    sums = []
    with torch.inference_mode():
        for sentence in sentences:
            ids = torch.tensor([[tokenizer.bos_token_id, *tokenizer(sentence, add_special_tokens=False).input_ids]])
            logits = model(ids).logits[0, :-1]
            scores = logits.gather(1, ids[0, 1:, None])[:, 0] - torch.logsumexp(logits, dim=-1)
            sums.append(float(scores.double().sum()))
    return sums


def in_double_precision(folder: Path, sentences: list[str]) -> list[float]:
    """The same sums with the same weights in float64: what float32 arithmetic rounds."""
    model, tokenizer = _load(AutoModelForCausalLM, folder)
    return _sums(model.double(), tokenizer, sentences)


def one_mask_per_forward(folder: Path, sentences: list[str]) -> list[list[float]]:
    """Log-probability of every token of each sentence, masked alone (the `original` variant)."""
    model, tokenizer = _load(AutoModelForMaskedLM, folder)
    found = []
    with torch.inference_mode():
        for sentence in sentences:
            ids = torch.tensor([tokenizer(sentence).input_ids])
            values = []
            for place in range(1, ids.shape[1] - 1):
                masked = ids.clone()
                masked[0, place] = tokenizer.mask_token_id
                logits = model(masked).logits[0, place]
                values.append(float(logits[ids[0, place]] - torch.logsumexp(logits, dim=-1)))
            found.append(values)
    return found


def _load(kind: Any, folder: Path) -> tuple[Any, Any]:
    model = kind.from_pretrained(folder, dtype=torch.float32)
    return model.eval(), AutoTokenizer.from_pretrained(folder)
