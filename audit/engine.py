"""Requests -> answers: duplicates are asked once, batches are planned, cached whole, halved where memory ends."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from typing import Any, TypeAlias

from fairwitness import __version__
from fairwitness.audit import codec, planner
from fairwitness.audit.answer_checks import BrokenSubject, as_cached, check, finite_row
from fairwitness.audit.budget import Budget, OutOfBudget
from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.errors import FairwitnessError
from fairwitness.audit.halving import lost_to
from fairwitness.audit.requests import (
    Answer,
    Attribute,
    Request,
    Unanswered,
    Weights,
    canonical,
)
from fairwitness.audit.subject import (
    AnswersAsTheyCome,
    Explainer,
    OutOfMemory,
    Randomises,
    SharesPrefixes,
    Sizes,
    Subject,
)
from fairwitness.audit.veil import unveiled, veiled
from fairwitness.audit.verbs import VERBS, Packing

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told the kind, how many requests of it are answered and how many there are in this round."""

Rows: TypeAlias = Sequence[Sequence[Request]]
Asking: TypeAlias = Callable[[Rows], list[Answer]]
"""How a subject is asked one kind."""

_ARITHMETIC = ("torch", "transformers", "tokenizers", "numpy", "shap", "lime")


@dataclass(frozen=True, slots=True)
class _Keyed:
    key: bytes
    request: Request


@dataclass(frozen=True, slots=True)
class _Work:
    """A batch of one kind, how it is asked, and of how many requests of its kind in this round it is a part."""

    kind: type[Any]
    batch: planner.Batch
    ask: Asking
    key_of: planner.Key
    total: int


