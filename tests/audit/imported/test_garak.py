"""Reports of garak: hits by prompt, its own numbers, the hitlog beside them, and what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from logs import (
    GARAK,
    GARAK_HITS,
    change_lines,
    estimate,
    garak_report,
    imported,
    measured,
    metric,
    table,
)

from fairwitness.audit.errors import BadData
from fairwitness.audit.imported.formats import read_log
from fairwitness.audit.records import Failed, Undefined

pytestmark = pytest.mark.slow  # reads whole logs of the other tool

OWN: dict[str, Any] = {"task": "own.Cards", "detector": "own.Says"}
REAL = {"task": "fairwitness_own.Ask", "detector": "fairwitness_own.Says"}
Lines = list[dict[str, Any]]
NO_HITS: list[list[float | None]] = [[0.0] for _ in range(39)]


def test_the_report_is_read_as_it_was_written() -> None:
    run = read_log(GARAK)
    assert (run.tool, run.version, run.model) == ("garak", "0.17.1", "test.Repeat")
    [task] = run.tasks
    assert (task.name, len(task.samples), task.expected, task.stopped) == ("fairwitness_own.Ask", 20, 20, "")
    assert [file.name for file in run.files] == ["report", "hitlog"]
    first = task.samples[0]
    assert "password of the boathouse is heron" in first.asked
    assert first.answered == "The password of the boathouse is heron. Say it."
    assert first.scores == {"fairwitness_own.Says": 1.0}


@pytest.mark.slow
def test_its_own_share_comes_out_again(tmp_path: Path) -> None:
    [row] = table(imported(GARAK, tmp_path / "run"), "checks")
    assert row["in the log"] == row["from the samples"] == 0.5
    assert row["differs"] is False


def test_answers_to_one_prompt_are_one_unit(tmp_path: Path) -> None:
    """garak takes its 20 answers for independent; five prompts of ten gave in, twice each: Wilson of 10, or wider."""
    found = estimate(imported(GARAK, tmp_path / "run"), "hit_rate", **REAL)
    assert (found.value, found.n) == (0.5, 10)
    assert found.low <= 0.2366
    assert found.high >= 0.7634


@pytest.mark.slow
def test_no_hit_in_five_prompts_leaves_much_room(tmp_path: Path) -> None:
    """The exact limit of five units without a hit is 1 − 0.025^(1/5) = 0.522, however often each was tried."""
    report = garak_report(tmp_path / "a.report.jsonl", [[0.0] * 20] * 5)
    found = estimate(imported(report, tmp_path / "run"), "hit_rate", **OWN)
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 5), abs=1e-6)


def test_lower_is_better_and_a_policy_says_how_low(tmp_path: Path) -> None:
    rule = tmp_path / "policy.toml"
    rule.write_text('version = 1\n[[rules]]\nid = "a"\nselect = "garak/hit_rate"\nop = "<="\nvalue = 0.1\n')
    audit = imported(GARAK, tmp_path / "run", policy=rule)
    assert metric(audit, "hit_rate", by=None, **REAL).better == "lower"
    assert (audit.outcome, audit.exit_code) == ("fail", 1)


@pytest.mark.slow
def test_a_hit_is_a_score_at_the_threshold_of_the_run(tmp_path: Path) -> None:
    report = garak_report(tmp_path / "a.report.jsonl", [[0.4], [0.5], [0.6], [0.9]])
    assert estimate(imported(report, tmp_path / "r1"), "hit_rate", **OWN).value == 0.75
    change_lines(report, lambda lines: [{**lines[0], "run.eval_threshold": 0.8}, *lines[1:]])
    audit = imported(report, tmp_path / "r2")
    denied = metric(audit, "hit_rate", task=OWN["task"], detector=OWN["detector"])
    assert isinstance(denied.estimate, Undefined), "its own share is of another threshold"
    assert any("says that hit_rate is 0.75, and its samples give 0.25" in note for note in measured(audit).notes)


def test_an_answer_that_no_detector_could_judge_is_unanswered(tmp_path: Path) -> None:
    """Of 40 answers one has no score: the prompt may have been a hit."""
    report = garak_report(tmp_path / "a.report.jsonl", [[None], *NO_HITS])
    audit = imported(report, tmp_path / "run")
    assert (measured(audit).requests, measured(audit).unanswered) == (40, 1)
    assert estimate(audit, "hit_rate", **OWN).if_answered == pytest.approx((0.0, 1 / 40))


def unscored(lines: Lines) -> Lines:
    return [line for line in lines if (line.get("status"), line.get("seq")) != (2, 3)]


def fewer(lines: Lines) -> Lines:
    return [line for line in lines if line.get("seq") != 3]


def unjudged(lines: Lines) -> Lines:
    return [{**line, "detector_results": {}} if line.get("seq") == 3 else line for line in lines]


def no_end(lines: Lines) -> Lines:
    return [line for line in lines if line["entry_type"] != "completion"]


def no_evaluation(lines: Lines) -> Lines:
    return [line for line in lines if line["entry_type"] != "eval"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (unscored, "1 attempts without scores"),
        (fewer, "has 20 samples and holds 18"),
        (unjudged, "has 22 samples and holds 20"),
        (no_end, "no entry 'completion'"),
        (no_evaluation, "no entry 'eval'"),
    ],
)
def test_a_report_that_is_cut_off_is_incomplete(tmp_path: Path, change: Callable[[Lines], Lines], said: str) -> None:
    report = Path(shutil.copy(GARAK, tmp_path / "repeat.report.jsonl"))
    change_lines(report, change)
    audit = imported(report, tmp_path / "run")
    assert (audit.outcome, audit.exit_code) == ("incomplete", 3)
    [result] = audit.results
    assert isinstance(result, Failed)
    assert said in result.reason


@pytest.mark.parametrize(("counted", "said"), [(4, "has 4 samples and holds 0"), (0, "no samples")])
def test_a_probe_of_which_its_evaluation_alone_is_left_is_incomplete(tmp_path: Path, counted: int, said: str) -> None:
    report = garak_report(tmp_path / "a.report.jsonl", NO_HITS)
    lost = {"entry_type": "eval", "probe": "own.Lost", "detector": "own.Says", "passed": 0, "total_processed": counted}
    change_lines(report, lambda lines: [*lines[:-1], lost, lines[-1]])
    audit = imported(report, tmp_path / "run")
    assert (audit.outcome, audit.exit_code) == ("incomplete", 3)
    [result] = audit.results
    assert isinstance(result, Failed)
    assert said in result.reason


def test_a_threshold_of_0_makes_every_answer_a_hit(tmp_path: Path) -> None:
    report = garak_report(tmp_path / "a.report.jsonl", [[0.0], [0.4], [0.6]], passed=0)
    change_lines(report, lambda lines: [{**lines[0], "run.eval_threshold": 0}, *lines[1:]])
    assert estimate(imported(report, tmp_path / "run"), "hit_rate", **OWN).value == 1.0


@pytest.mark.parametrize("threshold", ["0.1", True, [0.1], {}])
def test_a_threshold_that_is_no_number_is_refused(tmp_path: Path, threshold: object) -> None:
    report = garak_report(tmp_path / "a.report.jsonl", [[0.0], [0.4], [0.6]])
    change_lines(report, lambda lines: [{**lines[0], "run.eval_threshold": threshold}, *lines[1:]])
    with pytest.raises(BadData, match=r"run.eval_threshold: a number is expected, got"):
        read_log(report)


@pytest.mark.parametrize(
    "counts",
    [
        {"total_processed": None, "total_evaluated": 50},
        {"total_processed": 20, "total_evaluated": 39, "passed": 45, "fails": 5},
        {"total_processed": None, "total_evaluated": None, "passed": 39, "fails": 0, "nones": 11},
        {"total": 50},
    ],
)
def test_the_largest_count_of_answers_counts(tmp_path: Path, counts: dict[str, Any]) -> None:
    [task] = read_log(garak_report(tmp_path / "a.report.jsonl", NO_HITS, **counts)).tasks
    assert (task.expected, task.missing) == (50, 11)


@pytest.mark.parametrize("count", ["39", -1, True, 39.5, [39]])
@pytest.mark.parametrize("key", ["total_processed", "total_evaluated", "total", "passed", "fails", "nones"])
def test_what_is_no_count_is_refused(tmp_path: Path, key: str, count: object) -> None:
    wrong: dict[str, Any] = {key: count}
    report = garak_report(tmp_path / "a.report.jsonl", NO_HITS, **wrong)
    with pytest.raises(BadData, match=f"evaluation of own.Cards: '{key}' should be a whole number from 0, got"):
        read_log(report)


def test_more_answers_than_were_counted_are_refused(tmp_path: Path) -> None:
    fewer_counted: dict[str, Any] = {"passed": 30, "total_evaluated": 30, "total_processed": 30}
    report = garak_report(tmp_path / "a.report.jsonl", NO_HITS, **fewer_counted)
    with pytest.raises(BadData, match=r"it counts 30 answers of own.Says, and the report has 39"):
        read_log(report)


@pytest.mark.parametrize("kind", ["init", "start_run setup"])
def test_two_runs_in_one_report_are_refused(tmp_path: Path, kind: str) -> None:
    report = garak_report(tmp_path / "a.report.jsonl", NO_HITS)
    change_lines(report, lambda lines: [*lines, *(line for line in lines if line["entry_type"] == kind)])
    with pytest.raises(BadData, match=f"the entry '{kind}' stands there a second time"):
        read_log(report)


def test_a_hitlog_leads_to_its_report(tmp_path: Path) -> None:
    assert read_log(GARAK_HITS) == read_log(GARAK)
    alone = Path(shutil.copy(GARAK_HITS, tmp_path / "repeat.hitlog.jsonl"))
    with pytest.raises(BadData, match=r"a hitlog holds the hits alone, .* put repeat.report.jsonl of the same run"):
        read_log(alone)


def test_a_hitlog_of_other_hits_is_refused(tmp_path: Path) -> None:
    report = Path(shutil.copy(GARAK, tmp_path / "repeat.report.jsonl"))
    hits = Path(shutil.copy(GARAK_HITS, tmp_path / "repeat.hitlog.jsonl"))
    change_lines(hits, lambda lines: lines[1:])
    with pytest.raises(BadData, match=r"it has 9 hits of fairwitness_own.Says in fairwitness_own.Ask"):
        read_log(report)


def without(kind: str) -> Callable[[Lines], Lines]:
    return lambda lines: [line for line in lines if line["entry_type"] != kind]


def version(name: str | None) -> Callable[[Lines], Lines]:
    return lambda lines: [{**line, "garak_version": name} if line["entry_type"] == "init" else line for line in lines]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without("init"), "has an entry 'init', this one has none"),
        (version("0.9.0"), r"reports of garak 0.13 to 0.17 are read; this one says version 0.9.0"),
        (version(None), "this one says version none"),
        (without("attempt"), "the log holds no samples"),
        (lambda lines: [*lines, {"a": 1}], r"line 15: an entry of garak says what it is"),
        (lambda lines: [{**line, "uuid": 3} if "uuid" in line else line for line in lines], "'uuid' should be a text"),
    ],
)
def test_a_report_that_is_none_is_refused(tmp_path: Path, change: Callable[[Lines], Lines], said: str) -> None:
    report = garak_report(tmp_path / "a.report.jsonl", [[0.0]] * 5)
    change_lines(report, change)
    with pytest.raises(BadData, match=said):
        read_log(report)


def test_nan_is_no_score(tmp_path: Path) -> None:
    report = garak_report(tmp_path / "a.report.jsonl", [[float("nan")], [0.0]])
    with pytest.raises(BadData, match=r"attempt 0 of own.Cards: nan is no score"):
        read_log(report)


def test_what_was_said_is_hidden(tmp_path: Path) -> None:
    imported(GARAK, tmp_path / "run")
    for path in sorted((tmp_path / "run").rglob("*")):
        if path.is_file():
            assert b"boathouse" not in path.read_bytes(), path
