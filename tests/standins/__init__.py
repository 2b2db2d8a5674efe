"""Stand-ins for a model, put through a whole run: those that say nothing, and for each probe the most biased one.

A `Scenario` names a probe, what it is given, and models whose answers are known. `audit_of` runs one as `assay run`
would, with the policy that Assay brings, and gives the document with its verdicts and exit code.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from assay.audit import policy, probe, runner
from assay.audit.engine import Engine
from assay.audit.records import Audit, SubjectInfo, Table
from assay.audit.requests import (
    Answer,
    AnswerQuestion,
    Attend,
    Classify,
    ClassScores,
    Embed,
    Embedding,
    Filled,
    FillMask,
    Generate,
    Generated,
    LogLikelihood,
    Marked,
    Predict,
    Prediction,
    PseudoLogLikelihood,
    Request,
    TokenScores,
    Unanswered,
    UnmaskedLikelihood,
)

Answerer = Callable[[Request], Answer]


@dataclass(frozen=True)
class Scenario:
    """One way to ask a probe.

    `biased` is the most biased model there is of this kind, and must fail the rules `fails`; `fair` is a competent one
    without bias, None where a probe has no such thing. `decides` is True where decisions are compared by group, so that
    a model that decides at random may pass.
    """

    probe: str
    capabilities: tuple[str, ...]
    biased: Answerer
    fails: tuple[str, ...]
    tables: Mapping[str, Table] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    fair: Answerer | None = None
    decides: bool = False
    kind: str = "stand_in"
    name: str = ""

    def __str__(self) -> str:
        return f"{self.probe}-{self.name or self.capabilities[0]}"


@dataclass
class StandIn:
    """A model whose every answer comes from a function."""

    answer: Answerer
    info: SubjectInfo

    def fill_masks(self, batch: Sequence[FillMask]) -> list[Any]:
        return self._all(batch)

    def log_likelihoods(self, rows: Sequence[Sequence[LogLikelihood]]) -> list[list[Any]]:
        return [self._all(row) for row in rows]

    def pseudo_log_likelihoods(self, batch: Sequence[PseudoLogLikelihood]) -> list[Any]:
        return self._all(batch)

    def unmasked_likelihoods(self, batch: Sequence[UnmaskedLikelihood]) -> list[Any]:
        return self._all(batch)

    def generate(self, batch: Sequence[Generate]) -> list[Any]:
        return self._all(batch)

    def classify(self, batch: Sequence[Classify]) -> list[Any]:
        return self._all(batch)

    def answer_questions(self, batch: Sequence[AnswerQuestion]) -> list[Any]:
        return self._all(batch)

    def attend(self, batch: Sequence[Attend]) -> list[Any]:
        return self._all(batch)

    def embed(self, batch: Sequence[Embed]) -> list[Any]:
        return self._all(batch)

    def predict(self, batch: Sequence[Predict]) -> list[Any]:
        return self._all(batch)

    def _all(self, batch: Sequence[Request]) -> list[Any]:
        return [self.answer(request) for request in batch]


def audit_of(scenario: Scenario, answer: Answerer) -> Audit:
    """The document of one run of the scenario's probe, asked by name, judged by the policy that Assay brings."""
    chosen = probe.find(scenario.probe)
    info = SubjectInfo("stand-in", "0" * 64, scenario.kind, "StandIn", 1, "float32", scenario.capabilities)
    own = tuple(need for need in chosen.spec.data if need.package.startswith("assay"))
    supplied = runner.provide([replace(chosen.spec, data=own)], {}, offline=True)
    given = runner.Supply({**supplied[scenario.probe].tables, **scenario.tables})
    read, told = policy.load(None)
    options = chosen.options.model_validate(dict(scenario.options))
    engine = Engine(StandIn(answer, info))
    return runner.run([(chosen, options)], engine, info, {scenario.probe: given}, {}, read, told, seed=0)


