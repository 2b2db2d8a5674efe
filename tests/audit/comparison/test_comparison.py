"""What changed between two runs: planted changes, hand-computed intervals, and what must not be compared."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from labels import labels_of
from pairs import audit, run
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from fairwitness.audit import metrics, stats
from fairwitness.audit.comparison import Change, Comparison, compare, to_json
from fairwitness.audit.comparison.paired import Joint, TableStatistic, confusion_counts, counts, delta_change
from fairwitness.audit.errors import BadRun
from fairwitness.audit.records import (
    Audit,
    DecisionRows,
    Estimate,
    Failed,
    Measured,
    Metric,
    StoredItems,
    Undefined,
    VerdictChange,
    languages,
)
from fairwitness.audit.records.baseline import Finding

SEX = ["m"] * 300 + ["f"] * 200
TRUTH = ([1] * 150 + [0] * 150) + ([1] * 100 + [0] * 100)


def decided(*, fewer_women: int = 0, swaps: int = 0) -> list[int]:
    """Right decisions but for 30 of each kind in each sex; some women who were selected no longer are."""
    right = np.array(TRUTH)
    wrong = [start + k for start in (0, 150, 300, 400) for k in range(30)]
    right[wrong] = 1 - right[wrong]
    selected = [at for at in range(300, 400) if right[at] == 1]
    right[selected[:fewer_women]] = 0
    right[150 : 150 + swaps] = 1 - right[150 : 150 + swaps]
    return [int(one) for one in right]


def change(found: Comparison, name: str, **by: str) -> Change:
    (one,) = [one for one in found.changes if one.metric.name == name and labels_of(one.metric) == by]
    return one


def estimate(one: Change) -> Estimate:
    assert isinstance(one.change, Estimate), one.change
    return one.change


def before_and_after(**planted: int) -> Comparison:
    return compare(run(SEX, TRUTH, decided()), run(SEX, TRUTH, decided(**planted), fingerprint="b"))


def test_planted_change_is_found_with_its_sign_and_its_size() -> None:
    found = before_and_after(fewer_women=40)
    rate = change(found, "true_positive_rate", sex="f")
    assert rate.pairing == "paired"
    assert estimate(rate).value == pytest.approx(-0.4)  # 40 of 100 women with that outcome
    assert rate.finding == "worse"
    gap = change(found, "true_positive_rate_difference", sex="f", against="m")
    assert estimate(gap).value == pytest.approx(-0.4)  # men did not change
    assert (gap.finding, gap.reason) == ("worse", "farther from 0")
    ratio = change(found, "selection_rate_ratio_to_reference", sex="f", against="m")
    assert ratio.scale == "factor"
    assert estimate(ratio).value == pytest.approx(0.6)  # 100 selected women, then 60
    assert ratio.finding == "worse"


def test_the_other_way_round_it_is_better() -> None:
    found = compare(run(SEX, TRUTH, decided(fewer_women=40)), run(SEX, TRUTH, decided(), fingerprint="b"))
    assert change(found, "true_positive_rate", sex="f").finding == "better"
    gap = change(found, "true_positive_rate_difference", sex="f", against="m")
    assert (gap.finding, gap.reason) == ("better", "nearer to 0")
    assert found.exit_code == 0


def test_mcnemar_is_that_of_the_discordant_rows() -> None:
    """9 women are no longer selected, 30 men with the other outcome are decided rightly now, 10 more wrongly."""
    found = before_and_after(fewer_women=9, swaps=40)
    accuracy = change(found, "accuracy")
    assert accuracy.p_value == pytest.approx(binomtest(30, 30 + 10 + 9).pvalue, rel=1e-12)
    women = change(found, "accuracy", sex="f")
    assert women.p_value == pytest.approx(2 * 0.5**9)  # nine of nine to one side


def test_paired_interval_by_hand() -> None:
    """Newcombe's method 10 for 36 both, 12 after alone, 2 before alone, 0 neither.

    Wilson limits of 48/50 and 38/50 are .8654, .9890 and .6259, .8570; phi is (36·0 - 12·2) / sqrt(48·2·38·12).
    """
    sex, truth = ["m"] * 50, [1] * 50
    base, new = [1] * 38 + [0] * 12, [1] * 36 + [0] * 2 + [1] * 12
    found = compare(run(sex, truth, base), run(sex, truth, new, fingerprint="b"))
    one = estimate(change(found, "true_positive_rate", sex="m"))
    phi = -24 / math.sqrt(48 * 2 * 38 * 12)
    low_a, high_a, low_b, high_b = 0.8654, 0.9890, 0.6259, 0.8570
    a, b = 0.96, 0.76
    down = math.sqrt((a - low_a) ** 2 - 2 * phi * (a - low_a) * (high_b - b) + (high_b - b) ** 2)
    up = math.sqrt((high_a - a) ** 2 - 2 * phi * (high_a - a) * (b - low_b) + (b - low_b) ** 2)
    assert (one.value, one.low, one.high) == pytest.approx((0.2, 0.2 - down, 0.2 + up), abs=2e-4)


def test_change_of_a_ratio_has_the_textbook_error() -> None:
    """Two ratios of paired shares: the variance of each log is (lost + gained) / (before · after)."""
    big = 40
    base = run(SEX * big, TRUTH * big, decided() * big)
    new = run(SEX * big, TRUTH * big, decided(fewer_women=20, swaps=5) * big, fingerprint="b")
    one = estimate(change(compare(base, new), "selection_rate_ratio_to_reference", sex="f", against="m"))
    women = (20 + 0) * big / (100 * big * 80 * big)
    men = (5 + 0) * big / (150 * big * 145 * big)
    value = math.log(80 / 100) - math.log(145 / 150)
    error = math.sqrt(women + men)
    assert math.log(one.value) == pytest.approx(value)
    assert math.log(one.high) - math.log(one.value) == pytest.approx(1.959964 * error, rel=0.01)


@pytest.mark.slow
def test_change_of_a_predictive_value_agrees_with_resampled_rows() -> None:
    rng = np.random.default_rng(3)
    n = 4000
    truth = rng.integers(0, 2, n)
    first = np.where(rng.random(n) < 0.8, truth, 1 - truth)
    second = np.where(rng.random(n) < 0.3, np.where(rng.random(n) < 0.9, truth, 1 - truth), first)
    found = compare(
        run(["m"] * n, truth.tolist(), first.tolist()), run(["m"] * n, truth.tolist(), second.tolist(), fingerprint="b")
    )
    one = estimate(change(found, "positive_predictive_value"))
    drawn = []
    for _ in range(1000):
        rows = rng.integers(0, n, n)
        drawn.append(truth[rows][second[rows] == 1].mean() - truth[rows][first[rows] == 1].mean())
    assert one.value == pytest.approx(truth[second == 1].mean() - truth[first == 1].mean())
    assert (one.high - one.low) / (2 * 1.96) == pytest.approx(np.std(drawn), rel=0.08)


def test_identical_runs_show_no_change() -> None:
    found = before_and_after()
    assert {one.finding for one in found.changes} == {"no_change_shown"}
    rate = change(found, "accuracy")
    assert rate.change == Undefined("the same answers in every row")
    assert found.exit_code == 0


def test_true_outcomes_do_not_change() -> None:
    one = change(before_and_after(fewer_women=40), "base_rate")
    assert one.p_value is None
    assert one.finding == "no_change_shown"


@pytest.mark.slow
def test_margin_makes_small_changes_equivalent() -> None:
    big = 60
    base = run(SEX * big, TRUTH * big, decided() * big)
    new = run(SEX * big, TRUTH * big, decided(fewer_women=1) * big, fingerprint="b")
    assert change(compare(base, new), "accuracy").finding == "worse"
    with_margin = change(compare(base, new, margin=0.02), "accuracy")
    assert (with_margin.finding, with_margin.reason) == ("equivalent", "shown to lie within ± 0.02")


def test_margin_is_not_shown_by_few_rows() -> None:
    found = compare(run(SEX, TRUTH, decided()), run(SEX, TRUTH, decided(swaps=3), fingerprint="b"), margin=0.001)
    assert change(found, "accuracy").finding == "no_change_shown"


def test_crossing_no_difference_is_no_worse_by_itself() -> None:
    """From 20 points to the one side to 20 points to the other: something changed, the distance did not."""
    sex, truth = ["m"] * 500 + ["f"] * 500, [1] * 1000
    base = [1] * 300 + [0] * 200 + [1] * 200 + [0] * 300
    new = [1] * 200 + [0] * 300 + [1] * 300 + [0] * 200
    found = compare(run(sex, truth, base), run(sex, truth, new, fingerprint="b"))
    one = change(found, "selection_rate_difference", sex="m", against="f")
    assert one.finding == "changed"
    assert "no difference detected" in one.reason


def test_gated_metric_that_got_worse_decides_the_exit_code() -> None:
    gates = ("true_positive_rate_difference",)
    base = run(SEX, TRUTH, decided(), gates=gates)
    new = run(SEX, TRUTH, decided(fewer_women=40), gates=gates, fingerprint="b")
    found = compare(base, new)
    assert [one.metric.name for one in found.regressed] == ["true_positive_rate_difference"]
    assert found.exit_code == 1
    assert compare(new, base).exit_code == 0
    assert before_and_after(fewer_women=40).exit_code == 0, "no rule can fail a release for it"


def test_gated_metric_that_is_no_longer_measured_is_lost() -> None:
    gates = ("accuracy",)
    base = run(SEX, TRUTH, decided(), gates=gates)
    assert compare(base, without(run(SEX, TRUTH, decided(), fingerprint="b"), "accuracy")).exit_code == 1
    crashed = run(SEX, TRUTH, decided(), fingerprint="b")
    result = crashed.results[0]
    other = other_probe(0.5, 0.4, 0.6)
    failed = replace(crashed, results=(Failed(probe=result.probe, reason="out of memory"), other))
    found = compare(replace(base, results=(*base.results, other)), failed)
    assert [one.probe for one in found.lost] == ["group_fairness"]
    assert found.exit_code == 1
    assert "it crashed in NEW: out of memory" in found.unmatched[0].reason


def test_what_a_rule_of_the_new_run_looked_for_in_vain_is_lost() -> None:
    base = run(SEX, TRUTH, decided())
    new = without(run(SEX, TRUTH, decided(), fingerprint="b", gates=("accuracy",)), "accuracy")
    assert compare(base, replace(new, verdicts=())).exit_code == 0
    in_vain = [replace(verdict, ground="no_such_metric", outcome="not_measured") for verdict in new.verdicts]
    found = compare(base, replace(new, verdicts=tuple(in_vain)))
    assert found.exit_code == 1
    assert "accuracy" in {missing.metric.name for missing in found.lost if missing.metric is not None}


def without(run: Audit, name: str) -> Audit:
    (result,) = run.results
    assert isinstance(result, Measured)
    kept = tuple(one for one in result.metrics if one.name != name)
    return replace(run, results=(replace(result, metrics=kept),))


def other_probe(value: float, low: float, high: float, better: str = "lower") -> Measured:
    spec = replace(run(["m"] * 2, [1, 0], [1, 0]).results[0].probe, name="gender", data=())
    found = Metric(
        name="gap",
        estimate=Estimate(value=value, low=low, high=high, level=0.95, n=100, method="t"),
        unit="nats",
        better=better,  # type: ignore[arg-type]
        claim="",
    )
    return Measured(probe=spec, metrics=(found,), evidence=(), requests=100, unanswered=0)


def test_other_probes_are_compared_by_their_intervals() -> None:
    """0.5 ± 0.03 and 0.8 ± 0.04 lie 0.3 ± 0.05 apart."""
    found = compare(audit([other_probe(0.5, 0.47, 0.53)]), audit([other_probe(0.8, 0.76, 0.84)], fingerprint="b"))
    (one,) = found.changes
    assert one.pairing == "independent"
    assert (estimate(one).low, estimate(one).high) == pytest.approx((0.25, 0.35))
    assert one.finding == "worse"
    overlapping = compare(audit([other_probe(0.5, 0.4, 0.6)]), audit([other_probe(0.6, 0.5, 0.7)], fingerprint="b"))
    assert overlapping.changes[0].finding == "no_change_shown"


def test_other_tables_are_not_compared_in_silence() -> None:
    base, new = run(SEX, TRUTH, decided()), run(SEX[1:], TRUTH[1:], decided()[1:], sha="t", fingerprint="b")
    with pytest.raises(BadRun, match=r"BASE decided 500 rows and NEW 499 \(--other-data"):
        compare(base, new)
    found = compare(base, new, other_data=True)
    assert "compared as independent samples" in found.warnings[0]
    assert {one.pairing for one in found.changes} == {"independent"}


def test_a_file_of_other_bytes_with_the_same_people_is_paired() -> None:
    base, new = run(SEX, TRUTH, decided()), run(SEX, TRUTH, decided(swaps=9), sha="t", fingerprint="b")
    assert change(compare(base, new), "accuracy").pairing == "paired"


def test_rows_in_another_order_are_told_apart_with_an_example() -> None:
    sex = [*SEX[:299], "f", "m", *SEX[301:]]
    with pytest.raises(BadRun, match=r"group column 'sex' differs in 2 of 500 rows, for example row 300: 'm', 'f'"):
        compare(run(SEX, TRUTH, decided()), run(sex, TRUTH, decided(), sha="t", fingerprint="b"))


def test_other_options_and_versions_are_refused() -> None:
    base = run(SEX, TRUTH, decided(), options={"favourable": "1", "prediction": "before"})
    same = run(SEX, TRUTH, decided(swaps=9), options={"favourable": "1", "prediction": "after"}, fingerprint="b")
    assert change(compare(base, same), "accuracy").pairing == "paired", (
        "another column of decisions is what is compared"
    )
    other = run(SEX, TRUTH, decided(), options={"favourable": "0", "prediction": "after"}, fingerprint="b")
    with pytest.raises(BadRun, match="its options differ: favourable 1 in BASE, 0 in NEW"):
        compare(base, other)
    (result,) = same.results
    newer = replace(same, results=(replace(result, probe=replace(result.probe, version="2.0")),))
    with pytest.raises(BadRun, match=r"its versions differ: 1\.0 in BASE, 2\.0 in NEW"):
        compare(base, newer)


def test_nothing_in_common_is_one_clear_message() -> None:
    with pytest.raises(BadRun, match="group_fairness: BASE measured it; NEW did not ask it"):
        compare(run(SEX, TRUTH, decided()), audit([other_probe(0.5, 0.4, 0.6)]))


def test_other_seed_policy_and_incomplete_runs_are_said() -> None:
    base, new = run(SEX, TRUTH, decided()), run(SEX, TRUTH, decided())
    changed = replace(new.manifest, seed=7, policy=replace(new.manifest.policy, sha256="q"))
    told = " ".join(compare(base, replace(new, manifest=changed, status="incomplete")).warnings)
    for said in ("NEW is incomplete", "same subject", "policies differ", "seeds differ (0, 7)"):
        assert said in told


@pytest.mark.parametrize("nameless", [(True, True), (True, False), (False, True)])
def test_of_subjects_without_a_fingerprint_nothing_is_said_to_be_the_same(nameless: tuple[bool, bool]) -> None:
    prints = ["" if empty else "a" for empty in nameless]
    base, new = (run(SEX, TRUTH, decided(), fingerprint=one) for one in prints)
    told = " ".join(compare(base, new).warnings)
    names = " and ".join(name for name, empty in zip(("BASE", "NEW"), nameless, strict=True) if empty)
    assert f"Not fingerprinted: {names}. Nothing shows whether both runs asked the same subject." in told
    assert "Both runs asked the same subject" not in told


def test_rows_that_do_not_give_the_metric_are_not_paired_with_it() -> None:
    """A document whose accuracy is not that of its rows: the rows are not what was measured."""
    from pairs import with_estimate

    base = run(SEX, TRUTH, decided())
    new = with_estimate(
        run(SEX, TRUTH, decided(swaps=9), fingerprint="b"),
        "accuracy",
        Estimate(value=0.5, low=0.4, high=0.6, level=0.95, n=500, method="x"),
    )
    found = compare(base, new)
    assert change(found, "accuracy").pairing == "independent"
    undefined = with_estimate(new, "accuracy", Undefined("too few rows"))
    assert change(compare(base, undefined), "accuracy").finding == "not_tested"


@pytest.mark.parametrize(
    ("finding", "gated", "code"), [("not_tested", True, 1), ("not_tested", False, 0), ("no_change_shown", True, 0)]
)
def test_a_verdict_that_newly_fails_without_a_tested_change_decides_the_exit_code(
    finding: Finding, gated: bool, code: int
) -> None:
    """A distance without a sign has no interval of its change, so nothing can say that it is noise."""
    found = before_and_after(fewer_women=0)
    moved = replace(found.changes[0], finding=finding)
    metric = moved.metric
    verdict = VerdictChange(
        rule="r",
        probe=moved.probe,
        metric=metric.name,
        by=metric.by,
        against=metric.against,
        variant=metric.variant,
        before="pass",
        after="fail",
        turn="new_failure",
        gated=gated,
    )
    assert replace(found, changes=(moved,), unmatched=(), verdicts=(verdict,)).exit_code == code


def test_a_run_that_was_stopped_is_no_success() -> None:
    found = before_and_after(fewer_women=0)
    assert found.exit_code == 0
    assert replace(found, new=replace(found.new, outcome="incomplete")).exit_code == 1
    assert replace(found, base=replace(found.base, outcome="incomplete")).exit_code == 0


def test_trade_off_shows_accuracy_against_disparity() -> None:
    (selection, positive) = before_and_after(fewer_women=40).plots
    assert [(row[0], row[7]) for row in selection.rows] == [
        ("sex=f vs m", False),
        ("sex=f vs m", True),
        (None, False),
        (None, False),
    ]
    assert [round(float(row[4] or 0), 3) for row in positive.rows[:2]] == [
        -0.1,
        -0.5,
    ]  # 80 % men, 70 % women, then 30 %


def test_json_is_the_whole_comparison_and_repeats_itself() -> None:
    found = to_json(before_and_after(fewer_women=40))
    text = json.dumps(found, allow_nan=False)
    assert text == json.dumps(to_json(before_and_after(fewer_women=40)), allow_nan=False)
    assert found["tally"]["worse"] == sum(one["finding"] == "worse" for one in found["changes"]) > 0
    assert json.loads(text)["changes"][0]["before"]["level"] == 0.95


def scored(truth: list[int], scores: list[float], fingerprint: str) -> Audit:
    """A run with the AUC, its difference between the sexes, and the Brier score."""
    selected = [int(score >= 0.5) for score in scores]
    plain = run(SEX, truth, selected, scores, fingerprint=fingerprint)
    (result,) = plain.results
    assert isinstance(result, Measured)
    values, positive, men = np.array(scores), np.array(truth) == 1, np.array(SEX) == "m"
    difference = stats.auc_difference(values[~men], positive[~men], values[men], positive[men])
    more = (
        Metric(name="auc", estimate=stats.auc(values, positive), unit="share", better="higher", claim="", null=0.5),
        Metric(
            name="auc_difference",
            estimate=difference,
            unit="share",
            better="near_zero",
            claim="",
            null=0.0,
            by={"sex": "f"},
            against="m",
        ),
        Metric(
            name="brier", estimate=stats.mean((values - positive) ** 2), unit="squared error", better="lower", claim=""
        ),
    )
    return replace(plain, results=(replace(result, metrics=(*result.metrics, *more)),))


@pytest.mark.slow
def test_scores_are_paired_by_row() -> None:
    """Women's scores lose their meaning: DeLong's paired interval, and a change of the difference from it."""
    rng = np.random.default_rng(2)
    truth = np.array(TRUTH)
    first = np.clip(0.3 + 0.4 * truth + rng.normal(0, 0.25, len(truth)), 0, 1)
    second = np.where(np.array(SEX) == "f", rng.random(len(truth)), first)
    found = compare(scored(TRUTH, first.tolist(), "a"), scored(TRUTH, second.tolist(), "b"))
    for name, by in (("auc", {}), ("auc_difference", {"sex": "f", "against": "m"}), ("brier", {})):
        one = change(found, name, **by)
        assert (one.pairing, one.finding) == ("paired", "worse"), name
    area = estimate(change(found, "auc"))
    positive = truth == 1
    assert area.value == pytest.approx(roc_auc_score(positive, second) - roc_auc_score(positive, first))
    drawn = []
    for _ in range(400):
        rows = rng.integers(0, len(truth), len(truth))
        drawn.append(roc_auc_score(positive[rows], second[rows]) - roc_auc_score(positive[rows], first[rows]))
    assert (area.high - area.low) / 3.92 == pytest.approx(np.std(drawn), rel=0.15)


@pytest.mark.slow
def test_equal_scores_are_the_same_answers() -> None:
    scores = [0.2 + 0.6 * one for one in TRUTH[:-1]] + [0.9]
    found = compare(scored(TRUTH, scores, "a"), scored(TRUTH, scores, "b"))
    assert change(found, "auc").change == Undefined("the same answers in every row")


def test_weighted_rows_count_with_their_effective_size() -> None:
    """Weights of 3 on all rows are no more evidence than weights of 1, and give the same interval."""
    joint = Joint(100, WEIGHED, WEIGHED)
    thrice = Joint(100, 3 * WEIGHED, 9 * WEIGHED)
    share = metrics.SHARES["accuracy"]
    assert np.asarray(confusion_counts(joint, share)) == pytest.approx(np.asarray(confusion_counts(thrice, share)))
    plain, heavy = (delta_change([one], predictive(0), predictive(1)) for one in (joint, thrice))
    assert isinstance(plain, Estimate)
    assert isinstance(heavy, Estimate)
    assert (plain.value, plain.low, plain.high) == pytest.approx((heavy.value, heavy.low, heavy.high))


WEIGHED = np.array([[[30.0, 5.0], [8.0, 7.0]], [[6.0, 9.0], [4.0, 31.0]], [[0.0, 0.0], [0.0, 0.0]]])


def predictive(moment: int) -> TableStatistic:
    return lambda tables: metrics.positive_predictive_value(counts(tables, moment))[..., 0]


def test_the_counted_outcome_is_read_and_not_guessed() -> None:
    """Selected are those who truly are 0, and as many 0 as 1: counting either gives the same rates of both runs.

    With half of each selected, base rate, accuracy and both other rates are 0.5 whichever outcome is counted.
    """
    sex, truth = ["m"] * 200 + ["f"] * 200, [1, 1, 0, 0] * 100
    base, new = [1, 0, 1, 0] * 100, [0, 1, 1, 0] * 100
    compared = compare(run(sex, truth, base), run(sex, truth, new, fingerprint="b"))
    for name in ("accuracy", "true_positive_rate", "selection_rate"):
        assert change(compared, name).pairing == "paired", name


def test_runs_that_count_another_outcome_are_not_the_same() -> None:
    base, new = run(SEX, TRUTH, decided()), run(SEX, TRUTH, decided(), sha="t", fingerprint="b")
    (result,) = new.results
    assert isinstance(result, Measured)
    assert isinstance(result.items, DecisionRows)
    other = replace(result, items=replace(result.items, rule="the outcome '0'"))
    with pytest.raises(BadRun, match="BASE counts the outcome '1' and NEW the outcome '0'"):
        compare(base, replace(new, results=(other,)))


def test_rows_that_were_not_read_are_no_reason_to_leave_out_the_pairing() -> None:
    base = run(SEX, TRUTH, decided())
    (result,) = base.results
    assert isinstance(result, Measured)
    named = StoredItems(kind="decision_rows", file="items/group_fairness.parquet", sha256="0" * 64, rows=500)
    with pytest.raises(ValueError, match="the rows of group_fairness were not read"):
        compare(base, replace(base, results=(replace(result, items=named),)))


def test_classes_of_the_same_people_are_compared_though_none_is_counted() -> None:
    """Of several classes none is counted: other files of decisions about the same rows are compared by intervals."""
    runs = []
    for sha, decisions in (("s", decided()), ("t", decided(swaps=9))):
        made = run(SEX, TRUTH, decisions, sha=sha, fingerprint=sha)
        (result,) = made.results
        assert isinstance(result, Measured)
        assert isinstance(result.items, DecisionRows)
        items = replace(result.items, selected=(), counted=(), rule="")
        runs.append(replace(made, results=(replace(result, items=items),)))
    assert change(compare(*runs), "accuracy").pairing == "independent"


def test_an_unanswered_row_is_left_out_of_both_or_of_none() -> None:
    base, new = run(SEX, TRUTH, decided()), run(SEX, TRUTH, decided(), sha="t", fingerprint="b")
    runs = []
    for made in (base, new):
        (result,) = made.results
        assert isinstance(result, Measured)
        assert isinstance(result.items, DecisionRows)
        decisions = (*result.items.decisions[:-1], None)
        runs.append(replace(made, results=(replace(result, items=replace(result.items, decisions=decisions)),)))
    for first, second in ((base, runs[1]), (runs[0], runs[1])):
        compared = compare(first, second)
        assert change(compared, "accuracy").pairing == "independent"  # its value is of 500 rows
        assert compared.unmatched == ()
    [flips] = compare(base, runs[1]).flips
    assert (flips.paired, flips.lost, flips.gained) == (499, ("row 500",), ())


def test_json_says_why_there_is_no_change_as_a_code_beside_the_sentence() -> None:
    changes = to_json(before_and_after())["changes"]
    rate = next(change for change in changes if change["metric"] == "accuracy")
    assert rate["change"] == {"undefined": "the same answers in every row", "code": "no_variation"}


def test_what_a_comparison_says_reads_in_every_language() -> None:
    base, new = run(SEX, TRUTH, decided()), run(SEX, TRUTH, decided(fewer_women=40), sha="t", fingerprint="b")
    new = replace(new, manifest=replace(new.manifest, seed=7, policy=replace(new.manifest.policy, sha256="q")))
    other, bound = audit([other_probe(0.5, 0.4, 0.6)]), 0.02
    absent = replace(base, results=(*base.results, *other.results))
    compared = compare(absent, replace(new, status="incomplete"), margin=bound)
    tables = compare(base, run(SEX[1:], TRUTH[1:], decided()[1:], sha="t", fingerprint="b"), other_data=True)
    texts = [*compared.warnings, *tables.warnings, *(missing.reason for missing in compared.unmatched)]
    texts += [one.reason for one in (*compared.changes, *tables.changes) if one.reason]
    texts += [plot.caption for plot in compared.plots]
    texts += [column.name for plot in compared.plots for column in plot.columns]
    assert len(texts) > 20
    assert [text for text in texts if "zh" not in languages(text)] == []
