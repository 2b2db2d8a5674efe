"""Marking the spans of a text, as a tagger of named entities does: the request, and its answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Span: TypeAlias = tuple[int, int, str]
"""Start and end in characters of the text, and the label as the model calls it."""
BEGINS, GOES_ON, ENDS, SINGLE = frozenset("BUS"), frozenset("IM"), frozenset("LE"), frozenset("US")
"""Prefixes of the tag of a word, of whatever scheme: it begins a span, goes on with one, ends it, is one by itself."""


@dataclass(frozen=True, slots=True)
class TagTokens:
    """The labelled spans of a text, such as the names of people in it. There is no blank in the text.

    A text longer than the model reads has no answer: words beyond a cut would look as if they were missed.
    `asked` are words with a label each, whose log-odds are wanted too; only then may blanks stand for hidden words.
    """

    text: str
    asked: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Tagged:
    """The spans that a tagger marks, in the order of the text; none where it marks nothing.

    `probabilities` has one number for each span where the model has any, else it is empty. Of a model that labels words
    it is that of the least sure word of the span. `log_odds` are those of the asked tags, in nats: log P(the word has
    the label, with whatever prefix) - log P(it has another or none).
    """

    spans: tuple[Span, ...] = ()
    probabilities: tuple[float, ...] = ()
    log_odds: tuple[float, ...] = ()


def out_of_place(answer: Tagged, text: str) -> str:
    """What is wrong with the spans of an answer to a text; empty where nothing is.

    A span has at least one character and a label, lies within the text, and begins at or after the end of the one
    before it. Probabilities are from 0 to 1, as many as there are spans.

    >>> out_of_place(Tagged(((0, 3, "PER"),)), "Ann sang."), out_of_place(Tagged(((0, 30, "PER"),)), "Ann sang.")
    ('', 'the span from 0 to 30 where the text has 9 characters')
    """
    end = 0
    for start, stop, label in answer.spans:
        if not 0 <= start < stop <= len(text):
            return f"the span from {start} to {stop} where the text has {len(text)} characters"
        if start < end:
            return f"a span that begins at {start}, before the end of the one before it ({end})"
        if not label:
            return f"no label for the span from {start} to {stop}"
        end = stop
    if answer.probabilities and len(answer.probabilities) != len(answer.spans):
        return f"{len(answer.probabilities)} probabilities for {len(answer.spans)} spans"
    odd = next((value for value in answer.probabilities if not 0 <= value <= 1), None)
    return "" if odd is None else f"{odd:.4g} where a probability from 0 to 1 is expected"


@dataclass(frozen=True, slots=True)
class Joined:
    """A span: its label, and its words by number, the last one included."""

    label: str
    first: int
    last: int


def join(labels: Sequence[tuple[str, str]]) -> Iterator[Joined]:
    """The spans of words with these labels (prefix and name), in their order.

    >>> [(span.label, span.first, span.last) for span in join([("B", "PER"), ("I", "PER"), ("", ""), ("I", "LOC")])]
    [('PER', 0, 1), ('LOC', 3, 3)]
    """
    open_span: Joined | None = None
    for number, (prefix, name) in enumerate(labels):
        goes_on = open_span is not None and open_span.label == name and prefix not in BEGINS
        if open_span is not None and not goes_on:
            yield open_span
            open_span = None
        if name:
            open_span = Joined(name, open_span.first if open_span else number, number)
        if open_span is not None and (prefix in ENDS or prefix in SINGLE):
            yield open_span
            open_span = None
    if open_span is not None:
        yield open_span
