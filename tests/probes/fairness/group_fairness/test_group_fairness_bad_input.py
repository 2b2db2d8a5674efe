"""Tables as people really have them: each fault is named with column, count and example, and the rest is measured."""

from __future__ import annotations

import math

import pytest
from decision_tables import ask, audit, cells, metric, table, table_of, value

from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.records import Cell, Estimate, Undefined
from fairwitness.audit.requests import Prediction, Unanswered
from fairwitness.probes.kit.decisions.categorical import outcome, shown
from fairwitness.probes.kit.decisions.outcomes import decide
from fairwitness.probes.kit.decisions.partition import RATE, Limits
from fairwitness.probes.kit.decisions.partitions import partitions
from fairwitness.probes.kit.decisions.table import ColumnRoles, DecisionTable

HAND = {"m": (40, 10, 15, 35), "f": (50, 10, 20, 20)}  # tn, fp, fn, tp
Rows = dict[str, list[Cell]]


def has(notes: object, *parts: str) -> bool:
    assert isinstance(notes, tuple)
    return any(all(part in note for part in parts) for note in notes)


@pytest.mark.slow
def test_labels_outside_the_declared_set_are_named_and_left_out() -> None:
    rows = cells(HAND)
    rows["y"][4] = "?"
    rows["y"][5] = 7
    found = audit(rows, label="y", outcomes="0,1", favourable="1")
    assert has(found.notes, "Label column 'y': 2 of 200 rows are outside the declared outcomes", "row 5 ('?')")
    assert value(found, "true_negative_rate", sex="m") == 38 / 48
    assert value(found, "selection_rate", sex="m") == 45 / 100


@pytest.mark.slow
def test_decisions_outside_the_declared_set_are_no_decisions() -> None:
    rows = cells(HAND)
    rows["prediction"][4] = "maybe"
    found = audit(rows, label="y", outcomes="0,1")
    assert has(found.notes, "Decision: 1 of 200 rows are outside the declared outcomes", "row 5 ('maybe')")
    assert value(found, "true_negative_rate", sex="m") == 39 / 49


@pytest.mark.slow
def test_scores_that_are_no_probabilities_leave_the_rest_measured() -> None:
    rows = cells(HAND)
    scores: list[Cell] = [0.9 if decided else 0.2 for decided in rows["prediction"]]
    scores[2] = 1.7
    found = audit({**rows, "score": scores}, label="y")
    assert has(found.notes, "1 of 200 rows have a score outside 0 to 1", "row 3 (1.7)")
    brier = metric(found, "brier", sex="m").estimate
    assert isinstance(brier, Undefined)
    assert isinstance(metric(found, "auc", sex="m").estimate, Estimate)
    assert value(found, "accuracy", sex="m") == 75 / 100


@pytest.mark.slow
def test_groups_of_one_class_and_of_one_row() -> None:
    found = audit(cells({**HAND, "x": (60, 10, 0, 0), "y": (1, 0, 0, 0)}), label="y")
    assert metric(found, "true_positive_rate", sex="x").estimate == Undefined(
        "not estimable: 0 rows with that true outcome, 10 needed: judged together with 1 other small group", "not_asked"
    )
    assert value(found, "false_positive_rate", sex="x") == 10 / 70
    assert metric(found, "selection_rate", sex="y").estimate == Undefined(
        "not estimable: 1 rows, 30 needed: the groups that are too small hold 0.4 % of the rows, under 2 %: listed, "
        "not judged",
        "not_asked",
    )


@pytest.mark.slow
def test_empty_and_nan_cells_are_no_values() -> None:
    rows = cells(HAND)
    rows["y"][0], rows["y"][1] = math.nan, "  "
    rows["sex"][2] = float("nan")
    found = audit(rows, label="y")
    assert has(found.notes, "2 of 200 rows have no true outcome")
    assert has(found.notes, "1 of 200 rows have no value in group column 'sex'")
    assert value(found, "true_negative_rate", sex="m") == 37 / 47
    assert all(not isinstance(row["true outcome"], float) for row in table_of(found, "decisions"))


