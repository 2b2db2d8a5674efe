"""Sentences say who is worse off, in the words of whoever knows what rows and decisions are; derived by hand."""

from __future__ import annotations

from typing import Any

import pytest
from decision_tables import Columns, audit

from fairwitness.audit.errors import BadOption
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Metric, languages
from fairwitness.probes.fairness.group_fairness import PROBE

NAMED: dict[str, Any] = {"unit": "applicants", "favourable": "1", "favourable_name": "is granted the loan"}


def groups(column: str, **selected: tuple[int, int]) -> dict[str, list[Any]]:
    """So many rows of each group, of which so many are selected."""
    rows: dict[str, list[Any]] = {column: [], "prediction": []}
    for name, (count, hits) in selected.items():
        rows[column] += [name] * count
        rows["prediction"] += [1] * hits + [0] * (count - hits)
    return rows


def metric(findings: Findings, name: str, **by: str) -> Metric:
    """The first metric of that name and group which has a value."""
    return next(
        one
        for one in findings.metrics
        if one.name == name and by.items() <= dict(one.by).items() and isinstance(one.estimate, Estimate)
    )


def said(columns: Columns, name: str, reference: str, **options: Any) -> str:
    """The sentence of a metric of the first column."""
    column = next(iter(columns))
    found = audit(columns, reference=(f"{column}={reference}",), groups=(column,), **options)
    return metric(found, name).claim


A, B = (1000, 410), (1000, 650)
RATIO = [
    # the group is lower, the group is higher: the lower one is the subject of the sentence whoever is the reference
    (A, B, "Female applicants are granted the loan 0.63 times as often as Male applicants: 41 % against 65 % ("),
    (B, A, "Male applicants are granted the loan 0.63 times as often as Female applicants: 41 % against 65 % ("),
    # the interval holds 1: the lower one is named, and nothing is said to be shown
    (
        (1000, 500),
        (1000, 510),
        "Whether Female applicants are granted the loan less often than Male applicants cannot be told from these "
        "data: 0.98 times as often, 50 % against 51 % (",
    ),
    (
        (1000, 510),
        (1000, 500),
        "Whether Male applicants are granted the loan less often than Female applicants cannot be told from these "
        "data: 0.98 times as often, 50 % against 51 % (",
    ),
    # nobody of a group is selected
    ((1000, 0), (1000, 500), "Female applicants are granted the loan 0.00 times as often as Male applicants: 0.0 % ag"),
]


@pytest.mark.parametrize(("group", "reference", "sentence"), RATIO)
def test_the_lower_of_two_rates_is_the_subject(
    group: tuple[int, int], reference: tuple[int, int], sentence: str
) -> None:
    columns = groups("sex", Female=group, Male=reference)
    assert said(columns, "selection_rate_ratio", "Male", **NAMED).startswith(sentence)


DIFFERENCE = [
    (A, B, "Female applicants are granted the loan 24.0 percentage points less often than Male applicants: 41 % a"),
    (B, A, "Female applicants are granted the loan 24.0 percentage points more often than Male applicants: 65 % a"),
    (
        (1000, 500),
        (1000, 510),
        "Whether Female applicants are granted the loan more or less often than Male applicants cannot be told from "
        "these data: 50 % against 51 %, a difference of −1.0 points (95 % interval −5.4 to +3.4 points). With so many "
        "applicants a true difference of 6.3 points would be detected in four of five cases.",
    ),
]


@pytest.mark.parametrize(("group", "reference", "sentence"), DIFFERENCE)
def test_a_difference_is_that_of_the_group_from_the_reference(
    group: tuple[int, int], reference: tuple[int, int], sentence: str
) -> None:
    columns = groups("sex", Female=group, Male=reference)
    claim = said(columns, "selection_rate_difference", "Male", **NAMED)
    assert claim.startswith(sentence)
    assert "−" not in claim or "cannot be told" in claim, "a size has no sign, and its interval none either"


def test_of_several_groups_the_lowest_and_the_highest_are_named() -> None:
    columns = groups("race", Asian=(1000, 600), Black=A, White=B)
    found = audit(columns, groups=("race",), reference=("White",), **NAMED)
    assert metric(found, "impact_ratio").claim.startswith(
        "By race, Black applicants (lowest rate) are granted the loan 0.63 times as often as White applicants (highest "
        "rate): 41 % against 65 % (95 % interval "
    )
    assert metric(found, "selection_rate_gap").claim.startswith(
        "By race, White applicants are granted the loan most often and Black applicants least often, 24.0 percentage "
        "points apart: 65 % against 41 % (95 % interval "
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("race", "African-American", "African-American defendants"),
        ("Race_Ethnicity", "Native American", "Native American defendants"),
        ("race", "Other", "defendants with race Other"),
        ("sex", "1", "defendants with sex 1"),
        ("sex", "m", "defendants with sex m"),
        ("age_cat", "Greater than 45", "defendants with age_cat Greater than 45"),
        ("older", "yes", "defendants with older yes"),
        ("race", "(missing)", "defendants with race (missing)"),
    ],
)
def test_the_column_is_named_where_values_do_not_speak_for_themselves(column: str, value: str, words: str) -> None:
    columns = groups(column, **{value: A, "Caucasian": B})
    claim = said(columns, "selection_rate_difference", "Caucasian", unit="defendants", favourable="1")
    assert claim.startswith(words[:1].upper() + words[1:] + " get the decision '1' 24.0 percentage points less often")


def test_without_a_unit_rows_are_rows_of_a_column() -> None:
    claim = said(groups("sex", Female=A, Male=B), "selection_rate_ratio", "Male")
    assert claim.startswith("Rows with sex Female get the decision '1' 0.63 times as often as rows with sex Male: 41 %")


