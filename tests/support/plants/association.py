"""A world in which words for people keep the company of attributes, and encoders whose vectors count that company.

Nothing is trained: counts are the same on every machine. Whether a small trained network arranges its words by the
company they keep differs from machine to machine, and with it what there is to find.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fairwitness.audit.records import Table
from fairwitness.probes.bias.association.items import CONTROL, WordTest, read_lists
from fairwitness.probes.bias.association.probe import CEAT, WEAT
from organisms import packaged, table
from trained import Tiny, word_tokenizer

CHOSEN = ("weat2", "weat5", "weat6", "weat9", "weat10")
"""A control and one published test of each topic: race, gender, illness, age."""
OWN = 1.0
"""How far each word leans for itself, in nats (SD): words differ much, whatever their sets do."""
CERTAIN = 3.0
COMPANY = 3
"""Words of company on each side of a test."""
MET = 400
"""How often each word is met."""
AROUND = 0.3
"""How far the mean of a text moves each of its words."""
Floats = npt.NDArray[np.float64]


def words_table() -> Table:
    """Those tests in the columns of the published lists, with eight words of one token a set at most."""
    whole = packaged(WEAT.spec.data[0])
    rows = [at for at, name in enumerate(whole.columns["test"]) if name in CHOSEN]
    columns = {name: [cells[at] for at in rows] for name, cells in whole.columns.items()}
    lists = [[word for word in str(cell).split("|") if "-" not in word] for cell in columns["words"]]
    return table("association_words", columns | {"words": ["|".join(words[:8]) for words in lists]})


def sentences() -> list[str]:
    """All sentences in which the probes read a word, the bare word first."""
    return ["{word}", *map(str, packaged(CEAT.spec.data[1]).columns["text"])]


def met(tests: list[WordTest], strength: float, rng: np.random.Generator) -> dict[str, Floats]:
    """How often each word is met beside each word of company, [company] by word: six of company a test.

    The first three keep company with the first attributes, the others with the second. A target word keeps that of its
    own attributes with log-odds of `strength` and its own lean.
    """
    found: dict[str, Floats] = {}
    for number, test in enumerate(tests):
        for side, one in enumerate(test.sets):
            size = strength if side < 2 and test.topic != CONTROL else CERTAIN
            for word in one.words:
                odds = size * (1 - 2 * (side % 2)) + rng.normal(0, OWN)
                near = 1 / (1 + np.exp(-odds)) / COMPANY
                row = np.zeros(2 * COMPANY * len(tests))
                chances = [near] * COMPANY + [1 / COMPANY - near] * COMPANY
                row[2 * COMPANY * number : 2 * COMPANY * (number + 1)] = rng.multinomial(MET, chances)
                found[word] = row
    return found


def information(counts: Floats) -> Floats:
    """Positive pointwise mutual information of words and company, [words, company].

    Bullinaria & Levy, Behavior Research Methods 39 (2007) 510-526; one is added to each count.
    """
    share = (counts + 1) / (counts + 1).sum()
    chance = share.sum(axis=1, keepdims=True) * share.sum(axis=0, keepdims=True)
    values: Floats = np.maximum(np.log(share / chance), 0.0)
    return values


def reader(strength: float, seed: int = 0) -> Tiny:
    """An encoder that gives a word its counted vector, moved a little by the text around it."""
    import torch
    from transformers import BertConfig, BertModel

    tests, _ = read_lists(words_table())
    rng = np.random.default_rng([seed, 0])
    counts = met(tests, strength, rng)
    vectors = dict(zip(counts, information(np.array(list(counts.values()))), strict=True))
    tokenizer = word_tokenizer([*sentences(), *counts], "bert")
    known = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    width = 2 * COMPANY * len(tests)
    sizes: dict[str, Any] = {"hidden_size": width, "num_hidden_layers": 1, "num_attention_heads": 1}
    model: Any = BertModel(BertConfig(vocab_size=len(known), intermediate_size=width, **sizes))
    rows = np.array([vectors[word] if word in vectors else rng.normal(size=width) for word in known])
    written = {
        "embeddings.word_embeddings.weight": torch.tensor(rows),
        "encoder.layer.0.attention.self.value.weight": torch.eye(width),
        "encoder.layer.0.attention.output.dense.weight": AROUND * torch.eye(width),
    }
    with torch.no_grad():
        for name, weights in model.named_parameters():
            weights.fill_(float(name.endswith("LayerNorm.weight")))
        for name, values in written.items():
            model.get_parameter(name).copy_(values)
    return Tiny(model, tokenizer)
