"""Decisions and scores as people write them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fairwitness.audit.errors import BadData
from fairwitness.audit.requests import Predict, Prediction
from fairwitness.audit.tabular import PredictionsFile, is_answers, is_scores, load_predictions

ROWS: list[dict[str, object]] = [
    {"sex": "f", "dec": 1, "y": 0, "p": 0.75},
    {"sex": "m", "dec": 0, "y": 1, "p": 0.25},
]


def loaded(path: Path, text: str | bytes, score: str | None = "p") -> PredictionsFile:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_predictions(path, label="y", prediction="dec", score=score)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("63.6%", "12 %"), "none of the 2 rows has a number, for example row 1 .'63.6%'.: write per cent as shares"),
        (('"0,636"', '"0,5"'), "row 1 .'0,636'.: write numbers with a decimal point"),
        (('"1,250"', '"12,500"'), "row 1 .'1,250'.: write numbers without commas"),
        (("", "high"), "for example row 2 .'high'.$"),
        (("", ""), "score column 'p': all 2 rows are empty"),
    ],
)
def test_a_score_column_without_one_number_is_refused(tmp_path: Path, cells: tuple[str, str], said: str) -> None:
    with pytest.raises(BadData, match=said):
        loaded(tmp_path / "t.csv", f"dec,y,p\n1,1,{cells[0]}\n0,0,{cells[1]}\n")


def test_decisions_in_json_and_json_lines_are_those_of_csv(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(row) for row in ROWS)
    columns = {key: [row[key] for row in ROWS] for key in ROWS[0]}
    files = {
        "t.jsonl": lines,
        "t.json": json.dumps(ROWS),
        "u.json": json.dumps(columns),
        "t.csv": "sex,dec,y,p\nf,1,0,0.75\nm,0,1,0.25\n",
    }
    for name, text in files.items():
        subject = loaded(tmp_path / name, text)
        asked = subject.predict([Predict((("row", row),)) for row in (0, 1)])
        assert asked == [Prediction("1", 0.75), Prediction("0", 0.25)], name
        assert not is_answers(tmp_path / name)
        assert not is_scores(tmp_path / name)


def test_published_files_are_known_by_what_stands_in_them(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('\n{"question": "Who?", "ans0": "he", "dec": "he"}\n')
    (tmp_path / "s.json").write_text('{"intrasentence": [{"id": "x", "score": 1}]}')
    assert is_answers(tmp_path / "a.jsonl")
    assert is_scores(tmp_path / "s.json")
    assert not is_answers(tmp_path / "absent.jsonl")


def test_a_decision_is_exact_however_long_it_is(tmp_path: Path) -> None:
    subject = loaded(tmp_path / "t.csv", "dec,y\n12345678901234567890,1\n12345678901234567891,0\n1E2,1\n100,1\n", None)
    assert subject.labels == ("12345678901234567890", "12345678901234567891", "1E2", "100")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.xlsx", b"PK\x03\x04", "cannot read '.xlsx'; Excel workbooks are not read: save the sheet as CSV"),
        ("t.csv", b"dec,dec,y,p\n1,1,0,0.5\n", "column 'dec' occurs twice"),
        ("t.csv", b"sex\tdec\ty\tp\n", "no column 'dec'.*separated by tabs"),
        ("t.csv", "dec,y,p\nä,1,0.5\n".encode("latin-1"), "line 2, byte 1: 0xe4 is no UTF-8"),
        ("t.csv", b"", "is empty"),
    ],
)
def test_files_are_refused_with_the_remedy(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(BadData, match=said):
        loaded(tmp_path / name, content)
