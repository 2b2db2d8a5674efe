"""A model that marks the answer to a question in a text: spans with their probabilities, vectors and attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from fairwitness.audit.huggingface.encode import Encoded
from fairwitness.audit.huggingface.encoder import EncoderSubject
from fairwitness.audit.huggingface.gradient_paths import span_log_odds
from fairwitness.audit.huggingface.gradients import Path, Points, gradients_along
from fairwitness.audit.huggingface.loaded import Loaded, verb
from fairwitness.audit.huggingface.spans import Span, spans_of
from fairwitness.audit.requests import BLANK, AnswerQuestion, OfAnswer, Request, SpanAnswer, Target, Unanswered
from fairwitness.audit.subject import Background, PathGradients, Size


@dataclass(frozen=True, slots=True)
class Row:
    """A question with its context as it is fed.

    `places` are the positions of the context's tokens, `edges` their characters without white space around them,
    `asked` the asked spans in tokens of the context, `none` the position whose logits stand for no answer.
    """

    encoded: Encoded
    places: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]
    asked: tuple[Span, ...]
    none: int | None


class QuestionSubject(EncoderSubject):
    """Answers AnswerQuestion, and Embed and Attend as an encoder does, and differentiates."""

    def _size(self, request: Request) -> Size:
        if not isinstance(request, AnswerQuestion):
            return super()._size(request)
        row = self._row(request)
        return Size(0, 0) if isinstance(row, Unanswered) else Size(1, len(row.encoded))

    @verb
    def answer_questions(self, batch: Sequence[AnswerQuestion]) -> list[SpanAnswer | Unanswered]:
        """Spans of every context, packed over the whole batch."""
        rows = [self._row(request) for request in batch]
        answers: list[SpanAnswer | Unanswered] = [
            row if isinstance(row, Unanswered) else Unanswered("not computed") for row in rows
        ]
        asked = [(place, row) for place, row in enumerate(rows) if isinstance(row, Row)]
        for chosen in self._loaded.batches([len(row.encoded) for _, row in asked]):
            logits = boundary_logits(self._loaded, [asked[index][1].encoded for index in chosen])
            for index, values in zip(chosen, logits, strict=True):
                place, row = asked[index]
                answers[place] = _span_answer(batch[place], row, values)
        return answers

    @property
    def hidden_text(self) -> str:
        """The token that stands for a hidden word, as a text spells it; not the mask, which a context cannot hold."""
        if self._encoder.hidden_text != BLANK or self._encoder.unknown_id is None:
            return self._encoder.hidden_text
        return self._encoder.token(self._encoder.unknown_id)

    def path_gradients(
        self, text: str, target: Target, alphas: Sequence[float], background: Background = "hidden", seed: int = 0
    ) -> PathGradients | Unanswered:
        """Gradients of the log-odds of one span of a context; the question and the span itself are never hidden."""
        if not isinstance(target, OfAnswer):
            return Unanswered("a model that marks answers is asked about an answer")
        request = AnswerQuestion(target.question, text, ((target.start, target.end),))
        row = self._row(request)
        if isinstance(row, Unanswered):
            return row
        span = row.asked[0]
        inside = set(row.places[span[0] : span[1] + 1])
        starts = dict(zip(row.places, (start for start, _ in row.edges), strict=True))
        places = range(len(row.encoded))
        path = Path(
            row.encoded.ids,
            tuple(place in starts and place not in inside for place in places),
            tuple(places),
            span_log_odds(row.places, span, row.none, request.longest),
            segments=row.encoded.segments,
        )
        offsets = [-1 if place in inside else starts.get(place, -1) for place in places]
        return gradients_along(self._loaded, [path], Points(alphas, background, seed), offsets)

    def _row(self, request: AnswerQuestion) -> Row | Unanswered:
        """The question and its context in the order that the model was trained on: that of the side of its padding."""
        if not request.question.strip() or request.longest < 1:
            return Unanswered("there is no question" if request.longest > 0 else "an answer has at least one token")
        if not request.context.strip():
            return Unanswered("the context has no tokens")
        if BLANK in request.context:
            return Unanswered("an answer is marked in a text, and this context has a blank")
        behind = self._encoder.tokenizer.padding_side != "left"
        texts = (request.question, request.context) if behind else (request.context, request.question)
        encoded = self._encoder.whole(*texts)
        if isinstance(encoded, Unanswered):
            return encoded
        places = tuple(place for place, text in enumerate(encoded.texts) if text == int(behind))
        if not places:
            return Unanswered("the context has no tokens")
        edges = tuple(_trimmed(request.context, encoded.starts[place], encoded.ends[place]) for place in places)
        asked = [_tokens(request, span, edges) for span in request.spans]
        bad = next((span for span in asked if isinstance(span, Unanswered)), None)
        if bad is not None:
            return bad
        return Row(
            encoded, places, edges, tuple(s for s in asked if not isinstance(s, Unanswered)), self._none(encoded)
        )

    def _none(self, encoded: Encoded) -> int | None:
        """The class token, at which models that may abstain are taught to say so."""
        wanted = self._encoder.tokenizer.cls_token_id
        places = (index for index, token in enumerate(encoded.ids) if encoded.special[index] and token == wanted)
        return next(places, None)


def boundary_logits(loaded: Loaded, rows: Sequence[Encoded]) -> npt.NDArray[np.float64]:
    """Logits [rows, 2, longest row] of where an answer starts and ends; those at padding mean nothing."""
    mask = loaded.padding_mask([len(row) for row in rows])
    output = loaded.model(
        input_ids=loaded.tensor([row.ids for row in rows], loaded.encoder.padding),
        **({} if mask is None else {"attention_mask": mask}),
        **loaded.segments([row.segments for row in rows]),
    )
    both = torch.stack([output.start_logits, output.end_logits], dim=1)
    return np.asarray(both.float().cpu().numpy(), dtype=np.float64)


def _trimmed(context: str, start: int, end: int) -> tuple[int, int]:
    """A token's characters without the white space that some tokenizers count to it."""
    text = context[start:end]
    begin = start + len(text) - len(text.lstrip())
    return begin, max(begin, start + len(text.rstrip()))


