"""What an endpoint's JSON says: the text of an answer, its tokens' log-probabilities, what it was charged with.

Whatever does not have the form that it should have is no answer, and never a zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from fairwitness.audit.requests import Generated, LogLikelihood, TokenScores, Unanswered

FORM = "the endpoint's answer has another form than that of OpenAI: "
FILTERED = "content_filter"
ROUNDING = 1e-3
"""How far above 0 a log-probability may be by rounding alone."""
LEAST = -1000.0
"""Servers give numbers such as -9999 for a probability that they do not know: it is none."""


class OtherForm(ValueError):
    """An answer in a form that we do not know; the message says what was missing."""


def choice(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first choice of an answer. Raises OtherForm."""
    choices = body.get("choices")
    if not isinstance(choices, list):
        raise OtherForm(f"{FORM}it has no list `choices`")
    if not choices or not isinstance(choices[0], dict):
        raise OtherForm(f"{FORM}its `choices` are empty")
    return choices[0]


def generated(body: Mapping[str, Any], *, chat: bool) -> Generated | Unanswered:
    """The text that was written. Raises OtherForm.

    A refusal that the endpoint marks as one is what the model said. What a filter of the endpoint withheld or cut is no
    answer, nor is a text that ended before it began as all tokens went into hidden thinking.
    """
    first = choice(body)
    ended = first.get("finish_reason")
    if ended == FILTERED:
        return Unanswered("a filter of the endpoint withheld the answer, or cut it")
    text = _text_of_message(first) if chat else first.get("text")
    if text is None and chat:
        return Unanswered(f"the endpoint gave no text{_named(ended)}")
    if not isinstance(text, str):
        raise OtherForm(f"{FORM}a choice has no text")
    written = _count(body, "completion_tokens")
    if not text and ended == "length" and _hidden(body):
        return Unanswered("all tokens of the answer went into hidden thinking, and no text was left")
    return Generated(text, len(text.split()) if written is None else written)


def _text_of_message(first: Mapping[str, Any]) -> Any:
    message = first.get("message")
    if not isinstance(message, dict):
        raise OtherForm(f"{FORM}a choice has no `message`")
    content = message.get("content")
    refusal = message.get("refusal")
    if not content and isinstance(refusal, str) and refusal:
        return refusal
    return content


def _named(ended: Any) -> str:
    known = ("stop", "length", "tool_calls", "function_call")
    return f" (it ended with {ended})" if ended in known else ""


def usage(body: Mapping[str, Any]) -> tuple[int, int] | None:
    """Tokens that were read and written, as the endpoint charges them; None where it does not tell."""
    read, written = _count(body, "prompt_tokens"), _count(body, "completion_tokens")
    return None if read is None else (read, written or 0)


