"""What a row comes to, computed from the document alone: whether its evidence is here, never whether a duty is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from fairwitness.audit.records import (
    Audit,
    Estimate,
    Facts,
    Measured,
    Metric,
    NotApplicable,
    ProbeResult,
    Undefined,
    UndefinedKind,
)
from fairwitness.reports.law.regimes import Item, Requirement

State: TypeAlias = Literal["covered", "partial", "needs_human", "not_run", "not_applicable"]
STATES: tuple[State, ...] = ("covered", "partial", "needs_human", "not_run", "not_applicable")
Presence: TypeAlias = Literal["here", "partly", "absent", "not_applicable"]
FILES = frozenset({"predictions", "published", "log"})
"""Kinds of subjects that are files of what a model answered: nothing says what kind of model it was."""


def presence(item: Item, audit: Audit) -> Presence:
    """Whether the evidence that an item names is in the document."""
    match item.kind:
        case "probes":
            return _of_probes(item, audit.results)
        case "manifest":
            return "here" if _in_manifest(item.name, audit) else "absent"
        case "fact":
            return _of_fact(item.name, audit.manifest.facts)


def measured(item: Item, results: Sequence[ProbeResult]) -> tuple[str, ...]:
    """The probes of an item that measured something that can be interpreted."""
    chosen = (result for result in results if result.probe.name in item.probes)
    return tuple(result.probe.name for result in chosen if _of_probe(result, item) in ("here", "partly"))


def state(row: Requirement, present: Sequence[Presence], audit: Audit) -> State:
    """What a row comes to, from its items in their order.

    It is covered only where every item is here and nothing is left to a person. Without what a probe measures it is not
    run, whatever else there is; keys of the manifest stand in every document and alone say little.
    """
    if not _applies(row, audit):
        return "not_applicable"
    probes = [there for item, there in zip(row.items, present, strict=True) if item.kind == "probes"]
    facts = [there for item, there in zip(row.items, present, strict=True) if item.kind == "fact"]
    if probes and set(probes) == {"not_applicable"}:
        return "not_applicable"
    if probes and not {"here", "partly"} & set(probes):
        return "not_run"
    if not probes and facts and set(facts) == {"absent"}:
        return "needs_human"
    if not {"here", "partly"} & set(present):
        return "needs_human" if row.needs_human else "not_run"
    return "covered" if set(present) == {"here"} and not row.needs_human else "partial"


def _applies(row: Requirement, audit: Audit) -> bool:
    subject = audit.manifest.subject
    return subject.kind in FILES or not row.applies_to or not row.applies_to.isdisjoint(subject.capabilities)


def _of_probes(item: Item, results: Sequence[ProbeResult]) -> Presence:
    """The best of the probes, of which one is enough."""
    states = [_of_probe(result, item) for result in results if result.probe.name in item.probes]
    if "here" in states:
        return "here"
    if "partly" in states:
        return "partly"
    asked = {result.probe.name for result in results}
    alike = set(states) == {"not_applicable"} and asked.issuperset(item.probes)
    return "not_applicable" if alike else "absent"


def _of_probe(result: ProbeResult, item: Item) -> Presence:
    if isinstance(result, NotApplicable):
        return "not_applicable" if result.code == "model_lacks" else "absent"
    if not isinstance(result, Measured):
        return "absent"
    chosen = [metric for metric in result.metrics if not item.groups or set(metric.by) == item.groups]
    if item.tag:
        chosen = [metric for metric in chosen if item.tag in metric.tags]
    metrics = [metric for metric in chosen if metric.name == item.metric] if item.metric else _telling(chosen)
    if not any(isinstance(metric.estimate, Estimate) for metric in metrics):
        return "absent"
    return "partly" if any(_is(metric, "not_interpretable") for metric in metrics) else "here"


def _telling(metrics: Sequence[Metric]) -> Sequence[Metric]:
    """Metrics of what a probe was asked about; where nothing of that was asked, its descriptions."""
    asked = [metric for metric in metrics if not _is(metric, "not_asked")]
    return [metric for metric in asked if metric.role == "bias"] or [
        metric for metric in asked if metric.role == "description"
    ]


def _is(metric: Metric, kind: UndefinedKind) -> bool:
    """Whether a metric has no value, of this kind."""
    return isinstance(metric.estimate, Undefined) and metric.estimate.kind == kind


def _in_manifest(key: str, audit: Audit) -> bool:
    """Whether a dotted key of the manifest has a value."""
    value: object = audit.manifest
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part)
    return bool(value)


def _of_fact(name: str, facts: Facts) -> Presence:
    given = any(fact.name == name for fact in facts.given)
    missing = any(fact.name == name for fact in facts.missing)
    return "absent" if not given else "partly" if missing else "here"