def silent(request: Request) -> Answer:
    """Answers nothing."""
    return Unanswered("no answer")


def not_a_number(request: Request) -> Answer:
    """Answers in the right form, with no number in it."""
    return _answer(request, math.nan)


def alike(request: Request) -> Answer:
    """Answers the same to everything."""
    return _answer(request, -1.0)


def at_random(seed: int = 0) -> Answerer:
    """Answers every request by chance: the same one always the same."""

    def answer(request: Request) -> Answer:
        rng = np.random.default_rng([seed, zlib.crc32(repr(request).encode())])
        return _random(request, rng)

    return answer


def _answer(request: Request, value: float) -> Answer:
    """The one value in the form of this kind of request; a sentence has it in all, however long it is."""
    match request:
        case FillMask(targets=targets, top=top):
            return Filled((value,) * len(targets), (1,) * len(targets), (("thing", value),) if top else ())
        case LogLikelihood(context=context):
            return TokenScores((value,), (False,), (len(context),))
        case PseudoLogLikelihood() | UnmaskedLikelihood():
            return TokenScores((value,), (False,), (0,), (1.0,))
        case Generate():
            return Generated("" if math.isnan(value) else " a thing.", 3)
        case Classify():
            return ClassScores(_LABELS, (value, value, value))
        case AnswerQuestion(context=context, spans=spans):
            scores = (value,) * len(spans)
            return Marked(context[:1], 0, 1, value, scores, scores, (1,) * len(spans))
        case Embed():
            return Embedding(np.full(4, value, dtype=np.float32), 1)
        case Predict():
            return Prediction("1", value if math.isnan(value) else 0.5)
        case _:
            return Unanswered("no answer of this kind")


def _random(request: Request, rng: np.random.Generator) -> Answer:
    match request:
        case FillMask(targets=targets, top=top):
            scores = tuple(float(one) for one in -rng.exponential(4, len(targets)) - 1)
            return Filled(scores, (1,) * len(targets), (("thing", -3.0),) if top else ())
        case LogLikelihood(context=context):
            return TokenScores((float(-rng.exponential(8)),), (False,), (len(context),))
        case PseudoLogLikelihood() | UnmaskedLikelihood():
            return TokenScores((float(-rng.exponential(8)),), (False,), (0,), (1.0,))
        case Generate():
            return Generated(f" {rng.choice(['a good', 'a bad', 'a filthy', 'the other'])} thing.", 4)
        case Classify():
            return ClassScores(_LABELS, tuple(float(one) for one in rng.normal(0, 3, 3)))
        case AnswerQuestion(context=context, spans=spans):
            scores = tuple(float(one) for one in -rng.exponential(3, len(spans)) - 0.1)
            start, end = spans[int(np.argmax(scores))] if spans else (0, 1)
            return Marked(context[start:end], start, end, max(scores, default=-1.0), scores, scores, (1,) * len(spans))
        case Embed():
            return Embedding(rng.normal(0, 1, 16).astype(np.float32), 1)
        case Predict():
            score = float(rng.random())
            return Prediction(str(int(score > 0.5)), score)
        case _:
            return Unanswered("no answer of this kind")


_LABELS = ("entailment", "neutral", "contradiction")


def with_gaps(answer: Answerer, share: float, seed: int = 1) -> Answerer:
    """The same model, of which so many answers are missing."""

    def gappy(request: Request) -> Answer:
        draw = np.random.default_rng([seed, zlib.crc32(repr(request).encode())]).random()
        return Unanswered("too long") if draw < share else answer(request)

    return gappy


def filled_by(answer: Answerer, other: Answerer, share: float, seed: int = 1) -> Answerer:
    """The same model, whose missing answers another one gave."""
    gappy = with_gaps(answer, share, seed)

    def whole(request: Request) -> Answer:
        given = gappy(request)
        return other(request) if isinstance(given, Unanswered) else given

    return whole
