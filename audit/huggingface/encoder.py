"""An encoder without a head: vectors of texts and attention maps."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.huggingface.attention import attention_maps, token_texts
from fairwitness.audit.huggingface.describe import DescribesItsWeights
from fairwitness.audit.huggingface.embed import embed_size, embeddings
from fairwitness.audit.huggingface.loaded import Loaded
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import Attend, Attention, Embed, Embedding, Request, Unanswered
from fairwitness.audit.subject import Size


class EmbedsTexts:
    """Answers Embed, by any model that gives hidden states."""

    def __init__(self, loaded: Loaded, info: SubjectInfo) -> None:
        self._loaded = loaded
        self._encoder = loaded.encoder
        self.info = info
        self.batch_tokens = loaded.batch_tokens
        self.arithmetic = loaded.arithmetic

    def sizes(self, requests: Sequence[Request]) -> list[Size]:
        """One row per text."""
        return [self._size(request) for request in requests]

    def _size(self, request: Request) -> Size:
        if isinstance(request, Embed):
            return embed_size(self._encoder, request, causal=False)
        if not isinstance(request, Attend):
            return Size(0, 0)
        encoded = self._encoder.whole(request.text)
        return Size(0, 0) if isinstance(encoded, Unanswered) else Size(1, len(encoded))

    def embed(self, batch: Sequence[Embed]) -> list[Embedding | Unanswered]:
        """Vectors of texts, packed over the whole batch."""
        return embeddings(self._loaded, batch, causal=False)


class EncoderSubject(EmbedsTexts, DescribesItsWeights):
    """Answers Attend too."""

    def attend(self, batch: Sequence[Attend]) -> list[Attention | Unanswered]:
        """Attention maps of each text."""
        return attention_maps(self._loaded, [self._encoder.whole(request.text) for request in batch])

    def token_texts(self, text: str) -> tuple[str, ...]:
        """The tokens of a text as attention maps name them."""
        return token_texts(self._loaded, self._encoder.whole(text))
