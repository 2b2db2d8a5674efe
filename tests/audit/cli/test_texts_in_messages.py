"""Whatever role a column of texts is given by mistake, no message and no result shows a cell of it."""

from __future__ import annotations

import csv
import shlex
from pathlib import Path

import numpy as np
import pytest

from fairwitness.audit import cli
from fairwitness.audit.runner.own_texts import OwnTexts

ROWS = 60
WORDS = (
    "neighbour",
    "hospital",
    "lawyer",
    "daughter",
    "landlord",
    "pension",
    "diagnosis",
    "salary",
    "village",
    "nurse",
)
PREDICTIONS = "run predictions:people.csv -p group_fairness -o out "
TABLE = "run predictions:people.csv -p representation --data people.csv -o out "
WRONG = {
    "label": PREDICTIONS + "--prediction d --label said --group sex",
    "label of three outcomes": PREDICTIONS + "--prediction three --label said --favourable a --group sex",
    "label of a table": TABLE + "--label said --prediction d --group sex",
    "prediction": PREDICTIONS + "--prediction said --label y --group sex",
    "prediction alone": PREDICTIONS + "--prediction said --group sex",
    "prediction and label": PREDICTIONS + "--prediction said --label again --group sex",
    "favourable": PREDICTIONS + "--prediction said --favourable pension --group sex",
    "rule": PREDICTIONS + "--prediction said --favourable '>=5' --group sex",
    "declared outcomes": PREDICTIONS + "--prediction d --label mixed --group sex -O group_fairness.outcomes=0,1",
    "score": PREDICTIONS + "--prediction d --score said --group sex",
    "some scores": PREDICTIONS + "--prediction d --score mixed --group sex",
    "weight": PREDICTIONS + "--prediction d --group sex --weight said",
    "reference": PREDICTIONS + "--prediction d --group said --reference 'said=my pension'",
    "nothing named": PREDICTIONS,
    "no line of names": "run predictions:bare.csv -p group_fairness --prediction d --group sex",
    "reweighing": "mitigate reweigh people.csv --label said --group sex -o new.csv",
    "reweighing by text": "mitigate reweigh people.csv --label y --group said -o new.csv",
    "thresholds": "mitigate thresholds people.csv --label said --prediction d --score p --group sex "
    "--before before.csv --after after.csv",
}


def sentences(seed: int, count: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["my " + " ".join(rng.permutation(WORDS)[:5]) for _ in range(count)]


@pytest.fixture(scope="module")
def said() -> list[str]:
    return sentences(1, ROWS)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    columns = {
        "said": said,
        "again": said[1:] + said[:1],
        "mixed": [text if at == 7 else "01"[at % 2] for at, text in enumerate(said)],
        "three": ["a", "b", "c"] * (ROWS // 3),
        "sex": ["f", "m"] * (ROWS // 2),
        "d": [0, 0, 1, 1] * (ROWS // 4),
        "y": [0, 1, 1, 0] * (ROWS // 4),
        "p": [at / ROWS for at in range(ROWS)],
    }
    rows = list(zip(*columns.values(), strict=True))
    for name, header in (("people.csv", [[*columns]]), ("bare.csv", [])):
        with Path(name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([*header, *rows])


@pytest.mark.slow
@pytest.mark.parametrize("line", WRONG.values(), ids=WRONG)
def test_no_cell_of_a_column_of_texts_is_shown(line: str, said: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    cli.invoke(shlex.split(line))
    told = capsys.readouterr()
    assert told.err + told.out
    texts = OwnTexts.of(said)
    assert not [said for said in (told.err + told.out).splitlines() if texts.in_text(said)]
    document = Path("out/audit.json")
    if document.is_file():
        assert not [text for text in said if text in document.read_text(encoding="utf-8")]


def test_names_of_classes_are_listed_to_choose_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(shlex.split(PREDICTIONS + "--prediction three --favourable d --group sex")) == 2
    assert "never occurs (outcomes: 'a' 20 times, 'b' 20 times, 'c' 20 times)" in capsys.readouterr().err
