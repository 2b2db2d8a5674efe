"""Whether proofs run follows the code that they are about: a hash for each part, compared with docs/proof.md."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import proof
import proven

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
| `audit/stats` | – | – |
"""


def test_counts_and_hashes_are_written_in_their_places() -> None:
    today = proven.hashes()
    page = proven.count("bug", 48, proven.record("short", PAGE, today))
    assert "| `bug` | words | 48 of 1,000 | `test_bug` |\n| `bug_too` | words | 3 of 1,000 |" in page
    assert page.startswith(PAGE.split("| `bug` |")[0])
    for part, digits in today.items():
        assert re.search(rf"^\| `{part}` \| [^|]*\| `{digits}` \|$", page, re.MULTILINE), part
    assert "Some words.\n\n| part | whole | short |\n| --- | --- | --- |\n| `audit` | " in page


def test_a_hash_is_of_what_is_measured_and_not_of_translations(tmp_path: Path) -> None:
    (tmp_path / "probe.py").write_text("x = 1\n")
    (tmp_path / "words.toml").write_text("")
    first = proven.hash_of(tmp_path)
    (tmp_path / "words.zh.toml").write_text("words of another language")
    assert proven.hash_of(tmp_path) == first
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "words.toml").write_text("")
    assert proven.hash_of(tmp_path, inner=False) == first != proven.hash_of(tmp_path)
    for changed in ("probe.py", "words.toml"):
        before = proven.hash_of(tmp_path)
        (tmp_path / changed).write_text("x = 2\n")
        assert proven.hash_of(tmp_path) != before


@pytest.mark.parametrize(
    ("today", "differing"),
    [
        ({"audit/metrics": "4567"}, []),
        ({"audit/metrics": "0123"}, []),
        ({"audit/metrics": "8901"}, ["audit/metrics"]),
        ({"audit/metrics": "4567", "probes/new": "4567"}, ["probes/new"]),
        ({"audit/metrics": "4567", "audit/stats": "4567"}, ["audit/stats"]),
    ],
    ids=["as in short", "as in whole", "changed", "a part that the page lacks", "never run"],
)
def test_proofs_run_where_code_is_not_that_of_the_page(today: dict[str, str], differing: list[str]) -> None:
    assert proven.changed(PAGE, today) == differing


def test_the_page_of_the_repository_is_read_and_what_is_stamped_is_proven() -> None:
    page = proof.PAGE.read_text(encoding="utf-8")
    today = proven.hashes()
    assert len(today) >= 6
    for form in proven.FORMS:
        assert proven.changed(proven.record(form, page, today), today) == []
    others = dict.fromkeys(today, "0" * proven.LENGTH)
    assert proven.changed(page, others) == list(others)


TESTS = """
import pytest

@pytest.mark.proof
def test_many_worlds():
    pass

@pytest.mark.slow
def test_whole_run():
    pass

def test_quick():
    pass
"""
ALL = ["test_many_worlds", "test_quick", "test_whole_run"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (proven.expression(["probes/bias"]), ALL),
        (proven.expression([]), ["test_quick", "test_whole_run"]),
        (None, ["test_quick", "test_whole_run"]),
        ("proof", ["test_many_worlds"]),
        ("not slow and not browser and not arithmetic", ["test_quick"]),
    ],
    ids=["code changed", "code proven", "no expression", "make proof", "make check"],
)
def test_which_tests_an_expression_runs(tmp_path: Path, expression: str | None, expected: list[str]) -> None:
    shutil.copy(proven.ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    shutil.copy(proven.ROOT / "tests" / "conftest.py", tmp_path / "tests")
    (tmp_path / "tests" / "test_three.py").write_text(TESTS)
    more = [] if expression is None else ["-m", expression]
    line = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", *more]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(re.findall(r"::(test_\w+) PASSED", done.stdout)) == expected
