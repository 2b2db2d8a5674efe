"""The attribution probe driven over the shipped texts, with a function in place of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from standins.explanations import by_people

from fairwitness.audit.datasets import find
from fairwitness.audit.probe import Context, Findings
from fairwitness.audit.records import Estimate, Evidence, Metric, Table
from fairwitness.audit.requests import Answer, Request
from fairwitness.probes.explanation.attribution.items import AttributionOptions
from fairwitness.probes.explanation.attribution.probe import PROBE
from organisms import drive_rounds


def texts() -> Table:
    return find(PROBE.spec.data[0])


def own(**columns: tuple[str, ...]) -> Table:
    rows = len(next(iter(columns.values())))
    return Table(replace(texts().source, rows=rows), columns)


def measure(
    given: Callable[[Request], Answer] = by_people,
    capabilities: tuple[str, ...] = ("Attribute", "FillMask"),
    table: Table | None = None,
    **options: object,
) -> tuple[Findings, list[Request]]:
    made = AttributionOptions.model_validate(options)
    ctx = Context(
        seed=0, options=made, capabilities=frozenset(capabilities), data={"attribution_texts": table or texts()}
    )
    asked: list[Request] = []

    def ask(requests: Sequence[Request]) -> list[Answer]:
        asked.extend(requests)
        return [given(request) for request in requests]

    return drive_rounds(PROBE, ctx, ask), asked


def metrics(findings: Findings, name: str) -> Mapping[str, Metric]:
    return {" ".join(one.variant.values()): one for one in findings.metrics if one.name == name}


def value(findings: Findings, name: str, by: str) -> Estimate:
    estimate = metrics(findings, name)[by].estimate
    assert isinstance(estimate, Estimate), estimate
    return estimate


def evidence(findings: Findings, key: str) -> Evidence:
    (found,) = [one for one in findings.evidence if one.id == key]
    return found
