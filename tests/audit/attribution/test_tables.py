"""Values of columns against the libraries called directly, and against values worked by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lime.lime_tabular import LimeTabularExplainer

from fairwitness.audit.adapters.fitted import fitted
from fairwitness.audit.adapters.tabular import Tabular
from fairwitness.audit.attribution import Explainer
from fairwitness.audit.attribution.shap import library
from fairwitness.audit.attribution.tables.values import log_odds
from fairwitness.audit.engine import Engine
from fairwitness.audit.requests import AttributeRow, RowAttribution, RowMethod, Scalar, Unanswered

pytestmark = pytest.mark.arithmetic

NAMES = ("a", "b", "c", "d")


def numbers(rows: int = 300, seed: int = 0) -> tuple[pd.DataFrame, Any]:
    """Four columns of numbers and a decision that two of them and their product make."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(rows, 4)), columns=list(NAMES))
    score = 1.5 * table["a"] - table["b"] + table["a"] * table["c"] + rng.normal(scale=0.5, size=rows)
    return table, (score > 0).astype(int)


def cells(table: pd.DataFrame, rows: Sequence[int]) -> tuple[tuple[Scalar, ...], ...]:
    return tuple(tuple(row) for row in table.iloc[list(rows)].to_numpy().tolist())


def requests(
    table: pd.DataFrame, method: RowMethod, rows: int = 5, background: int = 20, **more: Any
) -> list[AttributeRow]:
    others = cells(table, range(100, 100 + background))
    names = [str(name) for name in table.columns]
    settings = {"labels": ("1",), **more}
    return [
        AttributeRow(tuple(zip(names, row, strict=True)), others, method=method, **settings)
        for row in cells(table, range(rows))
    ]


def explained(subject: Any, asked: Sequence[AttributeRow]) -> list[RowAttribution]:
    answers = Engine(subject, explainer=Explainer(subject)).answer(asked)
    assert all(isinstance(answer, RowAttribution) for answer in answers), answers
    return [answer for answer in answers if isinstance(answer, RowAttribution)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["GradientBoostingClassifier", "RandomForestClassifier", "DecisionTreeClassifier"])
def test_tree_values_are_those_of_the_library(kind: str) -> None:
    from sklearn import ensemble, tree

    table, decided = numbers()
    settings: dict[str, Any] = {"random_state": 0, "max_depth": 3}
    if kind != "DecisionTreeClassifier":
        settings["n_estimators"] = 20
    model = (getattr(ensemble, kind, None) or getattr(tree, kind))(**settings).fit(table, decided)
    answers = explained(fitted(model), requests(table, "shap"))
    direct = library().TreeExplainer(model, data=table.iloc[100:120].to_numpy(), feature_perturbation="interventional")
    values = np.asarray(direct.shap_values(table.iloc[:5].to_numpy()))
    values = values[:, :, 1] if values.ndim == 3 else values
    assert [answer.method for answer in answers] == ["shap_tree"] * 5
    assert {answer.scale for answer in answers} == {"log-odds" if kind.startswith("Gradient") else "probability"}
    assert np.array([answer.values for answer in answers]) == pytest.approx(values, abs=1e-6)
    assert [answer.residual for answer in answers] == pytest.approx([0.0] * 5, abs=1e-6)


@pytest.mark.slow
def test_trees_and_permutations_of_all_columns_tell_the_same() -> None:
    """Two ways of computing one game: read from the trees, and asked of the model as coalitions."""
    from sklearn.ensemble import GradientBoostingClassifier

    table, decided = numbers()
    model = GradientBoostingClassifier(n_estimators=10, max_depth=2, random_state=0).fit(table, decided)
    subject = fitted(model)
    read = explained(subject, requests(table, "shap_tree", rows=3))
    asked = explained(subject, requests(table, "shap_kernel", rows=3))
    sampled = explained(subject, requests(table, "shap_permutation", rows=3, budget=9 * 60))
    for exact, kernel, permuted in zip(read, asked, sampled, strict=True):
        assert kernel.values == pytest.approx(exact.values, abs=1e-6)
        assert permuted.values == pytest.approx(exact.values, abs=0.02)
        assert (kernel.base, kernel.full) == pytest.approx((exact.base, exact.full), abs=1e-6)


@pytest.mark.slow
def test_linear_values_are_weights_times_distances_from_the_mean() -> None:
    from sklearn.linear_model import LogisticRegression

    table, decided = numbers()
    model = LogisticRegression().fit(table, decided)
    answers = explained(fitted(model), requests(table, "shap"))
    by_hand = model.coef_[0] * (table.iloc[:5] - table.iloc[100:120].mean()).to_numpy()
    assert {answer.method for answer in answers} == {"shap_linear"}
    assert np.array([answer.values for answer in answers]) == pytest.approx(by_hand, abs=1e-6)
    against = explained(fitted(model), requests(table, "shap", labels=("0",)))
    assert np.array([answer.values for answer in against]) == pytest.approx(-by_hand, abs=1e-6)


