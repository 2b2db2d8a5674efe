"""Subjects that answer from a rule in place of a model, and probes made of two functions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fairwitness.audit.probe import Context, Findings, MetricSpec, Options, ProbeRun
from fairwitness.audit.records import Column, DataNeed, Estimate, Evidence, Metric, ProbeSpec, SubjectInfo
from fairwitness.audit.requests import (
    Classify,
    ClassScores,
    Filled,
    FillMask,
    LogLikelihood,
    TokenScores,
    Unanswered,
)

INFO = SubjectInfo(
    spec="fake",
    fingerprint="f" * 32,
    kind="fake",
    architecture="FakeModel",
    parameters=1,
    dtype="float32",
    capabilities=("Classify", "LogLikelihood", "FillMask"),
)


def number(*parts: str) -> float:
    """A value in [0, 1) that depends on nothing but the texts, exact in float32."""
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:2], "big") / 65536


@dataclass
class FakeModel:
    """Answers three kinds. `calls` holds the batches it saw; `fail` may raise for a batch or give another answer."""

    info: SubjectInfo = INFO
    fail: Callable[[Sequence[Any]], None] = lambda batch: None
    calls: list[list[Any]] = field(default_factory=list)

    def classify(self, batch: Sequence[Classify]) -> list[ClassScores | Unanswered]:
        self._see(batch)
        return [ClassScores(("no", "yes"), (number(one.text, "no"), number(one.text, "yes"))) for one in batch]

    def fill_masks(self, batch: Sequence[FillMask]) -> list[Filled | Unanswered]:
        self._see(batch)
        return [
            Filled(tuple(-number(one.text, target) for target in one.targets), tuple(1 for _ in one.targets))
            for one in batch
        ]

    def log_likelihoods(self, rows: Sequence[Sequence[LogLikelihood]]) -> list[list[TokenScores | Unanswered]]:
        self._see([request for row in rows for request in row])
        return [[self.score(request) for request in row] for row in rows]

    def score(self, request: LogLikelihood) -> TokenScores:
        """One token a character."""
        text, start = request.context + request.continuation, len(request.context)
        places = tuple(range(start, len(text)))
        return TokenScores(tuple(-number(text[: at + 1]) for at in places), tuple(False for _ in places), places)

    def _see(self, batch: Sequence[Any]) -> None:
        self.calls.append(list(batch))
        self.fail(batch)


@dataclass
class TreeModel(FakeModel):
    """The same model, which also shares beginnings; its tokens are the characters, after a start token."""

    tree_limit: int = 64

    def token_ids(self, requests: Sequence[LogLikelihood]) -> list[tuple[int, ...]]:
        return [(0, *map(ord, request.context + request.continuation)) for request in requests]


def spec(name: str = "fake", needs: tuple[tuple[str, ...], ...] = (("Classify",),), data: Any = ()) -> ProbeSpec:
    return ProbeSpec(
        name=name,
        version="1",
        family="test",
        title="Title",
        question="Question?",
        why="Why.",
        how_to_read="How.",
        needs=needs,
        citations=("A 2020",),
        limits=("limit",),
        data=data,
    )


@dataclass(frozen=True)
class FakeProbe:
    """A probe whose run is a plain generator function."""

    spec: ProbeSpec
    body: Callable[[Context], ProbeRun]
    options: type[Options] = Options
    metrics: tuple[MetricSpec, ...] = ()

    def run(self, ctx: Context) -> ProbeRun:
        return self.body(ctx)


def asking(name: str, texts: Sequence[str], rounds: int = 1) -> FakeProbe:
    """A probe that classifies texts, as many times as there are rounds, and reports the mean logit of `yes`."""

    def body(ctx: Context) -> ProbeRun:
        values: list[float] = []
        for turn in range(rounds):
            answers = yield [Classify(text if turn == 0 else f"{text} ({turn})") for text in texts]
            values += [answer.logits[1] for answer in answers if isinstance(answer, ClassScores)]
        return Findings(
            metrics=[metric("mean", sum(values) / len(values), len(values))], evidence=[table("rows", values)]
        )

    return FakeProbe(spec(name), body)


def metric(name: str, value: float, n: int, evidence: tuple[str, ...] = ("rows",), by: Any = None) -> Metric:
    estimate = Estimate(value=value, low=value - 1, high=value + 1, level=0.95, n=n, method="made up")
    return Metric(
        name=name, estimate=estimate, unit="logit", better="none", claim="nothing", evidence=evidence, by=by or {}
    )


def table(name: str, values: Sequence[float]) -> Evidence:
    columns = (Column("row", "number"), Column("value", "number", "logit"))
    return Evidence(
        id=name, caption="values", kind="table", columns=columns, rows=tuple(enumerate(values)), total=len(values)
    )


def need(name: str = "table", **known: Any) -> DataNeed:
    return DataNeed(name=name, what="a table", **known)