@pytest.mark.slow
def test_one_value_in_several_spellings_is_one_value() -> None:
    sex: list[Cell] = [1, "1", 1.0, " 1 ", 2, "2", 2.0, "2 "] * 20
    found = audit({"sex": sex, "y": [True, "true", 1, "1.0", False, 0, "0", 0.0] * 20, "prediction": [1, 0] * 80})
    assert {one.by["sex"] for one in found.metrics if "sex" in one.by} == {"1", "2"}
    labelled = audit(
        {"sex": sex, "y": [True, "true", 1, "1.0", False, 0, "0", 0.0] * 20, "prediction": [1, 0] * 80}, label="y"
    )
    assert value(labelled, "base_rate", sex="1") == 1
    assert value(labelled, "base_rate", sex="2") == 0


@pytest.mark.proof
def test_repeated_ids_are_named_and_counted_all_the_same() -> None:
    rows = cells(HAND)
    rows["id"] = [*range(200)]
    rows["id"][7], rows["id"][9] = "3", 3.0
    found = audit(rows, label="y", id="id")
    assert has(found.notes, "Id column 'id': 2 of 200 rows repeat an id", "row 8, which repeats that of row 4")
    assert value(found, "accuracy", sex="m") == 75 / 100
    rows["id"] = [None] * 200
    assert not has(audit(rows, label="y", id="id").notes, "repeat an id")
    rows["id"] = [1_790_000_000_000_000_000 + at for at in range(100)] + [str(10**20 + at) for at in range(100)]
    assert not has(audit(rows, label="y", id="id").notes, "repeat an id")


def test_words_where_numbers_are_needed() -> None:
    rows: Rows = {"sex": ["m", "f"] * 50, "y": [1, 0] * 50, "prediction": [7, 2, "high", 5] * 25}
    with pytest.raises(BadData, match=r"decision: 25 of 100 rows are not numbers.* row 3 \('high'\)"):
        audit(rows, label="y", favourable=">=5")
    with pytest.raises(BadData, match=r"decision: 25 of 100 rows are not numbers.* row 3 \('high'\)"):
        audit(rows, label="y", favourable="1", threshold=5)
    with pytest.raises(BadData, match=r"label 'y': 50 of 100 rows are not numbers.* row 1 \('yes'\)"):
        audit({**rows, "y": ["yes", 0] * 50, "prediction": [1, 0] * 50}, label="y", favourable=">=1")


def test_a_threshold_on_scores_that_are_not_all_there() -> None:
    rows = cells(HAND)
    scores: list[Cell] = [0.5] * 200
    scores[11] = None
    with pytest.raises(BadData, match="1 of 200 rows have no score, for example row 12"):
        audit({**rows, "score": scores}, label="y", threshold=0.5)


@pytest.mark.proof
def test_ten_thousand_groups_by_mistake() -> None:
    people: Rows = {"sex": [f"person {at}" for at in range(10_000)], "prediction": [0, 1] * 5_000}
    why = metric(audit(people), "selection_rate_difference", groups="sex").estimate
    assert isinstance(why, Undefined)
    assert "'sex' has 10000 different values in 10000 rows" in why.reason


def test_a_group_column_of_too_many_values_is_left_out_where_another_remains() -> None:
    rows: Rows = {
        "sex": ["f", "m"] * 200,
        "name": [f"person {at}" for at in range(400)],
        "prediction": [0, 0, 1, 1] * 100,
    }
    found = audit(rows, groups="sex,name", label="", favourable="1")
    assert has(found.notes, "Group column 'name' has 400 different values in 400 rows")
    assert {label for metric in found.metrics for label in metric.by} <= {"sex"}
    assert any(metric.name == "selection_rate_difference" for metric in found.metrics)


@pytest.mark.parametrize("role", ["weight", "id", "label", "features"])
def test_columns_that_are_not_there_are_named_with_the_nearest(role: str) -> None:
    name = {"features": "feature"}.get(role, role)
    with pytest.raises(BadOption, match=f"{name} column 'sxe' is not in the table; did you mean 'sex'"):
        audit(cells(HAND), None, "Predict", **{role: "sxe"})


def test_a_column_that_the_model_cannot_read_is_the_models_to_tell() -> None:
    def needing(row: object) -> Prediction:
        raise BadData("model.skops needs a column that the table does not give it: 'income'")

    with pytest.raises(BadData, match="needs a column that the table does not give it"):
        ask(cells(HAND), needing, label="y")


