"""Calibration within groups, disparity within strata, what wrong labels can hide: by hand and by brute force."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from decision_tables import audit, counted, metric, table_of, value

from fairwitness.audit import metrics
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.fairness.group_fairness import noise
from fairwitness.probes.kit.decisions.counts import GroupCounts
from fairwitness.probes.kit.decisions.partition import Partition

CDD, MULTI = "conditional_demographic_disparity", "multicalibration_error"


def admissions() -> dict[str, list[Any]]:
    """Two departments. Women apply to the one that refuses most; within each both sexes are selected alike or better.

    Department a: 80 of 100 men, 18 of 20 women; department b: 5 of 20 men, 30 of 100 women.
    """
    cells = [("a", "m", 80, 20), ("a", "f", 18, 2), ("b", "m", 5, 15), ("b", "f", 30, 70)]
    rows = [(d, s, 1) for d, s, yes, _ in cells for _ in range(yes)] + [
        (d, s, 0) for d, s, _, no in cells for _ in range(no)
    ]
    return {name: [row[at] for row in rows] for at, name in enumerate(("dept", "sex", "prediction"))}


def test_disparity_within_strata_by_hand() -> None:
    """Clarify's CDD of women: (120 (2/22 - 18/98) + 120 (70/85 - 30/35)) / 240."""
    found = audit(admissions(), strata="dept")
    by_hand = (120 * (2 / 22 - 18 / 98) + 120 * (70 / 85 - 30 / 35)) / 240
    assert value(found, CDD, sex="f", strata="dept") == pytest.approx(by_hand)
    assert value(found, CDD, sex="m", strata="dept") == pytest.approx(-by_hand)
    lines = [row for row in table_of(found, "strata") if row["group"] == "f"]
    assert [row["disparity"] for row in lines] == pytest.approx([2 / 22 - 18 / 98, 70 / 85 - 30 / 35])
    plain = metric(found, "selection_rate_difference", sex="m").estimate
    assert isinstance(plain, Estimate)
    assert plain.low > 0, "men are selected more often, over both departments taken together"


@pytest.mark.slow
def test_strata_in_which_all_are_decided_alike_are_left_out() -> None:
    columns = admissions()
    more: dict[str, list[Any]] = {"dept": ["c"] * 40, "sex": ["f", "m"] * 20, "prediction": [1] * 40}
    for name, cells in more.items():
        columns[name] = [*columns[name], *cells]
    assert value(audit(columns, strata="dept"), CDD, sex="f", strata="dept") == pytest.approx(
        value(audit(admissions(), strata="dept"), CDD, sex="f", strata="dept")
    )
    alone = {**admissions(), "dept": [f"row {at}" for at in range(240)]}
    why = metric(audit(alone, strata="dept"), CDD, sex="f", strata="dept").estimate
    assert isinstance(why, Undefined)
    assert "100.0 % of the rows are in strata with fewer than 10 rows selected, or not selected" in why.reason


def test_strata_are_not_asked_unless_named() -> None:
    found = metric(audit(admissions()), CDD).estimate
    assert isinstance(found, Undefined)
    assert found.kind == "not_asked"
    assert "group_fairness.strata" in found.reason


def test_repeated_people_do_not_make_a_disparity_surer() -> None:
    columns = {**admissions(), "pid": list(range(240))}
    often = {name: [cell for cell in cells for _ in range(6)] for name, cells in columns.items()}
    plain = metric(audit(columns, strata="dept"), CDD, sex="f", strata="dept").estimate
    told = metric(audit(often, strata="dept", id="pid"), CDD, sex="f", strata="dept").estimate
    assert isinstance(plain, Estimate)
    assert isinstance(told, Estimate)
    assert told.value == pytest.approx(plain.value)
    assert told.high - told.low > 0.9 * (plain.high - plain.low)


def scored(shift: float, rows: int = 400, seed: int = 4) -> dict[str, list[Any]]:
    """Calibrated scores but for young women between 0.6 and 0.8, whose outcomes come true less often by `shift`."""
    rng = np.random.default_rng(seed)
    sex, age = rng.integers(0, 2, 4 * rows), rng.integers(0, 2, 4 * rows)
    score = rng.uniform(0.05, 0.95, 4 * rows)
    wrong = (sex == 1) & (age == 1) & (score > 0.6) & (score < 0.8)
    y = rng.random(4 * rows) < score - shift * wrong
    return {
        "sex": np.where(sex == 1, "f", "m").tolist(),
        "age": np.where(age == 1, "young", "old").tolist(),
        "score": score.tolist(),
        "y": y.astype(int).tolist(),
        "prediction": (score > 0.5).astype(int).tolist(),
    }


