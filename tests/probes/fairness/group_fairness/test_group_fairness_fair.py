"""A perfectly fair model with ten groups of 30 people is never failed: nothing can be concluded, and why is said."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from decision_tables import table

from fairwitness.audit import policy
from fairwitness.audit.outcomes import outcome_of
from fairwitness.audit.policy import Policy
from fairwitness.audit.records import Cell, Estimate, Measured, Metric, Verdict
from fairwitness.audit.requests import Prediction
from fairwitness.probes.fairness.group_fairness import PROBE, Analysis, flips
from fairwitness.probes.kit.decisions.outcomes import decisions
from fairwitness.probes.kit.decisions.table import ColumnRoles, DecisionTable

TODAY = date(2026, 11, 22)


def metrics(seed: int, *, groups: int = 10, size: int = 30, rate: float = 0.5, harm: float = 0.0) -> list[Metric]:
    """What the default policy judges, of decisions that are right 3 times in 4; group g1 loses `harm` of its yeses."""
    rng = np.random.default_rng(seed)
    rows = groups * size
    sex: list[Cell] = [f"g{at % groups}" for at in range(rows)]
    true = rng.random(rows) < rate
    chosen = np.where(rng.random(rows) < 0.75, true, rng.random(rows) < rate)
    chosen &= ~((np.arange(rows) % groups == 1) & (rng.random(rows) < harm))
    frame = DecisionTable(table({"sex": sex, "y": true.astype(int).tolist()}), ColumnRoles(("sex",), "y"))
    answers = [Prediction(str(int(each))) for each in chosen]
    options = PROBE.options.model_validate({"groups": "sex", "label": "y", "favourable": "1", "flips": 0})
    analysis = Analysis(frame, answers, decisions(frame, answers), {}, options, seed)
    return [*analysis.findings().metrics, *flips.unasked(frame, numbers=False)]


def judged(found: list[Metric], read: Policy | None = None) -> tuple[str, int, list[Verdict]]:
    result = Measured(probe=PROBE.spec, metrics=tuple(found), evidence=(), requests=1, unanswered=0)
    verdicts = policy.judge(read or policy.load(None)[0], [result], "fair", TODAY)
    said, code = outcome_of(verdicts, [result], "complete")
    return said, code, [one for one in verdicts if one.probe == "group_fairness"]


@pytest.mark.proof
@pytest.mark.parametrize("rate", [0.5, 0.3])
def test_ten_fair_groups_of_thirty_are_never_failed(rate: float) -> None:
    outcomes = Counter(judged(metrics(seed, rate=rate))[0] for seed in range(60))
    assert outcomes["inconclusive"] + outcomes["likely_violated"] == 60
    assert outcomes["likely_violated"] <= 3  # at the level of a pass, 1 - 0.05 / m for each rule


@pytest.mark.proof
def test_a_policy_that_ignores_what_is_inconclusive_passes_nothing_on_nothing(tmp_path: Path) -> None:
    own = tmp_path / "policy.toml"
    own.write_text(
        'version = 1\n[defaults]\non_inconclusive = "ignore"\non_not_measured = "ignore"\n[[rules]]\nid = "ratio"\n'
        'select = "group_fairness/selection_rate_ratio"\nop = ">="\nvalue = 0.8\n'
    )
    assert judged(metrics(0), policy.load(own)[0])[:2] == ("inconclusive", 1)


@pytest.mark.proof
def test_why_nothing_could_be_concluded_is_said() -> None:
    found = metrics(0)
    _, _, verdicts = judged(found)
    unsure = [one for one in verdicts if one.outcome == "inconclusive"]
    assert {one.rule for one in unsure} >= {
        "selection-ratio",
        "four-fifths",
        "true-positive-difference",
        "true-positive-gap",
    }
    for one in unsure:
        assert "an interval of this width a value of " in one.reason or "too wide for this limit" in one.reason
    assert any(re.search(r"\bn = 60\b", one.reason) for one in unsure)
    ratios = [one for one in found if one.name == "selection_rate_ratio" and one.by]
    assert len(ratios) == 9
    for ratio in ratios:
        assert isinstance(ratio.estimate, Estimate)
        holds_one = ratio.estimate.high == 1
        assert ("would be detected in four of five cases" in ratio.claim) == holds_one


@pytest.mark.proof
def test_a_model_that_really_harms_a_group_is_failed() -> None:
    failed = [
        {
            one.by.get("sex", one.variant.get("groups"))
            for one in judged(metrics(seed, groups=3, size=400, harm=0.6))[2]
            if one.outcome == "fail"
        }
        for seed in range(20)
    ]
    assert failed == [{"g1", "sex"}] * 20


@pytest.mark.slow
def test_the_largest_groups_pass_when_they_are_alike() -> None:
    said, _, verdicts = judged(metrics(1, groups=2, size=4_000))
    assert said == "pass"
    assert [one.outcome for one in verdicts if one.rule in ("selection-ratio", "four-fifths")] == ["pass", "pass"]
