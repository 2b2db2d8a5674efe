"""`fairwitness.run` on functions, estimators and DataFrames gives what files of the same give."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from adapted import REQUESTS, applicants, grants, hires
from same_pages import from_command_line, hold_same
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
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
FEATURES = ["sex", "able"]


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


ASKED = ("-p", "group_fairness", "--group", "sex", "--label", "hired", "--favourable", "yes")
"""The same on a command line."""


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_decisions_in_a_frame_give_the_page_of_their_file(ending: str, tmp_path: Path) -> None:
    people = applicants(600)
    decided = people.assign(decision=hires(people, gap=0.2).to_numpy())
    path = write(decided, tmp_path / f"decided.{ending}")
    of_frame = fairwitness.run(fairwitness.Predictions(decided, "decision", label="hired"), **HIRING)
    of_file = from_command_line(tmp_path / "run", f"predictions:{path}", *ASKED, "--prediction", "decision")
    hold_same(of_frame, of_file)
    assert of_frame.outcome == "fail"
    assert of_frame.audit.manifest.subject.fingerprint


@pytest.mark.arithmetic
@pytest.mark.slow
@pytest.mark.parametrize("framed", [True, False])
def test_an_estimator_in_memory_gives_the_page_of_its_file(framed: bool, tmp_path: Path) -> None:
    people = applicants(600)
    model = trained(people)
    skops.io.dump(model, tmp_path / "model.skops")
    path = write(people, tmp_path / "people.csv")
    loaded = fairwitness.run(model, people if framed else path, **HIRING)
    hold_same(loaded, from_command_line(tmp_path / "run", tmp_path / "model.skops", "--data", path, *ASKED))


def write(people: pd.DataFrame, path: Path) -> Path:
    """The table as a file; gives its path."""
    if path.suffix == ".csv":
        people.to_csv(path, index=False)
    else:
        people.to_parquet(path)
    return path


def trained(people: pd.DataFrame) -> Pipeline:
    """A logistic regression of who is hired, which sees the sex."""
    columns = make_column_transformer((OneHotEncoder(), ["sex"]), remainder="passthrough")
    return make_pipeline(columns, LogisticRegression()).fit(people[FEATURES], people["hired"])


@pytest.mark.arithmetic
@pytest.mark.slow
def test_an_estimator_in_memory_gives_what_its_decisions_give() -> None:
    people = applicants(600)
    model = trained(people)
    report = fairwitness.run(model, people, **HIRING)
    assert report.audit.manifest.subject.spec == "Pipeline (LogisticRegression)"
    by_hand = model.predict(people[FEATURES])[people["sex"] == "female"] == "yes"
    rates = report.metrics.query("metric == 'selection_rate' and n == 300")["value"]
    assert np.isclose(rates, by_hand.mean()).any()


@pytest.mark.slow
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


@pytest.mark.slow
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
        (applicants(10), lambda rows: rows, UnfitObject, "the model comes first, then the data"),
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


@pytest.mark.slow
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
