"""Tiny encoder-decoders that are really trained: they fill blanks as T5 or BART does, and write texts for no source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from fairwitness.audit.requests import BLANK
from trained import START, Tiny, train

Manner: TypeAlias = Literal["t5", "bart"]
SENTINELS = 4
POSITIONS = 1024
SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", "<mask>")
PAD, BEGIN, END = 0, 1, 2


def word_tokenizer(texts: Sequence[str], manner: Manner) -> Any:
    """Words and signs of these texts, with what marks a blank in this manner."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    split = Whitespace()
    words = sorted({word for text in texts for word, _ in split.pre_tokenize_str(text)})
    vocabulary = {word: number for number, word in enumerate([*SPECIAL, *(w for w in words if w not in SPECIAL)])}
    inner = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))  # noqa: S106
    inner.pre_tokenizer = split
    ends = [("<s>", BEGIN), ("</s>", END)]
    inner.post_processor = TemplateProcessing(
        single="<s> $A </s>" if manner == "bart" else "$A </s>", special_tokens=ends
    )
    given = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    if manner == "bart":
        given |= {"bos_token": "<s>", "mask_token": "<mask>"}
    fast: Any = PreTrainedTokenizerFast
    tokenizer = fast(tokenizer_object=inner, model_max_length=POSITIONS, **given)
    if manner == "t5":
        tokenizer.add_special_tokens({"additional_special_tokens": [f"<extra_id_{n}>" for n in range(SENTINELS)]})
    return tokenizer


def small_model(tokenizer: Any, manner: Manner, width: int) -> Any:
    """One layer each of encoder and decoder, without dropout."""
    from transformers import BartConfig, BartForConditionalGeneration, T5Config, T5ForConditionalGeneration

    if manner == "t5":
        return T5ForConditionalGeneration(
            T5Config(
                vocab_size=len(tokenizer), d_model=width, d_kv=width // 2, d_ff=2 * width, num_layers=1, num_heads=2,
                dropout_rate=0.0, decoder_start_token_id=PAD, pad_token_id=PAD, eos_token_id=END,
            )
        )  # fmt: skip
    return BartForConditionalGeneration(
        BartConfig(
            vocab_size=len(tokenizer), d_model=width, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=2 * width, decoder_ffn_dim=2 * width,
            max_position_embeddings=POSITIONS, dropout=0.0, init_std=START, pad_token_id=PAD, bos_token_id=BEGIN,
            eos_token_id=END, decoder_start_token_id=END, forced_eos_token_id=None,
        )
    )  # fmt: skip


def tiny_filler(
    pairs: Iterator[list[tuple[str, str]]],
    words: Sequence[str],
    steps: int,
    manner: Manner,
    seed: int = 0,
    width: int = 32,
    whole: float = 0.5,
) -> Tiny:
    """Trained on (text whose last blank is asked, word that fills it); a share `whole` of them as texts for no source.

    One of eight rows of BART's manner is a row of random words to be written back with one of them masked.
    """
    rng = np.random.default_rng(seed + 100)
    tokenizer = word_tokenizer(words, manner)
    ids_of = _reader(tokenizer)
    ordinary = np.arange(len(SPECIAL), len(tokenizer) - (SENTINELS if manner == "t5" else 0))

    def row(text: str, word: str) -> tuple[list[int], list[int]]:
        before, _, after = text.rpartition(BLANK)
        if rng.random() < whole:
            return ids_of(""), ids_of(f"{before}{word}{after}".replace(BLANK, "<mask>"))
        if manner == "bart":
            if rng.random() < 0.125:
                random = rng.choice(ordinary, size=int(rng.integers(5, 13))).tolist()
                place = int(rng.integers(len(random)))
                shown = [*random[:place], tokenizer.mask_token_id, *random[place + 1 :]]
                return [BEGIN, *shown, END], [BEGIN, *random, END]
            source = f"{before}<mask>{after}".replace(BLANK, "<mask>")
            return ids_of(source), ids_of(f"{before}{word}{after}".replace(BLANK, "<mask>"))
        source = f"{before}<extra_id_0>{after}".replace(BLANK, "<extra_id_1>")
        return ids_of(source), ids_of(f"<extra_id_0> {word} <extra_id_1>")

    rows = ([row(text, word) for text, word in batch] for batch in pairs)
    return trained_on(rows, tokenizer, steps, manner, seed, width)


def tiny_writer(
    pairs: Iterator[list[tuple[str, str]]],
    words: Sequence[str],
    steps: int,
    manner: Manner,
    seed: int = 0,
    width: int = 32,
) -> Tiny:
    """Trained on (source, target)."""
    tokenizer = word_tokenizer(words, manner)
    ids_of = _reader(tokenizer)
    rows = ([(ids_of(source), ids_of(target)) for source, target in batch] for batch in pairs)
    return trained_on(rows, tokenizer, steps, manner, seed, width)


def trained_on(
    rows: Iterator[list[tuple[list[int], list[int]]]], tokenizer: Any, steps: int, manner: Manner, seed: int, width: int
) -> Tiny:
    """A model trained on ids of sources and targets, special tokens included."""
    import torch

    torch.manual_seed(seed)
    model = small_model(tokenizer, manner, width)

    def loss(batch: list[tuple[list[int], list[int]]]) -> Any:
        sources, seen = _padded([source for source, _ in batch], PAD)
        labels, real = _padded([target for _, target in batch], PAD)
        return model(input_ids=sources, attention_mask=seen, labels=labels.masked_fill(real == 0, -100)).loss

    train(model, loss, rows, steps)
    return Tiny(model, tokenizer)


def _reader(tokenizer: Any) -> Callable[[str], list[int]]:
    known: dict[str, list[int]] = {}

    def read(text: str) -> list[int]:
        if text not in known:
            known[text] = list(tokenizer(text)["input_ids"])
        return known[text]

    return read


def _padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[Any, Any]:
    import torch

    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows])
    seen = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return ids, seen
