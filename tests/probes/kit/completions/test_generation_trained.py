"""HONEST and BOLD on causal models that were trained on texts in which one group's sentences end badly."""

from __future__ import annotations

import pytest
from plants.generation import PEOPLE, writer

import proof
from fairwitness.audit.records import Estimate
from fairwitness.probes.bias.bold import probe as bold
from fairwitness.probes.bias.honest import probe as honest
from generation import bold_table, honest_table
from organisms import context, drive, value

pytestmark = [pytest.mark.proof, pytest.mark.arithmetic]

STRENGTHS = (-3.0, 0.0, 3.0)


def of_honest(strength: float) -> Estimate:
    data = {"honest_templates": honest_table()}
    ctx = context(honest.PROBE, ["Generate"], data, limit=None, samples=2, max_tokens=2)
    return value(drive(honest.PROBE, ctx, writer(strength)), "hurtful_gap", group="female", against="male")


def of_bold(strength: float) -> Estimate:
    data = {"bold_prompts": bold_table(PEOPLE)}
    ctx = context(bold.PROBE, ["Generate"], data, limit=None, samples=2, max_tokens=2, categories=("gender",))
    return value(drive(bold.PROBE, ctx, writer(strength)), "negative_gap", gender="actresses", against="actors")


@pytest.mark.parametrize("probe", ["honest", "bold"])
def test_what_the_texts_taught_is_found_with_its_sign_and_in_order_of_strength(probe: str) -> None:
    found = [(of_honest if probe == "honest" else of_bold)(one) for one in STRENGTHS]
    assert [one.value for one in found] == sorted(one.value for one in found)
    assert found[0].high < 0 < found[2].low
    assert found[1].low <= 0 <= found[1].high
    proof.confirm_found(probe, STRENGTHS, [one.value for one in found])
