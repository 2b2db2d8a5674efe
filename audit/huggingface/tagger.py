"""A token classifier: the labelled spans of a text, vectors and attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from fairwitness.audit.huggingface.encode import Encoded
from fairwitness.audit.huggingface.encoder import EncoderSubject
from fairwitness.audit.huggingface.loaded import Loaded, verb
from fairwitness.audit.huggingface.tagging import first_tokens, is_lost, join, scheme_of, unspaced, words_of
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import BLANK, Request, Tagged, TagTokens, Unanswered
from fairwitness.audit.subject import Size


@dataclass(frozen=True, slots=True)
class Row:
    """A text as it is fed, its words in characters, and of each the place of the token that its label is read at."""

    encoded: Encoded
    words: tuple[tuple[int, int], ...]
    firsts: tuple[int | None, ...]


class TaggerSubject(EncoderSubject):
    """Answers TagTokens, and Embed and Attend as an encoder does."""

    def __init__(self, loaded: Loaded, info: SubjectInfo) -> None:
        super().__init__(loaded, info)
        self._scheme = scheme_of(info.spec, loaded.model.config)
        self.labels = self._scheme.names

    def _size(self, request: Request) -> Size:
        if not isinstance(request, TagTokens):
            return super()._size(request)
        row = self._row(request.text)
        return Size(0, 0) if isinstance(row, Unanswered) else Size(1, len(row.encoded))

    @verb
    def tag_tokens(self, batch: Sequence[TagTokens]) -> list[Tagged | Unanswered]:
        """The spans of every text, packed over the whole batch."""
        rows = [self._row(request.text) for request in batch]
        answers: list[Tagged | Unanswered] = [
            row if isinstance(row, Unanswered) else Unanswered("not computed") for row in rows
        ]
        asked = [(place, row) for place, row in enumerate(rows) if isinstance(row, Row)]
        for chosen in self._loaded.batches([len(row.encoded) for _, row in asked]):
            logits = token_logits(self._loaded, [asked[index][1].encoded for index in chosen])
            for index, values in zip(chosen, logits.float().cpu().numpy(), strict=True):
                place, row = asked[index]
                answers[place] = self._tagged(row, np.asarray(values, dtype=np.float64))
        return answers

    def _row(self, text: str) -> Row | Unanswered:
        if BLANK in text:
            return Unanswered("a text is tagged as it stands, and this one has a blank")
        if unspaced(text):
            return Unanswered("the words of a text in a script without spaces are not known")
        encoded = self._encoder.whole(text)
        if isinstance(encoded, Unanswered):
            return encoded
        words = tuple(words_of(text))
        firsts = tuple(first_tokens(text, words, encoded))
        if is_lost(text, words, firsts):
            return Unanswered("the tokenizer leaves out a word of the text")
        return Row(encoded, words, firsts)

    def _tagged(self, row: Row, logits: npt.NDArray[np.float64]) -> Tagged | Unanswered:
        """The spans of a row of logits [longest row, labels]."""
        places = [0 if first is None else first for first in row.firsts]
        values = logits[places]
        if not np.isfinite(values).all():
            return Unanswered("the model gave a value that is not a finite number")
        shares = np.exp(values - np.logaddexp.reduce(values, axis=1, keepdims=True)) if places else values
        chosen = values.argmax(axis=1) if places else ()
        labels = [
            ("", "") if first is None else self._scheme.labels[label]
            for first, label in zip(row.firsts, chosen, strict=True)
        ]
        spans = list(join(labels))
        return Tagged(
            tuple((row.words[span.first][0], row.words[span.last][1], span.label) for span in spans),
            tuple(float(shares[span.first : span.last + 1].max(axis=1).min()) for span in spans),
        )


def token_logits(loaded: Loaded, rows: Sequence[Encoded]) -> torch.Tensor:
    """Logits [rows, longest row, labels] of every token; those at padding mean nothing."""
    mask = loaded.padding_mask([len(row) for row in rows])
    given: dict[str, Any] = {} if mask is None else {"attention_mask": mask}
    logits: torch.Tensor = loaded.model(
        input_ids=loaded.tensor([row.ids for row in rows], loaded.encoder.padding),
        **given,
        **loaded.segments([row.segments for row in rows]),
    ).logits
    return logits
