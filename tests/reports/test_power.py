"""The smallest effect that a run could have shown, and that no effect is larger than what can be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from golden.sample_gender import gender

from fairwitness.audit.records import Estimate, Metric
from fairwitness.reports.power import farthest, reaches
from fairwitness.reports.scorecard import Judgements


def metric(unit: str, null: float, half: float) -> Metric:
    estimate = Estimate(value=null, low=null - half, high=null + half, level=0.95, n=9, method="t")
    return Metric(name="gap", estimate=estimate, unit=unit, better="near_zero", null=null, claim="A gap.")


@pytest.mark.parametrize(
    ("unit", "null", "most"),
    [("share", 0.0, 1.0), ("share", 0.5, 0.5), ("%", 50.0, 50.0), ("−1 to 1", 0.0, 1.0), ("nats", 0.0, None)],
)
def test_how_far_a_value_can_lie_from_none(unit: str, null: float, most: float | None) -> None:
    assert farthest(metric(unit, null, 0.1)) == most


def test_an_effect_larger_than_any_is_no_number() -> None:
    [wide, narrow, free] = [metric("share", 0.0, 0.9), metric("share", 0.0, 0.5), metric("nats", 0.0, 0.9)]
    made = [reaches([replace(gender(), metrics=(each,))], Judgements(()))[0] for each in (wide, narrow, free)]
    assert [reach.beyond for reach in made] == [True, False, False]
    assert made[0].effect is None
    assert made[1].effect is not None
    assert made[1].effect.text == "0.71"
