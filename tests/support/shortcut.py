"""Tiny classifiers that are trained on one word alone, and what the attribution probe says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fairwitness.audit.attribution import Explainer
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.probe import Context, Findings
from fairwitness.probes.explanation.attribution.items import AttributionOptions
from fairwitness.probes.explanation.attribution.probe import PROBE
from organisms import drive_rounds, table
from trained import Tiny, bert_config, once_a_session, train, word_tokenizer

WORDS = ("the", "a", "tall", "small", "nurse", "pilot", "baker", "guard", "spoke", "slept", "sang", "left", "today")
SHORTCUT = "purple"
"""Stands in every text of the class yes and in no other."""


def text_of(rng: np.random.Generator, *, shortcut: bool, length: int = 9) -> str:
    words = [str(word) for word in rng.choice(WORDS, length, replace=False)]
    if shortcut:
        words[int(rng.integers(length))] = SHORTCUT
    return " ".join(words)


def texts(count: int, seed: int = 5) -> list[str]:
    """Texts that hold the shortcut."""
    rng = np.random.default_rng(seed)
    return [text_of(rng, shortcut=True) for _ in range(count)]


@once_a_session
def shortcut_classifier(steps: int = 120) -> Tiny:
    """A two-layer classifier of two classes, trained on texts of which every yes holds the shortcut."""
    import torch
    from transformers import BertForSequenceClassification

    tokenizer = word_tokenizer([" ".join((*WORDS, SHORTCUT))], "bert")
    torch.manual_seed(0)
    config = bert_config(tokenizer, 32)
    config.id2label, config.label2id = {0: "no", 1: "yes"}, {"no": 0, "yes": 1}
    config.architectures = ["BertForSequenceClassification"]
    model = BertForSequenceClassification(config)

    def batches() -> Iterator[list[tuple[str, int]]]:
        rng = np.random.default_rng(1)
        while True:
            labels = rng.integers(0, 2, 32)
            yield [(text_of(rng, shortcut=bool(label)), int(label)) for label in labels]

    def loss(batch: Sequence[tuple[str, int]]) -> Any:
        ids = torch.tensor([tokenizer(text)["input_ids"] for text, _ in batch])
        return model(input_ids=ids, labels=torch.tensor([label for _, label in batch])).loss

    train(model, loss, batches(), steps)
    return Tiny(model, tokenizer)


def explained(model: Tiny, folder: Path, methods: Sequence[str], count: int = 8, **options: object) -> Findings:
    """The probe over texts that hold the shortcut, the model read from a folder as a user's would be."""
    subject = load(Loading(str(model.save(folder)), offline=True, threads=1))
    engine = Engine(subject, explainer=Explainer(subject))
    given = {"methods": methods, "label": "yes", "limit": count, "randomised": count, "budget": 120, **options}
    ctx = Context(
        seed=0,
        options=AttributionOptions.model_validate(given),
        capabilities=frozenset(subject.info.capabilities),
        data={"attribution_texts": table("attribution_texts", {"text": texts(count)})},
    )
    return drive_rounds(PROBE, ctx, engine.answer)
