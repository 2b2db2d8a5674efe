"""Two imports are compared item by item: the change of the same items, by hand and by McNemar's test."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from logs import (
    INSPECT,
    INSPECT_OTHER,
    LM_EVAL,
    LM_EVAL_OTHER,
    TEN,
    change_json,
    change_lines,
    estimate,
    garak_report,
    imported,
    results_file,
    samples_file,
    ten_items,
)

from fairwitness.audit import stats
from fairwitness.audit.comparison import Change, Comparison, compare
from fairwitness.audit.errors import BadRun
from fairwitness.audit.records import Estimate

AFTER = (1, 1, 1, 1, 1, 1, 1, 1, 1, 0)


def change_of(compared: Comparison, name: str, **variant: str) -> Change:
    """The change of a metric of all items."""
    changes = [change for change in compared.changes if change.metric.name == name and not change.metric.by]
    [change] = [change for change in changes if dict(change.metric.variant) == variant]
    return change


@pytest.mark.slow
def test_scores_of_0_and_1_by_hand(tmp_path: Path) -> None:
    """Of ten items three were gained and one lost: McNemar's exact p is 2·(1 + 4)/16 = 0.625, the change 0.2."""
    before, after = (
        imported(ten_items(tmp_path / f"log{place}", scores), tmp_path / f"run{place}")
        for place, scores in enumerate((TEN, AFTER))
    )
    change = change_of(compare(before, after), "acc", task="ten")
    assert change.pairing == "paired"
    assert change.p_value == pytest.approx(0.625)
    assert isinstance(change.change, Estimate)
    assert change.change.value == pytest.approx(0.2)
    wanted = stats.paired_rate_difference(6, 3, 1, 0)
    assert isinstance(wanted, Estimate)
    assert (change.change.low, change.change.high) == pytest.approx((wanted.low, wanted.high))


@pytest.mark.slow
def test_items_are_paired_by_what_they_are_and_not_by_their_place(tmp_path: Path) -> None:
    before = imported(ten_items(tmp_path / "log0"), tmp_path / "run0")
    log = ten_items(tmp_path / "log1", AFTER)
    change_lines(samples_file(log, "ten"), lambda lines: [*lines[4:], *lines[:4]])
    change = change_of(compare(before, imported(log, tmp_path / "run1")), "acc", task="ten")
    assert change.p_value == pytest.approx(0.625)


@pytest.mark.slow
def test_items_of_one_document_change_together(tmp_path: Path) -> None:
    """Differences 1, 1, 0, 0, 0, 0, 0, 0, −1, −1 … in five documents: a t interval over five units by hand."""
    documents = [f"d{number // 2}" for number in range(10)]
    first, second = (1, 1, 0, 0, 0, 0, 0, 0, 1, 1), (1, 1, 1, 1, 1, 1, 0, 0, 1, 1)
    runs = [
        imported(ten_items(tmp_path / f"log{place}", scores, document=documents), tmp_path / f"run{place}")
        for place, scores in enumerate((first, second))
    ]
    change = change_of(compare(*runs), "acc", task="ten")
    assert isinstance(change.change, Estimate)
    half = 2.776445 * math.sqrt(0.3 / 5)  # means of documents 0, 1, 1, 0, 0: s² = 0.3; t(0.975, 4)
    assert change.change.value == pytest.approx(0.4)
    assert (change.change.low, change.change.high) == pytest.approx((0.4 - half, min(1.0, 0.4 + half)), abs=1e-5)
    assert change.pairing == "paired"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("base", "new", "name", "task"),
    [
        (LM_EVAL, LM_EVAL_OTHER, "acc", "fw_choices"),
        (LM_EVAL, LM_EVAL_OTHER, "acc_norm", "fw_choices"),
        (INSPECT, INSPECT_OTHER, "match", "fw_plain"),
        (INSPECT, INSPECT_OTHER, "length", "fw_plain"),
    ],
)
def test_two_real_logs_are_paired(tmp_path: Path, base: Path, new: Path, name: str, task: str) -> None:
    before, after = imported(base, tmp_path / "a"), imported(new, tmp_path / "b")
    compared = compare(before, after)
    assert {change.pairing for change in compared.changes} == {"paired"}
    change = change_of(compared, name, task=task)
    assert isinstance(change.change, Estimate)
    values = [estimate(audit, name, task=task).value for audit in (before, after)]
    assert change.change.value == pytest.approx(values[1] - values[0])
    assert {missing.reason for missing in compared.unmatched} <= {"only BASE has it"}


