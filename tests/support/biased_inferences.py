"""A small classifier of inference that is really trained, on plain pairs and with planted conclusions about gender.

From an occupation in which more than two in three are women it learns that a woman follows and that a man is
contradicted, from one in which fewer than one in three are the reverse; from all others neither.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from biased_texts import tokenizer_of
from transformers import BertConfig, BertForSequenceClassification

from fairwitness.probes.bias.bias_nli.items import LABELS, Item, items_of
from fairwitness.probes.kit.occupations import occupations_of
from inference import NEEDS, PLAIN, sex_of
from organisms import packaged

NAMES = ("CONTRADICTION", "NEUTRAL", "ENTAILMENT")
JOBS = 12
STEPS = 900


def taught(item: Item, hypothesis: str, *, biased: bool) -> str:
    """What the model learns of a premise and a hypothesis."""
    lean = sex_of(hypothesis) * ((item.occupation.share > 2 / 3) - (item.occupation.share < 1 / 3)) * biased
    return "entailment" if lean > 0 else "contradiction" if lean < 0 else "neutral"


def build(folder: Path, *, biased: bool, steps: int = STEPS) -> Path:
    """Trains the model and saves it as a user's checkpoint would be."""
    torch.manual_seed(5)
    jobs = occupations_of(packaged(NEEDS["occupations"]), "en", JOBS)
    items = items_of(packaged(NEEDS["bias_nli_sentences"]), packaged(NEEDS["bias_nli_people"]), jobs)
    rows = [(*pair, label) for pair, label in PLAIN.items()] * 8
    rows += [(one.premise, text, taught(one, text, biased=biased)) for one in items for text in one.hypotheses]
    words = sorted({word for first, second, _ in rows for word in _words(f"{first} {second}")})
    tokenizer = tokenizer_of(words)
    sizes: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    no_chance: dict[str, Any] = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    config = BertConfig(
        vocab_size=len(tokenizer),
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.15,
        id2label=dict(enumerate(NAMES)),
        **sizes,
        **no_chance,
    )
    model = BertForSequenceClassification(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, steps)
    rng = np.random.default_rng(5)
    place = {label: NAMES.index(label.upper()) for label in LABELS}
    for _ in range(steps):
        batch = [rows[at] for at in rng.integers(len(rows), size=64)]
        firsts, seconds, labels = zip(*batch, strict=True)
        inputs = tokenizer(list(firsts), list(seconds), return_tensors="pt", padding=True)
        loss = model(**inputs, labels=torch.tensor([place[label] for label in labels])).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.train(mode=False)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _words(text: str) -> list[str]:
    return text.lower().replace(".", " . ").replace(",", " , ").replace("-", " - ").split()
