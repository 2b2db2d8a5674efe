"""An encoder-decoder: likelihoods of targets given sources, written targets, blanks, and vectors of its encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from fairwitness.audit.huggingface.attention import attention_maps, token_texts
from fairwitness.audit.huggingface.describe import DescribesItsWeights
from fairwitness.audit.huggingface.embed import embed_size, embeddings
from fairwitness.audit.huggingface.generate import continue_prompts, decoded
from fairwitness.audit.huggingface.loaded import Loaded, verb
from fairwitness.audit.huggingface.sequences.infill import fill_blanks, filler_words, rows_of
from fairwitness.audit.huggingface.sequences.pairs import pair_scores, prompted, writing_targets
from fairwitness.audit.huggingface.sequences.writing import Pair, pair_of
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import (
    Attend,
    Attention,
    Embed,
    Embedding,
    Filled,
    FillMask,
    Generate,
    Generated,
    LogLikelihood,
    Request,
    TokenScores,
    Unanswered,
)
from fairwitness.audit.subject import Size

TOGETHER = 1 << 20
"""Tokens up to which the targets of one source are planned as one row: there is no limit of the model's."""


class SequenceSubject(DescribesItsWeights):
    """Answers LogLikelihood, Generate, FillMask, Embed and Attend.

    The context of a LogLikelihood and the prompt of a Generate are what the encoder reads; the continuation is what the
    decoder writes.
    """

    def __init__(self, loaded: Loaded, info: SubjectInfo) -> None:
        self._loaded = loaded
        self._encoder = loaded.encoder
        self.info = info
        self.batch_tokens = loaded.batch_tokens
        self.arithmetic = loaded.arithmetic

    @property
    def tree_limit(self) -> int:
        """Every target of a source may stand in one row of the plan."""
        return TOGETHER

    def token_ids(self, requests: Sequence[LogLikelihood]) -> list[tuple[int, ...]]:
        """Ids by which requests are planned: a source shares its beginning with itself alone.

        Each of its tokens stands as one number made of the whole source, so that only equal ones make one row.
        """
        return [_planned(pair_of(self._encoder, self._loaded.writing, request)) for request in requests]

    def sizes(self, requests: Sequence[Request]) -> list[Size]:
        """Rows and tokens that each request costs alone."""
        return [self._size(request) for request in requests]

    def _size(self, request: Request) -> Size:
        if isinstance(request, LogLikelihood):
            pair = pair_of(self._encoder, self._loaded.writing, request)
            return Size(0, 0) if isinstance(pair, Unanswered) else Size(1, len(pair.source) + len(pair.ids))
        if isinstance(request, FillMask):
            return Size(*rows_of(self._loaded, request))
        if isinstance(request, Generate):
            ids = prompted(self._loaded, request)
            return Size(0, 0) if isinstance(ids, Unanswered) else Size(1, len(ids) + request.max_tokens)
        if isinstance(request, Embed):
            return embed_size(self._encoder, request, causal=False)
        if isinstance(request, Attend):
            encoded = self._encoder.whole(request.text)
            return Size(0, 0) if isinstance(encoded, Unanswered) else Size(1, len(encoded))
        return Size(0, 0)

    @verb
    def log_likelihoods(self, rows: Sequence[Sequence[LogLikelihood]]) -> list[list[TokenScores | Unanswered]]:
        """Targets of one source are computed on one encoding of it, in whichever rows they stand."""
        flat = iter(pair_scores(self._loaded, [request for row in rows for request in row]))
        return [[next(flat) for _ in row] for row in rows]

    @verb
    def generate(self, batch: Sequence[Generate]) -> list[Generated | Unanswered]:
        """Writes targets for the sources of one batch together."""
        return continue_prompts(self._loaded, batch, writing_targets(self._loaded))

    def decode(self, request: Generate, ids: Sequence[int]) -> str:
        """The target that has these tokens."""
        del request
        return decoded(self._loaded, ids)

    @verb
    def fill_masks(self, batch: Sequence[FillMask]) -> list[Filled | Unanswered]:
        """What fills the asked blanks."""
        if not self._loaded.writing.blanks:
            return [Unanswered("this model fills no blanks")] * len(batch)
        return fill_blanks(self._loaded, batch)

    def token_words(self, ids: Sequence[int]) -> tuple[str, ...]:
        """Single tokens of the vocabulary as they fill a blank."""
        return filler_words(self._loaded, ids)

    def embed(self, batch: Sequence[Embed]) -> list[Embedding | Unanswered]:
        """Vectors of texts, from the encoder's last states."""
        return embeddings(self._loaded, batch, causal=False)

    def attend(self, batch: Sequence[Attend]) -> list[Attention | Unanswered]:
        """Maps of the encoder's attention on the text itself."""
        return attention_maps(self._loaded, [self._encoder.whole(request.text) for request in batch])

    def token_texts(self, text: str) -> tuple[str, ...]:
        """The tokens of a text as attention maps name them."""
        return token_texts(self._loaded, self._encoder.whole(text))

    def unread(self, text: str) -> str:
        """What tells this text from others whose words the tokenizer does not know either; empty: it knows all."""
        return self._encoder.unread(text)


def _planned(pair: Pair | Unanswered) -> tuple[int, ...]:
    if isinstance(pair, Unanswered):
        return ()
    digest = hashlib.blake2b(np.asarray(pair.source, dtype="<i8").tobytes(), digest_size=8).digest()
    return (int.from_bytes(digest),) * len(pair.source) + pair.ids
