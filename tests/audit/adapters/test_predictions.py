"""Decisions in a DataFrame are those of the same table in a file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from fairwitness.audit.adapters import Predictions
from fairwitness.audit.errors import BadData
from fairwitness.audit.requests import Predict, Prediction, Unanswered
from fairwitness.audit.tabular import PredictionsFile, load_predictions

FRAME = pd.DataFrame(
    {"sex": ["f", "m", "f"], "hired": ["yes", "no", None], "score": [0.9, 0.1, 0.5], "truth": [1, 0, 1]}
)


def test_they_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    FRAME.to_parquet(path)
    of_file = load_predictions(path, label="truth", prediction="hired", score="score")
    of_frame = Predictions(FRAME, "hired", label="truth", score="score")
    asked = [Predict((("row", row),)) for row in range(4)]
    assert isinstance(of_frame, PredictionsFile)
    assert of_frame.predict(asked)[:2] == [Prediction("yes", 0.9), Prediction("no", 0.1)]
    assert isinstance(of_frame.predict(asked)[2], Unanswered)
    assert of_frame.predict(asked) == of_file.predict(asked)
    assert of_frame.info.notes == of_file.info.notes
    assert of_frame.problems == of_file.problems
    assert of_frame.info.spec == "predictions:DataFrame"
    assert of_frame.table.columns["sex"] == ("f", "m", "f")


def test_the_fingerprint_is_that_of_the_table_and_the_columns() -> None:
    prints = {
        Predictions(FRAME, "hired").info.fingerprint,
        Predictions(FRAME, "hired", score="score").info.fingerprint,
        Predictions(FRAME.assign(hired=["no", "no", "yes"]), "hired").info.fingerprint,
    }
    assert len(prints) == 3
    assert Predictions(FRAME.copy(), "hired", name="other").info.fingerprint in prints


@pytest.mark.parametrize(
    ("frame", "prediction", "message"),
    [
        (FRAME, "hire", "people: there is no column 'hire'; did you mean 'hired'"),
        (FRAME.assign(hired=None), "hired", "people: column 'hired': none of the 3 rows has a decision"),
        (pd.DataFrame([["a", "b"]], columns=["d", "d"]), "d", "people: column 'd' occurs twice"),
        (FRAME[:0], "hired", "people holds no rows"),
        ("people.csv", "hired", "people: it is str; give a pandas DataFrame, or the path of a file"),
    ],
)
def test_what_is_wrong_is_one_message(frame: object, prediction: str, message: str) -> None:
    with pytest.raises(BadData, match=message):
        Predictions(frame, prediction, name="people")