@pytest.mark.slow
def test_lime_values_are_those_of_the_library() -> None:
    from sklearn.linear_model import LogisticRegression

    table, decided = numbers()
    model = LogisticRegression().fit(table, decided)
    (answer,) = explained(fitted(model), requests(table, "lime", rows=1, seed=3))
    direct = LimeTabularExplainer(table.iloc[100:120].to_numpy(), mode="regression", random_state=3).explain_instance(
        table.iloc[0].to_numpy(),
        lambda rows: np.array([log_odds(p) for p in model.predict_proba(pd.DataFrame(rows, columns=NAMES))[:, 1]]),
        num_features=4,
        num_samples=1000,
    )
    assert answer.values == pytest.approx([dict(direct.local_exp[1])[k] for k in range(4)], abs=1e-6)


def loan(rows: pd.DataFrame) -> list[list[float]]:
    """Grants by job, never by colour; an empty income counts as none."""
    chance = 0.2 + 0.6 * (rows["job"] == "yes") + 0.1 * (rows["income"].fillna(0) > 5)
    return [[1 - value, value] for value in chance]


TEXTS = pd.DataFrame(
    {"job": ["yes", "no"] * 10, "income": [1.0, None, 9.0, 2.0] * 5, "colour": ["red", "blue", "green", "blue"] * 5}
)


def row_requests(method: RowMethod) -> list[AttributeRow]:
    rows = [tuple(None if value != value else value for value in row) for row in TEXTS.to_numpy().tolist()]
    return [AttributeRow(tuple(zip(TEXTS.columns, row, strict=True)), tuple(rows), ("1",), method) for row in rows[:3]]


@pytest.mark.parametrize("method", ["shap", "shap_kernel", "lime"])
def test_texts_and_empty_cells_are_columns_like_others(method: RowMethod) -> None:
    subject = Tabular(loan, classes=["0", "1"])
    for request, answer in zip(row_requests(method), explained(subject, row_requests(method)), strict=True):
        job, _, colour = answer.values
        assert (job > 0.5) == (dict(request.features)["job"] == "yes")
        assert abs(colour) < (0.2 if method == "lime" else 1e-9)
        assert answer.scale == "log-odds"


def test_a_column_that_the_model_does_not_take_is_named_and_never_asked_about() -> None:
    subject = Tabular(lambda rows: loan(rows.assign(income=0)), classes=["0", "1"], columns=["job"])
    answers = explained(subject, row_requests("shap"))
    assert {answer.untaken for answer in answers} == {("income", "colour")}
    assert all(answer.values[1:] == (0.0, 0.0) and answer.residual == pytest.approx(0) for answer in answers)


def test_numbers_and_decisions_have_their_own_scale() -> None:
    table = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.0, 0.0, 1.0]})
    asked = requests(table, "shap", rows=2, background=0, labels=())
    asked = [AttributeRow(request.features, ((0.0, 0.0),), (), "shap") for request in asked]
    sums = Tabular(lambda rows: 2 * rows["a"] + rows["b"], regression=True)
    (first, second) = explained(sums, asked)
    assert list(first.values) == pytest.approx([2.0, 0.0])
    assert first.scale == "number"
    assert list(second.values) == pytest.approx([4.0, 0.0])
    decides = Tabular(lambda rows: (rows["a"] > 1.5).astype(int))
    asked = [AttributeRow(request.features, ((0.0, 0.0),), ("1",), "shap") for request in asked]
    assert [(answer.values[0], answer.scale) for answer in explained(decides, asked)] == [
        (0, "decision"),
        (1, "decision"),
    ]


def test_what_cannot_be_explained_says_why() -> None:
    table, _ = numbers(150)
    broken = Tabular(lambda rows: [[math.nan, math.nan]] * len(rows), classes=["0", "1"])
    for answer in Engine(broken, explainer=Explainer(broken)).answer(requests(table, "shap", rows=2)):
        assert isinstance(answer, Unanswered)
    fine = Tabular(loan, classes=["0", "1"])
    (answer,) = Engine(fine, explainer=Explainer(fine)).answer(row_requests("shap_tree")[:1])
    assert isinstance(answer, Unanswered)
    assert "fitted estimator" in answer.reason
    (empty,) = Engine(fine, explainer=Explainer(fine)).answer([AttributeRow((("job", "yes"),), (), ("1",))])
    assert isinstance(empty, Unanswered)
    (unknown,) = Engine(fine).answer(row_requests("shap")[:1])
    assert isinstance(unknown, Unanswered)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_and_numpys_state_stays() -> None:
    subject = Tabular(loan, classes=["0", "1"])
    before = np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
    first = explained(subject, row_requests("shap_kernel") + row_requests("lime"))
    assert first == explained(subject, row_requests("shap_kernel") + row_requests("lime"))
    assert np.random.get_state()[1].tolist() == before  # type: ignore[index]  # noqa: NPY002


def test_a_row_of_one_column_is_the_difference_that_it_makes() -> None:
    subject = Tabular(lambda rows: [[1 - p, p] for p in np.where(rows["x"] > 0, 0.8, 0.2)], classes=["0", "1"])
    (answer,) = explained(subject, [AttributeRow((("x", 1),), ((0,), (1,)), ("1",))])
    assert list(answer.values) == pytest.approx([log_odds(0.8)])  # from the mean of log 4 and -log 4, 0, to log 4
