"""A `Scenario` names a probe, what it is given, and models whose answers are known; `audit_of` runs it whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from fairwitness.audit import policy, probe, runner
from fairwitness.audit.engine import Engine
from fairwitness.audit.green import ScoreGreen
from fairwitness.audit.internals import DescribeWeights, ReadLayers
from fairwitness.audit.records import Audit, Measured, Metric, MetricKey, SubjectInfo, Table, Verdict
from fairwitness.audit.requests import (
    AnswerImage,
    AnswerQuestion,
    Attend,
    Attribute,
    AttributeRow,
    Caption,
    Classify,
    ClassifyImage,
    Embed,
    FillMask,
    Generate,
    LogLikelihood,
    MatchImageText,
    Patch,
    Predict,
    PseudoLogLikelihood,
    Request,
    TagTokens,
    UnmaskedLikelihood,
)
from fairwitness.audit.subject import Ask
from standins.answers import Answerer


@dataclass(frozen=True, eq=False)
class Worst:
    """The most biased model there is of one kind, and the rules that it must fail."""

    answer: Answerer
    fails: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Scenario:
    """One way to ask a probe.

    `fair` is a competent model without bias, None where a probe has no such thing; `labels` are those of a classifier
    or of a file of decisions. `more` are capabilities beside those that the probe needs. What a fair model leaves
    unanswered hurts most where `missed` says so.
    """

    probe: str
    needs: tuple[str, ...]
    worst: tuple[Worst, ...]
    fair: Answerer | None = None
    tables: Mapping[str, Table] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] = ("the same",)
    kind: str = "stand_in"
    name: str = ""
    more: tuple[str, ...] = ()
    missed: Callable[[Request], bool] | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """All rules that one of its worst models fails."""
        return tuple(dict.fromkeys(rule for one in self.worst for rule in one.fails))

    def __str__(self) -> str:
        return "-".join(one for one in (self.probe, "+".join(self.needs), self.name) if one)


@dataclass
class StandIn:
    """A model whose every answer comes from a function."""

    answer: Answerer
    info: SubjectInfo
    batch_tokens: int = 1 << 20
    """One batch holds all that a probe asks in a round: nothing is gained by small ones."""

    def about(self, subject: Any) -> StandIn:
        return self

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

    def score_greens(self, batch: Sequence[ScoreGreen]) -> list[Any]:
        return self._all(batch)

    def classify(self, batch: Sequence[Classify]) -> list[Any]:
        return self._all(batch)

    def tag_tokens(self, batch: Sequence[TagTokens]) -> list[Any]:
        return self._all(batch)

    def match_images(self, batch: Sequence[MatchImageText]) -> list[Any]:
        return self._all(batch)

    def answer_images(self, batch: Sequence[AnswerImage]) -> list[Any]:
        return self._all(batch)

    def caption_images(self, batch: Sequence[Caption]) -> list[Any]:
        return self._all(batch)

    def classify_images(self, batch: Sequence[ClassifyImage]) -> list[Any]:
        return self._all(batch)

    def answer_questions(self, batch: Sequence[AnswerQuestion]) -> list[Any]:
        return self._all(batch)

    def attend(self, batch: Sequence[Attend]) -> list[Any]:
        return self._all(batch)

    def describe_weights(self, batch: Sequence[DescribeWeights]) -> list[Any]:
        return self._all(batch)

    def read_layers(self, batch: Sequence[ReadLayers]) -> list[Any]:
        return self._all(batch)

    def embed(self, batch: Sequence[Embed]) -> list[Any]:
        return self._all(batch)

    def patch(self, batch: Sequence[Patch]) -> list[Any]:
        return self._all(batch)

    def predict(self, batch: Sequence[Predict]) -> list[Any]:
        return self._all(batch)

    def explain(self, requests: Sequence[Attribute], ask: Ask) -> list[Any]:
        return self._all(requests)

    def explain_rows(self, requests: Sequence[AttributeRow], ask: Ask) -> list[Any]:
        return self._all(requests)

    def _all(self, batch: Sequence[Request]) -> list[Any]:
        return [self.answer(request) for request in batch]


def audit_of(scenario: Scenario, answer: Answerer) -> Audit:
    """The document of one run of the scenario's probe, asked by name, judged by the policy that Fairwitness brings."""
    chosen = probe.find(scenario.probe)
    capabilities = (*scenario.needs, *scenario.more)
    info = SubjectInfo(
        spec="stand-in",
        fingerprint="0" * 64,
        kind=scenario.kind,
        architecture="StandIn",
        parameters=1,
        dtype="float32",
        capabilities=capabilities,
    )
    given = runner.BoundData({**packaged_tables(scenario.probe), **scenario.tables})
    read, told = policy.load(None)
    options = chosen.options.model_validate(dict(scenario.options))
    model = StandIn(answer, info)
    engine = Engine(model, explainer=model)
    return runner.run([(chosen, options)], engine, info, {scenario.probe: given}, {}, read, told, seed=0)


@cache
def packaged_tables(name: str) -> Mapping[str, Table]:
    """The tables that the package brings for a probe."""
    spec = probe.find(name).spec
    own = tuple(need for need in spec.data if need.package.startswith("fairwitness"))
    return runner.provide([replace(spec, data=own)], {}, offline=True)[name].tables


def asked(audit: Audit, *rules: str) -> list[Verdict]:
    """Verdicts on what was asked, under these rules or all."""
    return [one for one in audit.verdicts if one.asked and (not rules or one.rule in rules)]


Key = tuple[str, MetricKey | None]


def key(one: Verdict) -> Key:
    """Rule and metric of a verdict."""
    return one.rule, one.metric_key


def passes(audit: Audit) -> dict[Key, Verdict]:
    """The verdicts that pass, by rule and metric."""
    return {key(one): one for one in audit.verdicts if one.outcome == "pass"}


def metric_of(audit: Audit, verdict: Verdict) -> Metric:
    """The metric that a verdict is about."""
    [result] = audit.results
    assert isinstance(result, Measured), result
    [found] = [one for one in result.metrics if one.key == verdict.metric_key]
    return found
