"""`fairwitness mitigate`: what it writes and says, and one clear line for every mistake."""

from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from fairwitness.audit import cli, document
from fairwitness.audit.records import Estimate, Measured, metric_key

pytest.importorskip("fairlearn")

REWEIGH = ["reweigh", "loans.csv", "--label", "repaid", "--group", "sex"]
COLUMNS = ["--label", "repaid", "--prediction", "granted", "--score", "p"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loans(name: str = "loans.csv", **cells: str) -> list[list[str]]:
    """Loans to two sexes in a file: women repay less often and are scored lower still; `cells` are put into row 3."""
    rng = np.random.default_rng(0)
    table = [["repaid", "granted", "p", "sex"]]
    for _ in range(2000):
        sex = "mf"[rng.integers(2)]
        repaid = rng.random() < (0.6 if sex == "m" else 0.4)
        score = round(float(np.clip(rng.normal(0.25 + 0.4 * repaid + (0.1 if sex == "m" else -0.1), 0.15), 0, 1)), 4)
        table.append(["yes" if repaid else "no", "yes" if score >= 0.5 else "no", str(score), sex])
    for column, cell in cells.items():
        table[3][table[0].index(column)] = cell
    with Path(name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(table)
    return table


def read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.invoke(["mitigate", *arguments]) == 0
    return capsys.readouterr().out


def mistake(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.invoke(["mitigate", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: ")
    assert told.err.count("\n") == 1
    assert len(told.err) < 800
    return told.err


@pytest.mark.slow
def test_both_files_hold_the_same_held_out_rows_and_differ_in_decisions_alone(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = loans()
    out = said(capsys, "thresholds", "loans.csv", *COLUMNS, "--group", "sex", "-o", "out")
    before, after = read(here / "out" / "before.csv"), read(here / "out" / "after.csv")
    assert len(before) == len(after) == 1 + 999
    assert before[0] == given[0]
    assert [row for row in given[1:] if row in before] == [row for row in given[1:] if row in before[1:]]
    decided = 0
    for old, new in zip(before, after, strict=True):
        assert old[:1] + old[2:] == new[:1] + new[2:]
        assert new[1] in {"yes", "no", "granted"}
        decided += old[1] != new[1]
    assert decided > 50
    assert "selected above" in out
    assert "disparate treatment" in out


@pytest.mark.slow
def test_both_decisions_are_audited_and_compared_and_one_line_says_what_that_came_to(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loans("my loans.csv")
    named = ["--unit", "applicants", "--favourable", "yes", "--favourable-name", "is granted the loan"]
    out = said(capsys, "thresholds", "my loans.csv", *COLUMNS, "--group", "sex", "-o", "two words", *named)
    assert "hold the other 999 applicants" in out
    before, after = (document.read(here / "two words" / side) for side in ("before", "after"))
    (told,) = [line for line in out.splitlines() if line.startswith("impact ratio by sex ")]
    for audit in (before, after):
        (result,) = audit.results
        assert isinstance(result, Measured)
        assert "applicants" in str(audit.manifest.config["resolved"])
        for metric in result.metrics:
            if metric.key in (metric_key("impact_ratio", {}, None, {"groups": "sex"}), metric_key("accuracy", {})):
                assert isinstance(metric.estimate, Estimate)
                times, digits = (1, 2) if metric.name == "impact_ratio" else (100, 1)
                assert f"{times * metric.estimate.value:.{digits}f}" in told
    rows = zip(read(here / "two words" / "before.csv"), read(here / "two words" / "after.csv"), strict=True)
    assert told.endswith(f"; {sum(old != new for old, new in rows)} of 999 decisions changed")
    assert f"verdict: {before.outcome} (exit code {before.exit_code}) → {after.outcome}" in out
    drawn = (here / "two words" / "comparison" / "trade-off.svg").read_text(encoding="utf-8")
    picture = ElementTree.fromstring(drawn)  # noqa: S314 - our own drawing, read to see that it is whole
    assert len(picture.findall(".//{http://www.w3.org/2000/svg}path[@class='way']")) == 1
    assert (here / "two words" / "comparison" / "comparison.html").is_file()


@pytest.mark.slow
def test_folders_that_hold_something_else_are_left_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loans()
    (here / "out" / "after").mkdir(parents=True)
    (here / "out" / "after" / "letter.txt").write_text("dear")
    told = mistake(capsys, "thresholds", "loans.csv", *COLUMNS, "--group", "sex", "-o", "out")
    assert "out/after" in told
    assert sorted(path.name for path in (here / "out").rglob("*")) == ["after", "letter.txt"]


@pytest.mark.slow
def test_models_are_trained_with_and_without_weights_and_compared(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loans()
    words = ["reweigh", "loans.csv", "--label", "repaid", "--group", "sex", "--estimator", "logistic_regression"]
    out = said(capsys, *words, "--feature", "sex", "--feature", "p", "-o", "w.csv")
    assert "logistic_regression on 1001 rows, without and with weights, by sex, p:" in out
    ratios = []
    for side in ("before", "after"):
        (result,) = document.read(here / "w" / side).results
        assert isinstance(result, Measured)
        (ratio,) = [metric.estimate for metric in result.metrics if metric.name == "impact_ratio"]
        assert isinstance(ratio, Estimate)
        ratios.append(ratio.value)
    assert ratios[1] > ratios[0] + 0.1
    assert len(read(here / "w" / "before.csv")) == len(read(here / "w" / "after.csv")) == 1 + 999
    assert read(here / "w.csv")[0][-1] == "weight"


@pytest.mark.slow
def test_the_same_seed_writes_the_same_bytes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loans()
    for folder, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        said(capsys, "thresholds", "loans.csv", *COLUMNS, "--group", "sex", "--seed", seed, "-o", folder)
    written = [(here / folder / "after.csv").read_bytes() for folder in "abc"]
    assert written[0] == written[1] != written[2]


@pytest.mark.slow
def test_several_columns_are_crossed_and_small_crossings_are_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = loans()
    with Path("loans.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([*row, "town" if at != 5 else ""] for at, row in enumerate(table))
    out = said(capsys, "thresholds", "loans.csv", *COLUMNS, "--group", "sex", "--group", "town", "-o", "out")
    assert "  sex, town m and town: selected above" in out
    assert "and (missing): too few rows to fit (" in out


def test_weights_are_written_beside_the_rows(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = loans()
    out = said(capsys, "reweigh", "loans.csv", "--label", "repaid", "--group", "sex")
    rows = read(here / "reweighed.csv")
    assert rows[0] == [*given[0], "weight"]
    assert [row[:-1] for row in rows[1:]] == given[1:]
    base = {}
    for sex in "mf":
        own = [row for row in rows[1:] if row[3] == sex]
        base[sex] = sum(float(row[4]) for row in own if row[0] == "yes") / sum(float(row[4]) for row in own)
    assert base["m"] == pytest.approx(base["f"], abs=1e-12)
    assert "weights alone change no decision" in out


def test_twins_are_written_and_doubt_is_counted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("texts.csv").write_text("text,label,sex\nAnn lost her keys.,1,f\nWe saw her leave.,0,f\nRain.,1,\n")
    Path("names.csv").write_text("female,male\nAnn,Tom\n")
    out = said(capsys, "augment", "texts.csv", "--group", "sex", "--names", "names.csv")
    assert read(here / "augmented.csv")[2] == ["Tom lost his keys.", "1", "m", "1", "swapped"]
    assert "counterfactuals of 1 of 3 rows; 1 of 3 texts have no gendered word" in out
    assert "No counterfactual for 1 of 3 rows (row 2)" in out
    assert "leave" not in out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["thresholds", "no.csv", *COLUMNS, "--group", "sex"], "no file no.csv"),
        (["thresholds", "loans.csv", *COLUMNS, "--group", "sx"], "there is no column 'sx'; did you mean 'sex'?"),
        (
            ["thresholds", "loans.csv", *COLUMNS[:-1], "sex", "--group", "sex"],
            "score column 'sex': none of the 2000 rows has a number",
        ),
        (["thresholds", "loans.csv", *COLUMNS, "--group", "p"], "group column 'p' has 1"),
        (["thresholds", "loans.csv", *COLUMNS, "--group", "sex", "--favourable", "ye"], "did you mean 'yes'?"),
        (
            ["thresholds", "loans.csv", *COLUMNS, "--group", "sex", "--constraint", "equal_odds"],
            "--constraint 'equal_odds' is not known; did you mean 'equalized_odds'?",
        ),
        (["thresholds", "loans.csv", *COLUMNS, "--group", "repaid"], "of which 0 can be found (too small: no: "),
        (["reweigh", "loans.csv", "--label", "repaid", "--group", "granted", "-o", "loans.csv"], "--overwrite"),
        (["reweigh", "loans.csv", "--label", "sex", "--group", "sex"], "group 'f' ("),
        (
            [*REWEIGH, "--estimator", "logistic_regresion"],
            "'logistic_regresion' is not known; did you mean 'logistic_regression'?",
        ),
        ([*REWEIGH, "--estimator", "decision_tree", "--feature", "pp"], "there is no such column; did you mean 'p'?"),
        ([*REWEIGH, "--estimator", "decision_tree", "--feature", "repaid"], "is the true outcome"),
        ([*REWEIGH, "--estimator", "decision_tree", "--favourable", "ye"], "did you mean 'yes'?"),
        (["augment", "loans.csv", "--text", "p"], "column 'p' holds numbers and no texts"),
        (["augment", "loans.csv", "--text", "sex", "--names", "loans.csv"], "has no column 'female'"),
    ],
)
@pytest.mark.usefixtures("here")
def test_a_mistake_is_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str) -> None:
    loans()
    assert expected in mistake(capsys, *arguments)


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("p", "1.5", "column 'p': 1 of 2000 rows lie outside [0, 1]"),
        ("p", "", "column 'p': 1 of 2000 rows have no value, for example row 3"),
        ("p", "high", "column 'p': 1 of 2000 rows are not numbers, for example row 3"),
        ("granted", "", "column 'granted': 1 of 2000 rows have no value, for example row 3"),
        ("granted", "maybe", "say which outcome counts as selected"),
        ("repaid", "maybe", "say which outcome counts as selected"),
    ],
)
@pytest.mark.usefixtures("here")
def test_a_bad_cell_is_named(capsys: pytest.CaptureFixture[str], column: str, cell: str, expected: str) -> None:
    loans(**{column: cell})
    assert expected in mistake(capsys, "thresholds", "loans.csv", *COLUMNS, "--group", "sex")


@pytest.mark.usefixtures("here")
def test_a_third_outcome_is_refused_also_where_one_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    loans(repaid="maybe")
    told = mistake(capsys, "thresholds", "loans.csv", *COLUMNS, "--group", "sex", "--favourable", "yes")
    assert "thresholds decide between two outcomes, named by value; here are 3" in told


@pytest.mark.slow
def test_a_row_without_a_true_outcome_is_held_out(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = loans(repaid="")
    said(capsys, "thresholds", "loans.csv", *COLUMNS, "--group", "sex", "-o", "out")
    assert given[3] in read(here / "out" / "before.csv")
    assert "1 of 2000 rows have no true outcome, for example row 3" in mistake(
        capsys, "reweigh", "loans.csv", "--label", "repaid", "--group", "sex"
    )
