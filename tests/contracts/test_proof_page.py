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


def test_the_tests_that_it_names_are_there_and_marked() -> None:
    tests = proof.PAGE.parents[1] / "tests"
    for name in set(re.findall(r"`(test_\w+)`", proof.PAGE.read_text())):
        [file] = tests.rglob(f"{name}.py")
        assert "pytest.mark.proof" in file.read_text(), name


def test_tests_that_look_at_more_worlds_in_a_proof_are_marked() -> None:
    tests = [path for path in (proof.PAGE.parents[1] / "tests").rglob("test_*.py") if path.name != "test_proof_page.py"]
    asking = [
        path for path in tests if re.search(r"proof\.(worlds|whole|confirm_\w+)\(", path.read_text(encoding="utf-8"))
    ]
    assert len(asking) >= 15
    assert [path.name for path in asking if "pytest.mark.proof" not in path.read_text(encoding="utf-8")] == []


def test_the_figure_of_one_strength_is_never_that_of_another_or_of_no_plant() -> None:
    for row in proof.rows("Planted"):
        strengths, found = proof.numbers(row["strengths"]), proof.ranges(row["found"])
        [unplanted] = proof.numbers(row["unplanted"])
        assert strengths == sorted(set(strengths)), row
        assert [low <= unplanted <= high for low, high in found] == [one == 0 for one in strengths], row
        rising = found if found[0] < found[-1] else found[::-1]
        assert [end for one in rising for end in one] == sorted({end for one in rising for end in one}), row
