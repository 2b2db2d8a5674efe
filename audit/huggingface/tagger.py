"""A token classifier: the labelled spans of a text, the log-odds of tags and their gradients, vectors, attention."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from fairwitness.audit.huggingface.encode import Encoded
from fairwitness.audit.huggingface.encoder import EncoderSubject
from fairwitness.audit.huggingface.gradients import Path, Points, gradients_along
from fairwitness.audit.huggingface.loaded import Loaded, verb
from fairwitness.audit.huggingface.randomised import Randomisable
from fairwitness.audit.huggingface.tagging import first_tokens, is_lost, scheme_of, unspaced, words_of
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import BLANK, OfTag, Request, Tagged, TagTokens, Target, Unanswered
from fairwitness.audit.subject import Background, PathGradients, Size
from fairwitness.audit.tags import Span, join


@dataclass(frozen=True, slots=True)
class Row:
    """A text as it is fed, its words in characters, and of each the place of the token that its label is read at.

    `asked` are the places of the asked tags with the labels of the head, by number, that are a tag's.
    """

    encoded: Encoded
    words: tuple[tuple[int, int], ...]
    firsts: tuple[int | None, ...]
    asked: tuple[tuple[int, tuple[int, ...]], ...]


class TaggerSubject(Randomisable, EncoderSubject):
    """Answers TagTokens, and Embed and Attend as an encoder does, and differentiates."""

    def __init__(self, loaded: Loaded, info: SubjectInfo) -> None:
        super().__init__(loaded, info)
        self._scheme = scheme_of(info.spec, loaded.model.config)
        self.labels = self._scheme.names

    def _size(self, request: Request) -> Size:
        if not isinstance(request, TagTokens):
            return super()._size(request)
        row = self._row(request)
        return Size(0, 0) if isinstance(row, Unanswered) else Size(1, len(row.encoded))

    @verb
    def tag_tokens(self, batch: Sequence[TagTokens]) -> list[Tagged | Unanswered]:
        """The spans of every text, packed over the whole batch."""
        rows = [self._row(request) for request in batch]
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

    @property
    def hidden_text(self) -> str:
        """The token that stands for a hidden word, as a text spells it."""
        return self._encoder.hidden_text

    def unread(self, text: str) -> str:
        """A hash of the tokens of a text of which the tokenizer knows not all, else empty."""
        return self._encoder.unread(text)

    def path_gradients(
        self, text: str, target: Target, alphas: Sequence[float], background: Background = "hidden", seed: int = 0
    ) -> PathGradients | Unanswered:
        """Gradients of the log-odds of the tag of a word, which is hidden at the beginning like all others."""
        if not isinstance(target, OfTag):
            return Unanswered("a tagger is asked about a tag")
        row = self._row(TagTokens(text, ((target.start, target.end, target.label),)))
        if isinstance(row, Unanswered):
            return row
        encoded = row.encoded
        path = Path(
            encoded.ids,
            tuple(not added for added in encoded.special),
            tuple(range(len(encoded))),
            tag_log_odds(*row.asked[0]),
            segments=encoded.segments,
        )
        return gradients_along(self._loaded, [path], Points(alphas, background, seed), encoded.starts)

    def _row(self, request: TagTokens) -> Row | Unanswered:
        text = request.text
        if BLANK in text and not (request.asked and self.hidden_text == BLANK):
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
        asked = [self._asked(request.text, tag, encoded) for tag in request.asked]
        bad = next((tag for tag in asked if isinstance(tag, Unanswered)), None)
        return bad or Row(encoded, words, firsts, tuple(tag for tag in asked if not isinstance(tag, Unanswered)))

    def _asked(self, text: str, tag: Span, encoded: Encoded) -> tuple[int, tuple[int, ...]] | Unanswered:
        """Where an asked tag is read, and which labels of the head are its."""
        start, end, label = tag
        numbers = tuple(number for number, (_, name) in enumerate(self._scheme.labels) if name == label)
        if not numbers:
            close = difflib.get_close_matches(label, self.labels, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(map(repr, self.labels[:8]))}"
            return Unanswered(f"the tagger has no label {label!r}{hint}")
        if not 0 <= start < end <= len(text):
            return Unanswered(f"the text has {len(text)} characters, and no word from {start} to {end}")
        (first,) = first_tokens(text, [(start, end)], encoded)
        return Unanswered("the tokenizer leaves out the word whose tag is asked") if first is None else (first, numbers)

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
            tuple(_log_odds(logits[place], numbers) for place, numbers in row.asked),
        )


def _log_odds(logits: npt.NDArray[np.float64], numbers: Sequence[int]) -> float:
    """Log-odds of the labels with these numbers, taken together, against all others."""
    others = np.delete(logits, list(numbers))
    return float(np.logaddexp.reduce(logits[list(numbers)]) - np.logaddexp.reduce(others))


def tag_log_odds(place: int, numbers: Sequence[int]) -> Callable[[torch.Tensor], torch.Tensor]:
    """The same at a token, as a function of logits [rows, length, labels]."""

    def log_odds(logits: torch.Tensor) -> torch.Tensor:
        here = logits[:, place].float()
        others = [number for number in range(here.shape[1]) if number not in numbers]
        return torch.logsumexp(here[:, list(numbers)], dim=1) - torch.logsumexp(here[:, others], dim=1)

    return log_odds


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
