"""Requests -> answers: duplicates are asked once, batches are planned, cached whole, halved where memory ends."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from math import isfinite
from typing import Any, TypeAlias

from fairwitness import __version__
from fairwitness.audit import codec, planner
from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.errors import FairwitnessError
from fairwitness.audit.requests import (
    ANSWER_OF,
    KINDS,
    Answer,
    Attribute,
    Generate,
    LogLikelihood,
    Predict,
    Prediction,
    PseudoLogLikelihood,
    Request,
    Unanswered,
    canonical,
    kind,
)
from fairwitness.audit.subject import (
    AnswersQuestions,
    Ask,
    Attends,
    Classifies,
    Embeds,
    Explainer,
    FillsMasks,
    Generates,
    OutOfMemory,
    Predicts,
    ScoresMaskedText,
    ScoresText,
    ScoresUnmaskedText,
    SharesPrefixes,
    Size,
    Sizes,
    Subject,
)
from fairwitness.audit.veil import unveiled, veiled

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told the kind, how many requests of it are answered and how many there are in this round."""

Rows: TypeAlias = Sequence[Sequence[Request]]
Verb: TypeAlias = Callable[[Rows], list[Answer]]

_NOT_FINITE = "the model gave a value that is not a finite number"
_ARITHMETIC = ("torch", "transformers", "tokenizers", "numpy", "shap", "lime")


@dataclass(frozen=True, slots=True)
class _Keyed:
    key: bytes
    request: Request


class BrokenSubject(TypeError):
    """A subject broke its protocol: a bug in its code, not a mistake of the user."""


