"""Damaged input of every kind, a short form of `benchmarks/fuzz.py`."""

from __future__ import annotations

import jsonschema
import numpy as np
import pytest
from fuzzing.families import FAMILIES, a_document
from fuzzing.mutations import changed
from fuzzing.running import fuzz

from fairwitness.audit import document
from fairwitness.audit.document.shape import Shape

CASES = 600
"""Of all families together: some seconds of them."""
SLOW = {"model"}


@pytest.mark.slow
@pytest.mark.parametrize("family", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in FAMILIES])
def test_damaged_input_ends_in_a_users_error_or_an_answer(family: str) -> None:
    whole = sum(share for _, share in FAMILIES.values())
    tally = fuzz(family, max(10, round(CASES * FAMILIES[family][1] / whole)), seed=7)
    assert tally.examples == {}


@pytest.mark.slow
def test_the_shape_of_a_document_is_what_the_schema_says() -> None:
    """Our check of the schema's keywords agrees with a full validator on damaged documents."""
    rng = np.random.default_rng(3)
    full = jsonschema.Draft202012Validator(document.schema())
    ours = Shape(document.schema())
    good = a_document()
    assert ours.problem(good) == ""
    for _ in range(60):
        spoilt = changed(good, rng)
        if _has_only_json_numbers(spoilt):
            assert (ours.problem(spoilt) == "") == full.is_valid(spoilt), ours.problem(spoilt)


def _has_only_json_numbers(value: object) -> bool:
    """Whether a JSON file could hold it: no infinity, no number beyond a float."""
    match value:
        case dict():
            return all(map(_has_only_json_numbers, value.values()))
        case list():
            return all(map(_has_only_json_numbers, value))
        case float():
            return abs(value) < float("inf")
        case int():
            return abs(value) < 10**300
        case _:
            return True
