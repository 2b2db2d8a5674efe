"""Subjects that answer badly, and what is wrong with data files: one place for every test of bad input."""

from __future__ import annotations

import csv
import math
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from standins.answers import layers, moved

from fairwitness.audit.green import GreenScores, ScoreGreen
from fairwitness.audit.internals import ReadLayers
from fairwitness.audit.records import Cell, SubjectInfo, Table
from fairwitness.audit.requests import (
    Answer,
    AnswerImage,
    AnswerQuestion,
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
    PseudoLogLikelihood,
    Request,
    SpanAnswer,
    Tagged,
    TagTokens,
    TokenScores,
    Unanswered,
    UnmaskedLikelihood,
    canonical,
)
from fairwitness.audit.verbs import VERBS
from organisms import Answerer

SILENCE = "the model is out for lunch"
CONCLUSIONS = ("entailment", "neutral", "contradiction")
WORDS = ("teacher", "friend", "neighbour", "sister", "doctor")


def noise(request: Request, *more: str) -> float:
    """A number in [0, 1) that the request decides."""
    return zlib.crc32(canonical(request) + "\0".join(more).encode()) / 2**32


@lru_cache(1 << 14)
def plain(request: Request) -> Answer:
    """An answer of the right kind whose numbers have nothing to do with what was asked."""
    match request:
        case FillMask(targets=targets, top=top):
            own = tuple(-1.0 - noise(request, target) for target in targets)
            ranked = tuple((WORDS[at % len(WORDS)], -1.0 - at) for at in range(top))
            return Filled(own, (1,) * len(targets), ranked)
        case LogLikelihood(context=context, continuation=text):
            return _scores(request, text, len(context))
        case PseudoLogLikelihood(text=text):
            return _scores(request, text, 0)
        case UnmaskedLikelihood(text=text):
            found = _scores(request, text, 0)
            return replace(found, weights=(1.0 / len(found.starts),) * len(found.starts))
        case Generate() | Caption():
            return Generated(f" {WORDS[int(noise(request) * len(WORDS))]} of the people in town.", 4)
        case AnswerQuestion(context=context, spans=spans):
            values = tuple(-1.0 - noise(request, str(span)) for span in spans)
            start, end = spans[values.index(max(values))] if spans else (0, len(context.split()[0]))
            return SpanAnswer(
                context[start:end], start, end, max(values, default=-1.0), values, values, (1,) * len(values)
            )
        case Classify(pair=pair) if pair:
            return ClassScores(CONCLUSIONS, tuple(noise(request, label) for label in CONCLUSIONS))
        case MatchImageText(texts=texts):
            return ImageTextScores(tuple(20.0 + noise(request, text) for text in texts))
        case AnswerImage(answers=answers):
            values = tuple(-1.0 - noise(request, text) for text in answers)
            likeliest = answers[values.index(max(values))] if answers else WORDS[0]
            return ImageAnswer(likeliest, max(values, default=-1.0), values)
        case Classify() | ClassifyImage():
            return ClassScores(("negative", "positive"), (noise(request, "no"), noise(request, "yes")))
        case ScoreGreen(text=text):
            count = len(text.split())
            green = int(noise(request) * count)
            return GreenScores(count, 0, count, green, count, green, count, green)
        case TagTokens(text=text):
            return tagged(text, request)
        case Embed(text=text):
            drawn = np.random.default_rng(zlib.crc32(canonical(request))).normal(size=8)
            return Embedding(drawn.astype(np.float32), max(1, len(text.split())))
        case ReadLayers(targets=targets):
            rng = np.random.default_rng(zlib.crc32(canonical(request)))
            return layers(-1.0 - rng.random((3, len(targets))), rng)
        case Patch():
            rng = np.random.default_rng(zlib.crc32(canonical(request)))
            return moved(request, lambda shape: rng.normal(0.0, 2.0, shape))
        case _:
            return Unanswered("no rule for this kind")


def tagged(text: str, request: Request) -> Tagged:
    """Names, which begin with a capital behind the first word of a text; one in twenty is missed."""
    names = [match for match in re.finditer(r"(?<=\w )[A-Z]\w*(?: [A-Z]\w*)*", text) if noise(request, match[0]) > 0.05]
    return Tagged(tuple((*match.span(), "PER") for match in names))


def _scores(request: Request, text: str, offset: int) -> TokenScores:
    words = text.split() or [text]
    starts, at = [], 0
    for word in words:
        at = text.index(word, at)
        starts.append(at + offset)
        at += len(word)
    drawn = np.random.default_rng(zlib.crc32(canonical(request))).random(len(words))
    values = tuple((-1.0 - drawn).tolist())
    scored = () if isinstance(request, LogLikelihood) else tuple(zlib.crc32(word.lower().encode()) for word in words)
    return TokenScores(values, (False,) * len(words), tuple(starts), (), scored)


def silent(request: Request) -> Answer:
    """Answers nothing."""
    return Unanswered(SILENCE)


