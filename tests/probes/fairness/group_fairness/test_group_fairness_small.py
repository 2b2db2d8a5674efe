"""Groups that cannot hide: a group column that is gone, and groups below the minimum, under the shipped policy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pytest
from decision_tables import audit, metric, table_of

import proof
from fairwitness.audit import stats
from fairwitness.audit.outcomes import outcome_of
from fairwitness.audit.policy import judge, load
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import AuditOutcome, Cell, Estimate, Measured, Undefined, Verdict
from fairwitness.audit.requests import Answer, Prediction, Unanswered
from fairwitness.audit.runner.findings import checked
from fairwitness.probes.fairness.group_fairness import PROBE
from fairwitness.probes.fairness.group_fairness.small import spread_ends

TODAY = date(2026, 11, 28)
Rows = dict[str, list[Cell]]


def verdicts(columns: Rows, answers: Sequence[Answer] | None = None, **options: Any) -> tuple[Findings, list[Verdict]]:
    """What the probe found, checked as in a run, and what the shipped policy says of it."""
    found = checked(audit(columns, answers, **{"favourable": "1", **options}))
    missing = sum(isinstance(answer, Unanswered) for answer in answers or ())
    asked = len(next(iter(columns.values())))
    result = Measured(
        probe=PROBE.spec,
        metrics=tuple(found.metrics),
        evidence=tuple(found.evidence),
        requests=asked,
        unanswered=missing,
        notes=tuple(found.notes),
    )
    policy, _ = load(None)
    return found, list(judge(policy, [result], "family", TODAY))


def outcome(columns: Rows, answers: Sequence[Answer] | None = None, **options: Any) -> tuple[AuditOutcome, int]:
    found, said = verdicts(columns, answers, **options)
    result = Measured(
        probe=PROBE.spec, metrics=tuple(found.metrics), evidence=tuple(found.evidence), requests=1, unanswered=0
    )
    return outcome_of(said, [result], "complete")


def counting(said: Sequence[Verdict], *outcomes: str) -> list[Verdict]:
    """Verdicts of rules that can fail a release, that count and have one of these outcomes."""
    return [one for one in said if one.severity == "error" and one.counts and one.outcome in outcomes]


def of_sex(rows: int) -> Rows:
    """Two groups, alike in every way."""
    return {"sex": ["f", "m"] * (rows // 2), "prediction": [1, 1, 0, 0] * (rows // 4)}


def sixty(rates: Sequence[float], rows: int = 25, seed: int = 0) -> Rows:
    """So many groups of one column, each selected at its rate by chance, and two groups of another that are alike."""
    rng = np.random.default_rng(seed)
    selected = [rng.binomial(1, rate, rows).tolist() for rate in rates]
    names = [f"g{at}" for at in range(len(rates)) for _ in range(rows)]
    decisions: list[Cell] = [one for group in selected for one in group]
    return {"race": [*names], "sex": ["f", "m"] * (len(names) // 2), "prediction": decisions}


@pytest.mark.slow
@pytest.mark.parametrize("beside", [True, False])
def test_a_column_of_too_many_values_is_not_measured_alone_and_beside_another(beside: bool) -> None:
    rows: Rows = {**of_sex(4020), "zip": [f"z{at // 20}" for at in range(4020)]}
    groups = "sex,zip" if beside else "zip"
    found, said = verdicts(rows, groups=groups)
    lost = counting(said, "not_measured")
    assert {one.variant.get("groups") for one in lost} == {"zip"}
    assert all("'zip' has 201 different values" in one.reason and "join values" in one.reason for one in lost)
    assert bool(counting(said, "pass")) == beside
    assert outcome(rows, groups=groups) == ("inconclusive", 1)
    assert any("'zip'" in note and "not measured" in note for note in found.notes)


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ([None] * 400, "'race' is empty in all 400 rows"),
        (["a"] * 400, "'race' holds one group, 'a', in all 400 rows"),
        (["a"] * 300 + [None] * 100, "'race' holds one group, 'a', in the 300 rows that have a value"),
    ],
)
@pytest.mark.slow
@pytest.mark.parametrize("beside", [True, False])
def test_an_empty_and_a_constant_column_are_not_measured(cells: list[Cell], why: str, beside: bool) -> None:
    rows: Rows = {**of_sex(400), "race": cells}
    groups = "race,sex" if beside else "race"
    _, said = verdicts(rows, groups=groups)
    lost = [one for one in counting(said, "not_measured") if "holds one" in one.reason or "is empty" in one.reason]
    assert {one.variant["groups"] for one in lost} == {"race"}
    assert all(why in one.reason for one in lost)
    assert outcome(rows, groups=groups) == ("inconclusive", 1)


@pytest.mark.slow
def test_a_named_reference_that_is_too_small_is_not_measured() -> None:
    rows = of_sex(400)
    rows["sex"][:8] = ["NA"] * 8
    assert outcome(rows) == ("inconclusive", 1)  # 2 % of the rows are small, alone, and too few to compare
    _, said = verdicts(rows, reference="sex=NA")
    named = [one for one in counting(said, "not_measured") if one.variant.get("groups") == "sex"]
    assert named
    assert all("the reference group 'NA' of group column 'sex' has 8 rows, 30 needed" in one.reason for one in named)
    assert outcome(rows, reference="sex=NA") == ("inconclusive", 1)


@pytest.mark.proof
def test_sixty_ages_of_three_rows_are_not_decided() -> None:
    rng = np.random.default_rng(0)
    rows: Rows = {"age": [18 + at % 60 for at in range(200)], "prediction": rng.integers(0, 2, 200).tolist()}
    _, said = verdicts(rows, groups="age")
    assert {one.variant.get("groups") for one in counting(said, "not_measured", "inconclusive")} == {"age"}
    assert outcome(rows, groups="age") == ("inconclusive", 1)


@pytest.mark.proof
def test_all_or_nothing_in_small_groups_fails() -> None:
    """Every even group is never selected, every odd one always; sex is balanced."""
    rows = sixty([at % 2 for at in range(60)])
    found, said = verdicts(rows, groups="race,sex")
    broken = counting(said, "fail")
    assert {(one.metric, one.variant["groups"]) for one in broken} == {
        ("selection_rate_spread", "race"),
        ("selection_rate_distance", "race"),
    }
    assert outcome(rows, groups="race,sex") == ("fail", 1)
    single = metric(found, "selection_rate_difference", race="g1").estimate
    assert single == Undefined(
        "not estimable: 25 rows, 30 needed: judged together with 59 other small groups", "not_asked"
    )
    assert any("'race': 60 groups are below the minimum, judged together" in note for note in found.notes)
    counts = next(row for row in table_of(found, "small_groups") if row["by"] == "race")
    assert (counts["small groups"], counts["base"], counts["hits"]) == (60, 1500, 750)


@pytest.mark.proof
def test_sixty_fair_small_groups_pass() -> None:
    rows = sixty([0.5] * 60, seed=3)
    _, said = verdicts(rows, groups="race,sex")
    assert not counting(said, "fail", "likely_violated", "not_measured")
    assert {one.variant["groups"] for one in counting(said, "pass") if one.metric == "selection_rate_spread"} == {
        "race"
    }


@pytest.mark.proof
@pytest.mark.parametrize("worlds", [20, pytest.param(200, marks=proof.AT_LENGTH)])
def test_fair_small_groups_are_not_failed(worlds: int) -> None:
    """Of worlds of 60 fair groups of 25 rows, half selected, none is failed; most pass what judges small groups."""
    failed = passed = 0
    for seed in range(worlds):
        found = audit(sixty([0.5] * 60, seed=seed), groups="race", favourable="1", intersections=False, examples=0)
        policy, _ = load(None)
        said = judge(
            policy,
            [Measured(probe=PROBE.spec, metrics=tuple(found.metrics), evidence=(), requests=1, unanswered=0)],
            "family",
            TODAY,
        )
        failed += bool(counting(said, "fail", "likely_violated"))
        passed += bool(counting(said, "pass"))
    assert failed == 0
    assert passed > 0.9 * worlds


@pytest.mark.slow
def test_one_small_group_that_is_never_selected_cannot_hide_among_many() -> None:
    """0.8 among all others; the spread over 100 groups is 0.08, within its limit."""
    _, said = verdicts(sixty([0.0, *[0.8] * 99], seed=1), groups="race")
    assert [one.metric for one in counting(said, "fail")] == ["selection_rate_distance"]


@pytest.mark.slow
def test_small_groups_are_compared_with_all_others_as_one() -> None:
    """Sixteen groups of 12 rows, half as often selected as two large ones: 48 of 192 against 400 of 800."""
    names = ["a", "b"] * 400 + [f"x{at}" for at in range(16) for _ in range(12)]
    rows: Rows = {"race": [*names], "prediction": [*[1, 1, 0, 0] * 200, *[1, 0, 0, 0] * 48]}
    found, said = verdicts(rows, groups="race")
    together = metric(found, "selection_rate_difference", race="(smaller groups together)")
    assert together.against == "(all other groups)"
    assert isinstance(together.estimate, Estimate)
    assert together.estimate.value == pytest.approx(0.25 - 0.5)
    assert "simultaneous" not in together.tags
    assert [one.by["race"] for one in counting(said, "fail")] == ["(smaller groups together)"]


@pytest.mark.slow
def test_one_small_group_is_compared_if_it_can_be_and_counts_if_not() -> None:
    rows = of_sex(400)
    rows["sex"][:20] = ["x"] * 20
    _, said = verdicts(rows)
    lost = counting(said, "not_measured")
    assert {one.by["sex"] for one in lost} == {"(smaller groups together)"}
    assert "20 rows, 30 needed" in lost[0].reason
    errors: Rows = {**of_sex(400), "y": [1, 1, 1, 1, 0, 0, 0, 0] * 50}
    errors["sex"][:80] = ["x"] * 80
    errors["y"][:80] = [1] * 5 + [0] * 75
    _, said = verdicts(errors, label="y")
    assert {one.metric for one in counting(said, "not_measured")} == {"true_positive_rate_difference"}


@pytest.mark.slow
def test_groups_of_under_two_per_cent_are_listed_and_do_not_count() -> None:
    rows = of_sex(2000)
    rows["sex"][:39] = ["x"] * 20 + ["y"] * 19
    found, said = verdicts(rows)
    assert not counting(said, "not_measured", "inconclusive", "fail")
    why = metric(found, "selection_rate_difference", sex="x").estimate
    assert isinstance(why, Undefined)
    assert (why.kind, "1.9 % of the rows, under 2 %" in why.reason) == ("not_asked", True)
    rows["sex"][:40] = ["x"] * 20 + ["y"] * 20
    _, said = verdicts(rows)
    assert counting(said, "not_measured", "inconclusive")


def test_a_group_of_which_nobody_was_decided_counts_by_all_its_rows() -> None:
    rows = of_sex(400)
    rows["sex"][:100] = ["x"] * 100
    answers: list[Answer] = [Prediction(str(cell)) for cell in rows["prediction"]]
    answers[:100] = [Unanswered("no value")] * 100
    _, said = verdicts(rows, answers)
    assert {one.by.get("sex", "all") for one in counting(said, "not_measured")} == {"(smaller groups together)", "all"}


def test_a_weight_that_makes_a_group_small_does_not_hide_it() -> None:
    rows: Rows = {**of_sex(400), "w": [1] * 400}
    rows["sex"][:100] = ["x"] * 100
    rows["w"][:100] = [0] * 100
    _, said = verdicts(rows, weight="w")
    assert {one.by["sex"] for one in counting(said, "not_measured")} == {"(smaller groups together)"}


def test_where_rows_have_no_decision_the_spread_lies_between_the_ends_of_all_ways_to_decide() -> None:
    hits, bases, missed = (np.array(one, dtype=np.float64) for one in ([1, 4, 2], [5, 6, 4], [1, 2, 1]))
    values = [
        stats.spread_value(hits + np.array(filled), bases + missed)
        for filled in product(*(range(int(one) + 1) for one in missed))
    ]
    low, high = spread_ends(hits, bases, missed)
    assert low <= min(values) + 1e-12
    assert high == pytest.approx(max(values))


@pytest.mark.slow
def test_a_spread_that_rows_without_a_decision_could_break_does_not_pass() -> None:
    rows = sixty([0.5] * 60, seed=3)
    answers: list[Answer] = [Prediction(str(cell)) for cell in rows["prediction"]]
    for at in range(0, 1500, 5):
        answers[at] = Unanswered("no value")
    _, said = verdicts(rows, answers, groups="race")
    [spread] = [one for one in said if one.metric == "selection_rate_spread" and one.variant]
    assert (spread.outcome, spread.counts) == ("inconclusive", True)


def test_values_that_look_missing_or_differ_by_capitals_are_told() -> None:
    rows = of_sex(400)
    rows["sex"] = [*["NA", "n/a", "?"] * 40, *["f", "F", "m", "m"] * 70]
    found = audit(rows)
    assert any("'NA', 'n/a' and '?' in 120 rows may mean that there is no value" in note for note in found.notes)
    assert any("'f' and 'F' differ only by capital letters" in note for note in found.notes)


def without_a_value(missing: int, selected: int = 0, empty: Cell = None, rows: int = 800) -> Rows:
    """Two groups that are alike, half of each selected, and rows without a value of which so many are selected."""
    alike = of_sex(rows)
    decided: list[Cell] = [int(at < selected) for at in range(missing)]
    return {"sex": [*alike["sex"], *[empty] * missing], "prediction": [*alike["prediction"], *decided]}


@pytest.mark.proof
@pytest.mark.parametrize("empty", [None, "", "nan"])
def test_rows_without_a_group_value_are_judged_like_a_group(empty: Cell) -> None:
    rows = without_a_value(800, empty=empty)
    found, said = verdicts(rows)
    assert {one.metric for one in counting(said, "fail")} == {"selection_rate_ratio", "impact_ratio"}
    contrast = metric(found, "selection_rate_ratio", sex="(missing)")
    assert contrast.against == "f"  # 400 rows, where those without a value are 800
    assert outcome(rows) == ("fail", 1)
    assert any("rows without a value hold 50.0 % of the rows and are compared" in note for note in found.notes)
    assert outcome(without_a_value(800, 400)) == ("pass", 0)


@pytest.mark.slow
def test_under_two_per_cent_without_a_group_value_are_listed_and_do_not_count() -> None:
    found, said = verdicts(without_a_value(40, rows=2000))
    why = metric(found, "selection_rate_ratio", sex="(missing)").estimate
    assert isinstance(why, Undefined)
    assert (why.kind, "hold 1.96 % of the rows, under 2 %" in why.reason) == ("not_asked", True)
    assert counting(said, "pass")
    assert not counting(said, "fail", "not_measured", "inconclusive", "likely_violated")
    found, said = verdicts(without_a_value(41, rows=2000))
    assert counting(said, "fail", "likely_violated")


def test_too_few_rows_without_a_group_value_are_a_small_group() -> None:
    """25 of 825 rows, 3 %: as one small group alone they are too few to compare, which counts."""
    _, said = verdicts(without_a_value(25))
    assert {one.by["sex"] for one in counting(said, "not_measured")} == {"(smaller groups together)"}


@pytest.mark.proof
def test_crossings_errors_and_several_outcomes_have_the_rows_without_a_group_value_too() -> None:
    rows: Rows = {**without_a_value(800), "race": ["a", "a", "b", "b"] * 400, "y": [0, 1] * 800}
    found, said = verdicts(rows, groups="sex,race", label="y")
    assert isinstance(metric(found, "selection_rate_ratio", sex="(missing)", race="a").estimate, Estimate)
    assert {"true_positive_rate_difference", "false_positive_rate_gap"} <= {
        one.metric for one in counting(said, "fail")
    }
    several: Rows = {
        "sex": [*["f", "m"] * 400, *[None] * 400],
        "y": [*["a", "b", "c", "a"] * 300],
        "prediction": [*["a", "a", "b", "b", "c", "c"] * 133, "a", "b", *["c"] * 400],
    }
    _, said = verdicts(several, label="y", favourable="")
    assert "class_selection_rate_gap" in {one.metric for one in counting(said, "fail")}


def test_rows_without_a_group_value_are_the_reference_only_where_named() -> None:
    found = audit(without_a_value(800), reference="sex=(missing)", favourable="1")
    assert metric(found, "selection_rate_ratio", sex="f").against == "(missing)"


@pytest.mark.proof
@pytest.mark.parametrize("few", [0, 20])
def test_a_higher_minimum_does_not_hide_a_group_that_is_large(few: int) -> None:
    """170 refused people of 10,180 are under 2 % of the rows; 20 of them are few by any minimum."""
    rows = of_sex(10_012)
    rows["sex"] += ["x"] * 170 + ["y"] * few
    rows["prediction"] += [0] * (170 + few)
    assert outcome(rows, min_group=200)[1] == 1
    _, said = verdicts(rows, min_group=200)
    lost = {one.by["sex"] for one in counting(said, "not_measured") if "sex" in one.by}
    assert lost == {"(smaller groups together)"}
    _, said = verdicts(rows)
    assert {one.by["sex"] for one in counting(said, "fail") if "sex" in one.by} == {"x"}


@pytest.mark.proof
def test_a_higher_minimum_of_a_condition_does_not_hide_a_group() -> None:
    rows: Rows = {**of_sex(8_000), "y": [1, 1, 1, 1, 0, 0, 0, 0] * 1_000}
    rows["sex"] += ["x"] * 100
    rows["y"] += [1] * 50 + [0] * 50
    rows["prediction"] += [0] * 50 + [1, 0] * 25
    _, said = verdicts(rows, label="y", min_class=60)
    assert "true_positive_rate_difference" in {one.metric for one in counting(said, "not_measured", "fail")}