def _count(body: Mapping[str, Any], name: str) -> int | None:
    listed = body.get("usage")
    value = listed.get(name) if isinstance(listed, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _hidden(body: Mapping[str, Any]) -> bool:
    """Whether tokens were spent on a text that is not shown."""
    listed = body.get("usage")
    details = listed.get("completion_tokens_details") if isinstance(listed, dict) else None
    count = details.get("reasoning_tokens") if isinstance(details, dict) else None
    message = body["choices"][0].get("message")
    thought = message.get("reasoning_content") or message.get("reasoning") if isinstance(message, dict) else None
    return bool(thought) or (isinstance(count, int) and count > 0)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of a text with their log-probabilities, as an endpoint lists them; None where it gives none.

    `top` are the likeliest tokens at each place with their log-probabilities; empty where they are not given.
    """

    texts: tuple[str, ...]
    log_probs: tuple[float | None, ...]
    top: tuple[tuple[tuple[str, float], ...], ...]


def tokens_of(body: Mapping[str, Any]) -> Tokens | None:
    """The tokens of an answer, of a completion in the form of OpenAI or of a chat; None where there are none to read.

    A place with several likeliest tokens of one spelling (parts of signs, say) keeps all of them.
    """
    listed = choice(body).get("logprobs")
    if not isinstance(listed, dict):
        return None
    if isinstance(listed.get("content"), list):
        return _in_entries(listed["content"])
    texts, values = listed.get("tokens"), listed.get("token_logprobs")
    if not isinstance(texts, list) or not isinstance(values, list) or len(texts) != len(values):
        return None
    if not all(isinstance(text, str) for text in texts):
        return None
    tops = listed.get("top_logprobs")
    tops = tops if isinstance(tops, list) and len(tops) == len(texts) else [None] * len(texts)
    top = tuple(_pairs(list(item.items())) if isinstance(item, dict) else () for item in tops)
    return Tokens(tuple(texts), tuple(_log_prob(value) for value in values), top)


def _in_entries(entries: list[Any]) -> Tokens | None:
    if not all(isinstance(entry, dict) and isinstance(entry.get("token"), str) for entry in entries):
        return None
    top = []
    for entry in entries:
        listed = entry.get("top_logprobs")
        pairs = [(item.get("token"), item.get("logprob")) for item in listed or () if isinstance(item, dict)]
        top.append(_pairs(pairs))
    return Tokens(
        tuple(entry["token"] for entry in entries),
        tuple(_log_prob(entry.get("logprob")) for entry in entries),
        tuple(top),
    )


def _pairs(items: list[Any]) -> tuple[tuple[str, float], ...]:
    """Tokens with log-probabilities, those without one left out."""
    read = ((text, _log_prob(value)) for text, value in items)
    return tuple((text, value) for text, value in read if isinstance(text, str) and value is not None)


def _log_prob(value: Any) -> float | None:
    """A number that can be a log-probability; None for anything else, and for what stands in the place of -inf."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = float(value)
    if not LEAST < number <= ROUNDING:
        return None
    return min(0.0, number)


def top_of_next(body: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    """The likeliest tokens at the first place of an answer; empty where they are not given, or tell nothing."""
    tokens = tokens_of(body)
    top = tokens.top[0] if tokens is not None and tokens.top else ()
    return top if len({value for _, value in top}) > 1 else ()


def repeats(body: Mapping[str, Any], text: str) -> bool:
    """Whether the answer begins with the text that was asked about."""
    written = choice(body).get("text")
    return isinstance(written, str) and written.startswith(text)


def echoes(body: Mapping[str, Any], text: str) -> bool:
    """Whether an answer tells the log-probabilities of the text's own tokens, which are not all the same."""
    scored = scores(body, text)
    return isinstance(scored, Tokens) and len({value for value in scored.log_probs if value is not None}) > 1


def scores(body: Mapping[str, Any], text: str) -> Tokens | str:
    """The tokens of a text that was echoed, in full and in order; else why they cannot be read.

    They must spell the text sign for sign, behind at most one token of a beginning that is not in it and has no
    log-probability; what follows the text was written and does not count.
    """
    tokens = tokens_of(body)
    if tokens is None:
        return f"{FORM}it has no log-probabilities of tokens"
    for start in (0, 1):
        end = _spelled(tokens.texts, start, text)
        if start and tokens.log_probs and tokens.log_probs[0] is not None:
            break
        if end is not None:
            cut = slice(start, end)
            return Tokens(tokens.texts[cut], tokens.log_probs[cut], tokens.top[cut])
    return "the endpoint's tokens do not spell the text, so that nothing says where each stands"


def _spelled(texts: tuple[str, ...], start: int, text: str) -> int | None:
    """The place behind the tokens from `start` on that spell the text; None where they do not."""
    place = 0
    for number, token in enumerate(texts[start:], start=start):
        if place == len(text):
            return number
        if not text.startswith(token, place):
            return None
        place += len(token)
    return len(texts) if place == len(text) else None


def token_scores(request: LogLikelihood, body: Mapping[str, Any]) -> TokenScores | Unanswered:
    """The scores of a continuation, of an answer that repeats the whole text. Raises OtherForm.

    A token that straddles the end of the context belongs to the continuation. What stands before a text is the
    endpoint's own: where it gives its first token no log-probability, that one is not scored.
    """
    tokens = scores(body, request.context + request.continuation)
    if isinstance(tokens, str):
        return Unanswered(tokens, "unaligned")
    starts = tuple(accumulate((len(text) for text in tokens.texts), initial=0))
    cut = len(request.context)
    first = next(place for place, end in enumerate(starts[1:]) if end > cut) if starts[-1] > cut else None
    if first is None:
        return Unanswered("the continuation has no tokens")
    if first == 0 and (not request.bos or tokens.log_probs[0] is None):
        first = 1
    values = [value for value in tokens.log_probs[first:] if value is not None]
    if not values:
        return Unanswered("the text is a single token with nothing before it to condition on")
    if len(values) < len(tokens.texts) - first:
        return Unanswered("the endpoint tells no log-probability of one of the text's tokens")
    greedy = tuple(map(_likeliest, tokens.texts[first:], values, tokens.top[first:]))
    known = tuple(likeliest for likeliest in greedy if likeliest is not None)
    return TokenScores(tuple(values), known if len(known) == len(greedy) else (), starts[first:-1])


def _likeliest(text: str, value: float, top: tuple[tuple[str, float], ...]) -> bool | None:
    """Whether a token was the likeliest at its place; None where that is not told."""
    return None if not top else value >= max(other for _, other in top) and text in dict(top)


def next_token(request: LogLikelihood, body: Mapping[str, Any]) -> TokenScores | Unanswered:
    """The score of a continuation that is one of the likeliest next tokens, spelled as the endpoint spells it.

    Of any other nothing is known: it may be less likely, or several tokens. Raises OtherForm.
    """
    top = top_of_next(body)
    if not top:
        raise OtherForm(f"{FORM}it has no log-probabilities of the likeliest next tokens")
    values = [value for text, value in top if text == request.continuation]
    if len(values) != 1:
        return Unanswered(f"it is none of the {len(top)} likeliest next tokens that the endpoint tells", "outside_top")
    likeliest = values[0] >= max(value for _, value in top)
    return TokenScores((values[0],), (likeliest,), (len(request.context),))
