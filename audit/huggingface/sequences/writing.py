"""How an encoder-decoder is made to write: the tokens that every target begins with, its language, and its blanks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface.encode import Encoder
from fairwitness.audit.requests import LogLikelihood, Unanswered
from fairwitness.audit.turns import outside_a_chat

BlankKind: TypeAlias = Literal["spans", "mask", ""]
"""How a source marks a blank: by sentinels between which the target has what fills them (T5), by a mask token that the
target has filled in (BART), or not at all."""
SENTINELS = ("<extra_id_0>", "<extra_id_1>")
"""First of the tokens that T5 marks spans with (Raffel et al. 2020, https://arxiv.org/abs/1910.10683, 3.1.4)."""
LANGUAGE = re.compile(r"[a-z]{2,3}_[A-Z][A-Za-z]{1,3}|__[a-z]{2,3}__")
"""Tokens that name a language: en_XX of mBART, eng_Latn of NLLB, __en__ of M2M100."""
MARKED = re.compile(r">>[A-Za-z_]+<<")
"""The same where it stands at the beginning of the source, as in Marian models of several target languages."""
TRANSLATORS = frozenset({"marian", "fsmt", "m2m_100", "nllb-moe", "seamless_m4t", "seamless_m4t_v2"})
"""Model types whose models translate and do nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What does not depend on the text.

    `lead` are the ids that each target begins with and that are not scored; `before` and `behind` those that the
    tokenizer puts around a source.
    """

    lead: tuple[int, ...]
    before: tuple[int, ...]
    behind: tuple[int, ...]
    ends: tuple[int, ...]
    """Ids of which each ends a target."""
    blanks: BlankKind = ""
    sentinels: tuple[int, ...] = ()
    translates: bool = False
    """Whether it says a source again in another language, so that without one there is nothing to say."""
    source_language: str = ""
    target_language: str = ""
    cached: bool = False
    """Whether it goes on from what it kept of the tokens before, row by row, as it does in one pass."""


def find_writing(spec: str, model: Any, encoder: Encoder) -> Writing:
    """How this model writes, from its configuration and its tokenizer.

    Raises UnfitModel where nothing says which token a target begins with or in which language it is written, or where
    targets have a vocabulary of their own.
    """
    config, tokenizer = model.config, encoder.tokenizer
    rows = [len(part.weight) for part in (model.get_input_embeddings(), model.get_output_embeddings())]
    if rows[0] != rows[1]:
        raise UnfitModel(
            f"{spec} reads {rows[0]} tokens and writes {rows[1]} others: one tokenizer cannot spell both vocabularies"
        )
    before, behind = _around(encoder)
    languages = _languages(tokenizer, LANGUAGE)
    start = _setting(model, "decoder_start_token_id")
    forced = _setting(model, "forced_bos_token_id")
    target = _target_language(spec, tokenizer, languages, start, forced) if languages else None
    if target is None and start is None:
        raise UnfitModel(
            f"{spec} does not say which token a target begins with: decoder_start_token_id is missing in config.json "
            "and generation_config.json"
        )
    marked = _marked(spec, encoder)
    lead: list[int | None]
    if target is not None:
        lead = [target] if start in (None, target) else [start, target]
    elif forced is not None:
        lead = [start, forced]
    else:
        lead = [start, *(token for token in before if token not in marked)]
    source = next((token for token in (*before, *behind) if token in languages), None)
    kind, sentinels = _blanks(encoder)
    return Writing(
        lead=tuple(token for token in lead if token is not None),
        before=before,
        behind=behind,
        ends=_ends(model, tokenizer),
        blanks=kind,
        sentinels=sentinels,
        translates=config.model_type in TRANSLATORS or (target is not None and source != target),
        source_language="" if source is None else languages[source],
        target_language="" if target is None else languages[target],
    )


def barred_of(model: Any) -> tuple[tuple[int, ...], ...]:
    """Sequences of tokens that the model's own settings forbid it to write, as Marian's do padding."""
    settings = getattr(model, "generation_config", None)
    words = getattr(settings, "bad_words_ids", None) or ()
    alone = getattr(settings, "suppress_tokens", None) or ()
    return tuple(sorted({*(tuple(map(int, word)) for word in words), *((int(token),) for token in alone)}))


def source_ids(encoder: Encoder, writing: Writing, text: str) -> tuple[int, ...] | Unanswered:
    """Ids of a source as the tokenizer writes it; of an empty one those that it adds to every text."""
    if (bad := encoder.unreadable(text)) is not None:
        return bad
    if writing.translates and not text.strip():
        return Unanswered("a translation has no likelihood without the text that it translates")
    ids = encoder.encode(text).ids
    if not ids:
        return Unanswered("the source is empty, and the tokenizer adds no token to it")
    return encoder.fits(len(ids)) or ids


@dataclass(frozen=True, slots=True)
class Pair:
    """A source, and the ids of a target with its lead; those from `first` on are scored, each at its character."""

    source: tuple[int, ...]
    ids: tuple[int, ...]
    first: int
    starts: tuple[int, ...]
    moments: bool = False


def pair_of(encoder: Encoder, writing: Writing, request: LogLikelihood) -> Pair | Unanswered:
    """The context as a source and the continuation as its target, which begins without the blanks before it.

    Characters are counted in context + continuation. What ends a target is not scored, so that a continuation is worth
    how likely a target begins with it.
    """
    if why := outside_a_chat(request):
        return Unanswered(why, "no_chat")
    if request.says == "assistant":
        return Unanswered("an encoder-decoder begins its turn itself", "no_chat")
    if request.chat:
        said = encoder.chat.said(request)
        if isinstance(said, Unanswered):
            return said
        source = encoder.encode(said, special=False).ids or Unanswered("the chat template makes an empty text of this")
        source = source if isinstance(source, Unanswered) else encoder.fits(len(source)) or source
    else:
        source = source_ids(encoder, writing, request.context)
    if isinstance(source, Unanswered):
        return source
    target = request.continuation.lstrip()
    if (bad := encoder.unreadable(target)) is not None:
        return bad
    encoded = encoder.encode(target, special=False)
    if not target or not encoded.ids:
        return Unanswered("the continuation has no tokens")
    moved = len(request.context) + len(request.continuation) - len(target)
    ids = writing.lead + encoded.ids
    starts = tuple(begin + moved for begin in encoded.starts)
    return encoder.fits(len(ids) - 1) or Pair(source, ids, len(writing.lead), starts, request.moments)


def _setting(model: Any, name: str) -> int | None:
    """What the settings of generation say, else the configuration."""
    known = getattr(getattr(model, "generation_config", None), name, None)
    known = known if known is not None else getattr(model.config, name, None)
    return known[0] if isinstance(known, list | tuple) and known else known if isinstance(known, int) else None


def _around(encoder: Encoder) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ids that the tokenizer puts before and behind a text."""
    encoded = encoder.encode("a")
    inner = [place for place, special in enumerate(encoded.special) if not special]
    if not inner:
        return (), ()
    return encoded.ids[: inner[0]], encoded.ids[inner[-1] + 1 :]


def _languages(tokenizer: Any, pattern: re.Pattern[str]) -> dict[int, str]:
    """Added tokens that name a language, by their ids."""
    added = tokenizer.get_added_vocab()
    return {number: token for token, number in sorted(added.items()) if pattern.fullmatch(token)}


def _target_language(
    spec: str, tokenizer: Any, languages: dict[int, str], start: int | None, forced: int | None
) -> int:
    """Forced, named by the tokenizer, or the token that targets begin with."""
    named = getattr(tokenizer, "tgt_lang", None)
    ids = [forced, tokenizer.convert_tokens_to_ids(named) if isinstance(named, str) else None, start]
    known = next((token for token in ids if token in languages), None)
    if known is None:
        shown = ", ".join(list(languages.values())[:3])
        raise UnfitModel(
            f"{spec} writes in {len(languages)} languages ({shown} ...) and does not say in which: save it with "
            "forced_bos_token_id in generation_config.json, or its tokenizer with tgt_lang"
        )
    return known


def _marked(spec: str, encoder: Encoder) -> frozenset[int]:
    """Tokens of languages that stand in a source. Raises UnfitModel where the tokenizer puts none of several there."""
    known = {number: token for token, number in encoder.tokenizer.get_vocab().items() if MARKED.fullmatch(token)}
    if known and not any(token in known for token in encoder.encode("a").ids):
        shown = min(known.values())
        raise UnfitModel(
            f"{spec} translates into {len(known)} languages and reads at the beginning of a source into which "
            f"({shown}, say): save it with a tokenizer that puts that token there"
        )
    return frozenset(known)


def _ends(model: Any, tokenizer: Any) -> tuple[int, ...]:
    configured = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    known = configured if isinstance(configured, list) else [configured, tokenizer.eos_token_id]
    return tuple(dict.fromkeys(token for token in known if token is not None))


def _blanks(encoder: Encoder) -> tuple[BlankKind, tuple[int, ...]]:
    vocabulary = encoder.tokenizer.get_vocab()
    if all(token in vocabulary for token in SENTINELS):
        return "spans", _sentinels(vocabulary)
    return ("mask" if encoder.mask_id is not None else ""), ()


def _sentinels(vocabulary: dict[str, int]) -> tuple[int, ...]:
    ids: list[int] = []
    while (token := f"<extra_id_{len(ids)}>") in vocabulary:
        ids.append(vocabulary[token])
    return tuple(ids)
