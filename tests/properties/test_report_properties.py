"""Whatever a document holds, its tables can be had."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings

import fairwitness
from audits import audits
from fairwitness.audit.records import Audit, Measured


@given(audits)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_document_has_its_tables(audit: Audit) -> None:
    report = fairwitness.Report(audit, Path("/nowhere"))
    assert repr(report)
    measured = [result for result in audit.results if isinstance(result, Measured)]
    assert len(report.metrics) == sum(len(result.metrics) for result in measured)
    assert len(report.verdicts) == len(audit.verdicts)
    assert len(report.evidence()) == sum(len(result.evidence) for result in measured)
