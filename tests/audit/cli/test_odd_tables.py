"""Tables as people have them, from the command line: what is missing is asked for at once, what is odd is told."""

from __future__ import annotations

import csv
import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from fairwitness.audit import cli

Columns = Mapping[str, Sequence[object]]
HALF = 100


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))


def written(name: str, columns: Columns, coding: str = "utf-8", delimiter: str = ",") -> str:
    with Path(name).open("w", newline="", encoding=coding) as file:
        out = csv.writer(file, delimiter=delimiter)
        out.writerow(columns)
        out.writerows(zip(*columns.values(), strict=True))
    return f"predictions:{name}"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, list[str]]:
    """Exit code, the results in one line, and the lines that are no result."""
    code = cli.invoke(["run", *words])
    told = capsys.readouterr()
    return code, " ".join(told.out.split()), told.err.splitlines()


def people(**more: Sequence[object]) -> dict[str, Sequence[object]]:
    """Two groups of which half is selected, half of these rightly."""
    rows: dict[str, Sequence[object]] = {"sex": ["f", "m"] * HALF, "dec": [0, 0, 1, 1] * (HALF // 2)}
    return {**rows, "y": [1, 0, 0, 1] * (HALF // 2), **more}


SCORES = [round(0.2 + 0.003 * at, 3) for at in range(2 * HALF)]
TABLES: dict[str, Columns] = {
    "plain names": people(p=SCORES),
    "percent scores": people(p=[f"{100 * score:.1f}%" for score in SCORES]),
    "two groups": people(race=["a", "a", "b", "b"] * (HALF // 2)),
    "no label": {"d": [0, 1] * HALF, "sex": ["f", "f", "m", "m"] * (HALF // 2)},
    "odd names": {
        "Geschlecht (m/w)": ["m", "w"] * HALF,
        "Kredit bewilligt!": ["ja", "nein", "nein", "ja"] * (HALF // 2),
        "zurück gezahlt": ["ja", "ja", "nein", "nein"] * (HALF // 2),
        "Kunde's P (gut)": SCORES,
    },
    "three outcomes": {
        "sex": ["f", "m"] * HALF,
        "pred": ["A", "B", "C", "A"] * (HALF // 2),
        "truth": ["A", "B", "B", "C"] * (HALF // 2),
    },
    "three decisions alone": {"sex": ["f", "m"] * HALF, "decision": ["hire", "hold", "no", "hire"] * (HALF // 2)},
    "an id": people(id=[1_790_000_000_000_000_000 + at for at in range(2 * HALF)]),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_what_is_missing_is_asked_for_at_once_and_the_proposed_command_works(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    code, _, told = run(capsys, written("t.csv", TABLES[name]), "-p", "group_fairness", "-o", "out")
    assert code == 2
    assert "--prediction COLUMN" in told[0]
    assert "--group COLUMN" in told[0]
    columns = next(line for line in told if line.startswith("columns: "))
    assert all(repr(column) in columns for column in TABLES[name])
    proposed = shlex.split(told[-1])
    assert proposed[:2] == ["fairwitness", "run"]
    code, _, told = run(capsys, *proposed[2:])
    assert code in (0, 1), told
    [result] = json.loads(Path("out/audit.json").read_text(encoding="utf-8"))["results"]
    assert result["status"] == "measured"


@pytest.mark.slow
def test_a_named_option_stays_and_the_rest_is_proposed(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, told = run(capsys, written("t.csv", people()), "-p", "group_fairness", "--prediction", "y", "-o", "out")
    assert (code, told[0]) == (2, "error: group_fairness needs a group column: name one with --group COLUMN")
    assert "--prediction y" in told[-1]
    assert run(capsys, *shlex.split(told[-1])[2:])[0] in (0, 1)


@pytest.mark.slow
def test_where_the_decisions_are_named_the_outcomes_and_the_ids_are_proposed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    columns = people(person_id=[f"p{at}" for at in range(2 * HALF)], id_of_branch=["a", "b"] * HALF)
    columns["came back"] = columns.pop("y")
    model = written("ids.csv", columns)
    code, _, told = run(capsys, model, "--prediction", "dec")
    assert code == 2
    for words in ("--group sex", "--label 'came back'", "--id person_id", "--prediction dec"):
        assert words in told[-1]
    assert "p17" not in " ".join(told)
    code, _, told = run(capsys, model)
    for option in ("--prediction COLUMN", "--group COLUMN", "--label COLUMN", "--score COLUMN", "--favourable VALUE"):
        assert option in told[0]


def test_no_command_is_proposed_where_none_would_work(capsys: pytest.CaptureFixture[str]) -> None:
    spec = written("t.csv", people(), delimiter="\t")
    code, _, told = run(capsys, spec, "-p", "group_fairness")
    assert code == 2
    assert len(told) == 2
    assert "seems to be separated by tabs: save it with commas, or give the file the suffix .tsv" in told[1]


def test_a_score_column_without_a_number_is_refused_before_any_call(capsys: pytest.CaptureFixture[str]) -> None:
    spec = written("t.csv", TABLES["percent scores"])
    roles = ["--prediction", "dec", "--label", "y", "--group", "sex", "-o", "out"]
    code, _, told = run(capsys, spec, "-p", "group_fairness", *roles, "--score", "p")
    assert (code, Path("out").exists()) == (2, False)
    assert "none of the 200 rows has a number, for example row 1 ('20.0%'): write per cent as shares" in told[0]


@pytest.mark.slow
def test_values_that_look_missing_or_alike_reach_terminal_and_page(capsys: pytest.CaptureFixture[str]) -> None:
    rows = people(sex=["f", "F", "m", "n/a"] * (HALF // 2), dec=["yes", "no", "Yes", "no"] * (HALF // 2))
    spec = written("t.csv", {key: rows[key] for key in ("sex", "dec")})
    roles = ["--prediction", "dec", "--group", "sex", "--favourable", "yes", "-o", "out"]
    code, said, _ = run(capsys, spec, "-p", "group_fairness", *roles)
    assert code in (0, 1)
    page = Path("out/report.html").read_text(encoding="utf-8").replace("&#39;", "'")
    for note in (
        "Check the data: group column 'sex': 'n/a' in 50 rows may mean that there is no value",
        "Check the data: group column 'sex': 'f' and 'F' differ only by capital letters",
        "Check the data: outcomes: 'yes' and 'Yes' differ only by capital letters",
    ):
        assert note in said
        assert note in page


@pytest.mark.slow
def test_what_is_wrong_with_the_file_reaches_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    rows = people(p=["high", *SCORES[1:]])
    roles = ["--prediction", "dec", "--group", "sex", "--score", "p", "-o", "out"]
    _, said, _ = run(capsys, written("t.csv", rows), "-p", "group_fairness", *roles)
    assert "Check the data: column 'p': 1 of 200 rows are not numbers, for example row 1 ('high')" in said


@pytest.mark.parametrize(
    ("labels", "decisions", "given", "hint"),
    [
        (
            (">50K", "<=50K"),
            (">50K.", "<=50K."),
            ("--favourable", ">50K"),
            "'>50K' and '>50K.' differ only by a final point",
        ),
        (("Yes", "No"), ("yes", "no"), (), "'Yes' and 'yes' differ only by capital letters"),
        (("10,078", "34,314"), ("10,078", "34,314"), (), "numbers with commas between thousands: write them without"),
        (("0,5", "1,25"), ("0,5", "1,25"), (), "numbers with a decimal comma: write them with a point"),
    ],
)
def test_outcomes_that_differ_in_spelling_are_told(
    capsys: pytest.CaptureFixture[str], labels: Sequence[str], decisions: Sequence[str], given: Sequence[str], hint: str
) -> None:
    rows = {"sex": ["f", "m"] * HALF, "y": [*labels] * HALF, "dec": [*decisions] * HALF}
    roles = ["--prediction", "dec", "--label", "y", "--group", "sex", *given]
    code, _, told = run(capsys, written("t.csv", rows), "-p", "group_fairness", *roles)
    assert code == 2
    assert hint in " ".join(told)


@pytest.mark.slow
def test_utf_16_and_json_lines_give_the_numbers_of_the_plain_table(capsys: pytest.CaptureFixture[str]) -> None:
    rows = people(p=SCORES)
    written("utf8.csv", rows)
    written("utf16.csv", rows, "utf-16")
    lines = [dict(zip(rows, cells, strict=True)) for cells in zip(*rows.values(), strict=True)]
    Path("lines.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    roles = ["--prediction", "dec", "--label", "y", "--score", "p", "--group", "sex", "-p", "group_fairness"]
    found = []
    for name in ("utf8.csv", "utf16.csv", "lines.jsonl"):
        assert run(capsys, f"predictions:{name}", *roles, "-o", name + "-out")[0] in (0, 1)
        [result] = json.loads(Path(name + "-out/audit.json").read_text(encoding="utf-8"))["results"]
        found.append(result["metrics"])
    assert found[0] == found[1] == found[2]


@pytest.mark.slow
def test_groups_of_twenty_digits_stay_two_groups(capsys: pytest.CaptureFixture[str]) -> None:
    codes = ["12345678901234567890", "12345678901234567891"]
    rows = people(sex=codes * HALF)
    roles = ["--prediction", "dec", "--group", "sex", "-o", "out"]
    assert run(capsys, written("t.csv", rows), "-p", "group_fairness", *roles)[0] in (0, 1)
    [result] = json.loads(Path("out/audit.json").read_text(encoding="utf-8"))["results"]
    assert {one["by"]["sex"] for one in result["metrics"] if "sex" in one["by"]} == set(codes)


@pytest.mark.slow
@pytest.mark.parametrize(("probe", "sexes"), [("group_fairness", ("f", "m")), ("ll144", ("Female", "Male"))])
def test_rows_without_a_decision_are_named_and_the_others_measured(
    capsys: pytest.CaptureFixture[str], probe: str, sexes: tuple[str, str]
) -> None:
    """Up to a fifth of the rows; a ratio says where it could lie, and more rows than that fail the probe."""
    roles = ["--prediction", "dec", "--favourable", "1", "--group", "sex", "-p", probe, "-o", "out"]
    chosen = [at // 2 % 10 > 0 for at in range(2000)]
    ratio = "selection_rate_ratio" if probe == "group_fairness" else "impact_ratio"

    def told(every: int) -> tuple[int, dict[str, Any], str]:
        gaps = [every > 0 and at % every == 3 for at in range(2000)]
        cells = ["" if gap else int(decided) for gap, decided in zip(gaps, chosen, strict=True)]
        code, out, _ = run(capsys, written("t.csv", {"sex": [*sexes] * 1000, "dec": cells}), *roles)
        [result] = json.loads(Path("out/audit.json").read_text(encoding="utf-8"))["results"]
        return code, result, out

    code, whole, _ = told(0)
    assert code == (0 if probe == "group_fairness" else 4)
    assert not [note for note in whole["notes"] if "left out (number" in note["en"]]
    code, part, _ = told(8)
    assert code == (1 if probe == "group_fairness" else 4)
    [note] = [note["en"] for note in part["notes"] if "left out (number" in note["en"]]
    assert note.startswith("250 of 2000 rows were left out (number 4, 12, 20")
    assert note.endswith("give these rows a decision, and leave out of the file only who was never decided on.")
    [found] = [one for one in part["metrics"] if one["name"] == ratio and one["estimate"]]
    assert found["estimate"]["if_answered"][0] < 0.8 < found["estimate"]["value"]
    code, _, out = told(4)
    assert code == 3
    assert "500 of 2000 requests (25%, limit 5%)" in out
    assert "(give these rows a decision" in out
