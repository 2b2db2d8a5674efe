"""The page of proofs names every probe of bias, and tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import proof
import proven
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


def test_the_code_is_that_of_the_proofs() -> None:
    """No failure where it is not: `make test` then runs the proofs in short."""
    if changed := proven.changed():
        pytest.skip(f"changed since the proofs ran: {', '.join(changed)}")


PAGE = """## Left in peace

| probe | what varies | alarms | test |
| --- | --- | --- | --- |
| `bug` | words | 47 of 1,000 | `test_bug` |
| `bug_too` | words | 3 of 1,000 | `test_bug` |

## Of which code

Some words.

| part | whole | short |
| --- | --- | --- |
| `audit/metrics` | `0123` | `4567` |
"""


def test_counts_and_hashes_are_written_in_their_places() -> None:
    page = proven.count("bug", 48, proven.record("short", PAGE))
    assert "| `bug` | words | 48 of 1,000 | `test_bug` |\n| `bug_too` | words | 3 of 1,000 |" in page
    assert page.startswith(PAGE.split("| `bug` |")[0])
    today = {part: proven.hash_of(proven.ROOT / part) for part in proven.parts()}
    for part, digits in today.items():
        assert re.search(rf"^\| `{part}` \| [^|]*\| `{digits}` \|$", page, re.MULTILINE), part
    assert "Some words.\n\n| part | whole | short |\n| --- | --- | --- |\n| `audit/metrics` | " in page


def test_a_hash_is_of_what_is_measured_and_not_of_words(tmp_path: Path) -> None:
    (tmp_path / "probe.py").write_text("x = 1\n")
    (tmp_path / "words.toml").write_text("")
    first = proven.hash_of(tmp_path)
    (tmp_path / "words.toml").write_text("other words")
    assert proven.hash_of(tmp_path) == first
    (tmp_path / "probe.py").write_text("x = 2\n")
    assert proven.hash_of(tmp_path) != first


def test_the_figure_of_one_strength_is_never_that_of_another_or_of_no_plant() -> None:
    for row in proof.rows("Planted"):
        strengths, found = proof.numbers(row["strengths"]), proof.ranges(row["found"])
        [unplanted] = proof.numbers(row["unplanted"])
        assert strengths == sorted(set(strengths)), row
        assert [low <= unplanted <= high for low, high in found] == [one == 0 for one in strengths], row
        rising = found if found[0] < found[-1] else found[::-1]
        assert [end for one in rising for end in one] == sorted({end for one in rising for end in one}), row
