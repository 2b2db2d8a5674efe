"""Two models that were asked the same items are compared item by item, from what both runs stored."""

from __future__ import annotations

from pathlib import Path

import pytest
from standins.every import find
from standins.runs import audit_of

from fairwitness.audit import document, stats
from fairwitness.audit.comparison.paired import independent_change
from fairwitness.audit.records import Audit, Estimate, Measured, ScoredItems

pytestmark = pytest.mark.slow


def stored(audit: Audit, folder: Path) -> tuple[ScoredItems, Estimate]:
    """The items of a run as its folder holds them, and the gap that its document tells."""
    document.write(audit, folder)
    [result] = document.with_items(document.read(folder), folder).results
    assert isinstance(result, Measured)
    assert isinstance(result.items, ScoredItems)
    [gap] = [metric.estimate for metric in result.metrics if metric.name == "corrected_gap"]
    assert isinstance(gap, Estimate)
    return result.items, gap


def test_items_of_two_runs_are_paired_by_id_score_by_score(tmp_path: Path) -> None:
    """The mean of the differences is the difference of the metrics, and its interval knows what the runs share."""
    scenario = find("gender", "FillMask")
    assert scenario.fair is not None
    before, gap_before = stored(audit_of(scenario, scenario.fair), tmp_path / "before")
    after, gap_after = stored(audit_of(scenario, scenario.worst[0].answer), tmp_path / "after")
    theirs = dict(zip(after.ids, after.scores["corrected_gap"], strict=True))
    differences, occupations, families = [], [], []
    for place, name in enumerate(before.ids):
        was, now = before.scores["corrected_gap"][place], theirs[name]
        if was is not None and now is not None:
            differences.append(now - was)
            occupations.append(before.clusters["occupation"][place])
            families.append(before.clusters["family"][place])
    assert len(differences) == len(before) == len(after)
    paired = stats.mean(differences, clusters=(occupations, families), weigh="values")
    assert isinstance(paired, Estimate)
    assert paired.value == pytest.approx(gap_after.value - gap_before.value)
    apart = independent_change(gap_before, gap_after)
    assert paired.high - paired.low <= apart.high - apart.low
