"""Predictions files, good and bad."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from fairwitness.audit.errors import BadData
from fairwitness.audit.requests import Fault, Predict, Prediction, Unanswered
from fairwitness.audit.subject import Predicts, Subject
from fairwitness.audit.tabular import load_predictions

GOOD = "y,yhat,p,sex\n1,1,0.9,f\n0,1,0.6,m\n,0,0.25,m\n"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "decisions.csv"
    path.write_text(GOOD)
    return path


def ask(path: Path, *rows: int, score: str | None = "p") -> list[Prediction | Unanswered]:
    subject = load_predictions(path, label="y", prediction="yhat", score=score)
    return subject.predict([Predict((("row", row),)) for row in rows])


def test_rows_are_answered_by_number(good: Path) -> None:
    assert ask(good, 1, 0, 2) == [Prediction("1", 0.6), Prediction("1", 0.9), Prediction("0", 0.25)]
    assert ask(good, 0, score=None) == [Prediction("1", None)]


def test_a_row_that_is_not_there_is_unanswered(good: Path) -> None:
    assert ask(good, 3, -1) == [
        Unanswered("the predictions file has 3 rows and no row 3"),
        Unanswered("the predictions file has 3 rows and no row -1"),
    ]


def test_it_is_a_subject_that_predicts(good: Path) -> None:
    subject = load_predictions(good, label="y", prediction="yhat")
    assert isinstance(subject, Subject)
    assert isinstance(subject, Predicts)
    assert (subject.info.kind, subject.info.capabilities) == ("predictions", ("Predict",))


def test_the_fingerprint_is_that_of_the_bytes_and_the_columns(good: Path, tmp_path: Path) -> None:
    def fingerprint(path: Path, score: str | None = "p") -> str:
        return load_predictions(path, label="y", prediction="yhat", score=score).info.fingerprint

    copy, other = tmp_path / "copy.csv", tmp_path / "other.csv"
    copy.write_text(GOOD)
    other.write_text(GOOD.replace("0.6", "0.7"))
    assert fingerprint(good) == fingerprint(copy)
    assert len({fingerprint(good), fingerprint(other), fingerprint(good, None)}) == 3


@pytest.mark.parametrize("cells", [[1, 0, 1], [1.0, 0.0, 1.0], ["1", "0", "1"]])
def test_parquet_reads_as_csv_does(tmp_path: Path, cells: list[object]) -> None:
    path = tmp_path / "decisions.parquet"
    pd.DataFrame({"y": [1, 0, None], "yhat": cells, "p": [0.9, 0.6, 0.25]}).to_parquet(path)
    assert ask(path, 0, 1, 2) == [Prediction("1", 0.9), Prediction("0", 0.6), Prediction("1", 0.25)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y,yhatt,p\n1,1,0.5\n", r"no column 'yhat'; did you mean 'yhatt'\? \(columns: 'y', 'yhatt', 'p'\)"),
        ("y,yhat,p,yhat\n1,1,0.5,1\n", "column 'yhat' occurs twice, and nothing says which one is meant"),
        ("y,yhat,p\n1,,0.5\n1,nan,0.5\n", "column 'yhat': none of the 2 rows has a decision"),
        ("y,yhat,p\n", "the file has no rows"),
        ("", r"decisions\.csv is empty: it holds no table"),
        ('y,yhat,p\n1,"1,0.5\n', r"decisions\.csv, line 2: unexpected end of data"),
    ],
)
def test_bad_files_are_refused_with_column_count_and_row(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "decisions.csv"
    path.write_text(text)
    with pytest.raises(BadData, match=message):
        load_predictions(path, label="y", prediction="yhat", score="p")


@pytest.mark.parametrize(
    ("rows", "unanswered", "note"),
    [
        ("1,0.5 0,0.5 ,0.5", [2], "column 'yhat': 1 of 3 rows have no value, for example row 3"),
        ("1,0.5 0,0.5 no,0.5", [2], "column 'yhat': 1 of 3 rows mix text with numbers, for example row 3 ('no')"),
        ("1,0.5 yes,0.5 no,0.5", [0], "column 'yhat': 1 of 3 rows mix text with numbers, for example row 1 ('1')"),
    ],
)
def test_a_row_without_a_readable_decision_is_unanswered(
    tmp_path: Path, rows: str, unanswered: list[int], note: str
) -> None:
    path = tmp_path / "decisions.csv"
    path.write_text("yhat,p\n" + rows.replace(" ", "\n") + "\n")
    subject = load_predictions(path, label=None, prediction="yhat", score="p")
    answers = subject.predict([Predict((("row", row),)) for row in range(3)])
    fault: Fault = "no_decision" if "no value" in note else "mixed_decisions"
    assert [row for row, answer in enumerate(answers) if answer == Unanswered(note, fault)] == unanswered
    assert sum(isinstance(answer, Prediction) for answer in answers) == 2
    assert note in [problem.text for problem in subject.info.notes if problem.code == "cells"]


def test_a_score_that_is_no_probability_is_kept_and_one_that_is_no_number_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    path.write_text("yhat,p\n1,7\n0,high\n1,\n0,inf\n1,0.25\n")
    subject = load_predictions(path, label=None, prediction="yhat", score="p")
    assert subject.scores == (7.0, None, None, None, 0.25)
    assert subject.problems == (
        "column 'p': 1 of 5 rows have no value, for example row 3",
        "column 'p': 2 of 5 rows are not numbers, for example row 2 ('high')",
        "column 'p': 1 of 5 rows lie outside [0, 1], for example row 1 ('7')",
    )


def test_files_that_cannot_be_read_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="no such file"):
        load_predictions(tmp_path / "absent.csv", label=None, prediction="yhat")
    sheet = tmp_path / "decisions.xlsx"
    sheet.write_bytes(b"PK")
    with pytest.raises(BadData, match=r"cannot read '.xlsx'"):
        load_predictions(sheet, label=None, prediction="yhat")
    for name, said in (
        ("latin.csv", "line 2, byte 1: 0xe9 is no UTF-8"),
        ("broken.parquet", "no readable Parquet file"),
    ):
        path = tmp_path / name
        path.write_bytes(b"yhat\n\xe9\n")
        with pytest.raises(BadData, match=said):
            load_predictions(path, label=None, prediction="yhat")


def test_a_file_separated_by_semicolons_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    path.write_text("sex;label;decision\nf;1;0\n")
    with pytest.raises(BadData, match="separated by semicolons"):
        load_predictions(path, label="label", prediction="decision")
