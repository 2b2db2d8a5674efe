"""What averages and points hid from the policy that Fairwitness brings: rare outcomes, crossings, changed groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from decision_tables import ask, audit, metric

from fairwitness.audit import stats
from fairwitness.audit.outcomes import outcome_of
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Cell, Estimate, Measured, Undefined, Verdict
from fairwitness.audit.requests import Answer, Prediction, Unanswered
from fairwitness.probes.fairness.group_fairness import PROBE
from organisms import as_in_a_run

Rows = dict[str, list[Cell]]


def verdicts(found: Findings, rule: str) -> list[Verdict]:
    return [one for one in as_in_a_run(PROBE, found) if one.rule == rule]


def outcomes(found: Findings, rule: str) -> set[str]:
    return {one.outcome if one.asked else "not asked" for one in verdicts(found, rule)}


def code(found: Findings) -> int:
    result = Measured(
        probe=PROBE.spec, metrics=tuple(found.metrics), evidence=tuple(found.evidence), requests=1, unanswered=0
    )
    return outcome_of(as_in_a_run(PROBE, found), [result], "complete")[1]


def of_classes(decided: Mapping[str, Sequence[int]], names: Sequence[str]) -> Rows:
    """So many rows of each group get each of these outcomes; what is true is drawn alike for all."""
    sex = [group for group, counts in decided.items() for _ in range(sum(counts))]
    given = [
        name for counts in decided.values() for name, count in zip(names, counts, strict=True) for _ in range(count)
    ]
    truth = np.random.default_rng(1).choice(names, len(sex), p=[0.6, 0.35, 0.05])
    return {"sex": [*sex], "y": truth.tolist(), "prediction": [*given]}


@pytest.mark.slow
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


@pytest.mark.proof
def test_a_rare_outcome_that_both_groups_get_alike_stays_open_or_passes() -> None:
    rows = of_classes({"A": (1_200, 780, 20), "B": (1_200, 785, 15)}, ("ok", "fine", "jail"))
    found = audit(rows, label="y")
    assert outcomes(found, "class-impact-ratio") == {"pass", "inconclusive"}
    assert not any(one.counts for one in verdicts(found, "class-impact-ratio") if one.outcome != "pass")


@pytest.mark.slow
def test_an_outcome_that_nobody_gets_has_no_ratio() -> None:
    rows = of_classes({"A": (1_200, 800, 0), "B": (1_200, 800, 0)}, ("ok", "fine", "jail"))
    never = metric(audit(rows, label="y"), "class_impact_ratio", groups="sex", outcome="jail").estimate
    assert isinstance(never, Undefined)
    assert (never.kind, "no row of any group gets this outcome" in never.reason) == ("not_asked", True)


def test_two_outcomes_have_no_ratio_of_classes() -> None:
    rows: Rows = {"sex": ["A", "B"] * 400, "prediction": [0, 0, 1, 1] * 200}
    assert outcomes(audit(rows), "class-impact-ratio") == {"not asked"}


def crossed(decided: Mapping[tuple[str, str], tuple[int, int]], rows: int = 400) -> Rows:
    """Four crossings of two columns, half of their rows with each true outcome; what is decided of (0, 1) in each."""
    columns: Rows = {"sex": [], "age": [], "y": [], "prediction": []}
    for (sex, age), of_true in decided.items():
        for truth, given in enumerate(of_true):
            cells: dict[str, Cell] = {"sex": sex, "age": age, "y": truth, "prediction": given}
            for name, cell in cells.items():
                columns[name] += [cell] * (rows // 2)
    return columns


CROSSED = (
    "intersection-selection-ratio",
    "intersection-true-positive-difference",
    "intersection-false-positive-difference",
)
HALVES = [("m", "old"), ("f", "young"), ("m", "young"), ("f", "old")]
RIGHT, WRONG, BOTH, NONE = (0, 1), (1, 0), (1, 1), (0, 0)


@pytest.mark.proof
@pytest.mark.parametrize(("one", "two", "failing"), [(RIGHT, WRONG, CROSSED[1:]), (BOTH, NONE, CROSSED)])
def test_crossings_do_not_hide_in_columns_that_are_each_alike(
    one: tuple[int, int], two: tuple[int, int], failing: Sequence[str]
) -> None:
    found = audit(crossed(dict(zip(HALVES, (one, one, two, two), strict=True))), groups="sex,age", label="y")
    failed = {each.rule for each in as_in_a_run(PROBE, found) if each.outcome == "fail" and each.counts}
    assert failed == set(failing)
    assert code(found) == 1


@pytest.mark.proof
def test_crossings_do_not_hide_among_several_outcomes() -> None:
    at = np.arange(4_000)
    crossing = at % 2 ^ at // 2 % 2
    columns: Rows = {
        "sex": np.array(["m", "f"])[at % 2].tolist(),
        "age": np.array(["old", "young"])[at // 2 % 2].tolist(),
        "y": np.random.default_rng(2).choice(["a", "b", "c"], 4_000).tolist(),
        "prediction": np.where((at // 4 % 10 == 0) & (crossing == 1), "c", np.array(["a", "b"])[at // 4 % 2]).tolist(),
    }
    found = audit(columns, groups="sex,age", label="y")
    failed = {each.rule for each in as_in_a_run(PROBE, found) if each.outcome == "fail"}
    assert failed == {"intersection-class-impact-ratio"}
    assert code(found) == 1
    single = audit(columns, groups="sex", label="y")
    assert outcomes(single, "intersection-class-impact-ratio") == {"not asked"}


@pytest.mark.proof
def test_crossings_that_are_small_or_open_do_not_count() -> None:
    rng = np.random.default_rng(4)
    rows = 4_000
    truth = rng.integers(0, 2, rows)
    small = np.arange(rows) < 20
    columns: Rows = {
        "sex": np.where(small, "x", np.array(["m", "f"])[np.arange(rows) % 2]).tolist(),
        "age": np.array(["old", "young"])[np.arange(rows) // 2 % 2].tolist(),
        "y": truth.tolist(),
        "prediction": np.where(rng.random(rows) < 0.9, truth, 1 - truth).tolist(),
    }
    found = audit(columns, groups="sex,age", label="y")
    for rule in CROSSED:
        assert "pass" in outcomes(found, rule)
        assert not [one for one in verdicts(found, rule) if one.counts and one.outcome != "pass"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"groups": "sex"}, "fewer than two group columns"),
        ({"groups": "sex,age", "intersections": False}, "crossings are switched off"),
    ],
)
@pytest.mark.proof
def test_crossings_that_are_not_made_are_not_asked(options: dict[str, Any], why: str) -> None:
    rows = crossed(dict.fromkeys(HALVES, RIGHT))
    found = audit(rows, label="y", **options)
    for rule in CROSSED:
        [one] = verdicts(found, rule)
        assert (one.asked, why in one.reason) == (False, True)
    del rows["y"]
    for rule in CROSSED:
        assert outcomes(audit(rows, favourable="1", **options), rule) == {"not asked"}


@pytest.mark.slow
def test_errors_of_crossings_without_true_outcomes_are_not_asked() -> None:
    rows = crossed(dict.fromkeys(HALVES, RIGHT))
    del rows["y"]
    found = audit(rows, favourable="1", groups="sex,age")
    assert [outcomes(found, rule) for rule in CROSSED] == [{"pass"}, {"not asked"}, {"not asked"}]


FLIPS = "decisions-when-the-group-is-changed"


def people(rows: int = 2_000) -> Rows:
    """Two sexes, a points column that is right, and what is true."""
    at = np.arange(rows)
    return {
        "sex": np.array(["f", "m"])[at % 2].tolist(),
        "points": at.tolist(),
        "y": (at // 2 % 2).tolist(),
    }


def deserved(cells: Mapping[str, Cell]) -> int:
    return int(str(cells["points"])) // 2 % 2


def turned_round(cells: Mapping[str, Cell]) -> Answer:
    return Prediction(str(deserved(cells) ^ (cells["sex"] == "f")))


def blind(cells: Mapping[str, Cell]) -> Answer:
    return Prediction(str(deserved(cells)))


@pytest.mark.proof
def test_a_model_that_turns_every_decision_round_with_the_group_fails() -> None:
    """Without true outcomes both sexes are selected alike, and no other rule has anything to say."""
    rows = people()
    del rows["y"]
    found, _ = ask(rows, turned_round, id="points", features="sex,points", favourable="1")
    failed = {one.rule for one in as_in_a_run(PROBE, found) if one.outcome == "fail"}
    assert failed == {FLIPS}
    assert code(found) == 1
    fair, _ = ask(rows, blind, id="points", features="sex,points", favourable="1")
    assert outcomes(fair, FLIPS) == {"pass"}


@pytest.mark.proof
def test_two_columns_are_judged_each() -> None:
    rows = people()
    rows["age"] = np.array(["old", "young"])[np.arange(2_000) // 4 % 2].tolist()
    found, _ = ask(rows, turned_round, groups="sex,age", label="y", features="sex,age,points")
    assert {one.variant["column"]: one.outcome for one in verdicts(found, FLIPS)} == {"sex": "fail", "age": "pass"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "why"), [({"features": "points"}, "not sent to the model"), ({"flips": 0}, "changed in no row")]
)
def test_groups_that_are_not_to_be_changed_are_not_asked(options: dict[str, Any], why: str) -> None:
    found, _ = ask(people(), blind, label="y", **options)
    [one] = verdicts(found, FLIPS)
    assert (one.asked, why in one.reason) == (False, True)


@pytest.mark.slow
def test_a_file_and_a_text_classifier_are_not_asked() -> None:
    rows = people(200) | {"text": [f"number {at}" for at in range(200)]}
    for capability in ("Predict", "Classify"):
        given: list[Answer] = [blind({"points": at}) for at in range(200)]
        found = audit(rows | {"prediction": [*range(200)]}, given, capability, label="y", features=())
        [one] = verdicts(found, FLIPS)
        assert (one.asked, "only a model over tables" in one.reason) == (False, True)


def numbered(rows: Rows, answer: Callable[[int, Mapping[str, Cell]], Answer]) -> Findings:
    """The findings on a model that knows which question it is asked."""
    count = iter(range(10_000))
    return ask(rows, lambda cells: answer(next(count), cells), label="y", features="sex,points")[0]


@pytest.mark.slow
def test_what_was_asked_and_is_not_answered_counts() -> None:
    never = numbered(people(), lambda at, cells: blind(cells) if at < 2_000 else Unanswered("lost"))
    [one] = verdicts(never, FLIPS)
    assert (one.outcome, one.counts) == ("not_measured", True)


@pytest.mark.slow
def test_rows_without_a_decision_could_have_flipped() -> None:
    """A tenth of the people has no decision: all others stay, and a pass would not hold had these flipped."""
    some = numbered(people(), lambda at, cells: Unanswered("lost") if at < 200 else blind(cells))
    estimate = metric(some, "counterfactual_flip_rate", column="sex").estimate
    assert isinstance(estimate, Estimate)
    assert estimate.value == 0
    assert estimate.if_answered == pytest.approx((0.0, 0.1))
    assert outcomes(some, FLIPS) == {"inconclusive"}
