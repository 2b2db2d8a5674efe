"""Several runs a side: compared by the spread between them, as Welch's test of one value a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from labels import labels_of
from pairs import item_run, mean_metric, run
from scipy.stats import ttest_ind

from fairwitness.audit.comparison import Change, Comparison, compare_several
from fairwitness.audit.errors import BadRun
from fairwitness.audit.records import Audit, Estimate, Measured

SEX = ["m"] * 300 + ["f"] * 200
TRUTH = ([1] * 150 + [0] * 150) + ([1] * 100 + [0] * 100)


def seeds(noise: int, count: int, *, women: int = 0, gates: Sequence[str] = ()) -> list[Audit]:
    """Runs of so many seeds, each wrong in other rows; `women` more who should be selected are not, in each."""
    made = []
    for seed in range(count):
        rng = np.random.default_rng(1000 * noise + seed)
        decided = np.array(TRUTH)
        wrong = rng.choice(500, 50 + int(rng.integers(0, 12)), replace=False)
        decided[wrong] = 1 - decided[wrong]
        lost = [row for row in range(300, 400) if decided[row] == 1]
        decided[rng.permutation(lost)[:women]] = 0
        made.append(run(SEX, TRUTH, [int(cell) for cell in decided], gates=gates, fingerprint=f"{noise}-{seed}"))
    return made


def compared(base: Sequence[Audit], new: Sequence[Audit], **more: Any) -> Comparison:
    names = ([f"b{place}" for place in range(len(base))], [f"n{place}" for place in range(len(new))])
    return compare_several(base, new, names=names, **more)


def change(comparison: Comparison, name: str, **by: str) -> Change:
    [found] = [one for one in comparison.changes if one.metric.name == name and labels_of(one.metric) == by]
    return found


def values(audits: Sequence[Audit], name: str, **by: str) -> list[float]:
    found = []
    for audit in audits:
        [result] = audit.results
        assert isinstance(result, Measured)
        [metric] = [metric for metric in result.metrics if metric.name == name and labels_of(metric) == by]
        assert isinstance(metric.estimate, Estimate)
        found.append(metric.estimate.value)
    return found


@pytest.mark.slow
def test_the_interval_is_welchs_over_runs() -> None:
    base, new = seeds(1, 4), seeds(2, 5, women=20)
    found = change(compared(base, new), "true_positive_rate", sex="f")
    before, after = (values(audits, "true_positive_rate", sex="f") for audits in (base, new))
    theirs = ttest_ind(after, before, equal_var=False)
    low, high = theirs.confidence_interval(0.95)
    assert isinstance(found.change, Estimate)
    assert found.change.low == pytest.approx(low)
    assert found.change.high == pytest.approx(high)
    assert found.change.value == pytest.approx(np.mean(after) - np.mean(before))
    assert isinstance(found.before, Estimate)
    assert (found.before.n, found.before.method) == (4, "t")
    assert found.finding == "worse"


@pytest.mark.slow
def test_a_planted_loss_fails_and_other_seeds_alone_do_not() -> None:
    gates = ["true_positive_rate"]
    planted = compared(seeds(1, 5, gates=gates), seeds(2, 5, women=30, gates=gates))
    assert planted.exit_code == 1
    for noise in range(2, 8):
        twin = compared(seeds(1, 5, gates=gates), seeds(noise, 5, gates=gates))
        assert [one.metric.name for one in twin.changes if one.finding in ("worse", "better")] == []
        assert twin.exit_code == 0


def test_a_spread_that_is_not_known_is_no_certainty() -> None:
    same = [replace(seeds(1, 1)[0]) for _ in range(3)]
    other = [replace(seeds(2, 1, women=60)[0]) for _ in range(3)]
    found = change(compared(same, other), "true_positive_rate", sex="f")
    assert found.finding == "not_tested"
    assert "in BASE: all 3 runs have the value" in found.reason
    assert "in NEW: all 3 runs have the value" in found.reason


def test_one_run_a_side_is_refused() -> None:
    with pytest.raises(BadRun, match="NEW is 1 run: nothing shows how much runs differ; give 2 at least"):
        compared(seeds(1, 3), seeds(2, 1))
    with pytest.raises(BadRun, match="BASE is 0 run"):
        compared([], seeds(2, 2))


def test_what_a_run_lacks_is_lost_and_not_passed_over() -> None:
    gates = ["true_positive_rate"]
    base, new = seeds(1, 3, gates=gates), seeds(2, 3, gates=gates)
    [result] = new[1].results
    assert isinstance(result, Measured)
    fewer = tuple(metric for metric in result.metrics if metric.name != "true_positive_rate")
    new[1] = replace(new[1], results=(replace(result, metrics=fewer),))
    found = compared(base, new)
    missing = [one for one in found.unmatched if one.metric is not None and one.metric.name == "true_positive_rate"]
    assert {one.reason for one in missing} == {"5 of 6 runs have it"}
    assert found.exit_code == 1
    new[1] = replace(new[1], results=())
    with pytest.raises(BadRun, match="the runs have nothing to compare: group_fairness: "):
        compared(base, new)


def test_other_options_are_not_comparable() -> None:
    base = [run(SEX, TRUTH, TRUTH, options={"threshold": 0.5}), run(SEX, TRUTH, TRUTH, options={"threshold": 0.6})]
    with pytest.raises(BadRun, match="nothing to compare"):
        compared([run(SEX, TRUTH, TRUTH, options={"cut": 1}), *base[:1]], base)


def test_an_answer_is_another_one_where_it_is_in_every_run_of_both_sides() -> None:
    """Rows 301 to 305 are refused in all runs of NEW, row 311 in one of them alone; row 1 in one run of BASE."""
    lost = [0 if 300 <= row < 305 else truth for row, truth in enumerate(TRUTH)]
    once = [0 if row == 310 else decision for row, decision in enumerate(lost)]
    other = [0 if row == 0 else truth for row, truth in enumerate(TRUTH)]
    sides = ([other, TRUTH], [once, lost])
    base, new = (
        [run(SEX, TRUTH, decided, fingerprint=str(place)) for place, decided in enumerate(side)] for side in sides
    )
    [flips] = compared(base, new).flips
    assert [flip.item for flip in flips.flips] == [f"row {row}" for row in range(301, 306)]
    assert {(flip.before, flip.after) for flip in flips.flips} == {("1", "0")}
    assert (flips.paired, flips.lost, flips.gained) == (500, (), ())


def test_numbers_are_on_the_other_side_of_0_in_every_run() -> None:
    def answered(values: list[float], name: str) -> Audit:
        ids = [f"item {place}" for place in range(len(values))]
        return item_run({"margin": values}, ids=ids, metrics=[mean_metric("margin", values)], fingerprint=name)

    base = [answered([1.0, 2.0, -1.0], "a"), answered([0.5, -2.0, -1.5], "b")]
    new = [answered([-1.0, -2.0, -1.0], "c"), answered([-3.0, -2.5, 2.0], "d")]
    [flips] = compared(base, new).flips
    assert [(flip.item, flip.before, flip.after) for flip in flips.flips] == [("item 0", 1.0, -1.0)]


def test_a_side_with_a_run_that_was_stopped_is_no_success() -> None:
    base, new = seeds(1, 2), seeds(2, 2)
    stopped = [new[0], replace(new[1], status="incomplete", outcome="incomplete")]
    failed = [replace(stopped[0], outcome="fail"), stopped[1]]
    assert compared([replace(audit, outcome="fail") for audit in base], failed).exit_code == 1


@pytest.mark.slow
def test_it_says_what_its_sides_are() -> None:
    found = compared(seeds(1, 2), seeds(2, 3))
    assert (found.base.folder, found.new.folder) == ("2 runs: b0, b1", "3 runs: n0, n1, n2")
    assert found.base.fingerprint == ""
    assert found.warnings[0].startswith("Each side is several runs: intervals tell of the spread between the runs")
    alike = [run(SEX, TRUTH, TRUTH[::-1]), run(SEX, TRUTH, TRUTH)]
    again = [run(SEX, TRUTH, [1] * 500), run(SEX, TRUTH, TRUTH[1:] + TRUTH[:1])]
    assert not [warning for warning in compared(alike, again).warnings if "same subject" in warning]
