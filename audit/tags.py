"""Marking the spans of a text, as a tagger of named entities does: the request, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Span: TypeAlias = tuple[int, int, str]
"""Start and end in characters of the text, and the label as the model calls it."""


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
