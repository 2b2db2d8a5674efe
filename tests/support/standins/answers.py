"""Stand-ins that say nothing, answer by chance, or have gaps: functions from a request to its answer."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np

from fairwitness.audit.internals import Layers, ReadLayers
from fairwitness.audit.requests import (
    Answer,
    AnswerImage,
    AnswerQuestion,
    Attend,
    Attention,
    Caption,
    Classify,
    ClassifyImage,
    ClassScores,
    Embed,
    Embedding,
    Filled,
    FillMask,
    Generate,
    Generated,
    ImageAnswer,
    ImageTextScores,
    LogLikelihood,
    MatchImageText,
    Patch,
    Patched,
    Predict,
    Prediction,
    PseudoLogLikelihood,
    Request,
    SpanAnswer,
    Tagged,
    TagTokens,
    TokenScores,
    Unanswered,
    UnmaskedLikelihood,
)

Answerer = Callable[[Request], Answer]
LABELS = ("entailment", "neutral", "contradiction")
"""Labels of a classifier of which nothing else is said."""
FILLERS = ("friend", "teacher", "liar", "whore", "doctor", "thing", "bitch", "worker")
WRITTEN = (
    *(" she was a good friend.", " he was a good friend.", " she was a filthy liar.", " he was a filthy liar."),
    *(" it was raining hard.", " they had a good day.", " teacher in town."),
)


def silent(request: Request) -> Answer:
    """Answers nothing."""
    return Unanswered("no answer")


def not_a_number(request: Request) -> Answer:
    """Answers in the right form, with no number in it."""
    return uniform(request, math.nan)


def alike(request: Request, label: str = LABELS[1], labels: Sequence[str] = LABELS) -> Answer:
    """Answers the same to everything; of classes and decisions always `label`."""
    return uniform(request, -1.0, label, labels)


def at_random(seed: int = 0, labels: Sequence[str] = LABELS) -> Answerer:
    """Answers every request by chance: the same one always the same."""

    def answer(request: Request) -> Answer:
        return _random(request, drawn(seed, request), labels)

    return answer


def with_gaps(
    answer: Answerer, share: float, where: Callable[[Request], bool] = lambda _: True, seed: int = 1
) -> Answerer:
    """The same model, of which `share` of the answers are missing, drawn by chance among the requests `where`."""

    @cache
    def gappy(request: Request) -> Answer:
        lost = where(request) and drawn(seed, request).random() < share
        return Unanswered("too long") if lost else answer(request)

    return gappy


def filled_by(gappy: Answerer, other: Answerer) -> Answerer:
    """The model with gaps, which another one fills."""

    def whole(request: Request) -> Answer:
        given = gappy(request)
        return other(request) if isinstance(given, Unanswered) else given

    return whole


def by_row(decisions: Sequence[str], scores: Sequence[float] | None = None) -> Answerer:
    """A file of decisions, with scores or without."""

    def answer(request: Request) -> Answer:
        row = row_of(request)
        return Prediction(decisions[row], None if scores is None else scores[row])

    return answer


def row_of(request: Request) -> int:
    """The row that a file of decisions is asked for."""
    assert isinstance(request, Predict)
    return int(str(dict(request.features)["row"]))


def drawn(seed: int, request: Request) -> np.random.Generator:
    """Random numbers of this request."""
    return np.random.default_rng([seed, zlib.crc32(repr(request).encode())])


def sentence(text: str, total: float) -> TokenScores:
    """The log-probability of a text, shared out evenly over its words."""
    words = text.split()
    starts = tuple(text.index(word) for word in words)
    ids = tuple(zlib.crc32(word.lower().encode()) for word in words)
    count = len(words)
    return TokenScores((total / count,) * count, (False,) * count, starts, (1.0 / count,) * count, ids)


def uniform(request: Request, value: float, label: str = LABELS[1], labels: Sequence[str] = LABELS) -> Answer:
    """The one value in the form of this kind of request; a sentence has it in all, however long it is."""
    match request:
        case FillMask(targets=targets, top=top):
            return Filled((value,) * len(targets), (1,) * len(targets), _likeliest(FILLERS, value, top))
        case Generate() | Caption():
            return Generated("" if math.isnan(value) else " a thing.", 3)
        case MatchImageText(texts=texts):
            return ImageTextScores((value,) * len(texts))
        case AnswerImage(answers=answers):
            return ImageAnswer(answers[0] if answers else label, value, (value,) * len(answers))
        case Classify() | ClassifyImage():
            return ClassScores(tuple(labels), tuple(value + (one == label) for one in labels))
        case TagTokens(text=text, asked=asked):
            unsure = (value,) if math.isnan(value) else ()
            return Tagged(((0, len(text), label),), unsure, (value,) * len(asked))
        case AnswerQuestion(context=context, spans=spans):
            scores = (value,) * len(spans)
            return SpanAnswer(context[:1], 0, 1, value, scores, scores, (1,) * len(spans))
        case Embed():
            return Embedding(np.full(4, value, dtype=np.float32), 1)
        case Attend(text=text):
            return attention(text, np.full((1, 1), value))
        case ReadLayers(targets=targets):
            return layers(np.full((5, len(targets)), value))
        case Patch():
            return moved(request, lambda shape: np.full(shape, value))
        case Predict():
            return Prediction("nan", value) if math.isnan(value) else Prediction(label, 0.5)
        case _:
            return _scored(request, value)


def _random(request: Request, rng: np.random.Generator, labels: Sequence[str]) -> Answer:
    match request:
        case FillMask(targets=targets, top=top):
            scores = tuple(float(one) for one in -rng.exponential(4, len(targets)) - 1)
            words = [str(one) for one in rng.permutation(np.array(FILLERS))]
            return Filled(scores, (1,) * len(targets), _likeliest(words, -1.0, top))
        case Generate() | Caption():
            return Generated(str(rng.choice(WRITTEN)), 4)
        case MatchImageText(texts=texts):
            return ImageTextScores(tuple(float(one) for one in rng.normal(20, 3, len(texts))))
        case AnswerImage(answers=answers):
            scores = tuple(float(one) for one in -rng.exponential(3, len(answers)) - 0.1)
            likeliest = answers[int(np.argmax(scores))] if answers else str(rng.choice(np.array(labels)))
            return ImageAnswer(likeliest, max(scores, default=-1.0), scores)
        case Classify() | ClassifyImage():
            return ClassScores(tuple(labels), tuple(float(one) for one in rng.normal(0, 3, len(labels))))
        case TagTokens(text=text, asked=asked):
            places = [word.span() for word in re.finditer(r"\w+", text)]
            spans = tuple((*place, str(rng.choice(np.array(labels)))) for place in places if rng.random() < 0.5)
            return Tagged(spans, log_odds=tuple(float(one) for one in rng.normal(0, 3, len(asked))))
        case AnswerQuestion(context=context, spans=spans):
            scores = tuple(float(one) for one in -rng.exponential(3, len(spans)) - 0.1)
            start, end = spans[int(np.argmax(scores))] if spans else (0, 1)
            return SpanAnswer(
                context[start:end], start, end, max(scores, default=-1.0), scores, scores, (1,) * len(spans)
            )
        case Embed():
            return Embedding(rng.normal(0, 1, 16).astype(np.float32), 1)
        case Attend(text=text):
            return attention(text, rng.random((len(text.split()) + 2, 1)))
        case ReadLayers(targets=targets):
            return layers(-rng.exponential(4, (5, len(targets))) - 1, rng)
        case Patch():
            return moved(request, lambda shape: rng.normal(0.0, 2.0, shape))
        case Predict():
            return Prediction(str(rng.choice(np.array(labels))), float(rng.random()))
        case _:
            return _scored(request, float(-rng.exponential(8)))


def _scored(request: Request, value: float) -> Answer:
    match request:
        case LogLikelihood(context="", continuation=text) | PseudoLogLikelihood(text=text):
            return sentence(text, value)
        case UnmaskedLikelihood(text=text):
            return sentence(text, value)
        case LogLikelihood(context=context):
            return TokenScores((value,), (False,), (len(context),))
        case _:
            return Unanswered("no answer of this kind")


def _likeliest(words: Sequence[str], value: float, count: int) -> tuple[tuple[str, float], ...]:
    return tuple((word, value - at) for at, word in enumerate(words[:count]))


def moved(request: Patch, draw: Callable[[tuple[int, ...]], np.ndarray]) -> Patched:
    """Three layers of four heads with drawn values; patching all of a text gives the other's."""
    value, other = (float(draw((1,))[0]) for _ in range(2))
    residual = draw((4, 3))
    residual[0, 0] = residual[-1, 2] = other
    layers = request.layers or (0, 1, 2)
    return Patched(
        value,
        other,
        value,
        other,
        tokens=len(request.text.split()),
        changed=(1,),
        read=(len(request.text.split()) - 1,),
        layers=3,
        heads=4,
        residual=(residual if request.sites == "layers" else residual[:0]).astype(np.float32),
        outputs=draw((3, 2) if request.sites == "layers" else (0, 2)).astype(np.float32),
        by_head=draw((len(layers), 4) if request.sites == "heads" else (0, 4)).astype(np.float32),
    )


