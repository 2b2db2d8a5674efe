"""The page of proofs names every probe of bias, and tests that are there."""

from __future__ import annotations

import re

import proof
from fairwitness.audit.probe import registry


def test_every_probe_of_bias_is_on_the_page() -> None:
    page = proof.PAGE.read_text()
    bias = [name for name, one in registry().items() if one.spec.family == "bias"]
    assert len(bias) >= 17
    assert [name for name in bias if f"`{name}`" not in page] == []


def test_the_tests_that_it_names_are_there_and_marked_slow() -> None:
    tests = proof.PAGE.parents[1] / "tests"
    for name in set(re.findall(r"`(test_\w+)`", proof.PAGE.read_text())):
        [file] = tests.rglob(f"{name}.py")
        assert "pytest.mark.slow" in file.read_text(), name


def test_the_figure_of_one_strength_is_never_that_of_another_or_of_no_plant() -> None:
    for row in proof.rows("Planted"):
        strengths, found = proof.numbers(row["strengths"]), proof.ranges(row["found"])
        [unplanted] = proof.numbers(row["unplanted"])
        assert strengths == sorted(set(strengths)), row
        assert [low <= unplanted <= high for low, high in found] == [one == 0 for one in strengths], row
        rising = found if found[0] < found[-1] else found[::-1]
        assert [end for one in rising for end in one] == sorted({end for one in rising for end in one}), row