@pytest.mark.slow
def test_answers_to_one_prompt_are_one_item_of_a_comparison(tmp_path: Path) -> None:
    """Two answers a prompt: 0, ½ and ½ more in three of four prompts, a mean of ¼ with s² = 1/12 of four."""
    base = garak_report(tmp_path / "a.report.jsonl", [[0, 0], [0, 1], [0, 0], [1, 1]])
    new = garak_report(tmp_path / "b.report.jsonl", [[0, 0], [1, 1], [1, 0], [1, 1]])
    compared = compare(imported(base, tmp_path / "ra"), imported(new, tmp_path / "rb"))
    [change] = compared.changes
    assert change.pairing == "paired"
    assert isinstance(change.change, Estimate)
    half = 3.182446 * math.sqrt(1 / 12 / 4)  # t(0.975, 3)
    assert change.change.value == pytest.approx(0.25)
    assert (change.change.low, change.change.high) == pytest.approx((0.25 - half, 0.25 + half), abs=1e-5)


@pytest.mark.slow
def test_the_same_answers_in_every_item_are_said_to_be_so(tmp_path: Path) -> None:
    runs = [imported(ten_items(tmp_path / f"log{place}"), tmp_path / f"run{place}") for place in (0, 1)]
    change = change_of(compare(*runs), "acc", task="ten")
    assert not isinstance(change.change, Estimate)
    assert change.change.code == "no_variation"


@pytest.mark.slow
def test_other_items_are_not_compared_unless_it_is_asked_for(tmp_path: Path) -> None:
    base = imported(ten_items(tmp_path / "log0"), tmp_path / "run0")
    other = imported(ten_items(tmp_path / "log1", (*TEN, 1)), tmp_path / "run1")
    with pytest.raises(BadRun, match="BASE has 10 items and NEW 11, of which 10 are the same"):
        compare(base, other)
    change = change_of(compare(base, other, other_data=True), "acc", task="ten")
    assert change.pairing == "independent"


@pytest.mark.slow
def test_one_name_for_another_question_is_another_item(tmp_path: Path) -> None:
    base = imported(ten_items(tmp_path / "log0", colour=["red"] * 10), tmp_path / "run0")
    other = imported(ten_items(tmp_path / "log1", colour=["blue"] * 10), tmp_path / "run1")
    with pytest.raises(BadRun, match="BASE has 10 items and NEW 10, of which 0 are the same"):
        compare(base, other)


@pytest.mark.slow
def test_other_units_are_not_compared(tmp_path: Path) -> None:
    log = ten_items(tmp_path / "log", house=["a", "b"] * 5)
    base, other = imported(log, tmp_path / "run0"), imported(log, tmp_path / "run1", cluster="house")
    with pytest.raises(BadRun, match="belong together otherwise"):
        compare(base, other)


@pytest.mark.slow
def test_another_number_of_examples_is_not_comparable(tmp_path: Path) -> None:
    base = imported(ten_items(tmp_path / "log0"), tmp_path / "run0")
    other = imported(ten_items(tmp_path / "log1", shots=5), tmp_path / "run1")
    with pytest.raises(BadRun, match=r"its options differ: examples_shown 0 in BASE, 5 in NEW"):
        compare(base, other)


@pytest.mark.slow
def test_what_a_rule_speaks_of_and_cannot_be_compared_is_lost(tmp_path: Path) -> None:
    """Absence is no success: a task whose items changed fails the comparison where a rule judges it."""
    rule = tmp_path / "policy.toml"
    rule.write_text(
        'version = 1\n[[rules]]\nid = "acc"\nselect = "lm_eval/acc"\nop = ">="\nvalue = 0.1\n', encoding="utf-8"
    )
    logs = [ten_items(tmp_path / "log0"), ten_items(tmp_path / "log1", (*TEN, 1))]
    for log in logs:  # a second task, which is the same in both
        second = ten_items(tmp_path / f"second-{log.name}", AFTER)
        [samples] = second.glob("samples_*")
        samples.rename(log / samples.name.replace("samples_ten_", "samples_two_"))

        def add(tree: dict) -> None:  # type: ignore[type-arg]
            for key in ("configs", "versions", "n-shot", "higher_is_better"):
                tree[key]["two"] = tree[key]["ten"]
            tree["n-samples"]["two"] = {"original": 10, "effective": 10}
            tree["results"]["two"] = {"acc,none": 0.9}

        change_json(results_file(log), add)
    runs = [imported(log, tmp_path / f"run-{log.name}", policy=rule) for log in logs]
    compared = compare(*runs)
    assert change_of(compared, "acc", task="two").change is not None
    [missing] = compared.unmatched
    assert missing.gated
    assert compared.exit_code == 1