def attention(text: str, pull: np.ndarray) -> Attention:
    """Two layers of three heads over [CLS], the words of a text and [SEP]: each token looks as `pull` says."""
    words = text.rstrip(".").split()
    tokens = ("[CLS]", *words, "[SEP]")
    starts = (-1, *(text.index(f" {word}") + 1 if place else 0 for place, word in enumerate(words)), -1)
    row = np.broadcast_to(pull.ravel(), (len(tokens),)).astype(np.float64)
    weights = np.tile((row / row.sum()).astype(np.float32), (2, 3, len(tokens), 1))
    return Attention(tokens, starts, (True, *([False] * len(words)), True), weights)


def layers(log_probs: np.ndarray, rng: np.random.Generator | None = None) -> Layers:
    """What layers say of targets [layers + 1, targets], with two heads that share out the last step.

    All that is said at the end is said by the parts.
    """
    count = len(log_probs) - 1
    difference = float(log_probs[-1, 0] - log_probs[-1, 1])
    heads = np.zeros((count, 2)) if rng is None else rng.normal(0, 1, (count, 2))
    mlps = np.zeros(count) if rng is None else rng.normal(0, 1, count)
    return Layers(
        log_probs=log_probs.astype(np.float32),
        own=tuple(map(float, log_probs[-1].astype(np.float32))),
        ranks=(*range(count + 1, 0, -1),),
        answers=tuple(-float(place) for place in range(count, -1, -1)),
        divergences=tuple(float(place) for place in range(count, -1, -1)),
        heads=heads.astype(np.float32),
        mlps=tuple(map(float, mlps)),
        embedding=difference - float(heads.astype(np.float32).sum(dtype=np.float64) + mlps.sum()),
        difference=difference,
        top=(("thing",),) * (count + 1),
        top_log_probs=((-1.0,),) * (count + 1),
        top_ids=((7,),) * (count + 1),
    )


def nothings(labels: Sequence[str] = LABELS) -> dict[str, Answerer]:
    """The stand-ins that say nothing: no answer, no number, and for each label always the same answer."""
    always = {f"always {label}": partial(alike, label=label, labels=labels) for label in labels}
    return {"silent": silent, "not a number": not_a_number, **always}
