"""The page without evidence keeps its budget: of a table of decisions with many groups, and of the default suite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle, islice

import pytest
from golden.sample import sample

from fairwitness.audit.huggingface.kinds import KINDS
from fairwitness.audit.probe import find
from fairwitness.audit.records import Audit, Measured
from fairwitness.audit.session.suites import SUITES
from fairwitness.reports.html import render

MOST = 350_000
"""The heaviest page is that of a causal model, 334,000: a frame of 141,000, gender with rows by group 48,000 and seven
more probes of some 21,000 each. A real page has more claims and verdicts; one of all probes would have 503,000."""
MOST_OF_DECISIONS = 250_000
"""The sample has fewer columns, claims and verdicts than a real table of decisions, whose page has 400,000."""
ROWS_BY_GROUP = 560
HEADLINES = 9
"""As many as the default suite has of each probe of a language model."""


def weight(audit: Audit) -> int:
    bare = [replace(result, evidence=()) if isinstance(result, Measured) else result for result in audit.results]
    return len(render(replace(audit, results=tuple(bare))).encode())


@pytest.mark.slow
def test_decisions_with_hundreds_of_rows_by_group() -> None:
    audit = sample()
    fairness = audit.results[1]
    assert isinstance(fairness, Measured)
    by_group = [metric for metric in fairness.metrics if metric.scope == "detail" and metric.by]
    rows = [
        replace(metric, name=f"{metric.name}_{number // len(by_group)}")
        for number, metric in enumerate(islice(cycle(by_group), ROWS_BY_GROUP))
    ]
    audit = replace(audit, results=(replace(fairness, metrics=(*fairness.metrics, *rows)), *audit.results[5:]))
    assert weight(audit) < MOST_OF_DECISIONS


def default_page(audit: Audit, probes: Sequence[str]) -> Audit:
    """Each probe with its own words, and results as the samples have them; the judged ones under real verdicts."""
    measured = [result for result in audit.results if isinstance(result, Measured)]
    metrics = [metric for result in measured for metric in result.metrics if metric.scope != "detail"]
    details = [metric for metric in measured[0].metrics if metric.scope == "detail"]
    results = []
    for number, name in enumerate(probes):
        start = number * 3
        headlines = list(islice(cycle(metrics), start, start + HEADLINES))
        unique = {metric.key: metric for metric in [*headlines, *(details if number == 0 else ())]}
        like = replace(measured[0], probe=find(name).spec, metrics=tuple(unique.values()))
        results.append(measured[0] if name == measured[0].probe.name else like)
    return replace(audit, results=tuple(results))


def probes_of(capabilities: Sequence[str]) -> tuple[str, ...]:
    """The probes of the default suite that a model of these capabilities is asked."""
    able = set(capabilities)
    return tuple(name for name in SUITES["default"].probes if any(able >= set(way) for way in find(name).spec.needs))


ASKED = {name: probes_of(kind.capabilities) for name, kind in KINDS.items()} | {"table": probes_of(["Predict"])}


def test_every_probe_of_the_default_suite_is_on_a_page() -> None:
    assert set().union(*ASKED.values()) == set(SUITES["default"].probes)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind, probes in ASKED.items() if probes])
def test_the_default_suite(kind: str) -> None:
    """On the page of a model stand the probes that its kind can be asked, never those of pictures beside the others."""
    assert weight(default_page(sample(), ASKED[kind])) < MOST
