"""A run against a baseline: found before anything is asked, told at the end, judged by rules on the change."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import fairwitness
from fairwitness.audit.cli import invoke

pytestmark = pytest.mark.slow

ROWS = 600
POLICY = """version = 1
[[rules]]
id = "equal-chances"
select = "group_fairness/true_positive_rate_difference"
op = "within"
value = 0.15
[[rules]]
id = "no-less-accurate"
select = "group_fairness/accuracy[]"
op = ">="
value = -0.03
relative_to = "baseline"
"""


def write(path: Path, decided: np.ndarray, sex: np.ndarray, truth: np.ndarray) -> None:
    lines = ["y,yhat,sex", *(f"{y},{yhat},{who}" for y, yhat, who in zip(truth, decided, sex, strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with decisions before and after, women who deserve it refused, and a run of those before."""
    folder = tmp_path_factory.mktemp("baseline")
    rng = np.random.default_rng(3)
    sex = np.where(rng.random(ROWS) < 0.5, "f", "m")
    truth = rng.integers(0, 2, ROWS)
    right = np.where(rng.random(ROWS) < 0.9, truth, 1 - truth)
    lost = (sex == "f") & (right == 1) & (rng.random(ROWS) < 0.5)
    write(folder / "before.csv", right, sex, truth)
    write(folder / "after.csv", np.where(lost, 0, right), sex, truth)
    (folder / "policy.toml").write_text(POLICY, encoding="utf-8")
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert audited("before", "runs/first") == 1  # the rule on the change has nothing to compare with
    finally:
        os.chdir(before)
    return folder


def audited(name: str, out: str, *more: str) -> int:
    columns = ["--label", "y", "--prediction", "yhat", "--group", "sex", "--policy", "policy.toml"]
    return invoke(["run", f"predictions:{name}.csv", "-p", "group_fairness", *columns, "-o", out, "-q", *more])


