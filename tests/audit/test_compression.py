"""Names of variants as people write them, and what is wrong with those that are none."""

from __future__ import annotations

import pytest

from fairwitness.audit.compression import Recipe, named_of, recipes_of
from fairwitness.audit.errors import BadOption


def test_forms_between_commas_are_recipes_by_the_names_of_their_folders() -> None:
    assert recipes_of(["int8, q8_0", "prune:0.50"]) == {
        "int8": Recipe("int8"),
        "q8_0": Recipe("q8_0"),
        "prune-0.5": Recipe("prune", 0.5),
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("q8", "did you mean 'q8_0'"),
        ("fp4", r"variants: int8, q8_0, q4_0, prune:SHARE"),
        ("prune", "above 0 and below 1"),
        ("prune:1.5", "above 0 and below 1"),
        ("prune:0", "above 0 and below 1"),
        ("prune:nan", "above 0 and below 1"),
        ("prune:half", "above 0 and below 1"),
        ("q8_0:3", "write q8_0"),
        ("q8_0,q8_0", "named twice"),
        ("prune:0.5,prune:.5", "named twice"),
    ],
)
def test_what_is_no_form_is_refused_with_the_nearest_or_all(given: str, said: str) -> None:
    with pytest.raises(BadOption, match=said):
        recipes_of([given])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["small"], "NAME=MODEL"),
        (["=org/small"], "NAME=MODEL"),
        (["small="], "NAME=MODEL"),
        (["a/b=org/small"], "letters, digits"),
        (["..=org/small"], "letters, digits"),
        (["Original=org/small"], "choose another"),
        (["q8_0=org/small"], "two variants are called"),
        (["a=x", "A=y"], "two variants are called"),
    ],
)
def test_what_cannot_be_a_variant_of_ones_own_is_refused(given: list[str], said: str) -> None:
    with pytest.raises(BadOption, match=said):
        named_of(given, {"q8_0": Recipe("q8_0")})


def test_a_variant_of_ones_own_keeps_its_spec_whole() -> None:
    assert named_of(["mine = openai:m@http://h/?a=b"], {}) == {"mine": "openai:m@http://h/?a=b"}
