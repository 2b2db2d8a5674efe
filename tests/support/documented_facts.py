"""Facts with every key filled in, and audits that hold all that a table of requirements can name as evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from golden.sample import sample
from golden.sample_base import estimate

from fairwitness.audit import facts
from fairwitness.audit.probe import registry
from fairwitness.audit.records import Audit, Estimate, Facts, Measured, Metric, ProbeResult, Undefined
from fairwitness.reports.law.regimes import regimes

COLUMNS: tuple[Mapping[str, str], ...] = ({}, {"sex": "female"}, {"race": "White"}, {"sex": "female", "race": "White"})
"""Groups of the metrics of a made-up result: overall, two columns, and both crossed."""


def filled() -> str:
    """The file to fill in with every key filled in."""
    text = re.sub(r"(?m)^# (\w+ = |\[)", r"\1", facts.template())
    return re.sub(r'(date|collected_\w+) = "…"', r'\1 = "2024-02-01"', text).replace("…", "said")


def whole() -> Facts:
    """The facts of that file."""
    return facts.given(filled())


def named_by_laws(probe: str) -> tuple[str, ...]:
    """The metrics of a probe that rows of laws name."""
    items = [item for regime in regimes() for row in regime.rows for item in row.items]
    return tuple(dict.fromkeys(item.metric for item in items if item.metric and probe in item.probes))


def tags_of_laws(probe: str) -> tuple[str, ...]:
    """The tags of metrics of a probe that rows of laws name."""
    items = [item for regime in regimes() for row in regime.rows for item in row.items]
    return tuple(dict.fromkeys(item.tag for item in items if item.tag and probe in item.probes))


def result(name: str, *values: Estimate | Undefined) -> Measured:
    """A made-up result of an installed probe: metrics of bias for each kind of group and value, those of laws too."""
    metrics = [
        Metric(
            name=metric,
            estimate=value,
            unit="",
            better="near_zero",
            null=0.0,
            by=by,
            claim="",
            tags=tags_of_laws(name),
        )
        for value in values or (estimate(0.1, 0.05, 30),)
        for by in COLUMNS
        for metric in ("gap", *named_by_laws(name))
    ]
    return Measured(probe=registry()[name].spec, metrics=tuple(metrics), evidence=(), requests=1, unanswered=0)


def with_all(results: Iterable[ProbeResult] | None = None, known: Facts | None = None) -> Audit:
    """An audit of a model that answers everything; of every probe, with all facts, where nothing else is given."""
    audit = sample()
    subject = replace(audit.manifest.subject, capabilities=("Generate", "LogLikelihood", "Predict", "Classify"))
    run = {**audit.manifest.run, "policy_recorded": "2026-11-22T09:41:08Z"}
    manifest = replace(audit.manifest, subject=subject, run=run, facts=whole() if known is None else known)
    every = [result(name) for name in registry()]
    return replace(audit, manifest=manifest, results=tuple(every if results is None else results), verdicts=())