class Engine:
    """Answers requests with one subject, in order and in full number (an `Ask`).

    Counts `model_calls` (batches put to the subject), `cache_hits` (batches that the cache had), `asked` (requests put
    to the subject). A kind that the subject lacks is Unanswered. Raises BrokenSubject where it breaks its protocol.
    Without `batch_tokens` a batch is as large as the subject's own `batch_tokens` says, where it has one.
    `arithmetic` names what computes: cached answers are not shared between different ones.
    """

    def __init__(
        self,
        subject: Subject,
        *,
        cache: AnswerCache | None = None,
        batch_tokens: int | None = None,
        explainer: Explainer | None = None,
        progress: Progress | None = None,
        arithmetic: str = "",
    ) -> None:
        self.subject = subject
        self.model_calls = 0
        self.cache_hits = 0
        self.asked = 0
        self._cache = cache
        self._budget: int = batch_tokens or getattr(subject, "batch_tokens", None) or planner.DEFAULT_BUDGET
        self._explainer = explainer
        self._progress = progress
        self._depth = 0
        self._mishaps = 0
        self._salt = json.dumps([codec.SCHEMA, __version__, self._budget, _versions(), arithmetic]).encode()

    def answer(self, requests: Sequence[Request]) -> list[Answer]:
        """One answer per request. All batches are planned from all requests before the cache is looked at."""
        self._depth += 1
        try:
            rows = iter(self._rows([one for one in requests if isinstance(one, Predict)]))
            texts = iter(self._texts([one for one in requests if not isinstance(one, Predict)]))
            return [next(rows if isinstance(one, Predict) else texts) for one in requests]
        finally:
            self._depth -= 1

    def _texts(self, requests: Sequence[Request]) -> list[Answer]:
        """Answers to everything but table rows: cached, and packed by length."""
        keys = [canonical(request) for request in requests]
        by_kind: dict[str, list[_Keyed]] = {}
        for key, request in dict(zip(keys, requests, strict=True)).items():
            by_kind.setdefault(kind(request), []).append(_Keyed(key, request))
        known: dict[bytes, Answer] = {}
        for name in sorted(by_kind, key=KINDS.index):
            self._answer_kind(name, by_kind[name], known)
        return [known[key] for key in keys]

    def _rows(self, requests: Sequence[Predict]) -> list[Answer]:
        """Answers to table rows: in their order, as many at once as the subject takes, and never cached.

        A table has many short rows: keeping an answer would cost more than asking for it again.
        """
        if not requests:
            return []
        verb = self._verb(Predict.__name__)
        if verb is None:
            return [_lacking(Predict.__name__)] * len(requests)
        distinct, places = planner.distinct_rows(requests)
        answers: list[Answer] = []
        for start in range(0, len(distinct), self._budget):
            batch = distinct[start : start + self._budget]
            answers += [_sound(answer) for answer in self._ask([batch], verb)]
            if self._progress is not None and self._depth == 1:
                self._progress(Predict.__name__, len(answers), len(distinct))
        return [answers[place] for place in places]

    def _answer_kind(self, name: str, asked: list[_Keyed], known: dict[bytes, Answer]) -> None:
        verb = self._verb(name)
        if verb is None:
            known.update((one.key, _lacking(name)) for one in asked)
            return
        keys = {id(one.request): one.key for one in asked}
        key_of: planner.Key = lambda request: keys[id(request)]  # noqa: E731 - each is spelled once, not at every sight
        done = 0
        for batch in self._plan(name, [one.request for one in asked], key_of):
            answers = self._answer_batch(batch, verb, key_of)
            known.update(zip(map(key_of, batch.requests), answers, strict=True))
            done += len(answers)
            if self._progress is not None and self._depth == 1:
                self._progress(name, done, len(asked))

    def _plan(self, name: str, requests: list[Request], key_of: planner.Key) -> list[planner.Batch]:
        if name == Attribute.__name__:
            return planner.plan(requests, [_characters(request) for request in requests], 1, key_of)
        subject = self.subject
        if name == LogLikelihood.__name__ and isinstance(subject, SharesPrefixes) and subject.tree_limit > 0:
            scored = [request for request in requests if isinstance(request, LogLikelihood)]
            return planner.plan_trees(scored, subject.token_ids(scored), self._budget, subject.tree_limit, key_of)
        sizes = subject.sizes(requests) if isinstance(subject, Sizes) else [_characters(one) for one in requests]
        if name == PseudoLogLikelihood.__name__:
            hidden = [request for request in requests if isinstance(request, PseudoLogLikelihood)]
            return planner.plan_texts(hidden, sizes, self._budget, key_of)
        return planner.plan(requests, sizes, self._budget, key_of)

    def _answer_batch(self, batch: planner.Batch, verb: Verb, key_of: planner.Key) -> list[Answer]:
        """The answers of a whole batch, from the cache where it has them."""
        cache = self._cache
        if cache is None:
            return _settled(self._ask(batch.rows, verb))
        key = self._key(batch.rows, key_of)
        kept = cache.get(key, len(batch.requests))
        found = None if kept is None else unveiled(batch.requests, kept, self.subject)
        if found is not None:
            self.cache_hits += 1
            return found
        before = self._mishaps
        answers = _settled(self._ask(batch.rows, verb))
        if self._mishaps == before:
            cache.put(key, veiled(batch.requests, answers, self.subject))
        return answers

    def _key(self, rows: Rows, key_of: planner.Key) -> bytes:
        digest = hashlib.sha256(self._salt)
        for row in rows:
            digest.update(b"\nrow %d" % len(row))
            for request in row:
                digest.update(b"\n" + key_of(request))
        return digest.digest()

    def _ask(self, rows: Rows, verb: Verb) -> list[Answer]:
        """Asks rows at once; in halves where memory does not hold them, one by one where anything else goes wrong."""
        requests = [request for row in rows for request in row]
        try:
            answers = verb(rows)
        except OutOfMemory:
            if len(requests) == 1:
                self._mishaps += 1
                return [Unanswered("out of memory: this request alone does not fit")]
            first, second = _halves(rows)
            return self._ask(first, verb) + self._ask(second, verb)
        except (FairwitnessError, BrokenSubject):
            raise
        except Exception as error:
            if len(requests) == 1:
                self._mishaps += 1
                return [Unanswered(_one_line(error))]
            return [answer for request in requests for answer in self._ask([[request]], verb)]
        _check(requests, answers)
        return answers

    def _verb(self, name: str) -> Verb | None:
        """How the subject is asked one kind; None where it cannot be."""
        match name, self.subject:
            case "FillMask", FillsMasks() as subject:
                return self._counted(subject.fill_masks)
            case "LogLikelihood", ScoresText() as subject:
                return self._counted_rows(subject.log_likelihoods)
            case "PseudoLogLikelihood", ScoresMaskedText() as subject:
                return self._counted(subject.pseudo_log_likelihoods)
            case "UnmaskedLikelihood", ScoresUnmaskedText() as subject:
                return self._counted(subject.unmasked_likelihoods)
            case "Generate", Generates() as subject:
                return self._counted(subject.generate)
            case "Classify", Classifies() as subject:
                return self._counted(subject.classify)
            case "AnswerQuestion", AnswersQuestions() as subject:
                return self._counted(subject.answer_questions)
            case "Attend", Attends() as subject:
                return self._counted(subject.attend)
            case "Embed", Embeds() as subject:
                return self._counted(subject.embed)
            case "Predict", Predicts() as subject:
                return self._counted(subject.predict)
            case "Attribute", _ if self._explainer is not None:
                return partial(_explained, self._explainer, self.answer)
            case _:
                return None

    def _counted(self, ask: Callable[[Any], Sequence[Answer]]) -> Verb:
        """A verb of flat batches, counted as a call of the model."""

        def verb(rows: Rows) -> list[Answer]:
            requests = [request for row in rows for request in row]
            self._count(len(requests))
            return list(ask(requests))

        return verb

    def _counted_rows(self, ask: Callable[[Any], Sequence[Sequence[Answer]]]) -> Verb:
        """A verb of rows, counted as a call of the model."""

        def verb(rows: Rows) -> list[Answer]:
            self._count(sum(len(row) for row in rows))
            answers = ask(rows)
            if [len(row) for row in answers] != [len(row) for row in rows]:
                raise BrokenSubject(
                    f"rows of {[len(row) for row in rows]} requests, {[len(row) for row in answers]} answers"
                )
            return [answer for row in answers for answer in row]

        return verb

    def _count(self, requests: int) -> None:
        self.model_calls += 1
        self.asked += requests


