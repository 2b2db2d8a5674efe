"""`fairwitness import`: verdicts, exit codes and messages of the command line, and what reads its folder afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from logs import LM_EVAL, change_json, change_lines, imported, results_file, samples_file, ten_items

import fairwitness
from fairwitness.audit.cli import invoke
from fairwitness.audit.errors import BadOption, BadPolicy

POLICY = """
version = 1
[[rules]]
id = "choices"
select = 'lm_eval/{metric}[task=ten] scope:overall'
op = "{op}"
value = {value}
"""


def policy(folder: Path, op: str, value: float, metric: str = "acc") -> Path:
    path = folder / "policy.toml"
    path.write_text(POLICY.format(op=op, value=value, metric=metric), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("op", "value", "outcome", "code"),
    [
        (">=", 0.3, "pass", 0),
        (">=", 0.6, "inconclusive", 1),
        (">=", 0.95, "fail", 1),
        ("<=", 0.35, "fail", 1),
        ("<=", 0.95, "pass", 0),
    ],
)
def test_a_policy_judges_the_interval(tmp_path: Path, op: str, value: float, outcome: str, code: int) -> None:
    """Of 7 of 10, [0.397, 0.892]."""
    log = ten_items(tmp_path / "log")
    assert (
        invoke(["import", str(log), "-o", str(tmp_path / "run"), "--policy", str(policy(tmp_path, op, value))]) == code
    )
    assert json.loads((tmp_path / "run" / "audit.json").read_text("utf-8"))["outcome"] == outcome


def test_a_rule_on_what_the_log_does_not_have_passes_nothing(tmp_path: Path) -> None:
    log, rule = ten_items(tmp_path / "log"), policy(tmp_path, ">=", 0.1, "f1")
    assert invoke(["import", str(log), "-o", str(tmp_path / "run"), "--policy", str(rule)]) == 1
    document = json.loads((tmp_path / "run" / "audit.json").read_text("utf-8"))
    assert [verdict["ground"] for verdict in document["verdicts"]] == ["no_such_metric"]


def test_a_missing_sample_never_passes(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log", (1,) * 40)
    change_lines(samples_file(log, "ten"), lambda lines: lines[:39])
    rule = policy(tmp_path, ">=", 0.1)
    assert invoke(["import", str(log), "-o", str(tmp_path / "run"), "--policy", str(rule)]) == 3


def test_a_log_that_denies_its_samples_never_passes(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log", (1,) * 40)
    change_json(results_file(log), lambda tree: tree["results"]["ten"].update({"acc,none": 0.2}))
    rule = policy(tmp_path, ">=", 0.1)
    rule.write_text(rule.read_text("utf-8") + 'on_inconclusive = "ignore"\non_not_measured = "ignore"\n', "utf-8")
    assert invoke(["import", str(log), "-o", str(tmp_path / "run"), "--policy", str(rule)]) == 1
    [verdict] = json.loads((tmp_path / "run" / "audit.json").read_text("utf-8"))["verdicts"]
    assert (verdict["outcome"], verdict["ground"], verdict["counts"]) == ("inconclusive", "not_interpretable", True)


@pytest.mark.slow
def test_the_policy_of_the_settings_here_judges_a_log_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log, rule = ten_items(tmp_path / "log"), policy(tmp_path, ">=", 0.9)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fairwitness.toml").write_text(f'model = "m"\npolicy = "{rule.name}"\n', encoding="utf-8")
    assert invoke(["import", str(log), "-o", "run"]) == 1
    assert f"policy: {rule.name}, as the settings here say" in capsys.readouterr().err
    assert invoke(["import", str(log), "-o", "run", "--policy", "report-only"]) == 0


@pytest.mark.slow
def test_python_reads_a_log_as_the_command_line_does(tmp_path: Path) -> None:
    log, rule = ten_items(tmp_path / "log"), policy(tmp_path, ">=", 0.9)
    report = fairwitness.import_log(log, policy=rule, out=tmp_path / "python", quiet=True)
    assert invoke(["import", str(log), "-o", str(tmp_path / "line"), "--policy", str(rule)]) == report.exit_code == 1
    documents = [json.loads((tmp_path / name / "audit.json").read_text("utf-8")) for name in ("python", "line")]
    for document in documents:
        del document["manifest"]["run"]
    assert documents[0] == documents[1]
    text = fairwitness.import_log(log, policy=rule.read_text("utf-8"), quiet=True)
    assert (text.outcome, fairwitness.import_log(log, quiet=True).outcome) == (report.outcome, "reported")
    with pytest.raises(BadOption, match="cluster: it must not be empty"):
        fairwitness.import_log(log, cluster=" ")


@pytest.mark.slow
def test_an_unscored_sample_counts_as_the_worst_for_a_pass(tmp_path: Path) -> None:
    """Of 39 right and one unscored, [0.910, 1] alone is above 0.9; with the one wrong it is not."""
    log = ten_items(tmp_path / "log", (None, *(1,) * 39))
    for value, ground in ((0.9, "unanswered"), (0.8, "inside")):
        arguments = ["import", str(log), "-o", str(tmp_path / "run"), "--policy", str(policy(tmp_path, ">=", value))]
        invoke(arguments)
        [verdict] = json.loads((tmp_path / "run" / "audit.json").read_text("utf-8"))["verdicts"]
        assert verdict["ground"] == ground


@pytest.mark.slow
def test_without_a_policy_numbers_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["import", str(LM_EVAL), "-o", str(tmp_path / "run")]) == 0
    said = capsys.readouterr().out
    assert "verdict: reported, exit code 0" in said
    assert f"repeat:  fairwitness import {LM_EVAL}" in said


@pytest.mark.slow
def test_the_folder_is_a_run_like_any_other(tmp_path: Path) -> None:
    run = tmp_path / "run"
    imported(LM_EVAL, run)
    formats = "html,md,junit,sarif,csv,parquet,github,gitlab"
    assert invoke(["report", str(run), "-f", formats]) == 0
    rows = (run / "report.metrics.csv").read_text("utf-8")
    assert "fw_choices" in rows


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{log}/nothing"], "there is no such file"),
        (["{log}", "--cluster", " "], "--cluster: it must not be empty"),
        (["{log}", "--policy", "{log}/none.toml"], "no file"),
        (["{log}", "-q", "-v"], "exclude each other"),
        (["{log}", "-o", "{log}"], "is not empty and holds no Fairwitness run"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    log = ten_items(tmp_path / "log")
    assert invoke(["import", *(argument.format(log=log) for argument in arguments)]) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.count("\n") == 1


@pytest.mark.slow
def test_json_is_the_document_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["import", str(LM_EVAL), "-o", str(tmp_path / "run"), "--json", "-q"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["manifest"]["subject"]["kind"] == "log"
    assert captured.err == ""


def test_a_policy_may_speak_of_imports_and_of_runs(tmp_path: Path) -> None:
    """A rule on a harness is no mistake in a policy that judges runs too; one on an unknown probe is."""
    assert invoke(["policy", "check", str(policy(tmp_path, ">=", 0.5))]) == 0
    other = tmp_path / "other.toml"
    other.write_text(POLICY.format(op=">=", value=0.5, metric="acc").replace("lm_eval", "lm_evil"), encoding="utf-8")
    with pytest.raises(BadPolicy, match="did you mean 'lm_eval'"):
        imported(ten_items(tmp_path / "log"), tmp_path / "run", policy=other)


@pytest.mark.slow
def test_the_page_shows_what_was_measured(tmp_path: Path) -> None:
    imported(LM_EVAL, tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    scorecard = page[page.index('id="scorecard"') : page.index('id="not-tested"')]
    assert "No probe gave a measurement" not in page
    for task in ("fw_choices", "fw_words", "fw_surprise"):
        assert task in scorecard
    assert "<b>0.20</b>" in scorecard
    assert "Answers read from the log: 30; without a score: 0. No model was asked." in page
    assert "samples_fw_choices_" in page


@pytest.mark.slow
def test_of_more_categories_than_the_scorecard_has_room_for_whole_tasks_stand_there(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log", (1, 0) * 20, category=[f"c{number // 2}" for number in range(40)])
    imported(log, tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    scorecard = page[page.index('id="scorecard"') : page.index('id="p-')]
    assert "task=ten" in scorecard
    assert "category=c3" not in scorecard
    assert "c3" in page
