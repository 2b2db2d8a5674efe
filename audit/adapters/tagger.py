"""A function from texts to labelled spans as a subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fairwitness.audit.adapters import returned
from fairwitness.audit.adapters.function import TEXTS_AT_ONCE, FunctionSubject
from fairwitness.audit.halving import BadAnswer
from fairwitness.audit.requests import Tagged, TagTokens, Unanswered
from fairwitness.audit.tags import out_of_place

START, END = "start", "end"
LABELS = ("label", "entity_group", "entity")
"""Where a dict per span holds its label; the second as an aggregating pipeline of transformers gives it."""
PROBABILITIES = ("probability", "score")
_FORM = "a span is (start, end, label), (start, end, label, probability), or a dict with these names"


class Tagger(FunctionSubject):
    """A tagger of texts: `fn(texts)` gives for each text the list of its labelled spans, which may be empty.

    A span is `(start, end, label)` in characters of the text, with its probability behind them where the function
    knows any, or a dict that names them `start`, `end`, `label` (or `entity_group`) and `probability` (or `score`).
    Spans do not overlap. A text that the function does not read whole must get None, which is no answer: what stands
    beyond a cut would look as if it was missed. Raises UnfitObject, BadOption.

    >>> subject = Tagger(lambda texts: [[(0, 3, "PER")] if text.startswith("Ann") else [] for text in texts])
    >>> subject.tag_tokens([TagTokens("Ann sang.")])[0].spans
    ((0, 3, 'PER'),)
    """

    def __init__(self, fn: Callable[..., Any], *, name: str = "", batch_size: int = TEXTS_AT_ONCE) -> None:
        super().__init__(fn, ("texts",), "tagger", ("TagTokens",), name=name, batch_size=batch_size)

    def tag_tokens(self, batch: Sequence[TagTokens]) -> list[Tagged | Unanswered]:
        """The spans of each text."""
        return self.ask(batch, self._tagged)

    def _tagged(self, batch: Sequence[TagTokens]) -> list[Tagged | Unanswered]:
        result = self.call([request.text for request in batch])
        answers = returned.items(result, len(batch), self.info.spec, "text")
        return [self._spans(request, item) for request, item in zip(batch, answers, strict=True)]

    def _spans(self, request: TagTokens, item: Any) -> Tagged | Unanswered:
        if request.asked:
            return Unanswered("a function that gives spans gives no log-odds of tags that it did not choose")
        text = request.text
        try:
            answer = self._read(item)
        except BadAnswer as error:
            return Unanswered(str(error))
        wrong = out_of_place(answer, text)
        return Unanswered(f"{self.info.spec} returned {wrong}") if wrong else answer

    def _read(self, item: Any) -> Tagged:
        listed = returned.plain(item, self.info.spec)
        if not isinstance(listed, list | tuple):
            raise BadAnswer(f"{self.info.spec} returned {returned.kind_of(listed)} where the spans of a text are due")
        spans = sorted((self._span(span) for span in listed), key=lambda span: span[:2])
        shares = [share for *_, share in spans if share is not None]
        if len(shares) not in (0, len(spans)):
            raise BadAnswer(f"{self.info.spec} returned {len(shares)} probabilities for {len(spans)} spans of a text")
        return Tagged(tuple((start, end, label) for start, end, label, _ in spans), tuple(shares))

    def _span(self, span: Any) -> tuple[int, int, str, float | None]:
        if isinstance(span, Mapping):
            names = (START, END, *(_first(span, known) for known in (LABELS, PROBABILITIES)))
            span = [span[name] for name in names if name in span]
        values = returned.plain(span, self.info.spec)
        if not isinstance(values, list | tuple) or len(values) not in (3, 4) or not isinstance(values[2], str):
            raise BadAnswer(f"{self.info.spec} returned {returned.kind_of(values)} for a span: {_FORM}")
        start, end = (self._place(value) for value in values[:2])
        share = returned.number(values[3], self.info.spec) if len(values) > 3 and values[3] is not None else None
        return start, end, values[2], share

    def _place(self, value: Any) -> int:
        number = returned.number(value, self.info.spec)
        if number != int(number):
            raise BadAnswer(
                f"{self.info.spec} returned {number:.4g} where a span begins or ends: characters are counted"
            )
        return int(number)


def _first(span: Mapping[Any, Any], known: Sequence[str]) -> str:
    """The first of these names that a span has; the last of them where it has none."""
    return next((name for name in known if name in span), known[-1])
