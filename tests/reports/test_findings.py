"""What a reader is told first."""

from __future__ import annotations

from dataclasses import replace

from judged_rows import audit, metric, verdict

from fairwitness.audit.records import Estimate, Metric, Verdict
from fairwitness.reports.evidence import Cuts
from fairwitness.reports.findings import departs, worst_first
from fairwitness.reports.view import page


def names(metrics: list[Metric], verdicts: list[Verdict]) -> list[str]:
    return [finding.row.name for finding in page(audit(metrics, verdicts), Cuts()).findings]


def test_gates_then_doubts_then_warnings_then_departures() -> None:
    metrics = [metric(name, 1.0) for name in ("free", "warned", "open", "failed", "passed")]
    verdicts = [
        verdict("warned", "fail", "warn"),
        verdict("open", "inconclusive"),
        verdict("failed", "fail"),
        verdict("passed", "pass"),
    ]
    assert names(metrics, verdicts) == ["failed", "open", "warned", "free"]


def test_the_farthest_beyond_its_limit_comes_first() -> None:
    metrics = [metric("near", 0.7), metric("far", 1.4), metric("wide", 1.4, 0.8)]
    assert names(metrics, [verdict(name, "fail") for name in ("near", "far", "wide")]) == ["far", "wide", "near"]


def test_never_more_than_seven() -> None:
    metrics = [metric(f"m{k}", 1.0) for k in range(12)]
    assert len(names(metrics, [verdict(f"m{k}", "fail") for k in range(12)])) == 7


def test_groups_of_one_metric_are_one_finding() -> None:
    metrics = [metric("gap", 1.0 + k, by={"group": str(k)}) for k in range(3)]
    verdicts = [replace(verdict("gap", "fail"), by={"group": str(k)}, fingerprint=str(k)) for k in range(3)]
    [finding] = page(audit(metrics, verdicts), Cuts()).findings
    assert (finding.row.group, finding.others) == ("group=2", 2)


def test_what_departs() -> None:
    assert departs(metric("m", 0.3))
    assert departs(metric("m", -0.3))
    assert not departs(metric("m", 0.05))
    assert departs(metric("m", 0.3, better="lower"))
    assert not departs(metric("m", -0.3, better="lower"))
    assert departs(metric("m", -0.3, better="higher"))
    assert not departs(metric("m", 0.3, better="none"))
    assert not departs(metric("m", 0.3, null=None))


def test_worst_first_knows_which_way_is_bad() -> None:
    values = (0.1, -0.5, 0.3)
    order = {
        better: [
            m.estimate.value
            for m in worst_first([metric("m", v, better=better) for v in values], {})
            if isinstance(m.estimate, Estimate)
        ]
        for better in ("lower", "higher", "near_zero")
    }
    assert order == {"lower": [0.3, 0.1, -0.5], "higher": [-0.5, 0.1, 0.3], "near_zero": [-0.5, 0.3, 0.1]}
