"""The table of metrics: what each definition promises, and metrics straight from columns of rows."""

from __future__ import annotations

import inspect
import math
import re
from typing import Any

import numpy as np
import pytest

from fairwitness.audit import metrics

ALL = list(metrics.DEFINITIONS.values())
every = pytest.mark.parametrize("definition", ALL, ids=lambda one: one.name)


@every
def test_a_definition_says_what_it_is_and_where_it_is_from(definition: metrics.Definition) -> None:
    assert metrics.DEFINITIONS[definition.name] is definition
    assert getattr(metrics, definition.name) is definition.function
    assert re.search(r"\d{4}", definition.citation)
    assert definition.formula
    assert definition.title
    assert len(definition.description) > 15
    assert definition.description.endswith(".")
    assert definition.low < definition.high
    if definition.ideal is None:
        assert definition.better == "none"
    else:
        assert definition.low <= definition.ideal <= definition.high
        assert definition.better in {"higher", "lower", "near_zero"}
    parameters = list(inspect.signature(definition.function).parameters)
    assert parameters[: len(definition.needs)] == list(definition.needs)


def perfect(definition: metrics.Definition) -> dict[str, Any]:
    """Rows of a model that is always right and serves two like groups alike."""
    truth = np.tile([0, 0, 1, 1], 4)
    made: dict[str, Any] = {"groups": ["a"] * 8 + ["b"] * 8, "predictions": truth, "references": truth}
    if definition.needs[0] == "predicted":
        made["predictions"] = made["references"] = np.tile([1.0, 2.0, 5.0, 7.0], 4)
    if "features" in definition.needs:
        made["features"] = np.stack([100.0 * truth, np.arange(16)], axis=1)
    if "counterfactuals" in definition.needs:
        made["counterfactuals"] = truth
    if definition.name in {"calibration_slope", "calibration_intercept"}:
        # three in four of those with score 3/4, one in four of those with score 1/4
        made["predictions"] = np.repeat([0.75, 0.25, 0.75, 0.25], 4)
        made["references"] = np.array([1, 1, 1, 0, 0, 0, 0, 1] * 2)
    if definition.name in {"treatment_equality_difference", "equalized_odds_lowest_ratio"}:
        # both divide by false positives: two like groups that are wrong alike
        made["predictions"] = np.tile([0, 1, 0, 1], 4)
    return made


@pytest.mark.parametrize("definition", [one for one in ALL if one.ideal is not None], ids=lambda one: one.name)
def test_a_perfect_model_attains_the_ideal(definition: metrics.Definition) -> None:
    found = metrics.of_rows(definition, **perfect(definition))
    values = np.concatenate([np.ravel(part) for part in (found.overall, found.by_group) if part is not None])
    assert values.size
    assert values == pytest.approx(np.full(values.size, definition.ideal), abs=1e-9)


@every
def test_truth_is_needed_just_where_a_definition_says_so(definition: metrics.Definition) -> None:
    made = {name: value for name, value in perfect(definition).items() if name != "references"}
    assert ("references" in metrics.columns_needed(definition)) == definition.truth
    if definition.truth:
        with pytest.raises(ValueError, match=f"{definition.name} needs references"):
            metrics.of_rows(definition, **made)
    else:
        metrics.of_rows(definition, **made)


def test_rows_by_hand() -> None:
    columns: dict[str, Any] = {
        "predictions": [1, 0, 1, 1, 0],
        "references": [1, 1, 1, 0, 0],
        "groups": ["f", "f", "m", "m", "m"],
    }
    recall = metrics.of_rows(metrics.DEFINITIONS["true_positive_rate"], **columns)
    assert recall.overall == pytest.approx(2 / 3)
    assert recall.by_group is not None
    assert recall.by_group.tolist() == [0.5, 1.0]
    assert (recall.groups, recall.reference) == (("f", "m"), "m")
    gap = metrics.of_rows(metrics.DEFINITIONS["equal_opportunity_difference"], **columns)
    assert gap.overall is None
    assert gap.by_group is not None
    assert gap.by_group.tolist() == [-0.5, 0]
    turned = metrics.of_rows(metrics.DEFINITIONS["equal_opportunity_difference"], **columns, reference="f")
    assert turned.by_group is not None
    assert turned.by_group.tolist() == [0, 0.5]


def test_classes_are_named_and_no_group_means_no_values_by_group() -> None:
    found = metrics.of_rows(
        metrics.DEFINITIONS["class_recall"], predictions=["b", "a", "c"], references=["b", "b", "c"]
    )
    assert found.classes == ("a", "b", "c")
    assert found.overall == pytest.approx([math.nan, 0.5, 1], nan_ok=True)
    assert (found.by_group, found.groups) == (None, ())


def test_area_between_curves_is_taken_against_the_reference() -> None:
    columns: dict[str, Any] = {"predictions": [1, 2, 2, 1], "references": [0, 1, 0, 1], "groups": ["p", "p", "q", "q"]}
    found = metrics.of_rows(metrics.DEFINITIONS["abroca"], **columns, reference="p")
    assert found.by_group is not None
    assert found.by_group.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("name", "columns", "message"),
    [
        ("f1", {"predictions": [0, 2, 3], "references": [0, 1, 1]}, r"predictions: .*2.* in row 2 .*\(2 of 3 rows\)"),
        ("auc", {"predictions": [0.1, 0.2], "references": ["yes", "no"]}, "references: .*'yes'.* in row 1 is neither"),
        ("f1", {"predictions": [0, 1], "references": [0, 1], "groups": ["a"]}, "2 predictions and 1 groups"),
        ("equalized_odds_gap", {"predictions": [0, 1], "references": [0, 1]}, "equalized_odds_gap needs groups"),
        ("consistency", {"predictions": [0, 1]}, "consistency needs features"),
        ("macro_f1", {"predictions": [0, 1], "references": [0]}, "2 predictions and 1 references"),
        (
            "auc_difference",
            {"predictions": [0.1], "references": [1], "groups": ["male"], "reference": "mal"},
            r"no group 'mal'; did you mean 'male'\? \(groups: male\)",
        ),
    ],
)
def test_odd_columns_are_named(name: str, columns: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metrics.of_rows(metrics.DEFINITIONS[name], **columns)