@pytest.fixture
def here(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
    return place


def test_what_changed_since_the_baseline_is_told_written_and_judged(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audited("after", "later", "--baseline", "latest") == 1
    said = capsys.readouterr().out
    assert "Since runs/first (predictions:before.csv): new failure 1" in said
    assert "New failure: equal-chances" in said
    assert "--baseline runs/first" in said, "the line that repeats the run names the run that was found"
    document = json.loads(Path("later/audit.json").read_text(encoding="utf-8"))
    verdicts = {verdict["rule"]: verdict for verdict in document["verdicts"]}
    assert verdicts["no-less-accurate"]["outcome"] == "fail"
    assert verdicts["no-less-accurate"]["relative_to"] == "baseline"
    assert document["baseline"]["folder"] == "runs/first"
    assert {name for name in os.listdir("later") if "comparison" in name} == {"comparison.json", "comparison.html"}
    page = Path("later/report.html").read_text(encoding="utf-8")
    assert "What changed since the baseline" in page
    shutil.copytree("later", "drawn")
    assert invoke(["report", "drawn"]) == 0
    assert Path("drawn/report.html").read_text(encoding="utf-8") == page


def test_every_row_that_flipped_is_listed_with_both_decisions_as_the_parquet_files_hold_them(here: Path) -> None:
    audited("after", "rows", "--baseline", "runs/first")
    tables = [pq.read_table(f"{folder}/items/group_fairness.parquet").to_pydict() for folder in ("runs/first", "rows")]
    wanted = [
        (f"row {row}", was, now)
        for row, was, now in zip(tables[0]["row"], tables[0]["decision"], tables[1]["decision"], strict=True)
        if was != now
    ]
    [flips] = json.loads(Path("rows/comparison.json").read_text(encoding="utf-8"))["flips"]
    assert [(flip["item"], flip["before"], flip["after"]) for flip in flips["flips"]] == wanted
    assert len(wanted) > 50


def test_the_same_decisions_pass_by_what_so_many_rows_never_showed(here: Path) -> None:
    shutil.copy("before.csv", "again.csv")
    assert audited("again", "again", "--baseline", "runs/first") == 0
    verdicts = json.loads(Path("again/audit.json").read_text(encoding="utf-8"))["verdicts"]
    assert {verdict["rule"]: verdict["outcome"] for verdict in verdicts}["no-less-accurate"] == "pass"


def test_without_a_baseline_the_rule_on_a_change_is_never_a_pass(here: Path) -> None:
    document = json.loads(Path("runs/first/audit.json").read_text(encoding="utf-8"))
    verdict = next(verdict for verdict in document["verdicts"] if verdict["rule"] == "no-less-accurate")
    assert (verdict["outcome"], verdict["ground"], verdict["counts"]) == ("not_measured", "no_baseline", True)
    assert "baseline" not in document


def test_a_run_without_one_takes_the_comparison_of_an_earlier_run_away(here: Path) -> None:
    audited("after", "twice", "--baseline", "runs/first")
    audited("after", "twice")
    assert not [name for name in os.listdir("twice") if "comparison" in name]


def test_the_rows_of_a_comparison_leave_with_those_of_the_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What lists people with their answers is no less private than the file that it was made from."""
    audited("after", "kept/private", "--baseline", "runs/first")
    assert invoke(["report", "kept/private", "--redact-rows"]) == 0
    assert not [name for name in os.listdir("kept/private") if "comparison" in name]
    audited("after", "kept/private", "--baseline", "runs/first")
    capsys.readouterr()
    assert invoke(["runs", "prune", "kept", "--keep", "0", "--dry-run"]) == 0
    assert "would delete kept/private" in capsys.readouterr().out


def test_settings_file_environment_and_python_name_it_too(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = """model = "predictions:after.csv"
probes = ["group_fairness"]
label = "y"
prediction = "yhat"
group = ["sex"]
policy = "policy.toml"
baseline = "runs/first"
"""
    Path("by_file.toml").write_text(settings, encoding="utf-8")
    assert invoke(["run", "-c", "by_file.toml", "-o", "by_file", "-q"]) == 1
    assert Path("by_file/comparison.json").is_file()
    monkeypatch.setenv("FAIRWITNESS_BASELINE", "latest")
    audited("after", "by_environment")
    assert Path("by_environment/comparison.json").is_file()
    monkeypatch.delenv("FAIRWITNESS_BASELINE")
    report = fairwitness.run(
        "predictions:after.csv",
        probes="group_fairness",
        label="y",
        prediction="yhat",
        group="sex",
        policy="policy.toml",
        baseline=fairwitness.read("runs/first"),
        quiet=True,
    )
    assert report.audit.baseline is not None
    assert next(verdict.turn for verdict in report.audit.baseline.verdicts) == "new_failure"


def broken(name: str, change: str) -> None:
    """A copy of the first run that is not as it was."""
    shutil.rmtree(name, ignore_errors=True)
    shutil.copytree("runs/first", name)
    path = Path(name) / "audit.json"
    text = path.read_text(encoding="utf-8")
    match change:
        case "version":
            text = text.replace('"schema_version": "2.', '"schema_version": "9.', 1)
        case "outcome":
            text = text.replace('"outcome": "inconclusive"', '"outcome": "pass"', 1)
        case "kind":
            text = text.replace('"kind": "predictions"', '"kind": "masked_lm"', 1)
            text = text.replace('"Predict"', '"FillMask"')
        case "cut":
            text = text[: len(text) // 2]
        case "stopped":
            text = text.replace('"status": "complete"', '"status": "incomplete"', 1)
            text = text.replace('"outcome": "inconclusive"', '"outcome": "incomplete"', 1)
            text = text.replace('"exit_code": 1', '"exit_code": 130', 1)
        case "rows":
            (Path(name) / "items" / "group_fairness.parquet").write_bytes(b"PAR1")
        case _:
            raise ValueError(change)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("version", "schema version 9."),
        ("outcome", "contradicts itself"),
        ("kind", "asked a masked_lm, and this run asks a predictions"),
        ("cut", "is damaged"),
        ("stopped", "was stopped before its end"),
        ("rows", "its hash differs"),
    ],
)
def test_a_baseline_that_nobody_can_compare_with_is_one_line_before_anything_is_asked(
    here: Path, change: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    broken("odd", change)
    assert audited("after", "never", "--baseline", "odd") == 2
    said = capsys.readouterr()
    assert message in said.err
    assert "--baseline" in said.err
    assert said.err.count("\n") == 1
    assert not Path("never").exists()


@pytest.mark.parametrize("change", ["kind", "rows", "nowhere"])
def test_an_optional_baseline_that_does_not_fit_is_left_out_in_words_and_never_helps(
    here: Path, change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if change != "nowhere":
        broken("odd", change)
    named = "nowhere" if change == "nowhere" else "odd"
    assert audited("before", "left", "--baseline", named, "--baseline-optional") == 1, "what it would judge is open"
    said = capsys.readouterr()
    assert "was left out" in said.out
    document = json.loads(Path("left/audit.json").read_text(encoding="utf-8"))
    assert document["uncompared"]["kind"] == "left_out"
    assert "baseline" not in document
    (verdict,) = (verdict for verdict in document["verdicts"] if verdict["rule"] == "no-less-accurate")
    assert (verdict["outcome"], verdict["ground"], verdict["counts"]) == ("not_measured", "no_baseline", True)


def test_why_there_is_none_is_told_and_stands_in_the_place_of_one(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audited("after", "told", "--no-baseline", "main has no audit yet") == 1
    assert "Not compared with an earlier run: main has no audit yet." in capsys.readouterr().out
    assert "Not compared with an earlier run: main" in Path("told/report.html").read_text(encoding="utf-8")
    assert audited("after", "told", "--no-baseline", "main has no audit yet", "--dry-run") == 0
    assert "not compared with an earlier run: main has no audit yet\n" in capsys.readouterr().out
    assert audited("after", "told", "--no-baseline", "none", "--baseline", "runs/first") == 2
    assert "'baseline' and 'no_baseline' exclude each other" in capsys.readouterr().err
    monkeypatch.setenv("FAIRWITNESS_NO_BASELINE", "none")
    assert audited("after", "told", "--baseline", "runs/first") == 1
    assert "baseline" in json.loads(Path("told/audit.json").read_text(encoding="utf-8")), "the command line is stronger"


def test_nothing_there_and_the_folder_itself_are_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audited("after", "never", "--baseline", "nowhere") == 2
    assert "nowhere is no Fairwitness run" in capsys.readouterr().err
    shutil.copytree("runs/first", "own")
    assert audited("after", "own", "--baseline", "own") == 2
    assert "is the folder that this run writes" in capsys.readouterr().err
    assert audited("after", "own", "--baseline", "own/audit.json") == 2
    assert audited("after", "own", "--baseline", "own", "--baseline-optional") == 2, "this is a mistake, no baseline"


def test_latest_passes_over_what_does_not_fit_and_says_so(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("before.csv", "after.csv", "policy.toml"):
        shutil.copy(here / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert audited("after", "out", "--baseline", "latest") == 2
    assert "no finished run of the same kind under runs/" in capsys.readouterr().err
    shutil.copytree(here / "runs", "runs")
    broken("runs/later", "kind")
    text = Path("runs/later/audit.json").read_text(encoding="utf-8")
    Path("runs/later/audit.json").write_text(text.replace('"started": "20', '"started": "21', 1), encoding="utf-8")
    broken("runs/cut", "stopped")
    text = Path("runs/cut/audit.json").read_text(encoding="utf-8")
    Path("runs/cut/audit.json").write_text(text.replace('"started": "20', '"started": "22', 1), encoding="utf-8")
    columns = ["--label", "y", "--prediction", "yhat", "--group", "sex", "--policy", "policy.toml"]
    arguments = ["run", "predictions:after.csv", "-p", "group_fairness", *columns, "-o", "out", "--baseline", "latest"]
    assert invoke(arguments) == 1
    said = capsys.readouterr()
    assert "baseline: runs/first; newer ones passed over: runs/cut was stopped before its end" in said.err
    assert "runs/later asked a masked_lm" in said.err


def test_two_runs_at_once_do_not_write_one_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("busy").mkdir()
    handle = os.open("busy", os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert audited("after", "busy") == 2
        assert "another run is being written to busy" in capsys.readouterr().err
    finally:
        os.close(handle)
    assert audited("after", "busy") == 1


def test_the_runs_of_a_folder_are_a_trend_and_what_does_not_fit_is_a_gap(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two runs of decisions and one of another kind: two points a chart, and a row that says why there is no third."""
    audited("before", str(tmp_path / "runs/a"))
    audited("after", str(tmp_path / "runs/b"))
    shutil.copytree(tmp_path / "runs/a", tmp_path / "runs/c")
    path = tmp_path / "runs/c/audit.json"
    text = path.read_text(encoding="utf-8").replace('"kind": "predictions"', '"kind": "masked_lm"', 1)
    path.write_text(
        text.replace('"Predict"', '"FillMask"').replace('"started": "2', '"started": "1', 1), encoding="utf-8"
    )
    capsys.readouterr()
    assert invoke(["runs", "trend", str(tmp_path / "runs")]) == 0
    said = capsys.readouterr().out
    assert "2 of 3 runs" in said
    assert "asked a masked_lm" in said
    steps = json.loads((tmp_path / "runs/trend.json").read_text(encoding="utf-8"))["steps"]
    assert [step["folder"] for step in steps] == ["c", "a", "b"]
    [first, last] = [{metric["metric"]: metric for metric in step["metrics"]} for step in steps[1:]]
    assert (first["true_positive_rate_difference"]["outcome"], last["true_positive_rate_difference"]["outcome"]) == (
        "pass",
        "fail",
    )
    assert last["true_positive_rate_difference"]["threshold"] == 0.15
    page = (tmp_path / "runs/trend.html").read_text(encoding="utf-8")
    assert "Trend over runs" in page
    assert page.count('<a href="') == 3
    assert invoke(["runs", "trend", str(tmp_path / "nowhere")]) == 2
    (tmp_path / "empty").mkdir()
    assert invoke(["runs", "trend", str(tmp_path / "empty")]) == 2
    assert "holds no run that can be read" in capsys.readouterr().err


def test_several_runs_a_side_are_compared_from_the_command_line(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other seeds give the same decisions: nothing shows how much runs differ, and nothing is called a change."""
    for number in range(2):
        audited("before", str(tmp_path / f"old{number}"), "--seed", str(number))
        audited("after", str(tmp_path / f"new{number}"), "--seed", str(number))
    sides = [
        str(tmp_path / "old0"),
        str(tmp_path / "new0"),
        "--base",
        str(tmp_path / "old1"),
        "--new",
        str(tmp_path / "new1"),
    ]
    capsys.readouterr()
    assert invoke(["compare", *sides, "--json"]) in (0, 1)
    made = json.loads(capsys.readouterr().out)
    assert made["base"]["folder"].startswith("2 runs: ")
    assert {change["finding"] for change in made["changes"]} == {"not_tested"}
    assert {verdict["rule"]: verdict["turn"] for verdict in made["verdicts"]} == {"equal-chances": "new_failure"}
    assert invoke(["compare", *sides[:4]]) == 2
    assert "NEW is 1 run" in capsys.readouterr().err
    named = ["compare", "--base", sides[0], "--base", sides[3], "--new", sides[1], "--new", sides[5], "--json"]
    assert invoke(named) in (0, 1)
    assert json.loads(capsys.readouterr().out)["changes"] == made["changes"]
    assert invoke(named[:5]) == 2
    assert "no run of NEW is named: fairwitness compare BASE NEW, or --new DIR" in capsys.readouterr().err
