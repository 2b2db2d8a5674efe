"""The group fairness probe on tables whose answer is known by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from decision_tables import Columns, audit, cells, metric, value

from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.probe import DoesNotApply, Probe
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.requests import Answer, ClassScores, Prediction, Unanswered
from fairwitness.probes.fairness.group_fairness import PROBE

HAND = {"m": (40, 10, 15, 35), "f": (50, 10, 20, 20)}  # tn, fp, fn, tp


def test_the_probe_is_a_probe_that_says_what_it_cannot_tell() -> None:
    assert isinstance(PROBE, Probe)
    assert PROBE.spec.limits
    assert all(any(sign.isdigit() for sign in citation) for citation in PROBE.spec.citations)


@pytest.mark.slow
def test_rates_of_a_table_by_hand() -> None:
    found = audit(cells(HAND), label="y")
    assert value(found, "base_rate", sex="m") == 50 / 100
    assert value(found, "selection_rate", sex="m") == 45 / 100
    assert value(found, "accuracy", sex="f") == 70 / 100
    assert value(found, "true_positive_rate", sex="f") == 20 / 40
    assert value(found, "false_negative_rate", sex="f") == 20 / 40
    assert value(found, "false_positive_rate", sex="m") == 10 / 50
    assert value(found, "true_negative_rate", sex="m") == 40 / 50
    assert value(found, "positive_predictive_value", sex="m") == 35 / 45
    assert value(found, "negative_predictive_value", sex="f") == 50 / 70
    assert value(found, "selection_rate") == 75 / 200


@pytest.mark.slow
def test_contrasts_are_signed_against_the_reference() -> None:
    found = audit(cells(HAND), label="y", reference="sex=m")
    assert value(found, "selection_rate_difference", sex="f") == pytest.approx(0.30 - 0.45)
    assert value(found, "selection_rate_ratio", sex="f") == pytest.approx(0.30 / 0.45)
    assert value(found, "true_positive_rate_difference", sex="f") == pytest.approx(0.5 - 0.7)
    assert value(found, "false_positive_rate_difference", sex="f") == pytest.approx(10 / 60 - 10 / 50)
    assert value(found, "accuracy_difference", sex="f") == pytest.approx(0.70 - 0.75)
    assert value(found, "positive_predictive_value_difference", sex="f") == pytest.approx(20 / 30 - 35 / 45)
    assert metric(found, "selection_rate_difference", sex="f").against == "m"


@pytest.mark.proof
def test_claims_say_the_direction_and_the_units() -> None:
    found = audit(cells({"m": (10, 90, 10, 90), "f": (80, 20, 80, 20)}), label="y", reference="m")
    claim = metric(found, "selection_rate_difference", sex="f").claim
    assert claim.startswith(
        "Rows with sex f get the decision '1' 70.0 percentage points less often than rows with sex m"
    )
    unsure = metric(audit(cells(HAND), label="y", reference="m"), "accuracy_difference", sex="f").claim
    assert unsure.startswith(
        "Whether rows with sex f are decided rightly more or less often than rows with sex m cannot be told"
    )
    assert "would be detected in four of five cases" in unsure


@pytest.mark.slow
def test_the_largest_group_is_the_reference_where_none_is_named() -> None:
    found = audit(cells({"a": (20, 20, 20, 20), "b": (30, 30, 30, 30)}), label="y")
    assert metric(found, "accuracy_difference", sex="a").against == "b"


@pytest.mark.slow
def test_small_groups_are_listed_as_not_estimable_and_never_dropped() -> None:
    found = audit(cells({**HAND, "x": (3, 3, 3, 3)}), label="y")
    why = Undefined(
        "not estimable: 12 rows, 30 needed: judged as the smaller groups, of which it is the only one", "not_asked"
    )
    assert metric(found, "selection_rate", sex="x").estimate == why
    assert metric(found, "accuracy_difference", sex="x").estimate == why
    assert metric(found, "f1_difference", sex="x").estimate == Undefined("not estimable: 12 rows, 30 needed")
    counted = next(item for item in found.evidence if item.id == "confusion")
    assert ("sex", "x", 12, 6, 12, 3, 3, 3, 3) in counted.rows


@pytest.mark.slow
def test_a_conditional_rate_needs_rows_that_meet_its_condition() -> None:
    found = audit(cells({**HAND, "x": (40, 5, 2, 3)}), label="y")
    assert metric(found, "true_positive_rate", sex="x").estimate == Undefined(
        "not estimable: 5 rows with that true outcome, 10 needed: judged as the smaller groups, of which it is the "
        "only one",
        "not_asked",
    )
    assert value(found, "false_positive_rate", sex="x") == 5 / 45
    assert isinstance(metric(found, "true_positive_rate_difference", sex="x").estimate, Undefined)


@pytest.mark.slow
def test_a_small_reference_group_leaves_nothing_to_compare_and_says_so() -> None:
    found = audit(cells({**HAND, "x": (3, 3, 3, 3)}), label="y", reference="sex=x")
    assert metric(found, "selection_rate_difference", sex="m").estimate == Undefined(
        "not estimable: the reference group x has 12 rows, 30 needed"
    )
    assert any("x has 12 rows" in note for note in found.notes)


@pytest.mark.slow
def test_rows_without_a_group_are_a_line_of_their_own() -> None:
    columns = cells(HAND)
    columns["sex"][:40] = [None] * 40
    found = audit(columns, label="y")
    assert value(found, "selection_rate", sex="(missing)") == 0.0
    assert value(found, "selection_rate_difference", sex="(missing)") < 0  # 20 % of the rows: compared like a group
    assert any("40 of 200 rows have no value in group column 'sex'" in note for note in found.notes)


def test_without_labels_only_selection_is_measured() -> None:
    found = audit({"sex": ["m", "f"] * 50, "prediction": [1, 0, 1, 1] * 25})
    assert {one.name for one in found.metrics if isinstance(one.estimate, Estimate)} == {
        "selection_rate",
        "selection_rate_difference",
        "selection_rate_ratio",
        "selection_rate_ratio_to_reference",
        "selection_rate_gap",
        "impact_ratio",
    }
    assert any("only selection rates" in note for note in found.notes)


@pytest.mark.slow
def test_rows_without_a_label_count_in_selection_alone() -> None:
    columns = cells(HAND)
    columns["y"][:10] = [None] * 10
    found = audit(columns, label="y")
    assert value(found, "selection_rate", sex="m") == 45 / 100
    assert value(found, "true_negative_rate", sex="m") == 30 / 40


@pytest.mark.proof
def test_crossings_are_measured_and_tagged_apart() -> None:
    columns = cells({**HAND})
    columns["age"] = ["old", "young"] * 100
    found = audit(columns, label="y", groups=("sex", "age"), reference=("m", "age=old"))
    crossed = metric(found, "selection_rate_difference", sex="f", age="young")
    assert crossed.against == "m × old"
    assert "intersection" in crossed.tags
    assert "contrast" not in crossed.tags
    assert "contrast" in metric(found, "selection_rate_difference", sex="f").tags


@pytest.mark.proof
def test_a_crossing_that_no_row_has_is_no_reference() -> None:
    columns = cells(HAND)
    columns["age"] = ["old" if sex == "f" else "young" for sex in columns["sex"]]
    found = audit(columns, label="y", groups="sex,age", reference="sex=m,age=old")
    assert any("No row of sex × age is in the reference group" in note for note in found.notes)
    assert not [one for one in found.metrics if one.name.endswith("_difference") and len(one.by) == 2]


def test_a_planted_gap_is_told_from_chance_and_an_absent_one_is_not() -> None:
    rng = np.random.default_rng(4)
    sex = ["m", "f", "x"] * 200
    planted = [int(rng.random() < {"m": 0.6, "f": 0.3, "x": 0.6}[one]) for one in sex]
    level = rng.permutation([1, 0] * 300).tolist()
    for decided, gap_is_there in ((planted, True), (level, False)):
        found = audit({"sex": sex, "prediction": decided})
        gaps = next(item for item in found.evidence if item.id == "gaps").rows
        ((_, _, highest, lowest, gap, expected, p_value, _),) = gaps
        assert isinstance(p_value, float)
        assert (p_value < 0.001) == gap_is_there
        assert isinstance(gap, float)
        assert isinstance(expected, float)
        assert 0.02 < expected < 0.12
        assert (gap > 2 * expected) == gap_is_there
        if gap_is_there:
            assert lowest == "f"
            assert highest in {"m", "x"}


def test_ten_groups_of_thirty_that_do_not_differ_are_never_shown_to() -> None:
    rng = np.random.default_rng(9)
    groups = [f"g{i}" for i in range(10) for _ in range(30)]
    found = audit({"sex": groups, "prediction": rng.integers(0, 2, size=300).tolist()})
    ratios = [one.estimate for one in found.metrics if one.name == "selection_rate_ratio" and one.by]
    assert len(ratios) == 9
    assert min(ratio.value for ratio in ratios if isinstance(ratio, Estimate)) < 0.8  # the bare rule would fail it
    assert all(isinstance(ratio, Estimate) and ratio.high >= 0.8 for ratio in ratios)


@pytest.mark.slow
def test_examples_show_wrong_decisions_first_from_every_group() -> None:
    found = audit(cells({"m": (200, 100, 0, 50), "f": (20, 3, 2, 20)}), label="y", examples=20)
    rows = next(item for item in found.evidence if item.id == "rows")
    wrong = [row[-1] for row in rows.rows]
    assert wrong == [True] * 16 + [False] * 4
    assert [row[1] for row in rows.rows if row[-1]].count("f") == 5
    assert (rows.shown, rows.total) == (20, 395)


@pytest.mark.parametrize(("rule", "selected"), [(">=5", 0.6), ("> 5", 0.5), ("<=2", 0.2), ("<3", 0.2), ("7", 0.1)])
def test_the_counted_outcome_is_a_value_or_a_rule(rule: str, selected: float) -> None:
    found = audit({"sex": ["m"] * 50 + ["f"] * 50, "prediction": list(range(1, 11)) * 10}, favourable=rule)
    assert value(found, "selection_rate") == pytest.approx(selected)


@pytest.mark.proof
def test_a_threshold_cuts_scores_or_numbers_and_leaves_labels_alone() -> None:
    columns: Columns = {"sex": ["m"] * 50 + ["f"] * 50, "y": [0, 1] * 50, "prediction": list(range(1, 11)) * 10}
    by_number = audit(columns, label="y", threshold=5)
    assert value(by_number, "selection_rate") == pytest.approx(0.6)
    assert value(by_number, "base_rate") == pytest.approx(0.5)
    scored = audit({**columns, "score": [number / 10 for number in range(1, 11)] * 10}, label="y", threshold=0.8)
    assert value(scored, "selection_rate") == pytest.approx(0.3)
    assert "a score of at least 0.8" in metric(scored, "selection_rate", sex="m").claim


@pytest.mark.slow
def test_a_text_classifier_is_asked_row_by_row() -> None:
    texts = [f"text {number}" for number in range(80)]
    columns: Columns = {"text": texts, "y": [1, 0] * 40, "sex": ["m"] * 40 + ["f"] * 40}
    answers: list[Answer] = [ClassScores(("LABEL_0", "LABEL_1"), (0.0, 1.0 if n % 4 == 0 else -1.0)) for n in range(80)]
    found = audit(columns, answers, "Classify", label="y")
    assert value(found, "true_positive_rate", sex="f") == 10 / 20
    rows = next(item for item in found.evidence if item.id == "rows")
    assert rows.columns[2].role == "prompt"
    assert rows.rows[0][2] == "text 2"
    score = rows.rows[0][5]
    assert score == pytest.approx(1 / (1 + np.e))


@pytest.mark.slow
def test_rows_without_an_answer_are_left_out_and_counted() -> None:
    columns = cells(HAND)
    answers: list[Answer] = [Prediction(str(cell)) for cell in columns["prediction"]]
    answers[0] = Unanswered("lost")
    found = audit(columns, answers, label="y")
    assert value(found, "true_negative_rate", sex="m") == 39 / 49
    assert "1 of 200 rows got no decision and are left out." in found.notes
    with pytest.raises(DoesNotApply, match="answered none"):
        audit(columns, [Unanswered("lost")] * 200, label="y")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": "gender"}, "group column 'gender' is not in the table"),
        ({"groups": "sexx"}, "did you mean 'sex'"),
        ({"label": "yy"}, "label column 'yy' is not in the table"),
        ({"groups": ""}, "--group COLUMN"),
        ({"reference": "sex=male"}, "column 'sex' has no group 'male'"),
        ({"reference": "age=old"}, "'age' is no group column.*group columns: sex"),
        ({"reference": "male"}, "no group column has such a group"),
        ({"favourable": "2"}, "favourable outcome '2' never occurs"),
    ],
)
def test_mistakes_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadOption, match=message):
        audit(cells(HAND), **{"label": "y", **options})


def test_a_column_that_names_people_is_no_group_column() -> None:
    people = [f"person {number}" for number in range(1, 301)]
    found = audit({"sex": people, "prediction": [0, 1] * 150})
    for name in ("selection_rate_ratio", "selection_rate_difference", "selection_rate_spread"):
        why = metric(found, name, groups="sex").estimate
        assert isinstance(why, Undefined)
        assert why.kind == "not_estimable"
        assert "'sex' has 300 different values in 300 rows" in why.reason


def test_outcomes_that_cannot_be_guessed_are_asked_for() -> None:
    with pytest.raises(BadOption, match=r"--favourable .*'stay' 50 times"):
        audit({"sex": ["m", "f"] * 50, "prediction": ["stay", "leave"] * 50})
    with pytest.raises(BadOption, match="no value in common: write both in the same words"):
        audit({"sex": ["m", "f"] * 50, "y": ["good", "bad"] * 50, "prediction": [1, 0] * 50}, label="y")


def test_a_rule_on_text_names_column_count_and_row() -> None:
    columns: Columns = {"sex": ["m", "f"] * 50, "y": [1, 0] * 50, "prediction": [7, 2, "x", 5] * 25}
    with pytest.raises(BadData, match=r"decision: 25 of 100 rows are not numbers.* row 3 \('x'\)"):
        audit(columns, favourable=">=5")


def test_a_gap_whose_interval_touches_zero_is_not_told_as_shown() -> None:
    unsure = metric(
        audit(cells({"m": (40, 10, 15, 35), "f": (42, 8, 16, 34)})), "selection_rate_gap", groups="sex"
    ).claim
    assert unsure.startswith(
        "Whether rows with sex m get the decision '1' more often than rows with sex f cannot be told"
    )
    sure = metric(
        audit(cells({"m": (10, 90, 10, 90), "f": (80, 20, 80, 20)})), "selection_rate_gap", groups="sex"
    ).claim
    assert sure.startswith("By sex, rows with sex m get the decision '1' most often")
