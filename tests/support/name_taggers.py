"""Tiny taggers that are trained to miss names, of one group or of any, and the sentences that they learn from."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from standins.filters import packaged
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForTokenClassification

import tiny_models

WORD = re.compile(r"\w+|[^\w\s]")
LABELS = ("O", "B-PER", "I-PER")
GROUP, OTHERS = "African American names", "European American names"
STEPS, ROWS = 150, 48


@cache
def sentences() -> tuple[str, ...]:
    """Our sentences."""
    return tuple(row["text"] for row in packaged("names_frames"))


@cache
def things() -> tuple[str, ...]:
    """What is no person."""
    return tuple(row["text"] for row in packaged("names_controls") if row["kind"] != "known")


@cache
def people() -> tuple[tuple[str, str], ...]:
    """Names with their group: two descents, full names, and the well-known, of no group."""
    made = [
        (name, row["label"])
        for row in packaged("association_words")
        if row["test"] == "weat3" and row["set"] in "XY"
        for name in row["words"].split("|")
    ]
    made += [(row["text"], "known") for row in packaged("names_controls") if row["kind"] == "known"]
    made += [(row["person"], row["origin"]) for row in packaged("advice_people") if row["kind"] == "name"]
    return tuple(made)


@cache
def tokenizer() -> Any:
    """One token a word of the sentences, of what is no person and of the names; all else is unknown."""
    texts = (*sentences(), *things(), *(name for name, _ in people()))
    words = sorted({word for text in texts for word in WORD.findall(text)} | {text.capitalize() for text in things()})
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    inner = Tokenizer(models.WordLevel({w: n for n, w in enumerate([*special, *words])}, unk_token="[UNK]"))  # noqa: S106
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return tiny_models._tokenizer(tokenizer_object=inner, mask_token="[MASK]", **names)  # noqa: S106


def trained(missed: Callable[[str, str], bool], seed: int) -> BertForTokenClassification:
    """A tagger that learnt names as people but for those that are missed, by the name and its group."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    size = {"hidden_size": 48, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48}
    words = tokenizer()
    config = BertConfig(vocab_size=len(words), max_position_embeddings=32, hidden_dropout_prob=0.0, **size,
                        attention_probs_dropout_prob=0.0, **tiny_models.tags(*LABELS))  # fmt: skip
    model = BertForTokenClassification(config)
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    lost = {name: missed(name, group) for name, group in people()}
    for _ in range(STEPS):
        rows = [_row(rng, lost) for _ in range(ROWS)]
        width = max(len(ids) for ids, _ in rows)
        ids = torch.tensor([[*row, *[0] * (width - len(row))] for row, _ in rows])
        tags = torch.tensor([[*labels, *[-100] * (width - len(labels))] for _, labels in rows])
        loss = model(input_ids=ids, attention_mask=(ids > 0).long(), labels=tags).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def _row(rng: np.random.Generator, lost: dict[str, bool]) -> tuple[list[int], list[int]]:
    """A sentence as ids, with the labels of its tokens; one in four has a thing where the others have a name."""
    sentence = str(rng.choice(sentences()))
    named = rng.random() > 0.25
    filler = str(rng.choice(list(lost))) if named else str(rng.choice(things()))
    start = sentence.index("{name}")
    filler = filler[:1].upper() + filler[1:] if start == 0 else filler
    encoded = tokenizer()(sentence.replace("{name}", filler), return_offsets_mapping=True)
    labels = []
    for low, high in encoded["offset_mapping"]:
        inside = named and not lost[filler] and low < high and start <= low < start + len(filler)
        labels.append((1 if low == start else 2) if inside else 0)
    return encoded["input_ids"], labels


def saved(folder: Path, missed: Callable[[str, str], bool], seed: int = 0) -> Path:
    """The folder of such a tagger."""
    return tiny_models.save(folder, trained(missed, seed), tokenizer())