def _explained(explainer: Explainer, ask: Ask, rows: Rows) -> list[Answer]:
    requests = [request for row in rows for request in row if isinstance(request, Attribute)]
    return list(explainer.explain(requests, ask))


def _lacking(name: str) -> Unanswered:
    return Unanswered(f"this model does not answer {name}")


def _sound(answer: Answer) -> Answer:
    """A decision as it is; Unanswered where one of its numbers is not finite."""
    if isinstance(answer, Prediction):
        score = answer.score
        if (score is not None and not isfinite(score)) or not all(isfinite(one) for _, one in answer.scores):
            return Unanswered(_NOT_FINITE)
    return answer


def _halves(rows: Rows) -> tuple[Rows, Rows]:
    """Two smaller asks: fewer rows, or one tree as two."""
    if len(rows) > 1:
        return rows[: len(rows) // 2], rows[len(rows) // 2 :]
    (row,) = rows
    return [row[: len(row) // 2]], [row[len(row) // 2 :]]


def _check(requests: Sequence[Request], answers: Sequence[Answer]) -> None:
    if len(answers) != len(requests):
        raise BrokenSubject(f"{len(requests)} requests, {len(answers)} answers")
    for request, answer in zip(requests, answers, strict=True):
        expected = ANSWER_OF[type(request)]
        if not isinstance(answer, (expected, Unanswered)):
            raise BrokenSubject(f"{kind(request)} was answered by {type(answer).__name__}, not {expected.__name__}")


def _settled(answers: list[Answer]) -> list[Answer]:
    """The answers as the cache gives them back; those with a value that is not finite become Unanswered."""
    try:
        return codec.decode(codec.encode(answers))
    except ValueError:
        return [_finite(answer) for answer in answers]


def _finite(answer: Answer) -> Answer:
    try:
        return codec.decode(codec.encode([answer]))[0]
    except ValueError:
        return Unanswered(_NOT_FINITE)


def _characters(request: Request) -> Size:
    """Cost of a request in characters, for subjects that do not know sizes in tokens."""
    texts = [value for name in request.__slots__ if isinstance(value := getattr(request, name), str)]
    return Size(1, sum(map(len, texts)) + (request.max_tokens if isinstance(request, Generate) else 1))


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _versions() -> dict[str, str]:
    """Versions of the libraries whose arithmetic the answers are: another version asks again."""
    found = {}
    for name in _ARITHMETIC:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
