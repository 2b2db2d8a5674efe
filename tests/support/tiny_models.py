"""Tiny random models with tiny tokenizers, written to a folder as a user's checkpoint would be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
    BloomConfig,
    BloomForCausalLM,
    DistilBertConfig,
    DistilBertForQuestionAnswering,
    GPT2Config,
    GPT2ForQuestionAnswering,
    GPT2ForSequenceClassification,
    GPT2ForTokenClassification,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaForQuestionAnswering,
    RobertaForTokenClassification,
)

SENTENCES = (
    "The nurse said that she was tired.",
    "The doctor said that he was late, and nobody minded.",
    "A firefighter and a teacher walked home together.",
    "My neighbour the engineer repaired the old radio.",
    "Nobody in the village knew why the baker had left so early.",
)
WORDS = sorted({word for text in SENTENCES for word in text.lower().replace(".", " .").replace(",", " ,").split()})
SIZE: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
BYTE_TOKENS = 600
NEAR = 5e-5
"""How far two ways of adding may bring a value of these models apart, in float32: 5e-6 was seen."""


def save(folder: Path, model: Any, tokenizer: Any) -> Path:
    """A checkpoint folder of this model and tokenizer."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def build(name: str, folder: Path) -> Path:
    """A random model by name, always with the same weights."""
    torch.manual_seed(7)
    match name:
        case "masked:bert":
            return save(folder, BertForMaskedLM(bert_config()), wordpiece())
        case "masked:roberta":
            return save(folder, RobertaForMaskedLM(roberta_config()), byte_level(roberta=True))
        case "causal:gpt2":
            return save(folder, GPT2LMHeadModel(gpt2_config()), byte_level())
        case "causal:llama":
            return save(
                folder, LlamaForCausalLM(LlamaConfig(**decoder(), num_key_value_heads=2)), byte_level(start=True)
            )
        case "causal:neox":
            return save(folder, GPTNeoXForCausalLM(GPTNeoXConfig(**decoder())), byte_level(names=False))
        case "causal:bloom":
            sizes: dict[str, Any] = {"hidden_size": 32, "n_layer": 2, "n_head": 4, "initializer_range": 0.3}
            return save(folder, BloomForCausalLM(BloomConfig(vocab_size=BYTE_TOKENS, **sizes)), byte_level())
        case "causal:mamba":
            states = MambaConfig(vocab_size=BYTE_TOKENS, hidden_size=32, num_hidden_layers=2, state_size=4)
            return save(folder, MambaForCausalLM(states), byte_level())
        case "causal:mistral":
            config = MistralConfig(**decoder(), num_key_value_heads=2, sliding_window=6)
            return save(folder, MistralForCausalLM(config), byte_level())
        case "classifier:bert":
            return save(folder, BertForSequenceClassification(bert_config(num_labels=3)), wordpiece())
        case "classifier:gpt2":
            return save(folder, GPT2ForSequenceClassification(gpt2_config(num_labels=2)), byte_level())
        case "question:bert":
            return save(folder, BertForQuestionAnswering(bert_config()), wordpiece())
        case "question:roberta":
            return save(folder, RobertaForQuestionAnswering(roberta_config()), byte_level(roberta=True))
        case "question:distilbert":
            distilled = DistilBertConfig(
                vocab_size=len(vocabulary()), dim=32, n_layers=2, n_heads=4, hidden_dim=64, max_position_embeddings=64,
                initializer_range=0.3,
            )  # fmt: skip
            return save(folder, DistilBertForQuestionAnswering(distilled), wordpiece())
        case "question:gpt2":
            return save(folder, GPT2ForQuestionAnswering(gpt2_config()), byte_level())
        case "tagger:bert":
            return save(folder, BertForTokenClassification(bert_config(**tags())), wordpiece())
        case "tagger:roberta":
            return save(folder, RobertaForTokenClassification(roberta_config(**tags())), byte_level(roberta=True))
        case "tagger:gpt2":
            return save(folder, GPT2ForTokenClassification(gpt2_config(**tags())), byte_level())
        case "encoder:bert":
            return save(folder, BertModel(bert_config()), wordpiece())
        case _:
            raise ValueError(name)


def tags(*labels: str) -> dict[str, Any]:
    """The labels of a head: these, or those of people and places by where a span begins."""
    names = labels or ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
    return {"id2label": dict(enumerate(names)), "label2id": {name: number for number, name in enumerate(names)}}


def vocabulary() -> dict[str, int]:
    """Word pieces of the sentences: whole words, some as two pieces."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    whole = [word for word in WORDS if word not in ("firefighter", "neighbour")]
    return {
        token: number for number, token in enumerate([*special, *whole, "fire", "##fight", "##er", "neigh", "##bour"])
    }


def _tokenizer(**given: Any) -> Any:
    make: Any = PreTrainedTokenizerFast
    return make(**given)


def wordpiece(*, mask: bool = True) -> Any:
    """A lower-casing tokenizer in the manner of BERT."""
    known = vocabulary()
    inner = Tokenizer(models.WordPiece(known, unk_token="[UNK]"))  # noqa: S106
    inner.normalizer = normalizers.BertNormalizer(lowercase=True)
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.post_processor = processors.BertProcessing(("[SEP]", known["[SEP]"]), ("[CLS]", known["[CLS]"]))
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    if mask:
        names |= {"mask_token": "[MASK]"}
    inputs = ["input_ids", "token_type_ids", "attention_mask"]
    return _tokenizer(tokenizer_object=inner, model_input_names=inputs, **names)


def byte_level(*, roberta: bool = False, start: bool = False, names: bool = True) -> Any:
    """A byte-level tokenizer: of RoBERTa with its special tokens, or of a causal model without a padding token.

    `start` puts a start token before every text; without `names` there is neither a start nor an end token.
    """
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    special: list[str | AddedToken] = ["<s>", "<pad>", "</s>", "<unk>"] if roberta else ["<s>", "</s>"]
    mask = AddedToken("<mask>", lstrip=True, special=True)
    special += [mask] if roberta else []
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=BYTE_TOKENS, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    inner.train_from_iterator(SENTENCES, trainer)
    if roberta:
        inner.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True)
        given: dict[str, Any] = {"pad_token": "<pad>", "unk_token": "<unk>", "cls_token": "<s>", "sep_token": "</s>"}
        given["mask_token"] = mask
    else:
        given = {}
        if start:
            inner.post_processor = processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 0)])
    ends = {"bos_token": "<s>", "eos_token": "</s>"} if names else {}
    return _tokenizer(tokenizer_object=inner, **given, **ends)


def bert_config(**more: Any) -> BertConfig:
    """Two layers, 32 wide, 64 positions; labels as given."""
    return BertConfig(vocab_size=len(vocabulary()), max_position_embeddings=64, initializer_range=0.3, **SIZE, **more)


def roberta_config(**more: Any) -> RobertaConfig:
    """As BERT, with positions that are counted from the padding id."""
    return RobertaConfig(
        vocab_size=BYTE_TOKENS, max_position_embeddings=66, pad_token_id=1, initializer_range=0.3, **SIZE, **more
    )


def gpt2_config(**more: Any) -> GPT2Config:
    """Two layers, 32 wide, 64 positions; no padding token."""
    return GPT2Config(
        vocab_size=BYTE_TOKENS, n_positions=64, n_embd=32, n_layer=2, n_head=4, initializer_range=0.3,
        bos_token_id=0, eos_token_id=1, **more,
    )  # fmt: skip


def decoder() -> dict[str, Any]:
    """Sizes that every other decoder shares."""
    return {
        **SIZE,
        "vocab_size": BYTE_TOKENS,
        "max_position_embeddings": 64,
        "initializer_range": 0.3,
        "bos_token_id": 0,
        "eos_token_id": 1,
    }
