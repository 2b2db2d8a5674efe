"""How answers stand in the cache without the texts in them.

What a model wrote stands there as numbers of its tokens, what it was asked about as places in the request.
This keeps texts from a search through files, a copy or a backup's index. It hides nothing from one who can read the
cache and has the model: the tokenizer turns the numbers back. Texts of subjects that know no tokens stay (the codec
deflates them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

from fairwitness.audit.internals import Layers, ReadLayers
from fairwitness.audit.requests import (
    Answer,
    AnswerQuestion,
    Attend,
    Attention,
    Attribute,
    Attribution,
    Filled,
    FillMask,
    Generate,
    Generated,
    Request,
    SpanAnswer,
    Turn,
    Unanswered,
)
from fairwitness.audit.subject import DecodesFillers, DecodesTokens, ListsTokens, Subject

LENGTHS = "\0"
"""First of the words of an explanation whose others are lengths: no word holds this sign."""


QUOTED = re.compile(r"'[^']+'|\"[^\"]+\"")
"""A text that a reason quotes."""
_PLACE = re.compile("\0([0-9]+):([0-9]+):([0-9]+)\0")
"""Where in the texts of a request a quoted text stands: number of the text, start, end."""


def veiled(requests: Sequence[Request], answers: Sequence[Answer], subject: Subject) -> list[Answer]:
    """The answers without the texts that `unveiled` can give back."""
    veiled_answers = []
    for request, answer in zip(requests, answers, strict=True):
        hidden = _hidden(request, answer)
        veiled_answers.append(hidden if _same(_shown(request, hidden, subject), answer) else answer)
    return veiled_answers


def unveiled(requests: Sequence[Request], answers: Sequence[Answer], subject: Subject) -> list[Answer] | None:
    """The answers of `veiled` as they were; None where one of them cannot be read."""
    shown = [_shown(request, answer, subject) for request, answer in zip(requests, answers, strict=True)]
    whole = [answer for answer in shown if answer is not None]
    return whole if len(whole) == len(shown) else None


def _hidden(request: Request, answer: Answer) -> Answer:
    match request, answer:
        case Generate(), Generated(ids=ids) if ids:
            return replace(answer, text="")
        case FillMask(), Filled(top=top, top_ids=ids) if ids:
            return replace(answer, top=tuple(("", value) for _, value in top))
        case AnswerQuestion(), SpanAnswer():
            return replace(answer, text="")
        case Attribute(), Attribution(words=words) if words:
            return replace(answer, words=(LENGTHS, *(str(len(word)) for word in words)))
        case Attend(), Attention():
            return replace(answer, tokens=())
        case ReadLayers(), Layers(top_ids=ids) if ids:
            return replace(answer, top=())
        case _, Unanswered(reason=reason):
            texts = list(_texts_of(request))
            return replace(answer, reason=QUOTED.sub(lambda match: _placed(match[0], texts), reason), said="")
        case _:
            return answer


def _shown(request: Request, answer: Answer, subject: Subject) -> Answer | None:
    match request, answer:
        case Generate(), Generated(text="", ids=ids) if ids:
            return replace(answer, text=subject.decode(request, ids)) if isinstance(subject, DecodesTokens) else None
        case FillMask(), Filled(top=(("", _), *_) as top, top_ids=ids) if ids:
            if not isinstance(subject, DecodesFillers) or len(ids) != len(top):
                return None
            return replace(answer, top=tuple(zip(subject.token_words(ids), (value for _, value in top), strict=True)))
        case AnswerQuestion(context=context), SpanAnswer(text="", start=start, end=end):
            return replace(answer, text=context[start:end])
        case Attribute(text=text), Attribution(words=(first, *lengths), starts=starts) if first == LENGTHS:
            if len(lengths) != len(starts):
                return None
            ends = [start + int(length) for start, length in zip(starts, lengths, strict=True)]
            return replace(answer, words=tuple(text[slice(*span)] for span in zip(starts, ends, strict=True)))
        case Attend(text=text), Attention(tokens=(), starts=starts) if starts:
            tokens = subject.token_texts(text) if isinstance(subject, ListsTokens) else ()
            return replace(answer, tokens=tokens) if len(tokens) == len(starts) else None
        case ReadLayers(), Layers(top=(), top_ids=ids) if ids:
            if not isinstance(subject, DecodesFillers):
                return None
            return replace(answer, top=tuple(subject.token_words(tokens) for tokens in ids))
        case _, Unanswered(reason=reason):
            texts = list(_texts_of(request))
            return replace(answer, reason=_PLACE.sub(lambda match: _quoting(match, texts), reason))
        case _:
            return answer


def _texts_of(request: Request) -> Iterator[str]:
    """Every text of a request, in the order of its fields."""
    for field in fields(request):
        value = getattr(request, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, str | Turn):
                yield part if isinstance(part, str) else part.text


def _placed(quoted: str, texts: Sequence[str]) -> str:
    """A quoted text as its place in the texts of the request; itself where it stands in none."""
    text = quoted[1:-1]
    for number, whole in enumerate(texts):
        if (start := whole.find(text)) >= 0:
            return f"\0{number}:{start}:{start + len(text)}\0"
    return quoted


def _quoting(match: re.Match[str], texts: Sequence[str]) -> str:
    number, start, end = map(int, match.groups())
    return repr(texts[number][start:end]) if number < len(texts) else match[0]


def _same(shown: Answer | None, answer: Answer) -> bool:
    """Whether the texts came back; all else of an answer is never touched."""
    if isinstance(answer, Attention) and isinstance(shown, Attention):
        return shown.tokens == answer.tokens
    if isinstance(answer, Layers) and isinstance(shown, Layers):
        return shown.top == answer.top
    return shown == answer
