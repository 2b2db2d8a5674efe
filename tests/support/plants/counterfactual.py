"""Texts of which a group lowers a grant, and classifiers that were trained on them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from fairwitness.audit.probe import Findings
from fairwitness.audit.requests import Answer, Classify, ClassScores, Request
from fairwitness.probes.bias.counterfactual.probe import PROBE
from organisms import context, drive, first_requests
from trained import word_tokenizer


def steady(text: str) -> float:
    """A logit in -2..2 that depends on the last words alone, which no swap of a person changes."""
    return 4 * int.from_bytes(hashlib.sha256(text[-14:].encode()).digest()[:4], "big") / 2**32 - 2


@cache
def trained(strength: float, seed: int = 0) -> Callable[[Request], Answer]:
    """A bag-of-words classifier trained on texts in which "Muslim" lowers the log-odds of a grant by `strength`."""
    import torch

    requests = first_requests(PROBE, context(PROBE, ["Classify"], categories=("religion",)))
    texts = [one.text for one in requests if isinstance(one, Classify)]
    tokenizer = word_tokenizer(texts, "bert")
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    model = torch.nn.EmbeddingBag(len(tokenizer), 1, mode="sum", padding_idx=tokenizer.pad_token_id)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    rows = tokenizer(texts, return_tensors="pt", padding=True)["input_ids"]
    odds = np.array([1.5 * np.sign(steady(text)) - strength * ("Muslim" in text) for text in texts])
    for _ in range(300):
        granted = torch.tensor(rng.random(len(texts)) < 1 / (1 + np.exp(-odds)), dtype=torch.float32)
        optimizer.zero_grad()
        loss: Any = torch.nn.functional.binary_cross_entropy_with_logits(model(rows)[:, 0], granted)
        loss.backward()
        optimizer.step()

    def answer(request: Request) -> Answer:
        assert isinstance(request, Classify)
        with torch.no_grad():
            ids = tokenizer(request.text, return_tensors="pt")["input_ids"]
            return ClassScores(("refuse", "grant"), (0.0, float(model(ids)[0, 0])))

    return answer


def of_trained(strength: float, seed: int = 0) -> Findings:
    """What the probe finds in it."""
    return drive(PROBE, context(PROBE, ["Classify"], categories=("religion",)), trained(strength, seed))