@pytest.mark.proof
def test_the_largest_calibration_error_is_found_where_it_is_planted() -> None:
    found = audit(scored(0.5), label="y", groups=("sex", "age"))
    crossed = metric(found, MULTI, groups="sex × age")
    assert isinstance(crossed.estimate, Estimate)
    assert crossed.estimate.low > 0.1
    assert "sex f and age young whose score is 0." in crossed.claim
    fair = metric(audit(scored(0.0), label="y", groups=("sex", "age")), MULTI, groups="sex × age").estimate
    assert isinstance(fair, Estimate)
    assert fair.low == 0
    assert fair.value > 0.05, "the largest of forty is above 0 by chance"


def test_cells_by_hand() -> None:
    """Of ten rows at 0.25, four come true: 0.15 too many. A cell of fewer rows than asked is not looked at."""
    scores, y = np.array([0.25] * 10 + [0.75] * 4), np.array([1] * 4 + [0] * 6 + [0] * 4)
    codes = np.zeros(14, dtype=np.int64)
    assert metrics.multicalibration_error(scores, y, codes, least=10) == pytest.approx(0.15)
    assert metrics.multicalibration_error(scores, y, codes, least=4) == pytest.approx(0.75)
    assert np.isnan(metrics.multicalibration_error(scores, y, codes, least=11))
    errors, rows = metrics.cell_errors(scores, y, codes)
    assert rows[0, [2, 7]].tolist() == [10, 4]
    assert errors[0, [2, 7]].tolist() == pytest.approx([0.15, -0.75])


def _every_way(counts: tuple[int, ...], wrong: int) -> tuple[list[float], list[float]]:
    """Both rates after each way to turn round at most so many labels."""
    tn, fp, fn, tp = counts
    true, false = [], []
    for a, b, c, d in product(*(range(min(wrong, cell) + 1) for cell in (fp, fn, tp, tn))):
        if a + b + c + d <= wrong:
            hits, misses, alarms, quiet = tp + a - c, fn - b + d, fp - a + c, tn + b - d
            true += [hits / (hits + misses)] if hits + misses else []
            false += [alarms / (alarms + quiet)] if alarms + quiet else []
    return true, false


@pytest.mark.parametrize("seed", range(40))
def test_bounds_under_wrong_labels_are_those_of_every_way_to_be_wrong(seed: int) -> None:
    counts = tuple(np.random.default_rng(seed).integers(1, 9, 4).tolist())
    for wrong in range(6):
        true, false = _every_way(counts, wrong)
        share = wrong / sum(counts)
        assert metrics.true_positive_bounds(counts, share) == pytest.approx((min(true), max(true)))
        assert metrics.false_positive_bounds(counts, share) == pytest.approx((min(false), max(false)))


def test_how_many_wrong_labels_make_two_rates_equal_by_hand() -> None:
    """True positive rates of 80 and of 60 in 100, 200 rows each, w wrong labels in each.

    The higher falls fastest where true negatives were positive, to 80 / (100 + w); the lower rises fastest where false
    negatives were not, to 60 / (100 - w). Both are equal at w = 100 / 7.
    """
    one, other = (90, 10, 20, 80), (90, 10, 40, 60)
    w = 100 / 7
    assert 80 / (100 + w) == pytest.approx(60 / (100 - w))
    assert metrics.wrong_labels_to_equal(one, other) == pytest.approx(w / 200)
    groups: dict[tuple[str, ...], GroupCounts] = {("a",): counted(*one), ("b",): counted(*other)}
    part = Partition(columns=("s",), groups=groups, reference=("a",))
    found = noise.wrong_labels(*(noise.reach(part, group, metrics.true_positive_bounds) for group in groups))
    assert found.value == pytest.approx(w / 200, abs=1e-5)
    assert 0 < found.low < found.value < found.high


@pytest.mark.slow
def test_the_probe_says_how_many_wrong_labels_explain_a_difference() -> None:
    cells = {"m": (90, 10, 20, 80), "f": (90, 10, 40, 60)}
    order = (("0", "0"), ("0", "1"), ("1", "0"), ("1", "1"))
    rows = [
        (sex, y, p)
        for sex, counts in cells.items()
        for (y, p), count in zip(order, counts, strict=True)
        for _ in range(count)
    ]
    columns = {name: [row[at] for row in rows] for at, name in enumerate(("sex", "y", "prediction"))}
    found = audit(columns, label="y", reference="m")
    assert value(found, "true_positive_rate_wrong_labels", sex="f") == pytest.approx(1 / 14, abs=1e-5)
    assert value(found, "false_positive_rate_wrong_labels", sex="f") == 0
    assert "If 7.1 % of the true outcomes" in metric(found, "true_positive_rate_wrong_labels", sex="f").claim
    line = next(
        row for row in table_of(found, "label_noise") if row["group"] == "m" and row["rate"] == "true positive rate"
    )
    assert line["lowest, 5 % wrong"] == pytest.approx(80 / 110)
    assert line["highest, 5 % wrong"] == pytest.approx(80 / 90)
