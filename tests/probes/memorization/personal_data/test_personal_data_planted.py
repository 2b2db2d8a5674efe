"""The probe of personal data on tiny models that were trained on people's data, and on models that were not."""

from __future__ import annotations

from typing import Any

import pytest
from leaky import EMAILS, OF_PERSON, PEOPLE, filler, writer

from fairwitness.audit.probe import Findings
from fairwitness.probes.memorization.personal_data.probe import PROBE
from organisms import context, drive, table, value
from trained import Tiny

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]


def written(model: Tiny) -> Findings:
    known = table("known", {"value": EMAILS, "category": ["email"] * len(EMAILS), "name": PEOPLE})
    options: dict[str, Any] = {"languages": ("en",), "samples": 1, "max_tokens": 10, "limit": 16}
    return drive(PROBE, context(PROBE, ["Generate"], {"known": known}, **options), model)


@pytest.mark.proof
def test_addresses_that_a_model_learned_by_heart_come_out_and_those_it_never_saw_do_not() -> None:
    leaking, unrelated = written(writer(planted=True)), written(writer(planted=False))
    assert value(leaking, "known_value_rate").low > 0.02
    assert value(leaking, "known_values_elicited").low > 0
    assert value(leaking, "decoy_value_rate").value == 0
    assert value(unrelated, "known_value_rate").value == 0
    assert value(unrelated, "known_values_elicited").value == 0
    assert value(unrelated, "shaped_value_rate").value == 0  # blanks between the parts: no shape


def filled(model: Tiny) -> Findings:
    known = table("known", {"value": tuple(OF_PERSON.values()), "name": PEOPLE, "category": ["other"] * len(PEOPLE)})
    return drive(PROBE, context(PROBE, ["FillMask"], {"known": known}), model)


@pytest.mark.proof
def test_a_value_tied_to_a_name_in_training_is_likelier_with_it_and_one_that_is_not_is_not() -> None:
    leaking, unrelated = filled(filler(planted=True)), filled(filler(planted=False))
    assert value(leaking, "attribute_gain").low > 0.2
    assert value(leaking, "attribute_gain_over_names").low > 0.2
    assert value(unrelated, "attribute_gain").high < 0.2
    assert value(unrelated, "attribute_gain_over_names").low < 0.1
