"""`fairwitness.run` on functions, estimators and DataFrames gives what files of the same give."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from adapted import REQUESTS, applicants, grants, hires
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import fairwitness
from fairwitness.audit.errors import BadData, BadOption, UnfitObject, UsageError

HIRING: dict[str, Any] = {
    "probes": "group_fairness",
    "group": "sex",
    "label": "hired",
    "favourable": "yes",
    "quiet": True,
}


def numbers(report: fairwitness.Report) -> pd.DataFrame:
    """The metrics of a run, without the words about them."""
    return report.metrics[["probe", "metric", "value", "low", "high", "n"]]


@pytest.mark.slow
def test_a_function_and_a_frame() -> None:
    people = applicants()
    biased = fairwitness.run(fairwitness.Tabular(partial(hires, gap=0.2)), people, **HIRING)
    fair = fairwitness.run(fairwitness.Tabular(partial(hires, gap=0.0)), people, **HIRING)
    assert (biased.outcome, fair.outcome) == ("fail", "pass")
    assert "not fingerprinted" in biased.to_html()
    (source,) = biased.audit.manifest.data
    assert (source.name, source.source, source.rows) == ("table", "DataFrame", 2000)
    assert biased.audit.manifest.config["command"].startswith(
        "fairwitness.run(model, probes=['group_fairness'], data=data"
    )


def test_decisions_in_a_frame_give_what_their_file_gives(tmp_path: Path) -> None:
    people = applicants(600)
    decided = people.assign(decision=hires(people, gap=0.2).to_numpy())
    path = tmp_path / "decided.parquet"
    decided.to_parquet(path)
    of_frame = fairwitness.run(fairwitness.Predictions(decided, "decision", label="hired"), **HIRING)
    of_file = fairwitness.run(f"predictions:{path}", prediction="decision", **HIRING)
    pd.testing.assert_frame_equal(numbers(of_frame), numbers(of_file))
    assert of_frame.outcome == of_file.outcome == "fail"
    assert of_frame.audit.manifest.subject.fingerprint


@pytest.mark.arithmetic
@pytest.mark.slow
def test_an_estimator_in_memory_gives_what_its_decisions_give() -> None:
    people = applicants(600)
    columns = make_column_transformer((OneHotEncoder(), ["sex"]), remainder="passthrough")
    features = people[["sex", "able"]]
    model = make_pipeline(columns, LogisticRegression()).fit(features, people["hired"])
    report = fairwitness.run(model, people, **HIRING)
    assert report.audit.manifest.subject.spec == "Pipeline (LogisticRegression)"
    by_hand = model.predict(features)[people["sex"] == "female"] == "yes"
    rates = report.metrics.query("metric == 'selection_rate' and n == 300")["value"]
    assert np.isclose(rates, by_hand.mean()).any()


def test_texts_in_a_frame() -> None:
    own = pd.DataFrame({"text": REQUESTS})
    asked: dict[str, Any] = {
        "probes": "counterfactual",
        "quiet": True,
        "probe": {"counterfactual": {"categories": ["gender"]}},
    }
    for gap, outcome in ((0.6, "fail"), (0.0, "pass")):
        subject = fairwitness.Classifier(partial(grants, gap=gap), ["grant"], name="grants")
        data = {"counterfactual": own}
        assert fairwitness.run(subject, data, **asked).outcome == outcome


def test_answers_of_a_function_are_asked_again_by_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    calls: list[int] = []

    def count(texts: list[str]) -> list[float]:
        calls.append(len(texts))
        return grants(texts, gap=0.0)

    for _ in range(2):
        fairwitness.run(
            fairwitness.Classifier(count, ["grant"]),
            probes="counterfactual",
            limit=10,
            policy="report-only",
            quiet=True,
        )
    assert sum(calls[: len(calls) // 2]) == sum(calls[len(calls) // 2 :]) == sum(calls) / 2 > 0
    assert not list((tmp_path / "cache").rglob("*.sqlite"))


@pytest.mark.parametrize(
    ("model", "data", "error", "message"),
    [
        (lambda texts: texts, None, UnfitObject, "nothing says what lambda takes and gives"),
        (LogisticRegression(), applicants(10), UnfitObject, "LogisticRegression was not fitted"),
        (LogisticRegression, applicants(10), UnfitObject, "is a class: give an instance"),
        (applicants(10), None, UnfitObject, "Predictions"),
        (fairwitness.Tabular(lambda rows: rows), [1, 2], BadOption, "data: give a path or a DataFrame"),
        (fairwitness.Tabular(lambda rows: rows), applicants(0), BadData, "DataFrame holds no rows"),
        (
            fairwitness.Tabular(lambda rows: rows, columns=["height"]),
            applicants(10),
            BadData,
            "needs a column that the table does not give it: 'height'",
        ),
    ],
)
def test_mistakes_are_one_message(model: Any, data: Any, error: type[UsageError], message: str) -> None:
    with pytest.raises(error, match=message):
        fairwitness.run(model, data, **HIRING)


def test_other_decisions_than_rows_are_refused() -> None:
    people = applicants(20).assign(decision="no")
    with pytest.raises(BadData, match="DataFrame has 10 rows and predictions:DataFrame has 20"):
        fairwitness.run(fairwitness.Predictions(people, "decision"), people[:10], **HIRING)


def test_several_frames_have_names_of_their_own() -> None:
    people, own = applicants(100), pd.DataFrame({"text": REQUESTS[:20]})
    report = fairwitness.run(
        fairwitness.Classifier(partial(grants, gap=0.0), ["grant"]),
        {"counterfactual": own, "group_fairness": people.assign(text=[f"Row {n}" for n in range(100)])},
        probes=["counterfactual", "group_fairness"],
        group="sex",
        quiet=True,
    )
    assert {source.source for source in report.audit.manifest.data} >= {"DataFrame", "DataFrame 2"}