class Engine:
    """Answers requests with one subject, in order and in full number (an `Ask`).

    Counts `model_calls` (batches put to the subject), `cache_hits` (batches that the cache had), `asked` (requests put
    to the subject). A kind that the subject lacks is Unanswered. Raises BrokenSubject where it breaks its protocol.
    A text is put to a subject without a fingerprint once: it may be a service, or answer otherwise the second time.
    Without `batch_tokens` a batch is as large as the subject's own `batch_tokens` says, where it has one.
    Cached answers are not shared between subjects that name different `arithmetic`, which is what computes them.
    A `spending` budget that ends leaves what the cache has not got unasked: OutOfBudget holds the answers there are.
    """

    def __init__(
        self,
        subject: Subject,
        *,
        cache: AnswerCache | None = None,
        batch_tokens: int | None = None,
        explainer: Explainer | None = None,
        progress: Progress | None = None,
        spending: Budget | None = None,
    ) -> None:
        self.subject = subject
        self.model_calls = 0
        self.cache_hits = 0
        self.asked = 0
        self._cache = cache
        self._budget: int = batch_tokens or getattr(subject, "batch_tokens", None) or planner.DEFAULT_BUDGET
        self._explainer = explainer
        self._progress = progress
        self._spending = spending or Budget()
        self._depth = 0
        self._mishaps = 0
        self._far = subject if isinstance(subject, AnswersAsTheyCome) else None
        self._answered: dict[bytes, Answer] | None = None if subject.info.fingerprint else {}
        arithmetic = getattr(subject, "arithmetic", "")
        computed = [self._budget, _versions(), arithmetic] if not self._far else []
        self._salt = json.dumps([codec.SCHEMA, __version__, *computed]).encode()

    def answer(self, requests: Sequence[Request]) -> list[Answer]:
        """One answer per request. All batches are planned from all requests before the cache is looked at.

        Raises OutOfBudget with the answers there are where the budget ends before all is answered.
        """
        packed: list[Request] = []
        by_table: dict[type[Any], list[Request]] = {kind: [] for kind, verb in VERBS.items() if verb.of_table}
        for request in requests:
            by_table.get(type(request), packed).append(request)
        ends: list[OutOfBudget] = []
        self._depth += 1
        try:
            rows = {kind: iter(self._rows(kind, asked, ends)) for kind, asked in by_table.items()}
            texts = iter(self._texts(packed, ends))
            answers = [next(rows.get(type(request), texts)) for request in requests]
        finally:
            self._depth -= 1
        if ends:
            raise OutOfBudget(ends[0].limit, answers)
        return [answer for answer in answers if answer is not None]

    def _texts(self, requests: Sequence[Request], ends: list[OutOfBudget]) -> list[Answer | None]:
        """Answers to everything but table rows: cached, and packed by length; None where the budget ended."""
        keys = [canonical(request) for request in requests]
        by_kind: dict[type[Any], list[_Keyed]] = {kind: [] for kind in VERBS}
        for key, request in dict(zip(keys, requests, strict=True)).items():
            by_kind[type(request)].append(_Keyed(key, request))
        known: dict[bytes, Answer] = {} if self._answered is None else self._answered
        if self._far is not None:
            self._answer_from_afar(self._far, by_kind, known, ends)
        self._answer_batches(self._batches(by_kind, keys, known), known, ends)
        return [known.get(key) for key in keys]

    def _rows(self, kind: type[Any], requests: Sequence[Request], ends: list[OutOfBudget]) -> list[Answer | None]:
        """Answers to table rows: in their order, as many at once as the subject takes, and never cached.

        A table has many short rows: keeping an answer would cost more than asking for it again.
        """
        if not requests:
            return []
        ask = self._asking(kind)
        if ask is None:
            return [_lacking(kind)] * len(requests)
        distinct, places = planner.distinct_rows(requests)
        answers: list[Answer | None] = []
        for start in range(0, len(distinct), self._budget):
            batch = distinct[start : start + self._budget]
            try:
                answers += [finite_row(answer) for answer in self._ask([batch], ask)]
            except OutOfBudget as end:
                ends.append(end)
                answers += [None] * (len(distinct) - len(answers))
                break
            self._tell(kind, len(answers), len(distinct))
        return [answers[place] for place in places]

    def _batches(
        self, by_kind: Mapping[type[Any], list[_Keyed]], keys: Sequence[bytes], known: dict[bytes, Answer]
    ) -> list[_Work]:
        """What is to be asked of each kind, in batches; what the subject lacks is answered at once.

        Longest first within a kind. Under a budget the requests that were named first go first, whatever their kind: so
        some probes are answered in full before it ends, and not all of them by half.
        """
        work = []
        for kind, keyed in by_kind.items():
            asked = [request for request in keyed if request.key not in known]
            ask = self._asking(kind)
            if ask is None:
                known.update((request.key, _lacking(kind)) for request in asked)
                continue
            names = {id(request.request): request.key for request in asked}
            key_of = partial(_key_in, names)  # each is spelled once, not at every sight
            planned = self._plan(VERBS[kind].packing, [request.request for request in asked], key_of)
            work += [_Work(kind, batch, ask, key_of, len(asked)) for batch in planned]
        if self._spending.limited:
            places = {key: place for place, key in reversed(list(enumerate(keys)))}
            work.sort(key=lambda item: min(places[item.key_of(request)] for request in item.batch.requests))
        return work

    def _answer_batches(self, work: Sequence[_Work], known: dict[bytes, Answer], ends: list[OutOfBudget]) -> None:
        """Asks the batches. Where the budget ends the cache is still looked into, but for what others wait for."""
        done: Counter[type[Any]] = Counter()
        for item in work:
            try:
                answers = self._answer_batch(item)
            except OutOfBudget as end:
                ends.append(end)
                if self._depth > 1:
                    return
                continue
            known.update(zip(map(item.key_of, item.batch.requests), answers, strict=True))
            done[item.kind] += len(answers)
            self._tell(item.kind, done[item.kind], item.total)

    def _answer_from_afar(
        self,
        subject: AnswersAsTheyCome,
        by_kind: dict[type[Any], list[_Keyed]],
        known: dict[bytes, Answer],
        ends: list[OutOfBudget],
    ) -> None:
        """Asks a model that is paid by the question: each answer is looked up and kept alone, as it comes."""
        for kind in [
            kind for kind in by_kind if not VERBS[kind].explained and isinstance(subject, VERBS[kind].protocol)
        ]:
            keyed = [entry for entry in by_kind.pop(kind) if entry.key not in known]
            asked = [entry for entry in keyed if not self._remembered(entry, known)]
            done = len(keyed) - len(asked)
            try:
                for arriving in subject.arriving([entry.request for entry in asked], self._spending):
                    entry = asked[arriving.place]
                    check([entry.request], [arriving.answer])
                    [answer] = as_cached([arriving.answer])
                    if self._cache is not None and arriving.lasting:
                        self._cache.put(self._key_alone(entry), veiled([entry.request], [answer], self.subject))
                    known[entry.key] = answer
                    self._count(1)
                    done += 1
                    self._tell(kind, done, len(keyed))
            except OutOfBudget as end:
                ends.append(end)

    def _remembered(self, entry: _Keyed, known: dict[bytes, Answer]) -> bool:
        """Whether the cache has the answer to a request that was asked alone; then it is known."""
        kept = None if self._cache is None else self._cache.get(self._key_alone(entry), 1)
        answers = None if kept is None else unveiled([entry.request], kept, self.subject)
        if answers is None:
            return False
        self.cache_hits += 1
        known[entry.key] = answers[0]
        return True

    def _key_alone(self, entry: _Keyed) -> bytes:
        return self._key([[entry.request]], lambda _: entry.key)

    def _tell(self, kind: type[Any], done: int, total: int) -> None:
        if self._progress is not None and self._depth == 1:
            self._progress(kind.__name__, done, total)

    def _plan(self, packing: Packing, requests: list[Any], key_of: planner.Key) -> list[planner.Batch]:
        subject = self.subject
        if packing == "explained":
            return planner.plan_explained(requests, list(map(planner.characters, requests)), key_of)
        if packing == "trees" and isinstance(subject, SharesPrefixes) and subject.tree_limit > 0:
            return planner.plan_trees(requests, subject.token_ids(requests), self._budget, subject.tree_limit, key_of)
        sizes = subject.sizes(requests) if isinstance(subject, Sizes) else list(map(planner.characters, requests))
        if packing == "continued" and isinstance(subject, Sizes):
            return planner.plan_continuations(requests, sizes, self._budget, key_of)
        if packing == "texts":
            return planner.plan_texts(requests, sizes, self._budget, key_of)
        return planner.plan(requests, sizes, self._budget, key_of)

    def _answer_batch(self, work: _Work) -> list[Answer]:
        """The answers of a whole batch, from the cache where it has them."""
        cache, batch, ask = self._cache, work.batch, work.ask
        if cache is None:
            return as_cached(self._ask(batch.rows, ask))
        key = self._key(batch.rows, work.key_of)
        kept = cache.get(key, len(batch.requests))
        answers = None if kept is None else unveiled(batch.requests, kept, self.subject)
        if answers is not None:
            self.cache_hits += 1
            return answers
        before = self._mishaps
        answers = as_cached(self._ask(batch.rows, ask))
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

    def _ask(self, rows: Rows, ask: Asking) -> list[Answer]:
        """Asks rows at once; in halves where memory does not hold them, one by one where anything else goes wrong."""
        requests = [request for row in rows for request in row]
        try:
            answers = self._timed(rows, requests, ask)
        except OutOfMemory:
            if len(requests) == 1:
                self._mishaps += 1
                return [Unanswered("out of memory: this request alone does not fit")]
            first, second = planner.halves(rows)
            return self._ask(first, ask) + self._ask(second, ask)
        except (FairwitnessError, BrokenSubject, OutOfBudget):
            raise
        except Exception as error:
            if len(requests) == 1:
                self._mishaps += 1
                return [lost_to(error, requests)]
            return [answer for request in requests for answer in self._ask([[request]], ask)]
        check(requests, answers)
        return answers

    def _timed(self, rows: Rows, requests: Sequence[Request], ask: Asking) -> list[Answer]:
        """The answers, where the budget has room for the question. An explanation is paid for by what it asks."""
        kind = type(requests[0])
        paid = 0 if VERBS[kind].explained else len(requests)
        self._spending.admit(kind.__name__, paid)
        begun = time.perf_counter()
        answers = ask(rows)
        self._spending.took(kind.__name__, paid, time.perf_counter() - begun)
        return answers

    def _asking(self, kind: type[Any]) -> Asking | None:
        """How one kind is asked; None where it cannot be."""
        verb = VERBS[kind]
        if verb.explained:
            return None if self._explainer is None else partial(self._explained, self._explainer, verb.method)
        if not isinstance(self.subject, verb.protocol):
            return None
        ask = getattr(self.subject, verb.method)
        return self._counted_rows(ask) if verb.packing == "trees" else self._counted(ask)

    def _explained(self, explainer: Explainer, verb: str, rows: Rows) -> list[Answer]:
        """Explanations; those with weights drawn at random are asked of the model while it has them."""
        answers: list[Answer] = []
        for (weights, seed), requests in groupby((request for row in rows for request in row), _weights_of):
            if weights == "own":
                answers += getattr(explainer, verb)(list(requests), self.answer)
            else:
                asked = [replace(request, weights="own") for request in requests if isinstance(request, Attribute)]
                answers += self._explained_at_random(explainer, weights, seed, asked)
        return answers

    def _explained_at_random(
        self, explainer: Explainer, weights: Weights, seed: int, requests: Sequence[Attribute]
    ) -> list[Answer]:
        """Explanations of the model with drawn weights, by an engine that knows no answers of the model as it is."""
        if not isinstance(self.subject, Randomises):
            return [Unanswered("the weights of this model cannot be drawn at random")] * len(requests)
        with self.subject.randomised(weights, seed) as variant:
            if isinstance(variant, Unanswered):
                return [variant] * len(requests)
            engine = Engine(variant, cache=self._cache, batch_tokens=self._budget, spending=self._spending)
            try:
                return list(explainer.about(variant).explain(requests, engine.answer))
            finally:
                self.model_calls += engine.model_calls
                self.cache_hits += engine.cache_hits
                self.asked += engine.asked
                self._mishaps += engine._mishaps

    def _counted(self, ask: Callable[[Any], Sequence[Answer]]) -> Asking:
        """A verb of flat batches, counted as a call of the model."""

        def asked(rows: Rows) -> list[Answer]:
            requests = [request for row in rows for request in row]
            self._count(len(requests))
            return list(ask(requests))

        return asked

    def _counted_rows(self, ask: Callable[[Any], Sequence[Sequence[Answer]]]) -> Asking:
        """A verb of rows, counted as a call of the model."""

        def asked(rows: Rows) -> list[Answer]:
            self._count(sum(len(row) for row in rows))
            answers = ask(rows)
            if [len(row) for row in answers] != [len(row) for row in rows]:
                raise BrokenSubject(
                    f"rows of {[len(row) for row in rows]} requests, {[len(row) for row in answers]} answers"
                )
            return [answer for row in answers for answer in row]

        return asked

    def _count(self, requests: int) -> None:
        self.model_calls += 1
        self.asked += requests


def _weights_of(request: Request) -> tuple[Weights, int]:
    """With which weights an explanation is asked for, and the seed of drawn ones."""
    if isinstance(request, Attribute) and request.weights != "own":
        return request.weights, request.seed
    return "own", 0


def _key_in(names: Mapping[int, bytes], request: Request) -> bytes:
    return names[id(request)]


def _lacking(kind: type[Any]) -> Unanswered:
    return Unanswered(f"this model does not answer {kind.__name__}")


def _versions() -> dict[str, str]:
    """Versions of the libraries whose arithmetic the answers are: another version asks again."""
    versions = {}
    for name in _ARITHMETIC:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions
