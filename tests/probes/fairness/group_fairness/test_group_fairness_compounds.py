"""What is made of several rates: against the definitions row by row, and whether the intervals hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from decision_tables import audit, cells, counted, metric, value

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.fairness.group_fairness.compounds import COMPOUNDS, largest
from fairwitness.probes.fairness.group_fairness.quantities import Quantity
from fairwitness.probes.kit.decisions.partition import Limits, Partition

HAND = {"m": (40, 10, 15, 35), "f": (50, 10, 20, 20)}  # tn, fp, fn, tp
BENEFITS = {"m": [1.0] * 75 + [2.0] * 10 + [0.0] * 15, "f": [1.0] * 70 + [2.0] * 10 + [0.0] * 20}


@pytest.mark.slow
def test_values_by_hand() -> None:
    found = audit(cells(HAND), label="y")
    assert value(found, "balanced_accuracy", sex="m") == pytest.approx((35 / 50 + 40 / 50) / 2)
    assert value(found, "f1", sex="f") == pytest.approx(2 * 20 / (2 * 20 + 10 + 20))
    assert value(found, "treatment_equality", sex="m") == pytest.approx(15 / 10)
    assert value(found, "balanced_accuracy") == pytest.approx((55 / 90 + 90 / 110) / 2)


@pytest.mark.slow
@pytest.mark.parametrize("sex", ["m", "f"])
def test_inequality_is_that_of_the_benefits_of_every_row(sex: str) -> None:
    found = audit(cells(HAND), label="y")
    relative = np.array(BENEFITS[sex]) / np.mean(BENEFITS[sex])
    assert value(found, "generalized_entropy", sex=sex) == pytest.approx(float(np.mean(relative**2 - 1)) / 2)
    logs = [one * math.log(one) if one else 0.0 for one in relative]
    assert value(found, "theil", sex=sex) == pytest.approx(float(np.mean(logs)))


@pytest.mark.slow
def test_contrasts_by_hand_are_signed_against_the_reference() -> None:
    found = audit(cells(HAND), label="y", reference="m")
    odds = (20 / 40 - 35 / 50, 10 / 60 - 10 / 50)
    assert value(found, "average_odds_difference", sex="f") == pytest.approx(sum(odds) / 2)
    assert value(found, "equalized_odds_difference", sex="f") == pytest.approx(max(map(abs, odds)))
    assert value(found, "negative_predictive_value_difference", sex="f") == pytest.approx(50 / 70 - 40 / 55)
    assert value(found, "treatment_equality_difference", sex="f") == pytest.approx(20 / 10 - 15 / 10)
    assert value(found, "f1_difference", sex="f") == pytest.approx(40 / 70 - 70 / 95)
    back = audit(cells(HAND), label="y", reference="f")
    for name in ("average_odds_difference", "balanced_accuracy_difference", "theil_difference"):
        assert value(back, name, sex="m") == pytest.approx(-value(found, name, sex="f"))


@pytest.mark.slow
def test_odds_are_judged_together_with_room_for_both() -> None:
    found = audit(cells({"m": (400, 100, 150, 350), "f": (300, 200, 150, 350)}), label="y", reference="m")
    joint = metric(found, "equalized_odds_difference", sex="f").estimate
    alone = metric(found, "false_positive_rate_difference", sex="f").estimate
    assert isinstance(joint, Estimate)
    assert isinstance(alone, Estimate)
    wider = alone.at(0.975)
    assert wider is not None
    assert (joint.low, joint.high) == pytest.approx((wider.low, wider.high))
    assert len(joint.wider) == len(alone.wider) - 1
    assert "is 20.0 percentage points (95 % interval" in metric(found, "equalized_odds_difference", sex="f").claim


@pytest.mark.slow
def test_equal_odds_are_not_shown_to_differ() -> None:
    found = audit(cells({"m": (40, 10, 15, 35), "f": (40, 10, 15, 35)}), label="y", reference="m")
    joint = metric(found, "equalized_odds_difference", sex="f")
    assert isinstance(joint.estimate, Estimate)
    assert (joint.estimate.value, joint.estimate.low) == (0.0, 0.0)
    assert joint.estimate.high > 0.19
    assert "cannot be told from these data" in joint.claim


@pytest.mark.slow
def test_what_has_no_value_says_why() -> None:
    found = audit(cells({"m": (40, 0, 15, 35), "f": (50, 3, 2, 45)}), label="y")
    assert metric(found, "treatment_equality", sex="m").estimate == Undefined(
        "not estimable: there is no false positive to divide by"
    )
    assert metric(found, "treatment_equality", sex="f").estimate == Undefined(
        "not estimable: 5 rows that are decided wrongly, 10 needed"
    )
    one_class = audit(cells({"m": (40, 10, 15, 35), "f": (50, 30, 0, 0)}), label="y")
    assert metric(one_class, "balanced_accuracy", sex="f").estimate == Undefined(
        "not estimable: 0 rows with that true outcome, 10 needed"
    )
    assert isinstance(metric(one_class, "equalized_odds_difference", sex="f").estimate, Undefined)
    assert value(one_class, "false_positive_rate", sex="f") == 30 / 80


@pytest.mark.slow
def test_names_of_groups_may_hold_braces() -> None:
    found = audit(cells({"{m}": (40, 10, 15, 35), "{0}": (50, 10, 20, 20)}), label="y")
    assert "rows with sex {m}" in metric(found, "balanced_accuracy", sex="{m}").claim
    assert (
        "rows with sex {m} is higher or lower than that of rows with sex {0}"
        in metric(found, "f1_difference", sex="{m}").claim
    )


@pytest.mark.proof
@pytest.mark.parametrize("compound", COMPOUNDS, ids=lambda one: one.measure.name)
@pytest.mark.parametrize("shares", [(0.4, 0.1, 0.15, 0.35), (0.6, 0.15, 0.1, 0.15)])
def test_intervals_hold_the_truth(compound: Quantity, shares: tuple[float, ...]) -> None:
    """300 rows: 2,000 worlds a cell; nominal 95 %, five standard errors of simulation are 2.4 points."""

    def sample(counts: list[int]) -> stats.Statistic:
        found = compound.statistic(_part(counts), ())
        assert isinstance(found, stats.Statistic)
        return found

    truth = sample([round(1e9 * share) for share in shares]).value
    worlds = np.random.default_rng(11).multinomial(300, shares, size=2_000)
    found = [sample(world.tolist()).limits(1.959964) for world in worlds]
    held = np.mean([low <= truth <= high for low, high in found])
    assert 0.926 <= held <= 0.985, held


@pytest.mark.proof
def test_joint_odds_hold_at_least_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        sides = []
        for own, other in ((0.7, 0.6), (0.3, 0.3)):
            samples = [stats.rate_statistic(int(rng.binomial(150, share)), 150) for share in (own, other)]
            (one,) = stats.contrasts(samples, 1, method="Newcombe", bounds=(-1.0, 1.0))
            assert isinstance(one, Estimate)
            sides.append(one)
        joint = largest(sides, "both")
        held += joint.low <= 0.1 <= joint.high
    assert held >= 0.95 * 400 - 3 * math.sqrt(400 * 0.05 * 0.95)


def _part(four: list[int]) -> Partition:
    return Partition(columns=(), groups={(): counted(*four)}, limits=Limits(1, 1))