def moody(request: Request) -> Answer:
    """Leaves a third of all requests unanswered."""
    return Unanswered(SILENCE) if zlib.crc32(canonical(request)) % 3 == 0 else plain(request)


def broken(value: float) -> Answerer:
    """Gives one value that is no finite number in every answer that holds numbers."""

    def answer(request: Request) -> Answer:
        return spoiled(plain(request), lambda values: (*values[:-1], value))

    return answer


def tied(request: Request) -> Answer:
    """Finds everything equally likely."""
    return spoiled(plain(request), lambda values: (-1.0,) * len(values))


def wordless(request: Request) -> Answer:
    """Writes nothing where it is asked to write."""
    match plain(request):
        case Generated():
            return Generated("", 0)
        case Filled() as found:
            return replace(found, top=tuple(("", value) for _, value in found.top))
        case other:
            return other


def splitting(request: Request) -> Answer:
    """Has a tokenizer that knows no target whole."""
    match plain(request):
        case Filled() as found:
            return replace(found, tokens=(3,) * len(found.tokens))
        case Embedding() as found:
            return replace(found, tokens=3)
        case other:
            return other


def spoiled(answer: Answer, change: Callable[[tuple[float, ...]], tuple[float, ...]]) -> Answer:
    """An answer with its numbers changed."""
    match answer:
        case Filled(log_probs=values):
            return replace(answer, log_probs=change(values))
        case TokenScores(log_probs=values):
            return replace(answer, log_probs=change(values))
        case ClassScores(logits=values):
            return replace(answer, logits=change(values))
        case ImageTextScores(logits=values):
            return replace(answer, logits=change(values))
        case ImageAnswer(log_probs=log_probs):
            return replace(answer, log_probs=change(tuple(value for value in log_probs if value is not None)))
        case SpanAnswer(holding=values, log_prob=best):
            (spoilt,) = change((best,))
            return replace(answer, exact=change(values), holding=change(values), log_prob=spoilt)
        case Embedding(values=values):
            return replace(answer, values=np.array(change(tuple(map(float, values))), dtype=np.float32))
        case _:
            return answer


SUBJECTS: Mapping[str, Answerer] = {
    "silent": silent,
    "a third silent": moody,
    "NaN": broken(math.nan),
    "infinite": broken(-math.inf),
    "tied": tied,
    "wordless": wordless,
    "splitting": splitting,
}


LONG = f"{'word' * 16} " * 16_000
"""A sentence of one megabyte, in words that are long enough for few to be many."""
ODD = "zzz"


def changed(given: Table, column: str, change: Callable[[int, Cell], Cell]) -> Table:
    """The table with every cell of one column passed through `change`, which is told its row."""
    cells = tuple(change(at, cell) for at, cell in enumerate(given.columns[column]))
    return Table(given.source, {**given.columns, column: cells})


def spoilt(given: Table) -> Iterator[tuple[str, Table]]:
    """What may be wrong with the cells of a table, each with its name: columns empty, half empty or odd; rows twice."""
    for column in given.columns:
        yield f"{column} empty", changed(given, column, lambda at, cell: None)
        yield f"{column} half empty", changed(given, column, lambda at, cell: None if at % 2 else cell)
        yield f"{column} odd", changed(given, column, lambda at, cell: ODD if at % 3 == 0 else cell)
    twice = {name: (*cells, *cells) for name, cells in given.columns.items()}
    yield "every row twice", Table(replace(given.source, rows=2 * len(given)), twice)


def lengthened(given: Table) -> Iterator[tuple[str, Table]]:
    """The table with a sentence of a megabyte in the first row of each column of texts."""
    for column, cells in given.columns.items():
        if any(isinstance(cell, str) and " " in cell for cell in cells):
            yield column, changed(given, column, lambda at, cell: LONG if at == 0 else cell)


def written(path: Path, columns: Mapping[str, Sequence[Cell]], separator: str = ",") -> Path:
    """Columns as a file with a header, in UTF-8."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = zip(*columns.values(), strict=True)
        csv.writer(stream, delimiter=separator).writerows([list(columns), *rows])
    return path


@dataclass
class Model:
    """A subject that answers the named kinds by a rule, as the engine asks it."""

    rule: Answerer
    kinds: tuple[str, ...] = tuple(kind.__name__ for kind in VERBS)
    info: SubjectInfo = field(init=False)

    def __post_init__(self) -> None:
        self.info = SubjectInfo(
            spec="rule",
            fingerprint="0" * 32,
            kind="rule",
            architecture="Rule",
            parameters=1,
            dtype="float32",
            capabilities=self.kinds,
        )

    def flat(self, batch: Sequence[Request]) -> list[Any]:
        """One answer per request."""
        return [self.rule(request) for request in batch]

    fill_masks = pseudo_log_likelihoods = unmasked_likelihoods = generate = classify = embed = flat
    answer_questions = tag_tokens = match_images = answer_images = caption_images = classify_images = flat

    def log_likelihoods(self, rows: Sequence[Sequence[LogLikelihood]]) -> list[list[Any]]:
        return [self.flat(row) for row in rows]
