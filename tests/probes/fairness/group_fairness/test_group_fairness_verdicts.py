"""What Fairwitness's own policy says of tables whose answer is plain: extremes, fair ones, chance, and silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from decision_tables import Columns, audit, cells, metric, table_of

from fairwitness.audit.errors import BadData
from fairwitness.audit.outcomes import outcome_of
from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import AuditOutcome, Cell, Estimate, Measured, Undefined, Verdict
from fairwitness.audit.requests import Answer, Prediction, Unanswered
from fairwitness.probes.fairness.group_fairness import PROBE
from organisms import as_in_a_run

CASES = Path(__file__).parents[4].parent / "shared" / "cases"
Rows = dict[str, list[Cell]]


def verdicts(found: Findings) -> list[Verdict]:
    return [one for one in as_in_a_run(PROBE, found) if one.probe == "group_fairness"]


def outcome(found: Findings) -> AuditOutcome:
    result = Measured(
        probe=PROBE.spec, metrics=tuple(found.metrics), evidence=tuple(found.evidence), requests=1, unanswered=0
    )
    return outcome_of(as_in_a_run(PROBE, found), [result], "complete")[0]


def by_rule(found: Findings) -> Mapping[str, set[str]]:
    said: dict[str, set[str]] = {}
    for one in verdicts(found):
        said.setdefault(one.rule, set()).add(one.outcome if one.asked else "not asked")
    return said


def selected(counts: Mapping[str, tuple[int, int]]) -> Rows:
    """Groups with so many selected of so many rows."""
    sex = [group for group, (_, rows) in counts.items() for _ in range(rows)]
    decided = [int(at < hits) for hits, rows in counts.values() for at in range(rows)]
    return {"sex": [*sex], "prediction": [*decided]}


def of_case(name: str, **columns: str) -> Rows:
    """A table of the folder of cases, its columns under the names given here."""
    import csv

    path = CASES / f"{name}.csv"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    with path.open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    return {new: [row[old] for row in rows] for new, old in columns.items()}


def classes(rows: int, worse: float, rng: np.random.Generator) -> Rows:
    """Three classes, decided rightly 8 times in 10; in group f a share `worse` of all gets class c instead."""
    sex = np.array(["m", "f"])[np.arange(rows) % 2]
    truth = rng.integers(0, 3, rows)
    decided = np.where(rng.random(rows) < 0.8, truth, rng.integers(0, 3, rows))
    decided = np.where((sex == "f") & (rng.random(rows) < worse), 2, decided)
    return {
        "sex": sex.tolist(),
        "y": [*map("abc".__getitem__, truth)],
        "prediction": [*map("abc".__getitem__, decided)],
    }


@pytest.mark.parametrize("reference", ["sex=women", "sex=men", ()])
def test_nobody_against_everybody_fails_whoever_is_the_reference(reference: Any) -> None:
    found = audit(selected({"women": (0, 600), "men": (400, 400)}), favourable="1", reference=reference)
    said = by_rule(found)
    assert said["selection-ratio"] == said["four-fifths"] == {"fail"}
    [ratio] = [one for one in found.metrics if one.name == "selection_rate_ratio" and "sex" in one.by]
    assert isinstance(ratio.estimate, Estimate)
    assert (ratio.estimate.value, ratio.estimate.low) == (0.0, 0.0)
    assert ratio.estimate.high < 0.01
    assert "sex women get the decision '1' 0.00 times as often as rows with sex men" in ratio.claim
    pair, column = table_of(found, "ratios")
    assert (pair["lowest"], pair["highest"]) == (column["lowest"], column["highest"]) == ("women", "men")


def test_the_file_of_that_case_fails() -> None:
    assert outcome(audit(of_case("extreme", sex="sex", prediction="d"), favourable="1")) == "fail"


@pytest.mark.proof
def test_two_groups_on_both_sides_of_the_reference_are_compared() -> None:
    found = audit(selected({"ref": (4_000, 8_000), "A": (1_680, 4_000), "B": (2_400, 4_000)}))
    said = by_rule(found)
    assert not said["selection-ratio"] & {"fail", "likely_violated"}  # 0.84 and 0.83, on either side of the reference
    assert said["four-fifths"] == {"fail"}
    impact = metric(found, "impact_ratio", groups="sex").estimate
    assert isinstance(impact, Estimate)
    assert impact.value == pytest.approx(0.7)
    assert outcome(found) == "fail"


@pytest.mark.proof
def test_error_rates_on_both_sides_of_the_reference_are_compared() -> None:
    # true positive rates 0.5, 0.42, 0.6 of 4,000 each; false positive rates 0.2
    counts = {"ref": (3_200, 800, 2_000, 2_000), "A": (1_600, 400, 2_320, 1_680), "B": (1_600, 400, 1_600, 2_400)}
    said = by_rule(audit(cells(counts), label="y"))
    assert "fail" not in said["true-positive-difference"]
    assert said["true-positive-gap"] == {"fail"}
    assert said["false-positive-gap"] == {"pass"}


@pytest.mark.proof
@pytest.mark.parametrize(("rows", "found"), [(120, 90), (400, 320), (400, 60)])
def test_one_woman_more_who_is_refused_never_betters_a_verdict(rows: int, found: int) -> None:
    """The number of rows stays; to begin with women are selected as often as men, rightly and wrongly."""
    order = ("pass", "inconclusive", "likely_violated", "fail")
    rules = ("selection-ratio", "four-fifths", "true-positive-difference", "true-positive-gap")
    before = dict.fromkeys(rules, 0)
    for hits in range(found, -1, -20 if rows > 200 else -6):
        own = (rows - 20, 20, rows - hits, hits)
        said = by_rule(audit(cells({"m": (rows - 20, 20, rows - found, found), "f": own}), label="y", reference="m"))
        now = {rule: max(order.index(outcome) for outcome in said[rule]) for rule in rules}
        assert all(now[rule] >= before[rule] for rule in rules), (hits, before, now)
        before = now
    assert before["four-fifths"] >= 2
    assert before["true-positive-gap"] >= 2 or found < 100


def test_the_signed_ratio_is_a_description() -> None:
    found = audit(selected({"m": (100, 400), "f": (200, 300)}), reference="m")
    assert metric(found, "selection_rate_ratio", sex="f").estimate.value == pytest.approx(0.25 / (2 / 3))  # type: ignore[union-attr]
    signed = metric(found, "selection_rate_ratio_to_reference", sex="f")
    assert signed.estimate.value == pytest.approx((2 / 3) / 0.25)  # type: ignore[union-attr]
    assert not [one for one in verdicts(found) if one.metric == signed.name]
    assert "contrast" not in signed.tags


@pytest.mark.proof
def test_three_classes_with_an_extreme_gap_fail_and_fair_ones_pass() -> None:
    rng = np.random.default_rng(5)
    extreme, fair = (audit(classes(4_000, worse, rng), label="y") for worse in (0.6, 0.0))
    assert outcome(extreme) == "fail"
    assert "fail" in by_rule(extreme)["class-selection-gap"]
    assert outcome(fair) == "pass"
    for found in (extreme, fair):
        assert by_rule(found)["selection-ratio"] == {"not asked"}


def of_small_groups(rates: Sequence[float], large: int) -> Rows:
    """Two groups alike, and groups of 25 rows that get class c at these rates; else a and b by turns."""
    rng = np.random.default_rng(8)
    sex = ["m", "f"] * large + [f"g{at}" for at in range(len(rates)) for _ in range(25)]
    chance = np.array([1 / 3] * (2 * large) + [rate for rate in rates for _ in range(25)])
    decided = np.where(rng.random(len(sex)) < chance, 2, np.arange(len(sex)) // 2 % 2)
    truth = rng.integers(0, 3, len(sex))
    named = {"y": truth, "prediction": decided}
    return {"sex": [*sex], **{name: ["abc"[at] for at in column] for name, column in named.items()}}


@pytest.mark.proof
def test_small_groups_do_not_hide_among_several_outcomes() -> None:
    apart = by_rule(audit(of_small_groups([0.0, 2 / 3] * 30, 1_500), label="y"))
    assert apart["smaller-groups-selection"] >= {"fail"}
    assert "fail" not in apart["class-selection-gap"]  # as one, they are like the others
    low = by_rule(audit(of_small_groups([0.05] * 60, 1_500), label="y"))
    assert "fail" in low["class-selection-gap"]
    few = audit(of_small_groups([0.3], 300), label="y")
    gap = metric(few, "class_selection_rate_gap", groups="sex", outcome="c").estimate
    assert gap == Undefined("not estimable: 25 rows, 30 needed")
    assert outcome(few) == "inconclusive"


@pytest.mark.slow
def test_a_file_of_three_outcomes_is_judged() -> None:
    found = audit(of_case("three_classes", sex="sex", prediction="dec", y="y"), label="y")
    assert by_rule(found)["class-selection-gap"] & {"pass", "fail", "likely_violated", "inconclusive"}


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"outcomes": "0,1"}])
def test_labels_that_are_spelled_missing_make_no_third_class(options: Any) -> None:
    found = audit(of_case("labels_0_1_NA", sex="sex", prediction="dec", y="y"), label="y", **options)
    assert by_rule(found)["four-fifths"] & {"fail", "likely_violated"}
    assert by_rule(found)["class-selection-gap"] == {"not asked"}


def rarely(stray: Cell, label: Sequence[Cell] = (0, 1)) -> Rows:
    """A granted 8 %, B nothing, of 2,000 rows each; 20 more rows in each group have the stray label."""
    counts = {"A": (160, 2_000), "B": (0, 2_000)}
    truth = [label[at % 2] for at in range(4_000)]
    rows = selected(counts)
    return {
        "sex": [*rows["sex"], *["A", "B"] * 20],
        "y": [*truth, *[stray] * 40],
        "prediction": [*rows["prediction"], *[0] * 40],
    }


@pytest.mark.proof
@pytest.mark.parametrize("stray", ["NA", "?", "unknown", None, 2, "other"])
def test_stray_labels_do_not_switch_four_fifths_off(stray: Cell) -> None:
    found = audit(rarely(stray), label="y")
    said = by_rule(found)
    assert said["selection-ratio"] == said["four-fifths"] == {"fail"}
    assert said["intersection-selection-ratio"] == {"not asked"}
    assert outcome(found) == "fail"
    if stray in ("NA", "?"):
        note = f"40 of 4040 rows spell out that they have no value, for example row 4001 ('{stray}')"
        assert any(note in one and "count as rows without a true outcome" in one for one in found.notes)
        assert metric(found, "true_positive_rate", sex="A").estimate.n == 1_000  # type: ignore[union-attr]


@pytest.mark.proof
@pytest.mark.parametrize("kind", ["multiclass", "regression"])
@pytest.mark.parametrize("label", ["", "y"])
def test_a_kind_that_is_named_does_not_switch_four_fifths_off(kind: str, label: str) -> None:
    rows = rarely(0)
    rows["age"] = ["old", "old", "young", "young"] * 1_010
    found = audit(rows, label=label, kind=kind, groups="sex,age")
    said = by_rule(found)
    assert "fail" in said["selection-ratio"] & said["four-fifths"] & said["intersection-selection-ratio"]
    assert outcome(found) == "fail"


@pytest.mark.slow
def test_fair_decisions_of_two_values_pass_beside_three_classes() -> None:
    rng = np.random.default_rng(1)
    rows = classes(8_000, 0.0, rng)
    rows["y"] = [{"a": 0, "b": 1, "c": 2}[str(cell)] for cell in rows["y"]]
    rows["prediction"] = [{"a": 0, "b": 1, "c": 1}[str(cell)] for cell in rows["prediction"]]
    found = audit(rows, label="y")
    assert by_rule(found)["four-fifths"] == {"pass"}
    assert outcome(found) == "pass"


@pytest.mark.slow
def test_decisions_of_two_values_of_which_none_is_favourable_count_as_not_measured() -> None:
    rows = classes(4_000, 0.0, np.random.default_rng(1))
    rows["prediction"] = ["a" if cell == "c" else cell for cell in rows["prediction"]]
    found = audit(rows, label="y")
    assert by_rule(found)["four-fifths"] == by_rule(found)["selection-ratio"] == {"not_measured"}
    assert any("name it with --favourable" in one.reason for one in verdicts(found))


@pytest.mark.slow
def test_a_label_that_spells_missing_and_is_decided_too_stays_a_class() -> None:
    rows: Rows = {"sex": ["m", "f"] * 1_500, "y": ["mild", "none", "severe"] * 1_000}
    rows["prediction"] = rows["y"]
    found = audit(rows, label="y")
    assert isinstance(metric(found, "class_selection_rate", sex="m", outcome="none").estimate, Estimate)
    assert by_rule(found)["four-fifths"] == {"not asked"}
    rows = rarely("NA")
    rows["prediction"][-1] = "NA"
    assert by_rule(audit(rows, label="y"))["four-fifths"] == {"fail"}


def test_texts_of_three_classes_are_judged() -> None:
    columns = of_case("classifier_three_classes", text="text", sex="sex", y="y")
    answers = [Prediction(str(label)) for label in columns["y"]]
    found = audit(columns, answers, "Classify", label="y", min_group=2, min_class=1)
    assert by_rule(found)["class-selection-gap"] >= {"inconclusive"}


@pytest.mark.slow
def test_numbers_are_judged_by_no_shipped_rule_and_that_is_said() -> None:
    rng = np.random.default_rng(2)
    true = rng.normal(size=400)
    rows = {"sex": ["m", "f"] * 200, "y": true.tolist(), "prediction": (true + rng.normal(size=400)).tolist()}
    found = audit(rows, label="y")
    assert {one.asked for one in verdicts(found)} == {False}
    assert outcome(found) == "nothing_judged"
    assert any("--favourable with a rule such as >=5" in one.reason for one in verdicts(found))


ALIKE: Sequence[tuple[Columns, dict[str, Any]]] = [
    ({"sex": ["m", "f"] * 100, "y": [1, 0, 0, 1] * 50, "prediction": [1] * 200}, {"label": "y"}),
    ({"sex": ["m", "f"] * 100, "prediction": [0] * 200}, {"favourable": "0"}),
    ({"sex": ["m", "f"] * 100, "prediction": [3, 4] * 100}, {"favourable": "<=5"}),
    ({"sex": ["m", "f"] * 100, "prediction": [1] * 200, "score": [0.5] * 200}, {"threshold": 0.5}),
    ({"sex": ["m", "f"] * 100, "y": ["a", "b", "c", "d"] * 50, "prediction": ["a"] * 200}, {"label": "y"}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "options"), ALIKE)
def test_decisions_that_are_alike_in_every_row_are_not_interpretable(columns: Columns, options: dict[str, Any]) -> None:
    found = audit(columns, **options)
    asked = [one for one in verdicts(found) if one.asked]
    assert asked
    assert {one.outcome for one in asked} == {"inconclusive"}
    assert all(one.counts for one in asked if one.severity == "error")
    assert all("nothing was decided" in one.reason for one in asked)
    assert outcome(found) == "inconclusive"


@pytest.mark.slow
def test_predictions_scores_and_flips_that_are_alike_say_nothing() -> None:
    numbers = audit({"sex": ["m", "f"] * 100, "y": [*range(200)], "prediction": [7.5] * 200}, label="y", reference="m")
    assert metric(numbers, "mean_prediction_difference", sex="f").estimate == Undefined(
        "all 200 decisions are alike: nothing was decided", "not_interpretable"
    )
    rows: Columns = {"sex": ["m", "f"] * 100, "y": [1, 0, 0, 1] * 50, "prediction": [1, 0] * 100, "score": [0.5] * 200}
    ranked = metric(audit(rows, label="y", reference="m"), "auc_difference", sex="f").estimate
    assert isinstance(ranked, Undefined)
    assert ranked.kind == "not_interpretable"


def random_decisions(rows: int, label: bool) -> Rows:
    rng = np.random.default_rng(11)
    made: Rows = {"sex": ["m", "f"] * (rows // 2), "prediction": rng.integers(0, 2, rows).tolist()}
    return made | ({"y": rng.integers(0, 2, rows).tolist()} if label else {})


@pytest.mark.proof
def test_decisions_drawn_by_chance_pass_and_the_pass_says_so() -> None:
    found = audit(random_decisions(8_000, label=True), label="y")
    assert outcome(found) == "pass"
    passed = {one.metric for one in verdicts(found) if one.outcome == "pass"}
    assert passed
    for one in found.metrics:
        if one.name in passed and isinstance(one.estimate, Estimate):
            assert "Decisions may not depend on the row at all: balanced accuracy over all rows is" in one.claim


@pytest.mark.proof
def test_without_true_outcomes_a_pass_says_that_none_were_given() -> None:
    found = audit(random_decisions(8_000, label=False))
    assert outcome(found) == "pass"
    for one in verdicts(found):
        if one.outcome == "pass":
            [claim] = [each.claim for each in found.metrics if each.key == one.metric_key]
            assert "No true outcomes were given" in claim
    errors = [one for one in found.metrics if one.name.startswith(("true_positive", "false_positive"))]
    assert {one.name for one in errors} >= {
        f"{kind}_positive_rate_{what}" for kind in ("true", "false") for what in ("gap", "difference")
    }
    assert {one.estimate.kind for one in errors if isinstance(one.estimate, Undefined)} == {"not_asked"}


@pytest.mark.slow
def test_decisions_that_follow_the_true_outcomes_need_no_such_word() -> None:
    rng = np.random.default_rng(3)
    true = rng.integers(0, 2, 4_000)
    decided = np.where(rng.random(4_000) < 0.8, true, 1 - true)
    found = audit({"sex": ["m", "f"] * 2_000, "y": true.tolist(), "prediction": decided.tolist()}, label="y")
    assert not any("depend on the row" in one.claim for one in found.metrics)


def test_a_label_column_without_a_value_is_not_measured_and_counts() -> None:
    found = audit({"sex": ["m", "f"] * 100, "y": [None] * 200, "prediction": [1, 0, 0, 1] * 50}, label="y")
    for one in verdicts(found):
        if one.metric.startswith(("true_positive", "false_positive")):
            assert (one.outcome, one.asked) == ("not_measured", True)


def test_decisions_and_scores_that_are_no_numbers_never_pass() -> None:
    rows = selected({"m": (50, 100), "f": (50, 100)})
    with pytest.raises(DoesNotApply, match="answered none"):
        audit(rows, [Prediction("nan")] * 200)
    with pytest.raises(BadData, match="have no score"):
        audit(rows, [Prediction("1", 0.5 if at else float("nan")) for at in range(200)], threshold=0.5)
    some: list[Answer] = [Prediction("nan") if at % 2 else Prediction(str(at % 4 // 2)) for at in range(200)]
    assert outcome(audit(rows, some)) != "pass"


@pytest.mark.proof
def test_silence_in_one_group_is_no_pass() -> None:
    rows = selected({"m": (2_000, 4_000), "f": (2_000, 4_000)})
    given: list[Answer] = [Prediction(str(cell)) for cell in rows["prediction"]]
    assert by_rule(audit(rows, given))["four-fifths"] == {"pass"}
    given[4_000:5_800] = [Unanswered("lost")] * 1_800
    said = by_rule(audit(rows, given))
    assert "pass" not in said["four-fifths"] | said["selection-ratio"]


@pytest.mark.slow
def test_a_class_called_none_that_is_never_decided_is_an_error_of_the_model() -> None:
    rows: Rows = {
        "sex": [*["a"] * 2_000, *["b"] * 2_000],
        "y": [*["yes", "no"] * 1_000, *["yes", "no", "none", "no", "none"] * 400],
        "prediction": [*["yes", "no"] * 1_000, *["yes", "no", "yes", "no", "yes"] * 400],
    }
    found = audit(rows, label="y", favourable="yes")
    assert isinstance(estimate := metric(found, "accuracy", sex="b").estimate, Estimate)
    assert estimate.value == 0.6
    assert outcome(found) == "fail"
    assert any("'none' may mean that there is no outcome; each counts as one" in note for note in found.notes)


def test_nothing_is_said_of_all_groups_where_one_was_not_heard() -> None:
    rows: Rows = {"sex": [*["a"] * 100, *["b"] * 70, *["c"] * 30], "prediction": [1, 0] * 100}
    answers: list[Answer] = [Prediction(str(cell)) for cell in rows["prediction"]]
    found = audit(rows, answers=[*answers[:170], *[Unanswered("no value")] * 30])
    for name in ("impact_ratio", "selection_rate_gap"):
        for one in found.metrics:
            if one.name == name:
                assert isinstance(one.estimate, Undefined)
                assert "0 of 30 rows of c have a decision" in one.estimate.reason
    assert any(one.name == "impact_ratio" for one in found.metrics)


@pytest.mark.slow
def test_a_group_of_which_those_with_the_outcome_were_not_heard_is_missed_too() -> None:
    rows: Rows = {"sex": [*["a"] * 100, *["b"] * 100, *["c"] * 100], "y": [1, 0] * 150, "prediction": [1, 0] * 150}
    answers: list[Answer] = [Prediction(str(cell)) for cell in rows["prediction"]]
    answers[200:300:2] = [*answers[200:210:2], *[Unanswered("no value")] * 45]
    found = audit(rows, answers=answers, label="y")
    why = metric(found, "true_positive_rate_gap", groups="sex").estimate
    assert isinstance(why, Undefined)
    assert "55 of 100 rows of c have a decision" in why.reason
    assert isinstance(metric(found, "false_positive_rate_gap", groups="sex").estimate, Estimate)


@pytest.mark.slow
def test_scores_that_are_absent_take_the_measures_of_scores_away() -> None:
    rows: Rows = {
        "sex": ["a", "b"] * 500,
        "y": [0, 0, 1, 1] * 250,
        "prediction": [0, 0, 1, 1] * 250,
        "score": [*[0.1, None, 0.9, 0.8] * 50, *[None, 0.2, 0.9, 0.8] * 20, *[0.1, 0.2, 0.9, 0.8] * 180],
    }
    found = audit(rows, label="y")
    why = metric(found, "auc", sex="b").estimate
    assert isinstance(why, Undefined)
    assert "50 of 500 rows have no score or no decision" in why.reason
    assert isinstance(few := metric(found, "auc", sex="a").estimate, Estimate)  # 20 of 500
    assert few.n == 480


def test_weights_that_cannot_be_squared_are_refused() -> None:
    rows: Rows = {"sex": ["a", "b"] * 50, "prediction": [1, 0] * 50, "w": [1, 1e300] * 50}
    with pytest.raises(BadData, match=r"weigh more than 1e\+100"):
        audit(rows, weight="w")
