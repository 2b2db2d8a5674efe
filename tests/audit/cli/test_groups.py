"""Group columns that cannot be compared and groups that are too small, as a user runs them: exit code and terminal."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from fairwitness.audit import cli

FILE = "decisions.csv"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))


def run(capsys: pytest.CaptureFixture[str], columns: Mapping[str, Sequence[object]], *more: str) -> tuple[int, str]:
    """Exit code, and what is told on the terminal in one line."""
    with Path(FILE).open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(columns)
        out.writerows(zip(*columns.values(), strict=True))
    decided = ["--prediction", "d", "--favourable", "1", "-o", "out"]
    code = cli.invoke(["run", f"predictions:{FILE}", "-p", "group_fairness", *decided, *more])
    told = capsys.readouterr()
    return code, " ".join((told.out + told.err).split())


@pytest.mark.slow
@pytest.mark.parametrize("beside", [True, False])
def test_a_column_of_201_values_is_not_measured(capsys: pytest.CaptureFixture[str], beside: bool) -> None:
    """The first half of the codes is always selected, the other never, and sex is balanced."""
    rows: dict[str, Sequence[object]] = {
        "d": [int(at % 201 < 100) for at in range(4020)],
        "sex": ["m" if at // 201 % 2 else "f" for at in range(4020)],
        "zip": [f"z{at % 201}" for at in range(4020)],
    }
    code, told = run(capsys, rows, "--group", "zip", *(("--group", "sex") if beside else ()))
    assert code == 1
    assert "INCONCLUSIVE" in told
    assert "group column 'zip' has 201 different values in 4020 rows" in told


@pytest.mark.slow
def test_all_or_nothing_between_two_groups_fails(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, {"d": [0] * 600 + [1] * 400, "sex": ["f"] * 600 + ["m"] * 400}, "--group", "sex")
    assert code == 1
    assert "FAIL" in told
    assert "sex=m" in told


@pytest.mark.slow
def test_all_or_nothing_among_groups_of_25_fails(capsys: pytest.CaptureFixture[str]) -> None:
    rows: dict[str, Sequence[object]] = {
        "d": [at % 2 for at in range(1500)],
        "race": [f"g{at % 60}" for at in range(1500)],
        "sex": ["m" if at // 60 % 2 else "f" for at in range(1500)],
    }
    code, told = run(capsys, rows, "--group", "race", "--group", "sex")
    assert code == 1
    assert "FAIL" in told
    assert "Selection rate spread, by race" in told


@pytest.mark.slow
def test_one_group_is_not_measured(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, {"d": [0, 1] * 100, "sex": ["a"] * 200}, "--group", "sex")
    assert code == 1
    assert "INCONCLUSIVE" in told
    assert "group column 'sex' holds one group, 'a', in all 200 rows" in told


@pytest.mark.slow
def test_sixty_ages_of_three_rows_are_not_decided(capsys: pytest.CaptureFixture[str]) -> None:
    rows: dict[str, Sequence[object]] = {
        "d": [int(at * 7 % 11 < 5) for at in range(200)],
        "age": [18 + at % 60 for at in range(200)],
    }
    code, told = run(capsys, rows, "--group", "age")
    assert code == 1
    assert "INCONCLUSIVE" in told
    assert "Selection rate spread, by age" in told


@pytest.mark.slow
def test_a_reference_group_of_four_rows_is_not_measured(capsys: pytest.CaptureFixture[str]) -> None:
    rows: dict[str, Sequence[object]] = {"d": [0, 0, 1, 1] * 250, "sex": ["NA"] * 4 + ["m", "f"] * 498}
    assert run(capsys, rows, "--group", "sex", "--reference", "sex=m")[0] == 0
    code, told = run(capsys, rows, "--group", "sex", "--reference", "sex=NA")
    assert code == 1
    assert "the reference group 'NA' of group column 'sex' has 4 rows, 30 needed" in told


@pytest.mark.slow
@pytest.mark.usefixtures("read_once")
@pytest.mark.parametrize(
    ("suite", "named", "expected"),
    [("default", ("--group", "sex", "--favourable", "1"), 0), ("bias", (), 4)],
)
def test_decisions_are_asked_by_a_suite_for_what_they_can_answer(
    capsys: pytest.CaptureFixture[str], suite: str, named: tuple[str, ...], expected: int
) -> None:
    """Sets of questions and sentences take answers and scores that were published, and no decisions on rows."""
    with Path(FILE).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("d", "sex"), *[(int(at % 4 < 2), "fm"[at % 2]) for at in range(4000)]])
    code = cli.invoke(["run", f"predictions:{FILE}", "-s", suite, "--prediction", "d", *named, "-o", "out"])
    told = capsys.readouterr()
    assert "crashed" not in told.out + told.err
    assert code == expected, told.out
