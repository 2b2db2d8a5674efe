"""The page without evidence keeps its budget: of a table of decisions with many groups, and of the default suite."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice

import pytest
from golden.sample import sample

from fairwitness.audit.probe import find
from fairwitness.audit.records import Audit, Measured
from fairwitness.audit.session.suites import SUITES
from fairwitness.reports.html import render

MOST = 400_000
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


@pytest.mark.slow
def test_the_default_suite() -> None:
    """Each probe with its own words, and results as the samples have them; the judged ones under real verdicts."""
    audit = sample()
    measured = [result for result in audit.results if isinstance(result, Measured)]
    metrics = [metric for result in measured for metric in result.metrics if metric.scope != "detail"]
    details = [metric for metric in measured[0].metrics if metric.scope == "detail"]
    results = []
    of_taggers = (("TagTokens",),)
    asked = [name for name in SUITES["default"].probes if find(name).spec.needs != of_taggers]
    for number, name in enumerate(asked):
        start = number * 3
        headlines = list(islice(cycle(metrics), start, start + HEADLINES))
        unique = {metric.key: metric for metric in [*headlines, *(details if number == 0 else ())]}
        results.append(replace(measured[0], probe=find(name).spec, metrics=tuple(unique.values())))
    results = [measured[0], *(result for result in results if result.probe.name != measured[0].probe.name)]
    assert weight(replace(audit, results=tuple(results))) < MOST
