"""Logs of lm-evaluation-harness: what is read, what its own numbers and those by hand say, what is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from logs import (
    LM_EVAL,
    change_json,
    change_lines,
    copied,
    estimate,
    imported,
    measured,
    metric,
    results_file,
    samples_file,
    ten_items,
)

from fairwitness.audit.errors import BadData
from fairwitness.audit.imported.fields import Fields
from fairwitness.audit.imported.formats import read_log
from fairwitness.audit.records import Evidence, Failed, Undefined

pytestmark = pytest.mark.slow  # reads whole logs of the other tool


def table(audit: Any, name: str) -> Evidence:
    [found] = [piece for piece in measured(audit).evidence if piece.id == name]
    return found


def test_the_log_is_read_as_it_was_written() -> None:
    run = read_log(LM_EVAL)
    assert (run.tool, run.version, run.limit) == ("lm_eval", "0.4.13", None)
    assert {task.name for task in run.tasks} == {"fw_choices", "fw_words", "fw_surprise"}
    for task in run.tasks:
        assert len(task.samples) == task.expected == 10
        assert {sample.category for sample in task.samples} == {"places", "things"}
        assert len({sample.cluster for sample in task.samples}) == 5
        assert all(sample.asked and sample.answered and sample.target and sample.content for sample in task.samples)
    words = next(task for task in run.tasks if task.name == "fw_words")
    assert {scale.variant["filter"] for scale in words.scales.values()} == {"whole", "first_word"}


@pytest.mark.slow
def test_its_own_values_and_standard_errors_come_out_again(tmp_path: Path) -> None:
    """The oracle: unclustered, what lm_eval wrote in its results is what we make of its samples."""
    audit = imported(LM_EVAL, tmp_path / "run")
    checks = table(audit, "checks")
    rows = [dict(zip([column.name for column in checks.columns], row, strict=True)) for row in checks.rows]
    known = [row for row in rows if row["from the samples"] is not None]
    assert {(row["task"], row["metric"]) for row in known} == {
        ("fw_choices", "acc"),
        ("fw_choices", "acc_norm"),
        ("fw_words", "exact_match (filter whole)"),
        ("fw_words", "exact_match (filter first_word)"),
        ("fw_surprise", "acc"),
    }
    for row in known:
        assert row["from the samples"] == pytest.approx(row["in the log"], abs=1e-12)
        assert row["standard error from the samples"] == pytest.approx(row["standard error in the log"], rel=1e-9)
        assert row["differs"] is False
    assert {row["standard error in the log"] for row in known} != {0.0}


@pytest.mark.slow
def test_what_is_no_mean_is_named_and_not_made_again(tmp_path: Path) -> None:
    found = metric(imported(LM_EVAL, tmp_path / "run"), "perplexity", task="fw_surprise").estimate
    assert isinstance(found, Undefined)
    assert "perplexity" in found.reason


def test_seven_of_ten_by_hand(tmp_path: Path) -> None:
    """Wilson 1927 with z = 1.96: centre (0.7 + 0.19207)/(1.38415), half 1.96·sqrt(0.021 + 0.0096)/1.38415."""
    audit = imported(ten_items(tmp_path / "log"), tmp_path / "run")
    found = estimate(audit, "acc", task="ten")
    z = 1.959964
    centre = (0.7 + z * z / 20) / (1 + z * z / 10)
    half = z * math.sqrt(0.21 / 10 + z * z / 400) / (1 + z * z / 10)
    assert found.value == pytest.approx(0.7)
    assert (found.low, found.high) == pytest.approx((centre - half, centre + half), abs=1e-6)
    assert (found.low, found.high) == pytest.approx((0.3968, 0.8922), abs=1e-4)
    assert (found.n, found.method) == (10, "Wilson score")
    assert (audit.outcome, audit.exit_code) == ("reported", 0)


@pytest.mark.slow
def test_items_of_one_document_are_one_unit(tmp_path: Path) -> None:
    """Five documents, all right or all wrong: five units, and an interval much wider than ten would give."""
    scores = (1, 1, 1, 1, 1, 1, 0, 0, 0, 0)
    documents = [f"d{number // 2}" for number in range(10)]
    alone = estimate(imported(ten_items(tmp_path / "a", scores), tmp_path / "ra"), "acc", task="ten")
    audit = imported(ten_items(tmp_path / "b", scores, document=documents), tmp_path / "rb")
    tied = estimate(audit, "acc", task="ten")
    assert tied.value == alone.value == pytest.approx(0.6)
    assert tied.n == 5
    assert tied.high - tied.low > 1.2 * (alone.high - alone.low)
    assert any("10 items share 5" in note for note in measured(audit).notes)


@pytest.mark.slow
def test_a_field_that_the_user_names_ties_items(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log", house=["a", "b"] * 5)
    assert estimate(imported(log, tmp_path / "plain"), "acc", task="ten").n == 10
    assert estimate(imported(log, tmp_path / "named", cluster="house"), "acc", task="ten").n == 2


def test_categories_have_metrics_of_their_own(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log", category=["left"] * 5 + ["right"] * 5)
    audit = imported(log, tmp_path / "run")
    assert estimate(audit, "acc", task="ten", by={"category": "left"}).value == pytest.approx(0.8)
    assert estimate(audit, "acc", task="ten", by={"category": "right"}).value == pytest.approx(0.6)


def test_other_scores_than_0_and_1_have_a_t_interval_by_hand(tmp_path: Path) -> None:
    """Mean 4.5, s² = 82.5/9, t(0.975, 9) = 2.262157: ± 2.165850."""
    audit = imported(ten_items(tmp_path / "log", tuple(range(10))), tmp_path / "run")
    found = estimate(audit, "acc", task="ten")
    half = 2.262157 * math.sqrt(82.5 / 9 / 10)
    assert (found.value, found.low, found.high) == pytest.approx((4.5, 4.5 - half, 4.5 + half), abs=1e-5)


@pytest.mark.parametrize(("stated", "differs"), [(0.65, False), (0.7, False), (0.6, True), (0.95, True)])
def test_a_mean_that_no_score_of_the_unscored_sample_could_give_is_a_difference(
    tmp_path: Path, stated: float, differs: bool
) -> None:
    """26 of 40 are right and two have no score: the mean of all is between 0.65 and 0.7."""
    log = ten_items(tmp_path / "log", (*(1,) * 26, *(0,) * 12, None, None))
    change_json(results_file(log), lambda tree: tree["results"]["ten"].update({"acc,none": stated}))
    audit = imported(log, tmp_path / "run")
    assert isinstance(metric(audit, "acc", task="ten").estimate, Undefined) == differs


def test_a_difference_between_the_log_and_its_samples_is_told_and_is_no_result(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log")
    change_json(results_file(log), lambda tree: tree["results"]["ten"].update({"acc,none": 0.9}))
    audit = imported(log, tmp_path / "run")
    value = metric(audit, "acc", task="ten").estimate
    assert isinstance(value, Undefined)
    assert value.kind == "not_interpretable", "no key of a policy leaves it open"
    assert any("says that acc is 0.9, and its samples give 0.7" in note for note in measured(audit).notes)
    assert table(audit, "checks").rows[0][-1] is True
    assert "its samples give 0.7" in (tmp_path / "run" / "report.html").read_text("utf-8")


@pytest.mark.parametrize("left", [9, 3])
def test_a_log_that_lacks_samples_is_incomplete_whatever_the_rest_scored(tmp_path: Path, left: int) -> None:
    log = ten_items(tmp_path / "log", (1,) * 10)
    change_lines(samples_file(log, "ten"), lambda lines: lines[:left])
    audit = imported(log, tmp_path / "run")
    assert (audit.outcome, audit.exit_code) == ("incomplete", 3)
    [result] = audit.results
    assert isinstance(result, Failed)
    assert result.code == "unanswered"
    assert f"has 10 samples and holds {left}" in result.reason


def test_a_task_without_its_file_of_samples_is_incomplete(tmp_path: Path) -> None:
    log = copied(LM_EVAL, tmp_path / "log")
    samples_file(log, "fw_words").unlink()
    audit = imported(log, tmp_path / "run")
    assert (audit.outcome, audit.exit_code) == ("incomplete", 3)


def in_results(log: Path) -> None:
    change_json(results_file(log), lambda tree: tree["results"].update(other={"acc,none": 0.0}))


def in_counts(log: Path) -> None:
    change_json(results_file(log), lambda tree: tree["n-samples"].update(other={"original": 5, "effective": 5}))


@pytest.mark.parametrize(("named", "said"), [(in_results, "no samples"), (in_counts, "has 5 samples and holds 0")])
def test_a_task_that_is_not_configured_is_incomplete(tmp_path: Path, named: Callable[[Path], None], said: str) -> None:
    log = ten_items(tmp_path / "log", (1,) * 10)
    named(log)
    audit = imported(log, tmp_path / "run")
    assert (audit.outcome, audit.exit_code) == ("incomplete", 3)
    [result] = audit.results
    assert isinstance(result, Failed)
    assert said in result.reason


def test_a_file_of_samples_is_read_though_no_task_is_configured(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log", (1,) * 10)
    ten = samples_file(log, "ten")
    ten.with_name(ten.name.replace("_ten_", "_other_")).write_bytes(ten.read_bytes())
    assert estimate(imported(log, tmp_path / "run"), "acc", task="other").n == 10


def test_a_group_is_no_task_of_its_own(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log", (1,) * 10)
    in_results(log)
    change_json(results_file(log), lambda tree: tree.update(group_subtasks={"other": ["ten"], "ten": []}))
    assert [task.name for task in read_log(log).tasks] == ["ten"]


def test_a_task_whose_samples_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log")
    change_json(results_file(log), lambda tree: tree["configs"].update({"x/y": {}}))
    with pytest.raises(BadData, match="the task 'x/y' has a name that no file of samples can have"):
        read_log(log)


def effective(count: Any) -> Callable[[dict[str, Any]], None]:
    return lambda tree: tree["n-samples"].update(ten={"original": 10, "effective": count})


def length(count: Any) -> Callable[[dict[str, Any]], None]:
    return lambda tree: tree["results"]["ten"].update(sample_len=count)


def test_the_largest_count_of_samples_counts(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log", (1,) * 10)
    change_json(results_file(log), length(30))
    assert read_log(log).tasks[0].missing == 20
    change_json(results_file(log), lambda tree: tree["n-samples"].clear())
    assert read_log(log).tasks[0].missing == 20
    change_json(results_file(log), effective(40))
    assert read_log(log).tasks[0].missing == 30


def test_without_a_limit_all_documents_were_to_be_asked(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log", (1,) * 10)
    change_json(results_file(log), lambda tree: tree["n-samples"]["ten"].update(original=50))
    assert read_log(log).tasks[0].missing == 40
    change_json(results_file(log), lambda tree: tree["config"].update(limit=10))
    assert read_log(log).tasks[0].missing == 0


@pytest.mark.parametrize("count", ["10", -5, True, 2.5, [10], math.nan, 10**20])
@pytest.mark.parametrize("place", [effective, length])
def test_what_is_no_count_is_refused(
    tmp_path: Path, place: Callable[[Any], Callable[[dict[str, Any]], None]], count: Any
) -> None:
    log = ten_items(tmp_path / "log", (1,) * 10)
    change_json(results_file(log), place(count))
    with pytest.raises(BadData, match=r"of task 'ten': '(effective|sample_len)' should be a whole number from 0, got"):
        read_log(log)


def no_object(tree: dict[str, Any]) -> None:
    tree["n-samples"]["ten"] = 10


def endless(tree: dict[str, Any]) -> None:
    tree["config"]["limit"] = math.inf


def long_error(tree: dict[str, Any]) -> None:
    tree["results"]["ten"]["acc_stderr,none"] = 10**400


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (no_object, "n-samples: 'ten' should be an object, got int"),
        (endless, "the limit of a task is a number of samples or a share, got inf"),
        (long_error, "a whole number of 401 digits"),
    ],
)
def test_results_that_cannot_be_calculated_with_are_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    log = ten_items(tmp_path / "log")
    change_json(results_file(log), change)
    with pytest.raises(BadData, match=said):
        read_log(log)


def test_a_key_that_repeats_is_refused(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log")
    path = samples_file(log, "ten")
    path.write_text(path.read_text("utf-8").replace('"acc": 0}', '"acc": 0, "acc": 1}'), "utf-8")
    with pytest.raises(BadData, match="line 4: the key 'acc' stands in one object 2 times"):
        read_log(log)


@pytest.mark.slow
def test_samples_without_a_score_are_unanswered(tmp_path: Path) -> None:
    """One of ten is above the share that may stay unanswered; one of forty is not, and a pass must hold without it."""
    audit = imported(ten_items(tmp_path / "ten", (None, *(1,) * 9)), tmp_path / "first")
    assert (audit.outcome, audit.exit_code) == ("incomplete", 3)
    audit = imported(ten_items(tmp_path / "forty", (None, *(1,) * 39)), tmp_path / "second")
    found = estimate(audit, "acc", task="ten")
    assert (measured(audit).requests, measured(audit).unanswered) == (40, 1)
    assert found.value == 1.0
    assert found.if_answered == pytest.approx((39 / 40, 1.0))


def test_a_sample_that_lacks_one_of_the_scores_is_not_left_out(tmp_path: Path) -> None:
    """Nine right and one wrong, whose line no longer names the score: not nine of nine."""
    log = ten_items(tmp_path / "log", (*(1,) * 39, 0))
    change_lines(samples_file(log, "ten"), lambda lines: [*lines[:-1], {**lines[-1], "metrics": []}])
    found = estimate(imported(log, tmp_path / "run"), "acc", task="ten")
    assert found.if_answered == pytest.approx((39 / 40, 1.0))


def test_a_score_that_many_samples_lack_is_undefined(tmp_path: Path) -> None:
    """Three of ten have another score alone: the mean of the seven is not shown as that of the task."""
    log = ten_items(tmp_path / "log", (1,) * 10)
    change_lines(
        samples_file(log, "ten"),
        lambda lines: [*lines[:7], *({**line, "metrics": ["f1"], "f1": 1.0} for line in lines[7:])],
    )
    change_json(results_file(log), lambda tree: tree["results"]["ten"].update({"acc,none": 0.7}))
    undefined = metric(imported(log, tmp_path / "run"), "acc", task="ten").estimate
    assert isinstance(undefined, Undefined)
    assert "3 of 10 items have no score" in undefined.reason


@pytest.mark.slow
def test_scores_of_a_part_of_the_documents_are_theirs_alone(tmp_path: Path) -> None:
    """The log says the mean of 20: so the other 20 documents were never meant to have the score."""
    log = ten_items(tmp_path / "log", (1, 0) * 20)
    change_lines(
        samples_file(log, "ten"),
        lambda lines: [
            *lines[:20],
            *({**line, "metrics": ["f1"], "f1": 1.0, "acc": None} for line in lines[20:]),
        ],
    )
    change_json(results_file(log), lambda tree: tree["results"]["ten"].update({"f1,none": 1.0}))
    audit = imported(log, tmp_path / "run")
    assert (estimate(audit, "acc", task="ten").n, estimate(audit, "f1", task="ten").n) == (20, 20)
    assert measured(audit).unanswered == 0


def no_version(tree: dict[str, Any]) -> None:
    del tree["lm_eval_version"]


def other_version(tree: dict[str, Any]) -> None:
    tree["lm_eval_version"] = "0.3.0"


def no_counts(tree: dict[str, Any]) -> None:
    del tree["n-samples"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (no_version, "logs of lm_eval 0.4 are read; this one says version none"),
        (other_version, "this one says version '0.3.0'"),
        (no_counts, "'n-samples' should be an object, got nothing"),
    ],
)
def test_another_version_is_refused(tmp_path: Path, change: Callable[[dict[str, Any]], None], said: str) -> None:
    log = ten_items(tmp_path / "log")
    change_json(results_file(log), change)
    with pytest.raises(BadData, match=said):
        read_log(log)


def doubled(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*lines, lines[0]]


def unnumbered(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in line.items() if key != "doc_id"} for line in lines]


def scored(value: Any) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    return lambda lines: [{**line, "acc": value} for line in lines]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (doubled, "line 11: the sample '0' of task 'ten' stands there twice"),
        (unnumbered, "line 1: a sample of lm_eval has a doc_id"),
        (scored(math.nan), "line 1, acc: nan is no score"),
        (scored(math.inf), "line 1, acc: inf is no score"),
        (scored(10**400), "line 1: a whole number of 401 digits is neither a score nor a count"),
        (scored(1e200), "the score acc,none = 1e\\+200; what is no number, or beyond 1e\\+100, cannot be averaged"),
        (scored("good"), "no sample has a score"),
        (scored(None), "no sample has a score"),
        (lambda lines: [{**line, "metrics": "acc"} for line in lines], "'metrics' should be a list, got str"),
        (lambda lines: [], "is empty"),
    ],
)
def test_samples_that_are_none_are_refused(
    tmp_path: Path, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]], said: str
) -> None:
    log = ten_items(tmp_path / "log")
    change_lines(samples_file(log, "ten"), change)
    with pytest.raises(BadData, match=said):
        read_log(log)


def test_a_file_that_breaks_off_within_a_line_is_cut_off(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log")
    path = samples_file(log, "ten")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadData, match=r"line 10, line 1: it is no whole JSON; the log may be cut off"):
        read_log(log)
    path = results_file(log)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadData, match="it is no whole JSON"):
        read_log(path)


def test_what_is_no_log_is_named(tmp_path: Path) -> None:
    for name, content in (("a.json", "{}"), ("b.json", '{"results": 1}'), ("c.txt", "x"), ("d.jsonl", '{"a": 1}')):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        with pytest.raises(BadData, match="is no log that is read here"):
            read_log(path)
    with pytest.raises(BadData, match=r"there is no such file; did you mean 'a.json'"):
        read_log(tmp_path / "a.jso")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadData, match="is no log that is read here"):
        read_log(tmp_path / "empty")


def test_a_folder_of_several_runs_names_them(tmp_path: Path) -> None:
    ten_items(tmp_path / "logs" / "a")
    ten_items(tmp_path / "logs" / "b")
    with pytest.raises(BadData, match=r"holds 2 runs: name one of a/results_.*, b/results_"):
        read_log(tmp_path / "logs")
    assert read_log(tmp_path / "logs" / "a").model == "known"


def test_samples_alone_need_their_results_and_results_their_samples(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log")
    assert read_log(samples_file(log, "ten")) == read_log(log)
    results = results_file(log)
    moved = results.rename(tmp_path / results.name)
    with pytest.raises(BadData, match=r"put the results_2026-11-30T12-00-00.000001.json of the same run beside it"):
        read_log(samples_file(log, "ten"))
    with pytest.raises(BadData, match="run lm_eval with --log_samples"):
        read_log(moved)


def test_labels_that_are_texts_become_hashes(tmp_path: Path) -> None:
    passage = "The clock in the hall has lost its minute hand, so everyone there is a little late."
    log = ten_items(tmp_path / "log", passage=[passage] * 5 + [passage.upper()] * 5)
    units = {sample.cluster for sample in read_log(log, Fields()).tasks[0].samples}
    assert len(units) == 2
    assert all(unit is not None and len(unit) == 16 for unit in units)


@pytest.mark.slow
def test_what_was_asked_and_said_is_in_no_file_unless_it_is_asked_for(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log", passage=["The otter hid the blue key under a stone"] * 10)
    imported(log, tmp_path / "run")
    for path in sorted((tmp_path / "run").rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            for said in (b"written on card", b"blue key", b"quillon", b"vellum"):
                assert said not in content, path
    imported(log, tmp_path / "shown", show_secrets=True)
    assert "written on card 3" in (tmp_path / "shown" / "report.html").read_text("utf-8")


def test_a_hostile_log_is_shown_as_text(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log", category=["<script>alert(1)</script>", "\x1b[31mred"] * 5)
    change_json(results_file(log), lambda tree: tree.update(model_name="<img src=x onerror=alert(1)>\x1b[2J"))
    imported(log, tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    assert "\x1b" not in page


@pytest.mark.slow
def test_the_same_log_gives_the_same_document(tmp_path: Path) -> None:
    documents = []
    for name in ("a", "b"):
        imported(LM_EVAL, tmp_path / name)
        tree = json.loads((tmp_path / name / "audit.json").read_text("utf-8"))
        del tree["manifest"]["run"]
        documents.append(tree)
    assert documents[0] == documents[1]
    assert [entry["name"] for entry in documents[0]["manifest"]["data"]] == [
        "results",
        "samples of fw_choices",
        "samples of fw_surprise",
        "samples of fw_words",
    ]
