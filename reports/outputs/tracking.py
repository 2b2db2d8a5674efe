"""What a tracking server is told of an audit: numbers, facts and verdicts under names that it takes, and no row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from fairwitness.audit.records import Audit, Estimate, Measured
from fairwitness.audit.records.file_names import file_name
from fairwitness.reports.headline import headline
from fairwitness.reports.labels import Labels
from fairwitness.reports.outputs.cases import RUN, cases
from fairwitness.reports.text import line

LONGEST = 500
"""Characters of a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """A run of a tracking server: numbers by name, what it was made with, and what came of it."""

    metrics: dict[str, float]
    parameters: dict[str, str]
    tags: dict[str, str]


def tracked(audit: Audit) -> Tracked:
    """Every value with both ends of its interval, the model and the policy, outcome and verdicts."""
    subject, policy = audit.manifest.subject, audit.manifest.policy
    facts = {
        "model": subject.spec,
        "revision": subject.revision,
        "fingerprint": subject.fingerprint,
        "policy": policy.path,
        "policy_sha256": policy.sha256,
        "seed": str(audit.manifest.seed),
        "fairwitness": audit.fairwitness_version,
    }
    said = {"outcome": audit.outcome, "exit_code": str(audit.exit_code), "headline": str(headline(audit))}
    said |= {f"verdict.{file_name(case.verdict.fingerprint)}": case.verdict.outcome for case in cases(audit)}
    return Tracked(
        metrics=dict(_numbers(audit)),
        parameters={name: _short(value) for name, value in facts.items() if value},
        tags={f"{RUN}.{name}": _short(value) for name, value in said.items()},
    )


def _numbers(audit: Audit) -> Iterator[tuple[str, float]]:
    seen: Counter[str] = Counter()
    for result in audit.results:
        for metric in result.metrics if isinstance(result, Measured) else ():
            if isinstance(metric.estimate, Estimate):
                name = f"{file_name(result.probe.name)}.{file_name(Labels.of(metric).named(metric.name))}"
                seen[name] += 1
                name = f"{'_' * name.startswith('.')}{name}{f'.{seen[name]}' if seen[name] > 1 else ''}"
                yield name, metric.estimate.value
                yield f"{name}.low", metric.estimate.low
                yield f"{name}.high", metric.estimate.high


def _short(value: str) -> str:
    text = line(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
