"""Text to token ids with character offsets, the start-token rule, and the context length."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fairwitness.audit.huggingface.chat import ChatForm
from fairwitness.audit.requests import BLANK, Generate, LogLikelihood, Unanswered
from fairwitness.audit.turns import outside_a_chat

UNLIMITED = 1_000_000
"""Context lengths above this mean that the tokenizer or the configuration knows none."""
REMEMBERED = 20_000
LONG, REMEMBERED_LONG = 1_000, 1_000
"""Characters above which fewer encodings are remembered: each takes some 50,000 bytes."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Ids of one text with, per token: character span, whether it was added, its word number (-1: none), segment.

    `texts` says for each token whether it is of the text (0) or of its pair (1); -1 where it was added.
    """

    ids: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    special: tuple[bool, ...]
    words: tuple[int, ...]
    segments: tuple[int, ...]
    texts: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Fed:
    """A sequence as a causal model is fed it: tokens from `first` on are scored, each at its character start.

    `moments` says that those of the log-probability are wanted beside each scored token.
    """

    ids: tuple[int, ...]
    first: int
    starts: tuple[int, ...]
    moments: bool = False


class Encoder:
    """One tokenizer and the number of positions its model reads."""

    def __init__(self, tokenizer: Any, limit: int, without_embedding: Sequence[str] = (), dialogue: str = "") -> None:
        self.tokenizer = tokenizer
        self.chat = ChatForm(tokenizer, dialogue)
        self.limit = limit
        self.without_embedding = tuple(without_embedding)
        """Special tokens that the model cannot read: a text that spells one has no answer."""
        self.mask_id: int | None = tokenizer.mask_token_id
        self.pad_id: int | None = None if tokenizer.pad_token in self.without_embedding else tokenizer.pad_token_id
        self.unknown_id: int | None = None if tokenizer.unk_token in self.without_embedding else tokenizer.unk_token_id
        plain = self._encode("a", "", special=True)
        self.adds_start = bool(plain.ids) and plain.special[0] and plain.ids[0] == tokenizer.bos_token_id
        self.start_id: int | None = (
            tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
        )
        self._short: Callable[..., Encoded] = lru_cache(maxsize=REMEMBERED)(self._encode)
        self._long: Callable[..., Encoded] = lru_cache(maxsize=REMEMBERED_LONG)(self._encode)

    def encode(self, text: str, pair: str = "", *, special: bool = True) -> Encoded:
        """The tokens of a text or pair. Those asked last are remembered: of long ones fewer, as a corpus has many."""
        remembered = self._long if len(text) + len(pair) > LONG else self._short
        return remembered(text, pair, special=special)

    @property
    def padding(self) -> int:
        """The id that fills up short rows; every model call masks it."""
        return self.pad_id if self.pad_id is not None else 0

    @property
    def hidden_id(self) -> int:
        """The id that stands for a hidden word: the mask token, else the unknown, padding or end token, else 0."""
        known = (self.mask_id, self.unknown_id, self.pad_id, self.tokenizer.eos_token_id)
        return next((token for token in known if token is not None), 0)

    @property
    def hidden_text(self) -> str:
        """The spelling of `hidden_id` inside a text."""
        return str(self.tokenizer.convert_ids_to_tokens(self.hidden_id))

    @cached_property
    def ordinary_ids(self) -> npt.NDArray[np.int64]:
        """The ids of the vocabulary's own tokens, rising: none that was added, is special or has no use."""
        vocabulary = self.tokenizer.get_vocab()
        odd = {*self.tokenizer.all_special_ids, *self.tokenizer.get_added_vocab().values()}
        ordinary = (number for name, number in vocabulary.items() if number not in odd and "unused" not in name)
        return np.array(sorted(ordinary), dtype=np.int64)

    def token(self, token: int) -> str:
        """The token as the vocabulary spells it."""
        return str(self.tokenizer.convert_ids_to_tokens(token))

    def _encode(self, text: str, pair: str = "", *, special: bool = True) -> Encoded:
        pairs = (pair,) if pair else ()
        batch = self.tokenizer(
            text,
            *pairs,
            add_special_tokens=special,
            return_offsets_mapping=True,
            truncation=False,
            padding=False,
            verbose=False,
        )
        encoding = batch.encodings[0]
        words = encoding.word_ids
        return Encoded(
            ids=tuple(encoding.ids),
            starts=tuple(
                -1 if added else span[0]
                for span, added in zip(encoding.offsets, encoding.special_tokens_mask, strict=True)
            ),
            ends=tuple(
                -1 if added else span[1]
                for span, added in zip(encoding.offsets, encoding.special_tokens_mask, strict=True)
            ),
            special=tuple(bool(added) for added in encoding.special_tokens_mask),
            words=tuple(-1 if word is None else word for word in words),
            segments=tuple(encoding.type_ids),
            texts=tuple(-1 if text is None else text for text in encoding.sequence_ids),
        )

    def whole(self, text: str, pair: str = "") -> Encoded | Unanswered:
        """A text (or pair) with the special tokens of its model; blanks become the token of a hidden word."""
        texts = [part.replace(BLANK, self.hidden_text) for part in (text, pair)]
        if (bad := self.unreadable(*texts)) is not None:
            return bad
        encoded = self.encode(*texts)
        if not encoded.ids:
            return Unanswered("the text has no tokens")
        return self.fits(len(encoded)) or encoded

    def unread(self, text: str) -> str:
        """`unread_hash` of a text with its special tokens; empty where the model cannot read it."""
        encoded = self.whole(text)
        return "" if isinstance(encoded, Unanswered) else self.unread_hash(encoded)

    def unread_hash(self, encoded: Encoded) -> str:
        """A hash of the tokens where some are unknown ones, else empty: texts of one hash are the same to the model."""
        if self.unknown_id is None or self.unknown_id not in encoded.ids:
            return ""
        return hashlib.blake2b(np.asarray(encoded.ids, dtype="<i8").tobytes(), digest_size=8).hexdigest()

    def fits(self, length: int) -> Unanswered | None:
        """Why a sequence of this many tokens cannot be read whole; None when it can."""
        if length > self.limit:
            return Unanswered(f"the text has {length} tokens and the model reads at most {self.limit}", "long_text")
        return None

    def fed(self, request: LogLikelihood) -> Fed | Unanswered:
        """Context and continuation tokenised whole and cut at the context's length.

        A token that straddles the cut belongs to the continuation. The start token is BOS, else EOS, where the
        context is empty, and before a context only where the tokenizer itself puts one there.
        """
        if why := outside_a_chat(request):
            return Unanswered(why, "no_chat")
        context = self.chat.said(request) if request.chat else request.context
        if isinstance(context, Unanswered):
            return context
        text = context + request.continuation
        if (bad := self.unreadable(text)) is not None:
            return bad
        encoded = self.encode(text, special=False)
        cut = len(context)
        first = next((place for place, end in enumerate(encoded.ends) if end > cut), None)
        if first is None:
            return Unanswered("the continuation has no tokens")
        start: tuple[int, ...] = ()
        if request.bos and not request.chat and self.start_id is not None and (first == 0 or self.adds_start):
            start = (self.start_id,)
        ids = start + encoded.ids
        scored = first + len(start) or 1
        if scored >= len(ids):
            return Unanswered("the text is a single token with nothing before it to condition on")
        moved = cut - len(request.context)
        starts = tuple(begin - moved for begin in encoded.starts[scored - len(start) :])
        return self.fits(len(ids) - 1) or Fed(ids, scored, starts, request.moments)

    def prompt_of(self, request: Generate) -> tuple[int, ...] | Unanswered:
        """Ids of what a model goes on with: a prompt as it stands, or what a user says in a chat."""
        if why := outside_a_chat(request):
            return Unanswered(why, "no_chat")
        if not request.chat:
            return self.prompt(request.prompt)
        said = self.chat.said(request)
        if isinstance(said, Unanswered):
            return said
        if (bad := self.unreadable(said)) is not None:
            return bad
        return self.encode(said, special=False).ids or Unanswered("the chat template makes an empty text of this")

    def prompt(self, text: str) -> tuple[int, ...] | Unanswered:
        """Ids of a prompt, with the start token where the tokenizer puts one or where nothing else is there."""
        if (bad := self.unreadable(text)) is not None:
            return bad
        ids = self.encode(text, special=False).ids if text else ()
        if self.start_id is not None and (self.adds_start or not ids):
            ids = (self.start_id, *ids)
        return ids or Unanswered("the prompt is empty and the tokenizer has no start token")

    def unreadable(self, *texts: str) -> Unanswered | None:
        """Why a text cannot be put to the model at all; None when it can."""
        for text in texts:
            try:
                text.encode()
            except UnicodeEncodeError:
                return Unanswered("the text holds half a character (a lone surrogate) and is not valid Unicode")
            beyond = next((token for token in self.without_embedding if token in text), None)
            if beyond is not None:
                return Unanswered(f"the text holds {beyond}, for which the model has no embedding")
        return None