def test_a_value_of_two_columns_keeps_its_column() -> None:
    columns = {**groups("race", White=A, Black=B), "ethnicity": ["White", "Black"] * 1000}
    claims = [one.claim for one in audit(columns, groups=("race", "ethnicity"), unit="people").metrics]
    assert any("people with race White" in claim for claim in claims)
    assert not any("White people" in claim for claim in claims)


@pytest.mark.slow
def test_true_outcomes_are_named_by_their_column_and_never_stand_alone() -> None:
    columns = {**groups("sex", Female=A, Male=B), "repaid": [0, 1] * 1000}
    found = audit(columns, label="repaid", reference=("Male",), groups=("sex",), **NAMED)
    claim = metric(found, "true_positive_rate", sex="Female").claim
    assert "of Female applicants whose true outcome is '1' in repaid are granted the loan (95 % interval" in claim
    missed = metric(found, "false_negative_rate", sex="Male").claim
    assert "of Male applicants whose true outcome is '1' in repaid are not granted the loan (95 %" in missed
    assert not [one.claim for one in found.metrics if "the decision '1'" in one.claim]


@pytest.mark.slow
def test_all_sentences_have_a_translation_that_holds_the_user_s_words() -> None:
    found = audit({**groups("sex", Female=A, Male=B), "repaid": [0, 1] * 1000}, label="repaid", **NAMED)
    claims = [languages(one.claim) for one in found.metrics]
    assert [claim["en"] for claim in claims if "zh" not in claim] == []
    ratio = languages(metric(found, "selection_rate_ratio").claim)["zh"]
    assert ratio.startswith(
        "Female applicants 被判定为“is granted the loan”的频率是 Male applicants 的 0.63 倍：41% 对 65%（"
    )


def test_what_a_guessed_outcome_means_is_not_taken_from_its_name() -> None:
    with pytest.raises(ValueError, match="name that decision too, with --favourable"):
        PROBE.options.model_validate({"groups": ("sex",), "favourable_name": "is granted the loan"})


@pytest.mark.slow
def test_a_true_outcome_is_called_what_the_user_calls_it() -> None:
    columns = groups("sex", Female=A, Male=B)
    columns["repaid"] = [row % 2 for row in range(len(columns["sex"]))]
    named = {**NAMED, "label": "repaid", "outcome_name": "repaid within two years", "groups": ("sex",)}
    claim = metric(audit(columns, **named), "true_positive_rate_difference").claim
    assert "whose true outcome is 'repaid within two years' are granted the loan" in claim
    assert "真实结果为“repaid within two years”" in languages(claim)["zh"]
    assert "'1' in repaid" not in claim


@pytest.mark.parametrize(("left_out", "missing"), [("label", "--label COLUMN"), ("favourable", "--favourable VALUE")])
def test_what_a_true_outcome_means_needs_that_outcome(left_out: str, missing: str) -> None:
    given = {"groups": ("sex",), "label": "repaid", "favourable": "1", "outcome_name": "repaid"}
    with pytest.raises(ValueError, match=f"name that outcome too, with {missing}"):
        PROBE.options.model_validate({name: value for name, value in given.items() if name != left_out})


IDS = [f"person {number}" for number in range(2000)]


def test_every_table_of_rows_names_the_person_and_nothing_else_does() -> None:
    found = audit({**groups("sex", Female=A, Male=B), "id": IDS}, id="id", groups=("sex",), **NAMED)
    holding = {table.id for table in found.evidence if "person 17" in str(table.rows) or "person 1" in str(table.rows)}
    assert holding == {"rows", "decisions"}
    heads = [[column.name for column in table.columns][:2] for table in found.evidence if table.id in holding]
    assert heads == [["row", "id"]] * 2
    elsewhere = [*(one.claim for one in found.metrics), *found.notes, str(found.items)]
    assert not [text for text in elsewhere if "person 1" in text]


@pytest.mark.proof
def test_a_metric_of_groups_names_the_rows_of_people_last() -> None:
    found = audit(groups("sex", Female=A, Male=B), groups=("sex",), **NAMED)
    judged = [one for one in found.metrics if one.evidence]
    assert {one.evidence[-1] for one in judged} == {"rows"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": ("sex",), "id": "sex"}, "column 'sex' is both id and group"),
        ({"groups": ("sex",), "id": "y", "label": "y"}, "column 'y' is both id and label"),
        ({"groups": ("sex",), "id": "p", "prediction": "p"}, "column 'p' is both id and prediction"),
        ({"groups": ("sex",), "id": "p", "strata": "p"}, "column 'p' is both id and strata"),
    ],
)
def test_an_id_is_no_other_column(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PROBE.options.model_validate(options)


def test_an_id_that_is_not_there_is_said_with_the_columns_there_are() -> None:
    with pytest.raises(BadOption, match=r"id column 'idd' is not in the table; did you mean 'id'\?"):
        audit({**groups("sex", Female=A, Male=B), "id": IDS}, id="idd", groups=("sex",))


def test_rows_without_an_id_are_counted_in_a_note() -> None:
    ids = [None if number < 12 else f"p{number}" for number in range(2000)]
    found = audit({**groups("sex", Female=A, Male=B), "id": ids}, id="id", groups=("sex",))
    assert "Id column 'id': 12 of 2000 rows have no id; each is taken for a person of its own." in found.notes


def test_where_people_have_several_rows_rates_are_said_of_rows() -> None:
    ids = [f"p{number // 2}" for number in range(2000)]
    columns = {**groups("sex", Female=A, Male=B), "id": ids}
    claim = said(columns, "selection_rate_ratio", "Male", id="id", **NAMED)
    assert claim.startswith("Rows of Female applicants are granted the loan 0.63 times as often as rows of Male app")
