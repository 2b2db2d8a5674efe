"""CycloneDX 1.6: the model as a component of a bill of materials, with a model card of what was measured.

https://cyclonedx.org/docs/1.6/json/. The schema knows values, slices and intervals, and no verdicts: these stand among
the properties of the card, by their fingerprints.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from fairwitness.audit.records import Audit, Estimate, Measured, Metric
from fairwitness.reports.facts import FactRow, fact_rows
from fairwitness.reports.headline import headline
from fairwitness.reports.i18n import both
from fairwitness.reports.labels import Labels
from fairwitness.reports.outputs.cases import RUN, cases, problems
from fairwitness.reports.outputs.model_card import TASKS
from fairwitness.reports.text import line

SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "fairwitness")
"""What serial numbers are made in: equal documents have equal ones."""
NAME = RUN
MODEL = "model"
CONSIDERED = {"use.users": "users", "use.intended": "useCases"}
"""Facts that the schema has a place for."""


def render(audit: Audit) -> str:
    """The whole file."""
    body = {"metadata": _metadata(audit), "components": [_model(audit)]}
    serial = uuid.uuid5(NAMESPACE, json.dumps(body, sort_keys=True))
    head = {"$schema": SCHEMA, "bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}"}
    return json.dumps({**head, "version": 1, **body}, ensure_ascii=False, indent=1) + "\n"


def _metadata(audit: Audit) -> dict[str, Any]:
    tool = {"type": "application", "name": NAME, "version": line(audit.fairwitness_version)}
    return {"tools": {"components": [tool]}, "properties": [*_properties(_run(audit))]}


def _run(audit: Audit) -> Iterator[tuple[str, str]]:
    policy = audit.manifest.policy
    yield "outcome", audit.outcome
    yield "exit_code", str(audit.exit_code)
    yield "headline", str(headline(audit))
    yield "policy", policy.path
    yield "policy_sha256", policy.sha256
    yield "started", str(audit.manifest.run.get("started", ""))


def _model(audit: Audit) -> dict[str, Any]:
    subject = audit.manifest.subject
    facts = {"fingerprint": subject.fingerprint, "kind": subject.kind, "dtype": subject.dtype}
    facts |= {"parameters": "" if subject.parameters is None else str(subject.parameters)}
    component: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": MODEL,
        "name": line(subject.spec) or MODEL,
        "version": line(subject.revision),
        "properties": [*_properties(iter(facts.items()))],
        "modelCard": _card(audit),
    }
    return {key: value for key, value in component.items() if value not in ("", [])}


def _card(audit: Audit) -> dict[str, Any]:
    measured = [result for result in audit.results if isinstance(result, Measured)]
    numbers = [
        _number(result, metric, metric.estimate)
        for result in measured
        for metric in result.metrics
        if isinstance(metric.estimate, Estimate)
    ]
    limits = [f"{line(result.probe.title)}: {line(limit)}" for result in measured for limit in result.probe.limits]
    rows = fact_rows(audit.manifest.facts)
    missing = [f"{_named(row)}: {both('missing')}" for row in rows if row.missing]
    given = {row.name: list(row.texts) for row in rows if not row.missing and not row.entry}
    risks = [case for case in cases(audit) if case.standing != "passed" and case.metric and case.verdict.by]
    return {
        "bom-ref": "model-card",
        "modelParameters": _parameters(audit),
        "quantitativeAnalysis": {"performanceMetrics": numbers},
        "considerations": {
            **{key: given[name] for name, key in CONSIDERED.items() if name in given},
            "technicalLimitations": [*given.get("use.caveats", []), *limits, *missing],
            "fairnessAssessments": [
                {"groupAtRisk": str(Labels.of(case.verdict).text), "harms": case.message} for case in risks
            ],
        },
        "properties": [*_properties(chain(_facts(rows), _verdicts(audit)))],
    }


def _facts(rows: Iterable[FactRow]) -> Iterator[tuple[str, str]]:
    """What somebody wrote, by the names of the facts file."""
    for row in rows:
        if not row.missing:
            yield f"fact:{row.name}", "; ".join(row.texts) + (f" ({row.entry})" if row.entry else "")


def _named(row: FactRow) -> str:
    return f"{row.label} ({row.entry})" if row.entry else str(row.label)


def _parameters(audit: Audit) -> dict[str, Any]:
    subject = audit.manifest.subject
    task, architecture = TASKS.get(subject.kind, ""), line(subject.architecture)
    return {
        **({"task": task} if task else {}),
        **({"modelArchitecture": architecture} if architecture else {}),
        "datasets": [
            {
                "type": "dataset",
                "name": line(data.name),
                "description": line(f"{data.source}; {data.rows} rows; licence {data.licence}; sha256 {data.sha256}"),
            }
            for data in audit.manifest.data
        ],
    }


def _number(result: Measured, metric: Metric, estimate: Estimate) -> dict[str, Any]:
    group, unit = str(Labels.of(metric).text), line(metric.unit)
    return {
        "type": f"{line(result.probe.name)}/{line(metric.name)}{f' ({unit})' if unit else ''}",
        "value": repr(estimate.value),
        **({"slice": group} if group else {}),
        "confidenceInterval": {"lowerBound": repr(estimate.low), "upperBound": repr(estimate.high)},
    }


def _verdicts(audit: Audit) -> Iterator[tuple[str, str]]:
    for case in cases(audit):
        mark = line(case.verdict.fingerprint)
        yield f"verdict:{mark}", case.verdict.outcome
        yield f"standing:{mark}", case.standing
        yield f"message:{mark}", f"{case.name}: {case.message}"
    for problem in problems(audit):
        if problem.verdict is None:
            yield f"problem:{problem.fingerprint}", f"{problem.rule}: {problem.message}"


def _properties(pairs: Iterator[tuple[str, str]]) -> Iterator[dict[str, str]]:
    for name, value in pairs:
        if value:
            yield {"name": f"{NAME}:{name}", "value": line(str(value))}