def _tokens(request: AnswerQuestion, span: tuple[int, int], edges: Sequence[tuple[int, int]]) -> Span | Unanswered:
    """The first and last of the context's tokens that an asked span is made of."""
    start, end = span
    if not 0 <= start < end <= len(request.context) or not request.context[start:end].strip():
        return Unanswered(f"the context has {len(request.context)} characters, and no text from {start} to {end}")
    start, end = _trimmed(request.context, start, end)
    inside = [index for index, (low, high) in enumerate(edges) if low < end and high > start]
    if not inside or edges[inside[0]][0] != start or edges[inside[-1]][1] != end:
        return Unanswered(f"{request.context[start:end]!r} begins or ends inside a token")
    if inside[-1] - inside[0] >= request.longest:
        return Unanswered(f"an asked span has more than the {request.longest} tokens that an answer may have")
    return inside[0], inside[-1]


def _span_answer(request: AnswerQuestion, row: Row, logits: npt.NDArray[np.float64]) -> SpanAnswer | Unanswered:
    places = list(row.places)
    starts, ends = logits[0, places], logits[1, places]
    none = None if row.none is None else float(logits[0, row.none] + logits[1, row.none])
    if not np.isfinite([*starts, *ends, none or 0.0]).all():
        return Unanswered("the model gave a value that is not a finite number")
    spans = spans_of(starts, ends, none, request.longest)
    first, last = spans.best
    begin, end = row.edges[first][0], row.edges[last][1]
    return SpanAnswer(
        text=request.context[begin:end],
        start=begin,
        end=end,
        log_prob=spans.exact((first, last)),
        exact=tuple(spans.exact(span) for span in row.asked),
        holding=tuple(spans.holding(row.asked)),
        tokens=tuple(last - first + 1 for first, last in row.asked),
        none=spans.none,
    )
