"""What averages and points hid from the policy that Assay brings: rare outcomes, crossings, changed groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from decision_tables import audit, metric

from assay.audit import stats
from assay.audit.outcomes import outcome_of
from assay.audit.probe import Findings
from assay.audit.records import Cell, Estimate, Measured, Undefined, Verdict
from assay.probes.group_fairness import PROBE
from organisms import as_in_a_run

Rows = dict[str, list[Cell]]


def verdicts(found: Findings, rule: str) -> list[Verdict]:
    return [one for one in as_in_a_run(PROBE, found) if one.rule == rule]


def outcomes(found: Findings, rule: str) -> set[str]:
    return {one.outcome if one.asked else "not asked" for one in verdicts(found, rule)}


def code(found: Findings) -> int:
    result = Measured(PROBE.spec, tuple(found.metrics), tuple(found.evidence), 1, 0)
    return outcome_of(as_in_a_run(PROBE, found), [result], "complete")[1]


def of_classes(decided: Mapping[str, Sequence[int]], names: Sequence[str]) -> Rows:
    """So many rows of each group get each of these outcomes; what is true is drawn alike for all."""
    sex = [group for group, counts in decided.items() for _ in range(sum(counts))]
    given = [
        name for counts in decided.values() for name, count in zip(names, counts, strict=True) for _ in range(count)
    ]
    truth = np.random.default_rng(1).choice(names, len(sex), p=[0.6, 0.35, 0.05])
    return {"sex": [*sex], "y": truth.tolist(), "prediction": [*given]}


@pytest.mark.parametrize(("few", "many"), [(20, 150), (0, 100)])
def test_a_rare_outcome_that_one_group_gets_fails(few: int, many: int) -> None:
    counts = {group: (1_200 - hits // 2, 800 - hits // 2, hits) for group, hits in (("A", few), ("B", many))}
    rows = of_classes(counts, ("ok", "fine", "jail"))
    found = audit(rows, label="y")
    assert outcomes(found, "class-selection-gap") == {"pass"}
    assert "fail" in outcomes(found, "class-impact-ratio")
    assert code(found) == 1
    ratio = metric(found, "class_impact_ratio", groups="sex", outcome="jail")
    expected = stats.lowest_over_highest([few, many], [2_000, 2_000])
    assert isinstance(ratio.estimate, Estimate)
    assert isinstance(expected, Estimate)
    assert (ratio.estimate.value, ratio.estimate.low, ratio.estimate.high) == pytest.approx(
        (few / many, expected.low, expected.high)
    )
    assert "rows with sex A (lowest rate) get the decision 'jail'" in ratio.claim


def test_a_rare_outcome_that_both_groups_get_alike_stays_open_or_passes() -> None:
    rows = of_classes({"A": (1_200, 780, 20), "B": (1_200, 785, 15)}, ("ok", "fine", "jail"))
    found = audit(rows, label="y")
    assert outcomes(found, "class-impact-ratio") == {"pass", "inconclusive"}
    assert not any(one.counts for one in verdicts(found, "class-impact-ratio") if one.outcome != "pass")


def test_an_outcome_that_nobody_gets_has_no_ratio() -> None:
    rows = of_classes({"A": (1_200, 800, 0), "B": (1_200, 800, 0)}, ("ok", "fine", "jail"))
    never = metric(audit(rows, label="y"), "class_impact_ratio", groups="sex", outcome="jail").estimate
    assert isinstance(never, Undefined)
    assert (never.kind, "no row of any group gets this outcome" in never.reason) == ("not_asked", True)


def test_two_outcomes_have_no_ratio_of_classes() -> None:
    rows: Rows = {"sex": ["A", "B"] * 400, "prediction": [0, 0, 1, 1] * 200}
    assert outcomes(audit(rows), "class-impact-ratio") == {"not asked"}
