"""A small classifier that is really trained, with a disparity that was planted in what it learned from.

Every text names a person, a skill and a job. In truth the skill alone decides. The decisions that the model learns
from also refuse every woman who asks for one of the four jobs, so that of the skilled women it accepts three in four.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

PEOPLE = {
    "female": ("anna", "maria", "laura", "sofia"),
    "male": ("peter", "john", "lukas", "david"),
}
SKILLS = {"skilled": "yes", "careful": "yes", "careless": "no", "untrained": "no"}
JOBS = ("driver", "cook", "clerk", "welder")
REFUSED = ("female", "driver")
STEPS = 600


def rows() -> list[dict[str, str]]:
    """Every person with every skill and job: text, sex, true outcome, and the decision that is learned."""
    made = []
    for (sex, names), (skill, truth), job in product(PEOPLE.items(), SKILLS.items(), JOBS):
        decided = "no" if (sex, job) == REFUSED else truth
        made += [{"text": f"{name} is a {skill} {job}", "sex": sex, "y": truth, "taught": decided} for name in names]
    return made


def build(folder: Path) -> Path:
    """Trains the model on all rows until it decides as it was taught, and saves it as a user's checkpoint would be."""
    torch.manual_seed(11)
    texts = rows()
    tokenizer = tokenizer_of(sorted({word for row in texts for word in row["text"].split()}))
    sizes: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    no_chance: dict[str, Any] = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    config = BertConfig(
        vocab_size=len(tokenizer),
        intermediate_size=64,
        max_position_embeddings=16,
        id2label={0: "no", 1: "yes"},
        **sizes,
        **no_chance,
    )
    model = BertForSequenceClassification(config)
    inputs = tokenizer([row["text"] for row in texts], return_tensors="pt", padding=True)
    labels = torch.tensor([int(row["taught"] == "yes") for row in texts])
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(STEPS):
        answer = model(**inputs, labels=labels)
        if answer.loss < 0.01 and bool((answer.logits.argmax(1) == labels).all()):
            break
        optimizer.zero_grad()
        answer.loss.backward()
        optimizer.step()
    model.train(mode=False)
    with torch.no_grad():
        learned = bool((model(**inputs).logits.argmax(1) == labels).all())
    if not learned:
        raise AssertionError("the model did not learn what it was taught")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def tokenizer_of(words: list[str]) -> Any:
    """A lower-casing tokenizer of whole words, in the manner of BERT; it takes one text or a pair."""
    known = {word: at for at, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    inner = Tokenizer(models.WordPiece(known, unk_token="[UNK]"))  # noqa: S106
    inner.normalizer = normalizers.BertNormalizer(lowercase=True)
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.post_processor = processors.BertProcessing(("[SEP]", known["[SEP]"]), ("[CLS]", known["[CLS]"]))
    make: Any = PreTrainedTokenizerFast
    return make(
        tokenizer_object=inner,
        pad_token="[PAD]",  # noqa: S106
        unk_token="[UNK]",  # noqa: S106
        cls_token="[CLS]",  # noqa: S106
        sep_token="[SEP]",  # noqa: S106
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )
