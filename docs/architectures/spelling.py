"""Tiny tokenizers with the habits of their families, trained on a few sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

TEXTS = (
    "The nurse said that she was tired, and the doctor went home.",
    "My neighbour, an engineer, wasn't late for the meeting.",
    "She left. He stayed because of the rain in the city.",
    "A teacher and a firefighter walked to the old station together.",
    "Nobody in the village knew why the baker had left so early.",
    "Who repaired the radio? The engineer did, and he was paid at noon.",
)
SIZE = 420


def tokenizer(kind: str) -> Any:
    """A new tokenizer of that kind, a key of `KINDS`."""
    return KINDS[kind]()


def _fast(inner: Tokenizer, **given: Any) -> Any:
    make: Any = PreTrainedTokenizerFast
    return make(tokenizer_object=inner, **given)


@cache
def _trained(model: str, special: tuple[str, ...], setup: Callable[[Tokenizer], None]) -> str:
    """A trained tokenizer as its file would hold it."""
    unknown = next((token for token in special if "unk" in token.lower()), None)
    if model == "pieces":
        inner = Tokenizer(models.WordPiece(unk_token=str(unknown)))
        trainer: Any = trainers.WordPieceTrainer(vocab_size=SIZE, special_tokens=list(special), show_progress=False)
    elif model == "unigram":
        inner = Tokenizer(models.Unigram())
        trainer = trainers.UnigramTrainer(
            vocab_size=SIZE, special_tokens=list(special), unk_token=unknown, show_progress=False
        )
    else:
        inner = Tokenizer(models.BPE())
        alphabet = pre_tokenizers.ByteLevel.alphabet() if model == "bytes" else []
        trainer = trainers.BpeTrainer(
            vocab_size=SIZE, special_tokens=list(special), initial_alphabet=alphabet, show_progress=False
        )
    setup(inner)
    inner.train_from_iterator(TEXTS, trainer)
    return str(inner.to_str())


def _new(model: str, special: Sequence[str], setup: Callable[[Tokenizer], None]) -> Tokenizer:
    return Tokenizer.from_str(_trained(model, tuple(special), setup))


def _template(inner: Tokenizer, single: str, pair: str, *special: str) -> None:
    named = [(token, inner.token_to_id(token)) for token in special]
    inner.post_processor = processors.TemplateProcessing(single=single, pair=pair, special_tokens=named)


def _mask(inner: Tokenizer, text: str) -> AddedToken:
    """The mask, which takes the blank before it."""
    mask = AddedToken(text, lstrip=True, normalized=False, special=True)
    inner.add_special_tokens([mask])
    return mask


def _of_words(inner: Tokenizer) -> None:
    inner.normalizer = normalizers.BertNormalizer(lowercase=True)
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.decoder = decoders.WordPiece()


def _of_bytes(inner: Tokenizer) -> None:
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()


def _of_blanks(inner: Tokenizer) -> None:
    inner.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    inner.decoder = decoders.Metaspace()


def _bert() -> Any:
    inner = _new("pieces", ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], _of_words)
    _template(inner, "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", "[CLS]", "[SEP]")
    inputs = ["input_ids", "token_type_ids", "attention_mask"]
    return _fast(inner, model_input_names=inputs, mask_token="[MASK]", **_NAMES)  # noqa: S106


def _roberta() -> Any:
    inner = _new("bytes", ["<s>", "<pad>", "</s>", "<unk>"], _of_bytes)
    mask = _mask(inner, "<mask>")
    inner.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True)
    return _fast(inner, mask_token=mask, **_ENDS)


def _modernbert() -> Any:
    inner = _new("bytes", ["[PAD]", "[UNK]", "[CLS]", "[SEP]"], _of_bytes)
    mask = _mask(inner, "[MASK]")
    _template(inner, "[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]", "[CLS]", "[SEP]")
    return _fast(inner, mask_token=mask, model_input_names=["input_ids", "attention_mask"], **_NAMES)


def _gpt2() -> Any:
    inner = _new("bytes", ["<|end|>"], _of_bytes)
    return _fast(inner, bos_token="<|end|>", eos_token="<|end|>")  # noqa: S106


def _qwen() -> Any:
    inner = _new("bytes", ["<|endoftext|>", "<|im_end|>"], _of_bytes)
    return _fast(inner, eos_token="<|im_end|>", pad_token="<|endoftext|>")  # noqa: S106


def _llama() -> Any:
    inner = _new("words", ["<unk>", "<s>", "</s>"], _of_blanks)
    _template(inner, "<s> $A", "<s> $A <s> $B", "<s>")
    return _fast(inner, bos_token="<s>", eos_token="</s>", unk_token="<unk>")  # noqa: S106


def _sentencepiece() -> Any:
    inner = _new("unigram", ["<s>", "<pad>", "</s>", "<unk>"], _of_blanks)
    mask = _mask(inner, "<mask>")
    _template(inner, "<s> $A </s>", "<s> $A </s> </s> $B </s>", "<s>", "</s>")
    return _fast(inner, mask_token=mask, **_ENDS)


def _albert() -> Any:
    inner = _new("unigram", ["[PAD]", "[UNK]", "[CLS]", "[SEP]"], _of_blanks)
    mask = _mask(inner, "[MASK]")
    _template(inner, "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", "[CLS]", "[SEP]")
    return _fast(inner, mask_token=mask, **_NAMES)


def _t5() -> Any:
    inner = _new("unigram", ["<pad>", "</s>", "<unk>"], _of_blanks)
    inner.add_special_tokens([AddedToken(f"<extra_id_{number}>", special=True) for number in range(3)])
    _template(inner, "$A </s>", "$A </s> $B </s>", "</s>")
    return _fast(inner, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")  # noqa: S106


def _mbart() -> Any:
    inner = _new("unigram", ["<s>", "<pad>", "</s>", "<unk>", "en_XX", "de_DE"], _of_blanks)
    mask = _mask(inner, "<mask>")
    _template(inner, "$A </s> en_XX", "$A $B </s> en_XX", "</s>", "en_XX")
    return _fast(inner, mask_token=mask, **_ENDS)


def _xlnet() -> Any:
    inner = _new("unigram", ["<unk>", "<s>", "</s>", "<cls>", "<sep>", "<pad>"], _of_blanks)
    mask = _mask(inner, "<mask>")
    _template(inner, "$A:0 <sep>:0 <cls>:2", "$A:0 <sep>:0 $B:1 <sep>:1 <cls>:2", "<sep>", "<cls>")
    names = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "<sep>", "cls_token": "<cls>"}
    return _fast(inner, mask_token=mask, pad_token="<pad>", padding_side="left", **names)  # noqa: S106


_NAMES = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
_ENDS = {
    "bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>",
    "unk_token": "<unk>",
}  # fmt: skip
KINDS: Mapping[str, Callable[[], Any]] = {
    "bert": _bert,
    "roberta": _roberta,
    "modernbert": _modernbert,
    "gpt2": _gpt2,
    "qwen": _qwen,
    "llama": _llama,
    "sentencepiece": _sentencepiece,
    "albert": _albert,
    "xlnet": _xlnet,
    "t5": _t5,
    "mbart": _mbart,
}