def test_rows_without_a_decision_are_counted_by_group_and_by_what_is_known_of_them() -> None:
    rows: dict[str, list[Cell]] = {
        "sex": [*["m"] * 6, *["f"] * 4],
        "y": [1, 1, 0, None, 1, 0, 1, 0, 0, 0],
        "w": [1, 2, 4, 8, 1, 1, 1, 1, 1, 1],
    }
    decided = [None, None, None, None, "1", "0", "1", "0", "0", None]
    answers = [Unanswered("no value") if one is None else Prediction(one) for one in decided]
    for weight, undecided in (("", [2, 1, 1]), ("w", [3, 4, 8])):
        frame = DecisionTable(table(rows), ColumnRoles(("sex",), label="y", weight=weight))
        _, part = partitions(frame, decide(frame, answers), {}, Limits(1, 1), crossed=True)
        assert {group: counts.missing.tolist() for group, counts in part.groups.items()} == {
            ("m",): undecided,
            ("f",): [0, 1, 0],
        }
        assert part.could_count(RATE["selection_rate"], ("m",)) == pytest.approx(sum(undecided))
    plain = DecisionTable(table(rows), ColumnRoles(("sex",), label="y"))
    men = partitions(plain, decide(plain, answers), {}, Limits(1, 1), crossed=False)[1]
    could = {name: men.could_count(rate, ("m",)) for name, rate in RATE.items()}
    assert (could["selection_rate"], could["true_positive_rate"], could["false_positive_rate"]) == (4, 3, 2)


def test_a_column_that_occurs_twice_is_refused() -> None:
    """As it is of decisions and labels; the reader of a table calls the second one `sex (2)`."""
    rows: Rows = {"sex": ["m", "f"] * 50, "prediction": [0, 1] * 50, "sex (2)": ["w", "z"] * 50}
    with pytest.raises(BadData, match=r"group column 'sex' occurs twice, and nothing says which one is meant"):
        audit(rows)
    assert value(audit(rows, groups="sex (2)"), "selection_rate", **{"sex (2)": "z"}) == 1.0


def test_a_column_that_was_renamed_by_another_program_is_a_column() -> None:
    rows: Rows = {"sex": ["m", "f"] * 50, "prediction": [0, 1] * 50, "sex.1": ["w", "z"] * 50}
    assert value(audit(rows), "selection_rate", sex="f") == 1.0


def test_a_label_that_is_the_decision_itself_is_refused() -> None:
    with pytest.raises(BadOption, match="column 'd' is both label and prediction"):
        audit({"sex": ["m", "f"], "d": [1, 0], "prediction": [1, 0]}, label="d", prediction="d")


@pytest.mark.slow
def test_a_text_in_a_group_column_is_a_small_group_and_is_repeated_nowhere() -> None:
    rows = cells(HAND)
    rows["sex"][4] = "long " * 100_000
    found = audit(rows, label="y")
    assert has(found.notes, "1 group is below the minimum", "(499999 characters, ")
    assert value(found, "selection_rate", sex="m") == pytest.approx(45 / 99)
    assert len(repr(found)) < 300_000


def test_a_group_column_without_a_name_is_refused() -> None:
    with pytest.raises(BadOption, match="group column '' has no name"):
        audit(cells(HAND), groups=("",))


def test_numbers_that_cannot_be_averaged_are_refused() -> None:
    rows: Rows = {"sex": ["m", "f"] * 50, "y": [1, 1e308] * 50, "prediction": [7, 2, 4, 5] * 25}
    with pytest.raises(BadData, match=r"label 'y': 50 of 100 rows are beyond 1e\+100 and cannot be averaged"):
        audit(rows, label="y", favourable=">=1")


@pytest.mark.slow
@pytest.mark.parametrize(
    "codes", [("1E2", "100"), ("007", "7"), ("12345678901234567.5", "12345678901234568.5"), ("1" * 400, "2" * 400)]
)
def test_codes_are_not_made_equal_as_groups_ids_labels_or_decisions(codes: tuple[str, str]) -> None:
    rows: Rows = {"sex": [*codes] * 60, "y": [*codes] * 60, "prediction": [codes[0], *codes, codes[1]] * 30}
    found = audit({**rows, "id": [*codes, *range(1000, 1118)]}, label="y", favourable=codes[0], id="id")
    assert value(found, "base_rate", sex=shown(codes[0])) == 1
    assert value(found, "base_rate", sex=shown(codes[1])) == 0
    assert not has(found.notes, "repeat an id")


def test_equal_numbers_are_one_outcome_however_they_are_written() -> None:
    assert [outcome(cell) for cell in ("1.0", 1, "+1", True, "1e+00")] == ["1"] * 5
    assert [outcome(cell) for cell in ("0.50", 0.5, ".5")] == ["0.5"] * 3
