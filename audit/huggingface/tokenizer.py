"""Loads a tokenizer and tries it: refused where it came from no file, knows no words or belongs to another model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from transformers import AutoTokenizer

from fairwitness.audit.errors import CorruptModel, MissingExtra, UnfitModel, WrongTask
from fairwitness.audit.huggingface.kinds import KINDS
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.huggingface.source import Loading, Source
from fairwitness.audit.reasons import note
from fairwitness.audit.records import Name, Note

VOCABULARIES = (
    "tokenizer.json", "vocab.json", "vocab.txt", "spiece.model", "tokenizer.model", "sentencepiece.bpe.model",
    "tekken.json",
)  # fmt: skip
"""Files that hold a vocabulary; a tokenizer class may name others."""
SENTENCES = (
    "The nurse said that she was tired, and the doctor went home.",
    "L'infirmière a dit qu'elle était fatiguée.",
    "Медсестра сказала, что она устала.",
    "قالت الممرضة إنها متعبة.",
    "नर्स ने कहा कि वह थकी हुई थी।",
    "护士说她累了。",
)
"""Plain sentences of six languages and four scripts: a tokenizer of any language knows something of one of them."""
STRANGE = "\ue000 \U0001f9ff"
"""Characters that only a tokenizer of bytes can spell."""
WORDS_TRIED = 200
"""How many words of its own vocabulary a tokenizer is loading to find again."""
FED = ("pad_token_id", "bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id", "mask_token_id", "unk_token_id")


@dataclass(frozen=True, slots=True)
class Fit:
    """How a tokenizer fits its model: special tokens that have no embedding, and what to know of it."""

    without_embedding: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def load_tokenizer(loading: Loading, source: Source) -> Any:
    """The tokenizer of a folder. Raises UnfitModel where the folder has none, WrongTask where it lacks what is needed.

    Where no file holds a vocabulary, transformers makes an empty tokenizer that reads every word as unknown.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            source.tokenizer or source.folder, trust_remote_code=loading.trust_remote_code, local_files_only=True
        )
    except ImportError as error:
        raise MissingExtra(f"the tokenizer of {loading.spec} needs a library: {one_line(error)}") from error
    except Exception as error:
        _need_files(loading, source, VOCABULARIES)
        raise CorruptModel(f"the tokenizer of {loading.spec} cannot be loaded: {one_line(error)}") from error
    named = getattr(type(tokenizer), "vocab_files_names", {}).values()
    _need_files(loading, source, (*VOCABULARIES, *(name for name in named if name)))
    check_kind(loading.spec, tokenizer, source.task, source.architecture)
    return tokenizer


def check_kind(spec: str, tokenizer: Any, task: str, architecture: str) -> None:
    """Raises WrongTask where a tokenizer gives no offsets of characters, or lacks the mask that its model fills."""
    if not tokenizer.is_fast and KINDS[task].reading != "pictures":
        raise WrongTask(f"the tokenizer of {spec} gives no character offsets; save it as tokenizer.json")
    if KINDS[task].reading == "masked tokens" and tokenizer.mask_token_id is None:
        raise WrongTask(f"{spec} is {architecture}, but its tokenizer has no mask token")


def _need_files(loading: Loading, source: Source, names: tuple[str, ...]) -> None:
    if not any(((source.tokenizer or source.folder) / name).is_file() for name in names):
        raise UnfitModel(
            f"{loading.spec} holds no tokenizer: tokenizer.json is missing, and no other file holds a vocabulary; save "
            "it there with tokenizer.save_pretrained"
        )


def check_tokenizer(spec: str, tokenizer: Any, rows: int) -> Fit:
    """Tries a tokenizer with words and with a model of so many embeddings. Raises UnfitModel where it cannot be used.

    A special token without an embedding that only a text itself could hold is no reason to refuse a model; a word is.
    """
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    special = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    special |= set(tokenizer.all_special_ids)
    words = sorted(number for number in vocabulary.values() if number not in special)
    if not words:
        raise UnfitModel(f"the tokenizer of {spec} holds {len(special)} special tokens and no words")
    without = _without_embedding(spec, tokenizer, vocabulary, words, special, rows)
    notes = []
    if without:
        notes.append(note("no_embedding", "unknown_texts", tokens=Name(", ".join(without))))
    known = any(any(number != tokenizer.unk_token_id for number in _plain(tokenizer, text)) for text in SENTENCES)
    finds_words = _finds_its_words(tokenizer, words)
    if finds_words is False or (finds_words is None and not known):
        raise UnfitModel(
            f"the tokenizer of {spec} finds none of its own {len(words)} words in a text: its vocabulary and its rules "
            "do not belong together"
            if finds_words is False and known
            else f"the tokenizer of {spec} turns words into nothing but unknown tokens: every text would look the same"
        )
    if not known:
        notes.append(note("no_plain_word", "unknown_texts"))
    return Fit(without, tuple(notes))


def _without_embedding(
    spec: str, tokenizer: Any, vocabulary: dict[str, int], words: list[int], special: set[int], rows: int
) -> tuple[str, ...]:
    """Special tokens beyond the embedding. Raises UnfitModel where the sizes show that the two are strangers."""
    last = words[-1]
    fed = {name: number for name in FED if (number := getattr(tokenizer, name)) is not None and number >= rows}
    fed.pop("pad_token_id", None)  # padding is masked, so that another id serves
    if tokenizer.unk_token_id not in _plain(tokenizer, STRANGE):
        fed.pop("unk_token_id", None)  # a tokenizer of bytes knows everything
    if last >= rows or fed:
        token = tokenizer.convert_ids_to_tokens(last if last >= rows else max(fed.values()))
        raise UnfitModel(
            f"the tokenizer of {spec} has {len(vocabulary)} tokens and the model {rows} embeddings, none for "
            f"{token!r}: one of them belongs to another model, or tokens were added and "
            "model.resize_token_embeddings was not called"
        )
    if 2 * len(vocabulary) < rows:
        raise UnfitModel(
            f"the tokenizer of {spec} has {len(vocabulary)} tokens and the model {rows} embeddings: they belong to two "
            "models"
        )
    return tuple(sorted(token for token, number in vocabulary.items() if number in special and number >= rows))


def _finds_its_words(tokenizer: Any, words: list[int]) -> bool | None:
    """Whether one of the tokenizer's own words, read as a text, comes back; None where it has no longer ones."""
    tried = 0
    for number, text in _spellings(tokenizer, words):
        tried += 1
        if number in _plain(tokenizer, text):
            return True
    return False if tried else None


def _spellings(tokenizer: Any, words: list[int]) -> Iterator[tuple[int, str]]:
    """Words of more than one character, spread over the vocabulary, as they would stand in a text."""
    for number in words[:: max(1, len(words) // WORDS_TRIED)]:
        text = tokenizer.decode([number], clean_up_tokenization_spaces=False)
        if len(text.strip()) > 1 and "\ufffd" not in text:
            yield number, text


def _plain(tokenizer: Any, text: str) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=False, truncation=False, verbose=False)["input_ids"]
    return ids
